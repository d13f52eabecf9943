"""The cells behind a native Excel chart: below their heads, column by column, what each type writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.admission import refuse_unusable
from qms_reports.charts.fallback import readable
from qms_reports.charts.fitting import bell, linear_fit
from qms_reports.charts.fixed_words import say
from qms_reports.charts.heatmap import SHADES, shades
from qms_reports.charts.histogram import bin_counts, bin_edges
from qms_reports.charts.numerals import printing_in
from qms_reports.charts.plot import target_text
from qms_reports.charts.specification import BOX_SERIES, Chart, Series
from qms_reports.charts.waterfall import steps_of
from qms_reports.charts.workbook_blocks import DataBlock, Run, edge_texts, shows_target, value_format, write_text
from qms_reports.charts.workbook_looks import bare_hex
from qms_reports.statistics.intervals import round_significant

__all__ = ["DataBlock", "Run", "edge_texts", "value_format", "write_data"]

MOST_OUTLIERS = 8
"""Outliers of each box that get a mark in Excel, those farthest from the median; the cells hold these only."""


class Columns:
    """Writes columns below their heads, from left to right."""

    def __init__(self, worksheet: Any, row: int, column: int) -> None:
        self._worksheet = worksheet
        self.row = row
        self.first_column = self.column = column
        self.last_row = row

    def _head(self, name: str) -> int:
        from openpyxl.styles import Font

        cell = self._worksheet.cell(self.row, self.column)
        write_text(cell, name)
        cell.font = Font(bold=True)
        self.column += 1
        return self.column - 1

    def texts(self, name: str, texts: tuple[str, ...]) -> int:
        """A column of texts; returns its number."""
        column = self._head(name)
        for row, text in enumerate(texts, start=self.row + 1):
            write_text(self._worksheet.cell(row, column), text)
        self.last_row = max(self.last_row, self.row + len(texts))
        return column

    def format_below(self, first: int, last: int, rows: int, rule: Any) -> None:
        """Colour the cells of the first `rows` rows of some columns by a rule."""
        from openpyxl.utils import get_column_letter

        span = f"{get_column_letter(first)}{self.row + 1}:{get_column_letter(last)}{self.row + rows}"
        self._worksheet.conditional_formatting.add(span, rule)

    def numbers(self, name: str, numbers: tuple[float | None, ...], form: str) -> int:
        """A column of numbers, empty cells where one is missing; returns its number."""
        column = self._head(name)
        for row, number in enumerate(numbers, start=self.row + 1):
            if number is not None:
                cell = self._worksheet.cell(row, column, number)
                cell.number_format = form
        self.last_row = max(self.last_row, self.row + len(numbers))
        return column


class _Block:
    """What has been written so far."""

    def __init__(self, chart: Chart, writer: Columns) -> None:
        self.chart, self.writer, self.form = chart, writer, value_format(chart)
        self.category_column: int | None = None
        self.runs: list[Run] = []
        self.extras: list[Run] = []
        self.target: Run | None = None

    def categories(self, name: str) -> None:
        """The column of category names."""
        self.category_column = self.writer.texts(self.chart.specification.x_title or name, self.chart.categories)

    def run(self, name: str, values: Sequence[float | None], form: str, *, role: str = "") -> Run:
        """A column of numbers."""
        column = self.writer.numbers(name, tuple(values), form)
        return Run(name, column, self.writer.row + len(values), role=role)

    def pair(self, series: Series, form: str, *, role: str = "", x_column: int | None = None) -> Run:
        """Two columns, x and values; or the values alone, where the x of another run are its own too."""
        if x_column is None:
            title = self.chart.specification.x_title or "x"
            x_column = self.writer.numbers(f"{series.name}: {title}", series.x, "General")
        column = self.writer.numbers(series.name, series.values, form)
        return Run(series.name, column, self.writer.row + len(series.values), x_column, role)


def _write_runs(block: _Block) -> None:
    """Category names, then one column for each series."""
    chart = block.chart
    block.categories(say("head_category"))
    block.runs = [block.run(series.name, series.values, block.form) for series in chart.series]
    if chart.marks or chart.phases:
        _write_remarks(chart, block.writer)
    if chart.specification.type == "control":
        signals = {mark.position for mark in chart.marks if mark.kind == "signal"}
        points = chart.series[0].values
        if signals:
            values = [value if place in signals else None for place, value in enumerate(points)]
            block.extras.append(block.run(say("head_signals"), values, block.form, role="signals"))
    if shows_target(chart.specification) and chart.categories:
        constant = (chart.specification.target,) * len(chart.categories)
        block.target = block.run(target_text(chart.specification), constant, "General")


def _write_remarks(chart: Chart, writer: Columns) -> None:
    """A control chart's signals, exclusions and phases, in words beside its numbers."""
    words: dict[int, list[str]] = {}
    for mark in chart.marks:
        words.setdefault(mark.position, []).append(
            say("remark_signal" if mark.kind == "signal" else "remark_not_judged", text=mark.text)
        )
    for phase in chart.phases:
        words.setdefault(phase.position, []).append(say("remark_from_here", text=phase.text))
    writer.texts(
        say("head_remark"), tuple(say("semicolon").join(words.get(place, ())) for place in range(len(chart.categories)))
    )


