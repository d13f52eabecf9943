"""What a template declares around its figures is in the report; revisions, parameters, totals and records are right."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace

import openpyxl
import pytest

from qms_reports import building
from qms_reports.declarations.parameters import ParameterError
from qms_reports.editions import Edition, edition, editions
from qms_reports.kpis.tracing import trace_kpi
from qms_reports.periods import parse_period
from qms_reports.reports import appendices, publishing
from qms_reports.reports.control_totals import unreconciled
from qms_reports.reports.document import Paragraph, Table
from qms_reports.reports.issuing import read_history, stored_document
from qms_reports.reports.rows import rows_of
from qms_reports.reports.stored_document import content_hash, read_report, write_report
from qms_reports.store import StoreError
from qms_reports_tests.small_catalogue import Site

MAY = parse_period("2024-05")
TEMPLATE = """\
template: monthly
title: "Deviations of {{ site }}"
organization: Example
document_number: "DEV-{period}-{{ site }}"
status: APPROVED
formats: [json, html]
language: en
cover: true
page: {size: A3, orientation: landscape}
classification: Internal
prepared_by: Quality
distribution: [Head of Quality, "Site {{ site }}"]
retention: "{{ period.end }} and 10 years"
approvals: [{meaning: authored, role: Analyst}, {meaning: approved, role: Head of Quality, name: M. Curie}]
parameters:
  site: {title: Site, enum: [Hamburg, Ko/ln], dimension: site, each: true}
  language: {enum: [en, de, ja], default: en}
sources: [{dataset: deviations, required: true}]
summary:
  - {say: "{{ opened.title }}: {{ opened.text }} ({{ opened.change }})."}
  - {when: 'closed_share.value < 90', say: "Only {{ closed_share.text }} % are closed."}
  - {when: 'closed_share.value >= 90', say: "Never said."}
actions:
  - {when: 'value >= 2', kpis: [opened, closed], say: "Look at {{ title }}", owner: "Head of {{ site }}", due_days: 10}
appendix: {kpis: [opened, open, closed_share, points_median, high_rate, rolling], limit: 2}
tiles: [opened, closed, open, closed_share]
charts:
  - {id: flow, type: line, title: "Flow of {{ site }}", kpis: [opened, closed]}
tables:
  - {id: all, title: "All of {{ opened.text }}", kpis: [opened, closed, open, closed_share, points]}
  - {id: by_site, title: By site, kpis: [opened], by: site}
  - {id: listed, title: Records, dataset: deviations, date: opened, columns: [id, site, opened], note: "{{ site }}"}
sections:
  - {id: s, title: "In {{ period.label }}", text: "{{ opened.text }} opened.", charts: [flow],
     tables: [all, by_site, listed]}
