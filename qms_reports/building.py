"""The chain of stages for one period, without Dagster: what each asset does, and what the benchmarks measure.

Every function reads what the stage before it stored and stores its own result, so the steps can run in any process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qms_reports.charts import filling as chart_filling
from qms_reports.charts.filling import Filling
from qms_reports.charts.specification import Chart
from qms_reports.charts.stored import read_charts, write_charts
from qms_reports.datasets.ingestion import Ingested, ingest, versions
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset, Kpi, Template
from qms_reports.declarations.parameters import Parameter
from qms_reports.declarations.scoping import scoped, unrestricted
from qms_reports.declarations.template_references import datasets_of_template, scorecards_of_template
from qms_reports.editions import Edition, values_of
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.scorecards import ScoreRow, score_all, write_scores
from qms_reports.kpis.table import KpiRow, KpiTable, read_table, write_table
from qms_reports.languages import Language, language
from qms_reports.periods import Period, latest_complete
from qms_reports.reports import publishing
from qms_reports.reports.composing import compose
from qms_reports.reports.document import Report
from qms_reports.reports.figure_context import frame_context
from qms_reports.reports.filled_template import with_frame_text
from qms_reports.reports.issuing import issued, read_history
from qms_reports.reports.rows import RowSource, RowSources
from qms_reports.reports.summary import no_data
from qms_reports.reports.workbook_values import filled_workbook
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing, land_declared_file
from qms_reports.store import safe_name, write_atomically


class MissingData(ValueError):  # noqa: N818 - reads as what it is
    """A dataset that a template requires has no data for the period."""


@dataclass(frozen=True)
class Sight:
    """What one edition of a report sees.

    Attributes:
        catalogue: The declarations, restricted to the members that its parameters name.
        template: Its template among them.
        parameters: Every parameter with its value, ``None`` where there is none.
        language: Language of its fixed text.
    """

    catalogue: Catalogue
    template: Template
    parameters: dict[str, Parameter]
    language: Language


def sight(catalogue: Catalogue, template: Template, edition: Edition) -> Sight:
    """What an edition of a template sees.

    Raises:
        ParameterError: The template takes no such values.
        ValueError: There is no such language.
    """
    values = values_of(template, edition)
    restricted = scoped(catalogue, template, values)
    own = restricted.templates.get(template.template, template)
    if own.theme and (colours := catalogue.themes[own.theme].series):
        charts = tuple(chart if chart.colors else chart.model_copy(update={"colors": colours}) for chart in own.charts)
        own = own.model_copy(update={"charts": charts})
    return Sight(restricted, own, values, language(str(values.get("language") or template.language)))


def title(catalogue: Catalogue, template: Template, edition: Edition) -> str:
    """The title of one edition of a template, with the values of its parameters filled in.

    Raises:
        ParameterError: The template takes no such parameters.
    """
    seen = sight(catalogue, template, edition)
    frame = frame_context(edition.period, seen.language, seen.template, seen.parameters)
    return with_frame_text(seen.template, frame, edition.period.key, seen.language.tag).title


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
    return settings.home / "kpis" / edition.period.frequency / domain / f"{edition.figures_name}.parquet"


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
    return _compute(settings, catalogue, kpis, kpi_path(settings, domain, edition), edition)


def chart_path(settings: Settings, template: str, edition: Edition) -> Path:
    """Where the charts of a template lie."""
    return settings.home / "charts" / template / f"{edition.name}.json"


def draw(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> tuple[Chart, ...]:
    """Stage 4: fill the charts of a template; the KPI tables of a scope are computed first where they are not current.

    Raises:
        ParameterError: The template takes no such parameters.
    """
    seen = sight(catalogue, template, edition)
    if edition.scope and not _tables_are_current(settings, catalogue, template, edition):
        _compute_scoped(settings, catalogue, seen, edition)
    table = read_table(_tables(settings, catalogue, template, edition))
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        filled = Filling(settings, seen.catalogue, edition.period, table, opened, seen.language)
        frame = frame_context(edition.period, seen.language, seen.template, seen.parameters)
        declared = with_frame_text(seen.template, frame, edition.period.key, seen.language.tag)
        charts = tuple(chart_filling.chart(filled, chart) for chart in declared.charts)
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


@dataclass(frozen=True)
class Finished:
    """A report ready to be written.

    Attributes:
        report: The document.
        sources: All rows of tables that hold only their first.
        further: For the workbook's form, the company's own workbook by the name of its file, filled.
    """

    report: Report
    sources: RowSources
    further: dict[str, bytes]


def document(
    settings: Settings, catalogue: Catalogue, template: Template, edition: Edition, *, final: bool = False
) -> Report:
    """The document model of a report, as the revision that it is; see `finished`."""
    return finished(settings, catalogue, template, edition, final=final).report


def finished(
    settings: Settings, catalogue: Catalogue, template: Template, edition: Edition, *, final: bool = False
) -> Finished:
    """Stage 5, first half: a report as the revision that it is, with all that its files need.

    A report never mixes two states of the data: where records have arrived since its KPI tables were computed, these
    and the charts are made again first.

    Args:
        settings: The installation.
        catalogue: All declarations.
        template: The template.
        edition: Period, cut-off and parameters.
        final: Whether it is built as final; any other report is a draft.

    Raises:
        MissingData: A dataset that the template requires has no data for the period.
        ParameterError: The template takes no such parameters.
    """
    report, sources = composed(settings, catalogue, template, edition)
    folder = publishing.folder(settings, template.template, edition.folder)

    def records_since(moment: dt.datetime) -> int:
        return records_learned(settings, catalogue, template, edition.period, moment, report.cutoff)

    report = issued(report, read_history(folder), folder, final=final, records_since=records_since)
    further = {}
    if report.workbook is not None and "xlsx" in template.formats:
        name = f"{publishing.file_stem(report.document_number)}-{safe_name(report.workbook.name)}.xlsx"
        further[name] = filled_workbook(catalogue, template, report)
    return Finished(report, sources, further)


def composed(
    settings: Settings, catalogue: Catalogue, template: Template, edition: Edition
) -> tuple[Report, RowSources]:
    """The document model of a report, whichever revision it may be, and all rows of its longest tables."""
    seen = sight(catalogue, template, edition)
    while not _tables_are_current(settings, catalogue, template, edition):
        if edition.scope:
            _compute_scoped(settings, catalogue, seen, edition)
        else:
            for domain in domains(catalogue, template):
                compute(settings, catalogue, domain, edition)
        draw(settings, catalogue, template, edition)
    table = read_table(_tables(settings, catalogue, template, edition))
    charts = read_charts(chart_path(settings, template.template, edition))
    scored = scores(settings, catalogue, template, edition)
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        filling = Filling(settings, seen.catalogue, edition.period, table, opened, seen.language)
        _refuse_missing(filling, template)
        everywhere = unrestricted(catalogue, template, seen.parameters) if edition.scope else ()
        sources: dict[str, RowSource] = {}
        report = compose(filling, seen.template, charts, scored, seen.parameters, everywhere, sources)
        return report, sources


def _refuse_missing(filling: Filling, template: Template) -> None:
    missing = [need.dataset for need in template.sources if need.required and no_data(filling, need.dataset)]
    if missing:
        said = "; ".join(no_data(filling, name).rstrip(".") for name in missing)
        raise MissingData(
            f"{template.template} {filling.period.key} needs {', '.join(missing)}: {said}; deliver the records, or "
            "declare the dataset as 'required: false' in the template's 'sources'"
        )


def records_learned(
    settings: Settings,
    catalogue: Catalogue,
    template: Template,
    period: Period,
    after: dt.datetime,
    until: dt.datetime,
) -> int:
    """Records up to a period that were entered or corrected between two instants, in the datasets of a template."""
    month = f"{period.last_day:%Y-%m}"
    held = [versions(settings, dataset) for dataset in stored_datasets(catalogue, template)]
    return sum(store.learned_between(after, until, month) for store in held)


def seal(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> None:
    """Promise that the state a report shows never changes: nothing becomes known at or before its cut-off any more."""
    shown = [dataset.dataset for dataset in stored_datasets(catalogue, template)]
    for name in with_baselines(catalogue, shown):  # frozen limits decide what a report calls noise
        store = versions(settings, catalogue.datasets[name])
        moment = edition.as_known or store.last_known_from()
        if moment is not None:
            store.seal(moment)


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
    values_of(template, edition)  # an edition that lacks its scope has no table
    if edition.scope:  # what a scope restricts is what its template shows, so others do not share the table
        folder = settings.home / "kpis" / edition.period.frequency / "scoped" / template.template
        return [folder / f"{edition.figures_name}.parquet"]
    return [kpi_path(settings, domain, edition) for domain in domains(catalogue, template)]


def _compute_scoped(settings: Settings, catalogue: Catalogue, seen: Sight, edition: Edition) -> None:
    """Compute the KPI table of a report that is restricted to some members."""
    names = seen.catalogue.kpis_behind(seen.template)
    (path,) = _tables(settings, catalogue, seen.template, edition)
    _compute(settings, seen.catalogue, [seen.catalogue.kpis[name] for name in names], path, edition)


def _compute(
    settings: Settings, catalogue: Catalogue, kpis: Sequence[Kpi], path: Path, edition: Edition
) -> tuple[KpiRow, ...]:
    if edition.as_known is not None:
        for name in _all_stored(catalogue):
            versions(settings, catalogue.datasets[name]).seal(edition.as_known)
    state = _state(settings, catalogue)
    with session(settings, catalogue, _all_stored(catalogue), edition.as_known) as opened:
        rows = evaluate(settings, catalogue, kpis, edition.period, opened)
    write_table(path, rows)
    write_atomically(_state_path(path), state.encode())
    return rows


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
