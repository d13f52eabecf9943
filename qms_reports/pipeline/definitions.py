"""One place where everything Dagster serves is put together; the page, the command line and the tests all use it."""

from __future__ import annotations

import warnings
from typing import Any

import dagster as dg

from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.pipeline import assets
from qms_reports.pipeline.automation import automation_sensors
from qms_reports.pipeline.backfilling import backfill_job
from qms_reports.pipeline.report_assets import report_assets
from qms_reports.pipeline.schedules import report_jobs, template_schedules
from qms_reports.pipeline.sensors import inbox_sensor, ingest_job, large_file_sensor
from qms_reports.settings import Settings


def build_definitions(settings: Settings, catalogue: Catalogue | None = None, **overrides: Any) -> dg.Definitions:
    """Everything declared, as Dagster definitions.

    Args:
        settings: The installation.
        catalogue: The declarations; read from the settings' folders if absent.
        overrides: Arguments of `dagster.Definitions` to replace (resources, executor …).

    Returns:
        Assets, checks, sensors, schedules and jobs.  A broken declaration is an asset with a failing check.
    """
    catalogue = catalogue or load_catalogue(settings)
    with warnings.catch_warnings():
        # Partitioned checks are a preview in Dagster 1.13; test_dagster_behaviours.py pins what we rely on.
        warnings.filterwarnings("ignore", message=".*partitions_def.*", category=dg.PreviewWarning)
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        made = _assets(settings, catalogue)
        reading = ingest_job(settings)
        jobs = report_jobs(catalogue)
        arguments: dict[str, Any] = {
            "assets": made,
            "sensors": [
                inbox_sensor(settings, jobs, reading),
                large_file_sensor(settings, reading),
                *automation_sensors(),
            ],
            "schedules": template_schedules(settings, catalogue, jobs),
            "jobs": [reading, backfill_job(settings), *jobs.values()],
            # Steps share the records they read; a process each would pay every import again.
            "executor": dg.in_process_executor,
        }
        return dg.Definitions(**(arguments | overrides))


def _assets(settings: Settings, catalogue: Catalogue) -> list[dg.AssetsDefinition]:
    made: list[dg.AssetsDefinition] = [assets.source_asset(settings, source) for source in catalogue.sources.values()]
    made += [assets.dataset_asset(settings, d) for d in catalogue.datasets.values() if d.view is None]
    frequencies = sorted({template.frequency for template in catalogue.templates.values()})
    for frequency in frequencies:
        for domain in catalogue.domains():
            if catalogue.kpis_of(domain, frequency):
                made.append(assets.kpi_asset(settings, catalogue, domain, frequency))
    for template in catalogue.templates.values():
        made.append(assets.template_asset(settings, template))
        made.append(assets.chart_asset(settings, catalogue, template))
        made.append(report_assets(settings, catalogue, template))
    taken = [key for definition in made for key in definition.keys]
    for broken in catalogue.broken:
        made.append(assets.broken_asset(settings, broken, taken))
        taken += made[-1].keys
    return made
