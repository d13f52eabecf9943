"""The document inside each of its files, so that any of them alone can be verified and compared.

A PDF carries it as the attachment ``report.json.gz``, a workbook as a custom XML part, a page in an inert
``<template>``; the JSON form is the document itself.  What people see and what is embedded are written from the same
object; `verifying` proves it by writing the file again.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import zipfile
import zlib

from qms_reports.reports.document import Report
from qms_reports.reports.stored_document import NotAReport, read_report, write_report

ATTACHMENT = "report.json.gz"
WORKBOOK_PART = "customXml/item1.xml"
NAMESPACE = "urn:qms-reports:document:1"
PAGE_ID = "qms-reports-document"
MOST_BYTES = 512 * 2**20
"""A document that unpacks to more is refused: no report is that large, but a zip bomb is."""

_IN_PART = re.compile(rb"<document[^>]*>([A-Za-z0-9+/=\s]*)</document>")
_IN_PAGE = re.compile(rb'<template id="' + PAGE_ID.encode() + rb'">([A-Za-z0-9+/=\s]*)</template>')


def pack(report: Report) -> bytes:
    """The document as compressed JSON; equal reports give equal bytes."""
    return gzip.compress(write_report(report), compresslevel=6, mtime=0)


def workbook_part(report: Report) -> bytes:
    """The document as a workbook's custom XML part."""
    content = base64.b64encode(pack(report)).decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document xmlns="{NAMESPACE}">{content}</document>'.encode()


def page_element(report: Report) -> str:
    """The document as an element of a page that no reader shows."""
    return f'<template id="{PAGE_ID}">{base64.b64encode(pack(report)).decode()}</template>'


def unpack(content: bytes) -> Report:
    """The document in a file of any form.

    Args:
        content: A PDF (signed or not), workbook, page or JSON file that this product wrote.

    Raises:
        NotAReport: There is none in it; the message says why.
    """
    if content.startswith(b"%PDF-"):
        return read_report(_expanded(_of_pdf(content)))
    if content.startswith(b"PK\x03\x04"):
        return read_report(_expanded(_of_workbook(content)))
    if content.lstrip()[:1] == b"{":
        return read_report(content)
    found = _IN_PAGE.search(content)
    if found is None:
        raise NotAReport("neither a PDF nor a workbook, page or JSON file of a report")
    return read_report(_expanded(_decoded(found[1])))


def _of_pdf(content: bytes) -> bytes:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        attachments = PdfReader(io.BytesIO(content)).attachments
        found = attachments.get(ATTACHMENT, [])
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAReport(f"the PDF cannot be read: {error}") from error
    if len(found) != 1:
        raise NotAReport(f"the PDF has no attachment {ATTACHMENT}: it is no report of this product")
    return bytes(found[0])


def _of_workbook(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(WORKBOOK_PART).file_size > MOST_BYTES:
                raise NotAReport("the document in the workbook is too large to be one")
            part = archive.read(WORKBOOK_PART)
    except KeyError as error:
        raise NotAReport(f"the workbook has no part {WORKBOOK_PART}: it is no report of this product") from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise NotAReport(f"the workbook cannot be read: {error}") from error
    found = _IN_PART.search(part)
    if found is None or NAMESPACE.encode() not in part:
        raise NotAReport(f"the part {WORKBOOK_PART} of the workbook is no document of this product")
    return _decoded(found[1])


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise NotAReport(f"the document is damaged: {error}") from error


def _expanded(packed: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotAReport(f"the document is damaged: {error}") from error
    if len(content) > MOST_BYTES:
        raise NotAReport("the document is too large to be one")
    return content
