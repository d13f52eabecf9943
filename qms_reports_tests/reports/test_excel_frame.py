"""The workbook has the whole frame of a report, leads from each figure to what is behind it, speaks its language."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from openpyxl import load_workbook

import qms_reports
from qms_reports.reports.document import PageSetup
from qms_reports.reports.excel_writer import companion_files, write_excel
from qms_reports_tests.reports.sample_report import FULL_REPORT, LANDSCAPE_REPORT, REPORT

ROOT = str(Path(qms_reports.__file__).parent.parent)
REPORTS_OWN = {
    "KPI",
    "Value",
    "Unit",
    "Status",
    "Title",
    "Rule",
    "Records",
    "Version",
    "Category",
    "Target",
    "File",
    "Row",
    "Accepted",
}
"""Heads of the report's own tables and words of its charts, which are data."""

TEXTS = yaml.safe_load((Path(qms_reports.__file__).parent / "languages" / "workbook.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def full() -> bytes:
    return write_excel(FULL_REPORT)


@pytest.fixture(scope="module")
def book(full: bytes) -> Any:
    return load_workbook(io.BytesIO(full))


@pytest.fixture(scope="module")
def japanese() -> Any:
    return load_workbook(io.BytesIO(write_excel(replace(FULL_REPORT, language="ja", final=False))))


def texts(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def body(sheet: Any, name: str) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet[sheet.tables[name].ref]][1:]


def part(workbook: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name).decode()


def test_the_summary_says_what_the_report_is_and_who_answers_for_it(book: Any) -> None:
    shown = texts(book["Summary"])
    assert shown[:4] == [
        REPORT.title,
        f"{REPORT.organization} · {REPORT.period_label}",
        f"{REPORT.document_number} · version {FULL_REPORT.version} · {FULL_REPORT.status}",
        f"Data as of {REPORT.cutoff_label}",
    ]
    facts = dict(itertools.pairwise(shown))
    assert facts["Site"] == "North"
    assert facts["Classification"] == "Confidential"
    assert facts["Distribution"] == "Head of Quality, Site management, Production planning"
    assert facts["Retention"] == "10 years after the end of the period"
    assert [text for text in shown if text in FULL_REPORT.summary] == list(FULL_REPORT.summary)
    for line in FULL_REPORT.approvals:
        assert line.role in shown
    assert "Restated: 2 figures changed by 14 late-entered deviations" in shown
    assert FULL_REPORT.revisions[0].content_sha256 in shown
    assert "CAPA actions overdue at month end · 7 · beyond the warning limit · Action" in shown


def test_control_totals_stand_on_the_first_sheet_as_numbers(book: Any) -> None:
    rows = body(book["Summary"], "table_control_totals")
    assert rows[0] == ("Deviations", "Export of site North", 1200, 1190, 7, 3, 1190, 39)
    assert len(rows) == 3
    assert all(row[2] == sum(row[3:6]) for row in rows)
    first = book["Summary"].tables["table_control_totals"].ref.split(":")[0]
    assert book["Summary"][first].offset(1, 2).number_format == "#,##0"


def test_a_rating_is_a_word_shown_with_a_shape(book: Any) -> None:
    shown = {}
    for row in body_cells(book["Summary"], "table_summary"):
        shown[row[9].value] = row[9].number_format
    assert shown["On target"] == '"● "@'
    assert shown["Action"] == '"◆ "@'
    assert shown["Watch"] == '"▲ "@'
    assert shown["No data"] == '"○ "@'


def body_cells(sheet: Any, name: str) -> list[tuple[Any, ...]]:
    return list(sheet[sheet.tables[name].ref])[1:]


def target_of(sheet: Any, reference: str) -> tuple[str, str]:
    (link,) = [link for link in links(sheet) if link.ref == reference]
    return place_of(link)


def place_of(link: Any) -> tuple[str, str]:
    name, _, place = link.location.rpartition("!")
    return name.strip("'").replace("''", "'"), place


def links(sheet: Any) -> list[Any]:
    return [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]


def test_links_lead_from_the_figure_to_definition_records_and_chart_and_back(book: Any) -> None:
    summary = book["Summary"]
    first = body_cells(summary, "table_summary")[0]
    definition = target_of(summary, first[1].coordinate)
    assert book[definition[0]][definition[1]].value == "deviations_closed_on_time"
    records = target_of(summary, first[2].coordinate)
    assert book[records[0]]["A1"].value == "Records behind: Deviations closed on time"
    chart = target_of(summary, first[0].coordinate)
    assert book[chart[0]][chart[1]].value == "Closures overtook openings in May"
    assert target_of(book[definition[0]], definition[1]) == records
    back = book[records[0]]
    assert target_of(back, "B3") == definition
    assert target_of(back, "A3") == ("Summary", "A1")
    figures = book["Main figures"]
    assert target_of(figures, "A5") == definition


def test_every_link_leads_to_a_cell_that_is_there_and_none_leads_outside(book: Any, full: bytes) -> None:
    count = 0
    for sheet in book:
        for link in links(sheet):
            assert link.target is None
            name, place = place_of(link)
            assert book[name][place].value is not None
            count += 1
    assert count > 40
    with zipfile.ZipFile(io.BytesIO(full)) as archive:
        relations = [archive.read(name) for name in archive.namelist() if name.endswith(".rels")]
    assert not any(b"TargetMode" in content for content in relations)


def test_all_sheets_are_listed_on_the_first(book: Any) -> None:
    summary = book["Summary"]
    listed = {place_of(link)[0] for link in links(summary)}
    assert {sheet.title for sheet in book} - {"Summary"} == listed


def test_the_records_behind_a_number_are_all_there(book: Any) -> None:
    for appendix in FULL_REPORT.appendices:
        for table in filter(None, (appendix.table, appendix.exposure)):
            (sheet,) = [
                sheet for sheet in book for name in sheet.tables if name == "table_" + table.id.replace("-", "_")
            ]
            rows = body(sheet, "table_" + table.id.replace("-", "_"))
            assert len(rows) == len(table.rows)
            assert [row[0] for row in rows] == [row[0] for row in table.rows]


def test_a_report_that_is_not_final_says_draft_on_every_sheet(book: Any) -> None:
    draft = load_workbook(io.BytesIO(write_excel(LANDSCAPE_REPORT)))
    assert {sheet.oddFooter.center.text for sheet in draft} == {"DRAFT"}
    assert any(text.startswith("DRAFT: this report") for text in texts(draft["Summary"]))
    assert {sheet.oddFooter.center.text for sheet in book} == {"Confidential"}
    assert not any(text.startswith("DRAFT") for text in texts(book["Summary"]))


def test_paper_and_orientation_are_the_reports(book: Any) -> None:
    letter = write_excel(replace(REPORT, page=PageSetup("Letter", "landscape")))
    assert {sheet.page_setup.paperSize for sheet in load_workbook(io.BytesIO(letter))} == {1}
    assert {sheet.page_setup.orientation for sheet in load_workbook(io.BytesIO(letter))} == {"landscape"}
    assert {sheet.page_setup.paperSize for sheet in book} == {9}
    assert book["Main figures"].page_setup.orientation == "portrait"
    assert {sheet.oddFooter.right.text for sheet in book} == {"Page &P of &N"}


def test_charts_and_the_logo_have_a_text_alternative(full: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(full)) as archive:
        drawings = [archive.read(n).decode() for n in archive.namelist() if re.match(r"xl/drawings/drawing\d+\.xml", n)]
        media = [archive.read(n) for n in archive.namelist() if n.startswith("xl/media/")]
    frames = re.findall(r"<(?:xdr:)?cNvPr [^>]*>", "".join(drawings))
    assert len(frames) >= 7
    assert all(re.search(r'descr="[^"]{10,}"', frame) for frame in frames)
    assert any(FULL_REPORT.theme.logo_alt in frame for frame in frames)
    assert media == [FULL_REPORT.theme.logo]


def test_the_document_properties_say_what_the_file_is(book: Any) -> None:
    properties = book.properties
    assert properties.creator == "A. Weber, Quality analyst"
    assert properties.identifier == REPORT.document_number
    assert properties.contentStatus == "Final"
    assert properties.category == "Confidential"
    assert properties.created == dt.datetime(2024, 6, 3, 6, 0)  # noqa: DTZ001 - as read back


def test_every_fixed_text_is_there_in_three_languages_with_the_same_values_in_it() -> None:
    for key, said in TEXTS.items():
        assert set(said) == {"en", "de", "ja"}, key
        assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in said.values()}) == 1, key


