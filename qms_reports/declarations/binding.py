"""Asking the engine itself whether an expression's types fit, on a table of the right columns and no rows."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from qms_reports.declarations.expressions import BUSINESS_DAYS, SqlProblem
from qms_reports.store import LOCAL_DATE

if TYPE_CHECKING:
    import duckdb

_local = threading.local()
_KEPT_TABLES = 200


@lru_cache(maxsize=4096)
def bind_problem(sql: str, types: tuple[tuple[str, str], ...], *, aggregate: bool, boolean: bool) -> SqlProblem | None:
    """What the engine objects to in an expression already checked by `expressions.checked`, or None.

    Args:
        sql: The expression.
        types: Column name and DuckDB type.
        aggregate: Whether it is evaluated over a group.
        boolean: Whether it must be true or false.
    """
    import duckdb

    periods = [name for name, _ in types if name.startswith("period_")]
    group = f" GROUP BY {', '.join(periods)}" if aggregate and periods else ""
    try:
        found = _session().execute(f"DESCRIBE SELECT ({sql}) AS value FROM {_table(types)}{group}").fetchall()
    except duckdb.Error as error:
        return SqlProblem(
            1, 1, f"does not fit the columns' types: {_plain(error)}", "cast with ::date, ::bigint …", code="sql.types"
        )
    kind = found[0][1]
    if boolean and kind != "BOOLEAN":
        return SqlProblem(
            1,
            1,
            f"is {kind.lower()}, but a condition is true or false",
            "compare it with something",
            code="sql.no_condition",
        )
    return None


def _table(types: tuple[tuple[str, str], ...]) -> str:
    """The name of the empty table with these columns."""
    session = _session()
    tables: dict[tuple[tuple[str, str], ...], str] = _local.tables
    if types not in tables:
        if len(tables) >= _KEPT_TABLES:
            session.execute(f"DROP TABLE {tables.pop(next(iter(tables)))}")
        _local.made += 1
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types)
        session.execute(f"CREATE TABLE shape_{_local.made} ({columns})")
        tables[types] = f"shape_{_local.made}"
    return tables[types]


def _session() -> duckdb.DuckDBPyConnection:
    # A session of DuckDB serves one thread at a time.
    if not hasattr(_local, "session"):
        import duckdb

        _local.session = duckdb.connect(":memory:", config={"threads": 1})
        for macro in (LOCAL_DATE, BUSINESS_DAYS):
            _local.session.execute(f"CREATE MACRO {macro}")
        _local.session.execute("SET enable_external_access = false")
        _local.tables, _local.made = {}, 0
    session: duckdb.DuckDBPyConnection = _local.session
    return session


def _plain(error: Exception) -> str:
    first = str(error).split("\n", 1)[0]
    return first.split(": ", 1)[-1] if ": " in first else first
