"""The calendar: each template's own schedule builds the period before."""

from collections.abc import Mapping

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from qms_reports.building import domains, stored_datasets
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.periods import latest_complete
from qms_reports.pipeline.partitions import LANE, key_of
from qms_reports.reports.publishing import forms_of
from qms_reports.settings import Settings


def asset_keys(catalogue: Catalogue, template: Template) -> list[dg.AssetKey]:
    """Every asset of a template's chain that has the template's partitions, or none."""
    stored = stored_datasets(catalogue, template)
    sources = sorted({s for d in stored for s in (d.source, *(join.source for join in d.joins)) if s})
    name = template.template
    keys = [dg.AssetKey(["sources", source]) for source in sources]
    # Datasets are partitioned by month; the KPI step of a longer period takes in what has arrived by itself.
    keys += [dg.AssetKey(["datasets", d.dataset]) for d in stored if template.frequency == "month"]
    keys += [dg.AssetKey(["kpis", template.frequency, domain]) for domain in domains(catalogue, template)]
    keys += [dg.AssetKey(["templates", name]), dg.AssetKey(["charts", name])]
    return [*keys, *(dg.AssetKey(["reports", name, form]) for form in forms_of(template))]


def report_jobs(catalogue: Catalogue) -> dict[str, UnresolvedAssetJobDefinition]:
    """Template to the job of its chain: what a person launches on the page, and what schedules and the inbox ask for.

    Among many assets the page has no shorter way from "this report" to all that it is made from.
    """
    return {
        name: dg.define_asset_job(
            f"build_{name}",
            dg.AssetSelection.assets(*asset_keys(catalogue, template)),
            description=f"{template.title} of one {template.frequency.replace('_', ' ')}, from sources to files.",
        )
        for name, template in sorted(catalogue.templates.items())
    }


def template_schedules(
    settings: Settings, catalogue: Catalogue, jobs: Mapping[str, UnresolvedAssetJobDefinition]
) -> list[dg.ScheduleDefinition]:
    """One schedule per template that declares one."""
    return [
        _schedule(settings, template, jobs[template.template])
        for template in catalogue.templates.values()
        if template.schedule
    ]


def _schedule(settings: Settings, template: Template, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    name = template.template

    @dg.schedule(
        name=f"{name}_schedule",
        cron_schedule=template.schedule,
        execution_timezone=settings.time_zone,
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Builds {template.title} of the {template.frequency.replace('_', ' ')} before.",
    )
    def scheduled(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        catalogue = load_catalogue(settings)
        if name not in catalogue.templates:
            return dg.SkipReason(f"template {name} cannot be used; its asset templates/{name} says why")
        moment = context.scheduled_execution_time.astimezone(settings.zone)
        period = latest_complete(template.frequency, moment, settings.zone, settings.fiscal)
        # The tick is part of the run key: a schedule turned on again builds the period anew.
        return dg.RunRequest(
            run_key=f"{name}/{period.key}/{moment:%Y-%m-%dT%H:%M}",
            partition_key=key_of(period),
            tags={LANE: "schedule"},
        )

    return scheduled
