"""Overlapping windows put together from their steps: the measurements of a month are read once, not once per window.

A KPI over the last twelve months, in a series of 36 months, would read each measurement twelve times.  Where its
values, filter and limits do not look at the window, a statement counts every single period (a *step*) instead, and a
window is the steps that it spans, one after the other in the order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.kpis.aggregations import LIST_SEPARATOR, Aggregation
from qms_reports.kpis.figures import Counted
from qms_reports.kpis.measurements import Measured, Measurements
from qms_reports.kpis.shorthands import names
from qms_reports.kpis.stretches import Stretch
from qms_reports.periods import Period

Values = tuple[Stretch | None, str | None, str | None]
"""What a statement gives for a step: its measurements, limits, and number of records that are never void."""


def has_steps(item: Aggregation, types: dict[str, str]) -> bool:
    """Whether a window's measurements are those of its steps one after the other.

    They are in the order of the KPI's own date, their limits are the largest or smallest of the records', and nothing
    depends on the window.
    """
    from sqlglot import exp

    method = item.method
    if method is None or method.order is None or method.order != item.date:
        return False
    limits = [sql for sql in (method.lower_limit, method.upper_limit) if sql]
    known = names(item.roles, types)
    trees = [parse_checked(sql, known, aggregate=True) for sql in limits]
    if not all(isinstance(tree, exp.Max | exp.Min) and not tree.expressions for tree in trees):
        return False
    trees += [parse_checked(sql, known, aggregate=False) for sql in (method.values, item.filter) if sql]
    mentioned = {column.name for tree in trees for column in tree.find_all(exp.Column)}
    return not mentioned & {*(name for name in PERIOD_COLUMNS if name not in types), *STATES}


def ends_when_void(item: Aggregation) -> str | None:
    """The column that says from when a record is in no window any more; none where it is the KPI's own date."""
    return None if item.roles.voided == item.date else item.roles.voided


def steps_of(windows: Sequence[Period], spans: Iterable[tuple[int, int]]) -> tuple[Period, ...]:
    """All steps of windows, oldest first, for each (length of the window, lag)."""
    found = {step for rolling, lag in spans for window in windows for step in _steps(window, rolling, lag)}
    return tuple(sorted(found))


@lru_cache(maxsize=1024)
def _steps(window: Period, rolling: int, lag: int) -> tuple[Period, ...]:
    return tuple(window.previous(lag + back) for back in range(rolling - 1, -1, -1))


class Steps:
    """What a statement gave for the steps of one part (a total or a member), to be put together."""

    def __init__(self, item: Aggregation, types: dict[str, str], zone: ZoneInfo) -> None:
        """Nothing given yet.

        Args:
            item: What is counted.
            types: Column name to DuckDB type.
            zone: The site's zone, for the ends of windows of timestamp columns.
        """
        self._item = item
        self._instants = bool(item.roles.voided) and types[item.roles.voided or ""] == "TIMESTAMP"
        self._zone = zone
        self._given: dict[str, dict[Period, Values]] = {}
        method = item.method
        assert method is not None  # noqa: S101 - see `has_steps`
        self._picks = tuple(_pick(sql) for sql in (method.lower_limit, method.upper_limit))

    def add(self, step: Period, stratum: str | None, values: Values) -> None:
        """Take what was counted for one step and stratum."""
        self._given.setdefault(stratum or "", {})[step] = values

    def window(self, window: Period) -> list[tuple[str, Counted]]:
        """What a window's records count, for each stratum that has any, in the order of their names."""
        wanted = _steps(window, self._item.rolling, self._item.lag)
        end = window.previous(self._item.lag) if self._item.lag else window
        until = f"{end.end_instant(self._zone):%Y-%m-%d %H:%M:%S}" if self._instants else end.end.isoformat()
        found = []
        for stratum in sorted(self._given):
            steps = self._given[stratum]
            given = [steps[step] for step in wanted if step in steps]
            if given:
                found.append((stratum, self._together(given, until)))
        return found

    def _together(self, given: Sequence[Values], until: str) -> Counted:
        pieces: list[Measured] = []
        records = 0
        sides: tuple[list[str], list[str]] = ([], [])
        for stretch, limits, count in given:
            own = (limits or LIST_SEPARATOR).split(LIST_SEPARATOR)
            records += int(count or 0)
            if stretch is not None:
                found, valid = stretch.at(until)
                records += len(valid)
                own += [limit for both in valid for limit in both]
                if found is not None:
                    pieces.append(found)
            for place, side in enumerate(sides):
                side.extend(filter(None, own[place::2]))
        lower, upper = (
            str(pick(map(Decimal, side))) if side else "" for pick, side in zip(self._picks, sides, strict=True)
        )
        return Counted(None, None, records, Measurements(tuple(pieces), lower, upper))


def _pick(sql: str | None) -> Callable[[Iterable[Decimal]], Decimal]:
    """What the aggregate of a limit does with the limits of several steps."""
    import sqlglot
    from sqlglot import exp

    return max if sql is not None and isinstance(sqlglot.parse_one(sql, read="duckdb"), exp.Max) else min
