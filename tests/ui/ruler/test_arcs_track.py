"""What the track of a structure sends to the browser: a partner for each letter, and the energy in words."""

import base64
import json

import numpy as np
import pytest

from lib.motifs.folding import Fold, fold
from lib.ui.ruler import ArcsTrack, payload


def test_partners_arrive_with_the_energy() -> None:
    sequence = "GGGGTTTTCCCCA"
    sent = json.loads(json.dumps(payload(sequence, [ArcsTrack("Structure", fold(sequence))]), allow_nan=False))
    (arcs,) = sent["tracks"]
    found = np.frombuffer(base64.b64decode(arcs["partners"]), dtype="<i4").tolist()
    assert found == [11, 10, 9, 8, -1, -1, -1, -1, 3, 2, 1, 0, -1]
    assert (arcs["kind"], arcs["label"], arcs["unit"]) == ("arcs", "Structure", "")
    assert arcs["note"] == f"MFE −{-fold(sequence).energy:.2f} kcal/mol"


def test_a_structure_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a structure of 3 letters, the sequence has 4 nt"):
        ArcsTrack("Structure", Fold("...", 0.0)).payload("ACGT")
