"""Control charts against R's qcc and qicharts2, Montgomery and NIST; baselines, phases, exclusions; the edges."""

import json
import math
import pickle
import random
from dataclasses import asdict
from itertools import pairwise

import pytest

from qms_reports.statistics.baselines import Baseline
from qms_reports.statistics.constants import factors
from qms_reports.statistics.control_charts import KINDS, control_chart
from qms_reports.statistics.rules import RULES, run_ends, side_of
from qms_reports_tests.oracles import spc_reference

CASES = {case["id"]: case for case in spc_reference()["cases"]}
KIND = {"R": "r", "S": "s", "I": "i"}
RULES_OF_R = {"WER1": "WE1", "WER2": "WE2", "WER3": "WE3", "WER4": "WE4"}
RULES_OF_R |= {f"NEL{number}": f"N{number}" for number in (2, 3, 4, 7, 8)}
RINGS = CASES["pistonrings_xbar_R"]["data"]


def charted(case, **options):
    """The chart of a case's own data."""
    source = CASES[case.get("data_ref", case["id"])]
    return control_chart(
        KIND.get(case["chart"], case["chart"]),
        source["data"],
        case.get("sizes", source.get("sizes")),
        rules=RULES_OF_R.values(),
        screened=case.get("screened_mr", False),
        **options,
    )


def charted_on(case, **options):
    """The chart of the data and the later data, judged by limits frozen on the first."""
    source = CASES[case.get("data_ref", case["id"])]
    data = source["data"] + source["phase2_data"]
    kind = KIND.get(case["chart"], case["chart"])
    frozen = len(source["data"])
    return control_chart(kind, data, source.get("sizes"), freeze=frozen, rules=RULES_OF_R.values(), **options)


def assert_lines(chart, expected, rel=1e-9):
    count = len(chart.points)
    for line, name in ((chart.center, "center"), (chart.lower, "lcl"), (chart.upper, "ucl")):
        wanted = expected[name] if isinstance(expected[name], list) else [expected[name]] * count
        assert line == pytest.approx(wanted, rel=rel, abs=1e-12), name


def assert_signals(chart, expected):
    for name, rule in RULES_OF_R.items():
        assert [position + 1 for position in chart.signals[rule]] == expected[name], name


def assert_beyond(chart, expected):
    assert [position + 1 for position in chart.signals["WE1"]] == expected["beyond_limits"]


def runs_of_seven(chart, kept=None):
    positions = range(len(chart.points)) if kept is None else kept
    sides = [side_of((chart.points[at] - chart.center[at]) / chart.sigma[at]) for at in positions]
    return [position + 1 for position in run_ends(sides, 7)]


# --- reference results ------------------------------------------------------------------------------------------------

SHEWHART = [
    "pistonrings_xbar_R",
    "pistonrings_R",
    "pistonrings_S",
    "viscosity_I",
    "orangejuice_p",
    "orangejuice_np",
    "circuit_c",
    "circuit_u",
    "pcmanufact_u",
]


@pytest.mark.parametrize("name", SHEWHART)
def test_charts_are_those_of_qcc(name):
    case = CASES[name]
    chart = charted(case)
    expected = case["expected"]
    # The d3 of qcc's R chart is good to 1e-5.
    assert_lines(chart, expected, rel=1e-5 if name == "pistonrings_R" else 1e-9)
    assert chart.points == pytest.approx(expected["statistics"], rel=1e-11)
    assert_beyond(chart, expected)
    assert runs_of_seven(chart) == expected["violating_runs_7"]
    if "expected_qcc3" in case:
        assert_lines(chart, case["expected_qcc3"], rel=1e-5 if name == "pistonrings_R" else 1e-9)
        assert_signals(chart, case["expected_qcc3"]["signals"])


@pytest.mark.parametrize("name", ["pistonrings_xbar_R", "pistonrings_R", "pistonrings_S", "viscosity_I"])
def test_sigma_is_that_of_qcc(name):
    assert charted(CASES[name]).baseline.sigma == pytest.approx(CASES[name]["expected"]["std_dev"], rel=1e-10)


@pytest.mark.parametrize("name", [*SHEWHART, "complaints_u_prime"])
def test_with_exact_d2_limits_differ_by_less_than_one_in_two_thousand_of_their_width(name):
    printed, exact = charted(CASES[name]), charted(CASES[name], d2="exact")
    for at in range(len(printed.points)):
        width = printed.upper[at] - printed.center[at]
        assert exact.upper[at] - exact.center[at] == pytest.approx(width, rel=5e-4)
        assert exact.sigma[at] == pytest.approx(printed.sigma[at], rel=5e-4)
    assert exact.signals == printed.signals


