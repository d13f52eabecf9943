# ruff: noqa: T201 - a program that prints what it found
"""A program that runs the chain again and again and kills itself, each time one write later than the time before.

It forks for every run, so that the modules are imported once; it never opens a database itself, because a forked child
cannot use its parent's threads.  One line of JSON is printed per kill, and one at the end of each way to kill it.
"""

from __future__ import annotations

import datetime as dt
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 - imported once for all runs, as the next ones

import qms_reports.kpis.compiling
import qms_reports.reports.excel_writer
import qms_reports.reports.pdf_writer
import qms_reports.sources.workbooks  # noqa: F401 - loaded before the forks
from qms_reports import languages
from qms_reports.charts.typeface import register
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.pipeline import inbox
from qms_reports.sources.landing import Landing
from qms_reports.store import kept_session
from qms_reports_tests.robustness_scenario import HEADER, MAY, Installation, content_of, csv

FIRST = csv(
    "A-1,2024-05-02,,North,12.50,fine",
    "A-2,2024-04-03,,South,1.00,moves",
    "A-3,2024-05-04,,South,abc,quarantined",
)
SECOND = csv("A-2,2024-05-03,,South,2.00,moved", "A-4,2024-03-01,,North,4.00,new")
THIRD = csv("A-1,2024-05-02,2024-05-20,North,13.00,changed", "A-5,2024-05-30,,North,5.00,new")
BROKEN = csv("A-9,2024-05-02", header="id,happened")
STATES = [
    [],
    ["A-1 2024-05-02 12.50", "A-2 2024-04-03 1.00"],
    ["A-1 2024-05-02 12.50", "A-2 2024-05-03 2.00", "A-4 2024-03-01 4.00"],
    ["A-1 2024-05-02 13.00", "A-2 2024-05-03 2.00", "A-4 2024-03-01 4.00", "A-5 2024-05-30 5.00"],
]
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.rename", "os.remove", "os.truncate", "os.link"}
_NOT_SEEN = (".lock", "/.scratch-", "/.staging-")
"""Changes in here are seen by nobody, so one kill among them is as good as many."""


class _Noon(dt.datetime):
    """A clock that stands still, so that every run learns the same at the same instant."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return (MAY + dt.timedelta(days=2, hours=12)).astimezone(tz)


class _FrozenTime:
    datetime = _Noon
    UTC = dt.UTC


def take_in(site: Installation) -> None:
    """Receive, read and turn away: everything that stages 1 and 2 and the inbox write."""
    inbox.dt = _FrozenTime  # type: ignore[attr-defined]  # a clock that stands still
    landing = Landing(site.settings.home, "incidents_export")
    landing.receive(site.folder / "first.csv", MAY)
    landing.receive(site.folder / "second.csv", MAY + dt.timedelta(days=1))
    incidents = site.catalogue.datasets["incidents"]
    inbox.clean_or_turn_away(site.settings, site.catalogue, incidents)
    for path in inbox.waiting(site.settings):
        inbox.take(site.settings, site.catalogue, path)
    inbox.clean_or_turn_away(site.settings, site.catalogue, incidents)


def make_report(site: Installation) -> None:
    """Compute, draw and publish: everything that stages 3 to 5 write."""
    site.report()


PHASES: dict[str, Callable[[Installation], None]] = {"take_in": take_in, "make_report": make_report}


def prepare(folder: Path) -> None:
    """Put the files of the scenario in place."""
    site = Installation(folder)
    (folder / "first.csv").write_bytes(FIRST)
    (folder / "second.csv").write_bytes(SECOND)
    site.settings.inbox.mkdir(parents=True)
    (site.settings.inbox / "incidents_third.csv").write_bytes(THIRD)
    (site.settings.inbox / "incidents_broken.csv").write_bytes(BROKEN)
    (site.settings.inbox / "nobodys.csv").write_bytes(f"{HEADER}\n".encode())


def examine(site: Installation) -> dict[str, Any]:
    """What a reader finds: the records, and every visible file, which must be whole."""
    home = site.settings.home
    for path in sorted(home.rglob("*")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(home).parts):
            continue
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                assert book.testzip() is None
        elif path.suffix == ".pdf":
            assert path.read_bytes().rstrip().endswith(b"%%EOF"), path
        elif path.suffix == ".parquet":
            kept_session().execute("SELECT * FROM read_parquet($1, hive_partitioning = false)", [str(path)]).fetchall()
    records = [f"{number} {day} {amount}" for number, day, amount in site.records("id, happened, amount")]
    return {"records": records, "state": STATES.index(records)}


def final_state(site: Installation) -> dict[str, str]:
    """The content of the home folder, without received files that no delivery record names.

    The deliveries count without their numbers: a number is not given again when a refused file is forgotten, so it
    depends on what was received before that.
    """
    found = content_of(site.settings.home)
    deliveries = Landing(site.settings.home, "incidents_export").deliveries()
    named = {d.sha256[:16] for d in deliveries}
    kept = {
        name: digest
        for name, digest in found.items()
        if not name.startswith("sources/") or (name.split("/")[2] == "files" and name.split("/")[3] in named)
    }
    return kept | {f"delivery {d.sha256}": f"{d.name} {d.received_at} {d.channel}" for d in deliveries}


def _in_child(work: Callable[[], Any], answer: Path) -> int:
    """Run work in a forked child, which writes its answer; the child's exit status as `os.waitpid` gives it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            answer.write_text(json.dumps(work()))
            status = 0
        except BaseException as error:  # noqa: BLE001 - reported to the parent
            answer.write_text(json.dumps({"error": repr(error)}))
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def _load_what_is_used(work: Callable[[Installation], None], site: Installation, answer: Path) -> None:
    """Import here what a forked child imported, so that the other children need not: a child alone opens databases."""

    def modules() -> list[str]:
        work(site)
        return sorted(name for name, module in sys.modules.items() if getattr(module, "__file__", None))

    assert _in_child(modules, answer) == 0, answer.read_text()
    for name in json.loads(answer.read_text()):
        importlib.import_module(name)
    register()  # the fonts
    for area in sorted(path.stem for path in Path(languages.__file__).parent.glob("*.yaml")):
        languages._texts(area)  # what every child would read again
    gc.freeze()


