"""Composing a report: from the KPI table, the charts and the records to the finished document model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qms_reports import __version__
from qms_reports.charts.filling import Filling
from qms_reports.charts.specification import Chart
from qms_reports.datasets.ingestion import versions
from qms_reports.declarations.models import Kpi, SectionModel, TableModel, Template
from qms_reports.declarations.template_references import datasets_of_template
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.kpis.table import KpiRow
from qms_reports.kpis.trend import improved
from qms_reports.reports import wording
from qms_reports.reports.action_list import action_list
from qms_reports.reports.appendices import appendices
from qms_reports.reports.control_totals import control_totals
from qms_reports.reports.definitions import definition
from qms_reports.reports.document import Block, Figures, Paragraph, Provenance, Report, Section, Tile
from qms_reports.reports.figure_context import figure_context, frame_context
from qms_reports.reports.filled_template import with_figure_text, with_frame_text
from qms_reports.reports.framing import cutoff_label, framed, theme_entries
from qms_reports.reports.quality import data_quality
from qms_reports.reports.rows import RowSource
from qms_reports.reports.stored_document import content_hash
from qms_reports.reports.summary import dataset_title, no_data, summary
from qms_reports.reports.tables import table
from qms_reports.reports.workbook_values import company_workbook, workbook_entries
from qms_reports.store import sha256_text


def compose(
    filling: Filling,
    template: Template,
    charts: Sequence[Chart],
    scores: Sequence[ScoreRow] = (),
    parameters: Mapping[str, Any] | None = None,
    unrestricted: Sequence[str] = (),
    sources: dict[str, RowSource] | None = None,
) -> Report:
    """The document model of one report.

    Args:
        filling: Period, KPI table and records.
        template: The declaration.
        charts: The template's charts, filled.
        scores: The scores of the template's scorecards.
        parameters: Every parameter of the template with its value.
        unrestricted: KPIs that the members named by the parameters do not restrict.
        sources: Filled with all rows of the tables that hold only their first.

    Returns:
        A report whose every figure is final; which revision of it this is, `issuing` says.
    """
    catalogue, period = filling.catalogue, filling.period
    declared, tag = template, filling.language.tag
    frame = frame_context(filling.period, filling.language, template, parameters or {})
    template = with_frame_text(template, frame, period.key, tag)
    known = {"document_number": template.document_number, "cutoff": cutoff_label(filling)}
    context = figure_context(filling, template, frame | known, scores)
    template = with_figure_text(template, context, tag)
    drawn = {chart.specification.id: chart for chart in charts}
    tables = {declared.id: declared for declared in template.tables}
    sections = tuple(_section(filling, template, section, drawn, tables, scores) for section in template.sections)
    names = catalogue.kpis_behind(template)
    shown = [catalogue.kpis[name] for name in names]
    datasets = {*catalogue.stored_of(shown), *catalogue.stored_behind(datasets_of_template(template))}
    absent = sorted(name for name in datasets if no_data(filling, name))
    sentences = summary(filling, template, absent, context)
    quality = data_quality(filling.settings, catalogue, datasets, filling.session, filling.language)
    report = Report(
        id=template.template,
        title=template.title,
        organization=template.organization,
        document_number=template.document_number,
        version="1",
        status=template.status,
        period_key=period.key,
        period_label=filling.period_label(),
        cutoff=filling.session.cutoff,
        cutoff_label=cutoff_label(filling),
        headline=" ".join(sentences),
        tiles=tuple(_tiles(filling, template.tiles, drop_empty=True)),
        sections=sections,
        definitions=tuple(definition(kpi, filling.language) for kpi in sorted(shown, key=lambda kpi: kpi.title)),
        data_quality=replace(quality, notes=(*quality.notes, *_unrestricted_note(filling, unrestricted))),
        provenance=_provenance(filling, declared, datasets, shown),
        summary=sentences,
        control_totals=control_totals(filling, datasets),
        actions=action_list(filling, template, context),
        appendices=appendices(filling, template, {} if sources is None else sources),
        workbook=company_workbook(filling, declared, context),
        chart_kpis=tuple((chart.id, chart.all_kpis) for chart in template.charts if chart.all_kpis),
    )
    report = framed(report, filling, template, parameters or {})
    entries = (*report.provenance.entries, *theme_entries(report.theme), *workbook_entries(report.workbook))
    report = replace(report, provenance=replace(report.provenance, entries=entries))
    return replace(report, provenance=replace(report.provenance, content_sha256=content_hash(report)))


def _section(
    filling: Filling,
    template: Template,
    section: SectionModel,
    charts: dict[str, Chart],
    tables: dict[str, TableModel],
    scores: Sequence[ScoreRow],
) -> Section:
    if section.dataset is not None and (reason := no_data(filling, section.dataset)):
        reason += _without(filling, template, section.dataset)
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


def _unrestricted_note(filling: Filling, kpis: Sequence[str]) -> tuple[str, ...]:
    """Which figures of a report about some members are those of the whole company."""
    titles = [filling.catalogue.kpis[name].title for name in kpis]
    if not titles:
        return ()
    words = filling.language
    return (words.text("document.unrestricted", names=words.text("document.comma").join(titles)),)


def _without(filling: Filling, template: Template, dataset: str) -> str:
    """That a report may lack a dataset, where its template says so."""
    stored = filling.catalogue.stored(dataset).dataset
    if not any(need.dataset in (dataset, stored) and not need.required for need in template.sources):
        return ""
    words = filling.language
    return " " + words.text("document.optional_absent", title=dataset_title(filling, dataset))


def _tiles(filling: Filling, names: Iterable[str], *, drop_empty: bool = False) -> Iterable[Tile]:
    for name in names:
        kpi = filling.catalogue.kpis[name]
        row = filling.table.total(name)
        if row is None or (drop_empty and row.state == "no data"):
            continue
        yield _tile(filling, kpi, row)


def _tile(filling: Filling, kpi: Kpi, row: KpiRow) -> Tile:
    rows = filling.table.series(kpi.kpi)
    words, prior = filling.language, filling.short_label(filling.period.previous())
    changed = wording.change(kpi, row.value, row.prior, words)
    return Tile(
        kpi=kpi.kpi,
        title=kpi.title,
        value=row.value,
        text=wording.number(row.value, kpi.decimals, words),
        unit=kpi.unit if row.value is not None else "",
        decimals=kpi.decimals,
        fraction=wording.fraction(kpi, row, words),
        interval=wording.interval(kpi, row, words),
        trend=row.trend,
        trend_good=improved(kpi, row.value, row.prior),
        change=changed,
        comparator=words.text("document.versus" if changed else "document.no_value_for", period=prior),
        target=wording.target(kpi, words),
        status=row.status,
        status_text=wording.status_word(kpi, row, words),
        series=tuple(item.value for item in rows),
        series_labels=tuple(filling.label(item.period) for item in rows),
        target_value=kpi.target,
        signal=row.signal,
        signal_text=wording.signal(row, words),
        signal_basis=wording.signal_basis(row, words),
    )


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
