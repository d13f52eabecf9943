# ruff: noqa: E501 - one line per command line
"""Whoever types something wrong reads one clear line, and no traceback."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qms_reports_tests.robustness_scenario import KPIS, SOURCE, TEMPLATE, Installation, csv
from qms_reports_tests.typed import typed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    site = Installation(tmp_path_factory.mktemp("cli"))
    site.declare("sources/incidents_export.yaml", SOURCE + "file: ../incidents.csv\n")
    (site.declarations / "incidents.csv").write_bytes(
        csv("A-1,2024-05-02,,North,12.50,fine", "A-2,2024-05-03,,South,1.00,x", "A-3,2024-05-32,,South,1.00,x")
    )
    site.declare("templates/broken_report.yaml", TEMPLATE.replace("incident_report", "broken_report") + "colour: red\n")
    built = run(site, "build", "incident_report", "--period", "2024-05")
    assert built.returncode == 0, built.stderr
    return site


def run(site: Installation, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `qms-reports` as a user does."""
    settings = {
        "QMS_REPORTS_HOME": str(site.settings.home),
        "QMS_REPORTS_CATALOG": str(site.declarations),
        "QMS_REPORTS_SHIPPED_CATALOG": "false",
        "QMS_REPORTS_FIRST_PERIOD": "2020-01",
        "COLUMNS": "200",
    }
    return typed(*arguments, env={**os.environ, **settings, **environment})


FUTURE = (dt.datetime.now(dt.UTC) + dt.timedelta(days=400)).strftime("%Y-%m")
BUILD = ("build", "incident_report", "--period")
TRACE = ("trace", "incident_report", "--period", "2024-05", "--kpi")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "incident_raport"), ["there is no template 'incident_raport'", "did you mean 'incident_report'?"]),
        (("build", "zebra"), ["there is no template 'zebra'", "declared: incident_report"]),
        (("build", "broken_report", "--period", "2024-05"), ["broken_report.yaml:", "colour", "template broken_report is broken"]),
        ((*BUILD, "May 2024"), ["'May 2024'", "2024-05 (month)"]),
        ((*BUILD, "2024-13"), ["2024-13"]),
        ((*BUILD, "2024-5"), ["2024-5", "2024-05 (month)"]),
        ((*BUILD, "2024-W05"), ["2024-W05 is a week, but incident_report is made per month"]),
        ((*BUILD, "2024"), ["2024 is a year"]),
        ((*BUILD, "2019-12"), ["before the first period, 2020-01", "QMS_REPORTS_FIRST_PERIOD"]),
        ((*BUILD, FUTURE), [f"{FUTURE} has not begun"]),
        ((*BUILD, "2024-05", "--as-known", "2999-01-01"), ["lies in the future"]),
        ((*BUILD, "2024-05", "--as-known", "June"), ["--as-known", "2024-06-03T12:00"]),
        ((*BUILD, "2024-05", "--as-known", "2024-02-30"), ["--as-known", "2024-02-30"]),
        ((*BUILD, "2024-05", "--format", "docx"), ["not made as docx", "only as pdf, xlsx"]),
        (("backfill", "incident_report", "--from", "2024-05", "--to", "2024-04"), ["--from 2024-05 lies after --to 2024-04"]),
        (("backfill", "incident_report", "--from", "2024-05", "--to", "2024-06", "--workers", "0"), ["--workers"]),
        ((*TRACE, "incidents_hapened"), ["no KPI 'incidents_hapened'", "did you mean 'incidents_happened'?"]),
        ((*TRACE, "incidents_happened", "--member", "colour=red"), ["colour", "site"]),
        ((*TRACE, "incidents_happened", "--limit", "-1"), ["--limit"]),
        (("validate", "/no/such/folder"), ["/no/such/folder", "sources/, datasets/, kpis/, templates/"]),
        (("up", "--port", "70000"), ["--port"]),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_answered_with_what_is_wrong_and_what_would_be_right(
    site: Installation, arguments: tuple[str, ...], said: list[str]
) -> None:
    done = run(site, *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert [text for text in said if text not in done.stderr] == [], done.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"QMS_REPORTS_TIME_ZONE": "Mars/Olympus"}, ["QMS_REPORTS_TIME_ZONE", "Europe/Berlin"]),
        ({"QMS_REPORTS_FISCAL_START_MONTH": "13"}, ["QMS_REPORTS_FISCAL_START_MONTH"]),
        ({"QMS_REPORTS_FIRST_PERIOD": "early"}, ["QMS_REPORTS_FIRST_PERIOD", "early"]),
        ({"QMS_REPORTS_MEMORY_LIMIT": "much"}, ["QMS_REPORTS_MEMORY_LIMIT", "much"]),
        ({"QMS_REPORTS_THREADS": "0"}, ["QMS_REPORTS_THREADS"]),
    ],
)
def test_a_wrong_setting_is_named_by_its_variable(
    site: Installation, environment: dict[str, str], said: list[str]
) -> None:
    done = run(site, "build", "incident_report", "--period", "2024-05", **environment)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert [text for text in said if text not in done.stderr] == [], done.stderr


