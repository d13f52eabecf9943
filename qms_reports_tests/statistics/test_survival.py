"""Times to close with open records censored, against published tables and exact arithmetic."""

import csv
import datetime as dt
import gzip
import statistics
from collections import Counter
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.survival import kaplan_meier, median_of_tallies

# Weeks of remission of 21 + 21 children with leukaemia: E. J. Freireich et al., Blood 21 (1963), 699-716.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

records = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


def curve_of(pairs, confidence=0.95):
    return kaplan_meier([time for time, _ in pairs], [closed for _, closed in pairs], confidence)


# --- published values -------------------------------------------------------------------------------------------------


def test_the_curve_of_the_leukaemia_trial_is_the_published_one():
    # J. P. Klein and M. L. Moeschberger, Survival Analysis, 2nd ed. (2003), table 4.1.
    curve = kaplan_meier(TREATED, RELAPSED)
    assert curve.times == (6, 7, 10, 13, 16, 22, 23)
    assert curve.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert curve.events == (3, 1, 1, 1, 1, 1, 1)
    assert [round(share, 3) for share in curve.survival] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert [round(error, 4) for error in curve.standard_error] == [
        0.0764,
        0.0869,
        0.0963,
        0.1068,
        0.1141,
        0.1282,
        0.1346,
    ]
    assert (curve.records, curve.closed, curve.longest) == (21, 9, 35)


def test_the_limits_of_the_leukaemia_trial_are_those_of_another_program():
    # lifelines 0.30.3, KaplanMeierFitter().fit(...).confidence_interval_.
    curve = kaplan_meier(TREATED, RELAPSED)
    assert curve.lower[0] == pytest.approx(0.6197179552659839, abs=1e-12)
    assert curve.upper[0] == pytest.approx(0.951551747646997, abs=1e-12)
    assert curve.lower[-1] == pytest.approx(0.1880520059592324, abs=1e-12)
    assert curve.upper[-1] == pytest.approx(0.6801426284952413, abs=1e-12)


def test_the_median_of_the_leukaemia_trial_has_no_upper_bound():
    treated = kaplan_meier(TREATED, RELAPSED)
    assert treated.median == 23
    assert treated.median_interval == (13, None)
    assert treated.quantile(0.25) == 13
    assert treated.quantile(0.75) is None
    placebo = kaplan_meier(PLACEBO, [True] * 21)
    assert placebo.median == 8
    assert placebo.median_interval == (4, 11)


@pytest.mark.parametrize(
    ("year", "closed_only", "median", "interval"), [("2022", 596, 720, (718, 805)), ("2024", 324, None, (None, None))]
)
def test_the_median_of_closed_recalls_alone_is_too_short(year, closed_only, median, interval):
    """Drug recalls initiated in a year, known on 2025-11-19: the younger the cohort, the worse the naive median."""
    cutoff = dt.date(2025, 11, 19)
    times, closed = [], []
    data = files("qms_reports.catalog") / "public_data" / "data" / "openfda" / "enforcement_flat.csv.gz"
    with data.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["product_type"] == "Drugs" and row["recall_initiation_date"].startswith(year):
                ended = dt.date.fromisoformat(row["termination_date"]) if row["termination_date"] else None
                closed.append(ended is not None and ended <= cutoff)
                end = ended if closed[-1] else cutoff
                times.append((end - dt.date.fromisoformat(row["recall_initiation_date"])).days)
    assert statistics.median(time for time, is_closed in zip(times, closed, strict=True) if is_closed) == closed_only
    curve = kaplan_meier(times, closed)
    assert curve.median == median
    assert curve.median_interval == interval


# --- what must always hold --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=200), st.sampled_from([0.5, 0.95, 0.999]))
def test_the_median_of_tallies_is_that_of_the_whole_curve(pairs, confidence):
    curve = curve_of(pairs, confidence)
    tallies = (Counter(time for time, closed in pairs if closed is kind) for kind in (True, False))
    assert median_of_tallies(*tallies, confidence) == (curve.median, *curve.median_interval)


