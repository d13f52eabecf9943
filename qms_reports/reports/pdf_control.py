"""Document control: cover, approvals, revision history, distribution, contents, and the control totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.languages import language
from qms_reports.reports.document import Cell, Column, ControlTotal, Figure, Report, Table
from qms_reports.reports.flow import Block, Solid
from qms_reports.reports.pdf_tables import Spacing, table_parts

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting

CONTROL_TABLE = "control-totals"
_HASH_DIGITS = 12
_TO_SIGN = Spacing(padding=10.0, least=27.0, level="H2")
_TIGHT = Spacing(padding=3.5, level="H2", largest=7.5)
_LABEL_SIZE, _FACT_SIZE, _FACT_LEADING = 7.0, 9.0, 12.0
_ENTRY_SIZE, _ENTRY_HEIGHT = 8.5, 14.0
_TWO_COLUMNS_FROM = 9  # entries of the contents
_COLUMN_GAP = 28.0
_FACT_WIDTH = 150.0  # least width of a column of facts


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents.

    Attributes:
        title: Of the section.
        key: Its destination.
    """

    title: str
    key: str


def cover_blocks(setting: Setting, entries: Sequence[Entry]) -> Iterator[Block]:
    """The cover: whose report this is, which one, over what, who answers for it, and what is in it."""
    yield _title_page(setting)
    yield from _facts(setting, gap=20.0)
    yield from control_blocks(setting, gap=22.0)
    yield from contents_blocks(setting, entries, gap=22.0)


def control_blocks(setting: Setting, gap: float) -> Iterator[Block]:
    """Who signs, and what earlier versions said."""
    report = setting.report
    if report.approvals:
        yield from table_parts(setting, _approvals(setting), gap=gap, spacing=_TO_SIGN)
    if report.revisions:
        yield from table_parts(setting, _revisions(setting), gap=gap, spacing=_TIGHT)


def needs_control_section(report: Report) -> bool:
    """Whether a report without a cover has anything to say about its own control."""
    return bool(
        report.approvals
        or report.revisions
        or report.distribution
        or report.retention
        or report.prepared_by
        or report.classification
        or report.parameters
    )


def control_section(setting: Setting) -> Iterator[Block]:
    """The same at the end of a report without a cover."""
    yield from _facts(setting, gap=0.0)
    yield from control_blocks(setting, gap=16.0)


def _title_page(setting: Setting) -> Block:
    """Logo, organisation, title, period, status; an accent rule below."""
    report, sheet = setting.report, setting.sheet
    logo_height = setting.logo.size(sheet.column * 0.4, 48.0)[1] if setting.logo else 0.0
    organization = typeface.wrap(report.organization, typeface.SEMIBOLD, 11.0, sheet.column)
    title = typeface.wrap(report.title, typeface.BOLD, 30.0, sheet.column)
    period = typeface.wrap(report.period_label, typeface.REGULAR, 16.0, sheet.column - 140.0)
    head = (logo_height + 16.0 if setting.logo else 0.0) + 14.0 * len(organization)
    rest = 36.0 * len(title) + 21.0 * len(period) + 22.0
    space = max(26.0, sheet.room * 0.05)

    def paint(pen: Pen, top: float) -> None:
        page, left, y = pen.page, sheet.margin, top
        if setting.logo:
            wide, high = setting.logo.size(sheet.column * 0.4, 48.0)
            box = f"{left:.0f} {y - high:.0f} {left + wide:.0f} {y:.0f}"
            attributes = f"<</O/Layout/BBox[{box}]/Placement/Block>>"
            with page.content("Figure", alt=setting.logo.alt, attributes=attributes):
                setting.logo.draw(pen, left, y - high, sheet.column * 0.4, 48.0)
            y -= high + 16.0
        with page.content("P"):
            pen.lines(left, y - 11.0, organization, typeface.SEMIBOLD, 11.0, 14.0, palette.INK2)
        y -= 14.0 * len(organization) + space
        with page.content("H1"):
            pen.lines(left, y - 28.0, title, typeface.BOLD, 30.0, 36.0, setting.accent)
        y -= 36.0 * len(title)
        with page.content("P"):
            pen.lines(left, y - 18.0, period, typeface.REGULAR, 16.0, 21.0, palette.INK2)
        word = setting.status
        wide = typeface.text_width(word, typeface.SEMIBOLD, 9.0) + 22.0
        with page.artifact():
            pen.rounded(sheet.right - wide, y - 23.0, wide, 18.0, 9.0, stroke=setting.accent, line_width=1.0)
        with page.content("P"):
            pen.text(sheet.right - wide / 2, y - 17.2, word, typeface.SEMIBOLD, 9.0, setting.accent, "center")
        y -= 21.0 * len(period) + 12.0
        with page.artifact():
            pen.rectangle(left, y - 3.0, sheet.column, 3.0, setting.accent)

    return Solid(head + space + rest, paint)


