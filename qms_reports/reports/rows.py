"""Rows that are too many to hold: handed over one after the other, as often as a writer asks for them.

A `Table` keeps its rows as a tuple.  Where it shows only the first of many (`Table.total_rows`), the composer can give
the writers a `RowSource` beside the report, such as a DuckDB query, and they write all of them in constant memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qms_reports.reports.document import Cell, Column, Table


class RowSource(Protocol):
    """All rows of a table, in an order that is the same each time.

    Attributes:
        columns: Heads and kinds of the cells.
        count: How many rows there are; known before the first is read.
    """

    @property
    def columns(self) -> tuple[Column, ...]:
        """Heads and kinds of the cells."""

    @property
    def count(self) -> int:
        """How many rows there are; known before the first is read."""

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        """Begin with the first row; several writers read the same source one after the other."""


RowSources = Mapping[str, RowSource]
"""All rows of tables of a report, by the id of the table."""

NO_SOURCES: RowSources = {}


@dataclass(frozen=True, slots=True)
class QueriedRows:
    """A row source that runs a query each time it is read.

    Attributes:
        columns: Heads and kinds of the cells.
        count: How many rows there are.
        read: Starts the query and yields its rows, such as ``lambda: batches(connection.execute(sql))``.
    """

    columns: tuple[Column, ...]
    count: int
    read: Callable[[], Iterator[Sequence[Cell]]]

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return self.read()


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows that a table holds, as a source.

    Attributes:
        table: The table.
    """

    table: Table

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the table."""
        return self.table.columns

    @property
    def count(self) -> int:
        """Rows that the table holds."""
        return len(self.table.rows)

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return iter(self.table.rows)


def rows_of(table: Table, sources: RowSources = NO_SOURCES) -> RowSource:
    """All rows of a table that are to be had: of its source if there is one, else those it holds.

    Raises:
        ValueError: The source has other columns than the table, or fewer rows than the table shows.
    """
    source = sources.get(table.id)
    if source is None:
        return TableRows(table)
    if source.columns != table.columns:
        raise ValueError(f"table {table.id!r}: the source of its rows has other columns than the table")
    if source.count < len(table.rows):
        raise ValueError(f"table {table.id!r}: shows {len(table.rows)} rows, but its source has only {source.count}")
    return source


def batches(cursor: object, size: int = 10_000) -> Iterator[Sequence[Cell]]:
    """The rows of a database cursor, `size` of them in memory at a time.

    Args:
        cursor: Anything with ``fetchmany``: an executed DuckDB or DB-API cursor.
        size: Rows per batch.
    """
    while found := cursor.fetchmany(size):  # type: ignore[attr-defined]  # any cursor
        yield from found
