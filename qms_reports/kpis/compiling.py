"""From declared KPIs to SQL: all KPIs of one dataset, all windows of one series, all dimensions, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS, STATES, parse_checked
from qms_reports.declarations.models import Calendar, Dataset, Method, Roles
from qms_reports.kpis.aggregations import LIST_SEPARATOR, NOT_STATED, STRATUM_SEPARATOR, Aggregation
from qms_reports.kpis.masks import masks_sql
from qms_reports.kpis.populations import Population, bounds_of, population_of, steps_of_records
from qms_reports.kpis.shorthands import BusinessDays, names, written_out
from qms_reports.kpis.stepwise import ends_when_void, has_steps, steps_of
from qms_reports.kpis.stretches import ListedValues, StepStatement, digits_of
from qms_reports.periods import Period
from qms_reports.store import identifier

if TYPE_CHECKING:
    import duckdb
    from sqlglot import exp


@dataclass(frozen=True)
class Statement:
    """One SQL statement and how to read its rows.

    Attributes:
        sql: Gives (group, window, dimension index or NULL, member, stratum or NULL, values), where values holds the
            texts that the group's KPIs need.  A KPI with strata has a row for each of them, in their names' order.
            Empty where all groups have statements of their own.
        groups: Each group's KPIs, with the places of their numerator, denominator and number of records among the
            values; KPIs that need the same text share its place.
        dimensions: The dimension that each index means.
        needed: Condition on the dataset's own columns that holds for every record that the groups bounded by dates
            need; ``None`` if no group is.
        steps: Group to the periods that its rows count instead of the windows, to be put together by `stepwise`.
        stretches: Group to its own statements; `sql` does not give its rows.
    """

    sql: str
    groups: tuple[tuple[tuple[str, tuple[int, int, int]], ...], ...]
    dimensions: tuple[str, ...]
    needed: str | None = None
    steps: dict[int, tuple[Period, ...]] = field(default_factory=dict)
    stretches: dict[int, StepStatement] = field(default_factory=dict)

    def rows(self, cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """Run all of it; rows of steps have a `Stretch` for each list of measurements."""
        found: list[tuple[Any, ...]] = cursor.execute(self.sql).fetchall() if self.sql else []
        return found + [row for own in self.stretches.values() for row in own.rows(cursor)]

    @property
    def text(self) -> str:
        """All of its SQL."""
        return " ".join((self.sql, *(f"{own.parts} {own.members}" for own in self.stretches.values())))


def statement(
    dataset: Dataset,
    types: dict[str, str],
    wanted: Sequence[Aggregation],
    windows: Sequence[Period],
    zone: ZoneInfo,
    calendars: Sequence[Calendar] = (),
    narrowed: str | None = None,
    *,
    local: bool = False,
) -> Statement:
    """Compile what is counted over one dataset.

    Args:
        dataset: The dataset, which the session holds as a table of its name.
        types: Column name to DuckDB type.
        wanted: Any number of aggregations over it.
        windows: The periods to evaluate, each on its own.
        zone: The site's zone, for the instants of timestamp columns.
        calendars: For ``business_days``.
        narrowed: A table that will hold the records that `Statement.needed` is true for, to be read by the groups that
            need no others; the dataset itself, if absent.
        local: For the engine of this process alone, in which overlapping windows are not read one by one: single values
            once per period (see `stepwise`), counts by masks (see `masks`).

    Raises:
        BadSqlError: An expression may not run.
    """
    groups: dict[tuple[Population, bool, Aggregation | None], list[Aggregation]] = {}
    for item in wanted:
        only_open = item.date == "as_of" and asks_for_open(item, types)
        shared = Population(item.date, item.rolling, item.lag, item.strata, only_open)
        stepwise = local and has_steps(item, types)
        if stepwise:
            shared = replace(shared, rolling=1, lag=0)
        tallied = replace(item, name="", dimensions=()) if local and item.method and item.method.event else None
        groups.setdefault((shared, stepwise, tallied), []).append(item)
    parts = []
    places = []
    steps = {}
    stretches = {}
    spans: list[Sequence[Period]] = []
    bounds: list[str | None] = []
    for number, ((shared, stepwise, _), members) in enumerate(groups.items()):
        own = windows
        if stepwise:
            own = steps[number] = steps_of(windows, {(item.rolling, item.lag) for item in members})
        still = _still_in_force(members, types) if shared.date == "as_of" and not shared.only_open else ()
        spans.append(own)
        bounds.append(bounds_of(dataset, types, shared, own, zone, still))
    large = local and narrowed is not None
    if not _read_once(dataset, bounds):
        narrowed = None
    for number, ((shared, stepwise, tallied), members) in enumerate(groups.items()):
        table = narrowed if narrowed and bounds[number] is not None else dataset.dataset
        masks = masks_sql(number, dataset, types, shared, members, windows, zone, table) if large else None
        if masks is not None:
            parts.append(masks[0])
            places.append(masks[1])
            continue
        if stepwise:
            records = steps_of_records(dataset, types, shared, spans[number], zone, table)
            stretches[number], found = _step_statement(number, dataset, types, shared, members, records, calendars)
            places.append(found)
            continue
        records = population_of(dataset, types, shared, spans[number], zone, table, local=local)
        compile_group = _tally_sql if tallied else partial(_group_sql, local=local)
        sql, found = compile_group(number, dataset, types, shared, members, records, tuple(calendars))
        parts.append(sql)
        places.append(found)
    needed = dict.fromkeys(f"({bound})" for bound in bounds if bound is not None)
    return Statement(
        " UNION ALL ".join(parts) + " ORDER BY 1, 2, 3 NULLS FIRST, 4, 5" if parts else "",
        tuple(places),
        tuple(dataset.dimensions),
        (" OR ".join(needed) or None) if narrowed else None,
        steps,
        stretches,
    )


def _read_once(dataset: Dataset, bounds: Sequence[str | None]) -> bool:
    """Whether it is quicker to read the needed records once than to let each group read its own from the files.

    Two groups of different bounds have little in common; related columns are expensive for every record.
    """
    return bool(dataset.related) or len(bounds) > len(set(bounds)) or len(bounds) > 2  # noqa: PLR2004 - two, as said


def asks_for_open(item: Aggregation, types: dict[str, str]) -> bool:
    """Whether the filter lets only records pass that are open at the end; closed ones then stay unread."""
    from sqlglot import exp

    if item.filter is None:
        return False
    tree = parse_checked(item.filter, names(item.roles, types), aggregate=False)
    conditions = tree.flatten() if isinstance(tree, exp.And) else (tree,)
    return any(isinstance(part, exp.Column) and part.name in STATES for part in conditions)


def _still_in_force(wanted: Sequence[Aggregation], types: dict[str, str]) -> tuple[str, ...]:
    """Date columns that every filter asks to be empty or not before the end of the window: what is still in force."""
    from sqlglot import exp

    shared: set[str] | None = None
    for item in wanted:
        if item.filter is None:
            return ()
        tree = parse_checked(item.filter, names(item.roles, types), aggregate=False)
        found = set()
        for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
            condition = part.unnest()
            if isinstance(condition, exp.Or) and isinstance(condition.left, exp.Is):
                column, later = condition.left.this.name, condition.right
                ends = (
                    isinstance(later, exp.GTE) and later.this.name == column and later.expression.name == "period_end"
                )
                if ends and isinstance(condition.left.expression, exp.Null) and types.get(column) == "DATE":
                    found.add(column)
        shared = found if shared is None else shared & found
    return tuple(sorted(shared or ()))


def record_condition(roles: Roles, types: dict[str, str], sql: str | None, calendars: Sequence[Calendar] = ()) -> str:
    """A declared condition on one record as SQL over a record joined with its window."""
    days: dict[str, BusinessDays] = {}
    return _in_place(_condition(sql, roles, types, calendars, days), days)


def _condition(
    sql: str | None, roles: Roles, types: dict[str, str], calendars: Sequence[Calendar], days: dict[str, BusinessDays]
) -> str:
    if sql is None:
        return "true"
    return "(" + written_out(sql, roles, types, calendars, days, aggregate=False).sql(dialect="duckdb") + ")"


def _in_place(sql: str, days: dict[str, BusinessDays]) -> str:
    """SQL with the columns of business days replaced by what they stand for."""
    for name, found in days.items():
        sql = sql.replace(identifier(name), f"({found.sql()})")
    return sql


def counted_condition(item: Aggregation, types: dict[str, str], calendars: Sequence[Calendar] = ()) -> str:
    """SQL that is true for the records a KPI's numerator counts: those in its filters, of a value for `sum(x)`."""
    from sqlglot import exp

    if item.numerator is None:
        assert item.method is not None  # noqa: S101 - the model sees to it that there is one of both
        return f"{record_condition(item.roles, types, item.method.values, calendars)} IS NOT NULL"
    days: dict[str, BusinessDays] = {}
    tree = written_out(item.numerator, item.roles, types, calendars, days, aggregate=True)
    conditions = []
    for node in tree.find_all(exp.AggFunc):
        where = node.parent.expression.this.sql("duckdb") if isinstance(node.parent, exp.Filter) else None
        inside = _counted_argument(node)
        conditions.append(" AND ".join(f"coalesce(({part}), false)" for part in (where, inside) if part) or "true")
    return _in_place(" OR ".join(f"({condition})" for condition in conditions) or "true", days)


