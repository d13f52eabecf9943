"""Whether what a template shows exists, fits its frequency, and is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.chart_references import chart_of_kpis, chart_of_records
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import ChartModel, TableModel, Template
from qms_reports.declarations.placed_issues import Found, Path, issue_at, no_column, sql_issues, unknown
from qms_reports.declarations.references import full_types, kpi_types
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin


def kpis_of_template(template: Template) -> tuple[str, ...]:
    """Every KPI a template shows, in order of first appearance."""
    names = [*template.tiles]
    for section in template.sections:
        names += section.tiles
    for chart in template.charts:
        names += chart.all_kpis
    for table in template.tables:
        names += table.kpis
    for rule in template.actions:
        names += rule.kpis
    if template.appendix is not None:
        names += template.appendix.kpis
    return tuple(dict.fromkeys(names))


def scorecards_of_template(template: Template) -> tuple[str, ...]:
    """Every scorecard a template shows, in order of first appearance; not those that stand in them."""
    return tuple(dict.fromkeys(name for table in template.tables for name in table.scorecards))


def datasets_of_template(template: Template) -> set[str]:
    """Every dataset whose records a template shows."""
    parts: tuple[ChartModel | TableModel, ...] = (*template.charts, *template.tables)
    return {part.dataset for part in parts if part.dataset} | {s.dataset for s in template.sections if s.dataset}


def check_template(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """KPIs, datasets, charts and tables must exist, be used, and fit the template's frequency."""
    issues: list[Issue] = []
    for path, name in _template_kpis(template):
        kpi = found["kpi"].get(name)
        if kpi is None:
            issues.append(unknown(origin, path, "kpi", name, found, broken))
        elif template.frequency not in kpi.frequencies:
            message = f"KPI '{name}' is not computed per {template.frequency}"
            issues.append(
                issue_at(
                    origin, path, message, f"add {template.frequency} to its 'frequencies'", code="structure.frequency"
                )
            )
    issues += _scorecards(template, origin, found, broken)
    issues += _template_parts(template, origin, found, broken)
    for kind in ("charts", "tables"):
        issues += _used_parts(template, origin, kind)
    if template.schedule and len(template.schedule.split()) != 5:  # noqa: PLR2004 - the fields of a cron expression
        issues.append(
            issue_at(
                origin,
                ("schedule",),
                "is no cron expression",
                "five fields, such as '0 6 3 * *'",
                code="structure.schedule",
            )
        )
    return issues


def _scorecards(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> Iterator[Issue]:
    """The scorecards of tables must exist, and be computed for the template's period."""
    for place, table in enumerate(template.tables):
        for number, name in enumerate(table.scorecards):
            path: Path = ("tables", place, "scorecards", number)
            card = found["scorecard"].get(name)
            if card is None:
                yield unknown(origin, path, "scorecard", name, found, broken)
            elif template.frequency not in card.frequencies:
                message = f"scorecard '{name}' is not computed per {template.frequency}"
                yield issue_at(
                    origin, path, message, f"add {template.frequency} to its 'frequencies'", code="structure.frequency"
                )


def _used_parts(template: Template, origin: Origin, kind: str) -> Iterator[Issue]:
    """Each chart or table must be declared once, and stand in a section."""
    declared = [item.id for item in getattr(template, kind)]
    used = [
        (place, number, name)
        for place, section in enumerate(template.sections)
        for number, name in enumerate(getattr(section, kind))
    ]
    for place, number, name in used:
        if name not in declared:
            hint = did_you_mean(name, declared) or f"declared: {', '.join(declared) or 'none'}"
            yield issue_at(
                origin,
                ("sections", place, kind, number),
                f"there is no {kind[:-1]} '{name}'",
                hint,
                code=f"structure.unknown_{kind[:-1]}",
            )
    for number, name in enumerate(declared):
        if declared.index(name) != number:
            yield issue_at(origin, (kind, number, "id"), f"'{name}' is declared twice", code="structure.duplicate_id")
        if name not in [shown for _, _, shown in used]:
            message = f"{kind[:-1]} '{name}' is in no section"
            yield issue_at(origin, (kind, number, "id"), message, "", Severity.WARNING, code="structure.unused_part")


def _template_parts(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> Iterator[Issue]:
    for kind in ("charts", "tables"):
        for number, part in enumerate(getattr(template, kind)):
            if part.dataset is None:
                yield from _dimension(part, (kind, number), origin, found)
                if isinstance(part, ChartModel):
                    yield from chart_of_kpis(part, (kind, number), origin, found)
            elif part.dataset not in found["dataset"]:
                yield unknown(origin, (kind, number, "dataset"), "dataset", part.dataset, found, broken)
            else:
                yield from _records(part, (kind, number), origin, found)
    for number, section in enumerate(template.sections):
        if section.dataset is not None and section.dataset not in found["dataset"]:
            yield unknown(origin, ("sections", number, "dataset"), "dataset", section.dataset, found, broken)


def _dimension(part: ChartModel | TableModel, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    kpi = found["kpi"].get(part.kpis[0]) if part.kpis else None
    if part.by is None or kpi is None or kpi.dataset not in found["dataset"]:
        return
    legal = kpi.dimensions or tuple(found["dataset"][kpi.dataset].dimensions)
    if part.by not in legal:
        hint = did_you_mean(part.by, legal) or f"dimensions: {', '.join(legal) or 'none'}"
        yield issue_at(
            origin,
            (*here, "by"),
            f"'{part.by}' is no dimension of KPI {kpi.kpi}",
            hint,
            code="structure.unknown_dimension",
        )


def _records(part: ChartModel | TableModel, here: Path, origin: Origin, found: Found) -> Iterator[Issue]:
    dataset = found["dataset"][part.dataset or ""]
    types, plain = kpi_types(dataset, found), full_types(dataset, found)
    if part.date != "as_of" and plain.get(part.date or "") not in ("DATE", "TIMESTAMP"):
        yield no_column(origin, (*here, "date"), part.date or "", plain)
    yield from sql_issues(origin, (*here, "filter"), part.filter, types, boolean=True)
    if isinstance(part, ChartModel):
        yield from chart_of_records(part, here, origin, (types, plain))
        return
    for place, name in enumerate(part.columns):
        if name not in plain:
            yield no_column(origin, (*here, "columns", place), name, plain)
    if part.order:
        bare = part.order.removesuffix(" desc").removesuffix(" DESC").removesuffix(" asc").removesuffix(" ASC")
        yield from sql_issues(origin, (*here, "order"), bare, types)


def _template_kpis(template: Template) -> Iterator[tuple[Path, str]]:
    for number, name in enumerate(template.tiles):
        yield ("tiles", number), name
    for number, name in enumerate(template.appendix.kpis if template.appendix else ()):
        yield ("appendix", "kpis", number), name
    for place, section in enumerate(template.sections):
        for number, name in enumerate(section.tiles):
            yield ("sections", place, "tiles", number), name
    for place, chart in enumerate(template.charts):
        for path, name in chart.kpi_paths:
            yield ("charts", place, *path), name
    for key in ("tables", "actions"):
        for place, part in enumerate(getattr(template, key)):
            for number, name in enumerate(part.kpis):
                yield (key, place, "kpis", number), name
