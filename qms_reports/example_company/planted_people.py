"""Planted cases about training, documents, audits, recurrence and costs."""

# ruff: noqa: PLR2004 - the planted numbers are the data

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from qms_reports.example_company.plain import Row, instant, local_day, percent
from qms_reports.example_company.planted_case import Case, day

BEFORE_ALL = day("2020-01-07")


def document(case: Case) -> None:
    """Two versions of one document; the second in force from May 2023 on."""
    for version, drafted, effective in ((1, "2022-09-05", "2022-10-03"), (2, "2023-03-06", "2023-05-02")):
        row = case.add(
            "documents",
            1,
            instant(f"{drafted} 10:00"),
            version=version,
            title="Planted procedure",
            kind="SOP",
            department="Production",
            drafted_on=day(drafted),
        )
        row = case.change(
            "documents",
            row,
            instant(f"{effective} 08:00"),
            approved_on=day(effective) - dt.timedelta(20),
            effective_on=day(effective),
            next_review_on=day(effective) + dt.timedelta(1095),
        )
        if version == 1:
            case.change("documents", row, instant("2023-05-02 08:05"), obsolete_on=day("2023-05-02"))


def training() -> Case:
    """Who counts at the end of June 2023, and who is compliant."""
    case = Case(
        29,
        "training at a date",
        9,
        "Twelve assignments: leavers, leave, newcomers, expired and outdated ones at 30 June 2023.",
    )
    document(case)
    usual = {
        "assigned_on": "2023-04-03",
        "due_on": "2023-05-01",
        "completed_on": "2023-04-20",
        "expires_on": "2025-04-19",
    }
    people: dict[int, dict[str, Any]] = {  # each differs from the usual in one thing
        1: {},
        2: {},
        3: {},
        4: {"completed_on": None, "expires_on": None},
        5: {"completed_on": None, "expires_on": None, "left_on": "2023-05-31"},
        6: {"completed_on": None, "expires_on": None, "leave_from": "2023-04-10", "leave_to": "2023-08-31"},
        7: {
            "completed_on": None,
            "expires_on": None,
            "assigned_on": "2023-06-15",
            "due_on": "2023-07-15",
            "joined_on": "2023-06-12",
        },
        8: {
            "assigned_on": "2022-10-10",
            "due_on": "2022-11-01",
            "completed_on": "2022-10-20",
            "expires_on": "2023-06-15",
        },
        9: {"document_version": 1, "superseded_on": "2023-05-02"},
        10: {"required": False, "completed_on": None, "expires_on": None},
        11: {"completed_on": "2023-07-04", "expires_on": "2025-07-03"},
        12: {"first_attempt_passed": False},
    }
    for number, other in people.items():
        given = {**usual, "document_version": 2, "required": True, "joined_on": str(BEFORE_ALL), **other}
        values = {name: day(v) if isinstance(v, str) else v for name, v in given.items()}
        begun = {
            "person_id": f"P-P29-{number:02d}",
            "department": "Production",
            "curriculum": "Planted 29",
            "document_id": case.id("documents", 1),
            **{name: values[name] for name in ("document_version", "required", "assigned_on", "due_on", "joined_on")},
        }
        row = case.add("training", number, instant(f"{values['assigned_on']} 09:00"), **begun)
        passed = values.pop("first_attempt_passed", True)
        changes = [
            (
                values["completed_on"],
                {
                    "completed_on": values["completed_on"],
                    "expires_on": values["expires_on"],
                    "first_attempt_on": values["completed_on"],
                    "first_attempt_passed": passed,
                },
            )
        ]
        changes += [
            (values.get("left_on"), {"left_on": values.get("left_on")}),
            (values.get("leave_from"), {"leave_from": values.get("leave_from"), "leave_to": values.get("leave_to")}),
            (values.get("superseded_on"), {"superseded_on": values.get("superseded_on")}),
        ]
        for on, change in changes:
            if on is not None:
                row = case.change("training", row, instant(f"{on} 16:00"), **change)
    end = day("2023-07-01")
    rows = case.now("training")
    active = [row for row in rows if row["required"] and _active(row, end)]
    compliant = [row for row in active if _done(row, end) and row["expires_on"] >= end]
    overdue = [row for row in active if not _done(row, end) and row["due_on"] < end - dt.timedelta(1)]
    asked = [row for row in active if _done(row, end) or row["due_on"] < end]
    case.right = {
        "at": "2023-06-30",
        "active": [row["assignment_id"] for row in active],
        "active_and_due_or_done": [row["assignment_id"] for row in asked],
        "compliant": [row["assignment_id"] for row in compliant],
        "compliance_percent": percent(len(compliant), len(asked)),
        "overdue": [row["assignment_id"] for row in overdue],
    }
    completed = sum(row["completed_on"] is not None for row in rows)
    case.naive = {"completed_percent_of_all_assignments": percent(completed, len(rows))}
    for trained in rows:  # nobody stays behind who would be overdue for ever
        if trained["left_on"] is None:
            case.later("training", trained, instant("2023-10-31 16:00"), left_on=day("2023-10-31"))
    return case


