"""Reading one delivery: its cleaned rows, each judged good, quarantined or repeated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.datasets.cleaning import stage_sql
from qms_reports.declarations.models import Dataset, Source
from qms_reports.settings import Settings
from qms_reports.sources.files import RawTable, UnreadableFile, open_file
from qms_reports.sources.landing import Delivery, Landing, file_format
from qms_reports.store import file_literal, identifier, quote

if TYPE_CHECKING:
    import duckdb


SMALL_DELIVERY_BYTES = 1024 * 1024
"""Rows of a file up to this size are held in memory; those of a larger one in a scratch file, to be read as needed."""


class RefusedDelivery(Exception):  # noqa: N818 - reads as what it is
    """A delivered file cannot be taken in as a whole; the message says why and what to do.

    Attributes:
        delivery: The file.
    """

    delivery: Delivery | None = None


@dataclass
class Stage:
    """What reading a delivery gave.

    Attributes:
        counts: Of its rows.
        warnings: What was noticed about the file as a whole.
        small: Whether its rows are held in memory.
    """

    counts: dict[str, int]
    warnings: list[str]
    small: bool


def read_delivery(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    dataset: Dataset,
    sources: dict[str, Source],
    delivery: Delivery,
    joined: dict[str, Delivery],
    scratch: Path,
) -> Stage:
    """Read and clean the delivery into `staged`, rejected rows into the table `rejected`."""
    own = Landing(settings.home, delivery.source).path(delivery)
    raw = open_file(own, file_format(sources[delivery.source].format), connection, _folder(scratch, "own"))
    raw_sql, available = raw.sql, set(raw.columns)
    for number, join in enumerate(dataset.joins):
        other = joined[join.source]
        path = Landing(settings.home, join.source).path(other)
        try:
            looked_up = open_file(
                path, file_format(sources[join.source].format), connection, _folder(scratch, f"join{number}")
            )
        except UnreadableFile as error:
            raise refusal(other, str(error)) from error
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
    small = is_small(own)
    if small:
        connection.execute(f"CREATE TEMP TABLE staged AS {sql}")
    else:
        file = scratch / "staged.parquet"
        connection.execute(f"COPY ({sql}) TO {quote(str(file))} (FORMAT parquet, COMPRESSION zstd)")
        connection.execute(f"CREATE TEMP VIEW staged AS SELECT * FROM read_parquet({file_literal(file)})")
    connection.execute(f"CREATE TEMP TABLE rejected AS {raw.rejects_sql}")
    _rank_staged(connection)
    counts = _count(connection)
    warnings += _broken_warnings(connection)
    return Stage(counts, warnings, small)


def is_small(file: Path) -> bool:
    """Whether a delivered file has so few rows that memory is for them."""
    return file.stat().st_size <= SMALL_DELIVERY_BYTES


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
        raise refusal(delivery, f"has no column {', '.join(map(repr, absent))} to look up")
    keys = ", ".join(identifier(name) for name in on)
    connection.execute(f"CREATE TEMP TABLE {table} AS {other.sql}")
    twice = connection.execute(
        f"SELECT {keys} FROM {table} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    ).fetchone()
    if twice:
        raise refusal(delivery, f"the key {twice} occurs more than once, so nothing can be looked up by it")
    equal = " AND ".join(f"trim(a.{identifier(name)}) = trim(b.{identifier(name)})" for name in on)
    names = ", ".join(f"b.{identifier(old)} AS {identifier(new)}" for new, old in taken.items())
    return f"SELECT a.*, {names} FROM ({raw_sql}) a LEFT JOIN {table} b ON {equal}"


def refusal(delivery: Delivery, message: str) -> RefusedDelivery:
    """The refusal of one file, which it names."""
    error = RefusedDelivery(f"{delivery.name}: {message}")
    error.delivery = delivery
    return error


def _rank_staged(connection: duckdb.DuckDBPyConnection) -> None:
    """Tell accepted rows from quarantined ones and from repetitions within the file.

    `_state` is ``bad`` (broke a rule), ``same`` (repeats an earlier row exactly), ``clash`` (the same key and time with
    other content: the first one is kept, the others go to quarantine) or ``good``.
    """
    bad = "_violations IS NOT NULL AND len(list_filter(_violations, lambda v: v.severity = 'ERROR')) > 0"
    connection.execute(f"CREATE TEMP VIEW judged AS SELECT *, ({bad}) AS _bad FROM staged")
    repeated = connection.execute("SELECT count(*) - count(DISTINCT _key) FROM judged WHERE NOT _bad").fetchone()
    if repeated and repeated[0]:
        window = "PARTITION BY _key, _audit ORDER BY _row"
        connection.execute(
            "CREATE TEMP TABLE repetition AS "
            "SELECT _row, _first, _hash = _first_hash AS _same FROM (SELECT _row, _hash, "
            f"first_value(_row) OVER ({window}) AS _first, first_value(_hash) OVER ({window}) AS _first_hash, _key "
            "FROM judged WHERE NOT _bad "
            "AND _key IN (SELECT _key FROM judged WHERE NOT _bad GROUP BY _key HAVING count(*) > 1))"
            " WHERE _row <> _first"
        )
    else:
        connection.execute("CREATE TEMP TABLE repetition (_row BIGINT, _first BIGINT, _same BOOLEAN)")
    connection.execute(
        "CREATE TEMP VIEW good AS SELECT * FROM judged WHERE NOT _bad AND _row NOT IN (SELECT _row FROM repetition)"
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
