"""TF-MoDISco on planted motifs: a motif and its reverse complement are two patterns on one strand, one on both."""

import numpy as np
import pandas as pd
import psutil
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import discover as job
from lib.motifs import pattern as patterns
from lib.motifs.discover import BOTH, Discovery, require
from lib.store.attribution_sets import AttributionSet

WORD, TURNED, OTHER = "GACTTAG", "CTAAGTC", "TGCAAAC"
N, LONGEST = 150, 40
SETTINGS = {"window": 8, "flank": 3, "width": 9, "repeats": 1}


def planted(words, signs, *, seed=0):
    """Plant word i modulo their number in sequence i; lengths differ, and what is not planted is noise."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(30, LONGEST + 1, N)
    one_hot = np.zeros((N, 4, LONGEST), dtype=np.int8)
    hypothetical = np.zeros((N, 4, LONGEST), dtype=np.float32)
    starts = np.zeros(N, dtype=int)
    for row, length in enumerate(lengths):
        letters = rng.integers(0, 4, length)
        word, sign = words[row % len(words)], signs[row % len(words)]
        starts[row] = rng.integers(0, length - len(word) + 1)
        hypothetical[row, :, :length] = rng.normal(0, 0.02, (4, length))
        for place, letter in enumerate(word, start=starts[row]):
            letters[place] = "ACGT".index(letter)
            hypothetical[row, :, place] = -0.3 * sign
            hypothetical[row, letters[place], place] = sign
        one_hot[row, letters, np.arange(length)] = 1
    ids = np.array([f"s{row}" for row in range(N)])
    scores = (one_hot * hypothetical).sum(axis=1)
    zeros = np.zeros(N)
    made = AttributionSet(ids, np.arange(N), lengths, one_hot, scores, hypothetical, zeros, zeros, {})
    return made, starts


def consensus(pattern):
    return "".join("ACGT"[row] for row in pattern.ppm.argmax(axis=0))


def found(words, signs, **settings):
    made, starts = planted(words, signs)
    return job.find_patterns(made, Discovery(**SETTINGS, **settings), Silent()), made, starts


@pytest.fixture(scope="module")
def apart():
    return found((WORD, TURNED, OTHER), (1, 1, -1))


def test_a_motif_and_its_reverse_complement_stay_two(apart):
    some, _, starts = apart
    assert {consensus(one): one.sign for one in some} == {WORD: 1, TURNED: 1, OTHER: -1}
    assert [one.name for one in some] == ["+1", "+2", "-1"]
    assert not any(one.seqlets["reversed"].any() for one in some)
    for one in some:
        planted_in = {f"s{row}": starts[row] for row in range(N) if (WORD, TURNED, OTHER)[row % 3] == consensus(one)}
        assert len(one.seqlets) >= 20, consensus(one)
        assert all(
            planted_in.get(name) == start for name, start in zip(one.seqlets["id"], one.seqlets["start"], strict=True)
        )
        assert (one.seqlets["end"] - one.seqlets["start"] == one.width).all() and one.width == 7
        np.testing.assert_allclose(one.ppm.sum(axis=0), 1)
        assert one.contribution.sum() == pytest.approx(7 * one.sign, rel=0.01)


def test_on_both_strands_they_are_one():
    some, _, _ = found((WORD, TURNED), (1, 1), strands=BOTH)
    assert len(some) == 1 and consensus(some[0]) in (WORD, TURNED)
    assert some[0].seqlets["reversed"].sum() > 15 and (~some[0].seqlets["reversed"]).sum() > 15


def test_too_few_seqlets_say_what_to_change():
    made, _ = planted((WORD,), (1,))
    few = Discovery(**SETTINGS, least=149)
    with pytest.raises(UserError, match="In 150 sequences no 149 seqlets .* Take more sequences, allow smaller"):
        job.find_patterns(made, few, Silent())


def test_a_cancelled_search_leaves_no_process():
    made, _ = planted((WORD,), (1,))
    with pytest.raises(Cancelled):
        job.find_patterns(made, Discovery(**SETTINGS), Callback(lambda report: None, lambda: True))
    running = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert not [line for line in running if "modisco" in line]


def test_what_cannot_be_is_said_before_anything_starts():
    one_hot = np.zeros((30, 4, 25), dtype=np.int8)
    one_hot[:, 1] = 1
    settings = Discovery()
    with pytest.raises(UserError, match="no hypothetical contributions"):
        require(one_hot, None, settings)
    with pytest.raises(UserError, match="All attributions are zero"):
        require(one_hot, np.zeros(one_hot.shape), settings)
    with pytest.raises(UserError, match="same sign"):
        require(one_hot, np.ones(one_hot.shape), settings)
    with pytest.raises(UserError, match="no numbers"):
        require(one_hot, np.full(one_hot.shape, np.nan), settings)
    with pytest.raises(UserError, match="There are 7 sequences"):
        require(one_hot[:7], np.ones((7, 4, 25)), settings)


def test_seqlets_are_cut_where_they_lie():
    """Worked out by hand: a turned seqlet is read backwards, one that leaves its sequence goes."""
    one_hot = np.zeros((2, 4, 7), dtype=np.int8)
    one_hot[0, [0, 1, 2, 3, 0, 0, 1], range(7)] = 1  # ACGTAAC
    one_hot[1, [3, 3, 0, 1, 1], range(5)] = 1  # TTACC, 5 nt
    contribution = one_hot * 1.0
    ids, lengths = ["a", "b"], np.array([7, 5])
    forward = patterns.Coordinates(1, [0, 1], [1, 2], [False, False], 4)
    made = patterns.patterns_of([forward], one_hot, contribution, ids, lengths)
    assert made[0].ppm.argmax(axis=0).tolist() == [1, 2, 3, 0] and made[0].ppm.max(axis=0).tolist() == [1] * 4
    assert made[0].seqlets.drop(columns="contribution").to_dict("records") == [
        {"id": "a", "start": 1, "end": 5, "reversed": False}
    ]
    turned = patterns.Coordinates(1, [0], [0], [True], 4)
    back = patterns.patterns_of([turned], one_hot, contribution, ids, lengths)
    assert back[0].ppm.argmax(axis=0).tolist() == [0, 1, 2, 3], "ACGT is its own reverse complement"
    turned = patterns.Coordinates(1, [0], [3], [True], 4)
    back = patterns.patterns_of([turned], one_hot, contribution, ids, lengths)
    assert back[0].ppm.argmax(axis=0).tolist() == [2, 3, 3, 0], "GTTA is the reverse complement of TAAC"
    assert isinstance(back[0].seqlets, pd.DataFrame) and back[0].seqlets["reversed"].tolist() == [True]


def test_a_core_holds_what_counts():
    height = np.array([[0.0, 0.1, 0.9, 0.2, 0.0, -1.0]])
    flat = np.full((4, 6), 0.25)
    assert patterns.core(height, flat, 1) == (1, 5), "four positions at least, those that contribute more"
    sure = flat.copy()
    sure[:, 0] = [1, 0, 0, 0]
    assert patterns.core(height, sure, 1) == (1, 5), "a sure letter goes along only beside what counts"
    sure[:, 1] = [1, 0, 0, 0]
    assert patterns.core(height, sure, 1) == (0, 4)
    assert patterns.core(height, flat, -1) == (2, 6)
