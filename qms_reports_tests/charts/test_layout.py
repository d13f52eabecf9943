"""Where things stand in a drawn chart: nothing overlaps, nothing leaves, nothing lies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qms_reports.charts import palette
from qms_reports.charts.boxes import BOX_TINT
from qms_reports.charts.layout import draw
from qms_reports.charts.picture import to_svg
from qms_reports.charts.scene import (
    Line,
    Marker,
    Polygon,
    Polyline,
    Rectangle,
    Scene,
    Text,
    Wedge,
    shape_points,
)
from qms_reports.charts.specification import CHART_TYPES, Chart, Mark, PhaseStart, Series
from qms_reports.charts.typeface import text_width
from qms_reports.charts.zones import FILLS
from qms_reports.declarations.colours import lightness
from qms_reports_tests.charts.examples import (
    DEFECTS,
    LONG_NAMES,
    MONTHS,
    every_further_form,
    every_type_in_each_form,
    make,
    wave,
)
from qms_reports_tests.charts.hostile import chart_of, hostile_charts

EXAMPLES = every_type_in_each_form() | {
    name: chart for name, chart in every_further_form().items() if chart.specification.type != "sparkline"
}
HOSTILE = hostile_charts()
TOLERANCE = 0.05


def texts(scene: Scene) -> list[Text]:
    return [item for item in scene.items if isinstance(item, Text)]


def words(scene: Scene) -> list[str]:
    return [item.text for item in texts(scene)]


def of(scene: Scene, kind: type) -> list[Any]:
    return [item for item in scene.items if isinstance(item, kind)]


def bars(scene: Scene, color: str = palette.SERIES[0]) -> list[Rectangle]:
    return [item for item in of(scene, Rectangle) if item.fill == color]


def corners(scene: Scene) -> Iterator[tuple[float, float]]:
    for item in scene.items:
        match item:
            case Text():
                yield item.left, item.y - 0.22 * item.size
                yield item.left + item.width, item.y + 0.76 * item.size
            case Line():
                yield item.x1, item.y1
                yield item.x2, item.y2
            case Polyline() | Polygon():
                yield from item.points
            case Rectangle():
                yield item.x, item.y
                yield item.x + item.width, item.y + item.height
            case Marker():
                yield from shape_points(item)
            case Wedge():
                yield item.x - item.radius, item.y - item.radius
                yield item.x + item.radius, item.y + item.radius


def assert_nothing_leaves(scene: Scene) -> None:
    for x, y in corners(scene):
        assert math.isfinite(x)
        assert math.isfinite(y)
        assert -TOLERANCE <= x <= scene.width + TOLERANCE
        assert -TOLERANCE <= y <= scene.height + TOLERANCE


def _begins_before(end: float, box: tuple[float, float, float, float, str]) -> bool:
    return box[0] < end - TOLERANCE


def assert_no_texts_overlap(scene: Scene) -> None:
    boxes = sorted(
        ((t.left, t.left + t.width, t.y - 0.2 * t.size, t.y + 0.74 * t.size, t.text) for t in texts(scene)),
    )
    for index, (_, right, bottom, top, text) in enumerate(boxes):
        for other in itertools.takewhile(partial(_begins_before, right), boxes[index + 1 :]):
            apart = other[2] >= top - TOLERANCE or other[3] <= bottom + TOLERANCE
            assert apart, f"{text!r} and {other[4]!r} overlap"


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_form_of_each_type_is_laid_out_without_overlap(name: str) -> None:
    scene = draw(EXAMPLES[name])
    specification = EXAMPLES[name].specification
    assert (scene.width, scene.height) == (specification.width, specification.height)
    assert "Deviations closed on time" in words(scene)
    assert "n = 125. Source: register." in words(scene)
    assert_nothing_leaves(scene)
    assert_no_texts_overlap(scene)


NASTY = [
    make("bar", LONG_NAMES, Series("n", wave(60))),
    make("bar", LONG_NAMES, Series("n", wave(60)), horizontal=True, target=60),
    make("bar", LONG_NAMES[:7], Series("n", wave(7)), target=50.5, unit="%"),
    make("bar", tuple(map(str, range(500))), Series("n", wave(500))),
    make("bar", tuple(map(str, range(500))), Series("n", wave(500)), horizontal=True),
    make("line", tuple(map(str, range(500))), Series("n", wave(500)), Series("Very long name of a site", wave(500))),
    make("bar", MONTHS[:5], Series("n", (1.2e6, -3.4e30, 2e7, 123, 5e-9))),
    make("line", MONTHS[:3], Series("n", (1e100, -1e100, 0.0))),
    make("line", MONTHS[:3], Series("n", (1e15, 1e15 + 0.125, 1e15))),
    make("line", MONTHS[:1], Series("n", (42,)), target=42),
    make("line", MONTHS, Series("n", (7.25,) * 12)),
    make("bar", ("",) * 4, Series("n", (0, 0, 0, 0))),
    make("bar", ("W" * 200, "i" * 200), Series("n", (1, 2)), horizontal=True, title="W" * 300, subtitle="x y " * 90),
    make("pie", LONG_NAMES, Series("n", wave(60))),
    make("pie", LONG_NAMES, Series("n", wave(60)), legend=True),
    make("pie", ("All",), Series("n", (5,))),
    make("pie", DEFECTS, Series("n", (1e-9, 1e9, 3, None, 0, 2, 1))),
    make("scatter", (), Series("n", (5,), x=(7,))),
    make("scatter", (), Series("n", (1e-12, 1e12), x=(-1e9, 1e9)), target=-1e12),
    make("histogram", (), Series("n", (3, 3, 3, 3))),
    make("histogram", (), Series("n", (0.0, 1e30, -1e30))),
    make("line", MONTHS, *(Series(f"Site number {i}", wave(12, i)) for i in range(30)), legend=True, height=100),
    make("bar", MONTHS, Series("n", (0.0,) * 12), horizontal=True, target=0, width=120, height=100, legend=True),
    make("bar", ("検査", "Ω µ ≥", "a\tb\nc"), Series("n", (1, 2, 3))),
    make("line", MONTHS, *(Series("Site " * 20, wave(12, i)) for i in range(3)), width=120, height=100, target=1),
]


@pytest.mark.parametrize("chart", NASTY, ids=[f"{chart.specification.type}-{i}" for i, chart in enumerate(NASTY)])
def test_nasty_inputs_keep_texts_apart_and_inside(chart: Chart) -> None:
    scene = draw(chart)
    assert_nothing_leaves(scene)
    assert_no_texts_overlap(scene)


@pytest.mark.parametrize("kind", CHART_TYPES)
def test_hostile_data_keep_texts_apart_and_inside_in_every_type(kind: str) -> None:
    of_kind = {name: chart for name, chart in HOSTILE.items() if chart.specification.type == kind}
    assert len(of_kind) >= 17
    for name, chart in of_kind.items():
        scene = draw(chart)
        try:
            assert_nothing_leaves(scene)
            assert_no_texts_overlap(scene)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        assert to_svg(scene).startswith("<svg")


numbers = st.one_of(
    st.integers(-1000, 1000).map(float),
    st.floats(-1e90, 1e90, allow_nan=False),
    st.floats(-1.0, 1.0, allow_nan=False),
    st.sampled_from([0.0, 1e-12, 100.0, 95.0]),
)
labels = st.one_of(
    st.sampled_from(["", "2025-01", "Nonconformance of a supplied part", "W" * 60, "Cork", "Ärger mit µ", "検査"]),
    st.text(max_size=30),
)


@st.composite
def charts(draw_from: st.DrawFn) -> Chart:
    kind = draw_from(st.sampled_from(CHART_TYPES))
    count = draw_from(st.sampled_from([0, 1, 2, 5, 12, 40, 150]))
    pool = draw_from(st.lists(numbers, min_size=1, max_size=12))
    gap = draw_from(st.integers(0, 5))
    names = draw_from(st.lists(labels, min_size=1, max_size=8))
    values = tuple(None if gap and index % 6 == gap else pool[index % len(pool)] for index in range(count))
    chart = chart_of(
        kind,
        tuple(names[index % len(names)] for index in range(count)),
        values,
        title=draw_from(labels),
        subtitle=draw_from(labels),
        note=draw_from(labels),
        width=draw_from(st.floats(120, 600)),
        height=draw_from(st.floats(100, 400)),
        x_title=draw_from(labels),
        y_title=draw_from(labels),
        legend=draw_from(st.booleans()),
        stacked=draw_from(st.booleans()),
        horizontal=draw_from(st.booleans()),
        decimals=draw_from(st.integers(0, 3)),
        unit=draw_from(st.sampled_from(["", "%", "days", "per 100 lots"])),
        target=draw_from(st.one_of(st.none(), numbers)),
        bins=draw_from(st.sampled_from([None, 1, 7])),
        zones=draw_from(st.booleans()),
    )
    if kind != "control" or not count:
        return chart
    places = draw_from(st.lists(st.integers(0, count - 1), max_size=8, unique=True).map(sorted))
    kinds = st.sampled_from(["signal", "excluded"])
    marks = tuple(Mark(place, draw_from(labels), draw_from(kinds)) for place in places)
    phases = tuple(PhaseStart(place, draw_from(labels), draw_from(st.booleans())) for place in places[::3])
    return replace(chart, marks=marks, phases=phases)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(charts())
def test_any_chart_keeps_texts_apart_and_inside(chart: Chart) -> None:
    scene = draw(chart)
    assert_nothing_leaves(scene)
    assert_no_texts_overlap(scene)
    assert scene == draw(chart)


def test_the_measured_width_of_a_text_is_the_printed_one() -> None:
    for text in texts(draw(EXAMPLES["bar level"])):
        assert text.width == text_width(text.text, text.font, text.size)


def test_bars_start_at_zero_and_keep_their_proportions() -> None:
    scene = draw(make("bar", MONTHS[:3], Series("n", (90.0, 45.0, 95.0))))
    heights = [bar.height for bar in bars(scene)]
    assert heights[0] == pytest.approx(2 * heights[1])
    assert len({round(bar.y, 6) for bar in bars(scene)}) == 1


def test_a_negative_bar_hangs_below_zero() -> None:
    up, down = bars(draw(make("bar", MONTHS[:2], Series("n", (10.0, -5.0)))))
    assert down.y + down.height == pytest.approx(up.y)
    assert up.height == pytest.approx(2 * down.height)
    assert "\u22125" in words(draw(make("bar", MONTHS[:2], Series("n", (10.0, -5.0)))))


def test_stacked_segments_stand_on_one_another() -> None:
    scene = draw(make("bar", MONTHS[:1], Series("a", (10.0,)), Series("b", (30.0,)), stacked=True))
    (low,), (high,) = bars(scene), bars(scene, palette.SERIES[1])
    assert high.y == pytest.approx(low.y + low.height)
    assert high.height == pytest.approx(3 * low.height)


def test_level_bars_read_from_top_to_bottom() -> None:
    first, second = bars(draw(make("bar", ("First", "Second"), Series("n", (30.0, 10.0)), horizontal=True)))
    assert first.y > second.y
    assert first.width == pytest.approx(3 * second.width)


def test_a_gap_in_a_line_is_drawn_as_a_gap() -> None:
    scene = draw(make("line", MONTHS[:6], Series("n", (1.0, 2.0, None, 4.0, None, 6.0))))
    strokes = of(scene, Polyline)
    assert [len(stroke.points) for stroke in strokes] == [2]
    assert len(of(scene, Marker)) == 4  # both ends of the stroke, and the two that stand alone


def test_a_gap_in_an_area_is_drawn_as_a_gap() -> None:
    scene = draw(make("area", MONTHS[:5], Series("n", (1.0, 2.0, None, 4.0, 3.0))))
    left, right = of(scene, Polygon)
    assert max(x for x, _ in left.points) < min(x for x, _ in right.points)


def test_a_stacked_area_adds_up() -> None:
    scene = draw(make("area", MONTHS[:2], Series("a", (10.0, 10.0)), Series("b", (20.0, 20.0)), stacked=True))
    low, high = of(scene, Polygon)
    base, middle, top = low.points[-1][1], low.points[0][1], high.points[0][1]
    assert top - base == pytest.approx(3 * (middle - base))


def test_up_to_three_lines_carry_their_names_in_their_colours() -> None:
    scene = draw(EXAMPLES["line direct"])
    colors = {text.text: text.color for text in texts(scene) if text.text in ("Basel", "Cork", "Osaka")}
    assert colors == dict(zip(("Basel", "Cork", "Osaka"), palette.SERIES, strict=False))


def test_a_legend_replaces_the_names_at_the_lines() -> None:
    scene = draw(replace_look(EXAMPLES["line direct"], legend=True))
    assert [text.color for text in texts(scene) if text.text == "Cork"] == [palette.INK2]


def replace_look(chart: Chart, **look: Any) -> Chart:
    return replace(chart, specification=replace(chart.specification, **look))


def test_the_last_value_of_a_single_line_is_printed_only_where_the_line_ends_there() -> None:
    ends = make("line", MONTHS[:3], Series("n", (1.0, 2.0, 3.25)), decimals=2)
    stops = make("line", MONTHS[:3], Series("n", (1.0, 3.25, None)), decimals=2)
    assert "3.25" in words(draw(ends))
    assert "3.25" not in words(draw(stops))


def test_a_target_is_a_dashed_line_at_its_value_with_its_own_digits() -> None:
    scene = draw(make("bar", MONTHS[:2], Series("n", (99.5, 50.0)), target=99.5, unit="%"))
    (target,) = [line for line in of(scene, Line) if line.dash]
    bar = bars(scene)[0]
    assert target.y1 == target.y2 == pytest.approx(bar.y + bar.height)
    assert "Target 99.5\u00a0%" in words(scene)


def test_pie_slices_cover_the_disc_in_proportion() -> None:
    scene = draw(make("pie", ("a", "b", "c"), Series("n", (1.0, 1.0, 2.0))))
    assert [wedge.end - wedge.start for wedge in of(scene, Wedge)] == pytest.approx([90.0, 90.0, 180.0])
    assert "2 (50\u00a0%)" in words(scene)


def test_a_pie_of_more_than_six_slices_is_drawn_as_bars_and_says_why() -> None:
    for kind in ("pie", "donut"):
        chart = make(kind, DEFECTS, Series("n", (46, 31, 19, 12, 8, 3, 6)))
        scene = draw(chart)
        assert of(scene, Wedge) == []
        assert len(bars(scene)) == 7
        assert any(
            text.startswith(f"Bars, because 7 slices of a {kind} cannot be told apart, 125 in all.")
            for text in words(scene)
        )
        assert len(of(draw(replace(chart, series=(Series("n", (46, 31, 19, 12, 8, 3, 0)),))), Wedge)) == 6


def test_the_line_of_a_pareto_starts_at_the_top_of_its_first_bar_and_ends_at_the_whole() -> None:
    scene = draw(EXAMPLES["pareto"])
    (line,) = of(scene, Polyline)
    first, *others = bars(scene)
    assert line.points[0][1] == pytest.approx(first.y + first.height)
    whole = next(text.y for text in texts(scene) if text.text == "100\u00a0%")
    assert line.points[-1][1] == pytest.approx(whole + 0.35 * 7.0)
    assert len(others) == 2  # the vital few
    assert len(bars(scene, palette.MUTED)) == 4


def test_a_waterfall_hands_each_level_on_to_the_next_bar() -> None:
    values = (84.0, 31.0, 4.0, -42.0, -3.0, 74.0)
    scene = draw(EXAMPLES["waterfall"])
    first, last = bars(scene)
    up, down = bars(scene, palette.SERIES[1]), bars(scene, palette.SERIES[3])
    assert last.height / first.height == pytest.approx(74 / 84)
    assert up[0].y == pytest.approx(first.y + first.height)
    assert up[1].y == pytest.approx(up[0].y + up[0].height)
    assert down[0].y + down[0].height == pytest.approx(up[1].y + up[1].height)
    assert down[1].y == pytest.approx(last.y + last.height)
    assert {"84", "+31", "+4", "\u221242", "\u22123", "74"} <= set(words(scene))
    assert sum(values[:-1]) == values[-1]


def test_a_waterfall_that_does_not_start_at_zero_says_so_and_breaks_its_bars() -> None:
    scene = draw(EXAMPLES["waterfall of small changes"])
    assert "CAPAs, axis does not start at 0" in words(scene)
    assert len(of(scene, Polygon)) == 2
    assert "The axis does not start at zero" in scene.alt


def test_a_box_spans_its_quartiles_and_its_whiskers_the_rest() -> None:
    names = ("Lower whisker", "First quartile", "Median", "Third quartile", "Upper whisker", "Records")
    five = [Series(name, (value,)) for name, value in zip(names, (10.0, 20.0, 30.0, 40.0, 60.0, 9.0), strict=True)]
    scene = draw(make("box", ("A",), *five, Series("Outliers", (90.0,), (0.0,))))
    (box,) = bars(scene, palette.tint(palette.SERIES[0], BOX_TINT))
    unit = box.height / 20.0
    median = next(line for line in of(scene, Line) if line.width > 1.5)
    assert median.y1 == pytest.approx(box.y + 10 * unit)
    uprights = [line for line in of(scene, Line) if line.x1 == line.x2 and line.color == palette.SERIES[0]]
    assert min(line.y1 for line in uprights) == pytest.approx(box.y - 10 * unit)
    assert of(scene, Marker)[0].y == pytest.approx(box.y + 70 * unit)


def test_a_heat_map_is_darker_where_its_numbers_are_larger() -> None:
    scene = draw(make("heatmap", ("A", "B", "C"), Series("x", (1.0, 5.0, 9.0))))
    colors = [rectangle.fill for rectangle in of(scene, Rectangle)]
    assert [lightness(color) for color in colors] == sorted(map(lightness, colors), reverse=True)
    assert {"1", "5", "9"} <= set(words(scene))
    missing = draw(make("heatmap", ("A", "B"), Series("x", (1.0, None))))
    assert "\u2013" in words(missing)


def test_a_funnel_names_the_members_outside_its_limits() -> None:
    scene = draw(EXAMPLES["funnel"])
    assert {"Cork", "S\u00e3o Paulo"} <= set(words(scene))
    assert [marker.shape for marker in of(scene, Marker)].count("diamond") == 2
    assert "Outside the limits: Cork, S\u00e3o Paulo" in scene.alt


@pytest.mark.parametrize("horizontal", [False, True])
def test_no_value_of_a_bar_stands_hard_by_the_target_line(horizontal: bool) -> None:
    for value in (93.5, 93.9, 94.3, 94.7, 95.0, 95.4):
        series = Series("n", (value, 50.0))
        scene = draw(make("bar", MONTHS[:2], series, horizontal=horizontal, target=95.0, unit="%", decimals=1))
        (target,) = [line for line in of(scene, Line) if line.dash]
        label = next(text for text in of(scene, Text) if text.text.startswith(f"{value:.1f}"))
        patched = any(
            patch.fill == palette.WHITE and patch.x < label.left and patch.x + patch.width > label.left + label.width
            for patch in of(scene, Rectangle)
        )
        if horizontal:
            clear = target.x1 < label.left - 2.0 or target.x1 > label.left + label.width + 2.0
        else:
            clear = target.y1 < label.y - 2.0 or target.y1 > label.y + 0.76 * label.size + 2.0
        assert clear or patched, value


def test_a_sparkline_is_its_line_its_target_and_its_last_value() -> None:
    scene = draw(every_further_form()["sparkline bare"])
    assert words(scene) == ["32"]
    assert len(of(scene, Polyline)) == 1
    (target,) = of(draw(every_further_form()["sparkline"]), Line)
    assert target.dash


def test_the_zones_of_a_control_chart_are_a_sigma_wide() -> None:
    scene = draw(EXAMPLES["control zones"])
    thirds = [[r.height for r in of(scene, Rectangle) if r.fill == fill] for fill in FILLS]
    assert all(thirds)
    assert max(thirds[0]) == pytest.approx(max(thirds[1]))


def test_the_fitted_line_of_a_scatter_is_that_of_least_squares() -> None:
    scene = draw(make("scatter", (), Series("n", (1.0, 3.0, 5.0, 7.0), (0.0, 1.0, 2.0, 3.0)), fit="linear"))
    marks, line = of(scene, Marker), of(scene, Polyline)[-1]
    assert line.points == (pytest.approx((marks[0].x, marks[0].y)), pytest.approx((marks[-1].x, marks[-1].y)))
    assert "Linear fit: y = 1.00 + 2.00 x, R² = 1.00, n = 4" in scene.alt


def test_the_limits_of_a_histogram_stand_at_their_values_and_its_curve_holds_as_many_records() -> None:
    scene = draw(EXAMPLES["histogram normal"])
    lines = {line.color: line.x1 for line in of(scene, Line) if line.x1 == line.x2 and line.width > 0.8}
    assert len(lines) == 2  # the two limits share a colour
    assert {"LSL 249.7", "USL 250.3", "Target 250"} <= set(words(scene))
    curve = of(scene, Polyline)[-1]
    under = sum(
        (x2 - x1) * (y1 + y2 - 2 * curve.points[0][1]) / 2 for (x1, y1), (x2, y2) in itertools.pairwise(curve.points)
    )
    over = sum(bar.width * bar.height for bar in bars(scene))
    assert under == pytest.approx(over, rel=0.05)


def test_the_bars_of_a_histogram_count_every_observation() -> None:
    scene = draw(make("histogram", (), Series("n", wave(100)), bins=5))
    heights = [bar.height for bar in bars(scene)]
    ticks = {text.text: text.y for text in texts(scene) if text.anchor == "end"}
    unit = (ticks["20"] - ticks["0"]) / 20
    assert sum(heights) / unit == pytest.approx(100)


def test_scatter_marks_stand_at_both_values() -> None:
    low, middle, high = of(draw(make("scatter", (), Series("n", (1, 2, 3), x=(10, 20, 30)))), Marker)
    assert middle.x == pytest.approx((low.x + high.x) / 2)
    assert middle.y == pytest.approx((low.y + high.y) / 2)


def test_declared_colours_come_first() -> None:
    scene = draw(make("bar", MONTHS[:1], Series("a", (1,)), Series("b", (1,)), colors=("#FF8800",)))
    assert len(bars(scene, "#FF8800")) == len(bars(scene, palette.SERIES[1])) == 1


def test_the_newest_period_always_has_its_label() -> None:
    periods = tuple(f"{2000 + index // 12}-{index % 12 + 1:02d}" for index in range(240))
    assert "2019-12" in words(draw(make("line", periods, Series("n", wave(240)))))


def test_without_data_the_chart_says_so_calmly() -> None:
    assert "No data in this period" in words(draw(EXAMPLES["nothing"]))
    assert "No data in this period" in words(draw(make("bar", ())))
    assert "All values are zero in this period" in words(draw(make("pie", ("a", "b"), Series("n", (0, 0)))))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e101])
def test_a_number_that_cannot_be_drawn_is_refused_by_chart_and_series(number: float) -> None:
    with pytest.raises(ValueError, match=r"chart 'example_line', series 'Basel': value 2 is"):
        draw(make("line", MONTHS[:2], Series("Basel", (1.0, number))))


def test_charts_that_would_mislead_are_refused() -> None:
    with pytest.raises(ValueError, match="3 values but 2 categories"):
        draw(make("bar", MONTHS[:2], Series("n", (1, 2, 3))))
    with pytest.raises(ValueError, match="2 values but 1 x positions"):
        draw(make("scatter", (), Series("n", (1, 2), x=(1,))))
    with pytest.raises(ValueError, match="negative"):
        draw(make("pie", MONTHS[:2], Series("n", (1, -2))))
    with pytest.raises(ValueError, match="one series, not 2"):
        draw(make("pie", MONTHS[:1], Series("a", (1,)), Series("b", (1,))))
    with pytest.raises(ValueError, match="height is 50 pt"):
        draw(make("bar", MONTHS[:1], Series("n", (1,)), height=50))


def test_the_text_alternative_tells_type_title_range_last_value_and_target() -> None:
    alt = draw(EXAMPLES["line"]).alt
    assert alt == (
        "Line chart: Deviations closed on time. Share, Basel, 2025. Categories: 12 from 2025-01 to 2025-12. "
        "Basel: 88\u00a0% to 98\u00a0%, last 98\u00a0%, 3 missing. Target 95\u00a0%."
    )
