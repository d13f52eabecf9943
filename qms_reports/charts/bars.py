"""Bars, upright or level, side by side or stacked, always from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qms_reports.charts import palette
from qms_reports.charts.axes import draw_side_labels
from qms_reports.charts.frame import AXIS_SIZE, LABEL_LEADING, Box, put
from qms_reports.charts.hatching import hatch_of, hatched_rectangle
from qms_reports.charts.numerals import value_text
from qms_reports.charts.plot import (
    LOWEST_WITH_LABELS,
    TARGET_LIFT,
    category_plot,
    draw_target,
    draw_upright_target,
    target_side,
)
from qms_reports.charts.rows import Rows
from qms_reports.charts.scene import Item, Line, Rectangle, Text
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import SEMIBOLD, text_width

_FILLED_SHARE = 0.7  # share of a slot that its bars take
_THICKEST = 48.0
_LABEL_ROOM = LABEL_LEADING
_ZERO_WIDTH = 0.7
_SEGMENT_AIR = 4.0  # beside a value inside its segment

_LINE_AIR = 2.2  # between a value and the target line; nearer, the line reads as a part of the value

Side = Literal["above", "below", "right", "left"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or segment: from `base` to `end`, in category and lane (side-by-side position), of one series."""

    category: int
    lane: int
    series: int
    base: float
    end: float
    value: float


def bars_of(chart: Chart) -> tuple[Bar, ...]:
    """Every bar of a chart; stacked ones grow up from zero and, where negative, down from zero."""
    if not chart.specification.stacked:
        return tuple(
            Bar(category, index, index, 0.0, value, value)
            for index, series in enumerate(chart.series)
            for category, value in enumerate(series.values)
            if value is not None
        )
    bars: list[Bar] = []
    up, down = [0.0] * len(chart.categories), [0.0] * len(chart.categories)
    for index, series in enumerate(chart.series):
        for category, value in enumerate(series.values):
            if value is not None:
                side = up if value >= 0 else down
                bars.append(Bar(category, 0, index, side[category], side[category] + value, value))
                side[category] += value
    return tuple(bars)


def _range(chart: Chart, bars: Sequence[Bar]) -> tuple[float, float]:
    ends = [bar.end for bar in bars]
    if chart.specification.target is not None:
        ends.append(chart.specification.target)
    return min(0.0, *ends), max(0.0, *ends)


@dataclass(frozen=True, slots=True)
class _Labels:
    """The value of every bar as text, and how wide the widest is."""

    texts: tuple[str, ...]
    width: float


def _labels(chart: Chart, bars: Sequence[Bar]) -> _Labels:
    specification = chart.specification
    texts = tuple(value_text(bar.value, specification.decimals, specification.unit) for bar in bars)
    return _Labels(texts, max(text_width(text, SEMIBOLD, AXIS_SIZE) for text in texts))


@dataclass(frozen=True, slots=True)
class _Lanes:
    """How the bars of one category share its slot: thickness of each with its gap, and that gap."""

    count: int
    pitch: float
    gap: float

    def offset(self, lane: int) -> float:
        """From the middle of the category to where a lane begins."""
        return self.pitch * (lane - self.count / 2) + self.gap / 2


def _lanes(chart: Chart, slot: float) -> _Lanes:
    count = 1 if chart.specification.stacked else len(chart.series)
    pitch = min(slot * _FILLED_SHARE / count, _THICKEST)
    return _Lanes(count, pitch, min(1.0, pitch * 0.1) if count > 1 else 0.0)


def _crosses(label: Text, target: Line) -> bool:
    low, high = label.y - _LINE_AIR, label.y + 0.76 * label.size + _LINE_AIR
    left, right = label.left - _LINE_AIR, label.left + label.width + _LINE_AIR
    return target.y1 < high and target.y2 > low and target.x1 < right and target.x2 > left


def _value_label(area: Rectangle, text: str, side: Side, target: Line | None) -> list[Item]:
    """A value beyond the end of its bar; inside the end, or on a white patch, where the target line is in the way."""
    width = text_width(text, SEMIBOLD, AXIS_SIZE)
    middle, low = area.x + area.width / 2, area.y + area.height / 2 - 0.36 * AXIS_SIZE
    right, top = area.x + area.width, area.y + area.height
    beyond, within = {
        "above": ((middle, top + 2.5), (middle, top - 2.0 - 0.74 * AXIS_SIZE)),
        "below": ((middle, area.y - 2.0 - 0.74 * AXIS_SIZE), (middle, area.y + 2.5)),
        "right": ((right + 3.0 + width / 2, low), (right - 3.0 - width / 2, low)),
        "left": ((area.x - 3.0 - width / 2, low), (area.x + 3.0 + width / 2, low)),
    }[side]
    label = put(*beyond, text, AXIS_SIZE, palette.INK, font=SEMIBOLD, anchor="middle")
    if target is None or not _crosses(label, target):
        return [label]
    inside = put(*within, text, AXIS_SIZE, palette.text_on(area.fill), font=SEMIBOLD, anchor="middle")
    if area.height >= LABEL_LEADING and area.width >= width + 4.0 and not _crosses(inside, target):
        return [inside]
    patch = Rectangle(label.left - 1.0, label.y - 1.2, label.width + 2.0, 0.76 * label.size + 1.2, palette.WHITE)
    return [patch, label]


