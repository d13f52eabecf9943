"""Charts that Excel has no form for, composed of its native parts; every number stays in a cell.

Pareto: bars, and a line on a second axis.  Waterfall: stacked columns on an invisible base.  Box plot: stacked columns
on an invisible base, error bars as whiskers, the median and the outliers as marks.  Funnel plot: a scatter plot with
the limits as lines.  (Control charts and histograms with a curve are lines and bars with further series, see `excel`.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.axes import make_ticks
from qms_reports.charts.boxes import BOX_TINT, FIRST, MEDIAN, RECORDS, THIRD
from qms_reports.charts.excel_cells import Cells
from qms_reports.charts.excel_series import as_marks, as_stroke, end_label, marker, style_bar, value_labels
from qms_reports.charts.fixed_words import say
from qms_reports.charts.funnel import CENTER, LIMIT_COLOR, SIGNAL_COLOR, level_range, limit_dash
from qms_reports.charts.pareto import bar_color, share_color
from qms_reports.charts.specification import Chart
from qms_reports.charts.waterfall import Kind, base_of, broken_title, step_color, steps_of
from qms_reports.charts.workbook_blocks import DataBlock, Run
from qms_reports.charts.workbook_looks import filled, invisible, stroke, text_defaults, text_style, title_of

_SECOND_AXIS = 200
_GAP = 45


def _pareto(chart: Chart, block: DataBlock, cells: Cells, form: str) -> Any:
    from openpyxl.chart import BarChart, LineChart
    from openpyxl.chart.series import DataPoint

    native = BarChart(barDir="col", gapWidth=_GAP)
    bars = cells.series(block.runs[0])
    style_bar(bars, 0, palette.series_color(0, chart.specification.colors))
    for category in range(len(chart.categories)):
        bars.dPt.append(DataPoint(idx=category, invertIfNegative=False, spPr=filled(bar_color(chart, category))))
    bars.dLbls = value_labels(form, showVal=True)
    native.series.append(bars)
    line = LineChart()
    shares = as_stroke(cells.series(block.runs[1]), share_color(chart), 1.5)
    shares.marker = marker("circle", 5, share_color(chart))
    line.series.append(shares)
    # a second value axis has a category axis of its own, which is not shown
    line.x_axis.axId, line.x_axis.delete, line.x_axis.crossAx = _SECOND_AXIS + 1, True, _SECOND_AXIS
    axis = line.y_axis
    axis.axId, axis.crossAx = _SECOND_AXIS, _SECOND_AXIS + 1
    axis.delete = False
    axis.crosses = "max"
    axis.scaling.min, axis.scaling.max = 0, 100
    axis.majorUnit = 20
    axis.majorGridlines = None
    axis.majorTickMark = "none"
    axis.number_format = '0"\u00a0%"'
    axis.txPr = text_defaults(7.5)
    axis.title = title_of((say("cumulative"), text_style(7.5, palette.INK3)))
    native += line
    return native


def _waterfall(chart: Chart, block: DataBlock, cells: Cells, form: str) -> Any:
    from openpyxl.chart import BarChart

    native = BarChart(barDir="col", grouping="stacked", overlap=100, gapWidth=_GAP)
    base = cells.series(block.having("base")[0])
    base.spPr = invisible()
    native.series.append(base)
    signs: tuple[tuple[Kind, str], ...] = (("total", ""), ("increase", "+"), ("decrease", "\u2212"))
    below = any(step.start < 0 or step.end < 0 for step in steps_of(chart))
    for kind, sign in signs:
        for run in block.having(kind):
            series = cells.series(run)
            series.spPr = filled(step_color(chart, kind), "down" if kind == "decrease" else "")
            series.invertIfNegative = False
            if not below:  # a bar across zero has two parts, neither of them its value
                series.dLbls = value_labels(f'"{sign}"{form};;' if sign else f"{form};;", showVal=True)
                if kind == "decrease":
                    series.dLbls.spPr = filled(palette.WHITE)  # no hatching behind a number
                else:
                    series.dLbls.txPr = text_defaults(7.5, palette.text_on(step_color(chart, kind)))
            native.series.append(series)
    return native


def _boxes(chart: Chart, block: DataBlock, cells: Cells, form: str) -> Any:
    from openpyxl.chart import BarChart, LineChart

    del form
    color = palette.series_color(0, chart.specification.colors)
    native = BarChart(barDir="col", grouping="stacked", overlap=100, gapWidth=80)
    base = cells.series(block.having("base")[0])
    base.spPr = invisible()
    native.series.append(base)
    # In the order of the columns: above zero the lower part is nearer to it, below zero the upper one.
    for run in block.extras:
        if run.role in ("lower", "upper"):
            series = cells.series(run)
            series.spPr = filled(palette.tint(color, BOX_TINT))
            series.spPr.ln = stroke(color, 0.75).ln
            series.invertIfNegative = False
            native.series.append(series)
    line = LineChart()
    for place, role in ((FIRST, "minus"), (THIRD, "plus")):
        series = as_marks(cells.series(block.runs[place]), "none", 2, color)
        series.errBars = _whisker(role, block.having(role)[0], cells, color)
        line.series.append(series)
    line.series.append(as_marks(cells.series(block.runs[MEDIAN]), "dash", 12, color))
    line.series.extend(
        as_marks(cells.series(run), "circle", 4, color, palette.tint(color, 0.4)) for run in block.having("outliers")
    )
    native += line
    return native


def _whisker(side: str, lengths: Run, cells: Cells, color: str) -> Any:
    from openpyxl.chart.data_source import NumDataSource
    from openpyxl.chart.error_bar import ErrorBars

    source = NumDataSource(numRef=cells.numbers(lengths.column, lengths.last_row))
    return ErrorBars(
        errDir="y", errBarType=side, errValType="cust", noEndCap=False, spPr=stroke(color, 0.9), **{side: source}
    )


def _funnel(chart: Chart, block: DataBlock, cells: Cells, form: str) -> Any:
    from openpyxl.chart import ScatterChart

    del form
    native = ScatterChart(scatterStyle="lineMarker")
    members, *lines = block.runs
    color = palette.series_color(0, chart.specification.colors)
    native.series.append(as_marks(cells.series(members), "circle", 5, color))
    native.series.extend(as_marks(cells.series(run), "diamond", 8, SIGNAL_COLOR) for run in block.having("signals"))
    for number, run in enumerate(lines, start=CENTER):
        if number == CENTER:
            series = as_stroke(cells.series(run), palette.INK2, 1.0)
        else:
            series = as_stroke(cells.series(run), LIMIT_COLOR, 1.0, "dash" if limit_dash(number) else None)
        if run.last_row > block.first_row:
            series.dLbls = end_label(run.last_row - block.first_row, palette.INK2 if number == CENTER else LIMIT_COLOR)
        native.series.append(series)
    return native


COMPOSED: dict[str, Callable[[Chart, DataBlock, Cells, str], Any]] = {
    "pareto": _pareto, "waterfall": _waterfall, "box": _boxes, "funnel": _funnel,
}  # fmt: skip
"""The composed types, and what builds each."""


def finish_axes(native: Any, chart: Chart) -> None:
    """Where the axes of a composed chart begin and end: as drawn, not where its invisible parts suggest."""
    kind = chart.specification.type
    if kind == "pareto":
        native.y_axis.scaling.min = 0
        total = sum(value or 0.0 for value in chart.series[0].values)
        if total > 0:
            native.y_axis.scaling.max = total  # so that the line starts at the top of the first bar
    elif kind == "waterfall":
        base = base_of(chart)
        if base:
            native.y_axis.scaling.min = make_ticks(base, max(step.end for step in steps_of(chart)), 5).values[0]
            native.y_axis.title = title_of((broken_title(chart), text_style(7.5, palette.INK3)))
    elif kind == "box":
        _as_drawn(native.y_axis, _numbers(chart, without=RECORDS))
    elif kind == "funnel":
        _as_drawn(native.y_axis, _numbers(chart))
        _as_drawn(native.x_axis, level_range(chart))


def _numbers(chart: Chart, without: int | None = None) -> list[float]:
    """All numbers that a value axis shows; those of one series left out."""
    numbers = [
        value
        for place, series in enumerate(chart.series)
        if place != without
        for value in series.values
        if value is not None
    ]
    target = chart.specification.target
    return numbers if target is None or chart.specification.type == "funnel" else [*numbers, target]


def _as_drawn(axis: Any, numbers: Sequence[float]) -> None:
    """Begin and end an axis at the round numbers of the drawing."""
    if numbers:
        ticks = make_ticks(min(numbers), max(numbers), 5).values
        axis.scaling.min, axis.scaling.max = ticks[0], ticks[-1]
