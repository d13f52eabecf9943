"""A range of periods in one run: every period is recorded as its own partition the moment it is done.

A run per period costs more in Dagster's start-up than the work itself, and a range run of the assets would stamp one
result on all its partitions.  This job does the work of the assets in their order, period by period, and reports each
materialization and check with its own partition, data version and metadata.  A period that fails is reported and the
others go on; the run fails at the end, naming the periods to repeat.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from qms_reports import building
from qms_reports.datasets.ingestion import RefusedDelivery, versions
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.editions import Edition, editions
from qms_reports.kpis.table import content_version
from qms_reports.periods import Period, parse_period, periods_between
from qms_reports.pipeline import checks, metadata
from qms_reports.pipeline.assets import charts_version, usable
from qms_reports.pipeline.partitions import key_of
from qms_reports.pipeline.report_assets import files_version, report_files
from qms_reports.reports import publishing
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import StoreError, sha256_text

JOB = "backfill_reports"
DATA_VERSION = "dagster/data_version"

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
_progress: list[Callable[[str, str], None]] = []
"""Called with a period and its outcome, for a progress bar in the same process."""


class BlockedPeriod(Exception):  # noqa: N818 - reads as what it is
    """A blocking check failed; what is made from it is not built."""


def on_progress(callback: Callable[[str, str], None]) -> None:
    """Be told of each period that is done in this process."""
    _progress[:] = [callback]


def backfill_job(settings: Settings) -> dg.JobDefinition:
    """The job behind ``qms-reports backfill``."""

    @dg.op(
        name="backfill_range",
        config_schema={
            "template": dg.Field(str, description="Template"),
            "first": dg.Field(str, description="First period (2015-01)"),
            "last": dg.Field(str, description="Last period (2024-12)"),
            "parameters": dg.Field(dict, is_required=False, description="Values of parameters"),
            "final": dg.Field(bool, default_value=False, description="Whether the reports are final"),
        },
        out=dg.Out(dg.Nothing),
    )
    def backfill_range(context: dg.OpExecutionContext) -> Iterator[Any]:
        catalogue = load_catalogue(settings)
        template = usable(catalogue, "template", context.op_config["template"])
        periods = _range(settings, template, context.op_config["first"], context.op_config["last"])
        yield from _recorded(context, beginning_events(settings, catalogue, template))
        failed: dict[str, str] = {}
        for period in periods:
            outcome = "done"
            try:
                run_id, given = context.run.run_id, context.op_config.get("parameters")
                final = context.op_config["final"]
                events = period_events(settings, catalogue, template, Edition(period), run_id, given, final=final)
                yield from _recorded(context, events)
            except Exception as error:  # whatever one period meets, the others go on
                failed[period.key] = outcome = str(error) or type(error).__name__
                expected = isinstance(error, BlockedPeriod | RefusedDelivery | StoreError)
                context.log.log(logging.ERROR, "%s: %s", period.key, outcome, exc_info=None if expected else error)
            for callback in _progress:
                callback(period.key, outcome)
        if failed:
            first = next(iter(failed.items()))
            raise dg.Failure(
                f"{len(failed)} of {len(periods)} periods failed: {', '.join(failed)}; first: {first[0]}: {first[1]}",
                metadata={"failed": ", ".join(failed)},
                allow_retries=False,
            )
        yield dg.Output(None)

    @dg.job(
        name=JOB,
        description="Builds the reports of a range of periods in one run.",
        executor_def=dg.in_process_executor,
    )
    def backfill_reports() -> None:
        backfill_range()

    return backfill_reports


def _recorded(context: dg.OpExecutionContext, events: Iterable[Event]) -> Iterator[dg.AssetMaterialization]:
    for event in events:
        if isinstance(event, dg.AssetCheckEvaluation):
            context.log_event(event)  # type: ignore[arg-type]  # accepted since 1.13; its hint lags behind
        else:
            yield event


def _range(settings: Settings, template: Template, first: str, last: str) -> Sequence[Period]:
    try:
        start, end = (parse_period(key, settings.fiscal) for key in (first, last))
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if {start.frequency, end.frequency} != {template.frequency} or end.start < start.start:
        said = (
            f"{first} to {last} is no range of periods of {template.template}, which is made per {template.frequency}"
        )
        raise dg.Failure(said, allow_retries=False)
    return periods_between(start, end)


def beginning_events(settings: Settings, catalogue: Catalogue, template: Template) -> Iterator[Event]:
    """Receive the sources of a template's chain and look at the template: what is done once for all periods."""
    stored = building.stored_datasets(catalogue, template)
    for source in sorted({s for d in stored for s in (d.source, *(join.source for join in d.joins)) if s}):
        building.land(settings, catalogue, source)
        deliveries = Landing(settings.home, source).deliveries()
        version = sha256_text(*(delivery.sha256 for delivery in deliveries))
        yield _made(["sources", source], None, version, metadata.of_source(deliveries))
        yield _checked(["sources", source], None, checks.received(source, deliveries))
    name = template.template
    key = ["templates", name]
    version = catalogue.declaration_hash(catalogue.used_by(template))
    yield _made(key, None, version, metadata.of_template(catalogue, name))
    yield _checked(key, None, checks.valid_template(catalogue, name), blocking=True)


