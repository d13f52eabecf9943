"""Process capability: whether what a process makes fits into its specification, with the uncertainty of the answer.

Cp and Cpk compare the specification with the variation within subgroups, Pp and Ppk with all variation. Either is a
statement about the future only if the process is in control, so a result carries the reasons for which it must not be
used, and an interval: with 25 values a Cpk of 1.33 may be anything from 0.93 to 1.73.

Sources: D. C. Montgomery, Introduction to Statistical Quality Control, 7th ed. (2013), section 8.3; ISO 22514-2:2017
(percentile method); V. E. Kane, "Process capability indices", Journal of Quality Technology 18 (1986), 41-52.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

from qms_reports.statistics.incomplete import gamma_quantile
from qms_reports.statistics.normality import FEWEST, NormalityTest, anderson_darling
from qms_reports.statistics.variation import Within, estimate_sigma_within, standard_deviation

FEWEST_VALUES = 25
SIGNIFICANCE = 0.05
PERCENTS = (0.135, 50.0, 99.865)  # of a normal distribution: mean - 3 sigma, mean, mean + 3 sigma

_MILLION = 1e6
_FEWEST_FOR_EXTREMES = 741  # 1 / 0.00135: fewer values have no 0.135 % point of their own


@dataclass(frozen=True, slots=True)
class Index:
    """A capability index with its confidence limits."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class PercentileIndices:
    """Indices of the percentile method; None where the specification has no such side.

    Attributes:
        percentiles: The 0.135 %, 50 % and 99.865 % points.
        pp: (USL - LSL) / (P99.865 - P0.135).
        ppl: (P50 - LSL) / (P50 - P0.135).
        ppu: (USL - P50) / (P99.865 - P50).
        ppk: The smaller of ppl and ppu.
    """

    percentiles: tuple[float, float, float]
    pp: float | None
    ppl: float | None
    ppu: float | None
    ppk: float | None


@dataclass(frozen=True, slots=True)
class PartsPerMillion:
    """Parts outside the specification per million; None where the specification has no such side."""

    below: float | None
    above: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Capability:
    """Capability of a process, and whether it may be used.

    An index is None if the specification lacks the limits for it or the values do not vary.

    Attributes:
        records: Number of values n.
        mean: Mean of all values.
        sigma_within: Standard deviation within subgroups, given or estimated.
        sigma_overall: Standard deviation of all values, divisor n - 1.
        within: How sigma_within was obtained.
        lower: Lower specification limit.
        upper: Upper specification limit.
        target: Target value of Cpm.
        confidence: Confidence level of the intervals.
        cp: (USL - LSL) / 6 sigma_within.
        cpl: (mean - LSL) / 3 sigma_within.
        cpu: (USL - mean) / 3 sigma_within.
        cpk: The smaller of cpl and cpu.
        cpm: Cp / sqrt(1 + ((mean - target) / sigma_within)**2).
        pp: As cp with sigma_overall.
        ppl: As cpl with sigma_overall.
        ppu: As cpu with sigma_overall.
        ppk: As cpk with sigma_overall.
        by_percentiles: Percentile method.
        expected_within: Parts per million from the normal tails with sigma_within.
        expected_overall: Parts per million from the normal tails with sigma_overall.
        observed: Parts per million counted.
        normality: Anderson-Darling test; None if there were too few values or they do not vary.
        is_normal: Whether that test did not reject the normal distribution; None without a test.
        refused: Whether the indices must not be used as a statement about the process.
        remarks: Why they are refused, and what else a reader has to know.
    """

    records: int
    mean: float
    sigma_within: float
    sigma_overall: float
    within: Within | Literal["given"]
    lower: float | None
    upper: float | None
    target: float | None
    confidence: float
    cp: Index | None
    cpl: Index | None
    cpu: Index | None
    cpk: Index | None
    cpm: Index | None
    pp: Index | None
    ppl: Index | None
    ppu: Index | None
    ppk: Index | None
    by_percentiles: PercentileIndices | None
    expected_within: PartsPerMillion | None
    expected_overall: PartsPerMillion | None
    observed: PartsPerMillion
    normality: NormalityTest | None
    is_normal: bool | None
    refused: bool
    remarks: tuple[str, ...]