def _counted_argument(node: Any) -> str | None:
    from sqlglot import exp

    if isinstance(node, exp.CountIf):
        return str(node.this.sql("duckdb"))
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return None
    argument = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    return f"({argument.sql('duckdb')}) IS NOT NULL" if argument is not None else None


@dataclass(frozen=True)
class _Breakdown:
    """The parts that a group's records are counted in: in total and by member, apart for each stratum.

    Attributes:
        dataset: The dataset.
        dimensions: The dimensions that any of the group's KPIs is broken down by.
        strata: Columns evaluated apart.
    """

    dataset: Dataset
    dimensions: tuple[str, ...]
    strata: tuple[str, ...]

    @property
    def members(self) -> list[str]:
        """Columns to select for the breakdown."""
        listed = [
            f"coalesce({identifier(name)}::VARCHAR, '{NOT_STATED}') AS {identifier('dim:' + name)}"
            for name in self.dimensions
        ]
        return listed + [f"{identifier(name)} AS {identifier('stratum:' + name)}" for name in self.strata]

    @property
    def numbers(self) -> dict[str, int]:
        """The column of each dimension to its number."""
        place = {name: number for number, name in enumerate(self.dataset.dimensions)}
        return {identifier("dim:" + name): place[name] for name in self.dimensions}

    @property
    def stratum_columns(self) -> tuple[str, ...]:
        """The columns of the strata."""
        return tuple(identifier("stratum:" + name) for name in self.strata)

    @property
    def stratum(self) -> str:
        """The name of a record's stratum."""
        named = (f"coalesce({name}::VARCHAR, '{NOT_STATED}')" for name in self.stratum_columns)
        return f" || '{STRATUM_SEPARATOR}' || ".join(named) or "NULL::VARCHAR"

    def counted(
        self,
        values: Sequence[str],
        joined: str,
        number: int | None = None,
        bare: Sequence[str] = (),
        more: Sequence[str] = (),
        *,
        local: bool,
    ) -> str:
        """SELECT of `_g` (a number given), `_w`, `_dimension`, `_member`, `_stratum`, `_values`, and `more` columns.

        In the engine of this process a record is paired with the numbers of its dimensions: one set of aggregates is
        planned in two thirds of the time of as many sets as there are dimensions.
        """
        first = "" if number is None else f"{number} AS _g, "
        base = ", ".join(("_w", *bare, *self.stratum_columns))
        named = f"{self.stratum} AS _stratum, [{', '.join(values)}] AS _values{''.join(f', {name}' for name in more)}"
        if local and self.numbers:
            chosen = " ".join(f"WHEN {number} THEN {name}" for name, number in self.numbers.items())
            numbers = ", ".join(f"({number})" for number in self.numbers.values())
            return (
                f"SELECT {first}_w, _dimension, _member, {named} "
                f"FROM (SELECT *, CASE _dimension {chosen} END AS _member "
                f"FROM ({joined}), (VALUES (NULL::INTEGER), {numbers}) AS n(_dimension)) "
                f"GROUP BY {base}, _dimension, _member"
            )
        index, member = "NULL::INTEGER", "NULL::VARCHAR"
        if self.numbers:
            cases = " ".join(f"WHEN GROUPING({name}) = 0 THEN {number}" for name, number in self.numbers.items())
            index, member = f"CASE {cases} END", f"coalesce({', '.join(self.numbers)})"
        sets = ", ".join((f"({base})", *(f"({base}, {name})" for name in self.numbers)))
        return (
            f"SELECT {first}_w, {index} AS _dimension, {member} AS _member, {named} "
            f"FROM ({joined}) GROUP BY GROUPING SETS ({sets})"
        )

    def tallied(self, tallies: Sequence[str], joined: str) -> str:
        """The same of two texts over how often each `_time` occurs, `_ended` and not, and the number of records."""
        numbers = "".join(f", ({number})" for number in self.numbers.values())
        chosen = " ".join(f"WHEN {number} THEN {name}" for name, number in self.numbers.items())
        member = f"CASE _dimension {chosen} END" if self.numbers else "NULL::VARCHAR"
        part = ", ".join(("_w", "_dimension", "_member", *self.stratum_columns))
        counted = (
            f"SELECT {part}, _time, _ended, count(*) AS _n FROM (SELECT *, {member} AS _member "
            f"FROM ({joined}), (VALUES (NULL::INTEGER){numbers}) AS n(_dimension)) GROUP BY ALL"
        )
        values = ", ".join((*tallies, "sum(_n)::BIGINT::VARCHAR"))
        return (
            f"SELECT _w, _dimension, _member, {self.stratum} AS _stratum, [{values}] AS _values "
            f"FROM ({counted}) GROUP BY {part}"
        )

    def numbered(self, table: str, values: Sequence[str], joined: str) -> tuple[str, str]:
        """The parts with their numbers, and the joins that give a record `r` the numbers of the parts it is in.

        Args:
            table: The table that the parts will stand in.
            values: As for `counted`.
            joined: As for `counted`.
        """
        counted = self.counted(values, joined, more=self.stratum_columns, local=True)
        ordered = "_w, _dimension NULLS FIRST, _member, _stratum"
        parts = f"SELECT (row_number() OVER (ORDER BY {ordered}) - 1)::INTEGER AS _n, * FROM ({counted})"
        joins = []
        for place, (name, number) in enumerate((("", "NULL"), *self.numbers.items())):
            same = [f"p{place}._dimension IS NOT DISTINCT FROM {number}", f"p{place}._w = r._w"]
            same += [f"p{place}._member = r.{name}"] if name else []
            same += [f"p{place}.{column} IS NOT DISTINCT FROM r.{column}" for column in self.stratum_columns]
            joins.append(f"JOIN {table} p{place} ON {' AND '.join(same)}")
        return parts, " ".join(joins)


