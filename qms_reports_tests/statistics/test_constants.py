"""The constants of control charts, against R and against the integrals that define them, computed here again."""

import math

import pytest

from qms_reports.statistics.constants import deviation_mean, factors, range_deviation, range_mean
from qms_reports_tests.oracles import spc_reference

SIZES = range(2, 26)
NAMES = ("A", "A2", "A3", "B3", "B4", "B5", "B6", "D1", "D2", "D3", "D4", "E2")


def gauss_legendre(order):
    """Nodes and weights on -1 to 1, the roots of the Legendre polynomial by Newton's method."""
    nodes = []
    for index in range(order):
        x = math.cos(math.pi * (index + 0.75) / (order + 0.5))
        for _ in range(20):
            before, value = 1.0, x
            for degree in range(2, order + 1):
                before, value = value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree
            slope = order * (x * value - before) / (x * x - 1)
            x -= value / slope
        nodes.append((x, 2 / ((1 - x * x) * slope * slope)))
    return nodes


@pytest.fixture(scope="module")
def moments():
    """E(W) and E(W**2) of the studentised range for every size, from 1 - F(w) at Gaussian nodes up to w = 14."""
    step, panels, end = 0.1, 14, 14.0
    means = {size: [] for size in SIZES}
    squares = {size: [] for size in SIZES}
    for panel in range(panels):
        for node, weight in gauss_legendre(16):
            w = end * (panel + (node + 1) / 2) / panels
            inside = {size: [] for size in SIZES}
            # The trapezoidal rule is as good as exact for a smooth function that vanishes at both ends.
            for index in range(-round((9 + w) / step), round(9 / step) + 1):
                x = index * step
                between = (math.erfc(-(x + w) / math.sqrt(2)) - math.erfc(-x / math.sqrt(2))) / 2
                if x > 0:
                    between = (math.erfc(x / math.sqrt(2)) - math.erfc((x + w) / math.sqrt(2))) / 2
                power = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
                for size in SIZES:
                    power *= between
                    inside[size].append(power)
            for size in SIZES:
                above = 1 - size * step * math.fsum(inside[size])
                means[size].append(weight * end / panels / 2 * above)
                squares[size].append(weight * end / panels / 2 * 2 * w * above)
    return {size: (math.fsum(means[size]), math.fsum(squares[size])) for size in SIZES}


@pytest.mark.parametrize("size", SIZES)
def test_d2_and_d3_are_the_mean_and_deviation_of_the_studentised_range(moments, size):
    mean, square = moments[size]
    assert range_mean(size) == pytest.approx(mean, rel=0, abs=1e-12)
    assert range_deviation(size) == pytest.approx(math.sqrt(square - mean * mean), rel=0, abs=1e-12)


def test_d2_and_d3_have_closed_forms_for_small_samples():
    assert range_mean(2) == pytest.approx(2 / math.sqrt(math.pi), abs=1e-13)
    assert range_deviation(2) == pytest.approx(math.sqrt(2 - 4 / math.pi), abs=1e-13)
    assert range_mean(3) == pytest.approx(3 / math.sqrt(math.pi), abs=1e-13)


def test_c4_has_closed_forms():
    assert deviation_mean(2) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-15)
    assert deviation_mean(3) == pytest.approx(math.sqrt(math.pi) / 2, rel=1e-15)
    assert deviation_mean(1000) == pytest.approx(1 - 1 / (4 * 1000) - 7 / (32 * 1000**2), rel=1e-9)


@pytest.mark.parametrize("row", spc_reference()["constants"], ids=lambda row: f"n{row['n']}")
def test_every_factor_is_that_of_r(row):
    found = factors(row["n"])
    # The integration of R is good to 7e-8 for large n, as the recomputation above shows.
    for name in ("d2", "d3", "c4", *NAMES):
        assert getattr(found, name) == pytest.approx(row[name], rel=0, abs=3e-7), name


@pytest.mark.parametrize(
    ("size", "printed"),
    [(2, 1.128), (3, 1.693), (4, 2.059), (5, 2.326), (6, 2.534), (7, 2.704), (8, 2.847), (9, 2.970), (10, 3.078)],
)
def test_d2_as_printed_has_the_three_decimals_of_the_books(size, printed):
    assert range_mean(size, exact=False) == printed


def test_no_factor_of_a_lower_limit_is_negative():
    for size in SIZES:
        found = factors(size)
        assert min(found.B3, found.B5, found.D1, found.D3) >= 0
        assert (found.D3 == 0) == (size <= 6)
        assert (found.B3 == 0) == (size <= 5)


@pytest.mark.parametrize("size", [0, 1, 26, -3])
def test_there_is_no_d2_outside_the_table(size):
    for function in (range_mean, range_deviation, factors):
        with pytest.raises(ValueError, match="2 to 25"):
            function(size)


def test_there_is_no_c4_of_one_value():
    with pytest.raises(ValueError, match="at least 2"):
        deviation_mean(1)
