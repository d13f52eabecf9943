"""Whether the KPIs, dimensions, columns and expressions of a chart fit what the chart does with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qms_reports.declarations.chart_models import ChartModel
from qms_reports.declarations.issues import Issue
from qms_reports.declarations.kpi_models import Kpi
from qms_reports.declarations.placed_issues import Found, Path, issue_at, no_column, sql_issues
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

ADDITIVE = ("count", "level")
"""Kinds of KPI whose members may be added up; a percentage of percentages would be wrong."""

_NUMBERS = ("BIGINT", "DECIMAL(28,9)")


def chart_of_kpis(part: ChartModel, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    """Whether the KPIs are of a kind that the chart can show truthfully."""
    kpi = found["kpi"].get(part.kpis[0]) if part.kpis else None
    if kpi is not None and kpi.dataset in found["dataset"]:
        yield from _kind(part, kpi, here, origin)
        yield from _across(part, kpi, here, origin, found)
    if part.level is not None:
        yield from _level(part, here, origin, found)


def _kind(part: ChartModel, kpi: Kpi, here: Path, origin: Origin) -> Iterator[Issue]:
    place = (*here, "kpis", 0)
    if part.type == "pareto" and kpi.kind not in ADDITIVE:
        message = f"a pareto adds up its bars, and a {kpi.kind} such as '{kpi.kpi}' cannot be added up"
        yield issue_at(
            origin, place, message, "name a count or a level, or draw horizontal bars", code="charts.kpi_kind"
        )
    if part.type == "funnel" and kpi.kind not in ("proportion", "rate"):
        message = f"a funnel needs the size of each member, and the {kpi.kind} '{kpi.kpi}' has none"
        yield issue_at(origin, place, message, "name a proportion or a rate", code="charts.kpi_kind")
    if part.type in ("pie", "donut") and part.by is not None and kpi.kind not in ADDITIVE:
        message = f"the slices of a {part.type} add up to a whole, and the members of a {kpi.kind} do not"
        yield issue_at(
            origin, place, message, "name a count or a level, or draw horizontal bars", code="charts.kpi_kind"
        )


def _across(part: ChartModel, kpi: Kpi, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    if part.across is None:
        return
    legal = kpi.dimensions if kpi.dimensions is not None else tuple(found["dataset"][kpi.dataset].dimensions)
    if part.across not in legal:
        hint = did_you_mean(part.across, legal) or f"dimensions: {', '.join(legal) or 'none'}"
        yield issue_at(
            origin,
            (*here, "across"),
            f"'{part.across}' is no dimension of KPI {kpi.kpi}",
            hint,
            code="structure.unknown_dimension",
        )
    if kpi.exposure is not None or kpi.strata:
        message = f"'{kpi.kpi}' cannot be split by two dimensions at once: it is counted apart from its records"
        yield issue_at(
            origin,
            (*here, "across"),
            message,
            "use 'over: series', or a KPI without exposure and strata",
            code="charts.kpi_kind",
        )


def _level(part: ChartModel, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    for path, name in part.kpi_paths:
        kpi = found["kpi"].get(name)
        wanted = "level" if path == ("level",) else "count"
        if kpi is not None and kpi.kind != wanted:
            message = f"'{name}' is a {kpi.kind}, and this bar of a waterfall is a {wanted}"
            hint = "first and last are a state at the end of a period, all between are counts of happenings in it"
            yield issue_at(origin, (*here, *path), message, hint, code="charts.kpi_kind")


def chart_of_records(
    part: ChartModel, here: Path, origin: Origin, columns: tuple[dict[str, str], dict[str, str]]
) -> Iterator[Issue]:
    """Whether the expressions and columns of a chart of records exist.

    Args:
        part: The chart.
        here: Its place in the template.
        origin: The template's file.
        columns: What expressions may use, and the dataset's own columns, each with its DuckDB type.
    """
    types, plain = columns
    for key in ("values", "x", "y"):
        sql = getattr(part, key)
        yield from sql_issues(origin, (*here, key), sql, types)
        kind = plain.get(sql or "")
        if kind is not None and kind not in _NUMBERS:
            numbers = ", ".join(sorted(name for name, found in plain.items() if found in _NUMBERS)) or "none"
            yield issue_at(
                origin, (*here, key), f"column '{sql}' is no number", f"numbers: {numbers}", code="sql.types"
            )
    for key in ("by", "across"):
        name = getattr(part, key)
        if name is not None and name not in plain:
            yield no_column(origin, (*here, key), name, plain)
