"""Document control: cover, approvals, revision history, distribution, contents, and the control totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.languages import language
from qms_reports.reports.document import Cell, Column, ControlTotal, Figure, Report, Table
from qms_reports.reports.flow import Block, Lines, Solid
from qms_reports.reports.pdf_table_rows import Spacing
from qms_reports.reports.pdf_tables import table_parts

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
_TITLE_SIZES = (30.0, 28.0, 26.0, 24.0)  # the largest at which the title stands on one line
_MOST_LINES = 8  # of a fact beside others


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
    size = next((size for size in _TITLE_SIZES if _fits(report.title, size, sheet.column)), _TITLE_SIZES[0])
    title = typeface.wrap(report.title, typeface.BOLD, size, sheet.column)
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
            pen.lines(left, y - 28.0, title, typeface.BOLD, size, 36.0, setting.accent)
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


def _fits(title: str, size: float, width: float) -> bool:
    return typeface.text_width(typeface.printable(title), typeface.BOLD, size) <= width


def _facts(setting: Setting, gap: float) -> Iterator[Block]:
    """Labelled facts side by side, row by row; a long list below them in the full width."""
    report = setting.report
    facts = [
        ("document_number", report.document_number),
        ("version", report.version),
        ("period", report.period_text),
        ("cutoff", report.cutoff_label),
        ("scope", "\n".join(f"{title}: {value}" for title, value in report.parameters)),
        ("prepared_by", report.prepared_by),
        ("classification", report.classification),
        ("retention", report.retention),
        ("distribution", "\n".join(report.distribution)),
    ]
    across = max(1, int((setting.sheet.column + _COLUMN_GAP) / (_FACT_WIDTH + _COLUMN_GAP)))
    column = (setting.sheet.column - _COLUMN_GAP * (across - 1)) / across
    short: list[_Fact] = []
    long: list[_Fact] = []
    for key, text in facts:
        parts = text.split("\n")
        lines = [line for part in parts for line in typeface.wrap(part, typeface.REGULAR, _FACT_SIZE, column)]
        if len(lines) > _MOST_LINES:
            lines = typeface.wrap(" · ".join(parts), typeface.REGULAR, _FACT_SIZE, setting.sheet.column)
            long.append((setting.text(key), lines))
        elif text:
            short.append((setting.text(key), lines))
    for start in range(0, len(short), across):
        row = short[start : start + across]
        height = 11.0 + _FACT_LEADING * max(len(lines) for _, lines in row)
        paint = partial(_paint_facts, setting=setting, row=row, column=column)
        yield Solid(height, paint, 9.0 if start else gap, keep=start == 0)
    for label, lines in long:
        yield Solid(11.0, partial(_paint_facts, setting=setting, row=[(label, [])], column=column), 9.0, keep=True)
        yield Lines(len(lines), _FACT_LEADING, partial(_paint_long_fact, setting=setting, lines=lines))


_Fact = tuple[str, list[str]]
"""A label and the lines below it."""


def _paint_long_fact(pen: Pen, top: float, start: int, stop: int, *, setting: Setting, lines: list[str]) -> None:
    with pen.page.content("P"):
        y = top - _FACT_SIZE
        pen.lines(setting.sheet.margin, y, lines[start:stop], typeface.REGULAR, _FACT_SIZE, _FACT_LEADING, palette.INK)


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
    lines = [
        _Listed(entry, tuple(typeface.wrap(entry.title, typeface.REGULAR, _ENTRY_SIZE, width - 30.0)))
        for entry in entries
    ]

    def paint_title(pen: Pen, top: float) -> None:
        with pen.page.content("H2"):
            pen.text(sheet.margin, top - 8.0, setting.text("contents"), typeface.SEMIBOLD, 9.5)

    yield Solid(19.0, paint_title, gap, keep=True)
    while lines:
        taken, used = 0, 0.0  # as many as one page holds
        while taken < len(lines) and used + lines[taken].height <= columns * (sheet.room - 60.0) * 0.9:
            used += lines[taken].height
            taken += 1
        part, lines = lines[: max(taken, 1)], lines[max(taken, 1) :]
        per_column = -(-len(part) // columns)
        stacks = [part[start : start + per_column] for start in range(0, len(part), per_column)]
        height = max(sum(listed.height for listed in stack) for stack in stacks)
        yield Solid(height, partial(_paint_contents, setting=setting, stacks=stacks, width=width))


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of the contents with its title wrapped."""

    entry: Entry
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """In points."""
        return _ENTRY_HEIGHT + 10.5 * max(len(self.lines) - 1, 0)


def _paint_contents(
    pen: Pen, top: float, *, setting: Setting, stacks: Sequence[Sequence[_Listed]], width: float
) -> None:
    with pen.page.group("TOC"):
        for column, stack in enumerate(stacks):
            y = top
            for listed in stack:
                x = setting.sheet.margin + column * (width + _COLUMN_GAP)
                _paint_entry(pen, setting, listed.entry, listed.lines, (x, y, width, listed.height))
                y -= listed.height


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
