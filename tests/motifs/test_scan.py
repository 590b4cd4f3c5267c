"""Hits lie where they say: half-open, sorted, complete."""

import re

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.alphabet import IUPAC
from lib.motifs.pwm import log_odds, scores
from lib.motifs.scan import Scanner, hits, pwm_hits

TABLE = pd.DataFrame({"motif": ["TTTT", "TTAG", "TGTAHATA", "GN"], "mean_rbp": [1.0, 3.0, -4.0, 0.5]})


def test_hits_by_hand() -> None:
    #           0         1
    #           0123456789012345678
    sequence = "UUUUUTTAGATGTAUATAGC"
    found = hits(sequence, TABLE)
    rows = list(found.itertuples(index=False, name=None))
    assert rows == [
        ("TTTT", 0, 4, 1.0),
        ("TTTT", 1, 5, 1.0),
        ("TTTT", 2, 6, 1.0),
        ("TTTT", 3, 7, 1.0),
        ("TTAG", 5, 9, 3.0),
        ("GN", 8, 10, 0.5),
        ("TGTAHATA", 10, 18, -4.0),
        ("GN", 11, 13, 0.5),
        ("GN", 18, 20, 0.5),
    ]
    assert found.attrs["found"] == 9


def test_threshold_and_limit_keep_the_strongest_in_order() -> None:
    sequence = "UUUUUTTAGATGTAUATAGC"
    assert set(hits(sequence, TABLE, threshold=1.0)["motif"]) == {"TTTT", "TTAG"}
    few = hits(sequence, TABLE, limit=2)
    assert few["motif"].tolist() == ["TTAG", "TGTAHATA"]
    assert few.attrs["found"] == 9


def test_nothing_is_found_in_n_or_in_a_short_sequence() -> None:
    assert len(hits("NNNNNNNNNN", TABLE)) == 0
    empty = hits("", TABLE)
    assert empty.columns.tolist() == ["motif", "start", "end", "mean_rbp"]
    assert len(hits("ACGT", TABLE.iloc[:0])) == 0


@settings(max_examples=100, deadline=None)
@given(
    st.text("ACGTN", max_size=40),
    st.lists(st.text("ACGTRYSWKMBDHVN", min_size=1, max_size=5), min_size=1, max_size=6, unique=True),
)
def test_hits_equal_regular_expressions(sequence: str, motifs: list[str]) -> None:
    table = pd.DataFrame({"motif": motifs, "mean_rbp": np.arange(len(motifs), dtype=float)})
    expected = sorted(
        (found.start(), found.start() + len(motif), row)
        for row, motif in enumerate(motifs)
        for found in re.finditer("(?=" + "".join(f"[{IUPAC[letter]}]" for letter in motif) + ")", sequence)
    )
    ours = Scanner(table).hits(sequence)
    assert list(zip(ours["start"], ours["end"], ours["mean_rbp"].astype(int), strict=True)) == expected


def test_pwm_hits_are_the_windows_above_the_threshold() -> None:
    rng = np.random.default_rng(0)
    pwms = {"a": rng.dirichlet(np.ones(4) / 3, 5).T, "b": rng.dirichlet(np.ones(4) / 3, 8).T}
    sequence = "".join(rng.choice(list("ACGT"), 300))
    found = pwm_hits(sequence, pwms, threshold=0.6)
    expected = []
    for name, matrix in pwms.items():
        weights = log_odds(matrix)
        low, high = weights.min(axis=0).sum(), weights.max(axis=0).sum()
        for start, score in enumerate(scores(sequence, weights)):
            if (score - low) / (high - low) >= 0.6:
                expected.append((start, start + matrix.shape[1], name))
    assert sorted(expected) == sorted(zip(found["start"], found["end"], found["motif"], strict=True))
    assert found["start"].is_monotonic_increasing
    best = pwm_hits(sequence, pwms, threshold=0.6, limit=3)
    assert len(best) == 3
    assert best["relative"].min() == found["relative"].nlargest(3).min()
    assert best.attrs["found"] == len(expected)


def test_the_best_word_of_a_pwm_has_relative_score_one() -> None:
    matrix = np.array([[0.7, 0.1, 0.1], [0.1, 0.1, 0.6], [0.1, 0.7, 0.2], [0.1, 0.1, 0.1]])
    found = pwm_hits("TTAGCTTNAGC", {"x": matrix}, threshold=1.0)
    assert list(zip(found["start"], found["end"], strict=True)) == [(2, 5), (8, 11)]
    np.testing.assert_allclose(found["relative"], 1.0)
    assert len(pwm_hits("ACG", {}, threshold=0.5)) == 0
