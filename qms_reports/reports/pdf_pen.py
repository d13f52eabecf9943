"""The few strokes that pages are made of, written as raw PDF operators (several times faster than the canvas API).

Coordinates are PDF points from the lower left corner.  Colours are ``#RRGGBB``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from qms_reports.charts import palette, typeface

if TYPE_CHECKING:
    from qms_reports.reports.tagged_canvas import TaggedCanvas

Align = Literal["left", "right", "center"]
Point = tuple[float, float]

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")  # the font maps some of them to blank glyphs, which PDF/A forbids
_ASCII = frozenset(range(32, 127))
_ESCAPES = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_CURVE = 0.5523  # control point of the cubic that draws a quarter circle


@lru_cache(maxsize=256)
def _rgb(color: str) -> str:
    return " ".join(f"{channel / 255:.3f}".rstrip("0").rstrip(".") for channel in palette.channels(color))


class Pen:
    """Draws on the current page of a tagged canvas.

    Attributes:
        page: The canvas, for structure.
    """

    def __init__(self, page: TaggedCanvas) -> None:
        from reportlab.pdfbase import pdfmetrics

        typeface.register()
        self.page = page
        self._fonts = {name: pdfmetrics.getFont(name) for name in (typeface.REGULAR, typeface.SEMIBOLD, typeface.BOLD)}
        self._plain = {name for name, font in self._fonts.items() if _ASCII <= font.face.charToGlyph.keys()}
        self._firsts: dict[str, str] = {}
        self._encoded: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def _encode(self, text: str, font: str) -> list[tuple[str, str]]:
        """Pairs of a PDF font name and an escaped string."""
        face = self._fonts[font]
        document = self.page.canvas._doc  # noqa: SLF001 - font subsets belong to the document
        if font in self._plain and text.isascii() and text.isprintable() and " ".join(text.split()) == text:
            # ReportLab keeps ASCII as it is in the first subset of a font
            runs = [(face.getSubsetInternalName(0, document), text.translate(_ESCAPES))]
        else:
            clean = _CONTROLS.sub(typeface.REPLACEMENT, typeface.printable(text))
            escape = self.page.canvas._escape  # noqa: SLF001 - ReportLab's escaping
            runs = [
                (face.getSubsetInternalName(subset, document), escape(chunk))
                for subset, chunk in face.splitString(clean, document)
            ]
        self._encoded[(font, text)] = runs
        return runs

    def text_operators(self, x: float, y: float, text: str, font: str, size: float, color: str) -> str:
        """The operators that print one line from (x, y) on its baseline; characters without a glyph print as ``□``."""
        runs = self._encoded.get((font, text)) or self._encode(text, font)
        shown = "".join(f"{name} {size:g} Tf ({chunk}) Tj " for name, chunk in runs)
        return f"BT {_rgb(color)} rg 1 0 0 1 {x:.2f} {y:.2f} Tm {shown}ET"

    def look(self, font: str, size: float, color: str) -> str:
        """Set font, size and colour inside a text object, for many lines that `shown` prints."""
        return f"{_rgb(color)} rg {self._first_subset(font)} {size:g} Tf"

    def _first_subset(self, font: str) -> str:
        name = self._firsts.get(font)
        if name is None:
            document = self.page.canvas._doc  # noqa: SLF001 - as above
            name = self._firsts[font] = self._fonts[font].getSubsetInternalName(0, document)
        return name

    def shown(self, text: str, font: str, size: float) -> str:
        """Print a text at the place set before (``Tm``), inside a text object with the `look` of this font and size."""
        runs = self._encoded.get((font, text)) or self._encode(text, font)
        first = self._first_subset(font)
        if len(runs) == 1 and runs[0][0] == first:
            return f"({runs[0][1]}) Tj"
        parts = " ".join([f"{name} {size:g} Tf ({chunk}) Tj" for name, chunk in runs])
        return f"{parts} {first} {size:g} Tf"

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: str,
        size: float,
        color: str = palette.INK,
        align: Align = "left",
    ) -> float:
        """Print one line and return its width; `x` is its left end, right end or middle."""
        width = typeface.text_width(typeface.printable(text), font, size)
        if align != "left":
            x -= width if align == "right" else width / 2
        self.page.code.append(self.text_operators(x, y, text, font, size, color))
        return width

    def link_text(
        self,
        x: float,
        y: float,
        text: str,
        font: str,
        size: float,
        color: str,
        key: str,
        description: str,
        align: Align = "left",
    ) -> float:
        """Print one line that leads to the destination `key`, and return its width; the parent must be open."""
        width = typeface.text_width(typeface.printable(text), font, size)
        if align != "left":
            x -= width if align == "right" else width / 2
        with self.page.content("Link") as element:
            self.text(x, y, text, font, size, color)
        box = (x, y - typeface.DESCENT * size, x + width, y + size)
        self.page.link(box, key, description, element)
        with self.page.artifact():
            self.rule(x, y - 0.14 * size, x + width, y - 0.14 * size, palette.RULE, 0.4)
        return width

    def lines(
        self, x: float, y: float, lines: Sequence[str], font: str, size: float, leading: float, color: str
    ) -> None:
        """Print lines below one another; `y` is the first baseline."""
        for number, line in enumerate(lines):
            self.text(x, y - number * leading, line, font, size, color)

    def rule(
        self, x1: float, y1: float, x2: float, y2: float, color: str, width: float, dash: Sequence[float] = ()
    ) -> None:
        """A straight line."""
        pattern = f"[{' '.join(f'{part:g}' for part in dash)}] 0 d " if dash else ""
        after = " [] 0 d" if dash else ""
        self.page.code.append(f"{_rgb(color)} RG {width:g} w {pattern}{x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S{after}")

    def rules(self, left: float, right: float, heights: Sequence[float], color: str, width: float) -> None:
        """Level lines of one look, one below the other."""
        if heights:
            path = " ".join([f"{left:.2f} {y:.2f} m {right:.2f} {y:.2f} l" for y in heights])
            self.page.code.append(f"{_rgb(color)} RG {width:g} w {path} S")

    def polyline(self, points: Sequence[Point], color: str, width: float) -> None:
        """An open line with round joins and ends."""
        path = " ".join(f"{x:.2f} {y:.2f} {'l' if number else 'm'}" for number, (x, y) in enumerate(points))
        self.page.code.append(f"{_rgb(color)} RG {width:g} w 1 j 1 J {path} S 0 j 0 J")

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle; (x, y) is its lower left corner."""
        self.page.code.append(f"{_rgb(fill)} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        """A filled area."""
        path = " ".join(f"{x:.2f} {y:.2f} {'l' if number else 'm'}" for number, (x, y) in enumerate(points))
        self.page.code.append(f"{_rgb(fill)} rg {path} h f")

    def rounded(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        radius: float,
        fill: str = "",
        stroke: str = "",
        line_width: float = 0.6,
    ) -> None:
        """A rectangle with round corners, filled, outlined or both."""
        right, top, bend = x + width, y + height, radius * (1 - _CURVE)
        paint = {(True, True): "B", (True, False): "f", (False, True): "S"}[(bool(fill), bool(stroke))]
        colors = (f"{_rgb(fill)} rg " if fill else "") + (f"{_rgb(stroke)} RG {line_width:g} w " if stroke else "")
        self.page.code.append(
            f"{colors}{x + radius:.2f} {y:.2f} m {right - radius:.2f} {y:.2f} l "
            f"{right - bend:.2f} {y:.2f} {right:.2f} {y + bend:.2f} {right:.2f} {y + radius:.2f} c "
            f"{right:.2f} {top - radius:.2f} l "
            f"{right:.2f} {top - bend:.2f} {right - bend:.2f} {top:.2f} {right - radius:.2f} {top:.2f} c "
            f"{x + radius:.2f} {top:.2f} l "
            f"{x + bend:.2f} {top:.2f} {x:.2f} {top - bend:.2f} {x:.2f} {top - radius:.2f} c "
            f"{x:.2f} {y + radius:.2f} l "
            f"{x:.2f} {y + bend:.2f} {x + bend:.2f} {y:.2f} {x + radius:.2f} {y:.2f} c h {paint}"
        )

    def circle(
        self, x: float, y: float, radius: float, fill: str = "", stroke: str = "", line_width: float = 1
    ) -> None:
        """A disc or a ring around (x, y)."""
        self.rounded(x - radius, y - radius, 2 * radius, 2 * radius, radius, fill, stroke, line_width)
