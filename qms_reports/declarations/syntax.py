"""The YAML parser's own complaints, in plain words with a way to mend them."""

import yaml

from qms_reports.declarations.issues import Position

_HINTS = (
    ("mapping values are not allowed", "put text that contains ': ' in quotes, or mend the indentation"),
    ("could not find expected ':'", "a key needs ': ' behind it; check this line and the one above"),
    ("block end", "lines of one mapping or list must start in the same column"),
    ("expected key", "lines of one mapping must start in the same column; in '{...}' put ', ' between entries"),
    ("'-' indicator", "lines of one list must start in the same column, each with '- '"),
    ("block sequence entries are not allowed", "start the list on a line of its own"),
    ("expected ',' or", "close the bracket, or put ', ' between entries"),
    ("unexpected end of stream", "close the quote"),
    ("escape", "a backslash in double quotes starts an escape: use single quotes or write two backslashes"),
    ("anchor", "put text that starts with '&' or '*' in quotes"),
    ("alias", "put text that starts with '&' or '*' in quotes"),
    ("block scalar", "behind '|' or '>' the text starts on the next line, indented"),
    ("indentation", "check the indentation of the block"),
    ("tag", "put text that starts with '!' in quotes"),
    ("directive", "put text that starts with '%' in quotes"),
    ("document start", "everything must be indented below the first line's mapping"),
)
_TAB_HINT = "indent with spaces"
_QUOTE_HINT = "put text that starts with {!r} in quotes"


def explain(error: yaml.YAMLError, text: str) -> tuple[Position, str, str]:
    """Turn a parser's exception into a position, a message and a hint.

    Args:
        error: What the parser raised.
        text: The text that it was given.
    """
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    if mark is None:
        return Position(1, 1), f"this is not YAML: {problem}", ""
    position = Position(mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation:
        return Position(position.line, indentation.index("\t") + 1), "a tab is used for indentation", _TAB_HINT
    character = line[mark.column : mark.column + 1]
    context = getattr(error, "context", None)
    start = getattr(error, "context_mark", None)
    where = ""
    if context and start is not None and start.line != mark.line:
        where = f" {context}, which began at line {start.line + 1}, column {start.column + 1}"
    if "cannot start any token" in problem and character:
        return position, f"unexpected character {character!r}", _QUOTE_HINT.format(character)
    hint = next((hint for words, hint in _HINTS if words in problem), "")
    return position, f"this is not YAML: {problem}{where}", hint
