"""The walk of the README, step by step: the example catalogue builds, and says what its file says."""

import csv
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qms_reports.building import figures
from qms_reports.datasets.ingestion import versions
from qms_reports.datasets.reading import close_sessions
from qms_reports.declarations.catalogue import load_catalogue, load_folders
from qms_reports.editions import Edition
from qms_reports.kpis.table import KpiTable
from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.reports.publishing import read_manifest
from qms_reports.settings import Settings
from qms_reports.store import connect

EXAMPLE = Path(__file__).parents[1] / "docs" / "example_catalogue"
TEMPLATE = "deviation_report"
JUNE = Edition(parse_period("2025-06"))
WRONG, RIGHT = "25.06.2024", "25.06.2025"
"""The typing error in row 51, and what the walk corrects it to."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def day(text: str) -> dt.date | None:
    return dt.datetime.strptime(text, "%d.%m.%Y").date() if text else None  # noqa: DTZ007 - a day has no zone


def expected(deviations: list[dict[str, str]]) -> dict[str, tuple[float, float | None]]:
    """Numerator and denominator of the example's KPIs for June 2025, counted from the file in plain Python."""
    first, last = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
    reported = open_ = closed = in_time = 0
    for row in deviations:
        begun, due, ended = day(row["Reported"]), day(row["Due"]), day(row["Closed"])
        assert begun is not None
        assert due is not None
        if ended is not None and ended < begun:
            continue  # quarantined
        reported += first <= begun <= last
        open_ += begun <= last and (ended is None or ended > last)
        closed += ended is not None and first <= ended <= last
        in_time += ended is not None and first <= ended <= last and ended <= due
    return {
        "deviations_reported": (reported, None),
        "deviations_open": (open_, None),
        "deviations_closed_in_time": (in_time, closed),
    }


def counted(table: KpiTable) -> dict[str, tuple[float | None, float | None]]:
    totals = {name: table.total(name) for name in expected(rows(EXAMPLE / "data" / "deviations.csv"))}
    return {name: (row.numerator, row.denominator) for name, row in totals.items() if row is not None}


class Walk:
    """The folder of somebody who follows the README."""

    def __init__(self, folder: Path) -> None:
        self.catalogue_folder = folder / "quality"
        shutil.copytree(EXAMPLE, self.catalogue_folder)
        self.settings = Settings(home=folder / "home", catalog=str(self.catalogue_folder), shipped_catalog=False)
        self.data = self.catalogue_folder / "data" / "deviations.csv"

    def build(self, edition: Edition = JUNE) -> Path:
        return launching.build(self.settings, TEMPLATE, edition).files["pdf"]

    def table(self, edition: Edition = JUNE) -> KpiTable:
        catalogue = load_catalogue(self.settings)
        return figures(self.settings, catalogue, catalogue.templates[TEMPLATE], edition)

    def correct(self) -> None:
        text = self.data.read_text(encoding="utf-8")
        assert text.count(WRONG) == 1
        self.data.write_text(text.replace(WRONG, RIGHT), encoding="utf-8")


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    yield Walk(tmp_path)
    close_sessions()


def test_the_example_catalogue_has_no_issue():
    assert load_folders((EXAMPLE,)).issues == ()
    shipped = Settings().catalogs
    assert load_folders((*shipped, EXAMPLE)).issues == load_folders(shipped).issues


def test_the_figures_are_those_of_the_file_counted_by_hand_and_a_correction_is_a_new_edition(walk: Walk):
    first = walk.build()
    before = first.read_bytes()
    deviations = rows(walk.data)
    assert len(deviations) == 62
    assert counted(walk.table()) == expected(deviations)
    cutoff = dt.datetime.fromisoformat(read_manifest(first)["cutoff"])  # type: ignore[index]  # there is a manifest

    walk.correct()
    second = walk.build()
    assert second == first
    assert second.read_bytes() != before
    assert counted(walk.table()) == expected(rows(walk.data)) != expected(deviations)
    manifest = read_manifest(second)
    assert manifest is not None
    changed = {name: (earlier, present) for name, earlier, present in manifest["changes"]}
    assert changed["deviations_reported"] == (11, 12)
    assert changed["deviations_closed_in_time"] == (pytest.approx(600 / 9), 70)
    assert [path.read_bytes() for path in first.parent.glob("superseded/*/*.pdf")] == [before]

    earlier = Edition(JUNE.period, cutoff)
    walk.build(earlier)
    assert counted(walk.table(earlier)) == expected(deviations)
    assert second.read_bytes() != before, "an edition of the past does not replace the present one"


def test_the_contradictory_row_is_in_quarantine_and_nowhere_else(walk: Walk):
    walk.build()
    dataset = load_catalogue(walk.settings).datasets["deviations"]
    store = versions(walk.settings, dataset)
    with connect() as connection:
        found = connection.execute(f"SELECT row, rule, value FROM ({store.quarantine()})").fetchall()
        kept = connection.execute(f"SELECT count(*), count(*) FILTER (number = 'DEV-25-051') FROM ({store.as_known()})")
        assert kept.fetchall() == [(61, 0)]
    assert found == [(51, "closed_before_reported", "2024-06-25")]


def test_what_the_backup_chapter_calls_computable_is_computed_again_to_the_byte(walk: Walk):
    walk.build()
    walk.correct()
    pdf = walk.build()
    before = {path: path.read_bytes() for path in (pdf, pdf.with_suffix(".xlsx"))}
    close_sessions()
    home = walk.settings.home
    records = versions(walk.settings, load_catalogue(walk.settings).datasets["deviations"]).folder
    for folder in (home / "kpis", home / "charts", records):
        shutil.rmtree(folder)
    walk.build()
    assert {path: path.read_bytes() for path in before} == before
    assert len(list(pdf.parent.glob("superseded/*"))) == 1


def test_a_column_may_be_called_like_anything_of_ours(walk: Walk):
    """The example's key is called `number`; other names that the package's own SQL uses must be as harmless."""
    dataset = walk.catalogue_folder / "datasets" / "deviations.yaml"
    text = dataset.read_text()
    for old, new in (
        ("category:", "record:"),
        ("root_cause:", "last:"),
        ("derive:\n", "derive:\n  row: {sql: site}\n"),
    ):
        assert text.count(f"  {old}" if old != "derive:\n" else old) == 1
        text = text.replace(old, new)
    dataset.write_text(text)
    walk.build()
    assert counted(walk.table()) == expected(rows(walk.data))


def test_a_division_by_zero_has_no_value_and_leaves_the_other_figures_alone(walk: Walk):
    common = "dataset: deviations, kind: statistic, date: reported_on, title: Odd, formula: odd"
    (walk.catalogue_folder / "kpis" / "odd.yaml").write_text(
        "kpis:\n"
        f"  - {{kpi: none_at_all, {common}, numerator: count(*) / count_if(site = 'West')}}\n"
        f"  - {{kpi: one_by_one, {common}, numerator: avg(10 / (day(reported_on) - 21))}}\n"
    )
    walk.build()
    table = walk.table()
    assert counted(table) == expected(rows(walk.data))
    nothing, some = table.total("none_at_all"), table.total("one_by_one")
    assert nothing is not None
    assert nothing.value is None
    days = [r for r in rows(walk.data) if r["Reported"].endswith(".06.2025") and WRONG not in r["Closed"]]
    parts = [10 / (int(r["Reported"][:2]) - 21) for r in days if r["Reported"][:2] != "21"]
    assert len(parts) < len(days), "a deviation was reported on the 21st"
    assert some is not None
    assert some.value == pytest.approx(sum(parts) / len(parts))
