"""Times to close in which the records still open count: Kaplan-Meier estimate, its limits and its quantiles.

The median of the records closed so far falls for the newest periods for purely arithmetical reasons: of what was opened
last month only the quick ones can be closed yet. An open record says "longer than its present age"; the Kaplan-Meier
estimate uses that, the median of the closed ones throws it away.

Sources: E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53 (1958), 457-481; J. P. Klein and M. L. Moeschberger, Survival Analysis, 2nd ed. (2003),
sections 4.2 (estimate, Greenwood's variance), 4.3 (pointwise limits) and 4.5 (median and quantiles).
"""

import functools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

_HALF = 0.5
_SAME = 1e-12  # a share that equals 1 - p except for rounding has been reached


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Share of records still open after each time at which one was closed; a step function, 1 before the first time.

    The limits and the standard error of a point where nothing stays open are None: Greenwood's formula is not defined
    there.

    Attributes:
        times: Distinct times at which records were closed, ascending.
        at_risk: Records open immediately before each time; a record censored at that very time is among them.
        events: Records closed at each time.
        survival: Share still open immediately after each time.
        standard_error: Greenwood standard error of that share.
        lower: Lower pointwise confidence limit.
        upper: Upper pointwise confidence limit.
        records: Number of records, closed and open.
        closed: Number of records that are closed.
        longest: Longest time seen, closed or open; nothing is known beyond it. None without records.
        confidence: Confidence level of the limits.
    """

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    survival: tuple[float, ...]
    standard_error: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    records: int
    closed: int
    longest: float | None
    confidence: float

    @property
    def median(self) -> float | None:
        """Time by which half of the records are closed, None if it is not reached."""
        return self.quantile(_HALF)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Brookmeyer-Crowley interval of the median; None for a bound that is not reached."""
        return self.quantile_interval(_HALF)

    def quantile(self, share: float) -> float | None:
        """Return the smallest time by which at least this share of the records is closed, None if it is not reached.

        t_p = inf {t: S(t) <= 1 - p}, Klein and Moeschberger, section 4.5. It is always a time that occurred; the
        median of an even number of closed records is therefore the lower of the two middle ones, not their mean.

        Args:
            share: Share p closed, between 0 and 1.

        Raises:
            ValueError: The share makes no sense.
        """
        return self._reached(self.survival, _open_share(share))

    def quantile_interval(self, share: float) -> tuple[float | None, float | None]:
        """Return the Brookmeyer-Crowley interval of a quantile; None for a bound that is not reached.

        It holds the times t that the test of S(t) = 1 - p does not reject. With the log-log transform (Klein and
        Moeschberger, section 4.5) these are the times from where the lower limit of S first reaches 1 - p until
        the upper limit does.

        Source: R. Brookmeyer and J. Crowley, "A confidence interval for the median survival time", Biometrics 38
        (1982), 29-41.

        Args:
            share: Share p closed, between 0 and 1.

        Raises:
            ValueError: The share makes no sense.
        """
        remaining = _open_share(share)
        return self._reached(self.lower, remaining), self._reached(self.upper, remaining)

    def open_after(self, time: float) -> tuple[float, float | None, float | None] | None:
        """Return the share still open after a time and its limits, None beyond the longest time seen.

        Args:
            time: Any time of at least 0. Records closed at exactly this time count as closed.

        Raises:
            ValueError: The time is negative or not a number.
        """
        if not time >= 0:
            raise ValueError(f"time must be at least 0, got {time!r}")
        place = bisect_right(self.times, time) - 1
        known_to_the_end = bool(self.survival) and self.survival[-1] == 0
        if self.longest is None or (time > self.longest and not known_to_the_end):
            return None
        if place < 0:
            return 1.0, 1.0, 1.0
        return self.survival[place], self.lower[place], self.upper[place]

    def _reached(self, curve: Sequence[float | None], remaining: float) -> float | None:
        for time, value in zip(self.times, curve, strict=True):
            if value is not None and value <= remaining + _SAME:
                return time
        return None


def kaplan_meier(times: Sequence[float], closed: Sequence[bool], confidence: float = 0.95) -> SurvivalCurve:
    """Estimate the share of records still open as a function of time since opening.

    S(t) = product over the times t_i <= t of (1 - d_i / n_i), with d_i records closed at t_i and n_i open immediately
    before it. Standard error by Greenwood: S(t) sqrt(V(t)), V(t) = sum of d_i / (n_i (n_i - d_i)). Limits on the
    log-log scale, which stay inside 0 and 1 and are good from about 25 records on:
    S(t) ** exp(-+ z sqrt(V(t)) / ln S(t)).

    Sources: Kaplan and Meier (1958); M. Greenwood, The Errors of Sampling of the Survivorship Tables, Reports on Public
    Health and Statistical Subjects 33, London (1926); limits: J. D. Kalbfleisch and R. L. Prentice, The Statistical
    Analysis of Failure Time Data, 2nd ed. (2002), section 1.4, and Klein and Moeschberger, section 4.3.

    Args:
        times: Time from opening to closing, or for an open record its age at the data cut-off; at least 0.
        closed: For each time whether it ended with closing. False: censored, the record was still open then.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The lengths differ, a time is negative or not finite, or the level makes no sense.
    """
    if len(times) != len(closed):
        raise ValueError(f"one entry of closed for each time: got {len(times)} times and {len(closed)} entries")
    closings = Counter(time for time, is_closed in zip(times, closed, strict=True) if is_closed)
    return kaplan_meier_of_tallies(closings, Counter(times) - closings, confidence)


