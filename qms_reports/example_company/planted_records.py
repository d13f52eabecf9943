"""Planted cases about records and proportions: reopened, voided, moved, re-classified, missing, impossible, mixed."""

# ruff: noqa: PLR2004 - the planted numbers are the data

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from qms_reports.example_company.phrases import RENAMED, RENAMED_ON
from qms_reports.example_company.plain import (
    Row,
    instant,
    local_day,
    month,
    open_before,
    per_month,
    percent,
    wilson,
)
from qms_reports.example_company.planted_case import Case, day

EVENTS = "quality_events"
MISSING_CODES = ("", "N/A", "-", "?", "Unknown")


def small_denominator() -> Case:
    """Trap 4: three of four."""
    case = Case(9, "small denominator", 4, "Four CAPAs are due in March 2024, three are closed in time.")
    for number, closed in enumerate(("2024-03-05", "2024-03-10", "2024-03-14", "2024-04-02"), 1):
        case.capa(number, "2023-12-15", "2024-03-15", closed=closed)
    rows = case.now("capas")
    hits = sum(row["closed_on"] <= row["original_due_on"] for row in rows)
    low, high = wilson(hits, len(rows))
    case.right = {
        "due_in_2024_03": len(rows),
        "on_time": hits,
        "percent": percent(hits, len(rows)),
        "wilson_95_low": low,
        "wilson_95_high": high,
        "coloured": False,
    }
    return case


def recall_like_duplicates() -> Case:
    """Trap 6: the counting unit."""
    case = Case(10, "duplicates of one event", 6, "Nine complaints received in July 2023 about three happenings.")
    for number in range(1, 10):
        original = None if number <= 3 else case.id("complaints", 1 + number % 2)
        case.add(
            "complaints",
            number,
            instant(f"2023-07-{9 + number} 10:00"),
            product=f"Planted 10 {'abc'[number % 3]}",
            region="Japan",
            severity="major",
            received_on=day(f"2023-07-{9 + number}"),
            extensions=0,
            awareness_on=day(f"2023-07-{9 + number}"),
            reportable=False,
            duplicate_of=original,
            original_due_on=day("2023-09-30"),
            due_on=day("2023-09-30"),
        )
    rows = case.now("complaints")
    case.right = {
        "records_received": len(rows),
        "distinct_events": len({row["duplicate_of"] or row["complaint_id"] for row in rows}),
    }
    case.naive = {"distinct_events": len(rows)}
    case.settle(wait=30)
    return case


def reopened() -> Case:
    """Trap 7: a reopened record is open again."""
    case = Case(
        11,
        "reopened records",
        7,
        "Ten deviations closed in April 2022; four reopened in May, two of them closed in August.",
    )
    for number in range(1, 11):
        row = case.event(number, f"2022-03-{10 + number}", due="2022-12-30", closed=f"2022-04-{10 + number}")
        if number <= 4:
            row = case.change(
                EVENTS, row, instant("2022-05-16 10:00"), reopened_on=day("2022-05-16"), reopenings=1, closed_on=None
            )
        if number <= 2:
            case.close(row, "2022-08-10")
    final = case.now(EVENTS)
    for label, moment in (
        ("2022-04-30", "2022-04-30 23:59"),
        ("2022-05-31", "2022-05-31 23:59"),
        ("2022-08-31", "2022-08-31 23:59"),
    ):
        known = case.now(EVENTS, instant(moment))
        case.right[f"open_at_end_of_{label}"] = len(open_before(known, day(label) + dt.timedelta(days=1), local_day))
    case.right |= {
        "days_to_first_closure": sorted((row["first_closed_on"] - local_day(row)).days for row in final),
        "days_to_last_closure": sorted((row["closed_on"] - local_day(row)).days for row in final if row["closed_on"]),
        "reopened": sum(row["reopenings"] for row in final),
    }
    case.naive = {"open_at_end_of_2022-05-31": 0, "opened_counting_every_version": len(case.rows[EVENTS])}
    case.settle(after="2022-12-31")
    return case


