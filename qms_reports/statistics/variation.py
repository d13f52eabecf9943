"""The variation of measurements: of all of them, and within subgroups or between neighbours."""

import math
from collections.abc import Sequence
from itertools import islice
from operator import sub
from typing import Literal

from qms_reports.statistics.constants import deviation_mean, range_mean

Within = Literal["moving_range", "range", "deviation", "pooled"]


def estimate_sigma_within(
    values: Sequence[float],
    method: Within = "moving_range",
    subgroup_sizes: int | Sequence[int] | None = None,
    *,
    d2: Literal["printed", "exact"] = "printed",
) -> float:
    """Estimate the standard deviation within subgroups.

    moving_range: mean of the absolute differences of neighbours / d2(2), for single values;
    range: mean over the subgroups of R / d2(m), R the range and m the size;
    deviation: mean over the subgroups of s / c4(m), s the standard deviation;
    pooled: sqrt(sum of (m - 1) s**2 / sum of (m - 1)).

    Subgroups of one value say nothing about the variation within and are left out of the last three.

    Source: D. C. Montgomery, Introduction to Statistical Quality Control, 7th ed. (2013), sections 6.2 to 6.4; for
    subgroups of different size the mean of the estimates of the single subgroups, as R's qcc takes it.

    Args:
        values: Measurements in the order of time, subgroup after subgroup.
        method: Which estimate.
        subgroup_sizes: Size of all subgroups, or the size of each; None only for moving ranges.
        d2: The constant with the three decimals of printed tables, as control charts take it by default, or exact.

    Raises:
        ValueError: The subgroups do not fit the values or the method.
    """
    if method == "moving_range":
        single = set(subgroup_sizes) == {1} if isinstance(subgroup_sizes, Sequence) else subgroup_sizes in {None, 1}
        if not single:
            raise ValueError("moving ranges are for single values: choose 'range', 'deviation' or 'pooled'")
        moves = list(map(abs, map(sub, islice(values, 1, None), values)))
        if not moves:
            raise ValueError("moving ranges need at least 2 values")
        return math.fsum(moves) / len(moves) / range_mean(2, exact=d2 == "exact")
    if method not in {"range", "deviation", "pooled"}:
        raise ValueError(f"within must be a number, moving_range, range, deviation or pooled, got {method!r}")
    groups = [group for group in subgroups(values, subgroup_sizes) if len(group) > 1]
    if not groups:
        raise ValueError(f"{method!r} needs a subgroup of at least 2 values")
    if method == "range":
        constants = {size: range_mean(size, exact=d2 == "exact") for size in set(map(len, groups))}
        return math.fsum((max(group) - min(group)) / constants[len(group)] for group in groups) / len(groups)
    if method == "deviation":
        return math.fsum(standard_deviation(group) / deviation_mean(len(group)) for group in groups) / len(groups)
    freedom = sum(len(group) - 1 for group in groups)
    return math.sqrt(math.fsum((len(group) - 1) * standard_deviation(group) ** 2 for group in groups) / freedom)


def subgroups(values: Sequence[float], sizes: int | Sequence[int] | None) -> list[Sequence[float]]:
    """Divide values into consecutive subgroups.

    Args:
        values: Measurements, subgroup after subgroup.
        sizes: Size of all subgroups, or the size of each.

    Raises:
        ValueError: The sizes are missing or do not fit the number of values.
    """
    if sizes is None:
        raise ValueError("subgroup_sizes is needed to estimate the variation within subgroups")
    if isinstance(sizes, int):
        if sizes < 1 or len(values) % sizes:
            raise ValueError(f"{len(values)} values cannot be divided into subgroups of {sizes!r}")
        sizes = [sizes] * (len(values) // sizes)
    if any(size < 1 for size in sizes) or sum(sizes) != len(values):
        raise ValueError(f"the subgroup sizes must be at least 1 and add up to {len(values)} values")
    groups, start = [], 0
    for size in sizes:
        groups.append(values[start : start + size])
        start += size
    return groups


def standard_deviation(values: Sequence[float]) -> float:
    """Return sqrt(sum of (x - mean)**2 / (n - 1)); sums are exact, so the order of the values does not matter.

    Args:
        values: At least 2 values.

    Raises:
        ValueError: There are fewer.
    """
    if len(values) < 2:  # noqa: PLR2004 (one value has no variation)
        raise ValueError(f"a standard deviation needs at least 2 values, got {len(values)}")
    # Equal values can miss their own mean by a rounding error, which is no variation.
    if min(values) == max(values):
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum([(value - mean) ** 2 for value in values]) / (len(values) - 1))
