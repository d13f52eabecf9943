"""Running the statements of many KPIs, and giving each KPI what was counted for it as soon as that is complete."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from qms_reports.datasets.reading import Session, narrow, narrow_table
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import (
    STRATUM_SEPARATOR,
    Aggregation,
    aggregation,
    exposure,
    exposure_name,
    parts_are_strata,
)
from qms_reports.kpis.compiling import Statement, statement
from qms_reports.kpis.engines import engine_of
from qms_reports.kpis.engines.choosing import Engine
from qms_reports.kpis.engines.local import LocalEngine
from qms_reports.kpis.figures import Counted
from qms_reports.kpis.stepwise import Steps
from qms_reports.kpis.table import TOTAL
from qms_reports.periods import Period
from qms_reports.settings import Settings
from qms_reports.store import stopped_after

_WINDOWS_AT_ONCE = 48

Cells = defaultdict[tuple[str, str], dict[int, tuple[Counted, ...]]]
"""(Dimension, member) to number of the window to what was counted, per stratum."""

_Part = tuple[str, str]

_Row = tuple[int, int, int | None, str | None, str | None, Sequence[Any]]
"""As an engine gives it; of steps with a `Stretch` for each list of measurements."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A statement about to run over one dataset, the table its records are narrowed down to, and its windows."""

    dataset: str
    types: dict[str, str]
    items: dict[str, Aggregation]
    compiled: Statement
    narrowed: str | None
    first: int
    windows: Sequence[Period]


def counted(
    settings: Settings, catalogue: Catalogue, kpis: Sequence[Kpi], windows: Sequence[Period], opened: Session
) -> Iterator[tuple[Kpi, Cells, Cells]]:
    """What is counted for each KPI, and for its exposure; one statement per dataset, whatever the number of KPIs.

    KPIs come in the order in which their datasets are done, so that the figures of some are made while the records of
    others are read.

    Args:
        settings: The engine, and the site's time zone.
        catalogue: The declarations.
        kpis: KPIs over any datasets that `opened` holds.
        windows: The periods to evaluate.
        opened: The records.

    Raises:
        BadSqlError: An expression may not run.
    """
    engine = engine_of(settings)
    by_dataset: dict[str, list[Aggregation]] = {}
    for kpi in kpis:
        items = [aggregation(kpi, catalogue.datasets[kpi.dataset])]
        if kpi.exposure is not None:
            items.append(exposure(kpi, kpi.exposure, catalogue.datasets[kpi.exposure.dataset]))
        for item in items:
            by_dataset.setdefault(item.dataset, []).append(item)
    local = isinstance(engine, LocalEngine)
    spans = {name: _spans(name, windows, opened, local=local) for name in sorted(by_dataset)}
    # The largest first, so that none is left alone at the end.
    runs = (
        _run(settings, catalogue, name, by_dataset[name], windows[span], span.start, opened, local=local)
        for name in sorted(spans, key=partial(_size, opened), reverse=True)
        for span in spans[name]
    )
    split = {kpi.kpi: kpi for kpi in kpis if parts_are_strata(kpi, catalogue.datasets[kpi.dataset])}
    cells = {item.name: _no_cells() for items in by_dataset.values() for item in items}
    left = {name: len(found) for name, found in spans.items()}
    waiting = {kpi.kpi: kpi for kpi in kpis}
    for run, rows in _rows(settings, catalogue, engine, runs, opened):
        _sort_in(run, rows, split, cells, settings)
        left[run.dataset] -= 1
        for kpi in list(waiting.values()):
            other = kpi.exposure.dataset if kpi.exposure else kpi.dataset
            if not left[kpi.dataset] and not left[other]:
                del waiting[kpi.kpi]
                yield kpi, cells.pop(kpi.kpi), cells.pop(exposure_name(kpi), _no_cells())


def _no_cells() -> Cells:
    return defaultdict(dict)


def _spans(name: str, windows: Sequence[Period], opened: Session, *, local: bool) -> list[slice]:
    """The windows of each statement over a dataset: all, but of a large one only as many as memory is for."""
    step = _WINDOWS_AT_ONCE if local and name in opened.large else max(len(windows), 1)
    return [slice(first, first + step) for first in range(0, len(windows), step)]


def _run(
    settings: Settings,
    catalogue: Catalogue,
    name: str,
    items: Sequence[Aggregation],
    windows: Sequence[Period],
    first: int,
    opened: Session,
    *,
    local: bool,
) -> _Run:
    dataset = catalogue.datasets[name]
    types = full_types(dataset, {"dataset": catalogue.datasets})
    calendars = tuple(catalogue.calendars.values())
    narrowed = narrow_table(name) if local and name in opened.large else None
    compiled = statement(dataset, types, items, windows, settings.zone, calendars, narrowed, local=local)
    return _Run(name, types, {item.name: item for item in items}, compiled, narrowed, first, windows)


