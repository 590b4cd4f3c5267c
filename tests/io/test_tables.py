"""A table is read the same whatever its delimiter, line ends, compression or container, with the line of each row."""

import gzip
import io
import string
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io.files import Source
from lib.io.table import Table
from lib.io.tables import read_table

ROWS = [["id", "2h", "8h"], ["007", "1.5", "-2"], ["b", "", "3e-2"], ["c", "NA", "x"], ["d", "0", "4"]]


def read(data: bytes | str, name: str = "t.csv") -> Table:
    return read_table(Source(name, data.encode() if isinstance(data, str) else data))


def cells(table: Table) -> list[list[str]]:
    columns = [table.text(name) for name in table.frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def joined(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


@pytest.mark.parametrize("delimiter", list("\t,;|"))
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    table = read(joined(ROWS, delimiter, end))
    assert list(table.frame.columns) == ROWS[0]
    assert cells(table) == ROWS[1:]
    assert (table.delimiter, table.header, table.first_line) == (delimiter, True, 2)
    assert table.lines.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "packed",
    [
        lambda text: gzip.compress(text.encode()),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode().removesuffix(b"\n"),
        lambda text: text.encode().replace(b"\n", b",\n"),
    ],
    ids=["gzip", "BOM", "UTF-16", "no last line end", "trailing delimiters"],
)
def test_packings(packed) -> None:
    table = read(packed(joined(ROWS)))
    assert cells(table) == ROWS[1:]
    assert list(table.frame.columns) == ROWS[0]
    assert table.lines.tolist() == [2, 3, 4, 5]


def test_xlsx() -> None:
    book = openpyxl.Workbook()
    for row in [["id", "2h", "8h"], ["a", 1.5, 3], [None, None, None], ["b", 2, None]]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    table = read(stream.getvalue(), "t.xlsx")
    assert cells(table) == [["a", "1.5", "3"], ["b", "2", ""]]
    assert (table.format, table.lines.tolist()) == ("xlsx", [2, 4])


def test_parquet() -> None:
    stream = io.BytesIO()
    frame = pd.DataFrame({"id": ["a", "b", "c"], "2h": [1.5, float("nan"), 3.0], "n": [1, 2, 3]})
    frame.to_parquet(stream)
    table = read(stream.getvalue(), "t.parquet")
    assert cells(table) == [["a", "1.5", "1"], ["b", "", "2"], ["c", "3.0", "3"]]
    assert table.format == "parquet"


def test_other_encodings() -> None:
    assert cells(read("id,name\nx,Müller\n"))[0][1] == "Müller"
    assert cells(read("id,name\nx,Müller\n".encode("cp1252")))[0][1] == "Müller"
    with pytest.raises(DataError, match="not text in UTF-8") as caught:
        read(b"id,name\nx,M\x81ller\n")
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize(
    ("text", "names", "header"),
    [
        ("a\t144\t122\nb\t3\t4\n", ["column 1", "column 2", "column 3"], False),
        ("TAGATAGAGATC\t1.5\nTAGATAGAGATT\t2\n", ["column 1", "column 2"], False),
        ("s1\tTAGATAGAGATC\n", ["column 1", "column 2"], False),
        ("id,0,1,2\na,5,6,7\n", ["id", "0", "1", "2"], True),
        ("Reporter ID,0,1\na,5,6\n", ["Reporter ID", "0", "1"], True),
        ("seq_1,0,1\nseq_2,5,6\n", ["column 1", "column 2", "column 3"], False),
        (",2h,8h\na,5,6\n", ["column 1", "2h", "8h"], True),
        ("2h\t8h\na\t5\t6\nb\t7\t8\n", ["id", "2h", "8h"], True),
        ("id,2h,2h,2h\na,5,6,7\n", ["id", "2h", "2h (2)", "2h (3)"], True),
        ("id,2h (2),2h,2h\na,5,6,7\n", ["id", "2h (2)", "2h", "2h (3)"], True),
    ],
)
def test_headers(text: str, names: list[str], header: bool) -> None:
    table = read(text)
    assert (list(table.frame.columns), table.header) == (names, header)
    assert len(table) == text.count("\n") - header


def test_blank_lines_remarks_and_quoted_line_ends_keep_line_numbers() -> None:
    text = '\n## a remark\nsep=,\nid,2h\n\n"a\nb",1\n   \nc,2\nd,"3"\n'
    table = read(text)
    assert cells(table) == [["a\nb", "1"], ["c", "2"], ["d", "3"]]
    assert table.lines.tolist() == [6, 9, 10]


def test_a_letter_that_is_also_a_unit_is_data_in_a_row_of_gaps() -> None:
    for cell in ("0", ":"):
        table = read(f"id,first,second\nD,,\n,,{cell}\n0.0,,\n")
        assert cells(table) == [["D", "", ""], ["", "", cell], ["0.0", "", ""]]


@pytest.mark.parametrize("text", [";", "####", ",,,\n,,,\n", "\t|;,\n", '"'])
def test_delimiters_alone_are_no_table(text: str) -> None:
    with pytest.raises(DataError, match="t.csv holds no rows"):
        read(text)


def test_uneven_rows_are_rejected_with_their_line() -> None:
    table = read("id,2h,8h\na,1,2\nb,1\nc,1,2,3\nd,3,4\n")
    assert cells(table) == [["a", "1", "2"], ["d", "3", "4"]]
    assert [(row.line, row.id, row.found) for row in table.rejected] == [(3, "b", "2 fields"), (4, "c", "4 fields")]


def test_a_cell_of_200_000_letters_in_the_first_file_of_a_process() -> None:
    code = r"""if True:
        from lib.io.files import Source
        from lib.io.tables import read_table
        data = ("id,seq\na," + "ACGT" * 50_000 + "\n").encode()
        assert len(read_table(Source("long.csv", data)).text("seq")[0]) == 200_000
    """
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


def test_a_cell_of_200_000_letters() -> None:
    assert len(cells(read("id,seq\na," + "ACGT" * 50_000 + "\nb,\n\n"))[0][1]) == 200_000
    assert len(cells(read("id,seq\na," + "ACGT" * 50_000 + "\n"))[0][1]) == 200_000


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "../../etc/passwd", "=1+1"])
def test_a_file_name_is_only_text(name: str) -> None:
    assert read(joined(ROWS), name).name == name


