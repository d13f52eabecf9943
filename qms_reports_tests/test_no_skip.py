"""Where everything is installed, a skipped test is a failed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_runs(): pass

def test_is_skipped(): pytest.skip("no chromium")

@pytest.mark.skipif(True, reason="no poppler")
def test_is_marked(): pass

@pytest.mark.xfail(reason="known")
def test_fails_as_expected(): assert False
"""
REPOSITORY = Path(__file__).parents[1]


ALL_OF_OURS = "qms_reports_tests.conftest"
ONLY_THIS = "qms_reports_tests.no_skip"  # which the one above has in it, and which imports nothing else


def run(
    folder: Path, no_skip: str, content: str, *arguments: str, plugin: str = ONLY_THIS
) -> subprocess.CompletedProcess[str]:
    (folder / "test_some.py").write_text(content)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        plugin,
        "-p",
        "no:cacheprovider",
        *arguments,
        str(folder),
    ]
    environment = {**os.environ, "QMS_REPORTS_TESTS_NO_SKIP": no_skip, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", [(), ("--numprocesses=2", "--dist=loadscope")], ids=["alone", "as make test"])
def test_a_skipped_test_fails_when_nothing_may_be_skipped(tmp_path: Path, workers: tuple[str, ...]):
    done = run(tmp_path, "1", TESTS, *workers, plugin=ALL_OF_OURS if workers else ONLY_THIS)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert done.stdout.count("says that everything must") >= 2
    assert "no chromium" in done.stdout
    assert "no poppler" in done.stdout
    # A test that a mark skips does not get beyond its set-up, which pytest calls an error.
    assert "1 failed, 1 passed, 1 xfailed, 1 error" in done.stdout.splitlines()[-1]


def test_a_module_that_skips_itself_fails_too(tmp_path: Path):
    done = run(tmp_path, "1", "import pytest\npytest.skip('no office', allow_module_level=True)\n")
    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert "no office" in done.stdout


def test_elsewhere_a_skipped_test_is_only_skipped(tmp_path: Path):
    done = run(tmp_path, "0", TESTS)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert "1 passed, 2 skipped, 1 xfailed" in done.stdout.splitlines()[-1]
