"""The looks of a control chart's four series in a native Excel chart."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.control import CENTER, LIMIT_COLOR, POINTS, SIGNAL_COLOR
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_looks import bare_hex, stroke


def style_control(series: Any, index: int, chart: Chart) -> None:
    """Points with marks, signals as larger diamonds, points not judged as hollow squares; plain limits, dashed.

    Excel draws limits that differ from point to point slanting, not as steps.
    """
    from openpyxl.chart.marker import Marker
    from openpyxl.chart.series import DataPoint

    series.smooth = False
    if index != POINTS:
        color = palette.INK2 if index == CENTER else LIMIT_COLOR
        series.spPr = stroke(color, 1.0, None if index == CENTER else "dash")
        series.marker = Marker(symbol="none")
        return
    color = palette.series_color(0, chart.specification.colors)
    series.spPr = stroke(color, 1.5)
    series.marker = Marker(symbol="circle", size=5, spPr=stroke(color, 0.5))
    series.marker.spPr.solidFill = bare_hex(color)
    for mark in chart.marks:
        if mark.kind == "signal":
            looks = Marker(symbol="diamond", size=8, spPr=stroke(SIGNAL_COLOR, 0.5))
            looks.spPr.solidFill = bare_hex(SIGNAL_COLOR)
        else:
            looks = Marker(symbol="square", size=6, spPr=stroke(palette.INK3, 1.0))
            looks.spPr.solidFill = bare_hex(palette.WHITE)
        series.dPt.append(DataPoint(idx=mark.position, marker=looks, spPr=stroke(color, 1.5)))
