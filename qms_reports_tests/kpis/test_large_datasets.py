"""A dataset too large for memory gives the figures of one held in it, read from its files in parts."""

from __future__ import annotations

import pytest

from qms_reports.datasets import reading
from qms_reports.kpis import counting
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.periods import parse_period
from qms_reports_tests.company_home import MONTH
from qms_reports_tests.public_data import public_kpis


def read_from_files(settings, catalogue, monkeypatch, period, kpis):
    """The figures of records that are read from their files a few windows at once."""
    monkeypatch.setattr(reading, "IN_MEMORY_ROWS", 0)
    monkeypatch.setattr(counting, "_WINDOWS_AT_ONCE", 5)
    reading.close_sessions()
    try:
        return evaluate_now(settings, catalogue, kpis, parse_period(period))
    finally:
        reading.close_sessions()


@pytest.mark.parametrize("period", ["2014-05", "2019-Q4"])
def test_the_public_data_have_the_same_figures_read_from_files_a_few_windows_at_once(
    settings, catalogue, public_figures, monkeypatch, period
):
    kpis = public_kpis(catalogue)  # the shared home has no records of any other
    held = public_figures(period)
    assert read_from_files(settings, catalogue, monkeypatch, period, kpis) == held


def test_a_whole_company_has_the_same_figures_read_from_files(company_home, company_figures, monkeypatch):
    settings, catalogue = company_home.settings, company_home.catalogue
    held = company_figures(MONTH)
    assert sum(row.value is not None for row in held) > 10_000
    assert read_from_files(settings, catalogue, monkeypatch, MONTH, sorted(catalogue.kpis)) == held
