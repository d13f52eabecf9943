"""Periods: names, steps, bounds in days and in moments, at every edge that the calendar and time zones have."""

import datetime as dt
import itertools
import pickle
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.fiscal_calendar import FiscalCalendar
from qms_reports.periods import (
    FREQUENCIES,
    WEEKLY_FISCAL,
    Period,
    Window,
    day_start,
    elapsed_days,
    latest_complete,
    local_date,
    parse_period,
    period_of,
    periods_between,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
CAIRO = ZoneInfo("Africa/Cairo")
APIA = ZoneInfo("Pacific/Apia")
HAVANA = ZoneInfo("America/Havana")
ST_JOHNS = ZoneInfo("America/St_Johns")
KOLKATA = ZoneInfo("Asia/Kolkata")
ZONES = [BERLIN, NEW_YORK, SAO_PAULO, CAIRO, APIA, HAVANA, ST_JOHNS, KOLKATA, ZoneInfo("UTC"), ZoneInfo("Asia/Beirut")]

days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
frequencies = st.sampled_from([name for name in FREQUENCIES if name not in WEEKLY_FISCAL])
months = st.integers(1, 12)


@st.composite
def periods(draw):
    return period_of(draw(days), draw(frequencies), draw(months))


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "start", "end", "label", "short"),
    [
        ("2024-05", (2024, 5, 1), (2024, 6, 1), "May 2024", "May 2024"),
        ("2024-12", (2024, 12, 1), (2025, 1, 1), "December 2024", "Dec 2024"),
        ("2024-Q1", (2024, 1, 1), (2024, 4, 1), "Q1 2024", "Q1 2024"),
        ("2024-Q4", (2024, 10, 1), (2025, 1, 1), "Q4 2024", "Q4 2024"),
        ("2024", (2024, 1, 1), (2025, 1, 1), "2024", "2024"),
        ("FY2024", (2023, 4, 1), (2024, 4, 1), "FY 2024 (Apr 2023 \N{EN DASH} Mar 2024)", "FY2024"),
        ("2024-W05", (2024, 1, 29), (2024, 2, 5), "Week 5, 2024", "W05 2024"),
        ("2020-W53", (2020, 12, 28), (2021, 1, 4), "Week 53, 2020", "W53 2020"),
        ("2025-W01", (2024, 12, 30), (2025, 1, 6), "Week 1, 2025", "W01 2025"),
        ("2005-08", (2005, 8, 1), (2005, 9, 1), "August 2005", "Aug 2005"),
    ],
)
def test_a_period_has_a_key_a_label_and_half_open_bounds(key, start, end, label, short):
    period = parse_period(key, 4)
    assert (period.start, period.end) == (dt.date(*start), dt.date(*end))
    assert (period.key, str(period), period.label(), period.label(short=True)) == (key, key, label, short)
    assert period.last_day == dt.date(*end) - dt.timedelta(days=1)
    assert period.contains(period.start)
    assert period.contains(period.last_day)
    assert not period.contains(period.end)
    assert not period.contains(period.start - dt.timedelta(days=1))


@pytest.mark.parametrize("spelling", [" 2024-q2 ", "2024-Q2", "2024-q2\n"])
def test_keys_are_read_in_either_case_and_with_spaces_around(spelling):
    assert parse_period(spelling).key == "2024-Q2"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "24",
        "0000",
        "2024-5",
        "2024-00",
        "2024-13",
        "2024-Q0",
        "2024-Q5",
        "2024-W00",
        "2024-W54",
        "2023-W53",
        "FY24",
        "FY2024-05",
        "FY2024-Q1",
        "2024-05-01",
        "2024/05",
        "2024 Q2",
        "-2024",
        "٢٠٢٤",
        "20240",
    ],
)
def test_what_is_not_a_period_is_answered_with_the_accepted_spellings(key):
    with pytest.raises(ValueError, match=r"is not a period.*2024-05 \(month\), 2024-Q2 .*FY2024 .*2024-W05"):
        parse_period(key)


def test_a_week_that_a_year_lacks_is_answered_with_the_weeks_that_it_has():
    with pytest.raises(ValueError, match="2023 has weeks 01 to 52"):
        parse_period("2023-W53")


@given(periods())
def test_a_key_leads_back_to_its_period(period):
    assert parse_period(period.key, period.fiscal) == period
    assert pickle.loads(pickle.dumps(period)) == period  # noqa: S301  our own bytes
    assert hash(parse_period(period.key, period.fiscal)) == hash(period)


# --- bounds -----------------------------------------------------------------------------------------------------------


