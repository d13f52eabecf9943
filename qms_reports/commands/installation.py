"""Commands about the installation: validate, doctor, up."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from qms_reports.commands.shared import Problem, say, settings_of_environment


def validate(
    path: Annotated[Path | None, typer.Argument(help="A catalogue folder; the installation's own if absent.")] = None,
) -> None:
    """Check a catalogue and print everything that is wrong with it."""
    from qms_reports.declarations.catalogue import load_catalogue, load_folders
    from qms_reports.declarations.issues import Severity, blocking
    from qms_reports.settings import Settings

    if path is None:
        catalogue = load_catalogue(settings_of_environment())
    else:
        if not path.is_dir():
            raise Problem(f"{path} is no folder; give the folder that holds sources/, datasets/, kpis/, templates/")
        shipped = () if path.resolve() in Settings().catalogs else Settings().catalogs
        catalogue = load_folders((*shipped, path.resolve()), fiscal_weeks=Settings().fiscal_weeks != "")
        if not any((path / sub).is_dir() for sub in ("sources", "datasets", "kpis", "templates")):
            raise Problem(f"{path} has none of the folders sources/, datasets/, kpis/, templates/")
    order = sorted(catalogue.issues, key=lambda issue: (issue.file, issue.line, issue.column))
    for issue in order:
        typer.echo(issue)
    counts = {level: sum(issue.severity is level for issue in order) for level in Severity}
    typer.echo(
        f"{len(catalogue.sources)} sources, {len(catalogue.datasets)} datasets, {len(catalogue.kpis)} KPIs, "
        f"{len(catalogue.templates)} templates; "
        + ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
        + ("" if order else "no issue")
    )
    if blocking(catalogue.issues):
        raise typer.Exit(1)


def doctor() -> None:
    """Say what is set up, what is missing, and what to do about it."""
    from qms_reports.pipeline.doctor import examine

    settings = settings_of_environment()
    findings = examine(settings)
    for finding in findings:
        typer.echo(f"  {'ok     ' if finding.good else 'MISSING'} {finding.what}: {finding.said}")
        if not finding.good:
            typer.echo(f"          {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def up(
    port: Annotated[int, typer.Option(help="Port of the page.", min=1, max=65535)] = 3000,
    host: Annotated[str, typer.Option(help="Address the page is served on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster page and daemon: schedules, sensors and automation run until Ctrl-C."""
    from qms_reports.pipeline.launching import prepare_home

    settings = settings_of_environment()
    prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(settings.home)
    os.environ["QMS_REPORTS_HOME"] = str(settings.home)
    say(f"the page: http://{host}:{port}   inbox: {settings.inbox}   (Ctrl-C ends it)")
    # The daemon, the page and the code server are Dagster's own; this process becomes their parent.
    arguments = [sys.executable, "-m", "dagster", "dev", "-m", "qms_reports.definitions", "-h", host, "-p", str(port)]
    os.execv(sys.executable, arguments)  # noqa: S606 - no shell, fixed program
