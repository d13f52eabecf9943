"""What kind of value each part of a declared expression has, as far as engines treat the kinds differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sqlglot import exp

Kind = Literal["integer", "decimal", "double", "boolean", "text", "date", "timestamp", "interval", "null", "unknown"]

NUMBERS: tuple[Kind, ...] = ("integer", "decimal", "double")
"""Kinds that one calculates with, from narrow to wide."""
EXACT: tuple[Kind, ...] = ("integer", "decimal")
"""Numbers without rounding error, the same on every engine to the last digit."""
DATES: tuple[Kind, ...] = ("date", "timestamp")


def mark_kinds(tree: exp.Expr, column_kind: Callable[[Any], Kind]) -> None:
    """Note in every node of a tree (`kind`) what kind of value it has.

    Args:
        tree: A syntax tree of DuckDB's dialect.
        column_kind: The kind of a column.
    """
    from sqlglot import exp

    for node in reversed(list(tree.walk())):  # the children of a node come after it
        node.meta["kind"] = column_kind(node) if isinstance(node, exp.Column) else _kind(node)


def kind(node: Any) -> Kind:
    """The noted kind of a node."""
    found: Kind = node.meta.get("kind", "unknown")
    return found


def kind_of_type(name: str) -> Kind:
    """The kind of an SQL type's name, such as ``DECIMAL(28,9)``."""
    plain = name.split("(", maxsplit=1)[0].upper()
    for found, names in _TYPES.items():
        if plain in names:
            return found
    return "unknown"


_TYPES: dict[Kind, tuple[str, ...]] = {
    "integer": ("BIGINT", "INTEGER", "INT", "SMALLINT", "TINYINT", "HUGEINT", "INT128", "UBIGINT"),
    "decimal": ("DECIMAL", "NUMERIC"),
    "double": ("DOUBLE", "FLOAT", "REAL"),
    "boolean": ("BOOLEAN",),
    "text": ("VARCHAR", "TEXT"),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMPNTZ", "DATETIME"),
}


def common(kinds: Iterable[Kind]) -> Kind:
    """The kind of a value that is one of several; unknown where they do not fit."""
    found = set(kinds) - {"null"}
    if len(found) == 1:
        return found.pop()
    if not found:
        return "null"
    if found <= set(NUMBERS):
        return max(found, key=NUMBERS.index)
    return "unknown"


def _kind(node: Any) -> Kind:
    from sqlglot import exp

    if isinstance(node, exp.Literal):
        return _of_literal(node)
    if isinstance(node, exp.Cast):
        return kind_of_type(node.to.this.name)
    if isinstance(node, exp.Add | exp.Sub):
        return _moved(node)
    counted = isinstance(node, exp.Sum) and kind(node.this) == "boolean"
    if counted or (isinstance(node, exp.Anonymous) and node.name.lower() == "business_days"):
        return "integer"
    for fixed, classes in _fixed().items():
        if isinstance(node, classes):
            return fixed
    return common(map(kind, _parts_that_decide(node)))


def _of_literal(node: Any) -> Kind:
    if node.is_string:
        return "text"
    return "double" if "e" in node.name.lower() else "decimal" if "." in node.name else "integer"


def _parts_that_decide(node: Any) -> list[Any]:
    """The parts of a node one of which is its value, or whose kind it keeps; a node of no kind is unknown."""
    from sqlglot import exp

    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return [*branches, *([node.args["default"]] if node.args.get("default") else [])]
    if isinstance(node, exp.If):
        return [part for key in ("true", "false") if (part := node.args.get(key)) is not None]
    if isinstance(node, exp.Mul | exp.Mod):
        return [node.this, node.expression]
    if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
        return [node.this, *node.expressions]
    if isinstance(node, exp.Distinct):
        return list(node.expressions)
    return [node.this] if isinstance(node, _keeping()) else [node]


def _moved(node: Any) -> Kind:
    """Of a sum or a difference: dates are moved by days and intervals, and two of them are days apart."""
    from sqlglot import exp

    left, right = kind(node.this), kind(node.expression)
    if left == right == "date":
        return "integer" if isinstance(node, exp.Sub) else "unknown"
    if left in DATES:
        return left if right == "interval" or (left == "date" and right == "integer") else "unknown"
    if right == "date" and left in ("integer", "interval") and isinstance(node, exp.Add):
        return "date"
    both = common((left, right))
    return both if both in (*NUMBERS, "null") else "unknown"


@cache
def _keeping() -> tuple[Any, ...]:
    """Nodes of the kind of what they hold."""
    from sqlglot import exp

    return (
        exp.Filter, exp.Paren, exp.Alias, exp.Neg, exp.Nullif, exp.Sum, exp.Min, exp.Max, exp.Abs, exp.Ceil, exp.Floor,
        exp.Round, exp.DateAdd, exp.DateTrunc, exp.TimestampTrunc,
    )  # fmt: skip


@cache
def _fixed() -> dict[Kind, tuple[Any, ...]]:
    """Nodes whose kind does not depend on what they hold."""
    from sqlglot import exp

    return {
        "null": (exp.Null,),
        "interval": (exp.Interval,),
        "integer": (
            exp.Count, exp.CountIf, exp.DateDiff, exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Week,
            exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.Length,
            exp.Sign, exp.IntDiv, exp.Grouping,
        ),
        "double": (
            exp.Div, exp.Avg, exp.Median, exp.PercentileCont, exp.StddevSamp, exp.Stddev, exp.Variance, exp.Sqrt,
            exp.Ln, exp.Log, exp.Exp, exp.Pow,
        ),
        "date": (exp.LastDay, exp.DateFromParts, exp.TsOrDsToDate),
        "text": (
            exp.Concat, exp.DPipe, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Lower, exp.Upper, exp.Trim,
            exp.ConcatWs, exp.GroupConcat,
        ),
        "boolean": (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.LogicalAnd, exp.LogicalOr, exp.Contains,
                    exp.StartsWith, exp.EndsWith, exp.Between, exp.In),
    }  # fmt: skip
