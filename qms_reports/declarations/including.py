"""Partials: YAML files with some keys of a template, which templates include so that they need not repeat them.

What stands in the template wins; lists of parts are put together, the included ones first; of several partials the
later one wins.  Every value keeps the place where it really stands, so that what is wrong with it is told there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, Field, create_model

from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Model, Template
from qms_reports.declarations.reading import Declaration, Path, read_yaml
from qms_reports.declarations.validating import did_you_mean, parse

LISTS = ("tiles", "charts", "tables", "sections", "summary", "actions", "approvals", "distribution", "sources")
"""Keys whose lists are put together."""
MAPPINGS = ("parameters",)
"""Keys whose mappings are put together; of the same entry the template's own is taken."""
MAX_DEPTH = 10
MAX_PARTIALS = 50

_Moved = dict[Path, tuple[Declaration, Path]]


@dataclass
class Partials:
    """The partials of one catalogue folder, each read once.

    Attributes:
        folder: The folder of the templates: no partial lies outside.
        display: How messages name that folder.
    """

    folder: FilePath
    display: str
    _read: dict[FilePath, tuple[Declaration | None, list[Issue]]] = field(default_factory=dict)

    def read(self, path: FilePath) -> tuple[Declaration | None, list[Issue]]:
        """A partial with what is wrong with it as YAML."""
        if path not in self._read:
            self._read[path] = read_yaml(path, self.name(path))
        return self._read[path]

    def name(self, path: FilePath) -> str:
        """How messages name a partial."""
        return f"{self.display}/{path.relative_to(self.folder.resolve()).as_posix()}"

    def unused(self) -> list[Issue]:
        """Partials that no template includes, with what is wrong with each."""
        issues: list[Issue] = []
        for path in sorted(self.folder.resolve().glob("*/**/*.y*ml")):
            if path in self._read or path.suffix not in (".yaml", ".yml"):
                continue
            part, found = self.read(path)
            if part is not None:
                found = [*found, *parse(partial_model(), part)[1]]
                message = "no template includes this partial"
                found.append(
                    Issue(
                        Severity.WARNING,
                        part.file,
                        1,
                        1,
                        "",
                        message,
                        "include it, or delete the file",
                        code="structure.unused_partial",
                    )
                )
            issues += found
        return issues


@cache
def partial_model() -> type[BaseModel]:
    """The model of a partial that stands alone: the keys of a template but its name, none of them required."""
    keys: dict[str, Any] = {
        name: (info.annotation, Field(default=None) if info.is_required() else info)
        for name, info in Template.model_fields.items()
        if name != "template"
    }
    return create_model("Partial", __config__=Model.model_config, __doc__="Some keys of a template.", **keys)


def with_included(declaration: Declaration, path: FilePath, partials: Partials) -> tuple[Declaration, list[Issue]]:
    """A template with the partials that it includes merged in.

    Args:
        declaration: The template as read.
        path: Its file.
        partials: Those of its folder.

    Returns:
        The merged declaration, and what is wrong with the includes and the files that they name.
    """
    merging = _Merging(partials)
    merged = merging.merge(declaration, path.resolve(), (path.resolve(),))
    return merged, merging.issues


