"""From declared KPIs to SQL: all KPIs of one dataset, all windows of one series, all dimensions, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.declarations.models import Calendar, Dataset, Exposure, Kpi, Method, Roles
from qms_reports.kpis.shorthands import is_open, names, not_voided, roles_of, written_out
from qms_reports.periods import Period
from qms_reports.store import identifier, timestamp

if TYPE_CHECKING:
    from sqlglot import exp

NOT_STATED = "(not stated)"
"""The member of a dimension that records without a value belong to, so that the parts add up to the whole."""

LIST_SEPARATOR = ";"
"""Between the single values that a method's text holds."""

_WINDOW = ("period_start", "period_end", "period_last_day", "period_start_at", "period_end_at")


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
    rolling: int = 1
    lag: int = 0


def aggregation(kpi: Kpi, roles: Roles) -> Aggregation:
    """What is counted over a KPI's own dataset."""
    own = roles_of(kpi, roles)
    return Aggregation(kpi.kpi, kpi.dataset, own, kpi.date, kpi.filter, kpi.numerator, kpi.denominator, kpi.method,
                       kpi.strata, kpi.rolling)  # fmt: skip


def exposure(kpi: Kpi, held: Exposure, roles: Roles) -> Aggregation:
    """What a KPI's rate is counted on in another dataset."""
    rolling = held.rolling or kpi.rolling
    return Aggregation(exposure_name(kpi), held.dataset, roles, held.date, held.filter, held.sql, rolling=rolling,
                       lag=held.lag)  # fmt: skip


def exposure_name(kpi: Kpi) -> str:
    """The name of a KPI's exposure among the aggregations; no KPI has such a name."""
    return f"{kpi.kpi}:exposure"


@dataclass(frozen=True)
class Statement:
    """One SQL statement and how to read its rows.

    Attributes:
        sql: Gives (group, window, dimension index or NULL, member, values), where values holds three texts per KPI of
            the group: numerator, denominator, number of records.  A KPI with strata has a row for each of them.
        groups: The KPIs of each group, in the order of the values.
        dimensions: The dimension that each index means.
    """

    sql: str
    groups: tuple[tuple[str, ...], ...]
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Population:
    """Which records and windows a group of KPIs shares."""

    date: str
    rolling: int
    lag: int
    strata: tuple[str, ...]
    only_open: bool


def statement(
    dataset: Dataset,
    types: dict[str, str],
    wanted: Sequence[Aggregation],
    windows: Sequence[Period],
    zone: ZoneInfo,
    calendars: Sequence[Calendar] = (),
) -> Statement:
    """Compile what is counted over one dataset.

    Args:
        dataset: The dataset, which the session holds as a table of its name.
        types: Column name to DuckDB type.
        wanted: Any number of aggregations over it.
        windows: The periods to evaluate, each on its own.
        zone: The site's zone, for the instants of timestamp columns.
        calendars: For ``business_days``.

    Raises:
        BadSqlError: An expression may not run.
    """
    groups: dict[_Population, list[Aggregation]] = {}
    for item in wanted:
        only_open = item.date == "as_of" and _asks_for_open(item, types)
        shared = _Population(item.date, item.rolling, item.lag, item.strata, only_open)
        groups.setdefault(shared, []).append(item)
    parts = []
    for number, (shared, members) in enumerate(groups.items()):
        parts.append(_group_sql(number, dataset, types, shared, members, windows, zone, tuple(calendars)))
    return Statement(
        " UNION ALL ".join(parts) + " ORDER BY 1, 2, 3 NULLS FIRST, 4",
        tuple(tuple(item.name for item in members) for members in groups.values()),
        tuple(dataset.dimensions),
    )


def _asks_for_open(item: Aggregation, types: dict[str, str]) -> bool:
    """Whether the filter lets only records pass that are open at the end; closed ones then stay unread."""
    from sqlglot import exp

    if item.filter is None:
        return False
    tree = parse_checked(item.filter, names(item.roles, types), aggregate=False)
    conditions = tree.flatten() if isinstance(tree, exp.And) else (tree,)
    return any(isinstance(part, exp.Column) and part.name in STATES for part in conditions)


