"""Text encodings, compression, and bytes that are no table."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from qms_reports.sources.files import UnreadableFile, content_sha256
from qms_reports_tests.sources.reading import read

TEXT = "id,naziv\n1,Žalec – čebela\n2,crème brûlée\n"
ROWS = [("1", "Žalec – čebela"), ("2", "crème brûlée")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-32"), "utf-32-le"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_unicode_is_recognised(tmp_path: Path, data: bytes, encoding: str, packed: bool) -> None:
    found = read(tmp_path, gzip.compress(data) if packed else data)
    assert found.table.columns == ("id", "naziv")
    assert found.rows == ROWS
    assert (found.table.encoding, found.table.suspicious) == (encoding, False)
    assert found.table.compression == ("gzip" if packed else "none")


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf-16", "cp1250", "utf_16_be", "utf-8-sig"])
def test_a_declared_encoding_is_used(tmp_path: Path, name: str) -> None:
    text = TEXT.replace("û", "u").replace("è", "e")
    assert read(tmp_path, text.encode(name), encoding=name).rows == [ROWS[0], ("2", "creme brulée")]


def test_western_text_is_recognised(tmp_path: Path) -> None:
    rows = [(str(number), text) for number, text in enumerate(["Größe", "déviation – élevée", "señal", "50 €"] * 20)]
    data = "id,text\n" + "".join(f"{number},{text}\n" for number, text in rows)
    found = read(tmp_path, data.encode("cp1252"))
    assert found.rows == rows
    assert found.table.encoding == "cp1252"


def test_slovene_text_of_windows_is_recognised(tmp_path: Path) -> None:
    rows = [
        (str(number), text)
        for number, text in enumerate(["Čiščenje linije", "žarnica ni svetila", "odpoklic šarže"] * 20)
    ]
    data = "id,text\n" + "".join(f"{number},{text}\n" for number, text in rows)
    found = read(tmp_path, data.encode("cp1250"))
    assert found.rows == rows
    assert found.table.encoding == "cp1250"


def test_japanese_text_is_recognised(tmp_path: Path) -> None:
    rows = [(str(number), "温度逸脱が発生しました。ロット番号を確認") for number in range(30)]
    data = "番号,内容\n" + "".join(f"{number},{text}\n" for number, text in rows)
    found = read(tmp_path, data.encode("shift_jis"))
    assert found.rows == rows


def test_an_unknown_encoding_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"declared encoding 'utf-9' does not exist.*Did you mean.*utf_8"):
        read(tmp_path, TEXT, encoding="utf-9")
    with pytest.raises(UnreadableFile, match=r"'rot13' does not exist"):
        read(tmp_path, TEXT, encoding="rot13")


def test_a_byte_order_mark_against_the_declaration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"declared as cp1252 but begins with the byte order mark of utf-8"):
        read(tmp_path, TEXT.encode("utf-8-sig"), encoding="cp1252")


# ------------------------------------------------------------------------------------------------ damage made visible


def test_nul_bytes_are_made_visible(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,x\0y\n2,z\n")
    assert found.rows == [("1", "x␀y"), ("2", "z")]
    assert found.table.suspicious


def test_bytes_of_another_encoding_are_made_visible(tmp_path: Path) -> None:
    data = "a,b\n1,Žalec\n2,čebela\n".encode() + "3,Größe\n".encode("latin-1")
    found = read(tmp_path, data)
    assert found.rows == [("1", "Žalec"), ("2", "čebela"), ("3", "Gr\ufffd\ufffde"[:3] + "\ufffde")]
    assert (found.table.suspicious, found.table.encoding) == (True, "utf-8")


def test_bytes_that_a_declared_encoding_lacks_are_made_visible(tmp_path: Path) -> None:
    found = read(tmp_path, b"a,b\n1,caf\xe9\n2,\x81\n", encoding="cp1252")
    assert found.rows == [("1", "café"), ("2", "\ufffd")]
    assert found.table.suspicious
    assert read(tmp_path, b"a,b\n1,caf\xe9\n", encoding="utf-8").rows == [("1", "caf\ufffd")]


def test_a_character_cut_in_half_at_the_end_is_made_visible(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n1,ž\n2,ž".encode()[:-1])
    assert found.rows == [("1", "ž"), ("2", "\ufffd")]
    assert found.table.suspicious


def test_a_genuine_replacement_character_is_no_suspicion(tmp_path: Path) -> None:
    assert not read(tmp_path, "a,b\n1,\ufffd\n").table.suspicious


def test_damage_at_the_borders_of_blocks_is_found(tmp_path: Path) -> None:
    line = "1," + "ž" * 50 + "\n"
    text = "a,b\n" + line * 30_000
    found = read(tmp_path, text.encode("utf-16-le"), encoding="utf-16-le")
    assert found.rows == [("1", "ž" * 50)] * 30_000
    assert not found.table.suspicious


# ------------------------------------------------------------------------------------------------ compression


def test_gzip_is_told_by_the_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(b"a,b\n1,2\n"), name="x.csv").rows == [("1", "2")]
    assert read(tmp_path, b"a,b\n1,2\n", name="x.csv.gz").rows == [("1", "2")]


def test_a_gzip_file_of_several_members_is_read_whole(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    assert read(tmp_path, data).rows == [("1", "2"), ("3", "4")]


def test_a_truncated_gzip_file_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(50_000)))
    with pytest.raises(UnreadableFile, match=r"cut off before its end"):
        read(tmp_path, data[: len(data) // 2])
    with pytest.raises(UnreadableFile, match=r"the gzip file is damaged"):
        read(tmp_path, data[:-8] + b"\0" * 8)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as out:
        out.write(b"a,b\n")
        for _ in range(120):
            out.write(b"1" * (1 << 20))
    with pytest.raises(UnreadableFile, match=r"unpack to more than 200 times as much"):
        read(tmp_path, buffer.getvalue())


# ------------------------------------------------------------------------------------------------ no tables


def _archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, content in members.items():
            out.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "looks like a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "looks like a PNG picture"),
        (b"SQLite format 3\0" + bytes(100), "looks like an SQLite database"),
        (
            b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
            "is an HTML page.*error message or a sign-in form",
        ),
        (b"\r\n <HTML><head><title>Log in</title>", "is an HTML page"),
        (b"<?xml version='1.0'?><log/>", "is an XML document"),
        (_archive(**{"a.csv": b"a,b\n1,2\n"}), r"is a ZIP archive \(a\.csv\), not a workbook"),
        (_archive(word__document=b""), "looks like a text document"),
        (b"PK\x03\x04garbage", "begins like a ZIP container but is damaged"),
        (bytes(range(256)) * 20, "binary file of unknown kind"),
        (gzip.compress(b"%PDF-1.7\n", mtime=0), "looks like a PDF document"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=rf"delivery\.csv: .*{message}"):
        read(tmp_path, data)


def test_a_kind_other_than_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"declared as csv but is JSON"):
        read(tmp_path, b'[{"a": 1}]', kind="csv")
    with pytest.raises(UnreadableFile, match=r"declared as excel but is plain text"):
        read(tmp_path, b"a,b\n1,2\n", kind="excel")


def test_header_words_that_look_like_magic_bytes_are_text(tmp_path: Path) -> None:
    assert read(tmp_path, b"ORC,BZh\n1,2\n").table.columns == ("ORC", "BZh")
    assert read(tmp_path, b"BZh,[id]\n1,2\n").rows == [("1", "2")]
    assert read(tmp_path, b"[id],[name]\n1,2\n").table.columns == ("[id]", "[name]")


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert content_sha256(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
