"""Charts of counts: p and np (nonconforming units), c and u (nonconformities), Laney's p' and u', g (between events).

Limits are centre -+ 3 sigma in the normal approximation, never below 0 and for proportions never above the whole.
"""

import math
from collections.abc import Sequence

from qms_reports.statistics.baselines import (
    Baseline,
    Choices,
    Lines,
    mean,
    score,
    sigma_of_moving_range,
    three_sigma_lines,
)
from qms_reports.statistics.observations import PROPORTIONS, Observations


def estimate_rate(observed: Observations, choices: Choices) -> Baseline:
    """Return the pooled proportion or rate: all counts over all sizes, never a mean of rates.

    p, np: pbar = sum x / sum n, sigma of a point sqrt(pbar (1 - pbar) / n_i); np plots counts, n pbar and
    sqrt(n pbar (1 - pbar)). u: ubar = sum c / sum n, sigma sqrt(ubar / n_i).

    Source: Montgomery, 7th ed., sections 7.2 (p, np; 7.2.2 for unequal sizes) and 7.3 (u); NIST/SEMATECH e-Handbook
    6.3.3.
    """
    return Baseline(choices.kind, _pooled(observed, choices))


def estimate_overdispersed_rate(observed: Observations, choices: Choices) -> Baseline:
    """Return the pooled rate and Laney's sigma_z, how many times wider the points scatter than the counts explain.

    z_i = (p_i - pbar) / s_i with s_i as in the p or u chart; sigma_z = mean |z_i - z_(i-1)| / 1.128; sigma of a point
    is s_i sigma_z. Below 1 it narrows the limits (Laney leaves it so, and so do we). With all counts 0 it is 0.

    Source: D. B. Laney, "Improved control charts for attributes", Quality Engineering 14 (2002), 531-537.
    """
    center = _pooled(observed, choices)
    units = [_unit_sigma(choices.kind, center, size) for size in observed.sizes]
    rates = [count / size for count, size in zip(observed.values, observed.sizes, strict=True)]
    scores = [score(rate, center, unit) for rate, unit in zip(rates, units, strict=True)]
    if not all(map(math.isfinite, scores)):
        raise ValueError(f"a target of {center:g} leaves no scatter to compare the points with")
    return Baseline(choices.kind, center, sigma_z=sigma_of_moving_range(scores, choices))


def draw_rate(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return proportions or rates with limits for the size of each."""
    factor = 1.0 if base.sigma_z is None else base.sigma_z
    return three_sigma_lines(
        points=[
            count / size if size else math.nan for count, size in zip(observed.values, observed.sizes, strict=True)
        ],
        center=[base.center] * len(observed.values),
        sigma=[_unit_sigma(base.kind, base.center, size) * factor for size in observed.sizes],
        floor=0.0,
        ceiling=1.0 if base.kind in PROPORTIONS else math.inf,
    )


def draw_nonconforming(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return numbers of nonconforming units among n."""
    count, size = len(observed.values), observed.sizes[0]
    sigma = size * _unit_sigma(base.kind, base.center, size)
    return three_sigma_lines(observed.values, [size * base.center] * count, [sigma] * count, floor=0.0, ceiling=size)


def estimate_count(observed: Observations, choices: Choices) -> Baseline:
    """Return the mean count: cbar of a c chart with sigma = sqrt(cbar), gbar of a g chart.

    A g chart plots the number of units (or days) between events, a geometric count that starts at 0: sigma =
    sqrt(gbar (gbar + 1)). Its lower limit is always 0: more frequent events show as runs below the centre line, and
    since the median is about 0.7 gbar such runs are common; some programs draw the median as centre instead.

    Source: Montgomery, 7th ed., sections 7.3.1 (c) and 7.3.5 (between events); J. C. Benneyan, "Performance of
    number-between g-type statistical quality control charts for monitoring adverse events", Health Care Management
    Science 4 (2001), 319-336; NIST/SEMATECH e-Handbook 6.3.3.1.
    """
    return Baseline(choices.kind, mean(observed.values) if choices.target is None else choices.target)


def draw_count(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the counts with constant limits."""
    count = len(observed.values)
    sigma = math.sqrt(base.center * (base.center + 1) if base.kind == "g" else base.center)
    return three_sigma_lines(observed.values, [base.center] * count, [sigma] * count, floor=0.0)


def _pooled(observed: Observations, choices: Choices) -> float:
    if choices.target is not None:
        return choices.target
    return math.fsum(observed.values) / math.fsum(observed.sizes)


def _unit_sigma(kind: str, center: float, size: float) -> float:
    """Return the standard deviation of a proportion or rate of a sample of this size; NaN for size 0."""
    if size == 0:
        return math.nan
    return math.sqrt((center * (1 - center) if kind in PROPORTIONS else center) / size)