def capability(
    values: Sequence[float],
    *,
    lower: float | None = None,
    upper: float | None = None,
    target: float | None = None,
    within: Within | float = "moving_range",
    subgroup_sizes: int | Sequence[int] | None = None,
    d2: Literal["printed", "exact"] = "printed",
    cpm_freedom: Literal["boyles", "qcc"] = "boyles",
    in_control: bool | None = None,
    confidence: float = 0.95,
    fewest: int = FEWEST_VALUES,
    significance: float = SIGNIFICANCE,
) -> Capability:
    """Return the capability of a process against a specification of one or two sides.

    With alpha = 1 - confidence and X(q) the q quantile of chi-square the limits are, for n values:

    Cp, Pp: value sqrt(X(alpha/2) / (n - 1)) to value sqrt(X(1 - alpha/2) / (n - 1)), chi-square with n - 1 degrees of
    freedom;
    Cpl, Cpu, Cpk, Ppl, Ppu, Ppk (Bissell): value (1 -+ z sqrt(1 / (9 n value**2) + 1 / (2 (n - 1))));
    Cpm (Boyles): as Cp with the degrees of freedom n (1 + a**2)**2 / (1 + 2 a**2), a = (mean - target) / sigma_within;
    R's qcc 2.7 leaves out the square in the numerator, which makes its limits too wide off target: `cpm_freedom="qcc"`.

    The limits of the indices with sigma_within treat it as known with n - 1 degrees of freedom, as R's qcc and most
    programs do; estimated from ranges it has fewer, so that these limits are a little too narrow.

    The result is refused if there are fewer than `fewest` values, if the process is not in control, or if the values
    do not vary. It is remarked upon if that state was not given, or if the Anderson-Darling test rejects the normal
    distribution: then the expected parts per million and all indices but those of the percentile method mislead.

    Sources: Montgomery (2013), sections 8.3.1 to 8.3.5; A. F. Bissell, "How reliable is your
    capability index?", Applied Statistics 39 (1990), 331-340; L. K. Chan, S. W. Cheng and F. A. Spiring, "A new measure
    of process capability: Cpm", Journal of Quality Technology 20 (1988), 162-175; R. A. Boyles, "The Taguchi capability
    index", Journal of Quality Technology 23 (1991), 17-26.

    Args:
        values: Measurements in the order of time, subgroup after subgroup; at least 2.
        lower: Lower specification limit.
        upper: Upper specification limit.
        target: Target of Cpm; by default the middle of a two-sided specification.
        within: Standard deviation within subgroups, or how to estimate it (see `estimate_sigma_within`).
        subgroup_sizes: Size of all subgroups, or the size of each; not for moving ranges.
        d2: Constant of ranges: with three decimals as control charts take it by default, or exact.
        cpm_freedom: Degrees of freedom of the limits of Cpm.
        in_control: Whether a control chart of the same values is in control; None if nobody looked.
        confidence: Confidence level, between 0 and 1.
        fewest: Fewest values for which the result is not refused.
        significance: Level of the normality test.

    Raises:
        ValueError: The values, the specification, the subgroups or a level make no sense.
    """
    _check_specification(lower, upper, target)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1 (for example 0.95), got {confidence!r}")
    if len(values) < 2 or not all(map(math.isfinite, values)):  # noqa: PLR2004 (one value has no variation)
        raise ValueError("capability needs at least 2 values, all finite")
    count = len(values)
    mean = math.fsum(values) / count
    sigma_overall = standard_deviation(values)
    if isinstance(within, str):
        how: Within | Literal["given"] = within
        sigma_within = estimate_sigma_within(values, within, subgroup_sizes, d2=d2)
    else:
        how, sigma_within = "given", float(within)
        if not (math.isfinite(sigma_within) and sigma_within > 0):
            raise ValueError(f"a given sigma within must be more than 0 and finite, got {within!r}")
    if target is None and lower is not None and upper is not None:
        target = (lower + upper) / 2
    limits = _Limits(lower, upper, mean, count, confidence)
    varies = sigma_overall > 0 and sigma_within > 0
    normality = anderson_darling(values) if varies and count >= FEWEST else None
    is_normal = None if normality is None else normality.p_value >= significance
    refusals, notes = _remarks(count, fewest, in_control, normality, is_normal, significance, varies=varies)
    return Capability(
        records=count,
        mean=mean,
        sigma_within=sigma_within,
        sigma_overall=sigma_overall,
        within=how,
        lower=lower,
        upper=upper,
        target=target,
        confidence=confidence,
        cp=limits.both(sigma_within),
        cpl=limits.below(sigma_within),
        cpu=limits.above(sigma_within),
        cpk=limits.nearest(sigma_within),
        cpm=limits.around_target(sigma_within, target, 1 if cpm_freedom == "qcc" else 2),
        pp=limits.both(sigma_overall),
        ppl=limits.below(sigma_overall),
        ppu=limits.above(sigma_overall),
        ppk=limits.nearest(sigma_overall),
        by_percentiles=percentile_indices(percentiles(values), lower, upper) if varies else None,
        expected_within=limits.expected(sigma_within),
        expected_overall=limits.expected(sigma_overall),
        observed=_observed(values, lower, upper),
        normality=normality,
        is_normal=is_normal,
        refused=bool(refusals),
        remarks=(*refusals, *notes),
    )


