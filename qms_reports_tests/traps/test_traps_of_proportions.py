"""Traps 4, 5 and 14 to 17: few records, overdispersion, mixed sites, points, exposure, rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from qms_reports.datasets.reading import session
from qms_reports.declarations.models import Kpi
from qms_reports.kpis.contribution import contributions
from qms_reports.kpis.control_charting import kind_of
from qms_reports.kpis.long_series import long_series
from qms_reports.kpis.table import KpiRow
from qms_reports.kpis.trend import direction
from qms_reports.periods import parse_period
from qms_reports.reports import wording
from qms_reports.statistics.control_charts import ControlChart, control_chart
from qms_reports_tests.oracles import expected
from qms_reports_tests.traps.planted_home import Case, Home, Plant, total, values

Cases = dict[str, Case]

# --- 4


def test_trap_04_small_denominators_show_their_parts_and_interval_and_no_colour(plant: Plant, cases: Cases) -> None:
    case, home = cases["small denominator"], plant("small denominator")
    kpi = home.catalogue.kpis["capa_on_time_implementation_due_based"]
    row = home.total(kpi, "2024-03")
    assert (row.numerator, row.denominator) == (case.right["on_time"], case.right["due_in_2024_03"]) == (3, 4)
    assert row.value == case.right["percent"] == 75
    assert row.lower == pytest.approx(100 * case.right["wilson_95_low"])
    assert row.upper == pytest.approx(100 * case.right["wilson_95_high"])
    assert (row.status != "none") is case.right["coloured"] is False
    assert wording.status_word(kpi, row) == "Few records"
    assert wording.fraction(kpi, row).replace("\N{NO-BREAK SPACE}", " ") == "3 of 4"
    open_again = home.total(home.wrong(kpi.kpi, min_denominator=0), "2024-03")
    assert open_again.status == "bad"


def test_trap_04_small_denominators_of_the_real_deliveries_all_on_time_prove_little(public: Home) -> None:
    row = public.total("medicine_on_time_delivery", "2006")
    oracle = expected("S1_scms_otd_by_year")["2006"]
    assert (row.numerator, row.denominator, row.value) == (65, 65, 100)
    assert row.lower == pytest.approx(100 * oracle["wilson95"][0], abs=1e-4)
    assert wording.interval(public.catalogue.kpis[row.kpi], row).endswith("CI 94.4\N{EN DASH}100.0")


def test_trap_04_small_denominators_no_shipped_proportion_of_counts_is_rated_on_a_handful(plant: Plant) -> None:
    kpis = plant("small denominator").catalogue.kpis.values()
    rated = [kpi for kpi in kpis if kpi.kind == "proportion" and kpi.target not in (None, 100.0, 0.0)]
    assert len(rated) > 20
    # Where the target is 0 or 100 % a single miss is one; audits and supplier corrective actions are few.
    assert {kpi.kpi: kpi.min_denominator for kpi in rated if kpi.min_denominator < 10} == {
        "audit_report_issued_on_time": 5,
        "supplier_corrective_action_on_time": 5,
    }


# --- 5


def charted(rows: tuple[KpiRow, ...], kind: str) -> ControlChart:
    """The chart of one kind of a series."""
    counts, sizes = [row.numerator for row in rows], [row.denominator for row in rows]
    return control_chart(kind, counts, sizes, rules=("N1",))


def series(home: Home, kpi: str, first: str, last: str, dimension: str = "", member: str = "") -> tuple[KpiRow, ...]:
    """The figures of some months."""
    declared = home.catalogue.kpis[kpi]
    with session(home.settings, home.catalogue, home.catalogue.stored_of([declared])) as opened:
        return long_series(
            home.settings, home.catalogue, declared, parse_period(first), parse_period(last), opened, dimension, member
        )


def test_trap_05_overdispersed_proportions_alarm_a_plain_chart_and_not_the_one_chosen(
    plant: Plant, cases: Cases
) -> None:
    case, home = cases["overdispersed proportion"], plant("overdispersed proportion")
    name = "batch_defects_per_million_opportunities"
    rows = series(home, name, "2021-01", "2023-12")
    assert len(rows) == case.right["months"] == 36
    chosen, plain = charted(rows, "p_prime"), charted(rows, "p")
    assert chosen.center[0] == pytest.approx(case.right["center"])
    assert chosen.sigma_z == pytest.approx(case.right["sigma_z"])
    assert len(chosen.signals["N1"]) == case.right["p_prime_points_out"] == 0
    assert len(plain.signals["N1"]) == case.naive["p_points_out"] == 13
    kind = kind_of(home.catalogue.kpis[name], rows)
    assert kind == "u_prime"
    assert len(charted(rows, kind).signals["N1"]) == 0 < len(charted(rows, "u").signals["N1"])
    # What judges the reported figure is that chart: of November 2022, far out on a plain one.
    judged = {choice: home.total(home.wrong(name, control_chart=choice), "2022-11") for choice in ("auto", "u")}
    assert {choice: row.signal for choice, row in judged.items()} == {"auto": "noise", "u": "signal"}


def test_trap_05_overdispersed_class_one_shares_of_real_recalls(public: Home) -> None:
    name = "recalls_class_one_share"
    rows = series(public, name, "2022-01", "2024-12", "product_type", "Drugs")
    assert kind_of(public.catalogue.kpis[name], rows) == "p_prime"
    chosen, plain = charted(rows, "p_prime"), charted(rows, "p")
    assert (len(plain.signals["N1"]), len(chosen.signals["N1"])) == (10, 1)
    assert chosen.sigma_z == pytest.approx(2.71, abs=0.005)


def test_trap_05_overdispersion_is_allowed_for_by_every_shipped_proportion_and_rate(plant: Plant) -> None:
    for kpi in plant("overdispersed proportion").catalogue.kpis.values():
        if kpi.kind in ("proportion", "rate"):
            assert kpi.control_chart in ("auto", "p_prime", "u_prime", "none"), kpi.kpi


# --- 14


def test_trap_14_simpson_the_total_is_counted_anew_and_never_a_mean_of_sites(plant: Plant, cases: Cases) -> None:
    case, home = cases["mix of sites"], plant("mix of sites")
    name = "quality_event_on_time_closure_due_based"
    for year in ("2021", "2022"):
        table = home.table([name], year)
        row = total(table, name)
        assert (row.numerator, row.denominator) == (
            case.right[f"total_{year}"]["on_time"],
            case.right[f"total_{year}"]["due"],
        )
        by_site = values(table, name, "site")
        assert by_site == {site: case.right[f"{site}_{year}"]["percent"] for site in ("HAM", "OSA")}
        mean = sum(filter(None, by_site.values())) / len(by_site)
        assert mean == case.naive[f"mean_of_sites_{year}"]
        assert abs(mean - (row.value or 0)) > 10
    assert case.naive["mean_of_sites_2021"] < case.naive["mean_of_sites_2022"]  # the mean rises, the total falls
    assert total(table, name).trend == "down"


def test_trap_14_simpson_is_explained_each_site_improves_and_the_mix_takes_it_away(plant: Plant, cases: Cases) -> None:
    case, home = cases["mix of sites"], plant("mix of sites")
    name = "quality_event_on_time_closure_due_based"
    found = contributions(home.catalogue.kpis[name], home.table([name], "2022"), "site")
    assert found.by_mix
    assert all(part.rate_effect > 0 > part.mix_effect for part in found.parts)
    assert sum((part.change for part in found.parts), Fraction(0)) == found.change
    assert found.change == case.right["total_2022"]["percent"] - case.right["total_2021"]["percent"] == -19


# --- 15


def test_trap_15_percent_of_percent_changes_are_printed_in_points(plant: Plant, cases: Cases) -> None:
    case, home = cases["points and percent"], plant("points and percent")
    kpi = home.catalogue.kpis["quality_event_on_time_closure_due_based"]
    row = home.total(kpi, "2023-06")
    assert [row.prior, row.value] == case.right["percent"] == [80, 85]
    printed = wording.change(kpi, row.value, row.prior)
    assert printed == f"+{case.right['percentage_points']:.1f}\N{NO-BREAK SPACE}pt"
    assert "%" not in printed
    assert f"{case.right['relative_percent']:.1f}" not in printed  # 6.3 % is as true, and another thing


def test_trap_15_percent_of_percent_the_tolerance_of_a_trend_is_relative(plant: Plant) -> None:
    kpi = plant("points and percent").catalogue.kpis["quality_event_on_time_closure_due_based"]
    assert kpi.trend_tolerance == 5
    # 4 points of 80 are 5 %, which is still flat; 4 points of 40 are 10 %.
    assert [direction(kpi, now, before) for now, before in ((84, 80), (85, 80), (42, 40), (44, 40))] == [
        "flat", "up", "flat", "up",
    ]  # fmt: skip


# --- 16


@pytest.mark.parametrize("month", ["2024-03", "2024-04", "2024-06", "2024-10"])
def test_trap_16_exposure_lag_complaints_are_counted_on_what_was_sold_before(
    plant: Plant, cases: Cases, month: str
) -> None:
    case, home = cases["stopped sales"], plant("stopped sales")
    right, naive = case.right[month], case.naive[month]
    same = home.total("complaint_rate_same_period_exposure", month)
    assert (same.numerator, same.denominator) == (right["complaints"], naive["units_of_the_same_month"])
    assert same.value == naive["per_million"]  # after the sales have stopped there is none: n/a, not 0 and not infinite

    exposure = {"dataset": "units_distributed", "date": "shipped_on", "sql": "sum(units)", "lag": 1, "rolling": 6}
    of_six_months = home.total(home.wrong("complaint_rate_lagged_cumulated_exposure", exposure=exposure), month)
    assert of_six_months.denominator == right["units_of_the_six_months_before"]
    assert of_six_months.value == pytest.approx(right["per_million_of_these"])

    shipped = home.total("complaint_rate_lagged_cumulated_exposure", month)
    sold = sum(
        int(row["units"])
        for row in case.rows["units_distributed"]
        if _year_before(month) <= row["shipped_on"][:7] < month
    )
    assert shipped.denominator == pytest.approx(sold / 12)
    assert shipped.value == pytest.approx(right["complaints"] * 12e6 / sold)
    assert shipped.value != same.value


def _year_before(month: str) -> str:
    return f"{int(month[:4]) - 1}{month[4:]}"


# --- 17


def test_trap_17_totals_are_rounded_once_from_what_was_counted(plant: Plant, cases: Cases) -> None:
    case, home = cases["rounded parts"], plant("rounded parts")

    def share(name: str, condition: str) -> Kpi:
        shown = {"denominator": "count(*)", "per": 100, "unit": "%", "decimals": 1}
        return home.wrong(
            "quality_events_opened", kpi=name, kind="proportion", numerator=f"count_if({condition})", **shown
        )

    kpis = [share(part.lower(), f"department = '{part}'") for part in ("Packaging", "Production", "Warehouse")]
    whole = share("whole", "department is not null")
    table = home.table([*kpis, whole], "2021-10")
    printed = [Decimal(wording.number(total(table, kpi).value, kpi.decimals)) for kpi in kpis]
    assert [float(part) for part in printed] == case.right["share_percent_one_decimal"]
    assert float(wording.number(total(table, whole).value, 1)) == case.right["total_percent"]
    assert float(sum(printed)) == case.naive["sum_of_rounded"] != case.right["total_percent"]


def test_trap_17_totals_of_cents_are_exact(plant: Plant, cases: Cases) -> None:
    case, home = cases["cents"], plant("cents")
    row = home.total("cost_of_poor_quality_of_sales", "2021-11")
    assert str(row.numerator) == "4.5"
    assert row.numerator == float(case.right["failure_cost"])
    assert row.value == float(case.right["percent_of_sales"])
    assert row.numerator != case.naive["failure_cost_in_binary_fractions"]
