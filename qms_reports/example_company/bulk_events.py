"""Quality events, CAPAs, complaints, change controls and actions: records with a life of opening, moving and closing.

Each is made in three steps: the days of its life, one row per day on which something changed, the record as it then
stood.
"""

from __future__ import annotations

import datetime as dt

from qms_reports.example_company.phrases import (
    DEPARTMENTS,
    PRODUCTS,
    PRODUCTS_SOLD,
    REGIONS,
    SITE,
    SITE_NAME,
    ZONE_NAME,
    at,
    day_of_month,
    drift,
    likely,
    link,
    product_of,
    skewed,
    slips,
    versions,
    working_seconds,
)
from qms_reports.example_company.plan import PRODUCTS_PER_RECALL, Plan
from qms_reports.example_company.randomness import chance, draw, mixed, one_of, pick

PURGED_ON = dt.date(2023, 11, 6)
"""In this month the stuck quality events that are older than a year are closed at last."""

PROCESSES = ("Granulation", "Compression", "Coating", "Filling", "Blistering", "Sampling", "Cleaning", "Storage")
FAILURE_MODES = tuple(
    f"{what}{grade}"
    for grade in ("", ", marked", ", gross")
    for what in ("weight out of range", "wrong label", "particle", "leak", "temperature", "missing entry", "mix-up")
)
CAUSES = ("equipment wear", "unclear instruction", "material", "maintenance", "training gap", "design", "environment",
          "calibration")  # fmt: skip
EVENT_DEPARTMENTS = (*DEPARTMENTS * 3, *["Production"] * 4, *["Packaging"] * 3, "N/A")
ROOT_CAUSES = (*CAUSES[:5] * 6, *CAUSES * 2, "none", "none", "N/A", "Unknown")
"""As often as each is found, besides human error."""

BAD_PRODUCT = "Pulmonal 100 µg"
"""It draws more than twice as many complaints per unit as the others."""


