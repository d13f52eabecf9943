"""How figures are put into words: the one place that decides digits, signs and units, in the language of a report."""

from __future__ import annotations

import re

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.scorecards import ScoreStatus
from qms_reports.kpis.table import KpiRow
from qms_reports.languages import ENGLISH, Language
from qms_reports.reports.basis_words import basis_words, remark_words
from qms_reports.reports.document import Signal, Status, Trend
from qms_reports.reports.printed_cells import MINUS, number_text

_NOTHING = "\N{EN DASH}"
_SCORE_STATUS: dict[ScoreStatus, Status] = {
    "excellent": "good",
    "good": "good",
    "warning": "warning",
    "critical": "bad",
    "none": "none",
}
_UNRATED = {"partial": "incomplete", "immature": "immature"}


def number(value: float | None, decimals: int, language: Language = ENGLISH) -> str:
    """A figure with a fixed number of decimals, thousands set apart, and a true minus sign; n/a where there is none."""
    return language.number(value, decimals)


def with_unit(text: str, unit: str, language: Language = ENGLISH) -> str:
    """A printed figure and its unit, kept together."""
    return text if text == language.text("document.not_available") else language.with_unit(text, unit)


def change(kpi: Kpi, value: float | None, prior: float | None, language: Language = ENGLISH) -> str:
    """The difference between two figures as printed; percentages differ by points, not by percent."""
    if value is None or prior is None:
        return ""
    difference = _rounded(value, kpi.decimals) - _rounded(prior, kpi.decimals)
    text = number(difference, kpi.decimals, language)
    if difference > 0:
        text = f"+{text}"
    elif not text.startswith(MINUS):
        text = f"±{text}"
    return language.text("words.points", value=text) if kpi.unit == "%" else text


def target(kpi: Kpi, language: Language = ENGLISH) -> str:
    """The target as printed on a tile."""
    if kpi.target is None:
        return language.text("words.no_target")
    return language.text("words.target", aim=_aim(kpi, kpi.target, language))


def aim(kpi: Kpi, language: Language = ENGLISH) -> str:
    """The target as printed under a heading that says what it is."""
    return _NOTHING if kpi.target is None else _aim(kpi, kpi.target, language)


def _aim(kpi: Kpi, value: float, language: Language) -> str:
    text = short(value, kpi.decimals, language)
    if kpi.direction == "target":
        text += f"\N{NO-BREAK SPACE}{_around(kpi.tolerance, kpi, language)}"
        return with_unit(text, kpi.unit, language)
    sign = "≥" if kpi.direction == "up" else "≤"
    return f"{sign}\N{NO-BREAK SPACE}{with_unit(text, kpi.unit, language)}"


def _around(distance: float | None, kpi: Kpi, language: Language) -> str:
    return f"±\N{NO-BREAK SPACE}{short(distance or 0, kpi.decimals, language)}"


def limits(kpi: Kpi, language: Language = ENGLISH) -> str:
    """Target and warning as printed among the definitions, under a heading that says so."""
    if kpi.target is None:
        return language.text("words.no_limits")
    text = _aim(kpi, kpi.target, language)
    if kpi.warning is not None:
        limit = with_unit(short(kpi.warning, kpi.decimals, language), kpi.unit, language)
        if kpi.direction == "target":
            limit = _around(kpi.warning, kpi, language)
        text = language.text("words.watch_to", aim=text, limit=limit)
    if kpi.kind in ("proportion", "ratio", "statistic"):
        key = "words.rated_from_one" if kpi.min_denominator == 1 else "words.rated_from"
        text = language.text(key, aim=text, count=language.number(kpi.min_denominator, 0))
    return text


def fraction(kpi: Kpi, row: KpiRow, language: Language = ENGLISH) -> str:
    """What a figure was computed from: ``12 of 345``, ``n = 98``."""
    if row.state == "no data":
        return ""
    if row.value is None and row.remark:
        return remark(row, language)
    if kpi.kind in ("proportion", "rate", "ratio"):
        key = "words.of" if kpi.kind == "proportion" else "words.per"
        return language.text(key, part=_count(row.numerator, language), whole=_count(row.denominator, language))
    return language.text("words.n", count=number(row.records, 0, language)) if kpi.kind == "statistic" else ""


