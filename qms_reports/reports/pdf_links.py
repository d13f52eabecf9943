"""What leads where: a tile to its chart, a chart to its definitions, a definition to its records, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qms_reports.reports.document import Figures, Report


def definition_key(kpi: str) -> str:
    """Destination at a KPI's definition."""
    return f"definition-{kpi}"


def chart_key(chart: str) -> str:
    """Destination at a chart."""
    return f"chart-{chart}"


def table_key(table: str) -> str:
    """Destination at a table."""
    return f"table-{table}"


def appendix_key(kpi: str) -> str:
    """Destination at the records behind a KPI."""
    return f"appendix-{kpi}"


@dataclass(frozen=True, slots=True)
class Links:
    """Only what the file really contains is in here, so a link cannot lead nowhere.

    Attributes:
        definitions: KPI to its title, for every KPI that is defined.
        charts: Chart to its title, for every chart that is printed.
        records: KPI to its title, for every KPI with an appendix.
        kpis_of: Chart to the KPIs it shows that are defined.
        charts_of: KPI to the printed charts that show it, in printing order.
    """

    definitions: Mapping[str, str]
    charts: Mapping[str, str]
    records: Mapping[str, str]
    kpis_of: Mapping[str, tuple[str, ...]]
    charts_of: Mapping[str, tuple[str, ...]]

    def of_tile(self, kpi: str) -> tuple[str, str, str] | None:
        """Destination, fixed text and title of where a tile leads: its first chart, else its definition or records."""
        if charts := self.charts_of.get(kpi):
            return chart_key(charts[0]), "link_chart", self.charts[charts[0]]
        if kpi in self.definitions:
            return definition_key(kpi), "link_definition", self.definitions[kpi]
        if kpi in self.records:
            return appendix_key(kpi), "link_records", self.records[kpi]
        return None


def links_of(report: Report) -> Links:
    """The links of a report."""
    definitions = {definition.kpi: definition.title for definition in report.definitions}
    charts = {
        chart.specification.id: chart.specification.title
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Figures)
        for chart in block.charts
        if "pdf" in chart.specification.outputs
    }
    shown = {chart: kpis for chart, kpis in report.chart_kpis if chart in charts}
    charts_of: dict[str, tuple[str, ...]] = {}
    for chart in charts:  # in printing order
        for kpi in shown.get(chart, ()):
            charts_of[kpi] = (*charts_of.get(kpi, ()), chart)
    return Links(
        definitions,
        charts,
        {appendix.kpi: appendix.title for appendix in report.appendices},
        {chart: tuple(kpi for kpi in kpis if kpi in definitions) for chart, kpis in shown.items()},
        charts_of,
    )
