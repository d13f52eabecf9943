"""The sheets of a workbook besides tables and charts: summary, series, definitions, quality, origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qms_reports.reports.document import Column, Figure, Paragraph, Report, Tile
from qms_reports.reports.excel_cells import CellWriter
from qms_reports.reports.excel_names import TableNames
from qms_reports.reports.excel_tables import set_up_page, wrapped_lines, write_table, write_table_sheet
from qms_reports.reports.quality_tables import QUARANTINE_COLUMNS, SOURCE_COLUMNS, quarantine_cells, source_cells

SIGNAL_WORDS = {"signal": "Beyond", "noise": "Within", "unknown": "Not judged"}
_SUMMARY_COLUMNS = (
    Column("Part"),
    Column("KPI"),
    Column("Value", "number"),
    Column("Unit"),
    Column("Basis"),
    Column("Interval"),
    Column("Change"),
    Column("Compared with"),
    Column("Target"),
    Column("Status", "status"),
    Column("Period"),
    Column("Noise"),
    Column("Judged by"),
)
_SERIES_COLUMNS = (Column("KPI"), Column("Title"), Column("Period"), Column("Value", "number"), Column("Unit"))
_DEFINITION_COLUMNS = (
    Column("KPI"),
    Column("Title"),
    Column("Version"),
    Column("Formula"),
    Column("As declared"),
    Column("Target"),
    Column("Source"),
    Column("Dataset"),
)


def parts(report: Report) -> Iterator[tuple[str, Tile]]:
    """Every tile with the name of the part it stands in, in reading order."""
    for tile in report.tiles:
        yield "Headline", tile
    for section in report.sections:
        for tile in section.tiles:
            yield section.title, tile


def write_summary(cells: CellWriter, report: Report, names: TableNames) -> None:
    """Title block, headline, every KPI as a number, and the report's paragraphs."""
    cells.put(1, 1, report.title, "title")
    cells.put(2, 1, f"{report.organization} · {report.period_label}", "subtitle")
    cells.put(3, 1, f"{report.document_number} · version {report.version} · {report.status}", "subtitle")
    cells.put(4, 1, f"Data as of {report.cutoff_label}", "subtitle")
    cells.sheet.row_dimensions[1].height = 28.0
    for row in (2, 3, 4):
        cells.sheet.row_dimensions[row].height = 16.0
    if report.headline:
        cells.put(6, 1, report.headline, "headline")
        cells.sheet.merge_cells(start_row=6, start_column=1, end_row=6, end_column=len(_SUMMARY_COLUMNS))
        cells.sheet.row_dimensions[6].height = 34.0
    rows = [
        (
            part,
            tile.title,
            tile.text if tile.value is None else Figure(tile.value, tile.decimals),
            tile.unit,
            tile.fraction,
            tile.interval,
            tile.change,
            tile.comparator,
            tile.target,
            f"{tile.status}:{tile.status_text}",
            report.period_label,
            SIGNAL_WORDS[tile.signal],
            tile.signal_basis,
        )
        for part, tile in parts(report)
    ]
    row = write_table(cells, 8, _SUMMARY_COLUMNS, rows, names.new("summary")) + 2
    for section in report.sections:
        paragraphs = [block.text for block in section.blocks if isinstance(block, Paragraph)]
        if paragraphs:
            cells.put(row, 1, section.title, "heading")
            for text in paragraphs:
                row += 1
                cells.put(row, 1, text, "wrapped")
                cells.sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(_SUMMARY_COLUMNS))
                cells.sheet.row_dimensions[row].height = min(13.5 * wrapped_lines(text, 150.0) + 3.0, 400.0)
            row += 2
    set_up_page(cells.sheet, report)


def write_series(cells: CellWriter, report: Report, names: TableNames) -> None:
    """The series of every KPI: one row per KPI and period."""
    rows: list[tuple[Any, ...]] = []
    for tile in dict.fromkeys(tile for _, tile in parts(report)):
        for number, value in enumerate(tile.series):
            label = tile.series_labels[number] if number < len(tile.series_labels) else str(number + 1)
            shown = None if value is None else Figure(value, tile.decimals)
            rows.append((tile.kpi, tile.title, label, shown, tile.unit))
    note = "One row per KPI and period, oldest first; an empty value is a period without a figure."
    write_table_sheet(cells, report, names, "Series", note, _SERIES_COLUMNS, rows, id="series")


def write_definitions(cells: CellWriter, report: Report, names: TableNames) -> None:
    """What every KPI shown means."""
    rows = [(d.kpi, d.title, d.version, d.formula, d.sql, d.target, d.source, d.dataset) for d in report.definitions]
    write_table_sheet(
        cells,
        report,
        names,
        "Definitions",
        "Every KPI shown in this report.",
        _DEFINITION_COLUMNS,
        rows,
        id="definitions",
        code=("As declared",),
    )


def write_quality(cells: CellWriter, report: Report, names: TableNames) -> None:
    """Every delivered file with its counts, and the notes."""
    quality = report.data_quality
    rows = [source_cells(source) for source in quality.sources]
    note = "Every delivered file behind this report. Rows read = accepted + quarantined + duplicates."
    write_table_sheet(cells, report, names, "Data quality", note, SOURCE_COLUMNS, rows, id="sources")
    below = 4 + max(len(rows), 1) + 2
    for number, text in enumerate(quality.notes):
        cells.put(below + number, 1, text, "note")


def write_quarantine(cells: CellWriter, report: Report, names: TableNames) -> None:
    """The rows that were kept out of every figure."""
    quality = report.data_quality
    write_table_sheet(
        cells,
        report,
        names,
        "Quarantined rows",
        f"{len(quality.quarantined)} of {quality.quarantined_total} quarantined rows are listed.",
        QUARANTINE_COLUMNS,
        [quarantine_cells(row) for row in quality.quarantined],
        id="quarantine",
    )


def write_provenance(cells: CellWriter, report: Report, names: TableNames) -> None:
    """Where every byte comes from."""
    trail = report.provenance
    rows = [
        ("Product", trail.product),
        ("Document", f"{report.document_number}, version {report.version}, {report.status}"),
        ("Period", report.period_key),
        ("Data cut-off", report.cutoff_label),
        ("Template", trail.template),
        ("Template SHA-256", trail.template_sha256),
        ("Data SHA-256", trail.data_sha256),
        ("Content SHA-256", trail.content_sha256),
        *trail.entries,
    ]
    write_table_sheet(
        cells,
        report,
        names,
        "Provenance",
        "The same template, data and cut-off give this file again, byte for byte.",
        (Column("Entry"), Column("Value")),
        rows,
        id="provenance",
    )
