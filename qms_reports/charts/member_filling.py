"""Numbers for charts of a KPI by its members: Pareto, funnel, waterfall, and heat maps of two dimensions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from qms_reports.charts.filling_base import ADDITIVE, Filling, specification_of
from qms_reports.charts.fixed_words import count, fixed, listed, percent, say, sentences
from qms_reports.charts.numerals import value_text
from qms_reports.charts.specification import Chart, Mark, Series
from qms_reports.declarations.models import ChartModel, Kpi
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import NOT_STATED, aggregation
from qms_reports.kpis.compiling import statement
from qms_reports.kpis.contribution import contributions
from qms_reports.kpis.figures import Counted, figure
from qms_reports.kpis.table import KpiRow
from qms_reports.statistics.funnel import Funnel, Kind, funnel, funnel_limits
from qms_reports.statistics.intervals import round_significant
from qms_reports.statistics.pareto import ParetoBar, pareto, vital_few
from qms_reports.store import stopped_after

Cells = Mapping[tuple[str, str], tuple[float | None, int]]
"""Row and column to value and number of records."""

_CURVE_STEPS = 40
_CLOSE = 1e-9


def pareto_of(filling: Filling, declared: ChartModel, kpi: Kpi | None, counts: dict[str, float], name: str) -> Chart:
    """The Pareto chart of amounts by category.

    Args:
        filling: For the period.
        declared: The chart; at most `top` categories are shown before the rest is added up.
        kpi: The KPI whose unit the labels have, if any.
        counts: Amount of each category.
        name: What is counted, as the head of its column.
    """
    bars = pareto(counts, top=declared.top) if len(counts) > declared.top else pareto(counts)
    few = vital_few(bars)
    shares = tuple(None if b.cumulative_share is None else round_significant(100 * b.cumulative_share) for b in bars)
    series = (Series(name, tuple(bar.value for bar in bars)), Series(say("cumulative_share"), shares))
    places = tuple(place for place, bar in enumerate(bars) if bar.name in few)
    total = bars[-1].cumulative if bars else 0.0
    specification = specification_of(filling, declared, kpi)
    shown = value_text(total, specification.decimals, specification.unit)
    if few:
        said = say("all_cumulative_few", total=shown, share=_share_of(bars, few))
    else:
        said = say("all_cumulative", total=shown)
    categories = tuple(bar.name if bar.categories == 1 else filling.other(bar.categories) for bar in bars)
    return Chart(
        specification, categories, series, sentences(said), emphasized=places if len(places) < len(bars) else ()
    )


def _share_of(bars: Sequence[ParetoBar], few: Sequence[str]) -> str:
    share = bars[len(few) - 1].cumulative_share or 0.0
    return percent(100 * share)


def pareto_chart(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    """The members of a dimension by descending value."""
    rows = [row for row in filling.table.members(kpi.kpi, declared.by or "") if row.records and row.value is not None]
    counts = {row.member: row.value or 0.0 for row in rows}
    if any(value < 0 for value in counts.values()):
        chart = Chart(specification_of(filling, declared, kpi), (), (Series(kpi.title, ()), Series("", ())))
        return replace(chart, note=sentences(say("negative_pareto")))
    return pareto_of(filling, declared, kpi, counts, kpi.title)


def funnel_chart(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    """Each member of a dimension by its size, against the limits around all of them together."""
    rows = [
        row
        for row in filling.table.members(kpi.kpi, declared.by or "")
        if row.value is not None and row.denominator and row.numerator is not None
    ]
    specification = specification_of(filling, declared, kpi)
    names = tuple(row.member for row in rows)
    sizes = tuple(float(row.denominator or 0) for row in rows)
    members = Series(kpi.title, tuple(row.value for row in rows), sizes)
    if not rows:
        return Chart(specification, (), (members, Series(say("all"), ())))
    ends = (min(sizes), max(sizes))
    kind: Kind = "proportion" if kpi.kind == "proportion" else "rate"
    try:
        found = funnel([_whole(row) for row in rows], sizes, kind=kind, overdispersion=declared.overdispersion)
        limits = _limit_series(found, sizes, kpi.per)
    except ValueError as error:
        together = sum(row.numerator or 0 for row in rows) / math.fsum(sizes) * kpi.per
        all_of_them = Series(say("all"), (round_significant(together),) * 2, ends)
        return Chart(specification, names, (members, all_of_them), sentences(say("no_limits", why=error)))
    center = Series(say("all"), (round_significant(found.target * kpi.per),) * 2, ends)
    outside = [(place, point.outside) for place, point in enumerate(found.points) if point.outside is not None]
    marks = tuple(Mark(place, names[place]) for place, _ in outside)
    return Chart(specification, names, (members, center, *limits), _funnel_note(found, names, outside), marks)


def _whole(row: KpiRow) -> int:
    count = row.numerator or 0
    if count != int(count):
        raise ValueError(f"the count {count} of {row.member} is not whole, and limits are for counts")
    return int(count)


def _limit_series(found: Funnel, sizes: Sequence[float], per: float) -> list[Series]:
    """The limits as curves over sizes; where they were widened, through the members' own limits."""
    if found.widened == 1 and not found.between:
        steps = (min(sizes) * (max(sizes) / min(sizes)) ** (step / _CURVE_STEPS) for step in range(_CURVE_STEPS + 1))
        grid = sorted({float(round(x)) if found.kind == "proportion" else round_significant(x) for x in (*steps,)})
        curves = [[funnel_limits(x, found.target, level, kind=found.kind) for x in grid] for level in found.levels]
    else:
        order = sorted({size: point for size, point in zip(sizes, found.points, strict=True) if point.limits}.items())
        grid = [size for size, _ in order]
        curves = [[point.limits[place] for _, point in order] for place in range(len(found.levels))]
    series = []
    for level, curve in zip(found.levels, curves, strict=True):
        name = _level(level)
        for side, said in ((1, name), (0, say("limit_lower", level=name))):
            series.append(Series(said, tuple(round_significant(pair[side] * per) for pair in curve), tuple(grid)))
    return series


