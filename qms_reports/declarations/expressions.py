"""Declared SQL, parsed and checked before anything runs it.

An expression may use the dataset's columns, arithmetic, CASE and a list of functions that depend on nothing but their
arguments.  It may not hold a query, name a table, read a file, or call anything not listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.models import RESERVED
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp

PERIOD_COLUMNS = {
    "period_start": "DATE",
    "period_end": "DATE",
    "period_last_day": "DATE",
    "period_start_at": "TIMESTAMP",
    "period_end_at": "TIMESTAMP",
}
"""What a KPI's expression finds beside the columns: the period's first day, the day after its last, its last day, and
the same limits as UTC instants for timestamp columns."""

BUSINESS_DAYS = "business_days(first, last, member) AS date_diff('day', CAST(first AS DATE), CAST(last AS DATE))"
"""Types of a function that is written out by the calendars before it runs."""

STATES = ("is_open_at_end", "is_overdue_at_end")
"""Shorthands over a dataset's roles: opened before the period's end and not closed before it; and due before it too."""

AGGREGATES = frozenset({
    "count", "count_if", "sum", "avg", "median", "quantile_cont", "quantile_disc", "min", "max", "bool_and", "bool_or",
    "mode", "stddev_samp", "var_samp",
})  # fmt: skip
"""Functions over many records."""

FUNCTIONS = frozenset({
    "abs", "ceil", "floor", "round", "greatest", "least", "sign", "sqrt", "ln", "log10", "exp", "power", "mod",
    "coalesce", "nullif", "if", "ifnull", "case", "cast", "try_cast",
    "lower", "upper", "trim", "ltrim", "rtrim", "length", "substring", "left", "right", "replace", "concat",
    "concat_ws", "contains", "starts_with", "ends_with", "regexp_matches", "regexp_replace", "regexp_extract",
    "split_part", "lpad", "rpad", "strip_accents",
    "date_diff", "datediff", "date_add", "date_sub", "date_trunc", "extract", "year", "quarter", "month", "week", "day",
    "dayofweek", "isodow", "last_day", "make_date", "strftime", "strptime", "try_strptime",
    "local_date", "business_days",
})  # fmt: skip
"""Functions of one record's values; the result depends on nothing else."""

