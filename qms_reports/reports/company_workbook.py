"""A company's own workbook, of which only the declared cells, tables and chart ranges are filled.

Every other part of the file, and every other cell, stays byte for byte what it was: shapes, logos, styles, themes,
printer settings, custom XML.  What may change besides the sheets with filled cells is listed here, and nothing else:

- a filled table's own part: its range and the range of its filter;
- the results that formulas had, on sheets with filled cells and on sheets with formulas that name those: gone, as they
  would be last month's numbers in every program that does not compute;
- a chart part that reads such cells: the points it remembers (`company_workbook_charts`);
- the workbook part: ``fullCalcOnLoad``, where the workbook has formulas, so that they are computed when it is opened;
- the stored order of calculation, which is taken out where formulas moved; Excel makes it again.

Texts are put in as text that nothing takes for a formula.  Cells keep their style, so it is the company's number format
that rounds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from qms_reports.charts.specification import Chart
from qms_reports.declarations.template_models import RangeFill, TableFill, WorkbookModel
from qms_reports.reports.company_workbook_charts import refresh_caches
from qms_reports.reports.company_workbook_package import Package, did_you_mean
from qms_reports.reports.company_workbook_places import Area
from qms_reports.reports.company_workbook_sheet import Sheet
from qms_reports.reports.company_workbook_tables import fill_table
from qms_reports.reports.company_workbook_xml import scan
from qms_reports.reports.document import Cell, Table
from qms_reports.reports.status_pill import COLORS, split_status

_PLACE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{1,3}\$?\d+)?)$")
_ANYWHERE = re.compile(r"INDIRECT\(|OFFSET\(|'?[^'!:(,]+:[^'!:(,]+'?!")
"""Formulas that may read any sheet: computed addresses, and ranges of sheets."""


def fill_workbook(
    source: bytes,
    model: WorkbookModel,
    values: Callable[[str], Cell],
    tables: Mapping[str, Table],
    charts: Mapping[str, Chart],
) -> bytes:
    """A company's workbook with the figures of a report in it.

    Args:
        source: The ``.xlsx`` file.
        model: What is filled.
        values: The value of an expression of the declaration.
        tables: The report's tables by id.
        charts: The report's charts by id.

    Returns:
        The filled file; the same bytes for the same input.

    Raises:
        ValueError: The file is none that can be filled, a declared place is not there, or what is put there does not
            fit; the message names sheet and cell or table, and what there is instead.
    """
    filling = _Filling(Package.open(source))
    for cell in model.cells:
        filling.cell(cell.cell, cell.value, values)
    for declared in model.ranges:
        filling.range(declared, charts)
    for table in model.tables:
        filling.table(table, tables)
    return filling.written()


class _Filling:
    """A workbook while it is filled."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._sheets: dict[str, Sheet] = {}
        self._filled: dict[str, list[Area]] = defaultdict(list)
        self._order_broken = False

    def sheet(self, name: str) -> Sheet:
        """A sheet by name.

        Raises:
            ValueError: There is none.
        """
        if name not in self.package.sheets:
            raise ValueError(f"the workbook has no sheet {name!r}; {did_you_mean(name, list(self.package.sheets))}")
        if name not in self._sheets:
            self._sheets[name] = Sheet(self.package, name, self.package.sheets[name])
        return self._sheets[name]

    def place(self, written: str) -> tuple[Sheet, Area]:
        """The sheet and cells that a declaration names.

        Raises:
            ValueError: It names nothing that is there.
        """
        text, said = written, ""
        if "!" not in written:
            if written not in self.package.names:
                raise ValueError(f"the workbook has no defined name {written!r}; "
                                 f"{did_you_mean(written, sorted(self.package.names))}")  # fmt: skip
            text = self.package.names[written]
            said = f"the defined name {written!r} stands for "
        found = _PLACE.match(text)
        if found is None:
            raise ValueError(f"{said}{text!r}: expected a cell or range such as Summary!B4 or 'Our sheet'!A2:C14")
        sheet = self.sheet((found.group(1) or found.group(2)).replace("''", "'"))
        area = Area.parse(found.group(3).upper())
        return sheet, area

    def cell(self, written: str, expression: str, values: Callable[[str], Cell]) -> None:
        """Fill one cell."""
        sheet, area = self.place(written)
        if (area.left, area.top) != (area.right, area.bottom):
            raise ValueError(f"{written!r} stands for {area}, which is more than one cell; declare it under 'ranges'")
        value = values(expression)
        if isinstance(value, str) and value.partition(":")[0] in COLORS and ":" in value:
            value = split_status(value)[1]
        sheet.put(area.left, area.top, value)
        self._claim(sheet.name, area, written)

    def range(self, declared: RangeFill, charts: Mapping[str, Chart]) -> None:
        """Fill the cells that a chart of the workbook reads."""
        if declared.chart not in charts:
            raise ValueError(f"range {declared.range!r}: no chart {declared.chart!r} in the report; "
                             f"{did_you_mean(declared.chart, sorted(charts))}")  # fmt: skip
        sheet, area = self.place(declared.range)
        columns = _columns(charts[declared.chart])
        wide, high = area.right - area.left + 1, area.bottom - area.top + 1
        longest = max((len(values) for _, values in columns), default=0)
        if wide != len(columns):
            raise ValueError(f"range {declared.range!r} has {wide} columns, but chart {declared.chart!r} has "
                             f"{len(columns)}: {', '.join(name for name, _ in columns)}")  # fmt: skip
        if longest > high:
            raise ValueError(f"range {declared.range!r} has {high} rows, but chart {declared.chart!r} has {longest} "
                             "points; make the range and the chart longer")  # fmt: skip
        for column, (_, values) in enumerate(columns, start=area.left):
            for offset in range(high):
                value = values[offset] if offset < len(values) else None
                sheet.put(column, area.top + offset, value)
        self._claim(sheet.name, area, declared.range)

    def _claim(self, sheet: str, area: Area, written: str) -> None:
        """Remember what was filled, and refuse what is filled twice."""
        if any(area.meets(other) for other in self._filled[sheet]):
            raise ValueError(f"{written!r}: {sheet}!{area} is declared twice, or overlaps with what else is filled")
        self._filled[sheet].append(area)

    def table(self, declared: TableFill, tables: Mapping[str, Table]) -> None:
        """Fill an Excel table."""
        found = self.package.tables.get(declared.table)
        if found is None:
            raise ValueError(f"the workbook has no table {declared.table!r}; "
                             f"{did_you_mean(declared.table, sorted(self.package.tables))}")  # fmt: skip
        before = self._area(found.part)
        self._order_broken |= fill_table(self.package, self.sheet(found.sheet), found, declared, tables)
        bottom = max(before.bottom, self._area(found.part).bottom)
        self._claim(found.sheet, Area(before.left, before.top, before.right, bottom), declared.table)

    def _area(self, part: str) -> Area:
        return Area.parse(scan(self.package.read(part), part).attributes["ref"])

    def _forget_results(self) -> None:
        """Take out the results of formulas that may depend on filled cells: they would be last month's numbers."""
        filled = {name for name, areas in self._filled.items() if areas}
        waiting = [name for name in self.package.sheets if name not in filled]
        words = {_mention(name) for name in filled}
        words |= {table.name for table in self.package.tables.values() if table.sheet in filled}
        words |= {name for name, text in self.package.names.items() if any(word in text for word in words)}
        while True:
            found = [
                name for name in waiting if any(_depends(formula, words) for formula in self.sheet(name).formulas())
            ]
            if not found:
                break
            waiting = [name for name in waiting if name not in found]
            filled |= set(found)
            words |= {_mention(name) for name in found}
        for name in sorted(filled):
            self._filled[name] += self.sheet(name).forget_results()

    def written(self) -> bytes:
        """The file."""
        self._forget_results()
        for sheet in self._sheets.values():
            self.package.changed[sheet.part] = sheet.written()
        shown = {name: self._sheets[name].shown for name in self._filled}
        refresh_caches(self.package, self._filled, shown)
        if self._order_broken:
            self.package.drop_calculation_order()
        self.package.recalculate_when_opened()
        return self.package.written()


def _depends(formula: str, words: set[str]) -> bool:
    """Whether a formula may read cells of sheets and tables of these names."""
    return any(word in formula for word in words) or _ANYWHERE.search(formula) is not None


def _mention(sheet: str) -> str:
    """How a formula names a sheet, without what may stand before it."""
    return f"{sheet.replace(chr(39), 2 * chr(39))}'!" if re.search(r"\W", sheet) else f"{sheet}!"


def _columns(chart: Chart) -> list[tuple[str, Sequence[Cell]]]:
    """Categories and series of a chart, a column each; of a scatter the positions before each series."""
    columns: list[tuple[str, Sequence[Cell]]] = [("categories", chart.categories)] if chart.categories else []
    for series in chart.series:
        if series.x:
            columns.append((f"x of {series.name}", series.x))
        columns.append((series.name, series.values))
    return columns