def interval_span(kpi: Kpi, row: KpiRow, language: Language = ENGLISH) -> str:
    """The 95 % interval as printed under a heading that says what it is (``91.0–99.1``), if the figure has one."""
    if row.lower is None or row.upper is None:
        return ""
    return f"{number(row.lower, kpi.decimals, language)}\N{EN DASH}{number(row.upper, kpi.decimals, language)}"


def interval(kpi: Kpi, row: KpiRow, language: Language = ENGLISH) -> str:
    """The 95 % interval as printed (``95 % CI 91.0–99.1``), if the figure has one."""
    span = interval_span(kpi, row, language)
    return language.text("words.interval", span=span) if span else ""


def status(rated: Status, language: Language = ENGLISH) -> str:
    """The word of a rating: On target, Watch, Action, Not rated."""
    return language.text(f"words.{rated}")


def status_word(kpi: Kpi, row: KpiRow, language: Language = ENGLISH) -> str:
    """The status in a word; where there is no rating, why."""
    if row.status != "none":
        return status(row.status, language)
    if row.state == "no data" or row.value is None:
        return language.text("words.no_data")
    if kpi.target is None:
        return status("none", language)
    return language.text(f"words.{_UNRATED.get(row.state, 'few_records')}")


def status_cell(kpi: Kpi, row: KpiRow, language: Language = ENGLISH) -> str:
    """The status as a table cell holds it."""
    return f"{row.status}:{status_word(kpi, row, language)}"


def score_word(rated: ScoreStatus, language: Language = ENGLISH) -> tuple[Status, str]:
    """How a score is shown and its word: Excellent, Good, Warning, Critical, No score."""
    return _SCORE_STATUS[rated], language.text(f"words.score_{rated}")


def trend_word(trend: Trend, language: Language = ENGLISH) -> str:
    """The direction of a figure in a word."""
    return language.text("words.no_trend" if trend == "none" else f"words.{trend}")


def signal_word(judged: Signal, language: Language = ENGLISH) -> str:
    """Whether a figure lies beyond noise or within it, under a heading that says so; empty where it is not judged."""
    return {"signal": language.text("words.beyond"), "noise": language.text("words.within")}.get(judged, "")


def signal(row: KpiRow, language: Language = ENGLISH) -> str:
    """Whether a figure is more than noise, and by what; empty where it is not judged."""
    if row.signal == "unknown":
        return ""
    basis = row.signal_basis.partition(",")[0].removeprefix("within ")
    basis = basis_words(re.sub(" (ex|in)cludes .*", "", basis), language)
    return language.text("words.beyond_noise" if row.signal == "signal" else "words.within_noise", basis=basis)


def signal_basis(row: KpiRow, language: Language = ENGLISH) -> str:
    """What the judgement of a figure rests on, or why there is none."""
    return basis_words(row.signal_basis, language)


def remark(row: KpiRow, language: Language = ENGLISH) -> str:
    """Why a figure has no value although there are records, or nothing."""
    return remark_words(row.remark, language)


def member(name: str, language: Language = ENGLISH) -> str:
    """The name of a member of a dimension; names are data, but for the one of the records that name none."""
    return language.text("words.not_stated") if name == NOT_STATED else name


def other(count: int, language: Language = ENGLISH) -> str:
    """The name of members that are added up: ``Other (3)``."""
    return language.text("words.other", count=language.number(count, 0))


def _rounded(value: float, decimals: int) -> float:
    # As printed, so that the printed difference is that of the printed figures.
    return float(number_text(value, decimals).replace(MINUS, "-"))


def _count(value: float | None, language: Language) -> str:
    return number(value, 0 if value is None or float(value).is_integer() else 2, language)


def short(value: float, decimals: int, language: Language = ENGLISH) -> str:
    """A declared number, such as a target, with no more digits than it needs."""
    return number(value, 0 if float(value).is_integer() else max(decimals, 1), language)