@given(days, frequencies, months)
def test_every_day_lies_in_exactly_one_period(day, frequency, month):
    period = period_of(day, frequency, month)
    assert period.contains(day)
    assert not period.next().contains(day)
    assert not period.previous().contains(day)
    assert period.days == sum(period.contains(period.start + dt.timedelta(days=n)) for n in range(-7, 380))


@given(periods(), st.integers(0, 60))
def test_next_and_previous_undo_each_other_and_touch(period, n):
    assert period.next(n).previous(n) == period == period.previous(n).next(n)
    assert period.next().start == period.end
    assert period.previous().end == period.start
    assert period.next(0) == period


@given(periods(), st.integers(1, 40))
def test_a_series_has_no_gaps_and_ends_with_the_period(period, length):
    series = period.series(length)
    assert len(series) == length
    assert series[-1] == period
    assert all(earlier.end == later.start for earlier, later in itertools.pairwise(series))
    assert list(series) == sorted(series)
    assert periods_between(series[0], period) == series
    window = period.rolling(length)
    assert (window.start, window.end) == (series[0].start, period.end)
    assert window.days == sum(each.days for each in series)
    assert window.periods == series


@pytest.mark.parametrize("month", range(1, 13))
def test_a_fiscal_year_is_named_after_the_calendar_year_in_which_it_ends(month):
    period = parse_period("FY2024", month)
    assert period.last_day.year == 2024
    assert period.start == dt.date(2024 if month == 1 else 2023, month, 1)
    assert period_of(dt.date(2024, 2, 29), "fiscal_year", month).days == 366
    assert period_of(period.last_day, "fiscal_year", month) == period
    assert period_of(period.end, "fiscal_year", month).key == "FY2025"


def test_the_same_period_last_year():
    def before(key):
        return parse_period(key, 7).same_period_last_year().key

    assert before("2024-02") == "2023-02"
    assert before("2025-02") == "2024-02"
    assert before("2024-Q1") == "2023-Q1"
    assert before("2024") == "2023"
    assert before("FY2024") == "FY2023"
    assert before("2024-W05") == "2023-W05"


def test_leap_day_belongs_to_february_and_compares_with_a_february_of_28_days():
    february = period_of(dt.date(2024, 2, 29), "month")
    assert (february.days, february.same_period_last_year().days) == (29, 28)
    assert (parse_period("2024").days, parse_period("2023").days, parse_period("1900").days) == (366, 365, 365)


def test_week_53_compares_with_the_last_week_of_the_iso_year_before():
    assert parse_period("2020-W53").same_period_last_year().key == "2019-W52"
    assert parse_period("2021-W52").same_period_last_year().key == "2020-W52"
    assert parse_period("2020-W53").next().key == "2021-W01"


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ((2021, 1, 3), "2020-W53"),
        ((2024, 12, 30), "2025-W01"),
        ((2023, 1, 1), "2022-W52"),
        ((2024, 1, 1), "2024-W01"),
        ((2027, 1, 3), "2026-W53"),
    ],
)
def test_around_new_year_the_iso_week_year_is_not_the_calendar_year(day, key):
    assert period_of(dt.date(*day), "week").key == key


@given(days)
def test_weeks_agree_with_the_iso_calendar(day):
    iso = day.isocalendar()
    assert period_of(day, "week").key == f"{iso.year:04}-W{iso.week:02}"


@pytest.mark.parametrize(
    "step",
    [
        lambda: parse_period("0001-01").previous(),
        lambda: parse_period("0001-Q1").same_period_last_year(),
        lambda: parse_period("0001").previous(),
        lambda: parse_period("0001-W01").previous(),
        lambda: parse_period("0001-W01").same_period_last_year(),
        lambda: parse_period("FY0001", 4),
        lambda: period_of(dt.date(1, 2, 1), "fiscal_year", 4),
        lambda: parse_period("0001-02").series(3),
        lambda: parse_period("9999-12"),
        lambda: parse_period("9999"),
        lambda: parse_period("9999-11").next(),
        lambda: parse_period("9999-W52"),
        lambda: parse_period("2024").next(10**9),
    ],
)
def test_beyond_the_first_and_last_year_of_the_calendar_the_error_says_so(step):
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        step()


