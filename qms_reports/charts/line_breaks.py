"""Where a line may break besides at spaces: between Chinese and Japanese characters, by the simple rules of kinsoku."""

# ruff: noqa: RUF001 - full-width punctuation

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BETWEEN = "\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff64"
_IDEOGRAPHIC = re.compile(f"[{_BETWEEN}]")
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々〻ー〜～…‥"
    "）〕］｝〉》」』】〙〗〟’”｣｠)]},.:;!?%％°′″"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)
_NOT_LAST = frozenset("（〔［｛〈《「『【〘〖〝‘“｢｟([{￥＄№#＃")


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
