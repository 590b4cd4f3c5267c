"""Every file format, present and future, keeps the same promises; adding one means adding an example here."""

import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from lib.core.errors import DataError
from lib.io.file_format import TABLE_FORMATS, labels, sequence_formats, table_formats
from lib.io.files import Source, kind_of
from lib.io.sequences import read_sequences
from lib.io.tables import read_table
from tests.io.r_writer import data_frame, integers, rds, reals, strings

ROWS = [["id", "2h", "8h"], ["s1", 1.5, 3.0], ["s2", 0.25, 4.0]]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet() -> bytes:
    return pd.DataFrame(ROWS[1:], columns=ROWS[0]).to_parquet(index=False)


GCT = "#1.2\n2\t2\nName\tDescription\t2h\t8h\ns1\tna\t1.5\t3\ns2\tna\t0.25\t4\n"
SERIES = """!Series_title\t"Shift"
!Sample_title\t"2h"\t"8h"
!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"
"s1"\t1.5\t3
"s2"\t0.25\t4
!series_matrix_table_end
"""
R = data_frame({"id": strings(["s1", "s2"]), "2h": reals([1.5, 0.25]), "8h": reals([3, 4])}, integers([-(2**31), -2]))
MEX = {
    "matrix.mtx": b"%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 1.5\n1 2 3\n2 1 0.25\n2 2 4\n",
    "barcodes.tsv": b"2h\n8h\n",
    "features.tsv": b"s1\ns2\n",
}
TABLES = {
    "mex": lambda: archive(MEX),
    "matrix-market": lambda: MEX["matrix.mtx"],
    "r-data": lambda: rds(R),
    "gct": GCT.encode,
    "series-matrix": SERIES.encode,
    "csv": lambda: "".join("\t".join(map(str, row)) + "\n" for row in ROWS).encode(),
    "parquet": parquet,
    "xlsx": workbook,
}
GENBANK = "".join(
    f"LOCUS       {locus}   6 bp DNA\nVERSION     {version}\nORIGIN\n 1 {letters}\n//\n"
    for locus, version, letters in (("first", "s1", "acgt ac"), ("x", "s2", "acgtgg"))
)
STOCKHOLM = "# STOCKHOLM 1.0\n#=GS s1 DE first\ns1 ACGTAC\ns2 ACGTGG\n//\n"
SEQUENCES = {
    "clustal": b"CLUSTAL W (1.83)\n\ns1   ACGT\ns2   ACGT\n\ns1   AC\ns2   GG\n",
    "fasta": b">s1 first\nACGT\nAC\n>s2\nACGTGG\n",
    "fastq": b"@s1 first\nACGTAC\n+\nIIIIII\n@s2\nACGTGG\n+\nIIIIII\n",
    "genbank": GENBANK.encode(),
    "phylip": b"2 6\ns1 ACGTAC\ns2 ACGTGG\n",
    "stockholm": STOCKHOLM.encode(),
}


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def test_every_format_has_an_example() -> None:
    assert [one.name for one in table_formats() if one.name not in TABLES] == []
    assert [one.name for one in sequence_formats() if one.name not in SEQUENCES] == []
    assert list(TABLE_FORMATS.all()) == sorted(TABLES)


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"matrix-market"}))
def test_a_table_is_read_by_its_format_and_no_other(name: str) -> None:
    data = TABLES[name]()
    table = read_table(Source("t", data))
    assert table.format == name
    assert table.frame["2h"].astype(float).tolist() == [1.5, 0.25]
    assert table.frame["8h"].astype(float).tolist() == [3.0, 4.0]
    assert table.text(str(table.frame.columns[0])).tolist() == ["s1", "s2"]
    assert len(table.lines) == 2 and np.all(np.diff(table.lines) > 0)
    is_text = kind_of("t", data) == "text"
    claiming = [one.name for one in table_formats() if one.is_text == is_text and one.claims("t", data)]
    assert claiming == ([name] if name == "csv" or not is_text else [name, "csv"])


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_are_read_by_their_format_and_no_other(name: str) -> None:
    data = SEQUENCES[name]
    read = read_sequences(Source("s", data))
    assert (read.format, read.ids.tolist(), read.sequences.tolist()) == (name, ["s1", "s2"], ["ACGTAC", "ACGTGG"])
    assert len(read.descriptions) == 2 and read.descriptions[0] in ("", "first")
    assert [one.name for one in sequence_formats() if one.claims("s", data)] == [name]
    assert [one.name for one in table_formats() if one.is_text and one.claims("s", data)] == ["csv"]
    with pytest.raises(DataError, match="holds sequences; a table with an id and values is needed here"):
        read_table(Source("s", data))


@pytest.mark.parametrize("format", [*table_formats(), *sequence_formats()], ids=lambda one: one.name)
def test_nothing_is_claimed_that_is_something_else(format) -> None:
    for text in (b"id,2h\na,1\n", b"x", b"\xef\xbb\xbf", b"", b"PK", b"PAR", b">", b"#", b"\0" * 9):
        if format.claims("t", text):
            assert format.name in {"csv", "fasta"}


def test_what_is_refused_lists_all_formats() -> None:
    with pytest.raises(DataError, match="use CSV, TSV, Excel") as caught:
        read_table(Source("t", bytes(range(1, 256)) * 9))
    assert labels() in str(caught.value)
    assert all(one.label in labels() for one in (*table_formats(), *sequence_formats()))
