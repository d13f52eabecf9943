"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): typed cells shown as text.

The reader gives an empty cell for an error such as ``#N/A``; for .xlsx, .xlsm and .ods the errors are therefore looked
up in the XML of the sheet, because a failed formula is not the same as a cell that nobody filled in.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.sources.format import FileFormat
from qms_reports.sources.raw_table import (
    CELL_LIMIT,
    PlainCopy,
    RawTable,
    RejectedRow,
    UnreadableFile,
    checked_columns,
)
from qms_reports.sources.workbook_errors import error_cells

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream that holds an encrypted .xlsx; encrypted .xls files are recognised by the reader."""
_EXPANSION_LIMIT = 200
_EXPANSION_FREE = 100 * 1024 * 1024

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def open_workbook(file: str, path: Path, form: FileFormat, workdir: Path, compression: str) -> RawTable:
    """Open one sheet of a workbook.

    Args:
        file: Name of the delivered file, for messages.
        path: The workbook, not compressed.
        form: Declared format; ``sheet`` and ``header_row`` are used.
        workdir: Where the plain copy is written.
        compression: Of the delivered file.

    Returns:
        The table. Dates are ISO 8601, whole numbers have no ``.0``, booleans are ``true`` and ``false``, durations
        are ``hours:minutes:seconds``, error cells hold their text; empty cells are NULL, empty rows are no records.

    Raises:
        UnreadableFile: Damaged, encrypted, suspiciously compressed, unknown sheet, or no usable header.
    """
    import python_calamine

    if zipfile.is_zipfile(path):
        _refuse_bomb(file, path)
    data = path.read_bytes()
    if _ENCRYPTED in data and data.startswith(_COMPOUND_FILE):
        raise UnreadableFile(file, "the workbook is encrypted", "Save it without a password")
    try:
        # From bytes, because from a path the reader believes the extension.
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            name = _sheet_name(file, workbook, form.sheet)
            sheet = workbook.get_sheet_by_name(name)
            errors = error_cells(path, name)
            with PlainCopy(workdir) as copy:
                columns = _copy_rows(file, sheet, errors, form.header_row, copy)
    except python_calamine.PasswordError:
        raise UnreadableFile(file, "the workbook is encrypted", "Save it without a password") from None
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise UnreadableFile(
            file, f"the workbook is damaged ({error})", "Open it, save it again and deliver it"
        ) from None
    return RawTable(columns, copy.sql(columns), copy.rejects_sql(), copy.suspicious, "excel", "", "", compression)


def _refuse_bomb(file: str, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    packed = path.stat().st_size
    if unpacked > _EXPANSION_FREE and unpacked > _EXPANSION_LIMIT * packed:
        fault = f"{packed:,} bytes would unpack to {unpacked:,}"
        raise UnreadableFile(file, fault, "This is refused as an attack; deliver the sheet as CSV if it is genuine")


def _sheet_name(file: str, workbook: "CalamineWorkbook", declared: str) -> str:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = list(workbook.sheet_names)
    if declared in names:
        return declared
    if declared:
        folded = [name for name in names if name.strip().casefold() == declared.strip().casefold()]
        near = folded or get_close_matches(declared, names, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        remedy = f"{hint}Sheets in the file: {', '.join(map(repr, names))}"
        raise UnreadableFile(file, f"there is no sheet {declared!r}", remedy)
    shown = [
        entry.name
        for entry in workbook.sheets_metadata
        if entry.visible == SheetVisibleEnum.Visible and entry.typ == SheetTypeEnum.WorkSheet
    ]
    if not shown:
        raise UnreadableFile(file, "the workbook has no visible sheet", "Declare the sheet")
    return shown[0]


def _copy_rows(
    file: str, sheet: "CalamineSheet", errors: dict[tuple[int, int], str], header_row: int, copy: PlainCopy
) -> tuple[str, ...]:
    """Write the rows below the header to a plain copy; returns the column names."""
    rows = _text_rows(sheet, errors)
    header_line = 0
    header: list[str | None] = []
    for header_line, header in rows:
        if header_line >= header_row and any(header):
            break
    else:
        fault = "is empty" if not header_line else f"has no row {header_row} to hold the column names"
        raise UnreadableFile(file, f"the sheet {sheet.name!r} {fault}: it has no header row")
    first = next(position for position, name in enumerate(header) if name)
    last = max(position for position, name in enumerate(header) if name)
    place = f"row {header_line} of the sheet {sheet.name!r}"
    columns = checked_columns(file, [name or "" for name in header[first : last + 1]], place)
    keys = [f"c{position}" for position in range(len(columns))]
    row = 0
    for line, cells in rows:
        if not any(cells):
            continue
        row += 1
        outside = next((p for p, cell in enumerate(cells) if cell and not first <= p <= last), None)
        oversized = next((p for p, cell in enumerate(cells) if cell and len(cell) > CELL_LIMIT), None)
        if outside is not None:
            fault = f"a value stands in column {outside + 1}, outside the {len(columns)} columns that have names"
            copy.reject(RejectedRow(row, line, "", cells[outside] or "", fault))
        elif oversized is not None:
            fault = f"the cell is longer than {CELL_LIMIT:,} characters"
            copy.reject(RejectedRow(row, line, columns[oversized - first], cells[oversized] or "", fault))
        else:
            copy.add(row, dict(zip(keys, cells[first : last + 1], strict=True)))
    return columns


def _text_rows(sheet: "CalamineSheet", errors: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[str | None]]]:
    """Rows of the sheet with their numbers (from 1), empty cells None."""
    if sheet.start is None:
        return
    left = sheet.start[1]
    faulty = {line for line, _ in errors}
    # iter_rows begins with the first row of the sheet and the first column in use.
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [None] * left + [_text(cell) for cell in cells]
        if line in faulty:
            for position in range(len(texts)):
                texts[position] = errors.get((line, position + 1), texts[position])
        yield line, texts


def _text(cell: Cell) -> str | None:
    """Canonical text of a typed cell."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    # Dates and times: ISO 8601 with a blank between date and time.
    return str(cell)


def _duration(cell: dt.timedelta) -> str:
    seconds, rest = divmod(abs(cell), dt.timedelta(seconds=1))
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if rest:
        text += f".{rest.microseconds:06}".rstrip("0")
    return ("-" if cell < dt.timedelta() else "") + text
