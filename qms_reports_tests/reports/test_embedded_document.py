"""Every form of a report carries the document it was written from; anything else is refused with a reason."""

from __future__ import annotations

import gzip

import pytest

from qms_reports.reports import embedded_document
from qms_reports.reports.embedded_document import page_element, unpack
from qms_reports.reports.excel_writer import write_excel
from qms_reports.reports.html_writer import write_html
from qms_reports.reports.json_writer import write_json
from qms_reports.reports.pdf_writer import write_pdf
from qms_reports.reports.stored_document import NotAReport
from qms_reports_tests.reports.sample_report import REPORT


@pytest.mark.parametrize("write", [write_html, write_json, write_pdf, write_excel])
def test_the_document_comes_back_from_its_file(write):
    assert unpack(write(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither a PDF nor"),
        (b"hello", "neither a PDF nor"),
        (b"%PDF-1.7\nnothing", "PDF"),
        (b"PK\x03\x04nothing", "workbook cannot be read"),
        (b"{}", "no stored report"),
        (b'<template id="qms-reports-document">AAAA</template>', "damaged"),
    ],
)
def test_what_is_no_report_is_refused_with_a_reason(content, reason):
    with pytest.raises(NotAReport, match=reason):
        unpack(content)


def test_a_document_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(embedded_document, "MOST_BYTES", 1000)
    assert len(gzip.decompress(embedded_document.pack(REPORT))) > 1000
    with pytest.raises(NotAReport, match="too large"):
        unpack(page_element(REPORT).encode())
