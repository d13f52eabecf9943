"""Records on their way to another engine: what they are called there, and their columns.

A copy is named after its content, so it is never stale: other records have another name.  What is no longer among the
last few copies of a dataset is dropped by whoever makes the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qms_reports.datasets.reading import Session
from qms_reports.kpis.engines.portable import LEADING
from qms_reports.store import identifier, sha256_text

if TYPE_CHECKING:
    from qms_reports.kpis.engines.choosing import Row

KEPT = 4
"""Copies of a dataset that stay: a run over several cut-offs and a few readers at once need more than one."""

_NAME_LENGTH = 40
_names: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
_guard = threading.Lock()


def copied_columns(types: Mapping[str, str]) -> dict[str, str]:
    """The columns that are copied: the declared ones and the record's key."""
    return {**types, "_key": "VARCHAR"}


def copy_name(opened: Session, dataset: str, types: Mapping[str, str]) -> str:
    """The name of a copy of a session's records: the dataset and a hash over their content."""
    with _guard:
        found = _names.setdefault(opened.connection, {}).get(dataset)
    if found is None:
        found = f"{dataset[:_NAME_LENGTH]}_{_digest(opened, dataset, types)}"
        with _guard:
            _names[opened.connection][dataset] = found
    return found


def _digest(opened: Session, dataset: str, types: Mapping[str, str]) -> str:
    columns = copied_columns(types)
    listed = selected(columns)
    row = ", ".join(identifier(name) for name in columns)
    found = opened.cursor().execute(
        f"SELECT count(*), bit_xor(h), sum(h), bit_xor(g), sum(g) FROM "
        f"(SELECT hash({row}) AS h, hash('again', {row}) AS g FROM (SELECT {listed} FROM {identifier(dataset)}))"
    )
    shape = (f"{name} {kind}" for name, kind in columns.items())
    return sha256_text(dataset, *shape, *map(str, found.fetchall()[0]))[:16]


def selected(columns: Mapping[str, str]) -> str:
    """The list of a SELECT that gives the columns with their declared types, whatever a view computed them as."""
    return ", ".join(f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in columns.items())


def in_order(rows: Sequence[Sequence[Any]], widths: Mapping[int, int]) -> list[Row]:
    """The rows with the values of each put back into one list, in the order in which DuckDB gives them."""
    put = [_together(row, widths) for row in rows]
    return sorted(put, key=lambda row: (row[0], row[1], -1 if row[2] is None else row[2], row[3] or "", row[4] or ""))


def _together(row: Sequence[Any], widths: Mapping[int, int]) -> Row:
    group, dimension = int(row[0]), None if row[2] is None else int(row[2])
    return group, int(row[1]), dimension, row[3], row[4], list(row[LEADING : LEADING + widths[group]])