def _rows(
    settings: Settings, catalogue: Catalogue, engine: Engine, runs: Iterable[_Run], opened: Session
) -> Iterator[tuple[_Run, list[_Row]]]:
    """Run the statements; in this process several at once, each on one thread, so that every sum stays the same."""

    def local(run: _Run) -> tuple[_Run, list[_Row]]:
        cursor = opened.cursor()
        with stopped_after(cursor, settings.statement_seconds, f"the figures of dataset {run.dataset}"):
            if run.narrowed and run.compiled.needed:
                mentioned = set(re.findall(r"\w+", run.compiled.text))
                columns = [name for name in (*run.types, "_key") if name in mentioned]
                dataset = catalogue.datasets[run.dataset]
                of_some = run.compiled.needed_of
                narrow(cursor, catalogue, dataset, run.narrowed, run.compiled.needed, columns, of_some)
            return run, run.compiled.rows(cursor)

    if not isinstance(engine, LocalEngine):
        for run in runs:
            yield run, engine.run(run.compiled.sql, opened, {run.dataset: run.types})
    elif settings.threads == 1:
        yield from map(local, runs)
    else:
        pool = ThreadPoolExecutor(settings.threads)
        try:  # those compiled first already run while others are compiled
            for done in as_completed([pool.submit(local, run) for run in runs]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _size(opened: Session, dataset: str) -> int:
    """Records of a dataset, roughly."""
    return sum(commit.counts["added"] for commit in opened.commits.get(dataset, ()))


_Target = tuple[Cells, Callable[[str], list[_Part]] | None]
"""A KPI's cells, and the parts that a stratum of it belongs to."""


@dataclass(frozen=True, slots=True)
class _Shared:
    """KPIs that count the same: the places of its parts among a row's values, and where it goes."""

    item: Aggregation
    places: tuple[int, int, int]
    targets: list[_Target] = field(default_factory=list)

    def add(self, part: _Part, stratum: str | None, window: int, found: Counted) -> None:
        alone = (found,)
        for own, parts_of in self.targets:
            for one in parts_of(stratum or "") if parts_of else (part,):
                windows = own[one]
                windows[window] = (*windows[window], found) if window in windows else alone


def _sort_in(
    run: _Run, rows: Sequence[_Row], split: dict[str, Kpi], cells: dict[str, Cells], settings: Settings
) -> None:
    """Add the rows of a statement to what is counted for each KPI."""
    compiled = run.compiled
    dimensions = compiled.dimensions
    sharing = [_sharing(run, group, split, cells) for group in compiled.groups]
    stepped: dict[int, dict[_Part, list[tuple[int, str | None, Sequence[Any]]]]] = {
        number: {} for number in compiled.steps
    }
    for number, window, dimension, member, stratum, values in rows:
        part = (TOTAL, TOTAL) if dimension is None else (dimensions[dimension], member or TOTAL)
        if number in stepped:
            stepped[number].setdefault(part, []).append((window, stratum, values))
            continue
        for shared in sharing[number]:
            first, second, third = shared.places
            found = Counted(values[first], values[second], int(values[third] or 0))
            shared.add(part, stratum, run.first + window, found)
    for number, parts in stepped.items():
        for shared in sharing[number]:
            for part, given in parts.items():
                steps = Steps(shared.item, run.types, settings.zone)
                for place, stratum, values in given:
                    listed, limits, records = (values[one] for one in shared.places)
                    steps.add(compiled.steps[number][place], stratum, (listed, limits, records))
                for window, period in enumerate(run.windows, run.first):
                    for stratum, found in steps.window(period):
                        shared.add(part, stratum, window, found)


def _sharing(
    run: _Run, group: Sequence[tuple[str, tuple[int, int, int]]], split: dict[str, Kpi], cells: dict[str, Cells]
) -> list[_Shared]:
    """The KPIs of a group by what they count."""
    found: dict[tuple[object, ...], _Shared] = {}
    for name, places in group:
        item = run.items[name]
        parts_of = partial(_parts_of, split[name], run.compiled.dimensions) if name in split else None
        shared = found.setdefault((places, item.rolling, item.lag), _Shared(item, places))
        shared.targets.append((cells[name], parts_of))
    return list(found.values())


def _parts_of(kpi: Kpi, dimensions: Sequence[str], stratum: str) -> list[_Part]:
    """The parts that a stratum belongs to: the total, and one member of each dimension."""
    members = dict(zip(kpi.strata, stratum.split(STRATUM_SEPARATOR), strict=True))
    legal = kpi.dimensions if kpi.dimensions is not None else dimensions
    return [(TOTAL, TOTAL), *((name, members[name]) for name in legal)]
