"""Values in text: ``{{ capas_open.text }}``, and conditions such as ``capas_open.status == "bad"``.

The language is described in docs/templates.md, and why it is one of its own in docs/decisions/0022.  What is checked
here before a report is built is what is evaluated while it is composed; both walk the same syntax tree.

A value that is not known (n/a) makes every calculation and comparison with it unknown too, as in SQL; a condition that
is unknown does not hold, and neither does its opposite.
"""

from __future__ import annotations

import ast
import datetime as dt
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal

from qms_reports.declarations.expression_checking import Checking, names_in
from qms_reports.declarations.expression_functions import FUNCTIONS, shown
from qms_reports.declarations.expression_kinds import Names, Value
from qms_reports.declarations.expression_syntax import CONSTANTS, ExpressionError, offset_of, parsed, parts_of
from qms_reports.declarations.expressions import SqlProblem
from qms_reports.languages import Language, language

__all__ = ["ExpressionError", "check_condition", "check_text", "check_value", "evaluate", "holds", "names_used",
           "render_text"]  # fmt: skip

MAX_RESULT = 20_000
_FARTHEST = 1e300

Context = Mapping[str, Any]
"""Name to its value, or to the record that it stands for: a mapping or a data class."""


def check_text(text: str, names: Names) -> list[SqlProblem]:
    """Everything wrong with the expressions in a text.

    Args:
        text: Words with ``{{ expressions }}`` in them.
        names: What they may name.

    Returns:
        Problems with line and column in the text.
    """
    try:
        parts = parts_of(text)
    except ExpressionError as error:
        return [_placed(error, text, 0)]
    found: list[SqlProblem] = []
    for part in parts:
        if part.is_expression:
            found += _check(part.text, names, text, part.offset, None)
    return found


def check_condition(expression: str, names: Names) -> list[SqlProblem]:
    """Everything wrong with a bare expression that must be true or false."""
    return _check(expression, names, expression, 0, "boolean")


def check_value(expression: str, names: Names) -> list[SqlProblem]:
    """Everything wrong with a bare expression of any kind."""
    return _check(expression, names, expression, 0, None)


def names_used(text: str, *, bare: bool = False) -> frozenset[str]:
    """The names that a text's expressions use; of one that cannot be read, none.

    Args:
        text: The text.
        bare: Whether it is an expression itself.
    """
    try:
        wanted = [text] if bare else [part.text for part in parts_of(text) if part.is_expression]
        return frozenset(names_in([parsed(expression) for expression in wanted]))
    except ExpressionError:
        return frozenset()


def render_text(text: str, context: Context, tag: str = "en") -> str:
    """Fill in the values of a text.

    Args:
        text: Words with ``{{ expressions }}`` in them.
        context: What they name.
        tag: Language of numbers and of n/a.

    Raises:
        ExpressionError: An expression names what is not there, does not fit together, or gives too long a text.
    """
    if "{{" not in text:
        return text
    written = language(tag)
    filled: list[str] = []
    for part in parts_of(text):
        if not part.is_expression:
            filled.append(part.text)
            continue
        try:
            filled.append(shown(_Evaluation(context, written, part.text).value(parsed(part.text)), written))
        except ExpressionError as error:
            raise ExpressionError(error.message, error.offset + part.offset, error.hint) from None
    result = "".join(filled)
    if len(result) > MAX_RESULT:
        raise ExpressionError(f"the text has become {len(result):,} characters; the limit is {MAX_RESULT:,}")
    return result


def evaluate(expression: str, context: Context, tag: str = "en") -> Value:
    """The value of a bare expression; ``None`` if it is not known.

    Args:
        expression: Without braces.
        context: What it names.
        tag: Language of numbers that it prints.

    Raises:
        ExpressionError: It names what is not there, or does not fit together.
    """
    return _Evaluation(context, language(tag), expression).value(parsed(expression))


def holds(condition: str, context: Context, tag: str = "en") -> bool:
    """Whether a condition holds; one that is not known does not, and an empty one always does.

    Raises:
        ExpressionError: It names what is not there, or is neither true nor false.
    """
    if not condition:
        return True
    found = evaluate(condition, context, tag)
    if found is not None and not isinstance(found, bool):
        raise ExpressionError(f"{condition!r} is neither true nor false", 0, "compare it with something")
    return found is True


def _check(
    expression: str, names: Names, text: str, offset: int, wanted: Literal["boolean"] | None
) -> list[SqlProblem]:
    try:
        tree = parsed(expression)
    except ExpressionError as error:
        return [_placed(error, text, offset)]
    checking = Checking(names, expression)
    if wanted:
        checking.condition(tree)
    else:
        checking.kind(tree)
    return [_placed(problem, text, offset) for problem in checking.problems]


def _placed(error: ExpressionError, text: str, offset: int) -> SqlProblem:
    before = text[: offset + error.offset]
    return SqlProblem(
        before.count("\n") + 1, len(before) - before.rfind("\n"), error.message, error.hint, code=error.code
    )


_CALCULATIONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


