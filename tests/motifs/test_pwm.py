"""PWMs: the MEME format with its quirks, and log-odds scores against a plain reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.motifs.pwm import is_meme, log_odds, read_meme, scores

MEME = """MEME version 5.5.5 (Thu Sep 14 2023)

ALPHABET= ACGU

strands: +

Background letter frequencies
A 0.25 C 0.25 G 0.25 U 0.25

MOTIF PUM2 Pumilio
log-odds matrix: alength= 4 w= 2 E= 0
 1 2 3 4
 1 2 3 4
letter-probability matrix: alength= 4 w=3 nsites= 20 E= 0
  0.1\t0.2 0.3 0.4
  1.0 0 0 0
  0.333 0.333 0.333 0.0
URL http://example.org/PUM2

MOTIF PUM2
letter-probability matrix:

 0.25 0.25 0.25 0.25
 0 0 0 1
MOTIF last
letter-probability matrix: alength= 4
 0 1 0 0"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_quirks_of_meme(end: str) -> None:
    found = read_meme(MEME.replace("\n", end))
    assert {name: matrix.shape for name, matrix in found.items()} == {
        "PUM2": (4, 3),
        "PUM2 (2)": (4, 2),
        "last": (4, 1),
    }
    np.testing.assert_allclose(found["PUM2"][:, 0], [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(found["PUM2"][:, 2], [1 / 3, 1 / 3, 1 / 3, 0.0])
    np.testing.assert_allclose(found["last"][:, 0], [0, 1, 0, 0])


def test_meme_is_recognised() -> None:
    assert is_meme(MEME.encode())
    assert not is_meme(b"Motif,Mean_RBP\n")


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("ALPHABET= ACGU", "ALPHABET= ACDEFGHIKLMNPQRSTVWY", 3, "ACDEFG"),
        ("0.1\t0.2 0.3 0.4", "0.1 0.2 0.3", 15, "3 numbers"),
        ("0.1\t0.2 0.3 0.4", "0.5 0.2 0.3 0.4", 15, "sum 1.4"),
        ("0.1\t0.2 0.3 0.4", "-0.1 0.4 0.3 0.4", 15, "4 numbers"),
        ("0.1\t0.2 0.3 0.4", "nan 0.4 0.3 0.3", 15, "nan"),
        ("w=3", "w=4", 14, "3 rows"),
        ("matrix: alength= 4\n 0 1", "matrix: alength= 20\n 0 1", 26, "alength= 20"),
    ],
)
def test_malformed_matrices_are_reported_with_their_line(old: str, new: str, line: int, found: str) -> None:
    with pytest.raises(DataError) as caught:
        read_meme(MEME.replace(old, new), name="pwms.meme")
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("pwms.meme", line)
    assert found in problem.found


def test_a_file_without_matrices_is_refused() -> None:
    with pytest.raises(DataError, match="holds no PWM"):
        read_meme("MEME version 4\nMOTIF x\n")


def test_custom_alphabets_of_nucleotides_are_taken() -> None:
    text = MEME.replace("ALPHABET= ACGU", 'ALPHABET "RNA" RNA-LIKE\nA "Adenine" CC0000\nEND ALPHABET')
    assert len(read_meme(text)) == 3


def test_log_odds_by_hand() -> None:
    weights = log_odds(np.array([[1.0, 0.25], [0.0, 0.25], [0.0, 0.25], [0.0, 0.25]]))
    assert weights[0, 0] == pytest.approx(np.log2(1.001 / 1.004 / 0.25))
    assert weights[1, 0] == pytest.approx(np.log2(0.001 / 1.004 / 0.25))
    np.testing.assert_allclose(weights[:, 1], 0.0, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.text("ACGUTN", max_size=30), st.integers(1, 5), st.integers(0, 99))
def test_scores_equal_a_plain_loop(sequence: str, width: int, seed: int) -> None:
    weights = log_odds(np.random.default_rng(seed).dirichlet(np.ones(4), width).T, np.array([0.3, 0.2, 0.2, 0.3]))
    stored = sequence.replace("U", "T")
    expected = [
        sum(weights["ACGT".index(b), i] if b != "N" else -np.inf for i, b in enumerate(stored[s : s + width]))
        for s in range(max(0, len(stored) - width + 1))
    ]
    np.testing.assert_allclose(scores(sequence, weights), expected)
