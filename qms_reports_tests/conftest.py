"""What several test modules share: one home folder with the example catalogue taken in, built once per session."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qms_reports import building
from qms_reports.datasets.reading import close_sessions
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.settings import Settings
from qms_reports_tests.company_home import CompanyHome, take_company_in
from qms_reports_tests.company_home import company_home as company_of
from qms_reports_tests.no_skip import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - hooks
from qms_reports_tests.sharing import made_once, place, scheduler
from qms_reports_tests.vera import Vera, missing, running


def take_in(settings: Settings) -> Catalogue:
    """Receive every declared file and take it into its datasets, as the stages 1 and 2 do."""
    catalogue = load_catalogue(settings)
    for source in catalogue.sources:
        building.land(settings, catalogue, source)
    for dataset in catalogue.datasets.values():
        if dataset.view is None:
            building.clean(settings, catalogue, dataset.dataset)
    return catalogue


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder with the shipped example catalogue's files taken in.  Read only: change a copy (`own_home`)."""

    def make(folder: Path) -> None:
        take_in(Settings(home=folder / "home"))
        close_sessions()

    yield made_once(tmp_path_factory, "example", make) / "home"
    close_sessions()


@pytest.fixture(scope="session")
def settings(example_home: Path) -> Settings:
    """Settings of the shared home folder; read only."""
    return Settings(home=example_home)


@pytest.fixture(scope="session")
def catalogue(settings: Settings) -> Catalogue:
    """The shipped example catalogue."""
    return load_catalogue(settings)


@pytest.fixture
def own_home(example_home: Path, tmp_path: Path) -> Path:
    """A copy of the shared home folder that a test may change."""
    home = tmp_path / "home"
    shutil.copytree(example_home, home)
    return home


@pytest.fixture(scope="session")
def company_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompanyHome]:
    """A small example company under the standard catalogue, taken in.  Its records are read only."""

    def make(folder: Path) -> None:
        take_company_in(folder)
        close_sessions()

    home = tmp_path_factory.mktemp("company_home") / "home"
    shutil.copytree(made_once(tmp_path_factory, "company", make) / "home", home)  # what is computed is written into it
    yield company_of(home)
    close_sessions()


@pytest.fixture(scope="session")
def vera() -> Iterator[Vera]:
    """A running veraPDF, which judges all files of a session in one Java process."""
    if reason := missing():
        pytest.skip(reason)
    with running() as started:
        yield started


# Dagster, pydantic and SQL trees make objects by the million that live on; looking for cycles among them again and
# again is a tenth of the tests' time.
gc.set_threshold(100_000, 50, 100)

# --- several worker processes (make test): see sharing.py


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))
