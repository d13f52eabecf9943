"""Reading YAML with positions: what is accepted, what is refused, and where each complaint points."""

import datetime as dt
import enum
import hashlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Annotated, Literal, NewType

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, model_validator
from typing_extensions import TypedDict

from qms_reports.declarations import composing
from qms_reports.declarations.issues import Complaint, Issue, Position, Severity, blocking, worst
from qms_reports.declarations.reading import MAX_BYTES, did_you_mean, parse, read_text, read_yaml

LOADERS = [loader for loader in (getattr(yaml, "CSafeLoader", None), yaml.SafeLoader) if loader is not None]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__, autouse=True)
def _each_loader(request, monkeypatch):
    """Everything here holds with the C parser and with the one in Python."""
    monkeypatch.setattr(composing, "LOADER", request.param)


def said(issue):
    """An issue as one line, without the link that every issue has behind it; `test_documented` follows the links."""
    link = f" [{issue.url}]"
    line = str(issue)
    assert line.endswith(link)
    return line.removesuffix(link)


def data_of(text):
    declaration, issues = read_text(text, "kpis/x.yaml")
    assert issues == []
    assert declaration is not None
    return declaration.data


def complaints(text):
    """All issues of reading a text, as one line each."""
    return [said(issue) for issue in read_text(text, "kpis/x.yaml")[1]]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Column(Strict):
    type: Literal["text", "date", "integer"]
    length: int | None = None


class FileSource(Strict):
    kind: Literal["file"]
    path: str


class ApiSource(Strict):
    kind: Literal["api"]
    url: str
    pages: int = 1


class Reference(Strict):
    dataset: str
    column: str


class Direction(enum.StrEnum):
    UP = "higher_is_better"
    DOWN = "lower_is_better"


class Tags(RootModel[list[str]]):
    pass


class Kpi(Strict):
    numerator: str = Field(default="", description="filter of the records that count")
    denominator: str | Reference | None = None
    direction: Direction = Direction.UP
    columns: dict[str, Column] = {}
    steps: list[Column] = []
    source: Annotated[FileSource | ApiSource, Field(discriminator="kind")] | None = None
    target: float | None = Field(default=None, gt=0)
    names: int | list[str] | None = None
    enabled: bool = False
    tags: Tags | None = None
    limit: Annotated[int, Field(le=10)] = 1

    @model_validator(mode="after")
    def _target_has_a_numerator(self):
        if self.target == 99:
            raise Complaint("99 is reserved", at=("target",), hint="choose another target")
        if self.target == 98:
            msg = "98 is odd"
            raise ValueError(msg)
        return self


def violations(text, model=Kpi):
    declaration, issues = read_text(text, "x.yaml")
    assert declaration is not None
    assert issues == []
    instance, found = parse(model, declaration)
    assert (instance is None) == bool(found)
    return [said(issue).removeprefix("x.yaml:") for issue in found]


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "off",
        "yes",
        "no",
        "Y",
        "n",
        "2024-01-31",
        "2024-01-31 10:00:00",
        "12:30",
        "1_000",
        "0755",
        "0o17",
        "0x1F",
        "007",
        "1e",
        ".",
        "+",
        "=",
        "<",
        "1.2.3",
        "0b11",
        "--1",
        "1-2",
        "truE",
    ],
)
def test_what_yaml_1_1_would_turn_into_something_else_stays_text(text):
    assert data_of(f"a: {text}\n") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int 5", 5),
        ("!!float 5", 5),
        ("-.inf", float("-inf")),
    ],
)
def test_scalars_have_the_type_that_they_look_like(text, value):
    found = data_of(f"a: {text}\n")["a"]
    assert found == value
    assert type(found) is type(value)


def test_on_and_yes_are_ordinary_keys():
    assert data_of("on: 1\nyes: 2\nn: 3\n") == {"on": 1, "yes": 2, "n": 3}


CHARACTERS = st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters="\x7f")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(CHARACTERS),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS, max_size=5), inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_is_read_as_json(value):
    declaration, issues = read_text(json.dumps({"value": value}), "x")
    assert issues == []
    assert declaration is not None
    assert declaration.data == {"value": value}


