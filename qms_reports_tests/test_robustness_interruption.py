"""Killed at any write, and run again: the old state is readable, no half file is visible, the end is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def runs(folder: Path, phase: str, how: str) -> list[dict[str, Any]]:
    """What the interrupted chain found, one entry per kill."""
    command = [sys.executable, "-m", "qms_reports_tests.interrupted_chain", str(folder), phase, how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found.pop()["status"] == 0, found
    return found


@pytest.mark.parametrize(("phase", "fewest"), [("take_in", 30), ("make_report", 12)])
def test_killed_before_every_single_write_and_run_again_it_ends_the_same(
    tmp_path: Path, phase: str, fewest: int
) -> None:
    found = runs(tmp_path, phase, "kill")
    assert len(found) >= fewest
    assert {one["signal"] for one in found} == {9}
    assert [one for one in found if "unreadable" in one] == []
    assert [one for one in found if "failed again" in one or one["differs"]] == []
    states = [one["state"] for one in found]
    assert states == sorted(states)  # records only ever go forward, a whole delivery at a time
    # The last delivery counts with the last write of all, after which nothing is left to kill.
    assert set(states) == ({0, 1, 2} if phase == "take_in" else {3})


@pytest.mark.parametrize("phase", ["take_in", "make_report"])
def test_killed_in_the_middle_of_writing_a_file_and_run_again_it_ends_the_same(tmp_path: Path, phase: str) -> None:
    found = runs(tmp_path, phase, "size")
    assert len(found) >= 4
    assert [one for one in found if "unreadable" in one or "failed again" in one or one["differs"]] == []
