"""The back of a report: what each KPI means, its records, how good the data were, and where every byte is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.document import Appendix, Column, Definition, Figure, Table
from qms_reports.reports.flow import Block, Lines, Solid
from qms_reports.reports.pdf_links import appendix_key, chart_key, definition_key
from qms_reports.reports.pdf_sections import heading, table_blocks, text_block
from qms_reports.reports.pdf_table_rows import Spacing
from qms_reports.reports.quality_tables import QUARANTINE_COLUMNS, SOURCE_COLUMNS, quarantine_cells, source_cells

if TYPE_CHECKING:
    from qms_reports.reports.pdf_attachments import Attached
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting

DEFINITIONS, RECORDS, QUALITY, PROVENANCE = "definitions", "records", "data-quality", "provenance"

_LABEL = 62.0
_SIZE, _LEADING = 7.5, 10.5
_SQL_SIZE, _SQL_LEADING = 6.5, 8.6
_INSET = 6.0
_TIGHT = Spacing(padding=3.5, largest=7.5)
_WHOLE_PANEL = 12  # lines of a panel that does not split between pages
_HASH_DIGITS = 12
_TITLE_SIZE, _TITLE_LEADING = 9.5, 12.0
_FACT_SIZE = 7.0
_SOURCE_HEADS = ("column_dataset", "column_source", "column_file", "", "column_received", "control_read",
                 "control_accepted", "control_quarantined", "control_duplicates")  # fmt: skip
_QUARANTINE_HEADS = ("column_dataset", "column_file", "column_row", "column_rule", "column_column", "column_value",
                     "column_message")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in the file that a line leads to.

    Attributes:
        title: What is there.
        key: Its destination.
        description: What a reader is told about the link.
    """

    title: str
    key: str
    description: str


def definition_blocks(setting: Setting) -> Iterator[Block]:
    """Every KPI shown: formula in words and as declared, target, source, dataset, version, and where it is shown."""
    definitions = setting.report.definitions
    yield heading(setting, setting.text("definitions"), DEFINITIONS, closed=True)
    if not definitions:
        yield text_block(setting, setting.text("no_definitions"), color=palette.INK3, gap=0)
    for number, definition in enumerate(definitions):
        kpi = definition.kpi
        yield _entry_title(
            setting,
            definition.title,
            setting.text("kpi_version", kpi=kpi, version=definition.version),
            definition_key(kpi),
            gap=12.0 if number else 0.0,
        )
        yield labelled(setting, setting.text("formula"), definition.formula, keep=True)
        shown = [
            Reference(title, chart_key(chart), setting.text("link_chart", title=title))
            for chart in setting.links.charts_of.get(kpi, ())
            for title in (setting.links.charts[chart],)
        ]
        records = []
        if kpi in setting.links.records:
            title = setting.links.records[kpi]
            records.append(Reference(title, appendix_key(kpi), setting.text("link_records", title=title)))
        last = not (shown or records or definition.sql)
        yield labelled(setting, setting.text("target"), _facts(setting, definition), keep=not last)
        if shown:
            yield referring(setting, setting.text("shown_in"), shown, keep=bool(records or definition.sql))
        if records:
            yield referring(setting, setting.text("records"), records, keep=bool(definition.sql))
        if definition.sql:
            yield _sql_panel(setting, definition.sql)


def _facts(setting: Setting, definition: Definition) -> str:
    code = f"{definition.code}" if definition.code else ""
    dataset = setting.text("dataset_named", dataset=definition.dataset) if definition.dataset else ""
    return "  ·  ".join(filter(None, (definition.target, definition.source, code, dataset)))


def _entry_title(setting: Setting, title: str, fact: str, key: str, gap: float) -> Block:
    """A heading with a small fact at the right and a rule below; both wrap rather than being cut."""
    sheet = setting.sheet
    room = sheet.column * 0.6
    lines = typeface.wrap(title, typeface.SEMIBOLD, _TITLE_SIZE, room) or [""]
    facts = typeface.wrap(fact, typeface.REGULAR, _FACT_SIZE, sheet.column - room - 16.0)
    height = max(_TITLE_LEADING * len(lines), 9.0 * len(facts)) + 6.0

    def paint(pen: Pen, top: float) -> None:
        page = pen.page
        page.destination(key, top + 10)
        page.bookmark(title, key, 1)
        with page.content("H3"):
            pen.lines(sheet.margin, top - 9.0, lines, typeface.SEMIBOLD, _TITLE_SIZE, _TITLE_LEADING, palette.INK)
        with page.content("P"):
            for number, line in enumerate(facts):
                y = top - 9.0 - 9.0 * number
                pen.text(sheet.right, y, line, typeface.REGULAR, _FACT_SIZE, palette.INK3, "right")
        with page.artifact():
            pen.rule(sheet.margin, top - height + 4.0, sheet.right, top - height + 4.0, palette.RULE, 0.6)

    return Solid(height, paint, gap, keep=True, anchors=(key,))


