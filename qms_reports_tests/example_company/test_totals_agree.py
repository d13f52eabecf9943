"""What was opened, closed and left open, month by month: the company's plain counts and the shipped KPIs agree."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from qms_reports.datasets.ingestion import ingest
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.example_company.command import write_demo_data
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports_tests.traps.planted_home import Home

RECEIVED = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
DATASETS = {
    "quality_events": "quality_events",
    "complaints": "complaints",
    "capas": "capas",
    "change_controls": "changes",
}
"""Dataset to the beginning of its KPIs' names."""
FLOWS = {
    "opened": "opened", "closed": "closed", "reopened": "reopened", "closed_again": "closed_again",
    "voided_while_open": "voided_while_open", "open_at_end": "open",
}  # fmt: skip
"""A number of the totals to the end of its KPI's name."""
MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13)]


@pytest.fixture(scope="module")
def told_and_found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """The totals of a company's truth, and the values of the KPIs by name and month."""
    folder: Path = tmp_path_factory.mktemp("totals")
    written = write_demo_data(folder / "files", 11, "2021-01", "2024-06", 10_000)
    settings = Settings(home=folder / "home", example_catalog=False)
    home = Home(settings, load_catalogue(settings))
    for dataset in DATASETS:
        for path in sorted(written.folder.glob(f"{dataset}_2*.csv")):
            Landing(settings.home, dataset).receive(path, RECEIVED, "inbox")
        ingest(settings, home.catalogue.datasets[dataset], home.catalogue.sources)
    kpis = [kpi_of(dataset, flow) for dataset in DATASETS for flow in FLOWS]
    found: dict[str, dict[str, float]] = {kpi: {} for kpi in kpis}
    for last in ("2022-12", "2023-12"):
        table = home.table(kpis, last)
        for kpi in kpis:
            for row in table.series(kpi):
                assert row.value is not None
                found[kpi][row.period] = row.value
    return json.loads(written.truth.read_text(encoding="utf-8"))["monthly_totals"], found


def kpi_of(dataset: str, flow: str) -> str:
    if (dataset, flow) == ("complaints", "opened"):
        return "complaints_received"
    return f"{DATASETS[dataset]}_{FLOWS[flow]}"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_month_of_two_years_has_the_same_flows_and_backlog_in_the_truth_and_in_the_kpis(dataset, told_and_found):
    totals, found = told_and_found
    for flow, counts in totals["flows"][dataset].items():
        told = dict(zip(totals["months"], counts, strict=True))
        assert {month: found[kpi_of(dataset, flow)][month] for month in MONTHS} == {
            month: told[month] for month in MONTHS
        }, flow
        if flow in ("opened", "closed", "open_at_end"):
            assert sum(told[month] for month in MONTHS) > 20, flow


def test_records_that_become_void_or_are_reopened_are_among_them(told_and_found):
    flows = told_and_found[0]["flows"]
    for flow in ("reopened", "closed_again", "voided_while_open"):
        assert sum(sum(flows[dataset][flow]) for dataset in DATASETS) > 0, flow
