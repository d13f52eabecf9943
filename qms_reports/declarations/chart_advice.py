"""What makes a declared chart hard to read, though it can be drawn: colours, size, too much in it, unnamed axes.

Pure functions of declarations: nothing is read and nothing drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qms_reports.declarations.chart_models import ChartModel
from qms_reports.declarations.colours import contrast, indistinguishable, low_contrast
from qms_reports.declarations.issues import Severity
from qms_reports.declarations.kpi_models import Kpi

MOST_SLICES = 6
MOST_SERIES = 6
"""House colours and hatchings that all readers can tell apart."""

MOST_LINES_NAMED_IN_PLACE = 3
NARROWEST_BAR_SLOT = 26.0
"""Points for a bar and a word below it."""

TALLEST = 600.0
"""Points of height beyond which a chart leaves no room for its heading on an A4 page."""

_UPRIGHT_TITLED = ("bar", "line", "area", "control", "pareto", "funnel", "waterfall", "box", "scatter")
_LEVEL_TITLED = ("funnel", "scatter", "histogram")


@dataclass(frozen=True, slots=True)
class ChartIssue:
    """One remark on a chart.

    Attributes:
        path: Keys and list indexes below the chart.
        severity: How much it matters.
        message: What is wrong.
        hint: How to mend it.
    """

    path: tuple[str | int, ...]
    severity: Severity
    message: str
    hint: str


def chart_issues(chart: ChartModel, kpis: Mapping[str, Kpi] | None = None) -> tuple[ChartIssue, ...]:
    """Everything that makes a chart hard to read, in the order of its keys.

    Args:
        chart: A valid declaration.
        kpis: The KPIs by name, for their units; those not in it are passed over.
    """
    known = [kpis[name] for name in chart.all_kpis if name in kpis] if kpis is not None else []
    return (*_colors(chart), *_size(chart), *_amount(chart), *_titles(chart, known, complete=kpis is not None))


def _colors(chart: ChartModel) -> Iterator[ChartIssue]:
    for place in low_contrast(chart.colors):
        ratio = contrast(chart.colors[place])
        message = f"{chart.colors[place]} is hard to see on white (contrast {ratio:.1f} of at least 3)"
        yield ChartIssue(("colors", place), Severity.WARNING, message, "take a darker colour")
    for first, second, vision in indistinguishable(chart.colors):
        one, other = chart.colors[first], chart.colors[second]
        readers = "all readers" if vision == "normal vision" else f"readers with {vision}"
        message = f"{one} and {other} look alike to {readers}"
        hint = "take colours that differ in lightness too, or leave out 'colors' for the house palette"
        yield ChartIssue(("colors", second), Severity.WARNING, message, hint)


def _size(chart: ChartModel) -> Iterator[ChartIssue]:
    if chart.height > TALLEST:
        message = f"a chart {chart.height:g} points high is scaled down to fit an A4 page with its heading"
        yield ChartIssue(("height",), Severity.WARNING, message, f"at most {TALLEST:g}")


def _amount(chart: ChartModel) -> Iterator[ChartIssue]:
    if chart.type in ("pie", "donut"):
        slices = chart.top + 1 if chart.by is not None else len(chart.kpis)
        if slices > MOST_SLICES:
            message = (
                f"a {chart.type} of up to {slices} slices is drawn as bars wherever there are more than {MOST_SLICES}"
            )
            hint = f"top: {MOST_SLICES - 1}" if chart.by is not None else "declare horizontal bars"
            yield ChartIssue(("top",) if chart.by is not None else ("kpis",), Severity.WARNING, message, hint)
        return
    runs = _runs(chart)
    key: tuple[str | int, ...] = ("top",) if chart.by is not None else ("kpis",)
    if runs > MOST_SERIES:
        message = f"up to {runs} series cannot be told apart"
        hint = f"top: {MOST_SERIES - 1}" if chart.by is not None else "declare two charts"
        yield ChartIssue(key, Severity.WARNING, message, hint)
    elif runs > 1 and not chart.legend and (chart.type == "bar" or runs > MOST_LINES_NAMED_IN_PLACE):
        message = f"nothing names the {runs} series of this chart"
        yield ChartIssue(("type",), Severity.WARNING, message, "legend: true")
    if chart.type == "bar" and chart.by is not None and chart.over == "period" and not chart.horizontal:
        slot = (chart.width - 40.0) / (chart.top + 1)
        if slot < NARROWEST_BAR_SLOT:
            message = f"up to {chart.top + 1} bars have {slot:.0f} points each, too few for their names"
            yield ChartIssue(
                ("top",), Severity.WARNING, message, "horizontal: true, a greater 'width', or a lower 'top'"
            )


def _runs(chart: ChartModel) -> int:
    """Series that the chart can have at most."""
    if chart.type not in ("bar", "line", "area"):
        return 1
    if chart.by is not None:
        return chart.top + 1 if chart.over == "series" else 1
    return len(chart.kpis)


def _titles(chart: ChartModel, kpis: Sequence[Kpi], *, complete: bool) -> Iterator[ChartIssue]:
    units = list(dict.fromkeys(kpi.unit for kpi in kpis))
    if len(units) > 1:
        named = " and ".join(repr(unit) if unit else "no unit" for unit in units)
        message = f"its KPIs have different units ({named}) and share one axis"
        yield ChartIssue(("kpis",), Severity.WARNING, message, "declare a chart for each unit")
    # an axis without a title shows the unit of the KPI
    untitled = not chart.y_title and (chart.dataset is not None or (complete and not any(units)))
    if untitled and chart.type in _UPRIGHT_TITLED:
        message = "nothing says what the value axis counts"
        yield ChartIssue(("type",), Severity.WARNING, message, "y_title: the measure with its unit, such as 'Days'")
    if not chart.x_title and chart.type in _LEVEL_TITLED:
        message = "nothing says what the level axis measures"
        yield ChartIssue(("type",), Severity.WARNING, message, "x_title: the measure with its unit, such as 'Days'")
