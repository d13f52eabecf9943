"""The rules of Western Electric and of Nelson that find patterns in the points of a control chart.

A signal is the position, counted from 0, of the LAST point of the pattern; a pattern that goes on signals at every
further point. Rules read scores, z = (point - centre) / sigma of that point, so they hold where sigma differs from
point to point (p and u charts of unequal sizes); rising and falling is read from the points themselves.

Conventions where tools differ:
- "Beyond" is strict and "within" includes the line. A point nearer to a line than 1e-9 sigma is on it: floating sums
  reach 1.0000000000000002 where 1 is meant.
- A point on the centre line ends a run (as in R's qcc; the Anhoej rules pass over it, see `runs`).
- Two of three (WE2) needs three points, four of five (WE3) five; the last of them is beyond the line itself.
- Six rising points are five rises; fourteen alternating points are thirteen changes of direction, none of them 0.
- Runs are 8 (WE4) or 9 points (N2, also Minitab's default); R's qcc 2.7 takes 7.

For independent normal points of a known process, simulation gives these average run lengths between false signals:
N1 or WE1 alone 370, N1 + N2 about 214, WE1 to WE4 about 90, all eight of Nelson about 74: use few rules and say which.
For ranges, deviations and counts with skewed distributions Nelson advises his rules 1 to 4 only.

Sources: Western Electric Company, Statistical Quality Control Handbook (1956), 23-28; L. S. Nelson, "The Shewhart
control chart: tests for special causes", Journal of Quality Technology 16 (1984), 237-239; Montgomery, Introduction to
Statistical Quality Control, 7th ed., section 5.3.6.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

TOLERANCE = 1e-9

RULES: dict[str, str] = {
    "WE1": "one point beyond 3 sigma",
    "WE2": "two of three points beyond 2 sigma on the same side",
    "WE3": "four of five points beyond 1 sigma on the same side",
    "WE4": "eight points in a row on one side of the centre line",
    "N1": "one point beyond 3 sigma",
    "N2": "nine points in a row on one side of the centre line",
    "N3": "six points in a row rising or falling",
    "N4": "fourteen points in a row alternating up and down",
    "N5": "two of three points beyond 2 sigma on the same side",
    "N6": "four of five points beyond 1 sigma on the same side",
    "N7": "fifteen points in a row within 1 sigma",
    "N8": "eight points in a row beyond 1 sigma, on both sides",
}


def check_rules(rules: Iterable[str]) -> tuple[str, ...]:
    """Return the rules in the given order, each once.

    Raises:
        ValueError: A name is not a rule.
    """
    names = (rules,) if isinstance(rules, str) else tuple(dict.fromkeys(rules))
    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise ValueError(f"there is no rule {unknown[0]!r}; there are {', '.join(RULES)}")
    return names


def find_signals(
    rules: Iterable[str],
    scores: Sequence[float],
    points: Sequence[float] | None = None,
    sigma: Sequence[float] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Return rule -> positions of the points that complete its pattern, rising.

    Args:
        rules: Names such as "N1" or "WE4", see `RULES`.
        scores: (point - centre) / sigma of each point, none of them NaN.
        points: The points as plotted, for N3 and N4; the scores when not given.
        sigma: Sigma of each point, the unit of the tolerance for N3 and N4; 1 when not given.

    Raises:
        ValueError: A name is not a rule, a score is NaN, or the lengths differ.
    """
    names = check_rules(rules)
    plotted = scores if points is None else points
    units = [1.0] * len(scores) if sigma is None else sigma
    if not len(scores) == len(plotted) == len(units):
        raise ValueError(f"{len(scores)} scores, {len(plotted)} points and {len(units)} sigmas: lengths differ")
    if any(map(math.isnan, scores)):
        raise ValueError("a score is NaN; leave points without a value out")
    steps = _steps(plotted, units) if any(name in _OF_STEPS for name in names) else ()
    return {name: tuple(_FINDERS[name](scores, steps)) for name in names}


def run_ends(sides: Iterable[int], length: int) -> list[int]:
    """Return the positions at which the last `length` entries are equal and not 0.

    Args:
        sides: For each point the side that it is on, or 0 when it is on none.
        length: Number of points in a row, at least 1.
    """
    ends = []
    previous = run = 0
    for position, side in enumerate(sides):
        run = run + 1 if side == previous else 1
        previous = side
        if side and run >= length:
            ends.append(position)
    return ends


def side_of(score: float, line: float = 0.0) -> int:
    """Return 1 above +`line` sigma, -1 below -`line` sigma, otherwise 0: on or between the lines."""
    return (score > line + TOLERANCE) - (score < -line - TOLERANCE)


def _steps(points: Sequence[float], units: Sequence[float]) -> list[int]:
    """Return +1 for each point above the one before it, -1 for below, 0 for level and for the first."""
    steps = [0] * len(points)
    for position in range(1, len(points)):
        rise = points[position] - points[position - 1]
        if abs(rise) > TOLERANCE * units[position]:
            steps[position] = 1 if rise > 0 else -1
    return steps


def _some_beyond(scores: Sequence[float], line: float, needed: int, window: int) -> list[int]:
    """Return where the point and at least `needed` of the last `window` points are beyond the line on one side."""
    sides = [side_of(score, line) for score in scores]
    ends = []
    for position in range(window - 1, len(sides)):
        side = sides[position]
        if side and sides[position - window + 1 : position + 1].count(side) >= needed:
            ends.append(position)
    return ends


def _beyond_three_sigma(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return [position for position, score in enumerate(scores) if abs(score) > 3 + TOLERANCE]


def _two_of_three(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return _some_beyond(scores, line=2, needed=2, window=3)


def _four_of_five(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return _some_beyond(scores, line=1, needed=4, window=5)


def _eight_on_one_side(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return run_ends(map(side_of, scores), 8)


def _nine_on_one_side(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return run_ends(map(side_of, scores), 9)


def _six_rising_or_falling(_scores: Sequence[float], steps: Sequence[int]) -> list[int]:
    return run_ends(steps, 5)


def _fourteen_alternating(_scores: Sequence[float], steps: Sequence[int]) -> list[int]:
    turns = [0, *(int(before * after < 0) for before, after in pairwise(steps))]
    return run_ends(turns, 12)


def _fifteen_within_one_sigma(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    return run_ends((int(not side_of(score, 1)) for score in scores), 15)


def _eight_beyond_one_sigma_on_both_sides(scores: Sequence[float], _steps: Sequence[int]) -> list[int]:
    sides = [side_of(score, 1) for score in scores]
    one_sided = set(run_ends(sides, 8))
    return [position for position in run_ends(map(abs, sides), 8) if position not in one_sided]


_OF_STEPS = ("N3", "N4")
"""Rules that look at how points follow each other; the others look at scores."""

_FINDERS: dict[str, Callable[[Sequence[float], Sequence[int]], list[int]]] = {
    "WE1": _beyond_three_sigma,
    "WE2": _two_of_three,
    "WE3": _four_of_five,
    "WE4": _eight_on_one_side,
    "N1": _beyond_three_sigma,
    "N2": _nine_on_one_side,
    "N3": _six_rising_or_falling,
    "N4": _fourteen_alternating,
    "N5": _two_of_three,
    "N6": _four_of_five,
    "N7": _fifteen_within_one_sigma,
    "N8": _eight_beyond_one_sigma_on_both_sides,
}
