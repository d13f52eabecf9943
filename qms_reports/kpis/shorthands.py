"""What a KPI's SQL may say in one word, written out: states of a record at the period's end, business days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.declarations.models import Calendar, Kpi, Roles
from qms_reports.store import identifier, quote, sha256_text

if TYPE_CHECKING:
    from sqlglot import exp

_FIRST_MONDAY = dt.date(1900, 1, 1)
_MONDAY = f"DATE '{_FIRST_MONDAY}'"
_SATURDAY, _SUNDAY = 6, 7


def roles_of(kpi: Kpi, roles: Roles) -> Roles:
    """The roles as a KPI means them: its due basis decides which due date "overdue" is measured by."""
    if kpi.due_basis == "original" and roles.original_due:
        return roles.model_copy(update={"due": roles.original_due})
    return roles


def names(roles: Roles, types: dict[str, str]) -> tuple[str, ...]:
    """Everything an expression over these columns may name."""
    states: tuple[str, ...] = ()
    if roles.opened:
        states = STATES if roles.due else STATES[:1]
    return (*types, *(name for name in PERIOD_COLUMNS if name not in types), *states)


def written_out(
    sql: str,
    roles: Roles,
    types: dict[str, str],
    calendars: Sequence[Calendar],
    days: dict[str, BusinessDays],
    *,
    aggregate: bool,
) -> exp.Expr:
    """The syntax tree of a declared expression without shorthands; quantiles interpolate.

    Args:
        sql: The expression.
        roles: What its states mean.
        types: Column name to DuckDB type.
        calendars: For business days.
        days: Filled with the columns of business days that the tree then names, and what they stand for.
        aggregate: Whether it is over many records.

    Raises:
        BadSqlError: The expression may not run.
    """
    import sqlglot
    from sqlglot import exp

    def expanded(node: Any) -> Any:
        if isinstance(node, exp.Column) and not node.table and node.name in STATES:
            return sqlglot.parse_one(f"({_state(node.name, roles, types)})", read="duckdb")
        if isinstance(node, exp.Anonymous) and node.name.lower() == "business_days":
            first, last, member = (part.sql("duckdb") for part in node.expressions)
            name = f"days:{sha256_text(f'{first}, {last}, {member}')[:12]}"
            days[name] = BusinessDays(first, last, member, tuple(calendars))
            return exp.column(exp.to_identifier(name, quoted=True))
        if isinstance(node, exp.Median | exp.PercentileCont):
            # Of decimals the engine gives a decimal, and cuts the mean of the two middle values to their digits.
            node.set("this", exp.cast(node.this, "DOUBLE"))
        return node

    tree: exp.Expr = parse_checked(sql, names(roles, types), aggregate=aggregate).transform(expanded, copy=False)
    return tree


def end_of(column: str, types: dict[str, str], row: str = "") -> str:
    """The limit of a window that a column is compared with: an instant for instants, a day for days."""
    return f"{row}{'period_end_at' if types[column] == 'TIMESTAMP' else 'period_end'}"


def not_voided(roles: Roles, types: dict[str, str], record: str = "", window: str = "") -> str:
    """Whether a record is valid at the end of the window; void from a later day on, it still counted."""
    if roles.voided is None:
        return "true"
    column = record + identifier(roles.voided)
    return f"({column} IS NULL OR {column} >= {end_of(roles.voided, types, window)})"


def is_open(roles: Roles, types: dict[str, str], record: str = "", window: str = "") -> str:
    """Open at the end of the window: begun before it, and not closed, or reopened, nor voided before it."""

    def column(name: str) -> str:
        return record + identifier(name)

    def end(name: str) -> str:
        return end_of(name, types, window)

    opened = roles.opened or ""
    parts = [f"{column(opened)} < {end(opened)}"]
    if closed := roles.closed:
        parts.append(f"({column(closed)} IS NULL OR {column(closed)} >= {end(closed)})")
    if (reopened := roles.reopened) and (first := roles.first_closed):
        # Between its first closure and its reopening it was closed, whatever came later.
        parts.append(
            f"({column(reopened)} IS NULL OR {column(reopened)} < {end(reopened)} OR {column(first)} IS NULL "
            f"OR {column(first)} >= {end(first)})"
        )
    if roles.voided:
        parts.append(not_voided(roles, types, record, window))
    return " AND ".join(parts)


def _state(name: str, roles: Roles, types: dict[str, str]) -> str:
    if name == STATES[0]:
        return is_open(roles, types)
    # A date-only due day ends with that local day: due on the last day of the period is not overdue at its end.
    due = roles.due
    assert due is not None  # noqa: S101 - STATES[1] is a legal name only with a due role
    limit = "period_end_at" if types[due] == "TIMESTAMP" else "period_last_day"
    return f"{is_open(roles, types)} AND {identifier(due)} < {limit}"


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Business days after `first` up to and including `last` in the calendar of `member`, all three SQL.

    The day after receipt is day 1, as 21 CFR 803.20 and 314.81 count.  A member without a calendar has a weekend of
    Saturday and Sunday and no holidays.
    """

    first: str
    last: str
    member: str
    calendars: tuple[Calendar, ...]

    def sql(self, *, local: bool = False) -> str:
        """The number of days as SQL.

        Args:
            local: For the engine of this process alone, which counts holidays in a list; a hundred comparisons, which
                every engine understands, take it longer to plan than to run.
        """
        plain = self._between(None, local=local)
        cases = [
            f"WHEN {self.member} IN ({', '.join(map(quote, calendar.members))}) "
            f"THEN {self._between(calendar, local=local)}"
            for calendar in self.calendars
        ]
        return f"CASE {' '.join(cases)} ELSE {plain} END" if cases else plain

    def _between(self, calendar: Calendar | None, *, local: bool) -> str:
        return f"{_worked(self.last, calendar, local=local)} - {_worked(self.first, calendar, local=local)}"


def _worked(date: str, calendar: Calendar | None, *, local: bool) -> str:
    """Business days from Monday, 1 January 1900 up to and including a date, as a closed form."""
    weekend: tuple[int, ...] = calendar.weekend if calendar else (_SATURDAY, _SUNDAY)
    days = f"date_diff('day', {_MONDAY}, CAST({date} AS DATE))"
    begun = f"least(({days} % 7) + 1, 5)"
    if _SATURDAY not in weekend:
        begun += f" + CASE WHEN {days} % 7 >= 5 THEN 1 ELSE 0 END"
    if _SUNDAY not in weekend:
        begun += f" + CASE WHEN {days} % 7 = 6 THEN 1 ELSE 0 END"
    whole = f"CAST({7 - len(weekend)} * ({days} - {days} % 7) / 7 AS BIGINT)"
    holidays = sorted(
        day
        for day in map(dt.date.fromisoformat, calendar.holidays if calendar else ())
        if day.isoweekday() not in weekend
    )
    if not holidays:
        return f"({whole} + {begun})"
    if local:
        listed = ", ".join(str((day - _FIRST_MONDAY).days) for day in holidays)
        return f"({whole} + {begun} - len(list_filter([{listed}], lambda day: day <= {days})))"
    passed = " ".join(f"WHEN {date} < DATE '{day}' THEN {number}" for number, day in enumerate(holidays))
    return f"({whole} + {begun} - CASE {passed} ELSE {len(holidays)} END)"
