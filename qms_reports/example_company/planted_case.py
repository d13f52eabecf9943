"""A planted case: a few rows with a trap in them, and what a right and a naive computation make of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.plain import Row, instant, latest, local_day
from qms_reports.example_company.sites import SATURDAY, ZONES

Day = dt.date

CLOSED_BY = {
    "quality_events": ("first_closed_on", "closed_on"), "capas": ("first_closed_on", "closed_on"),
    "complaints": ("first_closed_on", "closed_on"), "change_controls": ("first_closed_on", "closed_on"),
    "actions": ("closed_on",), "audit_findings": ("closed_on",), "product_recalls": ("terminated_on",),
}  # fmt: skip
"""Kinds that are closed one day, and the columns that then say so; the last one is empty as long as one is open."""


def day(text: str) -> dt.date:
    """``2024-01-31`` as a date."""
    return dt.date.fromisoformat(text)


@dataclass
class Case:
    """One planted case.

    Attributes:
        number: Its number: its records' ids begin with ``<prefix of the kind>-P<two digits>-``.
        name: What it is called.
        trap: Number of the trap in the list of the twenty that a quality report falls into; none if it is no trap.
        says: One sentence: what was planted.
        rows: Name of a kind to the versions of its records.
        right: What a right KPI must give.
        naive: What the naive computation gives of the rows entered until then.
        bad: Ids of records that must go to quarantine, with the reason.
        aftermath: Name of a kind to versions that come when the case is over and change none of its numbers.
    """

    number: int
    name: str
    trap: int | None
    says: str
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    right: dict[str, Any] = field(default_factory=dict)
    naive: dict[str, Any] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    aftermath: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def id(self, kind: str, number: int) -> str:
        """The id of its `number`-th record of a kind."""
        return f"{KINDS[kind].prefix}-P{self.number:02d}-{number:04d}"

    def add(self, kind: str, number: int, recorded_at: str, /, **values: Any) -> dict[str, Any]:
        """Add the first version of a record; what is not given is empty, the site is Hamburg."""
        row = {**KINDS[kind].empty, KINDS[kind].key[0]: self.id(kind, number), "site": "HAM"}
        if unknown := (values.keys() | {"recorded_at"}) - row.keys():
            raise KeyError(f"{kind} has no {sorted(unknown)}")
        if "site" not in KINDS[kind].columns:
            del row["site"]
        row |= {**values, "recorded_at": recorded_at}
        self.rows[kind].append(row)
        return row

    def change(self, kind: str, row: Row, recorded_at: str, /, **values: Any) -> dict[str, Any]:
        """Add a later version of a record: the same, but for the values given."""
        if unknown := values.keys() - row.keys():
            raise KeyError(f"{kind} has no {sorted(unknown)}")
        later = {**row, **values, "recorded_at": recorded_at}
        self.rows[kind].append(later)
        return later

    def event(
        self,
        number: int,
        occurred: str,
        *,
        site: str = "HAM",
        due: str | dt.date | None = None,
        closed: str | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """A quality event, logged two hours after it occurred and, if a day is given, closed on it.

        Args:
            number: Its number in the case.
            occurred: Local time (``2024-01-31 23:50``), or a day: then at nine in the morning.
            site: Its site.
            due: Day it is due on; after 30 days, if none is given.
            closed: Day of closing, entered at three in the afternoon.
            values: Columns that are not as usual; `recorded_at` too.
        """
        moment = occurred if " " in occurred else f"{occurred} 09:00"
        logged = (dt.datetime.fromisoformat(moment) + dt.timedelta(hours=2)).isoformat(sep=" ")
        due = day(str(due)) if due else day(moment[:10]) + dt.timedelta(days=30)
        usual = {
            "site": site,
            "zone": ZONES[site],
            "type": "deviation",
            "severity": "minor",
            "initial_severity": "minor",
            "department": "Production",
            "process": f"Planted case {self.number}",
            "failure_mode": f"planted {number}",
            "occurred_at": instant(moment, site),
            "logged_at": instant(logged, site),
            "original_due_on": due,
            "due_on": due,
            "extensions": 0,
            "reopenings": 0,
        }
        usual |= values
        recorded_at = usual.pop("recorded_at", usual["logged_at"])
        row = self.add("quality_events", number, str(recorded_at), **usual)
        if closed:
            row = self.close(row, closed)
        return row

    def close(self, row: Row, closed: str, **values: Any) -> dict[str, Any]:
        """A later version of an event: closed."""
        stands = {"closed_on": day(closed), "first_closed_on": row["first_closed_on"] or day(closed)}
        stands["root_cause"] = "equipment wear"
        return self.change("quality_events", row, instant(f"{closed} 15:00", row["site"]), **{**stands, **values})

    def capa(self, number: int, opened: str, due: str, *, closed: str | None = None, **values: Any) -> dict[str, Any]:
        """A CAPA, and its version as closed on a day (implemented on the same)."""
        usual = {
            "source_kind": "audit",
            "action_type": "corrective",
            "department": "Engineering",
            "opened_on": day(opened),
            "original_due_on": day(due),
            "due_on": day(due),
            "extensions": 0,
        }
        row = self.add("capas", number, instant(f"{opened} 10:00"), **{**usual, **values})
        if closed:
            done = day(closed)
            row = self.change(
                "capas", row, instant(f"{closed} 15:00"), implemented_on=done, first_closed_on=done, closed_on=done
            )
        return row

    def settle(self, after: str | None = None, wait: int = 14) -> None:
        """Close what would stay open for ever, once the case is over: such a backlog would outweigh a small company's.

        To be called when `right` and `naive` are known; none of these numbers may depend on these closings.

        Args:
            after: Last day that the case's numbers depend on closures of; none, if they do not.
            wait: Days from the last version of a record to its closing, at least.
        """
        for kind in sorted(self.rows.keys() & CLOSED_BY.keys()):
            still = (row for row in self.now(kind) if row[CLOSED_BY[kind][-1]] is None and row["voided_on"] is None)
            for position, row in enumerate(row for row in still if not row.get("duplicate_of")):
                closed = day(row["recorded_at"][:10]) + dt.timedelta(wait)
                closed = max(closed, day(after)) if after else closed
                closed += dt.timedelta(1 + position * 3 % 10)
                closed += dt.timedelta(7 - closed.weekday() if closed.weekday() >= SATURDAY else 0)
                values: dict[str, Any] = {name: row[name] or closed for name in CLOSED_BY[kind]}
                if kind == "quality_events":
                    values["root_cause"] = "equipment wear"
                self.later(kind, row, instant(f"{closed} 15:00", row["site"]), **values)

    def later(self, kind: str, row: Row, recorded_at: str, /, **values: Any) -> None:
        """Add a version of a record that comes when the case is over: the same, but for the values given."""
        self.aftermath[kind].append({**row, **values, "recorded_at": recorded_at})

    def end_with(self, last: dt.date) -> None:
        """Take in what comes when the case is over, as far as it is recorded up to a day."""
        for kind, rows in self.aftermath.items():
            self.rows[kind] += [row for row in rows if day(row["recorded_at"][:10]) <= last]
        self.aftermath.clear()

    def now(self, kind: str, as_known: str | None = None) -> list[Row]:
        """The last version of each of its records of a kind, as known at an instant, without what is quarantined."""
        rows = latest(self.rows[kind], KINDS[kind].key, as_known)
        return [row for row in rows if row[KINDS[kind].key[0]] not in self.bad]

    def opened(self, as_known: str | None = None) -> list[dt.date]:
        """The local days on which its valid events occurred."""
        return [local_day(row) for row in self.now("quality_events", as_known) if row["voided_on"] is None]
