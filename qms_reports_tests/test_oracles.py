"""Every figure of the declared KPIs equals the one computed outside this product: counts exactly, others to 1e-6."""

import datetime as dt

import pytest

from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import TOTAL, KpiTable
from qms_reports.kpis.tracing import trace_kpi
from qms_reports.periods import parse_period, periods_between
from qms_reports_tests.oracles import expected

YEARS_OF_CLOSURE = ("2019", "2020", "2021", "2022", "2023", "2024", "2025")
NOT_GIVEN = "the oracle gives no value"


@pytest.fixture(scope="module")
def tables(settings, catalogue):
    """KPI tables of any KPIs and period, evaluated once each."""
    known = {}

    def table(key, *names):
        if (key, names) not in known:
            known[(key, names)] = KpiTable(evaluate_now(settings, catalogue, names, parse_period(key)))
        return known[(key, names)]

    return table


def near(value):
    return pytest.approx(value, abs=1e-6, rel=0)


def test_one_row_is_quarantined_and_it_is_the_one_of_the_year_0212(tables, settings, catalogue):
    oracle = expected("Q1_quarantine")
    for key in ("2013-01", "2025-11"):
        assert tables(key, "recalls_quarantined").total("recalls_quarantined").value == oracle["rows"]
    kpi = catalogue.kpis["recalls_quarantined"]
    traced = trace_kpi(settings, catalogue, kpi, parse_period("2025-11"))
    assert [record.key.split(" | ")[1] for record in traced.records] == oracle["recall_numbers"]


@pytest.mark.parametrize(("day", "quarantined"), [("2003-01-01", None), ("2024-01-31", 1)])
def test_a_row_is_in_quarantine_as_long_as_the_file_that_it_came_with_is_behind_the_figures(
    settings, catalogue, day, quarantined
):
    moment = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    rows = evaluate_now(settings, catalogue, ["recalls_quarantined"], parse_period(day[:7]), moment)
    assert KpiTable(rows).total("recalls_quarantined").numerator == quarantined


def test_status_and_date_disagree_as_often_as_expected(tables):
    oracle = expected("Q2_status_vs_date")
    table = tables("2025-11", "terminated_without_date", "date_without_termination")
    assert table.total("terminated_without_date").value == oracle["terminated_without_date"]
    assert table.total("date_without_termination").value == oracle["date_but_not_terminated"]


def test_records_without_a_recall_number_are_counted_and_are_the_expected_events(tables, settings, catalogue):
    oracle = expected("Q3_missing_recall_number")
    assert tables("2025-11", "recall_number_missing").total("recall_number_missing").value == oracle["n"]
    traced = trace_kpi(settings, catalogue, catalogue.kpis["recall_number_missing"], parse_period("2025-11"))
    assert sorted(record.key.split("event ")[1] for record in traced.records) == sorted(oracle["event_ids"])


@pytest.mark.parametrize("product_type", sorted(expected("K1_K3_monthly_flow")))
@pytest.mark.parametrize("last", ["2024-01", "2025-02", "2025-10"])
def test_the_monthly_flow_of_quality_events(tables, product_type, last):
    names = ("recalls_opened", "recalls_closed", "recalls_open")
    table = tables(last, *names)
    months = expected("K1_K3_monthly_flow")[product_type]
    compared = 0
    for ago in range(13):
        found = {name: table.member(name, "product_type", product_type, ago) for name in names}
        key = found[names[0]].period
        if key in months:
            assert {name.removeprefix("recalls_"): row.value for name, row in found.items()} == {
                "opened": months[key]["opened"],
                "closed": months[key]["closed"],
                "open": months[key]["open_at_end"],
            }, key
            compared += 1
    assert compared == 13


def test_the_series_compared_cover_every_month_of_the_oracle():
    compared = {p.key for last in ("2024-01", "2025-02", "2025-10") for p in parse_period(last).series(13)}
    assert all(compared.issuperset(months) for months in expected("K1_K3_monthly_flow").values())


@pytest.mark.parametrize("year", YEARS_OF_CLOSURE)
@pytest.mark.parametrize("product_class", sorted(expected("K4_closure_time_by_close_year")))
def test_the_time_to_close_by_year_of_closure(tables, product_class, year):
    oracle = expected("K4_closure_time_by_close_year")[product_class].get(year)
    if oracle is None:
        pytest.skip(NOT_GIVEN)
    names = tuple(
        f"recalls_{name}"
        for name in ("closed", "days_to_close_median", "days_to_close_mean", "days_to_close_p90", "closed_within_365")
    )
    table = tables(year, *names)
    closed, median, mean, p90, within = (table.member(name, "product_class", product_class) for name in names)
    assert closed.value == oracle["closed"]
    assert median.value == near(oracle["median_days"])
    assert mean.value == near(oracle["mean_days"])
    assert p90.value == near(oracle["p90_days"])
    assert within.numerator / within.denominator == near(oracle["on_time_365"])
    assert within.denominator == oracle["closed"]
    assert closed.state == ("partial" if year == "2025" else "ok")


@pytest.mark.parametrize("key", sorted(expected("K6_open_ageing")))
def test_the_age_of_open_events_at_the_end_of_a_month(tables, key):
    product_type, day = key.split("|")
    oracle = expected("K6_open_ageing")[key]
    bands = {
        "open": "recalls_open",
        "age_0_90": "recalls_open_0_90",
        "age_91_180": "recalls_open_91_180",
        "age_181_365": "recalls_open_181_365",
        "overdue_gt_365": "recalls_open_over_365",
        "median_age": "recalls_open_age_median",
        "max_age": "recalls_open_age_maximum",
    }
    table = tables(day[:7], *bands.values(), "recalls_overdue_share")
    found = {name: table.member(kpi, "product_type", product_type).value for name, kpi in bands.items()}
    share = table.member("recalls_overdue_share", "product_type", product_type)
    assert found == {name: oracle[name] for name in bands}
    assert (share.numerator, share.denominator) == (oracle["overdue_gt_365"], oracle["open"])
    assert share.value / 100 == near(oracle["overdue_share"])


