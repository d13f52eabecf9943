"""Tables as real Excel tables: typed cells, filter, frozen head, print set-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from qms_reports.reports.document import Column, Figure, Report
from qms_reports.reports.excel_cells import MOST_ROWS, CellWriter
from qms_reports.reports.excel_names import TableNames, unique_heads
from qms_reports.reports.printed_cells import figure_text
from qms_reports.reports.status_pill import split_status

_NARROWEST, _WIDEST = 8.0, 42.0
_WIDEST_TOKEN = 68.0  # a hash stays on one line
_LINE_HEIGHT = 13.5  # points, of 10 point type
_TALLEST = 400.0  # Excel allows 409 points
_A4 = 9
_LONGEST_FURNITURE = 80  # characters per part; Excel allows 255 for all three


def write_table(
    cells: CellWriter,
    top: int,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    name: str,
    *,
    code: Sequence[str] = (),
) -> int:
    """Write a table with its head at row `top`, from column 1 on, and make it an Excel table.

    Args:
        cells: The sheet.
        top: Row of the head.
        columns: Kinds and heads.
        rows: Cell values; a `Figure` brings its own decimals.
        name: Of the table: legal and unique.
        code: Heads of columns that are set in a fixed-width type.

    Returns:
        The last row of the table.

    Raises:
        ValueError: More rows than a sheet holds, or a value that no cell can hold.
    """
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.table import Table, TableStyleInfo

    if len(rows) + top - 1 > MOST_ROWS:
        raise ValueError(f"table {name!r}: {len(rows)} rows are more than a sheet holds ({MOST_ROWS - top + 1})")
    if not columns:
        return top
    heads = unique_heads(column.name for column in columns)
    wide = _widths(columns, heads, rows)
    for number, (column, head) in enumerate(zip(columns, heads, strict=True), start=1):
        right = column.kind in ("integer", "number", "percent")
        cells.put(top, number, head, "head_right" if right else "head")
        letter = get_column_letter(number)
        dimension = cells.sheet.column_dimensions[letter]
        dimension.width = max(dimension.width if letter in cells.sheet.column_dimensions else 0.0, wide[number - 1])
    styles = [
        "code" if head in code else _style(column, width)
        for column, head, width in zip(columns, heads, wide, strict=True)
    ]
    places = [f"table {name!r}, column {head!r}, row " for head in heads]
    for row_number, row in enumerate(rows, start=top + 1):
        for number, (value, column, style, place) in enumerate(zip(row, columns, styles, places, strict=True), start=1):
            if column.kind == "status" and isinstance(value, str) and value:
                rating, word = split_status(value)
                cells.put(row_number, number, word, rating)
            else:
                cells.put(row_number, number, value, style, f"{place}{row_number - top}")
    _set_heights(cells.sheet, top, styles, wide, rows)
    last = top + max(len(rows), 1)
    table = Table(displayName=name, ref=f"A{top}:{get_column_letter(len(columns))}{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    cells.sheet.add_table(table)
    return last


def _style(column: Column, width: float) -> str:
    if column.kind == "text":
        return "wrapped" if width >= _WIDEST else "text"
    if column.kind in ("number", "percent"):
        return f"{column.kind}:{column.decimals}"
    return {"integer": "integer", "date": "date", "status": "text"}[column.kind]


def _widths(columns: Sequence[Column], heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    """Widths in characters; heads need room for the filter button."""
    widths = []
    for number, (column, head) in enumerate(zip(columns, heads, strict=True)):
        longest = max((_length(row[number], column) for row in rows), default=0)
        words = max(map(len, head.split(" ")))
        texts = (row[number] for row in rows if isinstance(row[number], str))
        token = max((len(word) for text in texts for word in text.split()), default=0)
        cap = max(_WIDEST, min(token + 3.0, _WIDEST_TOKEN))
        widths.append(min(max(longest * 0.95 + 2.5, min(len(head), max(words, 16)) + 4.0, _NARROWEST), cap))
    return widths


def _set_heights(
    sheet: Any, top: int, styles: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[Any]]
) -> None:
    """Give rows with wrapped texts the height they need; not every program does it by itself."""
    wrapped = [number for number, style in enumerate(styles) if style in ("wrapped", "code")]
    for row_number, row in enumerate(rows, start=top + 1):
        lines = max((wrapped_lines(row[number], widths[number]) for number in wrapped), default=1)
        if lines > 1:
            sheet.row_dimensions[row_number].height = min(lines * _LINE_HEIGHT + 2.0, _TALLEST)


def wrapped_lines(value: Any, width: float) -> int:
    """About how many lines a text takes in a column of `width` characters."""
    if not isinstance(value, str):
        return 1
    return sum(1 + int(len(line) / (width * 1.08)) for line in value.split("\n"))


def _length(value: Any, column: Column) -> int:
    if value is None:
        return 0
    if isinstance(value, str):
        text = value.partition(":")[2] if column.kind == "status" else value
        return max(map(len, text.split("\n")))
    if isinstance(value, dt.datetime):
        return 16
    if isinstance(value, dt.date):
        return 10
    if isinstance(value, Figure):
        return len(figure_text(value))
    decimals = 0 if column.kind == "integer" else column.decimals
    return len(f"{value:.{decimals}f}") + (2 if column.kind == "percent" else 0)


def set_up_page(sheet: Any, report: Report, *, head_row: int = 0) -> None:
    """Landscape A4, one page wide, running head and foot; the table head repeats on every page and stays in view.

    Args:
        sheet: The openpyxl worksheet.
        report: For head and foot.
        head_row: Row of the table head; 0 for none.
    """
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_view.showGridLines = False
    margins = sheet.page_margins  # inches
    margins.left = margins.right = 0.5
    margins.top = margins.bottom = 0.7
    margins.header = margins.footer = 0.3
    if head_row:
        sheet.freeze_panes = f"A{head_row + 1}"
        sheet.print_title_rows = f"{head_row}:{head_row}"
    sheet.oddHeader.left.text = _furniture(f"{report.organization} · {report.title} · {report.period_label}")
    sheet.oddHeader.right.text = _furniture(f"{report.document_number} · version {report.version} · {report.status}")
    sheet.oddFooter.left.text = _furniture(
        f"data {report.provenance.data_sha256[:12]} · printed copies are uncontrolled"
    )
    sheet.oddFooter.right.text = "Page &P of &N"


def _furniture(text: str) -> str:
    """Text for a page head or foot, where ``&`` begins a code."""
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST_FURNITURE else text[: _LONGEST_FURNITURE - 1] + "…"
    return text.replace("&", "&&")


def _write_note(cells: CellWriter, note: str, columns: int) -> None:
    """The note above a table: on one line if it fits, else over the width of the table, so that it is printed whole."""
    from openpyxl.utils import get_column_letter

    width = sum(cells.sheet.column_dimensions[get_column_letter(n)].width for n in range(1, columns + 1))
    lines = wrapped_lines(note, width)
    cells.put(2, 1, note, "note" if lines == 1 else "note_wrapped")
    if lines > 1:
        cells.sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=columns)
        cells.sheet.row_dimensions[2].height = min(lines * _LINE_HEIGHT + 2.0, _TALLEST)


def write_table_sheet(
    cells: CellWriter,
    report: Report,
    names: TableNames,
    title: str,
    note: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    id: str,  # noqa: A002 - the table's id, as the document model calls it
    code: Sequence[str] = (),
) -> None:
    """A sheet that holds one table: title, note, head, rows."""
    cells.put(1, 1, title, "heading")
    cells.sheet.row_dimensions[1].height = 20.0
    write_table(cells, 4, columns, rows, names.new(id), code=code)
    _write_note(cells, note, len(columns))
    set_up_page(cells.sheet, report, head_row=4)
