"""A broken declaration stays visible, says what is wrong where, and harms nobody else."""

import dagster as dg
import pytest

from qms_reports.pipeline import launching
from qms_reports_tests.pipeline.scenario import Site, made


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}


def run(site: Site, opened: dg.DagsterInstance, key: str) -> dg.ExecuteInProcessResult:
    job = site.definitions.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=opened, asset_selection=[dg.AssetKey(key.split("/"))], raise_on_error=False)


def test_a_template_with_a_misspelt_kpi_is_an_asset_whose_blocking_check_says_file_line_and_remedy(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.declare(
        "templates/bad.yaml",
        """
        template: bad
        title: Bad
        tiles: [incidents_opend]
        sections:
          - {id: incidents, title: Incidents, dataset: incidents}
        """,
    )
    assert "templates/bad" in keys(site.definitions)
    assert not {key for key in keys(site.definitions) if key.startswith(("charts/bad", "reports/bad"))}
    result = run(site, opened, "templates/bad")
    assert not result.success
    (check,) = result.get_asset_check_evaluations()
    assert check.blocking
    assert not check.passed
    assert "catalogue/templates/bad.yaml:3:" in str(check.description)
    assert "incidents_opened" in str(check.description)
    issues = check.metadata["issues"]
    assert isinstance(issues, dg.TableMetadataValue)
    assert issues.records[0].data["severity"] == "error"


def test_the_others_load_and_run_beside_broken_ones(site: Site, opened: dg.DagsterInstance) -> None:
    site.declare("sources/torn.yaml", "source: [unclosed")
    site.declare(
        "datasets/odd.yaml",
        """
        dataset: odd
        title: Odd
        sorce: incidents
        """,
    )
    site.declare(
        "kpis/wrong.yaml",
        """
        kpi: wrong
        title: Wrong
        dataset: incidents
        kind: count
        date: opened_on
        numerator: count(
        formula: None
        """,
    )
    dg.Definitions.validate_loadable(site.definitions)
    assert {"sources/torn", "datasets/odd", "kpis/wrong"} <= keys(site.definitions)
    assert site.build("monthly", "2024-05", opened).files["pdf"].exists()


def test_a_broken_dataset_takes_down_what_is_made_from_it_and_nothing_else(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.replace("datasets/incidents.yaml", "type: date", "type: dte")
    found = keys(site.definitions)
    assert {"datasets/incidents", "templates/monthly", "templates/quarterly"} <= found
    assert not {key for key in found if key.startswith(("charts/monthly", "reports/monthly", "kpis/month/incidents"))}
    assert not run(site, opened, "datasets/incidents").success
    assert site.build("courses_monthly", "2024-05", opened).files["pdf"].exists()


@pytest.mark.parametrize("name", ["with-dash.yaml", "with space.yaml", "with.dot.yaml", "Überschrift.yaml", "#x.yaml"])
def test_a_broken_file_of_any_name_is_an_asset(site: Site, opened: dg.DagsterInstance, name: str) -> None:
    site.declare(f"templates/{name}", "title: 1")
    extra = keys(site.definitions) - {key for key in keys(site.definitions) if "_" not in key and "monthly" in key}
    (key,) = (
        key
        for key in extra
        if key.startswith("templates/") and key not in ("templates/quarterly", "templates/courses_monthly")
    )
    assert not run(site, opened, key).success


def test_two_broken_files_whose_names_differ_in_signs_only_are_two_assets(site: Site) -> None:
    for name in ("a-b.yaml", "a b.yaml", "a.b.yaml"):
        site.declare(f"sources/{name}", "title: 1")
    assert {"sources/a_b", "sources/a_b_broken", "sources/a_b_broken_2"} <= keys(site.definitions)


def test_a_name_declared_twice_keeps_both_visible(site: Site) -> None:
    site.declare("sources/second.yaml", "source: incidents\ntitle: Again")
    found = {key for key in keys(site.definitions) if key.startswith("sources/")}
    assert "sources/incidents" in found
    assert len(found) == 3
    dg.Definitions.validate_loadable(site.definitions)


def test_the_check_of_a_mended_declaration_passes_before_the_page_is_reloaded(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.declare("templates/bad.yaml", "template: bad\ntitle: 1")
    loaded = site.definitions
    site.declare(
        "templates/bad.yaml",
        """
        template: bad
        title: Good
        sections:
          - {id: incidents, title: Incidents, dataset: incidents}
        """,
    )
    job = loaded.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=opened, asset_selection=[dg.AssetKey(["templates", "bad"])])
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    assert check.description == "mended; reload the code location to use it"


def test_a_dataset_broken_after_the_page_was_loaded_fails_its_step_with_file_and_line(
    site: Site, opened: dg.DagsterInstance
) -> None:
    loaded = site.definitions
    site.replace("datasets/incidents.yaml", "type: date", "type: dte")
    job = loaded.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        partition_key="2024-05",
        instance=opened,
        asset_selection=[dg.AssetKey(["datasets", "incidents"])],
        raise_on_error=False,
    )
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    said = failure.step_failure_data.user_failure_data.description
    assert "dataset incidents cannot be used" in said
    assert "catalogue/datasets/incidents.yaml:" in said


def test_a_build_beside_broken_declarations_is_recorded_as_ever(site: Site, opened: dg.DagsterInstance) -> None:
    site.declare("templates/bad.yaml", "nonsense: 1")
    built = launching.build(
        site.settings, "monthly", launching.Edition(launching.parse_period("2024-05")), opened=opened
    )
    assert list(made(opened, "reports/monthly/pdf")) == ["2024-05"]
    run_record = opened.get_run_by_id(built.run_id)
    assert run_record is not None
    assert run_record.is_success
