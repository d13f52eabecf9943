"""Every fixed text exists in every language, with the same values in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from qms_reports import languages
from qms_reports.languages import TAGS, language

FOLDER = Path(languages.__file__).parent
AREAS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("area", AREAS)
def test_every_text_is_there_in_every_language_with_the_same_values(area):
    texts = yaml.safe_load((FOLDER / f"{area}.yaml").read_text("utf-8"))
    for key, translations in texts.items():
        assert set(translations) == set(TAGS), f"{area}.{key}"
        values = [set(re.findall(r"{(\w+)", text)) for text in translations.values()]
        assert all(found == values[0] for found in values), f"{area}.{key}: {values}"


def test_a_language_is_found_by_its_tag_and_an_unknown_one_is_refused():
    assert language("de-AT").tag == "de"
    with pytest.raises(ValueError, match="there are en, de, ja"):
        language("tlh")


@pytest.mark.parametrize(("tag", "printed"), [("en", "−1,234,567.5"), ("de", "−1.234.567,5"), ("ja", "−1,234,567.5")])
def test_numbers_are_grouped_as_the_language_does(tag, printed):
    assert language(tag).number(-1234567.45, 1) == printed
    assert language(tag).number(-0.04, 1) == language(tag).number(0.0, 1)


def test_a_right_to_left_name_is_set_apart_in_a_text():
    assert language("de").text("words.target", aim="שקל") == "Zielwert \u2068שקל\u2069"
    assert language("de").text("words.target", aim="Größe") == "Zielwert Größe"
