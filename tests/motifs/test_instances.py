"""Instances lie where a pattern contributes, none overlap, and their q values are those of target and decoy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.motifs.instances import SIMILARITY, WORST, call_instances, match_scores, q_values
from lib.motifs.pattern import Pattern

WORDS = {"+1": "ACGTA", "-1": "TTTGGGT"}
N, LENGTH = 90, 67


def pattern_of(name: str) -> Pattern:
    sign = 1 if name.startswith("+") else -1
    ppm = np.array([[float(letter == base) for letter in WORDS[name]] for base in "ACGT"])
    return Pattern(name, sign, ppm, sign * 0.8 * ppm, pd.DataFrame())


@pytest.fixture(scope="module")
def planted():
    """Contributions of noise, (N, 4, L), lengths that differ, and what was planted: row, start, pattern."""
    rng = np.random.default_rng(4)
    lengths = rng.integers(45, LENGTH + 1, N)
    letters = rng.integers(0, 4, (N, LENGTH))
    values, truth = rng.normal(0, 0.05, (N, LENGTH)), []
    for row in range(N):
        low = 0
        for name in rng.permutation(list(WORDS))[: rng.integers(0, 3)]:
            start = int(rng.integers(low, low + 10))
            letters[row, start : start + len(WORDS[name])] = ["ACGT".index(letter) for letter in WORDS[name]]
            values[row, start : start + len(WORDS[name])] += pattern_of(name).sign * 0.8
            truth.append((row, start, str(name)))
            low = start + 15
    inside = np.arange(LENGTH) < lengths[:, None]
    contribution = (np.eye(4)[letters] * (values * inside)[:, :, None]).transpose(0, 2, 1)
    return contribution, lengths, truth


def test_planted_instances_are_called_where_they_lie(planted):
    contribution, lengths, truth = planted
    found = call_instances([pattern_of("+1"), pattern_of("-1")], contribution, lengths)
    sure = found[found["q"] <= 0.05]
    assert sorted(zip(sure["row"], sure["start"], sure["pattern"], strict=True)) == sorted(truth)
    widths = sure["pattern"].map(lambda name: len(WORDS[name]))
    assert (sure["end"] - sure["start"] == widths).all() and set(sure["strand"]) == {"+"}
    one = sure.iloc[0]
    stretch = contribution[one["row"], :, one["start"] : one["end"]]
    assert one["contribution"] == pytest.approx(stretch.sum())


def test_no_two_instances_of_any_patterns_overlap_or_leave_a_sequence(planted):
    contribution, lengths, _ = planted
    found = call_instances([pattern_of("+1"), pattern_of("-1")], contribution, lengths)
    assert (found["q"] <= WORST).all() and (found["similarity"] >= SIMILARITY).all()
    assert (found["end"] <= lengths[found["row"]]).all() and (found["start"] >= 0).all()
    for _, group in found.groupby("row"):
        assert (group["start"].to_numpy()[1:] >= group["end"].to_numpy()[:-1]).all()


def test_the_same_seed_gives_the_same_instances(planted):
    contribution, lengths, _ = planted
    runs = [call_instances([pattern_of("-1")], contribution, lengths, seed=7) for _ in range(2)]
    pd.testing.assert_frame_equal(*runs)


def test_nothing_is_called_in_what_is_permuted_already():
    rng = np.random.default_rng(0)
    letters, values = rng.integers(0, 4, (200, 53)), rng.normal(0, 1, (200, 53))
    contribution = (np.eye(4)[letters] * values[:, :, None]).transpose(0, 2, 1)
    found = call_instances([pattern_of("+1")], contribution, np.full(200, 53))
    assert (found["q"] > 0.05).all(), "noise has no instances"


def test_the_other_strand_is_looked_at_only_where_that_is_asked_for(planted):
    contribution, _, truth = planted
    full = np.full(N, LENGTH)  # zeros behind a sequence come before it on the other strand
    other = contribution[:, ::-1, ::-1]
    assert not (call_instances([pattern_of("-1")], other, full)["q"] <= 0.05).any()
    found = call_instances([pattern_of("-1")], other, full, both=True)
    sure = found[found["q"] <= 0.05]
    asked = sorted((row, LENGTH - start - len(WORDS[name])) for row, start, name in truth if name == "-1")
    assert sorted(zip(sure["row"], sure["start"], strict=True)) == asked and set(sure["strand"]) == {"-"}


def test_a_match_is_the_projection_on_the_pattern_and_the_cosine_with_it():
    rng = np.random.default_rng(1)
    contribution, cwm = rng.normal(size=(3, 4, 11)), rng.normal(size=(4, 5))
    projection, cosine = match_scores(contribution, cwm)
    assert projection.shape == cosine.shape == (3, 7)
    for row in range(3):
        for start in range(7):
            window = contribution[row, :, start : start + 5]
            assert projection[row, start] == pytest.approx((window * cwm).sum() / np.linalg.norm(cwm))
            assert cosine[row, start] == pytest.approx(projection[row, start] / np.linalg.norm(window))
    assert match_scores(contribution, rng.normal(size=(4, 12)))[0].shape == (3, 0), "wider than the sequence"


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12), st.lists(st.integers(0, 9), max_size=15), st.integers(1, 5)
)
def test_q_is_the_least_rate_of_false_calls_at_which_a_call_passes(scores, decoys, shuffles):
    found = q_values(np.array(scores, dtype=float), np.array(decoys, dtype=float), shuffles)

    def rate(least: float) -> float:
        false = (sum(decoy >= least for decoy in decoys) + 1) / shuffles
        return min(1.0, false / sum(score >= least for score in scores))

    for score, q in zip(scores, found, strict=True):
        assert q == pytest.approx(min(rate(least) for least in scores if least <= score))


def test_few_sequences_are_refused_in_a_sentence(planted):
    contribution, lengths, _ = planted
    with pytest.raises(UserError, match=r"There are 19 sequences.*at least 20"):
        call_instances([pattern_of("+1")], contribution[:19], lengths[:19])


def test_without_patterns_there_are_no_instances(planted):
    contribution, lengths, _ = planted
    assert call_instances([], contribution, lengths).empty