def moved_due_dates() -> Case:
    """Traps 8 and 20: all on time against a due date that was moved whenever it came near."""
    case = Case(12, "moved due dates", 8, "Ten CAPAs, all closed by their current due date, four by the original one.")
    for number in range(1, 11):
        opened, due = "2023-01-16", day("2023-04-17")
        closed = due + dt.timedelta(days=-5 if number <= 4 else 10 * number)
        row = case.capa(number, opened, str(due))
        moves = 0
        while row["due_on"] < closed:
            moves += 1
            row = case.change(
                "capas",
                row,
                instant(f"{row['due_on'] - dt.timedelta(days=2)} 09:00"),
                due_on=row["due_on"] + dt.timedelta(days=30),
                extensions=moves,
            )
        case.change(
            "capas", row, instant(f"{closed} 15:00"), implemented_on=closed, first_closed_on=closed, closed_on=closed
        )
    rows = case.now("capas")
    case.right = {
        "due_originally_in_2023_04": len(rows),
        "on_time_against_original": sum(row["closed_on"] <= row["original_due_on"] for row in rows),
        "on_time_against_current": sum(row["closed_on"] <= row["due_on"] for row in rows),
        "with_extension": sum(row["extensions"] > 0 for row in rows),
        "extensions": sum(row["extensions"] for row in rows),
    }
    case.naive = {"on_time_percent": percent(case.right["on_time_against_current"], len(rows))}
    return case


def voided() -> Case:
    """Trap 9: void from a date on."""
    case = Case(
        13, "voided records", 9, "Eight deviations of September 2022; three are voided on 10 October as duplicates."
    )
    for number in range(1, 9):
        row = case.event(number, f"2022-09-{number + 4:02d}", due="2022-11-18")
        if number <= 3:
            case.change(EVENTS, row, instant("2022-10-10 11:00"), voided_on=day("2022-10-10"))
    for label in ("2022-09-30", "2022-10-31"):
        known = instant(f"{label} 23:59")
        case.right[f"opened_in_2022_09_as_known_{label}"] = len(case.opened(known))
        end = day(label) + dt.timedelta(days=1)
        case.right[f"open_at_end_of_{label}"] = len(open_before(case.now(EVENTS, known), end, local_day))
    case.right["voided"] = sum(row["voided_on"] is not None for row in case.now(EVENTS))
    case.naive = {"opened_in_2022_09": 8}
    case.settle(after="2022-10-31")
    return case


def reclassified() -> Case:
    """Trap 10: the class that was valid then."""
    case = Case(
        14, "re-classified records", 10, "Six minor deviations of November 2022; two become critical in December."
    )
    for number in range(1, 7):
        row = case.event(number, f"2022-11-{number + 6:02d}", due="2023-01-20")
        if number <= 2:
            case.change(
                EVENTS, row, instant("2022-12-12 11:00"), severity="critical", reclassified_on=day("2022-12-12")
            )
    for label in ("2022-11-30", "2022-12-31"):
        classes = Counter(row["severity"] for row in case.now(EVENTS, instant(f"{label} 23:59")))
        case.right[f"severity_as_known_{label}"] = dict(sorted(classes.items()))
    case.right["initial_severity"] = dict(Counter(row["initial_severity"] for row in case.now(EVENTS)))
    case.settle(after="2022-12-31")
    return case


def renamed_department() -> Case:
    """Trap 10: one department under two names."""
    case = Case(15, "renamed department", 10, f"{RENAMED[0]} is called {RENAMED[1]} from {RENAMED_ON} on.")
    for number in range(1, 13):
        occurred = day(f"2023-{1 + (number - 1) // 2:02d}-{10 + number}")
        case.event(number, str(occurred), department=RENAMED[occurred >= RENAMED_ON])
    case.right = {"department": RENAMED[1], "opened": per_month(case.opened(), "2023-01", "2023-06")}
    for name in RENAMED:
        days = (local_day(row) for row in case.now(EVENTS) if row["department"] == name)
        case.naive[name] = per_month(days, "2023-01", "2023-06")
    case.settle()
    return case


