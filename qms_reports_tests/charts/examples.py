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
    six = Series("Rejects", (46, 31, 19, 12, 8, 3))
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
        "pie": make("pie", DEFECTS[:6], six),
        "pie legend": make("pie", DEFECTS[:6], six, legend=True),
        "scatter": make("scatter", (), cloud, cloud2, legend=True, target=70, x_title="Age, days", y_title="EUR"),
        "histogram": make("histogram", (), days, target=30, x_title="Days to close"),
        "histogram of ten": make("histogram", (), days, Series("B", wave(40, 0.0, 20.0)), bins=10, legend=True),
        "control": control(),
        "control without limits": replace(control(), series=(one, *(Series(n, (None,) * 12) for n in LINES)), marks=()),
        "nothing": make("line", MONTHS, Series("Basel", (None,) * 12)),
    }


def pareto(
    names: tuple[str, ...] = DEFECTS, counts: tuple[float, ...] = (46, 31, 19, 12, 8, 3, 6), **look: Any
) -> Chart:
    """A Pareto chart whose last bar is "Other"."""
    total = math.fsum(counts)
    shares = tuple(100 * math.fsum(counts[: place + 1]) / total if total else None for place in range(len(counts)))
    few = tuple(place for place, share in enumerate(shares) if share is not None and share <= 80.0)
    series = (Series("Rejects", counts), Series("Cumulative share, %", shares))
    return replace(make("pareto", names, *series, **({"y_title": "Rejects"} | look)), emphasized=few)


SITES = ("Basel", "Cork", "Osaka", "Lyon", "São Paulo", "Wuxi", "Graz", "Turku")


def funnel(names: tuple[str, ...] = SITES, **look: Any) -> Chart:
    """A funnel plot of sites of different size, of which two are outside."""
    sizes = tuple(20.0 + 37.0 * (index * index % 11) for index in range(len(names)))
    values = tuple(round(8.0 + 5.0 * math.sin(index * 2.1), 2) for index in range(len(names)))
    low, high = min(sizes), max(sizes)
    grid = tuple(low + (high - low) * step / 20 for step in range(21)) if high > low else (low,)
    limits = [
        Series(f"{level} %{side}", tuple(max(0.0, 8.0 + sign * z * 27.0 / math.sqrt(x)) for x in grid), grid)
        for level, z in (("95", 1.96), ("99.8", 3.09))
        for side, sign in (("", 1.0), (" lower", -1.0))
    ]
    members = Series("Late closures", values, sizes)
    center = Series("All", (8.0, 8.0), (low, high))
    marks = tuple(Mark(place, names[place]) for place in (1, 4) if place < len(names))
    look = {"unit": "%", "decimals": 1, "x_title": "Events closed", "y_title": "Closed late, %"} | look
    return replace(make("funnel", names, members, center, *limits, **look), marks=marks)


DEPARTMENTS = ("Filling", "Packaging", "Warehouse", "Quality control", "Engineering")
COURSES = ("GMP basics", "Aseptic", "Data integrity", "Deviations", "Safety")


def heat_map(**look: Any) -> Chart:
    """A heat map with a missing cell."""
    rows = tuple(
        Series(
            name,
            tuple(None if (row, col) == (2, 1) else round(60 + 40 * math.sin(row * 1.3 + col), 0) for col in range(5)),
        )
        for row, name in enumerate(DEPARTMENTS)
    )
    return make("heatmap", COURSES, *rows, **({"unit": "%"} | look))


FLOW = ("Open in May", "Opened", "Reopened", "Closed", "Voided", "Open in June")


def waterfall(values: tuple[float | None, ...] = (84, 31, 4, -42, -3, 74), **look: Any) -> Chart:
    """A backlog and how it changed."""
    names = FLOW[: len(values) - 1] + FLOW[-1:]
    chart = make("waterfall", names, Series("CAPAs", values), **({"y_title": "CAPAs"} | look))
    return replace(chart, totals=(0, len(values) - 1))


