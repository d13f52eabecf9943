"""Commands that build reports: build, backfill."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import (
    AsKnown,
    Assignments,
    Final,
    Problem,
    TemplateName,
    edition_of,
    editions_of,
    load,
    say,
    template_named,
    template_period,
)

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Template
    from qms_reports.editions import Edition
    from qms_reports.reports.publishing import Form
    from qms_reports.settings import Settings


_MOST_CHANGES = 12


def build(
    template: TemplateName,
    period: Annotated[
        str | None, typer.Option(help="Period; the latest complete one that the data cover, if absent.")
    ] = None,
    as_known: AsKnown = None,
    out: Annotated[Path | None, typer.Option(help="Folder that the finished files are copied to.")] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="Forms, such as pdf,xlsx; both for these two; all that the template is made in.")
    ] = "all",
    set_: Assignments = None,
    final: Final = False,  # noqa: FBT002 - an option
) -> None:
    """Build one report, without any server, recorded in the Dagster instance.

    A template with a report for each value of a parameter is built for all of them, or with --set for one.
    """
    began = time.perf_counter()
    settings, catalogue = load()
    declared = template_named(catalogue, template)
    forms = _forms(declared, format)
    _need_records(settings, catalogue, declared)
    edition = edition_of(settings, catalogue, declared, period, as_known)
    asked = editions_of(declared, edition, set_ or ())
    from qms_reports.building import read_ahead
    from qms_reports.editions import given_of
    from qms_reports.reports.publishing import folder

    read_ahead(settings, catalogue, edition)  # Dagster's import, next, takes longer than that
    from qms_reports.pipeline import launching

    say(
        f"{_titled(catalogue, declared, asked)}, {edition.period.label()}{f', as known {as_known}' if as_known else ''}"
    )
    given = dict(asked[0].parameters) if len(asked) == 1 else given_of(set_ or ())
    built = launching.build(settings, template, edition, forms, given=given, final=final)
    base = folder(settings, template, "")
    for one in asked:
        if one.variant:
            typer.echo(f"\n  {one.variant.replace(',', ', ')}")
        _summary(settings, catalogue, declared, one)
        typer.echo()
        own = [path for path in built.paths if path.parent == base / one.folder]
        for path in own:
            target = _deliver(path, out / one.variant if out is not None else None)
            typer.echo(f"  {path.suffix[1:].upper():<5} {target}")
        _restatement(own, catalogue)
    typer.echo()
    stages = "  ".join(f"{stage} {seconds:.2f} s" for stage, seconds in built.seconds.items())
    typer.echo(f"  {stages}  (all {time.perf_counter() - began:.2f} s)")
    typer.echo(f"  Dagster run {built.run_id} in {settings.home}")


def backfill(
    template: TemplateName,
    first: Annotated[str, typer.Option("--from", help="First period.", show_default=False)],
    last: Annotated[str, typer.Option("--to", help="Last period.", show_default=False)],
    workers: Annotated[int, typer.Option(help="Processes that build at the same time.", min=1)] = os.cpu_count() or 1,
    set_: Assignments = None,
    final: Final = False,  # noqa: FBT002 - as above
) -> None:
    """Build the reports of a range of periods."""
    settings, catalogue = load()
    declared = template_named(catalogue, template)
    start, end = (template_period(settings, key, declared) for key in (first, last))
    if end.start < start.start:
        raise Problem(f"--from {first} lies after --to {last}")
    _need_records(settings, catalogue, declared)
    from qms_reports.editions import Edition, given_of

    # What is wrong with a value is said before anything is built.
    title = _titled(catalogue, declared, editions_of(declared, Edition(start), set_ or ()))
    given = given_of(set_ or ())
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from qms_reports.periods import periods_between
    from qms_reports.pipeline import launching

    began = time.perf_counter()
    count = len(periods_between(start, end))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=count)

        def told(key: str, outcome: str) -> None:
            progress.update(task, advance=1, description=f"{title} {key}")
            if outcome != "done":
                progress.console.print(f"{key}: {outcome}", style="red", highlight=False)

        failed = launching.backfill(settings, template, start, end, workers, told, given=given, final=final)
    seconds = time.perf_counter() - began
    typer.echo(
        f"{count - len(failed)} of {count} reports built in {seconds:.1f} s ({seconds / count:.2f} s each), "
        f"in {settings.home / 'reports' / template}"
    )
    if failed:
        raise Problem(f"not built: {', '.join(failed)}; mend what is said above and run the same command again")


def _titled(catalogue: Catalogue, template: Template, asked: Sequence[Edition]) -> str:
    """What is built, with the values of its parameters."""
    from qms_reports.building import title

    first, *more = dict.fromkeys(title(catalogue, template, one) for one in asked)
    return f"{first} and {len(more)} more" if more else first


def _forms(template: Template, asked: str) -> tuple[Form, ...]:
    """The forms asked for, of those that the template is made in."""
    from qms_reports.reports.publishing import forms_of

    made = forms_of(template)
    if asked == "all":
        return made
    wanted = ["pdf", "xlsx"] if asked == "both" else [name.strip().lower() for name in asked.split(",")]
    if missing := [name for name in wanted if name not in made]:
        raise Problem(
            f"--format {asked}: {template.template} is not made as {', '.join(missing)}, only as {', '.join(made)}; "
            "the template's 'formats' say in which"
        )
    return tuple(form for form in made if form in wanted)


def _need_records(settings: Settings, catalogue: Catalogue, template: Template) -> None:
    """Say what to do where nothing was ever delivered, instead of building a report that says nothing."""
    from qms_reports.building import stored_datasets
    from qms_reports.sources.landing import Landing

    datasets = stored_datasets(catalogue, template)
    sources = {dataset.source for dataset in datasets if dataset.source}
    if any(catalogue.sources[name].file or Landing(settings.home, name).deliveries() for name in sources):
        return
    names = ", ".join(dataset.dataset for dataset in datasets)
    raise Problem(
        f"there are no records for {template.template} in {settings.home}; it reads {names}\n"
        "  your own files:      qms-reports take-in FOLDER\n"
        "  an example company:  qms-reports demo-data --out demo_data\n"
        "                       qms-reports take-in demo_data"
    )


def _restatement(files: Sequence[Path], catalogue: Catalogue) -> None:
    """Say so when a report differs from the one built before, and in which headline figures."""
    from qms_reports.reports.publishing import read_manifest

    manifest = read_manifest(files[0]) if files else None
    if manifest is None or not manifest["restates"]:
        return
    earlier = f"the report of content {manifest['restates'][:12]}, which is kept in superseded/"
    typer.echo(f"\n  Version {manifest['version']} restates {earlier}:")
    for name, before, now in manifest["changes"][:_MOST_CHANGES]:
        title = catalogue.kpis[name].title if name in catalogue.kpis else name
        typer.echo(f"    {title}: {'n/a' if before is None else before} is now {'n/a' if now is None else now}")
    if len(manifest["changes"]) > _MOST_CHANGES:
        rest = len(manifest["changes"]) - _MOST_CHANGES
        typer.echo(f"    … and {rest} more; qms-reports diff shows all of two files")
    if not manifest["changes"]:
        typer.echo("    no headline figure changed")


def _deliver(path: Path, out: Path | None) -> Path:
    if out is None:
        return path
    from qms_reports.store import StoreError, write_atomically

    target = out.absolute() / path.name
    try:
        write_atomically(target, path.read_bytes())
    except StoreError as error:
        raise StoreError(f"--out {out}: {error}; the report itself is finished and lies at {path}") from error
    return target


def _summary(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> None:
    from qms_reports.building import figures
    from qms_reports.reports import wording

    typer.echo()
    table = figures(settings, catalogue, template, edition)
    lines = []
    for name in template.tiles:
        row = table.total(name)
        kpi = catalogue.kpis[name]
        if row is None or row.state == "no data":
            continue
        value = wording.with_unit(wording.number(row.value, kpi.decimals), kpi.unit)
        change = wording.change(kpi, row.value, row.prior)
        lines.append((kpi.title, value, change, wording.target(kpi), wording.status_word(kpi, row)))
    # At least the usual widths, so that reports look alike; a long title or unit makes room for itself.
    widths = [max([least, *(len(line[n]) for line in lines)]) for n, least in enumerate((32, 12, 9, 18))]
    for title, value, change, target, status in lines:
        texts = f"{title:<{widths[0]}} {value:>{widths[1]}}  {change:>{widths[2]}}  {target:<{widths[3]}}"
        typer.echo(f"  {texts} {status}")
