"""Ten million rows: ingestion and KPI evaluation in constant memory, at a cost linear in the new rows.

    python -m benchmarks.ten_million [--rows 1000000 2000000 5000000 10000000] [--new 100000]

Writes a catalogue of its own (one source, one dataset, five KPIs) and generated CSV files into a temporary folder.
Each step runs in a process of its own, whose peak of resident memory is what the operating system says of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import machine, seconds, table

CATALOGUE = {
    "sources/measurements.yaml": """
source: measurements
title: Generated in-process measurements
inbox: ["measurements*.csv"]
format: {kind: csv}
""",
    "datasets/measurements.yaml": """
dataset: measurements
title: Measurements
record: measurement
source: measurements
key: [measurement]
period_date: measured_on
roles: {opened: measured_on, closed: released_on}
dimensions: {line: Line, product: Product}
columns:
  measurement: {required: true, title: Measurement}
  measured_on: {type: date, required: true, title: Measured}
  released_on: {type: date, title: Released}
  line: {allowed: [A, B, C, D], title: Line}
  product: {title: Product}
  result: {type: number, minimum: 0, title: Result}
  passed: {type: boolean, true_values: ["1"], false_values: ["0"], title: Passed}
derive:
  days_to_release: {sql: released_on - measured_on, type: integer, title: Days to release}
rules:
  - id: released_before_measured
    sql: released_on >= measured_on
    column: released_on
    message: released before it was measured
""",
    "kpis/measurements.yaml": """
kpis:
  - {kpi: measured, title: Measured, dataset: measurements, kind: count, date: measured_on, numerator: count(*),
     formula: Measurements of the period, source: Benchmark}
  - {kpi: passed_share, title: Passed, dataset: measurements, kind: proportion, date: measured_on,
     numerator: count_if(passed), denominator: count(*), per: 100, formula: Passed of measured, source: Benchmark}
  - {kpi: result_mean, title: Mean result, dataset: measurements, kind: statistic, date: measured_on,
     numerator: avg(result), formula: Mean of results, source: Benchmark}
  - {kpi: release_median, title: Median days to release, dataset: measurements, kind: statistic, date: released_on,
     numerator: median(days_to_release), formula: Median of days, source: Benchmark}
  - {kpi: not_released, title: Not released, dataset: measurements, kind: level, date: as_of,
     filter: is_open_at_end, numerator: count(*), formula: Not released at the end of the period, source: Benchmark}
""",
}
STEPS = ("land", "ingest", "open", "evaluate")


def generate(path: Path, first: int, rows: int, days: int = 3653) -> None:
    """Write a CSV file: measurements of the last days of ten years, two of a million with an impossible result."""
    from qms_reports.store import connect, quote

    connect(threads=2).execute(
        "COPY (SELECT 'M' || lpad(n::VARCHAR, 9, '0') AS measurement, day AS measured_on, "
        "CASE WHEN hash(n) % 20 > 0 THEN day + (hash(n + 1) % 40)::INTEGER END AS released_on, "
        "chr((65 + hash(n + 2) % 4)::INTEGER) AS line, 'P' || (hash(n + 3) % 20) AS product, "
        "CASE WHEN n % 500000 = 7 THEN -1 ELSE round((hash(n + 4) % 1000000) / 1000.0, 3) END AS result, "
        "(hash(n + 5) % 50 > 0)::INTEGER AS passed "
        f"FROM (SELECT n, DATE '2024-12-31' - (hash(n + 6) % {days})::INTEGER AS day "
        f"FROM range({first}, {first + rows}) t(n))) "
        f"TO {quote(str(path))} (FORMAT csv, HEADER)"
    )


def step(folder: Path, file: Path, name: str) -> dict[str, float]:
    """Do one step in this process; seconds, what it found, and the peak of resident memory."""
    from qms_reports import building
    from qms_reports.datasets.reading import session
    from qms_reports.declarations.catalogue import load_catalogue
    from qms_reports.declarations.issues import blocking
    from qms_reports.kpis.evaluation import evaluate
    from qms_reports.periods import parse_period
    from qms_reports.settings import Settings
    from qms_reports.sources.landing import Landing

    settings = Settings(home=folder / "home", catalog=str(folder / "catalogue"), shipped_catalog=False)
    catalogue = load_catalogue(settings)
    if problems := blocking(catalogue.issues):
        raise SystemExit("\n".join(map(str, problems)))
    loaded = _peak()
    found = 0.0
    began, processor = time.perf_counter(), time.process_time()
    if name == "land":
        Landing(settings.home, "measurements").receive(file, dt.datetime.now(dt.UTC))
    elif name == "ingest":
        counts = building.clean(settings, catalogue, "measurements")[-1].counts
        found = counts["added"]
        if not counts["quarantined"] and counts["read"] >= 1_000_000:
            raise SystemExit("the impossible results were not quarantined")
    else:
        with session(settings, catalogue, ["measurements"]) as opened:
            if name == "evaluate":
                began, processor = time.perf_counter(), time.process_time()
                rows = evaluate(settings, catalogue, catalogue.kpis.values(), parse_period("2024-05"), opened)
                found = next(row.value or 0 for row in rows if row.kpi == "measured" and row.ago == 0)
    taken, used = time.perf_counter() - began, time.process_time() - processor
    return {"wall": taken, "processor": used, "found": found, "peak": _peak(), "loaded": loaded}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # MB; Linux counts in kB


def in_process(folder: Path, file: Path, name: str) -> dict[str, float]:
    """Do one step in a new process."""
    command = [sys.executable, "-m", "benchmarks.ten_million", "--step", name, str(folder), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def declare(folder: Path) -> None:
    """Write the catalogue."""
    for name, text in CATALOGUE.items():
        path = folder / "catalogue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "catalogue" / "templates").mkdir(exist_ok=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 2_000_000, 5_000_000, 10_000_000])
    parser.add_argument("--new", type=int, default=100_000, help="rows of a second delivery on top of the largest")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        name, folder, file = given.step
        print(json.dumps(step(Path(folder), Path(file), name)))
        return
    print(machine())
    lines = []
    for rows in sorted(given.rows):
        with tempfile.TemporaryDirectory(prefix="qms_benchmark_") as name:
            folder = Path(name)
            declare(folder)
            file = folder / "measurements_1.csv"
            generate(file, 0, rows)
            lines += _measured(folder, file, f"{rows:,}", rows)
            if rows == max(given.rows):
                for number, (days, label) in enumerate(((30, "of one month"), (3653, "of ten years")), start=2):
                    more = folder / f"measurements_{number}.csv"
                    generate(more, rows * number, given.new, days)
                    lines += _measured(folder, more, f"{given.new:,} {label} on top", given.new)
    head = ("delivery", "step", "wall", "processor", "per million new rows", "peak memory")
    table("Generated records (target: cost linear in the new rows, constant memory)", head, lines)


def _measured(folder: Path, file: Path, label: str, rows: int) -> list[tuple[str, ...]]:
    lines = []
    for name in STEPS:
        result = in_process(folder, file, name)
        cost = seconds(result["wall"] / rows * 1_000_000)
        lines.append(
            (label, name, seconds(result["wall"]), seconds(result["processor"]), cost, f"{result['peak']:.0f} MB")
        )
        print(f"{label} {name}: {json.dumps(result)}", file=sys.stderr)
    return lines


if __name__ == "__main__":
    main()
