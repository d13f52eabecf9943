"""A catalogue as one report sees it: what it shows is restricted to the members that its parameters name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.expressions import checked
from qms_reports.declarations.kpi_models import RestrictedKpi
from qms_reports.declarations.models import Dataset, Kpi, Template
from qms_reports.declarations.parameters import ALL
from qms_reports.store import identifier, quote

NOT_STATED = "(not stated)"
"""The member of records without a value, as the breakdowns print it."""


def members(template: Template, values: Mapping[str, Any]) -> dict[str, str]:
    """Dimension to the member that a report is restricted to; empty for the whole company."""
    found = {p.dimension: values.get(name) for name, p in template.parameters.items() if p.dimension}
    return {dimension: str(member) for dimension, member in found.items() if member is not None and member != ALL}


def scoped(catalogue: Catalogue, template: Template, values: Mapping[str, Any]) -> Catalogue:
    """The catalogue with everything that a template shows restricted to the members that its parameters name.

    The filters of KPIs (of their exposures too), of charts and of tables of records are extended, so definitions and
    hashes say what was counted.  What has no such dimension stays as it is: `unrestricted` lists the KPIs.  Related
    columns count the partners of a record wherever these are.

    Args:
        catalogue: All declarations.
        template: One of them.
        values: Its parameters, resolved.
    """
    wanted = members(template, values)
    if not wanted:
        return catalogue
    kpis = dict(catalogue.kpis)
    for name in catalogue.kpis_behind(template):
        kpis[name] = _kpi(catalogue, kpis[name], wanted)
    parts: dict[str, Any] = {}
    for kind in ("charts", "tables"):
        parts[kind] = tuple(
            part.model_copy(update={"filter": _extended(part.filter, catalogue.datasets[part.dataset], wanted)})
            if part.dataset is not None
            else part
            for part in getattr(template, kind)
        )
    templates = catalogue.templates | {template.template: template.model_copy(update=parts)}
    return replace(catalogue, kpis=kpis, templates=templates)


def unrestricted(catalogue: Catalogue, template: Template, values: Mapping[str, Any]) -> tuple[str, ...]:
    """KPIs of a report that the members named by its parameters do not restrict, or not all of them, in its order."""
    wanted = members(template, values)
    behind = catalogue.kpis_behind(template)
    return tuple(name for name in behind if any(d not in _legal(catalogue, catalogue.kpis[name]) for d in wanted))


def _kpi(catalogue: Catalogue, kpi: Kpi, wanted: Mapping[str, str]) -> Kpi:
    legal = {dimension: member for dimension, member in wanted.items() if dimension in _legal(catalogue, kpi)}
    if not legal:
        return kpi
    changes: dict[str, Any] = {
        "filter": _extended(kpi.filter, catalogue.datasets[kpi.dataset], legal),
        "within": legal,
    }
    if kpi.exposure is not None:
        found = _extended(kpi.exposure.filter, catalogue.datasets[kpi.exposure.dataset], legal)
        changes["exposure"] = kpi.exposure.model_copy(update={"filter": found})
    return RestrictedKpi.model_construct(**dict(kpi) | changes)


def _legal(catalogue: Catalogue, kpi: Kpi) -> tuple[str, ...]:
    """The dimensions by which a KPI may be restricted: those by which it is broken down."""
    legal = kpi.dimensions if kpi.dimensions is not None else tuple(catalogue.datasets[kpi.dataset].dimensions)
    if kpi.exposure is None:
        return legal
    return tuple(name for name in legal if name in catalogue.datasets[kpi.exposure.dataset].dimensions)


def _extended(condition: str | None, dataset: Dataset, wanted: Mapping[str, str]) -> str | None:
    parts = [f"({condition})"] if condition else []
    for dimension, member in wanted.items():
        if dimension not in dataset.dimensions:
            continue
        column = _column(dataset, dimension)
        stated = f"{column} = {quote(member)}"
        parts.append(f"({column} is null or {stated})" if member == NOT_STATED else stated)
    return " and ".join(parts) or condition


def _column(dataset: Dataset, name: str) -> str:
    """A column in SQL, as the text that its members are; in quotation marks where its name is a word of SQL."""
    bare = name if not checked(f"{name} = 'a'", (name,), aggregate=False) else identifier(name)
    held = dataset.columns.get(name) or dataset.derive.get(name) or dataset.related.get(name)
    return bare if held is None or held.type == "text" else f"cast({bare} as varchar)"
