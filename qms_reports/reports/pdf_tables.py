"""Tables on pages: measured columns, whole rows, the head on every page, every row printed.

A page's cells are one text object of raw operators with cached encoded strings, so that thousands of rows stay fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports import status_pill
from qms_reports.reports.document import Cell, Column, Table
from qms_reports.reports.flow import Block, Piece
from qms_reports.reports.pdf_links import definition_key
from qms_reports.reports.pdf_table_rows import PILL_ROW, USUAL, Row, Spacing, Texts, printed_rows
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.table_columns import Measure, column_blocks, measure_columns, measure_texts

if TYPE_CHECKING:
    from qms_reports.languages import Language
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting
    from qms_reports.reports.pdf_structure import CellRow, Element

_TITLE_SIZE, _TITLE_LEADING, _TITLE_GAP = 9.5, 12.0, 5.0
_CONTINUED_SIZE, _CONTINUED_LEADING, _CONTINUED_GAP = 7.5, 9.5, 4.5
_HEAD_GAP = 5.0  # between the head's last line and its rule
_NOTE_SIZE, _NOTE_LEADING, _NOTE_GAP = 7.0, 9.5, 6.0
_FEWEST_ROWS = 2  # no row alone at the foot or the head of a page

_BETWEEN_PARTS = 12.0
_KEY_PARTS = "\u00a0|\u00a0"

_SCOPE_COLUMN = "<</O/Table/Scope/Column>>"

Start = Callable[["Pen", float], None]


def table_parts(
    setting: Setting,
    table: Table,
    *,
    gap: float,
    on_start: Start | None = None,
    anchors: tuple[str, ...] = (),
    spacing: Spacing = USUAL,
    name: str = "",
) -> list[Block]:
    """The blocks of a table: one, or several with some of the columns each if they are too many for the page.

    Args:
        setting: The report.
        table: What to print.
        gap: Room above.
        on_start: Called where the table begins.
        anchors: Destinations at its beginning.
        spacing: How it is set.
        name: What it is called where it goes on, if it has no title of its own.

    Raises:
        ValueError: A number is NaN or infinite, or a status cell names no rating.
    """
    rows = table.rows if table.print_rows is None else table.rows[: table.print_rows]
    columns = table.columns
    try:
        texts = [tuple(map(_printed, row, columns, repeat(setting.words))) for row in rows]
    except ValueError as error:
        raise ValueError(f"table {table.id!r}: {error}") from error
    note = " ".join(filter(None, (_how_many(setting, table, len(rows)), table.note)))
    blocks: list[Block] = []
    measures = measure_texts(columns, texts)
    parts = column_blocks(measures, setting.sheet.column)
    for number, part in enumerate(parts):
        shown = table
        if len(parts) > 1:
            span = {"first": part[min(number, 1)] + 1, "last": part[-1] + 1, "all": len(columns)}
            title = setting.text("columns_of", title=table.title or name, **span)
            own = title if table.title else setting.text("columns", **span)
            shown = replace(table, title=own, columns=tuple(columns[index] for index in part))
            texts_of_part = [tuple(text[index] for index in part) for text in texts]
        else:
            title, texts_of_part = name, texts
        last = number == len(parts) - 1
        blocks.append(
            TableBlock(
                setting,
                replace(shown, note=note if last else ""),
                texts_of_part,
                [measures[index] for index in part],
                gap=_BETWEEN_PARTS if number else gap,
                on_start=None if number else on_start,
                anchors=() if number else anchors,
                spacing=spacing,
                name=title,
            )
        )
    return blocks


def _printed(cell: Cell, column: Column, words: Language) -> str:
    """A cell as printed; the parts of a key stay together as far as they fit: they name one record."""
    text = cell_text(cell, column, words)
    return text.replace(" | ", _KEY_PARTS) if " | " in text else text


def _how_many(setting: Setting, table: Table, printed: int) -> str:
    """How many of how many rows are printed, and where the others are; nothing if all are."""
    total = max(table.total_rows or 0, len(table.rows))
    if printed == total:
        return ""
    number = partial(setting.words.number, decimals=0)
    file, held = setting.files.get(table.id, ("", 0))
    key = "rows_printed" if not file else "rows_attached" if held == total else "rows_held"
    return setting.text(key, printed=number(printed), total=number(total), file=file, held=number(held))


class TableBlock:
    """A table, or some columns of it, as a block of the page flow.

    Attributes:
        gap: See `flow.Block`.
        keep: See `flow.Block`.
    """

    keep = False

    def __init__(
        self,
        setting: Setting,
        table: Table,
        texts: Texts,
        measures: Sequence[Measure],
        *,
        gap: float,
        on_start: Start | None = None,
        anchors: tuple[str, ...] = (),
        spacing: Spacing = USUAL,
        name: str = "",
    ) -> None:
        self.gap = gap
        self._setting = setting
        self._table = table
        self._left, self._width = setting.sheet.margin, setting.sheet.column
        self._on_start, self._anchors = on_start, anchors
        self._spacing = spacing
        self._grid = measure_columns(measures, self._width, spacing.largest)
        self._head = tuple(self._grid.head_lines(column) for column in range(len(table.columns)))
        head_lines = max((len(lines) for lines in self._head), default=1)
        self._head_height = head_lines * self._grid.head_leading + _HEAD_GAP + 2.0
        self._title = typeface.wrap(table.title, typeface.SEMIBOLD, _TITLE_SIZE, self._width)
        called = name or table.title
        again = setting.text("continued", title=called) if called else ""
        self._again = typeface.wrap(again, typeface.REGULAR, _CONTINUED_SIZE, self._width)
        self._page_room = setting.sheet.room
        self._note = typeface.wrap(table.note, typeface.REGULAR, _NOTE_SIZE, self._width)
        if not table.rows and not table.total_rows and not self._note:
            self._note = [setting.text("no_rows")]
        longest = self._page_room - self._head_height - self._height_of_title(continued=False) - _NOTE_LEADING
        self._rows = printed_rows(self._grid, texts, longest, spacing)
        self._next = 0
        self._element: Element | None = None
        self._body: Element | None = None
        self._open_row: tuple[int, CellRow] | None = None

    def _height_of_title(self, *, continued: bool) -> float:
        lines, leading, gap = (
            (self._again, _CONTINUED_LEADING, _CONTINUED_GAP)
            if continued
            else (self._title, _TITLE_LEADING, _TITLE_GAP)
        )
        return leading * len(lines) + gap if lines else 0.0

    @property
    def _note_height(self) -> float:
        return _NOTE_GAP + len(self._note) * _NOTE_LEADING if self._note else 0.0

    @property
    def height(self) -> float:
        """Of the whole table, were it all on one page."""
        rows = sum(row.height for row in self._rows)
        return self._height_of_title(continued=False) + self._head_height + rows + self._note_height

    @property
    def least(self) -> float:
        """Title, head and two rows; all of a short table."""
        left = len(self._rows) - self._next
        begin = _FEWEST_ROWS if left > _FEWEST_ROWS + 1 else left
        note = self._note_height if begin == left else 0.0
        rows = sum(row.height for row in self._rows[self._next : self._next + begin])
        return self._height_of_title(continued=self._next > 0) + self._head_height + rows + note

    def take(self, room: float) -> tuple[Piece | None, Block | None]:
        """The rows that fit below a title and a head."""
        start, total = self._next, len(self._rows)
        title_height = self._height_of_title(continued=start > 0)
        fixed = title_height + self._head_height
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
        paint = partial(self._paint, rows=rows, start=start, title_height=title_height, with_note=complete)
        self._next = stop
        return Piece(height, paint, self._anchors if start == 0 else ()), None if complete else self

    def _paint(
        self, pen: Pen, top: float, *, rows: list[Row], start: int, title_height: float, with_note: bool
    ) -> None:
        page, left, right = pen.page, self._left, self._left + self._width
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
        y = line = top - title_height - self._head_height
        between = []
        for row in rows:
            line -= row.height
            between.append(line)
        with page.artifact():
            pen.rule(left, y, right, y, palette.INK, 0.9)
            pen.rules(left, right, between[:-1], palette.GRID, 0.5)
            pen.rules(left, right, between[-1:], palette.RULE, 0.7)
        if self._body is not None and rows:
            self._paint_rows(pen, rows, y, self._body)
        if with_note and self._note:
            with page.content("P"):
                first = line - _NOTE_GAP - 6.0
                pen.lines(left, first, self._note, typeface.REGULAR, _NOTE_SIZE, _NOTE_LEADING, palette.INK2)

    def _paint_title(self, pen: Pen, top: float, start: int) -> None:
        if start and self._again:
            with pen.page.artifact(pagination=True):
                font, size, leading = typeface.REGULAR, _CONTINUED_SIZE, _CONTINUED_LEADING
                pen.lines(self._left, top - 7.0, self._again, font, size, leading, palette.INK3)
        elif not start and self._title:
            with pen.page.content(self._spacing.level):
                font, size, leading = typeface.SEMIBOLD, _TITLE_SIZE, _TITLE_LEADING
                pen.lines(self._left, top - 8.0, self._title, font, size, leading, palette.INK)

    def _paint_head(self, pen: Pen, top: float, element: Element | None) -> None:
        """Head lines stand on the rule: the last line of every cell shares one baseline."""
        grid = self._grid
        bottom = top - self._head_height + _HEAD_GAP
        code = pen.page.code
        for number, (column, lines) in enumerate(zip(self._table.columns, self._head, strict=True)):
            if element is not None:
                code.append(pen.page.mark(pen.page.add("TH", element, attributes=_SCOPE_COLUMN)))
            for up, line in enumerate(reversed(lines)):
                x = grid.head_x(self._left, number, line, column)
                y = bottom + up * grid.head_leading
                code.append(pen.text_operators(x, y, line, typeface.SEMIBOLD, grid.head_size, palette.INK2))
            if element is not None:
                code.append("EMC")

    def _paint_rows(self, pen: Pen, rows: list[Row], top: float, body: Element) -> None:
        """All rows of this page: first what lies behind the words of statuses, then all words as one text object."""
        status = [number for number, column in enumerate(self._table.columns) if column.kind == "status"]
        y = top
        for row in rows if status else ():
            for number in status:
                self._paint_capsule(pen, row, number, self._baseline(row, y))
            y -= row.height
        look = pen.look(typeface.REGULAR, self._grid.size, palette.INK)
        pen.page.code.append(f"BT {look}")
        y = top
        links: list[tuple[Element, str, tuple[float, float, float, float]]] = []
        for row in rows:
            kpi = self._table.kpi_rows[row.index] if self._table.kpi_rows else ""
            if kpi in self._setting.links.definitions:
                links.append(self._paint_linked_row(pen, row, y, body, kpi))
            else:
                self._paint_row(pen, row, self._baseline(row, y), body, status, look)
            y -= row.height
        pen.page.code.append("ET")
        for element, kpi, box in links:
            title = self._setting.links.definitions[kpi]
            pen.page.link(box, definition_key(kpi), self._setting.text("link_definition", title=title), element)

    def _baseline(self, row: Row, top: float) -> float:
        if row.height == PILL_ROW:
            return top - PILL_ROW / 2 - self._grid.size * 0.36
        return top - self._spacing.padding / 2 - self._grid.size * 0.93

    def _paint_capsule(self, pen: Pen, row: Row, number: int, baseline: float) -> None:
        text = row.cells[number]
        if isinstance(text, str) and ":" in text:
            with pen.page.artifact():
                x = self._left + self._grid.lefts[number] - 1.0
                status_pill.draw_capsule(pen, x, baseline, *status_pill.split_status(text))

    def _paint_row(self, pen: Pen, row: Row, baseline: float, body: Element, status: list[int], look: str) -> None:
        if self._open_row and self._open_row[0] == row.index:
            tr = self._open_row[1]  # it began on the page before
        else:
            tr = pen.page.row(body, len(row.cells))
            self._open_row = (row.index, tr)
        code, grid, left = pen.page.code, self._grid, self._left
        shown = pen.shown(typeface.REGULAR, grid.size)
        for number, (mark, cell) in enumerate(zip(pen.page.mark_row(tr, row.cells), row.cells, strict=True)):
            if not cell:
                continue
            if not isinstance(cell, str):
                lines = []
                for down, line in enumerate(cell):
                    x, y = left + grid.text_x(number, line), baseline - down * grid.leading
                    lines.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {shown[line]}")
                code.append(f"{mark} {' '.join(lines)} EMC")
            elif number in status and ":" in cell:
                x = left + grid.lefts[number] - 1.0
                word = status_pill.word_inside(pen, x, baseline, *status_pill.split_status(cell))
                code.append(f"{mark} {word} {look} EMC")
            else:
                x = left + grid.text_x(number, cell)
                code.append(f"{mark} 1 0 0 1 {x:.2f} {baseline:.2f} Tm {shown[cell]} EMC")

    def _paint_linked_row(
        self, pen: Pen, row: Row, top: float, body: Element, kpi: str
    ) -> tuple[Element, str, tuple[float, float, float, float]]:
        """A row about a KPI: its first cell leads to the definition."""
        page, grid, left = pen.page, self._grid, self._left
        tr = page.add("TR", body)
        baseline = self._baseline(row, top)
        link: Element | None = None
        for number, cell in enumerate(row.cells):
            owner = page.add("TD", tr)
            if number == 0:
                owner = link = page.add("Link", owner)
            if not cell:
                continue
            page.code.append(page.mark(owner))
            if isinstance(cell, str) and self._table.columns[number].kind == "status" and ":" in cell:
                x = left + grid.lefts[number] - 1.0
                page.code.append(status_pill.word_inside(pen, x, baseline, *status_pill.split_status(cell)))
                page.code.append(pen.look(typeface.REGULAR, grid.size, palette.INK))
            else:
                for down, line in enumerate((cell,) if isinstance(cell, str) else cell):
                    x, y = left + grid.text_x(number, line), baseline - down * grid.leading
                    shown = pen.shown(typeface.REGULAR, grid.size)[line]
                    page.code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {shown}")
            page.code.append("EMC")
        if link is None:
            raise ValueError(f"table {self._table.id!r}: rows about KPIs need a column")
        box = (left, top - row.height + 1.0, left + grid.widths[0], top - 1.0)
        return link, kpi, box