class _Conditions:
    """The filters of a group, each evaluated once per record, and the business days that are read in it."""

    def __init__(self) -> None:
        self._flags: dict[str, str] = {}
        self._days: dict[str, BusinessDays] = {}
        self._readers: dict[str, set[str]] = {}

    def flag(self, condition: str) -> str:
        """The column of a condition; the empty text where every record passes."""
        return "" if condition == "true" else self._flags.setdefault(condition, f"filter:{len(self._flags)}")

    def read(self, days: dict[str, BusinessDays], reader: str) -> None:
        """Take columns of business days that are read only where a flag is true, or everywhere."""
        self._days |= days
        for name in days:
            self._readers.setdefault(name, set()).add(reader)

    def joined(self, records: str, members: Sequence[str], *, local: bool) -> str:
        """SELECT of the records with the columns of the breakdown and of the flags."""
        flags = {flag: f"{condition} AS {identifier(flag)}" for condition, flag in self._flags.items()}
        if self._days:
            records = _with_days(records, self._days, self._readers, flags, local=local)
        return f"SELECT {', '.join(['*', *members, *flags.values()])} FROM ({records})"


def _breakdown(dataset: Dataset, shared: Population, wanted: Sequence[Aggregation]) -> _Breakdown:
    dimensions = tuple(name for name in dataset.dimensions if any(name in item.dimensions for item in wanted))
    return _Breakdown(dataset, dimensions, shared.strata)


