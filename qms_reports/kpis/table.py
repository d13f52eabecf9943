"""The KPI table: one row per KPI, window, dimension and member, as plain values that are written once and only read."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from qms_reports.store import file_literal, identifier, kept_session, quote, write_atomically

State = Literal["ok", "immature", "partial", "no data"]
Status = Literal["good", "warning", "bad", "none"]
Trend = Literal["up", "down", "flat", "none"]
Signal = Literal["signal", "noise", "unknown"]

TOTAL = ""
"""The dimension, and the member, of the row over all records."""


class KpiRow(NamedTuple):
    """One figure.

    Attributes:
        kpi: KPI.
        version: Version of its definition.
        period: Key of the window (``2024-05``).
        ago: How many windows before the reported one; -1 for the same period last year where the series misses it.
        dimension: Dimension, or `TOTAL`.
        member: Member of the dimension, or `TOTAL`.
        numerator: As counted; ``None`` if there is nothing to aggregate.
        denominator: As counted; ``None`` for a KPI without one.
        records: Records in the KPI's population and filter.
        value: numerator / denominator * per, rounded to 12 significant digits; ``None`` is "n/a".
        lower: Lower limit of the 95 % interval in the unit of the value, where the kind has one.
        upper: Upper limit.
        state: ``immature`` before the KPI's `maturity_days` after the window have passed, ``partial`` when the source
            was read before the window ended, ``no data`` when it covers none of it.
        prior: Value one window earlier (rows of the reported window).
        last_year: Value in the same period last year (rows of the reported window).
        trend: Direction against `prior`; flat within the KPI's tolerance.
        status: Rating against target and warning.
        trend_last_year: Direction against `last_year`.
        signal: Whether the value of the reported window is more than noise, as `signals` judges it.
        signal_basis: What that judgement rests on, in a few words.
        remark: Why there is no value although there are records (refused, not reached).
    """

    kpi: str
    version: int
    period: str
    ago: int
    dimension: str
    member: str
    numerator: float | None
    denominator: float | None
    records: int
    value: float | None
    lower: float | None
    upper: float | None
    state: State
    prior: float | None = None
    last_year: float | None = None
    trend: Trend = "none"
    status: Status = "none"
    trend_last_year: Trend = "none"
    signal: Signal = "unknown"
    signal_basis: str = ""
    remark: str = ""


_TYPES = {"kpi": "VARCHAR", "version": "INTEGER", "period": "VARCHAR", "ago": "INTEGER", "dimension": "VARCHAR",
          "member": "VARCHAR", "numerator": "DOUBLE", "denominator": "DOUBLE", "records": "BIGINT", "value": "DOUBLE",
          "lower": "DOUBLE", "upper": "DOUBLE", "state": "VARCHAR", "prior": "DOUBLE", "last_year": "DOUBLE",
          "trend": "VARCHAR", "status": "VARCHAR", "trend_last_year": "VARCHAR", "signal": "VARCHAR",
          "signal_basis": "VARCHAR", "remark": "VARCHAR"}  # fmt: skip


@dataclass(frozen=True)
class KpiTable:
    """The figures of one or several domains for one period."""

    rows: tuple[KpiRow, ...]

    @cached_property
    def _index(self) -> dict[tuple[str, int, str, str], KpiRow]:
        return {(row.kpi, row.ago, row.dimension, row.member): row for row in self.rows}

    @cached_property
    def _by_kpi(self) -> dict[tuple[str, str], list[KpiRow]]:
        found: dict[tuple[str, str], list[KpiRow]] = defaultdict(list)
        for row in self.rows:
            found[(row.kpi, row.dimension)].append(row)
        return dict(found)

    def total(self, kpi: str, ago: int = 0) -> KpiRow | None:
        """The figure over all records, some windows ago."""
        return self._index.get((kpi, ago, TOTAL, TOTAL))

    def member(self, kpi: str, dimension: str, member: str, ago: int = 0) -> KpiRow | None:
        """The figure of one member of a dimension."""
        return self._index.get((kpi, ago, dimension, member))

    def series(self, kpi: str) -> tuple[KpiRow, ...]:
        """The totals of the series, oldest first."""
        found = [row for row in self._by_kpi.get((kpi, TOTAL), ()) if row.ago >= 0]
        return tuple(sorted(found, key=lambda row: -row.ago))

    def members(self, kpi: str, dimension: str, ago: int = 0) -> tuple[KpiRow, ...]:
        """The figures of all members of a dimension, by name."""
        found = [row for row in self._by_kpi.get((kpi, dimension), ()) if row.ago == ago]
        return tuple(sorted(found, key=lambda row: row.member))


def write_table(path: Path, rows: Iterable[KpiRow]) -> None:
    """Write a KPI table as one Parquet file, wholly or not at all."""
    write_rows(path, rows, _TYPES)


def write_rows(path: Path, rows: Iterable[object], types: Mapping[str, str]) -> None:
    """Write plain values as one Parquet file, wholly or not at all; equal rows give equal bytes.

    Args:
        path: Where to.
        rows: Any objects with these attributes.
        types: Attribute to DuckDB type, in the order of the columns.
    """
    rows = tuple(rows)
    lists = [[getattr(row, name) for row in rows] for name in types]
    unnested = ", ".join(f"unnest(CAST(? AS {kind}[])) AS {identifier(name)}" for name, kind in types.items())
    with tempfile.TemporaryDirectory(prefix="qms_reports_") as folder:
        part = Path(folder) / "table.parquet"
        kept_session().execute(f"COPY (SELECT {unnested}) TO {quote(str(part))} (FORMAT parquet)", lists)
        write_atomically(path, part.read_bytes())


def content_version(path: Path) -> str:
    """SHA-256 of a written KPI table: equal figures give equal files."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_table(paths: Iterable[Path]) -> KpiTable:
    """Read one or several KPI tables.

    Raises:
        FileNotFoundError: One of them has not been computed.
    """
    identities = []
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            raise FileNotFoundError(f"{path} has not been computed; materialize its KPI table first") from None
        identities.append((str(path), status.st_ino, status.st_mtime_ns, status.st_size))
    return _read(tuple(identities)) if identities else KpiTable(())


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int, int, int], ...]) -> KpiTable:
    # Every stage of a report reads the same tables.  A table is always written as a new file, so a file's identity
    # tells whether it has been computed again.
    listed = ", ".join(file_literal(path) for path, *_ in files)
    found = kept_session().execute(f"SELECT {', '.join(KpiRow._fields)} FROM read_parquet([{listed}])").fetchall()
    return KpiTable(tuple(KpiRow(*row) for row in found))
