"""Tables on pages: measured columns, whole rows, the head on every page, every row printed.

Cells are written as raw operators with cached encoded strings, so that thousands of rows stay fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports import status_pill
from qms_reports.reports.document import Column, Table
from qms_reports.reports.flow import Block, Piece
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.table_columns import ColumnGrid, measure_columns

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.tagged_canvas import Element

_TITLE_SIZE, _TITLE_HEIGHT = 9.5, 17.0
_CONTINUED_HEIGHT = 14.0
_HEAD_GAP = 5.0  # between the head's last line and its rule
_ROW_PADDING = 7.0
_PILL_ROW = 17.0
_NOTE_SIZE, _NOTE_LEADING, _NOTE_GAP = 7.0, 9.5, 6.0
_FEWEST_ROWS = 2  # no row alone at the foot or the head of a page

_SCOPE_COLUMN = "<</O/Table/Scope/Column>>"


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: the lines of each cell, and the height of the row in points."""

    cells: tuple[tuple[str, ...], ...]
    height: float


class TableBlock:
    """A table as a block of the page flow.

    Attributes:
        gap: See `flow.Block`.
        keep: See `flow.Block`.
        least: Title, head and the first rows.
    """

    keep = False

    def __init__(
        self,
        table: Table,
        left: float,
        width: float,
        page_room: float,
        *,
        gap: float = 14.0,
        on_start: Callable[[Pen, float], None] | None = None,
    ) -> None:
        self.gap = gap
        self._table = table
        self._left, self._width = left, width
        self._on_start = on_start
        texts = [
            tuple(cell_text(cell, column) for cell, column in zip(row, table.columns, strict=True))
            for row in table.rows
        ]
        self._grid = measure_columns(table.columns, texts, width)
        self._head = tuple(self._grid.head_lines(column) for column in range(len(table.columns)))
        head_lines = max((len(lines) for lines in self._head), default=1)
        self._head_height = head_lines * self._grid.head_leading + _HEAD_GAP + 2.0
        self._page_room = page_room
        longest = page_room - self._head_height - _TITLE_HEIGHT - _NOTE_LEADING
        self._rows = [row for text in texts for row in _printed_rows(table.columns, text, self._grid, longest)]
        self._note = typeface.wrap(table.note, typeface.REGULAR, _NOTE_SIZE, width) if table.note else []
        if not table.rows:
            self._note = ["No rows.", *self._note]
        self._next = 0
        self._element: Element | None = None
        self._body: Element | None = None
        self._note_done = False

    @property
    def printed_rows(self) -> int:
        """Rows to print over all pages; at least as many as given (a row higher than a page is split)."""
        return len(self._rows)

    @property
    def _title_height(self) -> float:
        if self._next:
            return _CONTINUED_HEIGHT if self._table.title else 0.0
        return _TITLE_HEIGHT if self._table.title else 0.0

    @property
    def _note_height(self) -> float:
        return _NOTE_GAP + len(self._note) * _NOTE_LEADING if self._note else 0.0

    @property
    def least(self) -> float:
        """Title, head and two rows; all of a short table."""
        rows = self._rows[self._next :]
        begin = _FEWEST_ROWS if len(rows) > _FEWEST_ROWS + 1 else len(rows)
        note = self._note_height if begin == len(rows) else 0.0
        return self._title_height + self._head_height + sum(row.height for row in rows[:begin]) + note

    def take(self, room: float) -> tuple[Piece | None, Block | None]:
        """The rows that fit below a title and a head."""
        start, total = self._next, len(self._rows)
        fixed = self._title_height + self._head_height
        used, stop = fixed, start
        while stop < total and used + self._rows[stop].height <= room:
            used += self._rows[stop].height
            stop += 1
        complete = stop == total
        if complete and used + self._note_height > room:
            complete = False
            stop -= min(_FEWEST_ROWS, stop - start)  # the note takes some rows along to the next page
        if not complete:
            alone = total - stop
            if 0 < alone < _FEWEST_ROWS and stop - start > _FEWEST_ROWS:
                stop -= _FEWEST_ROWS - alone
            if stop == start or (stop - start < _FEWEST_ROWS and not start and total > _FEWEST_ROWS):
                two = sum(row.height for row in self._rows[start : start + _FEWEST_ROWS])
                fits_alone = start + 1 == stop and (
                    self._rows[start].height + fixed > room / 2 or fixed + two > self._page_room
                )
                if not fits_alone:
                    return None, self
        rows = self._rows[start:stop]
        height = fixed + sum(row.height for row in rows) + (self._note_height if complete else 0.0)
        paint = partial(self._paint, rows=rows, start=start, title_height=self._title_height, with_note=complete)
        self._next = stop
        return Piece(height, paint), None if complete else self

    def _paint(
        self, pen: Pen, top: float, *, rows: list[Row], start: int, title_height: float, with_note: bool
    ) -> None:
        page = pen.page
        if start == 0 and self._on_start:
            self._on_start(pen, top)
        self._paint_title(pen, top, start)
        if self._element is None:
            self._element = page.add("Table", page.current)
            # PDF/UA wants a body below a head: a table without rows has its head as its body
            head = page.add("TR", page.add("THead" if self._rows else "TBody", self._element))
            self._paint_head(pen, top - title_height, head)
            self._body = page.add("TBody", self._element) if self._rows else None
        else:
            with page.artifact(pagination=True):
                self._paint_head(pen, top - title_height, None)
        y = top - title_height - self._head_height
        with page.artifact():
            pen.rule(self._left, y, self._left + self._width, y, palette.INK, 0.9)
            line = y
            for row in rows[:-1]:
                line -= row.height
                pen.rule(self._left, line, self._left + self._width, line, palette.GRID, 0.5)
            line = y - sum(row.height for row in rows)
            if rows:
                pen.rule(self._left, line, self._left + self._width, line, palette.RULE, 0.7)
        if self._body is not None:
            for row in rows:
                _paint_row(pen, row, self._table.columns, self._grid, self._left, y, self._body)
                y -= row.height
        if with_note and self._note:
            with page.content("P"):
                pen.lines(
                    self._left,
                    y - _NOTE_GAP - 6.0,
                    self._note,
                    typeface.REGULAR,
                    _NOTE_SIZE,
                    _NOTE_LEADING,
                    palette.INK2,
                )

    def _paint_title(self, pen: Pen, top: float, start: int) -> None:
        if not self._table.title:
            return
        if start == 0:
            with pen.page.content("H3"):
                title = typeface.shorten(
                    typeface.printable(self._table.title), typeface.SEMIBOLD, _TITLE_SIZE, self._width
                )
                pen.text(self._left, top - 8.0, title, typeface.SEMIBOLD, _TITLE_SIZE)
        else:
            with pen.page.artifact(pagination=True):
                text = typeface.shorten(
                    f"{typeface.printable(self._table.title)}, continued", typeface.REGULAR, 7.5, self._width
                )
                pen.text(self._left, top - 7.0, text, typeface.REGULAR, 7.5, palette.INK3)

    def _paint_head(self, pen: Pen, top: float, element: Element | None) -> None:
        """Head lines stand on the rule: the last line of every cell shares one baseline."""
        grid = self._grid
        bottom = top - self._head_height + _HEAD_GAP
        for number, (column, lines) in enumerate(zip(self._table.columns, self._head, strict=True)):
            code = pen.page.code
            if element is not None:
                code.append(pen.page.mark(pen.page.add("TH", element, attributes=_SCOPE_COLUMN)))
            for up, line in enumerate(reversed(lines)):
                x = grid.text_x(self._left, number, line, column, head=True)
                y = bottom + up * grid.head_leading
                code.append(pen.text_operators(x, y, line, typeface.SEMIBOLD, grid.head_size, palette.INK2))
            if element is not None:
                code.append("EMC")


