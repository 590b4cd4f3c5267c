"""What a training will cost is measured, elsewhere."""

import subprocess
import sys

import pytest

from lib.models import MODELS
from lib.tokenizers import TOKENIZERS, Corpus, fit, to_json
from lib.training.preflight import estimate


def test_asking_brings_no_torch():
    code = "import lib.training.preflight, sys; assert not {'torch', 'transformers', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_more_sequences_take_longer():
    model = MODELS.create("cnn", {"channels": 8, "epochs": 3})
    few, many = (estimate(rows, [40, 60, 50], model, auxiliary=3) for rows in (200, 20_000))
    assert many.seconds_low > few.seconds_low, (few, many)
    assert 0 < few.seconds_low < few.seconds_high
    assert few.parameters == many.parameters == model.parameters(1, 3)
    assert few.memory_mb > 50
    assert few.device
    assert "Measured" in few.note


def test_what_cannot_be_measured_says_why():
    found = estimate(5, [30], MODELS.create("cnn", {"channels": 8, "epochs": 3}))
    assert found.seconds_low is None
    assert "needs at least 20" in found.note


def test_a_measurement_that_takes_too_long_is_given_up():
    assert "longer than" in estimate(500, [100], MODELS.create("cnn"), timeout=0.2).note


@pytest.mark.slow
def test_a_model_that_reads_tokens_is_measured_with_its_tokenizer():
    tokenizer = fit(TOKENIZERS.create("k-mer", {"k": 2}), Corpus(sequences=["ACGTTGCA"]))
    model = MODELS.create("bert", {"size": "tiny", "epochs": 1})
    found = estimate(100, [30, 40], model, tokenizer=to_json(tokenizer))
    assert found.parameters == model.parameters(1, 0, len(tokenizer.vocabulary)), found.note
    assert found.seconds_low > 0
