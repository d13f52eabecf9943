"""Languages of a report: its fixed text, dates and numbers in English, German and Japanese.

Text stands in the YAML files of this folder, one file for each part of the house (``pdf.yaml``, ``workbook.yaml``,
``document.yaml``, ``words.yaml``, ``charts.yaml``, ``web.yaml``), each text in all languages side by side::

    page_of: {en: "Page {page} of {pages}", de: "Seite {page} von {pages}", ja: "{page} / {pages} ページ"}

A key is used with the name of its file: ``language("de").text("pdf.page_of", page=1, pages=9)``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.languages.numbers import fixed, grouped, percent, with_unit

if TYPE_CHECKING:
    from qms_reports.periods import Period, Window

TAGS = ("en", "de", "ja")
"""The languages there are."""

_FOLDER = Path(__file__).parent
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


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
            values: What its ``{names}`` stand for; a right-to-left text among them is set apart from what is around.

        Raises:
            KeyError: There is no such text; a defect, which a test of all keys in use finds.
        """
        area, _, name = key.partition(".")
        return _texts(area)[name][self.tag].format(**{name: _apart(value) for name, value in values.items()})

    def number(self, value: float | None, decimals: int) -> str:
        """A figure with fixed decimals and grouped thousands: ``1,234.5``, ``1.234,5``; n/a for ``None``."""
        return self.text("document.not_available") if value is None else grouped(value, decimals, self.tag)

    def fixed(self, value: float, decimals: int) -> str:
        """The same without grouping, as for record numbers and years."""
        return fixed(value, decimals, self.tag)

    def percent(self, text: str) -> str:
        """A printed number with a percent sign: ``98.2 %``, ``98,2 %``, ``98.2%``."""
        return percent(text, self.tag)

    def with_unit(self, text: str, unit: str) -> str:
        """A printed number and its unit, kept together; the number alone if there is no unit."""
        return with_unit(text, unit, self.tag)

    def date(self, day: dt.date) -> str:
        """A day, ``2024-05-31`` in every language: an ISO date cannot be misread."""
        return day.isoformat()

    def long_date(self, day: dt.date) -> str:
        """A day in words: ``31 May 2024``, ``31. Mai 2024``, ``2024年5月31日``."""
        from qms_reports.languages.period_names import day_name

        return day_name(self, day)

    def period_label(self, period: Period, *, short: bool = False) -> str:
        """The name of a period: ``May 2024``, ``Mai 2024``, ``2024年5月``; in English that of `Period.label`.

        Args:
            period: The period.
            short: For chart axes and column heads.
        """
        from qms_reports.languages.period_names import period_label

        return period_label(self, period, short=short)

    def window_label(self, window: Window) -> str:
        """The name of a window of periods: ``June 2023 – May 2024``; in English that of `Window.label`."""
        from qms_reports.languages.period_names import window_label

        return window_label(self, window)


ENGLISH = Language("en")


def _apart(value: object) -> object:
    """A right-to-left text in an isolate (UAX #9), so that what follows it stays where it belongs."""
    if isinstance(value, str) and not value.isascii() and _RIGHT_TO_LEFT.search(value):
        return f"\u2068{value}\u2069"
    return value


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
