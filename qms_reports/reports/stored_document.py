"""A report as JSON, and back without loss: what two revisions are compared by, and a report is proved with.

Every field of the document model is there under its own name.  Where JSON has no such kind a value says what it is:
``{"date": "2024-05-31"}``, ``{"datetime": …}``, ``{"figure": 98.2, "decimals": 1, "percent": true}`` in a table cell,
``{"base64": …}`` for bytes, and ``"block": "table"`` for the parts of a section.  A new field of the model, or of a
chart, needs no change here.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any

from qms_reports.reports.document import Figure, Figures, Paragraph, Report, Table

FORMAT = "qms_reports report"
FORMAT_VERSION = 1

_BLOCKS: dict[str, type] = {"paragraph": Paragraph, "figures": Figures, "table": Table}
_BLOCK_NAMES = {kind: name for name, kind in _BLOCKS.items()}
_ISSUE = ("version", "revisions", "status", "final")
"""Fields that say which revision this is and what it is good for, not what it says."""


class NotAReport(ValueError):  # noqa: N818 - reads as what it is
    """The bytes are no stored report; the message says why."""


def to_plain(report: Report) -> dict[str, Any]:
    """The report as dictionaries, lists, texts and numbers."""
    plain: dict[str, Any] = _plain(report)
    return plain


def from_plain(plain: dict[str, Any]) -> Report:
    """The report that `to_plain` took apart.

    Raises:
        NotAReport: A field is missing or of the wrong kind.
    """
    try:
        report: Report = _reader(Report)(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAReport(f"no report of this version of the product: {type(error).__name__}: {error}") from error
    return report


def write_report(report: Report) -> bytes:
    """The report as JSON; equal reports give equal bytes.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    return _json({"format": FORMAT, "format_version": FORMAT_VERSION, "report": to_plain(report)})


def read_report(content: bytes) -> Report:
    """The report that `write_report` wrote, equal to it in every field.

    Raises:
        NotAReport: These bytes are none.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        raise NotAReport(f"no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or "report" not in found:
        raise NotAReport(f'no stored report: it does not say "format": "{FORMAT}"')
    if found.get("format_version") != FORMAT_VERSION:
        version = found.get("format_version")
        raise NotAReport(f"a stored report of format version {version}; this product reads {FORMAT_VERSION}")
    return from_plain(found["report"])


def content_hash(report: Report) -> str:
    """SHA-256 over all that a report says.

    What tells one issue of it from another does not count: version, revision history, status, whether it is final,
    and this hash itself; nor do the places of font files, which differ between machines.
    """
    plain = to_plain(report)
    for name in _ISSUE:
        del plain[name]
    plain["provenance"]["content_sha256"] = ""
    plain["theme"]["fonts"] = [role for role, _ in report.theme.fonts]
    return hashlib.sha256(_json(plain)).hexdigest()


def _json(plain: Any) -> bytes:
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


# --- taking apart

_SIMPLE = (str, int, float, bool, type(None))


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one return per kind of value
    kind = type(value)
    if kind in _SIMPLE:
        return value
    if kind is tuple:
        return [part if type(part) in _SIMPLE else _plain(part) for part in value]
    if kind is Figure:
        return {"figure": value.value, "decimals": value.decimals, "percent": value.percent}
    if kind is dt.datetime:
        return {"datetime": value.isoformat()}
    if kind is dt.date:
        return {"date": value.isoformat()}
    if kind is bytes:
        return {"base64": base64.b64encode(value).decode()}
    if dataclasses.is_dataclass(value):
        found = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if kind in _BLOCK_NAMES:
            found["block"] = _BLOCK_NAMES[kind]
        return found
    raise TypeError(f"{kind.__name__} has no stored form")


# --- putting together

_Reader = Callable[[Any], Any]


@cache
def _reader(hint: Any) -> _Reader:
    """How a value of a declared type is read."""
    origin = typing.get_origin(hint)
    if origin is tuple:
        inner = typing.get_args(hint)
        if inner[-1] is Ellipsis:
            each = _reader(inner[0])
            return lambda found: tuple([each(part) for part in found])
        readers = [_reader(part) for part in inner]
        return lambda found: tuple(read(part) for read, part in zip(readers, found, strict=True))
    if origin in (typing.Union, types.UnionType):
        kinds = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(kinds) == 1:
            some = _reader(kinds[0])
            return lambda found: None if found is None else some(found)
        return _one_of_several
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(typing.cast("type", hint))
    return _one_of_several


def _dataclass_reader(kind: type) -> _Reader:
    if kind is Figure:
        return _one_of_several
    hints = typing.get_type_hints(kind)
    fields = [(field.name, hints[field.name]) for field in dataclasses.fields(kind)]

    def read(found: dict[str, Any]) -> Any:
        # A field that this product knows and the stored report does not has its default, or the report is refused.
        return kind(**{name: _reader(hint)(found[name]) for name, hint in fields if name in found})

    return read


def _one_of_several(found: Any) -> Any:
    """A value that says itself what it is: a cell, a block, or what JSON has."""
    if not isinstance(found, dict):
        return found
    if "figure" in found:
        return Figure(found["figure"], found["decimals"], found["percent"])
    if "date" in found:
        return dt.date.fromisoformat(found["date"])
    if "datetime" in found:
        return dt.datetime.fromisoformat(found["datetime"])
    if "base64" in found:
        return base64.b64decode(found["base64"])
    return _reader(_BLOCKS[found["block"]])(found)
