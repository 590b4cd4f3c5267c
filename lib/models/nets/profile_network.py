"""BPNet over one-hot nucleotides (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6).

Shapes: sequences (N, 4, L), channels A C G T; hidden (N, C, L); T tracks. A mask (N, 1, L) holds 1 where a nucleotide
stands and 0 where a batch is padded; None means that nothing is padded. Every convolution sees zeros beyond the ends of
a sequence, whether the end of the matrix or padding follows.

Every nonlinearity and every pooling is a module of its own, used once: DeepLIFT is silently wrong otherwise.
"""

import torch
from torch import Tensor, nn

from lib.models.nets.residual import MeanPooling, mask_padding


class ProfileScalars(nn.Module):
    """The logits of each track, less their mean, summed with constant weights.

    The weights are the probabilities of the positions in the sequence that is explained, as in BPNet (Avsec et al.
    2021, doi:10.1038/s41588-021-00782-6), where no gradient goes through them: the positions that the model holds for
    likely count. Without their mean the logits say as much as the probabilities, and adding the same to all of them,
    which changes no prediction, changes nothing here.

    Parameters
    ----------
    logits
        Turns what the network reads into logits (N, T, L).
    weights
        (T, L).
    """

    weights: Tensor

    def __init__(self, logits: nn.Module, weights: Tensor) -> None:
        super().__init__()
        self.logits = logits
        self.register_buffer("weights", weights)
        self.eval()

    def forward(self, *given: Tensor) -> Tensor:
        """Turn what the network reads of N sequences into (N, T)."""
        logits: Tensor = self.logits(*given)  # N, T, L
        centred = logits - logits.mean(dim=2, keepdim=True)
        return (centred * self.weights).sum(dim=2)


FIRST, BETWEEN, LAST = 25, 3, 75
"""Positions that the first convolution, the dilated ones, and that of the profile look at."""


class DilatedLayer(nn.Module):
    """Look around with a dilated convolution, activate, add to what was there."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilated = nn.Conv1d(channels, channels, BETWEEN, padding="same", dilation=dilation)
        self.activation, self.dropout = nn.ReLU(), nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, L) into (N, C, L)."""
        return hidden + mask_padding(self.dropout(self.activation(self.dilated(hidden))), mask)


class WideConvolution(nn.Conv1d):
    """A convolution with few output channels and a wide filter, zeros beyond the ends; its width is odd.

    The same numbers as those of ``Conv1d``, whose programs for a CPU take thirty times as long for one output channel:
    here each position is multiplied with the whole filter at once, and what falls on the same place is summed.
    """

    bias: Tensor

    def forward(self, hidden: Tensor) -> Tensor:
        """Turn (N, C, L) into (N, T, L)."""
        tracks, channels, width = self.weight.shape
        length = hidden.shape[2]
        filters = self.weight.flip(2).transpose(1, 2).reshape(tracks * width, channels)
        each = (filters @ hidden).view(len(hidden), tracks, width, length)  # N, T, W, L
        # Rows one longer each time they are read again as rows one shorter: row w is moved by w places.
        moved = nn.functional.pad(each, (0, width)).flatten(2)[:, :, :-width]  # N, T, W (L + W - 1)
        sums = moved.reshape(len(hidden), tracks, width, length + width - 1).sum(dim=2)
        return sums[:, :, width // 2 : width // 2 + length] + self.bias[:, None]


class ProfileNetwork(nn.Module):
    """A first convolution, dilated residual layers, and two heads: for the counts and for the profile.

    Parameters
    ----------
    tracks
        T of them.
    channels, layers, dropout
        Width; how many dilated layers, whose dilations are 2, 4, 8 and so on; share of channels dropped in them while
        training, and of the mean that the counts are made from.
    """

    def __init__(self, tracks: int, *, channels: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.tracks = tracks
        self.first, self.activation = nn.Conv1d(4, channels, FIRST, padding="same"), nn.ReLU()
        self.layers = nn.ModuleList(DilatedLayer(channels, 2 ** (layer + 1), dropout) for layer in range(layers))
        self.profile = WideConvolution(channels, tracks, LAST)
        self.pooling, self.dropout = MeanPooling(), nn.Dropout(dropout)
        self.counts = nn.Linear(channels, tracks)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into (N, T + T L): standardised log(1 + counts), then the logits of the profiles."""
        hidden = self.hidden(sequences, mask)
        counts = self.counts(self.dropout(self.pooling(hidden, mask)))  # N, T
        return torch.cat([counts, self.profile(hidden).flatten(1)], dim=1)

    def hidden(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into what both heads read, (N, C, L)."""
        hidden = mask_padding(self.activation(self.first(sequences)), mask)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


class ProfileLogits(nn.Module):
    """The logits of the profiles alone: (N, 4, L) -> (N, T, L).

    Parameters
    ----------
    body
        The trained network.
    """

    def __init__(self, body: ProfileNetwork) -> None:
        super().__init__()
        self.body = body

    def forward(self, sequences: Tensor) -> Tensor:
        """Turn (N, 4, L) into (N, T, L)."""
        found: Tensor = self.body.profile(self.body.hidden(sequences))
        return found
