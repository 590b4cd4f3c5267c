"""Every format of PWMs gives the same hand-worked matrix, and says what it cannot read with its line."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io.files import Source
from lib.io.meme import to_meme
from lib.io.motif_formats import MOTIF_FORMATS, format_of
from lib.io.rbp import read_rbp

COUNTS = np.array([[8, 0, 2], [1, 0, 3], [1, 10, 3], [0, 0, 2]], dtype=float)  # A C G T by three positions
EXPECTED = COUNTS / 10

MEME = """MEME version 4

ALPHABET= ACGU

MOTIF one RBP1
letter-probability matrix: alength= 4 w= 3
0.8 0.1 0.1 0
0 0 1 0
0.2 0.3 0.3 0.2
"""
BRACKETS = """>MX0001.1 one
A  [ 8  0  2 ]
C  [ 1  0  3 ]
G  [ 1 10  3 ]
T  [ 0  0  2 ]
"""
FOUR_LINES = """>one
8 0 2
1 0 3
1 10 3
0 0 2
"""
HOMER = "# made by hand\n>AGN\tone\t5.2\t-12\t0\tT:9\n0.8\t0.1\t0.1\t0\n0\t0\t1\t0\n0.2\t0.3\t0.3\t0.2\n"
TRANSFAC = """VV  made by hand
XX
//
AC  M00001
XX
ID  V$ONE_01
XX
NA  one
XX
PO      A      C      G      T
01      8      1      1      0      A
02      0      0     10      0      G
03      2      3      3      2      N
XX
//
"""
STAMP = "DE\tone\n0\t8\t1\t1\t0\tA\n1\t0\t0\t10\t0\tG\n2\t2\t3\t3\t2\tN\nXX\n"
CIS_BP = "Pos\tA\tC\tG\tU\n1\t0.8\t0.1\t0.1\t0\n2\t0\t0\t1\t0\n3\t0.2\t0.3\t0.3\t0.2\n"
CISBP_RNA = f"RBP\tT1\nRBP Name\tRBP1\nMotif\tone\nFamily\tRRM\nSpecies\tHomo_sapiens\n{CIS_BP}"
ENCODE = ">one first_words of_it\nA 0.8 0.1 0.1 0\nG 0 0 1 0\nN 0.2 0.3 0.3 0.2\n"
UNIPROBE = "Protein: one\tSeed k-mer: AG\nA:\t0.8\t0\t0.2\nC:\t0.1\t0\t0.3\nG:\t0.1\t1\t0.3\nT:\t0\t0\t0.2\n"
POSITIONS = ">one\n8 1 1 0\n0 0 10 0\n2 3 3 2\n"

KINDS = {
    "MEME": ("meme", MEME, "one"),
    "JASPAR": ("jaspar", BRACKETS, "MX0001.1 one"),
    "JASPAR without brackets": ("jaspar", BRACKETS.replace("[", "").replace("]", ""), "MX0001.1 one"),
    "JASPAR without a name": ("jaspar", BRACKETS.partition("\n")[2], "pwms"),
    "UniPROBE": ("jaspar", UNIPROBE, "Protein: one Seed k-mer: AG"),
    "four lines": ("plain", FOUR_LINES, "one"),
    "four lines without a name": ("plain", FOUR_LINES.partition("\n")[2], "pwms"),
    "positions": ("plain", POSITIONS, "one"),
    "HOMER": ("homer", HOMER, "one"),
    "TRANSFAC": ("transfac", TRANSFAC, "V$ONE_01"),
    "TRANSFAC of STAMP": ("transfac", STAMP, "one"),
    "CIS-BP": ("cis-bp", CIS_BP, "pwms"),
    "CIS-BP with commas": ("cis-bp", CIS_BP.replace("\t", ","), "pwms"),
    "CISBP-RNA": ("cis-bp", CISBP_RNA, "one"),
    "ENCODE": ("encode", ENCODE, "one"),
}


def read(text: str, name: str = "pwms.txt"):
    return read_rbp(Source(name, text.encode()))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_the_same_matrix(kind: str, end: str) -> None:
    format, text, name = KINDS[kind]
    claiming = [name for name, cls in MOTIF_FORMATS.all().items() if cls().claims(text)]
    assert claiming == [format], "exactly one format claims a text"
    found = read(text.replace("\n", end))
    assert list(found.pwms) == [name] and not len(found.frame)
    np.testing.assert_allclose(found.pwms[name], EXPECTED, atol=1e-12)
    said = any("counts" in note for note in found.notes)
    assert said == ("10" in text), "counts that became probabilities are told"
    assert [one.topic for one in found.decisions] == ["Format"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("CIS-BP", "CIS-BP with commas")])
def test_motifs_of_one_file_come_in_its_order_and_same_names_are_numbered(kind: str) -> None:
    _, text, name = KINDS[kind]
    twice = text + ("" if kind == "MEME" else "\n") + (text.partition("\n\n")[2] if kind == "MEME" else text)
    found = read(twice)
    assert list(found.pwms) == [name, f"{name} (2)"]
    np.testing.assert_allclose(found.pwms[f"{name} (2)"], EXPECTED, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_letters_of_rna_are_letters_of_dna(kind: str) -> None:
    _, text, name = KINDS[kind]
    if kind in ("JASPAR", "UniPROBE"):
        text = text.replace("\nT", "\nU")
    found = read(text.replace("G      T", "G      U").replace("ACGU", "ACGT").replace("G\tU", "G\tT"))
    np.testing.assert_allclose(found.pwms[name], EXPECTED, atol=1e-12)


def test_columns_may_stand_in_another_order() -> None:
    found = read("Pos\tT\tG\tC\tA\n1\t0\t0.1\t0.1\t0.8\n2\t0\t1\t0\t0\n3\t0.2\t0.3\t0.3\t0.2\n")
    np.testing.assert_allclose(found.pwms["pwms"], EXPECTED)
    shuffled = "".join(sorted(BRACKETS.splitlines(keepends=True), key=lambda line: line[0], reverse=True))
    np.testing.assert_allclose(read(f">x\n{shuffled.replace('>MX0001.1 one', '')}").pwms["x"], EXPECTED)


def test_a_decimal_comma_is_one() -> None:
    found = read(HOMER.replace("0.", "0,"))
    np.testing.assert_allclose(found.pwms["one"], EXPECTED, atol=1e-12)


def test_the_name_of_the_file_is_taken_without_its_endings() -> None:
    assert list(read(CIS_BP, "M001_0.6.txt").pwms) == ["M001_0.6"]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        (BRACKETS.replace("10  3", "10 x"), 4, "'G  [ 1 10 x ]'"),
        (BRACKETS.replace("C  [ 1  0  3 ]\n", ""), 1, "no row for C in MX0001.1 one"),
        (BRACKETS.replace("10  3", "10"), 1, "A 3, C 3, G 2, T 3"),
        (BRACKETS.replace("[ 8", "[ -8"), 2, "the negative number -8"),
        (BRACKETS.replace("10", "0"), 5, "the sum 0 at position 2 of MX0001.1 one"),
        (HOMER.replace("0.8\t0.1\t0.1\t0\n", "0.8\t0.1\t0.1\n"), 3, "3 numbers in one"),
        (HOMER.replace("0.8\t", "-0.8\t"), 3, "the negative number -0.8"),
        (HOMER.replace("0.8\t", "0.5\t"), 3, "the sum 0.7 at position 1 of one"),
        (HOMER.replace("0.8\t", "a\t"), 3, r"'a\t0.1\t0.1\t0'"),
        (TRANSFAC.replace("02      0      0     10", "02      0      -1     10"), 12, "the negative number -1"),
        (TRANSFAC.replace("02      0 ", "02        "), 12, "3 numbers"),
        (CIS_BP.replace("2\t0\t", "2\t\t"), 3, "3 numbers in pwms"),
        (ENCODE.replace("G 0 0", "G 0.5 0"), 3, "the sum 1.5"),
        (POSITIONS.replace("0 0 10 0", "0 0 10"), 3, "3 numbers in one"),
        (">one\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", 1, "read either way in one"),
    ],
)
def test_faults_are_reported_with_their_line(text: str, line: int, found: str) -> None:
    with pytest.raises(DataError) as caught:
        read(text)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("pwms.txt", line), problem
    assert found in problem.found


def test_log_odds_are_refused_with_what_to_bring() -> None:
    with pytest.raises(DataError, match="counts or probabilities of 0 or more; log odds"):
        read(BRACKETS.replace("[ 8  0", "[ 1.2 -0.4"))
    with pytest.raises(DataError, match="the same sum at every position"):  # energies, of which 0 is the best
        read(POSITIONS.replace("8 1 1 0", "8.5 1 1 0").replace("2 3 3 2", "0.5 0 3 2"))


def test_motifs_without_a_matrix_are_told_with_name_and_line() -> None:
    second = "MOTIF two RBP2\nURL http://example.org\n\nMOTIF three\nlog-odds matrix: alength= 4 w= 1\n1 2 3 4\n"
    found = read(MEME + second, "m.meme")
    assert list(found.pwms) == ["one"]
    assert [(one.id, one.line, one.found) for one in found.rejected] == [
        ("two RBP2", 10, "no matrix"),
        ("three", 13, "log odds and no probabilities"),
    ]
    assert "2 motifs without a matrix were excluded: two RBP2 (line 10, no matrix), three (line 13" in found.notes[0]


def test_an_empty_matrix_of_cis_bp_is_told() -> None:
    with pytest.raises(DataError, match=r"M002_0\.6\.txt holds no PWM \(line 1: M002_0\.6 has no matrix\)"):
        read("Pos\tA\tC\tG\tU\n", "M002_0.6.txt")
    empty = CISBP_RNA[: CISBP_RNA.index("1\t0.8")].replace("one", "two")
    found = read(f"{CISBP_RNA}\n{empty}")
    assert list(found.pwms) == ["one"] and [(one.id, one.line) for one in found.rejected] == [("two", 16)]


def test_one_matrix_can_be_chosen_by_either_of_its_names() -> None:
    from lib.core.errors import UserError
    from lib.io.decisions import Reading

    source = Source("m.meme", (MEME + MEME.partition("\n\n")[2].replace("one RBP1", "two RBP2")).encode())
    for wanted in ("two", "RBP2", "rbp2"):
        found = read_rbp(source, reading=Reading(rbp_column=wanted))
        assert list(found.pwms) == ["two"] and found.protein == ("two" if wanted == "two" else "RBP2")
    assert len(read_rbp(source, reading=Reading(rbp_column="all")).pwms) == 2
    with pytest.raises(UserError, match="choose one of two, one, RBP1, RBP2, or all"):
        read_rbp(source, reading=Reading(rbp_column="twoo"))


@pytest.mark.parametrize(
    "text",
    [
        ">a\nACGT\n>b\nACGTACGTA\n",
        ">s1 A\nA\nC\nG\nT\n",
        "id\t1h\t2h\ng1\t3\t4\ng2\t5\t6\n",
        "Motif,Mean_RBP\nUUAG,1\n",
        "a\t1\nc\t2\ng\t3\nt\t4\n",
        "chr1\t5\t9\n",
        "A,C,G\n1,2,3\n",
        "",
        "x",
        "1\t2\t3\n4\t5\t6\n7\t8\t9\n",
    ],
)
def test_other_files_are_no_motifs(text: str) -> None:
    assert format_of(text.encode()) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 99), min_size=4, max_size=4).filter(any), min_size=2, max_size=7))
def test_counts_are_read_back_from_three_formats(rows: list) -> None:
    counts = np.array(rows, dtype=float)
    expected = (counts / counts.sum(axis=1, keepdims=True)).T
    lines = [f"{base} [ {' '.join(map(str, row))} ]" for base, row in zip("ACGU", counts.astype(int).T, strict=True)]
    jaspar = "\n".join([">x y", *lines])
    transfac = "\n".join(["ID x", "P0 A C G T", *(f"{i:02d} {a} {b} {c} {d}" for i, (a, b, c, d) in enumerate(rows))])
    np.testing.assert_allclose(read(jaspar).pwms["x y"], expected)
    np.testing.assert_allclose(read(transfac).pwms["x"], expected)
    np.testing.assert_allclose(read(to_meme({"x": expected})).pwms["x"], expected, atol=1e-5)


def archive(**files: str) -> Source:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return Source("pwms.zip", packed.getvalue())


def test_an_archive_with_a_file_for_each_motif_is_read_as_a_whole() -> None:
    empty = "Pos\tA\tC\tG\tT\n"
    files = {"pwms/M001.txt": CIS_BP, "pwms/M002.txt": CIS_BP.replace("U", "T"), "pwms/M003.txt": empty}
    found = read_rbp(archive(**files, **{"TF_Information.txt": "TF_ID\tMotif\nT1\tM001\n", "__MACOSX/._x": "x"}))
    assert list(found.pwms) == ["M001", "M002"]
    np.testing.assert_allclose(found.pwms["M002"], EXPECTED)
    assert found.decisions[0].chosen == "CIS-BP, 3 files of an archive"
    assert "Not read: TF_Information.txt." in found.decisions[0].evidence
    assert found.notes == ("pwms.zip: 1 motif without a matrix was excluded: M003.",)
    assert [(one.file, one.id) for one in found.rejected] == [("pwms/M003.txt", "M003")]


def test_faults_of_all_files_of_an_archive_are_listed_with_their_file() -> None:
    wrong = CIS_BP.replace("0.8", "-0.8")
    with pytest.raises(DataError) as caught:
        read_rbp(archive(**{"a.txt": CIS_BP, "b.txt": wrong, "c.txt": wrong}))
    assert [(one.file, one.line) for one in caught.value.problems] == [("b.txt", 2), ("c.txt", 2)]


def test_one_motif_of_an_archive_can_be_named() -> None:
    from lib.io.decisions import Reading

    source = archive(**{"a.txt": CIS_BP, "b.txt": CIS_BP})
    assert list(read_rbp(source, reading=Reading(sheet="b.txt")).pwms) == ["pwms"]
    assert list(read_rbp(source, reading=Reading(rbp_column="b")).pwms) == ["b"]
    mixed = archive(**{"a.txt": CIS_BP, "k.tsv": "Motif\tMean_RBP\nUUAG\t1\n"})
    assert len(read_rbp(mixed, reading=Reading(sheet="k.tsv")).frame) == 1


def test_a_protein_with_several_matrices_keeps_all_of_them() -> None:
    from lib.io.decisions import Reading

    text = MEME + MEME.partition("\n\n")[2].replace("one RBP1", "two RBP1")
    found = read_rbp(Source("m.meme", text.encode()), reading=Reading(rbp_column="rbp1"))
    assert list(found.pwms) == ["one", "two"] and found.protein == "RBP1"


def test_numbers_too_large_for_a_computer_are_faults() -> None:
    with pytest.raises(DataError, match="line 3"):
        read(HOMER.replace("0.8\t", "1e999\t"))
