"""Whether the names and the SQL in sources, datasets and KPIs fit the rest of the catalogue, and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, calls
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import (
    RESERVED,
    Calendar,
    Dataset,
    Derivation,
    Exposure,
    Kpi,
    Related,
    Scorecard,
    Source,
    Template,
    View,
)
from qms_reports.declarations.placed_issues import Found, Path, issue_at, no_column, sql_issues, unknown
from qms_reports.declarations.validating import did_you_mean
from qms_reports.periods import WEEKLY_FISCAL

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

QUARANTINE_TYPES = {
    "source": "VARCHAR", "file": "VARCHAR", "sha256": "VARCHAR", "file_row": "BIGINT", "rule": "VARCHAR",
    "column_name": "VARCHAR", "value": "VARCHAR", "message": "VARCHAR", "record_key": "VARCHAR", "month": "VARCHAR",
    "received_on": "DATE",
}  # fmt: skip
"""What a view over quarantined rows may use: one row per row of a file and rule it broke."""


_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(28,9)", "date": "DATE",
          "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}  # fmt: skip
ROLES = ("opened", "closed", "due", "original_due", "first_closed", "reopened", "voided")


def column_types(dataset: Dataset) -> dict[str, str]:
    """Column name to DuckDB type, of the columns that are stored."""
    read = {name: _TYPES[column.type] for name, column in dataset.columns.items()}
    return read | {name: _TYPES[derivation.type] for name, derivation in dataset.derive.items()}


def full_types(dataset: Dataset, found: Found) -> dict[str, str]:
    """The same with the related columns; a view has the columns of its groups instead."""
    own = column_types(dataset) | {name: _TYPES[related.type] for name, related in dataset.related.items()}
    if dataset.view is None:
        return own
    base = view_base(dataset.view, found["dataset"][dataset.view.dataset])
    return {name: base[name] for name in dataset.view.group_by} | own


def view_base(view: View, stored: Dataset) -> dict[str, str]:
    """Column name to DuckDB type of the rows that a view groups."""
    return full_types(stored, {}) if view.rows == "records" else QUARANTINE_TYPES


def kpi_types(dataset: Dataset, found: Found) -> dict[str, str]:
    """What a KPI's expressions may use: columns, the period, and the states that the roles allow."""
    types = full_types(dataset, found) | PERIOD_COLUMNS
    if dataset.roles.opened:
        types[STATES[0]] = "BOOLEAN"
        if dataset.roles.due:
            types[STATES[1]] = "BOOLEAN"
    return types


