"""Lines and areas over categories; a missing value is a gap, never a zero and never bridged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qms_reports.charts import palette
from qms_reports.charts.axes import SideLabel, draw_side_labels, side_lines
from qms_reports.charts.frame import Box
from qms_reports.charts.hatching import hatch_of, hatched
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import CategoryPlot, category_plot, draw_target, side_width, target_side
from qms_reports.charts.scene import SHAPES, Item, Line, Marker, Point, Polygon, Polyline, Shape
from qms_reports.charts.specification import Chart

LINE_WIDTH = 1.3

_DIRECT_LABELS = 3
_MARKERS_UP_TO = 40
_MARKER_RADIUS = 1.8
_TINT = 0.78
_FROM_ZERO_BELOW = 0.6  # a line axis starts at zero unless the smallest value is above this share of the largest


DASHES: tuple[tuple[float, ...], ...] = ((), (5.0, 2.0), (1.5, 1.5), (7.0, 2.0, 1.5, 2.0))
"""Of lines without marks, in the order of the series: told apart by more than their colour."""


def has_marks(chart: Chart) -> bool:
    """Whether the lines of a chart carry marks: where there are few categories."""
    return len(chart.categories) <= _MARKERS_UP_TO


def line_shape(chart: Chart, index: int) -> Shape | None:
    """The mark of line number `index`, or none where there are too many categories for marks."""
    return SHAPES[index % len(SHAPES)] if has_marks(chart) else None


def line_dash(chart: Chart, index: int) -> tuple[float, ...]:
    """The dash of line number `index`: every line its own without marks, every round of marks its own with them."""
    turn = index // len(SHAPES) if has_marks(chart) else index
    return DASHES[turn % len(DASHES)]


def runs(values: Sequence[float | None]) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Unbroken stretches of numbers: position of the first, and the numbers."""
    start = 0
    for end in range(len(values) + 1):
        if end == len(values) or values[end] is None:
            if end > start:
                yield start, tuple(value for value in values[start:end] if value is not None)
            start = end + 1


def stacked_values(chart: Chart) -> tuple[tuple[float | None, ...], ...]:
    """Upper edge of each series on top of those before it; a gap stays a gap and adds nothing to the next."""
    total = [0.0] * len(chart.categories)
    tops: list[tuple[float | None, ...]] = []
    for series in chart.series:
        total = [base + (value or 0.0) for base, value in zip(total, series.values, strict=True)]
        tops.append(tuple(None if value is None else top for value, top in zip(series.values, total, strict=True)))
    return tuple(tops)


def _line_range(chart: Chart, values: Sequence[float]) -> tuple[float, float]:
    marks = [*values] if chart.specification.target is None else [*values, chart.specification.target]
    low, high = min(marks), max(marks)
    if low >= 0 and low <= _FROM_ZERO_BELOW * high:
        low = 0.0
    elif high <= 0 and high >= _FROM_ZERO_BELOW * low:
        high = 0.0
    return low, high


def _names_at_the_right(chart: Chart) -> tuple[tuple[int, str], ...]:
    """Which series are labelled at their end and with what: names of two or three, or one line's last value."""
    specification = chart.specification
    if specification.legend:
        return ()
    drawn = [index for index, series in enumerate(chart.series) if any(value is not None for value in series.values)]
    if len(chart.series) == 1:
        last = chart.series[0].values[-1]
        return () if last is None else ((0, value_text(last, specification.decimals, specification.unit)),)
    return tuple((index, chart.series[index].name) for index in drawn) if len(chart.series) <= _DIRECT_LABELS else ()


def _frame(
    chart: Chart, box: Box, values: tuple[float, float], names: Sequence[tuple[int, str]]
) -> tuple[CategoryPlot, list[tuple[int, tuple[str, ...]]]]:
    lines = [(index, side_lines(name, side_width(chart.specification))) for index, name in names]
    target = target_side(chart.specification)
    sides = [found for _, found in lines] + ([target] if target else [])
    return category_plot(chart, box, values, slots=False, sides=sides), lines


def _end_labels(
    chart: Chart,
    frame: CategoryPlot,
    lines: Sequence[tuple[int, tuple[str, ...]]],
    tops: Sequence[Sequence[float | None]],
) -> list[SideLabel]:
    labels = []
    for index, words in lines:
        last = [value for value in tops[index] if value is not None][-1]
        labels.append(SideLabel(frame.scale.at(last), words, palette.series_color(index, chart.specification.colors)))
    return labels