def test_merge_keys_fill_in_what_the_mapping_does_not_say():
    text = (
        "base: &base {unit: days, digits: 1}\nmore: &more {digits: 2, x: 3}\na:\n  <<: [*base, *more]\n  unit: hours\n"
    )
    declaration, issues = read_text(text, "x")
    assert declaration is not None
    assert issues == []
    assert declaration.data["a"] == {"unit": "hours", "digits": 1, "x": 3}
    assert declaration.position(("a", "digits")) == Position(1, 34)
    assert declaration.position(("a", "unit")) == Position(5, 9)


def test_an_alias_repeats_the_value_and_points_to_where_it_is_written():
    declaration, issues = read_text("a: &x\n  b: [1, 2]\nc: *x\n", "x")
    assert declaration is not None
    assert issues == []
    assert declaration.data == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert declaration.position(("c", "b", 1)) == Position(2, 10)


# --- positions --------------------------------------------------------------------------------------------------------

LAID_OUT = """\
# heading
name: late
columns:
  - id: a
    type: text
  - {id: b, type: date}
größe: ü
"""


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ((), False, (2, 1)),
        (("name",), False, (2, 7)),
        (("name",), True, (2, 1)),
        (("columns",), True, (3, 1)),
        (("columns",), False, (4, 3)),
        (("columns", 0), False, (4, 5)),
        (("columns", 0), True, (4, 5)),
        (("columns", 0, "type"), True, (5, 5)),
        (("columns", 1, "type"), False, (6, 19)),
        (("columns", 1, "type"), True, (6, 13)),
        (("größe",), False, (7, 8)),
        (("columns", 1, "absent", "deeper"), True, (6, 5)),
        (("columns", 7), False, (4, 3)),
        (("absent",), True, (2, 1)),
    ],
)
def test_every_value_and_key_knows_its_line_and_column(path, key, expected):
    declaration, _ = read_text(LAID_OUT, "x")
    assert declaration is not None
    assert declaration.position(path, key=key) == Position(*expected)


BLOCKS = """\
sql: |

  select a
    from b

  where c = 'd'
folded: >-
  one two
  three four

  five
plain: alpha
  beta gamma
quoted: &anchor "first
   second"
named: &block |2
    indented
  less
number: 5
"""


@pytest.mark.parametrize(
    ("key", "word"),
    [("sql", word) for word in ("select", "a\n", "from", "where", "'d'")]
    + [("folded", word) for word in ("one", "two", "three", "four", "five")]
    + [("plain", word) for word in ("alpha", "beta", "gamma")]
    + [("quoted", word) for word in ("first", "second")]
    + [("named", word) for word in ("indented", "less")],
)
def test_a_place_inside_a_text_value_is_found_in_the_file(key, word):
    declaration, issues = read_text(BLOCKS, "x")
    assert declaration is not None
    assert issues == []
    value = declaration.data[key]
    before = value[: value.index(word)]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    start = declaration.position((key,), key=True)
    offset = BLOCKS.index(word, sum(len(each) + 1 for each in BLOCKS.split("\n")[: start.line - 1]) + len(key) + 1)
    ahead = BLOCKS[:offset]
    expected = Position(ahead.count("\n") + 1, offset - ahead.rfind("\n"))
    assert declaration.block_position((key,), line, column) == expected


def test_a_place_beyond_a_text_value_is_clamped_to_it():
    declaration, _ = read_text(BLOCKS, "x")
    assert declaration is not None
    assert declaration.block_position(("sql",), 99, 1) == Position(6, 3)
    assert declaration.block_position(("plain",), 1, 999) == Position(13, 13)
    assert declaration.block_position(("number",), 3, 4) == declaration.position(("number",))
    assert declaration.block_position(("absent", "x"), 3, 4) == declaration.position(("absent",))


def test_windows_line_ends_do_not_move_positions():
    declaration, issues = read_text(BLOCKS.replace("\n", "\r\n"), "x")
    assert declaration is not None
    assert issues == []
    assert declaration.block_position(("sql",), 3, 5) == Position(4, 7)


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_identified_by_the_hash_of_its_bytes(tmp_path):
    path = tmp_path / "a.yaml"
    content = "\ufeffname: größe\r\n".encode()
    path.write_bytes(content)
    declaration, issues = read_yaml(path, "kpis/a.yaml")
    assert issues == []
    assert declaration is not None
    assert declaration.sha256 == hashlib.sha256(content).hexdigest()
    assert (declaration.file, declaration.text) == ("kpis/a.yaml", "name: größe\r\n")
    assert declaration.position(("name",)) == Position(1, 7)


