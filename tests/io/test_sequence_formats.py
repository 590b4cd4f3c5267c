"""Sequences of every format come out as DNA with their lines; gaps, qualities and proteins are named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io.decisions import Decision, Reading
from lib.io.files import Source
from lib.io.formats import fasta
from lib.io.sequences import Sequences, read_sequences

REMOVE = Reading(gaps="remove")


def read(text: str, reading: Reading | None = None) -> Sequences:
    return read_sequences(Source("s.txt", text.encode()), reading=reading or Reading())


def told(found: Sequences, topic: str) -> Decision:
    (decision,) = [one for one in found.decisions if one.topic == topic]
    return decision


def pairs(found: Sequences) -> list[tuple[str, str, int]]:
    return list(zip(found.ids.tolist(), found.sequences.tolist(), found.lines.tolist(), strict=True))


def test_fasta_with_comments_descriptions_and_windows_line_ends() -> None:
    found = read("; made by hand\r\n>a|b  first gene \r\nACGT\r\n;remark\r\nAC\r\n\r\n>UTR 0\r\nGG\r\n>c\r\nTT")
    assert pairs(found) == [("a|b", "ACGTAC", 2), ("UTR", "GG", 7), ("c", "TT", 9)]
    assert found.descriptions.tolist() == ["first gene", "0", ""]
    assert found.rejected == ()


def test_fasta_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f">s{i} n{i}\n{'ACGT'[: i % 4 + 1] * (i % 5 + 1)}\n\n" for i in range(40))
    whole = read(text)
    monkeypatch.setattr(fasta, "BLOCK", 7)
    blocks = read(text)
    assert pairs(blocks) == pairs(whole)
    assert blocks.descriptions.tolist() == [f"n{i}" for i in range(40)]
    assert whole.lines.tolist() == list(range(1, 121, 3))


GAPPED = ">a\nAC-GT\n>b\nACGTT\n>c\nA..GT\n"


def test_gaps_are_asked_about_and_removed_or_excluded() -> None:
    found = read(GAPPED)
    decision = told(found, "Gaps")
    assert decision.is_open and decision.flag == "--gaps"
    assert decision.evidence == "Gaps (- or .) stand in 2 of 3 sequences, 3 in all, as in aligned ones."
    assert [(one.value, one.label) for one in decision.alternatives] == [
        ("remove", "the sequences without their gaps"),
        ("exclude", "the 1 of 3 sequences without gaps"),
    ]
    removed = read(GAPPED, REMOVE)
    assert removed.sequences.tolist() == found.sequences.tolist() == ["ACGT", "ACGTT", "AGT"]
    assert told(removed, "Gaps").chosen == "remove"
    excluded = read(GAPPED, Reading(gaps="exclude"))
    assert excluded.ids.tolist() == ["b"]
    assert [row.found for row in excluded.rejected] == ["the letter '-' at position 3", "the letter '.' at position 2"]
    assert read(">a\nACGT\n").decisions == ()


def test_a_row_of_gaps_alone_is_empty() -> None:
    found = read(">a\n----\n>b\nAC-T\n", REMOVE)
    assert [(row.id, row.found) for row in found.rejected] == [("a", "an empty sequence")]


CLUSTAL = """CLUSTAL O(1.2.4) multiple sequence alignment


UTR_1      ACGU-ACG 7
UTR_2      ACGUUACG 8
           **** ***

UTR_1      TT-- 9
UTR_2      TTAA 12
           **
"""
STOCKHOLM = """# STOCKHOLM 1.0
#=GF ID  X
#=GS UTR_1 DE first one

UTR_1      ACGU-ACG
#=GR UTR_1 SS ..........
UTR_2      ACGUUACG
#=GC SS_cons ........

