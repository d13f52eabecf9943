"""What a chart is: its specification, and the numbers it shows.

Both are plain immutable values.  A specification never holds numbers and the data never hold looks, so one
specification serves every period, and one chart serves every output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChartType = Literal["bar", "line", "pie", "scatter", "area", "histogram", "control"]
OutputForm = Literal["pdf", "xlsx", "png", "svg"]

CHART_TYPES: tuple[ChartType, ...] = ("bar", "line", "pie", "scatter", "area", "histogram", "control")

CONTROL_SERIES = 4
"""Series of a control chart: the points, the centre line, the lower and the upper control limit."""


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


@dataclass(frozen=True, slots=True)
class Series:
    """One named run of numbers.

    Attributes:
        name: Shown in the legend and as the column head of the data sheet.
        values: One number per category, or per `x` for a scatter; ``None`` is a gap and is drawn as a gap.
            For a histogram: the raw observations (any count, no categories).
        x: Scatter only: the horizontal position of each value.
    """

    name: str
    values: tuple[float | None, ...]
    x: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said about one point of a control chart.

    Attributes:
        position: The point, counted from 0.
        text: A word or two beside it: the rules it signals (``N1``), or why it is not judged.
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
        categories: Labels along the category axis (bar, line, area) or of the slices (pie).
        series: One or more runs of numbers; a pie takes exactly one, a control chart points, centre line, lower and
            upper limit in this order.
        note: A caption below the plot: population size, source, what a marker means.
        marks: Points of a control chart about which something is said, by position.
        phases: Where a control chart enters another phase, by position; the first begins unsaid.
    """

    specification: ChartSpecification
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    note: str = ""
    marks: tuple[Mark, ...] = ()
    phases: tuple[PhaseStart, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is not one number to draw."""
        return not any(value is not None for series in self.series for value in series.values)
