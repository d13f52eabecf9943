"""Rows of a worksheet as XML: fast, in constant memory, and every value through the guard of `excel_cells`.

openpyxl makes an object of every cell and an XML element of every object.  Here a column of some thousand values at a
time becomes a list of strings, in which a control character that no text can hold stands for the row number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from qms_reports.reports.document import Cell, Column, Figure
from qms_reports.reports.excel_cells import FORMULA_STARTS, LARGEST, Guard, figure_style, stored
from qms_reports.reports.printed_cells import NOT_AVAILABLE
from qms_reports.reports.status_pill import split_status

_ROW = "\x01"  # the guard lets no control character into a text
_BATCH = 2000
_MOST_KNOWN = 20_000  # cells remembered per column
_SURE = 10**15
_EPOCH = dt.date(1899, 12, 30).toordinal()
_LEAP_BUG = 60  # day 60 is a 29 February 1900 that never was
_DAY = 86_400

StyleNumber = Callable[[str, bool], int]
"""The number in the style sheet of a style by name, and whether its text is quoted."""


class LinkedText(str):
    """A text that is shown as a link; `excel_package.link` makes it one."""

    __slots__ = ()


def escaped(text: str) -> str:
    """A guarded text as XML character data."""
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def text_element(text: str) -> str:
    """A guarded text as the content of an inline string cell."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<is><t{space}>{escaped(text)}</t></is>"


def serial(moment: dt.date) -> str:
    """A day or a time without zone as Excel counts it: days since 1900, with its leap year that never was."""
    days = moment.toordinal() - _EPOCH
    if days <= _LEAP_BUG:
        days -= 1
    if isinstance(moment, dt.datetime):
        seconds = (moment - dt.datetime.combine(moment, dt.time())).total_seconds()
        return repr(days + seconds / _DAY)
    return str(days)


def cell_xml(reference: str, kind: str, value: Any, style: int) -> str:
    """One cell.

    Args:
        reference: ``B4``.
        kind: ``s`` text, ``n`` number, ``b`` truth value, ``d`` date or time.
        value: As `excel_cells.stored` gives it; ``None`` for an empty cell.
        style: Number in the style sheet.
    """
    opening = f'<c r="{reference}" s="{style}"'
    if value is None:
        return f"{opening}/>"
    if kind == "s":
        return f'{opening} t="inlineStr">{text_element(value)}</c>'
    if kind == "b":
        return f'{opening} t="b"><v>{int(value)}</v></c>'
    return f"{opening}><v>{serial(value) if kind == 'd' else repr(value)}</v></c>"


class _ColumnWriter:
    """Turns the values of one column into cells.

    Attributes:
        encode: Gives the cell of each value; an empty text for an empty one.
        changed: Whether a value was stored in another form since this was last set to false.
    """

    def __init__(self, letter: str, column: Column, style: str, number: StyleNumber) -> None:
        self._reference = f"{letter}{_ROW}"
        self._status = column.kind == "status"
        self._style = style
        self._number = number
        self._plain = f'<c r="{letter}{_ROW}" s="{number(style, False)}"><v>'  # noqa: FBT003 - not quoted
        self._kind = column.kind
        self._known: dict[Any, str] = {}
        self.changed = False
        self.encode = self._numbers if column.kind in ("number", "percent", "integer") else self._values

    def _numbers(self, values: Sequence[Cell]) -> list[str]:
        opening, make = self._plain, self._made
        return [
            f"{opening}{value!r}</v></c>"
            if (value.__class__ is float and -LARGEST < value < LARGEST)
            or (value.__class__ is int and -_SURE < value < _SURE)
            else make(value)
            for value in values
        ]

    def _values(self, values: Sequence[Cell]) -> list[str]:
        known, make = self._known, self._made
        if len(known) > _MOST_KNOWN:
            known.clear()
        return [known.get(value) or make(value) for value in values]

    def _made(self, value: Cell) -> str:
        """One cell, remembered if it is of a kind that comes again and equals no value of another kind."""
        if value is None or value == "":
            return ""
        style, shown = self._style, value
        if isinstance(value, Figure):
            style, shown = figure_style(value), NOT_AVAILABLE if value.value is None else value.value
        elif self._status and isinstance(value, str):
            style, shown = split_status(value)
        elif isinstance(value, LinkedText):
            style = "link_wrapped" if style == "wrapped" else "link"
        kind, content, style, change = stored(shown, style)
        quoted = kind == "s" and isinstance(shown, str) and shown.startswith(FORMULA_STARTS)
        cell = cell_xml(self._reference, kind, content, self._number(style, quoted))
        if change:
            self.changed = True
        elif value.__class__ is str or value.__class__ is dt.date or value.__class__ is dt.datetime:
            self._known[value] = cell
        return cell


