"""What is set up, what is missing, and what to do: the answers of ``qms-reports doctor``."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass

from qms_reports.datasets.ingestion import pending, versions
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.declarations.issues import blocking
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import StoreError

LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: what was looked at, whether it is well, what was found, what to do if not."""

    what: str
    good: bool
    said: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that a build needs."""
    return [_python(), *_packages(), *_home(settings), *_catalogue(settings), *_data(settings), _dagster(settings)]


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("Python", good, platform.python_version(), "install Python 3.11 or newer")


def _packages() -> list[Finding]:
    found = []
    for name in ("qms-reports", "dagster", "dagster-webserver", "duckdb", "reportlab", "openpyxl"):
        try:
            found.append(Finding(name, good=True, said=importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, good=False, said="not installed", remedy=f"pip install {name}, or make install"))
    return found


def _home(settings: Settings) -> list[Finding]:
    from qms_reports.pipeline.launching import prepare_home

    named = "QMS_REPORTS_HOME" if "QMS_REPORTS_HOME" in os.environ else "default"
    try:
        prepare_home(settings)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except (StoreError, OSError) as error:
        return [
            Finding("home folder", good=False, said=str(error), remedy="set QMS_REPORTS_HOME to a folder you can write")
        ]
    free = shutil.disk_usage(settings.home).free
    space = Finding("free space", free > LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB", "free at least 0.5 GB")
    return [Finding("home folder", good=True, said=f"{settings.home} ({named})"), space]


def _catalogue(settings: Settings) -> list[Finding]:
    catalogue = load_catalogue(settings)
    said = (
        f"{len(catalogue.sources)} sources, {len(catalogue.datasets)} datasets, {len(catalogue.kpis)} KPIs, "
        f"{len(catalogue.templates)} templates"
    )
    good = not blocking(catalogue.issues)
    missing = [f"{issue.message}: {issue.hint}" for issue in catalogue.issues if "no catalogue folder" in issue.message]
    remedy = "; ".join([*missing, f"{len(catalogue.broken)} declarations are broken; qms-reports validate says where"])
    return [Finding("catalogue", good, said, remedy)]


def _data(settings: Settings) -> list[Finding]:
    catalogue = load_catalogue(settings)
    found = []
    for name, source in sorted(catalogue.sources.items()):
        count = len(Landing(settings.home, name).deliveries())
        good = bool(count or source.file)
        said = (
            f"{count} files received"
            if count
            else "none received yet" + (", read at the first build" if source.file else "")
        )
        found.append(Finding(f"source {name}", good, said, f"drop a file into {settings.inbox / name}"))
    for name, dataset in sorted(catalogue.datasets.items()):
        if dataset.view is None:
            waiting = len(pending(settings, dataset, catalogue.sources))
            months = len(versions(settings, dataset).months())
            said = f"{months} months of records" + (
                f", {waiting} files to be read at the next build" if waiting else ""
            )
            found.append(Finding(f"dataset {name}", good=True, said=said))
    return found


def _dagster(settings: Settings) -> Finding:
    config = settings.home / "dagster.yaml"
    said = f"{config} is there; make up (or qms-reports up) starts the page" if config.exists() else "no dagster.yaml"
    return Finding("Dagster instance", config.exists(), said, "run qms-reports build once: it writes the file")
