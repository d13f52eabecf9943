"""Pareto charts: bars by descending value and the cumulative share of all records.

The second axis is the first one in percent of the total, so that the line starts at the top of the first bar and both
tell the same story, as in Juran's own charts.  Where the names do not fit below, the bars lie and the shares stand in a
column beside them.
"""

from __future__ import annotations

import math

from qms_reports.charts import palette
from qms_reports.charts.axes import TICK_GAP, TITLE_ROOM
from qms_reports.charts.fixed_words import percent, say
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, LABEL_LEADING, Box, put
from qms_reports.charts.lines import LINE_WIDTH
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import LOWEST_WITH_LABELS, CategoryPlot, axis_titles, category_plot
from qms_reports.charts.rows import Rows
from qms_reports.charts.scene import Item, Line, Marker, Polyline, Rectangle
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, text_width

VALUES, SHARES = range(2)
VITAL = 80.0
"""Share of all records, in percent, that the vital few reach together."""

_FILLED = 0.72
_THICKEST = 48.0
_DOTS = (1.5, 1.5)
_PERCENTS = (0, 20, 40, 60, 80, 100)
_RADIUS = 1.8
_CLEAR = 14.0  # between the top of a bar and the line, for the value of the bar


def bar_color(chart: Chart, category: int) -> str:
    """The vital few in the series colour, the others muted; all alike where nothing is emphasized."""
    if chart.emphasized and category not in chart.emphasized:
        return palette.MUTED
    return palette.series_color(0, chart.specification.colors)


def share_color(chart: Chart) -> str:
    """The colour of the cumulative line."""
    return palette.series_color(1, chart.specification.colors) if len(chart.specification.colors) > 1 else palette.LINE2


def draw_pareto(chart: Chart, box: Box) -> list[Item]:
    """Upright bars with the line, or level ones with a column of shares."""
    if not chart.specification.horizontal:
        frame = _frame(chart, box)
        if frame.named or Rows(chart, box).names.stride > 1:
            return _upright(chart, box, frame)
    return _level(chart, box)


def _total(chart: Chart) -> float:
    return math.fsum(value or 0.0 for value in chart.series[VALUES].values)


def _percent(value: float) -> str:
    return percent(value)


def _frame(chart: Chart, box: Box) -> CategoryPlot:
    values = chart.series[VALUES].values
    return category_plot(
        chart,
        box,
        (0.0, _total(chart)),
        slots=True,
        headroom=lambda _slot: (0.0, 4.0),
        beyond=text_width(_percent(100), REGULAR, AXIS_SIZE) + TICK_GAP,
        numbers=values,
        exact=True,
    )


def _upright(chart: Chart, box: Box, frame: CategoryPlot) -> list[Item]:
    specification = chart.specification
    total = _total(chart)
    shares = chart.series[SHARES].values
    half = min(frame.slot * _FILLED, _THICKEST) / 2
    zero = frame.scale.at(0.0)
    texts = [value_text(value or 0.0, specification.decimals, specification.unit) for value in chart.series[0].values]
    labelled = max(text_width(text, SEMIBOLD, AXIS_SIZE) for text in texts) <= frame.slot - 2.0
    labelled = labelled and frame.plot.height >= LOWEST_WITH_LABELS
    items: list[Item] = [*frame.items]
    labels: list[Item] = []
    for category, value in enumerate(chart.series[VALUES].values):
        color = bar_color(chart, category)
        top = frame.scale.at(value or 0.0)
        items.append(Rectangle(frame.middles[category] - half, zero, 2 * half, top - zero, color))
        if labelled:
            share = shares[category]
            line = frame.scale.at(total * share / 100.0) if share is not None else math.inf
            width = text_width(texts[category], SEMIBOLD, AXIS_SIZE)
            if line - top >= _CLEAR:
                y, ink = top + 2.5, palette.INK
            elif top - zero >= LABEL_LEADING + 4.0 and width + 2.0 <= 2 * half:
                y, ink = top - 4.0 - 0.74 * AXIS_SIZE, palette.text_on(color)
            else:
                continue
            labels.append(
                put(frame.middles[category], y, texts[category], AXIS_SIZE, ink, font=SEMIBOLD, anchor="middle")
            )
    items.append(Line(frame.plot.left, zero, frame.plot.right, zero, palette.INK3, 0.7))
    if total > 0:
        items.extend(_second_axis(frame, total))
        points = [
            (frame.middles[category], frame.scale.at(total * share / 100.0))
            for category, share in enumerate(shares)
            if share is not None
        ]
        if len(points) > 1:
            items.append(Polyline(tuple(points), share_color(chart), LINE_WIDTH))
        if len(points) <= 40:  # noqa: PLR2004 - more marks would be a thick line
            items.extend(Marker(x, y, _RADIUS, share_color(chart)) for x, y in points)
    return [*items, *labels, *_second_title(chart, box)]


