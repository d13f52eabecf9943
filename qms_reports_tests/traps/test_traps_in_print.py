"""Traps 1, 15, 17, 19 and 20 where a reader meets them: in the PDF and in the workbook of a built report."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Template
from qms_reports_tests.traps.planted_home import Case, Home, Plant
from qms_reports_tests.traps.printed_report import Printed, built

Cases = dict[str, Case]

# --- 1


def test_trap_01_late_entered_records_a_report_says_its_data_cut_off(
    plant: Plant, cases: Cases, tmp_path: Path
) -> None:
    case, home = cases["late entries"], plant("late entries")
    declared = """\
template: own
title: Own report
tiles: [quality_events_opened]
sections: [{id: events, title: Events, tables: [events]}]
tables: [{id: events, title: Figures, kpis: [quality_events_opened]}]
"""
    late = built(home, declared, "2024-01", tmp_path / "now")
    then = built(home, declared, "2024-01", tmp_path / "then", as_known="2024-01-31T23:59+01:00")
    known = {
        "2024-01-31": "opened_in_2024_01_as_known_2024_02_01",
        "2026-01-15": "opened_in_2024_01_as_known_2024_12_31",
    }
    for report, cut_off, count in ((late, "2026-01-15", 12), (then, "2024-01-31", 4)):
        assert report.has(f"Data as of {cut_off}")
        ((_, value, *_),) = report.values("Figures")
        assert value == case.right[known[cut_off]] == count


# --- 15


def test_trap_15_percent_of_percent_the_report_prints_points(plant: Plant, cases: Cases, tmp_path: Path) -> None:
    case = cases["points and percent"]
    declared = """\
template: own
title: Own report
tiles: [quality_event_on_time_closure_due_based]
sections: [{id: events, title: Events, text: On time}]
"""
    report = built(plant(case.name), declared, "2023-06", tmp_path)
    assert report.has("85.0 %", f"+{case.right['percentage_points']:.1f} pt", "vs May 2023")
    (row,) = report.tiles()
    assert row[2] == case.right["percent"][1]
    assert row[6] == "+5.0\N{NO-BREAK SPACE}pt"


# --- 17

ROUNDED = """\
template: own
title: Own report
sections: [{id: costs, title: Costs, tables: [parts, change]}]
tables:
  - {id: parts, title: Costs by department, by: department, kpis: [tenths]}
  - {id: change, title: What changed the costs, by: department, kpis: [tenths], contribution: true}
"""
TENTHS = """\
kpi: tenths
title: Costs
dataset: costs
domain: tenths
kind: level
date: posted_on
numerator: sum(amount)
unit: EUR
decimals: 1
formula: Costs posted in the period
dimensions: [department]
"""


def test_trap_17_totals_of_pdf_and_workbook_are_one_number_rounded_once(
    plant: Plant, cases: Cases, tmp_path: Path
) -> None:
    posted = cases["cents"].rows["costs"][0]
    rows = [
        posted | {"posting_id": f"PO-{number}", "department": department, "amount": amount, "posted_on": day}
        for number, (department, amount, day) in enumerate(
            [(name, "0.15", "2021-11-02") for name in ("Packaging", "Production", "Warehouse")]
            + [("Packaging", "0.00", "2021-10-04")]
        )
    ]
    report = built(plant("cents", rows={"costs": rows}), ROUNDED, "2021-11", tmp_path, TENTHS)
    *parts, whole = report.values("Costs by department")
    assert [row[1] for row in parts] == [0.15] * 3
    assert whole == ["All", 0.45]
    assert sum(Decimal("0.2") for _ in parts) == Decimal("0.6")  # what adding up the printed parts would give
    assert report.has("Packaging 0.2 Production 0.2 Warehouse 0.2 All 0.5")  # 0.45 rounded once, halves up
    assert {cell.number_format.count("0") for row in report.sheets["Costs by department"] for cell in row[1:2]} >= {2}
    *members, total = report.values("What changed the costs")
    assert total[:1] + total[3:4] == ["All", 0.45]
    assert [row[3] for row in members] == [0.15] * 3
    said = "The contributions add up to the change of the line All; rounded, they may miss it by a digit."
    for sheet, note in (
        ("What changed the costs", said),
        ("Costs by department", "Rounded, the figures may miss the line All by a digit."),
    ):
        assert report.notes[sheet] == note
        assert report.has(note)


# --- 19


def test_trap_19_impossible_dates_are_listed_and_counted_on_the_data_quality_page(
    plant: Plant, cases: Cases, tmp_path: Path
) -> None:
    case = cases["impossible dates"]
    declared = """\
