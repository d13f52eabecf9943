"""How numbers are printed in charts, and which round numbers an axis shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from qms_reports.charts.specification import Chart
from qms_reports.languages import language
from qms_reports.languages.numbers import MINUS, NO_BREAK_SPACE, SCALES, localised, with_unit

__all__ = [
    "MINUS",
    "NO_BREAK_SPACE",
    "TIMES",
    "in_its_language",
    "nice_ticks",
    "printing_in",
    "printing_language",
    "tick_texts",
    "value_text",
]

TIMES = "\u00d7"

_MILLION = 1e6
_SCIENTIFIC_FROM = 1e15
_SCIENTIFIC_BELOW = 1e-4
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECIMALS = 10

P = ParamSpec("P")
R = TypeVar("R")
_tag: ContextVar[str] = ContextVar("_tag", default="en")


@contextmanager
def printing_in(tag: str) -> Iterator[None]:
    """Print numbers and fixed words in a language, in this thread, for what happens inside."""
    token = _tag.set(language(tag).tag)
    try:
        yield
    finally:
        _tag.reset(token)


def in_its_language(function: Callable[Concatenate[Chart, P], R]) -> Callable[Concatenate[Chart, P], R]:
    """Print numbers in the language of the chart that a function takes first, in this thread, while it runs."""

    @wraps(function)
    def printing(chart: Chart, /, *args: P.args, **values: P.kwargs) -> R:
        with printing_in(chart.specification.language):
            return function(chart, *args, **values)

    return printing


def printing_language() -> str:
    """The language that numbers are printed in here and now: ``en``, ``de`` or ``ja``."""
    return _tag.get()


def _signed(text: str) -> str:
    """A true minus sign, none before a zero, and the marks of the language."""
    if text.startswith("-"):
        text = MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return localised(text, _tag.get())


def _power(mantissa: str, exponent: int) -> str:
    return f"{_signed(mantissa)}{TIMES}10{str(exponent).translate(_SUPERSCRIPT)}"


def value_text(value: float, decimals: int, unit: str = "") -> str:
    """A value as its label shows it: ``98.2 %``, ``1,234``, ``5.0 days``, ``1.23 M``; in German ``1,23 Mio.``.

    From a million on, three significant digits and the short name of a power; a value that the decimals would round to
    zero keeps two significant digits.

    Args:
        value: A finite number.
        decimals: Digits after the point.
        unit: Printed behind a no-break space; empty for none.
    """
    size = abs(value)
    rounded = f"{value:,.{decimals}f}"
    if size >= _SCIENTIFIC_FROM or 0 < size < _SCIENTIFIC_BELOW:
        mantissa, exponent = f"{value:.2e}".split("e")
        text = _power(mantissa, int(exponent))
    elif size >= _MILLION:
        factor, name = next((factor, name) for factor, name in SCALES[_tag.get()] if size >= factor)
        digits = 2 - math.floor(math.log10(size / factor))
        text = f"{_signed(f'{value / factor:,.{max(digits, 0)}f}')}{name}"
    elif size > 0 and not any(digit in rounded for digit in "123456789"):
        text = _signed(f"{value:.{1 - math.floor(math.log10(size))}f}")
    else:
        text = _signed(rounded)
    return with_unit(text, unit, _tag.get())


def nice_ticks(low: float, high: float, count: int, *, whole: bool = False) -> tuple[float, ...]:
    """Round numbers from at most `low` to at least `high`, about `count` steps of 1, 2, 2.5 or 5 times a power of ten.

    Args:
        low: Smallest number to show.
        high: Largest number to show; may equal `low`, then the range is widened around it.
        count: Steps wished for, at least 1.
        whole: Whether fractions make no sense, as for counts.
    """
    if high - low <= max(1e-100, 1e-9 * max(abs(low), abs(high))):
        half = abs(low) * 0.1 or 1.0
        low, high = (min(low, 0.0), 1.0) if low == 0.0 else (low - half, high + half)
    raw = (high - low) / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    multiples = (1.0, 2.0, 5.0, 10.0) if whole and magnitude <= 1.0 else (1.0, 2.0, 2.5, 5.0, 10.0)
    step = next((m * magnitude for m in multiples if raw <= m * magnitude * (1 + 1e-9)), 10.0 * magnitude)
    if whole:
        step = max(step, 1.0)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return tuple(float(f"{index * step:.12g}") for index in range(first, max(last, first + 1) + 1))


def _decimals(ticks: Sequence[float]) -> int:
    """Fewest decimals that tell all ticks exactly enough."""
    tolerance = (ticks[1] - ticks[0]) * 1e-6 if len(ticks) > 1 else abs(ticks[0]) * 1e-9
    return next(
        (d for d in range(_MOST_DECIMALS) if all(abs(round(tick, d) - tick) <= tolerance for tick in ticks)),
        _MOST_DECIMALS,
    )


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Labels of an axis, all with the same decimals and the same scale."""
    largest = max(abs(tick) for tick in ticks)
    if largest >= _SCIENTIFIC_FROM or 0 < largest < _SCIENTIFIC_BELOW:
        exponent = math.floor(math.log10(largest))
        decimals = _decimals([tick / 10.0**exponent for tick in ticks])
        digits = min(decimals, 4)
        return ["0" if tick == 0 else _power(f"{tick / 10.0**exponent:.{digits}f}", exponent) for tick in ticks]
    for factor, name in SCALES[_tag.get()]:
        decimals = _decimals([tick / factor for tick in ticks])
        if largest >= max(factor, _MILLION) and decimals <= 2:  # noqa: PLR2004 - more digits read worse than the full number
            return ["0" if tick == 0 else f"{_signed(f'{tick / factor:,.{decimals}f}')}{name}" for tick in ticks]
    decimals = _decimals(ticks)
    return [_signed(f"{tick:,.{decimals}f}") for tick in ticks]