UTR_1      TT--
UTR_2      TTAA
//
# STOCKHOLM 1.0
UTR_3 AC
//
"""
ALIGNED = ["ACGTACGTT", "ACGTTACGTTAA"]
PHYLIPS = {
    "interleaved": " 2 12\nUTR_1 ACGU-ACG\nUTR_2 ACGUUACG\n\nTT--\nTTAA\n",
    "sequential": "2 12\nUTR_1 ACGU-\nACGTT--\nUTR_2 ACGUU\nACGTTAA\n",
    "strict": "2 12\nUTR_1     ACGU-ACGTT--\nUTR_2     ACGUUACGTTAA\n",
    "no blank": "2 12\nUTR_000001ACGU-ACGTT--\nUTR_000002ACGUUACGTTAA\n",
    "groups": "2 12\nUTR_1  ACGU- ACGTT --\nUTR_2  ACGUU ACGTT AA\n",
}


def test_clustal() -> None:
    found = read(CLUSTAL, REMOVE)
    assert pairs(found) == [("UTR_1", ALIGNED[0], 4), ("UTR_2", ALIGNED[1], 5)]
    assert found.format == "clustal"


def test_stockholm_of_several_alignments() -> None:
    found = read(STOCKHOLM, REMOVE)
    assert pairs(found) == [("UTR_1", ALIGNED[0], 5), ("UTR_2", ALIGNED[1], 7), ("UTR_3", "AC", 14)]
    assert found.descriptions.tolist() == ["first one", "", ""]


@pytest.mark.parametrize("layout", PHYLIPS)
def test_phylip(layout: str) -> None:
    found = read(PHYLIPS[layout], REMOVE)
    assert found.format == "phylip"
    assert found.sequences.tolist() == ALIGNED
    assert [name[:4] for name in found.ids] == ["UTR_", "UTR_"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            CLUSTAL.replace("UTR_2      TTAA 12\n", ""),
            "rows of the alignment differ in length .8 letters of UTR_2, 12 of",
        ),
        (CLUSTAL.replace("UTR_2      TTAA 12", "UTR_2 TTAA A,A"), "a row in line 9 that is not an id and letters"),
        ("CLUSTAL W\n\n", "holds an alignment without rows"),
        (STOCKHOLM.replace("UTR_2      TTAA", "UTR_2"), "a row in line 11 that is not an id and letters"),
        ("# STOCKHOLM 1.0\n//\n", "holds an alignment without rows"),
        (PHYLIPS["strict"].replace("2 12", "3 12"), "says that it has 3 rows of 12 letters, and has not"),
    ],
)
def test_alignments_that_were_cut(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(text)


def test_fastq_on_four_lines_and_more() -> None:
    found = read("@a x\nACGU\n+\n@III\n@b\nAC\nGT\nN\n+b\nII\n@II\n\n@c\nGG\n+\nII")
    assert pairs(found) == [("a", "ACGT", 1), ("b", "ACGTN", 5), ("c", "GG", 13)]
    assert (found.descriptions.tolist(), found.format) == (["x", "", ""], "fastq")
    assert told(found, "Qualities").chosen == "not used"


def test_a_cut_fastq_keeps_what_is_whole() -> None:
    found = read("@a\nACGT\n+\nIIII\n@b\nAC\n+\nIIIII\n@ \nAC\n+\nII\nAC\n@c\nACG\n+\nI")
    assert found.ids.tolist() == ["a"]
    assert [(row.line, row.id, row.found) for row in found.rejected] == [
        (5, "b", "5 qualities for 2 letters"),
        (9, "", "a header without an id"),
        (13, "", "'AC' where a record starts"),
        (14, "c", "1 qualities for 3 letters"),
    ]


GENBANK = """LOCUS       SHIFT_1                   12 bp    mRNA    linear   PRI 01-JAN-2020
DEFINITION  Homo sapiens shift protein
            (SHIFT), mRNA.
ACCESSION   NM_000001
VERSION     NM_000001.2
FEATURES             Location/Qualifiers
     source          1..12
ORIGIN
        1 acgtacgtac gu
//
LOCUS       SHIFT_2                    4 bp    DNA     linear   SYN 01-JAN-2020
ACCESSION
ORIGIN
        1 ttgg
//
"""


def test_genbank() -> None:
    found = read(GENBANK)
    assert pairs(found) == [("NM_000001.2", "ACGTACGTACGT", 1), ("SHIFT_2", "TTGG", 11)]
    assert found.descriptions.tolist() == ["SHIFT_1 Homo sapiens shift protein (SHIFT), mRNA.", "SHIFT_2"]
    assert told(found, "Record IDs").chosen == "versions"


def test_proteins_are_named() -> None:
    text = "".join(f">p{i}\nMKVLEEQLGASTKDEFW{'ACGT'[i]}\n" for i in range(4)) + ">n\nACGT\n"
    with pytest.raises(DataError, match="looks like protein sequences: 4 of 5 hold amino acids such as E, F, L or P"):
        read(text)
    found = read(">p\nMKVLEE\n>n\nACGT\n>m\nACGG\n")
    assert (found.ids.tolist(), len(found.rejected)) == (["n", "m"], 1)


def test_a_file_of_which_nothing_is_left_says_why() -> None:
    with pytest.raises(DataError) as caught:
        read(">a\nAC!\n>b\nAC?GT\n")
    assert str(caught.value) == (
        "No sequence of s.txt can be used: 2 excluded; the first, a in line 1: column sequence: found the letter '!' "
        "at position 3, needed letters A C G T U or IUPAC codes."
    )
    assert [problem.line for problem in caught.value.problems] == [1, 3]
    with pytest.raises(DataError, match="No sequence of s.txt can be used: 1 excluded; the first, a in line 1"):
        read_sequences(Source("s.txt", b">a\nACRN\n"), ambiguity="reject")


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(
        st.tuples(st.text("abcXYZ019_|.:", min_size=1, max_size=9), st.text("ACGTN", min_size=1, max_size=30)),
        min_size=1,
        max_size=6,
    ),
    width=st.integers(1, 31),
    quality=st.sampled_from("@+I!"),
)
def test_fastq_round_trip(records: list[tuple[str, str]], width: int, quality: str) -> None:
    text = ""
    for name, sequence in records:
        parts = [sequence[i : i + width] for i in range(0, len(sequence), width)]
        text += "\n".join([f"@{name}", *parts, "+", *(quality * len(part) for part in parts)]) + "\n"
    found = read(text)
    assert [pair[:2] for pair in pairs(found)] == records
    assert found.rejected == ()
