"""The native Excel chart and the cells behind it, read back from the saved workbook."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import range_boundaries

from qms_reports.charts.excel import native_chart, write_data
from qms_reports.charts.fallback import readable
from qms_reports.charts.histogram import histogram_bins
from qms_reports.charts.layout import draw
from qms_reports.charts.specification import Chart, Series
from qms_reports_tests.charts.examples import LONG_NAMES, MONTHS, every_type_in_each_form, make, wave

EXAMPLES = every_type_in_each_form()


def saved(chart: Chart, row: int = 3, column: int = 2) -> tuple[bytes, Any]:
    workbook = Workbook()
    data = workbook.active
    data.title = "Site's data"
    charts = workbook.create_sheet("Charts")
    block = write_data(data, chart, row, column)
    charts.add_chart(native_chart(data, chart, block), "B2")
    target = BytesIO()
    workbook.save(target)
    return target.getvalue(), block


def read_back(content: bytes) -> tuple[Any, Any]:
    workbook = load_workbook(BytesIO(content))
    return workbook["Site's data"], workbook["Charts"]._charts[0]


def series_of(chart: Any) -> list[Any]:
    return [series for part in chart._charts for series in part.series]


def cells(sheet: Any, reference: str) -> list[Any]:
    name, address = reference.rsplit("!", 1)
    assert name == "'Site''s data'"
    first_column, first_row, last_column, last_row = range_boundaries(address)
    assert first_column == last_column
    return [sheet.cell(row, first_column).value for row in range(first_row, last_row + 1)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_chart_read_back_points_at_cells_that_hold_the_numbers(name: str) -> None:
    chart = readable(EXAMPLES[name])
    content, block = saved(chart)
    sheet, native = read_back(content)
    found = series_of(native)
    assert len(found) == len(chart.series) + (block.target is not None) + len(block.extras)
    for series, native_series in zip(chart.series, found, strict=False):
        assert cells(sheet, native_series.tx.strRef.f) == [series.name]
        values = native_series.yVal if chart.specification.type == "scatter" else native_series.val
        expected = list(series.values)
        if chart.specification.type == "histogram":
            everything = [value for one in chart.series for value in one.values]
            edges, _ = histogram_bins(everything, chart.specification.bins)
            expected = [
                sum(low <= v < high or (high == edges[-1] and v == high) for v in series.values if v is not None)
                for low, high in pairwise(edges)
            ]
        # openpyxl writes 16 significant digits; the numbers of a report have 12
        assert [None if v is None else pytest.approx(v, rel=1e-15) for v in expected] == cells(sheet, values.numRef.f)
        cached = {point.idx: point.v for point in values.numRef.numCache.pt}
        known = {index: value for index, value in enumerate(expected) if value is not None}
        assert cached == pytest.approx(known, rel=1e-15)
        if chart.specification.type == "scatter":
            assert cells(sheet, native_series.xVal.numRef.f) == list(series.x)
        elif chart.specification.type != "histogram":
            assert cells(sheet, native_series.cat.strRef.f) == list(chart.categories)


@pytest.mark.parametrize("name", EXAMPLES)
def test_titles_axes_gaps_and_alternative_are_written(name: str) -> None:
    chart = EXAMPLES[name]
    content, _ = saved(chart)
    _, native = read_back(content)
    assert "".join(run.t for run in native.title.tx.rich.p[0].r) == chart.specification.title
    with zipfile.ZipFile(BytesIO(content)) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        part = archive.read("xl/charts/chart1.xml").decode()
    assert draw(chart).alt in drawing.replace("&amp;", "&")
    assert '<dispBlanksAs val="gap"' in part
    assert ("<legend>" in part) == chart.specification.legend
    assert '<delete val="1"' not in re.sub(r"<legendEntry>.*?</legendEntry>", "", part)
    size = re.search(r'<(?:xdr:)?ext cx="(\d+)" cy="(\d+)"', drawing)
    assert size is not None
    assert int(size[1]) == pytest.approx(chart.specification.width * 12700, rel=1e-3)
    assert int(size[2]) == pytest.approx(chart.specification.height * 12700, rel=1e-3)


def test_the_block_starts_where_told_and_names_its_corners() -> None:
    _, block = saved(EXAMPLES["line"], row=5, column=4)
    assert (block.header_row, block.first_row, block.last_row) == (5, 6, 17)
    assert (block.first_column, block.last_column, block.category_column) == (4, 6, 4)
    assert block.target is not None
    assert block.target.column == 6


def test_a_target_is_a_dashed_series_where_excel_can_draw_one() -> None:
    for name in ("bar with target", "line", "area", "scatter"):
        content, block = saved(EXAMPLES[name])
        sheet, native = read_back(content)
        series = series_of(native)[-1]
        values = getattr(series, "yVal", None) or series.val
        assert set(cells(sheet, values.numRef.f)) == {EXAMPLES[name].specification.target}
        assert series.graphicalProperties.line.prstDash == "dash"
        assert block.target is not None
    for name in ("bar level", "histogram"):
        assert saved(EXAMPLES[name])[1].target is None


@pytest.mark.parametrize("text", ["=1+1", "+49 61", "-5", "@SUM(A1)", "#N/A", "=cmd|' /C calc'!A0", "007"])
def test_a_text_stays_a_text(text: str) -> None:
    content, _ = saved(make("bar", (text,), Series(text, (1,))))
    sheet, _ = read_back(content)
    for cell in (sheet["B4"], sheet["C3"]):
        assert cell.value == text
        assert cell.data_type == "s"
        assert bool(cell.quotePrefix) == text.startswith(("=", "+", "-", "@"))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_control_characters_do_not_break_the_file_and_too_long_texts_are_refused() -> None:
    content, _ = saved(make("bar", ("a\x00b",), Series("n", (1,)), title="Bell \x07"))
    assert read_back(content)[0]["B4"].value == "a\ufffdb"
    with pytest.raises(ValueError, match="does not fit into a cell"):
        saved(make("bar", ("a" * 40_000,), Series("n", (1,))))


def test_cells_keep_all_digits_and_only_their_format_rounds() -> None:
    content, _ = saved(make("line", MONTHS[:1], Series("n", (98.23456789012,)), decimals=1))
    sheet, _ = read_back(content)
    assert sheet["C4"].value == 98.23456789012
    assert sheet["C4"].number_format == "#,##0.0"


def test_values_far_below_the_declared_decimals_are_not_shown_as_zero() -> None:
    content, _ = saved(make("line", MONTHS[:2], Series("n", (3e-7, 5e-7)), decimals=2))
    sheet, native = read_back(content)
    assert sheet["C4"].number_format == native.y_axis.number_format.formatCode == "0.00E+00"


def test_small_counts_have_whole_steps() -> None:
    assert read_back(saved(make("bar", MONTHS[:2], Series("n", (2, 3))))[0])[1].y_axis.majorUnit == 1


def test_areas_with_gaps_become_forms_that_can_show_gaps() -> None:
    assert read_back(saved(EXAMPLES["area"])[0])[1].tagname == "lineChart"
    assert read_back(saved(EXAMPLES["area stacked with gaps"])[0])[1].tagname == "barChart"
    assert read_back(saved(EXAMPLES["area stacked"])[0])[1].tagname == "areaChart"


def test_bars_start_at_zero() -> None:
    assert read_back(saved(EXAMPLES["bar with target"])[0])[1].y_axis.scaling.min == 0
    assert read_back(saved(EXAMPLES["bar negative"])[0])[1].y_axis.scaling.min is None


def test_a_pie_of_many_slices_is_level_bars_as_drawn() -> None:
    _, native = read_back(saved(make("pie", LONG_NAMES, Series("n", wave(60))))[0])
    assert (native.tagname, native.barDir) == ("barChart", "bar")


def test_slices_without_a_value_have_no_label() -> None:
    _, native = read_back(saved(make("pie", MONTHS[:4], Series("n", (3, 0, None, 1))))[0])
    assert [label.idx for label in native.series[0].dLbls.dLbl] == [0, 3]


def test_a_chart_without_data_is_still_a_valid_chart() -> None:
    for chart in (EXAMPLES["nothing"], make("bar", ()), make("histogram", (), Series("n", ())), make("pie", ())):
        _, native = read_back(saved(chart)[0])
        assert "No data in this period" in [run.t for p in native.title.tx.rich.p for run in p.r]


def test_numbers_excel_cannot_hold_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="chart 'example_line', series 'Basel': value 1 is nan"):
        saved(make("line", MONTHS[:1], Series("Basel", (float("nan"),))))
