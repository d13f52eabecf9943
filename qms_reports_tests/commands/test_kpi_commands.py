"""What a person types about KPIs: list, run, new, freeze, withdraw; and the records of an example company."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from qms_reports.commands.kpi_new import Kind
from qms_reports_tests.typed import typed

PERIOD = ("--period", "2025-06")
KINDS = ("capas_", "complaints_", "quality_events_", "units_distributed_")


class Company:
    """A home folder with a small example company, used as a person uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "QMS_REPORTS_HOME": str(self.folder / "home"),
            "QMS_REPORTS_EXAMPLE_CATALOG": "false",
            "COLUMNS": "200",
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith("QMS_REPORTS_")}
        return typed(*arguments, env=plain | settings | environment, cwd=self.folder)

    def said(self, *arguments: str, **environment: str) -> str:
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("company"))
    made = company.said("demo-data", "--from", "2023-01", "--to", "2025-12", "--scale", "6000", "--out", "demo")
    assert "quality_events" in made
    assert "qms-reports take-in demo" in made
    for path in (company.folder / "demo").glob("*.csv"):
        if not path.name.startswith(KINDS):
            path.unlink()
    (company.folder / "demo" / "notes.txt").write_text("not records")
    taken = company.said("take-in", "demo")
    assert re.search(r"4/4 units_distributed +3 files", taken)
    assert "not taken: notes.txt: no source claims this file" in taken
    assert (company.folder / "demo" / "truth.json").exists()
    return company


def test_taking_the_same_folder_in_again_changes_nothing(company: Company) -> None:
    assert company.said("take-in", "demo").count(" 0 records") == len(KINDS)
    missing = company.run("take-in", "nowhere")
    assert missing.returncode == 2
    assert "nowhere is no folder" in missing.stderr


def test_a_kpi_is_shown_with_its_parts_interval_trend_signal_and_status(company: Company) -> None:
    said = company.said("kpi", "run", "quality_event_on_time_closure_due_based", *PERIOD)
    for name in ("value", "state", "numerator", "denominator", "interval", "before", "last year", "signal", "target",
                 "status", "formula", "version", "data cut-off"):  # fmt: skip
        assert re.search(rf"^  {name} +\S", said, re.MULTILINE), name


def test_a_code_means_all_its_kpis_and_the_exposure_is_named(company: Company) -> None:
    said = company.said("kpi", "run", "co-01", *PERIOD)
    assert "(CO-01, complaint_rate_same_period_exposure)" in said
    assert re.search(r"^  exposure +[\d,]+  \(sum\(units\) of units_distributed\)$", said, re.MULTILINE)


def test_members_add_up_to_the_whole_and_json_says_the_same(company: Company) -> None:
    said = company.said("kpi", "run", "quality_events_opened", *PERIOD, "--by", "department")
    found = json.loads(company.said("kpi", "run", "quality_events_opened", *PERIOD, "--by", "department", "--json"))
    (kpi,) = found["kpis"]
    assert sum(member["numerator"] for member in kpi["members"]) == kpi["total"]["numerator"] > 0
    assert len(kpi["series"]) == 13
    for member in kpi["members"]:
        assert re.search(rf"^  {re.escape(member['member'])} +{member['numerator']:,g} ", said, re.MULTILINE)
    assert re.search(rf"^  all +{kpi['total']['numerator']:,g} ", said, re.MULTILINE)


