"""An Excel table of a company's workbook: its body replaced, its range as long as the rows that are put there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qms_reports.declarations.template_models import TableFill
from qms_reports.reports.company_workbook_package import ListObject, Package, did_you_mean
from qms_reports.reports.company_workbook_places import Area
from qms_reports.reports.company_workbook_sheet import Sheet
from qms_reports.reports.company_workbook_xml import Node, edited, scan, with_attribute
from qms_reports.reports.document import Cell, Table
from qms_reports.reports.excel_cells import MOST_ROWS
from qms_reports.reports.status_pill import split_status

_CELL_REFERENCE = re.compile(r"(?<![A-Za-z_\[])\$?[A-Z]{1,3}\$?[0-9]+(?![\w(\]])")
_NAMED = 12  # cells in a message


def fill_table(package: Package, sheet: Sheet, found: ListObject, fill: TableFill, tables: Mapping[str, Table]) -> bool:
    """Replace the body of an Excel table.

    Columns that are not filled keep their formula, one for each row; a column with other content must be filled.

    Args:
        package: The workbook.
        sheet: The table's sheet.
        found: The table.
        fill: What is declared.
        tables: The report's tables.

    Returns:
        Whether formulas moved, so that the stored order of calculation is wrong.

    Raises:
        ValueError: A table or column that is not there, content in the way of a growing table, content that the new
            rows would leave behind.
    """
    if fill.rows not in tables:
        raise ValueError(f"table {fill.table!r}: no table {fill.rows!r} in the report; "
                         f"{did_you_mean(fill.rows, sorted(tables))}")  # fmt: skip
    return _Filling(package, sheet, found, fill, tables[fill.rows]).run()


class _Filling:
    """One table while it is filled."""

    def __init__(self, package: Package, sheet: Sheet, found: ListObject, fill: TableFill, table: Table) -> None:
        self.package, self.sheet, self.found, self.table = package, sheet, found, table
        self.root = scan(package.read(found.part), found.part)
        self.area = Area.parse(self.root.attributes["ref"])
        heads = int(self.root.attributes.get("headerRowCount", "1"))
        self.totals = int(self.root.attributes.get("totalsRowCount", "0"))
        self.body = Area(self.area.left, self.area.top + heads, self.area.right, self.area.bottom - self.totals)
        columns = self.root.first("tableColumns")
        self.columns: Sequence[Node] = columns.children if columns else ()
        self.heads = [_plain(node.attributes["name"]) for node in self.columns]
        self.sources = self._sources(fill)

    def _sources(self, fill: TableFill) -> list[int | None]:
        """For each column of the workbook's table the report's column, or ``None``."""
        given = [column.name for column in self.table.columns]
        name = self.found.name
        for head, wanted in fill.columns.items():
            if head not in self.heads:
                raise ValueError(f"table {name!r} has no column {head!r}; {did_you_mean(head, self.heads)}")
            if wanted not in given:
                raise ValueError(f"table {name!r}, column {head!r}: the report's table {self.table.id!r} has no column "
                                 f"{wanted!r}; {did_you_mean(wanted, given)}")  # fmt: skip
        wanted_of = fill.columns or {head: head for head in self.heads if head in given}
        if not wanted_of:
            raise ValueError(f"table {name!r} and the report's table {self.table.id!r} have no column in common; the "
                             f"workbook has {', '.join(map(repr, self.heads))}, the report "
                             f"{', '.join(map(repr, given))}")  # fmt: skip
        return [given.index(wanted_of[head]) if head in wanted_of else None for head in self.heads]

    def run(self) -> bool:
        filtered = self.root.first("autoFilter")
        if filtered is not None and filtered.children:
            raise ValueError(f"table {self.found.name!r} is filtered, which would hide new rows; clear the filter")
        count = max(len(self.table.rows), 1)
        after = Area(self.body.left, self.body.top, self.body.right, self.body.top + count - 1)
        self._refuse_loss(after)
        formulas = self._formulas()
        first_styles = [self.sheet.style(self.body.left + n, self.body.top) for n in range(len(self.heads))]
        moved = self._move_totals(after)
        for offset in range(count):
            row = self.body.top + offset
            cells: Sequence[Cell] = self.table.rows[offset] if self.table.rows else ()
            for number, source in enumerate(self.sources):
                column = self.body.left + number
                style = self.sheet.style(column, row) if row <= self.body.bottom else first_styles[number]
                if formulas[number]:
                    if row > self.body.bottom or self.sheet.formula(column, row) is None:
                        self.sheet.put_formula(column, row, formulas[number], style)
                        moved = True
                elif source is None or not cells:
                    self.sheet.put(column, row, None, style=style)
                else:
                    self._put(column, row, cells[source], source, style)
        for row in range(after.bottom + 1, self.body.bottom + 1):
            if self.totals and row <= after.bottom + self.totals:
                continue
            for column in range(self.body.left, self.body.right + 1):
                moved = moved or self.sheet.formula(column, row) is not None
                self.sheet.remove(column, row)
        self.sheet.stretch(self.body, after)
        self._resize(after)
        return moved

    def _put(self, column: int, row: int, value: Cell, source: int, style: int) -> None:
        kind = self.table.columns[source].kind
        if kind == "status" and isinstance(value, str) and value:
            value = split_status(value)[1]
        self.sheet.put(column, row, value, percent=kind == "percent", style=style)

    def _formulas(self) -> list[str]:
        """The formula of each column that is not filled, empty where there is none."""
        found = []
        for number, source in enumerate(self.sources):
            declared = self.columns[number].first("calculatedColumnFormula")
            formula = declared.text if declared is not None else ""
            if source is not None and formula:
                raise ValueError(f"table {self.found.name!r}, column {self.heads[number]!r} is computed by a formula "
                                 f"(={formula}) and is not filled")  # fmt: skip
            if source is None and not formula:
                column = self.body.left + number
                content = self.sheet.filled(Area(column, self.body.top, column, self.body.bottom))
                if content:
                    raise ValueError(f"table {self.found.name!r}: column {self.heads[number]!r} is not declared, but "
                                     f"{', '.join(content[:_NAMED])} hold something that would stand beside other "
                                     "rows; declare it or empty it")  # fmt: skip
            if formula and (match := _CELL_REFERENCE.search(formula)):
                raise ValueError(f"table {self.found.name!r}, column {self.heads[number]!r}: the formula ={formula} "
                                 f"names the cell {match.group()}; write it with column names")  # fmt: skip
            found.append(formula)
        return found

    def _refuse_loss(self, after: Area) -> None:
        """Refuse a table that would run over other content or off the sheet."""
        last = after.bottom + self.totals
        if last > MOST_ROWS:
            raise ValueError(f"table {self.found.name!r}: {len(self.table.rows):,} rows do not fit into the sheet")
        if last <= self.area.bottom:
            return
        below = Area(self.area.left, self.area.bottom + 1, self.area.right, last)
        in_the_way = self.sheet.filled(below)
        in_the_way += [f"table {n!r}" for n, a in self.sheet.table_areas() if n != self.found.name and a.meets(below)]
        if in_the_way:
            more = f" and {len(in_the_way) - _NAMED} more" if len(in_the_way) > _NAMED else ""
            raise ValueError(f"table {self.found.name!r} on {self.sheet.name!r} needs the rows down to {last} for "
                             f"{len(self.table.rows):,} rows, but there stand {', '.join(in_the_way[:_NAMED])}{more}; "
                             "leave room below the table")  # fmt: skip

    def _move_totals(self, after: Area) -> bool:
        """Put the totals row below the new body; whether it has formulas and moved."""
        if not self.totals or after.bottom == self.body.bottom:
            return False
        moved = False
        old, new = self.body.bottom + 1, after.bottom + 1
        for column in range(self.area.left, self.area.right + 1):
            formula = self.sheet.formula(column, old)
            if formula and (match := _CELL_REFERENCE.search(formula)):
                raise ValueError(f"table {self.found.name!r}: the total ={formula} names the cell {match.group()}; "
                                 "write it with column names, such as SUBTOTAL(109,[Value])")  # fmt: skip
            moved = moved or formula is not None
            self.sheet.remove(column, new)
            self.sheet.move(column, old, new)
        return moved

    def _resize(self, after: Area) -> None:
        """The new range of the table, its filter and its sorting."""
        if after == self.body:
            return
        data = self.package.read(self.found.part)
        bottom = after.bottom + self.totals
        whole = Area(self.area.left, self.area.top, self.area.right, bottom)
        edits = [with_attribute(data, self.root, "ref", str(whole))]
        if (filtered := self.root.first("autoFilter")) is not None:
            shown = Area(self.area.left, self.area.top, self.area.right, after.bottom)
            edits.append(with_attribute(data, filtered, "ref", str(shown)))
        edits += [(node.start, node.end, b"") for node in self.root.all("sortState")]
        self.package.changed[self.found.part] = edited(data, edits)


def _plain(name: str) -> str:
    """A column's name as it is read: a line break is written ``_x000a_``."""
    return re.sub(r"_x000[aAdD]_", " ", name)
