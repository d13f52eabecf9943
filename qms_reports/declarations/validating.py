"""Applying a pydantic model to a declaration: every violation at once, each at its line and column, in plain words.

Pydantic reports a violation by a location that mixes data steps with the names of union branches. `_Trail` walks that
location along the model's annotations, which separates the two and finds the keys that are allowed at each place.
"""

import copy
import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from qms_reports.declarations.annotations import Path, Trail, allowed_values, follow, keys_of
from qms_reports.declarations.issues import Complaint, Issue, Severity
from qms_reports.declarations.wording import describe, expectation, found

if TYPE_CHECKING:
    from qms_reports.declarations.reading import Declaration

M = TypeVar("M", bound=BaseModel)
"""The model that a declaration is checked against."""

MOST = 200
"""Mistakes of one file that are told: whoever generated more of them has one cause to mend."""

_VALUE_ERRORS = ("enum", "literal_error")
_MAPPING_ERRORS = ("model_type", "model_attributes_type", "dataclass_type", "dict_type")
_COLOURS = {"colors", "primary", "series"}
_BOUNDS = (
    "greater_than", "greater_than_equal", "less_than", "less_than_equal", "too_short", "too_long", "string_too_short",
    "string_too_long",
)  # fmt: skip
_NO_FORM = "fits_no_form_of_a_union"


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the candidate most like the word, or "" when none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean {by_folded[close[0]]!r}?" if close else ""


def parse(model: type[M], declaration: "Declaration") -> tuple[M | None, list[Issue]]:
    """Check a declaration against its model.

    Args:
        model: A pydantic model that forbids unknown keys.
        declaration: What was read.

    Returns:
        The model's instance, or None; and all violations in the order of the file.
    """
    try:
        return model.model_validate(declaration.data), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    found_errors = [_Violation(detail, follow(model, detail["loc"], declaration.data)) for detail in details[:MOST]]
    issues = [_issue(violation, declaration) for violation in _readable(found_errors, 0)]
    unique = dict.fromkeys(issues)
    ordered = sorted(unique, key=lambda issue: (issue.line, issue.column, issue.field, issue.message))
    if len(details) > MOST:
        message, hint = f"{len(details) - MOST:,} more mistakes are not listed", "mend the first ones"
        more = Issue(Severity.ERROR, declaration.file, 1, 1, "", message, hint, "structure.too_many_issues")
        ordered.append(more)
    return None, ordered


_LISTS = frozenset((
    "charts", "tables", "sections", "tiles", "kpis", "parameters", "columns", "derive", "related", "dimensions",
    "roles", "items", "holidays",
))  # fmt: skip
"""Keys that others refer to: without them these would be blamed for what they are not guilty of."""


def without_mistakes(model: type[M], declaration: "Declaration") -> M | None:
    """A refused declaration without the keys at fault, where the rest makes sense; to look for more mistakes only.

    Args:
        model: Its model.
        declaration: What was read.
    """
    try:
        return model.model_validate(declaration.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
    if len(details) > MOST:
        return None
    data = copy.deepcopy(declaration.data)
    for detail in details:
        path = follow(model, detail["loc"], declaration.data).path
        if detail["type"] == "missing" or not path or path[-1] in _LISTS or not _without(data, path):
            return None
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _without(data: Any, path: Path) -> bool:
    """Take one key out of nested mappings and lists; whether that was possible and does no harm."""
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    if not isinstance(data, dict) or path[-1] not in data:
        return False
    removed = data.pop(path[-1])
    return len(path) > 1 or not isinstance(removed, dict | list)


class _Violation:
    """One of pydantic's errors with its location resolved; or several of one union, told as one."""

    def __init__(self, detail: Any, trail: Trail, forms: str = "") -> None:
        self.kind: str = detail["type"]
        self.detail = detail
        self.trail = trail
        self.forms = forms


def _readable(violations: list[_Violation], level: int) -> list[_Violation]:
    """Reduce the errors of all branches of a union to those of the branch that was meant."""
    result: list[_Violation] = []
    unions: dict[Path, list[_Violation]] = {}
    for violation in violations:
        if len(violation.trail.forks) <= level:
            result.append(violation)
        else:
            unions.setdefault(violation.trail.forks[level].path, []).append(violation)
    for members in unions.values():
        result.extend(_one_union(members, level))
    return result


def _one_union(members: list[_Violation], level: int) -> list[_Violation]:
    branches: dict[str, list[_Violation]] = {}
    for member in members:
        branches.setdefault(member.trail.forks[level].label, []).append(member)
    if len(branches) == 1:
        return _readable(members, level + 1)
    path = members[0].trail.forks[level].path
    meant = [label for label, errors in branches.items() if not _fails_by_kind(errors, path)]
    if len(meant) > 1:
        meant = _nearest({label: branches[label] for label in meant})
    if len(meant) == 1:
        return _readable(branches[meant[0]], level + 1)
    at_union = next((member for member in members if member.trail.path == path), members[0])
    fork = at_union.trail.forks[level]
    trail = Trail(path, fork.types, fork.parents, at_union.trail.forks[:level])
    return [_Violation({**at_union.detail, "type": _NO_FORM, "input": fork.value}, trail, _forms(branches, path))]


def _fails_by_kind(errors: list[_Violation], path: Path) -> bool:
    """Say whether a branch failed because the value is no mapping, list or scalar of its kind at all."""
    return any(error.trail.path == path and error.kind.endswith("_type") for error in errors)


def _nearest(branches: dict[str, list[_Violation]]) -> list[str]:
    """Return the branches with the fewest errors, counting unknown and missing keys double."""

    def distance(errors: list[_Violation]) -> int:
        return sum(2 if error.kind in ("missing", "extra_forbidden") else 1 for error in errors)

    least = min(distance(errors) for errors in branches.values())
    return [label for label, errors in branches.items() if distance(errors) == least]


def _forms(branches: dict[str, list[_Violation]], path: Path) -> str:
    """Return what the branches expect, as an enumeration."""
    names: list[str] = []
    for label, errors in branches.items():
        values = [value for error in errors if error.kind in _VALUE_ERRORS for value in _allowed(error)]
        own = next((expectation(error.detail) for error in errors if error.trail.path == path), "")
        names.append(f"one of {', '.join(values)}" if values else own or f"a mapping of the form {label}")
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} or {unique[-1]}"