def test_a_file_that_is_not_utf_8_is_refused_at_the_first_wrong_byte(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1\nname: größe\n".encode("latin-1"))
    declaration, issues = read_yaml(path, "a.yaml")
    assert declaration is None
    assert [said(issue) for issue in issues] == [
        "a.yaml:2:9: error: the file is not UTF-8: byte 0xf6 does not fit (save the file with the encoding UTF-8)"
    ]


def test_a_file_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    declaration, issues = read_yaml(path)
    assert declaration is None
    assert [(issue.severity, issue.message) for issue in issues] == [
        (Severity.CRITICAL, "the file has 10,000,001 bytes; the limit is 10,000,000")
    ]
    assert read_text("#" * (MAX_BYTES + 1), "x")[1][0].severity is Severity.CRITICAL


def test_a_file_that_cannot_be_read_is_an_issue_not_a_crash(tmp_path):
    declaration, issues = read_yaml(tmp_path / "absent.yaml", "absent.yaml")
    assert declaration is None
    assert [said(issue) for issue in issues] == [
        "absent.yaml:1:1: critical: the file cannot be read: No such file or directory"
    ]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_file_is_said_to_be_empty(text):
    declaration, issues = read_text(text, "x")
    assert declaration is None
    assert [issue.message for issue in issues] == ["the file is empty"]


@pytest.mark.parametrize(("text", "found"), [("- a\n", "a list"), ("just words\n", "a single value")])
def test_the_top_must_be_a_mapping(text, found):
    declaration, issues = read_text(text, "x")
    assert declaration is None
    assert issues[0].message == f"expected a mapping at the top, found {found}"


def test_a_key_given_twice_names_both_places_and_keeps_the_first_value():
    declaration, issues = read_text("a:\n  b: 1\n  c: 2\n  b: 3\n", "x")
    assert declaration is not None
    assert declaration.data == {"a": {"b": 1, "c": 2}}
    assert [said(issue) for issue in issues] == [
        "x:4:3: error: a.b: key 'b' appears twice; it was first given at line 2, column 3 (keep one of the two)"
    ]
    assert blocking(issues)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("1", "the number 1"),
        ("true", "true"),
        ("~", "nothing"),
        ("? [a]\n", "a list or mapping"),
        ("1.5", "the number"),
    ],
)
def test_a_key_must_be_text(key, found):
    (issue,) = read_text(f"a:\n  {key}: x\n", "x")[1] if "?" not in key else read_text("a:\n  ? [a]\n  : x\n", "x")[1]
    assert issue.message.startswith(f"a key must be text, found {found}")
    assert issue.line == 2
    assert issue.severity is Severity.ERROR


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!include", "!!timestamp", "!!binary", "!!set", "!<tag:x,2000:y>"]
)
@pytest.mark.parametrize("value", ["text", "[a]", "{a: b}"])
def test_a_tag_that_asks_for_anything_but_plain_data_is_an_error(tag, value):
    (issue,) = read_text(f"a: {tag} {value}\n", "x")[1]
    assert (issue.line, issue.column, issue.severity) == (1, 4, Severity.ERROR)
    assert "is not allowed" in issue.message


def test_a_tag_that_contradicts_its_value_is_an_error():
    assert complaints("a: !!int abc\n") == [
        "kpis/x.yaml:1:4: error: a: 'abc' is not of the type that its tag !!int claims (remove the tag)"
    ]


def test_a_second_document_is_refused():
    assert complaints("a: 1\n---\nb: 2\n") == [
        (
            "kpis/x.yaml:3:1: error: a second YAML document starts here "
            "(one declaration per file: remove the line '---' or move what follows to a file of its own)"
        )
    ]


