"""The landing folder: what came is kept once, under its content, and nothing else is."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from qms_reports.declarations.models import Source
from qms_reports.sources.landing import Landing, claimed_by, land_declared_file
from qms_reports.store import StoreError

MOMENT = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_received_once_whatever_its_name(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home", "events")
    first, new = landing.receive(write(tmp_path, "a.csv", b"x"), MOMENT)
    assert new
    again, new = landing.receive(write(tmp_path, "b.csv", b"x"), MOMENT + dt.timedelta(days=1))
    assert not new
    assert again == first
    assert landing.path(first).read_bytes() == b"x"
    other, _ = landing.receive(write(tmp_path, "a.csv", b"y"), MOMENT)
    assert [one.number for one in landing.deliveries()] == [1, 2]
    assert other.name == first.name
    assert landing.path(other) != landing.path(first)


def test_a_forgotten_file_received_again_has_its_new_time(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home", "events")
    path = write(tmp_path, "a.csv", b"x")
    first, _ = landing.receive(path, MOMENT)
    assert landing.deliveries() == (first,)
    landing.forget(first)
    assert landing.deliveries() == ()
    assert not landing.path(first).exists()
    second, new = landing.receive(path, MOMENT + dt.timedelta(days=1))
    assert new
    assert landing.deliveries() == (second,)
    assert second.instant == MOMENT + dt.timedelta(days=1)


def test_parts_that_a_killed_copy_left_are_removed_by_the_next(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "home", "events")
    path = write(tmp_path, "a.csv", b"x")
    delivery, _ = landing.receive(path, MOMENT)
    landing.forget(delivery)
    left = write(landing.path(delivery).parent, ".1234.part", b"half")
    landing.receive(path, MOMENT)
    assert not left.exists()


@pytest.mark.parametrize(
    ("delivered", "kept"), [(b"gr\xf6\xdfe.csv", "gr\ufffd\ufffde.csv"), (b"two\nlines.csv", "two_lines.csv")]
)
def test_a_name_that_cannot_be_printed_is_replaced_and_the_content_kept(
    tmp_path: Path, delivered: bytes, kept: str
) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), delivered)))  # noqa: PTH118 - bytes
    path.write_bytes(b"x")
    landing = Landing(tmp_path / "home", "events")
    delivery, _ = landing.receive(path, MOMENT)
    assert delivery.name == kept
    assert landing.path(delivery).read_bytes() == b"x"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot read .*gone\.csv: No such file"):
        Landing(tmp_path / "home", "events").receive(tmp_path / "gone.csv", MOMENT)


def test_a_declared_file_is_received_again_only_when_its_content_changes(tmp_path: Path) -> None:
    source = Source(source="events", title="Events", file="data/events.csv")
    with pytest.raises(StoreError, match=r"source events: there is no file .*events\.csv; mend 'file'"):
        land_declared_file(tmp_path / "home", source, tmp_path)
    path = write(tmp_path, "data/events.csv", b"x")
    seen = []
    for content in (b"x", b"x", b"y", b"y"):
        path.write_bytes(content)
        landed = land_declared_file(tmp_path / "home", source, tmp_path)
        assert landed is not None
        seen.append((landed[0].number, landed[1]))
    assert seen == [(1, True), (1, False), (2, True), (2, False)]
    assert landed[0].channel == "declared"
    assert land_declared_file(tmp_path / "home", Source(source="other", title="Other"), tmp_path) is None


def test_an_inbox_file_belongs_to_the_source_of_its_folder_or_of_its_name_in_any_case(tmp_path: Path) -> None:
    events = Source(source="events", title="Events", inbox=("event*.csv",))
    other = Source(source="other", title="Other", inbox=("*.csv",))
    for name, owners in (
        ("EVENTS_May.CSV", ["events", "other"]),
        ("x.csv", ["other"]),
        ("x.txt", []),
        ("events/x.csv", ["events"]),
        ("events/deeper/x.csv", ["events"]),
        ("Events/x.csv", []),
    ):
        assert claimed_by(tmp_path / name, tmp_path, (events, other)) == owners, name