def labelled(setting: Setting, label: str, text: str, *, keep: bool = False, gap: float = 1.5) -> Block:
    """A small label with its text beside it."""
    left = setting.sheet.margin
    labels = typeface.wrap(label, typeface.SEMIBOLD, _SIZE, _LABEL - 4.0)
    lines = typeface.wrap(text, typeface.REGULAR, _SIZE, setting.sheet.column - _LABEL)
    count = max(len(lines), len(labels), 1)

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        with pen.page.content("P"):
            y = top - _SIZE
            pen.lines(left, y, labels[start:stop], typeface.SEMIBOLD, _SIZE, _LEADING, palette.INK2)
            pen.lines(left + _LABEL, y, lines[start:stop], typeface.REGULAR, _SIZE, _LEADING, palette.INK)

    return Lines(count, _LEADING, paint, gap, keep)


def referring(setting: Setting, label: str, references: Sequence[Reference], *, keep: bool, gap: float = 1.5) -> Block:
    """A small label with links beside it, one below the other, each with its page for readers of paper."""
    left = setting.sheet.margin
    room = setting.sheet.column - _LABEL - 60.0
    parts = [
        (line, reference, number == len(lines) - 1)
        for reference in references
        for lines in (typeface.wrap(reference.title, typeface.REGULAR, _SIZE, room),)
        for number, line in enumerate(lines)
    ]

    def paint(pen: Pen, top: float, start: int, stop: int) -> None:
        y = top - _SIZE
        if start == 0:
            with pen.page.content("P"):
                pen.text(left, y, label, typeface.SEMIBOLD, _SIZE, palette.INK2)
        for line, reference, last in parts[start:stop]:
            text = setting.text("page_reference", title=line, page=setting.pages[reference.key]) if last else line
            with pen.page.group("P"):
                pen.link_text(
                    left + _LABEL, y, text, typeface.REGULAR, _SIZE, palette.INK, reference.key, reference.description
                )
            y -= _LEADING

    return Lines(len(parts), _LEADING, paint, gap, keep)


def _sql_panel(setting: Setting, sql: str) -> Block:
    """The declaration in small type on a tinted panel; indentation and line breaks as declared."""
    sheet = setting.sheet
    lines: list[tuple[float, str]] = []
    for declared in sql.strip("\n").expandtabs(4).splitlines() or [""]:
        indent = (len(declared) - len(declared.lstrip(" "))) * _SQL_SIZE * 0.45
        indent = min(indent, sheet.column / 3)
        wrapped = typeface.wrap(declared, typeface.REGULAR, _SQL_SIZE, sheet.column - 2 * _INSET - indent)
        lines += [(indent + (8.0 if number else 0.0), line) for number, line in enumerate(wrapped or [""])]

    def paint(pen: Pen, top: float, start: int = 0, stop: int = len(lines)) -> None:
        with pen.page.artifact():
            height = (stop - start) * _SQL_LEADING
            pen.rounded(sheet.margin, top - height - 3.0, sheet.column, height + 6.0, 2.5, fill=palette.PANEL)
        with pen.page.content("P"):
            for number, (indent, line) in enumerate(lines[start:stop]):
                y = top - number * _SQL_LEADING - _SQL_SIZE
                pen.text(sheet.margin + _INSET + indent, y, line, typeface.REGULAR, _SQL_SIZE, palette.INK2)

    if len(lines) <= _WHOLE_PANEL:
        return Solid(len(lines) * _SQL_LEADING, paint, gap=6.0)
    return Lines(len(lines), _SQL_LEADING, paint, gap=6.0)


def record_blocks(setting: Setting) -> Iterator[Block]:
    """The records behind the figures, figure by figure; as many as are printed, all of them in the attached files."""
    appendices = setting.report.appendices
    if not appendices:
        return
    yield heading(setting, setting.text("appendix"), RECORDS, closed=True)
    for number, appendix in enumerate(appendices):
        parts = " · ".join(filter(None, (appendix.value, appendix.parts)))
        yield _entry_title(setting, appendix.title, parts, appendix_key(appendix.kpi), gap=16.0 if number else 0.0)
        if appendix.kpi in setting.links.definitions:
            yield _back(setting, appendix)
        yield from table_blocks(setting, replace(appendix.table, title=""), gap=4.0, name=appendix.title)
        if appendix.exposure is not None:
            title = appendix.exposure.title or setting.text("exposure")
            yield from table_blocks(setting, replace(appendix.exposure, title=title), gap=12.0)


