"""What would not give the same value elsewhere is refused when declarations are read, with its place and a way out."""

from __future__ import annotations

import pytest

from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.declarations.issues import Severity
from qms_reports.declarations.portability import DERIVE, not_portable
from qms_reports.settings import EXAMPLE_CATALOG, Settings

TYPES = {
    "n": "BIGINT", "x": "DECIMAL(28,9)", "t": "VARCHAR", "d": "DATE", "e": "DATE", "moment": "TIMESTAMP",
    "b": "BOOLEAN", "site": "VARCHAR", "is_open_at_end": "BOOLEAN", "period_last_day": "DATE",
}  # fmt: skip
RUN = ("postgres", "spark", "snowflake", "databricks", "bigquery", "redshift")

REFUSED = {
    "regexp_matches(t, 'a+')": "'regexp_like' is not the same",
    "t ilike 'a%'": "'ilike' is not the same",
    "lower(t) = 'a'": "'lower' is not the same",
    "trim(t) = 'a'": "'trim' is not the same",
    "strptime(t, '%Y') > d": "'str_to_time' is not the same",
    "strftime(d, '%Y') = '2024'": "'time_to_str' is not the same",
    "try_cast(t as integer) > 1": "'try_cast' is not the same",
    "cast(t as date) > d": "does not become a date",
    "cast(x as integer) > 1": "does not become a integer",
    "cast(x as varchar) = '1'": "does not become a text",
    "local_date(moment, 'Asia/Tokyo') > d": "'local_date' is not on every engine",
    "round(x / 3, 2) > 1": "not exact",
    "x % 2 = 0": "remainder",
    "n // 2 = 1": "'intdiv' is not the same",
    "date_diff('week', d, e) > 1": "in weeks",
    "date_diff('hour', d, e) > 1": "in hours",
    "moment - cast(d as timestamp) is null": "difference of two instants",
    "moment + interval '1 month' > d": "moved by months",
    "d + interval (n) day > e": "written as a number",
    "left(t, n) = 'a'": "written as numbers",
    "t like 'a\\%'": "backslash",
    "n = t": "different kinds",
    "coalesce(n, t) = '1'": "different kinds",
    "extract(epoch from moment) > 1": "extract(epoch",
}
PORTABLE = (
    "date_diff('day', d, period_last_day) > 30", "d - e > 3", "d + 30 <= e", "d + interval '2 weeks' <= e",
    "business_days(d, e, site) <= 5", "is_open_at_end and not b", "t in ('a', 'b') or t is null", "n / 3 > x",
    "coalesce(x, 0) > 1.5", "case when b then n else x end > 1", "d >= '2024-01-01'", "moment >= d", "t like 'a%'",
    "round(x, 2) > 1", "year(d) = 2024 and isodow(d) < 6", "starts_with(t, 'a')", "substring(t, 2, 3) = 'abc'",
    "d between date '2024-01-01' and e", "greatest(d, e) > period_last_day",
)  # fmt: skip
REFUSED_AGGREGATES = {
    "mode(t)": "'mode'",
    "quantile_disc(n, 0.5)": "'percentile_disc'",
    "max(b)": "no order",
    "sum(distinct n)": "only counts",
    "count(distinct (t, n))": "distinct pairs",
}


@pytest.mark.parametrize("engine", RUN)
@pytest.mark.parametrize("sql", REFUSED)
def test_what_engines_do_differently_is_refused(sql, engine):
    (problem,) = not_portable(sql, TYPES, engine)
    assert REFUSED[sql] in problem.message
    assert problem.hint
    assert not_portable(sql, TYPES, "duckdb") == ()


@pytest.mark.parametrize("engine", RUN)
@pytest.mark.parametrize("sql", PORTABLE)
def test_what_engines_do_alike_is_not_refused(sql, engine):
    assert not_portable(sql, TYPES, engine) == ()


@pytest.mark.parametrize("engine", RUN)
@pytest.mark.parametrize("sql", REFUSED_AGGREGATES)
def test_aggregates_that_differ_are_refused(sql, engine):
    (problem,) = not_portable(sql, TYPES, engine, aggregate=True)
    assert REFUSED_AGGREGATES[sql] in problem.message


def test_a_problem_names_the_engine_its_place_and_the_way_out():
    (problem,) = not_portable("count_if(b\n  and regexp_matches(t, 'a'))", TYPES, "spark", aggregate=True)
    assert problem.message.endswith("the engine is Spark")
    assert problem.hint == DERIVE
    assert problem.line == 2


def test_an_expression_that_is_wrong_anyway_is_left_to_the_other_checks():
    assert not_portable("nothing_of_the_kind(", TYPES, "spark") == ()
    assert not_portable("unknown_column > 1", TYPES, "spark") == ()
    assert not_portable(None, TYPES, "spark") == ()


def test_what_one_engine_lacks_is_refused_for_it_alone():
    assert not_portable("make_date(2024, 1, 1) < d", TYPES, "snowflake") == ()
    assert "does not exist" in not_portable("make_date(2024, 1, 1) < d", TYPES, "redshift")[0].message
    assert not_portable("n is not distinct from 3", TYPES, "bigquery") == ()
    assert "is distinct from" in not_portable("n is not distinct from 3", TYPES, "redshift")[0].message
    assert not_portable("date_trunc('week', d) = d", TYPES, "postgres") == ()
    assert "week" in not_portable("date_trunc('week', d) = d", TYPES, "snowflake")[0].message


@pytest.mark.parametrize("engine", ["postgres", "spark", "snowflake", "databricks"])
def test_every_shipped_kpi_can_be_computed_by_the_engines_that_have_quantiles(tmp_path, engine):
    found = load_catalogue(Settings(home=tmp_path, engine=engine))
    assert [str(issue) for issue in found.issues if issue.severity is Severity.ERROR] == []
    assert len(found.kpis) > 200


@pytest.mark.parametrize("engine", ["bigquery", "redshift"])
def test_a_kpi_that_the_engine_cannot_compute_is_broken_at_its_line(tmp_path, engine):
    found = load_catalogue(Settings(home=tmp_path, engine=engine))
    refused = {broken.name: broken.issues for broken in found.broken if broken.kind == "kpi"}
    assert {"recalls_days_to_close_median", "recalls_days_to_close_p90"} <= set(refused)
    assert "recalls_days_to_close_mean" in found.kpis
    (issue,) = refused["recalls_days_to_close_p90"]
    lines = (EXAMPLE_CATALOG / "kpis" / "recalls.yaml").read_text().splitlines()
    assert issue.file.endswith("kpis/recalls.yaml")
    assert lines[issue.line - 1].strip() == "numerator: quantile_cont(days_to_close, 0.9)"
    assert {"recalls_days_to_close_p90", "recalls_days_to_close_median"} <= set(
        load_catalogue(Settings(home=tmp_path)).kpis
    )
