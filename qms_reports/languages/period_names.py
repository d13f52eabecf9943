"""Periods as a language names them: months, quarters, weeks, fiscal years."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from qms_reports.local_days import DayRange
from qms_reports.periods import FISCAL, Period, Window

if TYPE_CHECKING:
    from qms_reports.languages import Language

_NUMBERS = re.compile("[0-9]+")


def month_name(language: Language, month: int, *, short: bool = False) -> str:
    """The name of a month, 1 to 12: ``September``, short ``Sep``."""
    return language.text("words.month_abbreviations" if short else "words.month_names").split()[month - 1]


def day_name(language: Language, day: dt.date, *, short: bool = False) -> str:
    """A day in words: ``31 May 2024``, ``31. Mai 2024``, ``2024年5月31日``."""
    return language.text("words.day", day=day.day, month=month_name(language, day.month, short=short), year=day.year)


def period_label(language: Language, period: Period, *, short: bool = False) -> str:
    """The name of a period for readers; in English the same as `Period.label`.

    Args:
        language: The language.
        period: The period.
        short: For chart axes and column heads.
    """
    year, *numbers = map(int, _NUMBERS.findall(period.key))
    if period.frequency == "month":
        return language.text("words.month", month=month_name(language, period.start.month, short=short), year=year)
    if period.frequency == "year":
        return language.text("words.year", year=year)
    number = numbers[0] if numbers else 0
    values = {"year": year, "number": number, "padded": f"{number:02}", "span": _span(language, period, period)}
    return language.text(f"words.{period.frequency}_short" if short else f"words.{period.frequency}", **values)


def window_label(language: Language, window: Window) -> str:
    """The name of a window of periods; in English the same as `Window.label`."""
    if window.first == window.last:
        return period_label(language, window.first)
    if window.first.frequency in FISCAL:
        return _span(language, window, window.first)
    first, last = (period_label(language, period) for period in (window.first, window.last))
    return language.text("words.span", first=first, last=last)


def _span(language: Language, days: DayRange, period: Period) -> str:
    """First and last month, or day of a fiscal calendar of weeks."""
    if period.frequency not in FISCAL:
        return ""
    first, last = (
        day_name(language, day, short=True)
        if period.fiscal.weeks
        else language.text("words.month", month=month_name(language, day.month, short=True), year=day.year)
        for day in (days.start, days.last_day)
    )
    return language.text("words.span", first=first, last=last)
