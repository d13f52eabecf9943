"""The pieces of SQL that the record kinds are made from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from qms_reports.example_company.plan import Plan
from qms_reports.example_company.randomness import draw, member_draw
from qms_reports.example_company.sites import SITES, day_tables

if TYPE_CHECKING:
    import duckdb

PRODUCTS = ("Cardiol 10 mg", "Cardiol 20 mg", "Nephrex 5 mg", "Pulmonal 100 µg", "Neurolan 25 mg", "Gastrosan 40 mg")
PRODUCTS_SOLD = (*PRODUCTS, "Cardiol 10 mg", "Cardiol 10 mg", "Cardiol 20 mg", "Neurolan 25 mg", "Nephrex 5 mg")
"""The products as often as batches are made of them: some sell more than others."""
DEPARTMENTS = ("Production", "Quality Control", "Packaging", "Warehouse", "Engineering", "Quality Assurance")
RENAMED_ON = dt.date(2023, 4, 1)
"""From this day on, new records of Quality Control carry the name QC Laboratory."""
RENAMED = ("Quality Control", "QC Laboratory")
REGIONS = ("EU", "EU", "EU", "North America", "North America", "Japan", "Japan", "Latin America", "?", "Unknown")

SITE = "[0, 0, 0, 0, 0, 1, 1, 1, 2, 2][n % 10 + 1] AS s"
"""The site's position, from the last digit of a record's number."""
SITE_NAME = "['HAM', 'OSA', 'PHL'][s + 1]"
ZONE_NAME = "['Europe/Berlin', 'Asia/Tokyo', 'America/New_York'][s + 1]"

_MARGIN = dt.timedelta(days=1500)


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Give a session the tables and macros that the statements use."""
    # The statements stand as they should run; looking for better ones takes longer than most of them.
    connection.execute("PRAGMA disable_optimizer")
    tables = day_tables(plan.first - _MARGIN, plan.last + _MARGIN)
    connection.execute(f"SET VARIABLE to_workday = {list(tables.to_workday)}::TINYINT[]")
    connection.execute(f"SET VARIABLE offset_minutes = {list(tables.offset_minutes)}::SMALLINT[]")
    place = f"(d - DATE '{tables.first}') * {len(SITES)} + s + 1"
    connection.execute(f"CREATE MACRO workday(d, s) AS d + getvariable('to_workday')[{place}]::INTEGER")
    connection.execute(f"CREATE MACRO utc_offset(d, s) AS getvariable('offset_minutes')[{place}]")
    connection.execute(
        "CREATE MACRO instant(d, seconds, s) AS strftime(d + to_seconds(seconds), '%Y-%m-%dT%H:%M:%S') || "
        "CASE utc_offset(d, s) WHEN 60 THEN '+01:00' WHEN 120 THEN '+02:00' WHEN 540 THEN '+09:00' "
        "WHEN -300 THEN '-05:00' WHEN -240 THEN '-04:00' END"
    )
    connection.execute(
        f"CREATE MACRO renamed(department, d) AS CASE WHEN department = '{RENAMED[0]}' "
        f"AND d >= DATE '{RENAMED_ON}' THEN '{RENAMED[1]}' ELSE department END"
    )
    connection.execute("CREATE MACRO numbered(prefix, n) AS prefix || '-' || lpad(n::VARCHAR, 9, '0')")


def day_of_month(number: int, column: str = "month_days") -> str:
    """SQL for a day of the record's month."""
    return f"month_first + (({draw(number)} * {column}) >> 16)::INTEGER"


def skewed(number: int, most: int) -> str:
    """SQL for a number of days 0 … most with a long tail: the product of two draws, a quarter of `most` on average."""
    return f"((({draw(number)} * {draw(number + 1)}) >> 16) * {most} >> 16)::INTEGER"


def bell(number: int) -> str:
    """SQL for a nearly normal whole number: the sum of four draws less its mean; standard deviation 37837."""
    return f"(({' + '.join(draw(number + step) for step in range(4))})::BIGINT - 131070)"


def link(upper: str, number: int, spread: int) -> str:
    """SQL for the number of a record of the same site (the same last digit) below `upper`, or NULL if there is none.

    Args:
        upper: How many records there are to point to.
        number: The draw.
        spread: Among how many of the last ones to choose.
    """
    near = f"({upper} - 1 - (({draw(number)}::BIGINT * least({spread}, {upper})) >> 16))"
    same = f"({near} - {near} % 10 + n % 10)"
    return f"CASE WHEN {upper} <= 0 THEN NULL WHEN {same} < {upper} THEN {same} WHEN {same} >= 10 THEN {same} - 10 END"


def product_of(plan: Plan, batch: str) -> str:
    """SQL for the product of a batch, by its number."""
    listed = ", ".join(f"'{product}'" for product in PRODUCTS_SOLD)
    return f"[{listed}][(({member_draw(batch, plan.salt('product'))} * {len(PRODUCTS_SOLD)}) >> 16)::INTEGER + 1]"


def drift(plan: Plan, date: str, start: int, end: int) -> str:
    """SQL for a whole number that moves evenly from `start` on the company's first day to `end` on its last."""
    return f"({start} + ({date} - DATE '{plan.first}') * ({end - start}) // {plan.days})"


def likely(number: int, per_myriad: str) -> str:
    """SQL for a condition that holds with a probability which is itself SQL: so many in 10,000."""
    return f"({draw(number)}::INTEGER * 10000 < 65536 * ({per_myriad}))"


def slips(plan: Plan, number: int, date: str, per_myriad: str) -> str:
    """SQL for whether something is late: Osaka gets better over the years, Philadelphia is the worst throughout.

    Args:
        plan: What is asked for.
        number: The draw.
        date: SQL for the day that decides how far the years have got.
        per_myriad: SQL for how many in 10,000 are late in Hamburg.
    """
    factor = f"[100, {drift(plan, date, 190, 50)}, 175][s + 1]"
    return likely(number, f"{per_myriad} * {factor} // 100")


def versions(dates: str, low: dt.datetime, high: dt.datetime, source: str) -> str:
    """SQL for one row per day on which a record was entered or changed, as `as_at`; the first of them is `_entered`.

    Only days that can lie in the wanted time (UTC) are kept; the exact cut is made on the instant.

    Args:
        dates: The days, separated by commas; empty ones are left out.
        low: Begin of the wanted time.
        high: Its end.
        source: Relation with those columns.
    """
    first, last = low.date() - dt.timedelta(days=1), high.date() + dt.timedelta(days=1)
    listed = f"SELECT *, list_distinct([{dates}]) AS _days FROM ({source})"
    each = f"SELECT * EXCLUDE (_days), list_min(_days) AS _entered, unnest(_days) AS as_at FROM ({listed})"
    return f"SELECT * FROM ({each}) WHERE as_at BETWEEN DATE '{first}' AND DATE '{last}'"


def at(date: str, value: str | None = None) -> str:
    """SQL for a value that a record has from a day on; the day itself, if no value is given."""
    return f"CASE WHEN as_at >= {date} THEN {value or date} END"


def working_seconds(number: int) -> str:
    """SQL for a time of day between 08:00 and 17:00, in seconds, that differs between a record's versions."""
    return f"28800 + (({draw(number)} + (as_at - DATE '2000-01-01') * 7919::UBIGINT) % 32400)::INTEGER"
