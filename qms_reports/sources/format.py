"""How a delivered file is declared to look."""

from dataclasses import dataclass
from typing import Literal

FileKind = Literal["auto", "csv", "json", "jsonl", "excel", "parquet"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The physical form of a file; every ``auto`` is settled from the bytes, and refused when they do not settle it.

    Attributes:
        kind: Family of formats. ``csv`` covers every delimited text (TSV, semicolons, pipes), ``excel`` covers
            .xlsx, .xlsm, .xlsb, .xls and .ods.
        encoding: Name of a Python text encoding, for text formats.
        delimiter: One character between cells, for ``csv``. Without any delimiter in the header, the file has one
            column.
        quote: Character around cells that contain delimiters, quotes (doubled) or line ends; empty for none.
        header_row: Line (text) or row (workbook) that holds the column names, counted from 1; what stands above
            it is not read. Blank lines directly before the header are passed over.
        sheet: Name of the sheet of a workbook; empty for the first visible one.
        records: For JSON, dotted path of keys to the array of records (``"results"``); empty when the file is the
            array itself or JSON lines.
    """

    kind: FileKind = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    quote: str = '"'
    header_row: int = 1
    sheet: str = ""
    records: str = ""
