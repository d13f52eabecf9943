"""From declared KPIs to SQL: all KPIs of one dataset, all windows of one series, all dimensions, in one statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import STATES, parse_checked
from qms_reports.declarations.models import Calendar, Dataset
from qms_reports.kpis.aggregations import Aggregation
from qms_reports.kpis.groups import Group, Places, group_sql, step_statement, tally_sql
from qms_reports.kpis.masks import masks_sql
from qms_reports.kpis.populations import Population, bounds_of, population_of, steps_of_records
from qms_reports.kpis.shorthands import names
from qms_reports.kpis.stepwise import has_steps, steps_of
from qms_reports.kpis.stretches import StepStatement
from qms_reports.periods import Period

if TYPE_CHECKING:
    import duckdb


_STEPS_AT_ONCE = 6
"""Measurements of so many periods are put in order at once, so that ten million of them need not be held."""


@dataclass(frozen=True)
class Statement:
    """One SQL statement and how to read its rows.

    Attributes:
        sql: Gives (group, window, dimension index or NULL, member, stratum or NULL, values), where values holds the
            texts that the group's KPIs need.  A KPI with strata has a row for each of them, in their names' order.
            Empty where all groups have statements of their own.
        groups: Each group's KPIs, with the places of their numerator, denominator and number of records among the
            values; KPIs that need the same text share its place.
        dimensions: The dimension that each index means.
        needed: Condition on the dataset's own columns that holds for every record that the groups bounded by dates
            need; ``None`` if no group is.
        needed_of: Related column to the condition that holds for every record of which those groups need it, where that
            is not all of them.
        steps: Group to the periods that its rows count instead of the windows, to be put together by `stepwise`.
        stretches: The statements of groups with steps, whose rows `sql` does not give.
    """

    sql: str
    groups: tuple[Places, ...]
    dimensions: tuple[str, ...]
    needed: str | None = None
    needed_of: dict[str, str] = field(default_factory=dict)
    steps: dict[int, tuple[Period, ...]] = field(default_factory=dict)
    stretches: tuple[StepStatement, ...] = ()

    def rows(self, cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """Run all of it; rows of steps have a `Stretch` for each list of measurements."""
        found: list[tuple[Any, ...]] = cursor.execute(self.sql).fetchall() if self.sql else []
        return found + [row for own in self.stretches for row in own.rows(cursor)]

    @property
    def text(self) -> str:
        """All of its SQL."""
        return " ".join((self.sql, *(own.text for own in self.stretches)))


def statement(
    dataset: Dataset,
    types: dict[str, str],
    wanted: Sequence[Aggregation],
    windows: Sequence[Period],
    zone: ZoneInfo,
    calendars: Sequence[Calendar] = (),
    narrowed: str | None = None,
    *,
    local: bool = False,
) -> Statement:
    """Compile what is counted over one dataset.

    Args:
        dataset: The dataset, which the session holds as a table of its name.
        types: Column name to DuckDB type.
        wanted: Any number of aggregations over it.
        windows: The periods to evaluate, each on its own.
        zone: The site's zone, for the instants of timestamp columns.
        calendars: For ``business_days``.
        narrowed: A table that will hold the records that `Statement.needed` is true for, to be read by the groups that
            need no others; the dataset itself, if absent.
        local: For the engine of this process alone, in which overlapping windows are not read one by one: single values
            once per period (see `stepwise`), counts by masks (see `masks`).

    Raises:
        BadSqlError: An expression may not run.
    """
    groups: dict[tuple[Population, bool, Aggregation | None], list[Aggregation]] = {}
    for item in wanted:
        only_open = item.date == "as_of" and asks_for_open(item, types)
        shared = Population(item.date, item.rolling, item.lag, item.strata, only_open)
        stepwise = local and has_steps(item, types)
        if stepwise:
            shared = replace(shared, rolling=1, lag=0)
        tallied = replace(item, name="", dimensions=()) if local and item.method and item.method.event else None
        groups.setdefault((shared, stepwise, tallied), []).append(item)
    parts: dict[int, str] = {}
    places = []
    steps = {}
    stretches: list[StepStatement] = []
    spans: list[Sequence[Period]] = []
    bounds: list[str | None] = []
    for number, ((shared, stepwise, _), members) in enumerate(groups.items()):
        own = windows
        if stepwise:
            own = steps[number] = steps_of(windows, {(item.rolling, item.lag) for item in members})
        still = _still_in_force(members, types) if shared.date == "as_of" and not shared.only_open else ()
        spans.append(own)
        bounds.append(bounds_of(dataset, types, shared, own, zone, still))
    large = local and narrowed is not None
    if not _read_once(dataset, bounds):
        narrowed = None
    for number, ((shared, stepwise, tallied), members) in enumerate(groups.items()):
        table = narrowed if narrowed and bounds[number] is not None else dataset.dataset
        masks = masks_sql(number, dataset, types, shared, members, windows, zone, table) if large else None
        if masks is not None:
            parts[number] = masks[0]
            places.append(masks[1])
            continue
        group = Group(number, dataset, types, shared, members, tuple(calendars))
        if stepwise:
            for first in range(0, len(spans[number]), _STEPS_AT_ONCE):
                some = spans[number][first : first + _STEPS_AT_ONCE]
                records = steps_of_records(dataset, types, shared, some, zone, table)
                read, found = step_statement(group, records, first)
                stretches.append(read)
            places.append(found)
            continue
        records = population_of(dataset, types, shared, spans[number], zone, table, local=local)
        sql, found = tally_sql(group, records) if tallied else group_sql(group, records, local=local)
        parts[number] = sql
        places.append(found)
    needed = dict.fromkeys(f"({bound})" for bound in bounds if bound is not None)
    return Statement(
        " UNION ALL ".join(parts.values()) + " ORDER BY 1, 2, 3 NULLS FIRST, 4, 5" if parts else "",
        tuple(places),
        tuple(dataset.dimensions),
        (" OR ".join(needed) or None) if narrowed else None,
        _needed_of(dataset, [shared for shared, _, _ in groups], bounds, parts, stretches) if narrowed else {},
        steps,
        tuple(stretches),
    )


def _needed_of(
    dataset: Dataset,
    populations: Sequence[Population],
    bounds: Sequence[str | None],
    parts: Mapping[int, str],
    stretches: Sequence[StepStatement],
) -> dict[str, str]:
    """The related columns that only groups of records dated in their windows read, with those groups' bounds.

    Groups of states look at records outside of their bounds too, if only to leave them out.
    """
    found: dict[str, dict[str, None]] = {}
    of_every: set[str] = set()
    for number, (shared, bound) in enumerate(zip(populations, bounds, strict=True)):
        text = " ".join((parts.get(number, ""), *(own.text for own in stretches if own.number == number)))
        named = dataset.related.keys() & set(re.findall(r"\w+", text)) if dataset.related else set()
        if shared.date == "as_of" or bound is None:
            of_every |= named
        else:
            for name in named:
                found.setdefault(name, {})[f"({bound})"] = None
    return {name: " OR ".join(conditions) for name, conditions in sorted(found.items()) if name not in of_every}


def _read_once(dataset: Dataset, bounds: Sequence[str | None]) -> bool:
    """Whether it is quicker to read the needed records once than to let each group read its own from the files.

    Two groups of different bounds have little in common; related columns are expensive for every record.
    """
    return bool(dataset.related) or len(bounds) > len(set(bounds)) or len(bounds) > 2  # noqa: PLR2004 - two, as said


def asks_for_open(item: Aggregation, types: dict[str, str]) -> bool:
    """Whether the filter lets only records pass that are open at the end; closed ones then stay unread."""
    from sqlglot import exp

    if item.filter is None:
        return False
    tree = parse_checked(item.filter, names(item.roles, types), aggregate=False)
    conditions = tree.flatten() if isinstance(tree, exp.And) else (tree,)
    return any(isinstance(part, exp.Column) and part.name in STATES for part in conditions)


def _still_in_force(wanted: Sequence[Aggregation], types: dict[str, str]) -> tuple[str, ...]:
    """Date columns that every filter asks to be empty or not before the end of the window: what is still in force."""
    from sqlglot import exp

    shared: set[str] | None = None
    for item in wanted:
        if item.filter is None:
            return ()
        tree = parse_checked(item.filter, names(item.roles, types), aggregate=False)
        found = set()
        for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
            condition = part.unnest()
            if isinstance(condition, exp.Or) and isinstance(condition.left, exp.Is):
                column, later = condition.left.this.name, condition.right
                ends = (
                    isinstance(later, exp.GTE) and later.this.name == column and later.expression.name == "period_end"
                )
                if ends and isinstance(condition.left.expression, exp.Null) and types.get(column) == "DATE":
                    found.add(column)
        shared = found if shared is None else shared & found
    return tuple(sorted(shared or ()))
