"""Large months and small datasets keep a copy of each last version; with it or without, every reader sees the same."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from qms_reports.datasets import ingestion
from qms_reports.record_versions import content_digest
from qms_reports.store import connect, kept_session
from qms_reports_tests.small_catalogue import Site, instant


def history(seed: int) -> list[tuple[str, list[dict[str, str]]]]:
    """Five deliveries of new, changed, moved and cancelled deviations over three months."""
    chosen = random.Random(seed)  # noqa: S311 - test data, the same every time
    records: dict[str, dict[str, str]] = {}
    deliveries = []
    for number in range(5):
        rows = []
        for _ in range(12):
            name = str(chosen.randrange(20))
            opened = dt.date(2024, chosen.randint(1, 3), chosen.randint(1, 28))
            state = chosen.choice(["open", "open", "cancelled"])
            changed = f"2024-0{number + 4}-01T0{chosen.randrange(9)}:00:00Z"
            records[name] = {"id": name, "opened": str(opened), "closed": "", "site": chosen.choice("AB"),
                             "points": str(chosen.randrange(9)), "changed_at": changed, "state": state}  # fmt: skip
            rows.append(records[name])
        deliveries.append((f"2024-0{number + 4}-02T00:00:00", rows))
    return deliveries


def contents(site: Site, as_known: dt.datetime | None, *, withdrawn: bool) -> list[tuple[object, ...]]:
    sql = site.store.as_known(as_known, withdrawn=withdrawn)
    return kept_session().execute(f"SELECT * FROM ({sql}) ORDER BY _month, _key").fetchall()


@pytest.mark.parametrize("seed", range(3))
def test_every_past_and_the_present_are_the_same_with_and_without_the_copies(tmp_path, monkeypatch, seed):
    sites = {}
    for name, large, small in (
        ("compared", 1 << 40, 0),
        ("copied", 0, 0),
        ("whole", 0, 1 << 40),
        ("outgrown", 0, 1 << 40),
        ("seldom", 0, 1 << 40),
    ):
        monkeypatch.setattr(ingestion, "LARGE_MONTH_BYTES", large)
        monkeypatch.setattr(ingestion, "SMALL_DATASET_BYTES", small)
        monkeypatch.setattr(ingestion, "WHOLE_AFTER_SHARE", 1 << 20 if name == "seldom" else 1 / 4)
        monkeypatch.setattr(ingestion, "WHOLE_AFTER_FILES", 5)
        site = sites[name] = Site(tmp_path / name, audit=True)
        for number, (learned_at, rows) in enumerate(history(seed)):
            if name == "outgrown" and number == 2:
                monkeypatch.setattr(ingestion, "SMALL_DATASET_BYTES", 0)
            site.deliver(rows, learned_at)
    compared = sites.pop("compared")
    assert not any(commit.latest or commit.whole for commit in compared.store.commits())
    assert any(commit.latest for commit in sites["copied"].store.commits())
    assert all(commit.whole and not commit.latest for commit in sites["whole"].store.commits())
    assert [bool(commit.whole) for commit in sites["outgrown"].store.commits()] == [True, True, False, False, False]
    assert [bool(commit.whole) for commit in sites["seldom"].store.commits()] == [True, False, True, False, True]
    instants = [None, *(instant(f"2024-{month:02}-{day:02}T04:30:00") for month in range(4, 10) for day in (1, 2, 3))]
    for as_known in instants:
        for withdrawn in (False, True):
            expected = contents(compared, as_known, withdrawn=withdrawn)
            for name, site in sites.items():
                assert contents(site, as_known, withdrawn=withdrawn) == expected, name
    assert contents(compared, None, withdrawn=True)
    for site in sites.values():
        assert [c.months for c in compared.store.commits()] == [c.months for c in site.store.commits()]


def test_the_present_is_read_from_the_copies_alone_and_older_copies_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(ingestion, "LARGE_MONTH_BYTES", 0)
    monkeypatch.setattr(ingestion, "SMALL_DATASET_BYTES", 0)
    site = Site(tmp_path, audit=True)
    for learned_at, rows in history(7):
        site.deliver(rows, learned_at)
    sql = site.store.as_known()
    assert "row_number" not in sql
    assert sql.count("/latest/") == 3
    files = sorted(site.store.folder.glob("versions/*/latest/*/*.parquet"))
    assert len(files) == 2 * 3
    with connect() as connection:
        assert connection.execute(content_digest(sql)).fetchall()


def test_a_small_dataset_is_read_from_one_file(tmp_path):
    site = Site(tmp_path, audit=True)
    for number, (learned_at, rows) in enumerate(history(7)):
        site.deliver(rows, learned_at)
        sql = site.store.as_known()
        assert "row_number" not in sql
        assert sql.count(".parquet") == 1
        assert f"/{number + 1:08d}/latest.parquet" in sql
    assert len(sorted(site.store.folder.glob("versions/*/latest.parquet"))) == 4
    one = site.store.as_known(months=("2024-02",))
    assert one.count(".parquet") == 1
    assert {row[0] for row in kept_session().execute(f"SELECT DISTINCT _month FROM ({one})").fetchall()} == {"2024-02"}


def test_the_one_file_is_written_again_when_enough_is_new(tmp_path, monkeypatch):
    """What a delivery costs follows what is new in it, not what was there before."""
    monkeypatch.setattr(ingestion, "WHOLE_AFTER_FILES", 4)
    site = Site(tmp_path, audit=True)
    row = {"closed": "", "site": "A", "points": "1", "state": "open"}
    many = [
        row | {"id": f"{month}/{number}", "opened": f"2024-0{month}-03", "changed_at": "2024-04-01T00:00:00Z",
               "points": str(number * month % 1009)}
        for month in (1, 2, 3) for number in range(4000)
    ]  # fmt: skip
    site.deliver(many, "2024-04-02T00:00:00")
    site.deliver(many[:1], "2024-04-03T00:00:00")
    for day in range(4, 10):
        changed = f"2024-04-{day:02}T00:00:00Z"
        site.deliver([many[0] | {"closed": f"2024-04-{day:02}", "changed_at": changed}], f"2024-04-{day:02}T12:00:00")
    written = [bool(commit.whole) for commit in site.store.commits() if commit.files]
    assert written == [True, False, False, False, True, False, False]
    assert site.store.as_known().count("latest.parquet") == 1
    expected = [("2024-04-09",)]
    sql = f"SELECT closed::VARCHAR FROM ({site.store.as_known()}) WHERE id = '1/0'"
    assert kept_session().execute(sql).fetchall() == expected


def test_of_several_deliveries_at_once_the_last_one_writes_the_file(tmp_path):
    site = Site(tmp_path, audit=True)
    (first, rows), (second, more), (third, _), (fourth, _) = history(7)[:4]
    same = [row for row in more if [other["id"] for other in more].count(row["id"]) == 1]
    for learned_at, delivered in ((first, rows), (second, more), (third, same[:3])):  # the third says nothing new
        site.receive(delivered, learned_at)
    site.take_in()
    site.deliver(same[:2], fourth)
    commits = site.store.commits()
    assert [bool(commit.files) for commit in commits] == [True, True, False, False]
    assert [bool(commit.whole) for commit in commits] == [False, False, True, False]
    assert site.store.as_known().count(".parquet") == 1