def kaplan_meier_of_tallies(
    closings: Mapping[float, int], running: Mapping[float, int], confidence: float = 0.95
) -> SurvivalCurve:
    """Estimate the same from how often each time occurs.

    Args:
        closings: Time from opening to closing to the number of records.
        running: Age of open records to their number.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: A time is negative or not finite, or the level makes no sense.
    """
    ended, z = _checked(closings, running, confidence)
    points = list(_points(closings, ended))
    errors = [None if point.variance is None else math.sqrt(point.variance) for point in points]
    limits = [
        (None, None) if error is None else _log_log_limits(point.survival, z * error)
        for point, error in zip(points, errors, strict=True)
    ]
    return SurvivalCurve(
        times=tuple(point.time for point in points),
        at_risk=tuple(point.at_risk for point in points),
        events=tuple(point.events for point in points),
        survival=tuple(point.survival for point in points),
        standard_error=tuple(
            None if error is None else point.survival * error for point, error in zip(points, errors, strict=True)
        ),
        lower=tuple(lower for lower, _ in limits),
        upper=tuple(upper for _, upper in limits),
        records=sum(ended.values()),
        closed=sum(closings.values()),
        longest=max(ended, default=None),
        confidence=confidence,
    )


def median_of_tallies(
    closings: Mapping[float, int], running: Mapping[float, int], confidence: float = 0.95
) -> tuple[float | None, float | None, float | None]:
    """Return the median of the same curve and its Brookmeyer-Crowley interval, and compute nothing else.

    Args:
        closings: Time from opening to closing to the number of records.
        running: Age of open records to their number.
        confidence: Confidence level, between 0 and 1.

    Returns:
        `SurvivalCurve.median` and the two bounds of `SurvivalCurve.median_interval`, None for what is not reached.

    Raises:
        ValueError: A time is negative or not finite, or the level makes no sense.
    """
    ended, z = _checked(closings, running, confidence)
    median = first = None
    reached = _HALF + _SAME
    for time, _, _, survival, variance in _points(closings, ended):
        if median is None and survival <= reached:
            median = time
        if variance is None or (median is None and first is not None):
            continue  # the upper limit lies above the curve, and the lower one has been here
        lower, upper = _log_log_limits(survival, z * math.sqrt(variance))
        if first is None and lower <= reached:
            first = time
        if upper <= reached:
            return median, first, time
    return median, first, None


def _checked(
    closings: Mapping[float, int], running: Mapping[float, int], confidence: float
) -> tuple[Mapping[float, int], float]:
    """How many records end at each time, closed or open, and the normal quantile of the confidence level."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1 (for example 0.95), got {confidence!r}")
    ended = dict(closings)
    for time, count in running.items():
        ended[time] = ended.get(time, 0) + count
    for time in ended:
        if not 0 <= time < math.inf:
            raise ValueError(f"a time to close must be finite and at least 0, got {time!r}")
    return ended, -_normal_quantile((1 - confidence) / 2)


@functools.cache
def _normal_quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)


class _Point(NamedTuple):
    """A step of the curve; without `variance` where nothing stays open."""

    time: float
    at_risk: int
    events: int
    survival: float
    variance: float | None


def _points(closings: Mapping[float, int], ended: Mapping[float, int]) -> Iterator[_Point]:
    """The steps of the curve, in the order of time."""
    at_risk = sum(ended.values())
    # Between two censorings the product telescopes to a quotient of whole numbers: no rounding builds up.
    before, starting = 1.0, at_risk
    variance = 0.0
    for time in sorted(ended):
        events = closings.get(time, 0)
        remaining = at_risk - events
        if events:
            if remaining:
                variance += events / (at_risk * remaining)
                yield _Point(time, at_risk, events, before * (remaining / starting), variance)
            else:
                yield _Point(time, at_risk, events, 0.0, None)
        at_risk -= ended[time]
        if ended[time] > events:
            before, starting = before * (remaining / starting), at_risk


def _log_log_limits(survival: float, spread: float) -> tuple[float, float]:
    logarithm = math.log(survival)
    factor = math.exp(min(spread / -logarithm, 700.0))  # beyond e**700 the lower limit is 0 anyway
    return math.exp(logarithm * factor), math.exp(logarithm / factor)


def _open_share(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1 (0.5 for the median), got {share!r}")
    return 1 - share
