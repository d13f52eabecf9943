"""What is planted: really in the files, with the truth that its sentence promises."""

from __future__ import annotations

import datetime as dt
import json
import statistics
from collections import Counter
from decimal import Decimal

import duckdb
import pytest

from qms_reports.example_company.bulk_events import PURGED_ON
from qms_reports.example_company.bulk_production import SHIFT_FROM, SHIFT_PRODUCT
from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.phrases import RENAMED_ON
from qms_reports.example_company.plain import instant, kaplan_meier_median, median, wilson, workdays_after
from qms_reports.example_company.plan import Plan
from qms_reports.example_company.planted import planted_cases
from qms_reports.example_company.planted_case import CLOSED_BY
from qms_reports.example_company.sites import easter, holidays

PLAN = Plan(7, dt.date(2019, 1, 1), dt.date(2025, 12, 31), 5000)
CASES = {case.name: case for case in planted_cases(PLAN)[0]}


def text(value, column_type):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        str(round(Decimal(str(value)), 2).quantize(Decimal("0.01")))
        if column_type.startswith("DECIMAL")
        else str(value)
    )


@pytest.mark.parametrize("name", CASES)
def test_every_version_of_a_planted_record_stands_in_the_files_as_planted_and_nothing_else_has_its_ids(name, company):
    case = CASES[name]
    told = next(each for each in company.truth["cases"] if each["name"] == name)
    for kind, rows in case.rows.items():
        columns = KINDS[kind].columns
        planted = sorted([text(row[column], columns[column]) for column in columns] for row in rows)
        prefix = f"{KINDS[kind].prefix}-P{case.number:02d}-"
        found = [row for row in company.rows[kind] if row[KINDS[kind].key[0]].startswith(prefix)]
        assert sorted([row[column] for column in columns] for row in found) == planted
        assert told["versions"][kind] == len(rows)
        assert told["id_prefix"][kind] == prefix


def test_every_one_of_the_twenty_traps_has_a_case(company):
    assert {case["trap"] for case in company.truth["cases"]} >= set(range(1, 21))
    assert company.truth["cases_outside_the_time"] == []
    assert len({case["case"] for case in company.truth["cases"]}) == len(company.truth["cases"])


@pytest.mark.parametrize(
    ("name", "side", "key", "expected"),
    [
        ("late entries", "right", "opened_in_2024_01_as_known_2024_02_01", 4),
        ("late entries", "right", "opened_in_2024_01_as_known_2024_12_31", 12),
        ("immature cohort", "right", "kaplan_meier_median_days", None),
        ("immature cohort", "naive", "median_days_of_closed", 18.5),
        ("re-dated records", "right", "opened_as_known_2022_06_30", {"2022-04": 3, "2022-05": 3}),
        ("month boundaries", "right", "PHL", {"2024-01": 3, "2024-02": 1}),
        ("month boundaries", "naive", "PHL", {"2024-01": 0, "2024-02": 4}),
        ("clock changes", "right", "QE-P06-0001", {"hours": 25.0, "local_days": 1}),
        ("clock changes", "right", "QE-P06-0003", {"hours": 23.0, "local_days": 1}),
        ("reporting clocks over holidays", "right", "on_time", 8),
        ("reporting clocks over holidays", "naive", "on_time", 0),
        ("months without records", "right", "iso_weeks", {"2020-W53": 2, "2021-W01": 1}),
        ("duplicates of one event", "right", "distinct_events", 3),
        ("reopened records", "right", "open_at_end_of_2022-05-31", 4),
        ("moved due dates", "right", "on_time_against_original", 4),
        ("moved due dates", "right", "on_time_against_current", 10),
        ("voided records", "right", "opened_in_2022_09_as_known_2022-10-31", 5),
        ("re-classified records", "right", "severity_as_known_2022-12-31", {"critical": 2, "minor": 4}),
        ("missing codes", "right", "root_cause", {"(not stated)": 5, "material": 3}),
        ("impossible dates", "right", "quarantined", 4),
        ("points and percent", "right", "percentage_points", 5.0),
        ("overdispersed proportion", "right", "p_prime_points_out", 0),
        ("unsuccessful changes", "right", "followed_within_90_days", 3),
        ("unsuccessful changes", "right", "emergency", 2),
        ("out of specification", "right", "invalidated_percent_of_oos", 40.0),
        ("out of specification", "right", "invalidated_percent_of_tests", 2.0),
        ("lot acceptance", "right", "released_percent_of_started", 60.0),
        ("supplier lots", "right", "ppm_2024_03", 6 * 1e6 / 9000),
        ("audit programme", "right", "performed_by_baseline", 3),
        ("recurring events", "right", "recurring", ["QE-P31-0002", "QE-P31-0005", "QE-P31-0006"]),
        ("cents", "right", "failure_cost", "4.50"),
        ("recalls of several products", "right", "events_by_gravest_class", {"class_1": 1, "class_2": 1}),
        ("recalls of several products", "right", "recalled_products_2023_03", 4),
        ("recalls of several products", "naive", "events_2023_03", 6),
    ],
)
def test_the_truth_is_what_the_case_was_planted_for(name, side, key, expected, company):
    told = next(each for each in company.truth["cases"] if each["name"] == name)
    assert told[side][key] == expected


