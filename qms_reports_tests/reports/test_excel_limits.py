"""What a worksheet cannot hold is said, with its place, and is in a file beside it; what it holds is exact."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from qms_reports.reports import excel_limits
from qms_reports.reports.document import Cell, Column, Figure, Report, Section, Table
from qms_reports.reports.excel_cells import MOST_CHARACTERS, MOST_COLUMNS, MOST_LINKS
from qms_reports.reports.excel_package import link
from qms_reports.reports.excel_writer import companion_files, write_excel, write_excel_to
from qms_reports.reports.rows import QueriedRows
from qms_reports_tests.reports.sample_report import EMPTY_REPORT

COLUMNS = (Column("Key"), Column("Value", "number", 2), Column("Day", "date"), Column("State", "status"))
DAY = dt.date(2024, 1, 1)


def report_with(*tables: Table) -> Report:
    return replace(EMPTY_REPORT, sections=(Section("s", "Section", (), tables),))


def row(number: int) -> tuple[Cell, ...]:
    state = ("good:On target", "bad:Action")[number % 2]
    return (f"K{number:06d}", number / 7, DAY + dt.timedelta(days=number % 900), state)


def opened(report: Report, **sources: Any) -> Any:
    return load_workbook(io.BytesIO(write_excel(report, sources)))


class Tracked(tuple[Cell, ...]):  # noqa: SLOT001 - a row that is counted
    """A row that knows how many of its kind are in memory."""

    alive: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __new__(cls, cells: tuple[Cell, ...]) -> Self:
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        return super().__new__(cls, cells)

    def __del__(self) -> None:
        type(self).alive -= 1


def test_rows_of_a_source_are_streamed_into_a_real_table() -> None:
    count = 7_000
    source = QueriedRows(COLUMNS, count, lambda: (Tracked(row(number)) for number in range(count)))
    shown = Table("many", "Many", COLUMNS, tuple(row(number) for number in range(3)), total_rows=count)
    buffer = io.BytesIO()
    write_excel_to(buffer, report_with(shown), {"many": source})
    assert Tracked.most <= 4_500  # two thousand measured, two thousand being written
    rows = CalamineWorkbook.from_filelike(io.BytesIO(buffer.getvalue())).get_sheet_by_name("Many").to_python()[4:]
    assert rows == [[*row(number)[:3], str(row(number)[3]).partition(":")[2]] for number in range(count)]
    with zipfile.ZipFile(buffer) as archive:
        tables = [archive.read(name) for name in archive.namelist() if name.startswith("xl/tables/")]
    assert any(f'ref="A4:D{count + 4}"'.encode() in table for table in tables)
    assert buffer.getvalue() == write_excel(report_with(shown), {"many": source})


def test_a_source_with_other_rows_than_it_said_is_refused() -> None:
    for said in (4, 6):
        source = QueriedRows(COLUMNS, said, lambda: iter([row(number) for number in range(5)]))
        message = f"table '(table_)?t': 5 rows came from a source that said it had {said}"
        with pytest.raises(ValueError, match=message):
            write_excel(report_with(Table("t", "T", COLUMNS, ())), {"t": source})


def test_more_rows_than_a_sheet_holds_are_in_a_file_beside_it_and_the_sheet_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(excel_limits, "MOST_ROWS", 104)
    read = []

    def rows(count: int) -> Iterator[tuple[Cell, ...]]:
        for number in range(count):
            read.append(number)
            yield row(number)

    shown = Table("many", "Many", COLUMNS, tuple(rows(3)), total_rows=101)
    fits = {"many": QueriedRows(COLUMNS, 100, lambda: rows(100))}
    assert companion_files(report_with(shown), fits) == {}
    assert opened(report_with(shown), **fits)["Many"].tables["table_many"].ref == "A4:D104"
    sources = {"many": QueriedRows(COLUMNS, 101, lambda: rows(101))}
    read.clear()
    sheet = opened(report_with(shown), **sources)["Many"]
    assert read == []
    assert not sheet.tables
    assert sheet["A4"].value == (
        "This table does not fit into a worksheet: it has 101 rows and 4 columns, where a sheet has room for 100 rows "
        "below the head and 16,384 columns. All of it is in table-many.csv, beside this workbook and attached to the "
        "PDF. Nothing of it is listed here."
    )
    assert [cell.value for line in sheet.iter_rows(min_row=5) for cell in line if cell.value is not None] == []
    ((name, pieces),) = companion_files(report_with(shown), sources).items()
    lines = list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))
    assert name == "table-many.csv"
    assert len(lines) == 102
    assert lines[-1] == ["K000100", repr(100 / 7), "2024-04-10", "On target"]


def test_more_columns_than_a_sheet_holds_are_in_a_file_beside_it() -> None:
    columns = tuple(Column(f"C{number}") for number in range(MOST_COLUMNS + 1))
    wide = Table("wide", "Wide", columns, (("x",) * len(columns),))
    assert "16,385 columns" in opened(report_with(wide))["Wide"]["A4"].value
    assert list(companion_files(report_with(wide))) == ["table-wide.csv"]


def test_a_text_too_long_for_a_cell_is_whole_in_the_file_beside_it() -> None:
    long = "word " * 10_000
    table = Table("t", "T", (Column("A"), Column("B")), ((long, "b"), ("a", "b")))
    book = opened(report_with(table))
    assert len(book["T"]["A5"].value) == MOST_CHARACTERS
    assert book["T"]["A2"].value.startswith("1 texts are longer than the 32,767 characters of a cell")
    files = companion_files(report_with(table))
    assert list(csv.reader(io.StringIO(b"".join(files["table-t.csv"]).decode())))[1] == [long, "b"]
    assert stored(book) == [("table 'table_t', column 'A', row 1", "text cut at 32,767 characters")]


def stored(book: Any) -> list[tuple[str, str]]:
    """What the provenance sheet says about values in another form."""
    rows = list(book["Provenance"].iter_rows(values_only=True))
    begin = next(
        n for n, cells in enumerate(rows) if str(cells[0]).startswith("Values that stand here in another form")
    )
    return [(cells[0], cells[1]) for cells in rows[begin + 1 :]]


@pytest.mark.parametrize(
    ("value", "held", "said"),
    [
        (1_234_567_890_123_456, "1234567890123456", "number with more digits than Excel keeps (15), stored as text"),
        (1.5e308, "1.5e+308", "number with more digits than Excel keeps (15), stored as text"),
        (dt.date(1899, 12, 31), "1899-12-31", "day before 1900, which Excel does not know, stored as text"),
        (
            dt.datetime(2024, 5, 31, 8, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            dt.datetime(2024, 5, 31, 6),  # noqa: DTZ001 - cells have no zone
            "time with a zone, stored as the same time in UTC",
        ),
        ("a\x00b", "a␀b", "control characters made visible"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "number", "date"])
def test_a_value_in_another_form_is_named_with_its_place(kind: Any, value: Cell, held: object, said: str) -> None:
    table = Table("t", "T", (Column("A", kind),), tuple((cell,) for cell in ("x", value)))
    book = opened(report_with(table))
    assert book["T"]["A6"].value == held
    assert stored(book) == [("table 'table_t', column 'A', row 2", said)]


def test_a_workbook_without_such_a_value_says_that() -> None:
    assert stored(opened(report_with(Table("t", "T", COLUMNS, (row(1),)))))[0][0].startswith("None: every value stands")


def test_many_values_in_another_form_are_counted() -> None:
    table = Table("t", "T", (Column("A"),), (("a\x00b",),) * 60)
    notes = stored(opened(report_with(table)))
    assert len(notes) == 51
    assert notes[-1][0] == "and 10 more"


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, -1.5, 98.23529411764706, 123456789012345.6, 1 / 3])
def test_a_number_is_stored_with_all_its_digits(value: float) -> None:
    for cell in (value, Figure(value, 1)):
        assert opened(report_with(Table("t", "T", (Column("A", "number"),), ((cell,),))))["T"]["A5"].value == value


@pytest.mark.parametrize(
    "day", [dt.date(1900, 1, 1), dt.date(1900, 2, 28), dt.date(1900, 3, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)]
)
def test_days_are_counted_as_excel_counts_them(day: dt.date) -> None:
    assert opened(report_with(Table("t", "T", (Column("A", "date"),), ((day,),))))["T"]["A5"].value.date() == day


def test_truth_values_and_numbers_of_one_column_do_not_mix() -> None:
    values = (1, True, 1.0, "1", None, 0, False)
    sheet = opened(report_with(Table("t", "T", (Column("A"),), tuple((value,) for value in values))))["T"]
    found = [sheet.cell(number, 1).value for number in range(5, 12)]
    assert [(type(value), value) for value in found] == [
        (int, 1), (bool, True), (float, 1.0), (str, "1"), (type(None), None), (int, 0), (bool, False),
    ]  # fmt: skip


def test_a_row_with_a_cell_too_few_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"table 'table_t', row 2: 1 cells for 2 columns"):
        write_excel(report_with(Table("t", "T", COLUMNS[:2], (("a", 1.0), ("b",)))))


def test_a_status_without_a_rating_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"table 'table_t', column 'State', row 1: status cell 'fine'"):
        write_excel(report_with(Table("t", "T", COLUMNS[3:], (("fine",),))))


def test_a_sheet_takes_no_more_links_than_excel_opens() -> None:
    sheet = Workbook().active
    assert all(link(sheet, f"A{number}", "Sheet!A1") for number in range(MOST_LINKS))
    assert not link(sheet, "B1", "Sheet!A1")


def test_no_sheet_has_a_formula_whatever_stands_in_the_report() -> None:
    evil = ("=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "\r=1")
    report = replace(
        report_with(Table("t", "=T", (Column("=A"),), tuple((text,) for text in evil), note="=note")),
        title="=title", organization="=org", summary=("=said",), parameters=(("=p", "=v"),), distribution=("=d",),
    )  # fmt: skip
    content = write_excel(report)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert sheets
    assert not any(re.search(r"<f[ >/]", sheet) for sheet in sheets)
    book = load_workbook(io.BytesIO(content))
    begin = [cell for sheet in book for line in sheet.iter_rows() for cell in line if str(cell.value).startswith("=")]
    assert len(begin) > 10
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in begin)
