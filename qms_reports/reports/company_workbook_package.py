"""A company's workbook as a package of parts: opened with care, looked up by name, written again the same."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from qms_reports.reports.company_workbook_xml import Node, edited, scan, with_attribute
from qms_reports.reports.deterministic_zip import DeterministicZip

_MOST_PARTS = 10_000
_MOST_BYTES = 512 * 1024 * 1024
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")

_REFUSED = (
    (re.compile(r"vbaProject|/macrosheets/|/dialogsheets/|/activeX/", re.IGNORECASE), "macros or controls"),
    (re.compile(r"/externalLinks/|/connections\.xml$|/queryTables/", re.IGNORECASE), "links to data outside"),
    (re.compile(r"^_xmlsignatures/"), "a digital signature, which any change would break"),
)


def did_you_mean(wanted: str, there: list[str]) -> str:
    """The end of a message about a name that is not there."""
    close = get_close_matches(wanted, there, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are {', '.join(map(repr, there))}" if there else "there are none"


@dataclass(frozen=True)
class ListObject:
    """An Excel table.

    Attributes:
        name: Its display name.
        part: Its part.
        sheet: Name of its sheet.
    """

    name: str
    part: str
    sheet: str


@dataclass
class Package:
    """The parts of a workbook in their order.

    Attributes:
        parts: Content by name.
        changed: Parts that have been replaced.
    """

    parts: dict[str, bytes]
    changed: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, source: bytes) -> Package:
        """Read a workbook.

        Raises:
            ValueError: No ``.xlsx``, encrypted, signed, with macros or links to outside, or dangerous to unpack.
        """
        if source.startswith(_COMPOUND_FILE):
            raise ValueError("the workbook is encrypted, or an .xls of Excel 97; save it as .xlsx without a password")
        try:
            with zipfile.ZipFile(io.BytesIO(source)) as archive:
                entries = archive.infolist()
                _refuse_dangerous(entries)
                parts = {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
        # Types: zipfile's own zlib, whose error it lets pass.
        except (zipfile.BadZipFile, zipfile.zlib.error, EOFError, NotImplementedError) as error:  # type: ignore[attr-defined]  # untyped
            raise ValueError(f"the workbook is no .xlsx file, or damaged: {error}") from error
        package = cls(parts)
        package._refuse_unfit()
        return package

    def _refuse_unfit(self) -> None:
        for needed in ("[Content_Types].xml", "_rels/.rels"):
            if needed not in self.parts:
                raise ValueError(f"the workbook is no .xlsx file: it has no {needed}")
        for name in self.parts:
            for pattern, what in _REFUSED:
                if pattern.search(name):
                    raise ValueError(f"the workbook has {what} ({name}); remove them, then it can be filled")
        if b"macroEnabled" in self.parts["[Content_Types].xml"]:
            raise ValueError("the workbook is one with macros (.xlsm); save it as .xlsx, then it can be filled")

    def read(self, part: str) -> bytes:
        """A part as it is now.

        Raises:
            ValueError: There is none.
        """
        found = self.changed.get(part, self.parts.get(part))
        if found is None:
            raise ValueError(f"the workbook is damaged: it has no part {part}")
        return found

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Type (its last word) and target part of each relation of a part, by id."""
        folder, name = posixpath.split(part)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        if file not in self.parts:
            return {}
        found = {}
        for node in scan(self.read(file), file).children:
            if node.attributes.get("TargetMode") != "External":
                target = node.attributes["Target"]
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[node.attributes["Id"]] = (node.attributes["Type"].rpartition("/")[2], path)
        return found

    @cached_property
    def workbook_part(self) -> str:
        """Name of the workbook part."""
        for kind, target in self.relations("").values():
            if kind == "officeDocument":
                return target
        raise ValueError("the workbook is no .xlsx file: nothing in it says where its sheets are")

    @cached_property
    def workbook(self) -> Node:
        """The workbook part, as it was."""
        return scan(self.parts[self.workbook_part], self.workbook_part)

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Name of each worksheet and its part."""
        relations = self.relations(self.workbook_part)
        found = {}
        for node in self.workbook.all("sheet"):
            kind, target = relations[node.attributes["id"]]
            if kind == "worksheet":
                found[node.attributes["name"]] = target
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """What each defined name of the whole workbook stands for."""
        return {
            node.attributes["name"]: node.text
            for node in self.workbook.all("definedName")
            if "localSheetId" not in node.attributes
        }

    @cached_property
    def tables(self) -> dict[str, ListObject]:
        """The Excel tables by display name."""
        found = {}
        for sheet, part in self.sheets.items():
            for kind, target in self.relations(part).values():
                if kind == "table":
                    attributes = scan(self.read(target), target).attributes
                    name = attributes.get("displayName", attributes.get("name", ""))
                    found[name] = ListObject(name, target, sheet)
        return found

    @cached_property
    def counts_from_1904(self) -> bool:
        """Whether days are counted from 1904."""
        properties = self.workbook.first("workbookPr")
        return properties is not None and properties.attributes.get("date1904", "0") in ("1", "true")

    @cached_property
    def shared_texts(self) -> list[str]:
        """The texts that cells share."""
        part = next((t for kind, t in self.relations(self.workbook_part).values() if kind == "sharedStrings"), None)
        if part is None:
            return []
        found = scan(self.read(part), part).children
        return ["".join(t.text for t in node.all("t") if t.parent and t.parent.name != "rPh") for node in found]

    @cached_property
    def _formats(self) -> list[tuple[bool, bool]]:
        """Of each cell style whether it shows a day and whether it shows a percentage."""
        part = next((t for kind, t in self.relations(self.workbook_part).values() if kind == "styles"), None)
        if part is None:
            return []
        root = scan(self.read(part), part)
        codes = {int(n.attributes["numFmtId"]): n.attributes["formatCode"] for n in root.all("numFmt")}
        styles = root.first("cellXfs")
        found = []
        for style in styles.children if styles else ():
            number = int(style.attributes.get("numFmtId", "0"))
            code = _LITERAL.sub("", codes.get(number, "")).lower()
            day = number in _DATE_FORMATS if number not in codes else bool(re.search("[dy]", code))
            percent = number in _PERCENT_FORMATS if number not in codes else "%" in code
            found.append((day, percent))
        return found

    def shows_day(self, style: int) -> bool:
        """Whether cells of a style show a day."""
        return style < len(self._formats) and self._formats[style][0]

    def shows_percent(self, style: int) -> bool:
        """Whether cells of a style show their number as a percentage."""
        return style < len(self._formats) and self._formats[style][1]

    def recalculate_when_opened(self) -> None:
        """Let the workbook compute its formulas when it is opened, if it has any."""
        if not any(_FORMULA.search(self.read(part)) for part in self.sheets.values()):
            return
        data, node = self.read(self.workbook_part), self.workbook.first("calcPr")
        if node is not None:
            edit = with_attribute(data, node, "fullCalcOnLoad", "1")
        else:
            before = ("definedNames", "externalReferences", "functionGroups", "sheets")
            behind = next(found for name in before if (found := self.workbook.first(name)))
            tag = data[behind.start + 1 : behind.opened].split(None, 1)[0].rstrip(b"/>")
            colon = tag.rpartition(b":")
            prefix = colon[0] + colon[1]
            edit = (behind.end, behind.end, b"<" + prefix + b'calcPr fullCalcOnLoad="1"/>')
        self.changed[self.workbook_part] = edited(data, [edit])

    def drop_calculation_order(self) -> None:
        """Remove the stored order of calculation, which formulas that moved have made wrong; Excel makes it again."""
        relations = self.relations(self.workbook_part)
        part = next((target for kind, target in relations.values() if kind == "calcChain"), None)
        if part is None:
            return
        folder, name = posixpath.split(self.workbook_part)
        for file, key in ((f"{folder}/_rels/{name}.rels", "Target"), ("[Content_Types].xml", "PartName")):
            data = self.read(file)
            nodes = [n for n in scan(data, file).children if n.attributes.get(key, "").endswith("calcChain.xml")]
            self.changed[file] = edited(data, [(n.start, n.end, b"") for n in nodes])
        del self.parts[part]

    def written(self) -> bytes:
        """The workbook with its changed parts; every other part is what it was."""
        buffer = io.BytesIO()
        with DeterministicZip(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name in self.parts:
                archive.writestr(name, self.read(name))
        return buffer.getvalue()


def _refuse_dangerous(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > _MOST_PARTS:
        raise ValueError(f"the workbook has {len(names):,} parts, more than the {_MOST_PARTS:,} that are read")
    if len(set(names)) != len(names):
        raise ValueError("the workbook has two parts of the same name; open it and save it in Excel once")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ValueError("the workbook is encrypted; save it without a password")
    size = sum(entry.file_size for entry in entries)
    if size > _MOST_BYTES:
        raise ValueError(f"the workbook unpacks to {size:,} bytes, more than the {_MOST_BYTES:,} that are read")
