"""Column widths from what the cells hold: figures are never wrapped, texts share the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qms_reports.charts import faces, typeface
from qms_reports.charts.line_breaks import bound, breakable
from qms_reports.reports import status_pill
from qms_reports.reports.document import Column

GUTTER = 12.0
_WORD = re.compile(r"[^ \t\r\n\f\v]+")  # a no-break space belongs to its word
# Never inside a figure: "5,458,511.35" in two lines looks like two; "12 of 345" breaks behind its no-break space.
# The ending of a file name stays with its last part.
_BREAKS = re.compile(
    r"(?<=[-_/\\.,:;@=&])(?=[^\u00a0])(?!(?<=[0-9][.,])[0-9])(?!(?<=\.)[A-Za-z0-9]{1,5}$)"
    r"|(?<=\u00a0/\u00a0)|(?<=\u00a0of\u00a0)|(?<=\u00a0\|\u00a0)"
)
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0)  # tried in turn until the widest words fit
_HEAD_SHRINK = 0.5
_NOTHING = 1e-9  # points
_ROUNDING = 1e-6  # points
_SHORT_WORD = 18  # characters
_LEAST_IDEOGRAPHS = 6  # of an East Asian text on one line
_SHORT_TEXT = 12  # characters of a cell that is not wrapped
_SMALL = 7.0  # points; smaller type only where figures would not fit otherwise
_MOST_LINES = 2.5  # of the longest text of a column; more than that, and smaller type is tried
_PROSE = 260.0  # points; a longer text is one that is read in lines anyway
_WIDEST_WORD = 90.0  # a longer token (a hash, a path) is cut rather than rule the table
_SPLIT_SIZE = 7.0  # type of a table that is split into column blocks
_WIDEST_FIGURE = 160.0  # a longer text in a column of figures is wrapped
_RIGHT = ("integer", "number", "percent")


@dataclass(frozen=True, slots=True)
class ColumnGrid:
    """Where the columns stand and how large the type is.

    Attributes:
        columns: The columns.
        lefts: Left edge of each column's text, from the table's left edge, in points.
        widths: Room for text in each column.
        size: Type size of the body.
        wraps: Whether any cell of the column takes more than one line.
        units: Width of each text of a right-aligned column, in thousandths of the type size.
    """

    columns: tuple[Column, ...]
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    size: float
    wraps: tuple[bool, ...]
    units: tuple[dict[str, float] | None, ...]

    @property
    def leading(self) -> float:
        """Line distance in the body."""
        return self.size * 1.3

    @property
    def head_size(self) -> float:
        """Type size of the head."""
        return _head_size(self.size)

    @property
    def head_leading(self) -> float:
        """Line distance in the head."""
        return self.head_size * 1.25

    def head_lines(self, number: int) -> tuple[str, ...]:
        """The wrapped head of a column."""
        return tuple(typeface.wrap(self.columns[number].name, typeface.SEMIBOLD, self.head_size, self.widths[number]))

    def cell_lines(self, number: int, text: str) -> tuple[str, ...]:
        """The wrapped text of a cell; a status cell stays whole."""
        if self.columns[number].kind == "status" or not text:
            return (text,) if text else ()
        width = self.widths[number]
        if typeface.text_width(text, typeface.REGULAR, self.size) <= width + _ROUNDING and "\n" not in text:
            return (text,)
        text = _WORD.sub(lambda word: " ".join(_breakable(word.group(), self.size, width)), text)
        return tuple(typeface.wrap(text, typeface.REGULAR, self.size, width))

    def text_x(self, number: int, line: str) -> float:
        """Where a line of a cell begins: at the column's left edge, or so that figures end at its right edge."""
        units = self.units[number]
        if units is None:
            return self.lefts[number]
        width = units.get(line)
        if width is None:
            width = units[line] = _units(line)
        return self.lefts[number] + self.widths[number] - width * self.size / 1000.0

    def head_x(self, left: float, number: int, line: str, column: Column) -> float:
        """The same for a line of the head."""
        x = left + self.lefts[number]
        if column.kind not in _RIGHT:
            return x
        width = typeface.text_width(typeface.printable(line), typeface.SEMIBOLD, self.head_size)
        return x + self.widths[number] - width


def _head_size(size: float) -> float:
    """Type size of the head over a body of `size`."""
    return max(size - _HEAD_SHRINK, _SIZES[-1])


def _units(text: str) -> float:
    """Width of a printed text in thousandths of the type size."""
    return typeface.text_width(typeface.printable(text), typeface.REGULAR, 1000.0)


def _all_units(texts: Iterable[str]) -> dict[str, float]:
    """The same of many; plain ones without the way through fallback fonts and shaping, which is ten times longer."""
    widths = faces.face(typeface.face_name(typeface.REGULAR)).widths
    width_of = [widths.get(code, 0.0) for code in range(128)].__getitem__
    return {
        text: sum(map(width_of, text.encode()))
        if text.isascii() and text.isprintable() and "  " not in text
        else _units(text)
        for text in texts
    }


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


