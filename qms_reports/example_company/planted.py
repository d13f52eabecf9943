"""All planted cases: a few hundred rows among however many others, with ids of their own, whose truth is exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from qms_reports.example_company import planted_people, planted_production, planted_records, planted_time
from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.plain import utc
from qms_reports.example_company.plan import Plan
from qms_reports.example_company.planted_case import Case


def planted_cases(plan: Plan) -> tuple[list[Case], list[Case]]:
    """The cases that lie wholly within the company's time, and those that do not and are left out.

    What comes when a case is over may lie behind the company's time and is then left out alone.
    """
    every = chain(planted_time.cases(), planted_records.cases(), planted_production.cases(), planted_people.cases())
    inside: list[Case] = []
    outside: list[Case] = []
    for case in every:
        (inside if _within(case, plan) else outside).append(case)
    for case in inside:
        case.end_with(plan.last)
    return inside, outside


def _within(case: Case, plan: Plan) -> bool:
    first = dt.datetime.combine(plan.first, dt.time(), dt.UTC)
    end = dt.datetime.combine(plan.last, dt.time(23), dt.UTC)
    return all(first <= utc(row["recorded_at"]) <= end for rows in case.rows.values() for row in rows)


def planted_rows(cases: list[Case]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the cases, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        for kind, rows in case.rows.items():
            found.setdefault(kind, []).extend(rows)
    return found


def described(cases: list[Case]) -> Iterator[Mapping[str, Any]]:
    """The cases as `truth.json` tells them."""
    for case in cases:
        ids = {
            kind: sorted({"/".join(str(row[name]) for name in KINDS[kind].key) for row in rows})
            for kind, rows in sorted(case.rows.items())
        }
        yield {
            "case": case.number,
            "name": case.name,
            "trap": case.trap,
            "says": case.says,
            "id_prefix": {kind: f"{KINDS[kind].prefix}-P{case.number:02d}-" for kind in sorted(case.rows)},
            "ids": ids,
            "versions": {kind: len(rows) for kind, rows in sorted(case.rows.items())},
            "right": case.right,
            "naive": case.naive,
            "quarantined": case.bad,
        }
