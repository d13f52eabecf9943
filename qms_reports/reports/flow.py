"""Filling pages from top to bottom: blocks that know their height, stay together or split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from qms_reports.reports.pdf_pen import Pen

Paint = Callable[[Pen, float], None]
"""Draws a piece below the given height of the page."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one page takes of a block: `height` points, drawn by `paint`; links lead to its `anchors`."""

    height: float
    paint: Paint
    anchors: tuple[str, ...] = ()


class Block(Protocol):
    """Something to set on pages."""

    @property
    def gap(self) -> float:
        """Room above, unless it begins a page."""

    @property
    def keep(self) -> bool:
        """Whether it must stand on the page where the next block begins (a heading)."""

    @property
    def least(self) -> float:
        """Room that its beginning needs."""

    def take(self, room: float) -> tuple[Piece | None, Block | None]:
        """As much as fits into `room` points, and the rest for the next page.

        No piece means that nothing fits; called with a whole page of room, a block must give a piece.
        """


@dataclass(frozen=True, slots=True)
class Solid:
    """A block that never splits."""

    height: float
    paint: Paint
    gap: float = 0.0
    keep: bool = False
    anchors: tuple[str, ...] = ()

    @property
    def least(self) -> float:
        """All of it."""
        return self.height

    def take(self, room: float) -> tuple[Piece | None, Block | None]:
        """All or nothing; a block higher than a page is set anyway, there is no better place."""
        if self.height > room:
            return None, self
        return Piece(self.height, self.paint, self.anchors), None


@dataclass(frozen=True, slots=True)
class Lines:
    """Text lines (or other strips of one height) that may split between pages, but not leave one alone.

    Attributes:
        count: How many strips.
        leading: Height of one.
        paint_range: Draws strips ``start`` to ``stop`` below a height.
        gap: See `Block`.
        keep: See `Block`.
        start: First strip still to set.
    """

    count: int
    leading: float
    paint_range: Callable[[Pen, float, int, int], None]
    gap: float = 0.0
    keep: bool = False
    start: int = 0

    @property
    def least(self) -> float:
        """Two lines, three if there are no more."""
        left = self.count - self.start
        return self.leading * (left if left <= 3 else 2)  # noqa: PLR2004 - no line alone on a page

    def take(self, room: float) -> tuple[Piece | None, Block | None]:
        """The lines that fit."""
        left = self.count - self.start
        fitting = min(left, int((room + 0.01) / self.leading))
        if fitting < left and left - fitting < 2:  # noqa: PLR2004 - no line alone on the next page
            fitting -= 1
        if fitting < left and fitting < 2:  # noqa: PLR2004 - no line alone on this page
            return None, self
        stop = self.start + fitting

        def paint(pen: Pen, top: float, start: int = self.start) -> None:
            self.paint_range(pen, top, start, stop)

        rest = None
        if stop < self.count:
            rest = Lines(self.count, self.leading, self.paint_range, 0.0, self.keep, stop)
        return Piece(fitting * self.leading, paint), rest


Page = list[tuple[float, Piece]]
"""Pieces with the height of their upper edge."""


def paginate(blocks: Sequence[Block], first_top: float, top: float, bottom: float) -> list[Page]:
    """Set the blocks on pages.

    Args:
        blocks: In reading order.
        first_top: Height where the first page's room begins.
        top: The same for all other pages.
        bottom: Lowest height to use.

    Returns:
        At least one page.

    Raises:
        ValueError: A block does not even fit on an empty page.
    """
    pages: list[Page] = [[]]
    y = first_top
    for index, first in enumerate(blocks):
        block: Block | None = first
        if pages[-1] and y - first.gap - _room_to_begin(blocks, index) < bottom:
            pages.append([])
            y = top
        while block is not None:
            gap = block.gap if pages[-1] else 0.0
            piece, rest = block.take(y - gap - bottom)
            if piece is not None:
                y -= gap
                pages[-1].append((y, piece))
                y -= piece.height
            elif not pages[-1] and y >= top:
                raise ValueError(f"a block of {block.least:.0f} points is higher than a page")
            block = rest
            if block is not None:
                pages.append([])
                y = top
    return pages


def page_of_anchors(pages: Sequence[Page], first: int) -> dict[str, int]:
    """Page number of every anchor; `first` is the number of the first page."""
    return {
        anchor: number
        for number, page in enumerate(pages, start=first)
        for _, piece in page
        for anchor in piece.anchors
    }


def _room_to_begin(blocks: Sequence[Block], index: int) -> float:
    """Height of the kept blocks from `index` on and the beginning of what follows them."""
    room = blocks[index].least
    while blocks[index].keep and index + 1 < len(blocks):
        index += 1
        room += blocks[index].gap + blocks[index].least
    return room
