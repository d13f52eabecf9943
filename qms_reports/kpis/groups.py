"""The statements of one group: KPIs over the same records and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from qms_reports.declarations.models import Calendar, Dataset, Method
from qms_reports.kpis.aggregations import LIST_SEPARATOR, Aggregation
from qms_reports.kpis.breakdown import breakdown_of
from qms_reports.kpis.conditions import Conditions, condition_sql, filtered
from qms_reports.kpis.populations import Population
from qms_reports.kpis.shorthands import BusinessDays, written_out
from qms_reports.kpis.stepwise import ends_when_void
from qms_reports.kpis.stretches import ListedValues, StepStatement, digits_of
from qms_reports.store import identifier

Places = tuple[tuple[str, tuple[int, int, int]], ...]
"""Each KPI of a group with the places of its three texts among a row's values."""


@dataclass(frozen=True)
class Group:
    """KPIs over the same records and windows.

    Attributes:
        number: Number of the group.
        dataset: The dataset.
        types: Column name to DuckDB type.
        shared: Which records and windows the group shares.
        wanted: Its aggregations.
        calendars: For business days.
    """

    number: int
    dataset: Dataset
    types: dict[str, str]
    shared: Population
    wanted: Sequence[Aggregation]
    calendars: tuple[Calendar, ...]


def group_sql(group: Group, records: str, *, local: bool) -> tuple[str, Places]:
    """Aggregates, and lists of single times or measurements, over the records of a group.

    Args:
        group: The group.
        records: SELECT of the records, each with its windows.
        local: Whether the engine of this process will run it.
    """
    types, calendars = group.types, group.calendars
    breakdown = breakdown_of(group.dataset, group.wanted, group.shared.strata)
    conditions = Conditions()
    values: dict[str, int] = {}
    places = []
    bare: set[str] = set()
    for item in group.wanted:
        inside: dict[str, BusinessDays] = {}
        flag = conditions.flag(condition_sql(item.filter, item.roles, types, calendars, inside))
        texts, periods, counted = _values(replace(item, name="", dimensions=()), tuple(types.items()), flag, calendars)
        first, second, third = (values.setdefault(text, len(values)) for text in texts)
        places.append((item.name, (first, second, third)))
        bare |= periods
        conditions.read(inside | counted, "" if inside else flag)
    joined = conditions.joined(records, breakdown.members, local=local)
    return breakdown.counted(list(values), joined, group.number, sorted(bare), local=local), tuple(places)


def tally_sql(group: Group, records: str) -> tuple[str, Places]:
    """The times of one filter, handed over as how often each occurs: of many few are different."""
    types, calendars = group.types, group.calendars
    item = group.wanted[0]
    method = item.method
    assert method is not None  # noqa: S101 - the caller chose those with times
    assert method.event is not None  # noqa: S101 - as above
    breakdown = breakdown_of(group.dataset, group.wanted, group.shared.strata)
    conditions = Conditions()
    inside: dict[str, BusinessDays] = {}
    flag = conditions.flag(condition_sql(item.filter, item.roles, types, calendars, inside))
    time, ended = (condition_sql(sql, item.roles, types, calendars, inside) for sql in (method.values, method.event))
    conditions.read(inside, "")
    joined = conditions.joined(records, breakdown.members, local=True)
    kept = f" WHERE {identifier(flag)}" if flag else ""
    tallies = [
        f"'{{' || string_agg(_time::VARCHAR || '=' || _n, ', ') FILTER (WHERE _time IS NOT NULL AND {which}) || '}}'"
        for which in ("_ended", "NOT _ended")
    ]
    timed = f"SELECT *, {time} AS _time, {ended} AS _ended FROM ({joined}){kept}"
    return breakdown.tallied(tallies, timed, group.number), tuple((each.name, (0, 1, 2)) for each in group.wanted)


