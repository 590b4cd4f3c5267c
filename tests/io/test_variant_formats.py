"""Every format of variants places its rows where it says: an SNV, an insertion and a deletion, worked out by hand.

The sequence m is GATTACAGATCCTAGGCATC. Its C at 6 becomes T, TT is put between G at 8 and A at 9, and CC at 11 and 12
is taken out.
"""

import gzip
import io
import random

import pandas as pd
import pytest

from lib.core.errors import DataError, UserError
from lib.io.decisions import Reading
from lib.io.export import to_xlsx
from lib.io.files import Source
from lib.io.variant_formats.annovar import FIXED
from lib.io.variant_input import count_reasons, understand
from lib.io.variants import Columns

SEQUENCES = {"m": "GATTACAGATCCTAGGCATC", "other": "TTTTGGGGCCCCA"}
WANTED = ["GATTATAGATCCTAGGCATC", "GATTACAGTTATCCTAGGCATC", "GATTACAGATTAGGCATC"]

VCF = """##fileformat=VCFv4.2
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tme
m\t6\trs1\tC\tT\t50\tPASS\tA=1;B=2,3\tGT\t0/1
m\t8\trs2\tG\tGTT\t50\tq10\t.\tGT\t0/1
m\t10\trs3\tTCC\tT\t50\tPASS\t.\tGT\t0/1
"""
MAF = """#version 2.4
Hugo_Symbol\tEntrez_Gene_Id\tNCBI_Build\tChromosome\tStart_Position\tEnd_Position\tStrand\tVariant_Type\t\
Reference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2\tdbSNP_RS
G1\t7\tGRCh38\tm\t6\t6\t+\tSNP\tC\tC\tT\tnovel
G1\t7\tGRCh38\tm\t8\t9\t+\tINS\t-\t-\tTT\tnovel
G1\t7\tGRCh38\tm\t11\t12\t+\tDEL\tCC\tCC\t-\tnovel
"""
ANNOVAR = """m\t6\t6\tC\tT\tcomments: rs1, a SNP in the 5' UTR
m\t8\t8\t-\tTT\tcomments: an insertion
m\t11\t12\tCC\t-
"""
BED = "#chrom\tchromStart\tchromEnd\tref\talt\nm\t5\t6\tC\tT\nm\t8\t8\t-\tTT\nm\t10\t12\tCC\t-\n"
OURS = """variant\tsequence\tposition\tref\talt\tkind\tcontext_ref\tcontext_alt\tbefore\tafter\teffect
a\tm\t6\tC\tT\tSNV\tx\ty\t1\t2\t1
b\tm\t9\t-\tTT\tinsertion\tx\ty\t1\t2\t1
c\tm\t11\tCC\t-\tdeletion\tx\ty\t1\t2\t1
"""
BLANKS = "\n".join(" ".join(line.split()) for line in VCF.replace("#CHROM", "# CHROM").splitlines()) + "\n\n"
FILES = {
    "v.vcf": VCF,
    "blanks.vcf": BLANKS,
    "headless.vcf": "\n".join(VCF.splitlines()[2:]) + "\n",
    "no-columns.vcf": "\n".join([VCF.splitlines()[0], *VCF.splitlines()[2:]]) + "\n",
    "windows.vcf": VCF.replace("\n", "\r\n"),
    "no-ids.vcf": "##fileformat=VCFv4.2\n#CHROM\tPOS\tREF\tALT\nm\t6\tC\tT\nm\t8\tG\tGTT\nm\t10\tTCC\tT\n",
    "columns.csv": "CHROM,POS,REF,ALT\nm,6,C,T\nm,8,G,GTT\nm,10,TCC,T\n",
    "v.maf": MAF,
    "called-like-maf.tsv": "Chromosome\tStart\tEnd\tReference_Allele\tTumor_Seq_Allele2\n"
    "m\t6\t6\tC\tT\nm\t8\t9\t-\tTT\nm\t11\t12\tCC\t-\n",
    "v.avinput": ANNOVAR,
    "blanks.avinput": ANNOVAR.replace("\t", " "),
    "multianno.csv": "Chr,Start,End,Ref,Alt,Func.refGene\nm,6,6,C,T,UTR3\nm,8,8,-,TT,UTR3\nm,11,12,CC,-,UTR3\n",
    "chrom-start.tsv": BED,
    "v.bed": "\n".join(BED.splitlines()[1:]) + "\n",
    "ours.tsv": OURS,
    "ends.tsv": "id\tstart\tend\tref\talt\nm\t6\t6\tC\tT\nm\t8\t9\t-\tTT\nm\t11\t12\tCC\t-\n",
    "ends-ensembl.tsv": "id\tstart\tend\tref\talt\nm\t6\t6\tC\tT\nm\t9\t8\t-\tTT\nm\t11\t12\tCC\t-\n",
    "alleles.tsv": "id\tposition\talleles\nm\t6\tC/T\nm\t8\tG/GTT\nm\t10\tTCC/T\n",
    "in-rna.tsv": "transcript\tsite\twt\tmut\nm\t6.0\tc\tu\nm\t8.0\tG\tguu\nm\t10.0\tUCC\tU\n",
}


