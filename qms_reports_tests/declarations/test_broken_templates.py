"""Broken templates, each with exactly the issues that it must get, and hostile ones that must end quickly.

`broken_templates/expected.yaml` lists per file: the partial where the issue stands if it is not the file itself, code,
severity, line and column, and the path of the field.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest
import yaml

from qms_reports.declarations import issue_codes
from qms_reports.declarations.file_check import check_file
from qms_reports.settings import STANDARD_CATALOG

CORPUS = Path(__file__).parents[1] / "broken_templates"
EXPECTED = yaml.safe_load((CORPUS / "expected.yaml").read_text())
FILES = sorted(path for path in CORPUS.glob("*.yaml") if path.name != "expected.yaml")


def checked(path):
    return check_file(path, (STANDARD_CATALOG,))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_broken_template_gets_exactly_the_issues_that_are_expected(path):
    found = []
    for issue in checked(path).issues:
        where = issue.file.rpartition("broken_templates/")[2]
        place = "" if where == path.name else f"{where} "
        line = f"{place}{issue.code} {issue.severity.value} {issue.line}:{issue.column} {issue.field}"
        found.append(line.rstrip())
        assert issue.code in issue_codes.CODES
        assert str(issue).endswith(f"[docs/issues.md#{issue.code.replace('.', '')}]")
    assert found == EXPECTED[path.stem]


def test_the_corpus_is_large_and_nothing_in_it_is_right():
    assert len(FILES) >= 60
    assert {path.stem for path in FILES} == set(EXPECTED)
    assert all(EXPECTED.values())


# --- hostile files: each ends quickly, in little memory, with an issue that says why

GOOD = (CORPUS / "unused_chart.yaml").read_text()
CHART = "  - {{id: c{0}, type: line, title: Flow, y_title: Events, kpis: [quality_events_opened]}}\n"


def many_charts(count):
    charts = "".join(CHART.format(number) for number in range(count))
    return GOOD.replace("charts:\n", f"charts:\n{charts}")


HOSTILE = {
    "10 MB": (lambda: "# " + "x" * 10_000_001, "structure.too_large"),
    "many values": (lambda: "tiles: [" + "x," * 4_900_000 + "]", "structure.too_large"),
    "10,000 charts": (lambda: many_charts(10_000), "structure.out_of_bounds"),
    "deep nesting": (lambda: "a: " + "[" * 100_000, "structure.too_deep"),
    "deep nesting in blocks": (lambda: "".join(" " * n + "a:\n" for n in range(2_000)), "structure.too_deep"),
    "many unknown keys": (lambda: GOOD + "".join(f"key{n}: 1\n" for n in range(20_000)), "structure.too_many_issues"),
    "a long expression": (lambda: GOOD.replace("title: All", f"title: '{{{{ {'1+' * 50_000}1 }}}}'"), "text.too_large"),
    "many expressions": (lambda: GOOD.replace("title: All", f"title: '{'{{ 1 }}' * 2_000}'"), "text.too_large"),
    "a long SQL": (
        lambda: GOOD + "workbook: {file: x}\n" + "actions:\n  - {when: '" + "(" * 3_000 + "', say: x}\n",
        "text.too_large",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_quickly_in_little_memory(name, tmp_path):
    make, code = HOSTILE[name]
    path = tmp_path / "hostile.yaml"
    path.write_text(make())
    checked(FILES[0])  # what is read once for all files is not this one's
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    issues = checked(path).issues
    seconds = time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert code in {issue.code for issue in issues}
    assert len(issues) <= 250
    assert seconds < 15  # several times what it takes
    assert grown < 400_000  # kilobytes
