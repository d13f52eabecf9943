"""Differences and ratios of two proportions or two rates with intervals, and whether a change is more than noise.

All functions take raw counts, the new or first group before the old or second one, and ask that the two groups are
independent: records opened in May against records opened in April are; those open at the end of May against those open
at the end of April are not, because most of them are the same records.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from qms_reports.statistics.intervals import clopper_pearson, exact_poisson, wilson

_STEPS = 200
_TOLERANCE = 1e-14
_LARGEST_LOGARITHM = 700.0  # beyond it exp overflows


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference or ratio of two groups with its interval.

    Attributes:
        measure: What the estimate is.
        estimate: First minus second, or first divided by second; None for a ratio to 0.
        lower: Lower confidence limit; None where a ratio cannot be bounded (no events at all).
        upper: Upper confidence limit; None where a ratio has no upper bound (no events in the second group).
        no_change: The value that means no change: 0 of a difference, 1 of a ratio.
        confidence: Confidence level.
        method: Name of the interval.
    """

    measure: Literal["difference of proportions", "ratio of proportions", "difference of rates", "ratio of rates"]
    estimate: float | None
    lower: float | None
    upper: float | None
    no_change: float
    confidence: float
    method: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a change is more than noise, and why.

    Attributes:
        is_more_than_noise: Whether the interval excludes "no change".
        why: The reason in words, with the interval and its level.
        comparison: What the judgement rests on; None when there was nothing to compare.
    """

    is_more_than_noise: bool
    why: str
    comparison: Comparison | None


def difference_of_proportions(
    successes: int, trials: int, other_successes: int, other_trials: int, confidence: float = 0.95
) -> Comparison:
    """Return the difference p1 - p2 with Newcombe's hybrid score interval.

    With the Wilson limits l and u of each proportion and d = p1 - p2:
    d - sqrt((p1 - l1)**2 + (u2 - p2)**2) to d + sqrt((u1 - p1)**2 + (p2 - l2)**2).

    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", Statistics in Medicine 17 (1998), 873-890, method 10.

    Args:
        successes: Successes of the first group.
        trials: Trials of the first group, at least 1.
        other_successes: Successes of the second group.
        other_trials: Trials of the second group, at least 1.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts or the level make no sense.
    """
    estimate, lower, upper = _square_and_add(
        (successes / trials if trials else 0.0, *wilson(successes, trials, confidence)),
        (other_successes / other_trials if other_trials else 0.0, *wilson(other_successes, other_trials, confidence)),
    )
    return Comparison(
        measure="difference of proportions",
        estimate=estimate,
        lower=max(lower, -1.0),
        upper=min(upper, 1.0),
        no_change=0.0,
        confidence=confidence,
        method="Newcombe hybrid score",
    )


def ratio_of_proportions(
    successes: int,
    trials: int,
    other_successes: int,
    other_trials: int,
    confidence: float = 0.95,
    *,
    method: Literal["score", "log"] = "score",
) -> Comparison:
    """Return the ratio p1 / p2 with its score interval or its log interval.

    score: all ratios r that Koopman's test does not reject, (x1 - n1 q1)**2 / (n1 q1 (1 - q1)) +
    (x2 - n2 q2)**2 / (n2 q2 (1 - q2)) <= z**2, where q1 = r q2 and q2 maximise the likelihood under r. It works with
    zeros and keeps its level in small groups.

    log: ln r -+ z sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2); needs events in both groups, otherwise the limits are None.

    Sources: P. A. R. Koopman, "Confidence intervals for the ratio of two binomial proportions", Biometrics 40 (1984),
    513-517; O. Miettinen and M. Nurminen, "Comparative analysis of two rates", Statistics in Medicine 4 (1985),
    213-226 (the closed form of q2, without their factor N/(N-1)); D. Katz et al., "Obtaining confidence intervals for
    the risk ratio in cohort studies", Biometrics 34 (1978), 469-474.

    Args:
        successes: Successes of the first group.
        trials: Trials of the first group, at least 1.
        other_successes: Successes of the second group.
        other_trials: Trials of the second group, at least 1.
        confidence: Confidence level, between 0 and 1.
        method: Which interval.

    Raises:
        ValueError: The counts or the level make no sense, or the method is not known.
    """
    wilson(successes, trials, confidence)  # refuses impossible counts
    wilson(other_successes, other_trials, confidence)
    z = _normal_limit(confidence)
    estimate = successes * other_trials / (trials * other_successes) if other_successes else None
    lower: float | None
    upper: float | None
    if method == "score":
        groups = (successes, trials, other_successes, other_trials)
        lower = _koopman_limit(*groups, z) if successes else (0.0 if other_successes else None)
        # The upper limit is the reciprocal of the lower limit of the inverse ratio.
        inverse = _koopman_limit(*groups[2:], *groups[:2], z) if other_successes else None
        upper = 1 / inverse if inverse else None
    elif method == "log":
        lower = upper = None
        if estimate:
            spread = z * math.sqrt(
                (trials - successes) / (trials * successes)
                + (other_trials - other_successes) / (other_trials * other_successes)
            )
            lower, upper = estimate * math.exp(-spread), estimate * math.exp(spread)
    else:
        raise ValueError(f"method must be 'score' or 'log', got {method!r}")
    return Comparison(
        measure="ratio of proportions",
        estimate=estimate,
        lower=lower,
        upper=upper,
        no_change=1.0,
        confidence=confidence,
        method="Koopman score" if method == "score" else "Katz log",
    )


def difference_of_rates(
    count: int, exposure: float, other_count: int, other_exposure: float, confidence: float = 0.95
) -> Comparison:
    """Return the difference of two Poisson rates, events per unit of exposure, with a hybrid exact interval.

    The limits of the two rates (exact, Garwood) are combined like those of Newcombe's difference of proportions:
    d - sqrt((r1 - l1)**2 + (u2 - r2)**2) to d + sqrt((u1 - r1)**2 + (r2 - l2)**2).

    Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach",
    Statistics in Medicine 27 (2008), 1693-1702 (method of variance estimates recovery).

    Args:
        count: Events of the first group.
        exposure: Exposure of the first group, more than 0.
        other_count: Events of the second group.
        other_exposure: Exposure of the second group, more than 0.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts, the exposures or the level make no sense.
    """
    limits = exact_poisson(count, exposure, confidence)
    other_limits = exact_poisson(other_count, other_exposure, confidence)
    estimate, lower, upper = _square_and_add((count / exposure, *limits), (other_count / other_exposure, *other_limits))
    return Comparison(
        measure="difference of rates",
        estimate=estimate,
        lower=lower,
        upper=upper,
        no_change=0.0,
        confidence=confidence,
        method="hybrid of exact Poisson limits",
    )


def ratio_of_rates(
    count: int, exposure: float, other_count: int, other_exposure: float, confidence: float = 0.95
) -> Comparison:
    """Return the ratio of two Poisson rates with its exact conditional interval.

    Given the sum of both counts the first is binomial with the probability p = r e1 / (r e1 + e2), where r is the ratio
    and e1, e2 are the exposures: the Clopper-Pearson limits of p give those of r = p / (1 - p) * e2 / e1.

    Source: J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
    Biometrika 31 (1940), 313-323; K. J. Rothman, S. Greenland and T. L. Lash, Modern Epidemiology, 3rd ed. (2008),
    chapter 14.

    Args:
        count: Events of the first group.
        exposure: Exposure of the first group, more than 0.
        other_count: Events of the second group.
        other_exposure: Exposure of the second group, more than 0.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts, the exposures or the level make no sense.
    """
    exact_poisson(count, exposure, confidence)  # refuses impossible counts and exposures
    exact_poisson(other_count, other_exposure, confidence)
    scale = other_exposure / exposure
    lower: float | None = None
    upper: float | None = None
    if count + other_count:
        low, high = clopper_pearson(count, count + other_count, confidence)
        # The share of the second group is bounded on its own: 1 - p would lose the digits of a share near 0.
        other_low, other_high = clopper_pearson(other_count, count + other_count, confidence)
        lower = low / other_high * scale
        upper = high / other_low * scale if other_low else None
    return Comparison(
        measure="ratio of rates",
        estimate=count / other_count * scale if other_count else None,
        lower=lower,
        upper=upper,
        no_change=1.0,
        confidence=confidence,
        method="exact conditional binomial",
    )


def judge(comparison: Comparison) -> Judgement:
    """Say whether a comparison is more than noise: its interval excludes "no change".

    Args:
        comparison: A difference or ratio.
    """
    level = f"{100 * comparison.confidence:.6g} %"
    if comparison.lower is None:
        return Judgement(
            is_more_than_noise=False, why=f"no {level} interval: too few events to compare", comparison=comparison
        )
    excluded = comparison.lower > comparison.no_change or (
        comparison.upper is not None and comparison.upper < comparison.no_change
    )
    estimate = "cannot be formed (second group is 0)" if comparison.estimate is None else f"{comparison.estimate:.4g}"
    until = "no upper limit" if comparison.upper is None else f"{comparison.upper:.4g}"
    return Judgement(
        is_more_than_noise=excluded,
        why=(
            f"{comparison.measure} {estimate}, {level} interval {comparison.lower:.4g} to {until} "
            f"({comparison.method}) {'excludes' if excluded else 'includes'} {comparison.no_change:g}"
        ),
        comparison=comparison,
    )


def proportion_is_more_than_noise(
    successes: int, trials: int, other_successes: int, other_trials: int, confidence: float = 0.95
) -> Judgement:
    """Say whether two proportions differ by more than noise, by the interval of their difference.

    Args:
        successes: Successes of the first group, usually the present period.
        trials: Trials of the first group; 0 makes a judgement impossible, which the reason says.
        other_successes: Successes of the second group.
        other_trials: Trials of the second group; 0 as above.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts or the level make no sense.
    """
    if not (trials and other_trials):
        return Judgement(is_more_than_noise=False, why="a denominator is 0: nothing to compare", comparison=None)
    return judge(difference_of_proportions(successes, trials, other_successes, other_trials, confidence))


def rate_is_more_than_noise(
    count: int, exposure: float, other_count: int, other_exposure: float, confidence: float = 0.95
) -> Judgement:
    """Say whether two Poisson rates differ by more than noise, by the exact interval of their ratio.

    Args:
        count: Events of the first group, usually the present period.
        exposure: Exposure of the first group; 0 makes a judgement impossible, which the reason says.
        other_count: Events of the second group.
        other_exposure: Exposure of the second group; 0 as above.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts, the exposures or the level make no sense.
    """
    if not (exposure and other_exposure):
        return Judgement(is_more_than_noise=False, why="an exposure is 0: nothing to compare", comparison=None)
    return judge(ratio_of_rates(count, exposure, other_count, other_exposure, confidence))


def _normal_limit(confidence: float) -> float:
    return -NormalDist().inv_cdf((1 - confidence) / 2)


def _square_and_add(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return the difference of two estimates, each with its limits, and the limits of that difference."""
    (estimate, lower, upper), (other_estimate, other_lower, other_upper) = first, second
    difference = estimate - other_estimate
    return (
        difference,
        difference - math.hypot(estimate - lower, other_upper - other_estimate),
        difference + math.hypot(upper - estimate, other_estimate - other_lower),
    )


