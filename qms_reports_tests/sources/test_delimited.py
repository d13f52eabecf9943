"""Delimited text: structure, faults, row numbers."""

import csv
import gzip
import io
from pathlib import Path

import pytest

from qms_reports.sources.files import UnreadableFile
from qms_reports_tests.sources.reading import read, read_path


def test_empty_text_stays_empty_text_and_is_not_null(tmp_path: Path) -> None:
    found = read(tmp_path, 'id,note\n1,\n2,""\n,x\n')
    assert found.numbered == [("1", "", 1), ("2", "", 2), ("", "x", 3)]
    assert found.by_duckdb


def test_nothing_is_converted(tmp_path: Path) -> None:
    cells = ("007", "1.10", "TRUE", "NULL", "NA", "2026-1-2", " padded ", "1e3", "#5")
    header = ",".join(f"c{position}" for position in range(len(cells)))
    assert read(tmp_path, f"{header}\n{','.join(cells)}\n").rows == [cells]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (["id", "site"], ["1", "Ljubljana"], ["2", "Novo mesto"])]
    found = read(tmp_path, end.join(lines) + end)
    assert found.numbered == [("1", "Ljubljana", 1), ("2", "Novo mesto", 2)]
    assert found.table.delimiter == delimiter
    assert found.by_duckdb


def test_mixed_line_ends_are_all_line_ends(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\r\n1,2\n3,4\r5,6")
    assert found.numbered == [("1", "2", 1), ("3", "4", 2), ("5", "6", 3)]


def test_quoted_cells_keep_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\r\n"x, ""y""","1\r\n2"\r\n"p\nq",z\r\n')
    assert found.rows == [('x, "y"', "1\r\n2"), ("p\nq", "z")]


def test_other_line_ends_inside_quotes_than_outside_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"1\r\n2",x\n"3\r4",y\n').rows == [("1\r\n2", "x"), ("3\r4", "y")]


def test_quoting_can_be_switched_off(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"1,2"\n5" pipe,3\n', quote="").rows == [('"1', '2"'), ('5" pipe', "3")]


def test_another_quote_character_can_be_declared(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n'it''s, ok',2\n", quote="'").rows == [("it's, ok", "2")]


def test_a_quote_inside_an_unquoted_cell_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n5" pipe,1\n').rows == [('5" pipe', "1")]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    found = read(tmp_path, "\n\na,b\n1,2\n\n\n3,4\n\n\n")
    assert found.numbered == [("1", "2", 1), ("3", "4", 2)]


def test_a_file_with_only_a_header_has_no_rows(tmp_path: Path) -> None:
    for data in ("a,b", "a,b\n", "a,b\r\n\r\n"):
        found = read(tmp_path, data)
        assert (found.table.columns, found.rows, found.rejects) == (("a", "b"), [], [])


@pytest.mark.parametrize(
    "data", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0), "\n".encode("utf-16")]
)
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"delivery\.csv: the file is empty: it has no header row"):
        read(tmp_path, data)


# ------------------------------------------------------------------------------------------------ one column


def test_a_file_of_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    found = read(tmp_path, 'name\nAna\n\n"Bor"\n')
    assert found.numbered == [("Ana", 1), ("Bor", 2)]
    assert found.table.delimiter == ""


def test_free_text_in_one_column_is_not_split_at_its_commas(tmp_path: Path) -> None:
    assert read(tmp_path, "note\nfirst, then\nsecond\n").rows == [("first, then",), ("second",)]


def test_a_title_above_the_header_is_recognised(tmp_path: Path) -> None:
    data = "Deviations of June\na;b\n1;2\n3;4\n"
    with pytest.raises(UnreadableFile, match=r"line 1 should hold the column names.*Declare header_row"):
        read(tmp_path, data)
    assert read(tmp_path, data, header_row=2).numbered == [("1", "2", 1), ("3", "4", 2)]


def test_title_lines_may_hold_anything(tmp_path: Path) -> None:
    data = 'Report "June, all sites\n\na,b\n1,2\n"x\ny",4\n'
    assert read(tmp_path, data, header_row=3).numbered == [("1", "2", 1), ("x\ny", "4", 2)]


def test_a_header_row_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"declared to stand in line 5, but the file has 2 lines"):
        read(tmp_path, "a,b\n1,2\n", header_row=5)


# ------------------------------------------------------------------------------------------------ header


def test_column_names_are_stripped_and_otherwise_as_delivered(tmp_path: Path) -> None:
    found = read(tmp_path, '\ufeff Datum , "x",name with "quote",č\n1,2,3,4\n'.replace(', "x"', ',"x"'))
    assert found.table.columns == ("Datum", "x", 'name with "quote"', "č")
    assert found.rows == [("1", "2", "3", "4")]


