# ruff: noqa: DTZ001 - the store and workbooks hold times without a zone
"""Files that nobody wants: each is refused with a reason, or its bad rows go to quarantine; the rest stays."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from qms_reports import building
from qms_reports.datasets.ingestion import RefusedDelivery
from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.sources.landing import Landing
from qms_reports_tests.robustness_scenario import HEADER, MAY, SOURCE, Installation, csv, manifest

GOOD = "A-1,2024-05-02,,North,12.50,fine"


@pytest.fixture
def site(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def refusal(site: Installation, content: bytes, name: str = "incidents.csv") -> str:
    """Deliver a file that is refused, and see that nothing of it was taken in."""
    before = site.version_count()
    site.receive(content, name, MAY + dt.timedelta(days=1))
    with pytest.raises(RefusedDelivery) as caught:
        site.clean()
    assert name in str(caught.value)
    assert caught.value.delivery is not None
    assert site.version_count() == before
    assert not list(site.settings.home.rglob(".staging-*"))
    return str(caught.value)


def test_an_empty_file_is_refused_and_the_records_before_it_stay(site: Installation) -> None:
    site.deliver(csv(GOOD))
    assert "the file is empty" in refusal(site, b"", "incidents_empty.csv")
    assert [row[0] for row in site.records()] == ["A-1"]


def test_a_file_with_only_a_header_is_taken_in_and_changes_nothing(site: Installation) -> None:
    site.deliver(csv(GOOD))
    ingested = site.deliver(csv(), "incidents_header.csv", MAY + dt.timedelta(days=1))
    assert ingested.counts["read"] == 0
    assert ingested.months == ()
    assert [row[0] for row in site.records()] == ["A-1"]


def test_a_header_alone_as_a_full_extract_does_not_withdraw_everything(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\n")
    site.deliver(csv(GOOD))
    said = refusal(site, csv(), "incidents_header.csv")
    assert "would withdraw 1 of 1 known records" in said
    assert "full_may_withdraw" in said
    assert [row[0] for row in site.records()] == ["A-1"]


def test_a_full_extract_that_loses_most_rows_is_refused_and_one_that_loses_few_withdraws_them(
    site: Installation,
) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\n")
    rows = [f"A-{number:02d},2024-05-02,,North,1.00,x" for number in range(20)]
    site.deliver(csv(*rows))
    day = MAY + dt.timedelta(days=1)
    assert "would withdraw 10 of 20" in refusal(site, csv(*rows[:10]), "incidents_half.csv")
    site.receive(csv(*rows[:18]), "incidents_most.csv", day)
    with pytest.raises(RefusedDelivery, match="incidents_half"):
        site.clean()  # the refused one is still in the way: nobody took it back
    site.store.refuse(next(_hashes(site, "incidents_half.csv")), "taken back")
    (ingested,) = site.clean()
    assert ingested.counts["withdrawn"] == 2
    assert len(site.records()) == 18


def _hashes(site: Installation, name: str) -> Iterator[str]:
    return (d.sha256 for d in Landing(site.settings.home, "incidents_export").deliveries() if d.name == name)


def test_a_full_extract_with_unreadable_rows_withdraws_nothing_because_they_may_be_the_missing_ones(
    site: Installation,
) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\n")
    rows = [f"A-{number:02d},2024-05-02,,North,1.00,x" for number in range(20)]
    site.deliver(csv(*rows))
    damaged = [*rows[:-1], "A-19,2024-05-02,,North"]
    ingested = site.deliver(csv(*damaged), "incidents_damaged.csv", MAY + dt.timedelta(days=1))
    assert len(site.records()) == 20
    assert ingested.counts["withdrawn"] == 0
    assert any("nothing was withdrawn" in warning for warning in ingested.warnings)
    assert [row[:2] for row in site.quarantined()] == [(20, "unreadable_row")]


def test_a_missing_column_is_named_with_the_columns_that_are_there(site: Installation) -> None:
    content = csv("A-1,2024-05-02,,North,fine", header="id,happened,closed,site,note")
    said = refusal(site, content)
    assert "'amount'" in said
    assert "'happened'" in said
    assert "mend 'source' in the declaration" in said


def test_an_extra_column_is_taken_note_of_and_the_rows_are_taken_in(site: Installation) -> None:
    ingested = site.deliver(csv(GOOD + ",?", header=HEADER + ",colour"))
    assert ingested.warnings == ("incidents.csv: not used: colour",)
    assert len(site.records()) == 1


def test_columns_may_change_their_order_between_deliveries(site: Installation) -> None:
    site.deliver(csv(GOOD))
    turned = csv("fine,12.50,North,,2024-05-02,A-1", header="note,amount,site,closed,happened,id")
    ingested = site.deliver(turned, "incidents_turned.csv", MAY + dt.timedelta(days=1))
    assert ingested.counts["unchanged"] == 1
    assert site.version_count() == 1


def test_the_wrong_delimiter_is_found_and_the_right_one_proposed(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + 'format: {delimiter: ","}\n')
    said = refusal(site, csv(GOOD).replace(b",", b";"))
    assert "delimiter is declared as a comma" in said
    assert "';'" in said


def test_a_semicolon_file_from_excel_with_byte_order_mark_windows_lines_and_code_page_is_read(
    site: Installation,
) -> None:
    for number, encoding in enumerate(("utf-8-sig", "cp1252")):
        text = "id;happened;closed;site;amount;note\r\nA-1;2024-05-02;;Zürich;12.50;größer\r\n"
        site.deliver(text.encode(encoding), f"incidents_{number}.csv", MAY + dt.timedelta(days=number))
        assert [row[2::2] for row in site.records()] == [("Zürich", "größer")]
    assert site.version_count() == 1


def test_rows_in_another_encoding_go_to_quarantine_and_the_others_are_taken_in(site: Installation) -> None:
    rows = [f"A-{number},2024-05-02,,Zürich,1.00,größer".encode() for number in range(1, 6)]
    rows.append("A-6,2024-05-02,,Zürich,1.00,größer".encode("cp1252"))
    site.deliver(b"\n".join([HEADER.encode(), *rows, b""]))
    assert len(site.records()) == 5
    assert [(row, rule) for row, rule, *_ in site.quarantined()] == [(6, "undecodable"), (6, "undecodable")]
    assert site.quarantined()[0][3] == "gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}er"


def test_a_row_with_nul_bytes_goes_to_quarantine_with_the_bytes_made_visible(site: Installation) -> None:
    site.deliver(csv(GOOD, "A-2,2024-05-03,,No\0rth,1,x"))
    assert [row[0] for row in site.records()] == ["A-1"]
    ((row, rule, column, value, _message),) = site.quarantined()
    assert (row, rule, column, value) == (2, "undecodable", "site", "No␀rth")


def test_a_row_with_too_few_cells_goes_to_quarantine_with_its_number(site: Installation) -> None:
    site.deliver(csv(GOOD, "A-2,2024-05-03", GOOD.replace("A-1", "A-3")))
    assert [row[0] for row in site.records()] == ["A-1", "A-3"]
    ((row, rule, _column, value, message),) = site.quarantined()
    assert (row, rule, value) == (2, "unreadable_row", "A-2,2024-05-03")
    assert "2 cells" in message


def test_a_million_characters_in_a_cell_come_through_to_the_record_and_are_cut_visibly_in_the_reports(
    site: Installation,
) -> None:
    long = "lang " * 200_000
    site.deliver(csv(GOOD, f"A-2,2024-05-03,,North,1.00,{long.strip()}"))
    assert site.records("length(note)") == [(4,), (999_999,)]
    files = site.report()
    book = openpyxl.load_workbook(files["xlsx"])
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    shown = [text for text in cells if text.startswith("lang lang")]
    assert shown
    assert {len(text) for text in shown} == {32_767}
    assert all(text.endswith("… (cut at 32,767 characters; full text in the dataset)") for text in shown)
    assert manifest(files["pdf"])["pages"] < 30


def test_a_million_characters_in_a_bad_cell_come_through_to_quarantine(site: Installation) -> None:
    long = "9" * 1_000_000
    site.deliver(csv(GOOD, f"A-2,2024-05-03,,North,{long},x"))
    ((row, rule, column, value, message),) = site.quarantined()
    assert (row, rule, column) == (2, "unreadable", "amount")
    assert value == "9" * 200
    assert "at most 26 digits" in message
    assert site.report()["xlsx"].exists()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0212-05-01", "impossible_date"),
        ("2024-02-31", "unreadable"),
        ("2200-01-01", "impossible_date"),
        ("12345-01-01", "impossible_date"),
        ("-0044-03-15", "unreadable"),
        ("infinity", "unreadable"),
        ("epoch", "unreadable"),
        ("31.05.2024", "unreadable"),
        ("yesterday", "unreadable"),
        ("", "missing"),
    ],
)
def test_an_impossible_date_goes_to_quarantine_with_the_value(site: Installation, text: str, rule: str) -> None:
    site.deliver(csv(GOOD, f"A-2,{text},,North,1.00,x"))
    assert [row[0] for row in site.records()] == ["A-1"]
    found = site.quarantined()
    assert {(row, column) for row, _, column, *_ in found} == {(2, "happened")}
    assert rule in {row[1] for row in found}
    assert {row[3] for row in found} == {text}
    months = site.store.commits()[0].quarantined_months
    assert all(len(month) == 7 for month in months)


def test_a_report_of_a_month_with_impossible_dates_in_quarantine_is_built(site: Installation) -> None:
    site.deliver(csv(GOOD, "A-2,12345-01-01,,North,1.00,x", "A-3,0212-05-01,,North,1.00,x"))
    book = openpyxl.load_workbook(site.report()["xlsx"])
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert any("12345-01-01" in text for text in texts)
    assert any("0212-05-01" in text for text in texts)


def test_identical_duplicates_count_once_and_conflicting_ones_name_both_rows(site: Installation) -> None:
    ingested = site.deliver(csv(GOOD, GOOD, GOOD.replace("12.50", "99.00"), GOOD.replace("A-1", "A-2")))
    assert ingested.counts["duplicate"] == 1
    assert ingested.counts["quarantined"] == 1
    assert [row[3] for row in site.records()] == [Decimal("12.50"), Decimal("12.50")]
    ((row, rule, _column, value, message),) = site.quarantined()
    assert (row, rule, value) == (3, "duplicate_key", "A-1")
    assert "row 1" in message


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1+1", "|cmd"])
def test_a_text_that_looks_like_a_formula_is_text_in_the_workbook(site: Installation, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    site.deliver(csv(f"A-1,2024-05-02,,{quoted},1.00,{quoted}", f"{quoted},2024-05-32,,North,1,x"))
    book = openpyxl.load_workbook(site.report(forms=["xlsx"])["xlsx"])
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if text.strip() in str(cell.value)]
    assert found
    assert {cell.data_type for cell in found} == {"s"}


def test_huge_numbers_and_decimal_commas_are_named_and_never_guessed(site: Installation) -> None:
    rows = [
        "A-1,2024-05-02,,North,99999999999999999999999999.99,x",
        "A-2,2024-05-02,,North,999999999999999999999999999.99,x",
        'A-3,2024-05-02,,North,"12,50",x',
        "A-4,2024-05-02,,North,1e3,x",
        "A-5,2024-05-02,,North,nan,x",
        "A-6,2024-05-02,,North,inf,x",
    ]
    site.deliver(csv(*rows))
    assert [(row[0], row[3]) for row in site.records()] == [
        ("A-1", Decimal("99999999999999999999999999.99")),
        ("A-4", Decimal("1000.00")),
    ]
    assert [(row, value) for row, _, _, value, _ in site.quarantined()] == [
        (2, "999999999999999999999999999.99"), (3, "12,50"), (5, "nan"), (6, "inf"),
    ]  # fmt: skip
    assert all("decimal point" in message for *_, message in site.quarantined())
    assert site.report()["pdf"].exists()


def test_a_number_that_is_rounded_says_so_also_in_exponent_notation(site: Installation) -> None:
    ingested = site.deliver(csv("A-1,2024-05-02,,North,1.005,x", "A-2,2024-05-02,,North,1e-5,x"))
    assert any("2 rows: has more than 2 digits" in warning for warning in ingested.warnings)


def test_the_same_file_under_another_name_or_compressed_adds_no_version(site: Installation) -> None:
    content = csv(GOOD, GOOD.replace("A-1", "A-2"))
    site.deliver(content)
    state = site.store.data_version(None)
    assert site.receive(content, "incidents_again.csv").name == "incidents.csv"
    assert site.clean() == []
    for number, name in enumerate(("incidents.csv.gz", "incidents_plain_name.csv"), start=1):
        packed = gzip.compress(content, compresslevel=number, mtime=number)
        ingested = site.deliver(packed, name, MAY + dt.timedelta(days=number))
        assert ingested.counts["unchanged"] == 2
        assert ingested.months == ()
    assert site.version_count() == 2
    assert site.store.data_version(None) == state


def test_plain_text_named_gz_is_read_as_what_it_is(site: Installation) -> None:
    site.deliver(csv(GOOD), "incidents.csv.gz")
    assert len(site.records()) == 1


def test_a_truncated_gzip_file_is_refused(site: Installation) -> None:
    packed = gzip.compress(csv(*(GOOD.replace("A-1", f"A-{n}") for n in range(1000))))
    assert "incidents.csv.gz" in refusal(site, packed[: len(packed) // 2], "incidents.csv.gz")


def test_a_workbook_is_read_where_the_kind_is_open_and_refused_where_csv_is_declared(site: Installation) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["A-1", dt.date(2024, 5, 2), None, "North", 12.5, "fine"])
    content = io.BytesIO()
    book.save(content)
    site.deliver(content.getvalue(), "incidents.xlsx")
    assert site.records() == [("A-1", dt.date(2024, 5, 2), "North", Decimal("12.50"), "fine")]
    site.declare("sources/incidents_export.yaml", SOURCE + "format: {kind: csv}\n")
    book.active.append(["A-2", dt.date(2024, 5, 3), None, "North", 1, "fine"])
    book.save(content := io.BytesIO())
    said = refusal(site, content.getvalue(), "incidents_more.xlsx")
    assert "declared as csv but is an Excel" in said
    assert "auto" in said


def test_a_picture_named_csv_is_refused(site: Installation) -> None:
    assert "PNG" in refusal(site, b"\x89PNG\r\n\x1a\n" + bytes(2000))


def test_days_never_shift_whatever_the_zone_of_the_site(tmp_path: Path) -> None:
    rows = ["A-1,2024-05-01,2024-05-31,Tokyo,1.00,x", "A-2,2024-04-30,2024-05-01,Tokyo,1.00,x"]
    seen = []
    for zone in ("Asia/Tokyo", "America/Los_Angeles", "Pacific/Apia", "UTC"):
        (tmp_path / zone.replace("/", "_")).mkdir()
        site = Installation(tmp_path / zone.replace("/", "_"), time_zone=zone)
        site.deliver(csv(*rows))
        assert site.records("id, happened, closed, _month") == [
            ("A-1", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "2024-05"),
            ("A-2", dt.date(2024, 4, 30), dt.date(2024, 5, 1), "2024-04"),
        ]
        book = openpyxl.load_workbook(site.report(forms=["xlsx"])["xlsx"])
        seen.append(
            [c.value for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, dt.datetime)]
        )
    assert dt.datetime(2024, 5, 1) in seen[0]


def test_the_running_month_is_reported_as_not_complete(site: Installation) -> None:
    site.deliver(csv(GOOD, "A-2,2024-06-01,,North,1.00,x"), at=dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC))
    for period, state in (("2024-05", "ok"), ("2024-06", "partial"), ("2024-07", "no data")):
        rows = building.compute(site.settings, site.catalogue, "incidents", Edition(parse_period(period)))
        assert {row.state for row in rows if row.ago == 0 and not row.dimension} == {state}
