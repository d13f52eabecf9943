"""A report as PDF: A4, tagged (PDF/UA-1), archivable (PDF/A-3a), the same bytes for the same report.

What belongs here: the order of the parts.  How each part looks stands beside: `page_frame`, `pdf_sections`,
`pdf_appendix`, `tiles`, `pdf_tables`; how pages fill is `flow`; strokes are `pdf_pen`; structure is `tagged_canvas`.
Nothing in these modules computes, rounds or reorders a figure.
"""

from __future__ import annotations

from qms_reports.charts import typeface
from qms_reports.reports import page_frame
from qms_reports.reports.document import Report
from qms_reports.reports.flow import Block, paginate
from qms_reports.reports.glyph_check import missing_characters
from qms_reports.reports.pdf_appendix import definition_blocks, provenance_blocks, quality_blocks
from qms_reports.reports.pdf_pen import Pen
from qms_reports.reports.pdf_sections import opening, section_blocks
from qms_reports.reports.tagged_canvas import TaggedCanvas

__all__ = ["missing_characters", "write_pdf"]


def write_pdf(report: Report) -> bytes:
    """The report as a PDF file.

    Args:
        report: The document model.

    Returns:
        The file.  Its only time stamp is ``report.cutoff``.

    Raises:
        ValueError: A number is NaN or infinite, or a status cell names no rating.
    """
    typeface.register()
    pages = paginate(_blocks(report), page_frame.FIRST_TOP, page_frame.TOP, page_frame.BOTTOM)
    canvas = TaggedCanvas(
        title=typeface.printable(f"{report.title}, {report.period_label}"),
        author=typeface.printable(report.organization),
        subject=typeface.printable(f"{report.document_number}, version {report.version}, {report.status}"),
        creator=typeface.printable(report.provenance.product),
        language=report.language,
        instant=report.cutoff,
        page_size=(page_frame.WIDTH, page_frame.HEIGHT),
        font=typeface.REGULAR,
    )
    canvas.canvas.showOutline()
    pen = Pen(canvas)
    for number, page in enumerate(pages, start=1):
        page_frame.draw_watermark(pen, report)
        if number == 1:
            page_frame.draw_title_band(pen, report)
        else:
            page_frame.draw_running_head(pen, report)
        for top, piece in page:
            piece.paint(pen, top)
        page_frame.draw_foot(pen, report, number, len(pages))
        canvas.show_page()
    return canvas.finish()


def _blocks(report: Report) -> list[Block]:
    defined = frozenset(definition.kpi for definition in report.definitions)
    blocks = list(opening(report, defined))
    for number, section in enumerate(report.sections, start=1):
        blocks += section_blocks(section, number, defined)
    blocks += definition_blocks(report.definitions)
    blocks += quality_blocks(report)
    blocks += provenance_blocks(report)
    return blocks
