"""Reporting periods as plain values: months, quarters, years, ISO weeks; fiscal years, their quarters and periods.

A period is a half-open range of local calendar days, `start <= day < end`. It turns into moments only when a time zone
is given. Every period has a place in a gapless sequence of whole numbers (months since year 0, weeks since year 1), so
stepping, series and distances are integer arithmetic and never date arithmetic.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from qms_reports.fiscal_calendar import CALENDAR_YEAR, FiscalCalendar
from qms_reports.local_days import DayRange, checked_day, day_start, elapsed_days, local_date

__all__ = [
    "ACCEPTED_KEYS",
    "FISCAL",
    "FREQUENCIES",
    "WEEKLY_FISCAL",
    "Frequency",
    "Period",
    "Window",
    "day_start",
    "elapsed_days",
    "latest_complete",
    "local_date",
    "nominal_period",
    "parse_period",
    "period_of",
    "periods_between",
]

Frequency = Literal["month", "quarter", "year", "fiscal_year", "week", "fiscal_quarter", "fiscal_month"]
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)
WEEKLY_FISCAL: tuple[Frequency, ...] = ("fiscal_quarter", "fiscal_month")
"""What only a fiscal calendar of weeks (4-4-5) has."""
FISCAL: tuple[Frequency, ...] = ("fiscal_year", *WEEKLY_FISCAL)

ACCEPTED_KEYS = (
    "2024-05 (month), 2024-Q2 (quarter), 2024 (year), FY2024 (fiscal year), 2024-W05 (ISO week), FY2024-FQ2 and "
    "FY2024-P05 (quarter and period of a fiscal year of weeks)"
)

_OUTSIDE = "lies outside the years 1 to 9999 that a calendar date can have"
_MONTHS: dict[Frequency, int] = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12, "fiscal_quarter": 3,
                                 "fiscal_month": 1}  # fmt: skip
_MONTH_NAMES = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_TO = " \N{EN DASH} "
_KEY = re.compile(
    r"(?P<number>[0-9]{4})(?:-(?P<month>[0-9]{2})|-Q(?P<quarter>[1-4])|-W(?P<week>[0-9]{2}))?"
    r"|FY(?P<fiscal_year>[0-9]{4})(?:-FQ(?P<fiscal_quarter>[1-4])|-P(?P<fiscal_month>0[1-9]|1[0-2]))?",
    re.IGNORECASE,
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Period(DayRange):
    """One reporting period. Use `parse_period` or `period_of` to get one.

    Periods of one frequency are ordered by time; comparing different frequencies with `<` is a TypeError.

    Attributes:
        frequency: Kind of the period.
        start: First day.
        end: First day after the period (exclusive).
        fiscal: Where fiscal years begin; `CALENDAR_YEAR` for a frequency that is not fiscal.

    Raises:
        ValueError: The days are not the bounds of such a period.
    """

    frequency: Frequency
    start: dt.date
    end: dt.date
    fiscal: FiscalCalendar = CALENDAR_YEAR

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES:
            raise ValueError(f"frequency {self.frequency!r} is not one of {', '.join(FREQUENCIES)}")
        if self.fiscal != _calendar_of(self.frequency, self.fiscal):
            raise ValueError(f"a {self.frequency} has no fiscal calendar, got {self.fiscal}")
        if (self.start, self.end) != _bounds(self.frequency, self._index, self.fiscal):
            raise ValueError(f"{self.start} to {self.end} (exclusive) is not one {self.frequency}")

    def __str__(self) -> str:
        return self.key

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period) or not self._is_alike(other):
            return NotImplemented
        return self.start < other.start

    @property
    def key(self) -> str:
        """Stable name: `2024-05`, `2024-Q2`, `2024`, `2024-W05` (ISO year), `FY2024`, `FY2024-FQ2`, `FY2024-P05`."""
        year = self._named_year
        return {
            "month": f"{year:04}-{self.start.month:02}",
            "quarter": f"{year:04}-Q{self._quarter}",
            "year": f"{year:04}",
            "fiscal_year": f"FY{year:04}",
            "fiscal_quarter": f"FY{year:04}-FQ{self._place}",
            "fiscal_month": f"FY{year:04}-P{self._place:02}",
            "week": f"{year:04}-W{self._week:02}",
        }[self.frequency]

    def label(self, *, short: bool = False) -> str:
        """Return the name for readers.

        Args:
            short: For chart axes and column heads: `Sep 2024`, `Q2 2024`, `2024`, `W05 2024`, `FY2024`, `P05 FY2024`
                instead of `September 2024`, `Q2 2024`, `2024`, `Week 5, 2024`, `FY 2024 (Apr 2023 - Mar 2024)`,
                `FY 2024 period 5 (2 Jun 2024 - 6 Jul 2024)` (with an en dash).
        """
        year = self._named_year
        if short:
            # The whole year, as "May 24" may be a day of May.
            return {
                "month": f"{_MONTH_NAMES[self.start.month - 1][:3]} {year}",
                "quarter": f"Q{self._quarter} {year}",
                "year": f"{year}",
                "fiscal_year": f"FY{year}",
                "fiscal_quarter": f"FQ{self._place} FY{year}",
                "fiscal_month": f"P{self._place:02} FY{year}",
                "week": f"W{self._week:02} {year}",
            }[self.frequency]
        return {
            "month": f"{_MONTH_NAMES[self.start.month - 1]} {year}",
            "quarter": f"Q{self._quarter} {year}",
            "year": f"{year}",
            "fiscal_year": f"FY {year} ({_fiscal_span(self, self.fiscal)})",
            "fiscal_quarter": f"FY {year} quarter {self._place} ({_fiscal_span(self, self.fiscal)})",
            "fiscal_month": f"FY {year} period {self._place} ({_fiscal_span(self, self.fiscal)})",
            "week": f"Week {self._week}, {year}",
        }[self.frequency]

    def next(self, n: int = 1) -> "Period":
        """Return the period `n` steps later (earlier when negative).

        Raises:
            ValueError: There is no such period within the years 1 to 9999.
        """
        return _from_index(self.frequency, self._index + n, self.fiscal)

    def previous(self, n: int = 1) -> "Period":
        """Return the period `n` steps earlier; see `next`."""
        return self.next(-n)

    def same_period_last_year(self) -> "Period":
        """Return the same month, quarter, week or fiscal period of the year before.

        Week 53 is compared with the last week of the ISO year before when that one has only 52.  Fiscal periods
        are compared by their number; after a year of 53 weeks they are not restated by a week.
        """
        if self.frequency == "week":
            year = self._named_year - 1
            return _iso_week(year, min(self._week, _weeks_in(year)))
        return self.previous(12 // _MONTHS[self.frequency])

    def series(self, length: int) -> tuple["Period", ...]:
        """Return `length` consecutive periods, oldest first, ending with this one.

        Raises:
            ValueError: `length` is less than 1, or the series would begin before year 1.
        """
        if length < 1:
            raise ValueError(f"a series has at least 1 period, got {length}")
        return tuple(self.previous(back) for back in range(length - 1, -1, -1))

    def rolling(self, n: int) -> "Window":
        """Return the window of `n` consecutive periods that ends with this one.

        Raises:
            ValueError: `n` is less than 1, or the window would begin before year 1.
        """
        if n < 1:
            raise ValueError(f"a window has at least 1 period, got {n}")
        return Window(self.previous(n - 1), self)

    @property
    def _index(self) -> int:
        return _index_of(self.start, self.frequency, self.fiscal)

    @property
    def nominal_start(self) -> dt.date:
        """The first day, in a fiscal year of weeks the first of the month that begins there nominally: of P05, June."""
        if not self.fiscal.weeks:
            return self.start
        first = self._index * _MONTHS[self.frequency] + self.fiscal.start_month - 1
        return dt.date(first // 12, first % 12 + 1, 1)

    @property
    def _named_year(self) -> int:
        if self.frequency == "week":
            return self.start.isocalendar().year
        if self.frequency in FISCAL:
            return self.fiscal.year_name(self._index * _MONTHS[self.frequency] // 12)
        return self.last_day.year

    @property
    def _place(self) -> int:
        """The number of a fiscal quarter or period in its year."""
        return self._index % (12 // _MONTHS.get(self.frequency, 12)) + 1

    @property
    def _quarter(self) -> int:
        return (self.start.month + 2) // 3

    @property
    def _week(self) -> int:
        return self.start.isocalendar().week

    def _is_alike(self, other: "Period") -> bool:
        return (self.frequency, self.fiscal) == (other.frequency, other.fiscal)


@dataclass(frozen=True, slots=True)
class Window(DayRange):
    """Consecutive periods of one frequency seen as one range of days.

    Attributes:
        first: Oldest period.
        last: Newest period.

    Raises:
        ValueError: The two are not of one kind, or in the wrong order.
    """

    first: Period
    last: Period

    def __post_init__(self) -> None:
        _distance(self.first, self.last)

    def __str__(self) -> str:
        return self.key

    @property
    def start(self) -> dt.date:  # type: ignore[override]  # read-only here, a field in Period; both are frozen
        """First day."""
        return self.first.start

    @property
    def end(self) -> dt.date:  # type: ignore[override]  # as above
        """First day after the window (exclusive)."""
        return self.last.end

    @property
    def key(self) -> str:
        """Stable name: `2023-06..2024-05`."""
        return f"{self.first.key}..{self.last.key}"

    @property
    def label(self) -> str:
        """Name for readers: `June 2023 - May 2024` (with an en dash); fiscal ones by their months or days."""
        if self.first == self.last:
            return self.first.label()
        if self.first.frequency in FISCAL:
            return _fiscal_span(self, self.first.fiscal)
        return f"{self.first.label()}{_TO}{self.last.label()}"

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods, oldest first."""
        return periods_between(self.first, self.last)


