"""From declared KPIs to SQL: all KPIs of one dataset, all windows of one series, all dimensions, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.declarations.models import Calendar, Dataset, Method, Roles
from qms_reports.kpis.aggregations import LIST_SEPARATOR, NOT_STATED, STRATUM_SEPARATOR, Aggregation
from qms_reports.kpis.masks import masks_sql
from qms_reports.kpis.populations import Population, bounds_of, population_of
from qms_reports.kpis.shorthands import BusinessDays, names, written_out
from qms_reports.kpis.stepwise import VOID_MARK, ends_when_void, has_steps, steps_of
from qms_reports.periods import Period
from qms_reports.store import identifier

if TYPE_CHECKING:
    from sqlglot import exp


_Way = Literal["lists", "tallies", "steps"]
"""How single values are handed over: all of them; how often each time occurs; those of one step (see `stepwise`)."""


@dataclass(frozen=True)
class Statement:
    """One SQL statement and how to read its rows.

    Attributes:
        sql: Gives (group, window, dimension index or NULL, member, stratum or NULL, values), where values holds the
            texts that the group's KPIs need.  A KPI with strata has a row for each of them, in their names' order.
        groups: Each group's KPIs, with the places of their numerator, denominator and number of records among the
            values; KPIs that need the same text share its place.
        dimensions: The dimension that each index means.
        needed: Condition on the dataset's own columns that holds for every record that the groups bounded by dates
            need; ``None`` if no group is.
        steps: Group to the periods that its rows count instead of the windows, to be put together by `stepwise`.
    """

    sql: str
    groups: tuple[tuple[tuple[str, tuple[int, int, int]], ...], ...]
    dimensions: tuple[str, ...]
    needed: str | None = None
    steps: dict[int, tuple[Period, ...]] = field(default_factory=dict)


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
    groups: dict[tuple[Population, bool], list[Aggregation]] = {}
    for item in wanted:
        only_open = item.date == "as_of" and asks_for_open(item, types)
        shared = Population(item.date, item.rolling, item.lag, item.strata, only_open)
        stepwise = local and has_steps(item, types)
        if stepwise:
            shared = replace(shared, rolling=1, lag=0)
        groups.setdefault((shared, stepwise), []).append(item)
    parts = []
    places = []
    steps = {}
    spans: list[Sequence[Period]] = []
    bounds: list[str | None] = []
    for number, ((shared, stepwise), members) in enumerate(groups.items()):
        own = windows
        if stepwise:
            own = steps[number] = steps_of(windows, {(item.rolling, item.lag) for item in members})
        still = _still_in_force(members, types) if shared.date == "as_of" and not shared.only_open else ()
        spans.append(own)
        bounds.append(bounds_of(dataset, types, shared, own, zone, still))
    large = local and narrowed is not None
    if not _read_once(dataset, bounds):
        narrowed = None
    for number, ((shared, stepwise), members) in enumerate(groups.items()):
        table = narrowed if narrowed and bounds[number] is not None else dataset.dataset
        masks = masks_sql(number, dataset, types, shared, members, windows, zone, table) if large else None
        if masks is not None:
            parts.append(masks[0])
            places.append(masks[1])
            continue
        records = population_of(dataset, types, shared, spans[number], zone, table, local=local)
        way: _Way = "steps" if stepwise else "tallies" if local else "lists"
        sql, found = _group_sql(number, dataset, types, shared, members, records, tuple(calendars), way)
        parts.append(sql)
        places.append(found)
    needed = dict.fromkeys(f"({bound})" for bound in bounds if bound is not None)
    return Statement(
        " UNION ALL ".join(parts) + " ORDER BY 1, 2, 3 NULLS FIRST, 4, 5",
        tuple(places),
        tuple(dataset.dimensions),
        (" OR ".join(needed) or None) if narrowed else None,
        steps,
    )


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


def record_condition(roles: Roles, types: dict[str, str], sql: str | None, calendars: Sequence[Calendar] = ()) -> str:
    """A declared condition on one record as SQL over a record joined with its window."""
    days: dict[str, BusinessDays] = {}
    return _in_place(_condition(sql, roles, types, calendars, days), days)


def _condition(
    sql: str | None, roles: Roles, types: dict[str, str], calendars: Sequence[Calendar], days: dict[str, BusinessDays]
) -> str:
    if sql is None:
        return "true"
    return "(" + written_out(sql, roles, types, calendars, days, aggregate=False).sql(dialect="duckdb") + ")"


def _in_place(sql: str, days: dict[str, BusinessDays]) -> str:
    """SQL with the columns of business days replaced by what they stand for."""
    for name, found in days.items():
        sql = sql.replace(identifier(name), f"({found.sql()})")
    return sql


def counted_condition(item: Aggregation, types: dict[str, str], calendars: Sequence[Calendar] = ()) -> str:
    """SQL that is true for the records a KPI's numerator counts: those in its filters, of a value for `sum(x)`."""
    from sqlglot import exp

    if item.numerator is None:
        assert item.method is not None  # noqa: S101 - the model sees to it that there is one of both
        return f"{record_condition(item.roles, types, item.method.values, calendars)} IS NOT NULL"
    days: dict[str, BusinessDays] = {}
    tree = written_out(item.numerator, item.roles, types, calendars, days, aggregate=True)
    conditions = []
    for node in tree.find_all(exp.AggFunc):
        where = node.parent.expression.this.sql("duckdb") if isinstance(node.parent, exp.Filter) else None
        inside = _counted_argument(node)
        conditions.append(" AND ".join(f"coalesce(({part}), false)" for part in (where, inside) if part) or "true")
    return _in_place(" OR ".join(f"({condition})" for condition in conditions) or "true", days)