def _second_axis(frame: CategoryPlot, total: float) -> list[Item]:
    """Percent of the total at the right, every second one where the plot is low, and the line of the vital few."""
    plot, scale = frame.plot, frame.scale
    step = scale.at(total * 0.2) - scale.at(0.0)
    stride = max(1, math.ceil(AXIS_LEADING / step)) if step > 0 else len(_PERCENTS)
    items: list[Item] = [
        Line(plot.left, (y := scale.at(total * VITAL / 100.0)), plot.right, y, palette.INK3, 0.6, _DOTS)
    ]
    for tick in _PERCENTS[::stride]:
        y = scale.at(total * tick / 100.0) - 0.35 * AXIS_SIZE
        items.append(put(plot.right + TICK_GAP, y, _percent(tick), AXIS_SIZE, palette.INK2))
    return items


def _second_title(chart: Chart, box: Box) -> list[Item]:
    """The title of the second axis, where the first one leaves room for it."""
    _, title = axis_titles(chart.specification, box)
    width = text_width(say("cumulative"), REGULAR, AXIS_SIZE)
    if not title or text_width(printable(title), REGULAR, AXIS_SIZE) + width + 8.0 > box.width:
        return []
    return [put(box.right, box.top - AXIS_SIZE, say("cumulative"), AXIS_SIZE, palette.INK3, anchor="end")]


def _level(chart: Chart, box: Box) -> list[Item]:
    specification = chart.specification
    values, shares = (series.values for series in chart.series)
    texts = [value_text(value or 0.0, specification.decimals, specification.unit) for value in values]
    column = max(text_width(_percent(100), SEMIBOLD, AXIS_SIZE), text_width(say("cumulative"), REGULAR, AXIS_SIZE))
    name_title, _ = axis_titles(specification, box)
    rows = Rows(chart, box, 0.0 if name_title else TITLE_ROOM)
    room = max(text_width(text, SEMIBOLD, AXIS_SIZE) for text in texts) + 5.0
    thin = rows.names.stride > 1
    with_column = not thin and column + room + 10.0 <= (box.right - rows.left) / 2
    labelled = not thin and room <= (box.right - rows.left) / 3
    beyond = (column + 8.0 if with_column else 0.0) + (room if labelled else 0.0)
    frame = rows.plot((0.0, max(value or 0.0 for value in values)), values, 0.0, beyond)
    zero = frame.scale.at(0.0)
    half = min(rows.height * _FILLED, _THICKEST) / 2
    items: list[Item] = [*frame.items]
    for category, value in enumerate(values):
        middle, end = rows.middle(category), frame.scale.at(value or 0.0)
        few = category in chart.emphasized
        items.append(Rectangle(zero, middle - half, end - zero, 2 * half, bar_color(chart, category)))
        low = middle - 0.36 * AXIS_SIZE
        if labelled:
            items.append(put(end + 3.0, low, texts[category], AXIS_SIZE, palette.INK, font=SEMIBOLD))
        share = shares[category]
        if with_column and share is not None:
            font, ink = (SEMIBOLD, palette.INK) if few else (REGULAR, palette.INK2)
            items.append(put(box.right, low, _percent(share), AXIS_SIZE, ink, font=font, anchor="end"))
    items.append(Line(zero, rows.bottom, zero, rows.top, palette.INK3, 0.7))
    if chart.emphasized and len(chart.emphasized) < len(values):
        y = rows.middle(max(chart.emphasized)) - rows.height / 2
        items.append(Line(rows.left, y, box.right, y, palette.INK3, 0.6, _DOTS))
    taken = text_width(printable(name_title), REGULAR, AXIS_SIZE) if name_title else 0.0
    if with_column and taken + column + 8.0 <= box.width:
        items.append(put(box.right, box.top - AXIS_SIZE, say("cumulative"), AXIS_SIZE, palette.INK3, anchor="end"))
    return items
