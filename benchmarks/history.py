"""What a new month costs on top of ever longer histories: taking its records in, and computing all KPIs of it.

    python -m benchmarks.history [--rows 12000] [--years 2 4 8 16] [--picture docs/images/history.svg]

Each history ends in November 2025 and has the same number of records a month; December is then delivered on top.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.kpi_catalogue import installation, take_in
from benchmarks.measuring import machine, seconds, table
from qms_reports.charts.layout import draw
from qms_reports.charts.picture import to_svg
from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.datasets.reading import close_sessions, session
from qms_reports.example_company.command import write_demo_data
from qms_reports.kpis import evaluation
from qms_reports.periods import parse_period
from qms_reports.store import connect, quote

NEW = "2025-12"


def divide(data: Path, history: Path, new: Path) -> int:
    """Split the last year's files at the new month; gives the number of row versions entered in it."""
    history.mkdir()
    new.mkdir()
    held_back = 0
    with connect(2) as connection:
        for file in sorted(data.glob("*.parquet")):
            for folder, condition in ((history, "<"), (new, ">=")):
                chosen = f"SELECT * FROM read_parquet({quote(str(file))}) WHERE recorded_at {condition} '{NEW}-01'"
                count = connection.execute(f"SELECT count(*) FROM ({chosen})").fetchall()[0][0]
                if count:
                    connection.execute(f"COPY ({chosen}) TO {quote(str(folder / file.name))} (FORMAT parquet)")
                    held_back += count if folder == new else 0
    return held_back


def measure(folder: Path, years: int, rows: int) -> tuple[int, int, float, float]:
    """Records of the history, row versions of the new month, seconds to take these in, seconds for all its KPIs."""
    months = 12 * years
    first = parse_period(NEW).previous(months - 1).key
    write_demo_data(folder / "data", 7, first, NEW, rows * months, "parquet")
    held_back = divide(folder / "data", folder / "history", folder / "new")
    settings, catalogue = installation(folder)
    take_in(settings, catalogue, folder / "history")
    began = time.perf_counter()
    take_in(settings, catalogue, folder / "new")
    taken = time.perf_counter() - began
    names = [name for name, dataset in catalogue.datasets.items() if dataset.view is None]
    period = parse_period(NEW)
    close_sessions()
    best = []
    for _ in range(3):
        began = time.perf_counter()
        with session(settings, catalogue, names) as opened:
            evaluation.evaluate(settings, catalogue, catalogue.kpis.values(), period, opened, (period,))
        best.append(time.perf_counter() - began)
        close_sessions()
    return rows * months, held_back, taken, min(best)


def main() -> None:
    """Measure and print; draw the picture if asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--years", type=int, nargs="*", default=[2, 4, 8, 16])
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    print(machine())
    found = []
    for years in given.years:
        with tempfile.TemporaryDirectory(prefix="qms_benchmark_") as folder:
            found.append(measure(Path(folder), years, given.rows))
    lines = [[f"{records:,}", f"{new:,}", seconds(taken), seconds(computed)] for records, new, taken, computed in found]
    table("A new month on top of a history", ("history, records", "new versions", "taken in", "all KPIs"), lines)
    if given.picture:
        specification = ChartSpecification(
            id="history",
            type="line",
            title="A new month on top of a history",
            subtitle=f"All KPIs of the standard catalogue, {given.rows:,} records a month",
            x_title="History",
            y_title="Seconds",
            legend=True,
            width=420,
            height=240,
            decimals=1,
        )
        series = (
            Series("taking its records in", tuple(taken for *_, taken, _ in found)),
            Series("computing its KPIs", tuple(computed for *_, computed in found)),
        )
        chart = Chart(specification, tuple(f"{years} years" for years in given.years), series)
        given.picture.write_text(to_svg(draw(chart)), encoding="utf-8")


if __name__ == "__main__":
    main()
