"""Text as PDF operators: the runs of `typeface.runs`, shown with ReportLab's font subsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qms_reports.charts import faces, typeface
from qms_reports.charts.text_runs import Run


@dataclass(frozen=True, slots=True)
class Piece:
    """Some glyphs of one font subset.

    Attributes:
        font: Name of the subset in the document.
        show: The operator that shows them.
        rise: Above the baseline, in thousandths of the size.
        before: Operators in front, such as the begin of a span.
        after: Operators behind.
    """

    font: str
    show: str
    rise: float = 0.0
    before: str = ""
    after: str = ""


def encode(canvas: Any, text: str, font: str) -> tuple[Piece, ...]:
    """The pieces of one line; holds for the document of the canvas, at any size.

    Args:
        canvas: A ReportLab canvas.
        text: One line; characters without a glyph are shown as ``□``.
        font: `typeface.REGULAR`, `SEMIBOLD` or `BOLD`.
    """
    pieces: list[Piece] = []
    for run in typeface.runs(text, font):
        pieces += _spanned(canvas, run) if run.places or run.clusters else _plain(canvas, run)
    return tuple(pieces)


def operators(pieces: tuple[Piece, ...], size: float) -> str:
    """What stands between the place of a text and its end: fonts and shown strings."""
    shown = []
    rise = 0.0
    for piece in pieces:
        if piece.rise != rise:
            rise = piece.rise
            shown.append(f"{rise * size / 1000:.2f} Ts ")
        shown.append(f"{piece.before}{piece.font} {size:g} Tf {piece.show}{piece.after} ")
    if rise:
        shown.append("0 Ts ")
    return "".join(shown)


def _plain(canvas: Any, run: Run) -> list[Piece]:
    document = canvas._doc  # noqa: SLF001 - the font subsets live there; ReportLab's text object does the same
    font = faces.face(run.font).font
    return [
        Piece(font.getSubsetInternalName(subset, document), f"({canvas._escape(codes)}) Tj")  # noqa: SLF001 - as above
        for subset, codes in font.splitString(run.text, document)
    ]


def _spanned(canvas: Any, run: Run) -> list[Piece]:
    """Glyphs at places of their own; where their characters are not the text, it stands beside them in a span.

    A span for each cluster, as browsers write it: readers put right-to-left text in order themselves, glyph by glyph.
    They take a span to reach from the start of its first glyph to the end of its last, so letters come before their
    marks, and an unseen space ends where the cluster does.
    """
    font = faces.face(run.font)
    widths = font.widths
    places = run.places or _in_a_row(font, run.text)
    pieces: list[Piece] = []
    start, pen = 0, 0.0
    for count, meaning in run.clusters:
        glyphs = list(zip(run.text[start : start + count], places[start : start + count], strict=True))
        start += count
        spanned = run.text[start - count : start] != meaning
        if spanned and count > 1:
            glyphs.sort(key=lambda glyph: widths[ord(glyph[0])] == 0)
            end = max(x + widths[ord(character)] for character, (x, _) in glyphs)
            glyphs.append((" ", (end - widths[ord(" ")], 0.0)))
        for number, (character, (x, y)) in enumerate(glyphs):
            name, code = _coded(canvas, font, character)
            show = f"[{pen - x:.0f} ({code})] TJ" if round(pen - x) else f"({code}) Tj"
            before = _begin(meaning) if spanned and number == 0 else ""
            pieces.append(Piece(name, show, y, before, " EMC" if spanned and number == len(glyphs) - 1 else ""))
            pen = x + widths[ord(character)]
    if round(run.width - pen):
        pieces.append(Piece(pieces[-1].font, f"[{pen - run.width:.0f}] TJ"))
    return pieces


def _begin(meaning: str) -> str:
    return f"/Span <</ActualText <FEFF{meaning.encode('utf-16-be').hex().upper()}>>> BDC "


def _coded(canvas: Any, font: faces.Face, character: str) -> tuple[str, str]:
    """The subset that has a character, and its escaped code in it."""
    document = canvas._doc  # noqa: SLF001 - as above
    ((subset, codes),) = font.font.splitString(character, document)
    return font.font.getSubsetInternalName(subset, document), canvas._escape(codes)  # noqa: SLF001 - as above


def _in_a_row(font: faces.Face, text: str) -> list[tuple[float, float]]:
    places, x = [], 0.0
    for character in text:
        places.append((x, 0.0))
        x += font.widths[ord(character)]
    return places
