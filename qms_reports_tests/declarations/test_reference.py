"""The catalogue reference says everything, says it of the present models, and is the shipped file."""

from pathlib import Path

import pytest
from pydantic import BaseModel, create_model

from qms_reports.declarations import models, reference
from qms_reports.declarations.expressions import AGGREGATES, FUNCTIONS, PERIOD_COLUMNS, STATES

REPOSITORY = Path(__file__).parents[2]


def all_models() -> set[type[BaseModel]]:
    found = set(models.Model.__subclasses__())
    return {model for model in found if model.__module__.startswith("qms_reports.declarations.")} - {models.KpiList}


def test_the_shipped_reference_is_what_the_models_say_now():
    shipped = (REPOSITORY / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert shipped == reference.reference(), "run: make docs"


def test_every_model_and_every_key_is_in_it():
    assert {model for _, members in reference.PARTS for model in members} == all_models()
    text = reference.reference()
    for model in all_models():
        section = text.split(f" {reference.TITLES[model]}\n", 1)[1].split("\n#", 1)[0]
        for key in model.model_fields:
            assert f"| `{key}` | " in section, f"{model.__name__}.{key}"


def test_no_key_is_without_a_meaning_and_no_meaning_without_a_key():
    for model in all_models():
        said = reference.meanings(model)
        assert set(said) == set(model.model_fields), model.__name__
        assert all(words.endswith((".", "?")) for words in said.values()), model.__name__


def test_a_key_without_a_meaning_is_an_error_and_not_an_empty_cell(monkeypatch: pytest.MonkeyPatch):
    undescribed = create_model("Undescribed", __base__=models.Quality, forgotten=(int, 0))
    undescribed.__doc__ = models.Quality.__doc__
    monkeypatch.setitem(reference.TITLES, undescribed, "Undescribed")
    monkeypatch.setattr(reference, "PARTS", (("Dataset", (undescribed,)),))
    with pytest.raises(LookupError, match="Undescribed does not say what forgotten is"):
        reference.reference()


def test_all_that_sql_may_use_is_listed():
    text = reference.reference().split("## SQL\n", 1)[1]
    for name in {*AGGREGATES, *FUNCTIONS, *PERIOD_COLUMNS, *STATES}:
        assert f"`{name}`" in text, name


def test_types_limits_and_defaults_are_written_as_one_would_type_them():
    text = reference.reference()
    assert "| `per` | number, above 0 | `1` |" in text
    assert "| `rolling` | whole number, 1 to 60 | `1` |" in text
    assert "| `derive` | mapping of name to [Derived column](#derived-column) |  |" in text
    assert "| `document_number` | text | `'{period}'` |" in text
    assert "| `key` | list of texts | **required** |" in text
