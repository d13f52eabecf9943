"""Which characters of a line run from right to left: the Unicode Bidirectional Algorithm (UAX #9).

Explicit embeddings, overrides and isolates are not obeyed: data strings do not need them, and an override can make a
text look like another one.  All other rules hold, paired brackets included.
"""

# ruff: noqa: RUF001 - brackets of many scripts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]")
_NEUTRAL = frozenset(("B", "S", "WS", "ON"))
_IGNORED = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"))
_PAIRS = {"(": ")", "[": "]", "{": "}", "〈": "〉", "《": "》", "「": "」", "『": "』", "【": "】"}
_MIRRORED = str.maketrans("()[]{}<>«»≤≥‹›", ")(][}{><»«≥≤›‹")
_MOST_OPEN = 63  # BD16


def base_level(text: str) -> int:
    """1 if the first strong character runs from right to left, else 0 (P2, P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return 0
        if kind in ("R", "AL"):
            return 1
    return 0


def levels(text: str) -> list[int]:
    """The embedding level of each character of a line; odd levels run from right to left."""
    base = base_level(text)
    if RIGHT_TO_LEFT.search(text) is None:
        return [base] * len(text)
    kinds = ["BN" if kind in _IGNORED else kind for kind in map(unicodedata.bidirectional, text)]
    places = [place for place, kind in enumerate(kinds) if kind != "BN"]
    found = [kinds[place] for place in places]
    ends = "R" if base else "L"
    _weak(found, ends)
    _brackets([text[place] for place in places], found, ends)
    _neutral(found, ends)
    result = [base] * len(text)
    for place, kind in zip(places, found, strict=True):
        if base:
            result[place] = 1 if kind == "R" else 2
        else:
            result[place] = {"L": 0, "R": 1}.get(kind, 2)
    for place in range(len(text)):  # what is ignored goes with what stands before it
        if kinds[place] == "BN" and place:
            result[place] = result[place - 1]
    for place in range(len(text) - 1, -1, -1):  # L1: white space at the end
        if unicodedata.bidirectional(text[place]) not in ("WS", "S", "B") and kinds[place] != "BN":
            break
        result[place] = base
    return result


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


def _brackets(characters: Sequence[str], kinds: list[str], ends: str) -> None:
    """N0: both brackets of a pair take the direction of what is inside, or of what is before them."""
    waiting: list[tuple[str, int]] = []
    pairs = []
    for place, character in enumerate(characters):
        if kinds[place] != "ON":
            continue
        if character in _PAIRS:
            if len(waiting) == _MOST_OPEN:
                break
            waiting.append((_PAIRS[character], place))
        else:
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == character:
                    pairs.append((waiting[depth][1], place))
                    del waiting[depth:]
                    break
    for first, last in sorted(pairs):
        inside = {_strong(kind) for kind in kinds[first + 1 : last]} - {""}
        if ends in inside:
            direction = ends
        elif inside:
            direction = next((_strong(kind) for kind in reversed(kinds[:first]) if _strong(kind)), ends)
        else:
            continue
        kinds[first] = kinds[last] = direction


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
