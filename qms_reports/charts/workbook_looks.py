"""The looks of native Excel charts: text, titles, strokes and fills in the terms of openpyxl."""

from __future__ import annotations

from typing import Any

from qms_reports.charts import palette
from qms_reports.charts.hatching import Hatch
from qms_reports.charts.workbook_blocks import safe_text

_EMU_PER_POINT = 12_700

_PATTERNS: dict[Hatch, str] = {
    "up": "dashUpDiag", "down": "dashDnDiag", "level": "horz", "upright": "vert", "steep": "ltUpDiag",
}  # fmt: skip
"""Excel's names of the hatchings."""


def bare_hex(color: str) -> str:
    """A colour as Excel writes it, without the hash."""
    return color.lstrip("#")


def text_style(size: float, color: str = palette.INK2, *, bold: bool = False) -> Any:
    """Size in points, weight and colour of a run of text."""
    from openpyxl.drawing.text import CharacterProperties

    return CharacterProperties(sz=round(size * 100), b=bold, solidFill=bare_hex(color))


def text_defaults(size: float, color: str = palette.INK2) -> Any:
    """The style of all text of an axis, legend or label."""
    from openpyxl.chart.text import RichText
    from openpyxl.drawing.text import Paragraph, ParagraphProperties

    style = text_style(size, color)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=style), endParaRPr=style)])


def title_of(*lines: tuple[str, Any]) -> Any:
    """A chart or axis title of one paragraph per line, beside the plot and not over it."""
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import Paragraph, ParagraphProperties, RegularTextRun

    paragraphs = [
        Paragraph(pPr=ParagraphProperties(defRPr=style), r=[RegularTextRun(rPr=style, t=safe_text(text))])
        for text, style in lines
    ]
    return Title(tx=Text(rich=RichText(p=paragraphs)), overlay=False)


def stroke(color: str, width: float, dash: str | None = None) -> Any:
    """An outline or line: colour, width in points, and Excel's name of the dash."""
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(
        ln=LineProperties(solidFill=bare_hex(color), w=round(width * _EMU_PER_POINT), prstDash=dash)
    )


def no_stroke() -> Any:
    """No outline at all."""
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(ln=LineProperties(noFill=True))


def filled(color: str, hatch: Hatch = "") -> Any:
    """An area of one colour, with white strokes over it where it is hatched."""
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.fill import ColorChoice, PatternFillProperties

    if not hatch:
        return GraphicalProperties(solidFill=bare_hex(color))
    pattern = PatternFillProperties(
        prst=_PATTERNS[hatch],
        fgClr=ColorChoice(srgbClr=bare_hex(palette.WHITE)),
        bgClr=ColorChoice(srgbClr=bare_hex(color)),
    )
    return GraphicalProperties(pattFill=pattern)


def invisible() -> Any:
    """Neither fill nor outline: the base that floating bars stand on."""
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
