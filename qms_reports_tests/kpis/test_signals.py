"""Signal or noise: by the control chart of the KPI's kind, else by an interval, else not at all."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports.kpis.signals import is_overdispersed, judge, unit
from qms_reports.statistics.baselines import Baseline
from qms_reports.statistics.control_charts import control_chart
from qms_reports_tests.kpis.lines import kpi, line, row

STEADY = [20, 22, 19, 21, 18, 23, 20, 19, 22, 21, 20, 18]
"""Poisson counts of mean 20.25: a c chart's limits are 20.25 -+ 13.5."""
WILD = [5, 40, 8, 33, 60, 2, 25, 50, 7, 44, 12, 30]


def found(declared, numerators, denominators=None, **options):
    judged = judge(declared, line(declared, numerators, denominators, **options))
    return judged.signal, judged.basis


def test_a_count_is_judged_by_a_c_chart_of_the_periods_before():
    counts = kpi()
    assert found(counts, [*STEADY, 33]) == ("noise", "within c limits, 12 months")
    assert found(counts, [*STEADY, 34]) == ("signal", "N1 on c, 12 months")
    assert found(counts, [*STEADY, 7]) == ("noise", "within c limits, 12 months")
    assert found(counts, [*STEADY, 6]) == ("signal", "N1 on c, 12 months")


def test_the_reported_point_is_not_among_those_that_make_the_limits():
    # With 60 among them the mean would be 23.3 and its moving range would widen the limits.
    declared = kpi(control_chart="i")
    values = [20, 20, 21, 20, 19, 20, 21, 20, 19, 20, 20, 21, 25]
    assert found(declared, values) == ("signal", "N1 on I, 12 months")
    assert 12 not in control_chart("i", [*values[:-1], 25], rules=("N2",)).signalled


def test_nine_on_one_side_are_a_signal_within_the_limits():
    counts = kpi(control_chart="c")
    assert found(counts, [10, 11, 9, 10, 18, 17, 16, 17, 18, 16, 17, 16, 17]) == ("signal", "N2 on c, 12 months")


def test_overdispersed_counts_are_judged_by_an_individuals_chart_that_says_so():
    assert is_overdispersed(WILD)
    assert not is_overdispersed(STEADY)
    assert not is_overdispersed([0] * 12)
    # Index of dispersion of (10, 20, 30): 200 / 20 = 10, chi-square with 2 degrees of freedom: exp(-5) = 0.0067.
    assert is_overdispersed([10, 20, 30])
    assert not is_overdispersed([10, 20, 29])  # 181 / 19.67 = 9.19; exp(-4.6) = 0.0101
    assert found(kpi(), [*WILD, 62]) == ("noise", "within I limits, overdispersed, 12 months")
    assert found(kpi(control_chart="c"), [*WILD, 62])[0] == "signal"


def test_overdispersed_proportions_of_many_records_are_no_signal_as_they_would_be_on_a_p_chart():
    shares = [0.30, 0.42, 0.27, 0.45, 0.33, 0.25, 0.41, 0.36, 0.28, 0.44, 0.31, 0.39]
    numerators = [round(share * 2000) for share in (*shares, 0.45)]
    assert found(kpi("proportion", control_chart="p"), numerators, 2000) == ("signal", "N1 on p, 12 months")
    assert found(kpi("proportion"), numerators, 2000) == ("noise", "within p\N{PRIME} limits, 12 months")
    assert found(kpi("proportion"), [*numerators[:-1], 1900], 2000) == ("signal", "N1 on p\N{PRIME}, 12 months")


def test_rates_are_judged_on_their_exposure():
    rate = kpi("rate", per=1e6)
    events = [20, 25, 18, 22, 21, 19, 24, 23, 20, 22, 21, 19]
    assert found(rate, [*events, 40], [*[1000] * 12, 2000]) == ("noise", "within u\N{PRIME} limits, 12 months")
    assert found(rate, [*events, 60], [*[1000] * 12, 1000]) == ("signal", "N1 on u\N{PRIME}, 12 months")


def test_levels_and_statistics_are_judged_by_an_individuals_chart():
    values = [100, 103, 99, 101, 98, 102, 100, 101, 99, 103, 100, 98]
    for declared in (kpi("level", date="as_of"), kpi("statistic", numerator="median(x)")):
        assert found(declared, [*values, 120]) == ("signal", "N1 on I, 12 months")
        assert found(declared, [*values, 104]) == ("noise", "within I limits, 12 months")


def test_with_too_few_periods_the_interval_of_the_change_decides():
    share = kpi("proportion", per=100)
    assert found(share, [900, 700], 1000) == ("signal", "difference 95\N{NO-BREAK SPACE}% CI excludes 0")
    assert found(share, [9, 7], 10) == ("noise", "difference 95\N{NO-BREAK SPACE}% CI includes 0")
    rate = kpi("rate")
    assert found(rate, [10, 40], 1000) == ("signal", "ratio 95\N{NO-BREAK SPACE}% CI excludes 1")
    assert found(kpi(), [10, 14]) == ("noise", "ratio 95\N{NO-BREAK SPACE}% CI includes 1")
    assert found(kpi(), [0, 0]) == ("noise", "0 in both periods")


