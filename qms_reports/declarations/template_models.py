"""Declared report templates: tables, sections, and the charts of `chart_models`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from qms_reports.declarations.base import Model, Name, Sql
from qms_reports.declarations.chart_models import ChartModel
from qms_reports.periods import Frequency

__all__ = ["ChartModel", "SectionModel", "TableModel", "Template"]


class TableModel(Model):
    """One table of a template.

    Attributes:
        id: Name, unique in the template.
        title: Heading.
        kpis: A row for each of these KPIs (scorecard), or with `by` a row for each member and a column for each KPI.
        by: Dimension.
        contribution: With `by` and one KPI: what each member contributes to the change since the period before.
        top: Most members listed; "(not stated)" always is.
        scorecards: Scorecards shown instead, each with all that went into its score.
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
    contribution: bool = False
    top: int = Field(default=20, ge=1, le=500)
    scorecards: tuple[str, ...] = ()
    dataset: str | None = None
    date: str | None = None
    filter: Sql | None = None
    columns: tuple[str, ...] = ()
    order: Sql | None = None
    limit: int = Field(default=20, ge=1, le=5000)
    note: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> TableModel:
        if [bool(self.kpis), bool(self.scorecards), self.dataset is not None].count(True) != 1:
            raise ValueError("a table shows either 'kpis' or the records of a 'dataset' or 'scorecards'")
        if self.contribution and (self.by is None or len(self.kpis) != 1):
            raise ValueError("a table of the 'contribution' to a change shows one KPI 'by' a dimension")
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


class CellFill(Model):
    """One cell of the company's workbook.

    Attributes:
        cell: Sheet and cell, ``Summary!B4``, or a defined name.
        value: What is put there, an expression: ``capas_open.value``, ``period.label``, ``document_number``.
    """

    cell: str
    value: str


class TableFill(Model):
    """One table of the company's workbook.

    Attributes:
        table: Name of the workbook's table (ListObject); its body is replaced, its range grows or shrinks.
        rows: Id of the template's table whose rows are put there.
        columns: For each column of the workbook's table the head of the template's; the same heads if empty.
    """

    table: str
    rows: str
    columns: dict[str, str] = {}


class RangeFill(Model):
    """One range that a chart of the company's workbook reads.

    Attributes:
        range: Sheet and range, ``Data!A2:C14``, or a defined name.
        chart: Id of the template's chart whose categories and series are put there, a column each.
    """

    range: str
    chart: str


class WorkbookModel(Model):
    """The company's own workbook, of which only declared places are filled.

    Attributes:
        file: An ``.xlsx`` beside the template; a path relative to it.
        cells: Cells to fill.
        tables: Tables to fill.
        ranges: Chart ranges to fill.
    """

    file: str
    cells: tuple[CellFill, ...] = ()
    tables: tuple[TableFill, ...] = ()
    ranges: tuple[RangeFill, ...] = ()


class ParameterModel(Model):
    """One parameter of a template, in the words of JSON Schema.

    Attributes:
        type: Kind of value.
        title: As printed on the cover and asked for on the page.
        description: What it does.
        enum: The allowed values; empty for any.
        default: The value if none is given.
        required: Whether a value must be given; one with a default never must.
        minimum: Smallest number.
        maximum: Largest number.
        pattern: Regular expression that a text must match as a whole.
        dimension: The dimension whose member the value names: every figure, chart and table then counts only records
            of that member.  ``*`` stands for all of them.
        each: Whether one report is made for every value of `enum`, so that N sites are one declaration.
    """

    type: Literal["string", "integer", "number", "boolean"] = "string"
    title: str = ""
    description: str = ""
    enum: tuple[str | int | float, ...] = Field(default=(), max_length=500)
    default: str | int | float | bool | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    dimension: str | None = None
    each: bool = False


class NeededDataset(Model):
    """A dataset that a template needs.

    Attributes:
        dataset: Its name.
        required: Whether a report without data of it for the period is refused; otherwise its sections say so.
    """

    dataset: str
    required: bool = True


class PageModel(Model):
    """Paper.

    Attributes:
        size: Size of a sheet.
        orientation: Which side is up.
    """

    size: Literal["A4", "Letter", "A3"] = "A4"
    orientation: Literal["portrait", "landscape"] = "portrait"


class ApprovalModel(Model):
    """Who signs, by function.

    Attributes:
        meaning: What the signature means.
        role: Function of the one who signs.
        name: Printed name, where it is known beforehand.
    """

    meaning: Literal["authored", "reviewed", "approved"]
    role: str
    name: str = ""


