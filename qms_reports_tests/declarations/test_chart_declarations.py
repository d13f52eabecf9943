"""What a chart may declare, what is said about one that cannot be, and what about one that is hard to read."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from qms_reports.charts import palette
from qms_reports.charts.hatching import HATCHES, hatch_of
from qms_reports.charts.heatmap import SHADES, shades
from qms_reports.charts.lines import DASHES
from qms_reports.charts.specification import CHART_TYPES
from qms_reports.declarations import colours
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.declarations.issues import Complaint, Severity
from qms_reports.declarations.models import ChartModel
from qms_reports.settings import Settings
from qms_reports_tests.charts.examples import every_further_form

RECORDS = {"dataset": "capas", "date": "closed_on"}
GOOD: dict[str, dict[str, Any]] = {
    "bar": {"kpis": ["a"]},
    "line": {"kpis": ["a", "b"]},
    "area": {"kpis": ["a"]},
    "pie": {"kpis": ["a"], "by": "site"},
    "donut": {"kpis": ["a", "b"]},
    "control": {"kpis": ["a"], "zones": True},
    "pareto": {"kpis": ["a"], "by": "category"},
    "funnel": {"kpis": ["a"], "by": "site", "overdispersion": "additive"},
    "heatmap": {"kpis": ["a"], "by": "site", "across": "category"},
    "sparkline": {"kpis": ["a"], "width": 60, "height": 14},
    "waterfall": {"level": "open", "kpis": ["opened"], "less": ["closed", "voided"]},
    "histogram": {**RECORDS, "values": "days", "normal_curve": True, "lower_limit": 1, "upper_limit": 2, "target": 1.5},
    "scatter": {**RECORDS, "x": "a", "y": "b", "fit": "linear"},
    "box": {**RECORDS, "values": "days", "by": "site"},
}


def declare(kind: str, **keys: Any) -> ChartModel:
    # Types: a model built of keywords.
    return ChartModel(id="shown", type=kind, title="Shown", **keys)  # type: ignore[arg-type]  # any keys


def test_every_type_that_can_be_drawn_can_be_declared() -> None:
    assert set(GOOD) == set(CHART_TYPES)
    for kind, keys in GOOD.items():
        assert declare(kind, **keys).type == kind
    assert declare("waterfall", kpis=["a"], by="site").all_kpis == ("a",)
    assert declare("waterfall", **GOOD["waterfall"]).all_kpis == ("opened", "open", "closed", "voided")
    assert declare("heatmap", kpis=["a"], by="site", over="series").over == "series"
    assert declare("heatmap", by="a", across="b", values="days", aggregate="median", **RECORDS).aggregate == "median"
    assert declare("pareto", by="a", **RECORDS).by == "a"


@pytest.mark.parametrize(
    ("kind", "keys", "message", "hint"),
    [
        ("pareto", {"kpis": ["a"]}, "a pareto shows a KPI 'by' a dimension", "name the dimension in 'by'"),
        ("funnel", {"kpis": ["a", "b"], "by": "c"}, "a funnel shows one KPI in 'kpis', not 2", "a chart for each"),
        ("heatmap", {"kpis": ["a"], "by": "c"}, "goes 'across' a second dimension, or 'over: series'", "one of both"),
        ("heatmap", {"kpis": ["a"], "by": "c", "across": "c"}, "name the same dimension", "name another"),
        ("heatmap", {**RECORDS, "by": "c"}, "needs 'across'", ""),
        ("heatmap", {**RECORDS, "by": "c", "across": "d", "values": "x"}, "without an 'aggregate'", "sum, mean"),
        ("heatmap", {**RECORDS, "by": "c", "across": "d", "aggregate": "mean"}, "needs 'values'", "in 'values'"),
        ("box", {**RECORDS, "values": "x"}, "needs 'by', the column", ""),
        ("waterfall", {"kpis": ["a"]}, "how one KPI changed, or how a level came about", "'level' with 'kpis'"),
        ("waterfall", {"level": "a", "kpis": ["b"], "by": "c"}, "shows totals only", "leave out 'by'"),
        ("sparkline", {"kpis": ["a", "b"]}, "the total of one KPI", ""),
        ("line", {**RECORDS}, "a line shows 'kpis', not records", "of records: histogram, scatter, box"),
        ("bar", {"kpis": ["a"], "fit": "linear"}, "a bar has no use for 'fit'", "it is for scatter"),
        ("bar", {"kpis": ["a"], "width": 60}, "a bar of 60 points width cannot be read", "at least 120"),
        ("pareto", {"kpis": ["a"], "by": "c", "values": "x"}, "'values' belongs to records", "name a 'dataset'"),
        ("histogram", {**GOOD["histogram"], "lower_limit": 3}, "'lower_limit' is not below", "exchange them"),
        ("bar", {"kpis": ["a"], "outputs": ["pdf", "pdf"]}, "names a form twice", "once"),
    ],
)
def test_a_declaration_that_cannot_be_drawn_is_told_how_to_be_mended(
    kind: str, keys: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(ValidationError) as error:
        declare(kind, **keys)
    (found,) = error.value.errors()
    assert message in found["msg"]
    raised = found["ctx"]["error"]
    assert hint in (raised.hint if isinstance(raised, Complaint) else "")


TEMPLATE = """\
template: odd_charts
title: Odd charts
sections: [{id: a, title: A, charts: [p, f, w, h, b, d]}]
charts:
  - {id: p, type: pareto, title: P, kpis: [training_compliance], by: department}
  - {id: f, type: funnel, title: F, kpis: [capas_open], by: department}
  - {id: w, type: waterfall, title: W, level: capas_opened, kpis: [capas_open], less: [capas_shut]}
  - {id: h, type: heatmap, title: H, kpis: [complaint_rate_same_period_exposure], by: product, across: sit}
  - {id: b, type: box, title: B, dataset: capas, date: closed_on, values: opened_on, by: departement}
  - {id: d, type: donut, title: D, kpis: [training_compliance], by: department}
