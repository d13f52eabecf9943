"""Reading one YAML file into a `Declaration` that knows where each of its values stands.

A declaration is data plus positions. What the data must look like is a pydantic model's business: `parse` applies the
model and reports every violation at its line and column.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from qms_reports.declarations.composing import Node, RefusedError, compose
from qms_reports.declarations.issues import Issue, Position, Severity
from qms_reports.declarations.syntax import explain
from qms_reports.declarations.validating import did_you_mean, parse

__all__ = ["MAX_BYTES", "Declaration", "did_you_mean", "parse", "read_text", "read_yaml"]

MAX_BYTES = 10_000_000
Path = tuple[str | int, ...]

_FORBIDDEN = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_START = Position(1, 1)


@dataclass(frozen=True)
class Declaration:
    """One YAML file: its mapping, its text, and the place of every value in it.

    Attributes:
        file: The file as messages name it.
        data: The top-level mapping. Aliased parts are the same object wherever they appear: do not change them.
        text: The decoded text, without byte order mark, line ends as they are.
        sha256: Hash of the file's bytes (of the UTF-8 text when it was read from a string), in hexadecimal; of all
            files where others are included.
        included: The files that were merged into this one's mapping.
    """

    file: str
    data: dict[str, Any]
    text: str
    sha256: str
    _root: Node = field(repr=False, compare=False)
    included: "tuple[Declaration, ...]" = ()
    _moved: "dict[Path, tuple[Declaration, Path]]" = field(default_factory=dict, repr=False, compare=False)

    @property
    def files(self) -> tuple[str, ...]:
        """This file and all that are included in it."""
        return (self.file, *(part.file for part in self.included))

    def merged(
        self, data: dict[str, Any], included: "tuple[Declaration, ...]", moved: "dict[Path, tuple[Declaration, Path]]"
    ) -> "Declaration":
        """The same declaration with other files merged into its mapping.

        Args:
            data: The mapping as it is now.
            included: The files.
            moved: Paths in `data` of values that stand elsewhere: in which file, and at which path there.
        """
        digests = [f"{part.file}={part.sha256}" for part in included]
        digest = hashlib.sha256("\0".join([self.sha256, *digests]).encode()).hexdigest() if included else self.sha256
        return Declaration(self.file, data, self.text, digest, self._root, included, moved)

    def source(self, path: Path) -> "tuple[Declaration, Path]":
        """The file that a value stands in, and its path there: the declaration itself unless files are included."""
        for length in range(min(len(path), 2), 0, -1):
            if (found := self._moved.get(path[:length])) is not None:
                return found[0].source((*found[1], *path[length:]))
        return self, path

    def position(self, path: Path, *, key: bool = False) -> Position:
        """Return where the value at `path` starts, or its nearest existing ancestor when there is no such value.

        Args:
            path: Keys and list indexes from the top, for example `("columns", 2, "type")`.
            key: Return the position of the key instead of its value (list entries have no key: the entry itself).
        """
        if self._moved and (found := self.source(path))[0] is not self:
            return found[0].position(found[1], key=key)
        node, parent, step = self._root, None, None
        for index, part in enumerate(path):
            child = node.children.get(part)
            if child is None:
                return node.position
            node, parent, step = child, node, part
            if key and index == len(path) - 1:
                return parent.keys.get(str(step), node.position)
        return node.position

    def block_position(self, path: Path, offset_line: int, offset_column: int = 1) -> Position:
        """Return where a place inside a text value stands in the file.

        Exact for literal blocks (`|`) and text on one line. In folded (`>`), plain and quoted text over several lines
        the place is found by counting visible characters, so escapes in double quotes may shift it within its line.

        Args:
            path: Path of the text value.
            offset_line: Line within the value, from 1.
            offset_column: Column within that line, from 1.

        Returns:
            The place in the file; the position of the value itself (or its nearest ancestor) when it is not text.
        """
        if self._moved and (found := self.source(path))[0] is not self:
            return found[0].block_position(found[1], offset_line, offset_column)
        node: Node | None = self._root
        for part in path:
            node = None if node is None else node.children.get(part)
        if node is None or not isinstance(node.value, str):
            return self.position(path)
        lines = self.text.splitlines()
        start = _content_start(node, lines)
        if node.style == "|":
            place = _in_literal(node.value, lines, start.line, offset_line, offset_column)
        else:
            place = _by_counting(node.value, lines, start, offset_line, offset_column)
        return min(place, node.end) if node.end > start else place


def read_yaml(path: FilePath, display: str | None = None) -> tuple[Declaration | None, list[Issue]]:
    """Read a YAML file.

    Args:
        path: The file.
        display: How messages name the file; the path itself when omitted.

    Returns:
        The declaration (None when there is no mapping to speak of) and every issue found. A declaration may come with
        errors, such as a key given twice, so that its model can be checked all the same: ask `blocking(issues)`.
    """
    name = str(path) if display is None else display
    try:
        size = path.stat().st_size
        content = b"" if size > MAX_BYTES else path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        return None, [
            _issue(Severity.CRITICAL, name, _START, f"the file cannot be read: {reason}", code="structure.unreadable")
        ]
    if size > MAX_BYTES:
        return None, [_too_large(name, size)]
    digest = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} does not fit"
        return None, [
            _issue(
                Severity.ERROR,
                name,
                _end_of(before),
                message,
                "save the file with the encoding UTF-8",
                code="structure.encoding",
            )
        ]
    return _read(text, name, digest)


def read_text(text: str, file: str) -> tuple[Declaration | None, list[Issue]]:
    """Read YAML from a string; the same as `read_yaml` otherwise.

    Args:
        text: The YAML text.
        file: How messages name it.
    """
    content = text.encode("utf-8", errors="surrogatepass")
    if len(content) > MAX_BYTES:
        return None, [_too_large(file, len(content))]
    return _read(text.removeprefix("\ufeff"), file, hashlib.sha256(content).hexdigest())


def _read(text: str, file: str, digest: str) -> tuple[Declaration | None, list[Issue]]:
    odd = _FORBIDDEN.search(text)
    if odd is not None:
        message = f"character U+{ord(odd.group()):04X} is not allowed in YAML"
        return None, [
            _issue(
                Severity.ERROR,
                file,
                _end_of(text[: odd.start()]),
                message,
                "delete it; it is invisible",
                code="structure.encoding",
            )
        ]
    try:
        documents, flaws = compose(text)
    except RefusedError as refused:
        return None, [
            _issue(Severity.CRITICAL, file, refused.position, refused.message, refused.hint, code=refused.code)
        ]
    except yaml.YAMLError as error:
        position, message, hint = explain(error, text)
        return None, [_issue(Severity.ERROR, file, position, message, hint, code="structure.yaml")]
    issues = [
        _issue(
            Severity.ERROR,
            file,
            flaw.position,
            flaw.message,
            flaw.hint,
            path=".".join(map(str, flaw.path)),
            code=flaw.code,
        )
        for flaw in flaws
    ]
    if len(documents) > 1:
        hint = "one declaration per file: remove the line '---' or move what follows to a file of its own"
        issues.append(
            _issue(
                Severity.ERROR,
                file,
                documents[1].position,
                "a second YAML document starts here",
                hint,
                code="structure.second_document",
            )
        )
    root = documents[0] if documents else None
    if root is None or root.value is None:
        issues.append(
            _issue(
                Severity.ERROR,
                file,
                _START,
                "the file is empty",
                "write at least one 'key: value' line",
                code="structure.empty",
            )
        )
        return None, issues
    if not isinstance(root.value, dict):
        found = "a list" if isinstance(root.value, list) else "a single value"
        hint = "start with a line 'key: value'"
        issues.append(
            _issue(
                Severity.ERROR,
                file,
                root.position,
                f"expected a mapping at the top, found {found}",
                hint,
                code="structure.no_mapping",
            )
        )
        return None, issues
    return Declaration(file, root.value, text, digest, root), issues


def _issue(
    severity: Severity, file: str, position: Position, message: str, hint: str = "", *, path: str = "", code: str
) -> Issue:
    return Issue(severity, file, position.line, position.column, path, message, hint, code)


def _too_large(file: str, size: int) -> Issue:
    message = f"the file has {size:,} bytes; the limit is {MAX_BYTES:,}"
    return _issue(
        Severity.CRITICAL,
        file,
        _START,
        message,
        "a declaration is small: put data into a source",
        code="structure.too_large",
    )


def _end_of(text: str) -> Position:
    """Return the position just behind a text."""
    lines = (text + "\x00").splitlines()
    return Position(len(lines), len(lines[-1]))


def _content_start(node: Node, lines: list[str]) -> Position:
    """Return where a scalar's own characters start, behind anchor, tag, quote or block header."""
    line, column = node.position.line, node.position.column
    rest = "\n".join([lines[line - 1][column - 1 :], *lines[line : line + 2]])
    properties = _PROPERTIES.match(rest)
    if properties is not None:
        skipped = properties.group()
        if "\n" in skipped:
            line += skipped.count("\n")
            column = len(skipped) - skipped.rindex("\n")
        else:
            column += len(skipped)
    if node.style in ("|", ">"):
        return Position(line + 1, 1)
    return Position(line, column + 1) if node.style in ("'", '"') else Position(line, column)


