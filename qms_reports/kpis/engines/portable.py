"""From the one statement that DuckDB runs to text that another engine runs, with the same values.

The statement is read into its syntax tree; every column is traced to its table and its type; what engines understand
differently is written out (`scalars`, `aggregates`); the list of values becomes as many columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from qms_reports.declarations.value_kinds import kind, kind_of_type, mark_kinds
from qms_reports.kpis.engines.aggregates import aggregate
from qms_reports.kpis.engines.scalars import cast, marked, scalar
from qms_reports.settings import EngineName

LEADING = 5
"""Columns of a statement before its values: group, window, dimension, member, stratum."""


@dataclass(frozen=True, slots=True)
class Portable:
    """A statement for another engine.

    Attributes:
        sql: Its text in the engine's dialect.
        widths: Group to its number of values; the columns behind them are empty.
    """

    sql: str
    widths: dict[int, int]


def portable(
    sql: str, engine: EngineName, tables: Mapping[str, Mapping[str, str]], names: Mapping[str, str] | None = None
) -> Portable:
    """Write a statement for an engine.

    Args:
        sql: A statement as `kpis.compiling` gives it.
        engine: The engine.
        tables: The tables it reads: name to columns and their DuckDB types.
        names: What these are called there (``schema.table``); the same, if absent.
    """
    shapes = tuple((table, tuple(columns.items())) for table, columns in sorted(tables.items()))
    return _portable(sql, engine, shapes, tuple(sorted((names or {}).items())))


@lru_cache(maxsize=256)
def _portable(
    sql: str,
    engine: EngineName,
    shapes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
    names: tuple[tuple[str, str], ...],
) -> Portable:
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.pushdown_projections import pushdown_projections
    from sqlglot.optimizer.qualify import qualify

    schema: dict[str, object] = {table: dict(columns) for table, columns in shapes}
    tree = sqlglot.parse_one(sql, read="duckdb")
    tree.set("order", None)  # the rows are told apart by what stands in them
    tree = pushdown_projections(qualify(tree, schema=schema, dialect="duckdb"))
    tree = annotate_types(tree, schema=schema, dialect="duckdb")
    mark_kinds(tree, lambda column: kind_of_type(column.type.this.name if column.type else ""))
    written = _written(tree, engine)
    widths = _apart(written)
    _plain_names(written)
    for table in written.find_all(exp.Table):
        table.set("this", exp.to_identifier(table.name, quoted=True))
        if (target := dict(names).get(table.name)) is not None:
            schema_name, _, name = target.rpartition(".")
            table.set("this", exp.to_identifier(name, quoted=True))
            table.set("db", exp.to_identifier(schema_name, quoted=True) if schema_name else None)
    return Portable(written.sql(dialect=engine), widths)


def _written(node: Any, engine: EngineName) -> Any:
    """A node and everything below it, written for the engine; kinds stay noted."""
    from sqlglot import exp

    if isinstance(node, exp.Filter):
        condition = _written(node.expression.this.copy(), engine)
        inner = node.this
        _write_children(inner, engine)
        return marked(aggregate(inner, condition, engine), kind(node))
    _write_children(node, engine)
    if isinstance(node, exp.AggFunc) and not isinstance(node, exp.Grouping):
        return marked(aggregate(node, None, engine), kind(node))
    new = scalar(node, engine)
    return new if new is node else marked(new, kind(node))


def _write_children(node: Any, engine: EngineName) -> None:
    for child in list(node.iter_expressions()):
        new = _written(child, engine)
        if new is not child:
            child.replace(new)


def _apart(tree: Any) -> dict[int, int]:
    """Put every value in a column of its own instead of a list; gives the number of values of each group."""
    from sqlglot import exp

    selects = [select for select in tree.find_all(exp.Select) if _is_group(select)]
    lists = [select.expressions[LEADING].unalias().expressions for select in selects]
    longest = max(map(len, lists))
    widths = {}
    for select, values in zip(selects, lists, strict=True):
        widths[int(select.expressions[0].unalias().name)] = len(values)
        padded = [*values, *(cast(exp.Null(), "VARCHAR") for _ in range(longest - len(values)))]
        columns = [exp.alias_(value, f"v{number}", quoted=True) for number, value in enumerate(padded)]
        select.set("expressions", [*select.expressions[:LEADING], *columns])
    return widths


def _is_group(select: Any) -> bool:
    from sqlglot import exp

    columns = select.expressions
    return len(columns) == LEADING + 1 and isinstance(columns[LEADING].unalias(), exp.Array)


def _plain_names(tree: Any) -> None:
    """Names such as ``dim:site`` are legal in few engines; they become ``dim__site``."""
    from sqlglot import exp

    taken = {node.name for node in tree.find_all(exp.Identifier)}
    renamed: dict[str, str] = {}
    for node in tree.find_all(exp.Identifier):
        name = node.name
        if re.fullmatch(r"\w+", name) or isinstance(node.parent, exp.Table):
            continue
        if name not in renamed:
            plain = re.sub(r"\W", "__", name)
            while plain in taken:
                plain += "_"
            taken.add(plain)
            renamed[name] = plain
        node.set("this", renamed[name])
