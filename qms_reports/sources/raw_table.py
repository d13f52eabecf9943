"""What reading a file gives, and the plain copy written for files that DuckDB cannot read faithfully by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import Self

CELL_LIMIT = 20 * 1024 * 1024
"""Longest cell that is read, in characters. A longer one is nearly always a quote that was never closed."""

NUL_MARK = "\u2400"
DAMAGE_MARK = "\ufffd"
_SHOWN = 200
_SURROGATE = re.compile("[\ud800-\udfff]")

NO_REJECTS = (
    "SELECT NULL::BIGINT AS row, NULL::BIGINT AS line, NULL::VARCHAR AS column_name, "
    "NULL::VARCHAR AS value, NULL::VARCHAR AS message WHERE false"
)


class UnreadableFile(Exception):  # noqa: N818  (the name says what is the case; callers show it to people)
    """A file that cannot be read as a table; the message names the file, the place, the fault and the remedy."""

    def __init__(self, file: str, fault: str, remedy: str = "") -> None:
        self.file = file
        self.fault = fault
        self.remedy = remedy
        super().__init__(f"{file}: {fault}" + (f". {remedy}" if remedy else ""))


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A record that could not be read; it keeps its place in the numbering of records.

    Attributes:
        row: Number of the record in the file, from 1, the header not counted.
        line: Line of the file (row of the sheet) where it starts, from 1; None when lines mean nothing.
        column: Name of the column at fault, empty when the whole record is.
        value: What stood there, cut to 200 characters.
        message: What is wrong.
    """

    row: int
    line: int | None
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """A delivered file as a relation of text, read when ``sql`` is executed.

    Attributes:
        columns: Column names as delivered, without surrounding blanks; unique also when case is ignored. None for
            JSON without a single record, which says nothing about its columns.
        sql: SELECT of all columns as VARCHAR (NULL only where the file holds no value at all; empty text stays
            empty text) and ``_row`` BIGINT, the number of the record in the file, from 1, the header not counted.
        rejects_sql: SELECT of ``row`` BIGINT, ``line`` BIGINT, ``column_name``, ``value``, ``message`` VARCHAR of
            the records that are missing from ``sql``.
        suspicious: The bytes held NULs or sequences that mean nothing in the encoding. They stand in the cells as
            U+2400 and U+FFFD, so that the rows can be found and set aside.
        kind: ``csv``, ``json``, ``jsonl``, ``excel`` or ``parquet``.
        encoding: Encoding of the text, empty for binary formats.
        delimiter: Delimiter of ``csv``; empty for a file of one column and for other formats.
        compression: ``gzip`` or ``none``.
    """

    columns: tuple[str, ...]
    sql: str
    rejects_sql: str
    suspicious: bool
    kind: str
    encoding: str
    delimiter: str
    compression: str