def windows_sql(windows: Iterable[Period], rolling: int, zone: ZoneInfo, lag: int = 0) -> str:
    """SELECT of the windows: `_w`, `_from`, `_from_at` (start of the rolling window) and the period columns."""
    rows = []
    for number, reported in enumerate(windows):
        period = reported.previous(lag) if lag else reported
        first = period.previous(rolling - 1) if rolling > 1 else period
        start, end = timestamp(period.start_instant(zone)), timestamp(period.end_instant(zone))
        rows.append(
            f"({number}, DATE '{first.start}', {timestamp(first.start_instant(zone))}, DATE '{period.start}', "
            f"DATE '{period.end}', DATE '{period.last_day}', {start}, {end})"
        )
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t(_w, _from, _from_at, {', '.join(_WINDOW)})"


def population_sql(dataset: Dataset, types: dict[str, str], date: str, *, only_open: bool = False) -> str:
    """The join condition that puts a record `d` in a window `w`; a record voided before its end is in none."""
    roles = dataset.roles
    if only_open:
        return is_open(roles, types, "d.", "w.")
    valid = "" if roles.voided in (None, date) else f" AND {not_voided(roles, types, 'd.', 'w.')}"
    if date != "as_of":
        column = f"d.{identifier(date)}"
        if types[date] == "TIMESTAMP":
            return f"{column} >= w._from_at AND {column} < w.period_end_at{valid}"
        return f"{column} >= w._from AND {column} < w.period_end{valid}"
    if opened := roles.opened:  # a record that has not begun is in no state
        return f"d.{identifier(opened)} < w.{'period_end_at' if types[opened] == 'TIMESTAMP' else 'period_end'}{valid}"
    return f"true{valid}"


def record_condition(roles: Roles, types: dict[str, str], sql: str | None, calendars: Sequence[Calendar] = ()) -> str:
    """A declared condition on one record as SQL over a record joined with its window."""
    if sql is None:
        return "true"
    return "(" + written_out(sql, roles, types, calendars, aggregate=False).sql(dialect="duckdb") + ")"


def counted_condition(item: Aggregation, types: dict[str, str], calendars: Sequence[Calendar] = ()) -> str:
    """SQL that is true for the records a KPI's numerator counts: those in its filters, of a value for `sum(x)`."""
    from sqlglot import exp

    if item.numerator is None:
        assert item.method is not None  # noqa: S101 - the model sees to it that there is one of both
        return f"{record_condition(item.roles, types, item.method.values, calendars)} IS NOT NULL"
    tree = written_out(item.numerator, item.roles, types, calendars, aggregate=True)
    conditions = []
    for node in tree.find_all(exp.AggFunc):
        where = node.parent.expression.this.sql("duckdb") if isinstance(node.parent, exp.Filter) else None
        inside = _counted_argument(node)
        conditions.append(" AND ".join(f"coalesce(({part}), false)" for part in (where, inside) if part) or "true")
    return " OR ".join(f"({condition})" for condition in conditions) or "true"


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
    shared: _Population,
    wanted: Sequence[Aggregation],
    windows: Sequence[Period],
    zone: ZoneInfo,
    calendars: tuple[Calendar, ...],
) -> str:
    dimensions = tuple(dataset.dimensions)
    parts = [
        f"coalesce(d.{identifier(name)}::VARCHAR, '{NOT_STATED}') AS {identifier('dim:' + name)}" for name in dimensions
    ]
    strata = [f"stratum:{name}" for name in shared.strata]
    parts += [f"d.{identifier(name)} AS {identifier('stratum:' + name)}" for name in shared.strata]
    # A condition that several KPIs share is evaluated once per record, not once per aggregate and grouping set.
    conditions: dict[str, str] = {}
    values: list[str] = []
    bare: set[str] = set()
    for item in wanted:
        condition = record_condition(item.roles, types, item.filter, calendars)
        flag = "" if condition == "true" else conditions.setdefault(condition, f"filter:{len(conditions)}")
        texts, periods = _values(replace(item, name=""), tuple(types.items()), flag, calendars)
        values += texts
        bare |= periods
    parts += [f"{condition} AS {identifier(flag)}" for condition, flag in conditions.items()]
    joined = (
        f"SELECT {', '.join(['w.* EXCLUDE (_from, _from_at)', 'd.*', *parts])} "
        f"FROM ({windows_sql(windows, shared.rolling, zone, shared.lag)}) w JOIN {identifier(dataset.dataset)} d "
        f"ON {population_sql(dataset, types, shared.date, only_open=shared.only_open)}"
    )
    base = ", ".join(("_w", *sorted(bare), *map(identifier, strata)))
    sets = [f"({base})", *(f"({base}, {identifier('dim:' + name)})" for name in dimensions)]
    index = "NULL::INTEGER"
    member = "NULL::VARCHAR"
    if dimensions:
        index = (
            "CASE "
            + " ".join(f"WHEN GROUPING({identifier('dim:' + n)}) = 0 THEN {i}" for i, n in enumerate(dimensions))
            + " END"
        )
        member = f"coalesce({', '.join(identifier('dim:' + name) for name in dimensions)})"
    return (
        f"SELECT {number} AS _g, _w, {index} AS _dimension, {member} AS _member, [{', '.join(values)}] AS _values "
        f"FROM ({joined}) GROUP BY GROUPING SETS ({', '.join(sets)})"
    )


