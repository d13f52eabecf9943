"""The CSV files inside a PDF: one for each table and each chart, in printing order, as long as they fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from qms_reports.charts.specification import Chart
from qms_reports.languages import language
from qms_reports.reports.document import Figures, Report, Table
from qms_reports.reports.pdf_archive import Attachment
from qms_reports.reports.pdf_control import control_table
from qms_reports.reports.rows import RowSources, rows_of
from qms_reports.reports.table_csv import chart_csv, chart_file, source_csv, table_file

MOST_BYTES = 20_000_000
"""All attachments of a file together; mail and document systems refuse larger ones."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What is attached to a file, and what would have been too much.

    Attributes:
        files: In printing order.
        rows: Lines of each file below its head, in the same order.
        tables: File name and rows by the id of the table, of what is attached.
        left_out: Names of the files that did not fit.
    """

    files: tuple[Attachment, ...]
    rows: tuple[int, ...]
    tables: dict[str, tuple[str, int]]
    left_out: tuple[str, ...]


def attach(report: Report, sources: RowSources, most: int = MOST_BYTES) -> Attached:
    """Write the CSV files of a report.

    Args:
        report: The document.
        sources: All rows of tables that hold only their first.
        most: Bytes that all files together may have; one that does not fit is left out, smaller ones after it are not.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    words = partial(language(report.language).text)
    files: list[Attachment] = []
    counts: list[int] = []
    tables: dict[str, tuple[str, int]] = {}
    left_out: list[str] = []
    left = most
    for name, key, title, count, table, pieces in _candidates(report, sources):
        content = _joined(pieces, left)
        if content is None:
            left_out.append(name)
            continue
        left -= len(content)
        files.append(Attachment(name, words(f"pdf.{key}", title=title), content))
        counts.append(count)
        if table:
            tables[table] = (name, count)
    return Attached(tuple(files), tuple(counts), tables, tuple(left_out))


def _joined(pieces: Iterable[bytes], most: int) -> bytes | None:
    """The whole file, or None as soon as it is seen to be larger."""
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            return None
        kept.append(piece)
    return b"".join(kept)


_Candidate = tuple[str, str, str, int, str, Iterable[bytes]]
"""File name, key of its description, title, rows, id of the table (empty for a chart), content."""


def _candidates(report: Report, sources: RowSources) -> Iterator[_Candidate]:
    def of_table(table: Table, key: str = "attached_table", title: str = "") -> _Candidate:
        rows, name = rows_of(table, sources), table_file(table.id)
        return name, key, title or table.title or table.id, rows.count, table.id, source_csv(rows, table.id)

    if report.control_totals:
        yield of_table(control_table(report))
    if report.actions is not None:
        yield of_table(report.actions)
    for block in (block for section in report.sections for block in section.blocks):
        if isinstance(block, Table):
            yield of_table(block)
        elif isinstance(block, Figures):
            yield from (_of_chart(chart, report.language) for chart in block.charts)
    for appendix in report.appendices:
        yield of_table(appendix.table, "attached_records", appendix.title)
        if appendix.exposure is not None:
            yield of_table(appendix.exposure, "attached_exposure", appendix.title)


def _of_chart(chart: Chart, language_tag: str) -> _Candidate:
    content = chart_csv(chart, language_tag)
    lines = content.count(b"\r\n") - 1
    return chart_file(chart.specification.id), "attached_chart", chart.specification.title, lines, "", (content,)
