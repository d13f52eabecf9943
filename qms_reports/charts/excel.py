"""The native Excel chart: editable, fed by cells, in the looks of the drawn one."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.alternative import describe
from qms_reports.charts.excel_control import style_control
from qms_reports.charts.frame import Box
from qms_reports.charts.layout import NO_DATA
from qms_reports.charts.plot import axis_titles, whole_numbers
from qms_reports.charts.scene import SHAPES
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_data import DataBlock, Run, value_format, write_data
from qms_reports.charts.workbook_looks import bare_hex, filled, no_stroke, stroke, text_defaults, text_style, title_of

__all__ = ["DataBlock", "native_chart", "write_data"]

_CENTIMETRES_PER_POINT = 2.54 / 72
_MARKERS_UP_TO = 40
_LABELS_UP_TO = 12
_DIRECT_LABELS = 3
_SLICES_NAMED = 12
_WHOLE_STEPS_UP_TO = 5
_CATEGORIES_NAMED = 24
_LABEL_PARTS = ("showVal", "showCatName", "showSerName", "showPercent", "showLegendKey", "showBubbleSize")


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


class _Cells:
    """References into the data block, with the cached values that previewers show without calculating."""

    def __init__(self, worksheet: Any, block: DataBlock, form: str) -> None:
        from openpyxl.utils import quote_sheetname

        self._worksheet = worksheet
        self._sheet = quote_sheetname(worksheet.title)
        self._block = block
        self._form = form

    def _address(self, column: int, first: int, last: int) -> str:
        from openpyxl.utils import get_column_letter

        letter = get_column_letter(column)
        return f"{self._sheet}!${letter}${first}" + (f":${letter}${last}" if last != first else "")

    def _values(self, column: int, first: int, last: int) -> list[tuple[int, Any]]:
        found = ((row - first, self._worksheet.cell(row, column).value) for row in range(first, last + 1))
        return [(index, value) for index, value in found if value is not None]

    def texts(self, column: int, first: int, last: int) -> Any:
        """A reference to text cells."""
        from openpyxl.chart.data_source import StrData, StrRef, StrVal

        points = [StrVal(idx=index, v=value) for index, value in self._values(column, first, last)]
        return StrRef(f=self._address(column, first, last), strCache=StrData(ptCount=last - first + 1, pt=points))

    def numbers(self, column: int, last: int) -> Any:
        """A reference to number cells, from the first row of the block."""
        from openpyxl.chart.data_source import NumData, NumRef, NumVal

        first = self._block.first_row
        last = max(last, first)  # an empty block still names the cell below its head
        points = [NumVal(idx=index, v=value) for index, value in self._values(column, first, last)]
        data = NumData(formatCode=self._form, ptCount=last - first + 1, pt=points)
        return NumRef(f=self._address(column, first, last), numCache=data)

    def series(self, run: Run) -> Any:
        """An openpyxl series named by its head, over the categories of the block or its own x positions."""
        from openpyxl.chart.data_source import AxDataSource, NumDataSource
        from openpyxl.chart.series import Series, SeriesLabel, XYSeries

        block = self._block
        label = SeriesLabel(strRef=self.texts(run.column, block.header_row, block.header_row))
        values = NumDataSource(numRef=self.numbers(run.column, run.last_row))
        if run.x_column is not None:
            x_values = AxDataSource(numRef=self.numbers(run.x_column, run.last_row))
            return XYSeries(tx=label, xVal=x_values, yVal=values)
        last = max(block.last_row, block.first_row)
        names = AxDataSource(strRef=self.texts(block.category_column or 1, block.first_row, last))
        return Series(tx=label, cat=names, val=values)


def _end_label(position: int, color: str) -> Any:
    """The name of a series beside its last point, instead of a legend."""
    from openpyxl.chart.label import DataLabel, DataLabelList

    label = DataLabel(idx=position, dLblPos="r", txPr=text_defaults(7.5, color))
    labels = DataLabelList(dLbl=[label])
    for found in (label, labels):
        found.showVal = found.showCatName = found.showLegendKey = found.showPercent = found.showBubbleSize = False
        found.showSerName = found is label
    return labels


def _value_labels(form: str, **shown: bool) -> Any:
    from openpyxl.chart.label import DataLabelList

    labels = DataLabelList(numFmt=form, txPr=text_defaults(7.5, palette.INK))
    for kind in _LABEL_PARTS:
        setattr(labels, kind, shown.get(kind, False))
    return labels


def _mark(series: Any, index: int, color: str) -> None:
    from openpyxl.chart.marker import Marker

    series.marker = Marker(symbol=SHAPES[index % len(SHAPES)], size=5, spPr=stroke(color, 0.5))
    series.marker.spPr.solidFill = bare_hex(color)


def _as_target(series: Any, *, labelled: bool, position: int) -> Any:
    """The target's looks: a dashed line without marks, named at its end when there is no legend."""
    from openpyxl.chart.marker import Marker

    series.spPr = stroke(palette.TARGET, 1.0, "dash")
    series.marker = Marker(symbol="none")
    series.smooth = False
    if labelled:
        series.dLbls = _end_label(position, palette.TARGET)
    return series


