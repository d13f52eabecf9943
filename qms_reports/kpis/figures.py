"""From what was counted to a figure: value, interval, and why there is none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from qms_reports.declarations.models import Kpi
from qms_reports.kpis import measurements
from qms_reports.kpis.aggregations import LIST_SEPARATOR
from qms_reports.statistics.intervals import exact_poisson, round_significant, wilson

NONE_BUT_ZERO = ("count", "level", "proportion", "rate")
"""Kinds for which no record at all is the count 0; a median or a ratio of nothing is nothing."""


class Counted(NamedTuple):
    """What one statement gave for a KPI: three texts as exact as the engine's decimals.

    Attributes:
        numerator: Its numerator, or a method's values.
        denominator: Its denominator, or the rest of what a method needs.
        records: Number of records that passed its filter.
        measured: A capability's measurements, where they do not stand in the two texts.
    """

    numerator: str | None
    denominator: str | None
    records: int
    measured: measurements.Measurements | None = None


class Figure(NamedTuple):
    """A KPI's figure for one window and one part.

    Attributes:
        numerator: As counted.
        denominator: As counted.
        records: Records that passed the filter.
        value: The figure, rounded to 12 significant digits; ``None`` is "n/a".
        lower: Lower limit of the 95 % interval.
        upper: Upper limit.
        remark: Why there is no value although there are records.
    """

    numerator: float | None = None
    denominator: float | None = None
    records: int = 0
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    remark: str = ""


def nothing(cells: Sequence[Counted]) -> Figure:
    """The figure of a window that the data do not cover."""
    return Figure(records=sum(cell.records for cell in cells))


def figure(
    kpi: Kpi, cells: Sequence[Counted], exposure: Sequence[Counted] = (), known: dict[int, Figure] | None = None
) -> Figure:
    """The figure of a KPI.

    Args:
        kpi: The KPI.
        cells: What was counted: nothing, or one entry, or one for each stratum.
        exposure: What its exposure was counted as.
        known: Filled with the figures of strata, by the identity of their cells, which several parts share.
    """
    if kpi.combine is not None:
        known = {} if known is None else known
        return _combined(kpi, [_known(kpi, cell, known) for cell in cells])
    cell = cells[0] if cells else Counted(None, None, 0)
    if kpi.exposure is None:
        return _single(kpi, cell, None)
    return _single(kpi, cell, exposure[0] if exposure else Counted(None, None, 0))


def _known(kpi: Kpi, cell: Counted, known: dict[int, Figure]) -> Figure:
    found = known.get(id(cell))
    if found is None:
        found = known[id(cell)] = _single(kpi, cell, None)
    return found


def _single(kpi: Kpi, cell: Counted, exposure: Counted | None) -> Figure:
    if kpi.method is not None:
        return _of_method(kpi, kpi.method.name, cell)
    other = exposure.numerator if exposure else cell.denominator
    numerator, denominator, value, lower, upper = _plain(
        cell.numerator,
        other,
        kpi.kind,
        kpi.per,
        has_denominator=kpi.has_denominator,
        transformed=kpi.transform is not None,
    )
    return Figure(numerator, denominator, cell.records, value, lower, upper)


@lru_cache(maxsize=65536)  # of hundreds of members and windows most count few, and many count the same
def _plain(
    first: str | None, second: str | None, kind: str, per: float, *, has_denominator: bool, transformed: bool
) -> tuple[float | None, float | None, float | None, float | None, float | None]:
    """Numerator, denominator, value and interval of two counted texts."""
    numerator, denominator = _number(first), _number(second)
    if numerator is None and kind in NONE_BUT_ZERO:
        numerator = 0
    if denominator is None and has_denominator:
        denominator = 0
    value = _value(per, numerator, denominator, has_denominator=has_denominator)
    if transformed and value is not None:
        return numerator, denominator, _short_term_sigma(value / per), None, None
    lower, upper = _interval(kind, per, numerator, denominator) if value is not None else (None, None)
    return numerator, denominator, value, lower, upper


def _combined(kpi: Kpi, figures: Sequence[Figure]) -> Figure:
    """The strata's figures as one; without a figure of every stratum that has records there is none."""
    records = sum(found.records for found in figures)
    present = [found for found in figures if found.records]
    values = [found.value for found in present if found.value is not None]
    if not present or len(values) < len(present):
        remark = next((found.remark for found in present if found.value is None and found.remark), "")
        if kpi.combine == "product" or not values:
            return Figure(records=records, remark=remark)
    if kpi.combine == "product":
        value = math.prod(value / kpi.per for value in values) * kpi.per
        return Figure(records=records, value=round_significant(value))
    chosen = (min if kpi.combine == "minimum" else max)(
        (found for found in present if found.value is not None), key=lambda found: found.value or 0.0
    )
    left_out = len(present) - len(values)
    remark = f"{left_out} of {len(present)} left out: {_first_remark(present)}" if left_out else ""
    return Figure(chosen.numerator, chosen.denominator, records, chosen.value, chosen.lower, chosen.upper, remark)


