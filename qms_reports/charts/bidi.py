"""Which characters of a line run from right to left: the Unicode Bidirectional Algorithm (UAX #9).

Explicit embeddings and overrides are not obeyed: data strings do not need them, and an override can make a text look
like another one.  All other rules hold, isolates and paired brackets included.
"""

# ruff: noqa: RUF001 - brackets of many scripts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby, pairwise

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\u2067\ufb1d-\ufdff\ufe70-\ufefc]")
_NEUTRAL = frozenset(("B", "S", "WS", "ON"))
_IGNORED = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "BN"))
_ISOLATES = frozenset(("LRI", "RLI", "FSI"))
_AT_THE_END = frozenset(("WS", "S", "B", "PDI", *_ISOLATES, *_IGNORED))
_PAIRS = {"(": ")", "[": "]", "{": "}", "〈": "〉", "《": "》", "「": "」", "『": "』", "【": "】"}
_MIRRORED = str.maketrans("()[]{}<>«»≤≥‹›", ")(][}{><»«≥≤›‹")
_MOST_OPEN = 63  # BD16


def base_level(text: str) -> int:
    """1 if the first strong character outside isolates runs from right to left, else 0 (P2, P3)."""
    place = 0
    while place < len(text):
        kind = unicodedata.bidirectional(text[place])
        if kind == "L":
            return 0
        if kind in ("R", "AL"):
            return 1
        place = _end_of_isolate(text, place) if kind in _ISOLATES else place + 1
    return 0


def _end_of_isolate(text: str, start: int) -> int:
    """Where the isolate that begins at a place ends: at its PDI, or at the end of the text (BD9)."""
    depth = 0
    for place in range(start, len(text)):
        kind = unicodedata.bidirectional(text[place])
        depth += (kind in _ISOLATES) - (kind == "PDI")
        if depth == 0:
            return place
    return len(text)


def levels(text: str) -> list[int]:
    """The embedding level of each character of a line; odd levels run from right to left."""
    base = base_level(text)
    if RIGHT_TO_LEFT.search(text) is None:
        return [base] * len(text)
    result = _levels(text, base)
    for place in reversed(range(len(text))):  # L1: white space at the end
        if unicodedata.bidirectional(text[place]) not in _AT_THE_END:
            break
        result[place] = base
    return result


def _levels(text: str, base: int) -> list[int]:
    kinds = ["BN" if kind in _IGNORED else kind for kind in map(unicodedata.bidirectional, text)]
    result = [base] * len(text)
    outside = []
    place = 0
    while place < len(text):
        outside.append(place)
        if kinds[place] in _ISOLATES:
            end = _end_of_isolate(text, place)
            inside = text[place + 1 : end]
            right = base_level(inside) if kinds[place] == "FSI" else kinds[place] == "RLI"
            result[place + 1 : end] = _levels(inside, base + 1 + (base % 2 == right))
            place = end
        else:
            place += 1
    _outer(text, kinds, outside, base, result)
    return result


def _outer(text: str, kinds: Sequence[str], outside: Sequence[int], base: int, result: list[int]) -> None:
    """Levels of the characters outside isolates; an isolate is a neutral among them."""
    places = [place for place in outside if kinds[place] != "BN"]
    found = ["ON" if kinds[place] in (*_ISOLATES, "PDI") else kinds[place] for place in places]
    ends = "R" if base % 2 else "L"
    marks = [kind == "NSM" for kind in found]
    _weak(found, ends)
    _brackets([text[place] for place in places], found, marks, ends)
    _neutral(found, ends)
    for place, kind in zip(places, found, strict=True):
        if base % 2:
            result[place] = base if kind == "R" else base + 1
        else:
            result[place] = base + {"L": 0, "R": 1}.get(kind, 2)
    for before, place in pairwise(outside):  # what is ignored goes with what stands before it
        if kinds[place] == "BN":
            result[place] = result[before]


def _weak(kinds: list[str], ends: str) -> None:  # noqa: C901 - seven rules, in their order
    """W1 to W7."""
    before = strong = ends
    for place, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[place] = before
        elif kind == "EN" and strong == "AL":
            kinds[place] = "AN"
        if kind in ("L", "R", "AL"):
            strong = kind
        before = kinds[place]
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]
    for place in range(1, len(kinds) - 1):
        around = kinds[place - 1]
        if around == kinds[place + 1] and (
            (kinds[place] in ("ES", "CS") and around == "EN") or (kinds[place] == "CS" and around == "AN")
        ):
            kinds[place] = around
    start = 0
    for kind, group in groupby(list(kinds)):
        end = start + len(list(group))
        if kind == "ET":
            beside = "EN" in (kinds[start - 1] if start else "", kinds[end] if end < len(kinds) else "")
            kinds[start:end] = ["EN" if beside else "ON"] * (end - start)
        start = end
    strong = ends
    for place, kind in enumerate(kinds):
        if kind in ("ES", "CS"):
            kinds[place] = "ON"
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"
        if kind in ("L", "R"):
            strong = kind


def _pairs(characters: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """The places of opening and closing brackets that belong together, in the order of the first (BD16)."""
    waiting: list[tuple[str, int]] = []
    pairs = []
    for place, character in enumerate(characters):
        if kinds[place] != "ON":
            continue
        if character in _PAIRS:
            if len(waiting) == _MOST_OPEN:
                break
            waiting.append((_PAIRS[character], place))
        depth = next((depth for depth in reversed(range(len(waiting))) if waiting[depth][0] == character), None)
        if depth is not None:
            pairs.append((waiting[depth][1], place))
            del waiting[depth:]
    return sorted(pairs)


def _brackets(characters: Sequence[str], kinds: list[str], marks: Sequence[bool], ends: str) -> None:
    """N0: both brackets of a pair, and marks on them, take the direction of what is inside or of what is before."""
    for first, last in _pairs(characters, kinds):
        inside = {_strong(kind) for kind in kinds[first + 1 : last]} - {""}
        if not inside:
            continue
        before = next((_strong(kind) for kind in reversed(kinds[:first]) if _strong(kind)), ends)
        direction = ends if ends in inside else before
        for place in (first, last):
            end = place + 1
            while end < len(kinds) and marks[end]:
                end += 1
            kinds[place:end] = [direction] * (end - place)


def _strong(kind: str) -> str:
    return "R" if kind in ("EN", "AN", "R") else "L" if kind == "L" else ""


def _neutral(kinds: list[str], ends: str) -> None:
    """N1 and N2: neutrals take the direction on both sides of them, else that of the line."""
    start = 0
    for neutral, group in groupby(list(kinds), key=_NEUTRAL.__contains__):
        end = start + len(list(group))
        if neutral:
            before = _strong(kinds[start - 1]) if start else ends
            after = _strong(kinds[end]) if end < len(kinds) else ends
            kinds[start:end] = [before if before == after else ends] * (end - start)
        start = end


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """The order from left to right in which runs of these levels stand (L2)."""
    order = list(range(len(run_levels)))
    highest, lowest = max(run_levels, default=0), min((level for level in run_levels if level % 2), default=1)
    for level in range(highest, lowest - 1, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return order


def mirrored(text: str) -> str:
    """A run from right to left as it is shown: last character first, brackets turned round (L4)."""
    return text[::-1].translate(_MIRRORED)
