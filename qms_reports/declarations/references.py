"""Whether the names and the SQL in a declaration fit the rest of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.binding import bind_problem
from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, checked
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import RESERVED, ChartModel, Dataset, Kpi, Source, TableModel, Template, View
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

Found = dict[Any, dict[str, Any]]
Path = tuple[str | int, ...]

QUARANTINE_TYPES = {
    "source": "VARCHAR", "file": "VARCHAR", "sha256": "VARCHAR", "file_row": "BIGINT", "rule": "VARCHAR",
    "column_name": "VARCHAR", "value": "VARCHAR", "message": "VARCHAR", "record_key": "VARCHAR", "month": "VARCHAR",
    "received_on": "DATE",
}  # fmt: skip
"""What a view over quarantined rows may use: one row per row of a file and rule it broke."""


def issue_at(
    origin: Origin, path: Path, message: str, hint: str = "", severity: Severity = Severity.ERROR, key: bool = False
) -> Issue:
    """An issue at a place of a declaration."""
    full = (*origin.path, *path)
    position = origin.declaration.position(full, key=key)
    return Issue(severity, origin.declaration.file, position.line, position.column, _dotted(full), message, hint)


def kpis_of_template(template: Template) -> tuple[str, ...]:
    """Every KPI a template shows, in order of first appearance."""
    names = [*template.tiles]
    for section in template.sections:
        names += section.tiles
    for chart in template.charts:
        names += chart.kpis
    for table in template.tables:
        names += table.kpis
    return tuple(dict.fromkeys(names))


def datasets_of_template(template: Template) -> set[str]:
    """Every dataset whose records a template shows."""
    parts: tuple[ChartModel | TableModel, ...] = (*template.charts, *template.tables)
    return {part.dataset for part in parts if part.dataset} | {s.dataset for s in template.sections if s.dataset}


def column_types(dataset: Dataset) -> dict[str, str]:
    """Column name to DuckDB type."""
    simple = {"text": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(28,9)", "date": "DATE",
              "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}  # fmt: skip
    read = {name: simple[column.type] for name, column in dataset.columns.items()}
    return read | {name: simple[derivation.type] for name, derivation in dataset.derive.items()}


def full_types(dataset: Dataset, found: Found) -> dict[str, str]:
    """The same for any dataset; a view also has the columns of its groups."""
    own = column_types(dataset)
    if dataset.view is None:
        return own
    base = view_base(dataset.view, found["dataset"][dataset.view.dataset])
    return {name: base[name] for name in dataset.view.group_by} | own


def view_base(view: View, stored: Dataset) -> dict[str, str]:
    """Column name to DuckDB type of the rows that a view groups."""
    return column_types(stored) if view.rows == "records" else QUARANTINE_TYPES


def kpi_types(dataset: Dataset, found: Found) -> dict[str, str]:
    """What a KPI's expressions may use: columns, the period, and the states that the roles allow."""
    types = full_types(dataset, found) | PERIOD_COLUMNS
    if dataset.roles.opened:
        types[STATES[0]] = "BOOLEAN"
        if dataset.roles.due:
            types[STATES[1]] = "BOOLEAN"
    return types


