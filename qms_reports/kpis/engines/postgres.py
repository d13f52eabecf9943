"""KPIs computed by a PostgreSQL server, over a copy of the records as known.

    qms_reports.recalls_0f3c2a9b71d4e586   the records of dataset recalls, named after their content
    qms_reports.copies                     which copies there are

A copy is made in one transaction: other sessions see all of it or nothing.  Whoever reads one holds its advisory lock
in common, whoever makes or drops one alone, so no copy is dropped under a reader.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qms_reports.datasets.reading import Session
from qms_reports.kpis.engines.choosing import EngineError, Row, Tables
from qms_reports.kpis.engines.copying import KEPT, copied_columns, copy_name, in_order, selected
from qms_reports.kpis.engines.portable import portable
from qms_reports.store import identifier

if TYPE_CHECKING:
    import psycopg

SCHEMA = "qms_reports"
_ROWS_AT_ONCE = 20_000
_TYPES = {"VARCHAR": 'text COLLATE "C"', "DOUBLE": "double precision"}
"""Texts are compared byte by byte, as DuckDB does, whatever the database's language."""


class PostgresEngine:
    """Runs statements on a PostgreSQL server (13 or newer)."""

    def __init__(self, url: str) -> None:
        """Keep the address; nothing is connected yet.

        Args:
            url: ``postgresql://user@host/database``, or empty for what the PG… environment variables say.

        Raises:
            EngineError: psycopg is not installed.
        """
        try:
            import psycopg  # noqa: F401 - looked for, so that its absence is told at once
        except ImportError as error:
            raise EngineError("the engine postgres needs psycopg; pip install 'qms-reports[postgres]'") from error
        self.url = url

    def run(self, sql: str, opened: Session, tables: Tables) -> list[Row]:
        """Run a statement; see `Engine.run`."""
        names = {dataset: f"{SCHEMA}.{copy_name(opened, dataset, types)}" for dataset, types in tables.items()}
        shapes = {dataset: copied_columns(types) for dataset, types in tables.items()}
        compiled = portable(sql, "postgres", shapes, names)
        with self._connected() as connection:
            while True:
                for dataset, types in tables.items():
                    _ensure(connection, opened, dataset, names[dataset].partition(".")[2], copied_columns(types))
                rows = _query(connection, compiled.sql, sorted(names.values()))
                if rows is not None:
                    return in_order(rows, compiled.widths)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        import psycopg

        try:
            with psycopg.connect(self.url, application_name="qms-reports") as connection:
                yield connection
        except psycopg.Error as error:
            said = " ".join(str(error).split())
            if isinstance(error, psycopg.OperationalError):
                hint = "check QMS_REPORTS_ENGINE_URL and the server"
                raise EngineError(f"PostgreSQL does not answer: {said}; {hint}") from error
            raise EngineError(f"PostgreSQL refuses: {said}") from error


def _query(connection: psycopg.Connection[Any], sql: str, names: list[str]) -> list[Any] | None:
    """The rows; ``None`` if a copy was dropped before this session had its lock."""
    with connection.transaction():
        _settle(connection)
        for name in names:
            _lock(connection, name.partition(".")[2], "pg_advisory_xact_lock_shared")
            if not _exists(connection, name.partition(".")[2]):
                return None
        return connection.execute(sql.encode()).fetchall()


def _settle(connection: psycopg.Connection[Any]) -> None:
    # Compiling hundreds of aggregates to machine code takes longer than running them.
    connection.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL jit = off")


def _lock(connection: psycopg.Connection[Any], name: str, function: str) -> bool:
    found = connection.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name]).fetchall()
    return found[0][0] is not False  # only trying gives an answer; waiting gives nothing


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    # Not to_regclass, whose cache does not see what another session created while this one waited for its lock.
    found = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s)",
        [SCHEMA, name],
    ).fetchall()
    return bool(found[0][0])


def _ensure(
    connection: psycopg.Connection[Any], opened: Session, dataset: str, name: str, columns: dict[str, str]
) -> None:
    """Copy the records if they are not there, and drop copies that are superseded."""
    with connection.transaction():
        _settle(connection)
        if _exists(connection, name):
            return
        _lock(connection, SCHEMA, "pg_advisory_xact_lock")  # two first readers would both create the schema
        connection.execute(
            f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; CREATE TABLE IF NOT EXISTS {SCHEMA}.copies (name text PRIMARY KEY, "
            "dataset text NOT NULL, records bigint NOT NULL, copied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
    with connection.transaction():
        _settle(connection)
        _lock(connection, name, "pg_advisory_xact_lock")
        if _exists(connection, name):  # another session was faster
            return
        listed = ", ".join(f"{identifier(column)} {_TYPES.get(kind, kind)}" for column, kind in columns.items())
        target = f"{SCHEMA}.{identifier(name)}"
        connection.execute(f"CREATE TABLE {target} ({listed})".encode())
        records = _copy(connection, opened, dataset, target, columns)
        connection.execute(f"ANALYZE {target}".encode())
        connection.execute(f"INSERT INTO {SCHEMA}.copies (name, dataset, records) VALUES (%s, %s, %s)",
                           [name, dataset, records])  # fmt: skip
        _drop_superseded(connection, dataset)


def _copy(
    connection: psycopg.Connection[Any], opened: Session, dataset: str, target: str, columns: dict[str, str]
) -> int:
    """Send the records as lines of text, which DuckDB writes faster than anything else could."""
    parts = (_field(column, kind) for column, kind in columns.items())
    lines = " || chr(9) || ".join(parts)
    records = 0
    cursor = opened.cursor().execute(f"SELECT {lines} FROM (SELECT {selected(columns)} FROM {identifier(dataset)})")
    with connection.cursor() as writer, writer.copy(f"COPY {target} FROM STDIN".encode()) as copy:
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            copy.write("".join(f"{line}\n" for (line,) in rows).encode())
            records += len(rows)
    return records


def _field(column: str, kind: str) -> str:
    r"""One value in COPY's text format: ``\N`` for none, and what separates values and lines escaped."""
    text = f"CAST({identifier(column)} AS VARCHAR)"
    if kind == "VARCHAR":
        text = f"replace({text}, '\\', '\\\\')"
        for code, escape in ((9, "\\t"), (10, "\\n"), (13, "\\r")):
            text = f"replace({text}, chr({code}), '{escape}')"
    return f"coalesce({text}, '\\N')"


def _drop_superseded(connection: psycopg.Connection[Any], dataset: str) -> None:
    """Drop all but the last copies of a dataset; one that is being read stays until the next time."""
    old = connection.execute(
        f"SELECT name FROM {SCHEMA}.copies WHERE dataset = %s ORDER BY copied_at DESC, name OFFSET %s", [dataset, KEPT]
    ).fetchall()
    for (name,) in old:
        if _lock(connection, name, "pg_try_advisory_xact_lock"):
            connection.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{identifier(name)}".encode())
            connection.execute(f"DELETE FROM {SCHEMA}.copies WHERE name = %s", [name])