class _Evaluation:
    """One expression being evaluated."""

    def __init__(self, context: Context, written: Language, expression: str) -> None:
        self._context = context
        self._language = written
        self._expression = expression

    def value(self, node: ast.expr) -> Value:
        found = self._any(node)
        if found is None or isinstance(found, str | int | float | dt.date | tuple):
            return found
        if isinstance(found, list):
            return tuple(found)
        raise self._error(node, f"'{ast.unparse(node)}' has many values", "say which")

    def _error(self, node: ast.AST, message: str, hint: str = "") -> ExpressionError:
        return ExpressionError(message, offset_of(node, self._expression), hint)

    def _any(self, node: ast.expr) -> Any:  # noqa: C901, PLR0911, PLR0912 - a branch for each kind of node
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                if name in CONSTANTS:
                    return CONSTANTS[name]
                if name not in self._context:
                    raise self._error(node, f"there is no '{name}'")
                return self._context[name]
            case ast.Attribute(value=owner, attr=name):
                return self._attribute(node, self._any(owner), name)
            case ast.BoolOp(op=ast.And(), values=values):
                return self._all(values)
            case ast.BoolOp(values=values):
                return _not(self._all(values, opposite=True))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _not(self._truth(operand))
            case ast.UnaryOp(op=sign, operand=operand):
                number = self._number(operand)
                return -number if number is not None and isinstance(sign, ast.USub) else number
            case ast.BinOp():
                return self._calculated(node)
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return self._any(body if self._truth(test) else otherwise)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
                return self._called(node, name, arguments)
        raise self._error(node, "is not allowed in an expression")

    def _attribute(self, node: ast.Attribute, record: Any, name: str) -> Any:
        """An item of a mapping or a field of a data class; never any other attribute of an object."""
        if record is None:
            return None
        if isinstance(record, Mapping) and name in record:
            return record[name]
        if is_dataclass(record) and name in {each.name for each in fields(record)}:
            return getattr(record, name)
        raise self._error(node, f"'{ast.unparse(node.value)}' has no '{name}'")

    def _truth(self, node: ast.expr) -> bool | None:
        found = self._any(node)
        if found is None or isinstance(found, bool):
            return found
        raise self._error(node, "is neither true nor false", "compare it with something")

    def _all(self, nodes: list[ast.expr], *, opposite: bool = False) -> bool | None:
        """Whether all hold (or, for `or`, none does): false if one is known not to, even where others are unknown."""
        unknown = False
        for node in nodes:
            found = self._truth(node)
            found = _not(found) if opposite else found
            if found is False:
                return False
            unknown = unknown or found is None
        return None if unknown else True

    def _number(self, node: ast.expr) -> Any:
        found = self._any(node)
        if found is None or (isinstance(found, int | float) and not isinstance(found, bool)):
            return found
        raise self._error(node, "is no number")

    def _calculated(self, node: ast.BinOp) -> Any:
        left, right = self._any(node.left), self._any(node.right)
        if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > MAX_RESULT:
                raise self._error(node, f"the text is longer than {MAX_RESULT:,} characters")
            return left + right
        left, right = self._number(node.left), self._number(node.right)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None  # divided by zero is no value, as everywhere in the house
        found = _CALCULATIONS[type(node.op)](left, right)
        if abs(found) > _FARTHEST or math.isnan(found):
            raise self._error(node, "the number is too large")
        return found

    def _compared(self, node: ast.Compare) -> bool | None:
        left = self._any(node.left)
        unknown = False
        for comparison, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(right_node, ast.Tuple | ast.List):
                right: Any = [self._any(item) for item in right_node.elts]
                found = None if left is None else (left in right) is isinstance(comparison, ast.In)
            else:
                right = self._any(right_node)
                found = self._pair(node, comparison, left, right, right_node)
            if found is False:
                return False
            unknown = unknown or found is None
            left = right
        return None if unknown else True

    def _pair(self, node: ast.Compare, comparison: ast.cmpop, left: Any, right: Any, written: ast.expr) -> bool | None:
        if left is None or right is None:
            return None
        if isinstance(left, Mapping | list) or isinstance(right, Mapping | list):
            raise self._error(written, "only single values are compared")
        try:
            return bool(_COMPARISONS[type(comparison)](left, right))
        except TypeError:
            raise self._error(node, "values of different kinds are compared") from None

    def _called(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Value:
        function = FUNCTIONS[name]
        if not function.least <= len(arguments) <= function.most:
            raise self._error(node, f"{name} is called with {len(arguments)} values", f"write {function.usage}")
        values = [self.value(argument) for argument in arguments]
        for place, (argument, value) in enumerate(zip(arguments, values, strict=True)):
            accepted = function.accepts[min(place, len(function.accepts) - 1)]
            if value is not None and _kind(value) not in accepted:
                raise self._error(argument, f"is of the wrong kind for {name}", f"write {function.usage}")
        try:
            return function.run(self._language, values)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise self._error(node, f"{name}: {error}") from None


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth value is what it is about
    return None if value is None else not value


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, tuple) else "date"
