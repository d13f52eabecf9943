"""The table of a scorecard: its score, and every item with value, score, weight and points."""

from __future__ import annotations

from collections.abc import Sequence

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Scorecard, TableModel
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Cell, Column, Figure, Table

_WHY = {
    "period not complete": "why_partial",
    "period not mature": "why_immature",
    "no data": "why_no_data",
    "no score": "why_no_score",
    "no value": "why_no_value",
    "few records": "why_few_records",
    "not computed": "why_not_computed",
}


def _columns(words: Language) -> tuple[Column, ...]:
    return (
        Column(words.text("document.scorecard_items"), "text", weight=3.2),
        Column(words.text("document.value"), "number", weight=1.2),
        Column(words.text("document.unit"), "text", weight=1.1),
        Column(words.text("document.scored_from_to"), "text", weight=1.6),
        Column(words.text("document.score"), "number", 1, weight=1.1),
        Column(words.text("document.weight"), "percent", 0, weight=1.1),
        Column(words.text("document.points"), "number", 1, weight=1.1),
        Column(words.text("document.status"), "status", weight=1.7),
    )


def score_table(filling: Filling, declared: TableModel, scores: Sequence[ScoreRow]) -> Table:
    """The declared scorecards in their order: the line of the score, then those of its items."""
    rows: list[tuple[Cell, ...]] = []
    kpis: list[str] = []
    notes, words = [declared.note], filling.language
    for name in declared.scorecards:
        card = filling.catalogue.scorecards[name]
        found = [row for row in scores if row.scorecard == name]
        kpis += [row.item if row.kind == "kpi" else "" for row in found]
        rows += [_total(card, row, words) if row.kind == "total" else _item(filling, row, scores) for row in found]
        notes += [card.note, _left_out(filling, card, scores)]
    notes.append(words.text("document.weight_explained"))
    return Table(
        declared.id, declared.title, _columns(words), tuple(rows), _sentences(words, notes), kpi_rows=tuple(kpis)
    )


def _sentences(words: Language, notes: Sequence[str]) -> str:
    """The notes one behind the other; what several scorecards say alike stands once."""
    stop = words.text("document.full_stop")
    known = dict.fromkeys(filter(None, notes))
    return " ".join(note if note.endswith((".", stop)) else f"{note}{stop}" for note in known)


def _total(card: Scorecard, row: ScoreRow, words: Language) -> tuple[Cell, ...]:
    status, word = wording.score_word(row.status, words)
    weight = Figure(100.0, 0, percent=True) if row.score is not None else None
    return (card.title, None, None, None, Figure(row.score, 1), weight, Figure(row.score, 1), f"{status}:{word}")


def _item(filling: Filling, row: ScoreRow, scores: Sequence[ScoreRow]) -> tuple[Cell, ...]:
    words = filling.language
    share = None if row.share is None else Figure(row.share * 100, 0, percent=True)
    scored = (Figure(row.score, 1), share, Figure(row.contribution, 1))
    if row.kind == "scorecard":
        inner = next(one for one in scores if one.scorecard == row.item and one.kind == "total")
        status, word = wording.score_word(inner.status, words)
        title = filling.catalogue.scorecards[row.item].title
        return (_indented(title), Figure(row.value, 1), None, None, *scored, f"{status}:{word}")
    kpi, found = filling.catalogue.kpis[row.item], filling.table.total(row.item)
    status_cell = f"none:{words.text('words.no_data')}"
    if found is not None:
        status_cell = wording.status_cell(kpi, found, words)
    ends = [wording.short(value or 0, kpi.decimals, words) for value in (row.zero, row.full)]
    line = "\N{EN DASH}".join(ends)
    return (_indented(kpi.title), Figure(row.value, kpi.decimals), kpi.unit, line, *scored, status_cell)


def _indented(title: str) -> str:
    return f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{title}"


def _left_out(filling: Filling, card: Scorecard, scores: Sequence[ScoreRow]) -> str:
    names, words = [], filling.language
    for row in scores:
        if row.scorecard == card.scorecard and row.kind != "total" and row.score is None:
            titled = filling.catalogue.kpis if row.kind == "kpi" else filling.catalogue.scorecards
            why = words.text(f"document.{_WHY[row.why]}") if row.why in _WHY else row.why
            names.append(f"{titled[row.item].title} ({why})")
    if not names:
        return ""
    return words.text("document.left_out", title=card.title, names=words.text("document.comma").join(names))