def test_a_tab_for_indentation_is_named():
    assert complaints("a:\n  b: 1\n\tc: 2\n") == [
        "kpis/x.yaml:3:1: error: a tab is used for indentation (indent with spaces)"
    ]


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a: b: c\n", (1, 5), "in quotes"),
        ("a: 1\n b: 2\n", (2, 3), "indentation"),
        ("a: [1, 2\nb: 3\n", (2, 2), "bracket"),
        ("a: @b\n", (1, 4), "'@' in quotes"),
        ("a: %b\n", (1, 4), "'%' in quotes"),
        ('a: "\\q"\n', (1, 6), "single quotes"),
        ("a:\n  - 1\n b: 2\n", (3, 2), "same column"),
    ],
)
def test_a_syntax_error_comes_with_the_parsers_position_and_a_plain_hint(text, place, hint):
    declaration, (issue,) = read_text(text, "x")
    assert declaration is None
    assert issue.severity is Severity.ERROR
    assert issue.line == place[0]
    assert abs(issue.column - place[1]) <= 1  # the two parsers differ by one column in a few of these
    assert hint in issue.hint


def test_a_quote_left_open_names_where_it_was_opened():
    (issue,) = read_text('a: 1\nb: "x\n\nc: 2\n', "x")[1]
    assert "began at line 2, column 4" in issue.message
    assert issue.hint == "close the quote"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\ud800", "\ufffe"])
def test_an_invisible_character_is_named_and_placed(character):
    (issue,) = read_text(f"a: 1\nb: x{character}y\n", "x")[1]
    assert (issue.line, issue.column) == (2, 5)
    assert f"U+{ord(character):04X}" in issue.message


def test_half_a_character_written_as_an_escape_is_refused():
    assert blocking(read_text('a: "\\ud800"\n', "x")[1])


def test_a_number_beyond_any_use_is_an_error_rather_than_infinity():
    assert "too large" in complaints("a: 1e999\n")[0]
    assert "a number of 5000 characters" in complaints(f"a: {'9' * 5000}\n")[0]


FRAGMENTS = st.sampled_from(
    [
        "a",
        "b",
        ": ",
        ":",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "|",
        ">-",
        "&x ",
        "*x",
        "<<: ",
        "!!str ",
        "!t ",
        "'",
        '"',
        "#",
        "%",
        "@",
        "? ",
        "---\n",
        "...",
        "\t",
        "1",
        "true",
        "null",
        "é",
        "\\",
        "\r\n",
        "\x85",
        "\u2028",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=3), max_size=25).map("".join))
def test_no_text_whatever_makes_reading_or_checking_crash(text):
    declaration, issues = read_text(text, "x")
    assert declaration is not None or blocking(issues)
    if declaration is not None:
        _, violated = parse(Kpi, declaration)
        issues += violated
        for key in declaration.data:
            assert declaration.position((key,), key=True) >= Position(1, 1)
            assert declaration.block_position((key,), 1, 1) >= Position(1, 1)
    lines = len((text + " ").splitlines())
    assert all(1 <= issue.line <= lines + 1 and issue.column >= 1 for issue in issues)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 20)
    | st.sampled_from(["text", "file", "api", "x", "on"])
    | st.just(1.5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Kpi.model_fields, "kind", "path", "url", "type", "dataset", "column"]), inner
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*Kpi.model_fields, "kind"]), VALUES))
def test_every_violation_points_at_a_value_or_at_the_mapping_that_lacks_it(data):
    declaration, issues = read_text(json.dumps(data, indent=1), "x")
    if declaration is None:
        assert blocking(issues)
        return
    for issue in parse(Kpi, declaration)[1]:
        value = data
        for step in issue.field.split(".")[:-1] if issue.field else []:
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert issue.severity is Severity.ERROR
        assert "[" not in issue.field


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_billion_laughs_are_refused_quickly():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)]
    began = time.process_time()
    declaration, (issue,) = read_text("\n".join(lines), "x")
    assert time.process_time() - began < 1
    assert declaration is None
    assert issue.severity is Severity.CRITICAL
    assert "more than 250,000 values" in issue.message


def test_merge_keys_cannot_multiply_either():
    lines = ["a0: &a0 {" + ", ".join(f"k{n}: x" for n in range(500)) + "}"]
    lines += [f"b{n}: {{<<: *a0}}" for n in range(900)]
    (issue,) = read_text("\n".join(lines), "x")[1]
    assert issue.severity is Severity.CRITICAL


