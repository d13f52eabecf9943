"""The inbox: a dropped file starts the runs of exactly the months it touches, within one tick.

The cursor holds the deliveries whose runs have been requested.  Taking a file, reading it and requesting its runs can
each be repeated, so a tick that dies in the middle is made good by the next one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from qms_reports import building
from qms_reports.building import stored_datasets
from qms_reports.datasets.ingestion import versions
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.periods import Period, parse_period, period_of
from qms_reports.pipeline import inbox
from qms_reports.pipeline.partitions import LANE, key_of, partitions
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing
from qms_reports.store import StoreError


@dataclass
class Tick:
    """What one look at the inbox did.

    Attributes:
        taken: Files received.
        away: Files turned away, with reasons.
        months: Delivery id to dataset to the months it changed there, for every delivery that has been read.
        large: Received files that are left to a run of their own.
        errors: What could not be done now and is tried again.
    """

    taken: list[inbox.Taken] = field(default_factory=list)
    away: list[inbox.TurnedAway] = field(default_factory=list)
    months: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    large: list[Delivery] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def look(settings: Settings, catalogue: Catalogue, requested: set[str], *, read_large: bool) -> Tick:
    """Take what is complete in the inbox, read it, and find the months it touched.

    Args:
        settings: The installation.
        catalogue: The declarations.
        requested: Ids of deliveries that need no further look.
        read_large: Whether to read large files too, as their own run does.
    """
    tick = Tick()
    for path in inbox.waiting(settings):
        try:
            result = inbox.take(settings, catalogue, path)
        except StoreError as error:
            tick.errors.append(str(error))
            continue
        if isinstance(result, inbox.TurnedAway):
            tick.away.append(result)
        else:
            tick.taken.append(result)
    for source in sorted(catalogue.sources):
        dropped = [d for d in Landing(settings.home, source).deliveries() if d.channel == "inbox"]
        new = [delivery for delivery in dropped if delivery_id(delivery) not in requested]
        if not new:
            continue
        readers = inbox.datasets_of(catalogue, source)
        if not readers:
            tick.errors.append(f"no usable dataset reads source {source}: what has been dropped waits for one")
        elif not read_large and (large := _large(settings, catalogue, source)):
            tick.large += large
        else:
            _read(settings, catalogue, source, new, tick)
    return tick


def delivery_id(delivery: Delivery) -> str:
    """How the sensor's cursor remembers a delivery."""
    return f"{delivery.source}/{delivery.identity[:16]}"


def _read(settings: Settings, catalogue: Catalogue, source: str, new: Iterable[Delivery], tick: Tick) -> None:
    readers = inbox.datasets_of(catalogue, source)
    for dataset in readers:
        try:
            # First the file that the source declares: it is the older one, and must not overtake what was dropped.
            for name in (dataset.source, *(join.source for join in dataset.joins)):
                if name:
                    building.land(settings, catalogue, name)
            _, away = inbox.clean_or_turn_away(settings, catalogue, dataset)
        except StoreError as error:
            tick.errors.append(str(error))
            return
        tick.away += away
    kept = {d.sha256 for d in Landing(settings.home, source).deliveries()}
    for delivery in new:
        if delivery.sha256 in kept:
            touched = {dataset.dataset: inbox.months_of(settings, dataset, delivery) for dataset in readers}
            tick.months[delivery_id(delivery)] = touched


def _large(settings: Settings, catalogue: Catalogue, source: str) -> list[Delivery]:
    """Received files of a source that are too large to be read in a sensor and have not been read."""
    limit = settings.inbox_inline_megabytes * 1e6
    deliveries = Landing(settings.home, source).deliveries()
    return [d for d in deliveries if d.size > limit and not _is_read(settings, catalogue, d)]


def _is_read(settings: Settings, catalogue: Catalogue, delivery: Delivery) -> bool:
    for dataset in inbox.datasets_of(catalogue, delivery.source):
        known = {sha256 for commit in versions(settings, dataset).commits() for _, _, sha256 in commit.sources}
        if delivery.sha256 not in known:
            return False
    return True