def read(text, name="v.tsv", sequences=SEQUENCES, **said):
    data = text if isinstance(text, bytes) else text.encode()
    return understand(Source(name, data), sequences, Reading(**said))


def changed(found, sequences=SEQUENCES):
    return [one.apply(sequences[one.sequence]) for one in found.found.variants]


def open_options(found):
    return [one.option for one in found.decisions if one.is_open]


@pytest.mark.parametrize("name", FILES)
def test_each_format_places_its_rows_where_it_says(name):
    found = read(FILES[name], name)
    assert changed(found) == WANTED, found.decisions
    assert not found.is_open and not found.found.rejected
    assert (found.found.total, found.found.excluded) == (3, 0)
    assert [one.kind for one in found.found.variants] == ["SNV", "insertion", "deletion"]


def test_the_convention_of_each_file_is_told():
    told = {name: {one.topic: one.label for one in read(FILES[name], name).decisions} for name in FILES}
    assert told["v.vcf"]["Format"] == told["blanks.vcf"]["Format"] == told["headless.vcf"]["Format"] == "VCF"
    assert told["v.maf"]["Format"] == told["called-like-maf.tsv"]["Format"] == "MAF"
    assert told["v.avinput"]["Format"] == told["multianno.csv"]["Format"] == "ANNOVAR"
    assert told["ours.tsv"]["Format"] == "MotifLens variants"
    assert told["chrom-start.tsv"]["Coordinates"] == told["v.bed"]["Coordinates"] == "counted from 0"
    assert told["ends.tsv"]["Coordinates"] == "counted from 1"
    assert "position: Start_Position" in told["v.maf"]["Columns"], "and not Entrez_Gene_Id, which is a number too"


def test_names_are_those_of_the_file_or_made():
    assert [one.name for one in read(VCF).found.variants] == ["rs1", "rs2", "rs3"]
    assert [one.name for one in read(MAF).found.variants] == ["m:6 C>T", "m:9 ->TT", "m:11 CC>-"]
    assert read(VCF).found.notes == ("1 records have a FILTER other than PASS; they are used like the others.",)


def test_vcf_of_blocks_workbooks_and_other_containers_are_read():
    lines = VCF.splitlines(keepends=True)
    blocks = gzip.compress("".join(lines[:3]).encode()) + gzip.compress("".join(lines[3:]).encode())
    blocks += gzip.compress(b"")  # bgzip ends with an empty block
    assert changed(read(blocks, "calls.vcf.gz")) == WANTED
    frame = pd.read_csv(io.StringIO("\n".join(MAF.splitlines()[1:])), sep="\t", dtype=str)
    assert changed(read(to_xlsx(frame), "v.xlsx")) == WANTED