def test_too_many_aliases_are_refused():
    (issue,) = read_text("a: &a x\nb: [" + ", ".join(["*a"] * 1001) + "]\n", "x")[1]
    assert issue.severity is Severity.CRITICAL
    assert "aliases" in issue.message


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "a: " + "{a: " * 5_000, "- " * 5_000])
def test_nesting_stops_at_fifty_levels(text):
    declaration, (issue,) = read_text(text, "x")
    assert declaration is None
    assert issue.severity is Severity.CRITICAL
    assert "deeper than 50 levels" in issue.message


def test_fifty_levels_are_fine_and_aliases_do_not_get_around_the_limit():
    fine = "a: " + "[" * 49 + "]" * 49
    assert complaints(fine) == []
    deep = "a: &x " + "[" * 30 + "]" * 30 + "\nb: " + "[" * 25 + "*x" + "]" * 25
    assert "deeper than 50 levels" in complaints(deep)[0]


def test_an_alias_of_itself_or_of_nothing_is_an_error():
    assert "stands inside the value it repeats" in complaints("a: &a [*a]\n")[0]
    assert "repeats nothing that was named before" in complaints("a: *b\n")[0]


def test_a_merge_of_something_else_than_a_mapping_is_an_error():
    assert "'<<' takes a mapping" in complaints("a:\n  <<: text\n")[0]


@pytest.mark.skipif(len(LOADERS) == 1, reason="without the C parser speed is not promised")
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer such as coverage is being timed")
def test_nine_thousand_lines_are_read_without_looking_at_any_of_them_often(monkeypatch):
    monkeypatch.setattr(composing, "LOADER", LOADERS[0])
    text = "kpis:\n" + "".join(f"- name: n{n}\n  type: text # why\n  length: {n}\n" for n in range(3000))

    def once():
        began = time.process_time()
        declaration, _ = read_text(text, "x")
        assert declaration is not None
        assert len(declaration.data["kpis"]) == 3000
        return time.process_time() - began

    # A pass costs 0.15 s of an idle processor; one that grows with the square of the lines takes minutes.
    assert min(once() for _ in range(3)) < 2


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_valid_declaration_becomes_its_model():
    declaration, _ = read_text("numerator: a\nsource: {kind: file, path: p}\ntags: [x]\ndenominator: b\n", "x")
    assert declaration is not None
    instance, issues = parse(Kpi, declaration)
    assert issues == []
    assert isinstance(instance, Kpi)
    assert instance.source == FileSource(kind="file", path="p")


def test_an_unknown_key_is_reported_at_the_key_with_a_guess_and_the_allowed_keys():
    (line,) = violations("enabled: true\nnumeratr: a\n")
    assert line == (
        "2:1: error: numeratr: unknown key 'numeratr' (did you mean 'numerator'? Allowed keys: numerator, denominator, "
        "direction, columns, steps, source, target, names, enabled, tags, limit)"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "columns:\n  a:\n    type: text\n    lenght: 3\n",
            "4:5: error: columns.a.lenght: unknown key 'lenght' (did you mean 'length'? Allowed keys: type, length)",
        ),
        (
            "steps:\n  - type: text\n  - {type: text, xyz: 3}\n",
            "3:18: error: steps.1.xyz: unknown key 'xyz' (Allowed keys: type, length)",
        ),
        (
            "source: {kind: api, url: u, page: 2}\n",
            "1:29: error: source.page: unknown key 'page' (did you mean 'pages'? Allowed keys: kind, url, pages)",
        ),
        (
            "denominator: {dataset: a, column: b, colour: c}\n",
            (
                "1:38: error: denominator.colour: unknown key 'colour' "
                "(did you mean 'column'? Allowed keys: dataset, column)"
            ),
        ),
    ],
)
def test_allowed_keys_are_those_of_the_nested_model(text, expected):
    assert violations(text) == [expected]


def test_a_missing_key_is_reported_at_the_mapping_that_lacks_it():
    assert violations("steps:\n  - type: text\n  - length: 3\n") == [
        "3:5: error: steps.1.type: required key 'type' is missing"
    ]


