"""How a table cell is printed: fixed decimals, true minus, no-break space before %, ISO dates."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from qms_reports.reports.document import Cell, Column, Figure

MINUS = "−"
NO_BREAK_SPACE = "\u00a0"
NOT_AVAILABLE = "n/a"
EMPTY = "–"
MOST_CHARACTERS = 32_767
"""What a workbook's cell can hold; a page prints no more, so that both show the same."""
CUT_MARK = "… (cut at 32,767 characters; full text in the dataset)"
_BEYOND_DIGITS = 10**20  # more digits than the arithmetic context holds with decimals


@lru_cache(maxsize=16)
def _quantum(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def number_text(value: float, decimals: int) -> str:
    """A number with fixed decimals, halves away from zero as spreadsheets show them; no sign before a zero.

    Args:
        value: A finite number.
        decimals: Digits after the point.

    Raises:
        ValueError: NaN or infinite.
    """
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise ValueError(f"{value!r} is no number to print")
    if abs(exact) >= _BEYOND_DIGITS:
        return f"{value:.6g}".replace("-", MINUS)
    text = f"{exact.quantize(_quantum(decimals), ROUND_HALF_UP):f}"
    if text.startswith("-"):
        return MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return text


def grouped_text(value: float, decimals: int) -> str:
    """The same with the thousands set apart, as for figures; record numbers and years are printed without.

    Raises:
        ValueError: NaN or infinite.
    """
    text = number_text(value, decimals)
    sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    whole, point, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{rest}" if whole.isdigit() else text


def figure_text(figure: Figure) -> str:
    """The printed form of a figure."""
    if figure.value is None:
        return NOT_AVAILABLE
    text = grouped_text(figure.value, figure.decimals)
    return f"{text}{NO_BREAK_SPACE}%" if figure.percent else text


def cell_text(cell: Cell, column: Column) -> str:  # noqa: PLR0911 - one return per kind of cell
    """The printed form of a cell; nothing known is an en dash, in a text column nothing.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    if cell is None:
        return "" if column.kind in ("text", "status") else EMPTY
    if isinstance(cell, str):
        return cell if len(cell) <= MOST_CHARACTERS else cell[: MOST_CHARACTERS - len(CUT_MARK)] + CUT_MARK
    if isinstance(cell, Figure):
        return figure_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    decimals = 0 if column.kind == "integer" else column.decimals
    if column.kind == "text":
        return number_text(cell, 0) if isinstance(cell, int) else repr(cell).replace("-", MINUS)
    text = number_text(cell, decimals)
    return f"{text}{NO_BREAK_SPACE}%" if column.kind == "percent" else text