ODD = """##fileformat=VCFv4.2
#CHROM\tPOS\tID\tREF\tALT
m\t6\trs1\tC\tT,<DEL>,*
m\t6\t.\tC\t]other:3]C
m\t6\t.\tC\tC.
m\t6\t.\tC\t.
m\t6\t.\tC\t<NON_REF>
m\t0\t.\tC\tT
m\t6\t.\tC\tG,A
m
m\t9\t.\tATC\tA
m\t7\t.\tA\tG
m\t8\t.\tG\tC
m\t5\t.\tA\tG
m\t4\t.\tT\tG
m\t3\t.\tT\tG
"""


def test_alternatives_that_name_no_letters_are_excluded_each_with_its_reason():
    found = read(ODD, "odd.vcf", excluded_ok=True).found
    assert [one.name for one in found.variants][:3] == ["rs1 T", "m:6 C>G", "m:6 C>A"]
    assert [(one.line, one.id, one.column, one.found) for one in found.rejected] == [
        (3, "rs1 <DEL>", "ALT", "the symbolic allele <DEL>, which names no letters"),
        (3, "rs1 *", "ALT", "*, an allele that an upstream deletion takes away"),
        (4, "m:6 C>]other:3]C", "ALT", "the breakend ]other:3]C, which joins two places"),
        (5, "m:6 C>C.", "ALT", "the breakend C., which joins two places"),
        (6, "m:6 C>.", "ALT", "no alternative allele"),
        (7, "m:6 C><NON_REF>", "ALT", "the symbolic allele <NON_REF>, which names no letters"),
        (8, "m:0 C>T", "POS", "'0'"),
        (10, "m", "", "1 field"),
    ]
    assert (found.total, len(found), found.excluded) == (17, 9, 8)
    counted = count_reasons(found.rejected)
    assert counted["symbolic allele"] == counted["breakend"] == 2 and sum(counted.values()) == found.excluded
    assert found.notes[0] == "2 rows with several alternatives were split."


def test_a_vcf_without_records_and_one_of_other_sequences_say_what_is_needed():
    with pytest.raises(DataError, match="is VCF and holds no records"):
        read("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n")
    with pytest.raises(DataError, match=r"calls\.bcf\.gz is BCF, .*: bcftools view calls\.bcf\.gz > calls\.vcf"):
        read(gzip.compress(b"BCF\2\2" + bytes(99)), "calls.bcf.gz")
    with pytest.raises(DataError, match=r"names the sequences chr1, chr2; known are m, other\. Give the sequences"):
        read("#CHROM\tPOS\tID\tREF\tALT\nchr1\t5\t.\tA\tG\nchr2\t5\t.\tA\tG\n")


@pytest.mark.parametrize(
    ("written", "known", "rule"),
    [
        ("chr7", "7", "without-chr"),
        ("7", "chr7", "without-chr"),
        ("NM_1.4", "NM_1", "before-version"),
        ("ENST1", "ENST1.12", "before-version"),
        ("ENST1", "ENST1|ENSG2|x", "before-pipe"),
        ("utr1", "UTR1", "ignore-case"),
        ("m", "m", ""),
    ],
)
def test_sequences_are_found_by_names_that_are_written_otherwise(written, known, rule):
    sequences = {known: SEQUENCES["m"], "more": "ACGT"}
    found = read(f"chrom\tpos\tref\talt\n{written}\t6\tC\tT\n", sequences=sequences)
    assert [one.sequence for one in found.found.variants] == [known]
    assert [one.chosen for one in found.decisions if one.option == "match_ids"] == ([rule] if rule else [])
    if rule:
        with pytest.raises(DataError, match="needed the ID of a sequence"):
            read(f"chrom\tpos\tref\talt\n{written}\t6\tC\tT\n", sequences=sequences, match_ids="exact")


def test_a_name_that_would_mean_two_sequences_means_none():
    sequences = {"x.1": SEQUENCES["m"], "x.2": SEQUENCES["m"], "y.1": SEQUENCES["m"]}
    found = read("id\tpos\tref\talt\nx\t6\tC\tT\ny\t6\tC\tT\n", sequences=sequences, excluded_ok=True).found
    assert [one.sequence for one in found.variants] == ["y.1"]
    with pytest.raises(UserError, match="for variants choose one of exact, without-chr"):
        read(VCF, match_ids="nothing")


