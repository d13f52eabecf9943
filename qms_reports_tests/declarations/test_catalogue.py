"""The catalogue as a whole: what is wrong is named with its place, and harms only what depends on it."""

# ruff: noqa: E501 - a table of mistakes reads best with one a line

from __future__ import annotations

import re

import pytest

from qms_reports.declarations.catalogue import load_catalogue, load_folders
from qms_reports.declarations.issues import Severity
from qms_reports.settings import EXAMPLE_CATALOG, STANDARD_CATALOG, Settings
from qms_reports_tests.small_catalogue import write_catalogue


@pytest.fixture
def folder(tmp_path):
    return write_catalogue(tmp_path / "catalog")


def changed(folder, file, old, new):
    """The catalogue after one change of a file."""
    path = folder / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return load_folders((folder,))


def said(catalogue, severity=Severity.ERROR):
    return [str(issue) for issue in catalogue.issues if issue.severity is severity]


def test_the_shipped_catalogue_has_no_issue_at_all():
    catalogue = load_folders((EXAMPLE_CATALOG,))
    assert catalogue.issues == ()
    assert catalogue.broken == ()
    assert len(catalogue.kpis) >= 12
    assert len(catalogue.sources) >= 4


def test_the_small_catalogue_is_good(folder):
    catalogue = load_folders((folder,))
    assert catalogue.issues == ()
    assert set(catalogue.datasets) == {"deviations"}


