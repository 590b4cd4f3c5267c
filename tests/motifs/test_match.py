"""Known motifs are matched on the strand that is given, with p values that can be worked out, and known pairs found."""

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import UserError
from lib.datasets.simulate import DECOYS, MOTIFS
from lib.io.meme import read_meme
from lib.motifs.match import THRESHOLD, best, gather_motifs, match, word, words

TABLE = pd.DataFrame({"motif": [one.motif for one in MOTIFS] + [d.replace("U", "T") for d in DECOYS], "mean_rbp": 1.0})


def test_a_word_matches_itself_by_chance_as_often_as_its_letters_say():
    """Four certain letters agree by chance once in 4 ** 4 words where each base is equally likely."""
    found = match({"UUAG": word("UUAG")}, words(TABLE))
    row = found.iloc[0]
    assert (row["match"], row["offset"], row["overlap"], row["strand"]) == ("TTAG", 0, 4, "+")
    assert row["p"] == pytest.approx(4**-4, rel=0.1) and row["q"] == pytest.approx(13 * row["p"])
    assert best(found, "UUAG")[0] == "TTAG" and best(found, "UUAG", threshold=0.01) is None
    assert len(found) == 3 and found["p"].is_monotonic_increasing


def test_the_offset_says_where_the_motif_begins_in_the_query():
    queries = {"longer": word("AAGCACTTA"), "shorter": word("CACTT")}
    found = match(queries, words(TABLE), top=1).set_index("query")
    assert found.loc["longer", ["match", "offset", "overlap"]].tolist() == ["GCACTT", 2, 6]
    assert found.loc["shorter", ["match", "offset", "overlap"]].tolist() == ["GCACTT", -1, 5]


def test_the_reverse_complement_is_no_match_on_one_strand():
    turned = {"AAGTGC": word("AAGTGC")}
    assert best(match(turned, words(TABLE)), "AAGTGC") is None
    found = match(turned, words(TABLE), both=True)
    assert (found["match"].iloc[0], found["strand"].iloc[0]) == ("GCACTT", "-")
    assert found["q"].iloc[0] <= THRESHOLD


def test_what_there_is_to_compare_with():
    table = pd.DataFrame({"motif": ["TR", "GA", "CC"], "mean_rbp": [1.0, 3.0, 2.0]})
    assert list(words(table, most=2)) == ["GA", "CC"]
    np.testing.assert_array_equal(words(table)["TR"], [[0, 0.5], [0, 0], [0, 0.5], [1, 0]])
    assert list(gather_motifs(table, {"PUM": word("TGTA")})) == ["TR", "GA", "CC", "PUM"]
    with pytest.raises(UserError, match="no RBP table. Add a table or a file of PWMs"):
        match({"x": word("ACG")}, gather_motifs(None, {}))
    assert match({}, words(table)).empty


def test_proteins_find_their_own_family(shared):
    """PWMs of one protein from several experiments find each other first, of 102 human RBPs."""
    pwms = read_meme((shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme").read_text())
    for one, other in (("ELAVL1_RNCMPT00112", "ELAVL1_"), ("PTBP1_RNCMPT00268", "PTBP1_")):
        others = {name: matrix for name, matrix in pwms.items() if name != one}
        found = match({one: pwms[one]}, others, top=5)
        assert found["match"].str.startswith(other).any(), found
        assert found["q"].iloc[0] < 0.01
