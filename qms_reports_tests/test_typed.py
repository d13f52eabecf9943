"""Commands that tests type are what they are for a person, although their process need not import everything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qms_reports_tests.typed import typed


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "QMS_REPORTS_HOME": str(home), "QMS_REPORTS_SHIPPED_CATALOG": "false"}


@pytest.mark.parametrize("arguments", [("validate",), ("build", "zebra")])
def test_a_command_says_and_ends_as_in_a_process_started_for_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "qms_reports.cli", *arguments]
    started = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    for _ in range(2):  # the second finds imported what the first had to import
        forked = typed(*arguments, cwd=tmp_path, env=environment(tmp_path))
        assert (forked.returncode, forked.stdout, forked.stderr) == (
            started.returncode, started.stdout, started.stderr,
        )  # fmt: skip
    assert started.stdout + started.stderr


def test_folder_and_environment_are_those_of_the_command_alone(tmp_path: Path) -> None:
    wanted = {**environment(tmp_path / "home"), "QMS_REPORTS_CATALOG": "own"}
    for name in ("one", "other"):
        (tmp_path / name / "own" / "kpis").mkdir(parents=True)
        (tmp_path / name / "own" / "kpis" / f"{name}.yaml").write_text("colour: red\n")
        assert f"own/kpis/{name}.yaml:" in typed("validate", cwd=tmp_path / name, env=wanted).stdout
    assert typed("validate", cwd=tmp_path, env=environment(tmp_path)).returncode == 0


def test_what_an_interpreter_looks_at_when_it_starts_needs_a_process_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="process of its own to change PYTHONHASHSEED"):
        typed("doctor", env=environment(tmp_path) | {"PYTHONHASHSEED": "4242"})
