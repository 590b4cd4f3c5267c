"""The encoder of DNABERT-2 against the reference implementation, against a plain computation, and against itself."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lib.models.dnabert2 import load_encoder
from lib.models.nets.alibi import alibi, alibi_slopes
from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder
from lib.models.nets.packing import Packing

SMALL = MosaicConfig(vocab_size=29, hidden_size=12, num_hidden_layers=2, num_attention_heads=4, intermediate_size=17)


def random_encoder(config: MosaicConfig = SMALL, seed: int = 0) -> MosaicEncoder:
    """Make an encoder whose norms and biases are random too, so that none of them can be forgotten."""
    torch.manual_seed(seed)
    encoder = MosaicEncoder(config)
    with torch.no_grad():
        for value in encoder.parameters():
            value.add_(0.3 * torch.randn_like(value))
    return encoder.eval()


def batch(*lengths: int, width: int | None = None, vocabulary: int = 29) -> tuple[Tensor, Tensor]:
    """Give random ids and the mask of rows with these lengths."""
    drawn = torch.Generator().manual_seed(len(lengths))
    ids = torch.randint(0, vocabulary, (len(lengths), width or max(lengths)), generator=drawn)
    return ids, (torch.arange(ids.shape[1]) < torch.tensor(lengths)[:, None]).long()


def plain(encoder: MosaicEncoder, slopes: list[float], ids: list[int]) -> np.ndarray:
    """Encode one sequence with numpy in double precision, one head and one pair of tokens after the other."""
    weights = {key: value.double().numpy() for key, value in encoder.state_dict().items()}

    def normed(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = normed(
        np.stack([weights["embeddings.word_embeddings.weight"][i] for i in ids])
        + weights["embeddings.token_type_embeddings.weight"][0],
        "embeddings.LayerNorm",
    )
    tokens, width = x.shape
    size = width // len(slopes)
    erf = np.vectorize(math.erf)
    for number in range(encoder.config.num_hidden_layers):
        at = f"encoder.layer.{number}"
        qkv = x @ weights[f"{at}.attention.self.Wqkv.weight"].T + weights[f"{at}.attention.self.Wqkv.bias"]
        gathered = np.zeros_like(x)
        for head, slope in enumerate(slopes):
            q, k, v = (qkv[:, part * width + head * size : part * width + (head + 1) * size] for part in range(3))
            for i in range(tokens):
                scores = np.array([q[i] @ k[j] / math.sqrt(size) - slope * abs(i - j) for j in range(tokens)])
                chances = np.exp(scores - scores.max())
                gathered[i, head * size : (head + 1) * size] = chances / chances.sum() @ v
        dense = gathered @ weights[f"{at}.attention.output.dense.weight"].T
        x = normed(dense + weights[f"{at}.attention.output.dense.bias"] + x, f"{at}.attention.output.LayerNorm")
        both = x @ weights[f"{at}.mlp.gated_layers.weight"].T
        gate, value = both[:, : both.shape[1] // 2], both[:, both.shape[1] // 2 :]
        inner = 0.5 * gate * (1 + erf(gate / math.sqrt(2))) * value
        x = normed(inner @ weights[f"{at}.mlp.wo.weight"].T + weights[f"{at}.mlp.wo.bias"] + x, f"{at}.mlp.layernorm")
    return x


TWELVE = [2.0**-n for n in range(1, 9)] + [2.0**-n for n in (0.5, 1.5, 2.5, 3.5)]


@pytest.mark.parametrize("unpad", [True, False])
@pytest.mark.parametrize("number", range(5))
def test_hidden_states_equal_those_of_the_reference(shared: Path, number: int, unpad: bool) -> None:
    folder = shared / "dnabert2" / "fixture_small"
    encoder = load_encoder(folder)
    encoder.unpad = unpad
    with np.load(folder / "fixture.npz") as arrays:
        read = {name: torch.from_numpy(arrays[f"b{number}.{name}"]) for name in ("input_ids", "attention_mask")}
        hidden, pooled = arrays[f"b{number}.last_hidden_state"], arrays[f"b{number}.pooled_output"]
    with torch.inference_mode():
        found = encoder(**read)
    np.testing.assert_allclose(found.last_hidden_state.numpy(), hidden, rtol=0, atol=1e-5)
    np.testing.assert_allclose(found.pooler_output.numpy(), pooled, rtol=0, atol=1e-5)
    assert (found.last_hidden_state[read["attention_mask"] == 0] == 0).all()


@pytest.mark.parametrize(("heads", "width", "slopes"), [(4, 12, [1 / 4, 1 / 16, 1 / 64, 1 / 256]), (12, 36, TWELVE)])
def test_equals_a_plain_computation(heads: int, width: int, slopes: list[float]) -> None:
    encoder = random_encoder(replace(SMALL, num_attention_heads=heads, hidden_size=width))
    ids, mask = batch(5, 11, 1, 5)
    with torch.inference_mode():
        found = encoder(ids, mask)
    for row, length in enumerate((5, 11, 1, 5)):
        expected = plain(encoder, slopes, ids[row, :length].tolist())
        np.testing.assert_allclose(found.last_hidden_state[row, :length].numpy(), expected, rtol=0, atol=2e-5)
        weights, bias = encoder.pooler.dense.weight.numpy(force=True), encoder.pooler.dense.bias.numpy(force=True)
        pooled = np.tanh(expected[0] @ weights.T + bias)
        np.testing.assert_allclose(found.pooler_output[row].numpy(), pooled, rtol=0, atol=2e-5)


def test_slopes_by_hand() -> None:
    assert alibi_slopes(4) == [0.25, 0.0625, 0.015625, 0.00390625]
    sixteen = [2 ** (-n / 2) for n in range(1, 17)]
    assert alibi_slopes(16) == pytest.approx(sixteen, rel=1e-15)
    assert alibi_slopes(12) == pytest.approx([0.5**n for n in range(1, 9)] + sixteen[:8:2], rel=1e-15)
    assert alibi_slopes(12)[7:] == pytest.approx([0.00390625, 0.707107, 0.353553, 0.176777, 0.088388], rel=1e-5)
    assert alibi_slopes(1) == [1 / 256]


@pytest.mark.parametrize("heads", [4, 12, 16])
def test_biases_fall_with_distance_on_both_sides(heads: int) -> None:
    bias = alibi(heads, 5, device=torch.device("cpu"), dtype=torch.float32)
    assert bias.shape == (1, heads, 5, 5)
    distance = torch.tensor([[0, 1, 2, 3, 4], [1, 0, 1, 2, 3], [2, 1, 0, 1, 2], [3, 2, 1, 0, 1], [4, 3, 2, 1, 0]])
    for head, slope in enumerate(alibi_slopes(heads)):
        torch.testing.assert_close(bias[0, head], -slope * distance.float())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=7), st.integers(0, 3), st.booleans())
def test_neighbours_and_padding_change_nothing(lengths: list[int], more: int, left: bool) -> None:
    """A row gives the same alone, in any batch, padded on either side, and with the padding left out."""
    encoder = random_encoder()
    ids, mask = batch(*lengths, width=max(lengths) + more or 1)
    if left:
        ids, mask = ids.flip(1), mask.flip(1)
    with torch.inference_mode():
        encoder.unpad = False
        padded = encoder(ids, mask)
        encoder.unpad = True
        packed = encoder(ids, mask)
        torch.testing.assert_close(packed, padded, rtol=0, atol=2e-5)
        assert (packed.last_hidden_state[mask == 0] == 0).all() and (padded.last_hidden_state[mask == 0] == 0).all()
        for row, length in enumerate(lengths):
            if length:
                alone = encoder(ids[row][mask[row] == 1][None]).last_hidden_state[0]
                torch.testing.assert_close(packed.last_hidden_state[row][mask[row] == 1], alone, rtol=0, atol=2e-5)


def test_what_stands_under_padding_does_not_matter() -> None:
    encoder = random_encoder()
    ids, mask = batch(3, 8)
    other = torch.where(mask == 1, ids, 3)
    assert not torch.equal(ids, other)
    for encoder.unpad in (True, False):
        with torch.inference_mode():
            assert torch.equal(encoder(ids, mask)[0], encoder(other, mask)[0])


def test_padding_between_tokens_keeps_their_distance() -> None:
    encoder = random_encoder()
    ids, _ = batch(6, 6)
    mask = torch.tensor([[1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 1, 0]])
    assert Packing.of(mask.bool()) is None
    close = random_encoder()(ids[:1, [0, 1, 4, 5]]).last_hidden_state
    found = encoder(ids, mask).last_hidden_state
    assert (found[0, [0, 1, 4, 5]] - close[0]).abs().max() > 1e-3, "four tokens with a gap are not four in a row"
    encoder.unpad = False
    torch.testing.assert_close(found, encoder(ids, mask).last_hidden_state)


def test_rows_of_word_embeddings_stand_for_ids() -> None:
    encoder = random_encoder()
    ids, mask = batch(4, 7, 2)
    words = encoder.get_input_embeddings()(ids)
    torch.testing.assert_close(encoder(inputs_embeds=words, attention_mask=mask), encoder(ids, mask), rtol=0, atol=0)
    for given_ in ({}, {"input_ids": ids, "inputs_embeds": words}):
        with pytest.raises(ValueError, match="either input_ids or inputs_embeds"):
            encoder(attention_mask=mask, **given_)
    with pytest.raises(ValueError, match=r"attention_mask is \(3, 6\), needed \(3, 7\)"):
        encoder(ids, mask[:, :6])


@pytest.mark.parametrize("unpad", [True, False])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_a_mask_does_not_change_the_type(dtype: torch.dtype, unpad: bool) -> None:
    encoder = random_encoder().to(dtype)
    encoder.unpad = unpad
    seen = []
    for module in encoder.modules():
        module.register_forward_hook(lambda *call: seen.append(call[2].dtype) if torch.is_tensor(call[2]) else None)
    found = encoder(*batch(3, 8))
    assert set(seen) == {dtype} and {found.last_hidden_state.dtype, found.pooler_output.dtype} == {dtype}
    assert found.last_hidden_state.isfinite().all()


@pytest.mark.parametrize("unpad", [True, False])
def test_bf16_by_autocast_stays_near(unpad: bool) -> None:
    encoder = random_encoder()
    encoder.unpad = unpad
    ids, mask = batch(3, 8)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found = encoder(ids, mask).last_hidden_state
    difference = (found.float() - encoder(ids, mask).last_hidden_state).abs().mean()
    assert 0 < difference < 0.05, f"bf16 is off by {difference:.3f}"


@pytest.mark.parametrize("unpad", [True, False])
def test_gradients_reach_every_weight_and_no_padding(unpad: bool) -> None:
    encoder = random_encoder()
    encoder.unpad = unpad
    ids, mask = batch(3, 8, 5)
    words = encoder.get_input_embeddings()(ids).detach().requires_grad_()
    found = encoder(inputs_embeds=words, attention_mask=mask)
    (found.last_hidden_state.sin().sum() + found.pooler_output.sum()).backward()
    assert (words.grad[mask == 0] == 0).all() and (words.grad[mask == 1].abs().sum(dim=-1) > 0).all()
    idle = [name for name, value in encoder.named_parameters() if value.grad is None or not value.grad.any()]
    assert idle == ["embeddings.word_embeddings.weight"], "only the table of words was bypassed"


def test_the_unknown_token_learns() -> None:
    """A pad id of 0, the default of transformers, would freeze [UNK]."""
    encoder = random_encoder()
    encoder(torch.tensor([[1, 0, 7, 2]])).last_hidden_state.sin().sum().backward()
    learned = encoder.get_input_embeddings().weight.grad.abs().sum(dim=1) > 0
    assert learned.nonzero().flatten().tolist() == [0, 1, 2, 7]


def test_packed_and_padded_gradients_are_equal() -> None:
    ids, mask = batch(3, 8, 5)
    gradients = []
    for unpad in (True, False):
        encoder = random_encoder()
        encoder.unpad = unpad
        encoder(ids, mask).last_hidden_state.sin().sum().backward()
        gradients.append([value.grad for name, value in encoder.named_parameters() if "pooler" not in name])
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("unpad", [True, False])
def test_checkpointing_gradients_changes_no_gradient(unpad: bool) -> None:
    """Dropout is drawn again alike when a layer is done again."""
    ids, mask = batch(3, 8)
    gradients = []
    for redo in (False, True):
        encoder = random_encoder().train()
        encoder.unpad, encoder.gradient_checkpointing = unpad, redo
        calls = []
        encoder.encoder.layer[0].register_forward_pre_hook(lambda *_, calls=calls: calls.append(1))
        torch.manual_seed(4)
        encoder(ids, mask).last_hidden_state.sin().sum().backward()
        gradients.append([value.grad for name, value in encoder.named_parameters() if "pooler" not in name])
        assert len(calls) == 1 + redo
    torch.testing.assert_close(*gradients, rtol=0, atol=0)


def test_dropout_is_for_training_only() -> None:
    encoder = random_encoder(replace(SMALL, hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5))
    ids, mask = batch(3, 8)
    assert torch.equal(encoder(ids, mask)[0], encoder(ids, mask)[0])
    encoder.train()
    assert not torch.equal(encoder(ids, mask)[0], encoder(ids, mask)[0])
    still = random_encoder(replace(SMALL, hidden_dropout_prob=0.0)).train()
    assert torch.equal(still(ids, mask)[0], still.eval()(ids, mask)[0])


def test_packing_by_hand() -> None:
    mask = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]]).bool()
    packing = Packing.of(mask)
    assert packing.groups == ((1, 1), (2, 2), (1, 3))
    assert packing.places.tolist() == [17, 0, 1, 14, 15, 4, 5, 6]
    hidden = torch.arange(1, 41).view(5, 4, 2)
    assert torch.equal(packing.unpack(packing.pack(hidden)), hidden * mask[..., None])
