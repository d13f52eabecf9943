"""Capability against R's qcc, and the test of normality against another program."""

import math
import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.capability import capability, percentile_indices, percentiles
from qms_reports.statistics.constants import deviation_mean, range_mean
from qms_reports.statistics.control_charts import control_chart
from qms_reports.statistics.normality import anderson_darling
from qms_reports.statistics.variation import estimate_sigma_within, standard_deviation, subgroups
from qms_reports_tests.oracles import spc_reference

measurements = st.lists(st.integers(-1000, 1000).map(lambda n: n / 8), min_size=25, max_size=80).filter(
    lambda values: len(set(values)) > 3
)
NORMAL_25 = [statistics.NormalDist(10, 1).inv_cdf((place + 0.5) / 25) for place in range(25)]


@pytest.fixture(scope="module")
def cases():
    return {case["id"]: case for case in spc_reference()["cases"]}


@pytest.fixture(scope="module")
def rings(cases):
    case = cases[cases["pistonrings_capability"]["data_ref"]]
    return [value for ring in case["data"] for value in ring]


# --- R's qcc ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1])
def test_capability_of_the_piston_rings_is_that_of_qcc(cases, rings, place):
    case = cases["pistonrings_capability"]
    (lower, upper), expected = case["spec"][place], case["expected"][place]
    result = capability(
        rings, lower=lower, upper=upper, within="range", subgroup_sizes=5, cpm_freedom="qcc", in_control=True
    )
    assert result.sigma_within == pytest.approx(case["expected"][0]["sd_within"], rel=1e-12)
    assert result.sigma_overall == pytest.approx(case["expected"][0]["overall_sd"], rel=1e-12)
    assert (result.records, result.mean) == (125, pytest.approx(case["expected"][0]["center"], rel=1e-12))
    for index, name in [(result.cp, "Cp"), (result.cpk, "Cp_k"), (result.cpm, "Cpm")]:
        wanted = expected["indices"][name]
        assert (index.value, index.lower, index.upper) == pytest.approx((wanted["value"], *wanted["ci95"]), rel=1e-11)
    # Of the one-sided indices qcc prints two one-sided 95 % limits: together an interval of 90 %.
    one_sided = capability(rings, lower=lower, upper=upper, within="range", subgroup_sizes=5, confidence=0.9)
    for index, name in [(one_sided.cpl, "Cp_l"), (one_sided.cpu, "Cp_u")]:
        wanted = expected["indices"][name]
        assert (index.value, index.lower, index.upper) == pytest.approx((wanted["value"], *wanted["ci95"]), rel=1e-11)
    for index, name in [(result.pp, "Pp"), (result.ppl, "Ppl"), (result.ppu, "Ppu"), (result.ppk, "Ppk")]:
        assert index.value == pytest.approx(expected["overall"][name], rel=1e-12)
    # What qcc prints with six decimals of a percentage, the oracle gives as a fraction.
    assert result.expected_within.below / 1e6 == pytest.approx(expected["exp_below"], rel=1e-9, abs=1e-6)
    assert result.expected_within.above / 1e6 == pytest.approx(expected["exp_above"], rel=1e-9, abs=1e-6)
    assert (result.observed.below / 1e6, result.observed.above / 1e6) == (expected["obs_below"], expected["obs_above"])
    assert (result.refused, result.is_normal, result.remarks) == (False, True, ())


def test_the_limits_of_cpm_have_the_degrees_of_freedom_of_boyles():
    """Scaled chi-square with these degrees of freedom has mean and variance of the true, noncentral distribution."""
    for n, square in [(30, 0.0), (30, 1.0), (125, 0.0144)]:
        freedom = n * (1 + square) ** 2 / (1 + 2 * square)
        scale = n * (1 + square) / freedom
        assert 2 * scale * scale * freedom == pytest.approx(2 * (n + 2 * n * square), rel=1e-12)
    off_target = [value + 2 for value in NORMAL_25]
    ours = capability(off_target, lower=4, upper=16, within=1.0).cpm
    qcc = capability(off_target, lower=4, upper=16, within=1.0, cpm_freedom="qcc").cpm
    assert ours.value == qcc.value == pytest.approx(2 / math.sqrt(5), rel=1e-9)
    assert qcc.lower < ours.lower < ours.value < ours.upper < qcc.upper


