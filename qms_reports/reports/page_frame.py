"""The paper, and what surrounds the content of a page: title band, running head, foot and the DRAFT watermark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.document import PageSetup

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen
    from qms_reports.reports.pdf_setting import Setting

_SIZES = {"A4": (595.276, 841.89), "Letter": (612.0, 792.0), "A3": (841.89, 1190.551)}
_MARGIN = 42.52  # 15 mm
_HEAD, _FOOT = 60.0, 66.0  # from the edge of the paper to the content
_HASH_DIGITS = 12
_PALE = "#DCE6EF"
_WATERMARK = "#F4F6F8"
_BAND_PADDING = 16.0
_LOGO_IN_HEAD = 14.0
_LOGO_IN_BAND, _LOGO_PADDING = 40.0, 6.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper and the room on it, in points; the origin is the lower left corner.

    Attributes:
        width: Of the paper.
        height: Of the paper.
        margin: Left and right.
    """

    width: float
    height: float
    margin: float = _MARGIN

    @property
    def column(self) -> float:
        """Width of the content."""
        return self.width - 2 * self.margin

    @property
    def right(self) -> float:
        """Right edge of the content."""
        return self.width - self.margin

    @property
    def top(self) -> float:
        """Upper edge of the content, below the running head."""
        return self.height - _HEAD

    @property
    def bottom(self) -> float:
        """Lower edge of the content, above the foot."""
        return _FOOT

    @property
    def room(self) -> float:
        """Height of the content."""
        return self.top - self.bottom


def sheet_of(page: PageSetup) -> Sheet:
    """The paper that a report asks for."""
    width, height = _SIZES[page.size]
    return Sheet(height, width) if page.orientation == "landscape" else Sheet(width, height)


def draw_watermark(pen: Pen, setting: Setting) -> None:
    """DRAFT across the page, light enough to read through; nothing on a final report."""
    if setting.report.final:
        return
    sheet, word = setting.sheet, setting.text("watermark")
    size, angle = 150.0, math.atan2(sheet.height, sheet.width) * 0.95
    cos, sin = math.cos(angle), math.sin(angle)
    longest = 0.72 * math.hypot(sheet.width, sheet.height)
    size = min(size, size * longest / typeface.text_width(word, typeface.BOLD, size))
    width = typeface.text_width(word, typeface.BOLD, size)
    x = sheet.width / 2 - width / 2 * cos + size * 0.36 * sin
    y = sheet.height / 2 - width / 2 * sin - size * 0.36 * cos
    with pen.page.artifact(pagination=True):
        pen.page.code.append(f"q {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} cm")
        pen.text(0, 0, word, typeface.BOLD, size, _WATERMARK)
        pen.page.code.append("Q")


@dataclass(frozen=True, slots=True)
class TitleBand:
    """The head of a first page without a cover, measured: its title wraps and the band grows.

    Attributes:
        setting: The report.
        title: Lines of the title.
        organization: Lines of the organisation's name.
        size: Type size of the title.
        left: Where title and organisation begin, right of the logo if there is one.
        height: Of the whole band.
    """

    setting: Setting
    title: tuple[str, ...]
    organization: tuple[str, ...]
    size: float
    left: float
    height: float


def measure_band(setting: Setting) -> TitleBand:
    """Break title and organisation into lines beside the reference on the right."""
    report, sheet = setting.report, setting.sheet
    side = max(
        typeface.text_width(text, typeface.SEMIBOLD, 9) for text in (setting.reference, setting.cutoff, setting.status)
    )
    left = sheet.margin
    if setting.logo:
        left += setting.logo.size(sheet.column * 0.2, _LOGO_IN_BAND)[0] + 2 * _LOGO_PADDING + 14.0
    room = sheet.right - left - min(side, sheet.column * 0.45) - 24.0
    size = 20.0
    while size > 13.0 and len(typeface.wrap(report.title, typeface.BOLD, size, room)) > 1:  # noqa: PLR2004 - points
        size -= 1.0
    title = typeface.wrap(report.title, typeface.BOLD, size, room)
    organization = typeface.wrap(report.organization, typeface.SEMIBOLD, 8.5, room)
    height = 2 * _BAND_PADDING + 11.0 * len(organization) + 1.22 * size * len(title) + 22.0
    return TitleBand(setting, tuple(title), tuple(organization), size, left, max(height, 88.0))


