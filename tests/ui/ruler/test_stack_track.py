"""A stacked logo on its way to the browser, and pairs that a browser sends."""

import base64
import json

import numpy as np
import pytest

from lib.ui.ruler import StackTrack, payload
from lib.ui.widgets.pair_map import Pair

SEQUENCE = "ACGTNTTACGT"  # 11 nt


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def test_probabilities_travel_row_after_row_with_the_heights() -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(4), size=11).T
    shares[:, 3] = np.nan
    track = StackTrack("Expected bases", shares, np.arange(11.0), top=1, unit="probability")
    sent = json.loads(json.dumps(payload(SEQUENCE, [track]), allow_nan=False))["tracks"][0]
    assert (sent["kind"], sent["top"], sent["unit"]) == ("stack", 1.0, "probability")
    np.testing.assert_allclose(decoded(sent["values"]), shares.astype("<f4").ravel())
    np.testing.assert_array_equal(decoded(sent["heights"]), np.arange(11.0))


def test_other_shapes_are_a_bug() -> None:
    with pytest.raises(ValueError, match="the values have shape"):
        StackTrack("x", np.zeros((11, 4)), np.zeros(11)).payload(SEQUENCE)


def test_a_pair_lies_within_the_sequence() -> None:
    assert Pair.parse({"row": 3, "column": 10}, 11) == Pair(3, 10)
    for value in (
        None,
        {"row": 3},
        {"row": 3, "column": 11},
        {"row": True, "column": 1},
        {"row": -1, "column": 0},
        "3",
    ):
        assert Pair.parse(value, 11) is None
