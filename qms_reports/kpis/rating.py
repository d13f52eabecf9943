"""Rating a figure against its target: good, to watch, bad, or not at all where there is no basis for it."""

from __future__ import annotations

from decimal import Decimal

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.table import KpiRow, Status


def enough_records(kpi: Kpi, row: KpiRow) -> bool:
    """Whether a figure rests on the records that its KPI asks for (`min_denominator`).

    Proportions and ratios are judged by their denominator, statistics by their records; a count of few is a count.
    """
    if kpi.kind not in ("proportion", "ratio", "statistic"):
        return True
    basis = row.records if kpi.kind == "statistic" else row.denominator
    return (basis or 0) >= kpi.min_denominator


def rate(kpi: Kpi, row: KpiRow) -> Status:
    """Rating: good at the target or better, warning up to the warning limit, else bad; none without a basis for one.

    Of direction ``target`` the distance from the target counts: good up to the tolerance, warning up to the warning
    distance.  Too few records (`min_denominator`), a period that the source does not wholly cover or that is not yet
    mature, no target and no value give none.
    """
    if row.value is None or kpi.target is None or row.state != "ok" or not enough_records(kpi, row):
        return "none"
    if kpi.direction == "target":
        # As decimals: 10.3 lies 0.3 from 10, not 0.3000000000000007.
        worse = abs(Decimal(repr(row.value)) - Decimal(repr(kpi.target)))
        good, watch = Decimal(repr(kpi.tolerance or 0.0)), kpi.warning
        if worse <= good:
            return "good"
        return "warning" if watch is not None and worse <= Decimal(repr(watch)) else "bad"
    sign = 1 if kpi.direction == "up" else -1
    if sign * row.value >= sign * kpi.target:
        return "good"
    if kpi.warning is not None and sign * row.value >= sign * kpi.warning:
        return "warning"
    return "bad"
