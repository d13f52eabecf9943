"""The first page of content: the summary, the headline figures, the control totals and what needs action."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.flow import Block, Solid
from qms_reports.reports.pdf_control import control_total_blocks
from qms_reports.reports.pdf_sections import heading, table_blocks, text_block, tile_rows

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting

SUMMARY = "summary"
ACTIONS = "actions"
_INDENT = 12.0


def opening_blocks(setting: Setting, room: float) -> Iterator[Block]:
    """Summary, tiles, control totals; tiles that the page is too short for come after the totals.

    Args:
        setting: The report.
        room: Height of the first page.
    """
    blocks = list(_summary(setting))
    tiles = list(tile_rows(setting, setting.report.tiles, gap=16.0 if blocks else 0.0))
    totals = control_total_blocks(setting, gap=16.0)
    left = room - sum(getattr(block, "height", block.least) + block.gap for block in (*blocks, *totals))
    first = 0
    while totals and first < len(tiles) and left >= tiles[first].least + tiles[first].gap:
        left -= tiles[first].least + tiles[first].gap
        first += 1
    yield from (*blocks, *tiles[:first], *totals, *tiles[first:])


def _summary(setting: Setting) -> Iterator[Block]:
    report = setting.report
    if report.cover:
        yield heading(setting, setting.text("summary"), SUMMARY, gap=0)
    sentences = report.summary or ((report.headline,) if report.headline else ())
    for number, sentence in enumerate(sentences):
        if number == 0:
            yield text_block(setting, sentence, font=typeface.SEMIBOLD, size=11.5, leading=16, gap=0)
        else:
            yield _point(setting, sentence, gap=7.0 if number == 1 else 3.0)


def _point(setting: Setting, sentence: str, gap: float) -> Block:
    """A further sentence of the summary, with a mark in the company's colour before it."""
    left = setting.sheet.margin
    lines = typeface.wrap(sentence, typeface.REGULAR, 9.0, setting.sheet.column - _INDENT)

    def paint(pen: Pen, top: float) -> None:
        with pen.page.artifact():
            pen.rectangle(left, top - 7.6, 4.0, 4.0, setting.accent)
        with pen.page.content("P"):
            pen.lines(left + _INDENT, top - 9.0, lines, typeface.REGULAR, 9.0, 12.5, palette.INK)

    return Solid(12.5 * len(lines), paint, gap)


def action_blocks(setting: Setting) -> Iterator[Block]:
    """What needs action by declared rules; a list without entries says so."""
    actions = setting.report.actions
    if actions is None:
        return
    yield heading(setting, setting.text("actions"), ACTIONS)
    if actions.rows:
        yield from table_blocks(setting, actions, gap=0.0)
    else:
        yield text_block(setting, setting.text("no_actions"), gap=0)
