"""Charts of single values: i (individuals), mr (moving ranges) and t (times between events)."""

import math
from collections.abc import Sequence

from qms_reports.statistics.baselines import (
    Baseline,
    Choices,
    Lines,
    mean,
    mean_moving_range,
    score,
    sigma_of_moving_range,
    three_sigma_lines,
)
from qms_reports.statistics.constants import range_deviation
from qms_reports.statistics.observations import Observations

# Nelson's power: 3.6 is where a Weibull distribution is nearest to a normal one, and an exponential time becomes one.
_POWER = 3.6


def estimate_individuals(observed: Observations, choices: Choices) -> Baseline:
    """Return mean and sigma = MRbar / d2(2) of single values.

    Limits: xbar -+ 3 MRbar / d2(2) = xbar -+ 2.66 MRbar. The moving range spans points that are left out.

    Source: Montgomery, 7th ed., section 6.4, (6.33); NIST/SEMATECH e-Handbook 6.3.2.2.
    """
    center = mean(observed.values) if choices.target is None else choices.target
    sigma = sigma_of_moving_range(observed.values, choices) if choices.sigma is None else choices.sigma
    return Baseline(choices.kind, center, sigma)


def draw_individuals(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the values with constant centre and limits."""
    count = len(observed.values)
    return three_sigma_lines(observed.values, [base.center] * count, [_sigma(base)] * count)


def estimate_moving_ranges(observed: Observations, choices: Choices) -> Baseline:
    """Return MRbar and sigma = MRbar / d2(2).

    Limits: 0 and D4(2) MRbar = 3.267 MRbar, D4 = 1 + 3 d3/d2. Neighbouring moving ranges share a value, so patterns
    in this chart are to be read with care.

    Source: Montgomery, 7th ed., section 6.4.
    """
    if choices.sigma is not None:
        return Baseline(choices.kind, choices.sigma * choices.range_mean(2), choices.sigma)
    average = mean_moving_range(observed.values, choices)
    return Baseline(choices.kind, average, average / choices.range_mean(2))


def draw_moving_ranges(observed: Observations, base: Baseline, choices: Choices, used: Sequence[int]) -> Lines:
    """Return the distance of each value from the last used one before it; NaN for the first of all."""
    ranges = []
    before = math.nan
    accepted = set(used)
    for position, value in enumerate(observed.values):
        ranges.append(abs(value - before))
        if position in accepted:
            before = value
    count = len(ranges)
    sigma = _sigma(base)
    center = [sigma * choices.range_mean(2)] * count
    return three_sigma_lines(ranges, center, [sigma * range_deviation(2)] * count, floor=0.0)


def estimate_times(observed: Observations, choices: Choices) -> Baseline:
    """Return mean and sigma = MRbar / d2(2) of y = x**(1/3.6), which is nearly normal for exponential times x.

    The limits of y are turned back with x = y**3.6; a lower limit below 0 becomes 0. The centre line is (mean y)**3.6,
    near the median of the times and below their mean.

    Source: L. S. Nelson, "A control chart for parts-per-million nonconforming items", Journal of Quality Technology 26
    (1994), 239-240; Montgomery, 7th ed., section 7.3.5.
    """
    powers = [_transform(value) for value in observed.values]
    return Baseline(choices.kind, mean(powers), sigma_of_moving_range(powers, choices))


def draw_times(observed: Observations, base: Baseline, _choices: Choices, _used: Sequence[int]) -> Lines:
    """Return the times with limits turned back; sigma and scores are those of the transformed times."""
    count = len(observed.values)
    sigma = _sigma(base)
    return Lines(
        points=observed.values,
        center=[base.center**_POWER] * count,
        lower=[max(base.center - 3 * sigma, 0.0) ** _POWER] * count,
        upper=[(base.center + 3 * sigma) ** _POWER] * count,
        sigma=[sigma] * count,
        scores=[score(_transform(value), base.center, sigma) for value in observed.values],
    )


def _transform(time: float) -> float:
    return math.nan if math.isnan(time) else time ** (1 / _POWER)


def _sigma(base: Baseline) -> float:
    if base.sigma is None:
        raise ValueError(f"a baseline of the chart {base.kind!r} needs sigma")
    return base.sigma
