"""JSON: an array of objects, an array somewhere inside a document, or one object a line.

Python's parser is used and not DuckDB's, because numbers must keep their digits: DuckDB reads 1.234567890123456789
and 1.10 as binary floating point. The file is streamed; of a document only one record at a time is in memory.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from qms_reports.sources.format import FileFormat
from qms_reports.sources.raw_table import (
    CELL_LIMIT,
    PlainCopy,
    RawTable,
    RejectedRow,
    UnreadableFile,
    checked_columns,
)
from qms_reports.sources.transcoding import CleanText

_CHUNK = 256 * 1024
_RECORD_LIMIT = 3 * CELL_LIMIT
_BLANK = re.compile(r"[ \t\r\n]*")
_FINISHED = re.compile(r"[ \t\r\n]*[,\]}]")


class _Number(str):
    """A number as it is spelled in the file."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwiceError(f"the key {twice!r} stands twice in one object")
    return found


class _TwiceError(Exception):
    """An object with a key that stands twice: one of the values would be lost."""


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=True
)


@dataclass(frozen=True, slots=True)
class _Found:
    """One record of the file, or why there is none."""

    line: int
    value: Any
    text: str
    fault: str
    size: int
    """Characters of the record; ``text`` may be only its beginning."""


def open_json(file: str, text: CleanText, form: FileFormat, workdir: Path) -> RawTable:
    """Open JSON.

    Args:
        file: Name of the delivered file, for messages.
        text: The file as UTF-8.
        form: Declared format; ``kind`` json, jsonl or auto.
        workdir: Where the plain copy is written.

    Raises:
        UnreadableFile: The document is not valid JSON, or has no records where they are declared to be.
    """
    with text.lines() as stream:
        kind = _kind(file, stream, form)
    keys: dict[str, str] = {}
    with text.lines() as stream, PlainCopy(workdir) as copy:
        found = _lines(file, stream) if kind == "jsonl" else _document(_Text(file, stream), form.records)
        row = 0
        for row, record in enumerate(found, start=1):
            fault = record.fault or ("" if isinstance(record.value, dict) else "the record is not an object")
            if not fault and record.size > CELL_LIMIT:
                fault = _oversized(record.value)
            if fault:
                copy.reject(RejectedRow(row, record.line, "", record.text, fault))
            else:
                copy.add(row, _cells(record.value, keys))
    if not row and kind == "jsonl":
        raise UnreadableFile(file, "the file is empty: it has no records")
    if row and not keys and copy.rejected == row:
        fault = f"none of its {row} records could be read; the first: {record.fault or 'it is not an object'}"
        raise UnreadableFile(file, f"line {record.line}: {fault}" if row == 1 else fault, "Is it JSON at all?")
    columns = checked_columns(file, list(keys), "the objects")
    suspicious = text.suspicious or copy.suspicious
    return RawTable(
        columns, copy.sql(columns), copy.rejects_sql(), suspicious, kind, text.encoding, "", text.delivered_compression
    )


def _cells(record: dict[str, Any], keys: dict[str, str]) -> dict[str, object]:
    """Cells by the name of their column in the copy; a key seen for the first time makes a new column."""
    cells: dict[str, object] = {}
    for key, value in record.items():
        name = keys.get(key) or keys.setdefault(key, f"c{len(keys)}")
        cells[name] = value if value is None or isinstance(value, str) else _as_text(value)
    return cells


def _oversized(record: dict[str, Any]) -> str:
    """Which value is above the limit, or empty."""
    for key, value in record.items():
        if value is not None and len(value if isinstance(value, str) else _as_text(value)) > CELL_LIMIT:
            return f"the value of {key!r} is longer than {CELL_LIMIT:,} characters"
    return ""


def _as_text(value: Any) -> str:
    """A value as JSON text, numbers as spelled in the file."""
    if value is True or value is False:
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_text, value)) + "]"
    return (
        "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_as_text(item)}" for key, item in value.items()) + "}"
    )


