"""Commands that show KPIs: run, list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import AsKnown, PeriodKey, Problem, kpis_named, load, moment_of, period_named

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Catalogue
    from qms_reports.declarations.models import Kpi
    from qms_reports.kpis.table import KpiRow, KpiTable
    from qms_reports.periods import Period
    from qms_reports.settings import Settings

KpiId = Annotated[str, typer.Argument(help="Name of a KPI, or its code such as QE-04.", show_default=False)]

_STATES = {
    "partial": "partial: the records end before the period does",
    "no data": "no data: the records do not cover the period",
}


def run(
    kpi: KpiId,
    period: PeriodKey,
    *,
    by: Annotated[str | None, typer.Option(help="A dimension, such as department: its members as a table.")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the compiled SQL instead of running it.")] = False,
    as_known: AsKnown = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for machines.")] = False,
) -> None:
    """Compute a KPI now, and show its value with everything that belongs to it."""
    settings, catalogue = load()
    asked = period_named(settings, period)
    chosen = _chosen(catalogue, kpi, asked, by)
    if sql:
        for one in chosen:
            typer.echo(_sql(settings, catalogue, one, asked))
        return
    from qms_reports import building
    from qms_reports.datasets.reading import session
    from qms_reports.kpis.baselines import with_baselines
    from qms_reports.kpis.evaluation import evaluate
    from qms_reports.kpis.table import KpiTable

    stored = catalogue.stored_of(chosen)
    building.take_in(settings, catalogue, [catalogue.datasets[name] for name in stored])
    with session(settings, catalogue, with_baselines(catalogue, stored), moment_of(settings, as_known)) as opened:
        table = KpiTable(evaluate(settings, catalogue, chosen, asked, opened))
    if as_json:
        typer.echo(
            json.dumps(_as_data(chosen, table, asked, by, opened.cutoff.isoformat()), ensure_ascii=False, indent=1)
        )
        return
    for number, one in enumerate(chosen):
        if number:
            typer.echo()
        _show(catalogue, one, table, asked, opened.cutoff.isoformat())
        if by is not None:
            _show_members(one, table, by)


def _chosen(catalogue: Catalogue, name: str, period: Period, by: str | None) -> tuple[Kpi, ...]:
    """The KPIs meant, those that are computed for periods of this length and broken down by this dimension."""
    found = kpis_named(catalogue, name)
    fitting = tuple(one for one in found if period.frequency in one.frequencies)
    if not fitting:
        legal = ", ".join(found[0].frequencies)
        raise Problem(f"{name} is not computed per {period.frequency}; its 'frequencies' are {legal}")
    for one in fitting if by is not None else ():
        if by not in (dimensions := _dimensions(catalogue, one)):
            raise Problem(f"{by!r} is no dimension of {one.kpi}; it has {', '.join(dimensions) or 'none'}")
    return fitting


def list_kpis(
    domain: Annotated[str | None, typer.Option(help="Only those of this KPI table.")] = None,
) -> None:
    """List the declared KPIs with code, title, unit and target."""
    _, catalogue = load()
    if domain is not None and domain not in catalogue.domains():
        raise Problem(f"there is no domain {domain!r}; there are {', '.join(catalogue.domains())}")
    from qms_reports.reports import wording

    for name in [domain] if domain else catalogue.domains():
        typer.echo(name)
        found = [kpi for kpi in catalogue.kpis.values() if catalogue.domain(kpi) == name]
        width = max((len(kpi.kpi) for kpi in found), default=0)
        for kpi in sorted(found, key=lambda kpi: (kpi.code or "~", kpi.kpi)):
            aim = wording.target(kpi) if kpi.target is not None else ""
            typer.echo(
                f"  {kpi.code:<6} {kpi.kpi:<{width}}  {kpi.title}{f' ({kpi.unit})' if kpi.unit else ''}  {aim}".rstrip()
            )


def _dimensions(catalogue: Catalogue, kpi: Kpi) -> tuple[str, ...]:
    return kpi.dimensions if kpi.dimensions is not None else tuple(catalogue.datasets[kpi.dataset].dimensions)


def _show(catalogue: Catalogue, kpi: Kpi, table: KpiTable, period: Period, cutoff: str) -> None:
    from qms_reports.reports import wording

    row = table.total(kpi.kpi)
    assert row is not None  # noqa: S101 - every KPI has a total of the reported period
    heading = f"{kpi.title} ({', '.join(filter(None, (kpi.code, kpi.kpi)))}), {period.label()}"
    lines = [
        ("value", f"{_value(kpi, row.value)}" + (f"  (exactly {row.value})" if row.value is not None else "")),
        ("state", _state(kpi, row)),
        ("numerator", _part(row.numerator)),
    ]
    if kpi.exposure is not None:
        lag = f", {kpi.exposure.lag} periods earlier" if kpi.exposure.lag else ""
        lines.append(("exposure", f"{_part(row.denominator)}  ({kpi.exposure.sql} of {kpi.exposure.dataset}{lag})"))
    elif kpi.has_denominator:
        lines.append(("denominator", _part(row.denominator)))
    lines += [
        ("records", f"{row.records:,}"),
        ("interval", wording.interval(kpi, row) or "none: its kind has none, or there is no value"),
        ("before", _against(kpi, row, row.prior, row.trend)),
        ("last year", _against(kpi, row, row.last_year, row.trend_last_year)),
        ("signal", f"{row.signal}{f': {row.signal_basis}' if row.signal_basis else ''}"),
        ("target", wording.limits(kpi)),
        ("status", wording.status_word(kpi, row)),
        ("formula", kpi.formula),
        ("version", f"{kpi.version}, {catalogue.origins[('kpi', kpi.kpi)].declaration.file}"),
        ("data cut-off", cutoff),
    ]
    typer.echo(heading)
    for name, text in lines:
        typer.echo(f"  {name:<12} {text}")


def _show_members(kpi: Kpi, table: KpiTable, by: str) -> None:
    from qms_reports.reports import wording

    rows = table.members(kpi.kpi, by)
    total = table.total(kpi.kpi)
    width = max([len(by), *(len(row.member) for row in rows), len("all")])
    typer.echo(
        f"\n  {by:<{width}} {'value':>14} {'numerator':>12} {'denominator':>12} {'records':>9}  {'interval':<26} signal"
    )
    for row in [*rows, *([total] if total else [])]:
        typer.echo(
            f"  {row.member or 'all':<{width}} {_value(kpi, row.value):>14} {_part(row.numerator):>12} "
            f"{_part(row.denominator):>12} {row.records:>9,}  {wording.interval(kpi, row):<26} {row.signal}"
        )


def _value(kpi: Kpi, value: float | None) -> str:
    from qms_reports.reports import wording

    return wording.with_unit(wording.number(value, kpi.decimals), kpi.unit)


def _part(number: float | None) -> str:
    return "–" if number is None else f"{number:,.12g}" if isinstance(number, float) else f"{number:,}"


def _state(kpi: Kpi, row: KpiRow) -> str:
    said = _STATES.get(row.state, row.state)
    if row.state == "immature":
        said = f"immature: rated {kpi.maturity_days} days after the end of the period"
    if row.value is None and row.state != "no data":
        why = row.remark or (
            "nothing to divide by" if not row.denominator and kpi.has_denominator else "nothing to measure"
        )
        said += f"; no value: {why}"
    return said


def _against(kpi: Kpi, row: KpiRow, earlier: float | None, trend: str) -> str:
    from qms_reports.reports import wording

    if earlier is None:
        return "no value"
    change = wording.change(kpi, row.value, earlier)
    return f"{_value(kpi, earlier)}  {change}  {trend} (tolerance {kpi.trend_tolerance:g} %)".replace("   ", "  ")


def _sql(settings: Settings, catalogue: Catalogue, kpi: Kpi, period: Period) -> str:
    """The statements of one KPI and one window, one per dataset, in the language of the configured engine."""
    import sqlglot

    from qms_reports.declarations.references import full_types
    from qms_reports.kpis.aggregations import aggregation, exposure
    from qms_reports.kpis.compiling import statement
    from qms_reports.kpis.engines.copying import copied_columns
    from qms_reports.kpis.engines.portable import portable

    items = [aggregation(kpi, catalogue.datasets[kpi.dataset])]
    if kpi.exposure is not None:
        items.append(exposure(kpi, kpi.exposure, catalogue.datasets[kpi.exposure.dataset]))
    texts = []
    for item in items:
        dataset = catalogue.datasets[item.dataset]
        types = full_types(dataset, {"dataset": catalogue.datasets})
        calendars = tuple(catalogue.calendars.values())
        sql = statement(dataset, types, [item], [period], settings.zone, calendars).sql
        if settings.engine != "duckdb":
            sql = portable(sql, settings.engine, {item.dataset: copied_columns(types)}).sql
        pretty = sqlglot.transpile(sql, read=settings.engine, write=settings.engine, pretty=True)[0]
        texts.append(f"-- {item.name}, over {item.dataset}, {period.key}, for {settings.engine}\n{pretty};")
    return "\n\n".join(texts)


def _as_data(kpis: Sequence[Kpi], table: KpiTable, period: Period, by: str | None, cutoff: str) -> dict[str, object]:
    found = []
    for kpi in kpis:
        row = table.total(kpi.kpi)
        assert row is not None  # noqa: S101 - every KPI has a total of the reported period
        entry: dict[str, object] = {
            "title": kpi.title,
            "code": kpi.code,
            "unit": kpi.unit,
            "target": kpi.target,
            "formula": kpi.formula,
        }
        entry |= {"total": row._asdict(), "series": [one._asdict() for one in table.series(kpi.kpi)]}
        if by is not None:
            entry["members"] = [one._asdict() for one in table.members(kpi.kpi, by)]
        found.append(entry)
    return {"period": period.key, "cutoff": cutoff, "by": by, "kpis": found}