def _facts(setting: Setting, gap: float) -> Iterator[Block]:
    """Labelled facts side by side, row by row."""
    report = setting.report
    facts = [
        ("document_number", report.document_number),
        ("version", report.version),
        ("period", f"{report.period_label} ({report.period_key})"),
        ("cutoff", report.cutoff_label),
        ("scope", "\n".join(f"{title}: {value}" for title, value in report.parameters)),
        ("prepared_by", report.prepared_by),
        ("classification", report.classification),
        ("retention", report.retention),
        ("distribution", "\n".join(report.distribution)),
    ]
    shown = [(setting.text(key), text) for key, text in facts if text]
    across = max(1, int((setting.sheet.column + _COLUMN_GAP) / (_FACT_WIDTH + _COLUMN_GAP)))
    column = (setting.sheet.column - _COLUMN_GAP * (across - 1)) / across
    cells = [
        (
            label,
            [line for part in text.split("\n") for line in typeface.wrap(part, typeface.REGULAR, _FACT_SIZE, column)],
        )
        for label, text in shown
    ]
    for start in range(0, len(cells), across):
        row = cells[start : start + across]
        height = 11.0 + _FACT_LEADING * max(len(lines) for _, lines in row)
        paint = partial(_paint_facts, setting=setting, row=row, column=column)
        yield Solid(height, paint, 9.0 if start else gap, keep=start == 0)


def _paint_facts(
    pen: Pen, top: float, *, setting: Setting, row: Sequence[tuple[str, list[str]]], column: float
) -> None:
    for number, (label, lines) in enumerate(row):
        x = setting.sheet.margin + number * (column + _COLUMN_GAP)
        with pen.page.content("P"):
            pen.text(x, top - _LABEL_SIZE, label, typeface.SEMIBOLD, _LABEL_SIZE, palette.INK2)
            pen.lines(x, top - 11.0 - _FACT_SIZE, lines, typeface.REGULAR, _FACT_SIZE, _FACT_LEADING, palette.INK)


def _approvals(setting: Setting) -> Table:
    heads = ("meaning", "role", "name", "signature", "signed")
    weights = (1.0, 1.0, 1.5, 25.0, 1.5)
    return Table(
        "approvals",
        setting.text("approvals"),
        tuple(
            Column(setting.text(f"approval_{head}"), weight=weight) for head, weight in zip(heads, weights, strict=True)
        ),
        tuple((line.meaning, line.role, line.name, "", line.signed) for line in setting.report.approvals),
    )


def _revisions(setting: Setting) -> Table:
    return Table(
        "revisions",
        setting.text("revisions"),
        tuple(
            Column(setting.text(f"revision_{head}"), weight=3.0 if head == "reason" else 1.0)
            for head in ("version", "cutoff", "hash", "reason")
        ),
        tuple(
            (
                revision.version,
                revision.cutoff,
                revision.content_sha256[:_HASH_DIGITS] or setting.text("this_version"),
                revision.reason,
            )
            for revision in setting.report.revisions
        ),
    )


