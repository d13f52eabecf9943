"""A report as PDF: tagged (PDF/UA-1), archivable (PDF/A-3a), linked, the same bytes for the same report.

What belongs here: the order of the parts.  How each part looks stands beside: `page_frame`, `pdf_control` (cover and
document control), `pdf_opening`, `pdf_sections`, `pdf_appendix`, `tiles`, `pdf_tables`; how pages fill is `flow`;
strokes are `pdf_pen`; structure is `tagged_canvas`.  Nothing in these modules computes, rounds or reorders a figure.

Pages are filled before any is drawn, so that every page knows how many there are and where every link leads.
"""

from __future__ import annotations

from collections.abc import Iterator

from qms_reports.charts import typeface
from qms_reports.reports import page_frame, pdf_appendix, pdf_control, pdf_opening
from qms_reports.reports.document import Report
from qms_reports.reports.embedded_document import ATTACHMENT, pack
from qms_reports.reports.flow import Block, Page, page_of_anchors, paginate
from qms_reports.reports.glyph_check import missing_characters
from qms_reports.reports.pdf_archive import Attachment
from qms_reports.reports.pdf_attachments import Attached, attach
from qms_reports.reports.pdf_control import Entry
from qms_reports.reports.pdf_pen import Pen
from qms_reports.reports.pdf_sections import heading, section_blocks
from qms_reports.reports.pdf_setting import Setting, setting_of
from qms_reports.reports.rows import NO_SOURCES, RowSources
from qms_reports.reports.tagged_canvas import TaggedCanvas

__all__ = ["missing_characters", "write_pdf"]

_CONTROL = "document-control"


def write_pdf(report: Report, sources: RowSources = NO_SOURCES) -> bytes:
    """The report as a PDF file.

    Args:
        report: The document model.
        sources: All rows of tables that hold only their first; the attached CSV files have them all.

    Returns:
        The file.  Its only time stamp is ``report.cutoff``.

    Raises:
        ValueError: A number is NaN or infinite, or a status cell names no rating.
        FontError: A font of the theme cannot be used.
    """
    with typeface.using(report.theme.fonts):
        return _written(report, sources)


def _written(report: Report, sources: RowSources) -> bytes:
    attached = attach(report, sources)
    setting = setting_of(report, attached.tables)
    band = None if report.cover else page_frame.measure_band(setting)
    sheet = setting.sheet
    first_top = sheet.height - band.height - 20.0 if band else sheet.top
    content = paginate(list(_content(setting, attached, first_top)), first_top, sheet.top, sheet.bottom)
    front: list[Page] = []
    if report.cover:
        cover = list(pdf_control.cover_blocks(setting, list(_entries(setting))))
        front = paginate(cover, sheet.height - sheet.margin - 14.0, sheet.top, sheet.bottom)
    setting.pages.update(page_of_anchors(content, len(front) + 1))
    canvas = TaggedCanvas(
        title=typeface.printable(setting.text("title", title=report.title, period=report.period_label)),
        author=typeface.printable(report.organization),
        subject=typeface.printable(
            setting.text("subject", number=report.document_number, version=report.version, status=setting.status)
        ),
        creator=typeface.printable(report.provenance.product),
        language=report.language,
        instant=report.cutoff,
        page_size=(sheet.width, sheet.height),
        font=typeface.face_name(typeface.REGULAR),
        attachments=(*attached.files, _document(setting)),
    )
    canvas.canvas.showOutline()
    pen = Pen(canvas)
    pages = [*front, *content]
    for number, page in enumerate(pages, start=1):
        page_frame.draw_watermark(pen, setting)
        if number > 1:
            page_frame.draw_running_head(pen, setting)
        elif band:
            page_frame.draw_title_band(pen, band)
        for top, piece in page:
            piece.paint(pen, top)
        page_frame.draw_foot(pen, setting, number, len(pages))
        canvas.show_page()
    return canvas.finish()


def _document(setting: Setting) -> Attachment:
    """The document itself, which `verify` and `diff` read."""
    return Attachment(ATTACHMENT, setting.text("attached_document"), pack(setting.report), "application/gzip", "Source")


def _content(setting: Setting, attached: Attached, first_top: float) -> Iterator[Block]:
    """All blocks behind the cover, in reading order."""
    report = setting.report
    yield from pdf_opening.opening_blocks(setting, first_top - setting.sheet.bottom)
    yield from pdf_opening.action_blocks(setting)
    for number, section in enumerate(report.sections, start=1):
        yield from section_blocks(setting, section, _section_key(number))
    yield from pdf_appendix.definition_blocks(setting)
    yield from pdf_appendix.record_blocks(setting)
    yield from pdf_appendix.quality_blocks(setting)
    if not report.cover and pdf_control.needs_control_section(report):
        yield heading(setting, setting.text("document_control"), _CONTROL)
        yield from pdf_control.control_section(setting)
    yield from pdf_appendix.provenance_blocks(setting, attached)


def _entries(setting: Setting) -> Iterator[Entry]:
    """The contents: every heading of `_content`."""
    report = setting.report
    yield Entry(setting.text("summary"), pdf_opening.SUMMARY)
    if report.actions is not None:
        yield Entry(setting.text("actions"), pdf_opening.ACTIONS)
    for number, section in enumerate(report.sections, start=1):
        yield Entry(section.title, _section_key(number))
    yield Entry(setting.text("definitions"), pdf_appendix.DEFINITIONS)
    if report.appendices:
        yield Entry(setting.text("appendix"), pdf_appendix.RECORDS)
    yield Entry(setting.text("data_quality"), pdf_appendix.QUALITY)
    yield Entry(setting.text("provenance"), pdf_appendix.PROVENANCE)


def _section_key(number: int) -> str:
    return f"section-{number}"
