"""A finished drawing that no output format knows about: lines, areas, marks and text at fixed places.

Lengths are points (1/72 inch), the origin is the lower left corner and y grows upwards, as in PDF.  Items are painted
in order, later ones over earlier ones.  Everything is decided here; a painter only translates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Shape = Literal["circle", "square", "diamond", "triangle"]
Point = tuple[float, float]

SHAPES: tuple[Shape, ...] = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke from (x1, y1) to (x2, y2); `dash` alternates on and off lengths."""

    x1: float
    y1: float
    x2: float
    y2: float
    color: str
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Polyline:
    """An open stroke through at least two points, with round joins and ends."""

    points: tuple[Point, ...]
    color: str
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled area without an outline."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled upright rectangle; (x, y) is its lower left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A filled mark for one observation; `radius` is half its height."""

    x: float
    y: float
    radius: float
    fill: str
    shape: Shape = "circle"


@dataclass(frozen=True, slots=True)
class Wedge:
    """A slice of a disc from `start` to `end`, in degrees counter-clockwise from three o'clock, ``start < end``.

    `edge` is the colour of the thin outline that keeps neighbouring slices apart.
    """

    x: float
    y: float
    radius: float
    start: float
    end: float
    fill: str
    edge: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is on its baseline, at its start, middle or end; `width` is its measured width."""

    x: float
    y: float
    text: str
    font: str
    size: float
    color: str
    width: float
    anchor: Anchor = "start"

    @property
    def left(self) -> float:
        """Where the first letter begins."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width


Item = Line | Polyline | Polygon | Rectangle | Marker | Wedge | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """A drawing of `width` by `height` points with its text alternative.

    Attributes:
        width: Width in points.
        height: Height in points.
        items: What to paint, in this order.
        alt: What the drawing shows, in words: type, title, ranges and last values.
    """

    width: float
    height: float
    items: tuple[Item, ...]
    alt: str


def shape_points(marker: Marker) -> tuple[Point, ...]:
    """Corners of a square, diamond or triangle mark of about the same area as the circle of its radius."""
    x, y, r = marker.x, marker.y, marker.radius
    if marker.shape == "square":
        r *= 0.89
        return ((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r))
    if marker.shape == "diamond":
        r *= 1.25
        return ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    r *= 1.2
    return ((x - r, y - 0.8 * r), (x + r, y - 0.8 * r), (x, y + 1.1 * r))
