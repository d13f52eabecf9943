"""The calendar: on the 3rd the month before is built, in the site's own time zone."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from qms_reports_tests.pipeline.scenario import Site, made, make_site


def at(site: Site, moment: dt.datetime) -> dg.ScheduleEvaluationContext:
    repository = site.definitions.get_repository_def()
    return dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)


def evaluate(site: Site, name: str, moment: dt.datetime) -> dg.RunRequest:
    schedule = site.schedule(name)
    result = schedule.evaluate_tick(at(site, moment))
    (request,) = result.run_requests or []
    return request


def test_on_the_third_the_month_before_is_asked_for(site: Site) -> None:
    request = evaluate(site, "monthly_schedule", dt.datetime(2024, 6, 3, 6, tzinfo=dt.UTC))
    assert request.partition_key == "2024-05"
    assert request.tags["qms/lane"] == "schedule"
    assert request.asset_selection is None  # everything that the job is made of
    assert {key.path[0] for key in site.assets_of(site.schedule("monthly_schedule").job_name)} == {
        "sources", "datasets", "kpis", "templates", "charts", "reports",
    }  # fmt: skip


def test_on_the_third_of_january_it_is_last_years_december(site: Site) -> None:
    request = evaluate(site, "monthly_schedule", dt.datetime(2024, 1, 3, 6, tzinfo=dt.UTC))
    assert request.partition_key == "2023-12"


@pytest.mark.parametrize(
    ("zone", "moment", "period"),
    [
        # 1 June 06:00 in Auckland is still 31 May in UTC: May is over there.
        ("Pacific/Auckland", dt.datetime(2024, 5, 31, 18, tzinfo=dt.UTC), "2024-05"),
        # 31 May 23:30 in Honolulu is 1 June in UTC: May is not over there.
        ("Pacific/Honolulu", dt.datetime(2024, 6, 1, 9, 30, tzinfo=dt.UTC), "2024-04"),
    ],
)
def test_the_month_before_is_the_sites_own(tmp_path: Path, zone: str, moment: dt.datetime, period: str) -> None:
    site = make_site(tmp_path / "zone", time_zone=zone)
    assert evaluate(site, "monthly_schedule", moment).partition_key == period


def test_the_tick_is_at_six_in_the_sites_time_summer_and_winter(tmp_path: Path) -> None:
    site = make_site(tmp_path / "zone", time_zone="Europe/Berlin")
    schedule = site.schedule("monthly_schedule")
    assert schedule.execution_timezone == "Europe/Berlin"
    start = dt.datetime(2024, 3, 10, tzinfo=dt.UTC).timestamp()
    found = schedule_execution_time_iterator(start, schedule.cron_schedule, "Europe/Berlin", ascending=True)
    later = (tick.astimezone(dt.UTC).isoformat() for tick in found if tick.timestamp() >= start)
    assert [next(later), next(later)] == ["2024-04-03T04:00:00+00:00", "2024-05-03T04:00:00+00:00"]
    assert next(tick for tick in later if tick.startswith("2024-11")) == "2024-11-03T05:00:00+00:00"


def test_a_quarters_schedule_asks_for_the_quarter_before_and_its_run_builds_it(
    site: Site, opened: dg.DagsterInstance
) -> None:
    request = evaluate(site, "quarterly_schedule", dt.datetime(2024, 7, 5, 6, tzinfo=dt.UTC))
    assert request.partition_key == "2024-04-01"
    job = site.definitions.resolve_job_def("build_quarterly")
    assert site.schedule("quarterly_schedule").job_name == job.name
    result = job.execute_in_process(instance=opened, partition_key=request.partition_key)
    assert result.success
    assert list(made(opened, "reports/quarterly/pdf")) == ["2024-04-01"]


def test_a_template_without_a_schedule_has_none_and_the_others_run_from_the_start(site: Site) -> None:
    status = {schedule.name: schedule.default_status for schedule in site.definitions.schedules or []}
    assert status == {
        "monthly_schedule": dg.DefaultScheduleStatus.RUNNING,
        "quarterly_schedule": dg.DefaultScheduleStatus.RUNNING,
    }


def test_two_ticks_never_share_a_run_key(site: Site) -> None:
    first = evaluate(site, "monthly_schedule", dt.datetime(2024, 6, 3, 6, tzinfo=dt.UTC))
    second = evaluate(site, "monthly_schedule", dt.datetime(2024, 7, 3, 6, tzinfo=dt.UTC))
    assert first.run_key != second.run_key


def test_a_template_that_has_broken_since_is_skipped_with_the_reason(site: Site) -> None:
    schedule = site.schedule("monthly_schedule")
    site.replace("templates/monthly.yaml", "kpis: [incidents_opened]", "kpis: [incidents_opend]")
    result = schedule.evaluate_tick(at(site, dt.datetime(2024, 6, 3, 6, tzinfo=dt.UTC)))
    assert result.run_requests == []
    assert "templates/monthly says why" in str(result.skip_message)
