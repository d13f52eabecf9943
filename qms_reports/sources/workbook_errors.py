"""Error cells (``#N/A``, ``#DIV/0!``) of a workbook, looked up in the XML of a sheet."""

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath
from typing import IO

_BLOCK = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>(.*?)</", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Texts of the error cells of one sheet, by row and column, both from 1.

    Empty for formats other than .xlsx and .xlsm: their readers give no access to errors.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        if not part:
            return {}
        with archive.open(part) as stream:
            return dict(_errors(stream))


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name of the part that holds a sheet; empty when the container is not .xlsx."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return ""
    workbook = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets: dict[str, str] = {}
    for element in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", relations):
        attributes = dict(_ATTRIBUTE.findall(element))
        targets[attributes.get("Id", "")] = attributes.get("Target", "")
    for element in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", workbook):
        attributes = dict(_ATTRIBUTE.findall(element))
        if unescape(attributes.get("name", "")) == sheet:
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            target = targets.get(relation, "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part if part in names else ""
    return ""


def _errors(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    """Error cells of a sheet, read in blocks that are cut behind a complete cell."""
    rest = b""
    while block := stream.read(_BLOCK):
        text = rest + block
        cut = _behind_cell(text)
        if cut > 0 and b't="e"' in text[:cut]:
            yield from _errors_in(text[:cut])
        rest = text[cut:] if cut > 0 else text
    if b't="e"' in rest:
        yield from _errors_in(rest)


def _behind_cell(text: bytes) -> int:
    """Position behind the last complete cell, 0 if there is none."""
    position = max(text.rfind(b"</c>"), text.rfind(b":c>"))
    return position + 4 if position >= 0 else 0


def _errors_in(text: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, content in _CELL.findall(text):
        if b't="e"' not in attributes:
            continue
        reference, value = _REFERENCE.search(attributes), _VALUE.search(content)
        if reference:
            shown = unescape(value[1].decode("utf-8", "replace")) if value else "#ERROR"
            yield (int(reference[2]), _column_number(reference[1])), shown


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
