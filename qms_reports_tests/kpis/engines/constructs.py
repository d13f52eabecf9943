"""Every function, operator and aggregate that a declaration may use, over a few records that make engines differ."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from qms_reports.datasets.reading import Session
from qms_reports.declarations.expressions import parse_checked
from qms_reports.declarations.models import ColumnModel, Dataset, Kpi, Method
from qms_reports.declarations.portability import not_portable
from qms_reports.declarations.value_kinds import kind, kind_of_type, mark_kinds
from qms_reports.kpis.aggregations import aggregation
from qms_reports.kpis.compiling import Statement, statement
from qms_reports.kpis.engines import Engine
from qms_reports.periods import parse_period
from qms_reports.settings import EngineName
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import connect
from qms_reports_tests.kpis.test_compiling import (
    AGGREGATE_EXAMPLES,
    MIXED,
    OPERATORS,
    RECORDS,
    SCALARS,
    TYPES,
    kpi_of,
)

FURTHER = (
    "d + cast(n as integer)", "d - 1",
    "moment + interval '36 hours'", "d - interval '1 year'", "d + interval '1 quarter'",
    "extract(isodow from d)", "date_diff('quarter', e, d)", "date_diff('year', e, d)", "date_diff('day', moment, d)",
    "n / 0", "m % 0", "cast(b as integer)", "contains(t, ',b')", "starts_with(t, u)", "ends_with(t, u)",
    "greatest(m, 1, x)", "least(d, e)", "date_trunc('week', d)", "round(x, 4)", "round(m * 1.25, 1)", "n * x",
    "x * 0.000001", "concat(t, u, d)", "t < u", "d in ('2024-02-29', '2020-01-06')", "case when b then x end",
)  # fmt: skip
FURTHER_AGGREGATES = (
    "sum(b)", "avg(x * 0.001)", "avg(n / 3)", "bool_and(m > 0) or bool_or(b)", "min(t)", "max(u)", "median(x)",
    "stddev_samp(x)", "count_if(b) / count(*)", "count(distinct t) filter (where m > 0)",
    "count_if(m > 0 and b is null)",
)  # fmt: skip
CONDITIONS = (None, "n < 4", "m is null or m > 0")


def dataset() -> Dataset:
    """The records as a dataset, broken down by their number, so that each is seen alone as well."""
    columns = {name: ColumnModel() for name in TYPES}
    return Dataset(
        dataset="r", title="R", source="s", key=("n",), period_date="d", columns=columns, dimensions={"n": "Number"}
    )


def opened() -> Session:
    """The records as a session holds them."""
    connection = connect()
    names = ", ".join(TYPES)
    casts = ", ".join(f"{name}::{kind} AS {name}" for name, kind in TYPES.items())
    connection.execute(f"CREATE TABLE r AS SELECT {casts}, n::VARCHAR AS _key FROM (VALUES {RECORDS}) AS v({names})")
    return Session(connection, {}, {}, frozenset(), None, dt.datetime(2024, 6, 1, tzinfo=dt.UTC))


def scalars() -> tuple[str, ...]:
    """Examples of every function and operator on one record."""
    return (*(sql for examples in SCALARS.values() for sql in examples), *OPERATORS, *FURTHER)


def aggregates() -> tuple[str, ...]:
    """Examples of every aggregate, and every function as an aggregate over the one record of its own part."""
    of_records = []
    for sql in scalars():
        tree = parse_checked(sql, tuple(TYPES), aggregate=False)
        mark_kinds(tree, lambda column: kind_of_type(TYPES[column.name]))
        of_records.append(f"count_if({sql})" if kind(tree) == "boolean" else f"max({sql})")
    examples = (sql for found in AGGREGATE_EXAMPLES.values() for sql in found)
    return (*examples, *MIXED, *FURTHER_AGGREGATES, *of_records)


def portable_aggregates(engine: EngineName) -> tuple[str, ...]:
    """Those that are not refused for an engine."""
    return tuple(sql for sql in aggregates() if not not_portable(sql, TYPES, engine, aggregate=True))


def compiled(expressions: tuple[str, ...]) -> Statement:
    """One statement of all of them, each over all records and over those of two conditions, and of ordered lists."""
    kpis = [
        kpi_of(f"{number}_{n}", sql, condition)
        for n, condition in enumerate(CONDITIONS)
        for number, sql in enumerate(expressions)
    ]
    method = Method(name="cpk", values="x", order="d", upper_limit="max(x)")
    kpis.append(Kpi(kpi="values", title="K", dataset="r", kind="statistic", date="as_of", method=method, formula="K"))
    held = dataset()
    return statement(held, TYPES, [aggregation(k, held) for k in kpis], [parse_period("2024-05")], ZoneInfo("UTC"))


def found(engine: Engine, expressions: tuple[str, ...]) -> dict[tuple[str, str | None], tuple[object, ...]]:
    """KPI and member to numerator, denominator and number of records, numbers as numbers."""
    asked = compiled(expressions)
    values = {}
    for group, _, _, member, _, texts in engine.run(asked.sql, opened(), {"r": TYPES}):
        for name, places in asked.groups[group]:
            values[name, member] = tuple(_plain(texts[place]) for place in places)
    return values


def differences(
    expressions: tuple[str, ...],
    here: dict[tuple[str, str | None], tuple[object, ...]],
    there: dict[tuple[str, str | None], tuple[object, ...]],
) -> dict[tuple[str, str | None], tuple[object, object]]:
    """Expression and member to the values that differ."""
    return {
        (expressions[int(name[1:].split("_")[0])] if name != "values" else name, member): (
            here.get((name, member)),
            there.get((name, member)),
        )
        for name, member in {**here, **there}
        if here.get((name, member)) != there.get((name, member))
    }


def _plain(text: str | None) -> object:
    """A number to 12 significant digits, or the text; midnight of a day is that day."""
    if text is None:
        return None
    if ";" in text:
        return tuple(_plain(part) for part in text.split(";"))
    try:
        return round_significant(float(text))
    except ValueError:
        return text.removesuffix(" 00:00:00")
