"""Taking deliveries in: late, early, twice, refused, re-declared, looked up anew."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from qms_reports.datasets import staging
from qms_reports.datasets.ingestion import RefusedDelivery, ingest, pending
from qms_reports.record_versions import RecordVersions
from qms_reports.sources.landing import Landing, land_declared_file
from qms_reports.store import StoreError
from qms_reports_tests.robustness_scenario import DATASET, HEADER, MAY, SOURCE, Installation, csv

DAY = dt.timedelta(days=1)


@pytest.fixture(params=["kept session, rows held", "session of its own, scratch file"])
def site(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Installation:
    if request.param.startswith("session of its own"):
        monkeypatch.setattr(staging, "SMALL_DELIVERY_BYTES", 0)
    return Installation(tmp_path)


def test_a_record_that_moves_to_another_month_and_back_is_in_one_month_at_every_time(site: Installation) -> None:
    for number, day in enumerate(("2024-05-31", "2024-06-01", "2024-05-31", "2024-07-01")):
        content = csv(f"A-1,{day},,North,1.00,x") + b"\n" * number  # a file of its own each time
        site.deliver(content, f"incidents_{number}.csv", MAY + number * DAY)
    seen = [site.records("id, happened, _month", MAY + number * DAY) for number in range(4)]
    assert seen == [
        [("A-1", dt.date(2024, 5, 31), "2024-05")],
        [("A-1", dt.date(2024, 6, 1), "2024-06")],
        [("A-1", dt.date(2024, 5, 31), "2024-05")],
        [("A-1", dt.date(2024, 7, 1), "2024-07")],
    ]
    assert site.store.months() == ("2024-05", "2024-06", "2024-07")


def test_a_withdrawn_record_that_comes_back_is_there_again(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\nfull_may_withdraw: 0.5\n")
    both = csv("A-1,2024-05-01,,North,1.00,x", "A-2,2024-05-01,,North,1.00,x")
    one = csv("A-1,2024-05-01,,North,1.00,x")
    site.deliver(both, "incidents_1.csv", MAY)
    site.deliver(one, "incidents_2.csv", MAY + DAY)
    site.deliver(both.replace(b"\n", b"\r\n"), "incidents_3.csv", MAY + 2 * DAY)
    seen = [[number for (number,) in site.records("id", MAY + days * DAY)] for days in range(3)]
    assert seen == [["A-1", "A-2"], ["A-1"], ["A-1", "A-2"]]


def test_a_full_file_that_returns_to_an_earlier_state_is_news_although_its_bytes_are_known(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\nfull_may_withdraw: 0.5\n")
    both = csv("A-1,2024-05-01,,North,1.00,x", "A-2,2024-05-01,,North,1.00,x")
    one = csv("A-1,2024-05-01,,North,1.00,x")
    for number, content in enumerate((both, one, both, both)):
        site.receive(content, f"incidents_{number}.csv", MAY + number * DAY)
        site.clean()
    seen = [[number for (number,) in site.records("id", MAY + days * DAY)] for days in range(4)]
    assert seen == [["A-1", "A-2"], ["A-1"], ["A-1", "A-2"], ["A-1", "A-2"]]
    assert len(site.store.commits()) == 3


def test_a_clock_that_goes_back_loses_nothing_and_withdraws_what_is_gone(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "delivers: full\nfull_may_withdraw: 0.5\n")
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x", "A-2,2024-05-01,,North,1.00,x"), "incidents_1.csv", MAY)
    site.deliver(csv("A-1,2024-05-01,,North,2.00,x"), "incidents_2.csv", MAY - 30 * DAY)
    assert site.records("id, amount") == [("A-1", Decimal("2.00"))]


def test_what_a_report_has_shown_stays_when_the_clock_goes_back(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x"), "incidents_1.csv", MAY)
    site.store.seal(MAY + DAY)
    site.deliver(csv("A-1,2024-05-01,,North,2.00,x"), "incidents_2.csv", MAY - DAY)
    assert site.records("amount", MAY + DAY) == [(Decimal("1.00"),)]
    assert site.records("amount") == [(Decimal("2.00"),)]


def test_a_mended_declared_file_is_taken_in_although_the_broken_one_came_before(site: Installation) -> None:
    site.declare("sources/incidents_export.yaml", SOURCE + "file: ../delivered.csv\n")
    file = site.declarations / "delivered.csv"
    folder = site.declarations / "sources"
    file.write_bytes(csv("A-1,2024-05-01", header="id,happened"))
    land_declared_file(site.settings.home, site.catalogue.sources["incidents_export"], folder)
    for _ in range(2):
        with pytest.raises(RefusedDelivery, match=r"delivered\.csv: columns 'closed'"):
            site.clean()
    file.write_bytes(csv("A-1,2024-05-01,,North,1.00,x"))
    land_declared_file(site.settings.home, site.catalogue.sources["incidents_export"], folder)
    assert [ingested.counts["added"] for ingested in site.clean()] == [1]
    assert site.clean() == []
    assert len(Landing(site.settings.home, "incidents_export").deliveries()) == 2  # what came is kept


def test_a_changed_declaration_reads_all_deliveries_again_and_keeps_what_was_known_when(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x"), "incidents_1.csv", MAY)
    site.store.seal(MAY + 5 * DAY)
    site.deliver(csv("A-1,2024-05-01,,North,2.00,x"), "incidents_2.csv", MAY + DAY)  # learned after the seal: now
    before = [site.records("id, amount", MAY + days * DAY) for days in (-1, 0, 5)]
    old = site.store.folder
    site.declare("datasets/incidents.yaml", DATASET.replace("scale: 2, title", "scale: 3, title"))
    assert site.store.folder != old
    assert site.records() == []
    assert [ingested.counts["read"] for ingested in site.clean()] == [1, 1]
    assert [site.records("id, amount", MAY + days * DAY) for days in (-1, 0, 5)] == before
    assert site.records("amount") == [(Decimal("2.000"),)]
    assert old.exists()


COLOURS = """
source: colours
title: Colours
"""
LOOKUP = """
joins:
  - {source: colours, on: [site], columns: {colour: colour}}
