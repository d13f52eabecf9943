"""What an analyst declares: sources, datasets, KPIs and templates.

Each class is one kind of YAML file in a catalogue.  Nothing here touches data; names that refer to other declarations
and SQL are checked later, by the catalogue and the SQL checker, so that every complaint can name its file and line.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from qms_reports.periods import Frequency

_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"period_start", "period_end", "period_last_day", "period_start_at", "period_end_at"})
"""Column names that SQL expressions of a KPI find already defined."""


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > 60:  # noqa: PLR2004 - long enough for a name, short enough for a path
        raise ValueError("a name starts with a letter and has only a-z, 0-9 and _ (60 at most)")
    if value in RESERVED:
        raise ValueError(f"'{value}' is reserved for the period of a KPI")
    return value


def _date(value: str) -> str:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a date such as 2024-05-31 or an instant such as 2024-05-31T18:00:00") from None
    return value


Name = Annotated[str, AfterValidator(_name)]
IsoDate = Annotated[str, AfterValidator(_date)]
Sql = Annotated[str, Field(min_length=1, max_length=20_000)]
RuleSeverity = Literal["WARNING", "ERROR"]
ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean"]


class Model(BaseModel):
    """Base of all declarations: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


# --- sources ---------------------------------------------------------------------------------------------------------


class Format(Model):
    """How a delivered file is written.

    Attributes:
        kind: File type; found from the content when ``auto``.
        encoding: Such as ``utf-8`` or ``cp1252``; detected when ``auto``.
        delimiter: Column separator of a text file; detected when ``auto``.
        quote: Quotation mark of a text file.
        header_row: Line that holds the column names, counted from 1.
        sheet: Worksheet of a workbook; the first when empty.
        records: Dotted path to the array of records in a JSON file; empty for the file itself.
    """

    kind: Literal["auto", "csv", "json", "jsonl", "excel", "parquet"] = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    quote: str = '"'
    header_row: int = Field(default=1, ge=1)
    sheet: str = ""
    records: str = ""


class Source(Model):
    """Where records come from.  One file in ``sources/``.

    Attributes:
        source: Name.
        title: What it is, in the reader's words.
        file: A file beside the declaration that is read at once; empty for a source fed only through the inbox.
        inbox: File name patterns that mark an inbox file as this source's (``deviations_*.csv``).  A file in the
            inbox's sub-folder of the source's name needs no pattern.
        format: How its files are written.
        delivers: ``changes``: a file holds new and changed records.  ``full``: a file holds all records, and a record
            that is no longer in it has been withdrawn.
        full_may_withdraw: Largest share of the known records that one full file may withdraw without being refused.
        received_at: When the file of `file` was extracted; when it was first read, if absent.
        origin: Where the data are from, and their licence.
    """

    source: Name
    title: str
    file: str = ""
    inbox: tuple[str, ...] = ()
    format: Format = Format()
    delivers: Literal["changes", "full"] = "changes"
    full_may_withdraw: float = Field(default=0.2, ge=0, le=1)
    received_at: IsoDate | None = None
    origin: str = ""


# --- datasets --------------------------------------------------------------------------------------------------------


class ColumnModel(Model):
    """One typed column, read from a column of the source.

    Attributes:
        source: Name of the source's column, exactly as delivered; the column's own name if absent.
        type: ``text``, ``integer``, ``number`` (exact decimal), ``date``, ``timestamp`` (UTC) or ``boolean``.
        title: Heading in tables.
        formats: How dates are written (``%Y%m%d``), tried in order; ISO 8601 if none is given.
        missing: Texts that mean "not stated" here, beside the dataset's.
        replace: Texts to replace before reading (month names of another language, spellings); whole words.
        required: Whether a row without it goes to quarantine.
        allowed: The only legal values.
        minimum: Smallest legal number.
        maximum: Largest legal number.
        earliest: First legal date.
        latest: Last legal date.
        scale: Digits after the point that a ``number`` keeps.
        true_values: Texts read as true by a ``boolean``.
        false_values: Texts read as false by a ``boolean``.
    """

    source: str | None = None
    type: ColumnType = "text"
    title: str = ""
    formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    replace: dict[str, str] = {}
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    earliest: IsoDate | None = None
    latest: IsoDate | None = None
    scale: int = Field(default=9, ge=0, le=18)
    true_values: tuple[str, ...] = ("true", "t", "yes", "y", "1")
    false_values: tuple[str, ...] = ("false", "f", "no", "n", "0")


