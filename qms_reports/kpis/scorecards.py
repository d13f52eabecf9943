"""Scorecards: several KPIs summed up in one score, with everything that went into it.

A KPI scores on the straight line from 0 at its declared `zero` to 100 at its declared `full`, and never outside.  The
score of the card is the mean of the items' scores with their declared weights; percentages themselves, of different
denominators, are never averaged.  An item without a basis (no value, a period not complete or not mature, too few
records) is left out and the weights of the others are scaled up to the whole; if what is left weighs less than
`least_weight` there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from qms_reports.declarations.models import Kpi, Scorecard, ScorecardItem
from qms_reports.kpis.rating import enough_records
from qms_reports.kpis.table import KpiRow, KpiTable, State, write_rows
from qms_reports.statistics.intervals import round_significant
from qms_reports.store import file_literal, identifier, kept_session

ScoreStatus = Literal["excellent", "good", "warning", "critical", "none"]
ItemKind = Literal["total", "kpi", "scorecard"]

_WHY: dict[State, str] = {"partial": "period not complete", "no data": "no data"}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The score of a scorecard, or one item of it.

    Attributes:
        scorecard: Scorecard.
        version: Version of its declaration.
        period: Key of the period.
        kind: ``total`` for the score, else what the item is.
        item: Name of the KPI or scorecard; empty for the total.
        place: Number of the item in the declaration, from 1; 0 for the total.
        value: The KPI's value, or the inner scorecard's score; of the total nothing.
        zero: The KPI's value that scores 0.
        full: The KPI's value that scores 100.
        score: 0 to 100, rounded to 12 significant digits; ``None`` if there is none.
        weight: As declared; of the total their sum.
        share: Of the items with a score, after the others were left out, 0 to 1; of the total the part of the declared
            weights that has a score.
        contribution: Points that the item gives to the score; these of all items add up to it.
        status: Of the total.
        why: Why there is no score, or empty.
    """

    scorecard: str
    version: int
    period: str
    kind: ItemKind
    item: str
    place: int
    value: float | None
    zero: float | None
    full: float | None
    score: float | None
    weight: float
    share: float | None
    contribution: float | None
    status: ScoreStatus = "none"
    why: str = ""


_TYPES = {"scorecard": "VARCHAR", "version": "INTEGER", "period": "VARCHAR", "kind": "VARCHAR", "item": "VARCHAR",
          "place": "INTEGER", "value": "DOUBLE", "zero": "DOUBLE", "full": "DOUBLE", "score": "DOUBLE",
          "weight": "DOUBLE", "share": "DOUBLE", "contribution": "DOUBLE", "status": "VARCHAR",
          "why": "VARCHAR"}  # fmt: skip


def in_order(scorecards: Mapping[str, Scorecard], names: Iterable[str]) -> tuple[str, ...]:
    """The scorecards asked for and those that stand in them, inner ones first.

    Raises:
        KeyError: There is no such scorecard.
        ValueError: A scorecard stands in itself.
    """
    ordered: list[str] = []

    def visit(name: str, outer: tuple[str, ...]) -> None:
        if name in outer:
            circle = " -> ".join((*outer[outer.index(name) :], name))
            raise ValueError(f"a scorecard cannot stand in itself: {circle}")
        if name not in ordered:
            for item in scorecards[name].items:
                if item.scorecard is not None:
                    visit(item.scorecard, (*outer, name))
            ordered.append(name)

    for name in names:
        visit(name, ())
    return tuple(ordered)


def kpis_of_scorecards(scorecards: Mapping[str, Scorecard], names: Iterable[str]) -> tuple[str, ...]:
    """Every KPI that these scorecards need, in order of first appearance."""
    cards = [scorecards[name] for name in in_order(scorecards, names)]
    return tuple(dict.fromkeys(item.kpi for card in cards for item in card.items if item.kpi is not None))


def score_all(
    scorecards: Mapping[str, Scorecard],
    names: Iterable[str],
    kpis: Mapping[str, Kpi],
    table: KpiTable,
    period: str,
) -> tuple[ScoreRow, ...]:
    """The scores of some scorecards, inner ones included and first; of each the total and then its items.

    Args:
        scorecards: All declared ones.
        names: Those asked for.
        kpis: All declared KPIs.
        table: The KPI tables of the period.
        period: Key of the period.

    Raises:
        KeyError: There is no such scorecard.
        ValueError: A scorecard stands in itself.
    """
    rows: list[ScoreRow] = []
    inner: dict[str, ScoreRow] = {}
    for name in in_order(scorecards, names):
        found = score(scorecards[name], kpis, table, inner, period)
        inner[name] = found[0]
        rows += found
    return tuple(rows)