def step_statement(group: Group, records: str, first: int = 0) -> tuple[StepStatement, Places]:
    """The statements for measurements that are read once per step.

    A record that becomes void later belongs to the windows before that day: it is handed over with that day and its own
    limits, for the reader to decide; the limits and the number of the others are counted here.  Steps are numbered from
    `first` on.
    """
    breakdown = breakdown_of(group.dataset, group.wanted, group.shared.strata)
    types, calendars = group.types, group.calendars
    void = ends_when_void(group.wanted[0])  # the same column for all that share a date
    until = identifier(void) if void else "NULL"
    conditions = Conditions()
    values: dict[str, int] = {}
    listed: dict[ListedValues, int] = {}
    own: dict[tuple[str, str], int] = {}
    lists = {}
    places = []
    taken: dict[str, None] = {}
    for item in group.wanted:
        method = item.method
        assert method is not None  # noqa: S101 - see `has_steps`
        inside: dict[str, BusinessDays] = {}
        flag = conditions.flag(condition_sql(item.filter, item.roles, types, calendars, inside))
        always = " AND ".join([f"{until} IS NULL", *([identifier(flag)] if flag else [])])
        value = condition_sql(method.values, item.roles, types, calendars, inside)
        column = listed.setdefault(ListedValues(value, digits_of(types.get(method.values))), len(listed))
        own_limits = []
        texts = []
        for declared in (method.lower_limit, method.upper_limit):
            tree = written_out(declared, item.roles, types, calendars, inside, aggregate=True) if declared else None
            own_limits.append(tree.this.sql(dialect="duckdb") if tree is not None else "NULL")
            most = f"{tree.sql(dialect='duckdb')} FILTER (WHERE {always})" if tree is not None else "NULL"
            texts.append(f"coalesce(({most})::VARCHAR, '')")
        pair = own.setdefault((own_limits[0], own_limits[1]), len(own))
        listing = values.setdefault(f"list {column} {flag} {pair}", len(values))
        lists[listing] = (column, flag, pair)
        second = values.setdefault(f"concat({texts[0]}, '{LIST_SEPARATOR}', {texts[1]})", len(values))
        third = values.setdefault(f"(count(*) FILTER (WHERE {always}))::VARCHAR", len(values))
        places.append((item.name, (listing, second, third)))
        taken[f"(({value} IS NOT NULL OR {until} IS NOT NULL){f' AND {identifier(flag)}' if flag else ''})"] = None
        conditions.read(inside, "")
    joined = conditions.joined(records, breakdown.members, local=True)
    table = identifier(f"parts:{group.number}")
    texts = ["NULL" if place in lists else text for text, place in values.items()]
    parts, joins = breakdown.numbered(table, texts, joined)
    return StepStatement(
        group.number,
        first,
        table,
        parts,
        records=f"FROM ({joined}) r {joins} WHERE ({' OR '.join(taken)})",
        order=f"{identifier(group.shared.date)}, _key",
        sets=1 + len(breakdown.numbers),
        listed=tuple(listed),
        until=until,
        limits=tuple(own),
        lists=lists,
    ), tuple(places)


@lru_cache(maxsize=2048)
def _values(
    item: Aggregation,
    types: tuple[tuple[str, str], ...],
    flag: str,
    calendars: tuple[Calendar, ...],
) -> tuple[tuple[str, str, str], frozenset[str], dict[str, BusinessDays]]:
    """The three texts of a KPI, the period columns outside every aggregate in them, and columns of business days."""
    known = dict(types)
    days: dict[str, BusinessDays] = {}
    records = f"count(*) FILTER (WHERE {identifier(flag)})" if flag else "count(*)"
    if item.method is not None:
        first, second = _single_values(item.method, item, known, flag, calendars, days)
        return (first, second, f"({records})::VARCHAR"), frozenset(), days
    assert item.numerator is not None  # noqa: S101 - without a method there is a numerator
    numerator, bare = filtered(item.numerator, flag, item.roles, known, calendars, days)
    denominator, more = "NULL", frozenset[str]()
    if item.denominator:
        denominator, more = filtered(item.denominator, flag, item.roles, known, calendars, days)
    return (f"({numerator})::VARCHAR", f"({denominator})::VARCHAR", f"({records})::VARCHAR"), bare | more, days


def _single_values(
    method: Method,
    item: Aggregation,
    types: dict[str, str],
    flag: str,
    calendars: tuple[Calendar, ...],
    days: dict[str, BusinessDays],
) -> tuple[str, str]:
    """A method's values as two texts: ended and running times; or measurements in time order, and their limits."""
    value = condition_sql(method.values, item.roles, types, calendars, days)
    taken = f"{value} IS NOT NULL" + (f" AND {identifier(flag)}" if flag else "")

    def listed(order: str, condition: str) -> str:
        return f"string_agg({value}::VARCHAR, '{LIST_SEPARATOR}' ORDER BY {order}) FILTER (WHERE {condition})"

    if method.event is not None:
        ended = condition_sql(method.event, item.roles, types, calendars, days)
        return listed(value, f"{taken} AND {ended}"), listed(value, f"{taken} AND NOT {ended}")
    limits = []
    for declared in (method.lower_limit, method.upper_limit):
        text = filtered(declared, flag, item.roles, types, calendars, days)[0] if declared else "NULL"
        limits.append(f"coalesce(({text})::VARCHAR, '')")
    both = f"concat({limits[0]}, '{LIST_SEPARATOR}', {limits[1]})"
    return listed(f"{identifier(method.order or '')}, _key", taken), both
