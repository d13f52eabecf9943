"""The command that writes a new template: template new."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Problem, kpi_named, load

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Dataset, Kpi
    from qms_reports.periods import Frequency

SCHEMAS = ".schema"
_MOST_KPIS = 6


def new(
    name: Annotated[str, typer.Argument(help="Name of the template: a-z, 0-9 and _.", show_default=False)],
    kpis: Annotated[str | None, typer.Option(help="KPIs it shows, separated by commas.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Or: the records whose KPIs it shows.")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Catalogue folder; your own first one, if absent.")] = None,
) -> None:
    """Write a commented, working template into your catalogue."""
    settings, catalogue = load()
    _check_name(catalogue, name)
    chosen, frequency = _chosen(catalogue, kpis, dataset)
    own = [Path(part).expanduser().absolute() for part in settings.catalog.split(os.pathsep) if part]
    folder = catalog.expanduser().absolute() if catalog else own[0] if own else Path.cwd() / "catalog"
    path = folder / "templates" / f"{name}.yaml"
    if path.exists():
        raise Problem(f"{path} is there already; it is not overwritten")
    from qms_reports.declarations import json_schema
    from qms_reports.declarations.file_check import check_file
    from qms_reports.store import write_atomically

    write_atomically(path, template_text(catalogue, name, chosen, frequency).encode())
    json_schema.write(folder / SCHEMAS)
    checked = check_file(path, settings.catalogs, fiscal_weeks=settings.fiscal_weeks != "", engine=settings.engine)
    for issue in checked.issues:
        typer.echo(str(issue))
    typer.echo(f"{path}" + ("" if checked.issues else ": a working template; the comments say what to change"))
    if folder not in settings.catalogs:
        known = os.pathsep.join([settings.catalog, str(folder)]) if settings.catalog else str(folder)
        typer.echo(f"\n  export QMS_REPORTS_CATALOG={known}   so that it is read")
    typer.echo(f"\n  qms-reports template preview {path} --watch   shows its pages while you write")
    typer.echo(f"  qms-reports build {name}   builds the report")
    if checked.template is None:
        raise typer.Exit(1)


def _check_name(catalogue: Catalogue, name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise Problem(
            f"{name!r} is no name: it has only a-z, 0-9 and _, begins with a letter, and 60 characters at most"
        )
    if name in catalogue.templates:
        where = catalogue.origins["template", name].declaration.file
        raise Problem(f"there is a template {name!r} already, in {where}; choose another name, or copy it from there")


def _chosen(catalogue: Catalogue, kpis: str | None, dataset: str | None) -> tuple[list[Kpi], Frequency]:
    """The KPIs that are asked for, and a period that all of them are computed for."""
    from qms_reports.declarations.validating import did_you_mean

    if (kpis is None) == (dataset is None):
        raise Problem("say what it shows: --kpis with names separated by commas, or --dataset")
    if dataset is not None:
        if dataset not in catalogue.datasets:
            listed = ", ".join(sorted(catalogue.datasets))
            raise Problem(f"there is no dataset {dataset!r}; {did_you_mean(dataset, catalogue.datasets) or listed}")
        chosen = [kpi for _, kpi in sorted(catalogue.kpis.items()) if kpi.dataset == dataset]
        if not chosen:
            raise Problem(f"no KPI counts {dataset}; begin with: qms-reports kpi new NAME --dataset {dataset}")
        # The rated ones tell most; a report of all of them would tell nobody anything.
        chosen = sorted(chosen, key=lambda kpi: (kpi.target is None, kpi.kpi))[:_MOST_KPIS]
    else:
        chosen = [kpi_named(catalogue, part.strip()) for part in (kpis or "").split(",") if part.strip()]
        if not chosen:
            raise Problem("--kpis names none")
    shared = [f for f in chosen[0].frequencies if all(f in kpi.frequencies for kpi in chosen)]
    if not shared:
        raise Problem("these KPIs have no period in common; see 'frequencies' in their declarations")
    return chosen, "month" if "month" in shared else shared[0]


def template_text(catalogue: Catalogue, name: str, kpis: Sequence[Kpi], frequency: Frequency) -> str:
    """A commented template.

    Args:
        catalogue: All declarations.
        name: Its name.
        kpis: What it shows.
        frequency: Length of its period.
    """
    first = kpis[0]
    dataset = catalogue.datasets[first.dataset]
    title = name.replace("_", " ").capitalize()
    listed = ", ".join(kpi.kpi for kpi in kpis)
    legal = first.dimensions if first.dimensions is not None else tuple(dataset.dimensions)
    charts = [_chart("trend", "line", first, dataset, "")]
    tables = [f"  - {{id: figures, title: Figures, kpis: [{listed}]}}"]
    if legal:
        by = legal[0]
        heading = json.dumps(f"{first.title} by {dataset.dimensions[by].lower()}", ensure_ascii=False)
        charts.append(_chart("parts", "bar", first, dataset, f", by: {by}, horizontal: true", heading))
        tables.append(f"  - {{id: by_{by}, title: {heading}, kpis: [{first.kpi}], by: {by}, top: 10}}")
    shown = ", ".join(["figures", *([f"by_{legal[0]}"] if legal else [])])
    drawn = ", ".join(["trend", *(["parts"] if legal else [])])
    joined, tabled = "\n".join(charts), "\n".join(tables)
    member = legal[0] if legal else "site"
    member_title = dataset.dimensions.get(member, "Site")
    return f"""\