"""


def row(number: int, **values: str) -> dict[str, str]:
    return {"id": f"D{number}", "opened": "2024-05-10", "site": "Hamburg", "points": str(number), **values}


FIRST = [
    row(1), row(1), row(2, closed="2024-05-20"), row(3, site="Ko/ln"), row(4, opened="2024-04-02"),
    row(5, closed="2024-01-01"), row(6, opened="2024-03-02", closed="2024-05-03", points="9"),
]  # fmt: skip
LATER = [row(7), row(2, closed="2024-05-21"), row(8, opened="2024-06-02"), row(6, opened="2024-03-01", points="9")]


class Home:
    """An installation with the template, and its reports built step by step as the pipeline does."""

    def __init__(self, folder, template=TEMPLATE):
        self.site = Site(folder)
        path = folder / "catalog/templates/monthly.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(template)
        self.settings = self.site.settings

    @property
    def template(self):
        return self.site.catalogue.templates["monthly"]

    def document(self, asked: Edition, *, final=False):
        settings, catalogue = self.settings, self.site.catalogue
        if not asked.scope:
            for domain in building.domains(catalogue, self.template):
                building.compute(settings, catalogue, domain, asked)
        building.draw(settings, catalogue, self.template, asked)
        return building.document(settings, catalogue, self.template, asked, final=final)

    def build(self, given, *, final=False, forms=("json",)):
        asked = edition(self.template, MAY, None, given)
        report = self.document(asked, final=final)
        made = [publishing.publish(self.settings, report, asked.folder, form, {}) for form in forms]
        return report, made


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    found = Home(tmp_path_factory.mktemp("home"))
    found.site.deliver(FIRST, "2024-06-01T00:00:00")
    return found


@pytest.fixture(scope="module")
def report(home):
    return home.document(edition(home.template, MAY, None, {"site": "Hamburg"}))


def test_the_frame_is_what_the_template_declares_with_its_values_filled_in(report):
    assert (report.title, report.document_number) == ("Deviations of Hamburg", "DEV-2024-05-Hamburg")
    assert (report.cover, report.page.size, report.page.orientation) == (True, "A3", "landscape")
    assert (report.classification, report.prepared_by) == ("Internal", "Quality")
    assert report.distribution == ("Head of Quality", "Site Hamburg")
    assert report.retention == "2024-05-31 and 10 years"
    assert [(line.meaning, line.role, line.name) for line in report.approvals] == [
        ("authored", "Analyst", ""),
        ("approved", "Head of Quality", "M. Curie"),
    ]
    assert report.parameters == (("Site", "Hamburg"), ("Language", "en"))
    (section,) = report.sections
    assert section.title == "In May 2024"
    assert section.blocks[0] == Paragraph("2 opened.")
    tables = {block.id: block for block in section.blocks if isinstance(block, Table)}
    assert tables["all"].title == "All of 2"
    assert tables["listed"].note.startswith("Hamburg")
    assert tables["all"].kpi_rows == ("opened", "closed", "open", "closed_share", "points")
    assert report.chart_kpis == (("flow", ("opened", "closed")),)
    assert section.blocks[1].charts[0].specification.title == "Flow of Hamburg"


def test_the_summary_and_the_actions_are_said_by_the_declared_rules_and_no_other(report):
    assert report.summary == ("Opened: 2 (+1).", "Only 50.0 % are closed.")
    assert report.headline == "Opened: 2 (+1). Only 50.0 % are closed."
    assert report.actions is not None
    cells = [(row[0], row[2], row[3], row[4]) for row in report.actions.rows]
    assert cells == [
        ("Opened", "Look at Opened", "Head of Hamburg", dt.date(2024, 6, 10)),
        ("Closed", "Look at Closed", "Head of Hamburg", dt.date(2024, 6, 10)),
    ]
    assert report.actions.rows[0][1].startswith("2; Not rated")
    assert report.actions.kpi_rows == ("opened", "closed")


def test_control_totals_reconcile_with_the_delivered_rows_and_a_wrong_one_is_told_by_its_dataset(report):
    (total,) = report.control_totals
    assert (total.read, total.accepted, total.quarantined, total.duplicates) == (7, 5, 1, 1)
    assert (total.records, total.in_period) == (5, 3)  # of all sites: what was read, not what is shown
    assert unreconciled(report.control_totals) == []
    assert "Deviations: 7 rows were read" in unreconciled([replace(total, accepted=4)])[0]


def test_the_records_of_a_control_total_are_those_of_the_store_whatever_came_and_went(tmp_path):
    home = Home(tmp_path)
    home.site.deliver(FIRST, "2024-06-01T00:00:00")
    home.site.deliver([*LATER, row(1, state="cancelled"), row(99, state="cancelled")], "2024-06-20T00:00:00")
    home.site.deliver([row(1), row(3, state="cancelled")], "2024-06-25T00:00:00")
    for moment in (None, dt.datetime(2024, 6, 20, 12, tzinfo=dt.UTC)):
        (total,) = home.document(edition(home.template, MAY, moment, {"site": "Hamburg"})).control_totals
        assert total.records == len(home.site.records(moment.replace(tzinfo=None).isoformat() if moment else None))
        assert unreconciled([total]) == []
    assert total.records == 6  # D1 and D5 are not among them


def test_the_appendix_lists_the_records_that_tracing_finds(home, report):
    seen = building.sight(home.site.catalogue, home.template, edition(home.template, MAY, None, {"site": "Hamburg"}))
    assert [appendix.kpi for appendix in report.appendices] == list(home.template.appendix.kpis)
    for appendix in report.appendices:
        traced = trace_kpi(home.settings, seen.catalogue, seen.catalogue.kpis[appendix.kpi], MAY)
        assert (appendix.counted, appendix.population) == (traced.counted, traced.population), appendix.kpi
        heads = [column.name for column in appendix.table.columns]
        listed = {(row[0], row[heads.index("Counted")] == "yes", row[-2], row[-1]) for row in appendix.table.rows}
        both = appendix.kpi in ("closed_share", "high_rate")  # a denominator needs its other records too
        wanted = {(r.key, r.counted, r.file, r.row) for r in traced.records if both or r.counted}
        assert listed == wanted, appendix.kpi
        assert appendix.table.total_rows == len(wanted)
        assert appendix.table.print_rows == min(2, len(wanted))
    rate = next(found for found in report.appendices if found.kpi == "closed_share")
    assert (rate.value, rate.parts) == ("50.0\u00a0%", "1\u00a0of\u00a02")
    assert {"Opened", "Closed", "Site"} <= {column.name for column in rate.table.columns}


def test_a_parameter_with_a_dimension_restricts_every_figure_chart_and_list(home, report):
    assert [tile.value for tile in report.tiles] == [2, 2, 2, 50]
    tables = {block.id: block for block in report.sections[0].blocks if isinstance(block, Table)}
    assert [row[0] for row in tables["by_site"].rows] == ["Hamburg", "All"]
    assert {row[1] for row in tables["listed"].rows} == {"Hamburg"}
    assert any("site = 'Hamburg'" in definition.sql for definition in report.definitions)
    other = home.document(edition(home.template, MAY, None, {"site": "Ko/ln"}))
    assert [tile.value for tile in other.tiles] == [1, 0, 1, 0]
    assert other.provenance.template_sha256 != report.provenance.template_sha256
    assert not (home.settings.home / "kpis/month/deviations").exists()  # nobody asked for the whole company


def test_an_edition_without_the_scope_that_its_parameters_name_is_refused_before_anything_is_computed(tmp_path):
    home = Home(tmp_path, TEMPLATE.replace("dimension: site, each: true", "dimension: site, default: Hamburg"))
    home.site.deliver(FIRST, "2024-06-01T00:00:00")
    whole = edition(home.template, MAY)
    assert whole.scope == (("site", "Hamburg"),)
    for stage in (building.sight, building.title):
        with pytest.raises(ParameterError, match="restrict it to site=Hamburg, this edition is not"):
            stage(home.site.catalogue, home.template, Edition(MAY))
    for stage in (building.draw, building.scores, building.composed, building.figures):
        with pytest.raises(ParameterError, match="restrict it to site=Hamburg, this edition is not"):
            stage(home.settings, home.site.catalogue, home.template, Edition(MAY))
    assert building.title(home.site.catalogue, home.template, whole) == "Deviations of Hamburg"
    assert [tile.value for tile in home.document(whole).tiles] == [2, 2, 2, 50]


def test_each_value_is_an_edition_and_a_name_that_no_folder_can_have_is_encoded(home):
    found = editions(home.template, MAY)
    assert [one.name for one in found] == ["2024-05@site=Hamburg", "2024-05@site=Ko%2Fln"]
    assert [one.folder for one in found] == ["2024-05/site=Hamburg", "2024-05/site=Ko%2Fln"]
    (german,) = editions(
        home.template, MAY, dt.datetime(2024, 6, 3, tzinfo=dt.UTC), {"site": "Hamburg", "language": "de"}
    )
    assert german.folder == "2024-05@2024-06-03T000000/language=de,site=Hamburg"
    assert german.figures_name == "2024-05@2024-06-03T000000@site=Hamburg"  # the language changes no figure
    (default,) = editions(home.template, MAY, None, {"site": "Hamburg", "language": "en"})
    assert default == found[0]
    with pytest.raises(ParameterError, match=r"'Bremen' is not allowed"):
        editions(home.template, MAY, None, {"site": "Bremen"})
    with pytest.raises(ParameterError, match=r"no parameter 'sit'; did you mean 'site'"):
        editions(home.template, MAY, None, {"sit": "Hamburg"})


def test_fixed_text_follows_the_language_and_data_stay_as_they_are(home):
    german = home.document(edition(home.template, MAY, None, {"site": "Hamburg", "language": "de"}))
    assert german.language == "de"
    assert german.approvals[1].meaning == "genehmigt"
    assert german.actions.title == "Maßnahmenliste"
    assert german.revisions[0].reason == "Erstausgabe"
    assert german.appendices[0].table.columns[0].name == "Deviation"
    assert german.appendices[2].table.columns[-3].name == "Gezählt"
    assert german.title == "Deviations of Hamburg"


def test_versions_count_contents_and_say_what_each_restates(tmp_path):
    home = Home(tmp_path)
    home.site.deliver(FIRST, "2024-06-01T00:00:00")
    given = {"site": "Hamburg"}
    first, files = home.build(given, forms=("json", "html"))
    assert (first.version, first.status, first.final) == ("1", "DRAFT", False)
    assert [(r.version, r.reason, r.content_sha256) for r in first.revisions] == [("1", "First issue", "")]
    bytes_ = [made.path.read_bytes() for made in files]

    again, files = home.build(given, forms=("json", "html"))
    assert again == first
    assert [made.path.read_bytes() for made in files] == bytes_
    final, _ = home.build(given, final=True)
    assert (final.version, final.status, final.final) == ("1", "APPROVED", True)
    rebuilt, _ = home.build(given)  # a draft of what is issued would put a watermark on it
    assert rebuilt == final

    home.site.deliver(LATER, "2024-06-20T00:00:00")
    second, (made,) = home.build(given)
    assert (second.version, second.status) == ("2", "DRAFT")
    hash_ = first.provenance.content_sha256
    assert [(r.version, r.content_sha256) for r in second.revisions] == [("1", hash_), ("2", "")]
    # D7 is new, D2 and D6 are corrected; D8 belongs to a later month.
    assert second.revisions[1].reason == (
        "restated: 7 figures changed; 3 records entered or corrected since 2024-06-01"
    )
    assert made.restates == hash_
    assert ("opened", 2.0, 3.0) in made.changes
    folder = made.path.parent
    assert read_report((folder / "superseded" / hash_[:12] / made.path.name).read_bytes()) == final
    history = read_history(folder)
    assert [(issue.version, issue.final) for issue in history] == [(1, True), (2, False)]
    assert stored_document(folder, history[0]) == final
    assert stored_document(folder, history[1]) == second
    manifest = json.loads((folder / f"{made.path.name}.json").read_text())
    assert (manifest["version"], manifest["final"], manifest["figures"]["opened"]) == ("2", False, 3.0)
    assert content_hash(second) == second.provenance.content_sha256 == manifest["content_sha256"]

    other, _ = home.build({"site": "Ko/ln"})
    assert other.version == "1"  # each edition counts its own

    path = home.site.folder / "catalog/templates/monthly.yaml"
    path.write_text(path.read_text().replace("Never said", "Never ever said"))
    third, _ = home.build(given)
    assert third.revisions[2].reason == "restated: no figure changed; template or definitions changed"
    with pytest.raises(StoreError, match="published version 3 meanwhile"):
        publishing.publish(home.settings, second, "2024-05/site=Hamburg", "json", {})


def test_a_report_without_the_data_that_it_requires_is_refused_and_one_that_may_lack_them_says_so(tmp_path):
    home = Home(tmp_path)
    asked = edition(home.template, MAY, None, {"site": "Hamburg"})
    with pytest.raises(building.MissingData, match=r"monthly 2024-05 needs deviations: No data: nothing of deviations"):
        home.document(asked)
    path = tmp_path / "catalog/templates/monthly.yaml"
    text = (
        path.read_text()
        .replace("required: true", "required: false")
        .replace("- {id: s,", "- {id: s, dataset: deviations,")
    )
    path.write_text(text)
    (section,) = home.document(asked).sections
    assert section.blocks == (
        Paragraph(
            "No data: nothing of deviations was known at the data cut-off. This report can be made without deviations."
        ),
    )


def test_an_appendix_of_any_length_is_whole_in_its_source_and_its_first_rows_in_the_document(home, report, monkeypatch):
    monkeypatch.setattr(appendices, "MOST_HELD", 2)
    asked = edition(home.template, MAY, None, {"site": "Hamburg"})
    finished = building.finished(home.settings, home.site.catalogue, home.template, asked)
    short = {found.kpi: found.table for found in finished.report.appendices}
    for found in report.appendices:
        table = short[found.kpi]
        assert table.rows == found.table.rows[:2]
        assert (table.total_rows, table.columns[0].name) == (found.table.total_rows, found.table.columns[0].name)
        assert (f"appendix-{found.kpi}" in finished.sources) == (len(found.table.rows) > 2)
        again = [tuple(tuple(row) for row in rows_of(table, finished.sources)) for _ in range(2)]
        assert again == [found.table.rows] * 2


def test_a_theme_and_the_companys_workbook_are_part_of_the_report_and_of_its_provenance(tmp_path):
    from PIL import Image

    workbook = (
        "workbook: {file: own.xlsx, cells: [{cell: Data!B2, value: opened.value}, {cell: Data!B3, value: site}]}\n"
    )
    home = Home(tmp_path, TEMPLATE.replace("[json, html]", "[xlsx]") + workbook + "theme: acme\n")
    themes = tmp_path / "catalog/themes"
    themes.mkdir()
    Image.new("RGB", (2, 2), "navy").save(themes / "logo.png")
    (themes / "acme.yaml").write_text(
        "theme: acme\ntitle: Acme\nprimary: '#003366'\nseries: ['#004488', '#BB5566']\nlogo: logo.png\nlogo_alt: Acme\n"
    )
    book = openpyxl.Workbook()
    book.active.title = "Data"
    book.active["A1"] = "kept"
    book.save(tmp_path / "catalog/templates/own.xlsx")
    home.site.deliver(FIRST, "2024-06-01T00:00:00")
    asked = edition(home.template, MAY, None, {"site": "Hamburg"})
    home.document(asked)
    finished = building.finished(home.settings, home.site.catalogue, home.template, asked)
    report = finished.report
    assert (report.theme.name, report.theme.primary, report.theme.logo_alt) == ("acme", "#003366", "Acme")
    assert report.theme.logo == (themes / "logo.png").read_bytes()
    assert report.sections[0].blocks[1].charts[0].specification.colors == ("#004488", "#BB5566")
    assert {"theme acme, logo", "workbook own"} <= dict(report.provenance.entries).keys()
    assert dict(report.workbook.values) == {"opened.value": 2.0, "site": "Hamburg"}
    assert read_report(write_report(report)) == report
    made = publishing.publish(home.settings, report, asked.folder, "xlsx", {}, finished.sources, finished.further)
    (further,) = made.further
    assert further.name == "DEV-2024-05-Hamburg-own.xlsx"
    sheet = openpyxl.load_workbook(further)["Data"]
    assert [sheet[cell].value for cell in ("A1", "B2", "B3")] == ["kept", 2, "Hamburg"]
    manifest = publishing.read_manifest(made.path)
    assert manifest["further"] == {further.name: hashlib.sha256(further.read_bytes()).hexdigest()}
