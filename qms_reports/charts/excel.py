"""The native Excel chart: editable, fed by cells, in the looks of the drawn one."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.alternative import describe
from qms_reports.charts.excel_cells import Cells
from qms_reports.charts.excel_composed import COMPOSED, finish_axes
from qms_reports.charts.excel_control import style_control, style_signals
from qms_reports.charts.excel_series import (
    as_marks,
    as_stroke,
    as_target,
    style_area,
    style_bar,
    style_line,
    style_pie,
    value_labels,
)
from qms_reports.charts.fallback import readable
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import Box
from qms_reports.charts.histogram import bin_edges
from qms_reports.charts.numerals import printing_in
from qms_reports.charts.plot import axis_titles, whole_numbers
from qms_reports.charts.points import limits_of
from qms_reports.charts.scene import SHAPES
from qms_reports.charts.slices import HOLE
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_data import DataBlock, value_format, write_data
from qms_reports.charts.workbook_looks import no_stroke, stroke, text_defaults, text_style, title_of

__all__ = ["DataBlock", "native_chart", "write_data"]

_CENTIMETRES_PER_POINT = 2.54 / 72
_LABELS_UP_TO = 12
_WHOLE_STEPS_UP_TO = 5
_CATEGORIES_NAMED = 24
_BINS_NAMED = 5

WITH_LEGEND = ("bar", "line", "area", "pie", "donut", "scatter", "histogram")
"""Types that can have a legend; the others name what they show in place."""


@cache
def _describe_charts_in_drawings() -> None:
    """Let openpyxl write the text alternative of a chart, for which it has no argument.

    openpyxl 3.1 writes every chart as ``<cNvPr name="Chart 1">`` without ``descr``, where Excel keeps the alternative
    text.  The wrapped method adds it for charts that carry `alternative_text` and leaves all others alone.
    """
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing

    plain = SpreadsheetDrawing._chart_frame  # noqa: SLF001 - there is no public hook

    def chart_frame(drawing: Any, index: int) -> Any:
        frame = plain(drawing, index)
        frame.nvGraphicFramePr.cNvPr.descr = getattr(drawing.charts[index - 1], "alternative_text", None)
        return frame

    SpreadsheetDrawing._chart_frame = chart_frame  # noqa: SLF001 - the same


def _bar_chart(chart: Chart, form: str) -> Any:
    from openpyxl.chart import BarChart

    specification = chart.specification
    native = BarChart(barDir="bar" if specification.horizontal else "col", gapWidth=45)
    if specification.type == "histogram":
        native.barDir, native.gapWidth = "col", 4
    elif specification.stacked:
        native.grouping, native.overlap = "stacked", 100
    elif len(chart.categories) * len(chart.series) <= _LABELS_UP_TO:
        native.dataLabels = value_labels(form, showVal=True)
    if native.barDir == "bar":
        native.x_axis.scaling.orientation = "maxMin"  # first category on top, as drawn
        native.y_axis.crosses = "max"
    return native


def _as_lines(chart: Chart) -> bool:
    """Whether areas are shown as lines: Excel drops to zero at a gap, and opaque areas hide one another."""
    specification = chart.specification
    gaps = any(value is None for series in chart.series for value in series.values)
    return specification.type == "area" and not specification.stacked and (gaps or len(chart.series) > 1)


def _as_columns(chart: Chart) -> bool:
    """Whether stacked areas are shown as stacked columns, again because Excel has no gaps in areas."""
    specification = chart.specification
    gaps = any(value is None for series in chart.series for value in series.values)
    return specification.type == "area" and specification.stacked and gaps


def _plain_chart(chart: Chart, form: str) -> Any:
    from openpyxl.chart import AreaChart, DoughnutChart, LineChart, PieChart, ScatterChart

    kind = chart.specification.type
    if kind in ("line", "control", "sparkline") or _as_lines(chart):
        return LineChart()
    if kind == "area" and not _as_columns(chart):
        return AreaChart(grouping="stacked" if chart.specification.stacked else "standard")
    if kind == "pie":
        return PieChart()
    if kind == "donut":
        return DoughnutChart(holeSize=round(100 * HOLE))
    if kind == "scatter":
        return ScatterChart(scatterStyle="lineMarker")
    return _bar_chart(chart, form)


def _with_series(chart: Chart, block: DataBlock, cells: Cells, form: str) -> Any:
    """The chart of the types whose series are Excel's own."""
    specification = chart.specification
    native = _plain_chart(chart, form)
    for index, run in enumerate(block.runs):
        series = cells.series(run)
        color = palette.series_color(index, specification.colors)
        if specification.type == "control":
            style_control(series, index, chart)
        elif specification.type == "sparkline":
            as_stroke(series, color, 1.25)
        elif specification.type == "line" or _as_lines(chart):
            style_line(series, index, chart, color)
        elif specification.type == "area" and not _as_columns(chart):
            style_area(series, index, color, stacked=specification.stacked)
        elif specification.type in ("pie", "donut"):
            style_pie(series, chart, form)
        elif specification.type == "scatter":
            as_marks(series, SHAPES[index % len(SHAPES)], 5, color)
        else:
            style_bar(series, index, color)
        native.series.append(series)
    for run in block.having("signals"):
        native.series.append(style_signals(cells.series(run)))
    for index, run in enumerate(block.having("fit")):
        native.series.append(
            as_stroke(cells.series(run), palette.series_color(index, specification.colors), 1.25, "dash")
        )
    return native


