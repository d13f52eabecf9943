"""A stored report is the report: every field, every kind of cell, every chart."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import replace

import pytest

from qms_reports.reports.document import (
    Appendix,
    Approval,
    Column,
    ControlTotal,
    Figure,
    PageSetup,
    Report,
    Revision,
    Table,
    Theme,
)
from qms_reports.reports.stored_document import NotAReport, content_hash, read_report, write_report
from qms_reports_tests.reports.sample_report import REPORT

MIXED = Table(
    "mixed",
    "Every kind of cell",
    (Column("a"), Column("b", "number", 2)),
    (
        ("text", 1),
        (1.0, 10**17 + 1),
        (0.1 + 0.2, -0.0),
        (dt.date(2024, 5, 31), dt.datetime(2024, 5, 31, 12, 0, 0, 1, tzinfo=dt.UTC)),
        (Figure(None, 1), Figure(98.2, 1, percent=True)),
        (None, "=1+1\ud7ff\U0001f600"),
    ),
    kpi_rows=("", "a", "b", "", "", ""),
    total_rows=900,
)
FULL = replace(
    REPORT,
    actions=MIXED,
    theme=Theme("acme", "#123456", ("#abcdef",), b"\x89PNG\x00\xff", "Acme", (("regular", "/fonts/a.ttf"),)),
    page=PageSetup("A3", "landscape"),
    approvals=(Approval("approved", "Head of Quality"),),
    revisions=(Revision("1", "2024-06-03", "ab" * 32, "First issue"), Revision("2", "2024-06-04", "", "restated")),
    control_totals=(ControlTotal("CAPAs", "Export", 10, 8, 1, 1, 8, 3),),
    appendices=(Appendix("capa_overdue", "CAPA overdue", "7", "7 of 41", MIXED),),
    chart_kpis=(("flow", ("capa_overdue",)),),
    parameters=(("Site", "Hamburg"),),
    final=True,
)


@pytest.mark.parametrize("report", [REPORT, FULL], ids=["sample", "every field"])
def test_what_is_read_equals_what_was_written_to_the_last_digit_and_type(report):
    content = write_report(report)
    read = read_report(content)
    assert read == report
    assert write_report(read) == content
    assert repr(read) == repr(report)  # 1 equals 1.0 and True, but is not the same


def test_every_field_of_the_model_is_stored_under_its_own_name():
    stored = json.loads(write_report(FULL))["report"]
    assert set(stored) == {field.name for field in dataclasses.fields(Report)}
    assert stored["actions"]["rows"][4][1] == {"figure": 98.2, "decimals": 1, "percent": True}


def test_the_content_hash_knows_what_is_said_and_not_which_issue_says_it():
    same = replace(FULL, version="9", revisions=(), status="APPROVED", final=False)
    same = replace(same, provenance=replace(same.provenance, content_sha256="other"))
    same = replace(same, theme=replace(same.theme, fonts=(("regular", "/elsewhere/a.ttf"),)))
    assert content_hash(same) == content_hash(FULL)
    row = (*MIXED.rows[:1], (1.0, 10**17), *MIXED.rows[2:])
    for other in (
        replace(FULL, appendices=(replace(FULL.appendices[0], table=replace(MIXED, rows=row)),)),
        replace(FULL, language="de"),
        replace(FULL, parameters=()),
        replace(FULL, tiles=FULL.tiles[1:]),
    ):
        assert content_hash(other) != content_hash(FULL)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7", "no JSON"),
        (b'{"pages": 3}', 'it does not say "format"'),
        (b'{"format": "qms_reports report", "format_version": 99, "report": {}}', "format version 99"),
        (b'{"format": "qms_reports report", "format_version": 1, "report": {"id": "x"}}', "missing"),
        (b'{"format": "qms_reports report", "format_version": 1, "report": []}', "no report of this version"),
    ],
)
def test_what_is_no_stored_report_is_refused_and_says_why(content, message):
    with pytest.raises(NotAReport, match=message):
        read_report(content)


def test_a_number_that_json_has_not_is_refused_rather_than_written_as_something_else():
    broken = replace(FULL, actions=replace(MIXED, rows=((float("nan"), 1),)))
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_report(broken)