def test_a_japanese_workbook_has_no_english_word_of_its_own(japanese: Any, book: Any) -> None:
    assert japanese.sheetnames[0] == "概要"
    english = {said["en"] for key, said in TEXTS.items() if said["en"] != said["ja"] and "{" not in said["en"]}
    given = {text for sheet in book for text in texts(sheet)} & REPORTS_OWN
    found = {text for sheet in japanese for text in texts(sheet)}
    assert (found & english) - given == set()
    assert {"区分", "指標", "管理合計", "承認"} <= found
    assert {sheet.oddFooter.right.text for sheet in japanese} == {"&P / &N ページ"}
    assert {sheet.oddFooter.center.text for sheet in japanese} == {"草案"}
    assert len(body(japanese["概要"], "table_summary")) == len(body(book["Summary"], "table_summary"))


def test_the_same_report_gives_the_same_bytes_in_another_process(full: bytes, tmp_path: Path) -> None:
    code = (
        "import sys; from qms_reports.reports.excel_writer import write_excel;"
        "from qms_reports_tests.reports.sample_report import FULL_REPORT;"
        "open(sys.argv[1], 'wb').write(write_excel(FULL_REPORT))"
    )
    environment = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": ROOT}
    subprocess.run([sys.executable, "-c", code, "out.xlsx"], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "out.xlsx").read_bytes() == full


def test_an_auditor_of_office_files_finds_nothing_that_excel_would_repair(full: bytes, tmp_path: Path) -> None:
    from openxml_audit import OpenXmlValidator

    (tmp_path / "full.xlsx").write_bytes(full)
    found = OpenXmlValidator().validate(tmp_path / "full.xlsx").errors
    # Texts stand in their cells and not in a shared table, which Excel makes when it saves.
    assert [str(error) for error in found if "inline-string cell" not in error.description] == []


def test_the_bytes_do_not_depend_on_what_else_is_installed() -> None:
    assert openpyxl.LXML is False


def test_most_reports_have_no_file_beside_the_workbook() -> None:
    assert companion_files(FULL_REPORT) == {}