def capability_indices(
    values: Sequence[float],
    lower: float | None,
    upper: float | None,
    confidence: float = 0.95,
    sigma_within: float | None = None,
) -> dict[str, Index | None]:
    """Return cp, cpk (moving range), pp, ppk (overall) alone: the numbers of `capability` in a tenth of its time.

    Args:
        values: At least 2 measurements in the order of time.
        lower: Lower specification limit.
        upper: Upper specification limit.
        confidence: Confidence level of the intervals, between 0 and 1.
        sigma_within: Mean moving range / d2(2), where it is known already.

    Raises:
        ValueError: The values or the specification make no sense.
    """
    _check_specification(lower, upper, None)
    within = estimate_sigma_within(values, "moving_range") if sigma_within is None else sigma_within
    mean = math.fsum(values) / len(values)
    return indices_of(len(values), mean, within, standard_deviation(values), lower, upper, confidence)


def indices_of(
    count: int,
    mean: float,
    sigma_within: float,
    sigma_overall: float,
    lower: float | None,
    upper: float | None,
    confidence: float = 0.95,
) -> dict[str, Index | None]:
    """Return cp, cpk, pp and ppk of measurements of which only number, mean and standard deviations are known.

    Args:
        count: Number of measurements, at least 2.
        mean: Their mean.
        sigma_within: Standard deviation within subgroups, for cp and cpk.
        sigma_overall: Standard deviation of all, for pp and ppk.
        lower: Lower specification limit.
        upper: Upper specification limit.
        confidence: Confidence level of the intervals, between 0 and 1.

    Raises:
        ValueError: The specification makes no sense.
    """
    _check_specification(lower, upper, None)
    limits = _Limits(lower, upper, mean, count, confidence)
    return {
        "cp": limits.both(sigma_within),
        "cpk": limits.nearest(sigma_within),
        "pp": limits.both(sigma_overall),
        "ppk": limits.nearest(sigma_overall),
    }


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the empirical 0.135 %, 50 % and 99.865 % points, linearly interpolated (Hyndman and Fan 1996, type 7).

    Below 741 values the outer two lie between the most extreme values and their neighbours.

    Args:
        values: At least 2 values.
    """
    ordered = sorted(values)

    def point(percent: float) -> float:
        place = percent / 100 * (len(ordered) - 1)
        below = min(math.floor(place), len(ordered) - 2)
        return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)

    low, middle, high = map(point, PERCENTS)
    return low, middle, high


def percentile_indices(
    points: tuple[float, float, float], lower: float | None = None, upper: float | None = None
) -> PercentileIndices:
    """Return Pp and Ppk by the percentile method, for values that are not normal.

    The distance from the median to the 0.135 % and the 99.865 % point stands for three standard deviations:
    Ppk = min((USL - P50) / (P99.865 - P50), (P50 - LSL) / (P50 - P0.135)). The points may be empirical (`percentiles`)
    or those of a fitted distribution. An index whose distance is 0 is None.

    Source: ISO 22514-2:2017; J. A. Clements, "Process capability calculations for non-normal distributions",
    Quality Progress 22 (1989), 95-100.

    Args:
        points: The 0.135 %, 50 % and 99.865 % points.
        lower: Lower specification limit.
        upper: Upper specification limit.

    Raises:
        ValueError: The specification or the order of the points makes no sense.
    """
    _check_specification(lower, upper, None)
    low, middle, high = points
    if not low <= middle <= high:
        raise ValueError(f"the percentiles must ascend, got {points!r}")
    pp = (upper - lower) / (high - low) if lower is not None and upper is not None and high > low else None
    ppl = (middle - lower) / (middle - low) if lower is not None and middle > low else None
    ppu = (upper - middle) / (high - middle) if upper is not None and high > middle else None
    sides = [side for side in (ppl, ppu) if side is not None]
    wanted = (lower is not None) + (upper is not None)
    return PercentileIndices(points, pp, ppl, ppu, min(sides) if len(sides) == wanted else None)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Specification and sample, from which the indices follow for one standard deviation or the other."""

    lower: float | None
    upper: float | None
    mean: float
    count: int
    confidence: float

    def both(self, sigma: float) -> Index | None:
        if self.lower is None or self.upper is None or not sigma:
            return None
        return self._chi_square((self.upper - self.lower) / (6 * sigma), self.count - 1)

    def below(self, sigma: float) -> Index | None:
        return None if self.lower is None or not sigma else self._bissell((self.mean - self.lower) / (3 * sigma))

    def above(self, sigma: float) -> Index | None:
        return None if self.upper is None or not sigma else self._bissell((self.upper - self.mean) / (3 * sigma))

    def nearest(self, sigma: float) -> Index | None:
        sides = [side for side in (self.below(sigma), self.above(sigma)) if side is not None]
        return min(sides, key=lambda side: side.value, default=None)

    def around_target(self, sigma: float, target: float | None, power: int) -> Index | None:
        if self.lower is None or self.upper is None or target is None or not sigma:
            return None
        square = ((self.mean - target) / sigma) ** 2
        value = (self.upper - self.lower) / (6 * sigma) / math.sqrt(1 + square)
        return self._chi_square(value, self.count * (1 + square) ** power / (1 + 2 * square))

    def expected(self, sigma: float) -> PartsPerMillion | None:
        if not sigma:
            return None
        below = None if self.lower is None else _MILLION * _beyond((self.mean - self.lower) / sigma)
        above = None if self.upper is None else _MILLION * _beyond((self.upper - self.mean) / sigma)
        return PartsPerMillion(below, above, (below or 0.0) + (above or 0.0))

    def _chi_square(self, value: float, freedom: float) -> Index:
        tail = (1 - self.confidence) / 2
        return Index(
            value,
            value * math.sqrt(_chi_square_quantile(freedom, tail, upper=False) / freedom),
            value * math.sqrt(_chi_square_quantile(freedom, tail, upper=True) / freedom),
        )

    def _bissell(self, value: float) -> Index:
        z = -NormalDist().inv_cdf((1 - self.confidence) / 2)
        spread = z * math.sqrt(1 / (9 * self.count) + value * value / (2 * (self.count - 1)))
        return Index(value, value - spread, value + spread)