class Derivation(Model):
    """A column computed from the others of the same row.

    Attributes:
        sql: Expression over the columns declared and derived before it.
        type: Type of the result.
        title: Heading in tables.
    """

    sql: Sql
    type: ColumnType = "text"
    title: str = ""


class Rule(Model):
    """A condition that every row must meet.

    Attributes:
        id: Name.
        sql: True for a good row; a row where it is unknown (NULL) passes.
        severity: ``ERROR`` sends the row to quarantine, ``WARNING`` keeps and counts it.
        column: The column whose value is shown with a violation.
        message: What is wrong with a row that breaks it.
    """

    id: Name
    sql: Sql
    severity: RuleSeverity = "ERROR"
    column: str = ""
    message: str


class Join(Model):
    """Columns looked up in another source by an equal key; a row without a partner keeps empty values.

    Attributes:
        source: The source looked up, which must deliver each key once.
        on: The key columns, called the same in both files.
        columns: Columns to take over: new name to the name in the looked-up file.
    """

    source: Name
    on: tuple[str, ...] = Field(min_length=1)
    columns: dict[str, str] = Field(min_length=1)


class Roles(Model):
    """Which columns carry the life of a record.

    Attributes:
        opened: When it began; needed for ``is_open_at_end``.
        closed: When it ended; empty while it is open.
        due: When it ought to end.
    """

    opened: str | None = None
    closed: str | None = None
    due: str | None = None


class Quality(Model):
    """When a dataset's month is good enough to report on.

    Attributes:
        max_quarantined_share: Largest share of a month's rows in quarantine before the blocking check fails.
        min_rows: Fewest rows a month must have inside the time the source covers.
    """

    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    min_rows: int = Field(default=0, ge=0)


class View(Model):
    """A dataset at another grain, computed from one that is stored: one row per group.

    Attributes:
        dataset: The stored dataset.
        rows: ``records``, or ``quarantined`` for what kept delivered rows out of the dataset: one row per broken rule,
            with the columns ``source``, ``file``, ``sha256``, ``file_row``, ``rule``, ``column_name``, ``value``,
            ``message``, ``record_key``, ``month`` and ``received_on``.
        group_by: The columns that make a group, which are kept.
        filter: Rows of the stored dataset that take part.
    """

    dataset: Name
    rows: Literal["records", "quarantined"] = "records"
    group_by: tuple[str, ...] = Field(min_length=1)
    filter: Sql | None = None


class Dataset(Model):
    """Typed records of one kind.  One file in ``datasets/``.

    Attributes:
        dataset: Name.
        title: What a record is, in the plural (Quality events).
        record: What one record is, in the singular (recalled product).
        source: The source of the rows; absent for a view.
        joins: Columns looked up in other sources.
        view: Set for a dataset computed from another one; its columns are then `derive` with aggregates.
        key: The columns that identify a record.
        period_date: The date column that puts a record in a month.
        known_from: The column that says when a record became known; when its file was received, if absent.
        withdrawn: Condition that marks a row as the withdrawal of its record.
        roles: Opened, closed and due columns.
        dimensions: Columns that KPIs are broken down by, with their titles.
        missing: Texts that mean "not stated" in every column.
        columns: The columns read.
        derive: The columns computed.
        rules: Conditions on rows.
        quality: Limits of the blocking check.
    """

    dataset: Name
    title: str
    record: str = "record"
    source: Name | None = None
    joins: tuple[Join, ...] = ()
    view: View | None = None
    key: tuple[str, ...] = Field(min_length=1)
    period_date: str
    known_from: str | None = None
    withdrawn: Sql | None = None
    roles: Roles = Roles()
    dimensions: dict[str, str] = {}
    missing: tuple[str, ...] = ("", "N/A", "n/a", "-", "?", "Unknown")
    columns: dict[Name, ColumnModel] = {}
    derive: dict[Name, Derivation] = {}
    rules: tuple[Rule, ...] = ()
    quality: Quality = Quality()

    @model_validator(mode="after")
    def _source_or_view(self) -> Dataset:
        if (self.source is None) == (self.view is None):
            raise ValueError("a dataset has either a 'source' or a 'view'")
        if self.source is not None and not self.columns:
            raise ValueError("a dataset with a source declares 'columns'")
        return self


# --- KPIs ------------------------------------------------------------------------------------------------------------

KpiKind = Literal["count", "level", "proportion", "rate", "ratio", "statistic"]
Direction = Literal["up", "down", "none"]


