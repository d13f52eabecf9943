"""Whether a long run of single values is stable enough to speak of the capability of a process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qms_reports.statistics.rules import TOLERANCE
from qms_reports.statistics.variation import estimate_sigma_within

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
    Values = Sequence[float] | Array

_RUN = 9
"""Points in a row on one side of the center line that signal by N2."""

_FEW = ((35, 0), (100, 1))


def signal_count(
    values: Values,
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
    import numpy as np

    if center is None:
        center = math.fsum(values) / len(values)
    low, high = extremes or (min(values), max(values))
    if sigma is None:
        sigma = estimate_sigma_within(np.asarray(values).tolist(), "moving_range")
    # At the line is not beyond it, nor on a side of it, within a tolerance that covers rounding.
    reach, slack = (3 + TOLERANCE) * sigma, TOLERANCE * sigma
    measured = np.asarray(values)
    signals = np.zeros(len(measured), dtype=bool)
    if high - center > reach:
        signals |= measured - center > reach
    if center - low > reach:
        signals |= center - measured > reach
    for side in (measured > center + slack, measured < center - slack):
        signals[_RUN - 1 :] |= _ends_of_runs(side)
    return int(np.count_nonzero(signals))


def _ends_of_runs(side: Array) -> Array:
    """Of each point from the ninth on, whether it and the eight before it are on that side."""
    two = side[1:] & side[:-1]
    four = two[2:] & two[:-2]
    eight = four[4:] & four[:-4]
    found: Array = eight[1:] & side[: 1 - _RUN]
    return found


def is_stable(
    values: Values,
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
