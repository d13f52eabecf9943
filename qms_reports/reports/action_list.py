"""The action list: what has to be done by whom until when, from the figures by the template's rules."""

from __future__ import annotations

import datetime as dt

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Kpi, Template
from qms_reports.declarations.template_references import kpis_of_template
from qms_reports.declarations.text_expressions import holds, render_text
from qms_reports.kpis.table import KpiRow
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Cell, Column, Table
from qms_reports.reports.figure_context import Context

ACTIONS = "actions"
"""Id of the table."""


def action_list(filling: Filling, template: Template, context: Context) -> Table | None:
    """A line for each figure that a rule fits, in the order of rules and figures; ``None`` where none is declared.

    Args:
        filling: The figures.
        template: Its `actions`.
        context: What texts may name; beside it a rule's name the attributes of the figure it looks at (``status``).
    """
    if not template.actions:
        return None
    words, tag = filling.language, filling.language.tag
    rows: list[tuple[Cell, ...]] = []
    kpis: list[str] = []
    for rule in template.actions:
        due = filling.period.last_day + dt.timedelta(days=rule.due_days)
        for name in rule.kpis or kpis_of_template(template):
            kpi, row = filling.catalogue.kpis[name], filling.table.total(name)
            if row is None:
                continue
            known = {**context, **context[name]}
            if holds(rule.when, known, tag):
                said = render_text(rule.say, known, tag)
                rows.append((kpi.title, _finding(words, kpi, row), said, render_text(rule.owner, known, tag), due))
                kpis.append(name)
    columns = (
        Column(words.text("document.action_figure"), "text", weight=2.6),
        Column(words.text("document.action_finding"), "text", weight=2.6),
        Column(words.text("document.action_what"), "text", weight=3.2),
        Column(words.text("document.action_owner"), "text", weight=1.6),
        Column(words.text("document.action_due"), "date", weight=1.1),
    )
    note = "" if rows else words.text("document.no_actions")
    return Table(ACTIONS, words.text("document.actions_title"), columns, tuple(rows), note, kpi_rows=tuple(kpis))


def _finding(words: Language, kpi: Kpi, row: KpiRow) -> str:
    """Value, target, rating and whether it is more than noise, in this order."""
    value = wording.with_unit(wording.number(row.value, kpi.decimals, words), kpi.unit, words)
    aim = wording.target(kpi, words) if kpi.target is not None else ""
    return words.text("document.semicolon").join(
        filter(None, (value, aim, wording.status_word(kpi, row, words), wording.signal(row, words)))
    )
