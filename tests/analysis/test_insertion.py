"""Putting motifs into backgrounds: effects of models that are known, places, statistics, identity with tangermeme."""

import numpy as np
import pytest
import torch
from scipy import stats

from lib.analysis.asking import asking
from lib.analysis.insertion import Places, insert, summary
from lib.analysis.motifs import Motif, consensus, of_pwm, of_table, of_text
from lib.analysis.statistics import summarise_paired, with_q
from lib.core.alphabet import one_hot
from lib.core.errors import Cancelled, UserError
from lib.models.cnn import CnnModel, FittedCnn
from tests.analysis.toys import Counting
from tests.models.test_mutants import network

BACKGROUNDS = ["CCCCCCCCCCCC", "CACACACACACACA", "GGGCGGGCGGGCGGGCG"]


def test_a_model_that_counts_a_motif_gives_its_weight_everywhere():
    ask = asking(Counting({"A": 9.0}, {"TTAG": 0.75}), 1)
    before = ask(BACKGROUNDS)
    places = Places(grid=4)
    effects = insert(ask, Motif("UUAG", "TTAG", 0.4), BACKGROUNDS, before, places=places)
    np.testing.assert_array_equal(effects, np.full((3, 4), 0.75))
    table = summary(Motif("UUAG", "TTAG", 0.4), BACKGROUNDS, effects, places)
    assert table["mean"].tolist() == [0.75] * 5
    assert table["n"].tolist() == [3] * 5
    assert table["place"].isna().tolist() == [True, False, False, False, False]
    assert table["start"].tolist()[1:] == pytest.approx([0, (3 + 3 + 4) / 3, (5 + 7 + 9) / 3, (8 + 10 + 13) / 3])
    assert (table["p"] == 0).all()
    assert set(table["strength"]) == {0.4}


def test_what_does_not_fit_is_left_out_and_said():
    ask = asking(Counting({"TTAG": 1.0}))
    before = ask(BACKGROUNDS)
    effects = insert(ask, Motif("m", "TTAG"), BACKGROUNDS, before, places=Places((1, 9, 13)))
    np.testing.assert_array_equal(effects, [[1, np.nan, np.nan], [1, 1, np.nan], [1, 1, 1]])
    table = summary(Motif("m", "TTAG"), BACKGROUNDS, effects, Places((1, 9, 13)))
    assert table["n"].tolist() == [3, 3, 2, 1]
    assert table["start"].tolist()[1:] == [1, 9, 13]
    nowhere = np.full((3, 3), np.nan)
    with pytest.raises(UserError, match="4 nt and fits nowhere into the backgrounds, of at most 17 nt"):
        summary(Motif("m", "TTAG"), BACKGROUNDS, nowhere, Places((1, 9, 13)))


def test_each_background_counts_once_over_the_places():
    effects = np.array([[1.0, 3.0, 5.0], [2.0, np.nan, 4.0], [7.0, 8.0, np.nan], [1.0, 1.0, 1.0]])
    table = summary(Motif("m", "TTAG"), [*BACKGROUNDS, "A" * 20], effects, Places(grid=3))
    each = [3.0, 3.0, 7.5, 1.0]
    expected = stats.ttest_1samp(each, 0.0)
    low, high = expected.confidence_interval(0.95)
    row = table.iloc[0]
    assert (row["mean"], row["low"], row["high"], row["p"]) == pytest.approx((3.625, low, high, expected.pvalue))


def test_paired_statistics_without_any_spread():
    assert summarise_paired(np.array([0.0, 0.0, 0.0]))["p"] == 1
    assert summarise_paired(np.array([0.2, 0.2, np.nan]))["p"] == 0
    alone = summarise_paired(np.array([0.2, np.nan]))
    assert (alone["mean"], alone["n"]) == (0.2, 1)
    assert np.isnan(alone["p"]), "one sequence has no interval"


def test_q_values_are_over_all_rows():
    places, backgrounds = Places(grid=2), [*BACKGROUNDS, "AAAAAAAAA"]
    rng = np.random.default_rng(0)
    frames = [summary(Motif(name, "TT"), backgrounds, rng.normal(size=(4, 2)), places) for name in "abc"]
    table = with_q(frames)
    assert len(table) == 9
    np.testing.assert_allclose(table["q"], stats.false_discovery_control(table["p"]))


