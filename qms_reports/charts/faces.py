"""Font files: loading them, the order in which they stand in for one another, and a company's own.

A *role* is one of the three weights that layouts ask for.  A *face* is a font file.  Usually the roles are Inter's
three files; while `using` a company's fonts they are that company's, with Inter behind them.  Behind Inter stand the
Noto Sans fonts of other scripts (`docs/fonts/make_fallback_fonts.py`), loaded when a text first needs them.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

REGULAR = "Inter-Regular"
SEMIBOLD = "Inter-SemiBold"
BOLD = "Inter-Bold"
ROLES = {"regular": REGULAR, "semibold": SEMIBOLD, "bold": BOLD}

_FOLDER = Path(__file__).parent / "fonts"
_HOUSE: Mapping[str, str] = MappingProxyType({role: role for role in ROLES.values()})
_family: ContextVar[Mapping[str, str]] = ContextVar("_family", default=_HOUSE)
_files: dict[str, tuple[Path, str]] = {}  # a company's faces: file, and the role that it stands for
_lock = threading.RLock()

_TRUETYPE = (b"\x00\x01\x00\x00", b"true")
_NO_EMBEDDING, _NO_SUBSETTING, _BITMAPS_ONLY = 0x0002, 0x0100, 0x0200
_USUAL_EMBEDDING = 0x000C  # preview and print, editable: the least restrictive bit counts


class FontError(ValueError):
    """A font file that a report cannot be printed with; the message names the file and says why."""


@dataclass(frozen=True, slots=True)
class Face:
    """One loaded font file.

    Attributes:
        name: Its name for ReportLab.
        font: The ReportLab font.
        widths: Advance of each character in thousandths of the size, of the characters that have a glyph.
    """

    name: str
    font: Any
    widths: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Script:
    """A writing system that Inter does not have.

    Attributes:
        regular: Its face.
        bold: Its face for the semibold and the bold role; the regular one where there is none.
        characters: What is set in it even if another font has a glyph; of fonts that are not shaped, nothing.
        shaped: Whether letters take their form and place from their neighbours.
    """

    regular: str
    bold: str
    characters: re.Pattern[str]
    shaped: bool = False

    def face(self, role: str) -> str:
        """The face for a role."""
        return self.regular if role == REGULAR else self.bold


def _script(name: str, characters: str, *, bold: bool = False, shaped: bool = False) -> Script:
    regular = f"NotoSans{name}-Regular"
    return Script(regular, f"NotoSans{name}-Bold" if bold else regular, re.compile(f"[{characters}]"), shaped)


SHAPED = (
    _script("Arabic", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc", bold=True, shaped=True),
    _script("Hebrew", "\u0590-\u05ff\ufb1d-\ufb4f", bold=True, shaped=True),
    _script("Thai", "\u0e00-\u0e7f", shaped=True),
    _script("Devanagari", "\u0900-\u097f\ua8e0-\ua8ff", shaped=True),
)
JAPANESE = _script("JP", "\u3000-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef", bold=True)
KOREAN = _script("KR", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af")
CHINESE = _script("SC", "\u3000-\u303f\u3100-\u312f\u4e00-\u9fff")
EAST_ASIAN = (JAPANESE, CHINESE, KOREAN)


@cache
def _font_class() -> Any:
    from reportlab.pdfbase.ttfonts import TTFont

    class Font(TTFont):  # type: ignore[misc]  # ReportLab has no types
        """A font that several threads may write into their documents."""

        def addObjects(self, doc: Any) -> None:  # noqa: N802 - ReportLab's name
            with _lock:  # subsetting moves one read position through the file
                super().addObjects(doc)

    return Font


@cache
def face(name: str) -> Face:
    """A font file, loaded and known to ReportLab.

    Args:
        name: As `chain` or a run of text names it.
    """
    from reportlab.pdfbase import pdfmetrics

    with _lock:
        font = _font_class()(name, str(file_of(name)), asciiReadable=name in _HOUSE or name in _files)
        if name in _files:  # ReportLab takes fonts with one name inside for one font
            font.face.name = font.face.name + name.removeprefix("Company").encode()
        pdfmetrics.registerFont(font)
        glyphs = font.face.charToGlyph
        widths = {code: width for code, width in font.face.charWidths.items() if glyphs.get(code)}
        return Face(name, font, widths)


def file_of(name: str) -> Path:
    """The font file of a face."""
    return _files[name][0] if name in _files else _FOLDER / f"{name}.ttf"


def resolved(role: str) -> str:
    """The face that a role has here and now.

    Raises:
        ValueError: No such role.
    """
    family = _family.get()
    try:
        return family[role]
    except KeyError:
        raise ValueError(f"no font {role!r}; there are {REGULAR}, {SEMIBOLD} and {BOLD}") from None


def role_of(name: str) -> str:
    """The role that a face stands for."""
    return _files[name][1] if name in _files else name


@lru_cache(maxsize=64)
def chain(name: str) -> tuple[str, ...]:
    """The faces for ordinary text: a company's face and Inter behind it, or Inter alone."""
    role = role_of(name)
    return (name,) if role == name else (name, role)


