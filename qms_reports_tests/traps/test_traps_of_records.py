"""Traps 6 to 10, 18 and 19: what is counted, and what becomes of records that change, are void, or cannot be."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from qms_reports.datasets.ingestion import versions
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.store import kept_session
from qms_reports_tests.oracles import expected
from qms_reports_tests.traps.planted_home import Case, Home, Plant, values, with_dataset

Cases = dict[str, Case]
GRADES = ("class_1", "class_2", "class_3")


def quarantined(home: Home, dataset: str) -> dict[str, set[str]]:
    """The values for which rows were kept out of a dataset, by the record's key."""
    store = versions(home.settings, home.catalogue.datasets[dataset])
    found: dict[str, set[str]] = {}
    for key, value in kept_session().execute(f"SELECT key, value FROM ({store.quarantine()})").fetchall():
        found.setdefault(key, set()).add(value)
    return found


# --- 6


def test_trap_06_counting_unit_repeated_complaints_are_one_event(plant: Plant, cases: Cases) -> None:
    case, home = cases["duplicates of one event"], plant("duplicates of one event")
    assert home.total("complaints_received", "2023-07").value == case.right["distinct_events"] == 3
    roles = home.catalogue.datasets["complaints"].roles.model_dump() | {"voided": None}
    every_record = with_dataset(home.catalogue, "complaints", roles=roles)
    found = home.total("complaints_received", "2023-07", catalogue=every_record).value
    assert found == case.naive["distinct_events"] == case.right["records_received"] == 9


def test_trap_06_counting_unit_recalled_products_are_events_of_their_gravest_class(plant: Plant, cases: Cases) -> None:
    case, home = cases["recalls of several products"], plant("recalls of several products")
    assert home.total("complaint_recall_events_initiated", "2023-03").value == case.right["events_2023_03"] == 2
    by_class = {grade: _value(home.total(f"complaint_recall_events_{grade}", "2023-03")) for grade in GRADES}
    assert _present(by_class) == case.right["events_by_gravest_class"]
    products = home.wrong("complaint_recall_events_initiated", dataset="product_recalls", dimensions=())
    assert home.total(products, "2023-03").value == case.right["recalled_products_2023_03"] == 4
    roles = home.catalogue.datasets["product_recalls"].roles.model_dump() | {"voided": None}
    ignored = with_dataset(home.catalogue, "product_recalls", roles=roles)
    naive = home.total(products, "2023-03", catalogue=ignored).value
    assert naive == case.naive["events_2023_03"] == 6


def test_trap_06_counting_unit_of_real_recalls_is_the_product_or_the_event(public: Home) -> None:
    names = {"recalls_opened": "products", "recall_events_opened": "events"}
    table = public.table(names, "2024")
    found = {name: values(table, name, "product_type")["Drugs"] for name in names}
    assert found == {"recalls_opened": 557, "recall_events_opened": 319}
    assert found["recall_events_opened"] == expected("K10_event_grain")["Drugs|2024"]["events_opened"]


def test_trap_06_every_shipped_kpi_says_what_it_counts(plant: Plant) -> None:
    kpis = plant("duplicates of one event").catalogue.kpis.values()
    assert [kpi.kpi for kpi in kpis if not kpi.counts and kpi.kind != "statistic"] == []


# --- 7


def test_trap_07_reopened_records_are_open_again_and_keep_their_first_closure(plant: Plant, cases: Cases) -> None:
    case, home = cases["reopened records"], plant("reopened records")
    ends = {"2022-04": "2022-04-30", "2022-05": "2022-05-31", "2022-08": "2022-08-31"}
    found = {f"open_at_end_of_{day}": home.total("quality_events_open", month).value for month, day in ends.items()}
    assert found == {key: case.right[key] for key in found}
    assert home.total("quality_events_opened", "2022").value == 10 < case.naive["opened_counting_every_version"]
    assert home.total("quality_events_reopened", "2022-05").value == case.right["reopened"] == 4
    rate = home.total("quality_event_reopened_rate", "2022-05")
    assert (rate.numerator, rate.denominator) == (4, 10)

    closed_once = home.wrong(
        "quality_events_open",
        filter="occurred_on < period_end and (first_closed_on is null or first_closed_on >= period_end)",
    )
    assert home.total(closed_once, "2022-05").value == case.naive["open_at_end_of_2022-05-31"] == 0
    roles = home.catalogue.datasets["quality_events"].roles.model_dump() | {"reopened": None}
    never_reopened = with_dataset(home.catalogue, "quality_events", roles=roles)
    found_again = home.total("quality_events_open", "2022-04", catalogue=never_reopened).value
    assert found_again == 4 != case.right["open_at_end_of_2022-04-30"]  # later reopened, yet closed in April


