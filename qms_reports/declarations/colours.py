"""Whether colours can be told apart: by all readers, and from white paper.

Colour vision deficiencies are simulated for full dichromats with the matrices of G. M. Machado, M. M. Oliveira and
L. A. F. Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE Transactions on
Visualization and Computer Graphics 15 (2009), 1291-1298, severity 1.0, on linear sRGB.  Differences are CIE 1976
(Euclidean distance in CIELAB, D65); contrast is that of WCAG 2.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

LEAST_DIFFERENCE = 10.0
"""Colours nearer than this (CIE 1976) are taken for the same.

2.3 is just noticeable side by side (Mahy, Van Eycken and Oosterlinck 1994); a mark and its legend entry are small and
far apart, and four to five times as much keeps them apart there.  Teal beside grey has 3, amber beside red 8 for a
deuteranope; both are confused in practice.
"""

LEAST_CONTRAST = 3.0
"""Least contrast of a mark with white (WCAG 2.2, success criterion 1.4.11)."""

LEAST_LIGHTNESS = 12.0
"""Least difference in CIE lightness by which two areas stay apart on a greyscale print."""

Vector = tuple[float, float, float]

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_WHITE = (0.95047, 1.0, 1.08883)
_LINEAR_UP_TO, _CUBE_FROM = 0.04045, 216 / 24389

VISIONS: dict[str, tuple[Vector, Vector, Vector] | None] = {
    "normal vision": None,
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Kinds of colour vision, the most frequent deficiencies first, and the matrix that simulates each."""


def linear(color: str) -> Vector:
    """A ``#RRGGBB`` colour as linear light, each part 0 to 1.

    Raises:
        ValueError: The text is not such a colour.
    """
    if not _HEX.fullmatch(color):
        raise ValueError(f"{color!r} is not a colour of the form #12436D")
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_UP_TO else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    """Relative luminance, 0 of black to 1 of white."""
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: str, other: str = "#FFFFFF") -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(color), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lightness(color: str) -> float:
    """CIE lightness L*, 0 of black to 100 of white: what is left of a colour in a greyscale print."""
    return 116.0 * _cube_root(luminance(color)) - 16.0


@lru_cache(maxsize=1024)
def lab(color: str, vision: str = "normal vision") -> Vector:
    """A colour in CIELAB, as seen with a kind of colour vision.

    Args:
        color: A ``#RRGGBB`` colour.
        vision: One of `VISIONS`.
    """
    light = linear(color)
    matrix = VISIONS[vision]
    if matrix is not None:
        light = (_seen(matrix[0], light), _seen(matrix[1], light), _seen(matrix[2], light))
    red, green, blue = light
    x = _cube_root((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / _WHITE[0])
    y = _cube_root((0.2126729 * red + 0.7151522 * green + 0.0721750 * blue) / _WHITE[1])
    z = _cube_root((0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / _WHITE[2])
    return 116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)


def _seen(row: Vector, light: Vector) -> float:
    return min(max(row[0] * light[0] + row[1] * light[1] + row[2] * light[2], 0.0), 1.0)


def _cube_root(part: float) -> float:
    return float(part ** (1 / 3)) if part > _CUBE_FROM else (24389 / 27 * part + 16) / 116


def difference(color: str, other: str, vision: str = "normal vision") -> float:
    """How far apart two colours are, as seen with a kind of colour vision (CIE 1976)."""
    return math.dist(lab(color, vision), lab(other, vision))


def indistinguishable(colors: Sequence[str]) -> list[tuple[int, int, str]]:
    """Pairs of colours that some readers take for the same.

    Args:
        colors: ``#RRGGBB`` colours.

    Returns:
        Positions of both colours, and the first kind of vision of `VISIONS` with which they differ by less than
        `LEAST_DIFFERENCE`; in order of the positions.

    Raises:
        ValueError: A text is not a colour.
    """
    found = []
    for (first, one), (second, other) in combinations(enumerate(colors), 2):
        vision = next((kind for kind in VISIONS if difference(one, other, kind) < LEAST_DIFFERENCE), None)
        if vision is not None:
            found.append((first, second, vision))
    return found


def low_contrast(colors: Sequence[str]) -> list[int]:
    """Positions of colours that are hard to see on white.

    Raises:
        ValueError: A text is not a colour.
    """
    return [place for place, color in enumerate(colors) if contrast(color) < LEAST_CONTRAST]
