"""The looks of workbook cells, made once per workbook and shared by all cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qms_reports.charts import palette
from qms_reports.reports.document import Status
from qms_reports.reports.status_pill import COLORS

FONT = "Calibri"
_IN_PRIMARY = ("title", "link", "link_wrapped")


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
    fill: str = ""
    link: bool = False


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
    "draft": _Look(size=12.0, color=palette.WHITE, bold=True, fill=palette.BAD),
    "link": _Look("@", color=palette.SERIES[0], link=True),
    "link_wrapped": _Look("@", color=palette.SERIES[0], wrap=True, link=True),
    "blank": _Look(color=palette.INK),  # a line to sign on
}


SHAPES: dict[Status, str] = {"good": "●", "warning": "▲", "bad": "◆", "none": "○"}
"""The shape shown before the word of a rating, by its number format: the cell itself holds the word alone."""


def _digits(decimals: str) -> str:
    return "#,##0." + "0" * int(decimals) if decimals.strip("0") else "#,##0"


def _rgb(color: str) -> str:
    return color.removeprefix("#")


class Styles:
    """Named cell styles.

    The names: ``text``, ``wrapped``, ``code``, ``label``, ``head``, ``head_right``, ``title``, ``subtitle``,
    ``headline``, ``heading``, ``note``, ``note_wrapped``, ``draft``, ``link``, ``link_wrapped``, ``blank``, ``date``,
    ``datetime``, ``integer``, ``number:2``, ``percent:1``, and ``good``, ``warning``, ``bad``, ``none`` for ratings,
    and ``format:0.00`` for any number format.
    """

    def __init__(self, workbook: Any, primary: str = palette.SERIES[0]) -> None:
        self._sheet = workbook.active
        self._numbers = workbook._cell_styles  # noqa: SLF001 - the style sheet that openpyxl writes
        self._primary = primary
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

    def number(self, name: str, quoted: bool = False) -> int:  # noqa: FBT001, FBT002 - called for single cells
        """The number of a style in the style sheet."""
        found: int = self._numbers.add(self.get(name, quoted=quoted))
        return found

    def _make(self, name: str, *, quoted: bool) -> Any:
        from openpyxl.cell.cell import Cell
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        kind, _, detail = name.partition(":")
        rating = next((status for status in COLORS if status == kind), None)
        look = _LOOKS[kind] if rating is None else _Look(f'"{SHAPES[rating]} "@', color=COLORS[rating][0], bold=True)
        color = self._primary if kind in _IN_PRIMARY else look.color
        cell = Cell(self._sheet, 1, 1)
        underline = "single" if look.link else None
        cell.font = Font(name=look.font, size=look.size, bold=look.bold, color=_rgb(color), underline=underline)
        cell.alignment = Alignment(
            horizontal=look.horizontal,
            vertical="bottom" if kind in ("head", "head_right") else "top",
            wrap_text=look.wrap,
            indent=1 if look.horizontal == "right" else 0,  # air before the next column
        )
        cell.number_format = detail if kind == "format" else look.number_format.replace("#", _digits(detail))
        fill = look.fill if rating is None else COLORS[rating][1]
        if fill:
            cell.fill = PatternFill("solid", fgColor=_rgb(fill))
        if kind in ("head", "head_right", "blank"):
            cell.border = Border(bottom=Side("thin", color=_rgb(palette.INK)))
        if quoted:
            cell.quotePrefix = True
        return cell._style  # noqa: SLF001 - the array is what all cells of this style share