def test_trap_07_reopened_records_take_as_long_as_to_their_first_closure(plant: Plant, cases: Cases) -> None:
    case, home = cases["reopened records"], plant("reopened records")
    row = home.total("quality_event_days_to_close_median", "2022")
    assert row.value == statistics.median(case.right["days_to_first_closure"])
    assert row.records == len(case.right["days_to_first_closure"]) == 10
    to_the_last = home.wrong(
        "quality_event_days_to_close_median",
        date="closed_on",
        numerator="max(date_diff('day', occurred_on, closed_on))",
    )
    found = home.total(to_the_last, "2022")
    assert (found.value, found.records) == (max(case.right["days_to_last_closure"]), 8)


# --- 8


def test_trap_08_moved_due_dates_do_not_make_late_capas_timely(plant: Plant, cases: Cases) -> None:
    case, home = cases["moved due dates"], plant("moved due dates")
    row = home.total("capa_on_time_implementation_due_based", "2023-04")
    assert row.numerator == case.right["on_time_against_original"] == 4
    assert row.denominator == case.right["due_originally_in_2023_04"] == 10
    moved = home.wrong("capa_on_time_implementation_due_based", numerator="count_if(implemented_on <= due_on)")
    assert home.total(moved, "2023-04").value == case.naive["on_time_percent"] == 100 != row.value
    current = home.total("capa_on_time_implementation_due_based_current_due", "2023")
    assert current.numerator == case.right["on_time_against_current"]  # shipped under a name that says so
    assert home.total("capa_extension_rate", "2023-04").numerator == case.right["with_extension"] == 6


def test_trap_08_moved_due_dates_do_not_hide_what_is_overdue(plant: Plant) -> None:
    home = plant("moved due dates")
    overdue = home.total("capa_overdue_rate", "2023-05")  # six are still open, all due on 17 April at first
    current = home.total(home.wrong("capa_overdue_rate", due_basis="current"), "2023-05")
    assert overdue.numerator == overdue.denominator == 6
    assert current.numerator == 0


