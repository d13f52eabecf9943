"""Scores: hand-computed, between 0 and 100, whatever the order of the items, and stored as they were computed."""

from __future__ import annotations

import math

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports.declarations.models import Scorecard
from qms_reports.kpis.scorecards import (
    in_order,
    kpis_of_scorecards,
    read_scores,
    score_all,
    status_of,
    write_scores,
)
from qms_reports.kpis.table import KpiTable
from qms_reports_tests.kpis.lines import kpi, row

KPIS = {
    "on_time": kpi("proportion", kpi="on_time", per=100),
    "overdue": kpi("proportion", kpi="overdue", per=100),
    "days": kpi("statistic", kpi="days", numerator="median(x)"),
    "open": kpi("level", kpi="open", date="as_of"),
}


def card(*items, name="quality", **options):
    return Scorecard(scorecard=name, title=name, items=items, **options)


def scored(cards, table, *names):
    declared = {item.scorecard: item for item in cards}
    rows = score_all(declared, names or [cards[-1].scorecard], KPIS, KpiTable(tuple(table)), "2024-05")
    return {(r.scorecard, r.item): r for r in rows}


def item(name, weight=1.0, zero=0.0, full=100.0):
    return {"kpi": name, "weight": weight, "zero": zero, "full": full}


def test_a_score_is_the_weighted_mean_of_the_items_on_their_lines():
    quality = card(item("on_time", 3, 60, 100), item("overdue", 1, 20, 0), item("open", 1, 100, 0))
    table = [row(KPIS["on_time"], 90, 100), row(KPIS["overdue"], 5, 100), row(KPIS["open"], 120)]
    found = scored([quality], table)
    assert [found["quality", name].score for name in ("on_time", "overdue", "open")] == [75.0, 75.0, 0.0]
    assert [found["quality", name].share for name in ("on_time", "overdue", "open")] == [0.6, 0.2, 0.2]
    assert [found["quality", name].contribution for name in ("on_time", "overdue", "open")] == [45.0, 15.0, 0.0]
    total = found["quality", ""]
    assert (total.score, total.status, total.weight, total.share, total.why) == (60.0, "warning", 5.0, 1.0, "")
    assert found["quality", "on_time"].value == 90.0


def test_percentages_of_different_denominators_are_not_averaged_but_weighted_as_declared():
    table = [row(KPIS["on_time"], 900, 1000), row(KPIS["overdue"], 5, 10)]
    light = scored([card(item("on_time", 9), item("overdue", 1))], table)
    heavy = scored([card(item("on_time", 1), item("overdue", 9))], table)
    assert (light["quality", ""].score, heavy["quality", ""].score) == (86.0, 54.0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (row(KPIS["overdue"], None, 0), "no value"),
        (row(KPIS["overdue"], 0, 9), "few records"),
        (row(KPIS["overdue"], 0, 50, state="partial"), "period not complete"),
        (row(KPIS["overdue"], 0, 50, state="immature"), "period not mature"),
        (row(KPIS["overdue"], None, None, state="no data"), "no data"),
        (None, "not computed"),
    ],
)
def test_an_item_without_a_basis_is_left_out_and_says_why(given, why):
    quality = card(item("on_time", 3), item("overdue", 1, 100, 0))
    table = [row(KPIS["on_time"], 80, 100), *([given] if given else [])]
    found = scored([quality], table)
    left_out = found["quality", "overdue"]
    assert (left_out.score, left_out.share, left_out.contribution, left_out.why) == (None, None, None, why)
    assert (found["quality", ""].score, found["quality", ""].share) == (80.0, 0.75)
    assert found["quality", "on_time"].share == 1.0


def test_with_less_than_the_least_weight_there_is_no_score():
    table = [row(KPIS["on_time"], 80, 100)]
    items = (item("on_time", 1), item("overdue", 1))
    assert scored([card(*items)], table)["quality", ""].score == 80.0  # exactly one half
    found = scored([card(*items, least_weight=0.51)], table)["quality", ""]
    assert (found.score, found.status, found.share) == (None, "none", 0.5)
    assert found.why == "too little of the declared weights has a score"
    assert scored([card(item("overdue"))], [])["quality", ""].score is None


