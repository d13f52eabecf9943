"""What an analyst declares: calendars, sources, datasets, KPIs, scorecards, themes and templates.

Each class is one kind of YAML file in a catalogue.  Nothing here touches data; names that refer to other declarations
and SQL are checked later, by the catalogue and the SQL checker, so that every complaint can name its file and line.
"""

from qms_reports.declarations.base import RESERVED, IsoDate, Model, Name, Sql, instant
from qms_reports.declarations.chart_models import ChartModel
from qms_reports.declarations.kpi_models import (
    Calendar,
    Direction,
    Exposure,
    Kpi,
    KpiKind,
    KpiList,
    Method,
    Scorecard,
    ScorecardItem,
    ScorecardLimits,
)
from qms_reports.declarations.record_models import (
    ColumnModel,
    ColumnType,
    Dataset,
    Derivation,
    Format,
    Join,
    Quality,
    Related,
    Roles,
    Rule,
    RuleSeverity,
    Source,
    View,
)
from qms_reports.declarations.template_models import (
    ActionRule,
    AppendixModel,
    ApprovalModel,
    CellFill,
    NeededDataset,
    PageModel,
    ParameterModel,
    RangeFill,
    SectionModel,
    SentenceModel,
    TableFill,
    TableModel,
    Template,
    Theme,
    ThemeFonts,
    WorkbookModel,
)

__all__ = [
    "RESERVED", "ActionRule", "AppendixModel", "ApprovalModel", "Calendar", "CellFill", "ChartModel", "ColumnModel",
    "ColumnType", "Dataset", "Derivation", "Direction", "Exposure", "Format", "IsoDate", "Join", "Kpi", "KpiKind",
    "KpiList", "Method", "Model", "Name", "NeededDataset", "PageModel", "ParameterModel", "Quality", "RangeFill",
    "Related", "Roles", "Rule", "RuleSeverity", "Scorecard", "ScorecardItem", "ScorecardLimits", "SectionModel",
    "SentenceModel", "Source", "Sql", "TableFill", "TableModel", "Template", "Theme",
    "ThemeFonts", "View", "WorkbookModel", "instant",
]  # fmt: skip
