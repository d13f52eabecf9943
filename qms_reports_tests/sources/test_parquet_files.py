"""Parquet: typed columns as text."""

from pathlib import Path

import duckdb
import pytest

from qms_reports.sources.files import UnreadableFile
from qms_reports_tests.sources.reading import read, read_path


def parquet(folder: Path, query: str, name: str = "table.parquet") -> Path:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        path = str(folder / name).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 20000)")
    return folder / name


def test_every_type_becomes_text(tmp_path: Path) -> None:
    found = read_path(
        parquet(
            tmp_path,
            "SELECT 7 AS i, 1.10::DECIMAL(9, 2) AS d, true AS b, DATE '2026-01-02' AS day, '' AS empty, "
            "NULL::TEXT AS gone, "
            "TIMESTAMP '2026-01-02 03:04:05' AS at, TIMESTAMPTZ '2026-01-02 03:04:05+01' AS z, "
            "[1, 2] AS list, {'k': 'ž'} AS struct, 'x' AS \" padded \"",
        )
    )
    assert found.table.columns == ("i", "d", "b", "day", "empty", "gone", "at", "z", "list", "struct", "padded")
    assert found.numbered == [
        (
            *("7", "1.10", "true", "2026-01-02", "", None, "2026-01-02 03:04:05", "2026-01-02 02:04:05+00"),
            *("[1,2]", '{"k":"ž"}', "x", 1),
        )
    ]


def test_row_numbers_follow_the_file(tmp_path: Path) -> None:
    found = read_path(parquet(tmp_path, "SELECT range AS id FROM range(100000)"))
    assert [(int(identifier) + 1) for identifier, _ in found.numbered] == [number for _, number in found.numbered]


def test_names_with_glob_characters_and_folders_like_partitions_are_literal(tmp_path: Path) -> None:
    folder = tmp_path / "year=2026"
    folder.mkdir()
    assert read_path(parquet(folder, "SELECT 1 AS a", "it's [1]*.parquet")).table.columns == ("a",)


def test_raw_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"column 'a' holds raw bytes"):
        read_path(parquet(tmp_path, r"SELECT '\xAA'::BLOB AS a"))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    data = parquet(tmp_path, "SELECT 1 AS a").read_bytes()
    with pytest.raises(UnreadableFile, match=r"the Parquet file cannot be read"):
        read(tmp_path, data[:-10])
