"""What a chart must satisfy before it is drawn or written: numbers that are numbers, and runs of equal length."""

from __future__ import annotations

import math

from qms_reports.charts.specification import (
    BOX_SERIES,
    CHART_TYPES,
    CONTROL_SERIES,
    FUNNEL_SERIES,
    PARETO_SERIES,
    Chart,
    Series,
)

SMALLEST_WIDTH, SMALLEST_HEIGHT = 120.0, 100.0
SMALLEST_SPARKLINE = (60.0, 14.0)
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


def _refuse_lengths(chart: Chart, number: int, series: Series) -> None:
    place = f"chart {chart.specification.id!r}, series {series.name!r}"
    kind = chart.specification.type
    if kind == "histogram":
        return
    if kind in ("scatter", "funnel") or (kind == "box" and number >= BOX_SERIES):
        if len(series.x) != len(series.values):
            raise ValueError(f"{place}: {len(series.values)} values but {len(series.x)} x positions")
    elif len(series.values) != len(chart.categories):
        raise ValueError(f"{place}: {len(series.values)} values but {len(chart.categories)} categories")


def _refuse_pie(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if len(chart.series) > 1:
        raise ValueError(f"{name}: a {chart.specification.type} takes one series, not {len(chart.series)}")
    for series in chart.series:
        if any(value is not None and value < 0 for value in series.values):
            raise ValueError(f"{name}, series {series.name!r}: a pie cannot show a negative value")


def _refuse_places(chart: Chart) -> None:
    """Positions that are no position of a category."""
    name = f"chart {chart.specification.id!r}"
    places = [(mark.position, repr(mark.text)) for mark in chart.marks]
    places += [(phase.position, repr(phase.text)) for phase in chart.phases]
    places += [(position, "an emphasized bar") for position in chart.emphasized]
    places += [(position, "a total") for position in chart.totals]
    for position, text in places:
        if not 0 <= position < len(chart.categories):
            raise ValueError(f"{name}: {text} stands at point {position} of {len(chart.categories)}")


def _refuse_control(chart: Chart) -> None:
    if len(chart.series) != CONTROL_SERIES:
        raise ValueError(
            f"chart {chart.specification.id!r}: a control chart takes points, centre, lower and upper limit, "
            f"not {len(chart.series)}"
        )


def _refuse_pareto(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if len(chart.series) != PARETO_SERIES:
        raise ValueError(f"{name}: a pareto takes values and their cumulative share, not {len(chart.series)} series")
    if any(value is None or value < 0 for value in chart.series[0].values):
        raise ValueError(f"{name}: a pareto cannot add up a missing or negative value")


def _refuse_funnel(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if len(chart.series) < FUNNEL_SERIES or len(chart.series[0].values) != len(chart.categories):
        raise ValueError(f"{name}: a funnel takes members, one name for each, what all have, and the limits")


def _refuse_waterfall(chart: Chart) -> None:
    if len(chart.series) > 1:
        raise ValueError(f"chart {chart.specification.id!r}: a waterfall takes one series, not {len(chart.series)}")


def _refuse_box(chart: Chart) -> None:
    name = f"chart {chart.specification.id!r}"
    if not BOX_SERIES <= len(chart.series) <= BOX_SERIES + 1:
        raise ValueError(f"{name}: a box plot takes {BOX_SERIES} series and its outliers, not {len(chart.series)}")
    for category, found in enumerate(zip(*(series.values for series in chart.series[: BOX_SERIES - 1]), strict=True)):
        known = [value for value in found if value is not None]
        if known != sorted(known) or len(known) not in (0, BOX_SERIES - 1):
            raise ValueError(f"{name}: the box of {chart.categories[category]!r} is not in order: {known}")
    for series in chart.series[BOX_SERIES:]:
        for place in series.x:
            if place not in range(len(chart.categories)):
                raise ValueError(f"{name}: an outlier stands at box {place:g} of {len(chart.categories)}")


_REFUSE = {
    "control": _refuse_control, "pie": _refuse_pie, "donut": _refuse_pie, "pareto": _refuse_pareto,
    "funnel": _refuse_funnel, "waterfall": _refuse_waterfall, "box": _refuse_box,
}  # fmt: skip


def refuse_unusable(chart: Chart) -> None:
    """Complain about a chart that cannot be shown truthfully.

    Raises:
        ValueError: Naming the chart and, where there is one, the series: an unknown type, a size too small to read, a
            number that is not finite or beyond 1e100, runs of unequal length, something said of no point, a pie with a
            negative slice, a box whose quartiles are not in order, or not the series that its type takes.
    """
    specification = chart.specification
    name = f"chart {specification.id!r}"
    if specification.type not in CHART_TYPES:
        raise ValueError(f"{name}: unknown type {specification.type!r}; there are {', '.join(CHART_TYPES)}")
    least = SMALLEST_SPARKLINE if specification.type == "sparkline" else (SMALLEST_WIDTH, SMALLEST_HEIGHT)
    for side, smallest in zip(("width", "height"), least, strict=True):
        length = getattr(specification, side)
        if not smallest <= length <= LARGEST_SIDE:
            raise ValueError(f"{name}: {side} is {length:g} pt, not between {smallest:g} and {LARGEST_SIDE:g}")
    for key in ("target", "lower_limit", "upper_limit"):
        value = getattr(specification, key)
        if value is not None and not abs(value) <= LARGEST_NUMBER:
            raise ValueError(f"{name}: {key} {value} is not a number an axis can show")
    for number, series in enumerate(chart.series):
        _refuse_lengths(chart, number, series)
        _refuse_numbers(chart, series)
    _refuse_places(chart)
    if specification.type in _REFUSE:
        _REFUSE[specification.type](chart)
