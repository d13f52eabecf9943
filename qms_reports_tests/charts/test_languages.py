"""Charts speak the language of their report: words, notes, alternatives and the heads of their cells."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from qms_reports import languages
from qms_reports.charts import palette
from qms_reports.charts.excel import heat_map_note, native_chart
from qms_reports.charts.layout import draw
from qms_reports.charts.scene import Text
from qms_reports.charts.specification import Chart
from qms_reports.charts.workbook_data import write_data
from qms_reports.languages import TAGS
from qms_reports_tests.charts.examples import every_further_form, every_type_in_each_form
from qms_reports_tests.charts.test_layout import assert_no_texts_overlap, assert_nothing_leaves

EXAMPLES = every_type_in_each_form() | every_further_form()
CHARTS = Path(palette.__file__).parent
TEXTS = yaml.safe_load((Path(languages.__file__).parent / "charts.yaml").read_text("utf-8"))


def spoken(chart: Chart, tag: str) -> Chart:
    return replace(chart, specification=replace(chart.specification, language=tag))


def test_every_text_that_charts_say_exists_and_every_one_that_exists_is_said() -> None:
    source = "\n".join(path.read_text() for path in sorted(CHARTS.glob("*.py")))
    said = set(re.findall(r'\bsay\(\s*"(\w+)"(?!\s*\+)', source))
    assert said - set(TEXTS) == set()
    composed = ("kind_", "each_cell_", "head_", "rule_", "lower_", "upper_", "period_")
    unsaid = [key for key in TEXTS if key not in said and f'"{key}"' not in source and not key.startswith(composed)]
    assert unsaid == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_form_is_laid_out_in_every_language(tag: str) -> None:
    for name, chart in EXAMPLES.items():
        scene = draw(spoken(chart, tag))
        assert_no_texts_overlap(scene)
        if chart.specification.type != "sparkline":
            assert_nothing_leaves(scene)
        assert (tag == "en") == (scene == draw(chart)), name


def words(chart: Chart, tag: str) -> set[str]:
    return {item.text for item in draw(spoken(chart, tag)).items if isinstance(item, Text)}


def test_german_and_japanese_charts_use_their_own_words() -> None:
    assert "Kumuliert" in words(EXAMPLES["pareto"], "de")
    assert "累積" in words(EXAMPLES["pareto level"], "ja")
    assert "CAPAs, Achse beginnt nicht bei 0" in words(EXAMPLES["waterfall of small changes"], "de")
    assert {"USG 249,7", "OSG 250,3", "Zielwert 250"} <= words(EXAMPLES["histogram normal"], "de")
    assert "この期間のデータなし" in words(EXAMPLES["nothing"], "ja")
    assert draw(spoken(EXAMPLES["box"], "de")).alt.startswith("Boxplot: Deviations closed on time. Share, Basel, 2025.")
    assert draw(spoken(EXAMPLES["heatmap"], "ja")).alt.endswith("。")


def test_the_heads_of_the_cells_are_in_the_language_too() -> None:
    sheet = Workbook().active
    chart = spoken(EXAMPLES["waterfall"], "de")
    block = write_data(sheet, chart)
    heads = [sheet.cell(1, column).value for column in range(1, block.last_column + 1)]
    assert heads == ["Schritt", "CAPAs", "Sockel", "Stand", "Zunahme", "Abnahme"]
    assert native_chart(sheet, chart, block).alternative_text.startswith("Wasserfalldiagramm: ")
    assert heat_map_note(spoken(EXAMPLES["heatmap"], "de")).startswith("Excel hat kein Heatmap-Diagramm")
