"""The encoder that knows distances instead of places, against a plain computation, and what it can tell apart."""

import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from lib.models.inner.local_bert import LocalConfig, LocalEncoder

CONFIG = LocalConfig(17, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, dropout=0.1)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return LocalEncoder(CONFIG).eval()


def plain(encoder, ids):
    """Compute one sequence of T ids, letter by letter of the design."""

    def normal(norm, x):
        return layer_norm(x, (12,), norm.weight, norm.bias, norm.eps)

    made = encoder.embeddings
    hidden = normal(made.norm, made.words.weight[ids])  # T, D
    padded = torch.cat([torch.zeros(2, 12), hidden, torch.zeros(2, 12)])
    windows = torch.stack([padded[start : start + len(ids)] for start in range(5)], dim=2)  # T, D, 5
    seen = gelu(torch.einsum("tck,dck->td", windows, made.around.weight) + made.around.bias)
    hidden = hidden + normal(made.around_norm, seen)
    place = torch.arange(len(ids))
    distance = (place[:, None] - place).abs()
    for layer in encoder.layers:
        query, key, value = layer.attention.gather(normal(layer.attention_norm, hidden)).split(12, dim=1)
        gathered = []
        for head, slope in enumerate([2**-4, 2**-8, 2**-2]):
            part = slice(4 * head, 4 * head + 4)
            scores = query[:, part] @ key[:, part].T / 2 - slope * distance
            gathered.append(scores.softmax(dim=1) @ value[:, part])
        hidden = hidden + layer.attention.mix(torch.cat(gathered, dim=1))
        hidden = hidden + layer.narrow(gelu(layer.widen(normal(layer.norm, hidden))))
    return normal(encoder.norm, hidden)


def test_it_is_the_plain_computation(encoder):
    with torch.no_grad():
        for norm in (module for module in encoder.modules() if isinstance(module, torch.nn.LayerNorm)):
            norm.weight.normal_(1, 0.2)
            norm.bias.normal_(0, 0.2)
        ids = torch.tensor([3, 9, 16, 4, 4, 11, 7])
        torch.testing.assert_close(encoder(ids[None]).last_hidden_state[0], plain(encoder, ids), atol=1e-5, rtol=0)


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
        gradients.append(encoder.layers[0].widen.weight.grad.clone())
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=0)