def parse_period(key: str, fiscal: FiscalCalendar | int = CALENDAR_YEAR) -> Period:
    """Read a period from its key.

    Args:
        key: `2024-05`, `2024-Q2`, `2024`, `2024-W05`, `FY2024`, `FY2024-FQ2` or `FY2024-P05`; letters in either case,
            spaces around are ignored.
        fiscal: Where fiscal years begin; a number is their first month.

    Raises:
        ValueError: Not a period; the message shows the accepted spellings.
    """
    calendar = _calendar(fiscal)
    match = _KEY.fullmatch(key.strip())
    year = int(match["number"] or match["fiscal_year"]) if match else 0
    if match is None or year < 1:
        raise ValueError(f"{key!r} is not a period; accepted are {ACCEPTED_KEYS}")
    if match["fiscal_year"]:
        return _parsed_fiscal(match, year, calendar)
    if match["month"]:
        month = int(match["month"])
        if not 1 <= month <= 12:  # noqa: PLR2004  months of a year
            raise ValueError(f"{key!r} is not a period: months are 01 to 12; accepted are {ACCEPTED_KEYS}")
        return _from_index("month", year * 12 + month - 1)
    if match["quarter"]:
        return _from_index("quarter", year * 4 + int(match["quarter"]) - 1)
    if match["week"]:
        week, last = int(match["week"]), _weeks_in(year)
        if not 1 <= week <= last:
            raise ValueError(f"{key!r} is not a period: {year} has weeks 01 to {last}; accepted are {ACCEPTED_KEYS}")
        return _iso_week(year, week)
    return _from_index("year", year)