@pytest.mark.parametrize("name", ["pistonrings_xbar_R", "viscosity_I", "orangejuice_p", "circuit_c", "pcmanufact_u"])
def test_charts_are_as_printed_in_the_book(name):
    printed = CASES[name]["published_rounded"]
    chart = charted(CASES[name])
    assert chart.center[0] == pytest.approx(printed["center"], rel=3e-4)
    if "ucl" in printed:
        assert chart.upper[0] == pytest.approx(printed["ucl"], abs=0.011)  # the book rounds before it multiplies
        assert chart.lower[0] == pytest.approx(printed["lcl"], abs=0.011)
    if "beyond" in printed:
        assert [position + 1 for position in chart.signals["WE1"]] == printed["beyond"]


def test_means_after_the_baseline_are_judged_by_frozen_limits():
    case = CASES["pistonrings_xbar_phase2"]
    chart = charted_on(case)
    expected = case["expected"]
    assert_lines(chart, expected)
    assert chart.points[25:] == pytest.approx(expected["phase2_statistics"], rel=1e-12)
    assert chart.baseline.sigma == pytest.approx(expected["std_dev"], rel=1e-10)
    assert chart.baseline.positions == tuple(range(25))
    assert_beyond(chart, expected)
    assert runs_of_seven(chart) == expected["violating_runs_7"]
    assert_lines(chart, case["expected_qcc3"])
    assert_signals(chart, case["expected_qcc3"]["signals"])


@pytest.mark.parametrize("name", ["viscosity_I", "orangejuice_p"])
def test_later_points_are_judged_by_frozen_limits(name):
    chart = charted_on(CASES[name])
    assert_lines(chart, CASES[name]["expected_phase2"])
    assert_signals(chart, CASES[name]["expected_phase2"]["signals"])


def test_moving_ranges_are_screened_only_when_asked():
    case = CASES["viscosity_I"]
    assert_lines(charted(case), case["expected_qicharts2_unscreened"])
    assert_beyond(charted(case), case["expected_qicharts2_unscreened"])
    screened = control_chart("i", case["data"], screened=True, rules=("WE1",))
    assert_lines(screened, case["expected_qicharts2_screened_mr"])
    assert_beyond(screened, case["expected_qicharts2_screened_mr"])


def test_excluded_samples_are_left_out_of_limits_and_passed_over_by_rules():
    case = CASES["orangejuice_p_excl_15_23"]
    left_out = {number - 1: "different batch of cardboard" for number in case["exclude"]}
    chart = charted_on(case, exclude=left_out)
    kept = [position for position in range(54) if position not in left_out]
    expected = case["expected"]
    for line, name in ((chart.center, "center"), (chart.lower, "lcl"), (chart.upper, "ucl")):
        wanted = expected[name] if isinstance(expected[name], list) else [expected[name]] * 52
        assert [line[position] for position in kept] == pytest.approx(wanted, rel=1e-9)
    assert [kept.index(position) + 1 for position in chart.signals["WE1"]] == expected["beyond_limits"]
    assert runs_of_seven(chart, kept) == expected["violating_runs_7"]
    assert chart.excluded == left_out
    assert set(left_out).isdisjoint(chart.baseline.positions)


@pytest.mark.parametrize("name", ["complaints_u_prime", "complaints_u_prime_screened_mr"])
def test_laneys_chart_is_that_of_qicharts2(name):
    case = CASES[name]
    chart = charted(case)
    assert_lines(chart, case["expected"])
    assert_beyond(chart, case["expected"])
    assert chart.points == pytest.approx(case["expected"]["statistics"], rel=1e-12)
    assert chart.sigma_z == pytest.approx(case["expected"]["sigma_z"], rel=1e-12)
    plain = control_chart("u", case["data"], case["sizes"], rules=("WE1",))
    assert_lines(plain, case["expected_plain"])
    assert_beyond(plain, case["expected_plain"])
    assert plain.sigma_z is None


def test_the_cusum_of_montgomerys_table_signals_at_29_and_30():
    case = CASES["montgomery_9_1_cusum"]
    chart = control_chart("cusum", case["data"], target=10, sigma=1)
    assert chart.points == pytest.approx(case["expected"]["pos"], abs=1e-12)
    assert chart.lower_points == pytest.approx(case["expected"]["neg"], abs=1e-12)
    assert [position + 1 for position in chart.signals["N1"]] == case["expected"]["violations_upper"]
    assert case["expected"]["violations_lower"] == []
    assert (chart.upper[0], chart.lower[0], chart.center[0]) == (5, -5, 0)


