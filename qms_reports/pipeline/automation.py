"""Late data: what is rebuilt by itself, and what waits for a person.

A KPI table and its charts are rebuilt when records of their period, or of the year before it, have changed, as long as
the period ended no longer than `late_data_days` ago, and once the checks on those records have passed.  Reports are not:
a report changes by its schedule, the inbox, or a person's order, and then says what it restates.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from qms_reports.settings import Settings


def late_data_condition(settings: Settings) -> dg.AutomationCondition[dg.AssetKey]:
    """Rebuild a partition inside the late-data window when what it is made from has changed in content."""
    changed = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed())
    window = dg.AutomationCondition.in_latest_time_window(dt.timedelta(days=settings.late_data_days + 31))
    made_before = ~dg.AutomationCondition.missing()
    return (
        (changed.since_last_handled() & made_before & window)
        & ~dg.AutomationCondition.in_progress()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & dg.AutomationCondition.all_deps_blocking_checks_passed()
    ).with_label("changed records inside the late-data window")


def automation_sensors(settings: Settings) -> list[dg.AutomationConditionSensorDefinition]:
    """The sensor that evaluates the conditions of KPI tables and charts."""
    del settings
    return [
        dg.AutomationConditionSensorDefinition(
            name="late_data",
            target=dg.AssetSelection.groups("kpis", "charts"),
            default_status=dg.DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=60,
            run_tags={"qms/lane": "late_data"},
        )
    ]
