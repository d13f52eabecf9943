"""How a worksheet is printed: paper, orientation, running head and foot, repeated table head."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.languages import language
from qms_reports.reports.document import Report

_PAPER = {"Letter": (1, 612.0, 792.0), "A3": (8, 842.0, 1191.0), "A4": (9, 595.0, 842.0)}
"""Excel's number of a paper, its width and height in points."""

_SIDE, _EDGE, _BAND = 0.5, 0.7, 0.3  # inches: margins left and right, above and below, of head and foot
_CHARACTER = 5.6  # points per unit of column width, Calibri 11
_SMALLEST = 0.6  # a sheet that would have to be printed smaller is turned to landscape
_LONGEST_FURNITURE = 62  # characters per part, as fit side by side on A4; Excel allows 255 for all three
_SIZE, _DRAFT_SIZE = 8, 13  # points of head and foot, of the word DRAFT


def printable(report: Report, orientation: str) -> tuple[float, float]:
    """Width and height in points inside the margins."""
    _, width, height = _PAPER[report.page.size]
    if orientation == "landscape":
        width, height = height, width
    return width - 144 * _SIDE, height - 144 * _EDGE


def sheet_width(sheet: Any) -> float:
    """Width in points of the columns that have been given one."""
    return _CHARACTER * sum(float(dimension.width) for dimension in sheet.column_dimensions.values())


def set_up_page(sheet: Any, report: Report, *, head_row: int = 0, width: float = 0.0) -> None:
    """One page wide on the report's paper, running head and foot; the table head repeats and stays in view.

    The orientation is the report's, but landscape for a sheet so wide that nobody could read it upright.

    Args:
        sheet: The openpyxl worksheet, its columns set.
        report: For paper, head and foot.
        head_row: Row of the table head; 0 for none.
        width: Width in points of what is printed, where it is more than the columns.
    """
    from openpyxl.worksheet.properties import PageSetupProperties

    too_wide = max(sheet_width(sheet), width) * _SMALLEST > printable(report, "portrait")[0]
    sheet.page_setup.orientation = "landscape" if too_wide else report.page.orientation
    sheet.page_setup.paperSize = _PAPER[report.page.size][0]
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.customHeight = True  # the same height in every program; rows that need more say so
    margins = sheet.page_margins
    margins.left = margins.right = _SIDE
    margins.top = margins.bottom = _EDGE
    margins.header = margins.footer = _BAND
    if head_row:
        sheet.freeze_panes = f"A{head_row + 1}"
        sheet.print_title_rows = f"{head_row}:{head_row}"
    _furnish(sheet, report)


def _furnish(sheet: Any, report: Report) -> None:
    words = language(report.language)
    head, foot = sheet.oddHeader, sheet.oddFooter
    head.left.text = _furniture(f"{report.organization} · {report.title} · {report.period_label}")
    version = words.text("workbook.version", version=report.version)
    head.right.text = _furniture(f"{report.document_number} · {version} · {report.status}")
    foot.left.text = _furniture(words.text("workbook.footer", hash=report.provenance.data_sha256[:12]))
    foot.center.text = _furniture(report.classification) or None
    if not report.final:
        foot.center.text = words.text("workbook.draft")
        foot.center.font, foot.center.color = "Calibri,Bold", palette.BAD.removeprefix("#")
    foot.right.text = words.text("workbook.page_of", page="&P", pages="&N")
    for part in (head.left, head.right, foot.left, foot.center, foot.right):
        part.size = _SIZE if part is not foot.center or report.final else _DRAFT_SIZE
    head_foot = sheet.HeaderFooter
    head_foot.scaleWithDoc = False  # as large on every sheet


def _furniture(text: str) -> str:
    """Text for a page head or foot, where ``&`` begins a code."""
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST_FURNITURE else text[: _LONGEST_FURNITURE - 1] + "…"
    return text.replace("&", "&&")