def _group_sql(
    number: int,
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    wanted: Sequence[Aggregation],
    records: str,
    calendars: tuple[Calendar, ...],
    *,
    local: bool,
) -> tuple[str, tuple[tuple[str, tuple[int, int, int]], ...]]:
    breakdown = _breakdown(dataset, shared, wanted)
    conditions = _Conditions()
    values: dict[str, int] = {}
    places = []
    bare: set[str] = set()
    for item in wanted:
        inside: dict[str, BusinessDays] = {}
        flag = conditions.flag(_condition(item.filter, item.roles, types, calendars, inside))
        texts, periods, counted = _values(replace(item, name="", dimensions=()), tuple(types.items()), flag, calendars)
        first, second, third = (values.setdefault(text, len(values)) for text in texts)
        places.append((item.name, (first, second, third)))
        bare |= periods
        conditions.read(inside | counted, "" if inside else flag)
    joined = conditions.joined(records, breakdown.members, local=local)
    return breakdown.counted(list(values), joined, number, sorted(bare), local=local), tuple(places)


def _tally_sql(
    number: int,
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    wanted: Sequence[Aggregation],
    records: str,
    calendars: tuple[Calendar, ...],
) -> tuple[str, tuple[tuple[str, tuple[int, int, int]], ...]]:
    """The times of one filter, handed over as how often each occurs: of many few are different."""
    item = wanted[0]
    method = item.method
    assert method is not None  # noqa: S101 - the caller chose those with times
    assert method.event is not None  # noqa: S101 - as above
    breakdown = _breakdown(dataset, shared, wanted)
    conditions = _Conditions()
    inside: dict[str, BusinessDays] = {}
    flag = conditions.flag(_condition(item.filter, item.roles, types, calendars, inside))
    time, ended = (_condition(sql, item.roles, types, calendars, inside) for sql in (method.values, method.event))
    conditions.read(inside, "")
    joined = conditions.joined(records, breakdown.members, local=True)
    kept = f" WHERE {identifier(flag)}" if flag else ""
    tallies = [
        f"'{{' || string_agg(_time::VARCHAR || '=' || _n, ', ') FILTER (WHERE _time IS NOT NULL AND {which}) || '}}'"
        for which in ("_ended", "NOT _ended")
    ]
    sql = breakdown.tallied(tallies, f"SELECT *, {time} AS _time, {ended} AS _ended FROM ({joined}){kept}")
    return f"SELECT {number} AS _g, * FROM ({sql})", tuple((each.name, (0, 1, 2)) for each in wanted)


