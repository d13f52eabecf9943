"""What all declarations have in common: immutability, names, dates, SQL."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"period_start", "period_end", "period_last_day", "period_start_at", "period_end_at"})
"""Column names that SQL expressions of a KPI find already defined."""


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > 60:  # noqa: PLR2004 - long enough for a name, short enough for a path
        raise ValueError("a name starts with a letter and has only a-z, 0-9 and _ (60 at most)")
    if value in RESERVED:
        raise ValueError(f"'{value}' is reserved for the period of a KPI")
    return value


def _date(value: str) -> str:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a date such as 2024-05-31 or an instant such as 2024-05-31T18:00:00") from None
    return value


Name = Annotated[str, AfterValidator(_name)]
IsoDate = Annotated[str, AfterValidator(_date)]
Sql = Annotated[str, Field(min_length=1, max_length=20_000)]


class Model(BaseModel):
    """Base of all declarations: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def instant(value: str) -> dt.datetime:
    """A declared date or instant as UTC; a date without time is its first moment, a time without zone is UTC."""
    moment = dt.datetime.fromisoformat(value)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
