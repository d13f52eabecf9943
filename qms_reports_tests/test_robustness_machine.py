"""Unlucky machines: full disks, read-only folders, a home that is a file, several processes at once."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qms_reports.datasets.reading import close_sessions
from qms_reports.store import StoreError, sha256_text
from qms_reports_tests.robustness_scenario import MAY, SOURCE, Installation, content_of, csv, manifest
from qms_reports_tests.typed import typed

ROWS = csv(
    *(f"A-{n:04d},2024-05-{n % 28 + 1:02d},,North,{n}.00,{sha256_text(str(n))}" for n in range(400))
)  # with texts that cannot be compressed
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


@pytest.fixture
def site(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def environment_of(site: Installation, **environment: str) -> dict[str, str]:
    """The environment of somebody who uses this installation."""
    return {
        **os.environ,
        "QMS_REPORTS_HOME": str(site.settings.home),
        "QMS_REPORTS_CATALOG": str(site.declarations),
        "QMS_REPORTS_SHIPPED_CATALOG": "false",
        **environment,
    }


def command(site: Installation, *arguments: str, **environment: str) -> dict[str, Any]:
    """A `qms-reports` command line for this installation, as `subprocess` takes it."""
    return {
        "args": [sys.executable, "-m", "qms_reports.cli", *arguments],
        "env": environment_of(site, **environment),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


def declare_file(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "file: ../incidents.csv\n")
    (site.declarations / "incidents.csv").write_bytes(ROWS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount: {mounted.stderr.strip()}")
    yield folder
    close_sessions()
    subprocess.run(["umount", "-l", str(folder)], check=True)


@as_root
def test_a_full_disk_is_named_nothing_half_written_stays_and_the_next_run_goes_on(
    small_disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    site = Installation(tmp_path / "site", home=small_disk / "home")
    site.deliver(csv("A-1,2024-05-02,,North,12.50,fine"))
    before = site.records()
    site.receive(ROWS, "incidents_2.csv", MAY)
    filler = small_disk / "filler"
    for left in (0, 4_096, 20_480, 36_864):
        _fill(filler, small_disk, left)
        with pytest.raises(StoreError, match=r"disk|space"):
            site.clean()
        close_sessions()
        assert site.records() == before
        assert not [path for path in small_disk.rglob("*") if path.name.startswith((".staging", ".scratch"))]
        filler.unlink()
    _fill(filler, small_disk, 0)
    with pytest.raises(StoreError, match="the disk is full"):
        site.receive(ROWS + b"\n", "incidents_3.csv", MAY)
    filler.unlink()
    (ingested,) = site.clean()
    assert ingested.counts["added"] == 400
    assert site.report()["pdf"].exists()


def _fill(filler: Path, folder: Path, left: int) -> None:
    with filler.open("wb", buffering=0) as file:
        free = shutil.disk_usage(folder).free
        file.write(bytes(max(free - left, 0)))


@as_root
def test_a_full_disk_on_the_command_line_is_one_clear_line(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site = Installation(tmp_path / "site", home=small_disk / "home")
    declare_file(site)
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 8192))
    done = typed("build", "incident_report", "--period", "2024-05", env=environment_of(site))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("qms-reports: ")
    assert any(word in done.stderr for word in ("disk is full", "No space left", "disk space"))


def test_a_file_size_limit_stops_the_writing_and_leaves_the_old_state(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-02,,North,12.50,fine"))
    before = content_of(site.settings.home)
    site.receive(ROWS, "incidents_2.csv", MAY)
    received = content_of(site.settings.home)
    assert before.items() < received.items()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
        with pytest.raises(StoreError):
            site.clean()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert content_of(site.settings.home) == received
    (ingested,) = site.clean()
    assert ingested.counts["added"] == 400


@as_root
def test_a_read_only_home_is_named_with_what_to_do(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site = Installation(tmp_path / "site", home=small_disk / "home")
    declare_file(site)
    site.settings.home.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for arguments in (["build", "incident_report", "--period", "2024-05"], ["up"]):
        done = typed(*arguments, env=environment_of(site))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "QMS_REPORTS_HOME" in done.stderr
        assert "read-only" in done.stderr
    doctor = typed("doctor", env=environment_of(site))
    assert doctor.returncode == 1
    assert "MISSING home folder" in doctor.stdout


def test_a_home_of_another_user_is_named_with_what_to_do(site: Installation) -> None:
    declare_file(site)
    home = site.settings.home
    home.mkdir(mode=0o555)
    prefix = []
    if os.geteuid() == 0:  # whom no permission binds
        if not shutil.which("setpriv"):
            pytest.skip("root, and no setpriv to become somebody else")
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for folder in (site.folder, *site.folder.parents):
            if Path(tempfile.gettempdir()) in folder.parents and folder.owner() == "root":  # pytest's own folders
                folder.chmod(0o755)
        probe = [*prefix, sys.executable, "-c", "import qms_reports.cli"]
        if subprocess.run(probe, cwd="/", capture_output=True, check=False).returncode:
            pytest.skip("another user cannot run this Python")
    asked = command(site, "build", "incident_report", "--period", "2024-05", HOME="/nonexistent")
    asked["args"] = [*prefix, *asked["args"]]
    done = subprocess.run(**asked, check=False)
    home.chmod(0o755)
    assert done.returncode == 1, done.stderr
    assert "Permission denied" in done.stderr
    assert "write access" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(home.iterdir()) == []


def test_a_home_that_is_a_file_is_named(site: Installation) -> None:
    declare_file(site)
    site.settings.home.write_text("a file")
    done = typed("build", "incident_report", "--period", "2024-05", env=environment_of(site))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(site.settings.home) in done.stderr
    assert "there is a file in the place of a folder" in done.stderr
    assert site.settings.home.read_text() == "a file"


def test_a_home_removed_and_filled_again_while_a_process_runs_is_read_anew(site: Installation) -> None:
    for amount in ("1.00", "2.00"):
        site.deliver(csv(f"A-1,2024-05-02,,North,{amount},x"))
        assert [str(value) for (value,) in site.records("amount")] == [amount]
        shutil.rmtree(site.settings.home)


def test_two_builds_of_the_same_month_two_more_and_a_backfill_at_once_all_succeed_with_the_same_bytes(
    site: Installation, tmp_path: Path
) -> None:
    declare_file(site)
    (tmp_path / "alone").mkdir()
    alone = Installation(tmp_path / "alone", home=tmp_path / "alone/home")
    declare_file(alone)
    done = typed("build", "incident_report", "--period", "2024-05", env=environment_of(alone))
    assert done.returncode == 0, done.stderr
    backfill = ["backfill", "incident_report", "--from", "2024-04", "--to", "2024-05", "--workers", "1"]
    build = ["build", "incident_report", "--period", "2024-05"]
    started = [subprocess.Popen(**command(site, *arguments)) for arguments in (build, build, backfill)]
    for process in started:
        _, said = process.communicate()
        assert process.returncode == 0, said
    expected = {path.name: path for path in (alone.settings.home / "reports/incident_report/2024-05").glob("INC*.*")}
    found = {path.name: path for path in (site.settings.home / "reports/incident_report/2024-05").glob("INC*.*")}
    assert found.keys() == expected.keys()
    for name in ("INC-2024-05.pdf", "INC-2024-05.xlsx"):
        assert found[name].read_bytes() == expected[name].read_bytes()
        assert manifest(found[name])["restates"] == ""
    assert len(site.store.commits()) == 1
    assert not (site.settings.home / "reports/incident_report/2024-05/superseded").exists()
