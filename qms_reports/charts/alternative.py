"""The text alternative of a chart: what a reader who cannot see it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from qms_reports.charts.boxes import MEDIAN, RECORDS
from qms_reports.charts.fitting import equation, linear_fit
from qms_reports.charts.numerals import in_its_language, value_text
from qms_reports.charts.plot import target_text
from qms_reports.charts.points import limits_of
from qms_reports.charts.specification import BOX_SERIES, Chart, Series
from qms_reports.charts.typeface import printable
from qms_reports.charts.waterfall import base_of, step_text, steps_of

_SERIES_TOLD = 6
_SLICES_TOLD = 8
_KINDS = {
    "histogram": "histogram", "scatter": "scatter plot", "pareto": "Pareto chart", "funnel": "funnel plot",
    "heatmap": "heat map", "sparkline": "sparkline", "box": "box plot",
}  # fmt: skip


def _kind(chart: Chart) -> str:
    specification = chart.specification
    words = [
        "stacked" if specification.stacked and specification.type in ("bar", "area") else "",
        "horizontal" if specification.horizontal and specification.type == "bar" else "",
        _KINDS.get(specification.type, f"{specification.type} chart"),
    ]
    text = " ".join(filter(None, words))
    return text[0].upper() + text[1:]


def _range(chart: Chart, values: Sequence[float]) -> str:
    decimals, unit = chart.specification.decimals, chart.specification.unit
    low, high = value_text(min(values), decimals, unit), value_text(max(values), decimals, unit)
    return low if low == high else f"{low} to {high}"


def _series_text(chart: Chart, series: Series) -> str:
    values = [value for value in series.values if value is not None]
    name = printable(series.name) or "Series"
    if not values:
        return f"{name}: no data"
    if chart.specification.type in ("scatter", "histogram"):
        return f"{name}: {len(values)} observations, {_range(chart, values)}"
    last = value_text(values[-1], chart.specification.decimals, chart.specification.unit)
    gaps = len(series.values) - len(values)
    ends = f", last {last}" + (f", {gaps} missing" if gaps else "")
    return f"{name}: {_range(chart, values)}{ends}"


def _slices(chart: Chart) -> list[str]:
    return _values(
        chart, [(name, value, "") for name, value in zip(chart.categories, chart.series[0].values, strict=True)]
    )


def _control(chart: Chart) -> list[str]:
    """Signals, points that are not judged, and phases, by the name of their category."""
    names = [printable(name) for name in chart.categories]
    signals = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind == "signal"]
    parts = [f"Signals: {', '.join(signals)}" if signals else "No signal"]
    others = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind != "signal"]
    parts += [f"Not judged: {', '.join(others)}"] if others else []
    return [*parts, *(f"{phase.text} from {names[phase.position]}" for phase in chart.phases)]


def _values(chart: Chart, numbers: Sequence[tuple[str, float | None, str]]) -> list[str]:
    """Names, values and what is said beside them, the first few."""
    decimals, unit = chart.specification.decimals, chart.specification.unit
    named = [
        f"{printable(name)} {value_text(value, decimals, unit)}{beside}"
        for name, value, beside in numbers
        if value is not None
    ]
    more = [f"and {len(named) - _SLICES_TOLD} more"] if len(named) > _SLICES_TOLD else []
    return [", ".join([*named[:_SLICES_TOLD], *more])]


def _pareto(chart: Chart) -> list[str]:
    values, shares = (series.values for series in chart.series)
    besides = ["" if share is None else f" (cumulative {share:.0f}\u00a0%)" for share in shares]
    return _values(chart, list(zip(chart.categories, values, besides, strict=True)))


def _funnel(chart: Chart) -> list[str]:
    members, center = chart.series[:2]
    outside = [printable(mark.text) for mark in chart.marks if mark.kind == "signal"]
    known = [value for value in members.values if value is not None]
    expected = next((value for value in center.values if value is not None), None)
    parts = [f"{len(known)} members, {_range(chart, known)}"] if known else []
    if expected is not None:
        parts.append(
            f"{center.name} {value_text(expected, chart.specification.decimals + 1, chart.specification.unit)}"
        )
    return [*parts, f"Outside the limits: {', '.join(outside)}" if outside else "None is outside the limits"]


def _heat_map(chart: Chart) -> list[str]:
    decimals, unit = chart.specification.decimals, chart.specification.unit
    cells = [
        (value, f"{printable(series.name)}, {printable(category)}")
        for series in chart.series
        for category, value in zip(chart.categories, series.values, strict=True)
        if value is not None
    ]
    ends = [
        f"{word} {value_text(v, decimals, unit)} ({place})"
        for word, (v, place) in (
            ("smallest", min(cells, key=lambda cell: cell[0])),
            ("largest", max(cells, key=lambda cell: cell[0])),
        )
    ]
    return [f"{len(chart.series)} rows by {len(chart.categories)} columns", *(end[0].upper() + end[1:] for end in ends)]


def _waterfall(chart: Chart) -> list[str]:
    texts = [f"{printable(chart.categories[step.category])} {step_text(chart, step)}" for step in steps_of(chart)]
    more = [f"and {len(texts) - 2 * _SLICES_TOLD} more"] if len(texts) > 2 * _SLICES_TOLD else []
    told = [", ".join([*texts[: 2 * _SLICES_TOLD], *more])]
    return [*told, "The axis does not start at zero"] if base_of(chart) else told


def _boxes(chart: Chart) -> list[str]:
    medians, records = chart.series[MEDIAN].values, chart.series[RECORDS].values
    besides = ["" if count is None else f" (n = {count:,.0f})" for count in records]
    parts = [f"Medians: {_values(chart, list(zip(chart.categories, medians, besides, strict=True)))[0]}"]
    beyond = sum(len(series.values) for series in chart.series[BOX_SERIES:])
    return [*parts, f"{beyond:,} records beyond the whiskers"] if beyond else parts


_TOLD: dict[str, Callable[[Chart], list[str]]] = {
    "pie": _slices, "donut": _slices, "pareto": _pareto, "funnel": _funnel, "heatmap": _heat_map,
    "waterfall": _waterfall, "box": _boxes,
}  # fmt: skip
"""What is told of the types whose numbers are not runs over categories."""


def _runs(chart: Chart) -> Iterator[str]:
    """Categories, the series, and the lines that are drawn besides."""
    specification = chart.specification
    if chart.categories and specification.type in ("bar", "line", "area", "control", "sparkline"):
        ends = (printable(chart.categories[0]), printable(chart.categories[-1]))
        span = ends[0] if len(chart.categories) == 1 else f"{len(chart.categories)} from {ends[0]} to {ends[1]}"
        yield f"Categories: {span}"
    for series in chart.series[:_SERIES_TOLD]:
        yield _series_text(chart, series)
    if len(chart.series) > _SERIES_TOLD:
        yield f"And {len(chart.series) - _SERIES_TOLD} more series"
    if specification.fit == "linear":
        fits = (linear_fit(series.x, series.values) for series in chart.series)
        yield from (f"Linear fit: {equation(fit)}" for fit in fits if fit is not None)
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
    parts = [f"{_kind(chart)}: {title}" if title else _kind(chart)]
    if specification.subtitle:
        parts.append(printable(specification.subtitle))
    if chart.empty:
        parts.append("No data in this period")
    elif specification.type in _TOLD:
        parts.extend(_TOLD[specification.type](chart))
        if specification.type == "box" and specification.target is not None:
            parts.append(target_text(specification))
    else:
        parts.extend(_runs(chart))
    return ". ".join(part.rstrip(".") for part in parts if part) + "."
