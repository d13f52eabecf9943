"""A handful of records of every standard kind, small enough to count by hand: what May 2024 says is in the comments.

The period is May 2024: its first day is 1 May, its last day 31 May.  Holidays that matter: 9 and 20 May in Hamburg,
3 to 6 May in Osaka, 27 May and 19 June in Philadelphia.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

Row = dict[str, str]
ZONES = {"HAM": "Europe/Berlin", "OSA": "Asia/Tokyo", "PHL": "America/New_York"}


def day(short: str) -> str:
    """A date of 2024 from ``05-31``; a full date and nothing stay as they are."""
    return f"2024-{short}" if len(short) == len("05-31") and short[2] == "-" else short


def row(key: str, identity: str, site: str = "HAM", **cells: str) -> Row:
    """One delivered row."""
    return {key: identity, "site": site} | {name: day(cell) for name, cell in cells.items()}


def life(due: str, first: str = "", closed: str = "", reopened: str = "", extended_to: str = "") -> Row:
    """Due dates and closures; the last closure is the first one unless it was reopened."""
    return {
        "original_due_on": day(due),
        "due_on": day(extended_to or due),
        "extensions": "1" if extended_to else "0",
        "first_closed_on": day(first),
        "reopened_on": day(reopened),
        "closed_on": day(closed or ("" if reopened else first)),
    }


def event(
    number: int, site: str, occurred: str, logged: str, kind: str, severity: str, dates: Row, **cells: str
) -> Row:
    """A quality event at 00:30 of a local day, which is the day before in UTC at Osaka and Hamburg."""
    zone = ZONES[site]
    moments = (dt.datetime.fromisoformat(f"{day(at)}").replace(tzinfo=ZoneInfo(zone)) for at in (occurred, logged))
    at = dict(
        zip(("occurred_at", "logged_at"), (moment.replace(minute=30).isoformat() for moment in moments), strict=True)
    )
    return row("event_id", f"E{number}", site, type=kind, severity=severity, zone=zone, **at, **dates, **cells)


LEAK = {"process": "Filling", "failure_mode": "leak", "root_cause": "equipment wear"}
PARTICLE = {"process": "Coating", "failure_mode": "particle", "root_cause": "design"}
DEV, NONCONFORMANCE = "deviation", "nonconformance"

# Open at the start: E4 E6 E7 E9 E16 E17; at the end: E2 E3 E6 E9 E10 E11 E16 E17.
QUALITY_EVENTS = [
    event(1, "HAM", "05-02", "05-03", DEV, "critical", life("05-20", "05-18"), department="Production", **LEAK),
    # Minor until 10 June; a holiday lies between occurrence and entry; due on the last day is not overdue.
    event(2, "HAM", "05-08", "05-10", DEV, "major", life("05-31", extended_to="06-30"), initial_severity="minor",
          reclassified_on="06-10", department="Quality Control", **LEAK),
    event(3, "OSA", "05-01", "05-07", NONCONFORMANCE, "minor", life("05-10"), process="Coating", failure_mode="-"),
    event(4, "PHL", "03-01", "03-01", DEV, "major", life("04-15", "05-10", extended_to="05-15"),
          root_cause="human error"),
    event(5, "HAM", "01-10", "01-10", "environmental_excursion", "minor",
          life("02-10", "02-01", "05-25", reopened="05-05"), root_cause="none", reopenings="1"),
    event(6, "HAM", "2023-11-15", "2023-11-15", DEV, "minor", life("2023-12-15", "01-15", reopened="04-20"),
          reopenings="1"),
    event(7, "HAM", "04-02", "04-02", DEV, "major", life("05-05"), voided_on="05-12"),
    event(8, "HAM", "04-01", "04-01", DEV, "major", life("05-06", "04-20"), voided_on="05-20", root_cause="material"),
    event(9, "PHL", "02-20", "02-20", "out_of_specification", "minor", life("03-20", "06-15", extended_to="06-20"),
          root_cause="material"),
    event(10, "HAM", "05-31", "06-03", DEV, "Unknown", life("07-01"), change_id="X2"),
    event(11, "PHL", "05-15", "05-15", DEV, "minor", life("06-15"), voided_on="06-10", change_id="X1", **LEAK),
    event(12, "HAM", "2023-05-02", "2023-05-02", DEV, "major", life("2023-06-02", "2023-05-30"), **LEAK),
    event(13, "HAM", "05-20", "05-21", NONCONFORMANCE, "minor", life("06-20", "05-30"), change_id="X1", **PARTICLE),
    event(14, "HAM", "04-10", "04-10", DEV, "minor", life("05-15"), voided_on="04-15", **PARTICLE),
    event(16, "HAM", "04-20", "04-20", DEV, "minor", life("12-31"), change_id="X3", department="QC Laboratory"),
    event(17, "HAM", "03-15", "03-15", DEV, "minor", life("12-31")),
]  # fmt: skip


def capa(number: int, opened: str, action: str, dates: Row, *phases: str, **cells: str) -> Row:
    """A CAPA; the phases are investigated, implemented, check due, check concluded, result."""
    names = ("investigation_done_on", "implemented_on", "effectiveness_due_on", "effectiveness_concluded_on",
             "effectiveness_result")  # fmt: skip
    done = dict(zip(names, phases, strict=False))
    return row("capa_id", f"C{number}", opened_on=opened, action_type=action, **dates, **done, **cells)


# Open at the start: C2 C3 C4 C5 C7 C9 C10 C11; at the end: C1 C2 C3 C6 C10 C11 C12.
CAPAS = [
    capa(1, "05-06", "preventive", life("08-04")),
    capa(2, "02-01", "corrective", life("05-01", extended_to="05-31"), "03-01", "05-20", "08-20"),
    capa(3, "04-15", "both", life("05-20", extended_to="06-20"), "05-05"),
    capa(4, "2023-11-01", "corrective", life("01-30", "05-15"), "2023-12-01", "01-20", "05-10", "05-15", "effective"),
    capa(5, "2023-10-01", "corrective", life("2023-12-30", "05-20"), "2023-12-01", "02-10", "05-12", "05-20",
         "ineffective"),
    capa(6, "2023-06-15", "both", life("2023-09-15", "2023-12-01", reopened="05-10"), "2023-07-01", "2023-09-01",
         "2023-12-01", "2023-12-01", "effective"),
    capa(7, "2023-08-01", "both", life("2023-11-01", "02-15", "05-28", reopened="04-02"), "2023-09-01", "2023-10-15",
         "02-15", "02-15", "effective"),
    capa(8, "05-10", "corrective", life("08-10"), voided_on="05-25"),
    capa(9, "03-20", "corrective", life("05-30"), voided_on="05-02"),
    # Implemented in time, so not overdue although its due date has passed; its check is.
    capa(10, "2023-12-01", "corrective", life("05-15"), "01-05", "02-20", "05-20"),
    capa(11, "03-15", "", life("06-30")),
    capa(12, "05-31", "corrective", life("08-29")),
]  # fmt: skip


def complaint(number: int, site: str, received: str, severity: str, dates: Row, **cells: str) -> Row:
    """A complaint."""
    cells = {"reportable": "false", "awareness_on": received} | cells
    return row("complaint_id", f"K{number}", site, received_on=received, severity=severity, **dates, **cells)


def clock(name: str, awareness: str, reported: str = "") -> Row:
    """A reportable complaint's clock."""
    return {"reportable": "true", "report_clock": name, "awareness_on": awareness, "reported_on": reported}