def test_each_site_rises_and_the_total_falls():
    right = CASES["mix of sites"].right
    assert right["HAM_2022"]["percent"] > right["HAM_2021"]["percent"]
    assert right["OSA_2022"]["percent"] > right["OSA_2021"]["percent"]
    assert right["total_2022"]["percent"] < right["total_2021"]["percent"]


def test_closing_the_old_ones_makes_the_median_of_that_month_jump_while_the_backlog_shrinks():
    right = CASES["backlog purge"].right
    assert right["median_days_closed_2023-11"] > 10 * right["median_days_closed_2023-10"]
    assert right["open_older_than_90_days_at_end_of_2023-10"] == 20
    assert right["open_older_than_90_days_at_end_of_2023-11"] == 0


def test_most_points_of_the_overdispersed_proportion_alarm_only_a_plain_p_chart():
    case = CASES["overdispersed proportion"]
    assert case.naive["p_points_out"] >= 10
    assert case.right["sigma_z"] > 2


def test_who_counts_as_trained_at_a_date():
    right = CASES["training at a date"].right
    assert [key[-2:] for key in right["active"]] == ["01", "02", "03", "04", "07", "08", "11", "12"]
    assert [key[-2:] for key in right["compliant"]] == ["01", "02", "03", "12"]
    assert [key[-2:] for key in right["overdue"]] == ["04", "11"]


def test_complaints_go_on_after_the_sales_have_stopped(company):
    shipped = [row["shipped_on"] for row in company.rows["units_distributed"] if row["product"] == "Planted 23"]
    received = [row["received_on"] for row in company.rows["complaints"] if row["product"] == "Planted 23"]
    assert max(shipped) == "2024-03-25"
    assert max(received) > "2024-10"
    assert CASES["stopped sales"].naive["2024-04"]["per_million"] is None
    assert CASES["stopped sales"].right["2024-04"]["per_million_of_these"] is not None


def test_the_monthly_totals_leave_out_what_belongs_into_quarantine(company):
    totals = company.truth["monthly_totals"]
    june = totals["months"].index("2021-06")
    bad = set(company.truth["must_be_quarantined"])
    keys = {
        row["capa_id"]
        for row in company.rows["capas"]
        if row["opened_on"].startswith("2021-06") and row["capa_id"] not in bad
    }
    voided = {row["capa_id"] for row in company.rows["capas"] if "" < row["voided_on"] < "2021-07"}
    assert totals["flows"]["capas"]["opened"][june] == len(keys - voided)


def test_no_planted_record_of_a_case_that_is_over_stays_open_for_ever():
    still = {
        row[KINDS[kind].key[0]]
        for case in CASES.values()
        for kind, closed in CLOSED_BY.items()
        for row in case.now(kind)
        if row[closed[-1]] is None and row["voided_on"] is None and not row.get("duplicate_of")
    }
    assert still == set()


def test_what_comes_when_a_case_is_over_may_lie_behind_the_time_of_the_company():
    inside, outside = planted_cases(Plan(7, dt.date(2019, 1, 1), dt.date(2025, 11, 10), 5000))
    case = next(case for case in inside if case.name == "immature cohort")
    assert outside == []
    assert case.right == CASES[case.name].right
    whole = len(CASES[case.name].rows["quality_events"])
    assert 28 < len(case.rows["quality_events"]) < whole == 40


def test_a_case_outside_the_time_of_the_company_is_left_out_and_named():
    inside, outside = planted_cases(Plan(7, dt.date(2023, 1, 1), dt.date(2023, 12, 31), 1000))
    assert {"moved due dates", "renamed department"} <= {case.name for case in inside}
    assert {"late entries", "mix of sites"} <= {case.name for case in outside}


