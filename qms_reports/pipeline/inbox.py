"""What happens to a file that a user drops: taken, turned away, or left alone because it is still being written.

Plain functions over folders; the sensor only calls them.  Every step can be repeated after a crash.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qms_reports.datasets.ingestion import Ingested, RefusedDelivery, ingest, versions
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset
from qms_reports.settings import Settings
from qms_reports.sources.files import content_sha256
from qms_reports.sources.landing import Delivery, Landing, claimed_by
from qms_reports.store import StoreError, explained, sha256_text, write_atomically

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", "~")
"""Ends of names that copying programs give a file until it is complete."""

LONGEST_NAME = 255
"""Bytes that a file name may have."""

_first_seen: dict[Path, tuple[tuple[int, int, int], float]] = {}


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
    with explained("look into", settings.inbox):
        settings.inbox.mkdir(parents=True, exist_ok=True)
        found = sorted(settings.inbox.rglob("*"))
    for path in found:
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(settings.inbox).parts)
        if hidden or not path.is_file() or path.name.lower().endswith(UNFINISHED):
            continue
        try:
            status = path.stat()
        except FileNotFoundError:  # removed since the folder was listed
            continue
        if _settled(path, status, now, settings.inbox_settle_seconds):
            yield path


def _settled(path: Path, status: os.stat_result, now: float, seconds: float) -> bool:
    """Whether a file has not changed for a time.

    The clock of the machine that wrote it may be ahead, and ours may have been set back: a file from the future is
    watched by a clock of our own from the first look on.
    """
    changed = max(status.st_mtime, status.st_ctime)
    if changed <= now:
        _first_seen.pop(path, None)
        return now - changed >= seconds
    stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    seen, since = _first_seen.get(path, (None, 0.0))
    if seen != stamp:
        _first_seen[path] = (stamp, time.monotonic())
        return seconds == 0
    return time.monotonic() - since >= seconds


def take(settings: Settings, catalogue: Catalogue, path: Path) -> Taken | TurnedAway:
    """Receive one file: copy it to its source's landing folder, then remove it from the inbox.

    The inbox file goes only after its copy is complete, so a crash in between leaves it to be taken (again).
    """
    taken = receive(settings, catalogue, path, settings.inbox)
    if isinstance(taken, str):
        return turn_away(settings, path, taken)
    with explained("remove", path):
        path.unlink()
    return taken


def receive(settings: Settings, catalogue: Catalogue, path: Path, folder: Path) -> Taken | str:
    """Keep a copy of a file for the source that claims it, and leave the file itself where it is.

    Args:
        settings: The installation.
        catalogue: The declarations.
        path: The file.
        folder: The inbox, or a folder that is laid out as one: its sub-folders may be named after sources.

    Returns:
        What was received, or why no source can take the file.

    Raises:
        StoreError: It cannot be read, is still being written, or the copy cannot be written.
    """
    owners = claimed_by(path, folder, catalogue.sources.values())
    if not owners:
        known = ", ".join(sorted(catalogue.sources))
        return (
            f"no source claims this file: put it into the inbox's sub-folder named after its source ({known}), or name "
            "it as the source's 'inbox' patterns say"
        )
    if len(owners) > 1:
        return f"several sources claim this file ({', '.join(owners)}): put it into the sub-folder of the right one"
    with explained("read", path):
        before = path.stat()
    landing = Landing(settings.home, owners[0])
    delivery, new = landing.receive(path, dt.datetime.now(dt.UTC), full=catalogue.sources[owners[0]].delivers == "full")
    with explained("read", path):
        after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        if new:  # it was still being written after all: forget the part, take the whole next time
            landing.forget(delivery)
        raise StoreError(f"{path} is still being written; it is taken when it is complete")
    return Taken(owners[0], delivery, new)


def turn_away(settings: Settings, path: Path, reason: str, name: str | None = None) -> TurnedAway:
    """Move a file to the quarantine folder and write the reason beside it."""
    turned = _quarantine(settings, path, reason, name or path.name)
    with explained("remove", path):
        path.unlink()
    return turned


def _quarantine(settings: Settings, path: Path, reason: str, name: str) -> TurnedAway:
    """Copy a file to the quarantine folder; the same file again takes the same place there."""
    with explained("read", path):
        sha256 = content_sha256(path)
    target = settings.quarantine / _fitting(f"{sha256[:12]}-{name}")
    part = target.with_name(f".{target.name[:12]}.{os.getpid()}.part")
    with explained("write", target):
        settings.quarantine.mkdir(parents=True, exist_ok=True)
        moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        record = {"file": name, "sha256": sha256, "quarantined_at": moment, "reason": reason}
        write_atomically(target.with_name(f"{target.name}.reason.json"), json.dumps(record, indent=1).encode())
        try:
            shutil.copy2(path, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return TurnedAway(name, reason, target)


def _fitting(name: str) -> str:
    """A name cut in its middle so that it and its reason's name are not too long for the file system."""
    room = LONGEST_NAME - len(".reason.json")
    content = os.fsencode(name)
    if len(content) <= room:
        return name
    return os.fsdecode(content[: room - 33] + b"_" + content[-32:]).encode("utf-8", "replace").decode()


def datasets_of(catalogue: Catalogue, source: str) -> list[Dataset]:
    """The datasets that read a source, joined ones included."""
    return [
        d for d in catalogue.datasets.values() if d.source == source or any(join.source == source for join in d.joins)
    ]


def clean_or_turn_away(
    settings: Settings, catalogue: Catalogue, dataset: Dataset
) -> tuple[list[Ingested], list[TurnedAway]]:
    """Take all pending deliveries into a dataset; one that is refused goes to quarantine and the others go on.

    A file that another dataset reads too is kept for that one, and only left out of this one.
    """
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
            away.append(_quarantine(settings, landing.path(delivery), str(error), delivery.name))
            readers = datasets_of(catalogue, delivery.source)
            others = [versions(settings, reader) for reader in readers if reader.dataset != dataset.dataset]
            if all(delivery.sha256 in other.refused() for other in others):
                landing.forget(delivery)
                for other in others:
                    other.pardon(delivery.sha256)
            else:
                versions(settings, dataset).refuse(delivery.sha256, str(error))
        else:
            return done, away


def months_of(settings: Settings, dataset: Dataset, delivery: Delivery) -> set[str]:
    """The months whose records a delivery changed in a dataset."""
    found: set[str] = set()
    for commit in versions(settings, dataset).commits():
        own, *joined = commit.sources
        looked_up = (sha256 for _, _, sha256 in sorted(joined))
        is_own = own[0] == delivery.source and commit.delivery == sha256_text(delivery.identity, *looked_up)
        if is_own or any(name == delivery.source and sha256 == delivery.sha256 for name, _, sha256 in joined):
            found |= set(commit.files) | set(commit.quarantined_months)
    return found
