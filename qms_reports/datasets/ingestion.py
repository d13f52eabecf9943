"""Taking a delivery into a dataset: read, clean, compare with what is known, commit.

The same delivery twice changes nothing.  A killed ingestion leaves the dataset as it was, and the next one repeats it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.datasets.comparing import find_changes, find_withdrawn, keep_rows_still_in_force
from qms_reports.datasets.schema import generation
from qms_reports.datasets.staging import RefusedDelivery, is_small, read_delivery
from qms_reports.declarations.models import Dataset, Source
from qms_reports.record_versions import Commit, RecordVersions, content_digest
from qms_reports.settings import Settings
from qms_reports.sources.files import UnreadableFile
from qms_reports.sources.landing import Delivery, Landing
from qms_reports.store import StoreError, connect, explained, file_literal, identifier, kept_cursor, quote, sha256_text

if TYPE_CHECKING:
    import duckdb

LARGE_MONTH_BYTES = 256 * 1024
"""From this size of its versions on, a month gets a copy of the last ones: comparing costs every reader more."""

SMALL_DATASET_BYTES = 64 * 1024 * 1024
"""Up to this size of all its versions, a dataset has the last ones of all months in one file instead."""

SMALL_DATASET_VERSIONS = 100_000
"""Up to so many versions a small delivery is taken in within a kept session: one thread finds the known keys."""

WHOLE_AFTER_FILES = 64
WHOLE_AFTER_SHARE = 1 / 4
"""The file of all last versions is written again when so many files, or versions of this share of its size, came after
it: what a delivery costs then follows what is new in it, and a reader opens few files."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one delivery did to a dataset.

    Attributes:
        delivery: The delivered file of the dataset's own source.
        months: Months whose records changed.
        counts: See `Commit.counts`.
        warnings: What was noticed about the file as a whole.
        new: Whether it was taken in now rather than earlier.
    """

    delivery: Delivery
    months: tuple[str, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]
    new: bool


def versions(settings: Settings, dataset: Dataset) -> RecordVersions:
    """The stored records of a declared dataset."""
    return RecordVersions(settings.home, dataset.dataset, generation(dataset, settings.time_zone))


def pending(
    settings: Settings, dataset: Dataset, sources: dict[str, Source]
) -> list[tuple[str, Delivery, dict[str, Delivery]]]:
    """Deliveries not yet taken in, oldest first: an id, the file, and the looked-up file of each joined source.

    A new file in a joined source makes the deliveries of the dataset's own source pending again (of full extracts the
    latest one), because the looked-up values may have changed.
    """
    assert dataset.source is not None  # noqa: S101 - views are never ingested; the catalogue sees to it
    store = versions(settings, dataset)
    refused = store.refused()
    joined: dict[str, Delivery] = {}
    for join in dataset.joins:
        found = [d for d in Landing(settings.home, join.source).deliveries() if d.sha256 not in refused]
        if not found:
            return []
        joined[join.source] = found[-1]
    done = {commit.delivery for commit in store.commits()}
    own = _taken(store, dataset)
    result = []
    deliveries = [d for d in Landing(settings.home, dataset.source).deliveries() if d.sha256 not in refused]
    full = sources[dataset.source].delivers == "full"
    for delivery in sorted(deliveries, key=_age):
        identity = sha256_text(delivery.identity, *(joined[name].sha256 for name in sorted(joined)))
        superseded = full and joined and delivery.sha256 in own and delivery != max(deliveries, key=_age)
        if identity not in done and not superseded:
            result.append((identity, delivery, joined))
    return result


def _age(delivery: Delivery) -> tuple[dt.datetime, int]:
    return delivery.instant, delivery.number


def _taken(store: RecordVersions, dataset: Dataset) -> list[str]:
    """SHA-256 of the own source's files that have been taken in, in order."""
    return [sha256 for commit in store.commits() for name, _, sha256 in commit.sources if name == dataset.source]