def _counted_argument(node: Any) -> str | None:
    from sqlglot import exp

    if isinstance(node, exp.CountIf):
        return str(node.this.sql("duckdb"))
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return None
    argument = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    return f"({argument.sql('duckdb')}) IS NOT NULL" if argument is not None else None


def _group_sql(
    number: int,
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    wanted: Sequence[Aggregation],
    records: str,
    calendars: tuple[Calendar, ...],
    way: _Way,
) -> tuple[str, tuple[tuple[str, tuple[int, int, int]], ...]]:
    dimensions = [name for name in dataset.dimensions if any(name in item.dimensions for item in wanted)]
    parts = [
        f"coalesce({identifier(name)}::VARCHAR, '{NOT_STATED}') AS {identifier('dim:' + name)}" for name in dimensions
    ]
    strata = [f"stratum:{name}" for name in shared.strata]
    parts += [f"{identifier(name)} AS {identifier('stratum:' + name)}" for name in shared.strata]
    # A condition that several KPIs share is evaluated once per record, not once per aggregate and grouping set.
    conditions: dict[str, str] = {}
    values: dict[str, int] = {}
    places = []
    bare: set[str] = set()
    days: dict[str, BusinessDays] = {}
    readers: dict[str, set[str]] = {}
    for item in wanted:
        inside: dict[str, BusinessDays] = {}
        condition = _condition(item.filter, item.roles, types, calendars, inside)
        flag = "" if condition == "true" else conditions.setdefault(condition, f"filter:{len(conditions)}")
        texts, periods, counted = _values(
            replace(item, name="", dimensions=()), tuple(types.items()), flag, calendars, way
        )
        first, second, third = (values.setdefault(text, len(values)) for text in texts)
        places.append((item.name, (first, second, third)))
        bare |= periods
        days |= inside | counted
        for name in (*inside, *counted):
            readers.setdefault(name, set()).add("" if inside else flag)
    flags = {flag: f"{condition} AS {identifier(flag)}" for condition, flag in conditions.items()}
    if days:
        records = _with_days(records, days, readers, flags, local=way != "lists")
    joined = f"SELECT {', '.join(['*', *parts, *flags.values()])} FROM ({records})"
    base = ", ".join(("_w", *sorted(bare), *map(identifier, strata)))
    sets = [f"({base})", *(f"({base}, {identifier('dim:' + name)})" for name in dimensions)]
    index = "NULL::INTEGER"
    member = "NULL::VARCHAR"
    if dimensions:
        numbered = {name: place for place, name in enumerate(dataset.dimensions)}
        index = (
            "CASE "
            + " ".join(f"WHEN GROUPING({identifier('dim:' + n)}) = 0 THEN {numbered[n]}" for n in dimensions)
            + " END"
        )
        member = f"coalesce({', '.join(identifier('dim:' + name) for name in dimensions)})"
    named = f" || '{STRATUM_SEPARATOR}' || ".join(
        f"coalesce({identifier(name)}::VARCHAR, '{NOT_STATED}')" for name in strata
    )
    sql = (
        f"SELECT {number} AS _g, _w, {index} AS _dimension, {member} AS _member, "
        f"{named or 'NULL::VARCHAR'} AS _stratum, [{', '.join(values)}] AS _values "
        f"FROM ({joined}) GROUP BY GROUPING SETS ({', '.join(sets)})"
    )
    return sql, tuple(places)


