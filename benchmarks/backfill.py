"""Years of months: `qms-reports backfill` against a bare loop over the same months.

    python -m benchmarks.backfill [--from 2015-01] [--to 2024-12] [--workers 2]

Every contestant is a new process with its own home, in which the records are taken in already.  The bare loop calls
the functions of `qms_reports.building` for each month, in as many worker processes as the backfill, or in one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import TEMPLATE, Stopwatch, bare_month, example_home, machine, seconds, table
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import Edition
from qms_reports.periods import parse_period, periods_between
from qms_reports.settings import Settings


def bare_loop(home: Path, keys: Sequence[str]) -> None:
    """Build months one after the other without Dagster."""
    settings = Settings(home=home, catalog="")
    catalogue = load_catalogue(settings)
    for key in keys:
        bare_month(settings, catalogue, Edition(parse_period(key)), Stopwatch())


def bare(home: Path, first: str, last: str, workers: int) -> None:
    """The bare loop, each worker with a contiguous part of the months."""
    keys = [period.key for period in periods_between(parse_period(first), parse_period(last))]
    size = -(-len(keys) // workers)
    parts = [keys[start : start + size] for start in range(0, len(keys), size)]
    if len(parts) == 1:
        bare_loop(home, parts[0])
        return
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=bare_loop, args=(home, part)) for part in parts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit(f"a worker ended with code {process.exitcode}")


def timed(command: list[str], home: Path, template_home: Path, reports: int) -> tuple[float, float]:
    """Wall clock and processor seconds of a command, child processes included; all its reports must be there."""
    shutil.copytree(template_home, home)
    environment = {**os.environ, "QMS_REPORTS_HOME": str(home), "QMS_REPORTS_CATALOG": ""}
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, os.times()
    made = len(list((home / "reports" / TEMPLATE).glob("*/*.pdf")))
    if done.returncode or made != reports:
        raise SystemExit(f"{' '.join(command)}: code {done.returncode}, {made} of {reports} reports\n{done.stderr}")
    shutil.rmtree(home)
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", default="2015-01")
    parser.add_argument("--to", dest="last", default="2024-12")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--bare-home", type=Path, help=argparse.SUPPRESS)  # one contestant, in its own process
    given = parser.parse_args()
    if given.bare_home:
        bare(given.bare_home, given.first, given.last, given.workers)
        return
    print(machine())
    count = len(periods_between(parse_period(given.first), parse_period(given.last)))
    span = ["--from", given.first, "--to", given.last]
    with example_home() as (settings, _), tempfile.TemporaryDirectory(prefix="qms_benchmark_") as folder:
        home = Path(folder) / "home"
        loop = [sys.executable, "-m", "benchmarks.backfill", *span, "--bare-home", str(home)]
        command = [sys.executable, "-m", "qms_reports.cli", "backfill", TEMPLATE, *span]
        several = str(given.workers)
        runs = {
            "bare loop, 1 worker": [*loop, "--workers", "1"],
            f"bare loop, {several} workers": [*loop, "--workers", several],
            f"backfill, {several} workers": [*command, "--workers", several],
            "backfill, 1 worker": [*command, "--workers", "1"],
        }
        measured = {name: timed(arguments, home, settings.home, count) for name, arguments in runs.items()}
    one, same = (measured[name][0] for name in list(runs)[:2])
    rows = [
        (
            name,
            seconds(wall),
            seconds(processor),
            seconds(wall / count),
            f"{wall / same:.2f}",
            f"{wall / one:.2f}",
        )
        for name, (wall, processor) in measured.items()
    ]
    head = ("", "wall", "processor", "wall per month", f"ratio to bare, {several} workers", "ratio to bare, 1 worker")
    table(f"{count} months (target: the backfill at most 1.50 times the bare loop)", head, rows)


if __name__ == "__main__":
    main()
