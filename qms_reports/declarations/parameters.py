"""Parameters of a template: whether their declaration is right, and what values a report gets."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import ParameterModel, Template
from qms_reports.declarations.placed_issues import Found, Path, issue_at
from qms_reports.declarations.template_references import datasets_of_template, kpis_of_template
from qms_reports.declarations.template_texts import parameters_used, taken_names
from qms_reports.declarations.validating import did_you_mean
from qms_reports.languages import TAGS, language

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

ALL = "*"
"""Of a parameter with a dimension: every member."""
MAX_VARIANTS = 500
MAX_TEXT = 200
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_WORDS = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
Parameter = str | int | float | bool | None


class ParameterError(ValueError):
    """Values that a template does not take; the message has a line for each of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def resolve_parameters(template: Template, given: Mapping[str, Any]) -> dict[str, Parameter]:
    """The value of every parameter of a template, ``None`` where there is none.

    Args:
        template: The template.
        given: Name to value; text, as from a command line, is read as the declared type.

    Raises:
        ParameterError: A name is not declared, a required value is missing, or one is not allowed; all of these.
    """
    problems = []
    for name in given:
        if name not in template.parameters:
            hint = did_you_mean(name, template.parameters) or f"there are {', '.join(template.parameters) or 'none'}"
            problems.append(f"{template.template} has no parameter {name!r}; {hint}")
    values: dict[str, Parameter] = {}
    for name, parameter in template.parameters.items():
        value = given.get(name)
        if value is None or value == "":
            value = parameter.default
            if value is None and parameter.required:
                problems.append(f"the parameter {name!r} needs a value; {allowed(parameter)}")
        try:
            values[name] = None if value is None else coerced(parameter, value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ParameterError(problems)
    return values


def coerced(parameter: ParameterModel, value: Any) -> Parameter:
    """A value as the parameter's type, if it is allowed.

    Raises:
        ValueError: It is not.
    """
    typed = _typed(parameter, value)
    if typed is None:
        raise ValueError(f"{value!r} is not {_WORDS[parameter.type]}; {allowed(parameter)}")
    if parameter.dimension and typed == ALL and ALL not in parameter.enum and not parameter.each:
        return ALL
    wrong = parameter.enum and typed not in parameter.enum
    if isinstance(typed, str):
        if len(typed) > MAX_TEXT:
            raise ValueError(f"a text of {len(typed)} characters; the limit is {MAX_TEXT}")
        wrong = wrong or (parameter.pattern is not None and not re.fullmatch(parameter.pattern, typed))
    elif not isinstance(typed, bool):
        wrong = wrong or typed < (-math.inf if parameter.minimum is None else parameter.minimum)
        wrong = wrong or typed > (math.inf if parameter.maximum is None else parameter.maximum)
    if wrong:
        hint = did_you_mean(str(typed), map(str, parameter.enum))
        raise ValueError(f"{typed!r} is not allowed; {hint or allowed(parameter)}")
    return typed


def _typed(parameter: ParameterModel, value: Any) -> Parameter:
    """The value in the parameter's type, ``None`` if it is none."""
    if parameter.type == "string":
        return value.strip() if isinstance(value, str) else None
    if parameter.type == "boolean":
        if isinstance(value, str):
            return _TRUTHS.get(value.strip().lower())
        return value if isinstance(value, bool) else None
    return _counted(parameter, value)


def _counted(parameter: ParameterModel, value: Any) -> int | float | None:
    """The value as a number of the parameter's type, ``None`` if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
        whole = int(value) if isinstance(value, int | str) and parameter.type == "integer" else None
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if parameter.type == "integer":
        return whole if whole is not None else int(number) if number.is_integer() else None
    return number


def allowed(parameter: ParameterModel) -> str:
    """What a parameter takes, in words."""
    if parameter.enum:
        return f"allowed are {', '.join(map(str, parameter.enum))}"
    parts = [_WORDS[parameter.type]]
    if parameter.minimum is not None:
        parts.append(f"at least {parameter.minimum:g}")
    if parameter.maximum is not None:
        parts.append(f"at most {parameter.maximum:g}")
    if parameter.pattern is not None:
        parts.append(f"that matches {parameter.pattern}")
    if parameter.dimension:
        parts.append(f"such as a {parameter.dimension}, or {ALL} for all")
    return f"it is {', '.join(parts)}"


def variants(template: Template) -> list[dict[str, Parameter]]:
    """The values of the parameters with `each`: one mapping per report of a period; one empty one if there is none."""
    each = [(name, parameter.enum) for name, parameter in template.parameters.items() if parameter.each]
    names = [name for name, _ in each]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(enum for _, enum in each))]


def as_json_schema(template: Template) -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of the values that a template takes, for pages that ask for them."""
    properties: dict[str, Any] = {}
    for name, parameter in template.parameters.items():
        found: dict[str, Any] = {"type": parameter.type, "title": parameter.title or name.replace("_", " ")}
        if parameter.description:
            found["description"] = parameter.description
        if parameter.enum:
            found["enum"] = list(parameter.enum)
        if parameter.default is not None:
            found["default"] = parameter.default
        for key in ("minimum", "maximum"):
            if getattr(parameter, key) is not None:
                found[key] = getattr(parameter, key)
        if parameter.pattern is not None:
            found["pattern"] = f"^(?:{parameter.pattern})$"
        properties[name] = found
    needed = [name for name, p in template.parameters.items() if p.required and p.default is None]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": template.title,
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def check_parameters(template: Template, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> Iterator[Issue]:
    """Whether parameters are declared rightly: types, defaults, dimensions, names."""
    del broken
    dimensions = _dimensions(template, found)
    taken, used = taken_names(template), parameters_used(template)
    for name, parameter in template.parameters.items():
        here: Path = ("parameters", name)
        if name in taken:
            message = f"'{name}' already means something in texts"
            yield issue_at(origin, here, message, "choose another name", key=True, code="parameters.name_taken")
            continue
        yield from _values(parameter, here, origin)
        if parameter.dimension is not None:
            yield from _dimension(parameter, parameter.dimension, here, origin, dimensions)
        if parameter.each and not parameter.enum:
            message = "'each' makes one report per value, and there is no list of values"
            yield issue_at(
                origin, (*here, "each"), message, "list them under 'enum'", code="parameters.each_without_values"
            )
        elif name not in used and parameter.dimension is None and name != "language":
            message = f"the parameter '{name}' changes nothing"
            hint = f"use it in a text as {{{{ {name} }}}}, give it a 'dimension', or remove it"
            yield issue_at(origin, here, message, hint, Severity.WARNING, key=True, code="parameters.unused")
        if parameter.each and name not in used:
            message = f"the reports of all values of '{name}' would look alike"
            hint = f"put {{{{ {name} }}}} into the title and the document number"
            yield issue_at(origin, (*here, "each"), message, hint, Severity.WARNING, code="parameters.each_unseen")
    yield from _languages(template, origin)
    if (count := math.prod(len(p.enum) for p in template.parameters.values() if p.each)) > MAX_VARIANTS:
        message = f"{count:,} reports would be made for every period; the limit is {MAX_VARIANTS}"
        yield issue_at(
            origin,
            ("parameters",),
            message,
            "declare fewer values, or fewer parameters with 'each'",
            code="parameters.too_many_variants",
        )


def _values(parameter: ParameterModel, here: Path, origin: Origin) -> Iterator[Issue]:
    """Bounds, pattern, values and default must fit the type and each other."""
    numeric = parameter.type in ("integer", "number")
    for key in ("minimum", "maximum"):
        if getattr(parameter, key) is not None and not numeric:
            yield issue_at(
                origin,
                (*here, key),
                f"'{key}' fits numbers only, not {parameter.type}",
                "remove it",
                code="parameters.bounds",
            )
    # Types: `numeric` says that both are numbers.
    if None not in (low := parameter.minimum, high := parameter.maximum) and numeric and low > high:  # type: ignore[operator]  # none is None
        yield issue_at(
            origin,
            (*here, "minimum"),
            f"the minimum {low:g} is above the maximum {high:g}",
            "swap them",
            code="parameters.bounds",
        )
        return
    if parameter.pattern is not None and (wrong := _pattern(parameter, parameter.pattern)):
        yield issue_at(origin, (*here, "pattern"), *wrong, code="parameters.pattern")
        return
    yield from _listed(parameter, here, origin)
    if parameter.default is not None:
        try:
            coerced(parameter, parameter.default)
        except ValueError as error:
            yield issue_at(
                origin, (*here, "default"), f"the default {error}", "change the default", code="parameters.default"
            )
        if parameter.required:
            message = "a parameter with a default never needs a value"
            yield issue_at(
                origin,
                (*here, "required"),
                message,
                "remove one of the two",
                Severity.WARNING,
                code="parameters.default_and_required",
            )


def _listed(parameter: ParameterModel, here: Path, origin: Origin) -> Iterator[Issue]:
    bare = parameter.model_copy(update={"enum": ()})
    for number, value in enumerate(parameter.enum):
        try:
            coerced(bare, value)
        except ValueError as error:
            yield issue_at(
                origin, (*here, "enum", number), str(error), "change the value or the 'type'", code="parameters.value"
            )
        if value in parameter.enum[:number]:
            yield issue_at(
                origin,
                (*here, "enum", number),
                f"{value!r} is listed twice",
                "remove one of the two",
                code="parameters.duplicate_value",
            )


def _pattern(parameter: ParameterModel, pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern, and how to mend it."""
    if parameter.type != "string":
        return f"'pattern' fits texts only, not {parameter.type}", "remove it"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"is no regular expression: {error.msg}", "a plain text matches itself; \\ escapes a sign"
    return None


def _dimensions(template: Template, found: Found) -> list[str]:
    """Dimensions of the datasets that a template shows, in order."""
    kpis = [found["kpi"][name] for name in kpis_of_template(template) if name in found["kpi"]]
    names = [kpi.dataset for kpi in kpis] + sorted(datasets_of_template(template))
    datasets = [found["dataset"][name] for name in names if name in found["dataset"]]
    return list(dict.fromkeys(name for dataset in datasets for name in dataset.dimensions))


def _dimension(
    parameter: ParameterModel, dimension: str, here: Path, origin: Origin, dimensions: list[str]
) -> Iterator[Issue]:
    if parameter.type != "string":
        message = f"the member of a dimension is a text, and the type is {parameter.type}"
        yield issue_at(
            origin,
            (*here, "type") if parameter.type else here,
            message,
            "use type: string",
            code="parameters.dimension_type",
        )
    if dimension not in dimensions:
        hint = did_you_mean(dimension, dimensions) or f"dimensions: {', '.join(dimensions) or 'none'}"
        message = f"no KPI or record of the template has a dimension '{dimension}'"
        yield issue_at(origin, (*here, "dimension"), message, hint, code="parameters.unknown_dimension")


def _languages(template: Template, origin: Origin) -> Iterator[Issue]:
    """The template's language and those of its parameter must be among the house's."""
    asked: list[tuple[Path, Any]] = [(("language",), template.language)]
    if (parameter := template.parameters.get("language")) is not None:
        here: Path = ("parameters", "language")
        asked += [((*here, "enum", number), value) for number, value in enumerate(parameter.enum)]
        if parameter.default is not None and parameter.default not in parameter.enum:
            asked.append(((*here, "default"), parameter.default))
        if not parameter.enum:
            hint = f"enum: [{', '.join(TAGS)}]"
            yield issue_at(origin, here, "a language is one of a list", hint, key=True, code="parameters.language")
    for path, tag in asked:
        try:
            language(str(tag))
        except ValueError:
            hint = did_you_mean(str(tag), TAGS) or f"there are {', '.join(TAGS)}"
            yield issue_at(origin, path, f"there is no language '{tag}'", hint, code="parameters.language")