class _Merging:
    def __init__(self, partials: Partials) -> None:
        self._partials = partials
        self._taken: set[FilePath] = set()
        self.issues: list[Issue] = []

    def merge(self, declaration: Declaration, path: FilePath, chain: tuple[FilePath, ...]) -> Declaration:
        """A file with what it includes, depth first."""
        listed = declaration.data.get("include")
        if not isinstance(listed, list):
            if listed is not None and len(chain) > 1:  # of the template itself its model objects to it
                self._refused(
                    declaration,
                    ("include",),
                    "expected a list of files",
                    "such as [partials/frame.yaml]",
                    code="structure.include",
                )
            return declaration
        parts: list[Declaration] = []
        for number, name in enumerate(listed):
            if isinstance(name, str) and (part := self._part(declaration, number, name.strip(), path, chain)):
                parts.append(part)
        return _together(declaration, parts)

    def _part(  # noqa: PLR0911 - one return per reason not to take it
        self, declaration: Declaration, number: int, name: str, path: FilePath, chain: tuple[FilePath, ...]
    ) -> Declaration | None:
        here: Path = ("include", number)
        found = (path.parent / name).resolve()
        if not found.is_relative_to(self._partials.folder.resolve()):
            hint = "put the partial into a folder beside the template, such as partials/"
            return self._refused(
                declaration,
                here,
                f"'{name}' lies outside the folder of the templates",
                hint,
                code="structure.include_outside",
            )
        if found in chain:
            circle = [*chain[chain.index(found) :], found]
            message = f"'{name}' includes itself: {' > '.join(step.name for step in circle)}"
            return self._refused(
                declaration, here, message, "take one of these includes out", code="structure.circular_include"
            )
        if not found.is_file():
            folder = self._partials.folder.resolve()
            there = [file.relative_to(path.parent).as_posix() for file in sorted(folder.rglob("*.y*ml"))
                     if file.is_relative_to(path.parent)]  # fmt: skip
            hint = did_you_mean(name, there) or "the path counts from the file that includes it"
            return self._refused(
                declaration, here, f"there is no partial '{name}'", hint, code="structure.missing_include"
            )
        if found in self._taken:
            return None  # by another way already: what two partials need is not doubled
        if len(chain) > MAX_DEPTH:
            return self._refused(
                declaration,
                here,
                f"includes are nested deeper than {MAX_DEPTH}",
                "flatten them",
                code="structure.too_many_includes",
            )
        if len(self._taken) >= MAX_PARTIALS:
            return self._refused(
                declaration,
                here,
                f"more than {MAX_PARTIALS} partials",
                "put some of them together",
                code="structure.too_many_includes",
            )
        self._taken.add(found)
        part, issues = self._partials.read(found)
        self.issues += issues
        if part is None:
            return self._refused(
                declaration,
                here,
                f"the partial '{name}' cannot be read",
                "mend that file first",
                code="structure.broken_include",
            )
        if "template" in part.data:
            position = part.position(("template",), key=True)
            message = "a partial has no name of its own: it is a part of the templates that include it"
            self.issues.append(
                Issue(
                    Severity.ERROR,
                    part.file,
                    position.line,
                    position.column,
                    "template",
                    message,
                    "remove the key",
                    code="structure.partial_name",
                )
            )
        return self.merge(part, found, (*chain, found))

    def _refused(self, declaration: Declaration, path: Path, message: str, hint: str, code: str) -> Declaration | None:
        """Note why a partial is not taken, and take none."""
        position = declaration.position(path)
        dotted = ".".join(map(str, path))
        self.issues.append(
            Issue(Severity.ERROR, declaration.file, position.line, position.column, dotted, message, hint, code)
        )
        return None


def _together(own: Declaration, parts: list[Declaration]) -> Declaration:
    """A mapping out of those of partials and the own one, and where each value of it stands."""
    if not parts:
        return own
    data: dict[str, Any] = {}
    moved: _Moved = {}
    for part in (*parts, own):
        for key, value in part.data.items():
            if part is not own and key in ("template", "include"):
                continue  # what is a part of the template has neither
            earlier = data.get(key)
            if key in LISTS and isinstance(value, list) and isinstance(earlier, list):
                _from(moved, part, key, range(len(value)), len(earlier))
                data[key] = [*earlier, *value]
            elif key in MAPPINGS and isinstance(value, dict) and isinstance(earlier, dict):
                _from(moved, part, key, value)
                data[key] = earlier | value
            else:
                moved = {path: place for path, place in moved.items() if path[0] != key}
                moved[(key,)] = (part, (key,))
                data[key] = value
    included = {file.file: file for part in parts for file in (part, *part.included)}
    return own.merged(data, tuple(included.values()), moved)


def _from(moved: _Moved, part: Declaration, key: str, steps: Any, first: int = 0) -> None:
    """Note that entries of a list or mapping stand in a partial."""
    for step in steps:
        moved[(key, step + first if isinstance(step, int) else step)] = (part, (key, step))
