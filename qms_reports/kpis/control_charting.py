"""The control chart of a KPI's series, drawn from the same kind, points and limits that judge its latest figure.

Points are judged by the frozen baseline in force (Phase II).  Without one the limits come from the points before the
latest, which is what `signals` judges the latest by; they are provisional below twenty points.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qms_reports.declarations.models import Kpi
from qms_reports.fiscal_calendar import CALENDAR_YEAR, FiscalCalendar
from qms_reports.kpis import signals as judging
from qms_reports.kpis.baselines import Baselines, FrozenBaseline
from qms_reports.kpis.table import KpiRow
from qms_reports.periods import parse_period
from qms_reports.statistics import baselines as statistics
from qms_reports.statistics.control_charts import ControlChart, control_chart
from qms_reports.statistics.intervals import round_significant

_SIZED = ("p", "p_prime", "u", "u_prime")
_SCALED = (*_SIZED, "c")
_STATES = {"partial": "period not wholly covered", "immature": "period not final yet"}


class NoControlChart(Exception):  # noqa: N818 - reads as what it is
    """A series that has no control chart; the message says why."""


@dataclass(frozen=True, slots=True)
class KpiControlChart:
    """The control chart of one series; every tuple has one entry per period, oldest first.

    Attributes:
        kpi: KPI.
        dimension: Dimension, or `TOTAL`.
        member: Member of the dimension, or `TOTAL`.
        kind: Kind of chart, see `signals.NAMES`.
        periods: Keys of the periods.
        points: The plotted figures in the KPI's unit; ``None`` where there is none.
        center: Centre line; ``None`` where there are no limits.
        lower: Lower control limit.
        upper: Upper control limit.
        signals: Position to the rules whose pattern ends there.
        excluded: Position to reason, of points that are plotted but not judged.
        rules: The rules in force at the end of the series.
        baselines: What each position is judged by; ``None`` for limits from the series itself.
        phases: Positions at which other limits begin; the first is 0.
        frozen_at: Positions at which a baseline's own points end and those judged by it begin.
        provisional: Whether the latest limits rest on fewer than twenty points.
        sigma_z: Laney's factor of the latest limits, if they have one.
    """

    kpi: str
    dimension: str
    member: str
    kind: str
    periods: tuple[str, ...]
    points: tuple[float | None, ...]
    center: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    signals: Mapping[int, tuple[str, ...]]
    excluded: Mapping[int, str]
    rules: tuple[str, ...]
    baselines: tuple[FrozenBaseline | None, ...]
    phases: tuple[int, ...]
    frozen_at: tuple[int, ...]
    provisional: bool
    sigma_z: float | None

    @property
    def latest(self) -> tuple[str, ...]:
        """The rules that the last period signals."""
        return self.signals.get(len(self.periods) - 1, ())

    @property
    def baseline(self) -> FrozenBaseline | None:
        """What the last period is judged by."""
        return self.baselines[-1]


@dataclass(frozen=True, slots=True)
class Observed:
    """A series as `control_chart` takes it.

    Attributes:
        kind: Kind of chart.
        values: Counts or values; ``None`` where nothing was observed.
        sizes: Sample sizes or exposures, for p and u charts.
        scale: What a plotted statistic is multiplied by to give the KPI's value.
        excluded: Position to the reason why it is not judged.
    """

    kind: str
    values: tuple[float | None, ...]
    sizes: tuple[float | None, ...] | None
    scale: float
    excluded: dict[int, str]


def kind_of(kpi: Kpi, rows: Sequence[KpiRow]) -> str:
    """The kind of chart of a KPI's series without a baseline, see `signals.chart_kind`.

    Raises:
        NoControlChart: The KPI's declaration wants none, or its windows overlap.
    """
    if kpi.control_chart == "none":
        raise NoControlChart("its declaration wants no control chart")
    if kpi.rolling > 1:
        raise NoControlChart(
            f"each figure covers {kpi.rolling} periods: neighbours share records and do not vary freely"
        )
    points = [row for row in rows if row.state == "ok" and row.value is not None]
    return judging.chart_kind(kpi, points, points[:-1])[0]


def observe(kpi: Kpi, kind: str, rows: Sequence[KpiRow]) -> Observed:
    """The series of a KPI as `control_chart` takes it."""
    absent = [row.value is None or row.state == "no data" for row in rows]
    excluded = {
        place: _STATES[row.state] for place, row in enumerate(rows) if row.state in _STATES and not absent[place]
    }
    if kind not in _SCALED:
        values = tuple(None if gone else row.value for gone, row in zip(absent, rows, strict=True))
        return Observed(kind, values, None, 1, excluded)
    counts = tuple(None if gone else row.numerator for gone, row in zip(absent, rows, strict=True))
    sizes = tuple(0.0 if gone else row.denominator for gone, row in zip(absent, rows, strict=True))
    return Observed(kind, counts, sizes if kind in _SIZED else None, kpi.per, excluded)


def kpi_control_chart(
    kpi: Kpi, rows: Sequence[KpiRow], baselines: Baselines, frequency: str, fiscal: FiscalCalendar = CALENDAR_YEAR
) -> KpiControlChart:
    """Judge the series of a KPI's total, or of one member of a dimension.

    Where the baseline in force changes, a new phase begins.  Periods between the first point of a baseline and the
    first that it judges show its limits too: they are its Phase I.  Figures of periods that are not wholly covered, or
    not final yet, are plotted but not judged.

    Args:
        kpi: The KPI.
        rows: Figures of consecutive periods, oldest first, all of one dimension and member.
        baselines: The frozen limits, as known.
        frequency: Length of the periods.
        fiscal: For the keys of fiscal years.

    Raises:
        NoControlChart: There are no limits for any of the points; the message says why.
    """
    if not rows:
        raise NoControlChart("there is no figure")
    try:
        judged_by = _judged_by(kpi, rows, baselines, frequency, fiscal)
        latest = judged_by[-1]
        observed = observe(kpi, latest.chart if latest is not None else kind_of(kpi, rows), rows)
        phases = tuple(n for n in range(len(rows)) if n == 0 or judged_by[n] is not judged_by[n - 1])
        parts = [
            _phase(kpi, observed, rows, judged_by[start], start, end)
            for start, end in zip(phases, (*phases[1:], len(rows)), strict=True)
        ]
    except ValueError as error:  # what the statistics refuse, such as a g chart of fractions
        raise NoControlChart(str(error)) from error
    if all(part is None for part in parts):
        raise NoControlChart(f"there are fewer than {judging.LEAST_POINTS} comparable figures and no frozen baseline")
    return _joined(kpi, rows, observed, judged_by, phases, parts)


def _judged_by(
    kpi: Kpi, rows: Sequence[KpiRow], baselines: Baselines, frequency: str, fiscal: FiscalCalendar
) -> list[FrozenBaseline | None]:
    """What each period is judged by: the baseline in force or, before any is, the one it is a point of."""
    known = [
        (one, parse_period(one.first_period, fiscal).start)
        for one in baselines.all_in_force(kpi, frequency, rows[0].dimension, rows[0].member)
    ]
    found: list[FrozenBaseline | None] = []
    for row in rows:
        start = parse_period(row.period, fiscal).start
        in_force = next((one for one, _ in reversed(known) if one.effective_on <= start), None)
        coming = [one for one, first in known if first <= start]
        first_coming = [one for one in coming if one.effective_on == coming[0].effective_on]
        found.append(in_force or (first_coming[-1] if first_coming else None))
    return found


def _phase(
    kpi: Kpi, observed: Observed, rows: Sequence[KpiRow], frozen: FrozenBaseline | None, start: int, end: int
) -> ControlChart | None:
    """The chart of one phase; ``None`` where nothing can be judged."""
    kind = observed.kind
    if frozen is not None and frozen.chart != kind:  # an older baseline of another kind: its limits mean other points
        return None
    excluded = {place - start: reason for place, reason in observed.excluded.items() if start <= place < end}
    left_out = frozen.excluded if frozen is not None else {}
    excluded |= {
        place - start: left_out[rows[place].period] for place in range(start, end) if rows[place].period in left_out
    }
    values = observed.values[start:end]
    sizes = observed.sizes[start:end] if observed.sizes is not None else None
    usable = [
        place
        for place, value in enumerate(values)
        if value is not None and place not in excluded and (sizes is None or sizes[place])
    ]
    if not usable or (frozen is None and len(usable) < judging.LEAST_POINTS):
        return None
    limits: statistics.Baseline | int | None = None
    if frozen is not None:
        limits = frozen.limits
    elif end == len(rows):  # the latest point does not judge itself
        limits = usable[-1]
    rules = frozen.rules if frozen is not None else judging.RULES
    chart = control_chart(
        kind, values, sizes, freeze=limits, exclude=excluded, rules=rules[:1] if kpi.rolling > 1 else rules
    )
    enough = judging.expected(kind, chart, rows[start + usable[-1]]) >= judging.LEAST_EXPECTED
    return chart if enough else None


def _joined(
    kpi: Kpi,
    rows: Sequence[KpiRow],
    observed: Observed,
    judged_by: Sequence[FrozenBaseline | None],
    phases: tuple[int, ...],
    parts: Sequence[ControlChart | None],
) -> KpiControlChart:
    lines: dict[str, list[float | None]] = {name: [] for name in ("center", "lower", "upper")}
    signals: dict[int, list[str]] = {}
    excluded = dict(observed.excluded)
    for start, end, part in zip(phases, (*phases[1:], len(rows)), parts, strict=True):
        for name, line in lines.items():
            found = getattr(part, name) if part is not None else (math.nan,) * (end - start)
            line.extend(_scaled(value, observed.scale) for value in found)
        if part is None:
            continue
        excluded |= {start + place: reason for place, reason in part.excluded.items()}
        for rule, positions in part.signals.items():
            for place in positions:
                signals.setdefault(start + place, []).append(rule)
    last = parts[-1]
    frozen_at = tuple(
        place
        for place, (row, one) in enumerate(zip(rows, judged_by, strict=True))
        if place and one is not None and row.period == one.effective_from and judged_by[place - 1] is one
    )
    return KpiControlChart(
        kpi=kpi.kpi,
        dimension=rows[0].dimension,
        member=rows[0].member,
        kind=observed.kind,
        periods=tuple(row.period for row in rows),
        points=tuple(None if row.state == "no data" else row.value for row in rows),
        center=tuple(lines["center"]),
        lower=tuple(lines["lower"]),
        upper=tuple(lines["upper"]),
        signals={place: tuple(rules) for place, rules in sorted(signals.items())},
        excluded=dict(sorted(excluded.items())),
        rules=last.rules if last is not None else (),
        baselines=tuple(judged_by),
        phases=phases,
        frozen_at=frozen_at,
        provisional=last is None or _few(judged_by[-1], last),
        sigma_z=last.sigma_z if last is not None else None,
    )


def _few(frozen: FrozenBaseline | None, part: ControlChart) -> bool:
    return frozen.points < statistics.ENOUGH_POINTS if frozen is not None else part.baseline.provisional


def _scaled(value: float, scale: float) -> float | None:
    return None if math.isnan(value) or math.isinf(value) else round_significant(value * scale)
