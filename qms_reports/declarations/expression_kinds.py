"""What a text's expressions may name, and of which kind each value is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

KindName = Literal["text", "number", "boolean", "date", "list", "nothing"]
Value = str | int | float | bool | dt.date | tuple[str, ...] | None
"""What an expression gives; ``None`` is "not known" and prints as n/a."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a value before there is one.

    Attributes:
        name: Its type; any value may be absent as well.
        meaning: What it says, for the documentation.
        values: The only texts that it can be; empty if it can be any.
    """

    name: KindName
    meaning: str = ""
    values: tuple[str, ...] = ()


Record = Mapping[str, Kind]
Names = Mapping[str, "Kind | Mapping[str, Kind | Record]"]
"""Name to its kind, or to the attributes of the record that it stands for."""

TEXT, NUMBER, BOOLEAN, DATE, LIST, NOTHING = (
    Kind(name) for name in ("text", "number", "boolean", "date", "list", "nothing")
)

TILE: Record = {
    "kpi": Kind("text", "id of the KPI"),
    "title": Kind("text", "its title"),
    "value": Kind("number", "the figure as computed"),
    "text": Kind("text", "the figure as printed, without unit"),
    "unit": Kind("text", "its unit, such as % or days"),
    "decimals": Kind("number", "digits printed after the point"),
    "fraction": Kind("text", "what it was computed from, such as 12 of 345"),
    "interval": Kind("text", "its 95 % interval as printed"),
    "target": Kind("text", "the target as printed, such as ≥ 95 %"),
    "target_value": Kind("number", "the target"),
    "status": Kind("text", "its rating", ("good", "warning", "bad", "none")),
    "status_text": Kind("text", "the rating in words"),
    "trend": Kind("text", "direction against the period before", ("up", "down", "flat", "none")),
    "trend_good": Kind("boolean", "whether that direction is an improvement"),
    "change": Kind("text", "the change against the period before as printed"),
    "comparator": Kind("text", "what it is compared with"),
    "prior": Kind("number", "the value of the period before"),
    "last_year": Kind("number", "the value of the same period last year"),
    "numerator": Kind("number", "what was counted"),
    "denominator": Kind("number", "what it was divided by"),
    "records": Kind("number", "records in its population"),
    "lower": Kind("number", "lower limit of the 95 % interval"),
    "upper": Kind("number", "upper limit of the 95 % interval"),
    "state": Kind("text", "how complete the period is", ("ok", "immature", "partial", "no data")),
    "signal": Kind("text", "whether it is more than noise", ("signal", "noise", "unknown")),
    "signal_text": Kind("text", "the same as printed"),
    "signal_basis": Kind("text", "what that judgement rests on"),
    "remark": Kind("text", "why there is no value although there are records"),
}
"""The attributes of a KPI."""

SCORECARD: Record = {
    "title": Kind("text", "its title"),
    "score": Kind("number", "0 to 100"),
    "text": Kind("text", "the score as printed"),
    "status": Kind("text", "its rating", ("excellent", "good", "warning", "critical", "none")),
    "status_text": Kind("text", "the rating in words"),
    "share": Kind("number", "the part of the declared weights that has a score, 0 to 1"),
    "why": Kind("text", "why there is no score"),
}
"""The attributes of a scorecard."""

FIGURES: Record = {
    "shown": Kind("number", "KPIs of the report"),
    "rated": Kind("number", "those with a rating"),
    "good": Kind("number", "those on target"),
    "warning": Kind("number", "those to watch"),
    "bad": Kind("number", "those for action"),
    "signals": Kind("number", "those that are more than noise"),
    "good_titles": Kind("list", "titles of those on target"),
    "warning_titles": Kind("list", "titles of those to watch"),
    "bad_titles": Kind("list", "titles of those for action"),
    "signal_titles": Kind("list", "titles of those that are more than noise"),
}
"""The attributes of ``figures``: all KPIs of the report counted by rating."""

PERIOD: Mapping[str, Kind | Record] = {
    "key": Kind("text", "such as 2024-05"),
    "label": Kind("text", "such as May 2024"),
    "start": Kind("date", "its first day"),
    "end": Kind("date", "its last day"),
    "previous": {"key": Kind("text", "such as 2024-04"), "label": Kind("text", "the period before, such as Apr 2024")},
}
"""The attributes of ``period``."""

TEMPLATE: Record = {
    "id": Kind("text", "its name"),
    "version": Kind("number", "its version"),
    "title": Kind("text", "its title"),
    "organization": Kind("text", "company or site"),
}
"""The attributes of ``template``."""
