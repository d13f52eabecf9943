"""Where the numbers of a native Excel chart stand in its sheet, and how texts and numbers are written safely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qms_reports.charts.fixed_words import fixed, say
from qms_reports.charts.specification import Chart, ChartSpecification

LONGEST_TEXT = 32_767  # characters in a cell; openpyxl would cut the rest silently

_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Run:
    """A series in the sheet.

    Attributes:
        name: The head of its column.
        column: Its column.
        last_row: Its last row.
        x_column: Column of its x positions, of a scatter or funnel.
        role: What it is for, of a run that the chart needs besides its series: ``signals``, ``curve``, ``base``, …
    """

    name: str
    column: int
    last_row: int
    x_column: int | None = None
    role: str = ""


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
        category_column: Column of the names of categories, bins, members or rows; ``None`` for a scatter.
        runs: The series in order.
        target: The target as a constant series, where the type can show one.
        extras: Further runs that native parts are built of, each with its role.
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
    extras: tuple[Run, ...] = ()

    def having(self, role: str) -> tuple[Run, ...]:
        """The further runs of a role, in order."""
        return tuple(run for run in self.extras if run.role == role)


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
    upright = specification.type in ("line", "area", "scatter", "sparkline", "box") or (
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
            names.append(fixed(low, 0) if last == low else say("bin_range", low=fixed(low, 0), high=fixed(last, 0)))
        else:
            decimals = max(0, 1 - math.floor(math.log10(high - low)))
            names.append(say("bin_range", low=fixed(low, decimals), high=fixed(high, decimals)))
    return tuple(names)