def test_the_first_periods_of_the_calendar_exist():
    for key in ("0001-01", "0001-Q1", "0001", "FY0001", "0001-W01"):
        assert parse_period(key).start == dt.date(1, 1, 1)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_period_with_the_wrong_bounds_cannot_exist():
    with pytest.raises(ValueError, match="is not one month"):
        Period("month", dt.date(2024, 5, 2), dt.date(2024, 6, 1))
    with pytest.raises(ValueError, match="is not one quarter"):
        Period("quarter", dt.date(2024, 2, 1), dt.date(2024, 5, 1))
    with pytest.raises(ValueError, match="has no fiscal calendar"):
        Period("month", dt.date(2024, 5, 1), dt.date(2024, 6, 1), FiscalCalendar(4))
    with pytest.raises(ValueError, match="'day' is not one of month, quarter"):
        Period("day", dt.date(2024, 5, 1), dt.date(2024, 6, 1))


def test_nonsense_is_refused():
    may = parse_period("2024-05")
    with pytest.raises(ValueError, match="at least 1 period"):
        may.series(0)
    with pytest.raises(ValueError, match="at least 1 period"):
        may.rolling(0)
    with pytest.raises(ValueError, match="1 to 12, got 13"):
        parse_period("FY2024", 13)
    with pytest.raises(ValueError, match="'day' is not one of"):
        period_of(dt.date(2024, 5, 1), "day")
    with pytest.raises(TypeError, match="local_date"):
        period_of(utc(2024, 5, 1), "month")
    with pytest.raises(TypeError, match="local_date"):
        may.contains(utc(2024, 5, 1))
    with pytest.raises(ValueError, match="no time zone"):
        local_date(dt.datetime(2024, 5, 1), BERLIN)  # noqa: DTZ001  the point of the test
    with pytest.raises(ValueError, match="no time zone"):
        latest_complete("month", dt.datetime(2024, 5, 1), BERLIN)  # noqa: DTZ001  the point of the test


def test_a_range_needs_two_periods_of_one_kind_in_order():
    may, june = parse_period("2024-05"), parse_period("2024-06")
    assert periods_between(may, may) == (may,)
    with pytest.raises(ValueError, match="2024-05 comes before 2024-06"):
        periods_between(june, may)
    with pytest.raises(ValueError, match="not periods of one kind"):
        periods_between(may, parse_period("2024-Q2"))
    with pytest.raises(ValueError, match="not periods of one kind"):
        Window(parse_period("FY2023", 4), parse_period("FY2024", 7))
    with pytest.raises(TypeError):
        assert may < parse_period("2024-Q3")


def test_a_fiscal_start_month_changes_nothing_but_fiscal_years():
    assert period_of(dt.date(2024, 5, 1), "month", 4) == period_of(dt.date(2024, 5, 1), "month")
    assert parse_period("FY2024", 4) != parse_period("FY2024", 7)


def test_a_window_is_named_by_its_ends():
    window = parse_period("2024-05").rolling(12)
    assert (window.key, str(window)) == ("2023-06..2024-05", "2023-06..2024-05")
    assert window.label == "June 2023 \N{EN DASH} May 2024"
    assert parse_period("2024-05").rolling(1).label == "May 2024"
    assert parse_period("FY2024", 4).rolling(2).label == "Apr 2022 \N{EN DASH} Mar 2024"
    assert window.contains(dt.date(2023, 6, 1))
    assert not window.contains(dt.date(2024, 6, 1))
    assert window.end_instant(BERLIN) == utc(2024, 5, 31, 22)


# --- moments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (BERLIN, (2024, 3, 31), (2024, 3, 30, 23), 23),
        (BERLIN, (2024, 10, 27), (2024, 10, 26, 22), 25),
        (BERLIN, (2024, 6, 1), (2024, 5, 31, 22), 24),
        (NEW_YORK, (2024, 3, 10), (2024, 3, 10, 5), 23),
        (NEW_YORK, (2024, 11, 3), (2024, 11, 3, 4), 25),
        (KOLKATA, (2024, 6, 1), (2024, 5, 31, 18, 30), 24),
        (SAO_PAULO, (2018, 11, 4), (2018, 11, 4, 3), 23),  # 00:00 to 00:59 were skipped
        (SAO_PAULO, (2018, 2, 17), (2018, 2, 17, 2), 25),  # 23:00 to 23:59 happened twice
        (CAIRO, (2023, 4, 28), (2023, 4, 27, 22), 23),  # 00:00 to 00:59 were skipped
        (CAIRO, (2023, 10, 26), (2023, 10, 25, 21), 25),
        (HAVANA, (2024, 3, 10), (2024, 3, 10, 5), 23),  # 00:00 to 00:59 were skipped
        (HAVANA, (2024, 11, 3), (2024, 11, 3, 4), 25),  # 00:00 to 00:59 happened twice
        (APIA, (2011, 12, 29), (2011, 12, 29, 10), 24),
        (APIA, (2011, 12, 30), (2011, 12, 30, 10), 0),  # this day did not exist
        (APIA, (2011, 12, 31), (2011, 12, 30, 10), 24),
        (ZoneInfo("America/Toronto"), (1919, 3, 31), (1919, 3, 31, 4, 30), 23.5),  # 23:30 jumped to 00:30
        (ST_JOHNS, (2010, 11, 7), (2010, 11, 7, 2, 30), 25),  # 00:01 went back to 23:01 of the day before
        (ST_JOHNS, (2010, 3, 14), (2010, 3, 14, 3, 30), 23),  # 00:01 jumped to 01:01
    ],
)
def test_a_local_day_begins_at_its_first_moment_and_has_its_true_length(zone, day, start, hours):
    first = day_start(dt.date(*day), zone)
    after = day_start(dt.date(*day) + dt.timedelta(days=1), zone)
    assert first == utc(*start)
    assert first.tzinfo is dt.UTC
    assert (after - first) == dt.timedelta(hours=hours)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2037, 12, 31)), st.sampled_from(ZONES))
