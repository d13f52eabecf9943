"""From declared KPIs to SQL: all KPIs of one dataset, all windows of one series, all dimensions, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.declarations.models import Dataset, Kpi, Roles
from qms_reports.periods import Period
from qms_reports.store import identifier, timestamp

if TYPE_CHECKING:
    from sqlglot import exp

NOT_STATED = "(not stated)"
"""The member of a dimension that records without a value belong to, so that the parts add up to the whole."""

_WINDOW = ("period_start", "period_end", "period_last_day", "period_start_at", "period_end_at")


@dataclass(frozen=True)
class Statement:
    """One SQL statement and how to read its rows.

    Attributes:
        sql: Gives (group, window, dimension index or NULL, member, values), where values holds three texts per KPI of
            the group: numerator, denominator, number of records.
        groups: The KPIs of each group, in the order of the values.
        dimensions: The dimension that each index means.
    """

    sql: str
    groups: tuple[tuple[str, ...], ...]
    dimensions: tuple[str, ...]


def statement(
    dataset: Dataset, types: dict[str, str], kpis: Sequence[Kpi], windows: Sequence[Period], zone: ZoneInfo
) -> Statement:
    """Compile KPIs of one dataset.

    Args:
        dataset: The dataset, which the session holds as a table of its name.
        types: Column name to DuckDB type.
        kpis: Any number of KPIs over it.
        windows: The periods to evaluate, each on its own.
        zone: The site's zone, for the instants of timestamp columns.

    Raises:
        BadSqlError: An expression may not run.
    """
    groups: dict[tuple[str, int], list[Kpi]] = {}
    for kpi in kpis:
        groups.setdefault((kpi.date, kpi.rolling), []).append(kpi)
    dimensions = tuple(dataset.dimensions)
    parts = []
    for number, ((date, rolling), members) in enumerate(groups.items()):
        parts.append(_group_sql(number, dataset, types, date, rolling, members, windows, zone))
    return Statement(
        " UNION ALL ".join(parts) + " ORDER BY 1, 2, 3 NULLS FIRST, 4",
        tuple(tuple(kpi.kpi for kpi in members) for members in groups.values()),
        dimensions,
    )


def windows_sql(windows: Iterable[Period], rolling: int, zone: ZoneInfo) -> str:
    """SELECT of the windows: `_w`, `_from`, `_from_at` (start of the rolling window) and the period columns."""
    rows = []
    for number, period in enumerate(windows):
        first = period.previous(rolling - 1) if rolling > 1 else period
        start, end = timestamp(period.start_instant(zone)), timestamp(period.end_instant(zone))
        rows.append(
            f"({number}, DATE '{first.start}', {timestamp(first.start_instant(zone))}, DATE '{period.start}', "
            f"DATE '{period.end}', DATE '{period.last_day}', {start}, {end})"
        )
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t(_w, _from, _from_at, {', '.join(_WINDOW)})"


def population_sql(dataset: Dataset, types: dict[str, str], date: str) -> str:
    """The join condition that puts a record `d` in a window `w`."""
    if date != "as_of":
        column = f"d.{identifier(date)}"
        if types[date] == "TIMESTAMP":
            return f"{column} >= w._from_at AND {column} < w.period_end_at"
        return f"{column} >= w._from AND {column} < w.period_end"
    if opened := dataset.roles.opened:  # a record that has not begun is in no state
        return f"d.{identifier(opened)} < w.{'period_end_at' if types[opened] == 'TIMESTAMP' else 'period_end'}"
    return "true"


def record_condition(roles: Roles, types: dict[str, str], sql: str | None) -> str:
    """A declared condition on one record as SQL over a record joined with its window."""
    if sql is None:
        return "true"
    tree = parse_checked(sql, _names(roles, types), aggregate=False)
    return "(" + _expand(tree, roles, types).sql(dialect="duckdb") + ")"


def counted_condition(kpi: Kpi, roles: Roles, types: dict[str, str]) -> str:
    """SQL that is true for the records a KPI's numerator counts: those in its filters, of a value for `sum(x)`."""
    from sqlglot import exp

    tree = _expand(parse_checked(kpi.numerator, _names(roles, types), aggregate=True), roles, types)
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
    date: str,
    rolling: int,
    kpis: Sequence[Kpi],
    windows: Sequence[Period],
    zone: ZoneInfo,
) -> str:
    dimensions = tuple(dataset.dimensions)
    members = ", ".join(
        f"coalesce(d.{identifier(name)}::VARCHAR, '{NOT_STATED}') AS {identifier('dim:' + name)}" for name in dimensions
    )
    # A condition that several KPIs share is evaluated once per record, not once per aggregate and grouping set.
    conditions: dict[str, str] = {}
    values: list[str] = []
    bare: set[str] = set()
    for kpi in kpis:
        condition = record_condition(dataset.roles, types, kpi.filter)
        flag = "" if condition == "true" else conditions.setdefault(condition, f"filter:{len(conditions)}")
        texts, periods = _values(kpi, dataset.roles, tuple(types.items()), flag)
        values += texts
        bare |= periods
    flags = "".join(f", {condition} AS {identifier(flag)}" for condition, flag in conditions.items())
    joined = (
        f"SELECT w.* EXCLUDE (_from, _from_at), d.*{', ' + members if members else ''}{flags} "
        f"FROM ({windows_sql(windows, rolling, zone)}) w JOIN {identifier(dataset.dataset)} d "
        f"ON {population_sql(dataset, types, date)}"
    )
    base = ", ".join(("_w", *sorted(bare)))
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
    kpi: Kpi, roles: Roles, types: tuple[tuple[str, str], ...], flag: str
) -> tuple[tuple[str, str, str], frozenset[str]]:
    """The three texts of a KPI, and the period columns that stand in them outside every aggregate."""
    known = dict(types)
    numerator, bare = _filtered(kpi.numerator, flag, roles, known)
    denominator, more = _filtered(kpi.denominator, flag, roles, known) if kpi.denominator else ("NULL", frozenset())
    records = f"count(*) FILTER (WHERE {identifier(flag)})" if flag else "count(*)"
    return (f"({numerator})::VARCHAR", f"({denominator})::VARCHAR", f"({records})::VARCHAR"), bare | more


