"""The store: whole files, one writer at a time, and versions that outlive crashes."""

from __future__ import annotations

import datetime as dt
import errno
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from qms_reports.store import StoreError, connect, explained, file_literal, kept_cursor, locked, write_atomically
from qms_reports_tests.robustness_scenario import MAY, Installation, csv

FIRST = csv("A-1,2024-05-02,,North,12.50,fine")
SECOND = csv("A-1,2024-05-02,,North,13.00,fine", "A-2,2024-05-03,,North,1.00,new")
DAY = dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "folder/file"
    write_atomically(path, b"old")

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(StoreError, match="ulimit"):
            write_atomically(path, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path.read_bytes() == b"old"
    assert [one.name for one in path.parent.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EACCES, "write access"),
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EFBIG, "ulimit"),
        (errno.EEXIST, "file in the place of a folder"),
        (errno.ENOTDIR, "part of the path is a file"),
        (errno.ENAMETOOLONG, "shorter"),
        (errno.EIO, "check the folder"),
    ],
)
def test_a_refusal_of_the_system_says_what_to_do(tmp_path: Path, number: int, hint: str) -> None:
    with pytest.raises(StoreError, match=hint) as caught, explained("write", tmp_path):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in str(caught.value)
    assert os.strerror(number) in str(caught.value)


