# ruff: noqa: DTZ001 - the store and workbooks hold times without a zone
"""Reading values: every text becomes the value it means, or is named as unreadable; nothing is guessed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from qms_reports.datasets.cleaning import stage_sql
from qms_reports.declarations.models import Dataset
from qms_reports.store import kept_session


def read(text: str | None, zone: str = "UTC", **column: object) -> tuple[object, list[str]]:
    """One text read as a column: the value, and the rules that it breaks."""
    dataset = Dataset.model_validate(
        {
            "dataset": "values",
            "title": "Values",
            "record": "value",
            "source": "values",
            "key": ["id"],
            "period_date": "day",
            "columns": {"id": {}, "day": {"type": "date"}, "read": column},
        }
    )
    raw = "SELECT '1' AS id, '2024-05-01' AS day, $1::VARCHAR AS read, 1::BIGINT AS _row"
    sql = stage_sql(dataset, raw, suspicious=False, time_zone=zone)
    found = kept_session().execute(f"SELECT read, _violations FROM ({sql})", [text]).fetchall()
    value, violations = found[0]
    return value, [violation["rule"] for violation in violations or []]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-05-31", dt.date(2024, 5, 31)),
        (" 2024-05-31 ", dt.date(2024, 5, 31)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2024-05-31T23:59:59", dt.date(2024, 5, 31)),
        ("2024-06-01T00:30:00+09:00", dt.date(2024, 6, 1)),
        ("2023-02-29", None),
        ("2024-02-31", None),
        ("2024-13-01", None),
        ("31/05/2024", None),
        ("epoch", None),
        ("infinity", None),
        ("-infinity", None),
        ("0", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_a_day_is_the_day_that_is_written_in_every_zone(text: str, value: dt.date | None, zone: str) -> None:
    assert read(text, zone, type="date") == (value, [] if value else ["unreadable"])


@pytest.mark.parametrize("text", ["0212-05-01", "1899-12-31", "2100-01-02", "2200-01-01", "12345-01-01"])
def test_a_day_outside_the_likely_years_is_a_typing_error_unless_declared(text: str) -> None:
    assert read(text, type="date")[1] == ["impossible_date"]
    if len(text) == 10:
        declared = {"earliest": "0001-01-01", "latest": "9999-12-31"}
        assert read(text, type="date", **declared) == (dt.date.fromisoformat(text), [])


@pytest.mark.parametrize(
    ("text", "zone", "value"),
    [
        ("2024-05-31T20:00:00Z", "Asia/Tokyo", dt.datetime(2024, 5, 31, 20)),
        ("2024-05-31T20:00:00", "Asia/Tokyo", dt.datetime(2024, 5, 31, 11)),
        ("2024-05-31T20:00:00+02:00", "Asia/Tokyo", dt.datetime(2024, 5, 31, 18)),
        ("2024-05-31 20:00", "America/New_York", dt.datetime(2024, 6, 1, 0)),
        ("2024-05-31", "Asia/Tokyo", dt.datetime(2024, 5, 30, 15)),
    ],
)
def test_a_time_without_zone_is_the_site_s_and_one_with_a_zone_is_its_own(
    text: str, zone: str, value: dt.datetime
) -> None:
    assert read(text, zone, type="timestamp") == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "rules"),
    [
        ("1", Decimal(1), []),
        ("-1.5", Decimal("-1.5"), []),
        (" 007.50 ", Decimal("7.5"), []),
        ("1e3", Decimal(1000), []),
        ("0.123456789", Decimal("0.123456789"), []),
        ("0.1234567895", Decimal("0.123456790"), ["rounded"]),
        ("1e-12", Decimal(0), ["rounded"]),
        ("1e-9", Decimal("1e-9"), []),
        ("9" * 19, Decimal("9" * 19), []),
        ("9" * 20, None, ["unreadable"]),
        ("1,5", None, ["unreadable"]),
        ("1.234,56", None, ["unreadable"]),
        ("1 000", None, ["unreadable"]),
        ("12 kg", None, ["unreadable"]),
        ("nan", None, ["unreadable"]),
        ("inf", None, ["unreadable"]),
        ("0x1F", None, ["unreadable"]),
        ("", None, []),
        (None, None, []),
    ],
)
def test_a_number_is_exact_or_says_that_it_is_not(text: str | None, value: Decimal | None, rules: list[str]) -> None:
    assert read(text, type="number") == (value, rules)


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("-7", -7), ("7.0", 7), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("7.5", None),
     ("7e2", None), ("seven", None)],
)  # fmt: skip
def test_a_whole_number_is_whole_and_fits_or_is_unreadable(text: str, value: int | None) -> None:
    assert read(text, type="integer") == (value, [] if value is not None else ["unreadable"])


def test_missing_required_not_allowed_and_limits_are_named() -> None:
    assert read("  ", required=True) == (None, ["missing"])
    assert read("N/A", missing=["n/a"], required=True) == (None, ["missing"])
    assert read("Purple", allowed=["Red", "Blue"]) == ("Purple", ["not_allowed"])
    assert read("-1", type="integer", minimum=0) == (-1, ["below_minimum"])
    assert read("101", type="integer", maximum=100) == (101, ["above_maximum"])
    assert read("maybe", type="boolean") == (None, ["unreadable"])
    assert read("YES", type="boolean") == (True, [])


def test_texts_are_replaced_as_whole_words_only() -> None:
    assert read("3 Mai 2024", type="date", formats=["%d %b %Y"], replace={"Mai": "May"}) == (dt.date(2024, 5, 3), [])
    assert read("Mailand", replace={"Mai": "May"}) == ("Mailand", [])
    assert read("a.b", replace={"a.b": "c"}) == ("c", [])
    assert read("axb", replace={"a.b": "c"}) == ("axb", [])
