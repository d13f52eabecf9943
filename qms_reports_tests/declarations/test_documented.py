"""What is shipped about the declarations is what the code says now: issues, schemas, the guide to templates."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

import qms_reports
from qms_reports.declarations import issue_codes, json_schema
from qms_reports.declarations.expression_functions import FUNCTIONS
from qms_reports.declarations.expression_kinds import FIGURES, PERIOD, SCORECARD, TEMPLATE, TILE
from qms_reports.declarations.file_check import check_file
from qms_reports.settings import STANDARD_CATALOG, Settings

PACKAGE = Path(qms_reports.__file__).parent
DOCS = PACKAGE.parent / "docs"
CODE = re.compile(rf"(?:{'|'.join(issue_codes.CATEGORIES)})\.[a-z_]*[a-z]")
CALLS = {"issue_at", "problem_at", "unknown", "no_column"}


def sources():
    for folder in ("declarations", "validation"):
        yield from sorted((PACKAGE / folder).glob("*.py"))


def codes_in(tree):
    """Codes written as such, and those put together from the kinds of declarations and of data quality."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


def test_the_page_of_issues_is_what_the_code_says_now():
    assert (DOCS / "issues.md").read_text(encoding="utf-8") == issue_codes.page(), "run: make docs"


def test_every_code_that_is_used_is_explained_and_every_explained_one_is_used():
    used = {
        code for path in sources() if path.name != "issue_codes.py" for code in codes_in(ast.parse(path.read_text()))
    }
    used |= {
        f"structure.unknown_{kind}" for kind in ("kpi", "dataset", "source", "scorecard", "theme", "chart", "table")
    }
    used |= {"data_quality.no_data", "data_quality.too_little"}
    assert used == set(issue_codes.CODES)
    for name, code in issue_codes.CODES.items():
        assert name.partition(".")[0] in issue_codes.CATEGORIES
        assert all(code)


def test_every_issue_is_given_a_code_where_it_is_made():
    bare = [
        f"{path.name}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("issue_at", "problem_at")
        and not any(keyword.arg == "code" for keyword in node.keywords)
    ]
    assert bare == []


@pytest.mark.parametrize("name", json_schema.names())
def test_the_shipped_schemas_are_what_the_models_say_now(name):
    assert (DOCS / "schema" / f"{name}.json").read_text(encoding="utf-8") == json_schema.text(name), "run: make docs"


def test_a_schema_describes_every_key_and_forbids_all_others():
    schema = json.loads(json_schema.text("template"))
    assert schema["$schema"] == json_schema.DIALECT
    assert set(schema["required"]) == {"template", "title", "sections"}
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
        assert all(value.get("description") for value in part["properties"].values())
    assert "required" not in json.loads(json_schema.text("partial"))


def test_the_shipped_declarations_fit_their_schemas():
    """By the keys: an editor that knows the schema underlines nothing in what is shipped."""
    for kind, folder in (("template", "templates"), ("dataset", "datasets"), ("scorecard", "scorecards")):
        known = set(json.loads(json_schema.text(kind))["properties"])
        for path in (STANDARD_CATALOG / folder).glob("*.yaml"):
            assert set(yaml.safe_load(path.read_text())) <= known, path.name


def test_the_guide_to_templates_names_all_that_text_may_name():
    text = (DOCS / "templates.md").read_text(encoding="utf-8")
    for name in (*TILE, *SCORECARD, *FIGURES, *TEMPLATE, *PERIOD):
        assert f"`{name}`" in text, name
    for function in FUNCTIONS.values():
        assert f"`{function.usage}`" in text, function.usage


def test_the_examples_in_the_guide_to_templates_are_right(tmp_path):
    text = (DOCS / "templates.md").read_text(encoding="utf-8")
    blocks = re.findall(r"`(\S+\.yaml)`:?\n\n```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 3
    for name, content in blocks:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for path in sorted((tmp_path / "templates").glob("*.yaml")):
        checked = check_file(path, (*Settings().catalogs, tmp_path))
        assert [str(issue) for issue in checked.issues] == []
