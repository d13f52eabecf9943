"""What a workbook costs: a whole report against bare openpyxl, a million cells against the writers there are, memory.

Every contestant runs in a process of its own, in turn; the figures are medians of processor time, and the peak is the
resident memory that the operating system reports.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measuring import machine, seconds, table

CELLS_PER_ROW = 10
HEADS = ("Number", "Opened", "Kind", "Weight", "Age", "Limit", "Result", "Share", "Row", "Lot")
STATES = ("Pass", "Fail", "Hold")
KINDS = ("Weight", "Length", "pH", "Torque")
FIRST = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - cells have no zone


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Records as they come: a key, a time, texts that repeat, numbers that do not."""
    chance = random.Random(1)  # noqa: S311 - made-up numbers
    for number in range(count):
        yield (
            f"NC-{number:07d}",
            FIRST + dt.timedelta(hours=number % 9000),
            KINDS[number % 4],
            round(chance.gauss(10, 1), 4),
            number % 97,
            11.5,
            STATES[number % 3],
            chance.random(),
            number,
            f"Lot {number % 501}",
        )


# --- contestants: each is handed an open file and its rows


def ours(target: Any, given: Any, count: int) -> None:
    """The product's writer; the table comes from a source, row by row."""
    from qms_reports.reports.document import Column, Section, Table
    from qms_reports.reports.excel_writer import write_excel_to
    from qms_reports.reports.rows import QueriedRows
    from qms_reports_tests.reports.sample_report import EMPTY_REPORT

    kinds = ("text", "date", "text", "number", "integer", "number", "text", "number", "integer", "text")
    # Types: the kinds are literals in a tuple.
    columns = tuple(Column(head, kind, 3) for head, kind in zip(HEADS, kinds, strict=True))  # type: ignore[arg-type]  # texts, not literals
    shown = Table("records", "Records", columns, (), total_rows=count)
    report = replace(EMPTY_REPORT, sections=(Section("all", "All", (), (shown,)),))
    write_excel_to(target, report, {"records": QueriedRows(columns, count, given)})


