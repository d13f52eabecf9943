"""What validation asks beside the declarations: sources, records, time."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace

import pytest

from qms_reports.declarations.issues import Severity
from qms_reports.store import TooSlowError, connect, stopped_after
from qms_reports.validation import Asked, at_least, validate
from qms_reports.validation.probing import PROBES, probe
from qms_reports_tests.previewing.test_preview import ROWS, TEMPLATE
from qms_reports_tests.small_catalogue import COLUMNS, Site


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    (site.folder / "catalog" / "templates").mkdir()
    (site.folder / "catalog" / "templates" / "brief.yaml").write_text(TEMPLATE)
    return site


def codes(issues):
    return [(issue.code, issue.severity.value) for issue in issues]


def source(site, text):
    (site.folder / "catalog" / "sources" / "deviations_export.yaml").write_text(
        f"source: deviations_export\ntitle: Deviations\ninbox: ['deviations*.csv']\n{text}"
    )


def test_a_source_that_nothing_came_from_is_named(site):
    (issue,) = validate(site.settings, asked=Asked(probe=True)).issues
    assert codes([issue]) == [("sources.nothing_received", "info")]
    assert "deviations_export.yaml:1:9" in str(issue)


def test_the_columns_that_a_file_has_not_are_named_at_the_dataset(site):
    (site.folder / "catalog" / "sources" / "export.csv").write_text(",".join(COLUMNS).replace("site", "sites") + "\n")
    source(site, "file: export.csv\n")
    (issue,) = validate(site.settings, asked=Asked(probe=True)).issues
    assert issue.code == "sources.missing_column"
    assert "datasets/deviations.yaml" in issue.file
    assert (issue.field, issue.hint) == ("columns.site", "did you mean 'sites'?")


def test_a_file_that_cannot_be_read_is_named_with_the_reason(site):
    (site.folder / "catalog" / "sources" / "export.csv").write_bytes(b"id;opened\n1;\x00\x01\x02")
    source(site, "file: export.csv\nformat: {kind: excel}\n")
    (issue,) = validate(site.settings, asked=Asked(probe=True)).issues
    assert codes([issue]) == [("sources.unreadable", "error")]
    assert "export.csv" in issue.message


def test_a_source_that_does_not_answer_holds_nobody_up(site, monkeypatch):
    let_go = threading.Event()
    monkeypatch.setitem(PROBES, "file", lambda *_: let_go.wait(30) and None)
    began = time.monotonic()
    (issue,) = probe(site.settings, site.catalogue, seconds=0.2)
    let_go.set()
    assert time.monotonic() - began < 5
    assert codes([issue]) == [("sources.slow", "warning")]


def test_kpis_without_records_are_named_where_they_are_declared(site):
    site.deliver(ROWS[:3], "2024-08-02")
    issues = validate(site.settings, asked=Asked(data=True)).issues
    assert {issue.code for issue in issues} <= {"data_quality.no_data", "data_quality.too_little"}
    assert all("kpis/deviations.yaml" in issue.file for issue in issues)
    empty = Site(site.folder / "empty")
    (empty.folder / "catalog" / "templates").mkdir()
    (empty.folder / "catalog" / "templates" / "brief.yaml").write_text(TEMPLATE)
    found = validate(empty.settings, asked=Asked(data=True)).issues
    assert codes(found) == [("data_quality.no_data", "warning")] * 2
    assert "nothing of Deviations has ever been delivered" in found[0].message


def test_a_dry_run_says_what_takes_the_time_and_leaves_nothing_behind(site):
    site.deliver(ROWS, "2024-06-02")
    before = sorted(path for path in site.settings.home.rglob("*") if path.is_file())
    file = site.folder / "catalog" / "templates" / "brief.yaml"
    issues = validate(site.settings, file, Asked(performance=True)).issues
    assert sorted(path for path in site.settings.home.rglob("*") if path.is_file()) == before
    (summary,) = [issue for issue in issues if issue.code == "performance.stages"]
    assert summary.message.startswith("2024-05 takes ")
    assert all(stage in summary.message for stage in ("records", "kpis", "charts", "document", "pdf", "xlsx"))
    assert [issue for issue in issues if issue.code == "performance.stage"]


def test_a_statement_beyond_the_limit_ends_the_dry_run_with_an_issue(site, monkeypatch):
    site.deliver(ROWS, "2024-06-02")
    from qms_reports.kpis import counting

    real = counting.statement

    def endless(*arguments, **named):
        made = real(*arguments, **named)
        forever = "SELECT count(*) FROM range(100000000000) a, range(100000000000) b WHERE a.range = b.range * 2 + 1"
        return replace(made, sql=f"SELECT ({forever}), * FROM ({made.sql})")

    monkeypatch.setattr(counting, "statement", endless)
    began = time.monotonic()
    issues = validate(site.settings, asked=Asked(performance=True, seconds=0.3)).issues
    assert time.monotonic() - began < 30
    assert codes(issues) == [("performance.stopped", "error")]
    assert "the figures of dataset deviations took longer than 0.3 s and was stopped" in issues[0].message


def test_a_statement_is_stopped_and_the_session_goes_on():
    connection = connect()
    cursor = connection.cursor()
    with pytest.raises(TooSlowError, match="QMS_REPORTS_STATEMENT_SECONDS"), stopped_after(cursor, 0.2, "this"):
        cursor.execute("SELECT count(*) FROM range(100000000000) a, range(1000) b").fetchall()
    assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    with stopped_after(cursor, 60, "this"):
        assert cursor.execute("SELECT 2").fetchall() == [(2,)]


def test_levels_leave_out_what_matters_less(site):
    issues = validate(site.settings, asked=Asked(probe=True)).issues
    assert at_least(issues, Severity.WARNING) == ()
    assert at_least(issues, Severity.INFO) == issues


def test_one_file_is_checked_where_it_lies(site, tmp_path):
    file = tmp_path / "elsewhere.yaml"
    file.write_text(TEMPLATE.replace("[opened, closed_share]", "[opened, closed_shar]"))
    found = validate(site.settings, file)
    (issue,) = found.issues
    assert (issue.code, issue.line, issue.column) == ("structure.unknown_kpi", 4, 17)
    assert found.file is not None
    assert found.file.template is None
    os.utime(file)
    file.write_text(TEMPLATE)
    assert validate(site.settings, file).issues == ()
