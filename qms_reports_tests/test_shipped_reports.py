"""Every shipped template as its users get it: its forms agree in every figure, nothing is cut off, the PDF conforms."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.editions import Edition, editions
from qms_reports.languages import language
from qms_reports.languages.numbers import NO_BREAK_SPACE
from qms_reports.periods import parse_period
from qms_reports.reports.document import Cell, Figure, Report, Table, Tile
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.publishing import FORMS
from qms_reports.reports.rows import RowSources, rows_of
from qms_reports.reports.stored_document import read_report
from qms_reports.settings import Settings
from qms_reports.verifying import verify
from qms_reports_tests.company_home import CompanyHome
from qms_reports_tests.reports.pdf_reading import links, squeezed
from qms_reports_tests.vera import Vera, told

pytestmark = [pytest.mark.slow, pytest.mark.poppler]

COMPANY = {
    "quality_review": "2024-05",
    "management_review": "2024",
    "product_quality_review": "2024",
    "training_report": "2024-05",
    "document_control_report": "2024-05",
    "supplier_review": "2024-05",
    "capa_complaint_trend": "2024-05",
}
PUBLIC = {
    "document_register_report": "2026-07",
    "problem_trend": "2012-04",
    "delivery_review": "2014-05",
    "course_work_report": "2013-03",
    "tablet_quality_review": "2019",
}
MANAGEMENT_REVIEW = ["a", "b", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "d", "e", "f"]
"""Inputs of ISO 9001, 9.3.2."""
MARGIN = 30.0  # points; nothing is nearer to the edge of a page
HEAD_ROW = 4


PROVED = ("supplier_review", "delivery_review")
"""Made again in another process and by `verify`."""

ANOTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from qms_reports import building
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import editions
from qms_reports.periods import parse_period
from qms_reports.reports.publishing import FORMS
from qms_reports.settings import Settings

home, example, name, period = sys.argv[1:]
settings = Settings(home=Path(home), example_catalog=example == "True")
catalogue = load_catalogue(settings)
template = catalogue.templates[name]
made = building.finished(settings, catalogue, template, editions(template, parse_period(period, settings.fiscal))[0])
for form, writer in FORMS.items():
    print(form, hashlib.sha256(writer.write(made.report, made.sources)).hexdigest())
"""