@pytest.mark.parametrize(
    ("file", "old", "new", "message", "hint"),
    [
        ("sources/deviations_export.yaml", "delivers:", "delivres:", "unknown key 'delivres'", "did you mean 'delivers'?"),
        ("datasets/deviations.yaml", "period_date:", "period_dat:", "unknown key 'period_dat'", "did you mean 'period_date'?"),
        ("datasets/deviations.yaml", "period_date: opened", "period_date: openned", "there is no column 'openned'", "did you mean 'opened'?"),
        ("datasets/deviations.yaml", "source: deviations_export", "source: deviation_export", "there is no source 'deviation_export'", "did you mean 'deviations_export'?"),
        ("datasets/deviations.yaml", "{type: number, scale: 6}", "{type: numbr, scale: 6}", "text 'numbr' is not allowed here", "did you mean 'number'?"),
        ("datasets/deviations.yaml", "sql: closed >= opened", "sql: closed >= openned", "there is no column 'openned'", "did you mean 'opened'?"),
        ("datasets/deviations.yaml", "withdrawn: state = 'cancelled'", "withdrawn: state", "is varchar, but a condition is true or false", "compare it"),
        ("kpis/deviations.yaml", "kind: level", "kind: levell", "text 'levell' is not allowed here", "did you mean 'level'?"),
        ("kpis/deviations.yaml", "date: closed,", "date: cloesd,", "'cloesd' is no date column of dataset deviations", "did you mean 'closed'?"),
        ("kpis/deviations.yaml", "count_if(is_open_at_end)", "count_if(is_open_at_ends)", "there is no column 'is_open_at_ends'", "did you mean 'is_open_at_end'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_column_and_what_was_probably_meant(folder, file, old, new, message, hint):
    (issue, *_) = [line for line in said(changed(folder, file, old, new)) if message in line]
    wrong = re.search("'(.*?)'", message) or re.search("(state)$", new)
    text = (folder / file).read_text()
    start = text.index(new) + new.index(wrong.group(1))
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    assert issue.startswith(f"catalog/{file}:{line}:{column}: error: ")
    assert hint in issue


def test_a_mistake_inside_a_block_of_sql_is_named_at_its_own_line_and_column(folder):
    block = "numerator: |\n      count_if(\n        opened < closed\n        and poinst > 5\n      )\n"
    (folder / "kpis" / "more.yaml").write_text(
        "kpis:\n  - kpi: more\n    title: More\n    dataset: deviations\n    kind: count\n    date: opened\n"
        f"    {block}    formula: More\n"
    )
    (issue,) = said(load_folders((folder,)))
    assert issue.startswith("catalog/kpis/more.yaml:10:13: error: kpis.0.numerator: there is no column 'poinst'")
    folded = block.replace("|", ">-")
    text = (folder / "kpis" / "more.yaml").read_text().replace(block, folded)
    (folder / "kpis" / "more.yaml").write_text(text)
    (issue,) = said(load_folders((folder,)))
    assert issue.startswith("catalog/kpis/more.yaml:")
    assert "there is no column 'poinst' (did you mean 'points'?)" in issue


def test_hostile_sql_in_a_declaration_is_an_issue_and_the_kpi_is_broken(folder):
    hostile = "count_if((select content from read_text('/etc/passwd')) is null)"
    catalogue = changed(folder, "kpis/deviations.yaml", "count_if(is_open_at_end)", hostile)
    assert "open" not in catalogue.kpis
    assert any("a query inside an expression is not allowed" in line for line in said(catalogue))
    assert {"opened", "closed"} <= set(catalogue.kpis)


def test_a_broken_dataset_breaks_what_depends_on_it_and_nothing_else(tmp_path):
    write_catalogue(tmp_path / "catalog")
    (tmp_path / "catalog/datasets/deviations.yaml").write_text("dataset: deviations\ntitle: Deviations\nkey: []\n")
    catalogue = load_folders((EXAMPLE_CATALOG, tmp_path / "catalog"))
    shipped = load_folders((EXAMPLE_CATALOG,))
    assert set(catalogue.kpis) == set(shipped.kpis)
    assert set(catalogue.templates) == set(shipped.templates)
    broken = {(b.kind, b.name) for b in catalogue.broken}
    assert ("dataset", "deviations") in broken
    assert {name for kind, name in broken if kind == "kpi"} >= {"opened", "closed", "open", "points"}
    follow_ups = [str(i) for b in catalogue.broken if b.kind == "kpi" for i in b.issues]
    assert all("dataset 'deviations' is broken (mend its own declaration first)" in line for line in follow_ups)
    assert "deviations_export" in catalogue.sources


def test_a_file_that_is_no_yaml_breaks_only_itself(folder):
    (folder / "kpis" / "torn.yaml").write_text("kpis:\n  - kpi: [torn\n")
    catalogue = load_folders((folder,))
    assert [(b.kind, b.name) for b in catalogue.broken] == [("kpi", "torn")]
    assert "opened" in catalogue.kpis


def test_a_later_catalogue_wins_and_says_so(tmp_path):
    (tmp_path / "own" / "kpis").mkdir(parents=True)
    (tmp_path / "own" / "kpis" / "mine.yaml").write_text(
        "kpi: recalls_opened\ntitle: Mine\ndataset: recalls\nkind: count\ndate: opened_on\n"
        "numerator: count(*)\nformula: Mine\n"
    )
    catalogue = load_catalogue(Settings(home=tmp_path / "home", catalog=str(tmp_path / "own")))
    assert catalogue.kpis["recalls_opened"].title == "Mine"
    (issue,) = catalogue.issues
    assert issue.severity is Severity.INFO
    assert str(issue).startswith("own/kpis/mine.yaml:1:6: info: kpi: kpi 'recalls_opened' is already declared in")
    assert "public_data/kpis/recalls.yaml; this one is used instead" in str(issue)
    assert catalogue.templates.keys() == load_folders((STANDARD_CATALOG, EXAMPLE_CATALOG)).templates.keys()


def test_a_broken_declaration_that_shadows_a_good_one_does_not_bring_it_back(tmp_path):
    (tmp_path / "own" / "kpis").mkdir(parents=True)
    (tmp_path / "own" / "kpis" / "recalls_opened.yaml").write_text("kpi: recalls_opened\ntitle: Mine\n")
    catalogue = load_catalogue(Settings(home=tmp_path / "home", catalog=str(tmp_path / "own")))
    assert "recalls_opened" not in catalogue.kpis
    assert "monthly_quality_review" not in catalogue.templates
    assert {(b.kind, b.name) for b in catalogue.broken} == {
        ("kpi", "recalls_opened"),
        ("template", "monthly_quality_review"),
    }


def test_the_same_name_twice_in_one_catalogue_is_an_error_for_the_second(folder):
    (folder / "kpis" / "again.yaml").write_text(
        "kpi: opened\ntitle: Again\ndataset: deviations\nkind: count\ndate: opened\nnumerator: count(*)\nformula: Again\n"
    )
    catalogue = load_folders((folder,))
    (issue,) = said(catalogue)
    assert "kpi 'opened' is already declared in catalog/kpis/" in issue
    assert "opened" in catalogue.kpis


def test_fiscal_periods_without_a_calendar_of_weeks_are_refused_with_what_to_set(folder):
    kpi = "{kpi: opened, title: Opened, dataset: deviations,"
    catalogue = changed(folder, "kpis/deviations.yaml", kpi, kpi + " frequencies: [month, fiscal_month],")
    (issue,) = said(catalogue)
    assert "frequencies.1: fiscal_month needs a fiscal year of weeks (4-4-5)" in issue
    assert "set QMS_REPORTS_FISCAL_WEEKS to 445, 454 or 544" in issue
    assert "opened" not in catalogue.kpis
    assert load_folders((folder,), fiscal_weeks=True).issues == ()
    settings = Settings(home=folder, catalog=str(folder), shipped_catalog=False)
    assert load_catalogue(settings).issues == catalogue.issues
    assert (
        load_catalogue(settings.model_copy(update={"fiscal_weeks": "445"})).kpis["opened"].frequencies[1]
        == "fiscal_month"
    )


def test_a_catalogue_folder_that_is_not_there_is_named(tmp_path):
    catalogue = load_catalogue(Settings(home=tmp_path, catalog=str(tmp_path / "nowhere")))
    assert any("there is no catalogue folder" in line for line in said(catalogue))
    assert catalogue.templates


def test_a_changed_file_is_read_again_and_an_unchanged_catalogue_is_not(folder):
    first = load_folders((folder,))
    assert load_folders((folder,)) is first
    second = changed(folder, "kpis/deviations.yaml", "title: Opened,", "title: Opened in the period,")
    assert second is not first
    assert second.kpis["opened"].title == "Opened in the period"


def test_a_declarations_hash_changes_with_its_content_and_not_with_comments_or_order(folder):
    def hash_of(catalogue):
        return catalogue.declaration_hash([("kpi", "opened"), ("dataset", "deviations")])

    before = hash_of(load_folders((folder,)))
    path = folder / "datasets" / "deviations.yaml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["# a comment", lines[1], lines[0], *lines[2:]]) + "\n")
    assert hash_of(load_folders((folder,))) == before
    assert hash_of(changed(folder, "kpis/deviations.yaml", "formula: Opened}", "formula: Opened ones}")) != before


def test_a_view_over_quarantined_rows_has_the_columns_of_the_quarantine(folder):
    (folder / "datasets" / "bad_rows.yaml").write_text(
        "dataset: bad_rows\ntitle: Bad rows\nview: {dataset: deviations, rows: quarantined, group_by: [rule]}\n"
        "key: [rule]\nperiod_date: received_on\nderive:\n  received_on: {sql: min(received_on), type: date}\n"
        "  rows_of_files: {sql: count(distinct file_row), type: integer}\n"
    )
    assert load_folders((folder,)).issues == ()
    catalogue = changed(folder, "datasets/bad_rows.yaml", "group_by: [rule]", "group_by: [site]")
    assert any("there is no column 'site'" in line for line in said(catalogue))
