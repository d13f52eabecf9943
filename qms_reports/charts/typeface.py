"""The one typeface, Inter in three weights: registering it, measuring with it, breaking lines in it.

Every layout decision is made with these measures, and every painter draws with the same font files, so text that fits
here fits everywhere.  The digits of the vendored files all have one width (see `docs/fonts/make_fonts.py`).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

REGULAR = "Inter-Regular"
SEMIBOLD = "Inter-SemiBold"
BOLD = "Inter-Bold"

ASCENT = 0.78  # of the size: highest ink of Latin capitals, brackets and digits above the baseline
DESCENT = 0.22  # of the size: lowest ink below the baseline
ELLIPSIS = "…"
REPLACEMENT = "□"  # U+FFFD has no glyph in Inter

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Inter maps some to an empty glyph; XML forbids them
_SHORTEST_TAIL = 3
_FOLDER = Path(__file__).parent / "fonts"
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")  # str.split() would also break at the no-break spaces


def font_path(font: str) -> Path:
    """The font file of `REGULAR`, `SEMIBOLD` or `BOLD`.

    Raises:
        ValueError: Another name.
    """
    if font not in (REGULAR, SEMIBOLD, BOLD):
        raise ValueError(f"no font {font!r}; there are {REGULAR}, {SEMIBOLD} and {BOLD}")
    return _FOLDER / f"{font}.ttf"


@cache
def _registered() -> dict[str, Any]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    faces = {}
    for name in (REGULAR, SEMIBOLD, BOLD):
        font = TTFont(name, str(font_path(name)))
        pdfmetrics.registerFont(font)
        faces[name] = font.face
    return faces


def register() -> None:
    """Make the three fonts known to ReportLab under the names above; further calls do nothing."""
    _registered()


@lru_cache(maxsize=16384)
def _thousandths(text: str, font: str) -> float:
    font_path(font)
    face = _registered()[font]
    widths, default = face.charWidths, face.defaultWidth
    total: float = sum(widths.get(ord(character), default) for character in text)
    return total


def text_width(text: str, font: str, size: float) -> float:
    """Width of a line of text in points, without kerning, as ReportLab prints it.

    Args:
        text: One line.
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.
        size: Type size in points.
    """
    return _thousandths(text, font) * size / 1000.0


def missing_glyphs(text: str) -> set[str]:
    """Characters that Inter cannot print, control characters among them.

    White space that `wrap` turns into breaks is never among them.
    """
    glyphs = _registered()[REGULAR].charToGlyph
    return {
        character
        for character in text
        if (ord(character) not in glyphs or _CONTROL.fullmatch(character)) and not _BREAKS.fullmatch(character)
    }


@lru_cache(maxsize=16384)
def printable(text: str) -> str:
    """The text on one line: runs of white space become one space, characters without a glyph become ``□``.

    A missing glyph may not reach a PDF: PDF/A and PDF/UA forbid the ``.notdef`` glyph that would stand in.
    """
    line = _BREAKS.sub(" ", text).strip(" ")
    missing = missing_glyphs(line)
    return "".join(REPLACEMENT if character in missing else character for character in line) if missing else line


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
def _wrapped(text: str, font: str, size: float, width: float, max_lines: int | None) -> tuple[str, ...]:
    lines: list[str] = []
    line = ""
    for word in filter(None, _BREAKS.split(text)):
        longer = f"{line} {word}" if line else word
        if text_width(longer, font, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, font, size, width)
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

    Breaks at white space, never at a no-break space; a word wider than a line is cut.  With `max_lines` the last line
    ends in an ellipsis when there was more.  An empty text has no lines.

    Args:
        text: Any text; line breaks in it count as spaces.
        font: `REGULAR`, `SEMIBOLD` or `BOLD`.
        size: Type size in points.
        width: Room in points; at least one character stands on each line even if it is wider.
        max_lines: Most lines to return, at least 1.
    """
    return list(_wrapped(text, font, size, width, max_lines))
