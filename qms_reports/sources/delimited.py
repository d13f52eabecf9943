"""Delimited text (CSV, TSV …).

DuckDB reads CSV many times faster than Python but not always faithfully: version 2.0 drops a surplus empty cell at the
end of a record and blanks around quotes, takes blank lines for records when there is one column, refuses mixed line
ends, and numbers rejected records wrongly. So each file is first read through by DuckDB, and the result is accepted
only if every byte of the file is accounted for:

    bytes of the file that are neither quote nor line end
      = bytes of all cells that are neither quote nor line end + (columns - 1) delimiters a record

Where that does not hold, or DuckDB complains, Python's ``csv`` splits the file record by record into a plain copy, and
every record that does not fit the header is set aside with its number, its line and the reason.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from qms_reports.sources.format import FileFormat
from qms_reports.sources.raw_table import (
    CELL_LIMIT,
    NO_REJECTS,
    PlainCopy,
    RawTable,
    RejectedRow,
    UnreadableFile,
    checked_columns,
    identifier,
    path_literal,
    text_literal,
)
from qms_reports.sources.sniffing import DELIMITER_NAMES, field_counts, find_delimiter
from qms_reports.sources.transcoding import ByteCounts, CleanText

if TYPE_CHECKING:
    import duckdb

_SAMPLE_LINES = 400
_SAMPLE_CHARACTERS = 4 * 1024 * 1024
_LINE_LIMIT = 3 * CELL_LIMIT
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_DELIMITER = "\x1f"
"""Stands for the delimiter of a file of one column: "unit separator", which no text contains."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How the records of one file are split."""

    file: str
    columns: tuple[str, ...]
    delimiter: str
    quote: str
    prefix: str
    """Text up to and with the header; the records follow."""

    @property
    def prefix_lines(self) -> int:
        return _line_ends(self.prefix) or 1

    def reader(self, lines: Iterator[str], *, strict: bool) -> Iterator[list[str]]:
        """A reader of the standard library for this dialect."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=strict,
        )


def open_delimited(
    file: str, text: CleanText, form: FileFormat, connection: "duckdb.DuckDBPyConnection", workdir: Path
) -> RawTable:
    """Open delimited text.

    Args:
        file: Name of the delivered file, for messages.
        text: The file as UTF-8.
        form: Declared format.
        connection: Used to read the file through once.
        workdir: Where a plain copy is written if one is needed.

    Raises:
        UnreadableFile: No header, unclear delimiter, unusable column names, or a quote that is never closed.
    """
    csv.field_size_limit(CELL_LIMIT)
    dialect = _dialect(file, text, form)
    delimiter = "" if dialect.delimiter == _NO_DELIMITER else dialect.delimiter
    sql, rejects_sql = _direct(text, dialect, connection), NO_REJECTS
    if not sql:
        with PlainCopy(workdir) as copy:
            _split_into(copy, text, dialect)
        sql, rejects_sql = copy.sql(dialect.columns), copy.rejects_sql()
    return RawTable(
        dialect.columns, sql, rejects_sql, text.suspicious, "csv", text.encoding, delimiter, text.delivered_compression
    )


# ------------------------------------------------------------------------------------------------ header


def _dialect(file: str, text: CleanText, form: FileFormat) -> _Dialect:
    """Find header and delimiter from the first lines."""
    with text.lines() as stream:
        lines = _limited(file, stream)
        above = list(islice(lines, form.header_row - 1))
        blank: list[str] = []
        for header in lines:
            if header.strip():
                break
            blank.append(header)
        else:
            if any(line.strip() for line in above):
                found = len(above) + len(blank)
                fault = f"the header is declared to stand in line {form.header_row}, but the file has {found} lines"
                raise UnreadableFile(file, fault, "Declare the right header_row")
            raise UnreadableFile(file, "the file is empty: it has no header row")
        sample, complete = _sample(header, lines)
    line = len(above) + len(blank) + 1
    delimiter = form.delimiter
    if delimiter == "auto":
        delimiter = find_delimiter(file, sample, complete=complete, quote=form.quote, header_line=line) or _NO_DELIMITER
    else:
        _check_declared(file, form, sample, complete=complete, header_line=line)
    header_lines, names = _header(file, sample, delimiter, form.quote, line)
    columns = checked_columns(file, names, f"line {line}")
    return _Dialect(file, columns, delimiter, form.quote, "".join([*above, *blank, *header_lines]))


def _sample(header: str, lines: Iterator[str]) -> tuple[list[str], bool]:
    """The first lines from the header on, and whether these are all."""
    sample, characters = [header], len(header)
    for line in lines:
        if len(sample) >= _SAMPLE_LINES or characters >= _SAMPLE_CHARACTERS:
            return sample, False
        sample.append(line)
        characters += len(line)
    return sample, True


def _header(file: str, sample: list[str], delimiter: str, quote: str, line: int) -> tuple[list[str], list[str]]:
    """The lines of the header record and its cells."""
    used: list[str] = []

    def recorded() -> Iterator[str]:
        for text in sample:
            used.append(text)
            yield text

    dialect = _Dialect(file, (), delimiter, quote, "")
    try:
        return used, next(dialect.reader(recorded(), strict=True))
    except csv.Error as error:
        fault = f"the header in line {line} cannot be split into names ({error})"
        raise UnreadableFile(file, fault, "Check the quotes in that line, or declare header_row") from None


def _check_declared(file: str, form: FileFormat, sample: list[str], *, complete: bool, header_line: int) -> None:
    """Refuse a declared delimiter that leaves the whole header in one cell while another would split it."""
    if len(form.delimiter) != 1 or form.delimiter in "\r\n" or form.delimiter == form.quote:
        raise UnreadableFile(file, f"the declared delimiter {form.delimiter!r} is not one usable character")
    if field_counts(sample, form.delimiter, form.quote)[0] > 1:
        return
    try:
        meant = find_delimiter(file, sample, complete=complete, quote=form.quote, header_line=header_line)
    except UnreadableFile:
        return
    if meant and meant != form.delimiter:
        declared = DELIMITER_NAMES.get(form.delimiter, repr(form.delimiter))
        fault = f"the delimiter is declared as {declared}, but then the whole header (line {header_line}) is one cell"
        raise UnreadableFile(file, fault, f"The delimiter is probably {DELIMITER_NAMES[meant]} ({meant!r})")


# ------------------------------------------------------------------------------------------------ by DuckDB


def _direct(text: CleanText, dialect: _Dialect, connection: "duckdb.DuckDBPyConnection") -> str:
    """SELECT that lets DuckDB read the file where it lies; empty if it would not read it faithfully."""
    import duckdb

    counts = text.counts
    mixed = counts.carriage_returns > counts.pairs and counts.line_feeds > 0
    # A quote opened at the very end, with nothing behind it, is passed over by DuckDB.
    last_line = counts.tail.rstrip(b"\r\n").replace(b"\r", b"\n").rpartition(b"\n")[2]
    open_end = bool(last_line) and not last_line.strip(dialect.quote.encode() or None)
    skipped = dialect.prefix_lines
    if dialect.quote and dialect.quote in dialect.prefix:
        # DuckDB skips records, not lines; the two agree only if the header is all there is to skip.
        skipped = 1 if dialect.prefix_lines == 1 else 0
    # It also joins what stands on both sides of blanks between quotes: "a" "b" becomes a b.
    if mixed or open_end or counts.gaps or len(dialect.columns) == 1 or not skipped:
        return ""
    names = [f"c{position}" for position in range(len(dialect.columns))]
    quote = text_literal(dialect.quote)
    reader = (
        f"read_csv({path_literal(text.path)}, auto_detect=false, header=false, strict_mode=true, "
        f"columns={{{', '.join(f'{name}: ' + text_literal('VARCHAR') for name in names)}}}, "
        f"force_not_null=[{', '.join(text_literal(name) for name in names)}], "
        f"delim={text_literal(dialect.delimiter)}, quote={quote}, escape={quote}, comment='', skip={skipped}, "
        f"compression={text_literal(text.compression)}, hive_partitioning=false, "
        f"parallel={'false' if counts.quotes else 'true'})"
    )
    cells = " + ".join(_bytes_of(name, dialect.quote) if counts.quotes else f"strlen({name})" for name in names)
    try:
        # Constants of the dialect only; the connection belongs to the reader of sources.
        found = connection.execute(f"SELECT count(*), coalesce(sum({cells}), 0)::BIGINT FROM {reader}").fetchall()
    except duckdb.Error:
        return ""
    records, cell_bytes = found[0]
    if _data_bytes(text, dialect) != cell_bytes + records * (len(names) - 1):
        return ""
    named = ", ".join(f"{name} AS {identifier(column)}" for name, column in zip(names, dialect.columns, strict=True))
    # A window without an order numbers the records as they stand in the file: DuckDB reads for it in order, which
    # preserve_insertion_order guarantees.
    return f"SELECT {named}, row_number() OVER () AS _row FROM {reader}"


def _bytes_of(column: str, quote: str) -> str:
    """SQL for the bytes of a cell that are neither quotes nor line ends; few cells hold any."""
    marks = (text_literal(quote), "chr(10)", "chr(13)")
    some = " OR ".join(f"contains({column}, {mark})" for mark in marks)
    return f"strlen(CASE WHEN {some} THEN translate({column}, {' || '.join(marks)}, '') ELSE {column} END)"


def _data_bytes(text: CleanText, dialect: _Dialect) -> int:
    """Bytes behind the header that are neither quotes nor line ends."""
    above, quote = ByteCounts(), dialect.quote.encode()
    above.add(("\ufeff" if text.marked else "").encode() + dialect.prefix.encode(), quote)
    whole = text.counts
    return (whole.total - whole.line_feeds - whole.carriage_returns - whole.quotes) - (
        above.total - above.line_feeds - above.carriage_returns - above.quotes
    )


# ------------------------------------------------------------------------------------------------ by Python


class _Lines:
    """Lines handed to a CSV reader, remembered until the record they make is finished."""

    def __init__(self, lines: Iterator[str], first: int) -> None:
        self._lines = lines
        self._ahead = next(lines, None)
        self.used: list[str] = []
        self.start = first
        """Line of the file where the current record starts."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._ahead
        if line is None:
            raise StopIteration
        self.used.append(line)
        self._ahead = next(self._lines, None)
        return line

    @property
    def ended(self) -> bool:
        return self._ahead is None

    def finish_record(self) -> None:
        self.start += len(self.used)
        self.used.clear()


