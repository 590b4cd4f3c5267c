"""Variants are read, every fault is told, the way they fit is found or asked, and edits can be taken back."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError, UserError
from lib.io.decisions import Reading, Undecided, require
from lib.io.files import Source
from lib.io.variant_input import count_reasons, reference_sequences, understand
from lib.io.variant_pairs import difference
from lib.io.variants import Columns, Variant
from lib.io.vcf import anchor, to_vcf

SEQUENCES = {"s1": "ACGTACGTAA", "s2": "TTTTGGGGCCCCA"}
LONG = {"x": "GATTACAGATCCTAGGCATCATGCCGTAAGTCTTGCAC", "y": "CCATGGTTAACGCATATTGCGGCTAAGATCCTGTACG"}
LETTERS = st.text("ACGT", min_size=1, max_size=12)


def read(text, name="variants.tsv", sequences=SEQUENCES, **said):
    data = text if isinstance(text, bytes) else text.encode()
    return understand(Source(name, data), sequences, Reading(**said))


def changes(understood):
    return [(one.name, one.sequence, one.position, one.ref, one.alt) for one in understood.found.variants]


def asked(understood):
    return {one.option: one.evidence for one in understood.decisions if one.is_open}


def test_a_table_with_other_names_in_rna_and_lower_case_is_read():
    found = read("transcript;site;wt;mut\ns1;4;u;g\ns2;13;A;-\ns2;5;-;UU\n", "mine.csv", insertions="before")
    assert found.columns == Columns("transcript", "site", "wt", "mut")
    assert changes(found) == [
        ("s1:4 T>G", "s1", 3, "T", "G"),
        ("s2:13 A>-", "s2", 12, "A", ""),
        ("s2:5 ->TT", "s2", 4, "", "TT"),
    ]
    after = [one.apply(SEQUENCES[one.sequence]) for one in found.found.variants]
    assert after == ["ACGGACGTAA", "TTTTGGGGCCCC", "TTTTTTGGGGCCCCA"]
    assert [one.kind for one in found.found.variants] == ["SNV", "deletion", "insertion"]


@pytest.mark.parametrize(
    "text",
    [
        "s1\t4\tT\tG\ns2\t5\tG\tA\n",
        "s1 4 T G\ns2   5 G A\n",
        "id,pos,ref,alt\ns1,4,T,G\ns2,5,G,A\n",
        "name,position,reference,alternative\ns1,4,T,G\ns2,5,G,A\n",
    ],
)
def test_tables_without_a_header_with_blanks_and_with_ids_are_read(text):
    assert [change[1:] for change in changes(read(text))] == [("s1", 3, "T", "G"), ("s2", 4, "G", "A")]


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
GOOD = "s1,1,A,G\ns1,2,C,G\ns1,3,G,C\ns1,5,A,C\n"


def test_every_fault_is_told_with_its_line():
    found = read(BAD + GOOD, "bad.csv", excluded_ok=True).found
    assert (len(found), found.total, found.excluded) == (5, 17, 12)
    assert [(item.line, item.column, item.found, item.needed) for item in found.rejected] == [
        (3, "seq", "'nobody'", "the ID of a sequence, such as s1, s2"),
        (4, "pos", "position 11", "a place within the 10 nt of s1"),
        (5, "ref", "G", "T, which stands at position 4 of s1"),
        (6, "alt", "t, the same as in ref", "another allele"),
        (7, "pos", "'0'", "a whole number from 1 on"),
        (8, "pos", "'4.5'", "a whole number"),
        (9, "ref", "the letter 'X'", "letters A C G T U, or - for none"),
        (10, "alt", "the letter 'N'", "letters A C G T U, or - for none"),
        (11, "seq", "an empty cell", "the id of a sequence"),
        (12, "pos", "position 9 with 3 letters", "a place within the 10 nt of s1"),
        (13, "ref", "the whole sequence", "a deletion that leaves a nucleotide"),
        (14, "ref", "the letter 'J'", "letters A C G T U, or - for none"),
        (14, "alt", "'J2', which names no letters", "letters A C G T U, or - for none"),
    ]
    assert sum(count_reasons(found.rejected).values()) == found.excluded


def test_more_than_a_fifth_is_excluded_only_with_consent():
    table = "seq,pos,ref,alt\ns1,4,T,G\ns1,5,A,C\ns1,6,C,A\nnobody,4,T,G\n"
    found = read(table)
    assert asked(found) == {
        "excluded_ok": "1 of 4 variants would be excluded: 1 with ID of no known sequence. The first: column seq: "
        "found 'nobody', needed the ID of a sequence, such as s1, s2 (line 5)."
    }
    with pytest.raises(Undecided, match=r"Choose --excluded-ok \(go on with the others\)"):
        require(found.decisions)
    assert not read(table, excluded_ok=True).is_open
    assert not read(table + "s1,7,G,A\n").is_open, "a fifth needs none"


def test_a_file_without_one_sound_variant_is_refused_with_every_fault():
    with pytest.raises(DataError, match=r"holds no variant that can be used\. The first fault: .* found G, needed A"):
        read("seq,pos,ref,alt\ns1,1,G,T\ns1,2,G,T\n", "bad.csv")
    with pytest.raises(DataError, match=r"has no column for position and ref and alt"):
        read("seq,what\ns1,A\ns2,C\n", "bad.csv")


def snvs(base=1, swap=False, strand=lambda number: False):
    """SNVs of every third letter of two sequences, written in some way; the last column is the strand."""
    lines = ["id\tpos\tref\talt\tstrand"]
    for name, text in LONG.items():
        for at in range(1, 30, 3):
            ref, alt = text[at], {"A": "C", "C": "A", "G": "T", "T": "G"}[text[at]]
            is_minus = strand(at)
            if is_minus:
                ref, alt = reverse_complement(ref), reverse_complement(alt)
            ref, alt = (alt, ref) if swap else (ref, alt)
            lines.append(f"{name}\t{at + base}\t{ref}\t{alt}\t{'-' if is_minus else '+'}")
    return "\n".join(lines) + "\n"


def test_positions_from_0_are_asked_and_never_half_scored():
    found = read(snvs(base=0), sequences=LONG)
    assert list(asked(found)) == ["coordinates"]
    assert asked(found)["coordinates"] == (
        "Counted from 1, 4 of 20 reference alleles match their sequences; counted from 0, 20 of 20."
    )
    assert changes(read(snvs(base=0), sequences=LONG, coordinates=0)) == changes(read(snvs(), sequences=LONG))
    with pytest.raises(DataError, match=r"does not fit .* 4 of 20 reference alleles match; with --coordinates 0 20 of"):
        read(snvs(base=0), sequences=LONG, coordinates=1)
    declared = read(snvs(base=0).replace("pos", "start0"), sequences=LONG)
    assert not asked(declared) and len(declared.found) == 20
    assert list(asked(read(snvs().replace("pos", "start0"), sequences=LONG))) == ["coordinates"]


def test_exchanged_alleles_and_the_other_strand_are_asked():
    swapped = read(snvs(swap=True), sequences=LONG)
    assert asked(swapped) == {
        "swap_alleles": "As written, 0 of 20 reference alleles match their sequences; with reference and alternative "
        "exchanged, 20 of 20."
    }
    assert changes(read(snvs(swap=True), sequences=LONG, swap_alleles="yes")) == changes(read(snvs(), sequences=LONG))
    other = snvs(strand=lambda at: True)
    assert list(asked(read(other, sequences=LONG))) == ["allele_strand"]
    assert changes(read(other, sequences=LONG, allele_strand="complement")) == changes(read(snvs(), sequences=LONG))
    mixed = read(snvs(strand=lambda at: at % 2), sequences=LONG)
    assert "on the strand of their rows, 20 of 20" in asked(mixed)["allele_strand"]
    own = read(snvs(strand=lambda at: at % 2), sequences=LONG, allele_strand="column")
    assert changes(own) == changes(read(snvs(), sequences=LONG))
    both = read(snvs(base=0, swap=True), sequences=LONG)
    assert list(asked(both)) == ["coordinates", "swap_alleles"]
    said = {"coordinates": 0, "swap_alleles": "yes"}
    assert changes(read(snvs(base=0, swap=True), sequences=LONG, **said)) == changes(read(snvs(), sequences=LONG))
    with pytest.raises(UserError, match="--swap-alleles is 'maybe'; choose one of no, yes"):
        read(snvs(), sequences=LONG, swap_alleles="maybe")


def test_alleles_that_fit_exchanged_and_on_the_other_strand_are_asked_both():
    table = "id\tpos\tref\talt\nx\t2\tT\tA\nx\t5\tT\tA\nx\t7\tT\tA\nx\t9\tT\tA\n"
    assert list(asked(read(table, sequences=LONG))) == ["swap_alleles", "allele_strand"]
    assert not read(table, sequences=LONG, swap_alleles="yes").is_open


def test_references_that_match_by_chance_are_refused():
    table = "id\tpos\tref\talt\n" + "".join(f"x\t{at}\tA\tC\n" for at in range(1, 31))
    with pytest.raises(DataError, match=r"Only 9 of 30 reference .* by chance \(.* counted from 0, .*\)"):
        read(table, sequences=LONG)


def test_pairs_of_sequences_are_variants():
    text = ">a_ref\nACGTACGT\n>a_alt1\nacguucgu\n>a_alt2\nACGTCGT\n>b_ref\nAAAA\n>c_alt\nAAAA\n>d_ref\nAC\n>d_alt\nAC\n"
    found = read(text, "pairs.fa", excluded_ok=True).found
    assert [(one.name, one.position, one.ref, one.alt) for one in found.variants] == [
        ("a_alt1", 4, "A", "T"),
        ("a_alt2", 4, "A", ""),
    ]
    assert found.sequences == {"a": "ACGTACGT"}
    assert [(item.line, item.found) for item in found.rejected] == [
        (7, "a reference without an alternative"),
        (9, "no reference of 'c'"),
        (13, "the same sequence as the reference"),
    ]
    assert (found.total, found.excluded) == (5, 3)
    with pytest.raises(DataError, match=r"Pairs need IDs that differ in ref and alt \(rs1_ref, rs1_alt\)"):
        read(">one\nACGTACGT\n>two\nACGTTCGT\n", "pairs.fa")


OLD, NEW, OTHER = "GATTACAGATCCTAG", "GATTGCAGATCCTAG", "GATTACAGATCCTTAG"


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("rs1_ref_2", "rs1_alt_2", "rs1_2"),
        ("rs1_ref_fwd", "rs1_alt_fwd", "rs1_fwd"),
        ("ref_rs1", "alt_rs1", "rs1"),
        ("rs1/rs2_ref", "rs1/rs2_alt", "rs1/rs2"),
        ("rs1_ref/rs2_ref", "rs1_alt/rs2_alt", "rs1/rs2"),
        ("x|wild-type", "x|mutant", "x"),
        ("chr1:5-9(+)_REF", "chr1:5-9(+)_ALT", "chr1:5-9(+)"),
        ("ALT1_ref", "ALT1_alt", "ALT1"),
        ("rs1 ref", "rs1 alt", "rs1"),
        ("1:9:A:G:R:w", "1:9:A:G:A:w", "1:9:A:G:w"),
    ],
)
def test_a_word_of_the_ids_pairs_records(first, second, name):
    for order in ([(first, OLD), (second, NEW)], [(second, NEW), (first, OLD)]):
        found = read("".join(f">{one}\n{text}\n" for one, text in order), "pairs.fa", sequences={"x": "ACGT"})
        assert not found.is_open
        assert [one[1:] for one in changes(found)] == [(name, 4, "A", "G")]
        assert found.found.sequences == {name: OLD}


@pytest.mark.parametrize(("first", "second"), [("rs1_A", "rs1_G"), ("rs1:allele1", "rs1:allele2"), ("rs1_T", "rs1_C")])
def test_alleles_pair_records_and_the_reference_is_asked(first, second):
    text = f">{first}\n{OLD}\n>{second}\n{NEW}\n"
    found = read(text, "pairs.fa", sequences={"x": "ACGT"})
    assert list(asked(found)) == ["swap_alleles"]
    assert f"({first}, {second}) and not which is the reference" in asked(found)["swap_alleles"]
    for said, change in (("no", ("rs1", 4, "A", "G")), ("yes", ("rs1", 4, "G", "A"))):
        assert [one[1:] for one in changes(read(text, "p.fa", swap_alleles=said))] == [change]
    known = read(text, "pairs.fa", sequences={"mine": NEW})
    assert not known.is_open and [one[1:] for one in changes(known)] == [("rs1", 4, "G", "A")]


def test_names_that_only_look_like_alleles_pair_nothing():
    text = f">gene_A\n{OLD}\n>gene_C\nCCCCCGGGGGTTTTT\n>s_A\n{OLD}\n>s_C\n{NEW}\n>q_ref\n{OLD}\n>q_alt\n{OTHER}\n"
    found = read(text, "pairs.fa", excluded_ok=True)
    assert [one[1:] for one in changes(found)] == [("q", 12, "", "T")]
    assert [one.id for one in found.found.rejected] == ["gene_A", "gene_C", "s_A", "s_C"]


def test_pairs_stand_in_tables_too():
    rows = read(f"id\tsequence\nrs1_ref\t{OLD}\nrs1_alt\t{NEW}\n", "pairs.tsv")
    wide = read(f"name,ref_seq,alt_seq,note\nrs1,{OLD},{NEW},x\nrs2,{OLD},{OTHER},y\n", "pairs.csv")
    assert [one[1:] for one in changes(rows)] == [("rs1", 4, "A", "G")]
    assert [one[1:] for one in changes(wide)] == [("rs1", 4, "A", "G"), ("rs2", 12, "", "T")]
    assert wide.format == "pairs"


def test_two_files_of_equal_ids_are_pairs():
    known, faults, _ = reference_sequences(Source("ref.fa", b">x\nACGT\n>y\nGGGG\n>x\nTTTT\n>y\nGGGG\n"))
    assert known == {"x": "ACGT", "y": "GGGG"}
    assert [(item.line, item.found) for item in faults] == [(5, "an id that stands twice")]
    found = read(">x\nACTT\n>y\nGGAAGG\n", "alt.fa", sequences=known)
    assert [(one.position, one.ref, one.alt) for one in found.found.variants] == [(2, "G", "T"), (2, "", "AA")]
    named = {"a_wt": OLD, "a_mut": NEW}
    found = read(f">a_wt\n{OTHER}\n>a_mut\n{NEW[:-1]}C\n", "alt.fa", sequences=named)
    assert [one[1:] for one in changes(found)] == [("a_wt", 12, "", "T"), ("a_mut", 14, "G", "C")]


@given(LETTERS, st.text("ACGT", max_size=4), st.data())
def test_an_edit_taken_back_gives_the_sequence_again(text, alt, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    one = Variant("v", "s", start, text[start:end], alt)
    changed = one.apply(text)
    assert changed == text[:start] + alt + text[end:]
    assert one.revert().apply(changed) == text
    assert one.trim().apply(text) == changed
    if changed != text and changed:
        written = anchor(one.trim(), text)
        assert written.ref and written.alt
        assert written.apply(text) == changed


@given(LETTERS, LETTERS)
def test_the_difference_of_two_sequences_leads_from_one_to_the_other(old, new):
    found = difference("v", "s", old, new)
    assert found.apply(old) == new
    assert found.revert().apply(new) == old


def test_what_is_written_as_vcf_is_read_again():
    sequences = {"s2": SEQUENCES["s2"], "a, b=1;%2": SEQUENCES["s1"]}
    variants = [
        Variant("one", "s2", 4, "", "TT"),
        Variant("two; 2", "a, b=1;%2", 3, "T", "G"),
        Variant("x:1 A>-", "a, b=1;%2", 0, "A", ""),
    ]
    text = to_vcf(variants, sequences, [{"EFFECT": 0.5}, {}, {"EFFECT": -1.25}], {"EFFECT": 'what "it" does'})
    assert '##INFO=<ID=EFFECT,Number=1,Type=Float,Description="what \\"it\\" does">' in text
    assert "s2\t4\tone\tT\tTTT\t.\t.\tEFFECT=0.5" in text
    back = read(gzip.compress(text.encode()), "again.vcf.gz", sequences=sequences).found.variants
    was = {(one.name, one.sequence, one.apply(sequences[one.sequence])) for one in variants}
    assert {(one.name, one.sequence, one.apply(sequences[one.sequence])) for one in back} == was


def test_a_variant_that_does_not_fit_is_not_applied():
    with pytest.raises(UserError, match="found C, needed G at position 2"):
        Variant("v", "s", 1, "G", "A").apply("ACG")


def test_columns_can_be_chosen_otherwise():
    table = "gene,pos,ref,alt,minor\ns1,4,T,G,C\n"
    assert read(table).columns == Columns("gene", "pos", "ref", "alt")
    found = read(table, variant_columns="alt=minor")
    assert found.columns == Columns("gene", "pos", "ref", "minor")
    assert [one.alt for one in found.found.variants] == ["C"]
