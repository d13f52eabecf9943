"""One record's values, written so that every engine gives what DuckDB gives: divisions, dates, texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from qms_reports.declarations.value_kinds import Kind, kind, kind_of_type
from qms_reports.settings import EngineName

_MONDAY = "1900-01-01"
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_EARLIER_THAN_DAYS = ("week", "day")


def marked(node: Any, value: Kind) -> Any:
    """A new node with the kind of its value noted."""
    node.meta["kind"] = value
    return node


@cache
def _type(name: str) -> Any:
    from sqlglot import exp

    return exp.DataType.build(name, dialect="duckdb")


def cast(node: Any, name: str) -> Any:
    """A cast to a DuckDB type, with its kind noted."""
    from sqlglot import exp

    return marked(exp.Cast(this=node, to=_type(name).copy()), kind_of_type(name))


def double(node: Any) -> Any:
    """A number as a binary floating-point number."""
    return node if kind(node) == "double" else cast(node, "DOUBLE")


def scalar(node: Any, engine: EngineName) -> Any:
    """A node, whose children are written for the engine already, written for the engine.

    Args:
        node: A node with the kinds of its children noted.
        engine: The engine.

    Returns:
        The node itself where nothing differs.
    """
    rule = _rules().get(type(node))
    return rule(node, engine) if rule is not None else node


_Rule = Callable[[Any, EngineName], Any]


@cache
def _rules() -> dict[type, _Rule]:
    from sqlglot import exp

    parts = (exp.Year, exp.Quarter, exp.Month, exp.Day, exp.DayOfMonth, exp.Week, exp.WeekOfYear, exp.Extract,
             exp.DayOfWeek, exp.DayOfWeekIso)  # fmt: skip
    rules: dict[type, _Rule] = {
        exp.Div: _quotient, exp.Mod: _remainder, exp.Round: _rounded, exp.Log: _logarithm, exp.Pow: _power,
        exp.Sqrt: _of_double, exp.Ln: _of_double, exp.Exp: _of_double, exp.Cast: _cast, exp.Greatest: _extreme,
        exp.Least: _extreme, exp.Coalesce: _first, exp.DateDiff: _difference, exp.Add: _sum, exp.Sub: _sum,
        exp.DateAdd: _sum,
        exp.TimestampTrunc: _truncated, exp.DateTrunc: _truncated, exp.DateFromParts: _date, exp.LastDay: _last_day,
        exp.Contains: _contains, exp.StartsWith: _starts, exp.EndsWith: _ends, exp.DPipe: _joined, exp.Concat: _joined,
    }  # fmt: skip
    return rules | dict.fromkeys(parts, _part)


# --- numbers


def _quotient(node: Any, engine: EngineName) -> Any:
    """Division is of doubles, and by zero it is no value: DuckDB does both, others cut, or stop."""
    from sqlglot import exp

    del engine
    divisor = exp.Nullif(this=double(node.expression), expression=exp.Literal.number(0))
    return exp.Div(this=double(node.this), expression=divisor, typed=True, safe=False)


def _remainder(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    divisor = node.expression
    if not (isinstance(divisor, exp.Literal) and divisor.name != "0"):
        divisor = exp.Nullif(this=divisor, expression=exp.Literal.number(0))
    return exp.Mod(this=node.this, expression=divisor)


def _rounded(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    return exp.Round(
        this=cast(node.this, "DECIMAL(38, 9)"), decimals=node.args.get("decimals") or exp.Literal.number(0)
    )


def _logarithm(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    value = double(node.expression)
    if engine == "snowflake":
        return exp.Anonymous(this="LOG", expressions=[exp.Literal.number(10), value])
    return exp.Anonymous(this="LOG" if engine in ("postgres", "redshift") else "LOG10", expressions=[value])


def _power(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    return exp.Pow(this=double(node.this), expression=double(node.expression))


def _of_double(node: Any, engine: EngineName) -> Any:
    del engine
    return type(node)(this=double(node.this))


def _first(node: Any, engine: EngineName) -> Any:
    """Of one value alone, which not every engine takes."""
    del engine
    return node if node.expressions else node.this


def _cast(node: Any, engine: EngineName) -> Any:
    """A truth value is not cast to a number everywhere."""
    from sqlglot import exp

    del engine
    if kind(node.this) != "boolean" or kind(node) not in ("integer", "decimal", "double"):
        return node
    return exp.Cast(this=one_or_zero(node.this), to=node.to)


def one_or_zero(condition: Any) -> Any:
    """1 where a condition is true, 0 where it is false, no value where it is neither."""
    from sqlglot import exp

    return marked(exp.case().when(condition, "1").when(exp.not_(condition.copy()), "0"), "integer")


def _extreme(node: Any, engine: EngineName) -> Any:
    """The greatest and the least leave values that are missing out; of two engines they do not."""
    from sqlglot import exp

    parts = [node.this, *node.expressions]
    if engine not in ("bigquery", "snowflake"):
        return type(node)(this=parts[0], expressions=parts[1:], ignore_nulls=False)
    filled = [
        exp.Coalesce(this=part.copy(), expressions=[p.copy() for p in (*parts[n + 1 :], *parts[:n])])
        for n, part in enumerate(parts)
    ]
    return type(node)(this=filled[0], expressions=filled[1:], ignore_nulls=False)


# --- dates


def _day(node: Any) -> Any:

    return node if kind(node) == "date" else cast(node, "DATE")


def _days_between(first: Any, last: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    if engine in ("postgres", "spark", "databricks"):
        found: Any = exp.DateDiff(this=_day(last), expression=_day(first))
        if engine == "postgres":
            found = exp.Paren(this=exp.Sub(this=_day(last), expression=_day(first)))
    else:
        found = exp.DateDiff(this=_day(last), expression=_day(first), unit=exp.var("DAY"))
    return marked(found, "integer")


def _difference(node: Any, engine: EngineName) -> Any:
    """Days, or the limits of months, quarters and years crossed, as DuckDB counts them."""
    from sqlglot import exp

    unit = node.args["unit"].name.lower()
    if unit == "day":
        return _days_between(node.expression, node.this, engine)
    months = _MONTHS[unit]

    def number(date: Any) -> Any:
        """The running number of the month, quarter or year of a date."""
        year = _extracted("year", date, engine)
        if unit == "year":
            return year
        each = exp.Literal.number(12 // months)
        return exp.Add(this=exp.Mul(this=year, expression=each), expression=_extracted(unit, date, engine))

    return exp.Paren(this=exp.Sub(this=number(node.this), expression=exp.Paren(this=number(node.expression))))


def _sum(node: Any, engine: EngineName) -> Any:
    """Dates moved by days and intervals; the difference of two dates; numbers stay."""
    from sqlglot import exp

    left, right = node.this, node.expression
    if kind(left) == kind(right) == "date":
        return _days_between(right, left, engine)
    if kind(right) == "date":
        left, right = right, left
    if kind(left) not in ("date", "timestamp"):
        return node
    backwards = isinstance(node, exp.Sub)
    if not isinstance(right, exp.Interval):
        return _moved(left, _signed(right, backwards), "day", engine)
    unit = right.args["unit"].name.lower().rstrip("s") if right.args.get("unit") else "day"
    if kind(left) == "timestamp":
        plain = exp.Interval(this=exp.Literal.string(right.this.name), unit=exp.var(unit.upper()))
        return (exp.Sub if backwards else exp.Add)(this=left, expression=plain)
    number = exp.Literal.number(int(right.this.name))
    return _moved(left, _signed(number, backwards), unit, engine)


def _signed(number: Any, backwards: bool) -> Any:  # noqa: FBT001 - a private helper's only choice
    from sqlglot import exp

    return exp.Neg(this=exp.paren(number)) if backwards else number


def _moved(date: Any, number: Any, unit: str, engine: EngineName) -> Any:
    """A date some days or months later; a month's last day does not become the next month's first."""
    from sqlglot import exp

    step = {"week": 7, **_MONTHS}.get(unit, 1)
    if step != 1:
        number = exp.Mul(this=exp.paren(number), expression=exp.Literal.number(step))
    basic = "day" if unit in _EARLIER_THAN_DAYS else "month"
    whole = cast(number, "INT")
    if engine in ("postgres", "redshift") and basic == "day":
        return exp.paren(exp.Add(this=date, expression=whole))
    if engine == "postgres":
        months = exp.Mul(this=whole, expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("MONTH")))
        return cast(exp.Add(this=date, expression=months), "DATE")
    if engine in ("spark", "databricks"):
        return exp.Anonymous(this="DATE_ADD" if basic == "day" else "ADD_MONTHS", expressions=[date, whole])
    if engine == "bigquery":
        return exp.DateAdd(this=date, expression=whole, unit=exp.var(basic.upper()))
    moved = exp.Anonymous(this="DATEADD", expressions=[exp.var(basic.upper()), whole, date])
    return cast(moved, "DATE")


def _truncated(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    unit = node.args["unit"].name.lower()
    if engine == "bigquery":
        name = "ISOWEEK" if unit == "week" else unit.upper()
        return exp.Anonymous(this="DATE_TRUNC", expressions=[_day(node.this), exp.var(name)])
    cut = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string(unit), node.this])
    return cast(cut, "DATE" if kind(node.this) == "date" else "TIMESTAMP")


def _date(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    parts = [cast(node.args[key], "INT") for key in ("year", "month", "day")]
    if engine in ("postgres", "spark", "databricks"):
        return exp.Anonymous(this="MAKE_DATE", expressions=parts)
    return exp.DateFromParts(year=parts[0], month=parts[1], day=parts[2])


def _last_day(node: Any, engine: EngineName) -> Any:
    """The day before the first of the next month."""
    from sqlglot import exp

    first = marked(exp.TimestampTrunc(this=_day(node.this), unit=exp.var("MONTH")), "date")
    following = _moved(marked(_truncated(first, engine), "date"), exp.Literal.number(1), "month", engine)
    return _moved(following, exp.Literal.number(-1), "day", engine)


def _part(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    names = {exp.DayOfMonth: "day", exp.WeekOfYear: "week", exp.DayOfWeek: "dow", exp.DayOfWeekIso: "isodow"}
    if isinstance(node, exp.Extract):
        part = node.name.lower()
        return _extracted({"dayofweek": "dow"}.get(part, part), node.expression, engine)
    return _extracted(names.get(type(node), type(node).__name__.lower()), node.this, engine)


def _extracted(part: str, date: Any, engine: EngineName) -> Any:
    """A part of a date as an integer; the day of the week counted from a Monday, which no setting moves."""
    from sqlglot import exp

    if part in ("dow", "isodow"):
        monday = cast(exp.Literal.string(_MONDAY), "DATE")
        seven = exp.Literal.number(7)
        days = exp.Mod(this=exp.paren(_days_between(monday, date.copy(), engine)), expression=seven)
        from_monday = exp.Mod(
            this=exp.paren(exp.Add(this=exp.paren(days), expression=seven.copy())), expression=seven.copy()
        )
        number: Any = exp.Add(this=exp.paren(from_monday), expression=exp.Literal.number(1))
        if part == "dow":
            number = exp.Mod(this=exp.paren(number), expression=seven.copy())
        return marked(exp.paren(number), "integer")
    names = {"bigquery": "ISOWEEK", "snowflake": "WEEKISO"}
    name = names.get(engine, "WEEK") if part == "week" else part.upper()
    return marked(cast(exp.Extract(this=exp.var(name), expression=date.copy()), "INT"), "integer")


# --- texts


def _contains(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    return exp.GT(this=exp.StrPosition(this=node.this, substr=node.expression), expression=exp.Literal.number(0))


def _starts(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    return exp.EQ(
        this=exp.Left(this=node.this, expression=exp.Length(this=node.expression.copy())), expression=node.expression
    )


def _ends(node: Any, engine: EngineName) -> Any:
    from sqlglot import exp

    del engine
    length = exp.Length(this=node.expression.copy())
    return exp.EQ(this=exp.Right(this=node.this, expression=length), expression=node.expression)


def _joined(node: Any, engine: EngineName) -> Any:
    """Texts put together; `concat` leaves missing ones out, `||` gives no value."""
    from sqlglot import exp

    del engine

    def text(part: Any) -> Any:
        return part if kind(part) == "text" else cast(part, "VARCHAR")

    if isinstance(node, exp.DPipe):
        return exp.DPipe(this=text(node.this), expression=text(node.expression), safe=True)
    joined: Any = exp.Coalesce(this=text(node.expressions[0]), expressions=[exp.Literal.string("")])
    for part in node.expressions[1:]:
        filled = exp.Coalesce(this=text(part), expressions=[exp.Literal.string("")])
        joined = exp.DPipe(this=joined, expression=filled, safe=True)
    return exp.paren(joined)
