"""The files as a whole: coherent, in order, of the size asked for, the same every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from zoneinfo import ZoneInfo

import duckdb
import pytest

from qms_reports.example_company.command import DemoDataRefused, write_demo_data
from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.plan import Plan
from qms_reports.example_company.sites import ZONES
from qms_reports.sources.files import open_file
from qms_reports.sources.format import FileFormat

ONE_YEAR = """
import sys
from pathlib import Path
from qms_reports.example_company.command import write_demo_data
write_demo_data(Path(sys.argv[1]), 7, "2023-01", "2023-12", 3000, sys.argv[2], int(sys.argv[3]))
"""

LINKS = {
    ("quality_events", "batch_id"): ("batches", "batch_id"),
    ("quality_events", "change_id"): ("change_controls", "change_id"),
    ("quality_events", "supplier_id"): ("suppliers", "supplier_id"),
    ("complaints", "batch_id"): ("batches", "batch_id"),
    ("complaints", "duplicate_of"): ("complaints", "complaint_id"),
    ("audits", "supplier_id"): ("suppliers", "supplier_id"),
    ("audit_findings", "audit_id"): ("audits", "audit_id"),
    ("training", "document_id"): ("documents", "document_id"),
    ("supplier_deliveries", "supplier_id"): ("suppliers", "supplier_id"),
    ("batch_steps", "batch_id"): ("batches", "batch_id"),
    ("test_results", "batch_id"): ("batches", "batch_id"),
    ("actions", "supplier_id"): ("suppliers", "supplier_id"),
    ("units_distributed", "batch_id"): ("batches", "batch_id"),
}
SMALL_KINDS = ("suppliers", "documents", "audits", "audit_findings")


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_arguments_give_the_same_bytes_whatever_the_threads_and_the_hash_seed(tmp_path, form):
    made = []
    for hash_seed, workers in (("1", "1"), ("2", "3")):
        folder = tmp_path / hash_seed / "demo"
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": ("Asia/Tokyo", "UTC")[workers == "1"]}
        subprocess.run([sys.executable, "-c", ONE_YEAR, str(folder), form, workers], env=environment, check=True)
        made.append(digests(folder))
    assert made[0] == made[1]
    assert {name.split("_20")[0] for name in made[0]} == {*KINDS, "truth.json"}


def test_the_text_files_have_the_bytes_they_had_when_this_test_was_written(tmp_path):
    written = write_demo_data(tmp_path / "demo", 7, "2023-01", "2023-06", 1000, workers=1)
    text = json.dumps(
        {name: digest for name, digest in sorted(digests(written.folder).items()) if name != "truth.json"}
    )
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "6f6163b2039f9869361fb0f55cf4b9b4fcdcef66b3ac88b308a25ed4dd2f4c1e"
    )


def test_another_seed_is_another_company(tmp_path):
    one = write_demo_data(tmp_path / "one", 7, "2023-01", "2023-02", 1000)
    other = write_demo_data(tmp_path / "other", 8, "2023-01", "2023-02", 1000)
    assert digests(one.folder)["training_2023.csv"] != digests(other.folder)["training_2023.csv"]


def test_every_link_leads_to_a_record(company):
    ids = {kind: {row[KINDS[kind].key[0]] for row in rows} for kind, rows in company.rows.items()}
    for (kind, column), (target, _) in LINKS.items():
        stated = {row[column] for row in company.rows[kind]} - {""}
        assert stated, f"{kind} never states its {column}"
        assert stated <= ids[target], f"{kind}.{column}"
    origins = {"deviation": "quality_events", "complaint": "complaints", "audit": "audits"}
    for kind, target in origins.items():
        stated = {row["event_id"] for row in company.rows["capas"] if row["source_kind"] == kind} - {""}
        assert stated <= ids[target], kind
    versions = {(row["document_id"], row["version"]) for row in company.rows["documents"]}
    assert {(row["document_id"], row["document_version"]) for row in company.rows["training"]} <= versions


def test_a_record_and_what_it_belongs_to_are_of_one_site(company):
    sites = {row["batch_id"]: row["site"] for row in company.rows["batches"]}
    for kind in ("quality_events", "complaints", "test_results", "units_distributed", "batch_steps"):
        for row in company.rows[kind]:
            if row["batch_id"] and "-P" not in row["batch_id"]:
                assert row["site"] == sites[row["batch_id"]], row


def test_the_files_in_the_order_of_their_names_are_the_order_in_which_it_was_recorded(company):
    last = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    for kind, rows in company.rows.items():
        moments = [dt.datetime.fromisoformat(row["recorded_at"]).astimezone(dt.UTC) for row in rows]
        assert moments == sorted(moments), kind
        assert not moments or moments[-1] < last, kind
        versions = {(*(row[name] for name in KINDS[kind].key), row["recorded_at"]) for row in rows}
        assert len(versions) == len(rows), kind


def test_the_counts_that_the_truth_states_are_those_of_the_files(company):
    for kind, rows in company.rows.items():
        assert company.truth["versions"][kind] == len(rows)
        assert company.truth["records"][kind] == len({tuple(row[name] for name in KINDS[kind].key) for row in rows})
    assert company.written.records == company.truth["records"]
    assert set(company.written.files) == set(company.truth["files"])


def test_every_instant_has_the_offset_that_its_site_had(company):
    for kind, rows in company.rows.items():
        for row in rows:
            zone = ZoneInfo(ZONES[row.get("site") or "HAM"])
            for column in ("recorded_at", "occurred_at", "logged_at"):
                if row.get(column):
                    moment = dt.datetime.fromisoformat(row[column])
                    assert moment.utcoffset() == moment.astimezone(zone).utcoffset(), (kind, row)


def test_nothing_but_what_was_planted_has_impossible_dates(company):
    orders = {
        "quality_events": [("logged_at", "closed_on"), ("first_closed_on", "reopened_on")],
        "capas": [("opened_on", "closed_on"), ("investigation_done_on", "implemented_on"), ("opened_on", "voided_on")],
        "complaints": [("received_on", "closed_on"), ("received_on", "reported_on"), ("awareness_on", "reported_on")],
        "change_controls": [("opened_on", "implemented_on"), ("implemented_on", "closed_on")],
        "batches": [("started_on", "ended_on"), ("ended_on", "dispositioned_on")],
        "training": [("assigned_on", "completed_on"), ("joined_on", "assigned_on"), ("assigned_on", "superseded_on")],
        "audits": [("performed_on", "report_issued_on")],
        "documents": [("drafted_on", "approved_on"), ("approved_on", "effective_on"), ("effective_on", "obsolete_on")],
        "product_recalls": [("initiated_on", "terminated_on")],
        "supplier_deliveries": [("received_on", "inspected_on"), ("received_on", "defect_detected_on")],
    }
    bad = set()
    for kind, pairs in orders.items():
        for row in company.rows[kind]:
            for earlier, later in pairs:
                if row[earlier] and row[later] and row[earlier][:10] > row[later][:10]:
                    bad.add(row[KINDS[kind].key[0]])
    assert bad <= set(company.truth["must_be_quarantined"])


def test_what_is_open_at_the_end_of_a_month_was_open_before_or_came_and_did_not_go(company):
    for flows in company.truth["monthly_totals"]["flows"].values():
        came, went = ("opened", "reopened"), ("closed", "closed_again", "voided_while_open")
        for month in range(1, len(company.truth["monthly_totals"]["months"])):
            now, before = flows["open_at_end"][month], flows["open_at_end"][month - 1]
            assert now == before + sum(flows[name][month] for name in came) - sum(flows[name][month] for name in went)
        assert sum(flows["opened"]) > 0


def test_the_number_of_records_is_about_the_scale_with_fixed_shares(larger):
    folder, _ = larger
    truth = json.loads((folder / "truth.json").read_text())
    assert sum(truth["records"].values()) == pytest.approx(300_000, rel=0.08)
    for kind in KINDS.values():
        expected = kind.share * 300_000
        assert truth["records"][kind.name] == pytest.approx(expected, rel=0.25, abs=400), kind.name
    assert truth["monthly_totals"]["flows"] is None


def test_a_large_company_is_written_in_little_memory(larger):
    assert larger[1] < 700


def test_every_file_can_be_read_by_the_door_for_delivered_files(larger, company, tmp_path):
    for path in (larger[0] / "quality_events_2023.parquet", company.written.folder / "quality_events_2023.csv"):
        workdir = tmp_path / path.suffix[1:]
        workdir.mkdir()
        with duckdb.connect() as connection:
            table = open_file(path, FileFormat(), connection, workdir)
            assert list(KINDS["quality_events"].columns) == list(table.columns)
            counted = connection.execute(f"SELECT count(*) FROM ({table.sql})").fetchone()
        truth = json.loads((path.parent / "truth.json").read_text())
        assert counted == (truth["files"][path.name]["versions"],)


def test_a_folder_with_other_files_is_left_alone_and_one_of_ours_is_replaced(tmp_path):
    folder = tmp_path / "demo"
    first = write_demo_data(folder, 7, "2023-01", "2023-01", 1000)
    again = write_demo_data(folder, 7, "2023-01", "2023-01", 1000, "parquet")
    assert {path.suffix for path in folder.iterdir()} == {".parquet", ".json"}
    assert first.records == again.records
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(DemoDataRefused, match=r"letter\.txt"):
        write_demo_data(folder, 7, "2023-01", "2023-01", 1000)
    assert (folder / "letter.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"first": "2023-13"}, "--from '2023-13'"),
        ({"last": "2022-12"}, "lies after"),
        ({"scale": 10}, "--scale 10"),
        ({"format": "xlsx"}, "expected csv or parquet"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_written(tmp_path, changed, said):
    arguments = {
        "folder": tmp_path / "demo",
        "seed": 7,
        "first": "2023-01",
        "last": "2023-01",
        "scale": 1000,
        **changed,
    }
    with pytest.raises(DemoDataRefused, match=said):
        write_demo_data(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_what_the_command_prints_names_every_kind_and_the_folder(company):
    told = company.written.told()
    assert all(kind in told for kind in KINDS)
    assert str(company.written.folder) in told


def test_months_share_the_records_without_gap_or_overlap():
    plan = Plan(7, dt.date(2019, 1, 1), dt.date(2025, 12, 31), 1_000_000)
    bounds = [plan.before("training", position) for position in range(len(plan.months) + 1)]
    assert bounds[0] == 0
    assert bounds[-1] == plan.total("training")
    assert bounds == sorted(bounds)
    august, september = (bounds[position + 1] - bounds[position] for position in (7, 8))
    assert august < 0.8 * september


def test_files_of_a_month_hold_the_same_rows_as_files_of_a_year(tmp_path, monkeypatch):
    arguments = {"seed": 7, "first": "2022-11", "last": "2023-02", "scale": 3000}
    yearly = write_demo_data(tmp_path / "yearly", **arguments)
    monkeypatch.setattr("qms_reports.example_company.writing.LARGEST_FILE", -1)
    monthly = write_demo_data(tmp_path / "monthly", **arguments)
    assert monthly.records == yearly.records
    assert len(monthly.files) > len(yearly.files)
    for kind in KINDS:
        rows = []
        for written in (yearly, monthly):
            paths = sorted(written.folder.glob(f"{kind}_[0-9]*.csv"))
            rows.append([line for path in paths for line in path.read_text(encoding="utf-8").splitlines()[1:]])
        assert rows[0] == rows[1], kind
