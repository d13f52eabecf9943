"""How long validation takes: one file as a command and as a call, the catalogue, probes, and hostile files.

python benchmarks/validation.py
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qms_reports.declarations.file_check import check_file
from qms_reports.settings import STANDARD_CATALOG, Settings
from qms_reports.validation import Asked, validate

TEMPLATE = STANDARD_CATALOG / "templates" / "quality_review.yaml"


def command(*arguments: str, home: Path) -> tuple[float, float]:
    """Elapsed and processor seconds of a command in a process of its own; the median of three."""
    seconds = []
    for _ in range(3):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        environment = {**os.environ, "QMS_REPORTS_HOME": str(home)}
        subprocess.run(
            [sys.executable, "-m", "qms_reports.cli", *arguments], check=True, capture_output=True, env=environment
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seconds.append((time.perf_counter() - began, used))
    return statistics.median(each[0] for each in seconds), statistics.median(each[1] for each in seconds)


def call(work: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Elapsed and processor seconds of a call in this process; the median."""
    seconds = []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        work()
        seconds.append((time.perf_counter() - began, time.process_time() - used))
    return statistics.median(each[0] for each in seconds), statistics.median(each[1] for each in seconds)


def hostile(folder: Path) -> dict[str, Path]:
    """Files that somebody made to hold the program up."""
    chart = "  - {{id: c{0}, type: line, title: Flow, y_title: Events, kpis: [quality_events_opened]}}\n"
    texts = {
        "10 MB": "# " + "x" * 10_000_001,
        "5 million values": "tiles: [" + "x," * 4_900_000 + "]",
        "10,000 charts": "template: review\ncharts:\n" + "".join(chart.format(number) for number in range(10_000)),
        "100,000 levels": "a: " + "[" * 100_000,
    }
    paths = {name: folder / f"{number}.yaml" for number, name in enumerate(texts)}
    for name, path in paths.items():
        path.write_text(texts[name])
    return paths


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        settings = Settings(home=home)
        command("validate", str(TEMPLATE), home=home)  # the first one of an installation also judges its SQL
        rows = {
            "one template, whole process": command("validate", str(TEMPLATE), home=home),
            "one template, call, warm": call(lambda: check_file(TEMPLATE, settings.catalogs)),
            "whole catalogue, whole process": command("validate", home=home),
            "whole catalogue with probes, whole process": command("validate", "--probe", home=home),
            "the same as a call": call(lambda: validate(settings, asked=Asked(probe=True)), 1),
        }
        for title, path in hostile(home).items():
            # Types: those of a lambda are not inferred.
            rows[f"hostile: {title}"] = call(lambda path=path: check_file(path, settings.catalogs), 1)  # type: ignore[misc]  # a default
        for title, (elapsed, used) in rows.items():
            print(f"{title:<46} {elapsed:8.3f} s   processor {used:7.3f} s")


if __name__ == "__main__":
    main()
