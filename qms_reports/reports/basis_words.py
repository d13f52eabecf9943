"""What a judgement rests on, and why a value is missing, in the language of a report.

The KPI table holds both in English, as `kpis.signals` and `kpis.figures` word them; here they are read back.  A text of
another wording stays as it is; a test holds the two together.
"""

from __future__ import annotations

import re

from qms_reports.languages import Language

_WINDOWS = re.compile(r"(\d+) (weeks|quarters|fiscal months|months|years)")
_RULES = re.compile(r"(.+) on ([^ ]+)")
_LIMITS = re.compile(r"(within )?([^ ]+) limits")
_SAYINGS = {
    "overdispersed": "overdispersed",
    "frozen limits": "frozen",
    "difference 95\N{NO-BREAK SPACE}% CI excludes 0": "difference_excludes",
    "difference 95\N{NO-BREAK SPACE}% CI includes 0": "difference_includes",
    "ratio 95\N{NO-BREAK SPACE}% CI excludes 1": "ratio_excludes",
    "ratio 95\N{NO-BREAK SPACE}% CI includes 1": "ratio_includes",
    "difference 95\N{NO-BREAK SPACE}% CI": "difference",
    "ratio 95\N{NO-BREAK SPACE}% CI": "ratio",
    "0 in both periods": "zero",
    "no value": "no_value",
    "windows overlap": "overlap",
    "no data": "no_data",
    "period not complete": "partial",
    "period not mature": "immature",
    "no control chart declared": "no_chart",
    "too few events for a control chart": "few_events",
}
_FEW_PERIODS = re.compile(r"too few periods before \((\d+)\)")
_NO_COUNTS = re.compile(r"no counts for the (.+) baseline")
_NO_VARIATION = re.compile(r"no variation in (.+)")

_REMARKS = {
    "no value": "no_value",
    "fewer than half have ended: the median is not reached": "median",
    "no specification limit": "no_limit",
    "the values do not vary": "no_spread",
    "the process is not in control, its capability is not defined": "not_in_control",
}
_LEFT_OUT = re.compile(r"(\d+) of (\d+) left out: (.+)")
_FEW_VALUES = re.compile(r"fewer than (\d+) values")
_ONE_SIDED = re.compile(r"one-sided limits have no (.+)")


def basis_words(text: str, language: Language) -> str:
    """What a judgement rests on, such as ``N1 and N2 on c, 12 months``."""
    if language.tag == "en" or not text:
        return text
    return language.text("words.list_comma").join(_basis_part(part, language) for part in text.split(", "))


def _basis_part(text: str, language: Language) -> str:  # noqa: PLR0911 - one return per wording
    if text in _SAYINGS:
        return language.text(f"words.basis_{_SAYINGS[text]}")
    if found := _WINDOWS.fullmatch(text):
        return language.text(f"words.{found[2].replace(' ', '_')}", count=found[1])
    if found := _FEW_PERIODS.fullmatch(text):
        return language.text("words.basis_few_periods", count=found[1])
    if found := _NO_COUNTS.fullmatch(text):
        return language.text("words.basis_no_counts", chart=found[1])
    if found := _NO_VARIATION.fullmatch(text):
        return language.text("words.basis_no_variation", windows=_basis_part(found[1], language))
    if found := _LIMITS.fullmatch(text):
        return language.text("words.basis_limits" if found[1] else "words.basis_limits_short", chart=found[2])
    if found := _RULES.fullmatch(text):
        first, *others = found[1].split(" and ")
        for other in others:
            first = language.text("words.basis_and", first=first, second=other)
        return language.text("words.basis_on", rules=first, chart=found[2])
    return text


def remark_words(text: str, language: Language) -> str:  # noqa: PLR0911 - one return per wording
    """Why there is no value although there are records."""
    if language.tag == "en" or not text:
        return text
    if found := _LEFT_OUT.fullmatch(text):
        why = remark_words(found[3], language)
        return language.text("words.remark_left_out", count=found[1], all=found[2], why=why)
    refused = text.removeprefix("refused: ")
    if refused != text:
        return language.text("words.remark_refused", why=remark_words(refused, language))
    if text in _REMARKS:
        return language.text(f"words.remark_{_REMARKS[text]}")
    if found := _FEW_VALUES.fullmatch(text):
        return language.text("words.remark_few_values", count=found[1])
    if found := _ONE_SIDED.fullmatch(text):
        return language.text("words.remark_one_sided", index=found[1])
    return text