def missing_codes() -> Case:
    """Trap 18: five ways to say nothing."""
    case = Case(
        16,
        "missing codes",
        18,
        "Eight closed deviations, five of them with a root cause and a product that say nothing.",
    )
    for number in range(1, 9):
        code = MISSING_CODES[number - 1] if number <= len(MISSING_CODES) else None
        row = case.event(number, f"2021-05-{number + 2:02d}", product=code if code is not None else "Cardiol 10 mg")
        case.close(row, "2021-05-28", root_cause=code if code is not None else "material")
    case.right = {
        "root_cause": {"(not stated)": 5, "material": 3},
        "product": {"(not stated)": 5, "Cardiol 10 mg": 3},
        "total": 8,
    }
    case.naive = {"root_causes": len(MISSING_CODES) + 1}
    return case


def impossible_dates() -> Case:
    """Trap 19: dates that cannot be."""
    case = Case(17, "impossible dates", 19, "Ten CAPAs opened in June 2021; four have dates that cannot be.")
    for number in range(1, 11):
        case.capa(
            number,
            f"2021-06-{number + 6:02d}",
            "2021-09-15",
            closed=f"2021-08-{number + 4:02d}" if number <= 6 else None,
        )
    wrong = {
        7: ("closed_on", "0212-08-11", "year 0212"),
        8: ("closed_on", "2200-08-12", "year 2200"),
        9: ("closed_on", "2021-05-01", "closed before opened"),
        10: ("opened_on", "0021-06-16", "year 0021"),
    }
    for number, (column, value, reason) in wrong.items():
        (row,) = (row for row in case.rows["capas"] if row["capa_id"] == case.id("capas", number))
        row[column] = day(value)
        if column == "closed_on":
            row["implemented_on"] = row["first_closed_on"] = row["opened_on"]
        case.bad[row["capa_id"]] = reason
    rows = case.now("capas")
    days = [(row["closed_on"] - row["opened_on"]).days for row in rows]
    with_bad = [(row["closed_on"] - row["opened_on"]).days for row in case.rows["capas"] if row["closed_on"]]
    case.right = {"opened_in_2021_06": len(rows), "quarantined": len(case.bad), "mean_days": sum(days) / len(days)}
    case.naive = {"mean_days": sum(with_bad) / len(with_bad)}
    return case


