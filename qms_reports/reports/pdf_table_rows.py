"""The rows of a table as they are printed: cells wrapped to their columns, heights, rows in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qms_reports.reports.table_columns import ColumnGrid

PILL_ROW = 17.0
"""Height of a row with a status pill, in points."""

Texts = Sequence[tuple[str, ...]]
"""The printed cells of a table, row by row."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How a table is set.

    Attributes:
        padding: Points above and below the text of a row, together.
        least: Least height of a row (to sign in), or 0.
        level: Level of the title among the headings; no level may be left out.
        largest: Type size of the cells if there is room, in points.
    """

    padding: float = 7.0
    least: float = 0.0
    level: Literal["H2", "H3"] = "H3"
    largest: float = 8.0


USUAL = Spacing()


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row, or the part of a row that one page holds.

    Attributes:
        cells: The text of each cell; its lines if it has more than one.
        height: In points.
        index: Which row of the table.
    """

    cells: Sequence[str | tuple[str, ...]]
    height: float
    index: int


def printed_rows(grid: ColumnGrid, texts: Texts, longest: float, spacing: Spacing) -> list[Row]:
    """The rows with their cells wrapped; a row higher than a page in pieces."""
    columns = grid.columns
    fitting = max(int((longest - spacing.padding) / grid.leading), 1)
    least = max(PILL_ROW if any(column.kind == "status" for column in columns) else 0.0, spacing.least)
    plain = max(grid.leading + spacing.padding, least)
    wrapping = [number for number in range(len(columns)) if grid.wraps[number]]
    if not wrapping:
        return [Row(text, plain, index) for index, text in enumerate(texts)]
    rows: list[Row] = []
    for index, text in enumerate(texts):
        most = 1
        cells: list[str | tuple[str, ...]] = list(text)
        for number in wrapping:
            lines = grid.cell_lines(number, text[number])
            if len(lines) > 1:
                cells[number] = lines
                most = max(most, len(lines))
        if most <= fitting:
            rows.append(Row(cells, plain if most == 1 else max(most * grid.leading + spacing.padding, least), index))
            continue
        for start in range(0, most, fitting):
            piece = [
                (cell if start == 0 else "") if isinstance(cell, str) else cell[start : start + fitting]
                for cell in cells
            ]
            height = max(min(most - start, fitting) * grid.leading + spacing.padding, least)
            rows.append(Row(piece, height, index))
    return rows
