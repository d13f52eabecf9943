"""The five stages as software-defined assets.  Bodies are thin: a stage's function, then what the page shows of it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from qms_reports import building
from qms_reports.datasets.ingestion import versions
from qms_reports.declarations.catalogue import FOLDERS, Broken, Catalogue, Kind, load_catalogue
from qms_reports.declarations.models import Dataset, Source, Template
from qms_reports.editions import Edition, cutoff, editions
from qms_reports.kpis.table import content_version
from qms_reports.periods import Frequency
from qms_reports.pipeline import checks, metadata
from qms_reports.pipeline.automation import late_data_condition
from qms_reports.pipeline.partitions import AS_KNOWN, PARAMETERS, history, partitions, period_of_key
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import sha256_text


def edition_of(settings: Settings, frequency: Frequency, partition: str, tags: Mapping[str, str]) -> Edition:
    """The edition that a run's partition and tags ask for.

    Raises:
        dagster.Failure: The tag is no day or instant of the past.
    """
    period = period_of_key(settings, frequency, partition)
    if not (text := tags.get(AS_KNOWN)):
        return Edition(period)
    try:
        return Edition(period, cutoff(text, settings.zone))
    except ValueError as error:
        raise dg.Failure(f"tag {AS_KNOWN}: {error}", allow_retries=False) from error


def editions_of(settings: Settings, template: Template, partition: str, tags: Mapping[str, str]) -> tuple[Edition, ...]:
    """The editions of a template that a run's partition and tags ask for: one for each value of its `each` parameters.

    Raises:
        dagster.Failure: A tag cannot be read, or asks for values that the template does not take.
    """
    asked = edition_of(settings, template.frequency, partition, tags)
    try:
        given = json.loads(tags.get(PARAMETERS) or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise dg.Failure(f'tag {PARAMETERS}: expected JSON such as {{"site": "Hamburg"}}', allow_retries=False)
    try:
        return editions(template, asked.period, asked.as_known, given)
    except ValueError as error:
        raise dg.Failure(f"parameters of {template.template}: {error}", allow_retries=False) from error


def usable(catalogue: Catalogue, kind: Kind, name: str) -> Any:
    """A declaration as it stands in its file now, which may have changed since the page was loaded.

    Raises:
        dagster.Failure: It is broken or gone by now; the message says what is wrong where.
    """
    found: Mapping[str, Any] = getattr(catalogue, FOLDERS[kind])
    if name in found:
        return found[name]
    issues = next((broken.issues for broken in catalogue.broken if (broken.kind, broken.name) == (kind, name)), ())
    said = "\n".join(map(str, issues)) or "it is declared no more; reload the code location"
    raise dg.Failure(f"{kind} {name} cannot be used: {said}", allow_retries=False)


def source_asset(settings: Settings, source: Source) -> dg.AssetsDefinition:
    """``sources/<name>``: what has been received."""
    name = source.source

    @dg.asset(
        key=["sources", name],
        group_name="sources",
        description=f"{source.title}. {source.origin}".strip(),
        check_specs=[dg.AssetCheckSpec("received", asset=["sources", name], description="a file has been received")],
        kinds={"file"},
    )
    def asset() -> dg.MaterializeResult:
        current = load_catalogue(settings)
        usable(current, "source", name)
        building.land(settings, current, name)
        deliveries = Landing(settings.home, name).deliveries()
        return dg.MaterializeResult(
            metadata=metadata.of_source(deliveries),
            data_version=dg.DataVersion(sha256_text(*(delivery.sha256 for delivery in deliveries))),
            check_results=[checks.received(name, deliveries)],
        )

    return asset


def dataset_asset(settings: Settings, dataset: Dataset) -> dg.AssetsDefinition:
    """``datasets/<name>``: the records of a month, every version kept."""
    name = dataset.dataset
    names = [name for name in (dataset.source, *(join.source for join in dataset.joins)) if name]

    @dg.asset(
        key=["datasets", name],
        group_name="datasets",
        description=f"{dataset.title}: one {dataset.record} per row.",
        deps=[dg.AssetKey(["sources", source]) for source in names],
        partitions_def=partitions(settings, "month"),
        check_specs=[
            dg.AssetCheckSpec(
                "rules",
                asset=["datasets", name],
                blocking=True,
                partitions_def=partitions(settings, "month"),
                description="few enough rows of the month break a declared rule, and it has enough rows",
            )
        ],
        kinds={"duckdb", "parquet"},
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        catalogue = load_catalogue(settings)
        declared = usable(catalogue, "dataset", name)
        building.clean(settings, catalogue, name)
        store = versions(settings, declared)
        month = context.partition_key
        version = store.month_version(month)
        result = checks.rules(settings, catalogue, declared, month)
        return dg.MaterializeResult(
            metadata=metadata.of_dataset(month, version, store.commits(), result.metadata),
            data_version=dg.DataVersion(version),
            check_results=[result],
        )

    return asset


def kpi_asset(settings: Settings, catalogue: Catalogue, domain: str, frequency: Frequency) -> dg.AssetsDefinition:
    """``kpis/<frequency>/<domain>``: the KPI table of a period."""
    stored = catalogue.stored_of(catalogue.kpis_of(domain, frequency))
    key = ["kpis", frequency, domain]

    @dg.asset(
        key=key,
        group_name="kpis",
        description=f"KPIs of {domain.replace('_', ' ')}, per {frequency.replace('_', ' ')}.",
        deps=[dg.AssetDep(["datasets", name], partition_mapping=history(settings, frequency)) for name in stored],
        partitions_def=partitions(settings, frequency),
        check_specs=[
            dg.AssetCheckSpec(
                "plausible",
                asset=key,
                partitions_def=partitions(settings, frequency),
                description="parts add up to the total, no part exceeds its whole",
            )
        ],
        kinds={"duckdb"},
        automation_condition=late_data_condition(settings, frequency),
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        current = load_catalogue(settings)
        edition = edition_of(settings, frequency, context.partition_key, context.run.tags)
        declared = [usable(current, "dataset", dataset) for dataset in stored]
        if frequency != "month":  # a month's records come from its dataset step, a longer period has none
            building.take_in(settings, current, declared)
        if problems := checks.unusable_months(settings, current, declared, edition.period):
            raise dg.Failure("; ".join(problems), allow_retries=False)
        rows = building.compute(settings, current, domain, edition)
        return dg.MaterializeResult(
            metadata=metadata.of_kpis(settings, current, rows, edition) | metadata.of_edition(edition),
            data_version=dg.DataVersion(content_version(building.kpi_path(settings, domain, edition))),
            check_results=[checks.plausible(current, domain, rows, key)],
        )

    return asset


def chart_asset(settings: Settings, catalogue: Catalogue, template: Template) -> dg.AssetsDefinition:
    """``charts/<template>``: all charts of a report."""
    name = template.template

    @dg.asset(
        key=["charts", name],
        group_name="charts",
        description=f"The {len(template.charts)} charts of {template.title}.",
        deps=[
            dg.AssetKey(["templates", name]),
            *(dg.AssetKey(["kpis", template.frequency, domain]) for domain in building.domains(catalogue, template)),
        ],
        partitions_def=partitions(settings, template.frequency),
        automation_condition=late_data_condition(settings, template.frequency),
        check_specs=[
            dg.AssetCheckSpec(
                "drawn",
                asset=["charts", name],
                partitions_def=partitions(settings, template.frequency),
                description="every chart can be drawn in all its output forms",
            )
        ],
        kinds={"svg"},
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        current = load_catalogue(settings)
        declared = usable(current, "template", name)
        asked = editions_of(settings, declared, context.partition_key, context.run.tags)
        charts = [chart for edition in asked for chart in building.draw(settings, current, declared, edition)]
        return dg.MaterializeResult(
            metadata=metadata.of_charts(charts) | metadata.of_editions(asked),
            data_version=dg.DataVersion(charts_version(settings, name, asked)),
            check_results=[checks.drawn(name, charts)],
        )

    return asset


def charts_version(settings: Settings, template: str, asked: Sequence[Edition]) -> str:
    """Data version of the charts of some editions of a template."""
    return sha256_text(*(building.chart_path(settings, template, edition).read_text() for edition in asked))


def template_asset(settings: Settings, template: Template) -> dg.AssetsDefinition:
    """``templates/<name>``: a declared template, validated."""
    name = template.template

    @dg.asset(
        key=["templates", name],
        group_name="templates",
        description=f"{template.title}, version {template.version}.",
        check_specs=[
            dg.AssetCheckSpec(
                "valid", asset=["templates", name], blocking=True, description="the declaration has no error"
            )
        ],
        kinds={"yaml"},
    )
    def asset() -> dg.MaterializeResult:
        current = load_catalogue(settings)
        declared = current.templates.get(name)
        return dg.MaterializeResult(
            metadata=metadata.of_template(current, name),
            data_version=dg.DataVersion(current.declaration_hash(current.used_by(declared)) if declared else "broken"),
            check_results=[checks.valid_template(current, name)],
        )

    return asset


def broken_asset(settings: Settings, broken: Broken, taken: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """A declaration that cannot be used, as an asset whose blocking check fails and says what is wrong where."""
    folder = FOLDERS[broken.kind]
    plain = re.sub(r"\W", "_", broken.name, flags=re.ASCII)  # a file may have any name, an asset may not
    names = [plain, f"{plain}_broken", *(f"{plain}_broken_{number}" for number in range(2, len(taken) + 3))]
    key = next(key for name in names if (key := dg.AssetKey([folder, name])) not in taken)

    @dg.asset(
        key=key,
        group_name=folder,
        description=f"Broken {broken.kind} declaration {broken.file}: {broken.issues[0] if broken.issues else ''}",
        check_specs=[dg.AssetCheckSpec("valid", asset=key, blocking=True, description="the declaration has no error")],
        tags={"qms/broken": "true"},
    )
    def asset() -> dg.MaterializeResult:
        now = next((b for b in load_catalogue(settings).broken if (b.kind, b.name) == (broken.kind, broken.name)), None)
        return dg.MaterializeResult(
            metadata={"file": broken.file, "issues": len(now.issues) if now else 0},
            check_results=[checks.broken(now, key)],
        )

    return asset
