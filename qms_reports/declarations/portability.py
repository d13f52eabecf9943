"""Whether a KPI's expression gives the same value on another engine; what does not is refused before it runs there.

What is not known to be the same is refused.  The way out is nearly always the same: a column declared in the dataset's
``derive:`` is computed when records are taken in, by one engine for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from qms_reports.declarations.expressions import SqlProblem, checked, parse_checked, problem_at
from qms_reports.declarations.value_kinds import DATES, EXACT, NUMBERS, common, kind, kind_of_type, mark_kinds
from qms_reports.settings import EngineName

TITLES: dict[EngineName, str] = {
    "duckdb": "DuckDB", "postgres": "PostgreSQL", "spark": "Spark", "bigquery": "BigQuery", "snowflake": "Snowflake",
    "redshift": "Redshift", "databricks": "Databricks",
}  # fmt: skip

DERIVE = "declare it under 'derive:' of the dataset: columns are computed when records are taken in, the same for all"
NO_QUANTILES: tuple[EngineName, ...] = ("bigquery", "redshift")
"""Their exact quantiles are window functions, or must all have one order: neither stands beside other aggregates."""

_QUANTILES = "use avg or count_if(x <= limit), or one of the engines duckdb, postgres, spark, snowflake, databricks"
_PAIRS = ("distinct pairs are not the same on every engine", "such as count(distinct a || '|' || b)")
_UNITS = ("day", "month", "quarter", "year")

_Judgement = tuple[str, str]
"""What is wrong, and the way out."""


def not_portable(
    sql: str | None, types: dict[str, str], engine: EngineName, *, aggregate: bool = False
) -> tuple[SqlProblem, ...]:
    """What in an expression could give another value on an engine than on DuckDB.

    Args:
        sql: An expression; of one that is not legal on DuckDB nothing is said.
        types: Names it may use and their DuckDB types.
        engine: The engine.
        aggregate: Whether it is an aggregate.

    Returns:
        The problem, with its place in the text and the way out; none if the expression is portable.
    """
    if sql is None or engine == "duckdb" or checked(sql, tuple(types), aggregate=aggregate):
        return ()
    tree = parse_checked(sql, tuple(types), aggregate=aggregate)
    mark_kinds(tree, lambda column: kind_of_type(types[column.name]))
    for node in reversed(list(tree.walk())):  # what a part of a part does is said before what follows from it
        for message, hint in _judged(node, engine):
            return (problem_at(node, f"{message}; the engine is {TITLES[engine]}", hint, code="sql.not_portable"),)
    return ()


def method_not_portable(engine: EngineName) -> tuple[SqlProblem, ...]:
    """Why a KPI with a `method`, which needs every single value in order, cannot be computed on an engine."""
    if engine not in NO_QUANTILES:
        return ()
    message = f"a method needs every single value in order; the engine is {TITLES[engine]}"
    return (SqlProblem(1, 1, message, _QUANTILES, code="sql.not_portable"),)


def _judged(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    """What is wrong with one node."""
    from sqlglot import exp

    for judge in _judges().get(type(node), ()):
        yield from judge(node, engine)
    if isinstance(node, exp.Anonymous):
        if node.name.lower() != "business_days":
            yield f"'{node.name}' is not on every engine", DERIVE
    elif type(node) not in _portable_nodes():
        name = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
        yield f"'{name.lower()}' is not the same on every engine", DERIVE


@cache
def _judges() -> dict[type, tuple[Any, ...]]:
    """Kinds of nodes to what judges them."""
    from sqlglot import exp

    groups: dict[Any, tuple[type, ...]] = {
        _quantile: (exp.Median, exp.PercentileCont),
        _rank: (exp.PercentileDisc, exp.Mode),
        _extreme: (exp.Min, exp.Max),
        _distinct: (exp.Distinct,),
        _tuple: (exp.Tuple,),
        _distinction: (exp.NullSafeEQ, exp.NullSafeNEQ),
        _interval: (exp.Interval,),
        _move: (exp.Add, exp.Sub, exp.DateAdd),
        _calculation: (exp.Add, exp.Sub, exp.Mul, exp.Div),
        _difference: (exp.DateDiff,),
        _truncation: (exp.TimestampTrunc, exp.DateTrunc),
        _part: (exp.Extract,),
        _date: (exp.DateFromParts,),
        _rounding: (exp.Round,),
        _number: (exp.Mod, exp.Log),
        _cast: (exp.Cast,),
        _position: (exp.Left, exp.Right, exp.Substring),
        _pattern: (exp.Like,),
        _joining: (exp.Concat, exp.DPipe),
        _comparison: (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.NullSafeEQ,
                      exp.NullSafeNEQ),
        _choice: (exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least),
    }  # fmt: skip
    found: dict[type, tuple[Any, ...]] = {}
    for judge, types in groups.items():
        for each in types:
            found[each] = (*found.get(each, ()), judge)
    return found


# --- aggregates


def _quantile(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    if engine in NO_QUANTILES:
        yield "no exact quantile may stand beside other aggregates", _QUANTILES
    if isinstance(node, exp.PercentileCont) and not isinstance(node.expression, exp.Literal):
        yield "the rank of a quantile must be written as a number", "such as quantile_cont(x, 0.9)"


def _rank(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del engine
    yield f"'{node.sql_name().lower()}' is not the same on every engine", "use quantile_cont or median"


def _extreme(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del engine
    if kind(node.this) == "boolean":
        yield "true and false have no order on every engine", "use bool_and or bool_or"


def _distinct(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    if len(node.expressions) != 1:
        yield _PAIRS
    if not isinstance(node.parent, exp.Count):
        yield "only counts are of distinct values on every engine", "such as count(distinct a)"


def _tuple(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    yield _PAIRS if isinstance(node.parent, exp.Distinct) else ("pairs are not the same on every engine", DERIVE)


# --- dates


def _interval(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    number = str(node.this.name) if isinstance(node.this, exp.Literal) else ""
    if not number.removeprefix("-").isdigit():
        yield "an interval must be written as a number and a unit", "such as interval '30 days', or date + days"
    elif (unit := _unit(node)) not in (*_UNITS, "week", "hour", "minute"):
        yield f"an interval in {unit}s is not the same on every engine", DERIVE
    elif not isinstance(node.parent, exp.Add | exp.Sub | exp.DateAdd):
        yield "an interval may only be added to a date", "such as due_on + interval '30 days'"


def _move(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    kinds = {kind(node.this), kind(node.expression)}
    units = {_unit(part) for part in (node.this, node.expression) if isinstance(part, exp.Interval)}
    if "timestamp" in kinds and units & {"month", "quarter", "year"}:
        yield "an instant is not moved by months the same way on every engine", "cast it to a date first"
    if "date" in kinds and units & {"hour", "minute"}:
        yield "a date is not moved by hours", "add days, or start from a column of type timestamp"
    if kinds == {"timestamp"}:
        yield "the difference of two instants is not the same on every engine", "such as date_diff('day', a, b)"


def _difference(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del engine
    if (unit := _unit(node)) not in _UNITS:
        yield f"a difference in {unit}s is not counted the same way on every engine", DERIVE
    elif not {kind(node.this), kind(node.expression)} <= {*DATES, "null"}:
        yield "date_diff needs two dates", DERIVE


def _truncation(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    unit = _unit(node)
    if unit not in _UNITS and not (unit == "week" and engine not in ("bigquery", "snowflake")):
        yield f"date_trunc to the {unit} is not the same on every engine", DERIVE


def _part(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del engine
    if (part := node.name.lower()) not in (*_UNITS, "week", "dow", "dayofweek", "isodow"):
        yield f"extract({part} …) is not the same on every engine", DERIVE


def _date(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del node
    if engine == "redshift":
        yield "'make_date' does not exist", DERIVE


def _distinction(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    del node
    if engine == "redshift":
        yield "'is distinct from' does not exist", "compare, and ask for null apart: a = b or (a is null and b is null)"


# --- numbers


def _calculation(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    number_kinds = {*NUMBERS, "null"}
    if kind(node) == "unknown":
        yield "this calculation is not the same on every engine", "calculate with numbers, or date_diff('day', a, b)"
    elif isinstance(node, exp.Div) and not {kind(node.this), kind(node.expression)} <= number_kinds:
        yield "only numbers are divided the same way on every engine", DERIVE


def _rounding(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    places = node.args.get("decimals")
    if kind(node.this) not in EXACT:
        yield "a number that is not exact is not rounded the same way on every engine", "leave it to 'decimals:'"
    elif places is not None and not (isinstance(places, exp.Literal) and places.name.isdigit()):
        yield "the digits to round to must be written as a number", "such as round(x, 2)"


def _number(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    if isinstance(node, exp.Mod) and common((kind(node.this), kind(node.expression))) != "integer":
        yield "the remainder of a number that is no integer is not the same on every engine", DERIVE
    if isinstance(node, exp.Log) and not (node.expression is not None and node.this.name == "10"):
        yield "only ln and log10 are the same on every engine", "divide ln(x) by ln(base)"


_CASTS: dict[str, tuple[str, ...]] = {
    "integer": ("integer", "boolean"), "decimal": (*EXACT, "boolean"), "double": (*NUMBERS, "boolean"),
    "text": ("text", "integer", "date"), "date": DATES, "timestamp": DATES, "boolean": ("boolean",),
}  # fmt: skip


def _cast(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    value, target = kind(node.this), kind(node)
    written = target in DATES and isinstance(node.this, exp.Literal)
    if value != "null" and value not in _CASTS.get(target, ()) and not written:
        yield f"a value of kind {value} does not become a {target} the same way on every engine", DERIVE


# --- texts, comparisons


def _position(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    for key in ("expression", "start", "length"):
        number = node.args.get(key)
        if number is not None and not (
            isinstance(number, exp.Literal) and number.name.isdigit() and number.name != "0"
        ):
            yield "positions in a text must be written as numbers from 1", DERIVE


def _pattern(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    if not isinstance(node.expression, exp.Literal) or "\\" in node.expression.name:
        yield "the pattern of 'like' must be a text without a backslash", DERIVE


def _joining(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    if not {kind(part) for part in parts} <= {"text", "integer", "date", "null"}:
        yield "only texts, integers and dates are put together the same way on every engine", DERIVE


def _comparison(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    """Values of different kinds are converted by one engine and refused by the next."""
    from sqlglot import exp

    del engine
    parts = [node.this, *(part for key in ("expression", "low", "high") if (part := node.args.get(key)) is not None)]
    parts += node.expressions if isinstance(node, exp.In) else []
    kinds = {kind(part) for part in parts} - {"null"}
    fits = len(kinds) <= 1 or kinds <= set(NUMBERS) or kinds <= set(DATES)
    if "unknown" in kinds or not (fits or _with_written_dates(parts)):
        yield "values of different kinds are not compared the same way on every engine", DERIVE


def _with_written_dates(parts: list[Any]) -> bool:
    """Whether dates are compared with written ones: ``opened_on >= '2024-01-01'``."""
    from sqlglot import exp

    others = {kind(part) for part in parts if not (isinstance(part, exp.Literal) and part.is_string)}
    return others - {"null"} <= set(DATES)


def _choice(node: Any, engine: EngineName) -> Iterator[_Judgement]:
    from sqlglot import exp

    del engine
    if kind(node) == "unknown" and not isinstance(node.parent, exp.Case):  # its branches are judged together
        yield "a choice between values of different kinds is not the same on every engine", DERIVE


def _unit(node: Any) -> str:
    unit = node.args.get("unit")
    return str(unit.name).lower().removesuffix("s") if unit is not None else "day"


@cache
def _portable_nodes() -> frozenset[type]:
    """Nodes that are the same on every engine once they are written in its dialect, but for what is judged above."""
    from sqlglot import exp

    return frozenset((
        exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Paren, exp.DataType, exp.Var,
        exp.Tuple, exp.DataTypeParam, exp.Where, exp.Filter, exp.Distinct, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
        exp.Greatest, exp.Least, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is,
        exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like,
        exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sign,
        exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Pow, exp.Cast, exp.Interval,
        exp.DateDiff, exp.DateAdd, exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.Year, exp.Quarter,
        exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.LastDay,
        exp.DateFromParts,
        exp.Concat, exp.DPipe, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Length, exp.Contains,
        exp.StartsWith, exp.EndsWith,
        exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.PercentileCont, exp.PercentileDisc,
        exp.Mode, exp.LogicalAnd, exp.LogicalOr, exp.Stddev, exp.StddevSamp, exp.Variance,
    ))  # fmt: skip