def test_the_ewma_of_the_handbook_has_its_asymptotic_limits():
    case = CASES["nist_ewma"]
    chart = control_chart("ewma", case["data"], target=50, sigma=2.0539, ewma_lambda=0.3, exact_limits=False)
    assert (50.0, *chart.points) == pytest.approx(case["expected"]["z"], rel=1e-11)
    assert chart.upper == pytest.approx([case["expected"]["ucl"]] * 20, rel=1e-12)
    assert chart.lower == pytest.approx([case["expected"]["lcl"]] * 20, rel=1e-12)
    assert chart.signals == {"N1": ()}


def test_wafer_3_lies_on_the_limit_and_is_not_beyond():
    case = CASES["nist_wafer_c"]
    chart = charted(case)
    assert_lines(chart, case["expected"])
    assert chart.points[2] == chart.upper[2]
    assert_beyond(chart, case["expected"])


def test_sigma_within_is_that_of_the_capability_study():
    expected = CASES["pistonrings_capability"]["expected"][0]
    base = charted(CASES["pistonrings_xbar_R"]).baseline
    assert base.sigma == pytest.approx(expected["sd_within"], rel=1e-10)
    assert base.center == pytest.approx(expected["center"], rel=1e-14)


def test_no_case_of_a_control_chart_is_left_out():
    tested = {*SHEWHART, "pistonrings_xbar_phase2", "orangejuice_p_excl_15_23", "complaints_u_prime"}
    tested |= {"complaints_u_prime_screened_mr", "montgomery_9_1_cusum", "nist_ewma", "nist_wafer_c"}
    charts = {name for name, case in CASES.items() if case["chart"] not in {"capability", "pareto"}}
    assert tested == charts


# --- charts without a reference case, from their formulas -------------------------------------------------------------


def test_the_moving_range_chart_has_the_limits_of_d4():
    data = CASES["viscosity_I"]["data"]
    for d2, relative in (("printed", 3e-4), ("exact", 1e-12)):
        chart = control_chart("mr", data, rules=("N1",), d2=d2)
        ranges = [abs(after - before) for before, after in pairwise(data)]
        assert math.isnan(chart.points[0])
        assert chart.points[1:] == pytest.approx(ranges)
        assert chart.center[5] == pytest.approx(sum(ranges) / 19)
        assert chart.upper[5] == pytest.approx(factors(2).D4 * sum(ranges) / 19, rel=relative)
        assert chart.lower[5] == 0
        # The jump to 35.96 shows, the first point without a range does not hide it.
        assert chart.signals["N1"] == (3,)


def test_times_between_are_charted_on_a_transformed_scale():
    times = [5.0, 12, 1, 40, 7, 3, 22, 9, 15, 2, 30, 4]
    powers = [time ** (1 / 3.6) for time in times]
    center = sum(powers) / 12
    sigma = sum(abs(after - before) for before, after in pairwise(powers)) / 11 / 1.128
    chart = control_chart("t", [*times, 500.0], freeze=12)
    assert chart.points == (*times, 500.0)
    assert chart.center[0] == pytest.approx(center**3.6)
    assert chart.upper[0] == pytest.approx((center + 3 * sigma) ** 3.6)
    assert chart.lower[0] == 0  # centre - 3 sigma is below 0
    assert chart.signals["N1"] == (12,)
    steady = control_chart("t", [10.0, 11, 10, 12, 11, 10, 11])
    assert 5 < steady.lower[0] < steady.center[0]


def test_counts_between_events_have_geometric_limits():
    counts = [7, 12, 0, 30, 4, 9, 22, 15]
    chart = control_chart("g", [*counts, 100], freeze=8)
    average = sum(counts) / 8
    assert chart.center[0] == average
    assert chart.upper[0] == pytest.approx(average + 3 * math.sqrt(average * (average + 1)))
    assert chart.lower[0] == 0
    assert chart.signals["N1"] == (8,)


