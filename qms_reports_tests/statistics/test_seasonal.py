"""Seasonal comparison and seasonal factors against R and by hand."""

import itertools
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.seasonal import compare_with_same_season, seasonal_indices, seasonally_adjusted

# Airline passengers in thousands, 1949 to 1960: G. E. P. Box and G. M. Jenkins, Time Series Analysis (1970), series G.
PASSENGERS = [
    *(112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118),
    *(115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140),
    *(145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166),
    *(171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194),
    *(196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201),
    *(204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229),
    *(242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278),
    *(284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306),
    *(315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336),
    *(340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337),
    *(360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405),
    *(417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432),
]

values = st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=1, max_size=60)


def test_seasonal_factors_of_the_airline_passengers_are_those_of_r():
    # R, decompose(AirPassengers, type = "multiplicative")$figure.
    result = seasonal_indices(PASSENGERS)
    assert [round(factor, 7) for factor in result.indices] == [
        0.9102304,
        0.8836253,
        1.0073663,
        0.9759060,
        0.9813780,
        1.1127758,
        1.2265555,
        1.2199110,
        1.0604919,
        0.9217572,
        0.8011781,
        0.8988244,
    ]
    assert result.ratios == (11,) * 12
    assert result.moving_average[5] is None
    assert result.moving_average[6] == pytest.approx(126.79166666666667)
    assert result.remark == ""


def test_a_planted_season_is_found_and_removed():
    pattern = [0.5, 1.5, 1.0, 1.0]
    series = [pattern[place % 4] * 100 for place in range(24)]
    result = seasonal_indices(series, season=4)
    assert result.indices == pytest.approx(pattern, rel=1e-12)
    assert seasonally_adjusted(series, result.indices) == pytest.approx([100] * 24, rel=1e-12)


def test_one_extraordinary_month_does_not_move_the_robust_factors():
    pattern = [0.5, 1.5, 1.0]
    series = [pattern[place % 3] * 100 for place in range(30)]
    series[16] *= 20
    robust = seasonal_indices(series, season=3, robust=True)
    assert robust.indices == pytest.approx(pattern, rel=1e-12)
    assert seasonal_indices(series, season=3).indices != pytest.approx(pattern, rel=0.05)


def test_a_month_is_compared_with_the_same_month_of_earlier_years():
    series = [10, 50, 11, 60, 12, 70, 13, 55]
    result = compare_with_same_season(series, season=2)
    assert (result.value, result.earlier) == (55, (50, 60, 70))
    assert (result.median, result.lowest, result.highest, result.inside) == (60, 50, 70, True)
    assert result.why == "55 is inside 50 to 70 (median 60) of 3 earlier years"
    earlier = compare_with_same_season(series, 4, season=2)
    assert (earlier.value, earlier.earlier, earlier.inside) == (12, (10, 11), False)
    assert earlier.chance_outside == pytest.approx(2 / 3)
    assert earlier.why.endswith("by chance alone in 67 % of cases")


def test_missing_values_are_left_out_and_said():
    assert compare_with_same_season([1, None, 3, None, 5, 7], season=2).earlier == ()
    result = compare_with_same_season([1, None, 3, 4, 5, None], season=2)
    assert (result.value, result.earlier, result.inside) == (None, (4,), None)
    assert result.why == "no value to compare with 4 of one earlier year"
    assert "no earlier year" in compare_with_same_season([5]).why


def test_too_short_a_series_has_no_factors_and_says_why():
    result = seasonal_indices(list(range(1, 24)))
    assert result.indices == (None,) * 12
    assert "at least 24 values" in result.remark
    enough = seasonal_indices(list(range(1, 25)))
    assert None not in enough.indices
    assert enough.remark == "some factors rest on a single year"
    assert seasonally_adjusted([1.0, None], (None, 1.0)) == (None, None)
    nothing_but_zeros = seasonal_indices([9, 0, 0, 9], season=2)
    assert (nothing_but_zeros.indices, nothing_but_zeros.remark) == ((None, None), "no factors: their mean is 0")


def test_the_chance_of_lying_outside_is_that_of_all_orders_of_the_years():
    for earlier in (1, 2, 3, 4, 5):
        orders = list(itertools.permutations(range(earlier + 1)))
        judged = [
            compare_with_same_season([part for year in order for part in (None, year)], season=2) for order in orders
        ]
        assert sum(not one.inside for one in judged) / len(orders) == pytest.approx(judged[0].chance_outside)


@given(values, st.integers(2, 12), st.data())
def test_only_earlier_values_of_the_same_season_count(series, season, data):
    position = data.draw(st.integers(0, len(series) - 1))
    result = compare_with_same_season(series, position, season=season)
    same = [value for place, value in enumerate(series) if place < position and (position - place) % season == 0]
    assert list(result.earlier) == [value for value in same if value is not None]
    assert result == compare_with_same_season(series[: position + 1], season=season)
    if result.inside is not None:
        assert result.inside == (result.lowest <= result.value <= result.highest)
        assert result.median == statistics.median(result.earlier)


@given(st.lists(st.integers(1, 1000), min_size=24, max_size=72), st.integers(2, 12), st.booleans())
def test_factors_have_the_mean_one_and_do_not_depend_on_the_unit(series, season, robust):
    result = seasonal_indices(series, season=season, robust=robust)
    assert math.fsum(result.indices) == pytest.approx(season, rel=1e-12)
    scaled = seasonal_indices([7 * value for value in series], season=season, robust=robust)
    assert scaled.indices == pytest.approx(result.indices, rel=1e-12)


def test_impossible_arguments_are_refused():
    for call, message in [
        (lambda: compare_with_same_season([]), "outside a series"),
        (lambda: compare_with_same_season([1.0], 1), "outside a series"),
        (lambda: compare_with_same_season([1.0], season=1), "at least 2"),
        (lambda: compare_with_same_season([math.nan]), "finite"),
        (lambda: seasonal_indices([-1.0]), "at least 0"),
        (lambda: seasonally_adjusted([1.0], ()), "at least one"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
