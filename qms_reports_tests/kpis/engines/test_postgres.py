"""PostgreSQL gives the values that DuckDB gives, over a copy that is there wholly or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from qms_reports.kpis.engines import EngineError, engine_of
from qms_reports.kpis.engines.copying import KEPT, copy_name
from qms_reports.kpis.engines.local import LocalEngine
from qms_reports.kpis.engines.postgres import PostgresEngine
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports.store import quote
from qms_reports_tests.company_home import MONTH
from qms_reports_tests.kpis.engines import constructs
from qms_reports_tests.kpis.engines.conftest import elsewhere
from qms_reports_tests.public_data import public_kpis

TYPES = {"t": "VARCHAR"}


@pytest.fixture
def server(postgres_url):
    """A connection to the server, without copies in it."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS qms_reports CASCADE")
        yield connection


def texts(*values):
    """A session of one dataset of texts."""
    opened = constructs.opened()
    opened.connection.execute("CREATE TABLE texts (t VARCHAR, _key VARCHAR)")
    for value in values:
        opened.connection.execute("INSERT INTO texts VALUES (?, ?)", [value, value])
    return opened


def smallest(tables="texts"):
    return f"SELECT 0 AS _g, 0 AS _w, NULL::INTEGER AS _dimension, NULL::VARCHAR AS _member, NULL::VARCHAR AS _stratum, [min(t), max(t), count(*)::VARCHAR] AS _values FROM {tables}"  # noqa: E501 - one statement


def copies(server):
    return [name for (name,) in server.execute("SELECT name FROM qms_reports.copies ORDER BY copied_at").fetchall()]


@pytest.mark.parametrize("key", ["2014-05", "2019-Q4"])
def test_all_kpis_of_the_public_data_have_the_same_values(settings, catalogue, public_figures, postgres_url, key):
    here = public_figures(key)
    assert len(here) > 2000
    there = elsewhere(settings, "postgres", postgres_url)
    assert evaluate_now(there, catalogue, public_kpis(catalogue), parse_period(key)) == here


def test_all_kpis_of_a_quality_system_have_the_same_values(company_home, company_figures, postgres_url):
    here = company_figures(MONTH)
    assert len({row.kpi for row in here if row.value is not None}) > 100
    there, catalogue = elsewhere(company_home.settings, "postgres", postgres_url), company_home.catalogue
    assert evaluate_now(there, catalogue, sorted(catalogue.kpis), parse_period(MONTH)) == here


def test_every_portable_function_and_aggregate_gives_the_same_value(postgres_url):
    expressions = constructs.portable_aggregates("postgres")
    assert len(expressions) > 120
    here = constructs.found(LocalEngine(), expressions)
    there = constructs.found(PostgresEngine(postgres_url), expressions)
    assert constructs.differences(expressions, here, there) == {}


def test_texts_arrive_as_they_are_and_are_ordered_by_their_bytes(server, postgres_url):
    strange = [
        "tab\there",
        "line\nbreak\r",
        "back\\slash \\N",
        "Zebra",
        "äpfel",
        "apple",
        "",
        "'quoted' \"twice\"",
        None,
    ]
    opened = texts(*strange)
    ((*_, values),) = PostgresEngine(postgres_url).run(smallest(), opened, {"texts": TYPES})
    assert values == ["", "äpfel", "9"]  # a dictionary has it before Zebra
    name = copy_name(opened, "texts", TYPES)
    assert {t for (t,) in server.execute(f'SELECT t FROM qms_reports."{name}"').fetchall()} == set(strange)


def test_records_are_copied_once_and_superseded_copies_dropped(server, postgres_url):
    engine = PostgresEngine(postgres_url)
    states = [texts(*map(str, range(number))) for number in range(1, KEPT + 3)]
    for opened in states:
        engine.run(smallest(), opened, {"texts": TYPES})
    assert copies(server) == [copy_name(opened, "texts", TYPES) for opened in states[-KEPT:]]
    before = server.execute("SELECT name, copied_at FROM qms_reports.copies ORDER BY 1").fetchall()
    same = texts(*reversed([str(number) for number in range(KEPT + 2)]))  # the same records in another order
    engine.run(smallest(), same, {"texts": TYPES})
    assert server.execute("SELECT name, copied_at FROM qms_reports.copies ORDER BY 1").fetchall() == before
    engine.run(smallest(), states[0], {"texts": TYPES})  # a dropped one comes back
    assert copies(server)[-1] == copy_name(states[0], "texts", TYPES)
    tables = server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'qms_reports'").fetchall()
    assert tables == [(KEPT + 1,)]


def test_a_copy_that_is_being_read_is_not_dropped(server, postgres_url):
    import psycopg

    engine = PostgresEngine(postgres_url)
    first = texts("first")
    engine.run(smallest(), first, {"texts": TYPES})
    name = copy_name(first, "texts", TYPES)
    with psycopg.connect(postgres_url) as reader:
        reader.execute(f"SELECT pg_advisory_xact_lock_shared(hashtextextended({quote(name)}, 0))")
        for number in range(KEPT + 2):
            engine.run(smallest(), texts(str(number)), {"texts": TYPES})
        assert name in copies(server)
    engine.run(smallest(), texts("last"), {"texts": TYPES})
    assert name not in copies(server)


def test_a_copy_that_fails_leaves_nothing_behind(server, postgres_url):
    opened = texts("good", "bad\0text")  # PostgreSQL has no such text
    with pytest.raises(EngineError, match=r"PostgreSQL refuses: .*0x00"):
        PostgresEngine(postgres_url).run(smallest(), opened, {"texts": TYPES})
    assert copies(server) == []
    assert server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'qms_reports'").fetchall() == [(1,)]


def test_first_readers_at_the_same_time_share_one_copy(server, postgres_url):
    def read(_):
        return PostgresEngine(postgres_url).run(smallest(), texts("a", "b"), {"texts": TYPES})

    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(read, range(6)))
    assert rows == [[(0, 0, None, None, None, ["a", "b", "2"])]] * 6
    assert len(copies(server)) == 1


def test_a_server_that_is_not_there_is_named_without_its_password():
    settings = Settings(engine="postgres", engine_url="postgresql://reports:s3cret@127.0.0.1:1/none")
    with pytest.raises(EngineError, match=r"does not answer.*QMS_REPORTS_ENGINE_URL") as refused:
        engine_of(settings).run(smallest(), texts("a"), {"texts": TYPES})
    assert "s3cret" not in f"{refused.value}{settings!r}"


def test_an_engine_that_is_only_compiled_for_says_how_to_run_it():
    with pytest.raises(EngineError, match=r"compiled for BigQuery, but not run.*--sql"):
        engine_of(Settings(engine="bigquery"))
