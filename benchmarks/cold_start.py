"""Cold starts: how long a new process takes to build a report, and what of that is imports.

    python -m benchmarks.cold_start [--rounds 5]

The first build also makes the Dagster instance; it is shown apart.  Files are in the page cache, as on any machine
that has run the command before.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from benchmarks.measuring import TEMPLATE, example_home, machine, seconds, table
from qms_reports.settings import Settings


def once(settings: Settings, *arguments: str) -> tuple[float, float]:
    """Wall clock and processor seconds of a new Python process."""
    environment = {**os.environ, "QMS_REPORTS_HOME": str(settings.home), "QMS_REPORTS_CATALOG": ""}
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(machine())
    build = ("-m", "qms_reports.cli", "build", TEMPLATE, "--period", "2024-05")
    commands = {
        "python -c pass": ("-c", "pass"),
        "import qms_reports": ("-c", "import qms_reports"),
        "import duckdb": ("-c", "import duckdb"),
        "import dagster": ("-c", "import dagster"),
        "qms-reports validate": ("-m", "qms_reports.cli", "validate"),
        "qms-reports build": build,
    }
    with example_home() as (settings, _):
        first = once(settings, *build)
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _round in range(rounds):
            for name, arguments in commands.items():
                found[name].append(once(settings, *arguments))
    rows = [("qms-reports build, new instance (once)", seconds(first[0]), seconds(first[0]), seconds(first[1]))]
    for name, taken in found.items():
        walls, processors = zip(*taken, strict=True)
        median = seconds(statistics.median(walls)), seconds(min(walls)), seconds(statistics.median(processors))
        rows.insert(len(rows) - 1, (name, *median))
    title = (
        f"Cold processes, {rounds} rounds (targets: build under 4 s; import qms_reports under 0.05 s over bare Python)"
    )
    table(title, ("", "wall, median", "wall, least", "processor, median"), rows)


if __name__ == "__main__":
    main()
