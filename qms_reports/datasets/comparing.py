"""Comparing the good rows of a delivery with what is known: new, changed, moved and vanished records."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from qms_reports.datasets.staging import RefusedDelivery
from qms_reports.declarations.models import Source
from qms_reports.record_versions import RecordVersions
from qms_reports.sources.landing import Delivery
from qms_reports.store import quote, timestamp

if TYPE_CHECKING:
    import duckdb


def keep_rows_still_in_force(connection: duckdb.DuckDBPyConnection, store: RecordVersions, files: list[str]) -> None:
    """Narrow the view `good` of a file cleaned again: a record that a later file changed keeps what that file said."""
    existing = store.as_known(withdrawn=True)
    listed = ", ".join(map(quote, files))
    later = f"SELECT _key FROM ({existing}) WHERE _file NOT IN ({listed})" if existing else "SELECT NULL WHERE false"
    connection.execute(f"CREATE TEMP TABLE said_later AS SELECT DISTINCT _key FROM ({later})")
    connection.execute("ALTER VIEW good RENAME TO delivered")
    connection.execute(
        "CREATE TEMP VIEW good AS SELECT * FROM delivered WHERE _key NOT IN (SELECT _key FROM said_later)"
    )


def find_changes(
    connection: duckdb.DuckDBPyConnection,
    store: RecordVersions,
    learned_at: dt.datetime,
    sealed: dt.datetime | None,
    *,
    held: bool,
) -> None:
    """Make `fresh` of the new versions: a table if they are to be held in memory, or else a view.

    A version is known from the record's own audit time, unless that lies in a past that a report has already shown
    (`sealed`), or before the record's previous version: then it is known from when its file was learned.  Each version
    is known later than the one before it, so that the last one said is the one that counts.
    """
    connection.execute(f"CREATE TEMP TABLE latest AS {_latest_sql(store)}")
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
        connection.execute(f"CREATE TEMP VIEW compared AS SELECT {columns}, {known} AS _known_from {source}")
    else:
        # A file that tells a record's history: each row is compared with the row before it.
        order = "PARTITION BY _key ORDER BY _audit NULLS LAST, _row"
        _drop_told_history(connection, store)
        earlier = f"({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        connection.execute(
            "CREATE TEMP VIEW compared AS SELECT * EXCLUDE (_old_hash, _old_month, _base), "
            f"coalesce(lag(_hash) OVER ({order}), _old_hash) AS _old_hash, "
            f"coalesce(lag(_month) OVER ({order}), _old_month) AS _old_month, "
            f"greatest(_base, max(_base) OVER {earlier} + to_microseconds(row_number() OVER ({order}) - 1)) "
            f"AS _known_from FROM (SELECT {columns}, {known} AS _base {source} "
            "WHERE _row NOT IN (SELECT _row FROM told))"
        )
    connection.execute(
        f"CREATE TEMP {'TABLE' if held else 'VIEW'} fresh AS SELECT * FROM compared "
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
        "CREATE TEMP TABLE told AS SELECT _row FROM (SELECT g._row, g._key, g._hash, g._audit, latest._known_from, "
        "lead(g._row) OVER (PARTITION BY g._key ORDER BY g._audit NULLS LAST, g._row) AS _next FROM good g JOIN latest "
        "ON latest._key = g._key) WHERE _next IS NOT NULL AND (_audit IS NULL OR _audit <= _known_from) "
        f"AND (_key, _hash) IN (SELECT (_key, _hash) FROM ({known}))"
    )


def find_withdrawn(
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
        f"CREATE TEMP TABLE vanished AS SELECT * FROM ({existing}) "
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
