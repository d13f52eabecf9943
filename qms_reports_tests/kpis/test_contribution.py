"""What members contribute to the change of a total: always the change, to the last digit."""

from __future__ import annotations

from fractions import Fraction

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.contribution import decompose
from qms_reports_tests.kpis.lines import kpi, row


def side(declared, members, *, ago, total=None):
    """The total and the members of a period, from member to (numerator, denominator)."""
    counted = total or tuple(sum(pair[place] for pair in members.values()) for place in (0, 1))
    rows = [row(declared, *pair, ago=ago, member=name) for name, pair in members.items()]
    return row(declared, *counted, ago=ago), rows


def counts(declared, before, now):
    wrapped = [{name: (number, None) for name, number in members.items()} for members in (before, now)]
    totals = [(sum(members.values()), None) for members in (before, now)]
    return decompose(
        declared,
        "site",
        side(declared, wrapped[0], ago=1, total=totals[0]),
        side(declared, wrapped[1], ago=0, total=totals[1]),
    )


def shares(declared, before, now):
    return decompose(declared, "site", side(declared, before, ago=1), side(declared, now, ago=0))


def test_the_change_of_a_count_is_the_sum_of_its_members_changes():
    found = counts(kpi(), {"A": 10, "B": 5, NOT_STATED: 2}, {"A": 7, "C": 4, NOT_STATED: 3})
    assert found.change == -3
    assert [(part.member, part.prior, part.value, part.change) for part in found.parts] == [
        ("B", 5, None, -5), ("C", None, 4, 4), ("A", 10, 7, -3), (NOT_STATED, 2, 3, 1),
    ]  # fmt: skip
    assert not found.by_mix


def test_a_proportion_changes_by_its_members_rates_and_by_their_mix():
    # Before: A 90 of 100, B 20 of 100, together 55 %. Now: A 45 of 50, B 45 of 150, together 45 %.
    declared = kpi("proportion", per=100)
    found = shares(declared, {"A": (90, 100), "B": (20, 100)}, {"A": (45, 50), "B": (45, 150)})
    assert found.change == -10
    parts = {part.member: part for part in found.parts}
    # A stayed at 90 %; its share fell from 1/2 to 1/4: -1/4 * (90 - 50). B rose from 20 to 30 %, weight 5/8 on average.
    assert (parts["A"].rate_effect, parts["A"].mix_effect) == (0, -10)
    assert (parts["B"].rate_effect, parts["B"].mix_effect) == (Fraction(25, 4), Fraction(-25, 4))
    assert found.by_mix


def test_a_total_may_fall_while_every_member_rises():
    declared = kpi("proportion", per=100)
    found = shares(declared, {"A": (95, 100), "B": (10, 20)}, {"A": (48, 50), "B": (102, 200)})
    assert found.change < 0
    assert all(part.rate_effect > 0 for part in found.parts)
    assert sum(part.mix_effect for part in found.parts) < 0


def test_a_member_that_comes_or_goes_is_all_mix():
    found = shares(kpi("proportion"), {"A": (5, 10)}, {"A": (5, 10), "B": (10, 10)})
    assert {part.member: part.rate_effect for part in found.parts} == {"A": 0, "B": 0}
    assert found.change == Fraction(1, 4)
    (b,) = [part for part in found.parts if part.member == "B"]
    assert (b.prior, b.value, b.mix_effect) == (None, 1.0, Fraction(1, 2) * (1 - Fraction(5, 8)))


def test_an_exposure_that_is_not_broken_down_is_every_members_denominator():
    declared = kpi("rate", per=1000)
    before = side(declared, {"A": (4, 2000), "B": (2, 2000)}, ago=1, total=(6, 2000))
    now = side(declared, {"A": (9, 3000), "B": (3, 3000)}, ago=0, total=(12, 3000))
    found = decompose(declared, "site", before, now)
    assert found.change == 1
    assert {part.member: part.change for part in found.parts} == {"A": 1, "B": 0}


def test_what_has_no_parts_says_why():
    statistic = kpi("statistic", numerator="median(x)")
    nothing = decompose(statistic, "site", (None, []), (None, []))
    assert (nothing.change, nothing.parts) == (None, ())
    assert nothing.why_not.startswith("A statistic of the whole")
    declared = kpi()
    late = side(declared, {"A": (1, None)}, ago=0, total=(1, None))
    assert decompose(declared, "site", (None, []), late).why_not == "One of the two periods has no value."
    # A record that belongs to two members: 3 + 3 are not 5.
    twice = side(declared, {"A": (3, None), "B": (3, None)}, ago=0, total=(5, None))
    before = side(declared, {"A": (1, None)}, ago=1, total=(1, None))
    assert decompose(declared, "site", before, twice).why_not.startswith("The members do not add up")
    ratio = kpi("ratio")
    refused = shares(ratio, {"A": (5, -10)}, {"A": (5, 10)})
    assert refused.why_not == "A denominator is not above 0."


NAMES = st.sampled_from(["A", "B", "C", "D", NOT_STATED])
COUNTS = st.dictionaries(NAMES, st.integers(0, 500))
PAIRS = st.dictionaries(
    NAMES,
    st.integers(0, 200).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))),
    min_size=1,
).filter(lambda members: any(pair[1] for pair in members.values()))
AMOUNTS = st.dictionaries(
    NAMES, st.tuples(st.decimals(-1000, 1000, places=2), st.decimals("0.01", 1000, places=2)), min_size=1
)


@hypothesis.given(COUNTS, COUNTS)
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_contributions_to_a_count_add_up_to_its_change_exactly(before, now):
    hypothesis.assume(before or now)
    found = counts(kpi("level"), before, now)
    assert found.change == sum(now.values()) - sum(before.values())
    assert sum(part.change for part in found.parts) == found.change
    assert {part.member for part in found.parts} == {*before, *now}


@hypothesis.given(PAIRS, PAIRS, st.sampled_from([1, 100, 1e6]))
@hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_rate_and_mix_effects_add_up_to_the_change_of_a_proportion_exactly(before, now, per):
    found = shares(kpi("proportion", per=per), before, now)
    (n0, d0), (n1, d1) = ([sum(p[k] for p in members.values()) for k in (0, 1)] for members in (before, now))
    assert found.change == (Fraction(n1, d1) - Fraction(n0, d0)) * int(per)
    assert sum(part.rate_effect + part.mix_effect for part in found.parts) == found.change
    reversed_ = shares(kpi("proportion", per=per), dict(reversed(before.items())), dict(reversed(now.items())))
    assert reversed_ == found


@hypothesis.given(AMOUNTS, AMOUNTS)
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_contributions_to_a_ratio_of_amounts_add_up_to_its_change(before, now):
    as_floats = [{name: tuple(map(float, pair)) for name, pair in members.items()} for members in (before, now)]
    found = shares(kpi("ratio"), *as_floats)
    exact = [
        Fraction(sum(p[0] for p in members.values())) / Fraction(sum(p[1] for p in members.values()))
        for members in (before, now)
    ]
    assert found.change == exact[1] - exact[0]
    assert float(found.change) == pytest.approx(float(sum(part.change for part in found.parts)))
