"""Running without a server: the same assets, recorded in the same Dagster instance as a run of the page."""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import gc
import json
import multiprocessing
import os
import queue
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg

from qms_reports import building
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import Edition
from qms_reports.periods import Period, parse_period, periods_between
from qms_reports.pipeline.backfilling import JOB, on_progress
from qms_reports.pipeline.definitions import build_definitions
from qms_reports.pipeline.partitions import AS_KNOWN, FINAL, LANE, PARAMETERS, key_of
from qms_reports.pipeline.schedules import asset_keys
from qms_reports.reports import publishing
from qms_reports.settings import Settings
from qms_reports.store import StoreError, explained, locked, write_atomically

CLI_TAG = {"qms/started_by": "command line"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""What fails is said once, by the command; the run's own log, stack traces included, is on the page."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made.

    Attributes:
        run_id: The Dagster run.
        files: Form to path; of several reports the first one's.
        seconds: Stage to the time its steps took.
        paths: All files.
    """

    run_id: str
    files: dict[publishing.Form, Path]
    seconds: dict[str, float]
    paths: tuple[Path, ...] = ()


class BuildFailed(Exception):  # noqa: N818 - reads as what it is
    """A run did not succeed; the message says which steps and why."""


def instance_config() -> Path:
    """The shipped ``dagster.yaml``."""
    return Path(__file__).parent / "dagster.yaml"


def prepare_home(settings: Settings) -> None:
    """Make the home folder usable: its sub-folders and the Dagster instance's configuration.

    Raises:
        StoreError: It cannot be written.
    """
    with explained("create", settings.home):
        for folder in (settings.home, settings.inbox, settings.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        for source in load_catalogue(settings).sources:
            (settings.inbox / source).mkdir(exist_ok=True)
    target = settings.home / "dagster.yaml"
    if not target.exists():
        write_atomically(target, instance_config().read_bytes())
    if not os.access(settings.home, os.W_OK):
        raise StoreError(f"cannot write to {settings.home}; give this user write access or set QMS_REPORTS_HOME")


@contextlib.contextmanager
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The installation's Dagster instance."""
    prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(settings.home)
    with locked(settings.home):  # two processes that set up the same databases would spoil them
        opened = dg.DagsterInstance.from_config(str(settings.home))
    with opened:
        yield opened


def build(
    settings: Settings,
    template: str,
    edition: Edition,
    forms: Sequence[publishing.Form] | None = None,
    opened: dg.DagsterInstance | None = None,
    definitions: dg.Definitions | None = None,
    *,
    given: Mapping[str, object] | None = None,
    final: bool = False,
) -> Built:
    """Build one report through the whole chain, in this process.

    Args:
        settings: The installation.
        template: Name of a usable template.
        edition: Period and data cut-off.
        forms: Which files; all that the template is made in, if absent.
        opened: An instance already open.
        definitions: Definitions already built.
        given: Values of parameters; without them there is a report for each value of the template's `each` parameters.
        final: Whether the report is final.

    Raises:
        BuildFailed: A step or a blocking check failed.
        StoreError: The home folder cannot be written.
    """
    definitions = definitions or build_definitions(settings)
    if forms is None:
        forms = publishing.forms_of(load_catalogue(settings).templates[template])
    tags = _tags(edition, given or dict(edition.parameters), final=final)
    with contextlib.ExitStack() as stack:
        used = opened or stack.enter_context(instance(settings))
        result = _execute(settings, template, edition, forms, used, definitions, tags)
    failures = [event for event in result.all_events if event.is_step_failure]
    blocked = _failed_checks(result)
    if not result.success or failures:
        said = [f"{event.step_key}: {_reason(event)}" for event in failures if not _is_check_failure(event)]
        raise BuildFailed("\n".join(dict.fromkeys([*blocked, *said])) or f"run {result.run_id} did not succeed")
    paths = {form: _paths(result, dg.AssetKey(["reports", template, form])) for form in forms}
    _settle()
    files = {form: found[0] for form, found in paths.items()}
    return Built(
        result.run_id, files, _stage_seconds(result), tuple(path for found in paths.values() for path in found)
    )


@lru_cache(maxsize=1)
def _settle() -> None:
    """After the first build: what it has loaded lives as long as the process, so the collector may leave it alone.

    Looking through half a million such objects again and again costs a tenth of a second in each later build.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is still frozen at the end would be reported as leaked


def _paths(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> list[Path]:
    """The files of one asset, in the order of the reports."""
    (made,) = (event for event in result.get_asset_materialization_events() if event.asset_key == key)
    told = made.materialization.metadata
    listed: Any = told["files"].value if "files" in told else [told["path"].value]
    return [Path(str(path)) for path in listed]


def _tags(edition: Edition, given: Mapping[str, object], *, final: bool) -> dict[str, str]:
    tags = {**CLI_TAG, LANE: "command line"}
    if edition.as_known is not None:
        tags[AS_KNOWN] = edition.as_known.astimezone(dt.UTC).isoformat()
    if given:
        tags[PARAMETERS] = json.dumps(given, ensure_ascii=False, sort_keys=True)
    if final:
        tags[FINAL] = "true"
    return tags


def _execute(
    settings: Settings,
    template: str,
    edition: Edition,
    forms: Sequence[publishing.Form],
    used: dg.DagsterInstance,
    definitions: dg.Definitions,
    tags: Mapping[str, str],
) -> dg.ExecuteInProcessResult:
    catalogue = load_catalogue(settings)
    declared = catalogue.templates[template]
    keys = asset_keys(catalogue, declared)
    unwanted = [dg.AssetKey(["reports", template, form]) for form in publishing.forms_of(declared) if form not in forms]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        job = definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            partition_key=key_of(edition.period),
            instance=used,
            asset_selection=[key for key in keys if key not in unwanted],
            tags=dict(tags),
            run_config=QUIET,
            raise_on_error=False,
        )


def _failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        f"{'/'.join(e.asset_key.path)}: check '{e.check_name}' failed: {e.description}"
        for e in result.get_asset_check_evaluations()
        if not e.passed and e.blocking
    ]


def _is_check_failure(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error
    return error is not None and (error.cls_name or "") == "DagsterAssetCheckFailedError"


def _reason(event: dg.DagsterEvent) -> str:
    told = event.step_failure_data.user_failure_data
    if told is not None and told.description:
        return told.description
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    # Dagster keeps the text of the traceback's last line: "package.module.StoreError: what the error says".
    return re.sub(rf"^([\w.]+\.)?{error.cls_name}: ", "", error.message.strip()) if error else "failed"


def _stage_seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for event in result.all_events:
        if event.is_step_success and event.step_key:
            stage = event.step_key.split("__")[0]
            stage = "reports" if stage.startswith("report_") else stage
            duration = event.step_success_data.duration_ms / 1000
            seconds[stage] = seconds.get(stage, 0.0) + duration
    return seconds


def backfill(
    settings: Settings,
    template: str,
    first: Period,
    last: Period,
    workers: int,
    told: Callable[[str, str], None] = lambda _period, _outcome: None,
    *,
    given: Mapping[str, object] | None = None,
    final: bool = False,
) -> dict[str, str]:
    """Build a range of periods, one Dagster run per worker process.

    Args:
        settings: The installation.
        template: Name of a usable template.
        first: First period.
        last: Last period.
        workers: Processes; each takes a contiguous part of the range.
        told: Called with each period and its outcome (``done`` or an error) as it happens.
        given: Values of parameters.
        final: Whether the reports are final.

    Returns:
        The periods that failed, with the reasons.
    """
    # The instance's tables and the records are made ready once, before the workers ask for them at the same time.
    with instance(settings):
        pass
    catalogue = load_catalogue(settings)
    building.take_in(settings, catalogue, building.stored_datasets(catalogue, catalogue.templates[template]))
    periods = periods_between(first, last)
    parts = _split(periods, max(1, min(workers, len(periods))))
    failed: dict[str, str] = {}
    outcomes: set[str] = set()

    def note(period: str, outcome: str) -> None:
        outcomes.add(period)
        if outcome != "done":
            failed[period] = outcome
        told(period, outcome)

    if len(parts) == 1:
        on_progress(note)
        error = _run_range(settings, template, parts[0], given, final)
        on_progress(lambda _period, _outcome: None)
        _missing(parts[0], outcomes, failed, error)
        return failed
    context = multiprocessing.get_context("spawn")  # a forked child would share open databases
    messages: Any = context.Queue()
    workers_ = [
        context.Process(target=_worker, args=(settings, template, part, messages, given, final)) for part in parts
    ]
    for worker in workers_:
        worker.start()
    while any(worker.is_alive() for worker in workers_) or not messages.empty():
        with contextlib.suppress(queue.Empty):
            note(*messages.get(timeout=0.2))
    for part, worker in zip(parts, workers_, strict=True):
        worker.join()
        _missing(
            part, outcomes, failed, f"the worker process ended with code {worker.exitcode}" if worker.exitcode else ""
        )
    return failed


def _missing(part: Sequence[Period], outcomes: set[str], failed: dict[str, str], error: str) -> None:
    for period in part:
        if period.key not in outcomes:
            failed[period.key] = error or "was not built"


def _split(periods: Sequence[Period], parts: int) -> list[Sequence[Period]]:
    size, rest = divmod(len(periods), parts)
    found, start = [], 0
    for number in range(parts):
        end = start + size + (number < rest)
        found.append(periods[start:end])
        start = end
    return found


def _worker(
    settings: Settings,
    template: str,
    part: Sequence[Period],
    messages: Any,
    given: Mapping[str, object] | None,
    final: bool,  # noqa: FBT001 - handed on by position to another process
) -> None:
    on_progress(lambda period, outcome: messages.put((period, outcome)))
    _run_range(settings, template, part, given, final)
    messages.close()
    messages.join_thread()


def _run_range(
    settings: Settings,
    template: str,
    part: Sequence[Period],
    given: Mapping[str, object] | None,
    final: bool,  # noqa: FBT001 - as `_worker`
) -> str:
    config: dict[str, Any] = {"template": template, "first": part[0].key, "last": part[-1].key, "final": final}
    if given:
        config["parameters"] = dict(given)
    with instance(settings) as opened, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        job = build_definitions(settings).resolve_job_def(JOB)
        result = job.execute_in_process(
            run_config={"ops": {"backfill_range": {"config": config}}, **QUIET},
            instance=opened,
            tags={**CLI_TAG, LANE: "backfill", "dagster/priority": "-20"},
            raise_on_error=False,
        )
    return "" if result.success else f"run {result.run_id} failed"


__all__ = ["BuildFailed", "Built", "backfill", "build", "instance", "parse_period", "prepare_home"]
