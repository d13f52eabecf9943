"""The inbox sensor: exactly the touched months, once, whatever happens in between."""

import json

import dagster as dg
import pytest

from qms_reports.datasets.ingestion import versions
from qms_reports.pipeline import inbox, sensors
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports_tests.pipeline.scenario import INCIDENTS, Site, csv, figures, made, make_site

NEW = [("I-new-1", "North", "2024-02-11", ""), ("I-new-2", "South", "2024-05-12", "")]


def tick(site: Site, opened: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=opened, cursor=cursor, definitions=site.definitions)
    result = site.sensor("inbox")(context)
    assert isinstance(result, dg.SensorResult)
    return result


def asked(site: Site, result: dg.SensorResult) -> set[tuple[str, str]]:
    """Template and partition of every requested run."""
    found = set()
    for request in result.run_requests or []:
        assert request.asset_selection is None  # everything that the job is made of
        reports = {key.path[1] for key in site.assets_of(request.job_name) if key.path[0] == "reports"}
        found |= {(report, str(request.partition_key)) for report in reports}
    return found


def test_a_dropped_file_asks_for_the_runs_of_exactly_its_months_and_of_the_templates_that_read_it(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.drop("incidents_new.csv", NEW)
    result = tick(site, opened)
    assert asked(site, result) == {
        ("monthly", "2024-02"), ("monthly", "2024-05"), ("quarterly", "2024-01-01"), ("quarterly", "2024-04-01"),
    }  # fmt: skip
    for request in result.run_requests or []:
        assert request.tags["qms/lane"] == "inbox"
        assert request.tags["qms/delivery"].startswith("incidents/")
    assert list(site.settings.inbox.rglob("*.csv")) == []


def test_the_requested_runs_are_accepted_by_dagster_and_build_the_reports(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.drop("incidents_new.csv", NEW)
    definitions = site.definitions
    for request in tick(site, opened).run_requests or []:
        job = definitions.resolve_job_def(str(request.job_name))
        result = job.execute_in_process(
            instance=opened,
            partition_key=request.partition_key,
            tags=request.tags,
        )
        assert result.success
    assert set(made(opened, "reports/monthly/pdf")) == {"2024-02", "2024-05"}
    assert set(made(opened, "reports/quarterly/xlsx")) == {"2024-01-01", "2024-04-01"}


def test_the_second_tick_asks_for_nothing(site: Site, opened: dg.DagsterInstance) -> None:
    site.drop("incidents_new.csv", NEW)
    first = tick(site, opened)
    second = tick(site, opened, first.cursor)
    assert second.run_requests == []
    assert second.cursor == first.cursor
    # Types: it was skipped.
    assert str(second.skip_reason.skip_message) == "nothing new in the inbox"  # type: ignore[union-attr]  # it asks or skips


def test_a_file_whose_records_are_known_already_asks_for_nothing(site: Site, opened: dg.DagsterInstance) -> None:
    site.build("monthly", "2024-05", opened)
    site.drop("incidents_same.csv", INCIDENTS[:3])
    assert tick(site, opened).run_requests == []


def test_the_same_file_dropped_again_asks_for_nothing(site: Site, opened: dg.DagsterInstance) -> None:
    site.drop("incidents_new.csv", NEW)
    first = tick(site, opened)
    site.drop("incidents_again.csv", NEW)
    assert tick(site, opened, first.cursor).run_requests == []


def test_what_was_dropped_before_the_declared_file_was_read_is_the_newer_of_the_two(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.drop("incidents_closed.csv", [("I-05-1", "North", "2024-05-04", "2024-05-20")])
    tick(site, opened)
    site.build("monthly", "2024-05", opened)
    assert figures(opened, "kpis/month/incidents", "2024-05") == {"incidents_opened": "5", "incidents_open": "24"}


@pytest.mark.parametrize("died_after", ["taking", "reading"])
def test_a_tick_that_died_before_its_cursor_was_kept_is_made_good_by_the_next(
    site: Site, opened: dg.DagsterInstance, died_after: str
) -> None:
    path = site.drop("incidents_new.csv", NEW)
    if died_after == "taking":
        assert isinstance(inbox.take(site.settings, site.catalogue, path), inbox.Taken)
    else:
        tick(site, opened)  # its answer is lost
    again = tick(site, opened)
    assert ("monthly", "2024-02") in asked(site, again)
    assert ("monthly", "2024-05") in asked(site, again)
    assert len(asked(site, again)) == 4


def test_asking_again_after_a_lost_cursor_uses_the_same_run_keys(site: Site, opened: dg.DagsterInstance) -> None:
    site.drop("incidents_new.csv", NEW)
    first, again = tick(site, opened), tick(site, opened)
    keys = [request.run_key for request in first.run_requests or []]
    assert keys == [request.run_key for request in again.run_requests or []]
    assert len(set(keys)) == len(keys)


def test_an_unreadable_file_goes_to_quarantine_with_its_reason_and_the_others_go_on(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.drop("incidents_a.csv", [("1", "2")], header="foo,bar")
    site.drop_bytes("incidents_b.csv", b"")
    site.drop_bytes("unknown.csv", b"x,y\n1,2\n")
    site.drop("incidents_c.csv", NEW)
    result = tick(site, opened)
    assert ("monthly", "2024-05") in asked(site, result)
    kept = {path.name.split("-", 1)[1] for path in site.settings.quarantine.iterdir()}
    assert kept == {
        name + end for name in ("incidents_a.csv", "incidents_b.csv", "unknown.csv") for end in ("", ".reason.json")
    }
    reasons = {
        json.loads(path.read_text())["file"]: json.loads(path.read_text())["reason"]
        for path in site.settings.quarantine.glob("*.reason.json")
    }
    assert "declared by dataset incidents are not in the file" in reasons["incidents_a.csv"]
    assert "no source claims this file" in reasons["unknown.csv"]
    assert reasons["incidents_b.csv"]
    assert tick(site, opened, result.cursor).run_requests == []


def test_a_file_still_being_written_waits(site: Site, opened: dg.DagsterInstance) -> None:
    patient = make_site(site.settings.home.parent / "patient", inbox_settle_seconds=3600)
    path = patient.drop("incidents_new.csv", NEW)
    assert tick(patient, opened).run_requests == []
    assert path.exists()


def test_months_outside_the_partitions_are_taken_in_but_ask_for_no_run(site: Site, opened: dg.DagsterInstance) -> None:
    site.drop("incidents_old.csv", [("I-old", "North", "2019-05-05", ""), *NEW])
    assert asked(site, tick(site, opened)) == {
        ("monthly", "2024-02"), ("monthly", "2024-05"), ("quarterly", "2024-01-01"), ("quarterly", "2024-04-01"),
    }  # fmt: skip
    assert "2019-05" in versions(site.settings, site.catalogue.datasets["incidents"]).months()


def test_what_waits_for_a_broken_dataset_asks_for_its_runs_once_that_is_mended(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.replace("datasets/incidents.yaml", "type: date", "type: dte")
    site.drop("incidents_new.csv", NEW)
    first = tick(site, opened)
    assert first.run_requests == []
    # Types: it was skipped.
    assert "no usable dataset reads source incidents" in str(first.skip_reason.skip_message)  # type: ignore[union-attr]  # it asks or skips
    site.replace("datasets/incidents.yaml", "type: dte", "type: date")
    assert ("monthly", "2024-05") in asked(site, tick(site, opened, first.cursor))


def test_a_large_file_is_read_by_a_run_of_its_own_and_then_its_months_are_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from qms_reports.pipeline import launching

    site = make_site(tmp_path_factory.mktemp("large"), inbox_inline_megabytes=0.001)
    rows = [(f"I-large-{n}", "North", f"2024-{1 + n % 2:02d}-10", "") for n in range(100)]
    with launching.instance(site.settings) as opened:
        site.drop("incidents_large.csv", rows)
        first = tick(site, opened)
        assert first.run_requests == []
        # Types: it was skipped.
        assert "incidents_large.csv is large" in str(first.skip_reason.skip_message)  # type: ignore[union-attr]  # it asks or skips
        assert versions(site.settings, site.catalogue.datasets["incidents"]).commits() == ()

        large = site.sensor("large_inbox_files")
        # Types: it asked for a run.
        (request,) = large(dg.build_sensor_context(instance=opened)).run_requests  # type: ignore[union-attr]  # it asks or skips
        result = site.definitions.resolve_job_def("ingest_inbox").execute_in_process(instance=opened)
        assert result.success
        assert isinstance(large(dg.build_sensor_context(instance=opened)), dg.SkipReason)
        assert request.run_key

        second = tick(site, opened, first.cursor)
        assert {period for template, period in asked(site, second) if template == "monthly"} == {"2024-01", "2024-02"}
        assert tick(site, opened, second.cursor).run_requests == []


def test_a_site_without_templates_still_takes_files_in(
    tmp_path_factory: pytest.TempPathFactory, opened: dg.DagsterInstance
) -> None:
    site = make_site(tmp_path_factory.mktemp("bare"))
    for path in (site.folder / "templates").iterdir():
        path.unlink()
    dg.Definitions.validate_loadable(site.definitions)
    site.drop("incidents_new.csv", NEW)
    assert tick(site, opened).run_requests == []
    assert "2024-05" in versions(site.settings, site.catalogue.datasets["incidents"]).months()


def test_an_empty_catalogue_loads(tmp_path_factory: pytest.TempPathFactory) -> None:
    from qms_reports.pipeline.definitions import build_definitions

    folder = tmp_path_factory.mktemp("empty")
    settings = Settings(home=folder / "home", shipped_catalog=False)
    dg.Definitions.validate_loadable(build_definitions(settings))


def test_the_sensors_run_from_the_start(site: Site) -> None:
    status = {sensor.name: sensor.default_status for sensor in site.definitions.sensors or []}
    assert status == dict.fromkeys(("inbox", "large_inbox_files", "late_data"), dg.DefaultSensorStatus.RUNNING)


def test_a_delivery_is_remembered_by_its_source_and_content(site: Site, opened: dg.DagsterInstance) -> None:
    site.drop("incidents_new.csv", NEW)
    result = tick(site, opened)
    (delivery,) = [d for d in Landing(site.settings.home, "incidents").deliveries() if d.channel == "inbox"]
    assert json.loads(str(result.cursor)) == [sensors.delivery_id(delivery)]
    assert csv(NEW).encode() == Landing(site.settings.home, "incidents").path(delivery).read_bytes()