@lru_cache(maxsize=2048)
def _values(
    item: Aggregation, types: tuple[tuple[str, str], ...], flag: str, calendars: tuple[Calendar, ...]
) -> tuple[tuple[str, str, str], frozenset[str]]:
    """The three texts of a KPI, and the period columns that stand in them outside every aggregate."""
    known = dict(types)
    records = f"count(*) FILTER (WHERE {identifier(flag)})" if flag else "count(*)"
    if item.method is not None:
        first, second = _single_values(item.method, item, known, flag, calendars)
        return (first, second, f"({records})::VARCHAR"), frozenset()
    assert item.numerator is not None  # noqa: S101 - without a method there is a numerator
    numerator, bare = _filtered(item.numerator, flag, item.roles, known, calendars)
    denominator, more = "NULL", frozenset[str]()
    if item.denominator:
        denominator, more = _filtered(item.denominator, flag, item.roles, known, calendars)
    return (f"({numerator})::VARCHAR", f"({denominator})::VARCHAR", f"({records})::VARCHAR"), bare | more


def _single_values(
    method: Method, item: Aggregation, types: dict[str, str], flag: str, calendars: tuple[Calendar, ...]
) -> tuple[str, str]:
    """A method's values as two texts: ended and running times; or measurements in time order, and their limits."""
    value = record_condition(item.roles, types, method.values, calendars)
    taken = f"{value} IS NOT NULL" + (f" AND {identifier(flag)}" if flag else "")

    def listed(order: str, condition: str) -> str:
        return f"string_agg({value}::VARCHAR, '{LIST_SEPARATOR}' ORDER BY {order}) FILTER (WHERE {condition})"

    if method.event is not None:
        ended = record_condition(item.roles, types, method.event, calendars)
        return listed(value, f"{taken} AND {ended}"), listed(value, f"{taken} AND NOT {ended}")
    limits = []
    for declared in (method.lower_limit, method.upper_limit):
        text = _filtered(declared, flag, item.roles, types, calendars)[0] if declared else "NULL"
        limits.append(f"coalesce(({text})::VARCHAR, '')")
    return listed(
        f"{identifier(method.order or '')}, _key", taken
    ), f"concat({limits[0]}, '{LIST_SEPARATOR}', {limits[1]})"


def _filtered(
    sql: str, flag: str, roles: Roles, types: dict[str, str], calendars: tuple[Calendar, ...]
) -> tuple[str, frozenset[str]]:
    """An aggregate over only the records whose flag is true, so that KPIs of many filters share one scan."""
    from sqlglot import exp

    tree = written_out(sql, roles, types, calendars, aggregate=True)
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
