"""Issues at the places of a declaration that are at fault, in the words they are always put."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from qms_reports.declarations import verdicts
from qms_reports.declarations.binding import bind_problem
from qms_reports.declarations.expressions import SqlProblem, checked
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.validating import did_you_mean

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

Found = dict[Any, dict[str, Any]]
"""Kind of declaration to the usable ones by name."""

Path = tuple[str | int, ...]
"""Keys and list indexes from the top of a declaration."""


def issue_at(
    origin: Origin,
    path: Path,
    message: str,
    hint: str = "",
    severity: Severity = Severity.ERROR,
    *,
    code: str = "structure.reference",
    key: bool = False,
) -> Issue:
    """An issue at a place of a declaration."""
    declaration, full = origin.declaration.source((*origin.path, *path))
    position = declaration.position(full, key=key)
    return Issue(severity, declaration.file, position.line, position.column, _dotted(full), message, hint, code)


def sql_issues(
    origin: Origin,
    path: Path,
    sql: str | None,
    types: dict[str, str],
    *,
    aggregate: bool = False,
    boolean: bool = False,
) -> list[Issue]:
    """Everything wrong with a declared expression, at its place in the file."""
    if sql is None:
        return []
    verdict = verdicts.key(sql, types, aggregate, boolean)
    if verdicts.is_known_good(verdict):
        return []
    problems = checked(sql, tuple(types), aggregate=aggregate)
    if not problems:
        bound = bind_problem(sql, tuple(types.items()), aggregate=aggregate, boolean=boolean)
        problems = (bound,) if bound else ()
    if not problems:
        verdicts.good(verdict)
    full = (*origin.path, *path)
    return [placed(origin, full, problem) for problem in problems]


def placed(origin: Origin, path: Path, problem: SqlProblem) -> Issue:
    """A problem of an expression as an issue at its line; `path` counts from the top of the file."""
    declaration, full = origin.declaration.source(path)
    place = declaration.block_position(full, problem.line, problem.column)
    field, file = _dotted(full), declaration.file
    return Issue(Severity.ERROR, file, place.line, place.column, field, problem.message, problem.hint, problem.code)


def unknown(origin: Origin, path: Path, kind: str, name: str, found: Found, broken: dict[Any, list[str]]) -> Issue:
    """A reference to a declaration that does not exist or is broken."""
    if name in broken[kind]:
        return issue_at(
            origin,
            path,
            f"{kind} '{name}' is broken",
            "mend its own declaration first",
            code="structure.broken_reference",
        )
    hint = did_you_mean(name, found[kind]) or f"declared: {some(found[kind])}"
    return issue_at(origin, path, f"there is no {kind} '{name}'", hint, code=f"structure.unknown_{kind}")


def no_column(origin: Origin, path: Path, name: str, available: Iterable[str]) -> Issue:
    """A reference to a column that does not exist."""
    hint = did_you_mean(name, available) or f"columns: {some(available)}"
    return issue_at(origin, path, f"there is no column '{name}'", hint, code="structure.unknown_column")


def some(names: Iterable[str]) -> str:
    """The first few names, for a hint."""
    listed = sorted(names)
    return ", ".join(listed[:12]) + (" …" if len(listed) > 12 else "") or "none"  # noqa: PLR2004 - what fits a line


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