def test_exact_limits_of_ewma_widen_to_the_asymptotic_ones():
    data = [10.0, 11, 9, 10, 12, 8] * 20
    exact = control_chart("ewma", data, target=10, sigma=1, ewma_lambda=0.1, ewma_width=2.7)
    flat = control_chart("ewma", data, target=10, sigma=1, ewma_lambda=0.1, ewma_width=2.7, exact_limits=False)
    # Montgomery, section 9.2: lambda 0.1, L 2.7: the first limits are 10 -+ 0.27, the steady ones 10 -+ 0.62.
    assert exact.upper[0] == pytest.approx(10.27)
    assert exact.upper[1] == pytest.approx(10 + 2.7 * math.sqrt(0.1 / 1.9 * (1 - 0.9**4)))
    assert flat.upper[0] == pytest.approx(10 + 2.7 * math.sqrt(0.1 / 1.9))
    assert exact.upper[-1] == pytest.approx(flat.upper[-1], rel=1e-9)
    assert list(exact.upper) == sorted(exact.upper)


def test_the_ewma_signals_at_its_own_width():
    wide = control_chart("ewma", [0.0, 4.0], target=0, sigma=1, ewma_lambda=0.5, ewma_width=4)
    narrow = control_chart("ewma", [0.0, 4.0], target=0, sigma=1, ewma_lambda=0.5, ewma_width=3)
    assert wide.points[1] < wide.upper[1]
    assert wide.signals["N1"] == ()
    assert narrow.points[1] > narrow.upper[1]
    assert narrow.signals["N1"] == (1,)


def test_a_lower_cusum_signals_too():
    chart = control_chart("cusum", [10.0] * 5 + [8.0] * 5, target=10, sigma=1)
    assert chart.lower_points[-1] == -7.5
    assert chart.signals["N1"] == (8, 9)
    assert set(chart.points) == {0}


def test_sums_apply_only_the_rules_of_single_points():
    chart = control_chart("cusum", [1.0, 2, 1, 2], rules=("N1", "N2", "WE1", "WE4"))
    assert chart.rules == ("N1", "WE1")
    assert set(chart.signals) == {"N1", "WE1"}


def test_ewma_and_cusum_estimate_what_is_not_given():
    data = CASES["viscosity_I"]["data"]
    single = control_chart("i", data).baseline
    for kind in ("ewma", "cusum"):
        base = control_chart(kind, data).baseline
        assert (base.center, base.sigma) == (single.center, single.sigma)


# --- subgroups of unequal size ----------------------------------------------------------------------------------------

UNEQUAL = [group[: 3 + index % 3] for index, group in enumerate(RINGS)]


def deviation(group):
    middle = sum(group) / len(group)
    return math.sqrt(sum((value - middle) ** 2 for value in group) / (len(group) - 1))


def test_unequal_subgroups_are_charted_as_montgomery_does():
    sizes = [len(group) for group in UNEQUAL]
    grand = sum(map(sum, UNEQUAL)) / sum(sizes)
    weighted = math.sqrt(
        sum((size - 1) * deviation(group) ** 2 for size, group in zip(sizes, UNEQUAL, strict=True))
        / sum(size - 1 for size in sizes)
    )
    means, deviations = control_chart("xbar", UNEQUAL), control_chart("s", UNEQUAL)
    assert means.baseline.spread == deviations.baseline.spread == "weighted"
    for at, size in enumerate(sizes):
        factor = factors(size)
        assert means.center[at] == pytest.approx(grand, rel=1e-12)
        assert means.upper[at] == pytest.approx(grand + factor.A3 * weighted, rel=1e-12)
        assert means.lower[at] == pytest.approx(grand - factor.A3 * weighted, rel=1e-12)
        assert deviations.center[at] == pytest.approx(weighted, rel=1e-8)
        assert deviations.upper[at] == pytest.approx(factor.B4 * weighted, rel=1e-8)
        assert deviations.lower[at] == pytest.approx(factor.B3 * weighted, rel=1e-8)


def test_unequal_subgroups_can_be_charted_as_qcc_does():
    sizes = [len(group) for group in UNEQUAL]
    by_range = sum((max(group) - min(group)) / factors(len(group)).d2 for group in UNEQUAL) / len(UNEQUAL)
    by_deviation = sum(deviation(group) / factors(len(group)).c4 for group in UNEQUAL) / len(UNEQUAL)
    for spread, sigma in (("range", by_range), ("deviation", by_deviation)):
        chart = control_chart("xbar", UNEQUAL, spread=spread, d2="exact")
        assert chart.baseline.sigma == pytest.approx(sigma, rel=1e-9)
        assert chart.sigma == pytest.approx([sigma / math.sqrt(size) for size in sizes], rel=1e-9)
    ranges = control_chart("r", UNEQUAL, d2="exact")
    assert ranges.center == pytest.approx([factors(size).d2 * by_range for size in sizes], rel=1e-9)
    assert ranges.upper == pytest.approx([factors(size).D2 * by_range for size in sizes], rel=1e-9)