def test_a_catalogue_folder_that_is_missing_is_named_by_every_command(site: Installation, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    validated = run(site, "validate", QMS_REPORTS_CATALOG=missing)
    assert validated.returncode == 1
    assert f"there is no catalogue folder {missing}" in validated.stdout
    built = run(site, "build", "incident_report", QMS_REPORTS_CATALOG=missing)
    assert built.returncode == 2
    assert f"there is no catalogue folder {missing}" in built.stderr
    doctor = run(site, "doctor", QMS_REPORTS_CATALOG=missing)
    assert doctor.returncode == 1
    assert missing in doctor.stdout


def test_a_folder_without_a_catalogue_is_named(site: Installation, tmp_path: Path) -> None:
    done = run(site, "validate", str(tmp_path))
    assert done.returncode == 2
    assert "none of the folders" in done.stderr


def test_validate_names_file_line_and_column_of_everything_that_is_wrong(site: Installation) -> None:
    done = run(site, "validate")
    assert done.returncode == 1
    assert "templates/broken_report.yaml:" in done.stdout
    assert "colour" in done.stdout
    assert "1 templates" in done.stdout  # the other one


def test_doctor_says_what_is_broken_and_what_to_do(site: Installation) -> None:
    done = run(site, "doctor")
    assert done.returncode == 1
    assert "qms-reports validate says where" in done.stdout
    assert "ok      home folder" in done.stdout


def test_an_output_folder_that_is_a_file_is_named_and_the_report_is_kept(site: Installation, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = run(site, *BUILD, "2024-05", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "out") in done.stderr
    assert "--out" in done.stderr
    assert (site.settings.home / "reports/incident_report/2024-05/INC-2024-05.pdf").exists()


def test_a_declaration_deleted_between_runs_is_missed_by_name(tmp_path: Path) -> None:
    site = Installation(tmp_path)
    site.declare("kpis/incidents.yaml", KPIS)
    (site.declarations / "datasets/incidents.yaml").unlink()
    done = run(site, *BUILD, "2024-05")
    assert done.returncode == 2
    assert "incident_report" in done.stderr
    assert "dataset" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_source_file_deleted_between_runs_is_missed_by_name(tmp_path: Path) -> None:
    site = Installation(tmp_path)
    site.declare("sources/incidents_export.yaml", SOURCE + "file: ../incidents.csv\n")
    done = run(site, *BUILD, "2024-05")
    assert done.returncode == 2
    assert "sources/incidents_export.yaml:6:" in done.stderr
    assert "there is no file '../incidents.csv'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_figures_are_traced_to_the_file_and_row(site: Installation) -> None:
    done = run(site, *TRACE, "incidents_happened")
    assert done.returncode == 0
    assert "2 counted of 2" in done.stdout
    assert done.stdout.count("incidents.csv") == 2


def test_output_cut_short_by_the_reader_is_no_error(site: Installation) -> None:
    reading = subprocess.Popen(  # noqa: S602 - a pipe as a user types it
        f"{sys.executable} -m qms_reports.cli validate | head -c 1",
        shell=True,
        env={**os.environ, "QMS_REPORTS_CATALOG": str(site.declarations)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, said = reading.communicate()
    assert "Traceback" not in said
