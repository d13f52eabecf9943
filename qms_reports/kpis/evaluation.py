"""Computing KPIs: values, intervals, comparison with earlier periods, and rating."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from qms_reports.datasets.reading import Coverage, Session, narrow, narrow_table, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.baselines import Baselines, read_baselines, with_baselines
from qms_reports.kpis.compiling import (
    STRATUM_SEPARATOR,
    Aggregation,
    Statement,
    aggregation,
    exposure,
    exposure_name,
    parts_are_strata,
    statement,
)
from qms_reports.kpis.engines import engine_of
from qms_reports.kpis.engines.choosing import Engine, Row
from qms_reports.kpis.engines.local import LocalEngine
from qms_reports.kpis.figures import Counted, figure, forget, nothing
from qms_reports.kpis.rating import rate
from qms_reports.kpis.table import TOTAL, KpiRow, State
from qms_reports.kpis.trend import describe
from qms_reports.periods import Frequency, Period
from qms_reports.settings import Settings
from qms_reports.store import stopped_after

SERIES: dict[Frequency, int] = {"month": 13, "quarter": 9, "year": 6, "fiscal_year": 6, "week": 53,
                                "fiscal_quarter": 9, "fiscal_month": 13}  # fmt: skip
"""Windows of a series, the reported one included: long enough for the same period last year."""

_WINDOWS_AT_ONCE = 14

_STATES: tuple[State, ...] = ("ok", "immature", "partial", "no data")
"""From best to worst."""

_Cells = dict[str, dict[tuple[str, str], dict[int, list[Counted]]]]
"""KPI or exposure to (dimension, member) to number of the window to what was counted, per stratum."""


def series(period: Period) -> tuple[Period, ...]:
    """The windows of a reported period, oldest first, ending with it."""
    return period.series(SERIES[period.frequency])


def evaluate(
    settings: Settings,
    catalogue: Catalogue,
    kpis: Iterable[Kpi],
    period: Period,
    opened: Session,
    windows: tuple[Period, ...] | None = None,
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs for a period: in total and per member of each dimension, for every window of its series.

    One SQL statement per dataset, whatever the number of KPIs.

    Args:
        settings: For the site's time zone.
        catalogue: The declarations.
        kpis: KPIs over any datasets that `opened` holds.
        period: The reported period.
        opened: The records, as known at some instant.
        windows: Other windows than its series, ending with the period: fewer for a look, more for a long history.

    Returns:
        Rows ordered by KPI, window (reported one last), dimension and member.

    Raises:
        BadSqlError: An expression may not run.
    """
    last_year = period.same_period_last_year()
    if windows is None:
        windows = series(period)
        if last_year not in windows:
            windows = (last_year, *windows)
    declared = sorted(kpis, key=lambda kpi: (kpi.dataset, kpi.kpi))
    counted = _count(settings, catalogue, declared, windows, opened)
    baselines = read_baselines(opened)
    rows: list[KpiRow] = []
    for kpi in declared:
        states = _states(catalogue, kpi, windows, opened)
        rows += _kpi_rows(kpi, counted, windows, states, last_year, _dimensions(catalogue, kpi), baselines)
    forget()
    return tuple(rows)