def _filtered(sql: str, flag: str, roles: Roles, types: dict[str, str]) -> tuple[str, frozenset[str]]:
    """An aggregate over only the records whose flag is true, so that KPIs of many filters share one scan."""
    from sqlglot import exp

    tree = _expand(parse_checked(sql, _names(roles, types), aggregate=True), roles, types)
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


def _map_outermost(tree: Any, change: Any) -> Any:
    """Apply a change to the outermost nodes it changes, without descending into the result."""
    changed = change(tree)
    if changed is not tree:
        return changed
    for child in list(tree.iter_expressions()):
        new = _map_outermost(child, change)
        if new is not child:
            child.replace(new)
    return tree


def _names(roles: Roles, types: dict[str, str]) -> tuple[str, ...]:
    states: tuple[str, ...] = ()
    if roles.opened:
        states = STATES if roles.due else STATES[:1]
    return (*types, *(name for name in PERIOD_COLUMNS if name not in types), *states)


def _expand(tree: exp.Expr, roles: Roles, types: dict[str, str]) -> exp.Expr:
    """Write out the shorthands for states from the dates of the dataset's roles, and let quantiles interpolate."""
    import sqlglot
    from sqlglot import exp

    def written(node: Any) -> Any:
        if isinstance(node, exp.Column) and not node.table and node.name in STATES:
            return sqlglot.parse_one(f"({_state(node.name, roles, types)})", read="duckdb")
        if isinstance(node, exp.Median | exp.PercentileCont):
            # Of decimals the engine gives a decimal, and cuts the mean of the two middle values to their digits.
            node.set("this", exp.cast(node.this, "DOUBLE"))
        return node

    expanded: exp.Expr = tree.transform(written)
    return expanded


def _state(name: str, roles: Roles, types: dict[str, str]) -> str:
    def end(column: str) -> str:
        return "period_end_at" if types[column] == "TIMESTAMP" else "period_end"

    opened, closed, due = roles.opened or "", roles.closed, roles.due
    is_open = f"{identifier(opened)} < {end(opened)}"
    if closed:
        is_open += f" AND ({identifier(closed)} IS NULL OR {identifier(closed)} >= {end(closed)})"
    if name == STATES[0]:
        return is_open
    # A date-only due day ends with that local day: due on the last day of the period is not overdue at its end.
    assert due is not None  # noqa: S101 - STATES[1] is a legal name only with a due role
    limit = "period_end_at" if types[due] == "TIMESTAMP" else "period_last_day"
    return f"{is_open} AND {identifier(due)} < {limit}"
