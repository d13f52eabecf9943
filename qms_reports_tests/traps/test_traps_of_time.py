"""Traps 1, 2, 3, 11, 12 and 13: late entries, immature cohorts, purges, zones, working days, calendars."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest

from qms_reports.datasets.reading import session
from qms_reports.declarations.models import Kpi
from qms_reports.example_company.plain import workdays_after
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import KpiTable
from qms_reports.kpis.trend import improved
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports_tests.traps.planted_home import Case, Home, Plant, total, values

Cases = dict[str, Case]

# --- 1


@pytest.mark.parametrize(("known", "at"), [("2024_02_01", "2024-01-31T23:59+01:00"),
                                           ("2024_03_02", "2024-03-01T23:59+01:00"),
                                           ("2024_12_31", "2024-12-31T23:59+01:00")])  # fmt: skip
def test_trap_01_late_entered_records_are_not_in_what_was_known_then(
    plant: Plant, cases: Cases, known: str, at: str
) -> None:
    case, home = cases["late entries"], plant("late entries")
    right = case.right[f"opened_in_2024_01_as_known_{known}"]
    assert home.total("quality_events_opened", "2024-01", at).value == right
    naive = case.naive["opened_in_2024_01_as_known_2024_02_01"]
    assert home.total("quality_events_opened", "2024-01").value == naive  # without a cut-off: all that came later too
    assert (right == naive) == (known == "2024_12_31")


def test_trap_01_late_entered_records_delivered_later_leave_the_figure_as_known_then_alone(
    plant: Plant, cases: Cases
) -> None:
    case = cases["late entries"]
    in_time = [row for row in case.rows["quality_events"] if row["recorded_at"] < "2024-02-01"]
    late = [row for row in case.rows["quality_events"] if row not in in_time]
    january, february = dt.datetime(2024, 1, 31, 22, 50, tzinfo=dt.UTC), dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    home = plant("late entries", rows={"quality_events": in_time}, received=january)
    reported = home.total("quality_events_opened", "2024-01", "2024-01-31T23:59+01:00")
    home.deliver("quality_events", late, february)
    assert home.total("quality_events_opened", "2024-01", "2024-01-31T23:59+01:00") == reported
    assert reported.value == case.right["opened_in_2024_01_as_known_2024_02_01"] == 4
    assert home.total("quality_events_opened", "2024-01").value == 12


@pytest.mark.parametrize(("label", "at"), [("2022_05_31", "2022-05-31T23:59+02:00"),
                                           ("2022_06_30", "2022-06-30T23:59+02:00")])  # fmt: skip
def test_trap_01_late_corrected_dates_move_a_record_to_another_month_and_count_it_once(
    plant: Plant, cases: Cases, label: str, at: str
) -> None:
    case, home = cases["re-dated records"], plant("re-dated records")
    found = {key: home.total("quality_events_opened", key, at).value or 0 for key in ("2022-04", "2022-05")}
    assert found == case.right[f"opened_as_known_{label}"]
    assert sum(found.values()) == home.total("quality_events_opened", "2022").value == 6
    versions = [row for row in case.rows["quality_events"] if row["recorded_at"] < "2022-07"]
    assert len(versions) == case.naive["opened_in_2022_04_and_2022_05_together"] == 9


@pytest.mark.parametrize(
    ("month", "at_its_end", "days_later", "now"),
    [("2024-01", ("2024-01-31", 16), ("2024-03-01", 47), 51), ("2024-12", ("2024-12-31", 6), ("2025-01-30", 50), 53)],
)
def test_trap_01_late_entered_recalls_of_the_real_file(
    public: Home, month: str, at_its_end: tuple[str, int], days_later: tuple[str, int], now: int
) -> None:
    for day, right in (at_its_end, days_later, ("", now)):
        known = dt.datetime.fromisoformat(f"{day}T23:59:59+00:00") if day else None
        rows = evaluate_now(public.settings, public.catalogue, ["recalls_opened"], parse_period(month), known)
        assert values(KpiTable(rows), "recalls_opened", "product_type")["Drugs"] == right
        assert (right == now) is not bool(day)


# --- 2


def test_trap_02_immature_cohorts_have_no_median_while_most_of_them_are_open(plant: Plant, cases: Cases) -> None:
    case, home = cases["immature cohort"], plant("immature cohort")
    row = home.total("quality_event_days_to_close_kaplan_meier", "2025-10")
    assert row.value is case.right["kaplan_meier_median_days"] is None
    assert (row.numerator, row.denominator) == (20 - case.right["open"], 20)
    assert "the median is not reached" in row.remark
    closed_only = home.wrong(
        "quality_event_days_to_close_kaplan_meier",
        method=None, numerator="median(days_to_close)", filter="first_closed_on < period_end",
    )  # fmt: skip
    assert home.total(closed_only, "2025-10").value == case.naive["median_days_of_closed"] == 18.5


@pytest.mark.parametrize(("year", "kaplan_meier", "of_the_closed"), [("2022", 720, 596), ("2024", None, 324)])
def test_trap_02_immature_cohorts_of_real_recalls_count_their_open_ones(
    public: Home, year: str, kaplan_meier: float | None, of_the_closed: float
) -> None:
    shared = {"dataset": "recalls", "kind": "statistic", "date": "opened_on", "formula": "Days to close"}
    as_of = "date '2025-11-19'"  # the day the file was made
    method = {
        "name": "kaplan_meier_median",
        "values": f"date_diff('day', opened_on, coalesce(closed_on, {as_of}))",
        "event": "closed_on is not null",
    }
    right = Kpi.model_validate({**shared, "kpi": "censored", "title": "Censored", "method": method})
    naive = Kpi.model_validate({**shared, "kpi": "closed", "title": "Closed", "numerator": "median(days_to_close)"})
    table = public.table([right, naive], year)
    assert values(table, "censored", "product_type")["Drugs"] == kaplan_meier
    assert values(table, "closed", "product_type")["Drugs"] == of_the_closed != kaplan_meier


def test_trap_02_immature_months_are_marked_and_not_rated(plant: Plant, cases: Cases) -> None:
    case = cases["unsuccessful changes"]
    home = plant("unsuccessful changes", received=dt.datetime(2024, 12, 30, tzinfo=dt.UTC))
    judged = home.wrong("change_unsuccessful_share", min_denominator=1)
    found = [home.total(judged, f"2024-{month:02d}") for month in range(1, 11)]
    assert [row.state for row in found] == ["ok"] * 9 + ["immature"]
    assert [row.status for row in found] == ["bad"] * 3 + ["good"] * 6 + ["none"]
    hasty = home.wrong("change_unsuccessful_share", min_denominator=1, maturity_days=0)
    assert home.total(hasty, "2024-10").status == "good"  # although nothing could have followed yet
    assert sum(row.numerator or 0 for row in found) == case.right["followed_within_90_days"] == 3
    assert case.naive["followed_ever"] == 5


# --- 3


def test_trap_03_a_backlog_purge_worsens_the_median_and_the_ageing_shows_why(plant: Plant, cases: Cases) -> None:
    right, home = cases["backlog purge"].right, plant("backlog purge")
    median, aged = "quality_event_days_to_close_median", "quality_events_open_over_90_days"
    for month in ("2023-10", "2023-11", "2023-12"):
        table = home.table([median, aged, "quality_events_closed", "quality_events_open"], month)
        assert total(table, median).value == right[f"median_days_closed_{month}"]
        assert total(table, aged).value == right[f"open_older_than_90_days_at_end_of_{month}"]
        assert total(table, "quality_events_closed").value == right[f"closed_{month}"]
        assert total(table, "quality_events_open").value == right[f"open_at_end_of_{month}"]
    purged = home.table([median, aged], "2023-11")
    kpis = home.catalogue.kpis
    better = {
        name: improved(kpis[name], total(purged, name).value, total(purged, name, 1).value) for name in (median, aged)
    }
    assert better == {median: False, aged: True}
    assert {total(purged, name).status for name in (median, aged)} == {"bad", "good"}
    of_the_newer = home.wrong(median, filter="date_diff('day', occurred_on, first_closed_on) <= 90")
    assert home.total(of_the_newer, "2023-11").value != right["median_days_closed_2023-11"]  # hiding the purge shows


def test_trap_03_every_median_of_closure_stands_beside_an_ageing_of_what_is_open(plant: Plant) -> None:
    kpis = plant("backlog purge").catalogue.kpis
    medians = [kpi for name, kpi in kpis.items() if "_days_to_close_median" in name]
    assert {kpi.dataset for kpi in medians} == {"quality_events", "complaints", "change_controls"}
    for kpi in medians:
        beside = [
            other for name, other in kpis.items() if other.dataset == kpi.dataset and name.endswith("open_over_90_days")
        ]
        assert [other.date for other in beside] == ["as_of"]
        assert beside[0].domain == kpi.domain  # in one table


# --- 11


@pytest.mark.parametrize("month", ["2024-01", "2024-02"])
def test_trap_11_month_boundaries_are_those_of_each_site(plant: Plant, cases: Cases, month: str) -> None:
    case, home = cases["month boundaries"], plant("month boundaries")
    table = home.table(["quality_events_opened"], month)
    right = {site: case.right[site][month] for site in ("HAM", "OSA", "PHL")}
    assert values(table, "quality_events_opened", "site") == right
    of_the_server = home.wrong("quality_events_opened", date="occurred_at")
    found = values(home.table([of_the_server], month), "quality_events_opened", "site")
    naive = {site: case.naive[site][month] for site in right}
    assert {site: found.get(site) or 0 for site in right} == naive
    assert all(right[site] != naive[site] for site in right)


def test_trap_11_days_of_23_and_25_hours_are_one_day_and_hours_are_those_that_passed(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["clock changes"], plant("clock changes")
    seconds = "SELECT event_id, days_to_log, epoch(logged_at) - epoch(occurred_at) FROM quality_events"
    with session(home.settings, home.catalogue, ["quality_events"]) as opened:
        found = {key: (days, passed / 3600) for key, days, passed in opened.cursor().execute(seconds).fetchall()}
    assert found.keys() == case.right.keys()
    for key, (days, hours) in found.items():
        assert days == case.right[key]["local_days"] != case.naive[key]["hours_over_24"]
        assert hours == pytest.approx(case.right[key]["hours"])
        assert hours != pytest.approx(case.naive[key]["hours"])


# --- 12


def test_trap_12_business_days_know_the_holidays_of_each_site(plant: Plant, cases: Cases) -> None:
    case, home = cases["reporting clocks over holidays"], plant("reporting clocks over holidays")
    row = home.total("complaint_reported_within_clock", "2024")
    assert (row.numerator, row.denominator) == (case.right["on_time"], case.right["reportable"]) == (8, 9)
    weekends_only = replace(home.catalogue, calendars={})
    open_again = home.total("complaint_reported_within_clock", "2024", catalogue=weekends_only)
    assert open_again.numerator == case.naive["on_time"] == 0
    everywhere_hamburg = replace(home.catalogue, calendars={"hamburg": home.catalogue.calendars["hamburg"]})
    assert home.total("complaint_reported_within_clock", "2024", catalogue=everywhere_hamburg).numerator == 2


def test_trap_12_business_day_zero_is_the_day_of_awareness(plant: Plant, cases: Cases) -> None:
    case = cases["reporting clocks over holidays"]
    last_days = {key: dt.date.fromisoformat(day) for key, day in case.right["last_day"].items()}

    def reported(late: int) -> dict[str, list[dict[str, str]]]:
        rows = []
        for row in case.rows["complaints"]:
            day = workdays_after(last_days[row["complaint_id"]], late, row["site"])
            rows.append(row | {"reported_on": str(day)} if row["reported_on"] else row)
        return {"complaints": rows}

    kpi = "complaint_reported_within_clock"
    on_the_last_day = plant(case.name, rows=reported(0))
    assert on_the_last_day.total(kpi, "2024").numerator == len(last_days)
    assert plant(case.name, rows=reported(1)).total(kpi, "2024").numerator == 0
    declared = on_the_last_day.catalogue.kpis[kpi].numerator
    assert declared is not None
    receipt_is_day_one = declared.replace("reported_on, site)", "reported_on, site) + 1")
    assert on_the_last_day.total(on_the_last_day.wrong(kpi, numerator=receipt_is_day_one), "2024").numerator == 0


# --- 13


def test_trap_13_months_without_records_stand_in_the_trend(plant: Plant, cases: Cases) -> None:
    case, home = cases["months without records"], plant("months without records")
    series = home.table(["quality_events_opened"], "2022-07").series("quality_events_opened")
    assert len(series) == 13
    found = {row.period: row.value for row in series if row.period in case.right["opened"]}
    assert found == case.right["opened"]
    assert all(row.state == "ok" for row in series)
    grouped = {key for key, value in found.items() if value}  # what GROUP BY month alone would know
    assert len(grouped) == case.naive["months_in_the_trend"] == 2


def test_trap_13_week_53_belongs_to_the_iso_year_it_began_in(plant: Plant, cases: Cases) -> None:
    case, home = cases["months without records"], plant("months without records")
    for week, right in case.right["iso_weeks"].items():
        assert home.total("quality_events_opened", week).value == right
    with pytest.raises(ValueError, match="2021 has weeks 01 to 52"):
        parse_period(f"{case.naive['week_53_of_year']}-W53")
    after = home.table(["quality_events_opened"], "2021-W01").series("quality_events_opened")
    assert [row.period for row in after[-3:]] == ["2020-W52", "2020-W53", "2021-W01"]


def test_trap_13_fiscal_periods_of_4_4_5_weeks_count_by_their_own_days(plant: Plant, cases: Cases) -> None:
    case, home = cases["month boundaries"], plant("month boundaries")
    # Years of weeks that end on the last Saturday of December: FY2024 begins on Sunday, 31 December 2023.
    settings = Settings(home=home.settings.home, example_catalog=False, fiscal_weeks="445")
    weeks = Home(settings, home.catalogue)
    periods = [parse_period(f"FY2024-P{number:02d}", settings.fiscal) for number in range(1, 13)]
    assert [(period.end - period.start).days // 7 for period in periods] == [4, 4, 5] * 4
    assert periods[0].start == dt.date(2023, 12, 31)
    assert all(one.end == two.start for one, two in pairwise(periods))
    assert parse_period("FY2022-P12", settings.fiscal).start == dt.date(2022, 11, 20)  # six weeks: the 53rd is its own
    assert parse_period("FY2022-P12", settings.fiscal).end == dt.date(2023, 1, 1)
    # All were planted from 31 January to 1 February: two months, but one period, of 28 January to 24 February.
    of_the_weeks = [weeks.total("quality_events_opened", period).value for period in periods[:3]]
    assert of_the_weeks == [None, 10, 0]  # nothing is known of the time before the first record
    of_the_months = [home.total("quality_events_opened", month).value for month in ("2024-01", "2024-02")]
    assert of_the_months == [sum(site[month] for site in case.right.values()) for month in ("2024-01", "2024-02")]
    assert of_the_months == [5, 5]
