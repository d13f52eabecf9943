"""The SQL that the compiler writes means what the author wrote: every allowed function, aggregate and filter."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from qms_reports.declarations.expressions import AGGREGATES, FUNCTIONS, BadSqlError, checked
from qms_reports.declarations.models import Calendar, ColumnModel, Dataset, Kpi, Roles
from qms_reports.kpis.aggregations import aggregation
from qms_reports.kpis.compiling import statement
from qms_reports.kpis.conditions import counted_condition, record_condition
from qms_reports.kpis.shorthands import BusinessDays
from qms_reports.periods import parse_period
from qms_reports.store import connect, kept_session

TYPES = {
    "n": "BIGINT", "m": "BIGINT", "x": "DECIMAL(28,9)", "t": "VARCHAR", "u": "VARCHAR", "d": "DATE", "e": "DATE",
    "moment": "TIMESTAMP", "b": "BOOLEAN",
}  # fmt: skip
RECORDS = """
    (1, 3, 1.5, 'Ä Batch 7', 'b', DATE '2024-02-29', DATE '2024-03-31', TIMESTAMP '2024-02-29 23:59:58.5', true),
    (2, -3, -2.25, ' padded ', 'padded', DATE '2023-12-31', DATE '2024-01-01', TIMESTAMP '2023-12-31 00:00:00', false),
    (3, 0, 0.000000001, '', '%d', DATE '2020-01-06', DATE '2019-12-30', TIMESTAMP '2020-01-06 12:00:00', NULL),
    (4, 10, 12345678901.5, 'a,b,c', ',', DATE '2021-03-28', DATE '2021-10-31', TIMESTAMP '2021-03-28 01:30:00', true),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""
