"""What the checks ask, and what a failed one stops."""

import dagster as dg
import pytest

from qms_reports import building
from qms_reports.charts.stored import read_charts
from qms_reports.datasets.ingestion import versions
from qms_reports.editions import Edition
from qms_reports.kpis.table import read_table, write_table
from qms_reports.periods import parse_period
from qms_reports.pipeline import checks, launching
from qms_reports.pipeline.inbox import clean_or_turn_away, take, waiting
from qms_reports_tests.pipeline.scenario import INCIDENTS, Site, check_results, csv, made

BAD_MAY = [("I-05-1", "Nowhere", "2024-05-04", ""), ("I-05-2", "Nowhere", "2024-05-05", "")]
"""Two of May's five incidents with a site that is not allowed."""


def deliver(site: Site, name: str, rows: list[tuple[str, str, str, str]]) -> None:
    """Take a dropped file into the dataset."""
    site.drop(name, rows)
    for path in list(waiting(site.settings)):
        take(site.settings, site.catalogue, path)
    clean_or_turn_away(site.settings, site.catalogue, site.catalogue.datasets["incidents"])


def declared_data(site: Site, replaced: list[tuple[str, str, str, str]]) -> None:
    numbers = {row[0] for row in replaced}
    rows = [row for row in INCIDENTS if row[0] not in numbers] + replaced
    (site.folder / "data" / "incidents.csv").write_text(csv(rows))


def failure(site: Site, opened: dg.DagsterInstance, template: str, period: str) -> str:
    with pytest.raises(launching.BuildFailed) as caught:
        site.build(template, period, opened)
    return str(caught.value)


def test_a_month_with_too_many_bad_rows_stops_its_own_figures_charts_and_reports_and_nothing_else(
    site: Site, opened: dg.DagsterInstance
) -> None:
    declared_data(site, BAD_MAY)
    said = failure(site, opened, "monthly", "2024-05")
    assert said == ("datasets/incidents: check 'rules' failed: 2 of 5 rows are in quarantine (40.0%, limit 20.0%)")
    assert check_results(opened, "datasets/incidents", "rules") == [("2024-05", False)]
    assert list(made(opened, "datasets/incidents")) == ["2024-05"]
    for key in ("kpis/month/incidents", "charts/monthly", "reports/monthly/pdf", "reports/monthly/xlsx"):
        assert made(opened, key) == {}
    site.build("monthly", "2024-06", opened)
    assert list(made(opened, "reports/monthly/pdf")) == ["2024-06"]
    assert check_results(opened, "datasets/incidents", "rules") == [("2024-05", False), ("2024-06", True)]


def test_a_month_passes_again_once_its_bad_rows_have_been_delivered_rightly(
    site: Site, opened: dg.DagsterInstance
) -> None:
    declared_data(site, BAD_MAY)
    assert "quarantine" in failure(site, opened, "monthly", "2024-05")
    deliver(site, "incidents_mended.csv", [row for row in INCIDENTS if row[0] in ("I-05-1", "I-05-2")])
    site.build("monthly", "2024-05", opened)
    assert check_results(opened, "datasets/incidents", "rules")[-1] == ("2024-05", True)


def test_a_bad_row_delivered_twice_is_one_bad_row(site: Site, opened: dg.DagsterInstance) -> None:
    bad = [("I-05-9", "Nowhere", "2024-05-09", "")]
    site.build("monthly", "2024-05", opened)
    deliver(site, "incidents_1.csv", bad)
    deliver(site, "incidents_2.csv", [*bad, ("I-06-9", "North", "2024-06-09", "")])
    store = versions(site.settings, site.catalogue.datasets["incidents"])
    assert sum(commit.quarantined_months.get("2024-05", 0) for commit in store.commits()) == 2
    assert checks.standing_quarantine(store, "2024-05", full=False) == 1
    assert checks.standing_quarantine(store, "2024-06", full=False) == 0


def test_of_full_extracts_only_the_latest_tells_what_is_wrong(site: Site, opened: dg.DagsterInstance) -> None:
    site.replace("sources/incidents.yaml", "received_at", "delivers: full\nreceived_at")
    declared_data(site, BAD_MAY)
    assert "quarantine" in failure(site, opened, "monthly", "2024-05")
    deliver(site, "incidents_all.csv", list(INCIDENTS))
    store = versions(site.settings, site.catalogue.datasets["incidents"])
    assert checks.standing_quarantine(store, "2024-05", full=True) == 0
    site.build("monthly", "2024-05", opened)


def test_a_month_inside_the_records_with_too_few_rows_fails(site: Site, opened: dg.DagsterInstance) -> None:
    site.replace("datasets/incidents.yaml", "max_quarantined_share: 0.2", "max_quarantined_share: 0.2, min_rows: 6")
    assert "5 rows, at least 6 are expected" in failure(site, opened, "monthly", "2024-05")