def ingest(settings: Settings, dataset: Dataset, sources: dict[str, Source]) -> list[Ingested]:
    """Take in every pending delivery of a dataset.

    A refused file that its source declares stands in the way until it is mended; once another file stands in its
    place, it is left out for good.

    Returns:
        One entry per delivery taken in now, oldest first.

    Raises:
        RefusedDelivery: A file lacks a declared column, cannot be read, or would withdraw too many records.
        StoreError: The store cannot be written.
    """
    store = versions(settings, dataset)
    if not pending(settings, dataset, sources):
        with contextlib.suppress(OSError):  # the next delivery removes it, or says why it cannot
            store.forget_whole()
        return []
    done = []
    with store.lock():
        waiting = pending(settings, dataset, sources)
        while waiting:
            identity, delivery, joined = waiting.pop(0)
            try:
                done.append(
                    _ingest_one(settings, dataset, sources, store, identity, delivery, joined, more=bool(waiting))
                )
            except RefusedDelivery as error:
                error.delivery = error.delivery or delivery
                if not _replaced(settings, error.delivery):
                    raise
                store.refuse(error.delivery.sha256, str(error))
                waiting = pending(settings, dataset, sources)
    return done


def _replaced(settings: Settings, delivery: Delivery) -> bool:
    """Whether the file that a source declares has been another one since."""
    later = Landing(settings.home, delivery.source).deliveries()[::-1]
    return delivery.channel == "declared" and any(d.channel == "declared" and d.number > delivery.number for d in later)


def _ingest_one(
    settings: Settings,
    dataset: Dataset,
    sources: dict[str, Source],
    store: RecordVersions,
    identity: str,
    delivery: Delivery,
    joined: dict[str, Delivery],
    *,
    more: bool,
) -> Ingested:
    source = sources[delivery.source]
    remembered = store.learned(identity)
    sealed = remembered[1] if remembered else store.sealed_until()
    learned_at = remembered[0] if remembered else max(d.instant for d in (delivery, *joined.values()))
    if remembered is None and sealed is not None and learned_at <= sealed:
        learned_at = max(dt.datetime.now(dt.UTC), sealed + dt.timedelta(microseconds=1))
    files = [(delivery, Landing(settings.home, delivery.source).path(delivery))]
    files += [(d, Landing(settings.home, d.source).path(d)) for d in joined.values()]
    with (
        store.staging() as staged,
        store.scratch() as scratch,
        _database_errors(dataset, delivery),
        _connection(settings, store, files, scratch) as connection,
    ):
        stage = read_delivery(connection, settings, dataset, sources, delivery, joined, scratch)
        counts = stage.counts
        taken = _taken(store, dataset)
        if delivery.sha256 in taken and not delivery.again:
            keep_rows_still_in_force(connection, store, taken[: taken.index(delivery.sha256) + 1])
        find_changes(connection, store, learned_at, sealed, held=stage.small)
        if source.delivers == "full":
            if counts["rejected"]:
                stage.warnings.append(
                    f"{delivery.name}: nothing was withdrawn, because {counts['rejected']} of its rows cannot be read "
                    "and may be the records that seem to be missing"
                )
            else:
                counts["withdrawn"] += find_withdrawn(connection, store, source, learned_at, delivery)
        del counts["rejected"]
        commit = _write_versions(connection, store, staged, identity, learned_at, counts, stage.warnings, files)
        if counts["quarantined"]:
            commit = replace(commit, quarantined_months=_write_quarantine(connection, staged, delivery))
        if not _fits_one_file(store, commit, staged):
            commit = replace(commit, latest=_write_latest(connection, store, commit, staged))
        elif not more and _is_worth_one_file(store, commit, staged):  # the last of several serves for all
            commit = replace(commit, whole=_write_whole(connection, store, commit, staged))
        if remembered is None:
            store.remember(identity, learned_at, sealed)
        store.commit(staged, commit)
        store.forget_superseded()
    return Ingested(delivery, tuple(sorted(commit.files)), commit.counts, tuple(commit.warnings), new=True)


@contextlib.contextmanager
def _database_errors(dataset: Dataset, delivery: Delivery) -> Iterator[None]:
    import duckdb

    try:
        yield
    except UnreadableFile as error:
        raise RefusedDelivery(str(error)) from error
    except duckdb.OutOfMemoryException as error:
        hint = "raise QMS_REPORTS_MEMORY_LIMIT or free disk space and run again: nothing half-written is left"
        raise StoreError(f"dataset {dataset.dataset}: {delivery.name} needs more memory: {error}; {hint}") from error
    except duckdb.IOException as error:
        hint = "free disk space or mend the folder's rights and run again: nothing half-written is left"
        raise StoreError(f"dataset {dataset.dataset}: {error}; {hint}") from error
    except OSError as error:
        with explained(f"take {delivery.name} into dataset {dataset.dataset}: cannot use", Path(error.filename or ".")):
            raise
    except duckdb.Error as error:
        raise RefusedDelivery(
            f"{delivery.name}: dataset {dataset.dataset} cannot be computed from it: {error}"
        ) from error


