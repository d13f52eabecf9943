"""Which records belong to which windows: the part of a statement that its aggregates stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from qms_reports.declarations.models import Dataset, Roles
from qms_reports.kpis.shorthands import is_open, not_voided
from qms_reports.periods import Period
from qms_reports.store import identifier, timestamp

_WINDOW = ("period_start", "period_end", "period_last_day", "period_start_at", "period_end_at")
_COLUMNS = ("_from", "_from_at", *_WINDOW)


@dataclass(frozen=True, slots=True)
class Population:
    """Which records and windows a group of KPIs shares."""

    date: str
    rolling: int
    lag: int
    strata: tuple[str, ...]
    only_open: bool


def windows_sql(windows: Iterable[Period], rolling: int, zone: ZoneInfo, lag: int = 0) -> str:
    """SELECT of the windows: `_w`, `_from`, `_from_at` (start of the rolling window) and the period columns."""
    rows = []
    for number, reported in enumerate(windows):
        literals = window_literals(reported, rolling, zone, lag)
        rows.append(f"({number}, {', '.join(literals[name] for name in _COLUMNS)})")
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t(_w, {', '.join(_COLUMNS)})"


def window_literals(reported: Period, rolling: int, zone: ZoneInfo, lag: int = 0) -> dict[str, str]:
    """The columns of a window as SQL literals."""
    period = reported.previous(lag) if lag else reported
    first = period.previous(rolling - 1) if rolling > 1 else period
    return {
        "_from": f"DATE '{first.start}'",
        "_from_at": timestamp(first.start_instant(zone)),
        "period_start": f"DATE '{period.start}'",
        "period_end": f"DATE '{period.end}'",
        "period_last_day": f"DATE '{period.last_day}'",
        "period_start_at": timestamp(period.start_instant(zone)),
        "period_end_at": timestamp(period.end_instant(zone)),
    }


def population_sql(dataset: Dataset, types: dict[str, str], date: str, *, only_open: bool = False) -> str:
    """The join condition that puts a record `d` in a window `w`; a record voided before its end is in none."""
    roles = dataset.roles
    if only_open:
        return is_open(roles, types, "d.", "w.")
    valid = "" if roles.voided in (None, date) else f" AND {not_voided(roles, types, 'd.', 'w.')}"
    if date != "as_of":
        column = f"d.{identifier(date)}"
        if types[date] == "TIMESTAMP":
            return f"{column} >= w._from_at AND {column} < w.period_end_at{valid}"
        return f"{column} >= w._from AND {column} < w.period_end{valid}"
    if opened := roles.opened:  # a record that has not begun is in no state
        return f"d.{identifier(opened)} < w.{'period_end_at' if types[opened] == 'TIMESTAMP' else 'period_end'}{valid}"
    return f"true{valid}"


def population_of(
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    windows: Sequence[Period],
    zone: ZoneInfo,
    table: str,
    *,
    local: bool = False,
) -> str:
    """SELECT of the records that a group of KPIs shares, each with the windows it belongs to.

    Bounds that hold for all windows stand beside the condition of each, so that months outside are never read.  In the
    engine of this process a single window is not joined: what is the same for all records is soon planned.
    """
    condition = condition_of(dataset, types, shared)
    within = within_of(dataset, types, shared, windows, zone)
    if local and len(windows) == 1:
        literals = window_literals(windows[0], shared.rolling, zone, shared.lag)
        for name in _COLUMNS:
            condition = re.sub(rf"\bw\.{name}\b", literals[name], condition)
        listed = ", ".join(f"{literals[name]} AS {name}" for name in _WINDOW)
        return f"SELECT 0 AS _w, {listed}, d.* FROM {identifier(table)} d WHERE {within} AND {condition}"
    limits = _Limits(windows, shared, zone)
    window = f"({windows_sql(windows, shared.rolling, zone, shared.lag)}) w"
    if shared.date != "as_of" and shared.rolling == 1:
        # A record is in one window at most, which is found without trying them all.
        steps = limits.steps(f"d.{identifier(shared.date)}", instants=types[shared.date] == "TIMESTAMP")
        condition = f"w._w = {steps} AND {condition}"
    return (
        f"SELECT w.* EXCLUDE (_from, _from_at), d.* FROM {window} "
        f"JOIN (SELECT * FROM {identifier(table)} WHERE {within}) d ON {condition}"
    )


def steps_of_records(
    dataset: Dataset, types: dict[str, str], shared: Population, windows: Sequence[Period], zone: ZoneInfo, table: str
) -> str:
    """SELECT of the records of single periods (`stepwise`), with the number of theirs.

    Those that are void by the end of their period are among them: a window that ends later leaves them out.
    """
    within = within_of(dataset, types, shared, windows, zone)
    number = _Limits(windows, shared, zone).steps(identifier(shared.date), instants=types[shared.date] == "TIMESTAMP")
    records = f"SELECT {number}::INTEGER AS _w, * FROM {identifier(table)} WHERE {within}"
    return f"SELECT * FROM ({records}) WHERE _w IS NOT NULL"


def condition_of(dataset: Dataset, types: dict[str, str], shared: Population) -> str:
    """The condition that puts a record `d` in a window `w` of a group."""
    return population_sql(dataset, types, shared.date, only_open=shared.only_open)


def within_of(
    dataset: Dataset, types: dict[str, str], shared: Population, windows: Sequence[Period], zone: ZoneInfo
) -> str:
    """A condition on a record that holds for all that are in any of the windows, so that others are never read."""
    limits = _Limits(windows, shared, zone)
    if shared.date != "as_of":
        return _dated(types, shared.date, limits)
    return (_open_at_some if shared.only_open else _begun)(dataset.roles, types, limits)


def bounds_of(
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    windows: Sequence[Period],
    zone: ZoneInfo,
    still: Sequence[str] = (),
) -> str | None:
    """Condition on a dataset's own columns that leaves few of its records, all that a group needs among them.

    Args:
        dataset: The dataset.
        types: Column name to DuckDB type.
        shared: The group.
        windows: The periods to evaluate.
        zone: The site's zone.
        still: Date columns that the group's filters ask to be empty or not before the end of the window.
    """
    limits = _Limits(windows, shared, zone)
    if shared.date != "as_of":
        return None if shared.date in dataset.related else _dated(types, shared.date, limits)
    if shared.only_open and dataset.roles.closed is not None:
        return _open_at_some(dataset.roles, types, limits)
    end = limits.first_end(instants=False)
    kept = [
        f"({identifier(name)} IS NULL OR {identifier(name)} >= {end})" for name in still if name not in dataset.related
    ]
    return " AND ".join([_begun(dataset.roles, types, limits), *kept]) if kept else None


def _dated(types: dict[str, str], date: str, limits: _Limits) -> str:
    first, last = limits.outer(instants=types[date] == "TIMESTAMP")
    return f"{identifier(date)} >= {first} AND {identifier(date)} < {last}"


class _Limits:
    """Days and instants at which the windows of a population begin and end."""

    def __init__(self, windows: Sequence[Period], shared: Population, zone: ZoneInfo) -> None:
        ends = [window.previous(shared.lag) if shared.lag else window for window in windows]
        firsts = [end.previous(shared.rolling - 1) if shared.rolling > 1 else end for end in ends]
        self._spans = [
            (
                (f"DATE '{a.start}'", f"DATE '{b.end}'"),
                (timestamp(a.start_instant(zone)), timestamp(b.end_instant(zone))),
            )
            for a, b in zip(firsts, ends, strict=True)
        ]

    def outer(self, *, instants: bool) -> tuple[str, str]:
        """Start of the first window and end of the last."""
        spans = [span[instants] for span in self._spans]
        return min(first for first, _ in spans), max(last for _, last in spans)

    def first_end(self, *, instants: bool) -> str:
        """End of the first window."""
        return min(span[instants][1] for span in self._spans)

    def steps(self, column: str, *, instants: bool) -> str:
        """The number of the window a column's value lies in, found by halving; windows do not overlap."""
        pieces = [("", "NULL")]  # from where on, which window
        for (first, last), number in sorted((span[instants], number) for number, span in enumerate(self._spans)):
            if pieces[-1][0] == first:
                pieces.pop()
            pieces += [(first, str(number)), (last, "NULL")]
        return _halved(column, pieces)


def _halved(column: str, pieces: Sequence[tuple[str, str]]) -> str:
    if len(pieces) == 1:
        return pieces[0][1]
    middle = len(pieces) // 2
    before, after = _halved(column, pieces[:middle]), _halved(column, pieces[middle:])
    return f"CASE WHEN {column} < {pieces[middle][0]} THEN {before} ELSE {after} END"


def _begun(roles: Roles, types: dict[str, str], limits: _Limits) -> str:
    if roles.opened is None:
        return "true"
    return f"{identifier(roles.opened)} < {limits.outer(instants=types[roles.opened] == 'TIMESTAMP')[1]}"


def _open_at_some(roles: Roles, types: dict[str, str], limits: _Limits) -> str:
    """Whether a record can be open at the end of some window: not closed for good before the first of them."""
    if roles.closed is None:
        return _begun(roles, types, limits)
    closed = identifier(roles.closed)
    end = limits.first_end(instants=types[roles.closed] == "TIMESTAMP")
    return f"{_begun(roles, types, limits)} AND ({closed} IS NULL OR {closed} >= {end})"
