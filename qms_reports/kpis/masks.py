"""Counts over many windows without pairing every record with every window: a record says in which windows it counts.

The states of a record at the end of 36 months are 36 bits of one number (a *mask*).  Records of the same mask and
member are added up before the windows are looked at, and a person counts once per window whose bit any of their records
has.  Only whole counts, and sums of exact numbers, can be made this way; anything else is computed over the pairs
(`compiling`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qms_reports.declarations.expressions import PERIOD_COLUMNS
from qms_reports.declarations.models import Dataset
from qms_reports.kpis.aggregations import NOT_STATED, Aggregation
from qms_reports.kpis.groups import Places
from qms_reports.kpis.populations import Population, condition_of, window_literals, within_of
from qms_reports.kpis.shorthands import BusinessDays, written_out
from qms_reports.kpis.window_bits import WindowBits, marked
from qms_reports.periods import Period
from qms_reports.store import identifier

if TYPE_CHECKING:
    from sqlglot import exp

MOST_WINDOWS = 62
"""Bits of a positive BIGINT."""


@dataclass(slots=True)
class _Counts:
    """The counts that a group of KPIs is made of.

    Attributes:
        types: Column name to DuckDB type.
        conditions: Condition on a record and a window to its number and its tree.
        nodes: (Numbers of the conditions that all must hold, what is counted once or the empty text) to its number.
        sums: (Numbers of the conditions, what is added up) to its number.
    """

    types: dict[str, str]
    conditions: dict[str, tuple[int, exp.Expr]] = field(default_factory=dict)
    nodes: dict[tuple[tuple[int, ...], str], int] = field(default_factory=dict)
    sums: dict[tuple[tuple[int, ...], str], int] = field(default_factory=dict)

    def condition(self, tree: exp.Expr) -> int:
        """The number of a condition, to be evaluated for each window."""
        found = self._marked(tree)
        return self.conditions.setdefault(found.sql(dialect="duckdb"), (len(self.conditions), found))[0]

    def node(self, conditions: Sequence[int], once: str = "") -> str:
        """The column of a count of the records for which all conditions hold."""
        key = (tuple(sorted(set(conditions))), once)
        return f"count:{self.nodes.setdefault(key, len(self.nodes))}"

    def sum(self, conditions: Sequence[int], column: str) -> str:
        """The column of a sum over the records for which all conditions hold."""
        key = (tuple(sorted(set(conditions))), column)
        return f"sum:{self.sums.setdefault(key, len(self.sums))}"

    @property
    def masks(self) -> dict[str, tuple[int, ...]]:
        """Each column of masks to the conditions that it stands for."""
        every = {f"count:{place}": conditions for (conditions, _), place in self.nodes.items()}
        return every | {f"sum:{place}": conditions for (conditions, _), place in self.sums.items()}

    def is_fixed(self, tree: exp.Expr) -> bool:
        """Whether an expression is the same for all windows."""
        from sqlglot import exp

        return not any(self._is_of_window(column) for column in tree.find_all(exp.Column))

    def _marked(self, tree: exp.Expr) -> exp.Expr:
        from sqlglot import exp

        def mark(node: Any) -> Any:
            return marked(node.name) if isinstance(node, exp.Column) and self._is_of_window(node) else node

        found: exp.Expr = tree.transform(mark)
        return found

    def _is_of_window(self, column: exp.Column) -> bool:
        return column.name in PERIOD_COLUMNS and column.name not in self.types


def masks_sql(
    number: int,
    dataset: Dataset,
    types: dict[str, str],
    shared: Population,
    wanted: Sequence[Aggregation],
    windows: Sequence[Period],
    zone: ZoneInfo,
    table: str,
) -> tuple[str, Places] | None:
    """The part of a statement that counts a group of KPIs, in the shape of `Statement.sql`.

    Args:
        number: Number of the group.
        dataset: The dataset.
        types: Column name to DuckDB type.
        shared: Which records and windows the group shares.
        wanted: Its aggregations.
        windows: The periods to evaluate.
        zone: The site's zone.
        table: The table or view of the records.

    Returns:
        The SELECT and the places of its values; ``None`` where the group is more than counts, or has nothing to gain.
    """
    overlapping = shared.date == "as_of" or shared.rolling > 1
    if not overlapping or shared.strata or len(windows) > MOST_WINDOWS or any(item.method for item in wanted):
        return None
    if len(windows) == 1 and not any(_counts_once(item) for item in wanted):
        return None
    counts = _Counts(types)
    texts: dict[str, int] = {}
    places = []
    for item in wanted:
        found = _texts(item, counts)
        if found is None:
            return None
        first, second, third = (texts.setdefault(text, len(texts)) for text in found)
        places.append((item.name, (first, second, third)))
    dimensions = [name for name in dataset.dimensions if any(name in item.dimensions for item in wanted)]
    literals = [window_literals(window, shared.rolling, zone, shared.lag) for window in windows]
    own = _marked_population(dataset, types, shared)
    within = within_of(dataset, types, shared, windows, zone)
    records = _records(counts, own, WindowBits(literals), dimensions, table, within)
    numbered = {name: place for place, name in enumerate(dataset.dimensions)}
    parts = " UNION ALL ".join(_parts(counts, dimensions, numbered))
    bits = "".join(f"{_of_window(name)} AS {identifier(name)}, " for name in counts.masks)
    sql = (
        f"SELECT {number} AS _g, _w, _dimension, _member, NULL::VARCHAR AS _stratum, [{', '.join(texts)}] AS _values "
        f"FROM (WITH records AS MATERIALIZED ({records}) SELECT w._w, _dimension, _member, {bits}"
        "bool_or((m._in >> w._w) & 1 = 1) AS _any "
        f"FROM ({parts}) m, (SELECT range::INTEGER AS _w FROM range({len(windows)})) w "
        "GROUP BY w._w, _dimension, _member) WHERE _any"
    )
    return sql, tuple(places)


def _of_window(name: str) -> str:
    """What a column of masks counts, or adds up, in the window `w`."""
    where = f"FILTER (WHERE (m.{identifier(name)} >> w._w) & 1 = 1)"
    if name.startswith("sum:"):
        return f"sum(m.{identifier('of:' + name)}) {where}"
    return f"coalesce(sum(m._n) {where}, 0)::BIGINT"


def _counts_once(item: Aggregation) -> bool:
    """Whether something is counted once for several records; told from the text, which costs no parsing."""
    return any(re.search(r"\bdistinct\b", sql or "", re.IGNORECASE) for sql in (item.numerator, item.denominator))


def _texts(item: Aggregation, counts: _Counts) -> tuple[str, str, str] | None:
    """Numerator, denominator and number of records as texts over counts; none where one is no count."""
    import sqlglot

    days: dict[str, BusinessDays] = {}
    where = []
    if item.filter is not None:
        where = [counts.condition(written_out(item.filter, item.roles, counts.types, (), days, aggregate=False))]
    texts = []
    for declared in (item.numerator, item.denominator):
        if declared is None:
            texts.append("NULL::VARCHAR")
            continue
        tree = written_out(declared, item.roles, counts.types, (), days, aggregate=True)
        changed = _replaced(tree, counts, where)
        if changed is None or not counts.is_fixed(changed):
            return None
        texts.append(f"({changed.sql(dialect='duckdb')})::VARCHAR")
    if days:
        return None
    records = sqlglot.exp.column(sqlglot.exp.to_identifier(counts.node(where), quoted=True)).sql(dialect="duckdb")
    return texts[0], texts[1], f"({records})::VARCHAR"


def _replaced(tree: exp.Expr, counts: _Counts, where: list[int]) -> exp.Expr | None:
    """An expression with its aggregates replaced by columns of counts and sums; none if one of them is neither."""
    from sqlglot import exp

    failed = False

    def count(node: Any) -> Any:
        nonlocal failed
        if isinstance(node, exp.Filter):
            name = _column(node.this, counts, [*where, counts.condition(node.expression.this)])
        elif isinstance(node, exp.AggFunc):
            name = _column(node, counts, where)
        else:
            return node
        failed = failed or name is None
        return exp.column(exp.to_identifier(name or "", quoted=True))

    # The outermost nodes first: a replaced one has no aggregates inside any more.
    changed = tree.transform(count, copy=False)
    return None if failed or any(changed.find_all(exp.AggFunc, exp.Window)) else changed


def _column(node: exp.Expr, counts: _Counts, where: list[int]) -> str | None:
    """The column of a count, or of a sum that is the same in any order: of whole or decimal numbers."""
    from sqlglot import exp

    if not isinstance(node, exp.Sum):
        return _count(node, counts, where)
    is_exact = isinstance(node.this, exp.Column) and re.match("DECIMAL|BIGINT", counts.types.get(node.this.name, ""))
    return counts.sum(where, str(node.this.sql(dialect="duckdb"))) if is_exact else None


def _count(node: exp.Expr, counts: _Counts, where: list[int]) -> str | None:
    from sqlglot import exp

    if isinstance(node, exp.CountIf) and not isinstance(node.this, exp.Distinct):
        return counts.node([*where, counts.condition(node.this)])
    if not isinstance(node, exp.Count) or node.expressions:
        return None
    if isinstance(node.this, exp.Star):
        return counts.node(where)
    if not isinstance(node.this, exp.Distinct):
        return counts.node([*where, counts.condition(exp.Is(this=node.this.copy(), expression=exp.Null()).not_())])
    if len(node.this.expressions) != 1:
        return None
    (once,) = node.this.expressions
    conditions = list(where)
    if isinstance(once, exp.Case) and not once.this and len(once.args["ifs"]) == 1 and not once.args.get("default"):
        (branch,) = once.args["ifs"]
        conditions.append(counts.condition(branch.this))
        once = branch.args["true"]
    return counts.node(conditions, str(once.sql(dialect="duckdb"))) if counts.is_fixed(once) else None


def _marked_population(dataset: Dataset, types: dict[str, str], shared: Population) -> exp.Expr:
    """The condition that puts a record in a window, over the record's columns."""
    import sqlglot
    from sqlglot import exp

    def placed(node: Any) -> Any:
        if isinstance(node, exp.Column):
            return marked(node.name) if node.table == "w" else exp.column(node.this)
        return node

    tree: exp.Expr = sqlglot.parse_one(condition_of(dataset, types, shared), read="duckdb").transform(placed)
    return tree