def test_a_missing_key_is_explained_by_the_models_description():
    class Needs(Strict):
        owner: str = Field(description="who answers for this number")
        name: str = ""

    assert violations("name: a\n", Needs) == [
        "1:1: error: owner: required key 'owner' is missing (who answers for this number)"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "steps:\n- type: txt\n",
            (
                "2:9: error: steps.0.type: text 'txt' is not allowed here "
                "(did you mean 'text'? Allowed values: text, date, integer)"
            ),
        ),
        (
            "direction: Higher_is_better\n",
            (
                "1:12: error: direction: text 'Higher_is_better' is not allowed here "
                "(did you mean 'higher_is_better'? Allowed values: higher_is_better, lower_is_better)"
            ),
        ),
        (
            "direction: 5\n",
            (
                "1:12: error: direction: the whole number 5 is not allowed here "
                "(Allowed values: higher_is_better, lower_is_better)"
            ),
        ),
        (
            "source: {kind: fil, path: p}\n",
            "1:16: error: source.kind: text 'fil' is not allowed here (did you mean 'file'? Allowed values: file, api)",
        ),
        (
            "source: {path: p}\n",
            "1:9: error: source.kind: required key 'kind' is missing (Allowed values: file, api)",
        ),
    ],
)
def test_a_value_outside_a_closed_list_is_answered_with_the_list(text, expected):
    assert violations(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("limit: abc\n", "1:8: error: limit: expected a whole number, found text 'abc'"),
        ("limit: 1.5\n", "1:8: error: limit: expected a whole number, found the number 1.5"),
        ("limit: 11\n", "1:8: error: limit: expected at most 10, found the whole number 11"),
        ("target: -3\n", "1:9: error: target: expected more than 0, found the whole number -3"),
        (
            "enabled: [a]\n",
            "1:10: error: enabled: expected true or false, found a list of 1 entry (write true or false)",
        ),
        ("numerator: 5\n", "1:12: error: numerator: expected text, found the whole number 5 (write it in quotes)"),
        ("numerator:\n", "1:11: error: numerator: expected text, found nothing (give a value or remove the key)"),
        ("columns: [a]\n", "1:10: error: columns: expected a mapping, found a list of 1 entry"),
        ("steps: {a: b}\n", "1:8: error: steps: expected a list, found a mapping with 1 key"),
        (
            "steps: [5]\n",
            "1:9: error: steps.0: expected a mapping, found the whole number 5 (Allowed keys: type, length)",
        ),
        ("tags: [1]\n", "1:8: error: tags.0: expected text, found the whole number 1 (write it in quotes)"),
    ],
)
def test_types_and_bounds_are_told_in_plain_words(text, expected):
    assert violations(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("denominator: 5\n", ["1:14: error: denominator: expected text or a mapping, found the whole number 5"]),
        ("names: {a: b}\n", ["1:8: error: names: expected a whole number or a list, found a mapping with 1 key"]),
        (
            "names: [1, a]\n",
            ["1:9: error: names.0: expected text, found the whole number 1 (write it in quotes)"],
        ),
        (
            "denominator: {dataset: a}\n",
            ["1:14: error: denominator.column: required key 'column' is missing"],
        ),
    ],
)
def test_a_union_speaks_with_one_voice(text, expected):
    assert violations(text) == expected


def test_a_union_of_mappings_reports_the_form_that_was_meant():
    class ByRate(Strict):
        numerator: str
        denominator: str

    class ByCount(Strict):
        count: str

    class Holder(Strict):
        value: ByRate | ByCount
        values: list[ByRate | ByCount] = []

    assert violations("value: {numerator: a, denominator: b, unit: c}\n", Holder) == [
        "1:39: error: value.unit: unknown key 'unit' (Allowed keys: numerator, denominator)"
    ]
    assert violations("value: {count: a}\nvalues: [{cuont: b}]\n", Holder) == [
        "2:10: error: values.0.count: required key 'count' is missing",
        "2:11: error: values.0.cuont: unknown key 'cuont' (did you mean 'count'? Allowed keys: count)",
    ]


