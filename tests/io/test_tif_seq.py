"""TIF-seq tables: windows around the ends of isoforms."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError
from lib.io import tif_seq
from lib.io.files import Source
from lib.io.tif_seq import TifChoice, starts

TEXT = {"chrI": "".join(np.random.default_rng(0).choice(list("ACGT"), 400)), "chrII": "ACGT" * 30}
GENOME = Source("g.fa", "".join(f">{name}\n{text}\n" for name, text in TEXT.items()).encode())
HEADER = "chr strand t5 t3 ypd gal type name"


def table(*rows, header=HEADER):
    return Source("tifs.txt", "\n".join([header, *rows]).encode())


ROWS = (
    "1 + 20 101 7 0 Covering one intact ORF YAL1",
    "1 + 30 103 5 2 Other",
    "1 + 31 103 1 0 Other",
    "1 - 300 201 4 9 Antisense of YAL1",
    "2 + 5 60 0 1 few",
)


def test_counts_lie_where_isoforms_end_along_their_strand():
    read = tif_seq.read_windows(table(*ROWS), GENOME, TifChoice(length=24, least=5, seed=3))
    assert len(read) == 2
    assert read.places["strand"].tolist() == ["+", "-"]
    assert read.places["chrom"].tolist() == ["chrI", "chrI"]
    plus, minus = read.places["start"].tolist()
    assert read.counts["ypd"][0, 100 - plus] == 7
    assert read.counts["ypd"][0, 102 - plus] == 6
    assert read.counts["gal"][0].sum() == 2
    assert read.counts["gal"][1, minus + 24 - 1 - 200] == 9
    assert read.sequences[1] == reverse_complement(TEXT["chrI"][minus : minus + 24])
    assert [column.track for column in read.columns] == ["ypd", "gal"]


def test_five_prime_ends_of_one_condition():
    choice = TifChoice("t5", ("ypd",), length=18, least=6)
    read = tif_seq.read_windows(table(*ROWS), GENOME, choice)
    assert list(read.counts) == ["ypd"]
    (start, *_) = read.places["start"].tolist()
    assert read.counts["ypd"][0, 19 - start] == 7


def test_every_fault_is_told_with_its_row():
    wrong = (
        "1 * 1 2 3 4 x",
        "1 + 0 2 3 4 x",
        "1 + 1 2 -3 4 x",
        "1 + 1 2 3 4.5 x",
        "1 + 1",
        "9 + 1 2 3 4 x",
        "1 + 1 900 3 4 x",
    )
    read = tif_seq.read_windows(table(*ROWS, *wrong), GENOME, TifChoice(length=24, least=5))
    told = {fault.line: fault.reason for fault in read.rejected}
    assert sorted(told) == [7, 8, 9, 10, 11, 12, 13]
    assert told[7] == "column strand: found '*', needed + or -"
    assert told[8] == "column t5: found '0', needed a position, counted from 1"
    assert told[9] == "column ypd: found '-3', needed whole reads, 0 or more"
    assert "a position in g.fa: chrI, chrII" in told[12]
    assert "1:900" in told[13]


def test_a_table_without_its_columns_says_what_is_needed():
    with pytest.raises(DataError, match="its first line needs chr strand t5 t3 and conditions"):
        tif_seq.read_windows(table(*ROWS, header="a b c d e f g h"), GENOME)
    with pytest.raises(DataError, match="has no condition 'ypx'; choose of ypd, gal"):
        tif_seq.read_windows(table(*ROWS), GENOME, TifChoice(conditions=("ypx",)))
    with pytest.raises(DataError, match="No window of 24 nt has 500 reads; lower the minimum"):
        tif_seq.read_windows(table(*ROWS), GENOME, TifChoice(length=24, least=500))


@given(
    st.dictionaries(st.integers(0, 599), st.integers(0, 50), min_size=1, max_size=40),
    st.integers(6, 80),
    st.integers(1, 40),
    st.integers(0, 5),
)
def test_windows_keep_what_is_promised(reads, length, least, seed):
    positions = np.array(sorted(reads), dtype=np.int64)
    totals = np.array([reads[int(p)] for p in positions], dtype=np.int64)
    made = starts(positions, totals, 600, TifChoice(length=length, least=least, seed=seed))
    assert made == starts(positions, totals, 600, TifChoice(length=length, least=least, seed=seed))
    for start, summit in made:
        inside = (positions >= start) & (positions < start + length)
        assert 0 <= start <= 600 - length
        assert inside[summit]
        assert totals[inside].sum() >= least
        assert abs(start + length // 2 - positions[summit]) <= length // 6
    for (one, _), (other, _) in pairwise(made):
        assert other >= one + length, "windows on one strand overlap"