def test_scorecards_stand_in_scorecards_and_never_in_themselves():
    inner = card(item("on_time"), name="inner")
    other = card(item("overdue"), name="other")
    outer = card({"scorecard": "inner", "weight": 3}, {"scorecard": "other", "weight": 1}, name="outer")
    found = scored([inner, other, outer], [row(KPIS["on_time"], 88, 100)])
    assert found["outer", "inner"].value == found["inner", ""].score == 88.0
    assert (found["outer", "other"].score, found["outer", "other"].why) == (None, "no score")
    assert (found["outer", ""].score, found["outer", ""].status) == (88.0, "good")
    declared = {c.scorecard: c for c in (outer, inner, other)}
    assert in_order(declared, ["outer"]) == ("inner", "other", "outer")
    assert kpis_of_scorecards(declared, ["outer"]) == ("on_time", "overdue")
    circle = {
        "a": card({"scorecard": "b", "weight": 1}, name="a"),
        "b": card({"scorecard": "a", "weight": 1}, name="b"),
    }
    with pytest.raises(ValueError, match="cannot stand in itself: a -> b -> a"):
        in_order(circle, ["a"])
    with pytest.raises(KeyError):
        in_order(declared, ["none"])


def test_the_status_changes_at_the_declared_limits():
    usual = card(item("on_time"))
    assert [status_of(usual, reached) for reached in (90, 89.999, 75, 74.999, 60, 59.999, 0, None)] == [
        "excellent", "good", "good", "warning", "warning", "critical", "critical", "none",
    ]  # fmt: skip
    own = card(item("on_time"), limits={"excellent": 99, "good": 98, "warning": 97})
    assert [status_of(own, reached) for reached in (99, 98, 97, 96)] == ["excellent", "good", "warning", "critical"]


def test_scores_are_read_as_they_were_written_and_equal_scores_are_equal_bytes(tmp_path):
    quality = card(item("on_time", 3), item("overdue", 1))
    rows = score_all({"quality": quality}, ["quality"], KPIS, KpiTable((row(KPIS["on_time"], 8, 9),)), "2024-05")
    write_scores(tmp_path / "one", rows)
    write_scores(tmp_path / "two", rows)
    assert read_scores(tmp_path / "one") == rows
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with pytest.raises(FileNotFoundError, match="has not been computed"):
        read_scores(tmp_path / "three")


ITEMS = st.lists(
    st.tuples(
        st.sampled_from(sorted(KPIS)),
        st.floats(0.01, 100),
        st.floats(-1e6, 1e6),
        st.floats(-1e6, 1e6),
    ).filter(lambda values: values[2] != values[3]),
    min_size=1,
    max_size=6,
)


@hypothesis.given(ITEMS, st.dictionaries(st.sampled_from(sorted(KPIS)), st.integers(-500, 5000)), st.randoms())
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_a_score_lies_between_0_and_100_is_the_sum_of_its_parts_and_knows_no_order(items, values, random):
    table = [row(KPIS[name], value, 500 if KPIS[name].has_denominator else None) for name, value in values.items()]
    found = list(scored([card(*(item(*values) for values in items))], table).values())
    total = found[0]
    rows = score_all(
        {"quality": card(*(item(*values) for values in items))}, ["quality"], KPIS, KpiTable(tuple(table)), "2024-05"
    )
    assert all(r.score is None or 0 <= r.score <= 100 for r in rows)
    if total.score is not None:
        assert math.isclose(math.fsum(r.contribution or 0 for r in rows[1:]), total.score, abs_tol=1e-8)
        assert math.isclose(math.fsum(r.share or 0 for r in rows[1:]), 1, abs_tol=1e-9)
    random.shuffle(items)
    other = score_all(
        {"quality": card(*(item(*values) for values in items))}, ["quality"], KPIS, KpiTable(tuple(table)), "2024-05"
    )
    assert other[0] == rows[0]
