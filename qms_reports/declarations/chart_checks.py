"""Whether a reader can read the charts of a template: their size, their axes, how much is in them, their colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qms_reports.declarations.chart_models import ChartModel
from qms_reports.declarations.colours import indistinguishable, low_contrast
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Template
from qms_reports.declarations.placed_issues import Found, Path, issue_at

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

PAPER = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0), "A3": (841.89, 1190.55)}
"""Width and height in points, upright."""
MARGIN, HEAD_AND_FOOT = 42.52, 150.0
"""What the frame of a page leaves free: 15 mm on both sides; head, foot and the heading above a chart."""
MOST_SERIES = 6
"""More lines or colours than a reader keeps apart, and than the palette has."""
MOST_SLICES = 6
"""More are drawn as bars."""
NAMED_IN_PLACE = 3
"""Lines and areas that carry their name at their end without a legend."""
NARROWEST_BAR, AXIS_ROOM = 22.0, 40.0
"""Points for an upright bar with a word below it, and for the labels of the value axis."""
_WITHOUT_AXES = ("pie", "donut", "sparkline", "heatmap", "pareto", "funnel", "control")
_SEVERAL = ("bar", "line", "area")


def check_charts(template: Template, origin: Origin, found: Found) -> Iterator[Issue]:
    """What is wrong, or hard to read, with the charts of a template whose references are right."""
    for number, chart in enumerate(template.charts):
        here: Path = ("charts", number)
        yield from _size(template, chart, here, origin)
        yield from _axes(chart, here, origin, found)
        yield from _crowd(chart, here, origin)
        yield from colour_issues(origin, (*here, "colors"), chart.colors)


def _size(template: Template, chart: ChartModel, here: Path, origin: Origin) -> Iterator[Issue]:
    """A chart must fit between the margins of the page."""
    width, height = PAPER[template.page.size]
    if template.page.orientation == "landscape":
        width, height = height, width
    for key, room in (("width", width - 2 * MARGIN), ("height", height - HEAD_AND_FOOT)):
        if (asked := getattr(chart, key)) > room + 0.5:
            paper = f"{template.page.size} {template.page.orientation}"
            message = f"{asked:g} points are more than the {room:.0f} that a page of {paper} has"
            yield issue_at(origin, (*here, key), message, f"at most {room:.0f}", code="charts.size")


def _axes(chart: ChartModel, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    """Axes must say what they measure, and measure one thing."""
    if chart.type in _WITHOUT_AXES:
        return
    if chart.dataset is not None:
        asked = {"scatter": ("x_title", "y_title"), "histogram": ("x_title",), "box": ("y_title",)}
        for key in asked.get(chart.type, ()):
            if not getattr(chart, key):
                message = "a chart of records does not know what its axis measures"
                hint = f"add {key} with the unit, such as 'Age, days'"
                yield issue_at(origin, here, message, hint, Severity.WARNING, code="charts.axis_title")
        return
    kpis = [found["kpi"][name] for name in chart.all_kpis if name in found["kpi"]]
    units = list(dict.fromkeys(kpi.unit for kpi in kpis))
    if len(units) > 1:
        shown = ", ".join(unit or "a plain number" for unit in units)
        message = f"one axis for different units: {shown}"
        yield issue_at(
            origin, (*here, "kpis"), message, "one chart for each unit", Severity.WARNING, code="charts.units"
        )
    elif units == [""] and not chart.y_title:
        message = "the axis does not say what is counted"
        hint = "add y_title, such as 'Events'"
        yield issue_at(origin, here, message, hint, Severity.WARNING, code="charts.axis_title")


def _crowd(chart: ChartModel, here: Path, origin: Origin) -> Iterator[Issue]:
    """More slices, series or categories than a reader keeps apart."""
    if chart.type in ("pie", "donut") and max(len(chart.kpis), chart.top if chart.by else 0) > MOST_SLICES:
        key = "top" if chart.by else "kpis"
        message = f"a {chart.type} of more than {MOST_SLICES} slices is drawn as bars"
        hint = f"top: {MOST_SLICES}, or type: bar" if chart.by else "fewer KPIs, or type: bar"
        path = (*here, key) if key in chart.model_fields_set else here
        yield issue_at(origin, path, message, hint, Severity.WARNING, code="charts.slices")
    if chart.type not in _SEVERAL:
        return
    series = chart.top if chart.by and chart.over == "series" and "top" in chart.model_fields_set else len(chart.kpis)
    if series > MOST_SERIES:
        key = "top" if chart.by else "kpis"
        message = f"{series} series; a reader keeps {MOST_SERIES} apart"
        yield issue_at(origin, (*here, key), message, "show fewer, or make two charts", Severity.WARNING,
                       code="charts.series")  # fmt: skip
    yield from _unnamed(chart, here, origin, series)
    if chart.colors and len(chart.colors) < series:
        message = f"{len(chart.colors)} colours for {series} series"
        yield issue_at(origin, (*here, "colors"), message, "one for each, or none", Severity.WARNING,
                       code="charts.colours_missing")  # fmt: skip


def _unnamed(chart: ChartModel, here: Path, origin: Origin, series: int) -> Iterator[Issue]:
    """Series that nothing names, and bars too thin for a name."""
    if (1 if chart.type == "bar" else NAMED_IN_PLACE) < series <= MOST_SERIES and not chart.legend:
        message = f"nothing says which of the {series} series is which"
        yield issue_at(origin, here, message, "add legend: true", Severity.WARNING, code="charts.legend")
    bars = chart.top + 1 if chart.type == "bar" and chart.by and chart.over == "period" else 0
    if bars and not chart.horizontal and (slot := (chart.width - AXIS_ROOM) / bars) < NARROWEST_BAR:
        message = f"up to {bars} bars of {slot:.0f} points each, too thin for their names"
        hint = "horizontal: true, or a lower 'top', or a greater 'width'"
        yield issue_at(origin, here, message, hint, Severity.WARNING, code="charts.categories")


def colour_issues(origin: Origin, path: Path, colours: Sequence[str]) -> Iterator[Issue]:
    """Colours that some readers take for the same, or that hardly show on paper."""
    for place in low_contrast(colours):
        message = f"{colours[place]} hardly shows on white paper"
        yield issue_at(origin, (*path, place), message, "take a darker colour", Severity.WARNING,
                       code="charts.low_contrast")  # fmt: skip
    for first, second, vision in indistinguishable(colours):
        message = f"{colours[second]} looks like {colours[first]} to a reader with {vision}"
        yield issue_at(origin, (*path, second), message, "take a colour of another lightness", Severity.WARNING,
                       code="charts.alike_colours")  # fmt: skip
