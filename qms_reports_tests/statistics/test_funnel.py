"""Funnel limits against exact sums of probabilities."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qms_reports.statistics.funnel import funnel, funnel_limits


def binomial(trials, percent):
    share = Fraction(percent, 100)
    return [math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(trials + 1)]


@given(st.integers(1, 60), st.integers(1, 99), st.sampled_from([(0.95, Fraction(1, 40)), (0.998, Fraction(1, 1000))]))
def test_a_site_is_outside_exactly_if_its_tail_is_less_probable_than_the_level_says(trials, percent, level_and_tail):
    level, tail = level_and_tail
    probabilities = binomial(trials, percent)
    lower, upper = funnel_limits(trials, percent / 100, level)
    assert 0 <= lower <= upper <= 1
    for count in range(trials + 1):
        below, above = sum(probabilities[: count + 1]), sum(probabilities[count:])
        if abs(below - tail) > 1e-9:
            assert (count / trials < lower) == (below < tail)
        if abs(above - tail) > 1e-9:
            assert (count / trials > upper) == (above < tail)


@given(st.floats(0.01, 200), st.sampled_from([0.95, 0.998]))
def test_a_rate_is_outside_exactly_if_its_tail_is_less_probable_than_the_level_says(mean, level):
    lower, upper = funnel_limits(1.0, mean, level, kind="rate")
    tail = (1 - level) / 2
    term, below = math.exp(-mean), 0.0
    for count in range(int(mean + 12 * math.sqrt(mean) + 20)):
        above = 1 - below
        below += term
        term *= mean / (count + 1)
        if abs(below - tail) > 1e-9:
            assert (count < lower) == (below < tail)
        if abs(above - tail) > 1e-9:
            assert (count > upper) == (above < tail)


@given(st.integers(1, 400), st.integers(1, 99), st.sampled_from([0.95, 0.998]))
def test_limits_of_successes_mirror_those_of_failures(trials, percent, level):
    lower, upper = funnel_limits(trials, percent / 100, level)
    mirrored_lower, mirrored_upper = funnel_limits(trials, 1 - percent / 100, level)
    assert (lower, upper) == pytest.approx((1 - mirrored_upper, 1 - mirrored_lower), abs=1e-9)


def test_the_published_formula_is_at_hand_and_flags_small_sites_too_easily():
    # One trial, target 10 %: F(0) = 0.9 < 0.975, so r = 1 and a = (1 - 0.975) / 0.1.
    assert funnel_limits(1, 0.1, as_published=True) == pytest.approx((0.0, 0.75), abs=1e-12)
    assert funnel_limits(1, 0.1) == pytest.approx((0.0, 1.0), abs=1e-12)
    # They differ by one record.
    for size in (10, 100, 1000):
        ours, published = funnel_limits(size, 0.1)[1], funnel_limits(size, 0.1, as_published=True)[1]
        assert ours - published == pytest.approx(1 / size, rel=1e-9)


def test_limits_close_in_on_the_target_like_those_of_the_normal_distribution():
    lower, upper = funnel_limits(1_000_000, 0.2)
    spread = 1.959963984540054 * math.sqrt(0.2 * 0.8 / 1_000_000)
    assert (lower, upper) == pytest.approx((0.2 - spread, 0.2 + spread), rel=1e-5)
    lower, upper = funnel_limits(1e6, 3.0, 0.998, kind="rate")
    spread = 3.090232306167813 * math.sqrt(3.0 / 1e6)
    assert (lower, upper) == pytest.approx((3 - spread, 3 + spread), rel=1e-5)


def test_the_default_target_is_the_share_of_all_records_and_not_the_mean_of_the_sites():
    result = funnel([1, 90], [2, 100])
    assert result.target == 91 / 102


def test_a_small_site_with_a_bad_share_is_noise_and_a_large_one_is_not():
    result = funnel([2, 200, 50, 0], [4, 400, 1000, 0], target=0.05)
    small, large, usual, empty = result.points
    assert (small.value, small.outside) == (0.5, 0.95)
    assert (large.value, large.outside, large.is_more_than_noise) == (0.5, 0.998, True)
    assert large.why.startswith("0.5 is above the upper 99.8 % limit")
    assert (usual.outside, usual.is_more_than_noise) == (None, False)
    assert "inside all limits" in usual.why
    assert (empty.value, empty.limits, empty.outside) == (None, (), None)
    assert "nothing to compare" in empty.why


def test_overdispersion_widens_the_limits_until_the_sites_fit():
    sizes = [10_000] * 20
    counts = [900 + 10 * place for place in range(20)]
    plain = funnel(counts, sizes)
    assert sum(point.is_more_than_noise for point in plain.points) >= 4
    assert plain.dispersion > 1
    for option in ("multiplicative", "additive"):
        widened = funnel(counts, sizes, overdispersion=option)
        assert not any(point.outside == 0.998 for point in widened.points)
        for point, before in zip(widened.points, plain.points, strict=True):
            assert point.limits[0][0] < before.limits[0][0]
            assert point.limits[0][1] > before.limits[0][1]
    # Equal sizes: s**2 + t**2 = s**2 (1 + (I D - (I - 1)) / (I - 1)) = s**2 I D / (I - 1).
    additive = funnel(counts, sizes, overdispersion="additive")
    variance = plain.target * (1 - plain.target) / 10_000
    assert additive.between**2 + variance == pytest.approx(variance * 20 * plain.dispersion / 19, rel=1e-9)
    multiplicative = funnel(counts, sizes, overdispersion="multiplicative")
    assert multiplicative.widened == pytest.approx(math.sqrt(plain.dispersion), rel=1e-12)


def test_the_dispersion_is_the_mean_square_of_the_winsorised_residuals():
    counts = [90, 95, 100, 105, 110, 100, 100, 100, 100, 100, 300]
    result = funnel(counts, [1.0] * 11, kind="rate", target=100.0)
    # Eleven sites: the 10th percentile is the second smallest, the 90th the second largest.
    residuals = [-0.5, -0.5, 0, 0.5, 1, 0, 0, 0, 0, 0, 1]
    assert result.dispersion == pytest.approx(sum(z * z for z in residuals) / 11, rel=1e-12)


@pytest.mark.parametrize("option", ["multiplicative", "additive"])
def test_sites_that_scatter_less_than_chance_keep_the_exact_limits(option):
    assert funnel([10, 10, 10], [100, 100, 100], overdispersion=option).points == funnel([10] * 3, [100] * 3).points


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), min_size=1, max_size=6))
def test_every_site_gets_its_point_in_the_order_given(sites):
    counts, sizes = [min(count, size) for count, size in sites], [size for _, size in sites]
    for option in ("none", "multiplicative", "additive"):
        result = funnel(counts, sizes, target=0.1, overdispersion=option)
        assert [(point.count, point.size) for point in result.points] == list(zip(counts, sizes, strict=True))
        for point in result.points:
            assert point.is_more_than_noise == any(not low <= point.value <= high for low, high in point.limits)


def test_impossible_arguments_are_refused():
    for arguments, message in [
        (([1], [2, 3]), "one size for each count"),
        (([3], [2]), "whole number from 0"),
        (([0], [0]), "target is needed"),
        (([1], [2.5]), "whole number"),
    ]:
        with pytest.raises(ValueError, match=message):
            funnel(*arguments)
    for options, message in [
        ({"target": 2}, "target must be"),
        ({"levels": ()}, "levels"),
        ({"winsorise": 0.5}, "winsorise"),
        ({"overdispersion": "yes"}, "overdispersion"),
        ({"kind": "mean"}, "kind"),
    ]:
        with pytest.raises(ValueError, match=message):
            funnel([1], [2], **options)
    with pytest.raises(ValueError, match="more than 0"):
        funnel_limits(0, 0.1)


def test_a_target_without_variance_has_limits_without_width():
    assert funnel_limits(10, 0.0) == (0.0, 0.0)
    assert funnel_limits(10, 1.0) == (1.0, 1.0)
    assert funnel([0, 1], [10, 10], target=0.0).points[1].is_more_than_noise
