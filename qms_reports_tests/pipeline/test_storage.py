"""The kept SQLite storage: the same tables as Dagster's own, several writers, nothing lost."""

import contextlib
import multiprocessing
import sqlite3
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from qms_reports.pipeline import launching, storage
from qms_reports.settings import Settings
from qms_reports_tests.pipeline.scenario import Site

WRITES = 60


def stock_home(site: Site) -> Path:
    """A home whose instance uses Dagster's own storage on the same files."""
    folder = site.settings.home.parent / "stock"
    folder.mkdir()
    config = yaml.safe_load((site.settings.home / "dagster.yaml").read_text())
    config["storage"] = {"sqlite": {"base_dir": str(site.settings.home)}}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(config))
    return folder


def test_the_home_uses_the_kept_storage(opened: dg.DagsterInstance) -> None:
    assert isinstance(opened.event_log_storage, storage.KeptEventLogStorage)
    assert isinstance(opened.run_storage, storage.KeptRunStorage)


def test_dagsters_own_storage_reads_what_the_kept_one_wrote_and_the_other_way_round(
    site: Site, opened: dg.DagsterInstance
) -> None:
    built = site.build("monthly", "2024-05", opened)
    key = dg.AssetKey(["reports", "monthly", "pdf"])
    with dg.DagsterInstance.from_config(str(stock_home(site))) as stock:
        assert type(stock.event_log_storage) is SqliteEventLogStorage
        run = stock.get_run_by_id(built.run_id)
        assert run is not None
        assert run.is_success
        assert stock.get_materialized_partitions(key) == {"2024-05"}
        assert len(stock.all_logs(built.run_id)) == len(opened.all_logs(built.run_id))
        stock.report_runless_asset_event(dg.AssetMaterialization(key, partition="2024-06"))
    assert opened.get_materialized_partitions(key) == {"2024-05", "2024-06"}


def test_the_databases_keep_a_write_ahead_log_so_that_readers_do_not_wait(
    site: Site, opened: dg.DagsterInstance
) -> None:
    site.build("monthly", "2024-05", opened)
    history = site.settings.home / "history"
    for path in (history / "runs.db", history / "runs" / "index.db"):
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()


def _write(home: str, number: int) -> None:
    with launching.instance(Settings(home=Path(home))) as opened:
        for count in range(WRITES):
            event = dg.AssetMaterialization("shared", partition=f"{number}-{count}")
            opened.report_runless_asset_event(event)


def test_two_processes_write_at_once_and_nothing_is_lost(site: Site, opened: dg.DagsterInstance) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # which takes longer than all the writing
    writers = [context.Process(target=_write, args=(str(site.settings.home), number)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    found = opened.get_materialized_partitions(dg.AssetKey("shared"))
    assert found == {f"{number}-{count}" for number in range(2) for count in range(WRITES)}


def test_a_run_log_made_as_the_one_before_is_as_dagster_makes_it(
    site: Site, opened: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = opened.event_log_storage
    assert isinstance(kept, storage.KeptEventLogStorage)
    names = ["first", "second", "third"]  # Dagster makes the first; the third file holds something already

    def content(name: str) -> tuple[list[Any], ...]:
        with kept.run_connection(name):
            pass
        with contextlib.closing(sqlite3.connect(site.settings.home / "history" / "runs" / f"{name}.db")) as connection:
            asked = ("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",
                     "SELECT version_num FROM alembic_version", "PRAGMA journal_mode")  # fmt: skip
            return tuple(connection.execute(sql).fetchall() for sql in asked)

    monkeypatch.setattr(storage, "_run_log", [])
    first = content(names[0])
    assert len(first[0]) > 5
    assert first[1:] == ([(storage._run_log[-1].split("'")[1],)], [("wal",)])
    with monkeypatch.context() as patch:
        patch.setattr(SqliteEventLogStorage, "_initdb", None)  # not needed
        assert content(names[1]) == first
    runs = site.settings.home / "history" / "runs"
    with contextlib.closing(sqlite3.connect(runs / "second.db")) as connection:
        connection.execute(f"VACUUM INTO '{runs}/third.db'")
    assert content(names[2]) == first


def test_no_more_run_logs_are_kept_open_than_the_limit(opened: dg.DagsterInstance) -> None:
    kept = opened.event_log_storage
    assert isinstance(kept, storage.KeptEventLogStorage)
    for number in range(storage.MOST_SHARDS + 5):
        with kept.run_connection(f"{number:08d}-0000-0000-0000-000000000000"):
            pass
    assert len([shard for shard in kept._kept if shard != "index"]) == storage.MOST_SHARDS
    assert opened.all_logs("00000000-0000-0000-0000-000000000000") == []  # opened again


def test_nothing_stays_open_when_the_instance_is_closed(site: Site) -> None:
    with launching.instance(site.settings) as opened:
        site.build("monthly", "2024-05", opened)
        kept = opened.event_log_storage
        runs = opened.run_storage
        assert isinstance(kept, storage.KeptEventLogStorage)
        assert isinstance(runs, storage.KeptRunStorage)
        assert kept._kept
    assert kept._kept == {}
    assert runs._kept is None
