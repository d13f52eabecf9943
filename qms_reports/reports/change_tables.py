"""The table of what each member of a dimension contributes to the change of a KPI."""

from __future__ import annotations

from fractions import Fraction

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Kpi, TableModel
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.contribution import Contribution, Decomposition, contributions
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Cell, Column, Figure, Table
from qms_reports.statistics.intervals import round_significant

_WHY_NOT = {
    "A statistic of the whole is no sum of its members' statistics: its change cannot be split among them.": "no_sum",
    "One of the two periods has no value.": "one_has_no_value",
}


def contribution_table(filling: Filling, declared: TableModel) -> Table:
    """One row per member, the largest contribution first, those not listed added up, and the change of the total."""
    kpi, by = filling.catalogue.kpis[declared.kpis[0]], declared.by or ""
    found = contributions(kpi, filling.table, by)
    # Contributions to a quotient are small parts of it: one digit more than its own.
    digits = kpi.decimals + (1 if kpi.has_denominator else 0)
    words = filling.language
    prior, now = filling.short_label(filling.period.previous()), filling.short_label(filling.period)
    unit = words.text("document.points_unit") if kpi.unit == "%" else kpi.unit
    heads = [f"{words.text('document.contribution')}{f', {unit}' if unit else ''}"]
    if found.by_mix:
        heads += [words.text("document.own_change"), words.text("document.mix")]
    columns = (
        Column(filling.catalogue.datasets[kpi.dataset].dimensions[by], "text", weight=2.6),
        *(Column(head, "number", kpi.decimals, weight=1.2) for head in (prior, now)),
        *(Column(head, "number", digits, weight=1.2) for head in heads),
    )
    rows = _rows(filling, declared, kpi, found, digits)
    return Table(declared.id, declared.title, columns, rows, _note(words, declared, found))


def _rows(
    filling: Filling, declared: TableModel, kpi: Kpi, found: Decomposition, digits: int
) -> tuple[tuple[Cell, ...], ...]:
    if found.change is None:
        return ()
    kept = [part for place, part in enumerate(found.parts) if place < declared.top or part.member == NOT_STATED]
    rest = [part for part in found.parts if part not in kept]
    rows = [
        (
            wording.member(part.member, filling.language),
            *_values(kpi, part.prior, part.value),
            *_effects([part], found, digits),
        )
        for part in kept
    ]
    if rest:
        rows.append((filling.other(len(rest)), None, None, *_effects(rest, found, digits)))
    now, before = filling.table.total(kpi.kpi), filling.table.total(kpi.kpi, 1)
    values = _values(kpi, before.value if before else None, now.value if now else None)
    rows.append((filling.language.text("words.all"), *values, *_effects(found.parts, found, digits)))
    return tuple(rows)


def _values(kpi: Kpi, before: float | None, now: float | None) -> tuple[Cell, Cell]:
    return Figure(before, kpi.decimals), Figure(now, kpi.decimals)


def _effects(parts: list[Contribution] | tuple[Contribution, ...], found: Decomposition, digits: int) -> list[Cell]:
    columns = [[part.change for part in parts]]
    if found.by_mix:
        columns += [[part.rate_effect for part in parts], [part.mix_effect for part in parts]]
    return [Figure(round_significant(float(sum(column, Fraction(0)))), digits) for column in columns]


def _note(words: Language, declared: TableModel, found: Decomposition) -> str:
    why = words.text(f"document.{_WHY_NOT[found.why_not]}") if found.why_not in _WHY_NOT else found.why_not
    notes = [declared.note, why]
    if found.change is not None:
        notes.append(words.text("document.contributions_add_up"))
    if found.by_mix:
        notes.append(words.text("document.by_mix"))
    return " ".join(filter(None, notes))
