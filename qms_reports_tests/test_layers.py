"""The house rules that keep the parts apart, read from the syntax trees: who may import whom, and when."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qms_reports

PACKAGE = Path(qms_reports.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "catalog" not in path.relative_to(PACKAGE).parts)

BASE = (
    "declarations",
    "languages",
    "statistics",
    "store",
    "record_versions",
    "periods",
    "local_days",
    "fiscal_calendar",
    "settings",
)
STAGES = ("sources", "datasets", "kpis", "charts", "reports")
ABOVE = (
    "editions",
    "building",
    "validation",
    "verifying",
    "previewing",
    "example_company",
    "pipeline",
    "commands",
    "cli",
    "definitions",
)
HEAVY = frozenset(
    (
        "matplotlib",
        "pandas",
        "numpy",
        "openpyxl",
        "reportlab",
        "PIL",
        "duckdb",
        "python_calamine",
        "sqlglot",
        "dagster",
        "psycopg",
        "pyspark",
        "py4j",
    )
)
DAGSTER_MODULES = ("pipeline", "definitions")


def part_of(path: Path) -> str:
    """The part of the house that a file belongs to: its package or, at the top, its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def imports(path: Path) -> tuple[tuple[str, int, bool], ...]:
    """Every imported module, its line, and whether it is imported as soon as the file is."""
    tree = ast.parse(path.read_text())

    def walk(node: ast.AST, at_once: bool) -> Iterator[tuple[str, int, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, child.lineno, at_once) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}:{child.lineno}: write imports in full"
                module = child.module or ""
                if module == "qms_reports":
                    yield from ((f"{module}.{alias.name}", child.lineno, at_once) for alias in child.names)
                else:
                    yield module, child.lineno, at_once
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, False)
            elif isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                for statement in child.orelse:
                    yield from walk(statement, at_once)
            else:
                yield from walk(child, at_once)

    return tuple(walk(tree, True))


def allowed(part: str) -> tuple[str, ...]:
    """The parts that a part may import, beside itself."""
    if part in BASE:
        return BASE
    if part in STAGES:
        return (*BASE, *STAGES[: STAGES.index(part)])
    if part == "editions":
        return BASE
    if part == "building":
        return (*BASE, *STAGES, "editions")
    return (*BASE, *STAGES, *ABOVE)


def test_every_part_of_the_house_is_known():
    parts = {part_of(path) for path in MODULES} - {"__init__"}
    assert parts == {*BASE, *STAGES, *ABOVE}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_it(path):
    part = part_of(path)
    wrong = []
    for module, line, _ in imports(path):
        top, _, rest = module.partition(".")
        target = rest.split(".")[0]
        if top == "qms_reports" and target and target not in ("__version__", part, *allowed(part)):
            wrong.append(f"{path.relative_to(PACKAGE)}:{line}: {part} imports {target}")
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_pipeline_knows_dagster(path):
    lines = [line for module, line, _ in imports(path) if module.split(".")[0].startswith("dagster")]
    assert part_of(path) in DAGSTER_MODULES or lines == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_are_imported_where_they_are_needed(path):
    free = {"dagster"} if part_of(path) in DAGSTER_MODULES else set()
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line}: {module}"
        for module, line, at_once in imports(path)
        if at_once and module.split(".")[0] in HEAVY - free
    ]
    assert wrong == []


def test_dagster_reads_annotations_where_its_decorators_stand():
    wrong = []
    for path in MODULES:
        text = path.read_text()
        decorated = any(
            ast.unparse(decorator).startswith(("dg.asset", "dg.multi_asset", "dg.op", "dg.sensor", "dg.schedule"))
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
        )
        if decorated and "from __future__ import annotations" in text:
            wrong.append(str(path.relative_to(PACKAGE)))
    assert wrong == []


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh process holds after a statement."""
    code = f"import sys; before = set(sys.modules); {statement}; print('\\n'.join(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


def test_importing_the_package_loads_nothing_else():
    assert loaded_by("import qms_reports") == {"qms_reports"}


@pytest.mark.parametrize("module", ["qms_reports.cli", "qms_reports.building", "qms_reports.declarations.catalogue"])
def test_importing_a_module_loads_no_heavy_library(module):
    assert not loaded_by(f"import {module}") & HEAVY
