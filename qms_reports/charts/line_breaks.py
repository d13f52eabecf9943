"""Where a line may break: not within a quantity, and between Chinese and Japanese characters as kinsoku has it."""

# ruff: noqa: RUF001 - full-width punctuation

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

_BETWEEN = "\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff64"
_IDEOGRAPHIC = re.compile(f"[{_BETWEEN}]")
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々〻ー〜～…‥"
    "）〕］｝〉》」』】〙〗〟’”｣｠)]},.:;!?%％°′″"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)
_NOT_LAST = frozenset("（〔［｛〈《「『【〘〖〝‘“｢｟([{￥＄№#＃")
_UNIT = re.compile(
    r"(%|‰|pp[mb]|pt|[nµμmk]?g|t|[µμmcd]?[lL]|[nµμmck]?m[²³]?|°C|K|k?Pa|m?bar|s|min|h|Hz|IU|[mµμ]?mol)[.,;:)]*"
)


def bound(words: Iterable[str], fits: Callable[[str], bool] = lambda _: True) -> Iterator[str]:
    """The words of a text, a number and the symbol of its unit as one: "10 mg" is not read as such in two lines.

    Args:
        words: What stands between the spaces.
        fits: Whether so long a word fits on a line at all.
    """
    held = ""
    for word in words:
        if held and held[-1].isdigit() and _UNIT.fullmatch(word) and fits(f"{held} {word}"):
            held = f"{held} {word}"
            continue
        if held:
            yield held
        held = word
    if held:
        yield held


def breakable(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pieces between which a line may break, each with what stands before it: a space, or nothing."""
    for word in words:
        if word.isascii() or _IDEOGRAPHIC.search(word) is None:
            yield word, " "
            continue
        start = 0
        for place in range(1, len(word)):
            if _may_break(word[place - 1], word[place]):
                yield word[start:place], "" if start else " "
                start = place
        yield word[start:], "" if start else " "


def _may_break(before: str, after: str) -> bool:
    if before in _NOT_LAST or after in _NOT_FIRST or "\u00a0" in (before, after):
        return False
    return bool(_IDEOGRAPHIC.match(before) or _IDEOGRAPHIC.match(after))
