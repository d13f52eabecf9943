"""Templates that show scorecards and contributions: what they name must exist and fit."""

from __future__ import annotations

import pytest

from qms_reports.declarations.catalogue import load_folders
from qms_reports.declarations.issues import Severity
from qms_reports_tests.small_catalogue import write_catalogue

SCORECARD = """\
scorecard: quality
title: Quality
frequencies: [month]
items:
  - {kpi: closed_share, weight: 1, zero: 0, full: 100}
  - {scorecard: inner, weight: 1}
"""
INNER = """\
scorecard: inner
title: Inner
frequencies: [month]
items:
  - {kpi: high_share, weight: 1, zero: 0, full: 100}
"""
TEMPLATE = """\
template: review
title: Review
frequency: month
tables:
  - {id: score, title: Score, scorecards: [quality]}
  - {id: change, title: Change, kpis: [opened], by: site, contribution: true}
sections:
  - {id: all, title: All, tables: [score, change]}
"""


@pytest.fixture
def load(tmp_path):
    def write(template=TEMPLATE):
        folder = write_catalogue(tmp_path / "catalog")
        for sub, name, text in (
            ("scorecards", "quality", SCORECARD),
            ("scorecards", "inner", INNER),
            ("templates", "review", template),
        ):
            (folder / sub).mkdir(exist_ok=True)
            (folder / sub / f"{name}.yaml").write_text(text)
        return load_folders((folder,))

    return write


def test_a_report_depends_on_its_scorecards_and_on_all_their_kpis(load):
    catalogue = load()
    assert catalogue.issues == ()
    template = catalogue.templates["review"]
    assert catalogue.kpis_behind(template) == ("opened", "high_share", "closed_share")
    assert catalogue.scorecards_behind(template) == ("inner", "quality")
    used = catalogue.used_by(template)
    assert {("scorecard", "inner"), ("scorecard", "quality"), ("kpi", "high_share")} <= set(used)


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("[quality]", "[qualty]", "there is no scorecard 'qualty'", "did you mean 'quality'?"),
        ("frequency: month", "frequency: quarter", "scorecard 'quality' is not computed per quarter", "add quarter"),
        ("by: site,", "by: sit,", "'sit' is no dimension of KPI opened", "did you mean 'site'?"),
        (", by: site", "", "shows one KPI 'by' a dimension", ""),
        ("[opened]", "[opened, closed]", "shows one KPI 'by' a dimension", ""),
        ("scorecards: [quality]", "scorecards: [quality], kpis: [opened]", "either 'kpis' or the records", ""),
        ("scorecards: [quality]", "note: none", "either 'kpis' or the records", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(load, old, new, message, hint):
    assert TEMPLATE.count(old) == 1
    catalogue = load(TEMPLATE.replace(old, new))
    said = [issue for issue in catalogue.issues if issue.severity is Severity.ERROR]
    assert any(message in str(issue) and hint in str(issue) for issue in said), list(map(str, said))
    assert all("templates/review.yaml:" in str(issue) for issue in said)
    assert "review" not in catalogue.templates
