"""Whether what a scorecard sums up exists, is computed for its periods, and does not hold the scorecard itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Scorecard
from qms_reports.declarations.placed_issues import Found, issue_at, unknown

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin


def check_scorecard(scorecard: Scorecard, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """KPIs and scorecards must exist, none twice, none in a circle."""
    issues = []
    seen: set[tuple[str, str]] = set()
    for number, item in enumerate(scorecard.items):
        kind = "kpi" if item.kpi is not None else "scorecard"
        name = item.kpi or item.scorecard or ""
        path = ("items", number, kind)
        part = found[kind].get(name)
        if part is None:
            issues.append(unknown(origin, path, kind, name, found, broken))
            continue
        if (kind, name) in seen:
            message = f"{kind} '{name}' stands here twice"
            issues.append(issue_at(origin, path, message, "give it one weight", code="structure.duplicate_item"))
        seen.add((kind, name))
        if kind == "scorecard" and scorecard.scorecard in inside(part, found):
            message = f"'{name}' holds this scorecard itself"
            issues.append(
                issue_at(
                    origin, path, message, "take one of the two out of the other", code="structure.circular_scorecard"
                )
            )
        if absent := [frequency for frequency in scorecard.frequencies if frequency not in part.frequencies]:
            message = f"{kind} '{name}' is not computed per {', '.join(absent)}"
            hint = "declare fewer 'frequencies' here, or more there"
            issues.append(issue_at(origin, path, message, hint, Severity.WARNING, code="structure.frequency"))
    return issues


def inside(scorecard: Scorecard, found: Found) -> set[str]:
    """The names of a scorecard and of all scorecards in it."""
    names: set[str] = set()
    waiting = [scorecard.scorecard]
    while waiting:
        name = waiting.pop()
        if name not in names and name in found["scorecard"]:
            names.add(name)
            waiting += [item.scorecard for item in found["scorecard"][name].items if item.scorecard]
    return names
