"""A KPI's figures over any range of periods, as long as a control chart's baseline needs it."""

from __future__ import annotations

from qms_reports.datasets.reading import Session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.kpis.evaluation import evaluate, series
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import Period, periods_between
from qms_reports.settings import Settings


def long_series(
    settings: Settings,
    catalogue: Catalogue,
    kpi: Kpi,
    first: Period,
    last: Period,
    opened: Session,
    dimension: str = TOTAL,
    member: str = TOTAL,
) -> tuple[KpiRow, ...]:
    """The figures of the total or of one member, one for each period from `first` to `last`, oldest first.

    A period in which a member has no records has the count 0, or no value where nothing could be counted on.

    Raises:
        ValueError: There is no such member in any of the periods.
    """
    wanted = periods_between(first, last)
    totals: dict[str, KpiRow] = {}
    own: dict[str, KpiRow] = {}
    end = last
    while not end < first:
        for row in evaluate(settings, catalogue, [kpi], end, opened):
            if row.ago >= 0 and (row.dimension, row.member) == (TOTAL, TOTAL):
                totals[row.period] = row
            if row.ago >= 0 and (row.dimension, row.member) == (dimension, member):
                own[row.period] = row
        end = end.previous(len(series(end)))
    if not any(period.key in own for period in wanted):
        raise ValueError(f"{member!r} is no member of {dimension!r} from {first.key} to {last.key}")
    found = (own.get(period.key) or _empty(kpi, totals[period.key], dimension, member) for period in wanted)
    return tuple(row._replace(ago=len(wanted) - 1 - number) for number, row in enumerate(found))


def _empty(kpi: Kpi, total: KpiRow, dimension: str, member: str) -> KpiRow:
    counted = 0 if total.state != "no data" and kpi.kind in ("count", "level", "proportion", "rate") else None
    return KpiRow(
        kpi.kpi,
        kpi.version,
        total.period,
        total.ago,
        dimension,
        member,
        numerator=counted,
        denominator=counted if kpi.has_denominator else None,
        records=0,
        value=counted if kpi.kind in ("count", "level") else None,
        lower=None,
        upper=None,
        state=total.state,
    )