def _add_target(native: Any, chart: Chart, block: DataBlock, cells: Cells) -> None:
    from openpyxl.chart import LineChart

    if block.target is None:
        return
    position = block.target.last_row - block.first_row
    labelled = not chart.specification.legend and chart.specification.type != "sparkline"
    series = as_target(cells.series(block.target), labelled=labelled, position=position)
    if native.tagname in ("lineChart", "scatterChart"):
        native.series.append(series)
        return
    line = LineChart()  # on the same axes; openpyxl numbers them alike in every chart
    line.series.append(series)
    native += line


def _style_axes(native: Any, chart: Chart, form: str) -> None:
    from openpyxl.chart.axis import ChartLines

    specification = chart.specification
    room = Box(0.0, 0.0, specification.width, specification.height)
    titles = dict(zip(("x_axis", "y_axis"), axis_titles(specification, room), strict=True))
    for name, title in titles.items():
        axis = getattr(native, name)
        axis.delete = specification.type == "sparkline"  # openpyxl 3.1 hides axes in current Excel unless told not to
        axis.majorTickMark = "none"
        axis.txPr = text_defaults(7.5)
        axis.title = title_of((title, text_style(7.5, palette.INK3))) if title else None
        axis.majorGridlines = None
    if specification.type == "sparkline":
        return
    native.y_axis.majorGridlines = ChartLines(spPr=stroke(palette.GRID, 0.5))
    native.y_axis.spPr = no_stroke()
    native.x_axis.tickLblPos = "low"  # below the plot also where bars go below zero
    native.x_axis.spPr = stroke(palette.RULE, 0.75)
    native.y_axis.number_format = form
    if native.tagname in ("lineChart", "areaChart"):
        native.y_axis.crossBetween = "midCat"
    numbers = [value for series in chart.series for value in series.values if value is not None]
    few = max(map(abs, numbers), default=0) <= _WHOLE_STEPS_UP_TO
    if few and specification.type != "histogram" and whole_numbers(specification, numbers):
        native.y_axis.majorUnit = 1  # steps of a half would be printed as 0, 1, 1, 2, 2
    if native.tagname in ("barChart", "areaChart") and specification.type not in COMPOSED:
        if all(value >= 0 for value in numbers) or specification.type == "histogram":
            native.y_axis.scaling.min = 0  # some programs start where the smallest bar is
        elif all(value <= 0 for value in numbers):
            native.y_axis.scaling.max = 0
    if native.tagname != "scatterChart" and len(chart.categories) > _CATEGORIES_NAMED:
        native.x_axis.tickLblSkip = math.ceil(len(chart.categories) / _CATEGORIES_NAMED * 2)
    if specification.type == "histogram":  # names of bins are long, and a bin is easily found between its neighbours
        bins = len(bin_edges([value for series in chart.series for value in series.values], specification.bins)) - 1
        native.x_axis.tickLblSkip = max(1, math.ceil(bins / _BINS_NAMED))


