"""Painting KPI tiles that `tiles` laid out: frame, texts, arrow, mark of noise, sparkline, pill, link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qms_reports.charts import palette
from qms_reports.reports import status_pill
from qms_reports.reports.document import Tile
from qms_reports.reports.tiles import TileLayout, trend_color

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen


def draw_tile(pen: Pen, layout: TileLayout, x: float, top: float, *, link: tuple[str, str] | None, course: str) -> None:
    """Paint one tile with its structure.

    Args:
        pen: Where to.
        layout: From `lay_out_grid`.
        x: Left edge.
        top: Upper edge.
        link: Where a click leads, and what a reader is told about it.
        course: What the sparkline shows, for readers who cannot see it.
    """
    tile, page = layout.tile, pen.page
    with page.group("Sect"):
        with page.artifact():
            pen.rounded(x, top - layout.height, layout.width, layout.height, 3.5, stroke=palette.RULE)
            if layout.arrow:
                _draw_arrow(pen, x + layout.arrow[0], top - layout.arrow[1], tile)
            if layout.signal:
                _draw_signal(pen, x + layout.signal[0], top - layout.signal[1], tile)
            pill_x, pill_y = x + layout.pill[0], top - layout.pill[1]
            status_pill.draw_capsule(pen, pill_x, pill_y, tile.status, tile.status_text)
        for baseline in dict.fromkeys(run.baseline for run in layout.runs):
            with page.content("P"):
                for run in layout.runs:
                    if run.baseline == baseline:
                        pen.text(x + run.x, top - baseline, run.text, run.font, run.size, run.color)
        with page.content("P"):
            page.code.append(status_pill.word_operators(pen, pill_x, pill_y, tile.status, tile.status_text))
        if layout.spark:
            left, spark_top, width, height = layout.spark
            box = f"{x + left:.0f} {top - spark_top - height:.0f} {x + left + width:.0f} {top - spark_top:.0f}"
            with page.content(
                "Figure",
                alt=course,
                attributes=f"<</O/Layout/BBox[{box}]/Placement/Block>>",
            ):
                draw_sparkline(pen, tile, x + left, top - spark_top - height, width, height)
        if link:
            page.link((x, top - layout.height, x + layout.width, top), *link)


def _draw_arrow(pen: Pen, x: float, y: float, tile: Tile) -> None:
    color = trend_color(tile)
    if tile.trend == "up":
        pen.polygon(((x, y), (x + 6, y), (x + 3, y + 5.2)), color)
    elif tile.trend == "down":
        pen.polygon(((x, y + 5.2), (x + 6, y + 5.2), (x + 3, y)), color)
    else:
        pen.rectangle(x, y + 1.9, 6, 1.5, color)


def _draw_signal(pen: Pen, x: float, y: float, tile: Tile) -> None:
    """A spike out of a line for more than noise, a wave for noise; the words beside it say the same."""
    if tile.signal == "signal":
        pen.polyline(((x, y + 0.6), (x + 1.9, y + 0.6), (x + 3.0, y + 5.4), (x + 4.1, y + 0.6), (x + 6.0, y + 0.6)),
                     palette.INK, 1.0)  # fmt: skip
    else:
        pen.polyline(((x, y + 1.6), (x + 1.5, y + 3.0), (x + 3.0, y + 1.6), (x + 4.5, y + 3.0), (x + 6.0, y + 1.6)),
                     palette.INK3, 0.8)  # fmt: skip


def draw_sparkline(pen: Pen, tile: Tile, x: float, y: float, width: float, height: float) -> None:
    """The series as a thin line: gaps stay gaps, a lone value is a dot, the target is dashed, the last value marked."""
    values = [value for value in tile.series if value is not None]
    if tile.target_value is not None:
        values.append(tile.target_value)
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    middle = 0.5 if high == low else 0.0
    step = width / max(len(tile.series) - 1, 1)

    def height_of(value: float) -> float:
        return y + height * ((value - low) / span + middle)

    if tile.target_value is not None:
        target = height_of(tile.target_value)
        pen.rule(x, target, x + width, target, palette.INK3, 0.6, dash=(2, 2))
    runs: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(tile.series):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x + step * number, height_of(value)))
    for run in runs:
        if len(run) > 1:
            pen.polyline(run, palette.SERIES[0], 1.0)
        elif run:
            pen.circle(*run[0], 1.0, fill=palette.SERIES[0])
    if runs[-1]:
        pen.circle(*runs[-1][-1], 1.9, fill=palette.SERIES[0])
