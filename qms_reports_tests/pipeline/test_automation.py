"""Late data: what is rebuilt by itself, in Dagster's own evaluation of the conditions, without a daemon."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.declarative_automation.automation_condition_tester import (
    EvaluateAutomationConditionsResult,
)

from qms_reports.datasets.reading import close_sessions
from qms_reports.pipeline import launching
from qms_reports.pipeline.automation import window
from qms_reports_tests.pipeline.scenario import INCIDENTS, Site, copy_of, csv, made, make_site

NOW = dt.datetime(2024, 7, 10, 9, tzinfo=dt.UTC)
"""With 62 days, May, June and July are inside the window."""


class Automation:
    """The automation of one site, tick by tick."""

    def __init__(self, site: Site, opened: dg.DagsterInstance) -> None:
        self.site = site
        self.opened = opened
        self.definitions = site.definitions
        self.result: EvaluateAutomationConditionsResult | None = None

    def tick(self, moment: dt.datetime = NOW) -> dict[str, set[str]]:
        """One evaluation: asset to the partitions it asks for."""
        self.result = dg.evaluate_automation_conditions(
            self.definitions, self.opened, evaluation_time=moment, cursor=self.result.cursor if self.result else None
        )
        keys = self.definitions.resolve_asset_graph().get_all_asset_keys()
        asked = {key.to_user_string(): self.result.get_requested_partitions(key) for key in keys}
        return {name: {str(key) for key in partitions} for name, partitions in asked.items() if partitions}

    def run(self, key: str, partition: str) -> bool:
        """Materialize one partition of one asset, as a run of the page would."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(
            instance=self.opened,
            partition_key=partition,
            asset_selection=[dg.AssetKey(key.split("/"))],
            raise_on_error=False,
        )
        return result.success


@pytest.fixture(scope="module")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """February, May and June built."""
    site = make_site(tmp_path_factory.mktemp("built"))
    with launching.instance(site.settings) as opened:
        for month in ("2024-02", "2024-05", "2024-06"):
            site.build("monthly", month, opened)
    close_sessions()
    return site


@pytest.fixture
def site(built_site: Site, tmp_path: Path) -> Site:
    """A site of the test's own, with the months built."""
    return copy_of(built_site, tmp_path)


@pytest.fixture
def automation(site: Site, opened: dg.DagsterInstance) -> Automation:
    """The conditions evaluated once, with the months built."""
    made_ready = Automation(site, opened)
    assert made_ready.tick() == {}
    assert made_ready.tick() == {}
    return made_ready


def late(site: Site, *rows: tuple[str, str, str, str]) -> None:
    """A new state of the declared file."""
    (site.folder / "data" / "incidents.csv").write_text(csv(rows))
    job = site.catalogue
    from qms_reports import building

    building.take_in(site.settings, job, [job.datasets["incidents"]])


def test_records_changed_inside_the_window_ask_for_the_figures_and_then_the_charts_of_the_months_they_show_in(
    site: Site, automation: Automation
) -> None:
    late(site, ("I-late", "North", "2024-05-20", ""))
    assert automation.run("datasets/incidents", "2024-05")
    # June shows May too: as the month before, and in its series.
    assert automation.tick() == {"kpis/month/incidents": {"2024-05", "2024-06"}}
    assert automation.run("kpis/month/incidents", "2024-05")
    assert automation.run("kpis/month/incidents", "2024-06")
    assert automation.tick() == {"charts/monthly": {"2024-05", "2024-06"}}
    assert automation.run("charts/monthly", "2024-05")
    assert automation.run("charts/monthly", "2024-06")
    assert automation.tick() == {}


def test_reports_wait_for_a_person(site: Site, automation: Automation) -> None:
    reports = len(automation.opened.get_runs())
    late(site, ("I-late", "North", "2024-05-20", ""))
    automation.run("datasets/incidents", "2024-05")
    asked = automation.tick()
    assert asked
    assert not any(name.startswith("reports/") for name in asked)
    assert len(automation.opened.get_runs()) == reports + 1


def test_the_same_content_again_asks_for_nothing(automation: Automation) -> None:
    assert automation.run("datasets/incidents", "2024-05")
    assert automation.tick() == {}


def test_an_older_month_asks_for_nothing_of_itself(site: Site, automation: Automation) -> None:
    late(site, ("I-late", "North", "2024-02-20", ""))
    assert automation.run("datasets/incidents", "2024-02")
    asked = automation.tick()
    # May and June show February in their series; February's own table is a person's business.
    assert asked == {"kpis/month/incidents": {"2024-05", "2024-06"}}


def test_months_that_were_never_built_are_not_built_by_themselves(site: Site, automation: Automation) -> None:
    late(site, ("I-july", "North", "2024-07-02", ""))
    assert automation.run("datasets/incidents", "2024-07")
    assert automation.tick() == {}


def test_nothing_is_asked_for_while_a_blocking_check_fails_and_it_is_once_the_month_is_mended(
    site: Site, automation: Automation
) -> None:
    bad = [("I-bad-1", "Nowhere", "2024-05-21", ""), ("I-bad-2", "Nowhere", "2024-05-22", "")]
    late(site, ("I-late", "North", "2024-05-20", ""), *bad)
    assert not automation.run("datasets/incidents", "2024-05")
    assert automation.tick() == {}
    late(site, *((row[0], "North", row[2], row[3]) for row in bad))
    assert automation.run("datasets/incidents", "2024-05")
    assert automation.tick() == {"kpis/month/incidents": {"2024-05", "2024-06"}}


def test_a_month_that_an_inbox_run_has_just_built_is_not_built_again(site: Site, automation: Automation) -> None:
    late(site, ("I-late", "North", "2024-06-20", ""))
    site.build("monthly", "2024-06", automation.opened)
    assert automation.tick() == {}
    assert len(made(automation.opened, "charts/monthly")) == 3


def test_a_month_asked_for_once_is_not_asked_for_again_at_the_next_tick(site: Site, automation: Automation) -> None:
    late(site, ("I-late", "North", "2024-06-20", ""))
    automation.run("datasets/incidents", "2024-06")
    assert automation.tick() == {"kpis/month/incidents": {"2024-06"}}
    assert automation.tick() == {}


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (dt.datetime(2024, 7, 31, 23, 59, tzinfo=dt.UTC), {"2024-05", "2024-06"}),
        (dt.datetime(2024, 8, 1, 0, 1, tzinfo=dt.UTC), {"2024-06"}),
        (dt.datetime(2024, 9, 1, 0, 1, tzinfo=dt.UTC), set()),
    ],
)
def test_a_month_leaves_the_window_at_the_turn_of_a_month(
    site: Site, automation: Automation, moment: dt.datetime, inside: set[str]
) -> None:
    automation.tick(moment)
    late(site, *((*row[:3], "2024-06-30") for row in INCIDENTS if row[0].startswith("I-05")))
    automation.run("datasets/incidents", "2024-05")
    assert automation.tick(moment) == ({"kpis/month/incidents": inside} if inside else {})


def test_the_running_longer_period_and_the_one_before_are_inside_the_window(site: Site) -> None:
    year_end, year = dt.date(2025, 1, 1), dt.timedelta(days=366)
    assert year_end - window(site.settings, "year") <= year_end - 2 * year + dt.timedelta(days=1)
    assert window(site.settings, "quarter") >= dt.timedelta(days=184)
    assert window(site.settings, "month") == dt.timedelta(days=93)
