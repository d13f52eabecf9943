"""The typeface: Inter in three weights, with other scripts behind it; measuring with it, breaking lines in it.

Every layout decision is made with these measures, and every painter draws the same runs of the same font files, so text
that fits here fits everywhere.  The digits of the vendored files all have one width (see `docs/fonts/make_fonts.py`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from qms_reports.charts import faces
from qms_reports.charts.bidi import base_level
from qms_reports.charts.faces import BOLD, REGULAR, SEMIBOLD, FontError, using
from qms_reports.charts.line_breaks import bound, breakable
from qms_reports.charts.text_runs import REPLACEMENT, Run, lacking, runs_of

__all__ = [
    "ASCENT",
    "BOLD",
    "DESCENT",
    "ELLIPSIS",
    "REGULAR",
    "REPLACEMENT",
    "SEMIBOLD",
    "FontError",
    "Run",
    "face_name",
    "font_path",
    "missing_glyphs",
    "printable",
    "register",
    "right_to_left",
    "runs",
    "shorten",
    "text_width",
    "using",
    "wrap",
]

ASCENT = 0.78  # of the size: highest ink of Latin capitals, brackets and digits above the baseline
DESCENT = 0.22  # of the size: lowest ink below the baseline
ELLIPSIS = "…"

_SHORTEST_TAIL = 3
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")  # str.split() would also break at the no-break spaces


def face_name(font: str) -> str:
    """The name by which ReportLab knows the font of a role: Inter's, or the company's while `using` its fonts.

    Args:
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.

    Raises:
        ValueError: Another name.
    """
    name = faces.resolved(font)
    faces.face(name)
    return name


def font_path(font: str) -> Path:
    """The font file of `REGULAR`, `SEMIBOLD` or `BOLD` as they are now, or of a `Run`.

    Raises:
        ValueError: Another name.
    """
    if font in (REGULAR, SEMIBOLD, BOLD):
        return faces.file_of(faces.resolved(font))
    path = faces.file_of(font)
    if not path.is_file():
        raise ValueError(f"no font {font!r}; there are {REGULAR}, {SEMIBOLD} and {BOLD}")
    return path


def register() -> None:
    """Make the fonts of the three roles known to ReportLab; further calls do nothing."""
    for font in (REGULAR, SEMIBOLD, BOLD):
        faces.face(faces.resolved(font))


def runs(text: str, font: str) -> tuple[Run, ...]:
    """A line as runs of one font each, from left to right: what painters show.

    Args:
        text: One line.
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.
    """
    return runs_of(text, faces.resolved(font))


def right_to_left(text: str) -> bool:
    """Whether the first letter of a line runs from right to left, and so the line as a whole."""
    return not text.isascii() and base_level(text) == 1


@lru_cache(maxsize=16384)
def _thousandths(text: str, face: str) -> float:
    return sum(run.width for run in runs_of(text, face))


def text_width(text: str, font: str, size: float) -> float:
    """Width of a line of text in points, without kerning, as every painter prints it.

    Args:
        text: One line.
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.
        size: Type size in points.
    """
    return _thousandths(text, faces.resolved(font)) * size / 1000.0


def missing_glyphs(text: str) -> set[str]:
    """Characters that no font can print, control characters among them.

    White space that `wrap` turns into breaks is never among them.
    """
    return lacking(_BREAKS.sub(" ", text), faces.resolved(REGULAR))


@lru_cache(maxsize=16384)
def _printable(text: str, face: str) -> str:
    line = _BREAKS.sub(" ", text).strip(" ")
    if line.isascii() and line.isprintable():
        return line
    line = unicodedata.normalize("NFC", line)
    missing = lacking(line, face)
    return "".join(REPLACEMENT if character in missing else character for character in line) if missing else line


def printable(text: str) -> str:
    """The text on one line: runs of white space become one space, characters without a glyph become ``□``.

    A missing glyph may not reach a PDF: PDF/A and PDF/UA forbid the ``.notdef`` glyph that would stand in.
    """
    return _printable(text, faces.resolved(REGULAR))


def shorten(text: str, font: str, size: float, width: float) -> str:
    """The text if it fits into `width` points, else its longest beginning that fits with an ellipsis."""
    if text_width(text, font, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle].rstrip() + ELLIPSIS, font, size) <= width:
            low = middle
        else:
            high = middle - 1
    while 0 < low < len(text) and unicodedata.combining(text[low]):
        low -= 1  # not between a letter and its mark
    return text[:low].rstrip() + ELLIPSIS


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    """An over-long word cut into pieces that fit, each at least one character, the last not a lone letter."""
    pieces, start = [], 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and text_width(word[start:end], font, size) > width:
            pieces.append(word[start : end - 1])
            start = end - 1
    tail = word[start:]
    if pieces and len(tail) < _SHORTEST_TAIL < len(pieces[-1]):
        moved = _SHORTEST_TAIL - len(tail)
        pieces[-1], tail = pieces[-1][:-moved], pieces[-1][-moved:] + tail
    return [*pieces, tail]


@lru_cache(maxsize=4096)
def _wrapped(text: str, font: str, face: str, size: float, width: float, max_lines: int | None) -> tuple[str, ...]:
    lines: list[str] = []
    line, units = "", 0.0
    words = bound(filter(None, _BREAKS.split(text)), lambda pair: _thousandths(pair, face) * size / 1000.0 <= width)
    for word, space in breakable(words):
        longer = f"{line}{space}{word}" if line else word
        # nothing is kerned or shaped across a break, so widths add up
        longer_units = units + _thousandths(space if line else "", face) + _thousandths(word, face)
        if longer_units * size / 1000.0 <= width:
            line, units = longer, longer_units
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, font, size, width)
        units = _thousandths(line, face)
        lines.extend(full)
        if max_lines is not None and len(lines) > max_lines:
            break
    if line:
        lines.append(line)
    if max_lines is not None and len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], shorten(lines[max_lines - 1] + ELLIPSIS, font, size, width)]
    return tuple(lines)


def wrap(text: str, font: str, size: float, width: float, max_lines: int | None = None) -> list[str]:
    """Break a text into lines no wider than `width` points.

    Breaks at white space and between East Asian characters, never at a no-break space, between a number and the symbol
    of its unit, before a closing mark or after an opening one; a word wider than a line is cut.  With `max_lines` the
    last line ends in an ellipsis when there was more.  An empty text has no lines.

    Args:
        text: Any text; line breaks in it count as spaces.
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.
        size: Type size in points.
        width: Room in points; at least one character stands on each line even if it is wider.
        max_lines: Most lines to return, at least 1.
    """
    return list(_wrapped(text, font, faces.resolved(font), size, width, max_lines))
