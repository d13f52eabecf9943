"""Planted cases about batches, shipments, suppliers and changes: charts, exposure, denominators."""

# ruff: noqa: PLR2004 - the planted numbers are the data

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from qms_reports.example_company.plain import (
    Row,
    instant,
    month,
    month_before,
    months_between,
    per_month,
    percent,
)
from qms_reports.example_company.planted_case import Case, day

D2 = 1.128
"""Expected range of two standard normal values (ISO 7870-2, table 2), as control charts round it."""


def batch(case: Case, number: int, started: str, **values: Any) -> dict[str, Any]:
    """A batch that takes a week, all of it entered when it ends, dispositioned three weeks after its start."""
    begun = day(started)
    usual = {
        "product": f"Planted {case.number}",
        "line": "Line 9",
        "started_on": begun,
        "ended_on": begun + dt.timedelta(7),
        "had_deviation": False,
        "had_rework": False,
        "had_reprocess": False,
        "had_record_correction": False,
        "units_started": 50000,
        "units_good": 49500,
        "inspected_units": 500,
        "defects": 0,
        "opportunities_per_unit": 12,
    }
    row = case.add("batches", number, instant(f"{begun + dt.timedelta(7)} 16:00"), **{**usual, **values})
    if "dispositioned_on" not in values:
        decided = begun + dt.timedelta(21)
        row = case.change("batches", row, instant(f"{decided} 11:00"), dispositioned_on=decided, disposition="released")
    return row