def test_equal_subgroups_use_the_factors_of_the_books():
    grand = sum(map(sum, RINGS)) / 125
    mean_deviation = sum(map(deviation, RINGS)) / 25
    chart = control_chart("xbar", RINGS, spread="deviation")
    assert chart.upper[0] == pytest.approx(grand + factors(5).A3 * mean_deviation, rel=1e-12)
    large = [[value + index / 1000 for value in group for index in range(3)] for group in RINGS]
    assert control_chart("xbar", large).baseline.spread == "deviation"


def test_a_subgroup_of_one_value_has_a_mean_but_tells_nothing_of_sigma():
    chart = control_chart("xbar", [*UNEQUAL, [74.0]])
    assert chart.baseline.spread == "deviation"
    assert chart.baseline.sigma == control_chart("xbar", UNEQUAL, spread="deviation").baseline.sigma
    assert chart.sigma[-1] == chart.baseline.sigma
    with pytest.raises(ValueError, match="subgroup 25 has one value"):
        control_chart("s", [*UNEQUAL, [74.0]])
    with pytest.raises(ValueError, match="use an i chart"):
        control_chart("xbar", [[1.0], [2.0], [3.0]])
    with pytest.raises(ValueError, match="choose spread='deviation'"):
        control_chart("xbar", [*UNEQUAL, [74.0]], freeze=25)


# --- baselines, exclusions, phases ------------------------------------------------------------------------------------


def test_a_baseline_can_be_kept_as_a_record_and_given_again():
    data = CASES["viscosity_I"]["data"]
    first = control_chart("i", data)
    kept = json.loads(json.dumps(asdict(first.baseline)))
    again = Baseline(**{**kept, "positions": tuple(kept["positions"])})
    assert again == first.baseline
    later = control_chart("i", CASES["viscosity_I"]["phase2_data"], freeze=again)
    together = control_chart("i", data + CASES["viscosity_I"]["phase2_data"], freeze=20)
    assert later.upper == together.upper[20:]
    assert later.baseline == together.baseline


def baselines_of(kind):
    rng = random.Random(5)  # noqa: S311 - not cryptography
    values = {
        "p": [3, 5, 2, 8, 4], "np": [3, 5, 2, 8, 4], "p_prime": [3, 5, 2, 8, 4], "u": [3, 5, 2, 8, 4],
        "u_prime": [3, 5, 2, 8, 4], "c": [3, 5, 2, 8, 4], "g": [3, 5, 2, 8, 4],
    }.get(kind, [rng.uniform(5, 9) for _ in range(5)])  # fmt: skip
    if kind in {"xbar", "r", "s"}:
        values = [[rng.uniform(5, 9) for _ in range(4)] for _ in range(5)]
    sizes = 50 if kind in {"p", "np", "p_prime", "u", "u_prime"} else None
    return values, sizes


@pytest.mark.parametrize("kind", KINDS)
def test_limits_frozen_by_number_and_by_baseline_are_the_same(kind):
    values, sizes = baselines_of(kind)
    first = control_chart(kind, values, sizes)
    by_number = control_chart(kind, values + values, sizes, freeze=5)
    by_baseline = control_chart(kind, values + values, sizes, freeze=first.baseline)
    assert by_number.center == by_baseline.center
    assert by_number.upper[:5] == first.upper
    assert (by_number.lower, by_number.upper) == (by_baseline.lower, by_baseline.upper)
    assert by_number.signals == by_baseline.signals
    assert pickle.loads(pickle.dumps(by_number)).upper == by_number.upper  # noqa: S301 - our own bytes


def test_a_known_standard_needs_no_points_to_estimate_from():
    chart = control_chart("i", [13.5], target=10, sigma=1)
    assert (chart.lower, chart.center, chart.upper) == ((7,), (10,), (13,))
    assert chart.signals["N1"] == (0,)
    assert control_chart("p", [5, 5], [50, 200], target=0.1).center == (0.1, 0.1)
    assert control_chart("np", [5, 5], 50, target=0.1).center == (5, 5)
    assert control_chart("c", [4, 4], target=9).upper == (18, 18)
    means = control_chart("xbar", [[10.0, 10.2], [9.9, 10.1]], target=10, sigma=0.1)
    assert means.upper[0] == pytest.approx(10 + 0.3 / math.sqrt(2))
    assert control_chart("r", [[1.0, 2.0], [3.0, 4.0]], sigma=1, d2="exact").upper[0] == factors(2).D2
    assert control_chart("s", [[1.0, 2.0], [3.0, 4.0]], sigma=1).upper[0] == pytest.approx(factors(2).B6)


