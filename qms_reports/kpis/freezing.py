"""Freezing control limits: Phase I over chosen periods, kept as a record of the dataset `baselines`.

A freeze is delivered to the source `baselines` as one file, like any other record: it is versioned, has its file and
hash, and what was frozen after a report's cut-off is not known to that report.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from qms_reports.datasets.ingestion import ingest
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.kpis import signals
from qms_reports.kpis.baselines import DATASET, FrozenBaseline
from qms_reports.kpis.control_charting import observe
from qms_reports.kpis.table import KpiRow
from qms_reports.periods import Frequency, Period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing
from qms_reports.statistics.baselines import ENOUGH_POINTS, Baseline
from qms_reports.statistics.control_charts import ControlChart, control_chart
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import sha256_text


class NotFrozen(Exception):  # noqa: N818 - reads as what it is
    """Limits that cannot be frozen; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Limits ready to be kept.

    Attributes:
        baseline: The record.
        chart: The Phase I chart that it was estimated by.
        scale: What its statistics are multiplied by to give the KPI's value.
        rows: The figures of the chart's points.
        excluded: Position to reason, those included that are not complete or not final.
    """

    baseline: FrozenBaseline
    chart: ControlChart
    scale: float
    rows: tuple[KpiRow, ...]
    excluded: Mapping[int, str]

    @property
    def signals(self) -> dict[str, tuple[str, ...]]:
        """Period to the rules that Phase I itself signals: causes to be found before the limits mean anything."""
        found: dict[int, list[str]] = {}
        for rule, positions in self.chart.signals.items():
            for place in positions:
                found.setdefault(place, []).append(rule)
        return {self.rows[place].period: tuple(rules) for place, rules in sorted(found.items())}


def propose(
    kpi: Kpi,
    rows: Sequence[KpiRow],
    *,
    frequency: Frequency,
    effective_from: Period,
    excluded: Mapping[str, str],
    frozen_by: str,
    reason: str,
    now: dt.datetime,
    few: bool = False,
) -> Freeze:
    """Estimate limits from a series (Phase I).

    Args:
        kpi: The KPI.
        rows: Figures of consecutive periods, oldest first, all of the total or of one member.
        frequency: Length of the periods.
        effective_from: The first period to be judged by the limits.
        excluded: Period to the assignable cause for which it is left out.
        frozen_by: Who freezes.
        reason: Why these periods are the process as it ought to be.
        now: The instant of the freeze, which is also since when it is known.
        few: Whether fewer than twenty points will do.

    Raises:
        NotFrozen: There can be no limits, or too few points for them.
    """
    if kpi.rolling > 1:
        raise NotFrozen(f"{kpi.kpi} covers {kpi.rolling} periods: neighbours share records, limits would be too narrow")
    unknown = sorted(set(excluded) - {row.period for row in rows})
    if unknown:
        raise NotFrozen(f"--exclude {unknown[0]}: it is not between {rows[0].period} and {rows[-1].period}")
    points = [row for row in rows if row.state == "ok" and row.value is not None and row.period not in excluded]
    if len(points) < ENOUGH_POINTS and not few:
        raise NotFrozen(
            f"{len(points)} usable points from {rows[0].period} to {rows[-1].period} are fewer than {ENOUGH_POINTS}, "
            "which limits that are to last need; choose a longer range, or say --few"
        )
    kind = signals.chart_kind(kpi, points, points)[0] if points else "none"
    if kind == "none":
        raise NotFrozen(f"{kpi.kpi} has no control chart: its declaration wants none, or it has no figures")
    observed = observe(kpi, kind, rows)
    left_out = observed.excluded | {n: excluded[row.period] for n, row in enumerate(rows) if row.period in excluded}
    try:
        chart = control_chart(kind, observed.values, observed.sizes, exclude=left_out, rules=signals.RULES)
    except ValueError as error:
        raise NotFrozen(f"no limits can be estimated: {error}") from error
    sigma = None if chart.baseline.sigma is None else round_significant(chart.baseline.sigma)
    sigma_z = None if chart.sigma_z is None else round_significant(chart.sigma_z)
    frozen = FrozenBaseline(
        baseline_id="",
        kpi=kpi.kpi,
        kpi_version=kpi.version,
        frequency=frequency,
        dimension=rows[0].dimension,
        member=rows[0].member,
        limits=Baseline(kind, round_significant(chart.baseline.center), sigma, sigma_z),
        first_period=rows[0].period,
        last_period=rows[-1].period,
        points=len(chart.baseline.positions),
        excluded={rows[place].period: why for place, why in sorted(left_out.items())},
        rules=chart.rules,
        effective_from=effective_from.key,
        effective_on=effective_from.start,
        frozen_by=frozen_by,
        frozen_at=now,
        reason=reason,
    )
    name = f"BL-{now:%Y%m%d}-{sha256_text(json.dumps(_row(frozen, now, now), sort_keys=True))[:8]}"
    return Freeze(replace(frozen, baseline_id=name), chart, observed.scale, tuple(rows), left_out)


def withdrawn(frozen: FrozenBaseline, by: str, reason: str, today: dt.date) -> FrozenBaseline:
    """The record of a baseline that is no longer used.

    Raises:
        NotFrozen: It has been withdrawn before.
    """
    if frozen.withdrawn_on is not None:
        raise NotFrozen(f"{frozen.baseline_id} was withdrawn on {frozen.withdrawn_on} by {frozen.withdrawn_by}")
    return replace(frozen, withdrawn_on=today, withdrawn_by=by, withdrawal_reason=reason)


def keep(settings: Settings, catalogue: Catalogue, frozen: FrozenBaseline, now: dt.datetime) -> Delivery:
    """Deliver a baseline to its source and take it into its dataset.

    Args:
        settings: The installation.
        catalogue: The declarations, the dataset `baselines` among them.
        frozen: The record.
        now: Since when this version of it is known.

    Raises:
        NotFrozen: The catalogue has no dataset for baselines.
        RefusedDelivery: Its declaration does not take the record.
        StoreError: The store cannot be written.
    """
    dataset = catalogue.datasets.get(DATASET)
    if dataset is None or dataset.source is None:
        raise NotFrozen(
            f"no catalogue declares the dataset {DATASET}; the shipped one does (QMS_REPORTS_SHIPPED_CATALOG)"
        )
    line = json.dumps(_row(frozen, now, frozen.frozen_at.astimezone(settings.zone)), ensure_ascii=False)
    with tempfile.TemporaryDirectory(prefix="qms_reports_") as folder:
        path = Path(folder) / f"{DATASET}_{frozen.kpi}_{now:%Y%m%dT%H%M%S}.jsonl"
        path.write_text(line + "\n", encoding="utf-8")
        delivery, _ = Landing(settings.home, dataset.source).receive(path, now)
    ingest(settings, dataset, catalogue.sources)
    return delivery


def _row(frozen: FrozenBaseline, now: dt.datetime, local: dt.datetime) -> dict[str, object]:
    """A baseline as its source delivers it: exact decimals, empty texts for what is not there."""

    def exact(number: float | None) -> str:
        return "" if number is None else f"{Decimal(repr(number)):f}"

    return {
        "baseline_id": frozen.baseline_id,
        "recorded_at": now.isoformat(timespec="microseconds"),
        "kpi": frozen.kpi,
        "kpi_version": frozen.kpi_version,
        "frequency": frozen.frequency,
        "dimension": frozen.dimension,
        "member": frozen.member,
        "chart": frozen.chart,
        "first_period": frozen.first_period,
        "last_period": frozen.last_period,
        "points": frozen.points,
        "excluded": json.dumps(dict(frozen.excluded), ensure_ascii=False, sort_keys=True) if frozen.excluded else "",
        "center": exact(frozen.limits.center),
        "sigma": exact(frozen.limits.sigma),
        "sigma_z": exact(frozen.limits.sigma_z),
        "rules": ",".join(frozen.rules),
        "effective_from": frozen.effective_from,
        "effective_on": frozen.effective_on.isoformat(),
        "frozen_by": frozen.frozen_by,
        "frozen_at": frozen.frozen_at.isoformat(timespec="microseconds"),
        "frozen_on": local.date().isoformat(),
        "reason": frozen.reason,
        "withdrawn_on": frozen.withdrawn_on.isoformat() if frozen.withdrawn_on else "",
        "withdrawn_by": frozen.withdrawn_by,
        "withdrawal_reason": frozen.withdrawal_reason,
    }
