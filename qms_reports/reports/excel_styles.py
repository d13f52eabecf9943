"""The looks of workbook cells, made once per workbook and shared by all cells."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.reports.status_pill import COLORS

FONT = "Calibri"


def _rgb(color: str) -> str:
    return color.removeprefix("#")


class Styles:
    """Named cell styles.

    The names: ``text``, ``wrapped``, ``code``, ``label``, ``head``, ``head_right``, ``title``, ``subtitle``,
    ``headline``, ``heading``, ``note``, ``date``, ``datetime``, ``integer``, ``number:2``, ``percent:1``, and
    ``good``, ``warning``, ``bad``, ``none`` for ratings.
    """

    def __init__(self, workbook: Any) -> None:
        self._sheet = workbook.active
        self._made: dict[tuple[str, bool], Any] = {}

    def get(self, name: str, *, quoted: bool = False) -> Any:
        """openpyxl's style array of a style.

        Args:
            name: One of the names above.
            quoted: Whether editing the cell must not turn its text into a formula.
        """
        style = self._made.get((name, quoted))
        if style is None:
            style = self._made[(name, quoted)] = self._make(name, quoted=quoted)
        return style

    def _make(self, name: str, *, quoted: bool) -> Any:
        from openpyxl.cell.cell import Cell  # noqa: PLC0415 - heavy
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # noqa: PLC0415 - heavy

        cell = Cell(self._sheet, 1, 1)
        kind, _, decimals = name.partition(":")
        size, bold, color = 10.0, False, palette.INK
        horizontal, wrap = None, False
        if kind in COLORS:
            color, bold, horizontal = COLORS[kind][0], True, "left"
            cell.fill = PatternFill("solid", fgColor=_rgb(COLORS[kind][1]))
        elif kind in ("head", "head_right"):
            color, bold, wrap = palette.INK2, True, True
            horizontal = "right" if kind == "head_right" else "left"
            cell.border = Border(bottom=Side("medium", color=_rgb(palette.INK)))
        elif kind in ("title", "subtitle", "headline", "heading"):
            size = {"title": 18.0, "subtitle": 11.0, "headline": 12.0, "heading": 12.0}[kind]
            bold = kind != "subtitle"
            wrap = kind == "headline"
            color = {"title": palette.SERIES[0], "subtitle": palette.INK2}.get(kind, palette.INK)
        elif kind in ("label", "note"):
            color, bold = palette.INK2, kind == "label"
        elif kind in ("wrapped", "code"):
            wrap = True
            size = 9.0 if kind == "code" else size
        if kind in ("integer", "number", "percent"):
            digits = "0" if kind == "integer" or decimals == "0" else "0." + "0" * int(decimals)
            cell.number_format = f'{digits}"\u00a0%"' if kind == "percent" else digits
        elif kind == "date":
            cell.number_format, horizontal = "yyyy-mm-dd", "left"
        elif kind == "datetime":
            cell.number_format, horizontal = "yyyy-mm-dd hh:mm", "left"
        elif kind in ("text", "wrapped", "code"):
            cell.number_format = "@"
        cell.font = Font(name="Consolas" if kind == "code" else FONT, size=size, bold=bold, color=_rgb(color))
        vertical = "bottom" if kind.startswith("head_") or kind == "head" else "top"
        cell.alignment = Alignment(horizontal=horizontal, vertical=vertical, wrap_text=wrap)
        if quoted:
            cell.quotePrefix = True
        return cell._style  # noqa: SLF001 - the array is what all cells of this style share
