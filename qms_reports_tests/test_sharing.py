"""Worker processes share the tests by group, and what is dear to make is made once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qms_reports_tests.sharing import FIRST, GROUPS, group, made_once, place

TESTS = Path(__file__).parent


def test_a_test_belongs_to_its_module_or_to_those_that_share_something() -> None:
    assert group("qms_reports_tests/test_store.py::test_one[a::b/c]") == "test_store.py"
    assert group("test_mine.py::TestClass::test_one") == "test_mine.py"
    assert group("qms_reports_tests/kpis/engines/test_spark.py::test_one") == "engines"
    assert group("qms_reports_tests/kpis/engines/test_postgres.py::test_one") == "engines"
    assert group("qms_reports_tests/test_vera.py::test_one") == group(
        "qms_reports_tests/test_quality_review.py::test_one"
    )


def test_every_named_group_exists() -> None:
    assert [begin for begin in GROUPS if not (TESTS / begin).exists()] == []
    assert [name for name in FIRST if name not in {"reports", *GROUPS.values()} and not (TESTS / name).exists()] == []


def test_modules_that_ask_for_the_same_company_or_the_same_java_process_stay_together() -> None:
    modules = (
        "test_vera.py",
        "test_quality_review.py",
        "reports/test_listed_records.py",
        "charts/test_filling.py",
        "test_shipped_reports.py",  # which asks over several lines
    )
    assert {group(f"qms_reports_tests/{module}::test_one") for module in modules} == {"reports"}
    assert group("qms_reports_tests/test_sharing.py::test_one") == "test_sharing.py"


def test_the_longest_groups_come_first_and_the_others_stay_in_order() -> None:
    names = ["test_b.py::x", "test_a.py::x", "test_browser.py::x", "kpis/engines/test_spark.py::x"]
    assert sorted(names, key=place) == [names[3], names[2], names[0], names[1]]


class _Factory:
    """Names a session's folder, as pytest does in each worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def getbasetemp(self) -> Path:
        return self.folder


def test_two_workers_that_ask_at_once_find_one_finished_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    makers = []

    def make(folder: Path) -> None:
        makers.append(folder)
        time.sleep(0.2)
        (folder / "content").write_text("whole")

    def ask(worker: str) -> str:
        (tmp_path / worker).mkdir()
        # Types: what is used of a factory.
        factory: pytest.TempPathFactory = _Factory(tmp_path / worker)  # type: ignore[assignment]  # a stand-in
        return (made_once(factory, "thing", make) / "content").read_text()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, ("gw0", "gw1"))) == ["whole", "whole"]
    assert len(makers) == 1


def test_what_failed_while_being_made_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    factory: pytest.TempPathFactory = _Factory(tmp_path)  # type: ignore[assignment]  # what is used of a factory
    with pytest.raises(OSError, match="disk full"):
        made_once(factory, "thing", fail)
    made = made_once(factory, "thing", lambda folder: (folder / "whole").touch())
    assert [path.name for path in made.iterdir()] == ["whole"]
    assert made_once(factory, "thing", fail) == made
