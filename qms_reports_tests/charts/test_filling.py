"""Charts filled from the example company say what the KPI tables and the records say."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from qms_reports.charts.filling import Filling, chart
from qms_reports.charts.fitting import equation, linear_fit
from qms_reports.charts.layout import draw
from qms_reports.charts.specification import Chart
from qms_reports.charts.stored import decode, encode
from qms_reports.datasets.reading import session
from qms_reports.declarations.models import ChartModel
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.table import KpiTable
from qms_reports.statistics.funnel import funnel_limits
from qms_reports_tests.company_home import CompanyHome

EVENTS, TRAINING = "quality_events_opened", "training_compliance"
KPIS = (EVENTS, TRAINING, "capas_open", "capas_opened", "capas_closed", "batch_cpk_rolling_year")
RECORDS = {"dataset": "capas", "date": "closed_on", "window": 12}
DAYS = "closed_on - opened_on"


@pytest.fixture(scope="module")
def filling(company_home: CompanyHome) -> Iterator[Filling]:
    settings, catalogue, period = company_home.settings, company_home.catalogue, company_home.edition.period
    with session(settings, catalogue, catalogue.stored_of(catalogue.kpis.values()), None) as opened:
        rows = evaluate(settings, catalogue, [catalogue.kpis[name] for name in KPIS], period, opened)
        yield Filling(settings, catalogue, period, KpiTable(rows), opened)


def filled(filling: Filling, kind: str, **keys: Any) -> Chart:
    """A declared chart, which can be drawn, and comes back from its file as it was."""
    # Types: a model built of keywords.
    found = chart(filling, ChartModel(id="shown", type=kind, title="Shown", **keys))  # type: ignore[arg-type]  # any keys
    assert draw(found).alt
    assert decode(encode([found])) == (found,)
    return found


def days(filling: Filling) -> dict[str, list[float]]:
    """Days from opening to closing of the twelve months' closed CAPAs, by department."""
    rows = filling.session.cursor().execute(
        "SELECT department, closed_on - opened_on FROM capas WHERE closed_on >= '2023-06-01' AND "
        "closed_on < '2024-06-01' AND (voided_on IS NULL OR voided_on >= '2024-06-01')"
    )
    found: dict[str, list[float]] = {}
    for department, number in rows.fetchall():
        found.setdefault(department or "(not stated)", []).append(float(number))
    return found


def test_a_pareto_descends_and_its_shares_are_of_all_records(filling: Filling) -> None:
    found = filled(filling, "pareto", kpis=[EVENTS], by="type", top=2)
    values, shares = (series.values for series in found.series)
    members = sorted((row.value for row in filling.table.members(EVENTS, "type") if row.records), reverse=True)
    total = filling.table.total(EVENTS)
    assert total is not None
    assert list(values) == [*members[:2], sum(members[2:])]
    assert sum(values) == total.value
    assert shares == pytest.approx([100 * sum(values[: place + 1]) / total.value for place in range(3)])
    assert found.categories[-1] == f"Other ({len(members) - 2})"
    assert 2 not in found.emphasized


def test_a_pareto_of_records_counts_or_sums_them(filling: Filling) -> None:
    counted = filled(filling, "pareto", by="department", **RECORDS)
    assert dict(zip(counted.categories, counted.series[0].values, strict=True)) == {
        name: len(values) for name, values in days(filling).items()
    }
    summed = filled(filling, "pareto", by="department", values=DAYS, **RECORDS)
    assert sum(summed.series[0].values) == sum(map(sum, days(filling).values()))


def test_a_funnel_shows_each_member_by_its_denominator_between_exact_limits(filling: Filling) -> None:
    found = filled(filling, "funnel", kpis=[TRAINING], by="department")
    members, center, *limits = found.series
    rows = {row.member: row for row in filling.table.members(TRAINING, "department")}
    assert {n: (x, y) for n, x, y in zip(found.categories, members.x, members.values, strict=True)} == {
        name: (row.denominator, row.value) for name, row in rows.items() if row.denominator
    }
    target = sum(row.numerator or 0 for row in rows.values()) / sum(row.denominator or 0 for row in rows.values())
    assert center.values[0] == pytest.approx(100 * target)
    assert [series.name for series in limits] == ["95\u00a0%", "95\u00a0% lower", "99.8\u00a0%", "99.8\u00a0% lower"]
    low, high = funnel_limits(limits[0].x[-1], target, 0.95)
    assert (limits[1].values[-1], limits[0].values[-1]) == pytest.approx((100 * low, 100 * high))
    widened = filled(filling, "funnel", kpis=[TRAINING], by="department", overdispersion="multiplicative")
    assert len(widened.series) == len(found.series)


def test_contributions_lead_from_the_earlier_total_to_the_present_one(filling: Filling) -> None:
    for name in (EVENTS, TRAINING):
        found = filled(filling, "waterfall", kpis=[name], by="department", top=3)
        first, *changes, last = found.series[0].values
        assert first is not None and last is not None  # noqa: PT018 - one question
        assert sum(value or 0.0 for value in changes) == pytest.approx(last - first)
        assert (found.totals, len(changes)) == ((0, 4 + 1), 4)
        assert found.categories[-2].startswith("Other (")


def test_a_change_that_has_no_parts_says_why(filling: Filling) -> None:
    found = filled(filling, "waterfall", kpis=["batch_cpk_rolling_year"], by="product")
    assert len(found.categories) == 2
    assert "cannot be split among them" in found.note


