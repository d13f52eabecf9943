"""Tables as real Excel tables: typed cells, filter, frozen head, print set-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from qms_reports.reports.document import Cell, Column, Figure
from qms_reports.reports.excel_cells import CellWriter
from qms_reports.reports.excel_names import unique_heads
from qms_reports.reports.excel_package import add_block
from qms_reports.reports.excel_rows import LinkedText, RowBlock
from qms_reports.reports.printed_cells import figure_text

_NARROWEST, _WIDEST = 8.0, 42.0
_NARROWEST_NUMBER = 14.0  # of many rows, of which only the first are measured
_WIDEST_TOKEN = 68.0  # a hash stays on one line
_LETTERS = 1.15  # of 10 point type in one unit of a column's width
_FILTER_BUTTON = 3.0  # units
_LINE_HEIGHT = 13.5  # points, of 10 point type
_TALLEST = 400.0  # Excel allows 409 points
_MEASURED = 2_000  # rows that decide the widths


def write_table(
    cells: CellWriter,
    top: int,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    name: str,
    *,
    count: int | None = None,
    code: Sequence[str] = (),
    widest: float = _WIDEST,
) -> int:
    """Write a table with its head at row `top`, from column 1 on, and make it an Excel table.

    Args:
        cells: The sheet.
        top: Row of the head.
        columns: Kinds and heads.
        rows: Cell values; a `Figure` brings its own decimals.  Read twice at most, and never held.
        name: Of the table: legal and unique.
        count: How many rows there are, if `rows` has no length.
        code: Heads of columns that are set in a fixed-width type.
        widest: Width in characters from which on texts are wrapped.

    Returns:
        The last row of the table.

    Raises:
        ValueError: A row has too few or too many cells.
    """
    from openpyxl.utils import get_column_letter

    if not columns:
        return top
    if count is None:
        rows = tuple(rows)
        count = len(rows)
    first = tuple(islice(iter(rows), _MEASURED))
    for place, row in enumerate(first, start=1):
        if len(row) != len(columns):
            raise ValueError(f"table {name!r}, row {place}: {len(row)} cells for {len(columns)} columns")
    heads = unique_heads(column.name for column in columns)
    wide = _widths(columns, heads, first, widest, many=count > len(first))
    for number, (column, head) in enumerate(zip(columns, heads, strict=True), start=1):
        right = column.kind in ("integer", "number", "percent")
        cells.put(top, number, head, "head_right" if right else "head")
        letter = get_column_letter(number)
        dimension = cells.sheet.column_dimensions[letter]
        dimension.width = max(dimension.width if letter in cells.sheet.column_dimensions else 0.0, wide[number - 1])
    tallest = max(wrapped_lines(head, width - _FILTER_BUTTON) for head, width in zip(heads, wide, strict=True))
    if tallest > 1:
        cells.sheet.row_dimensions[top].height = height_of(tallest)
    styles = [
        "code" if head in code else _style(column, wrapped=width >= widest)
        for column, head, width in zip(columns, heads, wide, strict=True)
    ]
    heights = _heights(top, styles, wide, first) if count == len(first) else {}
    if count:
        add_block(cells.sheet, RowBlock(top + 1, columns, heads, styles, rows, count, name, heights))
    last = top + max(count, 1)
    cells.sheet.add_table(_list_object(name, heads, f"A{top}:{get_column_letter(len(columns))}{last}"))
    return last


def _list_object(name: str, heads: Sequence[str], reference: str) -> Any:
    """The table with its column names, which openpyxl would look for in every cell of the range."""
    from openpyxl.worksheet.filters import AutoFilter
    from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

    table = Table(displayName=name, ref=reference)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    table.tableColumns = [TableColumn(id=number, name=head) for number, head in enumerate(heads, start=1)]
    table.autoFilter = AutoFilter(ref=reference)
    return table


def _style(column: Column, *, wrapped: bool) -> str:
    if column.kind == "text":
        return "wrapped" if wrapped else "text"
    if column.kind in ("number", "percent"):
        return f"{column.kind}:{column.decimals}"
    return {"integer": "integer", "date": "date", "status": "text"}[column.kind]


def _widths(
    columns: Sequence[Column], heads: Sequence[str], rows: Sequence[Sequence[Cell]], widest: float, *, many: bool
) -> list[float]:
    """Widths in characters; heads need room for the filter button."""
    widths = []
    for number, (column, head) in enumerate(zip(columns, heads, strict=True)):
        values = {row[number] for row in rows}  # of which only the longest matter
        longest = max((_length(value, column) for value in values), default=0)
        words = max(map(len, head.split(" ")))
        token = max((len(word) for text in values if isinstance(text, str) for word in text.split()), default=0)
        linked = any(isinstance(value, LinkedText) for value in values)  # not broken by every program
        cap = _WIDEST_TOKEN if linked else max(widest, min(token + 3.0, _WIDEST_TOKEN))
        least = _NARROWEST_NUMBER if many and column.kind != "text" else _NARROWEST
        widths.append(min(max(longest * 0.95 + 2.5, min(len(head), max(words, 16)) + 4.0, least), cap))
    return widths


def _heights(
    top: int, styles: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[Cell]]
) -> dict[int, float]:
    """The height that rows with wrapped texts need; not every program gives it by itself."""
    wrapped = [number for number, style in enumerate(styles) if style in ("wrapped", "code")]
    heights = {}
    for row_number, row in enumerate(rows, start=top + 1):
        lines = max((wrapped_lines(row[number], widths[number]) for number in wrapped), default=1)
        if lines > 1:
            heights[row_number] = height_of(lines)
    return heights


def height_of(lines: int) -> float:
    """Height in points of a row with so many lines of text."""
    return min(lines * _LINE_HEIGHT + 2.0, _TALLEST)


def wrapped_lines(value: Any, width: float) -> int:
    """About how many lines a text takes in a column of `width` characters."""
    if not isinstance(value, str):
        return 1
    room = width * _LETTERS
    return sum(1 if _breadth(line) <= room else _broken(line, room) for line in value.split("\n"))


def _broken(line: str, room: float) -> int:
    """Lines of a text that is broken between words, or within a word that is longer than a line."""
    lines, used = 1, 0.0
    for word in line.split(" "):
        breadth = _breadth(word)
        if used and used + 1 + breadth > room:
            lines, used = lines + 1, 0.0
        if breadth > room:
            lines += int(breadth / room)
            breadth %= int(room) or 1
        used += breadth + (1 if used else 0)
    return lines


def _breadth(text: str) -> int:
    """Length in Latin characters; those of East Asia are two wide."""
    return len(text) if text.isascii() else len(text) + sum("\u2e80" <= character <= "\uff60" for character in text)


def _length(value: Cell, column: Column) -> int:
    if value is None:
        return 0
    if isinstance(value, str):
        text = f"●  {value.partition(':')[2]}" if column.kind == "status" else value
        return max(map(_breadth, text.split("\n")))
    if isinstance(value, dt.datetime):
        return 16
    if isinstance(value, dt.date):
        return 10
    if isinstance(value, Figure):
        return len(figure_text(value))
    decimals = 0 if column.kind == "integer" else column.decimals
    return len(f"{value:,.{decimals}f}") + (2 if column.kind == "percent" else 0)


def write_note(cells: CellWriter, row: int, note: str, columns: int, style: str = "note") -> None:
    """A text over the width of a table: on one line if it fits, else wrapped, so that it is printed whole."""
    from openpyxl.utils import get_column_letter

    width = sum(cells.sheet.column_dimensions[get_column_letter(n)].width for n in range(1, columns + 1))
    lines = wrapped_lines(note, width)
    cells.put(row, 1, note, style if lines == 1 else f"{style}_wrapped")
    if lines > 1:
        if columns > 1:
            cells.sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
        cells.sheet.row_dimensions[row].height = height_of(lines)
