"""Variants are read from tables, VCF files and FASTA pairs; every fault is told; edits can be taken back."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import DataError, UserError
from lib.io.files import Source
from lib.io.sequences import read_sequences
from lib.io.variant_input import reference_sequences, understand
from lib.io.variant_pairs import difference, from_pairs
from lib.io.variant_tables import guess_columns, open_table
from lib.io.variants import Columns, Variant, placed
from lib.io.vcf import anchored, to_vcf

SEQUENCES = {"s1": "ACGTACGTAA", "s2": "TTTTGGGGCCCCA"}
LETTERS = st.text("ACGT", min_size=1, max_size=12)


def read(text: str | bytes, name: str = "variants.tsv", sequences=SEQUENCES):
    data = text if isinstance(text, bytes) else text.encode()
    return understand(Source(name, data), sequences)


def changes(understood):
    return [(one.name, one.sequence, one.position, one.ref, one.alt) for one in understood.found.variants]


def test_a_table_with_other_names_in_rna_and_lower_case_is_read():
    found = read("transcript;site;wt;mut\ns1;4;u;g\ns2;13;A;-\ns2;5;-;UU\n", "mine.csv")
    assert found.columns == Columns("transcript", "site", "wt", "mut")
    assert changes(found) == [
        ("s1:4 T>G", "s1", 3, "T", "G"), ("s2:13 A>-", "s2", 12, "A", ""), ("s2:5 ->TT", "s2", 4, "", "TT"),
    ]  # fmt: skip
    after = [one.apply(SEQUENCES[one.sequence]) for one in found.found.variants]
    assert after == ["ACGGACGTAA", "TTTTGGGGCCCC", "TTTTTTGGGGCCCCA"]
    assert [one.kind for one in found.found.variants] == ["SNV", "deletion", "insertion"]


@pytest.mark.parametrize(
    "text",
    ["s1\t4\tT\tG\ns2\t5\tG\tA\n", "s1 4 T G\ns2   5 G A\n", "id,pos,ref,alt\ns1,4,T,G\ns2,5,G,A\n",
     "name,position,reference,alternative\ns1,4,T,G\ns2,5,G,A\n"],
)  # fmt: skip
def test_tables_without_a_header_with_blanks_and_with_ids_are_read(text):
    assert [change[1:] for change in changes(read(text))] == [("s1", 3, "T", "G"), ("s2", 4, "G", "A")]


VCF = """##fileformat=VCFv4.2
##INFO=<ID=X,Number=1,Type=String,Description="a,b;c">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tme
s1\t4\trs1\tT\tG,TA\t50\tPASS\tA=1;B=2;C=3;D=4;E=5;F=6;G=7;H=8;I=9;J=1;K=2\tGT\t0/1
s2\t4\t.\tTGG\tT\t.\t.\tA=1;B=2;C=3;D=4;E=5;F=6;G=7;H=8;I=9;J=1;K=2\tGT\t0/1
s2\t9\trs3\tC\t.\t.\t.\tA=1;B=2;C=3;D=4;E=5;F=6;G=7;H=8;I=9;J=1;K=2\tGT\t0/1
s2\t9\trs4\tC\t<DEL>,*\t.\t.\tA=1;B=2;C=3;D=4;E=5;F=6;G=7;H=8;I=9;J=1;K=2\tGT\t0/1
"""


def test_a_gzipped_vcf_is_read_with_its_alternatives_split():
    found = read(gzip.compress(VCF.encode()), "calls.vcf.gz")
    assert found.columns == Columns("CHROM", "POS", "REF", "ALT", "ID")
    assert changes(found) == [
        ("rs1 G", "s1", 3, "T", "G"), ("rs1 TA", "s1", 3, "T", "TA"), ("s2:4 TGG>T", "s2", 3, "TGG", "T"),
    ]  # fmt: skip
    assert found.found.notes == ("2 rows with several alternatives were split.",)
    assert [(item.line, item.column, item.found) for item in found.found.rejected] == [
        (6, "ALT", "no alternative allele"), (7, "ALT", "'<DEL>', which names no letters"),
        (7, "ALT", "'*', which names no letters"),
    ]  # fmt: skip


BAD = """seq,pos,ref,alt
s1,4,T,G
nobody,4,T,G
s1,11,A,C
s1,4,G,C
s1,4,T,t
s1,0,T,G
s1,4.5,T,G
s1,4,X,G
s1,4,T,N
,4,T,G
s1,9,AAA,C
s1,1,ACGTACGTAA,-
s1,4,J,J2
"""


def test_every_fault_is_told_with_its_line():
    found = read(BAD, "bad.csv").found
    assert len(found) == 1
    assert [(item.line, item.column, item.found, item.needed) for item in found.rejected] == [
        (3, "seq", "'nobody'", "the id of a sequence that was brought"),
        (4, "pos", "position 11", "a place within the 10 nt of s1"),
        (5, "ref", "G", "T, which stands at position 4 of s1"),
        (6, "alt", "t, the same as in ref", "another allele"),
        (7, "pos", "'0'", "a whole number from 1 on"),
        (8, "pos", "'4.5'", "a whole number from 1 on"),
        (9, "ref", "the letter 'X'", "letters A C G T U"),
        (10, "alt", "the letter 'N'", "letters A C G T U"),
        (11, "seq", "an empty cell", "the id of a sequence"),
        (12, "pos", "position 9 with 3 letters", "a place within the 10 nt of s1"),
        (13, "ref", "the whole sequence", "a deletion that leaves at least one nucleotide"),
        (14, "ref", "the letter 'J'", "letters A C G T U"),
        (14, "alt", "'J2', which names no letters", "letters A C G T U"),
    ]


def test_a_file_without_one_sound_variant_is_refused_with_every_fault():
    with pytest.raises(DataError, match=r"holds no variant that can be used\. The first fault: .* found G, needed A"):
        read("seq,pos,ref,alt\ns1,1,G,T\ns1,2,G,T\n", "bad.csv")
    with pytest.raises(DataError, match=r"has no column for position and alt"):
        read("seq,what\ns1,A\ns2,C\n", "bad.csv")


def test_positions_from_0_and_the_other_strand_are_noticed():
    zero = "seq,pos,ref,alt\n" + "".join(f"s1,{at},{SEQUENCES['s1'][at]},-\n" for at in (1, 2, 4, 5))
    with pytest.raises(DataError, match="would if positions were counted from 0"):
        read(zero)
    pair = {"A": "T", "C": "G", "G": "C", "T": "A"}
    other = "seq,pos,ref,alt\n" + "".join(f"s1,{at + 1},{pair[SEQUENCES['s1'][at]]},-\n" for at in (1, 2, 4, 5))
    with pytest.raises(DataError, match="would on the other strand"):
        read(other)


def test_pairs_of_sequences_are_variants():
    text = ">a_ref\nACGTACGT\n>a_alt1\nacguucgu\n>a_alt2\nACGTCGT\n>b_ref\nAAAA\n>c_alt\nAAAA\n>d_ref\nAC\n>d_alt\nAC\n"
    found = read(text, "pairs.fa").found
    assert [(one.name, one.position, one.ref, one.alt) for one in found.variants] == [
        ("a_alt1", 4, "A", "T"), ("a_alt2", 4, "A", ""),
    ]  # fmt: skip
    assert found.sequences == {"a": "ACGTACGT"}
    assert [(item.line, item.found) for item in found.rejected] == [
        (7, "a reference without an alternative"), (9, "no reference of 'c'"),
        (13, "the same sequence as the reference"),
    ]  # fmt: skip


def test_two_files_of_equal_ids_are_pairs():
    known, faults = reference_sequences(Source("ref.fa", b">x\nACGT\n>y\nGGGG\n>x\nTTTT\n>y\nGGGG\n"))
    assert known == {"x": "ACGT", "y": "GGGG"}
    assert [(item.line, item.found) for item in faults] == [(5, "an id that stands twice")]
    found = from_pairs(read_sequences(Source("alt.fa", b">x\nACTT\n>y\nGGAAGG\n")), known)
    assert [(one.position, one.ref, one.alt) for one in found.variants] == [(2, "G", "T"), (2, "", "AA")]


@given(LETTERS, st.text("ACGT", max_size=4), st.data())
def test_an_edit_taken_back_gives_the_sequence_again(text, alt, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    one = Variant("v", "s", start, text[start:end], alt)
    changed = one.apply(text)
    assert changed == text[:start] + alt + text[end:]
    assert one.reverted().apply(changed) == text
    assert one.trimmed().apply(text) == changed
    if changed != text and changed:
        written = anchored(one.trimmed(), text)
        assert written.ref and written.alt
        assert written.apply(text) == changed


@given(LETTERS, LETTERS)
def test_the_difference_of_two_sequences_leads_from_one_to_the_other(old, new):
    found = difference("v", "s", old, new)
    assert found.apply(old) == new
    assert found.reverted().apply(new) == old


def test_what_is_written_as_vcf_is_read_again():
    variants = [Variant("one", "s2", 4, "", "TT"), Variant("two; 2", "s1", 3, "T", "G"), Variant("x", "s1", 0, "A", "")]
    text = to_vcf(variants, SEQUENCES, [{"EFFECT": 0.5}, {}, {"EFFECT": -1.25}], {"EFFECT": 'what "it" does'})
    assert '##INFO=<ID=EFFECT,Number=1,Type=Float,Description="what \\"it\\" does">' in text
    assert "s2\t4\tone\tT\tTTT\t.\t.\tEFFECT=0.5" in text
    back = read(text, "again.vcf").found.variants
    was = {one.apply(SEQUENCES[one.sequence]) for one in variants}
    assert {one.apply(SEQUENCES[one.sequence]) for one in back} == was
    assert [one.name for one in back] == ["one", "x", "two__2"]


def test_a_variant_that_does_not_fit_is_not_applied():
    with pytest.raises(UserError, match="found C, needed G at position 2"):
        Variant("v", "s", 1, "G", "A").apply("ACG")


def test_columns_can_be_chosen_otherwise():
    table = open_table(Source("t.csv", b"gene,pos,ref,alt,minor\ns1,4,T,G,C\n"))
    assert guess_columns(table) == Columns("gene", "pos", "ref", "alt")
    chosen = Columns("gene", "pos", "ref", "minor")
    found = understand(Source("t.csv", b""), SEQUENCES, table=table, columns=chosen).found
    assert [one.alt for one in found.variants] == ["C"]
    assert placed(found, SEQUENCES, file="t.csv").variants == found.variants