def evaluate_now(
    settings: Settings, catalogue: Catalogue, names: Iterable[str], period: Period, as_known: object = None
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs by name without a stored table, for a look from the command line or a test."""
    assert as_known is None or isinstance(as_known, dt.datetime)  # noqa: S101 - narrows the type
    kpis = [catalogue.kpis[name] for name in names]
    stored = with_baselines(catalogue, catalogue.stored_of(kpis))
    with session(settings, catalogue, stored, as_known) as opened:
        return evaluate(settings, catalogue, kpis, period, opened)


def _count(
    settings: Settings, catalogue: Catalogue, kpis: Sequence[Kpi], windows: Sequence[Period], opened: Session
) -> _Cells:
    """Everything that the KPIs count, in one statement per dataset."""
    by_dataset: dict[str, list[Aggregation]] = {}
    for kpi in kpis:
        items = [aggregation(kpi, catalogue.datasets[kpi.dataset])]
        if kpi.exposure is not None:
            items.append(exposure(kpi, kpi.exposure, catalogue.datasets[kpi.exposure.dataset]))
        for item in items:
            by_dataset.setdefault(item.dataset, []).append(item)
    calendars = tuple(catalogue.calendars.values())
    engine = engine_of(settings)
    local = isinstance(engine, LocalEngine)
    runs = []
    for name, items in sorted(by_dataset.items()):
        types = full_types(catalogue.datasets[name], {"dataset": catalogue.datasets})
        narrowed = narrow_table(name) if local and name in opened.large else None
        # Of a large dataset only so many windows at once as memory is for; a report's series is one pass.
        step = _WINDOWS_AT_ONCE if narrowed else len(windows)
        for first in range(0, len(windows), step):
            some = windows[first : first + step]
            compiled = statement(catalogue.datasets[name], types, items, some, settings.zone, calendars, narrowed)
            runs.append(_Run(name, types, compiled, narrowed, first))
    split = {kpi.kpi: kpi for kpi in kpis if parts_are_strata(kpi, catalogue.datasets[kpi.dataset])}
    cells: _Cells = {}
    for run, found in zip(runs, _rows(settings, catalogue, engine, runs, opened), strict=True):
        dimensions = run.compiled.dimensions
        for group, window, dimension, member, stratum, values in found:
            part = (TOTAL, TOTAL) if dimension is None else (dimensions[dimension], member or TOTAL)
            for name, (numerator, denominator, records) in run.compiled.groups[group]:
                counted = Counted(values[numerator], values[denominator], int(values[records] or 0))
                parts = _parts_of(split[name], stratum or "", dimensions) if name in split else (part,)
                for each in parts:
                    cells.setdefault(name, {}).setdefault(each, {}).setdefault(run.first + window, []).append(counted)
    return cells


@dataclass(frozen=True, slots=True)
class _Run:
    """A statement about to run over one dataset, the table its records are narrowed down to, and its first window."""

    dataset: str
    types: dict[str, str]
    compiled: Statement
    narrowed: str | None
    first: int


def _rows(
    settings: Settings, catalogue: Catalogue, engine: Engine, runs: Sequence[_Run], opened: Session
) -> Iterator[list[Row]]:
    """Run the statements; in this process several at once, each on one thread, so that every sum stays the same."""

    def local(run: _Run) -> list[Row]:
        cursor = opened.cursor()
        if run.narrowed and run.compiled.needed:
            columns = [name for name in run.types if name in set(re.findall(r"\w+", run.compiled.sql))]
            narrow(cursor, catalogue, catalogue.datasets[run.dataset], run.narrowed, run.compiled.needed, columns)
        with stopped_after(cursor, settings.statement_seconds, f"the figures of dataset {run.dataset}"):
            rows: list[Row] = cursor.execute(run.compiled.sql).fetchall()
        return rows

    if not isinstance(engine, LocalEngine):
        for run in runs:
            yield engine.run(run.compiled.sql, opened, {run.dataset: run.types})
    elif settings.threads == 1 or len(runs) == 1:
        yield from map(local, runs)
    else:
        with ThreadPoolExecutor(settings.threads) as pool:  # the largest first, so that none is left alone at the end
            begun = {id(run): pool.submit(local, run) for run in sorted(runs, key=partial(_size, opened), reverse=True)}
            for run in runs:
                yield begun[id(run)].result()


def _size(opened: Session, run: _Run) -> int:
    """Records behind a statement, roughly."""
    return sum(commit.counts["added"] for commit in opened.commits.get(run.dataset, ()))


def _parts_of(kpi: Kpi, stratum: str, dimensions: Sequence[str]) -> list[tuple[str, str]]:
    """The parts that a stratum belongs to: the total, and one member of each dimension."""
    members = dict(zip(kpi.strata, stratum.split(STRATUM_SEPARATOR), strict=True))
    legal = kpi.dimensions if kpi.dimensions is not None else dimensions
    return [(TOTAL, TOTAL), *((name, members[name]) for name in legal)]


def _dimensions(catalogue: Catalogue, kpi: Kpi) -> tuple[str, ...]:
    """The dimensions a KPI is broken down by; those that its exposure has not, cannot be."""
    dimensions = kpi.dimensions if kpi.dimensions is not None else tuple(catalogue.datasets[kpi.dataset].dimensions)
    if kpi.exposure is None:
        return dimensions
    shared = catalogue.datasets[kpi.exposure.dataset].dimensions
    return tuple(name for name in dimensions if name in shared)


def _states(catalogue: Catalogue, kpi: Kpi, windows: Sequence[Period], opened: Session) -> list[State]:
    own = opened.coverage[catalogue.stored(kpi.dataset).dataset]
    states = [_state(window, own, kpi.maturity_days) for window in windows]
    if kpi.exposure is None:
        return states
    other = opened.coverage[catalogue.stored(kpi.exposure.dataset).dataset]
    exposed = [_state(window.previous(kpi.exposure.lag), other, 0) for window in windows]
    return [max(pair, key=_STATES.index) for pair in zip(states, exposed, strict=True)]


def _state(window: Period, coverage: Coverage, maturity_days: int) -> State:
    if (
        coverage.first is None
        or coverage.until is None
        or window.start > coverage.until
        or window.end <= coverage.first
    ):
        return "no data"
    if window.last_day > coverage.until:
        return "partial"
    return "immature" if window.last_day + dt.timedelta(days=maturity_days) > coverage.until else "ok"


def _kpi_rows(
    kpi: Kpi,
    counted: _Cells,
    windows: Sequence[Period],
    states: Sequence[State],
    last_year: Period,
    dimensions: Sequence[str],
    baselines: Baselines,
) -> list[KpiRow]:
    own = counted.get(kpi.kpi, {})
    exposed = counted.get(exposure_name(kpi), {})
    parts = [(TOTAL, TOTAL)]
    for name in dimensions:
        # A member that was exposed and had no event has the rate 0, and is shown.
        present = {part for cells in (own, exposed) for part, found in cells.items() if part[0] == name and _any(found)}
        parts += sorted(present)
    extra = 1 if len(windows) > 1 and windows[0] == last_year and windows[0] != windows[1].previous() else 0
    keys = [window.key for window in windows]
    rows = []
    for dimension, member in parts:
        line: list[KpiRow] = []
        empty: set[int] = set()
        of_part = own.get((dimension, member), {})
        of_exposure = exposed.get((dimension, member), {})
        for number, key in enumerate(keys):
            ago = -1 if extra and number == 0 else len(windows) - 1 - number
            cells, base = of_part.get(number, []), of_exposure.get(number, [])
            if dimension and ago != 0 and not any(cell.records for cell in (*cells, *base)):
                empty.add(ago)
            found = figure(kpi, cells, base) if states[number] != "no data" else nothing(cells)
            line.append(
                KpiRow(kpi.kpi, kpi.version, key, ago, dimension, member, found.numerator, found.denominator,
                       found.records, found.value, found.lower, found.upper, states[number], remark=found.remark)
            )  # fmt: skip
        frozen = baselines.in_force(kpi, windows[-1].frequency, dimension, member, windows[-1])
        reported = describe(kpi, line, last_year.key, frozen)
        # A member's empty past counts for its trend, but is not worth a row.
        rows += [row for row in line[:-1] if row.ago not in empty]
        rows.append(replace(reported, status=rate(kpi, reported)))
    return rows


def _any(found: dict[int, list[Counted]]) -> bool:
    return any(cell.records for cells in found.values() for cell in cells)
