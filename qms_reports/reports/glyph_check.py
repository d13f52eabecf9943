"""Which characters of a report no font can print, and where they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from qms_reports.charts import typeface
from qms_reports.charts.specification import Chart, Series
from qms_reports.reports.document import Appendix, Definition, Figures, Report, Section, Table, Tile

Place = tuple[str, ...]

_NAMED: dict[type, tuple[str, str]] = {
    Tile: ("tile", "kpi"),
    Section: ("section", "id"),
    Definition: ("definition", "kpi"),
    Appendix: ("appendix", "kpi"),
    Table: ("table", "id"),
    Series: ("series", "name"),
}
"""Parts that have a name of their own: what they are called, and the field that names them."""

_SELF_NAMED = (Chart, Figures, *_NAMED)
_HOLDERS = ("sections", "tiles", "blocks", "charts", "series", "definitions", "appendices")


@dataclasses.dataclass(frozen=True, slots=True)
class MissingCharacter:
    """A character that is printed as ``□``.

    Attributes:
        character: The character.
        text: The string that it stands in.
        place: Where that string stands first: ``table capas, row 3, column Supplier``.
        times: How many places the string stands in.
    """

    character: str
    text: str
    place: str
    times: int = 1

    def __str__(self) -> str:
        more = f" and {self.times - 1} more places" if self.times > 1 else ""
        code = f"U+{ord(self.character):04X}"
        where = f"{self.text[:60]!r} at {self.place}{more}"
        return f"{self.character!r} ({code}) in {where}: no font has it, a box is printed"


def missing_characters(report: Report) -> tuple[MissingCharacter, ...]:
    """Every character without a glyph with every string that it stands in, in reading order.

    The build prints ``□`` in its place; a report is complete only if this is empty.

    Raises:
        FontError: A font of the report's theme cannot be used.
    """
    places: dict[str, list[Place]] = {}
    for place, text in _texts(report, ()):
        if not text.isascii() or not text.isprintable():
            places.setdefault(text, []).append(place)
    with typeface.using(report.theme.fonts):
        return tuple(
            MissingCharacter(character, text, ", ".join(found[0]), len(found))
            for text, found in places.items()
            for character in sorted(typeface.missing_glyphs(text))
        )


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, tuple):
        for number, part in enumerate(value, 1):
            yield from _texts(part, place if isinstance(part, _SELF_NAMED) else (*place, str(number)))
    elif dataclasses.is_dataclass(value):
        yield from _fields(value, place)


def _fields(part: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(part, Chart):
        place = (*place, f"chart {part.specification.id}")
    elif type(part) in _NAMED:
        kind, name = _NAMED[type(part)]
        place = (*place, f"{kind} {getattr(part, name)}")
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if isinstance(part, Table) and field.name == "rows":
            for number, row in enumerate(value, 1):
                for column, cell in zip(part.columns, row, strict=True):
                    if isinstance(cell, str):
                        yield (*place, f"row {number}", f"column {column.name}"), cell
        elif dataclasses.is_dataclass(value) or field.name in _HOLDERS:
            yield from _texts(value, place)
        else:
            yield from _texts(value, (*place, field.name))
