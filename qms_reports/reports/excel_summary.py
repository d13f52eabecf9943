"""The first sheet of a workbook: what the report says, in figures and words, and where the rest stands."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from qms_reports.languages import Language
from qms_reports.reports.document import Cell, Figure, Paragraph, Table, Tile
from qms_reports.reports.excel_book import Book
from qms_reports.reports.excel_cells import CellWriter
from qms_reports.reports.excel_package import link
from qms_reports.reports.excel_page import set_up_page
from qms_reports.reports.excel_sheets import columns_of, parts
from qms_reports.reports.excel_tables import height_of, wrapped_lines, write_table
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.status_pill import split_status

_WIDTH = 13  # columns of the table of figures, over which texts run
_WIDEST = 27.0  # characters of a column, so that the sheet can be read when it is printed
_WIDE = 165.0  # about their width in characters
_SIGNING = 26.0  # points, a row to sign in
_SPAN = ((1, 1), (2, 2), (3, 6), (7, 10))  # columns of the approvals and of the revision history
_CONTENTS = (1, 3, 8)  # columns that the list of sheets begins in
_LOGO_HEIGHT = 42.0  # pixels


class _Sheet:
    """The summary from the top down.

    Attributes:
        row: The next free row.
    """

    def __init__(self, book: Book, cells: CellWriter) -> None:
        self.book = book
        self.cells = cells
        self.row = 1

    def line(self, text: str, style: str, height: float = 16.0) -> None:
        """One line of the title block."""
        self.cells.put(self.row, 1, text, style)
        self.cells.sheet.row_dimensions[self.row].height = height
        self.row += 1

    def text(self, text: str, style: str, first: int = 1, last: int = _WIDTH, width: float = _WIDE) -> None:
        """A text over several columns, as high as it needs; stays in the row."""
        sheet = self.cells.sheet
        cell = self.cells.put(self.row, first, text, style)
        if last > first:
            sheet.merge_cells(start_row=self.row, start_column=first, end_row=self.row, end_column=last)
            for column in range(first + 1, last + 1):  # a line below runs through
                sheet.cell(self.row, column)._style = cell._style  # noqa: SLF001 - see CellWriter
        scale = 1.25 if style == "headline" else 1.0
        needed = height_of(wrapped_lines(text, width / scale)) * scale
        before = sheet.row_dimensions[self.row].height if self.row in sheet.row_dimensions else None
        sheet.row_dimensions[self.row].height = max(before or 0.0, needed + 1.0)

    def heading(self, text: str) -> None:
        """The title of a part, after an empty row."""
        self.row += 1
        self.line(text, "heading", 20.0)

    def spans(self, values: Sequence[str], style: str, spans: Sequence[tuple[int, int]] = _SPAN) -> None:
        """A row of texts, each over its columns."""
        for value, (first, last) in zip(values, spans, strict=True):
            self.text(value, style, first, last, 24.0 if last == first == 1 else 42.0)
        self.row += 1


def write_summary(book: Book, sheet: Any) -> None:
    """Title block, summary, every KPI as a number, control totals, actions, approvals, revisions, contents.

    Args:
        book: The workbook, all other sheets written, so that all places to lead to are known.
        sheet: The first sheet, empty.
    """
    page = _Sheet(book, CellWriter(sheet, book.styles, book.guard))
    _write_title(page)
    _write_sentences(page)
    _write_tiles(page)
    _write_totals(page)
    _write_actions(page)
    _write_paragraphs(page)
    _write_approvals(page)
    _write_contents(page)
    set_up_page(sheet, book.report)


def _write_title(page: _Sheet) -> None:
    book, report = page.book, page.book.report
    page.line(report.title, "title", 28.0)
    page.line(f"{report.organization} · {report.period_label}", "subtitle")
    version = book.text("version", version=report.version)
    page.line(f"{report.document_number} · {version} · {report.status}", "subtitle")
    page.line(book.text("data_as_of", cutoff=report.cutoff_label), "subtitle")
    if not report.final:
        page.text(book.text("draft_banner"), "draft")
        page.cells.sheet.row_dimensions[page.row].height = 20.0
        page.row += 1
    facts = [
        *report.parameters,
        (book.text("classification"), report.classification),
        (book.text("prepared_by"), report.prepared_by),
        (book.text("retention"), report.retention),
        (book.text("distribution"), ", ".join(report.distribution)),
    ]
    for title, value in facts:
        if value:
            page.cells.put(page.row, 1, title, "label")
            page.text(value, "wrapped", 2, _WIDTH, _WIDE - 24.0)
            page.row += 1
    if report.theme.logo:
        _place_logo(page)


def _place_logo(page: _Sheet) -> None:
    from openpyxl.drawing.image import Image

    picture = Image(io.BytesIO(page.book.report.theme.logo))
    scale = _LOGO_HEIGHT / picture.height
    picture.width, picture.height = round(picture.width * scale), round(_LOGO_HEIGHT)
    picture.alternative_text = page.book.report.theme.logo_alt
    page.cells.sheet.add_image(picture, "J1")


def _write_sentences(page: _Sheet) -> None:
    report = page.book.report
    page.row += 1
    for sentence in report.summary or ((report.headline,) if report.headline else ()):
        page.text(sentence, "headline")
        page.row += 1


def _write_tiles(page: _Sheet) -> None:
    book, report = page.book, page.book.report
    page.heading(book.text("figures"))
    tiles = list(parts(report, book.text("part_headline")))
    shown_in = {kpi: chart for chart, kpis in reversed(report.chart_kpis) for kpi in kpis}
    rows = [(book.linked(part, f"chart:{shown_in.get(tile.kpi)}"), *_tile_cells(book, tile)) for part, tile in tiles]
    columns = columns_of(
        book,
        *("part", "kpi", "value:number", "unit", "basis", "interval", "change", "compared", "target"),
        *("status:status", "period", "noise", "judged"),
    )
    top = page.row
    page.row = write_table(page.cells, top, columns, rows, book.table_names.new("summary"), widest=_WIDEST) + 1
    for row, (_, tile) in enumerate(tiles, start=top + 1):
        book.link(page.cells, f"B{row}", f"definition:{tile.kpi}", book.text("tip_definition"))
        book.link(page.cells, f"C{row}", f"appendix:{tile.kpi}", book.text("tip_appendix"))
        book.link(page.cells, f"A{row}", f"chart:{shown_in.get(tile.kpi)}", book.text("tip_chart"))


def _tile_cells(book: Book, tile: Tile) -> tuple[Cell, ...]:
    return (
        book.linked(tile.title, f"definition:{tile.kpi}"),
        tile.text if tile.value is None else Figure(tile.value, tile.decimals),
        tile.unit,
        tile.fraction,
        tile.interval,
        tile.change,
        tile.comparator,
        tile.target,
        f"{tile.status}:{tile.status_text}",
        book.report.period_label,
        book.text(tile.signal),
        tile.signal_basis,
    )


def _write_totals(page: _Sheet) -> None:
    book, report = page.book, page.book.report
    if not report.control_totals:
        return
    page.heading(book.text("control_totals"))
    page.text(book.text("control_totals_note"), "note_wrapped")
    page.row += 1
    rows: list[tuple[Cell, ...]] = [
        (
            t.dataset,
            t.source,
            *(Figure(count, 0) for count in (t.read, t.accepted, t.quarantined, t.duplicates, t.records, t.in_period)),
        )
        for t in report.control_totals
    ]
    counts = ("read", "accepted", "quarantined", "duplicates", "records", "in_period")
    columns = columns_of(book, "dataset", "source", *(f"{count}:integer" for count in counts))
    page.row = write_table(page.cells, page.row, columns, rows, book.table_names.new("control_totals")) + 1


def _write_actions(page: _Sheet) -> None:
    """The actions in words; as a table they have a sheet of their own."""
    book, actions = page.book, page.book.report.actions
    if actions is None:
        return
    page.heading(book.text("actions"))
    link(page.cells.sheet, f"A{page.row - 1}", book.places[f"table:{actions.id}"])
    for row in actions.rows:
        page.text(" · ".join(filter(None, _printed(row, actions, book.words))), "wrapped")
        page.row += 1
    if not actions.rows:
        page.line(book.text("no_actions"), "note")


def _printed(row: Sequence[Cell], table: Table, words: Language) -> list[str]:
    return [
        split_status(cell)[1]
        if column.kind == "status" and isinstance(cell, str) and cell
        else cell_text(cell, column, words)
        for cell, column in zip(row, table.columns, strict=True)
    ]


def _write_paragraphs(page: _Sheet) -> None:
    for section in page.book.report.sections:
        texts = [block.text for block in section.blocks if isinstance(block, Paragraph)]
        if texts:
            page.heading(section.title)
        for text in texts:
            page.text(text, "wrapped")
            page.row += 1


def _write_approvals(page: _Sheet) -> None:
    book, report = page.book, page.book.report
    if report.approvals:
        page.heading(book.text("approvals"))
        page.spans([book.text(f"head_{key}") for key in ("meaning", "role", "name", "signed")], "head")
        for line in report.approvals:
            page.spans((line.meaning, line.role, line.name, line.signed), "blank")
            page.cells.sheet.row_dimensions[page.row - 1].height = _SIGNING
    if report.revisions:
        page.heading(book.text("revisions"))
        spans = ((1, 1), (2, 2), (3, 8), (9, _WIDTH))
        page.spans([book.text(f"head_{key}") for key in ("version", "cutoff", "reason", "content")], "head", spans)
        for revision in report.revisions:
            content = revision.content_sha256 or book.text("this_version")
            page.spans((revision.version, revision.cutoff, revision.reason, content), "wrapped", spans)


def _write_contents(page: _Sheet) -> None:
    book = page.book
    page.heading(book.text("contents"))
    lines = -(-len(book.listed) // len(_CONTENTS))
    for place, (name, title) in enumerate(book.listed):
        column, row = divmod(place, lines)
        row += page.row
        cell = page.cells.put(row, _CONTENTS[column], title, "link")
        link(page.cells.sheet, cell.coordinate, book.place(name, "A1"))
