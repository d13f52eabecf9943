"""The text alternative of a chart: what a reader who cannot see it needs to know."""

from __future__ import annotations

from collections.abc import Sequence

from qms_reports.charts.numerals import in_its_language, value_text
from qms_reports.charts.plot import target_text
from qms_reports.charts.specification import Chart, Series
from qms_reports.charts.typeface import printable

_SERIES_TOLD = 6
_SLICES_TOLD = 8


def _kind(chart: Chart) -> str:
    specification = chart.specification
    if specification.type == "histogram":
        return "Histogram"
    words = [
        "stacked" if specification.stacked and specification.type in ("bar", "area") else "",
        "horizontal" if specification.horizontal and specification.type == "bar" else "",
        "scatter plot" if specification.type == "scatter" else f"{specification.type} chart",
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
    decimals, unit = chart.specification.decimals, chart.specification.unit
    named = [
        f"{printable(name)} {value_text(value, decimals, unit)}"
        for name, value in zip(chart.categories, chart.series[0].values, strict=True)
        if value is not None
    ]
    more = [f"and {len(named) - _SLICES_TOLD} more"] if len(named) > _SLICES_TOLD else []
    return [", ".join([*named[:_SLICES_TOLD], *more])]


def _control(chart: Chart) -> list[str]:
    """Signals, points that are not judged, and phases, by the name of their category."""
    names = [printable(name) for name in chart.categories]
    signals = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind == "signal"]
    parts = [f"Signals: {', '.join(signals)}" if signals else "No signal"]
    others = [f"{names[mark.position]} ({mark.text})" for mark in chart.marks if mark.kind != "signal"]
    parts += [f"Not judged: {', '.join(others)}"] if others else []
    return [*parts, *(f"{phase.text} from {names[phase.position]}" for phase in chart.phases)]


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
    elif specification.type == "pie":
        parts.extend(_slices(chart))
    else:
        if chart.categories and specification.type in ("bar", "line", "area", "control"):
            ends = (printable(chart.categories[0]), printable(chart.categories[-1]))
            span = ends[0] if len(chart.categories) == 1 else f"{len(chart.categories)} from {ends[0]} to {ends[1]}"
            parts.append(f"Categories: {span}")
        parts.extend(_series_text(chart, series) for series in chart.series[:_SERIES_TOLD])
        if len(chart.series) > _SERIES_TOLD:
            parts.append(f"And {len(chart.series) - _SERIES_TOLD} more series")
        if specification.type == "control":
            parts.extend(_control(chart))
        elif specification.target is not None:
            parts.append(target_text(specification))
    return ". ".join(part.rstrip(".") for part in parts if part) + "."
