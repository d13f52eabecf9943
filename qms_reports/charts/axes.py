"""Axes: a scale from values to points, ticks with labels, category labels that never touch, labels at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts import palette
from qms_reports.charts.frame import AXIS_LEADING, AXIS_SIZE, LABEL_LEADING, LABEL_SIZE, Box, put
from qms_reports.charts.numerals import nice_ticks, tick_texts
from qms_reports.charts.scene import Item, Line
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, shorten, text_width, wrap

GRID_WIDTH = 0.5
TICK_GAP = 5.0  # between a tick label and the plot
TITLE_ROOM = 12.0  # height of an axis title with its gap

_CATEGORY_GAP = 5.0
_CATEGORY_LINES = 3
_WORDS_ALIKE = 2
_HEIGHT_PER_LINE = 36.0
_THINNED_WIDEST = 72.0
_NARROWEST_WRAP = 30.0
_STRIDES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to points."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, in points."""
        return self.start + (self.end - self.start) * ((value - self.low) / (self.high - self.low))


@dataclass(frozen=True, slots=True)
class Ticks:
    """Round numbers of an axis and how they are printed."""

    values: tuple[float, ...]
    texts: tuple[str, ...]

    @property
    def width(self) -> float:
        """Width of the widest label."""
        return max(text_width(text, REGULAR, AXIS_SIZE) for text in self.texts)

    def up_to(self, high: float) -> Ticks:
        """Only the ticks that are not above a number, and always the first two."""
        kept = max(sum(value <= high * (1 + 1e-12) for value in self.values), min(2, len(self.values)))
        return Ticks(self.values[:kept], self.texts[:kept])

    def scale(self, start: float, end: float) -> Scale:
        """The scale that shows exactly these ticks between two points."""
        return Scale(self.values[0], self.values[-1], start, end)


def make_ticks(low: float, high: float, count: int, *, whole: bool = False) -> Ticks:
    """Ticks over at least `low` to `high`; see `nice_ticks`."""
    values = nice_ticks(low, high, count, whole=whole)
    return Ticks(values, tuple(tick_texts(values)))


def vertical_ticks(low: float, high: float, height: float, *, whole: bool = False) -> Ticks:
    """Ticks for an upright axis of about `height` points."""
    return make_ticks(low, high, max(2, min(6, int(height / 24))), whole=whole)


def horizontal_ticks(low: float, high: float, width: float, *, whole: bool = False) -> Ticks:
    """As many ticks as fit side by side along `width` points."""
    for count in range(max(2, min(8, int(width / 30))), 1, -1):
        ticks = make_ticks(low, high, count, whole=whole)
        if ticks.width + 8.0 <= width / (len(ticks.values) - 1):
            return ticks
    return make_ticks(low, high, 1, whole=whole)


def draw_upright_axis(ticks: Ticks, plot: Box, scale: Scale) -> list[Item]:
    """Grid lines across the plot and their labels left of it, every n-th where the plot is very low."""
    items: list[Item] = []
    stride = math.ceil(AXIS_SIZE / (scale.at(ticks.values[1]) - scale.at(ticks.values[0])))
    for index, (value, text) in enumerate(zip(ticks.values, ticks.texts, strict=True)):
        y = scale.at(value)
        items.append(Line(plot.left, y, plot.right, y, palette.GRID, GRID_WIDTH))
        if index % stride == 0:
            items.append(put(plot.left - TICK_GAP, y - 0.35 * AXIS_SIZE, text, AXIS_SIZE, palette.INK2, anchor="end"))
    return items


def draw_level_axis(ticks: Ticks, plot: Box, scale: Scale, width: float, *, grid: bool = True) -> list[Item]:
    """Grid lines up the plot and their labels below it, inside the chart of `width` points, every n-th if crowded."""
    places = [scale.at(value) for value in ticks.values]
    items: list[Item] = []
    if grid:
        items.extend(Line(x, plot.bottom, x, plot.top, palette.GRID, GRID_WIDTH) for x in places)
    labels = [(x, (text,)) for x, text in zip(places, ticks.texts, strict=True)]
    strides = (_side_by_side(labels[::stride], width) for stride in range(1, len(labels) + 1))
    for middle, (text,) in next((placed for placed in strides if placed is not None), ()):
        items.append(put(middle, plot.bottom - 3.0 - AXIS_SIZE, text, AXIS_SIZE, palette.INK2, anchor="middle"))
    return items


