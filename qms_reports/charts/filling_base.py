"""What charts are filled from, and the specification that a declared chart becomes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qms_reports.charts.specification import ChartSpecification
from qms_reports.datasets.reading import Session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import ChartModel, Kpi
from qms_reports.kpis.table import KpiRow, KpiTable
from qms_reports.languages import ENGLISH, Language
from qms_reports.periods import Period, parse_period
from qms_reports.settings import Settings

ADDITIVE = ("count", "level")
"""Kinds whose members may be added up to "Other"; a percentage of percentages would be wrong."""

_DIGITS = 3


@dataclass(frozen=True)
class Filling:
    """What charts (and, later, tables) are filled from.

    Attributes:
        settings: For the site's time zone.
        catalogue: The declarations.
        period: The reported period.
        table: The KPI table of the period.
        session: The records, as known at the cut-off.
        language: Language of labels and notes.
    """

    settings: Settings
    catalogue: Catalogue
    period: Period
    table: KpiTable
    session: Session
    language: Language = ENGLISH

    def label(self, key: str) -> str:
        """Short label of a window of the series."""
        return self.short_label(parse_period(key, self.settings.fiscal))

    def short_label(self, period: Period) -> str:
        """Short label of a period."""
        return self.language.period_label(period, short=True)

    def period_label(self) -> str:
        """The reported period as printed."""
        return self.language.period_label(self.period)

    def other(self, count: int) -> str:
        """The name of members that are added up."""
        return self.language.text("words.other", count=self.language.number(count, 0))

    def not_shown(self, count: int) -> str:
        """That some members are left out."""
        return self.language.text("document.not_shown", count=self.language.number(count, 0))

    def series_label(self, rows: Sequence[KpiRow]) -> str:
        """First and last window of a series."""
        return f"{self.label(rows[0].period)} – {self.label(rows[-1].period)}" if rows else ""


def specification_of(
    filling: Filling,
    declared: ChartModel,
    kpi: Kpi | None,
    target: float | None = None,
    decimals: int | None = None,
) -> ChartSpecification:
    """How a declared chart looks.

    Args:
        filling: For the period that titles name.
        declared: The chart.
        kpi: The KPI whose unit and decimals its labels have; ``None`` for records.
        target: The value drawn as a line.
        decimals: Digits of the labels, where they are not the KPI's.
    """
    windows = filling.table.series(kpi.kpi) if kpi else ()
    span = filling.period_label()
    if declared.window > 1:
        span = f"{filling.language.period_label(filling.period.previous(declared.window - 1))} – {span}"
    words = {"period": span, "series": filling.series_label(windows)}
    return ChartSpecification(
        id=declared.id,
        type=declared.type,
        title=_filled(declared.title, words),
        subtitle=_filled(declared.subtitle, words),
        width=declared.width,
        height=declared.height,
        x_title=declared.x_title,
        y_title=declared.y_title,
        colors=declared.colors,
        legend=declared.legend,
        outputs=declared.outputs,
        stacked=declared.stacked,
        horizontal=declared.horizontal,
        decimals=decimals if decimals is not None else kpi.decimals if kpi else 0,
        unit=kpi.unit if kpi and kpi.unit == "%" else "",
        target=target if target is not None else declared.target,
        bins=declared.bins,
        language=filling.language.tag,
        normal_curve=declared.normal_curve,
        lower_limit=declared.lower_limit,
        upper_limit=declared.upper_limit,
        fit=declared.fit,
        zones=declared.zones,
    )


def _filled(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


def fitting_decimals(values: Iterable[float | None]) -> int:
    """Digits after the point that show three significant ones of the largest value; none where all are whole."""
    known = [abs(value) for value in values if value is not None]
    if not known or max(known) == 0 or all(value == math.floor(value) for value in known):
        return 0
    return min(max(0, _DIGITS - 1 - math.floor(math.log10(max(known)))), 6)
