"""The grammar of expressions in text: Python's own, reduced to what depends on nothing but declared names.

``{{ … }}`` holds one expression.  It is parsed by `ast` and never compiled; every kind of node that is not listed here
is refused, so there is no call but of a listed function, no attribute but of a declared record, no loop and no code.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import lru_cache

MAX_TEXT = 20_000
MAX_EXPRESSION = 2_000
MAX_PARTS = 200
MAX_NODES = 300
MAX_DEPTH = 40
MAX_NUMBER = 10**15

CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
_NODES: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.IfExp,
    ast.Call, ast.Attribute, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List,
)  # fmt: skip
_WORDS: dict[type[ast.AST], str] = {
    ast.Subscript: "brackets [ ]", ast.Lambda: "functions", ast.ListComp: "loops", ast.GeneratorExp: "loops",
    ast.SetComp: "loops", ast.DictComp: "loops", ast.Dict: "braces { }", ast.Set: "braces { }", ast.Pow: "'**'",
    ast.Mod: "'%'", ast.FloorDiv: "'//'", ast.Is: "'is'", ast.IsNot: "'is not'", ast.JoinedStr: "f-texts",
    ast.Starred: "'*'", ast.NamedExpr: "':='", ast.Await: "'await'", ast.Yield: "'yield'",
}  # fmt: skip
_HINTS: dict[type[ast.AST], str] = {ast.Is: "write ==", ast.IsNot: "write !=", ast.Mod: "write percent(x)"}


class ExpressionError(ValueError):
    """An expression that cannot be evaluated.

    Args:
        message: What is wrong.
        offset: Where, in characters from the start of the text that it was found in.
        hint: How to mend it.
        code: What kind of thing it is.
    """

    def __init__(self, message: str, offset: int = 0, hint: str = "", code: str = "text.syntax") -> None:
        super().__init__(message)
        self.message, self.offset, self.hint, self.code = message, offset, hint, code


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: fixed words, or an expression.

    Attributes:
        text: The words; or the expression between the braces.
        offset: Where it begins, in characters from the start of the text.
        is_expression: Which of the two it is.
    """

    text: str
    offset: int
    is_expression: bool


@lru_cache(maxsize=4096)
def parts_of(text: str) -> tuple[Part, ...]:
    """Split a text into fixed words and expressions.

    Raises:
        ExpressionError: Braces that do not fit, or a limit exceeded.
    """
    if len(text) > MAX_TEXT:
        raise ExpressionError(
            f"a text of {len(text):,} characters; the limit is {MAX_TEXT:,}", 0, "shorten it", code="text.too_large"
        )
    parts: list[Part] = []
    place = 0
    while (opened := text.find("{{", place)) >= 0:
        if opened > place:
            parts.append(Part(text[place:opened], place, is_expression=False))
        closed = _end(text, opened)
        parts.append(Part(text[opened + 2 : closed], opened + 2, is_expression=True))
        place = closed + 2
        if len(parts) > 2 * MAX_PARTS:
            raise ExpressionError(
                f"more than {MAX_PARTS} expressions in one text", opened, "split the text", code="text.too_large"
            )
    if place < len(text):
        parts.append(Part(text[place:], place, is_expression=False))
    return tuple(parts)


