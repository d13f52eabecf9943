"""What the truth is computed with: plain Python over lists of rows, sharing nothing with the KPI code."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from qms_reports.example_company.sites import SATURDAY, ZONES, holidays

Row = Mapping[str, Any]

Z95 = 1.959963984540054
"""The normal distribution's 97.5 % point."""


def instant(text: str, site: str = "HAM", *, second: bool = False) -> str:
    """A local time of a site as ISO text with its offset.

    Args:
        text: ``2024-10-27 02:30``.
        site: The site.
        second: The second of the two hours that the end of summer time makes of one.
    """
    local = dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONES[site]), fold=int(second))
    return local.isoformat(timespec="seconds")


def utc(text: str) -> dt.datetime:
    """An instant with an offset, in UTC."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def local_day(row: Row, column: str = "occurred_at") -> dt.date:
    """The calendar day of an instant at the row's site."""
    return utc(row[column]).astimezone(ZoneInfo(row["zone"])).date()


def latest(rows: Iterable[Row], key: Sequence[str], as_known: str | None = None) -> list[Row]:
    """The last version of each record that was known at an instant (all are, if none is given), by key."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda row: utc(row["recorded_at"])):
        if as_known is None or utc(row["recorded_at"]) <= utc(as_known):
            found[tuple(row[name] for name in key)] = row
    return [found[each] for each in sorted(found)]


def month(day: dt.date) -> str:
    """``2024-05``."""
    return f"{day:%Y-%m}"


def month_before(key: str) -> str:
    """The month before a month."""
    return month(dt.date.fromisoformat(f"{key}-01") - dt.timedelta(days=1))


def months_between(first: str, last: str) -> list[str]:
    """All months from one to another."""
    found = [last]
    while found[-1] > first:
        found.append(month_before(found[-1]))
    return found[::-1]


def per_month(days: Iterable[dt.date | None], first: str, last: str) -> dict[str, int]:
    """How many days fall into each month, months without any included."""
    counted = dict.fromkeys(months_between(first, last), 0)
    for day in days:
        if day is not None and month(day) in counted:
            counted[month(day)] += 1
    return counted


def open_before(rows: Iterable[Row], end: dt.date, opened: Callable[[Row], dt.date]) -> list[Row]:
    """Records opened before a day that are neither closed nor voided before it."""
    return [
        row
        for row in rows
        if opened(row) < end
        and (row["closed_on"] is None or row["closed_on"] >= end)
        and (row["voided_on"] is None or row["voided_on"] >= end)
    ]


def median(values: Iterable[float]) -> float | None:
    """The middle value, or the mean of the two in the middle; none of nothing."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def kaplan_meier_median(times: Iterable[tuple[int, bool]]) -> int | None:
    """The first time at which the estimated share still open is at most one half; none if it is never reached.

    Args:
        times: Days under observation and whether the record was closed then (else it is still open: censored).

    Kaplan and Meier, JASA 53 (1958) 457-481.
    """
    ordered = list(times)
    share = 1.0
    for day in sorted({day for day, closed in ordered if closed}):
        at_risk = sum(time >= day for time, _ in ordered)
        share *= 1 - sum(time == day and closed for time, closed in ordered) / at_risk
        if share <= 0.5 + 1e-12:
            return day
    return None


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson, JASA 22 (1927) 209-212)."""
    share, squared = hits / of, Z95 * Z95
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = Z95 / (1 + squared / of) * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
    return middle - half, middle + half


def workdays_after(day: dt.date, count: int, site: str | None) -> dt.date:
    """The `count`-th working day after a day, which itself is day 0; without a site no holidays are known."""
    free = {each for year in (day.year, day.year + 1) for each in holidays(site, year)} if site else set()
    while count:
        day += dt.timedelta(days=1)
        if day.weekday() < SATURDAY and day not in free:
            count -= 1
    return day


def percent(hits: int, of: int) -> float | None:
    """A share in percent; none of nothing."""
    return 100 * hits / of if of else None
