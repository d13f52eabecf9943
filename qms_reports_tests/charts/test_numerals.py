"""Numbers as printed, ticks, and histogram bins."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.charts.histogram import MOST_BINS, histogram_bins
from qms_reports.charts.numerals import nice_ticks, tick_texts, value_text
from qms_reports.charts.palette import BAD, GOOD, INK, SERIES, WARNING, WHITE, series_color, text_on, tint
from qms_reports.charts.workbook_data import edge_texts

finite = st.floats(-1e100, 1e100, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "decimals", "unit", "text"),
    [
        (98.2, 1, "%", "98.2\u00a0%"),
        (1234.0, 0, "", "1,234"),
        (-5.0, 1, "days", "\u22125.0\u00a0days"),
        (-0.0, 0, "", "0"),
        (1_234_567, 0, "", "1.23\u00a0M"),
        (45_600_000_000, 0, "", "45.6\u00a0bn"),
        (3.2e18, 0, "", "3.20\u00d710¹⁸"),
        (0.003, 0, "", "0.0030"),
        (-2.5e-7, 1, "", "\u22122.50\u00d710⁻⁷"),
    ],
)
def test_values_are_printed_as_people_read_them(value: float, decimals: int, unit: str, text: str) -> None:
    assert value_text(value, decimals, unit) == text


def test_ticks_are_round_and_cover_the_data() -> None:
    assert nice_ticks(0, 97, 5) == (0, 20, 40, 60, 80, 100)
    assert nice_ticks(0, 1, 5, whole=True) == (0, 1)
    assert nice_ticks(0, 0, 4) == (0, 0.25, 0.5, 0.75, 1)
    assert nice_ticks(42, 42, 4)[0] < 42 < nice_ticks(42, 42, 4)[-1]


@given(finite, finite, st.integers(1, 8), st.booleans())
def test_ticks_always_rise_and_cover(first: float, second: float, count: int, whole: bool) -> None:
    low, high = min(first, second), max(first, second)
    if whole:
        low, high = float(round(low)), float(round(high))
    ticks = nice_ticks(low, high, count, whole=whole)
    slack = 1e-8 * max(abs(low), abs(high), 1e-90)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert all(a < b for a, b in pairwise(ticks))
    assert len(tick_texts(ticks)) == len(ticks) <= 2 * count + 3


def test_all_labels_of_an_axis_share_their_form() -> None:
    assert tick_texts((0.0, 0.5, 1.0)) == ["0.0", "0.5", "1.0"]
    assert tick_texts((-20.0, 0.0, 20.0)) == ["\u221220", "0", "20"]
    assert tick_texts((0.0, 1_000_000.0, 2_000_000.0)) == ["0", "1\u00a0M", "2\u00a0M"]
    assert tick_texts((10_000.0, 20_000.0)) == ["10,000", "20,000"]


@given(st.lists(finite, max_size=80), st.one_of(st.none(), st.integers(1, 30)))
def test_every_observation_is_in_exactly_one_bin(values: list[float], bins: int | None) -> None:
    edges, counts = histogram_bins(values, bins)
    assert sum(counts) == len(values)
    assert len(edges) == len(counts) + 1 if values else edges == counts == ()
    assert list(edges) == sorted(edges)
    assert len(counts) <= MOST_BINS + 1
    if values and bins is not None:
        assert len(counts) == bins


def test_a_bin_holds_its_lower_edge_and_the_last_bin_also_its_upper() -> None:
    assert histogram_bins([0.0, 0.5, 1.0, 1.5, 2.0], 2) == ((0.0, 1.0, 2.0), (2, 3))


def test_freedman_and_diaconis_choose_the_bins() -> None:
    # IQR 49.95 / 0.5 over n = 1000: width 2 * 49.95 / 10 = 9.99 over a span of 99.9, so 10 bins
    edges, counts = histogram_bins([index / 10 for index in range(1000)])
    assert len(counts) == 10
    assert counts == (100,) * 10
    assert edges[0] == 0.0
    assert edges[-1] == 99.9


def test_whole_numbers_get_bins_of_a_whole_width() -> None:
    edges, counts = histogram_bins([3, 4, 4, 5, 5, 5, 6, 6, 7, None])
    assert all(edge == int(edge) for edge in edges)
    assert sum(counts) == 9
    assert histogram_bins([7, 7, 7]) == ((7.0, 8.0), (3,))
    with pytest.raises(ValueError, match="at least 1 bin"):
        histogram_bins([1.0], 0)


def test_bins_are_named_by_the_numbers_they_hold() -> None:
    assert edge_texts((0.0, 3.0, 6.0), (0, 1, 5)) == ("0 to 2", "3 to 5")
    assert edge_texts((0.0, 5.0, 10.0), (0, 10)) == ("0 to 4", "5 to 10")
    assert edge_texts((7.0, 8.0), (7,)) == ("7",)
    assert edge_texts((0.0, 2.5, 5.0), (0.1, 4.9)) == ("0.0 to 2.5", "2.5 to 5.0")


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("color", [INK, *SERIES[:4], GOOD, WARNING, BAD])
def test_colours_that_carry_text_have_enough_contrast_on_white(color: str) -> None:
    assert 1.05 / (luminance(color) + 0.05) >= 4.5


def test_a_long_row_of_series_never_repeats_its_neighbour() -> None:
    colors = [series_color(index) for index in range(40)]
    assert all(a != b for a, b in pairwise(colors))
    assert text_on(SERIES[0]) == WHITE
    assert text_on(tint(SERIES[0], 0.8)) == INK
    with pytest.raises(ValueError, match="not a colour"):
        series_color(0, ["navy"])
