"""Pages fill in order, keep their bottom margin and lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.reports.flow import Lines, Solid, paginate

FIRST, TOP, BOTTOM = 600.0, 800.0, 60.0


def nothing(*_: object) -> None:
    """Paints nothing: only the places count here."""


BLOCKS = st.lists(
    st.one_of(
        st.builds(
            Solid,
            height=st.floats(1, 500),
            paint=st.just(nothing),
            gap=st.floats(0, 30),
            keep=st.booleans(),
        ),
        st.builds(
            Lines,
            count=st.integers(0, 200),
            leading=st.floats(6, 20),
            paint_range=st.just(nothing),
            gap=st.floats(0, 30),
            keep=st.booleans(),
        ),
    ),
    max_size=30,
)


@given(BLOCKS)
def test_every_block_is_set_within_the_page_and_above_the_next(blocks: list[Solid | Lines]) -> None:
    pages = paginate(blocks, FIRST, TOP, BOTTOM)
    for number, page in enumerate(pages):
        y = FIRST if number == 0 else TOP
        for top, piece in page:
            assert top <= y + 1e-6
            y = top - piece.height
            assert y >= BOTTOM - 0.02
    wanted = sum(block.height if isinstance(block, Solid) else block.count * block.leading for block in blocks)
    assert sum(piece.height for page in pages for _, piece in page) == pytest.approx(wanted, abs=1e-6)


def test_a_kept_block_moves_to_the_page_of_what_follows() -> None:
    blocks = [Solid(500, nothing), Solid(20, nothing, keep=True), Solid(100, nothing)]
    first, second = paginate(blocks, FIRST, TOP, BOTTOM)
    assert [piece.height for _, piece in first] == [500]
    assert [piece.height for _, piece in second] == [20, 100]


def test_no_line_is_left_alone() -> None:
    room = 54.0
    for count in range(2, 30):
        (_, *_), *_ = pages = paginate([Solid(540 - room, nothing), Lines(count, 10, nothing)], FIRST, TOP, BOTTOM)
        parts = [piece.height for page in pages for _, piece in page][1:]
        assert min(parts) >= 20


def test_a_block_higher_than_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="higher than a page"):
        paginate([Solid(900, nothing)], FIRST, TOP, BOTTOM)


def test_nothing_to_set_is_one_empty_page() -> None:
    assert paginate([], FIRST, TOP, BOTTOM) == [[]]
