"""Tables of windows: what is understood, and every fault told with its row."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.datasets import profile_tables
from lib.datasets.profile_tables import Layout, find_complaint, numbers_of
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.tables import read_table
from lib.io.windows import ProfileColumn, guess_columns, overlapping

LENGTH = 12


def row(number, counts=None, *, length=LENGTH, **more):
    rng = np.random.default_rng(number)
    sequence = "".join(rng.choice(list("ACGT"), length))
    counts = rng.integers(0, 9, length) if counts is None else counts
    cell = counts if isinstance(counts, str) else ",".join(map(str, counts))
    return {"window_id": f"w{number}", "sequence": sequence, "profile": cell, **more}


def source(rows, name="windows.tsv"):
    return Source(name, pd.DataFrame(rows).to_csv(sep="\t", index=False).encode())


def test_a_table_is_understood():
    rows = [row(i, chrom="II", start0=100 * i, end=100 * i + LENGTH, strand="+-"[i % 2]) for i in range(7)]
    read = profile_tables.read_windows(source(rows))
    assert read.ids.tolist() == [f"w{i}" for i in range(7)]
    assert read.sequences[3] == rows[3]["sequence"]
    assert read.counts["profile"].shape == (7, LENGTH)
    assert read.counts["profile"][5].tolist() == [float(cell) for cell in rows[5]["profile"].split(",")]
    assert read.places.iloc[2].tolist() == ["II", 200, 200 + LENGTH, "+"]
    assert read.lines.tolist() == list(range(2, 9))
    assert not read.faults
    assert not read.rejected


def test_starts_that_count_from_one_are_told_by_their_ends():
    rows = [row(i, chr="I", start=50 * i + 1, end=50 * i + LENGTH) for i in range(5)]
    read = profile_tables.read_windows(source(rows))
    assert read.places["start"].tolist() == [0, 50, 100, 150, 200]
    (told,) = (one for one in read.decisions if one.option == "coordinates")
    assert (told.chosen, told.evidence) == (
        "1",
        "In 5 of 5 rows end - start is one less than the length of the sequence.",
    )


@pytest.mark.parametrize(
    ("start", "end", "said", "places", "chosen"),
    [
        (50, 50 + LENGTH, None, (50, 50 + LENGTH), "0"),
        (50, 50 + LENGTH - 1, None, (49, 50 + LENGTH - 1), "1"),
        (0, LENGTH - 1, None, (0, LENGTH), "0"),
        (50, 950, None, (50, 950), "0"),
        (50, 950, 1, (49, 950), "1"),
        (50, 50 + LENGTH, 1, (49, 50 + LENGTH), "1"),
        (50, 50 + LENGTH - 1, 0, (50, 50 + LENGTH - 1), "0"),
    ],
)
def test_what_starts_count_from_is_told_and_can_be_said(start, end, said, places, chosen):
    """The same places in every row; 0 to L - 1 counts both ends from 0."""
    table = read_table(source([row(i, chr="I", start=start, end=end, strand=(1, -1)[i % 2]) for i in range(5)]))
    read = profile_tables.from_layout(table, None, source([]), Reading(coordinates=said))
    assert set(zip(read.places["start"], read.places["end"], strict=True)) == {places}
    assert next(one for one in read.decisions if one.option == "coordinates").chosen == chosen
    assert read.places["strand"].tolist() == ["+", "-", "+", "-", "+"]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (",".join(["1"] * 11), "11 counts"),
        (",".join(["1"] * 11 + ["-4"]), "-4 at position 12"),
        (",".join(["0.5", *["1"] * 11]), "0.5 at position 1"),
        (",".join(["1"] * 5 + ["x"] + ["1"] * 6), "'x' at position 6"),
        ("", "no counts"),
        (",".join(["-1"] * 12), "-1 at position 1, -1 at position 2 and 10 more"),
    ],
)
def test_a_profile_that_is_none_is_told_with_its_row(cell, found):
    rows = [row(i) for i in range(6)]
    rows[4]["profile"] = cell
    read = profile_tables.read_windows(source(rows))
    (fault,) = read.faults
    assert (fault.line, fault.id, fault.column, fault.found) == (6, "w4", "profile", found)
    assert "12 counts" in fault.needed


def test_windows_of_another_length_are_left_out_with_both_lengths():
    rows = [row(i) for i in range(6)]
    rows[2] = row(2, length=11)
    read = profile_tables.read_windows(source(rows))
    assert len(read) == 5
    (fault,) = read.rejected
    assert (fault.line, fault.found, fault.needed) == (4, "11 nt", "12 nt, as most windows have")


def test_all_faults_are_reported_together():
    rows = [row(i) for i in range(8)]
    rows[1]["profile"] = ",".join(["-1"] + ["0"] * 11)
    rows[3]["sequence"] = "ACGTACGTACXX"
    rows[6]["profile"] = "1,2,3"
    read = profile_tables.read_windows(source(rows))
    assert [problem.line for problem in read.problems()] == [3, 5, 8]


def test_a_fault_costs_a_window_only_where_its_column_is_used():
    rows = [row(i, other=",".join(["2"] * LENGTH)) for i in range(5)]
    rows[0]["other"] = "1,2"
    read = profile_tables.read_windows(source(rows))
    assert [fault.column for fault in read.faults] == ["other"]
    assert read.faulty([ProfileColumn("profile", "profile")]) == []
    assert len(read.faulty(read.columns)) == 1


def test_a_table_without_profiles_says_what_is_needed():
    table = pd.DataFrame({"id": ["a", "b"], "sequence": ["ACGTACGTACGT"] * 2, "value": [1, 2]})
    with pytest.raises(DataError, match="no column of profiles; needed is a column of counts at each base"):
        profile_tables.read_windows(Source("t.csv", table.to_csv(index=False).encode()))


def test_a_table_without_names_of_columns_is_told():
    rows = "".join(f"w{i}\tACGTACGTACGT\t{','.join('3' * 12)}\n" for i in range(4))
    with pytest.raises(DataError, match="does not name its columns; write a first line such as id, sequence, profile"):
        profile_tables.read_windows(Source("t.tsv", rows.encode()))


def test_a_chosen_column_that_is_not_there_is_named():
    with pytest.raises(DataError, match="has no column 'nothing'; choose one of window_id, sequence, profile"):
        profile_tables.read_windows(source([row(0)]), Layout("window_id", "sequence", ("nothing",)))


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["profile_WT_pooled", "profile_S288C_WT_1", "profile_S288C_WT_2"], [("WT", ""), ("WT", "1"), ("WT", "2")]),
        (["profile"], [("profile", "")]),
        (["plus_rep1", "plus_rep2", "minus_rep1"], [("plus", "1"), ("plus", "2"), ("minus 1", "")]),
        (["OCT4_1", "SOX2_1"], [("OCT4 1", ""), ("SOX2 1", "")]),
        (["counts_1", "counts_2"], [("profile", "1"), ("profile", "2")]),
        (["ypd", "gal"], [("ypd", ""), ("gal", "")]),
    ],
)
def test_tracks_and_replicates_are_guessed(names, made):
    assert [(column.track, column.replicate) for column in guess_columns(names)] == made


@given(
    st.lists(st.lists(st.integers(0, 2**24 - 1), min_size=1, max_size=9), min_size=1, max_size=6),
    st.sampled_from([",", ", ", ";", " ", "|"]),
    st.sampled_from(["{}", "[{}]", " ({}) ", "{},"]),
)
def test_numbers_are_read_however_they_are_separated(lists, separator, around):
    cells = [around.format(separator.join(map(str, numbers))) for numbers in lists]
    numbers, sizes, odd = numbers_of(cells)
    assert numbers.tolist() == [float(number) for one in lists for number in one]
    assert sizes.tolist() == [len(one) for one in lists]
    assert not odd


@given(st.lists(st.integers(0, 2**24 - 1), min_size=3, max_size=20))
def test_whole_counts_are_never_complained_of(counts):
    assert find_complaint(np.array(counts, dtype=float), len(counts)) == ""


@given(
    st.lists(st.tuples(st.sampled_from(["I", "II"]), st.integers(0, 80), st.integers(1, 30)), min_size=1, max_size=14)
)
def test_windows_overlap_in_groups_as_all_pairs_say(windows):
    table = pd.DataFrame([(c, s, s + n) for c, s, n in windows], columns=["chrom", "start", "end"])
    parent = list(range(len(windows)))
    for a in range(len(windows)):
        for b in range(a):
            (ca, sa, na), (cb, sb, nb) = windows[a], windows[b]
            if ca == cb and sa < sb + nb and sb < sa + na:
                old, new = parent[a], parent[b]
                parent = [new if p == old else p for p in parent]
    assert overlapping(table).tolist() == pd.factorize(np.array(parent))[0].tolist()
