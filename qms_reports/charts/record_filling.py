"""Numbers for charts of records: histogram, scatter, box plot, and records counted or summed up by a column."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from qms_reports.charts.boxes import NAMES, summarize
from qms_reports.charts.filling_base import Filling, fitting_decimals, specification_of
from qms_reports.charts.fitting import bell, equation, linear_fit
from qms_reports.charts.fixed_words import count, fixed, say, sentences
from qms_reports.charts.member_filling import crossed, pareto_of
from qms_reports.charts.plot import exact_text
from qms_reports.charts.specification import BOX_SERIES, Chart, Series
from qms_reports.declarations.models import ChartModel, Dataset
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.conditions import record_condition
from qms_reports.kpis.populations import population_sql, windows_sql
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import identifier, stopped_after

_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "mean": lambda values: math.fsum(values) / len(values),
    "median": statistics.median,
    "minimum": min,
    "maximum": max,
}


def chart_of_records(filling: Filling, declared: ChartModel) -> Chart:
    """The chart of the records of a dataset."""
    dataset = filling.catalogue.datasets[declared.dataset or ""]
    if declared.type == "pareto":
        return _pareto(filling, declared, dataset)
    if declared.type == "heatmap":
        return _heat_map(filling, declared, dataset)
    if declared.type == "box":
        return _boxes(filling, declared, dataset)
    return _points(filling, declared, dataset)


def _rows(
    filling: Filling, declared: ChartModel, dataset: Dataset, columns: Iterable[str], numbers: Iterable[str | None]
) -> list[tuple[list[str], list[float | None]]]:
    """Of each record of the window its texts and its numbers, in an order that depends on nothing else.

    Args:
        filling: The records.
        declared: The chart.
        dataset: Its dataset.
        columns: Columns to read as text; an empty one is "(not stated)".
        numbers: Expressions that give numbers.
    """
    types = full_types(dataset, {"dataset": filling.catalogue.datasets})
    calendars = tuple(filling.catalogue.calendars.values())
    texts = [f"coalesce(d.{identifier(name)}::VARCHAR, '{NOT_STATED}')" for name in columns]
    values = [f"{record_condition(dataset.roles, types, sql, calendars)}::DOUBLE" for sql in numbers]
    cursor = filling.session.cursor()
    with stopped_after(cursor, filling.settings.statement_seconds, f"the chart {declared.id}"):
        found = cursor.execute(
            f"SELECT {', '.join((*texts, *values)) or '1'} "
            f"FROM ({windows_sql([filling.period], declared.window, filling.settings.zone)}) w "
            f"JOIN {identifier(dataset.dataset)} d ON {population_sql(dataset, types, declared.date or 'as_of')} "
            f"WHERE {record_condition(dataset.roles, types, declared.filter, calendars)} ORDER BY ALL"
        ).fetchall()
    split = len(texts)
    return [
        (list(row[:split]), [None if v is None else round_significant(float(v)) for v in row[split:]]) for row in found
    ]


def _counted(dataset: Dataset, known: int, absent: int) -> str:
    if absent:
        return say("records_without", title=dataset.title, count=count(known), absent=count(absent))
    return say("records", title=dataset.title, count=count(known))


def _points(filling: Filling, declared: ChartModel, dataset: Dataset) -> Chart:
    """Histogram and scatter, in one series or in one for each member of a column."""
    wanted = [declared.values] if declared.type == "histogram" else [declared.x, declared.y]
    rows = _rows(filling, declared, dataset, [declared.by] if declared.by else [], wanted)
    groups: dict[str, list[list[float | None]]] = {} if declared.by else {dataset.title: []}
    for texts, numbers in rows:
        if None not in numbers:
            groups.setdefault(texts[0] if texts else dataset.title, []).append(numbers)
    kept = sorted(sorted(groups, key=lambda name: (-len(groups[name]), name))[: declared.top])
    series = []
    for name in kept:
        values = tuple(numbers[-1] for numbers in groups[name])
        xs = tuple(numbers[0] or 0.0 for numbers in groups[name]) if declared.type == "scatter" else ()
        series.append(Series(name, values, xs))
    known = sum(len(found.values) for found in series)
    hidden = sum(len(found) for name, found in groups.items() if name not in kept)
    notes = [_counted(dataset, known, len(rows) - known - hidden)]
    if hidden:
        notes.append(say("records_hidden", count=count(hidden), groups=count(len(groups) - len(kept))))
    notes += _fits(declared, series) if declared.type == "scatter" else _spread(declared, series)
    specification = specification_of(filling, declared, None)
    if declared.by:
        specification = replace(specification, legend=True)
    return Chart(specification, (), tuple(series), sentences(*notes))


def _fits(declared: ChartModel, series: Sequence[Series]) -> list[str]:
    if declared.fit == "none":
        return []
    notes = []
    for one in series:
        fit = linear_fit(one.x, one.values)
        line = equation(fit) if fit else say("no_fit")
        alone = len(series) == 1
        notes.append(say("linear_fit", line=line) if alone else say("linear_fit_of", name=one.name, line=line))
    return notes


def _spread(declared: ChartModel, series: Sequence[Series]) -> list[str]:
    """Mean and standard deviation where the curve is drawn, and how many records are beyond the limits."""
    notes = []
    if declared.normal_curve:
        for one in series:
            found = bell(one.values)
            if found is None:
                text = say("no_curve")
            else:
                digits = 1 + fitting_decimals([found.deviation])
                text = say("mean_deviation", mean=fixed(found.mean, digits), deviation=fixed(found.deviation, digits))
            notes.append(text if len(series) == 1 else say("of_series", name=one.name, text=text))
    values = [value for one in series for value in one.values if value is not None]
    low, high = declared.lower_limit, declared.upper_limit
    if low is not None:
        notes.append(say("below_limit", limit=_limit("lower", low), count=count(sum(value < low for value in values))))
    if high is not None:
        notes.append(
            say("above_limit", limit=_limit("upper", high), count=count(sum(value > high for value in values)))
        )
    return notes


def _limit(side: str, value: float) -> str:
    return say(f"{side}_specification", value=exact_text(value))


def _boxes(filling: Filling, declared: ChartModel, dataset: Dataset) -> Chart:
    """A box for each member of a column, those with the most records."""
    rows = _rows(filling, declared, dataset, [declared.by or ""], [declared.values])
    groups: dict[str, list[float]] = {}
    for texts, (number,) in rows:
        if number is not None:
            groups.setdefault(texts[0], []).append(number)
    kept = sorted(groups, key=lambda name: (-len(groups[name]), name))[: declared.top]
    names = sorted(kept, key=lambda name: (name == NOT_STATED, name))
    found = [summarize(groups[name]) for name in names]
    five = [(one.low, one.first, one.median, one.third, one.high) for one in found]
    runs = [tuple(round_significant(numbers[place]) for numbers in five) for place in range(BOX_SERIES - 1)]
    runs.append(tuple(float(len(groups[name])) for name in names))
    beyond = [(value, float(place)) for place, one in enumerate(found) for value in one.outliers]
    series = [Series(say(label), run) for label, run in zip(NAMES, runs, strict=False)]
    if beyond:
        series.append(Series(say(NAMES[-1]), tuple(value for value, _ in beyond), tuple(place for _, place in beyond)))
    known = sum(len(values) for values in groups.values())
    notes = [_counted(dataset, known, len(rows) - known)]
    if len(groups) > len(kept):
        notes.append(say("groups_hidden", count=count(len(groups) - len(kept))))
    notes.append(say("box_key"))
    numbers = [value for values in groups.values() for value in values]
    specification = specification_of(filling, declared, None, decimals=fitting_decimals(numbers))
    return Chart(specification, tuple(names), tuple(series), sentences(*notes))


def _pareto(filling: Filling, declared: ChartModel, dataset: Dataset) -> Chart:
    """Records, or the sum of their values, by a column."""
    rows = _rows(filling, declared, dataset, [declared.by or ""], [declared.values] if declared.values else [])
    counts: dict[str, list[float]] = {}
    absent = 0
    for texts, numbers in rows:
        number = numbers[0] if numbers else 1.0
        if number is None:
            absent += 1
        else:
            counts.setdefault(texts[0], []).append(number)
    sums = {name: round_significant(math.fsum(values)) for name, values in counts.items()}
    said = _counted(dataset, len(rows) - absent, absent)
    if any(value < 0 for value in sums.values()):
        empty = (Series(dataset.title, ()), Series(say("cumulative_share"), ()))
        note = sentences(said, say("negative_pareto"))
        return Chart(specification_of(filling, declared, None), (), empty, note)
    chart = pareto_of(filling, declared, None, sums, dataset.title)
    digits = fitting_decimals(chart.series[0].values)
    return replace(chart, specification=replace(chart.specification, decimals=digits), note=sentences(said, chart.note))


def _heat_map(filling: Filling, declared: ChartModel, dataset: Dataset) -> Chart:
    """An aggregate of the records by two columns."""
    columns = [declared.by or "", declared.across or ""]
    rows = _rows(filling, declared, dataset, columns, [declared.values] if declared.values else [])
    groups: dict[tuple[str, str], list[float]] = {}
    absent = 0
    for (by, across), numbers in rows:
        number = numbers[0] if numbers else 1.0
        if number is None:
            absent += 1
        else:
            groups.setdefault((by, across), []).append(number)
    combine = _AGGREGATES.get(declared.aggregate or "", len)
    cells = {key: (round_significant(float(combine(values))), len(values)) for key, values in groups.items()}
    empty = None if declared.aggregate in _AGGREGATES else 0.0
    chart = crossed(filling, declared, None, cells, empty)
    digits = fitting_decimals([value for one in chart.series for value in one.values])
    said = say(f"each_cell_{declared.aggregate or 'count'}", records=_counted(dataset, len(rows) - absent, absent))
    return replace(chart, specification=replace(chart.specification, decimals=digits), note=sentences(said, chart.note))
