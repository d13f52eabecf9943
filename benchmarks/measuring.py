"""What the benchmarks share: a home with the example records, stopwatches, and tables."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.editions import Edition
from qms_reports.reports import publishing
from qms_reports.settings import Settings

TEMPLATE = "monthly_quality_review"


@dataclass
class Stopwatch:
    """Wall clock and processor seconds of named parts, one entry per round."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall.setdefault(name, []).append(time.perf_counter() - wall)
        self.processor.setdefault(name, []).append(time.process_time() - processor)

    def median(self, name: str) -> tuple[float, float]:
        """Median wall clock and processor seconds of a part."""
        return statistics.median(self.wall[name]), statistics.median(self.processor[name])


@contextlib.contextmanager
def example_home() -> Iterator[tuple[Settings, Catalogue]]:
    """A new home folder with the example records taken in."""
    with tempfile.TemporaryDirectory(prefix="qms_benchmark_") as folder:
        settings = Settings(home=Path(folder) / "home", catalog="")
        catalogue = load_catalogue(settings)
        receive(settings, catalogue)
        yield settings, catalogue


def receive(settings: Settings, catalogue: Catalogue) -> None:
    """Stages 1 and 2: receive every declared file and take it into its datasets."""
    for source in catalogue.sources:
        building.land(settings, catalogue, source)
    for name, dataset in catalogue.datasets.items():
        if dataset.view is None:
            building.clean(settings, catalogue, name)


def bare_month(settings: Settings, catalogue: Catalogue, edition: Edition, watch: Stopwatch) -> None:
    """All stages of one report without Dagster: the same SQL, documents and writers, and the same files."""
    template = catalogue.templates[TEMPLATE]
    with watch.part("all"):
        with watch.part("sources and datasets"):
            receive(settings, catalogue)
        with watch.part("kpis"):
            for domain in building.domains(catalogue, template):
                building.compute(settings, catalogue, domain, edition)
        with watch.part("charts"):
            building.draw(settings, catalogue, template, edition)
        with watch.part("document"):
            building.seal(settings, catalogue, template, edition)
            report = building.document(settings, catalogue, template, edition)
        for form in publishing.FORMS:
            with watch.part(form):
                publishing.publish(settings, report, edition.name, form, {})


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that can be pasted into a Markdown file."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    print(f"\n{title}\n\n{line(head)}")
    print(f"|{'|'.join('-' * (width + 2) if n == 0 else '-' * (width + 1) + ':' for n, width in enumerate(widths))}|")
    print("\n".join(map(line, rows)))


def machine() -> str:
    """The machine and how busy it is, which every figure depends on."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, load {load:.1f} at the start (others share the machine if it is above 0)"


def seconds(value: float) -> str:
    """Seconds for a table."""
    return f"{value:.3f} s" if value < 10 else f"{value:.1f} s"