_SPELLINGS = {  # sqlglot's names of what DuckDB users write
    "str_position": "contains", "regexp_like": "regexp_matches", "percentile_cont": "quantile_cont",
    "percentile_disc": "quantile_disc", "timestamp_trunc": "date_trunc", "time_to_str": "strftime",
    "str_to_time": "strptime", "ts_or_ds_to_date": "cast", "date_from_parts": "make_date", "pow": "power",
    "log": "ln", "logical_and": "bool_and", "logical_or": "bool_or", "stddev": "stddev_samp", "variance": "var_samp",
    "day_of_week": "dayofweek", "day_of_week_iso": "isodow", "week_of_year": "week", "dayofweek_iso": "isodow",
    "cast_to_str_type": "cast", "ceiling": "ceil", "char_length": "length", "pad": "lpad", "or": "case", "and": "case",
    "not": "case", "between": "case", "array": "case", "median": "median", "day_of_month": "day", "anonymous": "",
    "ts_or_ds_add": "date_add", "timestamp_diff": "date_diff", "timestamp_add": "date_add", "xor": "case",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """What is wrong with an expression, and where in its text (line and column from 1)."""

    line: int
    column: int
    message: str
    hint: str = ""
    code: str = "sql.syntax"


class BadSqlError(ValueError):
    """An expression that must not run; `problems` says why."""

    def __init__(self, sql: str, problems: list[SqlProblem]) -> None:
        self.problems = problems
        super().__init__(f"{sql!r}: " + "; ".join(problem.message for problem in problems))


@lru_cache(maxsize=4096)
def checked(sql: str, columns: tuple[str, ...], *, aggregate: bool) -> tuple[SqlProblem, ...]:
    """Problems of an expression: syntax, unknown columns, what is not allowed; none if it may run.

    Args:
        sql: The expression.
        columns: Names it may use.
        aggregate: Whether it must be an aggregate (``count(*)``) or must not hold one.
    """
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = _parse(sql)
    except SqlglotError as error:
        return (_syntax(error),)
    problems = []
    held = list(tree.find_all(exp.AggFunc, exp.Filter))
    if aggregate and not held:
        problems.append(
            SqlProblem(
                1, 1, "is no aggregate", "write count(*), count_if(...), sum(...), median(...)", code="sql.no_aggregate"
            )
        )
    if not aggregate and held:
        problems.append(
            problem_at(
                held[0],
                "an aggregate is not allowed here",
                "a condition is on one record at a time",
                code="sql.aggregate",
            )
        )
    for node in tree.walk():
        problems.extend(_judge(node, columns))
    if aggregate and not problems:
        problems.extend(_bare_columns(tree))
    return tuple(problems)


def parse_checked(sql: str, columns: tuple[str, ...], *, aggregate: bool) -> exp.Expr:
    """The syntax tree of an expression that has no problem; a fresh copy that may be changed.

    Raises:
        BadSqlError: It has one.
    """
    if problems := checked(sql, columns, aggregate=aggregate):
        raise BadSqlError(sql, list(problems))
    return _parse(sql).copy()


def counts_partners(sql: str) -> bool:
    """Whether an aggregate is a count, which is 0 over nothing at all."""
    from sqlglot import exp

    return isinstance(_parse(sql), exp.Count | exp.CountIf)


def calls(sql: str, function: str) -> bool:
    """Whether an expression calls one of our own functions; told from its text, which costs no parsing."""
    return re.search(rf"\b{function}\s*\(", sql, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def _parse(sql: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(f"SELECT {sql}", read="duckdb")
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or {name for name, value in tree.args.items() if value} != {"expressions"}
    ):
        raise sqlglot.errors.ParseError("one expression is expected, without FROM, ORDER BY or a second value")
    inner: exp.Expr = tree.expressions[0]
    if isinstance(inner, exp.Alias):
        raise sqlglot.errors.ParseError("an expression has no alias; remove AS")
    return inner


def _judge(node: Any, columns: tuple[str, ...]) -> list[SqlProblem]:
    from sqlglot import exp

    if isinstance(node, exp.Query | exp.Table | exp.Command | exp.DDL | exp.DML):
        return [
            problem_at(
                node,
                "a query inside an expression is not allowed",
                "declare a column or a view dataset instead",
                code="sql.query",
            )
        ]
    if isinstance(node, exp.Window | exp.Lambda | exp.Parameter | exp.Placeholder | exp.SessionParameter):
        return [problem_at(node, f"{type(node).__name__.lower()} expressions are not allowed", code="sql.not_allowed")]
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        return [problem_at(node, "* is allowed only in count(*)", code="sql.star")]
    if isinstance(node, exp.Column):
        name = node.name
        if node.table or name not in columns:
            shown = f"{node.table}.{name}" if node.table else name
            hint = did_you_mean(name, columns) or f"columns: {', '.join(c for c in columns if c not in RESERVED)}"
            return [problem_at(node, f"there is no column '{shown}'", hint, code="sql.unknown_column")]
    if isinstance(node, exp.Func):
        name = _function(node)
        if name not in AGGREGATES and name not in FUNCTIONS:
            hint = (
                did_you_mean(name, sorted(AGGREGATES | FUNCTIONS))
                or "allowed functions are listed in docs/catalogue.md"
            )
            return [problem_at(node, f"the function '{name}' is not allowed", hint, code="sql.function")]
    return []


def _function(node: Any) -> str:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.name).lower()
    name = str(node.sql_name()).lower()
    return _SPELLINGS.get(name, name)


def _bare_columns(tree: Any) -> list[SqlProblem]:
    """Columns outside every aggregate: they have no single value for a group of records."""
    from sqlglot import exp

    return [
        problem_at(
            column, f"'{column.name}' stands outside an aggregate", "wrap it, as in max(...)", code="sql.bare_column"
        )
        for column in tree.find_all(exp.Column)
        if column.name not in RESERVED and not column.find_ancestor(exp.AggFunc, exp.Filter)
    ]


def problem_at(node: Any, message: str, hint: str = "", *, code: str) -> SqlProblem:
    """A problem with a part of an expression, at its place in the text."""
    for part in (node, *node.walk()):
        line, column = part.meta.get("line"), part.meta.get("col")
        if line:
            length = part.meta.get("end", 0) - part.meta.get("start", 0)
            first = column - length
            return SqlProblem(line, max(first - len("SELECT ") if line == 1 else first, 1), message, hint, code=code)
    return SqlProblem(1, 1, message, hint, code=code)


def _syntax(error: Any) -> SqlProblem:
    details = getattr(error, "errors", None) or [{}]
    detail = details[0]
    line = detail.get("line") or 1
    column = (detail.get("col") or 1) - (len("SELECT ") if line == 1 else 0)
    text = detail.get("description") or str(error)
    near = f" near '{detail['highlight']}'" if detail.get("highlight") else ""
    return SqlProblem(line, max(column, 1), f"is not valid SQL: {text}{near}", code="sql.syntax")
