"""The records as known at an instant, in a shut-in DuckDB session: what KPIs, charts and tables are computed from.

A session holds one table or view per dataset, with the declared columns and `META_TYPES`.  It is kept for the next
reader as long as nothing has been added to the datasets, so a run over many months reads the files once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qms_reports.datasets.ingestion import versions
from qms_reports.datasets.schema import columns, sql_type
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.expressions import counts_partners
from qms_reports.declarations.models import Dataset, View
from qms_reports.declarations.references import QUARANTINE_TYPES
from qms_reports.record_versions import Commit, RecordVersions
from qms_reports.settings import Settings
from qms_reports.store import connect, identifier, lock_down, quote

if TYPE_CHECKING:
    import duckdb

IN_MEMORY_ROWS = 100_000
"""A dataset with more versions than this is read from its files each time, and only the months that are needed of it:
that costs less than holding all of it in memory."""

_KEPT = 3
_sessions: OrderedDict[tuple[object, ...], Session] = OrderedDict()
_guard = threading.Lock()

META_TYPES = {
    "_key": "VARCHAR", "_month": "VARCHAR", "_known_from": "TIMESTAMP", "_source": "VARCHAR", "_file": "VARCHAR",
    "_row": "BIGINT", "_commit": "INTEGER",
}  # fmt: skip
"""What a session knows of a record beside its declared columns."""

_TRACED = ("_key", "_source", "_file", "_row", "_known_from")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The time for which a dataset can say "there was nothing" rather than "we do not know".

    Attributes:
        first: Period date of the earliest record; ``None`` without any record.
        until: The local day on which the latest delivered file was received or extracted; ``None`` without one.
    """

    first: dt.date | None
    until: dt.date | None


@dataclass(frozen=True)
class Session:
    """Records ready to be queried.

    Attributes:
        connection: The shut-in DuckDB session.  Use `cursor`, which other threads may do at the same time.
        coverage: Of each stored dataset.
        commits: The deliveries behind each stored dataset: all of them now, else those with a version known by then.
        large: The stored datasets that are read from their files each time.
        as_known: The instant the records are as known at; ``None`` for now.
        cutoff: The latest instant at which anything in here was learned, or `as_known`.
    """

    connection: duckdb.DuckDBPyConnection
    coverage: dict[str, Coverage]
    commits: dict[str, tuple[Commit, ...]]
    large: frozenset[str]
    as_known: dt.datetime | None
    cutoff: dt.datetime

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one reader."""
        return self.connection.cursor()


@contextlib.contextmanager
def session(
    settings: Settings, catalogue: Catalogue, names: Iterable[str], as_known: dt.datetime | None = None
) -> Iterator[Session]:
    """Open the named datasets (views bring along what they are computed from).

    Args:
        settings: Where the store is.
        catalogue: What the names mean.
        names: Datasets.
        as_known: Nothing learned after this instant; everything known, if absent.
    """
    wanted = catalogue.stored_behind(names)
    views = tuple(sorted(n for n, d in catalogue.datasets.items() if d.view and d.view.dataset in wanted))
    states = tuple(versions(settings, catalogue.datasets[name]).state() for name in wanted)
    shapes = catalogue.declaration_hash([("dataset", name) for name in (*wanted, *views)])
    key = (settings.home, settings.time_zone, states, shapes, as_known)
    with _guard:
        opened = _sessions.get(key)
        if opened is None:
            opened = _sessions[key] = _open(settings, catalogue, wanted, views, as_known)
            while len(_sessions) > _KEPT:
                _sessions.popitem(last=False)  # closed when its last reader lets go of it
        _sessions.move_to_end(key)
    yield opened


def close_sessions() -> None:
    """Let go of all kept sessions, as before forking or when a home folder is removed."""
    with _guard:
        _sessions.clear()


def _open(
    settings: Settings,
    catalogue: Catalogue,
    wanted: tuple[str, ...],
    views: tuple[str, ...],
    as_known: dt.datetime | None,
) -> Session:
    connection = connect(1, settings.memory_limit)  # one thread each: the same sums and the same order in every run
    stores = {name: versions(settings, catalogue.datasets[name]) for name in wanted}

    def define(name: str) -> tuple[dt.date | None, tuple[Commit, ...]]:
        cursor, dataset = connection.cursor(), catalogue.datasets[name]
        _define(cursor, settings, dataset, as_known)
        return _first_day(cursor, settings, dataset, as_known), _behind(cursor, stores[name], dataset, as_known)

    def define_related(name: str) -> None:
        if catalogue.datasets[name].related:
            _define_related(connection.cursor(), settings, catalogue, catalogue.datasets[name])

    # Several datasets side by side: of hundreds of small files that is faster than several threads for one dataset.
    with ThreadPoolExecutor(settings.threads) as pool:
        opened = dict(zip(wanted, pool.map(define, wanted), strict=True))
        list(pool.map(define_related, wanted))  # raises what one of them raised
    coverage = {}
    commits = {name: behind for name, (_, behind) in opened.items()}
    instants = []
    for name, (first, behind) in opened.items():
        learned = [dt.datetime.fromisoformat(commit.received_at or commit.learned_at) for commit in behind]
        if as_known is not None:
            learned = [min(moment, as_known) for moment in learned]
        until = max(learned).astimezone(settings.zone).date() if learned else None
        coverage[name] = Coverage(first, until)
        if last := stores[name].last_known_from(as_known):
            instants.append(last)
    for name in views:
        view = catalogue.datasets[name]
        stored = catalogue.stored(name)
        if view.view is not None and view.view.rows == "quarantined":
            _define_quarantine(connection, settings, stored, commits[stored.dataset])
        _define_view(connection, view)
    lock_down(connection, (settings.home / "datasets",))
    cutoff = as_known or max(instants, default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    large = frozenset(name for name in wanted if not _is_small(settings, catalogue.datasets[name]))
    return Session(connection, coverage, commits, large, as_known, cutoff)


def _first_day(
    connection: duckdb.DuckDBPyConnection, settings: Settings, dataset: Dataset, as_known: dt.datetime | None
) -> dt.date | None:
    """The period date of the earliest record; of what is not in memory only the months before it are looked at."""
    earliest = f"SELECT min({identifier(dataset.period_date)}) FROM"
    if _is_small(settings, dataset):
        return _day(connection.execute(f"{earliest} {identifier(stored_table(dataset))}").fetchall()[0][0])
    store = versions(settings, dataset)
    for month in store.months():
        sql = store.as_known(as_known, months=(month,))
        if first := _day(connection.execute(f"{earliest} ({sql})").fetchall()[0][0]):
            return first
    return None


def _day(value: dt.date | None) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value


def _behind(
    connection: duckdb.DuckDBPyConnection, store: RecordVersions, dataset: Dataset, as_known: dt.datetime | None
) -> tuple[Commit, ...]:
    """The deliveries behind the records as known at an instant.

    A later delivery adds no version known earlier, so what is said about that instant does not change when one arrives;
    one learned by then counts even if it added nothing.
    """
    if as_known is None:
        return store.commits()
    found = connection.execute(f"SELECT DISTINCT _commit FROM {identifier(stored_table(dataset))}").fetchall()
    numbers = {row[0] for row in found}
    return tuple(
        commit
        for commit in store.commits()
        if commit.number in numbers or dt.datetime.fromisoformat(commit.learned_at) <= as_known
    )


def stored_table(dataset: Dataset) -> str:
    """The name, in a session, of a dataset's own columns; of its records with all columns where none are related."""
    return f"{dataset.dataset}:stored" if dataset.related else dataset.dataset


