"""Funnel plots: each member by its size, between the limits that chance alone explains for that size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    SideLabel,
    draw_level_axis,
    draw_level_title,
    draw_side_labels,
    draw_upright_axis,
    draw_value_title,
    horizontal_ticks,
    side_lines,
    side_room,
    vertical_ticks,
)
from qms_reports.charts.frame import AXIS_SIZE, Box, put
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import SIDE_OVERHANG, axis_titles, side_width, whole_numbers
from qms_reports.charts.points import between
from qms_reports.charts.scene import Item, Marker, Point, Polyline
from qms_reports.charts.specification import FUNNEL_SERIES, Chart, Series
from qms_reports.charts.typeface import SEMIBOLD, printable, shorten
from qms_reports.charts.words import Words

MEMBERS, CENTER = range(FUNNEL_SERIES)

LIMIT_DASHES: tuple[tuple[float, ...], ...] = ((3.0, 2.0), ())
"""Of the inner limits (95 %) and the outer ones (99.8 %), which are drawn through."""

LIMIT_COLOR = palette.SERIES[3]
SIGNAL_COLOR = palette.BAD

_RADIUS, _SIGNAL_RADIUS = 2.0, 2.9
_INSET = 4.0
_LIMIT_WIDTH = 0.9
_FROM_ZERO_BELOW = 0.5  # the size axis starts at zero unless the smallest size is above this share of the largest
_WIDEST_NAME = 80.0
_LETTER = 4.0


def limit_dash(series: int) -> tuple[float, ...]:
    """The dash of the limit that stands at this place among the series: two inner ones, then two outer ones."""
    return LIMIT_DASHES[min((series - FUNNEL_SERIES) // 2, len(LIMIT_DASHES) - 1)]


def level_range(chart: Chart) -> tuple[float, ...]:
    """Smallest and largest size to show, from zero unless the smallest is near the largest; none without members."""
    xs = [x for series in chart.series for x, y in zip(series.x, series.values, strict=True) if y is not None]
    if not xs:
        return ()
    return (0.0 if 0 <= min(xs) <= _FROM_ZERO_BELOW * max(xs) else min(xs)), max(xs)


def draw_funnel(chart: Chart, box: Box) -> list[Item]:
    """Members as points, those outside a limit larger, as diamonds and by name."""
    specification = chart.specification
    ys = [value for series in chart.series for value in series.values if value is not None]
    xs = level_range(chart)
    x_title, title = axis_titles(specification, box)
    top = box.top - (TITLE_ROOM if title else 0.0) - 0.5 * AXIS_SIZE
    bottom = box.bottom + (TITLE_ROOM if x_title else 0.0)
    upright = vertical_ticks(min(ys), max(ys), top - bottom - 14.0, whole=whole_numbers(specification, ys))
    names = _side_names(chart)
    side = side_room([lines for _, lines, _ in names])
    level = horizontal_ticks(
        xs[0], xs[-1], box.width - upright.width - TICK_GAP - side, whole=whole_numbers(specification, xs)
    )
    plot = between(upright, level, Box(box.left, bottom, box.right, top), side)
    across = level.scale(plot.left + _INSET, plot.right - _INSET)
    up = upright.scale(plot.bottom, plot.top)
    items: list[Item] = [
        *draw_value_title(title, box),
        *draw_upright_axis(upright, plot, up),
        *draw_level_axis(level, plot, across, box.width),
    ]
    words = Words(plot)
    for number, series in enumerate(chart.series[CENTER:], start=CENTER):
        points = _points(series)
        if len(points) > 1:
            placed = tuple((across.at(x), up.at(y)) for x, y in points)
            color, dash = (palette.INK2, ()) if number == CENTER else (LIMIT_COLOR, limit_dash(number))
            items.append(Polyline(placed, color, _LIMIT_WIDTH, dash))
            for x, y in _along(placed):
                words.keep_free(x - 1.0, x + 1.0, y - 1.0, y + 1.0)
    outside = {mark.position: mark for mark in chart.marks if mark.kind == "signal"}
    color = palette.series_color(0, specification.colors)
    members = chart.series[MEMBERS]
    placed_members = [
        (place, across.at(x), up.at(y))
        for place, (x, y) in enumerate(zip(members.x, members.values, strict=True))
        if y is not None
    ]
    for place, x, y in placed_members:
        if place not in outside:
            items.append(Marker(x, y, _RADIUS, color))
            words.keep_free(x - _RADIUS, x + _RADIUS, y - _RADIUS, y + _RADIUS)
    for place, x, y in placed_members:
        if place in outside:
            items.append(Marker(x, y, _SIGNAL_RADIUS, SIGNAL_COLOR, "diamond"))
            words.keep_free(x - _SIGNAL_RADIUS, x + _SIGNAL_RADIUS, y - _SIGNAL_RADIUS, y + _SIGNAL_RADIUS)
    for place, x, y in placed_members:
        if place in outside:
            _name(words, printable(outside[place].text), x, y)
    items.extend(words.items)
    sides = [SideLabel(up.at(y), lines, color) for y, lines, color in names]
    items.extend(draw_side_labels(sides, plot, plot.bottom - SIDE_OVERHANG, top + 0.5 * AXIS_SIZE))
    return [*items, *draw_level_title(x_title, box, plot)]


def _along(points: Sequence[Point]) -> Iterator[Point]:
    """Places along a line, no two neighbours farther apart than a letter is wide."""
    for (x1, y1), (x2, y2) in pairwise(points):
        steps = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / _LETTER))
        for step in range(steps + 1):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


def _points(series: Series) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(series.x, series.values, strict=True) if y is not None]


def _side_names(chart: Chart) -> list[tuple[float, tuple[str, ...], str]]:
    """What stands beside the ends of the lines: all members together first, then the limits."""
    specification = chart.specification
    width = side_width(specification)
    found = []
    for number, series in enumerate(chart.series[CENTER:], start=CENTER):
        points = _points(series)
        if points:
            value = value_text(points[-1][1], specification.decimals + (number == CENTER), specification.unit)
            text = f"{series.name} {value}" if number == CENTER else _level_name(chart, number)
            color = palette.INK2 if number == CENTER else LIMIT_COLOR
            found.append((points[-1][1], side_lines(text, width), color))
    return found


def _level_name(chart: Chart, number: int) -> str:
    """The name of a limit beside its line: a lower one is called like the upper one before it."""
    return chart.series[number - (number - FUNNEL_SERIES) % 2].name


def _name(words: Words, text: str, x: float, y: float) -> None:
    """The name beside its mark, where it touches nothing: at its sides, above, below, or at a corner."""
    text = shorten(text, SEMIBOLD, AXIS_SIZE, _WIDEST_NAME)
    gap = _SIGNAL_RADIUS * 1.25 + 1.5
    level = y - 0.36 * AXIS_SIZE
    above, below = y + gap, y - gap - 0.74 * AXIS_SIZE
    places = (
        (x + gap, level, "start"), (x - gap, level, "end"), (x, above, "middle"), (x, below, "middle"),
        (x + gap, above, "start"), (x - gap, above, "end"), (x + gap, below, "start"), (x - gap, below, "end"),
    )  # fmt: skip
    for at, low, anchor in places:
        if words.add(put(at, low, text, AXIS_SIZE, SIGNAL_COLOR, font=SEMIBOLD, anchor=anchor)):  # type: ignore[arg-type]  # one of the anchors
            return
