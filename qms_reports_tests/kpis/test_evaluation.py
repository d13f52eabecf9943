"""What every KPI keeps to: parts make the whole, nothing of nothing is n/a, the order of the input does not matter."""

from __future__ import annotations

import gc
import math
import statistics
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports.kpis import evaluation
from qms_reports.kpis.evaluation import SERIES, evaluate_now
from qms_reports.kpis.rating import rate
from qms_reports.kpis.table import TOTAL, KpiRow, KpiTable
from qms_reports.kpis.trend import direction
from qms_reports.periods import parse_period
from qms_reports.statistics.intervals import exact_poisson, round_significant, wilson
from qms_reports_tests.small_catalogue import Site

ADDITIVE = ("count", "level")


def row(number, **values):
    return {"id": f"D{number}", "opened": "2024-01-10", "site": "A", **values}


@pytest.fixture(scope="module", params=["2014-05", "2019-11", "2025-11"])
def example(request, settings, catalogue):
    """All KPIs of the example catalogue for a month."""
    return KpiTable(evaluate_now(settings, catalogue, catalogue.kpis, parse_period(request.param)))


def test_the_members_of_a_dimension_add_up_to_the_total(example, catalogue):
    compared = 0
    for kpi in catalogue.kpis.values():
        if kpi.kind not in (*ADDITIVE, "proportion"):
            continue
        total = example.total(kpi.kpi)
        for dimension in catalogue.datasets[kpi.dataset].dimensions:
            members = example.members(kpi.kpi, dimension)
            assert sum(m.records for m in members) == total.records, (kpi.kpi, dimension)
            if total.state != "no data":
                assert sum(m.numerator or 0 for m in members) == (total.numerator or 0), (kpi.kpi, dimension)
                assert sum(m.denominator or 0 for m in members) == (total.denominator or 0), (kpi.kpi, dimension)
                compared += 1
    assert compared >= 20


def test_a_proportion_lies_between_0_and_100_and_inside_its_interval(example, catalogue):
    rows = [r for r in example.rows if catalogue.kpis[r.kpi].kind == "proportion" and r.value is not None]
    assert len(rows) > 100
    for r in rows:
        assert 0 <= r.numerator <= r.denominator
        assert 0 <= r.lower <= r.value <= r.upper <= 100
        assert r.value == round_significant(r.numerator / r.denominator * 100)
        assert (r.lower, r.upper) == tuple(
            round_significant(limit * 100) for limit in wilson(int(r.numerator), int(r.denominator))
        )


def test_a_count_has_its_exact_poisson_interval(example, catalogue):
    rows = [r for r in example.rows if catalogue.kpis[r.kpi].kind == "count" and r.value is not None]
    assert len(rows) > 100
    for r in rows:
        assert (r.lower, r.upper) == tuple(map(round_significant, exact_poisson(int(r.value))))


def test_every_figure_has_at_most_12_significant_digits(example):
    for r in example.rows:
        for value in (r.numerator, r.denominator, r.value, r.lower, r.upper):
            assert value is None or value == round_significant(value)


def test_nothing_is_said_about_time_that_the_files_do_not_cover(example, catalogue):
    for kpi in catalogue.kpis:
        for r in example.series(kpi):
            if r.state == "no data":
                assert (r.value, r.numerator, r.denominator, r.lower) == (None,) * 4
                assert r.status == "none"


def test_a_series_holds_the_reported_period_and_the_ones_before_it(settings, catalogue):
    for key in ("2024-05", "2024-Q2", "2024", "FY2024", "2024-W05"):
        period = parse_period(key)
        table = KpiTable(evaluate_now(settings, catalogue, ["recalls_opened"], period))
        series = table.series("recalls_opened")
        assert [r.period for r in series] == [p.key for p in period.series(SERIES[period.frequency])]
        reported = series[-1]
        assert reported.prior == series[-2].value
        last_year = KpiTable(evaluate_now(settings, catalogue, ["recalls_opened"], period.same_period_last_year()))
        assert reported.last_year == last_year.total("recalls_opened").value


def test_a_year_counts_what_its_months_count(settings, catalogue):
    names = ("recalls_opened", "medicine_lines_due", "course_submissions", "recall_events_closed")
    months = KpiTable(evaluate_now(settings, catalogue, names, parse_period("2014-12")))
    year = KpiTable(evaluate_now(settings, catalogue, names, parse_period("2014")))
    for name in names:
        assert sum(months.total(name, ago).value for ago in range(12)) == year.total(name).value