class _Words(NamedTuple):
    """What to say about a violation, and about which key or value."""

    message: str
    hint: str
    path: Path
    at_key: bool = False
    code: str = "structure.wrong_type"


def _issue(violation: _Violation, declaration: "Declaration") -> Issue:
    words = _WORDINGS.get(violation.kind, _expected)(violation)
    standing, path = declaration.source(words.path)
    place = standing.position(path, key=words.at_key)
    field = ".".join(map(str, path))
    return Issue(Severity.ERROR, standing.file, place.line, place.column, field, words.message, words.hint, words.code)


def _missing(violation: _Violation) -> _Words:
    path, description = violation.trail.path, violation.trail.description
    return _Words(f"required key {path[-1]!r} is missing", description, path, code="structure.missing_key")


def _unknown_key(violation: _Violation) -> _Words:
    key, allowed = str(violation.trail.path[-1]), keys_of(violation.trail.parents)
    hint = _joined(did_you_mean(key, allowed), _listing("keys", allowed))
    return _Words(f"unknown key {key!r}", hint, violation.trail.path, at_key=True, code="structure.unknown_key")


def _unknown_value(violation: _Violation) -> _Words:
    value, values = violation.detail["input"], _allowed(violation)
    guess = did_you_mean(value, values) if isinstance(value, str) else ""
    hint = _joined(guess, _listing("values", values))
    code = "structure.unknown_value"
    return _Words(f"{describe(value)} is not allowed here", hint, violation.trail.path, violation.trail.is_key, code)


def _objection(violation: _Violation) -> _Words:
    """Word what a validator of the model itself raised."""
    error = violation.detail.get("ctx", {}).get("error")
    message = str(error) or violation.detail["msg"]
    if isinstance(error, Complaint):
        path = (*violation.trail.path, *error.at)
        return _Words(message, error.hint, path, violation.trail.is_key, error.code)
    return _Words(message, "", violation.trail.path, violation.trail.is_key, "structure.contradiction")


def _missing_tag(violation: _Violation) -> _Words:
    key = _discriminator(violation)
    path = (*violation.trail.path, key)
    return _Words(
        f"required key {key!r} is missing", _listing("values", _allowed(violation)), path, code="structure.missing_key"
    )


def _unknown_tag(violation: _Violation) -> _Words:
    tag, values = str(violation.detail["ctx"]["tag"]), _allowed(violation)
    hint = _joined(did_you_mean(tag, values), _listing("values", values))
    path = (*violation.trail.path, _discriminator(violation))
    return _Words(f"text {tag!r} is not allowed here", hint, path, code="structure.unknown_value")


def _no_form(violation: _Violation) -> _Words:
    """Word a value that fits none of a union's forms."""
    trail = violation.trail
    message = f"expected {violation.forms}, {found(violation.detail['input'])}"
    return _Words(message, _advice(violation), trail.path, trail.is_key)


def _expected(violation: _Violation) -> _Words:
    """Word every other kind: a wrong type, a bound, a length; failing that, pydantic's own message."""
    trail, keys = violation.trail, keys_of(violation.trail.types)
    wanted = expectation(violation.detail)
    message = str(violation.detail["msg"])
    message = f"expected {wanted}" if wanted else f"{message[:1].lower()}{message[1:]}"
    hint = _listing("keys", keys) if violation.kind in _MAPPING_ERRORS and keys else _advice(violation)
    code = "structure.wrong_type"
    if violation.kind == "string_pattern_mismatch" and _COLOURS & set(trail.path):
        code, hint = "charts.colour", "six hexadecimal digits in quotes, such as '#12436D'"
    elif violation.kind in _BOUNDS:
        code = "structure.out_of_bounds"
    return _Words(f"{message}, {found(violation.detail['input'])}", hint, trail.path, trail.is_key, code)


_WORDINGS: dict[str, Callable[[_Violation], _Words]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "enum": _unknown_value,
    "literal_error": _unknown_value,
    "union_tag_not_found": _missing_tag,
    "union_tag_invalid": _unknown_tag,
    "value_error": _objection,
    "assertion_error": _objection,
    _NO_FORM: _no_form,
}


def _allowed(violation: _Violation) -> list[str]:
    types, context = violation.trail.types, violation.detail.get("ctx", {})
    if violation.kind.startswith("union_tag_"):
        return allowed_values(types, _discriminator(violation))
    return allowed_values(types) or [str(context.get("expected", ""))]


def _discriminator(violation: _Violation) -> str:
    return str(violation.detail["ctx"]["discriminator"]).strip("'")


def _listing(what: str, names: list[str]) -> str:
    return f"Allowed {what}: {', '.join(names)}" if names else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _advice(violation: _Violation) -> str:
    """Advise quotes for a number or boolean where text belongs, and the right words for booleans."""
    value, kind = violation.detail["input"], violation.kind
    if kind in ("bool_type", "bool_parsing"):
        return "write true or false"
    if value is None:
        return "give a value or remove the key"
    return "write it in quotes" if kind == "string_type" and isinstance(value, bool | int | float) else ""
