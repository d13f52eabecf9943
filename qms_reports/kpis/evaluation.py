"""Computing KPIs: values, intervals, comparison with earlier periods, and rating."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qms_reports.datasets.reading import Coverage, Session, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.compiling import Aggregation, aggregation, exposure, exposure_name, statement
from qms_reports.kpis.figures import Counted, figure, nothing
from qms_reports.kpis.table import TOTAL, KpiRow, State, Status, Trend
from qms_reports.periods import Frequency, Period
from qms_reports.settings import Settings

SERIES: dict[Frequency, int] = {"month": 13, "quarter": 9, "year": 6, "fiscal_year": 6, "week": 53}
"""Windows of a series, the reported one included: long enough for the same period last year."""

_STATES: tuple[State, ...] = ("ok", "immature", "partial", "no data")
"""From best to worst."""

_Cells = dict[str, dict[tuple[str, str], dict[int, list[Counted]]]]
"""KPI or exposure to (dimension, member) to number of the window to what was counted, per stratum."""


def series(period: Period) -> tuple[Period, ...]:
    """The windows of a reported period, oldest first, ending with it."""
    return period.series(SERIES[period.frequency])


def evaluate(
    settings: Settings, catalogue: Catalogue, kpis: Iterable[Kpi], period: Period, opened: Session
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs for a period: in total and per member of each dimension, for every window of its series.

    One SQL statement per dataset, whatever the number of KPIs.

    Args:
        settings: For the site's time zone.
        catalogue: The declarations.
        kpis: KPIs over any datasets that `opened` holds.
        period: The reported period.
        opened: The records, as known at some instant.

    Returns:
        Rows ordered by KPI, window (reported one last), dimension and member.

    Raises:
        BadSqlError: An expression may not run.
    """
    windows = series(period)
    last_year = period.same_period_last_year()
    if last_year not in windows:
        windows = (last_year, *windows)
    declared = sorted(kpis, key=lambda kpi: (kpi.dataset, kpi.kpi))
    counted = _count(settings, catalogue, declared, windows, opened)
    rows: list[KpiRow] = []
    for kpi in declared:
        states = _states(settings, catalogue, kpi, windows, opened)
        rows += _kpi_rows(kpi, counted, windows, states, last_year, _dimensions(catalogue, kpi))
    return tuple(rows)