def _remarks(
    count: int,
    fewest: int,
    in_control: bool | None,  # noqa: FBT001 (a tri-state passed on from a keyword)
    normality: NormalityTest | None,
    is_normal: bool | None,  # noqa: FBT001 (as above)
    significance: float,
    *,
    varies: bool,
) -> tuple[list[str], list[str]]:
    """Return the reasons for refusing a result, and what else is to be said about it."""
    refusals = []
    if count < fewest:
        refusals.append(f"refused: {count} values, at least {fewest} are needed")
    if in_control is False:
        refusals.append("refused: the process is not in control, its capability is not defined")
    if not varies:
        refusals.append("refused: the values do not vary, no index can be formed")
    notes = []
    if in_control is None:
        notes.append("not stated whether the process is in control")
    if normality is None:
        notes.append("normal distribution not tested")
    elif not is_normal:
        notes.append(
            f"normal distribution rejected (Anderson-Darling, p = {normality.p_value:.2g} < {significance:g}): "
            "use the percentile method"
        )
        if count < _FEWEST_FOR_EXTREMES:
            notes.append(f"percentiles from {count} values rest on the few most extreme ones")
    return refusals, notes


def _observed(values: Sequence[float], lower: float | None, upper: float | None) -> PartsPerMillion:
    count = len(values)
    below = None if lower is None else sum(value < lower for value in values)
    above = None if upper is None else sum(value > upper for value in values)
    total = (below or 0) + (above or 0)
    return PartsPerMillion(
        None if below is None else _MILLION * below / count,
        None if above is None else _MILLION * above / count,
        _MILLION * total / count,
    )


def _beyond(z: float) -> float:
    """Return the upper tail of the standard normal distribution, without loss far out."""
    return math.erfc(z / math.sqrt(2)) / 2


@lru_cache(maxsize=65536)
def _chi_square_quantile(freedom: float, tail: float, *, upper: bool) -> float:
    """Return the point that chi-square exceeds (upper) or stays below with the given probability."""
    z = -NormalDist().inv_cdf(tail) * (1 if upper else -1)
    root = 1 - 2 / (9 * freedom) + z * math.sqrt(2 / (9 * freedom))  # Wilson-Hilferty, to start from
    return 2 * gamma_quantile(freedom / 2, tail, freedom / 2 * max(root, 0.01) ** 3, upper=upper)


def _check_specification(lower: float | None, upper: float | None, target: float | None) -> None:
    given = [limit for limit in (lower, upper, target) if limit is not None]
    if lower is None and upper is None:
        raise ValueError("a specification needs a lower limit, an upper limit or both")
    if not all(map(math.isfinite, given)):
        raise ValueError("specification limits and target must be finite; leave a missing side out")
    if lower is not None and upper is not None and not lower < upper:
        raise ValueError(f"the lower limit {lower!r} must be below the upper limit {upper!r}")
