"""The head that guesses hidden tokens, over any encoder: N sequences, T tokens, M of them hidden; V words."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class Guesser(nn.Module):
    """An encoder, and a head that names hidden tokens by comparing states with the table of words itself.

    Parameters
    ----------
    encoder
        Called with ``input_ids`` and ``attention_mask``, gives an object with ``last_hidden_state``.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        words = encoder.get_input_embeddings().weight
        self.dense, self.activation = nn.Linear(words.shape[1], words.shape[1]), nn.GELU()
        self.norm = nn.LayerNorm(words.shape[1])
        self.bias = nn.Parameter(torch.zeros(len(words)))

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn ids and where to guess, (N, 2, T), into a logit of each word at those places, row by row, (M, V)."""
        ids, chosen = sequences.unbind(dim=1)
        present = torch.ones_like(ids) if mask is None else mask
        states = self.encoder(input_ids=ids, attention_mask=present).last_hidden_state[chosen.bool()]  # M, D
        states = self.norm(self.activation(self.dense(states)))
        return linear(states, self.encoder.get_input_embeddings().weight, self.bias)
