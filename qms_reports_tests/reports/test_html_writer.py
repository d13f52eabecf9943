"""The HTML form: complete, self-contained, linked, safe, the same bytes."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from qms_reports.languages import TAGS, language
from qms_reports.reports.document import Appendix, Approval, Column, ControlTotal, Figures, Report, Section, Table
from qms_reports.reports.html_writer import write_html
from qms_reports.reports.json_writer import write_json
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.stored_document import read_report
from qms_reports_tests.reports.sample_report import OPEN_DEVIATIONS, REPORT

BEHIND = replace(OPEN_DEVIATIONS, id="records-deviations_closed_on_time")
WHOLE = replace(
    REPORT,
    approvals=(Approval("approved", "Head of Quality"),),
    control_totals=(ControlTotal("Deviations", "Export", 120, 117, 2, 1, 110, 39),),
    appendices=(Appendix(REPORT.tiles[0].kpi, REPORT.tiles[0].title, "92.3 %", "36 of 39", BEHIND),),
    actions=replace(OPEN_DEVIATIONS, id="actions", title="What to do"),
    chart_kpis=(("flow", (REPORT.tiles[0].kpi,)),),
)


class Page(HTMLParser):
    """Anchors, links, cells and everything that could fetch something."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.tags: list[str] = []
        self.cells: list[str] = []
        self._cell: list[str] | None = None
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        self.sources += [found["src"]] if "src" in found else []
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self._cell is not None:
            self.cells.append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)


def text_of(content: bytes) -> str:
    page = re.sub(r"<[^>]+>", " ", content.decode())
    return re.sub(r"\s+", " ", page.replace("\u00a0", " "))


def test_every_link_leads_to_a_place_that_is_there_once():
    page = Page(write_html(WHOLE))
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_nothing_is_fetched_and_nothing_runs():
    page = Page(write_html(WHOLE))
    assert page.sources == []
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "default-src 'none'" in write_html(WHOLE).decode()


@pytest.mark.parametrize("tag", TAGS)
def test_every_figure_and_every_cell_is_there_in_every_language(tag):
    report = replace(WHOLE, language=tag)
    content = write_html(report)
    shown, page = text_of(content), Page(content)
    for tile in report.tiles:
        for text in (tile.title, tile.text, tile.fraction, tile.target, tile.status_text):
            assert text.replace("\u00a0", " ") in shown
    tables = [block for part in report.sections for block in part.blocks if isinstance(block, Table)]
    for table in tables:
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=True):
                if column.kind != "status":
                    assert cell_text(cell, column, language(tag)) in page.cells


def test_links_and_heads_are_in_words_and_counts_are_grouped():
    kpi = REPORT.definitions[0].kpi
    report = replace(
        WHOLE,
        control_totals=(ControlTotal("Deviations", "Export", 335_997, 117, 2, 1, 110, 39),),
        chart_kpis=tuple(
            (chart.specification.id, (kpi,))
            for part in WHOLE.sections for block in part.blocks if isinstance(block, Figures) for chart in block.charts
        ),
    )  # fmt: skip
    content = write_html(report).decode()
    assert f'<figcaption><a href="#definition-{kpi}">{REPORT.definitions[0].title}</a></figcaption>' in content
    assert all(f"<h2>{part.title}</h2>" in content.replace("&amp;", "&") for part in report.sections)
    assert "335,997" in Page(content.encode()).cells


def test_an_interval_is_not_wrapped_and_an_indented_link_begins_with_its_words():
    columns = (Column("KPI"), Column("Interval"))
    kpi = REPORT.definitions[0].kpi
    table = Table("t", "T", columns, (("\u00a0\u00a0On time", "16.81–40.62"),), kpi_rows=(kpi,))
    content = write_html(replace(REPORT, sections=(Section("s", "S", (), (table,)),))).decode()
    assert '<td class="short">16.81–40.62</td>' in content
    assert f'<td>\u00a0\u00a0<a href="#definition-{kpi}">On time</a></td>' in content


def test_markup_in_data_is_text():
    hostile = replace(REPORT, title="<script>alert(1)</script>", headline='"&<b>\x07', organization="A & B")
    content = write_html(hostile).decode()
    assert "<script" not in content
    assert "&lt;script&gt;" in content
    assert "\x07" not in content


def test_a_report_that_is_not_final_says_so_and_a_final_one_does_not():
    assert "Draft. Not a final report." in write_html(REPORT).decode()
    assert "Draft. Not a final report." not in write_html(replace(REPORT, final=True)).decode()


def test_a_long_table_says_how_many_of_its_rows_are_shown():
    rows = tuple(OPEN_DEVIATIONS.rows[0] for _ in range(700))
    long = replace(WHOLE, actions=replace(OPEN_DEVIATIONS, id="long", rows=rows))
    assert "500 of 700 rows are shown." in text_of(write_html(long))


def test_the_same_report_gives_the_same_bytes_and_json_loses_nothing():
    assert write_html(WHOLE) == write_html(WHOLE)
    back: Report = read_report(write_json(WHOLE))
    assert back == WHOLE
    assert write_html(back) == write_html(WHOLE)
