"""Make the fallback fonts in `qms_reports/charts/fonts` from the variable Noto Sans fonts on PyPI.

Run once per release of those fonts, from the root of the repository; takes about five minutes::

    pip install justmytype-intl-cjk justmytype-intl-rtl fontpkg-noto-sans-thai fontpkg-noto-sans-devanagari fonttools
    python docs/fonts/make_fallback_fonts.py

What is kept: for Japanese all of Shift JIS as Windows knows it, for Chinese the whole block of unified ideographs
(simplified and traditional), for Korean every syllable.  ReportLab knows characters only, not glyphs, so every glyph of
a font that needs shaping which no character leads to gets a private-use character, ``U+E000`` plus its number; the
painters show those, the text itself stays what it was.  Noto reserves no font name (SIL Open Font License 1.1).
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parents[2] / "qms_reports" / "charts" / "fonts"
PRIVATE = 0xE000
BOLD = 650  # between the semibold and the bold of Inter, for both


def codes(*ranges: tuple[int, int]) -> set[int]:
    """All code points of ranges, both ends included."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def encodable(codec: str) -> set[int]:
    """The code points of a legacy character set, without ASCII and user-defined characters."""
    found = set()
    for code in range(0x80, 0xE000):
        try:
            chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        found.add(code)
    return found


SYMBOLS = codes((0x2000, 0x206F), (0x2100, 0x218F), (0x2190, 0x23FF), (0x2460, 0x27BF), (0x2900, 0x2BFF))
KANA_AND_FORMS = codes((0x3000, 0x30FF), (0x31F0, 0x33FF), (0xFE10, 0xFE1F), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
JAPANESE = encodable("cp932") | SYMBOLS | KANA_AND_FORMS
CHINESE = codes((0x3007, 0x3007), (0x3100, 0x312F), (0x4E00, 0x9FFF))
KOREAN = codes((0x3131, 0x318E), (0xAC00, 0xD7A3))
ARABIC = codes((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
HEBREW = codes((0x590, 0x5FF), (0xFB1D, 0xFB4F))
THAI = codes((0xE00, 0xE7F))
DEVANAGARI = codes((0x900, 0x97F), (0xA8E0, 0xA8FF), (0x200C, 0x200D), (0x25CC, 0x25CC))

CJK = "justmytype_intl_cjk", "fonts/ofl/notosans{}/NotoSans{}[wght].ttf"
RTL = "justmytype_intl_rtl", "fonts/ofl/notosans{}/NotoSans{}[wdth,wght].ttf"
JOINERS = codes((0x200C, 0x200F), (0x25CC, 0x25CC))

FONTS = [  # package, file, name, weights, characters, shaped
    (CJK[0], CJK[1].format("jp", "JP"), "JP", {"Regular": 400, "Bold": BOLD}, JAPANESE, False),
    (CJK[0], CJK[1].format("kr", "KR"), "KR", {"Regular": 400}, KOREAN, False),
    (CJK[0], CJK[1].format("sc", "SC"), "SC", {"Regular": 400}, CHINESE, False),
    (RTL[0], RTL[1].format("arabic", "Arabic"), "Arabic", {"Regular": 400, "Bold": BOLD}, ARABIC | JOINERS, True),
    (RTL[0], RTL[1].format("hebrew", "Hebrew"), "Hebrew", {"Regular": 400, "Bold": BOLD}, HEBREW | JOINERS, True),
    ("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf", "Thai", {"Regular": 400}, THAI | JOINERS, True),
    ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf", "Devanagari", {"Regular": 400},
     DEVANAGARI | JOINERS, True),
]  # fmt: skip


def reduced(path: str, wanted: set[int], *, shaped: bool) -> Any:
    """A variable font with the wanted characters only; tables that only shaping needs go where nothing is shaped."""
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["BASE", "STAT", "vhea", "vmtx", "VORG", "VVAR"]
    if not shaped:
        options.drop_tables += ["GDEF", "GSUB", "GPOS"]
    font = TTFont(path, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted | {0x20, 0xA0})
    subsetter.subset(font)
    return font


def name_every_glyph(font: Any) -> None:
    """Give each glyph that no character leads to a private-use character."""
    named = set(font.getBestCmap().values())
    private = {
        PRIVATE + number: glyph
        for number, glyph in enumerate(font.getGlyphOrder())
        if number > 0 and glyph not in named
    }
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update(private)


def rename(font: Any, script: str, weight: str) -> None:
    """One family, full and PostScript name per weight."""
    names = {1: f"Noto Sans {script} {weight}", 2: "Regular", 3: f"NotoSans{script}-{weight}-subset",
             4: f"Noto Sans {script} {weight}", 6: f"NotoSans{script}-{weight}"}  # fmt: skip
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]


def main() -> None:
    """Write the fonts and the licences."""
    for package, path, script, weights, wanted, shaped in FONTS:
        source = str(files(package) / path)
        for weight, axis in weights.items():
            font = reduced(source, wanted, shaped=shaped)
            axes = {"wght": axis, "wdth": 100}
            pinned = {tag: axes[tag] for tag in (found.axisTag for found in font["fvar"].axes)}
            font = instancer.instantiateVariableFont(font, pinned)
            if shaped:
                name_every_glyph(font)
            rename(font, script, weight)
            font.save(TARGET / f"NotoSans{script}-{weight}.ttf")
    shutil.copyfile(str(files(CJK[0]) / "fonts/ofl/notosansjp/OFL.txt"), TARGET / "OFL-NotoSansCJK.txt")
    shutil.copyfile(str(files(RTL[0]) / "fonts/ofl/notosansarabic/OFL.txt"), TARGET / "OFL-NotoSans.txt")


if __name__ == "__main__":
    main()
