"""Pydantic's error kinds and Python's values in the words of somebody who writes YAML."""

from typing import Any

_LONGEST_TEXT = 40

_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "string": "text",
    "bytes": "text",
    "date": "a date such as 2024-01-31",
    "datetime": "a moment such as 2024-01-31T12:30:00",
    "time": "a time such as 12:30",
    "timedelta": "a duration such as P1D",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozenset": "a list",
    "iterable": "a list",
    "dict": "a mapping",
    "mapping": "a mapping",
    "model": "a mapping",
    "dataclass": "a mapping",
    "path": "a path",
    "url": "an address such as https://example.org",
    "uuid": "a UUID",
}
_SUFFIXES = ("_type", "_parsing", "_parsing_size", "_from_float", "_from_datetime_inexact", "_from_datetime_parsing")
_EXACT = {
    "finite_number": "a finite number",
    "none_required": "nothing",
    "model_attributes_type": "a mapping",
    "decimal_whole_digits": "a number with fewer digits",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


def describe(value: Any) -> str:
    """Name a value with its type: `text 'abc'`, `the whole number 5`, `a list of 3 entries`."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
        return f"text {shown!r}"
    if isinstance(value, list):
        return f"a list of {_counted(len(value), 'entry', 'entries')}"
    if isinstance(value, dict):
        return f"a mapping with {_counted(len(value), 'key', 'keys')}"
    return f"the {'whole number' if isinstance(value, int) else 'number'} {value}"


def found(value: Any) -> str:
    """Say what stands in the place of what was expected."""
    return f"found {describe(value)}"


def expectation(detail: Any) -> str:
    """Return what one pydantic error expected, as in "expected …", or "" when only its own message can say it.

    Args:
        detail: One entry of `ValidationError.errors()`.
    """
    kind: str = detail["type"]
    context: dict[str, Any] = detail.get("ctx", {})
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = context[key]
        return f"{words} {f'{bound:g}' if isinstance(bound, float) else bound}"
    if kind == "string_pattern_mismatch":
        return f"text that matches the pattern {context['pattern']}"
    return _EXACT.get(kind) or _length(kind, context) or _type(kind)


def _type(kind: str) -> str:
    stems = (kind.removesuffix(suffix) for suffix in _SUFFIXES if kind.endswith(suffix))
    return next((_EXPECTED[stem] for stem in stems if stem in _EXPECTED), "")


def _length(kind: str, context: dict[str, Any]) -> str:
    if kind == "string_too_short":
        least = context["min_length"]
        return "text, not an empty one" if least == 1 else f"text of at least {least} characters"
    if kind == "string_too_long":
        return f"text of at most {_counted(context['max_length'], 'character', 'characters')}"
    if kind == "too_short":
        return f"at least {_counted(context['min_length'], 'entry', 'entries')}"
    if kind == "too_long":
        return f"at most {_counted(context['max_length'], 'entry', 'entries')}"
    return ""


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