def _active(row: Row, end: dt.date) -> bool:
    """Assigned, not superseded, and the person there: not left, not on leave on the last day."""
    last = end - dt.timedelta(1)
    away = row["leave_from"] is not None and row["leave_from"] <= last <= row["leave_to"]
    gone = any(row[name] is not None and row[name] < end for name in ("left_on", "superseded_on"))
    return row["assigned_on"] < end and not away and not gone


def _done(row: Row, end: dt.date) -> bool:
    return row["completed_on"] is not None and row["completed_on"] < end


def audits() -> Case:
    """The programme is measured against the dates it was approved with."""
    case = Case(
        30, "audit programme", 8, "Five audits planned for the second quarter of 2023; two were moved out of it."
    )
    for number, moved in enumerate((None, None, None, "2023-08-14", "2023-09-11"), 1):
        planned = day(f"2023-{4 + number % 3:02d}-17")
        row = case.add(
            "audits",
            number,
            instant("2023-01-09 10:00"),
            kind="internal",
            department="Packaging",
            auditor="Planted",
            baseline_planned_on=planned,
            planned_on=planned,
        )
        if moved:
            row = case.change("audits", row, instant(f"{planned - dt.timedelta(9)} 10:00"), planned_on=day(moved))
        held = day(moved) if moved else planned - dt.timedelta(1)
        row = case.change("audits", row, instant(f"{held} 17:00"), performed_on=held)
        issued = held + dt.timedelta(20 if number != 3 else 44)
        case.change("audits", row, instant(f"{issued} 17:00"), report_issued_on=issued)
        for part in (1, 2):
            finding = case.add(
                "audit_findings",
                10 * number + part,
                instant(f"{issued} 17:00"),
                audit_id=row["audit_id"],
                department="Packaging",
                clause="8.3" if part == 1 else f"7.{number}",
                reported_on=issued,
                classification="major",
                response_due_on=issued + dt.timedelta(21),
            )
            answered = issued + dt.timedelta(15 if part == 1 else 25)
            case.change("audit_findings", finding, instant(f"{answered} 12:00"), responded_on=answered)
    rows, findings = case.now("audits"), case.now("audit_findings")
    case.right = {
        "planned_at_baseline": len(rows),
        "performed_by_baseline": sum(row["performed_on"] <= row["baseline_planned_on"] for row in rows),
        "reports_within_30_days": sum((row["report_issued_on"] - row["performed_on"]).days <= 30 for row in rows),
        "findings": len(findings),
        "findings_per_audit": len(findings) / len(rows),
        "responses_on_time": sum(row["responded_on"] <= row["response_due_on"] for row in findings),
        "most_frequent_clause": Counter(row["clause"] for row in findings).most_common(1)[0],
    }
    case.naive = {"performed_by_current_plan": sum(row["performed_on"] <= row["planned_on"] for row in rows)}
    case.settle(wait=30)
    return case


