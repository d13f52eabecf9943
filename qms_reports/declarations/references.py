"""Whether the names and the SQL in sources, datasets and KPIs fit the rest of the catalogue, and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import RESERVED, Dataset, Kpi, Source, View
from qms_reports.declarations.placed_issues import Found, Path, issue_at, no_column, sql_issues, unknown
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

QUARANTINE_TYPES = {
    "source": "VARCHAR", "file": "VARCHAR", "sha256": "VARCHAR", "file_row": "BIGINT", "rule": "VARCHAR",
    "column_name": "VARCHAR", "value": "VARCHAR", "message": "VARCHAR", "record_key": "VARCHAR", "month": "VARCHAR",
    "received_on": "DATE",
}  # fmt: skip
"""What a view over quarantined rows may use: one row per row of a file and rule it broke."""


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
    issues = [
        unknown(origin, path, "source", name, found, broken)
        for path, name in _sources(dataset)
        if name not in found["source"]
    ]
    issues += _view(dataset, origin, found, broken) if dataset.view is not None else _derivations(dataset, origin)
    if dataset.view is not None and issues:
        return issues  # its columns are not known
    available = full_types(dataset, found)
    issues += _roles(dataset, origin, available)
    issues += _rules(dataset, origin, available)
    for name, column in dataset.columns.items():
        for key in ("earliest", "latest", "formats"):
            if getattr(column, key) and column.type not in ("date", "timestamp"):
                issues.append(issue_at(origin, ("columns", name, key), f"'{key}' fits dates only, not {column.type}"))
    return issues


def _view(dataset: Dataset, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    view = dataset.view
    assert view is not None  # noqa: S101 - the caller looked
    base = found["dataset"].get(view.dataset)
    if base is None or base.view is not None:
        return [unknown(origin, ("view", "dataset"), "dataset", view.dataset, found, broken)]
    available = view_base(view, base)
    issues = [
        no_column(origin, ("view", "group_by", number), name, available)
        for number, name in enumerate(view.group_by)
        if name not in available
    ]
    if not issues:
        issues += sql_issues(origin, ("view", "filter"), view.filter, available, boolean=True)
        for name, derivation in dataset.derive.items():
            issues += sql_issues(origin, ("derive", name, "sql"), derivation.sql, available, aggregate=True)
    return issues


def _derivations(dataset: Dataset, origin: Origin) -> list[Issue]:
    issues: list[Issue] = []
    available = {name: kind for name, kind in column_types(dataset).items() if name in dataset.columns}
    for name, derivation in dataset.derive.items():
        if name in dataset.columns:
            issues.append(issue_at(origin, ("derive", name), f"'{name}' is already a column", key=True))
        issues += sql_issues(origin, ("derive", name, "sql"), derivation.sql, available)
        available = available | {name: column_types(dataset)[name]}
    return issues


def _rules(dataset: Dataset, origin: Origin, available: dict[str, str]) -> list[Issue]:
    issues: list[Issue] = []
    for number, rule in enumerate(dataset.rules):
        issues += sql_issues(origin, ("rules", number, "sql"), rule.sql, available, boolean=True)
        if rule.column and rule.column not in available:
            issues.append(no_column(origin, ("rules", number, "column"), rule.column, available))
    return issues + sql_issues(origin, ("withdrawn",), dataset.withdrawn, available, boolean=True)


def check_kpi(kpi: Kpi, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """The dataset, the date and the expressions must fit."""
    dataset = found["dataset"].get(kpi.dataset)
    if dataset is None:
        return [unknown(origin, ("dataset",), "dataset", kpi.dataset, found, broken)]
    issues: list[Issue] = []
    types = kpi_types(dataset, found)
    plain = full_types(dataset, found)
    if kpi.date != "as_of" and plain.get(kpi.date) not in ("DATE", "TIMESTAMP"):
        dates = [name for name, kind in plain.items() if kind in ("DATE", "TIMESTAMP")]
        hint = did_you_mean(kpi.date, [*dates, "as_of"]) or f"date columns: {', '.join(dates)}, or as_of"
        issues.append(issue_at(origin, ("date",), f"'{kpi.date}' is no date column of dataset {kpi.dataset}", hint))
    if kpi.date == "as_of" and kpi.kind == "count":
        issues.append(issue_at(origin, ("kind",), "a count of happenings needs a date column", "use kind: level"))
    issues += sql_issues(origin, ("filter",), kpi.filter, types, boolean=True)
    issues += sql_issues(origin, ("numerator",), kpi.numerator, types, aggregate=True)
    issues += sql_issues(origin, ("denominator",), kpi.denominator, types, aggregate=True)
    for number, name in enumerate(kpi.dimensions or ()):
        if name not in dataset.dimensions:
            hint = did_you_mean(name, dataset.dimensions) or f"dimensions: {', '.join(dataset.dimensions) or 'none'}"
            issues.append(issue_at(origin, ("dimensions", number), f"'{name}' is no dimension of {kpi.dataset}", hint))
    return issues


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
            issues.append(no_column(origin, path, name, available))
        elif (path, name) in dates and available[name] not in ("DATE", "TIMESTAMP"):
            issues.append(issue_at(origin, path, f"'{name}' is no date", "name a column of type date or timestamp"))
    return issues + [
        issue_at(origin, ("derive", name), f"'{name}' is reserved", "choose another name", key=True)
        for name in available
        if name in RESERVED or name in STATES
    ]
