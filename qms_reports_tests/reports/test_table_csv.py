"""CSV files hold what the document holds: whole numbers, whole texts, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest

from qms_reports.charts.specification import Chart, ChartSpecification, Mark, PhaseStart, Series
from qms_reports.reports.document import Column, Figure, Table
from qms_reports.reports.rows import QueriedRows, batches, rows_of
from qms_reports.reports.table_csv import chart_csv, source_csv, table_csv
from qms_reports_tests.reports.sample_report import chart

EVERY_KIND = Table(
    "kinds",
    "Every kind",
    tuple(Column(name, kind) for name, kind in (  # type: ignore[arg-type] - the kinds are those of a column
        ("Text", "text"), ("Count", "integer"), ("Mean", "number"), ("Share, %", "percent"), ("Day", "date"),
        ("Rating", "status"),
    )),
    (
        ("plain", 1_234_567, 0.1 + 0.2, 98.23529411764706, dt.date(2024, 5, 31), "good:On target"),
        ('with "quotes", comma\r\nand line', -5, Figure(-1e-7, 1), Figure(None, 1), None, "none:No data"),
        ("Ünïcödé 日本語 😀\x00", 12_345_678_901_234_567, None, 100.0,
         dt.datetime(2024, 5, 31, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))), ""),
    ),
)  # fmt: skip


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def test_every_kind_of_value_is_written_as_computed() -> None:
    content = table_csv(EVERY_KIND)
    assert content.split(b"\r\n")[:2] == [
        b'Text,Count,Mean,"Share, %",Day,Rating',
        b"plain,1234567,0.30000000000000004,98.23529411764706,2024-05-31,On target",
    ]
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == 4  # the line break inside a text is a line feed
    _, first, second, third = read(content)
    assert float(first[2]) == 0.1 + 0.2
    assert second == ['with "quotes", comma\nand line', "-5", "-1e-07", "", "", "No data"]
    assert third == ["Ünïcödé 日本語 😀␀", "12345678901234567", "", "100.0", "2024-05-31 06:30:00+00:00", ""]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "  =1", "\u00a0=1", "\uff1d1+1", "'quoted", "'=1", "-"]
)
def test_a_text_that_looks_like_a_formula_gets_one_apostrophe_and_can_be_had_back(text: str) -> None:
    head, (cell,) = read(table_csv(Table("t", "T", (Column(text.strip() or "x"),), ((text,),))))
    assert cell == f"'{text}"
    assert head[0].startswith("'")


def test_ordinary_texts_and_negative_numbers_are_not_touched() -> None:
    table = Table("t", "T", (Column("A"), Column("B", "number")), (("O'Brien = -1", -1.5), ("x" * 40_000, 0.0)))
    assert read(table_csv(table))[1:] == [["O'Brien = -1", "-1.5"], ["x" * 40_000, "0.0"]]


def test_heads_are_unique_and_a_table_without_rows_still_has_them() -> None:
    assert table_csv(Table("t", "T", (Column("A"), Column("a"), Column("")), ())) == b"A,a (2),Column\r\n"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_with_its_place(value: float) -> None:
    rows = ((1.0,), (value,))
    with pytest.raises(ValueError, match=r"table 't', row 2: column 'A': (nan|inf) is no number"):
        table_csv(Table("t", "T", (Column("A", "number"),), rows))


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="table 't', row 1: 1 cells, but 2 columns"):
        table_csv(Table("t", "T", (Column("A"), Column("B")), (("x",),)))


def test_a_chart_of_categories_has_a_column_for_each_series_and_the_target() -> None:
    shown = chart("c", "line", "Opened and closed", target=30.0, x_title="Month")
    heads, *rows = read(chart_csv(shown))
    assert heads == ["Month", "Opened", "Closed", "Target"]
    assert rows[5] == ["Oct 23", "30.0", "", "30.0"]
    assert [float(row[1]) for row in rows] == list(shown.series[0].values)


def test_scatters_histograms_and_control_charts_hold_all_that_they_show() -> None:
    scatter = chart("c", "scatter", "S", x_title="Size")
    heads, *rows = read(chart_csv(scatter))
    assert heads == ["Lots: Size", "Lots"]
    assert [tuple(map(float, row)) for row in rows] == list(
        zip(scatter.series[0].x, scatter.series[0].values, strict=True)
    )
    histogram = chart("c", "histogram", "H")
    assert [float(row[0]) for row in read(chart_csv(histogram))[1:]] == list(histogram.series[0].values)
    control = Chart(
        ChartSpecification("c", "control", "C"),
        ("Jan", "Feb", "Mar"),
        tuple(Series(name, (1.0, 2.0, 3.0)) for name in ("Points", "Centre", "Lower", "Upper")),
        marks=(Mark(1, "N1"), Mark(2, "few records", "excluded")),
        phases=(PhaseStart(1, "Frozen limits"),),
    )
    heads, *rows = read(chart_csv(control))
    assert heads == ["Category", "Points", "Centre", "Lower", "Upper", "Remark"]
    assert [row[5] for row in rows] == ["", "Signal: N1; Frozen limits from here", "Not judged: few records"]
    assert read(chart_csv(control, "de"))[0][0] == "Kategorie"


def test_a_source_is_read_in_batches_and_gives_the_bytes_of_the_table() -> None:
    columns = (Column("Key"), Column("Value", "number"))
    rows = tuple((f"R{number:05d}", number / 7) for number in range(5_000))

    class Cursor:
        place = 0

        def fetchmany(self, size: int) -> tuple[tuple[str, float], ...]:
            self.place += size
            return rows[self.place - size : self.place]

    source = QueriedRows(columns, len(rows), lambda: batches(Cursor(), 999))
    table = Table("t", "T", columns, rows[:10], total_rows=len(rows))
    pieces = list(source_csv(rows_of(table, {"t": source}), "t"))
    assert len(pieces) == 3
    assert b"".join(pieces) == b"".join(source_csv(source, "t")) == table_csv(replace(table, rows=rows))
    with pytest.raises(ValueError, match="other columns"):
        rows_of(table, {"t": QueriedRows(columns[:1], 10, lambda: iter(()))})
    with pytest.raises(ValueError, match="shows 10 rows, but its source has only 3"):
        rows_of(table, {"t": QueriedRows(columns, 3, lambda: iter(()))})
