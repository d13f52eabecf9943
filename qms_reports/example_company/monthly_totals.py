"""Opened, closed and open at month end, month by month, counted in plain Python from the finished files."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qms_reports import store
from qms_reports.example_company.kinds import KINDS

FLOWS = {
    "quality_events": ("occurred_at", "closed_on"), "capas": ("opened_on", "closed_on"),
    "complaints": ("received_on", "closed_on"), "change_controls": ("opened_on", "closed_on"),
    "actions": ("opened_on", "closed_on"), "product_recalls": ("initiated_on", "terminated_on"),
}  # fmt: skip
"""The kinds that are opened and closed, and the columns that say when they were opened and closed."""

NEVER = dt.date(9999, 12, 31)

COUNTED_UP_TO = 200_000
"""Records above which nothing is counted: every version of every record is held in memory."""


def _rows(folder: Path, kind: str) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob(f"{kind}_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    names = list(KINDS[kind].columns)
    texts = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in names)
    for path in sorted(folder.glob(f"{kind}_*.parquet")):
        session = store.kept_session()
        for row in session.execute(f"SELECT {texts} FROM read_parquet({store.file_literal(path)})").fetchall():
            yield dict(zip(names, row, strict=True))


@dataclass(frozen=True)
class _Life:
    """The days of a record's life; of several reopenings the last one is known."""

    opened: dt.date
    first_closed: dt.date
    reopened: dt.date
    closed: dt.date
    void: dt.date

    @classmethod
    def of(cls, row: Mapping[str, str], opened: str, closed: str) -> _Life:
        """The life that a record's last version tells; a day that never came lies in the year 9999."""

        def on(name: str) -> dt.date:
            return dt.date.fromisoformat(row[name][:10]) if row.get(name) else NEVER

        void = on(opened) if row.get("duplicate_of") and not row["voided_on"] else on("voided_on")
        return cls(on(opened), on("first_closed_on" if row.get("reopened_on") else closed), on("reopened_on"),
                   on(closed), void)  # fmt: skip

    def is_open(self, end: dt.date) -> bool:
        """Whether it is open before a day: not closed, or reopened, nor void."""
        away = self.first_closed < end <= self.reopened < NEVER
        return self.opened < end <= self.closed and not away and self.void >= end


def monthly_totals(folder: Path, months: Collection[dt.date], bad: Collection[str]) -> dict[str, dict[str, list[int]]]:
    """Flows of all kinds that are opened and closed, as everything known at the end tells them.

    A record that became void before the end of a month counts in none of that month's numbers; in the months before it
    still counts.  A complaint that repeats another is void from the day it was received, if no other day is stated.
    An instant counts on the day that its own text states, which is the site's.  In every month what is open at its end
    was open before, plus ``opened`` and ``reopened``, minus ``closed``, ``closed_again`` and ``voided_while_open``.

    Args:
        folder: Folder of the files.
        months: First days of the months.
        bad: Ids of records that belong into quarantine.

    Returns:
        Kind to ``opened``, ``closed`` (for the first time), ``reopened``, ``closed_again`` (for the last time, once
        reopened), ``voided_while_open`` (open when the month began) and ``open_at_end``, one number a month.
    """
    firsts = sorted(months)
    ends = [*firsts[1:], (firsts[-1] + dt.timedelta(days=32)).replace(day=1)]
    spans = list(zip(firsts, ends, strict=True))
    found = {}
    for kind, (opened, closed) in FLOWS.items():
        key = KINDS[kind].key[0]
        versions: dict[str, tuple[dt.datetime, dict[str, str]]] = {}
        for row in _rows(folder, kind):
            moment = dt.datetime.fromisoformat(row["recorded_at"])
            if row[key] not in versions or versions[row[key]][0] < moment:
                versions[row[key]] = (moment, row)
        lives = [_Life.of(row, opened, closed) for _, row in versions.values() if row[key] not in bad]
        again = [life for life in lives if life.reopened < NEVER]
        found[kind] = {
            "opened": _counted(((life.opened, life.void) for life in lives), spans),
            "closed": _counted(((life.first_closed, life.void) for life in lives), spans),
            "reopened": _counted(((life.reopened, life.void) for life in again), spans),
            "closed_again": _counted(((life.closed, life.void) for life in again), spans),
            "voided_while_open": [
                sum(first <= life.void < end and life.is_open(first) for life in lives) for first, end in spans
            ],
            "open_at_end": [sum(life.is_open(end) for life in lives) for end in ends],
        }
    return found


def _counted(dated: Iterable[tuple[dt.date, dt.date]], spans: Iterable[tuple[dt.date, dt.date]]) -> list[int]:
    """How many days lie in each span, of records (day, void from) that are not void before its end."""
    held = list(dated)
    return [sum(first <= on < end <= void for on, void in held) for first, end in spans]
