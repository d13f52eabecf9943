"""Planted cases about time: late entries, immature cohorts, zones, clock changes, holidays, empty months."""

# ruff: noqa: PLR2004 - the planted numbers are the data

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from qms_reports.example_company.plain import (
    instant,
    kaplan_meier_median,
    local_day,
    median,
    month,
    open_before,
    per_month,
    utc,
    workdays_after,
)
from qms_reports.example_company.planted_case import Case, day

EVENTS = "quality_events"


def late_entries() -> Case:
    """Trap 1: what was known of a month at its end."""
    case = Case(1, "late entries", 1, "Twelve deviations of January 2024, of which four were entered in January.")
    entered = [
        "2024-01-09",
        "2024-01-12",
        "2024-01-20",
        "2024-01-31",
        "2024-02-01",
        "2024-02-05",
        "2024-02-08",
        "2024-02-15",
        "2024-02-20",
        "2024-02-28",
        "2024-03-18",
        "2024-06-03",
    ]
    for number, recorded in enumerate(entered, 1):
        case.event(
            number,
            f"2024-01-{4 + 2 * number:02d}" if number > 4 else recorded,
            due=day(recorded) + dt.timedelta(30),
            logged_at=instant(f"{recorded} 16:00"),
            recorded_at=instant(f"{recorded} 16:00"),
        )
    for label, moment in (
        ("opened_in_2024_01_as_known_2024_02_01", instant("2024-01-31 23:59")),
        ("opened_in_2024_01_as_known_2024_03_02", instant("2024-03-01 23:59")),
        ("opened_in_2024_01_as_known_2024_12_31", instant("2024-12-31 23:59")),
    ):
        case.right[label] = per_month(case.opened(moment), "2024-01", "2024-01")["2024-01"]
    case.naive = {"opened_in_2024_01_as_known_2024_02_01": len(entered)}
    case.settle(wait=8)
    return case


def immature_cohort() -> Case:
    """Trap 2: the median of what is already closed."""
    case = Case(
        2, "immature cohort", 2, "Twenty deviations of August 2025, eight of them closed by the end of October."
    )
    for number in range(1, 21):
        opened = day("2025-08-01") + dt.timedelta(days=number)
        closed = opened + dt.timedelta(days=5 + 3 * number) if number <= 8 else None
        # Due in a hundred days: open and unfinished, but not late.
        case.event(number, str(opened), due=opened + dt.timedelta(100), closed=str(closed) if closed else None)
    end = day("2025-11-01")
    times = [
        ((row["closed_on"] or end - dt.timedelta(days=1)) - local_day(row), row["closed_on"] is not None)
        for row in case.now(EVENTS)
    ]
    case.right = {
        "cutoff": "2025-10-31",
        "open": sum(not closed for _, closed in times),
        "kaplan_meier_median_days": kaplan_meier_median((passed.days, closed) for passed, closed in times),
    }
    case.naive = {"median_days_of_closed": median(passed.days for passed, closed in times if closed)}
    case.settle(after="2025-11-02")
    return case


def backlog_purge() -> Case:
    """Trap 3: closing the old ones makes the median of that month worse.

    The old ones wait for a programme that they are due with: they are old, and no overdue rate shows them.
    """
    case = Case(3, "backlog purge", 3, "In November 2023 twenty deviations of 2021 and 2022 are closed at last.")
    for number in range(1, 21):
        opened = day("2021-03-01") + dt.timedelta(days=25 * number)
        case.event(number, str(opened), due="2023-11-30", closed=f"2023-11-{6 + number % 5:02d}")
    for number in range(21, 45):
        opened = day("2023-09-01") + dt.timedelta(days=5 * (number - 21))
        case.event(number, str(opened), closed=str(opened + dt.timedelta(days=14 + number % 6)))
    closed = [(row["closed_on"], (row["closed_on"] - local_day(row)).days) for row in case.now(EVENTS)]
    for key, end in (("2023-10", "2023-11-01"), ("2023-11", "2023-12-01"), ("2023-12", "2024-01-01")):
        case.right[f"closed_{key}"] = sum(month(on) == key for on, _ in closed)
        case.right[f"median_days_closed_{key}"] = median(days for on, days in closed if month(on) == key)
        # What the register looked like then: closed_on of every record, whenever it was entered, says it.
        still = open_before(case.now(EVENTS), day(end), local_day)
        case.right[f"open_at_end_of_{key}"] = len(still)
        case.right[f"open_older_than_90_days_at_end_of_{key}"] = sum(
            (day(end) - dt.timedelta(days=1) - local_day(row)).days > 90 for row in still
        )
    return case


