"""The figures that this process computes of all KPIs, with which other ways to compute them are compared."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from qms_reports.declarations.catalogue import Catalogue
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import KpiRow
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports_tests.company_home import CompanyHome
from qms_reports_tests.public_data import public_kpis

Figures = Callable[[str], tuple[KpiRow, ...]]
"""Period to the values, each period computed once."""


@pytest.fixture(scope="session")
def public_figures(settings: Settings, catalogue: Catalogue) -> Figures:
    """Of the KPIs over the public data."""
    return functools.cache(lambda key: evaluate_now(settings, catalogue, public_kpis(catalogue), parse_period(key)))


@pytest.fixture(scope="session")
def company_figures(company_home: CompanyHome) -> Figures:
    """Of the company's KPIs."""
    settings, catalogue = company_home.settings, company_home.catalogue
    return functools.cache(lambda key: evaluate_now(settings, catalogue, sorted(catalogue.kpis), parse_period(key)))
