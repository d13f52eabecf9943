"""Funnel plot limits: which sites of different size differ from a target by more than their size explains.

A league table makes the smallest sites best and worst by chance. The funnel draws, for each size, where a site that is
exactly on target lies with 95 % and 99.8 % probability (about 2 and 3 standard deviations).

Source: D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
1185-1202; exact limits: appendix A.1; overdispersion: appendix A.3.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Literal

from qms_reports.statistics.incomplete import beta_tail, gamma_tail

Kind = Literal["proportion", "rate"]
Overdispersion = Literal["none", "multiplicative", "additive"]

LEVELS = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One site in the funnel.

    Attributes:
        count: Events or successes.
        size: Trials or exposure.
        value: Count divided by size; None when the size is 0.
        limits: Lower and upper limit at each level, in the order of the levels; empty when the size is 0.
        outside: Highest level whose limits the site is strictly outside of; None if it is inside all of them.
        why: The reason in words.
    """

    count: int
    size: float
    value: float | None
    limits: tuple[tuple[float, float], ...]
    outside: float | None
    why: str

    @property
    def is_more_than_noise(self) -> bool:
        """Whether the site is outside the limits of any level."""
        return self.outside is not None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Sites against a common target.

    Attributes:
        kind: Proportions (binomial) or rates (Poisson).
        target: The value a site is expected to have.
        levels: Levels of the limits, ascending.
        dispersion: Variance of the standardised residuals after winsorising, 1 if chance alone is at work; None with
            fewer than two sites of a size above 0, or a target without variance.
        between: Standard deviation between sites that the additive option adds; 0 otherwise.
        widened: Factor by which the multiplicative option widens the limits; 1 otherwise.
        points: One entry for each site, in the order given.
    """

    kind: Kind
    target: float
    levels: tuple[float, ...]
    dispersion: float | None
    between: float
    widened: float
    points: tuple[FunnelPoint, ...]


def funnel_limits(
    size: float, target: float, level: float = 0.95, *, kind: Kind = "proportion", as_published: bool = False
) -> tuple[float, float]:
    """Return the exact limits for a site of a given size that is on target.

    With the distribution function F of the count (binomial with n trials, or Poisson with mean target x exposure) and
    p = (1 - level) / 2, let r be the smallest count with F(r) >= p and a = (F(r) - p) / (F(r) - F(r - 1)). The lower
    limit is (r - a) / n: the interpolation makes a smooth curve, and a site is below it exactly if the probability of
    its count or fewer is less than p.

    The upper limit is by default the mirror image, from the upper tail: a site is above it exactly if the probability
    of its count or more is less than p. `as_published` takes the formula of the appendix also for the upper limit, with
    1 - p instead of p: that limit is one record (1/n) lower and flags more small sites than the level promises (one
    trial, target 10 %: a single success would be outside 95 %, although its probability is 10 %).

    Source: Spiegelhalter (2005), appendix A.1.

    Args:
        size: Trials (a whole number) or exposure, more than 0.
        target: Expected proportion, 0 to 1, or expected rate, at least 0.
        level: Probability inside the limits, between 0 and 1.
        kind: Proportions or rates.
        as_published: Take the published formula for the upper limit.

    Raises:
        ValueError: The size, the target or the level makes no sense.
    """
    _check_target(target, kind)
    _check_levels((level,))
    _check_size(size, kind)
    if size == 0:
        raise ValueError("size must be more than 0")
    tail = (1 - level) / 2
    top = 1.0 if kind == "proportion" else math.inf
    if target in {0.0, top}:
        return float(target), float(target)

    def below(count: int) -> float:
        """Probability of this count or fewer."""
        return _tail(kind, size, target, count, upper=False)

    def above(count: int) -> float:
        """Probability of this count or more."""
        return _tail(kind, size, target, count - 1, upper=True)

    mean = size * target
    first = _first(lambda count: below(count) >= tail, mean)
    lower = first - (below(first) - tail) / (below(first) - below(first - 1))
    # The largest count whose upper tail is at least p is one before the first whose tail is less.
    last = _first(lambda count: above(count) < tail, mean) - 1
    upper = last + (above(last) - tail) / (above(last) - above(last + 1))
    if as_published:
        upper -= 1  # r - (F(r) - 1 + p) / (F(r) - F(r - 1)) with r = last, written with upper tails
    return max(lower, 0.0) / size, min(max(upper, 0.0) / size, top)


def funnel(
    counts: Sequence[int],
    sizes: Sequence[float],
    *,
    kind: Kind = "proportion",
    target: float | None = None,
    levels: Sequence[float] = LEVELS,
    overdispersion: Overdispersion = "none",
    winsorise: float = 0.1,
) -> Funnel:
    """Place sites in a funnel and say which differ from the target by more than noise.

    Without overdispersion the limits are exact (see `funnel_limits`). Where many large sites scatter more than chance
    explains, nearly all would be outside. Then the naive residuals z = (y - target) / s, s the standard error of a site
    on target, are winsorised (the lowest and highest tenth is pulled in to the 10th and 90th percentile) and their mean
    square D is compared with 1:

    multiplicative: limits target -+ z sqrt(D) s, if D is more than 1;
    additive: limits target -+ z sqrt(s**2 + t**2) with t**2 = (I D - (I - 1)) / (sum w - sum w**2 / sum w), w = 1/s**2,
    if that is more than 0, over I sites.

    With too little scatter to widen anything, the exact limits are kept.

    Source: Spiegelhalter (2005), appendix A.3; D. J. Spiegelhalter, "Handling over-dispersion of performance
    indicators", Quality and Safety in Health Care 14 (2005), 347-351.

    Args:
        counts: Events or successes of each site.
        sizes: Trials or exposure of each site; a site of size 0 is kept without value and limits.
        kind: Proportions or rates.
        target: Expected value; by default sum of counts / sum of sizes, never the mean of the sites' values.
        levels: Levels of the limits.
        overdispersion: How to widen the limits.
        winsorise: Share pulled in at each end, 0 to less than 0.5.

    Raises:
        ValueError: The arguments make no sense.
    """
    levels = tuple(sorted(levels))
    _check_levels(levels)
    _check_sites(counts, sizes, kind)
    _check_widening(overdispersion, winsorise)
    if target is None:
        if not sum(sizes) > 0:
            raise ValueError("a target is needed where all sizes are 0")
        target = sum(counts) / math.fsum(sizes)
    _check_target(target, kind)
    errors = [_standard_error(size, target, kind) if size else 0.0 for size in sizes]
    residuals = [
        (count / size - target) / error
        for count, size, error in zip(counts, sizes, errors, strict=True)
        if size and error
    ]
    dispersion, widened, between = None, 1.0, 0.0
    if len(residuals) > 1:
        dispersion = math.fsum(z * z for z in _winsorised(residuals, winsorise)) / len(residuals)
        if overdispersion == "multiplicative":
            widened = math.sqrt(max(dispersion, 1.0))
        elif overdispersion == "additive":
            between = _between_sites(dispersion, [error for error in errors if error])
    points = []
    for count, size, error in zip(counts, sizes, errors, strict=True):
        if widened == 1 and not between:
            limits = [funnel_limits(size, target, level, kind=kind) for level in levels if size]
        else:
            spread = widened * math.hypot(error, between)
            limits = [_normal_limits(target, spread, level, kind) for level in levels if size]
        points.append(_point(count, size, target, levels, tuple(limits)))
    return Funnel(
        kind=kind,
        target=target,
        levels=levels,
        dispersion=dispersion,
        between=between,
        widened=widened,
        points=tuple(points),
    )


def _point(
    count: int, size: float, target: float, levels: tuple[float, ...], limits: tuple[tuple[float, float], ...]
) -> FunnelPoint:
    if not size:
        return FunnelPoint(count, size, None, (), None, "size 0: nothing to compare")
    value = count / size
    outside = None
    why = f"{value:.4g} is inside all limits around the target {target:.4g}"
    for level, (lower, upper) in zip(levels, limits, strict=True):
        if value < lower or value > upper:
            side, limit = ("below the lower", lower) if value < lower else ("above the upper", upper)
            outside = level
            why = f"{value:.4g} is {side} {100 * level:.6g} % limit {limit:.4g} around the target {target:.4g}"
    return FunnelPoint(count, size, value, limits, outside, why)


def _tail(kind: Kind, size: float, target: float, count: int, *, upper: bool) -> float:
    """Return the probability of more than `count` (upper) or of `count` or fewer."""
    if count < 0:
        return 1.0 if upper else 0.0
    if kind == "rate":
        return gamma_tail(count + 1, size * target, upper=not upper)
    if count >= size:
        return 0.0 if upper else 1.0
    return beta_tail(count + 1, size - count, target, upper=not upper)


def _first(reached: Callable[[int], bool], start: float) -> int:
    """Return the smallest count of at least 0 from which on a condition holds, searching outwards from a start."""
    low, high = -1, max(math.floor(start), 0)
    step = 1
    if reached(high):
        while high - step > low and reached(high - step):
            high -= step
            step *= 2
        low = max(low, high - step)
    else:
        while not reached(high):
            low, high = high, high + step
            step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def _standard_error(size: float, target: float, kind: Kind) -> float:
    return math.sqrt(target * (1 - target) / size) if kind == "proportion" else math.sqrt(target / size)


def _normal_limits(target: float, spread: float, level: float, kind: Kind) -> tuple[float, float]:
    distance = -NormalDist().inv_cdf((1 - level) / 2) * spread
    return max(target - distance, 0.0), min(target + distance, 1.0 if kind == "proportion" else math.inf)


def _winsorised(residuals: Sequence[float], share: float) -> list[float]:
    """Pull the extreme residuals in to the quantiles of the share (linear interpolation)."""
    ordered = sorted(residuals)
    place = share * (len(ordered) - 1)
    below, part = math.floor(place), place - math.floor(place)
    low = ordered[below] + part * (ordered[below + 1] - ordered[below])
    high = ordered[-1 - below] - part * (ordered[-1 - below] - ordered[-2 - below])
    return [min(max(z, low), high) for z in residuals]


def _between_sites(dispersion: float, errors: Sequence[float]) -> float:
    weights = [1 / error**2 for error in errors]
    total = math.fsum(weights)
    excess = len(errors) * dispersion - (len(errors) - 1)
    return math.sqrt(max(excess, 0.0) / (total - math.fsum(weight**2 for weight in weights) / total))


def _check_widening(overdispersion: Overdispersion, winsorise: float) -> None:
    if overdispersion not in {"none", "multiplicative", "additive"}:
        raise ValueError(f"overdispersion must be 'none', 'multiplicative' or 'additive', got {overdispersion!r}")
    if not 0 <= winsorise < 0.5:  # noqa: PLR2004 (at a half nothing would be left)
        raise ValueError(f"winsorise must be at least 0 and less than 0.5, got {winsorise!r}")


def _check_sites(counts: Sequence[int], sizes: Sequence[float], kind: Kind) -> None:
    if len(counts) != len(sizes):
        raise ValueError(f"one size for each count: got {len(counts)} counts and {len(sizes)} sizes")
    for count, size in zip(counts, sizes, strict=True):
        _check_size(size, kind)
        if count != int(count) or count < 0 or (kind == "proportion" and count > size) or (count and not size):
            raise ValueError(
                f"a count must be a whole number from 0 to what its size allows, got {count!r} of {size!r}"
            )


def _check_size(size: float, kind: Kind) -> None:
    if not (math.isfinite(size) and size >= 0) or (kind == "proportion" and size != int(size)):
        whole = "a whole number of " if kind == "proportion" else ""
        raise ValueError(f"size must be {whole}at least 0 and finite, got {size!r}")


def _check_target(target: float, kind: Kind) -> None:
    if kind not in {"proportion", "rate"}:
        raise ValueError(f"kind must be 'proportion' or 'rate', got {kind!r}")
    if not (math.isfinite(target) and target >= 0) or (kind == "proportion" and target > 1):
        span = "from 0 to 1" if kind == "proportion" else "at least 0"
        raise ValueError(f"target must be {span}, got {target!r}")


def _check_levels(levels: Sequence[float]) -> None:
    if not levels or not all(0 < level < 1 for level in levels) or any(a == b for a, b in pairwise(sorted(levels))):
        raise ValueError(f"levels must be different numbers between 0 and 1, got {levels!r}")