# Open at the start: K4 K5 K8 K9 K10 K11; at the end: K1 K2 K3 K7 K9 K11 K12 K13.
COMPLAINTS = [
    complaint(1, "HAM", "05-02", "critical", life("06-16"), **clock("eu_15_days", "05-03", "05-18")),
    complaint(
        2, "PHL", "05-20", "major", life("07-04"), **clock("mdr_5_work_days", "05-22", "05-30")
    ),  # 27 May is none
    complaint(3, "HAM", "05-05", "minor", life("06-19"), **clock("field_alert_3_work_days", "05-06")),
    complaint(4, "HAM", "04-10", "minor", life("05-25", "05-20")),
    complaint(5, "OSA", "02-15", "major", life("04-01", "05-15", extended_to="05-10")),
    complaint(6, "HAM", "05-06", "minor", life("06-20"), duplicate_of="K4"),  # void from 6 May though nobody says so
    complaint(7, "HAM", "2023-12-01", "minor", life("01-15", "01-15", reopened="05-03")),
    complaint(8, "HAM", "01-05", "minor", life("02-20", "02-01", "05-12", reopened="04-10")),
    complaint(9, "HAM", "03-25", "minor", life("05-09", extended_to="06-08")),
    complaint(10, "HAM", "04-12", "minor", life("05-27"), voided_on="05-08"),
    complaint(11, "HAM", "04-20", "minor", life("06-04")),
    complaint(12, "HAM", "05-28", "critical", life("07-12"), **clock("mdr_30_days", "05-30", "06-29")),
    complaint(13, "HAM", "05-10", "minor", life("06-24"), **clock("", "05-10", "05-11")),
]


