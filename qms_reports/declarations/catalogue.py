"""The catalogue: all declarations of all folders, and everything that is wrong with them.

A declaration with an error is *broken*: it is left out of what runs, kept with its issues so that it stays visible, and
whatever refers to it is broken too.  All others work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from qms_reports.declarations import (
    engine_checks,
    references,
    scorecard_references,
    template_checks,
    template_references,
    theme_checks,
    verdicts,
)
from qms_reports.declarations.including import Partials, with_included
from qms_reports.declarations.issues import Issue, Severity, blocking
from qms_reports.declarations.models import Calendar, Dataset, Kpi, KpiList, Scorecard, Source, Template, Theme
from qms_reports.declarations.placed_issues import issue_at
from qms_reports.declarations.reading import Declaration, read_yaml
from qms_reports.declarations.validating import parse
from qms_reports.settings import EngineName, Settings
from qms_reports.store import sha256_text

Kind = Literal["calendar", "source", "dataset", "kpi", "scorecard", "theme", "template"]
FOLDERS: dict[Kind, str] = {
    "calendar": "calendars", "source": "sources", "dataset": "datasets", "kpi": "kpis", "scorecard": "scorecards",
    "theme": "themes", "template": "templates",
}  # fmt: skip
MODELS: dict[Kind, type[BaseModel]] = {
    "calendar": Calendar, "source": Source, "dataset": Dataset, "kpi": Kpi, "scorecard": Scorecard,
    "theme": Theme, "template": Template,
}  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Where a declaration stands: its file, and the path to it in there (empty unless it is one of a list)."""

    declaration: Declaration
    folder: Path
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Broken:
    """A declaration that cannot be used, and why."""

    kind: Kind
    name: str
    file: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything declared.

    Attributes:
        calendars: Usable calendars by name.
        sources: Usable sources by name.
        datasets: Usable datasets by name.
        kpis: Usable KPIs by name.
        scorecards: Usable scorecards by name.
        themes: Usable themes by name.
        templates: Usable templates by name.
        origins: Where each usable declaration stands.
        broken: The others.
        issues: All issues, of the usable ones too, in reading order.
    """

    calendars: dict[str, Calendar] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    kpis: dict[str, Kpi] = field(default_factory=dict)
    scorecards: dict[str, Scorecard] = field(default_factory=dict)
    themes: dict[str, Theme] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    origins: dict[tuple[Kind, str], Origin] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()
    issues: tuple[Issue, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all declaration files in use."""
        files = {(origin.declaration.file, origin.declaration.sha256) for origin in self.origins.values()}
        return sha256_text(*(f"{file}={digest}" for file, digest in sorted(files)))

    def stored(self, dataset: str) -> Dataset:
        """The stored dataset behind a name: itself, or what it is a view of."""
        found = self.datasets[dataset]
        return self.datasets[found.view.dataset] if found.view else found

    def stored_behind(self, datasets: Iterable[str]) -> tuple[str, ...]:
        """The stored datasets whose records some datasets show or are computed from, by name."""
        found: set[str] = set()
        waiting = [self.stored(name).dataset for name in datasets]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [related.dataset for related in self.datasets[name].related.values()]
        return tuple(sorted(found))

    def datasets_of(self, kpi: Kpi) -> tuple[str, ...]:
        """The datasets that a KPI counts: its own, and that of its exposure."""
        return (kpi.dataset, kpi.exposure.dataset) if kpi.exposure else (kpi.dataset,)

    def stored_of(self, kpis: Iterable[Kpi]) -> tuple[str, ...]:
        """The stored datasets that KPIs are computed from, by name."""
        return self.stored_behind(name for kpi in kpis for name in self.datasets_of(kpi))

    def domain(self, kpi: Kpi) -> str:
        """The KPI table that a KPI stands in."""
        return kpi.domain or self.stored(kpi.dataset).dataset

    def kpis_of(self, domain: str, frequency: str) -> tuple[Kpi, ...]:
        """The KPIs of one table, by name."""
        found = [k for k in self.kpis.values() if self.domain(k) == domain and frequency in k.frequencies]
        return tuple(sorted(found, key=lambda kpi: kpi.kpi))

    def domains(self) -> tuple[str, ...]:
        """The names of all KPI tables."""
        return tuple(sorted({self.domain(kpi) for kpi in self.kpis.values()}))

    def declaration_hash(self, names: Iterable[tuple[Kind, str]]) -> str:
        """SHA-256 over the content of declarations, independent of their comments, order and files."""
        stores: dict[Kind, dict[str, Any]] = {
            "calendar": self.calendars, "source": self.sources, "dataset": self.datasets, "kpi": self.kpis,
            "scorecard": self.scorecards, "theme": self.themes, "template": self.templates,
        }  # fmt: skip
        return sha256_text(*(f"{k}:{n}:{stores[k][n].model_dump_json()}" for k, n in sorted(set(names))))

    def kpis_behind(self, template: Template) -> tuple[str, ...]:
        """Every KPI that a template's report shows or that a scorecard in it sums up, in order of first appearance."""
        cards = [self.scorecards[name] for name in self.scorecards_behind(template)]
        scored = [item.kpi for card in cards for item in card.items if item.kpi is not None]
        return tuple(dict.fromkeys((*template_references.kpis_of_template(template), *scored)))

    def scorecards_behind(self, template: Template) -> tuple[str, ...]:
        """The scorecards that a template's report shows, and those that stand in them, by name."""
        found: dict[Any, dict[str, Any]] = {"scorecard": self.scorecards}
        shown = template_references.scorecards_of_template(template)
        return tuple(sorted({n for name in shown for n in scorecard_references.inside(self.scorecards[name], found)}))

    def used_by(self, template: Template) -> tuple[tuple[Kind, str], ...]:
        """Every declaration that a template's report depends on, itself included."""
        kpis = self.kpis_behind(template)
        datasets = {dataset for name in kpis for dataset in self.datasets_of(self.kpis[name])}
        datasets |= template_references.datasets_of_template(template)
        datasets |= set(self.stored_behind(datasets))
        stored = [self.datasets[name] for name in sorted(datasets)]
        sources = {d.source for d in stored if d.source} | {join.source for d in stored for join in d.joins}
        found: list[tuple[Kind, str]] = [("template", template.template)]
        found += [("kpi", name) for name in kpis]
        found += [("scorecard", name) for name in self.scorecards_behind(template)]
        found += [("dataset", name) for name in datasets]
        found += [("source", name) for name in sources]
        if template.theme:
            found.append(("theme", template.theme))
        if any(references.counts_business_days(self.kpis[name]) for name in kpis):
            found += [("calendar", name) for name in self.calendars]
        return tuple(sorted(set(found)))


