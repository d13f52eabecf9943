"""Listings of records: their conditions mean what a KPI's mean."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from qms_reports.charts.filling import Filling
from qms_reports.datasets.reading import session
from qms_reports.declarations.models import Calendar, TableModel
from qms_reports.kpis.table import KpiTable
from qms_reports.periods import parse_period
from qms_reports.reports.summary import dataset_title
from qms_reports.reports.tables import table


def test_business_days_in_the_filter_of_a_listing_follow_the_calendars(company_home):
    closed = TableModel(
        id="closed", title="Closed without a business day between", dataset="complaints", date="closed_on",
        filter="date_diff('day', received_on, closed_on) > 7 and business_days(received_on, closed_on, site) = 0",
        columns=("complaint_id", "site"), limit=500,
    )  # fmt: skip
    days = [dt.date(2023, 1, 1) + dt.timedelta(days=number) for number in range(731)]
    shut = Calendar(calendar="shut", title="Shut", members=("HAM",), holidays={str(day): "shut" for day in days})
    settings, period = company_home.settings, parse_period("2024")
    sites = {}
    for name, calendars in (("open", {}), ("shut", {"shut": shut})):
        catalogue = replace(company_home.catalogue, calendars=calendars)
        with session(settings, catalogue, ["complaints"]) as opened:
            filling = Filling(settings, catalogue, period, KpiTable(()), opened)
            sites[name] = [row[1] for row in table(filling, closed).rows]
    assert sites["open"] == []
    assert set(sites["shut"]) == {"HAM"}


def test_a_dataset_is_called_what_it_is_and_one_record_is_not_all_of_several(company_home):
    settings, catalogue = company_home.settings, company_home.catalogue
    with session(settings, catalogue, ["capas", "quality_events"]) as opened:
        filling = Filling(settings, catalogue, parse_period("2024"), KpiTable(()), opened)
        assert [dataset_title(filling, name) for name in ("capas", "quality_events")] == ["CAPAs", "quality events"]
        declared = TableModel(
            id="one", title="One", dataset="capas", date="opened_on", columns=("capa_id",), limit=5, order="capa_id"
        )
        several = table(filling, declared)
        key = several.rows[0][0]
        single = table(filling, declared.model_copy(update={"filter": f"capa_id = '{key}'"}))
    assert re.fullmatch(r"5 of [\d,]+ CAPAs\.", several.note)
    assert single.note == "1 of 1 CAPAs."
