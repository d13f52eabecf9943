"""How a table cell is printed: fixed decimals, true minus, no-break space before %, ISO dates."""

from __future__ import annotations

import datetime as dt

from qms_reports.languages import ENGLISH, Language
from qms_reports.languages.numbers import MINUS, NO_BREAK_SPACE
from qms_reports.reports.document import Cell, Column, Figure

__all__ = ["MINUS", "NOT_AVAILABLE", "NO_BREAK_SPACE", "cell_text", "figure_text", "grouped_text", "number_text"]

NOT_AVAILABLE = "n/a"
"""What an English page prints; a writer asks for ``document.not_available``."""
EMPTY = "–"
MOST_CHARACTERS = 32_767
"""What a workbook's cell can hold; a page prints no more, so that both show the same."""
CUT_MARK = "… (cut at 32,767 characters; full text in the dataset)"


def number_text(value: float, decimals: int, language: Language = ENGLISH) -> str:
    """A number with fixed decimals, halves away from zero as spreadsheets show them; no sign before a zero.

    Args:
        value: A finite number.
        decimals: Digits after the point.
        language: Whose decimal sign.

    Raises:
        ValueError: NaN or infinite.
    """
    return language.fixed(value, decimals)


def grouped_text(value: float, decimals: int, language: Language = ENGLISH) -> str:
    """The same with the thousands set apart, as for figures; record numbers and years are printed without.

    Raises:
        ValueError: NaN or infinite.
    """
    return language.number(value, decimals)


def figure_text(figure: Figure, language: Language = ENGLISH) -> str:
    """The printed form of a figure."""
    if figure.value is None:
        return language.text("document.not_available")
    text = language.number(figure.value, figure.decimals)
    return language.percent(text) if figure.percent else text


def cell_text(cell: Cell, column: Column, language: Language = ENGLISH) -> str:  # noqa: PLR0911 - one per kind of cell
    """The printed form of a cell; nothing known is an en dash, in a text column nothing.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    if cell is None:
        return "" if column.kind in ("text", "status") else EMPTY
    if isinstance(cell, str):
        return cell if len(cell) <= MOST_CHARACTERS else _cut(cell, language.text("words.cut"))
    if isinstance(cell, Figure):
        return figure_text(cell, language)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    decimals = 0 if column.kind == "integer" else column.decimals
    if column.kind == "text":
        return number_text(cell, 0, language) if isinstance(cell, int) else repr(cell).replace("-", MINUS)
    text = number_text(cell, decimals, language)
    return language.percent(text) if column.kind == "percent" else text


def _cut(text: str, mark: str) -> str:
    return text[: MOST_CHARACTERS - len(mark)] + mark