@dataclass
class RowBlock:
    """Rows that are written straight into a worksheet, one below the other.

    Attributes:
        top: Number of the first row.
        columns: Kinds of the columns, from column A on.
        heads: Their names in the sheet.
        styles: Name of the style of each column.
        rows: The rows; read once when the workbook is written.
        count: How many there are; ``None`` for a last block, whose rows are only known when they are written.
        name: Of the table, for messages.
        heights: Height in points of rows that need more than one line.
    """

    top: int
    columns: Sequence[Column]
    heads: Sequence[str]
    styles: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    count: int | None
    name: str
    heights: Mapping[int, float] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Number of the last row."""
        return self.top + (self.count or 0) - 1

    def xml(self, letters: Sequence[str], number: StyleNumber, guard: Guard) -> Iterator[str]:
        """The rows as XML, some thousand at a time.

        Args:
            letters: Letters of the columns.
            number: Number of a style.
            guard: Notes what is stored in another form.

        Raises:
            ValueError: A value that no cell can hold, a row with too few or too many cells, or another count of rows
                than was said; the message names the place.
        """
        writers = [
            _ColumnWriter(letter, column, style, number)
            for letter, column, style in zip(letters, self.columns, self.styles, strict=True)
        ]
        row_number, rows, tall = self.top, iter(self.rows), self.heights
        while batch := list(islice(rows, _BATCH)):
            try:
                columns = list(zip(*batch, strict=True))
                encoded = [writer.encode(column) for writer, column in zip(writers, columns, strict=True)]
            except ValueError as error:
                raise self._explained(batch, row_number, error) from error
            if any(writer.changed for writer in writers):
                self._note_changes(batch, row_number, guard)
                for writer in writers:
                    writer.changed = False
            lines = []
            for cells in zip(*encoded, strict=True):
                height = f' ht="{tall[row_number]!r}" customHeight="1"' if row_number in tall else ""
                line = f'<row r="{_ROW}"{height}>{"".join(cells)}</row>'
                lines.append(line.replace(_ROW, str(row_number)))
                row_number += 1
            yield "".join(lines)
        if self.count is not None and row_number - self.top != self.count:
            raise ValueError(
                f"table {self.name!r}: {row_number - self.top} rows came from a source that said it had {self.count}"
            )

    def _place(self, row: int, head: str) -> str:
        return f"table {self.name!r}, column {head!r}, row {row - self.top + 1}"

    def _note_changes(self, batch: Sequence[Sequence[Cell]], first: int, guard: Guard) -> None:
        """Look a batch through again for the places of the values that are stored in another form."""
        for number, row in enumerate(batch, start=first):
            for cell, head in zip(row, self.heads, strict=True):
                value = cell.value if isinstance(cell, Figure) else cell
                if change := stored(value, "text")[3]:
                    guard.note(self._place(number, head), change)

    def _explained(self, batch: Sequence[Sequence[Cell]], first: int, error: ValueError) -> ValueError:
        """The error with the place of the value that caused it."""
        for number, row in enumerate(batch, start=first):
            if len(row) != len(self.columns):
                found = f"row {number - self.top + 1}: {len(row)} cells for {len(self.columns)} columns"
                return ValueError(f"table {self.name!r}, {found}")
            for cell, column, head in zip(row, self.columns, self.heads, strict=True):
                try:
                    if column.kind == "status" and isinstance(cell, str) and cell:
                        split_status(cell)
                    else:
                        stored(cell.value if isinstance(cell, Figure) else cell, "text")
                except ValueError as cause:
                    return ValueError(f"{self._place(number, head)}: {cause}")
        return error
