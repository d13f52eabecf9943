"""Every figure leads back to rows of delivered files, which are read here independently of the product."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io

import pytest

from qms_reports.kpis.tracing import trace_kpi
from qms_reports.periods import parse_period
from qms_reports.settings import EXAMPLE_CATALOG
from qms_reports.sources.landing import Landing

KEYS = {
    "openfda_recalls": lambda row: {
        f"{row['product_type']} | {row['recall_number']}",
        f"{row['product_type']} | event {row['event_id']}",
    },
    "scms_deliveries": lambda row: {row["ID"]},
    "pharma_laboratory": lambda row: {row["batch"]},
    "oulad_submissions": lambda row: {f"{row['id_assessment']} | {row['id_student']}"},
    "pep_revisions": lambda row: {f"{row['PEP']} | {row['commit_date']}"},
    "bpic_problems": lambda row: {
        row["case_id"],
        f"{row['case_id']} | {utc(row['time:timestamp'])} | {row['concept:name']} | {row['lifecycle:transition']}",
    },
}


def utc(text: str) -> str:
    """An instant with an offset as a record's key has it."""
    return str(dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(tzinfo=None))


DELIMITERS = {"scms_deliveries": "\t", "pharma_laboratory": ";"}
COUNTING = ("count(*)", "count_if(", "sum(products)")


@pytest.fixture(scope="module")
def delivered(settings):
    """Rows of the delivered files by the hash of the file."""
    files = {}
    for source in KEYS:
        landing = Landing(settings.home, source)
        for delivery in landing.deliveries():
            content = landing.path(delivery).read_bytes()
            assert hashlib.sha256(content).hexdigest() == delivery.sha256
            plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            text = io.StringIO(plain.decode("utf-8-sig", errors="replace"), newline="")
            reader = csv.DictReader(
                io.StringIO(text.read().replace("\r\n", "\n").replace("\r", "\n"), newline=""),
                delimiter=DELIMITERS.get(source, ","),
            )
            files[delivery.sha256] = (source, delivery.name, list(reader))
    return files


def test_the_example_files_are_the_shipped_ones(delivered):
    shipped = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (EXAMPLE_CATALOG / "data").glob("*/*")}
    assert set(delivered) <= shipped
    assert len(delivered) == len(KEYS)


def kpis():
    from qms_reports.declarations.catalogue import load_folders

    return sorted(load_folders((EXAMPLE_CATALOG,)).kpis)


@pytest.mark.parametrize("month", ["2014-05", "2020-06"])
@pytest.mark.parametrize("name", kpis())
def test_the_records_behind_a_figure_are_the_rows_of_the_delivered_files(settings, catalogue, delivered, name, month):
    kpi = catalogue.kpis[name]
    dataset = catalogue.datasets[kpi.dataset]
    trace = trace_kpi(settings, catalogue, kpi, parse_period(month))
    if trace.row.state == "no data":
        assert trace.row.value is None
        return
    assert trace.population == trace.row.records
    if kpi.numerator.startswith(COUNTING) and "sum" not in kpi.numerator:
        assert trace.counted == trace.row.numerator
    if dataset.view is None:
        assert len(trace.records) == trace.population
        assert sum(record.counted for record in trace.records) == trace.counted
    else:
        assert len(trace.records) >= trace.population
    for record in trace.records:
        source, file, rows = delivered[record.sha256]
        assert (record.source, record.file) == (source, file)
        assert record.key in KEYS[source](rows[record.row - 1])


def test_the_days_behind_a_median_are_those_in_the_file(settings, catalogue, delivered):
    import datetime as dt
    import statistics

    trace = trace_kpi(settings, catalogue, catalogue.kpis["recalls_days_to_close_median"], parse_period("2020-06"))
    days = []
    for record in trace.records:
        row = delivered[record.sha256][2][record.row - 1]
        opened, closed = (
            dt.datetime.strptime(row[name], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no zone
            for name in ("recall_initiation_date", "termination_date")
        )
        assert closed.strftime("%Y-%m") == "2020-06"
        days.append((closed - opened).days)
    assert statistics.median(days) == trace.row.value


def test_the_trace_of_a_member_is_a_part_of_the_trace_of_the_total(settings, catalogue):
    kpi, period = catalogue.kpis["recalls_closed_within_365"], parse_period("2020-06")
    whole = trace_kpi(settings, catalogue, kpi, period)
    parts = [trace_kpi(settings, catalogue, kpi, period, member=f"product_type={m}") for m in ("Drugs", "Food")]
    assert sum(part.population for part in parts) == whole.population
    assert {r for part in parts for r in part.records} == set(whole.records)
    for part in parts:
        assert (part.counted, part.population) == (part.row.numerator, part.row.denominator)


@pytest.mark.parametrize("kpi", ["recalls_opened", "recall_events_opened"])
def test_a_dimension_or_member_that_does_not_exist_is_named(settings, catalogue, kpi):
    period = parse_period("2020-06")
    with pytest.raises(ValueError, match="'colour' is no dimension of"):
        trace_kpi(settings, catalogue, catalogue.kpis[kpi], period, member="colour=red")
    with pytest.raises(ValueError, match=r"'Devices' is no member of product_type in .*; it has Drugs, Food"):
        trace_kpi(settings, catalogue, catalogue.kpis[kpi], period, member="product_type=Devices")


def test_a_figure_as_known_then_is_traced_to_what_was_known_then(settings, catalogue):
    import datetime as dt

    cutoff = dt.datetime(2024, 1, 31, 23, 59, 59, tzinfo=dt.UTC)
    kpi = catalogue.kpis["recalls_opened"]
    trace = trace_kpi(settings, catalogue, kpi, parse_period("2024-01"), cutoff, "product_type=Drugs")
    assert (trace.counted, trace.row.value) == (16, 16)
    assert all(record.known_from <= cutoff for record in trace.records)
