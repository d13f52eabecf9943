"""The three sites: their time zones, their holidays, and both as tables that SQL looks up by day and site."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

SITES = ("HAM", "OSA", "PHL")
ZONES = {"HAM": "Europe/Berlin", "OSA": "Asia/Tokyo", "PHL": "America/New_York"}
SITE_OF_LAST_DIGIT = "HHHHHOOOPP"
"""A record's number ends in a digit, and the digit says its site: half of all records are Hamburg's."""

SATURDAY = 5


def easter(year: int) -> dt.date:
    """Easter Sunday (the anonymous Gregorian algorithm: Meeus, Astronomical Algorithms, 2nd ed., chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * i) // 451
    month, day = divmod(h + i - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def holidays(site: str, year: int) -> tuple[dt.date, ...]:
    """The public holidays around which the example company's clocks run; not a whole official calendar."""
    fixed = {
        "HAM": ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26)),
        "OSA": ((1, 1), (1, 2), (1, 3), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3), (11, 23), (12, 31)),
        "PHL": ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)),
    }[site]
    days = {dt.date(year, month, day) for month, day in fixed}
    if site == "HAM":
        days |= {easter(year) + dt.timedelta(days=shift) for shift in (-2, 1, 39, 50)}
    if site == "OSA":  # a holiday on a Sunday is made up for on the next day that is none
        for day in sorted(days):
            if day.weekday() == SATURDAY + 1:
                substitute = day
                while substitute in days:
                    substitute += dt.timedelta(days=1)
                days.add(substitute)
    if site == "PHL":
        november = dt.date(year, 11, 1)
        days.add(november + dt.timedelta(days=(3 - november.weekday()) % 7 + 21))  # Thanksgiving
    return tuple(sorted(days))


@dataclass(frozen=True)
class DayTables:
    """What SQL looks up by (day - first) * 3 + site: one number for each day and site.

    Attributes:
        first: First day.
        to_workday: Days until the next working day; 0 on a working day.
        offset_minutes: Offset from UTC after 06:00 local time, when every clock change of the day is over.
    """

    first: dt.date
    to_workday: tuple[int, ...]
    offset_minutes: tuple[int, ...]


def day_tables(first: dt.date, last: dt.date) -> DayTables:
    """The tables for the days from `first` to `last`."""
    count = (last - first).days + 1
    free = {site: {day for year in range(first.year, last.year + 2) for day in holidays(site, year)} for site in SITES}
    shifts, offsets = [], []
    for number in range(count):
        day = first + dt.timedelta(days=number)
        for site in SITES:
            shift = 0
            while (moved := day + dt.timedelta(days=shift)).weekday() >= SATURDAY or moved in free[site]:
                shift += 1
            noon = dt.datetime.combine(day, dt.time(12), ZoneInfo(ZONES[site]))
            shifts.append(shift)
            offsets.append(int((noon.utcoffset() or dt.timedelta()).total_seconds()) // 60)
    return DayTables(first, tuple(shifts), tuple(offsets))
