"""One example company per session, and a home for each planted case that a test asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from qms_reports.datasets.reading import close_sessions
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.example_company.command import write_demo_data
from qms_reports.settings import Settings
from qms_reports_tests.traps.planted_home import RECEIVED, Case, Home, Plant, Row, planted_case


@pytest.fixture(scope="session")
def trap_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an example company; the planted rows stand among the others."""
    return write_demo_data(tmp_path_factory.mktemp("traps") / "files", 7, "2019-01", "2025-12", 10_000).folder


@pytest.fixture(scope="session")
def cases(trap_company: Path) -> dict[str, Case]:
    """The planted cases that have been read."""
    return _Cases(trap_company)


class _Cases(dict[str, Case]):
    def __init__(self, company: Path) -> None:
        self.company = company

    def __missing__(self, name: str) -> Case:
        self[name] = planted_case(self.company, name)
        return self[name]


@pytest.fixture(scope="session")
def standard() -> Catalogue:
    """The shipped standard catalogue."""
    catalogue = load_catalogue(Settings(home=Path("nowhere"), example_catalog=False))
    assert not catalogue.issues
    return catalogue


@pytest.fixture(scope="session")
def public(settings: Settings, catalogue: Catalogue) -> Home:
    """The shipped public data: recalls, deliveries of medicines."""
    return Home(settings, catalogue)


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, Case], standard: Catalogue) -> Iterator[Plant]:
    """Takes the records of a case in, as shipped once per session; under another catalogue, or other rows, anew."""
    known: dict[str, Home] = {}

    def planted(
        name: str,
        catalogue: Catalogue = standard,
        rows: Mapping[str, list[Row]] | None = None,
        received: dt.datetime = RECEIVED,
    ) -> Home:
        shared = catalogue is standard and rows is None and received == RECEIVED
        if shared and name in known:
            return known[name]
        folder = tmp_path_factory.mktemp("planted")
        home = Home(Settings(home=folder, example_catalog=False), catalogue)
        for dataset, delivered in (cases[name].rows if rows is None else rows).items():
            home.deliver(dataset, delivered, received)
        if shared:
            known[name] = home
        return home

    yield planted
    close_sessions()