class SentenceModel(Model):
    """One sentence of the summary, said when its condition holds.

    Attributes:
        when: Condition over the figures, such as ``capas_open.status == "bad"``; always said if absent.
        say: The sentence, with values in it, such as ``{{ capas_open.title }} stand at {{ capas_open.text }}``.
    """

    when: str = ""
    say: str


class ActionRule(Model):
    """One rule of the action list: a line for each KPI that it fits.

    Attributes:
        when: Condition over one KPI, such as ``status == "bad"`` or ``signal == "signal" and trend_good == false``.
        kpis: The KPIs it looks at; all of the template if empty.
        say: What to do, with values in it.
        owner: Function that has to do it.
        due_days: Days after the end of the period until it is due.
    """

    when: str
    kpis: tuple[str, ...] = ()
    say: str
    owner: str = ""
    due_days: int = Field(default=30, ge=0, le=3650)


class AppendixModel(Model):
    """The records behind the numbers.

    Attributes:
        kpis: KPIs whose records are listed; all that the first page shows if empty.
        limit: Most records printed per KPI; the attached CSV and the workbook hold all of them.
    """

    kpis: tuple[str, ...] = ()
    limit: int = Field(default=50, ge=1, le=5000)


class ThemeFonts(Model):
    """TrueType files beside the theme, in place of Inter.

    Attributes:
        regular: Text.
        semibold: Headings.
        bold: Figures.
    """

    regular: str
    semibold: str = ""
    bold: str = ""


class Theme(Model):
    """A company's look.  One file in ``themes/``; paths count from it.

    Attributes:
        theme: Name.
        title: Whose look it is.
        primary: Colour of the title band and of headings; white text stands on it.
        series: Chart colours in order; the house palette if there are none.
        logo: A PNG, at most 1 MB.
        logo_alt: What the logo shows, for readers who cannot see it.
        fonts: Typeface; Inter if absent.
    """

    theme: Name
    title: str
    primary: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#12436D"
    series: tuple[Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")], ...] = Field(default=(), max_length=12)
    logo: str = ""
    logo_alt: str = ""
    fonts: ThemeFonts | None = None


class Template(Model):
    """One report.  One file in ``templates/``.

    Text may hold values, ``{{ period.label }}`` or ``{{ capas_open.text }}``, in the expression language of
    ``docs/templates.md``.

    Attributes:
        template: Name.
        version: Version; raise it when the layout or the choice of KPIs changes.
        title: As printed.
        organization: Company or site in the header.
        document_number: With ``{period}`` for the period.
        frequency: Length of its period.
        status: Printed on the cover; a report that is not built as final is a DRAFT whatever stands here.
        include: Partial files that this template takes its missing keys from, relative to its own folder
            (``partials/frame.yaml``); what stands here wins, lists of charts, tables and sections are put together.
        parameters: What may differ between reports of the same period, such as site, product or language.
        sources: Datasets that must have data for the period, or may lack them.
        language: Language of the fixed text, dates and numbers; a parameter ``language`` takes its place.
        page: Paper.
        formats: The forms it is made in.
        theme: A file in ``themes/`` with the company's logo, colours and fonts; the house style if absent.
        cover: Whether there is a cover page.
        classification: Confidentiality class in the foot.
        prepared_by: Who prepared it, on the cover.
        distribution: Who receives it.
        retention: How long it is kept.
        approvals: Lines of the approvals block.
        summary: Sentences of the summary; the rated figures are counted if there are none.
        actions: Rules of the action list; no list if there are none.
        appendix: The records behind the numbers; none if absent.
        workbook: The company's own workbook, filled in addition to the plain one.
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
    include: tuple[str, ...] = Field(default=(), max_length=50)
    parameters: dict[Name, ParameterModel] = Field(default={}, max_length=20)
    sources: tuple[NeededDataset, ...] = ()
    language: str = "en"
    page: PageModel = PageModel()
    formats: tuple[Literal["pdf", "xlsx", "html", "json"], ...] = ("pdf", "xlsx")
    theme: str = ""
    cover: bool = False
    classification: str = ""
    prepared_by: str = ""
    distribution: tuple[str, ...] = ()
    retention: str = ""
    approvals: tuple[ApprovalModel, ...] = ()
    summary: tuple[SentenceModel, ...] = ()
    actions: tuple[ActionRule, ...] = ()
    appendix: AppendixModel | None = None
    workbook: WorkbookModel | None = None
    tiles: tuple[str, ...] = ()
    charts: tuple[ChartModel, ...] = Field(default=(), max_length=200)
    tables: tuple[TableModel, ...] = Field(default=(), max_length=200)
    sections: tuple[SectionModel, ...] = Field(min_length=1, max_length=200)
    schedule: str = "0 6 3 * *"