def _define(
    connection: duckdb.DuckDBPyConnection, settings: Settings, dataset: Dataset, as_known: dt.datetime | None
) -> None:
    store = versions(settings, dataset)
    shape = columns(dataset) | META_TYPES
    sql = store.as_known(as_known)
    table = identifier(stored_table(dataset))
    if not sql:
        connection.execute(f"CREATE TABLE {table} ({', '.join(f'{identifier(n)} {t}' for n, t in shape.items())})")
        return
    listed = ", ".join(identifier(name) for name in shape)
    small = _is_small(settings, dataset)
    kind = "TABLE" if small else "VIEW"
    order = f" ORDER BY {identifier(dataset.period_date)}, _key" if small else ""
    connection.execute(f"CREATE {kind} {table} AS SELECT {listed} FROM ({sql}){order}")


def _is_small(settings: Settings, dataset: Dataset) -> bool:
    return versions(settings, dataset).taken_in() <= IN_MEMORY_ROWS


def _define_related(
    connection: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue, dataset: Dataset
) -> None:
    """The records with the columns computed from other datasets' records, as these are known at the same instant."""
    small = _is_small(settings, dataset)
    sql = _with_related(catalogue, dataset, identifier(stored_table(dataset)), dataset.related, {})
    order = f" ORDER BY {identifier(dataset.period_date)}, _key" if small else ""
    connection.execute(f"CREATE {'TABLE' if small else 'VIEW'} {identifier(dataset.dataset)} AS {sql}{order}")


