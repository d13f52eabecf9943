"""Pareto analysis: order, cumulative shares of all records, and two periods side by side."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.pareto import OTHER, compare_periods, pareto, vital_few
from qms_reports_tests.oracles import spc_reference

names = st.sampled_from([*"abcdefgh", OTHER, "(not stated)"])
counted = st.dictionaries(names, st.integers(0, 50))
amounts = st.dictionaries(names, st.floats(0, 1e6))


def test_the_example_of_qcc_gives_the_same_order_and_shares():
    case = next(case for case in spc_reference()["cases"] if case["id"] == "qcc_pareto_example")
    bars = pareto(case["data"])
    assert [(bar.name, bar.count, bar.cumulative) for bar in bars] == [
        (row["category"], row["count"], row["cum"]) for row in case["expected"]
    ]
    for bar, row in zip(bars, case["expected"], strict=True):
        assert (100 * bar.share, 100 * bar.cumulative_share) == pytest.approx((row["pct"], row["cum_pct"]), rel=1e-12)


def test_ties_stand_in_the_order_of_their_names():
    assert [bar.name for bar in pareto({"b": 2, "a": 2, "B": 2, "c": 3})] == ["c", "B", "a", "b"]


def test_other_stands_last_even_if_it_is_the_largest():
    bars = pareto({"a": 1, OTHER: 90, "b": 9})
    assert [bar.name for bar in bars] == ["b", "a", OTHER]
    assert [bar.cumulative_share for bar in bars] == [0.09, 0.1, 1.0]


def test_the_top_categories_leave_the_rest_in_other_with_shares_of_all_records():
    bars = pareto({"a": 40, "b": 30, "c": 20, "d": 6, OTHER: 4}, top=2)
    assert [(bar.name, bar.count, bar.categories) for bar in bars] == [("a", 40, 1), ("b", 30, 1), (OTHER, 30, 3)]
    assert [bar.cumulative_share for bar in bars] == [0.4, 0.7, 1.0]


def test_other_can_be_named_in_another_language():
    bars = pareto({"a": 2, "Sonstige": 9, "b": 1}, top=1, other="Sonstige")
    assert [(bar.name, bar.count) for bar in bars] == [("a", 2), ("Sonstige", 10)]


def test_weights_decide_the_order_and_the_shares_but_not_the_counts():
    bars = pareto({"minor": 90, "critical": 10}, weights={"critical": 27})
    assert [(bar.name, bar.count, bar.value, bar.share) for bar in bars] == [
        ("critical", 10, 270, 0.75),
        ("minor", 90, 90, 0.25),
    ]


def test_no_records_have_no_shares():
    assert pareto({}) == ()
    assert [(bar.share, bar.cumulative_share) for bar in pareto({"a": 0})] == [(None, None)]


def test_a_given_order_is_kept():
    bars = pareto({"a": 1, "b": 5, "c": 3}, order=["c", "z", "a"])
    assert [(bar.name, bar.count) for bar in bars] == [("c", 3), ("z", 0), ("a", 1), ("b", 5)]


def test_two_periods_stand_in_the_order_of_the_present_one():
    rows = compare_periods({"label": 6, "seal": 3, "dose": 1}, {"seal": 12, "gone": 6, "label": 2})
    assert [(row.name, row.count, row.earlier_count, row.change) for row in rows] == [
        ("label", 6, 2, 4),
        ("seal", 3, 12, -9),
        ("dose", 1, 0, 1),
        ("gone", 0, 6, -6),
    ]
    assert rows[0].change_of_share == pytest.approx(0.6 - 0.1)


def test_two_periods_fold_the_same_categories():
    rows = compare_periods({"a": 5, "b": 4, "c": 1}, {"c": 10, "b": 2, OTHER: 1, "old": 3}, top=2)
    assert [(row.name, row.count, row.earlier_count) for row in rows] == [("a", 5, 0), ("b", 4, 2), (OTHER, 1, 14)]


def test_a_period_without_records_has_no_share_to_change():
    row = compare_periods({"a": 5}, {})[0]
    assert (row.share, row.earlier_share, row.change_of_share, row.change) == (1.0, None, None, 5)


def test_the_vital_few_are_the_fewest_that_reach_the_share():
    bars = pareto({"contact": 94, "price": 80, "supplier": 66, "part": 33, "date": 27})
    assert vital_few(bars) == ("contact", "price", "supplier")
    assert vital_few(bars, 0.3) == ("contact",)
    assert vital_few(pareto({"a": 1, OTHER: 99, "b": 0})) == ("a",)


@given(st.one_of(counted, amounts), st.one_of(st.none(), st.integers(1, 6)))
def test_every_record_is_in_exactly_one_bar_and_the_last_share_is_one(counts, top):
    bars = pareto(counts, top=top)
    assert math.fsum(bar.count for bar in bars) == pytest.approx(math.fsum(counts.values()), rel=1e-12)
    assert sum(bar.categories for bar in bars) == len(counts)
    shown = [bar for bar in bars if bar.name != OTHER]
    assert [(-bar.value, bar.name) for bar in shown] == sorted((-bar.value, bar.name) for bar in shown)
    assert OTHER not in [bar.name for bar in bars[:-1]]
    if bars and bars[-1].cumulative_share is not None:
        assert bars[-1].cumulative_share == 1
        shares = [bar.cumulative_share for bar in bars]
        assert shares == sorted(shares)


@given(counted, st.randoms(use_true_random=False))
def test_the_order_in_which_categories_are_counted_does_not_matter(counts, random):
    shuffled = dict(random.sample(list(counts.items()), len(counts)))
    assert pareto(shuffled, top=3) == pareto(counts, top=3)


@given(counted, counted, st.one_of(st.none(), st.integers(1, 6)))
def test_both_periods_add_up_to_all_their_records(counts, earlier, top):
    rows = compare_periods(counts, earlier, top=top)
    assert sum(row.count for row in rows) == sum(counts.values())
    assert sum(row.earlier_count for row in rows) == sum(earlier.values())
    assert all(row.change == row.count - row.earlier_count for row in rows)
    # The bars of the present period, and after them only what it does not have.
    present = [(bar.name, bar.count) for bar in pareto(counts, top=top) if bar.name != OTHER and bar.count]
    assert [(row.name, row.count) for row in rows if row.name != OTHER and row.count] == present


def test_impossible_arguments_are_refused():
    for arguments, message in [
        ({"counts": {"a": -1}}, "count of 'a'"),
        ({"counts": {"a": math.inf}}, "count of 'a'"),
        ({"counts": {"a": 1}, "weights": {"a": -2}}, "weight of 'a'"),
        ({"counts": {"a": 1}, "top": 0}, "top"),
        ({"counts": {"a": 1}, "order": ["a", "a"]}, "twice"),
    ]:
        counts = arguments.pop("counts")
        with pytest.raises(ValueError, match=message):
            pareto(counts, **arguments)
    with pytest.raises(ValueError, match="share"):
        vital_few((), 0)
