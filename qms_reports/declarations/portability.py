"""Whether a KPI's expression gives the same value on another engine; what does not is refused before it runs there.

What is not known to be the same is refused.  The way out is nearly always the same: a column declared in the dataset's
``derive:`` is computed when records are taken in, by one engine for all.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_args

from qms_reports.declarations.expressions import SqlProblem, checked, parse_checked, place
from qms_reports.declarations.value_kinds import DATES, EXACT, NUMBERS, common, kind, kind_of_type, mark_kinds

EngineName = Literal["duckdb", "postgres", "spark", "bigquery", "snowflake", "redshift", "databricks"]
"""What computes the KPIs."""

ENGINES: tuple[EngineName, ...] = get_args(EngineName)
TITLES: dict[EngineName, str] = {
    "duckdb": "DuckDB", "postgres": "PostgreSQL", "spark": "Spark", "bigquery": "BigQuery", "snowflake": "Snowflake",
    "redshift": "Redshift", "databricks": "Databricks",
}  # fmt: skip

DERIVE = "declare it under 'derive:' of the dataset: columns are computed when records are taken in, the same for all"
_NO_QUANTILES: tuple[EngineName, ...] = ("bigquery", "redshift")
_QUANTILES = "use avg or count_if(x <= limit), or one of the engines duckdb, postgres, spark, snowflake, databricks"
_UNITS = ("day", "month", "quarter", "year")


def not_portable(
    sql: str, types: dict[str, str], engine: EngineName, *, aggregate: bool = False
) -> tuple[SqlProblem, ...]:
    """What in an expression could give another value on an engine than on DuckDB, or none.

    Args:
        sql: An expression that is legal on DuckDB; of one that is not, nothing is said.
        types: Names it may use and their DuckDB types.
        engine: The engine.
        aggregate: Whether it is an aggregate.

    Returns:
        Problems with their place in the text and the way out; none if it is portable.
    """
    if engine == "duckdb" or checked(sql, tuple(types), aggregate=aggregate):
        return ()
    tree = parse_checked(sql, tuple(types), aggregate=aggregate)
    mark_kinds(tree, lambda column: kind_of_type(types[column.name]))
    found = []
    for node in tree.walk():
        judged = _judge(node, engine)
        if judged is not None:
            message, hint = judged
            found.append(place(node, f"{message} ({TITLES[engine]})", hint))
    return tuple(found[:1]) if found else ()


def method_not_portable(engine: EngineName) -> SqlProblem | None:
    """Why a KPI with a `method`, which needs every single value in order, cannot be computed on an engine."""
    if engine not in _NO_QUANTILES:
        return None
    return SqlProblem(1, 1, f"every single value in order does not fit one result ({TITLES[engine]})", _QUANTILES)


_Judged = tuple[str, str] | None


def _judge(node: Any, engine: EngineName) -> _Judged:
    """The problem of one node and the way out."""
    for judge in (_quantile, _moved_date, _date_part, _number, _text, _mixture):
        if (judged := judge(node, engine)) is not None:
            return judged
    if isinstance(node, _portable_nodes()):
        return None
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return None if node.name.lower() == "business_days" else (f"'{node.name}' is not on every engine", DERIVE)
    name = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
    return f"'{name.lower()}' is not the same on every engine", DERIVE


def _quantile(node: Any, engine: EngineName) -> _Judged:
    from sqlglot import exp

    if isinstance(node, exp.Median | exp.PercentileCont):
        if engine in _NO_QUANTILES:
            return "there is no exact quantile that may stand beside other aggregates", _QUANTILES
        if isinstance(node, exp.PercentileCont) and not isinstance(node.expression, exp.Literal):
            return "the rank of a quantile must be written as a number", "such as quantile_cont(x, 0.9)"
    if isinstance(node, exp.PercentileDisc | exp.Mode):
        return f"'{node.sql_name().lower()}' is not the same on every engine", "use quantile_cont or median"
    if isinstance(node, exp.Min | exp.Max) and kind(node.this) == "boolean":
        return "the least and the greatest of true and false are not on every engine", "use bool_and or bool_or"
    if isinstance(node, exp.Distinct) and (len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Tuple)):
        return "distinct pairs are not the same on every engine", "count(distinct a || '|' || b)"
    return None


def _moved_date(node: Any, engine: EngineName) -> _Judged:
    from sqlglot import exp

    if isinstance(node, exp.Interval):
        number = str(node.this.name) if isinstance(node.this, exp.Literal) else ""
        unit = _unit(node)
        if not number.lstrip("-").isdigit():
            return "an interval must be written as a number and a unit", "such as interval '30 days', or date + days"
        if unit not in (*_UNITS, "week", "hour", "minute"):
            return f"an interval in {unit}s is not the same on every engine", DERIVE
        if not isinstance(node.parent, exp.Add | exp.Sub | exp.DateAdd):
            return "an interval may only be added to a date", "such as due_on + interval '30 days'"
        return None
    if not isinstance(node, exp.Add | exp.Sub | exp.DateAdd):
        return None
    kinds = {kind(node.this), kind(node.expression)}
    intervals = [part for part in (node.this, node.expression) if isinstance(part, exp.Interval)]
    if intervals and "timestamp" in kinds and _unit(intervals[0]) in ("month", "quarter", "year"):
        return "an instant is not moved by months the same way on every engine", "cast it to a date first"
    if intervals and "date" in kinds and _unit(intervals[0]) in ("hour", "minute"):
        return "a date is not moved by hours", "add days, or start from a column of type timestamp"
    if kinds == {"timestamp"}:
        return "the difference of two instants is not the same on every engine", "date_diff('day', a, b)"
    return None


def _date_part(node: Any, engine: EngineName) -> _Judged:
    from sqlglot import exp

    if isinstance(node, exp.DateDiff):
        if (unit := _unit(node)) not in _UNITS:
            return f"a difference in {unit}s is not counted the same way on every engine", DERIVE
        if not {kind(node.this), kind(node.expression)} <= {*DATES, "null"}:
            return "date_diff needs two dates", "cast(text as date) under 'derive:' of the dataset"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        unit = _unit(node)
        weeks = engine not in ("bigquery", "snowflake")
        if unit not in _UNITS and not (unit == "week" and weeks):
            return f"date_trunc to the {unit} is not the same on every engine", DERIVE
    if isinstance(node, exp.Extract) and node.name.lower() not in (*_UNITS, "week", "isodow"):
        return f"extract({node.name.lower()} …) is not the same on every engine", DERIVE
    if isinstance(node, exp.DateFromParts) and engine == "redshift":
        return "'make_date' does not exist", DERIVE
    return None


def _number(node: Any, engine: EngineName) -> _Judged:
    from sqlglot import exp

    del engine
    if isinstance(node, exp.Round):
        places = node.args.get("decimals")
        if kind(node.this) not in EXACT:
            return "a number that is not exact is not rounded the same way on every engine", "leave it to 'decimals:'"
        if places is not None and not (isinstance(places, exp.Literal) and places.name.isdigit()):
            return "digits to round to must be written as a number", "such as round(x, 2)"
    if isinstance(node, exp.Mod) and common((kind(node.this), kind(node.expression))) != "integer":
        return "the remainder of a number that is no integer is not the same on every engine", DERIVE
    if isinstance(node, exp.Log) and not (node.expression is not None and node.this.name == "10"):
        return "only ln and log10 are the same on every engine", "divide ln(x) by ln(base)"
    if isinstance(node, exp.Cast) and kind(node) == "integer" and kind(node.this) not in ("integer", "boolean", "null"):
        return "a cast to an integer rounds differently on every engine", "floor, ceil or round keep it a number"
    return None


def _text(node: Any, engine: EngineName) -> _Judged:
    from sqlglot import exp

    del engine
    if isinstance(node, exp.Cast) and kind(node) == "text" and kind(node.this) not in ("integer", "date", "text"):
        return f"a {kind(node.this)} is not written the same way on every engine", DERIVE
    if isinstance(node, exp.Cast) and kind(node) in DATES and kind(node.this) not in (*DATES, "null"):
        if not isinstance(node.this, exp.Literal):
            return "a date in a text is not read the same way on every engine", DERIVE
    elif isinstance(node, exp.Cast) and kind(node.this) == "text" and kind(node) != "text":
        return f"a {kind(node)} in a text is not read the same way on every engine", DERIVE
    if isinstance(node, exp.Left | exp.Right | exp.Substring):
        numbers = [node.args.get(key) for key in ("expression", "start", "length")]
        for number in numbers:
            if number is not None and not (
                isinstance(number, exp.Literal) and number.name.isdigit() and number.name != "0"
            ):
                return "positions in a text must be written as numbers from 1", DERIVE
    if isinstance(node, exp.Like) and not (
        isinstance(node.expression, exp.Literal) and "\\" not in node.expression.name
    ):
        return "the pattern of 'like' must be a text without a backslash", DERIVE
    if isinstance(node, exp.Concat | exp.DPipe):
        parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
        if not {kind(part) for part in parts} <= {"text", "integer", "date", "null"}:
            return "only texts, integers and dates are put together the same way on every engine", DERIVE
    return None


def _mixture(node: Any, engine: EngineName) -> _Judged:
    """Comparisons and choices between values of different kinds, which one engine converts and the next refuses."""
    from sqlglot import exp

    del engine
    if isinstance(node, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.In | exp.Between | exp.NullSafeEQ
                  | exp.NullSafeNEQ):  # fmt: skip
        parts = [
            node.this,
            *(part for key in ("expression", "low", "high") if (part := node.args.get(key)) is not None),
        ]
        parts += node.expressions if isinstance(node, exp.In) else []
        if not _comparable(parts):
            return "values of different kinds are not compared the same way on every engine", DERIVE
    if isinstance(node, exp.Case | exp.If | exp.Coalesce | exp.Nullif | exp.Greatest | exp.Least) and not isinstance(
        node.parent, exp.Case
    ):
        found = kind(node)
        if found == "unknown":
            return "a choice between values of different kinds is not the same on every engine", DERIVE
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div) and kind(node) == "unknown":
        return "this calculation is not the same on every engine", "calculate with numbers, or date_diff('day', a, b)"
    if isinstance(node, exp.Div) and not {kind(node.this), kind(node.expression)} <= {*NUMBERS, "null"}:
        return "only numbers are divided the same way on every engine", DERIVE
    return None


def _comparable(parts: list[Any]) -> bool:
    from sqlglot import exp

    kinds = {kind(part) for part in parts} - {"null"}
    if kinds <= set(NUMBERS) or kinds <= set(DATES) or len(kinds) == 1:
        return "unknown" not in kinds
    literals = {id(part) for part in parts if isinstance(part, exp.Literal)}
    others = {kind(part) for part in parts if id(part) not in literals} - {"null"}
    return others <= set(DATES)  # a date is compared with a written one: opened_on >= '2024-01-01'


def _unit(node: Any) -> str:
    unit = node.args.get("unit")
    return str(unit.name).lower().rstrip("s") if unit is not None else "day"


@cache
def _portable_nodes() -> tuple[Any, ...]:
    """Nodes that are the same on every engine once they are written in its dialect, beside what is judged above."""
    from sqlglot import exp

    return (
        exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Star, exp.Paren, exp.DataType, exp.DataTypeParam,
        exp.Var, exp.Where, exp.Filter, exp.Distinct, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between,
        exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like,
        exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sign, exp.Sqrt,
        exp.Ln, exp.Log, exp.Exp, exp.Pow, exp.Cast, exp.Interval,
        exp.DateDiff, exp.DateAdd, exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.Year, exp.Quarter,
        exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.LastDay,
        exp.DateFromParts,
        exp.Concat, exp.DPipe, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Length, exp.Contains, exp.StartsWith,
        exp.EndsWith,
        exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.PercentileCont, exp.LogicalAnd,
        exp.LogicalOr, exp.Stddev, exp.StddevSamp, exp.Variance,
    )  # fmt: skip