@given(records)
def test_the_curve_equals_the_product_in_exact_arithmetic(pairs):
    curve = curve_of(pairs)
    survival, variance = Fraction(1), Fraction(0)
    places = iter(range(len(curve.times)))
    for time in sorted({time for time, closed in pairs if closed}):
        at_risk = sum(other >= time for other, _ in pairs)
        events = sum(other == time and closed for other, closed in pairs)
        survival *= 1 - Fraction(events, at_risk)
        place = next(places)
        assert (curve.times[place], curve.at_risk[place], curve.events[place]) == (time, at_risk, events)
        assert curve.survival[place] == pytest.approx(float(survival), rel=1e-13)
        if events < at_risk:
            variance += Fraction(events, at_risk * (at_risk - events))
            assert curve.standard_error[place] == pytest.approx(float(survival) * float(variance) ** 0.5, rel=1e-12)
        else:
            assert (curve.standard_error[place], curve.lower[place], curve.upper[place]) == (None, None, None)
    assert next(places, None) is None


@given(records, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_a_quantile_is_the_first_time_at_which_the_exact_curve_is_low_enough(pairs, share):
    survival, reached = Fraction(1), None
    for time in sorted({time for time, closed in pairs if closed}):
        at_risk = sum(other >= time for other, _ in pairs)
        survival *= 1 - Fraction(sum(other == time and closed for other, closed in pairs), at_risk)
        if reached is None and survival <= 1 - Fraction(str(share)):
            reached = time
    assert curve_of(pairs).quantile(share) == reached


@given(records)
def test_the_curve_falls_and_lies_between_its_limits(pairs):
    curve = curve_of(pairs)
    assert list(curve.survival) == sorted(curve.survival, reverse=True)
    for share, low, high in zip(curve.survival, curve.lower, curve.upper, strict=True):
        assert 0 <= share < 1
        if low is not None:
            assert 0 <= low <= share <= high <= 1


@given(records, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    assert curve_of(shuffled) == curve_of(pairs)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_without_open_records_it_is_the_share_not_yet_closed(times):
    curve = kaplan_meier(times, [True] * len(times))
    for time, share in zip(curve.times, curve.survival, strict=True):
        assert share == pytest.approx(sum(other > time for other in times) / len(times), rel=1e-15)
    assert curve.median == statistics.median_low(times)


@given(records)
def test_leaving_an_open_record_open_longer_never_shortens_the_median(pairs):
    longer = [(time if closed else time + 5, closed) for time, closed in pairs]
    before, after = curve_of(pairs).median, curve_of(longer).median
    assert after is None or (before is not None and after >= before) or before is None


@given(records)
def test_the_median_lies_in_its_interval(pairs):
    curve = curve_of(pairs)
    low, high = curve.median_interval
    if curve.median is not None:
        assert low is None or low <= curve.median
        assert high is None or high >= curve.median


# --- edges ------------------------------------------------------------------------------------------------------------


def test_a_record_closed_at_the_time_another_is_censored_still_counts_it_at_risk():
    assert kaplan_meier([5, 5], [True, False]).survival == (0.5,)
    assert kaplan_meier([5, 5], [True, False]).median == 5


def test_nothing_is_known_without_closings_or_beyond_the_longest_time():
    curve = kaplan_meier([3, 9], [False, False])
    assert (curve.median, curve.median_interval) == (None, (None, None))
    assert curve.open_after(9) == (1.0, 1.0, 1.0)
    assert curve.open_after(9.5) is None
    assert kaplan_meier([], []).open_after(0) is None
    assert kaplan_meier([], []).longest is None


def test_the_share_open_after_a_time_is_read_from_the_step_before():
    curve = kaplan_meier(TREATED, RELAPSED)
    assert curve.open_after(5)[0] == 1
    assert curve.open_after(6)[0] == curve.open_after(6.9)[0] == curve.survival[0]
    assert curve.open_after(35) == (curve.survival[-1], curve.lower[-1], curve.upper[-1])
    assert kaplan_meier([1, 2], [True, True]).open_after(99) == (0.0, None, None)
    with pytest.raises(ValueError, match="at least 0"):
        curve.open_after(-1)


@pytest.mark.parametrize(
    ("times", "closed", "confidence", "message"),
    [
        ([1, 2], [True], 0.95, "one entry of closed for each time"),
        ([-1], [True], 0.95, "at least 0"),
        ([float("nan")], [True], 0.95, "finite"),
        ([1], [True], 95, "confidence"),
    ],
)
def test_impossible_arguments_are_refused(times, closed, confidence, message):
    with pytest.raises(ValueError, match=message):
        kaplan_meier(times, closed, confidence)
    if len(times) == len(closed):
        with pytest.raises(ValueError, match=message):
            median_of_tallies(dict.fromkeys(times, 1), {}, confidence)
    with pytest.raises(ValueError, match="share"):
        kaplan_meier([1], [True]).quantile(1)
