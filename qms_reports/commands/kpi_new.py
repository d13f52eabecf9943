"""The command that writes the definition of a new KPI: kpi new."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qms_reports.commands.shared import Problem, load

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Dataset

Kind = Literal["count", "level", "proportion", "rate", "statistic"]


def new(
    name: Annotated[str, typer.Argument(help="Name of the KPI: a-z, 0-9 and _.", show_default=False)],
    dataset: Annotated[str | None, typer.Option(help="Dataset it is computed over; the choice, if absent.")] = None,
    kind: Annotated[Kind, typer.Option(help="count, level, proportion, rate or statistic.")] = "proportion",
    catalog: Annotated[Path | None, typer.Option(help="Catalogue folder; your own first one, if absent.")] = None,
) -> None:
    """Write a commented, working definition of a new KPI into your catalogue."""
    settings, catalogue = load()
    _check_name(catalogue, name)
    chosen = _dataset(catalogue, dataset)
    own = [Path(part).expanduser().absolute() for part in settings.catalog.split(os.pathsep) if part]
    folder = catalog.expanduser().absolute() if catalog else own[0] if own else Path.cwd() / "catalog"
    path = folder / "kpis" / f"{name}.yaml"
    if path.exists():
        raise Problem(f"{path} is there already; it is not overwritten")
    from qms_reports.store import write_atomically

    write_atomically(path, _text(name, chosen, kind).encode())
    from qms_reports.declarations.catalogue import load_folders

    folders = settings.catalogs if folder in settings.catalogs else (*settings.catalogs, folder)
    checked = load_folders(folders, fiscal_weeks=settings.fiscal_weeks != "")
    complaints = [issue for issue in checked.issues if issue.file.endswith(f"kpis/{name}.yaml")]
    for issue in complaints:
        typer.echo(str(issue))
    typer.echo(f"{path}" + ("" if complaints else ": a working definition; the comments say what to change"))
    if folder not in settings.catalogs:
        known = os.pathsep.join([settings.catalog, str(folder)]) if settings.catalog else str(folder)
        typer.echo(f"\n  export QMS_REPORTS_CATALOG={known}   so that it is read")
    typer.echo(f"\n  qms-reports kpi run {name} --period 2024-05{_by(chosen)}   computes it")
    if name not in checked.kpis:
        raise typer.Exit(1)


def _check_name(catalogue: Catalogue, name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise Problem(
            f"{name!r} is no name: it has only a-z, 0-9 and _, begins with a letter, and 60 characters at most"
        )
    if name in catalogue.kpis:
        where = catalogue.origins[("kpi", name)].declaration.file
        raise Problem(f"there is a KPI {name!r} already, in {where}; choose another name, or copy it from there")


def _dataset(catalogue: Catalogue, name: str | None) -> Dataset:
    from qms_reports.declarations.validating import did_you_mean

    listed = ", ".join(sorted(catalogue.datasets))
    if name is None:
        raise Problem(f"say over which records: --dataset with one of {listed}")
    if name not in catalogue.datasets:
        raise Problem(f"there is no dataset {name!r}; {did_you_mean(name, catalogue.datasets) or listed}")
    return catalogue.datasets[name]


def _by(dataset: Dataset) -> str:
    return f" --by {next(iter(dataset.dimensions))}" if dataset.dimensions else ""


def _condition(dataset: Dataset) -> tuple[str, str]:
    """A condition that some records meet, and what it says: closed in time where the dataset knows due dates."""
    roles = dataset.roles
    due = roles.original_due or roles.due
    if roles.closed and due:
        return f"{roles.closed} <= {due}", f"closed by their due date ({due})"
    if roles.closed:
        return f"{roles.closed} is not null", "closed by now"
    dimension = next(iter(dataset.dimensions), None)
    column = dimension or dataset.key[0]
    return f"{column} is not null", f"with a {column.replace('_', ' ')}"


def _parts(dataset: Dataset, kind: Kind) -> tuple[tuple[str, ...], str]:
    """The lines of the formula, and the formula in words."""
    condition, words = _condition(dataset)
    date, title = dataset.period_date, dataset.title
    counted = f"numerator: count_if({condition})   # those that count"
    opened, closed = dataset.roles.opened, dataset.roles.closed
    level, lasted = "count(*)", f"date_diff('day', {date}, period_end)"
    level_words, lasted_words = f"{title} there are at the end of the period", f"Median days since {date}"
    if opened:
        level, level_words = "count_if(is_open_at_end)", f"{title} open at the end of the period"
    if opened and closed:
        lasted, lasted_words = f"date_diff('day', {opened}, {closed})", f"Median days from {opened} to {closed}"
    found: dict[Kind, tuple[tuple[str, ...], str]] = {
        "count": (("numerator: count(*)",), f"{title} with {date} in the period"),
        "level": ((f"numerator: {level}",), level_words),
        "proportion": ((counted, "denominator: count(*)   # of these", "per: 100"), f"{title} {words} / all of them"),
        "rate": ((counted, "denominator: count(*)   # exposure", "per: 100"), f"{title} {words} per 100 of them"),
        "statistic": ((f'numerator: "median({lasted})"',), lasted_words),
    }
    return found[kind]


_UNITS = {"count": "", "level": "", "proportion": "%", "rate": "per 100", "statistic": "days"}


def _text(name: str, dataset: Dataset, kind: Kind) -> str:
    date = "as_of" if kind == "level" else dataset.period_date
    if kind == "statistic" and dataset.roles.opened and dataset.roles.closed:
        date = dataset.roles.closed  # what is still open has no duration yet
    lines, formula = _parts(dataset, kind)
    columns = [*dataset.columns, *dataset.derive, *dataset.related]
    dates = [n for n, column in dataset.columns.items() if column.type in ("date", "timestamp")]
    dates += [n for n, derived in dataset.derive.items() if derived.type in ("date", "timestamp")]
    title = name.replace("_", " ").capitalize()
    shown = "\n".join(lines)
    decimals = 0 if kind in ("count", "level") else 1
    dimensions = ", ".join(dataset.dimensions)
    return f"""\
# A KPI over {dataset.dataset}. Change what you need, then: qms-reports kpi run {name} --period 2024-05
# Every key is described in docs/catalogue.md under KPI; qms-reports validate says what is wrong, and where.
#
# Columns of {dataset.dataset}:
{_wrapped(columns)}
kpi: {name}
version: 1                     # raise it when the formula changes
title: {json.dumps(title, ensure_ascii=False)}
dataset: {dataset.dataset}
kind: {kind}                   # count, level, proportion, rate, ratio or statistic
date: {date}                   # what puts a record in the period: {", ".join(dates) or "none"}, or as_of for its end
# filter: {_condition(dataset)[0]}   # only these records take part
{shown}
unit: "{_UNITS[kind]}"
decimals: {decimals}
direction: none                # up or down, whichever is better; then a target may follow:
# target: 90
# warning: 80                  # between the two the status is "watch"
min_denominator: 10            # with fewer records there is no status
# maturity_days: 30            # so long after its end a period is not rated
formula: {json.dumps(formula, ensure_ascii=False)}
source: Company rule           # standard, clause
# dimensions: [{dimensions}]   # what it is broken down by; all of these, if absent
"""


def _wrapped(names: list[str]) -> str:
    import textwrap

    return textwrap.fill(", ".join(names), 110, initial_indent="#   ", subsequent_indent="#   ", break_long_words=False)