def _back(setting: Setting, appendix: Appendix) -> Block:
    left, key = setting.sheet.margin, definition_key(appendix.kpi)

    def paint(pen: Pen, top: float) -> None:
        said = setting.text("link_definition", title=setting.links.definitions[appendix.kpi])
        text = setting.text("back_to_definition", page=setting.pages[key])
        with pen.page.group("P"):
            pen.link_text(left, top - _FACT_SIZE, text, typeface.REGULAR, _FACT_SIZE, palette.INK2, key, said)

    return Solid(10.0, paint, 0.0, keep=True)


def quality_blocks(setting: Setting) -> Iterator[Block]:
    """Every delivered file with its counts, and the rows that were kept out."""
    quality = setting.report.data_quality
    yield heading(setting, setting.text("data_quality"), QUALITY)
    sources = Table(
        "sources",
        setting.text("sources"),
        _named(setting, SOURCE_COLUMNS, _SOURCE_HEADS),
        tuple(source_cells(source, digits=_HASH_DIGITS) for source in quality.sources),
        note=setting.text("sources_note"),
    )
    yield from table_blocks(setting, sources, gap=0.0)
    listed = len(quality.quarantined)
    if quality.quarantined_total > listed:
        total = setting.words.number(quality.quarantined_total, 0)
        note = setting.text("quarantined_some", listed=setting.words.number(listed, 0), total=total)
    else:
        note = setting.text("quarantined_all" if listed else "quarantined_none")
    quarantined = Table(
        "quarantined",
        setting.text("quarantined"),
        _named(setting, QUARANTINE_COLUMNS, _QUARANTINE_HEADS),
        tuple(quarantine_cells(row) for row in quality.quarantined),
        note,
    )
    yield from table_blocks(setting, quarantined, gap=18.0)
    for number, text in enumerate(quality.notes):
        yield text_block(setting, text, size=8, leading=11.5, gap=6.0 if number else 12.0)


def _named(setting: Setting, columns: Sequence[Column], keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns with heads of the report's language; an empty key leaves the head."""
    return tuple(
        replace(column, name=setting.text(key)) if key else column for column, key in zip(columns, keys, strict=True)
    )


def provenance_blocks(setting: Setting, attached: Attached) -> Iterator[Block]:
    """The full hashes, and what is attached."""
    report = setting.report
    trail = report.provenance
    yield heading(setting, setting.text("provenance"), PROVENANCE)
    document = setting.text("subject", number=report.document_number, version=report.version, status=setting.status)
    facts = (
        ("product", trail.product),
        ("document", document),
        ("period", report.period_text),
        ("cutoff", report.cutoff_label),
        ("template", trail.template),
        ("template_hash", trail.template_sha256),
        ("data_hash", trail.data_sha256),
        ("content_hash", trail.content_sha256),
    )
    for key, text in facts:
        yield labelled(setting, setting.text(key), text, keep=True)
    yield text_block(setting, setting.text("hash_note"), size=7.0, leading=9.5, color=palette.INK3, gap=4.0)
    if attached.files or attached.left_out:
        yield from table_blocks(setting, _attachment_table(setting, attached), gap=16.0, spacing=_TIGHT)


def _attachment_table(setting: Setting, attached: Attached) -> Table:
    from qms_reports.reports.pdf_attachments import MOST_BYTES

    notes = [setting.text("attachments_note")]
    if attached.left_out:
        files = ", ".join(attached.left_out)
        notes.insert(0, setting.text("attachments_left_out", limit=MOST_BYTES // 1_000_000, files=files))
    return Table(
        "attachments",
        setting.text("attachments"),
        (
            Column(setting.text("attachment_file"), weight=1.5),
            Column(setting.text("attachment_content"), weight=2.0),
            Column(setting.text("attachment_rows"), "integer"),
            Column(setting.text("attachment_bytes"), "integer"),
            Column("SHA-256"),
        ),
        tuple(
            (file.name, file.description, Figure(rows, 0), Figure(len(file.content), 0), file.sha256[:_HASH_DIGITS])
            for file, rows in zip(attached.files, attached.rows, strict=True)
        ),
        note=" ".join(notes),
    )
