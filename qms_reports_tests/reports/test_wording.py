"""Figures in words, in three languages; what the evaluation says in English is said in all of them."""

# ruff: noqa: RUF001 - primes and full-width punctuation

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

from qms_reports.declarations.models import Kpi
from qms_reports.kpis import figures, measurements, signals
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.table import KpiRow
from qms_reports.languages import language
from qms_reports.reports import wording
from qms_reports.reports.basis_words import basis_words, remark_words
from qms_reports.reports.document import Column, Figure
from qms_reports.reports.printed_cells import cell_text

GERMAN, JAPANESE = language("de"), language("ja")
LATIN_WORD = re.compile("[A-Za-z]{4,}")

KPI = Kpi.model_validate(
    {
        "kpi": "on_time", "title": "Closed on time", "version": 1, "dataset": "deviations", "kind": "proportion",
        "numerator": "closed", "denominator": "TRUE", "date": "due", "unit": "%", "decimals": 1, "target": 95,
        "warning": 90, "direction": "up", "formula": "f", "source": "s", "per": 100,
    }
)  # fmt: skip
ROW = KpiRow("on_time", 1, "2024-05", 0, "", "", 1199, 1234, 1234, 97.16, 96.1, 98.0, "ok", 96.5, None, "up", "good")


def printed(kpi: Kpi, row: KpiRow, tag: str) -> list[str]:
    """Everything that is said about a figure."""
    spoken = language(tag)
    return [
        wording.with_unit(wording.number(row.value, 1, spoken), kpi.unit, spoken),
        wording.change(kpi, row.value, row.prior, spoken),
        wording.target(kpi, spoken),
        wording.limits(kpi, spoken),
        wording.fraction(kpi, row, spoken),
        wording.interval(kpi, row, spoken),
        wording.status_cell(kpi, row, spoken),
    ]


def test_a_figure_is_said_in_the_language_of_the_report() -> None:
    assert [text.replace("\u00a0", " ") for text in printed(KPI, ROW, "en")] == [
        "97.2 %", "+0.7 pt", "Target ≥ 95 %", "≥ 95 %, watch to 90 %; rated from 10 records", "1,199 of 1,234",
        "95 % CI 96.1–98.0", "good:On target",
    ]  # fmt: skip
    assert [text.replace("\u00a0", " ") for text in printed(KPI, ROW, "de")] == [
        "97,2 %", "+0,7 PP", "Zielwert ≥ 95 %", "≥ 95 %, beobachten bis 90 %; bewertet ab 10 Datensätzen",
        "1.199 von 1.234", "95-%-KI 96,1–98,0", "good:Im Ziel",
    ]  # fmt: skip
    assert [text.replace("\u00a0", " ") for text in printed(KPI, ROW, "ja")] == [
        "97.2%", "+0.7ポイント", "目標値 ≥ 95%", "≥ 95%、注意域は90%まで（10件以上で評価）", "1,234件中 1,199件",
        "95%信頼区間 96.1–98.0", "good:目標達成",
    ]  # fmt: skip


def test_what_is_missing_is_said_too() -> None:
    without = KPI.model_copy(update={"target": None, "warning": None})
    empty = ROW._replace(value=None, status="none", state="no data", lower=None)
    assert wording.target(without, GERMAN) == "Kein Zielwert"
    assert wording.status_word(KPI, empty, GERMAN) == "Keine Daten"
    assert wording.status_word(KPI, ROW._replace(status="none"), JAPANESE) == "件数不足"
    assert wording.with_unit(wording.number(None, 1, GERMAN), "%", GERMAN) == "k. A."
    assert wording.member(NOT_STATED, GERMAN) == "(keine Angabe)"
    assert wording.member("Hamburg", GERMAN) == "Hamburg"
    assert wording.other(1234, GERMAN) == "Sonstige (1.234)"
    assert wording.score_word("critical", GERMAN) == ("bad", "Kritisch")


def test_cells_follow_the_language() -> None:
    assert cell_text(Figure(1234.56, 1, percent=True), Column("A", "number"), GERMAN) == "1.234,6\u00a0%"
    assert cell_text(Figure(None, 1), Column("A", "number"), GERMAN) == "k. A."
    assert cell_text(1234.5, Column("A", "number", 1), GERMAN) == "1234,5"
    assert cell_text("x" * 40_000, Column("A"), GERMAN).endswith("vollständig im Datensatz)")


@pytest.mark.parametrize(
    ("basis", "german", "short"),
    [
        ("N1 and N2 on c, 12 months", "N1 und N2 auf c-Karte, 12 Monate", "N1 und N2 auf c-Karte"),
        ("within p′ limits, 11 quarters", "in den Grenzen der p′-Karte, 11 Quartale", "Grenzen der p′-Karte"),
        (
            "N1 on I, overdispersed, frozen limits",
            "N1 auf I-Karte, überdispers, eingefrorene Grenzen",
            "N1 auf I-Karte",
        ),
        ("ratio 95\u00a0% CI excludes 1", "95-%-KI des Verhältnisses ohne 1", "95-%-KI des Verhältnisses"),
    ],
)
def test_the_basis_of_a_judgement_is_translated(basis, german, short) -> None:
    assert basis_words(basis, GERMAN) == german
    judged = ROW._replace(signal="signal", signal_basis=basis)
    assert wording.signal(judged, GERMAN) == f"Mehr als Zufallsstreuung ({short})"
    assert wording.signal_basis(judged) == basis


def sayings(module: ModuleType, name: str) -> set[str]:
    """The texts, with a number for what is filled in, that a module gives as a basis or a remark."""
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    return {
        "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in getattr(node, "values", [node]))
        for node in nodes
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if id(node) not in parts and re.search(name, ast.unparse(node))
    }


def test_all_that_the_evaluation_says_is_translated() -> None:
    said = sayings(signals, r"^f?['\"](no |too few|0 in both|windows overlap|period not|overdispersed$|frozen limits$)")
    assert {"no value", "windows overlap", "no variation in 7", "too few periods before (7)"} <= said
    left = [text for text in said if LATIN_WORD.search(basis_words(text.replace("in 7", "in 7 months"), JAPANESE))]
    assert left == []
    spoken = r"^f?['\"](fewer than|refused|no specification|the values do|the process is)"
    remarks = sayings(figures, spoken) | sayings(measurements, spoken)
    assert len(remarks) >= 6
    assert [text for text in remarks if LATIN_WORD.search(remark_words(text, JAPANESE))] == []
    left_out = {f"8 of 73 left out: {why}" for why in (*remarks, "no value")}
    assert [text for text in left_out if LATIN_WORD.search(remark_words(text, JAPANESE))] == []
