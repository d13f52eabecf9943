"""The control chart drawn: steps, phases, signals told by shape and word, and the same in Excel."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from openpyxl import Workbook

from qms_reports.charts import palette
from qms_reports.charts.control import SIGNAL_COLOR
from qms_reports.charts.excel import native_chart, write_data
from qms_reports.charts.layout import draw
from qms_reports.charts.picture import to_png
from qms_reports.charts.scene import Line, Marker, Polyline, Text
from qms_reports.charts.specification import Chart, Mark, PhaseStart, Series
from qms_reports.charts.stored import decode, encode
from qms_reports_tests.charts.examples import LINES, MONTHS, control, make


def of(chart: Chart, kind: type) -> list:
    return [item for item in draw(chart).items if isinstance(item, kind)]


def test_limits_that_vary_are_steps_and_end_at_a_gap() -> None:
    dashed = [line for line in of(control(), Polyline) if line.dash]
    assert len(dashed) == 4  # lower and upper, before and after the gap
    for line in dashed:
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(line.points))
    assert len(dashed[0].points) > 2


def test_limits_that_do_not_vary_are_one_straight_line() -> None:
    flat = tuple(Series(name, (level,) * 12) for name, level in zip(LINES, (10.0, 5.0, 15.0), strict=True))
    chart = make("control", MONTHS, Series("n", tuple(range(4, 16))), *flat)
    assert [len(line.points) for line in of(chart, Polyline) if line.dash] == [2, 2]


def test_where_new_limits_begin_the_lines_are_broken_and_a_dashed_line_stands() -> None:
    flat = tuple(Series(name, (level,) * 12) for name, level in zip(LINES, (10.0, 5.0, 15.0), strict=True))
    chart = make("control", MONTHS, Series("n", tuple(range(4, 16))), *flat)
    new = replace(chart, phases=(PhaseStart(6, "New limits", new_limits=True),))
    assert len([line for line in of(new, Polyline) if line.dash]) == 4
    kept = replace(chart, phases=(PhaseStart(6, "Frozen limits"),))
    assert len([line for line in of(kept, Polyline) if line.dash]) == 2
    for one in (new, kept):
        (upright,) = [line for line in of(one, Line) if line.x1 == line.x2]
        assert upright.dash
        assert one.phases[0].text in [text.text for text in of(one, Text)]


def test_a_signal_is_told_by_shape_and_by_its_rule_and_a_point_left_out_is_hollow() -> None:
    marks = of(control(), Marker)
    signals = [mark for mark in marks if mark.shape == "diamond"]
    assert len(signals) == 2
    assert {mark.fill for mark in signals} == {SIGNAL_COLOR}
    assert all(mark.radius > other.radius for mark in signals for other in marks if other.shape == "circle")
    outer, inner = [mark for mark in marks if mark.shape == "square"]
    assert (outer.x, outer.y) == (inner.x, inner.y)
    assert inner.fill == palette.WHITE
    words = [text.text for text in of(control(), Text)]
    assert "N1" in words
    assert "N1 N2" in words


def test_the_latest_limits_are_named_with_their_values() -> None:
    words = [text.text for text in of(control(), Text)]
    assert {"UCL 20.00", "CL 11.00", "LCL 2.00"} <= set(words)


def test_the_text_alternative_says_what_is_seen() -> None:
    alternative = draw(control()).alt
    assert alternative.startswith("Control chart: ")
    assert "Signals: 2025-10 (N1), 2025-11 (N1 N2)" in alternative
    assert "Not judged: 2025-03 (flood)" in alternative
    assert "Frozen limits from 2025-08" in alternative


def test_a_dashed_line_with_corners_is_dashed_in_the_picture_too() -> None:
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(to_png(draw(control()), scale=4))).convert("RGB")
    wanted = tuple(int(palette.SERIES[3][place : place + 2], 16) for place in (1, 3, 5))
    y = next(  # a row that the upper limit runs along
        y
        for y in range(image.height)
        if sum(image.getpixel((x, y)) == wanted for x in range(image.width // 2)) > image.width // 20
    )
    pixels = [image.getpixel((x, y)) == wanted for x in range(image.width // 2)]
    changes = sum(one != other for one, other in pairwise(pixels))
    assert changes > 8


def test_marks_and_phases_survive_storage() -> None:
    assert decode(encode([control()])) == (control(),)


def test_a_control_chart_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises(ValueError, match="takes points, centre, lower and upper limit, not 1"):
        draw(make("control", MONTHS, Series("n", (1.0,) * 12)))
    with pytest.raises(ValueError, match="'N1' stands at point 12 of 12"):
        draw(replace(control(), marks=(Mark(12, "N1"),)))


def test_excel_shows_points_limits_and_signals_and_says_them_in_cells() -> None:
    sheet = Workbook().active
    block = write_data(sheet, control())
    native = native_chart(sheet, control(), block)
    assert native.tagname == "lineChart"
    points, center, lower, upper, signals = native.series
    assert {point.idx: point.marker.symbol for point in points.dPt} == {2: "square"}
    assert [line.spPr.ln.prstDash for line in (center, lower, upper)] == ["solid", "dash", "dash"]
    assert all(line.marker.symbol is None for line in (center, lower, upper))
    assert (signals.marker.symbol, signals.spPr.ln.noFill) == ("diamond", True)
    assert {point.idx: point.v for point in signals.val.numRef.numCache.pt} == {9: 22.5, 10: 24}
    heads = [sheet.cell(1, column).value for column in range(1, block.last_column + 1)]
    assert heads == ["Category", "Closed late", *LINES, "Remark", "Signals"]
    remarks = [sheet.cell(row, block.last_column - 1).value for row in range(2, 14)]
    assert remarks[2] == "Not judged: flood"
    assert remarks[7] == "Frozen limits from here"
    assert remarks[10] == "Signal: N1 N2"
    assert native.legend is None
