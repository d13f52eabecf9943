"""Numbers as a language writes them: decimal sign, grouping, true minus, percent sign, units, short names of powers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

MINUS = "−"
NO_BREAK_SPACE = "\u00a0"
SCALES = {
    "en": ((1e12, "\u00a0tn"), (1e9, "\u00a0bn"), (1e6, "\u00a0M")),
    "de": ((1e12, "\u00a0Bio."), (1e9, "\u00a0Mrd."), (1e6, "\u00a0Mio.")),
    "ja": ((1e12, "兆"), (1e8, "億"), (1e4, "万")),
}
"""Powers of ten with what is printed behind a number of them, the largest first."""

_MARKS = {"en": (",", "."), "de": (".", ","), "ja": (",", ".")}
_SWAPPED = {"de": str.maketrans(",.", ".,")}
_BEYOND_DIGITS = 10**20  # more digits than the arithmetic context holds with decimals


@lru_cache(maxsize=16)
def _quantum(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def localised(text: str, tag: str) -> str:
    """A number as Python formats it (``1,234.5``) with the marks of a language (``1.234,5``)."""
    return text.translate(_SWAPPED[tag]) if tag in _SWAPPED else text


def fixed(value: float, decimals: int, tag: str = "en") -> str:
    """A number with fixed decimals, halves away from zero as spreadsheets show them; no grouping, no ``-0``.

    Args:
        value: A finite number.
        decimals: Digits after the decimal sign.
        tag: ``en``, ``de`` or ``ja``.

    Raises:
        ValueError: NaN or infinite.
    """
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise ValueError(f"{value!r} is no number to print")
    if abs(exact) >= _BEYOND_DIGITS:
        return localised(f"{value:.6g}".replace("-", MINUS), tag)
    text = f"{exact.quantize(_quantum(decimals), ROUND_HALF_UP):f}"
    if text.startswith("-"):
        text = MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return localised(text, tag)


def grouped(value: float, decimals: int, tag: str = "en") -> str:
    """The same with the thousands set apart; see `fixed`."""
    text = fixed(value, decimals, tag)
    group, point = _MARKS[tag]
    sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    whole, found, rest = digits.partition(point)
    return f"{sign}{int(whole):,}".replace(",", group) + found + rest if whole.isdigit() else text


def percent(text: str, tag: str = "en") -> str:
    """A printed number with a percent sign: ``98.2 %`` with a no-break space, in Japanese ``98.2%``."""
    return f"{text}%" if tag == "ja" else f"{text}{NO_BREAK_SPACE}%"


def with_unit(text: str, unit: str, tag: str = "en") -> str:
    """A printed number and its unit, kept together; the text alone if there is no unit."""
    if unit == "%":
        return percent(text, tag)
    return f"{text}{NO_BREAK_SPACE}{unit}" if unit else text
