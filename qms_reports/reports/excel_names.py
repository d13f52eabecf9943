"""Names that Excel accepts: of sheets, of tables, of table columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_SHEET = 31
_LONGEST_HEAD = 255
_RESERVED = "history"


def _free(name: str, taken: set[str], longest: int) -> str:
    """The name, with a number behind it if it is taken; marked as taken from now on."""
    candidate, number = name[:longest], 1
    while candidate.casefold() in taken:
        number += 1
        suffix = f" ({number})"
        candidate = name[: longest - len(suffix)].rstrip() + suffix
    taken.add(candidate.casefold())
    return candidate


class SheetNames:
    """Hands out sheet names: unique regardless of case, at most 31 characters, legal, never ``History``."""

    def __init__(self) -> None:
        self._taken = {_RESERVED}

    def new(self, wish: str) -> str:
        """A name as near to the wish as the rules allow."""
        name = " ".join(_ILLEGAL.sub(" ", wish).split()).strip("'")
        if len(name) > _LONGEST_SHEET:
            name = name[: _LONGEST_SHEET - 1].rstrip() + "…"
        return _free(name.strip("'") or "Sheet", self._taken, _LONGEST_SHEET)


class TableNames:
    """Hands out table names: letters, digits and underscores, unique in the workbook, never like a cell address."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wish: str) -> str:
        """A name as near to the wish as the rules allow."""
        name = "table_" + re.sub(r"[^A-Za-z0-9_]+", "_", wish)
        candidate, number = name[:200], 1
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{name[:200]}_{number}"
        self._taken.add(candidate.casefold())
        return candidate


def unique_heads(heads: Iterable[str]) -> list[str]:
    """Column heads of an Excel table: not empty, one line, at most 255 characters, unique regardless of case."""
    taken: set[str] = set()
    return [_free(" ".join(head.split()) or "Column", taken, _LONGEST_HEAD) for head in heads]