def test_the_interval_of_cp_is_the_textbook_example():
    # Montgomery, 7th ed., section 8.3.5: n = 20, Cp = (62 - 38) / (6 x 1.75) = 2.29, 95 % from 1.57 to 3.01.
    values = [50 + 1.75 * z for z in (-1, 1) * 10]
    result = capability(values, lower=38, upper=62, within=1.75)
    assert round(result.cp.value, 2) == 2.29
    assert (result.cp.lower, result.cp.upper) == pytest.approx((1.57, 3.01), abs=0.006)


def test_the_interval_of_cpk_is_the_formula_worked_out_by_hand():
    # n = 20, Cpk = 1.33: 1.33 (1 -+ 1.96 sqrt(1 / (9 x 20 x 1.33**2) + 1 / (2 x 19))), by hand 0.88 to 1.78.
    result = capability([10.0, 12.0] * 10, upper=11 + 3 * 1.33, within=1.0)
    assert result.cpk.value == pytest.approx(1.33, rel=1e-12)
    assert (round(result.cpk.lower, 2), round(result.cpk.upper, 2)) == (0.88, 1.78)


# --- one side, other methods ------------------------------------------------------------------------------------------


def test_a_one_sided_specification_has_only_the_indices_of_its_side():
    result = capability(NORMAL_25, upper=13)
    assert (result.cp, result.cpl, result.cpm, result.pp, result.ppl) == (None,) * 5
    assert result.cpk == result.cpu
    assert result.ppk == result.ppu
    assert result.by_percentiles.pp is result.by_percentiles.ppl is None
    assert result.by_percentiles.ppk == result.by_percentiles.ppu
    assert (result.expected_within.below, result.observed.below) == (None, None)
    assert result.expected_within.total == result.expected_within.above


def test_the_percentile_method_puts_the_distances_from_the_median_for_three_sigmas():
    indices = percentile_indices((7.0, 10.0, 16.0), lower=4.0, upper=19.0)
    assert (indices.pp, indices.ppl, indices.ppu, indices.ppk) == (15 / 9, 2.0, 1.5, 1.5)
    assert percentile_indices((10.0, 10.0, 16.0), lower=4.0, upper=19.0).ppk is None
    with pytest.raises(ValueError, match="ascend"):
        percentile_indices((3.0, 2.0, 1.0), lower=0.0)


def test_the_percentiles_of_many_normal_values_are_three_sigmas_off():
    values = [statistics.NormalDist(5, 2).inv_cdf((place + 0.5) / 20001) for place in range(20001)]
    assert percentiles(values) == pytest.approx((-1, 5, 11), abs=0.02)


def test_sigma_within_by_each_method():
    values = [1.0, 3.0, 2.0, 6.0]
    assert estimate_sigma_within(values) == pytest.approx((2 + 1 + 4) / 3 / 1.128, rel=1e-12)
    assert estimate_sigma_within(values, d2="exact") == pytest.approx(7 / 3 * math.sqrt(math.pi) / 2, rel=1e-12)
    assert estimate_sigma_within(values, "range", 2) == pytest.approx(3 / 1.128, rel=1e-12)
    deviations = math.sqrt(2), math.sqrt(8)
    assert estimate_sigma_within(values, "deviation", 2) == pytest.approx(
        statistics.mean(deviations) / math.sqrt(2 / math.pi), rel=1e-12
    )
    assert estimate_sigma_within(values, "pooled", [2, 2]) == pytest.approx(math.sqrt(5), rel=1e-12)


def test_subgroups_of_different_size_each_have_their_own_constant():
    values = [1.0, 4.0, 2.0, 5.0, 9.0, 7.0]
    expected = (3 / range_mean(2, exact=False) + 7 / range_mean(3, exact=False)) / 2
    assert estimate_sigma_within(values, "range", [2, 3, 1]) == pytest.approx(expected, rel=1e-12)
    expected = (statistics.stdev([1, 4]) / deviation_mean(2) + statistics.stdev([2, 5, 9]) / deviation_mean(3)) / 2
    assert estimate_sigma_within(values, "deviation", [2, 3, 1]) == pytest.approx(expected, rel=1e-12)


