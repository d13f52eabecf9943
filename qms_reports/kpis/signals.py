"""Signal or noise: whether a reported figure is more than the usual coming and going of its series.

The control chart of the KPI's kind decides wherever there is a series to draw one from: it knows how far months like
these differ anyhow, also where they differ by more than chance alone would make them (overdispersion).  Only where it
cannot decide, the interval of the change against the period before does; of many records it excludes "no change" far
too easily, which is why it comes second.

No interval is formed where the two periods are not independent samples: of a state at the end of a period most records
stand in both, and windows of several periods overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.table import KpiRow, Signal
from qms_reports.statistics.baselines import Baseline
from qms_reports.statistics.control_charts import ControlChart, control_chart
from qms_reports.statistics.incomplete import gamma_tail
from qms_reports.statistics.rates import Judgement, proportion_is_more_than_noise, rate_is_more_than_noise

LEAST_POINTS = 12
"""Points of a chart, the reported one included, below which its limits say too little."""

LEAST_EXPECTED = 1.0
"""Expected events (and, of proportions, expected others) at a point below which three-sigma limits mislead: of 0.1
expected events a single one would lie beyond them, which happens every tenth time."""

OVERDISPERSED = 0.01
"""Level of the test that counts scatter more than a Poisson distribution lets them."""

RULES = ("N1", "N2")
NAMES = {"i": "I", "p_prime": "p\N{PRIME}", "u_prime": "u\N{PRIME}"}
_AUTO = {"proportion": "p_prime", "rate": "u_prime", "count": "c"}
_PROPORTIONS, _RATES = ("p", "p_prime"), ("u", "u_prime")
_COUNTED = ("c", "g", *_PROPORTIONS, *_RATES)
_NO_WORDS = {"no data": "no data", "partial": "period not complete", "immature": "period not mature"}


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a figure is more than noise, and by what, in a few words (``N1 on I, 12 months``)."""

    signal: Signal
    basis: str


def judge(kpi: Kpi, line: Sequence[KpiRow], baseline: Baseline | None = None, rules: Sequence[str] = RULES) -> Judged:
    """Judge the reported figure of one line.

    Args:
        kpi: The KPI.
        line: The rows of one member or of the total, in any order; ``ago`` 0 is the reported one.
        baseline: Frozen limits, in the unit of the chart: a share of 1 of proportions, events per unit of the
            denominator of rates, events of counts, else the KPI's value.  Without it the limits are estimated from the
            points before the reported one.
        rules: The rules in force.
    """
    ordered = sorted((row for row in line if row.ago >= 0), key=lambda row: -row.ago)
    reported = ordered[-1]
    if reported.state != "ok":
        return Judged("unknown", _NO_WORDS.get(reported.state, reported.state))
    if reported.value is None:
        return Judged("unknown", "no value")
    if kpi.rolling > 1 and baseline is None:
        return Judged("unknown", "windows overlap")
    charted, why = _by_chart(kpi, ordered, baseline, rules)
    if charted is not None:
        return charted
    compared = _by_interval(kpi, ordered)
    return compared if compared is not None else Judged("unknown", why)


# --- by the control chart


def chart_kind(kpi: Kpi, points: Sequence[KpiRow], earlier: Sequence[KpiRow]) -> tuple[str, str]:
    """The chart of a series, and what is to be said about that choice.

    Args:
        kpi: The KPI; its `control_chart`, unless ``auto``, is taken as it is where the figures allow it.
        points: The usable rows, oldest first.
        earlier: Those that limits are estimated from.

    Returns:
        ``none`` or a kind of `control_chart`, and a remark or the empty text.
    """
    kind = _AUTO.get(kpi.kind, "i") if kpi.control_chart == "auto" else kpi.control_chart
    if kind in _COUNTED and not all(_counts(kind, row) for row in points):
        return "i", ""
    if kind == "t" and not all(row.value and row.value > 0 for row in points):
        return "i", ""
    if kind == "c" and kpi.control_chart == "auto" and is_overdispersed([row.numerator or 0 for row in earlier]):
        return "i", "overdispersed"
    return kind, ""


def is_overdispersed(counts: Sequence[float]) -> bool:
    """Whether counts of equal exposure scatter more than Poisson counts do.

    The index of dispersion, sum((x - mean)**2) / mean, of n Poisson counts is about chi-square with n - 1 degrees of
    freedom; the counts are overdispersed where that is exceeded with a probability below `OVERDISPERSED`.

    Source: R. A. Fisher, Statistical Methods for Research Workers (1925), section 16; P. G. Hoel, "On indices of
    dispersion", Annals of Mathematical Statistics 14 (1943), 155-162.
    """
    if len(counts) < 2 or not any(counts):  # noqa: PLR2004 - one count does not scatter
        return False
    mean = math.fsum(counts) / len(counts)
    index = math.fsum([(count - mean) ** 2 for count in counts]) / mean
    return index > 0 and gamma_tail((len(counts) - 1) / 2, index / 2, upper=True) < OVERDISPERSED