def test_nothing_out_of_nothing_is_not_available_and_no_count_is_zero(tmp_path):
    site = Site(tmp_path)
    site.deliver([row(1), row(2, opened="2024-03-10", points="4")], "2024-06-01T00:00:00")
    table = site.table("2024-02")  # covered, and empty
    found = {kpi: table.total(kpi) for kpi in site.catalogue.kpis}
    assert {r.state for r in found.values()} == {"ok"}
    assert {kpi: r.value for kpi, r in found.items()} == {
        "opened": 0, "closed": 0, "open": 1, "rolling": 1,
        "closed_share": None, "high_share": None, "high_rate": None, "points": None,
        "points_mean": None, "points_median": None, "spread": None,
    }  # fmt: skip
    assert (found["closed_share"].numerator, found["closed_share"].denominator) == (0, 0)
    january = site.table("2024-01")  # a record, but without points
    assert january.total("high_share").value is None
    assert january.total("points").value is None
    assert january.total("closed_share").value == 0


def test_a_record_without_a_value_in_a_dimension_is_a_member_of_its_own(tmp_path):
    site = Site(tmp_path)
    site.deliver([row(1), row(2, site=""), row(3, site="-"), row(4, site="B")], "2024-06-01T00:00:00")
    members = site.table("2024-01").members("opened", "site")
    assert [(m.member, m.value) for m in members] == [("(not stated)", 2), ("A", 1), ("B", 1)]


def test_a_period_not_over_when_the_last_file_came_is_partial_and_one_before_the_first_record_has_no_data(tmp_path):
    site = Site(tmp_path)
    site.deliver([row(1)], "2024-02-15T00:00:00")
    assert {key: site.table(key).total("opened").state for key in ("2023-12", "2024-01", "2024-02", "2024-03")} == {
        "2023-12": "no data", "2024-01": "ok", "2024-02": "partial", "2024-03": "no data",
    }  # fmt: skip


def test_trend_and_status_follow_the_tolerance_and_the_limits(catalogue):
    kpi = catalogue.kpis["medicine_on_time_delivery"]  # up, target 95, warning 90, one decimal, 10 records at least
    pairs = ((99.75, 95.0), (99.8, 95.0), (90.2, 95.0), (None, 1.0), (1.0, None))
    assert [direction(kpi, *pair) for pair in pairs] == [
        "flat", "up", "down", "none", "none",
    ]  # fmt: skip

    def status(value, denominator=100, state="ok"):
        found = KpiRow(kpi.kpi, 1, "2014-05", 0, TOTAL, TOTAL, 1, denominator, denominator, value, None, None, state)
        return rate(kpi, found)

    assert [status(value) for value in (100, 95, 94.999, 90, 89.999, None)] == [
        "good", "good", "warning", "warning", "bad", "none",
    ]  # fmt: skip
    assert status(100, denominator=9) == "none"
    assert status(100, state="partial") == "none"
    falling = catalogue.kpis["recalls_open"].model_copy(update={"target": 10, "warning": 20})
    r = KpiRow("k", 1, "2014-05", 0, TOTAL, TOTAL, 1, None, 1, 10, None, None, "ok")
    assert rate(falling, r) == "good"


def test_a_figure_near_its_target_is_good_and_an_immature_one_is_not_rated(catalogue):
    near = catalogue.kpis["recalls_open"].model_copy(
        update={"direction": "target", "target": 10.0, "tolerance": 0.3, "warning": 1.0}
    )

    def status(value, state="ok"):
        return rate(near, KpiRow("k", 1, "2014-05", 0, TOTAL, TOTAL, 1, None, 1, value, None, None, state))

    assert [status(value) for value in (10.0, 10.3, 9.7, 10.31, 11.0, 9.0, 11.01, 8.9)] == [
        "good", "good", "good", "warning", "warning", "warning", "bad", "bad",
    ]  # fmt: skip
    assert status(10.0, "immature") == "none"


def test_a_member_without_records_had_none_before_and_not_nothing(tmp_path):
    site = Site(tmp_path)
    rows = [row(n, opened="2024-01-10", site="A") for n in range(3)]
    rows += [row(9, opened="2024-02-10", site="B"), row(10, opened="2024-02-10", site="B")]
    site.deliver(rows, "2024-05-01T00:00:00")
    table = site.table("2024-02")
    b, a = (table.member("opened", "site", name) for name in ("B", "A"))
    assert (b.value, b.prior, b.trend) == (2, 0, "up")
    assert (a.value, a.prior, a.trend) == (0, 3, "down")
    assert table.member("opened", "site", "B", 1) is None  # an empty past is not worth a row
    assert b.signal == "noise"


