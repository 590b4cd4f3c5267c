"""A sparse matrix gets its ids from the files beside it, in a zip, in a folder or next to it on disk."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import mmwrite
from scipy.sparse import coo_array

from lib.core.errors import DataError
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.formats import mex
from lib.io.layout import guess_columns
from lib.io.table import Table
from lib.io.tables import read_table

MATRIX = b"%%MatrixMarket matrix coordinate integer general\n% made by hand\n3 2 4\n1 1 7\n3 1 1\n2 2 5\n3 2 20\n"
FEATURES = b"007\tABC\tGene Expression\nG2\tDEF\tGene Expression\nG3\tGHI\tAntibody\n"
FILES = {"matrix.mtx": MATRIX, "features.tsv": FEATURES, "barcodes.tsv": b"2h\n8h\n"}


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def read(files: dict[str, bytes], sheet: str | None = None) -> Table:
    return read_table(Source("m.zip", archive(files)), Reading(sheet=sheet))


def check(table: Table) -> None:
    assert table.text("id").tolist() == ["007", "G2", "G3"]
    assert (table.frame["2h"].tolist(), table.frame["8h"].tolist()) == ([7, 0, 1], [0, 5, 20])


def test_three_files_in_a_zip() -> None:
    table = read(FILES)
    check(table)
    assert table.text("name").tolist() == ["ABC", "DEF", "GHI"]
    assert table.text("type").tolist() == ["Gene Expression", "Gene Expression", "Antibody"]
    columns = guess_columns(table)
    assert (columns.id, [column.hours for column in columns.values]) == ("id", [2, 8])
    assert table.decisions[0].evidence == "matrix.mtx with the names of features.tsv and barcodes.tsv."


def test_packed_in_a_folder_of_the_zip_with_other_names() -> None:
    names = ("a/matrix.mtx.gz", "a/genes.tsv.gz", "a/barcodes.tsv.gz")
    check(read({name: gzip.compress(data) for name, data in zip(names, FILES.values(), strict=True)}))
    check(read({**FILES, "features.tsv": b"id\n007\nG2\nG3\n", "barcodes.tsv": b"x\n2h\n8h\n"}))


def test_barcodes_by_features_are_turned() -> None:
    turned = MATRIX.replace(b"3 2 4\n1 1 7\n3 1 1\n2 2 5\n3 2 20", b"2 3 4\n1 1 7\n1 3 1\n2 2 5\n2 3 20")
    table = read({**FILES, "matrix.mtx": turned})
    check(table)
    assert table.decisions[0].evidence.endswith("; its rows are the barcodes, so it is turned.")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("prefix", ["", "GSM1_", "counts."])
def test_the_names_beside_a_matrix_on_disk_are_used(tmp_path: Path, prefix: str, *, packed: bool) -> None:
    for name, data in FILES.items():
        path = tmp_path / (prefix + name + ".gz" * packed)
        path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    path = tmp_path / f"{prefix}matrix.mtx{'.gz' * packed}"
    check(read_table(Source(path.name, path)))
    check(read_table(Source(tmp_path.name, tmp_path)))
    assert Source("a", tmp_path).sha256() == Source("b", tmp_path).sha256()
    (tmp_path / "notes.txt").write_text("x")
    check(read_table(Source(path.name, path)))


def test_samples_in_one_folder_keep_their_own_names(tmp_path: Path) -> None:
    for sample, barcodes in (("A_", b"2h\n8h\n"), ("B_", b"1h\n3h\n")):
        for name, data in {**FILES, "barcodes.tsv": barcodes}.items():
            (tmp_path / (sample + name)).write_bytes(data)
    assert "1h" in read_table(Source("B_matrix.mtx", tmp_path / "B_matrix.mtx")).frame
    table = read_table(Source("m", tmp_path))
    assert [one.is_open for one in table.decisions] == [True, False]
    assert "1h" in read_table(Source("m", tmp_path), Reading(sheet="B_matrix.mtx")).frame


def test_a_matrix_without_names_says_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "matrix.mtx"
    path.write_bytes(MATRIX)
    for source in (Source("matrix.mtx", MATRIX), Source("matrix.mtx", path)):
        with pytest.raises(
            DataError, match=r"matrix\.mtx needs barcodes\.tsv and features\.tsv \(or genes\.tsv\); put"
        ):
            read_table(source)
    with pytest.raises(DataError, match=r"holds matrix\.mtx without barcodes\.tsv; matrix\.mtx needs"):
        read({"matrix.mtx": MATRIX, "features.tsv": FEATURES})


def test_a_folder_of_one_table_and_of_none(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("id,2h\na,1\nb,2\n")
    table = read_table(Source("f", tmp_path))
    assert (len(table), table.decisions[0].chosen) == (2, "e.csv")
    (tmp_path / "e.csv").unlink()
    with pytest.raises(DataError, match="holds no file with data"):
        read_table(Source("f", tmp_path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b"3 2 4", b"3 2 999999999999"), "3 by 2 values, 999,999,999,999 of them filled"),
        ((b"3 2 4", b"9999999 1999 4"), "cannot be read .9,999,999 by 1,999 values"),
        ((b"3 2 4", b"9999 9999 4"), "9,999 barcodes, as of single cells; sum the cells of each sample and time"),
        ((b"3 1 1", b"9 1 1"), "cannot be read"),
        ((b"3 1 1", b"x y z"), "cannot be read"),
        (
            (b"3 2 4\n1 1 7", b"3 3 4\n1 1 7"),
            "3 rows and 3 columns for 3 features and 2 barcodes; put the files of one",
        ),
        ((b"%%MatrixMarket", b"%%Matrix"), "no size of the matrix"),
    ],
)
def test_a_matrix_that_does_not_fit(change: tuple[bytes, bytes], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read({**FILES, "matrix.mtx": MATRIX.replace(*change)})


def test_many_columns_of_few_features_are_single_cells_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mex, "MOST_COLUMNS", 2)
    wide = MATRIX.replace(b"3 2 4\n1 1 7\n3 1 1\n2 2 5\n3 2 20", b"2 3 1\n1 3 7")
    with pytest.raises(DataError, match="3 barcodes, as of single cells"):
        read({"matrix.mtx": wide, "features.tsv": b"a\nb\n", "barcodes.tsv": b"x\ny\nz\n"})


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(7, 9), st.integers(0, 2**31))
def test_any_matrix_comes_back(rows: int, columns: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    dense = random.normal(size=(rows, columns)) * (random.random((rows, columns)) < 0.4)
    stream = io.BytesIO()
    mmwrite(stream, coo_array(dense), precision=17)
    names = {
        "features.tsv": "".join(f"g{i}\n" for i in range(rows)),
        "barcodes.tsv": "".join(f"{i}h\n" for i in range(columns)),
    }
    table = read({"matrix.mtx": stream.getvalue(), **{name: text.encode() for name, text in names.items()}})
    np.testing.assert_array_equal(table.frame[list(table.value_columns)].to_numpy(), dense)
