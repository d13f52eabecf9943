"""Control charts: points, centre line and limits; signals told by shape and by the name of their rule.

The target is not drawn: limits say what the process does, a target what is wished of it, and confusing the two is the
classic mistake (Montgomery, Introduction to Statistical Quality Control, 7th ed., section 5.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from qms_reports.charts import palette
from qms_reports.charts.axes import SideLabel, draw_side_labels, side_lines
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import AXIS_SIZE, Box, put
from qms_reports.charts.lines import LINE_WIDTH, runs
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import CategoryPlot, category_plot, side_width
from qms_reports.charts.scene import Item, Line, Marker, Point, Polyline
from qms_reports.charts.specification import Chart, Series
from qms_reports.charts.typeface import SEMIBOLD, printable, text_width
from qms_reports.charts.words import Words
from qms_reports.charts.zones import draw_zones, name_zones

LIMIT_DASH = (3.0, 2.0)
PHASE_DASH = (1.5, 1.5)
POINTS, CENTER, LOWER, UPPER = range(4)

LIMIT_COLOR = palette.SERIES[3]
SIGNAL_COLOR = palette.BAD
_LIMIT_WIDTH = 0.8
_RADIUS, _SIGNAL_RADIUS = 1.8, 2.9
_LABEL_GAP = 2.0
_LABEL_ROOM = AXIS_SIZE + _SIGNAL_RADIUS + 2 * _LABEL_GAP
_LEVELS = 3
_NAMES = {CENTER: "center", LOWER: "lower_control", UPPER: "upper_control"}


def draw_control(chart: Chart, box: Box) -> list[Item]:
    """The chart of one series.

    Limits that differ from point to point (of unequal sample sizes) are steps, each as wide as its point's slot; where
    other limits begin they are broken.  A signal is a larger diamond with the names of its rules, a point that is not
    judged a hollow square.  The latest centre line and limits are named at the right.
    """
    labels = _limit_texts(chart)
    values = [value for series in chart.series for value in series.values if value is not None]
    low, high = min(values), max(values)
    if 0 <= low <= high / 2:
        low = 0.0
    above = _LABEL_ROOM + (AXIS_SIZE + _LABEL_GAP if chart.phases else 0.0)
    width = side_width(chart.specification)
    sides = {index: side_lines(text, width) for index, text in labels.items()}
    plot = category_plot(
        chart, box, (low, high), slots=True, sides=tuple(sides.values()), headroom=lambda _slot: (_LABEL_ROOM, above)
    )
    colors = {CENTER: palette.INK2, LOWER: LIMIT_COLOR, UPPER: LIMIT_COLOR}
    named = [
        SideLabel(plot.scale.at(value), sides[index], colors[index])
        for index in labels
        if (value := chart.series[index].values[-1]) is not None
    ]
    words = Words(plot.plot)
    zones = draw_zones(chart, plot) if chart.specification.zones else []
    phases = _phase_lines(chart, plot, words)
    _rule_names(chart, plot, words)
    if chart.specification.zones:
        name_zones(chart, plot, words)
    return [
        *zones,
        *plot.items,
        *phases,
        *_steps(chart, chart.series[CENTER], plot, palette.INK2, ()),
        *_steps(chart, chart.series[LOWER], plot, LIMIT_COLOR, LIMIT_DASH),
        *_steps(chart, chart.series[UPPER], plot, LIMIT_COLOR, LIMIT_DASH),
        *_points(chart, plot),
        *words.items,
        *draw_side_labels(named, plot.plot, plot.low, plot.high),
    ]


def _limit_texts(chart: Chart) -> dict[int, str]:
    """Names and values of the latest centre line and limits; one more digit than the figures have."""
    specification = chart.specification
    found = {}
    for index in (UPPER, CENTER, LOWER):
        value = chart.series[index].values[-1] if chart.series[index].values else None
        if value is not None:
            found[index] = say(_NAMES[index], value=value_text(value, specification.decimals + 1))
    return found


def _stretches(chart: Chart, values: Sequence[float | None]) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Unbroken stretches of a line, ended also where other limits begin."""
    starts = [0, *(phase.position for phase in chart.phases if phase.new_limits), len(values)]
    for start, end in pairwise(starts):
        for first, numbers in runs(values[start:end]):
            yield start + first, numbers


