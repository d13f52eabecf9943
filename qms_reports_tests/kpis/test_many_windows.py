"""Many windows at once, counted by masks, tallies and steps, have the figures of each window read on its own."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from qms_reports.declarations.models import ColumnModel, Dataset, Kpi, Method, Roles
from qms_reports.kpis.aggregations import aggregation
from qms_reports.kpis.compiling import statement
from qms_reports.kpis.figures import Counted, figure
from qms_reports.kpis.measurements import forget, indices, listed, measured, summed, summed_apart
from qms_reports.kpis.stepwise import Steps
from qms_reports.kpis.stretches import Stretch
from qms_reports.periods import parse_period
from qms_reports.statistics.capability import FEWEST_VALUES, capability_indices
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import connect

ZONE = ZoneInfo("UTC")
TYPES = {
    "n": "VARCHAR", "site": "VARCHAR", "who": "VARCHAR", "a": "DATE", "z": "DATE", "due": "DATE", "v": "DATE",
    "x": "DECIMAL(28,2)", "low": "DECIMAL(28,2)", "high": "DECIMAL(28,2)", "f": "DOUBLE", "wide": "DECIMAL(28,9)",
    "until": "DATE",
}  # fmt: skip
WINDOWS = parse_period("2024-12").series(24)


@pytest.fixture(scope="module")
def records():
    draw = random.Random(5)  # noqa: S311 - records, not secrets

    def day(first, last):
        return dt.date(2022, 1, 1) + dt.timedelta(draw.randrange(first, last))

    def maybe(value, share):
        return value if draw.random() < share else None

    rows = []
    for number in range(3000):
        opened = day(0, 1150)
        rows.append(
            (f"R{number:04}", maybe(draw.choice("ABC"), 0.9), maybe(f"P{draw.randrange(40)}", 0.9), opened,
             maybe(opened + dt.timedelta(draw.randrange(300)), 0.8), maybe(opened + dt.timedelta(60), 0.9),
             maybe(opened + dt.timedelta(draw.randrange(200)), 0.1),
             maybe(Decimal(draw.randrange(9600, 10400)) / 100, 0.95),
             maybe(draw.choice([Decimal(96), Decimal("95.5")]), 0.9), maybe(Decimal(104), 0.9),
             maybe(draw.gauss(100, 1), 0.95),
             maybe(Decimal(draw.randrange(56294 * 10**13, 56296 * 10**13)) / 10**9, 0.9), opened)
        )  # fmt: skip
    with connect() as connection:
        connection.execute(f"CREATE TABLE r ({', '.join(f'{name} {kind}' for name, kind in TYPES.items())}, _key TEXT)")
        connection.executemany(f"INSERT INTO r VALUES ({', '.join('?' * 14)})", [(*row, row[0]) for row in rows])
        yield connection


def a_dataset():
    columns = {name: ColumnModel() for name in TYPES}
    roles = Roles(opened="a", closed="z", due="due", voided="v")
    return Dataset(dataset="r", title="R", source="s", key=("n",), period_date="a", columns=columns, roles=roles,
                   dimensions={"site": "Site"})  # fmt: skip


def a_kpi(name, **given):
    return Kpi(**{"kpi": name, "title": "K", "dataset": "r", "kind": "statistic", "formula": "K"} | given)


def counted(records, kpis, windows, **how):
    """(KPI, window, member, stratum) to what was counted, of a statement over all windows."""
    dataset = a_dataset()
    items = {kpi.kpi: aggregation(kpi, dataset) for kpi in kpis}
    compiled = statement(dataset, TYPES, list(items.values()), windows, ZONE, **how)
    found = {}
    stepped = {}
    for group, window, _, member, stratum, values in compiled.rows(records):
        for name, places in compiled.groups[group]:
            texts = tuple(values[place] for place in places)
            if group in compiled.steps:
                steps = stepped.setdefault((name, member), Steps(items[name], TYPES, ZONE))
                steps.add(compiled.steps[group][window], stratum, texts)
            else:
                found[name, window, member, stratum or ""] = Counted(texts[0], texts[1], int(texts[2] or 0))
    for (name, member), steps in stepped.items():
        for number, window in enumerate(windows):
            for stratum, cell in steps.window(window):
                found[name, number, member, stratum] = cell
    return found, compiled


STATES = [
    a_kpi("open", kind="level", date="as_of", filter="is_open_at_end", numerator="count(*)"),
    a_kpi("overdue", kind="proportion", date="as_of", filter="is_open_at_end", numerator="count_if(is_overdue_at_end)",
          denominator="count(*)"),
    a_kpi("people", kind="proportion", date="as_of", filter="x > 98 or z < period_end",
          numerator="count(distinct case when is_overdue_at_end then who end)", denominator="count(distinct who)"),
    a_kpi("mixed", kind="ratio", date="as_of", numerator="count(who) + 2 * count(distinct site)",
          denominator="count(x) filter (where due < period_last_day)"),
    a_kpi("year", kind="count", date="a", rolling=12, filter="site <> 'B'", numerator="count(*)"),
    a_kpi("mean", kind="ratio", date="a", rolling=12, filter="low > 95.5", numerator="sum(x)", denominator="count(x)"),
    a_kpi("total", kind="ratio", date="as_of", numerator="sum(x) filter (where is_overdue_at_end) - sum(high)",
          denominator="count(distinct who)"),
]  # fmt: skip


def test_states_at_24_month_ends_counted_by_masks_are_those_counted_record_by_record(records):
    held, _ = counted(records, STATES, WINDOWS)
    masked, compiled = counted(records, STATES, WINDOWS, narrowed="r", local=True)
    assert compiled.sql.count("records AS MATERIALIZED") == len(compiled.groups)
    assert masked == held
    assert len(held) > 4 * len(WINDOWS) * len(STATES) - 10
    assert len({cell.numerator for cell in held.values()}) > 100


def test_what_is_no_count_is_computed_record_by_record(records):
    ages = [
        a_kpi("age", date="as_of", filter="is_open_at_end", numerator="median(date_diff('day', a, period_last_day))"),
        a_kpi("open", kind="level", date="as_of", filter="is_open_at_end", numerator="count(*)"),
    ]
    local, compiled = counted(records, ages, WINDOWS, narrowed="r", local=True)
    assert "MATERIALIZED" not in compiled.sql
    assert local == counted(records, ages, WINDOWS)[0]


def test_floats_are_added_up_in_one_order_only(records):
    floats = [a_kpi("year", kind="ratio", date="a", rolling=12, numerator="sum(f)", denominator="count(f)")]
    _, compiled = counted(records, floats, WINDOWS, narrowed="r", local=True)
    assert "MATERIALIZED" not in compiled.sql


def a_year(name, **given):
    method = Method(name=name, **{"values": "x", "order": "a", "lower_limit": "max(low)", "upper_limit": "min(high)"}
                    | given.pop("method", {}))  # fmt: skip
    return a_kpi(name + given.pop("suffix", ""), **{"date": "a", "filter": "x is not null", "rolling": 12} | given,
                 method=method)  # fmt: skip


WIDE = {"values": "wide", "lower_limit": "max(562938.5)", "upper_limit": "min(562961.5)"}


def test_a_rolling_capability_put_together_from_months_is_that_of_each_window(records):
    kpis = [
        a_year("cpk"),
        a_year("pp", frequencies=("month",)),
        a_year("cp", method={"values": "f"}, filter=None),  # floats, whose digits differ
        a_year("ppk", method={"values": "f", "lower_limit": None}, filter="site <> 'A'", combine="minimum",
               strata=("who",)),
        a_year("cpk", suffix="_wide", method=WIDE, filter=None),  # on both sides of what a float holds
        # A date whose name a careless statement would use for another.
        a_year("cpk", suffix="_until", date="until", method={"order": "until"}),
        a_year("pp", suffix="_moved", method={"values": "x - 1"}, filter="not who is null", rolling=3),
    ]  # fmt: skip
    whole, _ = counted(records, kpis, WINDOWS)
    stepped, compiled = counted(records, kpis, WINDOWS, local=True)
    assert set(map(len, compiled.steps.values())) == {24 + 11}
    assert not compiled.sql
    assert stepped.keys() >= whole.keys()
    assert not any(stepped[key].records for key in stepped.keys() - whole.keys())  # all of them void by then
    values = {}
    for (name, window, member, stratum), cell in whole.items():
        kpi = next(kpi for kpi in kpis if kpi.kpi == name)
        own = figure(kpi, [stepped[name, window, member, stratum]])
        assert own == figure(kpi, [cell]), (name, window, member, stratum)
        values.setdefault(name, set()).add(own.value)
    assert min(map(len, values.values())) > 20, {name: len(found) for name, found in values.items()}
    forget()


def test_a_measurement_counts_with_its_limits_until_the_day_it_is_void():
    steps = Steps(aggregation(a_year("cpk"), a_dataset()), TYPES, ZONE)
    until = np.array(["NaT", "2024-03-01", "NaT"], "datetime64[D]")
    given = Stretch(np.array([9800, 9950, 10000]), np.array([True, True, True]), 2, until, {1: ("97.00", "103.00")})
    steps.add(parse_period("2024-01"), None, (given, "96.00;104.00", "2"))
    steps.add(parse_period("2024-02"), None, (Stretch(np.array([10125]), np.array([True]), 2), ";104.00", "1"))

    def known(month):
        ((_, cell),) = steps.window(parse_period(month))
        assert cell.measured is not None
        values = [float(value) / 10**part.digits for part in cell.measured.stretches for value in part.values]
        return cell.records, values, cell.measured.lower, cell.measured.upper

    assert known("2024-02") == (4, [98, 99.5, 100, 101.25], "97.00", "103.00")
    assert known("2024-03") == (3, [98, 100, 101.25], "96.00", "104.00")  # void from the first day on
    assert steps.window(parse_period("2025-03")) == []


def test_times_to_close_handed_over_as_tallies_give_the_same_median(records):
    method = Method(name="kaplan_meier_median", values="date_diff('day', a, coalesce(z, period_last_day))",
                    event="z is not null")  # fmt: skip
    kpi = a_kpi("days", date="a", method=method, filter="z is null or z >= a")
    whole, _ = counted(records, [kpi], WINDOWS)
    tallied, compiled = counted(records, [kpi], WINDOWS, local=True)
    assert "GROUP BY ALL" in compiled.sql
    found = {key: figure(kpi, [cell]) for key, cell in tallied.items()}
    assert found == {key: figure(kpi, [cell]) for key, cell in whole.items()}
    assert any(one.value for one in found.values())


@pytest.mark.parametrize("digits", [0, 2, 6])
def test_indices_of_whole_numbers_are_those_of_the_numbers_they_stand_for(digits):
    draw = random.Random(digits)  # noqa: S311 - numbers, not secrets
    values = [Decimal(draw.randrange(-500, 500)) / Decimal(10) ** digits for _ in range(400)]
    texts = [f"{value:.{digits}f}" for value in values]
    limit = Decimal(900) / Decimal(10) ** digits
    found = indices(listed(";".join(texts), f"-{limit};{limit}"))
    floats = list(map(float, values))
    assert not isinstance(found, str)
    for name, index in capability_indices(floats, -float(limit), float(limit)).items():
        mine = found[name]
        assert index is not None
        assert mine is not None
        assert round_significant(mine.value) == round_significant(index.value)
        assert round_significant(mine.upper) == round_significant(index.upper)
    uneven = ["1e-3", "-2.5", "0.125", *(f"{draw.gauss(0, 1):.3f}" for _ in range(FEWEST_VALUES))]
    other = indices(listed(";".join(uneven), "-20;20"))
    assert not isinstance(other, str)
    assert other["pp"] is not None
    expected = capability_indices(list(map(float, uneven)), -20, 20)["pp"]
    assert expected is not None
    assert other["pp"].value == pytest.approx(expected.value, rel=1e-12)
    forget()


@pytest.mark.parametrize("largest", [10**3, 10**9, 10**12, 2**53])
def test_stretches_added_up_at_once_are_those_added_up_one_by_one(largest):
    draw = np.random.default_rng(largest)
    values = draw.integers(-largest, largest, 500)
    values[100:300] *= 10  # these need fewer digits than the others
    starts = np.array([0, 1, 100, 150, 300, 301])
    together = summed_apart(values * 100, starts, 9)
    for part, found in zip(np.split(values * 100, starts[1:]), together, strict=True):
        alone = summed(part, 9)
        assert found.values.tolist() == alone.values.tolist()
        for name in ("digits", "total", "squares", "moves", "low", "high", "first", "last"):
            assert getattr(found, name) == getattr(alone, name), name
    assert {found.digits for found in together[2:4]} == {6}


@pytest.mark.parametrize(
    "values",
    [
        ["1.25", "-2.50", "3.75", "1.25"],
        ["7", "-12", "3"],
        ["0.5", "2", "1.125"],
        ["1e3", "2.5E-1", "12"],
        ["9007199254740993", "-1", "9007199254740991"],
        ["123456789012345678901234.5", "-0.5"],
        ["3037000500.0", "-3037000500.0", "3037000499.5"] * 40,
    ],
)
def test_measurements_are_added_up_without_losing_a_digit(values):
    found = measured(";".join(values))
    exact = [Decimal(value).scaleb(found.digits) for value in values]
    assert [int(value) for value in found.values] == exact
    assert found.total == sum(exact)
    assert found.squares == sum(Fraction(value) ** 2 for value in exact)
    assert found.moves == sum(abs(Fraction(b) - Fraction(a)) for a, b in pairwise(exact))
    assert (found.low, found.high, found.first, found.last) == (min(exact), max(exact), exact[0], exact[-1])