def _filled(bars: Sequence[Bar], areas: Sequence[Rectangle]) -> list[Item]:
    """The bars with the hatching of their series."""
    items: list[Item] = []
    for bar, area in zip(bars, areas, strict=True):
        items.append(area)
        items.extend(hatched_rectangle(area, bar.series))
    return items


def _segment_labels(bars: Sequence[Bar], areas: Sequence[Rectangle], labels: _Labels) -> list[Item]:
    """Values inside the segments of a stack, where they fit; no hatching runs through a number."""
    items: list[Item] = []
    for bar, area, text in zip(bars, areas, labels.texts, strict=True):
        if area.height >= LABEL_LEADING and text_width(text, SEMIBOLD, AXIS_SIZE) + _SEGMENT_AIR <= area.width:
            x, y = area.x + area.width / 2, area.y + area.height / 2 - 0.36 * AXIS_SIZE
            label = put(x, y, text, AXIS_SIZE, palette.text_on(area.fill), font=SEMIBOLD, anchor="middle")
            if hatch_of(bar.series):
                patch = (label.left - 1.5, label.y - 1.2, label.width + 3.0, 0.76 * label.size + 2.0)
                items.append(Rectangle(*patch, area.fill))
            items.append(label)
    return items


def draw_upright(chart: Chart, box: Box) -> list[Item]:
    """Bars that grow upwards from zero, categories from left to right."""
    specification = chart.specification
    bars = bars_of(chart)
    labels = _labels(chart, bars)
    negative = any(bar.value < 0 for bar in bars)

    def labelled(slot: float) -> bool:
        lanes = _lanes(chart, slot)
        return not specification.stacked and labels.width <= (slot - 3.0 if lanes.count == 1 else lanes.pitch - 0.5)

    def headroom(slot: float) -> tuple[float, float]:
        return (_LABEL_ROOM if negative else 0.0, _LABEL_ROOM) if labelled(slot) else (0.0, 0.0)

    side = target_side(specification)
    frame = category_plot(chart, box, _range(chart, bars), slots=True, sides=[side] if side else [], headroom=headroom)
    lanes = _lanes(chart, frame.slot)
    areas: list[Rectangle] = []
    for bar in bars:
        left = frame.middles[bar.category] + lanes.offset(bar.lane)
        low, high = sorted((frame.scale.at(bar.base), frame.scale.at(bar.end)))
        color = palette.series_color(bar.series, specification.colors)
        areas.append(Rectangle(left, low, lanes.pitch - lanes.gap, high - low, color))
    target, sides = draw_target(specification, frame.plot, frame.scale)
    zero = frame.scale.at(0.0)
    items: list[Item] = [*frame.items, *_filled(bars, areas)]
    items.append(Line(frame.plot.left, zero, frame.plot.right, zero, palette.INK3, _ZERO_WIDTH))
    items.extend(target)
    if specification.stacked:
        # One narrow number among wider ones that do not fit would look like the only one that matters.
        if labels.width + _SEGMENT_AIR <= lanes.pitch - lanes.gap:
            items.extend(_segment_labels(bars, areas, labels))
    elif labelled(frame.slot) and frame.plot.height >= LOWEST_WITH_LABELS:
        line = target[0] if target else None
        for bar, area, text in zip(bars, areas, labels.texts, strict=True):
            items.extend(_value_label(area, text, "above" if bar.value >= 0 else "below", line))
    return [*items, *draw_side_labels(sides, frame.plot, frame.low, frame.high)]


def draw_level(chart: Chart, box: Box) -> list[Item]:
    """Bars that grow to the right from zero, categories from top to bottom."""
    specification = chart.specification
    bars = bars_of(chart)
    labels = _labels(chart, bars)
    rows = Rows(chart, box, LABEL_LEADING + TARGET_LIFT - 2.0 if specification.target is not None else 0.0)
    lanes = _lanes(chart, rows.height)
    room = labels.width + 5.0
    labelled = not specification.stacked and lanes.pitch >= AXIS_SIZE and room < (box.right - rows.left) / 3
    before = room if labelled and any(bar.value < 0 for bar in bars) else 0.0
    frame = rows.plot(_range(chart, bars), [bar.value for bar in bars], before, room if labelled else 0.0)
    plot, scale = frame.plot, frame.scale
    areas: list[Rectangle] = []
    for bar in bars:
        y = rows.middle(bar.category) - lanes.offset(bar.lane) - (lanes.pitch - lanes.gap)
        begin, finish = sorted((scale.at(bar.base), scale.at(bar.end)))
        color = palette.series_color(bar.series, specification.colors)
        areas.append(Rectangle(begin, y, finish - begin, lanes.pitch - lanes.gap, color))
    target = draw_upright_target(specification, plot, scale, box, TARGET_LIFT)
    items: list[Item] = [
        *frame.items,
        *_filled(bars, areas),
        Line(scale.at(0.0), plot.bottom, scale.at(0.0), plot.top, palette.INK3, _ZERO_WIDTH),
        *target,
    ]
    if specification.stacked:
        items.extend(_segment_labels(bars, areas, labels))
    elif labelled:
        line = next((item for item in target if isinstance(item, Line)), None)
        for bar, area, text in zip(bars, areas, labels.texts, strict=True):
            items.extend(_value_label(area, text, "right" if bar.value >= 0 else "left", line))
    return items
