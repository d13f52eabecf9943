"""Parquet: typed columns shown as text."""

from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.sources.raw_table import (
    NO_REJECTS,
    RawTable,
    UnreadableFile,
    checked_columns,
    identifier,
    path_literal,
)

if TYPE_CHECKING:
    import duckdb


def open_parquet(file: str, path: Path, connection: "duckdb.DuckDBPyConnection", compression: str) -> RawTable:
    """Open a Parquet file; nested values become JSON text, times with a zone are shown in UTC (``+00``).

    Raises:
        UnreadableFile: The file is damaged, encrypted, has unusable column names or columns of raw bytes.
    """
    import duckdb

    # hive_partitioning would read a folder named year=2026 as a column.
    reader = f"read_parquet({path_literal(path)}, hive_partitioning=false, file_row_number=true)"
    try:
        schema = connection.execute(f"SELECT name, num_children FROM parquet_schema({path_literal(path)})").fetchall()
        described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    except duckdb.Error as error:
        fault = f"the Parquet file cannot be read ({str(error).splitlines()[0]})"
        raise UnreadableFile(file, fault, "Deliver it again, not encrypted") from None
    # DuckDB renames columns that differ by case only; the schema has the names as delivered.
    columns = checked_columns(file, _top_level(schema), "the schema")
    types = [(str(name), str(kind)) for name, kind, *_ in described if name != "file_row_number"]
    if [name for name, _ in types] != _top_level(schema):
        raise UnreadableFile(file, "the column names of the Parquet file cannot be told apart", "Rename the columns")
    cells = ", ".join(
        f"{_as_text(file, name, kind)} AS {identifier(column)}"
        for (name, kind), column in zip(types, columns, strict=True)
    )
    sql = f"SELECT {cells}, file_row_number + 1 AS _row FROM {reader}"
    return RawTable(columns, sql, NO_REJECTS, False, "parquet", "", "", compression)  # noqa: FBT003 - field


def _top_level(schema: list[tuple[str, int | None]]) -> list[str]:
    """Names of the columns in a depth-first listing of the schema, whose first entry is the root."""
    names: list[str] = []
    depth: list[int] = []
    for name, children in schema[1:]:
        if not depth:
            names.append(name)
        else:
            depth[-1] -= 1
        if children:
            depth.append(children)
        while depth and not depth[-1]:
            depth.pop()
    return names


def _as_text(file: str, name: str, kind: str) -> str:
    column = identifier(name)
    if kind == "BLOB":
        raise UnreadableFile(file, f"column {name!r} holds raw bytes", "Write it as text (UTF8) into the Parquet file")
    if kind == "TIMESTAMP WITH TIME ZONE":
        # Shown in UTC whatever the time zone of the session is.
        return f"(make_timestamp(epoch_us({column}))::VARCHAR || '+00')"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return f"to_json({column})::VARCHAR"
    return f"{column}::VARCHAR"