def _unbroken_units(word: str) -> float:
    """What a word needs at least: a short one all of it, a path or file name as much as two lines of it take."""
    whole = _units(word)
    if len(word) <= _SHORT_WORD:
        return whole
    pieces = [piece for piece, _ in breakable([word])]
    if len(pieces) > 1:  # East Asian text breaks nearly anywhere
        return max(_LEAST_IDEOGRAPHS * 1000.0, *map(_units, pieces))
    ends = sorted((match.start() for match in _BREAKS.finditer(word)), key=lambda end: abs(2 * end - len(word)))
    return min((max(_units(word[:end]), _units(word[end:])) for end in ends[:2]), default=whole)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column holds, in thousandths of the type size: measured once, good for every size.

    Attributes:
        column: The column.
        head: Its whole head.
        head_word: The longest word of its head.
        cell: Its widest cell.
        word: Its widest text that is not to be broken.
        pill: Its widest status pill, in points.
        units: Width of each of its texts.
        broken: Whether a text has line breaks of its own.
    """

    column: Column
    head: float
    head_word: float
    cell: float
    word: float
    pill: float
    units: dict[str, float]
    broken: bool

    def need(self, size: float) -> tuple[float, float]:
        """Least and wished-for width in points."""
        head_size = _head_size(size)
        word, whole = self.head_word * head_size / 1000.0, self.head * head_size / 1000.0
        cells = self.cell * size / 1000.0
        if self.column.kind == "status":
            return max(self.pill, word), max(self.pill, min(whole, 70.0))
        if self.column.kind != "text":
            cells = min(cells, _WIDEST_FIGURE)
            return max(cells, word), max(cells, word, min(whole, 70.0))
        least = max(min(self.word * size / 1000.0, _WIDEST_WORD), word)
        return least, max(cells, least, min(whole, 90.0))


def _measure(column: Column, unique: set[str]) -> Measure:
    head = typeface.printable(column.name)
    semibold = [typeface.text_width(part, typeface.SEMIBOLD, 1000.0) for part in (head, *head.split(" "))]
    pill = word = 0.0
    units: dict[str, float] = {}
    if column.kind == "status":
        pill = max((status_pill.pill_width(text.partition(":")[2]) for text in unique), default=0.0)
    else:
        units = _all_units(unique)
    if column.kind == "text":
        # "Class II" in two lines looks like two things.
        longer = {word for text in unique if len(text) > _SHORT_TEXT for word in bound(_WORD.findall(text))}
        short = max((width for text, width in units.items() if len(text) <= _SHORT_TEXT), default=0.0)
        word = max(short, max(map(_unbroken_units, longer), default=0.0))
    broken = any("\n" in text for text in unique)
    return Measure(column, semibold[0], max(semibold[1:]), max(units.values(), default=0.0), word, pill, units, broken)


def column_blocks(measures: Sequence[Measure], width: float) -> list[tuple[int, ...]]:
    """The columns by number, in as few blocks as fit into `width` points; each further block begins with the first.

    One block unless the smallest type does not do.
    """
    room = width + GUTTER
    smallest = sum(measure.need(_SIZES[-1])[0] + GUTTER for measure in measures)
    if len(measures) < 3 or smallest <= room:  # noqa: PLR2004 - a first column and two to share out
        return [tuple(range(len(measures)))]
    needs = [measure.need(_SPLIT_SIZE)[0] + GUTTER for measure in measures]
    blocks: list[list[int]] = [[0]]
    used = needs[0]
    for number in range(1, len(measures)):
        if used + needs[number] > room and len(blocks[-1]) > 1:
            blocks.append([0])
            used = needs[0]
        blocks[-1].append(number)
        used += needs[number]
    return [tuple(block) for block in blocks]


def measure_texts(columns: tuple[Column, ...], texts: Sequence[Sequence[str]]) -> list[Measure]:
    """Measure the printed cells of each column, row by row."""
    cells = [set(column) for column in zip(*texts, strict=True)] if texts else [set() for _ in columns]
    return [_measure(column, unique) for column, unique in zip(columns, cells, strict=True)]


def measure_columns(measures: Sequence[Measure], width: float, largest: float = _SIZES[0]) -> ColumnGrid:
    """Divide `width` points among columns that are measured.

    Returns:
        The grid with the largest type size, up to `largest`, at which every column gets at least its widest word, and
        texts are not drawn out over many lines if a little smaller type prevents it.
    """
    columns = tuple(measure.column for measure in measures)
    room = width - GUTTER * max(len(columns) - 1, 0)
    for size in [size for size in _SIZES if size <= largest]:
        needs = [measure.need(size) for measure in measures]
        widths = _divide(columns, needs, room) if columns else []
        if sum(least for least, _ in needs) <= room and (size <= _SMALL or _roomy(columns, needs, widths)):
            break
    lefts, x = [], 0.0
    for column_width in widths:
        lefts.append(x)
        x += column_width + GUTTER
    wraps = [
        measure.broken or measure.cell * size / 1000.0 > column_width + _ROUNDING
        for measure, column_width in zip(measures, widths, strict=True)
    ]
    units = [measure.units if measure.column.kind in _RIGHT else None for measure in measures]
    return ColumnGrid(columns, tuple(lefts), tuple(widths), size, tuple(wraps), tuple(units))


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