template: own
title: Own report
tiles: [capas_opened]
sections: [{id: capas, title: CAPAs, text: Opened}]
"""
    report = built(plant(case.name), declared, "2021-06", tmp_path)
    assert [row[2] for row in report.tiles()] == [case.right["opened_in_2021_06"]]
    read, accepted, kept_out, duplicates = report.values("Data quality")[0][5:9]
    assert (kept_out, duplicates) == (case.right["quarantined"], 0)
    assert read == accepted + kept_out == len(case.rows["capas"])
    rows = report.values("Quarantined rows")
    assert {row[2] for row in rows} == {7, 8, 9, 10}
    for *_, value, message in rows:
        assert report.has(value, message)
    assert report.has("All quarantined rows are listed.", "None of them is in any figure.")


# --- 20

ON_TIME = "quality_event_on_time_closure_due_based"
BESIDE = ("_extension_rate", "_reopened_rate", "s_voided")


def companions(catalogue: Catalogue, kpi: str) -> set[str]:
    """The extensions, reopenings and voids that belong beside an on-time KPI; of records that can have them."""
    held = catalogue.kpis[kpi]
    if "_on_time_" not in kpi or not catalogue.datasets[held.dataset].roles.reopened:
        return set()
    return {name for name, other in catalogue.kpis.items() if other.dataset == held.dataset and name.endswith(BESIDE)}


def left_out(catalogue: Catalogue, template: Template) -> set[str]:
    """The companions that a template shows an on-time figure without."""
    shown = {*template.tiles, *(name for section in template.sections for name in section.tiles)}
    shown |= {name for table in template.tables for name in table.kpis}
    wanted = {name for kpi in shown for name in companions(catalogue, kpi)}
    return {_of_frequency(catalogue, name, template.frequency) for name in wanted} - shown


def _of_frequency(catalogue: Catalogue, companion: str, frequency: str) -> str:
    """The companion, or where it is a rate over twelve months and the period is another, the count of the same."""
    rate = catalogue.kpis[companion]
    if frequency in rate.frequencies:
        return companion
    (counted,) = (
        name
        for name, kpi in catalogue.kpis.items()
        if kpi.dataset == rate.dataset and kpi.kind == "count" and name.endswith("s_reopened")
    )
    assert companion.endswith("_reopened_rate")
    return counted


def too_green(kpis: Iterable[str]) -> str:
    """A template with a table of some KPIs."""
    listed = ", ".join(kpis)
    return f"""\
template: own
title: Own report
sections: [{{id: events, title: Events, tables: [events]}}]
tables: [{{id: events, title: On time and how, kpis: [{listed}]}}]
"""


def test_trap_20_too_green_extensions_reopenings_and_voids_are_printed_beside_on_time(
    plant: Plant, cases: Cases, tmp_path: Path
) -> None:
    case, home = cases["too green"], plant("too green")
    current = f"{ON_TIME}_current_due"
    names = [ON_TIME, current, *sorted(companions(home.catalogue, ON_TIME))]
    february, march = (
        _shown(home, built(home, too_green(names), month, tmp_path / month), names) for month in ("2025-02", "2025-03")
    )
    # In February all that is due (as now agreed) is on time, as is all in March: 100 %, and how.
    assert february[current] == march[current] == 100
    valid, right = case.right["valid"], case.right
    assert february[ON_TIME] == 100 * right["first_closure_by_original_due"] / valid == 50
    assert february["quality_event_extension_rate"] == 100 * right["extended"] / valid == 50
    assert february["quality_events_voided"] == right["voided"] == 2
    assert march["quality_event_reopened_rate"] == 100 * right["reopened"] / valid == 10
    year = home.total(current, "2025")
    assert (year.numerator, year.status) == (right["first_closure_by_current_due"], "good")
    assert home.total(ON_TIME, "2025").status == "bad"


def _shown(home: Home, report: Printed, names: Iterable[str]) -> dict[str, float]:
    """The values of a report's table, which are those of its PDF."""
    found = {}
    for name, (title, value, unit, basis, *_) in zip(names, report.values("On time and how"), strict=False):
        kpi = home.catalogue.kpis[name]
        assert title == kpi.title
        printed = "n/a" if value == "n/a" else f"{value:.{kpi.decimals}f}"
        assert report.has(title, printed, unit or "", basis or "")
        found[name] = value
    return found


@pytest.mark.parametrize(
    ("kpi", "beside"),
    [
        (ON_TIME, {"quality_event_extension_rate", "quality_event_reopened_rate", "quality_events_voided"}),
        ("capa_on_time_implementation_due_based", {"capa_extension_rate", "capa_reopened_rate", "capas_voided"}),
        ("complaint_on_time_closure_due_based",
         {"complaint_extension_rate", "complaint_reopened_rate", "complaints_voided"}),
        ("change_on_time_closure_due_based", {"change_extension_rate", "change_reopened_rate", "changes_voided"}),
    ],
)  # fmt: skip
def test_trap_20_too_green_every_on_time_kpi_has_its_extensions_reopenings_and_voids(
    standard: Catalogue, kpi: str, beside: set[str]
) -> None:
    assert companions(standard, kpi) == beside


def test_trap_20_too_green_no_shipped_template_shows_on_time_figures_alone(standard: Catalogue) -> None:
    alone = Template.model_validate(
        {"template": "own", "title": "Own", "tiles": [ON_TIME], "sections": [{"id": "s", "title": "S"}]}
    )
    assert left_out(standard, alone) == companions(standard, ON_TIME)
    found = {name: left_out(standard, template) for name, template in standard.templates.items()}
    assert {name: missing for name, missing in found.items() if missing} == {}
