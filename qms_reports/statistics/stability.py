"""Whether a long run of single values is stable enough to speak of the capability of a process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from qms_reports.statistics.rules import TOLERANCE
from qms_reports.statistics.variation import estimate_sigma_within

_RUN = 9
_FEW = ((35, 0), (100, 1))


def signal_count(values: Sequence[float]) -> int:
    """Return how many points of an individuals chart signal by N1 or N2.

    The same points as ``control_chart("i", values).signalled`` finds, without drawing the chart.

    Args:
        values: At least 2 finite values in the order of time.
    """
    center = math.fsum(values) / len(values)
    sigma = estimate_sigma_within(values, "moving_range")
    # At the line is not beyond it, nor on a side of it, within a tolerance that covers rounding.
    reach, slack = (3 + TOLERANCE) * sigma, TOLERANCE * sigma
    signals = {place for place, value in enumerate(values) if abs(value - center) > reach}
    sides = [0 if abs(value - center) <= slack else 1 if value > center else -1 for value in values]
    place = 0
    for side, run in groupby(sides):
        length = sum(1 for _ in run)
        if side and length >= _RUN:
            signals.update(range(place + _RUN - 1, place + length))
        place += length
    return len(signals)


def is_stable(values: Sequence[float]) -> bool:
    """Return whether a process counts as in statistical control for a statement about its capability.

    No point may signal (N1, N2) among fewer than 35, one among fewer than 100, and 2 in 100 of more: with many points
    a stable process signals now and then too.

    Source: E. L. Grant and R. S. Leavenworth, Statistical Quality Control, 7th ed. (1996), chapter 3.

    Args:
        values: At least 2 finite values in the order of time.
    """
    count = len(values)
    allowed = next((most for points, most in _FEW if count < points), count // 50)
    return min(values) < max(values) and signal_count(values) <= allowed