SCALARS = {
    "abs": ["abs(m)"],
    "ceil": ["ceil(x)"],
    "floor": ["floor(x)"],
    "round": ["round(x, 1)", "round(x)", "round(m / 4.0, 1)"],
    "greatest": ["greatest(n, m)", "greatest(d, e)"],
    "least": ["least(n, m, 2)"],
    "sign": ["sign(m)"],
    "sqrt": ["sqrt(abs(m))"],
    "ln": ["ln(n)"],
    "log10": ["log10(n)"],
    "exp": ["exp(n)"],
    "power": ["power(n, 2)", "n ** 2"],
    "mod": ["mod(m, 2)", "m % 2"],
    "coalesce": ["coalesce(m, n)"],
    "nullif": ["nullif(m, 3)"],
    "if": ["if(m > 0, 'plus', 'rest')"],
    "ifnull": ["ifnull(m, -1)"],
    "lower": ["lower(t)"],
    "upper": ["upper(t)"],
    "trim": ["trim(t)", "trim(t, 'a')"],
    "ltrim": ["ltrim(t)", "ltrim(t, 'a')"],
    "rtrim": ["rtrim(t)", "rtrim(t, 'c')"],
    "length": ["length(t)"],
    "substring": ["substring(t, 2, 3)", "substring(t, 3)"],
    "left": ["left(t, 2)"],
    "right": ["right(t, 2)"],
    "replace": ["replace(t, 'a', 'o')"],
    "concat": ["concat(t, '-', n)", "t || u"],
    "concat_ws": ["concat_ws('|', t, u, n)"],
    "contains": ["contains(t, u)"],
    "starts_with": ["starts_with(t, 'a')"],
    "ends_with": ["ends_with(t, 'c')"],
    "regexp_matches": ["regexp_matches(t, '^[a-z],')", "regexp_matches(t, 'BATCH', 'i')"],
    "regexp_replace": ["regexp_replace(t, '[a-z]', '#')", "regexp_replace(t, '[a-z]', '#', 'g')"],
    "regexp_extract": ["regexp_extract(t, '[0-9]')", "regexp_extract(t, '([a-z]),([a-z])', 2)"],
    "split_part": ["split_part(t, ',', 2)", "split_part(t, ',', -1)"],
    "lpad": ["lpad(t, 12, '*')"],
    "rpad": ["rpad(t, 12, '*')"],
    "strip_accents": ["strip_accents(t)"],
    "date_diff": ["date_diff('day', e, d)", "date_diff('month', e, d)", "date_diff('week', e, d)", "d - e"],
    "datediff": ["datediff('day', e, d)"],
    "date_add": ["date_add(d, INTERVAL 1 month)", "date_add(d, INTERVAL (n) DAY)", "d + 30", "d + INTERVAL 2 week"],
    "date_sub": ["date_sub('month', e, d)", "date_sub('day', e, d)"],
    "date_trunc": ["date_trunc('month', d)", "date_trunc('quarter', d)", "date_trunc('hour', moment)"],
    "extract": ["extract(year from d)", "extract('month' from d)", "extract(dow from d)", "extract(hour from moment)"],
    "year": ["year(d)"],
    "quarter": ["quarter(d)"],
    "month": ["month(d)"],
    "week": ["week(d)"],
    "day": ["day(d)"],
    "dayofweek": ["dayofweek(d)"],
    "isodow": ["isodow(d)"],
    "last_day": ["last_day(d)"],
    "make_date": ["make_date(2024, n, 1)", "make_date(year(d), month(d), 1)"],
    "strftime": ["strftime(d, '%Y-%m')", "strftime(moment, '%d.%m.%y %H:%M')"],
    "strptime": ["strptime('2024-05-0' || n, '%Y-%m-%d')"],
    "try_strptime": ["try_strptime('2024-05-0' || n, '%Y-%m-%d')"],
    "cast": ["cast(x as double)", "n::varchar", "cast(d as timestamp)", "x::decimal(20, 2)", "moment::date"],
    "try_cast": ["try_cast('1' || t as bigint)", "try_cast('2024-01-0' || n as date)"],
    "local_date": ["local_date(moment, 'Asia/Tokyo')", "local_date(moment, 'America/New_York')"],
    "case": ["case when m > 0 then 'plus' when m < 0 then 'minus' end", "case n when 1 then 'one' else 'more' end"],
}
OPERATORS = [
    "n + m * 2 - 1", "n / m", "n // 2", "-m", "not b", "b or m > 0", "b and m > 0", "m between 0 and 5", "n in (1, 2)",
    "n not in (1, 2)", "m is null", "m is not null", "m is distinct from 3", "m is not distinct from 3",
    "t like '%b%'", "t ilike 'ä%'", "t not like '%b%'", "t = 'a,b,c'", "n <> 2", "n != 2", "d < e",
    "d >= date '2024-01-01'", "moment > timestamp '2021-01-01 00:00:00'", "t || ' it''s'",
    "(n + 1) * (m + 1)", "b is true",
]  # fmt: skip
AGGREGATE_EXAMPLES = {
    "count": ["count(*)", "count(m)", "count(distinct m)", "count(distinct t)"],
    "count_if": ["count_if(m > 0)", "count_if(b)"],
    "sum": ["sum(m)", "sum(x)", "sum(case when m > 0 then 1 else 0 end)", "sum(distinct m)"],
    "avg": ["avg(m)", "avg(x)"],
    "median": ["median(m)"],
    "quantile_cont": ["quantile_cont(m, 0.9)", "quantile_cont(m, 0.25)"],
    "quantile_disc": ["quantile_disc(m, 0.9)"],
    "min": ["min(d)", "min(m)"],
    "max": ["max(d)", "max(m)"],
    "bool_and": ["bool_and(b)"],
    "bool_or": ["bool_or(b)"],
    "mode": ["mode(b)"],
    "stddev_samp": ["stddev_samp(m)"],
    "var_samp": ["var_samp(m)"],
}
MIXED = ["sum(m) / count(*)", "100.0 * count_if(m > 0) / nullif(count(m), 0)", "max(d) - min(d)", "round(avg(m), 1)",
         "count(*) filter (where m > 0)", "count(*) filter (where m > 0 or b is null)",
         "sum(m) filter (where b) + count(*)"]  # fmt: skip
CONDITIONS = [None, "n < 4", "m is null or m > 0", "t like '%a%' and n > 1"]


@pytest.fixture(scope="module")
def records():
    """A session with a few records that make functions differ."""
    with connect() as connection:
        names = ", ".join(TYPES)
        casts = ", ".join(f"{name}::{kind} AS {name}" for name, kind in TYPES.items())
        connection.execute(f"CREATE TABLE r AS SELECT {casts} FROM (VALUES {RECORDS}) AS v({names})")
        yield connection


def test_every_allowed_function_has_an_example():
    assert {*SCALARS, "business_days"} == FUNCTIONS  # which is written out, see below
    assert set(AGGREGATE_EXAMPLES) == AGGREGATES


@pytest.mark.parametrize("sql", [*(sql for examples in SCALARS.values() for sql in examples), *OPERATORS])
def test_an_expression_written_anew_gives_what_the_author_wrote(records, sql):
    assert checked(sql, tuple(TYPES), aggregate=False) == ()
    compiled = record_condition(Roles(), TYPES, sql)
    asked, got = (records.execute(f"SELECT ({text}) AS value FROM r ORDER BY n").fetchall() for text in (sql, compiled))
    assert got == asked
    assert any(value is not None for (value,) in asked)


def kpi_of(number, numerator, condition=None):
    return Kpi(
        kpi=f"k{number}",
        title="K",
        dataset="r",
        kind="level",
        date="as_of",
        numerator=numerator,
        filter=condition,
        formula="K",
    )


