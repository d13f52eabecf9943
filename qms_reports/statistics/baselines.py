"""What a control chart is drawn from: the choices made, the baseline that they lead to, and the lines of the chart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from qms_reports.statistics.constants import range_deviation, range_mean

Spread = Literal["range", "deviation", "weighted"]
D2 = Literal["printed", "exact"]

ENOUGH_POINTS = 20


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the limits of a chart are computed from, and which points it was estimated from: worth keeping as a record.

    What `center` and `sigma` mean depends on the kind of chart:

    - i, xbar: the process mean and the standard deviation of single values.
    - ewma, cusum: the target and the standard deviation of a plotted value.
    - mr, r, s: `sigma` is the standard deviation of single values, from which centre and limits follow; `center` is
      the mean of the ranges or deviations, for information.
    - p, np, p_prime: the proportion of nonconforming units (also for np). u, u_prime: the nonconformities per unit.
      c: the nonconformities per sample. g: the mean number between events. Sigma follows from `center`.
    - t: mean and standard deviation of the times to the power 1/3.6.

    Attributes:
        kind: Kind of chart that it is for.
        center: See above.
        sigma: See above; None where it follows from the centre.
        sigma_z: Laney's factor of overdispersion (p_prime and u_prime only).
        spread: How sigma was estimated (subgroups only); with "weighted" `sigma` is Montgomery's weighted mean
            deviation, still to be divided by c4 of each subgroup.
        positions: The points that it was estimated from, 0-based; empty when it was given and not estimated.
    """

    kind: str
    center: float
    sigma: float | None = None
    sigma_z: float | None = None
    spread: Spread | None = None
    positions: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """True when it was estimated from fewer than the 20 points that the textbooks ask for."""
        return 0 < len(self.positions) < ENOUGH_POINTS


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of `control_chart` that decide how one phase is estimated and drawn; described there."""

    kind: str
    target: float | None = None
    sigma: float | None = None
    spread: Spread | None = None
    d2: D2 = "printed"
    screened: bool = False
    ewma_lambda: float = 0.2
    ewma_width: float = 3.0
    exact_limits: bool = True
    cusum_k: float = 0.5
    cusum_h: float = 5.0

    def range_mean(self, size: int) -> float:
        """Return d2(n) under the convention chosen."""
        return range_mean(size, exact=self.d2 == "exact")


@dataclass(frozen=True, slots=True)
class Lines:
    """The points of one phase with their centre line, limits, sigma and scores; NaN where there is none."""

    points: Sequence[float]
    center: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]
    sigma: Sequence[float]
    scores: Sequence[float]
    lower_points: Sequence[float] = ()


def three_sigma_lines(
    points: Sequence[float],
    center: Sequence[float],
    sigma: Sequence[float],
    floor: float = -math.inf,
    ceiling: float = math.inf,
) -> Lines:
    """Return limits of centre -+ 3 sigma, kept between `floor` and `ceiling`, and the scores of the points."""
    # min and max keep their first argument when it is NaN.
    return Lines(
        points=points,
        center=center,
        lower=[max(middle - 3 * unit, floor) for middle, unit in zip(center, sigma, strict=True)],
        upper=[min(middle + 3 * unit, ceiling) for middle, unit in zip(center, sigma, strict=True)],
        sigma=sigma,
        scores=list(map(score, points, center, sigma)),
    )


def score(point: float, center: float, sigma: float) -> float:
    """Return (point - centre) / sigma; where sigma is 0, 0 on the centre line and infinite off it."""
    if sigma != 0:
        return (point - center) / sigma
    if math.isnan(point) or math.isclose(point, center, rel_tol=1e-12):
        return point - point  # 0, or NaN for no point
    return math.copysign(math.inf, point - center)


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean; the sum is exact, so the order of the values does not matter."""
    return math.fsum(values) / len(values)


def moving_ranges(values: Sequence[float]) -> list[float]:
    """Return the distance of each value but the first from the one before it."""
    return [abs(value - before) for before, value in pairwise(values)]


def mean_moving_range(values: Sequence[float], choices: Choices) -> float:
    """Return the mean moving range of two; screened, once without the ranges above their own upper limit.

    The upper limit is D4 MRbar = (1 + 3 d3/d2) MRbar = 3.267 MRbar.

    Source of the screening: L. S. Nelson, "Control charts for individual measurements", Journal of Quality Technology
    14 (1982), 172-173.
    """
    ranges = moving_ranges(values)
    average = mean(ranges)
    if choices.screened and average > 0:
        limit = (1 + 3 * range_deviation(2) / choices.range_mean(2)) * average
        average = mean([one for one in ranges if one <= limit])
    return average


def sigma_of_moving_range(values: Sequence[float], choices: Choices) -> float:
    """Return sigma estimated as MRbar / d2(2), d2(2) = 1.128 (Montgomery, 7th ed., section 6.4)."""
    return mean_moving_range(values, choices) / choices.range_mean(2)
