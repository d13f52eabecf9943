"""The reported figure against earlier ones: direction with a tolerance, improvement, and whether it is more than noise.

The tolerance is relative: `trend_tolerance` percent *of the earlier value*, also where the value is itself a percentage
(5 % of 40 % are 2 percentage points).  Of an earlier value of 0 any percentage is 0, so every change from 0 has a
direction.  Two values that are printed the same are flat whatever the tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.baselines import FrozenBaseline
from qms_reports.kpis.rating import rate
from qms_reports.kpis.signals import Judged, judge
from qms_reports.kpis.table import KpiRow, Trend


def direction(kpi: Kpi, value: float | None, earlier: float | None) -> Trend:
    """Up, down or flat against an earlier value; none without both values.

    A change of exactly the tolerance is flat.  Values are compared as the decimal numbers that they are written as, so
    that 1.05 lies exactly 5 % above 1.
    """
    if value is None or earlier is None:
        return "none"
    if round(value, kpi.decimals) == round(earlier, kpi.decimals):
        return "flat"
    now, before = Decimal(repr(value)), Decimal(repr(earlier))
    if abs(now - before) * 100 <= Decimal(repr(kpi.trend_tolerance)) * abs(before):
        return "flat"
    return "up" if now > before else "down"


def improved(kpi: Kpi, value: float | None, earlier: float | None) -> bool | None:
    """Whether a change with a direction is for the better.

    Returns:
        ``None`` where the values are flat or missing, where neither way is better, or where a KPI that ought to be near
        its target has come neither nearer nor further.
    """
    moved = direction(kpi, value, earlier)
    if moved in ("flat", "none") or value is None or earlier is None:
        return None
    if kpi.direction in ("up", "down"):
        return moved == kpi.direction
    if kpi.direction == "target" and kpi.target is not None:
        now, before = abs(value - kpi.target), abs(earlier - kpi.target)
        return None if now == before else now < before
    return None


def describe(kpi: Kpi, line: Sequence[KpiRow], last_year: str, frozen: FrozenBaseline | None = None) -> KpiRow:
    """The reported row of one line of figures, compared with the others.

    Args:
        kpi: The KPI.
        line: The rows of one member (or of the total): all its windows, empty ones too, in any order; ``ago`` 0 is the
            reported one.
        last_year: Key of the same period last year.
        frozen: Frozen limits in force for the reported period, if there are any.

    Returns:
        The reported row with its rating, `prior`, `last_year`, both trends and the judgement of signal or noise.

    Raises:
        ValueError: There is no reported row.
    """
    reported = next((row for row in line if row.ago == 0), None)
    if reported is None:
        raise ValueError(f"KPI {kpi.kpi}: the line has no reported row")
    prior = next((row.value for row in line if row.ago == 1), None)
    year = next((row.value for row in line if row.period == last_year), None)
    judged = judge(kpi, line) if frozen is None else _judged_by(kpi, line, frozen)
    return reported._replace(
        status=rate(kpi, reported),
        prior=prior,
        last_year=year,
        trend=direction(kpi, reported.value, prior),
        trend_last_year=direction(kpi, reported.value, year),
        signal=judged.signal,
        signal_basis=judged.basis,
    )


def _judged_by(kpi: Kpi, line: Sequence[KpiRow], frozen: FrozenBaseline) -> Judged:
    """By frozen limits: runs are counted from their first point on, without those that were left out for a reason."""
    points = [
        row for row in line if row.ago == 0 or (row.period >= frozen.first_period and row.period not in frozen.excluded)
    ]
    return judge(kpi, points, frozen.limits, frozen.rules)