def evaluate_now(
    settings: Settings, catalogue: Catalogue, names: Iterable[str], period: Period, as_known: object = None
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs by name without a stored table, for a look from the command line or a test."""
    assert as_known is None or isinstance(as_known, dt.datetime)  # noqa: S101 - narrows the type
    kpis = [catalogue.kpis[name] for name in names]
    with session(settings, catalogue, catalogue.stored_of(kpis), as_known) as opened:
        return evaluate(settings, catalogue, kpis, period, opened)


def _count(
    settings: Settings, catalogue: Catalogue, kpis: Sequence[Kpi], windows: Sequence[Period], opened: Session
) -> _Cells:
    """Everything that the KPIs count, in one statement per dataset."""
    by_dataset: dict[str, list[Aggregation]] = {}
    for kpi in kpis:
        items = [aggregation(kpi, catalogue.datasets[kpi.dataset].roles)]
        if kpi.exposure is not None:
            items.append(exposure(kpi, kpi.exposure, catalogue.datasets[kpi.exposure.dataset].roles))
        for item in items:
            by_dataset.setdefault(item.dataset, []).append(item)
    cells: _Cells = {}
    for name in sorted(by_dataset):
        dataset = catalogue.datasets[name]
        types = full_types(dataset, {"dataset": catalogue.datasets})
        calendars = tuple(catalogue.calendars.values())
        compiled = statement(dataset, types, by_dataset[name], windows, settings.zone, calendars)
        for group, window, dimension, member, values in opened.cursor().execute(compiled.sql).fetchall():
            part = (TOTAL, TOTAL) if dimension is None else (compiled.dimensions[dimension], member)
            for number, counted in enumerate(compiled.groups[group]):
                numerator, denominator, records = values[3 * number : 3 * number + 3]
                found = cells.setdefault(counted, {}).setdefault(part, {})
                found.setdefault(window, []).append(Counted(numerator, denominator, int(records)))
    return cells


def _dimensions(catalogue: Catalogue, kpi: Kpi) -> tuple[str, ...]:
    """The dimensions a KPI is broken down by; those that its exposure has not, cannot be."""
    dimensions = kpi.dimensions if kpi.dimensions is not None else tuple(catalogue.datasets[kpi.dataset].dimensions)
    if kpi.exposure is None:
        return dimensions
    shared = catalogue.datasets[kpi.exposure.dataset].dimensions
    return tuple(name for name in dimensions if name in shared)


def _states(
    settings: Settings, catalogue: Catalogue, kpi: Kpi, windows: Sequence[Period], opened: Session
) -> list[State]:
    del settings
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
) -> list[KpiRow]:
    own = counted.get(kpi.kpi, {})
    exposed = counted.get(exposure_name(kpi), {})
    parts = [(TOTAL, TOTAL)]
    for name in dimensions:
        # A member that was exposed and had no event has the rate 0, and is shown.
        present = {part for cells in (own, exposed) for part, found in cells.items() if part[0] == name and _any(found)}
        parts += sorted(present)
    extra = 1 if windows[0] == last_year and windows[0] != windows[1].previous() else 0
    rows = []
    for dimension, member in parts:
        line: list[KpiRow] = []
        of_part = own.get((dimension, member), {})
        of_exposure = exposed.get((dimension, member), {})
        for number, window in enumerate(windows):
            ago = -1 if extra and number == 0 else len(windows) - 1 - number
            cells, base = of_part.get(number, []), of_exposure.get(number, [])
            if dimension and ago != 0 and not any(cell.records for cell in (*cells, *base)):
                continue  # a member's empty past is not worth a row
            found = figure(kpi, cells, base) if states[number] != "no data" else nothing(cells)
            line.append(
                KpiRow(kpi.kpi, kpi.version, window.key, ago, dimension, member, found.numerator, found.denominator,
                       found.records, found.value, found.lower, found.upper, states[number], remark=found.remark)
            )  # fmt: skip
        values = {row.period: row.value for row in line}
        reported = line[-1]
        prior = values.get(windows[-2].key)
        line[-1] = replace(
            reported,
            prior=prior,
            last_year=values.get(last_year.key),
            trend=trend(kpi, reported.value, prior),
            status=rate(kpi, reported),
        )
        rows += line
    return rows


def _any(found: dict[int, list[Counted]]) -> bool:
    return any(cell.records for cells in found.values() for cell in cells)


def trend(kpi: Kpi, value: float | None, prior: float | None) -> Trend:
    """Direction of a value against an earlier one; no direction where the printed figures are the same."""
    if value is None or prior is None:
        return "none"
    if round(value, kpi.decimals) == round(prior, kpi.decimals):
        return "flat"
    return "up" if value > prior else "down"


def rate(kpi: Kpi, row: KpiRow) -> Status:
    """Rating: good at the target or better, warning up to the warning limit, else bad; none without a basis for one.

    Too few records (`min_denominator`), a period the source does not wholly cover, no target and no value give none.
    """
    basis = row.denominator if kpi.kind in ("proportion", "ratio") else row.records
    small = kpi.kind in ("proportion", "ratio", "statistic") and (basis or 0) < kpi.min_denominator
    if row.value is None or kpi.target is None or small or row.state != "ok":
        return "none"
    sign = 1 if kpi.direction == "up" else -1
    if sign * row.value >= sign * kpi.target:
        return "good"
    if kpi.warning is not None and sign * row.value >= sign * kpi.warning:
        return "warning"
    return "bad"
