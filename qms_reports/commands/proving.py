"""Commands that prove and compare finished reports: verify, diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Assignments, Problem, edition_of, editions_of, load, template_named

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.reports.document import Report
    from qms_reports.settings import Settings

EXIT_CODES = {"identical": 0, "restated": 3, "tampered": 4, "unproven": 5}


def verify(
    file: Annotated[Path, typer.Argument(help="A report: PDF, workbook, page or JSON.", show_default=False)],
    most: Annotated[int, typer.Option(help="Differences listed per kind.", min=1)] = 20,
) -> None:
    """Make a report again from its provenance and say whether it is identical, restated or tampered.

    Ends with 0 for identical, 3 for restated, 4 for tampered, 5 where it cannot be proven.
    """
    from qms_reports.reports.comparing import as_text, edition_text
    from qms_reports.reports.stored_document import NotAReport
    from qms_reports.verifying import verify as verify_content

    settings, catalogue = load()
    content = _content(file)
    try:
        verdict = verify_content(settings, catalogue, content)
    except NotAReport as error:
        raise Problem(f"{file}: {error}") from error
    typer.echo(f"{verdict.outcome}{', signed' if verdict.signed else ''}: {edition_text(verdict.report)}")
    for reason in verdict.reasons:
        typer.echo(f"  {reason}")
    if verdict.comparison is not None and not verdict.comparison.equal:
        typer.echo("")
        typer.echo(as_text(verdict.comparison, most))
    raise typer.Exit(EXIT_CODES[verdict.outcome])


def diff(
    before: Annotated[str, typer.Argument(help="A report file, or TEMPLATE@PERIOD for what is known now.")],
    after: Annotated[str, typer.Argument(help="The other one.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the comparison, changes marked, as a PDF.")] = None,
    set_: Assignments = None,
    most: Annotated[int, typer.Option(help="Differences listed per kind.", min=1)] = 40,
) -> None:
    """Show which figures, charts and records differ between two revisions or two periods.

    Ends with 0 where nothing differs, else with 1.
    """
    from qms_reports.reports.comparing import as_text, compare

    settings, catalogue = load()
    given = tuple(set_ or ())
    found = compare(_report(settings, catalogue, before, given), _report(settings, catalogue, after, given))
    typer.echo(as_text(found, most))
    if pdf is not None:
        from qms_reports.reports.comparison_document import comparison_report
        from qms_reports.reports.pdf_writer import write_pdf
        from qms_reports.store import write_atomically

        write_atomically(pdf.absolute(), write_pdf(comparison_report(found)))
        typer.echo(f"\n  PDF   {pdf}")
    if not found.equal:
        raise typer.Exit(1)


def _report(settings: Settings, catalogue: Catalogue, named: str, given: tuple[str, ...]) -> Report:
    from qms_reports.reports.embedded_document import unpack
    from qms_reports.reports.stored_document import NotAReport

    path = Path(named)
    if path.exists() or "@" not in named:
        try:
            return unpack(_content(path))
        except NotAReport as error:
            raise Problem(f"{named}: {error}") from error
    from qms_reports.building import composed

    template, _, period = named.partition("@")
    declared = template_named(catalogue, template)
    asked = editions_of(declared, edition_of(settings, catalogue, declared, period, None), given)
    if len(asked) > 1:
        raise Problem(f"{named} is {len(asked)} reports; say which with --set, such as --set {asked[0].variant}")
    return composed(settings, catalogue, declared, asked[0])[0]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}; name a report file, or TEMPLATE@PERIOD") from error
