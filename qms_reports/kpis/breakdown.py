"""The parts that records are counted in: SQL that counts them in total and by member, apart for each stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qms_reports.declarations.models import Dataset
from qms_reports.kpis.aggregations import NOT_STATED, STRATUM_SEPARATOR, Aggregation
from qms_reports.store import identifier


@dataclass(frozen=True)
class Breakdown:
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
        if local:
            part = f"{base}, _dimension, _member"
            return f"SELECT {first}_w, _dimension, _member, {named} FROM ({self._paired(joined)}) GROUP BY {part}"
        index, member = "NULL::INTEGER", "NULL::VARCHAR"
        if self.numbers:
            cases = " ".join(f"WHEN GROUPING({name}) = 0 THEN {number}" for name, number in self.numbers.items())
            index, member = f"CASE {cases} END", f"coalesce({', '.join(self.numbers)})"
        sets = ", ".join((f"({base})", *(f"({base}, {name})" for name in self.numbers)))
        return (
            f"SELECT {first}_w, {index} AS _dimension, {member} AS _member, {named} "
            f"FROM ({joined}) GROUP BY GROUPING SETS ({sets})"
        )

    def tallied(self, tallies: Sequence[str], joined: str, number: int) -> str:
        """The same of two texts over how often each `_time` occurs, `_ended` and not, and the number of records."""
        part = ", ".join(("_w", "_dimension", "_member", *self.stratum_columns))
        counted = f"SELECT {part}, _time, _ended, count(*) AS _n FROM ({self._paired(joined)}) GROUP BY ALL"
        values = ", ".join((*tallies, "sum(_n)::BIGINT::VARCHAR"))
        return (
            f"SELECT {number} AS _g, _w, _dimension, _member, {self.stratum} AS _stratum, [{values}] AS _values "
            f"FROM ({counted}) GROUP BY {part}"
        )

    def _paired(self, joined: str) -> str:
        """SELECT of each record once in total and once with each of its members."""
        numbers = "".join(f", ({number})" for number in self.numbers.values())
        chosen = "".join(f"WHEN {number} THEN {name} " for name, number in self.numbers.items())
        member = f"CASE _dimension {chosen}END" if chosen else "NULL::VARCHAR"
        return f"SELECT *, {member} AS _member FROM ({joined}), (VALUES (NULL::INTEGER){numbers}) AS n(_dimension)"

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


def breakdown_of(dataset: Dataset, wanted: Sequence[Aggregation], strata: tuple[str, ...]) -> Breakdown:
    """The breakdown of a group of KPIs."""
    dimensions = tuple(name for name in dataset.dimensions if any(name in item.dimensions for item in wanted))
    return Breakdown(dataset, dimensions, strata)
