"""Counts at each base on their way to the browser: order of the series, strands, genome, and shapes that do not fit."""

import base64
import json

import numpy as np
import pytest

from lib.datasets.locus import Locus
from lib.ui.ruler import ProfileTrack, payload

SEQUENCE = "ACGTNTTACGT"  # 11 nt, 2 strands, 3 replicates: no axis is another


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def test_series_travel_strand_after_strand_and_predicted_is_drawn_last() -> None:
    observed, predicted = np.arange(22.0).reshape(2, 11), np.full((2, 11), 0.5)
    replicates = {f"R{number}": observed / number for number in (1, 2, 3)}
    track = ProfileTrack(
        "TSS", observed, predicted, replicates, strands=("+", "-"), genome=Locus("chrII", "-", 500, -1)
    )

    sent = json.loads(json.dumps(payload(SEQUENCE, [track]), allow_nan=False))["tracks"][0]

    assert (sent["kind"], sent["unit"], sent["strands"]) == ("profile", "counts", ["+", "-"])
    assert [one["name"] for one in sent["series"]] == ["observed", "R1", "R2", "R3", "predicted"]
    assert [one["role"] for one in sent["series"]][1:4] == ["replicate"] * 3
    np.testing.assert_array_equal(decoded(sent["series"][0]["values"]), np.arange(22.0))
    assert sent["genome"] == {
        "chromosome": "chrII",
        "strand": "-",
        "first": 500,
        "step": -1,
        "name": "chrII (-)",
    }


def test_a_window_may_be_predicted_only_and_lie_nowhere() -> None:
    sent = ProfileTrack("TSS", predicted=np.ones((1, 11))).payload(SEQUENCE)
    assert [one["name"] for one in sent["series"]] == ["predicted"]
    assert sent["genome"] is None


@pytest.mark.parametrize(("shape", "strands"), [((11,), ()), ((2, 11), ()), ((1, 10), ()), ((1, 11), ("+", "-"))])
def test_a_series_of_another_shape_is_a_bug(shape, strands) -> None:
    with pytest.raises(ValueError, match="TSS: the values have shape"):
        ProfileTrack("TSS", np.ones(shape), strands=strands).payload(SEQUENCE)


def test_three_strands_are_a_bug() -> None:
    with pytest.raises(ValueError, match="one or two strands, not 3"):
        ProfileTrack("TSS", np.ones((3, 11)), strands=("a", "b", "c")).payload(SEQUENCE)
