"""UTR-LM: positions are distances, a pretraining is what it begins with, and an encoder is what transformers says."""

import dataclasses

import numpy as np
import pytest
import torch
import transformers

from lib.core.errors import UserError
from lib.models.context import CHECKPOINTS
from lib.models.nets.batches import Frame
from lib.models.nets.utr_encoder import build
from lib.models.utr_lm import UtrLmModel
from lib.models.utr_pretraining import HIDDEN, UtrPretraining
from lib.models.utr_shape import Sizes, alphabet
from lib.motifs.folding import fold
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.models.test_every_model import made

TINY = {"layers": 1, "width": 16, "heads": 2}
SEQUENCES = ["GGGAAACCCTTT", "ACGTN", "TTGACA"]


@pytest.fixture(scope="module")
def frame():
    return Frame.of(alphabet().vocabulary, 64)


@pytest.fixture(scope="module")
def encoder(frame):
    torch.manual_seed(1)
    return build(Sizes(2, 24, 3), frame, mask=4, dropout=0.1).eval()


def batch(frame):
    return frame.batch(frame.rows(alphabet().encode_batch(SEQUENCES)))


def test_the_encoder_is_that_of_transformers_without_what_is_left_out(frame, encoder):
    theirs = transformers.EsmModel(encoder.config, add_pooling_layer=False).eval()
    missing = theirs.load_state_dict(encoder.state_dict(), strict=False).missing_keys
    assert set(missing) == {"contact_head.regression.weight", "contact_head.regression.bias"}
    ids, mask = batch(frame)
    ids[0, 3] = 4  # a masked token is a token like any other: nothing is scaled
    expected = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(encoder(input_ids=ids, attention_mask=mask).last_hidden_state, expected)
    assert encoder.config.position_embedding_type == "rotary"
    others = encoder(input_ids=ids[:, :6]).last_hidden_state
    unmasked = ids[:, :6].clone()
    unmasked[0, 3] = 5
    changed = encoder(input_ids=unmasked).last_hidden_state
    torch.testing.assert_close(others[1:], changed[1:])


def test_shifted_positions_change_nothing(frame, encoder):
    ids, _ = batch(frame)
    places = torch.arange(ids.shape[1])[None]
    here, there = (encoder(input_ids=ids, position_ids=places + shift, output_attentions=True) for shift in (0, 37))
    torch.testing.assert_close(here.last_hidden_state, there.last_hidden_state, rtol=1e-4, atol=1e-5)
    stretched = encoder(input_ids=ids, position_ids=2 * places).last_hidden_state
    assert (stretched - here.last_hidden_state).abs().max() > 1e-3, "distances do matter"


def test_heads_that_do_not_share_the_width_are_refused():
    for width, heads in ((16, 16), (32, 32)):
        with pytest.raises(UserError, match="Choose fewer heads"):
            UtrLmModel(width=width, heads=heads).sizes()


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretraining")
    data = made(seed=3, n=140)
    settings = UtrPretraining(**TINY, epochs=3, batch_size=16, structure_of=HIDDEN, longest=40)
    read = settings.cut([*data.sequences, data.sequences[0]])
    assert len(read) == len(set(read)) and max(map(len, read)) == 38
    return folder, settings.fit(read, [fold(sequence) for sequence in read], TrainingContext(folder, device="cpu"))


def test_a_pretraining_says_how_good_it_is(pretrained):
    folder, summary = pretrained
    assert summary["train"] + summary["validation"] <= 140
    for part in ("letters", "structure"):
        low, high = summary[part]["interval"]
        assert 0 <= low <= summary[part]["value"] <= high <= 1
        assert 0 < summary[part]["baseline"]["value"] < 1
    assert summary["structure"]["usual"] == "."
    assert summary["structure"]["n"] == summary["letters"]["n"], "of the hidden bases alone"
    assert set(summary["energy"]) >= {"value", "interval", "n", "rmse", "baseline"}
    assert {path.name for path in folder.iterdir()} - {CHECKPOINTS} == {
        "model.json",
        "model.safetensors",
        "history.parquet",
        "losses.parquet",
    }


def test_a_model_begins_with_the_weights_of_a_pretraining(pretrained, tmp_path, home):
    folder, summary = pretrained
    model = UtrLmModel(pretraining=str(folder), layers=6, epochs=1)
    vocabulary = alphabet().vocabulary
    begun = model.begin(vocabulary)
    assert begun.facts["sizes"] == TINY, "the size is that of the pretraining"
    assert begun.facts["pretraining"]["summary"] == summary
    from safetensors.torch import load_file

    kept = load_file(folder / "model.safetensors")
    for name, weights in begun.module.state_dict().items():
        torch.testing.assert_close(weights, kept[f"encoder.{name}"], rtol=0, atol=0)
    assert model.parameters(1, 0) == UtrLmModel(**TINY).parameters(1, 0)
    data = TrainingData.of(made(), alphabet())
    model.fit(data, TrainingContext(tmp_path, device="cpu")).save(tmp_path)
    moved = folder.rename(folder.with_name("elsewhere"))
    again = UtrLmModel.load(tmp_path)
    moved.rename(folder)
    assert np.isfinite(again.predict(["ACGTACGT"])).all(), "what was trained needs the pretraining no more"


def test_a_pretraining_is_found_by_the_id_of_its_run(pretrained, home):
    folder, _ = pretrained
    place = home / "runs" / "abc123"
    place.parent.mkdir(parents=True)
    place.symlink_to(folder)
    by_id, by_path = (
        UtrLmModel(pretraining=name).begin(alphabet().vocabulary).module.state_dict()
        for name in ("abc123", str(folder))
    )
    assert all(torch.equal(by_id[name], by_path[name]) for name in by_path)
    for name in ("nothing", "../runs/abc", ""):
        model = dataclasses.replace(UtrLmModel(), pretraining=name)
        if name:
            with pytest.raises(UserError, match="no finished pretraining"):
                model.begin(alphabet().vocabulary)
        else:
            assert model.begin(alphabet().vocabulary).facts["sizes"]["layers"] == 6
