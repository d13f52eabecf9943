"""Killed at any write, and run again: the old state is readable, no half file is visible, the end is the same."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


Found = Callable[[str, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What the interrupted chain found in a phase when it was killed in one way, one entry per kill."""

    @functools.cache
    def lines(phase: str) -> list[dict[str, Any]]:
        folder = str(tmp_path_factory.mktemp(phase))
        command = [sys.executable, "-m", "qms_reports_tests.interrupted_chain", folder, phase, "kill", "size"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def of(phase: str, how: str) -> list[dict[str, Any]]:
        found = [line for line in lines(phase) if line["how"] == how]
        assert found.pop()["status"] == 0, found
        return found

    return of


@pytest.mark.parametrize(("phase", "fewest"), [("take_in", 30), ("make_report", 12)])
def test_killed_before_every_single_write_and_run_again_it_ends_the_same(runs: Found, phase: str, fewest: int) -> None:
    found = runs(phase, "kill")
    assert len(found) >= fewest
    assert {one["signal"] for one in found} == {9}
    assert [one for one in found if "unreadable" in one] == []
    assert [one for one in found if "failed again" in one or one["differs"]] == []
    states = [one["state"] for one in found]
    assert states == sorted(states)  # records only ever go forward, a whole delivery at a time
    # The last delivery counts with the last write of all, after which nothing is left to kill.
    assert set(states) == ({0, 1, 2} if phase == "take_in" else {3})


@pytest.mark.parametrize("phase", ["take_in", "make_report"])
def test_killed_in_the_middle_of_writing_a_file_and_run_again_it_ends_the_same(runs: Found, phase: str) -> None:
    found = runs(phase, "size")
    assert len(found) >= 4
    assert [one for one in found if "unreadable" in one or "failed again" in one or one["differs"]] == []
