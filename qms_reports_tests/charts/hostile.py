"""Every chart type with every kind of data that breaks drawings: one chart for each pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qms_reports.charts.boxes import NAMES, summarize
from qms_reports.charts.specification import CHART_TYPES, Chart, ChartType, Mark, PhaseStart, Series
from qms_reports_tests.charts.examples import LINES, make

Values = tuple[float | None, ...]

LONG = tuple(f"Step {place}: temperature excursion in the cold storage of building {place * 7}" for place in range(12))
SHORT = tuple(f"C{place}" for place in range(12))
ARABIC = ("شكوى العميل", "انحراف التعبئة", "تدريب الموظفين الجدد", "قسم الجودة", "مورد")
HEBREW = ("תלונת לקוח", "סטייה במילוי", "הדרכה", "מחלקת איכות", "ספק 12")
JAPANESE = ("品質保証部門の逸脱", "充填工程", "顧客からの苦情", "教育訓練", "供給者の評価")
CHINESE = ("质量保证部门偏差", "灌装", "客户投诉", "培训", "供应商审核")
BASE: Values = (46.0, 31.0, 19.0, 12.0, 8.0, 3.0, 6.0, 22.0, 17.0, 9.0, 28.0, 14.0)

CASES: dict[str, tuple[tuple[str, ...], Values]] = {
    "long names": (LONG, BASE),
    "one point": (SHORT[:1], (42.0,)),
    "no points": ((), ()),
    "all missing": (SHORT[:3], (None,) * 3),
    "all equal": (SHORT, (7.25,) * 12),
    "all zero": (SHORT[:4], (0.0,) * 4),
    "negative": (SHORT, tuple(20.0 - (value or 0.0) for value in BASE)),
    "huge": (SHORT[:5], (1e15, 3.2e15, 9.99e14, 1e15 + 1, 7.7e15)),
    "tiny": (SHORT[:5], (1e-9, 3.2e-9, 9.9e-10, 0.0, 7.7e-9)),
    "huge and tiny": (SHORT[:4], (1e15, 1e-9, 5.0, 1e7)),
    "missing values": (SHORT, tuple(None if place % 3 == 1 else value for place, value in enumerate(BASE))),
    "500 categories": (
        tuple(f"Category number {place}" for place in range(500)),
        tuple(50.0 + 40.0 * math.sin(place * 0.9) for place in range(500)),
    ),
    "names of nothing": (("", " ", "\t", "W" * 120), (3.0, 1.0, 2.0, 4.0)),
    "Arabic names": (ARABIC, BASE[:5]),
    "Hebrew names": (HEBREW, BASE[:5]),
    "Japanese names": (JAPANESE, BASE[:5]),
    "Chinese names": (CHINESE, BASE[:5]),
}


def chart_of(kind: ChartType, names: Sequence[str], values: Values, **look: Any) -> Chart:
    """A chart of a type whose numbers come from these values; what a type cannot take (a negative slice) is bent."""
    names = tuple(names)
    second = tuple(None if value is None else value * 0.6 + 1.0 for value in reversed(values))
    known = [value for value in values if value is not None]
    builder = _BUILDERS.get(kind)
    if builder is not None:
        return builder(names, values, known, look)
    name = names[0] if names else "Basel"
    return make(kind, names, Series(name, values), Series("Second site", second), **look)


def _alone(kind: ChartType) -> Any:
    def build(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
        del known
        return make(kind, names, Series("Records", values), **look)

    return build


def _absolute(kind: ChartType) -> Any:
    def build(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
        del known
        return make(kind, names, Series("Records", tuple(None if v is None else abs(v) for v in values)), **look)

    return build


def _histogram(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    looks = {
        "normal_curve": True,
        "lower_limit": low,
        "upper_limit": high + abs(high),
        "target": (low + high) / 2,
    } | look
    return make("histogram", (), Series(names[0] if names else "n", values * 3), **looks)


def _scatter(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    del known
    xs = tuple((value or 0.0) * 1.5 - place for place, value in enumerate(values))
    looks = {"fit": "linear", "legend": True} | look
    return make("scatter", (), *(Series(name, values, xs) for name in (names or ("n",))[:6]), **looks)


def _control(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    middle = sum(known) / len(known) if known else None
    spread = (max(known) - min(known)) / 4 if known else 0.0
    lines = [None if middle is None else middle + step * spread for step in (0.0, -1.0, 1.0)]
    series = [Series(name, (line,) * len(values)) for name, line in zip(LINES, lines, strict=True)]
    chart = make("control", names, Series("Points", values), *series, **({"zones": True} | look))
    places = range(0, len(values), 5)
    marks = tuple(Mark(place, "N1 N2", "signal" if place % 2 else "excluded") for place in places)
    return replace(chart, marks=marks, phases=tuple(PhaseStart(place, "Frozen limits") for place in places[1:2]))


def _pareto(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    del known
    counts = sorted((abs(value or 0.0) for value in values), reverse=True)
    total = math.fsum(counts)
    shares = tuple(100.0 * math.fsum(counts[: place + 1]) / total if total else None for place in range(len(counts)))
    chart = make("pareto", names, Series("Rejects", tuple(counts)), Series("Cumulative share, %", shares), **look)
    return replace(chart, emphasized=tuple(place for place, share in enumerate(shares) if share and share <= 80.0))


def _funnel(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    sizes = tuple(10.0 + 13.0 * (place * place % 17) for place in range(len(values)))
    middle = sum(known) / len(known) if known else None
    ends = (min(sizes), max(sizes)) if sizes else ()
    limits = []
    if known and middle is not None:
        for level, reach in (("95", 0.3), ("99.8", 0.5)):
            for suffix, sign in (("", 1.0), (" lower", -1.0)):
                limits.append(Series(f"{level} %{suffix}", tuple(middle * (1 + sign * reach) for _ in ends), ends))
    center = Series("All", (middle,) * len(ends), ends)
    chart = make("funnel", names, Series("Rate", values, sizes), center, *limits, **look)
    return replace(chart, marks=tuple(Mark(place, names[place]) for place in range(0, len(names), 2)))


def _heat_map(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    del known
    rows = [Series(name or "-", values[place:] + values[:place]) for place, name in enumerate(names[:20])]
    return make("heatmap", names, *rows, **look)


def _waterfall(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    del known
    signed = tuple(value if place % 2 or value is None else -value for place, value in enumerate(values))
    totals = tuple(sorted({0, len(values) - 1})) if values else ()
    return replace(make("waterfall", names, Series("Level", signed), **look), totals=totals)


def _boxes(names: tuple[str, ...], values: Values, known: list[float], look: dict[str, Any]) -> Chart:
    del known
    found = [None if v is None else summarize([v * s for s in (0.2, 0.8, 0.9, 1.0, 1.1, 1.2, 4.0)]) for v in values]
    five = [(None,) * 5 if s is None else (s.low, s.first, s.median, s.third, s.high) for s in found]
    series = [Series(NAMES[place], tuple(numbers[place] for numbers in five)) for place in range(5)]
    series.append(Series(NAMES[5], tuple(None if one is None else 7.0 for one in found)))
    beyond = [(value, float(place)) for place, one in enumerate(found) if one for value in one.outliers]
    series.append(Series(NAMES[6], tuple(value for value, _ in beyond), tuple(place for _, place in beyond)))
    return make("box", names, *series, **look)


_BUILDERS: dict[str, Any] = {
    "pie": _absolute("pie"), "donut": _absolute("donut"), "sparkline": _alone("sparkline"), "histogram": _histogram,
    "scatter": _scatter, "control": _control, "pareto": _pareto, "funnel": _funnel, "heatmap": _heat_map,
    "waterfall": _waterfall, "box": _boxes,
}  # fmt: skip

LOOKS: dict[str, tuple[dict[str, Any], ...]] = {
    "bar": ({}, {"stacked": True, "legend": True}, {"horizontal": True, "target": 20.0}),
    "area": ({}, {"stacked": True}),
    "pie": ({}, {"legend": True}),
    "donut": ({}, {"legend": True}),
    "pareto": ({}, {"horizontal": True}),
    "waterfall": ({}, {"horizontal": True}),
    "box": ({"target": 10.0}, {"horizontal": True}),
    "sparkline": ({"width": 60.0, "height": 14.0, "target": 30.0}, {"width": 120.0, "height": 40.0}),
}
TITLES = {"x_title": "Department of the manufacturing site", "y_title": "Deviations, per 1,000 batches", "unit": "%"}


def hostile_charts() -> dict[str, Chart]:
    """Every type in every form with every case, by a name that says which; ordinary and small."""
    charts = {}
    for kind in CHART_TYPES:
        for case, (names, values) in CASES.items():
            for number, look in enumerate(LOOKS.get(kind, ({},))):
                charts[f"{kind} {number}: {case}"] = chart_of(kind, names, values, **(TITLES | look))
            if kind != "sparkline":
                small = {"width": 120.0, "height": 100.0, "legend": True, "decimals": 2}
                charts[f"{kind} small: {case}"] = chart_of(kind, names, values, **small)
    return charts