def quality_events(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of quality events."""
    months = plan.month_rows(
        "quality_events",
        ("batches_before", "batches", 1),
        ("changes_before", "change_controls", 3),
        ("suppliers_before", "suppliers", 1),
        until=until,
    )
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS occurred, {one_of(31, EVENT_DEPARTMENTS)} AS department
        FROM ({mixed(months, "n", plan.salt("quality_events"))})"""
    lag = f"""CASE WHEN {chance(2, 0.87)} THEN {pick(3, 2)} WHEN {chance(4, 0.85)} THEN 2 + {pick(3, 4)} ELSE 14 +
        {pick(3, 31)} END"""
    entered = f"""SELECT *, occurred + {lag} AS logged, {likely(5, "[10, 10, 50][s + 1]")} AS stuck,
        {chance(6, 0.015)} AS voiding, [45, 30, 30][{_severity(7)}] AS allowed, {_severity(7)} AS grade,
        CASE department WHEN 'Engineering' THEN 1150 WHEN 'Warehouse' THEN 950 WHEN 'Quality Assurance' THEN 500
        ELSE 750 END AS late FROM ({base})"""
    closing = f"""SELECT *, CASE WHEN voiding THEN logged + 1 + {pick(8, 20)} END AS void_day,
        CASE WHEN {chance(9, 0.005)} THEN logged + 6 END AS redated_day,
        CASE WHEN voiding THEN NULL
             WHEN stuck AND logged < DATE '{PURGED_ON}' - 365 THEN workday(DATE '{PURGED_ON}' + {pick(10, 21)}, s)
             ELSE workday(logged + allowed - 23 + {pick(11, 23)}
                  + CASE WHEN {slips(plan, 13, "logged", "late")} THEN 6 + {pick(14, 48)} ELSE 0 END, s)
        END AS first_closing, workday(logged + allowed, s) AS due0 FROM ({entered})"""
    changing = f"""SELECT *,
        CASE WHEN coalesce(first_closing, DATE '9999-01-01') > due0 AND NOT voiding AND {chance(15, 0.45)}
             THEN due0 - 2 END AS extended,
        CASE WHEN {chance(16, 0.04)} AND first_closing - logged > 12 THEN logged + 3 + {pick(17, 9)} END AS regraded,
        CASE WHEN {chance(18, 0.03)} THEN first_closing + 10 + {pick(19, 30)} END AS reopening FROM ({closing})"""
    life = f"""SELECT *, workday(reopening + 3 + {pick(20, 12)}, s) AS second_closing,
        CASE WHEN {chance(21, 0.45)} THEN {link("batches_before", 22, plan.monthly("batches"))} END AS batch,
        CASE WHEN {chance(23, 0.08)} THEN {link("changes_before", 24, plan.monthly("change_controls"))} END AS change,
        CASE WHEN {chance(25, 0.06)} THEN {link("suppliers_before", 26, 3000)} END AS supplier FROM ({changing})"""
    days = "logged, redated_day, regraded, extended, first_closing, reopening, second_closing, void_day"
    grade = "CASE WHEN as_at >= regraded THEN 1 + grade % 3 ELSE grade END"
    summer = "CASE WHEN month(occurred) BETWEEN 6 AND 8 THEN 2200 ELSE 700 END"
    types = (*["deviation"] * 9, *["nonconformance"] * 4, *["out_of_specification"] * 3)
    where, mode, cause = _what_happened(plan)
    return f"""SELECT numbered('QE', n) AS event_id, {SITE_NAME} AS site, {ZONE_NAME} AS zone,
        CASE WHEN {likely(30, summer)} THEN 'environmental_excursion' ELSE {one_of(40, types)} END AS type,
        ['critical', 'major', 'minor'][{grade}] AS severity, ['critical', 'major', 'minor'][grade] AS initial_severity,
        {at("regraded")} AS reclassified_on,
        renamed(department, logged) AS department,
        CASE WHEN batch IS NOT NULL THEN {product_of(plan, "batch")} WHEN {chance(32, 0.6)}
             THEN {one_of(33, PRODUCTS_SOLD)} END AS product,
        {where} AS process, {mode} AS failure_mode, {at("first_closing", cause)} AS root_cause,
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


def _what_happened(plan: Plan) -> tuple[str, str, str]:
    """SQL for the process, the failure mode and the root cause of a quality event.

    There are so many machines, and so many failure modes, that about one in eight has a predecessor with all three
    the same within twelve months, however many events there are: some by chance, and the chronic faults, which are one
    in twenty and come several times a year each.
    """
    yearly = plan.yearly("quality_events")
    combinations = max(yearly / 0.09, 1) / 21  # 2.6 sites and 8 causes, were all equally frequent
    machines = min(max(round(combinations / len(FAILURE_MODES)), len(PROCESSES)), 65536)
    modes = min(max(round(combinations / machines), 3), len(FAILURE_MODES))
    faults = min(max(round(yearly * 0.05 / 13), 1), machines)
    chronic = chance(41, 0.05)
    machine = f"(CASE WHEN {chronic} THEN {pick(34, faults)} ELSE {pick(34, machines)} END)"
    listed = ", ".join(f"'{process}'" for process in PROCESSES)
    process = f"[{listed}][{machine} % {len(PROCESSES)} + 1] || ' ' || {SITE_NAME} || '-' || {machine}"
    graded = ", ".join(f"'{mode}'" for mode in FAILURE_MODES[:modes])
    own = f"[{graded}][{pick(34, faults)} % {modes} + 1]"
    mode = f"""CASE WHEN {chronic} THEN {own} WHEN {chance(42, 0.02)} THEN '-'
        ELSE {one_of(35, FAILURE_MODES[:modes])} END"""
    causes = ", ".join(f"'{cause}'" for cause in CAUSES)
    cause = f"""CASE WHEN {chronic} THEN [{causes}][{pick(34, faults)} % {len(CAUSES)} + 1]
        WHEN {likely(43, drift(plan, "logged", 1500, 700))} THEN 'human error' ELSE {one_of(36, ROOT_CAUSES)} END"""
    return process, mode, cause


def _severity(number: int) -> str:
    """SQL for 1 critical (3 %), 2 major (27 %) or 3 minor."""
    return f"(CASE WHEN {draw(number)} < 1966 THEN 1 WHEN {draw(number)} < 19661 THEN 2 ELSE 3 END)"


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
        {chance(4, 0.0005)} AS stuck FROM ({mixed(months, "n", plan.salt("capas"))})"""
    start = f"""SELECT *, workday(day0, s) AS opened, workday(day0 + 90, s) AS due0,
        workday(day0 + 10 + {skewed(5, 50)}, s) AS investigated FROM ({base})"""
    done = f"""SELECT *, CASE WHEN NOT stuck AND NOT voiding THEN workday(investigated + 8 + {skewed(7, 80)}
             + CASE WHEN {slips(plan, 24, "day0", "900")} THEN 30 + {pick(25, 160)} ELSE 0 END, s) END AS implemented,
        CASE WHEN voiding THEN opened + 2 + {pick(9, 7)} END AS void_day FROM ({start})"""
    check = f"""SELECT *, workday(implemented + 90, s) AS check_due,
        {likely(22, drift(plan, "opened", 8300, 9300))} AS works,
        CASE WHEN {chance(10, 0.9995)} THEN workday(implemented + 66 + {pick(11, 26)}, s) END AS concluded,
        CASE WHEN coalesce(implemented, DATE '9999-01-01') > due0 AND NOT voiding AND {chance(12, 0.5)}
             THEN due0 - 3 END AS extended FROM ({done})"""
    life = f"""SELECT *, CASE WHEN {chance(13, 0.02)} THEN concluded + 15 + {pick(14, 20)} END AS reopening,
        CASE WHEN kind_draw < 7 THEN {link("events_before", 15, 100000)} WHEN kind_draw = 7 THEN
        {link("complaints_before", 16, 100000)} ELSE {link("audits_before", 17, 100000)} END AS origin FROM ({check})"""
    days = "opened, extended, CASE WHEN NOT voiding THEN investigated END, implemented, concluded, reopening"
    days += ", workday(reopening + 21, s), void_day"
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
        {at("concluded", "CASE WHEN works THEN 'effective' ELSE 'ineffective' END")}
            AS effectiveness_result,
        {at("concluded")} AS first_closed_on, {at("reopening")} AS reopened_on,
        CASE WHEN as_at >= workday(reopening + 21, s) THEN workday(reopening + 21, s) WHEN as_at >= reopening THEN NULL
             ELSE {at("concluded")} END AS closed_on,
        {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(23)} AS _seconds, s
        AS _s
        FROM ({versions(days, low, high, life)})"""


def complaints(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of complaints; some are late, some repeat the one before."""
    months = plan.month_rows("complaints", ("batches_before", "batches", 3), ("earlier", "complaints", 2), until=until)
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS received, {chance(2, 0.012)} AS voiding,
        {chance(3, 0.09)} AS reportable_here, {pick(4, 3)} AS awareness_lag,
        CASE WHEN {chance(5, 0.02)} THEN 10 + {pick(6, 30)} ELSE {pick(6, 3)} END AS entry_lag
        FROM ({mixed(months, "n", plan.salt("complaints"))})"""
    start = f"""SELECT *, received + entry_lag AS entered, received + awareness_lag AS aware,
        workday(received + 45, s) AS due0, ['eu_15_days', 'mdr_30_days', 'mdr_5_work_days', 'field_alert_3_work_days']
        [{pick(7, 4)} + 1] AS clock FROM ({base})"""
    done = f"""SELECT *, CASE WHEN voiding THEN entered + 1 + {pick(8, 9)} END AS void_day,
        CASE WHEN NOT voiding AND {chance(9, 0.9997)} THEN workday(entered + 6 + {skewed(10, 38)}
             + CASE WHEN {slips(plan, 25, "received", "430")} THEN 25 + {pick(26, 50)} ELSE 0 END, s)
        END AS first_closing,
        CASE WHEN reportable_here AND NOT voiding THEN workday(greatest(aware, entered) + CASE clock WHEN 'mdr_30_days'
             THEN 10 + {pick(12, 16)} WHEN 'eu_15_days' THEN 3 + {pick(12, 8)} WHEN 'mdr_5_work_days'
             THEN 1 + {pick(12, 5)} ELSE {pick(12, 3)} END, s) END AS reported FROM ({start})"""
    life = f"""SELECT *, CASE WHEN first_closing > due0 AND {chance(13, 0.5)} THEN due0 - 1 END AS extended,
        CASE WHEN {chance(14, 0.015)} THEN first_closing + 14 + {pick(15, 20)} END AS reopening,
        CASE WHEN {chance(16, 0.9)} THEN {link("batches_before", 17, 2 * plan.monthly("batches"))} END AS batch,
        CASE WHEN {chance(18, 0.015)} THEN {link("earlier", 19, 30)} END AS original FROM ({done})"""
    days = "entered, reported, extended, first_closing, reopening, workday(reopening + 14, s), void_day"
    return f"""SELECT numbered('CO', n) AS complaint_id, {SITE_NAME} AS site,
        CASE WHEN batch IS NOT NULL THEN {product_of(plan, "batch")} ELSE '{BAD_PRODUCT}' END AS product,
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
        CASE WHEN voiding OR {chance(4, 0.0003)} THEN NULL WHEN urgent THEN workday(day0 + 1, s)
             ELSE workday(day0 + 15 + {skewed(5, 60)}
                  + CASE WHEN {slips(plan, 15, "day0", "600")} THEN 25 + {pick(16, 60)} ELSE 0 END, s)
        END AS implemented FROM ({base})"""
    life = f"""SELECT *, workday(implemented + 4 + {skewed(7, 22)}, s) AS first_closing,
        CASE WHEN implemented > due0 AND {chance(9, 0.5)} THEN due0 - 2 END AS extended,
        CASE WHEN voiding THEN opened + 3 + {pick(10, 20)} END AS void_day, CASE WHEN {chance(11, 0.015)} THEN 60 END
        AS reopened_after FROM ({start})"""
    days = "opened, extended, implemented, first_closing, first_closing + reopened_after"
    days += ", workday(first_closing + reopened_after + 14, s), void_day"
    return f"""SELECT numbered('CC', n) AS change_id, {SITE_NAME} AS site,
        renamed({one_of(12, (*DEPARTMENTS, "Engineering"))}, opened) AS department,
        {one_of(13, ("process", "equipment", "equipment", "document", "document", "supplier"))} AS kind,
        urgent AS emergency, opened AS opened_on, due0 AS original_due_on,
        CASE WHEN as_at >= extended THEN workday(due0 + 45, s) ELSE due0 END AS due_on,
        CASE WHEN as_at >= extended THEN 1 ELSE 0 END AS extensions, {at("implemented")} AS implemented_on,
        {at("first_closing")} AS first_closed_on, {at("first_closing + reopened_after")} AS reopened_on,
        CASE WHEN as_at >= workday(first_closing + reopened_after + 14, s)
                  THEN workday(first_closing + reopened_after + 14, s)
             WHEN as_at >= first_closing + reopened_after THEN NULL ELSE {at("first_closing")} END AS closed_on,
        {at("void_day")} AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(14)} AS _seconds, s
        AS _s
        FROM ({versions(days, low, high, life)})"""


def actions(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of actions of management reviews, product quality reviews and suppliers."""
    months = plan.month_rows("actions", ("suppliers_before", "suppliers", 1), until=until)
    base = f"""SELECT *, {SITE}, workday({day_of_month(1)}, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2][n % 10 + 1]) AS opened,
        {pick(2, 3)} AS sort FROM ({mixed(months, "n", plan.salt("actions"))})"""
    life = f"""SELECT *, workday(opened + 60, s) AS due0, CASE WHEN {chance(3, 0.3)} THEN opened + 50 END AS moved,
        CASE WHEN {chance(4, 0.9995)} THEN workday(opened + 10 + {skewed(5, 66)}
             + CASE WHEN {slips(plan, 12, "opened", "800")} THEN 30 + {pick(11, 60)} ELSE 0 END, s) END AS closing,
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


def product_recalls(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of recalled products: one event recalls up to three, one a day, and ends for each apart."""
    months = plan.month_rows("recall_events", until=until)
    event = f"""SELECT *, {SITE}, {day_of_month(1)} AS day0, {pick(2, 100)} AS gravity,
        {pick(3, len(PRODUCTS))} AS first FROM ({mixed(months, "n", plan.salt("product_recalls"))})"""
    products = f"""SELECT * EXCLUDE (n), n AS event, n * {PRODUCTS_PER_RECALL} + part AS n,
        workday(day0 + part::INTEGER, s) AS initiated
        FROM ({event}), range({PRODUCTS_PER_RECALL}) parts(part) WHERE part <= {pick(4, PRODUCTS_PER_RECALL)}"""
    life = f"""SELECT *, workday(initiated + 60 + part::INTEGER * 20 + {skewed(5, 400)}, s) AS terminated
        FROM ({products})"""
    listed = ", ".join(f"'{product}'" for product in PRODUCTS)
    return f"""SELECT numbered('RC', n) AS recall_id, numbered('RE', event) AS event_id, {SITE_NAME} AS site,
        [{listed}][(first + part::INTEGER) % {len(PRODUCTS)} + 1] AS product,
        CASE WHEN gravity < 10 THEN 'class_1' WHEN gravity < 65 THEN 'class_2' ELSE 'class_3' END AS classification,
        initiated AS initiated_on, {at("terminated")} AS terminated_on, NULL AS voided_on, as_at AS _day,
        as_at = _entered AS _new, {working_seconds(7)} AS _seconds, s AS _s
        FROM ({versions("initiated, terminated", low, high, life)})"""