def test_maf_takes_both_alleles_of_the_tumour_that_are_not_the_reference():
    head = "Chromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2\n"
    found = read(f"{head}m\t6\t6\tC\tG\tT\nm\t6\t6\tC\tT\tT\nm\t6\t6\tC\tA\tC\nm\t6\t6\tC\t\tA\n", "v.maf").found
    assert [one.alt for one in found.variants] == ["G", "T", "T", "A", "A"]
    assert found.notes == ("1 rows have two alleles other than the reference; each is a variant.",)


def test_annovar_may_leave_the_letters_of_a_deletion_out():
    found = read("m\t11\t12\t0\t-\nm\t6\t6\tC\tT\n", "v.avinput")
    assert changed(found) == [WANTED[2], WANTED[0]]
    assert FIXED == ("Chr", "Start", "End", "Ref", "Alt")


def test_an_empty_cell_or_a_point_is_no_allele():
    found = read("id,pos,ref,alt\nm,6,C,\nm,6,.,T\nm,6,C,T\nm,7,A,–\nm,8,G,−\nm,9,A,C\n", excluded_ok=True).found
    assert [(one.line, one.found, one.needed) for one in found.rejected] == [
        (2, "no alternative allele", "letters A C G T U, or - for none"),
        (3, "'.', which may mean none or not known", "letters A C G T U, or - for none"),
    ]
    assert [one.kind for one in found.variants] == ["SNV", "deletion", "deletion", "SNV"]


def test_a_dash_in_place_of_the_reference_is_asked_where_nothing_tells_its_side():
    table = "sequence,position,ref,alt\nm,6,C,T\nm,8,-,TT\n"
    found = read(table)
    [asked] = [one for one in found.decisions if one.is_open]
    assert (asked.option, [one.label for one in asked.alternatives]) == (
        "insertions",
        ["before position 8: TACA[TT]GATC", "after position 8: ACAG[TT]ATCC"],
    )
    assert "1 insertion has no reference letters (- at m:8)" in asked.evidence
    assert changed(read(table, insertions="after"))[1] == WANTED[1]
    assert changed(read(table, insertions="before"))[1] == "GATTACATTGATCCTAGGCATC"
    with pytest.raises(UserError, match=r"--insertions is 'between'; choose one of before, after"):
        read(table, insertions="between")
    assert open_options(read("id,start,end,ref,alt\nm,6,6,C,T\nm,8,8,-,TT\n")) == ["insertions"], "or ANNOVAR's"


def test_a_table_of_one_sequence_needs_no_ids():
    found = read("position,ref,alt\n6,C,T\n", sequences={"only": SEQUENCES["m"]})
    assert [one.sequence for one in found.found.variants] == ["only"]
    assert any("all rows are of only, the only sequence" in one.evidence for one in found.decisions)
    with pytest.raises(DataError, match=r"has no column for sequence; .* --variant-columns sequence=NAME"):
        read("position,ref,alt\n6,C,T\n")


def test_a_name_of_a_column_goes_before_what_its_cells_hold():
    table = "gene_number\tid\tlength\tPosition\tref\talt\n5\tm\t20\t6\tC\tT\n6\tm\t20\t7\tA\tG\n"
    assert read(table).columns == Columns("id", "Position", "ref", "alt")
    two = table.replace("Position", "place")
    asked = [one for one in read(two).decisions if one.is_open]
    assert [one.value for one in asked[0].alternatives] == ["position=gene_number", "position=length", "position=place"]
    assert read(two, variant_columns="position=place").columns.position == "place"
    with pytest.raises(UserError, match="has no column 'nothing'"):
        read(two, variant_columns="position=nothing")
    with pytest.raises(UserError, match="give sequence=NAME, position=NAME"):
        read(two, variant_columns="place")


