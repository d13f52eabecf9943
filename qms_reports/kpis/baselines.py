"""Frozen limits of control charts: which baseline is in force for a figure, as known at the session's instant.

A baseline is a record of the dataset `baselines` like any other: what was frozen after a report's cut-off is not in it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qms_reports.datasets.reading import Session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.kpi_models import RestrictedKpi
from qms_reports.declarations.models import Kpi
from qms_reports.kpis.table import TOTAL
from qms_reports.periods import Period
from qms_reports.statistics import baselines as statistics

DATASET = "baselines"
"""The dataset of frozen limits."""

_Key = tuple[str, int, str, str, str]


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """One freeze: who froze which limits when, over which points, for what reason.

    Attributes:
        baseline_id: Its key.
        kpi: The KPI whose series it judges.
        kpi_version: Version of the KPI's definition; another version is another measure.
        frequency: Length of its periods.
        dimension: Dimension, or `TOTAL`.
        member: Member of the dimension, or `TOTAL`.
        limits: Kind of chart with centre and sigma; give it to `control_chart` as `freeze`.
        first_period: Key of the first period that the limits were estimated from.
        last_period: Key of the last one.
        points: Number of points that they were estimated from.
        excluded: Period to reason, of the periods between the two that were left out.
        rules: The rules in force.
        effective_from: Key of the first period that it judges.
        effective_on: First day of that period.
        frozen_by: Who froze it.
        frozen_at: When (UTC).
        reason: Why.
        withdrawn_on: From when it is no longer used at all; ``None`` while it is.
        withdrawn_by: Who withdrew it.
        withdrawal_reason: Why.
    """

    baseline_id: str
    kpi: str
    kpi_version: int
    frequency: str
    dimension: str
    member: str
    limits: statistics.Baseline
    first_period: str
    last_period: str
    points: int
    excluded: Mapping[str, str]
    rules: tuple[str, ...]
    effective_from: str
    effective_on: dt.date
    frozen_by: str
    frozen_at: dt.datetime
    reason: str
    withdrawn_on: dt.date | None = None
    withdrawn_by: str = ""
    withdrawal_reason: str = ""

    @property
    def chart(self) -> str:
        """The kind of chart."""
        return self.limits.kind


@dataclass(frozen=True)
class Baselines:
    """All frozen limits known to a session.

    Attributes:
        records: All of them, withdrawn ones too, oldest first.
    """

    records: tuple[FrozenBaseline, ...]
    _used: dict[_Key, list[FrozenBaseline]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort what is not withdrawn by what it judges, the one that takes over last at the end."""
        used: dict[_Key, list[FrozenBaseline]] = defaultdict(list)
        for one in sorted(self.records, key=lambda one: (one.effective_on, one.frozen_at, one.baseline_id)):
            if one.withdrawn_on is None:
                used[(one.kpi, one.kpi_version, one.frequency, one.dimension, one.member)].append(one)
        object.__setattr__(self, "_used", dict(used))

    def all_in_force(
        self, kpi: Kpi, frequency: str, dimension: str = TOTAL, member: str = TOTAL
    ) -> tuple[FrozenBaseline, ...]:
        """Every baseline of a series that is not withdrawn, in the order in which they take over from one another.

        The total of a KPI that is restricted to one member is that member's series, and is judged by its baselines.
        """
        parts = set(kpi.within.items()) if isinstance(kpi, RestrictedKpi) else set()
        if dimension != TOTAL:
            parts.add((dimension, member))
        if len(parts) > 1:  # nobody can have frozen limits for one member within another
            return ()
        dimension, member = parts.pop() if parts else (TOTAL, TOTAL)
        return tuple(self._used.get((kpi.kpi, kpi.version, frequency, dimension, member), ()))

    def in_force(self, kpi: Kpi, frequency: str, dimension: str, member: str, period: Period) -> FrozenBaseline | None:
        """The baseline that judges a figure.

        The one with the latest effective period not after the figure's; of those the one frozen last.  None that was
        frozen for another version of the KPI's definition, and none that was withdrawn.

        Args:
            kpi: The KPI.
            frequency: Length of its periods.
            dimension: Dimension, or `TOTAL`.
            member: Member of the dimension, or `TOTAL`.
            period: The period of the figure.
        """
        found = self.all_in_force(kpi, frequency, dimension, member)
        return next((one for one in reversed(found) if one.effective_on <= period.start), None)


def read_baselines(opened: Session) -> Baselines:
    """All frozen limits that a session knows; none when it does not hold the dataset (see `with_baselines`)."""
    if DATASET not in opened.coverage:
        return Baselines(())
    rows = (
        opened.cursor()
        .execute(
            "SELECT baseline_id, kpi, kpi_version, frequency, coalesce(dimension, ''), coalesce(member, ''), chart, "
            "center::DOUBLE, sigma::DOUBLE, sigma_z::DOUBLE, first_period, last_period, points, excluded, rules, "
            "effective_from, effective_on, frozen_by, frozen_at, reason, withdrawn_on, coalesce(withdrawn_by, ''), "
            f"coalesce(withdrawal_reason, '') FROM {DATASET} ORDER BY frozen_at, baseline_id"
        )
        .fetchall()
    )
    return Baselines(tuple(_record(row) for row in rows))


def _record(row: tuple[object, ...]) -> FrozenBaseline:
    (name, kpi, version, frequency, dimension, member, chart, center, sigma, sigma_z, first, last, points, excluded,
     rules, effective_from, effective_on, by, at, reason, *withdrawal) = row  # fmt: skip
    assert isinstance(at, dt.datetime)  # noqa: S101 - as the dataset declares it
    return FrozenBaseline(
        baseline_id=str(name),
        kpi=str(kpi),
        kpi_version=int(str(version)),
        frequency=str(frequency),
        dimension=str(dimension),
        member=str(member),
        limits=statistics.Baseline(
            str(chart),
            center=float(str(center)),
            sigma=None if sigma is None else float(str(sigma)),
            sigma_z=None if sigma_z is None else float(str(sigma_z)),
        ),
        first_period=str(first),
        last_period=str(last),
        points=int(str(points)),
        excluded=json.loads(str(excluded)) if excluded else {},
        rules=tuple(str(rules).replace(",", " ").split()),
        effective_from=str(effective_from),
        effective_on=effective_on,  # type: ignore[arg-type]  # a date column
        frozen_by=str(by),
        frozen_at=at.replace(tzinfo=dt.UTC),
        reason=str(reason),
        withdrawn_on=withdrawal[0],  # type: ignore[arg-type]  # a date column
        withdrawn_by=str(withdrawal[1]),
        withdrawal_reason=str(withdrawal[2]),
    )


def baseline_in_force(
    opened: Session, kpi: Kpi, frequency: str, dimension: str, member: str, period: Period
) -> FrozenBaseline | None:
    """The baseline that judges one figure; for many figures `read_baselines` once and ask `Baselines.in_force`."""
    return read_baselines(opened).in_force(kpi, frequency, dimension, member, period)


def with_baselines(catalogue: Catalogue, names: Iterable[str]) -> tuple[str, ...]:
    """Names of datasets to open a session with, the frozen limits included where the catalogue declares them."""
    declared = (DATASET,) if DATASET in catalogue.datasets else ()
    return tuple(dict.fromkeys((*names, *declared)))