def test_a_level_comes_about_by_what_was_added_and_taken_off_and_the_rest_is_not_hidden(filling: Filling) -> None:
    found = filled(filling, "waterfall", level="capas_open", kpis=["capas_opened"], less=["capas_closed"])
    figures = [filling.table.total(name) for name in ("capas_opened", "capas_closed")]
    first, last = (filling.table.total("capas_open", ago) for ago in (1, 0))
    named = dict(zip(found.categories, found.series[0].values, strict=True))
    assert [named["CAPAs opened"], named["CAPAs closed"]] == [figures[0].value, -figures[1].value]
    assert (found.series[0].values[0], found.series[0].values[-1]) == (first.value, last.value)
    assert sum(value or 0.0 for value in found.series[0].values[:-1]) == last.value
    unopened = filled(filling, "waterfall", level="capas_open", less=["capas_closed"])
    assert "Not explained" in unopened.categories
    assert "Not explained" in unopened.note
    assert sum(value or 0.0 for value in unopened.series[0].values[:-1]) == last.value


def test_a_heat_map_of_two_dimensions_adds_up_to_the_members_of_each(filling: Filling) -> None:
    found = filled(filling, "heatmap", kpis=[EVENTS], by="department", across="severity", top=40)
    rows = {series.name: sum(value or 0.0 for value in series.values) for series in found.series}
    columns = {
        name: sum(series.values[place] or 0.0 for series in found.series) for place, name in enumerate(found.categories)
    }
    for dimension, sums in (("department", rows), ("severity", columns)):
        members = {row.member: row.value for row in filling.table.members(EVENTS, dimension) if row.records}
        assert sums == members
    few = filled(filling, "heatmap", kpis=[TRAINING], by="department", across="curriculum", top=2)
    assert (len(few.series), len(few.categories)) == (2, 2)
    assert "Not shown: " in few.note


def test_a_heat_map_over_the_series_has_a_column_for_each_period(filling: Filling) -> None:
    found = filled(filling, "heatmap", kpis=[TRAINING], by="department", over="series")
    assert len(found.categories) == len(filling.table.series(TRAINING)) == 13
    for series in found.series:
        row = filling.table.member(TRAINING, "department", series.name)
        assert row is not None
        assert series.values[-1] == row.value


def test_a_heat_map_of_records_aggregates_each_cell(filling: Filling) -> None:
    found = filled(filling, "heatmap", by="department", across="department", values=DAYS, aggregate="median", **RECORDS)
    for place, series in enumerate(found.series):
        assert series.values[place] == statistics.median(days(filling)[series.name])
        assert sum(value is not None for value in series.values) == 1
    counted = filled(filling, "heatmap", by="department", across="site", **RECORDS)
    assert sum(v or 0.0 for s in counted.series for v in s.values) == sum(map(len, days(filling).values()))


def test_a_box_has_the_quartiles_of_its_records_and_loses_none(filling: Filling) -> None:
    found = filled(filling, "box", by="department", values=DAYS, **RECORDS)
    expected = days(filling)
    low, first, median, third, high, records, *outliers = found.series
    for place, name in enumerate(found.categories):
        values = expected[name]
        assert [first.values[place], median.values[place], third.values[place]] == pytest.approx(
            statistics.quantiles(values, n=4, method="inclusive")
        )
        beyond = sorted(v for s in outliers for x, v in zip(s.x, s.values, strict=True) if x == place and v is not None)
        # Types: these values are there.
        inside = [value for value in values if low.values[place] <= value <= high.values[place]]  # type: ignore[operator]  # limits
        assert sorted([*inside, *beyond]) == sorted(values)
        assert records.values[place] == len(values)


def test_points_and_curves_say_what_they_rest_on(filling: Filling) -> None:
    everything = [value for values in days(filling).values() for value in values]
    found = filled(filling, "histogram", values=DAYS, normal_curve=True, upper_limit=120.5, target=90, **RECORDS)
    assert sorted(found.series[0].values) == sorted(everything)
    assert f"Above USL 120.5: {sum(value > 120.5 for value in everything)}" in found.note
    assert f"Mean {statistics.mean(everything):.2f}" in found.note
    assert (found.specification.upper_limit, found.specification.target) == (120.5, 90)
    cloud = filled(filling, "scatter", x="due_on - opened_on", y=DAYS, fit="linear", by="site", **RECORDS)
    for series in cloud.series:
        known = [value or 0.0 for value in series.values]
        fit = linear_fit(series.x, series.values)
        assert fit is not None
        assert (fit.slope, fit.intercept) == pytest.approx(tuple(statistics.linear_regression(series.x, known)))
        assert fit.determination == pytest.approx(statistics.correlation(series.x, known) ** 2)
        assert f"Linear fit of {series.name}: {equation(fit)}" in cloud.note


def test_a_sparkline_is_the_series_with_its_target(filling: Filling) -> None:
    found = filled(filling, "sparkline", kpis=[TRAINING], width=110, height=30)
    # Types: the total is there.
    assert found.series[0].values[-1] == filling.table.total(TRAINING).value  # type: ignore[union-attr]  # there is a table
    assert found.specification.target == filling.catalogue.kpis[TRAINING].target


def test_a_donut_of_members_keeps_to_six_slices(filling: Filling) -> None:
    found = filled(filling, "donut", kpis=[EVENTS], by="type", top=40)
    slices = [row for row in filling.table.members(EVENTS, "type") if row.value]
    assert found.specification.type == ("bar" if len(slices) > 6 else "donut")
