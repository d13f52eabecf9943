"""Other scripts: on the page, in the text of the page, in charts; what cannot be printed is named."""

# ruff: noqa: RUF001 - that is the point

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from qms_reports.charts import text_runs, typeface
from qms_reports.charts.layout import draw
from qms_reports.charts.picture import to_png, to_svg
from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.reports.document import Column, Figures, Report, Section, Table
from qms_reports.reports.glyph_check import missing_characters
from qms_reports.reports.pdf_writer import write_pdf
from qms_reports_tests.reports.sample_report import REPORT

JAPANESE = "逸脱の期限内完了率は「目標達成」（2024年5月）"
CHINESE = "上海质量管理有限公司"
KOREAN = "서울 품질 관리"
ARABIC = "شركة الأمل"
HEBREW = "איכות תל אביב"
THAI, HINDI = "กรุงเทพ", "गुणवत्ता"
GERMAN = "Prüfgröße: Maß ≥ 5 µm"
NAMES = (JAPANESE, CHINESE, KOREAN, ARABIC, HEBREW, THAI, HINDI, GERMAN)


def chart() -> Chart:
    specification = ChartSpecification("names", "bar", JAPANESE, horizontal=True, width=480, language="ja")
    return Chart(specification, NAMES, (Series(KOREAN, tuple(float(n) for n in range(1, 9))),), note=ARABIC)


def report() -> Report:
    rows = tuple((name, f"{name} (12)", float(number)) for number, name in enumerate(NAMES))
    table = Table(
        "names", HEBREW, (Column("名称", weight=2.0), Column("Name, 12"), Column("値", "number")), rows, CHINESE
    )
    section = Section("names", JAPANESE, (), (Figures((chart(),)), table))
    return replace(REPORT, title=JAPANESE, organization=ARABIC, language="ja", headline=CHINESE, sections=(section,))


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scripts") / "names.pdf"
    path.write_bytes(write_pdf(report()))
    return path


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_text_in_every_script_is_found_in_the_page(pdf: Path) -> None:
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    squeezed = "".join(text.split())
    for name in NAMES:
        for word in name.split():
            assert word in squeezed, word
    assert "□" not in text
    assert squeezed.count("شركة") >= 3  # organisation, table, chart


def test_all_fonts_are_embedded_and_no_missing_glyph_is_shown(pdf: Path) -> None:
    assert missing_characters(report()) == ()
    found = {}
    for page in pypdf.PdfReader(pdf).pages:
        for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]  # pypdf types any object
            font = reference.get_object()
            found[str(font["/BaseFont"]).partition("+")[2]] = font["/FontDescriptor"]["/FontFile2"].get_object()
    assert {"NotoSansJP-Regular", "NotoSansJP-Bold", "NotoSansSC-Regular", "NotoSansKR-Regular"} <= found.keys()
    assert {"NotoSansArabic-Regular", "NotoSansHebrew-Regular", "Inter-Regular"} <= found.keys()
    assert pdf.stat().st_size < 400_000


def test_the_same_report_has_the_same_bytes(pdf: Path) -> None:
    for name in reversed(NAMES):  # whatever was printed before
        typeface.runs(f"{name} {name}", typeface.BOLD)
    assert write_pdf(report()) == pdf.read_bytes()


def test_charts_show_every_script_as_pictures_too() -> None:
    scene = draw(chart())
    svg = to_svg(scene)
    assert all(word in svg for name in NAMES for word in name.split())
    assert f'direction="rtl" lengthAdjust="spacingAndGlyphs">{ARABIC}' in svg
    assert to_png(scene, 1.0) == to_png(draw(chart()), 1.0)


def test_what_no_font_has_is_named_with_its_place() -> None:
    table = Table("sites", "Sites", (Column("Site"), Column("አ")), (("Oslo", 1), ("አዲስ", 2), ("አዲስ", 3)))
    bars = Chart(ChartSpecification("c", "bar", "C"), ("ᏣᎳ",), (Series("ሰ", (1.0,)),))
    broken = replace(
        REPORT, title="\x07Bell", sections=(Section("s", "S", (REPORT.tiles[0],), (Figures((bars,)), table)),)
    )
    found = [(missing.character, missing.text, missing.place, missing.times) for missing in missing_characters(broken)]
    assert found == [
        ("\x07", "\x07Bell", "title", 1),
        ("Ꮃ", "ᏣᎳ", "section s, chart c, categories, 1", 1),
        ("Ꮳ", "ᏣᎳ", "section s, chart c, categories, 1", 1),
        ("ሰ", "ሰ", "section s, chart c, series ሰ, name", 1),
        ("አ", "አ", "section s, table sites, columns, 2, name", 1),
        *((character, "አዲስ", "section s, table sites, row 2, column Site", 2) for character in sorted("አዲስ")),
    ]
    assert str(missing_characters(broken)[-1]).endswith(
        "in 'አዲስ' at section s, table sites, row 2, column Site and 1 more places: no font has it, a box is printed"
    )


def test_without_a_shaper_no_text_is_wrong_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_runs, "shaper", lambda: None)
    text_runs.runs_of.cache_clear()
    try:
        assert set(typeface.missing_glyphs(f"{ARABIC} 12 {JAPANESE}")) == set(ARABIC.replace(" ", ""))
        assert [run.text for run in typeface.runs("אב", typeface.REGULAR)] == ["□□"]
    finally:
        text_runs.runs_of.cache_clear()