def test_the_sql_that_is_printed_gives_the_value_that_is_printed(company: Company) -> None:
    from qms_reports.datasets.reading import session
    from qms_reports.declarations.catalogue import load_catalogue
    from qms_reports.settings import Settings

    sql = company.said("kpi", "run", "quality_event_on_time_closure_due_based", *PERIOD, "--sql")
    assert sql.startswith("-- quality_event_on_time_closure_due_based, over quality_events, 2025-06, for duckdb")
    settings = Settings(home=company.folder / "home", example_catalog=False)
    with session(settings, load_catalogue(settings), ["quality_events"]) as opened:
        rows = opened.cursor().execute(sql).fetchall()
    (total,) = [row[-1] for row in rows if row[2] is None]
    (kpi,) = json.loads(company.said("kpi", "run", "quality_event_on_time_closure_due_based", *PERIOD, "--json"))[
        "kpis"
    ]
    elsewhere = company.said(
        "kpi", "run", "quality_event_on_time_closure_due_based", *PERIOD, "--sql", QMS_REPORTS_ENGINE="postgres"
    )
    assert "for postgres" in elsewhere
    assert "EXCLUDE" not in elsewhere  # which only DuckDB has
    assert [float(text) for text in total[:2]] == [kpi["total"]["numerator"], kpi["total"]["denominator"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "quality_events_opend", *PERIOD), "did you mean 'quality_events_opened'?"),
        (("run", "QE-77", *PERIOD), "there is no KPI 'QE-77'"),
        (("run", "quality_events_opened", "--period", "June"), "'June'"),
        (
            ("run", "quality_events_opened", *PERIOD, "--by", "colour"),
            "'colour' is no dimension of quality_events_opened",
        ),
        (("list", "--domain", "weather"), "there is no domain 'weather'; there are"),
        (("new", "Late CAPAs", "--dataset", "capas"), "'Late CAPAs' is no name"),
        (("new", "late_capas"), "say over which records: --dataset with one of"),
        (("new", "quality_events_opened", "--dataset", "capas"), "there is a KPI 'quality_events_opened' already"),
        (("withdraw", "BL-1", "--reason", "r", "--by", "b"), "there is no baseline 'BL-1'"),
    ],
)
def test_what_is_mistyped_is_said_in_one_line(company: Company, arguments: tuple[str, ...], said: str) -> None:
    done = company.run("kpi", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_list_has_every_kpi_under_its_domain(company: Company) -> None:
    said = company.said("kpi", "list", "--domain", "capas")
    assert said.startswith("capas\n")
    assert re.search(r"^  CA-02  capa_\w+ ", said, re.MULTILINE)
    assert "quality_events_opened" not in said


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_new_kpi_works_at_once_and_is_never_overwritten(company: Company, kind: str) -> None:
    name = f"my_{kind}"
    said = company.said("kpi", "new", name, "--dataset", "capas", "--kind", kind)
    path = company.folder / "catalog" / "kpis" / f"{name}.yaml"
    assert f"{path}: a working definition" in said
    assert f"export QMS_REPORTS_CATALOG={company.folder / 'catalog'}" in said
    own = {"QMS_REPORTS_CATALOG": str(company.folder / "catalog")}
    shown = company.said("kpi", "run", name, "--period", "2025", "--by", "department", **own)
    assert re.search(r"^  value +\d", shown, re.MULTILINE)
    before = path.read_text()
    again = company.run("kpi", "new", name, "--dataset", "capas")
    assert again.returncode == 2
    assert "is there already; it is not overwritten" in again.stderr
    assert path.read_text() == before


def test_limits_are_frozen_shown_used_listed_and_withdrawn(company: Company) -> None:
    freeze = ("kpi", "freeze", "quality_events_opened", "--from", "2023-03", "--to", "2024-12", "--reason", "stable",
              "--by", "A. Weber", "--exclude", '2023-07="flood"')  # fmt: skip
    said = company.said(*freeze)
    assert "points       21, 2023-03 to 2024-12" in said
    assert "without      2023-07: flood" in said
    assert "in force     from 2025-01 on" in said
    (name,) = set(re.findall(r"BL-\d{8}-[0-9a-f]{8}", said))
    assert "frozen limits" in company.said("kpi", "run", "quality_events_opened", *PERIOD)
    listed = company.said("kpi", "baselines", "quality_events_opened")
    assert name in listed
    assert "frozen by A. Weber" in listed
    company.said("kpi", "withdraw", name, "--reason", "wrong range", "--by", "B. Roth")
    assert "WITHDRAWN by B. Roth" in company.said("kpi", "baselines")
    assert "frozen limits" not in company.said("kpi", "run", "quality_events_opened", *PERIOD)


def test_limits_from_too_few_points_or_without_a_cause_are_refused(company: Company) -> None:
    freeze = ("kpi", "freeze", "quality_events_opened", "--reason", "r", "--by", "A", "--to", "2024-12", "--from")
    few = company.run(*freeze, "2024-06")
    assert few.returncode == 2
    assert "7 usable points from 2024-06 to 2024-12 are fewer than 20" in few.stderr
    nameless = company.run(*freeze, "2023-01", "--exclude", "2023-07")
    assert nameless.returncode == 2
    assert 'say why, as in --exclude 2023-07="flood"' in nameless.stderr
    dimension = company.run(*freeze, "2023-01", "--member", "colour=red")
    assert "'colour' is no dimension of quality_events" in dimension.stderr