def draw_title_band(pen: Pen, band: TitleBand) -> None:
    """Who, what, when, and which issue of the document this is."""
    setting = band.setting
    report, sheet, page = setting.report, setting.sheet, pen.page
    top, right = sheet.height, sheet.right
    capsule = typeface.text_width(setting.status, typeface.SEMIBOLD, 7.5) + 16
    with page.artifact(pagination=True):
        pen.rectangle(0, top - band.height, sheet.width, band.height, setting.accent)
        pen.rounded(right - capsule, top - 56, capsule, 13.5, 6.75, stroke=_PALE, line_width=0.7)
    if setting.logo:
        _draw_logo_in_band(pen, setting, band)
    y = top - _BAND_PADDING - 9.5
    with page.content("P"):
        pen.lines(band.left, y, band.organization, typeface.SEMIBOLD, 8.5, 11.0, palette.WHITE)
    y -= 11.0 * (len(band.organization) - 1) + 1.22 * band.size + 1.5
    with page.content("H1"):
        pen.lines(band.left, y, band.title, typeface.BOLD, band.size, 1.22 * band.size, palette.WHITE)
    y -= 1.22 * band.size * (len(band.title) - 1) + 18.0
    with page.content("P"):
        pen.text(band.left, y, report.period_label, typeface.REGULAR, 10.5, palette.WHITE)
    for baseline, text, font, size, indent in (
        (27.5, setting.reference, typeface.SEMIBOLD, 9.0, 0.0),
        (52.0, setting.status, typeface.SEMIBOLD, 7.5, 8.0),
        (71.5, setting.cutoff, typeface.REGULAR, 8.0, 0.0),
    ):
        with page.content("P"):
            pen.text(right - indent, top - baseline, text, font, size, palette.WHITE, "right")


def _draw_logo_in_band(pen: Pen, setting: Setting, band: TitleBand) -> None:
    """The logo on a white field: it was made for paper, not for the company's colour."""
    logo, sheet = setting.logo, setting.sheet
    if logo is None:
        return
    wide, high = logo.size(sheet.column * 0.2, _LOGO_IN_BAND)
    x, y = sheet.margin + _LOGO_PADDING, sheet.height - band.height / 2 - high / 2
    with pen.page.artifact(pagination=True):
        field = (x - _LOGO_PADDING, y - _LOGO_PADDING, wide + 2 * _LOGO_PADDING, high + 2 * _LOGO_PADDING)
        pen.rounded(*field, 4.0, fill=palette.WHITE)
    box = f"{x:.0f} {y:.0f} {x + wide:.0f} {y + high:.0f}"
    with pen.page.content("Figure", alt=logo.alt, attributes=f"<</O/Layout/BBox[{box}]/Placement/Block>>"):
        logo.draw(pen, x, y, wide, high)


def draw_running_head(pen: Pen, setting: Setting) -> None:
    """One quiet line on every page after the first: whose report, which, of when, and its reference."""
    report, sheet = setting.report, setting.sheet
    y = sheet.height - 36.0
    x = sheet.margin
    with pen.page.artifact(pagination=True):
        if setting.logo:
            x += setting.logo.draw(pen, x, y - 3.5, sheet.column * 0.2, _LOGO_IN_HEAD) + 7.0
        right = f"{setting.reference} · {setting.status}"
        size = 7.0
        used = typeface.text_width(typeface.printable(right), typeface.REGULAR, size)
        left = typeface.printable(f"{report.organization} · {report.title} · {report.period_label}")
        lines = typeface.wrap(left, typeface.SEMIBOLD, size, sheet.right - x - used - 16)
        pen.text(sheet.right, y, right, typeface.REGULAR, size, palette.INK3, "right")
        if len(lines) > 1:  # smaller and in two lines rather than cut; the cover has it in full
            size = 6.0
            lines = typeface.wrap(left, typeface.SEMIBOLD, size, sheet.right - x - used - 16, max_lines=2)
            y += 3.5
        pen.lines(x, y, lines, typeface.SEMIBOLD, size, 7.0, palette.INK2)
        pen.rule(sheet.margin, sheet.height - 43.0, sheet.right, sheet.height - 43.0, palette.RULE, 0.6)


def draw_foot(pen: Pen, setting: Setting, number: int, pages: int) -> None:
    """Where the page comes from, and which of how many it is."""
    report, sheet = setting.report, setting.sheet
    trail = report.provenance
    origin = setting.text(
        "origin",
        product=trail.product,
        template=trail.template,
        data=trail.data_sha256[:_HASH_DIGITS],
        content=trail.content_sha256[:_HASH_DIGITS],
    )
    said = " · ".join(filter(None, (report.classification, setting.text("uncontrolled"))))
    page_of = setting.text("page_of", page=number, pages=pages)
    with pen.page.artifact(pagination=True):
        pen.rule(sheet.margin, 46, sheet.right, 46, palette.RULE, 0.6)
        used = pen.text(sheet.right, 34, page_of, typeface.SEMIBOLD, 7.5, palette.INK2, "right")
        room = sheet.column - used - 16
        y = 34.0
        for text in (origin, said):
            lines = typeface.wrap(text, typeface.REGULAR, 6.5, room, max_lines=2)
            pen.lines(sheet.margin, y, lines, typeface.REGULAR, 6.5, 7.5, palette.INK3)
            y -= 9.5 if len(lines) == 1 else 15.0
