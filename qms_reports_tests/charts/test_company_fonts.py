"""A company's own fonts: measured, embedded, apart from Inter's and another report's, or refused with a reason."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest
from pypdf import PdfReader

from qms_reports.charts import typeface
from qms_reports.charts.typeface import BOLD, REGULAR, SEMIBOLD, FontError, font_path, text_width, using
from qms_reports.reports.document import Theme
from qms_reports.reports.pdf_writer import write_pdf
from qms_reports_tests.reports.sample_report import EMPTY_REPORT

INTER = {weight: font_path(role) for weight, role in (("regular", REGULAR), ("semibold", SEMIBOLD), ("bold", BOLD))}
TURNED = (("regular", str(INTER["bold"])), ("semibold", str(INTER["regular"])), ("bold", str(INTER["regular"])))
"""Inter with its weights the wrong way round: a company's fonts with the very names of the house's."""


def test_a_companys_fonts_are_measured_and_embedded_and_gone_afterwards() -> None:
    ordinary = text_width("Deviations", REGULAR, 8), text_width("Deviations", BOLD, 8)
    title = "Review of the year 逸脱"
    report = replace(EMPTY_REPORT, title=title, theme=Theme(fonts=TURNED))
    with using(TURNED):
        assert (text_width("Deviations", BOLD, 8), text_width("Deviations", REGULAR, 8)) == ordinary
        assert font_path(REGULAR) == INTER["bold"]
        assert [run.font for run in typeface.runs("Ä逸", BOLD)] == [typeface.face_name(BOLD), "NotoSansJP-Bold"]
    assert (text_width("Deviations", REGULAR, 8), text_width("Deviations", BOLD, 8)) == ordinary
    content = write_pdf(report)
    assert str(INTER["regular"].parent).encode() not in content
    fonts = [
        font.get_object() for page in PdfReader(BytesIO(content)).pages for font in page["/Resources"]["/Font"].values()
    ]
    names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts}
    assert {"Inter-Regular", "Inter-SemiBold", "Inter-Bold"}.isdisjoint(names)
    assert {name.rpartition("-")[2] for name in names} >= {"regular", "semibold", "bold"}
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert write_pdf(report) == content
    assert write_pdf(replace(report, theme=Theme())) != content


def test_two_reports_in_one_process_keep_their_fonts_apart() -> None:
    both = Barrier(2, timeout=20)

    def width(fonts: tuple[tuple[str, str], ...]) -> float:
        with using(fonts):
            both.wait()
            measured = text_width("Deviations", REGULAR, 8)
            both.wait()
            return measured

    with ThreadPoolExecutor(2) as pool:
        turned, ordinary = pool.map(width, (TURNED, ()))
    assert ordinary == text_width("Deviations", REGULAR, 8)
    assert turned == text_width("Deviations", BOLD, 8)


def test_a_missing_weight_is_the_next_heavier_one() -> None:
    with using((("regular", str(INTER["regular"])), ("bold", str(INTER["bold"])))):
        assert text_width("Deviations", SEMIBOLD, 8) == text_width("Deviations", BOLD, 8)
    with using((("regular", str(INTER["regular"])),)):
        assert text_width("Deviations", REGULAR, 8) == text_width("Deviations", BOLD, 8)


def changed(place: bytes, offset: int, to: bytes) -> bytes:
    """Inter with other bytes in the table of a tag, or in the entry of the tag if `offset` is negative."""
    content = bytearray(INTER["regular"].read_bytes())
    entry = content.index(place, 12)
    start = entry if offset < 0 else struct.unpack_from(">L", content, entry + 8)[0] + offset
    content[start : start + len(to)] = to
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"OTTO" + INTER["regular"].read_bytes()[4:], r"has PostScript \(CFF\) outlines; take the TrueType"),
        (changed(b"GPOS", -1, b"fvar"), "is a variable font; give one static .ttf file for each weight"),
        (changed(b"OS/2", 8, b"\x00\x02"), r"forbids to be embedded \(fsType 0x0002\); ask its maker"),
        (changed(b"OS/2", 8, b"\x01\x00"), r"forbids to be embedded \(fsType 0x0100\)"),
        (b"wOF2" + bytes(40), "is no TrueType file; give a .ttf file, no collection"),
        (INTER["regular"].read_bytes()[:2000], "is damaged"),
        (font_path("NotoSansKR-Regular").read_bytes(), "has no glyph for .*a report needs a font for Latin text"),
        (b"", "is no TrueType file"),
    ],
)
def test_a_font_that_a_report_cannot_be_printed_with_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "Company.ttf"
    path.write_bytes(content)
    for _ in range(2):  # also when it has been tried before
        with pytest.raises(FontError, match=f"font .*Company.ttf: {why}"), using((("regular", str(path)),)):
            pass


@pytest.mark.parametrize("fonts", [(("bold", "a.ttf"),), (("regular", "a"), ("thin", "b")), (("regular", "a"),) * 2])
def test_the_weights_must_be_clear(fonts: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(FontError, match="give a file for regular"), using(fonts):
        pass


def test_a_file_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(FontError, match=r"font /nowhere/A\.ttf: cannot be read"),
        using((("regular", "/nowhere/A.ttf"),)),
    ):
        pass