"""


def test_kpis_and_columns_that_do_not_fit_a_chart_are_named_at_their_place(tmp_path: Path) -> None:
    (tmp_path / "own" / "templates").mkdir(parents=True)
    (tmp_path / "own" / "templates" / "odd.yaml").write_text(TEMPLATE)
    catalogue = load_catalogue(Settings(home=tmp_path, catalog=str(tmp_path / "own"), example_catalog=False))
    found = {
        issue.field: f"{issue.message} ({issue.hint})"
        for issue in catalogue.issues
        if issue.file.endswith("odd.yaml") and issue.severity is Severity.ERROR
    }
    for field, words in {
        "charts.0.kpis.0": "a pareto adds up its bars, and a proportion",
        "charts.1.kpis.0": "a funnel needs the size of each member, and the level 'capas_open' has none",
        "charts.2.level": "'capas_opened' is a count, and this bar of a waterfall is a level",
        "charts.2.kpis.0": "'capas_open' is a level, and this bar of a waterfall is a count",
        "charts.2.less.0": "there is no kpi 'capas_shut'",
        "charts.3.across": "cannot be split by two dimensions at once",
        "charts.4.values": "column 'opened_on' is no number (numbers: ",
        "charts.4.by": "there is no column 'departement' (did you mean",
        "charts.5.kpis.0": "the slices of a donut add up to a whole",
    }.items():
        assert words in found.get(field, ""), (field, found)
    assert len(found) == 9


def test_colours_that_some_readers_take_for_the_same_are_found_with_who_does() -> None:
    assert colours.indistinguishable(["#1F7F77", "#66737F", "#12436D"]) == [(0, 1, "protanopia")]
    assert colours.difference("#1F7F77", "#66737F", "deuteranopia") == pytest.approx(2.8, abs=0.05)
    assert colours.difference("#9A5B00", "#B3261E", "deuteranopia") == pytest.approx(8.4, abs=0.05)
    assert colours.indistinguishable(["#123456", "#123456"]) == [(0, 1, "normal vision")]
    assert colours.low_contrast(["#12436D", "#F7E017", "#000000"]) == [1]
    assert colours.contrast("#000000") == pytest.approx(21.0)
    assert colours.lightness("#FFFFFF") == pytest.approx(100.0)
    with pytest.raises(ValueError, match="is not a colour of the form"):
        colours.low_contrast(["navy"])


def test_all_readers_can_tell_the_house_colours_apart_also_in_greyscale() -> None:
    assert colours.indistinguishable(palette.SERIES) == []
    assert colours.low_contrast(palette.SERIES) == []
    assert len(HATCHES) == len(palette.SERIES)
    for (first, one), (second, other) in combinations(enumerate(palette.SERIES), 2):
        differs = abs(colours.lightness(one) - colours.lightness(other)) >= colours.LEAST_LIGHTNESS
        assert differs or hatch_of(first) != hatch_of(second), (one, other)
    assert len(set(DASHES)) == len(DASHES)
    darkness = [100 - colours.lightness(color) for color in shades(every_further_form()["heatmap"])]
    assert len(darkness) == len(SHADES)
    steps = [later - earlier for earlier, later in pairwise(darkness)]
    assert min(steps) >= 5.0
    fills = (palette.SERIES[0], palette.MUTED)  # the vital few and the others of a Pareto chart
    assert abs(colours.lightness(fills[0]) - colours.lightness(fills[1])) > 30


def test_numbers_in_the_cells_of_a_heat_map_can_be_read() -> None:
    for color in shades(every_further_form()["heatmap"]):
        assert colours.contrast(color, palette.text_on(color)) >= 4.5


READABLE = """\
template: crowded_charts
title: Crowded charts
sections: [{id: a, title: A, charts: [l, b, t, g]}]
charts:
  - {id: l, type: line, title: L, y_title: CAPAs,
     kpis: [capas_open_0_30_days, capas_open_31_60_days, capas_open_61_90_days, capas_open_over_90_days]}
  - {id: b, type: bar, title: B, y_title: CAPAs, kpis: [capas_opened, capas_closed]}
  - {id: t, type: bar, title: T, y_title: Events, kpis: [quality_events_opened], by: product, top: 12}
  - {id: g, type: bar, title: G, y_title: Events, kpis: [quality_events_opened], by: product, top: 12, horizontal: true}
"""


def test_series_without_a_name_and_bars_without_room_are_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "own" / "templates").mkdir(parents=True)
    (tmp_path / "own" / "templates" / "crowded.yaml").write_text(READABLE)
    catalogue = load_catalogue(Settings(home=tmp_path, catalog=str(tmp_path / "own"), example_catalog=False))
    found = {issue.field: issue.message for issue in catalogue.issues if issue.file.endswith("crowded.yaml")}
    assert found == {
        "charts.0": "nothing says which of the 4 series is which",
        "charts.1": "nothing says which of the 2 series is which",
        "charts.2": "up to 13 bars of 16 points each, too thin for their names",
    }
