"""A line of text as runs of one font each, from left to right: what every painter shows and every measure adds up.

A line of Latin, Greek or Cyrillic is one run.  Otherwise each character is set in the first font of the chain that has
it, words of Arabic, Hebrew, Thai and Devanagari are shaped by HarfBuzz, and runs from right to left are put in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from qms_reports.charts import bidi
from qms_reports.charts.faces import CHINESE, EAST_ASIAN, JAPANESE, SHAPED, Script, chain, face, file_of, role_of

REPLACEMENT = "□"  # U+FFFD has no glyph in Inter
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Inter maps some to an empty glyph; XML forbids them

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_SPECIAL = re.compile(
    f"[\u0300-\u036f\u1100-\u11ff\u0590-\u08ff\u0900-\u097f\u0e00-\u0e7f\ufb1d-\ufdff\ufe70-\ufefc{_INVISIBLE}]"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_JOINERS = "\u200c\u200d"
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
    if _is_plain(text):
        widths = face(font).widths
        try:
            width = sum([widths[code] for code in map(ord, text)])
        except KeyError:
            return _plain_runs(text, font)
        return (Run(font, text, width),) if CONTROL.search(text) is None else _plain_runs(text, font)
    return tuple(_mixed(unicodedata.normalize("NFC", text), font))


def _is_plain(text: str) -> bool:
    """Whether each character stands for itself, where it is."""
    return text.isascii() or _SPECIAL.search(text) is None


def lacking(text: str, font: str) -> set[str]:
    """Characters of a text that no font has, control characters among them."""
    if _is_plain(text):
        return {character for character in set(text) if _face_of(character, font) is None}
    whole = unicodedata.normalize("NFC", text)
    return {character for character, found in zip(whole, _faces(whole, font), strict=True) if found is None}


@lru_cache(maxsize=65536)
def _face_of(character: str, font: str) -> str | None:
    """The first face that has a character which needs no shaping; ``None`` for a control character."""
    if CONTROL.match(character):
        return None
    for name in chain(font):
        if ord(character) in face(name).widths:
            return name
    return next((one.face(role_of(font)) for one in EAST_ASIAN if _has(one, character, role_of(font))), None)


def _faces(text: str, font: str) -> list[str | None]:
    """The face of each character, ``None`` where there is none; invisible characters go with what is before them."""
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
            found.append(_face_of(character, font))
    return _with_one_for_ideographs(text, found, role)


def _with_one_for_ideographs(text: str, found: list[str | None], role: str) -> list[str | None]:
    """Sets a line without kana that needs the Chinese font in it as far as it goes: a name mixes no two designs."""
    chinese = CHINESE.face(role)
    if chinese not in found or _KANA.search(text):
        return found
    japanese = JAPANESE.face(role)
    return [
        chinese if name == japanese and _has(CHINESE, character, role) else name
        for character, name in zip(text, found, strict=True)
    ]


def _has(script: Script, character: str, role: str) -> bool:
    if script.characters.match(character) is None and script is not JAPANESE:
        return False  # do not load a font for nothing; the Japanese one has symbols of all kinds
    return ord(character) in face(script.face(role)).widths


def _shown(text: str, names: Sequence[str | None], font: str) -> list[tuple[str, str]]:
    """Each character with its face, and a box for what has none."""
    if None not in names:
        return list(zip(text, names, strict=True))  # type: ignore[arg-type]  # none is None
    box = next(name for name in chain(font) if ord(REPLACEMENT) in face(name).widths)
    return [
        (REPLACEMENT, box) if name is None else (character, name) for character, name in zip(text, names, strict=True)
    ]


def _plain_runs(text: str, font: str) -> tuple[Run, ...]:
    names = _with_one_for_ideographs(text, [_face_of(character, font) for character in text], role_of(font))
    runs = []
    for name, group in groupby(_shown(text, names, font), key=itemgetter(1)):
        piece = "".join(character for character, _ in group)
        widths = face(name).widths
        runs.append(Run(name, piece, sum([widths[code] for code in map(ord, piece)])))
    return tuple(runs)


def _mixed(text: str, font: str) -> Iterator[Run]:
    shown = _shown(text, _faces(text, font), font)
    pieces = []
    start = 0
    for (name, level), group in groupby(zip((name for _, name in shown), bidi.levels(text), strict=True)):
        end = start + len(list(group))
        pieces.append((name, level, "".join(character for character, _ in shown[start:end])))
        start = end
    for place in bidi.visual_order([level for _, level, _ in pieces]):
        name, level, piece = pieces[place]
        run = _run(name, piece, right_to_left=bool(level % 2))
        if run.text:
            yield run


@lru_cache(maxsize=16384)  # names repeat
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
