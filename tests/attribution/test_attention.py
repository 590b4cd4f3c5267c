"""Attention is that which the encoder computes, its rows add up to 1, and it comes to nucleotides without loss."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers

from lib.attribution.attention import CLS, EVERY, Attention, attention, explain_refusal
from lib.attribution.faithfulness import compute_deletion_curve
from lib.core.errors import UserError
from lib.models.base import TokenRow
from lib.models.nets.attention_weights import attention_weights
from lib.models.nets.mosaic import by_head
from tests.attribution.explained import OneHot, Small, bert, both, encoder
from tests.models import published

SEQUENCE = "ACGTTGCAACGNTAGGACTTA"


def published_encoder(folder, name, layout):
    weights = str(getattr(published, layout)(folder / "weights"))
    return encoder(name, {"weights": weights, "adaptation": "frozen"})


HF = ("dnabert", "roberta", "modernbert", "lamar", "utrbert")


@pytest.fixture(params=["local", "published", "utr-lm", "dnabert-2", *HF])
def fitted(request, tmp_path):
    made = {
        "utr-lm": lambda: encoder("utr-lm", {"layers": 3, "width": 16, "heads": 2}, larger=2.0),
        "dnabert-2": lambda: published_encoder(tmp_path, "dnabert-2", "dnabert2"),
    }
    if request.param in HF:
        return published_encoder(tmp_path, "hf-encoder", request.param)
    return made.get(request.param, lambda: bert(request.param))()


def test_each_row_adds_up_to_one_and_nothing_is_lost_on_the_way_to_nucleotides(fitted):
    found = attention(fitted, SEQUENCE)
    tokens = len(fitted.read([SEQUENCE])[0].ids)
    assert found.weights.shape[2:] == (tokens, tokens) and (found.weights >= 0).all()
    np.testing.assert_allclose(found.weights.sum(axis=-1), 1, atol=1e-5)
    layers, heads = found.weights.shape[:2]
    for layer, head in ((None, None), (0, heads - 1), (layers - 1, None)):
        for reader in (CLS, EVERY):
            scores = found.scores(layer=layer, head=head, reader=reader)
            assert scores.scores.sum() + scores.special == pytest.approx(1, abs=1e-5)
            assert sum(value for *_, value in scores.tokens) == pytest.approx(1, abs=1e-5)
            assert 0 < scores.special < 1


def test_it_is_what_transformers_gives(tmp_path):
    folder = published.dnabert(tmp_path / "model")
    fitted = encoder("hf-encoder", {"weights": str(folder), "adaptation": "frozen"})
    theirs = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    [row] = fitted.read([SEQUENCE])
    expected = theirs(input_ids=torch.from_numpy(row.ids)[None], output_attentions=True).attentions
    found = attention(fitted, SEQUENCE).weights
    np.testing.assert_allclose(found, torch.cat(expected).detach().numpy(), atol=1e-6)


def test_rotary_positions_are_there_too():
    fitted = encoder("utr-lm", {"layers": 2, "width": 16, "heads": 2}, larger=2.0)
    config = transformers.EsmConfig.from_dict(fitted.module.body.encoder.config.to_dict())
    config._attn_implementation = "eager"
    theirs = transformers.EsmModel(config, add_pooling_layer=False).eval()
    theirs.load_state_dict(fitted.module.body.encoder.state_dict(), strict=False)
    [row] = fitted.read([SEQUENCE])
    expected = theirs(input_ids=torch.from_numpy(row.ids)[None], output_attentions=True).attentions
    np.testing.assert_allclose(attention(fitted, SEQUENCE).weights, torch.cat(expected).detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("name", ["local", "dnabert-2"])
def test_mosaic_attends_as_it_gathers(name, tmp_path):
    """Weights times values are what the layer hands on."""
    fitted = bert("local") if name == "local" else published_encoder(tmp_path, "dnabert-2", "dnabert2")
    network, gathered = fitted.module.body.encoder, []
    layers = [layer.attention for layer in network.encoder.layer]
    watches = [
        hook
        for layer in layers
        for hook in (
            layer.self.Wqkv.register_forward_hook(lambda *made: gathered.append([made[2]])),
            layer.self.register_forward_hook(lambda *made: gathered[-1].append(made[2])),
        )
    ]
    ids = torch.from_numpy(fitted.read([SEQUENCE])[0].ids)
    network(input_ids=ids[None])
    for watch in watches:
        watch.remove()
    weights = attention_weights(network, ids)
    for layer, (qkv, expected) in enumerate(gathered):
        value = by_head(qkv, network.config.num_attention_heads)[2][0]  # H, T, D / H
        found = (weights[layer] @ value).transpose(0, 1).flatten(1)
        torch.testing.assert_close(found, expected[0], rtol=1e-4, atol=1e-5)


def test_the_encoder_stays_as_it_was(fitted):
    network = fitted.module.body.encoder
    before = fitted.predict([SEQUENCE])
    way = getattr(network.config, "_attn_implementation", None)
    attention(fitted, SEQUENCE)
    assert getattr(network.config, "_attn_implementation", None) == way
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    np.testing.assert_array_equal(fitted.predict([SEQUENCE]), before)


def by_hand() -> Attention:
    """Two layers of three heads over [CLS] ACG GT [SEP]: tokens of 3 and 2 nt that overlap at the G."""
    weights = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3, 4))
    row = TokenRow(
        np.array([1, 9, 8, 2]), ("[CLS]", "ACG", "GT", "[SEP]"), np.array([0, 0, 2, 4]), np.array([0, 3, 4, 4])
    )
    return Attention("ACGT", row, weights, 0)


def test_a_layer_and_head_by_hand():
    found = by_hand()
    w = found.weights[1, 2]
    scores = found.scores(layer=1, head=2)
    first, second = w[0, 1] / 3, w[0, 2] / 2
    np.testing.assert_allclose(scores.scores, [first, first, first + second, second])
    assert scores.special == pytest.approx(w[0, 0] + w[0, 3])
    every = found.scores(layer=1, head=2, reader=EVERY)
    assert every.scores[0] == pytest.approx(w[:, 1].mean() / 3)
    mean = found.scores(layer=1)
    assert mean.scores[3] == pytest.approx(found.weights[1, :, 0, 2].mean() / 2)
    assert found.scores().scores[3] == pytest.approx(found.weights[:, :, 0, 2].mean() / 2)


def test_between_nucleotides_by_hand():
    found = by_hand()
    w, between = found.weights[0, 1], found.between(layer=0, head=1)
    assert between.shape == (4, 4)
    assert between[0, 3] == pytest.approx(w[1, 2] / 2)
    assert between[2, 0] == pytest.approx((w[1, 1] + w[2, 1]) / 2 / 3), "G attends as the mean of both its tokens"
    assert between[3, 2] == pytest.approx(w[2, 1] / 3 + w[2, 2] / 2)
    np.testing.assert_allclose(between[0].sum(), w[1, 1:3].sum())


def test_it_is_judged_as_attributions_are():
    """A model that counts the letters of one stretch: attention there is faithful, attention elsewhere is not."""
    sequence = "ACGTTGCATTTTTTTTACGATGCATCGATCGGCATCGA"
    stretch = slice(8, 16)

    def predict(sequences):
        return np.array([one[stretch].count("T") for one in sequences], dtype=float)

    def judged(where):
        scores = np.full(len(sequence), 1e-3)
        scores[where] = 1
        return compute_deletion_curve(predict, sequence, scores)

    there, elsewhere = judged(stretch), judged(slice(24, 32))
    assert there.area > 0.1 > elsewhere.area and there.beats_chance and not elsewhere.beats_chance


def test_bad_input_is_said():
    for model, words in ((OneHot(Small()), "no attention"), (both(OneHot(Small()), bert()), "one member")):
        assert words in explain_refusal(model)
        with pytest.raises(UserError, match=words):
            attention(model, SEQUENCE)
    with pytest.raises(UserError, match="is empty"):
        attention(bert(), "")
    with pytest.raises(UserError, match="There is no layer 3; this encoder has 2"):
        by_hand().scores(layer=2)
    with pytest.raises(UserError, match="There is no head 4; this encoder has 3"):
        by_hand().between(head=3)
    with pytest.raises(UserError, match=r"no \[CLS\] token"):
        replace(by_hand(), cls=None).scores()
    assert replace(by_hand(), cls=None).scores(reader=EVERY).scores.shape == (4,)
