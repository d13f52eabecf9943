"""A ReportLab canvas whose pages are tagged (PDF/UA-1) and archivable (PDF/A-3a), and whose bytes repeat.

ReportLab draws but neither tags nor archives.  This module adds what is missing at drawing time: marked content, the
structure tree, link annotations, XMP metadata and the sRGB output intent.  The only time stamp is the report's data
cut-off.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

from qms_reports.reports.pdf_archive import Attachment, archive_document, xmp_packet
from qms_reports.reports.pdf_file import late, write_file
from qms_reports.reports.pdf_structure import CellRow, Element, Owner, write_tree


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
        attachments: Sequence[Attachment] = (),
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
        self._pages: list[tuple[Any, list[Owner]]] = []
        self._page_owners: list[Owner] = []
        self._links: list[Element] = []
        self._attachments = attachments

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
        number = len(self._page_owners)
        self._page_owners.append(element)
        element.children.append((len(self._pages), number))
        return f"/{element.kind} <</MCID {number}>> BDC"

    def row(self, parent: Element, count: int) -> CellRow:
        """A new table row below `parent` with as many cells."""
        row = CellRow(parent, count)
        parent.children.append(row)
        return row

    def mark_row(self, row: CellRow, cells: Sequence[object]) -> list[str]:
        """The operators that open the content of a row's cells on this page, empty for an empty cell.

        Close each with ``EMC``, in this order.
        """
        owners, number = self._page_owners, len(self._page_owners)
        marks, opened = [], []
        for index, cell in enumerate(cells):
            if cell:
                owners.append((row, index))
                marks.append(number)
                opened.append(f"/TD <</MCID {number}>> BDC")
                number += 1
            else:
                marks.append(-1)
                opened.append("")
        row.pieces.append((len(self._pages), marks))
        return opened

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

    def bookmark(self, title: str, key: str, level: int, *, closed: bool = False) -> None:
        """An outline entry that leads to the destination `key`; a closed one hides what is below it."""
        self.canvas.addOutlineEntry(title, key, level, int(closed))

    def link(
        self,
        rectangle: tuple[float, float, float, float],
        key: str,
        description: str,
        element: Element | None = None,
    ) -> None:
        """A link to the destination `key`, inside a ``Link`` element: the given one, or one of its own."""
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString

        if element is None:
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
                "StructParent": late(lambda _: str(len(self._pages) + order).encode()),
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
            self._pages.append((page, self._page_owners))
            self._page_owners = []

    def finish(self) -> bytes:
        """Write structure tree, metadata and attachments, and return the file."""
        document = self.canvas._doc  # noqa: SLF001 - the catalog has no public handle
        tree = late(lambda _: b"null")
        archive_document(
            document, [page for page, _ in self._pages], document.Reference(tree), self._xmp, self._attachments
        )
        document.format = lambda: write_file(document, tree, self._structure)
        self.canvas.save()
        return self._buffer.getvalue()

    def _structure(self, first: int) -> tuple[list[str], str]:
        document = self.canvas._doc  # noqa: SLF001 - see `finish`
        numbers = document.idToObjectNumberAndVersion
        catalog_entry = document.Catalog.StructTreeRoot
        return write_tree(
            self.root,
            first,
            numbers[catalog_entry.name][0],
            [(numbers[document.Reference(page).name][0], owners) for page, owners in self._pages],
            self._links,
            lambda reference: numbers[reference.name][0],
        )
