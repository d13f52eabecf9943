"""People and their training, documents, suppliers, audits with findings, and costs."""

from __future__ import annotations

import datetime as dt

from qms_reports.example_company.bulk_production import supplier_name
from qms_reports.example_company.phrases import (
    DEPARTMENTS,
    SITE,
    SITE_NAME,
    at,
    day_of_month,
    drift,
    link,
    skewed,
    slips,
    versions,
    working_seconds,
)
from qms_reports.example_company.plan import FINDINGS_PER_AUDIT, Plan
from qms_reports.example_company.randomness import chance, member_draw, mixed, one_of, pick

CURRICULA = ("GMP basics", "Safety", "Operator", "Operator", "Laboratory", "Auditor", "Data integrity")
REPEATED = 2
"""So many of the first curricula expire after two years and are then assigned anew."""
CLAUSES = ("4.2.4", "5.6", "6.2", "7.1", "7.4.1", "7.5.1", "8.2.4", "8.3", "8.5.2", "8.5.3")
YEAR = 365


def _drafted(plan: Plan, number: str) -> str:
    """SQL for the day on which a version later than the first was drafted, by its number in the library."""
    later = max(plan.total("documents") - plan.documents, 1)
    return f"(DATE '{plan.first}' + (({number} - {plan.documents}) * {plan.days} // {later})::INTEGER)"


def _days_to_effect(plan: Plan, number: str) -> str:
    """SQL for the days from a version's draft to the day on which it comes into force."""
    return f"(24 + (({member_draw(number, plan.salt('effect'))} * 20) >> 16)::INTEGER)"


def _library(plan: Plan) -> str:
    """SQL for every version of every document: `n` counts through all first versions, then all second ones.

    First versions are older than the company's records; later ones are drafted evenly over time.
    """
    documents, total = plan.documents, max(plan.total("documents"), plan.documents)
    rows = (
        f"SELECT range AS n, range % {documents} AS document, range // {documents} + 1 AS version FROM range({total})"
    )
    drafted = f"""CASE WHEN n < {documents} THEN DATE '{plan.first}' - 100 - {pick(1, 900)}
        ELSE {_drafted(plan, "n")} END"""
    dated = f"SELECT *, {drafted} AS drafted FROM ({mixed(rows, 'n', plan.salt('documents'))})"
    placed = f"""SELECT *, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2][document % 10 + 1] AS s,
        drafted + 6 + {pick(2, 10)} AS approved, drafted + {_days_to_effect(plan, "n")} AS effective FROM ({dated})"""
    return f"""SELECT a.*, b.effective AS next_effective FROM ({placed}) a
        LEFT JOIN (SELECT n - {documents} AS n, effective FROM ({placed})) b USING (n)"""


