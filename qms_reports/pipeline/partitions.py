"""Periods as Dagster partitions.  A month's partition key is its period key, ``2024-05``."""

from __future__ import annotations

import dagster as dg

from qms_reports.periods import Frequency, Period, parse_period, period_of
from qms_reports.settings import Settings

LANE = "qms/lane"
AS_KNOWN = "qms/as_known"
"""Run tag that asks for a report as known at an instant (ISO)."""


def partitions(settings: Settings, frequency: Frequency) -> dg.TimeWindowPartitionsDefinition:
    """The partitions of a frequency, from the first period of the settings to the one that is running now.

    The running one is included because records of it arrive before it is over.
    """
    first = parse_period(settings.first_period)
    start = period_of(first.start, frequency, settings.fiscal_start_month).start
    zone = settings.time_zone
    if frequency == "month":
        return dg.TimeWindowPartitionsDefinition(
            start=f"{start:%Y-%m}", fmt="%Y-%m", cron_schedule="0 0 1 * *", timezone=zone, end_offset=1
        )
    crons = {
        "quarter": "0 0 1 1,4,7,10 *",
        "year": "0 0 1 1 *",
        "fiscal_year": f"0 0 1 {settings.fiscal_start_month} *",
        "week": "0 0 * * 1",
    }
    return dg.TimeWindowPartitionsDefinition(
        start=f"{start:%Y-%m-%d}", fmt="%Y-%m-%d", cron_schedule=crons[frequency], timezone=zone, end_offset=1
    )


def key_of(period: Period) -> str:
    """The partition key of a period."""
    return f"{period.start:%Y-%m}" if period.frequency == "month" else f"{period.start:%Y-%m-%d}"


def period_of_key(settings: Settings, frequency: Frequency, key: str) -> Period:
    """The period of a partition key."""
    import datetime as dt

    day = dt.date.fromisoformat(f"{key}-01" if frequency == "month" else key)
    return period_of(day, frequency, settings.fiscal_start_month)


def history(frequency: Frequency) -> dg.TimeWindowPartitionMapping:
    """Which months of a dataset a KPI table is about: those of its period and of the year before it.

    What is older counts too (an event opened ten years ago may still be open), but is read from the store; the edges
    say which changed month makes which KPI table out of date.
    """
    months_back = {"month": -12, "quarter": -4, "year": -1, "fiscal_year": -1, "week": -53}
    return dg.TimeWindowPartitionMapping(
        start_offset=months_back[frequency], end_offset=0, allow_nonexistent_upstream_partitions=True
    )
