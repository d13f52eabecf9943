"""Columns share the width of the page, and what is in them fits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qms_reports.charts import typeface
from qms_reports.reports.document import Column
from qms_reports.reports.table_columns import GUTTER, ColumnGrid, column_blocks, measure_columns, measure_texts

WIDTH = 510.0


def grid_of(columns: tuple, rows: list, width: float) -> ColumnGrid:
    return measure_columns(measure_texts(columns, rows), width)


WORDS = st.text("abcdefghijklmnop-_/ 0123456789", max_size=80)
TABLES = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.lists(
            st.builds(
                Column,
                name=WORDS,
                kind=st.sampled_from(["text", "integer", "number", "date"]),
                weight=st.floats(0.2, 5),
            ),
            min_size=count,
            max_size=count,
        ),
        st.lists(st.lists(WORDS, min_size=count, max_size=count), max_size=5),
    )
)


@given(TABLES)
@settings(deadline=None, max_examples=60)
def test_the_columns_fill_the_width_and_no_line_leaves_its_column(table: tuple) -> None:
    columns, rows = tuple(table[0]), table[1]
    grid = grid_of(columns, rows, WIDTH)
    assert sum(grid.widths) + GUTTER * (len(columns) - 1) <= WIDTH + 1e-6
    assert min(grid.widths) >= 0
    for number in range(len(columns)):
        for row in rows:
            for line in grid.cell_lines(number, row[number]):
                wide = typeface.text_width(line, typeface.REGULAR, grid.size)
                assert len(line) == 1 or wide <= grid.widths[number] + 1e-6


def test_figures_are_never_wrapped_while_a_text_can_give_way() -> None:
    columns = (Column("Title"), Column("Amount", "number"))
    grid = grid_of(columns, [("a long text " * 30, "12345678.90")], 200.0)
    assert grid.cell_lines(1, "12345678.90") == ("12345678.90",)
    assert len(grid.cell_lines(0, "a long text " * 30)) > 3


def test_a_weight_makes_a_text_column_wider() -> None:
    rows = [("some words in here " * 8, "some words in here " * 8)]
    even = grid_of((Column("A"), Column("B")), rows, WIDTH)
    uneven = grid_of((Column("A"), Column("B", weight=3.0)), rows, WIDTH)
    assert even.widths[0] == even.widths[1]
    assert uneven.widths[1] > 1.5 * uneven.widths[0]


def test_a_file_name_breaks_after_a_sign_not_in_a_word() -> None:
    columns = (Column("File"),)
    name = "deviations_2024-05_export_site_north.csv"
    grid = grid_of(columns, [(name,)], 100.0)
    lines = grid.cell_lines(0, name)
    assert len(lines) > 1
    assert "".join(lines) == name
    assert all(line[-1] in "_-." for line in lines[:-1])


def test_a_file_name_takes_two_lines_and_keeps_its_ending() -> None:
    name = "quality_events_2024.csv"
    columns = (Column("Record"), Column("File"), *(Column(f"Date {number}", "date") for number in range(6)))
    rows = [("Neurolan 25 mg in blisters", name, *("2024-12-31" for _ in range(6)))]
    for width in (380.0, 420.0, 460.0):
        grid = grid_of(columns, rows, width)
        lines = grid.cell_lines(1, name)
        assert "".join(lines) == name
        assert len(lines) <= 2
        assert lines[-1] != "csv"


def test_columns_that_no_page_holds_are_shared_out_among_blocks_that_repeat_the_first() -> None:
    columns = (Column("Record"), *(Column(f"Measured value {number}", "number") for number in range(30)))
    rows = [(f"REC-{row:05d}", *(f"{1000 * number + row}.25" for number in range(30))) for row in range(5)]
    blocks = column_blocks(measure_texts(columns, rows), WIDTH)
    assert len(blocks) > 1
    assert [number for block in blocks for number in block if number] == list(range(1, 31))
    for block in blocks:
        assert block[0] == 0
        part = tuple(columns[number] for number in block)
        grid = grid_of(part, [tuple(row[number] for number in block) for row in rows], WIDTH)
        assert grid.size >= 6.0
        assert grid.head_size >= 6.0
        assert not any(grid.wraps)
    assert column_blocks(measure_texts(columns[:6], [row[:6] for row in rows]), WIDTH) == [(0, 1, 2, 3, 4, 5)]
