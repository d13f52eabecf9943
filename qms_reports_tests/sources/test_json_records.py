"""JSON documents and JSON lines."""

import gzip
import json
from pathlib import Path

import pytest

from qms_reports.sources.files import UnreadableFile
from qms_reports_tests.sources.reading import read

RECORDS = [{"id": 1, "firm": "Žito"}, {"id": 2, "firm": None}, {"firm": "", "class": "II"}]
ROWS = [("1", "Žito", None), ("2", None, None), (None, "", "II")]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_objects_gives_a_row_each(tmp_path: Path, indent: int | None) -> None:
    found = read(tmp_path, json.dumps(RECORDS, indent=indent))
    assert found.table.columns == ("id", "firm", "class")
    assert found.rows == ROWS
    assert [number for *_, number in found.numbered] == [1, 2, 3]
    assert found.table.kind == "json"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("kind", ["auto", "json", "jsonl"])
def test_json_lines_give_a_row_each(tmp_path: Path, end: str, kind: str) -> None:
    found = read(tmp_path, end.join(map(json.dumps, RECORDS)), kind=kind)
    assert (found.rows, found.table.kind) == (ROWS, "jsonl")


def test_records_inside_a_document_are_found_by_their_path(tmp_path: Path) -> None:
    data = json.dumps(
        {"meta": {"total": 3, "x": [1, {"y": "]"}]}, "data": {"results": RECORDS, "page": 1}, "end": None}
    )
    assert read(tmp_path, data, records="data.results").rows == ROWS
    assert read(tmp_path, gzip.compress(data.encode()), records="data.results", kind="json").rows == ROWS


def test_a_wrong_path_names_the_keys_there_are(tmp_path: Path) -> None:
    data = json.dumps({"meta": 1, "results": RECORDS})
    with pytest.raises(UnreadableFile, match=r"no key 'items'.*keys here: 'meta', 'results'"):
        read(tmp_path, data, records="items")
    with pytest.raises(UnreadableFile, match=r"no object with the key 'x'"):
        read(tmp_path, data, records="results.x")
    with pytest.raises(UnreadableFile, match=r"no array of records at 'meta'"):
        read(tmp_path, data, records="meta")


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_around_the_records_asks_for_their_path(tmp_path: Path, indent: int | None) -> None:
    data = json.dumps({"meta": {"a": 1}, "results": RECORDS}, indent=indent)
    with pytest.raises(UnreadableFile, match=r"Declare records.*results"):
        read(tmp_path, data)


