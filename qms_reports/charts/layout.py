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
from qms_reports.charts.boxes import draw_boxes
from qms_reports.charts.control import draw_control
from qms_reports.charts.fallback import readable
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import Box, Entry, enclose, put
from qms_reports.charts.funnel import draw_funnel
from qms_reports.charts.hatching import hatch_of
from qms_reports.charts.heatmap import draw_heat_map
from qms_reports.charts.histogram import histogram_bins
from qms_reports.charts.lines import draw_areas, draw_lines, line_dash, line_shape
from qms_reports.charts.numerals import in_its_language
from qms_reports.charts.pareto import draw_pareto
from qms_reports.charts.points import draw_histogram, draw_scatter
from qms_reports.charts.scene import SHAPES, Item, Rectangle, Scene
from qms_reports.charts.slices import draw_pie, slices_of
from qms_reports.charts.sparkline import draw_sparkline
from qms_reports.charts.specification import Chart, ChartType
from qms_reports.charts.typeface import REGULAR, shorten
from qms_reports.charts.waterfall import draw_waterfall

__all__ = ["draw", "histogram_bins"]

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
    return draw_pie(chart, box) if slices_of(chart) else _placeholder(say("all_zero"), box)


_PLOTS: dict[ChartType, Callable[[Chart, Box], list[Item]]] = {
    "bar": _bars, "line": draw_lines, "area": draw_areas, "scatter": draw_scatter, "histogram": draw_histogram,
    "control": draw_control, "pie": _pie, "donut": _pie, "pareto": draw_pareto, "funnel": draw_funnel,
    "heatmap": draw_heat_map, "waterfall": draw_waterfall, "box": draw_boxes,
}  # fmt: skip

_WITH_LEGEND = ("bar", "line", "area", "scatter", "histogram")


def _entries(chart: Chart) -> list[Entry]:
    """The legend above the plot; a pie has its list beside it, and the other types name what they show in place."""
    specification = chart.specification
    if specification.type not in _WITH_LEGEND:
        return []
    entries = []
    for index, series in enumerate(chart.series):
        color = palette.series_color(index, specification.colors)
        if specification.type == "line":
            entries.append(Entry(color, series.name, line_shape(chart, index), dash=line_dash(chart, index)))
        elif specification.type == "scatter":
            entries.append(Entry(color, series.name, SHAPES[index % len(SHAPES)]))
        else:
            hatch = "" if specification.type == "area" and not specification.stacked else hatch_of(index)
            entries.append(Entry(color, series.name, hatch=hatch))
    return entries


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
    chart = readable(chart)
    specification = chart.specification
    if specification.type == "sparkline":
        return Scene(specification.width, specification.height, tuple(draw_sparkline(chart)), describe(chart))
    entries = _entries(chart) if specification.legend and not chart.empty else []
    items, box = enclose(chart, entries)
    items.extend(_placeholder(say("no_data_period"), box) if chart.empty else _PLOTS[specification.type](chart, box))
    return Scene(specification.width, specification.height, tuple(items), describe(chart))
