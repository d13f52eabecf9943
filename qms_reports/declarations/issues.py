"""What can be wrong with a declaration, said so that its author can mend it: where, what, how.

An issue is plain data. Nothing here raises, prints or decides what happens next; the one exception class,
`Complaint`, is what a model's own validator raises when it can say exactly which key is at fault.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """How much an issue matters.

    INFO and WARNING leave the declaration usable. ERROR means this declaration cannot be used as written.
    CRITICAL means that the whole file was refused before its content was looked at (too large, too deep, unreadable).
    """

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order from INFO (0) to CRITICAL (3)."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text file; line and column count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Issue:
    """One complaint about one place in one file.

    Attributes:
        severity: How much it matters.
        file: The file as the reader of the message knows it.
        line: Line, from 1.
        column: Column in characters, from 1.
        field: Dotted path of the value (`columns.2.type`, list entries count from 0); empty for the file as a whole.
        message: What is wrong.
        hint: How to mend it; may be empty.
        code: What kind of thing it is, ``sql.unknown_column``: it stays the same when the words change.
    """

    severity: Severity
    file: str
    line: int
    column: int
    field: str
    message: str
    hint: str = ""
    code: str = ""

    @property
    def category(self) -> str:
        """What it is about: structure, sources, charts, parameters, text, sql, performance or data_quality."""
        return self.code.partition(".")[0]

    @property
    def url(self) -> str:
        """Where the documentation tells more; empty if there is nothing to tell."""
        return f"{DOCUMENTATION}#{self.code.replace('.', '')}" if self.code else ""

    def __str__(self) -> str:
        """One line in the form that editors and terminals make clickable."""
        field = f"{self.field}: " if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        link = f" [{self.url}]" if self.url else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity.value}: {field}{self.message}{hint}{link}"


DOCUMENTATION = "docs/issues.md"
"""The page that tells of every code, written by `issue_codes`."""


class Complaint(ValueError):  # noqa: N818  it reads as what it is: a validator's complaint about a declaration
    """A model validator's objection that names the key at fault.

    Pydantic collects it like any ValueError; `parse` turns it into an issue at the position of `at`.

    Args:
        message: What is wrong.
        at: Path below the value being validated, for example `("columns", 2, "type")`.
        hint: How to mend it.
        code: What kind of thing it is.
    """

    def __init__(
        self, message: str, at: tuple[str | int, ...] = (), hint: str = "", code: str = "structure.contradiction"
    ) -> None:
        super().__init__(message)
        self.at = at
        self.hint = hint
        self.code = code


def worst(issues: Iterable[Issue]) -> Severity | None:
    """Return the highest severity among the issues, or None when there are none."""
    return max((issue.severity for issue in issues), key=lambda severity: severity.rank, default=None)


def blocking(issues: Iterable[Issue]) -> bool:
    """Say whether any issue forbids using the declaration (ERROR or CRITICAL)."""
    return any(issue.severity.rank >= Severity.ERROR.rank for issue in issues)
