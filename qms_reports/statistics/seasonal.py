"""Seasons: a month against the same month of earlier years, and the seasonal pattern of a series.

Comparing December with November calls the yearly shutdown a trend; comparing it with earlier Decembers does not.

Source: S. Makridakis, S. C. Wheelwright and R. J. Hyndman, Forecasting: Methods and Applications, 3rd ed. (1998),
chapter 3 (moving averages and classical decomposition).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MONTHS = 12


@dataclass(frozen=True, slots=True)
class SeasonalComparison:
    """One value against those of the same season in earlier years.

    Attributes:
        value: The value compared; None if it is missing.
        earlier: Values of the same season in earlier years, oldest first, without missing ones.
        median: Median of the earlier values; None without any.
        lowest: Smallest earlier value; None without any.
        highest: Largest earlier value; None without any.
        inside: Whether the value is between them, ends included; None if there is nothing to compare.
        chance_outside: Probability that a value outside is mere chance, if all years are alike: 2 / (k + 1) after k
            earlier years. With 3 years that is one in two, so that being outside says little.
        why: The result in words.
    """

    value: float | None
    earlier: tuple[float, ...]
    median: float | None
    lowest: float | None
    highest: float | None
    inside: bool | None
    chance_outside: float | None
    why: str


@dataclass(frozen=True, slots=True)
class SeasonalIndices:
    """Seasonal pattern of a series.

    Attributes:
        indices: One factor for each season, beginning with that of the first value; their mean is 1. None for a season
            without any ratio, and then for all, because they cannot be brought to a mean of 1.
        ratios: How many ratios each factor rests on.
        moving_average: Centred moving average of the series; None at the ends and beside missing values.
        remark: What a reader has to know; empty if nothing.
    """

    indices: tuple[float | None, ...]
    ratios: tuple[int, ...]
    moving_average: tuple[float | None, ...]
    remark: str


def compare_with_same_season(
    values: Sequence[float | None], position: int = -1, *, season: int = MONTHS
) -> SeasonalComparison:
    """Compare a month with the same month of earlier years.

    Under the hypothesis that the k + 1 years are exchangeable each is equally likely to be the smallest or the largest,
    so that the present one lies outside the range of the k earlier ones with the probability 2 / (k + 1) (no ties).

    Args:
        values: A series without gaps, oldest first: every month has an entry, a missing value is None.
        position: Which value to compare; by default the last. Later values are not looked at.
        season: Values in a year: 12 for months, 4 for quarters.

    Raises:
        ValueError: The position, the season or a value makes no sense.
    """
    _check_series(values, season)
    place = range(len(values))[position] if -len(values) <= position < len(values) else -1
    if place < 0:
        raise ValueError(f"position {position!r} is outside a series of {len(values)} values")
    value = values[place]
    earlier = tuple(past for past in values[place % season : place : season] if past is not None)
    if not earlier:
        return SeasonalComparison(value, (), None, None, None, None, None, "no earlier year to compare with")
    middle, lowest, highest = median(earlier), min(earlier), max(earlier)
    chance = 2 / (len(earlier) + 1)
    span = f"{lowest:.4g} to {highest:.4g} (median {middle:.4g}) of {len(earlier)} earlier years"
    if len(earlier) == 1:
        span = f"{lowest:.4g} of one earlier year"
    if value is None:
        inside, why = None, f"no value to compare with {span}"
    else:
        inside = lowest <= value <= highest
        side = "inside" if inside else "below" if value < lowest else "above"
        why = f"{value:.4g} is {side} {span}"
        if not inside:
            why += f"; by chance alone in {100 * chance:.0f} % of cases"
    return SeasonalComparison(value, earlier, middle, lowest, highest, inside, chance, why)


def seasonal_indices(values: Sequence[float | None], *, season: int = MONTHS, robust: bool = False) -> SeasonalIndices:
    """Return seasonal factors by the ratio to the moving average (classical multiplicative decomposition).

    The moving average over one year is centred; for an even season its ends count half (a 2 x 12 average for months).
    The factor of a season is the mean of value / moving average over the years, or the median if `robust`; all factors
    are then divided by their mean. A ratio is left out where the moving average is missing or 0.

    Source: Makridakis, Wheelwright and Hyndman (1998), sections 3/2 and 3/4; the same as R's decompose with
    type = "multiplicative".

    Args:
        values: A series without gaps, oldest first, all at least 0; a missing value is None.
        season: Values in a year, at least 2.
        robust: Median instead of mean over the years, which a single extraordinary month cannot move.

    Raises:
        ValueError: The season is below 2, or a value is negative or not finite.
    """
    _check_series(values, season)
    if any(value is not None and value < 0 for value in values):
        raise ValueError("seasonal factors need values of at least 0")
    average = _centred_average(values, season)
    ratios: list[list[float]] = [[] for _ in range(season)]
    for place, (value, level) in enumerate(zip(values, average, strict=True)):
        if value is not None and level:
            ratios[place % season].append(value / level)
    counts = tuple(map(len, ratios))
    if not all(counts):
        remark = f"no factors: each season needs a ratio, which takes at least {2 * season} values without gaps"
        return SeasonalIndices((None,) * season, counts, average, remark)
    raw = [median(group) if robust else math.fsum(group) / len(group) for group in ratios]
    level = math.fsum(raw) / season
    if not level:
        return SeasonalIndices((None,) * season, counts, average, "no factors: their mean is 0")
    fewest = min(counts)
    remark = "" if fewest > 1 else "some factors rest on a single year"
    return SeasonalIndices(tuple(factor / level for factor in raw), counts, average, remark)


def seasonally_adjusted(values: Sequence[float | None], indices: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return value / factor of its season; None where either is missing or the factor is 0.

    Args:
        values: A series that begins with the season of the first factor.
        indices: Seasonal factors.

    Raises:
        ValueError: There are no factors.
    """
    if not indices:
        raise ValueError("at least one seasonal factor is needed")
    factors = [indices[place % len(indices)] for place in range(len(values))]
    return tuple(
        value / factor if value is not None and factor else None for value, factor in zip(values, factors, strict=True)
    )


def _centred_average(values: Sequence[float | None], season: int) -> tuple[float | None, ...]:
    half = season // 2
    even = season % 2 == 0
    average: list[float | None] = []
    for place in range(len(values)):
        window = values[place - half : place + half + 1] if half <= place < len(values) - half else ()
        known = [value for value in window if value is not None]
        if not window or len(known) < len(window):
            average.append(None)
        elif even:
            average.append(math.fsum([*known[1:-1], known[0] / 2, known[-1] / 2]) / season)
        else:
            average.append(math.fsum(known) / season)
    return tuple(average)


def _check_series(values: Sequence[float | None], season: int) -> None:
    if season < 2:  # noqa: PLR2004 (a season of one value is none)
        raise ValueError(f"a season has at least 2 values, got {season!r}")
    if not all(math.isfinite(value) for value in values if value is not None):
        raise ValueError("the values must be finite; give None for a missing one")
