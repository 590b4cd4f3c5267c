"""Deletion curves: what they must find for a model whose every base counts by a known number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.attribution.faithfulness import compute_deletion_curve
from lib.core.alphabet import codes
from lib.core.errors import UserError

SEQUENCE = "".join(np.random.default_rng(5).choice(list("ACGT"), 60))
WEIGHTS = np.zeros((4, 60))
WEIGHTS[:, 10:16] = np.array([2.0, -1.0, 0.5, -0.5])[:, None]
WEIGHTS[:, 40:44] = np.array([-3.0, 1.0, 0.0, 2.0])[:, None]


def predict(texts):
    """Add up the weight of every letter."""
    return np.array([WEIGHTS[codes(text), np.arange(len(text))].sum() for text in texts])


def truth():
    """Weight of each letter against the mean of the four."""
    return WEIGHTS[codes(SEQUENCE), np.arange(60)] - WEIGHTS.mean(axis=0)


def test_the_true_order_beats_random_orders_and_its_opposite_does_not():
    good, bad = compute_deletion_curve(predict, SEQUENCE, truth()), compute_deletion_curve(predict, SEQUENCE, -truth())
    assert good.signed and set(good.curves) == {"raising bases first", "lowering bases first"}
    assert good.beats_chance and good.area > 0.3
    assert not bad.beats_chance and bad.area < 0
    assert good.area == pytest.approx(-bad.area, abs=0.15)
    low, high = good.interval()
    assert (good.curves["raising bases first"] < low).any()
    assert (good.curves["lowering bases first"] > high).any()


def test_a_curve_by_hand():
    """One base counts: a curve leaves 0 where that base is replaced and the shuffle carries another letter there."""
    sequence = "ACGTTGCAAC"
    scores = np.zeros(10)
    scores[4] = 1.0

    def one_base(texts):
        return np.array([1.0 if text[4] == "T" else 0.0 for text in texts])

    found = compute_deletion_curve(one_base, sequence, scores, shuffles=3, seed=2)
    assert not found.signed and list(found.curves) == ["smallest first", "largest first"]
    np.testing.assert_allclose(found.shares, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1])
    last, curve = found.curves.values()
    assert curve[0] == 0
    assert (curve[1:] == curve[-1]).all(), "the base is the first to be replaced"
    assert not last[:-1].any() and last[-1] == curve[-1], "and the last one where the smallest go first"
    assert curve[-1] in (pytest.approx(1 / 3), pytest.approx(2 / 3), 1), "of three shuffles"
    assert found.area == pytest.approx((0.9 + 0.1 / 2 - 0.2 / 2) / 2), "trapezoids: one rises at once, one at the end"
    assert found.random.shape == (10, 9)
    assert (found.random[:, -1] == curve[-1]).all(), "with everything replaced the order means nothing"


def test_an_attribution_that_names_nothing_is_no_better_than_chance():
    found = compute_deletion_curve(predict, SEQUENCE, np.zeros(60))
    assert not found.beats_chance


def test_a_model_that_reads_nothing_has_flat_curves():
    found = compute_deletion_curve(lambda texts: np.full(len(texts), 2.5), SEQUENCE, truth())
    assert (found.area, found.limit) == (0.0, 0.0)
    assert not found.beats_chance
    assert not any(curve.any() for curve in found.curves.values())


def test_the_same_seed_gives_the_same_curves_and_texts_are_asked_in_few_batches():
    asked = []

    def counted(texts):
        asked.append(len(texts))
        return predict(texts)

    one, other = (
        compute_deletion_curve(counted, SEQUENCE, truth(), seed=3),
        compute_deletion_curve(predict, SEQUENCE, truth(), seed=3),
    )
    assert one.area == other.area
    np.testing.assert_array_equal(one.random, other.random)
    assert len(asked) == 3, "the sequence, the shuffles, and all that lies between"
    assert sum(asked) <= 1 + 4 + 12 * 10 * 4


def test_what_cannot_be_asked_is_said():
    with pytest.raises(UserError, match="empty"):
        compute_deletion_curve(predict, "", np.zeros(0))
    with pytest.raises(ValueError, match="3 scores for 4 letters"):
        compute_deletion_curve(predict, "ACGT", np.zeros(3))


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="ACGTN", min_size=1, max_size=30), st.integers(0, 5))
def test_every_sequence_has_an_area_between_minus_one_and_one(text, seed):
    scores = np.random.default_rng(seed).normal(size=len(text))
    found = compute_deletion_curve(
        lambda texts: np.array([item.count("A") - item.count("CG") for item in texts], dtype=float),
        text,
        scores,
        orders=3,
        shuffles=2,
        seed=seed,
    )
    assert -1 <= found.area <= 1 and np.isfinite(found.limit)
    assert all(len(curve) == len(found.shares) for curve in found.curves.values())
    assert (found.shares[0], found.shares[-1]) == (0, 1)
