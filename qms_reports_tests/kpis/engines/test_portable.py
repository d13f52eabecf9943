"""The SQL for other engines is as reviewed, for those too that no test can reach.

After a change that is meant, QMS_REPORTS_WRITE_SNAPSHOTS=1 python -m pytest -k as_reviewed writes it anew; review it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot

from qms_reports.declarations.portability import method_not_portable, not_portable
from qms_reports.kpis.aggregations import aggregation
from qms_reports.kpis.compiling import statement
from qms_reports.kpis.engines.copying import copied_columns, in_order
from qms_reports.kpis.engines.portable import portable
from qms_reports.periods import parse_period
from qms_reports_tests.kpis.engines import constructs
from qms_reports_tests.kpis.test_compiling import TYPES, kpi_of

ENGINES = ("postgres", "spark", "databricks", "snowflake", "bigquery", "redshift")
SNAPSHOTS = Path(__file__).parent / "snapshots"
EACH_ONCE = (
    "count(*)", "count(m)", "count(distinct t)", "count_if(m > 0)", "sum(x)", "sum(b)", "avg(x)", "avg(n / 3)",
    "min(t)", "max(d)", "bool_and(m > 0)", "bool_or(b)", "stddev_samp(x)", "var_samp(m)", "median(m)",
    "quantile_cont(x, 0.9)", "sum(m) / count(*)", "count(*) filter (where m > 0)", "max(d) - min(d)",
    "max(n % m)", "max(round(x, 2))", "max(log10(n))", "max(power(n, 2))", "max(greatest(n, m))", "max(least(d, e))",
    "max(date_diff('day', d, period_last_day))", "max(date_diff('month', d, e))", "max(d + interval '1 month')",
    "max(d + 30)", "max(moment + interval '2 hours')", "max(date_trunc('month', d))", "max(last_day(d))",
    "max(make_date(2024, 2, 1))", "max(year(d))", "max(week(d))", "max(isodow(d))", "max(concat(t, '-', n))",
    "max(t || u)", "max(left(t, 2))", "max(replace(t, 'a', 'o'))", "count_if(contains(t, 'a'))",
    "count_if(starts_with(t, 'a'))", "count_if(t like '%a%')", "max(cast(b as integer))", "max(case when b then x end)",
    "count_if(m is distinct from 3)", "count_if(d >= date '2024-01-01')",
)  # fmt: skip


def compiled(engine):
    """The constructs that an engine has, in one small statement of two groups."""
    asked = [
        sql for sql in EACH_ONCE if not not_portable(sql, TYPES | {"period_last_day": "DATE"}, engine, aggregate=True)
    ]
    kpis = [kpi_of(number, sql, "n < 4" if number % 2 else None) for number, sql in enumerate(asked)]
    kpis.append(kpi_of("flow", "count(*)").model_copy(update={"date": "moment"}))
    held = constructs.dataset()
    wanted = [aggregation(kpi, held) for kpi in kpis]
    return asked, statement(held, TYPES, wanted, [parse_period("2024-05")], constructs.ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_sql_of_every_construct_is_as_reviewed(engine):
    asked, statement_ = compiled(engine)
    result = portable(statement_.sql, engine, {"r": copied_columns(TYPES)}, {"r": "records.r_0123456789abcdef"})
    pretty = sqlglot.transpile(result.sql, read=engine, write=engine, pretty=True)[0] + "\n"
    file = SNAPSHOTS / f"{engine}.sql"
    if os.environ.get("QMS_REPORTS_WRITE_SNAPSHOTS") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(pretty, encoding="utf-8")
    assert pretty == file.read_text(encoding="utf-8")
    widths = {n: 1 + max(max(places) for _, places in group) for n, group in enumerate(statement_.groups)}
    assert result.widths == widths
    assert len(statement_.groups[0]) == len(asked)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_that_only_duckdb_understands(engine):
    _, statement_ = compiled(engine)
    sql = portable(statement_.sql, engine, {"r": copied_columns(TYPES)}).sql.upper()
    for construct in (
        "FILTER(",
        "FILTER (",
        "COUNT_IF",
        "EXCLUDE",
        "QUANTILE_CONT",
        "BOOL_AND",
        "ARRAY",
        " ORDER BY 1",
    ):
        assert construct not in sql, construct


@pytest.mark.parametrize("engine", ["bigquery", "redshift"])
def test_engines_without_exact_quantiles_refuse_them_when_declarations_are_read(engine):
    (problem,) = not_portable("count(*) +\n  median(m)", TYPES, engine, aggregate=True)
    assert problem.line == 2
    assert "no exact quantile" in problem.message
    assert "duckdb, postgres, spark" in problem.hint
    assert method_not_portable(engine)
    assert not method_not_portable("spark")


def test_rows_come_in_the_order_of_duckdb_with_their_values_in_a_list():
    rows = [
        (0, 1, None, None, None, "5", None, "7"),
        (0, 0, 1, "b", None, "1", "2", "3"),
        (0, 0, 1, "a", None, "1", "2", "3"),
        (0, 0, None, None, None, "9", "9", "9"),
        (1, 0, None, None, "s", "4", None, None),
    ]
    assert in_order(rows, {0: 3, 1: 1}) == [
        (0, 0, None, None, None, ["9", "9", "9"]),
        (0, 0, 1, "a", None, ["1", "2", "3"]),
        (0, 0, 1, "b", None, ["1", "2", "3"]),
        (0, 1, None, None, None, ["5", None, "7"]),
        (1, 0, None, None, "s", ["4"]),
    ]
