"""How the worker processes of one test session (``make test``) share the tests and what is dear to make.

pytest-xdist gives a worker one group of tests after another.  A group is a module, whose fixtures are made once, or
several modules that share something a session makes once or that may run once only.  The groups that take longest come
first: what is begun last should be short.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

TESTS = Path(__file__).parent

GROUPS = {
    "kpis/engines/": "engines",  # one PostgreSQL server, one Spark, the figures of this process
    "kpis/test_large_datasets.py": "engines",  # the same figures
    "traps/": "traps",
    "example_company/": "example company",
}
"""Beginning of a module's path below the tests' folder to its group; else `ASKS` decides, or the module is a group."""

ASKS = re.compile(r"^def \w+\([^)]*\b(company_home|vera)\b[:,)]", re.MULTILINE)
"""A test or fixture that asks for what one worker makes: a company, whose home folder some change; a Java process."""

FIRST = (
    "engines", "commands/test_kpi_commands.py", "example company", "traps", "reports", "test_browser.py",
    "test_robustness_interruption.py", "test_as_known.py", "test_same_bytes.py", "test_robustness_machine.py",
    "datasets/test_latest_versions.py", "kpis/test_invariants.py", "test_cli.py", "test_no_skip.py",
)  # fmt: skip
"""The longest groups."""


@functools.cache
def _group_of_module(module: str) -> str:
    for begin, name in GROUPS.items():
        if module.startswith(begin):
            return name
    path = TESTS / module
    return "reports" if path.is_file() and ASKS.search(path.read_text(encoding="utf-8")) else module


def group(nodeid: str) -> str:
    """The group of a test."""
    return _group_of_module(nodeid.partition("::")[0].removeprefix(f"{TESTS.name}/"))


def place(nodeid: str) -> int:
    """A sort key that puts the longest groups first and leaves the others in their order."""
    name = group(nodeid)
    return FIRST.index(name) if name in FIRST else len(FIRST)


def scheduler(config: pytest.Config, log: Any) -> Any:
    """A pytest-xdist scheduler that keeps each group on one worker."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    config.option.loadscopereorder = False  # by the number of tests; we know better which take long
    return ByGroup(config, log)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker to ask for it fills, while the others wait.

    Args:
        factory: Names the session's folder.
        name: Name of the folder.
        make: Fills the empty folder.  The other workers get to know nothing but the folder.

    Returns:
        The filled folder.  It is read only: nobody knows who else is reading it.
    """
    session = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder of its own within the session's
        session = session.parent
    folder, made = session / f"shared-{name}", session / f"shared-{name}.made"
    with FileLock(session / f"shared-{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
