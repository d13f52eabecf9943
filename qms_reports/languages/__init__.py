"""Languages of a report: its fixed text, dates and numbers in English, German and Japanese.

Text stands in the YAML files of this folder, one file for each part of the house (``pdf.yaml``, ``workbook.yaml``,
``document.yaml``, ``charts.yaml``, ``web.yaml``), each text in all languages side by side::

    page_of: {en: "Page {page} of {pages}", de: "Seite {page} von {pages}", ja: "{page} / {pages} ページ"}

A key is used with the name of its file: ``language("de").text("pdf.page_of", page=1, pages=9)``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TAGS = ("en", "de", "ja")
"""The languages there are."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        tag: ``en``, ``de`` or ``ja``.
    """

    tag: str

    def text(self, key: str, /, **values: object) -> str:
        """A fixed text with values filled in.

        Args:
            key: File and key, ``pdf.page_of``.
            values: What its ``{names}`` stand for.

        Raises:
            KeyError: There is no such text; a defect, which a test of all keys in use finds.
        """
        area, _, name = key.partition(".")
        return _texts(area)[name][self.tag].format(**values)

    def number(self, value: float | None, decimals: int) -> str:
        """A figure with fixed decimals and grouped thousands: ``1,234.5``, ``1.234,5``; n/a for ``None``."""
        if value is None:
            return self.text("document.not_available")
        from qms_reports.languages.numbers import grouped

        return grouped(value, decimals, self.tag)

    def date(self, day: dt.date) -> str:
        """A day, ``2024-05-31`` in every language: an ISO date cannot be misread."""
        return day.isoformat()


@cache
def _texts(area: str) -> dict[str, dict[str, str]]:
    import yaml

    found: dict[str, dict[str, str]] = yaml.load((_FOLDER / f"{area}.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return found


@cache
def language(tag: str) -> Language:
    """The language of a BCP 47 tag; ``de-AT`` is German.

    Raises:
        ValueError: There is none.
    """
    primary = tag.partition("-")[0].lower()
    if primary not in TAGS:
        raise ValueError(f"{tag!r}: there is no such language; there are {', '.join(TAGS)}")
    return Language(primary)
