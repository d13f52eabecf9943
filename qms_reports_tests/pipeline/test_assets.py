"""The assets of the five stages: groups, partitions, mappings, and what a run of them records."""

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.pipeline.partitions import history, key_of, partitions, period_of_key
from qms_reports.settings import Settings
from qms_reports_tests.pipeline.scenario import (
    Site,
    check_results,
    csv,
    data_version,
    figures,
    made,
    make_site,
    metadata,
)


def graph(site: Site) -> AssetGraph:
    return site.definitions.resolve_asset_graph()


def test_every_declared_thing_is_an_asset_in_the_group_of_its_stage(site: Site) -> None:
    nodes = {node.key.to_user_string(): node.group_name for node in graph(site).asset_nodes}
    assert nodes == {
        "sources/incidents": "sources",
        "sources/courses": "sources",
        "datasets/incidents": "datasets",
        "datasets/courses": "datasets",
        "kpis/month/incidents": "kpis",
        "kpis/month/courses": "kpis",
        "kpis/quarter/incidents": "kpis",
        "kpis/quarter/courses": "kpis",
        "templates/monthly": "templates",
        "templates/quarterly": "templates",
        "templates/courses_monthly": "templates",
        "charts/monthly": "charts",
        "charts/quarterly": "charts",
        "charts/courses_monthly": "charts",
        **{
            f"reports/{name}/{form}": "reports"
            for name in ("monthly", "quarterly", "courses_monthly")
            for form in ("pdf", "xlsx")
        },
    }


def test_edges_lead_from_sources_through_the_stages_to_the_reports(site: Site) -> None:
    found = graph(site)
    parents = {
        node.key.to_user_string(): {key.to_user_string() for key in node.parent_keys} for node in found.asset_nodes
    }
    assert parents["datasets/incidents"] == {"sources/incidents"}
    assert parents["kpis/month/incidents"] == {"datasets/incidents"}
    assert parents["charts/monthly"] == {"kpis/month/incidents", "templates/monthly"}
    assert parents["reports/monthly/pdf"] == {"charts/monthly", "kpis/month/incidents", "templates/monthly"}


def test_the_checks_that_stop_a_run_are_those_of_datasets_templates_and_finished_reports(site: Site) -> None:
    checks = {key.to_user_string(): graph(site).get(key).blocking for key in graph(site).asset_check_keys}
    assert {key.split(":")[0].split("/")[0] for key, blocking in checks.items() if blocking} == {
        "datasets",
        "templates",
        "reports",
    }
    assert {key.split(":")[0].split("/")[0] for key, blocking in checks.items() if not blocking} == {
        "sources",
        "kpis",
        "charts",
    }


@pytest.mark.parametrize(
    ("frequency", "period", "key"),
    [
        ("month", "2024-05", "2024-05"),
        ("quarter", "2024-Q2", "2024-04-01"),
        ("year", "2024", "2024-01-01"),
        ("fiscal_year", "FY2024", "2023-04-01"),
        ("week", "2024-W05", "2024-01-29"),
    ],
)
def test_a_period_and_its_partition_key_are_the_same_thing(frequency: str, period: str, key: str) -> None:
    settings = Settings(fiscal_start_month=4, first_period="2020-01")
    meant = parse_period(period, settings.fiscal)
    found = partitions(settings, meant.frequency)
    assert meant.frequency == frequency
    assert key_of(meant) == key
    assert period_of_key(settings, meant.frequency, key) == meant
    assert key in found.get_partition_keys()
    window = found.time_window_for_partition_key(key)
    assert (window.start.date(), window.end.date()) == (meant.start, meant.end)


@pytest.mark.parametrize(
    ("period", "key", "months"),
    [
        ("FY2023", "2023-02-01", ("2021-02", "2025-01")),  # the year before, and those on both sides of the two
        ("FY2023-FQ4", "2023-11-01", ("2022-08", "2024-04")),
        ("FY2023-P12", "2024-01-01", ("2022-12", "2024-02")),
        ("FY2024-P05", "2024-06-01", ("2023-05", "2024-07")),
    ],
)
def test_a_fiscal_period_of_weeks_is_the_partition_of_the_months_it_stands_for(
    period: str, key: str, months: tuple[str, str]
) -> None:
    settings = Settings(
        fiscal_start_month=2, fiscal_weeks="454", fiscal_year_end="nearest saturday", fiscal_year_named="start",
        first_period="2016-01",
    )  # fmt: skip
    meant = parse_period(period, settings.fiscal)
    found = partitions(settings, meant.frequency)
    assert key_of(meant) == key
    assert period_of_key(settings, meant.frequency, key) == meant
    assert key in found.get_partition_keys()
    upstream = partitions(settings, "month")
    subset = found.subset_with_partition_keys([key])
    mapped = history(settings, meant.frequency).get_upstream_mapped_partitions_result_for_partitions(
        subset, found, upstream
    )
    keys = sorted(mapped.partitions_subset.get_partition_keys())
    assert (keys[0], keys[-1]) == months
    assert keys[0] <= f"{meant.same_period_last_year().start:%Y-%m}"
    assert keys[-1] >= f"{meant.last_day:%Y-%m}"


