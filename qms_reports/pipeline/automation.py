"""Late data: what is rebuilt by itself, and what waits for a person.

A KPI table and its charts are rebuilt when records of their period, or of the year before it, have changed in content,
as long as the period is inside the late-data window and no blocking check on those records has failed.  Reports are
not: a report changes by its schedule, the inbox, or a person's order, and then says what it restates.

The window is counted to the end of the running month: with 62 days, the running month and the two before it are inside.
Of longer periods, the running one and the one before it are inside at least.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from qms_reports.periods import Frequency
from qms_reports.settings import Settings

LONGEST_DAYS: dict[Frequency, int] = {"week": 7, "month": 31, "quarter": 92, "year": 366, "fiscal_year": 366,
                                      "fiscal_quarter": 92, "fiscal_month": 31}  # fmt: skip
"""Of a partition; that of a fiscal period of weeks is the calendar months it stands for."""


def late_data_condition(settings: Settings, frequency: Frequency) -> dg.AutomationCondition:
    """Rebuild a partition inside the late-data window when what it is made from has changed in content."""
    conditions = dg.AutomationCondition
    # A changed template changes reports, which are a person's business; here only records count.
    changed = conditions.any_deps_match(conditions.data_version_changed()).ignore(dg.AssetSelection.groups("templates"))
    made_before = ~conditions.missing()
    # Not `all_deps_blocking_checks_passed`: months that were never built have no check to pass.
    blocked = conditions.any_deps_match(conditions.any_checks_match(conditions.check_failed(), blocking_only=True))
    condition = (
        (changed.since_last_handled() & made_before & conditions.in_latest_time_window(window(settings, frequency)))
        & ~conditions.in_progress()
        & ~conditions.any_deps_in_progress()
        & ~blocked
    )
    return condition.with_label("changed records inside the late-data window")


def window(settings: Settings, frequency: Frequency) -> dt.timedelta:
    """How far before the end of the running period the periods begin that are rebuilt by themselves."""
    longest = LONGEST_DAYS[frequency]
    beyond_month = max(longest - LONGEST_DAYS["month"], 0)
    return dt.timedelta(days=settings.late_data_days + longest + beyond_month)


def automation_sensors() -> list[dg.AutomationConditionSensorDefinition]:
    """The sensor that evaluates the conditions of KPI tables and charts."""
    return [
        dg.AutomationConditionSensorDefinition(
            name="late_data",
            target=dg.AssetSelection.groups("kpis", "charts"),
            default_status=dg.DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=60,
            run_tags={"qms/lane": "late_data"},
        )
    ]