def documents(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions (of the record) of every version of every document."""
    del until  # the library is small
    reviewed = f"""CASE WHEN {chance(5, 0.82)} THEN effective + {3 * YEAR}
        + CASE WHEN {chance(7, 0.1)} THEN 5 + {pick(8, 100)} ELSE -5 - {pick(8, 40)} END END"""
    life = f"""SELECT *, greatest(drafted, DATE '{plan.first}') AS entered, {reviewed} AS reviewed
        FROM ({_library(plan)})"""
    days = ", ".join(f"greatest({day}, entered)" for day in ("drafted", "approved", "effective"))
    # Not entered again after it became obsolete, and NULL stays NULL (greatest would ignore it).
    days += (
        ", CASE WHEN reviewed > entered AND reviewed < coalesce(next_effective, DATE '9999-01-01') THEN reviewed END"
    )
    days += ", CASE WHEN next_effective > entered THEN next_effective END"
    return f"""SELECT numbered('DOC', document) AS document_id, version::INTEGER AS version, {SITE_NAME} AS site,
        'Procedure ' || document AS title,
        ['SOP', 'SOP', 'work_instruction', 'form', 'policy'][document % 5 + 1] AS kind,
        renamed([{", ".join(f"'{d}'" for d in DEPARTMENTS)}][document % 6 + 1], drafted) AS department,
        drafted AS drafted_on, {at("approved")} AS approved_on, {at("effective")} AS effective_on,
        CASE WHEN as_at >= effective THEN CASE WHEN as_at >= reviewed THEN effective + {6 * YEAR}
             ELSE effective + {3 * YEAR} END END AS next_review_on,
        {at("next_effective")} AS obsolete_on, NULL AS voided_on, as_at AS _day, as_at = _entered AS _new,
        {working_seconds(6)} AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""


def training(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of training assignments; those of people not yet there or already gone do not exist."""
    documents, total, later = plan.documents, plan.total("documents"), max(plan.total("documents") - plan.documents, 1)
    first = f"DATE '{plan.first}'"
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS day0, ({pick(2, plan.people // 10)} * 10 + n % 10)::BIGINT AS
        person,
        {pick(3, 65536)}::BIGINT * {documents} // 65536 AS document
        FROM ({mixed(plan.month_rows("training", until=until), "n", plan.salt("training"))})"""
    person = mixed(f"SELECT * RENAME (r AS record_r) FROM ({base})", "person", plan.salt("person"))
    hired = f"""SELECT * EXCLUDE (r, record_r), record_r AS r,
        [{", ".join(f"'{d}'" for d in DEPARTMENTS)}][{pick(1, 6)} + 1] AS home,
        CASE WHEN {chance(2, 0.85)} THEN {first} - 30 - {pick(3, 3000)}
             ELSE {first} + (({pick(3, 65536)}::BIGINT * {plan.days}) >> 16)::INTEGER END AS joined,
        CASE WHEN {chance(4, 0.15)} THEN {first} + 60 + (({pick(5, 65536)}::BIGINT * {plan.days}) >> 16)::INTEGER END
        AS leaving,
        CASE WHEN {chance(6, 0.05)} THEN {first} + (({pick(7, 65536)}::BIGINT * {plan.days}) >> 16)::INTEGER END AS
        leave_begin
        FROM ({person})"""
    people = f"SELECT * REPLACE (CASE WHEN leaving > joined + 30 THEN leaving END AS leaving) FROM ({hired})"
    # How many versions are drafted at least 16 days before, and so approved: the newest of this document among them.
    known = f"least({total}, {documents} + greatest(0, ((day0 - {first}) - 16) * {later}::BIGINT // {plan.days} + 1))"
    versioned = f"""SELECT *, ({known} - 1 - document) // {documents} AS older,
        [{", ".join(f"'{d}'" for d in CURRICULA)}][{pick(14, len(CURRICULA))} + 1] AS curriculum,
        {pick(14, len(CURRICULA))} < {REPEATED} AS repeated FROM ({people})
        WHERE day0 >= joined AND (leaving IS NULL OR day0 < leaving)"""
    own, successor = f"(older * {documents} + document)", f"((older + 1) * {documents} + document)"
    in_force = f"""SELECT *, CASE WHEN {own} >= {documents}
             THEN greatest({_drafted(plan, own)} + {_days_to_effect(plan, own)} - day0, 0)::INTEGER ELSE 0 END AS ahead,
        CASE WHEN {successor} < {total} THEN {_drafted(plan, successor)} + {_days_to_effect(plan, successor)} END
        AS replaced, {slips(plan, 11, "day0", "500")} AS slow, {chance(10, 0.9)} AS passed FROM ({versioned})"""
    # A version that is not in force yet is due on the day when it will be.
    done = f"""SELECT *, CASE WHEN ahead > 0 THEN day0 + ahead ELSE day0 + 30 END AS due,
        day0 + CASE WHEN slow AND ahead > 0 AND {chance(20, 0.4)} THEN ahead + 1 + {pick(12, 20)}
                    WHEN slow AND ahead = 0 THEN 31 + {pick(12, 45)}
                    WHEN ahead > 0 THEN (ahead * {pick(12, 64)}) // 128
                    ELSE 5 + {skewed(12, 24)} END AS attempted,
        CASE WHEN passed THEN 0 WHEN ahead > 0 THEN ahead // 3 ELSE 5 END AS again,
        least(coalesce(leaving, DATE '9999-01-01'), coalesce(replaced, DATE '9999-01-01')) AS gone,
        {chance(17, 0.995)} AS finishes FROM ({in_force})"""
    trained = f"""SELECT *, CASE WHEN finishes AND attempted < gone THEN attempted END AS attempt,
        CASE WHEN finishes AND attempted + again < gone THEN attempted + again END AS completed,
        CASE WHEN leave_begin > day0 AND leave_begin < day0 + 400 AND leave_begin < coalesce(leaving, DATE '9999-01-01')
             THEN leave_begin END AS absent FROM ({done})"""
    # Trained anew in time, or a few months after it has expired.
    renewal = f"""SELECT *, CASE WHEN repeated THEN completed + {2 * YEAR}
        + CASE WHEN {slips(plan, 18, "day0", "4500")} THEN 20 + {pick(19, 250)} ELSE -3 - {pick(19, 40)} END
        END AS renewed
        FROM ({trained})"""
    life = f"SELECT *, least(replaced, renewed) AS superseding FROM ({renewal})"  # least() leaves out what is NULL
    expires = f"CASE WHEN repeated THEN completed + {2 * YEAR} END"
    days = "day0, attempt, completed, leaving, superseding, absent"
    return f"""SELECT numbered('TA', n) AS assignment_id, {SITE_NAME} AS site,
        'P' || lpad(person::VARCHAR, 6, '0') AS person_id, renamed(home, day0) AS department,
        curriculum, numbered('DOC', document) AS document_id,
        older::INTEGER + 1 AS document_version, {chance(15, 0.9)} AS required, day0 AS assigned_on, due AS due_on,
        {at("completed")} AS completed_on, {at("completed", expires)} AS expires_on,
        {at("attempt")} AS first_attempt_on, {at("attempt", "passed")} AS first_attempt_passed, joined AS joined_on,
        {at("leaving")} AS left_on, {at("absent")} AS leave_from, {at("absent", "absent + 120")} AS leave_to,
        {at("superseding")} AS superseded_on, NULL AS voided_on, as_at AS _day, as_at = _entered AS _new,
        {working_seconds(16)} AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""


def suppliers(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of suppliers: approved (most before the records begin), audited again, some disapproved."""
    del until  # there are few
    total = plan.total("suppliers")
    first = f"DATE '{plan.first}'"
    rows = mixed(f"SELECT range AS n FROM range({total})", "n", plan.salt("suppliers"))
    base = f"""SELECT *, 0 AS s, {first} - 200 - {pick(1, 2000)} AS approved, {first} AS entered,
        {first} + 60 + {pick(2, 1000)} AS audited, CASE WHEN n >= 10 AND {chance(3, 0.05)}
        THEN {first} + 1100 + {pick(4, 1200)} END AS disapproved FROM ({rows})"""
    # Every three years, some months late with every tenth; one in thirty is forgotten.
    again = f"""{3 * YEAR} + CASE WHEN {chance(10, 0.1)} THEN 20 + {pick(6, 160)} ELSE -10 - {pick(6, 80)} END"""
    second = f"SELECT *, CASE WHEN {chance(5, 0.965)} THEN audited + {again} END AS second FROM ({base})"
    life = f"""SELECT *, second + {3 * YEAR} - 15 - {pick(11, 60)} AS third FROM ({second})"""
    stop = "coalesce(disapproved, DATE '9999-01-01')"
    days = f"entered, audited, CASE WHEN second < {stop} THEN second END, CASE WHEN third < {stop} THEN third END"
    days += ", disapproved"
    last = f"""CASE WHEN third < {stop} AND as_at >= third THEN third
        WHEN second < {stop} AND as_at >= second THEN second
        WHEN as_at >= audited THEN audited ELSE audited - {3 * YEAR} END"""
    return f"""SELECT numbered('SU', n) AS supplier_id, {supplier_name("n")} AS supplier,
        {one_of(7, ("raw material", "raw material", "packaging", "service", "?"))} AS category,
        {one_of(8, ("DE", "DE", "FR", "JP", "US", "IN", "CN", "N/A"))} AS country, approved AS approved_on,
        {at("disapproved")} AS disapproved_on,
        {last} AS last_audit_on,
        {last} + CASE WHEN as_at >= audited THEN {3 * YEAR} ELSE {3 * YEAR} + 10 END AS next_audit_on,
        NULL AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(9)} AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""


def _audit_life(plan: Plan, until: int) -> str:
    months = plan.month_rows("audits", ("suppliers_before", "suppliers", 0), until=until)
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS day0, {pick(2, 5)} AS sort
        FROM ({mixed(months, "n", plan.salt("audits"))})"""
    planned = f"""SELECT *, workday(day0, s) AS planned0,
        CASE WHEN {slips(plan, 3, "day0", "600")} THEN 14 + {pick(4, 45)} END AS moved_by,
        greatest(date_trunc('year', day0)::DATE, DATE '{plan.first}') AS programmed FROM ({base})"""
    moved = f"""SELECT *, workday(planned0 + coalesce(moved_by, 0), s) AS planned FROM ({planned})"""
    done = f"""SELECT *, CASE WHEN {chance(5, 0.995)} THEN workday(planned + CASE
        WHEN {slips(plan, 13, "day0", "200")} THEN 3 + {pick(6, 20)} ELSE -{pick(6, 6)} END, s) END AS held
        FROM ({moved})"""
    return f"SELECT *, workday(held + 8 + {skewed(7, 32)}, s) AS issued FROM ({done})"


def audits(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of audits: in the programme since January, perhaps moved, held, reported."""
    del until  # a year's programme is entered in January
    life = f"""SELECT *, CASE WHEN sort = 3 THEN {link("suppliers_before", 9, 3000)} END AS supplier
        FROM ({_audit_life(plan, len(plan.months))})"""
    days = "programmed, CASE WHEN moved_by IS NOT NULL THEN greatest(planned0 - 9, programmed) END, held, issued"
    return f"""SELECT numbered('AU', n) AS audit_id, {SITE_NAME} AS site,
        ['internal', 'internal', 'internal', 'supplier', 'external'][sort + 1] AS kind,
        renamed({one_of(10, DEPARTMENTS)}, planned0) AS department, numbered('SU', supplier) AS supplier_id,
        {one_of(11, ("A. Sommer", "B. Tanaka", "C. Miller", "D. Vogel"))} AS auditor, planned0 AS baseline_planned_on,
        CASE WHEN moved_by IS NOT NULL AND as_at >= planned0 - 9 THEN planned ELSE planned0 END AS planned_on,
        {at("held")} AS performed_on, {at("issued")} AS report_issued_on, NULL AS voided_on, as_at AS _day, as_at =
        _entered AS _new,
        {working_seconds(12)} AS _seconds, s AS _s FROM ({versions(days, low, high, life)})"""


def audit_findings(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of findings, which appear with their audit's report."""
    rows = f"""SELECT * EXCLUDE (n, r), n AS audit, n * {FINDINGS_PER_AUDIT} + part AS n FROM
        ({_audit_life(plan, until)}),
        range({FINDINGS_PER_AUDIT}) parts(part) WHERE issued IS NOT NULL
        AND part < {pick(8, FINDINGS_PER_AUDIT + 1)}"""
    life = f"""SELECT *, workday(issued + 21, s) AS due, CASE WHEN {chance(1, 0.997)} THEN workday(issued + 4
        + {skewed(2, 17)} + CASE WHEN {slips(plan, 10, "issued", "450")} THEN 15 + {pick(11, 30)} ELSE 0 END, s) END
        AS answered, workday(issued + 70 + {skewed(4, 120)}, s) AS closing
        FROM ({mixed(rows, "n", plan.salt("audit_findings"))})"""
    # A finding names the clause and the procedure.  About one in twelve has a predecessor at its site in two years:
    # there are as many procedures as that takes (0.38: the sum of the squares of the three sites' shares).
    procedures = max(round(plan.yearly("audit_findings") / 2 * 2 * 0.38 / 0.085 / len(CLAUSES)), 2)
    clause = f"{one_of(7, CLAUSES)} || ', SOP-' || lpad(({pick(12, procedures)} + 1)::VARCHAR, 4, '0')"
    days = "issued, answered, CASE WHEN answered IS NOT NULL THEN closing END"
    return f"""SELECT numbered('AF', n) AS finding_id, {SITE_NAME} AS site, numbered('AU', audit) AS audit_id,
        renamed({one_of(6, DEPARTMENTS)}, issued) AS department,
        CASE WHEN {chance(13, 0.03)} THEN 'N/A' ELSE {clause} END AS clause,
        {one_of(8, ("critical", *["major"] * 5, *["minor"] * 12))} AS classification, issued AS reported_on,
        due AS response_due_on, {at("answered")} AS responded_on,
        CASE WHEN answered IS NOT NULL THEN {at("closing")} END AS closed_on, NULL AS voided_on, as_at AS _day, as_at
        = _entered AS _new,
        {working_seconds(9)} AS _seconds, s AS _s FROM ({versions(days, low, high, life)})"""


def costs(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for postings, entered a few days after their date."""
    months = plan.month_rows("costs", until=until, since=plan.since(low, 30))
    sizes = "[220000, 330000, 400000, 200000, 15000000, 9000000]"
    # Failures cost less every year; most in Philadelphia.
    failing = f"{drift(plan, 'posted', 122, 72)} * [95, 85, 125][s + 1] // 100"
    base = f"""SELECT *, {SITE}, {day_of_month(1)} AS posted, {day_of_month(1)} + {pick(2, 6)} AS entered, n % 6 AS b
        FROM ({mixed(months, "n", plan.salt("costs"))})"""
    life = f"SELECT *, CASE WHEN b IN (2, 3) THEN {failing} ELSE 100 END AS percent FROM ({base})"
    return f"""SELECT numbered('PO', n) AS posting_id, {SITE_NAME} AS site,
        renamed({one_of(4, DEPARTMENTS)}, posted) AS department,
        ['prevention', 'appraisal', 'internal_failure', 'external_failure', 'sales', 'cost_of_goods_sold'][b + 1]
            AS bucket,
        posted AS posted_on, (({sizes}[b + 1] * percent * (49152 + {pick(5, 32768)}::BIGINT)) >> 16)::DECIMAL(18,2)
            / 1000 AS amount,
        NULL AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(6)} AS _seconds, s AS _s
        FROM ({versions("entered", low, high, life)})"""
