"""Parameters of a template: what may be declared, what may be given, and what a report is restricted to."""

# ruff: noqa: E501 - a table of mistakes reads best with one a line

from __future__ import annotations

import pytest

from qms_reports.declarations.catalogue import load_folders
from qms_reports.declarations.models import ParameterModel
from qms_reports.declarations.parameters import ParameterError, as_json_schema, resolve_parameters, variants
from qms_reports.declarations.scoping import scoped, unrestricted
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.settings import Settings
from qms_reports_tests.small_catalogue import write_catalogue

TEMPLATE = """\
template: review
title: "Review {{ site }} {{ product }} {{ limit }} {{ least }} {{ strict }}"
document_number: "R-{period}"
parameters:
  site: {title: Site, dimension: site, required: true}
  product: {enum: [A, B], default: A, description: Which product}
  limit: {type: number, minimum: 0, maximum: 1, default: 0.5}
  least: {type: integer, minimum: 1}
  strict: {type: boolean, default: false}
  code: {pattern: "[A-Z]{2}-[0-9]+"}
  language: {enum: [en, de], default: en}
tiles: [opened]
tables:
  - {id: listing, title: "Listing {{ code }}", dataset: deviations, date: opened, columns: [id], filter: points > 1}
sections:
  - {id: all, title: All, tables: [listing]}
"""


def catalogue_with(folder, template=TEMPLATE):
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "review.yaml").write_text(template)
    return load_folders((folder,))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return catalogue_with(write_catalogue(tmp_path_factory.mktemp("parameters") / "catalog"))


@pytest.fixture(scope="module")
def template(catalogue):
    assert catalogue.issues == ()
    return catalogue.templates["review"]


