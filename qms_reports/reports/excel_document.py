"""The document inside its workbook: a custom XML part, which Excel keeps and shows nowhere."""

from __future__ import annotations

import zipfile
from typing import Any

from qms_reports.reports.deterministic_zip import DeterministicZip
from qms_reports.reports.embedded_document import WORKBOOK_PART

_RELATIONS = "xl/_rels/workbook.xml.rels"
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_RELATION = f'<Relationship Id="rIdDocument" Type="{_TYPE}" Target="/{WORKBOOK_PART}"/>'
_END = "</Relationships>"


class DocumentZip(DeterministicZip):
    """A workbook's archive in which the workbook refers to its document."""

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_: Any, **__: Any) -> None:
        """Add an entry from memory; to the workbook's relations, that to its document."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        if name == _RELATIONS:
            text = data.decode() if isinstance(data, bytes) else data
            data = text.replace(_END, _RELATION + _END)
        super().writestr(name, data)

    def add_document(self, part: bytes) -> None:
        """Add the document itself."""
        self.writestr(WORKBOOK_PART, part)