@dataclass(frozen=True)
class Shipped:
    """A built report in all its forms."""

    settings: Settings
    catalogue: Catalogue
    template: Template
    edition: Edition
    report: Report
    sources: RowSources
    files: dict[str, bytes]
    folder: Path

    @property
    def tiles(self) -> list[Tile]:
        return [*self.report.tiles, *(tile for section in self.report.sections for tile in section.tiles)]

    @property
    def tables(self) -> list[Table]:
        """Every table of the model in the order of the pages."""
        report = self.report
        found = [report.actions] if report.actions is not None else []
        found += [block for section in report.sections for block in section.blocks if isinstance(block, Table)]
        for appendix in report.appendices:
            found += [appendix.table] if appendix.exposure is None else [appendix.table, appendix.exposure]
        return found

    def path(self, form: str) -> Path:
        return self.folder / f"{self.template.template}.{form}"

    def poppler(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module", params=[*COMPANY, *PUBLIC])
def shipped(
    request: pytest.FixtureRequest,
    company_home: CompanyHome,
    example_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Shipped:
    name = request.param
    if name in COMPANY:
        settings, catalogue, period = company_home.settings, company_home.catalogue, COMPANY[name]
    else:
        home = tmp_path_factory.mktemp("shipped") / "home"
        home.mkdir()
        for part in example_home.iterdir():  # the records are read only; what is computed is the test's own
            if part.name not in ("kpis", "charts", "scorecards", "reports"):
                (home / part.name).symlink_to(part)
        settings, period = Settings(home=home), PUBLIC[name]
        catalogue = load_catalogue(settings)
    template = catalogue.templates[name]
    edition = editions(template, parse_period(period, settings.fiscal))[0]
    if not edition.scope:
        for domain in building.domains(catalogue, template):
            building.compute(settings, catalogue, domain, edition)
    building.draw(settings, catalogue, template, edition)
    made = building.finished(settings, catalogue, template, edition)
    folder = tmp_path_factory.mktemp(name)
    files = {form: writer.write(made.report, made.sources) for form, writer in FORMS.items()}
    found = Shipped(settings, catalogue, template, edition, made.report, made.sources, files, folder)
    for form, content in files.items():
        found.path(form).write_bytes(content)
    return found


def printed(table: Table, row: Sequence[Cell], report: Report) -> list[str]:
    """The cells as a page shows them, a status without its shape."""
    words = language(report.language)
    return [
        cell.partition(":")[2] if column.kind == "status" and isinstance(cell, str) else cell_text(cell, column, words)
        for cell, column in zip(row, table.columns, strict=True)
    ]


def said_of(tile: Tile) -> list[str]:
    """What a tile says, in the order of reading."""
    parts = [tile.title, tile.text, tile.unit, tile.change, tile.comparator, tile.signal_text, tile.fraction]
    return [squeezed(part) for part in (*parts, tile.interval, tile.target, tile.status_text) if part]


# --- PDF


def test_the_pdf_is_accessible_archivable_and_embeds_its_fonts_and_its_links_and_outline_lead_somewhere(
    shipped: Shipped, vera: Vera
) -> None:
    path = shipped.path("pdf")
    assert told(vera.verify([path])) == ""
    lines = [line.split() for line in shipped.poppler("pdffonts", str(path)).splitlines()[2:]]
    assert lines
    assert {(line[-5], line[-3]) for line in lines} == {("yes", "yes")}  # embedded, with a map to Unicode
    reader = PdfReader(io.BytesIO(shipped.files["pdf"]))
    pages = len(reader.pages)
    found = links(reader)
    assert len(found) > 2 * len(shipped.report.definitions)
    assert all(1 <= link.target <= pages for link in found)
    titles: list[str] = []

    def walk(entries: list) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                titles.append(str(entry.title))
                assert reader.get_destination_page_number(entry) is not None

    walk(reader.outline)
    assert {section.title for section in shipped.report.sections} <= set(titles)
    assert {definition.title for definition in shipped.report.definitions} <= set(titles)


def in_two_blocks(text: str, cells: Sequence[str]) -> bool:
    """Whether a wide row stands there in two blocks of columns, the first column in both."""
    return any(
        "".join(cells[:end]) in text and "".join((cells[0], *cells[end:])) in text for end in range(2, len(cells))
    )


def test_the_pages_show_every_figure_of_the_model_and_nothing_is_cut_off(shipped: Shipped) -> None:
    raw = shipped.poppler("pdftotext", "-raw", str(shipped.path("pdf")), "-")
    text = squeezed(raw)
    assert not {"\N{REPLACEMENT CHARACTER}", "\N{WHITE SQUARE}", "\0"} & set(text)
    for tile in shipped.tiles:
        pattern = ".{0,40}?".join(map(re.escape, said_of(tile)))
        assert re.search(pattern, text), said_of(tile)
    compared = split = 0
    for table in shipped.tables:
        rows = table.rows if table.print_rows is None else table.rows[: table.print_rows]
        place = 0
        for row in rows:
            cells = [squeezed(cell) for cell in printed(table, row, shipped.report)]
            found = text.find("".join(cells), place)
            if found < 0:  # a row that goes on over a page, or a table of more columns than a page holds
                found = min(text.find(cell) for cell in cells)
                split += not in_two_blocks(text, cells)
            assert found >= 0, (table.id, cells)
            place = found
            compared += 1
        whole = max(table.total_rows or 0, len(table.rows))
        if len(rows) < whole:
            assert re.search(rf"{len(rows)}of{whole:,}rows", text), table.id
    assert compared > 50
    assert split < compared / 10, f"{split} of {compared} rows are not found in one piece"
    for total in shipped.report.control_totals:
        counts = (total.read, total.accepted, total.quarantined, total.duplicates, total.records, total.in_period)
        shown = squeezed("".join(f"{count:,}" for count in counts))
        begin = re.escape(squeezed(total.dataset))
        assert re.search(rf"{begin}({re.escape(squeezed(total.source))})?{shown}", text), total.dataset
    for appendix in shipped.report.appendices:
        assert squeezed(f"{appendix.title}{appendix.value}") in text
        assert "numerator" in appendix.table.note
        assert appendix.exposure is None or "in the denominator." in appendix.exposure.note
    notes = shipped.report.data_quality.notes
    assert len(set(notes)) == len(notes)


def test_no_text_stands_outside_the_margins_of_its_page(shipped: Shipped) -> None:
    boxes = shipped.poppler("pdftotext", "-bbox", str(shipped.path("pdf")), "-")
    words = 0
    for page in re.split(r"<page ", boxes)[1:]:
        width, height = (float(size) for size in re.findall(r'(?:width|height)="([\d.]+)"', page)[:2])
        for left, top, right, bottom, word in re.findall(
            r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)<', page
        ):
            words += 1
            assert MARGIN <= float(left) <= float(right) <= width - MARGIN, html.unescape(word)
            assert MARGIN / 2 <= float(top) <= float(bottom) <= height - MARGIN / 2, html.unescape(word)
    assert words > 500


# --- workbook


def shown_in_excel(cell: openpyxl.cell.Cell) -> str:
    """A cell as its number format shows it, as far as reports use number formats."""
    value = cell.value
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if cell.number_format == "General":
        return str(value)
    decimals = len(match.group(1)) if (match := re.search(r"\.(0+)", cell.number_format)) else 0
    unit = f"{NO_BREAK_SPACE}%" if "%" in cell.number_format else ""
    return language("en-GB").number(float(value), decimals) + unit


def ungrouped(text: str) -> str:
    """Without thousands separators, which record numbers have not on a page, and without what stands for nothing."""
    return squeezed(text).replace(",", "").removeprefix("\N{EN DASH}") if text != "\N{EN DASH}" else ""


def test_the_workbook_holds_every_figure_of_the_model_as_it_is_shown(shipped: Shipped) -> None:
    book = openpyxl.load_workbook(io.BytesIO(shipped.files["xlsx"]))
    summary = book["Summary"]
    top = int(summary.tables["table_summary"].ref.split(":")[0][1:])
    for tile, row in zip(shipped.tiles, summary.iter_rows(min_row=top + 1), strict=False):
        found = [shown_in_excel(cell) for cell in row]
        assert row[2].value == (tile.text if tile.value is None else tile.value)
        assert [squeezed(text) for text in found[1:10]] == [
            squeezed(text)
            for text in (tile.title, tile.text, tile.unit, tile.fraction, tile.interval, tile.change, tile.comparator,
                         tile.target, tile.status_text)
        ]  # fmt: skip
    totals = {
        row[0].value: [cell.value for cell in row[2:8]] for row in summary[summary.tables["table_control_totals"].ref]
    }
    for total in shipped.report.control_totals:
        counts = [total.read, total.accepted, total.quarantined, total.duplicates, total.records, total.in_period]
        assert totals[total.dataset] == counts
    heads = {}
    for sheet in book.worksheets:
        for name in sheet.tables:
            heads[name] = sheet
    for table in shipped.tables:
        (sheet,) = [
            sheet for name, sheet in heads.items() if name == f"table_{re.sub(r'[^A-Za-z0-9_]', '_', table.id)}"
        ]
        rows = list(sheet.iter_rows(min_row=HEAD_ROW + 1, max_col=len(table.columns)))
        wanted = list(rows_of(table, shipped.sources))
        while len(rows) > len(wanted) and all(cell.value is None for cell in rows[-1]):
            rows.pop()
        assert len(rows) == len(wanted) >= (table.total_rows or 0), table.id
        for cells, row in zip(rows, wanted, strict=True):
            texts = printed(table, row, shipped.report)
            for cell, value, text in zip(cells, row, texts, strict=True):
                assert ungrouped(shown_in_excel(cell)) == ungrouped(text), (table.id, cell.coordinate)
                exact = value.value if isinstance(value, Figure) else value
                if isinstance(exact, int | float):
                    assert cell.value == exact, (table.id, cell.coordinate)


# --- page and data


class Page(HTMLParser):
    """Rows of the tables by their anchor, and the text of each tile."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.tiles: list[str] = []
        self._table = ""
        self._into: list[str] | None = None
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "div" and found.get("class") == "wide":
            self._table = found["id"] or ""
            self.rows[self._table] = []
        elif tag == "tr":
            self.rows[self._table].append([])
        elif tag == "td":
            self._into = self.rows[self._table][-1]
            self._into.append("")
        elif found.get("class") == "tile":
            self._into = self.tiles
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "section"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def test_the_page_shows_every_figure_and_the_data_are_the_model(shipped: Shipped) -> None:
    assert read_report(shipped.files["json"]) == shipped.report
    page = Page(shipped.files["html"])
    assert len(page.tiles) == len(shipped.tiles)
    for tile, text in zip(shipped.tiles, page.tiles, strict=True):
        for part in said_of(tile):
            assert part in squeezed(text), (tile.kpi, part)
    for table in shipped.tables:
        _, *rows = page.rows[f"table-{table.id}"]
        assert len(rows) == min(len(table.rows), 500)
        for cells, row in zip(rows, table.rows, strict=False):
            for cell, text in zip(cells, printed(table, row, shipped.report), strict=True):
                assert squeezed(cell).endswith(squeezed(text)), table.id
    _, *totals = page.rows["control-totals"]
    for cells, total in zip(totals, shipped.report.control_totals, strict=True):
        counts = (total.read, total.accepted, total.quarantined, total.duplicates, total.records, total.in_period)
        assert [int(re.sub(r"\D", "", cell)) for cell in cells[2:]] == list(counts)


# --- all forms


def test_the_same_bytes_are_written_again_and_the_report_says_something(shipped: Shipped) -> None:
    for form in ("xlsx", "html", "json"):
        assert FORMS[form].write(shipped.report, shipped.sources) == shipped.files[form], form
    report = shipped.report
    assert report.summary
    assert [tile for tile in shipped.tiles if tile.value is not None]
    assert "{{" not in shipped.files["json"].decode()
    assert report.control_totals
    for table in shipped.tables:
        for one, other in pairwise(column.name for column in table.columns):
            assert one != other, f"{table.id} has two columns {one}"
    begins = [section.title.split()[0] for section in report.sections]
    if shipped.template.template == "management_review":
        inputs = [begin.removesuffix(")") for begin in begins if begin.endswith(")")]
        assert inputs == MANAGEMENT_REVIEW
    if shipped.template.template == "product_quality_review":
        assert [int(begin) for begin in begins if begin.isdigit()] == list(range(1, 13))
    if shipped.template.template in PROVED:
        for form, content in shipped.files.items():
            assert verify(shipped.settings, shipped.catalogue, content).outcome == "identical", form
        assert made_elsewhere(shipped) == {
            form: hashlib.sha256(content).hexdigest() for form, content in shipped.files.items()
        }


def made_elsewhere(shipped: Shipped) -> dict[str, str]:
    """The hash of each form, written by another process with another hash seed, zone, language and folder."""
    other = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kolkata", "LANG": "de_DE.UTF-8", "LC_ALL": "C"}
    other["PYTHONPATH"] = str(Path(building.__file__).parents[1])
    settings, period = shipped.settings, shipped.edition.period.key
    arguments = (str(settings.home), str(settings.example_catalog), shipped.template.template, period)
    run = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, *arguments],
        cwd=shipped.folder, env=os.environ | other, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return dict(line.split() for line in run.stdout.splitlines())
