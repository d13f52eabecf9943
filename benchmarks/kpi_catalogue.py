"""All KPIs of the standard catalogue over the example company, against one bare scan of the columns they need.

    python -m benchmarks.kpi_catalogue [--scale 10000000] [--folder FOLDER]

Generates the example company as Parquet and takes it in (both once per folder), then measures, each in a process of
its own: one bare DuckDB scan of every column that the KPIs read, the same by DuckDB alone from the delivered files
(whose last version of each record it has to find), the KPIs of one month, of 36 months in one pass, and of the 13-month
series that a report shows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import machine, seconds, table
from qms_reports.datasets.ingestion import ingest, versions
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import Catalogue, load_folders
from qms_reports.declarations.models import Dataset, Kpi
from qms_reports.declarations.references import expressions, full_types
from qms_reports.periods import Period, parse_period
from qms_reports.settings import STANDARD_CATALOG, Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import connect, identifier, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MONTH = "2024-05"
FIRST, LAST = "2019-01", "2025-12"


def needed(catalogue: Catalogue, kpis: Iterable[Kpi]) -> dict[str, set[str]]:
    """Stored dataset to the columns that its KPIs read: in expressions, roles, dates, dimensions, related columns."""
    import sqlglot
    from sqlglot import exp

    found: dict[str, set[str]] = {}

    def add(dataset: Dataset, names: Iterable[str]) -> None:
        if dataset.view is not None:
            base = catalogue.stored(dataset.dataset)
            derived = [name for item in dataset.derive.values() for name in columns(item.sql)]
            return add(base, [*dataset.view.group_by, *derived, *columns(dataset.view.filter)])
        types = full_types(dataset, {"dataset": catalogue.datasets})
        for name in set(names) & set(types):
            if related := dataset.related.get(name):
                mentioned = [*columns(related.when), *columns(related.sql)]
                add(dataset, [*related.on.values(), *(n for n in mentioned if not n.startswith("other_"))])
                other = catalogue.datasets[related.dataset]
                theirs = [n.removeprefix("other_") for n in mentioned if n.startswith("other_")]
                add(other, [*related.on, *theirs])
            else:
                found.setdefault(dataset.dataset, set()).add(name)
        return None

    def columns(sql: str | None) -> list[str]:
        return [c.name for c in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Column)] if sql else []

    for kpi in kpis:
        dataset = catalogue.datasets[kpi.dataset]
        named = [name for sql in expressions(kpi) for name in columns(sql)]
        add(dataset, [*named, *dataset.dimensions, *kpi.strata, *filter(None, dataset.roles.model_dump().values())])
        add(dataset, [kpi.date, *([kpi.method.order] if kpi.method and kpi.method.order else [])])
        if kpi.exposure:
            other = catalogue.datasets[kpi.exposure.dataset]
            add(other, [*(n for sql in expressions(kpi) for n in columns(sql)), kpi.exposure.date, *other.dimensions])
    return found


def bare_scan(settings: Settings, catalogue: Catalogue, kpis: Iterable[Kpi] = ()) -> dict[str, object]:
    """One scan of each needed column of each dataset, in plain DuckDB."""
    wanted = needed(catalogue, kpis or catalogue.kpis.values())
    sources = {name: versions(settings, catalogue.datasets[name]).as_known() for name in wanted}
    return scan(settings, sources, wanted)


def delivered_files(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """The same without us: of the delivered files, the last version of each record."""
    wanted = {}
    sources = {}
    for name, columns in needed(catalogue, catalogue.kpis.values()).items():
        dataset = catalogue.datasets[name]
        files = sorted((settings.home.parent / "data").glob(f"{name}_[0-9]*.parquet"))
        if not files:
            continue
        theirs = {own: column.source or own for own, column in dataset.columns.items()}
        wanted[name] = {theirs[column] for column in columns if column in theirs}
        keys = ", ".join(identifier(theirs[column]) for column in dataset.key)
        last = f"row_number() OVER (PARTITION BY {keys} ORDER BY {identifier(theirs[dataset.known_from or ''])} DESC)"
        listed = ", ".join(quote(str(file)) for file in files)
        sources[name] = f"SELECT * FROM read_parquet([{listed}]) QUALIFY {last} = 1"
    return scan(settings, sources, wanted)


def scan(settings: Settings, sources: dict[str, str], wanted: dict[str, set[str]]) -> dict[str, object]:
    """The largest value of each column."""
    connection = connect(settings.threads, settings.memory_limit)
    began, processor = time.perf_counter(), time.process_time()
    rows = 0
    for name, sql in sorted(sources.items()):
        if sql:
            listed = ", ".join(f"max({identifier(column)})" for column in sorted(wanted[name]))
            rows += connection.execute(f"SELECT count(*), {listed} FROM ({sql})").fetchall()[0][0]
    taken, used = time.perf_counter() - began, time.process_time() - processor
    return {"seconds": taken, "processor": used, "rows": rows, "columns": sum(map(len, wanted.values()))}


def of_each_code(catalogue: Catalogue) -> list[Kpi]:
    """One KPI for each code of the catalogue, such as QE-01: the first declared, without its variants and bands."""
    found: dict[str, Kpi] = {}
    for kpi in catalogue.kpis.values():
        found.setdefault(kpi.code, kpi)
    return list(found.values())


def scan_of_each_code(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """The bare scan of the columns that these need."""
    return bare_scan(settings, catalogue, of_each_code(catalogue))


def month_of_each_code(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """One month of them alone."""
    return evaluate(settings, catalogue, (parse_period(MONTH),), of_each_code(catalogue))


def evaluate(
    settings: Settings, catalogue: Catalogue, windows: tuple[Period, ...] | None, kpis: Iterable[Kpi] = ()
) -> dict[str, object]:
    """Open the records and evaluate every KPI with all its dimensions, twice: newly opened, and again.

    NumPy is loaded before, as DuckDB is before the bare scan.
    """
    import numpy.ma  # noqa: F401 - see above

    from qms_reports.kpis import evaluation

    period = parse_period(MONTH)
    names = [name for name, dataset in catalogue.datasets.items() if dataset.view is None]
    taken, used = [], []
    rows = 0
    wanted = list(kpis or catalogue.kpis.values())
    for _ in range(2):
        began, processor = time.perf_counter(), time.process_time()
        with session(settings, catalogue, names) as opened:
            rows = len(evaluation.evaluate(settings, catalogue, wanted, period, opened, windows))
        taken.append(time.perf_counter() - began)
        used.append(time.process_time() - processor)
    return {"seconds": taken[0], "again": taken[1], "processor": used[0], "processor again": used[1], "figures": rows}


def one_month(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """One month alone."""
    return evaluate(settings, catalogue, (parse_period(MONTH),))


def many_months(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """36 months in one pass."""
    return evaluate(settings, catalogue, parse_period(MONTH).series(36))


def series(settings: Settings, catalogue: Catalogue) -> dict[str, object]:
    """The month with its 13-month series, as a report shows it."""
    return evaluate(settings, catalogue, None)


def take_in(settings: Settings, catalogue: Catalogue, folder: Path) -> dict[str, object]:
    """Receive and take in all files of a folder."""
    began = time.perf_counter()
    added = 0
    for name, dataset in catalogue.datasets.items():
        if dataset.source != name:
            continue
        for file in sorted(folder.glob(f"{name}_[0-9]*.parquet")):
            Landing(settings.home, name).receive(file, dt.datetime(2026, 1, 15, tzinfo=dt.UTC), "inbox")
        done = ingest(settings, dataset, catalogue.sources)
        added += sum(item.counts["added"] + item.counts["changed"] for item in done)
    return {"seconds": time.perf_counter() - began, "versions": added}


STEPS: dict[str, Callable[[Settings, Catalogue], dict[str, object]]] = {
    "bare scan": bare_scan, "delivered files": delivered_files, "one month": one_month, "36 months": many_months,
    "series": series, "bare scan, one KPI of each code": scan_of_each_code,
    "one month, one KPI of each code": month_of_each_code,
}  # fmt: skip


BASES = {"36 months": "one month", "one month, one KPI of each code": "bare scan, one KPI of each code"}
"""What a step is compared with, if not with the bare scan."""


def installation(folder: Path) -> tuple[Settings, Catalogue]:
    """The settings and the standard catalogue of a benchmark's folder."""
    return Settings(home=folder / "home", example_catalog=False, catalog=""), load_folders((STANDARD_CATALOG,))


