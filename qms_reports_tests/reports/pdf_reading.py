"""What a finished PDF says of itself, read back with pypdf: its structure, its links, its text by place."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pypdf import PdfReader


def squeezed(text: str) -> str:
    """Without white space: where a line breaks does not matter."""
    return re.sub(r"\s+", "", text)


@cache  # reading a page takes longer than writing it
def page_texts(file: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(file)).pages]


@dataclass(frozen=True)
class Node:
    """An element of the structure tree.

    Attributes:
        kind: ``H1``, ``P``, ``Table`` …
        above: The kinds of the elements it stands in, outermost first.
        entry: The dictionary.
        children: The elements in it.
        content: Page and number of its marked content, and annotations.
    """

    kind: str
    above: tuple[str, ...]
    entry: Any
    children: tuple[Node, ...]
    content: tuple[Any, ...]

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, kind: str) -> list[Node]:
        return [node for node in self.walk() if node.kind == kind]


def structure(file: bytes) -> Node:
    """The document element; every parent entry is checked on the way."""

    def node(entry: Any, above: tuple[str, ...]) -> Node:
        kind = str(entry["/S"]).removeprefix("/")
        children, content = [], []
        found = entry.get("/K", [])
        for child in found if isinstance(found, list) else [found]:
            resolved = child.get_object()
            if isinstance(resolved, dict) and "/S" in resolved:
                assert resolved["/P"] == entry, f"{resolved} has another parent than {kind}"
                children.append(node(resolved, (*above, kind)))
            else:
                content.append(resolved)
        return Node(kind, above, entry, tuple(children), tuple(content))

    return node(PdfReader(io.BytesIO(file)).trailer["/Root"]["/StructTreeRoot"]["/K"].get_object(), ())


@dataclass(frozen=True)
class Link:
    """A link annotation.

    Attributes:
        said: What a reader is told about it.
        page: Where it stands, counted from 1.
        box: Left, bottom, right, top.
        target: Page it leads to, counted from 1.
        top: Height on that page.
    """

    said: str
    page: int
    box: tuple[float, ...]
    target: int
    top: float


def links(reader: PdfReader) -> list[Link]:
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, start=1)}
    found = []
    for number, page in enumerate(reader.pages, start=1):
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            destination = link["/Dest"]
            box = tuple(float(side) for side in link["/Rect"])
            target = numbers[destination.get_object()[0].idnum]
            found.append(Link(str(link["/Contents"]), number, box, target, float(destination.get_object()[3])))
    return found


def text_below(reader: PdfReader, page: int, top: float, reach: float) -> str:
    """The text of a page between `top` and `reach` points below, squeezed."""
    return squeezed("".join(text for y, text in _placed(reader, page) if top - reach <= y <= top))


@cache
def _placed(reader: PdfReader, page: int) -> list[tuple[float, str]]:
    """The pieces of text of a page with their heights."""
    pieces: list[tuple[float, str]] = []

    def keep(text: str, transform: list[float], matrix: list[float], *_: Any) -> None:
        pieces.append((transform[5] + matrix[5] * transform[3], text))

    reader.pages[page - 1].extract_text(visitor_text=keep)
    return pieces