def periods_touched(settings: Settings, template: Template, months: Iterable[str]) -> list[Period]:
    """The periods of a template's length that some months lie in, as far as they are partitions."""
    legal = set(partitions(settings, template.frequency).get_partition_keys())
    days = (parse_period(month).start for month in sorted(months))
    periods = {period_of(day, template.frequency, settings.fiscal) for day in days}
    return sorted((period for period in periods if key_of(period) in legal), key=lambda period: period.start)


def inbox_sensor(
    settings: Settings, jobs: Mapping[str, UnresolvedAssetJobDefinition], reading: dg.JobDefinition
) -> dg.SensorDefinition:
    """The sensor that watches the inbox folder."""

    @dg.sensor(
        name="inbox",
        minimum_interval_seconds=15,
        default_status=dg.DefaultSensorStatus.RUNNING,
        jobs=[*jobs.values()] or [reading],  # without any template it only takes files in
        description="Starts the runs of exactly the months that a file dropped into the inbox touches.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        current = load_catalogue(settings)
        requested = set(json.loads(context.cursor)) if context.cursor else set[str]()
        tick = look(settings, current, requested, read_large=False)
        requests: list[dg.RunRequest] = []
        for delivery, months in sorted(tick.months.items()):
            for template in current.templates.values():
                read = {dataset.dataset for dataset in stored_datasets(current, template)}
                touched = set().union(*(found for dataset, found in months.items() if dataset in read))
                if job := jobs.get(template.template):  # a new template runs once the page is reloaded
                    periods = periods_touched(settings, template, touched)
                    requests += [_request(template, period, delivery, job.name) for period in periods]
            requested.add(delivery)
        said = [f"{turned.name} went to quarantine: {turned.reason}" for turned in tick.away] + tick.errors
        said += [f"{delivery.name} is large and is read by a run of its own" for delivery in tick.large]
        for line in said:
            context.log.warning("%s", line)
        reason = None if requests else dg.SkipReason("; ".join(said) or "nothing new in the inbox")
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(sorted(requested)), skip_reason=reason)

    return watch


def large_file_sensor(settings: Settings, job: dg.JobDefinition) -> dg.SensorDefinition:
    """The sensor that starts a run for each large inbox file; the inbox sensor then starts the runs of its months."""

    @dg.sensor(
        name="large_inbox_files",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reads inbox files above {settings.inbox_inline_megabytes:g} MB in a run of their own.",
    )
    def watch_large(_context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        current = load_catalogue(settings)
        large = [d for source in sorted(current.sources) for d in _large(settings, current, source)]
        if not large:
            return dg.SkipReason("no large file is waiting")
        return dg.SensorResult([dg.RunRequest(run_key=f"{delivery_id(d)}/{d.number}") for d in large])

    return watch_large


def _request(template: Template, period: Period, delivery: str, job: str) -> dg.RunRequest:
    return dg.RunRequest(
        job_name=job,
        run_key=f"inbox/{delivery}/{template.template}/{period.key}",
        partition_key=key_of(period),
        tags={LANE: "inbox", "qms/delivery": delivery},
    )


def ingest_job(settings: Settings) -> dg.JobDefinition:
    """A run that reads the received files too large for a sensor's tick."""

    @dg.op(name="read_large_inbox_files")
    def read_files(context: dg.OpExecutionContext) -> None:
        tick = look(settings, load_catalogue(settings), requested=set(), read_large=True)
        for turned in tick.away:
            context.log.warning("%s went to quarantine: %s", turned.name, turned.reason)
        for error in tick.errors:
            context.log.error("%s", error)

    @dg.job(
        name="ingest_inbox",
        description="Reads large inbox files; a sensor starts it.",
        executor_def=dg.in_process_executor,
    )
    def ingest_inbox() -> None:
        read_files()

    return ingest_inbox
