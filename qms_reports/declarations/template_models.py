"""Declared report templates: tables, sections, and the charts of `chart_models`."""

from __future__ import annotations

from typing import Literal

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
