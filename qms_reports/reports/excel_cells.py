"""The guard between a report's values and a worksheet's cells.

openpyxl alone would turn ``=…`` into a formula, cut long texts without a word, write NaN as an empty cell, keep 15 of
16 digits and show old dates as ``#####``.  Here every value stands in the cell as it is, or stands there in another
form and the workbook says so with the place, or is refused with the place named.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qms_reports.reports.document import Figure
from qms_reports.reports.printed_cells import CUT_MARK, MOST_CHARACTERS, NOT_AVAILABLE

if TYPE_CHECKING:
    from qms_reports.reports.excel_styles import Styles

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_LINKS = 65_530
LARGEST = 9.99999999999999e307
"""What a sheet holds; Excel takes no more links, and no larger number."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SURE_DIGITS = 15
_FIRST_YEAR = 1900
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOTES_KEPT = 50


@dataclass
class Guard:
    """What a workbook holds in another form than the report, for the page that says so.

    Attributes:
        count: How many values.
        notes: Place and key of the change (``cut``, ``digits``, ``old_date``, ``zone``, ``control``) of the first ones.
    """

    count: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)

    def note(self, place: str, change: str) -> None:
        """One value."""
        self.count += 1
        if len(self.notes) < _NOTES_KEPT:
            self.notes.append((place, change))


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"  # noqa: PLR2004 - the control pictures begin there


def visible_text(text: str) -> str:
    """The text with control characters made visible (``␀``); line breaks are one character, tabs stay."""
    return _UNWRITABLE.sub(_visible, text.replace("\r\n", "\n"))


def _length(text: str) -> int:
    """As Excel counts: a character beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le")) // 2 if len(text) > MOST_CHARACTERS // 2 else len(text)


def safe_text(text: str) -> str:
    """The text as a cell can hold it.

    Control characters become visible (``␀``), text like ``_x0041_`` is protected from being read as an escape, and
    what Excel's limit forbids is cut with `CUT_MARK` behind it.
    """
    text = visible_text(text)
    if _length(text) > MOST_CHARACTERS:
        room = MOST_CHARACTERS - len(CUT_MARK)
        text = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", errors="ignore") + CUT_MARK
    return _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


def too_long(text: str) -> bool:
    """Whether a cell cannot hold all of a text."""
    return len(text) > MOST_CHARACTERS // 2 and _length(visible_text(text)) > MOST_CHARACTERS


def _stored_text(text: str, style: str) -> tuple[str, Any, str, str]:
    if _UNWRITABLE.search(text.replace("\r\n", "\n")):
        return "s", safe_text(text), style, "control"
    return "s", safe_text(text), style, "cut" if too_long(text) else ""


def stored(value: Any, style: str) -> tuple[str, Any, str, str]:  # noqa: PLR0911 - one return for each kind of value
    """How a cell holds a value.

    Args:
        value: Text, number, day, time or ``None``.
        style: Name of the style it would have.

    Returns:
        Excel's type of the cell, its content, the name of its style, and what was changed: empty, or a key of `Guard`.

    Raises:
        ValueError: NaN, infinity, or a value of another type.
    """
    if value is None or value == "":
        return "n", None, style, ""
    if isinstance(value, str):
        return _stored_text(value, style)
    if isinstance(value, bool):
        return "b", value, style, ""
    if isinstance(value, int):
        if len(str(abs(value))) <= _SURE_DIGITS:
            return "n", value, style, ""
        return "s", str(value), "text", "digits"
    if isinstance(value, float):
        if -LARGEST < value < LARGEST:
            return "n", value, style, ""
        if value - value != 0.0:
            raise ValueError(f"{value!r} is no number that a workbook can hold")
        return "s", repr(value), "text", "digits"
    if isinstance(value, dt.date):
        return _stored_day(value, style)
    raise ValueError(f"a {type(value).__name__} does not fit into a cell")


def _stored_day(value: dt.date, style: str) -> tuple[str, Any, str, str]:
    change = ""
    if isinstance(value, dt.datetime):
        style = "datetime"
        if value.tzinfo is not None:
            value, change = value.astimezone(dt.UTC).replace(tzinfo=None), "zone"
    if value.year < _FIRST_YEAR:
        return "s", value.isoformat(), "text", "old_date"
    return "d", value, style, change


def figure_style(figure: Figure) -> str:
    """The style of a figure that brings its own decimals."""
    return f"{'percent' if figure.percent else 'number'}:{figure.decimals}"


class CellWriter:
    """Writes guarded values into one worksheet.

    Attributes:
        sheet: The openpyxl worksheet.
        styles: The workbook's styles.
        guard: Notes what is stored in another form.
    """

    def __init__(self, sheet: Any, styles: Styles, guard: Guard | None = None) -> None:
        self.sheet = sheet
        self.styles = styles
        self.guard = guard or Guard()

    def put(self, row: int, column: int, value: Any, style: str = "text", place: str = "") -> Any:
        """Write one cell.

        Args:
            row: From 1.
            column: From 1.
            value: Text, number, date or ``None``.
            style: Name of a style; a number or date that must become text gets the text style.
            place: Where the value stands in the report, for messages.

        Returns:
            The openpyxl cell.

        Raises:
            ValueError: NaN, infinity or a value of another type.
        """
        place = place or f"sheet {self.sheet.title!r}, row {row}, column {column}"
        if isinstance(value, Figure):
            style = figure_style(value)
            value = NOT_AVAILABLE if value.value is None else value.value
        try:
            kind, content, style, change = stored(value, style)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
        if change:
            self.guard.note(place, change)
        cell = self.sheet.cell(row, column)
        quoted = kind == "s" and isinstance(value, str) and value.startswith(FORMULA_STARTS)
        cell._style = self.styles.get(style, quoted=quoted)  # noqa: SLF001 - the public setters are ten times slower
        if content is not None:
            cell._value = content  # noqa: SLF001 - the public setter guesses formulas and errors from text
            cell.data_type = kind
        return cell
