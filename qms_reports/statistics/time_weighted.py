"""Charts with a memory, for small shifts: ewma and cusum of single values or of any plotted statistic."""

import math
from collections.abc import Sequence

from qms_reports.statistics.baselines import Baseline, Choices, Lines, mean, score, sigma_of_moving_range
from qms_reports.statistics.observations import Observations


def estimate_target(observed: Observations, choices: Choices) -> Baseline:
    """Return target and sigma as given, or the mean and MRbar / d2(2) of the values."""
    center = mean(observed.values) if choices.target is None else choices.target
    sigma = sigma_of_moving_range(observed.values, choices) if choices.sigma is None else choices.sigma
    return Baseline(choices.kind, center, sigma)


def draw_ewma(observed: Observations, base: Baseline, choices: Choices, used: Sequence[int]) -> Lines:
    """Return the exponentially weighted moving averages z_t = lambda x_t + (1 - lambda) z_(t-1) with z_0 = target.

    Limits: target -+ L sigma sqrt(lambda / (2 - lambda) (1 - (1 - lambda)**(2t))), t = 1 for the first value; the
    asymptotic limits leave out the last factor and are wider at the start. A value that is left out leaves z and t as
    they are.

    Source: Montgomery, 7th ed., section 9.2; NIST/SEMATECH e-Handbook 6.3.2.4, whose example uses
    the asymptotic limits.
    """
    weight, width = choices.ewma_lambda, choices.ewma_width
    accepted = set(used)
    points, sigma = [], []
    average, rest = base.center, 1.0
    for position, value in enumerate(observed.values):
        if position in accepted:
            average += weight * (value - average)
            rest *= (1 - weight) ** 2
        share = 1 - rest if choices.exact_limits else 1.0
        points.append(average)
        sigma.append(_sigma(base) * math.sqrt(weight / (2 - weight) * share))
    center = [base.center] * len(points)
    return Lines(
        points=points,
        center=center,
        lower=[base.center - width * unit for unit in sigma],
        upper=[base.center + width * unit for unit in sigma],
        sigma=sigma,
        scores=[3 / width * one for one in map(score, points, center, sigma)],
    )


def draw_cusum(observed: Observations, base: Baseline, choices: Choices, used: Sequence[int]) -> Lines:
    """Return the two-sided tabular cusum in units of sigma, from z_t = (x_t - target) / sigma.

    C+_t = max(0, C+_(t-1) + z_t - k) and C-_t = max(0, C-_(t-1) - z_t - k), both 0 at the start. `points` are the upper
    sums, `lower_points` the lower sums drawn downwards (-C-); centre 0, limits -+h. A sum beyond h signals and goes on
    (it is not set back to 0). A value that is left out leaves both sums as they are.

    Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), 100-115; Montgomery, 7th ed., section
    9.1, (9.2) and (9.3); NIST/SEMATECH e-Handbook 6.3.2.3.
    """
    sigma = _sigma(base)
    if sigma == 0:
        raise ValueError("sigma is 0: a cusum needs values that vary, or sigma given")
    slack, decision = choices.cusum_k, choices.cusum_h
    accepted = set(used)
    upper_sums, lower_sums, scores = [], [], []
    high = low = 0.0
    for position, value in enumerate(observed.values):
        if position in accepted:
            distance = (value - base.center) / sigma
            high = max(0.0, high + distance - slack)
            low = max(0.0, low - distance - slack)
        upper_sums.append(high)
        lower_sums.append(0.0 - low)
        scores.append(3 / decision * (high if high >= low else -low))
    count = len(scores)
    return Lines(
        points=upper_sums,
        center=[0.0] * count,
        lower=[-decision] * count,
        upper=[decision] * count,
        sigma=[1.0] * count,
        scores=scores,
        lower_points=lower_sums,
    )


def _sigma(base: Baseline) -> float:
    if base.sigma is None:
        raise ValueError(f"a baseline of the chart {base.kind!r} needs sigma")
    return base.sigma