@pytest.mark.parametrize("condition", CONDITIONS)
def test_an_aggregate_with_a_filter_is_the_aggregate_of_the_filtered_records(records, condition):
    asked = [*(sql for examples in AGGREGATE_EXAMPLES.values() for sql in examples), *MIXED]
    columns = {name: ColumnModel() for name in TYPES}
    dataset = Dataset(dataset="r", title="R", source="s", key=("n",), period_date="d", columns=columns)
    # Among KPIs of other filters, as in a catalogue: each must keep to its own.
    others = [kpi_of(f"_other{number}", "count(*)", other) for number, other in enumerate(CONDITIONS)]
    kpis = [*others, *(kpi_of(number, sql, condition) for number, sql in enumerate(asked))]
    wanted = [aggregation(kpi, dataset) for kpi in kpis]
    compiled = statement(dataset, TYPES, wanted, [parse_period("2024-05")], ZoneInfo("UTC"))
    ((*_, values),) = records.execute(compiled.sql).fetchall()
    where = f"FROM r WHERE {condition or 'true'}"
    ((number_of_records,),) = records.execute(f"SELECT count(*) {where}").fetchall()
    assert [[name for name, _ in group] for group in compiled.groups] == [[kpi.kpi for kpi in kpis]]
    places = dict(compiled.groups[0])
    for number, sql in enumerate(asked, start=len(others)):
        assert checked(sql, tuple(TYPES), aggregate=True) == ()
        ((expected,),) = records.execute(f"SELECT ({sql})::VARCHAR {where}").fetchall()
        found = [values[place] for place in places[kpis[number].kpi]]
        assert found == [expected, None, str(number_of_records)], sql


@pytest.mark.parametrize(
    ("numerator", "counted"),
    [
        ("count(*)", 5),
        ("count(m)", 4),
        ("count(distinct m)", 4),
        ("count_if(m > 0)", 2),
        ("sum(m)", 4),
        ("count(*) filter (where m > 0)", 2),
        ("count_if(m > 0) + count_if(m < 0)", 3),
    ],
)
def test_the_records_that_a_numerator_counts(records, numerator, counted):
    dataset = Dataset(dataset="r", title="R", source="s", key=("n",), period_date="d", columns={"n": ColumnModel()})
    condition = counted_condition(aggregation(kpi_of(1, numerator), dataset), TYPES)
    assert records.execute(f"SELECT count(*) FROM r WHERE {condition}").fetchall() == [(counted,)]


def test_states_come_from_the_dates_of_the_roles(records):
    roles = Roles(opened="d", closed="e", due="e")
    period = "SELECT DATE '2024-03-01' AS period_end, DATE '2024-02-29' AS period_last_day"
    is_open = record_condition(roles, TYPES, "is_open_at_end")
    found = records.execute(f"SELECT n FROM r, ({period}) WHERE {is_open} ORDER BY n").fetchall()
    assert found == [(1,)]  # opened on the last day, closed after it
    overdue = record_condition(roles, TYPES, "is_overdue_at_end")
    assert records.execute(f"SELECT n FROM r, ({period}) WHERE {overdue}").fetchall() == []
    at_the_due_day = "SELECT DATE '2024-04-01' AS period_end, DATE '2024-03-31' AS period_last_day"
    still_open = record_condition(Roles(opened="d", due="e"), TYPES, "is_overdue_at_end")
    found = records.execute(f"SELECT n FROM r, ({at_the_due_day}) WHERE {still_open} ORDER BY n").fetchall()
    assert found == [(2,), (3,), (4,)]  # due on the last day is not overdue yet


def state_of(record, state, last_day, roles):
    """Whether a record of dates is in a state at the end of a day."""
    day = dt.date.fromisoformat(last_day)
    columns = ", ".join(
        f"DATE '{value}' AS {name}" if value else f"NULL::DATE AS {name}" for name, value in record.items()
    )
    period = f"DATE '{day + dt.timedelta(days=1)}' AS period_end, DATE '{day}' AS period_last_day"
    condition = record_condition(roles, dict.fromkeys(record, "DATE"), state)
    sql = f"SELECT coalesce({condition}, false) FROM (SELECT {columns}, {period})"
    return kept_session().execute(sql).fetchall()[0][0]


LIFE = Roles(opened="a", closed="z", first_closed="f", reopened="r", voided="v", due="d")


@pytest.mark.parametrize(
    ("day", "is_open"),
    [("2024-01-09", False), ("2024-01-10", True), ("2024-02-29", True), ("2024-03-01", False), ("2024-04-14", False),
     ("2024-04-15", True), ("2024-05-31", True), ("2024-06-01", False)],
)  # fmt: skip
def test_a_reopened_record_was_closed_between_its_first_closure_and_its_reopening(day, is_open):
    record = {"a": "2024-01-10", "z": "2024-06-01", "f": "2024-03-01", "r": "2024-04-15", "v": None, "d": None}
    assert state_of(record, "is_open_at_end", day, LIFE) is is_open


