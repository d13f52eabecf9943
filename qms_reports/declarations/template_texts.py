"""The texts of a template that may hold values, and what they may name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from qms_reports.declarations.expression_functions import FUNCTIONS
from qms_reports.declarations.expression_kinds import (
    BOOLEAN,
    FIGURES,
    NUMBER,
    PERIOD,
    SCORECARD,
    TEMPLATE,
    TEXT,
    TILE,
    Kind,
    Names,
)
from qms_reports.declarations.expression_syntax import CONSTANTS
from qms_reports.declarations.expressions import SqlProblem
from qms_reports.declarations.issues import Issue
from qms_reports.declarations.models import Template
from qms_reports.declarations.placed_issues import Found, Path, placed
from qms_reports.declarations.template_references import kpis_of_template, scorecards_of_template
from qms_reports.declarations.text_expressions import check_condition, check_text, check_value, names_used

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

_KINDS: dict[str, Kind] = {"string": TEXT, "integer": NUMBER, "number": NUMBER, "boolean": BOOLEAN}
PERIOD_MARK = "{period}"


class Text(NamedTuple):
    """A text of a template.

    Attributes:
        path: Where it stands.
        text: What stands there.
        form: ``text`` with expressions in braces, or itself a ``condition`` or a ``value``.
        scope: ``frame``: period, parameters and template; ``figures``: the KPIs and scorecards too; ``kpi``: also the
            attributes of the one KPI that a rule looks at.
    """

    path: Path
    text: str
    form: str
    scope: str


def frame_names(template: Template) -> Names:
    """What every text may name, figures or not; a parameter hides nothing (`check_parameters` sees to that)."""
    parameters: Names = {name: _KINDS[parameter.type] for name, parameter in template.parameters.items()}
    return {"period": PERIOD, "template": TEMPLATE, **parameters}


def figure_names(template: Template) -> Names:
    """What a text among the figures may name: each KPI and scorecard of the template by its id as well."""
    shown: Names = {"document_number": TEXT, "cutoff": TEXT, "figures": FIGURES}
    kpis: Names = dict.fromkeys(kpis_of_template(template), TILE)
    scorecards: Names = dict.fromkeys(scorecards_of_template(template), SCORECARD)
    return {**frame_names(template), **scorecards, **kpis, **shown}


def taken_names(template: Template) -> frozenset[str]:
    """Names that a parameter may not have."""
    fixed = {"period", "template", "document_number", "cutoff", "figures", *CONSTANTS, *FUNCTIONS, *TILE}
    return frozenset(fixed | set(kpis_of_template(template)) | set(scorecards_of_template(template)))


def names_of(template: Template, scope: str) -> Names:
    """What the texts of a scope may name."""
    if scope == "frame":
        return frame_names(template)
    return {**figure_names(template), **TILE} if scope == "kpi" else figure_names(template)


def texts_of(template: Template) -> Iterator[Text]:
    """Every text of a template that may hold values, but those of charts: titles, paragraphs, sentences, rules."""
    for key in ("title", "organization", "document_number", "classification", "prepared_by", "retention"):
        yield Text((key,), getattr(template, key), "text", "frame")
    for number, receiver in enumerate(template.distribution):
        yield Text(("distribution", number), receiver, "text", "frame")
    for number, approval in enumerate(template.approvals):
        yield Text(("approvals", number, "role"), approval.role, "text", "frame")
        yield Text(("approvals", number, "name"), approval.name, "text", "frame")
    for number, sentence in enumerate(template.summary):
        yield Text(("summary", number, "when"), sentence.when, "condition", "figures")
        yield Text(("summary", number, "say"), sentence.say, "text", "figures")
    for number, rule in enumerate(template.actions):
        yield Text(("actions", number, "when"), rule.when, "condition", "kpi")
        yield Text(("actions", number, "say"), rule.say, "text", "kpi")
        yield Text(("actions", number, "owner"), rule.owner, "text", "kpi")
    for number, chart in enumerate(template.charts):
        yield Text(("charts", number, "title"), chart.title, "text", "frame")
        yield Text(("charts", number, "subtitle"), chart.subtitle, "text", "frame")
    for number, table in enumerate(template.tables):
        yield Text(("tables", number, "title"), table.title, "text", "figures")
        yield Text(("tables", number, "note"), table.note, "text", "figures")
    for number, section in enumerate(template.sections):
        yield Text(("sections", number, "title"), section.title, "text", "figures")
        yield Text(("sections", number, "text"), section.text, "text", "figures")
    for number, cell in enumerate(template.workbook.cells if template.workbook else ()):
        yield Text(("workbook", "cells", number, "value"), cell.value, "value", "figures")


def check_texts(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> Iterator[Issue]:
    """Everything wrong with the expressions of a template, at their places in its texts."""
    del found, broken
    scopes = {scope: names_of(template, scope) for scope in ("frame", "figures", "kpi")}
    for item in texts_of(template):
        for problem in _problems(item, scopes[item.scope]):
            yield placed(origin, item.path, _about_figures(item, problem, scopes["figures"]))


def parameters_used(template: Template) -> frozenset[str]:
    """The parameters that some text of a template uses."""
    used = {name for item in texts_of(template) for name in names_used(item.text, bare=item.form != "text")}
    return frozenset(used & set(template.parameters))


def _about_figures(item: Text, problem: SqlProblem, figures: Names) -> SqlProblem:
    """A figure named where only the frame is known is no misspelling."""
    name = problem.message.removeprefix("there is no '").removesuffix("'")
    if item.scope != "frame" or problem.code != "text.unknown_name" or name not in figures:
        return problem
    message = f"'{name}' is not known here: the frame and the charts of a report hold no figures"
    hint = "say it in the summary or in the text of a section"
    return SqlProblem(problem.line, problem.column, message, hint, problem.code)


def _problems(item: Text, names: Names) -> list[SqlProblem]:
    if not item.text:
        return []
    if item.form == "condition":
        return check_condition(item.text, names)
    if item.form == "value":
        return check_value(item.text, names)
    return check_text(item.text, names) if "{{" in item.text else []


def counted_figures(tiles: Iterable[Any]) -> dict[str, int | tuple[str, ...]]:
    """The record ``figures`` of a report's texts.

    Args:
        tiles: One for each KPI shown, with `title`, `status` and `signal`.
    """
    shown = list(tiles)
    titles = {status: tuple(t.title for t in shown if t.status == status) for status in ("good", "warning", "bad")}
    signals = tuple(tile.title for tile in shown if tile.signal == "signal")
    found: dict[str, int | tuple[str, ...]] = {"shown": len(shown), "rated": sum(map(len, titles.values()))}
    found |= {status: len(names) for status, names in titles.items()}
    found |= {f"{status}_titles": names for status, names in titles.items()}
    return found | {"signals": len(signals), "signal_titles": signals}