def test_a_fiscal_period_has_a_partition_from_its_first_day_on() -> None:
    settings = Settings(fiscal_weeks="445", first_period="2020-01")
    for period in parse_period("FY2024-P12", settings.fiscal).series(48):
        now = dt.datetime.combine(period.start, dt.time(1), dt.UTC)
        assert key_of(period) in partitions(settings, "fiscal_month").get_partition_keys(current_time=now)


def test_the_first_partition_is_the_period_of_the_settings_and_the_last_is_the_running_one() -> None:
    found = partitions(Settings(first_period="2019-03", time_zone="Pacific/Auckland"), "month")
    keys = found.get_partition_keys(current_time=dt.datetime(2024, 6, 30, 12, tzinfo=dt.UTC))
    assert keys[0] == "2019-03"
    assert keys[-1] == "2024-07"  # in Auckland it is July already


def test_a_kpi_table_is_about_the_months_of_its_period_and_of_the_year_before() -> None:
    settings = Settings(first_period="2020-01")
    months = partitions(settings, "month")
    for frequency, key, first, last in (
        ("month", "2024-05", "2023-05", "2024-05"),
        ("quarter", "2024-04-01", "2023-04", "2024-06"),
        ("year", "2023-01-01", "2022-01", "2023-12"),
    ):
        downstream = partitions(settings, frequency)  # type: ignore[arg-type]  # one of the parameters
        subset = downstream.subset_with_partition_keys([key])
        found = history(settings, frequency).get_upstream_mapped_partitions_result_for_partitions(
            subset, downstream, months
        )  # type: ignore[arg-type]  # one of the parameters
        keys = sorted(found.partitions_subset.get_partition_keys())
        assert (keys[0], keys[-1]) == (first, last)


def test_the_first_month_of_history_needs_no_earlier_ones(site: Site, opened: dg.DagsterInstance) -> None:
    assert site.build("monthly", "2023-01", opened).files["pdf"].exists()


def test_a_run_records_every_stage_of_the_month_with_data_versions_and_passed_checks(
    site: Site, opened: dg.DagsterInstance
) -> None:
    built = site.build("monthly", "2024-05", opened)
    run = opened.get_run_by_id(built.run_id)
    assert run is not None
    assert run.is_success
    assert run.tags["dagster/partition"] == "2024-05"
    assert run.tags["qms/started_by"] == "command line"
    for key in (
        "datasets/incidents",
        "kpis/month/incidents",
        "charts/monthly",
        "reports/monthly/pdf",
        "reports/monthly/xlsx",
    ):
        assert list(made(opened, key)) == ["2024-05"]
        assert len(data_version(opened, key, "2024-05")) == 64
    for key, name in (
        ("datasets/incidents", "rules"),
        ("kpis/month/incidents", "plausible"),
        ("charts/monthly", "drawn"),
        ("reports/monthly/pdf", "figures"),
        ("reports/monthly/xlsx", "figures"),
    ):
        assert check_results(opened, key, name) == [("2024-05", True)]
    assert list(made(opened, "sources/incidents")) == ["None"]
    assert check_results(opened, "templates/monthly", "valid") == [(None, True)]


def test_building_the_same_month_again_gives_the_same_data_versions(site: Site, opened: dg.DagsterInstance) -> None:
    keys = (
        "datasets/incidents",
        "kpis/month/incidents",
        "charts/monthly",
        "reports/monthly/pdf",
        "reports/monthly/xlsx",
    )
    site.build("monthly", "2024-05", opened)
    first = {key: data_version(opened, key, "2024-05") for key in keys}
    site.build("monthly", "2024-05", opened)
    assert {key: data_version(opened, key, "2024-05") for key in keys} == first