def test_a_single_line_is_a_single_record(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": 1, "b": [1, 2]}').rows == [("1", "[1, 2]")]
    assert read(tmp_path, '{"a": [{"b": 1}]}', kind="jsonl").rows == [('[{"b": 1}]',)]


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    numbers = ["1.10", "1.234567890123456789", "12345678901234567890123", "-0", "1E3", "1e400", "NaN"]
    data = "\n".join(f'{{"n": {number}, "nested": [{number}, {{"k": {number}}}]}}' for number in numbers)
    assert read(tmp_path, data).rows == [(number, f'[{number}, {{"k": {number}}}]') for number in numbers]


def test_nested_values_and_truth_values_become_json_text(tmp_path: Path) -> None:
    data = '[{"a": true, "b": false, "c": {"x": "ž\\"", "y": [null, true, 1.50]}, "d": [], "e": "true"}]'
    assert read(tmp_path, data).rows == [("true", "false", '{"x": "ž\\"", "y": [null, true, 1.50]}', "[]", "true")]


def test_a_key_that_comes_up_late_makes_a_column(tmp_path: Path) -> None:
    records = [{"id": number} for number in range(5000)] + [{"late": "x", "id": 5000}]
    found = read(tmp_path, json.dumps(records))
    assert found.table.columns == ("id", "late")
    assert found.numbered[0] == ("0", None, 1)
    assert found.numbered[-1] == ("5000", "x", 5001)


def test_an_invalid_line_is_a_rejected_row(tmp_path: Path) -> None:
    data = '{"a": 1}\n\n{"a": 2,}\n[1]\n{"a": 3, "a": 4}\n{"a": "5\n{"a": 6}\n'
    found = read(tmp_path, data)
    assert found.numbered == [("1", 1), ("6", 6)]
    assert [reject[:2] for reject in found.rejects] == [(2, 3), (3, 4), (4, 5), (5, 6)]
    assert "invalid JSON in column" in found.rejects[0][4]
    assert found.rejects[1][3:] == ("[1]", "the record is not an object")
    assert found.rejects[2][4] == "the key 'a' stands twice in one object"


def test_an_element_that_is_no_record_is_rejected(tmp_path: Path) -> None:
    found = read(tmp_path, '[{"a": 1},\n 17,\n {"b": {"x": 1, "x": 2}},\n {"a": 4}]')
    assert found.numbered == [("1", 1), ("4", 4)]
    assert found.rejects == [
        (2, 2, "", "17", "the record is not an object"),
        (3, 3, "", '{"b": {"x": 1, "x": 2}}', "the key 'x' stands twice in one object"),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('[{"a": 1},\n {"a" 2}]', "line 2, column 7: invalid JSON"),
        ('[{"a": 1},\n {"a": 2}', "line 2, column 10: the JSON text ends too early.*cut off"),
        ('[{"a": 1},\n {"a": "2', "line 2, column 8: invalid JSON.*cut off"),
        ('[{"a": 1}] x', "line 1, column 12: invalid JSON: more text behind the end"),
        ('[{"a": 1} {"a": 2}]', "line 1, column 11: invalid JSON: '{' where , or ] is expected"),
        ('[{"A": 1, "a": 2}]', "columns 1 and 2 are both named 'a'"),
        ('[{"": 1}]', "column 1 has no name"),
        ("{nonsense}\n", "none of its 1 records could be read"),
    ],
)
def test_an_invalid_document_is_refused_with_the_place(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(tmp_path, data, kind="json")


def test_the_records_may_not_stand_twice(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"the key 'r' stands twice"):
        read(tmp_path, '{"r": [{"a": 1}], "r": [{"a": 2}]}', records="r")


def test_an_empty_array_has_no_rows_and_no_columns(tmp_path: Path) -> None:
    found = read(tmp_path, "[]", kind="json")
    assert (found.table.columns, found.rows, found.rejects) == ((), [], [])


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnreadableFile, match=r"the file is empty: it has no records"):
        read(tmp_path, "\n \n", kind=kind)


def test_characters_that_are_none_are_made_visible(tmp_path: Path) -> None:
    found = read(tmp_path, '[{"a": "x\\u0000y", "b": "\\ud83d"}, {"a": "\\\\u0000", "b": "\\ud83d\\ude00"}]')
    assert found.rows == [("x␀y", "\ufffd"), ("\\u0000", "😀")]
    assert found.table.suspicious
    assert not read(tmp_path, '[{"a": "\\\\u0000"}]').table.suspicious


def test_records_across_the_borders_of_read_buffers_are_whole(tmp_path: Path) -> None:
    records = [{"id": str(number), "text": "é" * (number % 1013)} for number in range(3000)]
    found = read(tmp_path, json.dumps({"results": records}, ensure_ascii=False), records="results")
    assert found.rows == [tuple(record.values()) for record in records]


def test_a_value_of_nineteen_megabytes_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps([{"a": "x" * 19_000_000}, {"a": "y"}])).rows == [("x" * 19_000_000,), ("y",)]


def test_another_encoding_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(RECORDS, ensure_ascii=False).encode("utf-16")).rows == ROWS


def test_a_value_above_the_limit_rejects_its_record(tmp_path: Path) -> None:
    for data in (json.dumps([{"a": "x" * 21_000_000}, {"a": "y"}]), '{"a": "' + "x" * 21_000_000 + '"}\n{"a": "y"}'):
        found = read(tmp_path, data)
        assert found.numbered == [("y", 2)]
        assert found.rejects[0][4] == "the value of 'a' is longer than 20,971,520 characters"
        assert len(found.rejects[0][3]) == 200
