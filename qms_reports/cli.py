"""The command line: build, backfill, trace, validate, doctor, up.  Heavy imports happen inside the commands."""

from __future__ import annotations

import atexit
import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from qms_reports.building import Edition
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Template
    from qms_reports.settings import Settings

app = typer.Typer(
    name="qms-reports",
    help="Quality reports from records: provable numbers, reproducible PDF and Excel.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

TemplateName = Annotated[
    str, typer.Argument(help="Name of the template, such as monthly_quality_review.", show_default=False)
]
PeriodKey = Annotated[str, typer.Option(help="2024-05, 2024-Q2, 2024, FY2024 or 2024-W05.", show_default=False)]
AsKnown = Annotated[
    str | None,
    typer.Option(help="Data cut-off: a day (all of it counts) or an instant, 2024-06-03 or 2024-06-03T12:00."),
]


class Problem(Exception):  # noqa: N818 - reads as what it is
    """What the user is told instead of a traceback."""


@app.command()
def build(
    template: TemplateName,
    period: Annotated[
        str | None, typer.Option(help="Period; the latest complete one that the data cover, if absent.")
    ] = None,
    as_known: AsKnown = None,
    out: Annotated[Path | None, typer.Option(help="Folder that the finished files are copied to.")] = None,
    format: Annotated[str, typer.Option(help="pdf, xlsx or both.")] = "both",  # noqa: A002 - the option's name
) -> None:
    """Build one report, without any server, recorded in the Dagster instance."""
    began = time.perf_counter()
    settings, catalogue = _load()
    declared = _template(catalogue, template)
    if format not in ("pdf", "xlsx", "both"):
        raise Problem(f"--format {format!r}: expected pdf, xlsx or both")
    forms: Any = ("pdf", "xlsx") if format == "both" else (format,)
    edition = _edition(settings, catalogue, declared, period, as_known)
    from qms_reports.building import read_ahead

    read_ahead(settings, catalogue, edition)  # Dagster's import, next, takes longer than that
    from qms_reports.pipeline import launching

    _say(f"{declared.title}, {edition.period.label()}{f', as known {as_known}' if as_known else ''}")
    built = launching.build(settings, template, edition, forms)
    files = {form: _deliver(path, out) for form, path in built.files.items()}
    _summary(settings, catalogue, declared, edition)
    print()
    for form, path in files.items():
        print(f"  {form.upper():<5} {path}")
    _restatement(built.files, catalogue)
    print()
    stages = "  ".join(f"{stage} {seconds:.2f} s" for stage, seconds in built.seconds.items())
    print(f"  {stages}  (all {time.perf_counter() - began:.2f} s)")
    print(f"  Dagster run {built.run_id} in {settings.home}")


@app.command()
def backfill(
    template: TemplateName,
    first: Annotated[str, typer.Option("--from", help="First period.", show_default=False)],
    last: Annotated[str, typer.Option("--to", help="Last period.", show_default=False)],
    workers: Annotated[int, typer.Option(help="Processes that build at the same time.", min=1)] = os.cpu_count() or 1,
) -> None:
    """Build the reports of a range of periods."""
    settings, catalogue = _load()
    declared = _template(catalogue, template)
    start, end = (_period(settings, key, declared) for key in (first, last))
    if end.start < start.start:
        raise Problem(f"--from {first} lies after --to {last}")
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
        task = progress.add_task(declared.title, total=count)

        def told(key: str, outcome: str) -> None:
            progress.update(task, advance=1, description=f"{declared.title} {key}")
            if outcome != "done":
                progress.console.print(f"{key}: {outcome}", style="red", highlight=False)

        failed = launching.backfill(settings, template, start, end, workers, told)
    seconds = time.perf_counter() - began
    print(
        f"{count - len(failed)} of {count} reports built in {seconds:.1f} s ({seconds / count:.2f} s each), "
        f"in {settings.home / 'reports' / template}"
    )
    if failed:
        raise Problem(f"not built: {', '.join(failed)}; mend what is said above and run the same command again")


@app.command()
def trace(
    template: TemplateName,
    period: PeriodKey,
    kpi: Annotated[str, typer.Option(help="Name of the KPI.", show_default=False)],
    as_known: AsKnown = None,
    member: Annotated[str | None, typer.Option(help="dimension=member, such as product_type=Drugs.")] = None,
    limit: Annotated[int, typer.Option(help="Most records printed; 0 for all.", min=0)] = 50,
) -> None:
    """Show a number, its parts, and the records behind it with file, row and hash."""
    settings, catalogue = _load()
    declared = _template(catalogue, template)
    from qms_reports.declarations.validating import did_you_mean
    from qms_reports.kpis.tracing import trace_kpi
    from qms_reports.reports import wording

    if kpi not in catalogue.kpis:
        raise Problem(
            f"there is no KPI {kpi!r}; "
            + (did_you_mean(kpi, catalogue.kpis) or f"declared: {', '.join(sorted(catalogue.kpis))}")
        )
    edition = _edition(settings, catalogue, declared, period, as_known)
    try:
        found = trace_kpi(settings, catalogue, catalogue.kpis[kpi], edition.period, edition.as_known, member)
    except ValueError as error:
        raise Problem(str(error)) from error
    definition, row = catalogue.kpis[kpi], found.row
    print(f"{definition.title}, {edition.period.label()}{f', {member}' if member else ''}")
    print(
        f"  value        {wording.with_unit(wording.number(row.value, definition.decimals), definition.unit)}"
        f"  (exactly {row.value})"
    )
    print(f"  numerator    {row.numerator}")
    print(f"  denominator  {row.denominator if row.denominator is not None else '–'}")
    if interval := wording.interval(definition, row):
        print(f"  interval     {interval}")
    print(f"  formula      {definition.formula}")
    print(f"  version      {definition.version}, {catalogue.origins[('kpi', kpi)].declaration.file}")
    print(f"  data cut-off {found.cutoff.isoformat()}")
    print(f"  records      {found.counted} counted of {found.population} in the population")
    print()
    shown = found.records if limit == 0 else found.records[:limit]
    print(f"  {'':1} {'record':<34} {'file':<38} {'row':>8}  sha256 of the file")
    for record in shown:
        mark = "•" if record.counted else " "
        print(f"  {mark} {record.key:<34} {record.file:<38} {record.row:>8}  {record.sha256}")
    if len(shown) < len(found.records):
        print(f"  … {len(found.records) - len(shown)} more; --limit 0 prints all")
    print("  • counted in the numerator")


@app.command()
def validate(
    path: Annotated[Path | None, typer.Argument(help="A catalogue folder; the installation's own if absent.")] = None,
) -> None:
    """Check a catalogue and print everything that is wrong with it."""
    from qms_reports.declarations.catalogue import load_catalogue, load_folders
    from qms_reports.declarations.issues import Severity, blocking
    from qms_reports.settings import Settings

    if path is None:
        catalogue = load_catalogue(_settings())
    else:
        if not path.is_dir():
            raise Problem(f"{path} is no folder; give the folder that holds sources/, datasets/, kpis/, templates/")
        shipped = () if path.resolve() in Settings().catalogs else Settings().catalogs
        catalogue = load_folders((*shipped, path.resolve()))
        if not any((path / sub).is_dir() for sub in ("sources", "datasets", "kpis", "templates")):
            raise Problem(f"{path} has none of the folders sources/, datasets/, kpis/, templates/")
    order = sorted(catalogue.issues, key=lambda issue: (issue.file, issue.line, issue.column))
    for issue in order:
        print(issue)
    counts = {level: sum(issue.severity is level for issue in order) for level in Severity}
    print(
        f"{len(catalogue.sources)} sources, {len(catalogue.datasets)} datasets, {len(catalogue.kpis)} KPIs, "
        f"{len(catalogue.templates)} templates; "
        + ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
        + ("" if order else "no issue")
    )
    if blocking(catalogue.issues):
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Say what is set up, what is missing, and what to do about it."""
    from qms_reports.pipeline.doctor import examine

    settings = _settings()
    findings = examine(settings)
    for finding in findings:
        print(f"  {'ok     ' if finding.good else 'MISSING'} {finding.what}: {finding.said}")
        if not finding.good:
            print(f"          {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the page.", min=1, max=65535)] = 3000,
    host: Annotated[str, typer.Option(help="Address the page is served on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster page and daemon: schedules, sensors and automation run until Ctrl-C."""
    from qms_reports.pipeline.launching import prepare_home

    settings = _settings()
    prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(settings.home)
    os.environ["QMS_REPORTS_HOME"] = str(settings.home)
    _say(f"the page: http://{host}:{port}   inbox: {settings.inbox}   (Ctrl-C ends it)")
    # The daemon, the page and the code server are Dagster's own; this process becomes their parent.
    arguments = [sys.executable, "-m", "dagster", "dev", "-m", "qms_reports.definitions", "-h", host, "-p", str(port)]
    os.execv(sys.executable, arguments)  # noqa: S606 - no shell, fixed program


def _settings() -> Settings:
    from pydantic import ValidationError

    from qms_reports.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = [f"QMS_REPORTS_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        raise Problem("; ".join(lines)) from error


def _load() -> tuple[Settings, Catalogue]:
    from qms_reports.declarations.catalogue import load_catalogue

    settings = _settings()
    return settings, load_catalogue(settings)


def _template(catalogue: Catalogue, name: str) -> Template:
    from qms_reports.declarations.issues import Severity
    from qms_reports.declarations.validating import did_you_mean

    if name in catalogue.templates:
        return catalogue.templates[name]
    for broken in catalogue.broken:
        if broken.kind == "template" and broken.name == name:
            # What it uses may be what is really broken: that first.
            causes = [issue for issue in catalogue.issues if "mend its own declaration first" not in str(issue)]
            own = [issue for issue in broken.issues if issue in causes]
            said = "\n".join(map(str, own or [issue for issue in causes if issue.severity.rank >= Severity.ERROR.rank]))
            raise Problem(f"template {name} is broken:\n{said}")
    missing = [str(issue) for issue in catalogue.issues if "there is no catalogue folder" in issue.message]
    if missing:
        raise Problem(f"there is no template {name!r}:\n" + "\n".join(missing))
    hint = did_you_mean(name, catalogue.templates) or f"declared: {', '.join(sorted(catalogue.templates)) or 'none'}"
    raise Problem(f"there is no template {name!r}; {hint}")


def _period(settings: Settings, key: str, template: Template) -> Any:
    from qms_reports.periods import parse_period

    try:
        period = parse_period(key, settings.fiscal_start_month)
    except ValueError as error:
        raise Problem(str(error)) from error
    if period.frequency != template.frequency:
        raise Problem(f"{key} is a {period.frequency}, but {template.template} is made per {template.frequency}")
    first = parse_period(settings.first_period).start
    if period.start < first:
        raise Problem(f"{key} lies before the first period, {settings.first_period} (QMS_REPORTS_FIRST_PERIOD)")
    if period.start > dt.datetime.now(settings.zone).date():
        raise Problem(f"{key} has not begun")
    return period


def _edition(
    settings: Settings, catalogue: Catalogue, template: Template, key: str | None, as_known: str | None
) -> Edition:
    from qms_reports.building import Edition, latest_covered

    moment = _moment(settings, as_known)
    if key is None:
        return Edition(latest_covered(settings, catalogue, template), moment)
    return Edition(_period(settings, key, template), moment)


def _moment(settings: Settings, text: str | None) -> dt.datetime | None:
    """A cut-off; a day stands for its last microsecond in the site's zone."""
    if text is None:
        return None
    from qms_reports.building import cutoff

    try:
        return cutoff(text, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-known {error}") from None


def _restatement(files: Mapping[Any, Path], catalogue: Catalogue) -> None:
    """Say so when a report differs from the one built before, and in which headline figures."""
    from qms_reports.reports.publishing import read_manifest

    manifest = read_manifest(next(iter(files.values())))
    if manifest is None or not manifest["restates"]:
        return
    print(f"\n  Restates the report of content {manifest['restates'][:12]}, which is kept in superseded/:")
    for name, before, now in manifest["changes"]:
        title = catalogue.kpis[name].title if name in catalogue.kpis else name
        print(f"    {title}: {'n/a' if before is None else before} is now {'n/a' if now is None else now}")
    if not manifest["changes"]:
        print("    no headline figure changed")


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

    print()
    table = figures(settings, catalogue, template, edition)
    for name in template.tiles:
        row = table.total(name)
        kpi = catalogue.kpis[name]
        if row is None or row.state == "no data":
            continue
        value = wording.with_unit(wording.number(row.value, kpi.decimals), kpi.unit)
        change = wording.change(kpi, row.value, row.prior)
        print(f"  {kpi.title:<32} {value:>12}  {change:>9}  {wording.target(kpi):<18} {wording.status_word(kpi, row)}")


def _say(text: str) -> None:
    print(text, flush=True)


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
        from qms_reports.pipeline.launching import BuildFailed
        from qms_reports.store import StoreError

        if isinstance(error, StoreError | RefusedDelivery | BuildFailed):
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