def test_no_moment_before_a_days_start_belongs_to_the_day(day, zone):
    start = day_start(day, zone)
    assert local_date(start, zone) >= day
    assert local_date(start - dt.timedelta(microseconds=1), zone) < day
    assert day_start(day + dt.timedelta(days=1), zone) >= start


@given(periods(), st.sampled_from(ZONES))
def test_periods_touch_as_moments_too(period, zone):
    assert period.end_instant(zone) == period.next().start_instant(zone)
    assert period.start_instant(zone) < period.end_instant(zone)


def test_a_month_with_a_clock_change_is_an_hour_shorter_or_longer():
    march, october = parse_period("2024-03"), parse_period("2024-10")
    assert march.end_instant(BERLIN) - march.start_instant(BERLIN) == dt.timedelta(days=31, hours=-1)
    assert october.end_instant(BERLIN) - october.start_instant(BERLIN) == dt.timedelta(days=31, hours=1)


def test_a_day_whose_start_is_before_the_calendar_is_refused():
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        day_start(dt.date(1, 1, 1), KOLKATA)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (utc(2024, 5, 31, 21, 59, 59), BERLIN, "2024-04"),
        (utc(2024, 5, 31, 22), BERLIN, "2024-05"),
        (utc(2024, 6, 1, 3, 59, 59), NEW_YORK, "2024-04"),
        (utc(2024, 6, 1, 4), NEW_YORK, "2024-05"),
        (utc(2024, 1, 1), ZoneInfo("UTC"), "2023-12"),
    ],
)
def test_a_period_is_complete_the_moment_that_it_ends_where_it_is_reported(at, zone, expected):
    assert latest_complete("month", at, zone).key == expected


@given(
    st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2037, 1, 1), timezones=st.sampled_from(ZONES)),  # noqa: DTZ001  hypothesis adds the zone
    frequencies,
    st.sampled_from(ZONES),
    months,
)
def test_the_latest_complete_period_is_over_and_the_next_is_not(at, frequency, zone, month):
    period = latest_complete(frequency, at, zone, month)
    assert period.end_instant(zone) <= at < period.next().end_instant(zone)


def test_when_a_clock_goes_back_over_midnight_the_month_stays_complete():
    # In St. John's the first minute of 1 November 2009 was followed by the last hour of 31 October once more.
    first = day_start(dt.date(2009, 11, 1), ST_JOHNS)
    again = first + dt.timedelta(minutes=30)
    assert local_date(first, ST_JOHNS) == dt.date(2009, 11, 1)
    assert local_date(again, ST_JOHNS) == dt.date(2009, 10, 31)
    assert latest_complete("month", first, ST_JOHNS).key == "2009-10"
    assert latest_complete("month", again, ST_JOHNS).key == "2009-10"


def test_elapsed_days_are_counted_on_the_local_calendar():
    assert elapsed_days(utc(2024, 5, 1, 21, 59), utc(2024, 5, 1, 22, 1), BERLIN) == 1
    assert elapsed_days(utc(2024, 5, 1, 21, 59), utc(2024, 5, 1, 22, 1), NEW_YORK) == 0
    assert elapsed_days(utc(2024, 3, 30, 23), utc(2024, 3, 31, 22), BERLIN) == 1
    assert elapsed_days(utc(2024, 5, 3), utc(2024, 5, 1), BERLIN) == -2
    assert elapsed_days(utc(2011, 12, 30, 9), utc(2011, 12, 30, 11), APIA) == 2
