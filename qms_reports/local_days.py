"""Calendar days at a place: where a moment falls, how many days passed, and when a day begins despite clock changes."""

import datetime as dt
from zoneinfo import ZoneInfo


def local_date(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the calendar day of an aware moment in a time zone.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(zone).date()


def elapsed_days(since: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> int:
    """Return the calendar days from one aware moment to another as people at a place count them.

    The difference of the two local dates: 23:59 to 00:01 is 1 day, and a day with a clock change is 1 day as well.
    Negative when `until` lies on an earlier day.

    Raises:
        ValueError: One of the moments has no time zone.
    """
    return (local_date(until, zone) - local_date(since, zone)).days


def day_start(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the first moment of a local calendar day, in UTC.

    That is local midnight, with three exceptions made by clock changes. Midnight happens twice: the first one. Midnight
    is skipped: the moment of the change. The whole day is skipped (Pacific/Apia had no 30 December 2011): the moment of
    the change too, so that the day is empty and its neighbours still touch.

    Raises:
        ValueError: The moment lies outside the years 1 to 9999 in UTC.
    """
    midnight = dt.datetime.combine(day, dt.time(), zone)
    try:
        moment = midnight.astimezone(dt.UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
            return moment
        # Midnight lies in a gap. Read with the offset after the change it is a moment before the change.
        before = midnight.replace(fold=1).astimezone(dt.UTC)
        low, high = 0, int((moment - before).total_seconds())
        while high - low > 1:
            middle = (low + high) // 2
            reached = (before + dt.timedelta(seconds=middle)).astimezone(zone).date() >= day
            low, high = (low, middle) if reached else (middle, high)
        return before + dt.timedelta(seconds=high)
    except OverflowError as error:
        raise ValueError(f"the start of {day} in {zone} lies outside the years 1 to 9999") from error


def checked_day(day: dt.date) -> dt.date:
    """Return a calendar day as it is.

    Raises:
        TypeError: It is a moment, whose day depends on a time zone.
    """
    if isinstance(day, dt.datetime):
        raise TypeError(f"{day!r} is a moment: take its local_date(moment, zone) first")
    return day


class DayRange:
    """Calendar days from one to another: two days, the second one exclusive."""

    __slots__ = ()
    start: dt.date
    end: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day that belongs to the range."""
        return self.end - dt.timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of calendar days."""
        return (self.end - self.start).days

    def contains(self, day: dt.date) -> bool:
        """Say whether a local calendar day lies in the range.

        Raises:
            TypeError: `day` is a moment; its day depends on a time zone, see `local_date`.
        """
        return self.start <= checked_day(day) < self.end

    def start_instant(self, zone: ZoneInfo) -> dt.datetime:
        """Return the moment in UTC at which the first day begins in a time zone, see `day_start`."""
        return day_start(self.start, zone)

    def end_instant(self, zone: ZoneInfo) -> dt.datetime:
        """Return the moment in UTC at which the range is over (exclusive): the start of the day after it."""
        return day_start(self.end, zone)