def _end(text: str, opened: int) -> int:
    """Where the braces that are opened somewhere are closed; not inside quotes."""
    quote = ""
    for place in range(opened + 2, len(text)):
        character = text[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif text.startswith("}}", place):
            return place
        elif text.startswith("{{", place):
            break
    raise ExpressionError("'{{' is not closed", opened, "write '}}' behind the expression")


@lru_cache(maxsize=4096)
def parsed(expression: str) -> ast.expr:
    """The syntax tree of an expression that holds nothing forbidden.

    Raises:
        ExpressionError: It is none, or it does.
    """
    if not expression.strip():
        raise ExpressionError("an expression is missing", 0, "write a name such as period.label")
    if len(expression) > MAX_EXPRESSION:
        message = f"an expression of {len(expression):,} characters; the limit is {MAX_EXPRESSION:,}"
        raise ExpressionError(message, 0, "shorten it", code="text.too_large")
    if "\\" in expression:
        raise ExpressionError(
            "a backslash is not allowed", expression.index("\\"), "write the character itself", code="text.not_allowed"
        )
    source = expression.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    indent = len(source) - len(source.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.lstrip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _syntax(error, source, indent) from None
    if isinstance(tree, ast.Tuple | ast.List):
        raise ExpressionError("a list stands only behind 'in'", indent)
    _judge(tree, source, indent)
    return tree


def offset_of(node: ast.AST, expression: str) -> int:
    """Where a node stands in its expression, in characters (the parser counts bytes)."""
    source = expression.replace("\n", " ")
    indent = len(source) - len(source.lstrip())
    column = int(getattr(node, "col_offset", 0))
    stripped = source.lstrip()
    return indent + (column if stripped.isascii() else len(stripped.encode()[:column].decode(errors="ignore")))


def _syntax(error: BaseException, source: str, indent: int) -> ExpressionError:
    if not isinstance(error, SyntaxError) or error.offset is None:
        return ExpressionError(
            "the expression is too deeply nested or no expression at all", indent, "simplify it", code="text.too_large"
        )
    place = min(indent + max(error.offset - 1, 0), len(source.rstrip()))
    hint = "write == to compare" if "=" in source and "==" not in source else ""
    if "&&" in source or "||" in source or "!" in source.replace("!=", ""):
        hint = "write and, or, not"
    return ExpressionError(f"is no expression: {error.msg}", place, hint)


def _judge(tree: ast.expr, source: str, indent: int) -> None:
    """Refuse what is not listed; breadth first, so that depth needs no stack."""
    level: list[ast.AST] = [tree]
    nodes = depth = 0
    while level:
        depth += 1
        nodes += len(level)
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError(
                "the expression is too large or too deeply nested", indent, "simplify it", code="text.too_large"
            )
        following: list[ast.AST] = []
        for node in level:
            if not isinstance(node, _NODES):
                words = _WORDS.get(type(node), f"'{type(node).__name__.lower()}'")
                place = offset_of(node, source) if hasattr(node, "col_offset") else indent
                raise ExpressionError(
                    f"{words} may not stand in an expression",
                    place,
                    _HINTS.get(type(node), ""),
                    code="text.not_allowed",
                )
            _judge_one(node, source)
            following += ast.iter_child_nodes(node)
        level = following


def _judge_one(node: ast.AST, source: str) -> None:
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool | None):
        raise ExpressionError(
            "only texts and numbers may be written here", offset_of(node, source), code="text.not_allowed"
        )
    if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or node.keywords):
        message = "only the listed functions are called, and with plain values"
        raise ExpressionError(message, offset_of(node, source), "such as number(x, 1)", code="text.not_allowed")
    if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name | ast.Attribute):
        raise ExpressionError(
            "only a name has attributes", offset_of(node, source), "such as period.label", code="text.not_allowed"
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and abs(node.value) > MAX_NUMBER:
        raise ExpressionError("the number is too large", offset_of(node, source), code="text.too_large")
    if isinstance(node, ast.Compare):
        _judge_lists(node, source)
    elif not isinstance(node, ast.Expression):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Tuple | ast.List):
                raise ExpressionError("a list stands only behind 'in'", offset_of(child, source))


def _judge_lists(node: ast.Compare, source: str) -> None:
    """Lists stand behind 'in', and nothing else does."""
    if isinstance(node.left, ast.Tuple | ast.List):
        raise ExpressionError("a list stands only behind 'in'", offset_of(node.left, source))
    for operator, right in zip(node.ops, node.comparators, strict=True):
        listed = isinstance(right, ast.Tuple | ast.List)
        if isinstance(operator, ast.In | ast.NotIn) != listed:
            hint = 'such as status in ("bad", "warning")'
            raise ExpressionError("'in' is followed by a list", offset_of(right, source), hint)
