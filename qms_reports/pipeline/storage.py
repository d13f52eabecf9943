"""Dagster's SQLite storage with its connections kept open: an event costs 2 to 4 ms to write instead of 18.

Same tables, same files, same behaviour; only the SQLAlchemy engine and its connection outlive a single query, the
tables of a run's log are made as those of the log before (Dagster's migration tool takes 80 ms each time), and the
write-ahead log is flushed at checkpoints (``synchronous=NORMAL``: after a power cut the last events may be missing, the
database stays whole).  Leans on Dagster's private classes; ``test_dagster_behaviours.py`` pins what it relies on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

MOST_SHARDS = 64
"""Run logs (one SQLite file per run) kept open at a time."""


def _engine(url: str) -> Engine:
    arguments = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=8, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _fast_and_safe(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


_run_log: list[str] = []
"""The statements that make a run's log, read from the first one that Dagster made in this process."""


def _statements(path: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_' ORDER BY rowid"
        ).fetchall()  # without what SQLite makes itself
        ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return [*(sql for (sql,) in found), f"INSERT INTO alembic_version VALUES ('{revision}')"]


def _made_from(statements: list[str], path: str) -> bool:
    """Make the tables of a run's log, unless there is something in the file."""
    with closing(sqlite3.connect(path, timeout=SQLITE_BUSY_TIMEOUT_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        empty: bool = connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        for statement in statements if empty else ():
            connection.execute(statement)
        connection.execute("COMMIT")
    return empty


class KeptEventLogStorage(SqliteEventLogStorage):
    """Event log with one kept engine per file."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._kept: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._asset_columns: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked twice per event, and tables do not go away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        # Asked for every event of an asset; columns do not go away either.
        if column_name not in self._asset_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._asset_columns.add(column_name)
        return column_name in self._asset_columns

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:  # noqa: FBT001, FBT002 - as Dagster calls it
        path = str(engine.url.database)
        if for_index_shard or not _run_log or not _made_from(_run_log, path):
            super()._initdb(engine, for_index_shard)
        if not for_index_shard and not _run_log:
            _run_log.extend(_statements(path))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._kept.get(shard)
            if engine is None:
                self._forget_oldest()
                engine = _engine(self.conn_string_for_shard(shard))
                if shard not in self._initialized_dbs:
                    self._initdb(engine)
                    self._initialized_dbs.add(shard)
                self._kept[shard] = engine
            with engine.connect() as connection, connection.begin():
                yield connection

    def _forget_oldest(self) -> None:
        runs = [shard for shard in self._kept if shard != "index"]
        for shard in runs[: max(len(runs) - MOST_SHARDS + 1, 0)]:
            self._kept.pop(shard).dispose()

    def dispose(self) -> None:
        """Close everything kept open."""
        for engine in self._kept.values():
            engine.dispose()
        self._kept.clear()
        super().dispose()


class KeptRunStorage(SqliteRunStorage):
    """Run storage with one kept engine."""

    _kept: Engine | None = None
    _guard = threading.Lock()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        with self._guard:
            if self._kept is None:
                self._kept = _engine(self._conn_string)
            engine = self._kept
        with engine.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close the kept engine."""
        if self._kept is not None:
            self._kept.dispose()
            self._kept = None
        super().dispose()


class KeptSqliteStorage(DagsterSqliteStorage):
    """What ``dagster.yaml`` names as ``storage``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # As the class below does it; opening its storages first, only to replace two of them, takes as long again.
        self.base_dir = base_dir
        self._run_storage = KeptRunStorage.from_local(_runs_directory(base_dir))
        self._event_log_storage = KeptEventLogStorage(_event_logs_directory(base_dir))
        self._schedule_storage = SqliteScheduleStorage.from_local(_schedule_directory(base_dir))
        self._inst_data = inst_data
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]  # Dagster does not say

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptSqliteStorage:
        """As Dagster builds it from ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)
