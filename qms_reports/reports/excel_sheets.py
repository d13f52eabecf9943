"""The sheets of a workbook besides summary, tables and charts: series, definitions, records, quality, origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from qms_reports.reports.document import Appendix, Cell, Column, ColumnKind, Figure, Report, Table, Tile
from qms_reports.reports.excel_book import LINK_ROW, Book
from qms_reports.reports.excel_cells import CellWriter
from qms_reports.reports.excel_limits import HEAD_ROW
from qms_reports.reports.excel_package import add_block, last_row
from qms_reports.reports.excel_rows import RowBlock
from qms_reports.reports.quality_tables import quarantine_cells, source_cells


def parts(report: Report, headline: str) -> Iterator[tuple[str, Tile]]:
    """Every tile with the name of the part it stands in, in reading order."""
    for tile in report.tiles:
        yield headline, tile
    for section in report.sections:
        for tile in section.tiles:
            yield section.title, tile


def columns_of(book: Book, *heads: str) -> tuple[Column, ...]:
    """Columns by the keys of their heads; ``value:number`` is a column of numbers."""
    columns = []
    for head in heads:
        key, _, kind = head.partition(":")
        wanted: ColumnKind = next((k for k in _KINDS if k == kind), "text")
        columns.append(Column(book.text(f"head_{key}"), wanted))
    return tuple(columns)


_KINDS: tuple[ColumnKind, ...] = ("integer", "number", "status")


def write_series(book: Book) -> None:
    """The series of every KPI: one row per KPI and period."""
    rows: list[tuple[Cell, ...]] = []
    for tile in dict.fromkeys(tile for _, tile in parts(book.report, "")):
        for number, value in enumerate(tile.series):
            label = tile.series_labels[number] if number < len(tile.series_labels) else str(number + 1)
            shown = None if value is None else Figure(value, tile.decimals)
            rows.append((tile.kpi, tile.title, label, shown, tile.unit))
    columns = columns_of(book, "id", "title", "period", "value:number", "unit")
    _sheet(book, "series", "series", book.text("series_note"), columns, rows)


def write_definitions(book: Book) -> None:
    """What every KPI shown means; each leads to the records behind its number."""
    rows = [
        (
            book.linked(d.kpi, f"appendix:{d.kpi}"),
            d.title,
            d.version,
            d.formula,
            d.sql,
            d.target,
            d.source,
            d.dataset,
            d.code,
        )
        for d in book.report.definitions
    ]
    columns = columns_of(book, "id", "title", "version", "formula", "declared", "target", "clause", "dataset", "code")
    code = (book.text("head_declared"),)
    cells = _sheet(book, "definitions", "definitions", book.text("definitions_note"), columns, rows, code=code)
    for row, definition in enumerate(book.report.definitions, start=HEAD_ROW + 1):
        book.link(cells, f"A{row}", f"appendix:{definition.kpi}", book.text("tip_appendix"))


def write_appendix(book: Book, appendix: Appendix) -> None:
    """The records behind one number, all of them."""
    title = book.text("appendix_title", title=appendix.title)
    cells = book.add(book.reserve_appendix(appendix), title)
    said = " · ".join(filter(None, (appendix.value, appendix.parts)))
    book.report_table(cells, appendix.table, title, said)
    if book.link(cells, f"B{LINK_ROW}", f"definition:{appendix.kpi}", book.text("tip_definition")):
        cells.put(LINK_ROW, 2, book.text("to_definition"), "link")
    if (exposure := appendix.exposure) is not None:
        title = exposure.title or book.text("exposure_title", title=appendix.title)
        wish = book.text("sheet_exposure", kpi=book.short_name(appendix))
        book.report_table(book.add(book.sheet_names.new(wish), title), exposure, title)


def write_quality(book: Book) -> None:
    """Every delivered file with its counts, and the notes."""
    quality = book.report.data_quality
    columns = columns_of(
        book,
        *("dataset", "source", "file", "sha256", "received"),
        *("read:integer", "accepted:integer", "quarantined:integer", "duplicates:integer"),
    )
    rows = [source_cells(source) for source in quality.sources]
    cells = _sheet(book, "quality", "sources", book.text("quality_note"), columns, rows)
    below = HEAD_ROW + max(len(rows), 1) + 2
    for number, text in enumerate(quality.notes):
        cells.put(below + number, 1, text, "note")


def write_quarantine(book: Book) -> None:
    """The rows that were kept out of every figure."""
    quality = book.report.data_quality
    shown, whole = (book.words.number(n, 0) for n in (len(quality.quarantined), quality.quarantined_total))
    columns = columns_of(book, "dataset", "file", "row:integer", "rule", "column", "value", "message")
    rows = [quarantine_cells(row) for row in quality.quarantined]
    note = book.text("quarantine_note", shown=shown, all=whole)
    _sheet(book, "quarantine", "quarantine", note, columns, rows, title=book.text("quarantine_title"))


def write_provenance(book: Book) -> None:
    """Where every byte comes from, and which values stand in the workbook in another form than in the report."""
    report, trail = book.report, book.report.provenance
    version = book.text("version", version=report.version)
    rows = [
        (book.text("entry_product"), trail.product),
        (book.text("entry_document"), f"{report.document_number}, {version}, {report.status}"),
        (book.text("head_period"), report.period_key),
        *((title, value) for title, value in report.parameters),
        (book.text("head_cutoff"), report.cutoff_label),
        (book.text("entry_template"), trail.template),
        (book.text("entry_template_sha256"), trail.template_sha256),
        (book.text("entry_data_sha256"), trail.data_sha256),
        (book.text("head_content"), trail.content_sha256),
        *trail.entries,
    ]
    columns = columns_of(book, "entry", "value")
    cells = _sheet(book, "provenance", "provenance", book.text("provenance_note"), columns, rows)
    top = last_row(cells.sheet) + 2
    cells.put(top, 1, book.text("stored_title"), "label")
    plain = (Column(""), Column(""))
    add_block(
        cells.sheet,
        RowBlock(top + 1, plain, ("", ""), ("wrapped", "wrapped"), _Stored(book), None, "values in another form"),
    )


class _Stored:
    """The notes of the guard, read when all other rows are written."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        guard, text = self._book.guard, self._book.text
        if not guard.count:
            return iter([(text("stored_none"), None)])
        more = guard.count - len(guard.notes)
        rest = [(text("stored_more", count=self._book.words.number(more, 0)), None)] if more else []
        return chain(((place, text(f"stored_{change}")) for place, change in tuple(guard.notes)), rest)


def _sheet(
    book: Book,
    key: str,
    id: str,  # noqa: A002 - the table's id, as the document model calls it
    note: str,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[Cell, ...]],
    *,
    title: str = "",
    code: tuple[str, ...] = (),
) -> CellWriter:
    """One of the fixed sheets."""
    name = book.reserve(key)
    title = title or name
    cells = book.add(name, title)
    book.plain_table_sheet(cells, Table(id, title, columns, tuple(rows), note), code=code)
    return cells
