"""Curves through data: the line of least squares of a scatter plot, the normal distribution over a histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts.fixed_words import count, fixed
from qms_reports.charts.numerals import MINUS, value_text
from qms_reports.statistics.intervals import round_significant

_LEAST_POINTS = 3  # through two points any line is perfect
_CURVE_STEPS = 60
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """A straight line y = intercept + slope * x.

    Attributes:
        slope: Change of y for one x.
        intercept: y at x = 0.
        determination: R², the share of the variance of y that the line explains; ``None`` where y does not vary.
        count: Number of points.
    """

    slope: float
    intercept: float
    determination: float | None
    count: int

    def at(self, x: float) -> float:
        """The height of the line."""
        return self.intercept + self.slope * x


def linear_fit(xs: Sequence[float], ys: Sequence[float | None]) -> Fit | None:
    """The line of least squares, or ``None`` for fewer than three points or where x does not vary.

    slope = sum((x - mean x)(y - mean y)) / sum((x - mean x)²), and the line passes through both means.

    Source: Montgomery, Peck and Vining, Introduction to Linear Regression Analysis, 5th ed., section 2.2.
    """
    pairs = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
    if len(pairs) < _LEAST_POINTS:
        return None
    middle_x = math.fsum(x for x, _ in pairs) / len(pairs)
    middle_y = math.fsum(y for _, y in pairs) / len(pairs)
    spread = math.fsum((x - middle_x) ** 2 for x, _ in pairs)
    if spread <= 1e-18 * max(abs(x) for x, _ in pairs) ** 2:
        return None
    together = math.fsum((x - middle_x) * (y - middle_y) for x, y in pairs)
    scatter = math.fsum((y - middle_y) ** 2 for _, y in pairs)
    slope = together / spread
    varies = scatter > 1e-18 * max(abs(y) for _, y in pairs) ** 2
    explained = min(together / spread * (together / scatter), 1.0) if varies else None
    return Fit(
        round_significant(slope),
        round_significant(middle_y - slope * middle_x),
        None if explained is None else round_significant(explained),
        len(pairs),
    )


def _significant(value: float) -> str:
    size = abs(value)
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(size))) if size else 0
    return value_text(value, min(decimals, 9))


def equation(fit: Fit) -> str:
    """The line in words: ``y = 12.3 + 0.456 x, R² = 0.83, n = 60``."""
    sign = MINUS if fit.slope < 0 else "+"
    line = f"y = {_significant(fit.intercept)} {sign} {_significant(abs(fit.slope))} x"
    share = "" if fit.determination is None else f", R² = {fixed(fit.determination, 2)}"
    return f"{line}{share}, n = {count(fit.count)}"


@dataclass(frozen=True, slots=True)
class Bell:
    """The normal distribution with the mean and standard deviation (n - 1) of a sample of `count`."""

    mean: float
    deviation: float
    count: int

    def expected(self, x: float, width: float) -> float:
        """Records expected in a bin of this width around x: density times width times number of records."""
        z = (x - self.mean) / self.deviation
        return self.count * width / self.deviation * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)

    def curve(self, low: float, high: float, width: float) -> tuple[tuple[float, float], ...]:
        """Points of the curve from `low` to `high`, for bins of this width."""
        steps = (low + (high - low) * step / _CURVE_STEPS for step in range(_CURVE_STEPS + 1))
        return tuple((x, self.expected(x, width)) for x in steps)


def bell(values: Sequence[float | None]) -> Bell | None:
    """The normal distribution of a sample, or ``None`` for fewer than three values or where they do not vary."""
    known = [value for value in values if value is not None]
    if len(known) < _LEAST_POINTS:
        return None
    mean = math.fsum(known) / len(known)
    variance = math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1)
    if variance <= 1e-24 * max(map(abs, known)) ** 2:
        return None
    return Bell(round_significant(mean), round_significant(math.sqrt(variance)), len(known))
