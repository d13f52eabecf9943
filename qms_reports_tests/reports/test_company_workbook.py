"""A company's own workbook: what is declared is filled, everything else is the company's, byte for byte."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.declarations.template_models import CellFill, RangeFill, TableFill, WorkbookModel
from qms_reports.reports import company_workbook_package
from qms_reports.reports.company_workbook import fill_workbook
from qms_reports.reports.company_workbook_xml import scan
from qms_reports.reports.document import Cell, Column, Figure, Table
from qms_reports_tests.reports.company_workbooks import changed, company_workbook, parts_of

COVER = "'Cover & more'"
CASES = Table(
    "cases",
    "Cases",
    (Column("Number"), Column("Hours", "number", 1), Column("State", "status")),
    tuple((f"B-{i}", i * 1.5, "bad:=late" if i % 2 else "good:in time") for i in range(12)),
)
OPENED = Chart(ChartSpecification("opened", "bar", "Opened"), ("May", "Jun", "Jul"), (Series("N", (10.0, None, 12.5)),))
VALUES: dict[str, Cell] = {
    "hours": 42.25,
    "share": Figure(98.2, 1, percent=True),
    "day": dt.date(2024, 5, 31),
    "said": "=1+1 <&>",
    "none": None,
}
TABLE = TableFill(table="Cases", rows="cases", columns={"Case": "Number", "Hours": "Hours", "State": "State"})
MODEL = WorkbookModel(
    file="ours.xlsx",
    cells=(
        CellFill(cell=f"{COVER}!B4", value="hours"),
        CellFill(cell=f"{COVER}!$B$5", value="share"),
        CellFill(cell=f"{COVER}!B6", value="day"),
        CellFill(cell="Headline", value="said"),
    ),
    tables=(TABLE,),
    ranges=(RangeFill(range="Data!G3:H6", chart="opened"),),
)


@pytest.fixture(scope="module")
def source() -> bytes:
    return company_workbook()


def fill(source: bytes, model: WorkbookModel = MODEL, cases: Table = CASES, values: dict[str, Cell] = VALUES) -> bytes:
    return fill_workbook(source, model, values.__getitem__, {"cases": cases}, {"opened": OPENED})


@pytest.fixture(scope="module")
def filled(source: bytes) -> bytes:
    return fill(source)


@pytest.fixture(scope="module")
def book(filled: bytes) -> Any:
    return load_workbook(io.BytesIO(filled))


def only(**parts: Any) -> WorkbookModel:
    return WorkbookModel(file="ours.xlsx", **parts)


def cell(place: str, value: str = "hours") -> WorkbookModel:
    return only(cells=(CellFill(cell=place, value=value),))


def test_every_part_but_the_filled_ones_is_what_it_was(source: bytes, filled: bytes) -> None:
    before, after = parts_of(source), parts_of(filled)
    assert [name for name in before if name not in after] == ["xl/calcChain.xml"]
    assert not [name for name in after if name not in before]
    assert {name for name in after if after[name] != before[name]} == {
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet4.xml",  # sums over the filled table, whose results are out of date
        "xl/tables/table1.xml",
        "xl/charts/chart1.xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
    }
    for name in ("xl/drawings/drawing1.xml", "xl/media/image1.png", "xl/styles.xml", "xl/comments1.xml",
                 "xl/charts/chart2.xml", "customXml/item1.xml", "xl/worksheets/sheet3.xml"):  # fmt: skip
        assert after[name] == before[name]
    assert after["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"") == before["xl/workbook.xml"]


def test_in_a_filled_sheet_only_the_filled_cells_differ(source: bytes, filled: bytes) -> None:
    name = "xl/worksheets/sheet1.xml"
    before, after = parts_of(source)[name].decode(), parts_of(filled)[name].decode()
    cells = re.compile(r'<c r="(?:B4|B5|B6|B7)"(?:[^>]*/>|.*?</c>)')
    loose = re.compile(r' spans="[^"]*"|<v>84</v>|<dimension[^>]*>')
    assert loose.sub("", cells.sub("", after)) == loose.sub("", cells.sub("", before))


def test_cells_are_typed_and_keep_their_style(book: Any, source: bytes) -> None:
    sheet, old = book["Cover & more"], load_workbook(io.BytesIO(source))["Cover & more"]
    assert sheet["B4"].value == 42.25
    assert sheet["B5"].value == 0.982  # the cell shows percentages
    assert sheet["B6"].value == dt.datetime(2024, 5, 31)  # noqa: DTZ001 - cells have no zone
    assert (sheet["B7"].value, sheet["B7"].data_type) == ("=1+1 <&>", "s")
    for place in ("B4", "B5", "B6"):
        assert sheet[place].number_format == old[place].number_format
    assert sheet["B9"].value == "=B4*2"


def test_the_table_grows_with_its_totals_formats_and_formulas(book: Any, filled: bytes) -> None:
    sheet = book["Data"]
    table = sheet.tables["Cases"]
    assert (table.ref, table.autoFilter.ref) == ("A2:D15", "A2:D14")
    rows = [[cell.value for cell in row] for row in sheet["A3:D14"]]
    assert rows == [
        [f"B-{i}", i * 1.5, "=late" if i % 2 else "in time", "=Cases[[#This Row],[Hours]]*2"] for i in range(12)
    ]
    assert {sheet.cell(row, 2).number_format for row in range(3, 16)} == {"#,##0.0"}
    assert [sheet.cell(15, column).value for column in (2, 4)] == [
        "=SUBTOTAL(109,Cases[Hours])",
        "=SUBTOTAL(109,Cases[Twice])",
    ]
    assert sheet["A30"].value == "a remark far below"
    content = parts_of(filled)["xl/worksheets/sheet2.xml"].decode()
    assert '<conditionalFormatting sqref="B3:B14">' in content
    assert 'sqref="C3:C14"' in content
    assert not re.search(r"</f><v>", content)  # no result of last month


def test_the_chart_remembers_the_new_numbers(filled: bytes) -> None:
    root = scan(parts_of(filled)["xl/charts/chart1.xml"], "chart")
    values = next(root.all("numCache"))
    assert [(node.attributes["idx"], next(node.all("v")).text) for node in values.all("pt")] == [
        ("0", "10.0"),
        ("2", "12.5"),
    ]
    names = list(root.all("strCache"))[-1]
    assert [next(node.all("v")).text for node in names.all("pt")] == ["May", "Jun", "Jul"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_computes_the_formulas_and_shows_the_values(filled: bytes, tmp_path: Path) -> None:
    (tmp_path / "ours.xlsx").write_bytes(filled)
    office = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    convert = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "again", "ours.xlsx"]
    subprocess.run([*office, *convert], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    again = CalamineWorkbook.from_path(str(tmp_path / "again" / "ours.xlsx"))

    def shown(sheet: str, row: int, column: int) -> object:
        return again.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[row - 1][column - 1]

    assert shown("Cover & more", 4, 2) == 42.25
    assert shown("Cover & more", 7, 2) == "=1+1 <&>"
    assert shown("Cover & more", 9, 2) == 84.5
    assert shown("Data", 14, 4) == 33.0
    assert shown("Data", 15, 2) == sum(i * 1.5 for i in range(12))
    assert shown("Sums", 2, 1) == sum(i * 1.5 for i in range(12)) / 2
    assert shown("Untouched", 1, 2) == 24


def test_an_auditor_of_office_files_finds_nothing(filled: bytes, tmp_path: Path) -> None:
    from openxml_audit import OpenXmlValidator

    (tmp_path / "ours.xlsx").write_bytes(filled)
    assert [str(error) for error in OpenXmlValidator().validate(tmp_path / "ours.xlsx").errors] == []


def test_the_same_input_gives_the_same_bytes(source: bytes, filled: bytes) -> None:
    assert fill(source) == filled


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_table_shrinks_and_keeps_one_empty_row(source: bytes, count: int) -> None:
    content = fill(source, only(tables=(TABLE,)), replace(CASES, rows=CASES.rows[:count]))
    sheet = load_workbook(io.BytesIO(content))["Data"]
    last = 2 + max(count, 1)
    assert sheet.tables["Cases"].ref == f"A2:D{last + 1}"
    assert [sheet.cell(row, 1).value for row in range(3, last + 1)] == [f"B-{i}" for i in range(count)] or [None]
    assert sheet.cell(last + 1, 2).value == "=SUBTOTAL(109,Cases[Hours])"
    assert [sheet.cell(row, 2).value for row in range(last + 2, 7)] == [None] * (6 - last - 1)
    assert sheet["H6"].value == 4


def test_a_table_that_would_run_over_other_content_names_the_cells(source: bytes) -> None:
    rows = tuple((f"B-{i}", 1.0, "good:x") for i in range(40))
    with pytest.raises(ValueError, match=r"'Cases' on 'Data' needs the rows down to 43 for 40 rows, .* stand A30;"):
        fill(source, cases=replace(CASES, rows=rows))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (cell("Covr & more!B4"), r"no sheet 'Covr & more'; did you mean 'Cover & more'"),
        (cell("Headlin"), r"no defined name 'Headlin'; did you mean 'Headline'"),
        (cell("Area"), r"'Area' stands for A3:C6, which is more than one cell"),
        (cell("Data!B"), r"'Data!B': expected a cell or range"),
        (cell(f"{COVER}!B9"), r"Cover & more!B9 holds a formula \(=B4\*2\) and is not overwritten"),
        (cell(f"{COVER}!C11"), r"C11 is part of the merged A11:C11: fill A11"),
        (only(tables=(TableFill(table="Case", rows="cases"),)), r"no table 'Case'; did you mean 'Cases'"),
        (
            only(tables=(TableFill(table="Cases", rows="casse"),)),
            r"no table 'casse' in the report; did you mean 'cases'",
        ),
        (only(tables=(TableFill(table="Cases", rows="cases"),)), r"column 'Case' is not declared, but A3, A4, A5 hold"),
        (
            only(tables=(TableFill(table="Cases", rows="cases", columns={"Cas": "Number"}),)),
            r"no column 'Cas'; did you mean 'Case'",
        ),
        (
            only(tables=(TableFill(table="Cases", rows="cases", columns={"Case": "Numbr"}),)),
            r"column 'Case': the report's table 'cases' has no column 'Numbr'; did you mean 'Number'",
        ),
        (
            only(tables=(TABLE.model_copy(update={"columns": {**TABLE.columns, "Twice": "Hours"}}),)),
            r"column 'Twice' is computed by a formula \(=Cases\[\[#This Row\],\[Hours\]\]\*2\) and is not filled",
        ),
        (only(ranges=(RangeFill(range="Data!G3:I6", chart="opened"),)), r"has 3 columns, but chart 'opened' has 2"),
        (only(ranges=(RangeFill(range="Data!G3:H4", chart="opened"),)), r"has 2 rows, but chart 'opened' has 3 points"),
        (only(ranges=(RangeFill(range="Data!G3:H6", chart="open"),)), r"no chart 'open' in the report; did you mean"),
        (
            only(cells=MODEL.cells[:1] * 2),
            r"Cover & more!B4 is declared twice",
        ),
        (
            only(cells=(CellFill(cell="Data!A4", value="hours"),), tables=(TABLE,)),
            r"'Cases': Data!A2:D15 is declared twice, or overlaps",
        ),
    ],
)
def test_a_declaration_that_does_not_fit_says_what_is_there_instead(
    source: bytes, model: WorkbookModel, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fill(source, model)


def test_a_value_that_no_cell_can_hold_is_refused_with_its_place(source: bytes) -> None:
    with pytest.raises(ValueError, match=r"Cover & more!B4: nan is no number"):
        fill(source, cell(f"{COVER}!B4"), values={"hours": float("nan")})


def test_new_cells_and_rows_are_put_in_order(source: bytes) -> None:
    places = ("D4", "A2", "B400", "ZZ4", "C9")
    content = fill(source, only(cells=tuple(CellFill(cell=f"{COVER}!{place}", value="hours") for place in places)))
    sheet = load_workbook(io.BytesIO(content))["Cover & more"]
    assert {sheet[place].value for place in places} == {42.25}
    xml = parts_of(content)["xl/worksheets/sheet1.xml"].decode()
    assert [int(n) for n in re.findall(r'<row r="(\d+)"', xml)] == sorted(
        int(n) for n in re.findall(r'<row r="(\d+)"', xml)
    )
    assert xml.index('r="B4"') < xml.index('r="D4"') < xml.index('r="ZZ4"')
    assert '<dimension ref="A1:ZZ400"/>' in xml


def test_a_day_in_a_cell_without_a_date_format_is_its_iso_text(source: bytes) -> None:
    content = fill(source, only(cells=(CellFill(cell="Untouched!F9", value="day"),)))
    assert load_workbook(io.BytesIO(content))["Untouched"]["F9"].value == "2024-05-31"


def test_a_sheet_with_a_namespace_prefix_is_filled_in_its_own_words(source: bytes) -> None:
    def prefixed(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet3.xml":
            return content
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", content.decode())
        return text.replace("xmlns=", "xmlns:x=", 1).encode()

    content = fill(changed(source, prefixed), only(cells=(CellFill(cell="Untouched!B2", value="said"),)))
    xml = parts_of(content)["xl/worksheets/sheet3.xml"].decode()
    assert '<x:c r="B2" t="inlineStr"><x:is><x:t>=1+1 &lt;&amp;&gt;</x:t></x:is></x:c>' in xml
    assert load_workbook(io.BytesIO(content))["Untouched"]["B2"].value == "=1+1 <&>"


def hostile(source: bytes) -> Iterator[tuple[bytes, str]]:
    def add(name: str, content: bytes = b"x") -> bytes:
        return changed(source, lambda _, old: old, {name: content})

    yield add("xl/vbaProject.bin"), r"has macros or controls \(xl/vbaProject.bin\)"
    yield add("xl/externalLinks/externalLink1.xml"), "links to data outside"
    yield add("xl/connections.xml"), "links to data outside"
    yield add("_xmlsignatures/sig1.xml"), "digital signature"
    macros = (b"spreadsheetml.sheet.main", b"spreadsheetml.sheet.macroEnabled.main")
    yield changed(source, lambda _, old: old.replace(*macros)), r"one with macros \(.xlsm\)"
    yield bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "is encrypted, or an .xls"
    yield b"PK\x03\x04 nothing", "no .xlsx file, or damaged"
    yield source[: len(source) // 2], "no .xlsx file, or damaged"
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    yield changed(source, lambda n, old: laughs if n.endswith("sheet1.xml") else old), "document type declaration"
    deep = b"<a>" * 300 + b"</a>" * 300
    yield changed(source, lambda n, old: deep if n.endswith("sheet1.xml") else old), "nested more than 200 deep"
    yield changed(source, lambda n, old: old[:-9] if n.endswith("sheet1.xml") else old), "no well-formed XML"
    other = b'<?xml version="1.0" encoding="UTF-16"?><worksheet/>'
    yield changed(source, lambda n, old: other if n.endswith("sheet1.xml") else old), "is written in UTF-16|well-formed"


@pytest.mark.parametrize("number", range(12))
def test_a_workbook_that_is_dangerous_or_would_break_is_refused(source: bytes, number: int) -> None:
    content, message = list(hostile(source))[number]
    with pytest.raises(ValueError, match=message):
        fill(content)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_workbook_package, "_MOST_BYTES", 20_000_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/media/{number}.bin", bytes(10_000_000))
    assert len(buffer.getvalue()) < 100_000
    with pytest.raises(ValueError, match="unpacks to 30,000,000 bytes, more than the 20,000,000 that are read"):
        fill(buffer.getvalue())
