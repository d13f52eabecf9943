"""A ReportLab canvas whose pages are tagged (PDF/UA-1) and archivable (PDF/A-3a), and whose bytes repeat.

ReportLab draws but neither tags nor archives.  This module adds what is missing at drawing time: marked content, the
structure tree, link annotations, XMP metadata and the sRGB output intent.  The only time stamp is the report's data
cut-off.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from qms_reports.reports.pdf_archive import archive_document, utf16_hex, xmp_packet


class Element:
    """One node of the structure tree.

    Attributes:
        kind: Standard structure type: ``H1``, ``P``, ``Table``, ``Figure`` …
        parent: The node above; ``None`` for the document.
        children: Elements, ``(page, mcid)`` marked content, or ``(page, None, annotation)`` links.
        alt: Text that stands for a figure.
        attributes: A PDF dictionary as written (``<</O/Table/Scope/Column>>``).
    """

    __slots__ = ("alt", "attributes", "children", "kind", "parent", "reference")

    def __init__(self, kind: str, parent: Element | None, alt: str = "", attributes: str = "") -> None:
        self.kind = kind
        self.parent = parent
        self.children: list[Any] = []
        self.alt = alt
        self.attributes = attributes
        self.reference: Any = None


class TaggedCanvas:
    """Pages with structure.

    Everything drawn must stand inside `content` (it means something) or `artifact` (it does not).

    Attributes:
        canvas: The ReportLab canvas; operators may be appended to ``canvas._code``.
        root: The ``Document`` element.
    """

    def __init__(
        self,
        *,
        title: str,
        author: str,
        subject: str,
        creator: str,
        language: str,
        instant: dt.datetime,
        page_size: tuple[float, float],
        font: str,
    ) -> None:
        from reportlab.lib.utils import TimeStamp
        from reportlab.pdfgen.canvas import Canvas

        self._buffer = io.BytesIO()
        self.canvas = Canvas(
            self._buffer,
            pagesize=page_size,
            pageCompression=1,
            invariant=1,
            initialFontName=font,
            lang=language,
            pdfVersion=(1, 7),
        )
        moment = instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)
        stamp = TimeStamp(1)
        stamp.t = moment.timestamp()
        stamp.lt = moment.utctimetuple()
        stamp.YMDhms = tuple(stamp.lt)[:6]
        self.canvas._doc._timeStamp = stamp  # noqa: SLF001 - ReportLab has no other way to set the instant
        producer = "qms_reports with ReportLab"
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setSubject(subject)
        self.canvas.setCreator(creator)
        self.canvas.setProducer(producer)
        self._xmp = xmp_packet(
            title=title, author=author, subject=subject, creator=creator, producer=producer, moment=moment
        )
        self.root = Element("Document", None)
        self._open = [self.root]
        self._marked = False
        self._pages: list[tuple[Any, list[Element]]] = []
        self._page_elements: list[Element] = []
        self._page_numbers: dict[int, str] = {}
        self._links: list[Element] = []
        self._language = language

    @property
    def code(self) -> list[str]:
        """The operators of the page being drawn."""
        code: list[str] = self.canvas._code  # noqa: SLF001 - raw operators are several times faster than the canvas API
        return code

    @property
    def current(self) -> Element:
        """The structure element that new content goes into."""
        return self._open[-1]

    def add(self, kind: str, parent: Element, alt: str = "", attributes: str = "") -> Element:
        """A new element below `parent`, without entering it."""
        element = Element(kind, parent, alt, attributes)
        parent.children.append(element)
        return element

    @contextlib.contextmanager
    def inside(self, element: Element) -> Iterator[Element]:
        """Enter an element made before, to continue it (a table on its next page)."""
        self._open.append(element)
        try:
            yield element
        finally:
            self._open.pop()

    @contextlib.contextmanager
    def group(self, kind: str) -> Iterator[Element]:
        """A new element around others (``Sect``, ``Table``, ``TR`` …)."""
        with self.inside(self.add(kind, self.current)) as element:
            yield element

    def mark(self, element: Element) -> str:
        """The operator that opens marked content of `element` on this page; close it with ``EMC``."""
        number = len(self._page_elements)
        self._page_elements.append(element)
        element.children.append((len(self._pages), number))
        return f"/{element.kind} <</MCID {number}>> BDC"

    @contextlib.contextmanager
    def content(self, kind: str, *, alt: str = "", attributes: str = "") -> Iterator[Element]:
        """A new element that is drawn here.

        Raises:
            ValueError: Marked content does not nest.
        """
        if self._marked:
            raise ValueError(f"{kind}: content inside other marked content")
        element = self.add(kind, self.current, alt, attributes)
        self.code.append(self.mark(element))
        self._marked = True
        try:
            yield element
        finally:
            self.code.append("EMC")
            self._marked = False

    @contextlib.contextmanager
    def artifact(self, *, pagination: bool = False) -> Iterator[None]:
        """Decoration, running heads and feet: drawn, but no part of what is read aloud."""
        if self._marked:
            yield
            return
        self.code.append("/Artifact <</Type /Pagination>> BDC" if pagination else "/Artifact BMC")
        self._marked = True
        try:
            yield
        finally:
            self.code.append("EMC")
            self._marked = False

    def destination(self, key: str, top: float) -> None:
        """Name the place at height `top` of this page, for bookmarks and links."""
        self.canvas.bookmarkPage(key, fit="XYZ", left=0, top=top, zoom=0)

    def bookmark(self, title: str, key: str, level: int) -> None:
        """An outline entry that leads to the destination `key`."""
        self.canvas.addOutlineEntry(title, key, level)

    def link(self, rectangle: tuple[float, float, float, float], key: str, description: str) -> None:
        """A link to the destination `key`, inside a ``Link`` element of its own."""
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString

        element = self.add("Link", self.current)
        order = len(self._links)
        self._links.append(element)
        annotation = PDFDictionary(
            {
                "Type": PDFName("Annot"),
                "Subtype": PDFName("Link"),
                "Rect": PDFArray([round(side, 2) for side in rectangle]),
                "Border": PDFArray([0, 0, 0]),
                "F": 4,
                "Contents": PDFString(description),
                "Dest": self.canvas._bookmarkReference(key),  # noqa: SLF001 - the public call allows no /Contents
                "StructParent": _Late(lambda _: str(len(self._pages) + order).encode()),
            }
        )
        self.canvas._addAnnotation(annotation)  # noqa: SLF001 - see above
        reference = self.canvas._doc.Reference(annotation)  # noqa: SLF001 - the tree must point at the annotation
        element.children.append((len(self._pages), None, reference))

    def show_page(self) -> None:
        """Finish this page and start the next."""
        pages = self.canvas._doc.Pages.pages  # noqa: SLF001 - the page object has no public handle
        before = len(pages)
        self.canvas.showPage()
        for page in pages[before:]:
            self._pages.append((page, self._page_elements))
            self._page_elements = []

    def finish(self) -> bytes:
        """Write the structure tree and the metadata and return the file."""
        document = self.canvas._doc  # noqa: SLF001 - the catalog has no public handle
        tree = self._structure_tree(document)
        archive_document(document, [page for page, _ in self._pages], tree, self._xmp)
        self.canvas.save()
        return self._buffer.getvalue()

    def _structure_tree(self, document: Any) -> Any:
        order: list[Element] = []
        pending = [self.root]
        while pending:  # depth first, in reading order
            element = pending.pop()
            element.reference = document.Reference(_Late(_element_writer(element, self)))
            order.append(element)
            pending.extend(child for child in reversed(element.children) if isinstance(child, Element))

        def parents(_: Any) -> bytes:
            entries = [
                f"{number}[{' '.join(self.number(e.reference) for e in elements)}]"
                for number, (_, elements) in enumerate(self._pages)
            ]
            entries += [f"{len(self._pages) + n} {self.number(e.reference)}" for n, e in enumerate(self._links)]
            return f"<</Nums[{' '.join(entries)}]>>".encode()

        parent_tree = document.Reference(_Late(parents))
        self._tree = document.Reference(
            _Late(
                lambda _: (
                    f"<</Type/StructTreeRoot/K {self.number(self.root.reference)}"
                    f"/ParentTree {self.number(parent_tree)}/ParentTreeNextKey {len(self._pages) + len(self._links)}>>"
                ).encode()
            )
        )
        return self._tree

    def number(self, reference: Any) -> str:
        """``12 0 R`` for a ReportLab reference."""
        return f"{self.canvas._doc.idToObjectNumberAndVersion[reference.name][0]} 0 R"  # noqa: SLF001 - no public map

    def page_number(self, index: int) -> str:
        """``12 0 R`` for the page with this index."""
        number = self._page_numbers.get(index)
        if number is None:
            reference = self.canvas._doc.Reference(self._pages[index][0])  # noqa: SLF001 - see `number`
            number = self._page_numbers[index] = self.number(reference)
        return number

    @property
    def tree(self) -> Any:
        """Reference to the root of the structure tree; set while the file is written."""
        return self._tree


def _element_writer(element: Element, canvas: TaggedCanvas) -> Any:
    def write(_: Any) -> bytes:
        parent = element.parent.reference if element.parent else canvas.tree
        children = []
        for child in element.children:
            if isinstance(child, Element):
                children.append(canvas.number(child.reference))
            elif child[1] is None:
                children.append(f"<</Type/OBJR/Pg {canvas.page_number(child[0])}/Obj {canvas.number(child[2])}>>")
            else:
                children.append(f"<</Type/MCR/Pg {canvas.page_number(child[0])}/MCID {child[1]}>>")
        parts = [f"<</Type/StructElem/S/{element.kind}/P {canvas.number(parent)}"]
        if children:
            parts.append(f"/K[{' '.join(children)}]")
        if element.alt:
            parts.append(f"/Alt{utf16_hex(element.alt)}")
        if element.attributes:
            parts.append(f"/A{element.attributes}")
        parts.append(">>")
        return "".join(parts).encode("ascii")

    return write


def _Late(write: Any) -> Any:  # noqa: N802 - reads as the object it makes; the class needs ReportLab's base at run time
    """An indirect PDF object whose text is made when the file is written, when all object numbers are known."""
    from reportlab.pdfbase.pdfdoc import PDFObject

    late = PDFObject()
    late.format = write
    return late
