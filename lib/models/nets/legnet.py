"""The network of LegNet (Penzar et al. 2023, doi:10.1093/bioinformatics/btad457), made small for short sequences.

Shapes as in ``lib.models.nets.residual``: sequences (N, 4, L), hidden (N, C, P), a mask (N, 1, L) or None.
"""

from typing import cast

import torch
from torch import Tensor, nn

from lib.models.nets.residual import LocalPooling, MaskedBatchNorm, MeanPooling, mask_padding

KERNEL, EXPANSION, LAST = 7, 2, 4
"""Places that convolutions of blocks look at; how much wider blocks are inside, and the last layer is."""


class ConvolutionNorm(nn.Module):
    """Look around, normalise, activate."""

    def __init__(self, inputs: int, channels: int, kernel: int, groups: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(inputs, channels, kernel, padding="same", groups=groups, bias=False)
        self.norm, self.activation = MaskedBatchNorm(channels), nn.SiLU()

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, P) into (N, channels, P)."""
        return mask_padding(self.activation(self.norm(self.convolution(hidden), mask)), mask)


class ChannelGate(nn.Module):
    """Squeeze and excitation: each channel is weighted by what the means of all channels over a sequence say."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.pooling, self.narrow, self.activation = MeanPooling(), nn.Linear(channels, inner), nn.SiLU()
        self.wide, self.gate = nn.Linear(inner, channels), nn.Sigmoid()

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, C, P) into (N, C, P)."""
        weights = self.gate(self.wide(self.activation(self.narrow(self.pooling(hidden, mask)))))  # N, C
        weighted: Tensor = hidden * weights[:, :, None]
        return weighted


class LegNetBlock(nn.Module):
    """Widen, look around in each channel, weigh channels, narrow; beside what was there, look around, maybe pool."""

    def __init__(self, channels: int, pool: int, dropout: float) -> None:
        super().__init__()
        wide = EXPANSION * channels
        self.widen = ConvolutionNorm(channels, wide, 1)
        self.around = ConvolutionNorm(wide, wide, KERNEL, groups=wide)
        self.gate = ChannelGate(wide, channels)
        self.narrow = ConvolutionNorm(wide, channels, 1)
        self.dropout = nn.Dropout1d(dropout)
        self.mix = ConvolutionNorm(2 * channels, channels, KERNEL)
        self.pool = LocalPooling(pool)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Turn (N, C, P) and its mask into those of the next block."""
        found = self.narrow(self.gate(self.around(self.widen(hidden, mask), mask), mask), mask)
        hidden = self.mix(torch.cat([self.dropout(found), hidden], dim=1), mask)
        pooled: tuple[Tensor, Tensor | None] = self.pool(hidden, mask)
        return pooled


class LegNet(nn.Module):
    """Stem, blocks with pooling after all but the last, a wide pointwise layer, the mean over places, a linear layer.

    Parameters
    ----------
    outputs
        Numbers to predict for each sequence, standardised.
    channels, stem
        Width; nucleotides that the first convolution looks at.
    blocks, dropout
        How many; share of channels dropped while training.
    """

    def __init__(
        self,
        outputs: int,
        *,
        channels: int,
        stem: int,
        blocks: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.stem = ConvolutionNorm(4, channels, stem)
        made = (LegNetBlock(channels, 2 if block < blocks - 1 else 1, dropout) for block in range(blocks))
        self.blocks = cast("list[LegNetBlock]", nn.ModuleList(made))
        wide = LAST * channels
        self.wide, self.pooling = ConvolutionNorm(channels, wide, 1), MeanPooling()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(wide, outputs)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into (N, outputs)."""
        hidden = self.stem(sequences, mask)
        for block in self.blocks:
            hidden, mask = block(hidden, mask)
        found: Tensor = self.head(self.dropout(self.pooling(self.wide(hidden, mask), mask)))
        return found
