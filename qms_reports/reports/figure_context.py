"""What the expressions in a template's texts name: the figures, the period, the template and its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Kpi, Template
from qms_reports.declarations.template_references import kpis_of_template, scorecards_of_template
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.kpis.table import KpiRow
from qms_reports.kpis.trend import improved
from qms_reports.languages import Language
from qms_reports.periods import Period
from qms_reports.reports import wording

Context = dict[str, Any]

_NO_SCORE: dict[str, Any] = {"score": None, "text": "", "status": "none", "status_text": "", "share": None, "why": ""}


def frame_context(period: Period, language: Language, template: Template, parameters: Mapping[str, Any]) -> Context:
    """What every text may name, whether it stands among figures or not."""
    before = period.previous()
    return {
        **{name: parameters.get(name) for name in template.parameters},
        "period": {
            "key": period.key,
            "label": language.period_label(period),
            "start": period.start,
            "end": period.last_day,
            "previous": {"key": before.key, "label": language.period_label(before, short=True)},
        },
        "template": {
            "id": template.template,
            "version": template.version,
            "title": template.title,
            "organization": template.organization,
        },
    }


def figure_context(filling: Filling, template: Template, frame: Context, scores: Sequence[ScoreRow] = ()) -> Context:
    """The same with each KPI and scorecard of the template by its id, and ``figures`` that counts them."""
    names = kpis_of_template(template)
    records = {name: kpi_record(filling, filling.catalogue.kpis[name]) for name in names}
    cards = {name: _score_record(filling, name, scores) for name in scorecards_of_template(template)}
    return {**frame, **cards, **records, "figures": _counted(records.values())}


def kpi_record(filling: Filling, kpi: Kpi) -> dict[str, Any]:
    """The attributes of one KPI; of one without a figure all that are not declared are unknown or empty."""
    row = filling.table.total(kpi.kpi) or _NOTHING
    words, prior = filling.language, filling.short_label(filling.period.previous())
    changed = wording.change(kpi, row.value, row.prior, words)
    return {
        "kpi": kpi.kpi,
        "title": kpi.title,
        "value": row.value,
        "text": wording.number(row.value, kpi.decimals, words),
        "unit": kpi.unit,
        "decimals": kpi.decimals,
        "fraction": wording.fraction(kpi, row, words),
        "interval": wording.interval(kpi, row, words),
        "target": wording.aim(kpi, words),
        "target_value": kpi.target,
        "status": row.status,
        "status_text": wording.status_word(kpi, row, words),
        "trend": row.trend,
        "trend_good": improved(kpi, row.value, row.prior),
        "change": changed,
        "comparator": words.text("document.versus" if changed else "document.no_value_for", period=prior),
        "prior": row.prior,
        "last_year": row.last_year,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "records": row.records,
        "lower": row.lower,
        "upper": row.upper,
        "state": row.state,
        "signal": row.signal,
        "signal_text": wording.signal(row, words),
        "signal_basis": wording.signal_basis(row, words),
        "remark": wording.remark(row, words),
    }


_NOTHING = KpiRow(
    kpi="", version=0, period="", ago=0, dimension="", member="", numerator=None, denominator=None, records=0,
    value=None, lower=None, upper=None, state="no data",
)  # fmt: skip


def _score_record(filling: Filling, name: str, scores: Sequence[ScoreRow]) -> dict[str, Any]:
    card = filling.catalogue.scorecards[name]
    row = next((row for row in scores if row.scorecard == name and row.kind == "total"), None)
    if row is None:
        return {"title": card.title, **_NO_SCORE}
    return {
        "title": card.title,
        "score": row.score,
        "text": wording.number(row.score, 1, filling.language),
        "status": row.status,
        "status_text": wording.score_word(row.status, filling.language)[1],
        "share": row.share,
        "why": row.why,
    }


def _counted(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All KPIs counted by rating."""
    known = list(records)
    titles = {
        status: tuple(record["title"] for record in known if record["status"] == status)
        for status in ("good", "warning", "bad")
    }
    signals = tuple(record["title"] for record in known if record["signal"] == "signal")
    counts = {status: len(found) for status, found in titles.items()}
    return {
        "shown": len(known),
        "rated": sum(counts.values()),
        **counts,
        "signals": len(signals),
        **{f"{status}_titles": found for status, found in titles.items()},
        "signal_titles": signals,
    }