def score(
    card: Scorecard, kpis: Mapping[str, Kpi], table: KpiTable, inner: Mapping[str, ScoreRow], period: str
) -> tuple[ScoreRow, ...]:
    """The score of one scorecard: the total, then its items as declared.

    Args:
        card: The declaration.
        kpis: All declared KPIs.
        table: The KPI tables of the period.
        inner: The totals of the scorecards that stand in it.
        period: Key of the period.
    """
    found = [_item(item, kpis, table, inner) for item in card.items]
    declared = sum((Fraction(repr(item.weight)) for item in card.items), Fraction(0))
    scored = sum((Fraction(repr(i.weight)) for i, (_, s, _) in zip(card.items, found, strict=True) if s is not None),
                 Fraction(0))  # fmt: skip
    has_score = scored > 0 and scored >= Fraction(repr(card.least_weight)) * declared
    rows, total = [], Fraction(0)
    for place, (item, (value, points, why)) in enumerate(zip(card.items, found, strict=True), start=1):
        share = Fraction(repr(item.weight)) / scored if points is not None and has_score else None
        part = share * points if share is not None and points is not None else None
        total += part or 0
        rows.append(
            ScoreRow(
                card.scorecard, card.version, period, "kpi" if item.kpi else "scorecard",
                item.kpi or item.scorecard or "", place, value, item.zero, item.full, _rounded(points), item.weight,
                _rounded(share), _rounded(part), "none", why,
            )
        )  # fmt: skip
    reached = _rounded(total) if has_score else None
    why = "" if has_score else "too little of the declared weights has a score"
    whole = ScoreRow(
        card.scorecard, card.version, period, "total", "", 0, None, None, None, reached, float(declared),
        _rounded(scored / declared), reached, status_of(card, reached), why,
    )  # fmt: skip
    return (whole, *rows)


def status_of(card: Scorecard, reached: float | None) -> ScoreStatus:
    """Excellent, good, warning or critical, from the declared limits on."""
    if reached is None:
        return "none"
    limits = card.limits
    if reached >= limits.excellent:
        return "excellent"
    if reached >= limits.good:
        return "good"
    return "warning" if reached >= limits.warning else "critical"


def item_score(item: ScorecardItem, value: float) -> Fraction:
    """The score of a KPI's value: on the line from `zero` to `full`, kept between 0 and 100.

    Raises:
        ValueError: The item is a scorecard.
    """
    if item.zero is None or item.full is None:
        raise ValueError("a scorecard's score is taken as it is")
    zero, full = Fraction(repr(item.zero)), Fraction(repr(item.full))
    line = (Fraction(repr(value)) - zero) / (full - zero) * 100
    return min(max(line, Fraction(0)), Fraction(100))


def _item(
    item: ScorecardItem, kpis: Mapping[str, Kpi], table: KpiTable, inner: Mapping[str, ScoreRow]
) -> tuple[float | None, Fraction | None, str]:
    """Value, score, and why there is none."""
    if item.scorecard is not None:
        reached = inner[item.scorecard].score
        return reached, None if reached is None else Fraction(repr(reached)), "" if reached is not None else "no score"
    row = table.total(item.kpi or "")
    if why := _why_not(kpis[item.kpi or ""], row):
        return row.value if row else None, None, why
    value = row.value if row else None
    return value, None if value is None else item_score(item, value), ""


def _why_not(kpi: Kpi, row: KpiRow | None) -> str:
    if row is None:
        return "not computed"
    if row.state != "ok":
        return _WHY.get(row.state, "period not mature")
    if row.value is None:
        return "no value"
    return "" if enough_records(kpi, row) else "few records"


def _rounded(number: Fraction | None) -> float | None:
    return None if number is None else round_significant(float(number))


# --- stored like a KPI table


def write_scores(path: Path, rows: Iterable[ScoreRow]) -> None:
    """Write scores as one Parquet file, wholly or not at all."""
    write_rows(path, rows, _TYPES)


def read_scores(path: Path) -> tuple[ScoreRow, ...]:
    """Read what `write_scores` wrote.

    Raises:
        FileNotFoundError: The scores have not been computed.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} has not been computed")
    listed = f"SELECT {', '.join(map(identifier, _TYPES))} FROM read_parquet([{file_literal(str(path))}])"
    return tuple(ScoreRow(*row) for row in kept_session().execute(listed).fetchall())
