"""Confidence intervals for proportions and for counts of events, in pure Python.

Every function takes the raw counts, never a rounded rate, and returns (lower, upper) around the point estimate.
"""

import math
from statistics import NormalDist

from qms_reports.statistics.incomplete import beta_quantile, gamma_quantile

_NORMAL = NormalDist()
_MOST_DIGITS = 17


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion.

    The bounds are the two roots P of (p - P)**2 = z**2 P (1 - P) / n with p = successes / n, that is
    (p + z**2/2n -+ z sqrt(p(1-p)/n + z**2/4n**2)) / (1 + z**2/n). No continuity correction.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212; recommended by L. D. Brown, T. T. Cai and A. DasGupta,
    "Interval estimation for a binomial proportion", Statistical Science 16 (2001), 101-133.

    Args:
        successes: Number of successes, 0 to `trials`.
        trials: Number of trials, at least 1.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts or the level make no sense.
    """
    _check_proportion(successes, trials)
    z = -_NORMAL.inv_cdf(_tail(confidence))
    square = z * z
    spread = z * math.sqrt(square + 4 * successes * (trials - successes) / trials)
    upper = 1.0 if successes == trials else (2 * successes + square + spread) / (2 * (trials + square))
    # The product of the roots is successes**2 / n(n + z**2): no difference of nearly equal numbers.
    lower = successes / trials * (successes / (trials + square)) / upper
    return _around(successes / trials, lower, upper)


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a proportion; its coverage is never below the level.

    With alpha = 1 - confidence the lower bound is the alpha/2 quantile of the beta distribution with the parameters
    (k, n - k + 1), the upper bound the 1 - alpha/2 quantile of that with (k + 1, n - k); 0 for k = 0 and 1 for k = n.

    Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934), 404-413.

    Args:
        successes: Number of successes k, 0 to `trials`.
        trials: Number of trials n, at least 1.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts or the level make no sense.
    """
    guess_low, guess_high = wilson(successes, trials, confidence)
    tail = _tail(confidence)
    failures = trials - successes
    # The end cases have closed forms: (alpha/2)**(1/n) and its complement.
    if successes == 0:
        lower = 0.0
    elif failures == 0:
        lower = math.exp(math.log(tail) / trials)
    else:
        lower = beta_quantile(successes, failures + 1, tail, guess_low, upper=False)
    if failures == 0:
        upper = 1.0
    elif successes == 0:
        upper = -math.expm1(math.log(tail) / trials)
    else:
        upper = beta_quantile(successes + 1, failures, tail, guess_high, upper=True)
    return _around(successes / trials, lower, upper)


def exact_poisson(count: int, exposure: float = 1.0, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Garwood) interval of a Poisson rate: events per unit of exposure.

    With alpha = 1 - confidence the bounds of the expected count are half the alpha/2 quantile of chi-square with 2k
    degrees of freedom and half the 1 - alpha/2 quantile of chi-square with 2k + 2, that is quantiles of the gamma
    distribution with the shapes k and k + 1; both are divided by the exposure.

    Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936), 437-442.

    Args:
        count: Number of events k, 0 or more.
        exposure: What the events are counted on (batches, patient-years, million units), more than 0.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The count, the exposure or the level makes no sense.
    """
    if not _is_whole(count) or count < 0:
        raise ValueError(f"count must be a whole number of at least 0, got {count!r}")
    if not (math.isfinite(exposure) and exposure > 0):
        raise ValueError(f"exposure must be more than 0 and finite, got {exposure!r}")
    tail = _tail(confidence)
    z = -_NORMAL.inv_cdf(tail)
    if count == 0:
        lower, upper = 0.0, -math.log(tail)
    else:
        lower = gamma_quantile(count, tail, _wilson_hilferty(count, -z), upper=False)
        upper = gamma_quantile(count + 1, tail, _wilson_hilferty(count + 1, z), upper=True)
    return _around(count / exposure, lower / exposure, upper / exposure)


def round_significant(value: float, digits: int = 12) -> float:
    """Round to a number of significant decimal digits, so that results agree across platforms and summation orders.

    Halves go to the even digit, judged by the exact binary value; negative zero becomes zero; infinities and NaN pass.

    Args:
        value: Any number.
        digits: Significant digits, 1 to 17.

    Raises:
        ValueError: `digits` is out of range.
    """
    if not 1 <= digits <= _MOST_DIGITS:
        raise ValueError(f"digits must be 1 to {_MOST_DIGITS}, got {digits!r}")
    if isinstance(value, int) and -(10**digits) < value < 10**digits:
        return float(value)
    return float(f"{value:.{digits - 1}e}") + 0.0


def _tail(confidence: float) -> float:
    """Return the probability left out on each side."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1 (for example 0.95), got {confidence!r}")
    return (1 - confidence) / 2


def _check_proportion(successes: int, trials: int) -> None:
    if not _is_whole(trials) or trials < 1:
        raise ValueError(f"trials must be a whole number of at least 1, got {trials!r}")
    if not _is_whole(successes) or not 0 <= successes <= trials:
        raise ValueError(f"successes must be a whole number from 0 to {trials} (trials), got {successes!r}")


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _around(estimate: float, lower: float, upper: float) -> tuple[float, float]:
    """Keep rounding in the last place from putting a bound on the wrong side of the estimate."""
    return min(lower, estimate), max(upper, estimate)


def _wilson_hilferty(shape: float, z: float) -> float:
    """Return an approximate gamma quantile to start from (Abramowitz & Stegun 26.4.17)."""
    root = 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))
    return shape * max(root, 0.01) ** 3