def _with_related(
    catalogue: Catalogue, dataset: Dataset, own: str, names: Collection[str], of_some: Mapping[str, str]
) -> str:
    """SELECT of a relation of a dataset's records with some of its related columns; see `narrow` for `of_some`."""
    # Columns of the same partners are computed in one join.
    partners: dict[tuple[object, ...], list[str]] = {}
    for name in names:
        related = dataset.related[name]
        partners.setdefault((related.dataset, tuple(related.on.items()), related.when), []).append(name)
    joins, found = [], {}
    for number, together in enumerate(partners.values()):
        related = dataset.related[together[0]]
        other = catalogue.datasets[related.dataset]
        theirs = ", ".join(f"{identifier(c)} AS {identifier('other_' + c)}" for c in (*columns(other), "_key"))
        equal = [f"o.{identifier('other_' + a)} = b.{identifier(b)}" for a, b in related.on.items()]
        if other.dataset == dataset.dataset:
            equal.append("o.other__key <> b._key")
        values = []
        for place, name in enumerate(together):
            sql = dataset.related[name].sql
            values.append(f"({sql})::{sql_type(dataset.related[name])} AS value{place}")
            none = "0" if counts_partners(sql) else "NULL"
            found[name] = f"coalesce(r{number}.value{place}, {none}) AS {identifier(name)}"
        conditions = dict.fromkeys(of_some.get(name, "true") for name in together)
        some = own if "true" in conditions else f"(SELECT * FROM {own} WHERE {' OR '.join(conditions)})"
        pairs = (
            f"SELECT b._key, {', '.join(values)} FROM {some} b JOIN "
            f"(SELECT {theirs} FROM {identifier(stored_table(other))}) o ON {' AND '.join(equal)} "
            f"WHERE {related.when or 'true'} GROUP BY b._key"
        )
        joins.append(f"LEFT JOIN ({pairs}) r{number} ON r{number}._key = s._key")
    return f"SELECT {', '.join(['s.*', *(found[name] for name in names)])} FROM {own} s {' '.join(joins)}"


def narrow_table(dataset: str) -> str:
    """The name of the table that `narrow` makes."""
    return f"{dataset}:needed"


def narrow(
    cursor: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    dataset: Dataset,
    table: str,
    condition: str,
    names: Iterable[str],
    of_some: Mapping[str, str],
) -> None:
    """Read the few records of a large dataset that a statement needs, once for all of its parts.

    Args:
        cursor: The reader that will run the statement; the table lives as long as it.
        catalogue: The declarations.
        dataset: The dataset, which is not a view.
        table: Name of the table.
        condition: On the dataset's own columns.
        names: The columns needed, ``_key`` where it is; related ones are computed for these records only.
        of_some: Related column to a condition on the dataset's own columns: for other records nobody reads it.
    """
    wanted = set(names)
    related = [name for name in dataset.related if name in wanted]
    if any(identifier(name) in condition for name in dataset.related):
        condition = "true"  # a role that is computed from other records is not known before they are read
    for name in related:
        wanted |= set(dataset.related[name].on.values())
        wanted |= set(re.findall(r"\w+", f"{dataset.related[name].when} {dataset.related[name].sql}"))
    if related:
        wanted.add("_key")
    listed = ", ".join(identifier(name) for name in (*columns(dataset), "_key") if name in wanted)
    own = f"SELECT {listed} FROM {identifier(stored_table(dataset))} WHERE {condition}"
    made = identifier(f"{table}:own") if related else identifier(table)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {made} AS {own}")
    if related:
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {identifier(table)} AS "
            f"{_with_related(catalogue, dataset, made, related, of_some)}"
        )


def view_source(view: View) -> str:
    """The name, in a session, of the rows that a view groups."""
    return view.dataset if view.rows == "records" else f"{view.dataset}:quarantined"


def _define_quarantine(
    connection: duckdb.DuckDBPyConnection, settings: Settings, dataset: Dataset, commits: Iterable[Commit]
) -> None:
    shape = QUARANTINE_TYPES | {n: t for n, t in META_TYPES.items() if n in _TRACED}
    rows = versions(settings, dataset).quarantine(commits)
    if not rows:
        rows = f"SELECT {', '.join(f'NULL::{kind} AS {identifier(n)}' for n, kind in shape.items())} WHERE false"
    else:
        day = f"timezone({quote(settings.time_zone)}, timezone('UTC', learned_at))::DATE"
        rows = (
            'SELECT source, file, sha256, "row" AS file_row, rule, column_name, value, message, key AS record_key, '
            f"month, {day} AS received_on, coalesce(key, 'row ' || \"row\") AS _key, "
            "source AS _source, sha256 AS _file, "
            f'"row" AS _row, learned_at AS _known_from FROM ({rows})'
        )
    table = identifier(f"{dataset.dataset}:quarantined")
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM ({rows}) ORDER BY received_on, _file, _row, rule"
    )


def _define_view(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    assert dataset.view is not None  # noqa: S101 - the caller chose views
    groups = ", ".join(identifier(name) for name in dataset.view.group_by)
    derived = ", ".join(f"({d.sql}) AS {identifier(name)}" for name, d in dataset.derive.items())
    where = f" WHERE {dataset.view.filter}" if dataset.view.filter else ""
    connection.execute(
        f"CREATE VIEW {identifier(dataset.dataset)} AS "
        f"SELECT *, concat_ws(chr(31), {', '.join(map(identifier, dataset.key))}) AS _key "
        f"FROM (SELECT {groups}, {derived} FROM {identifier(view_source(dataset.view))}{where} GROUP BY {groups})"
    )


__all__ = ["IN_MEMORY_ROWS", "Coverage", "Session", "close_sessions", "session"]
