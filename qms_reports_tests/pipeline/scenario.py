"""A small site: two sources, two datasets, three templates, and files to drop; every test has one of its own."""

from __future__ import annotations

import atexit
import datetime as dt
import functools
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.pipeline.definitions import build_definitions
from qms_reports.settings import Settings

DECLARATIONS = {
    "sources/incidents.yaml": """
        source: incidents
        title: Incidents
        file: ../data/incidents.csv
        inbox: ["incidents*.csv"]
        received_at: 2024-07-01
        """,
    "sources/courses.yaml": """
        source: courses
        title: Courses
        inbox: ["courses*.csv"]
        """,
    "datasets/incidents.yaml": """
        dataset: incidents
        title: Incidents
        record: incident
        source: incidents
        key: [number]
        period_date: opened_on
        roles: {opened: opened_on, closed: closed_on}
        dimensions: {site: Site}
        quality: {max_quarantined_share: 0.2}
        columns:
          number: {required: true, title: Number}
          site: {allowed: [North, South], title: Site}
          opened_on: {type: date, formats: ["%Y-%m-%d"], required: true, title: Opened}
          closed_on: {type: date, formats: ["%Y-%m-%d"], title: Closed}
        """,
    "datasets/courses.yaml": """
        dataset: courses
        title: Courses
        record: course
        source: courses
        key: [number]
        period_date: held_on
        columns:
          number: {required: true, title: Number}
          held_on: {type: date, formats: ["%Y-%m-%d"], required: true, title: Held}
        """,
    "kpis/incidents.yaml": """
        kpis:
          - {kpi: incidents_opened, title: Incidents opened, dataset: incidents, kind: count, date: opened_on,
             numerator: count(*), formula: Incidents opened in the period}
          - {kpi: incidents_open, title: Open incidents, dataset: incidents, kind: level, date: as_of,
             numerator: count_if(is_open_at_end), formula: Incidents not closed at the end of the period}
        """,
    "kpis/courses.yaml": """
        kpis:
          - {kpi: courses_held, title: Courses held, dataset: courses, kind: count, date: held_on,
             numerator: count(*), formula: Courses held in the period}
        """,
    "templates/monthly.yaml": """
        template: monthly
        title: Monthly incidents
        document_number: "INC-{period}"
        tiles: [incidents_opened, incidents_open]
        charts:
          - {id: flow, type: bar, title: Incidents opened, kpis: [incidents_opened], over: series}
        sections:
          - {id: incidents, title: Incidents, dataset: incidents, charts: [flow]}
        """,
    "templates/quarterly.yaml": """
        template: quarterly
        title: Quarterly incidents
        document_number: "INQ-{period}"
        frequency: quarter
        schedule: "0 6 5 1,4,7,10 *"
        tiles: [incidents_opened]
        sections:
          - {id: incidents, title: Incidents, dataset: incidents}
        """,
    "templates/courses_monthly.yaml": """
        template: courses_monthly
        title: Monthly courses
        document_number: "COU-{period}"
        schedule: ""
        tiles: [courses_held]
        charts:
          - {id: held, type: line, title: Courses held, kpis: [courses_held], over: series}
        sections:
          - {id: courses, title: Courses, dataset: courses, charts: [held]}
        """,
}

Incident = tuple[str, str, str, str]
"""Number, site, opened on, closed on."""

INCIDENTS: tuple[Incident, ...] = tuple(
    (f"I-{month:02d}-{number}", "North" if number % 2 else "South", f"2024-{month:02d}-{number + 3:02d}", "")
    for month in range(1, 7)
    for number in range(1, 6)
)
"""Five open incidents in each month from January to June 2024."""