def path_literal(path: Path) -> str:
    """A path as a SQL text literal that DuckDB takes letter by letter, glob characters included."""
    return text_literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def text_literal(text: str) -> str:
    """A SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def checked_columns(file: str, names: list[str], place: str) -> tuple[str, ...]:
    """Column names without surrounding blanks.

    Args:
        file: Name of the file, for messages.
        names: Names as delivered.
        place: Where they stand ("line 1"), for messages.

    Raises:
        UnreadableFile: A name is empty, stands twice (case ignored, as SQL does) or is ``_row``.
    """
    columns = tuple(name.strip() for name in names)
    seen: dict[str, int] = {}
    for position, name in enumerate(columns, start=1):
        if not name:
            remedy = "Give every column a name in the file"
            if position == len(columns):
                remedy += "; a delimiter at the end of the header line also makes a column without a name"
            raise UnreadableFile(file, f"column {position} has no name in {place}", remedy)
        folded = name.casefold()
        if folded == "_row":
            raise UnreadableFile(file, f"column {position} is named {name!r}, which is kept for the row number")
        if folded in seen:
            fault = f"columns {seen[folded]} and {position} are both named {name!r} in {place}"
            raise UnreadableFile(file, fault, "Names must differ by more than upper and lower case")
        seen[folded] = position
    return columns


def _line(cells: dict[str, object]) -> str:
    """One JSON line of text, whole numbers and None under plain keys; twice as fast as ``json.dumps``."""
    pairs = [
        f'"{key}":{encode_basestring(value) if isinstance(value, str) else "null" if value is None else value}'
        for key, value in cells.items()
    ]
    return "{" + ",".join(pairs) + "}\n"


class PlainCopy:
    """Rows written as JSON lines of text, which DuckDB reads back letter by letter.

    Used for every file that DuckDB does not read faithfully. JSON and not CSV, because DuckDB refuses CSV whose
    quoted cells hold other line ends than the rows, and because absent and empty are different things in JSON.
    Columns may come up in any order and at any time: a row holds its own cells only.
    """

    def __init__(self, workdir: Path) -> None:
        self._rows_path = workdir / "rows.jsonl"
        self._rejects_path = workdir / "rejects.jsonl"
        self._rows = self._rows_path.open("wb")
        self._rejects = self._rejects_path.open("wb")
        self._longest = 0
        self._width = 0
        self._template = ""
        self.rejected = 0
        self.suspicious = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()
        self._rejects.close()

    def _encoded(self, cells: dict[str, object]) -> bytes:
        text = _line(cells)
        # JSON can spell characters that are none: NUL, and halves of surrogate pairs.
        if "\\u0000" in text and any(isinstance(value, str) and "\0" in value for value in cells.values()):
            self.suspicious = True
            text = _line({k: v.replace("\0", NUL_MARK) if isinstance(v, str) else v for k, v in cells.items()})
        try:
            return text.encode()
        except UnicodeEncodeError:
            self.suspicious = True
            return _SURROGATE.sub(DAMAGE_MARK, text).encode()

    def add(self, row: int, cells: dict[str, object]) -> None:
        """Write one record: ``c0``, ``c1`` … by position of the column; text or None."""
        cells["r"] = row
        line = self._encoded(cells)
        self._longest = max(self._longest, len(line))
        self._rows.write(line)

    def add_all(self, row: int, cells: Sequence[str]) -> None:
        """Write one record with text in every column, faster; the text comes from UTF-8 without NULs."""
        if len(cells) != self._width:
            self._width = len(cells)
            keys = "".join(f',"c{position}":%s' for position in range(len(cells)))
            self._template = '{"r":%d' + keys + "}\n"
        line = (self._template % (row, *map(encode_basestring, cells))).encode()
        self._longest = max(self._longest, len(line))
        self._rows.write(line)

    def reject(self, rejected: RejectedRow) -> None:
        """Write down a record that could not be read."""
        self.rejected += 1
        cells: dict[str, object] = {
            "row": rejected.row,
            "line": rejected.line,
            "column_name": rejected.column,
            "value": rejected.value[:_SHOWN],
            "message": rejected.message,
        }
        self._rejects.write(self._encoded(cells))

    def sql(self, columns: tuple[str, ...]) -> str:
        """SELECT of the rows written, for ``RawTable.sql``."""
        if not columns:
            return "SELECT NULL::BIGINT AS _row WHERE false"
        named = ", ".join(f"c{position} AS {identifier(name)}" for position, name in enumerate(columns))
        types = ", ".join(["'r': 'BIGINT'", *(f"'c{position}': 'VARCHAR'" for position in range(len(columns)))])
        return (
            f"SELECT {named}, r AS _row FROM read_json({path_literal(self._rows_path)}, "
            f"format='newline_delimited', auto_detect=false, compression='none', columns={{{types}}}, "
            f"hive_partitioning=false, maximum_object_size={max(2 * self._longest, 16 * 1024 * 1024)})"
        )

    def rejects_sql(self) -> str:
        """SELECT of the rejected records, for ``RawTable.rejects_sql``."""
        if not self.rejected:
            return NO_REJECTS
        return (
            f"SELECT row, line, column_name, value, message FROM read_json({path_literal(self._rejects_path)}, "
            "format='newline_delimited', auto_detect=false, compression='none', hive_partitioning=false, "
            "columns={'row': 'BIGINT', 'line': 'BIGINT', "
            "'column_name': 'VARCHAR', 'value': 'VARCHAR', 'message': 'VARCHAR'})"
        )
