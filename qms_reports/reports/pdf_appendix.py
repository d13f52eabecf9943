"""The back of a report: what each KPI means, how good the data were, and where every byte comes from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.document import Definition, Report, Table
from qms_reports.reports.flow import Block, Lines, Solid
from qms_reports.reports.page_frame import COLUMN, MARGIN
from qms_reports.reports.pdf_sections import definition_key, heading, table_block, text_block
from qms_reports.reports.quality_tables import QUARANTINE_COLUMNS, SOURCE_COLUMNS, quarantine_cells, source_cells

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen

_LABEL = 62.0
_SIZE, _LEADING = 7.5, 10.5
_SQL_SIZE, _SQL_LEADING = 6.5, 8.6
_INSET = 6.0
_HASH_DIGITS = 12


def definition_blocks(definitions: tuple[Definition, ...]) -> Iterator[Block]:
    """Every KPI shown: formula in words and as declared, target, source, dataset, version."""
    yield heading("Definitions", "definitions")
    if not definitions:
        yield text_block("No KPI is shown in this report.", color=palette.INK3, gap=0)
    for number, definition in enumerate(definitions):
        yield _definition_title(definition, gap=12.0 if number else 0.0)
        yield labelled("Formula", definition.formula, keep=True)
        facts = (definition.target, definition.source, f"dataset {definition.dataset}")
        yield labelled("Target", "  ·  ".join(filter(None, facts)), keep=bool(definition.sql))
        if definition.sql:
            yield _sql_panel(definition.sql)


def _definition_title(definition: Definition, gap: float) -> Block:
    def paint(pen: Pen, top: float) -> None:
        page = pen.page
        page.destination(definition_key(definition.kpi), top + 10)
        page.bookmark(definition.title, definition_key(definition.kpi), 1)
        with page.content("H3"):
            title = typeface.shorten(typeface.printable(definition.title), typeface.SEMIBOLD, 9.5, COLUMN - 230)
            pen.text(MARGIN, top - 9, title, typeface.SEMIBOLD, 9.5)
        with page.content("P"):
            name = typeface.shorten(
                typeface.printable(f"{definition.kpi} · version {definition.version}"), typeface.REGULAR, 7, 220
            )
            pen.text(MARGIN + COLUMN, top - 9, name, typeface.REGULAR, 7, palette.INK3, "right")
        with page.artifact():
            pen.rule(MARGIN, top - 14, MARGIN + COLUMN, top - 14, palette.RULE, 0.6)

    return Solid(18.0, paint, gap, keep=True)


def labelled(label: str, text: str, *, keep: bool = False, gap: float = 1.5) -> Block:
    """A small label with its text beside it."""
    lines = typeface.wrap(text, typeface.REGULAR, _SIZE, COLUMN - _LABEL)

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        with pen.page.content("P"):
            if start == 0:
                pen.text(MARGIN, top - _SIZE, label, typeface.SEMIBOLD, _SIZE, palette.INK2)
            pen.lines(MARGIN + _LABEL, top - _SIZE, lines[start:stop], typeface.REGULAR, _SIZE, _LEADING, palette.INK)

    return Lines(max(len(lines), 1), _LEADING, paint, gap, keep)


def _sql_panel(sql: str) -> Block:
    """The declaration in small type on a tinted panel; indentation and line breaks as declared."""
    lines: list[tuple[float, str]] = []
    for declared in sql.strip("\n").expandtabs(4).splitlines() or [""]:
        indent = (len(declared) - len(declared.lstrip(" "))) * _SQL_SIZE * 0.45
        indent = min(indent, COLUMN / 3)
        wrapped = typeface.wrap(declared, typeface.REGULAR, _SQL_SIZE, COLUMN - 2 * _INSET - indent)
        lines += [(indent + (8.0 if number else 0.0), line) for number, line in enumerate(wrapped or [""])]

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        with pen.page.artifact():
            height = (stop - start) * _SQL_LEADING
            pen.rounded(MARGIN, top - height - 3.0, COLUMN, height + 6.0, 2.5, fill=palette.PANEL)
        with pen.page.content("P"):
            for number, (indent, line) in enumerate(lines[start:stop]):
                y = top - number * _SQL_LEADING - _SQL_SIZE
                pen.text(MARGIN + _INSET + indent, y, line, typeface.REGULAR, _SQL_SIZE, palette.INK2)

    return Lines(len(lines), _SQL_LEADING, paint, gap=6.0)


def quality_blocks(report: Report) -> Iterator[Block]:
    """Every delivered file with its counts, and the rows that were kept out."""
    quality = report.data_quality
    yield heading("Data quality", "data-quality")
    sources = Table(
        "sources",
        "Files behind this report",
        SOURCE_COLUMNS,
        tuple(source_cells(source, digits=_HASH_DIGITS) for source in quality.sources),
        note="SHA-256 of the delivered file, first 12 digits. Rows read = accepted + quarantined + duplicates.",
    )
    yield table_block(sources, gap=0.0)
    listed = len(quality.quarantined)
    if quality.quarantined_total > listed:
        note = f"{listed} of {quality.quarantined_total} quarantined rows are listed. None of them is in any figure."
    elif listed:
        note = "All quarantined rows are listed. None of them is in any figure."
    else:
        note = "No row was quarantined."
    quarantined = Table(
        "quarantined",
        "Quarantined rows",
        QUARANTINE_COLUMNS,
        tuple(quarantine_cells(row) for row in quality.quarantined),
        note,
    )
    yield table_block(quarantined, gap=18.0)
    for number, text in enumerate(quality.notes):
        yield text_block(text, size=8, leading=11.5, gap=6.0 if number else 12.0)


def provenance_blocks(report: Report) -> Iterator[Block]:
    """The full hashes."""
    trail = report.provenance
    yield heading("Provenance", "provenance")
    facts = (
        ("Product", trail.product),
        ("Document", f"{report.document_number}, version {report.version}, {report.status}"),
        ("Period", f"{report.period_label} ({report.period_key})"),
        ("Data cut-off", report.cutoff_label),
        ("Template", trail.template),
        ("Template hash", trail.template_sha256),
        ("Data hash", trail.data_sha256),
        ("Content hash", trail.content_sha256),
    )
    yield from (labelled(label, text, keep=number < len(facts) - 1) for number, (label, text) in enumerate(facts))
    yield Solid(
        16.0,
        partial(
            _paint_small_print,
            text="Hashes are SHA-256. The same template, data and cut-off give this file again, byte for byte.",
        ),
        gap=4.0,
    )


def _paint_small_print(pen: Pen, top: float, *, text: str) -> None:
    with pen.page.content("P"):
        pen.text(MARGIN, top - 9, text, typeface.REGULAR, 7, palette.INK3)
