"""The rules of Western Electric and Nelson, and Anhoej's runs, on vectors judged by R and at the edges."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.rules import RULES, check_rules, find_signals, run_ends, side_of
from qms_reports.statistics.runs import analyse_runs
from qms_reports_tests.oracles import spc_reference

VECTORS = spc_reference()["rule_vectors"]

scores = st.lists(st.one_of(st.integers(-8, 8).map(lambda half: half / 2), st.floats(-5, 5)), max_size=60)


def renamed(rule):
    """WER2 of R's qcc is our WE2, NEL7 our N7."""
    return rule.replace("WER", "WE").replace("NEL", "N")


def signals(rule, values):
    return find_signals((rule,), values)[rule]


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("rule", ["WER1", "WER2", "WER3", "WER4", *(f"NEL{number}" for number in range(1, 9))])
def test_every_vector_signals_where_r_says(vector, rule):
    expected = VECTORS[vector]["signals"][rule]
    assert [position + 1 for position in signals(renamed(rule), VECTORS[vector]["z"])] == expected


def test_the_vectors_ask_about_every_rule():
    judged = {renamed(rule) for vector in VECTORS.values() for rule in vector["signals"]}
    assert judged == set(RULES)


# --- lines are strict, with a tolerance -------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["WE1", "N1"])
def test_a_point_on_the_limit_is_not_beyond_it(rule):
    assert signals(rule, [3, -3, 3 + 9e-10, 3.00000001, -3.00000001]) == (3, 4)


def test_a_point_on_the_zone_line_is_not_beyond_it():
    one = 1.0000000000000002  # what counting in steps of 0.2 from -1.2 makes of 1
    assert signals("WE3", [one] * 5) == ()
    assert signals("WE3", [1.00000001] * 5) == (4,)
    assert signals("WE2", [2, 2.1, 2.1]) == (2,)
    assert signals("WE2", [2, 2.1, 2]) == ()


def test_within_one_sigma_includes_the_line():
    assert signals("N7", [1, -1.0000000000000002, 0] * 5) == (14,)
    assert signals("N7", [1, -1, 0] * 4 + [1, -1, 1.00000001]) == ()


def test_eight_beyond_one_sigma_need_both_sides():
    assert signals("N8", [1.5] * 8) == ()
    assert signals("N8", [1.5] * 7 + [-1.5]) == (7,)
    assert signals("N8", [1.5] * 7 + [-1]) == ()
    assert signals("N8", [-1.5] + [1.5] * 8) == (7,)


# --- windows and runs -------------------------------------------------------------------------------------------------


def test_two_of_three_needs_three_points_the_last_beyond_and_one_side():
    assert signals("WE2", [2.5, 2.5]) == ()
    assert signals("WE2", [2.5, 2.5, 0]) == ()
    assert signals("WE2", [2.5, 0, 2.5]) == (2,)
    assert signals("WE2", [2.5, 0, -2.5]) == ()
    assert signals("WE2", [0, -2.5, -2.5]) == (2,)


def test_four_of_five_needs_five_points_the_last_beyond_and_one_side():
    assert signals("WE3", [1.5] * 4) == ()
    assert signals("WE3", [1.5, 1.5, 0, 1.5, 1.5]) == (4,)
    assert signals("WE3", [1.5, 1.5, 1.5, 1.5, 0]) == ()
    assert signals("WE3", [1.5, 1.5, -1.5, -1.5, 1.5, 1.5]) == ()


@pytest.mark.parametrize(("rule", "length"), [("WE4", 8), ("N2", 9)])
def test_a_run_signals_at_its_last_point_and_every_further_one(rule, length):
    assert signals(rule, [0.1] * (length - 1)) == ()
    assert signals(rule, [0.1] * (length + 2)) == (length - 1, length, length + 1)


@pytest.mark.parametrize(("rule", "length"), [("WE4", 8), ("N2", 9)])
def test_a_point_on_the_centre_line_ends_a_run(rule, length):
    assert signals(rule, [0.1] * (length - 1) + [0, 0.1]) == ()
    assert signals(rule, [0.1] * (length - 1) + [5e-10, 0.1]) == ()


def test_six_rising_points_are_five_rises():
    assert signals("N3", [0, 1, 2, 3, 4]) == ()
    assert signals("N3", [0, 1, 2, 3, 4, 5]) == (5,)
    assert signals("N3", [5, 4, 3, 2, 1, 0, -1]) == (5, 6)
    assert signals("N3", [0, 1, 2, 2, 3, 4, 5, 6]) == ()
    assert signals("N3", [0, 1, 2, 2 + 5e-10, 3, 4, 5]) == ()


def test_fourteen_alternating_points_turn_at_each():
    saw = [0.5, -0.5] * 8
    assert signals("N4", saw[:13]) == ()
    assert signals("N4", saw[:15]) == (13, 14)
    assert signals("N4", [*saw[:7], saw[6], *saw[7:]]) == ()


def test_rising_is_read_from_the_points_and_not_from_the_scores():
    points = [1, 2, 3, 4, 5, 6]
    level = [0.5] * 6
    assert find_signals(("N3",), level, points, [1] * 6) == {"N3": (5,)}
    assert find_signals(("N3",), level, points, [1e10] * 6) == {"N3": ()}  # rises below the tolerance


