"""Keeping what was delivered: every file is copied once, named by its content, and never changed again.

    sources/<source>/files/<first 16 digits of SHA-256>/<file name>     the bytes as received
    sources/<source>/deliveries/<000001>-<16 digits>.json               when they came

A file whose content has been received before is not received again.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
import os
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from qms_reports.declarations.models import Format, Source, instant
from qms_reports.sources.files import content_sha256
from qms_reports.sources.format import FileFormat
from qms_reports.store import StoreError, explained, locked, sha256_text, write_atomically


@dataclass(frozen=True, slots=True)
class Delivery:
    """One received file.

    Attributes:
        source: Name of its source.
        number: 1 for the source's first, and so on.
        name: File name as delivered.
        sha256: Hash of its bytes as delivered (compressed, if it was).
        size: Bytes.
        received_at: When it was received or, if declared, extracted (ISO, UTC).
        channel: ``declared`` for the file that a source's declaration names, ``inbox`` for a dropped one.
        again: Whether the same bytes had been received before, and others in between.
    """

    source: str
    number: int
    name: str
    sha256: str
    size: int
    received_at: str
    channel: str = "inbox"
    again: bool = False

    @property
    def identity(self) -> str:
        """What makes it one delivery: its content, and which time it came, if that content came before."""
        return sha256_text(self.sha256, str(self.number)) if self.again else self.sha256

    @property
    def instant(self) -> dt.datetime:
        """`received_at` as an instant."""
        return dt.datetime.fromisoformat(self.received_at)


def file_format(declared: Format) -> FileFormat:
    """The declared format as the file readers take it."""
    return FileFormat(**declared.model_dump())


class Landing:
    """The received files of one source."""

    def __init__(self, home: Path, source: str) -> None:
        """Name the folder; nothing is read or written yet."""
        self.source = source
        self.folder = home / "sources" / source

    def deliveries(self) -> tuple[Delivery, ...]:
        """All received files, in the order in which they came."""
        try:
            names = sorted(name for name in os.listdir(self.folder / "deliveries") if name.endswith(".json"))
        except FileNotFoundError:
            return ()
        paths = (self.folder / "deliveries" / name for name in names)
        return tuple(_read_delivery(path, path.stat().st_mtime_ns) for path in paths)

    def path(self, delivery: Delivery) -> Path:
        """Where the bytes of a delivery lie."""
        return self.folder / "files" / delivery.sha256[:16] / delivery.name

    def receive(
        self, path: Path, received_at: dt.datetime, channel: str = "inbox", *, full: bool = False
    ) -> tuple[Delivery, bool]:
        """Keep a copy of a file and record its arrival.

        Args:
            path: The file.
            received_at: When it came.
            channel: How it came.
            full: Whether a file is the whole state of its source: then a return to an earlier state is news.

        Returns:
            The delivery, and whether it is new; a file of known content gives the earlier delivery.

        Raises:
            StoreError: The file cannot be read or the copy cannot be written.
        """
        name = _printable(path.name)
        with explained("read", path):
            sha256 = content_sha256(path)
        if known := self._known(sha256, full=full):
            return known, False
        with locked(self.folder):
            if known := self._known(sha256, full=full):
                return known, False
            again = any(delivery.sha256 == sha256 for delivery in self.deliveries())
            target = self.folder / "files" / sha256[:16] / name
            part = target.with_name(f".{uuid.uuid4().hex}.part")
            with explained("write", target):
                target.parent.mkdir(parents=True, exist_ok=True)
                for left in target.parent.glob(".*.part"):  # by a process that was killed here
                    left.unlink()
                try:
                    shutil.copyfile(path, part)
                    if content_sha256(part) != sha256:
                        raise StoreError(
                            f"{path} changed while it was being copied; deliver it again when it is complete"
                        )
                    part.replace(target)
                finally:
                    part.unlink(missing_ok=True)
            number = max((known.number for known in self.deliveries()), default=0) + 1
            delivery = Delivery(
                self.source, number, name, sha256, target.stat().st_size, received_at.isoformat(), channel, again
            )
            content = json.dumps(asdict(delivery), sort_keys=True, indent=1).encode()
            write_atomically(self.folder / "deliveries" / f"{number:06d}-{sha256[:16]}.json", content)
        return delivery, True

    def forget(self, delivery: Delivery) -> None:
        """Take back a delivery whose file proved to be unreadable; the caller keeps the file elsewhere."""
        with locked(self.folder):
            record = self.folder / "deliveries" / f"{delivery.number:06d}-{delivery.sha256[:16]}.json"
            record.unlink(missing_ok=True)
            shutil.rmtree(self.path(delivery).parent, ignore_errors=True)

    def _known(self, sha256: str, *, full: bool) -> Delivery | None:
        candidates = self.deliveries()[-1:] if full else self.deliveries()
        return next((delivery for delivery in candidates if delivery.sha256 == sha256), None)


def land_declared_file(home: Path, source: Source, folder: Path) -> tuple[Delivery, bool] | None:
    """Receive the file that a source declares beside itself, if it does and if it is there.

    Raises:
        StoreError: The declared file does not exist or cannot be read.
    """
    if not source.file:
        return None
    path = (folder / source.file).resolve()
    if not path.is_file():
        raise StoreError(
            f"source {source.source}: there is no file {path}; mend 'file' in its declaration or put the file there"
        )
    landing = Landing(home, source.source)
    with explained("read", path):
        status = path.stat()
        sha256 = _sha256_of_unchanged(path, status.st_size, status.st_mtime_ns)
    # An inbox file may have come since; the declared file is news only when it differs from the last declared one.
    declared = [delivery for delivery in landing.deliveries() if delivery.channel == "declared"]
    full = source.delivers == "full"
    candidates = declared[-1:] if full and declared else landing.deliveries()
    if known := next((delivery for delivery in candidates if delivery.sha256 == sha256), None):
        return known, False
    received = instant(source.received_at) if source.received_at else dt.datetime.now(dt.UTC)
    return landing.receive(path, received, "declared", full=full)


def claimed_by(path: Path, inbox: Path, sources: Iterable[Source]) -> list[str]:
    """The sources that an inbox file belongs to: by its sub-folder, else by the declared name patterns."""
    relative = path.relative_to(inbox)
    if len(relative.parts) > 1:
        return [source.source for source in sources if source.source == relative.parts[0]]
    return [
        source.source
        for source in sources
        if any(fnmatch.fnmatchcase(path.name.lower(), pattern.lower()) for pattern in source.inbox)
    ]


def _printable(name: str) -> str:
    """A file name that every program can read and write, without control characters and bytes that are no text."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "_" for char in text)


@lru_cache(maxsize=4096)
def _read_delivery(path: Path, modified: int) -> Delivery:
    del modified  # part of the cache key: a file forgotten and received again may have the same number
    return Delivery(**json.loads(path.read_bytes()))


@lru_cache(maxsize=256)
def _sha256_of_unchanged(path: Path, size: int, modified: int) -> str:
    del size, modified  # part of the cache key: another size or time means other content
    return content_sha256(path)
