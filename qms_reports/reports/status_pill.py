"""A rating as a pill: tinted capsule, shape and word, so that it reads without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.document import Status

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen

COLORS: dict[Status, tuple[str, str]] = {
    "good": (palette.GOOD, palette.GOOD_TINT),
    "warning": (palette.WARNING, palette.WARNING_TINT),
    "bad": (palette.BAD, palette.BAD_TINT),
    "none": (palette.NONE, palette.NONE_TINT),
}
"""Ink and tint of each rating."""

SIZE = 6.5
HEIGHT = 11.5
_TEXT_START = 14.0
_END = 5.5
_MARK = 6.6


def split_status(cell: str) -> tuple[Status, str]:
    """The rating and the word of a ``good:On target`` cell.

    Raises:
        ValueError: The part before the colon is no rating.
    """
    rating, colon, word = cell.partition(":")
    if not colon or rating not in COLORS:
        raise ValueError(f"status cell {cell!r}: expected one of {', '.join(COLORS)}, a colon and a word")
    return rating, word


def pill_width(word: str) -> float:
    """Width of the whole pill in points."""
    return _TEXT_START + typeface.text_width(typeface.printable(word), typeface.SEMIBOLD, SIZE) + _END


def draw_capsule(pen: Pen, x: float, baseline: float, status: Status, word: str) -> None:
    """Everything but the word; the caller opens the artifact."""
    ink, tint = COLORS[status]
    bottom = baseline - 3.4
    pen.rounded(x, bottom, pill_width(word), HEIGHT, HEIGHT / 2, fill=tint)
    _draw_mark(pen, status, x + 4.2 + _MARK / 2, bottom + HEIGHT / 2, ink)


def word_operators(pen: Pen, x: float, baseline: float, status: Status, word: str) -> str:
    """The operators that print the word inside the pill."""
    return pen.text_operators(x + _TEXT_START, baseline, word, typeface.SEMIBOLD, SIZE, COLORS[status][0])


def word_inside(pen: Pen, x: float, baseline: float, status: Status, word: str) -> str:
    """The same inside a text object that is open; it changes font and colour."""
    look = pen.look(typeface.SEMIBOLD, SIZE, COLORS[status][0])
    return f"{look} 1 0 0 1 {x + _TEXT_START:.2f} {baseline:.2f} Tm {pen.shown(typeface.SEMIBOLD, SIZE)[word]}"


def _draw_mark(pen: Pen, status: Status, x: float, y: float, ink: str) -> None:
    """Disc with a tick, triangle, diamond, or ring, centred on (x, y)."""
    half = _MARK / 2
    if status == "good":
        pen.circle(x, y, half, fill=ink)
        pen.polyline(((x - 1.5, y + 0.05), (x - 0.4, y - 1.1), (x + 1.6, y + 1.15)), palette.WHITE, 0.95)
    elif status == "warning":
        pen.polygon(((x - half - 0.2, y - half + 0.4), (x + half + 0.2, y - half + 0.4), (x, y + half)), ink)
        _exclamation(pen, x, y - 0.6, 2.1)
    elif status == "bad":
        reach = half + 0.4
        pen.polygon(((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)), ink)
        _exclamation(pen, x, y, 2.5)
    else:
        pen.circle(x, y, half - 0.6, stroke=ink, line_width=1.0)


def _exclamation(pen: Pen, x: float, y: float, height: float) -> None:
    pen.rectangle(x - 0.4, y - height / 2 + 1.15, 0.8, height - 0.75, palette.WHITE)
    pen.rectangle(x - 0.4, y - height / 2 - 0.05, 0.8, 0.8, palette.WHITE)
