"""The cells behind a native Excel chart: which numbers stand where, and how they are written safely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qms_reports.charts.admission import refuse_unusable
from qms_reports.charts.histogram import bin_counts, bin_edges
from qms_reports.charts.plot import target_text
from qms_reports.charts.specification import Chart, ChartSpecification

LONGEST_TEXT = 32_767  # characters in a cell; openpyxl would cut the rest silently

_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Run:
    """A series in the sheet: its column, its last row, and for a scatter the column of its x positions."""

    name: str
    column: int
    last_row: int
    x_column: int | None = None


@dataclass(frozen=True, slots=True)
class DataBlock:
    """Where the data of one chart stand in a worksheet; rows and columns count from 1.

    Attributes:
        sheet: Title of the worksheet.
        header_row: Row of the column heads.
        first_row: First row of data.
        last_row: Last row of data; `header_row` when there are none.
        first_column: Leftmost column.
        last_column: Rightmost column.
        category_column: Column of the category names or bins; ``None`` for a scatter.
        runs: The series in order.
        target: The target as a constant series, where the type can show one.
    """

    sheet: str
    header_row: int
    first_row: int
    last_row: int
    first_column: int
    last_column: int
    category_column: int | None
    runs: tuple[Run, ...]
    target: Run | None


def number_format(decimals: int) -> str:
    """Excel's format with thousands separators and fixed decimals."""
    return "#,##0" + ("." + "0" * decimals if decimals > 0 else "")


def value_format(chart: Chart) -> str:
    """The format of values and value axis: fixed decimals, or powers of ten where those would print only zeros."""
    specification = chart.specification
    if specification.type == "histogram":
        return "#,##0"
    largest = max((abs(value) for series in chart.series for value in series.values if value is not None), default=0.0)
    return "0.00E+00" if 0 < largest < 0.5 * 10.0**-specification.decimals else number_format(specification.decimals)


def shows_target(specification: ChartSpecification) -> bool:
    """Whether Excel can draw the target of this chart as a further series."""
    upright = specification.type in ("line", "area", "scatter") or (
        specification.type == "bar" and not specification.horizontal
    )
    return specification.target is not None and upright


def safe_text(text: str) -> str:
    """Text that XML can hold: control characters become U+FFFD.

    Raises:
        ValueError: The text is longer than a cell can be.
    """
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if len(text) > LONGEST_TEXT:
        raise ValueError(f"text of {len(text):,} characters does not fit into a cell: {text[:40]!r}…")
    cleaned: str = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    return cleaned


def write_text(cell: Any, text: str) -> None:
    """Put a text into a cell so that it stays text: never a formula, an error value or a number."""
    cell.value = safe_text(text)
    cell.data_type = "s"  # openpyxl has made "=1+1" a formula and "#N/A" an error by now
    if text.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True  # stays text when someone edits the cell


def edge_texts(edges: tuple[float, ...], values: Sequence[float | None]) -> tuple[str, ...]:
    """Names of the bins: ``10 to 12`` for the whole numbers 10, 11 and 12, else from edge to edge.

    Args:
        edges: Edges of equal bins.
        values: The observations in them.
    """
    known = [value for value in values if value is not None]
    whole = all(number == math.floor(number) for number in (*edges, *known))
    names = []
    for low, high in pairwise(edges):
        if whole:
            last = high if high == edges[-1] and high in known else high - 1
            names.append(f"{low:,.0f}" if last == low else f"{low:,.0f} to {last:,.0f}")
        else:
            decimals = max(0, 1 - math.floor(math.log10(high - low)))
            names.append(f"{low:,.{decimals}f} to {high:,.{decimals}f}")
    return tuple(names)


class _Writer:
    """Writes columns below their heads, from left to right."""

    def __init__(self, worksheet: Any, row: int, column: int) -> None:
        self._worksheet = worksheet
        self.row = row
        self.first_column = self.column = column
        self.last_row = row

    def _head(self, name: str) -> int:
        from openpyxl.styles import Font

        cell = self._worksheet.cell(self.row, self.column)
        write_text(cell, name)
        cell.font = Font(bold=True)
        self.column += 1
        return self.column - 1

    def texts(self, name: str, texts: tuple[str, ...]) -> int:
        """A column of texts; returns its number."""
        column = self._head(name)
        for row, text in enumerate(texts, start=self.row + 1):
            write_text(self._worksheet.cell(row, column), text)
        self.last_row = max(self.last_row, self.row + len(texts))
        return column

    def numbers(self, name: str, numbers: tuple[float | None, ...], form: str) -> int:
        """A column of numbers, empty cells where one is missing; returns its number."""
        column = self._head(name)
        for row, number in enumerate(numbers, start=self.row + 1):
            if number is not None:
                cell = self._worksheet.cell(row, column, number)
                cell.number_format = form
        self.last_row = max(self.last_row, self.row + len(numbers))
        return column


