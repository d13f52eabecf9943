"""The plot with an upright value axis and categories below: shared by upright bars, lines and areas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qms_reports.charts import palette
from qms_reports.charts.axes import (
    TICK_GAP,
    TITLE_ROOM,
    CategoryLabels,
    Scale,
    SideLabel,
    draw_category_labels,
    draw_level_title,
    draw_upright_axis,
    draw_value_title,
    fit_categories,
    side_lines,
    side_room,
    vertical_ticks,
)
from qms_reports.charts.fixed_words import say
from qms_reports.charts.frame import AXIS_SIZE, LABEL_SIZE, Box, put
from qms_reports.charts.numerals import value_text
from qms_reports.charts.scene import Item, Line
from qms_reports.charts.specification import Chart, ChartSpecification
from qms_reports.charts.typeface import SEMIBOLD, shorten, text_width

TARGET_WIDTH = 0.9
TARGET_DASH = (4.0, 2.0)
TARGET_LIFT = 4.5  # the label above rows clears a name that sticks out above its thin row

SIDE_OVERHANG = 3.0  # how far below the plot a label at the right may reach without touching category labels

_SIDE_SHARE = 0.28  # of the chart's width at most for the labels at the right
LOWEST_WITH_LABELS = 40.0  # height of a plot with value labels
_LOWEST_WITH_TITLES = 60.0  # height of a box with axis titles
_NOTHING = 1e-99  # below it an axis shows its values as zero
_POINT_INSET = 4.0
_MOST_DECIMALS = 7


def whole_numbers(specification: ChartSpecification, values: Iterable[float | None]) -> bool:
    """Whether fractions on the axis make no sense: no decimals declared and none in the numbers."""
    return specification.decimals == 0 and all(value is None or value == int(value) for value in values)


def axis_titles(specification: ChartSpecification, box: Box) -> tuple[str, str]:
    """Titles of the category axis and the value axis; none where the box is too low for them.

    Without a declared title the value axis has the unit alone, because tick labels carry no unit.  A histogram's level
    axis shows the measure, its upright one the count.
    """
    if box.height < _LOWEST_WITH_TITLES:
        return "", ""
    if specification.type == "histogram":
        return specification.x_title or specification.unit, specification.y_title or say("count")
    if specification.type == "heatmap":  # its axes name rows and columns, and its cells have the unit
        return specification.x_title, specification.y_title
    return specification.x_title, specification.y_title or specification.unit


def exact_text(value: float, unit: str = "") -> str:
    """A declared value with its own digits, whatever the labels are rounded to: 99.5 must not read as 100."""
    tolerance = 1e-9 * max(1.0, abs(value))
    places = (digits for digits in range(_MOST_DECIMALS) if abs(round(value, digits) - value) <= tolerance)
    return value_text(value, next(places, _MOST_DECIMALS), unit)


def target_text(specification: ChartSpecification) -> str:
    """The word and the value, such as ``Target 95 %``; empty without a target."""
    if specification.target is None:
        return ""
    return say("target", value=exact_text(specification.target, specification.unit))


def side_width(specification: ChartSpecification) -> float:
    """Most room for the text of a label at the right."""
    return max(28.0, specification.width * _SIDE_SHARE)


def target_side(specification: ChartSpecification) -> tuple[str, ...]:
    """Lines of the target's label at the right; none without a target."""
    text = target_text(specification)
    return side_lines(text, side_width(specification)) if text else ()


def draw_target(specification: ChartSpecification, plot: Box, scale: Scale) -> tuple[list[Line], list[SideLabel]]:
    """The dashed line across the plot, and its label for the right margin."""
    if specification.target is None:
        return [], []
    y = scale.at(specification.target)
    line = Line(plot.left, y, plot.right, y, palette.TARGET, TARGET_WIDTH, TARGET_DASH)
    return [line], [SideLabel(y, target_side(specification), palette.TARGET)]


