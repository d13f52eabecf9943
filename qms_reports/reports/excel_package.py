"""openpyxl's workbook package with our own rows in its sheets.

openpyxl writes what is around the rows: styles, columns, tables, charts, drawings, relations.  The rows, in a sheet
with a million of them nearly all of the file, come from `excel_rows` and go straight into the archive.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from qms_reports.reports.deterministic_zip import DeterministicZip
from qms_reports.reports.excel_cells import MOST_LINKS, Guard
from qms_reports.reports.excel_document import DocumentZip
from qms_reports.reports.excel_rows import RowBlock, StyleNumber, cell_xml

if TYPE_CHECKING:
    from qms_reports.reports.excel_styles import Styles

_NO_ROWS = re.compile(rb"<sheetData ?/>")
_FONT_ORDER = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color"),
    *("name", "family", "charset", "scheme"),
)
_LARGE = 4_000_000  # cells; a part of more than 2 GiB needs the long form of zip's size fields


def write_package(
    workbook: Any, target: IO[bytes], styles: Styles, guard: Guard, document: Callable[[], bytes]
) -> None:
    """Write a workbook.

    Args:
        workbook: The openpyxl workbook; its sheets may carry blocks of rows (`add_block`).
        target: A file open for binary writing that can seek.
        styles: The styles of the workbook.
        guard: Notes what is stored in another form.
        document: Gives the document as a custom XML part, once all cells are written.

    Raises:
        ValueError: A value that no cell can hold; the message names the place.
    """
    with DocumentZip(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _package_writer()(workbook, archive, styles, guard).write_data()  # Workbook.save() would stamp the present time
        archive.add_document(document())


def add_block(sheet: Any, block: RowBlock) -> None:
    """Let rows follow in a sheet; nothing else may stand in them."""
    if not hasattr(sheet, "row_blocks"):
        sheet.row_blocks = []
    sheet.row_blocks.append(block)


def blocks(sheet: Any) -> list[RowBlock]:
    """The blocks of rows of a sheet, from top to bottom."""
    return sorted(getattr(sheet, "row_blocks", ()), key=lambda block: block.top)


def last_row(sheet: Any) -> int:
    """The last row in use."""
    return max([int(sheet.max_row), *(block.last for block in blocks(sheet))])


def _dimension(sheet: Any) -> str:
    """The range in use."""
    from openpyxl.utils import get_column_letter

    column = max([sheet.max_column, *(len(block.columns) for block in blocks(sheet))])
    return f"A1:{get_column_letter(column)}{last_row(sheet)}"


def _loose_rows(sheet: Any, first: int, until: int) -> Iterator[str]:
    """Rows of single openpyxl cells, and rows that only have a height."""
    rows: dict[int, list[Any]] = {row: [] for row in sheet.row_dimensions if first <= row < until}
    for (row, _), cell in sorted(sheet._cells.items()):  # noqa: SLF001 - as openpyxl's own writer
        if first <= row < until:
            rows.setdefault(row, []).append(cell)
    for row in sorted(rows):
        attributes = "".join(f' {name}="{value}"' for name, value in sheet.row_dimensions[row])
        cells = []
        for cell in rows[row]:
            if cell._value is None and not cell.has_style:  # noqa: SLF001 - the same
                continue
            kind = cell.data_type if cell.data_type in ("s", "b", "d") else "n"
            cells.append(cell_xml(cell.coordinate, kind, cell._value, cell.style_id))  # noqa: SLF001 - the same
        if cells or attributes:
            yield f'<row r="{row}"{attributes}>{"".join(cells)}</row>'


def rows_xml(sheet: Any, number: StyleNumber, guard: Guard) -> Iterator[str]:
    """All rows of a sheet."""
    from openpyxl.utils import get_column_letter

    begin = 1
    for block in blocks(sheet):
        yield from _loose_rows(sheet, begin, block.top)
        letters = [get_column_letter(column) for column in range(1, len(block.columns) + 1)]
        yield from block.xml(letters, number, guard)
        begin = block.last + 1
    yield from _loose_rows(sheet, begin, max([sheet.max_row, *sheet.row_dimensions]) + 1)


def link(sheet: Any, reference: str, place: str, tip: str = "") -> bool:
    """Let a cell lead to another place of the workbook.

    Args:
        sheet: The sheet of the cell.
        reference: The cell, ``B4``.
        place: Where it leads, ``'Data quality'!A1``.
        tip: Said when the pointer rests on it.

    Returns:
        Whether there was room for one more link.
    """
    if not hasattr(sheet, "inner_links"):
        sheet.inner_links = []
    if len(sheet.inner_links) >= MOST_LINKS:
        return False
    sheet.inner_links.append((reference, place, tip))
    return True


def _hyperlinks(sheet: Any) -> list[Any]:
    from openpyxl.worksheet.hyperlink import Hyperlink

    return [
        Hyperlink(ref=reference, location=place, tooltip=tip or None)
        for reference, place, tip in getattr(sheet, "inner_links", ())
    ]


@cache
def _package_writer() -> type[Any]:
    """The writer class, made when openpyxl is first needed."""
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter
    from openpyxl.xml.functions import Element

    class AroundTheRows(WorksheetWriter):  # type: ignore[misc]  # openpyxl has no types
        """A sheet without its rows."""

        def write_dimensions(self) -> None:
            dimension = Element("dimension", ref=_dimension(self.ws))
            self.xf.send(dimension)

        def write_rows(self) -> None:
            self.xf.send(Element("sheetData"))

    class Drawing(SpreadsheetDrawing):  # type: ignore[misc]  # openpyxl has no types
        """A drawing whose pictures have the text alternative that openpyxl has no argument for."""

        tagname = SpreadsheetDrawing.tagname
        __elements__ = SpreadsheetDrawing.__elements__  # which are not inherited

        def _picture_frame(self, idx: int) -> Any:
            frame = super()._picture_frame(idx)
            said = getattr(self.images[idx - 1 - len(self.charts)], "alternative_text", "")
            frame.nvPicPr.cNvPr.descr = said or None
            return frame

    class PackageWriter(ExcelWriter):  # type: ignore[misc]  # openpyxl has no types
        """A package whose sheets are put together of three pieces."""

        def __init__(self, workbook: Any, archive: DeterministicZip, styles: Styles, guard: Guard) -> None:
            super().__init__(workbook, archive)
            self._styles = styles
            self._guard = guard

        def write_worksheet(self, ws: Any) -> None:
            ws._drawing = Drawing()  # noqa: SLF001 - as openpyxl's own method
            ws._drawing.charts, ws._drawing.images = ws._charts, ws._images  # noqa: SLF001 - the same
            around = io.BytesIO()
            writer = AroundTheRows(ws, around)
            writer.write_top()
            writer.write_rows()
            ws._hyperlinks = _hyperlinks(ws)  # noqa: SLF001 - the same
            writer.write_tail()
            writer.close()
            head, tail = _NO_ROWS.split(around.getvalue(), maxsplit=1)
            cells = sum((block.count or 0) * len(block.columns) for block in blocks(ws))
            with self._archive.part(ws.path[1:], large=cells > _LARGE) as part:
                part.write(head + b"<sheetData>")
                for piece in rows_xml(ws, self._styles.number, self._guard):
                    part.write(piece.encode())
                part.write(b"</sheetData>" + tail)
            ws._rels = writer._rels  # noqa: SLF001 - the same
            self.manifest.append(ws)

        def _write_external_links(self) -> None:
            """There are none; the style sheet, which openpyxl writes next, gets its fonts as the schema has them."""
            for font in self.workbook._fonts:  # noqa: SLF001 - the same
                font.__elements__ = _FONT_ORDER

    return PackageWriter
