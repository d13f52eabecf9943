"""Which characters of a report the typeface cannot print."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from qms_reports.charts import typeface
from qms_reports.reports.document import Report

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # all but white space


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))


def missing_characters(report: Report) -> tuple[tuple[str, str], ...]:
    """Pairs of a character without a glyph and a text it stands in, each pair once, in reading order.

    The PDF prints ``□`` in its place; a report is complete only if this is empty.
    """
    return tuple(
        dict.fromkeys(
            (character, text)
            for text in dict.fromkeys(_texts(report))
            if not text.isascii() or not text.isprintable()
            for character in sorted(typeface.missing_glyphs(text) | set(_CONTROLS.findall(text)))
        )
    )
