"""Measurements in time order as whole numbers of their last digit: sums are exact, and those of months add up."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qms_reports.kpis.aggregations import LIST_SEPARATOR

if TYPE_CHECKING:
    import numpy as np

    from qms_reports.statistics.capability import Index

    Array = np.ndarray[Any, np.dtype[Any]]

_EXACT = 2**53
"""Up to here every whole number is a float too."""

_DIGITS = 18
"""Decimal digits that 64 bits hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Measurements of one stretch of time, and what an index needs of them.

    Attributes:
        values: The values, times 10 to the power of `digits`; of 64 bits where they are exact as floats too, else
            Python's whole numbers.
        digits: Decimal digits.
        total: Sum of the values.
        squares: Sum of their squares.
        moves: Sum of the absolute differences of neighbours.
        low: The smallest value.
        high: The largest value.
        first: The first value.
        last: The last value.
    """

    values: Array
    digits: int
    total: int
    squares: int
    moves: int
    low: int
    high: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Measurements:
    """Measurements of several stretches, one after the other, and their specification.

    Attributes:
        stretches: In the order of time; none is empty.
        lower: Lower limit as text, or the empty text.
        upper: Upper limit.
    """

    stretches: tuple[Measured, ...]
    lower: str
    upper: str


def listed(values: str | None, limits: str | None) -> Measurements:
    """Measurements from one list of values and the two limits, as a statement gives them."""
    lower, _, upper = (limits or LIST_SEPARATOR).partition(LIST_SEPARATOR)
    return Measurements((measured(values),) if values else (), lower, upper)


@cache  # until `forget`: several KPIs show the same measurements
def measured(text: str) -> Measured:
    """The measurements in a list of decimal numbers."""
    values, digits = _whole(text)
    return summed(values, digits)


def summed(values: Array, digits: int) -> Measured:
    """Measurements given as whole numbers of their last digit.

    Zeros that all of them end with are left out: short numbers are added up faster, and what a stretch is made of does
    not depend on what else was read.
    """
    return _summed(*_shortest(values, digits))


def _summed(values: Array, digits: int) -> Measured:
    import numpy as np

    low, high = int(values.min()), int(values.max())
    largest = max(-low, high)
    count = len(values)
    if 2 * largest * count >= 2**63 or largest * largest * count >= 2**63:
        values = values.astype(object)  # sums of Python's whole numbers have no end
    squares, moves = int(np.dot(values, values)), int(np.abs(np.diff(values)).sum())
    total = int(values.sum())
    if largest >= _EXACT:
        values = values.astype(object)
    elif values.dtype == object:
        values = values.astype(np.int64)
    return Measured(values, digits, total, squares, moves, low, high, int(values[0]), int(values[-1]))


def summed_apart(values: Array, starts: Array, digits: int) -> list[Measured]:
    """Measurements of stretches that stand one after the other in 64 bits, all added up at once.

    Args:
        values: Whole numbers of the last digit.
        starts: Where each stretch begins; the first at 0, none empty.
        digits: Decimal digits.
    """
    import numpy as np

    values, digits = _shortest(values, digits)
    ends = np.append(starts[1:], len(values))
    lows, highs = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    largest, longest = max(-int(lows.min()), int(highs.max())), int((ends - starts).max())
    parts = np.split(values, starts[1:])
    if largest >= _EXACT or 2 * largest * longest >= 2**63 or largest * largest * longest >= 2**63:
        return [summed(part, digits) for part in parts]
    moves = np.diff(values, prepend=values[:1])
    np.abs(moves, out=moves)
    moves[starts] = 0
    sums = (np.add.reduceat(each, starts) for each in (values, values * values, moves))
    columns = (*sums, lows, highs, values[starts], values[ends - 1])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    are_shortest = np.logical_or.reduceat(values % 10 != 0, starts) if digits else starts >= 0
    return [
        Measured(part, digits, *row) if is_shortest else summed(part, digits)
        for part, row, is_shortest in zip(parts, rows, are_shortest.tolist(), strict=True)
    ]


def _shortest(values: Array, digits: int) -> tuple[Array, int]:
    """The same numbers without the zeros after the point that all of them end with."""
    for step in (8, 4, 2, 1):
        while step <= digits and not (values % 10**step).any():
            values, digits = values // 10**step, digits - step
    return values, digits


def _whole(text: str) -> tuple[Array, int]:
    """The numbers of a list without their points, and their decimal digits."""
    import numpy as np

    digits = len(text.partition(LIST_SEPARATOR)[0].partition(".")[2])
    # Of a decimal column all numbers have the same digits; others are brought to the same.
    fraction = rf"\.\d{{{digits}}}" if digits else ""
    number = rf"-?\d{{1,{_DIGITS - digits}}}{fraction}"
    if digits < _DIGITS and re.fullmatch(rf"(?:{number}{LIST_SEPARATOR})*+{number}", text):
        return np.fromstring(text.replace(".", ""), np.int64, sep=LIST_SEPARATOR), digits
    parts = [Decimal(part).as_tuple() for part in text.split(LIST_SEPARATOR)]
    exponents = [int(part.exponent) for part in parts]
    digits = max(0, -min(exponents))
    values = []
    for part, exponent in zip(parts, exponents, strict=True):
        whole = int("".join(map(str, part.digits))) * 10 ** (exponent + digits)
        values.append(-whole if part.sign else whole)
    return np.array(values, dtype=object), digits


def forget() -> None:
    """Let go of the single values of a finished evaluation."""
    measured.cache_clear()
    indices.cache_clear()


@cache  # until `forget`: several KPIs and all parts of the whole show the same measurements
def indices(measurements: Measurements) -> dict[str, Index | None] | str:
    """All indices of the same measurements, which several KPIs show; or why there are none."""
    import numpy as np

    from qms_reports.statistics.capability import FEWEST_VALUES, indices_of
    from qms_reports.statistics.constants import range_mean
    from qms_reports.statistics.stability import is_stable

    stretches = _same_digits(measurements.stretches)
    count = sum(len(part.values) for part in stretches)
    if count < FEWEST_VALUES:
        return f"fewer than {FEWEST_VALUES} values"
    lower, upper = (float(text) if text else None for text in (measurements.lower, measurements.upper))
    if lower is None and upper is None:
        return "no specification limit"
    low, high = min(part.low for part in stretches), max(part.high for part in stretches)
    if low == high:
        return "the values do not vary"
    between = sum(abs(after.first - before.last) for before, after in pairwise(stretches))
    moves = sum(part.moves for part in stretches) + between
    sigma = moves / (count - 1) / range_mean(2, exact=False)  # as control charts
    total = sum(part.total for part in stretches)
    values = np.concatenate([part.values for part in stretches])
    if not is_stable(values, sigma, total / count, (low, high)):
        return "the process is not in control, its capability is not defined"
    # The sum of squared deviations times n, of whole numbers: nothing is lost.
    squares = count * sum(part.squares for part in stretches) - total * total
    one = 10 ** stretches[0].digits
    overall = math.sqrt(squares / (count * (count - 1) * one * one))
    return indices_of(count, total / (count * one), sigma / one, overall, lower, upper)


def _same_digits(stretches: tuple[Measured, ...]) -> tuple[Measured, ...]:
    digits = max((part.digits for part in stretches), default=0)
    if all(part.digits == digits for part in stretches):
        return stretches
    return tuple(_summed(part.values.astype(object) * 10 ** (digits - part.digits), digits) for part in stretches)
