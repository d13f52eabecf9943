"""The Anderson-Darling test of whether measurements may come from a normal distribution."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 8

_SIGMAS_OF_THE_SERIES = 12.0
# Up to each value of the adjusted statistic: whether the exponential is the complement of p, and its polynomial.
_P_VALUES = (
    (0.200, True, (-13.436, 101.14, -223.73)),
    (0.340, True, (-8.318, 42.796, -59.938)),
    (0.600, False, (0.9177, -4.279, -1.38)),
    (10.0, False, (1.2937, -5.709, 0.0186)),
)


@dataclass(frozen=True, slots=True)
class NormalityTest:
    """Result of an Anderson-Darling test.

    Attributes:
        records: Number of values.
        statistic: A squared.
        adjusted: A squared times (1 + 0.75/n + 2.25/n**2), for mean and standard deviation estimated from the values.
        p_value: Probability of at least this statistic if the values are normal.
    """

    records: int
    statistic: float
    adjusted: float
    p_value: float


def anderson_darling(values: Sequence[float]) -> NormalityTest:
    """Test whether values may come from a normal distribution of unknown mean and standard deviation.

    A**2 = -n - 1/n sum over i of (2i - 1) (ln F(z_i) + ln(1 - F(z_(n+1-i)))) over the sorted standardised values z and
    the standard normal distribution function F. The p value is the piecewise approximation for the adjusted statistic;
    above 10 (p < 1e-23) it is not defined and the value at 10 stands for it.

    A small p value rejects the normal distribution. With thousands of values even a deviation without practical weight
    is rejected, and rounding to few distinct values is a deviation.

    Source: M. A. Stephens in R. B. D'Agostino and M. A. Stephens (eds.), Goodness-of-Fit Techniques (1986), chapter
    4, case 3 (both parameters unknown), table 4.9.

    Args:
        values: At least 8 finite values that are not all equal.

    Raises:
        ValueError: There are too few values, one is not finite, or all are equal.
    """
    count = len(values)
    if count < FEWEST:
        raise ValueError(f"the Anderson-Darling test needs at least {FEWEST} values, got {count}")
    if not all(map(math.isfinite, values)):
        raise ValueError("the Anderson-Darling test needs finite values")
    ordered = sorted(values)
    if ordered[0] == ordered[-1]:
        raise ValueError("the Anderson-Darling test needs values that are not all equal")
    mean = math.fsum(ordered) / count
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / (count - 1))
    standardised = [(value - mean) / deviation for value in ordered]
    total = math.fsum(
        (2 * place + 1) * (_log_below(standardised[place]) + _log_below(-standardised[count - 1 - place]))
        for place in range(count)
    )
    statistic = -count - total / count
    adjusted = statistic * (1 + 0.75 / count + 2.25 / count**2)
    return NormalityTest(records=count, statistic=statistic, adjusted=adjusted, p_value=_p_value(adjusted))


def _p_value(adjusted: float) -> float:
    at = min(adjusted, _P_VALUES[-1][0])
    is_complement, (constant, linear, square) = next(row[1:] for row in _P_VALUES if at <= row[0])
    exponential = math.exp(constant + linear * at + square * at * at)
    return 1 - exponential if is_complement else exponential


def _log_below(z: float) -> float:
    """Return the logarithm of the normal distribution function, also where the function itself would be 0."""
    if z > -_SIGMAS_OF_THE_SERIES:
        return math.log(math.erfc(-z / math.sqrt(2)) / 2)
    square = z * z
    series = 1 - (1 - (3 - 15 / square) / square) / square  # Abramowitz & Stegun 26.2.12
    return math.log(series) - square / 2 - math.log(-z * math.sqrt(math.tau))
