"""The catalogue: all declarations of all folders, and everything that is wrong with them.

A declaration with an error is *broken*: it is left out of what runs, kept with its issues so that it stays visible, and
whatever refers to it is broken too.  All others work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from qms_reports.declarations import references, scorecard_references, template_references, verdicts
from qms_reports.declarations.catalogue_reader import FOLDERS, MODELS, Broken, Kind, Origin, Reader
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Calendar, Dataset, Kpi, Scorecard, Source, Template, Theme
from qms_reports.settings import EngineName, Settings
from qms_reports.store import sha256_text

__all__ = ["FOLDERS", "MODELS", "Broken", "Catalogue", "Kind", "Origin", "load_catalogue", "load_folders", "stamps_of"]


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
    return _load(folders, fiscal_weeks, engine, stamps_of(folders))


def stamps_of(folders: tuple[Path, ...]) -> tuple[_Stamp, ...]:
    """Path, time and size of every file that the declarations of catalogue folders depend on."""
    return tuple(
        stamp
        for folder in folders
        for kind, sub in FOLDERS.items()
        for stamp in _stamps(folder / sub, _WITH_PARTS.get(kind, 0))
    )


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
    reader = Reader(fiscal_weeks=fiscal_weeks, engine=engine)
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
    reader.check()
    return Catalogue(
        calendars=reader.found["calendar"],
        sources=reader.found["source"],
        datasets=reader.found["dataset"],
        kpis=reader.found["kpi"],
        scorecards=reader.found["scorecard"],
        themes=reader.found["theme"],
        templates=reader.found["template"],
        origins=reader.origins,
        broken=tuple(reader.broken.values()),
        issues=tuple(dict.fromkeys(reader.issues)),  # what is wrong with a partial is wrong once
    )
