"""Declared SQL: what may run, what is refused, where a complaint points, and a session that holds if all fails."""

from __future__ import annotations

import duckdb
import pytest

from qms_reports.datasets.reading import session
from qms_reports.declarations.binding import bind_problem
from qms_reports.declarations.expressions import BadSqlError, checked, parse_checked
from qms_reports_tests.small_catalogue import Site

COLUMNS = ("opened", "closed", "points", "site")
TYPES = (("opened", "DATE"), ("closed", "DATE"), ("points", "DECIMAL(28,9)"), ("site", "VARCHAR"))

HOSTILE = [
    "(select 1) = 1",
    "opened in (select opened from deviations)",
    "exists (select 1)",
    "(select content from read_text('/etc/passwd')) is not null",
    "read_text('/etc/passwd') is not null",
    "read_csv('/etc/passwd')",
    "read_csv_auto('/etc/passwd') is null",
    "read_parquet('x.parquet') is null",
    "read_blob('/etc/passwd') is null",
    "glob('/*') is null",
    "getenv('HOME') = 'x'",
    "current_setting('home_directory') = 'x'",
    "getvariable('x') = 1",
    "pragma_version() is null",
    "duckdb_settings() is null",
    "random() > 0.5",
    "uuid() is null",
    "now() > opened",
    "current_date > opened",
    "current_timestamp > opened",
    "today() > opened",
    "nextval('s') = 1",
    "query('select 1') is null",
    "query_table('x') is null",
    "sniff_csv('x') is null",
    "read_json('x') is null",
    "st_read('x') is null",
    "parquet_metadata('x') is null",
    "sleep(10) is null",
    "repeat('x', 1000000000) is null",
    "range(1000000000) is null",
    "1; drop table deviations",
    "1; copy deviations to '/tmp/x'",
    "copy deviations to '/tmp/x'",
    "attach 'x.db'",
    "pragma database_list",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "create table x as select 1",
    "insert into deviations values (1)",
    "delete from deviations",
    "export database 'x'",
    "call pragma_version()",
    "1 from deviations",
    "1 union select 2",
    "1 order by 1",
    "1 limit 1",
    "1, 2",
    "1 as x",
    "* ",
    "columns(*)",
    "count(*) over ()",
    "list_filter([1], lambda v: v > 0) is null",
    "[v for v in [1]]",
    "$1 = 1",
    "? = 1",
    "other.opened is null",
    "rowid = 1",
    "deviations is null",
    "'/etc/passwd'::json is null or read_json_auto('x') is null",
    "site = ",
    "site = 'open",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", HOSTILE)
@pytest.mark.parametrize("aggregate", [False, True])
def test_what_is_no_plain_expression_over_the_columns_is_refused(sql, aggregate):
    problems = checked(sql, COLUMNS, aggregate=aggregate)
    assert problems
    assert all(problem.message and problem.line >= 1 and problem.column >= 1 for problem in problems)
    with pytest.raises(BadSqlError):
        parse_checked(sql, COLUMNS, aggregate=aggregate)


@pytest.mark.parametrize(
    "sql",
    ["opened < closed", "points between 1 and 2", "site in ('A', 'B') and not closed is null", "site -- why\n= 'A'"],
)
def test_a_condition_over_the_columns_is_accepted(sql):
    assert checked(sql, COLUMNS, aggregate=False) == ()
    assert bind_problem(sql, TYPES, aggregate=False, boolean=True) is None


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("openned < closed", "there is no column 'openned'", "did you mean 'opened'?"),
        ("lowr(site) = 'a'", "the function 'lowr' is not allowed", "did you mean 'lower'?"),
        ("count(*)", "an aggregate is not allowed here", "a condition is on one record at a time"),
    ],
)
def test_a_mistake_is_answered_with_what_was_probably_meant(sql, message, hint):
    (problem,) = checked(sql, COLUMNS, aggregate=False)
    assert (problem.message, problem.hint) == (message, hint)


def test_a_kpi_needs_an_aggregate_and_no_column_outside_of_it():
    (problem,) = checked("points", COLUMNS, aggregate=True)
    assert problem.message == "is no aggregate"
    (problem,) = checked("sum(points) + points", COLUMNS, aggregate=True)
    assert problem.message == "'points' stands outside an aggregate"


@pytest.mark.parametrize(
    ("sql", "line", "column"),
    [
        ("openned < closed", 1, 1),
        ("closed > openned", 1, 10),
        ("site = 'A'\nand openned < closed", 2, 5),
        ("site = 'A'\n\n   and lowr(site) = 'b'", 3, 8),
    ],
)
def test_a_complaint_points_at_the_line_and_column_of_the_word(sql, line, column):
    (problem,) = checked(sql, COLUMNS, aggregate=False)
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize(
    ("sql", "boolean", "said"),
    [
        ("points", True, "is decimal(28,9), but a condition is true or false"),
        ("opened + closed", False, "does not fit the columns' types"),
        ("site > 5 and upper(points)", True, "does not fit the columns' types"),
    ],
)
def test_the_engine_itself_is_asked_whether_the_types_fit(sql, boolean, said):
    problem = bind_problem(sql, TYPES, aggregate=False, boolean=boolean)
    assert problem is not None
    assert problem.message.startswith(said)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A session as KPIs are computed in, with records in it."""
    folder = tmp_path_factory.mktemp("session")
    site = Site(folder)
    site.deliver([{"id": "D1", "opened": "2024-01-05", "points": "1"}], "2024-02-01T00:00:00")
    with session(site.settings, site.catalogue, ["deviations"]) as held:
        yield held, folder


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_blob('{folder}/secret.txt')",
        "COPY deviations TO '{folder}/out.csv'",
        "COPY deviations FROM '/etc/passwd'",
        "ATTACH '{folder}/other.db'",
        "EXPORT DATABASE '{folder}/export'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "RESET enable_external_access",
        "SET lock_configuration = false",
        "SET temp_directory = '{folder}'",
        "SELECT * FROM read_text('{folder}/home/datasets/../../secret.txt')",
        "SELECT * FROM settings",
    ],
)
def test_even_raw_sql_in_the_session_reaches_no_file_and_no_setting(opened, statement):
    held, folder = opened
    (folder / "secret.txt").write_text("secret")
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(duckdb.Error):
        held.cursor().execute(statement.format(folder=folder)).fetchall()
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_session_still_answers_questions_about_its_records(opened):
    held, _ = opened
    assert held.cursor().execute("SELECT id, points FROM deviations").fetchall() == [("D1", 1)]
