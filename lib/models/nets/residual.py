"""A residual network of dilated convolutions over one-hot nucleotides.

Shapes: sequences (N, 4, L), channels A C G T; hidden (N, C, P) at P = ceil(L / pool) places; predictions (N, T). A
mask (N, 1, L) holds 1 where a nucleotide stands and 0 where a batch is padded; None means that nothing is padded. Every
convolution sees zeros beyond the end of a sequence, whether the end of the matrix or padding follows, so padding
changes no prediction.

Every nonlinearity and every pooling is a module of its own, used once: DeepLift is silently wrong otherwise.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn

Body = TypeVar("Body", bound=nn.Module)


class MaskedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation whose statistics leave padding out; in eval mode an affine map of each channel."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, hidden: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalise (N, C, P)."""
        if mask is None or not self.training:
            return super().forward(hidden)
        count = mask.sum()
        mean = (hidden * mask).sum(dim=(0, 2)) / count  # C
        centred = hidden - mean[:, None]
        variance = (centred.square() * mask).sum(dim=(0, 2)) / count  # C
        with torch.no_grad():
            unbiased = variance * count / (count - 1).clamp(min=1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
            self.num_batches_tracked.add_(1)
        return centred * (self.weight * (variance + self.eps).rsqrt())[:, None] + self.bias[:, None]


class LocalPooling(nn.Module):
    """The mean of every ``size`` neighbouring nucleotides; at the end of a sequence, of those that are left."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.pool = size, nn.AvgPool1d(size, ceil_mode=True)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Turn (N, C, L) and its mask (N, 1, L) into (N, C, P) and its mask (N, 1, P)."""
        if mask is None:
            return self.pool(hidden), None
        share = torch.nn.functional.avg_pool1d(mask, self.size, ceil_mode=True)
        return self.pool(hidden * mask) / share.clamp(min=1e-6), (share > 0).to(hidden.dtype)


class MeanPooling(nn.Module):
    """The mean over the places of each sequence."""

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, P) into (N, C)."""
        if mask is None:
            return hidden.mean(dim=2)
        return (hidden * mask).sum(dim=2) / mask.sum(dim=2)


class RegionPooling(nn.Module):
    """The mean over the places of each of R overlapping regions of a sequence.

    Regions lie evenly from the first place to the last, however long the sequence is. A place counts fully in the
    region whose middle it is, and less towards the middles of its neighbours, where it counts nothing.
    """

    def __init__(self, regions: int) -> None:
        super().__init__()
        self.regions = regions

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, P) into (N, R * C), one region after the other."""
        counts = hidden.new_full((len(hidden), 1), hidden.shape[2]) if mask is None else mask.sum(dim=2)
        weights = self.weights(counts, hidden.shape[2])  # N, R, P
        return torch.bmm(weights, hidden.transpose(1, 2)).flatten(1)

    def weights(self, counts: Tensor, places: int) -> Tensor:
        """Give the weight (N, R, P) of each place in the mean of each region, for sequences of ``counts`` (N, 1)."""
        middles = torch.arange(self.regions, device=counts.device, dtype=counts.dtype)
        place = torch.arange(places, device=counts.device, dtype=counts.dtype)
        along = place[None] / (counts - 1).clamp(min=1) * (self.regions - 1)  # N, P, in regions
        near = (1 - (along[:, None] - middles[:, None]).abs()).clamp(min=0) * (place[None] < counts)[:, None]
        return near / near.sum(dim=2, keepdim=True).clamp(min=1e-6)


class ResidualBlock(nn.Module):
    """Normalise, activate, look around with a dilated convolution, activate, mix channels, add to what was there."""

    def __init__(self, channels: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.activation = MaskedBatchNorm(channels), nn.ReLU()
        self.dilated = nn.Conv1d(channels, channels, kernel, padding="same", dilation=dilation)
        self.inner, self.dropout = nn.ReLU(), nn.Dropout1d(dropout)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, P) into (N, C, P)."""
        seen = mask_padding(self.activation(self.norm(hidden, mask)), mask)
        found: Tensor = hidden + self.mix(self.dropout(self.inner(self.dilated(seen))))
        return found


class ResidualNetwork(nn.Module):
    """Stem, local pooling, residual blocks, mean over places or over those of each region, one linear layer.

    Parameters
    ----------
    outputs
        Numbers to predict for each sequence, standardised.
    channels, stem, pool
        Width; nucleotides that the first convolution looks at; neighbours that are averaged after it.
    kernel, dilations, dropout
        Places that a later convolution looks at; how far apart they lie, one for each residual block; share of
        channels dropped while training.
    regions
        Regions that are averaged by themselves; 1 averages all places.
    """

    def __init__(
        self,
        outputs: int,
        *,
        channels: int,
        stem: int,
        pool: int,
        kernel: int,
        dilations: Sequence[int],
        dropout: float,
        regions: int = 1,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv1d(4, channels, stem, padding="same")
        self.stem_norm, self.stem_activation = MaskedBatchNorm(channels), nn.ReLU()
        self.local = LocalPooling(pool)
        blocks = nn.ModuleList(ResidualBlock(channels, kernel, dilation, dropout) for dilation in dilations)
        self.blocks = cast("Sequence[ResidualBlock]", blocks)
        self.norm, self.activation = MaskedBatchNorm(channels), nn.ReLU()
        self.pooling = MeanPooling() if regions == 1 else RegionPooling(regions)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels * regions, outputs)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into (N, outputs)."""
        hidden = self.stem_activation(self.stem_norm(self.stem(sequences), mask))  # N, C, L
        hidden, mask = self.local(hidden, mask)  # N, C, P
        for block in self.blocks:
            hidden = block(hidden, mask)
        hidden = self.activation(self.norm(hidden, mask))
        found: Tensor = self.head(self.dropout(self.pooling(hidden, mask)))
        return found


class TargetNetwork(nn.Module, Generic[Body]):
    """A network whose first T standardised outputs are given back in the units of the targets.

    Parameters
    ----------
    body
        Turns (N, 4, L) and a mask into (N, T + A) standardised numbers, the targets first.
    centre, scale
        (T,) each, of the train part.
    link
        ``log`` where these are the logarithms of what is predicted, else ``identity``.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, body: Body, centre: Tensor, scale: Tensor, link: str = "identity") -> None:
        super().__init__()
        self.body = body
        self.link = link
        self.register_buffer("centre", centre)
        self.register_buffer("scale", scale)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into (N, T)."""
        standard: Tensor = self.body(sequences, mask)[:, : len(self.centre)]
        return invert_link(standard * self.scale + self.centre, self.link)


def invert_link(values: Tensor, link: str) -> Tensor:
    """Turn what a network gives into predictions, by the inverse of the link."""
    return torch.exp(values) if link == "log" else values


def mask_padding(hidden: Tensor, mask: Tensor | None) -> Tensor:
    """Set padding to zero."""
    return hidden if mask is None else hidden * mask