def recall(number: int, event_id: str, initiated: str, classification: str, **cells: str) -> Row:
    """A recalled product."""
    return row(
        "recall_id", f"R{number}", event_id=event_id, initiated_on=initiated, classification=classification, **cells
    )


RECALLS = [  # V1 has two products; V2 began in April; V4 is void
    recall(1, "V1", "05-03", "class_2"),
    recall(2, "V1", "05-10", "class_1"),
    recall(3, "V2", "04-28", "class_3"),
    recall(4, "V2", "05-20", "class_3"),
    recall(5, "V3", "05-30", "class_2"),
    recall(6, "V4", "05-11", "class_1", voided_on="05-12"),
]


def audit(number: int, site: str, kind: str, baseline: str, performed: str = "", issued: str = "", **cells: str) -> Row:
    """An audit, planned now as at first unless `planned_on` says otherwise."""
    cells = {"planned_on": baseline} | cells
    return row("audit_id", f"A{number}", site, kind=kind, baseline_planned_on=baseline, performed_on=performed,
               report_issued_on=issued, **cells)  # fmt: skip


AUDITS = [
    audit(1, "HAM", "internal", "05-10", "05-08", "05-20"),
    audit(2, "OSA", "supplier", "05-15", "06-10", planned_on="06-20"),
    audit(3, "PHL", "internal", "05-20"),
    audit(4, "PHL", "external", "05-25", "05-25", "05-31"),
    audit(5, "HAM", "internal", "03-15", "03-20", "05-05"),
    audit(6, "HAM", "internal", "04-20", "05-02", "06-10"),
    audit(7, "HAM", "internal", "05-16", voided_on="05-01"),
]


def finding(number: int, audit_id: str, site: str, clause: str, classification: str, reported: str, due: str,
            responded: str = "", **cells: str) -> Row:  # fmt: skip
    """A finding."""
    return row("finding_id", f"F{number}", site, audit_id=audit_id, clause=clause, classification=classification,
               reported_on=reported, response_due_on=due, responded_on=responded, **cells)  # fmt: skip


FINDINGS = [
    finding(1, "A1", "HAM", "8.2.4", "critical", "05-20", "06-20", "06-01"),  # as F4 and F5
    finding(2, "A1", "HAM", "6.2", "major", "05-20", "05-31", "05-31"),
    finding(3, "A4", "PHL", "7.4.1", "major", "05-31", "06-24", "06-24"),  # the 15th business day: 19 June is none
    finding(4, "A5", "HAM", "8.2.4", "minor", "05-05", "05-25", "05-28"),  # as F5
    finding(5, "A0", "HAM", "8.2.4", "minor", "2022-05-25", "2022-06-25", "2022-06-20"),
    finding(6, "A2", "OSA", "6.2", "minor", "05-15", "05-30"),  # F2 is of another site
    finding(7, "A0", "PHL", "7.4.1", "minor", "2022-05-01", "2022-06-01", "2022-05-20"),  # 25 months before F3
    finding(8, "A2", "OSA", "N/A", "minor", "05-10", "06-10"),
    finding(9, "A4", "PHL", "6.2", "critical", "05-20", "05-29", voided_on="05-30"),
]


def assignment(number: int, person: str, assigned: str, due: str, completed: str = "", **cells: str) -> Row:
    """A required training assignment of somebody who joined long ago."""
    cells = {"required": "true", "joined_on": "2020-01-01", "curriculum": "GMP"} | cells
    return row("assignment_id", f"T{number}", person_id=person, assigned_on=assigned, due_on=due,
               completed_on=completed, **cells)  # fmt: skip


D2, D3 = {"document_id": "D2", "document_version": "2"}, {"document_id": "D3", "document_version": "1"}

