"""A template whose texts have their values: titles, notes, paragraphs, the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qms_reports.declarations.models import Template
from qms_reports.declarations.text_expressions import render_text
from qms_reports.reports.figure_context import Context

_FRAME = ("title", "organization", "classification", "prepared_by", "retention")


def with_frame_text(template: Template, context: Context, period_key: str, tag: str) -> Template:
    """The texts that may not name figures: the frame, the document number and the titles of charts.

    Args:
        template: The declaration.
        context: What every text may name.
        period_key: In place of ``{period}`` in the document number.
        tag: Language of numbers.
    """

    def filled(text: str) -> str:
        return render_text(text, context, tag)

    changes: dict[str, Any] = {name: filled(getattr(template, name)) for name in _FRAME}
    changes["document_number"] = filled(template.document_number).replace("{period}", period_key)
    changes["distribution"] = tuple(filled(text) for text in template.distribution)
    changes["approvals"] = tuple(
        line.model_copy(update={"role": filled(line.role), "name": filled(line.name)}) for line in template.approvals
    )
    changes["charts"] = _parts(template.charts, ("title", "subtitle"), filled)
    return template.model_copy(update=changes)


def with_figure_text(template: Template, context: Context, tag: str) -> Template:
    """The texts that stand among figures: of tables and sections.  Those of rules are filled where they are used.

    Args:
        template: The declaration.
        context: What these texts may name.
        tag: Language of numbers.
    """

    def filled(text: str) -> str:
        return render_text(text, context, tag)

    changes = {
        "tables": _parts(template.tables, ("title", "note"), filled),
        "sections": _parts(template.sections, ("title", "text"), filled),
    }
    return template.model_copy(update=changes)


def _parts(parts: tuple[Any, ...], names: tuple[str, ...], filled: Callable[[str], str]) -> tuple[Any, ...]:
    return tuple(part.model_copy(update={name: filled(getattr(part, name)) for name in names}) for part in parts)
