"""A home folder with a small example company taken in, and the month whose quality review tests ask for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.editions import Edition
from qms_reports.example_company.command import write_demo_data
from qms_reports.periods import parse_period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing

RECEIVED = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
MONTH = "2024-05"


@dataclass(frozen=True)
class CompanyHome:
    """The home folder, and the report that is asked for."""

    settings: Settings
    catalogue: Catalogue
    template: Template
    edition: Edition


def take_company_in(folder: Path) -> None:
    """Write the company's files, and take them in below ``home``."""
    files = write_demo_data(folder / "files", 7, "2023-01", "2024-12", 10_000).folder
    settings = Settings(home=folder / "home", example_catalog=False)
    catalogue = load_catalogue(settings)
    for name, dataset in catalogue.datasets.items():
        delivered = sorted(files.glob(f"{dataset.source}_[0-9]*.csv")) if dataset.source else []
        for file in delivered:
            Landing(settings.home, dataset.source or "").receive(file, RECEIVED, "inbox")
        if delivered:
            building.clean(settings, catalogue, name)


def company_home(home: Path) -> CompanyHome:
    """The company whose records are in a home folder."""
    settings = Settings(home=home, example_catalog=False)
    catalogue = load_catalogue(settings)
    template, edition = catalogue.templates["quality_review"], Edition(parse_period(MONTH))
    return CompanyHome(settings, catalogue, template, edition)