def openpyxl_write_only(target: Any, given: Any, _count: int) -> None:
    """The fast mode of openpyxl: no widths, no table, no styles."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Records")
    sheet.append(HEADS)
    for row in given():
        sheet.append(row)
    book.save(target)


def xlsxwriter_constant_memory(target: Any, given: Any, _count: int) -> None:
    """XlsxWriter in its mode for large files."""
    import xlsxwriter

    book = xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Records")
    sheet.write_row(0, 0, HEADS)
    for number, row in enumerate(given(), start=1):
        sheet.write_row(number, 0, row)
    book.close()


LARGE: dict[str, Callable[[Any, Any, int], None]] = {
    "ours: real table, styles, streamed": ours,
    "XlsxWriter, constant memory": xlsxwriter_constant_memory,
    "openpyxl, write-only": openpyxl_write_only,
}


def whole_report(path: str) -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """The report's workbook as the product writes it, and the same content by bare openpyxl.

    The second is given every cell with its style, the tables, links, widths and the charts' data blocks ready to use,
    and only has to make the cells and the charts and to save.
    """
    from qms_reports.reports.excel_writer import write_excel
    from qms_reports.reports.stored_document import read_report

    report = read_report(Path(path).read_bytes())
    finished = io.BytesIO(write_excel(report))
    return lambda: write_excel(report), _by_openpyxl(report, finished)


def _content(sheet: Any) -> tuple[Any, ...]:
    """What bare openpyxl has to write again."""
    cells = [
        (cell.row, cell.column, cell._value, cell.data_type, cell._style)  # noqa: SLF001 - the fastest way there is
        for row in sheet.iter_rows()
        for cell in row
        if cell.has_style
    ]
    return (
        sheet.title,
        cells,
        {letter: dimension.width for letter, dimension in sheet.column_dimensions.items()},
        [(found.name, found.ref) for found in sheet.tables.values()],
        [(cell.coordinate, cell.hyperlink.location) for row in sheet.iter_rows() for cell in row if cell.hyperlink],
        bool(sheet._charts),  # noqa: SLF001 - the same
    )


def _draw(sheet: Any, charts: Any) -> None:
    from qms_reports.charts.excel import native_chart
    from qms_reports.charts.workbook_data import write_data

    for number, chart in enumerate(charts):
        native = native_chart(sheet, chart, write_data(sheet, chart, row=1, column=60 + 12 * number))
        if native is not None:  # a heat map is made of cells
            sheet.add_chart(native, f"H{1 + 20 * number}")


def _by_openpyxl(report: Any, finished: io.BytesIO) -> Callable[[], bytes]:
    from openpyxl import Workbook, load_workbook
    from openpyxl.worksheet.table import Table, TableStyleInfo

    from qms_reports.reports.excel_charts import charts_of

    source = load_workbook(finished)
    charts = [found for section in report.sections if (found := charts_of(section))]
    sheets = [_content(sheet) for sheet in source]

    def write() -> bytes:
        book = Workbook()
        book.remove(book.active)
        for name in ("_fonts", "_fills", "_borders", "_number_formats", "_cell_styles", "_alignments"):
            setattr(book, name, getattr(source, name))
        waiting = iter(charts)
        for title, cells, widths, tables, links, drawn in sheets:
            sheet = book.create_sheet(title)
            for row, column, value, kind, style in cells:
                cell = sheet.cell(row, column)
                cell._style = style  # noqa: SLF001 - the fastest way there is
                if value is not None:
                    cell.value = value
                    cell.data_type = kind
            for letter, width in widths.items():
                sheet.column_dimensions[letter].width = width
            for name, reference in tables:
                found = Table(displayName=name, ref=reference)
                found.tableStyleInfo = TableStyleInfo(name="TableStyleLight1")
                sheet.add_table(found)
            for reference, place in links:
                sheet[reference].hyperlink = f"#{place}"
            if drawn:
                _draw(sheet, next(waiting))
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    return write


# --- running


def one(kind: str, argument: str) -> None:
    """Run one contestant in this process and print what it took."""
    if kind == "report":
        first, second = whole_report(argument)
        found: dict[str, Any] = {"ours": [], "openpyxl": []}
        for _ in range(4):
            for name, write in (("ours", first), ("openpyxl", second)):
                begin = time.process_time()
                content = write()
                found[name].append(time.process_time() - begin)
                found[f"{name} bytes"] = len(content)
        print(json.dumps({k: statistics.median(v[1:]) if isinstance(v, list) else v for k, v in found.items()}))
        return
    count = int(argument)
    with tempfile.TemporaryFile() as target:
        before = _peak()
        begin = time.process_time()
        LARGE[kind](target, lambda: rows(count), count)
        took = time.process_time() - begin
        size = target.seek(0, os.SEEK_END)
    begin = time.process_time()
    for _ in rows(count):
        pass
    made = time.process_time() - begin  # the records themselves are nobody's merit
    print(json.dumps({"seconds": took - made, "peak": _peak(), "before": before, "bytes": size}))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(kind: str, argument: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.workbook", "--one", kind, argument]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", help="a stored report (….document.json) whose workbook is timed")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of ten cells for the large table")
    parser.add_argument("--million", action="store_true", help="also stream 1,000,000 rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
        return
    print(machine())
    if options.report:
        found = _run("report", options.report)
        table(
            "The workbook of a whole report",
            ("", "processor", "size", "ratio"),
            [
                (
                    name,
                    seconds(found[key]),
                    f"{found[f'{key} bytes'] / 1e3:,.0f} kB",
                    f"{found[key] / found['openpyxl']:.2f}",
                )
                for name, key in (
                    ("qms_reports", "ours"),
                    ("bare openpyxl, the same cells, tables and charts", "openpyxl"),
                )
            ],
        )
    rounds = [{name: _run(name, str(options.rows)) for name in LARGE} for _ in range(options.rounds)]
    middle = {name: statistics.median(found[name]["seconds"] for found in rounds) for name in LARGE}
    slowest = middle["openpyxl, write-only"]
    table(
        f"A table of {options.rows:,} rows and {options.rows * CELLS_PER_ROW:,} cells",
        ("", "processor", "cells/s", "faster than openpyxl", "peak memory", "of it beyond the start", "size"),
        [
            (
                name,
                seconds(took),
                f"{options.rows * CELLS_PER_ROW / took / 1e3:,.0f} k",
                f"{slowest / took:.1f} ×",
                f"{rounds[0][name]['peak']:,.0f} MiB",
                f"{rounds[0][name]['peak'] - rounds[0][name]['before']:,.0f} MiB",
                f"{rounds[0][name]['bytes'] / 1e6:.1f} MB",
            )
            for name, took in middle.items()
        ],
    )
    if options.million:
        name = next(iter(LARGE))
        found = {count: _run(name, str(count)) for count in (10_000, 100_000, 1_000_000)}
        table(
            "Memory does not grow with the rows",
            ("rows of ten cells", "processor", "peak memory", "size"),
            [
                (f"{count:,}", seconds(f["seconds"]), f"{f['peak']:,.0f} MiB", f"{f['bytes'] / 1e6:.1f} MB")
                for count, f in found.items()
            ],
        )


if __name__ == "__main__":
    main()