def test_a_column_name_may_run_over_two_lines(tmp_path: Path) -> None:
    found = read(tmp_path, '"batch\nnumber",b\n1,2\n"3\n4",5\n6\n')
    assert found.table.columns == ("batch\nnumber", "b")
    assert found.numbered == [("1", "2", 1), ("3\n4", "5", 2)]
    assert [reject[:3] for reject in found.rejects] == [(3, 6, "b")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("a,b,a", "columns 1 and 3 are both named 'a' in line 1"),
        ("Site,b,SITE ", "columns 1 and 3 are both named 'SITE'.*upper and lower case"),
        ("a,,c", "column 2 has no name in line 1"),
        ("a,b,", "column 3 has no name in line 1.*delimiter at the end"),
        ("a,_ROW,c", "column 2 is named '_ROW', which is kept for the row number"),
    ],
)
def test_unusable_column_names_are_refused(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(tmp_path, f"{header}\n1,2,3\n")


# ------------------------------------------------------------------------------------------------ delimiter


def test_a_wrong_declared_delimiter_names_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"declared as a comma.*probably a semicolon \(';'\)"):
        read(tmp_path, "a;b\n1;2\n", delimiter=",")


def test_a_delimiter_is_counted_outside_quotes_only(tmp_path: Path) -> None:
    found = read(tmp_path, 'a;b\n"1,2,3";4\n"5,6,7";8\n')
    assert found.table.delimiter == ";"


def test_decimal_commas_do_not_make_the_comma_a_delimiter(tmp_path: Path) -> None:
    found = read(tmp_path, "a;b\n1,5;2,5\n3,5;4,5\n")
    assert found.rows == [("1,5", "2,5"), ("3,5", "4,5")]


def test_two_equally_good_delimiters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"a vertical bar and a comma could each be the delimiter"):
        read(tmp_path, "a|b,c\n1|2,3\n")


def test_no_consistent_delimiter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"no delimiter splits the file consistently.*a comma, gives 2 cells"):
        read(tmp_path, "dear reader, hello\nthis\nis, by, no\nmeans a table\n")


# ------------------------------------------------------------------------------------------------ rejects


def test_short_and_long_records_are_rejected_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b,c\n1,2,3\n4,5\n"6\n6",7,8\n9,10,11,12\n13,14,15\n')
    assert found.numbered == [("1", "2", "3", 1), ("6\n6", "7", "8", 3), ("13", "14", "15", 5)]
    assert found.rejects == [
        (2, 3, "c", "4,5", "the record has 2 cells, the header has 3"),
        (4, 6, "", "9,10,11,12", "the record has 4 cells, the header has 3"),
    ]


def test_a_surplus_empty_cell_is_a_long_record(tmp_path: Path) -> None:
    # DuckDB alone would drop it without a word.
    found = read(tmp_path, "a,b\n1,2,\n3,4\n")
    assert found.numbered == [("3", "4", 2)]
    assert found.rejects == [(1, 2, "", "1,2,", "the record has 3 cells, the header has 2")]


def test_text_behind_a_closing_quote_rejects_the_record(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n"1"x,2\n3,4\n"p" "q",5\n6,7\n')
    assert found.numbered == [("3", "4", 2), ("6", "7", 4)]
    assert [reject[:2] for reject in found.rejects] == [(1, 2), (3, 4)]
    assert "followed by other text" in found.rejects[0][4]


def test_a_record_with_wrong_quotes_ends_where_its_quotes_end(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n"1"x,"2\n2"\n3,4\n')
    assert found.numbered == [("3", "4", 2)]
    assert found.rejects[0][0:2] == (1, 2)
    assert "runs over lines 2 to 3" in found.rejects[0][4]


def test_a_quote_that_swallowed_records_shows_how_far_it_reached(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n7,8"\n9,10\n')
    assert found.numbered == [("1", "2", 1), ("9", "10", 3)]
    assert found.rejects[0][:2] == (2, 3)
    assert "runs over lines 3 to 5" in found.rejects[0][4]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 3),
        ('a,b\n1,2\n"x\ny","4\n5,6\n7,8', 4),
        ('a,b\n1,2\n"', 3),
        ('a,b\n1,2\n3,"\r\n', 3),
        ('a,b\n1,2\n"3"x,"4\n5,6\n', 3),
    ],
)
def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path, data: str, line: int) -> None:
    with pytest.raises(UnreadableFile, match=f"a quote opened in line {line} is never closed"):
        read(tmp_path, data)


