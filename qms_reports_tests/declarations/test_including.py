"""Partials: what templates include, who wins, and where a mistake in one is told."""

# ruff: noqa: E501 - a table of mistakes reads best with one a line

from __future__ import annotations

import os

import pytest

from qms_reports.declarations.catalogue import load_folders
from qms_reports.declarations.issues import Severity
from qms_reports_tests.small_catalogue import write_catalogue

TEMPLATE = """\
template: review
title: Review
document_number: "R-{period}"
include: [partials/frame.yaml, partials/charts.yaml]
tiles: [opened]
charts:
  - {id: own, type: line, title: Own, kpis: [opened], y_title: Number}
sections:
  - {id: all, title: All, charts: [own, shared]}
"""
FRAME = """\
organization: Example company
title: A title that the template overrides
distribution: [Head of Quality]
parameters:
  site: {dimension: site, default: "*"}
include: [approvals.yaml]
"""
APPROVALS = "approvals:\n  - {meaning: authored, role: Analyst}\n  - {meaning: approved, role: Head of Quality}\n"
CHARTS = """\
charts:
  - id: shared
    type: line
    title: Shared
    kpis: [closed]
    y_title: Number
"""


@pytest.fixture
def folder(tmp_path):
    folder = write_catalogue(tmp_path / "catalog")
    write(folder, "review.yaml", TEMPLATE)
    write(folder, "partials/frame.yaml", FRAME)
    write(folder, "partials/approvals.yaml", APPROVALS)
    write(folder, "partials/charts.yaml", CHARTS)
    return folder


def write(folder, name, text):
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def said(folder, severity=Severity.ERROR):
    return [str(issue) for issue in load_folders((folder,)).issues if issue.severity is severity]


def test_a_template_takes_what_it_lacks_from_its_partials_and_its_own_keys_win(folder):
    catalogue = load_folders((folder,))
    assert catalogue.issues == ()
    template = catalogue.templates["review"]
    assert (template.title, template.organization, template.distribution) == (
        "Review", "Example company", ("Head of Quality",))  # fmt: skip
    assert [chart.id for chart in template.charts] == ["shared", "own"]  # the included first
    assert [approval.role for approval in template.approvals] == ["Analyst", "Head of Quality"]  # from a nested one
    assert template.parameters["site"].dimension == "site"
    assert set(catalogue.origins["template", "review"].declaration.files) == {
        "catalog/templates/review.yaml", "catalog/templates/partials/frame.yaml",
        "catalog/templates/partials/approvals.yaml", "catalog/templates/partials/charts.yaml"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("partials/charts.yaml", "kpis: [closed]", "kpis: [clsed]", "partials/charts.yaml:5:12: error: charts.0.kpis.0: there is no kpi 'clsed' (did you mean 'closed'?)"),
        ("partials/charts.yaml", "y_title:", "y_titel:", "partials/charts.yaml:6:5: error: charts.0.y_titel: unknown key 'y_titel' (did you mean 'y_title'?"),
        ("partials/charts.yaml", "title: Shared", 'title: "{{ peroid.label }}"', "partials/charts.yaml:4:16: error: charts.0.title: there is no 'peroid' (did you mean 'period'?)"),
        ("partials/approvals.yaml", "approved", "aproved", "partials/approvals.yaml:3:15: error: approvals.1.meaning: text 'aproved' is not allowed here (did you mean 'approved'?"),
        ("partials/frame.yaml", "dimension: site", "dimension: sites", "partials/frame.yaml:5:21: error: parameters.site.dimension: no KPI or record of the template has a dimension 'sites' (did you mean 'site'?)"),
        ("review.yaml", "kpis: [opened]", "kpis: [opend]", "review.yaml:7:46: error: charts.0.kpis.0: there is no kpi 'opend'"),
        ("review.yaml", "frame.yaml", "fram.yaml", "review.yaml:4:11: error: include.0: there is no partial 'partials/fram.yaml' (did you mean 'partials/frame.yaml'?)"),
        ("review.yaml", "partials/charts.yaml", "../../outside.yaml", "review.yaml:4:32: error: include.1: '../../outside.yaml' lies outside the folder of the templates"),
        ("partials/approvals.yaml", "approvals:", "include: [frame.yaml]\napprovals:", "partials/approvals.yaml:1:11: error: include.0: 'frame.yaml' includes itself: frame.yaml > approvals.yaml > frame.yaml"),
        ("partials/approvals.yaml", "approvals:", "template: other\napprovals:", "partials/approvals.yaml:1:1: error: template: a partial has no name of its own"),
        ("partials/approvals.yaml", "approvals:", "include: frame.yaml\napprovals:", "partials/approvals.yaml:1:10: error: include: expected a list of files"),
        ("partials/approvals.yaml", "approvals:", "a: b: c\napprovals:", "partials/frame.yaml:6:11: error: include.0: the partial 'approvals.yaml' cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_the_file_where_it_stands(folder, name, old, new, expected):
    path = folder / "templates" / name
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    assert [line for line in said(folder) if line.startswith(f"catalog/templates/{expected}")]


def test_what_is_wrong_with_a_partial_is_told_once_whoever_includes_it(folder):
    write(folder, "partials/charts.yaml", CHARTS.replace("closed", "clsed"))
    write(folder, "second.yaml", TEMPLATE.replace("template: review", "template: second"))
    assert len(said(folder)) == 1
    assert {broken.name for broken in load_folders((folder,)).broken} == {"review", "second"}


def test_a_partial_that_two_others_need_is_taken_once(folder):
    write(folder, "partials/charts.yaml", "include: [approvals.yaml]\n" + CHARTS)
    assert len(load_folders((folder,)).templates["review"].approvals) == 2


def test_a_changed_partial_is_noticed_and_changes_the_hash_of_what_was_built_from_it(folder):
    def digest(catalogue):
        return catalogue.declaration_hash(catalogue.used_by(catalogue.templates["review"])), catalogue.fingerprint

    before = load_folders((folder,))
    assert load_folders((folder,)) is before
    path = write(folder, "partials/approvals.yaml", APPROVALS.replace("Analyst", "Auditor"))
    os.utime(path, ns=(1, 1))
    after = load_folders((folder,))
    assert after.templates["review"].approvals[0].role == "Auditor"
    assert all(one != other for one, other in zip(digest(before), digest(after), strict=True))


def test_a_partial_of_no_template_is_checked_all_the_same(folder):
    write(folder, "partials/old.yaml", "organisation: Example\n")
    (warning,) = said(folder, Severity.WARNING)
    assert "partials/old.yaml:1:1: warning: no template includes this partial" in warning
    (error,) = said(folder)
    assert "partials/old.yaml:1:1: error: organisation: unknown key 'organisation'" in error


def test_a_chain_that_is_too_long_is_refused_at_the_entry_that_goes_too_far(folder):
    for number in range(15):
        write(folder, f"partials/chain{number}.yaml", f"include: [chain{number + 1}.yaml]\n")
    write(folder, "partials/chain15.yaml", "retention: 10 years\n")
    write(folder, "review.yaml", TEMPLATE.replace("partials/charts.yaml", "partials/charts.yaml, partials/chain0.yaml"))
    (error,) = said(folder)
    assert error.startswith("catalog/templates/partials/chain9.yaml:1:11: error: include.0: includes are nested deeper")
