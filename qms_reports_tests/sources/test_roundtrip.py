"""Whatever Python's csv module writes comes back, whatever the dialect and the encoding."""

import csv
import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from qms_reports.sources.files import UnreadableFile
from qms_reports_tests.sources.reading import read

TEXT = st.text(st.one_of(st.sampled_from("ab\"',;|\t\r\n č€"), st.characters(exclude_categories=["Cs"])), max_size=12)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    return draw(
        st.lists(st.lists(TEXT, min_size=width, max_size=width), max_size=8).map(lambda rows: rows or [["x"] * width])
    )


@settings(max_examples=300, deadline=None)
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(ENCODINGS),
    packed=st.booleans(),
)
def test_records_come_back_as_written(
    rows: list[list[str]],
    delimiter: str,
    quote: str,
    end: str,
    quoting: int,
    encoding: str,
    packed: bool,
) -> None:
    text = "".join(cell for row in rows for cell in row)
    if any(character in text and character not in end for character in "\r\n"):
        quoting = (
            csv.QUOTE_ALL
        )  # csv.writer leaves line ends other than its own unquoted, which no reader can tell apart
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quotechar=quote, lineterminator=end, quoting=quoting)
    writer.writerow([f"c{position}" for position in range(len(rows[0]))])
    writer.writerows(rows)
    data = buffer.getvalue().encode(encoding)
    with TemporaryDirectory() as folder:
        found = read(
            Path(folder),
            gzip.compress(data) if packed else data,
            kind="csv",
            delimiter=delimiter,
            quote=quote,
            encoding=encoding,
        )
    expected = [tuple(cell.replace("\0", "␀") for cell in row) for row in rows]
    assert found.rows == expected
    assert [number for *_, number in found.numbered] == list(range(1, len(rows) + 1))
    assert found.rejects == []


SCRAPS = (
    "a",
    ",",
    ",",
    '"',
    '"',
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "é",
    '""',
    '"a"',
    '"b,c"',
    "1,2\n",
    '"q","r"\n',
    '"m\nn"',
)


@settings(max_examples=400, deadline=None)
@given(header=st.sampled_from(["x,y\n", '"x",y\r\n', "x,y,z\r", '"x\ny",z\n']), body=st.lists(st.sampled_from(SCRAPS)))
def test_any_text_is_read_as_the_strict_standard_reader_does_or_accounted_for(header: str, body: list[str]) -> None:
    data = header + "".join(body)
    width = header.count(",") + 1
    records: list[tuple[str, ...]] | None = None
    try:
        reader = csv.reader(io.StringIO(data, newline=""), strict=True)
        records = [tuple(record) for record in list(reader)[1:] if record]
    except csv.Error:
        pass  # then the file must be refused, or every record be numbered once as read or rejected
    with TemporaryDirectory() as folder:
        try:
            found = read(Path(folder), data, kind="csv", delimiter=",")
        except UnreadableFile:
            assert records is None
            return
    numbers = sorted([row[-1] for row in found.numbered] + [reject[0] for reject in found.rejects])
    assert numbers == list(range(1, len(numbers) + 1))
    if records is None:
        assert found.rejects
    else:
        fitting = [(*record, row) for row, record in enumerate(records, start=1) if len(record) == width]
        assert found.numbered == fitting
        assert len(found.rejects) == len(records) - len(fitting)