def test_every_way_to_describe_a_mapping_knows_its_keys():
    @dataclass
    class Box:
        width: int

    class Label(TypedDict):
        text: str

    Size = NewType("Size", int)

    class Holder(Strict):
        model_config = ConfigDict(populate_by_name=True)
        box: Box | None = None
        label: Label | None = None
        sizes: list[Size] = []
        pair: tuple[int, Column] | None = None
        several: tuple[Column, ...] = ()
        source_name: str = Field(default="", alias="from")
        renamed: str = Field(default="", validation_alias=AliasChoices("old", "new"))
        closed: dict[Literal["a", "b"], int] = {}

    text = """\
box: {width: a}
label: {text: 1}
sizes: [1, b]
pair: [1, {type: tex}]
several: [{type: text}, {typ: text, type: text}]
from: 1
new: 2
fron: x
closed: {c: 1}
"""
    assert violations(text, Holder) == [
        "1:14: error: box.width: expected a whole number, found text 'a'",
        "2:15: error: label.text: expected text, found the whole number 1 (write it in quotes)",
        "3:12: error: sizes.1: expected a whole number, found text 'b'",
        (
            "4:18: error: pair.1.type: text 'tex' is not allowed here "
            "(did you mean 'text'? Allowed values: text, date, integer)"
        ),
        "5:26: error: several.1.typ: unknown key 'typ' (did you mean 'type'? Allowed keys: type, length)",
        "6:7: error: from: expected text, found the whole number 1 (write it in quotes)",
        "7:6: error: new: expected text, found the whole number 2 (write it in quotes)",
        (
            "8:1: error: fron: unknown key 'fron' (did you mean 'from'? Allowed keys: box, label, sizes, pair, "
            "several, from, source_name, old, new, renamed, closed)"
        ),
        "9:10: error: closed.c: text 'c' is not allowed here (Allowed values: a, b)",
    ]


def test_lengths_and_patterns_are_told_in_plain_words():
    class Holder(Strict):
        name: str = Field(default="a", min_length=1, max_length=3)
        code: str = Field(default="ab", min_length=2, pattern="[a-z]+")
        some: list[str] = Field(default=["a"], min_length=1, max_length=1)
        day: dt.date | None = None

    assert violations("name: ''\ncode: a\nsome: []\nday: 2024-02-30\n", Holder) == [
        "1:7: error: name: expected text, not an empty one, found text ''",
        "2:7: error: code: expected text of at least 2 characters, found text 'a'",
        "3:7: error: some: expected at least 1 entry, found a list of 0 entries",
        "4:6: error: day: expected a date such as 2024-01-31, found text '2024-02-30'",
    ]
    assert violations("name: long\ncode: AB\nsome: [a, b]\n", Holder) == [
        "1:7: error: name: expected text of at most 3 characters, found text 'long'",
        "2:7: error: code: expected text that matches the pattern [a-z]+, found text 'AB'",
        "3:7: error: some: expected at most 1 entry, found a list of 2 entries",
    ]


def test_a_validators_complaint_points_to_the_key_that_it_names():
    assert violations("enabled: true\ntarget: 99\n") == ["2:9: error: target: 99 is reserved (choose another target)"]
    assert violations("enabled: true\ntarget: 98\n") == ["1:1: error: 98 is odd"]


def test_all_violations_are_reported_at_once_in_the_order_of_the_file():
    lines = violations("limit: x\nsteps:\n- {}\n- type: q\nenabled: maybe\nfoo: 1\n")
    assert [line.split(": ")[2] for line in lines] == ["limit", "steps.0.type", "steps.1.type", "enabled", "foo"]


# --- issues -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("numeratr", ["numerator", "denominator"], "did you mean 'numerator'?"),
        ("Month", ["month", "year"], "did you mean 'month'?"),
        ("zebra", ["month", "year"], ""),
        ("x", [], ""),
    ],
)
def test_did_you_mean_names_the_likest_candidate_or_nothing(word, candidates, expected):
    assert did_you_mean(word, candidates) == expected


def test_severities_have_an_order_and_issues_a_worst():
    def issue(severity):
        return Issue(severity, "f", 1, 1, "", "m")

    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
    assert worst([]) is None
    assert worst([issue(Severity.WARNING), issue(Severity.CRITICAL), issue(Severity.INFO)]) is Severity.CRITICAL
    assert not blocking([issue(Severity.INFO), issue(Severity.WARNING)])
    assert blocking([issue(Severity.ERROR)])
    assert str(issue(Severity.WARNING)) == "f:1:1: warning: m"
