"""Periods as Dagster partitions.  A month's partition key is its period key, ``2024-05``; others have their first day.

Dagster's partitions are stretches between the ticks of a cron expression, which knows no 4-4-5 calendar.  A period of
a fiscal year of weeks is therefore the partition of the calendar months it stands for: 2024-06-01 for the period from
26 May to 29 June 2024.
"""

from __future__ import annotations

import dagster as dg

from qms_reports.periods import FISCAL, Frequency, Period, nominal_period, parse_period, period_of
from qms_reports.settings import Settings

LANE = "qms/lane"
AS_KNOWN = "qms/as_known"
"""Run tag that asks for a report as known at an instant (ISO)."""
PARAMETERS = "qms/parameters"
"""Run tag that asks for one report of several, as JSON: ``{"site": "Hamburg"}``."""
FINAL = "qms/final"
"""Run tag that asks for a final report (``true``); any other is a draft."""


def partitions(settings: Settings, frequency: Frequency) -> dg.TimeWindowPartitionsDefinition:
    """The partitions of a frequency, from the first period of the settings to the one that is running now.

    The running one is included because records of it arrive before it is over.
    """
    first = parse_period(settings.first_period)
    start = period_of(first.start, frequency, settings.fiscal).nominal_start
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
        "fiscal_quarter": f"0 0 1 {','.join(map(str, _quarter_starts(settings.fiscal_start_month)))} *",
        "fiscal_month": "0 0 1 * *",
    }
    # A fiscal year of weeks may begin some days before the month it stands for.
    running = 2 if frequency in FISCAL and settings.fiscal_weeks else 1
    return dg.TimeWindowPartitionsDefinition(
        start=f"{start:%Y-%m-%d}", fmt="%Y-%m-%d", cron_schedule=crons[frequency], timezone=zone, end_offset=running
    )


def _quarter_starts(start_month: int) -> list[int]:
    return sorted((start_month + months - 1) % 12 + 1 for months in (0, 3, 6, 9))


def key_of(period: Period) -> str:
    """The partition key of a period."""
    return f"{period.start:%Y-%m}" if period.frequency == "month" else f"{period.nominal_start:%Y-%m-%d}"


def period_of_key(settings: Settings, frequency: Frequency, key: str) -> Period:
    """The period of a partition key."""
    import datetime as dt

    day = dt.date.fromisoformat(f"{key}-01" if frequency == "month" else key)
    return nominal_period(day, frequency, settings.fiscal)


def history(settings: Settings, frequency: Frequency) -> dg.TimeWindowPartitionMapping:
    """Which months of a dataset a KPI table is about: those of its period and of the year before it.

    What is older counts too (an event opened ten years ago may still be open), but is read from the store; the edges
    say which changed month makes which KPI table out of date.
    """
    back = {"month": -12, "quarter": -4, "year": -1, "fiscal_year": -1, "week": -53,
            "fiscal_quarter": -4, "fiscal_month": -12}[frequency]  # fmt: skip
    # Weeks begin some days before the months they stand for, or end some days after them.
    beyond = int(frequency in FISCAL and settings.fiscal_weeks != "")
    return dg.TimeWindowPartitionMapping(
        start_offset=back - beyond, end_offset=beyond, allow_nonexistent_upstream_partitions=True
    )