def _step_statement(
    number: int,
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    wanted: Sequence[Aggregation],
    records: str,
    calendars: Sequence[Calendar],
) -> tuple[StepStatement, tuple[tuple[str, tuple[int, int, int]], ...]]:
    """The statements for measurements that are read once per step.

    A record that becomes void later belongs to the windows before that day: it is handed over with that day and its own
    limits, for the reader to decide; the limits and the number of the others are counted here.
    """
    breakdown = _breakdown(dataset, shared, wanted)
    void = ends_when_void(wanted[0])  # the same column for all that share a date
    until = identifier(void) if void else "NULL"
    conditions = _Conditions()
    values: dict[str, int] = {}
    listed: dict[ListedValues, int] = {}
    own: dict[tuple[str, str], int] = {}
    lists = {}
    places = []
    taken: dict[str, None] = {}
    for item in wanted:
        method = item.method
        assert method is not None  # noqa: S101 - see `has_steps`
        inside: dict[str, BusinessDays] = {}
        flag = conditions.flag(_condition(item.filter, item.roles, types, calendars, inside))
        always = " AND ".join([f"{until} IS NULL", *([identifier(flag)] if flag else [])])
        value = _condition(method.values, item.roles, types, calendars, inside)
        column = listed.setdefault(ListedValues(value, digits_of(types.get(method.values))), len(listed))
        own_limits = []
        texts = []
        for declared in (method.lower_limit, method.upper_limit):
            tree = written_out(declared, item.roles, types, calendars, inside, aggregate=True) if declared else None
            own_limits.append(tree.this.sql(dialect="duckdb") if tree is not None else "NULL")
            most = f"{tree.sql(dialect='duckdb')} FILTER (WHERE {always})" if tree is not None else "NULL"
            texts.append(f"coalesce(({most})::VARCHAR, '')")
        pair = own.setdefault((own_limits[0], own_limits[1]), len(own))
        first = values.setdefault(f"list {column} {flag} {pair}", len(values))
        lists[first] = (column, flag, pair)
        second = values.setdefault(f"concat({texts[0]}, '{LIST_SEPARATOR}', {texts[1]})", len(values))
        third = values.setdefault(f"(count(*) FILTER (WHERE {always}))::VARCHAR", len(values))
        places.append((item.name, (first, second, third)))
        taken[f"(({value} IS NOT NULL OR {until} IS NOT NULL){f' AND {identifier(flag)}' if flag else ''})"] = None
        conditions.read(inside, "")
    joined = conditions.joined(records, breakdown.members, local=True)
    table = identifier(f"parts:{number}")
    texts = ["NULL" if place in lists else text for text, place in values.items()]
    parts, joins = breakdown.numbered(table, texts, joined)
    columns = [sql for column, place in listed.items() for sql in column.columns(place)]
    columns += [identifier(flag) for flag in dict.fromkeys(flag for _, flag, _ in lists.values()) if flag]
    columns += [f"p{place}._n AS {identifier(f'part:{place}')}" for place in range(1 + len(breakdown.numbers))]
    if void:
        columns.append(f"{until} AS until")
        for limits, place in own.items():
            for side, limit in zip(("lower", "upper"), limits, strict=True):
                text = f"CASE WHEN {until} IS NOT NULL THEN coalesce(({limit})::VARCHAR, '') END"
                columns.append(f"{text} AS {identifier(f'{side}:{place}')}")
    members = (
        f"SELECT {', '.join(columns)} FROM (SELECT * FROM ({joined}) WHERE {' OR '.join(taken)}) r {joins} "
        f"ORDER BY {identifier(shared.date)}, _key"
    )
    sets = 1 + len(breakdown.numbers)
    return StepStatement(number, parts, members, table, sets, tuple(listed), lists), tuple(places)