def test_of_several_names_the_column_that_holds_the_ids_names_the_sequence():
    table = "gene\ttranscript_id\treporter\tpos\tref\talt\nG1\tT1\tm\t6\tC\tT\nG2\tT2\tm\t7\tA\tG\n"
    assert read(table).columns.sequence == "reporter"
    assert read(table.replace("reporter", "what")).columns.sequence == "what"


@pytest.mark.parametrize(
    ("cells", "others"),
    [
        (["m:6:C:T", "m:8:G:GTT", "m:10:TCC:T"], None),
        (["m_6_C_T", "m_8_G_GTT", "m_10_TCC_T"], None),
        (["m:6 C>T", "m:8 G>GTT", "m:10 TCC>T"], None),
        (["m:n.6C>T", "m:n.8G>GTT", "m:n.10TCC>T"], None),
        (["6C>T", "8G>GTT", "10TCC>T"], ["m", "m", "m"]),
    ],
)
def test_variants_in_one_column_are_taken_apart(cells, others):
    head = "id\tvariant\tskew\n" if others else "variant\tskew\n"
    rows = (
        [f"{other}\t{cell}\t0.5" for other, cell in zip(others, cells, strict=True)]
        if others
        else [f"{cell}\t0.5" for cell in cells]
    )
    found = read(head + "\n".join(rows) + "\n")
    assert changed(found) == WANTED and not found.is_open
    assert [one.name for one in found.found.variants] == cells
    assert found.format == "variants in one column"


def test_substitutions_in_one_column_and_a_cell_that_is_none():
    text = "id,mutation\nm,C6T\nm,A7G\nm,G8C\nm,A9C\nm,A2G\nm,T3G\nm,T4G\nm,A5G\nm,C6A\nm,whole deletion\n"
    found = read(text).found
    assert [(one.position, one.ref, one.alt) for one in found.variants[:2]] == [(5, "C", "T"), (6, "A", "G")]
    assert (found.rejected[0].line, found.rejected[0].found) == (11, "'whole deletion'")
    assert (found.total, found.excluded) == (10, 1)


def damaged(text, rng):
    """A file with a few letters, runs or lines changed, put in, taken out or repeated."""
    data = bytearray(text.encode())
    for _ in range(rng.randint(1, 6)):
        at, what = rng.randrange(len(data) + 1), rng.random()
        if what < 0.4 and at < len(data):
            data[at] = rng.choice(b"\t\n ,;:-.*<>[]0129ACGTNacgt#\"'\xff\x00|/_")
        elif what < 0.6:
            data[at:at] = bytes(rng.choices(b'\t\n ,-.*<>0129ACGT#"', k=rng.randint(1, 5)))
        elif what < 0.8:
            del data[at : at + rng.randint(1, 12)]
        else:
            lines = bytes(data).split(b"\n")
            rng.shuffle(lines)
            data = bytearray(b"\n".join(lines[1:] if what < 0.9 else lines * 2))
    return bytes(data)


def test_damaged_files_are_read_or_refused_and_every_variant_is_accounted_for():
    rng = random.Random(7)
    files = [
        *FILES.items(),
        ("odd.vcf", ODD),
        ("p.fa", ">a_ref\nACGTACGT\n>a_alt\nACGTTCGT\n>b_A\nAATTT\n>b_G\nAGTTT\n"),
    ]
    said = [{}, {"excluded_ok": True}, {"coordinates": 0}, {"swap_alleles": "yes"}, {"insertions": "after"}]
    read_at_all = 0
    for _ in range(250):
        name, text = rng.choice(files)
        data = damaged(text, rng)
        try:
            found = read(data, name, **rng.choice(said))
        except UserError:
            continue
        read_at_all += 1
        for one in found.found.variants:
            one.apply(found.found.sequences[one.sequence])
        if not found.is_open:
            assert sum(count_reasons(found.found.rejected).values()) == found.found.excluded, data
    assert read_at_all > 50
