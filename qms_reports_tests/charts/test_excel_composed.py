"""Charts that Excel has no form for: their parts add up to what is drawn, and every number stands in a cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.cell import range_boundaries

from qms_reports.charts.excel import native_chart
from qms_reports.charts.fallback import readable
from qms_reports.charts.specification import Chart
from qms_reports.charts.waterfall import steps_of
from qms_reports.charts.workbook_data import DataBlock, Run, write_data
from qms_reports_tests.charts.examples import boxes, every_further_form, every_type_in_each_form, waterfall
from qms_reports_tests.charts.hostile import CASES, chart_of

FORMS = every_type_in_each_form() | every_further_form()


class Written:
    """A chart in a saved workbook."""

    def __init__(self, chart: Chart) -> None:
        self.chart = readable(chart)
        workbook = Workbook()
        self.sheet = workbook.active
        self.sheet.title = "Data"
        self.block: DataBlock = write_data(self.sheet, chart, 2, 3)
        self.native = native_chart(self.sheet, chart, self.block)
        if self.native is not None:
            self.sheet.add_chart(self.native, "A60")
        target = BytesIO()
        workbook.save(target)
        with zipfile.ZipFile(target) as archive:
            self.names = archive.namelist()
            self.xml = archive.read("xl/charts/chart1.xml").decode() if self.native is not None else ""
            self.drawing = archive.read("xl/drawings/drawing1.xml").decode() if self.native is not None else ""

    def series(self) -> Iterator[Any]:
        for part in self.native._charts:
            yield from part.series

    def column(self, run: Run) -> list[Any]:
        first, last = self.block.first_row, max(self.block.last_row, self.block.first_row)
        return [self.sheet.cell(row, run.column).value for row in range(first, last + 1)]

    def at(self, address: str) -> list[Any]:
        name, span = address.rsplit("!", 1)
        assert name == "'Data'"
        left, top, right, bottom = range_boundaries(span)
        assert left == right
        return [self.sheet.cell(row, left).value for row in range(top, bottom + 1)]


WRITTEN = {name: Written(chart) for name, chart in FORMS.items()}


@pytest.mark.parametrize("name", [name for name, found in WRITTEN.items() if found.native is not None])
def test_every_series_shows_cells_and_keeps_what_they_hold(name: str) -> None:
    found = WRITTEN[name]
    references = re.findall(
        r"<(?:numRef|strRef)><f>([^<]+)</f><(?:numCache|strCache)>(.*?)</(?:numCache|strCache)>", found.xml, re.DOTALL
    )
    assert len(references) >= 3 * len(list(found.series()))
    for address, cache in references:
        kept = dict(re.findall(r'<pt idx="(\d+)"><v>([^<]*)</v>', cache))
        for place, value in enumerate(found.at(address.replace("&apos;", "'"))):
            if value is None:
                assert str(place) not in kept
            elif isinstance(value, str):
                assert kept[str(place)] == value.replace("&", "&amp;").replace("<", "&lt;")
            else:
                assert float(kept[str(place)]) == pytest.approx(value, rel=1e-12)
    assert not [part for part in found.names if "media" in part]
    assert 'descr="' in found.drawing
    hidden = set(re.findall(r'<delete val="1"', re.sub(r"<legendEntry>.*?</legendEntry>", "", found.xml)))
    second_axis = found.chart.specification.type in ("pareto", "sparkline")  # the hidden category axis; no axes at all
    assert bool(hidden) == second_axis


def test_a_pareto_has_its_shares_on_a_second_axis_that_ends_where_the_bars_add_up() -> None:
    found = WRITTEN["pareto"]
    bars, line = found.native._charts
    assert (bars.tagname, line.tagname) == ("barChart", "lineChart")
    assert (line.y_axis.axId, line.y_axis.crosses, line.y_axis.scaling.max) == (200, "max", 100)
    assert line.x_axis.axId == line.y_axis.crossAx != bars.x_axis.axId
    assert bars.y_axis.scaling.max == sum(found.column(found.block.runs[0]))
    fills = {point.spPr.solidFill.srgbClr for point in bars.series[0].dPt}
    assert len(fills) == 2


@pytest.mark.parametrize("values", [(84, 31, 4, -42, -3, 74), (5, -9, 3, -4, 2, -3), (-7, 2, 4, -3, 1, -3)])
def test_the_stacked_parts_of_a_waterfall_are_its_steps(values: tuple[float, ...]) -> None:
    found = Written(waterfall(values))
    (base,) = (found.column(run) for run in found.block.having("base"))
    parts = [[found.column(run) for run in found.block.having(kind)] for kind in ("total", "increase", "decrease")]
    for step in steps_of(found.chart):
        own = [column[step.category] for columns in parts for column in columns if column[step.category] is not None]
        low, high = sorted((step.start, step.end))
        above, below = sum(part for part in own if part > 0), sum(part for part in own if part < 0)
        assert above - below == pytest.approx(high - low)
        assert base[step.category] == (low if low > 0 else min(0, high))
        assert max(base[step.category], 0) + above == pytest.approx(max(high, 0))
        assert min(base[step.category], 0) + below == pytest.approx(min(low, 0))
    assert found.native.grouping == "stacked"
    assert found.native.series[0].spPr.noFill


@pytest.mark.parametrize("scale", [1.0, -1.0, 0.001])
def test_the_stacked_parts_of_a_box_are_its_quartiles_and_its_error_bars_its_whiskers(scale: float) -> None:
    chart = boxes(scale=scale)
    if scale > 0.5:  # boxes across zero as well
        moved = [replace(s, values=tuple(v - 31 for v in s.values if v is not None)) for s in chart.series[:5]]
        chart = replace(chart, series=(*moved, *chart.series[5:6]))
    found = Written(chart)
    low, first, median, third, high = (series.values for series in found.chart.series[:5])
    (base,) = (found.column(run) for run in found.block.having("base"))
    lower = [found.column(run) for run in found.block.having("lower")]
    upper = [found.column(run) for run in found.block.having("upper")]
    for place in range(len(found.chart.categories)):
        heights = [sum(abs(column[place]) for column in columns) for columns in (lower, upper)]
        assert heights == pytest.approx([median[place] - first[place], third[place] - median[place]])
        above = [column[place] for columns in (lower, upper) for column in columns if column[place] > 0]
        assert max(base[place], 0) + sum(above) == pytest.approx(max(third[place], 0))
    minus, plus = (found.column(found.block.having(role)[0]) for role in ("minus", "plus"))
    assert minus == pytest.approx([a - b for a, b in zip(first, low, strict=True)])
    assert plus == pytest.approx([a - b for a, b in zip(high, third, strict=True)])
    line = found.native._charts[1]
    assert [series.errBars.errBarType for series in line.series[:2]] == ["minus", "plus"]
    assert line.series[2].marker.symbol == "dash"


def test_outliers_have_marks_and_stand_in_cells_the_farthest_first() -> None:
    found = WRITTEN["box"]
    columns = [found.column(run) for run in found.block.having("outliers")]
    assert [column[0] for column in columns] == [80.0, 75.0]
    assert columns[0][-1] == 70.0


def test_a_funnel_shows_members_those_outside_and_each_limit_as_a_line() -> None:
    found = WRITTEN["funnel"]
    assert found.native.tagname == "scatterChart"
    looks = [(series.marker.symbol, bool(series.spPr.ln.noFill)) for series in found.series()]
    assert looks[:2] == [("circle", True), ("diamond", True)]
    assert all(not hidden for _, hidden in looks[2:])
    assert len(looks) == 2 + 1 + 4
    outside = [value for value in found.column(found.block.having("signals")[0]) if value is not None]
    assert len(outside) == 2


def test_a_heat_map_is_its_coloured_cells() -> None:
    found = WRITTEN["heatmap"]
    assert found.native is None
    ((span, (rule,)),) = found.sheet.conditional_formatting._cf_rules.items()
    assert rule.type == "colorScale"
    left, top, right, bottom = range_boundaries(str(span.sqref))
    cells = [
        [found.sheet.cell(row, column).value for column in range(left, right + 1)] for row in range(top, bottom + 1)
    ]
    assert cells == [list(series.values) for series in found.chart.series]
    heads = [found.sheet.cell(top - 1, column).value for column in range(left, right + 1)]
    assert heads == list(found.chart.categories)


def test_a_histogram_has_its_normal_curve_as_a_line_and_its_limits_in_words() -> None:
    found = WRITTEN["histogram normal"]
    bars, line = found.native._charts
    assert (bars.gapWidth, line.series[0].smooth) == (4, True)
    title = [run.t for paragraph in found.native.title.tx.rich.p for run in paragraph.r or ()]
    assert "LSL 249.7, Target 250, USL 250.3" in title
    counted = sum(found.column(found.block.runs[0]))
    assert sum(found.column(found.block.having("curve")[0])) == pytest.approx(counted, rel=0.1)


def test_a_sparkline_has_no_axes_and_a_scatter_its_fitted_line() -> None:
    assert WRITTEN["sparkline"].native.x_axis.delete
    assert WRITTEN["sparkline"].native.title is None
    fitted = list(WRITTEN["scatter fits"].series())[2:]
    assert [series.spPr.ln.prstDash for series in fitted] == ["dash", "dash"]


def test_hostile_data_of_every_type_make_a_workbook() -> None:
    for kind in ("donut", "pareto", "funnel", "heatmap", "sparkline", "waterfall", "box", "histogram", "scatter"):
        for names, values in CASES.values():
            chart = chart_of(kind, names, values)  # type: ignore[arg-type]  # kind is one of the parameters
            sheet = Workbook().active
            block = write_data(sheet, chart)
            assert block.last_row - block.header_row <= max(len(values), 60)
            native_chart(sheet, chart, block)
