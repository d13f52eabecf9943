"""Scatter plots and histograms: both axes carry numbers."""

from __future__ import annotations

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    Ticks,
    draw_level_axis,
    draw_level_title,
    draw_side_labels,
    draw_upright_axis,
    draw_value_title,
    horizontal_ticks,
    side_room,
    vertical_ticks,
)
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, LABEL_LEADING, Box
from qms_reports.charts.histogram import bin_counts, bin_edges
from qms_reports.charts.plot import (
    SIDE_OVERHANG,
    axis_titles,
    draw_target,
    draw_upright_target,
    target_side,
    whole_numbers,
)
from qms_reports.charts.scene import SHAPES, Item, Line, Marker, Rectangle
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, text_width

_RADIUS, _RADIUS_MANY, _MANY = 2.0, 1.2, 300
_INSET = 3.0
_TARGET_LIFT = 5.0  # the target's label clears the topmost label of the count axis


def _between(upright: Ticks, level: Ticks, room: Box, side: float = 0.0) -> Box:
    """The plot inside the labels of both axes and `side` at the right, where half a level label sticks out too."""
    left = room.left + upright.width + TICK_GAP
    overhang = text_width(level.texts[-1], REGULAR, AXIS_SIZE) / 2
    return Box(left, room.bottom + AXIS_LEADING + 3.0, room.right - max(side, overhang), room.top)


def draw_scatter(chart: Chart, box: Box) -> list[Item]:
    """A mark per observation; its shape differs from series to series as well as its colour."""
    specification = chart.specification
    pairs = [[(x, y) for x, y in zip(series.x, series.values, strict=True) if y is not None] for series in chart.series]
    xs = [x for series in pairs for x, _ in series]
    ys = [y for series in pairs for _, y in series]
    marks = ys if specification.target is None else [*ys, specification.target]
    x_title, title = axis_titles(specification, box)
    top = box.top - (TITLE_ROOM if title else 0.0) - 0.5 * AXIS_SIZE
    bottom = box.bottom + (TITLE_ROOM if x_title else 0.0)
    upright = vertical_ticks(min(marks), max(marks), top - bottom - 14.0, whole=whole_numbers(specification, ys))
    target = target_side(specification)
    side = side_room([target]) if target else 0.0
    level = horizontal_ticks(min(xs), max(xs), box.width - upright.width - TICK_GAP - side)
    plot = _between(upright, level, Box(box.left, bottom, box.right, top), side)
    across = level.scale(plot.left + _INSET, plot.right - _INSET)
    up = upright.scale(plot.bottom, plot.top)
    line, sides = draw_target(specification, plot, up)
    radius = _RADIUS if len(xs) <= _MANY else _RADIUS_MANY
    items = [
        *draw_value_title(title, box),
        *draw_upright_axis(upright, plot, up),
        *draw_level_axis(level, plot, across, box.width),
        *line,
    ]
    for index, series in enumerate(pairs):
        color = palette.series_color(index, specification.colors)
        shape = SHAPES[index % len(SHAPES)]
        items.extend(Marker(across.at(x), up.at(y), radius, color, shape) for x, y in series)
    items.extend(draw_side_labels(sides, plot, plot.bottom - SIDE_OVERHANG, top + 0.5 * AXIS_SIZE))
    return [*items, *draw_level_title(x_title, box, plot)]


def draw_histogram(chart: Chart, box: Box) -> list[Item]:
    """Counts per bin as touching bars; the target, a value of the measure, is an upright line."""
    specification = chart.specification
    edges = bin_edges([value for series in chart.series for value in series.values], specification.bins)
    counts = [bin_counts(series.values, edges) for series in chart.series]
    measure, title = axis_titles(specification, box)
    above = TITLE_ROOM if title else 0.0
    above += LABEL_LEADING + _TARGET_LIFT - 2.5 if specification.target is not None else 0.0
    top = box.top - above - 0.5 * AXIS_SIZE
    bottom = box.bottom + (TITLE_ROOM if measure else 0.0)
    upright = vertical_ticks(0.0, max(map(max, counts)), top - bottom - 14.0, whole=True)
    shown = [*edges] if specification.target is None else [*edges, specification.target]
    level = horizontal_ticks(min(shown), max(shown), box.width - upright.width - TICK_GAP)
    plot = _between(upright, level, Box(box.left, bottom, box.right, top))
    across = level.scale(plot.left, plot.right)
    up = upright.scale(plot.bottom, plot.top)
    items = [
        *draw_value_title(title, box),
        *draw_upright_axis(upright, plot, up),
        *draw_level_axis(level, plot, across, box.width, grid=False),
    ]
    lanes = len(counts)
    for index, series in enumerate(counts):
        color = palette.series_color(index, specification.colors)
        for place, count in enumerate(series):
            left, right = across.at(edges[place]), across.at(edges[place + 1])
            lane = (right - left) / lanes
            gap = min(0.6, lane * 0.1)
            if count:
                x = left + lane * index
                items.append(Rectangle(x + gap / 2, plot.bottom, lane - gap, up.at(count) - plot.bottom, color))
    items.append(Line(plot.left, plot.bottom, plot.right, plot.bottom, palette.INK3, 0.7))
    items.extend(draw_upright_target(specification, plot, across, box, _TARGET_LIFT))
    return [*items, *draw_level_title(measure, box, plot)]
