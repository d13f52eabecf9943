# ruff: noqa: E501 - declarations as they stand in files
"""A small installation of its own for each robustness test: one source of incidents, its records, a report."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qms_reports import building
from qms_reports.datasets.ingestion import Ingested, ingest, versions
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.issues import blocking
from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.record_versions import RecordVersions
from qms_reports.reports import publishing
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing
from qms_reports.store import file_literal, kept_session

SOURCE = """
source: incidents_export
title: Incidents
inbox: ["incident*"]
received_at: 2024-06-01
"""

DATASET = """
dataset: incidents
title: Incidents
record: incident
source: incidents_export
key: [id]
period_date: happened
roles: {opened: happened, closed: closed}
dimensions: {site: Site}
quality: {max_quarantined_share: 1}
columns:
  id: {required: true, title: Number}
  happened: {type: date, required: true, title: Happened}
  closed: {type: date, title: Closed}
  site: {title: Site}
  amount: {type: number, scale: 2, title: Amount}
  note: {title: Note}
"""

KPIS = """
kpis:
  - {kpi: incidents_happened, title: Incidents, dataset: incidents, kind: count, date: happened, numerator: count(*), formula: Incidents that happened}
  - {kpi: incidents_amount, title: Amount, dataset: incidents, kind: statistic, date: happened, numerator: sum(amount), decimals: 2, formula: Sum of the amounts}
"""

TEMPLATE = """
template: incident_report
title: Incident report
organization: Example site
document_number: "INC-{period}"
tiles: [incidents_happened, incidents_amount]
charts:
  - {id: flow, type: bar, title: Incidents, kpis: [incidents_happened]}
tables:
  - {id: list, title: All incidents, dataset: incidents, date: happened, columns: [id, happened, site, amount, note], order: id}
sections:
  - {id: incidents, title: Incidents, dataset: incidents, charts: [flow], tables: [list]}
"""

HEADER = "id,happened,closed,site,amount,note"
DECLARATIONS = {
    "sources/incidents_export.yaml": SOURCE,
    "datasets/incidents.yaml": DATASET,
    "kpis/incidents.yaml": KPIS,
    "templates/incident_report.yaml": TEMPLATE,
}
MAY = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
"""When the first file of a scenario is received."""


def csv(*rows: str, header: str = HEADER) -> bytes:
    """Lines as a comma-separated file."""
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


class Installation:
    """A home folder, a catalogue and an inbox in a temporary folder."""

    def __init__(self, folder: Path, *, declare: bool = True, **settings: Any) -> None:
        self.folder = folder
        self.declarations = folder / "declared"
        for name, text in DECLARATIONS.items() if declare else ():
            self.declare(name, text)
        chosen = {"home": folder / "home", "shipped_catalog": False, "inbox_settle_seconds": 0, **settings}
        self.settings = Settings(catalog=str(self.declarations), **chosen)

    def declare(self, name: str, text: str) -> None:
        """Write one declaration, as ``sources/incidents_export.yaml``."""
        path = self.declarations / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @property
    def catalogue(self) -> Catalogue:
        """The declarations as they are now."""
        catalogue = load_catalogue(self.settings)
        assert not blocking(catalogue.issues), list(map(str, catalogue.issues))
        return catalogue

    @property
    def store(self) -> RecordVersions:
        """The stored incidents, in the generation of the present declaration."""
        return versions(self.settings, self.catalogue.datasets["incidents"])

    def receive(
        self, content: bytes, name: str = "incidents.csv", at: dt.datetime = MAY, source: str = "incidents_export"
    ) -> Delivery:
        """Keep a file as delivered at an instant."""
        path = self.folder / "outside" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        full = self.catalogue.sources[source].delivers == "full"
        return Landing(self.settings.home, source).receive(path, at, full=full)[0]

    def clean(self, dataset: str = "incidents") -> list[Ingested]:
        """Take in what is pending."""
        return ingest(self.settings, self.catalogue.datasets[dataset], self.catalogue.sources)

    def deliver(self, content: bytes, name: str = "incidents.csv", at: dt.datetime = MAY) -> Ingested:
        """Receive one file and take it in."""
        self.receive(content, name, at)
        (ingested,) = self.clean()
        return ingested

    def records(
        self, columns: str = "id, happened, site, amount, note", as_known: dt.datetime | None = None
    ) -> list[tuple[Any, ...]]:
        """The incidents as known at an instant (now, if none is given), by number."""
        with session(self.settings, self.catalogue, ["incidents"], as_known) as opened:
            return opened.cursor().execute(f"SELECT {columns} FROM incidents ORDER BY id").fetchall()

    def quarantined(self, columns: str = '"row", rule, column_name, value, message') -> list[tuple[Any, ...]]:
        """The quarantined rows of all deliveries."""
        sql = self.store.quarantine()
        if not sql:
            return []
        order = '"row", rule, column_name'
        return kept_session().execute(f"SELECT {columns} FROM ({sql}) ORDER BY {order}").fetchall()

    def version_count(self) -> int:
        """How many versions of records are stored."""
        sql = self.store.all_versions()
        if not sql:
            return 0
        return int(kept_session().execute(f"SELECT count(*) FROM ({sql})").fetchall()[0][0])

    def report(self, period: str = "2024-05", forms: Sequence[publishing.Form] = publishing.FORMS) -> dict[str, Path]:
        """Build the report of a month, stage by stage, and return its files."""
        catalogue, edition = self.catalogue, Edition(parse_period(period))
        template = catalogue.templates["incident_report"]
        for domain in building.domains(catalogue, template):
            building.compute(self.settings, catalogue, domain, edition)
        building.draw(self.settings, catalogue, template, edition)
        building.seal(self.settings, catalogue, template, edition)
        document = building.document(self.settings, catalogue, template, edition)
        facts = {"run_id": "test", "built_at": "2024-06-03T06:00:00+00:00"}
        made = [publishing.publish(self.settings, document, edition.name, form, facts) for form in forms]
        return {one.form: one.path for one in made}


def content_of(folder: Path) -> dict[str, str]:
    """Every file of a home folder that somebody may read, by its place, with a hash of its content.

    Parquet files count by their rows: DuckDB may write the same rows in other bytes.  Locks, and hidden files that a
    killed process left, are read by nobody.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in relative.parts):
            continue
        if path.suffix == ".parquet":
            sql = f"SELECT * FROM read_parquet({file_literal(path)}, hive_partitioning = false)"
            content = repr(kept_session().execute(sql).fetchall()).encode()
        else:
            content = path.read_bytes()
        found[str(relative)] = hashlib.sha256(content).hexdigest()
    return found


def manifest(path: Path) -> dict[str, Any]:
    """The manifest beside a report file."""
    content: dict[str, Any] = json.loads(path.with_name(f"{path.name}.json").read_text())
    return content