def _level(level: float) -> str:
    """A level as printed: ``95 %``, ``99.8 %``."""
    return percent(100 * level, 0 if level * 100 == round(level * 100) else 1)


def _funnel_note(found: Funnel, names: Sequence[str], outside: Sequence[tuple[int, float]]) -> str:
    how = say("exact_binomial" if found.kind == "proportion" else "exact_poisson")
    if found.widened != 1:
        how = say("widened", factor=fixed(found.widened, 2))
    elif found.between:
        how = say("widened_between")
    inner, outer = (_level(level) for level in found.levels)
    parts = [say("funnel_limits", inner=inner, outer=outer, how=how)]
    for level in sorted({level for _, level in outside}, reverse=True):
        members = listed(names[place] for place, reached in outside if reached == level)
        parts.append(say("outside_level", level=_level(level), list=members))
    if not outside:
        parts.append(say("none_outside"))
    return sentences(*parts)


def change_chart(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    """What each member contributes to the change of the total since the period before."""
    found = contributions(kpi, filling.table, declared.by or "")
    before, now = filling.table.total(kpi.kpi, 1), filling.table.total(kpi.kpi)
    shown, rest = found.parts[: declared.top], found.parts[declared.top :]
    names = [part.member for part in shown]
    values: list[float | None] = [round_significant(float(part.change)) for part in shown]
    if rest:
        names.append(filling.other(len(rest)))
        values.append(round_significant(float(sum((part.change for part in rest), Fraction(0)))))
    ends = (filling.short_label(filling.period.previous()), filling.short_label(filling.period))
    # contributions to a quotient are small parts of it: one digit more than its own
    digits = kpi.decimals + (1 if kpi.has_denominator and names else 0)
    by_mix = say("by_mix") if found.by_mix else ""
    return Chart(
        specification_of(filling, declared, kpi, decimals=digits),
        (ends[0], *names, ends[1]),
        (Series(kpi.title, (before.value if before else None, *values, now.value if now else None)),),
        sentences(found.why_not, by_mix),
        totals=(0, len(names) + 1),
    )


def level_chart(filling: Filling, declared: ChartModel) -> Chart:
    """How a level came about: its value before, what was added and taken off, and its value now."""
    kpis = filling.catalogue.kpis
    level = kpis[declared.level or ""]
    before, now = filling.table.total(level.kpi, 1), filling.table.total(level.kpi)
    names: list[str] = []
    values: list[float | None] = []
    for sign, names_of_sign in ((1, declared.kpis), (-1, declared.less)):
        for name in names_of_sign:
            row = filling.table.total(name)
            names.append(kpis[name].title)
            values.append(None if row is None or row.value is None else sign * row.value)
    ends = (before.value if before else None, now.value if now else None)
    note = ""
    if ends[0] is not None and ends[1] is not None:
        rest = round_significant(ends[1] - ends[0] - math.fsum(value or 0.0 for value in values))
        if abs(rest) > _CLOSE * max(abs(ends[0]), abs(ends[1]), 1.0):
            names.append(say("unexplained"))
            values.append(rest)
            note = say("unexplained_note")
    labels = (filling.short_label(filling.period.previous()), filling.short_label(filling.period))
    return Chart(
        specification_of(filling, declared, level),
        (labels[0], *names, labels[1]),
        (Series(level.title, (ends[0], *values, ends[1])),),
        sentences(note),
        totals=(0, len(names) + 1),
    )


def crossed_chart(filling: Filling, declared: ChartModel, kpi: Kpi) -> Chart:
    """A KPI by two dimensions, counted with its own expressions, filters and dates."""
    by, across = declared.by or "", declared.across or ""
    dataset = filling.catalogue.datasets[kpi.dataset]
    types = full_types(dataset, {"dataset": filling.catalogue.datasets})
    wanted = replace(aggregation(kpi, dataset), strata=(across,), dimensions=(by,))
    calendars = tuple(filling.catalogue.calendars.values())
    compiled = statement(dataset, types, [wanted], [filling.period], filling.settings.zone, calendars)
    ((_, (numerator, denominator, records)),) = compiled.groups[0]
    cells: dict[tuple[str, str], tuple[float | None, int]] = {}
    cursor = filling.session.cursor()
    with stopped_after(cursor, filling.settings.statement_seconds, f"the chart {declared.id}"):
        found = cursor.execute(compiled.sql).fetchall()
    for _, _, dimension, member, column, values in found:
        if dimension is not None:
            counted = Counted(values[numerator], values[denominator], int(values[records] or 0))
            if counted.records:
                cells[member, column] = (figure(kpi, [counted]).value, counted.records)
    return crossed(filling, declared, kpi, cells, 0.0 if kpi.kind in ADDITIVE else None)


def crossed(filling: Filling, declared: ChartModel, kpi: Kpi | None, cells: Cells, empty: float | None) -> Chart:
    """A heat map of cells.

    Rows and columns with the most records are kept, at most `top` of each; they stand in the order of their names,
    what is not stated last.

    Args:
        filling: For the period.
        declared: The chart.
        kpi: The KPI whose unit and decimals the numbers have, if any.
        cells: Value and number of records of each row and column that has records.
        empty: Value of a cell without records.
    """
    kept = [_largest(cells, side, declared.top) for side in (0, 1)]
    rows, columns = kept
    hidden = [len({key[side] for key in cells}) - len(kept[side]) for side in (0, 1)]
    said = say("rows_hidden", rows=count(hidden[0]), columns=count(hidden[1])) if any(hidden) else ""
    shown = {key: value for key, (value, _) in cells.items()}
    series = tuple(Series(row, tuple(shown.get((row, column), empty) for column in columns)) for row in rows)
    return Chart(specification_of(filling, declared, kpi), columns, series, sentences(said))


def _largest(cells: Cells, side: int, top: int) -> tuple[str, ...]:
    sizes: dict[str, int] = {}
    for key, (_, records) in cells.items():
        sizes[key[side]] = sizes.get(key[side], 0) + records
    kept = sorted(sizes, key=lambda name: (-sizes[name], name))[:top]
    return tuple(sorted(kept, key=lambda name: (name == NOT_STATED, name)))