def _counts(kind: str, row: KpiRow) -> bool:
    """Whether a row holds what a chart of counts takes."""
    count, size = (row.value if kind == "g" else row.numerator), row.denominator
    if count is None or count < 0 or count != math.floor(count):
        return False
    if kind in _PROPORTIONS:
        return size is not None and size == math.floor(size) and count <= size
    return kind not in _RATES or (size is not None and size > 0)


def _by_chart(
    kpi: Kpi, ordered: Sequence[KpiRow], baseline: Baseline | None, asked: Sequence[str]
) -> tuple[Judged | None, str]:
    """The judgement of the control chart; none, and why, where it has to pass."""
    points = [row for row in ordered if row.state == "ok" and row.value is not None]
    earlier = points[:-1]
    windows = f"{len(earlier)} {unit(points[-1].period)}"
    if baseline is None and (kpi.control_chart == "none" or len(points) < LEAST_POINTS):
        return (
            None,
            "no control chart declared" if kpi.control_chart == "none" else f"too few periods before ({len(earlier)})",
        )
    kind, remark = (baseline.kind, "") if baseline else chart_kind(kpi, points, earlier)
    if baseline and kind in _COUNTED and not all(_counts(kind, row) for row in points):
        return None, f"no counts for the {NAMES.get(kind, kind)} baseline"
    # Windows that overlap stay on one side of the centre for as long as they do.
    rules = tuple(asked)[:1] if kpi.rolling > 1 else tuple(asked)
    chart = _drawn(kind, points, baseline if baseline is not None else len(earlier), rules)
    why = _cannot_judge(kind, chart, points[-1], windows)
    if why:
        return None, why
    broken = [rule for rule in rules if len(points) - 1 in chart.signals[rule]]
    name, over = NAMES.get(kind, kind), "frozen limits" if baseline else windows
    over = f"{remark}, {over}" if remark else over
    if broken:
        return Judged("signal", f"{' and '.join(broken)} on {name}, {over}"), ""
    return Judged("noise", f"within {name} limits, {over}"), ""


def _cannot_judge(kind: str, chart: ControlChart, reported: KpiRow, windows: str) -> str:
    """Why the limits of a chart say nothing about its last point; empty if they do."""
    if not chart.sigma[-1] > 0:
        return f"no variation in {windows}"
    return "too few events for a control chart" if expected(kind, chart, reported) < LEAST_EXPECTED else ""


def _drawn(kind: str, points: Sequence[KpiRow], freeze: Baseline | int, rules: Sequence[str]) -> ControlChart:
    if kind in (*_PROPORTIONS, *_RATES):
        sizes = [row.denominator for row in points]
        return control_chart(kind, [row.numerator for row in points], sizes, freeze=freeze, rules=rules)
    values = [row.numerator if kind == "c" else row.value for row in points]
    return control_chart(kind, values, freeze=freeze, rules=rules)


def expected(kind: str, chart: ControlChart, row: KpiRow) -> float:
    """The fewest events, or others, that the centre line lets expect at a point."""
    center = chart.baseline.center
    if kind == "c":
        return center
    if kind in _RATES:
        return center * (row.denominator or 0)
    if kind in _PROPORTIONS:
        return min(center, 1 - center) * (row.denominator or 0)
    return math.inf


# --- by the interval of the change


def _by_interval(kpi: Kpi, ordered: Sequence[KpiRow]) -> Judged | None:
    """The judgement of the interval of the change against the period before; none where there is no such interval."""
    if kpi.date == "as_of" or kpi.rolling > 1 or kpi.kind not in _AUTO:
        return None
    row, before = ordered[-1], next((row for row in ordered if row.ago == 1), None)
    if before is None or before.state != "ok" or before.value is None:
        return None
    kind = _AUTO[kpi.kind]
    if not (_counts(kind, row) and _counts(kind, before)):
        return None
    counts = (int(row.numerator or 0), int(before.numerator or 0))
    sizes = (row.denominator or 0, before.denominator or 0) if kpi.kind != "count" else (1, 1)
    found = _compared(kpi.kind, counts, sizes)
    if found.comparison is None:
        return None
    measure, no_change = ("difference", "0") if kpi.kind == "proportion" else ("ratio", "1")
    if found.comparison.lower is None:
        return Judged("noise", "0 in both periods")
    verb = "excludes" if found.is_more_than_noise else "includes"
    basis = f"{measure} 95\N{NO-BREAK SPACE}% CI {verb} {no_change}"
    return Judged("signal" if found.is_more_than_noise else "noise", basis)


@lru_cache(maxsize=16384)
def _compared(kind: str, counts: tuple[int, int], sizes: tuple[float, float]) -> Judgement:
    if kind == "proportion":
        return proportion_is_more_than_noise(counts[0], int(sizes[0]), counts[1], int(sizes[1]))
    return rate_is_more_than_noise(counts[0], sizes[0], counts[1], sizes[1])


def unit(period: str) -> str:
    """What the windows of a series are, in the plural, from the key of one of them."""
    kinds = (("W", "weeks"), ("Q", "quarters"), ("P", "fiscal months"), ("-", "months"))
    return next((name for mark, name in kinds if mark in period), "years")
