"""A home folder that holds the records of one planted case and no others, taken in under the shipped catalogue.

KPIs run over all records of a dataset.  With the planted rows alone their figures are exact and can be compared with
the truth that the example company wrote down about the case.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qms_reports.datasets.ingestion import ingest
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset, Kpi
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.table import KpiRow, KpiTable
from qms_reports.periods import Period, parse_period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing

RECEIVED = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
"""When the files arrive, if nothing else is said: after all that is planted."""

Row = dict[str, str]


@dataclass(frozen=True)
class Case:
    """A planted case as the example company's files and its `truth.json` tell it.

    Attributes:
        name: Its name.
        right: What a right KPI gives.
        naive: What the naive computation gives.
        quarantined: Ids of records that must go to quarantine, with the reason.
        rows: Name of a dataset to the delivered rows of the case, in the order of the files.
    """

    name: str
    right: Mapping[str, Any]
    naive: Mapping[str, Any]
    quarantined: Mapping[str, str]
    rows: Mapping[str, list[Row]]


def planted_case(company: Path, name: str) -> Case:
    """Read a case out of the example company's files."""
    told = next(case for case in json.loads((company / "truth.json").read_text())["cases"] if case["name"] == name)
    rows: dict[str, list[Row]] = {}
    for kind, prefix in told["id_prefix"].items():
        found = []
        for path in sorted(company.glob(f"{kind}_[0-9]*.csv")):
            with path.open(newline="") as file:
                found += [row for row in csv.DictReader(file) if next(iter(row.values())).startswith(prefix)]
        assert len(found) == told["versions"][kind] > 0
        rows[kind] = found
    return Case(name, told["right"], told["naive"], told["quarantined"], rows)


@dataclass
class Home:
    """Records taken in, and the figures of them.

    Attributes:
        settings: Its settings.
        catalogue: The declarations that the records were taken in under.
        counts: Dataset to what became of its delivered rows, all deliveries together.
    """

    settings: Settings
    catalogue: Catalogue
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def deliver(self, dataset: str, rows: Iterable[Row], received: dt.datetime = RECEIVED) -> None:
        """Deliver rows as one more file and take it in."""
        rows = list(rows)
        folder = self.settings.home / "delivered"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{dataset}_{len(list(folder.iterdir())):04d}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        declared = self.catalogue.datasets[dataset]
        assert declared.source is not None
        Landing(self.settings.home, declared.source).receive(path, received, "inbox")
        done = ingest(self.settings, declared, self.catalogue.sources)
        self.counts[dataset] = {
            name: count + self.counts.get(dataset, {}).get(name, 0) for name, count in done[-1].counts.items()
        }

    def table(
        self,
        kpis: Iterable[str | Kpi],
        period: str | Period,
        as_known: str | None = None,
        catalogue: Catalogue | None = None,
    ) -> KpiTable:
        """The figures of declared KPIs, or of variants of them, as known now or at an instant (ISO with offset)."""
        held = catalogue or self.catalogue
        wanted = [held.kpis[kpi] if isinstance(kpi, str) else kpi for kpi in kpis]
        known = None if as_known is None else dt.datetime.fromisoformat(as_known)
        stored = with_baselines(held, held.stored_of(wanted))
        with session(self.settings, held, stored, known) as opened:
            window = parse_period(period, self.settings.fiscal) if isinstance(period, str) else period
            return KpiTable(evaluate(self.settings, held, wanted, window, opened))

    def total(
        self,
        kpi: str | Kpi,
        period: str | Period,
        as_known: str | None = None,
        catalogue: Catalogue | None = None,
    ) -> KpiRow:
        """The figure over all records."""
        return total(self.table([kpi], period, as_known, catalogue), kpi)

    def wrong(self, name: str, **changes: Any) -> Kpi:
        """A declared KPI with some fields changed, as valid a declaration as any, that opens a trap again."""
        return Kpi.model_validate({**self.catalogue.kpis[name].model_dump(exclude_unset=True), **changes})


def total(table: KpiTable, kpi: str | Kpi, ago: int = 0) -> KpiRow:
    """The figure of a KPI over all records, some windows ago."""
    row = table.total(kpi if isinstance(kpi, str) else kpi.kpi, ago)
    assert row is not None
    return row


def values(table: KpiTable, kpi: str, dimension: str, ago: int = 0) -> dict[str, float | None]:
    """The values of all members of a dimension."""
    return {row.member: row.value for row in table.members(kpi, dimension, ago)}


def with_dataset(catalogue: Catalogue, name: str, **changes: Any) -> Catalogue:
    """The catalogue with another declaration of one dataset."""
    held = catalogue.datasets[name]
    declared = Dataset.model_validate({**held.model_dump(exclude_unset=True), **changes})
    return replace(catalogue, datasets={**catalogue.datasets, name: declared})


Plant = Callable[..., Home]
"""Takes the name of a case (and another catalogue, or rows by dataset) and gives its home."""
