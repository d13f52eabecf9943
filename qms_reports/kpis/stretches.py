"""The measurements of steps as arrays: one statement reads them in the order of time, NumPy divides them among parts.

Putting half a million values in order inside an aggregate, as texts to be parsed again, takes four times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qms_reports.kpis.aggregations import LIST_SEPARATOR
from qms_reports.kpis.measurements import Measured, measured, summed, summed_apart
from qms_reports.store import identifier

if TYPE_CHECKING:
    import duckdb
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
    Columns = dict[str, np.ma.MaskedArray[Any, Any]]

SAFE = 2**49
"""A decimal number of fewer units of its last digit is found again in its float: rounding moves it by an eighth."""


@dataclass(eq=False, slots=True)
class Stretch:
    """The measurements of one step and part, in the order of time, with the records that become void later.

    Attributes:
        values: Whole numbers of the last digit, or texts where the digits differ; ``None`` where `found` says it all.
        present: Which records have a value.
        digits: Decimal digits of `values`; ``None`` for texts.
        until: The day or instant from which a record is void; NaT for never.  ``None`` where no record has one.
        limits: Lower and upper limit of each record that has a day in `until`, as texts by its place.
        found: What counts, by the number of records that become void later.
    """

    values: Array | None = None
    present: Array | None = None
    digits: int | None = None
    until: Array | None = None
    limits: dict[int, tuple[str, str]] = field(default_factory=dict)
    found: dict[int, tuple[Measured | None, tuple[tuple[str, str], ...]]] = field(default_factory=dict)

    def at(self, end: str) -> tuple[Measured | None, tuple[tuple[str, str], ...]]:
        """What counts in a window that ends at a day or instant.

        Returns:
            The values of the records that are not void by then, and the limits of those that will be.
        """
        import numpy as np

        if self.until is None:
            valid = 0
        else:
            later = self.until >= np.datetime64(end)
            valid = int(later.sum())  # fewer with every day: the number says which
        if valid not in self.found:
            assert self.values is not None  # noqa: S101 - else it is found
            assert self.present is not None  # noqa: S101 - as above
            kept = self.present
            limits: tuple[tuple[str, str], ...] = ()
            if self.until is not None:
                kept = kept & (later | np.isnat(self.until))
                limits = tuple(self.limits[place] for place in np.flatnonzero(later).tolist())
            self.found[valid] = (self._measured(self.values[kept]), limits)
        return self.found[valid]

    def _measured(self, values: Array) -> Measured | None:
        if not len(values):
            return None
        return measured(LIST_SEPARATOR.join(values)) if self.digits is None else summed(values, self.digits)


@dataclass(frozen=True)
class ListedValues:
    """A column of measurements that a statement hands over.

    Attributes:
        sql: The expression.
        digits: Its decimal digits where it is a column of whole or decimal numbers.
    """

    sql: str
    digits: int | None

    @property
    def is_wide(self) -> str:
        """Condition: the value is not found again in its float."""
        if self.digits is None:
            return "true"
        safe = SAFE // 10**self.digits
        return f"{self.sql} NOT BETWEEN -{safe} AND {safe}"


@dataclass(frozen=True)
class StepStatement:
    """The statements for a group of KPIs with steps, and how to put their answers together.

    Attributes:
        number: Number of the group.
        first: Number of the first step.
        table: The table that `parts` is put in, which `records` reads.
        parts: SELECT of `_n`, `_w`, `_dimension`, `_member`, `_stratum` and `_values` with gaps for the lists.
        records: FROM and WHERE of the records, with the numbers `p0._n`, `p1._n` … of the parts that each is in.
        order: Columns that put them in the order of time, each in its own place.
        sets: How many parts a record is in.
        listed: The columns of measurements.
        until: The column of the day from which a record is void, or NULL.
        limits: Pairs of lower and upper limit of a record.
        lists: Place among the values to (column of measurements, filter or the empty text, pair of limits).
    """

    number: int
    first: int
    table: str
    parts: str
    records: str
    order: str
    sets: int
    listed: tuple[ListedValues, ...]
    until: str
    limits: tuple[tuple[str, str], ...]
    lists: dict[int, tuple[int, str, int]]

    @property
    def text(self) -> str:
        """All of its SQL."""
        return " ".join((self.parts, *(self._select(columns) for columns in (self.of_each, self.of_void))))

    def rows(self, cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """The rows of the group in the shape of `Statement.sql`, with a `Stretch` (or none) for each list."""
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {self.table} AS {self.parts}")
        listed = "_w, _dimension, _member, _stratum, _values"
        found = cursor.execute(f"SELECT {listed} FROM {self.table} ORDER BY _n").fetchall()
        records = _Records(self, cursor)
        cursor.execute(f"DROP TABLE {self.table}")
        values: list[list[Any]] = [list(row[-1]) for row in found]
        for place, (column, flag, limits) in self.lists.items():
            for part, stretch in records.stretches(column, flag, limits):
                values[part][place] = stretch
        return [(self.number, self.first + step, *row, own) for (step, *row, _), own in zip(found, values, strict=True)]

    def read(self, cursor: duckdb.DuckDBPyConnection, columns: dict[str, str], where: str = "true") -> Columns:
        """Some columns of the records, in the order of time."""
        import numpy as np

        found = cursor.execute(self._select(columns, where)).fetchnumpy()
        return {name: np.ma.asarray(column) for name, column in found.items()}

    def _select(self, columns: dict[str, str], where: str = "true") -> str:
        # No name may be one of the records' own columns, or they would be ordered by it.
        listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in columns.items())
        return f"SELECT {listed} {self.records} AND {where} ORDER BY {self.order}"

    @property
    def of_each(self) -> dict[str, str]:
        """What is read of each record: the float of a number that is found again in it."""
        columns = {f"part:{place}": f"p{place}._n" for place in range(self.sets)}
        columns |= {flag: identifier(flag) for _, flag, _ in self.lists.values() if flag}
        columns["is:void"] = f"{self.until} IS NOT NULL"
        for place, column in enumerate(self.listed):
            if column.digits is not None:
                columns[f"wide:{place}"] = f"coalesce({column.is_wide}, false)"
                columns[f"value:{place}"] = f"({column.sql})::DOUBLE"
            else:
                columns[f"value:{place}"] = f"({column.sql})::VARCHAR"
        return columns

    @property
    def of_void(self) -> dict[str, str]:
        """What is read of the records that become void."""
        columns = {"void:until": self.until}
        for place, pair in enumerate(self.limits):
            sides = zip(("lower", "upper"), pair, strict=True)
            columns |= {f"{side}:{place}": f"coalesce(({sql})::VARCHAR, '')" for side, sql in sides}
        return columns


class _Records:
    """The records of a group in the order of time."""

    def __init__(self, statement: StepStatement, cursor: duckdb.DuckDBPyConnection) -> None:
        import numpy as np

        self._statement = statement
        self._columns = statement.read(cursor, statement.of_each)
        self._is_void = self._columns["is:void"].filled(False)  # noqa: FBT003 - never NULL
        self._void_places = np.flatnonzero(self._is_void)
        self._void: Columns = {}
        if len(self._void_places):
            self._void = statement.read(cursor, statement.of_void, f"{statement.until} IS NOT NULL")
        self._values = [self._measurements(cursor, place) for place in range(len(statement.listed))]

    def _measurements(self, cursor: duckdb.DuckDBPyConnection, place: int) -> tuple[Array, Array]:
        """A column of measurements as whole numbers or texts, and which records have one."""
        import numpy as np

        given = self._columns.pop(f"value:{place}")
        present = ~np.ma.getmaskarray(given)
        column = self._statement.listed[place]
        if column.digits is None:
            return np.ma.getdata(given), present
        whole = given.filled(0)
        whole *= 10.0**column.digits  # in place: there may be ten million
        np.rint(whole, out=whole)
        wide = np.flatnonzero(self._columns.pop(f"wide:{place}").filled(False))  # noqa: FBT003 - never NULL
        if not len(wide):
            return whole.astype(np.int64), present
        whole[wide] = 0
        numbers = whole.astype(np.int64).astype(object)
        texts = self._statement.read(cursor, {"as:text": f"({column.sql})::VARCHAR"}, column.is_wide)["as:text"]
        for at, text in zip(wide.tolist(), texts.tolist(), strict=True):
            numbers[at] = int(text.replace(".", ""))  # a decimal column prints all its digits
        return numbers, present

    def stretches(self, column: int, flag: str, limits: int) -> Iterator[tuple[int, Stretch]]:
        """The measurements of each part, for those records that a flag is true for."""
        import numpy as np

        values, present = self._values[column]
        digits = self._statement.listed[column].digits
        taken = present | self._is_void
        if flag:
            taken &= self._columns[flag].filled(False)  # noqa: FBT003 - the value for NULL
        for number in range(self._statement.sets):
            places = np.flatnonzero(taken)
            if not len(places):
                continue
            parts = self._columns[f"part:{number}"].filled(-1)[places]
            order = np.argsort(parts, kind="stable")
            places, parts = places[order], parts[order]
            starts = np.flatnonzero(np.diff(parts, prepend=-1))
            whole: list[Measured] = []
            if digits is not None and values.dtype != object:
                whole = summed_apart(values[places], starts, digits)
            for place, own in enumerate(np.split(places, starts[1:])):
                part = int(parts[starts[place]])
                if whole and not self._is_void[own].any():  # then all of them have a value
                    yield part, Stretch(found={0: (whole[place], ())})
                else:
                    yield part, Stretch(values[own], present[own], digits, *self._voided(own, limits))

    def _voided(self, own: Array, limits: int) -> tuple[Array | None, dict[int, tuple[str, str]]]:
        """From when on records are void, and the limits of those."""
        import numpy as np

        marked = np.flatnonzero(self._is_void[own])
        if not len(marked):
            return None, {}
        among = np.searchsorted(self._void_places, own[marked])
        until = np.full(len(own), np.datetime64("NaT"), self._void["void:until"].dtype)
        until[marked] = self._void["void:until"].data[among]
        lower, upper = (self._void[f"{side}:{limits}"][among].tolist() for side in ("lower", "upper"))
        return until, dict(zip(marked.tolist(), zip(lower, upper, strict=True), strict=True))


def digits_of(sql_type: str | None) -> int | None:
    """Decimal digits of a column of whole or decimal numbers."""
    if found := re.fullmatch(r"DECIMAL\(\d+,\s*(\d+)\)", sql_type or ""):
        return int(found[1])
    return 0 if sql_type in ("BIGINT", "INTEGER") else None
