"""Records in a report's tables: the column of a declared column, and the cell of a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from qms_reports.declarations.models import Dataset
from qms_reports.languages import Language
from qms_reports.reports.document import Cell, Column, ColumnKind
from qms_reports.statistics.intervals import round_significant

_KINDS: dict[str, ColumnKind] = {
    "BIGINT": "integer",
    "DATE": "date",
    "TIMESTAMP": "date",
    "VARCHAR": "text",
    "BOOLEAN": "text",
}
_WIDE = 32


def capitalised(text: str) -> str:
    """The text with a capital at its beginning; "CAPA" stays as it is."""
    return text[:1].upper() + text[1:]


def column_of(dataset: Dataset, types: dict[str, str], name: str, cells: Iterable[object]) -> Column:
    """The column of a dataset's column: titled as declared, as wide as its longest text."""
    declared: Any = dataset.columns.get(name) or dataset.derive.get(name) or dataset.related.get(name)
    title = declared.title if declared is not None else ""
    kind = _KINDS.get(types[name], "number")
    longest = max((len(str(cell)) for cell in cells), default=0)
    weight = {"text": min(max(longest, 10), _WIDE) / 8, "date": 1.3, "integer": 1.0, "number": 1.1}.get(kind, 1.0)
    return Column(title or name.replace("_", " ").capitalize(), kind, 2, weight)


def plain_cell(value: Any, words: Language) -> Cell:
    """A value from the store as a table cell."""
    if isinstance(value, bool):
        return words.text("document.yes" if value else "document.no")
    if isinstance(value, Decimal | float):
        return round_significant(float(value))
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, str | int | dt.date):
        return value
    return str(value)
