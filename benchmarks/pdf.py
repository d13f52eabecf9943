"""What a report and a long table cost as PDF, against the bare library and against other engines."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import io
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import measuring, pdf_contestants
from qms_reports.reports import pdf_writer, tagged_canvas
from qms_reports.reports.document import Report, Table
from qms_reports.reports.pdf_writer import write_pdf


class Untagged(tagged_canvas.TaggedCanvas):
    """The same pages without structure: only to say what the tags cost."""

    def mark(self, element: Any) -> str:
        """Nothing is marked."""
        del element
        return ""

    def mark_row(self, row: Any, cells: Sequence[object]) -> list[str]:
        """Nothing is marked; the ``EMC`` behind each cell falls away in `show_page`."""
        del row
        return [""] * len(cells)

    def show_page(self) -> None:
        """Finish the page without the marks."""
        code = self.canvas._code  # noqa: SLF001 - as the canvas itself
        code[:] = [part.removesuffix(" EMC") for part in code if part != "EMC" and not part.startswith("/Artifact")]
        super().show_page()

    def finish(self) -> bytes:
        """The file without structure tree, metadata and attachments."""
        self.canvas.save()
        content: bytes = self._buffer.getvalue()
        return content


def seconds(build: Callable[[], bytes], rounds: int) -> tuple[float, bytes]:
    """Median processor time of a call and what it made."""
    taken, content = [], b""
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        content = build()
        taken.append(time.process_time() - start)
    return statistics.median(taken), content


def pages(content: bytes) -> int:
    """Pages of a file."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(content)).pages)


def row(name: str, measured: tuple[float, bytes], base: float) -> list[str]:
    """A line of a result table."""
    taken, content = measured
    return [
        name,
        f"{taken * 1000:,.0f} ms",
        f"{taken / base:.2f}",
        f"{pages(content)}",
        f"{len(content) / 1024:,.0f} KiB",
    ]


def whole_report(rounds: int) -> None:
    """Ten pages, against Platypus and other engines."""
    seeds = iter(range(10_000))  # other numbers each time: engines that keep what they have laid out gain nothing

    def fresh(build: Callable[[Report], bytes]) -> Callable[[], bytes]:
        reports = [pdf_contestants.report(next(seeds) * 20) for _ in range(rounds + 1)]
        build(reports.pop())  # warm
        return lambda: build(reports.pop())

    ours = seconds(fresh(write_pdf), rounds)
    bare = seconds(fresh(pdf_contestants.platypus), rounds)
    rows = [row("Platypus, charts on the canvas", bare, bare[0]), row("qms_reports", ours, bare[0])]
    for name, (module, build) in pdf_contestants.OTHERS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name}: not installed, left out")
            continue
        rows.append(row(name, seconds(fresh(build), max(rounds // 3, 2)), bare[0]))
    head = ["engine", "CPU", "ratio", "pages", "size"]
    measuring.table("A report with 12 charts, 6 tables and 26 paragraphs", head, rows)


def long_table(rows: int, rounds: int) -> None:
    """A table of many rows, against the raw operators."""
    report = pdf_contestants.long_report(rows)
    table = next(block for block in report.sections[0].blocks if isinstance(block, Table))
    raw = seconds(lambda: pdf_contestants.raw_table(table), rounds)
    tagged = seconds(lambda: write_pdf(report), rounds)
    # Types: the class is replaced for one measurement.
    whole, pdf_writer.TaggedCanvas = pdf_writer.TaggedCanvas, Untagged  # type: ignore[misc]  # for this measurement only
    try:
        plain = seconds(lambda: write_pdf(report), rounds)
    finally:
        pdf_writer.TaggedCanvas = whole  # type: ignore[misc]  # the class is replaced for one measurement
    measuring.table(
        f"A table of {rows:,} rows and 8 columns",
        ["engine", "CPU", "ratio", "pages", "size"],
        [
            row("raw operators", raw, raw[0]),
            row("qms_reports without tags", plain, raw[0]),
            row("qms_reports: tagged, archivable, CSV attached", tagged, raw[0]),
        ],
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=10_000)
    options = parser.parse_args()
    print(measuring.machine())
    whole_report(options.rounds)
    long_table(options.rows, max(options.rounds // 2, 2))


if __name__ == "__main__":
    main()
