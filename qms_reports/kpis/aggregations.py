"""What is counted over one dataset for one KPI: all of it, or the exposure that its rate is counted on."""

from __future__ import annotations

from dataclasses import dataclass

from qms_reports.declarations.models import Dataset, Exposure, Kpi, Method, Roles
from qms_reports.kpis.shorthands import roles_of

NOT_STATED = "(not stated)"
"""The member of a dimension that records without a value belong to, so that the parts add up to the whole."""

LIST_SEPARATOR = ";"
"""Between the single values that a method's text holds."""

STRATUM_SEPARATOR = "\x1f"
"""Between the columns of a stratum's name."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What is counted over one dataset for one KPI: all of it, or its exposure.

    Attributes:
        name: The KPI's name, or that of its exposure.
        dataset: The dataset.
        roles: The dataset's roles as the KPI means them.
        date: Date column, or ``as_of``.
        filter: Condition on records.
        numerator: Aggregate expression; ``None`` with `method`.
        denominator: Aggregate expression, if it counts one over the same records.
        method: A statistic of every single value.
        strata: Columns evaluated apart.
        dimensions: Dimensions that the statement breaks down by.
        rolling: Periods of the window.
        lag: Periods by which the window lies before the reported one.
    """

    name: str
    dataset: str
    roles: Roles
    date: str
    filter: str | None
    numerator: str | None
    denominator: str | None = None
    method: Method | None = None
    strata: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    rolling: int = 1
    lag: int = 0


def aggregation(kpi: Kpi, dataset: Dataset) -> Aggregation:
    """What is counted over a KPI's own dataset."""
    dimensions = kpi.dimensions if kpi.dimensions is not None else tuple(dataset.dimensions)
    return Aggregation(
        name=kpi.kpi,
        dataset=kpi.dataset,
        roles=roles_of(kpi, dataset.roles),
        date=kpi.date,
        filter=kpi.filter,
        numerator=kpi.numerator,
        denominator=kpi.denominator,
        method=kpi.method,
        strata=kpi.strata,
        dimensions=() if parts_are_strata(kpi, dataset) else dimensions,
        rolling=kpi.rolling,
    )


def parts_are_strata(kpi: Kpi, dataset: Dataset) -> bool:
    """Whether each stratum belongs to one member of each dimension, so that no other breakdown is needed."""
    dimensions = kpi.dimensions if kpi.dimensions is not None else tuple(dataset.dimensions)
    return bool(kpi.strata) and set(dimensions) <= set(kpi.strata)


def exposure(kpi: Kpi, held: Exposure, dataset: Dataset) -> Aggregation:
    """What a KPI's rate is counted on in another dataset."""
    return Aggregation(
        name=exposure_name(kpi),
        dataset=held.dataset,
        roles=dataset.roles,
        date=held.date,
        filter=held.filter,
        numerator=held.sql,
        dimensions=tuple(name for name in dataset.dimensions if kpi.dimensions is None or name in kpi.dimensions),
        rolling=held.rolling or kpi.rolling,
        lag=held.lag,
    )


def exposure_name(kpi: Kpi) -> str:
    """The name of a KPI's exposure among the aggregations; no KPI has such a name."""
    return f"{kpi.kpi}:exposure"