def _with_days(
    records: str, days: dict[str, BusinessDays], readers: dict[str, set[str]], flags: dict[str, str], *, local: bool
) -> str:
    """The records with their columns of business days, each counted only where a filter lets it be read.

    Args:
        records: SELECT of the records.
        days: The columns.
        readers: Each column's filters; the empty text where something else than a filter asks for it.
        flags: Filter to its SQL; those that a column depends on are taken out, and stand among the records.
        local: See `BusinessDays.sql`.
    """
    first = sorted(flag for found in readers.values() if "" not in found for flag in found)
    if first:
        records = f"SELECT *, {', '.join(flags.pop(flag) for flag in dict.fromkeys(first))} FROM ({records})"
    columns = []
    for name, found in days.items():
        read = " OR ".join(map(identifier, sorted(readers[name]))) if "" not in readers[name] else ""
        sql = found.sql(local=local)
        columns.append(f"{f'CASE WHEN {read} THEN {sql} END' if read else sql} AS {identifier(name)}")
    return f"SELECT *, {', '.join(columns)} FROM ({records})"


@lru_cache(maxsize=2048)
def _values(
    item: Aggregation,
    types: tuple[tuple[str, str], ...],
    flag: str,
    calendars: tuple[Calendar, ...],
    way: _Way,
) -> tuple[tuple[str, str, str], frozenset[str], dict[str, BusinessDays]]:
    """The three texts of a KPI, the period columns outside every aggregate in them, and columns of business days."""
    known = dict(types)
    days: dict[str, BusinessDays] = {}
    records = f"count(*) FILTER (WHERE {identifier(flag)})" if flag else "count(*)"
    if item.method is not None and way == "steps":
        return _step_values(item.method, item, known, flag, calendars, days), frozenset(), days
    if item.method is not None:
        first, second = _single_values(item.method, item, known, flag, calendars, days, way)
        return (first, second, f"({records})::VARCHAR"), frozenset(), days
    assert item.numerator is not None  # noqa: S101 - without a method there is a numerator
    numerator, bare = _filtered(item.numerator, flag, item.roles, known, calendars, days)
    denominator, more = "NULL", frozenset[str]()
    if item.denominator:
        denominator, more = _filtered(item.denominator, flag, item.roles, known, calendars, days)
    return (f"({numerator})::VARCHAR", f"({denominator})::VARCHAR", f"({records})::VARCHAR"), bare | more, days


def _single_values(
    method: Method,
    item: Aggregation,
    types: dict[str, str],
    flag: str,
    calendars: tuple[Calendar, ...],
    days: dict[str, BusinessDays],
    way: _Way,
) -> tuple[str, str]:
    """A method's values as two texts: ended and running times; or measurements in time order, and their limits."""
    value = _condition(method.values, item.roles, types, calendars, days)
    taken = f"{value} IS NOT NULL" + (f" AND {identifier(flag)}" if flag else "")

    def listed(order: str, condition: str) -> str:
        return f"string_agg({value}::VARCHAR, '{LIST_SEPARATOR}' ORDER BY {order}) FILTER (WHERE {condition})"

    if method.event is not None:
        ended = _condition(method.event, item.roles, types, calendars, days)
        if way == "tallies":  # of many times few are different
            tallies = (f"(histogram({value}) FILTER (WHERE {taken} AND {no}{ended}))::VARCHAR" for no in ("", "NOT "))
            return next(tallies), next(tallies)
        return listed(value, f"{taken} AND {ended}"), listed(value, f"{taken} AND NOT {ended}")
    limits = []
    for declared in (method.lower_limit, method.upper_limit):
        text = _filtered(declared, flag, item.roles, types, calendars, days)[0] if declared else "NULL"
        limits.append(f"coalesce(({text})::VARCHAR, '')")
    both = f"concat({limits[0]}, '{LIST_SEPARATOR}', {limits[1]})"
    return listed(f"{identifier(method.order or '')}, _key", taken), both


