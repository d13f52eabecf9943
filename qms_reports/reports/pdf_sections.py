"""The parts of a report as blocks of the page flow: headline, tiles, paragraphs, figures, tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.charts.specification import Chart
from qms_reports.reports.document import Figures, Paragraph, Report, Section, Table, Tile
from qms_reports.reports.flow import Block, Lines, Solid
from qms_reports.reports.page_frame import BOTTOM, COLUMN, MARGIN, TOP
from qms_reports.reports.pdf_tables import TableBlock
from qms_reports.reports.tiles import GUTTER, PER_ROW, TileLayout, draw_tile, lay_out_grid

if TYPE_CHECKING:
    from qms_reports.charts.scene import Scene
    from qms_reports.reports.pdf_pen import Pen

PAGE_ROOM = TOP - BOTTOM
SECTION_GAP = 24.0
_FIGURE_GUTTER = 20.0
_WIDEST_GUTTER = 34.0  # figures in a row are spread no wider apart


def definition_key(kpi: str) -> str:
    """Name of the destination at a KPI's definition."""
    return f"definition-{kpi}"


def heading(title: str, key: str, gap: float = SECTION_GAP) -> Block:
    """A section heading with its bookmark; it stays with what follows."""
    lines = typeface.wrap(title, typeface.SEMIBOLD, 13, COLUMN)

    def paint(pen: Pen, top: float) -> None:
        pen.page.destination(key, top + 12)
        pen.page.bookmark(title, key, 0)
        with pen.page.content("H2"):
            pen.lines(MARGIN, top - 11, lines, typeface.SEMIBOLD, 13, 16, palette.INK)

    return Solid(16.0 * len(lines) + 7.0, paint, gap, keep=True)


def text_block(
    text: str,
    *,
    font: str = typeface.REGULAR,
    size: float = 8.5,
    leading: float = 12.5,
    color: str = palette.INK,
    gap: float = 8.0,
    keep: bool = False,
) -> Block:
    """Running text; it may split between pages."""
    lines = typeface.wrap(text, font, size, COLUMN)

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        with pen.page.content("P"):
            pen.lines(MARGIN, top - size, lines[start:stop], font, size, leading, color)

    return Lines(len(lines), leading, paint, gap, keep)


def opening(report: Report, defined: Collection[str]) -> Iterator[Block]:
    """The headline and the headline figures of the first page."""
    if report.headline:
        yield text_block(report.headline, font=typeface.SEMIBOLD, size=11.5, leading=16, gap=0)
    yield from tile_rows(report.tiles, defined, gap=16.0)


def section_blocks(section: Section, number: int, defined: Collection[str]) -> Iterator[Block]:
    """A section: heading, tiles, then its blocks in order."""
    yield heading(section.title, f"section-{number}")
    if not section.tiles and not section.blocks:
        yield text_block("This section has no content.", color=palette.INK3, gap=0)
    yield from tile_rows(section.tiles, defined, gap=2.0)
    first = not section.tiles
    for block in section.blocks:
        gap = 0.0 if first else 16.0
        first = False
        if isinstance(block, Paragraph):
            yield text_block(block.text, gap=min(gap, 10.0))
        elif isinstance(block, Figures):
            yield from figure_rows(block.charts, gap)
        else:
            yield table_block(block, gap)


def table_block(table: Table, gap: float) -> Block:
    """A table in the full column, with a bookmark of its own."""

    def bookmark(pen: Pen, top: float) -> None:
        key = f"table-{table.id}"
        pen.page.destination(key, top + 8)
        if table.title:
            pen.page.bookmark(table.title, key, 1)

    return TableBlock(table, MARGIN, COLUMN, PAGE_ROOM, gap=gap, on_start=bookmark)


def tile_rows(tiles: Sequence[Tile], defined: Collection[str], gap: float) -> Iterator[Block]:
    """One block per row of tiles; the rows of a grid look alike."""
    layouts = lay_out_grid(tiles, COLUMN)
    for start in range(0, len(layouts), PER_ROW):
        row = layouts[start : start + PER_ROW]
        yield Solid(row[0].height, partial(_paint_tiles, row=row, defined=defined), GUTTER if start else gap)


def _paint_tiles(pen: Pen, top: float, *, row: Sequence[TileLayout], defined: Collection[str]) -> None:
    for number, layout in enumerate(row):
        kpi = layout.tile.kpi
        draw_tile(
            pen,
            layout,
            MARGIN + number * (layout.width + GUTTER),
            top,
            definition_key(kpi) if kpi in defined else "",
        )


def figure_rows(charts: Sequence[Chart], gap: float) -> Iterator[Block]:
    """Charts side by side as many as fit; a chart wider than the column is scaled down to it."""
    from qms_reports.charts.layout import draw

    row: list[Scene] = []
    used = 0.0
    for chart in charts:
        if "pdf" not in chart.specification.outputs:
            continue
        scene = draw(chart)
        width = min(scene.width, COLUMN)
        if row and used + _FIGURE_GUTTER + width > COLUMN + 0.5:
            yield _figure_row(row, gap)
            row, used, gap = [], 0.0, 16.0
        used += width + (_FIGURE_GUTTER if row else 0.0)
        row.append(scene)
    if row:
        yield _figure_row(row, gap)


def _scale(scene: Scene) -> float:
    return min(1.0, COLUMN / scene.width, (PAGE_ROOM - 60.0) / scene.height)


def _figure_row(scenes: list[Scene], gap: float) -> Block:
    height = max(scene.height * _scale(scene) for scene in scenes)
    free = COLUMN - sum(scene.width * _scale(scene) for scene in scenes)
    even = free / max(len(scenes) - 1, 1)
    return Solid(
        height,
        partial(_paint_figures, scenes=scenes, gutter=even if even <= _WIDEST_GUTTER else _FIGURE_GUTTER),
        gap,
    )


def _paint_figures(pen: Pen, top: float, *, scenes: list[Scene], gutter: float) -> None:
    from qms_reports.charts.pdf import paint

    x = MARGIN
    for scene in scenes:
        scale = _scale(scene)
        bottom = top - scene.height * scale
        box = f"{x:.0f} {bottom:.0f} {x + scene.width * scale:.0f} {top:.0f}"
        with pen.page.content("Figure", alt=scene.alt, attributes=f"<</O/Layout/BBox[{box}]/Placement/Block>>"):
            canvas = pen.page.canvas
            canvas.saveState()
            if scale < 1.0:
                canvas.translate(x, bottom)
                canvas.scale(scale, scale)
                paint(canvas, scene, 0, 0)
            else:
                paint(canvas, scene, x, bottom)
            canvas.restoreState()
        x += scene.width * scale + gutter