def test_a_voided_record_is_open_until_the_day_it_is_voided():
    record = {"a": "2024-01-10", "z": None, "f": None, "r": None, "v": "2024-03-01", "d": "2024-02-01"}
    states = [state_of(record, "is_open_at_end", day, LIFE) for day in ("2024-02-29", "2024-03-01")]
    assert states == [True, False]
    assert state_of(record, "is_overdue_at_end", "2024-02-01", LIFE) is False
    assert state_of(record, "is_overdue_at_end", "2024-02-02", LIFE) is True


WEEKENDS = {"both": (6, 7), "sunday": (7,), "saturday": (6,)}


@pytest.mark.parametrize("weekend", WEEKENDS.values(), ids=WEEKENDS)
def test_business_days_count_from_the_day_after_over_weekends_and_holidays(weekend):
    holidays = {"2024-05-01": "Labour Day", "2024-05-04": "on a Saturday", "2024-05-09": "Ascension", "2024-12-25": "X"}
    site = Calendar(calendar="site", title="Site", members=("HAM",), weekend=weekend, holidays=holidays)
    types = {"a": "DATE", "b": "TIMESTAMP", "c": "VARCHAR"}
    first = dt.date(2024, 4, 24)
    days = [first + dt.timedelta(days=number) for number in range(30)]
    portable = record_condition(Roles(), types, "business_days(a, b, c)", [site])
    local = BusinessDays("a", "b", "c", (site,)).sql(local=True)
    rows = [(a, b, c) for a in days[:12] for b in days for c in ("HAM", "elsewhere")]
    listed = ", ".join(f"(DATE '{a}', TIMESTAMP '{b} 23:30:00', '{c}')" for a, b, c in rows)
    with connect() as connection:
        found = connection.execute(f"SELECT {portable}, {local} FROM (VALUES {listed}) AS t(a, b, c)").fetchall()

    def worked(day, member):
        free = (6, 7) if member != "HAM" else weekend
        return day.isoweekday() not in free and not (member == "HAM" and day.isoformat() in holidays)

    def counted(a, b, member):
        later, sign = (b, 1) if b >= a else (a, -1)
        span = range(1, abs((b - a).days) + 1)
        return sign * sum(worked(min(a, b) + dt.timedelta(days=n), member) for n in span) if later else 0

    assert found == [(counted(*row),) * 2 for row in rows]


def test_an_expression_with_a_problem_is_never_compiled():
    with pytest.raises(BadSqlError, match="there is no column 'nn'"):
        record_condition(Roles(), TYPES, "nn > 1")
    with pytest.raises(BadSqlError, match="not allowed"):
        record_condition(Roles(), TYPES, "(select 1) = 1")


@pytest.mark.parametrize(
    ("kpis", "needed"),
    [
        ([("opened", "sum(fellows)", None), ("as_of", "count(*)", "is_open_at_end")], ["opened"]),
        ([("opened", "sum(fellows)", None), ("closed", "max(fellows)", None)], ["opened", "closed"]),
        # States are of records outside of every window too.
        ([("opened", "sum(fellows)", None), ("as_of", "count(*)", "is_open_at_end and fellows > 1")], []),
        ([("opened", "count(*)", None)], []),
    ],
)
def test_a_related_column_is_needed_of_the_records_in_the_windows_of_those_who_read_it(kpis, needed):
    dataset = Dataset.model_validate(
        {
            "dataset": "items",
            "title": "Items",
            "source": "items",
            "key": ["id"],
            "period_date": "opened",
            "roles": {"opened": "opened", "closed": "closed"},
            "columns": {"id": {"type": "text"}, "opened": {"type": "date"}, "closed": {"type": "date"}},
            "related": {
                "fellows": {"dataset": "items", "on": {"id": "id"}, "sql": "count(*)", "type": "integer", "title": "F"}
            },
        }
    )
    types = {"id": "VARCHAR", "opened": "DATE", "closed": "DATE", "fellows": "BIGINT"}
    wanted = [
        aggregation(
            Kpi(
                kpi=f"k{number}", title="K", dataset="items", kind="level" if date == "as_of" else "count", date=date,
                numerator=numerator, filter=condition, formula="K",
            ),
            dataset,
        )
        for number, (date, numerator, condition) in enumerate(kpis)
    ]  # fmt: skip
    windows = parse_period("2024-06").series(2)
    found = statement(dataset, types, wanted, windows, ZoneInfo("UTC"), narrowed="some", local=True)
    assert found.needed is not None
    dated = " OR ".join(f"(\"{date}\" >= DATE '2024-05-01' AND \"{date}\" < DATE '2024-07-01')" for date in needed)
    assert found.needed_of == ({"fellows": dated} if needed else {})
