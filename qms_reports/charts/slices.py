"""Pies and donuts: slices clockwise from twelve o'clock, named beside the slice or in a list at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts import palette
from qms_reports.charts.axes import spread
from qms_reports.charts.fixed_words import count, say
from qms_reports.charts.fixed_words import percent as percent_of
from qms_reports.charts.frame import AXIS_SIZE, LABEL_SIZE, Box, put
from qms_reports.charts.hatching import hatch_of, hatched, hatched_rectangle
from qms_reports.charts.numerals import value_text
from qms_reports.charts.scene import Anchor, Item, Marker, Point, Polyline, Rectangle, Wedge
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, shorten, text_width

_ROW = 12.0
_LABEL_HEIGHT = 18.0
_SIDE_SHARE = 0.32
_REACH = 12.0  # from the rim to the labels
_SWATCH = 6.0
_WIDEST = 0.5  # of the box
_TOTAL_SIZES = (14.0, 11.0, 9.0, 7.5)

HOLE = 0.58
"""Radius of a donut's hole as a share of the donut's."""

NO_NAME = "\u2013"


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice: position among the categories, value, share of the whole, and its angles in degrees."""

    index: int
    name: str
    value: float
    share: float
    start: float
    end: float

    @property
    def middle(self) -> float:
        """Angle of its middle, in radians counter-clockwise from three o'clock."""
        return math.radians((self.start + self.end) / 2)


def slices_of(chart: Chart) -> tuple[Slice, ...]:
    """The slices of a pie, without gaps and zeros; none when all is zero."""
    values = chart.series[0].values
    total = math.fsum(value for value in values if value is not None)
    slices: list[Slice] = []
    turned = 0.0
    for index, value in enumerate(values):
        if value:
            share = value / total
            name = printable(chart.categories[index]) or NO_NAME
            slices.append(Slice(index, name, value, share, 90.0 - 360.0 * (turned + share), 90.0 - 360.0 * turned))
            turned += share
    return tuple(slices)


def share_text(share: float) -> str:
    """A share as a whole percentage; what would round to nothing or to all says so."""
    percent = share * 100
    if 0 < percent < 0.5:  # noqa: PLR2004 - half a percent
        return f"<{percent_of(1)}"
    if 99.5 <= percent < 100:  # noqa: PLR2004 - the same at the other end
        return f">{percent_of(99)}"
    return percent_of(percent)


def _figures(chart: Chart, found: Slice) -> str:
    """Value and share; only the share where the values are percentages already."""
    specification = chart.specification
    if specification.unit == "%":
        return value_text(found.value, specification.decimals, specification.unit)
    return f"{value_text(found.value, specification.decimals, specification.unit)} ({share_text(found.share)})"


def _wedges(chart: Chart, slices: Sequence[Slice], x: float, y: float, radius: float) -> list[Item]:
    """The slices with their hatchings; those of a donut around the total."""
    colors = chart.specification.colors
    items: list[Item] = []
    for number, found in enumerate(slices):
        items.append(
            Wedge(x, y, radius, found.start, found.end, palette.series_color(found.index, colors), palette.WHITE)
        )
        if chart.specification.legend:  # names beside the slices need no further difference
            items.extend(hatched(_outline(found, x, y, radius), hatch_of(number)))
    if chart.specification.type == "donut":
        items.append(Marker(x, y, radius * HOLE, palette.WHITE))
        items.extend(_total(chart, slices, (x, y), 2 * radius * HOLE - 6.0))
    return items


