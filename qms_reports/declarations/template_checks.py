"""Everything that is checked of a template beside its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qms_reports.declarations import parameters, template_references, template_texts
from qms_reports.declarations.chart_checks import check_charts
from qms_reports.declarations.issues import Issue
from qms_reports.declarations.models import Template
from qms_reports.declarations.placed_issues import Found, issue_at, unknown
from qms_reports.declarations.template_texts import PERIOD_MARK
from qms_reports.declarations.text_expressions import names_used

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin


def check_template(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """What a template refers to, its parameters, the values in its texts, its frame."""
    issues = template_references.check_template(template, origin, found, broken)
    issues += parameters.check_parameters(template, origin, found, broken)
    issues += template_texts.check_texts(template, origin, found, broken)
    issues += check_charts(template, origin, found)
    if template.theme and template.theme not in found["theme"]:
        issues.append(unknown(origin, ("theme",), "theme", template.theme, found, broken))
    if PERIOD_MARK not in template.document_number and "period" not in names_used(template.document_number):
        message = "every period would get the same document number"
        issues.append(
            issue_at(origin, ("document_number",), message, "put {period} into it", code="structure.document_number")
        )
    for number, needed in enumerate(template.sources):
        if needed.dataset not in found["dataset"]:
            issues.append(unknown(origin, ("sources", number, "dataset"), "dataset", needed.dataset, found, broken))
    return issues