def test_values_are_read_as_their_types_and_defaults_fill_the_rest(template):
    given = {"site": " Hamburg ", "least": "12", "strict": "yes", "code": "AB-7", "limit": "0.25"}
    assert resolve_parameters(template, given) == {
        "site": "Hamburg", "product": "A", "limit": 0.25, "least": 12, "strict": True, "code": "AB-7", "language": "en"}  # fmt: skip
    found = resolve_parameters(template, {"site": "*", "limit": 1, "least": 2.0, "strict": False})
    assert (found["site"], found["limit"], found["least"], found["code"]) == ("*", 1.0, 2, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "the parameter 'site' needs a value; it is a text, such as a site, or * for all"),
        ({"site": "", "sites": "x"}, "review has no parameter 'sites'; did you mean 'site'?"),
        ({"site": 7}, "site: 7 is not a text"),
        ({"site": "x", "product": "C"}, "product: 'C' is not allowed; allowed are A, B"),
        ({"site": "x", "limit": "1.5"}, "limit: 1.5 is not allowed; it is a number, at least 0, at most 1"),
        ({"site": "x", "limit": "nan"}, "limit: 'nan' is not a number"),
        ({"site": "x", "least": "1.5"}, "least: '1.5' is not a whole number; it is a whole number, at least 1"),
        ({"site": "x", "least": True}, "least: True is not a whole number"),
        ({"site": "x", "strict": "maybe"}, "strict: 'maybe' is not true or false"),
        ({"site": "x", "code": "AB-7x"}, "code: 'AB-7x' is not allowed; it is a text, that matches [A-Z]{2}-[0-9]+"),
        ({"site": "x", "language": "fr"}, "language: 'fr' is not allowed; allowed are en, de"),
        ({"site": "x" * 300}, "site: a text of 300 characters; the limit is 200"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_refused_with_what_is(template, given, said):
    with pytest.raises(ParameterError) as refused:
        resolve_parameters(template, given)
    assert said in str(refused.value)


def test_all_wrong_values_are_told_at_once(template):
    with pytest.raises(ParameterError) as refused:
        resolve_parameters(template, {"product": "C", "least": "x"})
    assert len(refused.value.problems) == 3


def test_the_json_schema_says_the_same(template):
    schema = as_json_schema(template)
    assert schema["required"] == ["site"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["product"] == {
        "type": "string", "title": "product", "description": "Which product", "enum": ["A", "B"], "default": "A"}  # fmt: skip
    assert schema["properties"]["limit"] == {
        "type": "number", "title": "limit", "default": 0.5, "minimum": 0, "maximum": 1}  # fmt: skip
    assert schema["properties"]["code"]["pattern"] == "^(?:[A-Z]{2}-[0-9]+)$"


def test_a_parameter_with_each_makes_one_report_per_value(template):
    assert variants(template) == [{}]
    parameters = {
        name: parameter.model_copy(update={"each": True, "enum": enum})
        for name, parameter, enum in [
            ("site", template.parameters["site"], ("Hamburg", "Lyon")),
            ("product", template.parameters["product"], ("A", "B")),
        ]
    }
    found = variants(template.model_copy(update={"parameters": parameters}))
    assert found == [{"site": s, "product": p} for s in ("Hamburg", "Lyon") for p in ("A", "B")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("default: A,", "default: C,", "6:36: error: parameters.product.default: the default 'C' is not allowed; allowed are A, B"),
        ("enum: [A, B]", "enum: [A, A]", "6:23: error: parameters.product.enum.1: 'A' is listed twice"),
        ("enum: [A, B]", "enum: [A, 1]", "6:23: error: parameters.product.enum.1: 1 is not a text"),
        ("minimum: 0,", "minimum: 2,", "7:34: error: parameters.limit.minimum: the minimum 2 is above the maximum 1"),
        ("type: boolean", "minimum: 1", "9:21: error: parameters.strict.minimum: 'minimum' fits numbers only, not string"),
        ('"[A-Z]{2}-[0-9]+"', '"[A-Z"', "10:19: error: parameters.code.pattern: is no regular expression: unterminated character set"),
        ("enum: [en, de]", "enum: [en, fr]", "11:25: error: parameters.language.enum.1: there is no language 'fr'"),
        ("enum: [en, de], default: en", "default: en", "11:3: error: parameters.language: a language is one of a list (enum: [en, de, ja])"),
        ("dimension: site", "dimension: sit", "5:34: error: parameters.site.dimension: no KPI or record of the template has a dimension 'sit' (did you mean 'site'?)"),
        ("dimension: site", "dimension: site, each: true", "5:46: error: parameters.site.each: 'each' makes one report per value, and there is no list of values"),
        ("  code:", "  period: {}\n  code:", "10:3: error: parameters.period: 'period' already means something in texts"),
        ("  code:", "  opened: {}\n  code:", "10:3: error: parameters.opened: 'opened' already means something in texts"),
        ("  code:", "  Code: {}\n  code:", "10:3: error: parameters.Code: a name starts with a letter"),
        (" {{ code }}", "", "10:3: warning: parameters.code: the parameter 'code' changes nothing"),
        ("required: true", "required: true, default: x", "5:50: warning: parameters.site.required: a parameter with a default never needs a value"),
        ("type: number", "type: numbr", "7:17: error: parameters.limit.type: text 'numbr' is not allowed here (did you mean 'number'?"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_declared_wrongly_is_told_where(tmp_path, old, new, said):
    assert TEMPLATE.count(old) == 1
    issues = catalogue_with(write_catalogue(tmp_path / "catalog"), TEMPLATE.replace(old, new)).issues
    lines = [str(issue).removeprefix("catalog/templates/review.yaml:") for issue in issues]
    assert [line for line in lines if line.startswith(said)], lines


def test_a_template_of_each_site_must_say_which_site_it_is(tmp_path):
    changed = TEMPLATE.replace("{{ site }} ", "").replace(
        "dimension: site", "dimension: site, each: true, enum: [A, B]"
    )
    issues = catalogue_with(write_catalogue(tmp_path / "catalog"), changed).issues
    assert ["the reports of all values of 'site' would look alike" in issue.message for issue in issues] == [True]


def test_everything_a_report_shows_is_restricted_to_the_member_that_is_named(catalogue, template):
    narrow = scoped(catalogue, template, {"site": "O'Hare"})
    assert narrow.kpis["opened"].filter == "site = 'O''Hare'"
    assert narrow.kpis["opened"].within == {"site": "O'Hare"}
    assert narrow.kpis["closed"] is catalogue.kpis["closed"]  # not shown
    assert narrow.templates["review"].tables[0].filter == "(points > 1) and site = 'O''Hare'"
    absent = scoped(catalogue, template, {"site": "(not stated)"})
    assert absent.kpis["opened"].filter == "(site is null or site = '(not stated)')"
    for everything in ({"site": "*"}, {"site": None}, {}):
        assert scoped(catalogue, template, everything) is catalogue
    names = narrow.used_by(narrow.templates["review"])
    assert narrow.declaration_hash(names) != catalogue.declaration_hash(names)
    assert unrestricted(catalogue, template, {"site": "Hamburg"}) == ()


def test_a_kpi_without_the_dimension_counts_the_whole_company_and_is_listed(catalogue, template):
    kpis = catalogue.kpis | {"opened": catalogue.kpis["opened"].model_copy(update={"dimensions": ()})}
    other = type(catalogue)(**{**vars(catalogue), "kpis": kpis})
    assert scoped(other, template, {"site": "Hamburg"}).kpis["opened"].filter is None
    assert unrestricted(other, template, {"site": "Hamburg"}) == ("opened",)
    assert unrestricted(other, template, {"site": "*"}) == ()


def test_the_exposure_of_a_rate_is_restricted_with_it():
    catalogue = load_folders(Settings().catalogs)
    template = catalogue.templates["quality_review"].model_copy(
        update={"parameters": {"site": ParameterModel(dimension="site")}}
    )
    narrow = scoped(catalogue, template, {"site": "Lyon"})
    rate = narrow.kpis["quality_event_deviation_rate"]
    assert rate.exposure is not None
    assert rate.exposure.filter.endswith("site = 'Lyon'")
    assert rate.filter.endswith("and site = 'Lyon'")
    for name in unrestricted(catalogue, template, {"site": "Lyon"}):
        assert narrow.kpis[name] is catalogue.kpis[name]
        assert "site" not in catalogue.datasets[narrow.kpis[name].dataset].dimensions


def test_a_restricted_figure_is_the_one_that_the_breakdown_shows_for_the_member(company_home):
    """Over real records of the example company, for a count, a rate with an exposure and a state at the end."""
    catalogue, settings = company_home.catalogue, company_home.settings
    names = ("quality_events_opened", "quality_event_deviation_rate", "quality_events_open")
    template = catalogue.templates["quality_review"].model_copy(
        update={"parameters": {"site": ParameterModel(dimension="site")}}
    )
    period = company_home.edition.period
    whole = [row for row in evaluate_now(settings, catalogue, names, period) if row.ago == 0]
    member = next(row.member for row in whole if row.dimension == "site" and row.value)
    narrow = scoped(catalogue, template, {"site": member})
    totals = {r.kpi: r.value for r in evaluate_now(settings, narrow, names, period) if r.ago == 0 and not r.dimension}
    assert totals == {r.kpi: r.value for r in whole if r.dimension == "site" and r.member == member}
