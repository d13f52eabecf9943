"""Commands about frozen control limits: freeze, withdraw, baselines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Problem, kpi_named, load, period_named

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.kpis.baselines import Baselines
    from qms_reports.kpis.freezing import Freeze
    from qms_reports.settings import Settings

KpiName = Annotated[str, typer.Argument(help="Name of the KPI.", show_default=False)]
By = Annotated[str, typer.Option(help="Who decides this: name as it is to stand in the record.", show_default=False)]


def freeze(
    kpi: KpiName,
    first: Annotated[str, typer.Option("--from", help="First period of the baseline.", show_default=False)],
    last: Annotated[str, typer.Option("--to", help="Last period of the baseline.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option(help="Why these periods show the process as it is.", show_default=False)],
    by: By,
    exclude: Annotated[
        list[str] | None, typer.Option(help='A period left out, with its cause: 2023-07="flood". May be repeated.')
    ] = None,
    member: Annotated[str | None, typer.Option(help="dimension=member, such as site=HAM; the total if absent.")] = None,
    effective: Annotated[str | None, typer.Option(help="First period judged; the one after --to if absent.")] = None,
    few: Annotated[bool, typer.Option("--few", help="Freeze although there are fewer than 20 points.")] = False,
) -> None:
    """Freeze control limits: estimate them from a range of periods and judge later ones by them."""
    settings, catalogue = load()
    declared = kpi_named(catalogue, kpi)
    start, end = (period_named(settings, key) for key in (first, last))
    if start.frequency != end.frequency or end.start < start.start:
        raise Problem(f"--from {first} and --to {last}: give two periods of one length, the earlier first")
    from qms_reports import building
    from qms_reports.datasets.reading import session
    from qms_reports.kpis.freezing import NotFrozen, keep, propose
    from qms_reports.kpis.long_series import long_series
    from qms_reports.kpis.table import TOTAL
    from qms_reports.periods import parse_period

    dimension, _, name = (member or "").partition("=")
    if member is not None and dimension not in catalogue.datasets[declared.dataset].dimensions:
        legal = ", ".join(catalogue.datasets[declared.dataset].dimensions)
        raise Problem(f"--member {member}: {dimension!r} is no dimension of {declared.dataset}; it has {legal}")
    try:
        begins = parse_period(effective, settings.fiscal) if effective else end.next()
    except ValueError as error:
        raise Problem(f"--effective {error}") from error
    if begins.frequency != start.frequency or begins.start < start.start:
        raise Problem(f"--effective {effective}: give a {start.frequency} not before --from {first}")
    stored = catalogue.stored_of([declared])
    building.take_in(settings, catalogue, [catalogue.datasets[one] for one in stored])
    now = dt.datetime.now(dt.UTC)
    try:
        with session(settings, catalogue, stored) as opened:
            place = (dimension, name) if member is not None else (TOTAL, TOTAL)
            rows = long_series(settings, catalogue, declared, start, end, opened, *place)
        made = propose(
            declared,
            rows,
            frequency=start.frequency,
            effective_from=begins,
            excluded=_exclusions(exclude or ()),
            frozen_by=by,
            reason=reason,
            now=now,
            few=few,
        )
        delivery = keep(settings, catalogue, made.baseline, now)
    except (NotFrozen, ValueError) as error:
        raise Problem(str(error)) from error
    _show(made, declared.decimals, declared.unit)
    typer.echo(f"  kept as      {made.baseline.baseline_id}, file {delivery.name}")
    typer.echo(
        f"\n  qms-reports kpi withdraw {made.baseline.baseline_id} --reason … --by …   takes it out of use again"
    )


def withdraw(
    baseline: Annotated[
        str, typer.Argument(help="Id of the baseline, such as BL-20250103-1a2b3c4d.", show_default=False)
    ],
    reason: Annotated[str, typer.Option(help="Why it is not to be used any more.", show_default=False)],
    by: By,
) -> None:
    """Take frozen limits out of use; the record of them stays."""
    settings, catalogue = load()
    from qms_reports.kpis.freezing import NotFrozen, keep, withdrawn

    found = {one.baseline_id: one for one in _known(settings, catalogue).records}
    if baseline not in found:
        raise Problem(f"there is no baseline {baseline!r}; qms-reports kpi baselines lists them")
    now = dt.datetime.now(dt.UTC)
    try:
        keep(settings, catalogue, withdrawn(found[baseline], by, reason, now.astimezone(settings.zone).date()), now)
    except NotFrozen as error:
        raise Problem(str(error)) from error
    typer.echo(f"{baseline} is withdrawn: {reason}")


def list_baselines(
    kpi: Annotated[str | None, typer.Argument(help="Only those of this KPI.", show_default=False)] = None,
) -> None:
    """List the frozen limits: who froze which when, over which points, for what reason."""
    settings, catalogue = load()
    records = [one for one in _known(settings, catalogue).records if kpi in (None, one.kpi)]
    for one in records:
        whose = f"{one.dimension}={one.member}" if one.dimension else "total"
        typer.echo(
            f"{one.baseline_id}  {one.kpi} (version {one.kpi_version}), {whose}, per {one.frequency}: "
            f"{one.chart} chart, centre {one.limits.center:.6g}"
        )
        typer.echo(f"    from {one.effective_from} on; {one.points} points, {one.first_period} to {one.last_period}")
        typer.echo(f"    frozen by {one.frozen_by} at {one.frozen_at:%Y-%m-%d %H:%M} UTC: {one.reason}")
        for period, cause in one.excluded.items():
            typer.echo(f"    without {period}: {cause}")
        if one.withdrawn_on is not None:
            typer.echo(f"    WITHDRAWN by {one.withdrawn_by} on {one.withdrawn_on}: {one.withdrawal_reason}")
    if not records:
        typer.echo("no limits are frozen; qms-reports kpi freeze does so")


def _known(settings: Settings, catalogue: Catalogue) -> Baselines:
    from qms_reports.datasets.reading import session
    from qms_reports.kpis.baselines import DATASET, read_baselines

    if DATASET not in catalogue.datasets:
        raise Problem(f"no catalogue declares the dataset {DATASET}; the shipped one does")
    with session(settings, catalogue, [DATASET]) as opened:
        return read_baselines(opened)


def _exclusions(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in given:
        period, _, cause = one.partition("=")
        if not cause.strip():
            raise Problem(f'--exclude {one}: say why, as in --exclude {period or "2023-07"}="flood"')
        found[period.strip()] = cause.strip().strip('"')
    return found


def _show(made: Freeze, decimals: int, unit: str) -> None:
    from qms_reports.kpis.signals import NAMES
    from qms_reports.reports import wording

    frozen, chart = made.baseline, made.chart

    def text(value: float) -> str:
        return wording.with_unit(wording.number(value * made.scale, decimals + 2), unit)

    whose = f", {frozen.dimension}={frozen.member}" if frozen.dimension else ""
    last = frozen_last(made)
    typer.echo(f"{NAMES.get(frozen.chart, frozen.chart)} chart of {frozen.kpi}{whose}: limits frozen")
    typer.echo(f"  points       {frozen.points}, {frozen.first_period} to {frozen.last_period}")
    typer.echo(f"  centre line  {text(chart.center[last])}")
    varies = " (they vary with the number of records)" if len(set(chart.upper)) > 1 else ""
    typer.echo(
        f"  limits       {text(chart.lower[last])} to {text(chart.upper[last])} in {made.rows[last].period}{varies}"
    )
    if chart.sigma_z is not None:
        typer.echo(f"  sigma z      {chart.sigma_z:.3f} (Laney's factor of overdispersion)")
    typer.echo(f"  rules        {', '.join(frozen.rules)}")
    typer.echo(f"  in force     from {frozen.effective_from} on")
    for period, cause in frozen.excluded.items():
        typer.echo(f"  without      {period}: {cause}")
    if made.signals:
        listed = ", ".join(f"{period} ({' '.join(rules)})" for period, rules in made.signals.items())
        typer.echo(f"  NOTE         the baseline itself shows signals: {listed}")
        typer.echo("               find their causes, leave those points out with --exclude, and freeze again")
    if frozen.points < 20:  # noqa: PLR2004 - what --few allowed
        typer.echo("  NOTE         fewer than 20 points: these limits are provisional")


def frozen_last(made: Freeze) -> int:
    """Position of the last point that the limits rest on."""
    return made.chart.baseline.positions[-1]
