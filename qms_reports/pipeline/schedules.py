"""The calendar: each template's own schedule builds the period before."""

import dagster as dg

from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Template
from qms_reports.periods import latest_complete
from qms_reports.pipeline.partitions import LANE, key_of
from qms_reports.settings import Settings


def selection(template: Template) -> dg.AssetSelection:
    """A template's reports and all that they are made from, checks included."""
    reports = dg.AssetSelection.assets(*(dg.AssetKey(["reports", template.template, form]) for form in ("pdf", "xlsx")))
    return reports.upstream()


def template_schedules(settings: Settings, catalogue: Catalogue) -> list[dg.ScheduleDefinition]:
    """One schedule per template that declares one."""
    return [_schedule(settings, template) for template in catalogue.templates.values() if template.schedule]


def _schedule(settings: Settings, template: Template) -> dg.ScheduleDefinition:
    name = template.template

    @dg.schedule(
        name=f"{name}_schedule",
        cron_schedule=template.schedule,
        execution_timezone=settings.time_zone,
        target=selection(template),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Builds {template.title} of the {template.frequency.replace('_', ' ')} before.",
    )
    def scheduled(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        moment = context.scheduled_execution_time.astimezone(settings.zone)
        period = latest_complete(template.frequency, moment, settings.zone, settings.fiscal_start_month)
        # The tick is part of the run key: a schedule turned on again builds the period anew.
        return dg.RunRequest(
            run_key=f"{name}/{period.key}/{moment:%Y-%m-%dT%H:%M}",
            partition_key=key_of(period),
            tags={LANE: "schedule"},
        )

    return scheduled
