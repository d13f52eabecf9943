"""Column widths from what the cells hold: figures are never wrapped, texts share the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts import typeface
from qms_reports.reports import status_pill
from qms_reports.reports.document import Column

GUTTER = 12.0
_WORD = re.compile(r"[^ \t\r\n\f\v]+")  # a no-break space belongs to its word
# Never inside a figure: "5,458,511.35" in two lines looks like two; "12 of 345" breaks behind its no-break space.
_BREAKS = re.compile(r"(?<=[-_/\\.,:;@=&])(?=[^\u00a0])(?!(?<=[0-9][.,])[0-9])|(?<=\u00a0/\u00a0)|(?<=\u00a0of\u00a0)")
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5)  # tried in turn until the widest words fit
_HEAD_SHRINK = 0.5
_NOTHING = 1e-9  # points
_SHORT_WORD = 18  # characters
_SHORT_TEXT = 12  # characters of a cell that is not wrapped
_SMALL = 7.0  # points; smaller type only where figures would not fit otherwise
_MOST_LINES = 2.5  # of the longest text of a column; more than that, and smaller type is tried
_PROSE = 260.0  # points; a longer text is one that is read in lines anyway
_WIDEST_WORD = 90.0  # a longer token (a hash, a path) is cut rather than rule the table
_RIGHT = ("integer", "number", "percent")


@dataclass(frozen=True, slots=True)
class ColumnGrid:
    """Where the columns stand and how large the type is.

    Attributes:
        columns: The columns.
        lefts: Left edge of each column's text, from the table's left edge, in points.
        widths: Room for text in each column.
        size: Type size of the body.
    """

    columns: tuple[Column, ...]
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    size: float

    @property
    def leading(self) -> float:
        """Line distance in the body."""
        return self.size * 1.3

    @property
    def head_size(self) -> float:
        """Type size of the head."""
        return self.size - _HEAD_SHRINK

    @property
    def head_leading(self) -> float:
        """Line distance in the head."""
        return self.head_size * 1.25

    def head_lines(self, number: int) -> tuple[str, ...]:
        """The wrapped head of a column."""
        return tuple(typeface.wrap(self.columns[number].name, typeface.SEMIBOLD, self.head_size, self.widths[number]))

    def cell_lines(self, number: int, text: str, column: Column) -> tuple[str, ...]:
        """The wrapped text of a cell; a status cell stays whole."""
        if column.kind == "status":
            return (text,) if text else ()
        if typeface.text_width(text, typeface.REGULAR, self.size) <= self.widths[number] and "\n" not in text:
            return (text,) if text else ()
        width = self.widths[number]
        text = _WORD.sub(lambda word: " ".join(_breakable(word.group(), self.size, width)), text)
        return tuple(typeface.wrap(text, typeface.REGULAR, self.size, width))

    def text_x(self, left: float, number: int, line: str, column: Column, *, head: bool = False) -> float:
        """Where a line begins: at the column's left edge, or so that figures end at its right edge."""
        x = left + self.lefts[number]
        if column.kind not in _RIGHT:
            return x
        font, size = (typeface.SEMIBOLD, self.head_size) if head else (typeface.REGULAR, self.size)
        return x + self.widths[number] - typeface.text_width(typeface.printable(line), font, size)


def _breakable(word: str, size: float, width: float) -> list[str]:
    """A word wider than its column in lines that end after a hyphen, underscore, slash, dot or the like."""
    if typeface.text_width(word, typeface.REGULAR, size) <= width:
        return [word]
    lines = [""]
    for part in _BREAKS.split(word):
        if lines[-1] and typeface.text_width(lines[-1] + part, typeface.REGULAR, size) > width:
            lines.append(part)
        else:
            lines[-1] += part
    return lines


def _unbroken_width(word: str, size: float) -> float:
    """What a word needs at least: a short one all of it, a path or file name its longest part and half its length."""
    whole = typeface.text_width(word, typeface.REGULAR, size)
    if len(word) <= _SHORT_WORD:
        return whole
    part = max(typeface.text_width(part, typeface.REGULAR, size) for part in _BREAKS.split(word))
    return max(part, whole * 0.55)


