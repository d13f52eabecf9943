"""Everything that can be said about a catalogue or a file before a report is built from it.

`validate` is what the command and others call; what it asks beside the declarations themselves is chosen: whether
sources can be read, how long the stages of a report take, whether there are records enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qms_reports.declarations import verdicts
from qms_reports.declarations.catalogue import Catalogue, load_catalogue, load_folders
from qms_reports.declarations.file_check import CheckedFile, check_file
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Template
from qms_reports.periods import Period
from qms_reports.settings import Settings

__all__ = ["Asked", "Validated", "validate"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked beside the declarations themselves.

    Attributes:
        probe: Whether the files of sources can be read and have the declared columns.
        data: Whether KPIs have records in the last periods.
        performance: How long each stage of a template's report takes.
        period: The period of that dry run; the latest that the records cover, if absent.
        seconds: Limit of one statement of that dry run.
    """

    probe: bool = False
    data: bool = False
    performance: bool = False
    period: Period | None = None
    seconds: float = 60


@dataclass(frozen=True)
class Validated:
    """What was found.

    Attributes:
        issues: All issues, by file and place.
        catalogue: The catalogue, unless a single file was asked for.
        file: The file that was asked for.
    """

    issues: tuple[Issue, ...]
    catalogue: Catalogue | None = None
    file: CheckedFile | None = None


def validate(settings: Settings, path: Path | None = None, asked: Asked | None = None) -> Validated:
    """Check a catalogue or one file.

    Args:
        settings: The installation.
        path: A catalogue folder or a file; the installation's own catalogue if absent.
        asked: What to ask beside the declarations themselves.

    Returns:
        All issues at once.
    """
    wanted = asked or Asked()
    weeks = settings.fiscal_weeks != ""
    if path is not None and path.is_file() and not (wanted.probe or wanted.data or wanted.performance):
        with verdicts.remembered(settings.home / ".checked_expressions.json"):
            found = check_file(path, settings.catalogs, fiscal_weeks=weeks, engine=settings.engine)
        return Validated(_ordered(found.issues), file=found)
    catalogue, checked = _catalogue(settings, path)
    issues = list(checked.issues if checked is not None else catalogue.issues)
    templates = _templates(catalogue, checked)
    if wanted.probe:
        from qms_reports.validation.probing import probe

        issues += probe(settings, catalogue, templates if checked is not None else None)
    if wanted.data:
        from qms_reports.validation.records import enough_records

        issues += enough_records(settings, catalogue, templates)
    if wanted.performance:
        from qms_reports.validation.timing import dry_run

        limited = settings.model_copy(update={"statement_seconds": min(wanted.seconds, settings.statement_seconds)})
        for template in templates:
            issues += dry_run(limited, catalogue, template, wanted.period)
    return Validated(_ordered(issues), catalogue, checked)


def _catalogue(settings: Settings, path: Path | None) -> tuple[Catalogue, CheckedFile | None]:
    """The catalogue that is asked for, and the file in it if only that one is."""
    weeks = settings.fiscal_weeks != ""
    if path is None:
        return load_catalogue(settings), None
    if path.is_dir():
        shipped = () if path.resolve() in settings.catalogs else settings.catalogs
        return load_folders((*shipped, path.resolve()), fiscal_weeks=weeks, engine=settings.engine), None
    checked = check_file(path, settings.catalogs, fiscal_weeks=weeks, engine=settings.engine)
    return checked.in_catalogue(load_catalogue(settings)), checked


def _templates(catalogue: Catalogue, checked: CheckedFile | None) -> tuple[Template, ...]:
    """The templates that are asked about."""
    if checked is None:
        return tuple(catalogue.templates[name] for name in sorted(catalogue.templates))
    return (checked.template,) if checked.template is not None else ()


def _ordered(issues: list[Issue] | tuple[Issue, ...]) -> tuple[Issue, ...]:
    unique = dict.fromkeys(issues)
    return tuple(sorted(unique, key=lambda i: (i.file, i.line, i.column, -i.severity.rank, i.message)))


def at_least(issues: tuple[Issue, ...], level: Severity) -> tuple[Issue, ...]:
    """The issues of a severity and above."""
    return tuple(issue for issue in issues if issue.severity.rank >= level.rank)