def test_of_rare_events_one_is_no_signal_although_it_lies_beyond_three_sigma():
    rare = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert 12 in control_chart("c", [*rare, 2], freeze=12).signalled
    assert found(kpi(), [*rare, 2]) == ("noise", "ratio 95\N{NO-BREAK SPACE}% CI includes 1")
    assert found(kpi(), [0] * 12 + [1]) == ("noise", "ratio 95\N{NO-BREAK SPACE}% CI includes 1")
    share = kpi("proportion")
    assert found(share, [65] * 12 + [64], 65) == ("noise", "difference 95\N{NO-BREAK SPACE}% CI includes 0")


def test_what_stands_in_both_periods_is_not_compared_by_an_interval():
    as_of = kpi("proportion", date="as_of")
    assert found(as_of, [900, 700], 1000) == ("unknown", "too few periods before (1)")
    assert found(kpi("level", date="as_of"), [900, 700]) == ("unknown", "too few periods before (1)")
    assert found(kpi(rolling=3), [*STEADY, 90]) == ("unknown", "windows overlap")


def test_a_period_without_a_final_figure_is_not_judged_nor_judges():
    for state, basis in (("partial", "period not complete"), ("immature", "period not mature"), ("no data", "no data")):
        assert found(kpi(), [*STEADY, 90], states=[*["ok"] * 12, state]) == ("unknown", basis)
    share = kpi("proportion")
    assert found(share, [*[10] * 12, None], 20) == ("unknown", "no value")
    # An incomplete 0 among the periods before neither counts as a point nor drags the mean.
    states = ["ok"] * 11 + ["partial", "ok"]
    assert found(kpi(), [*STEADY[:11], 0, 33], states=states) == ("noise", "within c limits, 11 months")
    few = ["partial", "partial", *["ok"] * 11]
    assert found(kpi(date="as_of", kind="level"), [*STEADY, 33], states=few) == (
        "unknown", "too few periods before (10)",
    )  # fmt: skip


def test_a_kpi_may_declare_another_chart_or_none():
    assert found(kpi(control_chart="none"), [*STEADY, 60]) == (
        "signal", "ratio 95\N{NO-BREAK SPACE}% CI excludes 1",
    )  # fmt: skip
    level = kpi("level", date="as_of", control_chart="none")
    assert found(level, [*STEADY, 60]) == ("unknown", "no control chart declared")
    assert found(kpi("level", date="as_of"), [*[7] * 12, 9]) == ("unknown", "no variation in 12 months")
    # What cannot stand on a chart of counts stands on one of values.
    amounts = [value + 0.5 for value in STEADY]
    assert found(kpi("ratio"), [*amounts, 60.5], 1)[1] == "N1 on I, 12 months"
    assert found(kpi(control_chart="t"), [0, *STEADY[1:], 21])[1] == "within I limits, 12 months"


def test_a_frozen_baseline_is_what_the_figure_is_judged_by():
    base = Baseline("c", 10.0)
    counts = kpi()
    rows = line(counts, [*STEADY, 20])
    judged = judge(counts, rows, base)
    assert (judged.signal, judged.basis) == ("signal", "N1 and N2 on c, frozen limits")
    assert judge(counts, rows[-1:], base).basis == "N1 on c, frozen limits"
    share = kpi("proportion")
    frozen = Baseline("p_prime", 0.5, sigma_z=1.0)
    assert judge(share, line(share, [55], 100), frozen).signal == "noise"
    assert judge(share, line(share, [70], 100), frozen).signal == "signal"
    # Windows that overlap lie on one side for as long as they do: only the limits are applied.
    overlapping = kpi(rolling=3)
    assert judge(overlapping, line(overlapping, [12] * 13), base).signal == "noise"


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("2024-05", "months"),
        ("2024-Q2", "quarters"),
        ("2024", "years"),
        ("FY2024", "years"),
        ("2024-W05", "weeks"),
        ("FY2024-FQ2", "quarters"),
        ("FY2024-P05", "fiscal months"),
    ],
)
def test_the_windows_are_named_after_the_period(period, name):
    assert unit(period) == name


@hypothesis.given(st.lists(st.integers(0, 60), min_size=1, max_size=13), st.randoms(use_true_random=False),
                  st.sampled_from(["count", "proportion", "rate", "level"]))  # fmt: skip
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_the_judgement_does_not_depend_on_the_order_of_the_rows_and_holds_for_any_counts(numbers, random, kind):
    declared = kpi(kind)
    rows = line(declared, numbers, 60 if declared.has_denominator else None)
    judged = judge(declared, rows)
    shuffled = [*rows, row(declared, 3, 60 if declared.has_denominator else None, ago=-1)]
    random.shuffle(shuffled)
    assert judge(declared, shuffled) == judged
    assert judged.basis
