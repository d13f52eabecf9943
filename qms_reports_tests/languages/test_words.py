"""Words, numbers and periods in each language; every text that the code asks for is there."""

# ruff: noqa: RUF001 - full-width punctuation

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import qms_reports
from qms_reports import languages
from qms_reports.charts.numerals import in_its_language, tick_texts, value_text
from qms_reports.charts.specification import Chart, ChartSpecification
from qms_reports.fiscal_calendar import FiscalCalendar
from qms_reports.languages import ENGLISH, TAGS, language
from qms_reports.languages.numbers import MINUS, fixed, grouped
from qms_reports.periods import FREQUENCIES, parse_period, period_of

PACKAGE = Path(qms_reports.__file__).parent
TEXTS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in Path(languages.__file__).parent.glob("*.yaml")}
GERMAN, JAPANESE = language("de"), language("ja")


def asked_for() -> Iterator[tuple[str, str, set[str] | None]]:
    """Place, key (with ``*`` for what is filled in) and names of values of each text in the code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "text"):
                continue
            values = None if any(value.arg is None for value in node.keywords) else {v.arg or "" for v in node.keywords}
            for argument in node.args[:1]:
                for part in (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,):
                    key = _key(part)
                    if re.fullmatch(r"[a-z]+\.[\w*]+", key):
                        yield f"{path.relative_to(PACKAGE)}:{node.lineno}", key, values


def _key(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return ""


def test_every_text_that_the_code_asks_for_is_there_and_gets_its_values() -> None:
    found = list(asked_for())
    assert len(found) > 50
    wrong = []
    for place, key, values in found:
        area, _, name = key.partition(".")
        texts = TEXTS.get(area, {})
        pattern = re.compile(name.replace("*", r"\w+"))
        matching = [text for other, text in texts.items() if pattern.fullmatch(other)]
        if not matching:
            wrong.append(f"{place}: no text {key}")
        given = matching if values is not None and "*" not in key else ()
        wanted = {value for text in given for value in re.findall(r"{(\w+)", text["en"])}
        wrong += [f"{place}: {key} needs {value}" for value in sorted(wanted - (values or set()))]
    assert wrong == []


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_periods_are_named_in_english_as_they_name_themselves(frequency) -> None:
    for fiscal in (FiscalCalendar(4), FiscalCalendar(10, weeks="445")):
        if frequency in ("fiscal_quarter", "fiscal_month") and not fiscal.weeks:
            continue
        for day in (dt.date(2024, 1, 3), dt.date(2024, 5, 31), dt.date(2023, 12, 31)):
            period = period_of(day, frequency, fiscal)
            assert ENGLISH.period_label(period) == period.label()
            assert ENGLISH.period_label(period, short=True) == period.label(short=True)
            assert ENGLISH.window_label(period.rolling(3)) == period.rolling(3).label
            assert ENGLISH.window_label(period.rolling(1)) == period.rolling(1).label
            for tag in ("de", "ja"):
                printed = language(tag).period_label(period)
                assert re.findall(r"\d{4}", period.key)[0] in printed


@pytest.mark.parametrize(
    ("key", "german", "short", "japanese", "brief"),
    [
        ("2024-05", "Mai 2024", "Mai 2024", "2024年5月", "2024年5月"),
        ("2024-03", "März 2024", "Mär 2024", "2024年3月", "2024年3月"),
        ("2024-Q2", "2. Quartal 2024", "Q2 2024", "2024年第2四半期", "2024年Q2"),
        ("2024", "2024", "2024", "2024年", "2024年"),
        ("2024-W05", "Kalenderwoche 5, 2024", "KW05 2024", "2024年第5週", "2024年W05"),
        (
            "FY2024",
            "Geschäftsjahr 2024 (Apr 2023 – Mär 2024)",
            "GJ2024",
            "2024年度（2023年4月～2024年3月）",
            "2024年度",
        ),
    ],
)
def test_periods_are_named_as_germans_and_japanese_do(key, german, short, japanese, brief) -> None:
    period = parse_period(key, 4)
    assert (GERMAN.period_label(period), GERMAN.period_label(period, short=True)) == (german, short)
    assert (JAPANESE.period_label(period), JAPANESE.period_label(period, short=True)) == (japanese, brief)


def test_days_are_written_in_words_and_in_iso() -> None:
    day = dt.date(2024, 5, 31)
    assert [language(tag).long_date(day) for tag in TAGS] == ["31 May 2024", "31. Mai 2024", "2024年5月31日"]
    assert {language(tag).date(day) for tag in TAGS} == {"2024-05-31"}


@pytest.mark.parametrize("tag", TAGS)
def test_a_printed_number_reads_back_as_the_number(tag) -> None:
    group, point = ({"de": (".", ",")}).get(tag, (",", "."))
    for value, decimals in ((0, 0), (-0.04, 1), (1234567.125, 2), (-98.25, 1), (2.5, 0), (1e300, 0), (1.5e21, 2)):
        for printed in (grouped(value, decimals, tag), fixed(value, decimals, tag)):
            plain = printed.replace(group, "").replace(point, ".").replace(MINUS, "-")
            assert float(plain) == pytest.approx(value, abs=0.5001 * 10.0**-decimals, rel=1e-5)
        assert group not in fixed(value, decimals, tag).replace("e+", "")
    with pytest.raises(ValueError, match="no number to print"):
        grouped(float("nan"), 1, tag)


def test_units_and_percent_signs_stand_as_each_language_has_them() -> None:
    assert [language(tag).with_unit("98.2", "%") for tag in TAGS] == ["98.2\u00a0%", "98.2\u00a0%", "98.2%"]
    assert GERMAN.with_unit("5,0", "Tage") == "5,0\u00a0Tage"
    assert GERMAN.with_unit("5", "") == "5"


def test_a_chart_prints_numbers_in_its_language_and_no_longer_than_it_is_drawn() -> None:
    @in_its_language
    def labels(chart: Chart) -> list[str]:
        assert chart.categories == ()
        return [value_text(98.25, 1, "%"), value_text(1_234_567, 0), value_text(-4.5e10, 0), *tick_texts((0, 5e6, 1e7))]

    def printed(tag: str) -> list[str]:
        return labels(Chart(ChartSpecification("c", "bar", "C", language=tag), (), ()))

    assert printed("de-DE") == ["98,2\u00a0%", "1,23\u00a0Mio.", "−45,0\u00a0Mrd.", "0", "5\u00a0Mio.", "10\u00a0Mio."]
    assert printed("ja") == ["98.2%", "123万", "−450億", "0", "500万", "1,000万"]
    assert value_text(98.25, 1, "%") == "98.2\u00a0%"
    assert tick_texts((0, 0.5, 1)) == ["0.0", "0.5", "1.0"]
