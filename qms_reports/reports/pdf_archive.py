"""What makes a PDF archivable: XMP metadata, the sRGB output intent and a few keys that ReportLab leaves out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal
from xml.sax.saxutils import escape

from qms_reports.reports.pdf_file import late


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF (an associated file of PDF/A-3).

    Attributes:
        name: File name, ASCII.
        description: What it holds.
        content: Its bytes.
        media_type: ``text/csv``.
        relationship: ``Data`` for what a table or chart shows, ``Source`` for what the document was made from.
    """

    name: str
    description: str
    content: bytes
    media_type: str = "text/csv"
    relationship: Literal["Data", "Source"] = "Data"

    @property
    def sha256(self) -> str:
        """Hash of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:CreatorTool>{creator}</xmp:CreatorTool><pdf:Producer>{producer}</pdf:Producer></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA part</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def xmp_packet(*, title: str, author: str, subject: str, creator: str, producer: str, moment: dt.datetime) -> bytes:
    """The metadata packet.  PDF/A demands that it says the same as the document information dictionary."""
    return _PACKET.format(
        title=escape(title),
        author=escape(author),
        subject=escape(subject),
        creator=escape(creator),
        producer=escape(producer),
        date=moment.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    ).encode()


def archive_document(
    document: Any, pages: list[Any], structure_tree: Any, xmp: bytes, attachments: Sequence[Attachment] = ()
) -> None:
    """Add to a ReportLab document what PDF/A-3a and PDF/UA-1 ask for beyond drawing.

    Args:
        document: ReportLab's ``PDFDocument``.
        pages: Its page objects in order; page *n* gets ``/StructParents n``.
        structure_tree: Reference to the structure tree root.
        xmp: The metadata packet.
        attachments: Files to embed; their only date is that of the document.
    """
    from reportlab.pdfbase import pdfdoc

    _end_streams_on_their_own_line()

    class ArchivalPage(pdfdoc.PDFPage):  # type: ignore[misc]  # ReportLab is untyped
        __NoDefault__ = (*pdfdoc.PDFPage.__NoDefault__, "StructParents", "Tabs")

    class ArchivalCatalog(pdfdoc.PDFCatalog):  # type: ignore[misc]  # ReportLab is untyped
        __NoDefault__ = (*pdfdoc.PDFCatalog.__NoDefault__, "OutputIntents", "AF")

    for number, page in enumerate(pages):
        page.__class__ = ArchivalPage
        page.StructParents = number
        page.Tabs = pdfdoc.PDFName("S")
        # ReportLab's own choice adds Base-85 on top: a quarter more bytes, and slow
        page.Contents = pdfdoc.PDFStream(content=page.stream, filters=[pdfdoc.PDFZCompress])
    catalog = document.Catalog
    catalog.__class__ = ArchivalCatalog
    catalog.StructTreeRoot = structure_tree
    catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})
    catalog.ViewerPreferences = pdfdoc.PDFDictionary({"DisplayDocTitle": "true"})
    catalog.Metadata = pdfdoc.XMP(creator=lambda _: xmp)
    profile = pdfdoc.PDFStream(
        pdfdoc.PDFDictionary({"N": 3}),
        content=resources.files("qms_reports.reports").joinpath("srgb.icc").read_bytes(),
        filters=[pdfdoc.PDFZCompress],
    )
    catalog.OutputIntents = pdfdoc.PDFArray(
        [
            pdfdoc.PDFDictionary(
                {
                    "Type": pdfdoc.PDFName("OutputIntent"),
                    "S": pdfdoc.PDFName("GTS_PDFA1"),
                    "OutputConditionIdentifier": pdfdoc.PDFString("sRGB"),
                    "Info": pdfdoc.PDFString("sRGB IEC61966-2.1"),
                    "DestOutputProfile": document.Reference(profile),
                }
            )
        ]
    )
    if attachments:
        _attach(document, attachments)


def _attach(document: Any, attachments: Sequence[Attachment]) -> None:
    """Embed files: listed by name for readers, associated with the document for archives."""
    from reportlab.pdfbase.pdfdoc import PDFArray, PDFDate, PDFDictionary, PDFName, PDFStream, PDFString, PDFZCompress

    specifications = []
    for attachment in attachments:
        media_type = f"/{attachment.media_type.replace('/', '#2F')}".encode()
        checksum = f"<{hashlib.md5(attachment.content, usedforsecurity=False).hexdigest().upper()}>".encode()
        date = PDFDate(ts=document._timeStamp)  # noqa: SLF001 - ReportLab has no other way to the instant
        stream = document.Reference(
            PDFStream(
                PDFDictionary(
                    {
                        "Type": PDFName("EmbeddedFile"),
                        "Subtype": late(lambda _, written=media_type: written),
                        "Params": PDFDictionary(
                            {
                                "Size": len(attachment.content),
                                "CreationDate": date,
                                "ModDate": date,
                                "CheckSum": late(lambda _, written=checksum: written),
                            }
                        ),
                    }
                ),
                content=attachment.content,
                filters=[PDFZCompress],
            )
        )
        specification = PDFDictionary(
            {
                "Type": PDFName("Filespec"),
                "F": PDFString(attachment.name),
                "UF": PDFString(attachment.name),
                "Desc": PDFString(attachment.description),
                "AFRelationship": PDFName(attachment.relationship),
                "EF": PDFDictionary({"F": stream, "UF": stream}),
            }
        )
        specifications.append((attachment.name, document.Reference(specification)))
    by_name = [
        part for name, found in sorted(specifications, key=lambda one: one[0]) for part in (PDFString(name), found)
    ]
    catalog = document.Catalog
    catalog.Names = PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": PDFArray(by_name)})})
    catalog.AF = PDFArray([found for _, found in specifications])


def _end_streams_on_their_own_line() -> None:
    """Make ReportLab end a stream with a line break (PDF/A, ISO 19005-3, 6.1.7.1); harmless to other documents.

    Streams are made deep inside ReportLab while it writes the file, so the class itself has to learn it, once.
    """
    from reportlab.pdfbase import pdfdoc

    original = pdfdoc.PDFStream.format
    if getattr(original, "ends_on_its_own_line", False):
        return

    def format_stream(stream: Any, document: Any) -> bytes:
        written: bytes = original(stream, document)
        return written.removesuffix(b"endstream\n") + b"\nendstream\n"

    format_stream.ends_on_its_own_line = True  # type: ignore[attr-defined]  # a mark that it is installed
    pdfdoc.PDFStream.format = format_stream
