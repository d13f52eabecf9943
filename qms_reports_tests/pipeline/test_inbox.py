"""Dropped files: taken when complete, turned away with a reason, never lost, never in the way of others."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path

import pytest

from qms_reports.pipeline import inbox
from qms_reports.sources.landing import Landing
from qms_reports.store import StoreError
from qms_reports_tests.robustness_scenario import DATASET, SOURCE, Installation, csv

GOOD = csv("A-1,2024-05-02,,North,12.50,fine")


@pytest.fixture
def site(tmp_path: Path) -> Installation:
    site = Installation(tmp_path, inbox_settle_seconds=5)
    site.settings.inbox.mkdir(parents=True)
    return site


def drop(site: Installation, name: str, content: bytes = GOOD) -> Path:
    path = site.settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def later(site: Installation, seconds: float = 6) -> list[str]:
    """The names that are complete some seconds from now."""
    return [path.name for path in inbox.waiting(site.settings, time.time() + seconds)]


def take(site: Installation, name: str) -> inbox.Taken | inbox.TurnedAway:
    return inbox.take(site.settings, site.catalogue, site.settings.inbox / name)


def reason(turned: inbox.Taken | inbox.TurnedAway) -> str:
    """The reason file beside a file turned away, whose bytes are still there."""
    assert isinstance(turned, inbox.TurnedAway)
    assert turned.path.exists()
    record = json.loads(turned.path.with_name(f"{turned.path.name}.reason.json").read_text())
    assert record["file"] == turned.name
    return str(record["reason"])


def test_a_file_that_grows_between_looks_is_left_until_it_has_settled(site: Installation) -> None:
    path = drop(site, "incidents.csv", GOOD[:30])
    assert later(site, 0) == []
    assert later(site, 4) == []
    with path.open("ab") as file:
        file.write(GOOD[30:])
    os.utime(path, (0, 0))  # a copy that keeps an old time is new all the same
    assert later(site, 4) == []
    assert later(site, 6) == ["incidents.csv"]


@pytest.mark.parametrize(
    "name",
    ["a.csv.part", "a.csv.PART", "a.partial",
     "a.tmp", "a.crdownload", "a.csv~", ".a.csv", "~$incidents.xlsx", ".x/a.csv"],
)  # fmt: skip
def test_files_named_as_unfinished_or_hidden_are_left_alone(site: Installation, name: str) -> None:
    drop(site, name)
    assert later(site, 600) == []


def test_a_file_from_the_future_is_taken_once_it_has_stood_still(site: Installation) -> None:
    path = drop(site, "incidents.csv")
    ahead = time.time() + 10 * 365 * 86400
    os.utime(path, (ahead, ahead))
    quick = site.settings.model_copy(update={"inbox_settle_seconds": 0.2})
    assert list(inbox.waiting(quick)) == []
    time.sleep(0.25)
    with path.open("ab") as file:
        file.write(b"A-2,2024-05-03,,,,\n")
    os.utime(path, (ahead, ahead))
    assert list(inbox.waiting(quick)) == []  # it grew meanwhile
    time.sleep(0.25)
    assert list(inbox.waiting(quick)) == [path]


def test_a_file_removed_while_it_is_looked_at_is_no_fault_of_the_others(site: Installation) -> None:
    for name in ("incidents_1.csv", "incidents_2.csv", "incidents_3.csv"):
        drop(site, name)
    found = inbox.waiting(site.settings, time.time() + 9)
    assert next(found).name == "incidents_1.csv"
    (site.settings.inbox / "incidents_2.csv").unlink()
    assert [path.name for path in found] == ["incidents_3.csv"]
    with pytest.raises(StoreError, match=r"incidents_2\.csv"):
        take(site, "incidents_2.csv")


def test_a_taken_file_leaves_the_inbox_when_its_copy_is_complete(site: Installation) -> None:
    path = drop(site, "incidents.csv")
    taken = take(site, "incidents.csv")
    assert isinstance(taken, inbox.Taken)
    assert taken.new
    assert not path.exists()
    assert Landing(site.settings.home, "incidents_export").path(taken.delivery).read_bytes() == GOOD


def test_the_same_file_again_is_taken_from_the_inbox_and_is_not_new(site: Installation) -> None:
    drop(site, "incidents.csv")
    first = take(site, "incidents.csv")
    drop(site, "incidents_again.csv")
    second = take(site, "incidents_again.csv")
    assert isinstance(first, inbox.Taken)
    assert isinstance(second, inbox.Taken)
    assert (second.new, second.delivery) == (False, first.delivery)
    assert list(site.settings.inbox.iterdir()) == []


def test_a_file_that_changes_while_it_is_copied_stays_in_the_inbox(
    site: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(site, "incidents.csv")
    receive = Landing.receive

    def and_grow(*arguments: object, **keywords: object) -> object:
        received = receive(*arguments, **keywords)  # type: ignore[arg-type]  # passed on as given
        with path.open("ab") as file:
            file.write(b"A-2,2024-05-03,,,,\n")
        return received

    monkeypatch.setattr(Landing, "receive", and_grow)
    with pytest.raises(StoreError, match="still being written"):
        take(site, "incidents.csv")
    monkeypatch.undo()
    assert Landing(site.settings.home, "incidents_export").deliveries() == ()
    taken = take(site, "incidents.csv")
    assert isinstance(taken, inbox.Taken)
    assert taken.delivery.size == len(GOOD) + 19


def test_a_file_that_nobody_claims_goes_to_quarantine_with_the_way_to_mend_it(site: Installation) -> None:
    path = drop(site, "holidays.csv")
    said = reason(take(site, "holidays.csv"))
    assert "no source claims this file" in said
    assert "incidents_export" in said
    assert not path.exists()


def test_a_file_in_a_folder_of_no_source_goes_to_quarantine(site: Installation) -> None:
    drop(site, "nobody/incidents.csv")
    assert "no source claims" in reason(take(site, "nobody/incidents.csv"))


def test_a_file_that_several_sources_claim_goes_to_quarantine_and_the_folder_of_one_decides(
    site: Installation,
) -> None:
    site.declare("sources/other.yaml", SOURCE.replace("incidents_export", "other"))
    drop(site, "incidents.csv")
    said = reason(take(site, "incidents.csv"))
    assert "several sources claim this file (incidents_export, other)" in said
    drop(site, "other/incidents.csv")
    taken = take(site, "other/incidents.csv")
    assert isinstance(taken, inbox.Taken)
    assert taken.source == "other"


def test_names_that_are_hard_to_write_do_no_harm(site: Installation) -> None:
    names = [b"incident\xff\xfe.csv", b"incident\nline.csv", b"incident[1]*?.csv", b"incident'quoted'.csv",
             b"incident" + b"x" * 243 + b".csv"]  # fmt: skip
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(site.settings.inbox), name)  # noqa: PTH118 - bytes
        with open(path, "wb") as file:  # noqa: PTH123 - bytes
            file.write(csv(f"A-{number},2024-05-02,,North,1.00,x"))
    for path in list(inbox.waiting(site.settings, time.time() + 9)):
        assert isinstance(inbox.take(site.settings, site.catalogue, path), inbox.Taken)
    dataset = site.catalogue.datasets["incidents"]
    done, away = inbox.clean_or_turn_away(site.settings, site.catalogue, dataset)
    assert (len(done), away) == (5, [])
    assert len(site.records()) == 5


@pytest.mark.parametrize("name", [b"nobodys" + b"x" * 244 + b".csv", b"nobodys\xff.csv"])
def test_a_hard_name_can_be_turned_away(site: Installation, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(site.settings.inbox), name)))  # noqa: PTH118 - bytes
    path.write_bytes(GOOD)
    turned = inbox.take(site.settings, site.catalogue, path)
    assert isinstance(turned, inbox.TurnedAway)
    assert turned.path.read_bytes() == GOOD
    assert turned.path.name.endswith(".csv")
    assert not path.exists()


def test_an_unreadable_file_goes_to_quarantine_and_the_others_go_on(site: Installation) -> None:
    for number, content in enumerate((GOOD, b"", b"\x89PNG\r\n\x1a\n" + bytes(99), GOOD.replace(b"A-1", b"A-2"))):
        drop(site, f"incidents_{number}.csv", content)
        take(site, f"incidents_{number}.csv")
    dataset = site.catalogue.datasets["incidents"]
    done, away = inbox.clean_or_turn_away(site.settings, site.catalogue, dataset)
    assert [one.delivery.name for one in done[-1:]] == ["incidents_3.csv"]
    assert [turned.name for turned in away] == ["incidents_1.csv", "incidents_2.csv"]
    assert "empty" in reason(away[0])
    assert "PNG" in reason(away[1])
    assert [row[0] for row in site.records()] == ["A-1", "A-2"]
    assert inbox.clean_or_turn_away(site.settings, site.catalogue, dataset) == ([], [])


def test_a_refused_file_dropped_again_after_the_declaration_is_mended_is_taken_in(site: Installation) -> None:
    site.declare("datasets/incidents.yaml", DATASET + "  weight: {}\n")
    drop(site, "incidents.csv")
    take(site, "incidents.csv")
    _, away = inbox.clean_or_turn_away(site.settings, site.catalogue, site.catalogue.datasets["incidents"])
    assert "column 'weight'" in reason(away[0])
    site.declare("datasets/incidents.yaml", DATASET)
    drop(site, "incidents.csv")
    assert isinstance(take(site, "incidents.csv"), inbox.Taken)
    done, away = inbox.clean_or_turn_away(site.settings, site.catalogue, site.catalogue.datasets["incidents"])
    assert (len(done), away) == (1, [])


def test_a_file_that_one_of_two_datasets_refuses_is_kept_for_the_other(site: Installation) -> None:
    heavy = DATASET.replace("dataset: incidents", "dataset: heavy_incidents") + "  weight: {}\n"
    site.declare("datasets/heavy_incidents.yaml", heavy)
    delivery = site.receive(GOOD)
    readers = inbox.datasets_of(site.catalogue, "incidents_export")
    results = {d.dataset: inbox.clean_or_turn_away(site.settings, site.catalogue, d) for d in readers}
    assert len(results["incidents"][0]) == 1
    assert "column 'weight'" in reason(results["heavy_incidents"][1][0])
    landing = Landing(site.settings.home, "incidents_export")
    assert landing.path(delivery).exists()
    again = inbox.clean_or_turn_away(site.settings, site.catalogue, site.catalogue.datasets["heavy_incidents"])
    assert again == ([], [])  # said once
    site.declare("datasets/heavy_incidents.yaml", heavy.replace("  weight: {}\n", ""))  # mended: tried again
    assert len(site.clean("heavy_incidents")) == 1


def test_the_months_of_a_delivery_are_those_it_changed_before_the_first_period_too(site: Installation) -> None:
    site.deliver(csv("A-1,2024-05-02,,North,1.00,x", "A-2,1999-01-02,,North,1.00,x"))
    at = dt.datetime(2024, 6, 2, tzinfo=dt.UTC)
    delivery = site.receive(csv("A-1,2024-04-30,,North,1.00,x", "A-3,2024-03-01,,North,bad,x"), "incidents_2.csv", at)
    site.clean()
    dataset = site.catalogue.datasets["incidents"]
    assert inbox.months_of(site.settings, dataset, delivery) == {"2024-03", "2024-04", "2024-05"}
    first = Landing(site.settings.home, "incidents_export").deliveries()[0]
    assert inbox.months_of(site.settings, dataset, first) == {"1999-01", "2024-05"}


def test_dates_beyond_the_calendar_name_no_month(site: Installation) -> None:
    delivery = site.receive(csv("A-1,12345-01-01,,North,1.00,x", "A-2,0212-05-01,,North,1.00,x"))
    site.clean()
    assert inbox.months_of(site.settings, site.catalogue.datasets["incidents"], delivery) == {"0212-05"}


def test_an_inbox_that_is_a_file_is_named(tmp_path: Path) -> None:
    site = Installation(tmp_path)
    site.settings.home.mkdir()
    site.settings.inbox.write_text("a file")
    with pytest.raises(StoreError, match="file in the place of a folder"):
        list(inbox.waiting(site.settings))
