"""The last stage as assets: the files of reports, one asset per template and form."""

from collections.abc import Iterator, Sequence

import dagster as dg

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue, load_catalogue
from qms_reports.declarations.models import Template
from qms_reports.editions import Edition
from qms_reports.pipeline import checks, metadata
from qms_reports.pipeline.assets import editions_of, usable
from qms_reports.pipeline.partitions import FINAL, partitions
from qms_reports.reports import publishing
from qms_reports.settings import Settings
from qms_reports.store import sha256_text


def report_assets(settings: Settings, catalogue: Catalogue, template: Template) -> dg.AssetsDefinition:
    """``reports/<template>/pdf``, ``…/xlsx`` …: the files, written from one document.

    A template with a report for each value of a parameter is one asset too: its partition holds all of them.
    """
    name = template.template
    periods = partitions(settings, template.frequency)
    deps = [dg.AssetKey(["charts", name]), dg.AssetKey(["templates", name])]
    deps += [dg.AssetKey(["kpis", template.frequency, domain]) for domain in building.domains(catalogue, template)]
    keys = {form: dg.AssetKey(["reports", name, form]) for form in publishing.forms_of(template)}
    code_version = catalogue.declaration_hash([("template", name)])[:12]

    @dg.multi_asset(
        name=f"report_{name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=deps,
                group_name="reports",
                description=f"{template.title} as {form.upper()}.",
                skippable=True,
                code_version=code_version,
                kinds={form},
                partitions_def=periods,
            )
            for form, key in keys.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "figures",
                asset=key,
                blocking=True,  # nothing is made from a report, but a run that made a wrong one has not succeeded
                partitions_def=periods,
                description="opens, shows the KPI table's figures, and they reconcile with records and sources",
            )
            for key in keys.values()
        ],
        can_subset=True,
    )
    def assets(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        current = load_catalogue(settings)
        declared = usable(current, "template", name)
        asked = editions_of(settings, declared, context.partition_key, context.run.tags)
        forms = [form for form, key in keys.items() if key in context.selected_asset_keys]
        final = context.run.tags.get(FINAL, "").lower() == "true"
        made: dict[publishing.Form, list[checks.Checked]] = {form: [] for form in forms}
        for edition in asked:
            for written in report_files(settings, current, declared, edition, forms, context.run.run_id, final=final):
                made[written.published.form].append(written)
        for form in forms:
            yield dg.MaterializeResult(
                asset_key=keys[form],
                metadata=metadata.of_files([one.published for one in made[form]], made[form][0].headline)
                | metadata.of_editions(asked),
                data_version=dg.DataVersion(files_version(made[form])),
                check_results=[checks.of_all(made[form], keys[form])],
            )

    return assets


def report_files(
    settings: Settings,
    catalogue: Catalogue,
    template: Template,
    edition: Edition,
    forms: Sequence[publishing.Form],
    run_id: str,
    *,
    final: bool = False,
) -> Iterator[checks.Checked]:
    """Compose a report, write it in some forms and look at what was written.

    Raises:
        dagster.Failure: A dataset that the template requires has no data, or a text of it cannot be filled in.
    """
    building.seal(settings, catalogue, template, edition)
    try:
        finished = building.finished(settings, catalogue, template, edition, final=final)
    except building.MissingData as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    facts = {
        "run_id": run_id,
        "built_at": publishing.now(),
        "as_known": edition.as_known.isoformat() if edition.as_known else None,
        "edition": edition.folder,
        "parameters": dict(edition.parameters),
    }
    report = finished.report
    for form in forms:
        further = finished.further if form == "xlsx" else {}
        published = publishing.publish(settings, report, edition.folder, form, facts, finished.sources, further)
        key = dg.AssetKey(["reports", template.template, form])
        check = checks.figures(settings, catalogue, template, edition, report, published, key)
        yield checks.Checked(published, check, edition.variant, report.headline, len(checks.all_tiles(report)))


def files_version(made: Sequence[checks.Checked]) -> str:
    """Data version of the files of one form: of one file its own hash."""
    hashes = [one.published.sha256 for one in made]
    return hashes[0] if len(hashes) == 1 else sha256_text(*hashes)
