"""Box plots: median, quartiles and spread of the records of each group, with the records far from the rest.

Quartiles are those of Hyndman and Fan (1996), type 7; whiskers end at the outermost record within one and a half
interquartile ranges of the box (J. W. Tukey, Exploratory Data Analysis, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts import palette
from qms_reports.charts.frame import Box as Room
from qms_reports.charts.histogram import quantile
from qms_reports.charts.oriented import Oriented, orient
from qms_reports.charts.scene import Item, Line, Marker
from qms_reports.charts.specification import BOX_SERIES, Chart

LOW, FIRST, MEDIAN, THIRD, HIGH, RECORDS = range(BOX_SERIES)
NAMES = (
    "low_whisker", "first_quartile", "median", "third_quartile", "high_whisker", "group_records", "outliers",
)  # fmt: skip
"""What each series is, as `qms_reports.charts.fixed_words` says it."""

BOX_TINT = 0.72
_REACH = 1.5  # interquartile ranges
_FILLED = 0.56
_THICKEST = 34.0
_RADIUS = 1.6
_STROKE, _MEDIAN_STROKE = 0.9, 1.8


@dataclass(frozen=True, slots=True)
class Summary:
    """Five numbers of a sample and the values beyond its whiskers, in ascending order."""

    low: float
    first: float
    median: float
    third: float
    high: float
    outliers: tuple[float, ...]


def summarize(values: Sequence[float]) -> Summary:
    """The box of a sample of at least one value."""
    ordered = sorted(values)
    first, median, third = (quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    reach = _REACH * (third - first)
    inside = [value for value in ordered if first - reach <= value <= third + reach]
    outliers = tuple(value for value in ordered if not first - reach <= value <= third + reach)
    # the quartiles are interpolated: a whisker may not end inside its box
    return Summary(min(inside[0], first), first, median, third, max(inside[-1], third), outliers)


def draw_boxes(chart: Chart, room: Room) -> list[Item]:
    """A box for each category; its median is the thick line."""
    values = [
        value
        for number, series in enumerate(chart.series)
        if number != RECORDS
        for value in series.values
        if value is not None
    ]
    marks = values if chart.specification.target is None else [*values, chart.specification.target]
    frame = orient(chart, room, (min(marks), max(marks)), values)
    color = palette.series_color(0, chart.specification.colors)
    fill = palette.tint(color, BOX_TINT)
    half = min(frame.slot * _FILLED, _THICKEST) / 2
    items: list[Item] = [*frame.items]
    for category in range(len(chart.categories)):
        found = [series.values[category] for series in chart.series[:RECORDS]]
        five = [value for value in found if value is not None]
        if len(five) == len(found):
            items.extend(_box(frame, category, five, half, (color, fill)))
    for series in chart.series[BOX_SERIES:]:
        drawn = dict.fromkeys(
            (frame.point(int(place), 0.0, value))
            for place, value in zip(series.x, series.values, strict=True)
            if value is not None
        )
        for x, y in drawn:
            items.append(Marker(x, y, _RADIUS, color))
            items.append(Marker(x, y, _RADIUS * 0.55, palette.WHITE))
    return items


def _box(frame: Oriented, category: int, five: Sequence[float], half: float, colors: tuple[str, str]) -> list[Item]:
    low, first, median, third, high = five
    color, fill = colors

    def across(value: float, reach: float, width: float) -> Line:
        return Line(*frame.point(category, -reach, value), *frame.point(category, reach, value), color, width)

    def along(start: float, end: float, offset: float = 0.0) -> Line:
        return Line(*frame.point(category, offset, start), *frame.point(category, offset, end), color, _STROKE)

    return [
        along(low, first),
        along(third, high),
        across(low, half * 0.5, _STROKE),
        across(high, half * 0.5, _STROKE),
        frame.area(category, (-half, half), (first, third), fill),
        along(first, third, -half),
        along(first, third, half),
        across(first, half, _STROKE),
        across(third, half, _STROKE),
        across(median, half, _MEDIAN_STROKE),
    ]
