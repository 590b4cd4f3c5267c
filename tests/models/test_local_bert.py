"""The encoder that knows distances instead of places, against a plain computation, and what it can tell apart."""

import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from lib.models.nets.local_bert import LocalConfig, LocalEncoder
from lib.models.nets.mosaic import MosaicEncoder

CONFIG = LocalConfig(17, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return LocalEncoder(CONFIG).eval()


def test_it_is_mosaic_bert_over_tokens_that_saw_two_neighbours_on_each_side(encoder):
    """The same layers, given tokens to which a plain convolution was added."""
    ids, made = torch.tensor([[3, 9, 16, 4, 4, 11, 7]]), encoder.neighbours
    with torch.no_grad():
        made.norm.weight.normal_(1, 0.2)
        tokens = encoder.embeddings(encoder.get_input_embeddings()(ids))[0]  # T, D
        padded = torch.cat([torch.zeros(2, 12), tokens, torch.zeros(2, 12)])
        windows = torch.stack([padded[start : start + 7] for start in range(5)], dim=2)  # T, D, 5
        seen = gelu(torch.einsum("tck,dck->td", windows, made.around.weight) + made.around.bias)
        seen = layer_norm(tokens + seen, (12,), made.norm.weight, made.norm.bias, 1e-12)
        expected = MosaicEncoder._encode(encoder, seen[None], None)
        torch.testing.assert_close(encoder(ids).last_hidden_state, expected, atol=1e-6, rtol=0)


def test_padding_changes_nothing_and_is_zero(encoder):
    ids = torch.tensor([[3, 9, 16, 4, 1, 1], [5, 6, 7, 8, 9, 10]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]])
    with torch.no_grad():
        together, alone = encoder(ids, mask).last_hidden_state, encoder(ids[:1, :4]).last_hidden_state
    torch.testing.assert_close(together[0, :4], alone[0], atol=1e-6, rtol=0)
    assert (together[0, 4:] == 0).all()


def test_the_order_of_neighbours_is_seen_and_the_place_is_not(encoder):
    """Between like surroundings a motif gives the same states wherever it stands, other ones when read backwards."""
    surroundings = [3] * 20
    motif, first, second = [7, 9, 11], 5, 9

    def states(words, place):
        ids = torch.tensor([[*surroundings[:place], *words, *surroundings[place:]]])
        with torch.no_grad():
            return encoder(ids).last_hidden_state[0, place : place + 3]

    torch.testing.assert_close(states(motif, first), states(motif, second), atol=2e-2, rtol=0)
    assert (states(motif, first) - states(motif[::-1], first).flip(0)).abs().max() > 0.2


def test_states_computed_again_give_the_same_gradients(encoder):
    ids, gradients = torch.tensor([[3, 9, 16, 4, 4]]), []
    encoder.train()
    for encoder.gradient_checkpointing in (False, True):
        torch.manual_seed(4)
        encoder.zero_grad()
        encoder(ids).last_hidden_state.square().sum().backward()
        gradients.append(encoder.encoder.layer[0].mlp.wo.weight.grad.clone())
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=0)