def load_catalogue(settings: Settings) -> Catalogue:
    """Read all catalogue folders of an installation; a file that has not changed is not read again."""
    with verdicts.remembered(settings.home / ".checked_expressions.json"):
        return load_folders(settings.catalogs, fiscal_weeks=settings.fiscal_weeks != "", engine=settings.engine)


def load_folders(folders: tuple[Path, ...], *, fiscal_weeks: bool = False, engine: EngineName = "duckdb") -> Catalogue:
    """Read catalogue folders, the later ones winning.

    Args:
        folders: Where the declarations are.
        fiscal_weeks: Whether the fiscal year is one of weeks, so that there are fiscal quarters and periods.
        engine: What will compute the KPIs; one that it cannot compute is broken.
    """
    stamps: list[_Stamp] = []
    for folder in folders:
        for kind, sub in FOLDERS.items():
            stamps += _stamps(folder / sub, _WITH_PARTS.get(kind, 0))
    return _load(folders, fiscal_weeks, engine, tuple(stamps))


_Stamp = tuple[str, int, int]
_WITH_PARTS: dict[Kind, int] = {"theme": 3, "template": 10}
"""Kinds whose folder holds parts of them (partials, logos, typefaces) in folders of its own, and how deep."""


def _stamps(folder: Path, depth: int) -> list[_Stamp]:
    """Path, time and size of each file of a folder that a declaration of it depends on."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found: list[_Stamp] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            found += _stamps(Path(entry.path), depth - 1) if depth else []
        elif depth or entry.name.endswith((".yaml", ".yml")):
            status = entry.stat()
            found.append((entry.path, status.st_mtime_ns, status.st_size))
    return found


@lru_cache(maxsize=8)
def _load(
    folders: tuple[Path, ...],
    fiscal_weeks: bool,  # noqa: FBT001 - keys of a cache go by position
    engine: EngineName,
    stamps: tuple[_Stamp, ...],
) -> Catalogue:
    del stamps  # part of the cache key: a changed file is read again
    reader = _Reader(fiscal_weeks=fiscal_weeks, engine=engine)
    for folder in folders:
        if not folder.is_dir():
            message = f"there is no catalogue folder {folder}"
            hint = "set QMS_REPORTS_CATALOG to existing folders"
            reader.issues.append(
                Issue(Severity.ERROR, str(folder), 1, 1, "", message, hint, code="structure.missing_folder")
            )
            continue
        for kind, sub in FOLDERS.items():
            for path in sorted([*(folder / sub).glob("*.yaml"), *(folder / sub).glob("*.yml")]):
                if not path.name.startswith("."):
                    reader.read(kind, path, folder)
    return reader.catalogue()


class _Reader:
    """Collects declarations, then drops the broken ones until only usable ones are left."""

    def __init__(self, *, fiscal_weeks: bool, engine: EngineName) -> None:
        self.fiscal_weeks = fiscal_weeks
        self.engine = engine
        self.found: dict[Kind, dict[str, Any]] = {kind: {} for kind in FOLDERS}
        self.origins: dict[tuple[Kind, str], Origin] = {}
        self.issues: list[Issue] = []
        self.broken: dict[tuple[Kind, str], Broken] = {}
        self.partials: dict[Path, Partials] = {}

    def read(self, kind: Kind, path: Path, folder: Path) -> None:
        display = f"{folder.name}/{path.relative_to(folder)}"
        declaration, issues = read_yaml(path, display)
        if declaration is None:
            self._break(kind, path.stem, display, issues)
            return
        if kind == "template":
            declaration, more = with_included(declaration, path, self._partials(path.parent, folder))
            issues = [*issues, *more]
        listed = kind == "kpi" and "kpis" in declaration.data
        model: type[BaseModel] = KpiList if listed else MODELS[kind]
        parsed, more = parse(model, declaration)
        issues = [*issues, *more]
        if parsed is None or blocking(issues):
            self._break(kind, path.stem, display, issues)
            return
        self.issues.extend(issues)
        if isinstance(parsed, KpiList):
            for number, kpi in enumerate(parsed.kpis):
                self._add("kpi", kpi.kpi, kpi, Origin(declaration, path.parent, ("kpis", number)))
        else:
            self._add(kind, getattr(parsed, kind), parsed, Origin(declaration, path.parent))

    def _partials(self, templates: Path, folder: Path) -> Partials:
        if templates not in self.partials:
            self.partials[templates] = Partials(templates, f"{folder.name}/{templates.name}")
        return self.partials[templates]

    def _add(self, kind: Kind, name: str, model: Any, origin: Origin) -> None:
        earlier = self.origins.get((kind, name))
        if earlier is not None:
            where = earlier.declaration.file
            same = earlier.folder == origin.folder
            severity = Severity.ERROR if same else Severity.INFO
            message = f"{kind} '{name}' is already declared in {where}" + ("" if same else "; this one is used instead")
            hint = "give one of the two another name" if same else ""
            issue = issue_at(origin, (kind,), message, hint, severity, code="structure.duplicate_declaration")
            if same:
                self._break(kind, f"{name}_{len(self.broken)}", origin.declaration.file, [issue])
                return
            self.issues.append(issue)
        self.broken.pop((kind, name), None)
        self.found[kind][name] = model
        self.origins[(kind, name)] = origin

    def _break(self, kind: Kind, name: str, file: str, issues: list[Issue]) -> None:
        self.issues.extend(issues)
        # A broken file that shadows a good one must not silently bring the good one back into use.
        self.found[kind].pop(name, None)
        self.origins.pop((kind, name), None)
        self.broken[(kind, name)] = Broken(kind, name, file, tuple(issues))

    def catalogue(self) -> Catalogue:
        for partials in self.partials.values():
            self.issues += partials.unused()
        checks: dict[Kind, Callable[..., list[Issue]]]
        checks = {"calendar": references.check_calendar, "source": references.check_source,
                  "dataset": references.check_dataset, "kpi": self._check_kpi,
                  "scorecard": scorecard_references.check_scorecard, "theme": theme_checks.check_theme,
                  "template": template_checks.check_template}  # fmt: skip
        for kind in FOLDERS:  # each kind refers only to kinds before it, and to its own
            while self._drop_broken(kind, checks[kind]):
                pass
        return Catalogue(
            calendars=self.found["calendar"],
            sources=self.found["source"],
            datasets=self.found["dataset"],
            kpis=self.found["kpi"],
            scorecards=self.found["scorecard"],
            themes=self.found["theme"],
            templates=self.found["template"],
            origins=self.origins,
            broken=tuple(self.broken.values()),
            issues=tuple(dict.fromkeys(self.issues)),  # what is wrong with a partial is wrong once
        )

    def _check_kpi(self, kpi: Kpi, origin: Origin, found: Any, broken: Any) -> list[Issue]:
        issues = references.check_kpi(kpi, origin, found, broken)
        return (
            issues
            if blocking(issues) or self.engine == "duckdb"
            else [*issues, *engine_checks.check_engine(kpi, origin, found, self.engine)]
        )

    def _drop_broken(self, kind: Kind, check: Callable[..., list[Issue]]) -> bool:
        """Check all of a kind; what is broken may break others of it, so that these must be checked again."""
        kept: list[Issue] = []
        bad: list[tuple[str, list[Issue]]] = []
        # A view is checked after what it is a view of, so that it can say that this is broken.
        names = sorted(self.found[kind], key=lambda n: (getattr(self.found[kind][n], "view", None) is not None, n))
        broken = {k: [b.name for b in self.broken.values() if b.kind == k] for k in FOLDERS}
        for name in names:
            model, origin = self.found[kind][name], self.origins[(kind, name)]
            found = check(model, origin, self.found, broken)
            if not self.fiscal_weeks and isinstance(model, Kpi | Scorecard | Template):
                found = [*found, *references.check_frequencies(model, origin)]
            if blocking(found):
                bad.append((name, found))
            else:
                kept += found
        for name, found in bad:
            self._break(kind, name, self.origins[(kind, name)].declaration.file, found)
        if not bad:
            self.issues.extend(kept)
        return bool(bad)