def redated() -> Case:
    """The date of occurrence corrected into another month."""
    case = Case(4, "re-dated records", 1, "Six deviations first dated May 2022; in June three are corrected to April.")
    for number in range(1, 7):
        row = case.event(number, f"2022-05-{number + 1:02d}", due="2022-07-15")
        if number <= 3:
            case.change(
                EVENTS,
                row,
                instant(f"2022-06-{10 + number} 11:00"),
                occurred_at=instant(f"2022-04-{20 + number} 09:00"),
            )
    case.right = {
        "opened_as_known_2022_05_31": per_month(case.opened(instant("2022-05-31 23:59")), "2022-04", "2022-05"),
        "opened_as_known_2022_06_30": per_month(case.opened(instant("2022-06-30 23:59")), "2022-04", "2022-05"),
    }
    case.naive = {"opened_in_2022_05_if_every_version_counts": 6, "opened_in_2022_04_and_2022_05_together": 9}
    case.settle(after="2022-06-30")
    return case


def month_boundaries() -> Case:
    """Trap 11: sites in different zones end a month 14 hours apart."""
    case = Case(
        5, "month boundaries", 11, "Deviations minutes before and after local midnight at the end of January 2024."
    )
    moments = [
        ("2024-01-31 23:50", "OSA"),
        ("2024-02-01 00:10", "OSA"),
        ("2024-02-01 08:55", "OSA"),
        ("2024-01-31 23:40", "HAM"),
        ("2024-02-01 00:05", "HAM"),
        ("2024-02-01 00:55", "HAM"),
        ("2024-01-31 19:05", "PHL"),
        ("2024-01-31 23:58", "PHL"),
        ("2024-02-01 00:02", "PHL"),
        ("2024-01-31 21:30", "PHL"),
    ]
    for number, (moment, site) in enumerate(moments, 1):
        case.event(number, moment, site=site)
    for site in ("HAM", "OSA", "PHL"):
        rows = [row for row in case.now(EVENTS) if row["site"] == site]
        case.right[site] = per_month(map(local_day, rows), "2024-01", "2024-02")
        case.naive[site] = per_month((utc(row["occurred_at"]).date() for row in rows), "2024-01", "2024-02")
    case.settle()
    return case


def clock_changes() -> Case:
    """Trap 11: days of 23 and 25 hours."""
    case = Case(
        6, "clock changes", 11, "Deviations in the hours of the clock changes of 2024, closed or logged around them."
    )
    first = case.event(
        1, "2024-10-26 12:00", logged_at=instant("2024-10-27 12:00"), recorded_at=instant("2024-10-27 12:00")
    )
    second = case.event(
        2,
        "2024-10-27 02:30",
        logged_at=instant("2024-10-27 02:30", second=True),
        recorded_at=instant("2024-10-27 02:30", second=True),
    )
    third = case.event(
        3, "2024-03-30 12:00", logged_at=instant("2024-03-31 12:00"), recorded_at=instant("2024-03-31 12:00")
    )
    fourth = case.event(
        4,
        "2024-11-03 01:30",
        site="PHL",
        logged_at=instant("2024-11-03 01:30", "PHL", second=True),
        recorded_at=instant("2024-11-03 01:30", "PHL", second=True),
    )
    fifth = case.event(
        5, "2024-03-31 01:59", logged_at=instant("2024-03-31 03:01"), recorded_at=instant("2024-03-31 03:01")
    )
    for row in (first, second, third, fourth, fifth):
        passed = utc(row["logged_at"]) - utc(row["occurred_at"])
        wall = dt.datetime.fromisoformat(row["logged_at"][:19]) - dt.datetime.fromisoformat(row["occurred_at"][:19])
        days = local_day(row, "logged_at") - local_day(row)
        case.right[row["event_id"]] = {"hours": passed.total_seconds() / 3600, "local_days": days.days}
        case.naive[row["event_id"]] = {
            "hours": wall.total_seconds() / 3600,
            "hours_over_24": passed.total_seconds() / 86400,
        }
    case.settle()
    return case


