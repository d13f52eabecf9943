"""Paint a scene onto a ReportLab canvas.

Charts are written as raw PDF operators: three to five times faster than the canvas methods, which track a state that a
finished scene does not need.  Everything stands between ``q`` and ``Q``, so the canvas is left as it was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.pdf_text import encode, operators
from qms_reports.charts.scene import (
    Item,
    Line,
    Marker,
    Polygon,
    Polyline,
    Rectangle,
    Scene,
    Text,
    Wedge,
    shape_points,
)
from qms_reports.charts.typeface import register

EDGE_WIDTH = 0.75  # of the outline that keeps slices apart


def number(value: float) -> str:
    """A coordinate with at most two decimals (1/7200 inch), as PDF and SVG both read it; never ``-0``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=256)
def _rgb(color: str) -> str:
    return " ".join(f"{part / 255:.4f}".rstrip("0").rstrip(".") for part in palette.channels(color))


def _path(points: Iterable[tuple[float, float]]) -> str:
    steps = [f"{number(x)} {number(y)}" for x, y in points]
    return f"{steps[0]} m " + " ".join(f"{step} l" for step in steps[1:])


def arc(wedge: Wedge) -> list[tuple[tuple[float, float], ...]]:
    """The rim of a wedge as Bézier pieces of at most 45 degrees: two controls and an end each, from its start.

    The distance of the controls, 4/3·tan(angle/4), is the usual one; the error stays below 1e-5 of the radius.
    """
    count = max(1, math.ceil((wedge.end - wedge.start) / 45.0))
    step = math.radians((wedge.end - wedge.start) / count)
    reach = 4.0 / 3.0 * math.tan(step / 4.0) * wedge.radius
    pieces: list[tuple[tuple[float, float], ...]] = []
    for index in range(count):
        begin = math.radians(wedge.start) + step * index
        end = begin + step
        x0, y0 = wedge.x + wedge.radius * math.cos(begin), wedge.y + wedge.radius * math.sin(begin)
        x3, y3 = wedge.x + wedge.radius * math.cos(end), wedge.y + wedge.radius * math.sin(end)
        pieces.append(
            (
                (x0 - reach * math.sin(begin), y0 + reach * math.cos(begin)),
                (x3 + reach * math.sin(end), y3 - reach * math.cos(end)),
                (x3, y3),
            )
        )
    return pieces


def rim_start(wedge: Wedge) -> tuple[float, float]:
    """Where the rim of a wedge begins."""
    angle = math.radians(wedge.start)
    return wedge.x + wedge.radius * math.cos(angle), wedge.y + wedge.radius * math.sin(angle)


class _Operators:
    """PDF operators for a run of items, leaving out colours, widths and dashes that already hold."""

    def __init__(self, canvas: Any) -> None:
        self.code: list[str] = []
        self._canvas = canvas
        self._state: dict[str, str] = {}

    def _set(self, kind: str, operator: str) -> None:
        if self._state.get(kind) != operator:
            self._state[kind] = operator
            self.code.append(operator)

    def _fill(self, color: str) -> None:
        self._set("fill", f"{_rgb(color)} rg")

    def _stroke(self, color: str, width: float, dash: tuple[float, ...] = (), cap: int = 0) -> None:
        self._set("stroke", f"{_rgb(color)} RG")
        self._set("width", f"{number(width)} w")
        self._set("dash", f"[{' '.join(map(number, dash))}] 0 d")
        self._set("cap", f"{cap} J")

    def add(self, item: Item) -> None:
        """Append the operators of one item."""
        match item:
            case Text():
                self._text(item)
            case Line():
                self._stroke(item.color, item.width, item.dash)
                self.code.append(f"{number(item.x1)} {number(item.y1)} m {number(item.x2)} {number(item.y2)} l S")
            case Rectangle():
                self._fill(item.fill)
                self.code.append(f"{number(item.x)} {number(item.y)} {number(item.width)} {number(item.height)} re f")
            case Marker(shape="circle"):
                # a stroke of no length with round ends: an eighth of the bytes of a circle made of curves
                self._stroke(item.fill, 2 * item.radius, (), 1)
                place = f"{number(item.x)} {number(item.y)}"
                self.code.append(f"{place} m {place} l S")
            case Marker():
                self._fill(item.fill)
                self.code.append(f"{_path(shape_points(item))} h f")
            case Polyline():
                self._stroke(item.color, item.width, item.dash, 1)
                self._set("join", "1 j")
                self.code.append(f"{_path(item.points)} S")
            case Polygon():
                self._fill(item.fill)
                self.code.append(f"{_path(item.points)} h f")
            case Wedge():
                self._wedge(item)

    def _wedge(self, wedge: Wedge) -> None:
        self._fill(wedge.fill)
        self._stroke(wedge.edge, EDGE_WIDTH)
        self._set("join", "1 j")
        whole = wedge.end - wedge.start >= 360.0 - 1e-9
        start = _path([rim_start(wedge)] if whole else [(wedge.x, wedge.y), rim_start(wedge)])
        curves = " ".join(" ".join(f"{number(x)} {number(y)}" for x, y in piece) + " c" for piece in arc(wedge))
        self.code.append(f"{start} {curves} h B")

    def _text(self, text: Text) -> None:
        self._fill(text.color)
        shown = operators(encode(self._canvas, text.text, text.font), text.size)
        self.code.append(f"BT 1 0 0 1 {number(text.left)} {number(text.y)} Tm {shown}ET")


def paint(canvas: Any, scene: Scene, x: float, y: float) -> None:
    """Paint a scene with its lower left corner at (x, y) of the page.

    Args:
        canvas: A ReportLab canvas (`reportlab.pdfgen.canvas.Canvas` or a subclass) with a page in progress.
        scene: What to paint.
        x: Points from the left edge of the page.
        y: Points from its lower edge.
    """
    register()
    painter = _Operators(canvas)
    for item in scene.items:
        painter.add(item)
    canvas.saveState()
    canvas._code.append(f"1 0 0 1 {number(x)} {number(y)} cm")  # noqa: SLF001 - raw operators are the point
    canvas._code.extend(painter.code)  # noqa: SLF001 - the same
    canvas.restoreState()
