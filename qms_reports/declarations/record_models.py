"""Declared sources and datasets: where records come from, and what a record is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from qms_reports.declarations.base import IsoDate, Model, Name, Sql

RuleSeverity = Literal["WARNING", "ERROR"]
ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean"]

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
        rename: Whole values that are now called otherwise, such as a department's old name, so that a trend is not
            split in two.
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
    rename: dict[str, str] = {}
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
        closed: When it ended for good; empty while it is open, and again after it was reopened.
        due: When it ought to end, as agreed now.
        original_due: When it ought to have ended, as agreed first.  What a KPI of ``due_basis: original`` measures by.
        first_closed: When it ended for the first time; with `reopened`, the time between the two counts as closed.
        reopened: When it was reopened last.
        voided: From when it is cancelled, void or a duplicate: it counts in no figure whose period ends after that.
    """

    opened: str | None = None
    closed: str | None = None
    due: str | None = None
    original_due: str | None = None
    first_closed: str | None = None
    reopened: str | None = None
    voided: str | None = None


class Related(Model):
    """A column computed from the records of another stored dataset (or the same one) that belong to a record.

    Inside `when` and `sql` the other dataset's columns are called ``other_<column>``, the record's own as they are.

    Attributes:
        dataset: The stored dataset whose records are looked up.
        on: Equal columns: the other dataset's column to the record's own column.
        when: Further condition on a pair of records; the record itself is never its own partner.
        sql: Aggregate over the partners, such as ``count(*)`` or ``min(other_opened_on)``; of none it is 0 or empty.
        type: Type of the result.
        title: Heading in tables.
    """

    dataset: Name
    on: dict[str, str] = Field(min_length=1)
    when: Sql | None = None
    sql: Sql
    type: ColumnType = "integer"
    title: str = ""


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
        related: The columns computed from records of other datasets, whenever the records are read.
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
    related: dict[Name, Related] = {}
    rules: tuple[Rule, ...] = ()
    quality: Quality = Quality()

    @model_validator(mode="after")
    def _source_or_view(self) -> Dataset:
        if (self.source is None) == (self.view is None):
            raise ValueError("a dataset has either a 'source' or a 'view'")
        if self.view is not None and self.related:
            raise ValueError("a view has no 'related' columns; declare them on the dataset it is computed from")
        if self.source is not None and not self.columns:
            raise ValueError("a dataset with a source declares 'columns'")
        return self