def reporting_clocks() -> Case:
    """Trap 12: working days and holidays."""
    case = Case(
        7,
        "reporting clocks over holidays",
        12,
        "Reportable complaints around Golden Week, Christmas and Thanksgiving; the day after awareness is day 1.",
    )
    clocks = {"mdr_5_work_days": 5, "field_alert_3_work_days": 3}
    planted = [
        ("OSA", "2024-04-26", "field_alert_3_work_days", "2024-05-02"),
        ("OSA", "2024-04-30", "field_alert_3_work_days", "2024-05-07"),
        ("OSA", "2024-05-01", "mdr_5_work_days", "2024-05-10"),
        ("OSA", "2024-05-01", "mdr_5_work_days", "2024-05-13"),
        ("HAM", "2024-12-23", "field_alert_3_work_days", "2024-12-30"),
        ("HAM", "2024-12-20", "mdr_5_work_days", "2024-12-31"),
        ("PHL", "2024-12-24", "field_alert_3_work_days", "2024-12-30"),
        ("PHL", "2024-11-27", "field_alert_3_work_days", "2024-12-03"),
        ("PHL", "2024-07-03", "field_alert_3_work_days", "2024-07-09"),
    ]
    for number, (site, aware, clock, reported) in enumerate(planted, 1):
        row = case.add(
            "complaints",
            number,
            instant(f"{aware} 10:00", site),
            site=site,
            product="Planted 7",
            region="EU",
            severity="critical",
            received_on=day(aware),
            awareness_on=day(aware),
            reportable=True,
            report_clock=clock,
            original_due_on=day(aware) + dt.timedelta(days=45),
            due_on=day(aware) + dt.timedelta(days=45),
            extensions=0,
        )
        case.change("complaints", row, instant(f"{reported} 12:00", site), reported_on=day(reported))
    rows = case.now("complaints")
    for answer, with_holidays in ((case.right, True), (case.naive, False)):
        limits = {
            row["complaint_id"]: workdays_after(
                row["awareness_on"], clocks[row["report_clock"]], row["site"] if with_holidays else None
            )
            for row in rows
        }
        answer["last_day"] = {key: str(limit) for key, limit in limits.items()}
        answer["on_time"] = sum(row["reported_on"] <= limits[row["complaint_id"]] for row in rows)
        answer["reportable"] = len(rows)
    case.settle()
    return case


def empty_months() -> Case:
    """Trap 13: months without a record, and the week that belongs to the year before."""
    case = Case(
        8, "months without records", 13, "Deviations in two months of 2022 only, and three on the first days of 2021."
    )
    for number, moment in enumerate(
        ("2022-02-07", "2022-02-15", "2022-06-01", "2021-01-01", "2021-01-03", "2021-01-04"), 1
    ):
        case.event(number, moment)
    weeks = Counter("{}-W{:02d}".format(*on.isocalendar()[:2]) for on in case.opened() if on.year == 2021)
    case.right = {"opened": per_month(case.opened(), "2022-01", "2022-07"), "iso_weeks": dict(sorted(weeks.items()))}
    case.naive = {"months_in_the_trend": 2, "week_53_of_year": 2021}
    case.settle()
    return case


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from (
        late_entries(),
        immature_cohort(),
        backlog_purge(),
        redated(),
        month_boundaries(),
        clock_changes(),
        reporting_clocks(),
        empty_months(),
    )