def test_iupac_letters_keep_what_is_allowed_and_draw_the_rest():
    motif = Motif("Pumilio", "TGTAHATANY")
    assert motif.put("GGGGGGTGGGCGG", 2, seed=1) in {"GGTGTATATACCG", "GGTGTATATACTG"}, "H keeps T, N keeps C"
    made = {motif.put("G" * 12 + letter * 3, 1, seed=seed) for seed in range(30) for letter in "AC"}
    assert {text[5] for text in made} == {"A", "C", "T"}, "each allowed base is drawn now and then"
    assert motif.put("G" * 15, 1, seed=3) == motif.put("G" * 15, 1, seed=3)
    with pytest.raises(ValueError, match="leaves the sequence"):
        motif.put("GGGG", 1)


def test_the_consensus_of_probabilities():
    matrix = np.array(
        [[0.97, 0.02, 0.45, 0.3], [0.01, 0.02, 0.05, 0.3], [0.01, 0.02, 0.45, 0.2], [0.01, 0.94, 0.05, 0.2]]
    )
    assert consensus(matrix) == "ATRN"
    assert consensus(np.full((4, 3), 0.25)) == "AAA", "a matrix that says nothing still gives a word"
    motif = of_pwm("x", matrix)
    assert (motif.word, motif.width) == ("ATR", 4), "what is put in has no N at its ends; hits are as wide as the PWM"


def test_motifs_of_a_table_and_of_text():
    import pandas as pd

    table = pd.DataFrame({"motif": ["TTAG", "GCACTT"], "mean_rbp": [0.1, -0.8]})
    found = of_table(table, {"pwm": np.full((4, 5), 0.25)})
    assert [motif.name for motif in found] == ["GCACTT", "TTAG", "pwm"]
    assert [motif.word for motif in of_text("uuag, UGUAHAUA\nTTAG")] == ["TTAG", "TGTAHATA"]
    with pytest.raises(UserError, match="'XX' is no motif"):
        of_text("TTAG XX")


def test_each_distinct_sequence_is_asked_once_and_work_can_be_stopped():
    model = Counting({"TTAG": 1.0})
    assert asking(model)(["TTAG", "CC", "TTAG"]).tolist() == [1, 0, 1]
    assert model.asked == 2

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        asking(model, alive=stop)(["TTAG"])
    with pytest.raises(UserError, match="1 targets; there is no target number 3"):
        asking(model, 2)(["TTAG"])
    with pytest.raises(UserError, match="A sequence is empty"):
        asking(model)(["TTAG", ""])


@pytest.mark.parametrize(("word", "start"), [("TTAG", 3), ("TGNNAT", 11), ("GCACTT", None)])
def test_the_effects_are_those_of_tangermeme(word, start):
    from tangermeme.marginalize import marginalize

    module = network()
    rng = np.random.default_rng(1)
    backgrounds = ["".join(rng.choice(list("ACGT"), 33)) for _ in range(5)]
    x = torch.from_numpy(np.stack([one_hot(sequence) for sequence in backgrounds]))
    before, after = marginalize(module, x, word, start=start, device="cpu")
    ask = asking(FittedCnn(CnnModel(), module, 1), 2)
    places = Places(grid=1) if start is None else Places((start,))
    effects = insert(ask, Motif("m", word), backgrounds, ask(backgrounds), places=places)
    np.testing.assert_allclose(effects[:, 0], (after - before).numpy()[:, 2], atol=1e-5)


def test_memory_is_bounded_and_changes_nothing(monkeypatch):
    from lib.analysis import asking as module
    from lib.analysis.ablation import take_out

    ask = asking(Counting({"TTAG": 0.75, "C": 0.1}))
    before = ask(BACKGROUNDS)
    sequences = [f"{background}TTAG{background}" for background in BACKGROUNDS]
    standing = ask(sequences)
    whole = insert(ask, Motif("m", "TTAG"), BACKGROUNDS, before, places=Places(grid=3))
    taken = take_out(ask, Motif("m", "TTAG"), sequences, standing, draws=2)
    monkeypatch.setattr(module, "_HELD", 60)
    assert [list(rows) for rows in module.blocks(BACKGROUNDS, 3)] == [[0], [1], [2]]
    cut = insert(ask, Motif("m", "TTAG"), BACKGROUNDS, before, places=Places(grid=3))
    np.testing.assert_array_equal(whole, cut)
    assert take_out(ask, Motif("m", "TTAG"), sequences, standing, draws=2).equals(taken)
