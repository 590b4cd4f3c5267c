"""RBP tables of any column names become motifs in DNA with one number each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError, UserError
from lib.io.files import Source
from lib.io.rbp import read_rbp


def table(text: str, columns: tuple[str, str] | None = None, name: str = "rbp.csv"):
    return read_rbp(Source(name, text.encode()), columns)


def test_the_missions_own_format() -> None:
    found = table("Motif,Mean_RBP\nUGUANAUA,2.5\nuuag,-1\nAUUUA,0.25\n")
    assert found.frame["motif"].tolist() == ["TGTANATA", "TTAG", "ATTTA"]
    assert found.frame["mean_rbp"].tolist() == [2.5, -1.0, 0.25]
    assert found.columns == ("Motif", "Mean_RBP")
    assert found.pwms == {}


def test_other_names_and_p_values_are_told_apart() -> None:
    found = table("n;p_value;kmer;length;log enrichment;name\n5;0.01;UUUUUUU;7;1,5;HuR\n6;0.2;GCACUUA;7;0,5;x1\n")
    assert found.columns == ("kmer", "log enrichment")
    assert found.frame["mean_rbp"].tolist() == [1.5, 0.5]


def test_p_values_are_taken_only_where_there_is_nothing_else() -> None:
    found = table("p_value,motif\n0.01,UUAG\n0.2,GCACUU\n")
    assert found.columns == ("motif", "p_value")
    assert "p-value" in found.notes[0]


def test_columns_can_be_chosen() -> None:
    text = "word,a,b\nUUAG,1,2\nACGU,3,4\nGGGG,5,6\n"
    assert table(text, ("word", "b")).frame["mean_rbp"].tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(UserError, match="no column 'c'; choose one of word, a, b"):
        table(text, ("word", "c"))


def test_repeated_motifs_have_the_mean_of_their_rows() -> None:
    found = table("Motif,Mean_RBP\nUUAG,1\nTTAG,2\nGCACUU,7\n")
    assert found.frame.to_numpy().tolist() == [["TTAG", 1.5], ["GCACTT", 7.0]]
    assert "1 row repeats" in found.notes[0]


def test_motifs_without_numbers_count_one() -> None:
    found = table("id\tiupac\tlength\nM1\tWUAAUUR\t7\nM2\tAGACGWW\t7\n", name="motifs.tsv")
    assert found.frame["mean_rbp"].tolist() == [1.0, 1.0]
    assert "counts 1" in found.notes[0]


def test_every_malformed_row_is_reported_with_its_line() -> None:
    bad = ["U?AG,2", "NNN,2", "GCACUU,high", "AUUUA,", ",4", "ACGU,inf"]
    good = ["GGGG,2", "CCCC,2", "AAAA,3", "ACCC,1", "TTTT,2"]
    text = "\n".join(["Motif,Mean_RBP", "UUAG,1", *bad, *good])
    read = table(text)
    assert [(one.line, one.column, one.found) for one in read.rejected] == [
        (3, "Motif", "'U?AG'"),
        (4, "Motif", "'NNN'"),
        (5, "Mean_RBP", "'high'"),
        (6, "Mean_RBP", "an empty cell"),
        (7, "Motif", "an empty cell"),
        (8, "Mean_RBP", "inf"),
    ]
    (asked,) = [one for one in read.decisions if one.is_open]
    assert asked.flag == "--excluded-ok"
    assert asked.evidence.startswith("6 of 12 rows (50%) cannot be used. line 3: column Motif: found 'U?AG', needed")


def test_a_table_without_motifs_says_what_it_found() -> None:
    with pytest.raises(DataError, match=r"no column of motifs \(found id, 1h, 2h\)"):
        table("id,1h,2h\nr1,3,4\nr2,5,6\n")


def test_the_public_kmer_table(shared) -> None:
    path = shared / "transite" / "transite_kmers_enrichment.csv"
    found = read_rbp(Source(path.name, path))
    assert found.columns == ("kmer", "enrichment")
    assert len(found.frame) == 4096
    assert found.frame.iloc[0].tolist() == ["TATTTT", 0.811748779277084]


def test_the_public_iupac_motifs(shared) -> None:
    path = shared / "transite" / "transite_motifs.tsv"
    found = read_rbp(Source(path.name, path))
    assert found.columns == ("iupac", "")
    assert found.frame["motif"].iloc[0] == "WTAATTR"


def test_the_public_meme_file(shared) -> None:
    path = shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    found = read_rbp(Source(path.name, path))
    assert len(found) == len(found.pwms) == 102
    assert len(found.frame) == 0
    assert found.frame.columns.tolist() == ["motif", "mean_rbp"]
    np.testing.assert_allclose(next(iter(found.pwms.values())).sum(axis=0), 1.0)


MOTIF = st.text("ACGUTRYSWKMBDHVacgu", min_size=2, max_size=9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(MOTIF, st.floats(-1e3, 1e3).map(lambda x: round(x, 4))), min_size=1, max_size=8),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_what_is_written_is_read(rows: list, delimiter: str, end: str, bom: str) -> None:
    rows = [*rows, ("AAAA", 0.25)]  # which says that points are decimal marks, where 1.875 alone would be asked
    text = bom + end.join([f"Motif{delimiter}Mean_RBP", *(f"{motif}{delimiter}{value}" for motif, value in rows), ""])
    found = table(text)
    expected: dict[str, list[float]] = {}
    for motif, value in rows:
        expected.setdefault(motif.upper().replace("U", "T"), []).append(value)
    assert found.frame["motif"].tolist() == list(expected)
    np.testing.assert_allclose(found.frame["mean_rbp"], [np.mean(values) for values in expected.values()], atol=1e-9)


def test_a_meme_file_is_read_back_as_it_was_written() -> None:
    from lib.io.meme import read_meme, to_meme

    pwms = {"pattern_+1": np.array([[0.5, 0.1], [0.25, 0.2], [0.25, 0.3], [0.0, 0.4]]), "two words": np.eye(4)[:, :3]}
    text = to_meme(pwms, sites={"pattern_+1": 17})
    again = read_meme(text)
    assert list(again) == ["pattern_+1", "two_words"] and "nsites= 17" in text
    for written, read in zip(pwms.values(), again.values(), strict=True):
        np.testing.assert_allclose(read, written, atol=1e-6)


def test_probabilities_that_do_not_add_up_are_told_with_their_line() -> None:
    from lib.io.meme import read_meme

    text = "MEME version 4\nALPHABET= ACGT\nMOTIF x\nletter-probability matrix: alength= 4 w= 1\n0.5 0.5 0.5 0.5\n"
    with pytest.raises(DataError, match=r"line 5: found 4 numbers with the sum 2, needed .* with the sum 1"):
        read_meme(text, name="mine.meme")
