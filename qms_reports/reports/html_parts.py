"""Pieces of the HTML form: text that is safe to put in, tables, tiles, charts as inline pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from qms_reports.charts.specification import Chart
from qms_reports.languages import Language
from qms_reports.reports.document import Cell, Column, Figures, Paragraph, Section, Table, Tile
from qms_reports.reports.printed_cells import cell_text
from qms_reports.reports.status_pill import split_status

_NUMERIC = ("integer", "number", "percent", "date")
_ARROWS = {"up": "▲", "down": "▼", "flat": "◆", "none": ""}
_SHAPES = {"good": "●", "warning": "▲", "bad": "■", "none": "○"}
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]")
_MOST_ROWS = 500
_SHORT = re.compile(r"\S{1,12}")  # not wrapped, as on paper: half an interval looks like a figure


def safe(text: str) -> str:
    """Text as HTML shows it: markup is text, control characters are visible blanks."""
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))


def status(rating: str, word: str) -> str:
    """A status as shape and word; the colour only goes along."""
    shape = _SHAPES[rating]
    return f'<span class="status {rating}"><span aria-hidden="true">{shape}</span> {safe(word)}</span>'


def table(
    words: Language, id_: str, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]],
    note: str = "", kpis: Sequence[str] = (), total: int | None = None,
) -> str:  # fmt: skip
    """A table with caption, heads that name their columns, and a note that says what is not shown.

    Args:
        words: Language of the numbers and fixed text.
        id_: Anchor.
        title: Caption; none if empty.
        columns: Heads and kinds.
        rows: Cells; of very long tables the first ones are shown, and the note says so.
        note: Printed below.
        kpis: Per row the KPI whose definition its first cell links to, or nothing.
        total: How many rows there are in all.
    """
    held = list(rows)
    shown = held[:_MOST_ROWS]
    total = len(held) if total is None else total
    notes = [note] if note else []
    if total > len(shown):
        notes.append(words.text("web.rows_shown", shown=len(shown), total=total))
    head = "".join(f'<th scope="col"{_side(column)}>{safe(column.name)}</th>' for column in columns)
    body = "".join(
        _row(words, columns, row, kpis[place] if place < len(kpis) else "") for place, row in enumerate(shown)
    )
    caption = f"<caption>{safe(title)}</caption>" if title else ""
    below = f'<p class="note">{safe(" ".join(notes))}</p>' if notes else ""
    return (
        f'<div class="wide" id="{safe(id_)}"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{below}</div>"
    )


def _side(column: Column) -> str:
    return ' class="number"' if column.kind in _NUMERIC else ""


def _row(words: Language, columns: Sequence[Column], row: Sequence[Cell], kpi: str) -> str:
    cells = []
    for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
        if column.kind == "status" and isinstance(cell, str) and cell:
            shown = status(*split_status(cell))
        else:
            shown = safe(cell_text(cell, column, words))
        if kpi and place == 0:
            text = shown.lstrip()  # indented lines are links from their first letter on
            shown = f'{shown.removesuffix(text)}<a href="#definition-{safe(kpi)}">{text}</a>'
        side = ' class="short"' if column.kind == "text" and _SHORT.fullmatch(shown) else _side(column)
        cells.append(f"<td{side}>{shown}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def tiles(shown: Sequence[Tile], charts_of: dict[str, str], defined: Mapping[str, str]) -> str:
    """Headline figures; each leads to its chart, or else to its definition."""
    return f'<div class="tiles">{"".join(_tile(tile, charts_of, defined) for tile in shown)}</div>' if shown else ""


def _tile(tile: Tile, charts_of: dict[str, str], defined: Mapping[str, str]) -> str:
    target = ""
    if tile.kpi in charts_of:
        target = f"#chart-{charts_of[tile.kpi]}"
    elif tile.kpi in defined:
        target = f"#definition-{tile.kpi}"
    title = f'<a href="{safe(target)}">{safe(tile.title)}</a>' if target else safe(tile.title)
    unit = f' <span class="unit">{safe(tile.unit)}</span>' if tile.unit else ""
    goodness = "" if tile.trend_good is None else " better" if tile.trend_good else " worse"
    change = " ".join(filter(None, (_ARROWS[tile.trend], tile.change, tile.comparator)))
    facts = " · ".join(filter(None, (tile.fraction, tile.interval)))
    return (
        f'<section class="tile"><h3>{title}</h3><p class="value"><data value="{_exact(tile.value)}">'
        f"{safe(tile.text)}</data>{unit}</p>"
        f'<p class="change{goodness}">{safe(change)}</p><p class="facts">{safe(facts)}</p>'
        f'<p class="facts">{safe(tile.signal_text)}</p>'
        f'<p>{status(tile.status, tile.status_text)} <span class="target">{safe(tile.target)}</span></p></section>'
    )


def _exact(value: float | None) -> str:
    return "" if value is None else repr(value)


def section(words: Language, part: Section, charts_of: dict[str, str], defined: Mapping[str, str],
            kpis_of: dict[str, tuple[str, ...]]) -> str:  # fmt: skip
    """One part of the report."""
    pieces = [f'<section id="section-{safe(part.id)}"><h2>{safe(part.title)}</h2>']
    pieces.append(tiles(part.tiles, charts_of, defined))
    for block in part.blocks:
        if isinstance(block, Paragraph):
            pieces.append(f"<p>{safe(block.text)}</p>")
        elif isinstance(block, Figures):
            pieces.append(figures(block.charts, kpis_of, defined))
        else:
            pieces.append(document_table(words, block))
    return "".join([*pieces, "</section>"])


def document_table(words: Language, block: Table) -> str:
    """A table of the document model."""
    return table(
        words, f"table-{block.id}", block.title, block.columns, block.rows, block.note, block.kpi_rows, block.total_rows
    )


def figures(charts: Sequence[Chart], kpis_of: dict[str, tuple[str, ...]], defined: Mapping[str, str]) -> str:
    """Charts as inline SVG; what they show is said in words for those who cannot see them."""
    from qms_reports.charts.layout import draw
    from qms_reports.charts.picture import to_svg

    drawn = []
    for chart in charts:
        scene = draw(chart)
        svg = to_svg(scene)
        links = "".join(
            f' <a href="#definition-{safe(kpi)}">{safe(defined[kpi])}</a>'
            for kpi in kpis_of.get(chart.specification.id, ())
            if kpi in defined
        )
        below = f"<figcaption>{links.strip()}</figcaption>" if links else ""
        width = f"max-width:{scene.width * 1.45:.0f}px"
        drawn.append(f'<figure id="chart-{safe(chart.specification.id)}" style="{width}">{svg.strip()}{below}</figure>')
    return f'<div class="figures">{"".join(drawn)}</div>'