def _write_scatter(block: _Block) -> None:
    chart, specification = block.chart, block.chart.specification
    block.runs = [block.pair(series, block.form) for series in chart.series]
    xs = [x for series in chart.series for x in series.x]
    if shows_target(specification) and xs:
        constant = Series(target_text(specification), (specification.target,) * 2, (min(xs), max(xs)))
        block.target = block.pair(constant, "General")
    if specification.fit == "linear":
        for series in chart.series:
            fit = linear_fit(series.x, series.values)
            known = [x for x, y in zip(series.x, series.values, strict=True) if y is not None]
            if fit is not None:
                ends = (min(known), max(known))
                line = Series(
                    say("linear_fit", line=series.name), tuple(round_significant(fit.at(x)) for x in ends), ends
                )
                block.extras.append(block.pair(line, block.form, role="fit"))


def _write_histogram(block: _Block) -> None:
    chart, specification = block.chart, block.chart.specification
    values = [value for series in chart.series for value in series.values]
    edges = bin_edges(values, specification.bins)
    block.category_column = block.writer.texts(specification.x_title or say("head_bin"), edge_texts(edges, values))
    block.writer.numbers(say("head_from"), edges[:-1], "General")
    block.writer.numbers(say("head_below"), edges[1:], "General")
    for series in chart.series:
        block.runs.append(block.run(series.name, bin_counts(series.values, edges), "#,##0"))
    if specification.normal_curve and edges:
        width = edges[1] - edges[0]
        middles = [(low + high) / 2 for low, high in pairwise(edges)]
        for series in chart.series:
            found = bell(series.values)
            if found is not None:
                expected = [round_significant(found.expected(x, width)) for x in middles]
                block.extras.append(block.run(say("head_normal", name=series.name), expected, "#,##0.0", role="curve"))


def _write_pareto(block: _Block) -> None:
    block.categories(say("head_category"))
    values, shares = block.chart.series
    block.runs = [block.run(values.name, values.values, block.form), block.run(shares.name, shares.values, "0.0")]


def _write_funnel(block: _Block) -> None:
    chart = block.chart
    block.category_column = block.writer.texts(say("head_member"), chart.categories)
    block.runs = [block.pair(chart.series[0], block.form)]
    outside = {mark.position for mark in chart.marks if mark.kind == "signal"}
    if outside:
        values = [v if place in outside else None for place, v in enumerate(chart.series[0].values)]
        run = block.run(say("head_outside"), values, block.form)
        block.extras.append(replace(run, x_column=block.runs[0].x_column, role="signals"))
    for before, series in pairwise(chart.series):
        shared = block.runs[-1].x_column if series.x == before.x else None
        block.runs.append(block.pair(series, block.form, x_column=shared))


def _write_heat_map(block: _Block) -> None:
    """Rows and columns as drawn, coloured by their numbers."""
    from openpyxl.formatting.rule import ColorScaleRule

    chart, writer = block.chart, block.writer
    block.category_column = writer.texts(
        chart.specification.y_title or say("head_row"), tuple(s.name for s in chart.series)
    )
    for place, category in enumerate(chart.categories):
        column = [series.values[place] for series in chart.series]
        block.runs.append(block.run(category, column, block.form))
    if block.runs and chart.series:
        colors = shades(chart)
        light, dark = bare_hex(colors[0]), bare_hex(palette.tint(colors[-1], SHADES[2] / 2))
        rule = ColorScaleRule(start_type="min", start_color=f"FF{light}", end_type="max", end_color=f"FF{dark}")
        writer.format_below(block.runs[0].column, block.runs[-1].column, len(chart.series), rule)


def _write_waterfall(block: _Block) -> None:
    """The values, and the parts of the bars that stand on an invisible base."""
    chart = block.chart
    block.categories(say("head_step"))
    block.runs = [block.run(series.name, series.values, block.form) for series in chart.series]
    steps = steps_of(chart)
    count = len(chart.categories)
    ends = {step.category: (min(step.start, step.end), max(step.start, step.end)) for step in steps}
    below = any(low < 0 for low, _ in ends.values())
    base: list[float | None] = [None] * count
    for place, (low, high) in ends.items():
        base[place] = low if low > 0 else high if high < 0 else 0.0
    block.extras.append(block.run(say("head_base"), base, block.form, role="base"))
    for kind in ("total", "increase", "decrease"):
        of_kind = {step.category: ends[step.category] for step in steps if step.kind == kind}
        above = [max(of_kind[p][1], 0.0) - max(of_kind[p][0], 0.0) if p in of_kind else None for p in range(count)]
        rounded = [None if value is None else round_significant(value) for value in above]
        block.extras.append(block.run(say(f"head_{kind}"), rounded, block.form, role=kind))
        if below:
            under = [min(of_kind[p][0], 0.0) - min(of_kind[p][1], 0.0) if p in of_kind else None for p in range(count)]
            rounded = [None if value is None else round_significant(value) for value in under]
            block.extras.append(
                block.run(say("head_below_zero", name=say(f"head_{kind}")), rounded, block.form, role=kind)
            )


