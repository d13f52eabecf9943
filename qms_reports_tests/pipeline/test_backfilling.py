"""A range of periods in one run: every period recorded as its own partition, failures told and not contagious."""

import dagster as dg
import pytest

from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.pipeline.backfilling import on_progress
from qms_reports_tests.pipeline.scenario import (
    INCIDENTS,
    Site,
    check_results,
    csv,
    data_version,
    figures,
    made,
    metadata,
)

MONTHS = ["2024-03", "2024-04", "2024-05", "2024-06"]
KEYS = ("datasets/incidents", "kpis/month/incidents", "charts/monthly", "reports/monthly/pdf", "reports/monthly/xlsx")


def run_job(site: Site, opened: dg.DagsterInstance, **config: str) -> dg.ExecuteInProcessResult:
    job = site.definitions.resolve_job_def("backfill_reports")
    return job.execute_in_process(
        run_config={"ops": {"backfill_range": {"config": config}}}, instance=opened, raise_on_error=False
    )


def bad_may(site: Site) -> None:
    rows = [
        (n, "Nowhere" if n in ("I-05-1", "I-05-2") else place, begun, ended) for n, place, begun, ended in INCIDENTS
    ]
    (site.folder / "data" / "incidents.csv").write_text(csv(rows))


def test_every_period_is_recorded_as_its_own_partition_with_versions_checks_and_metadata(
    site: Site, opened: dg.DagsterInstance
) -> None:
    result = run_job(site, opened, template="monthly", first="2024-03", last="2024-06")
    assert result.success
    for key in KEYS:
        assert sorted(made(opened, key)) == MONTHS
        assert opened.get_materialized_partitions(dg.AssetKey(key.split("/"))) == set(MONTHS)
    for key, check in zip(KEYS, ("rules", "plausible", "drawn", "figures", "figures"), strict=True):
        assert check_results(opened, key, check) == [(month, True) for month in MONTHS]
    assert figures(opened, "kpis/month/incidents", "2024-04")["incidents_open"] == "20"
    assert metadata(opened, "reports/monthly/pdf", "2024-04")["pages"] >= 2
    assert check_results(opened, "templates/monthly", "valid") == [(None, True)]


def test_a_backfilled_month_is_the_same_as_one_built_alone(site: Site, opened: dg.DagsterInstance) -> None:
    run_job(site, opened, template="monthly", first="2024-03", last="2024-04")
    before = {key: data_version(opened, key, "2024-04") for key in KEYS}
    content = (site.settings.home / "reports/monthly/2024-04/INC-2024-04.pdf").read_bytes()
    site.build("monthly", "2024-04", opened)
    assert {key: data_version(opened, key, "2024-04") for key in KEYS} == before
    assert (site.settings.home / "reports/monthly/2024-04/INC-2024-04.pdf").read_bytes() == content


def test_a_month_whose_check_fails_is_not_built_the_others_are_and_the_run_names_it(
    site: Site, opened: dg.DagsterInstance
) -> None:
    bad_may(site)
    result = run_job(site, opened, template="monthly", first="2024-03", last="2024-06")
    assert not result.success
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    said = failure.step_failure_data.user_failure_data.description
    assert said == (
        "1 of 4 periods failed: 2024-05; first: 2024-05: datasets/incidents: "
        "2 of 5 rows are in quarantine (40.0%, limit 20.0%)"
    )
    assert sorted(made(opened, "reports/monthly/pdf")) == ["2024-03", "2024-04", "2024-06"]
    assert check_results(opened, "datasets/incidents", "rules") == [(month, month != "2024-05") for month in MONTHS]


def test_a_period_that_meets_something_unforeseen_does_not_stop_the_others(
    site: Site, opened: dg.DagsterInstance
) -> None:
    blocked = site.settings.home / "charts" / "monthly" / "2024-04.json"
    blocked.mkdir(parents=True)  # a folder where the file should be: the rename fails
    result = run_job(site, opened, template="monthly", first="2024-03", last="2024-05")
    assert not result.success
    assert sorted(made(opened, "reports/monthly/pdf")) == ["2024-03", "2024-05"]


def test_quarters_are_backfilled_from_a_fresh_home(site: Site, opened: dg.DagsterInstance) -> None:
    assert run_job(site, opened, template="quarterly", first="2024-Q1", last="2024-Q2").success
    assert sorted(made(opened, "reports/quarterly/pdf")) == ["2024-01-01", "2024-04-01"]
    assert figures(opened, "kpis/quarter/incidents", "2024-01-01")["incidents_opened"] == "15"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"template": "montly", "first": "2024-03", "last": "2024-04"}, "template montly cannot be used"),
        ({"template": "monthly", "first": "2024-05", "last": "2024-03"}, "no range of periods of monthly"),
        ({"template": "monthly", "first": "2024-Q1", "last": "2024-Q2"}, "made per month"),
        ({"template": "monthly", "first": "March", "last": "2024-03"}, "March"),
    ],
)
def test_a_wrong_order_fails_at_once_and_says_why(
    site: Site, opened: dg.DagsterInstance, config: dict[str, str], said: str
) -> None:
    result = run_job(site, opened, **config)
    (failure,) = (event for event in result.all_events if event.is_step_failure)
    assert said in failure.step_failure_data.user_failure_data.description


def test_progress_is_told_period_by_period_with_the_reason_of_a_failure(site: Site, opened: dg.DagsterInstance) -> None:
    bad_may(site)
    told: list[tuple[str, str]] = []
    on_progress(lambda period, outcome: told.append((period, outcome)))
    try:
        run_job(site, opened, template="monthly", first="2024-04", last="2024-06")
    finally:
        on_progress(lambda _period, _outcome: None)
    assert [period for period, _ in told] == ["2024-04", "2024-05", "2024-06"]
    assert [outcome == "done" for _, outcome in told] == [True, False, True]
    assert "quarantine" in told[1][1]


@pytest.mark.slow
def test_two_worker_processes_build_the_range_and_report_every_period(site: Site) -> None:
    bad_may(site)
    told: list[str] = []
    failed = launching.backfill(
        site.settings, "monthly", parse_period("2024-01"), parse_period("2024-06"), 2, lambda p, _: told.append(p)
    )
    assert set(failed) == {"2024-05"}
    assert "quarantine" in failed["2024-05"]
    assert sorted(told) == [f"2024-{month:02d}" for month in range(1, 7)]
    with launching.instance(site.settings) as opened:
        assert sorted(made(opened, "reports/monthly/pdf")) == [f"2024-{m:02d}" for m in (1, 2, 3, 4, 6)]
        tags = [run.tags for run in opened.get_runs()]
        assert [tag["qms/lane"] for tag in tags] == ["backfill"] * 2
        assert [tag["dagster/priority"] for tag in tags] == ["-20"] * 2


def test_one_worker_needs_no_other_process(site: Site) -> None:
    failed = launching.backfill(site.settings, "monthly", parse_period("2024-05"), parse_period("2024-06"), 1)
    assert failed == {}
    assert (site.settings.home / "reports/monthly" / Edition(parse_period("2024-06")).name).is_dir()
