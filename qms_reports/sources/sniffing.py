"""What a file is, told from its bytes: container, text encoding, delimiter. The name of a file proves nothing."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from qms_reports.sources.raw_table import UnreadableFile

Content = Literal["text", "json", "excel", "parquet"]

HEAD = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
)
# C0 controls that no text holds: everything but TAB, LF, VT, FF, CR, Ctrl-Z (end of file in DOS), ESC and NUL.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]")
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")
_CODE_PAGES = (*_LATIN, "cp1251", "cp1253", "koi8_r")
# Told apart by their narrow forms, read by what Windows writes.
_EAST_ASIAN = {"shift_jis": "cp932", "euc_jp": "euc_jp", "gb18030": "gb18030", "big5": "cp950", "euc_kr": "cp949"}
# Everyday letters in cp1250 texts (Š Ž š ž; ł ą ż ź inside words), next to unused in the languages of cp1252.
_CENTRAL = re.compile(rb"[\x8a\x8e\x9a\x9e]|(?<=[a-z])[\xb3\xb9\xbf\x9f](?=[a-z])")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


def is_gzip(head: bytes) -> bool:
    """Whether the bytes begin a gzip stream."""
    return head[:3] == b"\x1f\x8b\x08"


def recognise(file: str, head: bytes, path: Path, encoding: str) -> Content:
    """The family of formats that the first bytes show.

    Args:
        file: Name of the file, for messages.
        head: First bytes, decompressed if the file was gzip.
        path: Where the (decompressed) bytes can be read; opened only for ZIP containers.
        encoding: Declared text encoding by its Python name, or ``auto``.

    Raises:
        UnreadableFile: The bytes are recognised as something that holds no table.
    """
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:4] == b"PK\x03\x04" or head[:4] == b"PK\x05\x06":
        return _zip_content(file, path)
    if head.startswith(_OLE):
        return "excel"
    for magic, looks in _FOREIGN:
        # "ORC" and "BZh" could begin a header line; a binary file has other signs as well.
        if head.startswith(magic) and (len(magic) > 3 or _CONTROLS.search(head) or b"\0" in head):  # noqa: PLR2004  (a short magic)
            raise UnreadableFile(file, f"it looks like {looks}, not a table", "Deliver CSV, JSON, Excel or Parquet")
    return _text_content(file, head, encoding)


def _zip_content(file: str, path: Path) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableFile(
            file, f"it begins like a ZIP container but is damaged ({error})", "Deliver it again"
        ) from None
    if any(name.startswith("xl/") for name in names) or b"opendocument.spreadsheet" in kind:
        return "excel"
    if any(name.startswith("word/") for name in names) or b"opendocument.text" in kind:
        raise UnreadableFile(file, "it looks like a text document, not a table", "Deliver CSV, JSON, Excel or Parquet")
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")  # noqa: PLR2004 - fits a line
    raise UnreadableFile(
        file, f"it is a ZIP archive ({shown or 'empty'}), not a workbook", "Deliver the files unpacked"
    )


def _text_content(file: str, head: bytes, declared: str) -> Content:
    wide = declared if declared.startswith(("utf-16", "utf-32")) else ""
    encoding = marked_encoding(head) or wide or unmarked_utf16(head)
    start = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n") if encoding else head.lstrip().decode("latin-1")
    lowered = start[:2000].lower()
    if lowered.startswith(("<!doctype html", "<html")) or (lowered.startswith("<") and "<body" in lowered):
        raise UnreadableFile(
            file,
            "it is an HTML page, not a table",
            "The sender answered with a web page: often an error message or a sign-in form",
        )
    if lowered.startswith("<?xml") or re.match(r"<[a-z][\w:.-]*[\s>/]", lowered):
        raise UnreadableFile(file, "it is an XML document, not a table", "Deliver CSV, JSON, Excel or Parquet")
    if re.match(r'\[\s*[\[{\]]|\{\s*["}]', start):
        return "json"
    unclear = not encoding and declared in ("auto", "utf-8")
    if unclear and len(_CONTROLS.findall(head)) * 20 > len(head) and not _begins_utf8(head):
        fault = "it is a binary file of unknown kind, not a table"
        raise UnreadableFile(file, fault, "Deliver CSV, JSON, Excel or Parquet")
    return "text"


def _begins_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def marked_encoding(head: bytes) -> str:
    """Encoding named by a byte order mark, or empty."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")


