"""Defects per million opportunities, yields and sigma levels against the usual tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.intervals import clopper_pearson
from qms_reports.statistics.sigma_level import (
    dpmo_of_sigma,
    first_pass_yield,
    normalised_yield,
    rolled_throughput_yield,
    sigma_level,
    throughput_yield,
)


@pytest.mark.parametrize(
    ("sigma", "dpmo"), [(1, 691462), (2, 308538), (3, 66807), (4, 6210), (5, 233), (6, 3.4)]
)  # the table of Motorola, 1.5 included
def test_the_usual_table_has_the_shift_in_it(sigma, dpmo):
    assert dpmo_of_sigma(sigma, shifted=True) == pytest.approx(dpmo, rel=2e-3)


def test_six_sigma_without_the_shift_are_two_in_a_thousand_million_on_both_sides():
    assert 2 * dpmo_of_sigma(6) == pytest.approx(0.001973, rel=1e-3)


def test_the_shift_is_added_only_if_asked_for():
    plain, shifted = sigma_level(34, 10_000_000), sigma_level(34, 10_000_000, shifted=True)
    assert plain.dpmo == shifted.dpmo == 3.4
    assert plain.z == pytest.approx(4.5, abs=2e-4)
    assert shifted.z == plain.z + 1.5
    assert (plain.shift, shifted.shift) == (0.0, 1.5)


def test_opportunities_are_units_times_opportunities_per_unit():
    level = sigma_level(12, 500, 4)
    assert (level.opportunities, level.dpmo) == (2000, 6000.0)
    low, high = clopper_pearson(12, 2000)
    assert (level.dpmo_lower, level.dpmo_upper) == (1e6 * low, 1e6 * high)
    assert level.z_lower < level.z < level.z_upper


def test_no_defects_have_no_sigma_level_but_a_lower_bound():
    level = sigma_level(0, 100)
    assert (level.dpmo, level.z, level.z_upper) == (0.0, None, None)
    assert level.z_lower == pytest.approx(1.7964, abs=5e-5)  # 1 - 0.025**(1/100) = 3.62 %
    assert sigma_level(5, 5).z is None


def test_a_rolled_throughput_yield_is_a_product_and_not_a_mean():
    assert rolled_throughput_yield([0.9, 0.8, 0.95]) == pytest.approx(0.684)
    assert rolled_throughput_yield([0.9, None]) is None
    assert normalised_yield(0.684, 3) == pytest.approx(0.684 ** (1 / 3))


def test_yields_of_units():
    assert first_pass_yield(90, 100) == 0.9
    assert first_pass_yield(0, 0) is None
    assert throughput_yield(10, 100) == pytest.approx(math.exp(-0.1))


@given(st.integers(1, 10**6), st.integers(1, 50), st.floats(0, 1), st.booleans())
def test_the_sigma_level_leads_back_to_the_defects(units, opportunities, share, shifted):
    defects = round(share * units * opportunities)
    level = sigma_level(defects, units, opportunities, shifted=shifted)
    assert 0 <= level.dpmo_lower <= level.dpmo <= level.dpmo_upper <= 1e6
    if level.z is None:
        assert defects in {0, units * opportunities}
    else:
        assert dpmo_of_sigma(level.z, shifted=shifted) == pytest.approx(level.dpmo, rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_a_chain_of_steps_is_never_better_than_its_worst_step(yields):
    rolled = rolled_throughput_yield(yields)
    assert 0 <= rolled <= min(yields)
    assert normalised_yield(rolled, len(yields)) >= rolled


def test_impossible_arguments_are_refused():
    for call, message in [
        (lambda: sigma_level(1, 0), "at least 1"),
        (lambda: sigma_level(5, 2), "successes"),
        (lambda: first_pass_yield(3, 2), "good"),
        (lambda: throughput_yield(-1, 2), "defects"),
        (lambda: rolled_throughput_yield([]), "at least one yield"),
        (lambda: rolled_throughput_yield([1.2]), "from 0 to 1"),
        (lambda: normalised_yield(0.5, 0), "at least 1 step"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
