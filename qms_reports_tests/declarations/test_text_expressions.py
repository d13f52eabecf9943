"""Values in text: what the language says, what it refuses, and where."""

# ruff: noqa: E501 - a table of mistakes reads best with one a line

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms_reports.declarations.expression_functions import FUNCTIONS
from qms_reports.declarations.expression_kinds import FIGURES, PERIOD, TEXT, TILE
from qms_reports.declarations.text_expressions import (
    ExpressionError,
    check_condition,
    check_text,
    check_value,
    evaluate,
    holds,
    names_used,
    render_text,
)
from qms_reports.reports.document import Tile

NAMES = {"capas": TILE, "audits": TILE, "period": PERIOD, "figures": FIGURES, "site": TEXT}
CONTEXT = {
    "capas": {"title": "Open CAPAs", "value": 1234.5, "text": "1,234.5", "status": "bad", "prior": None, "numerator": 3,
              "denominator": 8, "trend_good": False},
    "period": {"label": "May 2024", "start": dt.date(2024, 5, 1), "previous": {"label": "Apr 2024"}},
    "figures": {"bad": 2, "bad_titles": ("Open CAPAs", "Complaints")},
    "site": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No value { } at all }}", "No value { } at all }}"),
        ("{{ capas.title }} stand at {{capas.text}}.", "Open CAPAs stand at 1,234.5."),
        ("{{ period.previous.label }}, {{ period.start }}", "Apr 2024, 2024-05-01"),
        ("{{ capas.value }} {{ number(capas.value, 2) }} {{ number(capas.value) }}", "1,234.5 1,234.50 1,235"),
        ("{{ percent(capas.numerator / capas.denominator) }}", "37.5 %"),
        ("{{ percent(0.98205, 2) }} {{ round(2.5) }} {{ round(-0.125, 2) }}", "98.21 % 3 −0.13"),
        ("{{ capas.prior }} {{ capas.prior + 1 }} {{ capas.value / 0 }}", "n/a n/a n/a"),
        ("{{ join(figures.bad_titles) }}; {{ join(figures.bad_titles, ' and ') }}", "Open CAPAs, Complaints; Open CAPAs and Complaints"),
        ("{{ count(figures.bad_titles) + count(capas.status == 'bad', capas.value < 1) }}", "3"),
        ("{{ min(3, capas.prior, 2) }} {{ max(capas.prior) }} {{ abs(-2) }} {{ -(2 - 5) * 2 }}", "2 n/a 2 6"),
        ("{{ 'late' if capas.value > 1000 else 'in time' }}", "late"),
        ("{{ 'more' if capas.prior < capas.value else 'not more' }}", "not more"),
        ("{{ coalesce(site, 'all sites') }} {{ known(site) }}", "all sites false"),
        ("{{ '}}' + \"{{\" }}", "}}{{"),
        ("a{{ 1 +\n  2 }}b", "a3b"),
        ("größer: {{ 'ü' + capas.title }}", "größer: üOpen CAPAs"),
    ],
)  # fmt: skip
def test_a_text_is_filled_with_values(text, expected):
    assert render_text(text, CONTEXT) == expected