def unmarked_utf16(head: bytes) -> str:
    """UTF-16 without a byte order mark: Latin text has a NUL in (nearly) every second byte; empty if it is not."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    # Two NULs are needed: a short byte text with one stray NUL is not UTF-16.
    if odd > max(1, 0.7 * pairs) and even < 0.05 * pairs:
        return "utf-16-le"
    if even > max(1, 0.7 * pairs) and odd < 0.05 * pairs:
        return "utf-16-be"
    return ""


def legacy_encoding(file: str, sample: bytes) -> str:
    """Encoding of text that is not UTF-8.

    Args:
        file: Name of the file, for messages.
        sample: Lines with bytes above 127, as many as are at hand.

    Returns:
        Name of a Python encoding, or ``utf-8`` when a good part of the sample is UTF-8 and other bytes are not.

    Raises:
        UnreadableFile: No encoding fits.
    """
    from charset_normalizer import from_bytes

    proper = len(_MULTIBYTE.findall(sample))
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    if proper >= broken:
        return "utf-8"
    best = from_bytes(sample, cp_isolation=[*_CODE_PAGES, *_EAST_ASIAN]).best()
    if best is not None and best.encoding in _EAST_ASIAN:
        return _EAST_ASIAN[best.encoding]
    # Pairs that happen to be UTF-8 are rare in code pages: a few of them mean that two encodings were mixed, and the
    # bytes that are not UTF-8 are then better shown as damaged than read by guess.
    if proper * 20 >= broken:
        return "utf-8"
    high = len(_HIGH.findall(sample))
    if best is not None and best.encoding not in _LATIN and high >= 8:  # noqa: PLR2004  (fewer say nothing)
        return best.encoding
    likely = ("cp1250", "cp1252") if len(_CENTRAL.findall(sample)) * 10 > high else ("cp1252", "cp1250")
    for encoding in likely:
        if _decodes(sample, encoding):
            return encoding
    if best is not None:
        return best.encoding
    fault = "its text encoding is not recognised (neither UTF-8, UTF-16 nor a common code page)"
    raise UnreadableFile(file, fault, "Declare the encoding of this source")


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def field_counts(lines: Sequence[str], delimiter: str, quote: str) -> list[int]:
    """Number of cells of each record (blank lines left out) when the lines are split at a delimiter."""
    reader = csv.reader(
        io.StringIO("".join(lines), newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    counts: list[int] = []
    # A fault of the text (a cell above the limit) ends the sample; it is reported when the records are read.
    with suppress(csv.Error):
        counts.extend(len(record) for record in reader if record)
    return counts or [1]


def find_delimiter(file: str, lines: Sequence[str], *, complete: bool, quote: str, header_line: int) -> str:
    """The delimiter that splits the header into cells and most records of a sample into as many.

    Args:
        file: Name of the file, for messages.
        lines: Header and first records, line ends kept.
        complete: Whether the lines are the whole file; if not, the last record may be cut off and is not counted.
        quote: Quote character, or empty.
        header_line: Line of the header, for messages.

    Returns:
        One of ``, ; TAB |``, or empty for a file of one column.

    Raises:
        UnreadableFile: Several delimiters fit equally well, or none does although some occur.
    """
    fitting: list[tuple[float, int, str]] = []
    hidden: list[str] = []
    for delimiter in DELIMITERS:
        counts = field_counts(lines, delimiter, quote)
        records = counts[1:] if complete else counts[1:-1]
        if counts[0] > 1:
            share = sum(count == counts[0] for count in records) / len(records) if records else 1.0
            fitting.append((share, counts[0], delimiter))
        elif len(records) > 1 and records[0] > 1 and len(set(records)) == 1:
            hidden.append(delimiter)
    if not fitting:
        if hidden:
            names = " or ".join(DELIMITER_NAMES[delimiter] for delimiter in hidden)
            fault = (
                f"line {header_line} should hold the column names but has no delimiter; the lines below have {names}"
            )
            raise UnreadableFile(file, fault, "Declare header_row, the line that holds the column names")
        return ""
    fitting.sort(reverse=True)
    share, cells, delimiter = fitting[0]
    if len(fitting) > 1 and fitting[1][:2] == (share, cells):
        names = " and ".join(DELIMITER_NAMES[other[2]] for other in fitting if other[:2] == (share, cells))
        raise UnreadableFile(file, f"{names} could each be the delimiter", "Declare the delimiter of this source")
    if share < 0.5:  # noqa: PLR2004  (most records must agree with the header)
        fault = (
            f"no delimiter splits the file consistently: the best, {DELIMITER_NAMES[delimiter]}, gives {cells} cells "
            f"in the header (line {header_line}) but the same number in only {share:.0%} of the records below"
        )
        raise UnreadableFile(file, fault, "Declare the delimiter, or header_row if the names stand in a later line")
    return delimiter
