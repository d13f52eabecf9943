"""Whether sources answer: their files can be read in time and have the columns that datasets take from them."""

from __future__ import annotations

import queue
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qms_reports.declarations.catalogue import Catalogue, Origin
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Dataset, Source, Template
from qms_reports.declarations.placed_issues import issue_at
from qms_reports.declarations.validating import did_you_mean
from qms_reports.settings import Settings
from qms_reports.sources.files import UnreadableFile, open_file
from qms_reports.sources.landing import Landing, file_format
from qms_reports.store import connect

SECONDS = 3.0
"""How long all sources together have to answer."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said.

    Attributes:
        columns: Its columns; ``None`` if it cannot tell.
        fault: Why it cannot be read, or empty.
    """

    columns: tuple[str, ...] | None
    fault: str = ""


def _path(settings: Settings, source: Source, folder: Path) -> Path | None:
    """The declared file, or else the one received last."""
    if source.file:
        return folder / source.file
    landing = Landing(settings.home, source.source)
    deliveries = landing.deliveries()
    return landing.path(deliveries[-1]) if deliveries else None


def _file(settings: Settings, source: Source, folder: Path) -> Answer | None:
    """Open a file and read its first rows."""
    path = _path(settings, source, folder)
    if path is None:
        return None
    with tempfile.TemporaryDirectory(prefix="qms_reports_probe_") as scratch:
        connection = connect()
        try:
            table = open_file(path, file_format(source.format), connection, Path(scratch))
            connection.execute(f"SELECT * FROM ({table.sql}) LIMIT 100").fetchall()
        finally:
            connection.close()
    return Answer(table.columns)


Probe = Callable[[Settings, Source, Path], Answer | None]
"""How one kind of source is asked; nothing where there is nothing to ask yet.  It must not write anything."""

PROBES: dict[str, Probe] = {"file": _file}
"""Kinds of sources.  A source of another kind (a service, a database) has its own entry here and in `kind_of`."""


def kind_of(source: Source) -> str:
    """The kind of a source: today all of them are files."""
    del source
    return "file"


def probe(
    settings: Settings, catalogue: Catalogue, templates: Sequence[Template] | None = None, seconds: float = SECONDS
) -> list[Issue]:
    """Ask sources, several at a time, and wait no longer than a limit for all of them.

    Args:
        settings: The installation.
        catalogue: All declarations.
        templates: Ask only what these need; all sources if absent.
        seconds: The limit.
    """
    names = sorted(catalogue.sources if templates is None else _needed(catalogue, templates))
    answers = _asked(settings, catalogue, names, seconds)
    issues: list[Issue] = []
    for name in names:
        origin = catalogue.origins[("source", name)]
        place = ("file",) if catalogue.sources[name].file else ("source",)
        if name not in answers:
            message = f"has not answered within {seconds:g} s"
            hint = "look whether the disk or the network is slow; a file of this size may need longer at each delivery"
            issues.append(issue_at(origin, place, message, hint, Severity.WARNING, code="sources.slow"))
            continue
        answer = answers[name]
        if answer is None:
            message = "nothing has been received yet"
            hint = f"put a file into the inbox's folder '{name}'"
            issues.append(issue_at(origin, place, message, hint, Severity.INFO, code="sources.nothing_received"))
        elif answer.fault:
            issues.append(issue_at(origin, place, answer.fault, "mend the file or 'format'", code="sources.unreadable"))
        elif answer.columns is not None:
            for dataset in catalogue.datasets.values():
                if dataset.source == name:
                    origin_of_dataset = catalogue.origins[("dataset", dataset.dataset)]
                    issues += _columns(dataset, name, answer.columns, origin_of_dataset)
    return issues


def _needed(catalogue: Catalogue, templates: Iterable[Template]) -> set[str]:
    return {n for template in templates for kind, n in catalogue.used_by(template) if kind == "source"}


def _asked(settings: Settings, catalogue: Catalogue, names: Sequence[str], seconds: float) -> dict[str, Answer | None]:
    """The answers that came in time.  A file system that hangs must not hang this: the threads are left behind."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in sorted(
        names, key=lambda name: _size(settings, catalogue, name)
    ):  # a large one must not hold up the rest
        waiting.put(name)
    found: queue.SimpleQueue[tuple[str, Answer | None]] = queue.SimpleQueue()

    def ask() -> None:
        while True:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            source = catalogue.sources[name]
            try:
                answer = PROBES[kind_of(source)](settings, source, catalogue.origins[("source", name)].folder)
            except UnreadableFile as error:
                answer = Answer(None, str(error))
            except Exception as error:  # noqa: BLE001 - whatever a file does to its reader is this source's fault
                answer = Answer(None, f"cannot be read: {error}".splitlines()[0])
            found.put((name, answer))

    for _ in range(min(_AT_ONCE, len(names))):
        threading.Thread(target=ask, name="probe", daemon=True).start()
    answers: dict[str, Answer | None] = {}
    end = time.monotonic() + seconds
    while len(answers) < len(names) and (left := end - time.monotonic()) > 0:
        try:
            name, answer = found.get(timeout=left)
        except queue.Empty:
            break
        answers[name] = answer
    return answers


def _size(settings: Settings, catalogue: Catalogue, name: str) -> int:
    path = _path(settings, catalogue.sources[name], catalogue.origins[("source", name)].folder)
    try:
        return path.stat().st_size if path is not None else 0
    except OSError:
        return 0  # what is wrong with it is said when it is read


def _columns(dataset: Dataset, source: str, columns: Sequence[str], origin: Origin) -> list[Issue]:
    """Columns that a dataset takes from a file and that the file has not."""
    joined = {column for join in dataset.joins for column in join.columns}
    issues = []
    for name, column in dataset.columns.items():
        wanted = column.source or name
        if wanted not in columns and wanted not in joined:
            path = ("columns", name, "source") if column.source else ("columns", name)
            hint = did_you_mean(wanted, columns) or f"it has {', '.join(columns[:12])}"
            message = f"source '{source}' has no column '{wanted}'"
            issues.append(issue_at(origin, path, message, hint, code="sources.missing_column"))
    return issues
