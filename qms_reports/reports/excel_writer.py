"""A report as an Excel workbook: values only, no formulas, no macros, the same bytes for the same report.

What belongs here: which sheets there are, in which order.  What a sheet holds is in `excel_summary`, `excel_sheets`,
`excel_charts` and `excel_tables`; what may enter a cell is decided in `excel_cells`.  Nothing in these modules
computes, rounds or reorders a figure.
"""

from __future__ import annotations

import datetime as dt
import io
from functools import partial
from typing import IO, Any

from qms_reports.reports import excel_sheets
from qms_reports.reports.document import Report, Table
from qms_reports.reports.embedded_document import workbook_part
from qms_reports.reports.excel_book import Book
from qms_reports.reports.excel_cells import safe_text
from qms_reports.reports.excel_charts import charts_of, write_charts
from qms_reports.reports.excel_limits import HEAD_ROW, companion_files
from qms_reports.reports.excel_package import write_package
from qms_reports.reports.excel_summary import write_summary
from qms_reports.reports.rows import NO_SOURCES, RowSources

__all__ = ["companion_files", "write_excel", "write_excel_to"]


def write_excel(report: Report, sources: RowSources = NO_SOURCES) -> bytes:
    """The report as an ``.xlsx`` file.

    Whoever publishes it also writes the files of `companion_files`, to which its sheets refer.

    Args:
        report: The document model.
        sources: All rows of tables of which the report holds only the first, by the id of the table.

    Returns:
        The file.  Its only time stamp is ``report.cutoff``.

    Raises:
        ValueError: A number is NaN or infinite, a status cell names no rating, or a source has other columns than its
            table; the message names the place.
    """
    buffer = io.BytesIO()
    write_excel_to(buffer, report, sources)
    return buffer.getvalue()


def write_excel_to(target: IO[bytes], report: Report, sources: RowSources = NO_SOURCES) -> None:
    """The same into a file that can seek, in memory that does not grow with the rows of the sources.

    Args:
        target: Open for binary writing.
        report: The document model.
        sources: As for `write_excel`.

    Raises:
        ValueError: As `write_excel`.
        RuntimeError: openpyxl was set up before this package was imported.
    """
    from openpyxl import LXML, Workbook

    if LXML:  # qms_reports/__init__.py turns it off: with lxml, openpyxl writes the same workbook in other bytes
        raise RuntimeError("openpyxl was imported before qms_reports and uses lxml; import qms_reports first")
    workbook = Workbook()
    book = Book(workbook, report, sources)
    _fill(book)
    _describe(workbook, report)
    write_package(workbook, target, book.styles, book.guard, partial(workbook_part, report))


def _fill(book: Book) -> None:
    """All sheets in order."""
    report = book.report
    for key in ("summary", "series", "definitions", "quality", "quarantine", "provenance"):
        book.reserve(key)
    summary = book.workbook.active
    summary.title = book.reserve("summary")
    _reserve_places(book)
    if report.actions is not None:
        cells = book.add(book.sheet_names.new(book.text("sheet_actions")), book.text("actions"))
        book.report_table(cells, report.actions, report.actions.title or book.text("actions"))
    for section in report.sections:
        if charts := charts_of(section):
            name = book.sheet_names.new(book.text("sheet_charts", section=section.title))
            write_charts(book, book.add(name, name), section, charts)
        for block in section.blocks:
            if isinstance(block, Table):
                title = block.title or block.id
                book.report_table(book.add(book.sheet_names.new(title), title), block)
    excel_sheets.write_series(book)
    excel_sheets.write_definitions(book)
    for appendix in report.appendices:
        excel_sheets.write_appendix(book, appendix)
    excel_sheets.write_quality(book)
    excel_sheets.write_quarantine(book)
    excel_sheets.write_provenance(book)
    write_summary(book, summary)


def _reserve_places(book: Book) -> None:
    """Where definitions and appendices will stand, so that sheets before them can lead there."""
    sheet = book.reserve("definitions")
    for row, definition in enumerate(book.report.definitions, start=HEAD_ROW + 1):
        book.places[f"definition:{definition.kpi}"] = book.place(sheet, f"A{row}")
    for appendix in book.report.appendices:
        name = book.reserve_appendix(appendix)
        book.places[f"appendix:{appendix.kpi}"] = book.place(name, "A1")


def _describe(workbook: Any, report: Report) -> None:
    """Document properties; the data cut-off is the only time in them."""
    moment = report.cutoff
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    properties = workbook.properties
    properties.title = safe_text(f"{report.title}, {report.period_label}")
    properties.creator = properties.lastModifiedBy = safe_text(report.prepared_by or report.organization)
    properties.subject = safe_text(f"{report.document_number}, version {report.version}, {report.status}")
    properties.description = safe_text(
        f"{report.provenance.product}; template {report.provenance.template}; data {report.provenance.data_sha256}"
    )
    properties.identifier = safe_text(report.document_number)
    properties.version = safe_text(report.version)
    properties.contentStatus = "Final" if report.final else "Draft"
    properties.category = safe_text(report.classification) or None
    properties.language = safe_text(report.language)
    properties.created = properties.modified = moment