def _title(chart: Chart) -> Any:
    """Title, subtitle, and in words what the native form cannot draw; none on a sparkline."""
    specification = chart.specification
    if specification.type == "sparkline":
        return None
    lines = [(specification.title, text_style(9.5, palette.INK, bold=True))] if specification.title else []
    if specification.subtitle:
        lines.append((specification.subtitle, text_style(7.5)))
    limits = [text for _, text, _ in limits_of(specification)] if specification.type == "histogram" else []
    if limits:
        lines.append((", ".join(limits), text_style(7.5)))
    if chart.empty:
        lines.append((say("no_data_period"), text_style(7.5, palette.INK3)))
    return title_of(*lines) if lines else None


def native_chart(worksheet: Any, chart: Chart, block: DataBlock) -> Any:
    """An Excel chart over the cells of a data block, to be placed with ``sheet.add_chart(native, "A1")``.

    What Excel has no form for is composed of native parts, see `qms_reports.charts.excel_composed`.

    Args:
        worksheet: The worksheet that holds the data; the chart may stand on another.
        chart: What to show.
        block: What `write_data` returned for this chart.

    Returns:
        An openpyxl chart of the specified size, with titles, colours, gaps as gaps, the target as a dashed series where
        Excel can draw one (not on level bars and pies; on histograms in words), cached values and a text alternative.
        Areas with gaps become lines or stacked columns, and several unstacked areas become lines: Excel would draw gaps
        as zeros and hide one area behind another.  ``None`` for a heat map: its cells themselves are coloured.
    """
    _describe_charts_in_drawings()
    with printing_in(chart.specification.language):
        return _native(worksheet, readable(chart), block)


def heat_map_note(chart: Chart) -> str:
    """Why there is no chart beside the cells of a heat map, in its language."""
    with printing_in(chart.specification.language):
        return say("heat_map_cells")


def _native(worksheet: Any, chart: Chart, block: DataBlock) -> Any:
    specification = chart.specification
    if specification.type == "heatmap":
        return None
    form = value_format(chart)
    cells = Cells(worksheet, block, form)
    compose = COMPOSED.get(specification.type, _with_series)
    native = compose(chart, block, cells, form)
    native.title = _title(chart)
    if specification.type not in ("pie", "donut"):
        _style_axes(native, chart, form)
        if specification.type in COMPOSED:
            finish_axes(native, chart)
    if (specification.legend or specification.type == "donut") and specification.type in WITH_LEGEND:
        native.legend.position = "b"
        native.legend.txPr = text_defaults(7.5)
    else:
        native.legend = None
    _add_curves(native, block, cells)
    _add_target(native, chart, block, cells)
    native.width = specification.width * _CENTIMETRES_PER_POINT
    native.height = specification.height * _CENTIMETRES_PER_POINT
    native.roundedCorners = False
    native.display_blanks = "gap"
    native.graphical_properties = no_stroke()
    native.alternative_text = describe(chart)
    return native


def _add_curves(native: Any, block: DataBlock, cells: Cells) -> None:
    """The normal curves of a histogram: smooth lines through the middles of its bins."""
    from openpyxl.chart import LineChart

    runs = block.having("curve")
    if not runs:
        return
    line = LineChart()
    for index, run in enumerate(runs):
        series = as_stroke(cells.series(run), palette.LINE2 if index == 0 else palette.series_color(index), 1.5)
        series.smooth = True
        line.series.append(series)
    native += line
