"""The document model: everything a report says, decided and rounded once, before any writer sees it.

The PDF writer and the Excel writer only lay this out.  Neither computes, rounds or reorders a number, so the two
files cannot disagree; another writer (HTML, JSON) is one more module.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from qms_reports.charts.specification import Chart

Status = Literal["good", "warning", "bad", "none"]
"""On target, between warning and target, beyond warning, not rated (no target, too few records or no data)."""

Trend = Literal["up", "down", "flat", "none"]
Signal = Literal["signal", "noise", "unknown"]
"""More than noise, within noise, not judged."""

ColumnKind = Literal["text", "integer", "number", "percent", "date", "status"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI's value in a table cell, with decimals of its own where the rows of a column differ.

    Attributes:
        value: The figure as computed; ``None`` is printed as n/a.
        decimals: Digits after the point.
        percent: Whether a percent sign is printed behind it.
    """

    value: float | None
    decimals: int
    percent: bool = False


Cell = str | int | float | dt.date | Figure | None


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure.

    Attributes:
        kpi: Id of the KPI, to link to its definition.
        title: The KPI's title.
        value: The figure as computed, rounded to 12 significant digits; ``None`` is "n/a".
        text: The figure as printed, without unit (``98.2``, ``n/a``).
        unit: ``%``, ``days``, ``per 100 lots`` or empty.
        decimals: Digits after the point in `text`; the workbook uses it as the cell's number format.
        fraction: ``12 of 345`` for a proportion, the count behind a rate, or empty.
        interval: ``95 % CI 91.0–99.1`` or empty.
        trend: Direction against the period before.
        trend_good: Whether that direction is an improvement; ``None`` where neither direction is.
        change: The change as printed (``+0.6 pt``, ``−3``) or empty.
        comparator: What it is compared with (``vs Apr 2024``).
        target: The target as printed (``Target ≥ 95 %``) or ``No target``.
        status: Rating; always printed as shape and word, never by colour alone.
        status_text: The word: On target, Watch, Action, Not rated, Few records, No data.
        series: The value of each period of the series, oldest first, for the sparkline; ``None`` is a gap.
        series_labels: Period labels of `series`.
        target_value: The target in the unit of `value`, for the sparkline's target line.
        signal: Whether the value is more than noise.
        signal_text: The same as printed (``Beyond noise (N1 on c)``), empty where it is not judged.
        signal_basis: What the judgement rests on, or why there is none.
    """

    kpi: str
    title: str
    value: float | None
    text: str
    unit: str
    decimals: int
    fraction: str
    interval: str
    trend: Trend
    trend_good: bool | None
    change: str
    comparator: str
    target: str
    status: Status
    status_text: str
    series: tuple[float | None, ...]
    series_labels: tuple[str, ...]
    target_value: float | None = None
    signal: Signal = "unknown"
    signal_text: str = ""
    signal_basis: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One table column.

    Attributes:
        name: Head, with the unit where the column has one (``Age, days``).
        kind: What the cells hold; numbers are right-aligned.  A ``percent`` cell holds 98.2 for 98.2 %.
        decimals: Digits after the point for ``number`` and ``percent``.
        weight: Share of the width relative to the other columns.
    """

    name: str
    kind: ColumnKind = "text"
    decimals: int = 1
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to print.  A ``status`` cell holds ``good:On target`` style text: the `Status`, a colon, the word.

    Attributes:
        id: Name, unique in the report.
        title: Heading.
        columns: Heads and kinds.
        rows: The cells, in the order of the columns.
        note: Printed below.
        kpi_rows: Where each row is about one KPI: its id, for the link to its definition; else empty.
        total_rows: How many rows there are in all, where `rows` are only the first of them; ``None`` if all are here.
        print_rows: How many of `rows` the PDF prints; the attached CSV and the workbook hold all.  ``None`` for all.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    kpi_rows: tuple[str, ...] = ()
    total_rows: int | None = None
    print_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of text; plain, no markup."""

    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Charts that belong together; the writer sets them side by side as they fit."""

    charts: tuple[Chart, ...]


