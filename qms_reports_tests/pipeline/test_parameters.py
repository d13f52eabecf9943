"""A template for N sites is one declaration and one asset: its partition holds a report for each of them."""

import json
from dataclasses import replace

import dagster as dg
import pytest
from typer.testing import CliRunner

from qms_reports import building
from qms_reports.cli import app
from qms_reports.editions import Edition, editions
from qms_reports.periods import parse_period
from qms_reports.pipeline import checks, launching
from qms_reports.reports.publishing import read_manifest
from qms_reports.reports.stored_document import read_report
from qms_reports_tests.pipeline.scenario import Site, made

MAY = Edition(parse_period("2024-05"))
SITES = """
    template: sites
    title: "Incidents of {{ site }}"
    document_number: "INS-{period}-{{ site }}"
    formats: [json, html]
    parameters: {site: {enum: [North, South], dimension: site, each: true}}
    appendix: {limit: 5}
    tiles: [incidents_opened, incidents_open]
    charts:
      - {id: flow, type: bar, title: "Opened in {{ site }}", kpis: [incidents_opened], over: series}
    sections:
      - {id: incidents, title: Incidents, dataset: incidents, charts: [flow]}
"""


def tiles(path) -> dict[str, float | None]:
    return {tile.kpi: tile.value for tile in read_report(path.read_bytes()).tiles}


def test_one_materialization_builds_a_report_for_each_value_and_the_page_lists_their_files(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.declare("templates/sites.yaml", SITES)
    built = launching.build(site.settings, "sites", MAY, opened=opened)
    names = [str(path.relative_to(site.settings.home / "reports/sites")) for path in built.paths]
    assert names == [
        "2024-05/site=North/INS-2024-05-North.json",
        "2024-05/site=South/INS-2024-05-South.json",
        "2024-05/site=North/INS-2024-05-North.html",
        "2024-05/site=South/INS-2024-05-South.html",
    ]
    assert [tiles(path)["incidents_opened"] for path in built.paths[:2]] == [3, 2]
    event = made(opened, "reports/sites/json")["2024-05"].asset_materialization
    assert event is not None
    assert event.metadata["files"].value == [str(path) for path in built.paths[:2]]
    assert event.metadata["parameters"].value == "site=North; site=South"
    assert read_manifest(built.paths[0])["parameters"] == {"site": "North"}
    # The company's own table is that of every other template: a scope has one of its own.
    shared = building.kpi_path(site.settings, "incidents", MAY)
    assert [row.value for row in building.read_table([shared]).rows if row.ago == 0 and not row.dimension] == [25, 5]

    before = {path: path.stat().st_mtime_ns for path in built.paths}
    one = launching.build(site.settings, "sites", MAY, ("json",), opened, given={"site": "South"}, final=True)
    assert [path.name for path in one.paths] == ["INS-2024-05-South.json"]
    run = opened.get_run_by_id(one.run_id)
    assert run is not None
    assert (json.loads(run.tags["qms/parameters"]), run.tags["qms/final"]) == ({"site": "South"}, "true")
    assert read_report(one.paths[0].read_bytes()).final
    assert not read_report(built.paths[0].read_bytes()).final
    assert {path for path in before if path.stat().st_mtime_ns != before[path]} == {one.paths[0]}
    with pytest.raises(launching.BuildFailed, match=r"parameters of sites: site: 'West' is not allowed"):
        launching.build(site.settings, "sites", MAY, opened=opened, given={"site": "West"})


def test_a_check_names_the_dataset_that_does_not_reconcile_and_the_figure_without_its_records(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.declare("templates/sites.yaml", SITES)
    built = launching.build(site.settings, "sites", MAY, ("json",), opened, given={"site": "North"})
    catalogue, edition = site.catalogue, editions(site.catalogue.templates["sites"], MAY.period)[0]
    template, report = catalogue.templates["sites"], read_report(built.files["json"].read_bytes())
    published = checks.Published("json", built.files["json"], "", 0, 1, "", "1", "", ())
    key = dg.AssetKey(["reports", "sites", "json"])

    def problems(changed):
        result = checks.figures(site.settings, catalogue, template, edition, changed, published, key)
        return str(result.description)

    assert problems(report) == "2 figures agree"
    total = replace(report.control_totals[0], accepted=29)
    assert "Incidents: 30 rows were read" in problems(replace(report, control_totals=(total,)))
    appendix = replace(report.appendices[0], counted=2, population=2)
    said = problems(replace(report, appendices=(appendix, *report.appendices[1:])))
    assert "incidents_opened is computed from 3 records, its appendix has 2" in said
    assert "what is read from the file is not the report" in said


def test_a_backfill_builds_every_value_of_every_period(site: Site) -> None:
    site.declare("templates/sites.yaml", SITES)
    first, last = parse_period("2024-04"), parse_period("2024-05")
    outcomes: list[tuple[str, str]] = []
    failed = launching.backfill(site.settings, "sites", first, last, 1, lambda *told: outcomes.append(told), final=True)
    assert (failed, outcomes) == ({}, [("2024-04", "done"), ("2024-05", "done")])
    found = sorted((site.settings.home / "reports/sites").glob("*/site=*/*.json"))
    reports = [path for path in found if path.name.count(".") == 1 and path.name.startswith("INS")]
    assert [path.name for path in reports] == [
        "INS-2024-04-North.json", "INS-2024-04-South.json", "INS-2024-05-North.json", "INS-2024-05-South.json",
    ]  # fmt: skip
    assert all(read_report(path.read_bytes()).final for path in reports)


def test_the_command_line_builds_all_or_one_and_says_what_a_parameter_takes(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    site.declare("templates/sites.yaml", SITES)
    for name in ("home", "catalog", "shipped_catalog", "first_period"):
        monkeypatch.setenv(f"QMS_REPORTS_{name.upper()}", str(getattr(site.settings, name)))
    runner = CliRunner()
    whole = runner.invoke(
        app, ["build", "sites", "--period", "2024-05", "--format", "json", "--out", str(tmp_path / "out")]
    )
    assert whole.exit_code == 0, whole.output
    assert "site=North" in whole.output
    assert sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.json")) == [
        "site=North/INS-2024-05-North.json",
        "site=South/INS-2024-05-South.json",
    ]
    one = runner.invoke(
        app, ["build", "sites", "--period", "2024-05", "--format", "json", "--set", "site=South", "--final"]
    )
    assert "INS-2024-05-South.json" in one.output
    assert "North" not in one.output
    for arguments, said in (
        (["--set", "site=West"], "'West' is not allowed; allowed are North, South"),
        (["--set", "site"], "expected NAME=VALUE"),
        (["--format", "pdf"], "sites is not made as pdf, only as json, html"),
    ):
        refused = runner.invoke(app, ["build", "sites", "--period", "2024-05", *arguments])
        assert refused.exit_code != 0
        assert said in f"{refused.output}{refused.exception}"
