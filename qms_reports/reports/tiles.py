"""KPI tiles: four to a row of an A4 page, every text measured, so that nothing touches or overflows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.charts import palette, typeface
from qms_reports.reports import status_pill
from qms_reports.reports.document import Tile

GUTTER = 9.0
_LEAST_WIDTH = 118.0
PADDING = 8.0
_GAP = 5.0  # least room between two texts side by side
_TITLE_SIZE, _TITLE_LEADING = 7.5, 9.5
_VALUE_SIZE, _UNIT_SIZE = 20.0, 9.0
_CHANGE_SIZE = 7.5
_SMALL_SIZE, _SMALL_LEADING = 6.5, 8.5
_SIGNAL_LEADING = 9.5
_SPARK_HEIGHT = 20.0
_LEAST_SPARK = 32.0  # width of one beside a pill
_ARROW = 8.5
_LEAST_SIZE = 6.0
_UNIT_SHARE = 0.42  # most of the width that a unit takes from a long figure


@dataclass(frozen=True, slots=True)
class Run:
    """One printed text of a tile: x from its left edge, baseline from its top edge, in points."""

    x: float
    baseline: float
    text: str
    font: str
    size: float
    color: str

    @property
    def width(self) -> float:
        """Measured width."""
        return typeface.text_width(self.text, self.font, self.size)


@dataclass(frozen=True, slots=True)
class TileLayout:
    """Where everything of one tile stands, measured from its upper left corner, y downwards.

    Attributes:
        tile: What it shows.
        width: Outer width.
        height: Outer height, the same for all tiles of a row.
        runs: All texts but the pill's word.
        arrow: Left end and baseline of the trend arrow, if there is one.
        signal: Left end and baseline of the mark that says more than noise or not, if that was judged.
        spark: Left, top, width, height of the sparkline, if there is one.
        pill: Left end and baseline of the status pill.
    """

    tile: Tile
    width: float
    height: float
    runs: tuple[Run, ...]
    arrow: tuple[float, float] | None
    spark: tuple[float, float, float, float] | None
    pill: tuple[float, float]
    signal: tuple[float, float] | None = None


def _fitted(text: str, font: str, size: float, width: float) -> tuple[str, float]:
    """The text and the size at which it fits; cut with an ellipsis only below the least size."""
    text = typeface.printable(text)
    needed = typeface.text_width(text, font, size)
    if needed <= width:
        return text, size
    smaller = max(math.floor(size * width / needed * 10) / 10, min(_LEAST_SIZE, size))
    return typeface.shorten(text, font, smaller, width), smaller


def trend_color(tile: Tile) -> str:
    """Green for better, red for worse, grey for neither; the sign and the arrow say the rest."""
    if tile.trend_good is None or tile.trend in ("flat", "none"):
        return palette.INK2
    return palette.GOOD if tile.trend_good else palette.BAD


def _basis_lines(tile: Tile, inner: float) -> list[str]:
    """Fraction and interval, on one line if they fit; or why there is no value, in as many lines as it takes."""
    parts = [part for part in (tile.fraction, tile.interval) if part]
    joined = " · ".join(parts)
    if typeface.text_width(typeface.printable(joined), typeface.REGULAR, _SMALL_SIZE) <= inner:
        return [joined] if joined else []
    return [line for part in parts for line in typeface.wrap(part, typeface.REGULAR, _SMALL_SIZE, inner)]


def _change_lines(tile: Tile, inner: float) -> list[tuple[str, str]]:
    """Pairs of change and comparator per line; the second pair holds a comparator that does not fit beside."""
    if not tile.change:
        return [("", tile.comparator)] if tile.comparator else []
    start = _ARROW if tile.trend != "none" else 0.0
    used = start + typeface.text_width(typeface.printable(tile.change), typeface.SEMIBOLD, _CHANGE_SIZE)
    beside = typeface.text_width(typeface.printable(tile.comparator), typeface.REGULAR, _CHANGE_SIZE)
    if used + 3 + beside <= inner:
        return [(tile.change, tile.comparator)]
    return [(tile.change, ""), ("", tile.comparator)]


def tiles_per_row(width: float) -> int:
    """How many tiles stand side by side in a row of `width` points: 4 on A4, 6 on A4 landscape."""
    return max(1, int((width + GUTTER) / (_LEAST_WIDTH + GUTTER)))


def lay_out_grid(tiles: Sequence[Tile], width: float) -> list[TileLayout]:
    """The tiles of one grid, `tiles_per_row` to a row, those of a row with the same inner structure so that they align.

    Args:
        tiles: In printing order.
        width: Of the whole row in points.
    """
    per_row = tiles_per_row(width)
    tile_width = (width - (per_row - 1) * GUTTER) / per_row
    inner = tile_width - 2 * PADDING
    stacked = any(
        typeface.text_width(typeface.printable(tile.target), typeface.REGULAR, _SMALL_SIZE)
        + _GAP
        + status_pill.pill_width(tile.status_text)
        > inner
        for tile in tiles
    )
    beside = all(inner - status_pill.pill_width(tile.status_text) >= _LEAST_SPARK + _GAP for tile in tiles)
    layouts: list[TileLayout] = []
    for start in range(0, len(tiles), per_row):
        row = tiles[start : start + per_row]
        shape = _RowShape(
            title_lines=max(len(_title_lines(tile, inner)) for tile in row),
            change_lines=max(len(_change_lines(tile, inner)) for tile in row),
            signal_lines=max(len(_signal_lines(tile, inner)[0]) for tile in row),
            basis_lines=max(len(_basis_lines(tile, inner)) for tile in row),
            spark=any(sum(value is not None for value in tile.series) > 1 for tile in row),
            beside=stacked and beside,
            stacked=stacked,
            target_lines=max(len(_target_lines(tile, inner)) for tile in row) if stacked else 1,
        )
        layouts += [_lay_out_tile(tile, tile_width, shape) for tile in row]
    return layouts


@dataclass(frozen=True, slots=True)
class _RowShape:
    """How many lines each part has in the fullest tile of a row.

    Attributes:
        title_lines: Of the title.
        change_lines: Of the change against the period before.
        signal_lines: Of what is said about noise.
        basis_lines: Of what the figure is computed from.
        spark: Whether a tile of the row has a sparkline.
        beside: Whether sparklines stand beside the pills, and not in a strip of their own.
        stacked: Whether pills stand below the targets.
        target_lines: Of the target.
    """

    title_lines: int
    change_lines: int
    signal_lines: int
    basis_lines: int
    spark: bool
    beside: bool
    stacked: bool
    target_lines: int


def _lay_out_tile(tile: Tile, width: float, shape: _RowShape) -> TileLayout:
    inner = width - 2 * PADDING
    runs = []
    y = PADDING + 6.0
    for number, line in enumerate(_title_lines(tile, inner)):
        runs.append(Run(PADDING, y + number * _TITLE_LEADING, line, typeface.SEMIBOLD, _TITLE_SIZE, palette.INK2))
    y += (shape.title_lines - 1) * _TITLE_LEADING + 24.5
    runs += _value_runs(tile, inner, y)
    y += 4.0
    changed, arrow = _change_runs(tile, inner, y)
    runs += changed
    y += 10.0 * shape.change_lines
    signals = _signal_runs(tile, inner, y + _SIGNAL_LEADING)
    runs += signals
    y += _SIGNAL_LEADING + (shape.signal_lines - 1) * _SMALL_LEADING if shape.signal_lines else 0.0
    y += 1.5
    for number, line in enumerate(_basis_lines(tile, inner)):
        text, size = _fitted(line, typeface.REGULAR, _SMALL_SIZE, inner)
        runs.append(Run(PADDING, y + _SMALL_LEADING * (number + 1), text, typeface.REGULAR, size, palette.INK3))
    y += _SMALL_LEADING * shape.basis_lines + 5.0
    spark = None
    drawn = shape.spark and any(value is not None for value in tile.series)
    if shape.spark and not shape.beside:
        if drawn:
            spark = (PADDING + 1.0, y + 2.0, inner - 3.0, _SPARK_HEIGHT)
        y += _SPARK_HEIGHT + 7.0
    y += 8.0
    word_width = status_pill.pill_width(tile.status_text)
    for number, line in enumerate(_target_lines(tile, inner)):
        runs.append(Run(PADDING, y + _SMALL_LEADING * number, line, typeface.REGULAR, _SMALL_SIZE, palette.INK2))
    if shape.stacked:
        y += 14.5 + _SMALL_LEADING * (shape.target_lines - 1)
        if shape.beside and shape.spark:
            y += 4.0
            start = PADDING + word_width + _GAP
            if drawn:
                spark = (start, y - 12.5, PADDING + inner - 2.0 - start, 15.5)
        pill = (PADDING - 1.0, y)
    else:
        pill = (width - PADDING - word_width + 2.0, y)
    shown = tuple(run for run in runs if run.text)
    mark = (PADDING, signals[0].baseline) if signals else None
    return TileLayout(tile, width, y + PADDING + 1.0, shown, arrow, spark, pill, mark)


def _change_runs(tile: Tile, inner: float, y: float) -> tuple[list[Run], tuple[float, float] | None]:
    """Change and comparator, and where the arrow stands if there is one."""
    runs: list[Run] = []
    arrow = None
    for number, (change, comparator) in enumerate(_change_lines(tile, inner)):
        baseline = y + 10.0 + 10.0 * number
        x = PADDING
        if change:
            if tile.trend != "none":
                arrow = (x, baseline)
                x += _ARROW
            text, size = _fitted(change, typeface.SEMIBOLD, _CHANGE_SIZE, PADDING + inner - x)
            runs.append(Run(x, baseline, text, typeface.SEMIBOLD, size, trend_color(tile)))
            x += runs[-1].width + 3.0
        if comparator:
            text, size = _fitted(comparator, typeface.REGULAR, _CHANGE_SIZE, PADDING + inner - x)
            runs.append(Run(x, baseline, text, typeface.REGULAR, size, palette.INK2))
    return runs, arrow


def _title_lines(tile: Tile, inner: float) -> list[str]:
    return typeface.wrap(tile.title, typeface.SEMIBOLD, _TITLE_SIZE, inner)


def _target_lines(tile: Tile, inner: float) -> list[str]:
    return typeface.wrap(tile.target, typeface.REGULAR, _SMALL_SIZE, inner)


def _signal_font(tile: Tile) -> tuple[str, str]:
    """What is more than noise is set bolder."""
    return (typeface.SEMIBOLD, palette.INK) if tile.signal == "signal" else (typeface.REGULAR, palette.INK2)


def _signal_lines(tile: Tile, inner: float) -> tuple[list[str], float]:
    """The lines and their type size: a little smaller if that saves a line."""
    font, room = _signal_font(tile)[0], inner - _ARROW
    lines = typeface.wrap(tile.signal_text, font, _SMALL_SIZE, room)
    smaller = typeface.wrap(tile.signal_text, font, _LEAST_SIZE, room)
    return (smaller, _LEAST_SIZE) if len(smaller) < len(lines) else (lines, _SMALL_SIZE)


def _signal_runs(tile: Tile, inner: float, baseline: float) -> list[Run]:
    """Whether the figure is more than noise; nothing if that was not judged."""
    font, color = _signal_font(tile)
    lines, size = _signal_lines(tile, inner)
    return [
        Run(PADDING + _ARROW, baseline + number * _SMALL_LEADING, line, font, size, color)
        for number, line in enumerate(lines)
    ]


def _value_runs(tile: Tile, inner: float, baseline: float) -> list[Run]:
    """The figure and its unit, shrunk together until both fit."""
    color = palette.INK if tile.value is not None else palette.INK3
    unit = typeface.printable(tile.unit) if tile.value is not None else ""
    unit_size = _UNIT_SIZE
    unit_width = typeface.text_width(unit, typeface.REGULAR, unit_size) + 3.0 if unit else 0.0
    value_width = typeface.text_width(typeface.printable(tile.text), typeface.BOLD, _VALUE_SIZE)
    if unit_width + value_width > inner and unit_width > inner * _UNIT_SHARE:
        unit, unit_size = _fitted(unit, typeface.REGULAR, 7.5, inner * _UNIT_SHARE)
        unit_width = typeface.text_width(unit, typeface.REGULAR, unit_size) + 3.0
    text, size = _fitted(tile.text, typeface.BOLD, _VALUE_SIZE, inner - unit_width)
    value = Run(PADDING, baseline, text, typeface.BOLD, size, color)
    if not unit:
        return [value]
    return [value, Run(PADDING + value.width + 3.0, baseline, unit, typeface.REGULAR, unit_size, palette.INK2)]
