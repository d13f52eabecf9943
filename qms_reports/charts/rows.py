"""The plot with names at the left and values to the right, a row for each category, from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    Scale,
    draw_level_axis,
    draw_level_title,
    draw_value_title,
    horizontal_ticks,
)
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, Box, put
from qms_reports.charts.plot import axis_titles, whole_numbers
from qms_reports.charts.scene import Item
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, printable, shorten, text_width, wrap

NAMES_SHARE = 0.42  # of the chart's width at most for the names


@dataclass(frozen=True, slots=True)
class RowNames:
    """The names of rows: every how many rows one stands, their lines, and the width of the column."""

    stride: int
    lines: tuple[tuple[str, ...], ...]
    width: float

    def draw(self, right: float, middle_of: Callable[[int], float]) -> list[Item]:
        """The names, ending at `right`, each around the middle of its row."""
        items: list[Item] = []
        for index in range(0, len(self.lines), self.stride):
            first = middle_of(index) + (len(self.lines[index]) - 1) * AXIS_LEADING / 2 - 0.36 * AXIS_SIZE
            for number, line in enumerate(self.lines[index]):
                items.append(put(right, first - AXIS_LEADING * number, line, AXIS_SIZE, palette.INK2, anchor="end"))
        return items


def row_names(names: Sequence[str], row: float, width: float) -> RowNames:
    """Names on up to three lines as the rows allow, every n-th where rows are lower than a line.

    Args:
        names: One per row.
        row: Height of a row.
        width: Most width of the column.
    """
    stride = max(1, math.ceil(AXIS_LEADING / row))
    most = max(1, min(3, int(row / AXIS_LEADING)))
    lines: list[tuple[str, ...]] = []
    for name in map(printable, names):
        if most > 1:
            lines.append(tuple(wrap(name, REGULAR, AXIS_SIZE, width, most)))
        else:
            lines.append((shorten(name, REGULAR, AXIS_SIZE, width),) if name else ())
    widest = max((text_width(line, REGULAR, AXIS_SIZE) for found in lines[::stride] for line in found), default=0.0)
    return RowNames(stride, tuple(lines), widest)


@dataclass(frozen=True, slots=True)
class RowPlot:
    """A plot ready for its marks: the rectangle of the grid, the scale to the right, and axes, titles and names."""

    plot: Box
    scale: Scale
    items: list[Item]


class Rows:
    """The rows of a chart before their scale is known.

    Args:
        chart: What to draw.
        box: The room inside title, legend and note.
        above: Room kept free above the plot.
    """

    def __init__(self, chart: Chart, box: Box, above: float = 0.0) -> None:
        self._chart, self._box = chart, box
        self._name_title, self._title = axis_titles(chart.specification, box)
        self.top = box.top - above - (TITLE_ROOM if self._name_title else 0.0)
        self.bottom = box.bottom + (TITLE_ROOM if self._title else 0.0) + AXIS_LEADING + 3.0
        self.height = (self.top - self.bottom) / len(chart.categories)
        self.names = row_names(chart.categories, self.height, box.width * NAMES_SHARE)
        self.left = box.left + self.names.width + TICK_GAP

    def middle(self, category: int) -> float:
        """Height of the middle of a row."""
        return self.top - self.height * (category + 0.5)

    def plot(
        self, values: tuple[float, float], numbers: Iterable[float | None], before: float = 0.0, beyond: float = 0.0
    ) -> RowPlot:
        """The plot with its axis below.

        Args:
            values: Lowest and highest value to show.
            numbers: All numbers, which decide whether fractions make sense on the axis.
            before: Room kept free left of the scale, for labels of negative values.
            beyond: Room kept free at its right.
        """
        start, end = self.left + before, self._box.right - beyond
        ticks = horizontal_ticks(*values, end - start, whole=whole_numbers(self._chart.specification, numbers))
        end = min(end, self._box.right - text_width(ticks.texts[-1], REGULAR, AXIS_SIZE) / 2)
        plot = Box(self.left, self.bottom, end, self.top)
        scale = ticks.scale(start, end)
        items = [
            *draw_value_title(self._name_title, self._box),
            *draw_level_axis(ticks, plot, scale, self._box.width),
            *self.names.draw(self.left - TICK_GAP, self.middle),
            *draw_level_title(self._title, self._box, plot),
        ]
        return RowPlot(plot, scale, items)
