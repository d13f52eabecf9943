"""Waterfalls: how one level became another, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from qms_reports.charts import palette
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import AXIS_SIZE, LABEL_LEADING, Box
from qms_reports.charts.hatching import hatched
from qms_reports.charts.numerals import MINUS, value_text
from qms_reports.charts.oriented import Oriented, orient
from qms_reports.charts.scene import Item, Line, Polygon, Rectangle
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import SEMIBOLD, text_width

_FILLED = 0.66
_THICKEST = 44.0
_CHANGES_SHARE = 0.15  # of the largest level: changes smaller than this would be slivers on an axis from zero
_ZERO_WIDTH = 0.7

Kind = Literal["total", "increase", "decrease"]


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: from `start` to `end`; a total starts at zero."""

    category: int
    kind: Kind
    start: float
    end: float
    value: float


def steps_of(chart: Chart) -> tuple[Step, ...]:
    """The bars in order; a missing value is no bar and changes nothing."""
    level = 0.0
    steps: list[Step] = []
    for category, value in enumerate(chart.series[0].values):
        if value is None:
            continue
        if category in chart.totals:
            steps.append(Step(category, "total", 0.0, value, value))
            level = value
        else:
            steps.append(Step(category, "increase" if value >= 0 else "decrease", level, level + value, value))
            level += value
    return tuple(steps)


def base_of(chart: Chart) -> float:
    """Where the value axis starts: at zero, or nearer to the levels where the changes could not be seen from there."""
    steps = steps_of(chart)
    ends = [step.end for step in steps] + [step.start for step in steps if step.kind != "total"]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    if low <= 0 or high - low >= _CHANGES_SHARE * high or high == low:
        return 0.0
    return low - 0.5 * (high - low)


def step_color(chart: Chart, kind: Kind) -> str:
    """Totals in the first colour, increases in the second, decreases (hatched besides) in the fourth."""
    declared = chart.specification.colors
    place = {"total": 0, "increase": 1, "decrease": 2}[kind]
    return palette.series_color(place, declared) if place < len(declared) else palette.SERIES[(0, 1, 3)[place]]


def step_text(chart: Chart, step: Step) -> str:
    """The value of a total, or a change with its sign; a change of percentages is one of percentage points."""
    specification = chart.specification
    unit = specification.unit if step.kind == "total" or specification.unit != "%" else say("points_unit")
    text = value_text(step.value, specification.decimals, unit)
    return text if step.kind == "total" or text.startswith(MINUS) or not step.value else f"+{text}"


def broken_title(chart: Chart) -> str:
    """The title of a value axis that does not start at zero."""
    title = chart.specification.y_title or chart.specification.unit
    return say("titled_not_from_zero", title=title) if title else say("not_from_zero")


def draw_waterfall(chart: Chart, box: Box) -> list[Item]:
    """The bars with their connectors and values."""
    steps = steps_of(chart)
    base = base_of(chart)
    specification = chart.specification
    if base:
        chart = replace(chart, specification=replace(specification, y_title=broken_title(chart), target=None))
    else:
        chart = replace(chart, specification=replace(specification, target=None))
    texts = [step_text(chart, step) for step in steps]
    ends = [value for step in steps for value in (step.start, step.end) if value >= base or not base]
    frame = orient(
        chart,
        box,
        (min(base or 0.0, *ends), max(base or 0.0, *ends)),
        [step.value for step in steps],
        label_width=max(text_width(text, SEMIBOLD, AXIS_SIZE) for text in texts),
        label_height=LABEL_LEADING,
        both_sides=any(max(step.start, step.end) <= 0 and step.end < 0 for step in steps),
    )
    half = min(frame.slot * _FILLED, _THICKEST) / 2
    floor = frame.scale.low
    areas = [
        frame.area(step.category, (-half, half), (max(step.start, floor), step.end), step_color(chart, step.kind))
        for step in steps
    ]
    items: list[Item] = [*frame.items]
    items.extend(_connectors(frame, steps, half))
    for step, area in zip(steps, areas, strict=True):
        items.append(area)
        if step.kind == "decrease":
            items.extend(hatched(_corners(area), "down"))
        if step.kind == "total" and floor > 0:
            items.append(_break(frame, area))
    if floor <= 0.0 <= frame.scale.high:
        items.append(_line_at(frame, 0.0))
    if frame.labelled:
        for step, text in zip(steps, texts, strict=True):
            below = max(step.start, step.end) <= 0 and step.end < 0
            at = min(step.start, step.end) if below else max(step.start, step.end)
            items.append(frame.beyond(step.category, at, text, AXIS_SIZE, palette.INK, upwards=not below))
    return items


def _corners(area: Rectangle) -> tuple[tuple[float, float], ...]:
    right, top = area.x + area.width, area.y + area.height
    return (area.x, area.y), (right, area.y), (right, top), (area.x, top)


def _connectors(frame: Oriented, steps: Sequence[Step], half: float) -> list[Item]:
    """Thin lines from the end of each bar to the start of the next."""
    items: list[Item] = []
    for step, following in pairwise(steps):
        begin = frame.point(step.category, half, step.end)
        end = frame.point(following.category, -half, step.end)
        items.append(Line(*begin, *end, palette.INK3, 0.5))
    return items


def _line_at(frame: Oriented, value: float) -> Line:
    plot, at = frame.plot, frame.scale.at(value)
    ends = (at, plot.bottom, at, plot.top) if frame.level else (plot.left, at, plot.right, at)
    return Line(*ends, palette.INK3, _ZERO_WIDTH)


def _break(frame: Oriented, area: Rectangle) -> Polygon:
    """A white slanted stripe across a bar near its foot: the bar is longer than it is drawn."""
    if frame.level:
        x, slant = area.x + min(6.0, 0.3 * area.width), 2.0
        return Polygon(
            (
                (x, area.y),
                (x + 2.0, area.y),
                (x + 2.0 + slant, area.y + area.height),
                (x + slant, area.y + area.height),
            ),
            palette.WHITE,
        )
    y, slant = area.y + min(6.0, 0.3 * area.height), 2.0
    right = area.x + area.width
    return Polygon(((area.x, y), (area.x, y + 2.0), (right, y + 2.0 + slant), (right, y + slant)), palette.WHITE)