def test_the_reported_row_says_whether_it_is_more_than_noise(example):
    reported = [r for r in example.rows if r.ago == 0]
    complete = any(r.state == "ok" for r in reported)
    assert {r.signal for r in reported} == ({"signal", "noise", "unknown"} if complete else {"unknown"})
    assert all(r.signal == "unknown" for r in reported if r.state != "ok")
    assert all(r.signal_basis for r in reported)
    assert all((r.signal, r.signal_basis, r.trend_last_year) == ("unknown", "", "none")
               for r in example.rows if r.ago != 0)  # fmt: skip


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "opened": st.dates(min_value=parse_period("2023-12").start, max_value=parse_period("2024-03").last_day),
            "days": st.one_of(st.none(), st.integers(0, 80)),
            "site": st.sampled_from(["A", "B", ""]),
            "points": st.one_of(st.none(), st.decimals("0.000001", "9999999", places=6)),
        }
    ),
    min_size=1,
    max_size=25,
)


def test_figures_equal_a_plain_count_and_do_not_depend_on_the_order_of_rows_or_the_cut_of_files(tmp_path_factory):
    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(hypothesis.Phase.generate,),  # shrinking would take minutes
    )
    @hypothesis.given(RECORDS, st.randoms(use_true_random=False), st.integers(1, 4))
    def check(records, random, files):
        import datetime as dt

        rows = [
            {
                "id": f"D{number:02d}",
                "opened": r["opened"].isoformat(),
                "closed": "" if r["days"] is None else (r["opened"] + dt.timedelta(days=r["days"])).isoformat(),
                "site": r["site"],
                "points": "" if r["points"] is None else str(r["points"]),
            }
            for number, r in enumerate(records)
        ]
        one = Site(tmp_path_factory.mktemp("one"))
        one.deliver(rows, "2024-05-01T00:00:00")
        table = one.table("2024-02")
        _compare(table, rows)
        other = Site(tmp_path_factory.mktemp("other"))
        random.shuffle(rows)
        for number in range(files):
            if part := rows[number::files]:
                other.receive(part, "2024-05-01T00:00:00")
        other.take_in()
        assert other.table("2024-02").rows == table.rows

    check()


def test_the_median_of_decimals_is_not_cut_to_their_digits(tmp_path):
    site = Site(tmp_path)
    points = ("0.048653", "0.048654")
    site.deliver(
        [
            {"id": f"D{n}", "opened": "2024-02-05", "closed": "", "site": "A", "points": value}
            for n, value in enumerate(points)
        ],
        "2024-05-01T00:00:00",
    )
    assert site.table("2024-02").total("points_median").value == pytest.approx(0.0486535, abs=1e-12)


def _compare(table, rows):
    opened = [r for r in rows if r["opened"].startswith("2024-02")]
    points = [Decimal(r["points"]) for r in opened if r["points"]]
    rolling = [r for r in rows if r["opened"] >= "2023-12-01" and r["opened"] < "2024-03-01"]
    is_open = [r for r in rows if r["opened"] < "2024-03-01" and (not r["closed"] or r["closed"] >= "2024-03-01")]
    first = min(r["opened"] for r in rows)
    if table.total("opened").state == "no data":
        assert first >= "2024-03-01"
        return
    assert table.total("opened").value == len(opened)
    assert table.total("rolling").value == len(rolling)
    assert table.total("open").value == len(is_open)
    assert table.total("closed").value == sum(r["closed"].startswith("2024-02") for r in rows)
    share = table.total("closed_share")
    assert (share.numerator, share.denominator) == (sum(bool(r["closed"]) for r in opened), len(opened))
    close = {"rel_tol": 1e-9, "abs_tol": 1e-9}
    if points:
        assert table.total("points").numerator == round_significant(float(sum(points)))  # exact: decimals are added
        assert math.isclose(table.total("points_mean").value, statistics.fmean(map(float, points)), **close)
        assert math.isclose(table.total("points_median").value, statistics.median(map(float, points)), **close)
    else:
        assert table.total("points").value is None
    if len(points) > 1:
        spread = table.total("spread").value
        assert math.isclose(spread, statistics.stdev(map(float, points)), rel_tol=1e-6, abs_tol=1e-6)


def test_cycles_are_looked_for_as_before_after_an_evaluation_and_after_one_that_fails(tmp_path, monkeypatch):
    site = Site(tmp_path)
    site.deliver([row(1, opened="2024-03-10")], "2024-06-01T00:00:00")
    during = []
    before = gc.get_threshold()

    def failing(*_):
        during.append(gc.get_threshold())
        raise ZeroDivisionError

    assert site.table("2024-03").total("opened").value == 1
    assert gc.get_threshold() == before
    monkeypatch.setattr(evaluation, "_kpi_rows", failing)
    with pytest.raises(ZeroDivisionError):
        site.table("2024-03")
    assert during[0][2] == 1000
    assert gc.get_threshold() == before


def test_of_two_evaluations_at_once_the_last_to_end_restores_how_cycles_are_looked_for():
    before = gc.get_threshold()
    first, second = evaluation._collecting_seldom(), evaluation._collecting_seldom()
    first.__enter__()
    during = gc.get_threshold()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == during != before
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before