def _write_boxes(block: _Block) -> None:
    """The five numbers and the records of each box, its parts on an invisible base, its whiskers, its outliers."""
    chart = block.chart
    block.categories(say("head_group"))
    block.runs = [
        block.run(series.name, series.values, "#,##0" if place == BOX_SERIES - 1 else block.form)
        for place, series in enumerate(chart.series[:BOX_SERIES])
    ]
    five = list(zip(*(series.values for series in chart.series[: BOX_SERIES - 1]), strict=True))

    def part(name: str, role: str, of: Callable[[float, float, float, float, float], float]) -> None:
        values = [None if None in box else round_significant(of(*box)) for box in five]
        block.extras.append(block.run(name, values, block.form, role=role))

    part(say("head_base"), "base", lambda _l, q1, _m, q3, _h: q1 if q1 > 0 else q3 if q3 < 0 else 0.0)
    part(say("head_lower_box"), "lower", lambda _l, q1, m, _q3, _h: max(m, 0.0) - max(q1, 0.0))
    part(say("head_upper_box"), "upper", lambda _l, _q1, m, q3, _h: max(q3, 0.0) - max(m, 0.0))
    if any(box[0] is not None and box[0] < 0 for box in five):
        part(
            say("head_below_zero", name=say("head_upper_box")),
            "upper",
            lambda _l, _q1, m, q3, _h: min(m, 0.0) - min(q3, 0.0),
        )
        part(
            say("head_below_zero", name=say("head_lower_box")),
            "lower",
            lambda _l, q1, m, _q3, _h: min(q1, 0.0) - min(m, 0.0),
        )
    part(say("head_lower_whisker"), "minus", lambda low, q1, _m, _q3, _h: q1 - low)
    part(say("head_upper_whisker"), "plus", lambda _l, _q1, _m, q3, high: high - q3)
    medians = chart.series[2].values
    far: list[list[float]] = [[] for _ in chart.categories]
    for series in chart.series[BOX_SERIES:]:
        for place, value in zip(series.x, series.values, strict=True):
            if value is not None:
                far[int(place)].append(value)
    for place, values in enumerate(far):
        values.sort(key=lambda value: (-abs(value - (medians[place] or 0.0)), value))
    for rank in range(min(MOST_OUTLIERS, max(map(len, far), default=0))):
        ranked = [found[rank] if rank < len(found) else None for found in far]
        block.extras.append(block.run(say("head_outlier", rank=rank + 1), ranked, block.form, role="outliers"))
    if shows_target(chart.specification) and chart.categories:
        constant = (chart.specification.target,) * len(chart.categories)
        block.target = block.run(target_text(chart.specification), constant, "General")


_WRITERS: dict[str, Callable[[_Block], None]] = {
    "scatter": _write_scatter, "histogram": _write_histogram, "pareto": _write_pareto, "funnel": _write_funnel,
    "heatmap": _write_heat_map, "waterfall": _write_waterfall, "box": _write_boxes,
}  # fmt: skip


def write_data(worksheet: Any, chart: Chart, row: int = 1, column: int = 1) -> DataBlock:
    """Write the numbers of a chart, with heads, into a worksheet.

    Names of categories, members or rows come first, then one column per series; a scatter or funnel has a column of x
    positions before each.  A histogram has its bins by name and by edges, then the counts.  Columns that native parts
    are built of (signals, curves, the invisible base of floating bars) and the target follow.  Cells hold the full
    numbers; only their format rounds.

    Args:
        worksheet: An openpyxl worksheet (not write-only).
        chart: What to write.
        row: Row of the heads.
        column: Leftmost column.

    Returns:
        Where everything stands.

    Raises:
        ValueError: The chart cannot be shown truthfully, or a text is too long for a cell.
    """
    refuse_unusable(chart)
    chart = readable(chart)
    writer = Columns(worksheet, row, column)
    block = _Block(chart, writer)
    with printing_in(chart.specification.language):
        _WRITERS.get(chart.specification.type, _write_runs)(block)
    return DataBlock(
        sheet=worksheet.title,
        header_row=row,
        first_row=row + 1,
        last_row=writer.last_row,
        first_column=column,
        last_column=writer.column - 1,
        category_column=block.category_column,
        runs=tuple(block.runs),
        target=block.target,
        extras=tuple(block.extras),
    )
