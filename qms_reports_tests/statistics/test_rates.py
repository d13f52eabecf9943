"""Differences and ratios of proportions and rates against published examples and other programs."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qms_reports.statistics.intervals import clopper_pearson
from qms_reports.statistics.rates import (
    difference_of_proportions,
    difference_of_rates,
    judge,
    proportion_is_more_than_noise,
    rate_is_more_than_noise,
    ratio_of_proportions,
    ratio_of_rates,
)


@st.composite
def two_proportions(draw):
    trials, other_trials = draw(st.integers(1, 500)), draw(st.integers(1, 500))
    return draw(st.integers(0, trials)), trials, draw(st.integers(0, other_trials)), other_trials


two_rates = st.tuples(
    st.integers(0, 500), st.floats(0.5, 1e6), st.integers(0, 500), st.floats(0.5, 1e6)
)  # count, exposure, count, exposure


# --- published values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "lower", "upper"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_the_difference_of_proportions_gives_newcombes_published_examples(groups, lower, upper):
    # R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10.
    comparison = difference_of_proportions(*groups)
    assert (round(comparison.lower, 4), round(comparison.upper, 4)) == (lower, upper)


def test_the_ratio_of_proportions_gives_koopmans_published_example():
    # P. A. R. Koopman, Biometrics 40 (1984), 513-517: 36/40 against 16/80, 2.94 to 7.15.
    score = ratio_of_proportions(36, 40, 16, 80)
    assert score.estimate == 4.5
    assert (round(score.lower, 2), round(score.upper, 2)) == (2.94, 7.15)
    log = ratio_of_proportions(36, 40, 16, 80, method="log")
    # statsmodels 0.15.0, confint_proportions_2indep(method="log", compare="ratio").
    assert (log.lower, log.upper) == pytest.approx((2.8685501986034847, 7.059315193388787), rel=1e-12)


@pytest.mark.parametrize(
    ("groups", "lower", "upper"),
    [
        # statsmodels 0.15.0, confint_proportions_2indep(method="score", compare="ratio", correction=False).
        ((36, 40, 16, 80), 2.939569192214985, 7.152223434866038),
        ((5, 56, 0, 29), 0.7256888835936, None),
        ((0, 10, 3, 20), 0.0, 2.179222275677804),
        ((10, 10, 10, 10), 1 / (1 + 1.959963984540054**2 / 10), 1 + 1.959963984540054**2 / 10),
    ],
)
def test_the_score_interval_of_a_ratio_works_with_zeros_and_full_groups(groups, lower, upper):
    comparison = ratio_of_proportions(*groups)
    assert comparison.lower == pytest.approx(lower, rel=1e-9)
    assert comparison.upper == (None if upper is None else pytest.approx(upper, rel=1e-9))


def test_the_ratio_of_rates_gives_the_example_of_r():
    # R, example(poisson.test): 11 in 800 against 6+8+7 in 1083+1050+878 person-years.
    comparison = ratio_of_rates(11, 800, 21, 3011)
    assert comparison.estimate == pytest.approx(1.971488, abs=5e-7)
    assert (comparison.lower, comparison.upper) == pytest.approx((0.8584264, 4.2772659), abs=5e-8)


def test_the_difference_of_rates_combines_the_two_exact_intervals():
    # Breast cancer after fluoroscopy: 41 cases in 28,010 and 15 in 19,017 woman-years (Rothman and Greenland).
    comparison = difference_of_rates(41, 28010, 15, 19017)
    assert comparison.estimate == pytest.approx(6.74995e-4, rel=1e-6)
    assert comparison.lower > 0
    assert judge(comparison).is_more_than_noise


# --- what must always hold --------------------------------------------------------------------------------------------


@given(two_proportions())
def test_differences_of_proportions_change_sign_when_the_groups_change_places(groups):
    there, back = difference_of_proportions(*groups), difference_of_proportions(*groups[2:], *groups[:2])
    assert there.lower == pytest.approx(-back.upper, abs=1e-14)
    assert -1 <= there.lower <= there.estimate <= there.upper <= 1


@given(two_proportions())
def test_ratios_of_proportions_invert_when_the_groups_change_places(groups):
    there, back = ratio_of_proportions(*groups), ratio_of_proportions(*groups[2:], *groups[:2])
    if there.upper is not None and back.lower:
        assert there.upper == pytest.approx(1 / back.lower, rel=1e-9)
    if there.estimate is not None:
        assert there.lower <= there.estimate * (1 + 1e-9)
        assert there.upper is None or there.upper >= there.estimate * (1 - 1e-9)


@given(two_proportions())
def test_the_limits_of_the_score_interval_are_the_ratios_that_the_test_just_does_not_reject(groups):
    successes, trials, other_successes, other_trials = groups
    assume(successes)
    ratio = ratio_of_proportions(*groups).lower
    a, b, c = (
        (trials + other_trials) * ratio,
        trials * ratio + successes + other_trials + other_successes * ratio,
        successes + other_successes,
    )
    other = (b - math.sqrt(max(b * b - 4 * a * c, 0))) / (2 * a)
    share = other * ratio
    assume(1e-3 < share < 1 - 1e-3 and 1e-3 < other < 1 - 1e-3)
    statistic = (successes - trials * share) ** 2 / (trials * share * (1 - share))
    statistic += (other_successes - other_trials * other) ** 2 / (other_trials * other * (1 - other))
    assert statistic == pytest.approx(1.959963984540054**2, rel=1e-5)


@given(two_rates)
def test_the_ratio_of_rates_is_the_odds_of_the_clopper_pearson_limits(groups):
    count, exposure, other_count, other_exposure = groups
    assume(count + other_count)
    comparison = ratio_of_rates(*groups)
    low, high = clopper_pearson(count, count + other_count)
    scale = other_exposure / exposure
    assert comparison.lower == pytest.approx(low / (1 - low) * scale if low < 1 else math.inf, rel=1e-6)
    if comparison.upper is not None:
        assert comparison.upper == pytest.approx(high / (1 - high) * scale, rel=1e-6)
    else:
        assert other_count == 0
    if comparison.estimate is not None:
        assert comparison.lower <= comparison.estimate <= comparison.upper


@given(two_rates, st.floats(0.01, 100))
def test_the_unit_of_exposure_does_not_change_the_ratio_of_rates(groups, factor):
    count, exposure, other_count, other_exposure = groups
    there = ratio_of_rates(*groups)
    scaled = ratio_of_rates(count, exposure * factor, other_count, other_exposure * factor)
    assert scaled.lower == (None if there.lower is None else pytest.approx(there.lower, rel=1e-12))
    assert scaled.upper == (None if there.upper is None else pytest.approx(there.upper, rel=1e-12))


@given(two_rates)
def test_differences_of_rates_change_sign_when_the_groups_change_places(groups):
    there, back = difference_of_rates(*groups), difference_of_rates(*groups[2:], *groups[:2])
    assert there.lower == pytest.approx(-back.upper, rel=1e-12, abs=1e-300)
    assert there.lower <= there.estimate <= there.upper


@given(two_proportions())
def test_more_confidence_never_makes_a_difference_more_than_noise(groups):
    if proportion_is_more_than_noise(*groups, 0.99).is_more_than_noise:
        assert proportion_is_more_than_noise(*groups, 0.95).is_more_than_noise


# --- more than noise --------------------------------------------------------------------------------------------------


def test_a_change_of_a_small_denominator_is_noise_and_the_reason_says_why():
    judgement = proportion_is_more_than_noise(3, 4, 4, 4)
    assert not judgement.is_more_than_noise
    assert judgement.why == (
        "difference of proportions -0.25, 95 % interval -0.6994 to 0.2808 (Newcombe hybrid score) includes 0"
    )


def test_the_same_change_of_a_large_denominator_is_more_than_noise():
    judgement = proportion_is_more_than_noise(300, 400, 400, 400)
    assert judgement.is_more_than_noise
    assert judgement.why.endswith("excludes 0")
    assert judgement.comparison.estimate == -0.25


def test_a_zero_denominator_is_never_a_change():
    assert not proportion_is_more_than_noise(0, 0, 3, 4).is_more_than_noise
    assert "denominator is 0" in proportion_is_more_than_noise(3, 4, 0, 0).why
    assert rate_is_more_than_noise(3, 0.0, 3, 4.0).comparison is None


def test_rates_without_events_are_compared_as_far_as_possible():
    none_at_all = rate_is_more_than_noise(0, 10, 0, 10)
    assert not none_at_all.is_more_than_noise
    assert "too few events" in none_at_all.why
    from_none = rate_is_more_than_noise(9, 10, 0, 10)
    assert from_none.is_more_than_noise
    assert "no upper limit" in from_none.why
    assert from_none.comparison.estimate is None


@pytest.mark.parametrize("compare", [difference_of_proportions, ratio_of_proportions])
def test_impossible_counts_of_proportions_are_refused(compare):
    for groups in [(5, 4, 1, 2), (1, 2, -1, 3), (0, 0, 1, 2), (1, 2, 0, 0)]:
        with pytest.raises(ValueError, match=r"trials|successes"):
            compare(*groups)


@pytest.mark.parametrize("compare", [difference_of_rates, ratio_of_rates])
def test_impossible_counts_of_rates_are_refused(compare):
    for groups in [(-1, 1, 1, 2), (1, 0, 1, 3), (1, 1, 1, math.inf)]:
        with pytest.raises(ValueError, match=r"count|exposure"):
            compare(*groups)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="'score' or 'log'"):
        ratio_of_proportions(1, 2, 1, 2, method="wald")
