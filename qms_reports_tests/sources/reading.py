"""Write bytes, open them as a delivered file, and look at everything that comes out."""

import functools
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb

from qms_reports.sources.files import RawTable, open_file
from qms_reports.sources.format import FileFormat


@dataclass(frozen=True)
class Reading:
    """Rows by record number, without and with it; rejects as (row, line, column, value, message)."""

    table: RawTable
    rows: list[tuple[Any, ...]]
    numbered: list[tuple[Any, ...]]
    rejects: list[tuple[Any, ...]]

    @property
    def by_duckdb(self) -> bool:
        """Whether DuckDB reads the delivered file itself, and not a copy."""
        return "read_csv(" in self.table.sql


@functools.cache
def _session() -> duckdb.DuckDBPyConnection:
    """One session for all readings, none of which leaves anything behind: opening one takes longer than a reading."""
    return duckdb.connect()


def read_path(path: Path, **declared: Any) -> Reading:
    workdir = Path(mkdtemp(dir=path.parent))
    with _session().cursor() as connection:
        table = open_file(path, FileFormat(**declared), connection, workdir)
        cursor = connection.execute(f"SELECT * FROM ({table.sql}) ORDER BY _row")
        assert cursor.description is not None
        assert [name for name, *_ in cursor.description] == [*table.columns, "_row"]
        assert {str(kind) for _, kind, *_ in cursor.description[:-1]} <= {"VARCHAR"}
        assert str(cursor.description[-1][1]) == "BIGINT"
        numbered = cursor.fetchall()
        rejects = connection.execute(f"SELECT * FROM ({table.rejects_sql}) ORDER BY row").fetchall()
    return Reading(table, [row[:-1] for row in numbered], numbered, rejects)


def read(folder: Path, data: bytes | str, name: str = "delivery.csv", **declared: Any) -> Reading:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_path(path, **declared)
