"""The colours of every chart and report, and which colour a series gets.

All text colours have at least 4.5:1 contrast on white.  The series colours follow the palette of the UK Government
Analysis Function, darkened to the same contrast, and stay apart under the three common colour-vision deficiencies; no
grey is among them because grey beside teal does not.  Status colours never stand alone: a shape and a word go along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WHITE = "#FFFFFF"

INK = "#1B2733"  # text, 15.2:1
INK2 = "#4A5A6A"  # secondary text and axis labels, 7.1:1
INK3 = "#66737F"  # captions and the zero line, 4.9:1

RULE = "#C5CED6"
GRID = "#E4E9ED"
PANEL = "#F5F7F9"

SERIES = (
    "#12436D",  # navy
    "#1F7F77",  # teal
    "#801650",  # plum
    "#C9500F",  # orange
    "#7A5FB0",  # violet
    "#4D3300",  # umber
)

GOOD, GOOD_TINT = "#1E7B45", "#E5F3EA"
WARNING, WARNING_TINT = "#9A5B00", "#FDF1DC"
BAD, BAD_TINT = "#B3261E", "#FBE7E5"
NONE, NONE_TINT = INK3, "#EDF0F3"

TARGET = BAD
MUTED = "#A9B7C4"  # bars that are not the message; never the only carrier of a value
LINE2 = SERIES[3]  # a line over bars of the first colour

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_LIGHTER_PER_ROUND = 0.35
_DARK_ENOUGH_FOR_WHITE_TEXT = 0.22


def channels(color: str) -> tuple[int, int, int]:
    """Red, green and blue of a ``#RRGGBB`` colour, 0 to 255.

    Raises:
        ValueError: The text is not such a colour.
    """
    if not _HEX.fullmatch(color):
        raise ValueError(f"{color!r} is not a colour of the form #12436D")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def tint(color: str, share_of_white: float) -> str:
    """The colour mixed with white; 0 leaves it, 1 gives white."""
    mixed = (round(part + (255 - part) * share_of_white) for part in channels(color))
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def series_color(index: int, declared: Sequence[str] = ()) -> str:
    """The colour of series (or slice) number `index`, counted from 0.

    Declared colours come first; when they run out the house palette takes over.  After the last house colour the
    palette starts again, each round lighter, so that neighbours always differ.
    """
    if index < len(declared):
        channels(declared[index])
        return declared[index].upper()
    turn, place = divmod(index, len(SERIES))
    return tint(SERIES[place], min(_LIGHTER_PER_ROUND * turn, 0.7))


def text_on(background: str) -> str:
    """White or `INK`, whichever reads better on the background (relative luminance as in WCAG 2.2)."""
    linear = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's knee
        for part in channels(background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return WHITE if luminance <= _DARK_ENOUGH_FOR_WHITE_TEXT else INK
