"""What a chart must satisfy before it is drawn or written: numbers that are numbers, and runs of equal length."""

from __future__ import annotations

import math

from qms_reports.charts.specification import CHART_TYPES, CONTROL_SERIES, Chart, Series

SMALLEST_WIDTH = 120.0
SMALLEST_HEIGHT = 100.0
LARGEST_SIDE = 5000.0
LARGEST_NUMBER = 1e100  # sums and differences of such numbers still are finite


def _refuse_numbers(chart: Chart, series: Series) -> None:
    place = f"chart {chart.specification.id!r}, series {series.name!r}"
    for kind, numbers in (("value", series.values), ("x", series.x)):
        for position, number in enumerate(numbers, start=1):
            if number is not None and not math.isfinite(number):
                raise ValueError(f"{place}: {kind} {position} is {number}, not a finite number")
            if number is not None and abs(number) > LARGEST_NUMBER:
                raise ValueError(f"{place}: {kind} {position} is {number}, beyond what an axis can show")


def _refuse_lengths(chart: Chart, series: Series) -> None:
    place = f"chart {chart.specification.id!r}, series {series.name!r}"
    if chart.specification.type == "histogram":
        return
    if chart.specification.type == "scatter":
        if len(series.x) != len(series.values):
            raise ValueError(f"{place}: {len(series.values)} values but {len(series.x)} x positions")
    elif len(series.values) != len(chart.categories):
        raise ValueError(f"{place}: {len(series.values)} values but {len(chart.categories)} categories")


def _refuse_pie(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if len(chart.series) > 1:
        raise ValueError(f"{name}: a pie takes one series, not {len(chart.series)}")
    for series in chart.series:
        if any(value is not None and value < 0 for value in series.values):
            raise ValueError(f"{name}, series {series.name!r}: a pie cannot show a negative value")


def _refuse_control(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if len(chart.series) != CONTROL_SERIES:
        raise ValueError(
            f"{name}: a control chart takes points, centre, lower and upper limit, not {len(chart.series)}"
        )
    places = [(said.position, said.text) for said in chart.marks] + [
        (said.position, said.text) for said in chart.phases
    ]
    for position, text in places:
        if not 0 <= position < len(chart.categories):
            raise ValueError(f"{name}: {text!r} stands at point {position} of {len(chart.categories)}")


def refuse_unusable(chart: Chart) -> None:
    """Complain about a chart that cannot be shown truthfully.

    Raises:
        ValueError: Naming the chart and, where there is one, the series: an unknown type, a size too small to read, a
            number that is not finite or beyond 1e100, runs of unequal length, a pie of several series or with a
            negative slice, a control chart without its four series or with a mark at no point.
    """
    specification = chart.specification
    name = f"chart {specification.id!r}"
    if specification.type not in CHART_TYPES:
        raise ValueError(f"{name}: unknown type {specification.type!r}; there are {', '.join(CHART_TYPES)}")
    for side, length, smallest in (
        ("width", specification.width, SMALLEST_WIDTH),
        ("height", specification.height, SMALLEST_HEIGHT),
    ):
        if not smallest <= length <= LARGEST_SIDE:
            raise ValueError(f"{name}: {side} is {length:g} pt, not between {smallest:g} and {LARGEST_SIDE:g}")
    if specification.target is not None and not abs(specification.target) <= LARGEST_NUMBER:
        raise ValueError(f"{name}: target {specification.target} is not a number an axis can show")
    for series in chart.series:
        _refuse_lengths(chart, series)
        _refuse_numbers(chart, series)
    if specification.type == "control":
        _refuse_control(chart)
    if specification.type == "pie":
        _refuse_pie(chart)
