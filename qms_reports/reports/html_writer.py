"""A report as one HTML page: for the screen and as a mail's attachment, without script and without anything to fetch.

What belongs here: the order of the parts and the look.  The pieces are in `html_parts`.  Nothing computes, rounds or
reorders a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from qms_reports.languages import Language, language
from qms_reports.reports import html_parts
from qms_reports.reports.document import Cell, Column, Definition, Figure, Report
from qms_reports.reports.embedded_document import page_element
from qms_reports.reports.html_parts import safe
from qms_reports.reports.quality_tables import QUARANTINE_COLUMNS, SOURCE_COLUMNS, quarantine_cells, source_cells


def write_html(report: Report) -> bytes:
    """The report as an HTML page.

    Args:
        report: The document model.

    Returns:
        UTF-8; the same bytes for the same report.

    Raises:
        ValueError: A number is NaN or infinite, or a status cell names no rating.
    """
    words = language(report.language)
    title = safe(f"{report.title}, {report.period_label}")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    head = (
        f'<!DOCTYPE html>\n<html lang="{safe(report.language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="generator" content="{safe(report.provenance.product)}"><title>{title}</title>'
        f"<style>{_style()}:root{{--primary:{report.theme.primary}}}</style></head><body>"
    )
    return "".join([head, *_body(report, words), page_element(report), "</body></html>\n"]).encode()


@cache
def _style() -> str:
    return (Path(__file__).parent / "page.css").read_text("utf-8")


def _body(report: Report, words: Language) -> Iterator[str]:
    kpis_of = dict(report.chart_kpis)
    charts_of: dict[str, str] = {}
    for chart, kpis in report.chart_kpis:
        for kpi in kpis:
            charts_of.setdefault(kpi, chart)
    defined = {definition.kpi: definition.title for definition in report.definitions}
    yield _header(report, words)
    yield _contents(report, words)
    yield f'<main><section id="summary"><h2>{words.text("web.summary")}</h2>'
    yield f'<p class="headline">{safe(report.headline)}</p>'
    yield html_parts.tiles(report.tiles, charts_of, defined)
    yield _control_totals(report, words)
    if report.actions is not None:
        yield html_parts.document_table(words, report.actions)
    yield "</section>"
    for part in report.sections:
        yield html_parts.section(words, part, charts_of, defined, kpis_of)
    yield _definitions(report, words)
    yield from _appendices(report, words)
    yield _quality(report, words)
    yield _document_control(report, words)
    yield _provenance(report, words)
    yield "</main>"


def _header(report: Report, words: Language) -> str:
    facts = [
        f"{report.document_number} · {words.text('web.version')} {report.version} · {report.status}",
        words.text("web.data_as_of", cutoff=report.cutoff_label),
        *(f"{name}: {value}" for name, value in report.parameters),
    ]
    lines = "".join(f"<p>{safe(fact)}</p>" for fact in facts)
    draft = "" if report.final else f'<p class="draft" role="note">{words.text("web.draft")}</p>'
    logo = ""
    if report.theme.logo:
        import base64

        picture = base64.b64encode(report.theme.logo).decode()
        logo = f'<img class="logo" alt="{safe(report.theme.logo_alt)}" src="data:image/png;base64,{picture}">'
    return (
        f'<header>{logo}<p class="organization">{safe(report.organization)}</p><h1>{safe(report.title)}</h1>'
        f'<p class="period">{safe(report.period_label)}</p><div class="facts">{lines}</div></header>{draft}'
    )


def _contents(report: Report, words: Language) -> str:
    parts = [("summary", words.text("web.summary"))]
    parts += [(f"section-{part.id}", part.title) for part in report.sections]
    parts.append(("definitions", words.text("web.definitions")))
    if report.appendices:
        parts.append(("appendix", words.text("web.appendix")))
    parts += [(key, words.text(f"web.{key.replace('-', '_')}")) for key in ("data-quality", "document-control")]
    parts.append(("provenance", words.text("web.provenance")))
    items = "".join(f'<li><a href="#{safe(key)}">{safe(title)}</a></li>' for key, title in parts)
    return f'<nav aria-label="{words.text("web.contents")}"><ul>{items}</ul></nav>'


def _control_totals(report: Report, words: Language) -> str:
    if not report.control_totals:
        return ""
    names = ("read", "accepted", "quarantined", "duplicates", "records", "in_period")
    texts = [Column(words.text(f"web.{name}")) for name in ("dataset", "source")]
    columns = [*texts, *(Column(words.text(f"web.{name}"), "integer") for name in names)]
    rows: list[tuple[Cell, ...]] = []
    for t in report.control_totals:
        counts = (t.read, t.accepted, t.quarantined, t.duplicates, t.records, t.in_period)
        rows.append((t.dataset, t.source, *(Figure(count, 0) for count in counts)))
    return html_parts.table(words, "control-totals", words.text("web.control_totals"), columns, rows)


def _definitions(report: Report, words: Language) -> str:
    listed = frozenset(appendix.kpi for appendix in report.appendices)
    parts = "".join(_definition(definition, words, listed) for definition in report.definitions)
    return f'<section id="definitions"><h2>{words.text("web.definitions")}</h2>{parts}</section>'


def _definition(definition: Definition, words: Language, listed: frozenset[str]) -> str:
    facts = [
        ("formula", definition.formula),
        ("target", definition.target),
        ("source_clause", definition.source),
        ("dataset", definition.dataset),
    ]
    pairs = "".join(f"<dt>{words.text(f'web.{key}')}</dt><dd>{safe(text)}</dd>" for key, text in facts if text)
    sql = (
        f"<dt>{words.text('web.as_declared')}</dt><dd><code>{safe(definition.sql)}</code></dd>"
        if definition.sql
        else ""
    )
    known = " · ".join(
        filter(None, (definition.code, definition.kpi, words.text("web.kpi_version", version=definition.version)))
    )
    behind = ""
    if definition.kpi in listed:
        behind = f'<p><a href="#appendix-{safe(definition.kpi)}">{words.text("web.records_behind")}</a></p>'
    return (
        f'<article id="definition-{safe(definition.kpi)}"><h3>{safe(definition.title)} '
        f'<span class="known">{safe(known)}</span></h3><dl>{pairs}{sql}</dl>{behind}</article>'
    )


def _appendices(report: Report, words: Language) -> Iterator[str]:
    if not report.appendices:
        return
    yield f'<section id="appendix"><h2>{words.text("web.appendix")}</h2>'
    for appendix in report.appendices:
        shown = " · ".join(filter(None, (appendix.value, appendix.parts)))
        definition = f'<a href="#definition-{safe(appendix.kpi)}">{safe(appendix.title)}</a>'
        yield f'<details id="appendix-{safe(appendix.kpi)}"><summary>{definition}: {safe(shown)}</summary>'
        yield html_parts.document_table(words, appendix.table)
        if appendix.exposure is not None:
            yield html_parts.document_table(words, appendix.exposure)
        yield "</details>"
    yield "</section>"


def _quality(report: Report, words: Language) -> str:
    quality = report.data_quality
    files = html_parts.table(
        words, "sources", words.text("web.files"), SOURCE_COLUMNS, map(source_cells, quality.sources)
    )
    note = words.text("web.none_quarantined")
    if quality.quarantined_total:
        note = words.text("web.quarantined_some", listed=len(quality.quarantined), total=quality.quarantined_total)
    rows = html_parts.table(
        words, "quarantined", words.text("web.quarantined_rows"), QUARANTINE_COLUMNS,
        map(quarantine_cells, quality.quarantined), note,
    )  # fmt: skip
    notes = "".join(f"<p>{safe(text)}</p>" for text in quality.notes)
    return f'<section id="data-quality"><h2>{words.text("web.data_quality")}</h2>{files}{rows}{notes}</section>'


def _document_control(report: Report, words: Language) -> str:
    parts = [f'<section id="document-control"><h2>{words.text("web.document_control")}</h2>']
    facts = (
        ("prepared_by", report.prepared_by),
        ("classification", report.classification),
        ("distribution", ", ".join(report.distribution)),
        ("retention", report.retention),
    )
    pairs = "".join(f"<dt>{words.text(f'web.{key}')}</dt><dd>{safe(text)}</dd>" for key, text in facts if text)
    parts.append(f"<dl>{pairs}</dl>" if pairs else "")
    if report.approvals:
        heads = tuple(Column(words.text(f"web.{key}")) for key in ("meaning", "role", "name", "signed"))
        rows = [(line.meaning, line.role, line.name, line.signed) for line in report.approvals]
        parts.append(html_parts.table(words, "approvals", words.text("web.approvals"), heads, rows))
    if report.revisions:
        heads = (
            Column(words.text("web.version")), Column(words.text("web.data_as_of", cutoff="").strip()),
            Column(words.text("web.reason")), Column(words.text("web.content")),
        )  # fmt: skip
        history = [(line.version, line.cutoff, line.reason, line.content_sha256[:12]) for line in report.revisions]
        parts.append(html_parts.table(words, "revisions", words.text("web.revisions"), heads, history))
    return "".join([*parts, "</section>"])


def _provenance(report: Report, words: Language) -> str:
    trail = report.provenance
    facts = [
        (words.text("web.product"), trail.product),
        (words.text("web.template"), trail.template),
        (words.text("web.template_hash"), trail.template_sha256),
        (words.text("web.data_hash"), trail.data_sha256),
        (words.text("web.content_hash"), trail.content_sha256),
        *trail.entries,
    ]
    pairs = "".join(f"<dt>{safe(name)}</dt><dd><code>{safe(text)}</code></dd>" for name, text in facts)
    return f'<section id="provenance"><h2>{words.text("web.provenance")}</h2><dl>{pairs}</dl></section>'
