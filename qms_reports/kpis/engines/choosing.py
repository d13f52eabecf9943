"""Which engine an installation uses, and what every engine can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from qms_reports.datasets.reading import Session
from qms_reports.declarations.portability import TITLES
from qms_reports.settings import EngineName, Settings

Row = tuple[int, int, int | None, str | None, str | None, Sequence[str | None]]
"""Group, window, dimension index (``None``: the total), member, stratum, and the values as texts."""

Tables = Mapping[str, Mapping[str, str]]
"""Name of a dataset to its columns and their DuckDB types."""


class EngineError(Exception):
    """An engine cannot be reached or refuses a statement; the message says which, why and what to do."""


class Engine(Protocol):
    """What runs a compiled KPI statement."""

    def run(self, sql: str, opened: Session, tables: Tables) -> list[Row]:
        """Run a statement over the records of a session.

        Args:
            sql: A statement as `kpis.compiling` gives it.
            opened: The records as known, which an engine elsewhere copies to itself once.
            tables: The datasets that the statement reads.

        Returns:
            Its rows, ordered by all but their values.

        Raises:
            EngineError: The engine cannot be reached or refuses the statement.
        """
        ...


def engine_of(settings: Settings) -> Engine:
    """The engine of an installation.

    Raises:
        EngineError: Its package is not installed, or KPIs are only compiled for it.
    """
    options = tuple(sorted(settings.engine_options.items()))
    return _engine(settings.engine, settings.engine_url.get_secret_value(), options, settings.home / "datasets")


@lru_cache(maxsize=8)
def _engine(name: EngineName, url: str, options: tuple[tuple[str, str], ...], folder: Path) -> Engine:
    if name == "duckdb":
        from qms_reports.kpis.engines.local import LocalEngine

        return LocalEngine()
    if name == "postgres":
        from qms_reports.kpis.engines.postgres import PostgresEngine

        return PostgresEngine(url)
    if name == "spark":
        from qms_reports.kpis.engines.spark import SparkEngine

        return SparkEngine(url, dict(options), folder)
    raise EngineError(
        f"KPIs are compiled for {TITLES[name]}, but not run on it from here; run the SQL that 'qms-reports kpi run ID "
        "--sql' prints, or set QMS_REPORTS_ENGINE to duckdb, postgres or spark"
    )