def test_a_rejected_value_is_shown_with_at_most_200_characters(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n" + "x" * 500 + "\n1,2\n1,2\n")
    assert found.rejects[0][3] == "x" * 200


# ------------------------------------------------------------------------------------------------ size


def test_row_numbers_follow_the_file_when_it_is_read_in_parallel(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    padding = "x" * 60
    path.write_text("id,text\n" + "".join(f"{number},{padding}\n" for number in range(1, 300_001)))
    found = read_path(path)
    assert found.by_duckdb
    assert len(found.numbered) == 300_000
    assert all(int(identifier) == row for identifier, _, row in found.numbered)


def test_row_numbers_follow_the_file_with_rejected_rows_and_line_ends_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    faulty = {7, 150_000, 299_999}
    padding = "x" * 60
    with path.open("w", newline="") as out:
        out.write("id,text\n")
        for number in range(1, 300_001):
            out.write(f"{number}\n" if number in faulty else f'{number},"{padding}\n{number}"\n')
    found = read_path(path)
    assert [reject[0] for reject in found.rejects] == sorted(faulty)
    assert [row for *_, row in found.numbered] == [row for row in range(1, 300_001) if row not in faulty]
    assert all(int(identifier) == row for identifier, _, row in found.numbered)


def test_line_ends_in_cells_survive_the_borders_of_read_buffers(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    rows = [(str(number), f"{'y' * (number % 97)}\n,{number}") for number in range(400_000)]
    with path.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["id", "text"])
        writer.writerows(rows)
    found = read_path(path)
    assert found.by_duckdb
    assert found.rows == rows


@pytest.mark.parametrize("character", ["x", "€"])
def test_a_cell_of_a_million_characters_is_read_whole(tmp_path: Path, character: str) -> None:
    cell = character * 1_000_000
    assert read(tmp_path, f"a,b\n{cell},1\n2,3\n").rows == [(cell, "1"), ("2", "3")]


def test_three_cells_of_nineteen_megabytes_in_a_row_are_read(tmp_path: Path) -> None:
    cells = tuple(letter * 19_000_000 for letter in "pqr")
    assert read(tmp_path, f"a,b,c\n{','.join(cells)}\n1,2,3\n").rows == [cells, ("1", "2", "3")]


def test_a_cell_above_the_limit_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"record that starts in line 3 is longer than 20,971,520 characters"):
        read(tmp_path, "a,b\n1,2\n" + "x" * 21_000_000 + ",1\n")


# ------------------------------------------------------------------------------------------------ paths


@pytest.mark.parametrize(
    "name",
    ["it's.csv", "a b.csv", "we*ird.csv", "q?.csv", "l[1].csv", "b{1,2}.csv", 'q"q.csv', "ž.csv", "x.gz", "noext"],
)
def test_file_names_are_taken_letter_by_letter(tmp_path: Path, name: str) -> None:
    for decoy in ("weXird.csv", "qX.csv", "l1.csv", "b1.csv"):
        (tmp_path / decoy).write_text("a,b\n9,9\n")
    found = read(tmp_path, "a,b\n1,2\n", name=name)
    assert found.by_duckdb
    assert found.rows == [("1", "2")]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "year=2026" / "a*b"
    folder.mkdir(parents=True)
    assert read(folder, "a,b\n1,2\n").rows == [("1", "2")]
    assert read(folder, '{"a": 1}\n{"a": 2}\n').rows == [("1",), ("2",)]


# ------------------------------------------------------------------------------------------------ real quirks


def test_slovene_months_of_a_real_laboratory_file_stay_text(tmp_path: Path) -> None:
    data = (
        "batch;code;strength;start;tbl_yield\r\n"
        "1;25;5MG;nov.18;98,7\r\n2;25;10M;maj.19;\r\n3;17;20M;avg.19;1.412.698.315\r\n"
    )
    found = read(tmp_path, data)
    assert found.table.delimiter == ";"
    assert [row[3] for row in found.rows] == ["nov.18", "maj.19", "avg.19"]
    assert [row[4] for row in found.rows] == ["98,7", "", "1.412.698.315"]


def test_a_real_delivery_history_with_tabs_and_bare_carriage_returns_is_read(tmp_path: Path) -> None:
    data = (
        "ID\tCountry\tPQ First Sent to Client Date\tVendor\tWeight (Kilograms)\r"
        "1\tCôte d'Ivoire\tPre-PQ Process\tRANBAXY Fine Chemicals LTD.\t13\r"
        '3\tVietnam\t11/13/06\t"ABBVIE, (FORMERLY ABBOTT)"\tSee DN-304 (ID#:10589)\r'
        "4\tCôte d'Ivoire\tDate Not Captured\tAurobindo\t358\r"
    )
    found = read(tmp_path, data)
    assert (found.table.delimiter, found.table.encoding) == ("\t", "utf-8")
    assert found.numbered[1] == ("3", "Vietnam", "11/13/06", "ABBVIE, (FORMERLY ABBOTT)", "See DN-304 (ID#:10589)", 2)
    assert found.rows[2][1] == "Côte d'Ivoire"


def test_a_faithful_reader_agrees_with_the_standard_library_on_lenient_looking_text(tmp_path: Path) -> None:
    # Texts where DuckDB 2.0 alone gives other cells than the standard: blanks and quotes around quoted cells.
    for body in ('1, "2"\n', '"1" ,2\n', '"p ""q"" ""r""",2\n', '" ""","x"\n'):
        expected, rejected = [], 0
        try:
            expected = [tuple(record) for record in csv.reader(io.StringIO(body), strict=True)]
        except csv.Error:
            rejected = 1
        found = read(tmp_path, "a,b\n" + body)
        assert (found.rows, len(found.rejects)) == (expected, rejected), body
