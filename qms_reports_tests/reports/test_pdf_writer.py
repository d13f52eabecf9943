"""The PDF says everything the document says, on tidy pages, and always in the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from pypdf import PdfReader

from qms_reports.charts import typeface
from qms_reports.reports import status_pill
from qms_reports.reports.document import Column, Paragraph, Report, Section, Table
from qms_reports.reports.page_frame import BOTTOM, COLUMN, CONTROLLED
from qms_reports.reports.pdf_writer import missing_characters, write_pdf
from qms_reports.reports.printed_cells import cell_text, number_text
from qms_reports.reports.tiles import PADDING, TileLayout, lay_out_grid
from qms_reports_tests.reports.sample_report import EMPTY_REPORT, REPORT, TILES, long_table, tile

ROOT = Path(__file__).parents[2]


def squeezed(text: str) -> str:
    """Without white space: where a line breaks does not matter."""
    return re.sub(r"\s+", "", text)


def page_texts(file: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(file)).pages]


@pytest.fixture(scope="module")
def sample() -> bytes:
    return write_pdf(REPORT)


@pytest.fixture(scope="module")
def sample_text(sample: bytes) -> str:
    return squeezed("".join(page_texts(sample)))


def with_table(table: Table) -> bytes:
    return write_pdf(replace(REPORT, sections=(Section("s", "Section", (), (table,)),)))


def test_every_text_of_every_tile_is_printed(sample_text: str) -> None:
    for shown in TILES:
        texts = [shown.title, shown.text, shown.fraction, shown.interval, shown.change, shown.comparator]
        texts += [shown.target, shown.status_text, shown.signal_text]
        if shown.value is not None:
            texts.append(shown.unit)
        assert [text for text in texts if squeezed(text) not in sample_text] == []


def test_every_table_cell_is_printed(sample_text: str) -> None:
    tables = [block for section in REPORT.sections for block in section.blocks if isinstance(block, Table)]
    cells = [
        cell_text(cell, column).rpartition(":")[2] if column.kind == "status" else cell_text(cell, column)
        for table in tables
        for row in table.rows
        for cell, column in zip(row, table.columns, strict=True)
    ]
    assert len(cells) > 100
    assert [text for text in cells if squeezed(text) not in sample_text] == []


def test_every_definition_is_printed_with_its_sql(sample_text: str) -> None:
    for definition in REPORT.definitions:
        for text in (definition.title, definition.kpi, definition.formula, definition.sql, definition.target):
            assert squeezed(text) in sample_text
        assert squeezed(definition.source) in sample_text


def test_data_quality_and_provenance_are_printed(sample_text: str) -> None:
    for source in REPORT.data_quality.sources:
        assert squeezed(source.file) in sample_text
        assert source.sha256[:12] in sample_text
    for row in REPORT.data_quality.quarantined:
        assert squeezed(row.message) in sample_text
    assert squeezed("9 of 34 quarantined rows are listed") in sample_text
    for digest in (REPORT.provenance.template_sha256, REPORT.provenance.data_sha256, REPORT.provenance.content_sha256):
        assert digest in sample_text


def test_every_page_says_which_page_of_how_many_it_is(sample: bytes) -> None:
    pages = page_texts(sample)
    assert len(pages) >= 5
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
        assert CONTROLLED in text
        assert REPORT.provenance.data_sha256[:12] in text
        assert REPORT.document_number in text


def test_all_fonts_are_embedded_and_only_inter_is_used(sample: bytes, tmp_path: Path) -> None:
    (tmp_path / "sample.pdf").write_bytes(sample)
    listing = subprocess.run(["pdffonts", tmp_path / "sample.pdf"], capture_output=True, text=True, check=True).stdout
    fonts = listing.splitlines()[2:]
    assert fonts
    for font in fonts:
        assert re.search(r"\+Inter-\w+ .* yes yes yes ", font), font


def test_the_file_declares_tags_language_and_both_standards(sample: bytes) -> None:
    reader = PdfReader(io.BytesIO(sample))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a pypdf object, not a bool
    assert root["/Lang"] == "en-GB"
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert reader.metadata.title == "Monthly quality review, May 2024"
    assert reader.metadata.author == REPORT.organization
    assert reader.metadata.creation_date == REPORT.cutoff


def test_each_figure_has_a_text_alternative(sample: bytes) -> None:
    kinds: dict[str, int] = {}
    without: list[str] = []

    def walk(element: dict) -> None:
        kind = str(element.get("/S", ""))
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind == "/Figure" and not element.get("/Alt"):
            without.append(str(element))
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            resolved = child.get_object()
            if isinstance(resolved, dict) and resolved.get("/S"):
                walk(resolved)

    walk(PdfReader(io.BytesIO(sample)).trailer["/Root"]["/StructTreeRoot"]["/K"].get_object())
    assert without == []
    charts = 6
    sparklines = sum(any(value is not None for value in shown.series) for shown in (*TILES, *TILES[:2]))
    assert kinds["/Figure"] == charts + sparklines
    assert kinds["/H1"] == 1
    assert kinds["/Table"] == 4


@pytest.mark.parametrize("report", [REPORT, EMPTY_REPORT])
def test_every_table_element_has_a_body(report: Report) -> None:
    pending = [PdfReader(io.BytesIO(write_pdf(report))).trailer["/Root"]["/StructTreeRoot"]["/K"].get_object()]
    bodies = []
    while pending:
        element = pending.pop()
        kids = [kid for kid in (child.get_object() for child in element.get("/K", [])) if kid.get("/S")]
        if element["/S"] == "/Table":
            bodies.append([str(kid["/S"]) for kid in kids].count("/TBody"))
        pending += kids
    assert bodies
    assert set(bodies) == {1}


def test_tiles_link_to_definitions_and_the_outline_lists_the_sections(sample: bytes) -> None:
    reader = PdfReader(io.BytesIO(sample))
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    assert {link["/Contents"] for link in links} == {f"Definition of {shown.title}" for shown in TILES}
    titles = [str(entry["/Title"]) for entry in reader.outline if not isinstance(entry, list)]
    assert titles == ["Deviations and CAPA", "Suppliers", "Definitions", "Data quality", "Provenance"]


@pytest.mark.parametrize("writer", ["pdf_writer.write_pdf", "excel_writer.write_excel"])
def test_two_processes_with_other_seed_zone_language_and_time_write_the_same_bytes(writer: str) -> None:
    module, function = writer.split(".")
    program = (
        f"import hashlib, sys; from qms_reports.reports.{module} import {function};"
        "from qms_reports_tests.reports.sample_report import REPORT;"
        f"print(hashlib.sha256({function}(REPORT)).hexdigest())"
    )
    digests = []
    for seed, zone, language in (("0", "UTC", "C.UTF-8"), ("4242", "Asia/Tokyo", "de_DE.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LANG": language, "LC_ALL": language}
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        digests.append(run.stdout)
        if not digests[1:]:
            time.sleep(2.1)  # zip times have steps of two seconds
    assert digests[0] == digests[1]


def test_a_long_table_repeats_its_head_and_prints_every_row_once() -> None:
    table = long_table(700)
    pages = page_texts(with_table(table))
    numbers = re.findall(r"REC-\d{5}", "\n".join(pages))
    assert numbers == [f"REC-{i:05d}" for i in range(700)]
    with_rows = [text for text in pages if "REC-" in text]
    assert len(with_rows) > 10
    assert all("Record" in text and "Status" in text for text in with_rows)
    assert all(len(re.findall(r"REC-\d{5}", text)) >= 2 for text in with_rows)


def test_a_cell_longer_than_a_page_is_printed_whole() -> None:
    words = [f"word{i}" for i in range(3000)]
    table = Table("t", "T", (Column("A"), Column("B")), (("x", " ".join(words)), ("y", "end")))
    text = squeezed("".join(t.split("Controlled")[0] for t in page_texts(with_table(table))))
    assert [word for word in words if word not in text] == []


def test_a_heading_is_never_the_last_thing_on_a_page() -> None:
    for lines in range(25, 50):
        filler = tuple(Paragraph(f"Line {n}") for n in range(lines))
        report = replace(
            REPORT,
            headline="",
            tiles=(),
            sections=(Section("a", "First", (), filler), Section("b", "Second", (), (long_table(4),))),
        )
        page = next(text for text in page_texts(write_pdf(report)) if "Second" in text)
        assert "REC-00000" in page
        assert "REC-00001" in page


def test_a_report_with_nothing_in_it_still_has_its_pages() -> None:
    text = "".join(page_texts(write_pdf(EMPTY_REPORT)))
    for expected in ("Nothing here", "No rows", "Definitions", "Data quality", "No row was quarantined", "Provenance"):
        assert expected in text


def runs_with_the_pill(layout: TileLayout) -> list[tuple[float, float, float, float]]:
    """Boxes (left, top, right, bottom) of all texts, the pill as one."""
    boxes = [
        (
            run.x,
            run.baseline - typeface.ASCENT * run.size,
            run.x + run.width,
            run.baseline + typeface.DESCENT * run.size,
        )
        for run in layout.runs
    ]
    x, baseline = layout.pill
    boxes.append((x, baseline - 8.1, x + status_pill.pill_width(layout.tile.status_text), baseline + 3.4))
    if layout.arrow:
        boxes.append((layout.arrow[0], layout.arrow[1] - 5.2, layout.arrow[0] + 6, layout.arrow[1]))
    if layout.signal:
        boxes.append((layout.signal[0], layout.signal[1] - 5.4, layout.signal[0] + 6, layout.signal[1]))
    if layout.spark:
        left, top, width, height = layout.spark
        boxes.append((left, top, left + width, top + height))
    return boxes


HARD_TILES = (
    tile(title="Proportion of corrective and preventive actions with verified effectiveness within ninety days"),
    tile(title="Unbreakable" * 12, text="1,234,567.89", unit="per 100,000 units released"),
    tile(fraction="123,456 of 1,234,567", interval="95 % CI 1,012.5–1,345.9", comparator="vs September 2023"),
    tile(target="Target between 1,250 and 1,400 per 100 lots", status="none", status_text="Few records"),
    tile(change="+1,234.5 per 100 lots", comparator="vs the same quarter of the year before"),
    tile(value=None, text="n/a", unit="days", change="", comparator="", fraction="", interval="", series=()),
    tile(value=None, text="n/a", fraction="fewer than half have ended: the median is not reached", interval=""),
    tile(signal="signal", signal_text="Beyond noise (N1 and N2 on u\N{PRIME}) and some more words than fit"),
)


@pytest.mark.parametrize("tiles", [TILES, HARD_TILES, HARD_TILES[:1], *[(shown,) for shown in HARD_TILES]])
def test_nothing_in_a_tile_touches_or_overflows(tiles: tuple) -> None:
    for layout in lay_out_grid(tiles, COLUMN):
        boxes = runs_with_the_pill(layout)
        for left, top, right, bottom in boxes:
            assert left >= PADDING - 2
            assert right <= layout.width - PADDING + 2.05
            assert top >= PADDING - 2
            assert bottom <= layout.height - 3
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 0.9 or other[3] <= one[1] + 0.9
            assert apart, (layout.tile.title, one, other)


def test_the_whole_page_stays_inside_its_margins(tmp_path: Path) -> None:
    report = replace(REPORT, tiles=HARD_TILES, title="A very long title " * 8, organization="Organization " * 20)
    (tmp_path / "hard.pdf").write_bytes(write_pdf(report))
    boxes = subprocess.run(
        ["pdftotext", "-bbox", tmp_path / "hard.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', boxes)
    assert len(words) > 500
    for left, top, right, bottom in (tuple(map(float, word)) for word in words):
        assert left >= 40
        assert right <= 595.3 - 40
        assert top >= 10
        assert bottom <= 841.9 - 10


def test_a_draft_has_a_watermark_and_another_status_has_none(sample: bytes) -> None:
    assert not any(re.search(r"^DRAFT$", text, re.MULTILINE) for text in page_texts(sample))
    pages = page_texts(write_pdf(replace(REPORT, status="DRAFT")))
    assert all("DRAFT" in text for text in pages)


def test_characters_without_a_glyph_are_named_and_the_file_stays_sound() -> None:
    report = replace(REPORT, headline="Batch አ released\x00")
    assert missing_characters(REPORT) == ()
    assert [(found.character, found.text, found.place) for found in missing_characters(report)] == [
        ("\x00", report.headline, "headline"),
        ("አ", report.headline, "headline"),
    ]
    assert "Batch □ released□" in page_texts(write_pdf(report))[0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no number to print"):
        with_table(Table("t", "T", (Column("A", "number"),), ((value,),)))


def test_a_status_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="status cell 'splendid:Yes'"):
        with_table(Table("t", "T", (Column("A", "status"),), (("splendid:Yes",),)))


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (0.125, 2, "0.13"),
        (-0.04, 1, "0.0"),
        (1.005, 2, "1.01"),
        (1e300, 1, "1e+300"),
        (12345678, 0, "12345678"),
    ],
)
def test_numbers_are_printed_as_a_spreadsheet_shows_them(value: float, decimals: int, printed: str) -> None:
    assert number_text(value, decimals) == printed


def test_cells_are_printed_by_kind() -> None:
    assert cell_text(98.2, Column("A", "percent", 1)) == "98.2\u00a0%"
    assert cell_text(dt.date(2024, 5, 1), Column("A", "date")) == "2024-05-01"
    assert cell_text(None, Column("A", "number")) == "–"
    assert cell_text(None, Column("A")) == ""


def test_the_foot_has_room_below_the_content() -> None:
    assert BOTTOM > 46 + 12
