"""The command that shows scorecards: the score, and everything that went into it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import AsKnown, PeriodKey, Problem, load, moment_of, period_named

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Kpi
    from qms_reports.kpis.scorecards import ScoreRow
    from qms_reports.periods import Period


def scorecard(
    period: PeriodKey,
    name: Annotated[
        str | None, typer.Argument(help="Name of a scorecard; all of them, if absent.", show_default=False)
    ] = None,
    *,
    as_known: AsKnown = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for machines.")] = False,
) -> None:
    """Compute scorecards now, and show each score with value, score, weight and points of every item."""
    settings, catalogue = load()
    asked = period_named(settings, period)
    moment = moment_of(settings, as_known)
    names = _named(catalogue, name)
    from qms_reports import building
    from qms_reports.datasets.reading import session
    from qms_reports.kpis.baselines import with_baselines
    from qms_reports.kpis.evaluation import evaluate
    from qms_reports.kpis.scorecards import kpis_of_scorecards, score_all
    from qms_reports.kpis.table import KpiTable

    used = [catalogue.kpis[one] for one in kpis_of_scorecards(catalogue.scorecards, names)]
    kpis = _computed(used, asked)
    stored = catalogue.stored_of(kpis)
    building.take_in(settings, catalogue, [catalogue.datasets[one] for one in stored])
    with session(settings, catalogue, with_baselines(catalogue, stored), moment) as opened:
        table = KpiTable(evaluate(settings, catalogue, kpis, asked, opened))
        cutoff = opened.cutoff.isoformat()
    rows = score_all(catalogue.scorecards, names, catalogue.kpis, table, asked.key)
    if as_json:
        found = {"period": asked.key, "cutoff": cutoff, "scorecards": _as_data(catalogue, rows)}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    # Inner scorecards are computed first, but the one that sums them up is read first.
    for place, card in enumerate(reversed(list(dict.fromkeys(row.scorecard for row in rows)))):
        if place:
            typer.echo()
        _show(catalogue, [row for row in rows if row.scorecard == card], asked, cutoff)


def _named(catalogue: Catalogue, name: str | None) -> tuple[str, ...]:
    from qms_reports.declarations.validating import did_you_mean

    if not catalogue.scorecards:
        raise Problem("there is no scorecard; declare one in a file of the folder scorecards/ of your catalogue")
    if name is None:
        return tuple(sorted(catalogue.scorecards))
    if name not in catalogue.scorecards:
        hint = did_you_mean(name, catalogue.scorecards) or f"declared: {', '.join(sorted(catalogue.scorecards))}"
        raise Problem(f"there is no scorecard {name!r}; {hint}")
    return (name,)


def _computed(kpis: Sequence[Kpi], period: Period) -> tuple[Kpi, ...]:
    """The KPIs that are computed for periods of this length; the others are among what cannot be scored."""
    found = tuple(kpi for kpi in kpis if period.frequency in kpi.frequencies)
    if not found:
        raise Problem(f"no KPI of these scorecards is computed per {period.frequency}")
    return found


def _show(catalogue: Catalogue, rows: Sequence[ScoreRow], period: Period, cutoff: str) -> None:
    from qms_reports.reports import wording

    total, *items = rows
    card = catalogue.scorecards[total.scorecard]
    limits = card.limits
    typer.echo(f"{card.title} ({card.scorecard}), {period.label()}")
    lines = [
        ("score", f"{_number(total.score, 1)}" + (f"  (exactly {total.score})" if total.score is not None else "")),
        ("status", total.status if total.score is not None else f"none: {total.why}"),
        ("limits", f"excellent ≥ {limits.excellent:g}, good ≥ {limits.good:g}, warning ≥ {limits.warning:g}"),
        ("scored", f"{_percent(total.share)} of the declared weights; at least {_percent(card.least_weight)} needed"),
        ("version", f"{card.version}, {catalogue.origins[('scorecard', card.scorecard)].declaration.file}"),
        ("data cut-off", cutoff),
    ]
    for name, text in lines:
        typer.echo(f"  {name:<12} {text}")
    cells = [("item", "value", "0–100 from–to", "score", "weight", "share", "points", "")]
    for row in items:
        if row.kind == "kpi":
            kpi = catalogue.kpis[row.item]
            value = wording.with_unit(wording.number(row.value, kpi.decimals), kpi.unit)
            line = f"{row.zero:g} – {row.full:g}"
        else:
            value, line = _number(row.value, 1), "as it is"
        cells.append(
            (row.item, value, line, _number(row.score, 1), f"{row.weight:g}", _percent(row.share),
             _number(row.contribution, 1), f"not scored: {row.why}" if row.why else "")
        )  # fmt: skip
    widths = [max(len(line[column]) for line in cells) for column in range(7)]
    typer.echo()
    for item, *numbers, why in cells:
        aligned = "  ".join(f"{text:>{width}}" for text, width in zip(numbers, widths[1:], strict=True))
        typer.echo(f"  {item:<{widths[0]}}  {aligned}  {why}".rstrip())


def _number(value: float | None, decimals: int) -> str:
    from qms_reports.reports import wording

    return wording.number(value, decimals)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{_number(share * 100, 0)} %"


def _as_data(catalogue: Catalogue, rows: Sequence[ScoreRow]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for total in (row for row in rows if row.kind == "total"):
        card = catalogue.scorecards[total.scorecard]
        items = [asdict(row) for row in rows if row.scorecard == card.scorecard and row.kind != "total"]
        entry: dict[str, object] = {"title": card.title, "limits": card.limits.model_dump()}
        found.append(entry | {"least_weight": card.least_weight, "total": asdict(total), "items": items})
    return found
