"""The figures of a report by name, to tell which of them differ between two issues of it."""

from __future__ import annotations

from collections.abc import Iterator

from qms_reports.reports.document import Figure, Report, Table

Value = float | None
IN_TABLE = " / "
"""Between the parts of the name of a figure in a table; the id of a KPI holds none."""


def figures_of(report: Report) -> dict[str, Value]:
    """Every figure: the value of a KPI under its id, other cells as ``table / row / column``.

    Records, which are listed and not computed, are no figures; nor is what stands in the appendix.
    """
    tiles = [*report.tiles, *(tile for section in report.sections for tile in section.tiles)]
    found: dict[str, Value] = {}
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                found.update(_of_table(block))
    return found | {tile.kpi: tile.value for tile in tiles}


def changes(before: dict[str, Value], now: dict[str, Value]) -> tuple[tuple[str, Value, Value], ...]:
    """Name, earlier value and value of each figure that differs, or that only one of the two has."""
    names = sorted(before.keys() | now.keys())
    return tuple(
        (name, before.get(name), now.get(name))
        for name in names
        if before.get(name) != now.get(name) or (name in before) != (name in now)
    )


def _of_table(table: Table) -> Iterator[tuple[str, Value]]:
    for place, row in enumerate(table.rows):
        kpi = table.kpi_rows[place] if table.kpi_rows else ""
        for column, cell in zip(table.columns, row, strict=True):
            if not isinstance(cell, Figure):
                continue
            if kpi:  # the first figure of a KPI's row is its value
                yield kpi, cell.value
                kpi, row_name = "", kpi
            else:
                row_name = table.kpi_rows[place] if table.kpi_rows and table.kpi_rows[place] else str(row[0]).strip()
                yield IN_TABLE.join((table.id, row_name, column.name)), cell.value
