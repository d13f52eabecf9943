"""One drawing for both directions: categories from left to right with values upwards, or rows with values rightwards.

Rows are taken when they are declared, or when the names would not stand in full below upright marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qms_reports.charts.axes import Scale, draw_side_labels
from qms_reports.charts.frame import AXIS_LEADING, LABEL_LEADING, Box, put
from qms_reports.charts.plot import (
    LOWEST_WITH_LABELS,
    TARGET_LIFT,
    category_plot,
    draw_target,
    draw_upright_target,
    target_side,
)
from qms_reports.charts.rows import Rows
from qms_reports.charts.scene import Anchor, Item, Line, Marker, Point, Rectangle, Shape, Text
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import SEMIBOLD

_MARK_ROOM = 2.0  # at the right of very thin slots, for the marks of the last


@dataclass(frozen=True, slots=True)
class Oriented:
    """A plot ready for marks in either direction.

    Positions are given as a category with an offset in points (from its middle, along the category axis in reading
    direction) and a value.

    Attributes:
        level: Whether values run to the right.
        plot: The rectangle of the grid.
        scale: From values to points along their axis.
        middles: Middle of each category along the category axis, in points.
        slot: Distance between neighbours.
        items: Axes, grid, titles and names, and the target where there is one.
        labelled: Whether a label of the width asked for can stand beyond every mark.
    """

    level: bool
    plot: Box
    scale: Scale
    middles: tuple[float, ...]
    slot: float
    items: list[Item]
    labelled: bool

    def point(self, category: int, offset: float, value: float) -> Point:
        """Where a value of a category stands."""
        across = self.middles[category] + (-offset if self.level else offset)
        return (self.scale.at(value), across) if self.level else (across, self.scale.at(value))

    def area(self, category: int, offsets: tuple[float, float], values: tuple[float, float], fill: str) -> Rectangle:
        """A rectangle between two offsets and two values."""
        first, second = (self.point(category, offset, value) for offset, value in zip(offsets, values, strict=True))
        x, y = min(first[0], second[0]), min(first[1], second[1])
        return Rectangle(x, y, abs(second[0] - first[0]), abs(second[1] - first[1]), fill)

    def stroke(self, start: Point, end: Point, color: str, width: float, dash: tuple[float, ...] = ()) -> Line:
        """A line between two points."""
        return Line(*start, *end, color, width, dash)

    def mark(self, category: int, value: float, radius: float, fill: str, shape: Shape = "circle") -> Marker:
        """A mark at a value of a category."""
        return Marker(*self.point(category, 0.0, value), radius, fill, shape)

    def beyond(self, category: int, value: float, text: str, size: float, color: str, *, upwards: bool) -> Text:
        """A label just beyond a value, on the side where values rise (or fall)."""
        x, y = self.point(category, 0.0, value)
        if self.level:
            gap = 3.0 if upwards else -3.0
            anchor: Anchor = "start" if upwards else "end"
            return put(x + gap, y - 0.36 * size, text, size, color, font=SEMIBOLD, anchor=anchor)
        low = y + 2.5 if upwards else y - 2.0 - 0.74 * size
        return put(x, low, text, size, color, font=SEMIBOLD, anchor="middle")


def orient(
    chart: Chart,
    box: Box,
    values: tuple[float, float],
    numbers: Iterable[float | None],
    *,
    label_width: float = 0.0,
    label_height: float = 0.0,
    both_sides: bool = False,
) -> Oriented:
    """The plot in the direction in which its names can be read.

    Args:
        chart: What to draw; `horizontal` asks for rows.
        box: The room inside title, legend and note.
        values: Lowest and highest value to show.
        numbers: All numbers, which decide whether fractions make sense on the axis.
        label_width: Width of the widest label that will stand beyond a mark.
        label_height: Its height.
        both_sides: Whether labels stand below (or left of) marks as well.
    """
    numbers = tuple(numbers)
    specification = chart.specification
    if not specification.horizontal:
        room = (label_height if both_sides else 0.0, label_height)
        side = target_side(specification)
        frame = category_plot(
            chart,
            box,
            values,
            slots=True,
            sides=[side] if side else [],
            headroom=lambda _slot: room,
            beyond=_MARK_ROOM,
            numbers=numbers,
        )
        fits = label_width <= frame.slot - 2.0
        if (frame.named and fits) or Rows(chart, box).names.stride > 1:  # thin rows could not be named either
            line, sides = draw_target(specification, frame.plot, frame.scale)
            items = [*frame.items, *line, *draw_side_labels(sides, frame.plot, frame.low, frame.high)]
            labelled = fits and label_width > 0 and frame.plot.height >= LOWEST_WITH_LABELS
            return Oriented(
                level=False,
                plot=frame.plot,
                scale=frame.scale,
                middles=frame.middles,
                slot=frame.slot,
                items=items,
                labelled=labelled,
            )
    rows = Rows(chart, box, LABEL_LEADING + TARGET_LIFT - 2.0 if specification.target is not None else 0.0)
    beyond = label_width + 5.0 if label_width and rows.height >= AXIS_LEADING else 0.0
    if beyond > (box.right - rows.left) / 3:
        beyond = 0.0
    found = rows.plot(values, numbers, beyond if both_sides else 0.0, beyond)
    middles = tuple(rows.middle(category) for category in range(len(chart.categories)))
    items = [*found.items, *draw_upright_target(specification, found.plot, found.scale, box, TARGET_LIFT)]
    return Oriented(
        level=True,
        plot=found.plot,
        scale=found.scale,
        middles=middles,
        slot=rows.height,
        items=items,
        labelled=beyond > 0,
    )
