"""Batches and what hangs on them: process steps, test results, shipments; and deliveries of suppliers."""

from __future__ import annotations

import datetime as dt

from qms_reports.example_company.phrases import (
    REGIONS,
    SITE,
    SITE_NAME,
    at,
    bell,
    day_of_month,
    drift,
    likely,
    link,
    product_of,
    skewed,
    versions,
    working_seconds,
)
from qms_reports.example_company.plan import SHIPMENTS_PER_BATCH, STEPS_PER_BATCH, TESTS_PER_BATCH, Plan
from qms_reports.example_company.randomness import chance, draw, member_draw, mixed, one_of, pick

SHIFT_FROM = dt.date(2023, 7, 1)
"""From this day on, the dissolution of Cardiol 10 mg made in Hamburg is lower."""
SHIFT_PRODUCT, SHIFT_SITE, SHIFT_BY = "Cardiol 10 mg", "HAM", "-3.00"

POOR_PRODUCT = "Gastrosan 40 mg"
"""Its hardness lies off the middle and varies more than it should."""

STEPS = ("granulation", "compression", "coating", "packaging")
MATERIALS = ("lactose", "cellulose", "active ingredient", "magnesium stearate", "foil", "carton", "leaflet", "bottle")


def _batch_life(plan: Plan, until: int, since: int = 0) -> str:
    """SQL for the days and the fate of every batch, one row each."""
    months = plan.month_rows("batches", until=until, since=since)
    base = f"""SELECT *, {SITE}, {product_of(plan, "n")} AS product, {day_of_month(1)} AS day0, {pick(2, 1000)} AS fate,
        [988, 988, 988, 988, 988, 991, 991, 991, 978, 978][n % 10 + 1] AS rejected_from
        FROM ({mixed(months, "n", plan.salt("batches"))})"""
    made = f"""SELECT *, workday(day0, s) AS started, workday(day0 + 3 + {pick(3, 6)}, s) AS ended FROM ({base})"""
    return f"""SELECT *, workday(ended + 11 + {skewed(4, 28)} + CASE fate WHEN 957 THEN 60 ELSE 0 END, s) AS decided
        FROM ({made})"""


