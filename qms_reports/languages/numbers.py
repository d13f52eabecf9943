"""Numbers as a language writes them: decimal sign, grouping, true minus."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"
_MARKS = {"en": (",", "."), "de": (".", ","), "ja": (",", ".")}


def grouped(value: float, decimals: int, tag: str) -> str:
    """A number with fixed decimals, halves away from zero as spreadsheets show them; no sign before a zero.

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
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    group, point = _MARKS[tag]
    text = f"{abs(rounded):,f}".replace(",", "\x00").replace(".", point).replace("\x00", group)
    return f"{MINUS}{text}" if rounded < 0 else text
