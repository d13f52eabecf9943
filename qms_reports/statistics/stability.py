"""Whether a long run of single values is stable enough to speak of the capability of a process."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from qms_reports.statistics.rules import TOLERANCE
from qms_reports.statistics.variation import estimate_sigma_within

_RUN_OF_NINE = re.compile(rb"\x01{9,}")
_FEW = ((35, 0), (100, 1))


def signal_count(
    values: Sequence[float],
    sigma: float | None = None,
    center: float | None = None,
    extremes: tuple[float, float] | None = None,
) -> int:
    """Return how many points of an individuals chart signal by N1 or N2.

    The same points as ``control_chart("i", values).signalled`` finds, without drawing the chart.

    Args:
        values: At least 2 finite values in the order of time.
        sigma: Mean moving range / d2(2), where it is known already.
        center: Mean of the values, where it is known already.
        extremes: The smallest and the largest value, where they are known already.
    """
    if center is None:
        center = math.fsum(values) / len(values)
    low, high = extremes or (min(values), max(values))
    if sigma is None:
        sigma = estimate_sigma_within(values, "moving_range")
    # At the line is not beyond it, nor on a side of it, within a tolerance that covers rounding.
    reach, slack = (3 + TOLERANCE) * sigma, TOLERANCE * sigma
    signals: set[int] = set()
    if high - center > reach:
        signals = {place for place, value in enumerate(values) if value - center > reach}
    if center - low > reach:
        signals |= {place for place, value in enumerate(values) if center - value > reach}
    above = bytes(map((center + slack).__lt__, values))
    below = bytes(map((center - slack).__gt__, values))
    for side in (above, below):
        for run in _RUN_OF_NINE.finditer(side):
            signals.update(range(run.start() + 8, run.end()))
    return len(signals)


def is_stable(
    values: Sequence[float],
    sigma: float | None = None,
    center: float | None = None,
    extremes: tuple[float, float] | None = None,
) -> bool:
    """Return whether a process counts as in statistical control for a statement about its capability.

    No point may signal (N1, N2) among fewer than 35, one among fewer than 100, and 2 in 100 of more: with many points
    a stable process signals now and then too.

    Source: E. L. Grant and R. S. Leavenworth, Statistical Quality Control, 7th ed. (1996), chapter 3.

    Args:
        values: At least 2 finite values in the order of time.
        sigma: Mean moving range / d2(2), where it is known already.
        center: Mean of the values, where it is known already.
        extremes: The smallest and the largest value, where they are known already.
    """
    count = len(values)
    allowed = next((most for points, most in _FEW if count < points), count // 50)
    low, high = extremes or (min(values), max(values))
    return low < high and signal_count(values, sigma, center, (low, high)) <= allowed
