"""Numbers for the declared charts: from the KPI table, or from the records themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qms_reports.charts.control_filling import control_chart_picture
from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.datasets.reading import Session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import ChartModel, Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.baselines import read_baselines
from qms_reports.kpis.compiling import record_condition
from qms_reports.kpis.populations import population_sql, windows_sql
from qms_reports.kpis.table import KpiRow, KpiTable
from qms_reports.languages import Language, language
from qms_reports.periods import Period, parse_period
from qms_reports.settings import Settings
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import identifier

ADDITIVE = ("count", "level")
"""Kinds whose members may be added up to "Other"; a percentage of percentages would be wrong."""


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
    language: Language = field(default_factory=lambda: language("en"))

    def label(self, key: str) -> str:
        """Short label of a window of the series."""
        return parse_period(key, self.settings.fiscal).label(short=True)

    def period_label(self) -> str:
        """The reported period as printed."""
        return self.period.label()

    def series_label(self, rows: Sequence[KpiRow]) -> str:
        """First and last window of a series."""
        return f"{self.label(rows[0].period)} – {self.label(rows[-1].period)}" if rows else ""


def chart(filling: Filling, declared: ChartModel) -> Chart:
    """One declared chart with its numbers."""
    if declared.dataset is not None:
        return _of_records(filling, declared)
    kpis = [filling.catalogue.kpis[name] for name in declared.kpis]
    if declared.type == "control":
        return _control(filling, declared, kpis[0])
    if declared.by is not None:
        return _by_dimension(filling, declared, kpis[0])
    if declared.type == "pie":
        rows = [(kpi, filling.table.total(kpi.kpi)) for kpi in kpis]
        values = tuple(row.value if row else None for _, row in rows)
        slices = Series(kpis[0].unit or "Count", values)
        return Chart(_specification(filling, declared, kpis[0]), tuple(kpi.title for kpi in kpis), (slices,))
    rows_of = [filling.table.series(kpi.kpi) for kpi in kpis]
    categories = tuple(filling.label(row.period) for row in rows_of[0])
    series = tuple(Series(kpi.title, tuple(row.value for row in rows)) for kpi, rows in zip(kpis, rows_of, strict=True))
    target = kpis[0].target if declared.show_target and len(kpis) == 1 else None
    return Chart(_specification(filling, declared, kpis[0], target), categories, series)


def _control(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    rows = filling.table.series(kpi.kpi)
    labels = tuple(filling.label(row.period) for row in rows)
    settings, frequency = filling.settings, filling.period.frequency
    known = read_baselines(filling.session)
    return control_chart_picture(
        _specification(filling, declared, kpi), kpi, rows, labels, known, frequency, settings.fiscal
    )


def _by_dimension(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    assert declared.by is not None  # noqa: S101 - the caller looked
    reported = [row for row in filling.table.members(kpi.kpi, declared.by) if row.records]
    order = sorted(reported, key=lambda row: (-(row.value if row.value is not None else float("-inf")), row.member))
    kept, rest = order[: declared.top], order[declared.top :]
    note = ""
    if declared.over == "series":
        return _members_over_time(filling, declared, kpi)
    categories = [row.member for row in kept]
    values = [row.value for row in kept]
    if rest and kpi.kind in ADDITIVE:
        categories.append(f"Other ({len(rest)})")
        values.append(sum(row.value or 0 for row in rest))
    elif rest:
        note = f"{len(rest)} more are not shown."
    target = kpi.target if declared.show_target and declared.type != "pie" else None
    members = Series(kpi.title, tuple(values))
    return Chart(_specification(filling, declared, kpi, target), tuple(categories), (members,), note)


def _members_over_time(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    """One run per member, the largest of the whole series first; the others are added up where that is legal."""
    assert declared.by is not None  # noqa: S101 - the caller looked
    windows = filling.table.series(kpi.kpi)
    additive = kpi.kind in ADDITIVE
    runs: dict[str, tuple[float | None, ...]] = {}
    for name in sorted({r.member for r in filling.table.rows if r.kpi == kpi.kpi and r.dimension == declared.by}):
        rows = [filling.table.member(kpi.kpi, declared.by, name, window.ago) for window in windows]
        if any(row is not None and row.records for row in rows):
            runs[name] = tuple(
                None if window.state == "no data" else row.value if row is not None else 0.0 if additive else None
                for window, row in zip(windows, rows, strict=True)
            )
    ranked = sorted(runs, key=lambda name: (-sum(value or 0 for value in runs[name]), name))
    kept, rest = ranked[: declared.top], ranked[declared.top :]
    series = [Series(name, runs[name]) for name in (sorted(kept) if declared.stacked else kept)]
    note = ""
    if rest and additive:
        added = tuple(
            None if window.state == "no data" else sum(runs[name][place] or 0 for name in rest)
            for place, window in enumerate(windows)
        )
        series.append(Series(f"Other ({len(rest)})", added))
    elif rest:
        note = f"{len(rest)} more are not shown."
    categories = tuple(filling.label(window.period) for window in windows)
    return Chart(_specification(filling, declared, kpi), categories, tuple(series), note)


def _of_records(filling: Filling, declared: ChartModel) -> Chart:
    dataset = filling.catalogue.datasets[declared.dataset or ""]
    types = full_types(dataset, {"dataset": filling.catalogue.datasets})
    calendars = tuple(filling.catalogue.calendars.values())
    columns = [declared.values] if declared.type == "histogram" else [declared.x, declared.y]
    chosen = ", ".join(f"{record_condition(dataset.roles, types, sql, calendars)}::DOUBLE" for sql in columns)
    rows = (
        filling.session.cursor()
        .execute(
            f"SELECT {chosen} FROM ({windows_sql([filling.period], declared.window, filling.settings.zone)}) w "
            f"JOIN {identifier(dataset.dataset)} d ON {population_sql(dataset, types, declared.date or 'as_of')} "
            f"WHERE {record_condition(dataset.roles, types, declared.filter, calendars)} ORDER BY ALL"
        )
        .fetchall()
    )
    known = [row for row in rows if None not in row]
    values = tuple(round_significant(float(row[-1])) for row in known)
    x = tuple(round_significant(float(row[0])) for row in known) if declared.type == "scatter" else ()
    absent = len(rows) - len(known)
    unknown = f"; {absent:,} without a value are not shown" if absent else ""
    note = f"{dataset.title}: n = {len(known):,}{unknown}."
    return Chart(_specification(filling, declared, None), (), (Series(dataset.title, values, x),), note)


def _specification(
    filling: Filling, declared: ChartModel, kpi: Kpi | None, target: float | None = None
) -> ChartSpecification:
    windows = filling.table.series(kpi.kpi) if kpi else ()
    span = filling.period.label()
    if declared.window > 1:
        span = f"{filling.period.previous(declared.window - 1).label()} – {span}"
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
        decimals=kpi.decimals if kpi else 0,
        unit=kpi.unit if kpi and kpi.unit == "%" else "",
        target=target,
        bins=declared.bins,
    )


def _filled(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text