class Kpi(Model):
    """One key performance indicator.  A file in ``kpis/`` holds one or a list of them under ``kpis:``.

    Attributes:
        kpi: Name.
        version: Version of the definition; raise it when the formula changes.
        title: As printed.
        dataset: The dataset it is computed over.
        domain: The KPI table it stands in; the dataset's name if absent.
        frequencies: The period lengths it is computed for.
        kind: ``count`` of happenings in the period, ``level`` at its end, ``proportion`` of one count in another
            (Wilson interval), ``rate`` of a count per exposure (exact Poisson interval), ``ratio`` of two quantities
            that are not part and whole (no interval), ``statistic`` such as a median (no interval).
        date: The date column that puts a record in the period, or ``as_of`` for the state at its end.
        filter: Condition on the records that take part.
        numerator: Aggregate expression, such as ``count(*)`` or ``median(days_to_close)``.
        denominator: Aggregate expression over the same records; absent for counts, levels and statistics.
        per: The value is numerator / denominator times this (100 for percent).
        rolling: Number of periods that the window covers, ending with the reported one.
        unit: As printed behind the value.
        decimals: Digits printed after the point.
        direction: Which way is better.
        target: Value to reach.
        warning: Value between which and the target the status is "watch".
        min_denominator: Below this many records the value is shown without a status.
        formula: The definition in words.
        source: Standard, clause, book.
        dimensions: Dimensions it is broken down by; all of the dataset if absent.
    """

    kpi: Name
    version: int = Field(default=1, ge=1)
    title: str
    dataset: Name
    domain: Name | None = None
    frequencies: tuple[Frequency, ...] = ("month", "quarter", "year", "fiscal_year", "week")
    kind: KpiKind
    date: str
    filter: Sql | None = None
    numerator: Sql
    denominator: Sql | None = None
    per: float = Field(default=1, gt=0)
    rolling: int = Field(default=1, ge=1, le=60)
    unit: str = ""
    decimals: int = Field(default=0, ge=0, le=9)
    direction: Direction = "none"
    target: float | None = None
    warning: float | None = None
    min_denominator: int = Field(default=10, ge=0)
    formula: str
    source: str = ""
    dimensions: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Kpi:
        needs = self.kind in ("proportion", "rate", "ratio")
        if needs and self.denominator is None:
            raise ValueError(f"a {self.kind} needs a 'denominator'")
        if not needs and self.denominator is not None and self.kind != "statistic":
            raise ValueError(f"a {self.kind} has no 'denominator'")
        if self.target is not None and self.direction == "none":
            raise ValueError("a 'target' needs a 'direction': up or down")
        if self.warning is not None and self.target is None:
            raise ValueError("a 'warning' needs a 'target'")
        if self.target is not None and self.warning is not None:
            wrong = self.warning > self.target if self.direction == "up" else self.warning < self.target
            if wrong:
                side = "below" if self.direction == "up" else "above"
                raise ValueError(f"'warning' must lie {side} 'target' when the direction is {self.direction}")
        return self


class KpiList(Model):
    """Several KPIs in one file."""

    kpis: tuple[Kpi, ...] = Field(min_length=1)


# --- templates -------------------------------------------------------------------------------------------------------


