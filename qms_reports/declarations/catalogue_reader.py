"""Reading the files of catalogue folders, and dropping what cannot be used until only usable declarations are left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from qms_reports.declarations import (
    engine_checks,
    references,
    scorecard_references,
    template_checks,
    theme_checks,
)
from qms_reports.declarations.including import Partials, with_included
from qms_reports.declarations.issues import Issue, Severity, blocking
from qms_reports.declarations.models import Calendar, Dataset, Kpi, KpiList, Scorecard, Source, Template, Theme
from qms_reports.declarations.placed_issues import issue_at
from qms_reports.declarations.reading import Declaration, read_yaml
from qms_reports.declarations.validating import parse, without_mistakes
from qms_reports.settings import EngineName

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


def display_name(path: Path, folder: Path) -> str:
    """How messages name a file of a catalogue folder."""
    return f"{folder.name}/{path.relative_to(folder)}"


class Reader:
    """Collects declarations, then drops the broken ones until only usable ones are left."""

    def __init__(self, *, fiscal_weeks: bool, engine: EngineName) -> None:
        self.fiscal_weeks = fiscal_weeks
        self.engine = engine
        self.found: dict[Kind, dict[str, Any]] = {kind: {} for kind in FOLDERS}
        self.origins: dict[tuple[Kind, str], Origin] = {}
        self.issues: list[Issue] = []
        self.broken: dict[tuple[Kind, str], Broken] = {}
        self.partials: dict[Path, Partials] = {}
        self.unusable: list[tuple[Kind, str, Any, Origin]] = []

    def read(self, kind: Kind, path: Path, folder: Path) -> tuple[str, ...]:
        """Read a file of a catalogue folder; the names of the usable declarations in it."""
        return self.take(kind, path, folder, *read_yaml(path, display_name(path, folder)))

    def take(
        self, kind: Kind, path: Path, folder: Path, declaration: Declaration | None, issues: list[Issue]
    ) -> tuple[str, ...]:
        """The same for a file that was read already."""
        display = display_name(path, folder)
        if declaration is None:
            self._break(kind, path.stem, display, issues)
            return ()
        if kind == "template":
            declaration, more = with_included(declaration, path, self._partials(path.parent, folder))
            issues = [*issues, *more]
        listed = kind == "kpi" and "kpis" in declaration.data
        model: type[BaseModel] = KpiList if listed else MODELS[kind]
        parsed, more = parse(model, declaration)
        issues = [*issues, *more]
        if parsed is None or blocking(issues):
            self._break(kind, path.stem, display, issues)
            rest = parsed if parsed is not None else without_mistakes(model, declaration)
            if rest is not None and not listed:
                self.unusable.append((kind, path.stem, rest, Origin(declaration, path.parent)))
            return ()
        self.issues.extend(issues)
        if isinstance(parsed, KpiList):
            for number, kpi in enumerate(parsed.kpis):
                self._add("kpi", kpi.kpi, kpi, Origin(declaration, path.parent, ("kpis", number)))
            return tuple(kpi.kpi for kpi in parsed.kpis)
        name = str(getattr(parsed, kind))
        self._add(kind, name, parsed, Origin(declaration, path.parent))
        return (name,)

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

    def check(self) -> None:
        """Check all that was read, dropping what is broken and what depends on it."""
        for partials in self.partials.values():
            self.issues += partials.unused()
        for kind in FOLDERS:  # each kind refers only to kinds before it, and to its own
            while self._drop_broken(kind):
                pass
            self.check_unusable(kind)

    def check_one(self, kind: Kind, name: str) -> None:
        """Check one of the declarations that were read, beside its model."""
        self.issues += self._issues(kind, self.found[kind][name], self.origins[(kind, name)])

    def check_unusable(self, kind: Kind) -> None:
        """What else is wrong with declarations that their model refuses, so that all of it is told at once."""
        for each, name, model, origin in self.unusable:
            if each == kind and (found := self._issues(kind, model, origin)):
                self.issues += found
                earlier = self.broken.get((kind, name))
                if earlier is not None:
                    self.broken[(kind, name)] = replace(earlier, issues=(*earlier.issues, *found))

    def _check_kpi(self, kpi: Kpi, origin: Origin, found: Any, broken: Any) -> list[Issue]:
        issues = references.check_kpi(kpi, origin, found, broken)
        return (
            issues
            if blocking(issues) or self.engine == "duckdb"
            else [*issues, *engine_checks.check_engine(kpi, origin, found, self.engine)]
        )

    def _issues(self, kind: Kind, model: Any, origin: Origin) -> list[Issue]:
        broken = {k: [b.name for b in self.broken.values() if b.kind == k] for k in FOLDERS}
        checks: dict[Kind, Callable[..., list[Issue]]]
        checks = {"calendar": references.check_calendar, "source": references.check_source,
                  "dataset": references.check_dataset, "kpi": self._check_kpi,
                  "scorecard": scorecard_references.check_scorecard, "theme": theme_checks.check_theme,
                  "template": template_checks.check_template}  # fmt: skip
        found = checks[kind](model, origin, self.found, broken)
        if not self.fiscal_weeks and isinstance(model, Kpi | Scorecard | Template):
            found = [*found, *references.check_frequencies(model, origin)]
        return found

    def _drop_broken(self, kind: Kind) -> bool:
        """Check all of a kind; what is broken may break others of it, so that these must be checked again."""
        kept: list[Issue] = []
        bad: list[tuple[str, list[Issue]]] = []
        # A view is checked after what it is a view of, so that it can say that this is broken.
        names = sorted(self.found[kind], key=lambda n: (getattr(self.found[kind][n], "view", None) is not None, n))
        for name in names:
            model, origin = self.found[kind][name], self.origins[(kind, name)]
            found = self._issues(kind, model, origin)
            if blocking(found):
                bad.append((name, found))
            else:
                kept += found
        for name, found in bad:
            self._break(kind, name, self.origins[(kind, name)].declaration.file, found)
        if not bad:
            self.issues.extend(kept)
        return bool(bad)
