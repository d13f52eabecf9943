"""From a figure back to the records in the source files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qms_reports.datasets.reading import Session, session, view_source
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi, View
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import NOT_STATED, Aggregation, aggregation, exposure
from qms_reports.kpis.compiling import asks_for_open
from qms_reports.kpis.conditions import counted_condition, record_condition
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.populations import Population, population_of
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import Period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import identifier, quote


@dataclass(frozen=True, slots=True)
class TracedRecord:
    """One record behind a figure.

    Attributes:
        key: The record's key.
        counted: Whether it is in the numerator.
        source: Source.
        file: Name of the delivered file.
        row: Number of the record in that file, from 1, the header not counted.
        sha256: Hash of that file's bytes.
        known_from: Since when this version of it is known (UTC).
    """

    key: str
    counted: bool
    source: str
    file: str
    row: int
    sha256: str
    known_from: dt.datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure and the records behind it.

    Attributes:
        row: The figure.
        cutoff: The data cut-off.
        records: The population, counted records first; of a view, the records of the dataset it is made from.
        counted: Number of records in the numerator.
        population: Number of records in the population, in the dataset's own unit.
        exposure: The records of another dataset behind the denominator; empty for a KPI without an exposure.
    """

    row: KpiRow
    cutoff: dt.datetime
    records: tuple[TracedRecord, ...]
    counted: int
    population: int
    exposure: tuple[TracedRecord, ...] = ()


def trace_kpi(
    settings: Settings,
    catalogue: Catalogue,
    kpi: Kpi,
    period: Period,
    as_known: dt.datetime | None = None,
    member: str | None = None,
) -> Trace:
    """Find the records behind a KPI's figure for a period.

    Args:
        settings: The installation.
        catalogue: The declarations.
        kpi: The KPI.
        period: The period.
        as_known: The data cut-off; now, if absent.
        member: ``dimension=member`` for one member of a dimension.

    Raises:
        ValueError: There is no such dimension or member.
    """
    dataset = catalogue.datasets[kpi.dataset]
    dimension, name = TOTAL, TOTAL
    part = "true"
    if member is not None:
        dimension, _, name = member.partition("=")
        if dimension not in dataset.dimensions:
            raise ValueError(
                f"{dimension!r} is no dimension of {dataset.dataset}; it has {', '.join(dataset.dimensions)}"
            )
        part = f"coalesce({identifier(dimension)}::VARCHAR, {quote(NOT_STATED)}) = {quote(name)}"
    with session(settings, catalogue, catalogue.stored_of([kpi]), as_known) as opened:
        rows = evaluate(settings, catalogue, [kpi], period, opened)
        row = next((r for r in rows if r.ago == 0 and (r.dimension, r.member) == (dimension, name)), None)
        if row is None:
            known = sorted({r.member for r in rows if r.dimension == dimension and r.ago == 0})
            raise ValueError(f"{name!r} is no member of {dimension} in {period}; it has {', '.join(known[:20])}")
        counted, population, records = _behind(settings, catalogue, aggregation(kpi, dataset), period, part, opened)
        exposed: tuple[TracedRecord, ...] = ()
        if (held := kpi.exposure) is not None:
            item = exposure(kpi, held, catalogue.datasets[held.dataset])
            exposed = _behind(settings, catalogue, item, period, part, opened)[2]
    return Trace(row, opened.cutoff, records, counted, population, exposed)


def population_rows(settings: Settings, catalogue: Catalogue, item: Aggregation, period: Period) -> str:
    """SELECT of the records in a KPI's population and filter with all their columns and `_counted`.

    `_counted` says whether the numerator counts the record.  The window's columns (``period_end`` …) are there too.
    """
    dataset = catalogue.datasets[item.dataset]
    types = full_types(dataset, {"dataset": catalogue.datasets})
    calendars = tuple(catalogue.calendars.values())
    shared = Population(item.date, item.rolling, item.lag, (), only_open=asks_for_open(item, types))
    records = population_of(dataset, types, shared, [period], settings.zone, dataset.dataset)
    return (
        f"SELECT *, coalesce(({counted_condition(item, types, calendars)}), false) AS _counted FROM ({records}) "
        f"WHERE {record_condition(item.roles, types, item.filter, calendars)}"
    )


def records_of_view(view: View, rows: str) -> str:
    """FROM clause of the records ``b`` that some rows ``v`` of a view group."""
    equal = " AND ".join(f"b.{identifier(g)} IS NOT DISTINCT FROM v.{identifier(g)}" for g in view.group_by)
    return f"{identifier(view_source(view))} b JOIN ({rows}) v ON {equal}"


def _behind(
    settings: Settings, catalogue: Catalogue, item: Aggregation, period: Period, part: str, opened: Session
) -> tuple[int, int, tuple[TracedRecord, ...]]:
    """Number of records counted, number in the population, and the records, counted ones first."""
    dataset = catalogue.datasets[item.dataset]
    chosen = f"SELECT * FROM ({population_rows(settings, catalogue, item, period)}) WHERE {part}"
    listed = chosen
    if dataset.view is not None:
        listed = f"SELECT b.*, v._counted FROM {records_of_view(dataset.view, chosen)}"
    cursor = opened.cursor()
    found = cursor.execute(f"SELECT count(*) FILTER (_counted), count(*) FROM ({chosen})").fetchall()
    counted, population = found[0]
    rows = cursor.execute(
        f"SELECT _key, _counted, _source, _file, _row, _known_from FROM ({listed}) ORDER BY NOT _counted, _file, _row"
    ).fetchall()
    names = {d.sha256: d.name for source in catalogue.sources for d in Landing(settings.home, source).deliveries()}
    records = tuple(
        TracedRecord(key.replace("\x1f", " | "), is_counted, source, names.get(sha256, "?"), number, sha256,
                     known.replace(tzinfo=dt.UTC))
        for key, is_counted, source, sha256, number, known in rows
    )  # fmt: skip
    return counted, population, records
