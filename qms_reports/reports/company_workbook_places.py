"""Cells and rectangles of cells by their addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"^\$?([A-Z]{1,3})\$?([0-9]{1,7})$")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, counted from 1, its edges included."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def parse(cls, text: str) -> Area:
        """``B4`` or ``A2:C14``, with or without dollar signs.

        Raises:
            ValueError: No address.
        """
        first, _, last = text.partition(":")
        found = [_ADDRESS.match(part) for part in (first, last or first)]
        if found[0] is None or found[1] is None:
            raise ValueError(f"{text!r} is no cell or range; expected B4 or A2:C14")
        columns = sorted(column_number(match.group(1)) for match in found if match)
        rows = sorted(int(match.group(2)) for match in found if match)
        return cls(columns[0], rows[0], columns[1], rows[1])

    def __str__(self) -> str:
        first, last = address(self.left, self.top), address(self.right, self.bottom)
        return first if first == last else f"{first}:{last}"

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        apart = self.right < other.left or other.right < self.left or self.bottom < other.top or other.bottom < self.top
        return not apart


def column_number(letters: str) -> int:
    """3 for ``C``."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def address(column: int, row: int) -> str:
    """``C4`` for column 3 and row 4."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
