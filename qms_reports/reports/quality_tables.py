"""The data-quality tables that both writers show, so that PDF and workbook list the same facts."""

from __future__ import annotations

from qms_reports.reports.document import Cell, Column, Figure, QuarantinedRow, SourceQuality

SOURCE_COLUMNS = (
    Column("Dataset"),
    Column("Source"),
    Column("File", weight=2.0),
    Column("SHA-256"),
    Column("Received"),
    Column("Rows read", "integer"),
    Column("Accepted", "integer"),
    Column("Quarantined", "integer"),
    Column("Duplicates", "integer"),
)

QUARANTINE_COLUMNS = (
    Column("Dataset"),
    Column("File"),
    Column("Row", "integer"),
    Column("Rule"),
    Column("Column"),
    Column("Value"),
    Column("Message", weight=2.0),
)


def source_cells(source: SourceQuality, digits: int | None = None) -> tuple[Cell, ...]:
    """The cells of one delivered file, in the order of `SOURCE_COLUMNS`; `digits` shortens the hash."""
    return (
        source.dataset,
        source.source,
        source.file,
        source.sha256[:digits],
        source.received,
        Figure(source.rows_read, 0),
        Figure(source.rows_accepted, 0),
        Figure(source.rows_quarantined, 0),
        Figure(source.rows_duplicate, 0),
    )


def quarantine_cells(row: QuarantinedRow) -> tuple[Cell, ...]:
    """The cells of one quarantined row, in the order of `QUARANTINE_COLUMNS`."""
    return (row.dataset, row.file, row.row, row.rule, row.column, row.value, row.message)