def boxes(names: tuple[str, ...] = DEPARTMENTS, scale: float = 1.0, **look: Any) -> Chart:
    """Box plots with outliers in two of the groups."""
    runs = []
    for index in range(len(names)):
        middle = (30 + 9 * math.sin(index * 1.9)) * scale
        five = [middle + abs(scale) * step for step in (-16, -7, 0, 5 + index % 7, 18 + index % 7)]
        runs.append((*five, 25.0 + index))
    labels = ("Lower whisker", "First quartile", "Median", "Third quartile", "Upper whisker", "Records")
    series = [Series(label, tuple(run[place] for run in runs)) for place, label in enumerate(labels)]
    if names:
        last = len(names) - 1
        series.append(Series("Outliers", (75.0 * scale, 80.0 * scale, 70.0 * scale), (0.0, 0.0, float(last))))
    return make("box", names, *series, **({"y_title": "Days to close"} | look))


def every_further_form() -> dict[str, Chart]:
    """The types beyond bars, lines, pies and points, and the options of those."""
    cloud = Series(
        "Basel",
        tuple(20 + 0.8 * index + 9 * math.sin(index * 2.3) for index in range(60)),
        tuple(map(float, range(60))),
    )
    cloud2 = Series(
        "Cork", tuple(70 - 0.5 * index + 7 * math.sin(index * 1.3) for index in range(60)), tuple(map(float, range(60)))
    )
    weights = Series(
        "Fill weight",
        tuple(250.02 + 0.12 * math.sin(i * 1.7) + 0.1 * math.cos(i * 2.9) * math.sin(i) for i in range(150)),
    )
    thirteen = (91.0, 93.0, 90.0, 88.0, None, 95.0, 97.0, 96.0, 92.0, 94.0, 91.0, 98.0, 96.4)
    few = ("Minor", "Major", "Critical", "Not rated")
    six = tuple(Series(name, wave(6, phase)) for phase, name in enumerate(SITES[:6]))
    return {
        "donut": make("donut", few, Series("n", (51, 23, 6, 2))),
        "donut legend": make("donut", few, Series("n", (51, 23, 6, 2)), legend=True),
        "pareto": pareto(width=300, x_title="Defect"),
        "pareto level": pareto(horizontal=True),
        "funnel": funnel(),
        "heatmap": heat_map(width=330, y_title="Department", x_title="Course"),
        "heatmap dense": make(
            "heatmap", MONTHS * 3, *(Series(name, wave(36, phase)) for phase, name in enumerate(DEPARTMENTS))
        ),
        "sparkline": make(
            "sparkline",
            (*MONTHS, "2026-01"),
            Series("n", thirteen),
            width=110,
            height=36,
            unit="%",
            decimals=1,
            target=95.0,
        ),
        "sparkline bare": make("sparkline", MONTHS, Series("n", wave(12)), width=70, height=16),
        "waterfall": waterfall(),
        "waterfall of small changes": waterfall((4074, 31, 4, -42, -3, 4064)),
        "waterfall level": waterfall(horizontal=True),
        "waterfall below zero": waterfall((5, -9, 3, -4, 2, -3)),
        "box": boxes(target=30),
        "box level": boxes(horizontal=True, target=30),
        "scatter fit": make("scatter", (), cloud, fit="linear", x_title="Age, days", y_title="EUR"),
        "scatter fits": make("scatter", (), cloud, cloud2, fit="linear", legend=True),
        "histogram normal": make(
            "histogram",
            (),
            weights,
            normal_curve=True,
            lower_limit=249.7,
            upper_limit=250.3,
            target=250.0,
            x_title="Fill weight, g",
        ),
        "control zones": replace(control(), specification=replace(control().specification, zones=True)),
        "bar of six": make("bar", MONTHS[:6], *six, legend=True, stacked=True, width=330),
        "area of six": make("area", MONTHS[:6], *six, legend=True, stacked=True, width=330),
        "line dashes": make(
            "line",
            tuple(map(str, range(60))),
            *(Series(s.name, wave(60, i)) for i, s in enumerate(six[:4])),
            legend=True,
        ),
    }