def recurring() -> Case:
    """The same process, failure mode and root cause within twelve months."""
    case = Case(
        31,
        "recurring events",
        None,
        "Six deviations of 2022 and 2023, three of them repeat one of the twelve months before.",
    )
    planted = [
        ("2022-01-10", "wear", "jam"),
        ("2022-12-20", "wear", "jam"),
        ("2023-12-27", "wear", "jam"),
        ("2023-02-01", "wear", "leak"),
        ("2023-03-01", "wear", "leak"),
        ("2023-04-03", "wear", "leak"),
    ]
    for number, (occurred, cause, mode) in enumerate(planted, 1):
        row = case.event(number, occurred, failure_mode=mode)
        case.close(row, str(day(occurred) + dt.timedelta(3)), root_cause=cause)
    rows = sorted(case.now("quality_events"), key=local_day)
    repeats = [
        row["event_id"]
        for position, row in enumerate(rows)
        if any(
            earlier["failure_mode"] == row["failure_mode"] and (local_day(row) - local_day(earlier)).days <= 365
            for earlier in rows[:position]
        )
    ]
    case.right = {"recurring": repeats, "with_root_cause": len(rows)}
    return case


def costs() -> Case:
    """Cents: exact sums of amounts that binary fractions cannot hold."""
    case = Case(32, "cents", 17, "Thirty postings of 0.10 and 0.20 in November 2021, and sales of 100.")
    for number in range(1, 31):
        case.add(
            "costs",
            number,
            instant(f"2021-11-{number:02d} 10:00"),
            department="Production",
            posted_on=day(f"2021-11-{number:02d}"),
            bucket=("internal_failure", "external_failure")[number % 2],
            amount=Decimal("0.10") * (1 + number % 2),
        )
    case.add(
        "costs",
        31,
        instant("2021-11-30 11:00"),
        department="Production",
        bucket="sales",
        posted_on=day("2021-11-30"),
        amount=Decimal(100),
    )
    rows = case.now("costs")
    failure = sum((row["amount"] for row in rows if row["bucket"] != "sales"), Decimal(0))
    case.right = {"failure_cost": str(failure), "percent_of_sales": str(failure / 100 * 100)}
    case.naive = {
        "failure_cost_in_binary_fractions": sum(float(row["amount"]) for row in rows if row["bucket"] != "sales")
    }
    return case


def recalls() -> Case:
    """Trap 6: one recall event of several products."""
    case = Case(
        33,
        "recalls of several products",
        6,
        "Three recall events in March 2023 name six products; one product was recalled by mistake, one event wholly.",
    )
    planted = [
        # event, class, day, ended, void from
        (1, "class_2", "2023-03-06", "2023-09-04", None),
        (1, "class_1", "2023-03-07", "2023-10-02", None),
        (1, "class_3", "2023-03-08", None, "2023-03-15"),
        (2, "class_3", "2023-03-20", "2023-06-01", None),
        (2, "class_2", "2023-03-21", None, None),
        (3, "class_1", "2023-03-27", None, "2023-03-29"),
    ]
    for number, (event, grade, initiated, ended, voided) in enumerate(planted, 1):
        row = case.add(
            "product_recalls",
            number,
            instant(f"{initiated} 11:00"),
            event_id=f"RE-P33-{event:04d}",
            product=f"Planted 33 {'abc'[number % 3]}",
            classification=grade,
            initiated_on=day(initiated),
        )
        if ended:
            case.change("product_recalls", row, instant(f"{ended} 15:00"), terminated_on=day(ended))
        if voided:
            case.change("product_recalls", row, instant(f"{voided} 15:00"), voided_on=day(voided))
    rows = [row for row in case.now("product_recalls") if row["voided_on"] is None]
    gravest = [
        min(row["classification"] for row in rows if row["event_id"] == event)
        for event in sorted({row["event_id"] for row in rows})
    ]
    case.right = {
        "events_2023_03": len(gravest),
        "events_by_gravest_class": dict(sorted(Counter(gravest).items())),
        "recalled_products_2023_03": len(rows),
    }
    case.naive = {"events_2023_03": len(case.now("product_recalls"))}
    case.settle(wait=120)
    return case


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from (training(), audits(), recurring(), costs(), recalls())
