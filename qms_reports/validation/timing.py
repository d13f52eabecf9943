"""How long each stage of a report takes, what dominates, and what to do: a dry run that leaves nothing behind."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from qms_reports import building
from qms_reports.charts import filling as chart_filling
from qms_reports.charts.filling import Filling
from qms_reports.datasets.reading import close_sessions, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Kpi, Template
from qms_reports.declarations.placed_issues import Path as Place
from qms_reports.declarations.placed_issues import issue_at
from qms_reports.editions import Edition, editions
from qms_reports.kpis.evaluation import evaluate
from qms_reports.periods import Period
from qms_reports.reports import publishing
from qms_reports.settings import Settings
from qms_reports.store import StoreError, TooSlowError

SLOW = 2.0
"""Seconds from which on one part is worth a warning."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a report took.

    Attributes:
        stage: ``records``, ``kpis``, ``charts``, ``document``, ``pdf`` or ``xlsx``; what is looked at more closely is
            a ``dataset``, ``kpi`` or ``chart``.
        name: Dataset, KPI or chart; empty for a stage.
        seconds: Elapsed time.
    """

    stage: str
    name: str
    seconds: float


def dry_run(settings: Settings, catalogue: Catalogue, template: Template, period: Period | None) -> list[Issue]:
    """Build a template's report in a folder that is thrown away, and say what took the time.

    Args:
        settings: The installation: its records are read where they are.  `Settings.statement_seconds` is the limit of
            each statement.
        catalogue: All declarations.
        template: The template.
        period: The period; the latest that the records cover, if absent.
    """
    origin = catalogue.origins[("template", template.template)]
    place: Place = ("template",)
    with tempfile.TemporaryDirectory(prefix="qms_reports_dry_run_") as folder:
        own = borrowed(settings, Path(folder))
        try:
            asked = period or building.latest_covered(own, catalogue, template)
            parts = _timed_stages(own, catalogue, template, editions(template, asked)[0])
        except TooSlowError as error:
            return [issue_at(origin, place, str(error), "", code="performance.stopped")]
        except (StoreError, ValueError) as error:
            message = f"a dry run ended early: {error}"
            return [issue_at(origin, place, message, "", Severity.WARNING, code="performance.no_dry_run")]
        finally:
            close_sessions()
    return _said(catalogue, template, asked, parts)


def borrowed(settings: Settings, folder: Path) -> Settings:
    """Settings of a home folder that has the records and deliveries of another, and nothing else."""
    for name in ("datasets", "sources"):
        (settings.home / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(settings.home / name, target_is_directory=True)
    return settings.model_copy(update={"home": folder})


class _Clock:
    """Times parts and keeps what they took."""

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def time(self, stage: str, name: str, work: Callable[[], _T]) -> _T:
        began = time.perf_counter()
        result = work()
        self.parts.append(Part(stage, name, time.perf_counter() - began))
        return result


def _timed_stages(settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> list[Part]:
    clock = _Clock()

    def opened() -> None:
        with session(settings, catalogue, _stored(catalogue)):
            pass

    clock.time("records", "", opened)
    for domain in building.domains(catalogue, template):
        clock.time("kpis", "", partial(building.compute, settings, catalogue, domain, edition))
    clock.time("charts", "", partial(building.draw, settings, catalogue, template, edition))
    report, sources = clock.time("document", "", partial(building.composed, settings, catalogue, template, edition))
    for form in publishing.forms_of(template):
        clock.time(form, "", partial(publishing.FORMS[form].write, report, sources))
    _look_closer(clock, settings, catalogue, template, edition)
    return clock.parts


def _stored(catalogue: Catalogue) -> list[str]:
    return [name for name, dataset in catalogue.datasets.items() if dataset.view is None]


def _look_closer(clock: _Clock, settings: Settings, catalogue: Catalogue, template: Template, edition: Edition) -> None:
    """Time the parts of the stages that dominate or are slow."""
    stages = _stages(clock.parts)
    by_dataset = _by_dataset(catalogue, template)
    with session(settings, catalogue, _stored(catalogue)) as held:
        look = partial(evaluate, settings, catalogue, period=edition.period, opened=held)
        if by_dataset and _matters("kpis", stages):
            for dataset, kpis in by_dataset.items():
                clock.time("dataset", dataset, partial(look, kpis))
            slowest = max((part for part in clock.parts if part.stage == "dataset"), key=lambda part: part.seconds)
            for kpi in by_dataset[slowest.name][:40]:
                clock.time("kpi", kpi.kpi, partial(look, [kpi]))
        if template.charts and _matters("charts", stages):
            table = building.figures(settings, catalogue, template, edition)
            filled = Filling(settings, catalogue, edition.period, table, held)
            for chart in template.charts:
                clock.time("chart", chart.id, partial(chart_filling.chart, filled, chart))


def _matters(stage: str, stages: dict[str, float]) -> bool:
    return stages[stage] > SLOW or stages[stage] == max(stages.values())


def _by_dataset(catalogue: Catalogue, template: Template) -> dict[str, list[Kpi]]:
    found: dict[str, list[Kpi]] = {}
    for name in catalogue.kpis_behind(template):
        found.setdefault(catalogue.kpis[name].dataset, []).append(catalogue.kpis[name])
    return found


def _stages(parts: list[Part]) -> dict[str, float]:
    stages: dict[str, float] = {}
    for part in parts:
        if not part.name:
            stages[part.stage] = stages.get(part.stage, 0.0) + part.seconds
    return stages


def _said(catalogue: Catalogue, template: Template, period: Period, parts: list[Part]) -> list[Issue]:
    """One line for the whole, one for each stage that is slow, and the slowest part of what dominates."""
    origin = catalogue.origins[("template", template.template)]
    stages = _stages(parts)
    listed = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in stages.items())
    message = f"{period.key} takes {sum(stages.values()):.2f} s: {listed}"
    issues = [issue_at(origin, ("template",), message, "", Severity.INFO, code="performance.stages")]
    for stage, seconds in stages.items():
        if seconds >= SLOW or seconds == max(stages.values()):
            severity = Severity.WARNING if seconds >= SLOW else Severity.INFO
            issues.append(_placed(catalogue, template, Part(stage, "", seconds), severity))
    for kind in ("dataset", "kpi", "chart"):
        found = [part for part in parts if part.stage == kind]
        if found:
            worst = max(found, key=lambda part: part.seconds)
            severity = Severity.WARNING if worst.seconds >= SLOW else Severity.INFO
            issues.append(_placed(catalogue, template, worst, severity))
    return issues


def _placed(catalogue: Catalogue, template: Template, part: Part, severity: Severity) -> Issue:
    """What dominates, at the declaration that can be changed."""
    template_origin = catalogue.origins[("template", template.template)]
    took = f"{part.seconds:.2f} s"
    if part.stage == "chart":
        number = [chart.id for chart in template.charts].index(part.name)
        hint = "a shorter 'window', a narrower 'filter', or 'top' with fewer members"
        message = f"filling the chart takes {took}"
        return issue_at(template_origin, ("charts", number), message, hint, severity, code="performance.chart")
    if part.stage == "kpi":
        hint = "move what its expressions work out per record into 'derive' of the dataset: it is then computed once"
        message = f"the slowest KPI of its dataset takes {took}"
        return issue_at(
            catalogue.origins[("kpi", part.name)], ("kpi",), message, hint, severity, code="performance.kpi"
        )
    if part.stage == "dataset":
        hint = "fewer dimensions of its KPIs, or a shorter 'rolling'; derived columns instead of long expressions"
        message = f"the KPIs of this dataset take {took} for {template.template}"
        place = catalogue.origins[("dataset", part.name)]
        return issue_at(place, ("dataset",), message, hint, severity, code="performance.dataset")
    hints = {
        "records": "deliver older records as files of their own month; raise QMS_REPORTS_MEMORY_LIMIT",
        "kpis": "see the slowest dataset and KPI below",
        "charts": "see the slowest chart below",
        "document": "fewer tables of records, or a smaller 'limit'",
        "pdf": "a smaller 'limit' of tables and appendix: all rows are in the workbook and the attached CSV",
        "xlsx": "a smaller 'limit' of tables",
        "html": "a smaller 'limit' of tables",
        "json": "a smaller 'limit' of tables",
    }
    message = f"{part.stage} takes {took}"
    return issue_at(template_origin, ("template",), message, hints[part.stage], severity, code="performance.stage")
