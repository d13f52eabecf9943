"""Paint a scene as a picture: SVG text, or PNG through Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from qms_reports.charts import palette
from qms_reports.charts.pdf import EDGE_WIDTH, arc, number, rim_start
from qms_reports.charts.scene import (
    Item,
    Line,
    Marker,
    Point,
    Polygon,
    Polyline,
    Rectangle,
    Scene,
    Text,
    Wedge,
    shape_points,
)
from qms_reports.charts.typeface import SEMIBOLD, font_path, right_to_left, runs

_WEIGHTS = {"Inter-Regular": 400, SEMIBOLD: 600, "Inter-Bold": 700}
_FAMILIES = "Inter, 'Noto Sans JP', 'Noto Sans CJK JP', 'Noto Sans SC', 'Noto Sans KR', sans-serif"
_OVERSAMPLING = 3  # each pixel is the mean of 9
_MOST_PIXELS = 120_000_000  # of the oversampled picture


def _points(points: tuple[tuple[float, float], ...], height: float) -> str:
    return " ".join(f"{number(x)},{number(height - y)}" for x, y in points)


def _svg_dash(dash: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(number, dash))}"' if dash else ""


def _svg_wedge(wedge: Wedge, height: float) -> str:
    start = rim_start(wedge)
    whole = wedge.end - wedge.start >= 360.0 - 1e-9
    path = f"M{_points((start,), height)}" if whole else f"M{_points(((wedge.x, wedge.y), start), height)}"
    curves = "".join(f"C{_points(piece, height)}" for piece in arc(wedge))
    return (
        f'<path d="{path}{curves}Z" fill="{wedge.fill}" stroke="{wedge.edge}" '
        f'stroke-width="{number(EDGE_WIDTH)}" stroke-linejoin="round"/>'
    )


def _svg_item(item: Item, height: float) -> str:  # noqa: PLR0911 - one return per kind of item
    match item:
        case Text():
            # textLength holds the measured width even where a reader lacks Inter, so nothing can overlap
            backwards = right_to_left(item.text)
            left, direction = (item.left + item.width, ' direction="rtl"') if backwards else (item.left, "")
            return (
                f'<text x="{number(left)}" y="{number(height - item.y)}" font-size="{number(item.size)}" '
                f'font-weight="{_WEIGHTS[item.font]}" fill="{item.color}" textLength="{number(item.width)}"{direction} '
                f'lengthAdjust="spacingAndGlyphs">{escape(item.text)}</text>'
            )
        case Line():
            return (
                f'<line x1="{number(item.x1)}" y1="{number(height - item.y1)}" x2="{number(item.x2)}" '
                f'y2="{number(height - item.y2)}" stroke="{item.color}" '
                f'stroke-width="{number(item.width)}"{_svg_dash(item.dash)}/>'
            )
        case Rectangle():
            return (
                f'<rect x="{number(item.x)}" y="{number(height - item.y - item.height)}" '
                f'width="{number(item.width)}" height="{number(item.height)}" fill="{item.fill}"/>'
            )
        case Marker(shape="circle"):
            center = f'cx="{number(item.x)}" cy="{number(height - item.y)}"'
            return f'<circle {center} r="{number(item.radius)}" fill="{item.fill}"/>'
        case Marker():
            return f'<polygon points="{_points(shape_points(item), height)}" fill="{item.fill}"/>'
        case Polyline():
            return (
                f'<polyline points="{_points(item.points, height)}" fill="none" stroke="{item.color}" '
                f'stroke-width="{number(item.width)}" stroke-linecap="round" '
                f'stroke-linejoin="round"{_svg_dash(item.dash)}/>'
            )
        case Polygon():
            return f'<polygon points="{_points(item.points, height)}" fill="{item.fill}"/>'
        case Wedge():
            return _svg_wedge(item, height)


def to_svg(scene: Scene) -> str:
    """The scene as one self-contained SVG document, with its text alternative and searchable text."""
    width, height = number(scene.width), number(scene.height)
    body = "\n".join(_svg_item(item, scene.height) for item in scene.items)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(scene.alt)} '
        f'font-family="{_FAMILIES}" style="font-variant-numeric:tabular-nums;white-space:pre">\n'
        f'<rect width="{width}" height="{height}" fill="{palette.WHITE}"/>\n{body}\n</svg>\n'
    )


@lru_cache(maxsize=64)
def _font(path: Path, pixels: float) -> Any:
    from PIL import ImageFont

    # the basic engine neither kerns nor needs a system library: the same advances as measured, on every machine
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def _mask(path: Path, pixels: float, text: str) -> tuple[Any, int, int]:
    """A text as a grey picture, and where its left upper corner lies from the start of its baseline.

    Ticks and names of periods are the same in many charts, and drawing their outlines is most of a picture's cost.
    """
    from PIL import Image, ImageDraw

    font = _font(path, pixels)
    left, top, right, bottom = (round(side) for side in font.getbbox(text, anchor="ls"))
    shape = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(shape).text((-left, -top), text, fill=255, font=font, anchor="ls")
    return shape, left, top


class _Brush:
    """Draws items on an oversampled picture."""

    def __init__(self, picture: Any, drawing: Any, height: float, zoom: float) -> None:
        self._picture = picture
        self._drawing = drawing
        self._height = height
        self._zoom = zoom

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * self._zoom, (self._height - y) * self._zoom

    def _stroke(self, points: list[tuple[float, float]], color: str, width: float) -> None:
        self._drawing.line(points, fill=color, width=max(1, round(width * self._zoom)), joint="curve")

    def _dashed(self, points: Sequence[Point], dash: Sequence[float], color: str, width: float) -> None:
        """Pillow has no dashes: draw the pieces one by one; the pattern goes on around corners."""
        index, left = 0, dash[0]
        for (x1, y1), (x2, y2) in pairwise(points):
            length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
            place = 0.0
            while place < length:
                end = min(length, place + left)
                if index % 2 == 0:
                    ends = [
                        self._at(x1 + (x2 - x1) * step / length, y1 + (y2 - y1) * step / length)
                        for step in (place, end)
                    ]
                    self._stroke(ends, color, width)
                if end < length:
                    index += 1
                    left = dash[index % len(dash)]
                else:
                    left -= end - place
                place = end

    def _disc(self, x: float, y: float, radius: float, color: str) -> None:
        left, top = self._at(x - radius, y + radius)
        right, bottom = self._at(x + radius, y - radius)
        self._drawing.ellipse((left, top, right, bottom), fill=color)

    def _polyline(self, line: Polyline) -> None:
        if line.dash:
            self._dashed(line.points, line.dash, line.color, line.width)
            return
        self._stroke([self._at(x, y) for x, y in line.points], line.color, line.width)
        for x, y in (line.points[0], line.points[-1]):
            self._disc(x, y, line.width / 2, line.color)

    def _wedge(self, wedge: Wedge) -> None:
        left, top = self._at(wedge.x - wedge.radius, wedge.y + wedge.radius)
        right, bottom = self._at(wedge.x + wedge.radius, wedge.y - wedge.radius)
        if wedge.end - wedge.start >= 360.0 - 1e-9:
            self._drawing.ellipse((left, top, right, bottom), fill=wedge.fill)
            return
        # Pillow counts angles clockwise
        self._drawing.pieslice((left, top, right, bottom), -wedge.end, -wedge.start, fill=wedge.fill)
        rim = [rim_start(wedge), arc(wedge)[-1][-1]]
        for x, y in rim:
            self._stroke([self._at(wedge.x, wedge.y), self._at(x, y)], wedge.edge, EDGE_WIDTH)

    def _text(self, text: Text) -> None:
        left, scale = text.left, text.size / 1000.0
        for run in runs(text.text, text.font):
            glyphs = zip(run.text, run.places, strict=True) if run.places else ((run.text, (0.0, 0.0)),)
            for shown, (x, y) in glyphs:
                shape, inset, rise = _mask(font_path(run.font), text.size * self._zoom, shown)
                at_x, at_y = self._at(left + x * scale, text.y + y * scale)
                self._picture.paste(text.color, (round(at_x) + inset, round(at_y) + rise), shape)
            left += run.width * scale

    def draw(self, item: Item) -> None:
        """Draw one item."""
        match item:
            case Text():
                self._text(item)
            case Line() if item.dash:
                self._dashed(((item.x1, item.y1), (item.x2, item.y2)), item.dash, item.color, item.width)
            case Line():
                self._stroke([self._at(item.x1, item.y1), self._at(item.x2, item.y2)], item.color, item.width)
            case Rectangle():
                left, top = self._at(item.x, item.y + item.height)
                right, bottom = self._at(item.x + item.width, item.y)
                self._drawing.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=item.fill)
            case Marker(shape="circle"):
                self._disc(item.x, item.y, item.radius, item.fill)
            case Marker():
                self._drawing.polygon([self._at(x, y) for x, y in shape_points(item)], fill=item.fill)
            case Polyline():
                self._polyline(item)
            case Polygon():
                self._drawing.polygon([self._at(x, y) for x, y in item.points], fill=item.fill)
            case Wedge():
                self._wedge(item)


def to_png(scene: Scene, scale: float = 2.0) -> bytes:
    """The scene as a PNG file on white; no time or program name is written, so equal scenes give equal bytes.

    Args:
        scene: What to paint.
        scale: Pixels per point; 2 prints at 144 dpi.

    Raises:
        ValueError: The scale is not positive, or the picture would be too large to hold in memory.
    """
    from PIL import Image, ImageDraw

    size = round(scene.width * scale), round(scene.height * scale)
    zoom = scale * _OVERSAMPLING
    if scale <= 0 or min(size) < 1 or size[0] * size[1] * _OVERSAMPLING**2 > _MOST_PIXELS:
        raise ValueError(f"cannot paint {scene.width:g} x {scene.height:g} pt at {scale:g} pixels per point")
    large = Image.new("RGB", (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING), palette.WHITE)
    brush = _Brush(large, ImageDraw.Draw(large), scene.height, zoom)
    for item in scene.items:
        brush.draw(item)
    target = BytesIO()
    large.reduce(_OVERSAMPLING).save(target, "PNG", dpi=(72 * scale, 72 * scale))
    return target.getvalue()