def test_quality_control_has_its_new_name_from_the_day_of_the_renaming_on(company):
    for row in company.rows["quality_events"]:
        if "-P" not in row["event_id"] and row["department"] in {"Quality Control", "QC Laboratory"}:
            assert (row["department"] == "QC Laboratory") == (row["logged_at"][:10] >= str(RENAMED_ON))


def test_the_ordinary_records_have_late_entries_voids_reopenings_extensions_and_reclassifications(company):
    rows = [row for row in company.rows["quality_events"] if "-P" not in row["event_id"]]
    for column in ("voided_on", "reopened_on", "reclassified_on"):
        assert any(row[column] for row in rows), column
    assert any(row["extensions"] == "1" for row in rows)
    assert any(
        (dt.date.fromisoformat(r["logged_at"][:10]) - dt.date.fromisoformat(r["occurred_at"][:10])).days > 13
        for r in rows
    )
    assert {"N/A", "Unknown"} <= {row["root_cause"] for row in rows}
    assert sum(row["emergency"] == "true" for row in company.rows["change_controls"]) > 0


def test_the_process_shift_and_the_purge_show_in_the_ordinary_records(larger):
    folder, _ = larger
    events = f"read_parquet('{folder}/quality_events_*.parquet')"
    with duckdb.connect() as connection:
        means = connection.execute(
            f"SELECT batch_ended_on >= DATE '{SHIFT_FROM}', avg(result) FROM '{folder}/test_results_*.parquet' "
            f"WHERE site = 'HAM' AND product = '{SHIFT_PRODUCT}' AND characteristic = 'dissolution' "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
        closed = connection.execute(
            f"SELECT event_id, closed_on - CAST(left(occurred_at, 10) AS DATE) FROM {events} "
            f"WHERE strftime(closed_on, '%Y-%m') = '{PURGED_ON:%Y-%m}' AND NOT contains(event_id, '-P')"
        ).fetchall()
        cohorts = connection.execute(
            "SELECT occurred_at >= '2024-06', avg((closing IS NOT NULL)::INT) FROM (SELECT event_id, max(closed_on) AS "
            f"closing, max(occurred_at) AS occurred_at FROM {events} GROUP BY 1) GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert float(means[0][1] - means[1][1]) == pytest.approx(3, abs=0.3)
    assert sum(days > 365 for _, days in closed) >= 3
    (_, old), (_, newest) = cohorts
    assert old > 0.85
    assert newest < 0.6


# --- the plain computations themselves, against numbers that others published


def test_the_holidays_are_the_real_ones():
    assert [easter(year) for year in (2019, 2024, 2025)] == [
        dt.date(2019, 4, 21),
        dt.date(2024, 3, 31),
        dt.date(2025, 4, 20),
    ]
    assert dt.date(2024, 5, 6) in holidays("OSA", 2024)  # Children's Day on a Sunday, made up for on Monday
    assert dt.date(2020, 5, 6) in holidays("OSA", 2020)  # Constitution Day on a Sunday, behind two more holidays
    assert dt.date(2024, 11, 28) in holidays("PHL", 2024)
    assert dt.date(2024, 5, 9) in holidays("HAM", 2024)  # Ascension


def test_working_days_are_counted_from_the_day_after():
    assert workdays_after(dt.date(2024, 5, 2), 3, "OSA") == dt.date(2024, 5, 9)
    assert workdays_after(dt.date(2024, 5, 2), 3, None) == dt.date(2024, 5, 7)


def test_the_plain_statistics_agree_with_published_and_other_results():
    low, high = wilson(3, 4)
    assert (round(100 * low, 1), round(100 * high, 1)) == (30.1, 95.4)
    assert median([3, 1, 2]) == statistics.median([3, 1, 2])
    assert median([]) is None
    # Acute myelogenous leukaemia, maintained group (Miller 1981): median survival 31 weeks.
    closed = {9, 13, 18, 23, 31, 34, 48}
    weeks = [(week, week in closed) for week in (9, 13, 18, 23, 28, 31, 34, 45, 48, 161)] + [(13, False)]
    assert kaplan_meier_median(weeks) == 31


def test_an_instant_names_the_first_or_the_second_of_two_equal_hours():
    assert instant("2024-10-27 02:30") == "2024-10-27T02:30:00+02:00"
    assert instant("2024-10-27 02:30", second=True) == "2024-10-27T02:30:00+01:00"


def test_the_truth_can_be_read_by_people(company):
    lines = company.written.truth.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    assert json.loads("\n".join(lines)) == company.truth
    assert Counter(case["says"][-1] for case in company.truth["cases"]) == {".": len(company.truth["cases"])}
