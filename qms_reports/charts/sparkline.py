"""Sparklines: the shape of a series at the size of a word, its last value, and a thin line at the target."""

from __future__ import annotations

from qms_reports.charts import palette
from qms_reports.charts.axes import Scale
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, LABEL_SIZE, put
from qms_reports.charts.lines import runs
from qms_reports.charts.numerals import printing_language, value_text
from qms_reports.charts.scene import Item, Line, Marker, Polyline
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, shorten, text_width
from qms_reports.languages import language

LINE_WIDTH = 1.0
TARGET_DASH = (2.0, 1.5)
_RADIUS = 1.9
_INSET = 2.5
_WITH_TITLE_FROM = 30.0  # points of height
_VALUE_SHARE = 0.45


def draw_sparkline(chart: Chart) -> list[Item]:
    """The whole drawing: a title only where it is high enough, no axes, no note."""
    specification = chart.specification
    items: list[Item] = []
    top = specification.height
    title = printable(specification.title)
    if specification.height >= _WITH_TITLE_FROM and title:
        text = shorten(title, REGULAR, AXIS_SIZE, specification.width)
        items.append(put(0.0, top - AXIS_SIZE, text, AXIS_SIZE, palette.INK2))
        top -= AXIS_LEADING + 1.0
    values = chart.series[0].values if chart.series else ()
    known = [value for value in values if value is not None]
    middle = top / 2 - 0.36 * LABEL_SIZE
    if not known:
        return [
            *items,
            put(0.0, middle, shorten(say("no_data"), REGULAR, AXIS_SIZE, specification.width), AXIS_SIZE, palette.INK3),
        ]
    last = values[-1]
    said = (
        language(printing_language()).text("document.not_available")
        if last is None
        else value_text(last, specification.decimals, specification.unit)
    )
    said = shorten(said, SEMIBOLD, LABEL_SIZE, specification.width * _VALUE_SHARE)
    right = specification.width - text_width(said, SEMIBOLD, LABEL_SIZE) - 4.0
    marks = known if specification.target is None else [*known, specification.target]
    low, high = min(marks), max(marks)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    up = Scale(low, high, _INSET, top - _INSET)
    step = (right - 2 * _INSET) / max(len(values) - 1, 1)
    if specification.target is not None:
        y = up.at(specification.target)
        items.append(Line(0.0, y, right, y, palette.TARGET, 0.7, TARGET_DASH))
    color = palette.series_color(0, specification.colors)
    for start, numbers in runs(values):
        points = [(_INSET + step * (start + place), up.at(value)) for place, value in enumerate(numbers)]
        if len(points) > 1:
            items.append(Polyline(tuple(points), color, LINE_WIDTH))
        else:
            items.append(Marker(*points[0], 1.1, color))
    if last is not None:
        items.append(Marker(_INSET + step * (len(values) - 1), up.at(last), _RADIUS, color))
    items.append(put(specification.width, middle, said, LABEL_SIZE, palette.INK, font=SEMIBOLD, anchor="end"))
    return items
