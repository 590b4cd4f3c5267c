"""DNABERT-2 as a model: adapted, saved whole, and counted before it starts."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.jobs.start import require_tokenizer
from lib.models import MODELS
from lib.models.base import own_tokenizer
from lib.models.dnabert2 import HUB, load_encoder
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, fit
from lib.training import TrainingContext
from tests.models import published
from tests.models.test_dnabert2_checkpoints import Malicious
from tests.models.test_every_model import made

SEQUENCES = ["ACGTTGCAACGTAGGTTTGCA", "T", "NACGNN"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published.dnabert2(tmp_path_factory.mktemp("published") / "model", binary=True)


def create(folder: Path, **settings: object):
    return MODELS.create("dnabert-2", {"weights": str(folder), "epochs": 2, "batch_size": 16, **settings})


def trained(model, folder: Path, **options):
    return model.fit(
        TrainingData.of(made(), fit(model.own_tokenizer())), TrainingContext(folder, device="cpu", **options)
    )


def test_what_is_learned_is_counted_by_hand(folder: Path) -> None:
    """Layers of 12 numbers, 2 of them, 26 words; the head learns 2 targets and 5 auxiliary ones."""
    layer = (36 * 12 + 36) + (12 * 12 + 12 + 24) + (40 * 12 + 12 * 20 + 12 + 24)
    encoder, head = 26 * 12 + 2 * 12 + 24 + 2 * layer, 12 * 7 + 7
    lora = 2 * 4 * (12 + 36)
    expected = {
        "full": (encoder + head, 0),
        "frozen": (head, 0),
        "top layers": (layer + head, 0),
        "lora": (lora + head, lora),
    }
    for way, (learned, added) in expected.items():
        model = create(folder, adaptation=way, lora_rank=4, top_layers=1)
        assert (model.trainable(2, 5), model.parameters(2, 5)) == (learned, encoder + head + added), way
    convolution = create(folder, adaptation="frozen", head="convolution", auxiliary=False)
    assert convolution.trainable(2, 5) == (12 * 12 * 5 + 12) + 12 * 2 + 2


def test_an_interrupted_training_with_lora_goes_on_as_if_nothing_had_been(folder: Path, tmp_path: Path) -> None:
    model = create(folder, adaptation="lora", learning_rate=0.01)
    whole = trained(model, tmp_path)

    def killed(report):
        if report.step >= 6:  # in the second epoch of 4 steps
            raise KeyboardInterrupt

    (tmp_path / "killed").mkdir()
    with pytest.raises(KeyboardInterrupt):
        trained(model, tmp_path / "killed", progress=Callback(killed))
    assert list((tmp_path / "killed" / "checkpoints").iterdir())
    resumed = trained(model, tmp_path / "killed")
    np.testing.assert_array_equal(resumed.predict(SEQUENCES), whole.predict(SEQUENCES))
    plain = load_encoder(folder).state_dict()
    after = whole.module.body.encoder.state_dict()
    changed = {name for name in after if not torch.equal(after[name], plain[name])}
    assert changed == {f"encoder.layer.{number}.attention.self.Wqkv.weight" for number in (0, 1)}


def test_the_published_layout_is_trained_from_a_folder(shared: Path, tmp_path: Path) -> None:
    place = shared / "dnabert2"
    model = create(place / "fixture_small", tokens=str(place / "tokenizer.json"), epochs=1)
    fitted = trained(model, tmp_path)
    fitted.save(tmp_path)
    again = type(model).load(tmp_path)
    np.testing.assert_array_equal(again.predict(SEQUENCES), fitted.predict(SEQUENCES))
    assert len(fitted.tokenizer.vocabulary) == 4096


def test_its_tokenizer_is_that_of_the_checkpoint(folder: Path) -> None:
    model = create(folder)
    own = own_tokenizer(model)
    assert (own.name, own.path) == ("dnabert-2", str(folder))
    assert own_tokenizer(MODELS.create("dnabert-2")).path == HUB
    assert own_tokenizer(MODELS.create("bert")) is None
    require_tokenizer(made(), model, own)
    with pytest.raises(UserError, match="reads the tokens that it was trained on; leave the tokenizer Byte-pair"):
        require_tokenizer(made(), model, TOKENIZERS.create("bpe"))


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    folder = published.dnabert2(tmp_path / "model", binary=True)
    torch.save({"bert.x": Malicious(tmp_path / "ran")}, folder / "pytorch_model.bin")
    with pytest.raises(UserError, match="holds more than numbers"):
        trained(create(folder), tmp_path)
    assert not (tmp_path / "ran").exists()
