"""KPIs of a 4-4-5 calendar: records fall into whole weeks, and a period without records stays in the trend."""

from __future__ import annotations

import pytest

from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import parse_period
from qms_reports_tests.small_catalogue import Site

OPENED = (
    "2021-12-31",  # 2022-P03 of years to the last Saturday of September
    "2022-09-24",  # last day of FY2022
    "2022-09-25",  # first day of FY2023
    "2023-08-19",  # last day of FY2023-P11
    "2023-08-20",  # first day of FY2023-P12, which has 6 weeks
    "2023-09-30",  # its last day, in the 53rd week
    "2023-10-01",  # first day of FY2024
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("fiscal"))
    path = made.folder / "catalog/kpis/deviations.yaml"
    path.write_text(
        path.read_text().replace(
            "title: Opened,", "title: Opened, frequencies: [month, fiscal_month, fiscal_quarter, fiscal_year],"
        )
    )
    changes = {"fiscal_start_month": 10, "fiscal_weeks": "445", "fiscal_year_end": "last saturday"}
    made.settings = made.settings.model_copy(update=changes)
    made.deliver([{"id": number, "opened": day, "site": "HAM"} for number, day in enumerate(OPENED)], "2023-11-15")
    return made


def line(site: Site, period: str) -> list[KpiRow]:
    """The series of a count, oldest first."""
    rows = evaluate_now(site.settings, site.catalogue, ["opened"], parse_period(period, site.settings.fiscal))
    return [row for row in rows if row.dimension == TOTAL and row.ago >= 0]


def test_a_record_belongs_to_the_fiscal_period_of_its_day(site):
    counted = {row.period: row.value for row in line(site, "FY2023-P12")}
    assert len(counted) == 13
    assert {key: value for key, value in counted.items() if value} == {
        "FY2022-P12": 1,
        "FY2023-P01": 1,
        "FY2023-P11": 1,
        "FY2023-P12": 2,
    }


def test_a_period_without_records_stays_in_the_trend_as_zero(site):
    rows = {row.period: row for row in line(site, "FY2023-P12")}
    assert list(rows) == ["FY2022-P12", *(f"FY2023-P{number:02}" for number in range(1, 13))]
    assert (rows["FY2023-P05"].value, rows["FY2023-P05"].state) == (0, "ok")


@pytest.mark.parametrize(("period", "value"), [("FY2023-FQ4", 3), ("FY2023", 4), ("FY2022", 2), ("FY2024-P01", 1)])
def test_quarters_and_years_are_those_of_whole_weeks(site, period, value):
    assert line(site, period)[-1].value == value


def test_a_fiscal_period_is_compared_with_the_same_one_of_the_year_before(site):
    (reported,) = (row for row in line(site, "FY2023-P12") if row.ago == 0)
    assert (reported.value, reported.last_year) == (2, 1)