def check_source(source: Source, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """A declared file must be there."""
    del found, broken
    issues = []
    if source.file and not (origin.folder / source.file).is_file():
        hint = f"the path counts from the declaration's folder, {origin.folder.name}/"
        issues.append(issue_at(origin, ("file",), f"there is no file '{source.file}'", hint))
    if not source.file and not source.inbox:
        message = f"fed only by files in the inbox's folder '{source.source}'"
        issues.append(issue_at(origin, ("source",), message, "declare 'file' or 'inbox' patterns", Severity.INFO))
    return issues


def check_dataset(dataset: Dataset, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """Sources, columns, derivations and rules must fit."""
    issues: list[Issue] = []
    for path, name in _sources(dataset):
        if name not in found["source"]:
            issues.append(_unknown(origin, path, "source", name, found, broken))
    if dataset.view is not None:
        base = found["dataset"].get(dataset.view.dataset)
        if base is None or base.view is not None:
            issues.append(_unknown(origin, ("view", "dataset"), "dataset", dataset.view.dataset, found, broken))
            return issues
        available = view_base(dataset.view, base)
        for number, name in enumerate(dataset.view.group_by):
            if name not in available:
                issues.append(_no_column(origin, ("view", "group_by", number), name, available))
        if not issues:
            issues += _sql(origin, ("view", "filter"), dataset.view.filter, available, boolean=True)
            for name, derivation in dataset.derive.items():
                issues += _sql(origin, ("derive", name, "sql"), derivation.sql, available, aggregate=True)
        if issues:
            return issues
    else:
        available = {name: kind for name, kind in column_types(dataset).items() if name in dataset.columns}
        for name, derivation in dataset.derive.items():
            if name in dataset.columns:
                issues.append(issue_at(origin, ("derive", name), f"'{name}' is already a column", key=True))
            issues += _sql(origin, ("derive", name, "sql"), derivation.sql, available)
            available = available | {name: column_types(dataset)[name]}
    available = full_types(dataset, found)
    issues += _roles(dataset, origin, available)
    for number, rule in enumerate(dataset.rules):
        issues += _sql(origin, ("rules", number, "sql"), rule.sql, available, boolean=True)
        if rule.column and rule.column not in available:
            issues.append(_no_column(origin, ("rules", number, "column"), rule.column, available))
    issues += _sql(origin, ("withdrawn",), dataset.withdrawn, available, boolean=True)
    for name, column in dataset.columns.items():
        for key in ("earliest", "latest", "formats"):
            if getattr(column, key) and column.type not in ("date", "timestamp"):
                issues.append(issue_at(origin, ("columns", name, key), f"'{key}' fits dates only, not {column.type}"))
    return issues


def check_kpi(kpi: Kpi, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """The dataset, the date and the expressions must fit."""
    dataset = found["dataset"].get(kpi.dataset)
    if dataset is None:
        return [_unknown(origin, ("dataset",), "dataset", kpi.dataset, found, broken)]
    issues: list[Issue] = []
    types = kpi_types(dataset, found)
    plain = full_types(dataset, found)
    if kpi.date != "as_of" and plain.get(kpi.date) not in ("DATE", "TIMESTAMP"):
        dates = [name for name, kind in plain.items() if kind in ("DATE", "TIMESTAMP")]
        hint = did_you_mean(kpi.date, [*dates, "as_of"]) or f"date columns: {', '.join(dates)}, or as_of"
        issues.append(issue_at(origin, ("date",), f"'{kpi.date}' is no date column of dataset {kpi.dataset}", hint))
    if kpi.date == "as_of" and kpi.kind == "count":
        issues.append(issue_at(origin, ("kind",), "a count of happenings needs a date column", "use kind: level"))
    issues += _sql(origin, ("filter",), kpi.filter, types, boolean=True)
    issues += _sql(origin, ("numerator",), kpi.numerator, types, aggregate=True)
    issues += _sql(origin, ("denominator",), kpi.denominator, types, aggregate=True)
    for number, name in enumerate(kpi.dimensions or ()):
        if name not in dataset.dimensions:
            hint = did_you_mean(name, dataset.dimensions) or f"dimensions: {', '.join(dataset.dimensions) or 'none'}"
            issues.append(issue_at(origin, ("dimensions", number), f"'{name}' is no dimension of {kpi.dataset}", hint))
    return issues


def check_template(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """KPIs, datasets, charts and tables must exist, be used, and fit the template's frequency."""
    issues: list[Issue] = []
    for path, name in _template_kpis(template):
        kpi = found["kpi"].get(name)
        if kpi is None:
            issues.append(_unknown(origin, path, "kpi", name, found, broken))
        elif template.frequency not in kpi.frequencies:
            message = f"KPI '{name}' is not computed per {template.frequency}"
            issues.append(issue_at(origin, path, message, f"add {template.frequency} to its 'frequencies'"))
    issues += _template_parts(template, origin, found, broken)
    for part, key in (("charts", "charts"), ("tables", "tables")):
        declared = [item.id for item in getattr(template, part)]
        used = [
            (s, n, name) for s, section in enumerate(template.sections) for n, name in enumerate(getattr(section, key))
        ]
        for section, number, name in used:
            if name not in declared:
                hint = did_you_mean(name, declared) or f"declared: {', '.join(declared) or 'none'}"
                issues.append(
                    issue_at(origin, ("sections", section, key, number), f"there is no {part[:-1]} '{name}'", hint)
                )
        for number, name in enumerate(declared):
            if declared.index(name) != number:
                issues.append(issue_at(origin, (part, number, "id"), f"'{name}' is declared twice"))
            if name not in [n for _, _, n in used]:
                message = f"{part[:-1]} '{name}' is in no section"
                issues.append(issue_at(origin, (part, number, "id"), message, "", Severity.WARNING))
    if template.schedule and len(template.schedule.split()) != 5:  # noqa: PLR2004 - the fields of a cron expression
        issues.append(issue_at(origin, ("schedule",), "is no cron expression", "five fields, such as '0 6 3 * *'"))
    if "{period}" not in template.document_number:
        message = "every period would get the same document number"
        issues.append(issue_at(origin, ("document_number",), message, "put {period} into it"))
    return issues


def _template_parts(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> Iterator[Issue]:
    for kind in ("charts", "tables"):
        for number, part in enumerate(getattr(template, kind)):
            here: Path = (kind, number)
            if part.dataset is None:
                if part.by is not None and (kpi := found["kpi"].get(part.kpis[0])) and kpi.dataset in found["dataset"]:
                    legal = kpi.dimensions or tuple(found["dataset"][kpi.dataset].dimensions)
                    if part.by not in legal:
                        hint = did_you_mean(part.by, legal) or f"dimensions: {', '.join(legal) or 'none'}"
                        yield issue_at(origin, (*here, "by"), f"'{part.by}' is no dimension of KPI {kpi.kpi}", hint)
                continue
            dataset = found["dataset"].get(part.dataset)
            if dataset is None:
                yield _unknown(origin, (*here, "dataset"), "dataset", part.dataset, found, broken)
                continue
            types, plain = kpi_types(dataset, found), full_types(dataset, found)
            if part.date != "as_of" and plain.get(part.date) not in ("DATE", "TIMESTAMP"):
                yield _no_column(origin, (*here, "date"), part.date, plain)
            yield from _sql(origin, (*here, "filter"), part.filter, types, boolean=True)
            for key in ("values", "x", "y"):
                yield from _sql(origin, (*here, key), getattr(part, key, None), types)
            for place, name in enumerate(getattr(part, "columns", ())):
                if name not in plain:
                    yield _no_column(origin, (*here, "columns", place), name, plain)
            order = getattr(part, "order", None)
            if order:
                bare = order.removesuffix(" desc").removesuffix(" DESC").removesuffix(" asc").removesuffix(" ASC")
                yield from _sql(origin, (*here, "order"), bare, types)
    for number, section in enumerate(template.sections):
        if section.dataset is not None and section.dataset not in found["dataset"]:
            yield _unknown(origin, ("sections", number, "dataset"), "dataset", section.dataset, found, broken)


def _template_kpis(template: Template) -> Iterator[tuple[Path, str]]:
    for number, name in enumerate(template.tiles):
        yield ("tiles", number), name
    for place, section in enumerate(template.sections):
        for number, name in enumerate(section.tiles):
            yield ("sections", place, "tiles", number), name
    for kind in ("charts", "tables"):
        for place, part in enumerate(getattr(template, kind)):
            for number, name in enumerate(part.kpis):
                yield (kind, place, "kpis", number), name


def _sources(dataset: Dataset) -> Iterator[tuple[Path, str]]:
    if dataset.source is not None:
        yield ("source",), dataset.source
    for number, join in enumerate(dataset.joins):
        yield ("joins", number, "source"), join.source


def _roles(dataset: Dataset, origin: Origin, available: dict[str, str]) -> list[Issue]:
    issues = []
    named: list[tuple[Path, str]] = [(("key", number), name) for number, name in enumerate(dataset.key)]
    named += [(("dimensions", name), name) for name in dataset.dimensions]
    dates: list[tuple[Path, str | None]] = [
        (("period_date",), dataset.period_date),
        (("known_from",), dataset.known_from),
    ]
    dates += [(("roles", role), getattr(dataset.roles, role)) for role in ("opened", "closed", "due")]
    for path, name in (*named, *((path, name) for path, name in dates if name)):
        if name not in available:
            issues.append(_no_column(origin, path, name, available))
        elif (path, name) in dates and available[name] not in ("DATE", "TIMESTAMP"):
            issues.append(issue_at(origin, path, f"'{name}' is no date", "name a column of type date or timestamp"))
    for name in available:
        if name in RESERVED or name in STATES:
            issues.append(issue_at(origin, ("derive", name), f"'{name}' is reserved", "choose another name", key=True))
    return issues


def _sql(
    origin: Origin, path: Path, sql: str | None, types: dict[str, str], aggregate: bool = False, boolean: bool = False
) -> list[Issue]:
    if sql is None:
        return []
    problems = checked(sql, tuple(types), aggregate)
    if not problems:
        bound = bind_problem(sql, tuple(types.items()), aggregate, boolean)
        problems = (bound,) if bound else ()
    issues = []
    for problem in problems:
        full = (*origin.path, *path)
        position = origin.declaration.block_position(full, problem.line, problem.column)
        file = origin.declaration.file
        issues.append(
            Issue(Severity.ERROR, file, position.line, position.column, _dotted(full), problem.message, problem.hint)
        )
    return issues


def _unknown(origin: Origin, path: Path, kind: str, name: str, found: Found, broken: dict[Any, list[str]]) -> Issue:
    if name in broken[kind]:
        return issue_at(origin, path, f"{kind} '{name}' is broken", "mend its own declaration first")
    hint = did_you_mean(name, found[kind]) or f"declared: {_some(found[kind])}"
    return issue_at(origin, path, f"there is no {kind} '{name}'", hint)


def _no_column(origin: Origin, path: Path, name: str, available: Iterable[str]) -> Issue:
    hint = did_you_mean(name, available) or f"columns: {_some(available)}"
    return issue_at(origin, path, f"there is no column '{name}'", hint)


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:12]) + (" …" if len(listed) > 12 else "") or "none"  # noqa: PLR2004 - what fits a line


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