@dataclass(frozen=True)
class Site:
    """A home folder and a catalogue of one test.

    Attributes:
        settings: Settings of the installation.
        folder: The catalogue folder.
    """

    settings: Settings
    folder: Path

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue as its files are now."""
        return load_catalogue(self.settings)

    @property
    def definitions(self) -> dg.Definitions:
        """What the page would load now."""
        return build_definitions(self.settings)

    def declare(self, name: str, text: str) -> None:
        """Write a declaration; the indentation of its first line is taken off every line."""
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[indent:] for line in lines) + "\n")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a declaration."""
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def drop(self, name: str, rows: Iterable[Sequence[str]], header: str = "number,site,opened_on,closed_on") -> Path:
        """Put a CSV file into the inbox."""
        return self.drop_bytes(name, csv(rows, header).encode())

    def drop_bytes(self, name: str, content: bytes) -> Path:
        """Put any file into the inbox."""
        path = self.settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def sensor(self, name: str) -> dg.SensorDefinition:
        """A sensor as the daemon would load it now."""
        return self.definitions.get_repository_def().get_sensor_def(name)

    def assets_of(self, job: str | None) -> set[dg.AssetKey]:
        """The assets that a job materializes."""
        return set(self.definitions.resolve_job_def(str(job)).asset_layer.executable_asset_keys)

    def schedule(self, name: str) -> dg.ScheduleDefinition:
        """A schedule as the daemon would load it now."""
        return self.definitions.get_repository_def().get_schedule_def(name)

    def build(
        self, template: str, period: str, opened: dg.DagsterInstance, as_known: dt.datetime | None = None
    ) -> launching.Built:
        """Build a report as the command line does."""
        edition = Edition(parse_period(period, self.settings.fiscal), as_known)
        return launching.build(self.settings, template, edition, opened=opened)


def csv(rows: Iterable[Sequence[str]], header: str = "number,site,opened_on,closed_on") -> str:
    """Rows as the text of a CSV file."""
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


@functools.cache
def _new_instance() -> Path:
    """A home folder in which Dagster has just made its databases: a second of work that is the same for every site."""
    base = Path(tempfile.mkdtemp(prefix="qms-reports-instance-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    with launching.instance(Settings(home=base / "home", shipped_catalog=False, catalog="")):
        pass
    return base / "home"


def make_site(base: Path, **settings: object) -> Site:
    """Write the catalogue and its data file below a folder, and make Dagster's databases."""
    folder = base / "catalogue"
    arguments: dict[str, object] = {
        "home": base / "home",
        "catalog": str(folder),
        "shipped_catalog": False,
        "first_period": "2023-01",
        "inbox_settle_seconds": 0,
    }
    site = Site(Settings.model_validate(arguments | settings), folder)
    for name, text in DECLARATIONS.items():
        site.declare(name, text)
    (folder / "data").mkdir()
    (folder / "data" / "incidents.csv").write_text(csv(INCIDENTS))
    for part in ("history", "schedules"):
        shutil.copytree(_new_instance() / part, site.settings.home / part)
    return site


def copy_of(site: Site, base: Path) -> Site:
    """The same site below another folder, with everything that was built in it."""
    home, folder = base / "home", base / "catalogue"
    shutil.copytree(site.settings.home, home)
    shutil.copytree(site.folder, folder)
    places = {"home": home, "catalog": str(folder)}
    return Site(Settings.model_validate(site.settings.model_dump() | places), folder)


def made(opened: dg.DagsterInstance, key: str) -> dict[str, dg.EventLogEntry]:
    """The latest materialization of each partition of an asset."""
    records = opened.fetch_materializations(dg.AssetKey(key.split("/")), limit=1000, ascending=True).records
    return {str(record.partition_key): record.event_log_entry for record in records}


def metadata(opened: dg.DagsterInstance, key: str, partition: str) -> dict[str, Any]:
    """What the page shows of a partition; tables as lists of records."""
    materialization = made(opened, key)[partition].asset_materialization
    assert materialization is not None
    return {
        name: [record.data for record in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
        for name, value in materialization.metadata.items()
    }


def figures(opened: dg.DagsterInstance, key: str, partition: str) -> dict[str, str]:
    """KPI to printed value, as the page's table shows them."""
    return {record["id"]: record["value"] for record in metadata(opened, key, partition)["kpis"]}


def data_version(opened: dg.DagsterInstance, key: str, partition: str) -> str:
    """The data version that the page shows of a partition."""
    entry = made(opened, key)[partition]
    assert entry.asset_materialization is not None
    return (entry.asset_materialization.tags or {})["dagster/data_version"]


def check_results(opened: dg.DagsterInstance, key: str, name: str) -> list[tuple[str | None, bool]]:
    """Partition and outcome of every evaluation of a check, oldest first."""
    found = opened.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(key.split("/")), name), limit=1000
    )
    evaluations = [record.event.dagster_event for record in reversed(found) if record.event is not None]
    results = [event.asset_check_evaluation_data for event in evaluations if event is not None]
    return [(result.partition, result.passed) for result in results]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with its declared data file, nothing read yet."""
    return make_site(tmp_path)