def _with_days(
    records: str, days: dict[str, BusinessDays], readers: dict[str, set[str]], flags: dict[str, str], *, local: bool
) -> str:
    """The records with their columns of business days, each counted only where a filter lets it be read.

    Args:
        records: SELECT of the records.
        days: The columns.
        readers: Each column's filters; the empty text where something else than a filter asks for it.
        flags: Filter to its SQL; those that a column depends on are taken out, and stand among the records.
        local: See `BusinessDays.sql`.
    """
    first = sorted(flag for found in readers.values() if "" not in found for flag in found)
    if first:
        records = f"SELECT *, {', '.join(flags.pop(flag) for flag in dict.fromkeys(first))} FROM ({records})"
    columns = []
    for name, found in days.items():
        read = " OR ".join(map(identifier, sorted(readers[name]))) if "" not in readers[name] else ""
        sql = found.sql(local=local)
        columns.append(f"{f'CASE WHEN {read} THEN {sql} END' if read else sql} AS {identifier(name)}")
    return f"SELECT *, {', '.join(columns)} FROM ({records})"


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
    numerator, bare = _filtered(item.numerator, flag, item.roles, known, calendars, days)
    denominator, more = "NULL", frozenset[str]()
    if item.denominator:
        denominator, more = _filtered(item.denominator, flag, item.roles, known, calendars, days)
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
    value = _condition(method.values, item.roles, types, calendars, days)
    taken = f"{value} IS NOT NULL" + (f" AND {identifier(flag)}" if flag else "")

    def listed(order: str, condition: str) -> str:
        return f"string_agg({value}::VARCHAR, '{LIST_SEPARATOR}' ORDER BY {order}) FILTER (WHERE {condition})"

    if method.event is not None:
        ended = _condition(method.event, item.roles, types, calendars, days)
        return listed(value, f"{taken} AND {ended}"), listed(value, f"{taken} AND NOT {ended}")
    limits = []
    for declared in (method.lower_limit, method.upper_limit):
        text = _filtered(declared, flag, item.roles, types, calendars, days)[0] if declared else "NULL"
        limits.append(f"coalesce(({text})::VARCHAR, '')")
    both = f"concat({limits[0]}, '{LIST_SEPARATOR}', {limits[1]})"
    return listed(f"{identifier(method.order or '')}, _key", taken), both


def _filtered(
    sql: str,
    flag: str,
    roles: Roles,
    types: dict[str, str],
    calendars: tuple[Calendar, ...],
    days: dict[str, BusinessDays],
) -> tuple[str, frozenset[str]]:
    """An aggregate over only the records whose flag is true, so that KPIs of many filters share one scan."""
    from sqlglot import exp

    tree = written_out(sql, roles, types, calendars, days, aggregate=True)
    columns = [column for column in tree.find_all(exp.Column) if column.name in PERIOD_COLUMNS]
    bare = frozenset(column.name for column in columns if not column.find_ancestor(exp.AggFunc, exp.Filter))
    if not flag:
        return str(tree.sql(dialect="duckdb")), bare
    where = exp.column(exp.to_identifier(flag, quoted=True))

    def add(node: Any) -> Any:
        if isinstance(node, exp.Filter):
            both = exp.and_(node.expression.this.copy(), where.copy())
            return exp.Filter(this=node.this, expression=exp.Where(this=both))
        if isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Filter | exp.WithinGroup):
            return exp.Filter(this=node.copy(), expression=exp.Where(this=where.copy()))
        return node

    return str(_map_outermost(tree, add).sql(dialect="duckdb")), bare


def _map_outermost(tree: exp.Expr, change: Any) -> Any:
    """Apply a change to the outermost nodes it changes, without descending into the result."""
    changed = change(tree)
    if changed is not tree:
        return changed
    for child in list(tree.iter_expressions()):
        new = _map_outermost(child, change)
        if new is not child:
            child.replace(new)
    return tree
