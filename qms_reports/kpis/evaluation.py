"""Computing KPIs: values, intervals, comparison with earlier periods, and rating."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qms_reports.datasets.reading import Coverage, Session, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.kpis import measurements
from qms_reports.kpis.baselines import Baselines, read_baselines, with_baselines
from qms_reports.kpis.counting import Cells, counted
from qms_reports.kpis.figures import Counted, Figure, figure, nothing
from qms_reports.kpis.table import TOTAL, KpiRow, State
from qms_reports.kpis.trend import describe
from qms_reports.periods import Frequency, Period
from qms_reports.settings import Settings

SERIES: dict[Frequency, int] = {"month": 13, "quarter": 9, "year": 6, "fiscal_year": 6, "week": 53,
                                "fiscal_quarter": 9, "fiscal_month": 13}  # fmt: skip
"""Windows of a series, the reported one included: long enough for the same period last year."""

_STATES: tuple[State, ...] = ("ok", "immature", "partial", "no data")
"""From best to worst."""


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
    baselines = read_baselines(opened)
    found: dict[str, list[KpiRow]] = {}
    with _collecting_seldom():
        for kpi, own, exposed in counted(settings, catalogue, declared, windows, opened):
            states = _states(catalogue, kpi, windows, opened)
            dimensions = _dimensions(catalogue, kpi)
            found[kpi.kpi] = _kpi_rows(kpi, own, exposed, windows, states, last_year, dimensions, baselines)
    measurements.forget()
    return tuple(row for kpi in declared for row in found[kpi.kpi])


_evaluating: list[tuple[int, int, int]] = []
"""For each running evaluation, the collector's thresholds before the first of them, which the last one restores."""

_guard = threading.Lock()


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for cycles among what is new only: no figure is in one, and all would be looked through again and again."""
    with _guard:
        before = gc.get_threshold()
        _evaluating.append(_evaluating[0] if _evaluating else before)
        gc.set_threshold(max(before[0], 20_000) if before[0] else 0, 20, 1000)  # 0: somebody wants none at all
    try:
        yield
    finally:
        with _guard:
            before = _evaluating.pop()
            if not _evaluating:
                gc.set_threshold(*before)


def evaluate_now(
    settings: Settings, catalogue: Catalogue, names: Iterable[str], period: Period, as_known: object = None
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs by name without a stored table, for a look from the command line or a test."""
    assert as_known is None or isinstance(as_known, dt.datetime)  # noqa: S101 - narrows the type
    kpis = [catalogue.kpis[name] for name in names]
    stored = with_baselines(catalogue, catalogue.stored_of(kpis))
    with session(settings, catalogue, stored, as_known) as opened:
        return evaluate(settings, catalogue, kpis, period, opened)


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
    own: Cells,
    exposed: Cells,
    windows: Sequence[Period],
    states: Sequence[State],
    last_year: Period,
    dimensions: Sequence[str],
    baselines: Baselines,
) -> list[KpiRow]:
    parts = [(TOTAL, TOTAL)]
    for name in dimensions:
        # A member that was exposed and had no event has the rate 0, and is shown.
        present = {part for cells in (own, exposed) for part, found in cells.items() if part[0] == name and _any(found)}
        parts += sorted(present)
    extra = 1 if len(windows) > 1 and windows[0] == last_year and windows[0] != windows[1].previous() else 0
    keys = [window.key for window in windows]
    year_before = last_year.key
    known: dict[int, Figure] = {}
    without = figure(kpi, ())  # of a part that has nothing in a window, as most small ones in most
    rows = []
    for dimension, member in parts:
        line: list[KpiRow] = []
        empty: set[int] = set()
        of_part: Mapping[int, Sequence[Counted]] = own.get((dimension, member), {})
        of_exposure: Mapping[int, Sequence[Counted]] = exposed.get((dimension, member), {})
        for number, key in enumerate(keys):
            ago = -1 if extra and number == 0 else len(windows) - 1 - number
            cells, base = of_part.get(number, ()), of_exposure.get(number, ())
            if states[number] == "no data":
                found = nothing(cells)
            else:
                found = figure(kpi, cells, base, known) if cells or base else without
            if dimension and ago != 0 and not found.records and not any(cell.records for cell in base):
                empty.add(ago)
            line.append(
                KpiRow(kpi.kpi, kpi.version, key, ago, dimension, member, found.numerator, found.denominator,
                       found.records, found.value, found.lower, found.upper, states[number], remark=found.remark)
            )  # fmt: skip
        frozen = baselines.in_force(kpi, windows[-1].frequency, dimension, member, windows[-1])
        # A member's empty past counts for its trend, but is not worth a row.
        rows += [row for row in line[:-1] if row.ago not in empty]
        rows.append(describe(kpi, line, year_before, frozen))
    return rows


def _any(found: Mapping[int, Sequence[Counted]]) -> bool:
    return any(cell.records for cells in found.values() for cell in cells)
