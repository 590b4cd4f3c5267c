"""Pairs of motifs: nothing where motifs add up, the known amount where they act together, identity with tangermeme."""

import numpy as np
import pytest
import torch

from lib.analysis.asking import asking
from lib.analysis.motifs import Motif
from lib.analysis.pairs import orders, pair, summary
from lib.core.alphabet import one_hot
from lib.models.cnn import CnnModel, FittedCnn
from tests.analysis.toys import Counting
from tests.models.test_mutants import network

FIRST, SECOND = Motif("AU-rich", "TATTTA"), Motif("UUAG", "TTAG")
BACKGROUNDS = ["C" * 24, "CA" * 14, "CCA" * 11, "C" * 9]


def measured(model, gap, motifs=(FIRST, SECOND)):
    ask = asking(model)
    together, synergy = pair(ask, motifs, BACKGROUNDS, ask(BACKGROUNDS), gap=gap)
    return together, synergy, summary(motifs, gap, together, synergy).iloc[0]


@pytest.mark.parametrize("gap", [0, 1, 7])
def test_motifs_that_add_up_have_no_synergy(gap):
    together, synergy, row = measured(Counting({"TATTTA": 0.1, "TTAG": -0.7}), gap)
    np.testing.assert_allclose(together[:3], -0.6, atol=1e-12)
    assert np.isnan(together[3]), "no room in 9 nt"
    assert synergy[:3].tolist() == [0, 0, 0]
    assert (row["mean"], row["p"], row["n"]) == (0, 1, 3)


def test_motifs_that_act_together_show_it_at_their_distance_and_in_their_order():
    model = Counting({"TATTTA": 0.5, "TTAG": 1.0}, together=[("TATTTA", "TTAG", 3, 0.25)])
    table = {gap: measured(model, gap)[2] for gap in (2, 3, 4)}
    assert [table[gap]["mean"] for gap in (2, 3, 4)] == [0, 0.25, 0]
    assert (table[3]["both"], table[3]["sum"], table[3]["p"]) == (1.75, 1.5, 0)
    assert measured(model, 3, (SECOND, FIRST))[2]["mean"] == 0, "the other order does nothing"


def test_a_motif_with_itself_has_one_order():
    assert orders(FIRST, SECOND) == [(FIRST, SECOND), (SECOND, FIRST)]
    assert orders(FIRST, FIRST) == [(FIRST, FIRST)]


def test_the_sequences_are_those_of_tangermeme():
    from tangermeme.space import space

    module = network()
    rng = np.random.default_rng(2)
    backgrounds = ["".join(rng.choice(list("ACGT"), 41)) for _ in range(3)]
    x = torch.from_numpy(np.stack([one_hot(sequence) for sequence in backgrounds]))
    before, after = space(module, x, [FIRST.word, SECOND.word], [[0], [5], [8], [11]], device="cpu")
    ask = asking(FittedCnn(CnnModel(), module, 1), 1)
    for number, gap in enumerate((0, 5, 8, 11)):
        together, _ = pair(ask, (FIRST, SECOND), backgrounds, ask(backgrounds), gap=gap)
        np.testing.assert_allclose(together, (after[:, number] - before).numpy()[:, 1], atol=1e-5)
