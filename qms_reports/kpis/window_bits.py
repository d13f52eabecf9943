"""In which windows a condition on a record holds, as the bits of one number, without trying the windows one by one.

A comparison with a window's day, as ``closed_on >= period_end``, holds for the windows before some day or for those
after it: which they are is found by halving.  AND, OR and NOT of conditions are those of bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qms_reports.store import identifier

if TYPE_CHECKING:
    from sqlglot import exp

MARK = "\N{SECTION SIGN}"
"""Around the name of a window's column, where the column's value is put for each window."""


def marked(name: str) -> exp.Var:
    """The place of a window's column in a condition."""
    from sqlglot import exp

    return exp.Var(this=f"{MARK}{name}{MARK}")


class WindowBits:
    """Conditions over the same records and windows, and the columns they need below them.

    Attributes:
        values: What is compared with days of windows and is no column: SQL to the name of the column it becomes.
        steps: Comparisons with a window's day, over `values` and the record's columns: SQL to the name of its column.
    """

    def __init__(self, literals: Sequence[dict[str, str]]) -> None:
        """Nothing asked yet.

        Args:
            literals: Of each window, its columns' names and values as SQL (`populations.window_literals`).
        """
        self._literals = literals
        self._all = 2 ** len(literals) - 1
        self.values: dict[str, str] = {}
        self.steps: dict[str, str] = {}

    def holds(self, condition: exp.Expr) -> str:
        """SQL with one bit for each window for which a condition is true, over the record's columns and `steps`."""
        if len(self._literals) == 1:
            return self._one_by_one(condition, truth=True)
        return self._bits(condition, truth=True)

    def _bits(self, tree: exp.Expr, *, truth: bool) -> str:
        """The windows for which a condition is true, or those for which it is false; NULL is neither."""
        from sqlglot import exp

        tree = tree.unnest()
        if _is_fixed(tree):
            return self._constant(_asked([tree], truth=truth, every=True), str(self._all), "0")
        if isinstance(tree, exp.Not):
            return self._bits(tree.this, truth=not truth)
        if not isinstance(tree, exp.And | exp.Or):
            return self._step(tree, truth=truth) or self._one_by_one(tree, truth=truth)
        every = isinstance(tree, exp.And) == truth
        parts = [part.unnest() for part in tree.flatten()]
        changing = [self._bits(part, truth=truth) for part in parts if not _is_fixed(part)]
        bits = f"({(' & ' if every else ' | ').join(changing)})"
        fixed = [part for part in parts if _is_fixed(part)]
        if not fixed:
            return bits
        asked = _asked(fixed, truth=truth, every=every)
        return self._constant(asked, bits, "0") if every else self._constant(asked, str(self._all), bits)

    def _constant(self, condition: str, yes: str, no: str) -> str:
        return f"(CASE WHEN {condition} THEN {yes}::BIGINT ELSE {no}::BIGINT END)"

    def _step(self, tree: exp.Expr, *, truth: bool) -> str | None:
        """A comparison with a window's column; none where it is not that alone."""
        from sqlglot import exp

        if not isinstance(tree, exp.LT | exp.LTE | exp.GT | exp.GTE):
            return None
        left, right = tree.this.unnest(), tree.expression.unnest()
        name = next((str(side.this) for side in (left, right) if isinstance(side, exp.Var)), None)
        other = left if isinstance(right, exp.Var) else right
        if name is None or not _is_fixed(other):
            return None
        smaller = isinstance(tree, exp.LT | exp.LTE) == (other is left)
        including = isinstance(tree, exp.LTE | exp.GTE)
        if not truth:
            smaller, including = not smaller, not including
        value = self._value(other)
        column = name.strip(MARK)
        days = [window[column] for window in self._literals]
        ordered = sorted(set(days))  # their texts are in the order of time
        # Of `value < day` the answer is yes from some day on; of `value >= day`, its contrary, up to the one before.
        sign = "<" if smaller != including else "<="

        def after(place: int) -> int:
            """The windows whose day is this one or a later one."""
            return sum(2**number for number, day in enumerate(days) if ordered.index(day) >= place)

        def halved(first: int, last: int) -> str:
            if first == last:
                return f"{after(first) if smaller else self._all - after(first)}::BIGINT"
            middle = (first + last) // 2
            lower, upper = halved(first, middle), halved(middle + 1, last)
            return f"CASE WHEN {value} {sign} {ordered[middle]} THEN {lower} ELSE {upper} END"

        sql = halved(0, len(ordered))
        if not smaller:  # where there is no value, every comparison fails, and the last place is that of all windows
            sql = f"CASE WHEN {value} IS NULL THEN 0::BIGINT ELSE {sql} END"
        return identifier(self.steps.setdefault(sql, f"step:{len(self.steps)}"))

    def _value(self, tree: exp.Expr) -> str:
        from sqlglot import exp

        sql = str(tree.sql(dialect="duckdb"))
        return (
            sql if isinstance(tree, exp.Column) else identifier(self.values.setdefault(sql, f"at:{len(self.values)}"))
        )

    def _one_by_one(self, tree: exp.Expr, *, truth: bool) -> str:
        text = _asked([tree], truth=truth, every=True)
        bits = []
        for number, values in enumerate(self._literals):
            condition = text
            for name, value in values.items():
                condition = condition.replace(f"{MARK}{name}{MARK}", value)
            bits.append(self._constant(condition, str(2**number), "0"))
        return f"({' + '.join(bits)})"


def _is_fixed(tree: exp.Expr) -> bool:
    """Whether a condition is the same for all windows."""
    from sqlglot import exp

    return not any(MARK in str(node.this) for node in tree.find_all(exp.Var))


def _asked(parts: Sequence[exp.Expr], *, truth: bool, every: bool) -> str:
    """Whether every one, or any, of some conditions is true, or false."""
    texts = (f"{'' if truth else 'NOT '}({part.sql(dialect='duckdb')})" for part in parts)
    return (" AND " if every else " OR ").join(texts)
