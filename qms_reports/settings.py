"""Where things lie and how the site works; every setting is an environment variable ``QMS_REPORTS_<NAME>``."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from qms_reports.fiscal_calendar import FiscalCalendar, NamedAfter, WeekPattern, YearEnd

STANDARD_CATALOG = Path(__file__).parent / "catalog" / "standard"
"""The record kinds and KPIs of a quality system, for an installation's own records."""
EXAMPLE_CATALOG = Path(__file__).parent / "catalog" / "public_data"
"""An example over public data, which are shipped with it."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

EngineName = Literal["duckdb", "postgres", "spark", "bigquery", "snowflake", "redshift", "databricks"]
"""What computes the KPIs; for the last four they are compiled and checked, and run by their own tools."""


class Settings(BaseSettings):
    """The settings of one installation.

    Attributes:
        home: Folder of everything that is written: sources, datasets, kpis, reports, inbox, the Dagster instance.
        catalog: Folders of declarations, separated as in PATH and read after the shipped one; a later declaration
            of the same name wins, and ``validate`` says so.
        shipped_catalog: Whether the shipped catalogues are read at all.
        example_catalog: Whether the shipped example over public data is among them.
        time_zone: The site's time zone: where its days, months and years begin and end.
        first_period: The first month that is a partition.  Fix it once: moving it later makes Dagster forget
            which partitions it has seen.
        late_data_days: How long after its end a month's KPIs and drafts are rebuilt by themselves when records of it
            arrive late.  An older month changes only by a person's order.
        fiscal_start_month: First month of the fiscal year.
        fiscal_weeks: Weeks of the three periods of a quarter, ``445``, ``454`` or ``544``: the fiscal year then has 52
            or 53 whole weeks, and KPIs may be declared per ``fiscal_quarter`` and ``fiscal_month``.  Empty for a fiscal
            year of twelve months.
        fiscal_year_end: The day a year of weeks ends on: the ``last saturday`` of the month before
            `fiscal_start_month`, or the ``nearest saturday`` to that month's end.
        fiscal_year_named: Whether a fiscal year is called by the calendar year of its first or its last month.
        inbox_settle_seconds: An inbox file is taken once it has kept its size and time for this long.
        inbox_inline_megabytes: A larger inbox file is read in a run of its own instead of in the sensor.
        memory_limit: What DuckDB may use before it writes to disk.
        threads: Threads for reading and cleaning.  KPIs are always computed on one, for the same sums every time.
        statement_seconds: How long one statement over the records may run before it is stopped.
        engine: What computes the KPIs: ``duckdb`` in this process, a ``postgres`` server, ``spark``.  All give the same
            values; declarations that would not are refused for the engine chosen.
        engine_url: Where it is: ``postgresql://user@host/database``; a Spark master such as ``spark://host:7077`` or
            ``local[8]``.  May hold a password and is never printed.
        engine_options: Spark's own settings, such as ``{"spark.executor.memory": "8g"}``.
    """

    model_config = SettingsConfigDict(env_prefix="QMS_REPORTS_", frozen=True)

    home: Path = Path("qms_reports_home")
    catalog: str = ""
    shipped_catalog: bool = True
    example_catalog: bool = True
    time_zone: str = "UTC"
    first_period: str = "2006-01"
    late_data_days: int = Field(default=62, ge=0)
    fiscal_start_month: int = Field(default=1, ge=1, le=12)
    fiscal_weeks: WeekPattern = ""
    fiscal_year_end: str = "last saturday"
    fiscal_year_named: NamedAfter = "end"
    inbox_settle_seconds: float = Field(default=5, ge=0)
    inbox_inline_megabytes: float = Field(default=32, ge=0)
    memory_limit: str = "1600MB"
    threads: int = Field(default=2, ge=1)
    statement_seconds: float = Field(default=600, gt=0, le=86_400)
    engine: EngineName = "duckdb"
    engine_url: SecretStr = SecretStr("")
    engine_options: dict[str, str] = {}

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone; expected a name such as Europe/Berlin") from None
        return value

    @field_validator("first_period")
    @classmethod
    def _month(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) or value.startswith("0000"):
            raise ValueError(f"{value!r} is no month; expected one such as 2015-01")
        return value

    @field_validator("fiscal_year_end")
    @classmethod
    def _year_end(cls, value: str) -> str:
        rule, _, weekday = value.partition(" ")
        if rule not in get_args(YearEnd) or weekday not in _WEEKDAYS:
            raise ValueError(f"{value!r} is no end of a year; expected one such as 'last saturday', 'nearest saturday'")
        return value

    @field_validator("memory_limit")
    @classmethod
    def _bytes(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]+([.][0-9]+)? ?([KMGT]i?B)", value):
            raise ValueError(f"{value!r} is no amount of memory; expected one such as 2GB or 500MB")
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def fiscal(self) -> FiscalCalendar:
        """Where fiscal years, quarters and periods begin."""
        rule, _, weekday = self.fiscal_year_end.partition(" ")
        return FiscalCalendar(
            self.fiscal_start_month,
            self.fiscal_weeks,
            cast("YearEnd", rule),
            _WEEKDAYS.index(weekday),
            self.fiscal_year_named,
        )

    @cached_property
    def catalogs(self) -> tuple[Path, ...]:
        """The catalogue folders in reading order."""
        import os

        examples = (EXAMPLE_CATALOG,) if self.example_catalog else ()
        shipped = (STANDARD_CATALOG, *examples) if self.shipped_catalog else ()
        own = (Path(part).expanduser().absolute() for part in self.catalog.split(os.pathsep) if part)
        return (*shipped, *own)

    @property
    def inbox(self) -> Path:
        """Where users drop files."""
        return self.home / "inbox"

    @property
    def quarantine(self) -> Path:
        """Where unreadable inbox files go, each with its reason."""
        return self.home / "quarantine"
