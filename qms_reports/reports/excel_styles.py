"""The looks of workbook cells, made once per workbook and shared by all cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qms_reports.charts import palette
from qms_reports.reports.status_pill import COLORS

FONT = "Calibri"


@dataclass(frozen=True, slots=True)
class _Look:
    """One style; ``#`` in the number format stands for the digits."""

    number_format: str = "General"
    size: float = 10.0
    color: str = palette.INK
    bold: bool = False
    wrap: bool = False
    horizontal: str = "left"
    font: str = FONT


_LOOKS = {
    "text": _Look("@"),
    "wrapped": _Look("@", wrap=True),
    "code": _Look("@", size=9.0, wrap=True, font="Consolas"),
    "date": _Look("yyyy-mm-dd"),
    "datetime": _Look("yyyy-mm-dd hh:mm"),
    "integer": _Look("0", horizontal="right"),
    "number": _Look("#", horizontal="right"),
    "format": _Look(horizontal="right"),
    "percent": _Look('#"\u00a0%"', horizontal="right"),  # 98.2 is shown as 98.2 %, not scaled
    "head": _Look(color=palette.INK2, bold=True, wrap=True),
    "head_right": _Look(color=palette.INK2, bold=True, wrap=True, horizontal="right"),
    "title": _Look(size=18.0, color=palette.SERIES[0], bold=True),
    "subtitle": _Look(size=11.0, color=palette.INK2),
    "headline": _Look(size=12.0, bold=True, wrap=True),
    "heading": _Look(size=12.0, bold=True),
    "label": _Look(color=palette.INK2, bold=True),
    "note": _Look(color=palette.INK2),
    "note_wrapped": _Look(color=palette.INK2, wrap=True),
}


def _digits(decimals: str) -> str:
    return "#,##0." + "0" * int(decimals) if decimals.strip("0") else "#,##0"


def _rgb(color: str) -> str:
    return color.removeprefix("#")


class Styles:
    """Named cell styles.

    The names: ``text``, ``wrapped``, ``code``, ``label``, ``head``, ``head_right``, ``title``, ``subtitle``,
    ``headline``, ``heading``, ``note``, ``note_wrapped``, ``date``, ``datetime``, ``integer``, ``number:2``,
    ``percent:1``, and ``good``, ``warning``, ``bad``, ``none`` for ratings, and ``format:0.00`` for any number format.
    """

    def __init__(self, workbook: Any) -> None:
        self._sheet = workbook.active
        self._made: dict[tuple[str, bool], Any] = {}

    def get(self, name: str, *, quoted: bool = False) -> Any:
        """The openpyxl style array of a style.

        Args:
            name: One of the names above.
            quoted: Whether editing the cell must not turn its text into a formula.
        """
        style = self._made.get((name, quoted))
        if style is None:
            style = self._made[(name, quoted)] = self._make(name, quoted=quoted)
        return style

    def _make(self, name: str, *, quoted: bool) -> Any:
        from openpyxl.cell.cell import Cell
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        kind, _, detail = name.partition(":")
        ratings = {str(rating): colors for rating, colors in COLORS.items()}
        look = _LOOKS.get(kind) or _Look(color=ratings[kind][0], bold=True)
        cell = Cell(self._sheet, 1, 1)
        cell.font = Font(name=look.font, size=look.size, bold=look.bold, color=_rgb(look.color))
        cell.alignment = Alignment(
            horizontal=look.horizontal,
            vertical="bottom" if kind in ("head", "head_right") else "top",
            wrap_text=look.wrap,
            indent=1 if look.horizontal == "right" else 0,  # air before the next column
        )
        number_format = look.number_format.replace("#", _digits(detail)) if kind != "format" else detail
        cell.number_format = number_format
        if kind in ratings:
            cell.fill = PatternFill("solid", fgColor=_rgb(ratings[kind][1]))
        elif kind in ("head", "head_right"):
            cell.border = Border(bottom=Side("thin", color=_rgb(palette.INK)))
        if quoted:
            cell.quotePrefix = True
        return cell._style  # noqa: SLF001 - the array is what all cells of this style share