def _kill_at(number: int, folder: Path) -> None:
    """Kill this process without warning before its n-th change of a file in the folder."""
    count = 0
    inside = str(folder)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event == "open":
            path, _mode, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITES:
                return
        elif event in _CHANGES:
            path = arguments[0]
        else:
            return
        place = str(path) if isinstance(path, (str, os.PathLike)) else ""
        renamed = event == "os.rename"
        if place.startswith(inside) and (renamed or not any(part in place for part in _NOT_SEEN)):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _full_at(size: int) -> None:
    """Die in the middle of writing the first file that grows beyond a size, as if killed there."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def undisturbed(work: Callable[[Installation], None], site: Installation) -> dict[str, str]:
    """The content of the home folder after work that nobody kills."""
    work(site)
    return final_state(site)


def looked_at_and_run_again(work: Callable[[Installation], None], site: Installation) -> dict[str, Any]:
    """What a reader finds after a kill, and the content after the next run."""
    try:
        seen: dict[str, Any] = {"state": examine(site)["state"]}
    except Exception as error:  # noqa: BLE001 - told to the parent
        seen = {"unreadable": repr(error)}
    return {"seen": seen, "again": undisturbed(work, site)}


def main(base: Path, phase: str, ways: list[str]) -> None:
    """Kill, look, run again, compare; print what was found each time.

    Args:
        base: An empty folder.
        phase: What is run.
        ways: ``kill``: before each write in turn; ``size``: in the middle of writing a file.
    """
    start = base / "start"
    start.mkdir()
    prepare(start)
    answer = base / "answer.json"
    work = base / "work"

    def fresh() -> Installation:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(start, work)
        site = Installation(work, declare=False)
        load_catalogue(site.settings)  # which the forked children then need not read
        return site

    if phase == "make_report":
        assert _in_child(lambda: take_in(fresh()), answer) == 0, answer.read_text()
        shutil.rmtree(start)
        work.rename(start)
    _load_what_is_used(PHASES[phase], fresh(), answer)
    site = fresh()
    assert _in_child(lambda: undisturbed(PHASES[phase], site), answer) == 0, answer.read_text()
    expected = json.loads(answer.read_text())
    for how in ways:
        print(json.dumps({"how": how, **_interrupted(how, phase, work, fresh, expected)}), flush=True)


def _interrupted(
    how: str, phase: str, work: Path, fresh: Callable[[], Installation], expected: dict[str, str]
) -> dict[str, Any]:
    """Kill in one way until there is nothing left to kill; what there is to say at the end."""
    answer, ending = work.with_name("answer.json"), work.with_name("killed.json")
    numbers = range(1, 10_000) if how == "kill" else (0, 1, 200, 700, 1500, 3000, 6000, 12_000, 20_000, 40_000)
    for number in numbers:
        site = fresh()

        def killed(site: Installation = site, number: int = number) -> None:
            if how == "kill":
                _kill_at(number, work)
            else:
                _full_at(number)
            PHASES[phase](site)

        status = _in_child(killed, ending)
        if os.WIFEXITED(status):
            if how == "kill":
                return {"end": number, "status": status, "said": ending.read_text()}
            continue
        found: dict[str, Any] = {"how": how, "number": number, "signal": os.WTERMSIG(status)}
        ended = _in_child(lambda site=site: looked_at_and_run_again(PHASES[phase], site), answer)
        told = json.loads(answer.read_text())
        if ended:
            found["failed again"] = told
        else:
            again = told["again"]
            found |= told["seen"]
            names = sorted(expected.keys() | again.keys())
            found["differs"] = [name for name in names if expected.get(name) != again.get(name)]
        print(json.dumps(found), flush=True)
    return {"end": len(numbers), "status": 0}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