def test_few_points_make_a_provisional_baseline():
    assert control_chart("i", [1.0, 2.0] * 9).baseline.provisional
    assert not control_chart("i", [1.0, 2.0] * 10).baseline.provisional
    assert not Baseline("i", 0.0, 1.0).provisional


def test_an_excluded_point_keeps_its_place_and_its_reason_and_never_signals():
    data = [1.0, 2, 1, 2, 50, 1, 2, 1, 2, 1]
    chart = control_chart("i", data, exclude={4: "operator error, DEV-2024-17"})
    assert chart.points[4] == 50
    assert chart.excluded == {4: "operator error, DEV-2024-17"}
    assert chart.signals["N1"] == ()
    without = control_chart("i", data[:4] + data[5:])
    assert chart.upper[0] == without.upper[0]
    assert control_chart("i", data, exclude=[4]).excluded == {4: ""}


def test_runs_and_moving_ranges_pass_over_an_excluded_point():
    data = [0.5] * 4 + [-9.0] + [0.5] * 5
    chart = control_chart("i", data, target=0, sigma=1, exclude=[4])
    assert chart.signals["N2"] == (9,)
    assert control_chart("i", data, target=0, sigma=1).signals["N2"] == ()
    ranges = control_chart("mr", [1.0, 2, 50, 4, 5], exclude=[2])
    assert ranges.points[1:] == (1, 48, 2, 1)
    assert ranges.baseline.center == pytest.approx(4 / 3)


def test_sums_stand_still_at_an_excluded_point():
    for kind in ("ewma", "cusum"):
        chart = control_chart(kind, [1.0, 2, 50, 3], target=0, sigma=1, exclude=[2])
        without = control_chart(kind, [1.0, 2, 3], target=0, sigma=1)
        assert chart.points[2] == chart.points[1]
        assert chart.points[3] == without.points[2]
        assert chart.upper[3] == without.upper[2]


def test_each_phase_has_its_own_limits_and_begins_its_runs_anew():
    before, after = [1.0, 2, 1, 2, 1, 2], [8.0, 9, 8, 9, 8, 9]
    chart = control_chart("i", before + after, phases=[6], rules=("N1", "N2", "N3"))
    assert chart.phases == (0, 6)
    assert chart.center == (1.5,) * 6 + (8.5,) * 6
    assert chart.upper[:6] == control_chart("i", before).upper
    assert chart.upper[6:] == control_chart("i", after).upper
    assert chart.baselines[1].positions == (6, 7, 8, 9, 10, 11)
    run = [0.5] * 10
    one = control_chart("i", run, freeze=Baseline("i", 0.0, 1.0))
    two = control_chart("i", run, freeze=[Baseline("i", 0.0, 1.0)] * 2, phases=[5])
    assert (one.signals["N2"], two.signals["N2"]) == ((8, 9), ())
    assert math.isnan(control_chart("mr", before + after, phases=[6]).points[6])


def test_each_phase_can_be_frozen_in_its_own_way():
    data = [1.0, 2, 1, 9, 5, 6, 5, 9]
    chart = control_chart("i", data, phases=[4], freeze=[3, Baseline("i", 5.5, 0.5)])
    assert chart.center == pytest.approx((4 / 3,) * 4 + (5.5,) * 4)
    assert chart.signals["N1"] == (3, 7)
    with pytest.raises(ValueError, match="2 phases; give freeze for each"):
        control_chart("i", data, phases=[4], freeze=3)


def test_signals_of_a_later_phase_are_counted_from_the_first_point():
    chart = control_chart("i", [1.0, 2, 1, 2, 5, 6, 5, 9], phases=[4], freeze=[None, 3])
    assert chart.signals["N1"] == (7,)
    assert chart.signalled == (7,)


# --- what was not observed --------------------------------------------------------------------------------------------


def test_a_month_without_denominator_stays_on_the_chart_without_a_point():
    chart = control_chart("p", [2, 0, 3, 1], [40, 0, 50, 30])
    assert chart.missing == (1,)
    assert math.isnan(chart.points[1])
    assert math.isnan(chart.upper[1])
    assert math.isnan(chart.lower[1])
    assert chart.center[0] == 6 / 120
    assert chart.baseline.positions == (0, 2, 3)
    assert control_chart("u", [2, None, 3, 1], [40, None, 50, 30]).missing == (1,)


