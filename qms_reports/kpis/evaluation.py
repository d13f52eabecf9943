"""Computing KPIs: values, intervals, comparison with earlier periods, and rating."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from qms_reports.datasets.reading import Coverage, Session, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.compiling import statement
from qms_reports.kpis.table import TOTAL, KpiRow, State, Status, Trend
from qms_reports.periods import Frequency, Period
from qms_reports.settings import Settings
from qms_reports.statistics.intervals import exact_poisson, round_significant, wilson

SERIES: dict[Frequency, int] = {"month": 13, "quarter": 9, "year": 6, "fiscal_year": 6, "week": 53}
"""Windows of a series, the reported one included: long enough for the same period last year."""

NONE_BUT_ZERO = ("count", "level", "proportion", "rate")
"""Kinds for which no record at all is the count 0; a median or a ratio of nothing is nothing."""

_Cell = tuple[str | None, str | None, int]
_Cells = dict[str, dict[tuple[str, str], dict[int, _Cell]]]
"""KPI to (dimension, member) to number of the window to what was found."""


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
    by_dataset: dict[str, list[Kpi]] = {}
    for kpi in kpis:
        by_dataset.setdefault(kpi.dataset, []).append(kpi)
    rows: list[KpiRow] = []
    for name in sorted(by_dataset):
        cells, dimensions = _query(settings, catalogue, by_dataset[name], windows, opened)
        coverage = opened.coverage[catalogue.stored(name).dataset]
        states = [_state(window, coverage) for window in windows]
        for kpi in sorted(by_dataset[name], key=lambda kpi: kpi.kpi):
            rows += _kpi_rows(kpi, cells.get(kpi.kpi, {}), windows, states, last_year, dimensions)
    return tuple(rows)


def evaluate_now(
    settings: Settings, catalogue: Catalogue, names: Iterable[str], period: Period, as_known: object = None
) -> tuple[KpiRow, ...]:
    """Evaluate KPIs by name without a stored table, for a look from the command line or a test."""
    import datetime as dt

    assert as_known is None or isinstance(as_known, dt.datetime)  # noqa: S101 - narrows the type
    kpis = [catalogue.kpis[name] for name in names]
    with session(settings, catalogue, {kpi.dataset for kpi in kpis}, as_known) as opened:
        return evaluate(settings, catalogue, kpis, period, opened)


def _query(
    settings: Settings, catalogue: Catalogue, kpis: Sequence[Kpi], windows: Sequence[Period], opened: Session
) -> tuple[_Cells, tuple[str, ...]]:
    dataset = catalogue.datasets[kpis[0].dataset]
    types = full_types(dataset, {"dataset": catalogue.datasets})
    compiled = statement(dataset, types, kpis, windows, settings.zone)
    cells: _Cells = {}
    for group, window, dimension, member, values in opened.cursor().execute(compiled.sql).fetchall():
        part = (TOTAL, TOTAL) if dimension is None else (compiled.dimensions[dimension], member)
        for number, kpi in enumerate(compiled.groups[group]):
            numerator, denominator, records = values[3 * number : 3 * number + 3]
            found = cells.setdefault(kpi, {}).setdefault(part, {})
            found[window] = (numerator, denominator, int(records))
    return cells, compiled.dimensions


def _state(window: Period, coverage: Coverage) -> State:
    if (
        coverage.first is None
        or coverage.until is None
        or window.start > coverage.until
        or window.end <= coverage.first
    ):
        return "no data"
    return "partial" if window.last_day > coverage.until else "ok"


def _kpi_rows(
    kpi: Kpi,
    cells: dict[tuple[str, str], dict[int, _Cell]],
    windows: Sequence[Period],
    states: Sequence[State],
    last_year: Period,
    dimensions: Sequence[str],
) -> list[KpiRow]:
    legal = kpi.dimensions if kpi.dimensions is not None else dimensions
    parts = [(TOTAL, TOTAL)]
    for name in legal:
        parts += sorted(p for p, found in cells.items() if p[0] == name and any(cell[2] for cell in found.values()))
    extra = 1 if windows[0] == last_year and windows[0] != windows[1].previous() else 0
    rows = []
    for dimension, member in parts:
        line: list[KpiRow] = []
        of_part = cells.get((dimension, member), {})
        for number, window in enumerate(windows):
            ago = -1 if extra and number == 0 else len(windows) - 1 - number
            cell = of_part.get(number, (None, None, 0))
            if dimension and not cell[2] and ago != 0:
                continue  # a member's empty past is not worth a row
            line.append(_row(kpi, window, ago, dimension, member, cell, states[number]))
        found = {row.period: row.value for row in line}
        reported = line[-1]
        prior = found.get(windows[-2].key)
        line[-1] = replace(
            reported,
            prior=prior,
            last_year=found.get(last_year.key),
            trend=trend(kpi, reported.value, prior),
            status=rate(kpi, reported),
        )
        rows += line
    return rows


def _row(kpi: Kpi, window: Period, ago: int, dimension: str, member: str, cell: _Cell, state: State) -> KpiRow:
    numerator, denominator, records = _number(cell[0]), _number(cell[1]), cell[2]
    value = lower = upper = None
    if state == "no data":
        numerator = denominator = None
    else:
        if numerator is None and kpi.kind in NONE_BUT_ZERO:
            numerator = 0
        if denominator is None and kpi.denominator is not None:
            denominator = 0
        value = _value(kpi, numerator, denominator)
        if value is not None:
            lower, upper = _interval(kpi, numerator, denominator)
    return KpiRow(kpi.kpi, kpi.version, window.key, ago, dimension, member, numerator, denominator, records, value,
                  lower, upper, state)  # fmt: skip


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else round_significant(number)


def _value(kpi: Kpi, numerator: float | None, denominator: float | None) -> float | None:
    if numerator is None:
        return None
    if kpi.denominator is None:
        return round_significant(numerator * kpi.per)
    if not denominator:  # 0 of 0 is neither 0 % nor 100 %
        return None
    return round_significant(numerator / denominator * kpi.per)


def _interval(kpi: Kpi, numerator: float | None, denominator: float | None) -> tuple[float | None, float | None]:
    if numerator is None or numerator < 0 or numerator != math.floor(numerator):
        return None, None
    if kpi.kind == "proportion" and denominator and numerator <= denominator and denominator == math.floor(denominator):
        lower, upper = _wilson(int(numerator), int(denominator))
        return round_significant(lower * kpi.per), round_significant(upper * kpi.per)
    if kpi.kind == "rate" and denominator and denominator > 0:
        lower, upper = _poisson(int(numerator))
        scale = kpi.per / denominator
        return round_significant(lower * scale), round_significant(upper * scale)
    if kpi.kind == "count":
        lower, upper = _poisson(int(numerator))
        return round_significant(lower * kpi.per), round_significant(upper * kpi.per)
    return None, None


@lru_cache(maxsize=65536)
def _wilson(successes: int, trials: int) -> tuple[float, float]:
    return wilson(successes, trials)


@lru_cache(maxsize=65536)
def _poisson(count: int) -> tuple[float, float]:
    return exact_poisson(count)


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
