"""The hand-written records as delivered files, taken in like any others."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

from qms_reports.datasets.ingestion import ingest
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports_tests.standard_records import RECORDS, Row

RECORDED = "2024-07-01T12:00:00+00:00"
"""When every version was entered: after the reported month, as records of a system taken over are."""


def delivered_columns(catalogue: Catalogue, dataset: str) -> list[str]:
    """The columns that a file of a standard source must have."""
    return [column.source or name for name, column in catalogue.datasets[dataset].columns.items()]


def deliver(settings: Settings, catalogue: Catalogue, dataset: str, rows: list[Row], folder: Path) -> dict[str, int]:
    """Write a file, take it in, and return its counts."""
    text = io.StringIO()
    names = delivered_columns(catalogue, dataset)
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    spare = {name for cells in rows for name in cells} - set(names)
    if spare - {"site"}:
        raise ValueError(f"{dataset} has no column {', '.join(sorted(spare))}")
    for cells in rows:
        writer.writerow({"recorded_at": RECORDED} | {name: cell for name, cell in cells.items() if name in names})
    path = folder / f"{dataset}_2024.csv"
    path.write_text(text.getvalue())
    Landing(settings.home, dataset).receive(path, dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    done = ingest(settings, catalogue.datasets[dataset], catalogue.sources)
    return dict(done[-1].counts)


def deliver_all(settings: Settings, catalogue: Catalogue, folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Take in all records; gives the counts of each dataset."""
    for dataset, rows in RECORDS.items():
        yield dataset, deliver(settings, catalogue, dataset, rows, folder)
