"""The looks of a control chart's series in a native Excel chart."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.control import CENTER, LIMIT_COLOR, POINTS, SIGNAL_COLOR
from qms_reports.charts.excel_series import as_marks, as_stroke, end_label, marker
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_looks import stroke


def style_control(series: Any, index: int, chart: Chart) -> None:
    """Points with marks, points not judged as pale squares; limits plain, dashed, named at their ends.

    Excel draws limits that differ from point to point slanting, not as steps.
    """
    from openpyxl.chart.series import DataPoint

    if index != POINTS:
        color = palette.INK2 if index == CENTER else LIMIT_COLOR
        as_stroke(series, color, 1.0, None if index == CENTER else "dash")
        last = max((place for place, value in enumerate(chart.series[index].values) if value is not None), default=None)
        if last is not None:
            series.dLbls = end_label(last, color)
        return
    color = palette.series_color(0, chart.specification.colors)
    as_stroke(series, color, 1.5)
    series.marker = marker("circle", 5, color)
    for said in chart.marks:
        if said.kind == "excluded":
            looks = marker("square", 6, palette.INK3, palette.tint(palette.INK3, 0.6))
            series.dPt.append(DataPoint(idx=said.position, marker=looks, spPr=stroke(color, 1.5)))


def style_signals(series: Any) -> Any:
    """The signals as a series of their own: larger diamonds and no line."""
    return as_marks(series, "diamond", 8, SIGNAL_COLOR)
