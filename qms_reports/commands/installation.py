"""Commands about the installation: validate, doctor, up."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Problem, period_named, say, settings_of_environment

if TYPE_CHECKING:
    from qms_reports.declarations.issues import Issue
    from qms_reports.validation import Validated


def validate(
    path: Annotated[
        Path | None, typer.Argument(help="A catalogue folder or one file; the installation's own catalogue if absent.")
    ] = None,
    *,
    probe: Annotated[bool, typer.Option("--probe", help="Ask whether the sources can be read.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Ask whether KPIs have records in the last periods.")] = False,
    performance: Annotated[
        bool, typer.Option("--performance", help="Time a dry run of each template, stage by stage.")
    ] = False,
    period: Annotated[str | None, typer.Option(help="Period of the dry run; the latest that the data cover.")] = None,
    seconds: Annotated[float, typer.Option(help="Limit of one statement of the dry run.", min=0.01)] = 60,
    level: Annotated[str, typer.Option(help="Least severity shown: info, warning, error or critical.")] = "info",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document instead of lines.")] = False,
) -> None:
    """Check a catalogue or one file and print everything that is wrong; ends with 1 if anything cannot be used."""
    from qms_reports.declarations.issues import Severity, blocking
    from qms_reports.validation import Asked, at_least, validate

    if level not in [severity.value for severity in Severity]:
        raise Problem(f"--level {level!r}: expected one of {', '.join(Severity)}")
    settings = settings_of_environment()
    _is_catalogue(path)
    asked = Asked(probe, data, performance, period_named(settings, period) if period else None, seconds)
    found = validate(settings, path, asked)
    shown = at_least(found.issues, Severity(level))
    if as_json:
        typer.echo(_as_json(shown))
    else:
        for issue in shown:
            typer.echo(issue)
        typer.echo(_counted(found))
    if blocking(found.issues):
        raise typer.Exit(1)


def _is_catalogue(path: Path | None) -> None:
    if path is None or path.is_file():
        return
    from qms_reports.declarations.catalogue import FOLDERS

    main = "sources/, datasets/, kpis/, templates/"
    if not path.is_dir():
        raise Problem(f"{path} is neither a file nor a folder; give one file, or the folder that holds {main}")
    if not any((path / sub).is_dir() for sub in FOLDERS.values()):
        raise Problem(f"{path} has none of the folders {main}")


def _counted(found: Validated) -> str:
    """The last line: what there is, and how much is wrong."""
    from qms_reports.declarations.issues import Severity

    counts = {level: sum(issue.severity is level for issue in found.issues) for level in Severity}
    issues = ", ".join(f"{count} {level.value}" for level, count in counts.items() if count) or "no issue"
    if found.file is not None:
        named = ", ".join(found.file.names) or "nothing that can be used"
        return f"{found.file.kind}: {named}; {issues}"
    catalogue = found.catalogue
    if catalogue is None:
        return issues
    return (
        f"{len(catalogue.sources)} sources, {len(catalogue.datasets)} datasets, {len(catalogue.kpis)} KPIs, "
        f"{len(catalogue.templates)} templates; {issues}"
    )


def _as_json(issues: Sequence[Issue]) -> str:
    import json
    from dataclasses import asdict

    listed = [
        {**asdict(issue), "severity": issue.severity.value, "category": issue.category, "url": issue.url}
        for issue in issues
    ]
    return json.dumps({"issues": listed}, ensure_ascii=False, indent=2)


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
