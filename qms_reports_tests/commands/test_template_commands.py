"""What a person types about templates: validate, template new, list, schema, preview."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from qms_reports.cli import app
from qms_reports.commands.shared import Problem
from qms_reports_tests.previewing.test_preview import ROWS, TEMPLATE
from qms_reports_tests.small_catalogue import Site


class Person:
    """Somebody at a terminal, with an installation of the small catalogue."""

    def __init__(self, site, monkeypatch):
        self.site = site
        self.catalog = site.folder / "catalog"
        monkeypatch.setenv("QMS_REPORTS_HOME", str(site.settings.home))
        monkeypatch.setenv("QMS_REPORTS_CATALOG", str(self.catalog))
        monkeypatch.setenv("QMS_REPORTS_SHIPPED_CATALOG", "false")

    def types(self, *arguments):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, Problem):
            return 2, str(done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout


@pytest.fixture
def person(tmp_path, monkeypatch):
    return Person(Site(tmp_path), monkeypatch)


def test_a_new_template_is_right_at_once_and_its_pages_can_be_seen(person):
    person.site.deliver(ROWS, "2024-06-02")
    code, said = person.types("template", "new", "site_review", "--dataset", "deviations")
    path = person.catalog / "templates" / "site_review.yaml"
    assert (code, f"{path}: a working template" in said) == (0, True)
    assert path.read_text().startswith("# yaml-language-server: $schema=../.schema/template.json\n")
    assert json.loads((person.catalog / ".schema" / "template.json").read_text())["title"] == "Template"
    assert person.types("validate", path) == (0, "template: site_review; no issue\n")
    code, said = person.types("template", "preview", path, "--out", person.site.folder / "pages")
    assert code == 0
    assert (person.site.folder / "pages" / "site_review.pdf").read_bytes().startswith(b"%PDF-")
    assert "May 2024" in said
    code, said = person.types("template", "list")
    assert "site_review  month   Site review, version 1  [catalog/templates/site_review.yaml]" in said


def test_a_new_template_of_some_kpis_takes_a_period_that_all_have(person):
    code, _ = person.types("template", "new", "brief", "--kpis", "opened, closed_share")
    text = (person.catalog / "templates" / "brief.yaml").read_text()
    assert code == 0
    assert "tiles: [opened, closed_share]" in text
    assert "frequency: month" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("brief",), "say what it shows: --kpis with names separated by commas, or --dataset"),
        (("brief", "--dataset", "deviation"), "there is no dataset 'deviation'; did you mean 'deviations'?"),
        (("brief", "--kpis", "opend"), "there is no KPI 'opend'; did you mean 'opened'?"),
        (("Brief", "--kpis", "opened"), "'Brief' is no name"),
    ],
)
def test_a_new_template_of_nothing_is_refused(person, arguments, said):
    code, printed = person.types("template", "new", *arguments)
    assert code == 2
    assert said in printed


def test_nothing_is_overwritten(person):
    assert person.types("template", "new", "brief", "--kpis", "opened")[0] == 0
    assert "there is a template 'brief' already" in person.types("template", "new", "brief", "--kpis", "opened")[1]


def test_a_broken_template_is_listed_and_validated_with_its_issue(person):
    path = person.catalog / "templates" / "brief.yaml"
    path.parent.mkdir()
    path.write_text(TEMPLATE.replace("[opened, closed_share]", "[opend]"))
    line = "catalog/templates/brief.yaml:4:9: error: tiles.0: there is no kpi 'opend' (did you mean 'opened'?)"
    assert f"brief  BROKEN  {line}" in person.types("template", "list")[1]
    for arguments in ((), (path,), (person.catalog,)):
        code, said = person.types("validate", *arguments)
        assert code == 1
        assert line in said
    code, said = person.types("validate", path, "--json")
    (issue,) = json.loads(said)["issues"]
    assert code == 1
    assert issue == {
        "severity": "error", "file": "catalog/templates/brief.yaml", "line": 4, "column": 9, "field": "tiles.0",
        "message": "there is no kpi 'opend'", "hint": "did you mean 'opened'?", "code": "structure.unknown_kpi",
        "category": "structure", "url": "docs/issues.md#structureunknown_kpi"}  # fmt: skip


def test_only_what_matters_is_shown_at_a_level_and_the_exit_code_stays(person):
    path = person.catalog / "templates" / "brief.yaml"
    path.parent.mkdir()
    path.write_text(TEMPLATE.replace("tables: [by_site]}", "tables: []}"))
    code, said = person.types("validate", path)
    assert (code, said.count("\n")) == (0, 2)
    code, said = person.types("validate", path, "--level", "error")
    assert (code, said) == (0, "template: brief; 1 warning\n")
    assert (
        "--level 'all': expected one of info, warning, error, critical" in person.types("validate", "--level", "all")[1]
    )


def test_a_place_that_is_no_catalogue_is_named(person, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "has none of the folders" in person.types("validate", tmp_path / "empty")[1]
    assert "is neither a file nor a folder" in person.types("validate", tmp_path / "absent")[1]


def test_a_schema_is_printed(person):
    code, said = person.types("template", "schema", "theme")
    assert code == 0
    assert json.loads(said)["title"] == "Theme"
    assert "there is no kind 'themes'" in person.types("template", "schema", "themes")[1]
