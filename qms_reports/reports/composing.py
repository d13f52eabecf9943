"""Composing a report: from the KPI table, the charts and the records to the finished document model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from qms_reports import __version__
from qms_reports.charts.filling import Filling
from qms_reports.charts.specification import Chart
from qms_reports.datasets.ingestion import versions
from qms_reports.declarations.models import Kpi, SectionModel, TableModel, Template
from qms_reports.declarations.template_references import datasets_of_template, kpis_of_template
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.kpis.table import KpiRow
from qms_reports.kpis.trend import improved
from qms_reports.reports import wording
from qms_reports.reports.document import (
    Block,
    Definition,
    Figures,
    Paragraph,
    Provenance,
    Report,
    Section,
    Tile,
)
from qms_reports.reports.quality import data_quality
from qms_reports.reports.stored_document import content_hash
from qms_reports.reports.tables import table
from qms_reports.store import sha256_text


def compose(filling: Filling, template: Template, charts: Sequence[Chart], scores: Sequence[ScoreRow] = ()) -> Report:
    """The document model of one report.

    Args:
        filling: Period, KPI table and records.
        template: The declaration.
        charts: The template's charts, filled.
        scores: The scores of the template's scorecards.

    Returns:
        A report whose every figure is final.
    """
    catalogue, period = filling.catalogue, filling.period
    drawn = {chart.specification.id: chart for chart in charts}
    tables = {declared.id: declared for declared in template.tables}
    sections = tuple(_section(filling, section, drawn, tables, scores) for section in template.sections)
    tiles = tuple(_tiles(filling, template.tiles, drop_empty=True))
    names = catalogue.kpis_behind(template)
    shown = [catalogue.kpis[name] for name in names]
    datasets = {*catalogue.stored_of(shown), *catalogue.stored_behind(datasets_of_template(template))}
    report = Report(
        id=template.template,
        title=template.title,
        organization=template.organization,
        document_number=template.document_number.replace("{period}", period.key),
        version=str(template.version),
        status=template.status,
        period_key=period.key,
        period_label=period.label(),
        cutoff=filling.session.cutoff,
        cutoff_label=_cutoff(filling),
        headline=_headline(filling, template, datasets),
        tiles=tiles,
        sections=sections,
        definitions=tuple(_definition(kpi) for kpi in sorted(shown, key=lambda kpi: kpi.title)),
        data_quality=data_quality(filling.settings, catalogue, datasets, filling.session),
        provenance=_provenance(filling, template, datasets, shown),
    )
    return replace(report, provenance=replace(report.provenance, content_sha256=content_hash(report)))


def _cutoff(filling: Filling) -> str:
    moment = filling.session.cutoff
    local = moment.astimezone(filling.settings.zone)
    zone = filling.settings.time_zone
    if local.time() == dt.time(0):
        return f"{local.date()} ({zone})"
    if local.time() >= dt.time(23, 59, 59):  # "known at a day" includes that whole day
        return f"end of {local.date()} ({zone})"
    return f"{local:%Y-%m-%d %H:%M} ({zone})"


def _section(
    filling: Filling,
    section: SectionModel,
    charts: dict[str, Chart],
    tables: dict[str, TableModel],
    scores: Sequence[ScoreRow],
) -> Section:
    if section.dataset is not None and (reason := _no_data(filling, section.dataset)):
        return Section(section.id, section.title, (), (Paragraph(reason),))
    blocks: list[Block] = []
    if section.text:
        blocks.append(Paragraph(section.text))
    figures = tuple(
        charts[name]
        for name in section.charts
        if "pdf" in charts[name].specification.outputs or "xlsx" in charts[name].specification.outputs
    )
    if figures:
        blocks.append(Figures(figures))
    blocks.extend(table(filling, tables[name], scores) for name in section.tables)
    return Section(section.id, section.title, tuple(_tiles(filling, section.tiles)), tuple(blocks))


def _no_data(filling: Filling, dataset: str) -> str:
    """Why a section has nothing to show, or the empty text if it has."""
    stored = filling.catalogue.stored(dataset)
    coverage = filling.session.coverage[stored.dataset]
    title = filling.catalogue.datasets[dataset].title
    label = filling.period.label()
    if coverage.first is None or coverage.until is None:
        return f"No data: nothing of {title.lower()} was known at the data cut-off."
    if filling.period.start > coverage.until:
        covered = f"cover the time from {coverage.first} to {coverage.until}"
        return f"No data for {label}: the delivered files of {title.lower()} {covered}."
    if filling.period.end <= coverage.first:
        return f"No data for {label}: the records of {title.lower()} begin on {coverage.first}."
    return ""


def _tiles(filling: Filling, names: Iterable[str], *, drop_empty: bool = False) -> Iterable[Tile]:
    for name in names:
        kpi = filling.catalogue.kpis[name]
        row = filling.table.total(name)
        if row is None or (drop_empty and row.state == "no data"):
            continue
        yield _tile(filling, kpi, row)


def _tile(filling: Filling, kpi: Kpi, row: KpiRow) -> Tile:
    rows = filling.table.series(kpi.kpi)
    prior = filling.period.previous().label(short=True)
    changed = wording.change(kpi, row.value, row.prior)
    return Tile(
        kpi=kpi.kpi,
        title=kpi.title,
        value=row.value,
        text=wording.number(row.value, kpi.decimals),
        unit=kpi.unit if row.value is not None else "",
        decimals=kpi.decimals,
        fraction=wording.fraction(kpi, row),
        interval=wording.interval(kpi, row),
        trend=row.trend,
        trend_good=improved(kpi, row.value, row.prior),
        change=changed,
        comparator=f"vs {prior}" if changed else f"no value for {prior}",
        target=wording.target(kpi),
        status=row.status,
        status_text=wording.status_word(kpi, row),
        series=tuple(item.value for item in rows),
        series_labels=tuple(filling.label(item.period) for item in rows),
        target_value=kpi.target,
        signal=row.signal,
        signal_text=wording.signal(row),
        signal_basis=row.signal_basis,
    )


def _definition(kpi: Kpi) -> Definition:
    parts = [f"numerator: {kpi.numerator}"] if kpi.numerator else []
    if kpi.method:
        method = kpi.method.model_dump(exclude_none=True)
        parts.append("; ".join(f"{'method' if name == 'name' else name}: {sql}" for name, sql in method.items()))
    if kpi.denominator:
        parts.append(f"denominator: {kpi.denominator}")
    if kpi.exposure:
        found = kpi.exposure
        where = f", filter: {found.filter}" if found.filter else ""
        span = "".join(f", {n}: {v}" for n, v in (("lag", found.lag), ("rolling", found.rolling)) if v)
        parts.append(f"denominator: {found.sql} of {found.dataset} (date: {found.date}{where}{span})")
    if kpi.strata:
        parts.append(f"{kpi.combine} over {', '.join(kpi.strata)}")
    if kpi.transform:
        parts.append(f"transform: {kpi.transform}")
    if kpi.per != 1:
        parts.append(f"per: {kpi.per:g}")
    if kpi.filter:
        parts.append(f"filter: {kpi.filter}")
    parts.append(f"date: {kpi.date}")
    if kpi.rolling > 1:
        parts.append(f"rolling: {kpi.rolling}")
    sql = "; ".join(" ".join(part.split()) for part in parts)
    return Definition(
        kpi.kpi,
        kpi.title,
        str(kpi.version),
        ". ".join(filter(None, (kpi.formula, kpi.note))),
        sql,
        wording.limits(kpi),
        kpi.source,
        kpi.dataset,
    )


def _headline(filling: Filling, template: Template, datasets: set[str]) -> str:
    """What matters, by rule: how many figures are rated how, the ones that need action, and what has no data."""
    rated: dict[str, list[str]] = {"good": [], "warning": [], "bad": []}
    for name in kpis_of_template(template):
        kpi, row = filling.catalogue.kpis[name], filling.table.total(name)
        if row is not None and row.status in rated:
            value = wording.with_unit(wording.number(row.value, kpi.decimals), kpi.unit)
            rated[row.status].append(f"{kpi.title} ({value})")
    count = sum(map(len, rated.values()))
    sentences = []
    if count:
        parts = [
            f"{len(rated['good'])} on target",
            f"{len(rated['warning'])} to watch",
            f"{len(rated['bad'])} for action",
        ]
        sentences.append(f"Of {count} rated figures: {', '.join(parts)}.")
    if rated["bad"]:
        sentences.append(f"Action: {_listed(rated['bad'], 3)}.")
    absent = [filling.catalogue.datasets[name].title.lower() for name in sorted(datasets) if _no_data(filling, name)]
    if absent:
        sentences.append(f"No data for {filling.period.label()}: {_listed(absent, 4)}.")
    return " ".join(sentences) or "No figure of this report has a target and enough records to be rated."


def _listed(items: Sequence[str], most: int) -> str:
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _provenance(filling: Filling, template: Template, datasets: set[str], kpis: Sequence[Kpi]) -> Provenance:
    catalogue, as_known = filling.catalogue, filling.session.as_known
    held = sorted(with_baselines(catalogue, datasets))  # frozen limits decide what is more than noise
    data = {name: versions(filling.settings, catalogue.datasets[name]).data_version(as_known) for name in held}
    entries = [(f"dataset {name}", version) for name, version in data.items()]
    entries += [(f"declaration of dataset {name}", catalogue.declaration_hash([("dataset", name)])) for name in data]
    entries += [
        (f"KPI {k.kpi}@{k.version}", catalogue.declaration_hash([("kpi", k.kpi)]))
        for k in sorted(kpis, key=lambda k: k.kpi)
    ]
    entries += [
        (f"scorecard {name}@{catalogue.scorecards[name].version}", catalogue.declaration_hash([("scorecard", name)]))
        for name in catalogue.scorecards_behind(template)
    ]
    return Provenance(
        product=f"qms_reports {__version__}",
        template=f"{template.template}@{template.version}",
        template_sha256=catalogue.declaration_hash(catalogue.used_by(template)),
        data_sha256=sha256_text(*(f"{name}={version}" for name, version in data.items())),
        content_sha256="",
        entries=tuple(entries),
    )
