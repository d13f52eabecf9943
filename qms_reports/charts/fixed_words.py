"""The fixed words of charts in the language that is being printed, see `qms_reports/languages/charts.yaml`."""

from __future__ import annotations

from collections.abc import Iterable

from qms_reports.charts.numerals import printing_language
from qms_reports.languages import language


def say(key: str, /, **values: object) -> str:
    """A fixed text with values filled in.

    Args:
        key: Its key in ``charts.yaml``.
        values: What its ``{names}`` stand for.
    """
    return language(printing_language()).text(f"charts.{key}", **values)


def count(number: float) -> str:
    """A whole number, grouped as the language does."""
    return language(printing_language()).number(number, 0)


def fixed(number: float, decimals: int) -> str:
    """A number with fixed decimals."""
    return language(printing_language()).number(number, decimals)


def percent(number: float, decimals: int = 0) -> str:
    """A number that is a percentage, with its sign."""
    found = language(printing_language())
    return found.percent(found.number(number, decimals))


def listed(names: Iterable[str]) -> str:
    """Names one after the other."""
    return say("comma").join(names)


def sentences(*parts: str) -> str:
    """Sentences one after the other, each with its stop."""
    stop = say("stop")
    return stop.join(part.rstrip().removesuffix(".").removesuffix("。") for part in parts if part).rstrip() + (
        stop.rstrip() if any(parts) else ""
    )
