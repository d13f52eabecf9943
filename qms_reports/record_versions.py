"""The versions of a dataset's records, none of which is ever overwritten.

Each *commit* adds immutable Parquet files, one folder per commit and one file per month of the records' period date,
and becomes visible by the renaming of one small log entry.  A process killed before that leaves files nobody reads,
which the next writer removes.

    datasets/<dataset>/<generation>/log/00000001.json       what a commit added
    datasets/<dataset>/<generation>/versions/00000001/      its Parquet files
    datasets/<dataset>/<generation>/versions/00000001/latest/   each record's last version in the months it touched
    datasets/<dataset>/<generation>/versions/00000001/latest.parquet    or, of small datasets, in all months
    datasets/<dataset>/sealed/<instant>                     cut-offs that a report has used
    datasets/<dataset>/ingestions/<delivery>.json           when a delivery was learned (outlives generations)

A *generation* is one definition of the dataset's columns.  Declaring them differently starts a new one, filled again
from the delivered files, which are kept.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from qms_reports.store import (
    explained,
    file_literal,
    kept_session,
    locked,
    quote,
    sha256_text,
    timestamp,
    write_atomically,
)

META_COLUMNS = ("_key", "_month", "_known_from", "_withdrawn", "_hash", "_source", "_file", "_row", "_commit")
"""Columns that every version carries beside the declared ones; `_file` is the SHA-256 of the delivered file."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One addition to a dataset.

    Attributes:
        number: 1, 2, 3 …
        delivery: SHA-256 over the delivered files it is from.
        learned_at: When that delivery was learned (ISO, UTC).
        months: Month key to the data version of the month after this commit.
        files: Month key to the names of its Parquet files, relative to the commit's folder.
        repeated: Whether a record occurs more than once in it.
        counts: Rows read, accepted, quarantined, duplicate, unchanged, added, changed, moved, withdrawn.
        warnings: What was noticed about the file as a whole, and rules broken with severity WARNING.
        sources: Source name, file name and SHA-256 of each delivered file.
        last_known_from: Latest `_known_from` in it (ISO, UTC), if it added anything.
        received_at: When the file of the dataset's own source was received or extracted (ISO, UTC).
        quarantined_months: Month key to the number of its rows in quarantine.
        latest: Month key to files, in the commit's folder, of the last version of each of its records after this
            commit: what a reader of the present needs, without comparing versions.  Large months have them.
        whole: File, in the commit's folder, of the last version of every record after this commit.  Small datasets have
            it now and then: one file is read many times faster than hundreds.
    """

    number: int
    delivery: str
    learned_at: str
    months: dict[str, str]
    files: dict[str, list[str]]
    repeated: bool
    counts: dict[str, int]
    warnings: list[str]
    sources: list[list[str]]
    last_known_from: str | None = None
    received_at: str | None = None
    quarantined_months: dict[str, int] = field(default_factory=dict)
    latest: dict[str, list[str]] = field(default_factory=dict)
    whole: str = ""


class RecordVersions:
    """All versions of one dataset's records, in one generation."""

    def __init__(self, root: Path, dataset: str, generation: str) -> None:
        """Name the folder; nothing is read or written yet."""
        self.dataset = dataset
        self.generation = generation
        self.base = root / "datasets" / dataset
        self.folder = self.base / generation[:12]

    # --- reading

    def commits(self) -> tuple[Commit, ...]:
        """The commits in order."""
        try:
            names = tuple(sorted(name for name in os.listdir(self.folder / "log") if name.endswith(".json")))
            last = (self.folder / "log" / names[-1]).stat() if names else None
        except FileNotFoundError:
            return ()
        # A home folder that was removed and filled again has the same names, but not the same last file.
        return _read_commits(self.folder, names, (last.st_ino, last.st_mtime_ns) if last else None)

    def state(self) -> str:
        """A token that changes exactly when a commit is added."""
        commits = self.commits()
        last = sha256_text(commits[-1].delivery, commits[-1].learned_at)[:12] if commits else ""
        return f"{self.dataset}/{self.generation[:12]}/{len(commits)}/{last}"

    def taken_in(self) -> int:
        """Versions of records taken in so far, those that say "withdrawn" not counted."""
        return sum(commit.counts["added"] + commit.counts["changed"] for commit in self.commits())

    def months(self) -> tuple[str, ...]:
        """All months that ever had a record."""
        return tuple(sorted({month for commit in self.commits() for month in commit.files}))

    def month_version(self, month: str) -> str:
        """Content hash of a month's records as known now; of "no records" for a month without any."""
        for commit in reversed(self.commits()):
            if month in commit.months:
                return commit.months[month]
        return self.nothing

    @property
    def nothing(self) -> str:
        """The data version of a month without records."""
        return sha256_text(self.dataset, "no records")

    def data_version(self, as_known: dt.datetime | None) -> str:
        """Content hash over everything known at an instant (now, if none is given), whatever files hold it.

        It depends on the records and on when they were learned, not on how deliveries were cut into files.
        """
        months: dict[str, str] = {}
        if as_known is None:
            for commit in self.commits():
                months.update(commit.months)
        elif sql := self.as_known(as_known):
            rows = kept_session().execute(content_digest(sql)).fetchall()
            months = {row[0]: sha256_text(self.dataset, *map(str, row)) for row in rows}
        parts = (f"{month}={version}" for month, version in sorted(months.items()) if version != self.nothing)
        return sha256_text(self.dataset, *parts)

    def last_known_from(self, as_known: dt.datetime | None = None) -> dt.datetime | None:
        """The latest instant at which anything in here was learned, not after `as_known`."""
        instants = [dt.datetime.fromisoformat(c.learned_at) for c in self.commits()]
        instants += [dt.datetime.fromisoformat(c.last_known_from) for c in self.commits() if c.last_known_from]
        if as_known is not None:
            instants = [min(instant, as_known) for instant in instants]
        return max(instants, default=None)

    def as_known(
        self,
        as_known: dt.datetime | None = None,
        months: tuple[str, ...] | None = None,
        pending: tuple[Commit, Path] | None = None,
        *,
        withdrawn: bool = False,
    ) -> str:
        """SQL for the records as known at an instant: the last version of each, without the withdrawn ones.

        Months that only one commit touched need no comparison of versions, and get none.

        Args:
            as_known: Nothing learned after it; everything, if absent.
            months: Only these months.
            pending: A commit about to be made and the folder of its files, to see what the dataset will be.
            withdrawn: Keep the last version of a withdrawn record (and of one that left a month) too.

        Returns:
            A SELECT with the declared columns and `META_COLUMNS`, or the empty text when there is no record at all.
        """
        staged = {pending[0].number: pending[1]} if pending else {}
        added = (pending[0],) if pending else ()
        whole, later = self._whole(as_known)
        by_month: dict[str, list[Commit]] = {}
        for commit in (*self.commits(), *added):
            for month in commit.files:
                if months is None or month in months:
                    by_month.setdefault(month, []).append(commit)
        kept = "true" if withdrawn else "NOT _withdrawn"
        parts = []
        if whole:  # of the months that no later commit touched
            touched = {month for commit in (*later, *added) for month in commit.files}
            within = ", ".join(quote(month) for month in sorted(by_month) if month not in touched)
            by_month = {month: found for month, found in by_month.items() if month in touched}
            if within:
                parts.append(f"SELECT * FROM read_parquet({_paths([whole])}) WHERE _month IN ({within}) AND {kept}")
        return " UNION ALL ".join([*parts, *self._compared(by_month, as_known, staged, kept)])

    def _compared(
        self, by_month: dict[str, list[Commit]], as_known: dt.datetime | None, staged: dict[int, Path], kept: str
    ) -> Iterator[str]:
        """SELECTs of the last versions of months from their files."""
        single: list[str] = []
        several: list[str] = []
        for month in sorted(by_month):
            paths, plain = self._month_files(month, by_month[month], as_known, staged)
            (single if plain else several).extend(paths)
        known = f"_known_from <= {timestamp(as_known)}" if as_known is not None else "true"
        if single:
            yield f"SELECT * FROM read_parquet({_paths(single)}) WHERE {known} AND {kept}"
        if several:
            yield (
                f"SELECT * EXCLUDE (_rank) FROM (SELECT *, row_number() OVER (PARTITION BY _month, _key "
                f"ORDER BY _known_from DESC, _commit DESC) AS _rank FROM read_parquet({_paths(several)}) "
                f"WHERE {known}) "
                f"WHERE _rank = 1 AND {kept}"
            )

    def _whole(self, as_known: dt.datetime | None) -> tuple[str, tuple[Commit, ...]]:
        """The file of all last versions to read for an instant, the empty text if none is; and the commits after it."""
        commits = self.commits()
        written = [number for number, commit in enumerate(commits) if commit.whole]
        for number in reversed(written[-_KEPT_WHOLE:]):  # older ones are removed
            if _all_known(commits[: number + 1], as_known):
                return str(self._commit_folder(commits[number]) / commits[number].whole), commits[number + 1 :]
        return "", ()

    def since_whole(self) -> tuple[int | None, tuple[Commit, ...]]:
        """Bytes of the newest file of all last versions, ``None`` without one, and the commits after it."""
        path, later = self._whole(None)
        return (Path(path).stat().st_size, later) if path else (None, self.commits())

    def _month_files(
        self, month: str, touching: list[Commit], as_known: dt.datetime | None, staged: dict[int, Path]
    ) -> tuple[list[str], bool]:
        """The files that hold a month's last versions, and whether each record stands in them once."""

        def path(commit: Commit, name: str) -> str:
            return str(staged.get(commit.number, self._commit_folder(commit)) / name)

        later = list(touching)
        first: list[str] = []
        copied = [number for number, commit in enumerate(touching) if month in commit.latest]
        for number in reversed(copied[-_KEPT_LATEST:]):  # older copies are removed
            commit = touching[number]
            if _all_known(touching[: number + 1], as_known):
                first, later = [path(commit, name) for name in commit.latest[month]], touching[number + 1 :]
                break
        paths = first + [path(commit, name) for commit in later for name in commit.files[month]]
        if first:
            return paths, not later
        return paths, len(later) == 1 and not later[0].repeated

    def _commit_folder(self, commit: Commit) -> Path:
        return self.folder / "versions" / f"{commit.number:08d}"

    def forget_superseded(self) -> None:
        """Remove the files of last versions that later commits replaced twice; who reads one began before the first."""
        newer: dict[str, int] = {}
        for commit in reversed(self.commits()):
            for month, names in commit.latest.items():
                newer[month] = newer.get(month, 0) + 1
                if newer[month] > _KEPT_LATEST:
                    for name in names:
                        (self._commit_folder(commit) / name).unlink(missing_ok=True)
        self.forget_whole()

    def forget_whole(self) -> None:
        """Remove the files of all last versions that later ones replaced; one that a killed writer left, too."""
        written = [commit for commit in self.commits() if commit.whole]
        for commit in written[:-_KEPT_WHOLE][-2:]:
            path = self._commit_folder(commit) / commit.whole
            if path.exists():  # nothing is to be written where nothing is to be done
                path.unlink(missing_ok=True)

    def size(self, commit: Commit, month: str) -> int:
        """Bytes of the versions that a commit added to a month."""
        return sum((self._commit_folder(commit) / name).stat().st_size for name in commit.files.get(month, ()))

    def all_versions(self) -> str:
        """SQL for every version of every record, the empty text if there is none."""
        paths = [
            str(self.folder / "versions" / f"{commit.number:08d}" / name)
            for commit in self.commits()
            for names in commit.files.values()
            for name in names
        ]
        return f"SELECT * FROM read_parquet({_paths(paths)})" if paths else ""

    def learned_between(self, after: dt.datetime, until: dt.datetime, last_month: str) -> int:
        """Records of which a version became known after one instant and not after another.

        Args:
            after: The earlier instant.
            until: The later one.
            last_month: Only records up to this month of their period date; versions that left such a month count too.
        """
        paths = [
            str(self._commit_folder(commit) / name)
            for commit in self.commits()
            if commit.last_known_from and _utc(commit.last_known_from) > after
            for month, names in commit.files.items()
            if month <= last_month
            for name in names
        ]
        if not paths:
            return 0
        within = f"_known_from > {timestamp(after)} AND _known_from <= {timestamp(until)}"
        sql = f"SELECT count(DISTINCT _key) FROM read_parquet({_paths(paths)}) WHERE {within}"
        return int(kept_session().execute(sql).fetchall()[0][0])

    def quarantine(self, commits: Iterable[Commit] | None = None) -> str:
        """SQL for the quarantined rows of some commits (all, if none are given).

        Returns:
            A SELECT with `learned_at` beside the columns of the quarantine; the empty text if there is no such row.
        """
        parts = []
        for commit in self.commits() if commits is None else commits:
            path = self.folder / "versions" / f"{commit.number:08d}" / "quarantine.parquet"
            if path.exists():
                learned_at = timestamp(dt.datetime.fromisoformat(commit.learned_at))
                parts.append(f"SELECT *, {learned_at} AS learned_at FROM read_parquet({_paths([str(path)])})")
        return " UNION ALL ".join(parts)

    # --- writing

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """The writer's lock of the dataset."""
        return locked(self.base)

    def sealed_until(self) -> dt.datetime | None:
        """The latest cut-off that a report has used: nothing may become known at or before it any more."""
        try:
            names = os.listdir(self.base / "sealed")
        except FileNotFoundError:
            return None
        instants = [dt.datetime.fromisoformat(name.replace("_", ":")) for name in names if not name.startswith(".")]
        return max(instants, default=None)

    def seal(self, cutoff: dt.datetime) -> None:
        """Record that a report uses the state at `cutoff`, so that this state never changes afterwards."""
        sealed = self.sealed_until()
        if sealed is not None and sealed >= cutoff:
            return
        with self.lock():
            name = cutoff.astimezone(dt.UTC).isoformat().replace(":", "_")
            write_atomically(self.base / "sealed" / name, b"")

    def learned(self, delivery: str) -> tuple[dt.datetime, dt.datetime | None] | None:
        """When a delivery was learned and what was sealed then, if it has been taken in before."""
        path = self.base / "ingestions" / f"{delivery}.json"
        if not path.exists():
            return None
        record = json.loads(path.read_text())
        sealed = record["sealed_until"]
        return dt.datetime.fromisoformat(record["learned_at"]), dt.datetime.fromisoformat(sealed) if sealed else None

    def remember(self, delivery: str, learned_at: dt.datetime, sealed: dt.datetime | None) -> None:
        """Keep when a delivery was learned, for a later generation to repeat it exactly."""
        record = {"learned_at": learned_at.isoformat(), "sealed_until": sealed.isoformat() if sealed else None}
        write_atomically(self.base / "ingestions" / f"{delivery}.json", json.dumps(record).encode())

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder for the files of the next commit; call `commit` inside.  The lock must be held."""
        versions = self.folder / "versions"
        with explained("write to", versions):
            versions.mkdir(parents=True, exist_ok=True)
            done = {f"{commit.number:08d}" for commit in self.commits()}
            for orphan in versions.iterdir():
                if orphan.name not in done:
                    shutil.rmtree(orphan)
            for orphan in self.folder.glob("log/.*.part"):
                orphan.unlink()
            folder = versions / f".staging-{os.getpid()}"
            folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for what the writer needs only meanwhile; inside `staging`, which removes a killed writer's."""
        folder = self.folder / "versions" / f".scratch-{os.getpid()}"
        with explained("write to", folder):
            folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def refused(self) -> frozenset[str]:
        """SHA-256 of the delivered files that this generation leaves out, because they were refused."""
        try:
            names = os.listdir(self.folder / "refused")
        except FileNotFoundError:
            return frozenset()
        return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))

    def refuse(self, sha256: str, reason: str) -> None:
        """Leave a delivered file out of this generation from now on; another declaration will try it again."""
        content = json.dumps({"sha256": sha256, "reason": reason}, indent=1).encode()
        write_atomically(self.folder / "refused" / f"{sha256}.json", content)

    def pardon(self, sha256: str) -> None:
        """Try a refused file again."""
        with explained("write to", self.folder):
            (self.folder / "refused" / f"{sha256}.json").unlink(missing_ok=True)

    def commit(self, staged: Path, commit: Commit) -> None:
        """Make staged files part of the dataset: move the folder, then write the log entry that makes it count."""
        target = self.folder / "versions" / f"{commit.number:08d}"
        with explained("write to", target):
            for file in staged.rglob("*.parquet"):
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
            staged.rename(target)
        content = json.dumps(asdict(commit), sort_keys=True, indent=1).encode()
        write_atomically(self.folder / "log" / f"{commit.number:08d}.json", content)


