"""Heat maps: a number for each row and column, darker where it is larger, and printed in its cell where it fits."""

from __future__ import annotations

from collections.abc import Sequence

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    CategoryLabels,
    draw_category_labels,
    draw_level_title,
    draw_value_title,
    fit_categories,
)
from qms_reports.charts.frame import AXIS_SIZE, Box, put
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import axis_titles
from qms_reports.charts.rows import NAMES_SHARE, RowNames, row_names
from qms_reports.charts.scene import Item, Rectangle
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, text_width

SHADES = (0.94, 0.80, 0.62, 0.24, 0.0)
"""Shares of white in the five shades, light to dark; the gap in the middle keeps every printed number readable."""

MISSING = "\u2013"
_GAP = 0.8
_KEY_SIDE, _KEY_ROOM = 7.0, 13.0


def shades(chart: Chart) -> tuple[str, ...]:
    """The five colours, light to dark."""
    color = palette.series_color(0, chart.specification.colors)
    return tuple(palette.tint(color, share) for share in SHADES)


def shade_of(value: float, low: float, high: float) -> int:
    """Which of the five equal classes between the smallest and the largest value; all alike take the lightest."""
    if high <= low:
        return 0
    return min(int((value - low) / (high - low) * len(SHADES)), len(SHADES) - 1)


def draw_heat_map(chart: Chart, box: Box) -> list[Item]:
    """Rows from top to bottom in the order of the series, columns in that of the categories."""
    specification = chart.specification
    known = [value for series in chart.series for value in series.values if value is not None]
    low, high = min(known), max(known)
    texts = [
        [MISSING if v is None else value_text(v, specification.decimals, specification.unit) for v in series.values]
        for series in chart.series
    ]
    x_title, y_title = axis_titles(specification, box)
    widest = max(text_width(text, SEMIBOLD, AXIS_SIZE) for row in texts for text in row)
    with_key = True
    for with_key in (False, True):
        top = box.top - (TITLE_ROOM if y_title else 0.0) - (_KEY_ROOM if with_key else 0.0)
        bottom = box.bottom + (TITLE_ROOM if x_title else 0.0)
        plot, names, labels = _frame(chart, Box(box.left, bottom, box.right, top))
        width, height = plot.width / len(chart.categories), plot.height / len(chart.series)
        if widest + 3.0 <= width and height >= AXIS_SIZE + 1.0:
            break
    else:
        texts = []
    items: list[Item] = [*draw_value_title(y_title, box)]
    if with_key:
        items.extend(
            _key(chart, low, high, Box(box.left, box.bottom, box.right, box.top - (TITLE_ROOM if y_title else 0.0)))
        )
    items.extend(names.draw(plot.left - TICK_GAP, lambda row: plot.top - height * (row + 0.5)))
    items.extend(draw_category_labels(labels, plot))
    colors = shades(chart)
    gap = min(_GAP, 0.1 * width, 0.1 * height)
    for row, series in enumerate(chart.series):
        for column, value in enumerate(series.values):
            x, y = plot.left + width * column, plot.top - height * (row + 1)
            fill = palette.PANEL if value is None else colors[shade_of(value, low, high)]
            items.append(Rectangle(x + gap / 2, y + gap / 2, width - gap, height - gap, fill))
            if texts:
                ink = palette.INK3 if value is None else palette.text_on(fill)
                at = (x + width / 2, y + height / 2 - 0.36 * AXIS_SIZE)
                items.append(put(*at, texts[row][column], AXIS_SIZE, ink, font=SEMIBOLD, anchor="middle"))
    return [*items, *draw_level_title(x_title, box, plot)]


def _frame(chart: Chart, room: Box) -> tuple[Box, RowNames, CategoryLabels]:
    """The rectangle of the cells, and the names at its left and below it."""
    rows = len(chart.series)
    # The names decide where the cells begin, and the labels below how high a row is: the names are broken again then.
    names = row_names([series.name for series in chart.series], room.height / rows, room.width * NAMES_SHARE)
    left = room.left + names.width + TICK_GAP
    slot = (room.right - left) / len(chart.categories)
    middles = [left + slot * (column + 0.5) for column in range(len(chart.categories))]
    labels = fit_categories(chart.categories, middles, slot, room)
    plot = Box(left, room.bottom + max(labels.height, 2.0), room.right, room.top)
    names = row_names([series.name for series in chart.series], plot.height / rows, names.width + 0.01)
    return plot, names, labels


def _key(chart: Chart, low: float, high: float, box: Box) -> Sequence[Item]:
    """The smallest and the largest value beside the shades, where numbers do not fit into the cells."""
    specification = chart.specification
    texts = [value_text(value, specification.decimals, specification.unit) for value in (low, high)]
    widths = [text_width(text, REGULAR, AXIS_SIZE) for text in texts]
    colors = shades(chart) if high > low else shades(chart)[:1]
    needed = sum(widths) + len(colors) * _KEY_SIDE + 2 * 4.0
    if needed > box.width:
        return []
    y = box.top - _KEY_SIDE
    x = box.right - needed
    items: list[Item] = [put(x, y + 1.2, texts[0], AXIS_SIZE, palette.INK2)]
    x += widths[0] + 4.0
    for color in colors:
        items.append(Rectangle(x, y, _KEY_SIDE, _KEY_SIDE, color))
        x += _KEY_SIDE
    if high > low:
        items.append(put(x + 4.0, y + 1.2, texts[1], AXIS_SIZE, palette.INK2))
    return items
