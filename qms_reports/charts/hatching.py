"""Hatching: thin white strokes over an area, so that areas differ on a greyscale print and not by hue alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from qms_reports.charts import palette
from qms_reports.charts.scene import Line, Point, Rectangle

Hatch = Literal["", "up", "down", "level", "upright", "steep"]

HATCHES: tuple[Hatch, ...] = ("", "", "up", "down", "level", "upright")
"""Of the series colours, in their order: navy and teal differ by lightness, all further ones are hatched."""

STROKE = 0.5
_SPACING = 4.0
_THINNEST = 3.0  # a narrower area is only its colour
_DIRECTIONS: dict[Hatch, Point] = {
    "up": (math.sqrt(0.5), math.sqrt(0.5)),
    "down": (math.sqrt(0.5), -math.sqrt(0.5)),
    "level": (1.0, 0.0),
    "upright": (0.0, 1.0),
    "steep": (math.cos(math.radians(70)), math.sin(math.radians(70))),
}


def hatch_of(index: int) -> Hatch:
    """The hatching of series (or slice) number `index`, counted from 0."""
    turn, place = divmod(index, len(HATCHES))
    return HATCHES[place] or ("steep" if turn else "")


def hatched(points: Sequence[Point], hatch: Hatch, color: str = palette.WHITE) -> list[Line]:
    """The strokes of a hatching inside a polygon, which need not be convex.

    Strokes lie on one raster for the whole chart, so that neighbouring areas of one series look like one.

    Args:
        points: Corners.
        hatch: Kind; empty for none.
        color: Of the strokes.
    """
    if not hatch:
        return []
    width = max(x for x, _ in points) - min(x for x, _ in points)
    height = max(y for _, y in points) - min(y for _, y in points)
    if min(width, height) < _THINNEST:
        return []
    along_x, along_y = _DIRECTIONS[hatch]
    corners = [(y * along_x - x * along_y, x * along_x + y * along_y) for x, y in points]  # across, along
    edges = list(pairwise([*corners, corners[0]]))
    lowest, highest = min(across for across, _ in corners), max(across for across, _ in corners)
    lines: list[Line] = []
    for number in range(math.ceil(lowest / _SPACING), math.floor(highest / _SPACING) + 1):
        across = number * _SPACING
        crossed = sorted(
            first[1] + (second[1] - first[1]) * (across - first[0]) / (second[0] - first[0])
            for first, second in edges
            if (first[0] <= across) != (second[0] <= across)
        )
        for begin, end in zip(crossed[::2], crossed[1::2], strict=True):
            if end - begin > STROKE:
                ends = [
                    (along * along_x - across * along_y, along * along_y + across * along_x) for along in (begin, end)
                ]
                lines.append(Line(*ends[0], *ends[1], color, STROKE))
    return lines


def hatched_rectangle(area: Rectangle, index: int) -> list[Line]:
    """The hatching of series number `index` inside a rectangle."""
    right, top = area.x + area.width, area.y + area.height
    return hatched(((area.x, area.y), (right, area.y), (right, top), (area.x, top)), hatch_of(index))
