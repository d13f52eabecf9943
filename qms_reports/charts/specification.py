"""What a chart is: its specification, and the numbers it shows.

Both are plain immutable values.  A specification never holds numbers and the data never hold looks, so one
specification serves every period, and one chart serves every output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ChartType = Literal[
    "bar", "line", "pie", "donut", "scatter", "area", "histogram", "control",
    "pareto", "funnel", "heatmap", "sparkline", "waterfall", "box",
]  # fmt: skip
OutputForm = Literal["pdf", "xlsx", "png", "svg"]

CHART_TYPES: tuple[ChartType, ...] = get_args(ChartType)

CONTROL_SERIES = 4
"""Series of a control chart: the points, the centre line, the lower and the upper control limit."""

PARETO_SERIES = 2
"""Series of a Pareto chart: the values, and the cumulative share of all records in percent."""

FUNNEL_SERIES = 2
"""Series that every funnel plot has: the members (by size), and what all together have; the limits follow."""

BOX_SERIES = 6
"""Series of a box plot: lower whisker, quartiles 1 to 3, upper whisker, and the number of records; then outliers."""

MOST_SLICES = 6
"""Slices that can still be told apart; a pie or donut of more is drawn as bars."""


@dataclass(frozen=True, slots=True)
class ChartSpecification:
    """How one chart looks.

    Attributes:
        id: Name, unique within a template.
        type: One of `CHART_TYPES`.
        title: Shown above the plot; sentence case.
        subtitle: Measure, place and period, in smaller type below the title.
        width: Outer width in points (1/72 inch).
        height: Outer height in points, title included.
        x_title: Axis title with unit; empty for none.
        y_title: Axis title with unit; empty for none.
        colors: Hex colours (``#12436D``) in series order; empty for the house palette.  A pie takes one per slice.
        legend: Whether to draw a legend.  Without one, up to three lines are labelled directly.
        outputs: The forms it is made in.
        stacked: Bars and areas on top of one another instead of side by side.
        horizontal: Bars to the right instead of upwards, for long category names.
        decimals: Digits after the point in labels.
        unit: Printed after a value label, such as ``%``.
        target: A value drawn as a dashed reference line, if any.
        bins: Histogram bins; ``None`` for the Freedman-Diaconis rule.
        language: BCP 47 tag of the language that numbers and fixed words are printed in.
        normal_curve: Histogram: draw the normal distribution of the same mean and standard deviation.
        lower_limit: Histogram: the lower specification limit, if any.
        upper_limit: Histogram: the upper specification limit, if any.
        fit: Scatter: ``linear`` for the line of least squares through each series.
        zones: Control chart: shade the zones A, B and C, each a sigma wide.
    """

    id: str
    type: ChartType
    title: str
    subtitle: str = ""
    width: float = 245.0
    height: float = 190.0
    x_title: str = ""
    y_title: str = ""
    colors: tuple[str, ...] = ()
    legend: bool = False
    outputs: tuple[OutputForm, ...] = ("pdf", "xlsx")
    stacked: bool = False
    horizontal: bool = False
    decimals: int = 0
    unit: str = ""
    target: float | None = None
    bins: int | None = None
    language: str = "en"
    normal_curve: bool = False
    lower_limit: float | None = None
    upper_limit: float | None = None
    fit: Literal["none", "linear"] = "none"
    zones: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One named run of numbers.

    Attributes:
        name: Shown in the legend and as the column head of the data sheet.
        values: One number per category, or per `x` for a scatter; ``None`` is a gap and is drawn as a gap.
            For a histogram: the raw observations (any count, no categories).
        x: Scatter and funnel: the horizontal position of each value; outliers of a box plot: the position of their box.
    """

    name: str
    values: tuple[float | None, ...]
    x: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said about one point of a control chart or funnel plot.

    Attributes:
        position: The point, counted from 0.
        text: A word or two beside it: the rules it signals (``N1``), its name, or why it is not judged.
        kind: ``signal``, or ``excluded`` for a point that is shown but not judged.
    """

    position: int
    text: str
    kind: Literal["signal", "excluded"] = "signal"


@dataclass(frozen=True, slots=True)
class PhaseStart:
    """Where a control chart enters another phase.

    Attributes:
        position: The first point of the phase, counted from 0.
        text: What begins there, such as ``Frozen limits``.
        new_limits: Whether centre and limits change with it; otherwise only what they mean.
    """

    position: int
    text: str
    new_limits: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A specification with the numbers to show.

    Attributes:
        specification: How it looks.
        categories: Labels along the category axis, of the slices of a pie, the members of a funnel, the columns of a
            heat map.
        series: One or more runs of numbers; a pie or a waterfall takes exactly one, a heat map one per row.  The order
            of a control chart's, Pareto's, funnel's and box plot's series is said at `CONTROL_SERIES` and its
            neighbours.
        note: A caption below the plot: population size, source, what a marker means.
        marks: Points of a control chart or funnel about which something is said, by position.
        phases: Where a control chart enters another phase, by position; the first begins unsaid.
        emphasized: Pareto: positions of the vital few.
        totals: Waterfall: positions whose value is a level and not a change.
    """

    specification: ChartSpecification
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    note: str = ""
    marks: tuple[Mark, ...] = ()
    phases: tuple[PhaseStart, ...] = ()
    emphasized: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is not one number to draw."""
        return not any(value is not None for series in self.series for value in series.values)
