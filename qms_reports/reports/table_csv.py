"""Tables and charts as CSV: attached to the PDF, and beside a workbook that cannot hold them.

The rules, which ``docs/workbook.md`` tells the reader:

- UTF-8 without byte order mark, comma, CRLF after every line, quotes where RFC 4180 wants them, one line of heads.
- Numbers are written as computed, not as rounded for print (``98.23529411764706``), so that a sum or a rate can be
  computed again from the file.  The decimal sign is a point; no digit grouping, no unit and no percent sign.
- Days are ``2024-05-31``, times ``2024-05-31 08:30:00``; a time with a zone is given in UTC with ``+00:00`` behind it.
- A status is its word.  What is not known is empty.
- A text that a spreadsheet could take for a formula gets one apostrophe before it: one that begins with ``=``, ``+``,
  ``-``, ``@``, a tab or a line break, also behind spaces, or with an apostrophe.  So the text itself is what remains
  when one leading apostrophe is taken away.  Numbers are never touched.
- Control characters are made visible as in the workbook.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from qms_reports.charts.specification import Chart
from qms_reports.languages import Language, language
from qms_reports.reports.document import Cell, Column, Figure, Table
from qms_reports.reports.excel_cells import visible_text
from qms_reports.reports.excel_names import unique_heads
from qms_reports.reports.rows import RowSource
from qms_reports.reports.status_pill import split_status

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CHUNK = 2000


def table_file(table_id: str) -> str:
    """Name of a table's CSV file, the same beside a workbook and in a PDF."""
    return f"table-{table_id}.csv"


def chart_file(chart_id: str) -> str:
    """Name of a chart's CSV file."""
    return f"chart-{chart_id}.csv"


def table_csv(table: Table) -> bytes:
    """A table's rows as CSV.

    Args:
        table: Only its own rows are written; `source_csv` writes all rows where the table shows the first of them.

    Returns:
        The file; the same bytes for the same table.

    Raises:
        ValueError: A number is NaN or infinite, or a value is of a type that no table holds; the message names the
            place.
    """
    return b"".join(_lines(table.columns, table.rows, f"table {table.id!r}"))


def source_csv(source: RowSource, name: str) -> Iterator[bytes]:
    """All rows of a source as CSV, in pieces.

    Args:
        source: Read once.
        name: Of the table, for messages.

    Raises:
        ValueError: As `table_csv`, or other rows came than the source has counted.
    """
    return _lines(source.columns, _counted(source, name), f"table {name!r}")


def _counted(source: RowSource, name: str) -> Iterator[Sequence[Cell]]:
    number = 0
    for number, row in enumerate(source, start=1):  # noqa: B007 - read behind the loop
        yield row
    if number != source.count:
        raise ValueError(f"table {name!r}: {number} rows came from a source that said it had {source.count}")


def chart_csv(chart: Chart, language_tag: str = "en") -> bytes:
    """The numbers that a chart shows, as CSV.

    A column of category names and one column for each series; of a scatter, a column of x positions before each series;
    of a histogram the observations, a column for each series.  The target is a column of its own, and what a control
    chart says about its points stands in the column ``Remark``.

    Args:
        chart: Filled.
        language_tag: Language of the heads that are no names of the chart.

    Returns:
        The file; the same bytes for the same chart.

    Raises:
        ValueError: A number is NaN or infinite; the message names the place.
    """
    specification, words = chart.specification, language(language_tag)
    columns: list[tuple[str, Sequence[Cell]]] = []
    if chart.categories:
        columns.append((specification.x_title or words.text("workbook.csv_category"), chart.categories))
    for series in chart.series:
        if series.x:
            columns.append((f"{series.name}: {specification.x_title or 'x'}", series.x))
        columns.append((series.name, series.values))
    if specification.target is not None:
        lines = max((len(cells) for _, cells in columns), default=0)
        columns.append((words.text("workbook.csv_target"), (specification.target,) * lines))
    if remarks := _remarks(chart, words):
        columns.append((words.text("workbook.csv_remark"), remarks))
    kinds = [Column(name, "text" if _is_text(cells) else "number") for name, cells in columns]
    rows = zip_longest(*(cells for _, cells in columns))
    return b"".join(_lines(kinds, rows, f"chart {specification.id!r}"))


def _is_text(cells: Sequence[Cell]) -> bool:
    return any(isinstance(cell, str) for cell in cells)


def _remarks(chart: Chart, words: Language) -> list[str]:
    """A control chart's signals, exclusions and phases by point, as the workbook has them; empty if there are none."""
    if not chart.marks and not chart.phases:
        return []
    said: list[list[str]] = [[] for _ in chart.categories]
    for mark in chart.marks:
        key = "workbook.csv_signal" if mark.kind == "signal" else "workbook.csv_not_judged"
        said[mark.position].append(words.text(key, text=mark.text))
    for phase in chart.phases:
        said[phase.position].append(words.text("workbook.csv_phase", text=phase.text))
    return ["; ".join(texts) for texts in said]


def _lines(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], place: str) -> Iterator[bytes]:
    """Heads and rows, some thousand lines at a time."""
    heads = unique_heads(column.name for column in columns)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    if heads:
        writer.writerow([_guarded(head) for head in heads])
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise ValueError(f"{place}, row {number}: {len(row)} cells, but {len(columns)} columns")
        try:
            writer.writerow([_text(cell, column) for cell, column in zip(row, columns, strict=True)])
        except ValueError as error:
            raise ValueError(f"{place}, row {number}: {error}") from error
        if number % _CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _text(cell: Cell, column: Column) -> str:  # noqa: PLR0911 - one return for each kind of value
    if isinstance(cell, Figure):
        cell = cell.value
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _guarded(split_status(cell)[1] if column.kind == "status" and cell else cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise ValueError(f"column {column.name!r}: {cell!r} is no number")
        return repr(cell)
    if isinstance(cell, dt.datetime):
        return (cell if cell.tzinfo is None else cell.astimezone(dt.UTC)).isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    raise ValueError(f"column {column.name!r}: a {type(cell).__name__} does not fit into a table")


def _guarded(text: str) -> str:
    """The text, which no spreadsheet takes for a formula."""
    text = visible_text(text)
    start = text.lstrip(" \u00a0\u3000")
    return f"'{text}" if start.startswith(_FORMULA_STARTS) else text
