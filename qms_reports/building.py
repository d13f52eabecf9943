"""The chain of stages for one period, without Dagster: what each asset does, and what the benchmarks measure.

Every function reads what the stage before it stored and stores its own result, so the steps can run in any process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from qms_reports.charts import filling as chart_filling
from qms_reports.charts.filling import Filling
from qms_reports.charts.specification import Chart
from qms_reports.charts.stored import read_charts, write_charts
from qms_reports.datasets.ingestion import Ingested, ingest, versions
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset, Template
from qms_reports.declarations.template_references import datasets_of_template, scorecards_of_template
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.scorecards import ScoreRow, score_all, write_scores
from qms_reports.kpis.table import KpiRow, KpiTable, read_table, write_table
from qms_reports.periods import Period, day_start, latest_complete
from qms_reports.reports.composing import compose
from qms_reports.reports.document import Report
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing, land_declared_file
from qms_reports.store import write_atomically


@dataclass(frozen=True, slots=True)
class Edition:
    """Which report: a period, as known now or at an instant.

    Attributes:
        period: The reported period.
        as_known: The data cut-off asked for; ``None`` for all that is known now.
    """

    period: Period
    as_known: dt.datetime | None = None

    @property
    def name(self) -> str:
        """As used in paths: ``2024-05`` or ``2024-05@2024-06-03``."""
        if self.as_known is None:
            return self.period.key
        moment = self.as_known.astimezone(dt.UTC)
        return f"{self.period.key}@{moment:%Y-%m-%dT%H%M%S}"


def cutoff(text: str, zone: ZoneInfo) -> dt.datetime:
    """A data cut-off as people write it: a day, all of which counts, or an instant; both in the site's zone.

    Raises:
        ValueError: It is neither, or lies in the future.
    """
    try:
        if len(text) == len("2024-06-03"):
            moment = day_start(dt.date.fromisoformat(text) + dt.timedelta(days=1), zone) - dt.timedelta(microseconds=1)
        else:
            moment = dt.datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise ValueError(
            f"{text!r}: expected a day such as 2024-06-03 or an instant such as 2024-06-03T12:00"
        ) from None
    if moment > dt.datetime.now(dt.UTC):
        raise ValueError(f"{text!r} lies in the future: what will be known then cannot be reproduced")
    return moment.astimezone(dt.UTC)


def land(settings: Settings, catalogue: Catalogue, source: str) -> tuple[Delivery, bool] | None:
    """Stage 1: keep the declared file of a source."""
    folder = catalogue.origins[("source", source)].folder
    return land_declared_file(settings.home, catalogue.sources[source], folder)


def clean(settings: Settings, catalogue: Catalogue, dataset: str) -> list[Ingested]:
    """Stage 2: take pending deliveries into a dataset."""
    return ingest(settings, catalogue.datasets[dataset], catalogue.sources)


def take_in(settings: Settings, catalogue: Catalogue, datasets: Iterable[Dataset]) -> None:
    """Stages 1 and 2 for some stored datasets: receive the declared files of their sources and take them in."""
    for dataset in datasets:
        for source in (dataset.source, *(join.source for join in dataset.joins)):
            if source:
                land(settings, catalogue, source)
        clean(settings, catalogue, dataset.dataset)


def kpi_path(settings: Settings, domain: str, edition: Edition) -> Path:
    """Where the KPI table of a domain lies."""
    return settings.home / "kpis" / edition.period.frequency / domain / f"{edition.name}.parquet"


def read_ahead(settings: Settings, catalogue: Catalogue, edition: Edition) -> None:
    """Begin to read the stored records while something else is loaded; whoever needs them waits for the rest."""

    def read() -> None:
        # What is wrong with the store is said by the stage that needs the records, which reads them again.
        with contextlib.suppress(Exception), session(settings, catalogue, _all_stored(catalogue), edition.as_known):
            pass

    threading.Thread(target=read, name="read_ahead").start()


def compute(settings: Settings, catalogue: Catalogue, domain: str, edition: Edition) -> tuple[KpiRow, ...]:
    """Stage 3: compute the KPI table of a domain."""
    kpis = catalogue.kpis_of(domain, edition.period.frequency)
    if edition.as_known is not None:
        for name in _all_stored(catalogue):
            versions(settings, catalogue.datasets[name]).seal(edition.as_known)
    state = _state(settings, catalogue)
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        rows = evaluate(settings, catalogue, kpis, edition.period, opened)
    path = kpi_path(settings, domain, edition)
    write_table(path, rows)
    write_atomically(_state_path(path), state.encode())
    return rows


def chart_path(settings: Settings, template: str, edition: Edition) -> Path:
    """Where the charts of a template lie."""
    return settings.home / "charts" / template / f"{edition.name}.json"


def draw(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> tuple[Chart, ...]:
    """Stage 4: fill the charts of a template."""
    table = read_table(_tables(settings, catalogue, template, edition))
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        filled = Filling(settings, catalogue, edition.period, table, opened)
        charts = tuple(chart_filling.chart(filled, declared) for declared in template.charts)
    write_charts(chart_path(settings, template.template, edition), charts)
    return charts


def score_path(settings: Settings, template: str, edition: Edition) -> Path:
    """Where the scores of a template's scorecards lie."""
    return settings.home / "scorecards" / template / f"{edition.name}.parquet"


