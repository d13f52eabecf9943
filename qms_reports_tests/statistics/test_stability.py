"""The quick count of signals finds what the chart itself finds; the quick indices are those of `capability`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.statistics.capability import capability, capability_indices
from qms_reports.statistics.control_charts import control_chart
from qms_reports.statistics.stability import is_stable, signal_count

VALUES = st.lists(st.integers(-6, 6).map(float), min_size=2, max_size=80).filter(lambda found: len(set(found)) > 1)


@given(VALUES)
def test_as_many_points_signal_as_on_the_chart(values):
    assert signal_count(values) == len(control_chart("i", values).signalled)


@given(VALUES)
def test_the_quick_indices_are_those_of_the_whole_analysis(values):
    whole = capability(values, lower=-10, upper=11)
    for name, index in capability_indices(values, -10, 11).items():
        assert index == getattr(whole, name), name


def test_a_one_sided_specification_has_no_cp():
    found = capability_indices([1.0, 2.0, 4.0, 3.0], None, 5)
    assert found["cp"] is None
    assert found["cpk"] is not None


@pytest.mark.parametrize(
    ("values", "stable"),
    [
        ([0.0, 1.0] * 15, True),
        ([-10.0, 10.0] * 15 + [70.0], False),
        ([-10.0, 10.0] * 25 + [70.0], True),  # one of 51
        ([-10.0, 10.0] * 25 + [80.0, -10.0, 10.0, 80.0], False),  # two of 54
        ([0.0, 1.0] * 20 + [3.0, 4.0] * 20, False),  # a shift: nine on one side, and more
        ([1.0] * 30, False),
    ],
)
def test_few_signals_are_let_pass_and_a_shift_is_not(values, stable):
    assert is_stable(values) is stable