class ChartModel(Model):
    """One chart of a template: a specification, and where its numbers are from.

    Numbers come from one of: `kpis` over the series of periods; one KPI of `kpis` `by` a dimension; the records of
    `dataset`, as `values` (histogram) or `x` and `y` (scatter).

    Attributes:
        id: Name, unique in the template.
        type: Kind of chart.
        title: Shown above.
        subtitle: Shown below the title; ``{period}`` and ``{series}`` are filled in.
        width: Outer width in points.
        height: Outer height in points.
        x_title: Title of the horizontal axis, with unit.
        y_title: Title of the vertical axis, with unit.
        colors: Hex colours in series order.
        legend: Whether to draw a legend.
        outputs: The forms it is made in.
        stacked: Bars or areas on top of each other.
        horizontal: Bars to the right.
        bins: Histogram bins.
        show_target: Whether to draw the KPI's target.
        kpis: KPIs shown.
        by: Dimension that the first KPI is broken down by.
        over: With `by`: ``period`` for the members in the reported period, ``series`` for one run per member.
        top: Number of members shown; the others are added up as "Other" where adding is legal, and left out with a
            note where it is not.
        dataset: Dataset whose records are shown.
        date: Date column that puts a record in the window.
        window: Periods that the records are from, ending with the reported one.
        filter: Condition on the records.
        values: Histogram: the number of each record.
        x: Scatter: horizontal number of each record.
        y: Scatter: vertical number of each record.
    """

    id: Name
    type: Literal["bar", "line", "pie", "scatter", "area", "histogram"]
    title: str
    subtitle: str = ""
    width: float = Field(default=245, ge=120, le=510)
    height: float = Field(default=190, ge=100, le=700)
    x_title: str = ""
    y_title: str = ""
    colors: tuple[Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")], ...] = ()
    legend: bool = False
    outputs: tuple[Literal["pdf", "xlsx", "png", "svg"], ...] = ("pdf", "xlsx", "png")
    stacked: bool = False
    horizontal: bool = False
    bins: int | None = Field(default=None, ge=2, le=100)
    show_target: bool = True
    kpis: tuple[str, ...] = ()
    by: str | None = None
    over: Literal["period", "series"] = "period"
    top: int = Field(default=8, ge=1, le=40)
    dataset: str | None = None
    date: str | None = None
    window: int = Field(default=1, ge=1, le=60)
    filter: Sql | None = None
    values: Sql | None = None
    x: Sql | None = None
    y: Sql | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ChartModel:
        if bool(self.kpis) == (self.dataset is not None):
            raise ValueError("a chart shows either 'kpis' or the records of a 'dataset'")
        if self.dataset is not None:
            if self.date is None:
                raise ValueError("a chart of records needs the 'date' column that puts a record in its window")
            if self.type == "histogram" and self.values is None:
                raise ValueError("a histogram of records needs 'values'")
            if self.type == "scatter" and (self.x is None or self.y is None):
                raise ValueError("a scatter needs 'x' and 'y'")
            if self.type not in ("histogram", "scatter"):
                raise ValueError(f"a {self.type} shows 'kpis', not records")
        elif self.type in ("histogram", "scatter"):
            raise ValueError(f"a {self.type} shows the records of a 'dataset'")
        return self


class TableModel(Model):
    """One table of a template.

    Attributes:
        id: Name, unique in the template.
        title: Heading.
        kpis: A row for each of these KPIs (scorecard), or with `by` a row for each member and a column for each KPI.
        by: Dimension.
        top: Most members listed.
        dataset: Records listed instead.
        date: Date column that puts a record in the period, or ``as_of`` for the state at its end.
        filter: Condition on the records.
        columns: Columns listed.
        order: Sort expression.
        limit: Most records listed; the note says how many there are in all.
        note: Printed below.
    """

    id: Name
    title: str
    kpis: tuple[str, ...] = ()
    by: str | None = None
    top: int = Field(default=20, ge=1, le=500)
    dataset: str | None = None
    date: str | None = None
    filter: Sql | None = None
    columns: tuple[str, ...] = ()
    order: Sql | None = None
    limit: int = Field(default=20, ge=1, le=5000)
    note: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> TableModel:
        if bool(self.kpis) == (self.dataset is not None):
            raise ValueError("a table shows either 'kpis' or the records of a 'dataset'")
        if self.dataset is not None and (not self.columns or self.date is None):
            raise ValueError("a table of records needs 'columns' and 'date'")
        return self


class SectionModel(Model):
    """One part of a report.

    Attributes:
        id: Name.
        title: Heading.
        text: Paragraph under it.
        tiles: KPIs shown as tiles.
        charts: Ids of charts.
        tables: Ids of tables.
        dataset: The part is reduced to one line when this dataset has no data for the period.
    """

    id: Name
    title: str
    text: str = ""
    tiles: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    dataset: str | None = None


class Template(Model):
    """One report.  One file in ``templates/``.

    Attributes:
        template: Name.
        version: Version; raise it when the layout or the choice of KPIs changes.
        title: As printed.
        organization: Company or site in the header.
        document_number: With ``{period}`` for the period.
        frequency: Length of its period.
        status: Printed on the cover; DRAFT is a watermark.
        tiles: The headline KPIs of the first page.
        charts: The charts, referred to by sections.
        tables: The tables, referred to by sections.
        sections: The parts in order.
        schedule: Cron expression (site's time zone) of the automatic build of the period before; empty for none.
    """

    template: Name
    version: int = Field(default=1, ge=1)
    title: str
    organization: str = ""
    document_number: str = "{period}"
    frequency: Frequency = "month"
    status: Literal["DRAFT", "FOR REVIEW", "APPROVED"] = "DRAFT"
    tiles: tuple[str, ...] = ()
    charts: tuple[ChartModel, ...] = ()
    tables: tuple[TableModel, ...] = ()
    sections: tuple[SectionModel, ...] = Field(min_length=1)
    schedule: str = "0 6 3 * *"


def instant(value: str) -> dt.datetime:
    """A declared date or instant as UTC; a date without time is its first moment, a time without zone is UTC."""
    moment = dt.datetime.fromisoformat(value)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
