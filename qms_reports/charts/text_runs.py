"""A line of text as runs of one font each, from left to right: what every painter shows and every measure adds up.

A line of Latin, Greek or Cyrillic is one run.  Otherwise each character is set in the first font of the chain that has
it, words of Arabic, Hebrew, Thai and Devanagari are shaped by HarfBuzz, and runs from right to left are put in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise
from typing import Any

from qms_reports.charts import bidi
from qms_reports.charts.faces import CHINESE, EAST_ASIAN, JAPANESE, SHAPED, Script, chain, face, file_of, role_of

REPLACEMENT = "□"  # U+FFFD has no glyph in Inter
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Inter maps some to an empty glyph; XML forbids them

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_SPECIAL = re.compile(f"[\u0300-\u036f\u0590-\u08ff\u0900-\u097f\u0e00-\u0e7f\ufb1d-\ufdff\ufe70-\ufefc{_INVISIBLE}]")
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_JOINERS = "\u200c\u200d"
_IDEOGRAPHS = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff]+")
_KANA = re.compile("[\u3041-\u30ff]")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring glyphs of one font, from left to right.

    Attributes:
        font: The face; a name for `faces.face` and `font_path`.
        text: A character for each glyph, in the order in which they stand on the page.  In a shaped run they may be
            private-use characters that mean a glyph of this font and nothing else.
        width: In thousandths of the type size.
        places: Where each glyph of a shaped run stands, right of the start of the run and above the baseline, in
            thousandths of the size; empty where each follows the one before at its own width.
        clusters: Number of glyphs and the text that they stand for, from left to right, where the text of the glyphs
            is not that of the line; else empty.
    """

    font: str
    text: str
    width: float
    places: tuple[tuple[float, float], ...] = ()
    clusters: tuple[tuple[int, str], ...] = ()


@cache
def shaper() -> Any:
    """HarfBuzz, or ``None`` where it is not installed: then no font has the characters that need it."""
    try:
        import uharfbuzz
    except ImportError:  # a platform without a wheel
        return None
    return uharfbuzz


@lru_cache(maxsize=16384)
def runs_of(text: str, font: str) -> tuple[Run, ...]:
    """The runs of a line; characters that no font has, and control characters, are shown as ``□``.

    Args:
        text: One line.
        font: The face of its role.
    """
    widths = face(font).widths
    if text.isascii() or _SPECIAL.search(text) is None:
        try:
            width = sum([widths[code] for code in map(ord, text)])
        except KeyError:
            pass
        else:
            if CONTROL.search(text) is None:
                return (Run(font, text, width),)
    return tuple(_mixed(unicodedata.normalize("NFC", text), font))


def lacking(text: str, font: str) -> set[str]:
    """Characters of a text that no font has, control characters among them."""
    if text.isascii() and CONTROL.search(text) is None:
        return set()
    whole = unicodedata.normalize("NFC", text)
    return {
        character
        for character, found in zip(whole, _fonts(whole, font), strict=True)
        if found is None or CONTROL.match(character)
    }


def _fonts(text: str, font: str) -> list[str | None]:
    """The face of each character, ``None`` where there is none; invisible characters go with what is before them."""
    ordinary = chain(font)
    role = role_of(font)
    found: list[str | None] = []
    script: Script | None = None  # of the character before
    for character in text:
        own = next((one for one in SHAPED if one.characters.match(character)), None)
        if own is None and script is not None and (character in _JOINERS or unicodedata.combining(character)):
            own = script
        script = own
        if own is not None:
            name = own.face(role)
            found.append(name if shaper() is not None and ord(character) in face(name).widths else None)
        elif _UNSEEN.match(character):
            found.append((found[-1] if found else None) or font)
        else:
            found.append(next((name for name in ordinary if ord(character) in face(name).widths), None))
    if None in found:
        _east_asian(text, found, role)
    return found


def _east_asian(text: str, found: list[str | None], role: str) -> None:
    """Set what is missing in the East Asian fonts: all ideographs of a line in one, if one has them all."""
    order: tuple[Script, ...] = EAST_ASIAN
    ideographs = "".join(_IDEOGRAPHS.findall(text))
    if ideographs and _KANA.search(text) is None and not _has(JAPANESE, ideographs, role):
        order = (CHINESE, *EAST_ASIAN)
    for place, character in enumerate(text):
        if found[place] is None:
            found[place] = next((one.face(role) for one in order if _has(one, character, role)), None)


def _has(script: Script, text: str, role: str) -> bool:
    if script.characters.match(text) is None and script is not JAPANESE:
        return False  # do not load a font for nothing; the Japanese one has symbols of all kinds
    widths = face(script.face(role)).widths
    return all(ord(character) in widths for character in text)


def _mixed(text: str, font: str) -> Iterator[Run]:
    names = _fonts(text, font)
    box = next(name for name in chain(font) if ord(REPLACEMENT) in face(name).widths)
    shown = [
        REPLACEMENT if name is None or CONTROL.match(character) else character
        for character, name in zip(text, names, strict=True)
    ]
    faces = [box if character == REPLACEMENT else name or box for character, name in zip(shown, names, strict=True)]
    pieces = []
    start = 0
    for key, group in groupby(zip(faces, bidi.levels(text), strict=True)):
        end = start + len(list(group))
        pieces.append((*key, "".join(shown[start:end])))
        start = end
    for place in bidi.visual_order([level for _, level, _ in pieces]):
        name, level, piece = pieces[place]
        run = _run(name, piece, right_to_left=bool(level % 2))
        if run.text:
            yield run


def _run(name: str, text: str, *, right_to_left: bool) -> Run:
    if any(name in (script.regular, script.bold) for script in SHAPED):
        return _shaped(name, text, right_to_left=right_to_left)
    seen = _UNSEEN.sub("", text)
    widths = face(name).widths
    shown = bidi.mirrored(seen) if right_to_left else seen
    width = sum(widths[ord(character)] for character in shown)
    clusters = tuple((1, character) for character in reversed(seen)) if shown != seen[::-1] and right_to_left else ()
    return Run(name, shown, width, (), clusters)


@cache
def _harfbuzz(name: str) -> tuple[Any, Callable[[int], str], float]:
    """A face for HarfBuzz, the character of each of its glyphs, and thousandths per unit."""
    harfbuzz = shaper()
    font = harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(str(file_of(name)))))
    characters: dict[int, str] = {}
    for code, glyph in sorted(face(name).font.face.charToGlyph.items()):
        characters.setdefault(glyph, chr(code))
    return font, characters.__getitem__, 1000.0 / font.face.upem


def _shaped(name: str, text: str, *, right_to_left: bool) -> Run:
    harfbuzz = shaper()
    font, character_of, scale = _harfbuzz(name)
    buffer = harfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    harfbuzz.shape(font, buffer)
    shown, places, x = [], [], 0.0
    starts: list[int] = []
    for glyph, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        shown.append(character_of(glyph.codepoint))
        places.append((x + position.x_offset * scale, position.y_offset * scale))
        starts.append(glyph.cluster)
        x += position.x_advance * scale
    ends = dict(pairwise([*sorted(set(starts)), len(text)]))
    clusters = tuple((len(list(group)), text[start : ends[start]]) for start, group in groupby(starts))
    return Run(name, "".join(shown), x, tuple(places), clusters)
