"""Taking a delivery into a dataset: read, clean, compare with what is known, commit.

The same delivery twice changes nothing.  A killed ingestion leaves the dataset as it was, and the next one repeats it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.datasets.cleaning import stage_sql
from qms_reports.datasets.schema import columns, generation
from qms_reports.declarations.models import Dataset, Source
from qms_reports.settings import Settings
from qms_reports.sources.files import RawTable, UnreadableFile, open_file
from qms_reports.sources.landing import Delivery, Landing, file_format
from qms_reports.store import (
    Commit,
    RecordVersions,
    StoreError,
    connect,
    content_digest,
    explained,
    file_literal,
    identifier,
    quote,
    sha256_text,
    timestamp,
)

if TYPE_CHECKING:
    import duckdb


class RefusedDelivery(Exception):  # noqa: N818 - reads as what it is
    """A delivered file cannot be taken in as a whole; the message says why and what to do.

    Attributes:
        delivery: The file.
    """

    delivery: Delivery | None = None


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
        return []
    done = []
    with store.lock():
        waiting = pending(settings, dataset, sources)
        while waiting:
            identity, delivery, joined = waiting.pop(0)
            try:
                done.append(_ingest_one(settings, dataset, sources, store, identity, delivery, joined))
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
        contextlib.closing(connect(settings.threads, settings.memory_limit, scratch)) as connection,
        _database_errors(dataset, delivery),
    ):
        stage = _stage(connection, settings, dataset, sources, delivery, joined, scratch)
        counts = stage.counts
        taken = _taken(store, dataset)
        if delivery.sha256 in taken and not delivery.again:
            _keep_rows_still_in_force(connection, store, taken[: taken.index(delivery.sha256) + 1])
        _find_changes(connection, store, learned_at, sealed)
        if source.delivers == "full":
            if counts["rejected"]:
                stage.warnings.append(
                    f"{delivery.name}: nothing was withdrawn, because {counts['rejected']} of its rows cannot be read "
                    "and may be the records that seem to be missing"
                )
            else:
                counts["withdrawn"] += _find_withdrawn(connection, store, source, learned_at, delivery)
        del counts["rejected"]
        _write_quarantine(connection, staged, delivery)
        commit = _write_versions(connection, store, staged, identity, learned_at, counts, stage.warnings, files)
        if remembered is None:
            store.remember(identity, learned_at, sealed)
        store.commit(staged, commit)
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


@dataclass
class _Stage:
    counts: dict[str, int]
    warnings: list[str]


def _stage(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    dataset: Dataset,
    sources: dict[str, Source],
    delivery: Delivery,
    joined: dict[str, Delivery],
    scratch: Path,
) -> _Stage:
    """Read and clean the delivery into the file `staged`, rejected rows into the table `rejected`."""
    raw = open_file(
        Landing(settings.home, delivery.source).path(delivery),
        file_format(sources[delivery.source].format),
        connection,
        _folder(scratch, "own"),
    )
    raw_sql, available = raw.sql, set(raw.columns)
    for number, join in enumerate(dataset.joins):
        other = joined[join.source]
        path = Landing(settings.home, join.source).path(other)
        try:
            looked_up = open_file(
                path, file_format(sources[join.source].format), connection, _folder(scratch, f"join{number}")
            )
        except UnreadableFile as error:
            raise _refused(other, str(error)) from error
        raw_sql = _joined(connection, raw_sql, looked_up, join.on, join.columns, f"lookup{number}", other)
        available |= set(join.columns)
    wanted = {column.source or name: name for name, column in dataset.columns.items()}
    absent = [name for name in wanted if name not in available]
    if absent:
        raise RefusedDelivery(
            f"{delivery.name}: column{'s' * (len(absent) > 1)} {', '.join(map(repr, absent))} declared by dataset "
            f"{dataset.dataset} {'are' if len(absent) > 1 else 'is'} not in the file, which has "
            f"{', '.join(map(repr, raw.columns))}; deliver the column or mend 'source' in the declaration"
        )
    used = set(wanted) | {key for join in dataset.joins for key in join.on}
    extra = [name for name in raw.columns if name not in used]
    warnings = [f"{delivery.name}: not used: {', '.join(extra)}"] if extra else []
    sql = stage_sql(dataset, raw_sql, suspicious=raw.suspicious, time_zone=settings.time_zone)
    file = scratch / "staged.parquet"
    connection.execute(f"COPY ({sql}) TO {quote(str(file))} (FORMAT parquet, COMPRESSION zstd)")
    connection.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet({file_literal(file)})")
    connection.execute(f"CREATE TABLE rejected AS {raw.rejects_sql}")
    _rank_staged(connection)
    counts = _count(connection)
    warnings += _broken_warnings(connection)
    return _Stage(counts, warnings)


def _folder(scratch: Path, name: str) -> Path:
    folder = scratch / name
    folder.mkdir()
    return folder


def _joined(
    connection: duckdb.DuckDBPyConnection,
    raw_sql: str,
    other: RawTable,
    on: tuple[str, ...],
    taken: dict[str, str],
    table: str,
    delivery: Delivery,
) -> str:
    absent = [name for name in (*on, *taken.values()) if name not in other.columns]
    if absent:
        raise _refused(delivery, f"has no column {', '.join(map(repr, absent))} to look up")
    keys = ", ".join(identifier(name) for name in on)
    connection.execute(f"CREATE TABLE {table} AS {other.sql}")
    twice = connection.execute(
        f"SELECT {keys} FROM {table} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    ).fetchone()
    if twice:
        raise _refused(delivery, f"the key {twice} occurs more than once, so nothing can be looked up by it")
    equal = " AND ".join(f"trim(a.{identifier(name)}) = trim(b.{identifier(name)})" for name in on)
    names = ", ".join(f"b.{identifier(old)} AS {identifier(new)}" for new, old in taken.items())
    return f"SELECT a.*, {names} FROM ({raw_sql}) a LEFT JOIN {table} b ON {equal}"


def _refused(delivery: Delivery, message: str) -> RefusedDelivery:
    error = RefusedDelivery(f"{delivery.name}: {message}")
    error.delivery = delivery
    return error


def _rank_staged(connection: duckdb.DuckDBPyConnection) -> None:
    """Tell accepted rows from quarantined ones and from repetitions within the file.

    `_state` is ``bad`` (broke a rule), ``same`` (repeats an earlier row exactly), ``clash`` (the same key and time with
    other content: the first one is kept, the others go to quarantine) or ``good``.
    """
    bad = "_violations IS NOT NULL AND len(list_filter(_violations, lambda v: v.severity = 'ERROR')) > 0"
    connection.execute(f"CREATE VIEW judged AS SELECT *, ({bad}) AS _bad FROM staged")
    repeated = connection.execute("SELECT count(*) - count(DISTINCT _key) FROM judged WHERE NOT _bad").fetchone()
    if repeated and repeated[0]:
        window = "PARTITION BY _key, _audit ORDER BY _row"
        connection.execute(
            "CREATE TABLE repetition AS SELECT _row, _first, _hash = _first_hash AS _same FROM (SELECT _row, _hash, "
            f"first_value(_row) OVER ({window}) AS _first, first_value(_hash) OVER ({window}) AS _first_hash, _key "
            "FROM judged WHERE NOT _bad "
            "AND _key IN (SELECT _key FROM judged WHERE NOT _bad GROUP BY _key HAVING count(*) > 1))"
            " WHERE _row <> _first"
        )
    else:
        connection.execute("CREATE TABLE repetition (_row BIGINT, _first BIGINT, _same BOOLEAN)")
    connection.execute(
        "CREATE VIEW good AS SELECT * FROM judged WHERE NOT _bad AND _row NOT IN (SELECT _row FROM repetition)"
    )


def _count(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    def one(sql: str) -> int:
        row = connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    read = one("SELECT count(*) FROM staged")
    rejected = one("SELECT count(DISTINCT row) FROM rejected")
    bad = one("SELECT count(*) FROM judged WHERE _bad")
    same = one("SELECT count(*) FROM repetition WHERE _same")
    clash = one("SELECT count(*) FROM repetition WHERE NOT _same")
    return {
        "read": read + rejected,
        "rejected": rejected,
        "accepted": read - bad - same - clash,
        "quarantined": rejected + bad + clash,
        "duplicate": same,
        "added": 0,
        "changed": 0,
        "moved": 0,
        "withdrawn": 0,
        "unchanged": 0,
    }


def _broken_warnings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT v.rule, v.message, count(*) FROM (SELECT unnest(_violations) AS v FROM judged WHERE NOT _bad) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [f"{count} row{'s' * (count > 1)}: {message} ({rule})" for rule, message, count in found]


def _keep_rows_still_in_force(connection: duckdb.DuckDBPyConnection, store: RecordVersions, files: list[str]) -> None:
    """Narrow the view `good` of a file cleaned again: a record that a later file changed keeps what that file said."""
    existing = store.as_known(withdrawn=True)
    listed = ", ".join(map(quote, files))
    later = f"SELECT _key FROM ({existing}) WHERE _file NOT IN ({listed})" if existing else "SELECT NULL WHERE false"
    connection.execute(f"CREATE TABLE said_later AS SELECT DISTINCT _key FROM ({later})")
    connection.execute("ALTER VIEW good RENAME TO delivered")
    connection.execute("CREATE VIEW good AS SELECT * FROM delivered WHERE _key NOT IN (SELECT _key FROM said_later)")


def _find_changes(
    connection: duckdb.DuckDBPyConnection,
    store: RecordVersions,
    learned_at: dt.datetime,
    sealed: dt.datetime | None,
) -> None:
    """Fill the view `fresh` with the new versions, tombstones of moved records included.

    A version is known from the record's own audit time, unless that lies in a past that a report has already shown
    (`sealed`), or before the record's previous version: then it is known from when its file was learned.  Each version
    is known later than the one before it, so that the last one said is the one that counts.
    """
    connection.execute(f"CREATE TABLE latest AS {_latest_sql(store)}")
    learned = timestamp(learned_at)
    floor = f"good._audit > {timestamp(sealed)}" if sealed else "true"
    trusted = f"good._audit IS NOT NULL AND {floor} AND good._audit <= {learned}"
    known = (
        f"CASE WHEN {trusted} AND (latest._known_from IS NULL OR good._audit > latest._known_from) THEN good._audit "
        f"ELSE greatest({learned}, latest._known_from + INTERVAL 1 microsecond) END"
    )
    repeated = connection.execute("SELECT count(*) - count(DISTINCT _key) FROM good").fetchone()
    columns = "good.*, latest._hash AS _old_hash, latest._month AS _old_month"
    source = "FROM good LEFT JOIN latest ON latest._key = good._key"
    if not repeated or not repeated[0]:
        connection.execute(f"CREATE VIEW compared AS SELECT {columns}, {known} AS _known_from {source}")
    else:
        # A file that tells a record's history: each row is compared with the row before it.
        order = "PARTITION BY _key ORDER BY _audit NULLS LAST, _row"
        _drop_told_history(connection, store)
        earlier = f"({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        connection.execute(
            "CREATE VIEW compared AS SELECT * EXCLUDE (_old_hash, _old_month, _base), "
            f"coalesce(lag(_hash) OVER ({order}), _old_hash) AS _old_hash, "
            f"coalesce(lag(_month) OVER ({order}), _old_month) AS _old_month, "
            f"greatest(_base, max(_base) OVER {earlier} + to_microseconds(row_number() OVER ({order}) - 1)) "
            f"AS _known_from FROM (SELECT {columns}, {known} AS _base {source} "
            "WHERE _row NOT IN (SELECT _row FROM told))"
        )
    connection.execute(
        "CREATE VIEW fresh AS SELECT * FROM compared "
        "WHERE _old_hash IS DISTINCT FROM _hash AND NOT (_gone AND _old_hash IS NULL)"
    )


def _latest_sql(store: RecordVersions) -> str:
    """The last version of each delivered record, with only its time if that version withdrew it."""
    existing = store.as_known(withdrawn=True)
    if not existing:
        return (
            "SELECT NULL::VARCHAR AS _key, NULL::VARCHAR AS _hash, NULL::VARCHAR AS _month, "
            "NULL::TIMESTAMP AS _known_from WHERE false"
        )
    return (
        f"WITH found AS MATERIALIZED (SELECT _key, _hash, _month, _known_from, _withdrawn FROM ({existing}) "
        "WHERE _key IN (SELECT _key FROM good)) "
        "SELECT _key, _hash, _month, _known_from FROM found WHERE NOT _withdrawn "
        "UNION ALL SELECT _key, NULL, NULL, max(_known_from) FROM found GROUP BY _key HAVING bool_and(_withdrawn)"
    )


def _drop_told_history(connection: duckdb.DuckDBPyConnection, store: RecordVersions) -> None:
    """Fill the table `told` with rows of a history that an earlier file told already, the last row of each excepted."""
    stored = store.all_versions()
    known = (
        f"SELECT _key, _hash FROM ({stored}) WHERE NOT _withdrawn AND _key IN (SELECT _key FROM good)"
        if stored
        else "SELECT NULL AS _key, NULL AS _hash WHERE false"
    )
    connection.execute(
        "CREATE TABLE told AS SELECT _row FROM (SELECT g._row, g._key, g._hash, g._audit, latest._known_from, "
        "lead(g._row) OVER (PARTITION BY g._key ORDER BY g._audit NULLS LAST, g._row) AS _next FROM good g JOIN latest "
        "ON latest._key = g._key) WHERE _next IS NOT NULL AND (_audit IS NULL OR _audit <= _known_from) "
        f"AND (_key, _hash) IN (SELECT (_key, _hash) FROM ({known}))"
    )


def _find_withdrawn(
    connection: duckdb.DuckDBPyConnection,
    store: RecordVersions,
    source: Source,
    learned_at: dt.datetime,
    delivery: Delivery,
) -> int:
    """Fill the table `vanished` with the records that a full file no longer holds; a quarantined row holds its own."""
    existing = store.as_known()
    if not existing:
        return 0
    connection.execute(
        f"CREATE TABLE vanished AS SELECT * FROM ({existing}) "
        "WHERE _key NOT IN (SELECT _key FROM judged WHERE _key IS NOT NULL)"
    )
    gone, known = connection.execute(
        f"SELECT (SELECT count(*) FROM vanished), (SELECT count(*) FROM ({existing}))"
    ).fetchall()[0]
    if known and gone / known > source.full_may_withdraw:
        raise RefusedDelivery(
            f"{delivery.name}: source {source.source} delivers full extracts, and this file would withdraw {gone} of "
            f"{known} known records; deliver a complete file, declare 'delivers: changes', or raise 'full_may_withdraw'"
        )
    connection.execute("ALTER TABLE vanished ADD COLUMN _from TIMESTAMP")
    connection.execute(
        f"UPDATE vanished SET _from = greatest({timestamp(learned_at)}, _known_from + INTERVAL 1 microsecond)"
    )
    return int(gone)


def _write_quarantine(connection: duckdb.DuckDBPyConnection, staged: Path, delivery: Delivery) -> None:
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
    connection.execute(f"CREATE TABLE quarantined AS {rows}")
    found = connection.execute("SELECT count(*) FROM quarantined").fetchone()
    if found and found[0]:
        path = quote(str(staged / "quarantine.parquet"))
        connection.execute(
            f"COPY (SELECT * FROM quarantined ORDER BY row, rule, column_name) TO {path} (FORMAT parquet)"
        )


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
    if connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'vanished'").fetchall()[0][0]:
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
    quarantined = connection.execute(
        "SELECT month, count(DISTINCT row) FROM quarantined WHERE month IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
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
        quarantined_months={month: int(count) for month, count in quarantined},
    )
    return replace(commit, months=_month_versions(connection, store, commit, staged))


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


def declared_columns(dataset: Dataset) -> dict[str, str]:
    """Column name to DuckDB type of a stored dataset."""
    return columns(dataset)