def test_numbers_dates_and_absent_values_are_written_in_the_language_of_the_report():
    text = "{{ capas.value }} {{ number(capas.value, 1) }} {{ percent(0.5) }} {{ capas.prior }}"
    assert render_text(text, CONTEXT, "de") == "1.234,5 1.234,5 50,0 % k. A."


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ('capas.status == "bad"', True),
        ('capas.status in ("good", "bad") and not capas.trend_good', True),
        ('capas.status not in ["bad"]', False),
        ("1 < capas.value <= 1234.5", True),
        ("capas.prior > 1", False),
        ("not (capas.prior > 1)", False),  # not known, so neither it nor its opposite holds
        ("capas.prior == none", False),
        ("known(capas.prior) == false", True),
        ('capas.prior > 1 or capas.status == "bad"', True),
        ('capas.prior > 1 and capas.status == "good"', False),
        ("site == 'Hamburg'", False),
        ("true", True),
    ],
)  # fmt: skip
def test_a_condition_over_a_value_that_is_not_known_does_not_hold(condition, expected):
    assert holds(condition, CONTEXT) is expected


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("{{ capsa.text }}", 1, 4, "there is no 'capsa'", "did you mean 'capas'?"),
        ("one\n two {{ capas.txt }}", 2, 15, "'capas' has no 'txt'", "did you mean 'text'?"),
        ("{{ period.previous.lable }}", 1, 20, "'period.previous' has no 'lable'", "did you mean 'label'?"),
        ("{{ site.name }}", 1, 9, "'site' has no 'name'", "it is a plain value"),
        ("{{ capas }}", 1, 4, "'capas' has many values", "say which: kpi, title"),
        ("{{ capas.value + capas.unit }}", 1, 18, "is a text; '+' needs numbers", "print the number first"),
        ("{{ 1 if capas.value else 2 }}", 1, 9, "is a number, but a condition is true or false", "compare it"),
        ("{{ capas.value > '5' }}", 1, 18, "a number is compared with a text", "leave out the quotes"),
        ("{{ capas.title > 'a' }}", 1, 4, "a text is neither more nor less than another", "use == or !="),
        ("{{ capas.status == 'red' }}", 1, 20, "it is never 'red'", "it can be good, warning, bad, none"),
        ("{{ capas.status in ('godo', 'bad') }}", 1, 21, "it is never 'godo'", "did you mean 'good'?"),
        ("{{ numbr(1) }}", 1, 4, "there is no function 'numbr'", "did you mean 'number'?"),
        ("{{ number(1, 2, 3) }}", 1, 4, "number is called with 3 values", "write number(x, decimals)"),
        ("{{ number(capas.title) }}", 1, 11, "is a text; number needs a number", "write number(x, decimals)"),
        ("{{ 1 if true else 'a' }}", 1, 19, "the result is a number or a text", "of one kind"),
        ("{{ capas.text", 1, 1, "'{{' is not closed", "write '}}'"),
        ("{{ {{ capas.text }} }}", 1, 1, "'{{' is not closed", "write '}}'"),
        ("ü {{ }}", 1, 5, "an expression is missing", "period.label"),
        ("{{ 1 = 2 }}", 1, 6, "is no expression", "write == to compare"),
        ("{{ a && b }}", 1, 7, "is no expression", "write and, or, not"),
        ("{{ capas['text'] }}", 1, 4, "brackets [ ] may not stand in an expression", ""),
        ("{{ 7 % 2 }}", 1, 4, "'%' may not stand in an expression", "percent"),
        ("{{ 2 ** 99999 }}", 1, 4, "'**' may not stand in an expression", ""),
        ("{{ '\\x41' }}", 1, 5, "a backslash is not allowed", "write the character itself"),
        ("{{ capas.value is none }}", 1, 4, "'is' may not stand in an expression", "write =="),
        ("{{ 'a' in capas.title }}", 1, 11, "'in' is followed by a list", "such as status in"),
        ("{{ (1, 2) }}", 1, 4, "a list stands only behind 'in'", ""),
        ("{{ 9999999999999999 }}", 1, 4, "the number is too large", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_line_and_column_with_what_was_probably_meant(text, line, column, message, hint):
    (problem,) = check_text(text, NAMES)
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "expression",
    [
        "().__class__.__bases__", "capas.__class__", "__import__('os')", "[x for x in (1,)]", "(lambda: 1)()",
        "open('/etc/passwd')", "f'{capas}'", "capas.title.upper()", "number(*figures.bad_titles)", "(x := 1)", "{1: 2}",
        "b'a'", "1j", "...", "capas.title.__len__", "'a' * 999999999", "number(x=1)", "(1)(2)",
    ],
)  # fmt: skip
def test_nothing_but_declared_names_and_functions_is_reached(expression):
    assert check_value(expression, NAMES)
    with pytest.raises(ExpressionError):
        evaluate(expression, CONTEXT)


def test_a_record_gives_its_fields_and_nothing_else():
    class Odd:
        secret = 1

    tile = Tile("capas", "CAPAs", 1.0, "1", "", 0, "", "", "up", None, "", "", "", "bad", "Action", (), ())
    assert render_text("{{ capas.title }}: {{ capas.status_text }}", {"capas": tile}) == "CAPAs: Action"
    for expression in ("capas.__slots__", "capas.nothing", "odd.secret"):
        with pytest.raises(ExpressionError, match="has no"):
            evaluate(expression, {"capas": tile, "odd": Odd()})


def test_every_attribute_of_a_tile_in_the_document_may_be_named():
    """All but the two series, which are no single values."""
    assert set(Tile.__slots__) - {"series", "series_labels"} <= set(TILE)


@pytest.mark.parametrize(
    "expression", ["(" * 500 + "1" + ")" * 500, "1" + "+1" * 400, "-" * 900 + "1", "not " * 300 + "true", "1" * 3000]
)
def test_an_expression_beyond_the_limits_is_refused(expression):
    (problem,) = check_value(expression, NAMES)
    assert "too" in problem.message or "limit" in problem.message


def test_a_text_beyond_the_limits_is_refused():
    assert "the limit is" in check_text("x" * 30_000, NAMES)[0].message
    assert "more than 200 expressions" in check_text("{{ 1 }} " * 500, NAMES)[0].message
    with pytest.raises(ExpressionError, match="the limit is"):
        render_text("{{ a }}{{ a }}{{ a }}", {"a": "x" * 9_000})


def test_a_condition_is_true_or_false():
    assert check_condition("capas.value", NAMES)[0].message == "is a number, but a condition is true or false"
    assert check_condition("capas.status", NAMES)[0].hint == 'compare it, as in capas.status == "good"'
    with pytest.raises(ExpressionError, match="neither true nor false"):
        holds("capas.value", CONTEXT)


def test_the_names_that_a_text_uses_are_known():
    assert names_used("{{ number(capas.value) }} and {{ site if true else period.label }}") == {
        "capas",
        "site",
        "period",
    }
    assert names_used('status == "bad"', bare=True) == {"status"}


@given(st.text(alphabet="{}()[]'\" abc.+-*/<>=!0123456789\n,", max_size=60))
def test_whatever_is_typed_gives_problems_and_never_an_exception(text):
    for problem in (*check_text(text, NAMES), *check_condition(text, NAMES)):
        assert problem.line >= 1
        assert problem.column >= 1
    if not check_text(text, {}):
        render_text(text, {})


def test_every_function_says_how_it_is_called_and_what_it_gives():
    for name, function in FUNCTIONS.items():
        assert function.usage.startswith(f"{name}(")
        assert function.meaning
