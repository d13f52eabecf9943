"""The table of a scorecard: its score, and every item with value, score, weight and points."""

from __future__ import annotations

from collections.abc import Sequence

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Scorecard, TableModel
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.reports import wording
from qms_reports.reports.document import Cell, Column, Figure, Table

_COLUMNS = (
    Column("Scorecard and items", "text", weight=3.2),
    Column("Value", "number", weight=1.2),
    Column("Unit", "text", weight=1.1),
    Column("Scored from–to", "text", weight=1.6),
    Column("Score", "number", 1, weight=1.1),
    Column("Weight", "percent", 0, weight=1.1),
    Column("Points", "number", 1, weight=1.1),
    Column("Status", "status", weight=1.7),
)


def score_table(filling: Filling, declared: TableModel, scores: Sequence[ScoreRow]) -> Table:
    """The declared scorecards in their order: the line of the score, then those of its items."""
    rows: list[tuple[Cell, ...]] = []
    kpis: list[str] = []
    notes = [declared.note]
    for name in declared.scorecards:
        card = filling.catalogue.scorecards[name]
        found = [row for row in scores if row.scorecard == name]
        kpis += [row.item if row.kind == "kpi" else "" for row in found]
        rows += [_total(card, row) if row.kind == "total" else _item(filling, row, scores) for row in found]
        notes += [card.note, _left_out(filling, card, scores)]
    notes.append("Weight: share of the items that have a score. The points of the items add up to the score.")
    return Table(declared.id, declared.title, _COLUMNS, tuple(rows), _sentences(notes), kpi_rows=tuple(kpis))


def _sentences(notes: Sequence[str]) -> str:
    """The notes one behind the other; what several scorecards say alike stands once."""
    return " ".join(note if note.endswith(".") else f"{note}." for note in dict.fromkeys(filter(None, notes)))


def _total(card: Scorecard, row: ScoreRow) -> tuple[Cell, ...]:
    status, word = wording.score_word(row.status)
    weight = Figure(100.0, 0, percent=True) if row.score is not None else None
    return (card.title, None, None, None, Figure(row.score, 1), weight, Figure(row.score, 1), f"{status}:{word}")


def _item(filling: Filling, row: ScoreRow, scores: Sequence[ScoreRow]) -> tuple[Cell, ...]:
    share = None if row.share is None else Figure(row.share * 100, 0, percent=True)
    scored = (Figure(row.score, 1), share, Figure(row.contribution, 1))
    if row.kind == "scorecard":
        inner = next(one for one in scores if one.scorecard == row.item and one.kind == "total")
        status, word = wording.score_word(inner.status)
        title = filling.catalogue.scorecards[row.item].title
        return (_indented(title), Figure(row.value, 1), None, None, *scored, f"{status}:{word}")
    kpi, found = filling.catalogue.kpis[row.item], filling.table.total(row.item)
    status_cell = wording.status_cell(kpi, found) if found is not None else "none:No data"
    line = f"{wording.short(row.zero or 0, kpi.decimals)}\N{EN DASH}{wording.short(row.full or 0, kpi.decimals)}"
    return (_indented(kpi.title), Figure(row.value, kpi.decimals), kpi.unit, line, *scored, status_cell)


def _indented(title: str) -> str:
    return f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{title}"


def _left_out(filling: Filling, card: Scorecard, scores: Sequence[ScoreRow]) -> str:
    names = []
    for row in scores:
        if row.scorecard == card.scorecard and row.kind != "total" and row.score is None:
            titled = filling.catalogue.kpis if row.kind == "kpi" else filling.catalogue.scorecards
            names.append(f"{titled[row.item].title} ({row.why})")
    return f"Left out of {card.title}: {', '.join(names)}." if names else ""