def overdispersed() -> Case:
    """Trap 5: a p chart of large samples sees a signal in every other month."""
    case = Case(
        22, "overdispersed proportion", 5, "36 months of 10 000 inspected units; the share of defective ones wanders."
    )
    wander = (0, 7, -12, 15, -3, -18, 9, 21, -8, 4, -14, 11)
    for number in range(36):
        first = dt.date(2021 + number // 12, number % 12 + 1, 4)
        defects = 300 + 4 * wander[number % 12] + (number * 7) % 11
        batch(case, number + 1, str(first), inspected_units=10000, defects=defects, opportunities_per_unit=1)
    rows = sorted(case.now("batches"), key=lambda row: row["started_on"])
    total = sum(row["inspected_units"] for row in rows)
    center = sum(row["defects"] for row in rows) / total
    z = [
        (row["defects"] / row["inspected_units"] - center) / math.sqrt(center * (1 - center) / row["inspected_units"])
        for row in rows
    ]
    ranges = [abs(later - earlier) for earlier, later in pairwise(z)]
    sigma_z = sum(ranges) / len(ranges) / D2
    case.right = {
        "center": center,
        "sigma_z": sigma_z,
        "months": len(rows),
        "p_prime_points_out": sum(abs(value) > 3 * sigma_z for value in z),
    }
    case.naive = {"p_points_out": sum(abs(value) > 3 for value in z)}
    return case


def stopped_sales() -> Case:
    """Trap 16: complaints come after the units they are about."""
    case = Case(23, "stopped sales", 16, "Planted 23 ships until March 2024; complaints go on until October 2024.")
    for number, key in enumerate(months_between("2023-04", "2024-03"), 1):
        batch(case, number, f"{month_before(key)}-02")
        case.add(
            "units_distributed",
            number,
            instant(f"{key}-25 12:00"),
            product="Planted 23",
            region="EU",
            batch_id=case.id("batches", number),
            shipped_on=day(f"{key}-25"),
            units=100000,
            packs=1000,
        )
    number = 0
    for key in months_between("2023-10", "2024-10"):
        for _ in range(2):
            number += 1
            received = day(f"{key}-{3 + number % 20:02d}")
            case.add(
                "complaints",
                number,
                instant(f"{received} 10:00"),
                product="Planted 23",
                region="EU",
                severity="minor",
                batch_id=case.id("batches", 1 + number % 6),
                received_on=received,
                awareness_on=received,
                reportable=False,
                original_due_on=received + dt.timedelta(45),
                due_on=received + dt.timedelta(45),
                extensions=0,
            )
    by_month = per_month((row["received_on"] for row in case.now("complaints")), "2023-10", "2024-10")
    shipped = dict.fromkeys(months_between("2023-04", "2024-10"), 0)
    for row in case.now("units_distributed"):
        shipped[month(row["shipped_on"])] += row["units"]
    for key in ("2024-03", "2024-04", "2024-06", "2024-10"):
        window = [month_before(key)]
        while len(window) < 6:
            window.append(month_before(window[-1]))
        units = sum(shipped[each] for each in window)
        case.right[key] = {
            "complaints": by_month[key],
            "units_of_the_six_months_before": units,
            "per_million_of_these": by_month[key] * 1e6 / units if units else None,
        }
        same = shipped[key]
        case.naive[key] = {"units_of_the_same_month": same, "per_million": by_month[key] * 1e6 / same if same else None}
    case.settle(wait=20)
    return case


def process_shift() -> Case:
    """A step in the mean, and nothing else."""
    case = Case(24, "process shift", None, "The dissolution of Planted 24 falls by 4 % points from 1 July 2023 on.")
    noise = (3, -5, 8, -1, -9, 4, 6, -7, 1, -3, 10, -6, 2, 5, -8)
    for number in range(60):
        begun = dt.date(2023, 1, 2) + dt.timedelta(days=6 * number)
        made = batch(case, number + 1, str(begun))
        ended = made["ended_on"]
        tenths = 880 + noise[number % 15] - (40 if ended >= day("2023-07-01") else 0)
        case.add(
            "test_results",
            number + 1,
            instant(f"{ended + dt.timedelta(2)} 10:00"),
            batch_id=made["batch_id"],
            product="Planted 24",
            department="QC Laboratory" if ended >= day("2023-04-01") else "Quality Control",
            characteristic="dissolution",
            result=tenths / 10,
            lower_limit=80,
            batch_ended_on=ended,
            tested_on=ended + dt.timedelta(2),
            out_of_specification=tenths < 800,
        )
    rows = sorted(case.now("test_results"), key=lambda row: (row["batch_ended_on"], row["result_id"]))
    before = [row["result"] for row in rows if row["batch_ended_on"] < day("2023-07-01")]
    after = [row["result"] for row in rows if row["batch_ended_on"] >= day("2023-07-01")]
    center = sum(before) / len(before)
    moving = sum(abs(b - a) for a, b in pairwise(before)) / (len(before) - 1)
    lower = center - 3 * moving / D2
    case.right = {
        "first_batch_after": rows[len(before)]["batch_id"],
        "points_before": len(before),
        "points_after": len(after),
        "mean_before": center,
        "mean_after": sum(after) / len(after),
        "frozen_lower_limit": lower,
        "below_frozen_limit_after": sum(value < lower for value in after),
    }
    return case


def changes_followed_by_deviations() -> Case:
    """A deviation within 90 days of an implemented change, and emergency changes; young changes are not yet judged."""
    case = Case(
        25,
        "unsuccessful changes",
        2,
        "Ten changes implemented in 2024; three followed by a linked deviation within 90 days.",
    )
    after = {1: 15, 2: 90, 3: 40, 4: 91, 5: 200}
    for number in range(1, 11):
        done = day(f"2024-{number:02d}-15")
        row = case.add(
            "change_controls",
            number,
            instant(f"{done - dt.timedelta(30)} 09:00"),
            department="Engineering",
            kind="equipment",
            emergency=number in {3, 8},
            opened_on=done - dt.timedelta(30),
            extensions=0,
            original_due_on=done + dt.timedelta(20),
            due_on=done + dt.timedelta(20),
        )
        row = case.change("change_controls", row, instant(f"{done} 17:00"), implemented_on=done)
        closed = done + dt.timedelta(10)
        case.change("change_controls", row, instant(f"{closed} 17:00"), closed_on=closed, first_closed_on=closed)
        if number in after:
            case.event(number, str(done + dt.timedelta(days=after[number])), change_id=row["change_id"])
    changes = {row["change_id"]: row for row in case.now("change_controls")}
    linked = {
        row["change_id"]
        for row in case.now("quality_events")
        if (day(row["occurred_at"][:10]) - changes[row["change_id"]]["implemented_on"]).days <= 90
    }
    mature = [row for row in changes.values() if row["implemented_on"] + dt.timedelta(90) <= day("2024-09-30")]
    case.right = {
        "implemented_in_2024": len(changes),
        "emergency": sum(row["emergency"] for row in changes.values()),
        "followed_within_90_days": len(linked),
        "followed": sorted(linked),
        "old_enough_to_judge_on_2024_09_30": len(mature),
    }
    case.naive = {"followed_ever": len(after)}
    case.settle()
    return case


def out_of_specification() -> Case:
    """Two denominators of one name: invalidated of the OOS results (FDA 2016) and of the tests (ISPE)."""
    case = Case(
        26,
        "out of specification",
        None,
        "100 tests in August 2022, five out of specification, two of them invalidated.",
    )
    batch(case, 1, "2022-07-20")
    for number in range(1, 101):
        out = number <= 5
        tested = day(f"2022-08-{1 + number % 28:02d}")
        row = case.add(
            "test_results",
            number,
            instant(f"{tested} 10:00"),
            batch_id=case.id("batches", 1),
            tested_on=tested,
            product="Planted 26",
            department="Quality Control",
            characteristic="assay",
            lower_limit=95,
            upper_limit=105,
            result=94.5 if out else 100 + number % 3,
            batch_ended_on=day("2022-07-27"),
            out_of_specification=out,
        )
        if out:
            later = tested + dt.timedelta(14)
            case.change(
                "test_results",
                row,
                instant(f"{later} 10:00"),
                oos_outcome="invalidated" if number <= 2 else "confirmed",
            )
    rows = case.now("test_results")
    found = [row for row in rows if row["out_of_specification"]]
    lost = sum(row["oos_outcome"] == "invalidated" for row in found)
    case.right = {
        "tests": len(rows),
        "out_of_specification": len(found),
        "confirmed_percent_of_tests": percent(len(found) - lost, len(rows)),
        "invalidated_percent_of_oos": percent(lost, len(found)),
        "invalidated_percent_of_tests": percent(lost, len(rows)),
    }
    return case


def lots() -> Case:
    """Two denominators of lot acceptance: lots started (FDA 2016 draft) and lots finally dispositioned (ISPE)."""
    case = Case(27, "lot acceptance", None, "Ten batches started in May 2022 with every fate a batch can have.")
    fates = ["released"] * 6 + ["rejected", "on_hold", "rework", None]
    for number, fate in enumerate(fates, 1):
        row = batch(case, number, f"2022-05-{1 + number:02d}", dispositioned_on=None, had_deviation=number in {1, 7})
        if fate:
            decided = row["started_on"] + dt.timedelta(18)
            case.change("batches", row, instant(f"{decided} 12:00"), dispositioned_on=decided, disposition=fate)
    rows = case.now("batches")
    released = sum(row["disposition"] == "released" for row in rows)
    final = sum(row["disposition"] in {"released", "rejected"} for row in rows)
    right_first = sum(row["disposition"] == "released" and not row["had_deviation"] for row in rows)
    case.right = {
        "started": len(rows),
        "released": released,
        "finally_dispositioned": final,
        "released_percent_of_started": percent(released, len(rows)),
        "released_percent_of_finally_dispositioned": percent(released, final),
        "right_first_time": right_first,
    }
    return case


def supplier() -> Case:
    """Defects belong to the receipt of their lot; on time is asked of what was due."""
    case = Case(
        28,
        "supplier lots",
        8,
        "Twelve lines of one supplier confirmed for March 2024; some late, moved, or found defective in May.",
    )
    case.add(
        "suppliers",
        1,
        instant("2023-01-09 10:00"),
        supplier="Planted Supplier",
        category="raw material",
        country="DE",
        approved_on=day("2023-01-09"),
        last_audit_on=day("2022-11-07"),
        next_audit_on=day("2025-11-07"),
    )
    for number in range(1, 13):
        due = day(f"2024-03-{2 * number:02d}")
        row = case.add(
            "supplier_deliveries",
            number,
            instant(f"{due - dt.timedelta(30)} 10:00"),
            supplier="Planted Supplier",
            supplier_id=case.id("suppliers", 1),
            material="lactose",
            original_confirmed_on=due,
            confirmed_on=due,
        )
        if number == 12:  # never comes
            continue
        if number in {9, 10}:  # confirmed anew, when it was late
            moved = due + dt.timedelta(12)
            row = case.change("supplier_deliveries", row, instant(f"{due} 16:00"), confirmed_on=moved)
        got = due + dt.timedelta({7: 4, 8: 3, 9: 12, 10: 12, 11: 30}.get(number, 0))
        row = case.change(
            "supplier_deliveries",
            row,
            instant(f"{got} 14:00"),
            received_on=got,
            units_received=1000,
            defective_units=0,
            lot=f"P{number}",
            inspected_on=got,
            lot_accepted=number != 5,
        )
        if number in {1, 2}:
            case.change(
                "supplier_deliveries",
                row,
                instant(f"2024-05-{number + 6:02d} 14:00"),
                defective_units=3,
                defect_detected_on=day(f"2024-05-{number + 6:02d}"),
            )
    rows = case.now("supplier_deliveries")
    in_march = [row for row in rows if row["received_on"] and month(row["received_on"]) == "2024-03"]
    defects = sum(row["defective_units"] for row in in_march)
    case.right = {
        "lines_originally_due_in_2024_03": len(rows),
        "on_time_against_original": _in_window(rows, "original_confirmed_on"),
        "on_time_against_current": _in_window(rows, "confirmed_on"),
        "received_in_2024_03": len(in_march),
        "defective_of_receipts_2024_03": defects,
        "ppm_2024_03": defects * 1e6 / sum(row["units_received"] for row in in_march),
        "lots_accepted": sum(row["lot_accepted"] for row in in_march),
        "lots_inspected": len(in_march),
    }
    case.naive = {
        "on_time_percent_of_received": percent(_in_window(rows, "confirmed_on"), len(rows) - 1),
        "ppm_2024_03_by_detection": 0.0,
    }
    return case


def _in_window(rows: list[Row], basis: str) -> int:
    """Lines received on the day confirmed or up to three days later."""
    return sum(row["received_on"] is not None and 0 <= (row["received_on"] - row[basis]).days <= 3 for row in rows)


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from (
        overdispersed(),
        stopped_sales(),
        process_shift(),
        changes_followed_by_deviations(),
        out_of_specification(),
        lots(),
        supplier(),
    )