def scores(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> tuple[ScoreRow, ...]:
    """The scores of a template's scorecards, from the stored KPI tables of the same edition; stored beside them."""
    names = scorecards_of_template(template)
    table = read_table(_tables(settings, catalogue, template, edition))
    rows = score_all(catalogue.scorecards, names, catalogue.kpis, table, edition.period.key)
    if names:
        write_scores(score_path(settings, template.template, edition), rows)
    return rows


def document(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> Report:
    """Stage 5, first half: the document model of a report.

    A report never mixes two states of the data: where records have arrived since its KPI tables were computed, these
    and the charts are made again first.
    """
    while not _tables_are_current(settings, catalogue, template, edition):
        for domain in domains(catalogue, template):
            compute(settings, catalogue, domain, edition)
        draw(settings, catalogue, template, edition)
    table = read_table(_tables(settings, catalogue, template, edition))
    charts = read_charts(chart_path(settings, template.template, edition))
    scored = scores(settings, catalogue, template, edition)
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        return compose(Filling(settings, catalogue, edition.period, table, opened), template, charts, scored)


def seal(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> None:
    """Promise that the state a report shows never changes: nothing becomes known at or before its cut-off any more."""
    shown = [dataset.dataset for dataset in stored_datasets(catalogue, template)]
    for name in with_baselines(catalogue, shown):  # frozen limits decide what a report calls noise
        store = versions(settings, catalogue.datasets[name])
        cutoff = edition.as_known or store.last_known_from()
        if cutoff is not None:
            store.seal(cutoff)


def stored_datasets(catalogue: Catalogue, template: Template) -> tuple[Dataset, ...]:
    """The stored datasets behind a template, by name."""
    names = {d for name in catalogue.kpis_behind(template) for d in catalogue.datasets_of(catalogue.kpis[name])}
    names |= datasets_of_template(template)
    return tuple(catalogue.datasets[name] for name in catalogue.stored_behind(names))


def domains(catalogue: Catalogue, template: Template) -> tuple[str, ...]:
    """The KPI tables that a template reads."""
    return tuple(sorted({catalogue.domain(catalogue.kpis[name]) for name in catalogue.kpis_behind(template)}))


def figures(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> KpiTable:
    """The KPI table behind a built report."""
    return read_table(_tables(settings, catalogue, template, edition))


def latest_covered(settings: Settings, catalogue: Catalogue, template: Template) -> Period:
    """The latest complete period that the delivered files of a template's datasets cover, and that has ended.

    Files not yet received are received first, so that it can be told on a fresh installation.
    """
    instants = []
    for dataset in stored_datasets(catalogue, template):
        assert dataset.source is not None  # noqa: S101 - stored datasets have one
        land(settings, catalogue, dataset.source)
        instants += [delivery.instant for delivery in Landing(settings.home, dataset.source).deliveries()]
    moment = min(max(instants, default=dt.datetime.now(dt.UTC)), dt.datetime.now(dt.UTC))
    return latest_complete(template.frequency, moment, settings.zone, settings.fiscal)


def _tables(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> list[Path]:
    return [kpi_path(settings, domain, edition) for domain in domains(catalogue, template)]


def _state(settings: Settings, catalogue: Catalogue) -> str:
    """A token for what all datasets hold and all declarations say now."""
    held = (versions(settings, catalogue.datasets[name]).state() for name in sorted(_all_stored(catalogue)))
    # With another fiscal calendar FY2024 means other days.
    return "\n".join((catalogue.fingerprint, repr(settings.fiscal), *held))


def _state_path(table: Path) -> Path:
    return table.with_suffix(".state")


def _tables_are_current(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> bool:
    state = _state(settings, catalogue).encode()
    tables = _tables(settings, catalogue, template, edition)
    return all(_state_path(path).exists() and _state_path(path).read_bytes() == state for path in tables)


def _all_stored(catalogue: Catalogue) -> list[str]:
    # One session for all stages of a run: the records are read once.
    return [name for name, dataset in catalogue.datasets.items() if dataset.view is None]