def period_events(
    settings: Settings,
    catalogue: Catalogue,
    template: Template,
    edition: Edition,
    run_id: str,
    given: Mapping[str, object] | None = None,
    *,
    final: bool = False,
) -> Iterator[Event]:
    """Do the work of a template's chain for one period, and say what was made and checked.

    Args:
        settings: The installation.
        catalogue: The declarations.
        template: The template.
        edition: Period and cut-off.
        run_id: For the manifests.
        given: Values of parameters; without them there is a report for each value of the template's `each` parameters.
        final: Whether the reports are final.

    Raises:
        BlockedPeriod: A dataset's blocking check failed.
    """
    partition = key_of(edition.period)
    name = template.template
    stored = building.stored_datasets(catalogue, template)
    blocked = []
    for dataset in stored:
        building.clean(settings, catalogue, dataset.dataset)
        if template.frequency == "month":
            store = versions(settings, dataset)
            version = store.month_version(edition.period.key)
            key = ["datasets", dataset.dataset]
            result = checks.rules(settings, catalogue, dataset, edition.period.key)
            made = metadata.of_dataset(edition.period.key, version, store.commits(), result.metadata)
            yield _made(key, partition, version, made)
            yield _checked(key, partition, result, blocking=True)
            if not result.passed:
                blocked.append(f"datasets/{dataset.dataset}: {result.description}")
    blocked += checks.unusable_months(settings, catalogue, stored, edition.period)
    if blocked:
        raise BlockedPeriod("; ".join(blocked))
    for domain in building.domains(catalogue, template):
        table = building.compute(settings, catalogue, domain, edition)
        key = ["kpis", template.frequency, domain]
        yield _made(
            key,
            partition,
            content_version(building.kpi_path(settings, domain, edition)),
            metadata.of_kpis(settings, catalogue, table, edition),
        )
        yield _checked(key, partition, checks.plausible(catalogue, domain, table, key))
    asked = editions(template, edition.period, edition.as_known, given)
    charts = [chart for one in asked for chart in building.draw(settings, catalogue, template, one)]
    version = charts_version(settings, name, asked)
    yield _made(["charts", name], partition, version, metadata.of_charts(charts) | metadata.of_editions(asked))
    yield _checked(["charts", name], partition, checks.drawn(name, charts))
    forms = publishing.forms_of(template)
    written: dict[publishing.Form, list[checks.Checked]] = {form: [] for form in forms}
    for one in asked:
        for file in report_files(settings, catalogue, template, one, forms, run_id, final=final):
            written[file.published.form].append(file)
    for form, files in written.items():
        file_key = ["reports", name, form]
        told = metadata.of_files([file.published for file in files], files[0].headline)
        yield _made(file_key, partition, files_version(files), told | metadata.of_editions(asked))
        check = checks.of_all(files, dg.AssetKey(file_key))
        yield _checked(file_key, partition, check, blocking=True)
        if not check.passed:
            raise BlockedPeriod(f"{'/'.join(file_key)}: {check.description}")


def _made(key: list[str], partition: str | None, version: str, made: metadata.Metadata) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(key, partition=partition, metadata=made, tags={DATA_VERSION: version})


def _checked(
    key: list[str], partition: str | None, result: dg.AssetCheckResult, *, blocking: bool = False
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(key),
        check_name=str(result.check_name),
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
        blocking=blocking,
        partition=partition,
    )
