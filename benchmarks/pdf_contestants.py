"""The contents that the PDF benchmark sets, and how other engines set them."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from qms_reports.charts import faces, palette, typeface
from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.reports.document import (
    Column,
    DataQuality,
    Figures,
    PageSetup,
    Paragraph,
    Report,
    Section,
    Table,
)
from qms_reports.reports.page_frame import Sheet, sheet_of
from qms_reports.reports.printed_cells import cell_text
from qms_reports_tests.reports.sample_report import MONTHS, REPORT

PROSE = (
    "The process remained in control and capability is above target. Thirty-nine deviations were opened and forty-one "
    "closed, so the backlog fell for the third month in a row; seven actions are past their committed date, five of "
    "them wait for effectiveness data of the same filling line, and the supplier of the stoppers answered late."
)
SHEET: Sheet = sheet_of(PageSetup())


def wavy(seed: int, count: int, middle: float, reach: float) -> tuple[float, ...]:
    """Numbers that look like measurements and are the same each time."""
    return tuple(
        round(middle + reach * math.sin(seed * 1.7 + n * 2.39996) * (0.4 + n % 3 / 3), 2) for n in range(count)
    )


def chart(number: int) -> Chart:
    """A line chart of two series, or every third time a bar chart."""
    kind = "bar" if number % 3 == 2 else "line"
    specification = ChartSpecification(
        f"chart{number}", kind, f"Closures overtook openings {number}", "Site North, by month", y_title="Deviations"
    )
    series = (Series("Opened", wavy(number, 13, 34, 8)), Series("Closed", wavy(number + 40, 13, 32, 7)))
    return Chart(specification, tuple(f"{month[:3]} {month[-2:]}" for month in MONTHS), series, "Records of all sites.")


def table(number: int, rows: int) -> Table:
    """Eight columns, every number, name and text cell different."""
    heads = ("Number", "Title", "Area", "Opened", "Age, days", "Cost, EUR", "Risk, %", "Owner")
    kinds = ("text", "text", "text", "text", "integer", "number", "number", "text")
    # Types: the kinds are literals in a tuple.
    columns = tuple(Column(head, kind, 2) for head, kind in zip(heads, kinds, strict=True))  # type: ignore[arg-type]  # texts, not literals
    return Table(
        f"table{number}",
        f"Open deviations {number}",
        columns,
        tuple(
            (
                f"DEV-{number}-{row:05d}",
                f"Fill weight low on line {row % 97}",
                ("Filling", "Packaging", "Utilities")[row % 3],
                f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}",
                row % 365,
                round(1000.25 + row * 1.37, 2),
                round(row * 0.013 % 100, 2),
                f"Owner {row % 41}",
            )
            for row in range(rows)
        ),
    )


def report(seed: int = 0) -> Report:
    """About ten pages: 12 charts, 6 tables of 40 rows, 26 paragraphs; another seed, other numbers."""
    sections = []
    for part in range(6):
        texts = tuple(Paragraph(f"{number}. {PROSE}") for number in range(part * 4, part * 4 + (6 if part == 5 else 4)))
        charts = Figures((chart(seed + 2 * part), replace_id(chart(seed + 2 * part + 1))))
        sections.append(Section(f"part{part}", f"Part {part + 1}", (), (*texts, charts, table(seed + part, 40))))
    return replace(
        REPORT, final=True, tiles=(), sections=tuple(sections), definitions=(), data_quality=DataQuality((), (), 0)
    )


def replace_id(found: Chart) -> Chart:
    """The second chart of a row has a name of its own."""
    return replace(found, specification=replace(found.specification, id=found.specification.id + "b"))


def long_report(rows: int) -> Report:
    """One table of so many rows."""
    sections = (Section("long", "Long", (), (table(0, rows),)),)
    return replace(report(), headline="", sections=sections)


def printed(found: Table) -> list[tuple[str, ...]]:
    """The cells of a table as every engine prints them."""
    return [tuple(map(cell_text, row, found.columns)) for row in found.rows]


@cache
def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    typeface.register()
    return {
        "h1": ParagraphStyle("h1", fontName=typeface.BOLD, fontSize=20, leading=24),
        "h2": ParagraphStyle("h2", fontName=typeface.SEMIBOLD, fontSize=13, leading=16, spaceBefore=24, spaceAfter=7),
        "h3": ParagraphStyle("h3", fontName=typeface.SEMIBOLD, fontSize=9.5, leading=12, spaceBefore=12, spaceAfter=5),
        "p": ParagraphStyle("p", fontName=typeface.REGULAR, fontSize=8.5, leading=12.5, spaceAfter=8),
    }


def draw_chart(canvas: Any, found: Chart, width: float, height: float) -> None:
    """A chart by hand with the canvas methods: grid, axis labels, lines with markers or bars, title, note."""
    regular, semibold = typeface.REGULAR, typeface.SEMIBOLD
    left, bottom, right, top = 24.0, 30.0, width - 40.0, height - 44.0
    canvas.setFillColor(palette.INK)
    canvas.setFont(semibold, 9.5)
    canvas.drawString(0, height - 9, found.specification.title)
    canvas.setFont(regular, 7.5)
    canvas.setFillColor(palette.INK2)
    canvas.drawString(0, height - 20, found.specification.subtitle)
    canvas.drawString(0, height - 36, found.specification.y_title)
    canvas.drawString(0, 6, found.note)
    values = [value for series in found.series for value in series.values if value is not None]
    low, high = 0.0, 10.0 * math.ceil(max(values) / 10)
    canvas.setStrokeColor(palette.GRID)
    canvas.setLineWidth(0.5)
    for step in range(6):
        value = low + (high - low) * step / 5
        y = bottom + (top - bottom) * step / 5
        canvas.line(left, y, right, y)
        canvas.drawRightString(left - 4, y - 2.5, f"{value:.0f}")
    gap = (right - left) / len(found.categories)
    for number, name in enumerate(found.categories):
        if number % 2 == 0:
            canvas.drawCentredString(left + gap * (number + 0.5), bottom - 11, name)
    for index, series in enumerate(found.series):
        color = palette.SERIES[index]
        places = [
            (left + gap * (number + 0.5), bottom + (top - bottom) * (value - low) / (high - low))
            for number, value in enumerate(series.values)
            if value is not None
        ]
        canvas.setFillColor(color)
        canvas.setStrokeColor(color)
        if found.specification.type == "bar":
            for x, y in places:
                canvas.rect(x - gap * 0.35 + index * gap * 0.35, bottom, gap * 0.33, y - bottom, stroke=0, fill=1)
            continue
        path = canvas.beginPath()
        path.moveTo(*places[0])
        for place in places[1:]:
            path.lineTo(*place)
        canvas.setLineWidth(1.2)
        canvas.drawPath(path)
        for x, y in places:
            canvas.circle(x, y, 1.6, stroke=0, fill=1)
        canvas.setFont(semibold, 7.5)
        canvas.drawString(right + 4, places[-1][1] - 2.5, series.name)
        canvas.setFont(regular, 7.5)


def platypus(found: Report) -> bytes:
    """The same report with Platypus and charts drawn on the canvas: no tags, no archive, no attachments."""
    from reportlab.lib import colors
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, TableStyle
    from reportlab.platypus import Paragraph as Text
    from reportlab.platypus import Table as Grid
    from reportlab.platypus.flowables import Flowable

    class Pair(Flowable):  # type: ignore[misc]  # ReportLab is untyped
        def __init__(self, charts: tuple[Chart, ...]) -> None:
            super().__init__()
            self.charts = charts

        def wrap(self, *_: float) -> tuple[float, float]:
            return SHEET.column, 190.0

        def draw(self) -> None:
            for number, one in enumerate(self.charts):
                self.canv.saveState()
                self.canv.translate(number * 265.0, 0)
                draw_chart(self.canv, one, 245.0, 190.0)
                self.canv.restoreState()

    styles = _styles()
    story: list[Any] = [Text(found.title, styles["h1"])]
    look = TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), typeface.SEMIBOLD, 7.5),
            ("FONT", (0, 1), (-1, -1), typeface.REGULAR, 8),
            ("ALIGN", (4, 0), (6, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, colors.HexColor(palette.INK)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.5, colors.HexColor(palette.GRID)),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("TOPPADDING", (0, 0), (-1, -1), 3.5),
        ]
    )
    for section in found.sections:
        story.append(Text(section.title, styles["h2"]))
        for block in section.blocks:
            if isinstance(block, Paragraph):
                story.append(Text(block.text, styles["p"]))
            elif isinstance(block, Figures):
                story.append(Pair(block.charts))
            else:
                story.append(Text(block.title, styles["h3"]))
                cells = [tuple(column.name for column in block.columns), *printed(block)]
                story.append(Grid(cells, colWidths=None, repeatRows=1, style=look))

    def frame(canvas: Any, document: Any) -> None:
        canvas.setFont(typeface.REGULAR, 7)
        canvas.drawString(
            SHEET.margin, SHEET.height - 36, f"{found.organization} · {found.title} · {found.period_label}"
        )
        canvas.drawString(SHEET.margin, 34, f"{found.provenance.product} · {found.provenance.template}")
        canvas.drawRightString(SHEET.right, 34, f"Page {document.page}")

    buffer = io.BytesIO()
    document = BaseDocTemplate(buffer, pagesize=(SHEET.width, SHEET.height))
    room = Frame(SHEET.margin, SHEET.bottom, SHEET.column, SHEET.room, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [room], onPage=frame))
    document.build(story)
    return buffer.getvalue()


def raw_table(found: Table) -> bytes:
    """The floor: every cell of a table as PDF operators, encoded strings and widths cached, on fixed columns."""
    from reportlab.pdfgen.canvas import Canvas

    typeface.register()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, (SHEET.width, SHEET.height), pageCompression=1, invariant=1)
    font = faces.face(typeface.REGULAR).font
    document, escape = canvas._doc, canvas._escape  # noqa: SLF001 - the raw floor goes below ReportLab's methods
    widths = font.face.charWidths
    encoded: dict[str, tuple[str, float]] = {}
    name = ""

    def shown(text: str) -> tuple[str, float]:
        pair = encoded.get(text)
        if pair is None:
            ((subset, codes),) = font.splitString(text, document)
            nonlocal name
            name = font.getSubsetInternalName(subset, document)
            pair = encoded[text] = escape(codes), sum([widths[ord(character)] for character in text]) * 0.007
        return pair

    lefts = [42.5, 110.0, 230.0, 285.0, 345.0, 395.0, 450.0, 500.0]
    rights = [left + 40.0 for left in lefts]
    numeric = [column.kind != "text" for column in found.columns]
    heads = tuple(column.name for column in found.columns)
    cells_of_all = printed(found)
    for first in range(0, len(cells_of_all), 55):
        rows = cells_of_all[first : first + 55]
        shown("A")
        code = [f"BT {name} 7 Tf 0.1 0.15 0.2 rg"]
        y = SHEET.top
        for cells in (heads, *rows):
            for left, right, number, text in zip(lefts, rights, numeric, cells, strict=True):
                string, width = shown(text)
                code.append(f"1 0 0 1 {right - width if number else left:.2f} {y:.2f} Tm ({string}) Tj")
            y -= 13.0
        code.append("ET 0.89 0.91 0.93 RG 0.5 w")
        code.append(
            " ".join(
                f"42.5 {SHEET.top - 4 - 13 * n:.2f} m 552.8 {SHEET.top - 4 - 13 * n:.2f} l" for n in range(len(rows))
            )
        )
        code.append("S")
        canvas._code.extend(code)  # noqa: SLF001 - as above
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def html_of(found: Report) -> str:
    """The report as HTML with the charts as SVG, for engines that print HTML."""
    from html import escape

    from qms_reports.charts.layout import draw
    from qms_reports.charts.picture import to_svg

    parts = [
        (
            "<html lang='en'><head><title>Report</title><style>@page{size:A4;margin:21mm 15mm;"
            "@bottom-right{content:'Page ' counter(page) ' of ' counter(pages)}}body{font:8.5pt sans-serif}"
            "table{border-collapse:collapse;width:100%;font-size:8pt}td{border-bottom:.5pt solid #E4E9ED;padding:3pt}"
            f"figure{{display:inline-block;margin:0}}</style></head><body><h1>{escape(found.title)}</h1>"
        )
    ]
    for section in found.sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        for block in section.blocks:
            if isinstance(block, Paragraph):
                parts.append(f"<p>{escape(block.text)}</p>")
            elif isinstance(block, Figures):
                for one in block.charts:
                    drawing = to_svg(draw(one))
                    parts.append(f"<figure>{drawing}</figure>")
            else:
                head = "".join(f"<th>{escape(column.name)}</th>" for column in block.columns)
                rows = "".join(
                    "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in printed(block)
                )
                parts.append(f"<h3>{escape(block.title)}</h3><table><thead><tr>{head}</tr></thead>{rows}</table>")
    return "".join((*parts, "</body></html>"))


def weasyprint(found: Report) -> bytes:
    """The report by WeasyPrint, tagged (PDF/UA-1)."""
    from weasyprint import HTML

    content: bytes = HTML(string=html_of(found)).write_pdf(pdf_variant="pdf/ua-1")
    return content


def fpdf2(found: Report) -> bytes:
    """The report by fpdf2, charts as SVG; not tagged."""
    from fpdf import FPDF

    from qms_reports.charts.layout import draw
    from qms_reports.charts.picture import to_svg

    pdf = FPDF(unit="pt", format="A4")
    pdf.add_font("Inter", "", str(typeface.font_path(typeface.REGULAR)))
    pdf.set_margins(SHEET.margin, 60)
    pdf.set_auto_page_break(auto=True, margin=66)
    pdf.add_page()
    for section in found.sections:
        pdf.set_font("Inter", size=13)
        pdf.cell(0, 20, section.title, new_x="LMARGIN", new_y="NEXT")
        for block in section.blocks:
            pdf.set_font("Inter", size=8.5)
            if isinstance(block, Paragraph):
                pdf.multi_cell(0, 12.5, block.text, new_x="LMARGIN", new_y="NEXT")
            elif isinstance(block, Figures):
                if pdf.will_page_break(195):
                    pdf.add_page()
                top = pdf.get_y()
                for number, one in enumerate(block.charts):
                    drawing = to_svg(draw(one))
                    pdf.image(io.BytesIO(drawing.encode()), x=SHEET.margin + 265 * number, y=top, w=245, h=190)
                pdf.set_y(top + 195)
            else:
                with pdf.table(first_row_as_headings=False, line_height=12) as grid:
                    for cells in (tuple(column.name for column in block.columns), *printed(block)):
                        row = grid.row()
                        for cell in cells:
                            row.cell(cell)
    return bytes(pdf.output())


def typst(found: Report) -> bytes:
    """The report by Typst, charts as SVG, tagged (PDF/UA-1)."""
    import tempfile
    from pathlib import Path

    import typst as engine

    from qms_reports.charts.layout import draw
    from qms_reports.charts.picture import to_svg

    with tempfile.TemporaryDirectory() as folder:
        parts = [
            (
                '#set document(title: "Report")\n#set text(font: "Inter", size: 8.5pt, lang: "en")\n'
                '#set page(paper: "a4", margin: 21mm, numbering: "1 / 1")\n'
                f"= {found.title}\n"
            )
        ]
        for section in found.sections:
            parts.append(f"== {section.title}\n")
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    parts.append(f"{block.text}\n\n")
                elif isinstance(block, Figures):
                    names = []
                    for one in block.charts:
                        drawing = to_svg(draw(one))
                        file = Path(folder) / f"{one.specification.id}.svg"
                        file.write_text(drawing, "utf-8")
                        names.append(f'image("{file.name}", alt: "Chart", width: 48%)')
                    parts.append(f"#stack(dir: ltr, {', '.join(names)})\n")
                else:
                    cells = [column.name for column in block.columns]
                    body = [f"[{cell}]" for row in printed(block) for cell in row]
                    head = ", ".join(f"[{cell}]" for cell in cells)
                    parts.append(
                        f"=== {block.title}\n#table(columns: {len(cells)}, table.header({head}), {', '.join(body)})\n"
                    )
        source = Path(folder) / "report.typ"
        source.write_text("".join(parts))
        content: bytes = engine.compile(
            str(source), pdf_standards=["ua-1"], font_paths=[str(typeface.font_path(typeface.REGULAR).parent)]
        )
        return content


OTHERS: dict[str, tuple[str, Callable[[Report], bytes]]] = {
    "Typst, tagged": ("typst", typst),
    "fpdf2": ("fpdf", fpdf2),
    "WeasyPrint, tagged": ("weasyprint", weasyprint),
}