def _records(
    counts: _Counts, population: exp.Expr, bits: WindowBits, dimensions: Sequence[str], table: str, within: str
) -> str:
    """SELECT of the records with their members, what is counted once of them, and the mask of each count."""
    listed = [
        f"coalesce({identifier(name)}::VARCHAR, '{NOT_STATED}') AS {identifier('dim:' + name)}" for name in dimensions
    ]
    once = dict.fromkeys(text for _, text in counts.nodes if text)
    listed += [f"{text} AS {identifier(f'once:{place}')}" for place, text in enumerate(once)]
    added_up = {f"of:sum:{place}": column for (_, column), place in counts.sums.items()}
    listed += [f"{column} AS {identifier(name)}" for name, column in added_up.items()]
    listed.append(f"{bits.holds(population)} AS _in")
    listed += [f"{bits.holds(tree)} AS {identifier(f'if:{place}')}" for place, tree in counts.conditions.values()]
    records = f"SELECT * FROM {identifier(table)} WHERE {within}"
    for columns in (bits.values, bits.steps):
        if columns:
            added = ", ".join(f"{sql} AS {identifier(name)}" for sql, name in columns.items())
            records = f"SELECT *, {added} FROM ({records})"
    masks = ", ".join(
        " & ".join(("_in", *(identifier(f"if:{n}") for n in conditions))) + f" AS {identifier(name)}"
        for name, conditions in counts.masks.items()
    )
    names = (*(f"dim:{name}" for name in dimensions), *(f"once:{place}" for place in range(len(once))), *added_up)
    kept = ", ".join(("_in", *map(identifier, names)))
    return f"SELECT {kept}, {masks} FROM (SELECT {', '.join(listed)} FROM ({records})) WHERE _in <> 0"