def _step_values(
    method: Method,
    item: Aggregation,
    types: dict[str, str],
    flag: str,
    calendars: tuple[Calendar, ...],
    days: dict[str, BusinessDays],
) -> tuple[str, str, str]:
    """A step's measurements in time order, and limits and number of its records that are never void.

    A record that becomes void later belongs to the windows before that day: its value stands in the list with that day
    and its own limits, for the reader to decide (see `stepwise.Steps`).
    """
    value = _condition(method.values, item.roles, types, calendars, days)
    until = ends_when_void(item)
    own = []
    limits = []
    for declared in (method.lower_limit, method.upper_limit):
        if declared is None:
            own.append("''")
            limits.append("''")
            continue
        tree = written_out(declared, item.roles, types, calendars, days, aggregate=True)
        text = tree.this.sql(dialect="duckdb")
        own.append(f"coalesce(({text})::VARCHAR, '')")
        kept = f" FILTER (WHERE {identifier(until)} IS NULL)" if until else ""
        with_void = _filtered(f"{declared}{kept}", flag, item.roles, types, calendars, days)[0]
        limits.append(f"coalesce(({with_void})::VARCHAR, '')")
    taken = f"{value} IS NOT NULL"
    listed = f"{value}::VARCHAR"
    counted = identifier(flag) if flag else "true"
    if until:
        column = identifier(until)
        taken = f"({taken} OR {column} IS NOT NULL)"
        counted += f" AND {column} IS NULL"
        marked = f"concat_ws('{VOID_MARK}', coalesce({listed}, ''), {column}::VARCHAR, {', '.join(own)})"
        listed = f"CASE WHEN {column} IS NULL THEN {listed} ELSE {marked} END"
    condition = taken + (f" AND {identifier(flag)}" if flag else "")
    order = f"{identifier(method.order or '')}, _key"
    return (
        f"string_agg({listed}, '{LIST_SEPARATOR}' ORDER BY {order}) FILTER (WHERE {condition})",
        f"concat({limits[0]}, '{LIST_SEPARATOR}', {limits[1]})",
        f"(count(*) FILTER (WHERE {counted}))::VARCHAR",
    )


def _filtered(
    sql: str,
    flag: str,
    roles: Roles,
    types: dict[str, str],
    calendars: tuple[Calendar, ...],
    days: dict[str, BusinessDays],
) -> tuple[str, frozenset[str]]:
    """An aggregate over only the records whose flag is true, so that KPIs of many filters share one scan."""
    from sqlglot import exp

    tree = written_out(sql, roles, types, calendars, days, aggregate=True)
    columns = [column for column in tree.find_all(exp.Column) if column.name in PERIOD_COLUMNS]
    bare = frozenset(column.name for column in columns if not column.find_ancestor(exp.AggFunc, exp.Filter))
    if not flag:
        return str(tree.sql(dialect="duckdb")), bare
    where = exp.column(exp.to_identifier(flag, quoted=True))

    def add(node: Any) -> Any:
        if isinstance(node, exp.Filter):
            both = exp.and_(node.expression.this.copy(), where.copy())
            return exp.Filter(this=node.this, expression=exp.Where(this=both))
        if isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Filter | exp.WithinGroup):
            return exp.Filter(this=node.copy(), expression=exp.Where(this=where.copy()))
        return node

    return str(_map_outermost(tree, add).sql(dialect="duckdb")), bare


def _map_outermost(tree: exp.Expr, change: Any) -> Any:
    """Apply a change to the outermost nodes it changes, without descending into the result."""
    changed = change(tree)
    if changed is not tree:
        return changed
    for child in list(tree.iter_expressions()):
        new = _map_outermost(child, change)
        if new is not child:
            child.replace(new)
    return tree