def _parsed_fiscal(match: re.Match[str], name: int, calendar: FiscalCalendar) -> Period:
    year = calendar.year_named(name)
    if match["fiscal_quarter"]:
        return _from_index("fiscal_quarter", year * 4 + int(match["fiscal_quarter"]) - 1, calendar)
    if match["fiscal_month"]:
        return _from_index("fiscal_month", year * 12 + int(match["fiscal_month"]) - 1, calendar)
    return _from_index("fiscal_year", year, calendar)


def period_of(day: dt.date, frequency: Frequency, fiscal: FiscalCalendar | int = CALENDAR_YEAR) -> Period:
    """Return the period that a local calendar day belongs to.

    Args:
        day: The day; for a moment take `local_date` first.
        frequency: Kind of the period.
        fiscal: Where fiscal years begin, a number is their first month; ignored for other frequencies.

    Raises:
        TypeError: `day` is a moment.
        ValueError: The period would begin before year 1 or end after year 9999, or the fiscal calendar has no such
            periods.
    """
    if frequency not in FREQUENCIES:
        raise ValueError(f"frequency {frequency!r} is not one of {', '.join(FREQUENCIES)}")
    calendar = _calendar_of(frequency, _calendar(fiscal))
    return _from_index(frequency, _index_of(checked_day(day), frequency, calendar), calendar)


def nominal_period(start: dt.date, frequency: Frequency, fiscal: FiscalCalendar) -> Period:
    """Return the period of a `nominal_start`: in a year of weeks not always the one that the day belongs to."""
    if frequency not in FISCAL or not fiscal.weeks:
        return period_of(start, frequency, fiscal)
    return _from_index(frequency, _month_index(start, frequency, fiscal), fiscal)


