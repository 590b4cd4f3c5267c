"""Taking hits out: none is left, the comparison is as large and elsewhere, and known models give what they should."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.analysis.ablation import elsewhere, remove_hits, stretches, take_out, without_hits
from lib.analysis.asking import asking
from lib.analysis.motifs import Motif
from lib.core.alphabet import codes, one_hot
from lib.models.cnn import CnnModel, FittedCnn
from tests.analysis.toys import Counting
from tests.models.test_mutants import network

UUAG, POLY_U = Motif("UUAG", "TTAG"), Motif("poly-U", "TTTTT")


@settings(max_examples=80, deadline=None)
@given(
    st.text("ACGT", min_size=4, max_size=60), st.sampled_from(["TTAG", "TTTT", "WW", "ANA", "CG"]), st.integers(0, 9)
)
def test_no_hit_is_left_and_hits_stay_in_the_comparison(sequence, word, seed):
    motif, letters = Motif(word, word), codes(sequence)
    hits = motif.starts(letters)
    if not len(hits):
        assert remove_hits(motif, sequence, draws=2, seed=seed) is None
        return
    where = stretches(hits, motif.width)
    rng = np.random.default_rng(seed)
    found = without_hits(motif, letters, where, rng)
    if found is None:
        return
    changed, way = found
    assert not len(motif.starts(changed))
    outside = np.ones(len(letters), dtype=bool)
    for start, end in where:
        outside[start:end] = False
        if way == 0:
            assert sorted(changed[start:end]) == sorted(letters[start:end]), "shuffled letters are the same letters"
    np.testing.assert_array_equal(changed[outside], letters[outside])
    other = elsewhere(motif, letters, where, way, rng)
    if other is not None:
        np.testing.assert_array_equal(other[~outside], letters[~outside])
        np.testing.assert_array_equal(motif.starts(other), hits)


def test_what_a_motif_contributes_is_its_weight_times_its_hits():
    sequences = ["CCCCTTAGCCCCCC", "GGTTAGGGGGTTAGGGGGGGGG", "ACACACACAC"]
    ask = asking(Counting({"TTAG": 0.5}))
    table = take_out(ask, UUAG, sequences, ask(sequences), draws=3)
    row = table.iloc[0]
    assert (row["hits"], row["with_hits"], row["no_room"], row["n"]) == (3, 2, 0, 2)
    assert (row["effect"], row["random"], row["mean"]) == (0.75, 0.0, 0.75)


def test_letters_that_count_by_themselves_count_elsewhere_too():
    sequences = ["TTTTTCACCTGATTTCTTCCTCAATCTTAATCTTACT" * 2, "CTATTATATTTTTCATCTATCTATCCTATCT"]
    ask = asking(Counting({"T": 1.0}))
    row = take_out(ask, POLY_U, sequences, ask(sequences), draws=40).iloc[0]
    assert row["n"] == 2
    assert row["effect"] > 0.5, "poly-U cannot be shuffled away, so letters are drawn from the composition"
    assert abs(row["random"]) < row["effect"] / 3, "elsewhere letters are drawn from the composition too"


def test_without_room_elsewhere_a_sequence_is_left_out_and_counted():
    sequences = ["TTAGTTAGC", "CCCCCCCCTTAG"]
    ask = asking(Counting({"TTAG": 1.0}))
    row = take_out(ask, UUAG, sequences, ask(sequences), draws=2).iloc[0]
    assert (row["with_hits"], row["no_room"], row["n"], row["hits"]) == (2, 1, 1, 1)
    assert np.isnan(row["p"])


def test_a_motif_without_hits_says_so_in_numbers():
    ask = asking(Counting({"TTAG": 1.0}))
    row = take_out(ask, UUAG, ["CCCC", "GGGGGG"], ask(["CCCC", "GGGGGG"])).iloc[0]
    assert (row["hits"], row["with_hits"], row["n"]) == (0, 0, 0)
    assert np.isnan(row["mean"])


def test_it_is_deterministic_and_follows_the_seed():
    one, same, other = (remove_hits(UUAG, "CCACTGTTAGCCTGACCTA", draws=4, seed=seed) for seed in (1, 1, 2))
    assert one == same != other


def test_the_effect_is_that_of_tangermeme_with_the_same_letters():
    from tangermeme.ablate import ablate

    module = network()
    sequence = "ACGATCGGATTAGCATCGACTCGATCGACGT"
    found = remove_hits(UUAG, sequence, draws=3, seed=5)
    x = torch.from_numpy(one_hot(sequence)[None])

    def ours(X, start, end, n, random_state):
        assert (start, end, n) == (sequence.index("TTAG"), sequence.index("TTAG") + 4, 3)
        return torch.from_numpy(np.stack([one_hot(text) for text in found.without]))[None]

    start = sequence.index("TTAG")
    before, after = ablate(module, x, start, start + 4, n=3, shuffle_fn=ours, device="cpu")
    ask = asking(FittedCnn(CnnModel(), module, 1), 0)
    row = take_out(ask, UUAG, [sequence], ask([sequence]), draws=3, seed=5).iloc[0]
    assert row["effect"] == pytest.approx(float(before[0, 0] - after[0, :, 0].mean()), abs=1e-5)
