"""What stands around every plot: title, subtitle, legend and note; and the room that is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qms_reports.charts import palette
from qms_reports.charts.fixed_words import count, say
from qms_reports.charts.hatching import Hatch, hatched
from qms_reports.charts.scene import Anchor, Item, Line, Marker, Rectangle, Shape, Text
from qms_reports.charts.specification import Chart
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, printable, shorten, text_width, wrap

TITLE_SIZE, TITLE_LEADING = 9.5, 12.0
SUBTITLE_SIZE, SUBTITLE_LEADING = 7.5, 10.0
LABEL_SIZE, LABEL_LEADING = 7.5, 9.0
AXIS_SIZE, AXIS_LEADING = 7.0, 8.5
NOTE_SIZE, NOTE_LEADING = 6.5, 8.5

_BLOCK_GAP = 4.0
_PLOT_GAP = 7.0
_LEGEND_ROWS = 4
_LEGEND_LEADING = 11.0
_LEGEND_SWATCH = 6.0
_LEGEND_STROKE = 16.0
_LEGEND_GAP = 12.0
_LEGEND_WIDEST = 150.0
_SMALLEST_PLOT = 64.0  # axes included


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle by its sides, in points."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a legend.

    Attributes:
        color: Of its series; empty for a text alone.
        name: Of its series.
        shape: The mark of its points; ``None`` for a patch of its area, or for a line without marks.
        hatch: The hatching of its area.
        dash: The dash of a line without marks; ``None`` where it is no such line.
    """

    color: str
    name: str
    shape: Shape | None = None
    hatch: Hatch = ""
    dash: tuple[float, ...] | None = None

    @property
    def indent(self) -> float:
        """From the swatch to the name."""
        return 1.5 * _LEGEND_SWATCH if self.dash is None or self.shape is not None else _LEGEND_STROKE + 3.0


@dataclass(frozen=True, slots=True)
class _Style:
    """How a run of text around the plot is set, and on how many lines at most."""

    font: str
    size: float
    leading: float
    color: str
    most: int


_STYLES = {
    "title": _Style(SEMIBOLD, TITLE_SIZE, TITLE_LEADING, palette.INK, 3),
    "subtitle": _Style(REGULAR, SUBTITLE_SIZE, SUBTITLE_LEADING, palette.INK2, 2),
    "note": _Style(REGULAR, NOTE_SIZE, NOTE_LEADING, palette.INK3, 5),
}


def put(
    x: float, y: float, text: str, size: float, color: str, *, font: str = REGULAR, anchor: Anchor = "start"
) -> Text:
    """A text item with its measured width."""
    return Text(x, y, text, font, size, color, text_width(text, font, size), anchor)


def legend_rows(entries: Sequence[Entry], width: float, most: int) -> list[list[tuple[float, Entry]]]:
    """Entries set into rows, each with its x; what does not fit into `most` rows is counted in a last entry."""
    rows: list[list[tuple[float, Entry]]] = [[]]
    x = 0.0
    for index, entry in enumerate(entries):
        rest = len(entries) - index
        more = say("more", count=count(rest))
        for _ in ("this row", "the next"):
            last_row = rest > 1 and len(rows) == most
            reserve = _LEGEND_GAP + text_width(more, REGULAR, LABEL_SIZE) if last_row else 0.0
            room = min(_LEGEND_WIDEST, width - entry.indent - reserve)
            name = shorten(printable(entry.name), REGULAR, LABEL_SIZE, room)
            needed = entry.indent + text_width(name, REGULAR, LABEL_SIZE)
            if x == 0.0 or x + needed + reserve <= width:
                break
            if len(rows) == most:
                rows[-1].append((x, Entry("", more)))
                return rows
            rows.append([])
            x = 0.0
        rows[-1].append((x, replace(entry, name=name)))
        x += needed + _LEGEND_GAP
    return rows


def _draw_legend(rows: Sequence[Sequence[tuple[float, Entry]]], top: float) -> list[Item]:
    items: list[Item] = []
    for number, row in enumerate(rows):
        baseline = top - _LEGEND_LEADING * number - LABEL_SIZE
        for x, entry in row:
            if entry.color:
                items.extend(_swatch(entry, x, baseline))
                x += entry.indent  # noqa: PLW2901 - the text starts behind the swatch
            items.append(put(x, baseline + 0.3, entry.name, LABEL_SIZE, palette.INK2))
    return items


def _swatch(entry: Entry, x: float, baseline: float) -> list[Item]:
    half = _LEGEND_SWATCH / 2
    if entry.shape is not None:
        return [Marker(x + half, baseline + half, half * 0.75, entry.color, entry.shape)]
    if entry.dash is not None:
        return [Line(x, baseline + half, x + _LEGEND_STROKE, baseline + half, entry.color, 1.3, entry.dash)]
    area = Rectangle(x, baseline, _LEGEND_SWATCH, _LEGEND_SWATCH, entry.color)
    right, top = x + _LEGEND_SWATCH, baseline + _LEGEND_SWATCH
    return [area, *hatched(((x, baseline), (right, baseline), (right, top), (x, top)), entry.hatch)]


def _set_lines(lines: Sequence[str], top: float, style: _Style) -> list[Item]:
    return [
        put(0.0, top - style.leading * number - style.size, line, style.size, style.color, font=style.font)
        for number, line in enumerate(lines)
    ]


def enclose(chart: Chart, entries: Sequence[Entry] = ()) -> tuple[list[Item], Box]:
    """Title, subtitle, legend and note of a chart, and the box left for the plot with its axes.

    When the chart is too low for all of it, lines of the note, the legend, the subtitle and the title are given up in
    this order (each keeps one, ending in an ellipsis), so that the plot stays readable.

    Args:
        chart: What to draw.
        entries: Legend entries; none for no legend above the plot.
    """
    width, height = chart.specification.width, chart.specification.height
    texts = {
        "title": printable(chart.specification.title),
        "subtitle": printable(chart.specification.subtitle),
        "note": printable(chart.note),
    }

    def lines_of(part: str, most: int) -> list[str]:
        style = _STYLES[part]
        return wrap(texts[part], style.font, style.size, width, most)

    counts = {part: len(lines_of(part, style.most)) for part, style in _STYLES.items()}
    counts["legend"] = len(legend_rows(entries, width, _LEGEND_ROWS)) if entries else 0
    leadings = {part: style.leading for part, style in _STYLES.items()} | {"legend": _LEGEND_LEADING}

    def left() -> float:
        gaps = _PLOT_GAP + _BLOCK_GAP * ((counts["legend"] > 0) + (counts["note"] > 0))
        return height - gaps - sum(leadings[part] * counts[part] for part in sorted(counts))

    for part in ("note", "legend", "subtitle", "title"):
        while counts[part] > 1 and left() < _SMALLEST_PLOT:
            counts[part] -= 1

    top = height
    items: list[Item] = []
    for part in ("title", "subtitle"):
        if counts[part]:
            items.extend(_set_lines(lines_of(part, counts[part]), top, _STYLES[part]))
        top -= leadings[part] * counts[part]
    if counts["legend"]:
        top -= _BLOCK_GAP
        items.extend(_draw_legend(legend_rows(entries, width, counts["legend"]), top))
        top -= _LEGEND_LEADING * counts["legend"]
    foot = NOTE_LEADING * counts["note"]
    if counts["note"]:
        items.extend(_set_lines(lines_of("note", counts["note"]), foot, _STYLES["note"]))
        foot += _BLOCK_GAP
    return items, Box(0.0, foot, width, top - _PLOT_GAP)
