"""Codon usage explains what codons make, in the frame alone."""

import numpy as np

from lib.models import MODELS
from lib.models.codon_ridge import CODONS, measure_usage
from lib.tasks.data import Part, TrainingData
from lib.training import TrainingContext


def coding(rng, count):
    codons = rng.choice(CODONS, size=(count, 30))
    return ["".join(row) for row in codons], (codons == "AAA").mean(axis=1) + (codons == "CGC").mean(axis=1) * 2


def test_shares_are_those_in_frame_and_unknown_codons_count_nothing():
    usage = measure_usage(["AAACGCAAANNN", "CAAACGCAAA"], "first base")
    assert usage[0, CODONS.index("AAA")] == 2 / 3
    assert usage[0, CODONS.index("CGC")] == 1 / 3
    assert usage[0, -1] == np.log(4)
    assert usage[1, CODONS.index("AAA")] == 0
    np.testing.assert_allclose(usage[:, :-1].sum(axis=1), 1)
    np.testing.assert_allclose(measure_usage(["CAAACGCAAA"], "second base")[0, :-1], usage[0, :-1])


def test_a_target_made_of_codons_is_predicted(tmp_path):
    rng = np.random.default_rng(0)
    parts = []
    for count in (400, 60):
        sequences, target = coding(rng, count)
        parts.append(Part(tuple(sequences), target[:, None] * 10, np.empty((count, 0))))
    fitted = MODELS.create("codon-ridge").fit(TrainingData(*parts, ("y",), "regression"), TrainingContext(tmp_path))
    sequences, target = coding(rng, 100)
    assert np.corrcoef(fitted.predict(sequences)[:, 0], target)[0, 1] > 0.99
    scale = fitted.weights[CODONS.index("CGC"), 0] / fitted.weights[CODONS.index("AAA"), 0]
    assert 1.7 < scale < 2.3