def check_calendar(calendar: Calendar, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """A member has one calendar."""
    del broken
    issues = []
    for other in found["calendar"].values():
        for number, member in enumerate(calendar.members):
            if other.calendar < calendar.calendar and member in other.members:
                message = f"'{member}' already has the calendar '{other.calendar}'"
                issues.append(
                    issue_at(
                        origin,
                        ("members", number),
                        message,
                        "name it in one calendar",
                        code="structure.duplicate_calendar",
                    )
                )
    return issues


def check_source(source: Source, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """A declared file must be there."""
    del found, broken
    issues = []
    if source.file and not (origin.folder / source.file).is_file():
        hint = f"the path counts from the declaration's folder, {origin.folder.name}/"
        issues.append(
            issue_at(origin, ("file",), f"there is no file '{source.file}'", hint, code="sources.missing_file")
        )
    if not source.file and not source.inbox:
        message = f"fed only by files in the inbox's folder '{source.source}'"
        issues.append(
            issue_at(
                origin,
                ("source",),
                message,
                "declare 'file' or 'inbox' patterns",
                Severity.INFO,
                code="sources.inbox_only",
            )
        )
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
    issues += _related(dataset, origin, found, broken)
    for name, column in dataset.columns.items():
        for key in ("earliest", "latest", "formats"):
            if getattr(column, key) and column.type not in ("date", "timestamp"):
                issues.append(
                    issue_at(
                        origin,
                        ("columns", name, key),
                        f"'{key}' fits dates only, not {column.type}",
                        code="structure.date_only",
                    )
                )
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
            issues.append(
                issue_at(
                    origin,
                    ("derive", name),
                    f"'{name}' is already a column",
                    key=True,
                    code="structure.duplicate_column",
                )
            )
        found = sql_issues(origin, ("derive", name, "sql"), derivation.sql, available)
        issues += found or _only_in_kpis(derivation, ("derive", name, "sql"), origin)
        available = available | {name: column_types(dataset)[name]}
    return issues


def _related(dataset: Dataset, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    issues: list[Issue] = []
    own = column_types(dataset)
    for name, related in dataset.related.items():
        here: Path = ("related", name)
        other = found["dataset"].get(related.dataset) or (dataset if related.dataset == dataset.dataset else None)
        if other is None or other.view is not None:
            issues.append(unknown(origin, (*here, "dataset"), "dataset", related.dataset, found, broken))
            continue
        if name in own:
            issues.append(
                issue_at(origin, here, f"'{name}' is already a column", key=True, code="structure.duplicate_column")
            )
        issues += _pairs(related, here, origin, own, column_types(other))
    return issues


def _pairs(related: Related, here: Path, origin: Origin, own: dict[str, str], theirs: dict[str, str]) -> list[Issue]:
    issues: list[Issue] = []
    for other_name, name in related.on.items():
        for column, columns in ((other_name, theirs), (name, own)):
            if column not in columns:
                issues.append(no_column(origin, (*here, "on", other_name), column, columns))
    types = own | {f"other_{name}": kind for name, kind in theirs.items()}
    issues += sql_issues(origin, (*here, "when"), related.when, types, boolean=True)
    issues += sql_issues(origin, (*here, "sql"), related.sql, types, aggregate=True)
    return issues


def _only_in_kpis(derivation: Derivation, path: Path, origin: Origin) -> list[Issue]:
    """Calendars change, and what is stored must not change with them."""
    if not calls(derivation.sql, "business_days"):
        return []
    message = "business_days depends on calendars that may change, and a derived column is stored"
    return [issue_at(origin, path, message, "use it in the KPI's own expressions", code="sql.business_days")]


def _rules(dataset: Dataset, origin: Origin, available: dict[str, str]) -> list[Issue]:
    issues: list[Issue] = []
    for number, rule in enumerate(dataset.rules):
        issues += sql_issues(origin, ("rules", number, "sql"), rule.sql, available, boolean=True)
        if rule.column and rule.column not in available:
            issues.append(no_column(origin, ("rules", number, "column"), rule.column, available))
    return issues + sql_issues(origin, ("withdrawn",), dataset.withdrawn, available, boolean=True)


def check_kpi(kpi: Kpi, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """The datasets, the dates and the expressions must fit."""
    dataset = found["dataset"].get(kpi.dataset)
    if dataset is None:
        return [unknown(origin, ("dataset",), "dataset", kpi.dataset, found, broken)]
    types = kpi_types(dataset, found)
    plain = full_types(dataset, found)
    issues = _date(kpi.date, dataset, plain, ("date",), origin)
    if kpi.date == "as_of" and kpi.kind == "count":
        issues.append(
            issue_at(
                origin,
                ("kind",),
                "a count of happenings needs a date column",
                "use kind: level",
                code="structure.count_needs_date",
            )
        )
    if kpi.due_basis == "original" and not dataset.roles.original_due:
        message = f"dataset {kpi.dataset} has no role 'original_due'"
        issues.append(
            issue_at(
                origin,
                ("due_basis",),
                message,
                "declare the role, or measure by the current due date",
                code="structure.due_basis",
            )
        )
    issues += sql_issues(origin, ("filter",), kpi.filter, types, boolean=True)
    issues += sql_issues(origin, ("numerator",), kpi.numerator, types, aggregate=True)
    issues += sql_issues(origin, ("denominator",), kpi.denominator, types, aggregate=True)
    issues += _method(kpi, origin, types, plain)
    if kpi.exposure is not None:
        issues += _exposure(kpi.exposure, origin, found, broken)
    for number, name in enumerate(kpi.strata):
        if name not in plain:
            issues.append(no_column(origin, ("strata", number), name, plain))
    for number, name in enumerate(kpi.dimensions or ()):
        if name not in dataset.dimensions:
            hint = did_you_mean(name, dataset.dimensions) or f"dimensions: {', '.join(dataset.dimensions) or 'none'}"
            issues.append(
                issue_at(
                    origin,
                    ("dimensions", number),
                    f"'{name}' is no dimension of {kpi.dataset}",
                    hint,
                    code="structure.unknown_dimension",
                )
            )
    if kpi.calendar == "business_days" and not issues and not counts_business_days(kpi):
        message = "its expressions do not use business_days(from, to, member)"
        issues.append(
            issue_at(origin, ("calendar",), message, "use it, or declare 'calendar: days'", code="sql.calendar_unused")
        )
    return issues


def check_frequencies(model: Kpi | Scorecard | Template, origin: Origin) -> list[Issue]:
    """Without a fiscal calendar of weeks there are no fiscal quarters and periods."""
    declared = (model.frequency,) if isinstance(model, Template) else model.frequencies
    issues = []
    for number, frequency in enumerate(declared):
        if frequency in WEEKLY_FISCAL:
            path: Path = ("frequency",) if isinstance(model, Template) else ("frequencies", number)
            message = f"{frequency} needs a fiscal year of weeks (4-4-5), and this installation's has months"
            hint = "set QMS_REPORTS_FISCAL_WEEKS to 445, 454 or 544"
            issues.append(issue_at(origin, path, message, hint, code="structure.fiscal_weeks"))
    return issues


def counts_business_days(kpi: Kpi) -> bool:
    """Whether a KPI without problems counts by the calendars."""
    return any(calls(sql, "business_days") for sql in expressions(kpi))


def expressions(kpi: Kpi) -> tuple[str, ...]:
    """All SQL of a KPI."""
    held: list[str | None] = [kpi.filter, kpi.numerator, kpi.denominator]
    if kpi.method is not None:
        held += [kpi.method.values, kpi.method.event, kpi.method.lower_limit, kpi.method.upper_limit]
    if kpi.exposure is not None:
        held += [kpi.exposure.filter, kpi.exposure.sql]
    return tuple(sql for sql in held if sql)


def _date(date: str, dataset: Dataset, plain: dict[str, str], path: Path, origin: Origin) -> list[Issue]:
    if date == "as_of" or plain.get(date) in ("DATE", "TIMESTAMP"):
        return []
    dates = [name for name, kind in plain.items() if kind in ("DATE", "TIMESTAMP")]
    hint = did_you_mean(date, [*dates, "as_of"]) or f"date columns: {', '.join(dates)}, or as_of"
    return [
        issue_at(
            origin, path, f"'{date}' is no date column of dataset {dataset.dataset}", hint, code="structure.no_date"
        )
    ]


def _exposure(exposure: Exposure, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    dataset = found["dataset"].get(exposure.dataset)
    if dataset is None:
        return [unknown(origin, ("exposure", "dataset"), "dataset", exposure.dataset, found, broken)]
    types = kpi_types(dataset, found)
    issues = _date(exposure.date, dataset, full_types(dataset, found), ("exposure", "date"), origin)
    issues += sql_issues(origin, ("exposure", "filter"), exposure.filter, types, boolean=True)
    return issues + sql_issues(origin, ("exposure", "sql"), exposure.sql, types, aggregate=True)


def _method(kpi: Kpi, origin: Origin, types: dict[str, str], plain: dict[str, str]) -> list[Issue]:
    method = kpi.method
    if method is None:
        return []
    issues = sql_issues(origin, ("method", "values"), method.values, types)
    issues += sql_issues(origin, ("method", "event"), method.event, types, boolean=True)
    for key in ("lower_limit", "upper_limit"):
        issues += sql_issues(origin, ("method", key), getattr(method, key), types, aggregate=True)
    if method.order is not None and method.order not in plain:
        issues.append(no_column(origin, ("method", "order"), method.order, plain))
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
    dates += [(("roles", role), getattr(dataset.roles, role)) for role in ROLES]
    for path, name in (*named, *((path, name) for path, name in dates if name)):
        if name not in available:
            issues.append(no_column(origin, path, name, available))
        elif (path, name) in dates and available[name] not in ("DATE", "TIMESTAMP"):
            issues.append(
                issue_at(
                    origin,
                    path,
                    f"'{name}' is no date",
                    "name a column of type date or timestamp",
                    code="structure.no_date",
                )
            )
    return issues + [
        issue_at(
            origin,
            ("derive", name),
            f"'{name}' is reserved",
            "choose another name",
            key=True,
            code="structure.reserved_name",
        )
        for name in available
        if name in RESERVED or name in STATES
    ]
