"""Workbooks as companies have them, made for the tests of filling them: everything in it that must survive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from PIL import Image

BODY = (("A-1", 3.5, "open"), ("A-2", 4.5, "closed"), ("A-3", 1.0, "open"))


def company_workbook() -> bytes:  # noqa: PLR0915 - a list of what there is
    """Sheets with a logo, shapes, charts, conditional formats, comments, names, validation, a table with totals."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold = book.add_format({"bold": True, "bg_color": "#12436D", "font_color": "white"})
    number = book.add_format({"num_format": "#,##0.0", "border": 1})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    percent = book.add_format({"num_format": "0.0%"})
    front = book.add_worksheet("Cover & more")
    data = book.add_worksheet("Data")
    other = book.add_worksheet("Untouched")
    logo = io.BytesIO()
    Image.new("RGB", (40, 20), "#12436D").save(logo, "PNG")
    front.insert_image("E1", "logo.png", {"image_data": logo, "description": "Logo"})
    front.insert_textbox("E5", "Company's own words", {"description": "A box"})
    front.write("A1", "Our monthly report", bold)
    for row, (label, style) in enumerate((("Value", number), ("Share", percent), ("Day", day), ("Text", None)), 3):
        front.write(row, 0, label)
        front.write_blank(row, 1, None, style) if style else front.write(row, 1, "old text")
    front.write_formula("B9", "=B4*2", number, 84)
    front.merge_range("A11:C11", "merged", bold)
    front.write_comment("B4", "filled by the quality system")
    front.set_column("A:B", 18)
    front.set_landscape()
    front.set_footer("&CPage &P of &N")
    book.define_name("Headline", "='Cover & more'!$B$7")
    book.define_name("Area", "=Data!$A$3:$C$6")
    for row, record in enumerate(BODY, 2):
        data.write_row(row, 0, record)
        data.write_formula(row, 3, "=Cases[[#This Row],[Hours]]*2", number, record[1] * 2)
    columns = [
        {"header": "Case"},
        {"header": "Hours", "format": number, "total_function": "sum", "total_value": 9.0},
        {"header": "State"},
        {
            "header": "Twice",
            "formula": "=Cases[[#This Row],[Hours]]*2",
            "format": number,
            "total_function": "sum",
            "total_value": 18.0,
        },
    ]
    data.add_table("A2:D6", {"name": "Cases", "columns": columns, "total_row": True, "data": BODY})
    data.conditional_format("B3:B5", {"type": "data_bar"})
    data.data_validation("C3:C5", {"validate": "list", "source": ["open", "closed"]})
    data.write("A30", "a remark far below")
    data.write_row("G2", ["Month", "Opened"])
    for row, (month, opened) in enumerate((("Jan", 1), ("Feb", 2), ("Mar", 3), ("Apr", 4)), 2):
        data.write_row(row, 6, (month, opened))
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": "=Data!$H$2", "categories": "=Data!$G$3:$G$6", "values": "=Data!$H$3:$H$6"})
    data.insert_chart("J2", chart)
    second = book.add_chart({"type": "line"})
    second.add_series({"values": "=Untouched!$A$1:$A$3"})
    other.insert_chart("D2", second)
    other.write_column("A1", (7, 8, 9))
    other.write_formula("B1", "=SUM(A1:A3)", None, 24)
    other.protect("secret")
    sums = book.add_worksheet("Sums")
    sums.write_formula("A1", "=SUM(Cases[Hours])", None, 9)
    sums.write_formula("A2", "=A1/2", None, 4.5)
    sums.write_formula("A3", "=SUM(Untouched!A1:A3)", None, 24)
    book.set_properties({"title": "Ours"})
    book.close()
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="B9" i="1"/></calcChain>'
    )
    theirs = {"customXml/item1.xml": b"<theirs xmlns='urn:theirs'>&#228;</theirs>", "xl/calcChain.xml": chain}
    return changed(buffer.getvalue(), _as_excel_writes_it, theirs)


def _as_excel_writes_it(name: str, content: bytes) -> bytes:
    """Totals that name their table, and an order of calculation, which XlsxWriter leaves out."""
    content = content.replace(b"SUBTOTAL(109,[", b"SUBTOTAL(109,Cases[")
    if name == "[Content_Types].xml":
        kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
        override = b'<Override PartName="/xl/calcChain.xml" ContentType="' + kind + b'"/>'
        content = content.replace(b"</Types>", override + b"</Types>")
    if name == "xl/_rels/workbook.xml.rels":
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
        relation = b'<Relationship Id="rId99" Type="' + kind + b'" Target="calcChain.xml"/>'
        content = content.replace(b"</Relationships>", relation + b"</Relationships>")
    if name == "xl/workbook.xml":
        content = content.replace(b' fullCalcOnLoad="1"', b"")
    return content


def changed(workbook: bytes, edit: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """The workbook with every part passed through `edit`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(name, old.read(name)))
        for name, content in (more or {}).items():
            if name not in old.namelist():
                new.writestr(name, content)
    return buffer.getvalue()


def parts_of(workbook: bytes) -> dict[str, bytes]:
    """Every part by name."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