def _connection(
    settings: Settings, store: RecordVersions, files: list[tuple[Delivery, Path]], scratch: Path
) -> contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Where to take these files in: of little, opening a session would be a fifth of the work."""
    if store.taken_in() <= SMALL_DATASET_VERSIONS and all(is_small(path) for _, path in files):
        return kept_cursor(settings.memory_limit)
    return contextlib.closing(connect(settings.threads, settings.memory_limit, scratch))


def _write_quarantine(connection: duckdb.DuckDBPyConnection, staged: Path, delivery: Delivery) -> dict[str, int]:
    """Write the quarantined rows; returns how many rows of each month they are."""
    rows = (
        f"SELECT {quote(delivery.source)} AS source, {quote(delivery.name)} AS file, "
        f"{quote(delivery.sha256)} AS sha256, "
        "row, rule, column_name, value, message, key, month FROM ("
        "SELECT row, 'unreadable_row' AS rule, column_name, value, message, NULL AS key, NULL AS month FROM rejected "
        'UNION ALL SELECT _row, v.rule, v."column", v.value, v.message, _key, _month FROM '
        "(SELECT _row, _key, _month, unnest(_violations) AS v FROM judged WHERE _bad) WHERE v.severity = 'ERROR' "
        "UNION ALL SELECT r._row, 'duplicate_key', '', replace(j._key, chr(31), ' | '), "
        "'the same key as row ' || r._first || ' with other content; row ' || r._first || ' was kept', "
        "j._key, j._month "
        "FROM repetition r JOIN judged j USING (_row) WHERE NOT r._same)"
    )
    path = quote(str(staged / "quarantine.parquet"))
    connection.execute(f"COPY (SELECT * FROM ({rows}) ORDER BY row, rule, column_name) TO {path} (FORMAT parquet)")
    found = connection.execute(
        f"SELECT month, count(DISTINCT row) FROM read_parquet({path}) WHERE month IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {month: int(count) for month, count in found}


def _write_versions(
    connection: duckdb.DuckDBPyConnection,
    store: RecordVersions,
    staged: Path,
    identity: str,
    learned_at: dt.datetime,
    counts: dict[str, int],
    warnings: list[str],
    files: list[tuple[Delivery, Path]],
) -> Commit:
    own = files[0][0]
    number = len(store.commits()) + 1
    names = [r[0] for r in connection.execute("DESCRIBE SELECT * FROM good").fetchall() if not r[0].startswith("_")]
    data = ", ".join(map(identifier, names))
    stamp = f"{quote(own.source)} AS _source, {quote(own.sha256)} AS _file, _row, {number}::INTEGER AS _commit"
    empty = ", ".join(f"NULL AS {identifier(name)}" for name in names)
    parts = [
        f"SELECT {data}, _key, _month, _known_from, _gone AS _withdrawn, _hash, {stamp} FROM fresh",
        (
            f"SELECT {empty}, _key, _old_month AS _month, _known_from, true AS _withdrawn, _hash, {stamp} FROM fresh "
            "WHERE _old_month IS NOT NULL AND _old_month <> _month"
        ),
    ]
    if counts["withdrawn"]:  # so far of those that a full file no longer holds
        parts.append(
            f"SELECT {empty}, _key, _month, _from AS _known_from, true AS _withdrawn, _hash, {stamp} FROM vanished"
        )
    connection.execute(
        f"COPY (SELECT * FROM ({' UNION ALL BY NAME '.join(parts)}) ORDER BY _month, _key) TO {quote(str(staged))} "
        "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (_month), WRITE_PARTITION_COLUMNS true, "
        "OVERWRITE_OR_IGNORE true)"
    )
    written: dict[str, list[str]] = {}
    for file in sorted(staged.glob("_month=*/*.parquet")):
        written.setdefault(file.parent.name.removeprefix("_month="), []).append(f"{file.parent.name}/{file.name}")
    if written:
        paths = ", ".join(file_literal(staged / name) for name in itertools.chain.from_iterable(written.values()))
        fresh = f"read_parquet([{paths}], hive_partitioning = false)"
        (repeated, last) = connection.execute(
            f"SELECT count(*) > count(DISTINCT _month || _key), max(_known_from) FROM {fresh}"
        ).fetchall()[0]
        added, changed, moved, gone = connection.execute(
            "SELECT count(*) FILTER (_old_hash IS NULL AND NOT _gone), "
            "count(*) FILTER (_old_hash IS NOT NULL AND NOT _gone), "
            "count(*) FILTER (_old_month <> _month), count(*) FILTER (_gone) FROM fresh"
        ).fetchall()[0]
    else:
        repeated, last, added, changed, moved, gone = False, None, 0, 0, 0, 0
    counts |= {"added": added, "changed": changed, "moved": moved, "withdrawn": counts["withdrawn"] + gone}
    counts["unchanged"] = counts["accepted"] - added - changed - gone
    commit = Commit(
        number=number,
        delivery=identity,
        learned_at=learned_at.isoformat(),
        months={},
        files=written,
        repeated=bool(repeated),
        counts={name: int(value) for name, value in counts.items()},
        warnings=warnings,
        sources=[[delivery.source, delivery.name, delivery.sha256] for delivery, _ in files],
        last_known_from=last.replace(tzinfo=dt.UTC).isoformat() if last else None,
        received_at=own.instant.isoformat(),
    )
    return replace(commit, months=_month_versions(connection, store, commit, staged))


def _fits_one_file(store: RecordVersions, commit: Commit, staged: Path) -> bool:
    """Whether the last versions are worth a file for the whole dataset: in several files now, and few."""
    sizes = _sizes(store, commit, staged, store.commits())
    return len(sizes) > 1 and sum(sizes) <= SMALL_DATASET_BYTES


def _is_worth_one_file(store: RecordVersions, commit: Commit, staged: Path) -> bool:
    """Whether enough came since the last versions were written to one file."""
    before, since = store.since_whole()
    new = _sizes(store, commit, staged, since)
    return before is None or len(new) >= WHOLE_AFTER_FILES or 0 < sum(new) >= WHOLE_AFTER_SHARE * before


def _sizes(store: RecordVersions, commit: Commit, staged: Path, earlier: Iterable[Commit]) -> list[int]:
    """Bytes of the files of a commit about to be made, and of the months of earlier ones."""
    sizes = [(staged / name).stat().st_size for names in commit.files.values() for name in names]
    return sizes + [store.size(one, month) for one in earlier for month in one.files]


def _write_whole(connection: duckdb.DuckDBPyConnection, store: RecordVersions, commit: Commit, staged: Path) -> str:
    sql = store.as_known(pending=(commit, staged), withdrawn=True)
    path = quote(str(staged / "latest.parquet"))
    connection.execute(
        f"COPY (SELECT * FROM ({sql}) ORDER BY _month, _key) TO {path} (FORMAT parquet, COMPRESSION zstd)"
    )
    return "latest.parquet"


def _write_latest(
    connection: duckdb.DuckDBPyConnection, store: RecordVersions, commit: Commit, staged: Path
) -> dict[str, list[str]]:
    """Write the last version of each record of large months, which every reader would have to find by comparing."""
    large = []
    for month, names in commit.files.items():
        touched = [earlier for earlier in store.commits() if month in earlier.files]
        size = sum((staged / name).stat().st_size for name in names)
        size += sum(store.size(earlier, month) for earlier in touched)
        if (touched or commit.repeated) and size >= LARGE_MONTH_BYTES:
            large.append(month)
    if not large:
        return {}
    sql = store.as_known(months=tuple(large), pending=(commit, staged), withdrawn=True)
    connection.execute(
        f"COPY (SELECT * FROM ({sql}) ORDER BY _month, _key) TO {quote(str(staged / 'latest'))} (FORMAT parquet, "
        "COMPRESSION zstd, PARTITION_BY (_month), WRITE_PARTITION_COLUMNS true)"
    )
    found: dict[str, list[str]] = {}
    for file in sorted((staged / "latest").glob("_month=*/*.parquet")):
        found.setdefault(file.parent.name.removeprefix("_month="), []).append(str(file.relative_to(staged)))
    return found


def _month_versions(
    connection: duckdb.DuckDBPyConnection, store: RecordVersions, commit: Commit, staged: Path
) -> dict[str, str]:
    """Content hash of each touched month as it will be, the same whatever the order and cut of the deliveries."""
    if not commit.files:
        return {}
    sql = store.as_known(months=tuple(commit.files), pending=(commit, staged))
    found = connection.execute(content_digest(sql)).fetchall()
    contents = {row[0]: sha256_text(store.dataset, *map(str, row)) for row in found}
    return {month: contents.get(month, store.nothing) for month in commit.files}


__all__ = ["Ingested", "RefusedDelivery", "ingest", "pending", "versions"]