Block = Paragraph | Figures | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the report.  `tiles` come first, then `blocks` in order."""

    id: str
    title: str
    tiles: tuple[Tile, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What a KPI shown in the report means.

    Attributes:
        kpi: Id; the anchor that tiles link to.
        title: Title.
        version: Version of the declaration.
        formula: Numerator, denominator and population in words.
        sql: The same as declared.
        target: Target and warning as printed.
        source: Standard, clause or book the formula is from.
        dataset: The dataset it is computed over.
        code: Code in the KPI list (``CA-02``), or empty.
    """

    kpi: str
    title: str
    version: str
    formula: str
    sql: str
    target: str
    source: str
    dataset: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """What went in and what came out of one dataset, so that a reader can reconcile the report with the source.

    ``read = accepted + quarantined + duplicates`` over all deliveries known at the cut-off.

    Attributes:
        dataset: Title of the dataset.
        source: Title of the source, or empty.
        read: Rows in the delivered files.
        accepted: Rows that became record versions.
        quarantined: Rows kept out of every figure.
        duplicates: Rows equal to one that was known.
        records: Records known at the cut-off, void ones included.
        in_period: Of these, records whose period date lies in the reported period.
    """

    dataset: str
    source: str
    read: int
    accepted: int
    quarantined: int
    duplicates: int
    records: int
    in_period: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A line of the approvals block; name and time are blank until somebody signs, on paper or later in the product.

    Attributes:
        meaning: ``authored``, ``reviewed`` or ``approved`` (21 CFR 11.50), in the report's language.
        role: Who signs by function, such as ``Head of Quality``.
        name: Printed name, or empty.
        signed: Date and time with zone as printed, or empty.
    """

    meaning: str
    role: str
    name: str = ""
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A line of the revision history.

    Attributes:
        version: ``1``, ``2`` …
        cutoff: Data cut-off of that version as printed.
        content_sha256: Its content hash; empty for the version at hand, whose hash the provenance gives.
        reason: ``First issue`` or what it restates: how many figures changed, by how many records.
    """

    version: str
    cutoff: str
    content_sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Appendix:
    """The records behind one number.

    Attributes:
        kpi: The KPI.
        title: Its title.
        value: Its value as printed with unit, the same text as on its tile or in its table.
        parts: What it was computed from (``12 of 345``), as printed.
        table: Record keys with the columns that decide, source file and row; counted records first.  The PDF prints
            `Table.print_rows` of them; all are in the attached CSV and on the workbook's sheet.
        counted: Records in the numerator, in the unit of the KPI's dataset.
        population: Records in the KPI's population and filter, in that unit.
        exposure: The records of another dataset that the denominator is counted on, or ``None``.
    """

    kpi: str
    title: str
    value: str
    parts: str
    table: Table
    counted: int = 0
    population: int = 0
    exposure: Table | None = None


@dataclass(frozen=True, slots=True)
class PageSetup:
    """Paper of the PDF and of the printed workbook."""

    size: Literal["A4", "Letter", "A3"] = "A4"
    orientation: Literal["portrait", "landscape"] = "portrait"


