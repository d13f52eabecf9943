"""Make the three font files in `qms_reports/charts/fonts` from the variable Inter on PyPI.

Run once per Inter release, from the root of the repository::

    pip install fontpkg-inter fonttools
    python docs/fonts/make_fonts.py

Why not use the variable font as it is: ReportLab reads neither variations nor OpenType features.  So each weight
becomes a static font, the tabular digits (feature ``tnum``) become the ordinary digits, and each weight gets its own
family and PostScript name, because ReportLab merges fonts of one name and would print everything in the first weight.
Inter reserves no font name, so the modified copies may keep it (SIL Open Font License 1.1, section 3).
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = {"Regular": 400, "SemiBold": 600, "Bold": 700}
OPTICAL_SIZE = 14  # the text cut; charts and reports print at 6.5 to 20 points
VARIATION_PREFIX = 25  # name record that only a variable font needs


def freeze_tabular_digits(font: Any) -> None:
    """Let the digits of the character map point at the glyphs of equal width."""
    substitutions = font["GSUB"].table
    lookups = sorted(
        {
            index
            for record in substitutions.FeatureList.FeatureRecord
            if record.FeatureTag == "tnum"
            for index in record.Feature.LookupListIndex
        }
    )
    tabular: dict[str, str] = {}
    for index in lookups:
        for subtable in substitutions.LookupList.Lookup[index].SubTable:
            tabular.update(getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", {}))
    for table in font["cmap"].tables:
        for digit in map(ord, "0123456789"):
            if table.cmap.get(digit) in tabular:
                table.cmap[digit] = tabular[table.cmap[digit]]


def rename(font: Any, weight: str) -> None:
    """Give the weight a family, full and PostScript name of its own."""
    names = {
        1: f"Inter {weight}",
        2: "Regular",
        3: f"Inter-{weight}-tabular",
        4: f"Inter {weight}",
        6: f"Inter-{weight}",
        16: "Inter",
        17: weight,
    }
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
        elif record.nameID == VARIATION_PREFIX:
            font["name"].names.remove(record)


def main() -> None:
    """Write the three fonts and the licence."""
    package = files("fontpkg_inter")
    target = Path(__file__).resolve().parents[2] / "qms_reports" / "charts" / "fonts"
    for weight, axis in WEIGHTS.items():
        variable = TTFont(str(package / "files" / "Inter[opsz,wght].ttf"), recalcTimestamp=False)
        static = instancer.instantiateVariableFont(variable, {"opsz": OPTICAL_SIZE, "wght": axis})
        rename(static, weight)
        freeze_tabular_digits(static)
        static.save(target / f"Inter-{weight}.ttf")
    shutil.copyfile(str(package / "LICENSE"), target / "OFL.txt")


if __name__ == "__main__":
    main()
