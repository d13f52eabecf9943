"""The same inputs give the same bytes, whatever the process, the folder, the clock, the language and the hash seed."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "qms-reports"
FAKETIME = shutil.which("faketime")


def build(folder: Path, clock: dt.datetime | None, **variables: str) -> dict[str, tuple[int, str]]:
    """Build a report in a fresh process and home folder; the size and hash of each file."""
    folder.mkdir(parents=True)
    command = [str(PROGRAM), "build", "monthly_quality_review", "--period", "2014-05", "--out", str(folder / "out")]
    if clock is not None:
        command = [FAKETIME or "", "-f", f"@{clock:%Y-%m-%d %H:%M:%S}", *command]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QMS_REPORTS_", "DAGSTER_"))}
    environment = kept | variables | {"QMS_REPORTS_HOME": str(folder / "home")}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    files = sorted((folder / "out").iterdir())
    assert [file.name for file in files] == ["QMR-2014-05.pdf", "QMR-2014-05.xlsx"]
    return {f.suffix: (len(f.read_bytes()), hashlib.sha256(f.read_bytes()).hexdigest()) for f in files}


@pytest.mark.slow
def test_two_fresh_processes_two_hours_apart_write_the_same_bytes(tmp_path):
    if FAKETIME is None:
        pytest.skip("needs the command faketime (Debian package faketime)")
    now = dt.datetime.now().astimezone()
    one = build(tmp_path / "one", now, PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8")
    later = now + dt.timedelta(hours=2)
    two = build(
        tmp_path / "another" / "folder", later, PYTHONHASHSEED="4242", TZ="Asia/Kolkata", LANG="de_DE.UTF-8", LC_ALL="C"
    )
    assert one == two