# Active at the end: T1 T2 T3 T4 T5 T10 T12 T14, of P1 P2 P3 P6 P8.
TRAINING = [
    assignment(
        1,
        "P1",
        "01-10",
        "02-10",
        "02-01",
        expires_on="2025-02-01",
        first_attempt_on="02-01",
        first_attempt_passed="true",
    ),
    assignment(2, "P1", "2023-04-01", "2023-05-10", "2023-05-01", expires_on="05-30"),  # expired
    assignment(
        3,
        "P2",
        "04-20",
        "05-15",
        "05-10",
        expires_on="05-31",
        first_attempt_on="05-08",
        first_attempt_passed="false",
        **D2,
    ),
    assignment(4, "P2", "05-01", "05-31"),  # due on the last day: not overdue
    assignment(5, "P3", "04-01", "05-20", **D3),
    assignment(6, "P3", "04-01", "05-10", required="false"),
    assignment(
        7, "P4", "04-05", "05-05", "05-04", left_on="05-10", first_attempt_on="05-04", first_attempt_passed="true", **D2
    ),
    assignment(8, "P5", "04-10", "05-18", leave_from="05-01", leave_to="06-30", **D2),
    assignment(9, "P6", "05-02", "06-15", joined_on="05-02"),  # new and not yet due
    assignment(
        10,
        "P6",
        "05-03",
        "05-20",
        "05-25",
        joined_on="05-02",
        first_attempt_on="05-25",
        first_attempt_passed="true",
        **D3,
    ),
    assignment(11, "P7", "04-15", "05-28", superseded_on="05-12"),
    assignment(12, "P8", "05-01", "05-25", "06-05", first_attempt_on="06-05", first_attempt_passed="true"),
    assignment(13, "P9", "05-04", "05-19", voided_on="05-20"),
    assignment(14, "P3", "03-01", "04-01"),
]


def document(number: int, version: int, drafted: str, effective: str, review: str, **cells: str) -> Row:
    """A document version."""
    approved = effective
    return row("document_id", f"D{number}", version=str(version), kind="SOP", drafted_on=drafted, approved_on=approved,
               effective_on=effective, next_review_on=review, **cells)  # fmt: skip


DOCUMENTS = [  # in force at the end: D1, D2 version 2, D3, D4
    document(1, 1, "2021-11-01", "2022-01-01", "05-30"),
    document(2, 1, "2022-11-01", "2023-01-01", "03-01"),  # superseded by version 2 though never made obsolete
    document(2, 2, "04-01", "05-12", "2026-05-12"),
    document(3, 1, "05-01", "05-25", "2027-05-25"),
    document(4, 1, "03-01", "05-28", "05-31"),
    document(5, 1, "2020-12-01", "2021-01-01", "03-01", obsolete_on="05-31"),
    document(6, 1, "05-20", "", ""),
    document(7, 1, "04-20", "05-20", "2027-05-20", voided_on="05-21"),
]


def supplier(number: int, approved: str, next_audit: str, **cells: str) -> Row:
    """A supplier."""
    return row("supplier_id", f"S{number}", supplier=f"Supplier {number}", category="API", country="DE",
               approved_on=approved, next_audit_on=next_audit, **cells)  # fmt: skip


SUPPLIERS = [
    supplier(1, "2020-01-01", "05-30"),
    supplier(2, "2020-01-01", "05-31"),
    supplier(3, "2020-01-01", "01-15", disapproved_on="05-15"),
    supplier(4, "05-20", "2026-05-20"),
    supplier(5, "06-02", "2026-06-02"),
]


def line(number: int, original: str, received: str = "", units: str = "", defective: str = "", inspected: str = "",
         accepted: str = "", **cells: str) -> Row:  # fmt: skip
    """A delivered line, confirmed now for the day confirmed at first unless `confirmed_on` says otherwise."""
    cells = {"confirmed_on": original} | cells
    return row("line_id", f"L{number}", supplier_id="S1", supplier="Supplier 1", material="Lactose", lot=f"LOT{number}",
               original_confirmed_on=original, received_on=received, units_received=units, defective_units=defective,
               inspected_on=inspected, lot_accepted=accepted, **cells)  # fmt: skip