def test_trap_08_moved_delivery_dates_and_defects_found_later_belong_to_what_was_confirmed_and_received(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["supplier lots"], plant("supplier lots")
    row = home.total("supplier_on_time_of_lines_due", "2024-03")
    assert row.numerator == case.right["on_time_against_original"] == 7
    assert row.denominator == case.right["lines_originally_due_in_2024_03"] == 12
    current = home.total("supplier_on_time_of_lines_due_current_date", "2024")
    assert current.numerator == case.right["on_time_against_current"] == 9
    of_what_came = home.wrong(
        "supplier_on_time_of_lines_received",
        numerator="count_if(date_diff('day', confirmed_on, received_on) between 0 and 3)",
    )
    assert home.total(of_what_came, "2024").value == pytest.approx(case.naive["on_time_percent_of_received"])
    assert row.value != pytest.approx(case.naive["on_time_percent_of_received"])

    defects = home.total("supplier_defective_parts_per_million", "2024-03")
    assert defects.numerator == case.right["defective_of_receipts_2024_03"]
    assert defects.value == pytest.approx(case.right["ppm_2024_03"])
    by_detection = home.wrong(
        "supplier_defective_parts_per_million",
        numerator="sum(case when defect_detected_on < period_end then defective_units else 0 end)",
    )
    assert home.total(by_detection, "2024-03").value == case.naive["ppm_2024_03_by_detection"] == 0


def test_trap_08_moved_audits_stay_in_the_programme_they_were_approved_with(plant: Plant, cases: Cases) -> None:
    case, home = cases["audit programme"], plant("audit programme")
    row = home.total("audit_programme_adherence", "2023-Q2")
    assert row.denominator == case.right["planned_at_baseline"] == 5
    assert row.numerator == case.right["performed_by_baseline"] == 3
    moved = home.wrong("audit_programme_adherence", date="planned_on", numerator="count_if(performed_on <= planned_on)")
    assert home.total(moved, "2023").numerator == case.naive["performed_by_current_plan"] == 5


# --- 9


def test_trap_09_voided_records_count_until_the_day_they_become_void_and_stay_in_the_register(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["voided records"], plant("voided records")
    then, later = "2022-09-30T23:59+02:00", "2022-10-31T23:59+01:00"
    assert (
        home.total("quality_events_opened", "2022-09", then).value
        == case.right["opened_in_2022_09_as_known_2022-09-30"]
    )
    assert home.total("quality_events_open", "2022-09", then).value == case.right["open_at_end_of_2022-09-30"] == 8
    assert home.total("quality_events_open", "2022-10", later).value == case.right["open_at_end_of_2022-10-31"] == 5
    # All were opened in September: any period that ends after 10 October counts the five valid ones.
    year = home.total("quality_events_opened", "2022").value
    assert year == case.right["opened_in_2022_09_as_known_2022-10-31"] == 5
    assert home.total("quality_events_voided", "2022-10").value == case.right["voided"] == 3
    assert home.counts["quality_events"]["accepted"] == len(case.rows["quality_events"])  # nothing was deleted

    roles = home.catalogue.datasets["quality_events"].roles.model_dump() | {"voided": None}
    ignored = with_dataset(home.catalogue, "quality_events", roles=roles)
    assert home.total("quality_events_opened", "2022", catalogue=ignored).value == case.naive["opened_in_2022_09"] == 8
    assert home.total("quality_events_open", "2022-10", catalogue=ignored).value == 8


def test_trap_09_void_records_leave_the_backlog_by_a_flow_of_their_own(plant: Plant) -> None:
    home = plant("voided records")
    names = ("opened", "closed", "closed_again", "reopened", "voided_while_open", "open")
    table = home.table([f"quality_events_{name}" for name in names], "2022-12")
    for ago in range(3):
        now = {name: _value(table.total(f"quality_events_{name}", ago)) for name in names}
        before = _value(table.total("quality_events_open", ago + 1))
        went = now["closed"] + now["closed_again"] + now["voided_while_open"]
        assert now["open"] == before + now["opened"] + now["reopened"] - went


def _value(row: Any) -> float:
    return float(row.value)


def test_trap_09_leavers_persons_on_leave_and_outdated_versions_leave_the_denominator(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["training at a date"], plant("training at a date")
    row = home.total("training_compliance", "2023-06")
    assert row.denominator == len(case.right["active_and_due_or_done"]) == 7
    assert row.numerator == len(case.right["compliant"]) == 4
    assert home.total("training_overdue_assignments", "2023-06").numerator == len(case.right["overdue"]) == 2
    all_of_them = home.wrong("training_compliance", filter=None, numerator="count_if(completed_on is not null)")
    found = home.total(all_of_them, "2023-06").value
    assert found == pytest.approx(case.naive["completed_percent_of_all_assignments"])
    assert found != pytest.approx(row.value)


# --- 10


def test_trap_10_reclassified_records_keep_the_class_they_had_at_the_end_of_the_period(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["re-classified records"], plant("re-classified records")
    of_november, of_the_year = (
        {name: _value(home.total(f"quality_events_{name}", period)) for name in ("critical", "major", "minor")}
        for period in ("2022-11", "2022")
    )
    assert _present(of_november) == case.right["severity_as_known_2022-11-30"] == {"minor": 6}
    assert _present(of_the_year) == case.right["severity_as_known_2022-12-31"] == {"critical": 2, "minor": 4}
    as_now = home.wrong("quality_events_critical", filter="severity = 'critical'")
    assert home.total(as_now, "2022-11").value == 2  # November rewritten by December
    assert home.total("quality_event_critical_major_share", "2022-11").numerator == 0
    declared = home.total("quality_event_critical_major_share_as_now_classified", "2022-11")
    assert declared.numerator == 2  # shipped under a name that says so


def _present(counts: dict[str, float]) -> dict[str, float]:
    return {name: count for name, count in counts.items() if count}


def test_trap_10_a_renamed_department_is_one_line_of_the_trend(plant: Plant, cases: Cases) -> None:
    case, home = cases["renamed department"], plant("renamed department")

    def trends(of: Home) -> dict[str, dict[str, float]]:
        table = of.table(["quality_events_opened"], "2023-06")
        found: dict[str, dict[str, float]] = {}
        for row in table.rows:
            if row.dimension == "department":
                found.setdefault(row.member, {})[row.period] = _value(row)
        return found

    assert trends(home) == {case.right["department"]: case.right["opened"]}
    columns = home.catalogue.datasets["quality_events"].model_dump(exclude_unset=True)["columns"]
    columns["department"] = {"title": "Department"}
    two_names = with_dataset(home.catalogue, "quality_events", columns=columns)
    split = trends(plant(case.name, catalogue=two_names))
    assert split.keys() == case.naive.keys()
    for name, counts in case.naive.items():
        assert _present(split[name]) == _present(counts)


# --- 18


def test_trap_18_missing_codes_are_one_visible_group_and_the_parts_add_up(plant: Plant, cases: Cases) -> None:
    case, home = cases["missing codes"], plant("missing codes")
    table = home.table(["quality_events_opened"], "2021-05")
    by_product = values(table, "quality_events_opened", "product")
    assert by_product == case.right["product"]
    assert by_product[NOT_STATED] == 5
    whole = table.total("quality_events_opened")
    assert whole is not None
    assert sum(filter(None, by_product.values())) == whole.value == case.right["total"]
    row = home.total("quality_event_no_root_cause_share", "2021-05")
    assert (row.numerator, row.denominator) == (case.right["root_cause"][NOT_STATED], case.right["total"])

    every_code_a_cause = with_dataset(home.catalogue, "quality_events", missing=[""])
    naive = plant(case.name, catalogue=every_code_a_cause)
    split = values(naive.table(["quality_events_opened"], "2021-05"), "quality_events_opened", "product")
    assert len(split) == case.naive["root_causes"] == 6
    assert naive.total("quality_event_no_root_cause_share", "2021-05").numerator == 1


def test_trap_18_missing_codes_of_the_real_recalls_are_found_whatever_their_spelling(public: Home) -> None:
    assert public.total("recall_number_missing", "2025-10").value == expected("Q3_missing_recall_number")["n"] == 4
    texts_only = with_dataset(public.catalogue, "recalls").datasets["recalls"].missing
    assert {"", "N/A", "-", "?", "Unknown"} <= set(texts_only)


# --- 19


def test_trap_19_impossible_dates_go_to_quarantine_with_a_reason_and_into_no_figure(plant: Plant, cases: Cases) -> None:
    case, home = cases["impossible dates"], plant("impossible dates")
    counts = home.counts["capas"]
    assert counts["quarantined"] == case.right["quarantined"] == 4
    assert counts["read"] == counts["accepted"] + counts["quarantined"]  # nothing is lost
    assert quarantined(home, "capas") == {
        "CA-P17-0007": {"0212-08-11"},
        "CA-P17-0008": {"2200-08-12"},
        "CA-P17-0009": {"2021-05-01"},
        "CA-P17-0010": {"0021-06-16"},
    }
    assert quarantined(home, "capas").keys() == case.quarantined.keys()
    assert home.total("capas_opened", "2021-06").value == case.right["opened_in_2021_06"] == 6
    numerator = "avg(date_diff('day', opened_on, closed_on))"
    mean = home.wrong("capa_days_to_implement_median", date="opened_on", numerator=numerator)
    assert home.total(mean, "2021").value == pytest.approx(case.right["mean_days"])

    columns = home.catalogue.datasets["capas"].model_dump(exclude_unset=True)["columns"]
    anything = {"earliest": "0001-01-01", "latest": "9999-12-31"}
    columns = {name: held | (anything if held.get("type") == "date" else {}) for name, held in columns.items()}
    without_rules = plant(case.name, catalogue=with_dataset(home.catalogue, "capas", columns=columns, rules=[]))
    assert without_rules.counts["capas"]["quarantined"] == 0
    found = without_rules.total(mean, "2021").value
    assert found == pytest.approx(case.naive["mean_days"])
    assert case.naive["mean_days"] < 0 < case.right["mean_days"]


def test_trap_19_the_impossible_date_of_the_real_recalls_is_in_quarantine_and_counted(public: Home) -> None:
    oracle = expected("Q1_quarantine")
    assert quarantined(public, "recalls") == {f"Food\x1f{number}": {"02121207"} for number in oracle["recall_numbers"]}
    assert public.total("recalls_quarantined", "2025-10").value == oracle["rows"] == 1
