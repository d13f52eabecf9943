"""What holds for control charts of any data: equivariance, order, exclusions and frozen limits."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qms_reports.statistics.control_charts import KINDS, control_chart
from qms_reports.statistics.rules import RULES

numbers = st.integers(-10_000, 10_000).map(lambda number: number / 16)
series = st.lists(numbers, min_size=3, max_size=40)
groups = st.integers(2, 6).flatmap(
    lambda size: st.lists(st.lists(numbers, min_size=size, max_size=size), min_size=3, max_size=15)
)
samples = st.lists(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=3)


@given(samples, st.randoms())
def test_the_order_of_samples_does_not_change_the_pooled_rate(counted, rng):
    shuffled = rng.sample(counted, len(counted))
    for kind in ("p", "u"):
        chart = control_chart(kind, [x for x, _ in counted], [n for _, n in counted])
        other = control_chart(kind, [x for x, _ in shuffled], [n for _, n in shuffled])
        assert chart.center[0] == other.center[0]
        assert sorted(chart.upper) == sorted(other.upper)


@given(series, st.integers(-1000, 1000))
def test_shifting_the_values_shifts_the_lines(values, shift):
    for kind in ("i", "ewma"):
        chart = control_chart(kind, values)
        moved = control_chart(kind, [value + shift for value in values])
        assert moved.upper == pytest.approx([line + shift for line in chart.upper], abs=1e-8)
        assert moved.lower == pytest.approx([line + shift for line in chart.lower], abs=1e-8)
    assert control_chart("mr", [value + shift for value in values]).upper == control_chart("mr", values).upper


@given(groups, st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_the_values_scales_the_lines_and_keeps_the_signals(values, factor):
    for kind in ("xbar", "r", "s"):
        chart = control_chart(kind, values, rules=RULES)
        scaled = control_chart(kind, [[value * factor for value in group] for group in values], rules=RULES)
        assert scaled.upper == tuple(line * factor for line in chart.upper)
        assert scaled.lower == tuple(line * factor for line in chart.lower)
        assert scaled.signals == chart.signals


@given(series)
def test_turning_the_values_over_turns_the_lines_over(values):
    chart = control_chart("i", values, rules=RULES)
    turned = control_chart("i", [-value for value in values], rules=RULES)
    assert turned.upper == tuple(-line for line in chart.lower)
    assert turned.signals == chart.signals
    assume(chart.baseline.sigma > 0)
    sums, turned_sums = control_chart("cusum", values), control_chart("cusum", [-value for value in values])
    assert turned_sums.points == tuple(-line for line in sums.lower_points)
    assert turned_sums.signals == sums.signals


@given(series, st.data())
def test_excluded_points_do_not_influence_the_limits(values, data):
    position = data.draw(st.integers(0, len(values) - 1))
    replacement = data.draw(numbers)
    assume(len(values) > 3)
    other = [*values[:position], replacement, *values[position + 1 :]]
    for kind in ("i", "mr", "ewma"):
        chart = control_chart(kind, values, exclude=[position])
        changed = control_chart(kind, other, exclude=[position])
        assert (chart.center, chart.lower, chart.upper) == (changed.center, changed.lower, changed.upper)
        assert chart.signals == changed.signals
        assert position not in chart.signalled


@given(st.sampled_from(KINDS), st.integers(0, 2**32))
def test_frozen_limits_do_not_move_when_points_are_added(kind, seed):
    rng = random.Random(seed)  # noqa: S311 - not cryptography
    if kind in {"xbar", "r", "s"}:
        values = [[rng.gauss(10, 1) for _ in range(rng.randint(2, 6))] for _ in range(20)]
    elif kind in {"i", "mr", "t", "ewma", "cusum"}:
        values = [rng.uniform(1, 20) for _ in range(20)]
    else:
        values = [rng.randint(0, 20) for _ in range(20)]
    sizes = [100 if kind == "np" else rng.randint(20, 100) for _ in range(20)]
    sizes = sizes if kind in {"p", "np", "u", "p_prime", "u_prime"} else None
    whole = control_chart(kind, values, sizes, freeze=8, rules=RULES)
    for count in (8, 13, 20):
        part = control_chart(kind, values[:count], sizes and sizes[:count], freeze=8, rules=RULES)
        assert part.baseline == whole.baseline
        for name in ("center", "lower", "upper", "sigma"):
            assert getattr(part, name) == getattr(whole, name)[:count]
        for rule, positions in part.signals.items():
            assert positions == tuple(position for position in whole.signals[rule] if position < count)


@given(samples)
def test_points_signal_exactly_when_they_are_outside_the_lines(counted):
    for kind in ("p", "p_prime", "u", "u_prime"):
        chart = control_chart(kind, [x for x, _ in counted], [n for _, n in counted], rules=("N1",))
        for at, point in enumerate(chart.points):
            near = 1e-7 * chart.sigma[at] + 1e-15
            if at in chart.signals["N1"]:
                assert point > chart.upper[at] - near or point < chart.lower[at] + near
            else:
                assert chart.lower[at] - near <= point <= chart.upper[at] + near


@given(samples)
def test_laneys_chart_is_the_plain_one_stretched(counted):
    values, sizes = [x for x, _ in counted], [n for _, n in counted]
    plain, stretched = control_chart("u", values, sizes), control_chart("u_prime", values, sizes)
    assert stretched.center == plain.center
    assert stretched.sigma == pytest.approx([sigma * stretched.sigma_z for sigma in plain.sigma], rel=1e-12)
