"""What differs between two reports is found, said and shown; what does not differ is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qms_reports.reports.comparing import as_text, changed_records, compare
from qms_reports.reports.comparison_document import comparison_report
from qms_reports.reports.document import Appendix, Figures, Report, Table
from qms_reports_tests.reports.sample_report import OPEN_DEVIATIONS, REPORT

RECORDS = replace(OPEN_DEVIATIONS, id="records")
BEFORE = replace(REPORT, appendices=(Appendix("deviations_closed_on_time", "Closed on time", "92.3 %", "", RECORDS),))


def changed() -> Report:
    """The same report later: a figure moved, a record is new, one is gone, one changed, and a chart's last point."""
    tile = replace(BEFORE.tiles[0], value=90.0, text="90.0", fraction="36 of 40", status="good")
    rows = list(RECORDS.rows)
    new = ("DEV-2024-9999", *rows[0][1:])
    moved = (rows[1][0], "Another title", *rows[1][2:])
    appendix = replace(BEFORE.appendices[0], table=replace(RECORDS, rows=(*rows[2:], moved, new)))
    part = replace(BEFORE.sections[0], tiles=(tile, *BEFORE.sections[0].tiles[1:]))
    blocks = []
    for block in part.blocks:
        if isinstance(block, Table):
            blocks.append(replace(block, rows=block.rows[1:]))
        elif isinstance(block, Figures):
            first = block.charts[0]
            run = first.series[0]
            run = replace(run, values=(*run.values[:-1], 99.0))
            blocks.append(Figures((replace(first, series=(run, *first.series[1:])), *block.charts[1:])))
        else:
            blocks.append(block)
    sections = (replace(part, blocks=tuple(blocks)), *BEFORE.sections[1:])
    definition = replace(BEFORE.definitions[0], version="3", formula="Another formula")
    return replace(
        BEFORE, version="2", tiles=(tile, *BEFORE.tiles[1:]), appendices=(appendix,), sections=sections,
        definitions=(definition, *BEFORE.definitions[1:]),
    )  # fmt: skip


def test_a_report_does_not_differ_from_itself():
    found = compare(BEFORE, BEFORE)
    assert found.equal
    assert as_text(found).endswith("The two reports say the same.")


def test_every_kind_of_difference_is_found_and_nothing_else():
    found = compare(BEFORE, changed())
    figures = {(d.place, d.part, d.before, d.after) for d in found.of("figures")}
    title = BEFORE.tiles[0].title
    assert figures == {(title, "", "92.3 %", "90.0 %"), (title, "parts", "36 of 39", "36 of 40")}
    gone = str(OPEN_DEVIATIONS.rows[0][0])
    assert {(d.item, d.mark) for d in found.of("tables")} == {(gone, "removed")}
    assert {d.after for d in found.of("charts")} == {"99"}
    moved = str(OPEN_DEVIATIONS.rows[1][0])
    assert {(d.item, d.mark) for d in found.of("records")} == {
        (gone, "removed"), (moved, "changed"), ("DEV-2024-9999", "added"),
    }  # fmt: skip
    assert set(changed_records(found.differences)) == {gone, moved, "DEV-2024-9999"}
    assert {d.part for d in found.of("definitions")} == {"version", "formula"}


def test_a_figure_that_is_printed_alike_but_computed_otherwise_differs():
    tile = replace(BEFORE.tiles[0], value=92.31)
    (found,) = compare(BEFORE, replace(BEFORE, tiles=(tile, *BEFORE.tiles[1:]))).differences  # on the first page only
    assert "92.3076923077" in found.before
    assert "92.31" in found.after


def test_equal_rows_are_counted_so_that_a_lost_one_is_noticed():
    table = replace(OPEN_DEVIATIONS, rows=(OPEN_DEVIATIONS.rows[0],) * 3)
    two = replace(table, rows=table.rows[:2])

    def holding(shown: Table) -> Report:
        return replace(REPORT, sections=(replace(REPORT.sections[0], blocks=(shown,)),))

    assert [d.mark for d in compare(holding(table), holding(two)).differences] == ["removed"]


def test_the_text_marks_what_changed_came_and_went():
    lines = as_text(compare(BEFORE, changed())).splitlines()
    assert any(line.startswith("  ~ ") and "92.3 % → 90.0 %" in line for line in lines)
    assert any(line.startswith("  + ") and "DEV-2024-9999" in line for line in lines)
    assert any(line.startswith("  − ") for line in lines)


@pytest.mark.parametrize("tag", ["en", "de"])
def test_the_comparison_is_a_document_with_both_values_and_the_same_bytes(tag):
    from qms_reports.reports.html_writer import write_html
    from qms_reports.reports.pdf_writer import write_pdf

    document = comparison_report(compare(BEFORE, replace(changed(), language=tag)))
    tables = [block for part in document.sections for block in part.blocks if isinstance(block, Table)]
    cells = {cell for table in tables for row in table.rows for cell in row}
    assert {"92.3 %", "90.0 %"} <= cells
    assert any(isinstance(block, Figures) for part in document.sections for block in part.blocks)
    assert write_pdf(document) == write_pdf(document)
    assert b"DEV-2024-9999" in write_html(document)