def _write_scatter(chart: Chart, writer: _Writer, form: str) -> tuple[list[Run], Run | None]:
    specification = chart.specification
    runs = []
    for series in chart.series:
        x_column = writer.numbers(f"{series.name}: {specification.x_title or 'x'}", series.x, "General")
        column = writer.numbers(series.name, series.values, form)
        runs.append(Run(series.name, column, writer.row + len(series.values), x_column))
    xs = [x for series in chart.series for x in series.x]
    if not shows_target(specification) or not xs:
        return runs, None
    name = target_text(specification)
    x_column = writer.numbers(f"{name}: {specification.x_title or 'x'}", (min(xs), max(xs)), "General")
    column = writer.numbers(name, (specification.target, specification.target), "General")
    return runs, Run(name, column, writer.row + 2, x_column)


def _write_remarks(chart: Chart, writer: _Writer) -> None:
    """A control chart's signals, exclusions and phases, in words beside its numbers."""
    words: dict[int, list[str]] = {}
    for mark in chart.marks:
        words.setdefault(mark.position, []).append(
            f"Signal: {mark.text}" if mark.kind == "signal" else f"Not judged: {mark.text}"
        )
    for phase in chart.phases:
        words.setdefault(phase.position, []).append(f"{phase.text} from here")
    writer.texts("Remark", tuple("; ".join(words.get(place, ())) for place in range(len(chart.categories))))


def write_data(worksheet: Any, chart: Chart, row: int = 1, column: int = 1) -> DataBlock:
    """Write the numbers of a chart, with heads, into a worksheet.

    Bars, lines, areas and pies: category names, then one column per series.  Scatter: x and value columns per series.
    Histogram: the bins by name and by edges, then the counts per series.  A target gets a column of its own where
    Excel can draw it.  Cells hold the full numbers; only their format rounds.

    Args:
        worksheet: An openpyxl worksheet (not write-only).
        chart: What to write.
        row: Row of the heads.
        column: Leftmost column.

    Returns:
        Where everything stands.

    Raises:
        ValueError: The chart cannot be shown truthfully, or a text is too long for a cell.
    """
    refuse_unusable(chart)
    specification = chart.specification
    writer = _Writer(worksheet, row, column)
    form = value_format(chart)
    category_column: int | None = None
    target: Run | None = None
    if specification.type == "scatter":
        runs, target = _write_scatter(chart, writer, form)
    elif specification.type == "histogram":
        values = [value for series in chart.series for value in series.values]
        edges = bin_edges(values, specification.bins)
        category_column = writer.texts(specification.x_title or "Bin", edge_texts(edges, values))
        writer.numbers("From", edges[:-1], "General")
        writer.numbers("Below", edges[1:], "General")
        counts = [bin_counts(series.values, edges) for series in chart.series]
        columns = [
            writer.numbers(series.name, count, "#,##0") for series, count in zip(chart.series, counts, strict=True)
        ]
        runs = [Run(s.name, c, writer.last_row) for s, c in zip(chart.series, columns, strict=True)]
    else:
        category_column = writer.texts(specification.x_title or "Category", chart.categories)
        columns = [writer.numbers(series.name, series.values, form) for series in chart.series]
        runs = [Run(s.name, c, writer.last_row) for s, c in zip(chart.series, columns, strict=True)]
        if chart.marks or chart.phases:
            _write_remarks(chart, writer)
        if shows_target(specification) and chart.categories:
            name = target_text(specification)
            constant = (specification.target,) * len(chart.categories)
            target = Run(name, writer.numbers(name, constant, "General"), writer.last_row)
    return DataBlock(
        sheet=worksheet.title,
        header_row=row,
        first_row=row + 1,
        last_row=writer.last_row,
        first_column=column,
        last_column=writer.column - 1,
        category_column=category_column,
        runs=tuple(runs),
        target=target,
    )
