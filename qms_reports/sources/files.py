"""The door through which every delivered file becomes a relation of text."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.sources.delimited import open_delimited
from qms_reports.sources.format import FileFormat
from qms_reports.sources.json_records import open_json
from qms_reports.sources.parquet_files import open_parquet
from qms_reports.sources.raw_table import RawTable, RejectedRow, UnreadableFile
from qms_reports.sources.sniffing import Content, recognise
from qms_reports.sources.transcoding import checked_encoding, clean_text, read_head, unpack
from qms_reports.sources.workbooks import open_workbook

if TYPE_CHECKING:
    import duckdb

__all__ = ["RawTable", "RejectedRow", "UnreadableFile", "content_sha256", "open_file"]

_NAMES: dict[Content, str] = {
    "text": "plain text",
    "json": "JSON",
    "excel": "an Excel or OpenDocument workbook",
    "parquet": "Parquet",
}


def open_file(path: Path, fmt: FileFormat, connection: "duckdb.DuckDBPyConnection", workdir: Path) -> RawTable:
    """Open a delivered file.

    The file is read through once here, so that every problem with it is known when this returns; ``RawTable.sql``
    reads it (or a copy in ``workdir``) again, streamed. Memory does not grow with the file, except for workbooks.

    Args:
        path: The file; its name is used in messages only, its format is told by the bytes.
        fmt: What is declared about its format.
        connection: Connection for reading sources; ``RawTable.sql`` is for this connection, or another one with
            ``preserve_insertion_order`` on. It is switched on here.
        workdir: An existing folder for this file alone; keep it as long as the SQL is used.

    Returns:
        The relation and what was found out about the file.

    Raises:
        UnreadableFile: The file as a whole cannot be read as declared.
        OSError: It cannot be opened.
    """
    file, path, workdir = path.name, path.resolve(), workdir.resolve()
    connection.execute("SET preserve_insertion_order = true")
    if path.stat().st_size == 0:
        raise UnreadableFile(file, "the file is empty: it has no header row", "Check the export that wrote it")
    declared = fmt.encoding if fmt.encoding == "auto" else checked_encoding(file, fmt.encoding)
    head, compression = read_head(path)
    binary = head[:4] in (b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    plain = unpack(path, workdir) if compression == "gzip" and binary else path
    content = recognise(file, head, plain, declared)
    _check_declared(file, fmt, content)
    if content == "parquet":
        return open_parquet(file, plain, connection, compression)
    if content == "excel":
        return open_workbook(file, plain, fmt, workdir, compression)
    as_json = fmt.kind in ("json", "jsonl") or (fmt.kind == "auto" and (content == "json" or bool(fmt.records)))
    text = clean_text(path, declared, compression, workdir, quote="" if as_json else fmt.quote)
    if as_json:
        return open_json(file, text, fmt, workdir)
    return open_delimited(file, text, fmt, connection, workdir)


def _check_declared(file: str, fmt: FileFormat, content: Content) -> None:
    """Refuse a file that is obviously not what was declared."""
    fits: dict[str, tuple[Content, ...]] = {
        "auto": ("text", "json", "excel", "parquet"),
        "csv": ("text",),
        # JSON that begins unusually looks like plain text; its reader says what is wrong with it.
        "json": ("json", "text"),
        "jsonl": ("json", "text"),
        "excel": ("excel",),
        "parquet": ("parquet",),
    }
    if content not in fits[fmt.kind]:
        fault = f"it is declared as {fmt.kind} but is {_NAMES[content]}"
        raise UnreadableFile(file, fault, "Declare the kind it has, or auto")


def content_sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
