"""What the commands share: the settings, the catalogue, names and periods as a person types them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Kpi, Template
    from qms_reports.editions import Edition
    from qms_reports.periods import Period
    from qms_reports.settings import Settings

TemplateName = Annotated[
    str, typer.Argument(help="Name of the template, such as monthly_quality_review.", show_default=False)
]
PeriodKey = Annotated[str, typer.Option(help="2024-05, 2024-Q2, 2024, FY2024 or 2024-W05.", show_default=False)]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", help="Value of a parameter, NAME=VALUE; may be given several times.", metavar="NAME=VALUE"),
]
Final = Annotated[bool, typer.Option("--final", help="Final: no watermark; without it a report is a draft.")]
AsKnown = Annotated[
    str | None,
    typer.Option(help="Data cut-off: a day (all of it counts) or an instant, 2024-06-03 or 2024-06-03T12:00."),
]


class Problem(Exception):  # noqa: N818 - reads as what it is
    """What the user is told instead of a traceback."""


def settings_of_environment() -> Settings:
    """The settings; what is wrong with one names its variable."""
    from pydantic import ValidationError

    from qms_reports.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = [f"QMS_REPORTS_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        raise Problem("; ".join(lines)) from error


def load() -> tuple[Settings, Catalogue]:
    """The settings and all declarations."""
    from qms_reports.declarations.catalogue import load_catalogue

    settings = settings_of_environment()
    return settings, load_catalogue(settings)


def template_named(catalogue: Catalogue, name: str) -> Template:
    """A usable template; of a broken one, what is wrong with it."""
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


def template_period(settings: Settings, key: str, template: Template) -> Period:
    """A period that a template can be made for."""
    period = period_named(settings, key)
    if period.frequency != template.frequency:
        raise Problem(f"{key} is a {period.frequency}, but {template.template} is made per {template.frequency}")
    return period


def period_named(settings: Settings, key: str) -> Period:
    """A period that has begun and is not before the installation's first."""
    from qms_reports.periods import parse_period

    try:
        period = parse_period(key, settings.fiscal)
    except ValueError as error:
        raise Problem(str(error)) from error
    if period.start < parse_period(settings.first_period).start:
        raise Problem(f"{key} lies before the first period, {settings.first_period} (QMS_REPORTS_FIRST_PERIOD)")
    if period.start > dt.datetime.now(settings.zone).date():
        raise Problem(f"{key} has not begun")
    return period


def edition_of(
    settings: Settings, catalogue: Catalogue, template: Template, key: str | None, as_known: str | None
) -> Edition:
    """The edition asked for; of no period, the latest that the data cover."""
    from qms_reports.building import latest_covered
    from qms_reports.editions import Edition

    moment = moment_of(settings, as_known)
    if key is None:
        return Edition(latest_covered(settings, catalogue, template), moment)
    return Edition(template_period(settings, key, template), moment)


def moment_of(settings: Settings, text: str | None) -> dt.datetime | None:
    """A cut-off; a day stands for its last microsecond in the site's zone."""
    if text is None:
        return None
    from qms_reports.editions import cutoff

    try:
        return cutoff(text, settings.zone)
    except ValueError as error:
        raise Problem(f"--as-known {error}") from None


def editions_of(template: Template, edition: Edition, assignments: Sequence[str]) -> tuple[Edition, ...]:
    """The editions asked for with ``--set NAME=VALUE``: without it one for each value of the `each` parameters."""
    from qms_reports.editions import editions, given_of

    try:
        return editions(template, edition.period, edition.as_known, given_of(assignments))
    except ValueError as error:
        raise Problem(f"--set: {error}") from error


def say(text: str) -> None:
    """Print a line at once, before long work begins."""
    typer.echo(text)


def kpi_named(catalogue: Catalogue, name: str) -> Kpi:
    """A usable KPI."""
    from qms_reports.declarations.validating import did_you_mean

    if name in catalogue.kpis:
        return catalogue.kpis[name]
    hint = did_you_mean(name, catalogue.kpis) or f"declared: {', '.join(sorted(catalogue.kpis))}"
    raise Problem(f"there is no KPI {name!r}; {hint}")


def kpis_named(catalogue: Catalogue, name: str) -> tuple[Kpi, ...]:
    """A KPI by name, or all KPIs of a code such as QE-04."""
    coded = [kpi for kpi in catalogue.kpis.values() if kpi.code and kpi.code == name.upper()]
    return tuple(sorted(coded, key=lambda kpi: kpi.kpi)) or (kpi_named(catalogue, name),)
