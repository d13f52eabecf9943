"""Direction with a tolerance, improvement, and what the reported row of a line says about the others."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports.kpis.trend import describe, direction, improved
from qms_reports_tests.kpis.lines import kpi, line


@pytest.mark.parametrize(
    ("value", "earlier", "found"),
    [
        (105.0, 100.0, "flat"),  # exactly 5 %
        (105.01, 100.0, "up"),
        (95.0, 100.0, "flat"),
        (94.99, 100.0, "down"),
        (1.05, 1.0, "flat"),  # 1.05 - 1.0 is 0.050000000000000044 in binary
        (0.95, 1.0, "flat"),
        (-105.0, -100.0, "flat"),
        (-106.0, -100.0, "down"),
        (0.0, 0.0, "flat"),
        (1.0, 0.0, "up"),  # 5 % of nothing is nothing
        (-1.0, 0.0, "down"),
        (0.0, 100.0, "down"),
        (None, 100.0, "none"),
        (100.0, None, "none"),
    ],
)
def test_a_change_of_five_percent_of_the_earlier_value_is_still_flat(value, earlier, found):
    assert direction(kpi(decimals=3), value, earlier) == found


def test_the_tolerance_is_declared_and_relative_for_percentages_too():
    share = kpi("proportion", per=100, unit="%", decimals=1, trend_tolerance=10)
    assert direction(share, 44.0, 40.0) == "flat"  # 10 % of 40 % are 4 points
    assert direction(share, 44.1, 40.0) == "up"
    exact = kpi(decimals=1, trend_tolerance=0)
    assert direction(exact, 95.1, 95.0) == "up"
    assert direction(exact, 95.04, 95.0) == "flat"  # printed the same


@hypothesis.given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
@hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_there_and_back_never_have_the_same_direction(value, earlier):
    there, back = direction(kpi(), value, earlier), direction(kpi(), earlier, value)
    assert (there, back) not in (("up", "up"), ("down", "down"))
    assert there in ("up", "down", "flat")


def test_a_change_is_for_the_better_as_the_kpi_declares():
    assert improved(kpi(direction="up"), 110.0, 100.0) is True
    assert improved(kpi(direction="down"), 110.0, 100.0) is False
    assert improved(kpi(direction="down"), 104.0, 100.0) is None
    assert improved(kpi(), 110.0, 100.0) is None
    near = kpi(direction="target", target=100.0, tolerance=1.0)
    assert improved(near, 105.0, 80.0) is True
    assert improved(near, 80.0, 105.0) is False
    assert improved(near, 110.0, 90.0) is None


def test_the_reported_row_knows_the_period_before_and_the_same_period_last_year():
    counts = kpi()
    rows = line(counts, [50, 20, 21, 19, 20, 22, 18, 20, 21, 19, 20, 22, 30])
    found = describe(counts, rows, "2023-05")
    assert (found.period, found.value, found.prior, found.last_year) == ("2024-05", 30, 22, 50)
    assert (found.trend, found.trend_last_year) == ("up", "down")
    assert describe(counts, rows[::-1], "2023-05") == found
    lone = describe(counts, rows[-1:], "2023-05")
    assert (lone.prior, lone.last_year, lone.trend, lone.trend_last_year) == (None, None, "none", "none")
    with pytest.raises(ValueError, match="no reported row"):
        describe(counts, rows[:-1], "2023-05")
