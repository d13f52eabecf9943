"""References from a native chart into the cells that feed it."""

from __future__ import annotations

from typing import Any

from qms_reports.charts.workbook_blocks import DataBlock, Run


class Cells:
    """References into the data block, with the cached values that previewers show without calculating."""

    def __init__(self, worksheet: Any, block: DataBlock, form: str) -> None:
        from openpyxl.utils import quote_sheetname

        self._worksheet = worksheet
        self._sheet = quote_sheetname(worksheet.title)
        self._block = block
        self._form = form

    def _address(self, column: int, first: int, last: int) -> str:
        from openpyxl.utils import get_column_letter

        letter = get_column_letter(column)
        return f"{self._sheet}!${letter}${first}" + (f":${letter}${last}" if last != first else "")

    def _values(self, column: int, first: int, last: int) -> list[tuple[int, Any]]:
        found = ((row - first, self._worksheet.cell(row, column).value) for row in range(first, last + 1))
        return [(index, value) for index, value in found if value is not None]

    def texts(self, column: int, first: int, last: int) -> Any:
        """A reference to text cells."""
        from openpyxl.chart.data_source import StrData, StrRef, StrVal

        points = [StrVal(idx=index, v=value) for index, value in self._values(column, first, last)]
        return StrRef(f=self._address(column, first, last), strCache=StrData(ptCount=last - first + 1, pt=points))

    def numbers(self, column: int, last: int) -> Any:
        """A reference to number cells, from the first row of the block."""
        from openpyxl.chart.data_source import NumData, NumRef, NumVal

        first = self._block.first_row
        last = max(last, first)  # an empty block still names the cell below its head
        points = [NumVal(idx=index, v=value) for index, value in self._values(column, first, last)]
        data = NumData(formatCode=self._form, ptCount=last - first + 1, pt=points)
        return NumRef(f=self._address(column, first, last), numCache=data)

    def series(self, run: Run) -> Any:
        """An openpyxl series named by its head, over the categories of the block or its own x positions."""
        from openpyxl.chart.data_source import AxDataSource, NumDataSource
        from openpyxl.chart.series import Series, SeriesLabel, XYSeries

        block = self._block
        label = SeriesLabel(strRef=self.texts(run.column, block.header_row, block.header_row))
        values = NumDataSource(numRef=self.numbers(run.column, run.last_row))
        if run.x_column is not None:
            x_values = AxDataSource(numRef=self.numbers(run.x_column, run.last_row))
            return XYSeries(tx=label, xVal=x_values, yVal=values)
        last = max(run.last_row, block.first_row)
        names = AxDataSource(strRef=self.texts(block.category_column or 1, block.first_row, last))
        return Series(tx=label, cat=names, val=values)
