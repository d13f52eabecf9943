"""A catalogue that has not changed is not judged again, and one that has is."""

from __future__ import annotations

import json

import pytest

from qms_reports.declarations import placed_issues
from qms_reports.declarations.catalogue import _load, load_catalogue
from qms_reports.settings import Settings
from qms_reports_tests.small_catalogue import write_catalogue


@pytest.fixture
def settings(tmp_path):
    write_catalogue(tmp_path / "catalog")
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home", catalog=str(tmp_path / "catalog"), shipped_catalog=False)


@pytest.fixture
def judged(monkeypatch):
    """The expressions that were really judged."""
    found = []
    real = placed_issues.checked

    def checked(sql, columns, *, aggregate):
        found.append(sql)
        return real(sql, columns, aggregate=aggregate)

    monkeypatch.setattr(placed_issues, "checked", checked)
    return found


def load(settings):
    _load.cache_clear()  # as a new process begins
    return load_catalogue(settings)


def test_the_second_start_judges_nothing_and_a_change_only_what_it_changed(settings, judged):
    first = load(settings)
    assert len(judged) > 10
    judged.clear()
    assert load(settings).kpis == first.kpis
    assert judged == []
    file = settings.catalogs[0] / "kpis" / "deviations.yaml"
    file.write_text(file.read_text().replace("count_if(points > 5)", "count_if(points > 6)"))
    load(settings)
    assert set(judged) == {"count_if(points > 6)"}


def test_what_is_wrong_is_said_every_time(settings):
    file = settings.catalogs[0] / "kpis" / "deviations.yaml"
    file.write_text(file.read_text().replace("avg(points)", "avg(poinst)"))
    for _ in range(2):
        assert any("there is no column 'poinst'" in str(issue) for issue in load(settings).issues)


def test_a_verdict_holds_for_the_columns_it_was_given_on(settings):
    load(settings)
    file = settings.catalogs[0] / "datasets" / "deviations.yaml"
    file.write_text(file.read_text().replace("points: {type: number, scale: 6}", "points: {}"))
    assert any("does not fit the columns' types" in str(issue) for issue in load(settings).issues)


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"[1, 2]", b"\xff\xfe"])
def test_a_damaged_file_of_verdicts_is_made_anew(settings, judged, content):
    file = settings.home / ".checked_expressions.json"
    load(settings)
    good = file.read_bytes()
    file.write_bytes(content)
    judged.clear()
    load(settings)
    assert judged
    assert json.loads(file.read_bytes()) == json.loads(good)
