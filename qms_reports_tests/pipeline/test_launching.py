"""Building without a server: recorded in the same instance, tagged, and clear when it fails."""

import datetime as dt
import os
import subprocess
import sys

import dagster as dg
import pytest

from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.settings import Settings
from qms_reports.store import StoreError
from qms_reports_tests.pipeline.scenario import Site, csv, figures, made

MAY = Edition(parse_period("2024-05"))


def test_a_build_is_a_run_of_the_instance_in_the_home_folder_with_its_tags_and_assets(site: Site) -> None:
    built = launching.build(site.settings, "monthly", MAY)
    with launching.instance(site.settings) as opened:
        run = opened.get_run_by_id(built.run_id)
        assert run is not None
        assert run.is_success
        assert run.tags["dagster/partition"] == "2024-05"
        assert run.tags["qms/lane"] == "command line"
        assert run.asset_selection is not None
        assert {key.path[0] for key in run.asset_selection} == {
            "sources", "datasets", "kpis", "templates", "charts", "reports",
        }  # fmt: skip
        assert list(made(opened, "reports/monthly/xlsx")) == ["2024-05"]
    assert set(built.seconds) == {"sources", "datasets", "kpis", "templates", "charts", "reports"}
    assert built.files["pdf"].read_bytes().startswith(b"%PDF-")


def test_a_build_as_known_carries_the_cut_off_in_its_tag_and_its_own_folder(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.build("monthly", "2024-05", opened)
    built = site.build("monthly", "2024-05", opened, dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC))
    run = opened.get_run_by_id(built.run_id)
    assert run is not None
    assert run.tags["qms/as_known"] == "2024-07-01T12:00:00+00:00"
    assert built.files["pdf"].parent.name == "2024-05@2024-07-01T120000"


def test_a_failed_blocking_check_is_one_clear_sentence(site: Site, opened: dg.DagsterInstance) -> None:
    rows = [(f"I-{n}", "Nowhere", "2024-05-05", "") for n in range(3)]
    (site.folder / "data" / "incidents.csv").write_text(csv(rows))
    with pytest.raises(launching.BuildFailed) as caught:
        site.build("monthly", "2024-05", opened)
    assert str(caught.value) == (
        "datasets/incidents: check 'rules' failed: 3 of 3 rows are in quarantine (100.0%, limit 20.0%)"
    )


def test_a_file_that_cannot_be_read_is_named_with_its_reason_and_without_a_traceback(
    site: Site, opened: dg.DagsterInstance
) -> None:
    (site.folder / "data" / "incidents.csv").write_text("a,b\n1,2\n")
    with pytest.raises(launching.BuildFailed) as caught:
        site.build("monthly", "2024-05", opened)
    said = str(caught.value)
    assert "incidents.csv" in said
    assert "declared by dataset incidents are not in the file" in said
    assert "Traceback" not in said


def test_an_absent_declared_file_is_named(site: Site, opened: dg.DagsterInstance) -> None:
    (site.folder / "data" / "incidents.csv").unlink()
    with pytest.raises(launching.BuildFailed, match=r"sources__incidents: source incidents: there is no file"):
        site.build("monthly", "2024-05", opened)


def test_a_home_that_cannot_be_made_is_said_before_anything_runs(site: Site) -> None:
    blocked = site.settings.home.parent / "blocked"
    blocked.write_text("a file where the folder should be")
    settings = site.settings.model_copy(update={"home": blocked})
    with pytest.raises(StoreError, match="blocked"):
        launching.build(settings, "monthly", MAY)


def test_a_changed_dagster_yaml_in_the_home_is_left_alone(site: Site) -> None:
    launching.prepare_home(site.settings)
    config = site.settings.home / "dagster.yaml"
    assert config.read_bytes() == launching.instance_config().read_bytes()
    changed = config.read_bytes() + b"# ours\n"
    config.write_bytes(changed)
    launching.prepare_home(site.settings)
    assert config.read_bytes() == changed


def test_a_fresh_home_has_an_inbox_folder_for_every_source(site: Site) -> None:
    launching.prepare_home(site.settings)
    assert {path.name for path in site.settings.inbox.iterdir()} == {"incidents", "courses"}


def test_definitions_and_instance_can_be_kept_for_many_builds(site: Site, opened: dg.DagsterInstance) -> None:
    definitions = site.definitions
    for month in ("2024-04", "2024-05"):
        edition = Edition(parse_period(month))
        launching.build(site.settings, "monthly", edition, opened=opened, definitions=definitions)
    assert sorted(made(opened, "reports/monthly/pdf")) == ["2024-04", "2024-05"]
    assert figures(opened, "kpis/month/incidents", "2024-04")["incidents_opened"] == "5"


@pytest.mark.slow
def test_the_module_that_the_page_loads_is_loadable_by_dagster_itself(site: Site) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "QMS_"))}
    environment |= {"QMS_REPORTS_HOME": str(site.settings.home), "QMS_REPORTS_CATALOG": str(site.folder)}
    launching.prepare_home(site.settings)
    environment["DAGSTER_HOME"] = str(site.settings.home)
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "qms_reports.definitions"],
        env=environment,
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "All code locations passed validation" in done.stdout + done.stderr


def test_the_shipped_catalogue_loads_whole() -> None:
    from qms_reports.pipeline.definitions import build_definitions

    definitions = build_definitions(Settings())
    dg.Definitions.validate_loadable(definitions)
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert {"reports/monthly_quality_review/pdf", "reports/monthly_quality_review/xlsx"} <= keys