def test_a_quarter_is_stopped_by_each_of_its_bad_months_and_names_them(site: Site, opened: dg.DagsterInstance) -> None:
    declared_data(site, BAD_MAY)
    assert "datasets/incidents 2024-05: 2 of 5 rows are in quarantine" in failure(site, opened, "quarterly", "2024-Q2")
    assert made(opened, "reports/quarterly/pdf") == {}
    site.build("quarterly", "2024-Q1", opened)


def test_a_source_without_a_file_warns_and_stops_nothing(site: Site, opened: dg.DagsterInstance) -> None:
    built = site.build("courses_monthly", "2024-05", opened)
    assert built.files["pdf"].exists()
    assert check_results(opened, "sources/courses", "received") == [(None, False)]


def test_a_template_broken_after_the_page_was_loaded_stops_its_charts_and_reports_with_file_and_line(
    site: Site, opened: dg.DagsterInstance
) -> None:
    loaded = site.definitions
    site.replace("templates/monthly.yaml", "kpis: [incidents_opened]", "kpis: [incidents_opend]")
    job = loaded.resolve_implicit_global_asset_job_def()
    selection = [
        dg.AssetKey(key.split("/"))
        for key in (
            "sources/incidents",
            "datasets/incidents",
            "kpis/month/incidents",
            "templates/monthly",
            "charts/monthly",
            "reports/monthly/pdf",
        )
    ]
    result = job.execute_in_process(
        partition_key="2024-05", instance=opened, asset_selection=selection, raise_on_error=False
    )
    assert not result.success
    (check,) = (e for e in result.get_asset_check_evaluations() if e.check_name == "valid")
    assert not check.passed
    assert check.blocking
    assert "templates/monthly.yaml:" in str(check.description)
    assert "incidents_opened" in str(check.description)  # did you mean
    assert list(made(opened, "kpis/month/incidents")) == ["2024-05"]
    assert made(opened, "charts/monthly") == {}
    assert made(opened, "reports/monthly/pdf") == {}


def test_figures_that_cannot_be_true_are_called_so(site: Site, opened: dg.DagsterInstance) -> None:
    site.build("monthly", "2024-05", opened)
    edition = Edition(parse_period("2024-05"))
    rows = list(read_table([building.kpi_path(site.settings, "incidents", edition)]).rows)
    key = ["kpis", "month", "incidents"]
    assert checks.plausible(site.catalogue, "incidents", rows, key).passed
    part = next(
        n for n, row in enumerate(rows) if row.ago == 0 and row.dimension == "site" and row.kpi == "incidents_opened"
    )
    rows[part] = rows[part]._replace(numerator=100.0)
    result = checks.plausible(site.catalogue, "incidents", rows, key)
    assert not result.passed
    assert "incidents_opened: the members of site add up to" in str(result.description)


def test_a_report_that_does_not_show_the_tables_figures_fails_its_run(site: Site, opened: dg.DagsterInstance) -> None:
    built = site.build("monthly", "2024-05", opened)
    edition = Edition(parse_period("2024-05"))
    catalogue = site.catalogue
    template = catalogue.templates["monthly"]
    report = building.document(site.settings, catalogue, template, edition)
    from qms_reports.reports import publishing

    manifest = publishing.publish(site.settings, report, edition.name, "pdf", {})
    key = dg.AssetKey(["reports", "monthly", "pdf"])
    arguments = (site.settings, catalogue, template, edition, report, manifest, key)
    assert checks.figures(*arguments).passed
    path = building.kpi_path(site.settings, "incidents", edition)
    rows = [
        row._replace(value=7.0) if row.kpi == "incidents_opened" and row.dimension == "" and row.ago == 0 else row
        for row in read_table([path]).rows
    ]
    write_table(path, rows)
    result = checks.figures(*arguments)
    assert not result.passed
    assert "incidents_opened is 5.0 in the document and 7.0 in the table" in str(result.description)
    built.files["pdf"].write_bytes(b"%PDF-1.7 half")
    assert "the PDF is not complete" in str(checks.figures(*arguments).description)


def test_the_workbook_check_reads_the_file_back(site: Site, opened: dg.DagsterInstance) -> None:
    site.build("monthly", "2024-05", opened)
    edition = Edition(parse_period("2024-05"))
    catalogue = site.catalogue
    template = catalogue.templates["monthly"]
    report = building.document(site.settings, catalogue, template, edition)
    import dataclasses

    from qms_reports.reports import publishing

    made_file = publishing.publish(site.settings, report, edition.name, "xlsx", {})
    altered = dataclasses.replace(report, tiles=tuple(dataclasses.replace(tile, value=123.0) for tile in report.tiles))
    key = dg.AssetKey(["reports", "monthly", "xlsx"])
    result = checks.figures(site.settings, catalogue, template, edition, altered, made_file, key)
    assert "incidents_opened (123.0) is not in the workbook" in str(result.description)


def test_the_chart_check_draws_every_chart(site: Site, opened: dg.DagsterInstance) -> None:
    site.build("monthly", "2024-05", opened)
    charts = read_charts(building.chart_path(site.settings, "monthly", Edition(parse_period("2024-05"))))
    result = checks.drawn("monthly", charts)
    assert result.passed
    assert result.description == "1 charts; without data: none"
