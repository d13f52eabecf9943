"""The typed shape of a dataset: its columns as DuckDB types, and the identity of that shape."""

from __future__ import annotations

import json
from functools import lru_cache

from qms_reports.declarations.models import ColumnModel, Dataset, Derivation, Related
from qms_reports.store import sha256_text

READER_VERSION = "1"
"""Raised when the reading of values changes, so that records are read again from the delivered files."""


def sql_type(column: ColumnModel | Derivation | Related) -> str:
    """The DuckDB type of a declared column; numbers are exact decimals, so that their sums are exact too."""
    if column.type == "number":
        scale = column.scale if isinstance(column, ColumnModel) else 9
        return f"DECIMAL(28,{scale})"
    return {"text": "VARCHAR", "integer": "BIGINT", "date": "DATE", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}[
        column.type
    ]


def columns(dataset: Dataset) -> dict[str, str]:
    """Column name to DuckDB type, in declared order, derived columns last."""
    read = {name: sql_type(column) for name, column in dataset.columns.items()}
    return read | {name: sql_type(derivation) for name, derivation in dataset.derive.items()}


def generation(dataset: Dataset, time_zone: str) -> str:
    """Hash of everything that decides how a delivered row becomes a record; titles and limits do not count."""
    return _generation(_Same(dataset), time_zone)


class _Same:
    """A declaration as a key of a cache: itself, not its content, which takes a millisecond to write out."""

    __slots__ = ("dataset",)

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.dataset is self.dataset

    def __hash__(self) -> int:
        return id(self.dataset)


@lru_cache(maxsize=256)
def _generation(same: _Same, time_zone: str) -> str:
    dataset = same.dataset
    relevant = dataset.model_dump(
        mode="json", include={"source", "joins", "key", "period_date", "known_from", "withdrawn", "missing", "rules"}
    )
    relevant["columns"] = {name: c.model_dump(mode="json", exclude={"title"}) for name, c in dataset.columns.items()}
    relevant["derive"] = {name: d.model_dump(mode="json", exclude={"title"}) for name, d in dataset.derive.items()}
    order = [*dataset.columns, *dataset.derive]
    return sha256_text(READER_VERSION, time_zone, json.dumps(relevant, sort_keys=True), *order)
