"""A sheet of native charts, each beside the cells that feed it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qms_reports.charts.specification import Chart
from qms_reports.reports.document import Figures, Section
from qms_reports.reports.excel_book import LINK_ROW, Book
from qms_reports.reports.excel_cells import CellWriter
from qms_reports.reports.excel_page import printable, set_up_page
from qms_reports.reports.excel_styles import Styles
from qms_reports.reports.excel_tables import wrapped_lines

if TYPE_CHECKING:
    from qms_reports.charts.workbook_data import DataBlock

_ROW = 15.0  # points, the height of a row that has none of its own
_CENTIMETRE = 72 / 2.54
_CHARACTER = 5.6  # points per unit of column width, Calibri 11
_FIRST_WIDTH, _OTHER_WIDTH, _WIDEST = 14.0, 12.0, 40.0
_BOLD = 1.1  # width of a letter of a head
_OTHER_FONT = 1.28  # columns are this much wider where Calibri is not installed
_LONG, _FAR_COLUMN = 60, 40  # rows of data beside a chart; where longer data stand
_STANDARD_COLUMN = 48.0  # points
_MOST_HEAD_LINES = 4


def charts_of(section: Section) -> list[Chart]:
    """The charts of a section that are made for workbooks."""
    return [
        chart
        for block in section.blocks
        if isinstance(block, Figures)
        for chart in block.charts
        if "xlsx" in chart.specification.outputs
    ]


def write_charts(book: Book, cells: CellWriter, section: Section, charts: Sequence[Chart]) -> None:
    """Title, data, native chart and note of each chart below one another; a chart is never cut by a page break.

    Args:
        book: For places, fixed text, head and foot.
        cells: The sheet.
        section: The section that the charts are from.
        charts: At least one.
    """
    from openpyxl.utils import get_column_letter

    from qms_reports.charts.excel import heat_map_note, native_chart
    from qms_reports.charts.workbook_data import write_data

    sheet = cells.sheet
    book.head(cells, book.text("charts_title", section=section.title))
    row, widest, columns, far = LINK_ROW + 2, 0.0, 1, _FAR_COLUMN
    placed: list[tuple[int, int, Any]] = []
    words: dict[int, int] = {}  # letters of the longest word in the heads of a column
    for chart in charts:
        cells.put(row, 1, chart.specification.title, "label")
        book.places[f"chart:{chart.specification.id}"] = book.place(sheet.title, f"A{row}")
        long = _rows(chart) > _LONG
        block = write_data(sheet, chart, row=row + 1, column=far if long else 1)
        _restyle(sheet, block, cells.styles)
        native = native_chart(sheet, chart, block)
        data_end = row + 1 if long else max(block.last_row, block.header_row)
        if long:  # hundreds of points beside the chart would be hundreds of printed pages
            first, last = (get_column_letter(n) for n in (block.first_column, block.last_column))
            points = book.words.number(_rows(chart), 0)
            cells.put(row + 1, 1, book.text("charts_far", points=points, first=first, last=last), "note")
            far = block.last_column + 2
        for note in filter(None, (chart.note, "" if native is not None else heat_map_note(chart))):
            data_end += 1
            cells.put(data_end, 1, note, "note")
        width, height = (native.width, native.height) if native is not None else (0.0, 0.0)
        end = max(data_end, row + int(height * _CENTIMETRE / _ROW) + 1)
        placed.append((row, end, native))
        widest = max(widest, width * _CENTIMETRE)
        columns = max(columns, 1 if long else block.last_column)
        for column in () if long else range(block.first_column, block.last_column + 1):
            head = str(sheet.cell(block.header_row, column).value or "")
            words[column] = max([words.get(column, 0), *map(len, head.split(" "))])
        row = end + 2
    letters = [get_column_letter(number) for number in range(1, columns + 2)]
    first = max((_length(sheet.cell(number, 1).value) for number in _data_rows(sheet, placed)), default=0)
    widths = [min(max(first * 0.95 + 3.0, _FIRST_WIDTH), _WIDEST)] + [
        max(_OTHER_WIDTH, words.get(number, 0) * _BOLD + 2.0) for number in range(2, columns + 1)
    ]
    widths.append(3.0)
    for letter, width in zip(letters, widths, strict=True):
        sheet.column_dimensions[letter].width = width
    anchor = get_column_letter(columns + 2)
    for top, _, native in placed:
        if native is not None:
            sheet.add_chart(native, f"{anchor}{top}")
    beside = math.ceil(widest / _STANDARD_COLUMN)
    end_column = columns + 1 + beside
    sheet.print_area = f"A1:{get_column_letter(end_column)}{max(end for _, end, _ in placed)}"
    width = (sum(widths) * _CHARACTER + beside * _STANDARD_COLUMN) * _OTHER_FONT
    set_up_page(sheet, book.report, width=width)
    _set_up_breaks(sheet, placed, width, printable(book.report, sheet.page_setup.orientation))


def _rows(chart: Chart) -> int:
    """Rows of data that a chart brings with it; a histogram is written as its bins."""
    if chart.specification.type == "histogram":
        return 0
    return max([len(chart.categories), *(len(series.values) for series in chart.series)], default=0)


def _data_rows(sheet: Any, placed: Sequence[tuple[int, int, Any]]) -> list[int]:
    """Rows whose first cell holds a category, not a title or a note."""
    return [
        number
        for top, end, _ in placed
        for number in range(top + 1, end + 1)
        if sheet.cell(number, 2).value is not None
    ]


def _length(value: Any) -> int:
    return len(str(value)) if value is not None else 0


def _restyle(sheet: Any, block: DataBlock, styles: Styles) -> None:
    """Dress the data in the workbook's type; their number formats stay."""
    heads = (sheet.cell(block.header_row, c).value for c in range(block.first_column, block.last_column + 1))
    lines = max(wrapped_lines(head, _OTHER_WIDTH - 3.0) for head in heads)
    sheet.row_dimensions[block.header_row].height = _ROW * min(lines, _MOST_HEAD_LINES)
    for column in range(block.first_column, block.last_column + 1):
        text = column == block.category_column
        sheet.cell(block.header_row, column)._style = styles.get("head" if text else "head_right")  # noqa: SLF001 - see CellWriter
        for row in range(block.first_row, block.last_row + 1):
            cell = sheet.cell(row, column)
            if cell.data_type == "s":
                cell._style = styles.get("text", quoted=bool(cell.quotePrefix))  # noqa: SLF001 - see CellWriter
            else:
                cell._style = styles.get(f"format:{cell.number_format}")  # noqa: SLF001 - see CellWriter


def _set_up_breaks(sheet: Any, placed: Sequence[tuple[int, int, Any]], width: float, room: tuple[float, float]) -> None:
    """Scale to one page width and break pages between charts; Excel ignores breaks where it fits pages by itself."""
    from openpyxl.worksheet.pagebreak import Break

    scale = max(min(100, int(100 * room[0] / width)), 10)
    sheet.sheet_properties.pageSetUpPr.fitToPage = False
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = scale
    page_height = room[1] * 100 / scale
    begin = 1
    for top, end, _ in placed:
        # The blank row below belongs to the page too: alone on the next one it would be a blank page.
        height = sum(sheet.row_dimensions[row].height or _ROW for row in range(begin, end + 2))
        if height > page_height and top > begin + 2:
            sheet.row_breaks.append(Break(id=top - 1))
            begin = top
