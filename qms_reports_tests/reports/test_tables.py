"""The tables by dimension, of contributions and of scores: parts add up, and nothing is left out unsaid."""

from __future__ import annotations

import pytest

from qms_reports.charts.filling import Filling
from qms_reports.datasets.reading import session
from qms_reports.declarations.models import Scorecard, TableModel
from qms_reports.kpis.scorecards import score_all
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.languages import ENGLISH
from qms_reports.periods import parse_period
from qms_reports.reports import wording
from qms_reports.reports.definitions import definition
from qms_reports.reports.document import Figure
from qms_reports.reports.tables import table
from qms_reports_tests.kpis.lines import kpi
from qms_reports_tests.small_catalogue import Site

NOT_STATED = "(not stated)"


def records(month, site, number, closed=0):
    return [
        {"id": f"{month}{site}{n}", "opened": f"{month}-10", "site": site,
         "closed": f"{month}-20" if n < closed else ""}
        for n in range(number)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def filling(tmp_path_factory):
    """January and February 2024 of the sites A to E and of records without a site."""
    site = Site(tmp_path_factory.mktemp("tables"))
    january = [("A", 4, 4), ("B", 6, 3), ("C", 3, 0), ("D", 2, 1), ("", 1, 0)]
    february = [("A", 9, 9), ("B", 4, 1), ("D", 3, 2), ("E", 5, 5), ("", 2, 1)]
    rows = [row for found in january for row in records("2024-01", *found)]
    rows += [row for found in february for row in records("2024-02", *found)]
    site.deliver(rows, "2024-05-01T00:00:00")
    with session(site.settings, site.catalogue, ["deviations"]) as opened:
        yield Filling(site.settings, site.catalogue, parse_period("2024-02"), site.table("2024-02"), opened)


def shown(found):
    """The rows with plain numbers."""
    return [tuple(cell.value if isinstance(cell, Figure) else cell for cell in row) for row in found.rows]


def test_the_change_of_a_count_is_split_among_the_members_and_the_rest(filling):
    declared = TableModel(id="t", title="T", kpis=("opened",), by="site", contribution=True, top=3)
    found = table(filling, declared)
    assert [column.name for column in found.columns] == ["Site", "Jan 2024", "Feb 2024", "Contribution"]
    assert shown(found) == [
        ("A", 4, 9, 5), ("E", None, 5, 5), ("C", 3, 0, -3), (NOT_STATED, 1, 2, 1),
        ("Other (2)", None, None, -1), ("All", 16, 23, 7),
    ]  # fmt: skip
    assert "add up to the change" in found.note


def test_the_change_of_a_proportion_is_split_into_own_change_and_mix(filling):
    declared = TableModel(id="t", title="T", kpis=("closed_share",), by="site", contribution=True)
    found = table(filling, declared)
    assert [column.name for column in found.columns[3:]] == ["Contribution, pt", "Own change", "Mix"]
    *members, total = shown(found)
    assert total[1:3] == (50.0, pytest.approx(78.2608695652))
    assert total[3] == pytest.approx(total[2] - total[1])
    for column in (3, 4, 5):
        assert sum(row[column] for row in members) == pytest.approx(total[column])
    for row in members:
        assert row[3] == pytest.approx(row[4] + row[5])
    # A: 100 % in both months, its share rose from 4/16 to 9/23, the mean of the totals is 64.13 %.
    (a,) = [row for row in members if row[0] == "A"]
    assert a[4] == 0
    assert a[5] == pytest.approx((9 / 23 - 4 / 16) * (100 - (50 + 1800 / 23) / 2))


def test_what_cannot_be_split_says_so(filling):
    found = table(filling, TableModel(id="t", title="T", kpis=("points_median",), by="site", contribution=True))
    assert found.rows == ()
    assert found.note.startswith("A statistic of the whole")


def test_not_stated_is_listed_whatever_the_number_of_rows_and_a_member_of_any_column_is(filling):
    declared = TableModel(id="t", title="T", kpis=("opened", "open"), by="site", top=2)
    found = table(filling, declared)
    assert [row[0] for row in found.rows] == ["A", "E", NOT_STATED, "All"]
    assert "3 more members are not listed" in found.note
    everybody = shown(table(filling, TableModel(id="t", title="T", kpis=("opened", "open"), by="site")))
    assert ("C", 0, 3) in everybody  # nothing opened, but three still open
    assert [sum(row[column] for row in everybody[:-1]) for column in (1, 2)] == list(everybody[-1][1:])


def test_a_scorecard_is_printed_with_all_that_went_into_it(filling):
    inner = Scorecard(
        scorecard="inner",
        title="Closing",
        items=[
            {"kpi": "closed_share", "weight": 3, "zero": 50, "full": 100},
            {"kpi": "points_mean", "weight": 1, "zero": 0, "full": 10},
        ],
        note="An example.",
    )
    outer = Scorecard(scorecard="outer", title="Overall", items=[{"scorecard": "inner", "weight": 1}])
    cards = {"inner": inner, "outer": outer}
    catalogue = type(filling.catalogue)(**{**vars_of(filling.catalogue), "scorecards": cards})
    scored = Filling(filling.settings, catalogue, filling.period, filling.table, filling.session)
    scores = score_all(cards, ["outer"], catalogue.kpis, filling.table, "2024-02")
    found = table(scored, TableModel(id="t", title="T", scorecards=("outer", "inner")), scores)
    share = 18 / 23 * 100
    score = (share - 50) * 2
    rows = shown(found)
    assert [row[0].strip() for row in rows] == ["Overall", "Closing", "Closing", "Closed share", "Mean points"]
    assert [row[4] for row in rows] == [*[pytest.approx(score)] * 4, None]
    assert [row[5] for row in rows] == [100.0, 100.0, 100.0, 100.0, None]
    assert rows[3][1:4] == (pytest.approx(share), "%", "50\N{EN DASH}100")
    assert [row[7] for row in rows] == [
        "bad:Critical", "bad:Critical", "bad:Critical", "none:Not rated", "none:No data",
    ]  # fmt: skip
    assert "An example. Left out of Closing: Mean points (no value)." in found.note


def vars_of(catalogue):
    return {name: getattr(catalogue, name) for name in catalogue.__dataclass_fields__}


def reported(state="ok", **changes):
    values = {"signal": "unknown", "signal_basis": "", **changes}
    return KpiRow("k", 1, "2024-02", 0, TOTAL, TOTAL, 1, 20, 20, 5.0, None, None, state, **values)


def test_the_words_for_status_noise_and_target():
    rated = kpi("proportion", per=100, unit="%", direction="up", target=95, warning=90)
    assert wording.status_word(rated, reported("immature")) == "Immature"
    assert wording.status_word(rated, reported("partial")) == "Incomplete"
    assert wording.signal(reported(signal="signal", signal_basis="N1 on c, 12 months")) == "Beyond noise (N1 on c)"
    assert wording.signal(reported(signal="noise", signal_basis="within c limits, 12 months")) == (
        "Within noise (c limits)"
    )
    assert wording.signal(reported(signal="noise", signal_basis="difference 95 % CI includes 0")) == (
        "Within noise (difference 95 % CI)"
    )
    assert wording.signal(reported(signal_basis="no value")) == ""
    printed = [
        words(rated).replace("\N{NO-BREAK SPACE}", " ") for words in (wording.target, wording.aim, wording.limits)
    ]
    assert printed == ["Target ≥ 95 %", "≥ 95 %", "≥ 95 %, watch to 90 %; rated from 10 records"]
    lone, many = (kpi("proportion", per=100, unit="%", direction="up", target=95, min_denominator=n) for n in (1, 1000))
    assert wording.limits(lone).endswith("; rated from 1 record")
    assert wording.limits(many).endswith("; rated from 1,000 records")
    assert "per: 1000000;" in definition(kpi("rate", per=1e6), ENGLISH).sql
    near = kpi("level", date="as_of", unit="°C", decimals=1, direction="target", target=5, tolerance=0.5, warning=1)
    assert wording.target(near).replace("\N{NO-BREAK SPACE}", " ") == "Target 5 ± 0.5 °C"
    assert wording.limits(near).replace("\N{NO-BREAK SPACE}", " ") == "5 ± 0.5 °C, watch to ± 1"
    assert (wording.target(kpi()), wording.aim(kpi()), wording.limits(kpi())) == ("No target", "\N{EN DASH}", "none")