def _bar_chart(chart: Chart, form: str) -> Any:
    from openpyxl.chart import BarChart

    specification = chart.specification
    native = BarChart(barDir="bar" if specification.horizontal else "col", gapWidth=45)
    if specification.type == "histogram":
        native.barDir, native.gapWidth = "col", 4
    elif specification.stacked:
        native.grouping, native.overlap = "stacked", 100
    elif len(chart.categories) * len(chart.series) <= _LABELS_UP_TO:
        native.dataLabels = _value_labels(form, showVal=True)
    if native.barDir == "bar":
        native.x_axis.scaling.orientation = "maxMin"  # first category on top, as drawn
        native.y_axis.crosses = "max"
    return native


def _style_bar(series: Any, color: str) -> None:
    series.spPr = filled(color)
    series.invertIfNegative = False


def _style_area(series: Any, color: str, *, stacked: bool) -> None:
    series.spPr = stroke(color, 1.25)
    series.spPr.solidFill = bare_hex(color if stacked else palette.tint(color, 0.78))


def _style_line(series: Any, index: int, chart: Chart, color: str) -> None:
    from openpyxl.chart.marker import Marker

    series.spPr = stroke(color, 1.5)
    series.smooth = False
    if len(chart.categories) <= _MARKERS_UP_TO:
        _mark(series, index, color)
    else:
        series.marker = Marker(symbol="none")
    values = chart.series[index].values
    last = max((place for place, value in enumerate(values) if value is not None), default=None)
    if not chart.specification.legend and 1 < len(chart.series) <= _DIRECT_LABELS and last is not None:
        series.dLbls = _end_label(last, color)


def _style_pie(series: Any, chart: Chart, form: str) -> None:
    """Slices in the drawn colours; only the largest are labelled, as labels of many slices hide the pie."""
    from openpyxl.chart.label import DataLabel
    from openpyxl.chart.series import DataPoint

    colors = chart.specification.colors
    for index in range(len(chart.categories)):
        point = DataPoint(idx=index, spPr=stroke(palette.WHITE, 0.75))
        point.spPr.solidFill = bare_hex(palette.series_color(index, colors))
        series.dPt.append(point)
    named = not chart.specification.legend
    shown = {"showVal": not named, "showCatName": named, "showPercent": named}
    if len(chart.categories) <= _SLICES_NAMED:
        series.dLbls = _value_labels(form, **shown)
        series.dLbls.dLblPos = "outEnd"
        return
    series.dLbls = _value_labels(form)
    for index in _largest(chart, _SLICES_NAMED):
        label = DataLabel(idx=index, numFmt=form, dLblPos="outEnd", txPr=text_defaults(7.5, palette.INK))
        for kind in _LABEL_PARTS:
            setattr(label, kind, shown.get(kind, False))
        series.dLbls.dLbl.append(label)


def _largest(chart: Chart, count: int) -> list[int]:
    """Positions of the largest slices, in the order of the pie; of equals the first."""
    values = chart.series[0].values if chart.series else ()
    order = sorted(range(len(values)), key=lambda index: (-(values[index] or 0.0), index))
    return sorted(order[:count])


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
    from openpyxl.chart import AreaChart, LineChart, PieChart, ScatterChart

    kind = chart.specification.type
    if kind in ("line", "control") or _as_lines(chart):
        return LineChart()
    if kind == "area" and not _as_columns(chart):
        return AreaChart(grouping="stacked" if chart.specification.stacked else "standard")
    if kind == "pie":
        return PieChart()
    if kind == "scatter":
        return ScatterChart(scatterStyle="lineMarker")
    return _bar_chart(chart, form)