def draw_value_title(title: str, box: Box) -> list[Item]:
    """The title of an upright axis, set level above it."""
    text = shorten(printable(title), REGULAR, AXIS_SIZE, box.width)
    return [put(box.left, box.top - AXIS_SIZE, text, AXIS_SIZE, palette.INK3)] if text else []


def draw_level_title(title: str, box: Box, plot: Box) -> list[Item]:
    """The title of a level axis, centred below its labels at the foot of the box."""
    text = shorten(printable(title), REGULAR, AXIS_SIZE, box.width)
    if not text:
        return []
    half = text_width(text, REGULAR, AXIS_SIZE) / 2
    middle = max(box.left + half, min((plot.left + plot.right) / 2, box.right - half))
    return [put(middle, box.bottom + 0.22 * AXIS_SIZE, text, AXIS_SIZE, palette.INK3, anchor="middle")]


@dataclass(frozen=True, slots=True)
class CategoryLabels:
    """Where the labels of a category axis stand: (middle, lines) each, and the most lines of any.

    `complete` says whether every name stands there in full.
    """

    placed: tuple[tuple[float, tuple[str, ...]], ...]
    lines: int
    complete: bool = False

    @property
    def height(self) -> float:
        """Room needed below the plot, in points."""
        return self.lines * AXIS_LEADING + 3.0 if self.lines else 0.0


def _lines_width(lines: Sequence[str]) -> float:
    return max(text_width(line, REGULAR, AXIS_SIZE) for line in lines)


def _side_by_side(
    labels: Sequence[tuple[float, tuple[str, ...]]], width: float
) -> tuple[tuple[float, tuple[str, ...]], ...] | None:
    """The labels moved inside 0 to `width` where they stick out; ``None`` when two touch or one is too wide."""
    placed: list[tuple[float, tuple[str, ...]]] = []
    edge = -_CATEGORY_GAP
    for middle, lines in labels:
        half = _lines_width(lines) / 2
        inside = max(half, min(middle, width - half))
        if 2 * half > width or inside - half < edge + _CATEGORY_GAP - 1e-6:
            return None
        placed.append((inside, lines))
        edge = inside + half
    return tuple(placed)


def _longest_word(text: str) -> float:
    return max(text_width(word, REGULAR, AXIS_SIZE) for word in text.split(" "))


def _wrapped_categories(
    shown: Sequence[tuple[float, str]], room: float, width: float, most: int
) -> tuple[tuple[float, tuple[str, ...]], ...] | None:
    """Labels on up to `most` lines; a word wider than its room stays whole where its neighbours leave space."""

    def lines(text: str, line_width: float) -> tuple[str, ...]:
        return tuple(wrap(text, REGULAR, AXIS_SIZE, line_width, most))

    labels = [(middle, lines(text, room)) for middle, text in shown]
    for index, (middle, text) in enumerate(shown):
        longest = _longest_word(text)
        if longest > room:
            tried = [*labels[:index], (middle, lines(text, longest)), *labels[index + 1 :]]
            labels = tried if _side_by_side(tried, width) is not None else labels
    return _side_by_side(_alike(labels), width)


def _alike(labels: Sequence[tuple[float, tuple[str, ...]]]) -> list[tuple[float, tuple[str, ...]]]:
    """Labels of two words each, such as ``Jul 2023``, all on two lines where one of them is."""
    if any(len(lines) > _WORDS_ALIKE or len(" ".join(lines).split(" ")) != _WORDS_ALIKE for _, lines in labels):
        return list(labels)
    if all(len(lines) == 1 for _, lines in labels):
        return list(labels)
    return [(middle, tuple(" ".join(lines).split(" "))) for middle, lines in labels]


