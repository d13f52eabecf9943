"""Declared report templates: charts, tables, sections."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from qms_reports.declarations.base import Model, Name, Sql
from qms_reports.periods import Frequency


class ChartModel(Model):
    """One chart of a template: a specification, and where its numbers are from.

    Numbers come from one of: `kpis` over the series of periods; one KPI of `kpis` `by` a dimension; the records of
    `dataset`, as `values` (histogram) or `x` and `y` (scatter).

    Attributes:
        id: Name, unique in the template.
        type: Kind of chart; ``control`` shows the series of one KPI between its control limits, frozen ones if a
            baseline is in force, without its target.
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
    type: Literal["bar", "line", "pie", "scatter", "area", "histogram", "control"]
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
        elif self.type == "control" and (len(self.kpis) != 1 or self.by is not None):
            raise ValueError("a control chart shows the total of one KPI in 'kpis'")
        return self


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
