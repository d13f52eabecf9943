"""The PDF says everything the document says, on tidy pages, and always in the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from qms_reports.charts import typeface
from qms_reports.languages import language
from qms_reports.reports import pdf_attachments, status_pill
from qms_reports.reports.document import Appendix, Column, Figures, PageSetup, Paragraph, Section, Table
from qms_reports.reports.page_frame import sheet_of
from qms_reports.reports.pdf_writer import missing_characters, write_pdf
from qms_reports.reports.printed_cells import cell_text, number_text
from qms_reports.reports.table_csv import chart_csv, table_csv
from qms_reports.reports.tiles import PADDING, TileLayout, lay_out_grid
from qms_reports_tests.reports.pdf_reading import Link, links, page_texts, squeezed, structure, text_below
from qms_reports_tests.reports.sample_report import (
    EMPTY_REPORT,
    FULL_REPORT,
    LANDSCAPE_REPORT,
    REPORT,
    TILES,
    long_table,
    records,
    tile,
    wide_table,
)

ROOT = Path(__file__).parents[2]
COLUMN = sheet_of(PageSetup()).column
CONTROLLED = "Controlled document. Printed copies are uncontrolled."


@pytest.fixture(scope="module")
def sample() -> bytes:
    return write_pdf(REPORT)


@pytest.fixture(scope="module")
def full() -> bytes:
    return write_pdf(FULL_REPORT)


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


def test_each_figure_has_a_text_alternative_and_each_table_a_body(sample: bytes, full: bytes) -> None:
    document = structure(sample)
    assert all(figure.entry.get("/Alt") for figure in document.find("Figure"))
    charts = 6
    sparklines = sum(any(value is not None for value in shown.series) for shown in (*TILES, *TILES[:2]))
    assert len(document.find("Figure")) == charts + sparklines
    assert len(document.find("H1")) == 1
    for root in (document, structure(full), structure(write_pdf(EMPTY_REPORT))):
        bodies = [[child.kind for child in table.children].count("TBody") for table in root.find("Table")]
        assert bodies
        assert set(bodies) == {1}
        assert all(cell.entry["/A"]["/Scope"] == "/Column" for cell in root.find("TH"))
        levels = [int(node.kind[1]) for node in root.walk() if re.fullmatch(r"H\d", node.kind)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_outline_lists_the_sections_and_what_is_in_them(full: bytes) -> None:
    outline = PdfReader(io.BytesIO(full)).outline
    titles = [str(entry["/Title"]) for entry in outline if not isinstance(entry, list)]
    assert titles == [
        "Summary", "Actions", "Main figures", "Deviations and CAPA", "Suppliers", "Definitions",
        "Records behind the figures", "Data quality", "Provenance",
    ]  # fmt: skip
    lists = [entry for entry in outline if isinstance(entry, list)]
    inside = [title for title in titles if title not in ("Summary", "Data quality", "Provenance")]
    inside += ["Data quality", "Provenance"]
    below = {title: [str(child["/Title"]) for child in found] for title, found in zip(inside, lists, strict=True)}
    assert "Closures overtook openings in May" in below["Deviations and CAPA"]
    assert "Open deviations, most urgent first" in below["Deviations and CAPA"]
    assert below["Definitions"] == [definition.title for definition in FULL_REPORT.definitions]
    assert [title for title in below["Records behind the figures"] if title != "CAPA actions open"] == [
        appendix.title for appendix in FULL_REPORT.appendices
    ]


def test_every_link_leads_to_what_it_says_and_is_tagged(full: bytes) -> None:
    reader = PdfReader(io.BytesIO(full))
    found = links(reader)
    for link in found:
        title = re.fullmatch(r"(.+), page (\d+)|(?:Chart: |Definition of |Records behind )(.+)", link.said)
        assert title, link.said
        there = text_below(reader, link.target, link.top, 36.0)
        assert squeezed(title[1] or title[3]) in there, (link, there)
        assert int(title[2] or link.target) == link.target
    tagged = [
        node
        for node in structure(full).find("Link")
        if any("/Obj" in part for part in node.content if isinstance(part, dict))
    ]
    assert len(tagged) == len(found)
    parents = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    by_key = dict(zip(parents[::2], parents[1::2], strict=True))
    annotations = [one.get_object() for page in reader.pages for one in page.get("/Annots", [])]
    assert {str(by_key[one["/StructParent"]].get_object()["/S"]) for one in annotations} == {"/Link"}


def test_tile_chart_definition_and_records_are_a_chain_that_leads_back(full: bytes) -> None:
    reader = PdfReader(io.BytesIO(full))
    found = links(reader)

    def one(said: str, page: int) -> Link:
        return next(link for link in found if link.said == said and link.page == page)

    tile = one("Chart: Closures overtook openings in May", 2)
    caption = one("Definition of Deviations closed on time", tile.target)
    records = one("Records behind Deviations closed on time", caption.target)
    back = one("Definition of Deviations closed on time", records.target)
    assert (back.target, back.top) == (caption.target, caption.top)
    shown = one("Chart: Closures overtook openings in May", caption.target)
    assert (shown.target, shown.top) == (tile.target, tile.top)
    untouched = one("Definition of Median time to close an investigation", 2)  # no chart shows it
    assert untouched.target == caption.target or untouched.target == caption.target + 1
    row = next(link for link in found if link.said == "Definition of Batches right first time" and link.page == 2)
    assert row.target >= caption.target


def test_the_frame_is_on_the_cover_or_in_a_section_of_its_own(full: bytes) -> None:
    pages = page_texts(full)
    landscape = page_texts(write_pdf(LANDSCAPE_REPORT))
    last = squeezed("".join(landscape[-3:]))
    cover = squeezed(pages[0])
    report = FULL_REPORT
    for place in (cover, last):
        for text in (report.prepared_by, report.retention, report.classification, *report.distribution):
            assert squeezed(text) in place
        for approval in report.approvals:
            assert all(
                squeezed(text) in place for text in (approval.meaning, approval.role, approval.name, approval.signed)
            )
        for revision in report.revisions:
            assert squeezed(revision.reason) in place
        assert all(squeezed(f"{title}: {value}") in place for title, value in report.parameters)
        assert report.document_number in place
    assert "Document control" in "".join(landscape)
    assert all(report.classification in text and CONTROLLED in text for text in pages)
    bare = replace(EMPTY_REPORT, theme=report.theme)
    for file in (full, write_pdf(bare)):  # on the cover, or in the band of the first page
        assert [node.kind for node in structure(file).walk()][:2] == ["Document", "Figure"]
        assert str(structure(file).find("Figure")[0].entry["/Alt"]) == report.theme.logo_alt


def test_a_cover_with_hundreds_of_lines_goes_on_over_pages() -> None:
    names = tuple(f"Recipient number {number}" for number in range(120))
    revisions = tuple(replace(FULL_REPORT.revisions[0], version=str(number)) for number in range(90))
    sections = tuple(Section(f"s{number}", f"Section of site {number}", (), (Paragraph("."),)) for number in range(150))
    report = replace(FULL_REPORT, distribution=names, revisions=revisions, sections=sections, chart_kpis=())
    file = write_pdf(report)
    reader = PdfReader(io.BytesIO(file))
    contents = [link for link in links(reader) if re.fullmatch(r"Section of site \d+, page \d+", link.said)]
    assert [link.said for link in contents] == [
        f"Section of site {number}, page {link.target}" for number, link in enumerate(contents)
    ]
    assert len(contents) == 150
    text = squeezed("".join(page_texts(file)))
    assert all(squeezed(name) in text for name in names)


def test_summary_control_totals_and_actions_stand_on_the_first_page_of_content(full: bytes) -> None:
    page = squeezed(page_texts(full)[1])
    for text in (*FULL_REPORT.summary, "Control totals", "Export of site North", "What needs action"):
        assert squeezed(text) in page
    assert "3,603" in page  # rows read, in all
    broken = replace(FULL_REPORT.control_totals[0], read=1201)
    text = "".join(page_texts(write_pdf(replace(FULL_REPORT, control_totals=(broken,)))))
    assert "Does not reconcile: Deviations." in text


def test_control_totals_come_before_the_tiles_where_the_page_is_too_short_for_both() -> None:
    totals = tuple(replace(FULL_REPORT.control_totals[0], dataset=f"Dataset {number}") for number in range(25))
    page = page_texts(write_pdf(replace(FULL_REPORT, control_totals=totals)))[1]
    assert all(f"Dataset {number}" in page for number in range(25))


def test_every_table_and_chart_is_attached_as_it_is_computed(full: bytes) -> None:
    reader = PdfReader(io.BytesIO(full))
    catalog = reader.trailer["/Root"]
    tables = [block for section in FULL_REPORT.sections for block in section.blocks if isinstance(block, Table)]
    tables += [FULL_REPORT.actions, *(appendix.table for appendix in FULL_REPORT.appendices)]
    expected = {f"table-{table.id}.csv": table_csv(table) for table in tables}
    for section in FULL_REPORT.sections:
        for block in section.blocks:
            if isinstance(block, Figures):
                expected |= {f"chart-{chart.specification.id}.csv": chart_csv(chart) for chart in block.charts}
    names = catalog["/Names"]["/EmbeddedFiles"]["/Names"]
    assert list(names[::2]) == sorted(names[::2])
    found = {}
    for specification in (one.get_object() for one in catalog["/AF"]):
        stream = specification["/EF"]["/F"]
        name, content = str(specification["/UF"]), stream.get_data()
        found[name] = content
        relationship, kind = ("/Data", "/text/csv") if name.endswith(".csv") else ("/Source", "/application/gzip")
        assert specification["/AFRelationship"] == relationship
        assert stream["/Subtype"] == kind
        assert stream["/Params"]["/Size"] == len(content)
        assert stream["/Params"]["/CheckSum"].original_bytes == hashlib.md5(content, usedforsecurity=False).digest()
        assert str(stream["/Params"]["/ModDate"]).startswith("D:20240603060000")
    assert expected.items() <= found.items()
    assert set(map(str, names[::2])) == set(found)
    text = squeezed("".join(page_texts(full)))
    assert [name for name in found if name.endswith(".csv") and name not in text] == []


@pytest.mark.parametrize(
    ("tag", "organization", "expected"),
    [
        (
            "de",
            "Beispiel Pharma, Werk Nord",
            ("ENTWURF", "Freigaben", "Abstimmsummen", "Seite1von", "1.190", "50von120Zeilen"),
        ),
        ("ja", "見本製薬株式会社 北工場", ("草案", "承認", "照合合計", "目次", "全120行中50行", "データ品質")),
    ],
)
def test_the_fixed_text_is_in_the_language_of_the_report(tag: str, organization: str, expected: tuple) -> None:
    report = replace(FULL_REPORT, language=tag, organization=organization, final=False, status="DRAFT")
    file = write_pdf(report)
    text = squeezed("".join(page_texts(file)))
    assert [word for word in (*expected, squeezed(organization)) if word not in text] == []
    assert "□" not in text
    fixed = [language("en").text(f"pdf.{key}") for key in ("approvals", "contents", "data_quality", "uncontrolled")]
    assert [word for word in fixed if squeezed(word) in text] == []
    assert PdfReader(io.BytesIO(file)).trailer["/Root"]["/Lang"] == tag


def test_a_table_says_how_many_of_its_rows_are_printed(full: bytes) -> None:
    text = squeezed("".join(page_texts(full)))
    said = "50 of 120 rows printed; all are in the attached file table-records-capa_overdue.csv."
    assert squeezed(said) in text
    held = "20 of 3,112 rows printed; the attached file table-records-capa_overdue-exposure.csv holds 60."
    assert squeezed(held) in text
    none = squeezed("".join(page_texts(with_table(records("x", 12, print_rows=0)))))
    assert squeezed("0 of 12 rows printed; all are in the attached file table-records-x.csv.") in none
    assert "Norows" not in none
    bodies = [len(body.children) for body in structure(full).find("TBody")]
    assert 50 in bodies
    assert 39 in bodies


def test_attachments_beyond_the_cap_are_named_and_not_silently_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_attachments, "MOST_BYTES", 5_000)
    monkeypatch.setattr(pdf_attachments.attach, "__defaults__", (5_000,))
    file = write_pdf(FULL_REPORT)
    names = [str(name) for name in PdfReader(io.BytesIO(file)).attachments]
    assert "table-records-capa_overdue.csv" not in names
    assert "table-figures.csv" in names
    text = squeezed("".join(page_texts(file)))
    assert "Notattached,because" in text
    assert "table-records-capa_overdue.csv" in text
    assert squeezed("50 of 120 rows printed.") in text


@pytest.mark.parametrize(
    ("size", "orientation"), [("Letter", "portrait"), ("A4", "landscape"), ("A3", "portrait"), ("A3", "landscape")]
)
def test_everything_stands_inside_the_margins_of_any_paper(size: str, orientation: str) -> None:
    report = replace(
        FULL_REPORT,
        page=PageSetup(size, orientation),
        sections=FULL_REPORT.sections[1:2],
        appendices=(),
        definitions=(),
    )
    reader = PdfReader(io.BytesIO(write_pdf(report)))
    box = reader.pages[0].mediabox
    assert (float(box.width) > float(box.height)) == (orientation == "landscape")
    right = float(box.width) - 42.5
    seen = 0.0

    def keep(text: str, transform: list[float], matrix: list[float], *_: object) -> None:
        nonlocal seen
        if text.strip() and abs(matrix[1]) < 0.01 and abs(transform[1]) < 0.01:
            left = transform[4] + matrix[4]
            assert 42.0 <= left <= right, text
            assert 20.0 <= transform[5] + matrix[5] <= float(box.height) - 15.0, text
            seen = max(seen, left)

    for page in reader.pages:
        page.extract_text(visitor_text=keep)
    assert seen > right * 0.8  # the width is used


@pytest.mark.parametrize("writer", ["pdf_writer.write_pdf", "excel_writer.write_excel"])
def test_two_processes_with_other_seed_zone_language_and_time_write_the_same_bytes(writer: str) -> None:
    module, function = writer.split(".")
    program = (
        f"import hashlib, sys; from qms_reports.reports.{module} import {function};"
        "from qms_reports_tests.reports.sample_report import REPORT;"
        f"print(hashlib.sha256({function}(REPORT)).hexdigest())"
    )
    digests = []
    for seed, zone, locale in (("0", "UTC", "C.UTF-8"), ("4242", "Asia/Tokyo", "de_DE.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LANG": locale, "LC_ALL": locale}
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        digests.append(run.stdout)
        if not digests[1:]:
            time.sleep(2.1)  # zip times have steps of two seconds
    assert digests[0] == digests[1]


def test_a_long_table_repeats_its_head_and_prints_every_row_once() -> None:
    table = long_table(300)
    file = with_table(table)
    pages = page_texts(file)
    numbers = re.findall(r"REC-\d{5}", "\n".join(pages))
    assert numbers == [f"REC-{i:05d}" for i in range(300)]
    with_rows = [text for text in pages if "REC-" in text]
    assert len(with_rows) > 4
    assert all("Record" in text and "Status" in text for text in with_rows)
    assert all(len(re.findall(r"REC-\d{5}", text)) >= 2 for text in with_rows)
    (found,) = [node for node in structure(file).find("Table") if len(node.find("TR")) > 40]
    assert len(found.find("TR")) == 301
    assert len(found.find("TD")) == 300 * 4
    assert len(found.find("TH")) == 4  # repeated heads are pagination, not content


def test_a_cell_longer_than_a_page_is_one_cell_and_printed_whole() -> None:
    words = [f"word{i}" for i in range(3000)]
    table = Table("t", "T", (Column("A"), Column("B")), (("x", " ".join(words)), ("y", "end")))
    file = with_table(table)
    text = squeezed("".join(t.split("qms_reports 0")[0] for t in page_texts(file)))
    assert [word for word in words if word not in text] == []
    (body,) = [node for node in structure(file).find("TBody") if len(node.find("TD")) == 4]
    assert len(body.children) == 2
    assert len(body.find("TD")[1].content) > 1  # on several pages


def test_a_table_wider_than_the_page_goes_on_in_blocks_of_columns_with_every_figure() -> None:
    table = wide_table(40)
    file = with_table(table)
    text = squeezed("".join(page_texts(file)))
    figures = [number_text(value, 2) for row in table.rows for value in row[1:]]
    assert [figure for figure in figures if figure not in text] == []
    tables = [node for node in structure(file).find("Table") if len(node.find("TR")) == 41]
    assert sum(len(node.find("TH")) - 1 for node in tables) == 30
    assert sum(len(node.find("TD")) - 40 for node in tables) == 30 * 40
    assert re.search(r"Awidetable,columns1–\d+of31", text)
    appendix = Appendix("k", "Rate", "1.0 %", "1 of 100", replace(table, title="Rate"))
    untitled = squeezed("".join(page_texts(write_pdf(replace(REPORT, appendices=(appendix,))))))
    assert ",columns1–" not in untitled.replace("Rate,columns1–", "")
    assert re.search(r"Columns1–\d+of31", untitled)
    assert re.search(r"Rate,columns1–\d+of31,continued", untitled)


def test_the_parts_of_a_key_stand_on_one_line() -> None:
    rows = tuple((f"DOC-00000{number} | 3", "a title of some length " * 8, 1, 2) for number in range(10, 14))
    columns = (Column("Document version"), Column("Title"), Column("A", "integer"), Column("B", "integer"))
    lines = "\n".join(page_texts(with_table(Table("keys", "Keys", columns, rows)))).replace("\u00a0", " ")
    assert all(f"DOC-00000{number} | 3" in lines for number in range(10, 14))


def test_a_heading_is_never_the_last_thing_on_a_page() -> None:
    for lines in range(28, 48, 4):
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


def test_a_short_text_stays_with_what_it_introduces() -> None:
    for lines in range(28, 48, 4):
        filler = tuple(Paragraph(f"Line {n}") for n in range(lines))
        second = Section("b", "Second", (), (Paragraph("These are they."), long_table(4)))
        report = replace(REPORT, headline="", tiles=(), sections=(Section("a", "First", (), filler), second))
        page = next(text for text in page_texts(write_pdf(report)) if "These are they." in text)
        assert "Second" in page
        assert "REC-00000" in page


def test_a_long_title_is_set_smaller_rather_than_in_two_lines_and_a_year_is_said_once() -> None:
    year = {"period_key": "2024", "period_label": "2024"}
    report = replace(FULL_REPORT, title="Product quality review: Cardiol 10 mg", **year)
    cover = page_texts(write_pdf(report))[0]
    assert report.title in cover.splitlines()
    assert "2024 (2024)" not in cover
    assert f"{REPORT.period_label} ({REPORT.period_key})" == REPORT.period_text


def test_an_empty_listing_says_so_once() -> None:
    columns = (Column("Audit"), Column("Site"))
    assert "No rows." in "".join(page_texts(with_table(Table("t", "Audits", columns, ()))))
    text = "".join(page_texts(with_table(Table("t", "Audits", columns, (), note="No audits."))))
    assert "No audits." in text
    assert "No rows." not in text.partition("Definitions")[0]


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
    report = replace(
        REPORT, final=True, tiles=HARD_TILES, title="A very long title " * 8, organization="Organization " * 20
    )
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


def test_every_page_has_a_watermark_unless_the_report_is_final(sample: bytes) -> None:
    assert all(re.search(r"^DRAFT", text, re.MULTILINE) for text in page_texts(sample))
    assert not any("DRAFT" in text for text in page_texts(write_pdf(replace(REPORT, final=True))))


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
    with pytest.raises(ValueError, match=r"table 't', row 1: column 'A': .* is no number"):
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