# ------------------------------------------------------------------------------------------------ JSON lines


def _lines(file: str, stream: TextIOWrapper) -> Iterator[_Found]:
    number = 0
    while line := stream.readline(_RECORD_LIMIT):
        number += 1
        if len(line) == _RECORD_LIMIT and line[-1] not in "\r\n":
            raise UnreadableFile(file, f"line {number} is longer than {_RECORD_LIMIT:,} characters")
        record = line.strip(" \t\r\n\x1a")
        if not record:
            continue
        value, fault = None, ""
        try:
            value = _DECODER.decode(record)
        except json.JSONDecodeError as error:
            fault = f"invalid JSON in column {error.pos + 1}: {error.msg}"
        except _TwiceError as error:
            fault = str(error)
        except RecursionError:
            fault = "the record is nested too deeply"
        yield _Found(number, value, record, fault, len(record))


# ------------------------------------------------------------------------------------------------ a document


class _Text:
    """A JSON text read piece by piece."""

    def __init__(self, file: str, stream: TextIOWrapper) -> None:
        self._file = file
        self._stream = stream
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._column = 1
        self._more()

    def _place(self, position: int) -> tuple[int, int]:
        """Line and column of a position in the buffer."""
        breaks = self._buffer.count("\n", 0, position)
        if not breaks:
            return self._line, self._column + position
        return self._line + breaks, position - self._buffer.rindex("\n", 0, position)

    @property
    def line(self) -> int:
        """Line where reading stands."""
        return self._place(self._at)[0]

    def _more(self) -> None:
        """Forget what was read and at least double what is at hand."""
        self._line, self._column = self._place(self._at)
        rest = self._buffer[self._at :]
        piece = self._stream.read(max(_CHUNK, len(rest)))
        self._ended = not piece
        self._buffer, self._at = rest + piece, 0

    def fail(self, fault: str, position: int | None = None, remedy: str = "") -> NoReturn:
        """Refuse the file, naming the place."""
        line, column = self._place(self._at if position is None else position)
        raise UnreadableFile(self._file, f"line {line}, column {column}: {fault}", remedy)

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            blank = _BLANK.match(self._buffer, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._ended:
                return ""
            self._more()

    def take(self, wanted: str) -> str:
        """The next character, which must be one of those wanted."""
        found = self.peek()
        if not found:
            self.fail("the JSON text ends too early", remedy="The file is probably cut off; deliver it again")
        if found not in wanted:
            self.fail(f"invalid JSON: {found!r} where {' or '.join(wanted)} is expected")
        self._at += 1
        return found

    def value(self) -> tuple[Any, str, str, int]:
        """The next value, the beginning of its text, a fault that concerns only this value, and its size."""
        self.peek()
        while True:
            value, fault = None, ""
            try:
                try:
                    value, end = _DECODER.raw_decode(self._buffer, self._at)
                except _TwiceError as error:
                    fault = str(error)
                    _, end = json.JSONDecoder().raw_decode(self._buffer, self._at)
            except RecursionError:
                self.fail("the value is nested too deeply")
            except json.JSONDecodeError as error:
                cut = "Unterminated" in error.msg or error.pos > len(self._buffer) - 16
                if self._ended or not cut:
                    remedy = "The file is probably cut off; deliver it again" if cut else ""
                    self.fail(f"invalid JSON: {error.msg}", error.pos, remedy)
            else:
                # A number may go on behind what is at hand.
                if self._ended or _FINISHED.match(self._buffer, end):
                    text = self._buffer[self._at : min(end, self._at + 1000)]
                    size = end - self._at
                    self._at = end
                    return value, text, fault, size
            if len(self._buffer) - self._at > _RECORD_LIMIT:
                self.fail(
                    f"a value is longer than {_RECORD_LIMIT:,} characters", remedy="Declare records more precisely"
                )
            self._more()

    def keys(self) -> Iterator[str]:
        """Keys of the object that comes next; the caller reads each value."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            if self.peek() != '"':
                self.take('"')
            yield str(self.value_of_key())
            if self.take(",}") == "}":
                return

    def value_of_key(self) -> str:
        """The key that comes next and its colon."""
        while (end := _KEY.match(self._buffer, self._at)) is None and not self._ended:
            if len(self._buffer) - self._at > _RECORD_LIMIT:
                self.fail("a key without end")
            self._more()
        if end is None:
            self.fail("invalid JSON: a key without end or colon")
        name = json.loads(end[1])
        self._at = end.end()
        return str(name)


_KEY = re.compile(r'("(?:[^"\\]|\\.)*")[ \t\r\n]*:', re.DOTALL)


def _document(text: _Text, records: str) -> Iterator[_Found]:
    """The records of a document, which is read to its end."""
    yield from _descend(text, records.split(".") if records else [], records)
    if text.peek():
        text.fail("invalid JSON: more text behind the end of the document")


def _descend(text: _Text, parts: list[str], path: str) -> Iterator[_Found]:
    if not parts:
        yield from _array(text, path)
        return
    if text.peek() != "{":
        text.fail(f"no object with the key {parts[0]!r} here", remedy=f"Check records: {path!r} is declared")
    seen: list[str] = []
    for key in text.keys():  # noqa: SIM118  (not a dict)
        if key == parts[0]:
            if key in seen:
                text.fail(f"the key {key!r} stands twice")
            yield from _descend(text, parts[1:], path)
        else:
            text.value()
        seen.append(key)
    if parts[0] not in seen:
        shown = ", ".join(map(repr, seen[:10])) or "none"
        text.fail(f"there is no key {parts[0]!r}", remedy=f"records is declared as {path!r}; keys here: {shown}")


def _array(text: _Text, path: str) -> Iterator[_Found]:
    if text.peek() != "[":
        where = f"at {path!r}" if path else "at the top of the document"
        text.fail(f"there is no array of records {where}", remedy=_hint(text))
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        text.peek()
        line = text.line
        value, source, fault, size = text.value()
        yield _Found(line, value, source, fault, size)
        if text.take(",]") == "]":
            return


def _hint(text: _Text) -> str:
    """Which key probably holds the records."""
    if text.peek() != "{":
        return "Declare records, the dotted path to the array"
    passed: list[str] = []
    for key in text.keys():  # noqa: SIM118  (not a dict)
        if text.peek() == "[":
            return f"Declare records, the dotted path to the array; {key!r} is one"
        passed.append(key)
        text.value()
    return f"Declare records, the dotted path to the array; keys here: {', '.join(map(repr, passed[:10])) or 'none'}"


def _kind(file: str, stream: TextIOWrapper, form: FileFormat) -> str:
    """``json`` for a document, ``jsonl`` for one object a line."""
    if form.kind == "jsonl" or form.records:
        return "json" if form.records else "jsonl"
    lines: list[str] = []
    while len(lines) < 2 and (line := stream.readline(_RECORD_LIMIT)):  # noqa: PLR2004 - two
        lines += [line.strip()] if line.strip() else []
    if not lines:
        raise UnreadableFile(file, "the file is empty: it has no records")
    if not all(line.startswith("{") for line in lines):
        return "json"
    if len(lines) == 1:
        value = next(_lines(file, TextIOWrapper(io.BytesIO(lines[0].encode()), encoding="utf-8"))).value
        nested = [
            key for key, item in (value or {}).items() if isinstance(item, list) and item and isinstance(item[0], dict)
        ]
        if nested:
            fault = f"the file is one object with an array of objects at {nested[0]!r}"
            raise UnreadableFile(
                file, fault, f"Declare records: {nested[0]}, or kind: jsonl if the object is the record"
            )
    return "jsonl"
