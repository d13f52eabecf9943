"""The KPI table: what is written is what is read, and a table not yet computed says so."""

import pytest

from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import TOTAL, KpiRow, KpiTable, read_table, write_table
from qms_reports.periods import parse_period


@pytest.fixture(scope="module")
def rows(settings, catalogue):
    """All KPIs of the example catalogue for one month."""
    return evaluate_now(settings, catalogue, catalogue.kpis, parse_period("2014-05"))


def test_a_table_is_read_as_it_was_written(rows, tmp_path):
    write_table(tmp_path / "a" / "table.parquet", rows)
    assert read_table([tmp_path / "a" / "table.parquet"]).rows == rows
    assert len(rows) > 1000


def test_the_same_rows_give_the_same_bytes(rows, tmp_path):
    for name in ("one", "two"):
        write_table(tmp_path / name, rows)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_several_tables_are_read_as_one_and_none_as_an_empty_one(rows, tmp_path):
    first = tuple(row for row in rows if row.kpi.startswith("quality"))
    rest = tuple(row for row in rows if not row.kpi.startswith("quality"))
    write_table(tmp_path / "one", first)
    write_table(tmp_path / "two", rest)
    assert set(read_table([tmp_path / "one", tmp_path / "two"]).rows) == set(rows)
    assert read_table([]).rows == ()
    write_table(tmp_path / "empty", [])
    assert read_table([tmp_path / "empty"]).rows == ()


def test_a_table_that_has_not_been_computed_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"2024-05\.parquet has not been computed; materialize"):
        read_table([tmp_path / "2024-05.parquet"])


def test_rows_are_found_by_kpi_window_dimension_and_member(rows):
    table = KpiTable(rows)
    series = table.series("recalls_opened")
    assert [row.period for row in series] == [period.key for period in parse_period("2014-05").series(13)]
    assert [row.ago for row in series] == list(range(12, -1, -1))
    assert table.total("recalls_opened") == series[-1]
    assert table.total("recalls_opened", ago=12) == series[0]
    members = table.members("recalls_opened", "product_type")
    assert [row.member for row in members] == ["Drugs", "Food"]
    assert table.member("recalls_opened", "product_type", "Food") == members[1]
    assert table.total("no_such_kpi") is None
    assert table.member("recalls_opened", "product_type", "Devices") is None


def test_no_row_stands_twice_in_a_table(rows):
    keys = [(row.kpi, row.period, row.dimension, row.member) for row in rows]
    assert len(keys) == len(set(keys))


def test_texts_and_empty_values_survive(tmp_path):
    row = KpiRow("k", 1, "2024-05", 0, "site", "O'Brien \N{SNOWMAN}", None, None, 0, None, None, None, "no data")
    other = KpiRow("k", 2, "2024-05", 0, TOTAL, TOTAL, 1.0, 3.0, 3, 1 / 3, 0.1, 0.9, "ok", 0.5, None, "down", "bad")
    write_table(tmp_path / "t", [row, other])
    assert read_table([tmp_path / "t"]).rows == (row, other)