@pytest.mark.parametrize("key", sorted(expected("K10_event_grain")))
def test_the_same_figures_counted_by_event(tables, key):
    product_type, year = key.split("|")
    oracle = expected("K10_event_grain")[key]
    names = {
        "events_opened": "recall_events_opened",
        "products_per_event": "products_per_recall_event",
        "events_closed": "recall_events_closed",
        "median_days": "recall_events_days_to_close_median",
        "events_open_at_year_end": "recall_events_open",
    }
    assert set(oracle) == set(names)
    table = tables(year, *names.values())
    rows = {name: table.member(kpi, "product_type", product_type) for name, kpi in names.items()}
    # A partial year has no end yet, so the oracle says nothing about what is open at it.
    assert [name for name in names if oracle[name] is None] == (["events_open_at_year_end"] if year == "2025" else [])
    for name, row in rows.items():
        if oracle[name] is not None:
            assert row.value == near(oracle[name]), name


@pytest.mark.parametrize("year", sorted(expected("S1_scms_otd_by_year")))
def test_the_on_time_delivery_of_suppliers_by_year(tables, year):
    oracle = expected("S1_scms_otd_by_year")[year]
    table = tables(
        year, "medicine_lines_due", "medicine_on_time_delivery", "medicine_days_late_mean", "medicine_days_late_median"
    )
    share = table.total("medicine_on_time_delivery")
    assert table.total("medicine_lines_due").value == share.denominator == oracle["lines"]
    assert share.numerator == oracle["on_time"]
    assert share.value / 100 == near(oracle["otd"])
    assert [share.lower / 100, share.upper / 100] == near(oracle["wilson95"])
    for kpi, name in (("mean", "mean_days_late_of_late"), ("median", "median_days_late_of_late")):
        found = table.total(f"medicine_days_late_{kpi}").value
        if oracle[name] is None:  # nothing was late: there is no mean of nothing
            assert found is None
        else:
            assert found == near(oracle[name])


@pytest.mark.parametrize("key", sorted(expected("B1_batches_per_month")))
def test_the_batches_and_their_mean_yield_per_month(tables, key):
    oracle = expected("B1_batches_per_month")[key]
    table = tables(key, "tablet_batches_started", "tablet_yield_mean")
    assert table.total("tablet_batches_started").value == oracle["batches"]
    if oracle["mean_yield"] is None:
        pytest.skip(NOT_GIVEN)
    assert table.total("tablet_yield_mean").value == near(oracle["mean_yield"])


def test_no_batch_is_missing_from_the_months(tables):
    oracle = expected("B1_batches_per_month")
    total = sum(
        tables(year, "tablet_batches_started").total("tablet_batches_started").value
        for year in ("2018", "2019", "2020", "2021")
    )
    assert total == sum(month["batches"] for month in oracle.values()) == 1005


@pytest.mark.parametrize("cohort", sorted(expected("T1_oulad_on_time")))
def test_the_training_of_a_cohort_over_all_its_years(tables, cohort):
    oracle = expected("T1_oulad_on_time")[cohort]
    on_time, scored = [0, 0], [0, 0]
    for year in periods_between(parse_period("2012"), parse_period("2017")):
        table = tables(year.key, "course_on_time", "course_pass")
        for sums, name in ((on_time, "course_on_time"), (scored, "course_pass")):
            if row := table.member(name, "cohort", cohort):
                sums[0] += row.numerator or 0
                sums[1] += row.denominator or 0
    assert on_time[1] == oracle["submissions"]
    assert on_time[0] / on_time[1] == near(oracle["on_time"])
    assert scored[0] / scored[1] == near(oracle["pass_40"])


@pytest.mark.parametrize(("known", "recalls"), [("2024-01-31", 16), ("2024-03-01", 47), (None, 51)])
def test_the_drug_recalls_of_january_2024_as_known_then_and_now(settings, catalogue, known, recalls):
    moment = None if known is None else dt.datetime.fromisoformat(f"{known}T23:59:59.999999+00:00")
    rows = evaluate_now(settings, catalogue, ["recalls_opened"], parse_period("2024-01"), moment)
    assert KpiTable(rows).member("recalls_opened", "product_type", "Drugs").value == recalls


@pytest.mark.parametrize(
    ("opened", "closed", "level"),
    [
        ("recalls_opened", "recalls_closed", "recalls_open"),
        ("recall_events_opened", "recall_events_closed", "recall_events_open"),
    ],
)
def test_open_at_the_end_is_open_before_plus_opened_minus_closed_in_every_month(
    settings, catalogue, opened, closed, level
):
    checked = 0
    for last in ("2007-01", *(f"{year}-12" for year in range(2007, 2025)), "2025-11"):
        rows = evaluate_now(settings, catalogue, [opened, closed, level], parse_period(last))
        table = KpiTable(rows)
        parts = [(TOTAL, TOTAL)] + [("product_type", member) for member in ("Drugs", "Food")]
        for ago in range(12):
            for part in parts:
                now, before, plus, minus = (
                    row.value if (row := table.member(name, *part, when)) else 0
                    for name, when in ((level, ago), (level, ago + 1), (opened, ago), (closed, ago))
                )
                if None in (now, before, plus, minus):  # before the records begin
                    continue
                assert now == before + plus - minus, (last, ago, part)
                checked += 1
    assert checked > 600