def contents_blocks(setting: Setting, entries: Sequence[Entry], gap: float) -> Iterator[Block]:
    """The sections with their pages, each a link; in two columns when they are many."""
    sheet = setting.sheet
    columns = 2 if len(entries) >= _TWO_COLUMNS_FROM else 1
    width = (sheet.column - _COLUMN_GAP * (columns - 1)) / columns
    room = width - 30.0
    wrapped = [typeface.wrap(entry.title, typeface.REGULAR, _ENTRY_SIZE, room) or [entry.key] for entry in entries]
    per_column = -(-len(entries) // columns)
    heights = [_ENTRY_HEIGHT + 10.5 * (len(lines) - 1) for lines in wrapped]
    height = max((sum(heights[i * per_column : (i + 1) * per_column]) for i in range(columns)), default=0.0)

    def paint_title(pen: Pen, top: float) -> None:
        with pen.page.content("H2"):
            pen.text(sheet.margin, top - 8.0, setting.text("contents"), typeface.SEMIBOLD, 9.5)

    def paint(pen: Pen, top: float) -> None:
        with pen.page.group("TOC"):
            for number, (entry, lines) in enumerate(zip(entries, wrapped, strict=True)):
                column, place = divmod(number, per_column)
                x = sheet.margin + column * (width + _COLUMN_GAP)
                y = top - sum(heights[column * per_column : column * per_column + place])
                _paint_entry(pen, setting, entry, lines, (x, y, width, heights[number]))

    yield Solid(19.0, paint_title, gap, keep=True)
    yield Solid(height, paint)


def _paint_entry(
    pen: Pen, setting: Setting, entry: Entry, lines: Sequence[str], box: tuple[float, float, float, float]
) -> None:
    x, top, width, height = box
    number = setting.pages[entry.key]
    page = pen.page
    with page.artifact():
        pen.rule(x, top - height + 1.0, x + width, top - height + 1.0, palette.GRID, 0.5)
    with page.group("TOCI"), page.content("Link") as element:
        pen.lines(x, top - 9.5, lines, typeface.REGULAR, _ENTRY_SIZE, 10.5, palette.INK)
        pen.text(x + width, top - 9.5, str(number), typeface.SEMIBOLD, _ENTRY_SIZE, palette.INK2, "right")
    said = setting.text("link_section", title=entry.title, page=number)
    page.link((x, top - height + 1.0, x + width, top), entry.key, said, element)


def control_table(report: Report) -> Table:
    """What went in and what came out, dataset by dataset, and in all."""
    words = partial(language(report.language).text)
    totals = report.control_totals
    heads = ("read", "accepted", "quarantined", "duplicates", "records", "in_period")
    counts = [tuple(getattr(total, head) for head in heads) for total in totals]
    lines = [(total.dataset, total.source, row) for total, row in zip(totals, counts, strict=True)]
    if len(totals) > 1:
        lines.append((words("pdf.control_all"), "", tuple(sum(column) for column in zip(*counts, strict=True))))
    rows: list[tuple[Cell, ...]] = [
        (dataset, source, *(Figure(count, 0) for count in row)) for dataset, source, row in lines
    ]
    failed = [total.dataset for total in totals if not reconciles(total)]
    notes = [words("pdf.control_note")]
    if failed:
        notes.insert(0, words("pdf.control_failed", datasets=", ".join(failed)))
    table = Table(
        CONTROL_TABLE,
        words("pdf.control_totals"),
        (
            Column(words("pdf.control_dataset"), weight=2.0),
            Column(words("pdf.control_source"), weight=2.0),
            *(Column(words(f"pdf.control_{head}"), "integer") for head in heads),
        ),
        tuple(rows),
        note=" ".join(notes),
    )
    if any(total.source not in ("", total.dataset) for total in totals):
        return table
    dropped = tuple((row[0], *row[2:]) for row in table.rows)
    return replace(table, columns=(table.columns[0], *table.columns[2:]), rows=dropped)


def reconciles(total: ControlTotal) -> bool:
    """Whether every row that was read is accounted for."""
    return total.read == total.accepted + total.quarantined + total.duplicates


def control_total_blocks(setting: Setting, gap: float) -> list[Block]:
    """The control totals, set tight."""
    if not setting.report.control_totals:
        return []
    return table_parts(setting, control_table(setting.report), gap=gap, spacing=_TIGHT)
