"""From a chart to its scene: the only place that decides where anything stands.

`x_title` always names the category axis (the level axis of a scatter or histogram) and `y_title` the value axis, also
when `horizontal` turns them, as in Excel.
"""

from __future__ import annotations

from collections.abc import Callable

from qms_reports.charts import palette
from qms_reports.charts.admission import refuse_unusable
from qms_reports.charts.alternative import describe
from qms_reports.charts.bars import draw_level, draw_upright
from qms_reports.charts.control import draw_control
from qms_reports.charts.frame import Box, Entry, enclose, put
from qms_reports.charts.histogram import histogram_bins
from qms_reports.charts.lines import draw_areas, draw_lines
from qms_reports.charts.numerals import in_its_language
from qms_reports.charts.points import draw_histogram, draw_scatter
from qms_reports.charts.scene import SHAPES, Item, Rectangle, Scene
from qms_reports.charts.slices import draw_pie, slices_of
from qms_reports.charts.specification import Chart, ChartType
from qms_reports.charts.typeface import REGULAR, shorten

__all__ = ["draw", "histogram_bins"]

NO_DATA = "No data in this period"
NOTHING = "All values are zero in this period"

_PLACEHOLDER_SIZE = 8.0


def _placeholder(text: str, box: Box) -> list[Item]:
    words = shorten(text, REGULAR, _PLACEHOLDER_SIZE, box.width - 8.0)
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2 - 0.36 * _PLACEHOLDER_SIZE
    return [
        Rectangle(box.left, box.bottom, box.width, box.height, palette.PANEL),
        put(x, y, words, _PLACEHOLDER_SIZE, palette.INK3, anchor="middle"),
    ]


def _bars(chart: Chart, box: Box) -> list[Item]:
    return (draw_level if chart.specification.horizontal else draw_upright)(chart, box)


def _pie(chart: Chart, box: Box) -> list[Item]:
    return draw_pie(chart, box) if slices_of(chart) else _placeholder(NOTHING, box)


_PLOTS: dict[ChartType, Callable[[Chart, Box], list[Item]]] = {
    "bar": _bars, "line": draw_lines, "area": draw_areas, "scatter": draw_scatter, "histogram": draw_histogram,
    "control": draw_control, "pie": _pie,
}  # fmt: skip


@in_its_language
def draw(chart: Chart) -> Scene:
    """Lay a chart out.

    Args:
        chart: Specification and numbers.  Without any number the plot is a calm "No data in this period".

    Returns:
        The finished scene; the same chart always gives an equal scene.

    Raises:
        ValueError: The chart cannot be shown truthfully; see `refuse_unusable`.
    """
    refuse_unusable(chart)
    specification = chart.specification
    entries: list[Entry] = []
    if specification.legend and specification.type not in ("pie", "control") and not chart.empty:
        marks = specification.type in ("line", "scatter")
        for index, series in enumerate(chart.series):
            shape = SHAPES[index % len(SHAPES)] if marks else None
            entries.append(Entry(palette.series_color(index, specification.colors), series.name, shape))
    items, box = enclose(chart, entries)
    items.extend(_placeholder(NO_DATA, box) if chart.empty else _PLOTS[specification.type](chart, box))
    return Scene(specification.width, specification.height, tuple(items), describe(chart))
