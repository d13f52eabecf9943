"""Fiscal years of whole weeks: calendars that others publish, and what must hold for all of them."""

import calendar
import datetime as dt
import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qms_reports.fiscal_calendar import FiscalCalendar
from qms_reports.periods import FISCAL, WEEKLY_FISCAL, nominal_period, parse_period, period_of
from qms_reports.settings import Settings

RETAIL = FiscalCalendar(start_month=2, weeks="454", year_end="nearest", named_after="start")
"""The 4-5-4 Calendar of the (US) National Retail Federation: to the Saturday nearest to 31 January."""
SEPTEMBER = FiscalCalendar(start_month=10, weeks="445", year_end="last")
"""Years to the last Saturday of September."""

calendars = st.builds(
    FiscalCalendar,
    start_month=st.integers(1, 12),
    weeks=st.sampled_from(["445", "454", "544"]),
    year_end=st.sampled_from(["last", "nearest"]),
    weekday=st.integers(0, 6),
    named_after=st.sampled_from(["start", "end"]),
)
days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
periods = st.builds(period_of, days, st.sampled_from(FISCAL), calendars)


# --- calendars that others publish


def test_the_retail_years_of_53_weeks_are_those_that_the_federation_lists():
    """The National Retail Federation names 2000, 2006, 2012, 2017 and 2023."""
    years = [parse_period(f"FY{year}", RETAIL) for year in range(1999, 2025)]
    assert [year.key for year in years if year.days == 53 * 7] == ["FY2000", "FY2006", "FY2012", "FY2017", "FY2023"]
    assert {year.days for year in years} == {52 * 7, 53 * 7}


@pytest.mark.parametrize(
    ("key", "first", "last", "label"),
    [
        ("FY2023", (2023, 1, 29), (2024, 2, 3), "FY 2023 (29 Jan 2023 – 3 Feb 2024)"),
        ("FY2024", (2024, 2, 4), (2025, 2, 1), "FY 2024 (4 Feb 2024 – 1 Feb 2025)"),
        ("FY2023-FQ4", (2023, 10, 29), (2024, 2, 3), "FY 2023 quarter 4 (29 Oct 2023 – 3 Feb 2024)"),
        ("FY2023-P01", (2023, 1, 29), (2023, 2, 25), "FY 2023 period 1 (29 Jan 2023 – 25 Feb 2023)"),
        ("FY2023-P02", (2023, 2, 26), (2023, 4, 1), "FY 2023 period 2 (26 Feb 2023 – 1 Apr 2023)"),
        ("FY2023-P12", (2023, 12, 31), (2024, 2, 3), "FY 2023 period 12 (31 Dec 2023 – 3 Feb 2024)"),
        ("FY2012-P12", (2012, 12, 30), (2013, 2, 2), "FY 2012 period 12 (30 Dec 2012 – 2 Feb 2013)"),
        ("FY2024-P05", (2024, 6, 2), (2024, 7, 6), "FY 2024 period 5 (2 Jun 2024 – 6 Jul 2024)"),
    ],
)
def test_retail_periods_lie_where_the_published_calendar_has_them(key, first, last, label):
    period = parse_period(key, RETAIL)
    assert (period.start, period.last_day) == (dt.date(*first), dt.date(*last))
    assert (period.key, period.label().replace("\N{EN DASH}", "–")) == (key, label)


def test_a_year_to_the_last_saturday_of_september_is_named_by_its_end():
    """The fiscal years of Apple Inc.: 2023 had 53 weeks and ended on 30 September (Form 10-K for fiscal 2023)."""
    assert [parse_period(f"FY{year}", SEPTEMBER).last_day for year in (2019, 2020, 2021, 2022, 2023, 2024)] == [
        dt.date(2019, 9, 28),
        dt.date(2020, 9, 26),
        dt.date(2021, 9, 25),
        dt.date(2022, 9, 24),
        dt.date(2023, 9, 30),
        dt.date(2024, 9, 28),
    ]
    assert parse_period("FY2023", SEPTEMBER).days == 53 * 7
    # The first quarter of fiscal 2024 ended on 30 December 2023, the second on 30 March 2024.
    assert parse_period("FY2024-FQ1", SEPTEMBER).last_day == dt.date(2023, 12, 30)
    assert parse_period("FY2024-FQ2", SEPTEMBER).last_day == dt.date(2024, 3, 30)


