"""Walking a model's annotations along the location of a pydantic error.

A location such as `("columns", 2, "Derived", "type")` mixes steps into the data with names of union branches. The
annotations tell them apart: where a union of two or more types stands, the next element names its branch.
"""

import dataclasses
import enum
import types
import typing
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import AliasChoices, BaseModel, RootModel
from pydantic.fields import FieldInfo

Path = tuple[str | int, ...]


class Fork(NamedTuple):
    """A union passed on the way: its place, the branch taken, the value there, and the types on offer."""

    path: Path
    label: str
    value: Any
    types: tuple[Any, ...]
    parents: tuple[Any, ...]


class Trail(NamedTuple):
    """A location resolved.

    Attributes:
        path: Steps into the data.
        types: The types that may stand there.
        parents: The types of the enclosing value.
        forks: The unions passed, outermost first.
        is_key: Whether a mapping's key, not its value, is at fault.
        description: What the model says about the field at the path.
    """

    path: Path
    types: tuple[Any, ...]
    parents: tuple[Any, ...]
    forks: tuple[Fork, ...]
    is_key: bool = False
    description: str = ""


def follow(model: type[BaseModel], location: tuple[str | int, ...], data: Any) -> Trail:
    """Resolve the location of one error.

    Args:
        model: The model that was applied.
        location: `loc` of the error.
        data: What the model was applied to.
    """
    current: tuple[Any, ...] = _branches(model)
    parents: tuple[Any, ...] = ()
    path: Path = ()
    forks: list[Fork] = []
    description, is_key, labelled = "", False, False
    for step in location:
        if step == "[key]":
            is_key, current = True, _key_types(parents)
        elif _expects_label(current, labelled=labelled) or _is_wrapper(step):
            forks.append(Fork(path, str(step), data, current, parents))
            current, labelled = _chosen(current, str(step)), True
        else:
            parents = current
            description, current = _below(current, step)
            data = _item(data, step)
            path, labelled = (*path, step), False
    return Trail(path, current, parents, tuple(forks), is_key, description)


def keys_of(candidates: Iterable[Any]) -> list[str]:
    """Return the keys that the mappings among the types allow, in the order of the model."""
    return list(dict.fromkeys(key for candidate in candidates for key in _fields(candidate)))


def allowed_values(candidates: Iterable[Any], discriminator: str = "") -> list[str]:
    """Return the values that the literals and enumerations among the types allow, as text.

    Args:
        candidates: The types.
        discriminator: Look at this field of the models among the types instead.
    """
    values: dict[str, None] = {}
    for candidate in candidates:
        inner = _branches(_fields(candidate).get(discriminator, ("", ()))[1]) if discriminator else (candidate,)
        for each in inner:
            if typing.get_origin(each) is typing.Literal:
                values |= dict.fromkeys(str(_plain(value)) for value in typing.get_args(each))
            elif isinstance(each, type) and issubclass(each, enum.Enum):
                values |= dict.fromkeys(str(member.value) for member in each)
    return list(values)


def _expects_label(current: tuple[Any, ...], *, labelled: bool) -> bool:
    return not labelled and len([candidate for candidate in current if candidate is not type(None)]) > 1


def _is_wrapper(step: str | int) -> bool:
    """Recognise the names that pydantic gives to validators and unions around a branch; no YAML key looks like them."""
    return (
        isinstance(step, str) and step.endswith("]") and "[" in step and step.split("[")[0].replace("-", "").isalpha()
    )


def _branches(annotation: Any) -> tuple[Any, ...]:
    """Return the types that an annotation stands for: unions opened, wrappers and aliases removed."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return tuple(dict.fromkeys(one for part in typing.get_args(annotation) for one in _branches(part)))
    inner = _unwrapped(annotation, origin)
    if inner is not annotation:
        return _branches(inner)
    if annotation is None:
        return (type(None),)
    return () if annotation == () else (annotation,)


def _unwrapped(annotation: Any, origin: Any) -> Any:
    """Remove one layer: `Annotated`, a type alias, a new type or a root model."""
    if origin is typing.Annotated:
        return typing.get_args(annotation)[0]
    if origin is None and isinstance(annotation, type) and issubclass(annotation, RootModel):
        return annotation.model_fields["root"].annotation
    for attribute in ("__value__", "__supertype__"):
        if hasattr(annotation, attribute):
            return getattr(annotation, attribute)
    return annotation


def _chosen(current: tuple[Any, ...], label: str) -> tuple[Any, ...]:
    """Return the branches that a label may mean: by the type's name or by the value of a literal field."""
    named = tuple(candidate for candidate in current if getattr(candidate, "__name__", "") == label)
    if named:
        return named
    tagged = tuple(
        candidate
        for candidate in current
        if any(label in allowed_values(_branches(annotation)) for _, annotation in _fields(candidate).values())
    )
    return tagged or current


def _below(current: tuple[Any, ...], step: str | int) -> tuple[str, tuple[Any, ...]]:
    """Return the description and the types of one item of a value that has one of the current types."""
    description = ""
    result: list[Any] = []
    for candidate in current:
        fields = _fields(candidate)
        if fields:
            words, annotation = fields.get(str(step), ("", ()))
            description = description or words
            result.extend(_branches(annotation))
        else:
            result.extend(_branches(_item_annotation(candidate, step)))
    return description, tuple(dict.fromkeys(result))


def _key_types(candidates: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the types that the keys of the mappings among the types may have."""
    return tuple(
        one
        for candidate in candidates
        if isinstance(typing.get_origin(candidate), type) and issubclass(typing.get_origin(candidate), Mapping)
        for one in _branches(typing.get_args(candidate)[0])
    )


def _item_annotation(candidate: Any, step: str | int) -> Any:
    origin, arguments = typing.get_origin(candidate), typing.get_args(candidate)
    if not isinstance(origin, type) or not arguments:
        return ()
    if issubclass(origin, Mapping):
        return arguments[-1]
    if issubclass(origin, tuple) and isinstance(step, int) and arguments[-1] is not Ellipsis:
        return arguments[step] if step < len(arguments) else ()
    return arguments[0] if issubclass(origin, Collection) else ()


def _fields(candidate: Any) -> dict[str, tuple[str, Any]]:
    """Return description and annotation of every key that a model, dataclass or typed dictionary allows."""
    if not isinstance(candidate, type):
        return {}
    if issubclass(candidate, BaseModel):
        return {
            key: (info.description or "", info.annotation)
            for name, info in candidate.model_fields.items()
            for key in _spellings(candidate, name, info)
        }
    if dataclasses.is_dataclass(candidate) or typing.is_typeddict(candidate):
        return {name: ("", annotation) for name, annotation in typing.get_type_hints(candidate).items()}
    return {}


def _spellings(model: type[BaseModel], name: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias or info.alias
    if alias is None:
        return [name]
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    spelled = [choice for choice in choices if isinstance(choice, str)]
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    return [*spelled, name] if by_name or not spelled else spelled


def _item(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value