def test_a_missing_value_is_passed_over():
    chart = control_chart("i", [1.0, None, 2, 4], freeze=4)
    assert chart.missing == (1,)
    assert math.isnan(chart.points[1])
    assert chart.baseline == Baseline("i", 7 / 3, 1.5 / 1.128, positions=(0, 2, 3))
    assert control_chart("c", [3, None, 5]).center == (4, 4, 4)
    assert control_chart("xbar", [[1.0, 2], None, [2.0, 4], []]).missing == (1, 3)
    assert control_chart("t", [3.0, None, 5.0]).missing == (1,)
    assert math.isnan(control_chart("u_prime", [3, None, 5], 2).points[1])


# --- edges ------------------------------------------------------------------------------------------------------------


def test_limits_of_counts_stay_where_counts_can_be():
    low = control_chart("p", [0, 1, 0, 1], 10)
    assert set(low.lower) == {0}
    high = control_chart("p", [10, 9, 10, 9], 10)
    assert set(high.upper) == {1}
    assert set(control_chart("np", [10, 9, 10, 9], 10).upper) == {10}
    for kind, sizes in (("c", None), ("u", 3), ("u_prime", 3), ("p_prime", 8)):
        assert min(control_chart(kind, [0, 1, 0, 2], sizes).lower) == 0


def test_a_point_beyond_the_whole_cannot_be_and_one_at_zero_is_not_below_a_limit_cut_off():
    assert control_chart("p", [0, 3, 0, 3, 0, 3], 10).signals["N1"] == ()


def test_no_events_at_all_give_limits_without_width_and_no_signal():
    for kind, sizes in (("c", None), ("p", 20), ("np", 20), ("u", 4), ("p_prime", 20), ("u_prime", 4), ("g", None)):
        chart = control_chart(kind, [0, 0, 0, 0], sizes)
        assert (set(chart.lower), set(chart.center), set(chart.upper)) == ({0}, {0}, {0})
        assert chart.signals["N1"] == ()
    first = control_chart("c", [0, 0, 0, 1], freeze=3)
    assert first.signals["N1"] == (3,)


@pytest.mark.parametrize("value", [0.1, 1 / 3, -7.7, 1e-300, 123456789.123])
def test_equal_values_have_no_width_and_no_signal(value):
    for kind in ("i", "mr", "ewma"):
        chart = control_chart(kind, [value] * 30, rules=RULES)
        assert chart.upper == chart.lower == chart.center
        assert chart.signals["N1"] == ()
    for kind in ("xbar", "r", "s"):
        chart = control_chart(kind, [[value] * 3] * 30)
        assert chart.upper == chart.lower == chart.center
        assert chart.signals["N1"] == ()


