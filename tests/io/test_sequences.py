"""Sequences come out as DNA in the order of the file, whatever the layout, and none is lost without a reason."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.sequences import read_sequences


def read(data: str | bytes, **options):
    return read_sequences(Source("s", data.encode() if isinstance(data, str) else data), **options)


def test_fasta_of_many_lines() -> None:
    found = read("\n>a first gene\nACGU\nacgu\n\n>b\r\nTT TT\n>c|x\nA\n")
    assert found.ids.tolist() == ["a", "b", "c|x"]
    assert found.sequences.tolist() == ["ACGTACGT", "TTTT", "A"]
    assert found.lines.tolist() == [2, 6, 8]
    assert (found.format, found.with_u, found.lower_case) == ("fasta", 1, 1)


def test_ambiguity_codes_are_kept_as_n_and_counted_or_rejected() -> None:
    text = ">a\nACGT\n>b\nRYSWKMBDHV\n>c\nnnAC\n"
    kept = read(text)
    assert kept.sequences.tolist() == ["ACGT", "NNNNNNNNNN", "NNAC"]
    assert kept.ambiguous.tolist() == [False, True, True]
    assert "2 of 3 sequences held IUPAC codes other than A C G T, stored as N." in kept.notes
    rejected = read(text, ambiguity="reject")
    assert rejected.sequences.tolist() == ["ACGT"]
    assert [(row.line, row.id) for row in rejected.rejected] == [(3, "b"), (5, "c")]


def test_every_lost_sequence_has_its_reason() -> None:
    found = read("TTTT\n>a\nACGT\n> \nAC\n>b\n\n>c\nAC-GT\n>d\nACéGT\n>e\nGG\n", reading=Reading(gaps="exclude"))
    assert found.ids.tolist() == ["a", "e"]
    assert [(row.line, row.id, row.found) for row in found.rejected] == [
        (1, "", "a sequence without a header"),
        (4, "", "a header without an id"),
        (6, "b", "an empty sequence"),
        (8, "c", "the letter '-' at position 3"),
        (10, "d", "the letter 'é' at position 3"),
    ]


def test_a_table_with_and_without_header() -> None:
    assert read("s1\tACGTACGTACGT\ns2\tAC\n").sequences.tolist() == ["ACGTACGTACGT", "AC"]
    found = read("chrom,name,sequence\nII,s1,ACGU\nII,s2,GG\n,s3,\n")
    assert found.ids.tolist() == ["s1", "s2"]
    assert (found.id_column, found.column, found.format) == ("name", "sequence", "csv")
    assert [(row.line, row.id, row.found) for row in found.rejected] == [(4, "s3", "an empty sequence")]


def test_a_table_without_sequences_is_refused() -> None:
    with pytest.raises(DataError, match="no column of nucleotide sequences") as caught:
        read("id,2h,8h\na,1,2\nb,3,4\n")
    assert caught.value.problems[0].found == "the cells 'a', '1', '2'"


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(
        st.tuples(
            st.text("abcXYZ019_|.:=+-@<>é", min_size=1, max_size=8), st.text("ACGTUNacgtun", min_size=1, max_size=70)
        ),
        min_size=1,
        max_size=9,
    ),
    width=st.integers(1, 80),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
    packed=st.booleans(),
    last=st.booleans(),
)
def test_fasta_round_trip(records, width: int, end: str, *, bom: bool, packed: bool, last: bool) -> None:
    lines = []
    starts = []
    for name, sequence in records:
        starts.append(len(lines) + 1)
        lines += [f">{name} a remark", *(sequence[i : i + width] for i in range(0, len(sequence), width))]
    text = (end.join(lines) + (end if last else "")).encode()
    data = (b"\xef\xbb\xbf" if bom else b"") + text
    found = read(gzip.compress(data) if packed else data)
    assert found.rejected == ()
    assert found.ids.tolist() == [name for name, _ in records]
    assert found.sequences.tolist() == [sequence.upper().replace("U", "T") for _, sequence in records]
    assert found.lines.tolist() == starts


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ACGTU-*XacgtnRY é", max_size=12), min_size=1, max_size=8))
def test_every_record_is_kept_or_rejected(bodies: list[str]) -> None:
    text = "".join(f">s{i}\n{body}\n" for i, body in enumerate(bodies)) + ">sound\nACGT\n"
    found = read(text)
    ids = ["sound", *(f"s{i}" for i in range(len(bodies)))]
    assert sorted([*found.ids, *(row.id for row in found.rejected)]) == sorted(ids)
    assert all(set(sequence) <= set("ACGTN") and sequence for sequence in found.sequences)
