"""The command line.  The commands are in `commands`; here is how they are called and how they end."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

import typer

from qms_reports.commands import data, installation, kpi, proving, reports, scorecard, signing, template, tracing
from qms_reports.commands.shared import Problem

app = typer.Typer(
    name="qms-reports",
    help="Quality reports from records: provable numbers, reproducible PDF and Excel.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    reports.build,
    reports.backfill,
    scorecard.scorecard,
    tracing.trace,
    proving.verify,
    proving.diff,
    signing.sign,
    installation.validate,
    installation.doctor,
    installation.up,
    data.demo_data,
    data.take_in,
):
    app.command()(command)
app.add_typer(kpi.app, name="kpi")
app.add_typer(template.app, name="template")


def main() -> None:
    """Entry point: errors of the user's making are one clear message, not a traceback."""
    # A command makes a million objects that live until its end; looking through them again and again costs 0.3 s.
    gc.set_threshold(50_000, 20, 100)
    try:
        try:
            app()
        except SystemExit as ending:  # the framework's way to end, also in success
            _leave(ending)
    except Problem as problem:
        print(f"qms-reports: {problem}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        from qms_reports.datasets.ingestion import RefusedDelivery
        from qms_reports.kpis.engines import EngineError
        from qms_reports.pipeline.launching import BuildFailed
        from qms_reports.store import StoreError

        if isinstance(error, StoreError | RefusedDelivery | EngineError | BuildFailed):
            print(f"qms-reports: {error}", file=sys.stderr)
            sys.exit(1)
        if said := _refused_by_the_machine(error):
            print(f"qms-reports: {said}", file=sys.stderr)
            sys.exit(1)
        raise


def _refused_by_the_machine(error: BaseException | None) -> str:
    """What a person can do about a full or protected disk behind an error, empty if there is none behind it."""
    import sqlite3

    remedy = "check the free space of the disk and the rights of QMS_REPORTS_HOME, and run again"
    while error is not None:
        if isinstance(error, sqlite3.OperationalError):
            return f"Dagster's records of runs cannot be read or written: {error}; {remedy}"
        if isinstance(error, OSError):
            return f"{error}; {remedy}"
        error = error.__cause__ or error.__context__
    return ""


def _leave(ending: SystemExit) -> NoReturn:
    """End a command that is a process of its own without taking its million objects apart, which takes a second."""
    if getattr(sys.modules["__main__"], "main", None) is main and isinstance(ending.code, int | None):
        atexit._run_exitfuncs()  # noqa: SLF001 - what an ordinary end does first
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ending.code or 0)
    raise ending


if __name__ == "__main__":
    main()