@given(scores, st.sampled_from(sorted(RULES)))
def test_every_rule_is_symmetric(values, rule):
    assert signals(rule, values) == signals(rule, [-value for value in values])


@given(scores, st.sampled_from(sorted(RULES)), st.integers(0, 60))
def test_later_points_do_not_change_earlier_signals(values, rule, cut):
    before = signals(rule, values[:cut])
    assert before == tuple(position for position in signals(rule, values) if position < cut)


@given(scores)
def test_nelsons_rules_contain_those_of_western_electric(values):
    found = find_signals(RULES, values)
    assert found["N1"] == found["WE1"]
    assert found["N5"] == found["WE2"]
    assert found["N6"] == found["WE3"]
    assert set(found["N2"]) <= set(found["WE4"])
    assert not set(found["N7"]) & set(found["N8"])


@given(scores)
def test_windows_are_what_counting_anew_at_each_point_finds(values):
    def beyond(position, window, needed, line):
        if position < window - 1:
            return False
        last = [side_of(value, line) for value in values[position - window + 1 : position + 1]]
        return last[-1] != 0 and last.count(last[-1]) >= needed

    positions = range(len(values))
    assert signals("WE2", values) == tuple(at for at in positions if beyond(at, 3, 2, 2))
    assert signals("WE3", values) == tuple(at for at in positions if beyond(at, 5, 4, 1))
    assert signals("N2", values) == tuple(at for at in positions if beyond(at, 9, 9, 0))


def test_rules_are_told_apart_by_name():
    assert check_rules(("N2", "N1", "N2")) == ("N2", "N1")
    assert check_rules("N1") == ("N1",)
    with pytest.raises(ValueError, match=r"no rule 'N9'; there are WE1, .*N8"):
        check_rules(("N1", "N9"))


def test_scores_that_are_no_numbers_or_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        find_signals(("N1",), [0.0, math.nan])
    with pytest.raises(ValueError, match="lengths differ"):
        find_signals(("N1",), [0.0, 1.0], [0.0])


def test_infinite_scores_are_beyond_every_line():
    assert signals("N1", [0, math.inf, -math.inf]) == (1, 2)


def test_runs_of_any_length_can_be_asked_for():
    assert run_ends([1, 1, -1, -1, -1, 0, 0, 0], 3) == [4]
    assert run_ends([], 7) == []


# --- the runs rule of Anhoej ------------------------------------------------------------------------------------------


def case(name):
    return next(case for case in spc_reference()["cases"] if case["id"] == name)


def test_the_runs_of_the_complaints_are_those_of_qicharts2():
    complaints = case("complaints_u_prime")
    points = [count / size for count, size in zip(complaints["data"], complaints["sizes"], strict=True)]
    found = analyse_runs(points, complaints["expected"]["center"])
    expected = complaints["expected"]
    assert found.longest_run == expected["longest_run"]
    assert found.longest_run_limit == expected["longest_run_max"]
    assert found.crossings == expected["n_crossings"]
    assert found.crossings_limit == expected["n_crossings_min"]
    assert found.signal is expected["runs_signal"]


@pytest.mark.parametrize(
    ("useful", "longest", "crossings"),
    # As tabulated with the rule, for example in the documentation of qicharts2.
    [(10, 6, 2), (12, 7, 3), (16, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10), (60, 9, 23), (100, 10, 41)],
)
def test_limits_of_runs_are_those_of_the_published_table(useful, longest, crossings):
    found = analyse_runs([(-1) ** index for index in range(useful)], 0)
    assert (found.useful, found.longest_run_limit, found.crossings_limit) == (useful, longest, crossings)
    assert not found.signal


def test_points_on_the_line_are_passed_over():
    found = analyse_runs([1, 0, 1, 0, 1, -1], 0)
    assert (found.useful, found.longest_run, found.crossings) == (4, 3, 1)


def test_a_shift_is_a_long_run_with_few_crossings():
    found = analyse_runs([1.0, 2, 1, 3, 2, 1, 2, 1, 2, 1, 6, 7, 6, 5, 6, 7, 6, 5, 6, 7])
    assert found.center == 4
    assert found.longest_run == 10 > found.longest_run_limit
    assert found.crossings == 1 < found.crossings_limit
    assert found.signal


def test_a_level_series_has_no_runs():
    found = analyse_runs([5.0] * 12)
    assert (found.useful, found.signal) == (0, False)


@given(st.integers(1, 400))
def test_the_limit_of_crossings_is_the_five_percent_quantile(useful):
    limit = analyse_runs([(-1) ** index for index in range(useful)], 0).crossings_limit
    trials = useful - 1

    def at_most(crossings):
        return Fraction(sum(math.comb(trials, ways) for ways in range(crossings + 1)), 2**trials)

    assert at_most(limit) >= Fraction(1, 20)
    assert limit == 0 or at_most(limit - 1) < Fraction(1, 20)


def test_runs_of_nothing_are_refused():
    with pytest.raises(ValueError, match="no points"):
        analyse_runs([])
    with pytest.raises(ValueError, match="not finite"):
        analyse_runs([1.0, math.nan])
