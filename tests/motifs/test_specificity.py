"""Specificity and mean sensitivity by hand, and against a plain loop over all k-mers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.motifs.specificity import of_table, single_mutants, specificities

KMERS = ["".join(letters) for letters in itertools.product("ACGT", repeat=2)]


def test_two_proteins_by_hand() -> None:
    scores = pd.DataFrame(0.25, index=KMERS, columns=["one", "two"])
    scores["one"] = scores["one"].where(scores.index != "GT", 1.0)
    scores.loc[["AT", "GA"], "one"] = 0.75
    # one: top GT; mutants AT 0.75, CT, TT, GC, GG 0.25 and GA 0.75: sensitivity (2 * 0.25 + 4 * 0.75) / 6
    scores["two"] = [8.0, 4.0] + [2.0] * 7 + [1.0] * 7
    # two: top AA 8; mutants AC 4, AG and AT 2, CA 2 (place 4), GA 2 (place 8), TA 1; median 2
    found = specificities(scores).set_index("protein")
    assert found["top"].tolist() == ["GT", "AA"] and found["mutants"].tolist() == [6, 6]
    assert found.loc["one", "specificity"] == 1.0 / 0.25
    assert found.loc["one", "sensitivity"] == pytest.approx(3.5 / 6, abs=1e-15)
    assert found.loc["two", "specificity"] == 8.0 / 2.0
    assert found.loc["two", "sensitivity"] == pytest.approx(1 - (4 + 2 + 2 + 2 + 2 + 1) / 6 / 8, abs=1e-15)


def test_scores_that_are_missing_are_not_counted() -> None:
    scores = pd.DataFrame({"p": np.linspace(0.1, 1.0, 16)}, index=KMERS)
    scores.loc[["TC", "CC"], "p"] = np.nan
    row = specificities(scores).iloc[0]
    kept = scores["p"].dropna()
    assert (row["top"], row["kmers"], row["mutants"]) == ("TT", 14, 5)
    assert row["specificity"] == 1.0 / kept.median()
    assert row["sensitivity"] == pytest.approx(np.mean([1 - kept[m] for m in ["AT", "CT", "GT", "TA", "TG"]]))


def test_where_a_number_means_nothing_there_is_none() -> None:
    scores = pd.DataFrame({"flat": 0.0, "low": -1.0 - np.arange(16.0), "none": np.nan}, index=KMERS)
    found = specificities(scores)
    assert found["protein"].tolist() == ["flat", "low"]
    assert np.isnan(found.loc[0, "specificity"]) and np.isnan(found.loc[0, "sensitivity"])
    assert found.loc[1, "specificity"] == -1.0 / -8.5 and np.isnan(found.loc[1, "sensitivity"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.floats(0.5, 50))
def test_it_does_not_depend_on_the_scale(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame({"p": rng.random(64), "q": rng.random(64)}, index=_three())
    first, second = specificities(scores), specificities(scores * scale)
    np.testing.assert_allclose(first["specificity"], second["specificity"])
    np.testing.assert_allclose(first["sensitivity"], second["sensitivity"])
    top = scores["q"].idxmax()
    expected = [1 - scores["q"][k] / scores["q"].max() for k in _three() if _distance(k, top) == 1]
    assert first["sensitivity"][1] == pytest.approx(np.mean(expected)) and len(expected) == 9


def _three() -> list[str]:
    return ["".join(letters) for letters in itertools.product("ACGT", repeat=3)]


def _distance(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_every_single_mutant_once() -> None:
    found = single_mutants("GATTACA")
    assert len(set(found)) == 21 and all(_distance(one, "GATTACA") == 1 for one in found)


def test_a_table_gives_them_for_all_proteins_or_the_chosen_one() -> None:
    rows = [f"{kmer.replace('T', 'U')},{place / 15},{1 - place / 15}" for place, kmer in enumerate(KMERS)]
    source = Source("k.csv", "\n".join(["Motif,PUM1,HuR", *rows]).encode())
    both = of_table(read_rbp(source, reading=Reading(rbp_column="all")))
    assert both["protein"].tolist() == ["PUM1", "HuR"] and both["top"].tolist() == ["TT", "AA"]
    alone = of_table(read_rbp(source, reading=Reading(rbp_column="HuR")))
    pd.testing.assert_frame_equal(alone, both.iloc[1:].reset_index(drop=True))


@pytest.mark.parametrize(
    "text",
    [
        "Motif,Mean_RBP\nUGUANAUA,1\nUUAG,2\nUU,3\nAC,4\n",
        "Motif,Mean_RBP\nAA,1\nCC,1\nGG,1\nTT,1\n",
        "Motif,about\nAA,x\nAC,x\nAG,y\nAT,z\n",
    ],
)
def test_other_motifs_have_none(text: str) -> None:
    assert of_table(read_rbp(Source("m.csv", text.encode()))) is None
