"""Aggregates written for every engine: conditions inside them, exact means, quantiles, ordered lists."""

from __future__ import annotations

from typing import Any

from qms_reports.declarations.value_kinds import EXACT, kind
from qms_reports.kpis.engines.scalars import cast, double, marked, one_or_zero
from qms_reports.settings import EngineName


def aggregate(node: Any, condition: Any, engine: EngineName) -> Any:
    """An aggregate over the records of which a condition is true, without a FILTER clause.

    Args:
        node: An aggregate whose argument is written for the engine already.
        condition: The condition; ``None`` for all records.
        engine: The engine.
    """
    from sqlglot import exp

    def held(value: Any) -> Any:
        """The argument where the condition is true, and no value, which aggregates leave out, elsewhere."""
        return value if condition is None else marked(exp.case().when(condition.copy(), value), kind(value))

    if isinstance(node, exp.Count):
        return _count(node, condition, held)
    if isinstance(node, exp.Avg):
        return _mean(held(node.this))
    if isinstance(node, exp.Median | exp.PercentileCont):
        rank = "0.5" if isinstance(node, exp.Median) else str(node.expression.name)
        return _quantile(held(double(node.this)), rank, engine)
    if isinstance(node, exp.GroupConcat):
        return _list_of_spark(node, held) if engine in ("spark", "databricks") else _list(node, held)
    if isinstance(node, exp.CountIf | exp.LogicalAnd | exp.LogicalOr):
        return _of_condition(node, held)
    value = node.this
    if isinstance(node, exp.Sum) and kind(value) == "boolean":
        value = one_or_zero(value)
    elif isinstance(node, exp.Stddev | exp.StddevSamp | exp.Variance):
        value = double(value)
    return type(node)(this=held(value))


def _of_condition(node: Any, held: Any) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.CountIf):  # as DuckDB has it: where the condition is never true or false, it is no value
        return exp.Sum(this=held(one_or_zero(node.this)))
    extreme = exp.Min if isinstance(node, exp.LogicalAnd) else exp.Max
    return exp.paren(exp.EQ(this=extreme(this=held(one_or_zero(node.this))), expression=exp.Literal.number(1)))


def _count(node: Any, condition: Any, held: Any) -> Any:
    from sqlglot import exp

    if isinstance(node.this, exp.Star):
        return exp.Count(this=exp.case().when(condition.copy(), "1")) if condition is not None else node
    if isinstance(node.this, exp.Distinct):
        return exp.Count(this=exp.Distinct(expressions=[held(node.this.expressions[0])]))
    return exp.Count(this=held(node.this))


def _mean(value: Any) -> Any:
    """The mean of exact numbers is their exact sum by their number, as DuckDB has it; others cut it to some digits."""
    from sqlglot import exp

    if kind(value) not in EXACT:
        return exp.Avg(this=value)
    number = exp.Nullif(this=exp.Count(this=value.copy()), expression=exp.Literal.number(0))
    return exp.paren(exp.Div(this=cast(exp.Sum(this=value), "DOUBLE"), expression=cast(number, "DOUBLE"),
                             typed=True, safe=False))  # fmt: skip


def _quantile(value: Any, rank: str, engine: EngineName) -> Any:
    from sqlglot import exp

    number = exp.Literal.number(rank)
    if engine in ("spark", "databricks"):
        return exp.Anonymous(this="PERCENTILE", expressions=[value, number])
    ordered = exp.Order(expressions=[exp.Ordered(this=value, nulls_first=False)])
    return exp.WithinGroup(this=exp.PercentileCont(this=number), expression=ordered)


def _list_of_spark(node: Any, held: Any) -> Any:
    """The same from an array: Spark 4.3 fails on LISTAGG in order beside a count of distinct values."""
    from sqlglot import exp

    order = node.this
    fields: list[Any] = []
    for number, ordered in enumerate(order.expressions):
        missing = exp.Is(this=ordered.this.copy(), expression=exp.Null())  # none comes last
        fields += [exp.Literal.string(f"n{number}"), missing, exp.Literal.string(f"k{number}"), ordered.this]
    record = exp.Anonymous(this="NAMED_STRUCT", expressions=[*fields, exp.Literal.string("v"), order.this])
    collected = exp.Anonymous(this="COLLECT_LIST", expressions=[held(record)])
    values = exp.Dot(this=exp.Anonymous(this="ARRAY_SORT", expressions=[collected]), expression=exp.to_identifier("v"))
    joined = exp.Anonymous(this="ARRAY_JOIN", expressions=[values, node.args["separator"]])
    return exp.Nullif(this=joined, expression=exp.Literal.string(""))  # of nothing there is no list


def _list(node: Any, held: Any) -> Any:
    """The values of records as one text, in an order."""
    from sqlglot import exp

    order = node.this
    if not isinstance(order, exp.Order):
        return exp.GroupConcat(this=held(order), separator=node.args.get("separator"))
    ordered = exp.Order(this=held(order.this), expressions=order.expressions)
    return exp.GroupConcat(this=ordered, separator=node.args.get("separator"))
