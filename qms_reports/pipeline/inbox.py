"""What happens to a file that a user drops: taken, turned away, or left alone because it is still being written.

Plain functions over folders; the sensor only calls them.  Every step can be repeated after a crash.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qms_reports.datasets.ingestion import Ingested, RefusedDelivery, ingest, versions
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset
from qms_reports.settings import Settings
from qms_reports.sources.landing import Delivery, Landing, claimed_by
from qms_reports.store import StoreError, explained, write_atomically

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
"""Ends of names that copying programs give a file until it is complete."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One inbox file that was received."""

    source: str
    delivery: Delivery
    new: bool


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """One inbox file that went to quarantine."""

    name: str
    reason: str
    path: Path


def waiting(settings: Settings, now: float | None = None) -> Iterator[Path]:
    """Inbox files that are complete: unchanged for the settling time, and not named as unfinished."""
    now = time.time() if now is None else now
    settings.inbox.mkdir(parents=True, exist_ok=True)
    for path in sorted(settings.inbox.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(settings.inbox).parts)
        if hidden or not path.is_file() or path.name.endswith(UNFINISHED):
            continue
        status = path.stat()
        if now - max(status.st_mtime, status.st_ctime) >= settings.inbox_settle_seconds:
            yield path


def take(settings: Settings, catalogue: Catalogue, path: Path) -> Taken | TurnedAway:
    """Receive one file: copy it to its source's landing folder, then remove it from the inbox.

    The inbox file goes only after its copy is complete, so a crash in between leaves it to be taken (again).
    """
    owners = claimed_by(path, settings.inbox, catalogue.sources.values())
    if len(owners) != 1:
        known = ", ".join(sorted(catalogue.sources))
        reason = (
            f"no source claims this file: put it into the inbox's sub-folder named after its source ({known}), or name "
            "it as the source's 'inbox' patterns say"
            if not owners
            else f"several sources claim this file ({', '.join(owners)}): put it into the sub-folder of the right one"
        )
        return turn_away(settings, path, reason)
    before = path.stat()
    landing = Landing(settings.home, owners[0])
    delivery, new = landing.receive(path, dt.datetime.now(dt.UTC))
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        if new:  # it was still being written after all: forget the part, take the whole next time
            landing.forget(delivery)
        raise StoreError(f"{path} is still being written; it is taken when it is complete")
    with explained("remove", path):
        path.unlink()
    return Taken(owners[0], delivery, new)


def turn_away(settings: Settings, path: Path, reason: str, name: str | None = None) -> TurnedAway:
    """Move a file to the quarantine folder and write the reason beside it."""
    moment = dt.datetime.now(dt.UTC)
    name = name or path.name
    target = settings.quarantine / f"{moment:%Y%m%dT%H%M%S%f}-{name}"
    with explained("write", target):
        settings.quarantine.mkdir(parents=True, exist_ok=True)
        record = {"file": name, "quarantined_at": moment.isoformat(timespec="seconds"), "reason": reason}
        write_atomically(target.with_name(f"{target.name}.reason.json"), json.dumps(record, indent=1).encode())
        shutil.move(path, target)
    return TurnedAway(name, reason, target)


def datasets_of(catalogue: Catalogue, source: str) -> list[Dataset]:
    """The datasets that read a source, joined ones included."""
    return [
        d for d in catalogue.datasets.values() if d.source == source or any(join.source == source for join in d.joins)
    ]


def clean_or_turn_away(
    settings: Settings, catalogue: Catalogue, dataset: Dataset
) -> tuple[list[Ingested], list[TurnedAway]]:
    """Take all pending deliveries into a dataset; one that is refused goes to quarantine and the others go on."""
    done: list[Ingested] = []
    away: list[TurnedAway] = []
    while True:
        try:
            done += ingest(settings, dataset, catalogue.sources)
        except RefusedDelivery as error:
            delivery = error.delivery
            if delivery is None:
                raise
            landing = Landing(settings.home, delivery.source)
            away.append(turn_away(settings, landing.path(delivery), str(error), delivery.name))
            landing.forget(delivery)
        else:
            return done, away


def months_of(settings: Settings, dataset: Dataset, delivery: Delivery) -> set[str]:
    """The months whose records a delivery changed in a dataset."""
    found: set[str] = set()
    for commit in versions(settings, dataset).commits():
        if any(name == delivery.source and sha256 == delivery.sha256 for name, _, sha256 in commit.sources):
            found |= set(commit.files) | set(commit.quarantined_months)
    return found
