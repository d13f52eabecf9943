"""One worksheet of a company's workbook: single cells replaced in its bytes, all else left as it was written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from qms_reports.reports.company_workbook_package import Package
from qms_reports.reports.company_workbook_places import Area, address
from qms_reports.reports.company_workbook_xml import Node, edited, prefix_of, scan, with_attribute
from qms_reports.reports.document import Cell, Figure
from qms_reports.reports.excel_cells import stored
from qms_reports.reports.excel_rows import serial, text_element
from qms_reports.reports.printed_cells import NOT_AVAILABLE

_ROW_SPANS = re.compile(rb'\sspans="[^"]*"')
_CACHED = re.compile(rb"<(\w+:)?v(?:\s[^>]*)?>[^<]*</(?:\w+:)?v>|<(\w+:)?v\s*/>")
_TYPE = re.compile(rb'\st="[^"]*"')
_FROM_1904 = 1462  # days


@dataclass
class _Cell:
    """A cell.

    Attributes:
        style: Number of its style.
        filled: Whether it holds something.
        formula: Its formula, if it has one.
        xml: Its bytes.
        node: The element as it was read; ``None`` for a cell that was put there.
        value: What was put there, a day as the number that stands for it.
    """

    style: int
    filled: bool
    formula: Node | None
    xml: bytes
    node: Node | None = None
    value: Cell = None


class Sheet:
    """A worksheet being filled.

    Attributes:
        name: Its name.
        part: Its part.
    """

    def __init__(self, package: Package, name: str, part: str) -> None:
        self.name = name
        self.part = part
        self._package = package
        self._data = package.read(part)
        self._root = scan(self._data, part)
        found = self._root.first("sheetData")
        if found is None:
            raise ValueError(f"sheet {name!r} has no cells at all ({part} is damaged)")
        self._sheet_data = found
        self._prefix = prefix_of(self._data, found)
        self._tags: dict[int, bytes] = {}
        self._rows: dict[int, dict[int, _Cell]] = {}
        self._raw: dict[int, bytes] = {}
        self._touched: set[int] = set()
        self._ranges: list[tuple[Node, str]] = []
        for row in found.children:
            self._read_row(row)
        merged = self._root.first("mergeCells")
        self._merged = [Area.parse(node.attributes["ref"]) for node in (merged.children if merged else ())]

    def _read_row(self, row: Node) -> None:
        if "r" not in row.attributes:
            raise ValueError(f"sheet {self.name!r}: rows without numbers; open the workbook and save it in Excel once")
        number = int(row.attributes["r"])
        self._tags[number] = self._data[row.start : row.opened]
        self._raw[number] = self._data[row.start : row.end]
        cells = self._rows[number] = {}
        for node in row.children:
            if node.name != "c":
                continue
            if "r" not in node.attributes:
                raise ValueError(f"sheet {self.name!r}: cells without addresses; open and save it in Excel once")
            cells[Area.parse(node.attributes["r"]).left] = _Cell(
                int(node.attributes.get("s", "0")),
                bool(node.children),
                node.first("f"),
                self._data[node.start : node.end],
                node,
            )

    def cell(self, column: int, row: int) -> _Cell | None:
        """A cell that is there."""
        return self._rows.get(row, {}).get(column)

    def filled(self, area: Area) -> list[str]:
        """Addresses in an area that hold something, or belong to merged cells."""
        cells = [
            address(column, row)
            for row in range(area.top, area.bottom + 1)
            for column, cell in sorted(self._rows.get(row, {}).items())
            if area.left <= column <= area.right and cell.filled
        ]
        return cells + [str(merged) for merged in self._merged if merged.meets(area)]

    def formula(self, column: int, row: int) -> str | None:
        """The formula of a cell, empty for one that shares another's, ``None`` if it has none."""
        cell = self.cell(column, row)
        return cell.formula.text if cell is not None and cell.formula is not None else None

    def style(self, column: int, row: int) -> int:
        """The style a cell has, or would have by its row or column."""
        cell = self.cell(column, row)
        if cell is not None:
            return cell.style
        if row in self._tags and (match := re.search(rb'\ss="(\d+)"', self._tags[row])):
            return int(match.group(1))
        columns = self._root.first("cols")
        for node in columns.children if columns else ():
            if int(node.attributes["min"]) <= column <= int(node.attributes["max"]):
                return int(node.attributes.get("style", "0"))
        return 0

    def refuse_unfit(self, column: int, row: int) -> None:
        """Refuse a cell that must not be filled.

        Raises:
            ValueError: It holds a formula, or is covered by a merged cell.
        """
        formula = self.formula(column, row)
        if formula is not None:
            raise ValueError(f"{self.name}!{address(column, row)} holds a formula (={formula}) and is not overwritten")
        for merged in self._merged:
            inside = merged.left <= column <= merged.right and merged.top <= row <= merged.bottom
            if inside and (column, row) != (merged.left, merged.top):
                first = address(merged.left, merged.top)
                raise ValueError(f"{self.name}!{address(column, row)} is part of the merged {merged}: fill {first}")

    def put(self, column: int, row: int, value: Cell, *, percent: bool = False, style: int | None = None) -> None:
        """Write a value into a cell, which keeps its style.

        A day becomes a date where the cell shows dates, else its ISO text.  A number that counts percents is divided by
        a hundred where the cell shows percentages.

        Args:
            column: From 1.
            row: From 1.
            value: What is put there; ``None`` empties the cell.
            percent: Whether a number counts percents.
            style: Another style than the one it has.

        Raises:
            ValueError: The cell must not be filled, or no cell can hold the value.
        """
        place = address(column, row)
        self.refuse_unfit(column, row)
        number = self.style(column, row) if style is None else style
        if isinstance(value, Figure):
            percent = value.percent
            value = NOT_AVAILABLE if value.value is None else value.value
        if isinstance(value, dt.date) and not self._package.shows_day(number):
            value = value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
        elif percent and isinstance(value, int | float) and self._package.shows_percent(number):
            value = float(Decimal(repr(value)).scaleb(-2))
        try:
            kind, content, _, _ = stored(value, "")
        except ValueError as error:
            raise ValueError(f"{self.name}!{place}: {error}") from error
        if isinstance(content, dt.date):
            kind, content = "n", self._day(content)
        self._set(column, row, number, self._xml(place, kind, content, number), content)

    def _day(self, day: dt.date) -> float:
        """The number that stands for a day in this workbook."""
        number = float(serial(day)) - (_FROM_1904 if self._package.counts_from_1904 else 0)
        return int(number) if number.is_integer() else number

    def _xml(self, place: str, kind: str, content: object, style: int) -> str:
        p = self._prefix
        opening = f'<{p}c r="{place}"' + (f' s="{style}"' if style else "")
        if content is None:
            return f"{opening}/>"
        if kind == "s":
            inner = text_element(str(content))
            if p:
                inner = re.sub(r"<(/?)(is|t)(?=[ >])", rf"<\1{p}\2", inner)
            return f'{opening} t="inlineStr">{inner}</{p}c>'
        if kind == "b":
            return f'{opening} t="b"><{p}v>{int(bool(content))}</{p}v></{p}c>'
        return f"{opening}><{p}v>{content!r}</{p}v></{p}c>"

    def _set(self, column: int, row: int, style: int, xml: str, value: Cell) -> None:
        filled = value is not None
        self._rows.setdefault(row, {})[column] = _Cell(style, filled, None, xml.encode(), value=value)
        self._touched.add(row)

    def shown(self, column: int, row: int) -> Cell:
        """What a cell shows now; of a formula what it gave when the workbook was last computed."""
        cell = self.cell(column, row)
        if cell is None or not cell.filled:
            return None
        if cell.node is None:
            return cell.value
        value = cell.node.first("v")
        kind = cell.node.attributes.get("t", "n")
        if kind == "inlineStr":
            return "".join(node.text for node in cell.node.all("t"))
        if value is None:
            return None
        if kind == "s":
            return self._package.shared_texts[int(value.text)]
        return value.text if kind in ("str", "e", "b") else float(value.text)

    def put_formula(self, column: int, row: int, formula: str, style: int) -> None:
        """Write a formula, whose value is computed when the workbook is opened."""
        p = self._prefix
        text = formula.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        xml = f'<{p}c r="{address(column, row)}"' + (f' s="{style}"' if style else "") + f"><{p}f>{text}</{p}f></{p}c>"
        self._set(column, row, style, xml, None)
        self._rows[row][column].filled = True

    def formulas(self) -> Iterator[str]:
        """Every formula of the sheet; empty for one that shares another's."""
        for cells in self._rows.values():
            yield from (cell.formula.text for cell in cells.values() if cell.formula is not None)

    def forget_results(self) -> list[Area]:
        """Take out what formulas gave when the workbook was last computed; they are computed when it is opened.

        Returns:
            The cells.
        """
        forgotten = []
        for row, cells in self._rows.items():
            for column, cell in cells.items():
                if cell.formula is None:
                    continue
                if cell.node is not None:
                    opened = cell.xml.index(b">") + 1
                    cell.xml = _TYPE.sub(b"", cell.xml[:opened]) + _CACHED.sub(b"", cell.xml[opened:])
                    cell.node, cell.value = None, None
                    self._touched.add(row)
                forgotten.append(Area(column, row, column, row))
        return forgotten

    def remove(self, column: int, row: int) -> None:
        """Take a cell out."""
        if self._rows.get(row, {}).pop(column, None) is not None:
            self._touched.add(row)

    def move(self, column: int, row: int, to: int) -> None:
        """Move a cell with its style and formula to another row of its column."""
        cell = self._rows.get(row, {}).pop(column, None)
        if cell is None:
            return
        self._touched |= {row, to}
        before, after = address(column, row), address(column, to)
        cell.xml = cell.xml.replace(f'r="{before}"'.encode(), f'r="{after}"'.encode(), 1)
        self._rows.setdefault(to, {})[column] = cell

    def stretch(self, before: Area, after: Area) -> None:
        """Let conditional formats and validations that cover a table's body to its end do so again."""
        for node in (*self._root.all("conditionalFormatting"), *self._root.all("dataValidation")):
            areas = [Area.parse(part) for part in node.attributes.get("sqref", "").split()]
            moved = [
                Area(a.left, a.top, a.right, after.bottom)
                if before.left <= a.left
                and a.right <= before.right
                and a.top >= before.top
                and a.bottom == before.bottom
                else a
                for a in areas
            ]
            if moved != areas:
                self._ranges.append((node, " ".join(map(str, moved))))

    def table_areas(self) -> Iterator[tuple[str, Area]]:
        """Every other Excel table of the sheet."""
        for table in self._package.tables.values():
            if table.sheet == self.name:
                yield table.name, Area.parse(scan(self._package.read(table.part), table.part).attributes["ref"])

    def written(self) -> bytes:
        """The sheet with its new cells."""
        if not self._touched and not self._ranges:
            return self._data
        edits = [with_attribute(self._data, node, "sqref", value) for node, value in self._ranges]
        rows = b"".join(self._row_xml(number) for number in sorted(self._rows))
        data, p = self._sheet_data, self._prefix.encode()
        opening = self._data[data.start : data.opened]
        if opening.endswith(b"/>"):
            opening = opening[:-2].rstrip() + b">"
        edits.append((data.start, data.end, opening + rows + b"</" + p + b"sheetData>"))
        edits += self._dimension()
        return edited(self._data, edits)

    def _row_xml(self, number: int) -> bytes:
        if number not in self._touched:
            return self._raw[number]
        p = self._prefix.encode()
        tag = _ROW_SPANS.sub(b"", self._tags.get(number, b"<" + p + b'row r="%d">' % number))
        if tag.endswith(b"/>"):
            tag = tag[:-2].rstrip() + b">"
        cells = b"".join(cell.xml for _, cell in sorted(self._rows[number].items()))
        return tag + cells + b"</" + p + b"row>"

    def _dimension(self) -> Iterable[tuple[int, int, bytes]]:
        node = self._root.first("dimension")
        places = [(column, row) for row, cells in self._rows.items() for column in cells]
        if node is None or not places:
            return []
        columns, rows = zip(*places, strict=True)
        area = Area(min(columns), min(rows), max(columns), max(rows))
        return [with_attribute(self._data, node, "ref", str(area))]