def _parts(counts: _Counts, dimensions: Sequence[str], numbered: dict[str, int]) -> Iterator[str]:
    """SELECTs of masks and how many records, or persons, have them: in total and by member."""
    index = "".join(f"WHEN GROUPING({identifier('dim:' + n)}) = 0 THEN {numbered[n]} " for n in dimensions)
    member = ", ".join(identifier("dim:" + name) for name in dimensions)
    part = (
        f"CASE {index}END AS _dimension, coalesce({member}) AS _member"
        if dimensions
        else ("NULL::INTEGER AS _dimension, NULL::VARCHAR AS _member")
    )

    def sets(base: str) -> str:
        every = [base, *(f"{base}, {identifier('dim:' + name)}" for name in dimensions)]
        return f"GROUPING SETS ({', '.join(f'({one})' for one in every)})"

    every = {f"count:{place}": once for (_, once), place in counts.nodes.items()}
    every |= {f"sum:{place}": "" for place in counts.sums.values()}
    totals = [f"of:sum:{place}" for place in counts.sums.values()]
    for place, once in enumerate(dict.fromkeys(("", *(once for once in every.values() if once)))):
        mine = [identifier(name) for name, own in every.items() if own == once]
        masks = ", ".join(("_in", *mine))
        padded = "".join(
            f", {'' if own == once else '0::BIGINT AS '}{identifier(name)}" for name, own in every.items()
        ) + "".join(f", {'NULL AS ' if once else ''}{identifier(name)}" for name in totals)
        if not once:
            sums = "".join(f", sum({name}) AS {name}" for name in map(identifier, totals))
            counted = f"SELECT {part}, {masks}, count(*) AS _n{sums} FROM records GROUP BY {sets(masks)}"
        else:
            column = identifier(f"once:{place - 1}")
            ored = ", ".join(f"bit_or({name}) AS {name}" for name in mine)
            # First by all dimensions at once: of one person's many records few parts are left to be put together.
            by = ", ".join((column, *(identifier("dim:" + name) for name in dimensions)))
            few = (
                f"SELECT {by}, {ored} FROM records "
                f"WHERE {column} IS NOT NULL AND ({' | '.join(mine)}) <> 0 GROUP BY {by}"
            )
            each = f"SELECT {part}, 0::BIGINT AS _in, {ored} FROM ({few}) GROUP BY {sets(column)}"
            counted = f"SELECT _dimension, _member, {masks}, count(*) AS _n FROM ({each}) GROUP BY ALL"
        yield f"SELECT _dimension, _member, _in{padded}, _n FROM ({counted})"