def draw_upright_target(
    specification: ChartSpecification, plot: Box, scale: Scale, box: Box, lift: float = 2.5
) -> list[Item]:
    """The dashed line up the plot where the values run to the right, and its label `lift` above, inside the box."""
    if specification.target is None:
        return []
    x = scale.at(specification.target)
    words = shorten(target_text(specification), SEMIBOLD, LABEL_SIZE, box.width)
    half = text_width(words, SEMIBOLD, LABEL_SIZE) / 2
    middle = max(box.left + half, min(x, box.right - half))
    return [
        Line(x, plot.bottom, x, plot.top, palette.TARGET, TARGET_WIDTH, TARGET_DASH),
        put(middle, plot.top + lift, words, LABEL_SIZE, palette.TARGET, font=SEMIBOLD, anchor="middle"),
    ]


@dataclass(frozen=True, slots=True)
class CategoryPlot:
    """A plot ready for its marks.

    Attributes:
        plot: The rectangle of the grid.
        scale: From values to heights.
        middles: Where each category stands.
        slot: Distance between neighbours.
        items: Axes, grid, titles and category labels.
        low: Lowest place for a label at the right.
        high: Highest place for a label at the right.
        named: Whether every category has its name in full.
    """

    plot: Box
    scale: Scale
    middles: tuple[float, ...]
    slot: float
    items: list[Item]
    low: float
    high: float
    named: bool


def _middles(count: int, left: float, right: float, *, slots: bool) -> tuple[tuple[float, ...], float]:
    if slots or count == 1:
        slot = (right - left) / count
        return tuple(left + slot * (index + 0.5) for index in range(count)), slot
    slot = (right - left - 2 * _POINT_INSET) / (count - 1)
    return tuple(left + _POINT_INSET + slot * index for index in range(count)), slot


def category_plot(
    chart: Chart,
    box: Box,
    values: tuple[float, float],
    *,
    slots: bool,
    sides: Sequence[tuple[str, ...]] = (),
    headroom: Callable[[float], tuple[float, float]] = lambda _slot: (0.0, 0.0),
    beyond: float = 0.0,
    numbers: Iterable[float | None] | None = None,
    exact: bool = False,
) -> CategoryPlot:
    """Axes for categories below and values at the left.

    Args:
        chart: What to draw.
        box: The room inside title, legend and note.
        values: Lowest and highest value to show.
        slots: Whether each category owns a slot (bars), or points run from edge to edge (lines, areas).
        sides: Labels that will stand at the right.
        headroom: From the slot width to the room kept free below and above the marks, for value labels.
        beyond: Room kept free at the right where no labels stand, for a second axis.
        numbers: The numbers that the value axis shows, which decide whether fractions make sense on it; all numbers of
            the chart, if absent.
        exact: Whether the axis ends at the highest value and not at the next round number.
    """
    specification = chart.specification
    x_title, title = axis_titles(specification, box)
    top = box.top - (TITLE_ROOM if title else 0.0) - 0.5 * AXIS_SIZE
    bottom = box.bottom + (TITLE_ROOM if x_title else 0.0)
    shown = numbers if numbers is not None else [value for series in chart.series for value in series.values]
    ticks = vertical_ticks(*values, top - bottom - 14.0, whole=whole_numbers(specification, shown))
    end = values[1] if exact and values[1] - values[0] > _NOTHING else ticks.values[-1]
    ticks = ticks.up_to(end)
    left = box.left + ticks.width + TICK_GAP
    right = box.right - max(side_room(sides), beyond)
    middles, slot = _middles(len(chart.categories), left, right, slots=slots)
    labels: CategoryLabels = fit_categories(chart.categories, middles, slot, box)
    plot = Box(left, bottom + max(labels.height, 0.6 * AXIS_SIZE), right, top)
    below, above = headroom(slot) if plot.height >= LOWEST_WITH_LABELS else (0.0, 0.0)
    scale = Scale(ticks.values[0], end, plot.bottom + below, plot.top - above)
    items = [
        *draw_value_title(title, box),
        *draw_upright_axis(ticks, plot, scale),
        *draw_category_labels(labels, plot),
        *draw_level_title(x_title, box, plot),
    ]
    low, high = plot.bottom - SIDE_OVERHANG, top + 0.5 * AXIS_SIZE
    return CategoryPlot(plot, scale, middles, slot, items, low, high, labels.complete)
