"""A head for profiles over an encoder of tokens: their states are brought back to the nucleotides that they stand for.

Shapes: rows (N, T, 3) of id, start and end of each token, half-open; states (N, T, D); windows of L letters; K tracks.
"""

import torch
from torch import Tensor, nn

from lib.models.nets.token_network import TokenRegressor

WIDTHS, KERNEL = (512, 256, 128), 9
"""Channels of the convolutions, and the nucleotides that each of them looks at."""


class PlacedRegressor(TokenRegressor):
    """Predict counts from the pooled states of the tokens, and the profile from their states at each nucleotide.

    A nucleotide has the mean of the states of all tokens over it, zeros where there are none. Convolutions with 512,
    256 and 128 channels lead to the logits of K tracks.

    Parameters
    ----------
    length
        Letters L of the windows that it is trained on.
    encoder, hidden, outputs, pooling, head, dropout
        See ``TokenRegressor``; the outputs are the tracks.
    """

    def __init__(
        self, encoder: nn.Module, *, length: int, hidden: int, outputs: int, dropout: float, **how: str
    ) -> None:
        super().__init__(encoder, hidden=hidden, outputs=outputs, dropout=dropout, **how)
        self.length, self.tracks, layers = length, outputs, []
        for before, after in zip((hidden, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv1d(before, after, KERNEL, padding="same"), nn.GELU(), nn.Dropout1d(dropout)]
        self.profile = nn.Sequential(*layers, nn.Conv1d(WIDTHS[-1], outputs, 1))

    def forward(self, ids: Tensor, mask: Tensor | None = None, inputs_embeds: Tensor | None = None) -> Tensor:
        """Turn rows (N, T, 3) into (N, K + K L): counts and logits; ids (N, T) into the counts alone, (N, K)."""
        if ids.dim() == 2:
            return super().forward(ids, mask, inputs_embeds)
        states = self.states(ids[:, :, 0], mask, inputs_embeds)
        logits = self.logits(states, ids[:, :, 1:], self.length)
        return torch.cat([self.pool(states, ids[:, :, 0], mask), logits.flatten(1)], dim=1)

    def logits(self, states: Tensor, places: Tensor, length: int) -> Tensor:
        """Turn states (N, T, D) and places (N, T, 2) of tokens of ``length`` letters into logits (N, K, L)."""
        share = over(places, length).to(states.dtype)  # N, L, T
        found: Tensor = self.profile((share @ states).transpose(1, 2))
        return found


class LogitsOfRows(nn.Module):
    """The logits of a trained network for windows of any one length: rows (N, T, 3) and their mask -> (N, K, L).

    Parameters
    ----------
    body, length
        The trained network; letters L of the windows.
    """

    def __init__(self, body: PlacedRegressor, length: int) -> None:
        super().__init__()
        self.body, self.length = body, length

    def forward(self, rows: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn rows (N, T, 3) into (N, K, L)."""
        return self.body.logits(self.body.states(rows[:, :, 0], mask), rows[:, :, 1:], self.length)


def over(places: Tensor, length: int) -> Tensor:
    """Give the share of each token in each nucleotide, (N, L, T), from places (N, T, 2).

    >>> over(torch.tensor([[[0, 2], [1, 3], [4, 4]]]), 4)[0].tolist()
    [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    position = torch.arange(length, device=places.device)[None, :, None]
    there = ((places[:, None, :, 0] <= position) & (position < places[:, None, :, 1])).float()
    return there / there.sum(dim=2, keepdim=True).clamp(min=1)


class PlacedLogits(nn.Module):
    """The logits of a trained network as a function of embeddings, with tokens that lie where those of one sequence do.

    Parameters
    ----------
    body
        The trained network.
    places
        (T, 2) starts and ends of the tokens of the sequence.
    length
        Its letters L.
    """

    places: Tensor

    def __init__(self, body: PlacedRegressor, places: Tensor, length: int) -> None:
        super().__init__()
        self.body, self.length = body, length
        self.register_buffer("places", places)

    def forward(self, words: Tensor, ids: Tensor) -> Tensor:
        """Turn embeddings (N, T, D) and ids (N, T) into logits (N, K, L)."""
        states = self.body.states(ids, None, words)
        return self.body.logits(states, self.places[None].expand(len(ids), -1, -1), self.length)
