"""A finished report is proved by making it again: identical, restated, tampered with, or beyond proof."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from qms_reports import building
from qms_reports.cli import app
from qms_reports.editions import edition
from qms_reports.periods import parse_period
from qms_reports.reports.document import Report
from qms_reports.reports.publishing import FORMS
from qms_reports.reports.rows import NO_SOURCES
from qms_reports.reports.stored_document import NotAReport
from qms_reports.verifying import verify
from qms_reports_tests.small_catalogue import Site

TEMPLATE = """\
template: deviation_report
title: Deviation report
organization: Site
document_number: "DEV-{period}"
formats: [pdf, xlsx, html, json]
parameters:
  site: {type: string, title: Site, dimension: site, enum: [North, South], default: North}
tiles: [opened, open, closed_share]
appendix: {kpis: [opened]}
charts:
  - {id: flow, type: line, title: Opened and closed, y_title: Deviations, kpis: [opened, closed], legend: true}
tables:
  - {id: figures, title: Figures, kpis: [opened, open, closed_share]}
sections:
  - {id: main, title: Deviations, charts: [flow], tables: [figures]}
"""
MAY = parse_period("2024-05")


def rows(numbers, **changes):
    return [
        {"id": f"D{n:03}", "opened": f"2024-05-{1 + n % 28:02}", "site": "North" if n % 3 else "South", "points": n}
        | changes
        for n in numbers
    ]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    (tmp_path / "catalog" / "templates").mkdir()
    (tmp_path / "catalog" / "templates" / "deviation_report.yaml").write_text(TEMPLATE)
    made.deliver([*rows(range(30)), *rows(range(30, 36), closed="2024-05-31")], "2024-06-03T08:00:00")
    return made


def built(site: Site) -> Report:
    template = site.catalogue.templates["deviation_report"]
    asked = edition(template, MAY)
    building.seal(site.settings, site.catalogue, template, asked)
    return building.document(site.settings, site.catalogue, template, asked, final=True)


def written(site: Site, form: str = "pdf") -> bytes:
    return FORMS[form].write(built(site), NO_SOURCES)


def outcome(site: Site, content: bytes):
    return verify(site.settings, site.catalogue, content)


def test_every_form_of_a_report_is_proved_identical(site):
    report = built(site)
    for form, writer in FORMS.items():
        verdict = outcome(site, writer.write(report, NO_SOURCES))
        assert (verdict.outcome, verdict.comparison) == ("identical", None), form


def test_late_and_corrected_records_restate_a_genuine_report(site):
    content = written(site)
    site.deliver([*rows([1], points=99), *rows([40, 41])], "2024-06-10T08:00:00")
    verdict = outcome(site, content)
    assert verdict.outcome == "restated"
    assert "3 records were entered or corrected" in verdict.reasons[1]
    figures = {(d.before, d.after) for d in verdict.comparison.of("figures") if d.part == ""}
    assert ("24", "26") in figures
    assert {"D040", "D041"} <= {d.item for d in verdict.comparison.of("records")}


def test_an_altered_figure_is_tampering_and_the_place_is_named(site):
    report = built(site)
    page = FORMS["html"].write(report, NO_SOURCES)
    value = report.tiles[0].text
    altered = page.replace(f'">{value}</data>'.encode(), f'">{int(value) + 1}</data>'.encode(), 1)
    assert altered != page
    verdict = outcome(site, altered)
    assert verdict.outcome == "tampered"
    assert "altered at byte" in verdict.reasons[-1]


def test_a_workbook_with_another_cell_is_tampering_and_the_part_is_named(site):
    content = written(site, "xlsx")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"24", b"25") if name == "xl/worksheets/sheet1.xml" else data)
    verdict = outcome(site, target.getvalue())
    assert verdict.outcome == "tampered"
    assert "xl/worksheets/sheet1.xml" in verdict.reasons[-1]


def test_bytes_behind_a_pdf_are_tampering_unless_they_are_a_signature(site):
    content = written(site)
    assert outcome(site, content + b"\n% a remark").outcome == "tampered"
    assert outcome(site, content + b"\n/ByteRange").signed


def test_another_embedded_document_does_not_prove_the_pages(site):
    """The document inside may be exchanged for one with nicer figures: it is not what the records give."""
    from dataclasses import replace

    report = built(site)
    nicer = replace(report, tiles=(replace(report.tiles[0], value=1.0, text="1"), *report.tiles[1:]))
    verdict = outcome(site, FORMS["pdf"].write(nicer, NO_SOURCES))
    assert verdict.outcome == "tampered"
    assert any(d.before == "1" for d in verdict.comparison.of("figures"))


def test_a_changed_declaration_makes_a_report_unprovable_and_is_named(site):
    content = written(site)
    kpis = site.folder / "catalog" / "kpis" / "deviations.yaml"
    kpis.write_text(kpis.read_text().replace("kpi: opened, title: Opened,", "kpi: opened, title: Begun,"))
    verdict = outcome(site, content)
    assert verdict.outcome == "unproven"
    assert "KPI opened@1" in verdict.reasons[0]
    (site.folder / "catalog" / "templates" / "deviation_report.yaml").unlink()
    assert "no usable template" in outcome(site, content).reasons[0]


def test_a_report_of_one_site_is_made_again_for_that_site(site):
    template = site.catalogue.templates["deviation_report"]
    south = building.document(site.settings, site.catalogue, template, edition(template, MAY, None, {"site": "South"}))
    assert south.tiles[0].text == "12"
    assert outcome(site, FORMS["json"].write(south, NO_SOURCES)).outcome == "identical"


def test_a_file_that_is_no_report_is_refused(site):
    with pytest.raises(NotAReport):
        outcome(site, b"%PDF-1.4 nothing")


def test_the_commands_say_it_and_end_accordingly(site, monkeypatch, tmp_path):
    from typer.testing import CliRunner

    monkeypatch.setenv("QMS_REPORTS_HOME", str(site.settings.home))
    monkeypatch.setenv("QMS_REPORTS_CATALOG", site.settings.catalog)
    monkeypatch.setenv("QMS_REPORTS_SHIPPED_CATALOG", "false")
    before = tmp_path / "before.pdf"
    before.write_bytes(written(site))
    run = CliRunner().invoke
    proved = run(app, ["verify", str(before)])
    assert (proved.exit_code, proved.output.split(":")[0]) == (0, "identical")
    site.deliver(rows([50]), "2024-06-10T08:00:00")
    assert run(app, ["verify", str(before)]).exit_code == 3
    after = tmp_path / "after.xlsx"
    after.write_bytes(written(site, "xlsx"))
    marked = tmp_path / "marked.pdf"
    differing = run(app, ["diff", str(before), str(after), "--pdf", str(marked)])
    assert differing.exit_code == 1
    assert "24 → 25" in differing.output
    assert marked.read_bytes().startswith(b"%PDF-")
    assert run(app, ["diff", str(after), "deviation_report@2024-05"]).exit_code == 0
