"""The command that shows the records behind a number: trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import (
    AsKnown,
    PeriodKey,
    Problem,
    TemplateName,
    edition_of,
    kpi_named,
    load,
    template_named,
)

if TYPE_CHECKING:
    from qms_reports.kpis.tracing import TracedRecord


def trace(
    template: TemplateName,
    period: PeriodKey,
    kpi: Annotated[str, typer.Option(help="Name of the KPI.", show_default=False)],
    as_known: AsKnown = None,
    member: Annotated[str | None, typer.Option(help="dimension=member, such as product_type=Drugs.")] = None,
    limit: Annotated[int, typer.Option(help="Most records printed; 0 for all.", min=0)] = 50,
) -> None:
    """Show a number, its parts, and the records behind it with file, row and hash."""
    settings, catalogue = load()
    declared = template_named(catalogue, template)
    from qms_reports.kpis.tracing import trace_kpi
    from qms_reports.reports import wording

    definition = kpi_named(catalogue, kpi)
    edition = edition_of(settings, catalogue, declared, period, as_known)
    try:
        found = trace_kpi(settings, catalogue, definition, edition.period, edition.as_known, member)
    except ValueError as error:
        raise Problem(str(error)) from error
    row = found.row
    typer.echo(f"{definition.title}, {edition.period.label()}{f', {member}' if member else ''}")
    typer.echo(
        f"  value        {wording.with_unit(wording.number(row.value, definition.decimals), definition.unit)}"
        f"  (exactly {row.value})"
    )
    typer.echo(f"  numerator    {row.numerator}")
    typer.echo(f"  denominator  {row.denominator if row.denominator is not None else '–'}")
    if interval := wording.interval(definition, row):
        typer.echo(f"  interval     {interval}")
    typer.echo(f"  formula      {definition.formula}")
    typer.echo(f"  version      {definition.version}, {catalogue.origins[('kpi', kpi)].declaration.file}")
    typer.echo(f"  data cut-off {found.cutoff.isoformat()}")
    typer.echo(f"  records      {found.counted} counted of {found.population} in the population")
    typer.echo()
    _list(found.records, limit)
    typer.echo("  • counted in the numerator")
    if definition.exposure is not None:
        base = catalogue.datasets[definition.exposure.dataset]
        typer.echo(f"\n  denominator: {definition.exposure.sql} of {len(found.exposure)} {base.title.lower()}\n")
        _list(found.exposure, limit)


def _list(records: Sequence[TracedRecord], limit: int) -> None:
    typer.echo(f"  {'':1} {'record':<34} {'file':<38} {'row':>8}  sha256 of the file")
    for record in records[: limit or None]:
        mark = "•" if record.counted else " "
        typer.echo(f"  {mark} {record.key:<34} {record.file:<38} {record.row:>8}  {record.sha256}")
    if limit and limit < len(records):
        typer.echo(f"  … {len(records) - limit} more; --limit 0 prints all")
