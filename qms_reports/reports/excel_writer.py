"""A report as an Excel workbook: values only, no formulas, no macros, the same bytes for the same report.

What belongs here: which sheets there are, in which order.  What a sheet holds is in `excel_sheets` and `excel_tables`;
what may enter a cell is decided in `excel_cells`.  Nothing in these modules computes, rounds or reorders a figure.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from qms_reports.reports import excel_charts, excel_sheets
from qms_reports.reports.deterministic_zip import DeterministicZip
from qms_reports.reports.document import Report, Table
from qms_reports.reports.excel_cells import CellWriter, safe_text
from qms_reports.reports.excel_names import SheetNames, TableNames
from qms_reports.reports.excel_styles import Styles
from qms_reports.reports.excel_tables import write_table_sheet


def write_excel(report: Report) -> bytes:
    """The report as an ``.xlsx`` file.

    Args:
        report: The document model.

    Returns:
        The file.  Its only time stamp is ``report.cutoff``.

    Raises:
        ValueError: A number is NaN or infinite, a table has more rows than a sheet holds, or a status cell names no
            rating; the message names the place.
    """
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    workbook = Workbook()
    _fill(workbook, report)
    _describe(workbook, report)
    buffer = io.BytesIO()
    with DeterministicZip(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        ExcelWriter(workbook, archive).write_data()  # Workbook.save() would stamp the present time
    return buffer.getvalue()


def _fill(workbook: Any, report: Report) -> None:
    """All sheets in order."""
    sheets, tables, styles = SheetNames(), TableNames(), Styles(workbook)

    def sheet(title: str) -> CellWriter:
        return CellWriter(workbook.create_sheet(sheets.new(title)), styles)

    summary = workbook.active
    summary.title = sheets.new("Summary")
    reserved = {
        name: sheets.new(name) for name in ("Series", "Definitions", "Data quality", "Quarantine", "Provenance")
    }
    excel_sheets.write_summary(CellWriter(summary, styles), report, tables)
    for section in report.sections:
        charts = excel_charts.charts_of(section)
        if charts:
            excel_charts.write_charts(sheet(f"{section.title} charts"), report, section, charts)
        for block in section.blocks:
            if isinstance(block, Table):
                write_table_sheet(
                    sheet(block.title or block.id),
                    report,
                    tables,
                    block.title,
                    block.note,
                    block.columns,
                    block.rows,
                    id=block.id,
                )
    for name, write in (
        ("Series", excel_sheets.write_series),
        ("Definitions", excel_sheets.write_definitions),
        ("Data quality", excel_sheets.write_quality),
        ("Quarantine", excel_sheets.write_quarantine),
        ("Provenance", excel_sheets.write_provenance),
    ):
        write(CellWriter(workbook.create_sheet(reserved[name]), styles), report, tables)


def _describe(workbook: Any, report: Report) -> None:
    """Document properties; the data cut-off is the only time in them."""
    moment = report.cutoff
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    properties = workbook.properties
    properties.title = safe_text(f"{report.title}, {report.period_label}")
    properties.creator = properties.lastModifiedBy = safe_text(report.organization)
    properties.subject = safe_text(f"{report.document_number}, version {report.version}, {report.status}")
    properties.description = safe_text(
        f"{report.provenance.product}; template {report.provenance.template}; data {report.provenance.data_sha256}"
    )
    properties.language = safe_text(report.language)
    properties.created = properties.modified = moment
