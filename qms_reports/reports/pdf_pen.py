"""The few strokes that pages are made of, written as raw PDF operators (several times faster than the canvas API).

Coordinates are PDF points from the lower left corner.  Colours are ``#RRGGBB``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal

from qms_reports.charts import faces, palette, pdf_text, typeface

if TYPE_CHECKING:
    from qms_reports.reports.tagged_canvas import TaggedCanvas

Align = Literal["left", "right", "center"]
Point = tuple[float, float]

_ESCAPES = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_SPECIAL = re.compile(r"[\\()]")
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
        typeface.register()
        self.page = page
        self._firsts: dict[str, str] = {}
        self._shows: dict[tuple[str, float], _Shows] = {}
        self._encoded: dict[tuple[str, str], tuple[pdf_text.Piece, ...]] = {}

    def _encode(self, text: str, font: str) -> tuple[pdf_text.Piece, ...]:
        """The glyphs of one line, with every character that has none as ``□``."""
        if text.isascii() and text.isprintable() and "  " not in text and text.strip(" ") == text:
            # every font of a role has ASCII, and ReportLab keeps it as it is in the first subset
            codes = text.translate(_ESCAPES) if _SPECIAL.search(text) else text
            pieces: tuple[pdf_text.Piece, ...] = (pdf_text.Piece(self._first_subset(font), f"({codes}) Tj"),)
        else:
            pieces = pdf_text.encode(self.page.canvas, typeface.printable(text), font)
        self._encoded[(font, text)] = pieces
        return pieces

    def text_operators(self, x: float, y: float, text: str, font: str, size: float, color: str) -> str:
        """The operators that print one line from (x, y) on its baseline; characters without a glyph print as ``□``."""
        pieces = self._encoded.get((font, text)) or self._encode(text, font)
        return f"BT {_rgb(color)} rg 1 0 0 1 {x:.2f} {y:.2f} Tm {pdf_text.operators(pieces, size)}ET"

    def look(self, font: str, size: float, color: str) -> str:
        """Set font, size and colour inside a text object, for many lines that `shown` prints."""
        return f"{_rgb(color)} rg {self._first_subset(font)} {size:g} Tf"

    def _first_subset(self, font: str) -> str:
        name = self._firsts.get(font)
        if name is None:
            document = self.page.canvas._doc  # noqa: SLF001 - font subsets belong to the document
            face = faces.face(typeface.face_name(font)).font
            name = self._firsts[font] = face.getSubsetInternalName(0, document)
        return name

    def shown(self, font: str, size: float) -> Mapping[str, str]:
        """What prints a text at the place set before (``Tm``), by the text.

        It holds inside a text object with the `look` of this font and size.
        """
        shows = self._shows.get((font, size))
        if shows is None:
            shows = self._shows[font, size] = _Shows(self, font, size)
        return shows

    def show(self, text: str, font: str, size: float) -> str:
        """One entry of `shown`, as it is made."""
        pieces = self._encode(text, font)
        first = self._first_subset(font)
        if len(pieces) == 1 and pieces[0].font == first and not (pieces[0].before or pieces[0].rise):
            return pieces[0].show
        return f"{pdf_text.operators(pieces, size)}{first} {size:g} Tf"

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


class _Shows(dict[str, str]):
    """What prints a text in one font and size, made at the first use."""

    def __init__(self, pen: Pen, font: str, size: float) -> None:
        super().__init__()
        self._make = partial(pen.show, font=font, size=size)

    def __missing__(self, text: str) -> str:
        made = self[text] = self._make(text)
        return made