def prepare(folder: Path, scale: int) -> None:
    """Generate and take in the example company of a scale, once per folder."""
    from qms_reports.example_company.command import write_demo_data

    if not (folder / "data").exists():
        began = time.perf_counter()
        write_demo_data(folder / "data", 7, FIRST, LAST, scale, "parquet")
        print(f"generated {scale:,} records in {time.perf_counter() - began:.0f} s", flush=True)
    if not (folder / "taken_in").exists():
        print(f"taken in: {in_a_process(folder, 'take in')}", flush=True)
        (folder / "taken_in").touch()


def in_a_process(folder: Path, step: str) -> dict[str, float]:
    """Run a step in a process of its own; adds its peak of resident memory in megabytes."""
    command = [sys.executable, "-m", "benchmarks.kpi_catalogue", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step")
    given = parser.parse_args()
    if given.step:
        settings, catalogue = installation(given.folder)
        if given.step == "take in":
            found = take_in(settings, catalogue, given.folder / "data")
        else:
            found = STEPS[given.step](settings, catalogue)
        found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory(prefix="qms_benchmark_") as temporary:
        folder = given.folder or Path(temporary)
        print(machine())
        prepare(folder, given.scale)
        measured = {step: [in_a_process(folder, step) for _ in range(given.rounds)] for step in STEPS}
        best = {step: min(runs, key=lambda run: run["seconds"]) for step, runs in measured.items()}
        rows = []
        for step, figures in best.items():
            base = BASES.get(step, "bare scan")
            ratios = [figures[key] / best[base][key] for key in ("seconds", "processor")]
            rows.append(
                [
                    step,
                    seconds(figures["seconds"]),
                    seconds(figures["again"]) if "again" in figures else "",
                    seconds(figures["processor"]),
                    "" if step == base else f"{ratios[0]:.2f}× (processor {ratios[1]:.2f}×) {base}",
                    f"{figures['megabytes']:.0f} MB",
                ]
            )
        head = ("step", "first", "again", "processor", "ratio", "peak")
        table("All KPIs of the standard catalogue", head, rows)


if __name__ == "__main__":
    main()