def periods_between(first: Period, last: Period) -> tuple[Period, ...]:
    """Return all periods from `first` to `last`, both included, oldest first.

    Raises:
        ValueError: The two are not of one kind, or `last` comes before `first`.
    """
    return last.series(_distance(first, last) + 1)


def latest_complete(
    frequency: Frequency, at: dt.datetime, zone: ZoneInfo, fiscal: FiscalCalendar | int = CALENDAR_YEAR
) -> Period:
    """Return the last period that is over at a moment: the last one with `end_instant(zone) <= at`.

    Args:
        frequency: Kind of the period.
        at: An aware moment, in any time zone.
        zone: Where the days begin and end.
        fiscal: Where fiscal years begin, a number is their first month; ignored for other frequencies.

    Raises:
        ValueError: `at` has no time zone.
    """
    period = period_of(local_date(at, zone), frequency, fiscal)
    while period.end_instant(zone) > at:
        period = period.previous()
    return period


def _from_index(frequency: Frequency, index: int, fiscal: FiscalCalendar = CALENDAR_YEAR) -> Period:
    start, end = _bounds(frequency, index, fiscal)
    return Period(frequency, start, end, fiscal)


def _bounds(frequency: Frequency, index: int, fiscal: FiscalCalendar) -> tuple[dt.date, dt.date]:
    """Return first day and exclusive end of the period with a number."""
    _check_offered(frequency, fiscal)
    try:
        if frequency == "week":
            return dt.date.fromordinal(index * 7 + 1), dt.date.fromordinal(index * 7 + 8)
        if fiscal.weeks:
            return fiscal.bounds(index, _MONTHS[frequency])
        first = index * _MONTHS[frequency] + fiscal.start_month - 1
        after = first + _MONTHS[frequency]
        return dt.date(first // 12, first % 12 + 1, 1), dt.date(after // 12, after % 12 + 1, 1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"this {frequency.replace('_', ' ')} {_OUTSIDE}") from error


def _index_of(day: dt.date, frequency: Frequency, fiscal: FiscalCalendar) -> int:
    """Return the number of the period that contains a day."""
    _check_offered(frequency, fiscal)
    if frequency == "week":
        return (day.toordinal() - 1) // 7  # 0001-01-01 is a Monday and has the ordinal 1
    if not fiscal.weeks:
        return _month_index(day, frequency, fiscal)
    try:
        return fiscal.index_of(day, _MONTHS[frequency])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"this {frequency.replace('_', ' ')} {_OUTSIDE}") from error


def _month_index(day: dt.date, frequency: Frequency, fiscal: FiscalCalendar) -> int:
    return (day.year * 12 + day.month - fiscal.start_month) // _MONTHS[frequency]


def _iso_week(year: int, week: int) -> Period:
    if year < 1:
        raise ValueError(f"this week {_OUTSIDE}")
    return period_of(dt.date.fromisocalendar(year, week, 1), "week")


def _weeks_in(year: int) -> int:
    """Return 52 or 53; 28 December always lies in the last week of its ISO year."""
    return dt.date(year, 12, 28).isocalendar().week if year >= 1 else 0


def _distance(first: Period, last: Period) -> int:
    if not first._is_alike(last):  # noqa: SLF001  same module
        raise ValueError(f"{first} and {last} are not periods of one kind")
    if last < first:
        raise ValueError(f"{last} comes before {first}")
    return last._index - first._index  # noqa: SLF001  same module


def _calendar(fiscal: FiscalCalendar | int) -> FiscalCalendar:
    return FiscalCalendar(fiscal) if isinstance(fiscal, int) else fiscal


def _calendar_of(frequency: Frequency, fiscal: FiscalCalendar) -> FiscalCalendar:
    """The calendar as far as it matters to a frequency."""
    return fiscal if frequency in FISCAL else CALENDAR_YEAR


def _check_offered(frequency: Frequency, fiscal: FiscalCalendar) -> None:
    if frequency in WEEKLY_FISCAL and not fiscal.weeks:
        raise ValueError(f"a {frequency.replace('_', ' ')} needs a fiscal calendar of weeks (QMS_REPORTS_FISCAL_WEEKS)")


def _fiscal_span(days: DayRange, fiscal: FiscalCalendar) -> str:
    """First and last month, or day of a fiscal calendar of weeks."""
    ends = (days.start, days.last_day)
    return _TO.join(
        f"{f'{day.day} ' if fiscal.weeks else ''}{_MONTH_NAMES[day.month - 1][:3]} {day.year}" for day in ends
    )
