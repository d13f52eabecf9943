"""The zones of a control chart: three bands on either side of the centre line, a sigma wide each.

C lies beside the centre line, A at the limits (Western Electric Company, Statistical Quality Control Handbook, 1956).
"""

from __future__ import annotations

from collections.abc import Iterator

from qms_reports.charts import palette
from qms_reports.charts.frame import AXIS_SIZE, put
from qms_reports.charts.plot import CategoryPlot
from qms_reports.charts.scene import Item, Rectangle
from qms_reports.charts.specification import Chart
from qms_reports.charts.words import Words

ZONES = ("C", "B", "A")
FILLS = ("#E3EBF3", "#EEF3F8", "#F7F9FB")
"""Of the zones in their order, darkest where most points are expected."""

_CENTER, _LOWER, _UPPER = 1, 2, 3
_LOWEST_NAMED = AXIS_SIZE + 1.0


def _sigma(center: float, lower: float | None, upper: float | None) -> float:
    """A third of the way to the farther limit: the nearer one may have been cut off at zero or at the whole."""
    return max(abs(limit - center) for limit in (lower, upper, center) if limit is not None) / 3.0


def _bands(chart: Chart) -> Iterator[tuple[int, int, float, float]]:
    """Position, zone, low and high end of every band that has a height."""
    lines = (chart.series[index].values for index in (_CENTER, _LOWER, _UPPER))
    for place, (center, lower, upper) in enumerate(zip(*lines, strict=True)):
        if center is None or (lower is None and upper is None):
            continue
        sigma = _sigma(center, lower, upper)
        for side, limit in ((1, upper), (-1, lower)):
            if limit is None:
                continue
            for zone in range(len(ZONES)):
                near, far = center + side * zone * sigma, center + side * (zone + 1) * sigma
                if side > 0:
                    near, far = min(near, limit), min(far, limit)
                else:
                    near, far = max(near, limit), max(far, limit)
                if near != far:
                    yield place, zone, min(near, far), max(near, far)


def draw_zones(chart: Chart, plot: CategoryPlot) -> list[Item]:
    """The bands, joined over neighbouring points of the same limits."""
    items: list[Item] = []
    begun: dict[tuple[int, float, float], int] = {}
    open_until: dict[tuple[int, float, float], int] = {}

    def close(key: tuple[int, float, float]) -> None:
        zone, low, high = key
        left = plot.middles[begun[key]] - plot.slot / 2
        right = plot.middles[open_until[key]] + plot.slot / 2
        bottom, top = plot.scale.at(low), plot.scale.at(high)
        items.append(Rectangle(left, bottom, right - left, top - bottom, FILLS[zone]))

    for place, zone, low, high in _bands(chart):
        key = (zone, low, high)
        if key in begun and open_until[key] < place - 1:
            close(key)
            del begun[key]
        begun.setdefault(key, place)
        open_until[key] = place
    for key in begun:
        close(key)
    return items


def name_zones(chart: Chart, plot: CategoryPlot, words: Words) -> None:
    """A letter in each zone at the first point that has limits, where there is room."""
    bands = list(_bands(chart))
    if not bands:
        return
    first = bands[0][0]
    for place, zone, low, high in bands:
        bottom, top = plot.scale.at(low), plot.scale.at(high)
        if place != first or top - bottom < _LOWEST_NAMED:
            continue
        x = plot.middles[place] - plot.slot / 2 + 1.5
        words.add(
            put(
                max(x, plot.plot.left + 1.5),
                (bottom + top) / 2 - 0.36 * AXIS_SIZE,
                ZONES[zone],
                AXIS_SIZE,
                palette.INK3,
            )
        )
