"""The standard catalogue: complete, and every KPI gives what a count by hand of a few records gives."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from qms_reports.datasets.ingestion import versions
from qms_reports.datasets.reading import close_sessions, session
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports.store import connect
from qms_reports_tests.standard_delivery import deliver, deliver_all
from qms_reports_tests.standard_expected import COUNTED, OF_THE_QUARTER, VALUES, ages
from qms_reports_tests.standard_records import RECORDS

STANDARD = Path(__file__).parents[1] / "qms_reports" / "catalog" / "standard"
CODES = {"QE": 10, "CA": 6, "CO": 5, "AU": 5, "TR": 4, "DC": 3, "SU": 5, "BA": 7, "CC": 2, "MR": 1, "CQ": 1}
AREAS = {
    "quality_events": "QE", "capas": "CA", "complaints": "CO", "audits": "AU", "training": "TR", "documents": "DC",
    "suppliers": "SU", "batches": "BA", "change_controls": "CC", "management_review": "MR",
    "cost_of_poor_quality": "CQ",
}  # fmt: skip

Figures = dict[tuple[str, str, str], KpiRow]


@pytest.fixture(scope="module")
def standard() -> Catalogue:
    return load_catalogue(Settings(home=Path("nowhere"), catalog=str(STANDARD), shipped_catalog=False))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, standard: Catalogue) -> Iterator[Settings]:
    """A home with all records taken in."""
    folder = tmp_path_factory.mktemp("company")
    settings = Settings(home=folder / "home", catalog=str(STANDARD), shipped_catalog=False)
    for dataset, counts in deliver_all(settings, standard, folder):
        assert counts["accepted"] == len(RECORDS[dataset]), f"{dataset}: {counts}"
    yield settings
    close_sessions()


def figures(settings: Settings, catalogue: Catalogue, period: str) -> Figures:
    wanted = parse_period(period)
    names = [name for name, kpi in catalogue.kpis.items() if wanted.frequency in kpi.frequencies]
    rows = evaluate_now(settings, catalogue, names, wanted)
    return {(row.kpi, row.dimension, row.member): row for row in rows if row.ago == 0}


@pytest.fixture(scope="module")
def may(company: Settings, standard: Catalogue) -> Figures:
    return figures(company, standard, "2024-05")


def test_the_catalogue_loads_without_a_complaint(standard: Catalogue) -> None:
    assert [f"{issue.file}:{issue.line} {issue.message}" for issue in standard.issues] == []
    assert not standard.broken


def test_every_kpi_of_the_catalogue_is_declared_in_its_area(standard: Catalogue) -> None:
    codes = {f"{area}-{number:02d}" for area, last in CODES.items() for number in range(1, last + 1)}
    assert {kpi.code for kpi in standard.kpis.values()} == codes
    for kpi in standard.kpis.values():
        assert kpi.code.startswith(AREAS[standard.domain(kpi)]), kpi.kpi


def test_every_field_of_a_definition_is_filled(standard: Catalogue) -> None:
    for kpi in standard.kpis.values():
        assert all((kpi.title, kpi.formula, kpi.source, kpi.traps, kpi.counts or kpi.kind == "statistic")), kpi.kpi
        assert _unit_fits(kpi), f"{kpi.kpi}: {kpi.kind} in {kpi.unit!r} of {kpi.per}"
        if kpi.kind == "proportion":
            assert kpi.direction != "none", kpi.kpi
            assert kpi.target is not None or kpi.note, f"{kpi.kpi} says neither a target nor why there is none"
        if "overdue_at_end" in f"{kpi.filter} {kpi.numerator}" or "due_on" in f"{kpi.date} {kpi.numerator}":
            assert kpi.due_basis is not None, kpi.kpi
        assert (kpi.calendar == "business_days") == ("business_days(" in f"{kpi.numerator}"), kpi.kpi


def test_titles_say_apart_what_they_name(standard: Catalogue) -> None:
    titles = [kpi.title for kpi in standard.kpis.values()]
    assert sorted(titles) == sorted(set(titles))


def _unit_fits(kpi: Kpi) -> bool:
    match kpi.kind:
        case "count" | "level":
            return kpi.unit == "" and kpi.per == 1 and kpi.decimals == 0
        case "proportion":
            return (kpi.unit, kpi.per) in (("%", 100), ("ppm", 1_000_000))
        case _:
            return kpi.unit != ""


def test_every_kpi_is_counted_by_hand_here(standard: Catalogue) -> None:
    assert set(COUNTED) | set(VALUES) | set(OF_THE_QUARTER) == set(standard.kpis)


@pytest.mark.parametrize("kpi", sorted(COUNTED))
def test_what_is_above_and_below_the_line_is_as_counted_by_hand(may: Figures, kpi: str) -> None:
    row = may[kpi, TOTAL, TOTAL]
    assert (row.numerator, row.denominator) == COUNTED[kpi]


@pytest.mark.parametrize("kpi", sorted(VALUES))
def test_the_value_is_as_computed_by_hand(may: Figures, kpi: str) -> None:
    assert may[kpi, TOTAL, TOTAL].value == pytest.approx(VALUES[kpi], rel=1e-6)


def test_what_only_longer_periods_have_is_as_computed_by_hand(company: Settings, standard: Catalogue) -> None:
    quarter = figures(company, standard, "2024-Q2")
    found = {kpi: quarter[kpi, TOTAL, TOTAL].value for kpi in OF_THE_QUARTER}
    for kpi, expected in OF_THE_QUARTER.items():
        assert found[kpi] == (expected if expected is None else pytest.approx(expected, rel=1e-6)), kpi


@pytest.mark.parametrize(
    ("records", "opened"),
    [("quality_events", "quality_events_opened"), ("capas", "capas_opened"), ("complaints", "complaints_received"),
     ("changes", "changes_opened")],
)  # fmt: skip
def test_the_flows_add_up_to_the_backlog_in_every_month_at_every_site(
    company: Settings, standard: Catalogue, records: str, opened: str
) -> None:
    flow = {opened: 1, f"{records}_closed": -1, f"{records}_closed_again": -1, f"{records}_reopened": 1,
            f"{records}_voided_while_open": -1}  # fmt: skip
    rows = evaluate_now(company, standard, [*flow, f"{records}_open"], parse_period("2024-06"))
    found = {(row.kpi, row.member, row.period): row.numerator or 0 for row in rows if row.dimension in (TOTAL, "site")}
    months = sorted({period for _, _, period in found})
    members = {member for _, member, _ in found}
    moved = 0.0
    for before, month in itertools.pairwise(months):
        for member in members:
            change = sum(sign * found.get((kpi, member, month), 0) for kpi, sign in flow.items())
            at_start, at_end = (found.get((f"{records}_open", member, end), 0) for end in (before, month))
            assert at_end == at_start + change, f"{records} of {member or 'all'} in {month}"
            moved += abs(change)
    assert moved > 0


@pytest.mark.parametrize("kind", ["count", "level"])
def test_the_parts_of_a_count_add_up_to_the_whole(may: Figures, standard: Catalogue, kind: str) -> None:
    checked = 0
    for name, kpi in standard.kpis.items():
        if kpi.kind != kind or kpi.counts == "people" or "month" not in kpi.frequencies:
            continue
        whole = may[name, TOTAL, TOTAL].numerator
        for dimension in kpi.dimensions or standard.datasets[kpi.dataset].dimensions:
            parts = [row.numerator or 0 for (found, of, _), row in may.items() if (found, of) == (name, dimension)]
            assert sum(parts) == whole, f"{name} by {dimension}"
            checked += 1
    assert checked > len(CODES)


def test_the_bands_and_phases_add_up_to_the_open_ones(may: Figures) -> None:
    for records in ("quality_events", "capas", "complaints", "changes"):
        bands = sum(COUNTED[name][0] for name in ages(records, 0, 0, 0, 0))
        assert may[f"{records}_open", TOTAL, TOTAL].numerator == bands
    phases = [f"capas_open_in_{phase}" for phase in ("investigation", "implementation", "effectiveness")]
    assert sum(may[name, TOTAL, TOTAL].numerator or 0 for name in phases) == COUNTED["capas_open"][0]


def test_the_old_and_the_new_name_of_a_department_are_one_member(may: Figures) -> None:
    departments = {member for kpi, dimension, member in may if dimension == "department"}
    assert "QC Laboratory" in departments
    assert "Quality Control" not in departments
    assert may["quality_events_open", "department", "QC Laboratory"].numerator == len(("E2", "E16"))


def test_a_ratio_of_different_cohorts_is_never_coloured(may: Figures, standard: Catalogue) -> None:
    ratios = [name for name in standard.kpis if name.endswith("_closure_ratio")]
    assert len(ratios) == len(("quality events", "capas", "complaints", "changes"))
    for name in ratios:
        row = may[name, TOTAL, TOTAL]
        assert (standard.kpis[name].kind, row.status, row.lower, row.upper) == ("ratio", "none", None, None)


@pytest.mark.parametrize(
    ("dataset", "cells", "rule"),
    [
        ("quality_events", {"closed_on": "2024-04-30", "first_closed_on": "2024-04-30"}, "closed_before_opened"),
        ("quality_events", {"logged_at": "2024-05-01T09:00:00+02:00"}, "logged_before_occurred"),
        ("quality_events", {"due_on": "0212-05-20"}, "impossible_date"),
        ("quality_events", {"due_on": "2103-05-20"}, "impossible_date"),
        ("quality_events", {"severity": "severe"}, "not_allowed"),
        ("quality_events", {"zone": ""}, "missing"),
        ("capas", {"implemented_on": "2024-01-01"}, "implemented_before_opened"),
        ("complaints", {"reported_on": "2024-04-30"}, "reported_before_aware"),
        ("training", {"leave_from": "2024-05-02", "leave_to": "2024-05-01"}, "leave_ends_before_it_begins"),
        ("supplier_deliveries", {"defective_units": "1001"}, "defective_above_received"),
        ("batch_steps", {"units_good_first_pass": "1001"}, "good_above_started"),
        ("costs", {"amount": ""}, "missing"),
    ],
)
def test_an_impossible_record_goes_to_quarantine(
    tmp_path: Path, standard: Catalogue, dataset: str, cells: dict[str, str], rule: str
) -> None:
    settings = Settings(home=tmp_path / "home", catalog=str(STANDARD), shipped_catalog=False)
    counts = deliver(settings, standard, dataset, [RECORDS[dataset][0] | cells, RECORDS[dataset][1]], tmp_path)
    assert (counts["accepted"], counts["quarantined"]) == (1, 1)
    store = versions(settings, standard.datasets[dataset])
    connection = connect()
    rules = connection.execute(f"SELECT DISTINCT rule FROM ({store.quarantine(store.commits())})").fetchall()
    assert rule in {found for (found,) in rules}


def test_all_spellings_of_missing_are_one_member(may: Figures) -> None:
    assert may["quality_events_opened", "severity", "(not stated)"].numerator == len(("E10",))


def test_closures_that_contradict_each_other_leave_the_flows_intact(tmp_path: Path, standard: Catalogue) -> None:
    settings = Settings(home=tmp_path / "home", catalog=str(STANDARD), shipped_catalog=False)
    closed = RECORDS["quality_events"][0]
    rows = [
        closed | {"event_id": "none stated", "first_closed_on": "", "original_due_on": ""},
        closed | {"event_id": "other stated", "first_closed_on": "2024-05-10"},
        closed | {"event_id": "open again", "closed_on": ""},
        closed | {"event_id": "never closed", "first_closed_on": "", "closed_on": "", "reopened_on": "2024-05-25"},
    ]
    counts = deliver(settings, standard, "quality_events", rows, tmp_path)
    assert (counts["accepted"], counts["quarantined"]) == (3, 1)
    with session(settings, standard, ["quality_events"]) as opened:
        found = (
            opened.cursor().execute("SELECT event_id, first_closed_on, original_due_on FROM quality_events").fetchall()
        )
    due, ended = dt.date(2024, 5, 20), dt.date(2024, 5, 18)
    assert {name: dates for name, *dates in found} == {
        "none stated": [ended, due], "other stated": [ended, due], "open again": [None, due]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "holidays", "not_holidays"),
    [
        (
            "hamburg",
            ["2018-10-31", "2024-03-29", "2024-05-09", "2024-05-20", "2025-04-21"],
            ["2024-06-20", "2024-01-06"],
        ),
        ("osaka", ["2019-05-01", "2021-08-09", "2024-02-12", "2026-09-22", "2018-12-24"], ["2019-12-23", "2020-10-12"]),
        ("philadelphia", ["2021-06-18", "2021-12-31", "2024-11-28", "2027-07-05"], ["2020-06-19", "2024-11-29"]),
    ],
)
def test_the_calendars_know_the_moved_and_the_special_holidays(
    standard: Catalogue, calendar: str, holidays: list[str], not_holidays: list[str]
) -> None:
    declared = standard.calendars[calendar].holidays
    assert [date for date in holidays if date not in declared] == []
    assert [date for date in not_holidays if date in declared] == []
    assert {date[:4] for date in declared} == {str(year) for year in range(2018, 2028)}


def test_a_scorecard_item_scores_100_at_its_target_and_75_at_its_warning_limit(standard: Catalogue) -> None:
    assert set(standard.scorecards) == {"quality_score", "training_compliance", "document_efficiency", "supplier_score",
                                        "overall_status"}  # fmt: skip
    for card in standard.scorecards.values():
        assert sum(item.weight for item in card.items) == 100
        for item in card.items:
            if item.kpi is None:
                continue
            assert item.zero is not None
            assert item.full is not None
            kpi = standard.kpis[item.kpi]
            assert kpi.target == item.full
            assert kpi.warning == pytest.approx(item.full - (item.full - item.zero) / 4)