def test_the_page_shows_figures_as_a_table_charts_as_pictures_and_the_report_with_path_hash_and_pages(
    site: Site, opened: dg.DagsterInstance
) -> None:
    built = site.build("monthly", "2024-05", opened)

    def shown(key: str) -> dict[str, Any]:
        return metadata(opened, key, "2024-05")

    assert figures(opened, "kpis/month/incidents", "2024-05") == {"incidents_opened": "5", "incidents_open": "25"}
    charts = shown("charts/monthly")
    assert charts["charts"] == 1
    assert str(charts["pictures"]).startswith("![Incidents opened](data:image/svg+xml;base64,")
    pdf = shown("reports/monthly/pdf")
    assert pdf["path"] == str(built.files["pdf"])
    assert pdf["pages"] >= 2
    assert len(str(pdf["content_sha256"])) == 64
    assert shown("reports/monthly/xlsx")["content_sha256"] == pdf["content_sha256"]
    assert shown("datasets/incidents")["records"] == 5


def test_a_report_that_late_data_changed_says_what_it_restates_and_which_figures_moved(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.build("monthly", "2024-05", opened)
    before = metadata(opened, "reports/monthly/pdf", "2024-05")
    (site.folder / "data" / "incidents.csv").write_text(csv([("I-late", "North", "2024-05-20", "")]))
    site.build("monthly", "2024-05", opened)
    after = metadata(opened, "reports/monthly/pdf", "2024-05")
    assert after["restates"] == before["content_sha256"]
    assert {"KPI": "incidents_opened", "before": 5.0, "now": 6.0} in after["changes"]


def test_a_quarter_is_built_from_a_fresh_home_without_its_months(site: Site, opened: dg.DagsterInstance) -> None:
    site.build("quarterly", "2024-Q2", opened)
    assert figures(opened, "kpis/quarter/incidents", "2024-04-01")["incidents_opened"] == "15"


def test_a_period_of_five_weeks_is_built_as_the_partition_of_its_month(
    tmp_path: Path, opened: dg.DagsterInstance
) -> None:
    site = make_site(tmp_path / "fiscal", fiscal_weeks="445", fiscal_start_month=4, fiscal_year_end="last friday")
    site.replace("kpis/incidents.yaml", "kind: count,", "kind: count, frequencies: [month, quarter, fiscal_month],")
    site.replace("templates/quarterly.yaml", "frequency: quarter", "frequency: fiscal_month")
    # The third period of the year that begins on 30 March 2024: 25 May to 28 June, with the 5 incidents of early June.
    built = site.build("quarterly", "FY2025-P03", opened)
    assert figures(opened, "kpis/fiscal_month/incidents", "2024-06-01")["incidents_opened"] == "5"
    assert built.files["pdf"].name == "INQ-FY2025-P03.pdf"


def test_the_launchpads_tag_asks_for_a_report_as_known_at_the_end_of_a_day(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.build("monthly", "2024-05", opened)
    site.drop("incidents_late.csv", [("I-late", "South", "2024-05-21", "")])
    site.sensor("inbox")(dg.build_sensor_context(instance=opened))
    job = site.definitions.resolve_implicit_global_asset_job_def()
    keys = [
        dg.AssetKey(["kpis", "month", "incidents"]),
        dg.AssetKey(["charts", "monthly"]),
        dg.AssetKey(["reports", "monthly", "pdf"]),
    ]
    result = job.execute_in_process(
        partition_key="2024-05", instance=opened, asset_selection=keys, tags={"qms/as_known": "2024-07-01"}
    )
    assert result.success
    shown = metadata(opened, "reports/monthly/pdf", "2024-05")
    assert shown["as_known"] == "2024-07-01T23:59:59.999999+00:00"
    assert figures(opened, "kpis/month/incidents", "2024-05")["incidents_opened"] == "5"


@pytest.mark.parametrize("tag", ["yesterday", "2999-01-01", "2024-13-01"])
def test_a_tag_that_is_no_past_instant_fails_the_run_and_says_why(
    site: Site, opened: dg.DagsterInstance, tag: str
) -> None:
    job = site.definitions.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        partition_key="2024-05",
        instance=opened,
        asset_selection=[dg.AssetKey(["kpis", "month", "incidents"])],
        tags={"qms/as_known": tag},
        raise_on_error=False,
    )
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert not result.success
    assert "qms/as_known" in failure.step_failure_data.user_failure_data.description
    assert tag in failure.step_failure_data.user_failure_data.description


def test_only_the_wanted_form_is_written(site: Site, opened: dg.DagsterInstance) -> None:
    from qms_reports.editions import Edition

    built = launching.build(site.settings, "monthly", Edition(parse_period("2024-05")), ("xlsx",), opened)
    assert list(built.files) == ["xlsx"]
    assert made(opened, "reports/monthly/pdf") == {}
    assert list(made(opened, "reports/monthly/xlsx")) == ["2024-05"]
