"""What a person types about scorecards, and about a report before any record has arrived."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.scorecards import item_score, kpis_of_scorecards
from qms_reports.kpis.table import KpiTable
from qms_reports.settings import Settings
from qms_reports_tests.company_home import CompanyHome
from qms_reports_tests.typed import typed


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the standard catalogue alone, over some home folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("QMS_REPORTS_")}
    settings = {"QMS_REPORTS_HOME": str(home), "QMS_REPORTS_EXAMPLE_CATALOG": "false", "COLUMNS": "200"}
    return typed(*arguments, env=plain | settings)


def said(home: Path, *arguments: str) -> str:
    done = run(home, *arguments)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.replace("\N{NO-BREAK SPACE}", " ")


def test_a_scorecard_is_shown_with_every_item_and_what_could_not_be_scored(company_home: CompanyHome) -> None:
    home, period = company_home.settings.home, company_home.edition.period.key
    text = said(home, "scorecard", "overall_status", "--period", period)
    found = json.loads(said(home, "scorecard", "overall_status", "--period", period, "--json"))
    catalogue = company_home.catalogue
    names = kpis_of_scorecards(catalogue.scorecards, ["overall_status"])
    table = KpiTable(evaluate_now(company_home.settings, catalogue, names, company_home.edition.period))
    assert [card["total"]["scorecard"] for card in found["scorecards"]][-1] == "overall_status"
    scored = unscored = 0
    for card in found["scorecards"]:
        declared = catalogue.scorecards[card["total"]["scorecard"]]
        total = card["total"]
        part = text.split(f"{declared.title} ({declared.scorecard}), May 2024\n")[1].split("\n\n", 2)
        if total["score"] is None:
            assert total["share"] < declared.least_weight
            assert "  status       none: too little of the declared weights has a score" in part[0]
        else:
            assert re.search(rf"^  score +{total['score']:.1f}  \(exactly {total['score']}\)$", part[0], re.MULTILINE)
            assert f"  status       {total['status']}" in part[0]
            points = [item["contribution"] for item in card["items"] if item["contribution"] is not None]
            assert sum(points) == pytest.approx(total["score"])
        for item, entry in zip(declared.items, card["items"], strict=True):
            line = next(line for line in part[1].splitlines() if line.split()[0] == entry["item"])
            assert f" {entry['weight']:g} " in line
            if entry["kind"] == "kpi":
                row = table.total(entry["item"])
                assert row is not None
                assert entry["value"] == row.value  # computed here, in another process
            if entry["score"] is None:
                unscored += 1
                assert line.endswith(f"not scored: {entry['why']}")
                assert entry["why"]
            else:
                scored += 1
                assert "not scored" not in line
                assert re.search(rf" {entry['score']:.1f} ", line)
                if entry["kind"] == "kpi":
                    assert entry["score"] == pytest.approx(float(item_score(item, entry["value"])))
    assert min(scored, unscored) >= 3


def test_a_mistyped_scorecard_is_said_in_one_line(company_home: CompanyHome) -> None:
    done = run(company_home.settings.home, "scorecard", "overall_statu", "--period", "2024-05")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "there is no scorecard 'overall_statu'; did you mean 'overall_status'?" in done.stderr


def test_a_report_without_any_record_says_what_to_type_and_writes_nothing(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "build", "quality_review", "--period", "2024-05")
    assert done.returncode == 2
    assert "there are no records for quality_review" in done.stderr
    for advice in ("qms-reports take-in FOLDER", "qms-reports demo-data --out demo_data"):
        assert advice in done.stderr
    assert not (tmp_path / "home").exists()
    template = load_catalogue(Settings(home=tmp_path, example_catalog=False)).templates["quality_review"]
    assert template.schedule == ""  # nor does a schedule build it by itself
