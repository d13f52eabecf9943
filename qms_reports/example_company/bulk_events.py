"""Quality events, CAPAs, complaints, change controls and actions: records with a life of opening, moving and closing.

Each is made in three steps: the days of its life, one row per day on which something changed, the record as it then
stood.
"""

from __future__ import annotations

import datetime as dt

from qms_reports.example_company.phrases import (
    DEPARTMENTS,
    PRODUCTS,
    REGIONS,
    SITE,
    SITE_NAME,
    ZONE_NAME,
    at,
    day_of_month,
    link,
    product_of,
    skewed,
    versions,
    working_seconds,
)
from qms_reports.example_company.plan import Plan
from qms_reports.example_company.randomness import chance, draw, mixed, one_of, pick

PURGED_ON = dt.date(2023, 11, 6)
"""In this month the stuck quality events that are older than a year are closed at last."""

PROCESSES = ("Granulation", "Compression", "Coating", "Filling", "Blistering", "Sampling", "Cleaning", "Storage")
FAILURE_MODES = ("weight out of range", "wrong label", "particle", "leak", "temperature", "missing entry", "mix-up")
ROOT_CAUSES = ("equipment wear", "human error", "human error", "unclear instruction", "material", "none", "design",
               "training gap", "N/A", "Unknown", "maintenance", "environment")  # fmt: skip