def fit_categories(names: Sequence[str], middles: Sequence[float], slot: float, box: Box) -> CategoryLabels:
    """Labels below the plot: on one line, else on up to three, else only every n-th, counted from the last one.

    Names of periods (all labels hold a digit) are never broken inside a word: ``2024-`` above ``06`` reads badly, and
    a period left out is easily supplied.

    Args:
        names: One per category.
        middles: Where each category stands, rising, in points.
        slot: Distance between neighbours.
        box: The room for plot and axes; no label leaves it, and where it is low there are fewer lines.
    """
    width, most = box.width, max(1, min(_CATEGORY_LINES, int(box.height / _HEIGHT_PER_LINE)))
    shown = [(middle, printable(name)) for name, middle in zip(names, middles, strict=True) if printable(name)]
    if not shown:
        return CategoryLabels((), 0, complete=True)
    whole = _side_by_side([(middle, (text,)) for middle, text in shown], width)
    if whole is not None:
        return CategoryLabels(whole, 1, complete=True)
    room = slot - _CATEGORY_GAP
    periods = all(any(character.isdigit() for character in text) for _, text in shown)
    if room >= _NARROWEST_WRAP and not (periods and max(_longest_word(text) for _, text in shown) > room):
        fitted = _wrapped_categories(shown, room, width, most)
        if fitted is not None:
            complete = all(" ".join(lines) == text for (_, lines), (_, text) in zip(fitted, shown, strict=True))
            return CategoryLabels(fitted, max(len(lines) for _, lines in fitted), complete)
    cut = [(m, (shorten(text, REGULAR, AXIS_SIZE, min(_THINNED_WIDEST, width / 2 - 8)),)) for m, text in shown]
    for stride in (*_STRIDES, *range(200, len(cut), 100)):
        chosen = cut[(len(cut) - 1) % stride :: stride]
        fitted = _side_by_side(chosen, width)
        if fitted is not None:
            return CategoryLabels(fitted, 1)
    return CategoryLabels(_side_by_side(cut[-1:], width) or (), 1)


def draw_category_labels(labels: CategoryLabels, plot: Box) -> list[Item]:
    """The labels below the plot."""
    return [
        put(middle, plot.bottom - 3.0 - AXIS_SIZE - AXIS_LEADING * row, line, AXIS_SIZE, palette.INK2, anchor="middle")
        for middle, lines in labels.placed
        for row, line in enumerate(lines)
    ]


@dataclass(frozen=True, slots=True)
class SideLabel:
    """A label in the right margin at the height of what it names."""

    y: float
    lines: tuple[str, ...]
    color: str

    @property
    def height(self) -> float:
        """All lines with a small gap."""
        return len(self.lines) * LABEL_LEADING + 1.0


def spread(labels: Sequence[tuple[float, float]], low: float, high: float) -> list[float]:
    """Middles of stacked boxes as near as possible to the wished ones, without overlap, between `low` and `high`.

    Args:
        labels: Wished middle and height of each box.
        low: Lower end of the room.
        high: Upper end of the room, at least as far from `low` as the boxes are high together.
    """
    order = sorted(range(len(labels)), key=lambda index: (labels[index][0], index))
    middles = [0.0] * len(labels)
    floor = low
    for index in order:
        wished, height = labels[index]
        middles[index] = max(wished, floor + height / 2)
        floor = middles[index] + height / 2
    ceiling = high
    for index in reversed(order):
        height = labels[index][1]
        middles[index] = min(middles[index], ceiling - height / 2)
        ceiling = middles[index] - height / 2
    return middles


def side_lines(text: str, width: float) -> tuple[str, ...]:
    """A side label on at most two lines."""
    return tuple(wrap(printable(text), SEMIBOLD, LABEL_SIZE, width, 2))


def side_room(lines: Sequence[tuple[str, ...]]) -> float:
    """Width of the right margin that holds these labels, gap included; 0 without labels."""
    return max((text_width(line, SEMIBOLD, LABEL_SIZE) for label in lines for line in label), default=-6.0) + 6.0


def draw_side_labels(labels: Sequence[SideLabel], plot: Box, low: float, high: float) -> list[Item]:
    """The labels right of the plot between two heights; later ones are left out when there is no room for all."""
    kept = list(labels)
    while kept and sum(label.height for label in kept) > high - low:
        kept.pop()
    items: list[Item] = []
    middles = spread([(label.y, label.height) for label in kept], low, high)
    for label, middle in zip(kept, middles, strict=True):
        first = middle + len(label.lines) * LABEL_LEADING / 2 - 0.8 * LABEL_SIZE
        for row, line in enumerate(label.lines):
            items.append(
                put(plot.right + 6.0, first - LABEL_LEADING * row, line, LABEL_SIZE, label.color, font=SEMIBOLD)
            )
    return items