def measure_columns(columns: tuple[Column, ...], texts: Sequence[Sequence[str]], width: float) -> ColumnGrid:
    """Divide `width` points among the columns.

    Args:
        columns: Kinds and weights.
        texts: The printed cells, row by row.
        width: Room for the whole table.

    Returns:
        The grid with the largest type size at which every column gets at least its widest word, and texts are not
        drawn out over many lines if a little smaller type prevents it.
    """
    uniques = [sorted({row[number] for row in texts}) for number in range(len(columns))]
    room = width - GUTTER * max(len(columns) - 1, 0)
    for size in _SIZES:
        needs = [_need(column, unique, size) for column, unique in zip(columns, uniques, strict=True)]
        widths = _divide(columns, needs, room) if columns else []
        if sum(least for least, _ in needs) <= room and (size <= _SMALL or _roomy(columns, needs, widths)):
            break
    lefts, x = [], 0.0
    for column_width in widths:
        lefts.append(x)
        x += column_width + GUTTER
    return ColumnGrid(columns, tuple(lefts), tuple(widths), size)


def _need(column: Column, unique: list[str], size: float) -> tuple[float, float]:
    """Least and wished-for width of a column."""
    head_size = size - _HEAD_SHRINK
    head = typeface.printable(column.name)
    word = max((typeface.text_width(part, typeface.SEMIBOLD, head_size) for part in head.split(" ")), default=0.0)
    whole_head = typeface.text_width(head, typeface.SEMIBOLD, head_size)
    if column.kind == "status":
        cells = max((status_pill.pill_width(text.partition(":")[2]) for text in unique), default=0.0)
        return max(cells, word), max(cells, min(whole_head, 70.0))
    texts = [typeface.printable(text) for text in unique]
    cells = max((typeface.text_width(text, typeface.REGULAR, size) for text in texts), default=0.0)
    if column.kind != "text":
        return max(cells, word), max(cells, word, min(whole_head, 70.0))
    # "Class II" in two lines looks like two things.
    words = {word for text in texts for word in ([text] if len(text) <= _SHORT_TEXT else text.split(" "))}
    longest = max((_unbroken_width(word, size) for word in words), default=0.0)
    least = max(min(longest, _WIDEST_WORD), word)
    return least, max(cells, least, min(whole_head, 90.0))


def _roomy(columns: tuple[Column, ...], needs: list[tuple[float, float]], widths: list[float]) -> bool:
    """Whether every text column has the width for its longest text in a few lines."""
    return all(
        column.kind != "text" or wish <= width * _MOST_LINES or wish > _PROSE
        for column, (_, wish), width in zip(columns, needs, widths, strict=True)
    )


def _divide(columns: tuple[Column, ...], needs: list[tuple[float, float]], room: float) -> list[float]:
    """Least widths first, then wishes, then what is left, to the text columns by weight."""
    least = [need for need, _ in needs]
    spare = room - sum(least)
    if spare < 0:  # not even the smallest type fits: squeeze, words are cut
        return [need * room / sum(least) for need in least]
    wishes = [wish - need for need, wish in needs]
    weighted = [wish * column.weight for wish, column in zip(wishes, columns, strict=True)]
    if sum(wishes) > spare:
        return _share(least, wishes, weighted, spare)
    spare -= sum(wishes)
    shares = [
        column.weight * wish if column.kind == "text" else 0.0 for column, (_, wish) in zip(columns, needs, strict=True)
    ]
    if not any(shares):
        shares = [column.weight for column in columns]
    total = sum(shares) or 1.0
    even = spare * 0.45 / len(columns)  # some air everywhere, most of it in the texts
    return [wish + even + spare * 0.55 * share / total for (_, wish), share in zip(needs, shares, strict=True)]


def _share(least: list[float], wishes: list[float], weighted: list[float], spare: float) -> list[float]:
    """Hand out `spare` in proportion to the weights, nobody more than wished."""
    given = [0.0] * len(least)
    hungry = [number for number, wish in enumerate(wishes) if wish > 0]
    while hungry and spare > _NOTHING:
        total = sum(weighted[number] for number in hungry) or 1.0
        portions = {number: spare * weighted[number] / total for number in hungry}
        full = [number for number in hungry if given[number] + portions[number] >= wishes[number]]
        for number in full or hungry:
            portion = wishes[number] - given[number] if full else portions[number]
            given[number] += portion
            spare -= portion
        if not full:
            break
        hungry = [number for number in hungry if number not in full]
    return [need + extra for need, extra in zip(least, given, strict=True)]