def _add_series(native: Any, chart: Chart, block: DataBlock, cells: _Cells, form: str) -> None:
    specification = chart.specification
    for index, run in enumerate(block.runs):
        series = cells.series(run)
        color = palette.series_color(index, specification.colors)
        if specification.type == "control":
            style_control(series, index, chart)
        elif specification.type == "line" or _as_lines(chart):
            _style_line(series, index, chart, color)
        elif specification.type == "area" and not _as_columns(chart):
            _style_area(series, color, stacked=specification.stacked)
        elif specification.type == "pie":
            _style_pie(series, chart, form)
        elif specification.type == "scatter":
            series.spPr = no_stroke()
            _mark(series, index, color)
        else:
            _style_bar(series, color)
        native.series.append(series)


def _add_target(native: Any, chart: Chart, block: DataBlock, cells: _Cells) -> None:
    from openpyxl.chart import LineChart

    if block.target is None:
        return
    position = block.target.last_row - block.first_row
    series = _as_target(cells.series(block.target), labelled=not chart.specification.legend, position=position)
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
        axis.delete = False  # openpyxl 3.1 hides axes in current Excel unless told not to
        axis.majorTickMark = "none"
        axis.txPr = text_defaults(7.5)
        axis.title = title_of((title, text_style(7.5, palette.INK3))) if title else None
        axis.majorGridlines = None
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
    if native.tagname in ("barChart", "areaChart"):
        if all(value >= 0 for value in numbers) or specification.type == "histogram":
            native.y_axis.scaling.min = 0  # some programs start where the smallest bar is
        elif all(value <= 0 for value in numbers):
            native.y_axis.scaling.max = 0
    if native.tagname != "scatterChart" and len(chart.categories) > _CATEGORIES_NAMED:
        native.x_axis.tickLblSkip = math.ceil(len(chart.categories) / _CATEGORIES_NAMED * 2)


def native_chart(worksheet: Any, chart: Chart, block: DataBlock) -> Any:
    """An Excel chart over the cells of a data block, to be placed with ``sheet.add_chart(native, "A1")``.

    Args:
        worksheet: The worksheet that holds the data; the chart may stand on another.
        chart: What to show.
        block: What `write_data` returned for this chart.

    Returns:
        An openpyxl chart of the specified size, with titles, colours, gaps as gaps, the target as a dashed series where
        Excel can draw one (not on level bars, pies and histograms), cached values and a text alternative.  Areas with
        gaps become lines or stacked columns, and several unstacked areas become lines: Excel would draw gaps as zeros
        and hide one area behind another.
    """
    from openpyxl.chart.legend import LegendEntry

    _describe_charts_in_drawings()
    specification = chart.specification
    form = value_format(chart)
    native = _plain_chart(chart, form)
    cells = _Cells(worksheet, block, form)
    _add_series(native, chart, block, cells, form)
    lines = [(specification.title, text_style(9.5, palette.INK, bold=True))] if specification.title else []
    if specification.subtitle:
        lines.append((specification.subtitle, text_style(7.5)))
    if chart.empty:
        lines.append((NO_DATA, text_style(7.5, palette.INK3)))
    native.title = title_of(*lines) if lines else None
    if specification.type != "pie":
        _style_axes(native, chart, form)
    if specification.legend and specification.type != "control":
        native.legend.position = "b"
        native.legend.txPr = text_defaults(7.5)
        if specification.type == "pie":
            named = _largest(chart, _SLICES_NAMED)
            hidden = [index for index in range(len(chart.categories)) if index not in named]
            native.legend.legendEntry = [LegendEntry(idx=index, delete=True) for index in hidden]
    else:
        native.legend = None
    _add_target(native, chart, block, cells)
    native.width = specification.width * _CENTIMETRES_PER_POINT
    native.height = specification.height * _CENTIMETRES_PER_POINT
    native.roundedCorners = False
    native.display_blanks = "gap"
    native.graphical_properties = no_stroke()
    native.alternative_text = describe(chart)
    return native