_KEPT_LATEST = 2
_KEPT_WHOLE = 4
"""A session that reads such a file goes on while three more come; of months few have copies, and rarely new ones."""


def _all_known(commits: Sequence[Commit], as_known: dt.datetime | None) -> bool:
    """Whether a copy of these commits' last versions serves for an instant.

    What was learned after it stands in the copy in place of what was known then.
    """
    told = (commit.last_known_from for commit in commits if commit.last_known_from)
    return as_known is None or all(_utc(text) <= as_known for text in told)


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def content_digest(sql: str) -> str:
    """SQL for (month, count, xor, sum) over the hashes of records: the same whatever their order and their files."""
    digest = "md5(_hash || _known_from::VARCHAR)"
    return (
        f"SELECT _month, count(*), bit_xor(md5_number({digest})), sum(md5_number_lower({digest})::HUGEINT) "
        f"FROM ({sql}) GROUP BY _month ORDER BY _month"
    )


@lru_cache(maxsize=64)
def _read_commits(folder: Path, names: tuple[str, ...], stamp: tuple[int, int] | None) -> tuple[Commit, ...]:
    del stamp  # part of the cache key; log entries never change, so with it the names identify their content
    return tuple(Commit(**json.loads((folder / "log" / name).read_bytes())) for name in names)


def _paths(paths: list[str]) -> str:
    # The month stands in the file too; the folder name is for people.
    return "[" + ", ".join(map(file_literal, paths)) + "], hive_partitioning = false"
