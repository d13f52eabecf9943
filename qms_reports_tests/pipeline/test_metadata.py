"""What the page shows of a KPI table: the figures as a table, and control charts as pictures, signals first."""

from __future__ import annotations

import base64
import re

import dagster as dg

from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.editions import Edition
from qms_reports.kpis.evaluation import evaluate
from qms_reports.periods import parse_period
from qms_reports.pipeline.metadata import PICTURES, of_kpis
from qms_reports.settings import Settings

EDITION = Edition(parse_period("2024-05"))


def test_figures_stand_in_a_table_and_signals_come_first_among_the_pictures(
    settings: Settings, catalogue: Catalogue
) -> None:
    kpis = catalogue.kpis_of("recalls", "month")
    with session(settings, catalogue, ["recalls"]) as opened:
        rows = evaluate(settings, catalogue, kpis, EDITION.period, opened)
    shown = of_kpis(settings, catalogue, rows, EDITION)
    table = shown["kpis"]
    assert isinstance(table, dg.TableMetadataValue)
    records = {record.data["id"]: record.data for record in table.records}
    assert set(records) == {kpi.kpi for kpi in kpis}
    assert list(records["recalls_open"])[:6] == ["KPI", "value", "95 % interval", "trend", "signal", "status"]
    assert records["recalls_overdue_share"]["95 % interval"].startswith("66.1")
    assert records["recalls_open"]["status"] == "Action"

    pictures = re.findall(r"!\[(.*?)\]\(data:image/svg\+xml;base64,(.*?)\)", str(shown["control_charts"].value))
    assert 0 < len(pictures) <= PICTURES
    signalled = {record["KPI"] for record in records.values() if record["signal"].startswith("Beyond")}
    titles = [title for title, _ in pictures]
    found = [title in signalled for title in titles]
    assert found == sorted(found, reverse=True)
    assert any(found)
    svg = base64.b64decode(pictures[0][1]).decode()
    assert "rules in force: N1, N2" in svg
    assert "UCL" in svg


def test_a_table_without_a_series_long_enough_has_no_pictures(settings: Settings, catalogue: Catalogue) -> None:
    kpi = catalogue.kpis["recalls_open"]
    with session(settings, catalogue, ["recalls"]) as opened:
        rows = evaluate(settings, catalogue, [kpi], EDITION.period, opened)
    few = [row for row in rows if row.ago in (0, 1, 2)]
    assert "control_charts" not in of_kpis(settings, catalogue, few, EDITION)
    assert of_kpis(settings, catalogue, [], EDITION) == {"rows": 0}