def _printed_rows(columns: tuple[Column, ...], texts: tuple[str, ...], grid: ColumnGrid, longest: float) -> list[Row]:
    """The row with its cells wrapped; in pieces if it is higher than a page."""
    cells = [
        grid.cell_lines(number, text, column) for number, (text, column) in enumerate(zip(texts, columns, strict=True))
    ]
    most = max(map(len, cells), default=1)
    fitting = max(int((longest - _ROW_PADDING) / grid.leading), 1)
    least = _PILL_ROW if any(column.kind == "status" for column in columns) else 0.0
    return [
        Row(
            tuple(lines[start : start + fitting] for lines in cells),
            max(min(most - start, fitting) * grid.leading + _ROW_PADDING, least),
        )
        for start in range(0, max(most, 1), fitting)
    ]


def _paint_row(
    pen: Pen, row: Row, columns: tuple[Column, ...], grid: ColumnGrid, left: float, top: float, body: Element
) -> None:
    page, code = pen.page, pen.page.code
    tr = page.add("TR", body)
    baseline = top - _ROW_PADDING / 2 - grid.size * 0.93
    if row.height == _PILL_ROW:
        baseline = top - _PILL_ROW / 2 - grid.size * 0.36
    for number, (column, lines) in enumerate(zip(columns, row.cells, strict=True)):
        cell = page.add("TD", tr)
        if not lines:
            continue
        if column.kind == "status" and ":" in lines[0]:
            status, word = status_pill.split_status(lines[0])
            x = left + grid.lefts[number] - 1.0
            with page.artifact():
                status_pill.draw_capsule(pen, x, baseline, status, word)
            code.append(page.mark(cell))
            code.append(status_pill.word_operators(pen, x, baseline, status, word))
        else:
            code.append(page.mark(cell))
            for down, line in enumerate(lines):
                x = grid.text_x(left, number, line, column)
                code.append(
                    pen.text_operators(
                        x, baseline - down * grid.leading, line, typeface.REGULAR, grid.size, palette.INK
                    )
                )
        code.append("EMC")
