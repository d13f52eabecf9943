"""The real page in a real browser: materialize a month, see figures, charts and files; drop files into the inbox."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qms_reports_tests.pipeline.scenario import csv

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
MONTH = "2024-05"
INBOX_MONTHS = ("2024-08", "2024-09")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
]

Page = Any


@dataclass(frozen=True)
class Server:
    """A running page with its daemon.

    Attributes:
        url: Its address.
        home: Its home folder.
        log: What it prints.
    """

    url: str
    home: Path
    log: Path

    def ask(self, query: str, **variables: Any) -> Any:
        """The answer to a GraphQL query."""
        content = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", content, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, latest first: status and tags."""
        query = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
        found = self.ask(query)["runsOrError"]["results"]
        return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def said(self) -> str:
        """The end of the log, for a failing test."""
        return self.log.read_text(errors="replace")[-4000:]


def until(what: str, seconds: float, condition: Callable[[], Any], server: Server | None = None) -> Any:
    """Wait for something to become true, and say what was waited for if it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if found := condition():
                return found
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds:g} s: {what}\n{server.said() if server else ''}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``qms-reports up`` on a fresh home, in a process group of its own that is ended whatever happens."""
    folder = tmp_path_factory.mktemp("page")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "QMS_"))}
    environment |= {"QMS_REPORTS_HOME": str(folder / "home"), "QMS_REPORTS_INBOX_SETTLE_SECONDS": "1"}
    log = folder / "up.log"
    found = Server(f"http://127.0.0.1:{port}", folder / "home", log)
    command = [sys.executable, "-m", "qms_reports.cli", "up", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        until("the page answers", 120, lambda: process.poll() is None and found.ask("{ version }"), found)
        until("the definitions are loaded", 60, lambda: sensors(found), found)
        yield found
    finally:
        for number in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1300, "height": 900})
        opened.set_default_timeout(60_000)
        try:
            yield opened
        finally:
            browser.close()


def sensors(server: Server) -> dict[str, str]:
    query = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
        sensors { name sensorState { status } } schedules { name scheduleState { status } } } } } }"""
    (repository,) = server.ask(query)["repositoriesOrError"]["nodes"]
    found = {one["name"]: one["sensorState"]["status"] for one in repository["sensors"]}
    return found | {one["name"]: one["scheduleState"]["status"] for one in repository["schedules"]}


def test_sensors_schedule_and_automation_run_from_the_first_start(server: Server) -> None:
    assert sensors(server) == {
        "inbox": "RUNNING",
        "large_inbox_files": "RUNNING",
        "late_data": "RUNNING",
        "monthly_quality_review_schedule": "RUNNING",
    }


def test_a_user_materializes_a_month_and_sees_figures_charts_and_files_on_the_page(
    server: Server, page: Page, tmp_path: Path
) -> None:
    materialize(page, server.url)
    run = until("a run was launched", 60, lambda: next(iter(server.runs()), None), server)
    assert run["tags"]["dagster/partition"] == MONTH
    done = until(
        "the run has ended",
        240,
        lambda: next((r for r in server.runs() if r["status"] in ("SUCCESS", "FAILURE", "CANCELED")), None),
        server,
    )
    assert done["status"] == "SUCCESS", server.said()

    page.goto(f"{server.url}/assets/reports/monthly_quality_review/pdf?view=partitions&partition={MONTH}")
    page.get_by_text("content_sha256", exact=True).first.wait_for()
    shown = page.inner_text("body")
    assert f"{server.home}/reports/monthly_quality_review/{MONTH}/QMR-{MONTH}.pdf" in shown
    assert re.search(r"\bpages\s+\d+\b", shown)
    page.screenshot(path=tmp_path / "report.png")

    page.goto(f"{server.url}/assets/kpis/month/recalls?view=partitions&partition={MONTH}")
    page.get_by_text("Quality events closed", exact=True).first.wait_for()
    assert "46.0 %" in page.inner_text("body").replace("\xa0", " ")  # class I share of May 2024
    page.screenshot(path=tmp_path / "kpis.png")

    page.goto(f"{server.url}/assets/charts/monthly_quality_review?view=partitions&partition={MONTH}")
    page.get_by_text("[Show Markdown]").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("img").first.wait_for()
    widths = dialog.locator("img").evaluate_all("all => all.map(one => one.complete ? one.naturalWidth : 0)")
    assert len(widths) >= 6
    assert all(widths)
    page.screenshot(path=tmp_path / "charts.png")

    page.goto(f"{server.url}/asset-groups")
    for stage in ("sources", "datasets", "kpis", "charts", "reports"):
        page.get_by_text(stage, exact=True).first.wait_for()
    page.screenshot(path=tmp_path / "graph.png")
    for name in ("report", "kpis", "charts", "graph"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000


def materialize(page: Page, url: str) -> None:
    """Pick the report's job, press Materialize, choose one month, launch: as a person does it."""
    page.goto(f"{url}/jobs")
    page.get_by_text("build_monthly_quality_review", exact=True).first.click()
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    partitions = dialog.get_by_placeholder("ex:")
    partitions.fill(MONTH)
    partitions.press("Enter")
    dialog.get_by_text("1 partition", exact=True).wait_for()
    dialog.get_by_role("button", name="Launch 1 run").click()


def test_dropped_files_start_the_runs_of_exactly_their_months_and_an_unreadable_one_lands_in_quarantine(
    server: Server,
) -> None:
    inbox = server.home / "inbox" / "openfda_recalls"
    header = (
        "product_type,recall_number,event_id,status,classification,recalling_firm,state,country,voluntary_mandated,"
        "recall_initiation_date,center_classification_date,report_date,termination_date,reason_for_recall,"
        "product_description"
    )
    rows = [
        ("Drugs", f"D-9{number}-2026", f"9900{number}", "Ongoing", "Class II", "Firm", "NJ", "United States",
         "Voluntary", f"{month.replace('-', '')}15", "", "20251101", "", "Reason", "Product")
        for month in INBOX_MONTHS
        for number in (month[-1] + "1", month[-1] + "2")
    ]  # fmt: skip
    (inbox / ".enforcement_new.csv.part").write_text(csv(rows, header))
    (inbox / "enforcement_torn.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")
    (inbox / ".enforcement_new.csv.part").rename(inbox / "enforcement_new.csv")

    def inbox_runs() -> list[dict[str, Any]]:
        return [run for run in server.runs() if run["tags"].get("qms/lane") == "inbox"]

    until("both months' runs were started", 120, lambda: len(inbox_runs()) >= len(INBOX_MONTHS), server)
    ended = ("SUCCESS", "FAILURE", "CANCELED")
    until("the runs have ended", 240, lambda: all(run["status"] in ended for run in inbox_runs()), server)
    assert {run["tags"]["dagster/partition"] for run in inbox_runs()} == set(INBOX_MONTHS)
    assert [run["status"] for run in inbox_runs()] == ["SUCCESS"] * len(INBOX_MONTHS), server.said()
    for month in INBOX_MONTHS:
        assert (server.home / "reports" / "monthly_quality_review" / month / f"QMR-{month}.pdf").exists()
    (reason,) = (server.home / "quarantine").glob("*enforcement_torn.csv.reason.json")
    assert json.loads(reason.read_text())["reason"]
    assert reason.with_name(reason.name.removesuffix(".reason.json")).exists()
    assert list(inbox.iterdir()) == []
