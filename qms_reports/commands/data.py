"""Commands that bring records in: take-in, demo-data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Problem, load, say

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.settings import Settings


def take_in(
    folder: Annotated[Path, typer.Argument(help="Folder of files, named as the sources' inbox patterns say.")],
) -> None:
    """Receive all files of a folder and take their records in; the files stay where they are."""
    if not folder.is_dir():
        raise Problem(f"{folder} is no folder; give the one that the files lie in")
    settings, catalogue = load()
    began = time.perf_counter()
    sources, left = _receive(settings, catalogue, folder.absolute())
    records, refused = _clean(settings, catalogue, sources)
    typer.echo(f"{records:,} new or changed records in {time.perf_counter() - began:.1f} s, in {settings.home}")
    for name, reason in left:
        typer.echo(f"  not taken: {name}: {reason}")
    for name, reason in refused:
        typer.echo(f"  refused:   {name}: {reason}")
    if refused or (left and not sources):
        raise typer.Exit(1)
    typer.echo("\n  qms-reports kpi list                    shows what can be computed from them")


def demo_data(
    first: Annotated[str, typer.Option("--from", help="First month.")] = "2019-01",
    last: Annotated[str, typer.Option("--to", help="Last month.")] = "2025-12",
    seed: Annotated[int, typer.Option(help="Another seed is another company; the same gives the same bytes.")] = 7,
    scale: Annotated[int, typer.Option(help="About how many records, of all kinds together.")] = 10_000,
    out: Annotated[Path, typer.Option(help="Folder of the files: new, empty, or made by this command before.")] = Path(
        "demo_data"
    ),
    format: Annotated[str, typer.Option(help="csv or parquet.")] = "csv",  # noqa: A002 - the option's name
) -> None:
    """Write the files of an example company: all record kinds, with planted traps and the truth about them."""
    from qms_reports.example_company.command import DemoDataRefused, write_demo_data

    began = time.perf_counter()
    try:
        written = write_demo_data(out, seed, first, last, scale, format)
    except DemoDataRefused as error:
        raise Problem(str(error)) from error
    typer.echo(written.told())
    typer.echo(f"written in {time.perf_counter() - began:.1f} s")
    typer.echo(f"\n  qms-reports take-in {out}   takes the records in")


def _receive(settings: Settings, catalogue: Catalogue, folder: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Files by source, and those that no source takes, each with the reason."""
    from qms_reports.pipeline import inbox
    from qms_reports.pipeline.launching import prepare_home

    prepare_home(settings)
    sources: dict[str, int] = {}
    left = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in relative.parts):
            continue
        taken = inbox.receive(settings, catalogue, path, folder)
        if isinstance(taken, str):
            left.append((str(relative), taken.partition(":")[0]))
        else:
            sources[taken.source] = sources.get(taken.source, 0) + 1
    if not sources and not left:
        raise Problem(f"{folder} holds no file")
    return sources, left


def _clean(settings: Settings, catalogue: Catalogue, sources: dict[str, int]) -> tuple[int, list[tuple[str, str]]]:
    """Take what was received into every dataset that reads it, with a line for each."""
    from qms_reports import building
    from qms_reports.pipeline import inbox

    refused = []
    records = 0
    datasets = {d.dataset: d for source in sources for d in inbox.datasets_of(catalogue, source)}
    for number, name in enumerate(sorted(datasets), start=1):
        dataset = datasets[name]
        for source in (dataset.source, *(join.source for join in dataset.joins)):
            if source:
                building.land(settings, catalogue, source)
        began = time.perf_counter()
        done, away = inbox.clean_or_turn_away(settings, catalogue, dataset)
        changed = sum(one.counts["added"] + one.counts["changed"] for one in done)
        quarantined = sum(one.counts.get("quarantined", 0) for one in done)
        records += changed
        refused += [(turned.name, turned.reason) for turned in away]
        said = f", {quarantined:,} rows in quarantine" if quarantined else ""
        seconds = time.perf_counter() - began
        say(
            f"  {number:>2}/{len(datasets)} {name:<24} {len(done):>4} files  {changed:>12,} records  "
            f"{seconds:6.1f} s{said}"
        )
    return records, refused
