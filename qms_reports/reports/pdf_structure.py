"""The structure tree of a tagged PDF: what is heading, paragraph, figure, table, and on which page it is drawn.

Table rows are the bulk of it (ten for each other element), so a plain row is one `CellRow` and not an `Element` for
each of its cells; in the file both look alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Element:
    """One node of the structure tree.

    Attributes:
        kind: Standard structure type: ``H1``, ``P``, ``Table``, ``Figure`` …
        parent: The node above; ``None`` for the document.
        children: Elements, rows, ``(page, mcid)`` marked content, or ``(page, None, annotation)`` links.
        alt: Text that stands for a figure.
        attributes: A PDF dictionary as written (``<</O/Table/Scope/Column>>``).
        number: Object number, given when the file is written.
    """

    __slots__ = ("alt", "attributes", "children", "kind", "number", "parent")

    def __init__(self, kind: str, parent: Element | None, alt: str = "", attributes: str = "") -> None:
        self.kind = kind
        self.parent = parent
        self.children: list[Any] = []
        self.alt = alt
        self.attributes = attributes
        self.number = 0


class CellRow:
    """A table row (``TR``) with its cells (``TD``), which hold text and nothing else.

    Attributes:
        parent: The ``TBody``.
        count: Number of cells.
        pieces: Page and, for each cell, its marked content there (-1 for a cell without any); more than one piece if
            the row goes over pages.
        number: Object number of the row; its cells have the following ones.
    """

    __slots__ = ("count", "number", "parent", "pieces")

    def __init__(self, parent: Element, count: int) -> None:
        self.parent = parent
        self.count = count
        self.pieces: list[tuple[int, list[int]]] = []
        self.number = 0


Owner = Element | tuple[CellRow, int]
"""What a piece of marked content belongs to: an element, or a row's cell with this index."""


def write_tree(
    root: Element,
    first: int,
    tree: int,
    pages: Sequence[tuple[int, Sequence[Owner]]],
    links: Sequence[Element],
    annotation_number: Callable[[Any], int],
) -> tuple[list[str], str]:
    """The objects of the structure tree as they stand in the file.

    Args:
        root: The ``Document`` element.
        first: Object number of the first of them.
        tree: Object number of the ``StructTreeRoot``.
        pages: Object number of each page and the owners of its marked content, by number of the content.
        links: Elements of the link annotations, in the order of their ``/StructParent``.
        annotation_number: Gives the object number of a link annotation.

    Returns:
        The objects numbered from `first` on, and the ``StructTreeRoot`` itself.
    """
    order: list[Element | CellRow] = []
    pending: list[Element | CellRow] = [root]
    number = first
    while pending:  # depth first, in reading order
        node = pending.pop()
        node.number = number
        order.append(node)
        if isinstance(node, CellRow):
            number += 1 + node.count
        else:
            number += 1
            pending.extend(child for child in reversed(node.children) if not isinstance(child, tuple))
    page_numbers = [page for page, _ in pages]
    objects: list[str] = []
    for node in order:
        if isinstance(node, CellRow):
            _write_row(objects, node, page_numbers)
        else:
            objects.append(_element(node, tree, page_numbers, annotation_number))
    objects.append(_parent_tree(pages, links))
    parents = first + len(objects) - 1
    following = len(pages) + len(links)
    return objects, f"<</Type/StructTreeRoot/K {first} 0 R/ParentTree {parents} 0 R/ParentTreeNextKey {following}>>"


def utf16_hex(text: str) -> str:
    """A PDF text string in UTF-16, as a hexadecimal literal."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def _element(element: Element, tree: int, page_numbers: Sequence[int], annotation_number: Callable[[Any], int]) -> str:
    pages = {child[0] for child in element.children if isinstance(child, tuple)}
    one_page = len(pages) == 1
    children = []
    for child in element.children:
        if not isinstance(child, tuple):
            children.append(f"{child.number} 0 R")
        elif child[1] is None:
            page = page_numbers[child[0]]
            children.append(f"<</Type/OBJR/Pg {page} 0 R/Obj {annotation_number(child[2])} 0 R>>")
        elif one_page:
            children.append(str(child[1]))
        else:
            children.append(f"<</Type/MCR/Pg {page_numbers[child[0]]} 0 R/MCID {child[1]}>>")
    parts = [f"<</S/{element.kind}/P {element.parent.number if element.parent else tree} 0 R"]
    if one_page:
        parts.append(f"/Pg {page_numbers[next(iter(pages))]} 0 R")
    if children:
        parts.append(f"/K[{' '.join(children)}]")
    if element.alt:
        parts.append(f"/Alt{utf16_hex(element.alt)}")
    if element.attributes:
        parts.append(f"/A{element.attributes}")
    return "".join((*parts, ">>"))


def _write_row(objects: list[str], row: CellRow, page_numbers: Sequence[int]) -> None:
    number = row.number
    cells = " ".join([f"{cell} 0 R" for cell in range(number + 1, number + 1 + row.count)])
    objects.append(f"<</S/TR/P {row.parent.number} 0 R/K[{cells}]>>")
    if len(row.pieces) == 1:
        page, marks = row.pieces[0]
        start = f"<</S/TD/P {number} 0 R"
        begin = f"{start}/Pg {page_numbers[page]} 0 R/K "
        objects += [f"{begin}{mark}>>" if mark >= 0 else f"{start}>>" for mark in marks]
        return
    for index in range(row.count):
        content = [
            f"<</Type/MCR/Pg {page_numbers[page]} 0 R/MCID {marks[index]}>>"
            for page, marks in row.pieces
            if marks[index] >= 0
        ]
        inside = f"/K[{' '.join(content)}]" if content else ""
        objects.append(f"<</S/TD/P {number} 0 R{inside}>>")


def _parent_tree(pages: Sequence[tuple[int, Sequence[Owner]]], links: Sequence[Element]) -> str:
    entries = []
    for index, (_, owners) in enumerate(pages):
        numbers = [
            f"{owner[0].number + 1 + owner[1]} 0 R" if isinstance(owner, tuple) else f"{owner.number} 0 R"
            for owner in owners
        ]
        entries.append(f"{index}[{' '.join(numbers)}]")
    entries += [f"{len(pages) + order} {element.number} 0 R" for order, element in enumerate(links)]
    return f"<</Nums[{' '.join(entries)}]>>"