def test_sigma_within_is_that_of_the_control_chart_of_the_same_values(cases, rings):
    groups = cases["pistonrings_xbar_R"]["data"]
    assert estimate_sigma_within(rings) == pytest.approx(control_chart("i", rings).baseline.sigma, rel=1e-14)
    for spread in ("range", "deviation"):
        chart = control_chart("xbar", groups, spread=spread)
        assert estimate_sigma_within(rings, spread, 5) == pytest.approx(chart.baseline.sigma, rel=1e-14)


# --- refusals and remarks ---------------------------------------------------------------------------------------------


def test_fewer_than_25_values_are_refused_but_still_shown():
    result = capability(NORMAL_25[:-1], lower=5, upper=15, in_control=True)
    assert result.refused
    assert "24 values, at least 25 are needed" in result.remarks[0]
    assert result.cpk is not None
    assert not capability(NORMAL_25, lower=5, upper=15, in_control=True).refused


def test_a_process_out_of_control_is_refused():
    result = capability(NORMAL_25, lower=5, upper=15, in_control=False)
    assert result.refused
    assert "not in control" in result.remarks[0]


def test_an_unknown_state_of_control_is_remarked_upon():
    result = capability(NORMAL_25, lower=5, upper=15)
    assert not result.refused
    assert result.remarks == ("not stated whether the process is in control",)


def test_values_that_are_not_normal_are_sent_to_the_percentile_method():
    skewed = [-math.log((place + 0.5) / 200) for place in range(200)]
    result = capability(skewed, upper=10, in_control=True)
    assert (result.is_normal, result.refused) == (False, False)
    assert "use the percentile method" in result.remarks[0]
    assert "most extreme" in result.remarks[1]
    assert result.by_percentiles.ppk < result.ppk.value


def test_values_that_do_not_vary_are_refused_without_indices():
    result = capability([0.1] * 30, lower=0, upper=1, in_control=True)
    assert result.refused
    assert "do not vary" in result.remarks[0]
    assert (result.cp, result.cpk, result.ppk, result.cpm, result.by_percentiles, result.expected_within) == (None,) * 6
    assert (result.sigma_overall, result.normality) == (0.0, None)


def test_impossible_arguments_are_refused():
    for options, message in [
        ({}, "specification needs"),
        ({"lower": 2, "upper": 1}, "must be below"),
        ({"upper": math.inf}, "finite"),
        ({"upper": 1, "confidence": 1}, "confidence"),
        ({"upper": 1, "within": 0.0}, "sigma within"),
        ({"upper": 1, "within": "mad"}, "within must be"),
        ({"upper": 1, "within": "range"}, "subgroup_sizes is needed"),
        ({"upper": 1, "within": "range", "subgroup_sizes": 2}, "cannot be divided"),
        ({"upper": 1, "within": "range", "subgroup_sizes": [2, 2]}, "add up to 3"),
        ({"upper": 1, "within": "pooled", "subgroup_sizes": 1}, "at least 2 values"),
        ({"upper": 1, "subgroup_sizes": 3}, "single values"),
    ]:
        with pytest.raises(ValueError, match=message):
            capability([1.0, 2.0, 4.0], **options)
    with pytest.raises(ValueError, match="at least 2 values"):
        capability([1.0], upper=2)
    for estimate in (standard_deviation, estimate_sigma_within):
        with pytest.raises(ValueError, match="at least 2 values"):
            estimate([1.0])


# --- what must always hold --------------------------------------------------------------------------------------------


