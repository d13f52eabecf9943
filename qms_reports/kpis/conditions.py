"""Declared conditions and aggregates as SQL over a record joined with its window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.expressions import PERIOD_COLUMNS
from qms_reports.declarations.models import Calendar, Roles
from qms_reports.kpis.aggregations import Aggregation
from qms_reports.kpis.shorthands import BusinessDays, written_out
from qms_reports.store import identifier

if TYPE_CHECKING:
    from sqlglot import exp


def record_condition(roles: Roles, types: dict[str, str], sql: str | None, calendars: Sequence[Calendar] = ()) -> str:
    """A declared condition on one record as SQL over a record joined with its window."""
    days: dict[str, BusinessDays] = {}
    return _in_place(condition_sql(sql, roles, types, calendars, days), days)


def condition_sql(
    sql: str | None, roles: Roles, types: dict[str, str], calendars: Sequence[Calendar], days: dict[str, BusinessDays]
) -> str:
    """A declared condition, or expression, as SQL; `days` is filled with the columns of business days it reads."""
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


class Conditions:
    """The filters of a group, each evaluated once per record, and the business days that are read in it."""

    def __init__(self) -> None:
        self._flags: dict[str, str] = {}
        self._days: dict[str, BusinessDays] = {}
        self._readers: dict[str, set[str]] = {}

    def flag(self, condition: str) -> str:
        """The column of a condition; the empty text where every record passes."""
        return "" if condition == "true" else self._flags.setdefault(condition, f"filter:{len(self._flags)}")

    def read(self, days: dict[str, BusinessDays], reader: str) -> None:
        """Take columns of business days that are read only where a flag is true, or everywhere."""
        self._days |= days
        for name in days:
            self._readers.setdefault(name, set()).add(reader)

    def joined(self, records: str, members: Sequence[str], *, local: bool) -> str:
        """SELECT of the records with the columns of the breakdown and of the flags."""
        flags = {flag: f"{condition} AS {identifier(flag)}" for condition, flag in self._flags.items()}
        if self._days:
            records = _with_days(records, self._days, self._readers, flags, local=local)
        return f"SELECT {', '.join(['*', *members, *flags.values()])} FROM ({records})"


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


def filtered(
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
