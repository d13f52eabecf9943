"""Charts of subgroups: xbar (means), r (ranges) and s (standard deviations), of equal and unequal sizes.

Three ways to estimate sigma from within the subgroups:

- "range": mean of R_i / d2(n_i), which is Rbar / d2 for one size; n up to 25, efficient up to about 10.
- "deviation": mean of s_i / c4(n_i), which is sbar / c4 for one size.
- "weighted": sbar = sqrt(sum (n_i - 1) s_i**2 / sum (n_i - 1)), then sbar / c4(n_i) for each point: Montgomery's
  convention for unequal sizes.

Unless said otherwise ranges are charted with "range", deviations with "deviation" when the sizes are equal and
"weighted" when not, means with "range" when the sizes are equal and at most 10 and otherwise as deviations.

For unequal sizes the centre lines of r, and of s with "deviation", follow d2(n_i) sigma and c4(n_i) sigma; R's qcc
draws a constant there. Its sigma is that of "range" or "deviation"; qicharts2 uses "weighted", Minitab pools.

Sources: Montgomery, 7th ed., sections 6.2 (xbar and R), 6.3.1 (xbar and s) and 6.3.2 (unequal sizes, (6.30) and
(6.31)); NIST/SEMATECH e-Handbook 6.3.2.1.
"""

import math
from collections.abc import Sequence

from qms_reports.statistics.baselines import Baseline, Choices, Lines, Spread, mean, three_sigma_lines
from qms_reports.statistics.constants import deviation_mean, range_deviation
from qms_reports.statistics.observations import Observations

# Above this the range wastes too much of what the values tell (Montgomery, section 6.3).
_LARGEST_FOR_RANGE = 10


def estimate_subgroups(observed: Observations, choices: Choices) -> Baseline:
    """Return the weighted mean of all values (6.30) and sigma from within the subgroups; for r and s their mean.

    Limits of means: centre -+ 3 sigma / sqrt(n_i) = xbarbar -+ A2 Rbar or -+ A3 sbar. Limits of ranges: d2 sigma -+
    3 d3 sigma = D3 Rbar to D4 Rbar. Limits of deviations: c4 sigma -+ 3 sigma sqrt(1 - c4**2) = B3 sbar to B4 sbar.
    """
    spread = _spread(observed, choices)
    sigma = _within(observed, spread, choices) if choices.sigma is None else choices.sigma
    if choices.kind == "r":
        center = mean(observed.ranges)
    elif choices.kind == "s":
        center = mean(observed.deviations)
    elif choices.target is not None:
        center = choices.target
    else:
        products = [value * size for value, size in zip(observed.values, observed.sizes, strict=True)]
        center = math.fsum(products) / math.fsum(observed.sizes)
    return Baseline(choices.kind, center, sigma, spread=spread)


def draw_means(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the means of the subgroups."""
    sigma = [
        single / math.sqrt(size) if size else math.nan
        for single, size in zip(_single_sigmas(observed, base), observed.sizes, strict=True)
    ]
    return three_sigma_lines(observed.values, [base.center] * len(sigma), sigma)


def draw_ranges(observed: Observations, base: Baseline, choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the ranges of the subgroups."""
    center, sigma = [], []
    for single, size in zip(_single_sigmas(observed, base), observed.sizes, strict=True):
        center.append(single * choices.range_mean(int(size)) if size else math.nan)
        sigma.append(single * range_deviation(int(size)) if size else math.nan)
    return three_sigma_lines(observed.ranges, center, sigma, floor=0.0)


def draw_deviations(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the standard deviations of the subgroups."""
    center, sigma = [], []
    for single, size in zip(_single_sigmas(observed, base), observed.sizes, strict=True):
        factor = deviation_mean(int(size)) if size else math.nan
        center.append(single * factor)
        sigma.append(single * math.sqrt(1 - factor * factor))
    return three_sigma_lines(observed.deviations, center, sigma, floor=0.0)


def _spread(observed: Observations, choices: Choices) -> Spread:
    """Return how sigma is estimated: as chosen, or by the kind of chart and the sizes."""
    sizes = set(observed.sizes)
    if choices.sigma is not None:
        return "deviation"  # one sigma for all sizes
    if choices.spread is not None:
        return choices.spread
    if choices.kind == "r" or (choices.kind == "xbar" and len(sizes) == 1 and max(sizes) <= _LARGEST_FOR_RANGE):
        return "range"
    # A subgroup of one value has a mean to plot but no c4 of its own.
    return "deviation" if len(sizes) == 1 or min(sizes) == 1 else "weighted"


def _within(observed: Observations, spread: Spread, choices: Choices) -> float:
    """Return sigma of single values, or with "weighted" the weighted mean deviation."""
    telling = [position for position, size in enumerate(observed.sizes) if size > 1]
    if not telling:
        raise ValueError("every subgroup has one value; use an i chart")
    few = observed.at(telling)
    if spread == "range":
        return mean([value / choices.range_mean(int(n)) for value, n in zip(few.ranges, few.sizes, strict=True)])
    if spread == "deviation":
        return mean([value / deviation_mean(int(n)) for value, n in zip(few.deviations, few.sizes, strict=True)])
    squares = [(n - 1) * value * value for value, n in zip(few.deviations, few.sizes, strict=True)]
    return math.sqrt(math.fsum(squares) / math.fsum([n - 1 for n in few.sizes]))


def _single_sigmas(observed: Observations, base: Baseline) -> list[float]:
    """Return for each subgroup the standard deviation of single values that its limits rest on."""
    if base.sigma is None:
        raise ValueError(f"a baseline of the chart {base.kind!r} needs sigma")
    if base.spread != "weighted":
        return [base.sigma] * len(observed.sizes)
    if 1.0 in observed.sizes:
        raise ValueError("a subgroup of one value has no weighted deviation; choose spread='deviation'")
    return [base.sigma / deviation_mean(int(size)) if size else math.nan for size in observed.sizes]
