"""KPIs over more than one dataset, of strata and of single values, on real deliveries."""

# ruff: noqa: E501 - declarations, one KPI or list of columns a line

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from qms_reports.datasets.ingestion import ingest
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import KpiTable
from qms_reports.kpis.tracing import trace_kpi
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing

DATASETS = {
    "complaints": """
        columns: {id: {}, product: {}, site: {}, cause: {}, received: {type: date}, days: {type: integer}, ended: {type: boolean}, voided: {type: date}}
        key: [id]
        period_date: received
        roles: {opened: received, voided: voided}
        dimensions: {product: Product, site: Site}
        related:
          earlier: {dataset: complaints, on: {cause: cause}, when: "other_received < received and other_received >= received - interval 12 month", sql: count(*)}
          shipped_on: {dataset: shipments, on: {product: product}, when: other_shipped <= received, sql: max(other_shipped), type: date}
    """,
    "shipments": """
        columns: {id: {}, product: {}, shipped: {type: date}, units: {type: integer}}
        key: [id]
        period_date: shipped
        dimensions: {product: Product}
    """,
    "steps": """
        columns: {id: {}, step: {}, ended: {type: date}, started: {type: integer}, good: {type: integer}}
        key: [id]
        period_date: ended
        dimensions: {step: Step}
    """,
    "results": """
        columns: {id: {}, characteristic: {}, tested: {type: date}, value: {type: number}, low: {type: number}, high: {type: number}}
        key: [id]
        period_date: tested
        dimensions: {characteristic: Characteristic}
    """,
}
KPIS = """
kpis:
  - {kpi: complaint_rate, title: Rate, dataset: complaints, kind: rate, date: received, numerator: count(*), exposure: {dataset: shipments, date: shipped, sql: sum(units)}, per: 1000000, formula: F}
  - {kpi: complaint_rate_lagged, title: Lagged, dataset: complaints, kind: rate, date: received, numerator: count(*), exposure: {dataset: shipments, date: shipped, sql: sum(units), lag: 2, rolling: 3}, per: 1000000, formula: F}
  - {kpi: recurring, title: Recurring, dataset: complaints, kind: proportion, date: received, filter: cause is not null, numerator: count_if(earlier > 0), denominator: count(*), per: 100, maturity_days: 30, formula: F}
  - {kpi: yield_rolled, title: RTY, dataset: steps, kind: statistic, date: ended, numerator: sum(good), denominator: sum(started), strata: [step], combine: product, per: 100, formula: F}
  - {kpi: yield_worst, title: Worst, dataset: steps, kind: statistic, date: ended, numerator: sum(good), denominator: sum(started), strata: [step], combine: minimum, per: 100, formula: F}
  - {kpi: days_median, title: Days, dataset: complaints, kind: statistic, date: received, method: {name: kaplan_meier_median, values: days, event: ended}, formula: F}
  - {kpi: worst_ppk, title: Ppk, dataset: results, kind: statistic, date: tested, method: {name: ppk, values: value, order: tested, lower_limit: min(low), upper_limit: max(high)}, strata: [characteristic], combine: minimum, formula: F}
  - {kpi: dpmo_sigma, title: Sigma, dataset: steps, kind: statistic, date: ended, numerator: sum(started) - sum(good), denominator: sum(started), per: 1000000, transform: sigma_level, formula: F}
"""

COMPLAINTS = """id,product,site,cause,received,days,ended,voided
1,A,HAM,seal,2023-06-10,10,yes,
2,A,OSA,seal,2024-05-02,20,yes,
3,A,HAM,seal,2024-05-20,30,yes,
4,B,HAM,dose,2024-05-21,40,no,
5,B,,dose,2022-05-21,50,yes,
6,A,HAM,seal,2024-05-22,5,yes,2024-05-30
7,C,HAM,,2024-05-22,40,no,
"""
SHIPMENTS = """id,product,shipped,units
1,A,2024-01-10,1000
2,A,2024-03-10,4000
3,A,2024-05-10,2000
4,B,2024-02-10,500
5,D,2024-05-11,3000
"""
STEPS = "id,step,ended,started,good\n1,mix,2024-05-01,100,90\n2,mix,2024-05-02,100,98\n3,fill,2024-05-03,50,45\n"


