"""How figures are put into words: the one place that decides digits, signs and units."""

from __future__ import annotations

import re

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.scorecards import ScoreStatus
from qms_reports.kpis.table import KpiRow
from qms_reports.reports.document import Signal, Status
from qms_reports.reports.printed_cells import MINUS, NOT_AVAILABLE, grouped_text, number_text

SIGNAL_WORDS: dict[Signal, str] = {"signal": "Beyond", "noise": "Within", "unknown": ""}
SCORE_WORDS: dict[ScoreStatus, tuple[Status, str]] = {
    "excellent": ("good", "Excellent"),
    "good": ("good", "Good"),
    "warning": ("warning", "Warning"),
    "critical": ("bad", "Critical"),
    "none": ("none", "No score"),
}
STATUS_WORDS: dict[Status, str] = {"good": "On target", "warning": "Watch", "bad": "Action", "none": "Not rated"}


def number(value: float | None, decimals: int) -> str:
    """A figure with a fixed number of decimals, thousands separated, and a true minus sign."""
    if value is None:
        return NOT_AVAILABLE
    return grouped_text(value, decimals)


def with_unit(text: str, unit: str) -> str:
    """A printed figure and its unit, kept together."""
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and text != NOT_AVAILABLE else text


def change(kpi: Kpi, value: float | None, prior: float | None) -> str:
    """The difference between two figures as printed; percentages differ by points, not by percent."""
    if value is None or prior is None:
        return ""
    difference = _rounded(value, kpi.decimals) - _rounded(prior, kpi.decimals)
    text = number(difference, kpi.decimals)
    if difference > 0:
        text = f"+{text}"
    elif not text.startswith(MINUS):
        text = f"±{text}"
    return with_unit(text, "pt" if kpi.unit == "%" else "")


def target(kpi: Kpi) -> str:
    """The target as printed on a tile."""
    if kpi.target is None:
        return "No target"
    return f"Target {_aim(kpi)}"


def aim(kpi: Kpi) -> str:
    """The target as printed under a heading that says what it is."""
    return "\N{EN DASH}" if kpi.target is None else _aim(kpi)


def _aim(kpi: Kpi) -> str:
    assert kpi.target is not None  # noqa: S101 - the callers looked
    if kpi.direction == "target":
        around = f"±\N{NO-BREAK SPACE}{short(kpi.tolerance or 0, kpi.decimals)}"
        return with_unit(f"{short(kpi.target, kpi.decimals)}\N{NO-BREAK SPACE}{around}", kpi.unit)
    sign = "≥" if kpi.direction == "up" else "≤"
    return f"{sign}\N{NO-BREAK SPACE}{with_unit(short(kpi.target, kpi.decimals), kpi.unit)}"


def limits(kpi: Kpi) -> str:
    """Target and warning as printed among the definitions, under a heading that says so."""
    if kpi.target is None:
        return "none"
    text = _aim(kpi)
    if kpi.warning is not None and kpi.direction == "target":
        text += f", watch to ±\N{NO-BREAK SPACE}{short(kpi.warning, kpi.decimals)}"
    elif kpi.warning is not None:
        text += f", watch to {with_unit(short(kpi.warning, kpi.decimals), kpi.unit)}"
    if kpi.kind in ("proportion", "ratio", "statistic"):
        text += f"; rated from {kpi.min_denominator} records"
    return text


def fraction(kpi: Kpi, row: KpiRow) -> str:
    """What a figure was computed from: ``12 of 345``, ``n = 98``."""
    if row.state == "no data":
        return ""
    if row.value is None and row.remark:
        return row.remark
    if kpi.kind in ("proportion", "rate", "ratio"):
        word = "of" if kpi.kind == "proportion" else "/"
        return "\N{NO-BREAK SPACE}".join((_count(row.numerator), word, _count(row.denominator)))
    return f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{row.records:,}" if kpi.kind == "statistic" else ""


def interval(kpi: Kpi, row: KpiRow) -> str:
    """The 95 % interval as printed, if the figure has one."""
    if row.lower is None or row.upper is None:
        return ""
    digits = max(kpi.decimals, 0)
    return f"95\N{NO-BREAK SPACE}% CI {number(row.lower, digits)}\N{EN DASH}{number(row.upper, digits)}"


def status_word(kpi: Kpi, row: KpiRow) -> str:
    """The status in a word; where there is no rating, why."""
    if row.status != "none":
        return STATUS_WORDS[row.status]
    if row.state == "no data" or row.value is None:
        return "No data"
    if kpi.target is None:
        return STATUS_WORDS["none"]
    return {"partial": "Incomplete", "immature": "Immature"}.get(row.state, "Few records")


def signal(row: KpiRow) -> str:
    """Whether a figure is more than noise, and by what; empty where it is not judged."""
    if row.signal == "unknown":
        return ""
    basis = row.signal_basis.partition(",")[0].removeprefix("within ")
    return f"{SIGNAL_WORDS[row.signal]} noise ({re.sub(' (ex|in)cludes .*', '', basis)})"


def status_cell(kpi: Kpi, row: KpiRow) -> str:
    """The status as a table cell holds it."""
    return f"{row.status}:{status_word(kpi, row)}"


def _rounded(value: float, decimals: int) -> float:
    # As printed, so that the printed difference is that of the printed figures.
    return float(number_text(value, decimals).replace(MINUS, "-"))


def _count(value: float | None) -> str:
    return number(value, 0 if value is None or float(value).is_integer() else 2)


def short(value: float, decimals: int) -> str:
    """A declared number, such as a target, with no more digits than it needs."""
    return number(value, 0 if float(value).is_integer() else max(decimals, 1))
