"""Tables of many proteins are collections: one is chosen or all are kept, and nobody chooses in silence."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError, UserError
from lib.io.decisions import Reading, Undecided, question, require
from lib.io.files import Source
from lib.io.rbp import read_rbp

WIDE = "7mer\tPUM1\thnRNP K\tELAVL1\tp_value\nUGUA\t4\t1\t0.5\t0.1\nCCCC\t1\t7\t\t0.2\nUUUU\t2\t-1\t9\t0.3\n"
LONG = "RBP,motif,score\nPUM1,UGUA,4\nELAVL1,UGUA,0.5\nPUM1,CCCC,1\nELAVL1,UUUU,9\n"
TURNED = "RBP\tUGUA\tCCCC\tUUUU\tGGGG\nPUM1\t4\t1\t2\t0\nELAVL1\t0.5\t3\t9\t1\n"


def table(text: str, name: str = "k.tsv", *, columns: tuple[str, str] | None = None, **said: object):
    return read_rbp(Source(name, text.encode()), columns, Reading(**said))


def open_one(found):
    decisions = [one for one in found.decisions if one.is_open]
    assert len(decisions) == 1
    return decisions[0]


def test_a_wide_table_asks_for_the_protein() -> None:
    asked = open_one(table(WIDE))
    assert (asked.topic, asked.flag) == ("Protein", "--rbp-column")
    assert [one.value for one in asked.alternatives] == ["all", "PUM1", "hnRNP K", "ELAVL1"]
    assert "3 columns hold binding scores, such as those of 3 proteins (PUM1, hnRNP K, ELAVL1)" in asked.evidence
    assert "--rbp-column 'hnRNP K'" in question(asked)
    with pytest.raises(Undecided, match="--rbp-column all"):
        require([asked])


def test_one_protein_is_chosen_with_its_name() -> None:
    found = table(WIDE, rbp_column="elavl1")
    assert found.frame.to_numpy().tolist() == [["TGTA", 0.5], ["TTTT", 9.0]]
    assert (found.protein, found.collection, found.columns) == ("ELAVL1", None, ("7mer", "ELAVL1"))
    assert [(one.line, one.column, one.found) for one in found.rejected] == [(3, "ELAVL1", "an empty cell")]
    assert "1 of 3 rows was excluded, the first in line 3" in found.notes[0]
    assert table(WIDE, rbp_column="hnRNP K").frame["mean_rbp"].tolist() == [1.0, 7.0, -1.0]
    assert table(WIDE, rbp_column="p_value").frame["mean_rbp"].tolist() == [0.1, 0.2, 0.3]


def test_all_are_kept_and_mean_rbp_is_their_mean() -> None:
    found = table(WIDE, rbp_column="all")
    assert found.collection.columns.tolist() == ["PUM1", "hnRNP K", "ELAVL1"]
    assert found.collection.index.tolist() == ["TGTA", "CCCC", "TTTT"]
    np.testing.assert_array_equal(found.collection.to_numpy(), [[4, 1, 0.5], [1, 7, np.nan], [2, -1, 9]])
    np.testing.assert_allclose(found.frame["mean_rbp"], [5.5 / 3, 4.0, 10 / 3])
    assert (found.protein, found.proteins) == ("", "mean of 3 proteins")
    assert "Mean_RBP is the mean of 3 proteins." in found.notes
    assert any(note.startswith("1 motif has no score of some protein") for note in found.notes)


@pytest.mark.parametrize("wanted", ["PUM2", "7mer", "", "x=PUM1"])
def test_a_protein_that_is_not_there_is_refused_with_those_that_are(wanted: str) -> None:
    with pytest.raises(UserError, match="choose one of PUM1, hnRNP K, ELAVL1"):
        table(WIDE, rbp_column=wanted)


def test_a_question_names_a_few_of_many_proteins() -> None:
    names = [f"RBP{i}X" for i in range(94)]
    text = "\n".join(
        ["kmer\t" + "\t".join(names), *(f"{k}\t" + "\t".join("1" * 94).replace("1", "0.5") for k in "ACGU")]
    )
    asked = open_one(table(text.replace("\nA", "\nAA").replace("\nC", "\nCA")))
    assert len(asked.alternatives) == 95
    said = question(asked)
    assert said.count("--rbp-column") == 9 and "one of 86 more" in said and "RBP90X" not in said


def test_a_column_with_a_clear_name_is_taken_and_told() -> None:
    found = table("Motif\tPUM1\tMean_RBP\tscore\nUGUA\t1\t2\t3\nUUUU\t4\t5\t6\n")
    assert found.frame["mean_rbp"].tolist() == [2.0, 5.0] and found.protein == ""
    told = found.decisions[-1]
    assert (told.chosen, told.is_open) == ("Mean_RBP", False)
    assert [one.value for one in told.alternatives] == ["Mean_RBP", "PUM1"]


def test_several_columns_called_by_scores_are_asked_for_without_a_mean() -> None:
    asked = open_one(table("Motif\tscore\tenrichment\nUGUA\t1\t2\nUUUU\t4\t5\n"))
    assert [one.value for one in asked.alternatives] == ["score", "enrichment"]
    with pytest.raises(UserError, match="no scores of several proteins"):
        table("Motif\tscore\tenrichment\nUGUA\t1\t2\n", rbp_column="all")


def test_statistics_are_no_proteins() -> None:
    found = table(
        "kmer\tPUM1\tPUM1_sd\tp_value\tn_sites\tlength\nUGUA\t1.5\t0.1\t0.01\t12\t4\nUUUU\t0.5\t0.2\t0.5\t9\t4\n"
    )
    assert (found.protein, found.frame["mean_rbp"].tolist()) == ("PUM1", [1.5, 0.5])
    normal = table("kmer\thnRNP K\thnRNP Q\nUGUA\t1\t0\nUUUU\t0\t1\n")  # normalised, so that Q might be a q value
    assert [one.value for one in open_one(normal).alternatives] == ["all", "hnRNP K", "hnRNP Q"]


def test_a_long_table_asks_for_the_protein() -> None:
    asked = open_one(table(LONG))
    assert [one.value for one in asked.alternatives] == ["all", "ELAVL1", "PUM1"]
    assert "The column RBP names 2 proteins" in asked.evidence
    one = table(LONG, rbp_column="PUM1")
    assert one.frame.to_numpy().tolist() == [["TGTA", 4.0], ["CCCC", 1.0]] and one.protein == "PUM1"
    both = table(LONG, rbp_column="all")
    assert both.collection.columns.tolist() == ["PUM1", "ELAVL1"]
    np.testing.assert_array_equal(both.collection.to_numpy(), [[4, 0.5], [1, np.nan], [np.nan, 9]])
    assert both.frame["mean_rbp"].tolist() == [2.25, 1.0, 9.0]


def test_a_long_table_with_two_columns_of_numbers_asks_for_both() -> None:
    text = LONG.replace("score", "k1,k2").replace("4\n", "4,40\n").replace("5\n", "5,5\n").replace("1\n", "1,10\n")
    text = text.replace("9\n", "9,90\n")
    assert [one.value for one in open_one(table(text)).alternatives] == ["k1", "k2"]
    asked = open_one(table(text, rbp_column="k2"))
    assert [one.value for one in asked.alternatives] == ["k2=all", "k2=ELAVL1", "k2=PUM1"]
    assert table(text, rbp_column="k2=PUM1").frame["mean_rbp"].tolist() == [40.0, 10.0]
    assert table(text, columns=("motif", "k2"), rbp_column="PUM1").frame["mean_rbp"].tolist() == [40.0, 10.0]


def test_proteins_beside_motifs_of_one_protein_each_are_no_question() -> None:
    text = "RBP,motif,score\nPUM1,UGUA,4\nELAVL1,UUUU,9\nPUM1,UGUAA,1\n"
    found = table(text)
    assert len(found.frame) == 3 and not any(one.is_open for one in found.decisions) and found.collection is None
    assert table(text, rbp_column="PUM1").frame["mean_rbp"].tolist() == [4.0, 1.0]


def test_proteins_in_rows_and_motifs_in_columns_are_turned() -> None:
    assert [one.value for one in open_one(table(TURNED)).alternatives] == ["all", "PUM1", "ELAVL1"]
    found = table(TURNED, rbp_column="ELAVL1")
    assert found.frame.to_numpy().tolist() == [["TGTA", 0.5], ["CCCC", 3.0], ["TTTT", 9.0], ["GGGG", 1.0]]


def test_the_columns_of_motifs_and_scores_can_be_named_at_once() -> None:
    text = "kmer,consensus,a,b\nUGUA,CCCC,1,2\nUUUU,GGGG,4,5\n"
    found = table(text, rbp_column="consensus=b")
    assert found.columns == ("consensus", "b") and found.frame["motif"].tolist() == ["CCCC", "GGGG"]
    assert found.facts()["rbp_column"] == "consensus=b"
    assert table(text, columns=("consensus", "b")).facts()["rbp_column"] == "consensus=b"
    assert table(text, rbp_column="none").frame["mean_rbp"].tolist() == [1.0, 1.0]


ROWS = [f"{kmer},{place}.5" for place, kmer in enumerate(map("".join, itertools.product("ACGU", repeat=2)))]


def test_a_few_malformed_rows_are_excluded_and_told() -> None:
    rows = [*ROWS[:5], "A?,1", *ROWS[5:9], "GG,high", *ROWS[9:], "UUU,"]
    found = table("\n".join(["Motif,Mean_RBP", *rows]), "m.csv")
    assert len(found.frame) == 16 and len(found.rejected) == 3
    assert [(one.line, one.id, one.found) for one in found.rejected] == [
        (7, "A?", "'A?'"),
        (12, "GG", "'high'"),
        (20, "UUU", "an empty cell"),
    ]
    assert "m.csv: 3 of 19 rows were excluded" in found.notes[0]
    assert found.facts()["excluded"] == 3 and found.facts()["excluded_rows"][0][0] == 7


def test_more_than_a_fifth_needs_consent() -> None:
    text = "\n".join(["Motif,Mean_RBP", *ROWS, *(f"X{i},1" for i in range(5))])
    asked = open_one(table(text, "m.csv"))
    assert (
        asked.option == "excluded_ok" and "5 of 21 rows (24%) cannot be used. line 18: column Motif" in asked.evidence
    )
    assert [one.line for one in table(text, "m.csv").rejected] == [18, 19, 20, 21, 22]
    with pytest.raises(Undecided, match=r"Choose --excluded-ok \(continue without these rows\)"):
        require([asked])
    agreed = table(text, "m.csv", excluded_ok=True)
    assert len(agreed.frame) == 16 and not any(one.is_open for one in agreed.decisions)
    with pytest.raises(DataError, match="no row can be used"):
        table("Motif,Mean_RBP\nUU,x\nAA,y\n", "m.csv", excluded_ok=True)


def test_decimal_commas_are_of_one_rule() -> None:
    found = table("Motif;PUM1\nUGUA;1,5\nUUUU;-0,25\nCCCC;2\n")
    assert found.frame["mean_rbp"].tolist() == [1.5, -0.25, 2.0]
    assert any(one.option == "decimal" and one.chosen == "comma" for one in found.decisions)
    undecided = "Motif;PUM1\nUGUA;1,500\nUUUU;2,250\n"
    assert [one.option for one in table(undecided).decisions if one.is_open] == ["decimal"]
    assert table(undecided, decimal="point").frame["mean_rbp"].tolist() == [1500.0, 2250.0]


def test_sequences_are_refused_in_the_place_of_motifs() -> None:
    with pytest.raises(DataError, match=r"s\.fa is FASTA and holds sequences; the place of RBP motifs takes a table"):
        table(">a\nACGTACGTACGT\n>b\nACGTACGTACGA\n", "s.fa")


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(1, 9), st.integers(0, 999))
def test_wide_long_and_turned_tables_say_the_same(proteins: int, motifs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kmers = list(map("".join, itertools.product("ACGU", repeat=3)))[: motifs + 4]
    wide = pd.DataFrame(
        rng.normal(size=(len(kmers), proteins)).round(3),
        index=pd.Index(kmers, name="Motif"),
        columns=[f"RBP{i}" for i in range(proteins)],
    )
    long = wide.rename_axis(columns="RBP").stack().rename("score").reset_index()
    texts = [wide.to_csv(), long.to_csv(index=False), wide.T.rename_axis("RBP").to_csv()]
    for one in ("all", "RBP1"):
        first, *others = (table(text, "k.csv", rbp_column=one) for text in texts)
        for other in others:
            pd.testing.assert_frame_equal(first.frame, other.frame, check_exact=False)
            assert (first.protein, first.proteins) == (other.protein, other.proteins)
            if one == "all":
                pd.testing.assert_frame_equal(first.collection, other.collection, check_names=False)


def test_marks_behind_numbers_are_told_and_other_text_is_a_fault() -> None:
    found = table("Gene_name\tMotif\tScore\nPUM1\tUGUA\t1.000**\nPUM1\tUUUU\t0.25\n")
    assert found.frame["mean_rbp"].tolist() == [1.0, 0.25]
    assert "Marks such as * behind the numbers of Score were not read." in found.notes
    with pytest.raises(DataError, match="no row can be used.*column 'Score': found 'strong', needed a number"):
        table("Motif\tScore\nUGUA\tstrong\nUUUU\tweak\n")


def test_a_column_that_numbers_the_rows_is_no_protein() -> None:
    asked = open_one(table(",kmer,PUM1,HuR\n0,AAAA,1,2\n1,AAAC,2,1\n2,AAAG,7,4\n", "k.csv"))
    assert [one.value for one in asked.alternatives] == ["all", "PUM1", "HuR"]
