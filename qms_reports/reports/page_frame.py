"""What surrounds the content of a page: the title band, the running head, the foot and the DRAFT watermark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qms_reports.charts import palette, typeface
from qms_reports.reports.document import Report

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen

WIDTH, HEIGHT = 595.276, 841.89  # A4
MARGIN = 42.52  # 15 mm
COLUMN = WIDTH - 2 * MARGIN
BAND = 88.0
FIRST_TOP = HEIGHT - BAND - 20.0
TOP = HEIGHT - 60.0
BOTTOM = 66.0

CONTROLLED = "Controlled document. Printed copies are uncontrolled."
_PALE = "#DCE6EF"  # on the band: 8:1
_WATERMARK = "#F4F6F8"
_HASH_DIGITS = 12


def draw_watermark(pen: Pen, report: Report) -> None:
    """DRAFT across the page, light enough to read through; nothing for another status."""
    if report.status != "DRAFT":
        return
    size, angle = 150.0, math.radians(52)
    cos, sin = math.cos(angle), math.sin(angle)
    width = typeface.text_width(report.status, typeface.BOLD, size)
    x = WIDTH / 2 - width / 2 * cos + size * 0.36 * sin
    y = HEIGHT / 2 - 20 - width / 2 * sin - size * 0.36 * cos
    with pen.page.artifact(pagination=True):
        pen.page.code.append(f"q {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} cm")
        pen.text(0, 0, report.status, typeface.BOLD, size, _WATERMARK)
        pen.page.code.append("Q")


def draw_title_band(pen: Pen, report: Report) -> None:
    """The head of the first page: who, what, when, and which issue of the document this is."""
    page = pen.page
    right = WIDTH - MARGIN
    with page.artifact(pagination=True):
        pen.rectangle(0, HEIGHT - BAND, WIDTH, BAND, palette.SERIES[0])
        capsule = typeface.text_width(typeface.printable(report.status), typeface.SEMIBOLD, 7.5) + 16
        pen.rounded(right - capsule, HEIGHT - 56, capsule, 13.5, 6.75, stroke=_PALE, line_width=0.7)
    reference = f"{report.document_number} · version {report.version}"
    as_of = f"Data as of {report.cutoff_label}"
    side = max(
        typeface.text_width(typeface.printable(reference), typeface.SEMIBOLD, 9),
        typeface.text_width(typeface.printable(as_of), typeface.REGULAR, 8),
        typeface.text_width(typeface.printable(report.status), typeface.SEMIBOLD, 7.5),
    )
    room = COLUMN - min(side, COLUMN * 0.45) - 24.0
    title = typeface.printable(report.title)
    size = min(20.0, max(11.0, 20.0 * room / max(typeface.text_width(title, typeface.BOLD, 20), 1.0)))
    with page.content("P"):
        organization = typeface.shorten(typeface.printable(report.organization), typeface.SEMIBOLD, 8.5, room)
        pen.text(MARGIN, HEIGHT - 27.5, organization, typeface.SEMIBOLD, 8.5, _PALE)
    with page.content("H1"):
        title = typeface.shorten(title, typeface.BOLD, size, room)
        pen.text(MARGIN, HEIGHT - 53, title, typeface.BOLD, size, palette.WHITE)
    with page.content("P"):
        pen.text(MARGIN, HEIGHT - 71.5, report.period_label, typeface.REGULAR, 10.5, _PALE)
    with page.content("P"):
        pen.text(right, HEIGHT - 27.5, reference, typeface.SEMIBOLD, 9, palette.WHITE, "right")
    with page.content("P"):
        pen.text(right - 8, HEIGHT - 52, report.status, typeface.SEMIBOLD, 7.5, palette.WHITE, "right")
    with page.content("P"):
        pen.text(right, HEIGHT - 71.5, as_of, typeface.REGULAR, 8, _PALE, "right")


def draw_running_head(pen: Pen, report: Report) -> None:
    """One quiet line on every page after the first."""
    y = HEIGHT - 36.0
    with pen.page.artifact(pagination=True):
        right = f"{report.document_number} · version {report.version} · {report.status}"
        used = pen.text(WIDTH - MARGIN, y, right, typeface.REGULAR, 7, palette.INK3, "right")
        left = typeface.printable(f"{report.organization} · {report.title} · {report.period_label}")
        left = typeface.shorten(left, typeface.SEMIBOLD, 7, COLUMN - used - 16)
        pen.text(MARGIN, y, left, typeface.SEMIBOLD, 7, palette.INK2)
        pen.rule(MARGIN, y - 7, WIDTH - MARGIN, y - 7, palette.RULE, 0.6)


def draw_foot(pen: Pen, report: Report, number: int, pages: int) -> None:
    """Where the page comes from, and which of how many it is."""
    trail = report.provenance
    origin = (
        f"{trail.product} · {trail.template} · data {trail.data_sha256[:_HASH_DIGITS]} "
        f"· content {trail.content_sha256[:_HASH_DIGITS]}"
    )
    with pen.page.artifact(pagination=True):
        pen.rule(MARGIN, 46, WIDTH - MARGIN, 46, palette.RULE, 0.6)
        used = pen.text(WIDTH - MARGIN, 34, f"Page {number} of {pages}", typeface.SEMIBOLD, 7.5, palette.INK2, "right")
        origin = typeface.shorten(typeface.printable(origin), typeface.REGULAR, 6.5, COLUMN - used - 16)
        pen.text(MARGIN, 34, origin, typeface.REGULAR, 6.5, palette.INK3)
        pen.text(MARGIN, 24.5, CONTROLLED, typeface.REGULAR, 6.5, palette.INK3)
