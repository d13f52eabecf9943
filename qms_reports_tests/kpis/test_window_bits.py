"""The bits of a condition say the same as asking for each window on its own, for missing values too."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot import exp

from qms_reports.kpis.populations import window_literals
from qms_reports.kpis.window_bits import WindowBits, marked
from qms_reports.periods import parse_period
from qms_reports.store import connect, identifier

BERLIN = ZoneInfo("Europe/Berlin")
WINDOWS = parse_period("2024-06").series(9)
LITERALS = [window_literals(window, 1, BERLIN) for window in WINDOWS]


@pytest.fixture(scope="module")
def records():
    """Days around every window's limits and instants around its first and last moment, in all pairs, and none."""
    limits = [window.start for window in WINDOWS] + [WINDOWS[-1].end]
    days = [None, *(limit + dt.timedelta(away) for limit in limits for away in (-1, 0, 1))]
    connection = connect()
    connection.execute("CREATE TABLE days (d DATE, e DATE)")
    connection.executemany("INSERT INTO days VALUES (?, ?)", [[d, e] for d in days for e in days[::3]])
    connection.execute(
        "CREATE TABLE records AS SELECT d, e, d::TIMESTAMP - INTERVAL 1 HOUR * s AS t, s = 1 AS b, "
        "CASE WHEN s > 0 THEN s END AS n FROM days, range(3) AS hours(s)"
    )
    return connection


def marked_condition(text):
    def mark(node):
        return marked(node.name) if isinstance(node, exp.Column) and node.name.startswith("period_") else node

    return sqlglot.parse_one(text, read="duckdb").transform(mark)


@pytest.mark.parametrize(
    "text",
    [
        "d < period_end",
        "d <= period_last_day",
        "d > period_last_day",
        "d >= period_start",
        "period_end > d",
        "period_start <= d",
        "NOT d < period_end",
        "NOT (d >= period_start AND e < period_end)",
        "NOT (d > period_last_day OR NOT e <= period_start)",
        "t < period_end_at AND t >= period_start_at",
        "d IS NULL OR d >= period_end",
        "NOT (d IS NULL OR d >= period_end)",
        "b AND n > 1 AND (d < period_end OR e < period_start)",
        "NOT (b AND n > 1 AND (d < period_end OR e < period_start))",
        "b OR n > 1 OR d < period_end",
        "NOT (b OR n > 1 OR d < period_end)",
        "d + INTERVAL 40 DAYS < period_end AND (e IS NULL OR e + to_days(n) >= period_last_day)",
        "d BETWEEN period_start AND period_last_day OR date_diff('day', e, period_last_day) > 30",
        "NOT (d = period_last_day) AND e <> period_start",
        "CASE WHEN b THEN d < period_end ELSE e < period_end END",
        "n > 1",
        "NOT n > 1",
        "true",
    ],
)
def test_the_bits_are_those_of_each_window(records, text):
    bits = WindowBits(LITERALS)
    found = bits.holds(marked_condition(text))
    source = "SELECT * FROM records"
    for columns in (bits.values, bits.steps):
        added = [f"{sql} AS {identifier(name)}" for sql, name in columns.items()]
        source = f"SELECT {', '.join(['*', *added])} FROM ({source})"
    alone = []
    for number, values in enumerate(LITERALS):
        condition = text
        for name in sorted(values, key=len, reverse=True):
            condition = condition.replace(name, values[name])
        alone.append(f"CASE WHEN {condition} THEN {2**number} ELSE 0 END")
    rows = records.execute(f"SELECT {found}, {' + '.join(alone)} FROM ({source})").fetchall()
    assert [row[0] for row in rows] == [row[1] for row in rows]
    assert len(rows) > 900


def test_a_comparison_with_a_day_is_not_tried_for_each_window():
    bits = WindowBits(LITERALS)
    found = bits.holds(marked_condition("d < period_end AND (e IS NULL OR e + INTERVAL 1 DAY >= period_end)"))
    assert list(bits.values) == ["e + INTERVAL '1' DAY"]
    assert len(bits.steps) == 2
    assert found.count("CASE") == 1  # whether `e` is missing, which is the same for all windows