class Site:
    """An installation with the datasets above and their files taken in."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        for name, body in DATASETS.items():
            for sub in ("sources", "datasets", "kpis"):
                (folder / "catalog" / sub).mkdir(parents=True, exist_ok=True)
            lines = "\n".join(line.strip() if "  " not in line[8:] else line[8:] for line in body.splitlines())
            (folder / f"catalog/sources/{name}.yaml").write_text(f"source: {name}\ntitle: {name}\ninbox: ['{name}*']\n")
            (folder / f"catalog/datasets/{name}.yaml").write_text(
                f"dataset: {name}\ntitle: {name}\nsource: {name}\n{lines}\n"
            )
        (folder / "catalog/kpis/all.yaml").write_text(KPIS)
        self.settings = Settings(home=folder / "home", catalog=str(folder / "catalog"), shipped_catalog=False)
        self.catalogue = load_catalogue(self.settings)
        assert [str(issue) for issue in self.catalogue.issues] == []
        for name, text in files.items():
            file = folder / f"{name}.csv"
            file.write_text(text)
            moment = dt.datetime(2024, 6, 5, tzinfo=dt.UTC)
            Landing(self.settings.home, name).receive(file, moment, "inbox")
            ingest(self.settings, self.catalogue.datasets[name], self.catalogue.sources)

    def table(self, *names: str, period: str = "2024-05") -> KpiTable:
        return KpiTable(evaluate_now(self.settings, self.catalogue, names, parse_period(period)))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    files = {"complaints": COMPLAINTS, "shipments": SHIPMENTS, "steps": STEPS, "results": measured()}
    return Site(tmp_path_factory.mktemp("related"), files)


def measured() -> str:
    rows = ["id,characteristic,tested,value,low,high"]
    for number in range(30):
        rows.append(f"a{number},assay,2024-05-{number % 28 + 1:02},{100 + 0.5 * math.sin(7.1 * number):.6f},95,105")
        rows.append(f"w{number},water,2024-05-{number % 28 + 1:02},{3 + 0.4 * math.sin(5.3 * number):.6f},,5")
    return "\n".join(rows) + "\n"


def test_a_rate_is_counted_on_the_exposure_of_another_dataset_member_by_member(site):
    table = site.table("complaint_rate")
    total = table.total("complaint_rate")
    assert (total.numerator, total.denominator, total.value) == (4, 5000, 800)  # the voided one counts no more
    assert total.lower < 800 < total.upper
    members = {row.member: (row.numerator, row.denominator) for row in table.members("complaint_rate", "product")}
    # D was shipped and has no complaint; B and C have complaints and were not shipped, which is no rate at all.
    assert members == {"A": (2, 2000), "B": (1, 0), "C": (1, 0), "D": (0, 3000)}
    assert table.member("complaint_rate", "product", "B").value is None
    assert table.member("complaint_rate", "product", "D").value == 0
    assert table.members("complaint_rate", "site") == ()  # shipments know no site


def test_an_exposure_may_lie_before_the_period_and_reach_over_several(site):
    row = site.table("complaint_rate_lagged").total("complaint_rate_lagged")
    assert (row.numerator, row.denominator) == (4, 1000 + 4000 + 500)  # January to March for May


def test_a_traced_rate_lists_the_records_on_both_sides(site):
    found = trace_kpi(site.settings, site.catalogue, site.catalogue.kpis["complaint_rate"], parse_period("2024-05"))
    assert sorted(record.key for record in found.records) == ["2", "3", "4", "7"]
    assert sorted(record.key for record in found.exposure) == ["3", "5"]
    assert {record.file for record in found.exposure} == {"shipments.csv"}


def test_related_columns_are_counted_over_the_partners_and_never_the_record_itself(site):
    with session(site.settings, site.catalogue, ["complaints"]) as opened:
        found = opened.cursor().execute("SELECT id, earlier, shipped_on FROM complaints ORDER BY id").fetchall()
    day = dt.date
    assert found == [("1", 0, None), ("2", 1, day(2024, 3, 10)), ("3", 2, day(2024, 5, 10)), ("4", 0, day(2024, 2, 10)),
                     ("5", 0, None), ("6", 3, day(2024, 5, 10)), ("7", 0, None)]  # fmt: skip
    row = site.table("recurring").total("recurring")
    assert (row.numerator, row.denominator) == (2, 3)


def test_an_immature_period_has_a_value_and_says_so(site):
    states = {row.period: row.state for row in site.table("recurring").series("recurring")}
    assert (states["2024-04"], states["2024-05"]) == ("ok", "immature")  # received on 5 June, 30 days wanted
    assert site.table("recurring").total("recurring").status == "none"


def test_strata_are_combined_and_not_pooled(site):
    table = site.table("yield_rolled", "yield_worst")
    assert table.total("yield_rolled").value == pytest.approx(100 * (188 / 200) * (45 / 50))
    assert table.total("yield_worst").value == 90
    assert table.member("yield_rolled", "step", "mix").value == 94


def test_times_still_running_are_censored_and_not_left_out(site):
    row = site.table("days_median").total("days_median")
    # 20, 30, and two still running after 40: S(20) = 3/4, S(30) = 1/2.
    assert (row.numerator, row.denominator, row.value) == (2, 4, 30)
    only_running = site.table("days_median").member("days_median", "product", "C")
    assert only_running.value is None
    assert only_running.remark == "fewer than half have ended: the median is not reached"


def test_a_capability_is_the_worst_of_its_characteristics(site):
    row = site.table("worst_ppk").total("worst_ppk")
    values = [float(line.split(",")[3]) for line in measured().splitlines()[1:] if line.startswith("w")]
    mean = math.fsum(values) / 30
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / 29)
    assert row.value == pytest.approx((5 - mean) / (3 * deviation))
    assert row.lower < row.value < row.upper


def test_a_sigma_level_is_the_normal_quantile_of_what_is_free_of_defects(site):
    from statistics import NormalDist

    assert site.table("dpmo_sigma").total("dpmo_sigma").value == pytest.approx(NormalDist().inv_cdf(1 - 17 / 250))