"""


@pytest.fixture
def coloured(tmp_path: Path) -> Installation:
    site = Installation(tmp_path)
    site.declare("sources/colours.yaml", COLOURS)
    site.declare("datasets/incidents.yaml", DATASET.replace("key:", LOOKUP.strip() + "\nkey:") + "  colour: {}\n")
    return site


def test_records_wait_for_the_file_that_they_are_looked_up_in(coloured: Installation) -> None:
    coloured.receive(csv("A-1,2024-05-01,,North,1.00,x"))
    assert coloured.clean() == []
    coloured.receive(b"site,colour\nNorth,red\n", "colours.csv", source="colours")
    assert len(coloured.clean()) == 1
    assert coloured.records("id, colour") == [("A-1", "red")]


def test_a_new_look_up_file_changes_the_records_of_every_delivery_but_not_what_was_known_before(
    coloured: Installation,
) -> None:
    coloured.receive(b"site,colour\nNorth,red\n", "colours.csv", MAY, source="colours")
    coloured.deliver(csv("A-1,2024-05-01,,North,1.00,x", "A-2,2024-05-01,,North,1.00,old"), "incidents_1.csv", MAY)
    coloured.deliver(csv("A-2,2024-05-01,,North,2.00,new"), "incidents_2.csv", MAY + DAY)
    coloured.receive(b"site,colour\nNorth,blue\n", "colours_2.csv", MAY + 9 * DAY, source="colours")
    coloured.clean()
    assert coloured.records("id, note, colour") == [("A-1", "x", "blue"), ("A-2", "new", "blue")]
    assert coloured.records("id, note, colour", MAY + 8 * DAY) == [("A-1", "x", "red"), ("A-2", "new", "red")]
    assert coloured.clean() == []
    assert coloured.version_count() == 5  # changed, both recoloured: nothing is told twice


def test_a_look_up_file_with_a_key_twice_is_refused_with_the_key(coloured: Installation) -> None:
    coloured.receive(csv("A-1,2024-05-01,,North,1.00,x"))
    coloured.receive(b"site,colour\nNorth,red\nNorth,blue\n", "colours.csv", source="colours")
    with pytest.raises(RefusedDelivery, match=r"colours.csv: the key .*North.* occurs more than once") as caught:
        coloured.clean()
    assert caught.value.delivery.source == "colours"


def test_a_new_look_up_file_does_not_lengthen_the_time_that_the_records_cover(coloured: Installation) -> None:
    from qms_reports.datasets.reading import session

    coloured.receive(b"site,colour\nNorth,red\n", "colours.csv", MAY, source="colours")
    coloured.deliver(csv("A-1,2024-05-01,,North,1.00,x"), "incidents_1.csv", MAY)
    coloured.receive(b"site,colour\nNorth,blue\n", "colours_2.csv", MAY + 90 * DAY, source="colours")
    coloured.clean()
    with session(coloured.settings, coloured.catalogue, ["incidents"]) as opened:
        assert opened.coverage["incidents"].until == MAY.date()


def test_a_delivered_file_that_disappeared_is_named(site: Installation) -> None:
    delivery = site.receive(csv("A-1,2024-05-01,,North,1.00,x"))
    Landing(site.settings.home, "incidents_export").path(delivery).unlink()
    with pytest.raises(StoreError, match=r"incidents\.csv.*No such file"):
        site.clean()


def test_too_little_memory_is_not_the_fault_of_the_file(tmp_path: Path) -> None:
    site = Installation(tmp_path, memory_limit="1MB", threads=1)
    site.receive(csv(*(f"A-{n},2024-05-01,,North,1.00,{'x' * 900}" for n in range(5000))))
    with pytest.raises(StoreError, match="QMS_REPORTS_MEMORY_LIMIT"):
        site.clean()
    assert site.version_count() == 0
    assert pending(site.settings, site.catalogue.datasets["incidents"], site.catalogue.sources)


@pytest.mark.parametrize("name", ["data [old]", "it's", "größe ü", "a*b?", "two  words", "%41"])
def test_the_home_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    site = Installation(tmp_path / name)
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x"))
    site.deliver(csv("A-1,2024-05-01,,North,2.00,x", "A-2,x,,,,"), "incidents_2.csv", MAY + DAY)
    assert site.records("amount") == [(Decimal("2.00"),)]
    assert site.quarantined("value") == [("x",)]
    assert site.report(forms=["pdf"])["pdf"].exists()


def test_ingesting_from_two_threads_takes_each_delivery_once(site: Installation) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(6):
        site.receive(csv(f"A-{number},2024-05-01,,North,1.00,x"), f"incidents_{number}.csv", MAY + number * DAY)
    dataset, sources = site.catalogue.datasets["incidents"], site.catalogue.sources
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: ingest(site.settings, dataset, sources), range(2)))
    assert sorted(len(one) for one in found) in ([0, 6], [1, 5], [2, 4], [3, 3])
    assert [commit.number for commit in site.store.commits()] == [1, 2, 3, 4, 5, 6]
    assert len(site.records()) == 6


def test_columns_that_only_add_or_lose_meaning_by_title_do_not_start_a_generation(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x"))
    folder = site.store.folder
    site.declare("datasets/incidents.yaml", DATASET.replace("title: Amount", "title: Costs"))
    assert site.store.folder == folder
    assert isinstance(site.store, RecordVersions)
    assert site.clean() == []


def test_a_header_declared_in_another_line_and_other_columns_between_deliveries(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-01,,North,1.00,x"), "incidents_1.csv")
    more = csv("A-2,2024-05-02,,North,1.00,x,7", header=HEADER + ",weight")
    site.deliver(more, "incidents_2.csv", MAY + DAY)
    site.receive(
        csv("A-3,2024-05-03,,North,1.00", header="id,happened,closed,site,amount"), "incidents_3.csv", MAY + 2 * DAY
    )
    with pytest.raises(RefusedDelivery, match="column 'note'"):
        site.clean()
    assert [row[0] for row in site.records()] == ["A-1", "A-2"]
