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
        values: Whole numbers of the last digit, or texts where the digits differ.
        present: Which records have a value.
        digits: Decimal digits of `values`; ``None`` for texts.
        until: The day or instant from which a record is void; NaT for never.  ``None`` where no record has one.
        limits: Lower and upper limit of each record that has a day in `until`, as texts by its place.
        found: What counts, by the number of records that become void later.
    """

    values: Array
    present: Array
    digits: int | None
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

    def columns(self, place: int) -> list[str]:
        """What to select: the float of a number that is found again in it, the text of every other."""
        text = f"({self.sql})::VARCHAR"
        if self.digits is None:
            return [f'{text} AS "text:{place}"']
        safe = SAFE // 10**self.digits
        exact = f"CASE WHEN {self.sql} NOT BETWEEN -{safe} AND {safe} THEN {text} END"
        return [f'({self.sql})::DOUBLE AS "value:{place}"', f'{exact} AS "text:{place}"']


@dataclass(frozen=True)
class StepStatement:
    """Two statements for a group of KPIs with steps, and how to put their answers together.

    Attributes:
        number: Number of the group.
        parts: SELECT of `_n`, `_w`, `_dimension`, `_member`, `_stratum` and `_values` with gaps for the lists.
        members: SELECT of the records in the order of time, with the number of each part they are in (``part:0``...).
        table: The table of `parts`, which `members` reads.
        sets: How many parts a record is in.
        listed: The columns of measurements.
        lists: Place among the values to (column of measurements, filter or the empty text, pair of limits).
    """

    number: int
    parts: str
    members: str
    table: str
    sets: int
    listed: tuple[ListedValues, ...]
    lists: dict[int, tuple[int, str, int]]

    def rows(self, cursor: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """The rows of the group in the shape of `Statement.sql`, with a `Stretch` (or none) for each list."""
        import numpy as np

        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {self.table} AS {self.parts}")
        listed = "_w, _dimension, _member, _stratum, _values"
        found = cursor.execute(f"SELECT {listed} FROM {self.table} ORDER BY _n").fetchall()
        read = cursor.execute(self.members).fetchnumpy()
        columns: Columns = {name: np.ma.asarray(column) for name, column in read.items()}
        cursor.execute(f"DROP TABLE {self.table}")
        values: list[list[Any]] = [list(row[-1]) for row in found]
        for place, (column, flag, limits) in self.lists.items():
            for part, stretch in self._stretches(columns, column, flag, limits):
                values[part][place] = stretch
        return [(self.number, *row[:-1], own) for row, own in zip(found, values, strict=True)]

    def _stretches(self, columns: Columns, listed: int, flag: str, limits: int) -> Iterator[tuple[int, Stretch]]:
        import numpy as np

        digits = self.listed[listed].digits
        values, present = _values(columns, listed, digits)
        until = columns["until"].filled(np.datetime64("NaT")) if "until" in columns else None
        taken = present if until is None else present | ~np.isnat(until)
        if flag:
            taken = taken & columns[flag].filled(False)  # noqa: FBT003 - the value for NULL
        for number in range(self.sets):
            places = np.flatnonzero(taken)
            parts = columns[f"part:{number}"].filled(-1)[places]
            order = np.argsort(parts, kind="stable")
            places, parts = places[order], parts[order]
            if not len(places):
                continue
            starts = np.flatnonzero(np.diff(parts, prepend=-1))
            of_part = np.split(places, starts[1:])
            whole: list[Measured] = []
            if digits is not None and values.dtype != object:
                whole = summed_apart(values[places], starts, digits)
            for place, (part, own) in enumerate(zip(parts[starts].tolist(), of_part, strict=True)):
                stretch = Stretch(values[own], present[own], digits, *self._void(columns, until, own, limits))
                if whole and stretch.until is None:  # then all of them have a value
                    stretch.found[0] = (whole[place], ())
                yield part, stretch

    def _void(
        self, columns: Columns, until: Array | None, own: Array, limits: int
    ) -> tuple[Array | None, dict[int, tuple[str, str]]]:
        import numpy as np

        if until is None:
            return None, {}
        mine = until[own]
        marked = np.flatnonzero(~np.isnat(mine)).tolist()
        if not marked:
            return None, {}
        lower, upper = columns[f"lower:{limits}"], columns[f"upper:{limits}"]
        return mine, {place: (lower[own[place]], upper[own[place]]) for place in marked}


def digits_of(sql_type: str | None) -> int | None:
    """Decimal digits of a column of whole or decimal numbers."""
    if found := re.fullmatch(r"DECIMAL\(\d+,\s*(\d+)\)", sql_type or ""):
        return int(found[1])
    return 0 if sql_type in ("BIGINT", "INTEGER") else None


def _values(columns: Columns, listed: int, digits: int | None) -> tuple[Array, Array]:
    """The measurements as whole numbers or texts, and which records have one."""
    import numpy as np

    texts = columns[f"text:{listed}"]
    given = ~np.ma.getmaskarray(texts)
    if digits is None:
        return np.ma.getdata(texts), given
    floats = columns[f"value:{listed}"]
    whole = np.rint(floats.filled(0) * 10.0**digits)
    if not given.any():
        return whole.astype(np.int64), ~np.ma.getmaskarray(floats)
    whole[given] = 0
    numbers = whole.astype(np.int64).astype(object)
    for place in np.flatnonzero(given).tolist():
        numbers[place] = int(texts[place].replace(".", ""))
    return numbers, ~np.ma.getmaskarray(floats)