@pytest.mark.parametrize(("rule", "end"), [("last", (2001, 11, 24)), ("nearest", (2001, 12, 1))])
def test_the_example_of_the_tax_regulation(rule, end):
    """26 CFR 1.441-2(a)(4): the last Saturday in November 2001, and the one nearest to the end of November 2001."""
    year = parse_period("FY2001", FiscalCalendar(start_month=12, weeks="445", year_end=rule))
    assert year.last_day == dt.date(*end)


def test_the_53rd_week_belongs_to_the_last_period_and_quarter():
    year = parse_period("FY2023", SEPTEMBER)
    last = parse_period("FY2023-P12", SEPTEMBER)
    assert [period.days // 7 for period in last.series(12)] == [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6]
    assert [quarter.days // 7 for quarter in parse_period("FY2023-FQ4", SEPTEMBER).series(4)] == [13, 13, 13, 14]
    assert last.rolling(12).start == year.start
    assert last.rolling(12).label == "25 Sep 2022 \N{EN DASH} 30 Sep 2023"
    assert (last.label(short=True), last.next().key) == ("P12 FY2023", "FY2024-P01")
    assert parse_period("FY2023-FQ4", SEPTEMBER).label(short=True) == "FQ4 FY2023"


# --- what holds for every calendar


@given(days, st.sampled_from(FISCAL), calendars)
def test_every_day_lies_in_exactly_one_period(day, frequency, fiscal):
    period = period_of(day, frequency, fiscal)
    assert period.contains(day)
    assert period.next().start == period.end
    assert period.previous().end == period.start
    assert period.days % 7 == 0
    assert period.last_day.weekday() == fiscal.weekday


@given(periods, st.integers(0, 60))
def test_steps_undo_each_other_and_the_year_before_has_the_same_place(period, n):
    assert period.next(n).previous(n) == period == period.previous(n).next(n)
    before = period.same_period_last_year()
    assert before.key.partition("-")[2] == period.key.partition("-")[2]
    assert before == period.previous({"fiscal_year": 1, "fiscal_quarter": 4, "fiscal_month": 12}[period.frequency])
    assert period.series(14)[0] == period.previous(13)


@given(periods)
def test_a_key_leads_back_to_its_period_and_so_does_its_nominal_start(period):
    assert parse_period(period.key, period.fiscal) == period
    assert parse_period(f" {period.key.lower()} ", period.fiscal) == period
    assert nominal_period(period.nominal_start, period.frequency, period.fiscal) == period
    assert pickle.loads(pickle.dumps(period)) == period  # noqa: S301  our own bytes
    # Less than a fortnight apart, so that a period is the partition of the months it stands for.
    assert abs((period.start - period.nominal_start).days) < 14
    assert period.nominal_start.day == 1


@given(days, calendars)
def test_periods_and_quarters_make_up_the_year_and_the_rule_of_its_end_is_kept(day, fiscal):
    year = period_of(day, "fiscal_year", fiscal)
    periods = [parse_period(f"{year.key}-P{number:02}", fiscal) for number in range(1, 13)]
    quarters = [parse_period(f"{year.key}-FQ{number}", fiscal) for number in range(1, 5)]
    assert year.days in (52 * 7, 53 * 7)
    for parts in (periods, quarters):
        assert (parts[0].start, parts[-1].end) == (year.start, year.end)
        assert all(one.end == two.start for one, two in itertools.pairwise(parts))
    weeks = [int(number) for number in fiscal.weeks] * 4
    weeks[-1] += year.days // 7 - 52
    assert [period.days // 7 for period in periods] == weeks
    assert [quarter.days // 7 for quarter in quarters] == [sum(weeks[at : at + 3]) for at in (0, 3, 6, 9)]
    month_end = year.next().nominal_start - dt.timedelta(days=1)
    assert month_end.day == calendar.monthrange(month_end.year, month_end.month)[1]
    away = (year.last_day - month_end).days
    assert -6 <= away <= 0 if fiscal.year_end == "last" else -3 <= away <= 3
    assert year.key == f"FY{(month_end if fiscal.named_after == 'end' else year.nominal_start).year:04}"


@given(calendars, st.integers(1, 12))
def test_a_fiscal_calendar_changes_nothing_but_fiscal_periods(fiscal, month):
    day = dt.date(2024, month, 15)
    for frequency in ("month", "quarter", "year", "week"):
        assert period_of(day, frequency, fiscal) == period_of(day, frequency)


# --- what is refused, and the settings


def test_without_a_calendar_of_weeks_there_are_no_fiscal_periods():
    for frequency in WEEKLY_FISCAL:
        with pytest.raises(ValueError, match=r"needs a fiscal calendar of weeks \(QMS_REPORTS_FISCAL_WEEKS\)"):
            period_of(dt.date(2024, 5, 1), frequency, 4)
    for key in ("FY2024-P05", "FY2024-FQ2"):
        with pytest.raises(ValueError, match="QMS_REPORTS_FISCAL_WEEKS"):
            parse_period(key)


@pytest.mark.parametrize("key", ["FY2024-P00", "FY2024-P13", "FY2024-P5", "FY2024-FQ0", "FY2024-FQ5", "2024-P05"])
def test_what_is_no_fiscal_period_is_answered_with_the_accepted_spellings(key):
    with pytest.raises(ValueError, match=r"is not a period.*FY2024-FQ2 and FY2024-P05"):
        parse_period(key, RETAIL)


def test_periods_at_the_ends_of_time_are_refused_with_words():
    for day in (dt.date(1, 1, 1), dt.date(9999, 12, 31)):
        with pytest.raises(ValueError, match="lies outside the years 1 to 9999"):
            period_of(day, "fiscal_year", RETAIL)


def test_nonsense_makes_no_calendar():
    with pytest.raises(ValueError, match="1 to 12, got 13"):
        FiscalCalendar(13)
    with pytest.raises(ValueError, match="'455' is not one of"):
        FiscalCalendar(weeks="455")
    with pytest.raises(ValueError, match="Monday"):
        FiscalCalendar(weekday=7)


def test_the_settings_declare_the_calendar(monkeypatch):
    for name, value in (
        ("FISCAL_START_MONTH", "2"),
        ("FISCAL_WEEKS", "454"),
        ("FISCAL_YEAR_END", "nearest saturday"),
        ("FISCAL_YEAR_NAMED", "start"),
    ):
        monkeypatch.setenv(f"QMS_REPORTS_{name}", value)
    assert Settings().fiscal == RETAIL


def test_without_settings_a_fiscal_year_has_the_months_it_always_had():
    assert Settings(fiscal_start_month=4).fiscal == FiscalCalendar(4)
    year = parse_period("FY2024", Settings(fiscal_start_month=4).fiscal)
    assert (year.start, year.end) == (dt.date(2023, 4, 1), dt.date(2024, 4, 1))
    japanese = parse_period("FY2024", Settings(fiscal_start_month=4, fiscal_year_named="start").fiscal)
    assert (japanese.start, japanese.key) == (dt.date(2024, 4, 1), "FY2024")


@pytest.mark.parametrize("value", ["saturday", "last", "first monday", "last Saturdays", ""])
def test_a_year_that_ends_nowhere_is_no_setting(value):
    with pytest.raises(ValidationError, match="expected one such as 'last saturday'"):
        Settings(fiscal_year_end=value)
