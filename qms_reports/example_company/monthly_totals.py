"""Opened, closed and open at month end, month by month, counted in plain Python from the finished files."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path

from qms_reports import store
from qms_reports.example_company.kinds import KINDS

FLOWS = {
    "quality_events": ("occurred_at", "closed_on"), "capas": ("opened_on", "closed_on"),
    "complaints": ("received_on", "closed_on"), "change_controls": ("opened_on", "closed_on"),
    "actions": ("opened_on", "closed_on"), "product_recalls": ("initiated_on", "terminated_on"),
}  # fmt: skip
"""The kinds that are opened and closed, and the columns that say when they were opened and closed."""

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


def monthly_totals(folder: Path, months: Collection[dt.date], bad: Collection[str]) -> dict[str, dict[str, list[int]]]:
    """Flows of all kinds that are opened and closed, as everything known at the end tells them.

    Valid records only: what was ever voided counts nowhere. An instant counts on the day that its own text states,
    which is the site's.

    Args:
        folder: Folder of the files.
        months: First days of the months.
        bad: Ids of records that belong into quarantine.

    Returns:
        Kind to ``opened``, ``closed`` and ``open_at_end``, one number a month.
    """
    firsts = sorted(months)
    ends = [*firsts[1:], (firsts[-1] + dt.timedelta(days=32)).replace(day=1)]
    found = {}
    for kind, (opened, closed) in FLOWS.items():
        key = KINDS[kind].key[0]
        versions: dict[str, tuple[dt.datetime, dict[str, str]]] = {}
        for row in _rows(folder, kind):
            moment = dt.datetime.fromisoformat(row["recorded_at"])
            if row[key] not in versions or versions[row[key]][0] < moment:
                versions[row[key]] = (moment, row)
        lives = [
            (dt.date.fromisoformat(row[opened][:10]), dt.date.fromisoformat(row[closed] or "9999-12-31"))
            for _, row in versions.values()
            if not row["voided_on"] and row[key] not in bad
        ]
        found[kind] = {
            "opened": [sum(first <= a < end for a, _ in lives) for first, end in zip(firsts, ends, strict=True)],
            "closed": [sum(first <= b < end for _, b in lives) for first, end in zip(firsts, ends, strict=True)],
            "open_at_end": [sum(a < end <= b for a, b in lives) for end in ends],
        }
    return found
