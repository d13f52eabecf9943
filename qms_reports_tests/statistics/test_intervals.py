"""Confidence intervals against published values, exact arithmetic and high-precision references."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.incomplete import beta_quantile, beta_tail, gamma_quantile, gamma_tail
from qms_reports.statistics.intervals import clopper_pearson, exact_poisson, round_significant, wilson

levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999999])


@st.composite
def proportions(draw, most=10_000_000):
    trials = draw(st.integers(1, most))
    return draw(st.integers(0, trials)), trials


# --- published and reference values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        (65, 65, 0.944198, 1.0),
        (658, 672, 0.965336, 0.98755),
        (1208, 1253, 0.952283, 0.973052),
        (1013, 1204, 0.819645, 0.860908),
        (773, 1011, 0.737467, 0.789709),
        (1044, 1272, 0.79872, 0.840858),
        (3, 4, 0.30, 0.95),
    ],
)
def test_wilson_gives_the_intervals_of_deliveries_on_time(successes, trials, lower, upper):
    digits = 2 if trials == 4 else 6
    assert tuple(round(bound, digits) for bound in wilson(successes, trials)) == (lower, upper)


def test_wilson_gives_newcombes_published_examples():
    # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
    for successes, trials, lower, upper in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert tuple(round(bound, 4) for bound in wilson(successes, trials)) == (lower, upper)
    assert tuple(round(bound, 4) for bound in wilson(0, 20)) == (0, 0.1611)


def test_clopper_pearson_gives_newcombes_published_examples():
    # The same table, method 5.
    for successes, trials, lower, upper in [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (1, 29, 0.0009, 0.1776),
    ]:
        assert tuple(round(bound, 4) for bound in clopper_pearson(successes, trials)) == (lower, upper)
    assert tuple(round(bound, 4) for bound in clopper_pearson(0, 20)) == (0, 0.1684)


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [
        (0, 0.0, 3.688879),
        (1, 0.025318, 5.571643),
        (5, 1.623486, 11.668332),
        (10, 4.795389, 18.390356),
        (100, 81.363991, 121.626794),
    ],
)
def test_poisson_gives_the_table_of_garwood(count, lower, upper):
    assert exact_poisson(count) == (pytest.approx(lower, abs=1e-6), pytest.approx(upper, abs=1e-6))


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "lower", "upper"),
    [
        (3, 4, 0.95, 0.19412044968324342, 0.99369053679029013),
        (8, 10, 0.95, 0.44390453769235852, 0.97478927367316662),
        (773, 1011, 0.99, 0.72851376277651996, 0.79813223664023564),
        (29, 6_812_094, 0.5, 3.7006843448889694e-6, 4.9163619167278106e-6),
        (29, 6_812_094, 0.95, 2.8510715451304444e-6, 6.1139495097041989e-6),
        (1, 10_000_000, 0.95, 2.5317807952240328e-9, 5.5716421173607302e-7),
    ],
)
def test_clopper_pearson_agrees_with_sums_of_forty_digits(successes, trials, confidence, lower, upper):
    found = clopper_pearson(successes, trials, confidence)
    assert found == (pytest.approx(lower, rel=1e-11), pytest.approx(upper, rel=1e-11))


@pytest.mark.parametrize(
    ("count", "confidence", "lower", "upper"),
    [
        (1, 0.95, 0.025317807984289898, 5.5716433909388975),
        (10, 0.95, 4.7953886961324344, 18.390356042017777),
        (10, 0.99, 3.716922131467118, 21.397827499654268),
        (100, 0.95, 81.363991250923144, 121.62679379242639),
        (12_345, 0.9, 12162.813789876268, 12529.330636079659),
        # Here the chi-square quantile of SciPy 1.17 is wrong in the sixth digit.
        (9_337_553, 0.999999, 9322613.0617559426, 9352509.224461949),
    ],
)
def test_poisson_agrees_with_sums_of_forty_digits(count, confidence, lower, upper):
    found = exact_poisson(count, confidence=confidence)
    assert found == (pytest.approx(lower, rel=1e-13), pytest.approx(upper, rel=1e-13))


def test_the_ends_have_closed_forms():
    assert clopper_pearson(0, 10_000_000) == (0, pytest.approx(-math.log(0.025) / 1e7, rel=1e-6))
    assert clopper_pearson(7, 7) == (pytest.approx(0.025 ** (1 / 7), rel=1e-14), 1)
    assert exact_poisson(0) == (0, pytest.approx(-math.log(0.025), rel=1e-14))


# --- against exact arithmetic -----------------------------------------------------------------------------------------


def binomial_at_most(successes, trials, probability):
    """Return the exact probability of at most so many successes."""
    p = Fraction(probability)
    return sum(math.comb(trials, i) * p**i * (1 - p) ** (trials - i) for i in range(successes + 1))


def poisson_between(first, last, expected):
    """Return the probability of `first` to `last` events."""
    return math.fsum(math.exp(i * math.log(expected) - expected - math.lgamma(i + 1)) for i in range(first, last + 1))


@given(proportions(most=60), levels)
def test_clopper_pearson_leaves_exactly_the_given_tails(pair, confidence):
    successes, trials = pair
    lower, upper = clopper_pearson(successes, trials, confidence)
    tail = (1 - confidence) / 2
    if successes > 0:
        beyond = 1 - binomial_at_most(successes - 1, trials, lower)
        assert float(beyond) == pytest.approx(tail, rel=1e-9)
    if successes < trials:
        # An upper bound close to 1 can only be as good as the next representable number.
        room = 1e-9 + 1e-14 / (1 - upper)
        assert float(binomial_at_most(successes, trials, upper)) == pytest.approx(tail, rel=room)


@given(st.integers(0, 120), levels)
def test_poisson_leaves_exactly_the_given_tails(count, confidence):
    lower, upper = exact_poisson(count, confidence=confidence)
    tail = (1 - confidence) / 2
    assert poisson_between(0, count, upper) == pytest.approx(tail, rel=1e-10)
    if count > 0:
        assert poisson_between(count, count + 500, lower) == pytest.approx(tail, rel=1e-10)


@given(st.integers(1, 5_000), st.floats(0.01, 2))
def test_the_two_tails_of_the_gamma_distribution_add_up(shape, scale):
    x = shape * scale
    assert gamma_tail(shape, x, upper=True) + gamma_tail(shape, x, upper=False) == pytest.approx(1, abs=1e-12)


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.floats(0, 1))
def test_the_tails_of_the_beta_distribution_mirror_each_other(a, b, x):
    mirrored = Fraction(1) - Fraction(x)
    if Fraction(float(mirrored)) == mirrored:
        assert beta_tail(a, b, x, upper=True) == pytest.approx(
            beta_tail(b, a, 1 - x, upper=False), rel=1e-9, abs=1e-300
        )
    assert 0 <= beta_tail(a, b, x, upper=False) <= 1


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("start", [1e-9, 0.3, 10.0, 1e6])
def test_a_quantile_does_not_depend_on_the_first_guess(start, upper):
    x = gamma_quantile(7, 0.025, start, upper=upper)
    assert x == pytest.approx(gamma_quantile(7, 0.025, 7.0, upper=upper), rel=1e-13)
    assert gamma_tail(7, x, upper=upper) == pytest.approx(0.025, rel=1e-12)
    y = beta_quantile(3, 9, 0.025, start, upper=upper)
    assert beta_tail(3, 9, y, upper=upper) == pytest.approx(0.025, rel=1e-12)


def test_outside_their_range_the_tails_are_all_or_nothing():
    assert (gamma_tail(3, 0, upper=True), gamma_tail(3, -1, upper=False)) == (1, 0)
    assert (beta_tail(2, 3, 0, upper=True), beta_tail(2, 3, 1, upper=True), beta_tail(2, 3, 1, upper=False)) == (
        1,
        0,
        1,
    )


# --- what every interval does -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@given(pair=proportions(), confidence=levels)
def test_an_interval_of_a_proportion_contains_it_and_stays_inside_0_to_1(interval, pair, confidence):
    successes, trials = pair
    lower, upper = interval(successes, trials, confidence)
    assert 0 <= lower <= successes / trials <= upper <= 1
    assert lower < upper
    assert (lower == 0) == (successes == 0)
    assert (upper == 1) == (successes == trials)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@given(pair=proportions(most=100_000), confidence=levels)
def test_an_interval_of_a_proportion_moves_with_it_and_mirrors(interval, pair, confidence):
    successes, trials = pair
    lower, upper = interval(successes, trials, confidence)
    if successes < trials:
        higher = interval(successes + 1, trials, confidence)
        assert higher[0] > lower
        assert higher[1] > upper
    mirrored = interval(trials - successes, trials, confidence)
    assert (1 - upper, 1 - lower) == pytest.approx(mirrored, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@given(pair=proportions(most=100_000))
def test_more_confidence_is_wider_and_more_trials_are_narrower(interval, pair):
    successes, trials = pair
    widths = [upper - lower for lower, upper in (interval(successes, trials, level) for level in (0.8, 0.95, 0.99))]
    assert widths == sorted(widths)
    lower, upper = interval(successes * 10, trials * 10, 0.95)
    assert upper - lower < widths[1]


@given(st.integers(0, 10_000_000), st.floats(1e-6, 1e9), levels)
def test_a_poisson_interval_contains_the_rate_and_grows_with_the_count(count, exposure, confidence):
    lower, upper = exact_poisson(count, exposure, confidence)
    assert 0 <= lower <= count / exposure <= upper
    assert (lower == 0) == (count == 0)
    more = exact_poisson(count + 1, exposure, confidence)
    assert more[0] > lower
    assert more[1] > upper


@given(st.integers(0, 10_000), st.floats(0.001, 1000))
def test_a_poisson_rate_is_the_count_per_exposure(count, exposure):
    lower, upper = exact_poisson(count)
    assert exact_poisson(count, exposure) == (lower / exposure, upper / exposure)


def test_rare_events_in_many_trials_look_poisson():
    lower, upper = clopper_pearson(10, 10_000_000)
    rate = exact_poisson(10, 10_000_000)
    assert (lower, upper) == pytest.approx(rate, rel=1e-5)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "message"),
    [
        (0, 0, 0.95, "trials must be a whole number of at least 1, got 0"),
        (1, -5, 0.95, "trials must be"),
        (1, 5.0, 0.95, "trials must be"),
        (-1, 5, 0.95, r"successes must be a whole number from 0 to 5 \(trials\), got -1"),
        (6, 5, 0.95, "successes must be"),
        (2.5, 5, 0.95, "successes must be"),
        (True, 5, 0.95, "successes must be"),
        (math.nan, 5, 0.95, "successes must be"),
        (1, 5, 0, "confidence must lie between 0 and 1"),
        (1, 5, 1, "confidence must lie"),
        (1, 5, 95, r"confidence must lie between 0 and 1 \(for example 0.95\), got 95"),
        (1, 5, math.nan, "confidence must lie"),
    ],
)
def test_nonsense_proportions_are_refused(interval, successes, trials, confidence, message):
    with pytest.raises(ValueError, match=message):
        interval(successes, trials, confidence)


@pytest.mark.parametrize(
    ("count", "exposure", "confidence", "message"),
    [
        (-1, 1.0, 0.95, "count must be"),
        (1.5, 1.0, 0.95, "count must be"),
        (1, 0.0, 0.95, "exposure must be more than 0"),
        (1, -1.0, 0.95, "exposure must be"),
        (1, math.nan, 0.95, "exposure must be"),
        (1, math.inf, 0.95, "exposure must be"),
        (1, 1.0, 1.0, "confidence must lie"),
    ],
)
def test_nonsense_rates_are_refused(count, exposure, confidence, message):
    with pytest.raises(ValueError, match=message):
        exact_poisson(count, exposure, confidence)


# --- rounding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.1 + 0.2, 12, 0.3),
        (123456.789, 3, 123000.0),
        (-0.00012345, 2, -0.00012),
        (2.5, 1, 2.0),
        (3.5, 1, 4.0),
        (9.99, 2, 10.0),
        (5, 12, 5.0),
        (math.inf, 12, math.inf),
    ],
)
def test_rounding_keeps_significant_digits(value, digits, expected):
    assert round_significant(value, digits) == expected


def test_rounding_leaves_no_negative_zero_and_passes_nan():
    assert str(round_significant(-0.0)) == "0.0"
    assert math.isnan(round_significant(math.nan))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300), st.integers(1, 17))
def test_rounding_twice_changes_nothing_and_once_little(value, digits):
    once = round_significant(value, digits)
    assert round_significant(once, digits) == once
    assert once == pytest.approx(value, rel=0.51 * 10 ** (1 - digits), abs=1e-307)
    assert round_significant(value, 17) == value


@pytest.mark.parametrize("digits", [0, -1, 18])
def test_rounding_to_an_impossible_number_of_digits_is_refused(digits):
    with pytest.raises(ValueError, match="digits must be 1 to 17"):
        round_significant(1.0, digits)