def simpson() -> Case:
    """Trap 14: each site rises, the total falls."""
    case = Case(
        18,
        "mix of sites",
        14,
        "From 2021 to 2022 each site's share on time rises; the total falls, for the weaker site grew.",
    )
    planted = {("HAM", 2021): (90, 81), ("OSA", 2021): (10, 5), ("HAM", 2022): (20, 19), ("OSA", 2022): (80, 48)}
    number = 0
    for (site, year), (due, on_time) in planted.items():
        for position in range(due):
            number += 1
            opened = dt.date(year, 2, 1) + dt.timedelta(days=position * 300 // due)
            in_time = (position + 1) * on_time // due > position * on_time // due  # the late ones evenly among them
            closed = opened + dt.timedelta(days=20 if in_time else 45)
            case.event(number, str(opened), site=site, closed=str(closed))
    for site, year in planted:
        case.right[f"{site}_{year}"] = _on_time([row for row in case.now(EVENTS) if row["site"] == site], year)
    shares = {}
    for year in (2021, 2022):
        case.right[f"total_{year}"] = _on_time(case.now(EVENTS), year)
        parts = [case.right[f"{site}_{year}"] for site in ("HAM", "OSA")]
        shares[year] = sum(part["percent"] for part in parts) / 2
        case.naive[f"mean_of_sites_{year}"] = shares[year]
    return case


def _on_time(rows: list[Row], year: int) -> dict[str, float | None]:
    due = [row for row in rows if row["original_due_on"].year == year]
    hits = sum(row["closed_on"] is not None and row["closed_on"] <= row["original_due_on"] for row in due)
    return {"on_time": hits, "due": len(due), "percent": percent(hits, len(due))}


def percent_of_percent() -> Case:
    """Trap 15: points and percent."""
    case = Case(19, "points and percent", 15, "16 of 20 in time in May 2023, 17 of 20 in June.")
    for number in range(1, 41):
        key, hits = ("2023-05", 16) if number <= 20 else ("2023-06", 17)
        opened = day(f"{key}-20") - dt.timedelta(days=30)
        case.event(number, str(opened), closed=f"{key}-{10 if (number - 1) % 20 < hits else 25}")
    shares = []
    for key in ("2023-05", "2023-06"):
        due = [row for row in case.now(EVENTS) if month(row["original_due_on"]) == key]
        shares.append(100 * sum(row["closed_on"] <= row["original_due_on"] for row in due) / len(due))
    case.right = {
        "percent": shares,
        "percentage_points": shares[1] - shares[0],
        "relative_percent": 100 * (shares[1] - shares[0]) / shares[0],
    }
    return case


def rounding() -> Case:
    """Trap 17: parts that do not add up after rounding."""
    case = Case(20, "rounded parts", 17, "Three departments with one deviation each in October 2021.")
    for number, department in enumerate(("Production", "Packaging", "Warehouse"), 1):
        case.event(number, f"2021-10-{number + 10}", department=department)
    case.right = {"share_percent_one_decimal": [33.3, 33.3, 33.3], "total_percent": 100.0}
    case.naive = {"sum_of_rounded": 99.9}
    case.settle()
    return case


def all_green() -> Case:
    """Trap 20: 100 % on time, and how."""
    case = Case(
        21, "too green", 20, "All deviations due in February 2025 in time: by extensions, a void and a reopening."
    )
    for number in range(1, 13):
        row = case.event(number, f"2025-01-{number + 7:02d}")
        if number <= 5:
            row = case.change(
                EVENTS,
                row,
                instant(f"{row['due_on'] - dt.timedelta(days=1)} 10:00"),
                extensions=1,
                due_on=row["due_on"] + dt.timedelta(days=30),
            )
            case.close(row, str(row["original_due_on"] + dt.timedelta(days=4)))
        elif number <= 7:
            case.change(EVENTS, row, instant(f"{row['due_on'] - dt.timedelta(days=1)} 10:00"), voided_on=row["due_on"])
        else:
            row = case.close(row, str(row["due_on"] - dt.timedelta(days=2)))
            if number == 12:
                case.change(
                    EVENTS,
                    row,
                    instant("2025-03-03 10:00"),
                    reopened_on=day("2025-03-03"),
                    reopenings=1,
                    closed_on=None,
                )
    rows = case.now(EVENTS)
    valid = [row for row in rows if row["voided_on"] is None]
    first = "first_closed_on"
    case.right = {
        "valid": len(valid),
        "first_closure_by_current_due": sum(row[first] <= row["due_on"] for row in valid),
        "first_closure_by_original_due": sum(row[first] <= row["original_due_on"] for row in valid),
        "extended": sum(row["extensions"] > 0 for row in valid),
        "voided": len(rows) - len(valid),
        "reopened": sum(row["reopenings"] for row in valid),
    }
    case.settle(after="2025-03-31")
    return case


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from (
        small_denominator(),
        recall_like_duplicates(),
        reopened(),
        moved_due_dates(),
        voided(),
        reclassified(),
        renamed_department(),
        missing_codes(),
        impossible_dates(),
        simpson(),
        percent_of_percent(),
        rounding(),
        all_green(),
    )
