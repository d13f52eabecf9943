"""Order of right-to-left text: as the Unicode consortium's examples and the Rust implementation have it."""

from __future__ import annotations

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.charts.bidi import base_level, levels, mirrored, visual_order

PIECES = st.sampled_from(
    [
        "a",
        "Zürich",
        "א",
        "בית",
        "ت",
        "شركة",
        "1",
        "23",
        "٤٥",
        " ",
        "  ",
        ",",
        ".",
        ":",
        "-",
        "+",
        "%",
        "€",
        "/",
        "(",
        ")",
        "[",
        "]",
        "«",
    ]
)


def shown(text: str) -> str:
    """A line as it stands on the page, character by character."""
    found = levels(text)
    return "".join(mirrored(text[place]) if found[place] % 2 else text[place] for place in visual_order(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oslo 12", "Oslo 12"),
        ("Site אבג, 98.2 %", "Site 98.2 ,גבא %"),
        ("Site \u2068אבג\u2069, 98.2 %", "Site \u2068גבא\u2069, 98.2 %"),
        ("\u2068אבג\u2069: \u20685 (abc)\u2069", "\u2068גבא\u2069: \u20685 (abc)\u2069"),
        ("אבג 123 דהו", "והד 123 גבא"),
        ("אבג (abc) דהו", "והד (abc) גבא"),
        ("abc (אבג) def", "abc (גבא) def"),
        ("شركة 12/34 x", "x 12/34 ةكرش"),
    ],
)
def test_lines_are_ordered_as_people_read_them(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_line_is_ordered_as_the_reference_implementation_does(text: str) -> None:
    base = "R" if base_level(text) else "L"
    order = visual_order(levels(text))
    assert "".join(text[place] for place in order) == get_display(text, base_dir=base)  # which mirrors no bracket