def _steps(chart: Chart, series: Series, plot: CategoryPlot, color: str, dash: tuple[float, ...]) -> list[Item]:
    items: list[Item] = []
    for start, numbers in _stretches(chart, series.values):
        corners: list[Point] = []
        for step, value in enumerate(numbers):
            middle, y = plot.middles[start + step], plot.scale.at(value)
            left = corners[-1][0] if corners else middle - plot.slot / 2
            right = middle + plot.slot / 2
            if corners and corners[-1][1] == y:
                corners[-1] = (right, y)
            else:
                corners += [(left, y), (right, y)]
        items.append(Polyline(tuple(corners), color, _LIMIT_WIDTH, dash))
    return items


def _phase_lines(chart: Chart, plot: CategoryPlot, words: Words) -> list[Item]:
    """A dashed upright line where a phase begins, with what begins there at its top, on the side where it fits."""
    items: list[Item] = []
    for phase in chart.phases:
        x = plot.middles[phase.position] - plot.slot / 2
        items.append(Line(x, plot.plot.bottom, x, plot.plot.top, palette.INK3, 0.7, PHASE_DASH))
        y = plot.plot.top - AXIS_SIZE
        text = printable(phase.text)
        words.add(put(x + 2.0, y, text, AXIS_SIZE, palette.INK3)) or words.add(
            put(x - 2.0, y, text, AXIS_SIZE, palette.INK3, anchor="end")
        )
    return items


def _points(chart: Chart, plot: CategoryPlot) -> list[Item]:
    values = chart.series[POINTS].values
    color = palette.series_color(0, chart.specification.colors)
    said = {mark.position: mark.kind for mark in chart.marks}
    items: list[Item] = []
    for start, numbers in runs(values):
        points = [(plot.middles[start + step], plot.scale.at(value)) for step, value in enumerate(numbers)]
        if len(points) > 1:
            items.append(Polyline(tuple(points), color, LINE_WIDTH))
    for place, value in enumerate(values):
        if value is None:
            continue
        x, y = plot.middles[place], plot.scale.at(value)
        match said.get(place):
            case "signal":
                items.append(Marker(x, y, _SIGNAL_RADIUS, SIGNAL_COLOR, "diamond"))
            case "excluded":
                items.append(Marker(x, y, _RADIUS * 1.5, palette.INK3, "square"))
                items.append(Marker(x, y, _RADIUS * 0.85, palette.WHITE, "square"))
            case _:
                items.append(Marker(x, y, _RADIUS, color))
    return items


def _rule_names(chart: Chart, plot: CategoryPlot, words: Words) -> None:
    """The rules of each signal, beyond its point as seen from the centre line; stacked where neighbours would touch.

    Where there is no room for a name, the note of the chart has it.
    """
    for mark in chart.marks:
        value = chart.series[POINTS].values[mark.position]
        if mark.kind != "signal" or value is None:
            continue
        middle = chart.series[CENTER].values[mark.position]
        upwards = middle is None or value >= middle
        text = printable(mark.text)
        half = text_width(text, SEMIBOLD, AXIS_SIZE) / 2
        x = max(plot.plot.left + half, min(plot.middles[mark.position], plot.plot.right - half))
        beyond = _SIGNAL_RADIUS * 1.25 + _LABEL_GAP
        y = plot.scale.at(value) + (beyond if upwards else -beyond - 0.72 * AXIS_SIZE)
        for level in range(_LEVELS):
            at = y + level * (AXIS_SIZE if upwards else -AXIS_SIZE)
            if words.add(put(x, at, text, AXIS_SIZE, SIGNAL_COLOR, font=SEMIBOLD, anchor="middle")):
                break
