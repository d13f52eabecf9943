"""The functions that expressions in text may call.  None of them knows anything but its arguments and the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qms_reports.declarations.expression_kinds import KindName, Value
from qms_reports.languages import Language

MOST_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        usage: How it is called, for messages and the documentation.
        meaning: What it gives.
        accepts: Kinds of each argument; the last one is that of all that follow.
        least: Fewest arguments.
        most: Most arguments.
        gives: Kind of the result; ``None`` if it is that of the arguments.
        run: What it does.
    """

    usage: str
    meaning: str
    accepts: tuple[tuple[KindName, ...], ...]
    least: int
    most: int
    gives: KindName | None
    run: Callable[[Language, Sequence[Any]], Value]


def shown(value: Value, language: Language) -> str:
    """A value as it is printed in a text: numbers and dates as the language writes them, nothing as n/a."""
    if value is None:
        return language.number(None, 0)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        exact = Decimal(f"{value:.12g}").normalize()
        return language.number(value, max(0, -int(exact.as_tuple().exponent)) if exact.is_finite() else 0)
    if isinstance(value, str):
        return value
    return ", ".join(value) if isinstance(value, tuple) else language.date(value)


def _decimals(arguments: Sequence[Any], place: int, default: int) -> int:
    given = arguments[place] if len(arguments) > place else default
    return max(0, min(MOST_DECIMALS, int(given or 0)))


def _number(language: Language, arguments: Sequence[Any]) -> Value:
    return language.number(arguments[0], _decimals(arguments, 1, 0))


def _percent(language: Language, arguments: Sequence[Any]) -> Value:
    if arguments[0] is None:
        return language.number(None, 0)
    exact = float(Decimal(repr(arguments[0])) * 100)
    return f"{language.number(exact, _decimals(arguments, 1, 1))} %"


def _join(_language: Language, arguments: Sequence[Any]) -> Value:
    separator = arguments[1] if len(arguments) > 1 and arguments[1] is not None else ", "
    return str(separator).join(arguments[0] or ())


def _count(_language: Language, arguments: Sequence[Any]) -> Value:
    return sum(len(item) if isinstance(item, tuple) else item is True for item in arguments)


def _round(_language: Language, arguments: Sequence[Any]) -> Value:
    if arguments[0] is None:
        return None
    places = _decimals(arguments, 1, 0)
    exact = Decimal(repr(arguments[0])).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(exact) if places else int(exact)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[Language, Sequence[Any]], Value]:
    def run(_language: Language, arguments: Sequence[Any]) -> Value:
        known = [item for item in arguments if item is not None]
        found: Value = choose(known) if known else None
        return found

    return run


def _coalesce(_language: Language, arguments: Sequence[Any]) -> Value:
    found: Value = next((item for item in arguments if item is not None), None)
    return found


_ANY: tuple[KindName, ...] = ("text", "number", "boolean", "date", "list", "nothing")
_NUMBER: tuple[KindName, ...] = ("number",)

FUNCTIONS: dict[str, Function] = {
    "number": Function("number(x, decimals)", "the number as the report's language writes it, 0 decimals if not said",
                       (_NUMBER, _NUMBER), 1, 2, "text", _number),
    "percent": Function("percent(x, decimals)", "a share of 1 in percent, with 1 decimal if not said: 0.982 is 98.2 %",
                        (_NUMBER, _NUMBER), 1, 2, "text", _percent),
    "join": Function("join(list, separator)", "the texts of a list with ', ' or another text between them",
                     (("list",), ("text",)), 1, 2, "text", _join),
    "count": Function("count(list or conditions)", "how many texts a list has, or how many of the conditions hold",
                      (("list", "boolean"),), 1, 50, "number", _count),
    "abs": Function("abs(x)", "the number without its sign", (_NUMBER,), 1, 1, "number",
                    lambda _, a: None if a[0] is None else abs(a[0])),
    "round": Function("round(x, decimals)", "the number rounded, halves away from zero", (_NUMBER, _NUMBER), 1, 2,
                      "number", _round),
    "min": Function("min(a, b, …)", "the least of the numbers that are known", (_NUMBER,), 1, 50, "number",
                    _extreme(min)),
    "max": Function("max(a, b, …)", "the largest of the numbers that are known", (_NUMBER,), 1, 50, "number",
                    _extreme(max)),
    "known": Function("known(x)", "whether there is a value", (_ANY,), 1, 1, "boolean", lambda _, a: a[0] is not None),
    "coalesce": Function("coalesce(a, b, …)", "the first value that is known", (_ANY,), 1, 50, None, _coalesce),
}  # fmt: skip
"""Name to function."""
