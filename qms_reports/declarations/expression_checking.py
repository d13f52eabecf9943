"""Whether an expression names what there is and fits together, told before there is any value."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from qms_reports.declarations.expression_functions import FUNCTIONS
from qms_reports.declarations.expression_kinds import BOOLEAN, NOTHING, NUMBER, TEXT, Kind, Names, Record
from qms_reports.declarations.expression_syntax import CONSTANTS, ExpressionError, offset_of
from qms_reports.declarations.validating import did_you_mean

_Found = Kind | Mapping[str, Kind | Record]
_ORDERED = ("number", "date")
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_WORDS = {"number": "a number", "boolean": "true or false", "date": "a date", "list": "a list", "nothing": "nothing",
          "text": "a text"}  # fmt: skip


class Checking:
    """Walks one tree; collects problems and returns the kind of each part.

    Args:
        names: What there is.
        expression: The expression's text, to tell places in it.
    """

    def __init__(self, names: Names, expression: str) -> None:
        self.names = names
        self.expression = expression
        self.problems: list[ExpressionError] = []

    def kind(self, node: ast.expr) -> Kind | None:  # noqa: C901, PLR0911 - a branch for each kind of node
        """The kind of a part; ``None`` where it cannot be told because of a problem already named."""
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.BoolOp(values=conditions):
                for each in conditions:
                    self.condition(each)
                return BOOLEAN
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.condition(operand)
                return BOOLEAN
            case ast.UnaryOp(operand=operand):
                return self._calculated(node, "-", [operand])
            case ast.BinOp(left=left, op=operator, right=right):
                return self._calculated(node, _OPERATORS[type(operator)], [left, right])
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                self.condition(test)
                return self._choice([body, otherwise])
            case ast.Call():
                return self._called(node)
        return None

    def condition(self, node: ast.expr) -> None:
        """A part that must be true or false."""
        found = self.kind(node)
        if found is not None and found.name not in ("boolean", "nothing"):
            hint = "compare it" + (f', as in {ast.unparse(node)} == "{found.values[0]}"' if found.values else "")
            self._problem(
                node, f"is {_WORDS[found.name]}, but a condition is true or false", hint, code="text.no_condition"
            )

    def _problem(self, node: ast.AST, message: str, hint: str = "", *, code: str, offset: int | None = None) -> None:
        place = offset_of(node, self.expression) if offset is None else offset
        self.problems.append(ExpressionError(message, place, hint, code=code))

    def _named(self, node: ast.Name | ast.Attribute) -> Kind | None:
        found = self._found(node)
        if found is None or isinstance(found, Kind):
            return found
        listed = ", ".join(list(found)[:8])
        self._problem(node, f"'{ast.unparse(node)}' has many values", f"say which: {listed} …", code="text.many_values")
        return None

    def _found(self, node: ast.expr) -> _Found | None:
        if isinstance(node, ast.Name):
            if node.id in CONSTANTS:
                return _constant(CONSTANTS[node.id])
            if node.id not in self.names:
                hint = did_you_mean(node.id, [*self.names, *CONSTANTS]) or _hint_of_names(self.names)
                self._problem(node, f"there is no '{node.id}'", hint, code="text.unknown_name")
            return self.names.get(node.id)
        if not isinstance(node, ast.Attribute):
            return None
        record = self._found(node.value)
        if record is None:
            return None
        place = offset_of(node, self.expression) + len(ast.unparse(node)) - len(node.attr)
        if isinstance(record, Kind):
            self._problem(
                node,
                f"'{ast.unparse(node.value)}' has no '{node.attr}'",
                "it is a plain value",
                offset=place,
                code="text.unknown_name",
            )
            return None
        if node.attr not in record:
            hint = did_you_mean(node.attr, record) or f"attributes: {', '.join(record)}"
            self._problem(
                node, f"'{ast.unparse(node.value)}' has no '{node.attr}'", hint, offset=place, code="text.unknown_name"
            )
        return record.get(node.attr)

    def _calculated(self, node: ast.expr, operator: str, operands: list[ast.expr]) -> Kind | None:
        kinds = [self.kind(operand) for operand in operands]
        known = [kind.name for kind in kinds if kind is not None and kind.name != "nothing"]
        if operator == "+" and known and set(known) == {"text"}:
            return TEXT
        for operand, kind in zip(operands, kinds, strict=True):
            if kind is not None and kind.name not in ("number", "nothing"):
                hint = "print the number first, as in number(x, 1)" if operator == "+" and "number" in known else ""
                self._problem(operand, f"is {_WORDS[kind.name]}; '{operator}' needs numbers", hint, code="text.kinds")
                return None
        del node
        return NUMBER

    def _compared(self, node: ast.Compare) -> Kind:
        left, kind = node.left, self.kind(node.left)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(right, ast.Tuple | ast.List):
                for item in right.elts:
                    self._pair(left, kind, item, self.kind(item), "==")
                continue
            other = self.kind(right)
            self._pair(left, kind, right, other, _OPERATORS[type(operator)])
            left, kind = right, other
        return BOOLEAN

    def _pair(self, left: ast.expr, one: Kind | None, right: ast.expr, other: Kind | None, operator: str) -> None:
        if one is None or other is None or "nothing" in (one.name, other.name):
            return
        if one.name != other.name:
            message = f"{_WORDS[one.name]} is compared with {_WORDS[other.name]}"
            hint = "leave out the quotes" if {one.name, other.name} == {"text", "number"} else ""
            self._problem(right, message, hint, code="text.kinds")
        elif operator not in ("==", "!=") and one.name not in _ORDERED:
            self._problem(
                left, f"{_WORDS[one.name]} is neither more nor less than another", "use == or !=", code="text.kinds"
            )
        for kind, written in ((one, right), (other, left)):
            if kind.values and isinstance(written, ast.Constant) and written.value not in kind.values:
                hint = did_you_mean(str(written.value), kind.values) or f"it can be {', '.join(kind.values)}"
                self._problem(written, f"it is never {written.value!r}", hint, code="text.never")

    def _choice(self, nodes: list[ast.expr]) -> Kind | None:
        kinds = [self.kind(node) for node in nodes]
        known = [kind for kind in kinds if kind is not None and kind.name != "nothing"]
        if len({kind.name for kind in known}) > 1:
            words = " or ".join(_WORDS[kind.name] for kind in known)
            self._problem(nodes[-1], f"the result is {words}", "let all of them be of one kind", code="text.kinds")
        return known[0] if known else NOTHING if None not in kinds else None

    def _called(self, node: ast.Call) -> Kind | None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None:
            hint = did_you_mean(name, FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
            self._problem(node, f"there is no function '{name}'", hint, code="text.function")
            return None
        if not function.least <= len(node.args) <= function.most:
            self._problem(
                node, f"{name} is called with {len(node.args)} values", f"write {function.usage}", code="text.function"
            )
        if function.gives is None:
            return self._choice(list(node.args))
        for place, argument in enumerate(node.args):
            accepted = function.accepts[min(place, len(function.accepts) - 1)]
            kind = self.kind(argument)
            if kind is not None and kind.name not in (*accepted, "nothing"):
                wanted = " or ".join(_WORDS[each] for each in accepted)
                self._problem(
                    argument,
                    f"is {_WORDS[kind.name]}; {name} needs {wanted}",
                    f"write {function.usage}",
                    code="text.kinds",
                )
        return Kind(function.gives)


def _constant(value: object) -> Kind:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return BOOLEAN
    return TEXT if isinstance(value, str) else NUMBER


def _hint_of_names(names: Names) -> str:
    listed = sorted(names)
    return f"there are {', '.join(listed[:12])}" + (" …" if len(listed) > 12 else "")  # noqa: PLR2004 - fits a line


def names_in(trees: Iterable[ast.expr]) -> Iterator[str]:
    """The names that expressions use, functions and constants left out."""
    for tree in trees:
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS:
                yield node.id