@contextlib.contextmanager
def using(fonts: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Print with a company's fonts in place of Inter, in this thread, until the block ends.

    Args:
        fonts: Pairs of ``regular``, ``semibold`` or ``bold`` and the path of a TrueType file, as `Theme.fonts` holds
            them; empty for Inter.  A bold weight that is missing is the other one, or the regular.

    Raises:
        FontError: A file cannot be used; see `load`.
    """
    token = _family.set(load(fonts))
    try:
        yield
    finally:
        _family.reset(token)


def load(fonts: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Check and load a company's fonts: the face of each role.

    Raises:
        FontError: A weight is unknown or twice, the regular one is missing, or a file is missing, has no TrueType
            outlines, is a variable font, lacks Latin letters or digits, or forbids to be embedded.
    """
    if not fonts:
        return _HOUSE
    given = dict(fonts)
    if len(given) != len(fonts) or not given.keys() <= ROLES.keys() or "regular" not in given:
        raise FontError("fonts: give a file for regular and, if there are, for semibold and bold, each once")
    bold = given.get("bold") or given.get("semibold") or given["regular"]
    files = {"regular": given["regular"], "semibold": given.get("semibold") or bold, "bold": bold}
    return MappingProxyType({ROLES[weight]: _loaded(Path(path), weight) for weight, path in files.items()})


def _loaded(path: Path, weight: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FontError(f"font {path}: cannot be read ({error.strerror}); check the path in the theme") from error
    digest = hashlib.sha256(content).hexdigest()[:12]
    name = f"Company-{digest}-{weight}"
    with _lock:
        if _files.get(name, (None, ""))[0] != path:
            _check(path, content)
            _files[name] = (path, ROLES[weight])
            try:
                _try(name, path)
            except FontError:
                del _files[name]
                raise
    return name


def _try(name: str, path: Path) -> None:
    try:
        widths = face(name).widths
    except Exception as error:  # ReportLab raises many kinds for a damaged file
        raise FontError(f"font {path}: is damaged ({error}); export the TrueType file again") from error
    missing = "".join(character for character in map(chr, range(0x20, 0x7F)) if ord(character) not in widths)
    if missing:
        raise FontError(f"font {path}: has no glyph for {missing!r}; a report needs a font for Latin text")


def _tables(content: bytes) -> dict[bytes, tuple[int, int]]:
    count = struct.unpack_from(">H", content, 4)[0]
    entries = (struct.unpack_from(">4sLLL", content, 12 + 16 * number) for number in range(count))
    return {tag: (offset, length) for tag, _, offset, length in entries}


def _check(path: Path, content: bytes) -> None:
    try:
        tables = _tables(content) if content[:4] in (*_TRUETYPE, b"OTTO") else {}
        rights = struct.unpack_from(">H", content, tables[b"OS/2"][0] + 8)[0] if b"OS/2" in tables else 0
    except struct.error as error:
        raise FontError(f"font {path}: is damaged or cut off; export the TrueType file again") from error
    if content[:4] == b"OTTO" or b"CFF " in tables or b"CFF2" in tables:
        raise FontError(f"font {path}: has PostScript (CFF) outlines; take the TrueType (.ttf) version of the font")
    if b"glyf" not in tables:
        raise FontError(f"font {path}: is no TrueType file; give a .ttf file, no collection (.ttc) and no web font")
    if b"fvar" in tables:
        raise FontError(f"font {path}: is a variable font; give one static .ttf file for each weight")
    if (rights & _NO_EMBEDDING and not rights & _USUAL_EMBEDDING) or rights & (_NO_SUBSETTING | _BITMAPS_ONLY):
        raise FontError(f"font {path}: forbids to be embedded (fsType {rights:#06x}); ask its maker for a licence")