@given(measurements, st.integers(1, 400), st.integers(1, 400))
def test_cpk_is_the_nearer_side_and_never_above_cp(values, down, up):
    middle = statistics.median(values)
    result = capability(values, lower=middle - down, upper=middle + up)
    if result.cp is None:
        assert result.sigma_within == 0
        return
    assert result.cpk.value == min(result.cpl.value, result.cpu.value)
    assert result.cpk.value <= result.cp.value + 1e-9
    assert result.cpm.value <= result.cp.value
    assert (result.cpl.value + result.cpu.value) / 2 == pytest.approx(result.cp.value, rel=1e-9)
    for index in (result.cp, result.cpk, result.cpm, result.pp, result.ppk):
        assert index.lower < index.value < index.upper
    outside = sum(not middle - down <= value <= middle + up for value in values)
    assert result.observed.total == pytest.approx(1e6 * outside / len(values))


@given(measurements, st.integers(1, 100), st.integers(-50, 50))
def test_the_unit_of_measurement_does_not_matter(values, factor, shift):
    low, high = min(values) - 1, max(values) + 1
    one = capability(values, lower=low, upper=high)
    other = capability(
        [factor * value + shift for value in values], lower=factor * low + shift, upper=factor * high + shift
    )
    assert other.ppk.value == pytest.approx(one.ppk.value, rel=1e-9)
    assert other.cpk.value == pytest.approx(one.cpk.value, rel=1e-9)
    assert other.by_percentiles.ppk == pytest.approx(one.by_percentiles.ppk, rel=1e-9)
    assert other.normality.adjusted == pytest.approx(one.normality.adjusted, rel=1e-6)


@given(measurements)
def test_the_standard_deviation_agrees_with_exact_arithmetic(values):
    exact = [Fraction(value) for value in values]
    variance = statistics.variance(exact)
    assert standard_deviation(values) == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert standard_deviation(values) == standard_deviation(values[::-1])
    # One subgroup of everything is the same as no subgroups.
    assert estimate_sigma_within(values, "pooled", len(values)) == pytest.approx(standard_deviation(values), rel=1e-15)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=10))
def test_subgroups_put_together_again_are_the_values(sizes):
    values = list(range(sum(sizes)))
    assert [value for group in subgroups(values, sizes) for value in group] == values
    assert [len(group) for group in subgroups(values, sizes)] == sizes


# --- normality --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "statistic", "p_value"),
    [
        # statsmodels 0.15.0, normal_ad.
        ([1, 2, 3, 4, 5, 6, 7, 8], 0.13400045881773792, 0.9614556929385789),
        ([1, 1, 2, 3, 5, 8, 13, 21, 34, 55], 0.8932517988999873, 0.01377076987741137),
        ([2.0, 2.1, 2.2, 2.2, 2.3, 2.4, 2.4, 2.6, 2.9, 3.6, 4.9], 1.1633331575786592, 0.0027549269875293174),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 3.20805681305443, 8.559558414151254e-09),
    ],
)
def test_anderson_darling_is_that_of_another_program(values, statistic, p_value):
    result = anderson_darling(values)
    assert result.statistic == pytest.approx(statistic, rel=1e-9)
    assert result.p_value == pytest.approx(p_value, rel=1e-9)


def test_anderson_darling_of_the_piston_rings_does_not_reject(rings):
    assert anderson_darling(rings).p_value == pytest.approx(0.8958342620620997, rel=1e-9)


def test_anderson_darling_survives_values_three_hundred_sigmas_out():
    result = anderson_darling([0.0] * 99_999 + [1e9])
    assert math.isfinite(result.statistic)
    assert 0 < result.p_value < 1e-23


def test_the_p_value_falls_as_the_statistic_rises_across_the_pieces_of_its_approximation():
    skewness = [[math.exp(power * value) for value in NORMAL_25] for power in (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2)]
    results = [anderson_darling(values) for values in skewness]
    assert [result.statistic for result in results] == sorted(result.statistic for result in results)
    assert [result.p_value for result in results] == sorted((result.p_value for result in results), reverse=True)
    assert results[0].p_value > 0.9
    assert results[-1].p_value < 1e-6


@pytest.mark.parametrize(
    ("values", "message"),
    [([1.0] * 7, "at least 8"), ([1.0] * 8, "all equal"), ([1.0] * 8 + [math.nan], "finite")],
)
def test_anderson_darling_refuses_what_it_cannot_test(values, message):
    with pytest.raises(ValueError, match=message):
        anderson_darling(values)
