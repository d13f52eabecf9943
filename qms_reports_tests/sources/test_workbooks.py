"""Workbooks: typed cells, sheets, and containers that are refused."""

import datetime as dt
import io
import struct
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from qms_reports.sources.files import UnreadableFile
from qms_reports_tests.sources.reading import read, read_path

HEADER = ["id", "opened", "closed at", "score", "ok", "note"]
# ruff: noqa: DTZ001  (a workbook holds times without a zone)
CELLS = [
    [1, dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5), 1.5, True, 'ž, "q"\nline'],
    [2.0, dt.datetime(2026, 12, 31), None, 0.1, False, " padded "],
    [12345678901, None, None, -1e-7, None, "007"],
]
ROWS = [
    ("1", "2026-01-02", "2026-01-02 03:04:05", "1.5", "true", 'ž, "q"\nline'),
    ("2", "2026-12-31", None, "0.1", "false", " padded "),
    ("12345678901", None, None, "-1e-07", None, "007"),
]


def workbook(folder: Path, rows: list[list[object]], name: str = "book.xlsx", **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Data"
    for row in rows:
        first.append(row)
    for title, content in sheets.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def converted(path: Path, kind: str) -> Path:
    """The workbook saved by LibreOffice in another format."""
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path.with_suffix(f".{kind}")


def test_typed_cells_become_canonical_text(tmp_path: Path) -> None:
    found = read_path(workbook(tmp_path, [HEADER, *CELLS]))
    assert found.table.columns == tuple(HEADER)
    assert found.rows == ROWS
    assert (found.table.kind, found.table.compression) == ("excel", "none")


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_other_formats_of_workbooks_read_the_same(tmp_path: Path, kind: str) -> None:
    # LibreOffice turns true and false of an .xlsx file into 1 and 0 when it saves it as .ods.
    saved = {"true": "1", "false": "0"} if kind == "ods" else {}
    expected = [tuple(saved.get(cell or "", cell) for cell in row) for row in ROWS]
    assert read_path(converted(workbook(tmp_path, [HEADER, *CELLS]), kind)).rows == expected


def test_the_name_of_the_file_does_not_matter(tmp_path: Path) -> None:
    assert read_path(workbook(tmp_path, [HEADER, *CELLS]).rename(tmp_path / "export.csv")).rows == ROWS


def test_errors_show_their_text_and_are_not_empty_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a", "b", "c"], ["#N/A", 1, None], [None, "#DIV/0!", "x"]])
    found = read_path(path)
    assert found.rows == [("#N/A", "1", None), (None, "#DIV/0!", "x")]


def test_errors_are_found_in_a_sheet_of_many_blocks(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a", "b"]]
    rows += [["#N/A" if number % 1000 == 7 else number, "x" * 50] for number in range(20_000)]
    found = read_path(workbook(tmp_path, rows))
    assert [number for text, _, number in found.numbered if text == "#N/A"] == list(range(8, 20_001, 1000))
    assert len(found.rows) == 20_000


def test_blank_rows_are_no_records_and_the_table_may_start_anywhere(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], [], [None, "a", "b"], [None, 1, 2], [], [None, 3, None], []]
    found = read_path(workbook(tmp_path, rows))
    assert found.numbered == [("1", "2", 1), ("3", None, 2)]


def test_the_header_row_can_be_declared(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Deviations of June"], [], ["a", "b"], [1, 2]])
    assert read_path(path, header_row=3).rows == [("1", "2")]
    with pytest.raises(UnreadableFile, match=r"has no row 9"):
        read_path(path, header_row=9)


def test_values_outside_the_named_columns_reject_the_row(tmp_path: Path) -> None:
    found = read_path(workbook(tmp_path, [["a", "b"], [1, 2], [3, 4, None, "stray"], [5, 6]]))
    assert found.numbered == [("1", "2", 1), ("5", "6", 3)]
    assert found.rejects == [(2, 3, "", "stray", "a value stands in column 4, outside the 2 columns that have names")]


def test_a_gap_in_the_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"column 2 has no name in row 1 of the sheet 'Data'"):
        read_path(workbook(tmp_path, [["a", None, "c"], [1, 2, 3]]))


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]], Suppliers=[["s"], ["x"]])
    assert read_path(path, sheet="Suppliers").rows == [("x",)]
    with pytest.raises(UnreadableFile, match=r"no sheet 'Supplier'.*Did you mean 'Suppliers'.*'Data', 'Suppliers'"):
        read_path(path, sheet="Supplier")


def test_hidden_sheets_are_not_taken_by_default(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]], Shown=[["s"], ["x"]])
    book = openpyxl.load_workbook(path)
    book["Data"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert read_path(path).rows == [("x",)]
    assert read_path(path, sheet="Data").rows == [("1",)]


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"the sheet 'Data' is empty: it has no header row"):
        read_path(workbook(tmp_path, []))


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    found = read_path(workbook(tmp_path, [["a", "b"]]))
    assert (found.table.columns, found.rows) == (("a", "b"), [])


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    data = workbook(tmp_path, [HEADER, *CELLS]).read_bytes()
    with pytest.raises(UnreadableFile, match=r"damaged"):
        read(tmp_path, data[: len(data) // 2], name="cut.xlsx")
    with pytest.raises(UnreadableFile, match=r"the workbook is damaged"):
        read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), name="broken.xls")


def test_a_workbook_without_its_sheet_is_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path, [HEADER, *CELLS])
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "part.xlsx", "w") as target:
        for entry in source.infolist():
            if "sheet1" not in entry.filename:
                target.writestr(entry, source.read(entry))
    with pytest.raises(UnreadableFile, match=r"the workbook is damaged"):
        read_path(tmp_path / "part.xlsx")


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", "<workbook/>")
        with out.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(120):
                sheet.write(bytes(1 << 20))
    with pytest.raises(UnreadableFile, match=r"would unpack to .*refused as an attack"):
        read(tmp_path, buffer.getvalue(), name="bomb.xlsx")


def compound_file(streams: list[str]) -> bytes:
    """A compound file (the container of .xls and of encrypted .xlsx) with streams of 4096 zeros."""
    end, free, fat_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    fat = [fat_mark, end]
    entries = [("Root Entry", 5, 1, end, 0)]
    for position, name in enumerate(streams):
        start = len(fat)
        fat += [*range(start + 1, start + 8), end]
        following = position + 2 if position + 1 < len(streams) else free
        entries.append((name, 2, following, start, 4096))
    directory = b""
    for position, (name, kind, link, start, size) in enumerate(entries):
        encoded = (name + "\0").encode("utf-16-le")
        child, right = (link, free) if position == 0 else (free, link)
        links = struct.pack("<III", free, right, child)
        directory += encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1) + links
        directory += bytes(36) + struct.pack("<IQ", start, size)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<I", free) * 108
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    return header + table + directory.ljust(512, b"\0") + bytes(4096) * len(streams)


def test_an_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    data = compound_file(["EncryptionInfo", "EncryptedPackage"])
    with pytest.raises(UnreadableFile, match=r"the workbook is encrypted.*without a password"):
        read(tmp_path, data, name="encrypted.xlsx")
