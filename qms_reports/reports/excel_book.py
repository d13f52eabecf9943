"""The workbook while it is written: its sheets, the names that are taken, and the places that links lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qms_reports.languages import Language, language
from qms_reports.reports.document import Appendix, Cell, Report, Table
from qms_reports.reports.excel_cells import MOST_COLUMNS, CellWriter, Guard
from qms_reports.reports.excel_limits import HEAD_ROW, cut_texts, fits, most_rows
from qms_reports.reports.excel_names import SheetNames, TableNames
from qms_reports.reports.excel_package import link
from qms_reports.reports.excel_page import set_up_page
from qms_reports.reports.excel_rows import LinkedText
from qms_reports.reports.excel_styles import Styles
from qms_reports.reports.excel_tables import write_note, write_table
from qms_reports.reports.rows import RowSource, RowSources, TableRows, rows_of
from qms_reports.reports.table_csv import table_file

_TITLE_HEIGHT = 20.0
_PLAIN_WIDTH = 60.0
LINK_ROW = 3


class Book:
    """A workbook being written.

    Attributes:
        workbook: openpyxl's workbook.
        report: The document.
        sources: All rows of tables of which the report holds only the first.
        words: Fixed text in the report's language.
        styles: Looks of cells.
        guard: What is stored in another form.
        sheet_names: Names of sheets.
        table_names: Names of Excel tables.
        places: Where links lead: ``definition:<kpi>``, ``appendix:<kpi>``, ``chart:<id>``, ``table:<id>``.
        listed: Sheet and title, in order, for the list of contents.
    """

    def __init__(self, workbook: Any, report: Report, sources: RowSources) -> None:
        self.workbook = workbook
        self.report = report
        self.sources = sources
        self.words: Language = language(report.language)
        self.styles = Styles(workbook, report.theme.primary)
        self.guard = Guard()
        self.sheet_names = SheetNames()
        self.table_names = TableNames()
        self.places: dict[str, str] = {}
        self.listed: list[tuple[str, str]] = []
        self._reserved: dict[str, str] = {}

    def text(self, key: str, /, **values: object) -> str:
        """A fixed text of the workbook."""
        return self.words.text(f"workbook.{key}", **values)

    def reserve(self, key: str) -> str:
        """The name of one of the fixed sheets, which no table can take."""
        if key not in self._reserved:
            self._reserved[key] = self.sheet_names.new(self.text(f"sheet_{key}"))
        return self._reserved[key]

    def reserve_appendix(self, appendix: Appendix) -> str:
        """The name of the sheet with the records behind a KPI, by its code if it has one."""
        key = f"appendix:{appendix.kpi}"
        if key not in self._reserved:
            self._reserved[key] = self.sheet_names.new(self.text("sheet_appendix", kpi=self.short_name(appendix)))
        return self._reserved[key]

    def short_name(self, appendix: Appendix) -> str:
        """The code of the appendix's KPI, or its title if it has none."""
        codes = {definition.kpi: definition.code for definition in self.report.definitions}
        return codes.get(appendix.kpi) or appendix.title

    def add(self, name: str, title: str) -> CellWriter:
        """A further sheet.

        Args:
            name: Free and legal.
            title: As the list of contents has it.
        """
        self.listed.append((name, title))
        return CellWriter(self.workbook.create_sheet(name), self.styles, self.guard)

    def place(self, sheet: str, reference: str) -> str:
        """A place in the form that links need."""
        from openpyxl.utils import quote_sheetname

        return f"{quote_sheetname(sheet)}!{reference}"

    def link(self, cells: CellWriter, reference: str, target: str, tip: str = "") -> bool:
        """Let a cell lead to one of `places`, if there is such a place."""
        place = self.places.get(target)
        return place is not None and link(cells.sheet, reference, place, tip)

    def linked(self, text: str, target: str) -> str:
        """The text, which looks like a link if there is something that it can lead to."""
        return LinkedText(text) if target in self.places and text else text

    def head(self, cells: CellWriter, title: str) -> None:
        """Title of a sheet, and the way back to the summary."""
        cells.put(1, 1, title, "heading")
        cells.sheet.row_dimensions[1].height = _TITLE_HEIGHT
        cells.put(LINK_ROW, 1, self.text("back"), "link")
        cells.sheet.column_dimensions["A"].width = len(self.text("back")) + 3.0
        link(cells.sheet, f"A{LINK_ROW}", self.place(self.reserve("summary"), "A1"))

    def table_sheet(
        self,
        cells: CellWriter,
        title: str,
        note: str,
        source: RowSource,
        *,
        id: str,  # noqa: A002 - as the document model calls it
        code: tuple[str, ...] = (),
    ) -> int:
        """A sheet that holds one table: title, note, head, rows.

        Returns:
            The last row; 0 if the table does not fit and the sheet says so instead.
        """
        self.head(cells, title)
        if not fits(source):
            cells.sheet.column_dimensions["A"].width = _PLAIN_WIDTH
            refusal = self.text(
                "does_not_fit",
                rows=self.words.number(source.count, 0),
                columns=self.words.number(len(source.columns), 0),
                most_rows=self.words.number(most_rows(), 0),
                most_columns=self.words.number(MOST_COLUMNS, 0),
                file=table_file(id),
            )
            write_note(cells, HEAD_ROW, refusal, 1)
            set_up_page(cells.sheet, self.report)
            return 0
        last = write_table(
            cells, HEAD_ROW, source.columns, source, self.table_names.new(id), count=source.count, code=code
        )
        if note:
            write_note(cells, 2, note, max(len(source.columns), 1))
        set_up_page(cells.sheet, self.report, head_row=HEAD_ROW)
        return last

    def plain_table_sheet(self, cells: CellWriter, table: Table, *, code: tuple[str, ...] = ()) -> int:
        """The sheet of a table that the workbook itself makes."""
        return self.table_sheet(cells, table.title, table.note, TableRows(table), id=table.id, code=code)

    def report_table(self, cells: CellWriter, table: Table, title: str = "", said: str = "") -> None:
        """The sheet of a table of the report.

        Args:
            cells: The sheet.
            table: The table; its rows link to the definitions of their KPIs.
            title: Instead of the table's own.
            said: Before its note.
        """
        source = rows_of(table, self.sources)
        notes = [said, table.note]
        if cut := cut_texts(source, table):
            notes.append(self.text("texts_cut", count=cut, file=table_file(table.id)))
        if table.total_rows is not None and source.count < table.total_rows and not table.note:
            shown, whole = (self.words.number(count, 0) for count in (source.count, table.total_rows))
            notes.append(self.text("rows_shown", shown=shown, all=whole))
        note = " · ".join(filter(None, notes))
        self.places[f"table:{table.id}"] = self.place(cells.sheet.title, "A1")
        targets: tuple[str, ...] = ()
        if len(table.kpi_rows) == len(table.rows) == source.count and fits(source):
            targets = tuple(f"definition:{kpi}" for kpi in table.kpi_rows)
            rows = ((self._first_linked(row, target)) for row, target in zip(table.rows, targets, strict=True))
            source = TableRows(replace(table, rows=tuple(rows)))
        self.table_sheet(cells, title or table.title or table.id, note, source, id=table.id)
        for row, target in enumerate(targets, start=HEAD_ROW + 1):
            self.link(cells, f"A{row}", target, self.text("tip_definition"))

    def _first_linked(self, row: tuple[Cell, ...], target: str) -> tuple[Cell, ...]:
        first = row[0]
        return (self.linked(first, target), *row[1:]) if isinstance(first, str) else row