def _first_remark(figures: Sequence[Figure]) -> str:
    return next((found.remark for found in figures if found.value is None and found.remark), "no value")


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else round_significant(number)


def _value(per: float, numerator: float | None, denominator: float | None, *, has_denominator: bool) -> float | None:
    if numerator is None:
        return None
    if not has_denominator:
        return round_significant(numerator * per)
    if not denominator:  # 0 of 0 is neither 0 % nor 100 %
        return None
    return round_significant(numerator / denominator * per)


def _interval(
    kind: str, per: float, numerator: float | None, denominator: float | None
) -> tuple[float | None, float | None]:
    if numerator is None or numerator < 0 or numerator != math.floor(numerator):
        return None, None
    if kind == "proportion" and denominator and numerator <= denominator and denominator == math.floor(denominator):
        return _wilson(int(numerator), int(denominator), per)
    if kind == "rate" and denominator and denominator > 0:
        return _poisson(int(numerator), per / denominator)
    if kind == "count":
        return _poisson(int(numerator), per)
    return None, None


def _wilson(successes: int, trials: int, per: float) -> tuple[float, float]:
    lower, upper = wilson(successes, trials)
    return round_significant(lower * per), round_significant(upper * per)


def _poisson(count: int, scale: float) -> tuple[float, float]:
    lower, upper = _poisson_of_one(count)
    return round_significant(lower * scale), round_significant(upper * scale)


@lru_cache(maxsize=65536)
def _poisson_of_one(count: int) -> tuple[float, float]:
    return exact_poisson(count)


# --- statistics of single values


def _short_term_sigma(share: float) -> float | None:
    """Short-term Z of a share of defects, the normal quantile of what is free of them; none without a defect."""
    from statistics import NormalDist

    return round_significant(NormalDist().inv_cdf(1 - share)) if 0 < share < 1 else None


def _of_method(kpi: Kpi, name: str, cell: Counted) -> Figure:
    compute: Callable[..., Figure] = _kaplan_meier if name == "kaplan_meier_median" else _capability
    return compute(kpi, name, cell)


def _kaplan_meier(kpi: Kpi, name: str, cell: Counted) -> Figure:
    from qms_reports.statistics.survival import median_of_tallies

    del name
    ended, running = _tally(cell.numerator), _tally(cell.denominator)
    closed = sum(ended.values())
    counts = (float(closed), float(closed + sum(running.values())))
    if not ended and not running:
        return Figure(0, 0, cell.records)
    median, lower, upper = median_of_tallies(ended, running)
    if median is None:
        return Figure(*counts, cell.records, remark="fewer than half have ended: the median is not reached")
    value, low, high = (_scaled(time, kpi.per) for time in (median, lower, upper))
    return Figure(*counts, cell.records, value, low, high)


def _capability(kpi: Kpi, name: str, cell: Counted) -> Figure:
    found = measurements.indices(cell.measured or measurements.listed(cell.numerator, cell.denominator))
    if isinstance(found, str):
        return Figure(records=cell.records, remark=f"refused: {found}")
    index = found[name]
    if index is None:
        return Figure(records=cell.records, remark=f"refused: one-sided limits have no {name.capitalize()}")
    value, low, high = (_scaled(part, kpi.per) for part in (index.value, index.lower, index.upper))
    return Figure(None, None, cell.records, value, low, high)


def _tally(text: str | None) -> dict[float, int]:
    """How often each time occurs, from a list of them or from what the engine prints of a histogram."""
    if not text:
        return {}
    if text[0] != "{":
        return Counter(map(float, text.split(LIST_SEPARATOR)))
    pairs = (pair.split("=") for pair in text[1:-1].split(", "))
    return {float(time): int(count) for time, count in pairs}


def _scaled(value: float | None, per: float) -> float | None:
    return None if value is None else round_significant(value * per)