def _in_literal(value: str, lines: list[str], first: int, line: int, column: int) -> Position:
    """Map into a literal block: its lines are the file's lines, moved right by one indentation."""
    parts = value.splitlines()
    line = max(1, min(line, len(parts)))
    indents = (
        len(lines[first + index - 1]) - len(part)
        for index, part in enumerate(parts)
        if part and first + index <= len(lines)
    )
    return Position(first + line - 1, next(indents, 0) + max(1, column))


def _by_counting(value: str, lines: list[str], start: Position, line: int, column: int) -> Position:
    """Map into text that YAML reflows: as many visible characters precede the place in the file as in the value."""
    parts = value.splitlines() or [""]
    line = max(1, min(line, len(parts)))
    before = "".join(parts[: line - 1]) + parts[line - 1][: max(0, column - 1)]
    target = parts[line - 1][column - 1 : column] if column > 0 else ""
    on_visible = bool(target.strip())
    remaining = sum(not character.isspace() for character in before) - (0 if on_visible else 1)
    for number in range(start.line, len(lines) + 1):
        first = start.column if number == start.line else 1
        for index, character in enumerate(lines[number - 1][first - 1 :], start=first):
            if character.isspace():
                continue
            if remaining <= 0:
                return Position(number, index if on_visible else index + 1)
            remaining -= 1
    return start
