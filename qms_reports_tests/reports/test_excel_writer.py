"""The workbook holds the document's figures as numbers, and nothing in it can run."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from qms_reports.reports.document import Column, Section, Table
from qms_reports.reports.excel_cells import CUT_MARK, MOST_CHARACTERS, safe_text
from qms_reports.reports.excel_names import SheetNames, TableNames, unique_heads
from qms_reports.reports.excel_writer import write_excel
from qms_reports_tests.reports.sample_report import EMPTY_REPORT, OPEN_DEVIATIONS, REPORT, SUPPLIERS, TILES, tile


@pytest.fixture(scope="module")
def sample() -> bytes:
    return write_excel(REPORT)


@pytest.fixture(scope="module")
def book(sample: bytes) -> Any:
    return load_workbook(io.BytesIO(sample))


def rows_below(sheet: Any, head: int) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=head + 1)]


def with_table(table: Table) -> Any:
    report = replace(REPORT, sections=(Section("s", "Section", (), (table,)),))
    return load_workbook(io.BytesIO(write_excel(report)))[table.title]


def first_tile_row(sheet: Any) -> int:
    return int(sheet.tables["table_summary"].ref.split(":")[0][1:]) + 1


def one_cell(value: Any, kind: str = "text") -> Any:
    return with_table(Table("t", "T", (Column("A", kind),), ((value,),)))["A5"]


def test_the_sheets_stand_in_reading_order(book: Any) -> None:
    assert book.sheetnames == [
        "Summary",
        "Deviations and CAPA charts",
        "Open deviations, most urgent f…",
        "Suppliers charts",
        "Suppliers by accepted lots",
        "Series",
        "Definitions",
        "Data quality",
        "Quarantine",
        "Provenance",
    ]


def test_the_summary_holds_every_tile_as_a_number_with_its_format(book: Any) -> None:
    sheet = book["Summary"]
    assert sheet["A1"].value == REPORT.title
    assert REPORT.headline in {cell.value for cell in sheet["A"]}
    first = first_tile_row(sheet)
    for row, shown in enumerate((*TILES, *TILES[:2]), start=first):
        values = [cell.value or "" for cell in sheet[row]]
        assert values[1] == shown.title
        assert values[2] == (shown.text if shown.value is None else shown.value)
        assert values[3:10] == [
            shown.unit,
            shown.fraction,
            shown.interval,
            shown.change,
            shown.comparator,
            shown.target,
            shown.status_text,
        ]
        assert values[10] == REPORT.period_label
        words = {"signal": "Beyond", "noise": "Within", "unknown": "Not judged"}
        assert values[11:13] == [words[shown.signal], shown.signal_basis]
        if shown.value is not None:
            digits = "#,##0" if shown.decimals == 0 else "#,##0." + "0" * shown.decimals
            assert sheet.cell(row, 3).number_format == digits
    fills = {shown.status: sheet.cell(row, 10).fill.fgColor.rgb for row, shown in enumerate(TILES, start=first)}
    assert len(set(fills.values())) == 4


@pytest.mark.parametrize("table", [OPEN_DEVIATIONS, SUPPLIERS])
def test_every_cell_of_every_table_reads_back_as_given(book: Any, table: Table) -> None:
    sheet = next(sheet for sheet in book if sheet["A1"].value == table.title)
    assert [cell.value for cell in sheet[4]] == [column.name for column in table.columns]
    read = rows_below(sheet, 4)
    assert len(read) == len(table.rows)
    for row, expected in zip(read, table.rows, strict=True):
        for value, wanted, column in zip(row, expected, table.columns, strict=True):
            if column.kind == "status":
                assert value == wanted.partition(":")[2]
            elif column.kind == "date":
                assert value.date() == wanted
            else:
                assert value == wanted
                assert type(value) is type(wanted) or isinstance(wanted, float)


def test_tables_are_excel_tables_with_filter_frozen_head_and_print_titles(book: Any) -> None:
    sheet = book["Suppliers by accepted lots"]
    (table,) = sheet.tables.values()
    assert table.ref == "A4:F9"
    assert table.autoFilter.ref == "A4:F9"
    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.orientation == "portrait"  # as the report's page
    assert book["Summary"].page_setup.orientation == "landscape"  # too wide to be read upright
    assert sheet.page_setup.fitToHeight == 0
    assert "Page &P of &N" in sheet.oddFooter.right.text


def test_percent_cells_are_shown_unscaled(book: Any) -> None:
    cell = book["Suppliers by accepted lots"]["C5"]
    assert cell.value == 99.5
    assert cell.number_format == '#,##0.0"\u00a0%"'


def test_the_series_sheet_has_a_row_per_kpi_and_period(book: Any) -> None:
    rows = rows_below(book["Series"], 4)
    assert len(rows) == 13 * len(TILES)
    expected = [
        (shown.kpi, label, value)
        for shown in TILES
        for label, value in zip(shown.series_labels, shown.series, strict=True)
    ]
    assert [(kpi, label, value) for kpi, _, label, value, _ in rows] == expected


def test_definitions_quality_quarantine_and_provenance_are_complete(book: Any) -> None:
    assert [row[4] for row in rows_below(book["Definitions"], 4)] == [d.sql for d in REPORT.definitions]
    quality = rows_below(book["Data quality"], 4)
    assert [row[3] for row in quality[:4]] == [source.sha256 for source in REPORT.data_quality.sources]
    assert [row[5:9] for row in quality[:4]] == [(1200 + i, 1190, 7 + i, 3) for i in range(4)]
    assert any(REPORT.data_quality.notes[0] in row for row in quality)
    quarantine = rows_below(book["Quarantine"], 4)
    assert [row[2] for row in quarantine] == [row.row for row in REPORT.data_quality.quarantined]
    assert [row[5] or "" for row in quarantine] == [row.value for row in REPORT.data_quality.quarantined]
    provenance = dict(row[:2] for row in rows_below(book["Provenance"], 4))
    assert provenance["Content SHA-256"] == REPORT.provenance.content_sha256
    assert provenance["KPI deviations_closed_on_time"] == "version 2"


def test_each_chart_stands_beside_its_data(book: Any) -> None:
    assert len(book["Deviations and CAPA charts"]._charts) == 4
    assert len(book["Suppliers charts"]._charts) == 2
    sheet = book["Deviations and CAPA charts"]
    assert sheet["A5"].value == "Closures overtook openings in May"
    assert sheet["B7"].value == 31
    last_data_column = max(cell.column for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert all(chart.anchor._from.col >= last_data_column for chart in sheet._charts)
    for column in sheet.iter_cols(min_row=6, min_col=2, max_col=last_data_column):
        words = [word for cell in column if isinstance(cell.value, str) for word in cell.value.split()]
        assert max(map(len, words), default=0) < sheet.column_dimensions[column[0].column_letter].width
    tops = [chart.anchor._from.row for chart in sheet._charts]
    assert all(later - earlier >= 13 for earlier, later in pairwise(tops))


def test_there_is_no_formula_macro_or_outside_link(sample: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        names = archive.namelist()
        sheets = [archive.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]
    assert len(sheets) == 10
    assert not any(re.search(r"<f[ >/]", sheet) for sheet in sheets)


def test_zip_entries_and_properties_carry_no_clock(sample: bytes, book: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in archive.infolist()} == {0}
        assert archive.testzip() is None
    assert book.properties.created == book.properties.modified == REPORT.cutoff.replace(tzinfo=None)
    assert book.properties.title == "Monthly quality review, May 2024"


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1", "#N/A", '=HYPERLINK("x")', "=", "0012"]
)
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    cell = one_cell(text)
    assert cell.data_type == "s"
    assert cell.value == text
    assert bool(cell.quotePrefix) == (text[0] in "=+-@\t")


def test_a_carriage_return_cannot_hide_a_formula() -> None:
    assert one_cell("\r=1+1").value == "␍=1+1"


def test_a_column_head_like_a_formula_stays_text() -> None:
    sheet = with_table(Table("t", "T", (Column("=A"), Column("=a"), Column("")), (("x", "y", "z"),)))
    assert [cell.value for cell in sheet[4]] == ["=A", "=a (2)", "Column"]
    assert {cell.data_type for cell in sheet[4]} == {"s"}


def test_control_characters_become_visible() -> None:
    assert one_cell("a\x00b\x1bc\ufffe").value == "a␀b␛c⟨U+FFFE⟩"
    assert one_cell("two\nlines").value == "two\nlines"


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    value = one_cell("x" * 40_000).value
    assert len(value) == MOST_CHARACTERS
    assert value.endswith(CUT_MARK)
    assert one_cell("y" * MOST_CHARACTERS).value == "y" * MOST_CHARACTERS
    emoji = safe_text("😀" * 20_000)
    assert len(emoji.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    assert emoji.endswith(CUT_MARK)


def test_text_like_an_office_escape_is_protected() -> None:
    assert safe_text("_x0041_") == "_x005F_x0041_"
    assert safe_text("_x_ray") == "_x_ray"


def test_a_number_with_more_digits_than_excel_keeps_becomes_text() -> None:
    assert one_cell(999_999_999_999_999, "integer").value == 999_999_999_999_999
    cell = one_cell(1_234_567_890_123_456, "integer")
    assert (cell.value, cell.data_type) == ("1234567890123456", "s")


def test_a_date_before_1900_becomes_iso_text() -> None:
    assert one_cell(dt.date(1899, 12, 31), "date").value == "1899-12-31"
    assert one_cell(dt.date(1900, 3, 1), "date").value == dt.datetime(1900, 3, 1)  # noqa: DTZ001 - cells have no zone


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused_with_its_place(value: float) -> None:
    with pytest.raises(ValueError, match=r"table 'table_t', column 'A', row 1: .* no number"):
        one_cell(value, "number")
    with pytest.raises(ValueError, match="no number"):
        write_excel(replace(REPORT, tiles=(tile(value=value),)))


def test_sheet_names_are_legal_and_unique() -> None:
    names = SheetNames()
    wishes = ["History", "a/b:c*d?[e]", "Deviations", "DEVIATIONS", "x" * 40, "x" * 41, "'quoted'", "", "\x01"]
    given = [names.new(wish) for wish in wishes]
    assert given[:4] == ["History (2)", "a b c d e", "Deviations", "DEVIATIONS (2)"]
    assert given[6:] == ["quoted", "Sheet", "Sheet (2)"]
    assert all(0 < len(name) <= 31 for name in given)
    assert len({name.casefold() for name in given}) == len(given)
    for name in given:
        Workbook().create_sheet(name)


def test_table_names_are_legal_and_unique() -> None:
    names = TableNames()
    assert [names.new("open items"), names.new("open-items"), names.new("A1")] == [
        "table_open_items",
        "table_open_items_2",
        "table_A1",
    ]
    assert unique_heads(["A", "a", "", " b\nc "]) == ["A", "a (2)", "Column", "b c"]


def test_a_report_with_nothing_in_it_still_is_a_workbook() -> None:
    book = load_workbook(io.BytesIO(write_excel(EMPTY_REPORT)))
    assert book.sheetnames[0] == "Summary"
    assert book["No rows"]["A4"].value == "A"
    (table,) = book["No rows"].tables.values()
    assert table.ref == "A4:A5"


def test_an_ampersand_in_a_title_does_not_become_a_footer_code() -> None:
    book = load_workbook(io.BytesIO(write_excel(replace(REPORT, organization="Müller & Patel"))))
    assert "Müller && Patel" in book["Summary"].oddHeader.left.text
