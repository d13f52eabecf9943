"""Charts of every type and form that the tests of this folder draw."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from qms_reports.charts.specification import Chart, ChartSpecification, ChartType, Mark, PhaseStart, Series

MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))
DEFECTS = ("Fill weight low", "Cap torque", "Label skew", "Seal leak", "Code illegible", "Foreign body", "Other")
LONG_NAMES = tuple(f"Step {number}: temperature excursion in cold storage {number * 7}" for number in range(60))


def wave(count: int, phase: float = 0.0, middle: float = 50.0) -> tuple[float, ...]:
    """Numbers that look like data and are the same on every run."""
    return tuple(round(middle + 40.0 * math.sin(index * 0.9 + phase), 1) for index in range(count))


def make(
    kind: ChartType, categories: tuple[str, ...], *series: Series, note: str = "n = 125. Source: register.", **look: Any
) -> Chart:
    """A chart with a title and subtitle unless told otherwise."""
    look = {"id": f"example_{kind}", "title": "Deviations closed on time", "subtitle": "Share, Basel, 2025"} | look
    return Chart(ChartSpecification(type=kind, **look), categories, series, note)


LINES = ("Centre line", "Lower limit", "Upper limit")


def control() -> Chart:
    """A control chart with stepped limits, two signals, a point that is not judged, and a phase of frozen limits."""
    points = Series("Closed late", (12, 9, 31, 11, 10, 8, None, 12, 9, 22.5, 24, 13))
    lower = Series(LINES[1], (2.0, 2.0, 1.0, 2.0, 3.0, 3.0, None, 1.5, 1.5, 2.0, 2.0, 2.0))
    upper = Series(LINES[2], (20.0, 20.0, 21.0, 20.0, 19.0, 19.0, None, 20.5, 20.5, 20.0, 20.0, 20.0))
    center = Series(LINES[0], (11.0,) * 6 + (None,) + (11.0,) * 5)
    chart = make("control", MONTHS, points, center, lower, upper, unit="%", decimals=1)
    marks = (Mark(2, "flood", "excluded"), Mark(9, "N1"), Mark(10, "N1 N2"))
    return replace(chart, marks=marks, phases=(PhaseStart(7, "Frozen limits"),))


def every_type_in_each_form() -> dict[str, Chart]:
    """Each type with its forms: grouped, stacked, level, with and without legend and target, with gaps."""
    one = Series("Basel", wave(12))
    three = (one, Series("Cork", wave(12, 1.0)), Series("Osaka", wave(12, 2.0)))
    gaps = Series("Basel", (91, 93, None, 88, 95, 97, 96, None, 92, 94, None, 98))
    counts = Series("Rejects", (46, 31, 19, 12, 8, 3, 6))
    days = Series("Days", tuple(20 + 12 * math.sin(index * 1.7) * math.cos(index * 0.3) for index in range(200)))
    cloud = Series("Basel", wave(60), x=tuple(float(index % 17) for index in range(60)))
    cloud2 = Series("Cork", wave(50, 1.0), x=tuple(float(index % 13) for index in range(50)))
    return {
        "bar": make("bar", MONTHS[:6], Series("n", (46, 31, 19, 12, 8, 3)), y_title="Deviations"),
        "bar with target": make("bar", MONTHS[:5], Series("n", (96.1, 91, 95, 88.4, 97)), unit="%", target=95),
        "bar grouped": make("bar", MONTHS, *three, legend=True),
        "bar stacked": make("bar", MONTHS, *three, legend=True, stacked=True, x_title="Month"),
        "bar level": make("bar", DEFECTS, counts, horizontal=True, target=20, y_title="Units", x_title="Defect"),
        "bar level stacked": make("bar", MONTHS, *three, horizontal=True, stacked=True, legend=True),
        "bar negative": make("bar", MONTHS, Series("n", tuple(value - 50 for value in wave(12)))),
        "line": make("line", MONTHS, gaps, target=95, unit="%", y_title="Closed on time, %"),
        "line direct": make("line", MONTHS, *three, target=95),
        "line legend": make("line", MONTHS, *three, Series("Lyon", wave(12, 3.0)), legend=True),
        "area": make("area", MONTHS, gaps, target=90),
        "area stacked": make("area", MONTHS, *three, stacked=True),
        "area stacked with gaps": make("area", MONTHS, gaps, one, stacked=True, legend=True),
        "area of two": make("area", MONTHS, one, three[1], legend=True),
        "pie": make("pie", DEFECTS, counts),
        "pie legend": make("pie", DEFECTS, counts, legend=True),
        "scatter": make("scatter", (), cloud, cloud2, legend=True, target=70, x_title="Age, days", y_title="EUR"),
        "histogram": make("histogram", (), days, target=30, x_title="Days to close"),
        "histogram of ten": make("histogram", (), days, Series("B", wave(40, 0.0, 20.0)), bins=10, legend=True),
        "control": control(),
        "control without limits": replace(control(), series=(one, *(Series(n, (None,) * 12) for n in LINES)), marks=()),
        "nothing": make("line", MONTHS, Series("Basel", (None,) * 12)),
    }