def test_a_second_writer_waits_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    code = f"""
import time; from pathlib import Path; from qms_reports.store import locked
with locked(Path({str(tmp_path)!r})):
    print("held", flush=True); time.sleep(600)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    got = threading.Event()

    def wait() -> None:
        with locked(tmp_path):
            got.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    assert not got.is_set()
    holder.kill()
    holder.communicate()
    waiting.join(60)
    assert got.is_set()


def test_the_folder_of_a_commit_without_a_log_entry_is_read_by_nobody_and_replaced_by_the_next(
    site: Installation,
) -> None:
    site.deliver(FIRST)
    store = site.store
    site.deliver(SECOND, "incidents_2.csv", MAY + DAY)
    second = store.folder / "log/00000002.json"
    kept = second.read_bytes()
    second.unlink()  # as if killed between the renaming of the folder and the writing of the log
    assert len(store.commits()) == 1
    assert [str(row[3]) for row in site.records()] == ["12.50"]
    (store.folder / "versions/.staging-1").mkdir()
    (store.folder / "versions/.scratch-1").mkdir()
    (store.folder / "log/.abc.part").write_bytes(b"half")
    (again,) = site.clean()
    assert again.counts["changed"] == 1
    assert second.read_bytes() == kept
    assert [str(row[3]) for row in site.records()] == ["13.00", "1.00"]
    assert sorted(path.name for path in (store.folder / "versions").iterdir()) == ["00000001", "00000002"]
    assert sorted(path.name for path in (store.folder / "log").iterdir()) == ["00000001.json", "00000002.json"]


def test_a_reader_that_opened_the_records_before_a_commit_keeps_its_state(site: Installation) -> None:
    from qms_reports.datasets.reading import session

    site.deliver(FIRST)
    with session(site.settings, site.catalogue, ["incidents"]) as opened:
        site.deliver(SECOND, "incidents_2.csv", MAY + DAY)
        assert len(opened.cursor().execute("SELECT * FROM incidents").fetchall()) == 1
    assert len(site.records()) == 2


def test_the_state_token_changes_with_every_commit_and_with_another_history(tmp_path: Path) -> None:
    tokens = set()
    for name, files in (("one", [FIRST, SECOND]), ("other", [SECOND, FIRST])):
        (tmp_path / name).mkdir()
        site = Installation(tmp_path / name)
        tokens.add(site.store.state())
        for number, content in enumerate(files):
            site.deliver(content, f"incidents_{number}.csv", MAY + number * DAY)
            tokens.add(site.store.state())
    assert len(tokens) == 5  # nothing yet is the same for both


def test_the_same_records_have_the_same_version_however_they_are_cut_into_files(tmp_path: Path) -> None:
    rows = [f"A-{n},2024-0{n % 3 + 4}-02,,North,{n}.00,x" for n in range(9)]
    seen = set()
    for name, parts in (("whole", [rows]), ("parts", [rows[:4], rows[4:]]), ("turned", [rows[::-1]])):
        (tmp_path / name).mkdir()
        site = Installation(tmp_path / name)
        for number, part in enumerate(parts):
            site.deliver(csv(*part), f"incidents_{number}.csv", MAY)
        seen.add(site.store.data_version(None))
        assert site.store.data_version(None) == site.store.data_version(MAY)
        assert site.store.month_version("2024-07") == site.store.nothing
    assert len(seen) == 1


def test_a_refused_file_is_left_out_until_it_is_pardoned(site: Installation) -> None:
    delivery = site.receive(FIRST)
    assert site.store.refused() == frozenset()
    site.store.refuse(delivery.sha256, "a reason")
    assert site.store.refused() == {delivery.sha256}
    assert site.clean() == []
    site.store.pardon(delivery.sha256)
    assert len(site.clean()) == 1


def test_sealed_instants_only_ever_grow(site: Installation) -> None:
    assert site.store.sealed_until() is None
    site.store.seal(MAY)
    site.store.seal(MAY - DAY)
    assert site.store.sealed_until() == MAY
    site.store.seal(MAY + DAY)
    (site.store.base / "sealed/.half.part").write_bytes(b"")
    assert site.store.sealed_until() == MAY + DAY


def test_what_does_not_fit_into_memory_is_not_written_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with connect(memory_limit="30MB") as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(1000000)")
        assert connection.execute("SELECT count(*) FROM (SELECT * FROM t ORDER BY b)").fetchall() == [(1_000_000,)]
        assert list(tmp_path.iterdir()) == []


def test_a_path_with_pattern_characters_is_taken_letter_by_letter(tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*?'c"
    folder.mkdir()
    with connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS one) TO '{str(folder).replace(chr(39), chr(39) * 2)}/x.parquet'")
        found = connection.execute(f"SELECT * FROM read_parquet({file_literal(folder / 'x.parquet')})").fetchall()
    assert found == [(1,)]


def test_a_kept_session_is_used_again_and_what_was_made_in_it_ends_with_its_cursor() -> None:
    with kept_cursor("300MB") as cursor:
        cursor.execute("CREATE TEMP TABLE mine AS SELECT 1 AS one")
        cursor.execute("CREATE TEMP VIEW of_mine AS SELECT * FROM mine")
        assert cursor.execute("SELECT current_setting('memory_limit')").fetchall() == [("286.1 MiB",)]
        cursor.execute("CREATE TABLE of_the_session (one INTEGER)")
    with kept_cursor("300MB") as cursor:
        found = cursor.execute("SELECT table_name FROM information_schema.tables").fetchall()
        assert found == [("of_the_session",)]
        cursor.execute("DROP TABLE of_the_session")
    with kept_cursor("400MB") as cursor:
        assert cursor.execute("SELECT current_setting('memory_limit')").fetchall() == [("381.4 MiB",)]


@pytest.mark.parametrize(("error", "survives"), [(duckdb.ConversionException, True), (duckdb.FatalException, False)])
def test_a_kept_session_outlives_a_wrong_statement_but_not_a_fatal_one(error: type[Exception], survives: bool) -> None:
    limit = f"{310 + survives}MB"
    with kept_cursor(limit) as cursor:
        cursor.execute("CREATE TABLE of_the_session (one INTEGER)")
    with pytest.raises(error), kept_cursor(limit):
        raise error("for example")
    with kept_cursor(limit) as cursor:
        found = cursor.execute("SELECT table_name FROM information_schema.tables").fetchall()
    assert bool(found) is survives


def test_a_session_and_its_cursors_think_in_utc_wherever_the_machine_is() -> None:
    asked = (
        "from qms_reports.store import connect, kept_cursor\n"
        "sql = \"SELECT TIMESTAMPTZ '2024-05-01 00:00:00+00'::TIMESTAMP::VARCHAR\"\n"
        "session = connect()\n"
        "with kept_cursor('300MB') as kept:\n"
        "    print({one.execute(sql).fetchall()[0][0] for one in (session, session.cursor(), kept)})\n"
    )
    environment = os.environ | {"TZ": "Asia/Kolkata"}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "{'2024-05-01 00:00:00'}\n"