DELIVERIES = [
    line(1, "05-06", "05-06", "1000", "1", "05-07", "true"),
    line(2, "05-10", "05-17", "2000", "0", "05-20", "true", confirmed_on="05-17"),
    line(3, "05-20", "05-23", "500", "2", "05-24", "false"),
    line(4, "05-22", "05-21", "500"),  # too early
    line(5, "05-25"),
    line(6, "04-28", "05-02", "1000", "6", "05-03", "true", defect_detected_on="06-10"),
    line(7, "05-31", "06-03", "100", "0", "06-04", "true"),
    line(8, "05-02", "05-02", "900", "9", "05-03", "false", voided_on="05-04"),
]


def batch(number: int, site: str, started: str, ended: str = "", decided: str = "", disposition: str = "",
          inspected: str = "", defects: str = "", **cells: str) -> Row:  # fmt: skip
    """A batch without deviation, rework, reprocess or correction unless stated."""
    plain = dict.fromkeys(("had_deviation", "had_rework", "had_reprocess", "had_record_correction"), "false")
    return row("batch_id", f"B{number}", site, product="Cardiol 10 mg", line="1", started_on=started, ended_on=ended,
               dispositioned_on=decided, disposition=disposition, inspected_units=inspected, defects=defects,
               opportunities_per_unit="5" if inspected else "", **(plain | cells))  # fmt: skip


BATCHES = [  # decided in May: B1 B2 B3 B9; pending at the end: B4 (41 days) B5 (6) B6 (82) B8 (not ended)
    batch(1, "HAM", "05-03", "05-06", "05-20", "released", "100", "2"),
    batch(2, "HAM", "05-05", "05-10", "05-30", "rejected", "100", "5", had_deviation="true"),
    batch(3, "OSA", "04-01", "04-05", "05-10", "released", had_rework="true"),
    batch(4, "HAM", "04-10", "04-20", "05-02", "on_hold"),
    batch(5, "HAM", "05-20", "05-25"),
    batch(6, "HAM", "03-01", "03-10", "06-05", "released"),
    batch(7, "HAM", "05-02", "05-04", "05-10", "rejected", voided_on="05-15"),
    batch(8, "HAM", "05-25"),
    batch(9, "OSA", "05-06", "05-08", "05-28", "released", "200", "0", had_record_correction=""),
]


def step(batch_id: str, name: str, ended: str, started: str, good: str, **cells: str) -> Row:
    """A step of a batch."""
    return row("batch_id", batch_id, step=name, product="Cardiol 10 mg", line="1", ended_on=ended,
               units_started=started, units_good_first_pass=good, **cells)  # fmt: skip


STEPS = [  # granulation 1850 of 2000, compression 1822 of 1850
    step("B1", "granulation", "05-04", "1000", "950"),
    step("B1", "compression", "05-05", "950", "931"),
    step("B2", "granulation", "05-07", "1000", "900"),
    step("B2", "compression", "05-09", "900", "891"),
    step("B5", "granulation", "05-22", "1000", ""),
    step("B7", "granulation", "05-03", "1000", "10", voided_on="05-15"),
    step("B3", "granulation", "04-03", "1000", "10"),
]

# Thirty assays between two limits and thirty dissolutions above one.
ASSAYS = [100.0 + ((7 * n) % 30 - 14.5) / 10 for n in range(30)]
DISSOLUTIONS = [88.0 + ((11 * n) % 30 - 14.5) / 5 for n in range(30)]


def test_result(number: int, tested: str, **cells: str) -> Row:
    """A test result."""
    cells = {"product": "Cardiol 10 mg", "batch_ended_on": tested, "out_of_specification": "false"} | cells
    return row("result_id", f"Q{number}", tested_on=tested, **cells)


TESTS = [
    *(test_result(n, f"05-{n + 1:02d}", characteristic="assay", result=f"{value:.2f}", lower_limit="95",
                  upper_limit="105")
      for n, value in enumerate(ASSAYS)),
    *(test_result(100 + n, f"05-{n + 1:02d}", characteristic="dissolution", result=f"{value:.2f}", lower_limit="80")
      for n, value in enumerate(DISSOLUTIONS)),
    test_result(201, "05-10", out_of_specification="true", oos_outcome="confirmed"),
    test_result(202, "05-11", out_of_specification="true", oos_outcome="invalidated"),
    test_result(203, "05-12", out_of_specification="true"),
    test_result(204, "04-11", out_of_specification="true", oos_outcome="invalidated"),
    test_result(205, "05-13", out_of_specification="true", oos_outcome="confirmed", voided_on="05-14"),
]  # fmt: skip


