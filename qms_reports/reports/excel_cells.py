"""The guard between a report's values and a worksheet's cells.

openpyxl alone would turn ``=…`` into a formula, cut long texts without a word, write NaN as an empty cell and show old
dates as ``#####``.  Here every value either stands in the cell as it is, or visibly differs, or is refused with the
place named.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any

from qms_reports.reports.document import Figure
from qms_reports.reports.printed_cells import CUT_MARK, MOST_CHARACTERS, NOT_AVAILABLE

if TYPE_CHECKING:
    from qms_reports.reports.excel_styles import Styles

MOST_ROWS = 1_048_575  # below the head
_SURE_DIGITS = 15
_FIRST_YEAR = 1900
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"  # noqa: PLR2004 - the control pictures begin there


def visible_text(text: str) -> str:
    """The text with control characters made visible (``␀``); line breaks are one character, tabs stay."""
    return _UNWRITABLE.sub(_visible, text.replace("\r\n", "\n"))


def safe_text(text: str) -> str:
    """The text as a cell can hold it.

    Control characters become visible (``␀``), text like ``_x0041_`` is protected from being read as an escape, and
    what Excel's limit forbids is cut with `CUT_MARK` behind it.
    """
    text = visible_text(text)
    if len(text) > MOST_CHARACTERS // 2 and len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
        room = MOST_CHARACTERS - len(CUT_MARK)
        text = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", errors="ignore") + CUT_MARK
    return _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


class CellWriter:
    """Writes guarded values into one worksheet.

    Attributes:
        sheet: The openpyxl worksheet.
        styles: The workbook's styles.
    """

    def __init__(self, sheet: Any, styles: Styles) -> None:
        self.sheet = sheet
        self.styles = styles

    def put(self, row: int, column: int, value: Any, style: str = "text", place: str = "") -> None:
        """Write one cell.

        Args:
            row: From 1.
            column: From 1.
            value: Text, number, date or ``None``.
            style: Name of a style; a number or date that must become text gets the text style.
            place: Where the value stands in the report, for messages.

        Raises:
            ValueError: NaN, infinity or a value of another type.
        """
        if isinstance(value, Figure):
            style = f"{'percent' if value.percent else 'number'}:{value.decimals}"
            value = NOT_AVAILABLE if value.value is None else value.value
        kind, stored = self._convert(value, place or f"sheet {self.sheet.title!r}, row {row}, column {column}")
        if kind == "s" and not isinstance(value, str):
            style = "text"
        elif kind == "d" and isinstance(value, dt.datetime):
            style = "datetime"
        cell = self.sheet.cell(row, column)
        quoted = kind == "s" and isinstance(value, str) and value.startswith(_FORMULA_STARTS)
        cell._style = self.styles.get(style, quoted=quoted)  # noqa: SLF001 - the public setters are ten times slower
        if stored is not None:
            cell._value = stored  # noqa: SLF001 - the public setter guesses formulas and errors from text
            cell.data_type = kind

    @staticmethod
    def _convert(value: Any, place: str) -> tuple[str, Any]:
        """Excel's cell type and what to store."""
        if value is None or value == "":
            return "n", None
        if isinstance(value, str):
            return "s", safe_text(value)
        if isinstance(value, bool):
            return "b", value
        if isinstance(value, int):
            return ("n", value) if len(str(abs(value))) <= _SURE_DIGITS else ("s", str(value))
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError(f"{place}: {value!r} is no number that a workbook can hold")
            return "n", value
        if isinstance(value, dt.date):
            if isinstance(value, dt.datetime) and value.tzinfo is not None:
                value = value.astimezone(dt.UTC).replace(tzinfo=None)
            return ("d", value) if value.year >= _FIRST_YEAR else ("s", value.isoformat())
        raise ValueError(f"{place}: a {type(value).__name__} does not fit into a cell")
