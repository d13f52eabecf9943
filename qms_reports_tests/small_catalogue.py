"""A small catalogue of deviations, and files for it: what tests use that need data of their own."""

# ruff: noqa: E501 - declarations, one KPI a line

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from qms_reports.datasets.ingestion import Ingested, ingest, versions
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import KpiTable
from qms_reports.periods import parse_period
from qms_reports.record_versions import RecordVersions
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing

COLUMNS = ("id", "opened", "closed", "site", "points", "changed_at", "state")

SOURCE = """\
source: deviations_export
title: Deviations
inbox: ["deviations*.csv"]
delivers: {delivers}
full_may_withdraw: 1
format: {{kind: csv, delimiter: ","}}
"""

DATASET = """\
dataset: deviations
title: Deviations
record: deviation
source: deviations_export
key: [id]
period_date: opened
{known_from}
withdrawn: state = 'cancelled'
roles: {{opened: opened, closed: closed}}
dimensions: {{site: Site}}
columns:
  id: {{required: true}}
  opened: {{type: date}}
  closed: {{type: date}}
  site: {{}}
  points: {{type: number, scale: 6}}
  changed_at: {{type: timestamp}}
  state: {{}}
rules:
  - id: closed_before_opened
    sql: closed >= opened
    column: closed
    message: closed before it was opened
"""

KPIS = """\
kpis:
  - {kpi: opened, title: Opened, dataset: deviations, kind: count, date: opened, numerator: count(*), formula: Opened}
  - {kpi: closed, title: Closed, dataset: deviations, kind: count, date: closed, numerator: count(*), formula: Closed}
  - {kpi: open, title: Open, dataset: deviations, kind: level, date: as_of, numerator: count_if(is_open_at_end), formula: Open}
  - {kpi: points, title: Points, dataset: deviations, kind: ratio, date: opened, numerator: sum(points), denominator: count(points), formula: Points}
  - {kpi: points_mean, title: Mean points, dataset: deviations, kind: statistic, date: opened, numerator: avg(points), formula: Mean}
  - {kpi: points_median, title: Median points, dataset: deviations, kind: statistic, date: opened, numerator: median(points), formula: Median}
  - {kpi: spread, title: Spread, dataset: deviations, kind: statistic, date: opened, numerator: stddev_samp(points), formula: Spread}
  - {kpi: closed_share, title: Closed share, dataset: deviations, kind: proportion, date: opened, numerator: count(closed), denominator: count(*), per: 100, unit: "%", decimals: 1, formula: Closed of opened}
  - {kpi: high_share, title: High share, dataset: deviations, kind: proportion, date: opened, filter: points is not null, numerator: count_if(points > 5), denominator: count(*), per: 100, formula: High}
  - {kpi: high_rate, title: High rate, dataset: deviations, kind: rate, date: opened, numerator: count_if(points > 5), denominator: sum(points), per: 1000, formula: High per 1000 points}
  - {kpi: rolling, title: Opened in a quarter, dataset: deviations, kind: count, date: opened, numerator: count(*), rolling: 3, formula: Opened in three months}
"""


def write_catalogue(folder: Path, *, delivers: str = "changes", audit: bool = False) -> Path:
    """Write the small catalogue.

    Args:
        folder: Where.
        delivers: Whether a file holds changes or everything.
        audit: Whether a row says itself since when it is known.
    """
    known_from = "known_from: changed_at" if audit else ""
    for sub, name, text in (
        ("sources", "deviations_export", SOURCE.format(delivers=delivers)),
        ("datasets", "deviations", DATASET.format(known_from=known_from)),
        ("kpis", "deviations", KPIS),
    ):
        (folder / sub).mkdir(parents=True, exist_ok=True)
        (folder / sub / f"{name}.yaml").write_text(text)
    return folder


def instant(text: str) -> dt.datetime:
    """A UTC instant from ISO text."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


class Site:
    """An installation with the small catalogue.

    Attributes:
        settings: Its settings.
        catalogue: Its declarations.
    """

    def __init__(self, folder: Path, *, delivers: str = "changes", audit: bool = False) -> None:
        catalog = write_catalogue(folder / "catalog", delivers=delivers, audit=audit)
        self.folder = folder
        self.settings = Settings(home=folder / "home", catalog=str(catalog), shipped_catalog=False)
        self._files = 0

    @property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.settings)

    @property
    def store(self) -> RecordVersions:
        return versions(self.settings, self.catalogue.datasets["deviations"])

    def receive(self, rows: Iterable[Mapping[str, object]], received: str, name: str = "") -> Delivery:
        """Keep a file with these rows, without taking it in."""
        self._files += 1
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path = self.folder / (name or f"deviations_{self._files}.csv")
        path.write_text(text.getvalue())
        return Landing(self.settings.home, "deviations_export").receive(path, instant(received))[0]

    def take_in(self) -> list[Ingested]:
        """Take in what has been received."""
        return ingest(self.settings, self.catalogue.datasets["deviations"], self.catalogue.sources)

    def deliver(self, rows: Iterable[Mapping[str, object]], received: str, name: str = "") -> list[Ingested]:
        """Receive a file and take it in."""
        self.receive(rows, received, name)
        return self.take_in()

    def records(self, as_known: str | None = None, columns: str = "id, opened, closed, site, points") -> list[tuple]:
        """The records as known at an instant, by id."""
        moment = instant(as_known) if as_known else None
        with session(self.settings, self.catalogue, ["deviations"], moment) as opened:
            return opened.cursor().execute(f"SELECT {columns} FROM deviations ORDER BY id").fetchall()

    def table(self, period: str, as_known: str | None = None) -> KpiTable:
        """All KPIs for a period."""
        moment = instant(as_known) if as_known else None
        return KpiTable(evaluate_now(self.settings, self.catalogue, self.catalogue.kpis, parse_period(period), moment))