def _line_ends(text: str) -> int:
    return len(_LINE_END.findall(text))


def _limited(file: str, lines: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; a line without end in sight must not fill the memory."""
    number = 0
    while line := lines.readline(_LINE_LIMIT):
        number += 1
        if len(line) == _LINE_LIMIT and line[-1] not in "\r\n":
            fault = f"line {number} is longer than {_LINE_LIMIT:,} characters"
            raise UnreadableFile(file, fault, "Check that the file has line ends")
        yield line


def _split_into(copy: PlainCopy, text: CleanText, dialect: _Dialect) -> None:
    """Write the records that fit the header to a plain copy, and put down the others as rejected."""
    expected = len(dialect.columns)
    with text.lines() as stream:
        behind_header = islice(_limited(dialect.file, stream), dialect.prefix_lines, None)
        lines = _Lines(behind_header, dialect.prefix_lines + 1)
        reader = dialect.reader(lines, strict=True)
        row = 0
        while True:
            fault = ""
            try:
                cells = next(reader, None)
            except csv.Error as error:
                cells, fault = _past_fault(dialect, lines, error)
            if cells is None:
                return
            if cells:  # a blank line gives none and is no record
                row += 1
                if not fault and len(cells) == expected:
                    copy.add_all(row, cells)
                else:
                    copy.reject(_rejected(dialect, lines, row, cells, fault))
            lines.finish_record()


def _past_fault(dialect: _Dialect, lines: _Lines, error: csv.Error) -> tuple[list[str], str]:
    """Read on to the end of a record whose quotes are wrong, so that the next record is read whole.

    Returns:
        The cells as a lenient reader splits them, and the fault.

    Raises:
        UnreadableFile: A cell has no end within the file or the limit: a quote was never closed.
    """
    known = len(lines.used)
    closed = "unexpected end" not in str(error)
    oversized = "field limit" in str(error)
    cells: list[str] = []
    if not oversized:
        try:
            cells = next(dialect.reader(chain(list(lines.used), lines), strict=False))
        except csv.Error:
            oversized = True
    if oversized:
        fault = f"a cell of the record that starts in line {lines.start} is longer than {CELL_LIMIT:,} characters"
        raise UnreadableFile(dialect.file, fault, "Probably a quote is opened there and never closed")
    if not closed or (len(lines.used) > known and lines.ended):
        opened = lines.start + sum(map(_line_ends, lines.used)) - _line_ends(cells[-1])
        fault = f"a quote opened in line {opened} is never closed"
        raise UnreadableFile(dialect.file, fault, "Close it, or double it if it is part of the text")
    return cells, "a quoted cell is followed by other text (a quote inside a quoted cell must be doubled)"


def _rejected(dialect: _Dialect, lines: _Lines, row: int, cells: list[str], fault: str) -> RejectedRow:
    """Why a record does not fit the header."""
    expected, column = len(dialect.columns), ""
    if not fault:
        fault = f"the record has {len(cells)} cells, the header has {expected}"
        if len(cells) < expected:
            column = dialect.columns[len(cells)]
    if len(lines.used) > 1:
        fault += f"; the record runs over lines {lines.start} to {lines.start + len(lines.used) - 1}"
    record = "".join(lines.used).rstrip("\r\n")
    return RejectedRow(row, lines.start, column, record, fault)