def change(number: int, opened: str, dates: Row, implemented: str = "", emergency: str = "false", **cells: str) -> Row:
    """A change."""
    return row("change_id", f"X{number}", kind="process", opened_on=opened, implemented_on=implemented,
               emergency=emergency, **dates, **cells)  # fmt: skip


# Open at the start: X2 X3 X5 X6 X7 X8; at the end: X1 X4 X7 X8.  Only X2 is followed by a valid deviation (E10).
CHANGES = [
    change(1, "05-03", life("07-31"), "05-04", "true"),
    change(2, "02-01", life("05-10", "05-20"), "05-08"),
    change(3, "03-01", life("05-20", "05-15"), "05-02"),
    change(4, "2023-12-10", life("03-10", "03-01", reopened="05-06"), "02-20"),
    change(5, "01-15", life("04-01", "03-15", "05-25", reopened="04-15"), "03-01"),
    change(6, "04-10", life("05-30"), voided_on="05-15"),
    change(7, "04-15", life("05-28", extended_to="06-28"), "05-30", ""),
    change(8, "03-12", life("06-12")),
    change(9, "05-10", life("08-10"), voided_on="05-12"),
]


def action(name: str, kind: str, original: str, closed: str = "", due: str = "", **cells: str) -> Row:
    """An action opened in March."""
    return row("action_id", name, kind=kind, opened_on="03-01", original_due_on=original, due_on=due or original,
               closed_on=closed, **cells)  # fmt: skip


ACTIONS = [
    action("M1", "management_review", "05-15", "05-15"),
    action("M2", "management_review", "05-20", due="06-20"),
    action("M3", "management_review", "06-30"),
    action("M4", "management_review", "05-12", voided_on="05-02"),
    action("Q1", "product_quality_review", "05-31", "06-02"),
    action("Q2", "product_quality_review", "05-10", "05-01"),
    action("Z1", "supplier_corrective_action", "05-10", "05-09", supplier_id="S1"),
    action("Z2", "supplier_corrective_action", "05-12", "05-20", due="05-30", supplier_id="S1"),
    action("Z3", "supplier_corrective_action", "05-30", supplier_id="S2"),
]


def posting(number: int, bucket: str, posted: str, amount: str, **cells: str) -> Row:
    """A posting."""
    return row("posting_id", f"P{number}", bucket=bucket, posted_on=posted, amount=amount, **cells)


COSTS = [
    posting(1, "prevention", "05-02", "1000.10"),
    posting(2, "appraisal", "05-02", "2000.20"),
    posting(3, "internal_failure", "05-31", "300.05"),
    posting(4, "internal_failure", "05-01", "100.00"),
    posting(5, "external_failure", "05-15", "200.00"),
    posting(6, "sales", "05-31", "100000.00"),
    posting(7, "cost_of_goods_sold", "05-31", "20000.00"),
    posting(8, "internal_failure", "04-30", "7777.77"),
    posting(9, "internal_failure", "05-20", "8888.88", voided_on="05-21"),
]


def shipment(number: int, shipped: str, units: str, packs: str, **cells: str) -> Row:
    """A shipment."""
    return row("shipment_id", f"U{number}", product="Cardiol 10 mg", region="EU", shipped_on=shipped, units=units,
               packs=packs, **cells)  # fmt: skip


SHIPMENTS = [  # 3,600,000 units in the twelve months before May: U3 and U4
    shipment(1, "05-03", "600000", "20000"),
    shipment(2, "05-30", "400000", "10000"),
    shipment(3, "04-10", "2400000", "80000"),
    shipment(4, "2023-05-01", "1200000", "40000"),
    shipment(5, "2023-04-30", "9000000", "300000"),
    shipment(6, "05-10", "500000", "15000", voided_on="05-11"),
]

RECORDS: dict[str, list[Row]] = {
    "quality_events": QUALITY_EVENTS, "capas": CAPAS, "complaints": COMPLAINTS, "product_recalls": RECALLS,
    "audits": AUDITS, "audit_findings": FINDINGS, "training": TRAINING, "documents": DOCUMENTS, "suppliers": SUPPLIERS,
    "supplier_deliveries": DELIVERIES, "batches": BATCHES, "batch_steps": STEPS, "test_results": TESTS,
    "change_controls": CHANGES, "actions": ACTIONS, "costs": COSTS, "units_distributed": SHIPMENTS,
}  # fmt: skip
"""Dataset to its records."""