def _koopman_limit(successes: int, trials: int, other_successes: int, other_trials: int, z: float) -> float:
    """Return the lower limit of the ratio of proportions; the first group has events."""

    def excess(logarithm: float) -> float:
        """Signed root of the score statistic at a ratio, minus z; falls as the ratio grows."""
        ratio = math.exp(logarithm)
        a = (trials + other_trials) * ratio
        b = ratio * (trials + other_successes) + successes + other_trials
        c = successes + other_successes
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        share = min(2 * c / (b + root), 1.0)  # the smaller root without a difference of nearly equal numbers
        first = min(ratio * share, 1.0)
        # Under the constraint the residuals balance, (x1 - n1 q1) / (1 - q1) = -(x2 - n2 q2) / (1 - q2): the statistic
        # is one square. It is taken from the smaller share, whose divisor is not near 0.
        if first <= share and first < 1:
            residual = (successes - trials * first) / (1 - first)
        elif share < 1:
            residual = (other_trials * share - other_successes) / (1 - share)
        else:
            residual = 0.0
        variance = (1 - first) / (trials * first) + (1 - share) / (other_trials * share)
        return residual * math.sqrt(variance) - z

    estimate = math.log(successes * other_trials / trials / other_successes) if other_successes else 0.0
    low = high = estimate
    step = 1.0
    while excess(low) < 0 and low > -_LARGEST_LOGARITHM:
        high, low, step = low, low - step, 2 * step
    while excess(high) > 0 and high < _LARGEST_LOGARITHM:
        low, high, step = high, high + step, 2 * step
    return math.exp(_root(excess, low, high))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Bisect a falling function between two points."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
        if high - low <= _TOLERANCE * max(abs(low), abs(high), 1.0):
            break
    return (low + high) / 2
