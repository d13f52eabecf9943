"""Numbers for the declared charts: from the KPI table, or from the records themselves."""

from __future__ import annotations

from dataclasses import replace

from qms_reports.charts.control_filling import control_chart_picture
from qms_reports.charts.fallback import readable
from qms_reports.charts.filling_base import ADDITIVE, Filling, specification_of
from qms_reports.charts.fixed_words import say
from qms_reports.charts.member_filling import change_chart, crossed_chart, funnel_chart, level_chart, pareto_chart
from qms_reports.charts.numerals import printing_in
from qms_reports.charts.record_filling import chart_of_records
from qms_reports.charts.specification import Chart, Series
from qms_reports.declarations.models import ChartModel, Kpi
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.baselines import read_baselines

__all__ = ["ADDITIVE", "Filling", "chart"]


def chart(filling: Filling, declared: ChartModel) -> Chart:
    """One declared chart with its numbers, in the form in which they can be read."""
    with printing_in(filling.language.tag):
        made = chart_of_records(filling, declared) if declared.dataset is not None else _of_kpis(filling, declared)
        return readable(_worded(filling, made))


def _worded(filling: Filling, made: Chart) -> Chart:
    """The chart with the member of records that name none in the words of the language; other names are data."""
    name = filling.language.text("words.not_stated")
    if name == NOT_STATED:
        return made
    series = tuple(replace(run, name=name) if run.name == NOT_STATED else run for run in made.series)
    categories = tuple(name if category == NOT_STATED else category for category in made.categories)
    return replace(made, categories=categories, series=series)


def _of_kpis(filling: Filling, declared: ChartModel) -> Chart:
    if declared.level is not None:
        return level_chart(filling, declared)
    kpis = [filling.catalogue.kpis[name] for name in declared.kpis]
    special = {
        "control": _control, "pareto": pareto_chart, "funnel": funnel_chart, "waterfall": change_chart,
    }.get(declared.type)  # fmt: skip
    if special is not None:
        return special(filling, declared, kpis[0])
    if declared.across is not None:
        return crossed_chart(filling, declared, kpis[0])
    if declared.by is not None:
        return _by_dimension(filling, declared, kpis[0])
    if declared.type in ("pie", "donut"):
        rows = [(kpi, filling.table.total(kpi.kpi)) for kpi in kpis]
        values = tuple(row.value if row else None for _, row in rows)
        slices = Series(kpis[0].unit or say("count"), values)
        return Chart(specification_of(filling, declared, kpis[0]), tuple(kpi.title for kpi in kpis), (slices,))
    rows_of = [filling.table.series(kpi.kpi) for kpi in kpis]
    categories = tuple(filling.label(row.period) for row in rows_of[0])
    series = tuple(Series(kpi.title, tuple(row.value for row in rows)) for kpi, rows in zip(kpis, rows_of, strict=True))
    target = kpis[0].target if declared.show_target and len(kpis) == 1 else None
    return Chart(specification_of(filling, declared, kpis[0], target), categories, series)


def _control(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    rows = filling.table.series(kpi.kpi)
    labels = tuple(filling.label(row.period) for row in rows)
    settings, frequency = filling.settings, filling.period.frequency
    known = read_baselines(filling.session)
    return control_chart_picture(
        specification_of(filling, declared, kpi), kpi, rows, labels, known, frequency, settings.fiscal
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
        categories.append(filling.other(len(rest)))
        values.append(sum(row.value or 0 for row in rest))
    elif rest:
        note = filling.not_shown(len(rest))
    target = kpi.target if declared.show_target and declared.type not in ("pie", "donut") else None
    members = Series(kpi.title, tuple(values))
    return Chart(specification_of(filling, declared, kpi, target), tuple(categories), (members,), note)


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
        series.append(Series(filling.other(len(rest)), added))
    elif rest:
        note = filling.not_shown(len(rest))
    categories = tuple(filling.label(window.period) for window in windows)
    return Chart(specification_of(filling, declared, kpi), categories, tuple(series), note)