def quality_events(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of quality events."""
    months = plan.month_rows(
        "quality_events",
        ("batches_before", "batches", 1),
        ("changes_before", "change_controls", 3),
        ("suppliers_before", "suppliers", 1),
        until=until,
    )
    base = f"SELECT *, {SITE}, {day_of_month(1)} AS occurred FROM ({mixed(months, 'n', plan.salt('quality_events'))})"
    lag = f"""CASE WHEN {chance(2, 0.80)} THEN {pick(3, 2)} WHEN {chance(4, 0.85)} THEN 2 + {pick(3, 4)} ELSE 14 +
        {pick(3, 31)} END"""
    entered = f"""SELECT *, occurred + {lag} AS logged, {chance(5, 0.03)} AS stuck, {chance(6, 0.015)} AS voiding,
        [20, 30, 45][{_severity(7)}] AS allowed, {_severity(7)} AS grade FROM ({base})"""
    closing = f"""SELECT *, CASE WHEN voiding THEN logged + 1 + {pick(8, 20)} END AS void_day,
        CASE WHEN {chance(9, 0.005)} THEN logged + 6 END AS redated_day,
        CASE WHEN voiding THEN NULL
             WHEN stuck THEN CASE WHEN logged < DATE '{PURGED_ON}' - 365
                                  THEN workday(DATE '{PURGED_ON}' + {pick(10, 21)}, s) END
             ELSE workday(logged + 4 + {skewed(11, 78)} + CASE WHEN {chance(13, 0.12)} THEN {pick(14, 120)} ELSE 0
             END, s)
        END AS first_closing, workday(logged + allowed, s) AS due0 FROM ({entered})"""
    changing = f"""SELECT *,
        CASE WHEN coalesce(first_closing, DATE '9999-01-01') > due0 AND NOT voiding AND {chance(15, 0.45)}
             THEN due0 - 2 END AS extended,
        CASE WHEN {chance(16, 0.04)} AND first_closing - logged > 12 THEN logged + 3 + {pick(17, 9)} END AS regraded,
        CASE WHEN {chance(18, 0.03)} THEN first_closing + 10 + {pick(19, 30)} END AS reopening FROM ({closing})"""
    life = f"""SELECT *, workday(reopening + 7 + {pick(20, 30)}, s) AS second_closing,
        CASE WHEN {chance(21, 0.45)} THEN {link("batches_before", 22, 200)} END AS batch,
        CASE WHEN {chance(23, 0.08)} THEN {link("changes_before", 24, 60)} END AS change,
        CASE WHEN {chance(25, 0.06)} THEN {link("suppliers_before", 26, 3000)} END AS supplier FROM ({changing})"""
    days = "logged, redated_day, regraded, extended, first_closing, reopening, second_closing, void_day"
    grade = "CASE WHEN as_at >= regraded THEN 1 + grade % 3 ELSE grade END"
    return f"""SELECT numbered('QE', n) AS event_id, {SITE_NAME} AS site, {ZONE_NAME} AS zone,
        {
        one_of(
            30,
            (
                "deviation",
                "deviation",
                "deviation",
                "nonconformance",
                "out_of_specification",
                "environmental_excursion",
            ),
        )
    } AS type,
        ['critical', 'major', 'minor'][{grade}] AS severity, ['critical', 'major', 'minor'][grade] AS initial_severity,
        {at("regraded")} AS reclassified_on,
        renamed({one_of(31, (*DEPARTMENTS, "Production", "Production", "Packaging", "N/A"))}, logged) AS department,
        CASE WHEN batch IS NOT NULL THEN {product_of(plan, "batch")} WHEN {chance(32, 0.6)}
             THEN {one_of(33, PRODUCTS)} END AS product,
        {one_of(34, PROCESSES)} AS process, {one_of(35, (*FAILURE_MODES, "-"))} AS failure_mode,
        {at("first_closing", one_of(36, ROOT_CAUSES))} AS root_cause,
        numbered('BA', batch) AS batch_id, numbered('CC', change) AS change_id, numbered('SU', supplier) AS supplier_id,
        instant(CASE WHEN as_at >= redated_day THEN occurred - 24 ELSE occurred END, 21600 + {pick(37, 28800)}, s)
            AS occurred_at,
        instant(logged, 50400 + {pick(38, 25200)}, s) AS logged_at,
        due0 AS original_due_on, CASE WHEN as_at >= extended THEN workday(due0 + 30, s) ELSE due0 END AS due_on,
        CASE WHEN as_at >= extended THEN 1 ELSE 0 END AS extensions,
        {at("first_closing")} AS first_closed_on, {at("reopening")} AS reopened_on,
        CASE WHEN as_at >= reopening THEN 1 ELSE 0 END AS reopenings,
        CASE WHEN as_at >= second_closing THEN second_closing WHEN as_at >= reopening THEN NULL
             WHEN as_at >= first_closing THEN first_closing END AS closed_on,
        {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS _new,
        CASE WHEN as_at = logged THEN 50400 + {pick(38, 25200)} + 60 ELSE {working_seconds(39)} END AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""


def _severity(number: int) -> str:
    """SQL for 1 critical (6 %), 2 major (29 %) or 3 minor."""
    return f"(CASE WHEN {draw(number)} < 3932 THEN 1 WHEN {draw(number)} < 22938 THEN 2 ELSE 3 END)"


def capas(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of CAPAs; an effectiveness check is concluded months after the implementation."""
    months = plan.month_rows(
        "capas",
        ("events_before", "quality_events", 2),
        ("complaints_before", "complaints", 2),
        ("audits_before", "audits", 2),
        until=until,
    )
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS day0, {pick(2, 10)} AS kind_draw, {chance(3, 0.01)} AS voiding,
        {chance(4, 0.02)} AS stuck FROM ({mixed(months, "n", plan.salt("capas"))})"""
    start = f"""SELECT *, workday(day0, s) AS opened, workday(day0 + 90, s) AS due0,
        workday(day0 + 10 + {skewed(5, 90)}, s) AS investigated FROM ({base})"""
    done = f"""SELECT *, CASE WHEN stuck OR voiding THEN NULL ELSE workday(investigated + 8 + {skewed(7, 150)}, s) END
        AS implemented, CASE WHEN voiding THEN opened + 2 + {pick(9, 7)} END AS void_day FROM ({start})"""
    check = f"""SELECT *, workday(implemented + 90, s) AS check_due,
        CASE WHEN {chance(10, 0.93)} THEN workday(implemented + 70 + {pick(11, 45)}, s) END AS concluded,
        CASE WHEN coalesce(implemented, DATE '9999-01-01') > due0 AND NOT voiding AND {chance(12, 0.5)}
             THEN due0 - 3 END AS extended FROM ({done})"""
    life = f"""SELECT *, CASE WHEN {chance(13, 0.03)} THEN concluded + 15 + {pick(14, 20)} END AS reopening,
        CASE WHEN kind_draw < 7 THEN {link("events_before", 15, 100000)} WHEN kind_draw = 7 THEN
        {link("complaints_before", 16, 100000)} ELSE {link("audits_before", 17, 100000)} END AS origin FROM ({check})"""
    days = "opened, extended, CASE WHEN NOT voiding THEN investigated END, implemented, concluded, reopening, void_day"
    return f"""SELECT numbered('CA', n) AS capa_id, {SITE_NAME} AS site,
        numbered(CASE WHEN kind_draw < 7 THEN 'QE' WHEN kind_draw = 7 THEN 'CO' ELSE 'AU' END, origin) AS event_id,
        CASE WHEN kind_draw < 7 THEN 'deviation' WHEN kind_draw = 7 THEN 'complaint' ELSE 'audit' END AS source_kind,
        {one_of(20, ("corrective", "corrective", "corrective", "preventive", "both"))} AS action_type,
        renamed({one_of(21, DEPARTMENTS)}, opened) AS department, opened AS opened_on, due0 AS original_due_on,
        CASE WHEN as_at >= extended THEN workday(due0 + 45, s) ELSE due0 END AS due_on,
        CASE WHEN as_at >= extended THEN 1 ELSE 0 END AS extensions,
        CASE WHEN NOT voiding THEN {at("investigated")} END AS investigation_done_on,
        {at("implemented")} AS implemented_on, {at("implemented", "check_due")} AS effectiveness_due_on,
        {at("concluded")} AS effectiveness_concluded_on,
        {at("concluded", f"CASE WHEN {chance(22, 0.86)} THEN 'effective' ELSE 'ineffective' END")}
            AS effectiveness_result,
        {at("concluded")} AS first_closed_on, {at("reopening")} AS reopened_on,
        CASE WHEN as_at >= reopening THEN NULL ELSE {at("concluded")} END AS closed_on,
        {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(23)} AS _seconds, s
        AS _s
        FROM ({versions(days, low, high, life)})"""


def complaints(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of complaints; some are late, some repeat the one before."""
    months = plan.month_rows("complaints", ("batches_before", "batches", 3), ("earlier", "complaints", 2), until=until)
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS received, {chance(2, 0.012)} AS voiding,
        {chance(3, 0.09)} AS reportable_here, {pick(4, 3)} AS awareness_lag,
        CASE WHEN {chance(5, 0.04)} THEN 10 + {pick(6, 30)} ELSE {pick(6, 3)} END AS entry_lag
        FROM ({mixed(months, "n", plan.salt("complaints"))})"""
    start = f"""SELECT *, received + entry_lag AS entered, received + awareness_lag AS aware,
        workday(received + 45, s) AS due0, ['eu_15_days', 'mdr_30_days', 'mdr_5_work_days', 'field_alert_3_work_days']
        [{pick(7, 4)} + 1] AS clock FROM ({base})"""
    done = f"""SELECT *, CASE WHEN voiding THEN entered + 1 + {pick(8, 9)} END AS void_day,
        CASE WHEN NOT voiding AND {chance(9, 0.97)} THEN workday(entered + 5 + {skewed(10, 110)}, s) END AS
        first_closing,
        CASE WHEN reportable_here AND NOT voiding THEN workday(greatest(aware, entered) + CASE clock WHEN 'mdr_30_days'
             THEN 12 + {pick(12, 20)} WHEN 'eu_15_days' THEN 5 + {pick(12, 12)} WHEN 'mdr_5_work_days'
             THEN 2 + {pick(12, 6)} ELSE {pick(12, 5)} END, s) END AS reported FROM ({start})"""
    life = f"""SELECT *, CASE WHEN first_closing > due0 AND {chance(13, 0.5)} THEN due0 - 1 END AS extended,
        CASE WHEN {chance(14, 0.02)} THEN first_closing + 14 + {pick(15, 20)} END AS reopening,
        CASE WHEN {chance(16, 0.93)} THEN {link("batches_before", 17, 400)} END AS batch,
        CASE WHEN {chance(18, 0.015)} THEN {link("earlier", 19, 30)} END AS original FROM ({done})"""
    days = "entered, reported, extended, first_closing, reopening, workday(reopening + 14, s), void_day"
    return f"""SELECT numbered('CO', n) AS complaint_id, {SITE_NAME} AS site,
        CASE WHEN batch IS NOT NULL THEN {product_of(plan, "batch")} ELSE {one_of(20, PRODUCTS)} END AS product,
        {one_of(21, REGIONS)} AS region, ['critical', 'major', 'minor'][{_severity(22)}] AS severity,
        numbered('BA', batch) AS batch_id, received AS received_on, aware AS awareness_on,
        reportable_here AS reportable, CASE WHEN reportable_here THEN clock END AS report_clock,
        {at("reported")} AS reported_on, due0 AS original_due_on,
        CASE WHEN as_at >= extended THEN workday(due0 + 30, s) ELSE due0 END AS due_on,
        CASE WHEN as_at >= extended THEN 1 ELSE 0 END AS extensions, {at("first_closing")} AS first_closed_on,
        {at("reopening")} AS reopened_on,
        CASE WHEN as_at >= workday(reopening + 14, s) THEN workday(reopening + 14, s) WHEN as_at >= reopening THEN NULL
             WHEN as_at >= first_closing THEN first_closing END AS closed_on,
        numbered('CO', original) AS duplicate_of, {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS
        _new,
        {working_seconds(23)} AS _seconds, s AS _s FROM ({versions(days, low, high, life)})"""


def change_controls(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of change controls; an emergency change is implemented at once."""
    months = plan.month_rows("change_controls", until=until)
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS day0, {chance(2, 0.05)} AS urgent, {chance(3, 0.02)} AS voiding
        FROM ({mixed(months, "n", plan.salt("change_controls"))})"""
    start = f"""SELECT *, CASE WHEN urgent THEN day0 ELSE workday(day0, s) END AS opened, workday(day0 + 75, s) AS due0,
        CASE WHEN voiding OR {chance(4, 0.03)} THEN NULL WHEN urgent THEN workday(day0 + 1, s)
             ELSE workday(day0 + 20 + {skewed(5, 130)}, s) END AS implemented FROM ({base})"""
    life = f"""SELECT *, workday(implemented + 5 + {skewed(7, 40)}, s) AS first_closing,
        CASE WHEN implemented > due0 AND {chance(9, 0.5)} THEN due0 - 2 END AS extended,
        CASE WHEN voiding THEN opened + 3 + {pick(10, 20)} END AS void_day, CASE WHEN {chance(11, 0.015)} THEN 60 END
        AS reopened_after FROM ({start})"""
    days = "opened, extended, implemented, first_closing, first_closing + reopened_after, void_day"
    return f"""SELECT numbered('CC', n) AS change_id, {SITE_NAME} AS site,
        renamed({one_of(12, (*DEPARTMENTS, "Engineering"))}, opened) AS department,
        {one_of(13, ("process", "equipment", "equipment", "document", "document", "supplier"))} AS kind,
        urgent AS emergency, opened AS opened_on, due0 AS original_due_on,
        CASE WHEN as_at >= extended THEN workday(due0 + 45, s) ELSE due0 END AS due_on,
        CASE WHEN as_at >= extended THEN 1 ELSE 0 END AS extensions, {at("implemented")} AS implemented_on,
        {at("first_closing")} AS first_closed_on, {at("first_closing + reopened_after")} AS reopened_on,
        CASE WHEN as_at >= first_closing + reopened_after THEN NULL ELSE {at("first_closing")} END AS closed_on,
        {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(14)} AS _seconds, s
        AS _s
        FROM ({versions(days, low, high, life)})"""


def actions(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of actions of management reviews, product quality reviews and suppliers."""
    months = plan.month_rows("actions", ("suppliers_before", "suppliers", 1), until=until)
    base = f"""SELECT *, {SITE}, workday({day_of_month(1)}, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2][n % 10 + 1]) AS opened,
        {pick(2, 3)} AS sort FROM ({mixed(months, "n", plan.salt("actions"))})"""
    life = f"""SELECT *, workday(opened + 60, s) AS due0, CASE WHEN {chance(3, 0.3)} THEN opened + 50 END AS moved,
        CASE WHEN {chance(4, 0.96)} THEN workday(opened + 8 + {skewed(5, 190)}, s) END AS closing,
        CASE WHEN sort = 2 THEN {link("suppliers_before", 7, 3000)} END AS supplier FROM ({base})"""
    moved = "moved IS NOT NULL AND coalesce(closing, DATE '9999-01-01') > moved"
    days = f"opened, CASE WHEN {moved} THEN moved END, closing"
    return f"""SELECT numbered('AC', n) AS action_id, {SITE_NAME} AS site,
        ['management_review', 'product_quality_review', 'supplier_corrective_action'][sort + 1] AS kind,
        ['MR-', 'PQR-', 'SCAR-'][sort + 1] || year(opened) || '-' || (1 + {pick(8, 12)}) AS reference,
        numbered('SU', supplier) AS supplier_id, renamed({one_of(9, DEPARTMENTS)}, opened) AS department,
        opened AS opened_on, due0 AS original_due_on,
        CASE WHEN {moved} AND as_at >= moved THEN workday(due0 + 30, s) ELSE due0 END AS due_on,
        {at("closing")} AS closed_on, NULL AS voided_on, as_at AS _day, as_at = _entered AS _new,
        {working_seconds(10)} AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""
