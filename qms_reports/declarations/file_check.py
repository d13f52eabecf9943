"""Checking one file quickly: the other declarations are read, but not checked themselves.

What is wrong with them is told when the catalogue is checked; a file that refers to one that cannot be read is told so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from qms_reports.declarations.catalogue import Catalogue, stamps_of
from qms_reports.declarations.catalogue_reader import FOLDERS, Kind, Origin, Reader, display_name
from qms_reports.declarations.including import partial_model
from qms_reports.declarations.issues import Issue, blocking
from qms_reports.declarations.models import Template
from qms_reports.declarations.reading import Declaration, read_yaml
from qms_reports.declarations.validating import parse
from qms_reports.settings import EngineName

_NEEDS: dict[Kind, tuple[Kind, ...]] = {
    "calendar": ("calendar",), "source": (), "dataset": ("source", "dataset"), "kpi": ("dataset",),
    "scorecard": ("kpi", "scorecard"), "theme": (), "template": ("dataset", "kpi", "scorecard", "theme"),
}  # fmt: skip
"""Kinds that a declaration of a kind refers to."""


@dataclass(frozen=True)
class CheckedFile:
    """What became of a file.

    Attributes:
        kind: Its kind.
        names: The declarations in it.
        models: The same as models, by name; those that can be used.
        origins: Where each of them stands.
        issues: All issues, in the order of the file.
    """

    kind: Kind
    names: tuple[str, ...]
    models: dict[str, Any]
    origins: dict[str, Origin]
    issues: tuple[Issue, ...]

    @property
    def template(self) -> Template | None:
        """The template, where the file holds one that can be used."""
        found = self.models.get(self.names[0]) if self.kind == "template" and self.names else None
        return found if isinstance(found, Template) else None

    def in_catalogue(self, catalogue: Catalogue) -> Catalogue:
        """A catalogue in which the file's template takes the place of one of the same name, if it can be used."""
        if self.template is None:
            return catalogue
        name = self.template.template
        templates = catalogue.templates | {name: self.template}
        origins = catalogue.origins | {("template", name): self.origins[name]}
        return replace(catalogue, templates=templates, origins=origins)


def check_file(
    path: Path, folders: tuple[Path, ...], *, fiscal_weeks: bool = False, engine: EngineName = "duckdb"
) -> CheckedFile:
    """Everything wrong with one file.

    Args:
        path: The file, in one of the folders or anywhere else.
        folders: The catalogue that it refers to.
        fiscal_weeks: Whether the fiscal year is one of weeks.
        engine: What will compute the KPIs.
    """
    path = path.resolve()
    by_folder = next((kind for kind, folder in FOLDERS.items() if path.parent.name == folder), None)
    folder = path.parent.parent if by_folder else path.parent
    declaration, issues = read_yaml(path, display_name(path, folder))
    kind = by_folder or _kind_by_keys(declaration)
    if kind == "template" and declaration is not None and _is_partial(path, declaration):
        more = parse(partial_model(), declaration)[1]
        return CheckedFile(kind, (), {}, {}, (*issues, *more))
    reader = Reader(fiscal_weeks=fiscal_weeks, engine=engine)
    own = path if any(path.is_relative_to(each) for each in folders) else None
    found, origins, broken = _others(folders, kind, own, stamps_of(folders))
    reader.found = {each: dict(models) for each, models in found.items()}
    reader.origins = dict(origins)
    reader.broken = dict(broken)
    names = reader.take(kind, path, folder, declaration, issues)
    names = tuple(name for name in names if name in reader.found[kind])
    for name in names:
        reader.check_one(kind, name)
    reader.check_unusable(kind)
    usable = {} if blocking(reader.issues) else {name: reader.found[kind][name] for name in names}
    places = {name: reader.origins[(kind, name)] for name in names}
    return CheckedFile(kind, names, usable, places, tuple(dict.fromkeys(reader.issues)))


def _kind_by_keys(declaration: Declaration | None) -> Kind:
    """What a file outside of a catalogue's folders declares."""
    keys = set(declaration.data) if declaration is not None else set()
    if "kpis" in keys and "sections" not in keys:
        return "kpi"
    # A KPI names its dataset, a dataset its source: what comes first in this order is what the file declares.
    order: tuple[Kind, ...] = ("template", "scorecard", "kpi", "dataset", "source", "calendar")
    found: Kind = next((kind for kind in order if kind in keys), "template")
    return "theme" if "theme" in keys and "sections" not in keys and found == "template" else found


def _is_partial(path: Path, declaration: Declaration) -> bool:
    inside = any(parent.name == FOLDERS["template"] for parent in path.parent.parents)
    return inside and "template" not in declaration.data


@lru_cache(maxsize=16)
def _others(folders: tuple[Path, ...], kind: Kind, path: Path | None, stamps: object) -> Any:
    """The declarations of a catalogue that a kind refers to, without those of one file."""
    del stamps  # part of the cache key: a changed file is read again
    reader = Reader(fiscal_weeks=True, engine="duckdb")
    for folder in folders:
        for needed in _NEEDS[kind]:
            sub = folder / FOLDERS[needed]
            for file in sorted([*sub.glob("*.yaml"), *sub.glob("*.yml")]):
                if not file.name.startswith(".") and file.resolve() != path:
                    reader.read(needed, file, folder)
    return reader.found, reader.origins, reader.broken
