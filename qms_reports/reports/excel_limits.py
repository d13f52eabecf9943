"""What does not fit into a worksheet, and the CSV files that hold it instead: nothing is left out without a word."""

from __future__ import annotations

from collections.abc import Iterator

from qms_reports.reports.document import Report, Table
from qms_reports.reports.excel_cells import MOST_COLUMNS, MOST_ROWS, too_long
from qms_reports.reports.rows import NO_SOURCES, RowSource, RowSources, rows_of
from qms_reports.reports.table_csv import source_csv, table_file

HEAD_ROW = 4
"""Row of the head on a sheet that holds one table."""


def most_rows() -> int:
    """Rows of a table that a sheet has room for."""
    return MOST_ROWS - HEAD_ROW


def fits(source: RowSource) -> bool:
    """Whether a sheet has room for all rows and columns."""
    return source.count <= most_rows() and len(source.columns) <= MOST_COLUMNS


def cut_texts(source: RowSource, table: Table) -> int:
    """Texts that a cell cannot hold, among the rows that the table itself holds."""
    if not fits(source):
        return 0
    return sum(isinstance(cell, str) and too_long(cell) for row in table.rows for cell in row)


def tables_of(report: Report) -> Iterator[Table]:
    """Every table of a report: of the sections, the actions, the appendices."""
    for section in report.sections:
        yield from (block for block in section.blocks if isinstance(block, Table))
    if report.actions is not None:
        yield report.actions
    for appendix in report.appendices:
        yield appendix.table
        if appendix.exposure is not None:
            yield appendix.exposure


def companion_files(report: Report, sources: RowSources = NO_SOURCES) -> dict[str, Iterator[bytes]]:
    """The files that belong beside a workbook, as its sheets say: whole tables that it cannot hold.

    Args:
        report: The document model.
        sources: All rows of tables of which the report holds only the first.

    Returns:
        Name of each file and its content in pieces, to be written to disk without holding it; empty for most reports.
    """
    files = {}
    for table in tables_of(report):
        source = rows_of(table, sources)
        if not fits(source) or cut_texts(source, table):
            files[table_file(table.id)] = source_csv(source, table.id)
    return files
