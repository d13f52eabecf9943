"""The ordinary records as a whole: such figures as a company that is neither perfect nor a disaster has."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from qms_reports.example_company.bulk_production import POOR_PRODUCT
from qms_reports.example_company.command import write_demo_data
from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.plan import Plan

DAY = "DATE '2024-03-31'"
OPENED = "occurred_at[:10]::DATE"


def asked(folder: Path, statement: str, *kinds: str) -> float:
    """A number from the last version of each ordinary record of some kinds, each a table."""
    with duckdb.connect() as connection:
        for kind in kinds:
            key = ", ".join(KINDS[kind].key)
            connection.execute(
                f"CREATE VIEW {kind} AS FROM (FROM read_parquet('{folder}/{kind}_2*.parquet') "
                f"WHERE NOT contains({KINDS[kind].key[0]}, '-P') "
                f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY recorded_at DESC) = 1) WHERE voided_on IS NULL"
            )
        found = connection.execute(statement).fetchone()
    assert found
    return float(found[0])


def recurring_percent(folder: Path, day: str) -> float:
    """Events of the twelve months before a day, in percent, that have a predecessor of the same kind and cause."""
    causes = "root_cause NOT IN ('none', 'N/A', 'Unknown') AND failure_mode <> '-'"
    return asked(
        folder,
        f"""WITH told AS (SELECT event_id, process || failure_mode || root_cause AS same, {OPENED} AS day
                          FROM quality_events WHERE {causes}),
             paired AS (SELECT day, lag(day) OVER (PARTITION BY same ORDER BY day, event_id) AS before FROM told)
        SELECT 100 * avg(coalesce(before + INTERVAL 12 MONTH >= day, false)::INT) FROM paired
        WHERE day > {day} - 365 AND day <= {day}""",
        "quality_events",
    )


@pytest.mark.parametrize(
    ("what", "kinds", "statement", "low", "high"),
    [
        (
            "deviations per 100 lots",
            ("quality_events", "batches"),
            "SELECT 100 * count(*) FILTER (type = 'deviation') / (SELECT count(*) FROM batches) FROM quality_events",
            15,
            40,
        ),
        (
            "events closed by their original due date",
            ("quality_events",),
            (
                "SELECT 100 * avg(coalesce(first_closed_on <= original_due_on, false)::INT) FROM quality_events "
                "WHERE original_due_on BETWEEN '2023-01-01' AND '2024-05-31'"
            ),
            85,
            95,
        ),
        (
            "open events overdue",
            ("quality_events",),
            (
                f"SELECT 100 * avg((original_due_on < {DAY})::INT) FROM quality_events "
                f"WHERE {OPENED} <= {DAY} AND coalesce(closed_on > {DAY}, true)"
            ),
            3,
            12,
        ),
        (
            "changes closed by their original due date",
            ("change_controls",),
            (
                "SELECT 100 * avg(coalesce(first_closed_on <= original_due_on, false)::INT) FROM change_controls "
                "WHERE original_due_on BETWEEN '2023-01-01' AND '2024-05-31'"
            ),
            85,
            96,
        ),
        (
            "results out of specification",
            ("test_results",),
            "SELECT 100 * avg(out_of_specification::INT) FROM test_results",
            0.3,
            0.7,
        ),
        (
            "of them invalidated",
            ("test_results",),
            (
                "SELECT 100 * avg((oos_outcome = 'invalidated')::INT) FROM test_results "
                "WHERE out_of_specification AND oos_outcome IS NOT NULL"
            ),
            18,
            32,
        ),
        (
            "cost of poor quality, percent of cost of goods sold",
            ("costs",),
            (
                "SELECT 100 * sum(amount) FILTER (contains(bucket, 'failure')) "
                "/ sum(amount) FILTER (bucket = 'cost_of_goods_sold') FROM costs"
            ),
            4,
            8,
        ),
        (
            "deliveries at most three days late",
            ("supplier_deliveries",),
            (
                "SELECT 100 * avg(coalesce(received_on - original_confirmed_on BETWEEN 0 AND 3, false)::INT) "
                "FROM supplier_deliveries WHERE original_confirmed_on < '2024-06-01'"
            ),
            88,
            96,
        ),
        (
            "lots that wait for more than 30 days, of those ended in a month",
            ("batches",),
            (
                f"SELECT 100 * count(*) FILTER (coalesce(dispositioned_on > {DAY}, true) AND ended_on < {DAY} - 30) "
                f"/ count(*) FILTER (ended_on > {DAY} - 30) FROM batches WHERE ended_on <= {DAY}"
            ),
            0.1,
            6,
        ),
        (
            "people with an overdue training",
            ("training",),
            (
                f"SELECT 100 * count(DISTINCT person_id) FILTER (due_on < {DAY} "
                f"AND coalesce(completed_on > {DAY}, true)) / count(DISTINCT person_id) "
                f"FROM training WHERE required AND assigned_on <= {DAY} "
                f"AND coalesce(superseded_on > {DAY}, true) AND coalesce(left_on > {DAY}, true)"
            ),
            1,
            12,
        ),
    ],
)
def test_the_ordinary_records_have_believable_figures(what, kinds, statement, low, high, larger):
    assert low < asked(larger[0], statement, *kinds) < high, what


def test_about_one_event_in_eight_recurs_whatever_the_size_of_the_company(larger, tmp_path):
    small = write_demo_data(tmp_path / "demo", 7, "2022-07", "2024-06", 30_000, "parquet")
    assert 6 < recurring_percent(small.folder, "DATE '2024-06-30'") < 20
    assert 9 < recurring_percent(larger[0], "DATE '2024-06-30'") < 16


def test_one_product_is_poor_in_one_characteristic_and_the_sites_differ(larger):
    capability = (
        "SELECT min((avg(result) - min(lower_limit)) / stddev(result) / 3) FROM test_results WHERE characteristic = "
        "'hardness' AND oos_outcome IS NULL AND product {} '{}' GROUP BY product"
    )
    assert asked(larger[0], f"SELECT * FROM ({_least(capability, '=')})", "test_results") < 0.9
    assert asked(larger[0], f"SELECT * FROM ({_least(capability, '<>')})", "test_results") > 1.15
    on_time = (
        "SELECT 100 * avg((first_closed_on <= original_due_on)::INT) FROM quality_events "
        "WHERE first_closed_on IS NOT NULL AND site = '{}'"
    )
    shares = {site: asked(larger[0], on_time.format(site), "quality_events") for site in ("HAM", "OSA", "PHL")}
    assert shares["PHL"] + 2 < shares["HAM"]


def test_a_larger_company_has_more_suppliers_but_not_in_proportion():
    first, last = dt.date(2019, 1, 1), dt.date(2025, 12, 31)
    counts = [Plan(7, first, last, scale).total("suppliers") for scale in (10_000, 1_000_000, 10_000_000, 10**9)]
    assert counts == [40, 60, 240, 400]
    assert Plan(7, first, last, 1_000_000).total("recall_events") == 16


def test_the_batches_grow_and_the_quality_events_get_fewer():
    plan = Plan(7, dt.date(2019, 1, 1), dt.date(2025, 12, 31), 1_000_000)

    def of_year(kind: str, year: int) -> int:
        return plan.before(kind, year * 12 + 12) - plan.before(kind, year * 12)

    assert of_year("batches", 6) > 1.15 * of_year("batches", 0)
    assert of_year("quality_events", 6) < 0.92 * of_year("quality_events", 0)


def _least(statement: str, comparison: str) -> str:
    """The least of what a statement finds for each product that is the poor one, or is not."""
    each = statement.format(comparison, POOR_PRODUCT).replace("SELECT min((avg", "SELECT ((avg", 1)
    return f"SELECT min(index) FROM ({each}) indices(index)"
