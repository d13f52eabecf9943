"""The looks of the series of a native Excel chart: strokes, marks, fills and labels."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.hatching import hatch_of
from qms_reports.charts.lines import DASHES, has_marks, line_dash
from qms_reports.charts.scene import SHAPES
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_looks import bare_hex, filled, no_stroke, stroke, text_defaults

DIRECT_LABELS = 3
LABEL_PARTS = ("showVal", "showCatName", "showSerName", "showPercent", "showLegendKey", "showBubbleSize")

_SMALLEST_ON_RING = 0.06
_NATIVE_DASHES = (None, "dash", "sysDot", "dashDot")
"""Excel's names of `DASHES`."""


def end_label(position: int, color: str) -> Any:
    """The name of a series beside its last point, instead of a legend."""
    from openpyxl.chart.label import DataLabel, DataLabelList

    label = DataLabel(idx=position, dLblPos="r", txPr=text_defaults(7.5, color))
    labels = DataLabelList(dLbl=[label])
    for found in (label, labels):
        found.showVal = found.showCatName = found.showLegendKey = found.showPercent = found.showBubbleSize = False
        found.showSerName = found is label
    return labels


def value_labels(form: str, **shown: bool) -> Any:
    """Labels of every point that show what is asked for and nothing else."""
    from openpyxl.chart.label import DataLabelList

    labels = DataLabelList(numFmt=form, txPr=text_defaults(7.5, palette.INK))
    for kind in LABEL_PARTS:
        setattr(labels, kind, shown.get(kind, False))
    return labels


def mark(series: Any, index: int, color: str) -> None:
    """Give a series the marks of its place."""
    series.marker = marker(SHAPES[index % len(SHAPES)], 5, color)


def marker(symbol: str, size: int, color: str, fill: str | None = None) -> Any:
    """A mark of a colour, filled with it or with another."""
    from openpyxl.chart.marker import Marker

    found = Marker(symbol=symbol, size=size, spPr=stroke(color, 0.5 if fill is None else 1.0))
    found.spPr.solidFill = bare_hex(fill or color)
    return found


def as_marks(series: Any, symbol: str, size: int, color: str, fill: str | None = None) -> Any:
    """A series that is only its marks, without a line between them."""
    series.spPr = no_stroke()
    series.marker = marker(symbol, size, color, fill)
    series.smooth = False
    return series


def as_stroke(series: Any, color: str, width: float, dash: str | None = None) -> Any:
    """A series that is only its line."""
    from openpyxl.chart.marker import Marker

    series.spPr = stroke(color, width, dash)
    series.marker = Marker(symbol="none")
    series.smooth = False
    return series


def as_target(series: Any, *, labelled: bool, position: int) -> Any:
    """The target's looks: a dashed line without marks, named at its end when there is no legend."""
    as_stroke(series, palette.TARGET, 1.0, "dash")
    if labelled:
        series.dLbls = end_label(position, palette.TARGET)
    return series


def style_bar(series: Any, index: int, color: str) -> None:
    """A bar with the colour and hatching of its place."""
    series.spPr = filled(color, hatch_of(index))
    series.invertIfNegative = False


def style_area(series: Any, index: int, color: str, *, stacked: bool) -> None:
    """An area in full colour where it is stacked, else in a tint below its line."""
    series.spPr = filled(color, hatch_of(index)) if stacked else filled(palette.tint(color, 0.78))
    series.spPr.ln = stroke(color, 1.25).ln


def style_line(series: Any, index: int, chart: Chart, color: str) -> None:
    """A line with marks where there are few categories, else with a dash of its own; named at its end as drawn."""
    as_stroke(series, color, 1.5, _NATIVE_DASHES[DASHES.index(line_dash(chart, index))])
    if has_marks(chart):
        mark(series, index, color)
    values = chart.series[index].values
    last = max((place for place, value in enumerate(values) if value is not None), default=None)
    if not chart.specification.legend and 1 < len(chart.series) <= DIRECT_LABELS and last is not None:
        series.dLbls = end_label(last, color)


def style_pie(series: Any, chart: Chart, form: str) -> None:
    """Slices in the drawn colours, hatched where only the legend names them; slices without a value have no label.

    A donut's labels stand on its ring, where only a share fits, and that of a small slice not even so; its legend has
    the names.
    """
    from openpyxl.chart.label import DataLabel
    from openpyxl.chart.series import DataPoint

    donut = chart.specification.type == "donut"
    named = not chart.specification.legend and not donut
    for index in range(len(chart.categories)):
        color = palette.series_color(index, chart.specification.colors)
        looks = filled(color, "" if named else hatch_of(index))
        looks.ln = stroke(palette.WHITE, 0.75).ln
        series.dPt.append(DataPoint(idx=index, spPr=looks))
    shown = {"showVal": not named and not donut, "showCatName": named, "showPercent": named or donut}
    series.dLbls = value_labels(form)
    if not chart.series:
        return
    values = chart.series[0].values
    total = sum(value or 0.0 for value in values)
    for index, value in enumerate(values):
        if value and (not donut or value >= _SMALLEST_ON_RING * total):
            ink = palette.text_on(palette.series_color(index, chart.specification.colors)) if donut else palette.INK
            place = None if donut else "outEnd"
            label = DataLabel(idx=index, numFmt="0%" if donut else form, dLblPos=place, txPr=text_defaults(7.5, ink))
            if donut:
                label.spPr = filled(palette.series_color(index, chart.specification.colors))
            for kind in LABEL_PARTS:
                setattr(label, kind, shown.get(kind, False))
            series.dLbls.dLbl.append(label)
