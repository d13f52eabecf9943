"""The parts of a report as blocks of the page flow: headings, running text, tiles, figures, tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.charts.specification import Chart
from qms_reports.reports.document import Figures, Paragraph, Section, Table, Tile
from qms_reports.reports.flow import Block, Lines, Solid
from qms_reports.reports.pdf_links import chart_key, definition_key, table_key
from qms_reports.reports.pdf_table_rows import USUAL, Spacing
from qms_reports.reports.pdf_tables import table_parts
from qms_reports.reports.tile_drawing import draw_tile
from qms_reports.reports.tiles import GUTTER, TileLayout, lay_out_grid, tiles_per_row

if TYPE_CHECKING:
    from qms_reports.charts.scene import Scene
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting

SECTION_GAP = 24.0
BLOCK_GAP = 16.0
_FIGURE_GUTTER = 20.0
_LEAST_GUTTER = 11.0
_MOST_STRETCH = 1.25  # a lone chart is not blown up to the whole column
_TEXT_SIZE = 8.5
_INTRODUCTION = 3  # lines at most of a text that stays with the chart or table it introduces
_CAPTION_SIZE, _CAPTION_LEADING, _CAPTION_GAP = 6.5, 9.0, 6.0


def heading(setting: Setting, title: str, key: str, gap: float = SECTION_GAP, *, closed: bool = False) -> Block:
    """A section heading with its bookmark; it stays with what follows."""
    sheet = setting.sheet
    lines = typeface.wrap(title, typeface.SEMIBOLD, 13, sheet.column)

    def paint(pen: Pen, top: float) -> None:
        pen.page.destination(key, top + 12)
        pen.page.bookmark(title, key, 0, closed=closed)
        with pen.page.content("H2"):
            pen.lines(sheet.margin, top - 11, lines, typeface.SEMIBOLD, 13, 16, palette.INK)

    return Solid(16.0 * len(lines) + 7.0, paint, gap, keep=True, anchors=(key,))


def text_block(
    setting: Setting,
    text: str,
    *,
    font: str = typeface.REGULAR,
    size: float = _TEXT_SIZE,
    leading: float = 12.5,
    color: str = palette.INK,
    gap: float = 8.0,
    keep: bool = False,
) -> Block:
    """Running text; it may split between pages."""
    left = setting.sheet.margin
    lines = typeface.wrap(text, font, size, setting.sheet.column)

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        with pen.page.content("P"):
            pen.lines(left, top - size, lines[start:stop], font, size, leading, color)

    return Lines(len(lines), leading, paint, gap, keep)


def section_blocks(setting: Setting, section: Section, key: str) -> Iterator[Block]:
    """A section: heading, tiles, then its blocks in order."""
    yield heading(setting, section.title, key)
    if not section.tiles and not section.blocks:
        yield text_block(setting, setting.text("empty_section"), color=palette.INK3, gap=0)
    yield from tile_rows(setting, section.tiles, gap=2.0)
    first = not section.tiles
    for number, block in enumerate(section.blocks, start=1):
        gap = 0.0 if first else BLOCK_GAP
        first = False
        if isinstance(block, Paragraph):
            lines = len(typeface.wrap(block.text, typeface.REGULAR, _TEXT_SIZE, setting.sheet.column))
            introduces = number < len(section.blocks) and lines <= _INTRODUCTION
            yield text_block(setting, block.text, gap=min(gap, 10.0), keep=introduces)
        elif isinstance(block, Figures):
            yield from figure_rows(setting, block.charts, gap)
        else:
            yield from table_blocks(setting, block, gap)


def table_blocks(setting: Setting, table: Table, gap: float, spacing: Spacing = USUAL, name: str = "") -> list[Block]:
    """A table in the full column, with a bookmark of its own; in column blocks if it is wider than the column.

    `name` is what it is called where it goes on, if it has no title of its own.
    """
    key = table_key(table.id)

    def bookmark(pen: Pen, top: float) -> None:
        pen.page.destination(key, top + 8)
        if table.title:
            pen.page.bookmark(table.title, key, 1)

    return table_parts(setting, table, gap=gap, on_start=bookmark, anchors=(key,), spacing=spacing, name=name)


def tile_rows(setting: Setting, tiles: Sequence[Tile], gap: float) -> Iterator[Block]:
    """One block per row of tiles; the rows of a grid look alike."""
    layouts = lay_out_grid(tiles, setting.sheet.column)
    per_row = tiles_per_row(setting.sheet.column)
    for start in range(0, len(layouts), per_row):
        row = layouts[start : start + per_row]
        yield Solid(row[0].height, partial(_paint_tiles, row=row, setting=setting), GUTTER if start else gap)


def _paint_tiles(pen: Pen, top: float, *, row: Sequence[TileLayout], setting: Setting) -> None:
    for number, layout in enumerate(row):
        target = setting.links.of_tile(layout.tile.kpi)
        draw_tile(
            pen,
            layout,
            setting.sheet.margin + number * (layout.width + GUTTER),
            top,
            link=(target[0], setting.text(target[1], title=target[2])) if target else None,
            course=_course(setting, layout.tile),
        )


def _course(setting: Setting, tile: Tile) -> str:
    """What the sparkline of a tile shows, for readers who cannot see it."""
    labels = tile.series_labels or ("–",)
    return setting.text("sparkline_alt", title=tile.title, count=len(tile.series), first=labels[0], last=labels[-1])


def figure_rows(setting: Setting, charts: Sequence[Chart], gap: float) -> Iterator[Block]:
    """Charts side by side as many as fit, the row stretched to the column; a wider chart is drawn as wide as that."""
    column = setting.sheet.column
    row: list[Chart] = []
    used = 0.0
    for chart in charts:
        if "pdf" not in chart.specification.outputs:
            continue
        width = min(chart.specification.width, column)
        if row and used + _LEAST_GUTTER + width > column + 0.5:
            yield _figure_row(setting, row, gap)
            row, used, gap = [], 0.0, BLOCK_GAP
        used += width + (_LEAST_GUTTER if row else 0.0)
        row.append(chart)
    if row:
        yield _figure_row(setting, row, gap)


def _figure_row(setting: Setting, charts: list[Chart], gap: float) -> Block:
    from qms_reports.charts.layout import draw

    column, highest = setting.sheet.column, setting.sheet.room - 60.0
    widths = [min(chart.specification.width, column) for chart in charts]
    gutter = min(_FIGURE_GUTTER, max(_LEAST_GUTTER, (column - sum(widths)) / max(len(charts) - 1, 1)))
    stretch = (column - gutter * (len(charts) - 1)) / sum(widths)
    widths = [width * stretch if stretch <= _MOST_STRETCH else width for width in widths]
    scenes, captions = [], []
    for chart, width in zip(charts, widths, strict=True):
        sized = replace(chart.specification, width=width, height=min(chart.specification.height, highest))
        scenes.append(draw(replace(chart, specification=sized)))
        captions.append(_caption(setting, chart.specification.id, width))
    height = max(
        scene.height + (_CAPTION_GAP + len(caption) * _CAPTION_LEADING if caption else 0.0)
        for scene, caption in zip(scenes, captions, strict=True)
    )
    return Solid(
        height,
        partial(_paint_figures, setting=setting, charts=charts, scenes=scenes, captions=captions, gutter=gutter),
        gap,
        anchors=tuple(chart_key(chart.specification.id) for chart in charts),
    )


_Linked = tuple[float, str, str]
"""A text in a line of links: x, text, and the KPI whose definition it leads to (empty for none)."""


def _caption(setting: Setting, chart: str, width: float) -> list[list[_Linked]]:
    """Lines that name the KPIs of a chart, each a link to its definition."""
    kpis = setting.links.kpis_of.get(chart, ())
    if not kpis:
        return []
    label = setting.text("definition_of" if len(kpis) == 1 else "definitions_of")
    lines: list[list[_Linked]] = [[(0.0, label, "")]]
    x = typeface.text_width(typeface.printable(label), typeface.REGULAR, _CAPTION_SIZE) + 3.0
    for number, kpi in enumerate(kpis):
        title = setting.links.definitions[kpi]
        parts = typeface.wrap(title, typeface.REGULAR, _CAPTION_SIZE, width)
        wide = typeface.text_width(typeface.printable(title), typeface.REGULAR, _CAPTION_SIZE)
        if x and x + wide > width:
            lines.append([])
            x = 0.0
        elif number:
            lines[-1].append((x - 6.0, "·", ""))
        for part in parts:
            if part is not parts[0]:
                lines.append([])
                x = 0.0
            lines[-1].append((x, part, kpi))
            x += typeface.text_width(typeface.printable(part), typeface.REGULAR, _CAPTION_SIZE)
        x += 8.0
    return lines


def _paint_figures(
    pen: Pen,
    top: float,
    *,
    setting: Setting,
    charts: list[Chart],
    scenes: list[Scene],
    captions: list[list[list[_Linked]]],
    gutter: float,
) -> None:
    from qms_reports.charts.pdf import paint

    x = setting.sheet.margin
    for chart, scene, caption in zip(charts, scenes, captions, strict=True):
        key, bottom = chart_key(chart.specification.id), top - scene.height
        pen.page.destination(key, top + 8)
        pen.page.bookmark(chart.specification.title, key, 1)
        box = f"{x:.0f} {bottom:.0f} {x + scene.width:.0f} {top:.0f}"
        with pen.page.content("Figure", alt=scene.alt, attributes=f"<</O/Layout/BBox[{box}]/Placement/Block>>"):
            paint(pen.page.canvas, scene, x, bottom)
        if caption:
            with pen.page.group("P"):
                _paint_caption(pen, setting, caption, x, bottom)
        x += scene.width + gutter


def _paint_caption(pen: Pen, setting: Setting, caption: list[list[_Linked]], x: float, top: float) -> None:
    y = top - _CAPTION_GAP - _CAPTION_SIZE
    for line in caption:
        for offset, text, kpi in line:
            if kpi:
                said = setting.text("link_definition", title=setting.links.definitions[kpi])
                pen.link_text(
                    x + offset, y, text, typeface.REGULAR, _CAPTION_SIZE, palette.INK2, definition_key(kpi), said
                )
            else:
                with pen.page.content("Span"):
                    pen.text(x + offset, y, text, typeface.REGULAR, _CAPTION_SIZE, palette.INK3)
        y -= _CAPTION_LEADING
