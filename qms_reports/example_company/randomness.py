"""Chance that is the same everywhere: integer mixing in plain arithmetic, in Python and as SQL.

Nothing here uses a database's or Python's own hash or random numbers, which differ between versions and processes.
The mixing function is "lowbias32" of Chris Wellons, Prospecting for Hash Functions (nullprogram.com, 2018-07-31).
"""

from __future__ import annotations

MASK = 0xFFFFFFFF
"""All arithmetic is modulo 2^32; a product of two such numbers fits into 64 bits."""


def mix(number: int) -> int:
    """A well mixed 32-bit number for a 32-bit number; different numbers give different results."""
    number &= MASK
    number ^= number >> 16
    number = number * 0x7FEB352D & MASK
    number ^= number >> 15
    number = number * 0x846CA68B & MASK
    return number ^ (number >> 16)


def salt(seed: int, name: str) -> int:
    """A 32-bit number for a seed and a name."""
    number = mix(seed)
    for byte in name.encode():
        number = mix(number * 257 + byte)
    return number


def mixed(source: str, column: str, salted: int) -> str:
    """SQL for a relation with a further column `r`: `column` (not negative, below 2^32) well mixed.

    In four steps, each a projection of its own, so that no expression is computed twice.
    """
    first = f"SELECT *, xor({column}::UBIGINT, {salted}::UBIGINT) AS _x FROM ({source})"
    second = f"SELECT * REPLACE ((xor(_x, _x >> 16) * 2146121005) & {MASK} AS _x) FROM ({first})"
    third = f"SELECT * REPLACE ((xor(_x, _x >> 15) * 2221713035) & {MASK} AS _x) FROM ({second})"
    return f"SELECT * EXCLUDE (_x), xor(_x, _x >> 16) AS r FROM ({third})"


def draw(number: int, word: str = "r") -> str:
    """SQL for one of many draws from a mixed word: a whole number 0 … 65535, as UBIGINT."""
    return f"((({word} * {mix(number * 2 + 0x9E3779B9) | 1}) & {MASK}) >> 16)"


def pick(number: int, choices: int, word: str = "r") -> str:
    """SQL for a whole number 0 … choices - 1."""
    return f"(({draw(number, word)} * {choices}) >> 16)::INTEGER"


def chance(number: int, probability: float, word: str = "r") -> str:
    """SQL for a condition that holds with a probability."""
    return f"({draw(number, word)} < {round(probability * 65536)})"


def one_of(number: int, values: tuple[str, ...], word: str = "r") -> str:
    """SQL for one of some texts; a text that comes several times is drawn more often."""
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"[{listed}][{pick(number, len(values), word)} + 1]"


def member_draw(member: str, salted: int) -> str:
    """SQL for a draw 0 … 65535 that depends on a member's number (a batch, a person) and a salt only."""
    return f"(((((({member})::UBIGINT + {salted & 0xFFFF}) * 2654435761) & {MASK}) * {salted | 1} & {MASK}) >> 16)"
