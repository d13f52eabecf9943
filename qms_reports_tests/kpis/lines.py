"""Lines of figures for the tests of trend, signals and contributions: rows as the evaluation makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import parse_period
from qms_reports.statistics.intervals import round_significant

REPORTED = parse_period("2024-05")


def kpi(kind: str = "count", **changes: Any) -> Kpi:
    """A KPI of a kind, with what that kind needs."""
    needs: dict[str, Any] = {"kpi": "k", "title": "K", "dataset": "d", "kind": kind, "date": "opened",
                             "numerator": "count(*)", "formula": "K"}  # fmt: skip
    if kind in ("proportion", "rate", "ratio"):
        needs["denominator"] = "count(*)"
    return Kpi(**{**needs, **changes})


def row(
    declared: Kpi,
    numerator: float | None,
    denominator: float | None = None,
    *,
    ago: int = 0,
    member: str = TOTAL,
    state: str = "ok",
) -> KpiRow:
    """One figure as counted."""
    value = numerator
    if declared.has_denominator:
        value = numerator / denominator if denominator and numerator is not None else None
    if value is not None:
        value = round_significant(value * declared.per)
    dimension = "site" if member else TOTAL
    records = int(denominator if denominator is not None else numerator or 0)
    return KpiRow(declared.kpi, 1, REPORTED.previous(ago).key if ago else REPORTED.key, ago, dimension, member,
                  numerator, denominator, records, value, None, None, state)  # type: ignore[arg-type]  # fmt: skip


def line(declared: Kpi, numerators: Sequence[float | None], denominators: Sequence[float] | float | None = None,
         *, states: Sequence[str] = ()) -> list[KpiRow]:  # fmt: skip
    """A series, oldest first; the last one is the reported figure."""
    last = len(numerators) - 1
    sizes = denominators if isinstance(denominators, Sequence) else [denominators] * len(numerators)
    found = states or ["ok"] * len(numerators)
    return [
        row(declared, numerator, sizes[place], ago=last - place, state=found[place])
        for place, numerator in enumerate(numerators)
    ]