def _strokes(chart: Chart, frame: CategoryPlot, tops: Sequence[Sequence[float | None]], *, marks: bool) -> list[Item]:
    """Lines through the numbers, with a mark on each where there are few, and on each that stands alone."""
    items: list[Item] = []
    dashed = marks
    marks = marks and has_marks(chart)
    for index, values in enumerate(tops):
        color = palette.series_color(index, chart.specification.colors)
        shape = SHAPES[index % len(SHAPES)]
        dash = line_dash(chart, index) if dashed else ()
        for start, numbers in runs(values):
            points = [(frame.middles[start + step], frame.scale.at(value)) for step, value in enumerate(numbers)]
            if len(points) > 1:
                items.append(Polyline(tuple(points), color, LINE_WIDTH, dash))
            if marks or len(points) == 1:
                items.extend(Marker(x, y, _MARKER_RADIUS, color, shape) for x, y in points)
    return items


def draw_lines(chart: Chart, box: Box) -> list[Item]:
    """One line per series; without a legend up to three carry their name at their end."""
    tops = [series.values for series in chart.series]
    values = [value for series in tops for value in series if value is not None]
    frame, names = _frame(chart, box, _line_range(chart, values), _names_at_the_right(chart))
    target, sides = draw_target(chart.specification, frame.plot, frame.scale)
    sides.extend(_end_labels(chart, frame, names, tops))
    zero: list[Item] = []
    if frame.scale.low <= 0.0 <= frame.scale.high:
        y = frame.scale.at(0.0)
        zero.append(Line(frame.plot.left, y, frame.plot.right, y, palette.RULE, 0.7))
    return [
        *frame.items,
        *zero,
        *target,
        *_strokes(chart, frame, tops, marks=True),
        *draw_side_labels(sides, frame.plot, frame.low, frame.high),
    ]


def _areas(
    chart: Chart, frame: CategoryPlot, tops: Sequence[Sequence[float | None]], bases: Sequence[Sequence[float]]
) -> list[Item]:
    items: list[Item] = []
    for index, (values, base) in enumerate(zip(tops, bases, strict=True)):
        color = palette.series_color(index, chart.specification.colors)
        fill = color if chart.specification.stacked else palette.tint(color, _TINT)
        for start, numbers in runs(values):
            if len(numbers) > 1:
                xs = frame.middles[start : start + len(numbers)]
                upper: list[Point] = [(x, frame.scale.at(v)) for x, v in zip(xs, numbers, strict=True)]
                floor = base[start : start + len(numbers)]
                lower: list[Point] = [(x, frame.scale.at(v)) for x, v in zip(xs, floor, strict=True)]
                area = (*upper, *reversed(lower))
                items.append(Polygon(area, fill))
                if chart.specification.stacked:
                    items.extend(hatched(area, hatch_of(index)))
    return items


def draw_areas(chart: Chart, box: Box) -> list[Item]:
    """Filled lines from zero; stacked ones each from the one before."""
    specification = chart.specification
    tops = stacked_values(chart) if specification.stacked else tuple(series.values for series in chart.series)
    zeros = [0.0] * len(chart.categories)
    bases = [zeros for _ in chart.series]
    if specification.stacked:
        for index in range(1, len(chart.series)):
            added = chart.series[index - 1].values
            bases[index] = [base + (value or 0.0) for base, value in zip(bases[index - 1], added, strict=True)]
    marks = [value for series in tops for value in series if value is not None]
    if specification.target is not None:
        marks.append(specification.target)
    frame, names = _frame(chart, box, (min(0.0, *marks), max(0.0, *marks)), _names_at_the_right(chart))
    target, sides = draw_target(specification, frame.plot, frame.scale)
    sides.extend(_end_labels(chart, frame, names, tops))
    zero = frame.scale.at(0.0)
    return [
        *frame.items,
        *_areas(chart, frame, tops, bases),
        *_strokes(chart, frame, tops, marks=False),
        Line(frame.plot.left, zero, frame.plot.right, zero, palette.INK3, 0.7),
        *target,
        *draw_side_labels(sides, frame.plot, frame.low, frame.high),
    ]
