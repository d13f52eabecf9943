"""The text alternative of a chart: what a reader who cannot see it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from qms_reports.charts.boxes import MEDIAN, RECORDS
from qms_reports.charts.fitting import equation, linear_fit
from qms_reports.charts.fixed_words import count, listed, percent, say, sentences
from qms_reports.charts.numerals import in_its_language, value_text
from qms_reports.charts.plot import target_text
from qms_reports.charts.points import limits_of
from qms_reports.charts.specification import BOX_SERIES, Chart, Series
from qms_reports.charts.typeface import printable
from qms_reports.charts.waterfall import base_of, step_text, steps_of

_SERIES_TOLD = 6
_SLICES_TOLD = 8


def _kind(chart: Chart) -> str:
    specification = chart.specification
    words = [
        specification.type,
        "stacked" if specification.stacked and specification.type in ("bar", "area") else "",
        "horizontal" if specification.horizontal and specification.type == "bar" else "",
    ]
    return say("kind_" + "_".join(filter(None, words)))


def _value(chart: Chart, value: float, more_decimals: int = 0) -> str:
    return value_text(value, chart.specification.decimals + more_decimals, chart.specification.unit)


def _range(chart: Chart, values: Sequence[float]) -> str:
    low, high = _value(chart, min(values)), _value(chart, max(values))
    return low if low == high else say("range", low=low, high=high)


def _series_text(chart: Chart, series: Series) -> str:
    values = [value for value in series.values if value is not None]
    name = printable(series.name) or say("series")
    if not values:
        return say("alt_no_data", name=name)
    span = _range(chart, values)
    if chart.specification.type in ("scatter", "histogram"):
        return say("alt_observations", name=name, count=count(len(values)), range=span)
    last, gaps = _value(chart, values[-1]), len(series.values) - len(values)
    if gaps:
        return say("alt_run_missing", name=name, range=span, last=last, count=count(gaps))
    return say("alt_run", name=name, range=span, last=last)


def _slices(chart: Chart) -> list[str]:
    return _values(
        chart, [(name, value, "") for name, value in zip(chart.categories, chart.series[0].values, strict=True)]
    )


def _control(chart: Chart) -> list[str]:
    """Signals, points that are not judged, and phases, by the name of their category."""
    names = [printable(name) for name in chart.categories]
    signals = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind == "signal"]
    parts = [say("signals", list=listed(signals)) if signals else say("no_signal")]
    others = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind != "signal"]
    parts += [say("not_judged", list=listed(others))] if others else []
    return [*parts, *(say("alt_from", text=phase.text, name=names[phase.position]) for phase in chart.phases)]


def _first_of(texts: Sequence[str], most: int) -> str:
    """The first few, and how many more there are."""
    more = [say("alt_and_more", count=count(len(texts) - most))] if len(texts) > most else []
    return listed([*texts[:most], *more])


def _values(chart: Chart, numbers: Sequence[tuple[str, float | None, str]]) -> list[str]:
    """Names, values and what is said beside them, the first few."""
    named = [
        f"{printable(name)} {_value(chart, value)}{beside}" for name, value, beside in numbers if value is not None
    ]
    return [_first_of(named, _SLICES_TOLD)]


def _pareto(chart: Chart) -> list[str]:
    values, shares = (series.values for series in chart.series)
    besides = ["" if share is None else say("alt_cumulative", share=percent(share)) for share in shares]
    return _values(chart, list(zip(chart.categories, values, besides, strict=True)))


def _funnel(chart: Chart) -> list[str]:
    members, center = chart.series[:2]
    outside = [printable(mark.text) for mark in chart.marks if mark.kind == "signal"]
    known = [value for value in members.values if value is not None]
    expected = next((value for value in center.values if value is not None), None)
    parts = [say("alt_members", count=count(len(known)), range=_range(chart, known))] if known else []
    if expected is not None:
        parts.append(f"{center.name} {_value(chart, expected, 1)}")
    return [*parts, say("alt_outside", list=listed(outside)) if outside else say("alt_none_outside")]


def _heat_map(chart: Chart) -> list[str]:
    cells = [
        (value, listed((printable(series.name), printable(category))))
        for series in chart.series
        for category, value in zip(chart.categories, series.values, strict=True)
        if value is not None
    ]
    parts = [say("alt_grid", rows=count(len(chart.series)), columns=count(len(chart.categories)))]
    for key, pick in (("alt_smallest", min), ("alt_largest", max)):
        value, place = pick(cells, key=lambda cell: cell[0])
        parts.append(say(key, value=_value(chart, value), place=place))
    return parts


def _waterfall(chart: Chart) -> list[str]:
    texts = [f"{printable(chart.categories[step.category])} {step_text(chart, step)}" for step in steps_of(chart)]
    told = [_first_of(texts, 2 * _SLICES_TOLD)]
    return [*told, say("alt_not_from_zero")] if base_of(chart) else told


def _boxes(chart: Chart) -> list[str]:
    medians, records = chart.series[MEDIAN].values, chart.series[RECORDS].values
    besides = ["" if number is None else say("alt_n", count=count(number)) for number in records]
    parts = [say("alt_medians", list=_values(chart, list(zip(chart.categories, medians, besides, strict=True)))[0])]
    beyond = sum(len(series.values) for series in chart.series[BOX_SERIES:])
    return [*parts, say("alt_beyond", count=count(beyond))] if beyond else parts


_TOLD: dict[str, Callable[[Chart], list[str]]] = {
    "pie": _slices, "donut": _slices, "pareto": _pareto, "funnel": _funnel, "heatmap": _heat_map,
    "waterfall": _waterfall, "box": _boxes,
}  # fmt: skip
"""What is told of the types whose numbers are not runs over categories."""


def _runs(chart: Chart) -> Iterator[str]:
    """Categories, the series, and the lines that are drawn besides."""
    specification = chart.specification
    if chart.categories and specification.type in ("bar", "line", "area", "control", "sparkline"):
        first, last = printable(chart.categories[0]), printable(chart.categories[-1])
        if len(chart.categories) == 1:
            yield say("alt_category", first=first)
        else:
            yield say("alt_categories", count=count(len(chart.categories)), first=first, last=last)
    for series in chart.series[:_SERIES_TOLD]:
        yield _series_text(chart, series)
    if len(chart.series) > _SERIES_TOLD:
        yield say("alt_more_series", count=count(len(chart.series) - _SERIES_TOLD))
    if specification.fit == "linear":
        fits = (linear_fit(series.x, series.values) for series in chart.series)
        yield from (say("linear_fit", line=equation(fit)) for fit in fits if fit is not None)
    if specification.type == "histogram":
        yield from (text for _, text, _ in limits_of(specification))
    elif specification.type == "control":
        yield from _control(chart)
    elif specification.target is not None:
        yield target_text(specification)


@in_its_language
def describe(chart: Chart) -> str:
    """Type, title, subtitle, categories, then of each series its range and last value, then the target.

    Args:
        chart: An admitted chart, empty or not.
    """
    specification = chart.specification
    title = printable(specification.title)
    parts = [say("titled", kind=_kind(chart), title=title) if title else _kind(chart)]
    if specification.subtitle:
        parts.append(printable(specification.subtitle))
    if chart.empty:
        parts.append(say("no_data_period"))
    elif specification.type in _TOLD:
        parts.extend(_TOLD[specification.type](chart))
        if specification.type == "box" and specification.target is not None:
            parts.append(target_text(specification))
    else:
        parts.extend(_runs(chart))
    return sentences(*parts)
