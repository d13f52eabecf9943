"""Scatter plots and histograms: both axes carry numbers."""

from __future__ import annotations

from collections.abc import Sequence

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    Scale,
    Ticks,
    draw_level_axis,
    draw_level_title,
    draw_side_labels,
    draw_upright_axis,
    draw_value_title,
    horizontal_ticks,
    side_room,
    spread,
    vertical_ticks,
)
from qms_reports.charts.fitting import Bell, bell, linear_fit
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, LABEL_LEADING, LABEL_SIZE, Box, put
from qms_reports.charts.hatching import hatched_rectangle
from qms_reports.charts.histogram import bin_counts, bin_edges
from qms_reports.charts.plot import (
    SIDE_OVERHANG,
    TARGET_DASH,
    TARGET_WIDTH,
    axis_titles,
    draw_target,
    exact_text,
    target_side,
    target_text,
    whole_numbers,
)
from qms_reports.charts.scene import SHAPES, Item, Line, Marker, Polyline, Rectangle
from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, shorten, text_width

FIT_DASH = (5.0, 2.0)
LIMIT_COLOR = palette.SERIES[2]
_RADIUS, _RADIUS_MANY, _MANY = 2.0, 1.2, 300
_INSET = 3.0
_TARGET_LIFT = 5.0  # the target's label clears the topmost label of the count axis


def between(upright: Ticks, level: Ticks, room: Box, side: float = 0.0) -> Box:
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
    plot = between(upright, level, Box(box.left, bottom, box.right, top), side)
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
    if specification.fit == "linear":
        for index, one in enumerate(chart.series):
            items.extend(_fitted(one, palette.series_color(index, specification.colors), across, up))
    items.extend(draw_side_labels(sides, plot, plot.bottom - SIDE_OVERHANG, top + 0.5 * AXIS_SIZE))
    return [*items, *draw_level_title(x_title, box, plot)]


def _fitted(series: Series, color: str, across: Scale, up: Scale) -> list[Item]:
    """The line of least squares between the outermost points, cut off where it leaves the axis."""
    fit = linear_fit(series.x, series.values)
    if fit is None:
        return []
    xs = [x for x, y in zip(series.x, series.values, strict=True) if y is not None]
    ends = sorted((min(xs), max(xs)))
    if fit.slope:
        crossings = sorted(((up.low - fit.intercept) / fit.slope, (up.high - fit.intercept) / fit.slope))
        ends = [max(ends[0], crossings[0]), min(ends[1], crossings[1])]
    if ends[0] >= ends[1]:
        return []
    points = tuple((across.at(x), min(max(up.at(fit.at(x)), up.start), up.end)) for x in ends)
    return [Polyline(points, palette.WHITE, 2.6), Polyline(points, color, 1.1, FIT_DASH)]


def limits_of(specification: ChartSpecification) -> list[tuple[float, str, str]]:
    """The upright lines of a histogram: value, label and colour of the specification limits and the target."""
    found = []
    for value, word in (
        (specification.lower_limit, "lower_specification"),
        (specification.upper_limit, "upper_specification"),
    ):
        if value is not None:
            found.append((value, say(word, value=exact_text(value, specification.unit)), LIMIT_COLOR))
    if specification.target is not None:
        found.append((specification.target, target_text(specification), palette.TARGET))
    return sorted(found)


def _limit_rows(limits: Sequence[tuple[float, str, str]], box: Box) -> list[list[tuple[float, str, str]]]:
    """The labels of the upright lines: on one row if they fit side by side, else each on its own."""
    widths = [text_width(text, SEMIBOLD, LABEL_SIZE) + 6.0 for _, text, _ in limits]
    return [list(limits)] if sum(widths) <= box.width else [[limit] for limit in limits]


def _draw_limits(rows: Sequence[Sequence[tuple[float, str, str]]], plot: Box, across: Scale, box: Box) -> list[Item]:
    """The upright lines, and their labels above the plot as near as can be."""
    items: list[Item] = []
    for number, row in enumerate(rows):
        texts = [shorten(printable(text), SEMIBOLD, LABEL_SIZE, box.width) for _, text, _ in row]
        wished = [
            (across.at(value), text_width(text, SEMIBOLD, LABEL_SIZE) + (6.0 if len(row) > 1 else 0.0))
            for (value, _, _), text in zip(row, texts, strict=True)
        ]
        y = plot.top + _TARGET_LIFT + LABEL_LEADING * (len(rows) - 1 - number)
        for (value, _, color), text, middle in zip(row, texts, spread(wished, box.left, box.right), strict=True):
            x = across.at(value)
            dash = TARGET_DASH if color == palette.TARGET else ()
            items.append(Line(x, plot.bottom, x, plot.top, color, TARGET_WIDTH, dash))
            items.append(put(middle, y, text, LABEL_SIZE, color, font=SEMIBOLD, anchor="middle"))
    return items


def draw_histogram(chart: Chart, box: Box) -> list[Item]:
    """Counts per bin as touching bars; target and specification limits, values of the measure, are upright lines."""
    specification = chart.specification
    edges = bin_edges([value for series in chart.series for value in series.values], specification.bins)
    counts = [bin_counts(series.values, edges) for series in chart.series]
    bells = [bell(series.values) if specification.normal_curve else None for series in chart.series]
    measure, title = axis_titles(specification, box)
    limits = limits_of(specification)
    rows = _limit_rows(limits, box) if limits else []
    above = TITLE_ROOM if title else 0.0
    above += LABEL_LEADING * len(rows) + _TARGET_LIFT - 2.5 if rows else 0.0
    top = box.top - above - 0.5 * AXIS_SIZE
    bottom = box.bottom + (TITLE_ROOM if measure else 0.0)
    width = edges[1] - edges[0]
    peaks = [found.expected(found.mean, width) for found in bells if found is not None]
    upright = vertical_ticks(0.0, max([*map(max, counts), *peaks]), top - bottom - 14.0, whole=True)
    shown = [*edges, *(value for value, _, _ in limits)]
    level = horizontal_ticks(min(shown), max(shown), box.width - upright.width - TICK_GAP)
    plot = between(upright, level, Box(box.left, bottom, box.right, top))
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
                area = Rectangle(x + gap / 2, plot.bottom, lane - gap, up.at(count) - plot.bottom, color)
                items.extend((area, *hatched_rectangle(area, index)))
    items.append(Line(plot.left, plot.bottom, plot.right, plot.bottom, palette.INK3, 0.7))
    for index, found in enumerate(bells):
        if found is not None:
            items.extend(_curve(found, width, (across, up), _curve_color(index, specification)))
    items.extend(_draw_limits(rows, plot, across, box))
    return [*items, *draw_level_title(measure, box, plot)]


def _curve_color(index: int, specification: ChartSpecification) -> str:
    """Of a lone sample a colour that stands out from its bars; of several that of each."""
    return palette.LINE2 if index == 0 else palette.series_color(index, specification.colors)


def _curve(found: Bell, width: float, scales: tuple[Scale, Scale], color: str) -> list[Item]:
    """The normal curve over the whole axis, from where it rises above the axis line."""
    across, up = scales
    low = max(across.low, found.mean - 4.0 * found.deviation)
    high = min(across.high, found.mean + 4.0 * found.deviation)
    if low >= high:
        return []
    points = tuple((across.at(x), up.at(y)) for x, y in found.curve(low, high, width))
    return [Polyline(points, palette.WHITE, 2.8), Polyline(points, color, 1.3)]
