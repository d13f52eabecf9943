"""Where fiscal years begin: on the first of a month, or, in a year of whole weeks, on the same weekday every year.

A year of 52 or 53 weeks ends always on the same weekday: the last one in a month, or the one nearest to the month's
end (26 U.S.C. 441(f); 26 CFR 1.441-2(a)(1)).  Its quarters have 13 weeks, its periods 4 or 5 (4-4-5, 4-5-4, 5-4-4), and
the 53rd week belongs to its last period (National Retail Federation, 4-5-4 Calendar).
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

__all__ = ["CALENDAR_YEAR", "FiscalCalendar", "NamedAfter", "WeekPattern", "YearEnd"]

WeekPattern = Literal["", "445", "454", "544"]
YearEnd = Literal["last", "nearest"]
NamedAfter = Literal["start", "end"]

_WEEK = dt.timedelta(weeks=1)
_QUARTER_WEEKS = 13
_FARTHEST_BEFORE = 3  # days; a weekday more than that before the month's end has a nearer one after it


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """How fiscal years, quarters and periods lie.

    Years are counted by the calendar year in which their first month begins; `year_name` says how they are called.

    Attributes:
        start_month: First month of the fiscal year, 1 to 12.
        weeks: Weeks of the three periods of a quarter; empty for a year of twelve months.
        year_end: Which weekday before, or near, the end of the month before `start_month` ends a year of weeks.
        weekday: The weekday it ends on, Monday being 0.
        named_after: Whether a year is called by the calendar year in which it starts or ends, the months counting:
            the 53 weeks of 29 January 2023 to 3 February 2024 are those from February 2023 to January 2024.

    Raises:
        ValueError: No such month, weekday, pattern or rule.
    """

    start_month: int = 1
    weeks: WeekPattern = ""
    year_end: YearEnd = "last"
    weekday: int = 5
    named_after: NamedAfter = "end"

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= 12:  # noqa: PLR2004  months of a year
            raise ValueError(f"the first month of a fiscal year is 1 to 12, got {self.start_month}")
        if not 0 <= self.weekday <= 6:  # noqa: PLR2004  days of a week
            raise ValueError(f"a weekday is 0 (Monday) to 6, got {self.weekday}")
        for value, legal in ((self.weeks, WeekPattern), (self.year_end, YearEnd), (self.named_after, NamedAfter)):
            if value not in get_args(legal):
                raise ValueError(f"{value!r} is not one of {', '.join(map(repr, get_args(legal)))}")

    def year_name(self, year: int) -> int:
        """The number in the name of the fiscal year whose first month begins in a calendar year."""
        return year + self._named_later

    def year_named(self, name: int) -> int:
        """The calendar year in which the first month of the fiscal year of a name begins."""
        return name - self._named_later

    def bounds(self, index: int, months: int) -> tuple[dt.date, dt.date]:
        """First day and exclusive end of a period of a year of weeks.

        Args:
            index: Its number: `months` months each, counted from year 0.
            months: 1, 3 or 12: what it stands for.

        Raises:
            ValueError: It lies outside the years that a date can have.
            OverflowError: The same.
        """
        year, place = divmod(index, 12 // months)
        start = _year_start(self, year)
        end = _year_start(self, year + 1)
        first = start + self._weeks_before(place * months) * _WEEK
        after = place * months + months
        return first, end if after == 12 else start + self._weeks_before(after) * _WEEK  # noqa: PLR2004  months

    def index_of(self, day: dt.date, months: int) -> int:
        """The number of the period of a year of weeks that contains a day, see `bounds`."""
        # A year begins at most 6 days before and 4 days after the first of its first month.
        years = (day.year - (day.month < self.start_month) + away for away in (1, 0, -1))
        year = next(year for year in years if _year_start(self, year) <= day)
        weeks = (day - _year_start(self, year)) // _WEEK
        month = next(month for month in range(11, -1, -1) if self._weeks_before(month) <= weeks)
        return (year * 12 + month) // months

    @property
    def _named_later(self) -> int:
        return int(self.named_after == "end" and self.start_month > 1)

    def _weeks_before(self, month: int) -> int:
        """Weeks of a year before the period of a number, counted from 0."""
        quarters, rest = divmod(month, 3)
        return quarters * _QUARTER_WEEKS + sum(map(int, self.weeks[:rest]))


CALENDAR_YEAR = FiscalCalendar()
"""Fiscal years that are calendar years."""


@lru_cache(maxsize=1024)
def _year_start(fiscal: FiscalCalendar, year: int) -> dt.date:
    """First day of a year of weeks: the day after the last day of the year before."""
    month_end = dt.date(year, fiscal.start_month, 1) - dt.timedelta(days=1)
    before = (month_end.weekday() - fiscal.weekday) % 7
    if fiscal.year_end == "nearest" and before > _FARTHEST_BEFORE:
        before -= 7
    return month_end - dt.timedelta(days=before - 1)
