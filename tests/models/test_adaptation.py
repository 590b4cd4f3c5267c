"""What is learned of an encoder is what was asked for, and adapters vanish into the weights beside which they stood."""

import pytest
import torch
import transformers
from torch import nn

from lib.core.errors import UserError
from lib.models.nets.adaptation import Adaptation, adapt, count_without_memory, counts, layers_of, merge, targets_of
from lib.models.nets.device import recompute
from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder
from lib.models.nets.token_network import TokenRegressor

SIZES = {"vocab_size": 19, "hidden_size": 12, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 20}
IDS, MASK = torch.tensor([[2, 9, 18, 7, 3], [2, 5, 3, 0, 0]]), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def bert() -> nn.Module:
    return transformers.BertModel(transformers.BertConfig(**SIZES), add_pooling_layer=False)


def esm() -> nn.Module:
    config = transformers.EsmConfig(pad_token_id=1, attention_probs_dropout_prob=0.0, **SIZES)
    return transformers.EsmModel(config, add_pooling_layer=False)


def modernbert() -> nn.Module:
    special = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
    return transformers.ModernBertModel(transformers.ModernBertConfig(**special, **SIZES))


def mosaic() -> nn.Module:
    return MosaicEncoder(MosaicConfig(**SIZES), pooler=False)


ENCODERS = {"bert": bert, "esm": esm, "modernbert": modernbert, "mosaic": mosaic}


@pytest.fixture(params=ENCODERS)
def encoder(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(3)
    return ENCODERS[request.param]().eval()


def learned(module: nn.Module) -> set[str]:
    return {name for name, weights in module.named_parameters() if weights.requires_grad}


@pytest.mark.parametrize(("make", "each", "every"), [(bert, 3, 6), (esm, 3, 6), (modernbert, 1, 4), (mosaic, 1, 4)])
def test_layers_are_found_by_name(make, each: int, every: int) -> None:
    encoder = make()
    assert len(layers_of(encoder)[1]) == 3
    assert len(targets_of(encoder, "attention")) == 3 * each
    assert len(targets_of(encoder, "all")) == 3 * every
    assert all(isinstance(encoder.get_submodule(name), nn.Linear) for name in targets_of(encoder, "all"))


@pytest.mark.parametrize("targets", ["attention", "all"])
def test_adapters_alone_are_learned_and_merge_to_equal_outputs(encoder: nn.Module, targets: str) -> None:
    plain = {name: weights.clone() for name, weights in encoder.state_dict().items()}
    names = targets_of(encoder, targets)
    adapt(encoder, Adaptation("lora", rank=2, alpha=6.0, targets=targets))
    assert learned(encoder) == {f"{name}.lora_{side}.default.weight" for name in names for side in "AB"}
    encoder.eval()
    with torch.no_grad():
        for name, weights in encoder.named_parameters():
            if "lora_B" in name:  # zero in the beginning, so that nothing is changed yet
                weights.normal_(std=0.1)
    before = encoder(input_ids=IDS, attention_mask=MASK).last_hidden_state
    merge(encoder)
    after = encoder(input_ids=IDS, attention_mask=MASK).last_hidden_state
    torch.testing.assert_close(after, before, atol=1e-6, rtol=0)
    merged = encoder.state_dict()
    assert merged.keys() == plain.keys(), "a plain encoder is left"
    changed = {name for name in plain if not torch.equal(plain[name], merged[name])}
    assert changed == {f"{name}.weight" for name in names}
    for name in changed:
        assert torch.linalg.matrix_rank(merged[name] - plain[name], atol=1e-5) == 2, name


@pytest.mark.parametrize(("top", "first"), [(1, 2), (2, 1), (3, 0)])
def test_top_layers_are_learned_and_what_lies_below_is_not(encoder: nn.Module, top: int, first: int) -> None:
    adapt(encoder, Adaptation("top layers", top=top))
    place = layers_of(encoder)[0]
    above = tuple(f"{place}.{number}." for number in range(first, 3))
    after = {"encoder.emb_layer_norm_after.weight", "encoder.emb_layer_norm_after.bias", "final_norm.weight"}
    expected = {name for name, _ in encoder.named_parameters() if name.startswith(above) or name in after}
    assert learned(encoder) == expected


def test_more_top_layers_than_there_are_is_a_sentence(encoder: nn.Module) -> None:
    with pytest.raises(UserError, match="has 3 layers, and 4 are to be learned"):
        adapt(encoder, Adaptation("top layers", top=4))


def test_an_encoder_with_other_names_takes_all_linear_layers() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 4)) for _ in range(2))

    with pytest.raises(UserError, match="Choose 'all'"):
        targets_of(Odd(), "attention")
    assert targets_of(Odd(), "all") == ["blocks.0.0", "blocks.0.1", "blocks.1.0", "blocks.1.1"]
    with pytest.raises(UserError, match="no list of layers"):
        layers_of(nn.Linear(2, 3))