def test_a_gzip_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.io.containers.LARGEST", 1000)
    with pytest.raises(DataError, match="unpacks to more than"):
        read(gzip.compress(b"a,b\n" * 1000))


WORD = st.text(string.ascii_letters + string.digits + "_-:.<>=+'é ", max_size=9).map(str.strip)
CELL = st.one_of(WORD, st.just(""), st.floats(-1e9, 1e9).map(repr))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
    ),
    delimiter=st.sampled_from("\t,;|"),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=3),
    bom=st.booleans(),
    packed=st.booleans(),
    last=st.booleans(),
)
def test_what_is_written_is_read(rows, delimiter: str, ends: list[str], *, bom: bool, packed: bool, last: bool) -> None:
    """Any cells come back, with the line of each row, whatever the layout; wholly empty rows are blank lines."""
    width = len(rows[0])
    rows = [["id", "first value", "second value", "third value"][:width], *rows]
    lines = [delimiter.join(row) for row in rows]
    text = "".join(line + ends[i % len(ends)] for i, line in enumerate(lines))
    text = text if last or not any(rows[-1]) else text.removesuffix(ends[(len(rows) - 1) % len(ends)])
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in ends and "\n" in ends else text
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    kept = [(i + 1, row) for i, row in enumerate(rows) if i and any(row)]
    if not kept:
        return
    table = read(gzip.compress(data) if packed else data)
    assert cells(table) == [row for _, row in kept]
    assert table.lines.tolist() == [line for line, _ in kept]