def batches(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of batches: started, ended, dispositioned; a few are put on hold or reworked first."""
    waiting = "fate BETWEEN 958 AND rejected_from - 1"
    faulty = f"{drift(plan, 'ended', 1300, 700)} * [90, {drift(plan, 'ended', 130, 70)}, 140][s + 1] // 100"
    life = f"""SELECT *, CASE WHEN {waiting} THEN workday(decided + 8 + {pick(6, 25)}, s) END AS decided_again,
        20000 + {pick(7, 9)} * 10000 AS started_units, {skewed(8, 3200)} AS lost, {waiting} AS waits,
        {likely(11, faulty)} AS deviated FROM ({_batch_life(plan, until)})"""
    days = "started, ended, decided, decided_again"
    final = f"CASE WHEN {chance(5, 0.9)} THEN 'released' ELSE 'rejected' END"
    return f"""SELECT numbered('BA', n) AS batch_id, {SITE_NAME} AS site, product,
        'Line ' || (1 + {pick(10, 6)}) AS line, started AS started_on, {at("ended")} AS ended_on,
        {at("decided", "CASE WHEN as_at >= decided_again THEN decided_again ELSE decided END")} AS dispositioned_on,
        {
        at(
            "decided",
            f"CASE WHEN NOT waits THEN CASE WHEN fate < 958 THEN 'released' ELSE 'rejected' END "
            f"WHEN as_at >= decided_again THEN {final} WHEN fate < 965 THEN 'rework' ELSE 'on_hold' END",
        )
    }
            AS disposition,
        as_at >= ended AND deviated AS had_deviation,
        as_at >= ended AND (waits AND fate < 965 OR {chance(12, 0.005)}) AS had_rework,
        as_at >= ended AND {chance(13, 0.008)} AS had_reprocess,
        as_at >= ended AND {chance(14, 0.03)} AS had_record_correction,
        started_units AS units_started, {at("ended", "started_units - lost")} AS units_good,
        {at("ended", "500")} AS inspected_units, {
        at("ended", f"(({draw(15)} * {draw(16)}) >> 29)::INTEGER")
    } AS defects,
        {at("ended", "12")} AS opportunities_per_unit, NULL AS voided_on, as_at AS _day, as_at = _entered AS _new,
        {working_seconds(17)} AS _seconds, s AS _s FROM ({versions(days, low, high, life)})"""


def _each(plan: Plan, until: int, since: int, count: int, name: str) -> str:
    """SQL for `count` rows per batch: `batch` (its number), `part` (0 …) and a mixed word of their own."""
    rows = f"""SELECT * EXCLUDE (n, r), n AS batch, n * {count} + part AS n FROM ({_batch_life(plan, until, since)}),
        range({count}) parts(part)"""
    return mixed(rows, "n", plan.salt(name))


def batch_steps(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the steps of batches, each entered once, on the day it ended."""
    ended = "CASE WHEN part = 3 THEN ended ELSE least(workday(started + part::INTEGER + 1, s), ended) END"
    life = f"""SELECT *, {ended} AS step_ended, 20000 + {pick(2, 9)} * 10000 AS units
        FROM ({_each(plan, until, plan.since(low, 60), STEPS_PER_BATCH, "batch_steps")})"""
    listed = ", ".join(f"'{step}'" for step in STEPS)
    return f"""SELECT numbered('BA', batch) AS batch_id, [{listed}][part + 1] AS step, {SITE_NAME} AS site, product,
        'Line ' || (1 + {pick(3, 6)}) AS line, step_ended AS ended_on, units AS units_started,
        units - {skewed(4, 3600)} - CASE WHEN {chance(6, 0.03)} THEN {pick(7, 9000)} ELSE 0 END
            AS units_good_first_pass,
        NULL AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(8)} AS _seconds, s AS _s
        FROM ({versions("step_ended", low, high, life)})"""


def test_results(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for test results: three samples of four characteristics a batch; what is out of limits is settled later."""
    tested = f"""SELECT *, (part % 4)::INTEGER AS c, workday(ended + 1 + {pick(2, 4)}, s) AS tested
        FROM ({_each(plan, until, plan.since(low, 60), TESTS_PER_BATCH, "test_results")})"""
    shifted = f"product = '{SHIFT_PRODUCT}' AND s = 0 AND c = 1 AND ended >= DATE '{SHIFT_FROM}'"
    poor = f"c = 2 AND product = '{POOR_PRODUCT}'"
    spread = f"SELECT *, CASE WHEN {poor} THEN 560 ELSE [110, 156, 440, 31][c + 1] END AS sd FROM ({tested})"
    # Whole hundredths: mean + deviate x standard deviation, a batch's own deviate and the sample's.  A few results are
    # far out for a reason of their own: an error of the laboratory, or a real one.
    measured = f"""SELECT *, [10000, 8800, 9500, 210][c + 1] + (({bell(3)} * sd) // 37837)
        + (({member_draw("batch", plan.salt("batch"))}::BIGINT - 32768) * sd // 98304)
        + CASE WHEN {chance(7, 0.0052)} THEN [-780, -1250, -2900, 240][c + 1] ELSE 0 END
        - CASE WHEN {shifted} THEN 300 WHEN {poor} THEN 650 ELSE 0 END AS hundredths FROM ({spread})"""
    life = f"""SELECT *, hundredths NOT BETWEEN [9500, 8000, 7500, 0][c + 1] AND [10500, 1000000, 11500, 350][c + 1]
        AS oos
        FROM ({measured})"""
    days = f"tested, CASE WHEN oos THEN workday(tested + 6 + {pick(10, 17)}, s) END"
    return f"""SELECT numbered('TR', n) AS result_id, {SITE_NAME} AS site, numbered('BA', batch) AS batch_id, product,
        renamed('Quality Control', tested) AS department,
        ['assay', 'dissolution', 'hardness', 'water'][c + 1] AS characteristic,
        CASE WHEN hundredths < 0 THEN 0 ELSE hundredths END::DECIMAL(14,2) / 100 AS result,
        [95.00, 80.00, 75.00, NULL][c + 1] AS lower_limit, [105.00, NULL, 115.00, 3.50][c + 1] AS upper_limit,
        ended AS batch_ended_on, tested AS tested_on, oos AS out_of_specification,
        CASE WHEN oos AND as_at > tested THEN CASE WHEN {chance(8, 0.74)} THEN 'confirmed' ELSE 'invalidated' END END
            AS oos_outcome,
        NULL AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(9)} AS _seconds, s AS _s
        FROM ({versions(days, low, high, life)})"""


def units_distributed(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for shipments of released batches, entered on the day they left."""
    life = f"""SELECT *, workday(decided + 2 + part::INTEGER * 9 + {pick(2, 9)}, s) AS shipped, 1 + {pick(3, 7)} AS
        pallets
        FROM ({_each(plan, until, plan.since(low, 300), SHIPMENTS_PER_BATCH, "units_distributed")}) WHERE fate < 958"""
    return f"""SELECT numbered('SH', n) AS shipment_id, {SITE_NAME} AS site, product, {one_of(4, REGIONS[:8])} AS
        region,
        numbered('BA', batch) AS batch_id, shipped AS shipped_on, pallets * 3000 AS units, pallets * 100 AS packs,
        NULL AS voided_on, as_at AS _day, as_at = _entered AS _new, {working_seconds(5)} AS _seconds, s AS _s
        FROM ({versions("shipped", low, high, life)})"""


def supplier_deliveries(plan: Plan, low: dt.datetime, high: dt.datetime, until: int) -> str:
    """SQL for the versions of delivery lines: confirmed, moved, received, inspected, found defective in production."""
    months = plan.month_rows(
        "supplier_deliveries", ("suppliers_before", "suppliers", 1), until=until, since=plan.since(low, 300)
    )
    base = f"""SELECT *, {SITE}, {link("suppliers_before", 1, 3000)} AS supplier_number, {day_of_month(2)} AS day0
        FROM ({mixed(months, "n", plan.salt("supplier_deliveries"))})"""
    promised = f"""SELECT *, coalesce(supplier_number, n % 10) AS supplier, workday(day0, s) AS confirmed0,
        greatest(workday(day0, s) - 28 - {pick(3, 14)}, DATE '{plan.first}') AS ordered,
        CASE WHEN {chance(4, 0.02)} THEN 5 + {pick(5, 10)} END AS moved_by, 100 + {pick(6, 50)} * 100 AS units
        FROM ({base})"""
    # How many deliveries in 10,000 are late: every supplier has its own number, one in seventeen is bad.
    own = f"{member_draw('supplier', plan.salt('supplier'))}::INTEGER"
    skill = f"(CASE supplier % 17 WHEN 3 THEN 1800 ELSE 100 + {own} // 160 END)"
    arrived = f"""SELECT *, CASE WHEN moved_by IS NOT NULL THEN workday(confirmed0 + moved_by, s) ELSE confirmed0 END
        AS confirmed,
        CASE WHEN {chance(7, 0.9995)} THEN workday(confirmed0 + coalesce(moved_by, 0)
             + CASE WHEN {likely(8, f"{skill} * {drift(plan, 'confirmed0', 190, 80)} // 100")} THEN 4 + {pick(9, 20)}
                    ELSE {pick(10, 2)} END, s) END AS
             arrived,
        CASE WHEN {likely(11, f"100 + {skill} // 3")} THEN 1 + {skewed(12, 24)} ELSE 0 END AS defects
        FROM ({promised})"""
    life = f"""SELECT *, CASE WHEN {chance(14, 0.85)} THEN workday(arrived + 1 + {pick(15, 5)}, s) END AS inspected,
        CASE WHEN defects > 0 THEN workday(arrived + 2 + {skewed(16, 150)}, s) END AS detected FROM ({arrived})"""
    moved = "greatest(confirmed0 - 7, ordered)"
    days = f"ordered, CASE WHEN moved_by IS NOT NULL THEN {moved} END, arrived, inspected, detected"
    return f"""SELECT numbered('DL', n) AS line_id, {SITE_NAME} AS site, numbered('SU', supplier) AS supplier_id,
        {supplier_name("supplier")} AS supplier, {one_of(18, MATERIALS)} AS material,
        {at("arrived", "'L' || lpad((n % 1000000)::VARCHAR, 6, '0')")} AS lot, confirmed0 AS original_confirmed_on,
        CASE WHEN as_at >= {moved} THEN confirmed ELSE confirmed0 END AS confirmed_on,
        {at("arrived")} AS received_on, {at("arrived", "units")} AS units_received,
        CASE WHEN as_at >= detected THEN defects WHEN as_at >= arrived THEN 0 END AS defective_units,
        {at("detected")} AS defect_detected_on, {at("inspected")} AS inspected_on,
        {at("inspected", "defects < 9")} AS lot_accepted, NULL AS voided_on, as_at AS _day, as_at = _entered AS _new,
        {working_seconds(19)} AS _seconds, s AS _s FROM ({versions(days, low, high, life)})"""


def supplier_name(number: str) -> str:
    """SQL for the name of a supplier, by its number."""
    listed = ", ".join(f"'{name}'" for name in ("Alster", "Brook", "Cedar", "Delta", "Elbe", "Fuji", "Gion", "Hudson"))
    return f"""[{listed}][({number}) % 8 + 1] || ' ' || ['Chemie', 'Packaging', 'Trading', 'Foils',
        'Glass'][({number}) % 5 + 1] || ' ' || (({number}) + 1)"""
