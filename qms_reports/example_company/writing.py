"""From statements to files: one file per kind and span of time, in the order in which the company recorded."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from qms_reports import store
from qms_reports.example_company import bulk_events, bulk_organisation, bulk_production
from qms_reports.example_company.kinds import KINDS, Kind
from qms_reports.example_company.phrases import prepare
from qms_reports.example_company.plan import Plan

if TYPE_CHECKING:
    import duckdb

Form = Literal["csv", "parquet"]

STATEMENTS: dict[str, Callable[[Plan, dt.datetime, dt.datetime, int], str]] = {
    "suppliers": bulk_organisation.suppliers,
    "documents": bulk_organisation.documents,
    "batches": bulk_production.batches,
    "batch_steps": bulk_production.batch_steps,
    "test_results": bulk_production.test_results,
    "units_distributed": bulk_production.units_distributed,
    "supplier_deliveries": bulk_production.supplier_deliveries,
    "training": bulk_organisation.training,
    "quality_events": bulk_events.quality_events,
    "capas": bulk_events.capas,
    "complaints": bulk_events.complaints,
    "audits": bulk_organisation.audits,
    "audit_findings": bulk_organisation.audit_findings,
    "change_controls": bulk_events.change_controls,
    "actions": bulk_events.actions,
    "product_recalls": bulk_events.product_recalls,
    "costs": bulk_organisation.costs,
}
"""What makes the record versions of each kind that were entered from one moment to another."""

MEMORY = 600
"""Megabytes that all sessions share; what does not fit is sorted on disk."""

LARGEST_FILE = 500_000
"""Records of one kind in a year above which its files hold a month each."""


@dataclass(frozen=True)
class Span:
    """The part of a kind that goes into one file.

    Attributes:
        kind: The kind.
        label: Year or month, for the file's name.
        low: First moment (UTC, without zone).
        high: First moment after it.
        until: How many months of the plan can have records in it.
    """

    kind: Kind
    label: str
    low: dt.datetime
    high: dt.datetime
    until: int


@dataclass(frozen=True)
class WrittenFile:
    """One file.

    Attributes:
        name: Its name.
        kind: Name of its record kind.
        records: Records that appear in it for the first time.
        versions: Rows.
    """

    name: str
    kind: str
    records: int
    versions: int


def spans(plan: Plan) -> Iterator[Span]:
    """All spans, the kinds with the largest files first, so that two sessions end at about the same time."""
    years = max(plan.days // 365, 1)
    for kind in sorted(KINDS.values(), key=lambda kind: (-plan.total(kind.name), kind.name)):
        monthly = plan.total(kind.name) // years > LARGEST_FILE
        bounds = [
            month.first for month in plan.months if monthly or month.first.month == 1 or month.first == plan.first
        ]
        for position, first in enumerate(bounds):
            final = position + 1 == len(bounds)
            # In Osaka the first day begins, in Philadelphia the last one ends, on another day of UTC.
            low = dt.datetime.combine(first - dt.timedelta(days=position == 0), dt.time())
            high = dt.datetime.combine(plan.last + dt.timedelta(days=2) if final else bounds[position + 1], dt.time())
            # A delivery is ordered up to seven weeks before the month for which it is confirmed.
            until = sum(month.first <= high.date() + dt.timedelta(days=50) for month in plan.months)
            yield Span(kind, f"{first:%Y-%m}" if monthly else f"{first:%Y}", low, high, until)


def write_files(
    plan: Plan, planted: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path, form: Form, workers: int
) -> list[WrittenFile]:
    """Write all files of the company.

    Each is made by one thread alone, so that its bytes do not depend on how many there are.

    Args:
        plan: What is asked for.
        planted: Name of a kind to rows that are added, with their values as Python has them and `recorded_at`.
        folder: An existing, empty folder.
        form: Comma separated text or Parquet.
        workers: How many files are made at the same time.

    Returns:
        The files, in the order of their names.
    """
    sessions: list[duckdb.DuckDBPyConnection] = []
    own = threading.local()
    (scratch := folder / ".scratch").mkdir()

    def session() -> duckdb.DuckDBPyConnection:
        if not hasattr(own, "session"):
            # Two sessions of one process must not share a folder for what they move to disk.
            own.session = store.connect(1, f"{MEMORY // workers}MB", scratch / f"{threading.get_ident()}")
            sessions.append(own.session)
            prepare(own.session, plan)
        found: duckdb.DuckDBPyConnection = own.session
        return found

    def write(span: Span) -> WrittenFile | None:
        return _write(session(), plan, span, planted.get(span.kind.name, ()), folder, form)

    try:
        with ThreadPoolExecutor(workers) as pool, contextlib.ExitStack() as stack:
            stack.callback(pool.shutdown, cancel_futures=True)
            found = list(pool.map(write, spans(plan)))
    finally:
        for each in sessions:
            each.close()
    for left in sorted(scratch.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    scratch.rmdir()
    return sorted((file for file in found if file), key=lambda file: file.name)


def _write(
    session: duckdb.DuckDBPyConnection,
    plan: Plan,
    span: Span,
    planted: Sequence[Mapping[str, Any]],
    folder: Path,
    form: Form,
) -> WrittenFile | None:
    """Write one file, or none if it would have no row."""
    kind = span.kind
    made = STATEMENTS[kind.name](plan, span.low, span.high, span.until)
    moment = "_day + to_seconds(_seconds) - to_minutes(utc_offset(_day, _s))"
    ordinary = f"SELECT *, {moment} AS _moment FROM ({made}) WHERE _day <= DATE '{plan.last}'"
    names = [name for name in kind.columns if name != "recorded_at"]
    typed = ", ".join(f"{name}::{kind.columns[name]} AS {name}" for name in names)
    bulk = f"SELECT {typed}, instant(_day, _seconds, _s) AS recorded_at, _moment, _new FROM ({ordinary})"
    columns = ", ".join(kind.columns)
    within = f"_moment >= {store.timestamp(_utc(span.low))} AND _moment < {store.timestamp(_utc(span.high))}"
    rows = f"SELECT * FROM ({bulk}) WHERE {within}{_planted(kind, span, planted)}"
    session.execute(f"CREATE OR REPLACE TEMP TABLE made AS {rows}")
    found = session.execute("SELECT count(*), count(*) FILTER (_new) FROM made").fetchone()
    if not found or not found[0]:
        return None
    name = f"{kind.name}_{span.label}.{form}"
    options = "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
    ordered = f"SELECT {columns} FROM made ORDER BY _moment, {', '.join(kind.key)}, recorded_at"
    session.execute(f"COPY ({ordered}) TO {store.quote(str(folder / name))} ({options})")
    return WrittenFile(name, kind.name, found[1], found[0])


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC)


def _planted(kind: Kind, span: Span, planted: Sequence[Mapping[str, Any]]) -> str:
    """SQL that adds the planted rows of a span; `_new` marks the first row of a record."""
    seen: set[tuple[Any, ...]] = set()
    rows = []
    for row in sorted(planted, key=recorded):
        key = tuple(row[name] for name in kind.key)
        moment = recorded(row)
        if span.low <= moment < span.high:
            values = (f"{_literal(row[name])}::{type_}" for name, type_ in kind.columns.items())
            rows.append(f"({', '.join(values)}, {store.timestamp(_utc(moment))}, {key not in seen})")
        seen.add(key)
    if not rows:
        return ""
    columns = ", ".join((*kind.columns, "_moment", "_new"))
    return f" UNION ALL BY NAME SELECT * FROM (VALUES {', '.join(rows)}) planted({columns})"


def _literal(value: object) -> str:
    """A value as SQL text, to be cast to its column's type."""
    return "NULL" if value is None else store.quote(str(value))


def recorded(row: Mapping[str, Any]) -> dt.datetime:
    """When a row was recorded: UTC, without zone."""
    return dt.datetime.fromisoformat(row["recorded_at"]).astimezone(dt.UTC).replace(tzinfo=None)


def month_end(first: dt.date) -> dt.date:
    """Last day of a month."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
