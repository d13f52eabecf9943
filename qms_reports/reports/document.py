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
    """Rows to print.  A ``status`` cell holds ``good:On target`` style text: the `Status`, a colon, the word."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


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
    """

    kpi: str
    title: str
    version: str
    formula: str
    sql: str
    target: str
    source: str
    dataset: str


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
        content_sha256: Hash over the whole document model but this field.
        entries: Further pairs for the workbook's provenance sheet (dataset -> data version, KPI -> version).
    """

    product: str
    template: str
    template_sha256: str
    data_sha256: str
    content_sha256: str
    entries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        id: Template id.
        title: Title.
        organization: Company or site, in the header.
        document_number: As declared, with the period filled in (``QMR-2024-05``).
        version: Revision of this report, ``1`` for the first.
        status: ``DRAFT``, ``FOR REVIEW`` or ``APPROVED``; DRAFT is a watermark.
        period_key: ``2024-05``.
        period_label: ``May 2024``.
        cutoff: The data cut-off (UTC): nothing learned after it is in the report.  Also the file's only time stamp.
        cutoff_label: As printed.
        headline: A sentence or two that say what matters.
        tiles: The headline figures of the first page.
        sections: The parts.
        definitions: Every KPI shown.
        data_quality: Sources, rejected rows.
        provenance: Hashes.
        language: BCP 47.
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