def test_what_is_learned_is_counted_by_hand() -> None:
    """Rank 4 beside 3 x 3 matrices of 12 x 12: 4 (12 + 12) each."""

    def build() -> nn.Module:
        made = bert()
        adapt(made, Adaptation("lora", rank=4))
        return made

    trainable, total = count_without_memory(build)
    assert trainable == 9 * 4 * (12 + 12)
    assert total == trainable + counts(bert())[1]
    frozen = bert()
    adapt(frozen, Adaptation("frozen"))
    assert counts(frozen) == (0, total - trainable)


def regressor(encoder: nn.Module, head: str = "linear") -> TokenRegressor:
    return TokenRegressor(encoder, hidden=12, outputs=2, pooling="mean", head=head, dropout=0.1)


def test_a_frozen_encoder_stays_in_eval_mode_while_the_head_trains(encoder: nn.Module) -> None:
    adapt(encoder, Adaptation("frozen"))
    network = regressor(encoder).train()
    assert network.dropout.training and not network.encoder.training
    loss = network(IDS, MASK).sum()
    loss.backward()
    assert all(weights.grad is None for weights in encoder.parameters()) and network.head[-1].weight.grad is not None
    adapt(encoder, Adaptation("top layers", top=1))
    assert network.train().encoder.training


def test_embeddings_stand_for_the_words_that_the_ids_name(encoder: nn.Module) -> None:
    network = regressor(encoder, "convolution").eval()
    words = encoder.get_input_embeddings()(IDS).detach().requires_grad_()
    torch.testing.assert_close(network(IDS, MASK, inputs_embeds=words), network(IDS, MASK), atol=0, rtol=0)
    network(IDS, MASK, inputs_embeds=words).sum().backward()
    assert words.grad is not None and words.grad[MASK == 1].abs().min() > 0
    assert not encoder.get_input_embeddings()._forward_hooks


@pytest.mark.parametrize("way", ["lora", "full"])
def test_states_computed_again_give_the_same_gradients(encoder: nn.Module, way: str) -> None:
    adapt(encoder, Adaptation(way, dropout=0.0))
    network = regressor(encoder).train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    found = []
    for again in (False, True):
        if again:
            recompute(network)
        network.zero_grad()
        network(IDS, MASK).square().sum().backward()
        found.append({name: weights.grad for name, weights in network.named_parameters() if weights.requires_grad})
    assert found[0].keys() == found[1].keys()
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, msg=name)


@pytest.mark.parametrize("way", ["lora", "full", "frozen"])
def test_half_precision_learns_too(encoder: nn.Module, way: str) -> None:
    adapt(encoder, Adaptation(way))
    network = regressor(encoder, "convolution").train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        predicted = network(IDS, MASK)
    predicted.float().square().sum().backward()
    assert torch.isfinite(predicted).all()
    gradients = [weights.grad for weights in network.parameters() if weights.requires_grad and weights.grad is not None]
    assert gradients and all(torch.isfinite(gradient).all() for gradient in gradients)