@pytest.mark.parametrize(
    ("kind", "values", "sizes", "message"),
    [
        ("i", [], None, "no values"),
        ("i", [1.0], None, "1 points to take a baseline from are too few; at least 2"),
        ("mr", [1.0], None, "too few"),
        ("xbar", [[1.0, 2.0]], None, "too few"),
        ("p", [1], 10, "too few"),
        ("i", [1.0, math.nan, 2.0], None, "value 1 is nan; give None"),
        ("i", [1.0, math.inf], None, "value 1 is inf"),
        ("i", [1.0, "two"], None, "value 1 is 'two', not a number"),
        ("xbar", [[1.0, 2.0], [1.0, math.nan]], None, "subgroup 1 is"),
        ("xbar", [[1.0, 2.0], [1.0, None]], None, "leave out what was not measured"),
        ("xbar", [1.0, 2.0, 3.0], None, "takes a sequence of subgroups"),
        ("r", [[float(value) for value in range(26)]] * 3, None, "2 to 25"),
        ("xbar", [[1.0, 2.0], [2.0, 3.0]], 2, "takes no sizes"),
        ("i", [1.0, 2.0], 5, "takes no sizes"),
        ("g", [1, 2], [3, 3], "takes no sizes"),
        ("p", [1, 2], None, "needs the sample sizes"),
        ("u", [1, 2], None, "needs the sample sizes"),
        ("p", [1, 2], [10], "2 values but 1 sizes"),
        ("p", [1, 2], [10, -1], "size 1 is -1"),
        ("p", [1, 2], [10, math.nan], "size 1 is nan"),
        ("p", [1, 2], [10, 10.5], "whole number of units"),
        ("p", [1, 12], [10, 10], "value 1 is 12 out of 10"),
        ("np", [1, 12], 10, "value 1 is 12 out of 10"),
        ("p_prime", [12, 1], 10, "value 0 is 12 out of 10"),
        ("u", [1, 1], [0, 5], "value 0 is 1 out of 0"),
        ("np", [1, 2], [10, 12], "samples of one size"),
        ("np", [0, 0], [0, 0], "samples of one size above 0"),
        ("c", [1, 2], [10, 12], "use a u chart"),
        ("c", [1, -2], None, "value 1 is -2: a count cannot be negative"),
        ("g", [1, -2], None, "negative"),
        ("u", [-1, 2], 5, "negative"),
        ("p", [0.24, 0.3], 50, "give counts, which are whole, not rates"),
        ("t", [3.0, 0.0, 4.0], None, "value 1 is 0: a t chart needs times above 0"),
        ("t", [3.0, -1.0], None, "above 0"),
        ("cusum", [2.0, 2.0, 2.0], None, "sigma is 0"),
        ("X", [1.0, 2.0], None, "no chart 'X'; there are i, mr"),
    ],
)
def test_what_cannot_be_charted_is_refused_with_the_reason(kind, values, sizes, message):
    with pytest.raises(ValueError, match=message):
        control_chart(kind, values, sizes)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("i", {"rules": ("N1", "N9")}, "no rule 'N9'"),
        ("i", {"freeze": 0}, "freeze is 0, but there are 4 points"),
        ("i", {"freeze": 5}, "freeze is 5"),
        ("i", {"freeze": 1}, "too few"),
        ("i", {"exclude": [4]}, "position 4: there are points 0 to 3"),
        ("i", {"exclude": [-1]}, "position -1"),
        ("i", {"exclude": [0, 1, 2]}, "too few"),
        ("i", {"phases": [0]}, "from 1 to 3"),
        ("i", {"phases": [4]}, "from 1 to 3"),
        ("i", {"phases": [2, 2]}, "rising"),
        ("i", {"phases": [3]}, "too few"),
        ("i", {"sigma": 0}, "sigma lies above 0"),
        ("i", {"sigma": math.nan}, "sigma lies above 0"),
        ("i", {"target": math.inf}, "not a finite number"),
        ("i", {"spread": "half"}, "spread is"),
        ("i", {"d2": "about"}, "d2 is"),
        ("c", {"sigma": 2}, "takes no sigma"),
        ("c", {"target": -1}, "at least 0"),
        ("t", {"target": 2}, "takes no target"),
        ("ewma", {"ewma_lambda": 0}, "ewma_lambda"),
        ("ewma", {"ewma_lambda": 1.1}, "ewma_lambda"),
        ("ewma", {"ewma_width": -3}, "ewma_width"),
        ("cusum", {"cusum_k": -0.5}, "cusum_k"),
        ("cusum", {"cusum_h": 0}, "cusum_h"),
        ("i", {"freeze": Baseline("c", 2.0)}, "for a chart 'c', not 'i'"),
        ("i", {"freeze": Baseline("i", 2.0)}, "needs sigma"),
        ("mr", {"freeze": Baseline("mr", 2.0)}, "needs sigma"),
        ("ewma", {"freeze": Baseline("ewma", 2.0)}, "needs sigma"),
        ("i", {"freeze": Baseline("i", 2.0, -1.0)}, "sigma of the baseline"),
        ("i", {"freeze": Baseline("i", math.nan, 1.0)}, "centre of the baseline"),
        ("i", {"freeze": Baseline("i", 2.0, 1.0), "target": 3.0}, "already holds"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_the_reason(kind, options, message):
    with pytest.raises(ValueError, match=message):
        control_chart(kind, [1, 2, 4, 3], **options)


def test_a_proportion_is_at_most_one_and_laneys_baseline_needs_its_factor():
    with pytest.raises(ValueError, match="from 0 to 1"):
        control_chart("p", [1, 2], 10, target=1.5)
    with pytest.raises(ValueError, match="needs sigma_z"):
        control_chart("u_prime", [1, 2], 10, freeze=Baseline("u_prime", 0.2))
    with pytest.raises(ValueError, match="leaves no scatter"):
        control_chart("u_prime", [1, 2], 10, target=0)
    with pytest.raises(ValueError, match="needs sigma"):
        control_chart("xbar", [[1.0, 2], [2.0, 3]], freeze=Baseline("xbar", 2.0))