# yaml-language-server: $schema=../{SCHEMAS}/template.json
# A report template. Every key is described in docs/templates.md and docs/catalogue.md; what is wrong is said by
#   qms-reports validate {name}.yaml
# and its pages are shown while you write by
#   qms-reports template preview {name}.yaml --watch
template: {name}
version: 1                          # raise it when the layout or the choice of KPIs changes
title: {json.dumps(title)}
organization: Example company
document_number: "{_initials(name)}-{{period}}"     # {{period}} is filled in
frequency: {frequency:<24} # month, quarter, year, fiscal_year, week
schedule: ""                        # such as "0 6 3 * *": at 6 o'clock on the third day of a month
# include: [partials/frame.yaml]    # keys that several templates share
# theme: our_company                # a file in themes/ with logo, colours and fonts
# language: de                      # en, de or ja
# parameters:                       # one declaration for many reports
#   {member}: {{title: {member_title}, dimension: {member}, default: "*"}}
distribution: [Head of Quality]
approvals:
  - {{meaning: authored, role: Quality analyst}}
  - {{meaning: approved, role: Head of Quality}}

# Sentences of the summary. Between double braces stand values: docs/templates.md lists them all.
summary:
  - say: "{{{{ {first.kpi}.title }}}}: {{{{ {first.kpi}.text }}}} {{{{ {first.kpi}.unit }}}} in {{{{ period.label }}}}."
  - when: figures.bad > 0
    say: "For action: {{{{ join(figures.bad_titles) }}}}."
# A line of the action list for each KPI that a rule fits.
actions:
  - when: status == "bad"
    say: "Say why {{{{ title }}}} is {{{{ text }}}} {{{{ unit }}}} ({{{{ target }}}}), and what is done"
    owner: Process owner
    due_days: 30

tiles: [{listed}]
charts:
{joined}
tables:
{tabled}
sections:
  - id: overview
    title: Overview
    text: "All figures are of {{{{ period.label }}}}."
    charts: [{drawn}]
    tables: [{shown}]
"""


def _chart(name: str, kind: str, kpi: Kpi, dataset: Dataset, more: str, title: str | None = None) -> str:
    heading = title or json.dumps(kpi.title, ensure_ascii=False)
    axis = json.dumps(kpi.unit or dataset.title, ensure_ascii=False)
    return f"  - {{id: {name}, type: {kind}, title: {heading}, y_title: {axis}, kpis: [{kpi.kpi}]{more}}}"


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.split("_") if part).upper()