def _outline(found: Slice, x: float, y: float, radius: float) -> list[Point]:
    """A slice as a polygon, its rim in steps of three degrees."""
    steps = max(1, round((found.end - found.start) / 3.0))
    angles = (math.radians(found.start + (found.end - found.start) * step / steps) for step in range(steps + 1))
    return [(x, y), *((x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles)]


def _total(chart: Chart, slices: Sequence[Slice], middle: Point, room: float) -> list[Item]:
    """The sum of all slices in the hole of a donut, where it fits; percentages have no sum worth printing."""
    specification = chart.specification
    if specification.unit == "%":
        return []
    text = value_text(math.fsum(found.value for found in slices), specification.decimals, specification.unit)
    size = next((size for size in _TOTAL_SIZES if text_width(text, SEMIBOLD, size) <= room), None)
    if size is None:
        return []
    x, y = middle
    return [put(x, y - 0.36 * size, text, size, palette.INK, font=SEMIBOLD, anchor="middle")]


def _draw_with_list(chart: Chart, box: Box, slices: Sequence[Slice]) -> list[Item]:
    radius = min(box.height, box.width * 0.42) / 2
    middle = (box.bottom + box.top) / 2
    items = _wedges(chart, slices, box.left + radius, middle, radius)
    left = box.left + 2 * radius + 14.0
    most = max(1, int(box.height / _ROW))
    shown = list(slices) if len(slices) <= most else list(slices[: most - 1])
    rows = len(shown) + (len(shown) < len(slices))
    top = middle + rows * _ROW / 2
    for number, found in enumerate(shown):
        y = top - _ROW * number - 9.0
        figures = put(box.right, y, _figures(chart, found), LABEL_SIZE, palette.INK, font=SEMIBOLD, anchor="end")
        text_left = left + 1.6 * _SWATCH
        room = figures.left - 6.0 - text_left
        swatch = Rectangle(
            left, y - 0.3, _SWATCH, _SWATCH, palette.series_color(found.index, chart.specification.colors)
        )
        items.extend((swatch, *hatched_rectangle(swatch, number)))
        name = shorten(found.name, REGULAR, LABEL_SIZE, room) if room >= LABEL_SIZE else ""
        if name:
            items.append(put(text_left, y, name, LABEL_SIZE, palette.INK2))
        items.append(figures)
    if len(shown) < len(slices):
        y = top - _ROW * len(shown) - 9.0
        items.append(
            put(left + 1.6 * _SWATCH, y, say("more", count=count(len(slices) - len(shown))), LABEL_SIZE, palette.INK2)
        )
    return items


def _fitting(side: Sequence[Slice], most: int) -> list[Slice]:
    """The largest slices of a side that can be labelled, in drawing order; of equals the first."""
    kept = {found.index for found in sorted(side, key=lambda found: (-found.value, found.index))[:most]}
    return [found for found in side if found.index in kept]


def _label_room(chart: Chart, side: Sequence[Slice], most: float) -> float:
    """Width of the widest name or figure on one side, at most `most`."""
    widths = [text_width(found.name, SEMIBOLD, LABEL_SIZE) for found in side]
    widths += [text_width(_figures(chart, found), REGULAR, AXIS_SIZE) for found in side]
    return min(most, max(widths, default=0.0))


def _draw_with_names(chart: Chart, box: Box, slices: Sequence[Slice]) -> list[Item]:
    most = max(1, int(box.height / _LABEL_HEIGHT))
    rights = _fitting([found for found in slices if math.cos(found.middle) >= 0], most)
    lefts = _fitting([found for found in slices if math.cos(found.middle) < 0], most)
    room_right = _label_room(chart, rights, box.width * _SIDE_SHARE)
    room_left = _label_room(chart, lefts, box.width * _SIDE_SHARE)
    free = box.width - room_left - room_right - 2 * _REACH
    radius = max(6.0, min(box.height - 10.0, free, box.width * _WIDEST) / 2)
    x = box.left + room_left + _REACH + free / 2
    y = (box.bottom + box.top) / 2
    items = _wedges(chart, slices, x, y, radius)
    for side, sign, room in ((rights, 1.0, room_right), (lefts, -1.0, room_left)):
        wished = [(y + (radius + 5.0) * math.sin(found.middle), _LABEL_HEIGHT) for found in side]
        edge = x + sign * (radius + _REACH)
        anchor: Anchor = "start" if sign > 0 else "end"
        for found, middle in zip(side, spread(wished, box.bottom, box.top), strict=True):
            color = palette.series_color(found.index, chart.specification.colors)
            near = (x + radius * math.cos(found.middle), y + radius * math.sin(found.middle))
            out = (x + (radius + 4.0) * math.cos(found.middle), y + (radius + 4.0) * math.sin(found.middle))
            items.append(Polyline((near, out, (edge - sign * 2.0, middle)), palette.RULE, 0.6))
            name = shorten(found.name, SEMIBOLD, LABEL_SIZE, room)
            figures = shorten(_figures(chart, found), REGULAR, AXIS_SIZE, room)
            ink = color if palette.text_on(color) == palette.WHITE else palette.INK
            items.append(put(edge, middle + 1.6, name, LABEL_SIZE, ink, font=SEMIBOLD, anchor=anchor))
            items.append(put(edge, middle - 6.6, figures, AXIS_SIZE, palette.INK2, anchor=anchor))
    return items


def draw_pie(chart: Chart, box: Box) -> list[Item]:
    """The pie with its names; the smallest slices go without one where there is no room."""
    slices = slices_of(chart)
    return (_draw_with_list if chart.specification.legend else _draw_with_names)(chart, box, slices)
