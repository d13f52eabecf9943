"""The runs analysis of Anhoej: an unusually long run or too few crossings of the centre line, without limits.

Points on the centre line are passed over, so n is the number of points off it. There is a shift when the longest run
on one side is longer than round(log2(n)) + 3, or when the line is crossed fewer times than the 5 % quantile of the
binomial distribution with n - 1 trials and probability 0.5.

Sources: J. Anhoej and A. V. Olesen, "Run charts revisited: a simulation study of run chart rules for detection of
non-random variation in health care processes", PLoS ONE 9 (2014), e113825; M. F. Schilling, "The surprising
predictability of long runs", Mathematics Magazine 85 (2012), 141-149; Z. Chen, "A note on the runs test", Model
Assisted Statistics and Applications 5 (2010), 73-77.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from qms_reports.statistics.rules import TOLERANCE


@dataclass(frozen=True, slots=True)
class RunsAnalysis:
    """What the runs of a chart say.

    Attributes:
        center: The line that the runs are about.
        useful: Number of points off the line.
        longest_run: Points in the longest run on one side.
        longest_run_limit: Longest run that is still usual.
        crossings: How often the points change sides.
        crossings_limit: Fewest crossings that are still usual.
    """

    center: float
    useful: int
    longest_run: int
    longest_run_limit: int
    crossings: int
    crossings_limit: int

    @property
    def signal(self) -> bool:
        """True when the longest run is too long or the crossings are too few."""
        return self.longest_run > self.longest_run_limit or self.crossings < self.crossings_limit


def analyse_runs(points: Sequence[float], center: float | None = None) -> RunsAnalysis:
    """Judge the runs of points about a line.

    Args:
        points: The points in order; leave out those without a value.
        center: The line; the median of the points when not given.

    Raises:
        ValueError: There are no points, or one is not finite.
    """
    if not points:
        raise ValueError("there are no points")
    if not all(map(math.isfinite, points)):
        raise ValueError("a point is not finite; leave out what was not observed")
    line = float(median(points)) if center is None else center
    scale = TOLERANCE * max(abs(line), *(abs(point - line) for point in points), 0.0)
    sides = [point > line for point in points if abs(point - line) > scale]
    if not sides:
        return RunsAnalysis(line, 0, 0, 0, 0, 0)
    lengths = [1]
    for before, after in pairwise(sides):
        if before == after:
            lengths[-1] += 1
        else:
            lengths.append(1)
    useful = len(sides)
    return RunsAnalysis(
        center=line,
        useful=useful,
        longest_run=max(lengths),
        longest_run_limit=round(math.log2(useful)) + 3,
        crossings=len(lengths) - 1,
        crossings_limit=_fewest_crossings(useful - 1),
    )


def _fewest_crossings(trials: int) -> int:
    """Return the smallest k with P(X <= k) >= 0.05 for X binomial with probability 0.5, in whole numbers."""
    total, ways, crossings = 1, 1, 0
    while 20 * total < 1 << trials:
        ways = ways * (trials - crossings) // (crossings + 1)
        crossings += 1
        total += ways
    return crossings