@dataclass(frozen=True, slots=True)
class Theme:
    """A company's look: everything that may differ from the house style, resolved to plain values.

    Attributes:
        name: As declared; ``house`` is the style that ships.
        primary: Colour of the title band and of headings, ``#RRGGBB``; white text on it has at least 4.5:1 contrast.
        series: Chart colours in order; empty for the house palette.
        logo: A PNG, or empty.
        logo_alt: What the logo shows, for readers who cannot see it.
        fonts: Paths of TrueType files for ``regular``, ``semibold`` and ``bold``; empty for Inter.  Not part of the
            content hash: the provenance carries their hashes.
    """

    name: str = "house"
    primary: str = "#12436D"
    series: tuple[str, ...] = ()
    logo: bytes = b""
    logo_alt: str = ""
    fonts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """One delivered file behind the report."""

    dataset: str
    source: str
    file: str
    sha256: str
    received: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_duplicate: int


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One row that was kept out of every figure, and why."""

    dataset: str
    file: str
    row: int
    rule: str
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The data-quality page.  `quarantined_total` counts all rows; `quarantined` lists the first ones."""

    sources: tuple[SourceQuality, ...]
    quarantined: tuple[QuarantinedRow, ...]
    quarantined_total: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where every byte comes from.  No run id and no wall-clock time: those stand in the manifest beside the report.

    Attributes:
        product: ``qms_reports 0.1.0``.
        template: ``monthly_quality_review@1``.
        template_sha256: Hash of the template file and of the KPI and dataset declarations it uses.
        data_sha256: Hash over the data versions of all datasets at the cut-off.
        content_sha256: Hash over all that the report says (`stored_document.content_hash`): not over which issue of it
            this is (version, revisions, status, final).
        entries: Further pairs for the workbook's provenance sheet (dataset -> data version, KPI -> version).
    """

    product: str
    template: str
    template_sha256: str
    data_sha256: str
    content_sha256: str
    entries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyWorkbook:
    """The company's own workbook that is filled beside the plain one.

    Attributes:
        name: Name of its file, without ``.xlsx``.
        sha256: Hash of the file that is filled.
        values: Each declared expression with its value.
    """

    name: str
    sha256: str
    values: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        id: Template id.
        title: Title.
        organization: Company or site, in the header.
        document_number: As declared, with the period filled in (``QMR-2024-05``).
        version: Revision of this report, ``1`` for the first; the template's version stands in the provenance.
        status: ``DRAFT``, ``FOR REVIEW`` or ``APPROVED``; DRAFT is a watermark.  A report that is not final is a
            DRAFT, one that is never.
        period_key: ``2024-05``.
        period_label: ``May 2024``.
        cutoff: The data cut-off (UTC): nothing learned after it is in the report.  Also the file's only time stamp.
        cutoff_label: As printed.
        headline: A sentence or two that say what matters: the `summary` in one piece.
        tiles: The headline figures of the first page.
        sections: The parts.
        definitions: Every KPI shown.
        data_quality: Sources, rejected rows.
        provenance: Hashes.
        language: BCP 47.
        summary: The sentences of the headline, made from the numbers by declared rules.
        parameters: Title and value of each parameter that the report was built with, such as ``("Site", "Hamburg")``.
        arguments: Name and value of each parameter, as `verify` gives them to build the report again.
        final: Built as final; any other report carries the DRAFT watermark.
        cover: Whether there is a cover page before the summary.
        page: Paper.
        theme: The company's look.
        classification: Confidentiality class in the foot, or empty.
        prepared_by: Printed on the cover, or empty.
        distribution: Who receives it.
        retention: How long it is kept, as printed, or empty.
        approvals: Lines of the approvals block.
        revisions: Revision history, oldest first, the version at hand last.
        control_totals: Per dataset what was read and what became of it; stands on the first page.
        actions: What needs action, by declared rules, or ``None`` where the template declares no list.
        appendices: The records behind the numbers.
        chart_kpis: Id of each chart with the KPIs it shows, to link tile, chart, definition and appendix.
        workbook: What is put into the cells of the company's workbook, or ``None``.
    """

    id: str
    title: str
    organization: str
    document_number: str
    version: str
    status: str
    period_key: str
    period_label: str
    cutoff: dt.datetime
    cutoff_label: str
    headline: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...]
    data_quality: DataQuality
    provenance: Provenance
    language: str = "en-GB"
    summary: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    final: bool = False
    cover: bool = False
    page: PageSetup = PageSetup()
    theme: Theme = Theme()
    classification: str = ""
    prepared_by: str = ""
    distribution: tuple[str, ...] = ()
    retention: str = ""
    approvals: tuple[Approval, ...] = ()
    revisions: tuple[Revision, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    actions: Table | None = None
    appendices: tuple[Appendix, ...] = ()
    chart_kpis: tuple[tuple[str, tuple[str, ...]], ...] = ()
    workbook: CompanyWorkbook | None = None

    @property
    def period_text(self) -> str:
        """The period with its key, ``May 2024 (2024-05)``; once where both are the same, as for a year."""
        same = self.period_label == self.period_key
        return self.period_label if same else f"{self.period_label} ({self.period_key})"
